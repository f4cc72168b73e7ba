//! A stopped log, as people see it: the authority on every page, a firm in the answer to what is refused because of it.

use crate::support::app::{On, TestApp, on_both};
use crate::support::journey::{Api, Journey};
use crate::support::witness::{Manner, TestWitness};
use nguongoc::accounts::Role;
use nguongoc::app::Clock;
use nguongoc::kernel::{Moment, Sha256Hash};
use nguongoc::log::{self, Checkpoint, Error, Stop};
use serde_json::json;
use std::time::Duration;

mod acts;
mod official;
pub(crate) mod recorded;

on_both!(
    people_are_told_that_the_log_is_stopped,
    each_reason_is_told_to_programs_and_people,
    the_authority_is_told_what_a_witness_has_seen,
);

/// A registry in which firms have traded, and an officer looks on.
async fn journey(registry: &TestApp) -> Journey {
    let app = &*registry.app;
    registry.person("officer", Role::Officer, None).await;
    let office = Api::at(&registry.base, &registry.anonymous_program().client)
        .signed_in("officer", crate::support::app::PASSWORD)
        .await;
    let clock = &app.clock;
    Journey::made(&office, || clock.set(clock.now().plus(Duration::from_mins(10)))).await
}

async fn people_are_told_that_the_log_is_stopped(on: On) {
    let registry = TestApp::start(on).await;
    let app = &*registry.app;
    let journey = journey(&registry).await;
    log::carry(app).await.unwrap();
    let good = log::checkpoint(app).await.unwrap().unwrap();

    let officer = registry.signed_in("officer").await;
    let banner = async |path: &str| officer.get(path).await.expect(200).texts("#log-stopped");
    assert!(banner("/account").await.is_empty(), "the log goes on");

    // The file with the last checkpoint is damaged, and the node looks at it anew.
    log::adopt(app, &good).await.unwrap();
    std::fs::write(log::kept_path(&app.config.data), "x").unwrap();
    assert!(matches!(log::carry(app).await, Err(Error::Stopped(Stop::File(_)))));
    for (path, words) in [
        (
            "/account?lang=en",
            ["The signed log is stopped", "the file with the last checkpoint", "nguongoc log adopt"],
        ),
        ("/lists?lang=en", ["No codes can be issued", "no firm approved", "nguongoc log show"]),
        ("/account?lang=vi", ["Nhật ký có chữ ký đang dừng", "tệp giữ điểm kiểm cuối", "nguongoc log adopt"]),
    ] {
        let said = banner(path).await.join(" ");
        assert!(words.iter().all(|word| said.contains(word)), "{path}: {said}");
        assert!(!said.contains("log-why"), "{said}");
    }
    // Nobody else: shoppers and firms can do nothing about it.
    assert!(registry.browser().get("/").await.expect(200).texts("#log-stopped").is_empty());

    // Who is refused something because of it reads why.
    let path = format!("/api/v1/lots/{}/code", journey.lot);
    let (status, refused) = journey.farm.api.post(&path, &json!({})).await;
    assert_eq!(status, 503, "{refused}");
    assert_eq!(
        (refused["code"].as_str(), refused["reason"].as_str()),
        (Some("log_stopped"), Some("file_unusable"))
    );
    let detail = refused["detail"].as_str().unwrap();
    assert!(detail.contains("tệp giữ điểm kiểm cuối") || detail.contains("the last checkpoint"), "{detail}");

    // Mended, it goes on, and the page says nothing more.
    std::fs::write(log::kept_path(&app.config.data), &good).unwrap();
    log::carry(app).await.unwrap();
    journey.farm.api.done(200, &path, &json!({})).await;
    assert!(banner("/account").await.is_empty());
    registry.stop().await;
}

async fn each_reason_is_told_to_programs_and_people(on: On) {
    let registry = TestApp::start(on).await;
    let app = &*registry.app;
    let journey = journey(&registry).await;
    while log::carry(app).await.unwrap() > 0 {}
    let good = log::checkpoint(app).await.unwrap().unwrap();
    let key = crate::audit::log_key();
    let signed = Checkpoint::open(&good, &[key.verifier().clone()]).unwrap();
    let size = signed.size;
    let ahead = Checkpoint { size: size + 3, ..signed.clone() }.sign(&key).unwrap();
    let other = Checkpoint { root: Sha256Hash::of(b"another history"), ..signed }.sign(&key).unwrap();
    let officer = registry.signed_in("officer").await;
    let ready = async || registry.anonymous_program().get("/readyz").await.expect(200).json();
    let (file, path) = (log::kept_path(&app.config.data), format!("/api/v1/lots/{}/code", journey.lot));
    for (note, reason, english, vietnamese) in [
        (
            None,
            "file_missing",
            format!("the log has {size} entries, and this server has not seen its last checkpoint"),
            format!("nhật ký đã có {size} mục, nhưng máy chủ này chưa thấy điểm kiểm cuối"),
        ),
        (
            Some(&ahead),
            "shorter",
            format!("{} entries were signed, and the database has only {size}", size + 3),
            format!("đã ký {} mục mà cơ sở dữ liệu chỉ có {size}", size + 3),
        ),
        (
            Some(&other),
            "different",
            format!("the {size} entries of the database are not those that were signed"),
            format!("{size} mục trong cơ sở dữ liệu không phải những mục đã ký"),
        ),
    ] {
        log::adopt(app, &good).await.unwrap();
        match note {
            Some(note) => std::fs::write(&file, note).unwrap(),
            None => std::fs::remove_file(&file).unwrap(),
        }
        assert!(matches!(log::carry(app).await, Err(Error::Stopped(_))), "{reason}");
        let said = ready().await;
        assert_eq!(
            (&said["status"], &said["log"], &said["why"]["code"]),
            (&json!("ready"), &json!("stopped"), &json!(reason)),
            "{said}"
        );
        let (status, refused) = journey.farm.api.post(&path, &json!({})).await;
        assert_eq!(
            (status, &refused["code"], &refused["reason"]),
            (503, &json!("log_stopped"), &json!(reason)),
            "{refused}"
        );
        assert!(refused["detail"].as_str().unwrap().contains(&vietnamese), "{refused}");
        for (lang, words) in [("en", &english), ("vi", &vietnamese)] {
            let page = officer.get(&format!("/account?lang={lang}")).await.expect(200);
            let banner = page.texts("#log-stopped").join(" ");
            assert!(banner.contains(words.as_str()), "{reason}: {banner}");
        }
        std::fs::write(&file, &good).unwrap();
        log::carry(app).await.unwrap();
        assert_eq!(ready().await["why"], json!(null), "{reason}");
        assert!(officer.get("/account").await.expect(200).texts("#log-stopped").is_empty(), "{reason}");
    }
    journey.farm.api.done(200, &path, &json!({})).await;
    registry.stop().await;
}

async fn the_authority_is_told_what_a_witness_has_seen(on: On) {
    let clock = Clock::at(Moment::parse(crate::support::app::NOW).unwrap());
    let key = crate::audit::log_key();
    let witness = TestWitness::start("witness.example/w", key.verifier().public(), clock, Manner::Good).await;
    let setting = witness.setting();
    let registry = TestApp::start_with(on, |config| config.witnesses = vec![setting]).await;
    registry.person("officer", Role::Officer, None).await;
    let officer = registry.signed_in("officer").await;
    log::carry(&registry.app).await.unwrap();
    let said = async |lang: &str| {
        let page = officer.get(&format!("/account?lang={lang}")).await.expect(200);
        page.texts("#log-doubted").join(" ")
    };
    assert_eq!(said("en").await, "");
    witness.seen.lock().unwrap().size = 9_000;
    assert_eq!(log::ask_witnesses(&registry.app, log::Asked::Steady).await.unwrap(), 0);
    for (lang, words) in [("en", "has seen another log than this one"), ("vi", "đã thấy một nhật ký khác")]
    {
        let said = said(lang).await;
        assert!(
            said.contains("witness.example/w") && said.contains(words) && said.contains("9000 entries"),
            "{said}"
        );
    }
    assert!(registry.browser().get("/").await.expect(200).texts("#log-doubted").is_empty());
}
