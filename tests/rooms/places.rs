//! Points as people and maps write them.

use nguongoc::places::Point;
use proptest::prelude::*;

/// A degree in the unit of a point: ten-millionths.
const DEGREE: i64 = 10_000_000;

fn read(text: &str) -> Result<String, &'static str> {
    Point::parse(text).map(|point| point.to_string()).map_err(|problem| problem.code)
}

#[test]
fn what_maps_give_is_understood() {
    for text in [
        "21.0285, 105.8542",
        "21.0285,105.8542",
        "  (21.0285  105.8542) ",
        "21,0285 105,8542",
        "21,0285; 105,8542",
        "21,0285, 105,8542",
        "21,0285,105,8542",
        "21.0285°N, 105.8542°E",
        "21.0285° B 105.8542° Đ",
        "21°01'42.6\"N 105°51'15.12\"E",
        "21°1′42,6″B 105°51′15,12″Đ",
        "21° 1.71' N 105° 51.252' E",
        "geo:21.0285,105.8542?z=17",
        "geo:21.0285,105.8542;crs=wgs84;u=35",
        "https://www.google.com/maps/@21.0285,105.8542,17z?hl=vi",
        "https://www.google.com/maps/place/Hoan+Kiem/@21.9,105.9,17z/data=!3m1!4b1!4m6!3d21.0285!4d105.8542",
        "https://maps.google.com/?q=21.0285%2C105.8542",
        "https://www.google.com/maps/search/?api=1&query=21.0285,105.8542",
        "https://www.openstreetmap.org/#map=17/21.0285/105.8542",
        "https://www.openstreetmap.org/?mlat=21.0285&mlon=105.8542#map=12/21.1/105.1",
    ] {
        assert_eq!(read(text).as_deref(), Ok("21.0285, 105.8542"), "{text}");
    }
    assert_eq!(read("21, 105").as_deref(), Ok("21.0, 105.0"));
}

#[test]
fn what_is_no_point_of_viet_nam_is_refused() {
    assert_eq!(read("105.8542, 21.0285"), Err("point_swapped"));
    for text in ["48.85, 2.35", "0, 0", "21.0285, 5.8542", "90, 180", "24.1, 105.5", "21.0, 119"] {
        assert_eq!(read(text), Err("point_outside"), "{text}");
    }
    for text in [
        "21.0285",
        "Hà Nội",
        "21.0285, 105.8542, 17",
        "-21.0285, 105.8542",
        "21.02.85, 105.8542",
        "21°61'00\"N 105°51'15\"E",
        "21.5°30'N 105°51'E",
        "https://maps.app.goo.gl/AbCdEf",
        "1e9, 105",
        "<script>21, 105",
        "99999999999999999999, 105",
    ] {
        assert_eq!(read(text), Err("point_malformed"), "{text}");
    }
}

proptest! {
    #[test]
    fn what_is_shown_can_be_typed_back(latitude in 6 * DEGREE..=235 * DEGREE / 10, longitude in 102 * DEGREE..=118 * DEGREE) {
        let point = Point::new(latitude, longitude).unwrap();
        prop_assert_eq!(Point::parse(&point.to_string()).unwrap(), point);
        prop_assert_eq!(Point::parse(&point.geo()).unwrap(), point);
        prop_assert_eq!(Point::parse(&point.to_string().replace(", ", " ").replace('.', ",")).unwrap(), point);
    }

    #[test]
    fn nothing_typed_breaks_it(text in "\\PC{0,60}", tail in "[0-9.,°'\"NEB@!/#=;: -]{0,40}") {
        if let Ok(point) = Point::parse(&format!("{text}{tail}")) {
            prop_assert!(Point::new(point.latitude_e7(), point.longitude_e7()).is_ok());
        }
        let _ = Point::parse(&tail);
    }
}
