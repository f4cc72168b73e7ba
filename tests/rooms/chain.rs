//! Goods that were packed under a certificate, and opened again.

use nguongoc::chain::store::claims::Claimed;
use nguongoc::kernel::{CropCode, Day, EventId, LotId, Moment, PlaceId, Unit};
use nguongoc::products::Group;
use uuid::Uuid;

#[test]
fn what_was_opened_again_counts_no_more() {
    let claimed = |made: i64, opened: i64| Claimed {
        event: EventId::from_uuid(Uuid::from_u128(1)),
        lot: LotId::from_uuid(Uuid::from_u128(2)),
        crop: Some(CropCode::parse("rau_muong").unwrap()),
        grew: true,
        group: Group::named("Rau").expect("a group"),
        place: PlaceId::from_uuid(Uuid::from_u128(3)),
        unit: Unit::Gram,
        harvested_on: Day::parse("2026-11-23").unwrap(),
        time: Moment::from_micros(0),
        amount: 10,
        made,
        opened,
    };
    let packed_still = |packed: i64, made: i64, opened: i64| claimed(made, opened).still_packed(packed);
    assert_eq!(packed_still(100, 100, 0), 100);
    assert_eq!(packed_still(100, 100, 100), 0);
    assert_eq!(packed_still(60, 100, 40), 60, "what was never packed is used first");
    assert_eq!(packed_still(60, 100, 70), 30);
    assert_eq!(packed_still(60, 50, 90), 0, "more than there ever was");
}
