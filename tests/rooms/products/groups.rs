//! The groups of products.

use nguongoc::kernel::Lang;
use nguongoc::products::{Group, groups};

#[test]
fn every_line_of_the_file_is_a_group() {
    let lines = include_str!("../../../assets/data/product-groups.csv").lines().count() - 1;
    assert_eq!((groups().len(), lines), (14, 14));
    for group in groups() {
        for name in [group.code, group.name(Lang::Vi), group.name(Lang::En)] {
            assert_eq!(Group::named(name), Some(group), "{name} does not name one group");
        }
    }
    assert_eq!(Group::parse("fish").unwrap_err().code, "group_unknown");
}
