//! Witnesses: what they cosign is kept with the checkpoint that it is of, whatever else they answer is not, and nothing waits for them.

use crate::support::app::{On, TestApp, on_both, test_key};
use crate::support::witness::{Manner, TestWitness};
use futures_util::future::join;
use nguongoc::app::{App, Clock, Random};
use nguongoc::config::{Address, WitnessSetting};
use nguongoc::custody;
use nguongoc::kernel::{LogEntryId, LotId, Moment};
use nguongoc::keys::{Host, KeyName, Keys, Note, VerifierKey, WitnessKey};
use nguongoc::log::store::witness::{self as store, Cosignature};
use nguongoc::log::{self, Asked, Author, Checkpoint, Entry, Kind, Stop, Subject, WitnessStanding};
use nguongoc::store::{Connection, StoreError};
use rustls::ServerConfig;
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::PrivateKeyDer;
use serde_json::json;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use uuid::Uuid;

on_both!(
    a_witness_follows_the_log,
    a_witness_is_asked_from_where_it_stands,
    a_witness_that_saw_another_history_is_told,
    a_witness_that_saw_more_speaks_against_adopting,
    witnesses_find_together_again,
    what_a_witness_does_wrong_is_noted_and_not_kept,
    a_dead_witness_delays_nothing,
    a_witness_that_nobody_vouches_for_is_told_nothing,
    one_node_asks_at_a_time,
    who_lost_its_claim_keeps_nothing,
);

#[expect(
    clippy::disallowed_methods,
    reason = "how long something takes is measured by the clock on the wall"
)]
fn stopwatch() -> Instant {
    Instant::now()
}

fn log_key() -> VerifierKey {
    let host: Host = "demo.example.vn".parse().unwrap();
    test_key(&KeyName::log(&host)).verifier().clone()
}

async fn witness(name: &str, manner: Manner, clock: &Clock) -> TestWitness {
    TestWitness::start(name, log_key().public(), clock.clone(), manner).await
}

/// A registry with these witnesses, whose clock is that of the witnesses.
async fn registry(on: On, manners: &[Manner]) -> (TestApp, Vec<TestWitness>) {
    let clock = Clock::at(Moment::parse(crate::support::app::NOW).unwrap());
    let mut witnesses = Vec::new();
    for (number, manner) in manners.iter().enumerate() {
        witnesses.push(witness(&format!("witness.example/w{number}"), *manner, &clock).await);
    }
    let settings = witnesses.iter().map(TestWitness::setting).collect();
    let registry = TestApp::start_with(on, |config| config.witnesses = settings).await;
    log::carry(&registry.app).await.unwrap();
    (registry, witnesses)
}

async fn append(app: &App) -> LogEntryId {
    let entry = Entry {
        id: app.id(),
        kind: Kind::EventRecorded,
        subject: Subject::Lot(LotId::from_uuid(Uuid::from_u128(7))),
        at: app.clock.now(),
        actor: Author { party: None, role: "officer" },
        body: json!({}),
    };
    app.store.write(async |tx| log::append(tx, &entry).await).await.unwrap();
    entry.id
}

/// Lets so many seconds go by, for the registry; witnesses keep theirs.
fn later(app: &App, seconds: u64) {
    app.clock.set(app.clock.now().plus(Duration::from_secs(seconds)));
}

/// The served checkpoint, and which of these witnesses cosigned it.
async fn served(app: &App, witnesses: &[TestWitness]) -> (Checkpoint, Vec<bool>) {
    opened(&log::checkpoint(app).await.unwrap().unwrap(), witnesses)
}

fn opened(note: &str, witnesses: &[TestWitness]) -> (Checkpoint, Vec<bool>) {
    let checkpoint = Checkpoint::open(note, &[log_key()]).unwrap();
    let note = Note::parse(note).unwrap();
    assert_eq!(
        note.signatures()[0].name().as_str(),
        "demo.example.vn/log",
        "the log's own line is the first"
    );
    let by =
        witnesses.iter().map(|witness| WitnessKey::parse(&witness.key).unwrap().cosigned(&note).is_some());
    let by: Vec<bool> = by.collect();
    assert_eq!(note.signatures().len(), 1 + by.iter().filter(|by| **by).count(), "nothing else is served");
    (checkpoint, by)
}

async fn standing(app: &App) -> Vec<WitnessStanding> {
    log::witness_standings(app).await.unwrap()
}

async fn a_witness_follows_the_log(on: On) {
    let (registry, witnesses) = registry(on, &[Manner::Good, Manner::Good]).await;
    let app = &*registry.app;
    assert_eq!(log::witnessed(app).await.unwrap(), None);
    assert_eq!(log::ask_witnesses(app, Asked::Steady).await.unwrap(), 2);
    let (first, by) = served(app, &witnesses).await;
    assert_eq!(by, [true, true]);
    for witness in &witnesses {
        assert_eq!(witness.asked(), [(0, 200)]);
    }
    let now = Some(app.clock.now());
    for standing in standing(app).await {
        assert_eq!((standing.size, standing.cosigned_at, standing.failures), (first.size, now, 0));
    }
    assert_eq!(app.log.witnesses(), standing(app).await);
    // Nothing new to sign; then something, which is served without their word until it is there.
    later(app, 60);
    assert_eq!(log::ask_witnesses(app, Asked::Steady).await.unwrap(), 0);
    log::sealed(app, append(app).await).await.unwrap();
    let (second, by) = served(app, &witnesses).await;
    assert_eq!((second.size, by), (first.size + 1, vec![false, false]));
    let old = log::witnessed(app).await.unwrap().unwrap();
    assert_eq!(opened(&old, &witnesses), (first.clone(), vec![true, true]));
    assert_eq!(log::ask_witnesses(app, Asked::Steady).await.unwrap(), 2);
    assert_eq!(served(app, &witnesses).await, (second.clone(), vec![true, true]));
    assert_eq!(log::witnessed(app).await.unwrap(), log::checkpoint(app).await.unwrap());
    assert_eq!(witnesses[0].asked(), [(first.size, 200)]);
    // A proof carries it too.
    let proved = log::proof(app, 0).await.unwrap().unwrap();
    assert!(proved.proof.ends_with(&log::checkpoint(app).await.unwrap().unwrap()));
    // A log that grows all the time asks no more often than every few seconds.
    log::sealed(app, append(app).await).await.unwrap();
    assert_eq!(log::ask_witnesses(app, Asked::Steady).await.unwrap(), 0);
    later(app, 6);
    assert_eq!(log::ask_witnesses(app, Asked::Steady).await.unwrap(), 2);
    assert_eq!(witnesses[0].asked(), [(second.size, 200)]);
    // A witness that the settings name no more is served no more.
    let mut config = app.config.clone();
    config.witnesses.remove(0);
    let keys = nguongoc::keys::Keys::default();
    let fewer =
        App::new(config, app.store.clone(), app.clock.clone(), nguongoc::app::Random::seeded(3), keys);
    assert_eq!(served(&fewer, &witnesses).await.1, [false, true]);
    // Over HTTP.
    let answer = registry.anonymous_program().get("/log/witnessed").await.expect(200);
    assert_eq!(Some(answer.text), log::checkpoint(app).await.unwrap());
    let ready = registry.anonymous_program().get("/readyz").await.expect(200).json();
    assert_eq!(ready["witnesses"][1]["name"], "witness.example/w1");
    assert_eq!(ready["witnesses"][1]["size"], second.size + 1);
}

async fn a_witness_is_asked_from_where_it_stands(on: On) {
    let (registry, witnesses) = registry(on, &[Manner::Good]).await;
    let app = &*registry.app;
    log::ask_witnesses(app, Asked::Steady).await.unwrap();
    let (first, _) = served(app, &witnesses).await;
    witnesses[0].asked();
    for _ in 0..300 {
        append(app).await;
    }
    log::sealed(app, append(app).await).await.unwrap();
    // The registry has forgotten what the witness has seen: it is told, and goes on from there.
    sql(app, "DELETE FROM log_witness").await;
    assert_eq!(log::ask_witnesses(app, Asked::Steady).await.unwrap(), 1);
    assert_eq!(witnesses[0].asked(), [(0, 409), (first.size, 200)]);
    // The answer was lost: the witness has it all already, and says so again.
    sql(app, "DELETE FROM log_witness").await;
    sql(app, "DELETE FROM log_cosignature").await;
    assert_eq!(log::ask_witnesses(app, Asked::Steady).await.unwrap(), 1);
    assert_eq!(witnesses[0].asked(), [(0, 409), (first.size + 301, 200)]);
    assert_eq!(served(app, &witnesses).await.1, [true]);
}

async fn a_witness_that_saw_another_history_is_told(on: On) {
    let (registry, witnesses) = registry(on, &[Manner::Good, Manner::Good, Manner::Good]).await;
    let app = &*registry.app;
    let (checkpoint, _) = served(app, &witnesses).await;
    (witnesses[0].seen.lock().unwrap().size, witnesses[1].seen.lock().unwrap().size) =
        (9_000, checkpoint.size);
    witnesses[2].seen.lock().unwrap().size = 1;
    assert_eq!(log::ask_witnesses(app, Asked::Steady).await.unwrap(), 0);
    assert_eq!(witnesses[0].asked(), [(0, 409)]);
    assert_eq!(witnesses[1].asked(), [(0, 409), (checkpoint.size, 409)]);
    assert_eq!(witnesses[2].asked(), [(0, 409), (1, 422)]);
    let failures: Vec<_> =
        standing(app).await.into_iter().map(|standing| standing.failure.unwrap()).collect();
    assert_eq!(failures, ["ahead", "forked", "proof_refused"]);
    assert_eq!(served(app, &witnesses).await.1, [false, false, false]);
}

async fn a_witness_that_saw_more_speaks_against_adopting(on: On) {
    let (registry, witnesses) = registry(on, &[Manner::Says(503), Manner::Good]).await;
    let app = &*registry.app;
    let note = log::checkpoint(app).await.unwrap().unwrap();
    let size = opened(&note, &[]).0.size;
    std::fs::remove_file(log::kept_path(&app.config.data)).unwrap();
    witnesses[1].seen.lock().unwrap().size = size + 9;
    let outcome = log::adopt(app, &note).await;
    assert!(
        matches!(outcome, Err(log::Error::Stopped(Stop::Shorter { signed, found })) if (signed, found) == (size + 9, size)),
        "{outcome:?}"
    );
    witnesses[1].seen.lock().unwrap().size = size;
    let outcome = log::adopt(app, &note).await;
    assert!(matches!(outcome, Err(log::Error::Stopped(Stop::Different { .. }))), "{outcome:?}");
    // Fewer entries, and others than those that these begin with.
    {
        let mut seen = witnesses[1].seen.lock().unwrap();
        (seen.size, seen.root) = (size - 1, [7; 32]);
    }
    let outcome = log::adopt(app, &note).await;
    assert!(matches!(outcome, Err(log::Error::Stopped(Stop::Different { .. }))), "{outcome:?}");
    assert!(!log::kept_path(&app.config.data).exists());
    // One that has seen nothing, and one that does not answer, say nothing against it.
    witnesses[1].seen.lock().unwrap().size = 0;
    log::adopt(app, &note).await.unwrap();
    assert!(log::kept_path(&app.config.data).exists());
}

async fn witnesses_find_together_again(on: On) {
    let (registry, witnesses) = registry(on, &[Manner::Good, Manner::Good]).await;
    let app = &*registry.app;
    // What a service does every second, on a log that grows every second; one of them has a bad moment.
    for second in 0..30 {
        match second {
            4 => witnesses[1].behave(Manner::Says(503)),
            8 => witnesses[1].behave(Manner::Good),
            _ => {}
        }
        log::sealed(app, append(app).await).await.unwrap();
        log::ask_witnesses(app, Asked::Steady).await.unwrap();
        log::ask_witnesses(app, Asked::Failing).await.unwrap();
        later(app, 1);
    }
    let (checkpoint, by) = opened(&log::witnessed(app).await.unwrap().unwrap(), &witnesses);
    assert_eq!(by, [true, true]);
    let published = served(app, &witnesses).await.0.size;
    assert!(published - checkpoint.size < 12, "both cosigned {} of {published} entries", checkpoint.size);
}

async fn what_a_witness_does_wrong_is_noted_and_not_kept(on: On) {
    let manners = [
        (Manner::Hangs, "late"),
        (Manner::Trickles, "late"),
        (Manner::Floods, "too_large"),
        (Manner::Mumbles, "garbage"),
        (Manner::Babbles, "garbage"),
        (Manner::Swaps, "not_cosigned"),
        (Manner::Strays, "not_cosigned"),
        (Manner::Splits, "garbage"),
        (Manner::Off(-3_600), "time"),
        (Manner::Off(3_600), "time"),
        (Manner::Says(404), "unknown_log"),
        (Manner::Says(403), "not_trusted"),
        (Manner::Says(422), "proof_refused"),
        (Manner::Says(409), "garbage"),
        (Manner::Says(400), "status"),
        (Manner::Says(503), "status"),
        (Manner::Good, ""),
    ];
    let (registry, witnesses) = registry(on, &manners.map(|(manner, _)| manner)).await;
    let app = &*registry.app;
    let began = stopwatch();
    // Side by side: all of it takes as long as the slowest may.
    assert_eq!(log::ask_witnesses(app, Asked::Steady).await.unwrap(), 1);
    assert!(began.elapsed() < Duration::from_secs(9), "{:?}", began.elapsed());
    for ((manner, failure), standing) in manners.iter().zip(standing(app).await) {
        let told = standing.failure.clone().unwrap_or_default();
        assert_eq!(told, *failure, "{manner:?}: {standing:?}");
        assert_eq!(standing.failures, u32::from(*manner != Manner::Good), "{manner:?}");
    }
    let good = manners.map(|(manner, _)| manner == Manner::Good);
    assert_eq!(served(app, &witnesses).await.1, good, "only what is right is served");
    // Those that failed are asked again after a pause, which grows, and in a round of their own.
    assert_eq!(log::ask_witnesses(app, Asked::Failing).await.unwrap(), 0);
    let count = |witness: &TestWitness| witness.seen.lock().unwrap().asked.len();
    assert!(witnesses.iter().all(|witness| count(witness) == 1), "too early");
    for witness in &witnesses[..2] {
        witness.behave(Manner::Says(503));
    }
    for (seconds, times) in [(1, 2), (1, 2), (1, 3), (3, 3), (1, 4)] {
        later(app, seconds);
        log::ask_witnesses(app, Asked::Failing).await.unwrap();
        assert_eq!(count(&witnesses[0]), times, "after {seconds} s more");
    }
    assert_eq!(count(&witnesses[16]), 1);
    // Who behaves again is one of the steady ones again.
    for witness in &witnesses {
        witness.behave(Manner::Good);
    }
    later(app, 60);
    assert_eq!(log::ask_witnesses(app, Asked::Failing).await.unwrap(), 16);
    assert_eq!(served(app, &witnesses).await.1, [true; 17]);
    assert!(standing(app).await.iter().all(|standing| standing.failures == 0 && standing.failure.is_none()));
}

async fn a_dead_witness_delays_nothing(on: On) {
    let (registry, witnesses) = registry(on, &[Manner::Hangs, Manner::Good]).await;
    let app = &*registry.app;
    let asking = async {
        let began = stopwatch();
        assert_eq!(log::ask_witnesses(app, Asked::Steady).await.unwrap(), 1);
        assert!(began.elapsed() > Duration::from_secs(4), "the dead one was waited for");
    };
    let signing = async {
        tokio::time::sleep(Duration::from_millis(500)).await;
        // The living one has its word in already.
        assert_eq!(served(app, &witnesses).await.1, [false, true]);
        let mut slowest = Duration::ZERO;
        for _ in 0..20 {
            let began = stopwatch();
            log::sealed(app, append(app).await).await.unwrap();
            slowest = slowest.max(began.elapsed());
        }
        assert!(slowest < Duration::from_secs(1), "{slowest:?}");
    };
    join(asking, signing).await;
    // From now on the living one does not wait for it at all.
    later(app, 6);
    let began = stopwatch();
    assert_eq!(log::ask_witnesses(app, Asked::Steady).await.unwrap(), 1);
    assert!(began.elapsed() < Duration::from_secs(2), "{:?}", began.elapsed());
    // Nobody there at all.
    let gone = witness("witness.example/gone", Manner::Good, &app.clock).await.setting();
    let alone = with(app, gone).await;
    assert_eq!(log::ask_witnesses(&alone, Asked::Steady).await.unwrap(), 0);
    assert_eq!(standing(&alone).await[0].failure.as_deref(), Some("unreachable"));
}

/// Another process over the same registry, with this witness alone.
async fn with(app: &App, witness: WitnessSetting) -> App {
    let mut config = app.config.clone();
    config.witnesses = vec![witness];
    let alone = App::new(config, app.store.clone(), app.clock.clone(), Random::seeded(4), Keys::default());
    custody::refresh(&alone).await.unwrap();
    alone
}

/// By TLS, a witness is who its certificate says, and an authority that browsers know must say so.
async fn a_witness_that_nobody_vouches_for_is_told_nothing(on: On) {
    let (registry, witnesses) = registry(on, &[Manner::Good]).await;
    let made = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let key = PrivateKeyDer::try_from(made.signing_key.serialize_der()).unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.der().clone()], key)
        .unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("https://localhost:{}/w", listener.local_addr().unwrap().port());
    let server = async {
        let (stream, _) = listener.accept().await.unwrap();
        TlsAcceptor::from(Arc::new(config))
            .accept(stream)
            .await
            .map(|_| ())
            .map_err(|error| error.to_string())
    };
    let setting = WitnessSetting { address: Address::parse(&address).unwrap(), ..witnesses[0].setting() };
    let alone = with(&registry.app, setting).await;
    let (outcome, asked) = join(server, log::ask_witnesses(&alone, Asked::Steady)).await;
    assert_eq!(asked.unwrap(), 0);
    let standing = &standing(&alone).await[0];
    assert_eq!(standing.failure.as_deref(), Some("unreachable"), "{standing:?}");
    assert!(standing.detail.as_ref().unwrap().contains("certificate"), "{standing:?}");
    assert!(outcome.unwrap_err().contains("alert"), "the connection ends before a word was said");
    registry.stop().await;
}

async fn one_node_asks_at_a_time(on: On) {
    let (registry, witnesses) = registry(on, &[Manner::Good]).await;
    let (other, _data) = registry.node(9).await;
    let (one, two) =
        join(log::ask_witnesses(&registry.app, Asked::Steady), log::ask_witnesses(&other, Asked::Steady))
            .await;
    assert_eq!(one.unwrap() + two.unwrap(), 1);
    assert_eq!(witnesses[0].asked(), [(0, 200)]);
    assert_eq!(served(&other, &witnesses).await.1, [true]);
}

async fn who_lost_its_claim_keeps_nothing(on: On) {
    let registry = TestApp::start(on).await;
    let app = &*registry.app;
    let now = app.clock.now();
    let until = now.plus(Duration::from_secs(30));
    let claim = async |node: u128, now: Moment| {
        app.store
            .write_beside(async |tx| {
                store::claim(tx, "w", Uuid::from_u128(node), now, now.plus(Duration::from_secs(30))).await
            })
            .await
            .unwrap()
    };
    assert!(claim(1, now).await);
    assert!(!claim(2, now).await && claim(2, until).await);
    let kept = |size| Cosignature {
        size,
        checkpoint: format!("checkpoint {size}"),
        witness: "w".to_owned(),
        time: 5,
        line: format!("line {size}\n"),
    };
    let cosigned = async |node: u128, size| {
        app.store
            .write_beside(async |tx| {
                store::cosigned(tx, Uuid::from_u128(node), &kept(size), until, until).await
            })
            .await
            .unwrap()
    };
    let failed = async |node: u128| {
        app.store
            .write_beside(async |tx| {
                store::failed(tx, Uuid::from_u128(node), "w", ("late", "too late"), until, until).await
            })
            .await
            .unwrap()
    };
    assert!(!cosigned(1, 3).await && !failed(1).await);
    assert!(failed(2).await && !failed(2).await);
    let rows = app.store.glance(async |tx| store::all(tx).await).await.unwrap();
    assert_eq!((rows[0].failures, rows[0].failure.as_deref(), rows[0].size), (1, Some("late"), 0));
    for size in 1..=5 {
        assert!(claim(3, until).await && cosigned(3, size).await);
    }
    let all = app.store.glance(async |tx| store::cosignatures(tx, None).await).await.unwrap();
    assert_eq!(all, [5, 4, 3, 2, 1].map(kept));
    let of = async |size, checkpoint: &'static str| {
        app.store
            .glance(async |tx| store::cosignatures(tx, Some((size, checkpoint))).await)
            .await
            .unwrap()
            .len()
    };
    // Of this very checkpoint, not only of its size.
    assert_eq!(
        (of(2, "checkpoint 2").await, of(2, "checkpoint 3").await, of(3, "checkpoint 2").await),
        (1, 0, 0)
    );
    let gone = app.store.write_beside(async |tx| store::prune(tx, 2).await).await.unwrap();
    let left = app.store.glance(async |tx| store::cosignatures(tx, None).await).await.unwrap();
    assert_eq!((gone, left), (3, vec![kept(5), kept(4)]));
}

/// Runs a statement that no service has.
async fn sql(app: &App, statement: &'static str) {
    let done: Result<u64, StoreError> = app
        .store
        .write(async |tx| {
            let done = match tx.connection() {
                Connection::Sqlite(conn) => sqlx::query(statement).execute(conn).await?.rows_affected(),
                Connection::Postgres(conn) => sqlx::query(statement).execute(conn).await?.rows_affected(),
            };
            Ok(done)
        })
        .await;
    assert!(done.unwrap() > 0, "{statement}");
}
