//! Messages and mail: the desk of a party, and a mail server that is down, refuses, asks to come again, or dies in the middle.

use crate::support::app::{On, TestApp, on_both};
use crate::support::trade::Trade;
use actix_web::rt;
use nguongoc::accounts::Role;
use nguongoc::app::App;
use nguongoc::config::{MailServer, MailTls};
use nguongoc::jobs::{self, Message, message_id};
use nguongoc::kernel::PartyId;
use serde_json::json;
use std::collections::VecDeque;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::time::Duration;

on_both!(
    a_party_reads_and_answers_its_messages,
    an_address_is_kept_and_erased,
    a_mail_arrives_once,
    a_mail_survives_a_bad_server,
    a_mail_that_is_refused_is_given_up_with_its_reason,
);

/// How the server treats the next mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Manner {
    Takes,
    /// Turns the address away with this code.
    Says(u16),
    /// Goes away in the middle of the text.
    DiesInTheText,
}

/// A small mail server: one connection after the other, a manner for each, then it takes everything.
pub(crate) struct PostOffice {
    pub(crate) port: u16,
    manners: Arc<Mutex<VecDeque<Manner>>>,
    taken: Arc<Mutex<Vec<String>>>,
}

impl PostOffice {
    pub(crate) fn open() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = listener.local_addr().expect("an address").port();
        let office = Self { port, manners: Arc::default(), taken: Arc::default() };
        let (manners, taken) = (office.manners.clone(), office.taken.clone());
        std::thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let manner = manners.lock().expect("a lock").pop_front().unwrap_or(Manner::Takes);
                let _ = stream.set_read_timeout(Some(Duration::from_secs(10)));
                if let Some(mail) = talk(&stream, manner) {
                    taken.lock().expect("a lock").push(mail);
                }
            }
        });
        office
    }

    fn behave(&self, manners: &[Manner]) {
        *self.manners.lock().expect("a lock") = manners.iter().copied().collect();
    }

    pub(crate) fn taken(&self) -> Vec<String> {
        self.taken.lock().expect("a lock").clone()
    }
}

/// One connection: the mail that was taken, if one was.
fn talk(stream: &TcpStream, manner: Manner) -> Option<String> {
    let mut out = stream;
    let mut lines = BufReader::new(stream).lines();
    let mut say = |text: String| out.write_all(format!("{text}\r\n").as_bytes());
    say("220 thu.example.vn".into()).ok()?;
    let mut taken = None;
    while let Some(Ok(line)) = lines.next() {
        let word = line.get(..4).unwrap_or("").to_ascii_uppercase();
        match (word.as_str(), manner) {
            ("RCPT", Manner::Says(code)) => say(format!("{code} khong nhan")).ok()?,
            ("DATA", _) => {
                say("354 noi di".into()).ok()?;
                let mut text = String::new();
                while let Some(Ok(line)) = lines.next() {
                    if manner == Manner::DiesInTheText {
                        return None;
                    }
                    if line == "." {
                        break;
                    }
                    text.push_str(&line);
                    text.push('\n');
                }
                taken = Some(text);
                say("250 da nhan".into()).ok()?;
            }
            ("QUIT", _) => {
                let _ = say("221 chao".into());
                break;
            }
            _ => say("250 thu.example.vn".into()).ok()?,
        }
    }
    taken
}

async fn registry(on: On, port: u16) -> TestApp {
    TestApp::start_with(on, |config| {
        config.mail = Some(MailServer {
            host: "127.0.0.1".into(),
            port,
            tls: MailTls::None,
            user: None,
            password_file: None,
            from: "Nguồn Gốc <truy-xuat@demo.example.vn>".parse().expect("an address"),
        });
    })
    .await
}

fn message(app: &App, party: PartyId, number: u8) -> Message {
    Message {
        id: message_id(&[b"test", &[number]]),
        party,
        kind: "recall_notice",
        lot: None,
        recall: None,
        args: json!({ "number": format!("TH-2026-{number:04}"), "product": "Cải bẹ xanh", "codes": "L1", "reason": "Thử",
            "lots": "1", "held": "1 kg", "takes_back": "Chợ", "until": "–" }),
        at: app.clock.now(),
        needs_answer: true,
    }
}

async fn tell(app: &App, messages: &[Message]) -> u64 {
    app.store.write(async |tx| jobs::tell(tx, messages).await).await.expect("told")
}

/// A registry with one firm whose address is known.
async fn firm(on: On, port: u16) -> (TestApp, PartyId) {
    let registry = registry(on, port).await;
    let officer = nguongoc::accounts::Official { person: registry.app.id(), role: Role::Officer };
    let kind = nguongoc::parties::Kind::Cooperative;
    let farm =
        crate::support::trade::firm(&registry, &officer, kind, "Hợp tác xã rau Vân Mẫu", "9900001073").await;
    registry.person("chu-trai", Role::Manager, Some(farm.party)).await;
    let manager = registry.signed_in("chu-trai").await;
    manager.send("/firm", "/firm/mail", &[("mail", "htx@demo.example.vn")]).await.expect(303);
    (registry, farm.party)
}

/// Waits for the next turn of a mail that was put off, and carries it.
async fn carry_later(app: &App) {
    let clock = &app.clock;
    clock.set(clock.now().plus(Duration::from_hours(7)));
    while jobs::carry(app).await.expect("carried") > 0 {}
}

async fn tally(app: &App) -> (i64, i64, i64) {
    let (tally, _) = jobs::outbox(app).await.expect("a tally");
    (tally.waiting, tally.sent, tally.given_up)
}

async fn a_party_reads_and_answers_its_messages(on: On) {
    let trade = Trade::start(on).await;
    let app = trade.app();
    assert_eq!(tell(app, &[message(app, trade.farm.party, 1)]).await, 1);
    assert_eq!(tell(app, &[message(app, trade.farm.party, 1)]).await, 0);
    let clerk = trade.registry.signed_in(&trade.farm.clerk).await;
    let desk = clerk.get("/messages").await.expect(200);
    assert!(desk.text.contains("Thu hồi TH-2026-0001") && desk.text.contains("chưa gửi thư điện tử"));
    assert!(clerk.get("/lots").await.expect(200).text.contains("Tin nhắn (1)"));
    let id = message(app, trade.farm.party, 1).id;
    let shop = trade.registry.signed_in(&trade.shop.clerk).await;
    assert!(!shop.get("/messages").await.expect(200).text.contains("TH-2026-0001"));
    let program = trade.registry.program(&trade.shop.clerk).await;
    program.post(&format!("/api/v1/messages/{id}/answer"), &json!({})).await.expect(404);
    program.post(&format!("/api/v1/messages/{id}/read"), &json!({})).await.expect(404);
    clerk.send("/messages", &format!("/messages/{id}/answer"), &[]).await.expect(303);
    let desk = clerk.get("/messages?lang=en").await.expect(200);
    assert!(desk.text.contains("Confirmed at") && !desk.text.contains("Messages (1)"), "{}", desk.text);
    let own = trade.registry.program(&trade.farm.clerk).await;
    let again = own.post(&format!("/api/v1/messages/{id}/answer"), &json!({})).await.expect(409).json();
    assert_eq!(again["code"], "message_answered_already");
    trade.registry.signed_in("officer").await.get("/messages").await.expect(200);
}

async fn an_address_is_kept_and_erased(on: On) {
    let trade = Trade::start(on).await;
    trade.registry.person("chu-trai", Role::Manager, Some(trade.farm.party)).await;
    let manager = trade.registry.signed_in("chu-trai").await;
    let refused = manager.send("/firm", "/firm/mail", &[("mail", "khong phai thu")]).await.expect(422);
    assert!(refused.text.contains("khong phai thu") && refused.text.contains("lienhe@example.vn"));
    manager.send("/firm", "/firm/mail", &[("mail", "htx@demo.example.vn")]).await.expect(303);
    let program = trade.registry.program("chu-trai").await;
    assert_eq!(program.get("/api/v1/firm").await.expect(200).json()["mail"], "htx@demo.example.vn");
    let request = program.client.put(format!("{}/api/v1/firm/mail", program.base));
    let token = program.token.clone().expect("a token");
    let answer = request.bearer_auth(token).json(&json!({ "mail": null })).send().await.expect("an answer");
    assert_eq!(answer.status(), 204);
    assert!(program.get("/api/v1/firm").await.expect(200).json()["mail"].is_null());
    let clerk = trade.registry.program(&trade.farm.clerk).await;
    let request = clerk.client.put(format!("{}/api/v1/firm/mail", clerk.base));
    let token = clerk.token.clone().expect("a token");
    let answer = request.bearer_auth(token).json(&json!({ "mail": null })).send().await.expect("an answer");
    assert_eq!(answer.status(), 403);
}

async fn a_mail_arrives_once(on: On) {
    let office = PostOffice::open();
    let (registry, farm) = firm(on, office.port).await;
    let app = &registry.app;
    let messages: Vec<Message> = (1..=20).map(|number| message(app, farm, number)).collect();
    tell(app, &messages).await;
    tell(app, &messages).await;
    assert_eq!(tally(app).await, (20, 0, 0));
    while jobs::carry(app).await.expect("carried") > 0 {}
    assert_eq!(tally(app).await, (0, 20, 0));
    let taken = office.taken();
    assert_eq!(taken.len(), 20);
    let id = messages[0].id;
    let own: Vec<_> = taken.iter().filter(|mail| mail.contains(&format!("<{id}@demo.example.vn>"))).collect();
    assert_eq!(own.len(), 1);
    for header in ["To: htx@demo.example.vn", "Auto-Submitted: auto-generated", "Subject: Thu =?utf-8?"] {
        assert!(own[0].contains(header), "{header}: {}", own[0]);
    }
    assert_eq!(jobs::carry(app).await.expect("nothing"), 0);
}

async fn a_mail_survives_a_bad_server(on: On) {
    let office = PostOffice::open();
    let (registry, farm) = firm(on, office.port).await;
    let app = &registry.app;
    tell(app, &[message(app, farm, 1)]).await;
    office.behave(&[Manner::Says(451), Manner::DiesInTheText, Manner::Says(535)]);
    // Each time it is put off, and not tried again before its turn.
    for _ in 0..3 {
        while jobs::carry(app).await.expect("carried") > 0 {}
        assert_eq!(tally(app).await, (1, 0, 0));
        assert_eq!(jobs::carry(app).await.expect("not its turn"), 0);
        let clock = &app.clock;
        clock.set(clock.now().plus(Duration::from_hours(7)));
    }
    while jobs::carry(app).await.expect("carried") > 0 {}
    assert_eq!(tally(app).await, (0, 1, 0));
    assert_eq!(office.taken().len(), 1);

    // A server that is not there: tried at longer and longer pauses, for most of a day, and then given up.
    let nobody = {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        listener.local_addr().expect("an address").port()
    };
    let (registry, farm) = firm(on, nobody).await;
    let app = &registry.app;
    tell(app, &[message(app, farm, 2)]).await;
    for pause in [60, 120, 240, 480, 960, 1_920, 3_840, 7_680, 15_360, 21_600, 21_600] {
        assert_eq!(jobs::carry(app).await.expect("carried"), 1, "its turn before a pause of {pause} s");
        let (clock, since) = (&app.clock, app.clock.now());
        clock.set(since.plus(Duration::from_secs(pause - 1)));
        assert_eq!(jobs::carry(app).await.expect("not its turn"), 0, "within a pause of {pause} s");
        assert_eq!(tally(app).await, (1, 0, 0));
        clock.set(since.plus(Duration::from_secs(pause)));
    }
    assert_eq!(jobs::carry(app).await.expect("carried"), 1, "the last time");
    assert_eq!(tally(app).await, (0, 0, 1));
    carry_later(app).await;
    assert_eq!(tally(app).await, (0, 0, 1), "given up is given up");
    let (_, lost) = jobs::outbox(app).await.expect("lost");
    assert_eq!((lost[0].failure.why.as_str(), lost[0].attempts), ("unreachable", 12));
}

async fn a_mail_that_is_refused_is_given_up_with_its_reason(on: On) {
    let office = PostOffice::open();
    let (registry, farm) = firm(on, office.port).await;
    let app = &registry.app;
    office.behave(&[Manner::Says(550)]);
    tell(app, &[message(app, farm, 1)]).await;
    while jobs::carry(app).await.expect("carried") > 0 {}
    assert_eq!(tally(app).await, (0, 0, 1));
    registry.person("officer", Role::Officer, None).await;
    let shown = registry.signed_in("officer").await.get("/messages").await.expect(200);
    assert!(shown.text.contains("từ chối") && shown.text.contains("(550)"), "{}", shown.text);
    assert!(!shown.text.contains("htx@demo"), "an address stands on a page: {}", shown.text);

    // What waited for a week would mislead; what has no address any more goes nowhere.
    tell(app, &[message(app, farm, 2)]).await;
    let clock = &app.clock;
    clock.set(clock.now().plus(Duration::from_hours(8 * 24)));
    while jobs::carry(app).await.expect("carried") > 0 {}
    tell(app, &[message(app, farm, 3)]).await;
    let manager = registry.signed_in("chu-trai").await;
    manager.send("/firm", "/firm/mail", &[("mail", "")]).await.expect(303);
    while jobs::carry(app).await.expect("carried") > 0 {}
    let (_, lost) = jobs::outbox(app).await.expect("lost");
    let mut why: Vec<_> = lost.iter().map(|lost| lost.failure.why.as_str()).collect();
    why.sort_unstable();
    assert_eq!(why, ["no_address", "refused", "too_late"]);
    assert!(office.taken().is_empty());
    rt::task::yield_now().await;
}
