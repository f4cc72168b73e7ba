//! `issue` against the running program: the code it prints is checked offline and looked up.

use crate::Desk;
use crate::journey::{Api, Journey, STEPS, text};
use scraper::{Html, Selector};
use serde_json::Value;
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

/// The program serving a desk's registry, until it is dropped.
struct Serving {
    child: Child,
    base: String,
}

impl Serving {
    /// Starts it on a free port; it serves, and its keys are open, when this returns.
    fn start(desk: &Desk) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_nguongoc"))
            .args(["serve", "--data", "d", "--code-host", "t.example.vn", "--key-passphrase-file", "pass"])
            .args(["--listen", "127.0.0.1:0", "--log-format", "json", "--workers", "1"])
            .current_dir(desk.path(""))
            .env_clear()
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines().map_while(Result::ok);
        let (mut address, mut issuing) = (None, false);
        while address.is_none() || !issuing {
            let line = lines.next().expect("the program ends before it serves");
            let line: Value = serde_json::from_str(&line).unwrap_or_default();
            address = line["address"].as_str().map(str::to_owned).or(address);
            issuing |= line["issuing"] == true;
        }
        // Read on, or the program would wait for somebody who does.
        std::thread::spawn(move || lines.for_each(drop));
        let base = format!("http://{}", address.unwrap());
        Self { child, base }
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[actix_web::test]
async fn a_code_is_issued_printed_checked_and_looked_up() {
    let desk = Desk::new();
    let root = desk.registry(&["keys", "init", "--with-root"]).expect(0).out.trim().to_owned();
    desk.registry(&["user", "add", "officer", "--role", "officer", "--password-file", "pass"]).expect(0);
    let serving = Serving::start(&desk);
    let client = reqwest::Client::new();
    let anybody = Api::at(&serving.base, &client);
    let office = anybody.signed_in("officer", "một cụm mật khẩu dài").await;
    let journey = Journey::made(&office).await;
    let lot = journey.lot.as_str();
    let issue = |file: &str| desk.run(&["issue", lot, "--server", &serving.base, "--token-file", file]);

    // A token that nobody made: refused, in words, and nothing is issued.
    let good = journey.farm.api.token.clone().unwrap();
    let wrong = format!("{}{}", &good[..good.len() - 1], if good.ends_with('A') { 'B' } else { 'A' });
    desk.write("wrong", &wrong, 0o600);
    let refused = issue("wrong").expect(1);
    assert!(refused.out.is_empty() && refused.err.contains("The registry refused: "), "{refused:?}");
    assert!(refused.err.to_lowercase().contains("token") && !refused.err.contains(&wrong), "{refused:?}");
    let code = format!("/api/v1/lots/{lot}/code");
    let (status, answer) = journey.farm.api.get(&code).await;
    assert_eq!((status, &answer["code"]), (404, &"code_not_issued".into()), "{answer}");

    desk.write("token", &format!("{good}\n"), 0o600);
    let printed = issue("token").expect(0).out;
    let url = printed.trim_end();
    assert_eq!(printed, format!("{url}\n"));
    let path = url.strip_prefix("https://T.EXAMPLE.VN").expect("the registry's host");
    assert!(path.starts_with("/1/"), "{url}");
    assert_eq!(text(&journey.farm.api.read(&code).await, "url"), url);
    assert_eq!(issue("token").expect(0).out, printed, "asked again, it is another code");

    let fetch = async |path: &str| {
        let request = client.get(format!("{}{path}", serving.base)).header("accept", "text/html");
        let answer = request.send().await.unwrap();
        assert_eq!(answer.status(), 200, "{path}");
        answer.text().await.unwrap()
    };
    desk.write("keys.txt", &fetch("/.well-known/nguongoc-keys.txt").await, 0o644);
    let verify = |code: &str| desk.run(&["verify", code, "--keys", "keys.txt", "--root", &root]);
    let said = verify(url).expect(0).out;
    assert!(said.starts_with("Issued by t.example.vn for lot HN-2611-07"), "{said}");
    verify(&url.replace("HN-2611-07", "HN-2611-08")).expect(1);

    journey.assert_told(&anybody.read(path).await);
    let page = Html::parse_document(&fetch(path).await);
    let stages = Selector::parse(".stages li:not(.absent)").unwrap();
    assert_eq!(page.select(&stages).count(), STEPS.len());
}
