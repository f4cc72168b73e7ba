//! A whole registry for one test, on either database, behind a real port; and clients that behave as a browser or a program does.

use super::postgres::{self, TestDatabase};
use nguongoc::accounts::{self, NewPassword, NewPerson, Role, SignInName};
use nguongoc::app::{App, Clock, Random};
use nguongoc::config::{Config, Limits, Settings};
use nguongoc::custody::{self, NewKey};
use nguongoc::kernel::{Line, Moment, PartyId};
use nguongoc::keys::{Host, KeyName, Keys, Quarter, SecretKey, VerifierKey};
use nguongoc::store::Store;
use nguongoc::web::server::Service;
use reqwest::redirect::Policy;
use reqwest::{Response, StatusCode};
use scraper::{Html, Selector};
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::sync::Arc;
use zeroize::Zeroizing;

/// Which database a test runs on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum On {
    /// A SQLite file of its own.
    Sqlite,
    /// A PostgreSQL database of its own.
    Postgres,
}

/// Makes one test for each database from an `async fn(On)`: `on_both!(a_lot_is_declared);`
macro_rules! on_both {
    ($($name:ident),+ $(,)?) => {$(
        mod $name {
            use crate::support::app::On;

            #[actix_web::test]
            async fn sqlite() {
                super::$name(On::Sqlite).await;
            }

            #[actix_web::test]
            async fn postgres() {
                super::$name(On::Postgres).await;
            }
        }
    )+};
}
pub(crate) use on_both;

/// The password of everybody in the tests.
pub(crate) const PASSWORD: &str = "một câu dài dễ nhớ";

/// The moment at which the tests' clock stands until it is set: 2026-11-23 09:00 at UTC+7.
pub(crate) const NOW: &str = "2026-11-23T02:00:00Z";

/// An open store of one test; the database goes with it.
pub(crate) struct TestStore {
    /// The store.
    pub(crate) store: Store,
    _folder: Option<tempfile::TempDir>,
    _database: Option<TestDatabase>,
    url: String,
}

impl TestStore {
    /// A migrated, empty database.
    pub(crate) async fn open(on: On) -> Self {
        match on {
            On::Sqlite => {
                let folder = tempfile::tempdir().expect("a folder");
                let url = format!("sqlite:{}", folder.path().join("test.sqlite").display());
                let store = Store::open(&url).await.expect("a database");
                store.migrate().await.expect("migrations");
                Self { store, _folder: Some(folder), _database: None, url }
            }
            On::Postgres => {
                let database = postgres::database("app", async |url| {
                    let store = Store::open(&url).await.expect("a database");
                    store.migrate().await.expect("migrations");
                    store.close().await;
                })
                .await;
                let store = Store::open(&database.url).await.expect("a database");
                let url = database.url.clone();
                Self { store, _folder: None, _database: Some(database), url }
            }
        }
    }
}

/// The private key of a name in the tests: the same each time, and known to everybody.
pub(crate) fn test_key(name: &KeyName) -> SecretKey {
    let seed = Sha256::digest(name.as_str().as_bytes());
    SecretKey::from_seed(name.clone(), Zeroizing::new(seed.into())).expect("a key")
}

/// Enters the keys whose private halves the app holds, and has their list signed by the root and taken in.
async fn begin_keys(app: &App, root: &SecretKey, names: [&KeyName; 2]) {
    let moment = |text| Moment::parse(text).expect("a moment");
    // Longer than a quarter's: histories go on for years.
    let terms = [Some(moment("2041-01-01T00:00:00Z")), None];
    let keys: Vec<NewKey> = names
        .into_iter()
        .zip(terms)
        .map(|(name, until)| NewKey {
            verifier: test_key(name).verifier().clone(),
            from: moment("2026-10-01T00:00:00Z"),
            until,
        })
        .collect();
    custody::enter(app, None, root.verifier(), &keys).await.expect("keys");
    let list = custody::unsigned_list(app, None).await.expect("a list");
    let note = custody::sign_list(&list.to_string(), root).expect("a signed list");
    custody::import_list(app, None, &note).await.expect("a list taken in");
    custody::refresh(app).await.expect("a keyring in force");
}

/// A registry that serves.
pub(crate) struct TestApp {
    /// The shared parts, for arranging what a test needs through the services.
    pub(crate) app: Arc<App>,
    /// `http://127.0.0.1:PORT`
    pub(crate) base: String,
    /// What people pin: the public half of the root that signed the key list.
    pub(crate) root: VerifierKey,
    handle: actix_web::dev::ServerHandle,
    opened: TestStore,
    _data: tempfile::TempDir,
}

impl TestApp {
    /// Starts a registry with generous limits, a standing clock and seeded randomness.
    pub(crate) async fn start(on: On) -> Self {
        Self::start_with(on, |_| {}).await
    }

    /// Starts a registry with changed settings.
    pub(crate) async fn start_with(on: On, change: impl FnOnce(&mut Config)) -> Self {
        let opened = TestStore::open(on).await;
        let data = tempfile::tempdir().expect("a folder");
        let settings = Settings {
            database: Some(opened.url.clone()),
            listen: Some("127.0.0.1:0".to_owned()),
            data: Some(data.path().to_owned()),
            code_host: Some("demo.example.vn".to_owned()),
            workers: Some(1),
            ..Settings::default()
        };
        let mut config = settings.resolve().expect("settings");
        config.limits =
            Limits { public_per_second: 10_000, sign_in_per_minute: 10_000, forms_per_hour: 10_000 };
        change(&mut config);
        let host: Host = config.code_host().parse().expect("a host");
        let code_name = KeyName::code(&host, Quarter::new(2026, 4).expect("a quarter"));
        let log_name = KeyName::log(&host);
        let root = test_key(&KeyName::root(&host));
        let app = Arc::new(App::new(
            config,
            opened.store.clone(),
            Clock::at(Moment::parse(NOW).expect("a moment")),
            Random::seeded(206),
            Keys::holding(vec![test_key(&code_name), test_key(&log_name)]),
        ));
        begin_keys(&app, &root, [&code_name, &log_name]).await;
        let service = Service::bind(app.clone()).expect("a port");
        let base = format!("http://{}", service.address().expect("an address"));
        let (server, handle) = service.start().expect("a server");
        actix_web::rt::spawn(server);
        let root = root.verifier().clone();
        Self { app, base, root, handle, opened, _data: data }
    }

    /// Adds a person and returns the sign-in name.
    pub(crate) async fn person(&self, sign_in: &str, role: Role, party: Option<PartyId>) -> String {
        let name = SignInName::parse(sign_in).expect("a name");
        let person = NewPerson {
            name: <Line>::parse(sign_in).expect("a name"),
            password: NewPassword::parse(PASSWORD, &name).expect("a password"),
            role,
            party,
            sign_in: name,
        };
        accounts::add_person(&self.app, None, &person).await.expect("a person");
        sign_in.to_owned()
    }

    /// A browser that nobody has signed in with.
    pub(crate) fn browser(&self) -> Browser {
        Browser {
            base: self.base.clone(),
            client: reqwest::Client::builder()
                .cookie_store(true)
                .redirect(Policy::none())
                .build()
                .expect("a client"),
        }
    }

    /// A browser in which `sign_in` has signed in.
    pub(crate) async fn signed_in(&self, sign_in: &str) -> Browser {
        let browser = self.browser();
        let answer = browser
            .send("/account/sign-in", "/account/sign-in", &[("name", sign_in), ("password", PASSWORD)])
            .await;
        assert_eq!(answer.status, 303, "{sign_in} cannot sign in: {}", answer.text);
        browser
    }

    /// A program with a token of `sign_in` with all scopes.
    pub(crate) async fn program(&self, sign_in: &str) -> Program {
        let answer = self
            .anonymous_program()
            .post(
                "/api/v1/tokens",
                &serde_json::json!({
                    "sign_in": sign_in, "password": PASSWORD, "name": "test",
                    "scopes": ["read", "record", "manage"], "days": 30,
                }),
            )
            .await;
        assert_eq!(answer.status, 201, "{sign_in} gets no token: {}", answer.text);
        let token = answer.json()["secret"].as_str().expect("a secret").to_owned();
        Program { token: Some(token), ..self.anonymous_program() }
    }

    /// A program without a token.
    pub(crate) fn anonymous_program(&self) -> Program {
        Program {
            base: self.base.clone(),
            token: None,
            client: reqwest::Client::builder().redirect(Policy::none()).build().expect("a client"),
        }
    }

    /// Another service on the same database, as a second machine would run it; it holds no private keys.
    pub(crate) fn another_app(&self) -> App {
        let (config, store, clock) =
            (self.app.config.clone(), self.app.store.clone(), self.app.clock.clone());
        App::new(config, store, clock, Random::seeded(207), Keys::default())
    }

    /// Another service on the same database that holds the same private keys and has a folder of its own, as a second machine of a
    /// cluster; the folder goes with it.
    pub(crate) async fn node(&self, seed: u64) -> (App, tempfile::TempDir) {
        let data = tempfile::tempdir().expect("a folder");
        let store = Store::open(self.database()).await.expect("a database");
        let mut config = self.app.config.clone();
        config.data = data.path().to_owned();
        let keys =
            self.app.keys.current().secrets().iter().map(|key| test_key(key.verifier().name())).collect();
        let app = App::new(config, store, self.app.clock.clone(), Random::seeded(seed), Keys::holding(keys));
        custody::refresh(&app).await.expect("a keyring in force");
        (app, data)
    }

    /// The address of the database.
    pub(crate) fn database(&self) -> &str {
        &self.opened.url
    }

    /// Another service on the same database, with connections of its own.
    pub(crate) async fn apart(&self) -> App {
        let store = Store::open(self.database()).await.expect("a database");
        let (config, clock) = (self.app.config.clone(), self.app.clock.clone());
        App::new(config, store, clock, Random::seeded(208), Keys::default())
    }

    /// Stops the server, answering what is under way.
    pub(crate) async fn stop(&self) {
        self.handle.stop(true).await;
    }
}

impl Drop for TestApp {
    fn drop(&mut self) {
        // Not awaited: the test's runtime ends with the test.
        drop(self.handle.stop(false));
    }
}

/// An answer, read whole.
#[derive(Debug)]
pub(crate) struct Answer {
    /// The status.
    pub(crate) status: u16,
    /// The headers.
    pub(crate) headers: reqwest::header::HeaderMap,
    /// The body as bytes.
    pub(crate) bytes: Vec<u8>,
    /// The body as text, where it is text.
    pub(crate) text: String,
}

impl Answer {
    pub(crate) async fn of(response: Response) -> Self {
        let status = response.status().as_u16();
        let headers = response.headers().clone();
        let bytes = response.bytes().await.expect("a body").to_vec();
        let text = String::from_utf8_lossy(&bytes).into_owned();
        Self { status, headers, bytes, text }
    }

    /// The body as JSON.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text).unwrap_or_else(|error| panic!("no JSON ({error}): {}", self.text))
    }

    /// The body as a page.
    pub(crate) fn page(&self) -> Html {
        Html::parse_document(&self.text)
    }

    /// The texts of what `selector` finds in the page.
    pub(crate) fn texts(&self, selector: &str) -> Vec<String> {
        let selector = Selector::parse(selector).expect("a selector");
        let squeeze = |text: String| text.split_whitespace().collect::<Vec<_>>().join(" ");
        self.page().select(&selector).map(|found| squeeze(found.text().collect())).collect()
    }

    /// A header as text; empty when absent.
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// Fails unless the status is `status`.
    #[track_caller]
    pub(crate) fn expect(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{}", self.text);
        self
    }
}

/// A browser: keeps cookies, follows no redirect by itself, sends forms with the token that their page holds.
#[derive(Clone)]
pub(crate) struct Browser {
    pub(crate) base: String,
    pub(crate) client: reqwest::Client,
}

impl Browser {
    /// Opens a page.
    pub(crate) async fn get(&self, path: &str) -> Answer {
        let request = self.client.get(format!("{}{path}", self.base)).header("accept", "text/html");
        Answer::of(request.send().await.expect("an answer")).await
    }

    /// The token of the forms on the page at `path`.
    pub(crate) async fn form_token(&self, path: &str) -> String {
        let page = self.get(path).await;
        assert_eq!(page.status, StatusCode::OK.as_u16(), "{path}: {}", page.text);
        let selector = Selector::parse("main input[name=csrf]").expect("a selector");
        let document = page.page();
        let input = document.select(&selector).next().unwrap_or_else(|| panic!("no form on {path}"));
        input.value().attr("value").unwrap_or_default().to_owned()
    }

    /// Opens the page at `page` and sends its form to `action` with `fields`.
    pub(crate) async fn send(&self, page: &str, action: &str, fields: &[(&str, &str)]) -> Answer {
        let token = self.form_token(page).await;
        let mut fields = fields.to_vec();
        fields.push(("csrf", &token));
        self.send_bare(action, &fields).await
    }

    /// Sends a form exactly as given, without opening a page first.
    pub(crate) async fn send_bare(&self, action: &str, fields: &[(&str, &str)]) -> Answer {
        let request =
            self.client.post(format!("{}{action}", self.base)).header("accept", "text/html").form(fields);
        Answer::of(request.send().await.expect("an answer")).await
    }

    /// Opens the page at `page` and sends its form with files: (field, file name, bytes).
    pub(crate) async fn send_files(
        &self,
        page: &str,
        action: &str,
        fields: &[(&str, &str)],
        files: &[(&str, &str, Vec<u8>)],
    ) -> Answer {
        let mut form = reqwest::multipart::Form::new().text("csrf", self.form_token(page).await);
        for (name, value) in fields {
            form = form.text((*name).to_owned(), (*value).to_owned());
        }
        for (name, file, bytes) in files {
            let part = reqwest::multipart::Part::bytes(bytes.clone()).file_name((*file).to_owned());
            form = form.part((*name).to_owned(), part);
        }
        let request =
            self.client.post(format!("{}{action}", self.base)).header("accept", "text/html").multipart(form);
        Answer::of(request.send().await.expect("an answer")).await
    }
}

/// A program: JSON with a bearer token.
#[derive(Clone)]
pub(crate) struct Program {
    pub(crate) base: String,
    pub(crate) token: Option<String>,
    pub(crate) client: reqwest::Client,
}

impl Program {
    fn request(&self, method: reqwest::Method, path: &str) -> reqwest::RequestBuilder {
        let request =
            self.client.request(method, format!("{}{path}", self.base)).header("accept", "application/json");
        match &self.token {
            Some(token) => request.bearer_auth(token),
            None => request,
        }
    }

    /// GET.
    pub(crate) async fn get(&self, path: &str) -> Answer {
        Answer::of(self.request(reqwest::Method::GET, path).send().await.expect("an answer")).await
    }

    /// POST with a JSON body.
    pub(crate) async fn post(&self, path: &str, body: &Value) -> Answer {
        Answer::of(self.request(reqwest::Method::POST, path).json(body).send().await.expect("an answer"))
            .await
    }

    /// PUT with a JSON body.
    pub(crate) async fn put(&self, path: &str, body: &Value) -> Answer {
        Answer::of(self.request(reqwest::Method::PUT, path).json(body).send().await.expect("an answer")).await
    }

    /// POST with files: (field, file name, bytes).
    pub(crate) async fn post_files(
        &self,
        path: &str,
        fields: &[(&str, &str)],
        files: &[(&str, &str, Vec<u8>)],
    ) -> Answer {
        let mut form = reqwest::multipart::Form::new();
        for (name, value) in fields {
            form = form.text((*name).to_owned(), (*value).to_owned());
        }
        for (name, file, bytes) in files {
            let part = reqwest::multipart::Part::bytes(bytes.clone()).file_name((*file).to_owned());
            form = form.part((*name).to_owned(), part);
        }
        Answer::of(self.request(reqwest::Method::POST, path).multipart(form).send().await.expect("an answer"))
            .await
    }

    /// DELETE.
    pub(crate) async fn delete(&self, path: &str) -> Answer {
        Answer::of(self.request(reqwest::Method::DELETE, path).send().await.expect("an answer")).await
    }
}
