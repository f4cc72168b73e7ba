//! The store of `parties` on both databases.

use crate::support::app::{On, TestStore, on_both};
use futures_util::future::join_all;
use nguongoc::kernel::{
    ApplicationId, Day, Gln, MandateId, Moment, PageSize, PartyId, PersonId, Sha256Hash, TaxNumber,
};
use nguongoc::parties::store::{self, application, decide, insert_application, insert_mandate, insert_party};
use nguongoc::parties::{Decision, Draft, Filter, Kind, Mandate, NewParty, Side, Status, Tax, tax_match};
use nguongoc::store::{MediaType, Store, StoreError, put_file};
use uuid::Uuid;

on_both!(
    a_party_comes_back_as_it_went_in,
    a_number_is_unique_until_it_is_refused,
    a_gln_is_unique_among_the_approved,
    states_change_once,
    lists_are_paged_and_filtered,
    likenesses_are_found,
    an_application_is_decided_once,
    a_mandate_stands_between_its_days,
    a_mandate_is_revoked_once,
    a_misfit_is_told,
);

const NOW: Moment = Moment::from_second(1_790_000_000);

fn id(number: u128) -> PartyId {
    PartyId::from_uuid(Uuid::from_u128(number))
}

fn new(kind: &str, name: &str, tax: &str, gln: &str) -> NewParty {
    let text = str::to_owned;
    let draft = Draft {
        kind: text(kind),
        name: text(name),
        tax_number: text(tax),
        commune: text("00004"),
        address: text("số 7"),
        gln: text(gln),
        ..Draft::default()
    };
    draft.party().unwrap()
}

async fn add(store: &Store, number: u128, party: &NewParty) -> Result<(), StoreError> {
    store.write(async |tx| insert_party(tx, id(number), party, NOW).await).await
}

async fn stored_document(store: &Store) -> Sha256Hash {
    store.write(async |tx| put_file(tx, MediaType::Pdf, b"%PDF-", NOW).await).await.unwrap()
}

async fn a_party_comes_back_as_it_went_in(on: On) {
    let opened = TestStore::open(on).await;
    let store = &opened.store;
    for (number, kind, tax, expected) in [
        (1, "household", "", Tax::None),
        (2, "household", "001085012345", Tax::Personal),
        (3, "company", "9900001073", Tax::Public(TaxNumber::parse("9900001073").unwrap())),
        (4, "shop", "9900001210002", Tax::Public(TaxNumber::parse("9900001210-002").unwrap())),
    ] {
        add(store, number, &new(kind, "Rau Hoà", tax, "")).await.unwrap();
        let party = store.read(async |tx| store::party(tx, id(number)).await).await.unwrap().unwrap();
        assert_eq!((party.tax, party.kind.as_str(), party.status), (expected, kind, Status::Applied));
        assert_eq!((party.name.as_str(), party.applied_at, party.version), ("Rau Hoà", NOW, 0));
        assert!(party.gln.is_none() && party.approved_at.is_none() && !party.consent);
    }
    assert!(store.read(async |tx| store::party(tx, id(9)).await).await.unwrap().is_none());
}

async fn a_number_is_unique_until_it_is_refused(on: On) {
    let opened = TestStore::open(on).await;
    let store = &opened.store;
    let party = new("household", "Một", "001085012345", "");
    let hash = tax_match(party.tax.as_ref().unwrap());
    add(store, 1, &party).await.unwrap();
    assert!(add(store, 2, &party).await.unwrap_err().is_unique_violation());
    let found = store.read(async |tx| store::by_tax(tx, &hash).await).await.unwrap().unwrap();
    assert_eq!(found.id, id(1));
    assert!(store.write(async |tx| store::refuse(tx, id(1)).await).await.unwrap());
    assert!(!store.write(async |tx| store::refuse(tx, id(1)).await).await.unwrap());
    assert!(store.read(async |tx| store::by_tax(tx, &hash).await).await.unwrap().is_none());
    add(store, 2, &party).await.unwrap();
}

async fn a_gln_is_unique_among_the_approved(on: On) {
    let opened = TestStore::open(on).await;
    let store = &opened.store;
    let gln = Gln::parse("9520000000004").unwrap();
    for number in [1, 2] {
        add(store, number, &new("household", "Một", "", gln.as_str())).await.unwrap();
    }
    assert!(store.read(async |tx| store::by_gln(tx, &gln).await).await.unwrap().is_none());
    assert!(store.write(async |tx| store::approve(tx, id(1), NOW).await).await.unwrap());
    let second: Result<bool, StoreError> = store.write(async |tx| store::approve(tx, id(2), NOW).await).await;
    assert!(second.unwrap_err().is_unique_violation());
    assert_eq!(store.read(async |tx| store::by_gln(tx, &gln).await).await.unwrap().unwrap().id, id(1));
}

async fn states_change_once(on: On) {
    let opened = TestStore::open(on).await;
    let store = &opened.store;
    add(store, 1, &new("household", "Một", "", "")).await.unwrap();
    let set = async |from, to| -> Result<bool, StoreError> {
        store.write(async |tx| store::set_status(tx, id(1), from, to, "lý do").await).await
    };
    assert!(!set(Status::Approved, Status::Suspended).await.unwrap(), "it has only applied");
    assert!(store.write(async |tx| store::approve(tx, id(1), NOW).await).await.unwrap());
    assert!(!store.write(async |tx| store::approve(tx, id(1), NOW).await).await.unwrap());
    assert!(!store.write(async |tx| store::refuse(tx, id(1)).await).await.unwrap());
    assert!(set(Status::Approved, Status::Suspended).await.unwrap());
    assert!(!set(Status::Approved, Status::Suspended).await.unwrap());
    assert!(set(Status::Suspended, Status::Approved).await.unwrap());
    let consent = async |yes| -> Result<bool, StoreError> {
        store.write(async |tx| store::set_consent(tx, id(1), yes, NOW).await).await
    };
    assert!(consent(true).await.unwrap() && !consent(true).await.unwrap() && consent(false).await.unwrap());
    let party = store.read(async |tx| store::party(tx, id(1)).await).await.unwrap().unwrap();
    assert_eq!(
        (party.version, party.status_reason.as_deref(), party.consent_at),
        (5, Some("lý do"), Some(NOW))
    );
    assert!(!store.write(async |tx| store::set_consent(tx, id(9), true, NOW).await).await.unwrap());
}

async fn lists_are_paged_and_filtered(on: On) {
    let opened = TestStore::open(on).await;
    let store = &opened.store;
    for number in 1..=5 {
        let kind = if number % 2 == 0 { "shop" } else { "household" };
        let tax = if number == 2 { "9900001073" } else { "9900001147" };
        let tax = if kind == "shop" { tax } else { "" };
        add(store, number, &new(kind, &format!("Đậu {number}"), tax, "")).await.unwrap();
    }
    let list = async |filter: Filter, after: Option<PartyId>, size: &str| -> Vec<u128> {
        let size = PageSize::parse(size).unwrap();
        let rows = store.read(async |tx| store::parties(tx, &filter, after, size).await).await.unwrap();
        rows.iter().map(|party| party.id.as_uuid().as_u128()).collect()
    };
    assert_eq!(list(Filter::default(), None, "2").await, [5, 4, 3], "one more than the page");
    assert_eq!(list(Filter::default(), Some(id(3)), "10").await, [2, 1]);
    let named = |name: &str| Filter { name: name.to_owned(), ..Filter::default() };
    assert_eq!(list(named("DAU 4"), None, "10").await, [4]);
    assert_eq!(list(named("đâu"), None, "10").await.len(), 5);
    assert_eq!(list(Filter { kind: Some(Kind::Shop), ..Filter::default() }, None, "10").await, [4, 2]);
    let refused = Filter { status: Some(Status::Refused), ..Filter::default() };
    assert!(list(refused, None, "10").await.is_empty());
}

async fn likenesses_are_found(on: On) {
    let opened = TestStore::open(on).await;
    let store = &opened.store;
    add(store, 1, &new("household", "Rau Hoà Bình", "", "")).await.unwrap();
    add(store, 2, &new("household", "rau HÒA bình", "", "9520000000004")).await.unwrap();
    add(store, 3, &new("household", "Khác", "", "9520000000004")).await.unwrap();
    add(store, 4, &new("household", "Khác hẳn", "", "")).await.unwrap();
    let like = async |number| -> Vec<(u128, bool, bool)> {
        let found = store
            .read(async |tx| {
                let party = store::party(tx, id(number)).await?.unwrap();
                store::likenesses(tx, &party).await
            })
            .await
            .unwrap();
        found.iter().map(|like| (like.party.as_uuid().as_u128(), like.same_name, like.same_gln)).collect()
    };
    assert_eq!(like(1).await, [(2, true, false)]);
    assert_eq!(like(2).await, [(3, false, true), (1, true, false)]);
    assert_eq!(like(4).await, []);
}

async fn an_application_is_decided_once(on: On) {
    let opened = TestStore::open(on).await;
    let store = &opened.store;
    let document = stored_document(store).await;
    let application_id = |number: u128| ApplicationId::from_uuid(Uuid::from_u128(number));
    for number in 1..=3 {
        add(store, number, &new("household", "Một", "", "")).await.unwrap();
        // Two of the same microsecond: the id tells them apart.
        let sent = if number == 3 { Moment::from_second(1) } else { NOW };
        store
            .write(async |tx| {
                insert_application(tx, application_id(number), id(number), &document, sent).await
            })
            .await
            .unwrap();
    }
    let open = async |after| -> Vec<u128> {
        let rows = store.read(async |tx| store::open_applications(tx, after, PageSize::default()).await);
        rows.await.unwrap().iter().map(|one| one.id.as_uuid().as_u128()).collect()
    };
    assert_eq!(open(None).await, [3, 1, 2]);
    assert_eq!(open(Some((NOW, Uuid::from_u128(1)))).await, [2]);
    let tries = (1..=6_u128).map(async |person| {
        let decision = Decision {
            approved: person % 2 == 0,
            reason: None,
            by: PersonId::from_uuid(Uuid::from_u128(person)),
            at: NOW,
        };
        let decided: Result<bool, StoreError> =
            store.write(async |tx| decide(tx, application_id(1), &decision).await).await;
        decided.unwrap()
    });
    let won = join_all(tries).await.into_iter().filter(|won| *won).count();
    assert_eq!(won, 1);
    assert_eq!(store.read(async |tx| store::open_count(tx).await).await.unwrap(), 2);
    let decided = store.read(async |tx| application(tx, application_id(1)).await).await.unwrap().unwrap();
    assert!(decided.decision.is_some() && decided.document == document && decided.party.id == id(1));
    assert!(store.read(async |tx| application(tx, application_id(9)).await).await.unwrap().is_none());
}

fn mandate(number: u128, from: &str, to: &str, document: Sha256Hash) -> Mandate {
    Mandate {
        id: MandateId::from_uuid(Uuid::from_u128(number)),
        grantor: id(1),
        holder: id(2),
        from: Day::parse(from).unwrap(),
        to: Day::parse(to).unwrap(),
        document,
        made_by: PersonId::from_uuid(Uuid::from_u128(7)),
        made_at: NOW,
        revoked_at: None,
    }
}

async fn two_parties(store: &Store) -> Sha256Hash {
    for number in [1, 2] {
        add(store, number, &new("household", "Một", "", "")).await.unwrap();
        store.write(async |tx| store::approve(tx, id(number), NOW).await).await.unwrap();
    }
    stored_document(store).await
}

async fn a_mandate_stands_between_its_days(on: On) {
    let opened = TestStore::open(on).await;
    let store = &opened.store;
    let document = two_parties(store).await;
    for one in
        [mandate(1, "2026-01-01", "2026-06-30", document), mandate(2, "2026-06-01", "2026-12-31", document)]
    {
        store.write(async |tx| insert_mandate(tx, &one).await).await.unwrap();
    }
    let in_force = async |day: &str| -> Option<u128> {
        let day = Day::parse(day).unwrap();
        let found = store.read(async |tx| store::in_force(tx, id(1), id(2), day).await).await.unwrap();
        found.map(|id| id.as_uuid().as_u128())
    };
    assert_eq!(in_force("2025-12-31").await, None);
    assert_eq!(in_force("2026-01-01").await, Some(1));
    assert_eq!(in_force("2026-06-15").await, Some(2), "the one that runs longest");
    assert_eq!(in_force("2026-12-31").await, Some(2));
    assert_eq!(in_force("2027-01-01").await, None);
    let day = Day::parse("2026-06-15").unwrap();
    assert!(store.read(async |tx| store::in_force(tx, id(2), id(1), day).await).await.unwrap().is_none());
    let lines = async |party, side, after: Option<MandateId>| -> Vec<u128> {
        let rows = store.read(async |tx| store::mandates(tx, party, side, after, PageSize::default()).await);
        rows.await.unwrap().iter().map(|line| line.mandate.id.as_uuid().as_u128()).collect()
    };
    assert_eq!(lines(id(1), Side::Given, None).await, [2, 1]);
    assert_eq!(lines(id(1), Side::Held, None).await, []);
    assert_eq!(lines(id(2), Side::Held, Some(MandateId::from_uuid(Uuid::from_u128(2)))).await, [1]);
    // Rules that the table itself keeps.
    let to_itself = Mandate { holder: id(1), ..mandate(3, "2026-01-01", "2026-06-30", document) };
    let backwards = mandate(4, "2026-06-30", "2026-01-01", document);
    for wrong in [to_itself, backwards] {
        let refused: Result<(), StoreError> = store.write(async |tx| insert_mandate(tx, &wrong).await).await;
        assert!(refused.is_err());
    }
}

async fn a_mandate_is_revoked_once(on: On) {
    let opened = TestStore::open(on).await;
    let store = &opened.store;
    let document = two_parties(store).await;
    let one = mandate(1, "2026-01-01", "2026-06-30", document);
    store.write(async |tx| insert_mandate(tx, &one).await).await.unwrap();
    let tries = (1..=6_u128).map(async |person| {
        let by = PersonId::from_uuid(Uuid::from_u128(person));
        let revoked: Result<bool, StoreError> =
            store.write(async |tx| store::revoke(tx, one.id, by, NOW).await).await;
        revoked.unwrap()
    });
    let won = join_all(tries).await.into_iter().filter(|won| *won).count();
    assert_eq!(won, 1);
    let after = store.read(async |tx| store::mandate(tx, one.id).await).await.unwrap().unwrap();
    assert_eq!((after.revoked_at, after.is_in_force(one.from)), (Some(NOW), false));
    let found = store.read(async |tx| store::in_force(tx, id(1), id(2), one.from).await).await.unwrap();
    assert!(found.is_none());
}

async fn a_misfit_is_told(on: On) {
    let opened = TestStore::open(on).await;
    let store = &opened.store;
    add(store, 1, &new("household", "Một", "", "")).await.unwrap();
    // Written by something else than this program: a commune that does not exist.
    match store {
        Store::Sqlite { writer, .. } => {
            sqlx::query("UPDATE party SET commune = '99999'").execute(writer).await.unwrap();
        }
        Store::Postgres { pool, .. } => {
            sqlx::query("UPDATE party SET commune = '99999'").execute(pool).await.unwrap();
        }
    }
    let told = store.read(async |tx| store::party(tx, id(1)).await).await.unwrap_err();
    assert!(matches!(told, StoreError::Misfit { table: "party", column: "commune", .. }), "{told:?}");
}
