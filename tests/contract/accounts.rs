//! The store of `accounts` and the units of work of `store`, on both databases.

use crate::support::app::{On, TestStore, on_both};
use nguongoc::accounts::store::{self, Grant};
use nguongoc::accounts::{NewPassword, NewPerson, Role, Scopes, SignInName, Token};
use nguongoc::kernel::{Line, LogEntryId, Moment, PartyId, PersonId, Sha256Hash, TokenId};
use nguongoc::store::{MediaType, Store, StoreError, file, put_file};
use std::time::Duration;
use uuid::Uuid;

on_both!(
    a_person_is_found_by_id_and_by_name,
    a_session_lives_its_time,
    a_one_time_code_is_used_by_one_of_many,
    a_token_is_revoked_by_its_owner_only,
    a_throttle_is_kept_and_forgotten,
    the_trail_is_never_changed,
    a_refused_unit_of_work_leaves_nothing,
    racing_units_of_work_lose_nothing,
    a_file_is_stored_once,
);

fn id(n: u128) -> Uuid {
    Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_0000 + n)
}

fn at(second: i64) -> Moment {
    Moment::from_second(1_790_000_000 + second)
}

fn new(sign_in: &str, role: Role, party: Option<PartyId>) -> NewPerson {
    let sign_in = SignInName::parse(sign_in).unwrap();
    let password = NewPassword::parse("một câu dài dễ nhớ", &sign_in).unwrap();
    NewPerson { name: <Line>::parse("Người Mẫu").unwrap(), password, role, party, sign_in }
}

async fn add(db: &Store, n: u128, sign_in: &str, party: Option<PartyId>) -> PersonId {
    let person = PersonId::from_uuid(id(n));
    let role = if party.is_some() { Role::Clerk } else { Role::Officer };
    db.write(async |tx| store::insert_person(tx, person, &new(sign_in, role, party), "hash", at(0)).await)
        .await
        .unwrap();
    person
}

async fn a_person_is_found_by_id_and_by_name(on: On) {
    let opened = TestStore::open(on).await;
    let db = &opened.store;
    let party = PartyId::from_uuid(id(900));
    let clerk = add(db, 1, "lan", Some(party)).await;
    let officer = add(db, 2, "binh", None).await;
    let twice = db
        .write(async |tx| {
            store::insert_person(tx, PersonId::from_uuid(id(3)), &new("lan", Role::Officer, None), "h", at(1))
                .await
        })
        .await;
    assert!(twice.is_err_and(|error| error.is_unique_violation()));
    // A clerk without a party breaks a rule of the table itself.
    let homeless = db
        .write(async |tx| {
            store::insert_person(tx, PersonId::from_uuid(id(4)), &new("khoa", Role::Clerk, None), "h", at(1))
                .await
        })
        .await;
    assert!(matches!(homeless, Err(StoreError::Database(_))));
    db.read(async |tx| {
        let found = store::person(tx, clerk).await?.unwrap();
        assert_eq!((found.sign_in.as_str(), found.role, found.party), ("lan", Role::Clerk, Some(party)));
        let (found, hash) = store::person_to_sign_in(tx, "binh").await?.unwrap();
        assert_eq!((found.id, hash.as_str(), found.created_at), (officer, "hash", at(0)));
        assert!(store::person_to_sign_in(tx, "nobody").await?.is_none());
        assert_eq!(store::people_of_party(tx, party).await?.len(), 1);
        assert_eq!(store::people_of_authority(tx).await?.len(), 1);
        Ok::<_, StoreError>(())
    })
    .await
    .unwrap();
    db.write(async |tx| {
        store::set_password(tx, clerk, "other").await?;
        assert!(store::disable(tx, clerk, at(2)).await?);
        assert!(!store::disable(tx, clerk, at(3)).await?, "disabled twice");
        let (found, hash) = store::person_to_sign_in(tx, "lan").await?.unwrap();
        assert_eq!((hash.as_str(), found.disabled_at), ("other", Some(at(2))));
        Ok::<_, StoreError>(())
    })
    .await
    .unwrap();
}

async fn a_session_lives_its_time(on: On) {
    let opened = TestStore::open(on).await;
    let db = &opened.store;
    let person = add(db, 1, "lan", None).await;
    let secrets: Vec<_> = (0_u8..3).map(|n| Sha256Hash::of(&[n])).collect();
    db.write(async |tx| {
        for secret in &secrets {
            store::insert_session(tx, secret, person, at(0), at(100)).await?;
        }
        assert!(store::session(tx, &secrets[0], at(99)).await?.is_some());
        assert!(store::session(tx, &secrets[0], at(100)).await?.is_none(), "its end is not part of it");
        store::touch_session(tx, &secrets[0], at(50), at(150)).await?;
        assert_eq!(store::session(tx, &secrets[0], at(149)).await?.unwrap().1, at(50));
        store::remove_ended_sessions(tx, at(120)).await?;
        assert!(store::session(tx, &secrets[1], at(1)).await?.is_none());
        assert_eq!(store::end_session(tx, &secrets[0]).await?, Some(person));
        assert_eq!(store::end_session(tx, &secrets[0]).await?, None);
        store::insert_session(tx, &secrets[2], person, at(0), at(100)).await?;
        store::end_sessions_of(tx, person).await?;
        assert!(store::session(tx, &secrets[2], at(1)).await?.is_none());
        store::insert_session(tx, &secrets[2], person, at(0), at(100)).await?;
        store::disable(tx, person, at(1)).await?;
        assert!(store::session(tx, &secrets[2], at(2)).await?.is_none(), "a disabled person's session");
        Ok::<_, StoreError>(())
    })
    .await
    .unwrap();
}

async fn a_one_time_code_is_used_by_one_of_many(on: On) {
    let opened = TestStore::open(on).await;
    let db = opened.store.clone();
    let grant = Grant::SignUp { party: PartyId::from_uuid(id(900)), role: Role::Manager };
    let code = Sha256Hash::of(b"code");
    db.write(async |tx| store::insert_code(tx, &code, grant, None, at(0), at(100)).await).await.unwrap();
    let late = db.write(async |tx| store::use_code(tx, &code, at(100)).await).await.unwrap();
    assert_eq!(late, None);
    let users: Vec<_> = (0..8)
        .map(|_| {
            let db = db.clone();
            actix_web::rt::spawn(
                async move { db.write(async |tx| store::use_code(tx, &code, at(1)).await).await },
            )
        })
        .collect();
    let mut winners = 0;
    for user in users {
        if let Some(opened) = user.await.unwrap().unwrap() {
            assert_eq!(opened, grant);
            winners += 1;
        }
    }
    assert_eq!(winners, 1);

    let person = add(&db, 1, "lan", None).await;
    let reset = Sha256Hash::of(b"reset");
    db.write(async |tx| {
        store::insert_code(tx, &reset, Grant::Reset { person }, Some(person), at(0), at(100)).await?;
        store::spend_resets_of(tx, person, at(1)).await?;
        assert_eq!(store::use_code(tx, &reset, at(2)).await?, None);
        Ok::<_, StoreError>(())
    })
    .await
    .unwrap();
}

async fn a_token_is_revoked_by_its_owner_only(on: On) {
    let opened = TestStore::open(on).await;
    let db = &opened.store;
    let (owner, other) = (add(db, 1, "lan", None).await, add(db, 2, "binh", None).await);
    let token = Token {
        id: TokenId::from_uuid(id(50)),
        name: "ERP".into(),
        scopes: Scopes::parse("read record").unwrap(),
        created_at: at(0),
        expires_at: at(100),
        revoked_at: None,
    };
    let secret = Sha256Hash::of(b"secret");
    db.write(async |tx| {
        store::insert_token(tx, &token, &secret, owner).await?;
        let (found, person) = store::token(tx, &secret).await?.unwrap();
        assert_eq!((found.scopes, found.expires_at, person.id), (token.scopes, at(100), owner));
        assert!(!store::revoke_token(tx, token.id, other, at(1)).await?);
        assert!(store::revoke_token(tx, token.id, owner, at(1)).await?);
        assert!(!store::revoke_token(tx, token.id, owner, at(2)).await?);
        assert_eq!(store::tokens_of(tx, owner).await?[0].revoked_at, Some(at(1)));
        assert!(store::tokens_of(tx, other).await?.is_empty());
        let second = Token { id: TokenId::from_uuid(id(51)), ..token.clone() };
        store::insert_token(tx, &second, &Sha256Hash::of(b"second"), owner).await?;
        store::revoke_tokens_of(tx, owner, at(3)).await?;
        assert!(store::tokens_of(tx, owner).await?.iter().all(|token| token.revoked_at.is_some()));
        Ok::<_, StoreError>(())
    })
    .await
    .unwrap();
}

async fn a_throttle_is_kept_and_forgotten(on: On) {
    let opened = TestStore::open(on).await;
    let bucket = Sha256Hash::of(b"bucket");
    opened
        .store
        .write(async |tx| {
            assert_eq!(store::throttle(tx, &bucket).await?, None);
            store::set_throttle(tx, &bucket, 1, at(0), at(0)).await?;
            store::set_throttle(tx, &bucket, 7, at(30), at(10)).await?;
            assert_eq!(store::throttle(tx, &bucket).await?, Some((7, at(10), at(30))));
            store::forget_throttles(tx, at(10)).await?;
            assert!(store::throttle(tx, &bucket).await?.is_some());
            store::forget_throttles(tx, at(11)).await?;
            assert_eq!(store::throttle(tx, &bucket).await?, None);
            Ok::<_, StoreError>(())
        })
        .await
        .unwrap();
}

async fn the_trail_is_never_changed(on: On) {
    let opened = TestStore::open(on).await;
    let db = &opened.store;
    db.write(async |tx| {
        for n in 0..3 {
            let line = LogEntryId::from_uuid(id(n));
            let when = at(i64::try_from(n).unwrap());
            store::add_to_trail(tx, line, when, None, "signed_in", Some(id(9)), "{}").await?;
        }
        let found = store::trail(tx, at(2), 10).await?;
        assert_eq!(found.iter().map(|line| line.at).collect::<Vec<_>>(), [at(1), at(0)]);
        Ok::<_, StoreError>(())
    })
    .await
    .unwrap();
    for statement in ["UPDATE audit_trail SET act = 'other'", "DELETE FROM audit_trail"] {
        let refused = match db {
            Store::Sqlite { writer, .. } => sqlx::query(statement).execute(writer).await.map(drop),
            Store::Postgres { pool, .. } => sqlx::query(statement).execute(pool).await.map(drop),
        };
        assert!(refused.unwrap_err().to_string().contains("never"), "{statement}");
    }
}

async fn a_refused_unit_of_work_leaves_nothing(on: On) {
    let opened = TestStore::open(on).await;
    let refused = opened
        .store
        .write(async |tx| {
            store::set_throttle(tx, &Sha256Hash::of(b"x"), 1, at(0), at(0)).await?;
            Err::<(), _>(StoreError::UnknownUrl)
        })
        .await;
    assert!(refused.is_err());
    let found = opened.store.read(async |tx| store::throttle(tx, &Sha256Hash::of(b"x")).await).await.unwrap();
    assert_eq!(found, None);
}

/// Sixteen writers read a number and write it back raised by one, which loses updates wherever isolation is too weak.
async fn racing_units_of_work_lose_nothing(on: On) {
    let opened = TestStore::open(on).await;
    let bucket = Sha256Hash::of(b"counter");
    let db = opened.store.clone();
    db.write(async |tx| store::set_throttle(tx, &bucket, 0, at(0), at(0)).await).await.unwrap();
    let writers: Vec<_> = (0..16)
        .map(|_| {
            let db = db.clone();
            actix_web::rt::spawn(async move {
                for _ in 0..5 {
                    // A loser that ran out of repeats is told so, and tries again.
                    while db
                        .write(async |tx| {
                            let (count, ..) = store::throttle(tx, &bucket).await?.unwrap();
                            actix_web::rt::time::sleep(Duration::from_micros(200)).await;
                            store::set_throttle(tx, &bucket, count + 1, at(0), at(0)).await
                        })
                        .await
                        .is_err()
                    {}
                }
            })
        })
        .collect();
    for writer in writers {
        writer.await.unwrap();
    }
    let found = db.read(async |tx| store::throttle(tx, &bucket).await).await.unwrap();
    assert_eq!(found.unwrap().0, 80);
}

async fn a_file_is_stored_once(on: On) {
    let opened = TestStore::open(on).await;
    opened
        .store
        .write(async |tx| {
            let hash = put_file(tx, MediaType::Pdf, b"%PDF-1.7", at(0)).await?;
            assert_eq!(hash, put_file(tx, MediaType::Pdf, b"%PDF-1.7", at(1)).await?);
            let found = file(tx, &hash).await?.unwrap();
            assert_eq!((found.media_type, found.bytes.as_slice()), (MediaType::Pdf, b"%PDF-1.7".as_slice()));
            assert!(file(tx, &Sha256Hash::of(b"other")).await?.is_none());
            Ok::<_, StoreError>(())
        })
        .await
        .unwrap();
}
