//! Moments and days: the legal day of Vietnam, whatever was submitted.

use nguongoc::kernel::*;

use crate::code;

#[test]
fn moments() {
    let (moment, offset) = Moment::parse_with_offset("2026-11-23T00:30:00.1234569+07:00").unwrap();
    assert_eq!(moment.to_rfc3339(), "2026-11-22T17:30:00.123456Z");
    assert_eq!(offset, LEGAL_ZONE);
    assert_eq!(moment.day().to_string(), "2026-11-23");
    assert_eq!(moment.to_rfc3339_at(offset), "2026-11-23T00:30:00.123456+07:00");
    assert_eq!(Moment::parse("2026-11-23t01:02:03z").unwrap().to_rfc3339(), "2026-11-23T01:02:03Z");
    // The legal day counts, whatever offset was submitted.
    assert_eq!(Moment::parse("2026-11-22T20:00:00-05:00").unwrap().day().to_string(), "2026-11-23");
    assert_eq!(Moment::from_second(1_790_000_000).vietnamese(), "21/09/2026 21:13");
    for wrong in [
        "",
        "2026-11-23",
        "2026-11-23T10:00:00",
        "2026-11-23 10:00:00Z",
        "2026-11-23T24:00:00Z",
        "2026-02-29T10:00:00Z",
        "2026-11-23T10:00Z",
        "2026-11-23T10:00:60Z",
        "2026-11-23T10:00:00.Z",
        "2026-11-23T+1:00:00Z",
        "2026-1-23T10:00:00Z",
        "２026-11-23T10:00:00Z",
    ] {
        assert_eq!(code(Moment::parse(wrong)), "moment_malformed", "{wrong}");
    }
    assert_eq!(code(Moment::parse("2026-11-23T10:00:00+15:00")), "offset_malformed");
    assert_eq!(code(Moment::parse("2026-11-23T10:00:00+0700")), "offset_malformed");
    assert_eq!(code(Moment::parse("2026-11-23T10:00:00Z[UTC]")), "offset_malformed");
    assert_eq!(code(Moment::parse("1999-12-31T10:00:00Z")), "year_out_of_range");
    assert_eq!(Moment::from_micros(i64::MIN), Moment::MIN);
    assert!(Moment::MAX.to_rfc3339().starts_with("9999-12-30T"));
    assert!(Moment::MIN.to_rfc3339().starts_with("0001-"));
}

#[test]
fn days() {
    for same in ["2026-06-01", "01/06/2026", "1/6/2026", " 1-6-2026 ", "1.6.2026"] {
        assert_eq!(Day::parse(same).unwrap().to_string(), "2026-06-01", "{same}");
    }
    let day = Day::parse("28/02/2028").unwrap();
    assert_eq!(day.plus_days(2).vietnamese(), "01/03/2028");
    assert_eq!(day.days_until(day.plus_days(-400)), -400);
    assert_eq!(day.start().day(), day);
    assert_eq!(day.start().minus(std::time::Duration::from_micros(1)).day(), day.plus_days(-1));
    assert_eq!(code(Day::parse("29/02/2026")), "day_does_not_exist");
    assert_eq!(code(Day::parse("06/13/2026")), "day_does_not_exist");
    assert_eq!(code(Day::parse("01/06/26")), "day_malformed");
    assert_eq!(code(Day::parse("45000")), "day_malformed");
    assert_eq!(code(Day::parse("01/06/2101")), "year_out_of_range");
    assert_eq!(code(Day::new(2026, 2, 30)), "day_does_not_exist");
}
