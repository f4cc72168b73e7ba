//! When a certificate counts, for what, and how well it is proved.

use nguongoc::evidence::{Certificate, Check, Grade, Showing, Standing, Turn, TurnKind};
use nguongoc::kernel::{CertificateId, Day, Moment, PartyId, PlaceId, ProductId, Sha256Hash};
use uuid::Uuid;

fn day(text: &str) -> Day {
    Day::parse(text).unwrap()
}

fn party(n: u128) -> PartyId {
    PartyId::from_uuid(Uuid::from_u128(n))
}

fn certificate() -> Certificate {
    Certificate {
        id: CertificateId::from_uuid(Uuid::from_u128(9)),
        party: party(1),
        scheme: "vietgap".to_owned(),
        number: "MAU-1".to_owned(),
        issuer: "Tổ chức mẫu".to_owned(),
        certifier: None,
        area: None,
        from: day("2026-01-01"),
        to: day("2026-12-31"),
        recorded_at: Moment::from_micros(0),
        places: Vec::new(),
        products: Vec::new(),
        files: Vec::new(),
        checks: Vec::new(),
        turns: Vec::new(),
        showing: Showing::Nothing,
    }
}

fn turn(kind: TurnKind, from: &str, at: i64) -> Turn {
    Turn { kind, from: day(from), reason: String::new(), party: None, at: Moment::from_micros(at) }
}

#[test]
fn it_is_valid_from_its_first_day_to_its_last() {
    let known = certificate();
    for (on, standing) in [
        ("2025-12-31", Standing::NotYet),
        ("2026-01-01", Standing::Valid),
        ("2026-12-31", Standing::Valid),
        ("2027-01-01", Standing::Expired),
    ] {
        assert_eq!(known.standing(day(on)), standing, "{on}");
    }
}

#[test]
fn turns_count_from_their_day_on() {
    let mut known = certificate();
    known.turns.push(turn(TurnKind::Suspended, "2026-03-01", 1));
    known.turns.push(turn(TurnKind::Resumed, "2026-04-01", 2));
    assert!(known.is_valid_on(day("2026-02-28")) && known.is_valid_on(day("2026-04-01")));
    assert_eq!(known.standing(day("2026-03-31")), Standing::Suspended(day("2026-03-01")));
    known.turns.push(turn(TurnKind::Withdrawn, "2026-06-01", 3));
    assert!(known.is_valid_on(day("2026-05-31")) && known.is_ended());
    assert_eq!(known.standing(day("2026-06-01")), Standing::Withdrawn(day("2026-06-01")));
    known.turns.push(turn(TurnKind::Wrong, "2026-07-01", 4));
    assert_eq!(known.standing(day("2026-02-01")), Standing::Wrong);
}

#[test]
fn the_best_proof_counts() {
    let mut known = certificate();
    assert_eq!(known.grade(), Grade::Declared);
    known.files.push(Sha256Hash::of(b"paper"));
    assert_eq!(known.grade(), Grade::Documented);
    for grade in [Grade::Inspected, Grade::ThirdParty] {
        known.checks.push(Check { grade, party: None, at: Moment::from_micros(0) });
    }
    assert_eq!(known.grade(), Grade::Inspected);
}

#[test]
fn it_covers_its_own_party_or_the_places_that_it_names() {
    let mut known = certificate();
    let (plot, other) = (PlaceId::from_uuid(Uuid::from_u128(5)), PlaceId::from_uuid(Uuid::from_u128(6)));
    let (cabbage, rice) =
        (ProductId::from_uuid(Uuid::from_u128(7)), ProductId::from_uuid(Uuid::from_u128(8)));
    assert!(known.covers(&[party(1)], &[plot], Some(cabbage)));
    assert!(!known.covers(&[party(2)], &[plot], Some(cabbage)));
    known.places.push(plot);
    assert!(known.covers(&[party(2)], &[other, plot], None), "a member's plot under a co-operative's");
    assert!(!known.covers(&[party(1)], &[other], None));
    known.products.push(cabbage);
    assert!(known.covers(&[party(1)], &[plot], Some(cabbage)));
    assert!(!known.covers(&[party(1)], &[plot], Some(rice)) && !known.covers(&[party(1)], &[plot], None));
}
