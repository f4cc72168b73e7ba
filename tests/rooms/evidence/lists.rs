//! The lists of schemes and of limits that come with the program.

use nguongoc::evidence::{Limit, Scheme, limit_for, limits, schemes};
use nguongoc::kernel::Day;

#[test]
fn every_line_of_the_file_is_a_scheme() {
    let lines = include_str!("../../../assets/data/schemes.csv").lines().count() - 1;
    assert_eq!(schemes().len(), lines);
    let vietgap = Scheme::parse("vietgap").unwrap();
    assert!(!vietgap.is_known_on(Day::new(2007, 1, 1).unwrap()));
    assert_eq!(Scheme::parse("xyz").unwrap_err().code, "scheme_unknown");
}

#[test]
fn every_line_of_the_file_is_a_limit() {
    let lines = include_str!("../../../assets/data/limits-sample.csv").lines().count() - 1;
    assert_eq!(limits().len(), lines);
    let day = Day::new(2026, 11, 23).unwrap();
    assert!(limit_for("CHLORPYRIFOS", Some("rau"), day).is_some());
    assert!(limit_for("Chì", Some("cu"), day).is_some() && limit_for("Ch", Some("cu"), day).is_none());
    assert!(limit_for("chlorpyrifos", Some("sua"), day).is_none());
    assert!(limit_for("chlorpyrifos", Some("rau"), Day::new(2020, 1, 1).unwrap()).is_none());
    assert!(matches!(limit_for("salmonella", None, day).unwrap().limit, Limit::Absent));
}
