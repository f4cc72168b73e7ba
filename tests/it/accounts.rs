//! Signing in and out, throttling, tokens, one-time codes, and what happens without permission.

use crate::support::app::{On, PASSWORD, TestApp, on_both};
use nguongoc::accounts::Role;
use nguongoc::kernel::Moment;
use serde_json::json;
use std::time::Duration;

on_both!(
    a_person_signs_in_and_out,
    a_form_without_its_token_is_refused,
    failures_lock_the_account_for_a_while,
    a_token_works_within_its_scope_and_life,
    an_administrator_adds_an_officer_and_disables_them,
    a_password_is_set_anew_with_a_code,
);

async fn a_person_signs_in_and_out(on: On) {
    let registry = TestApp::start(on).await;
    registry.person("lan", Role::Administrator, None).await;
    let browser = registry.browser();
    let denied = browser.get("/account").await;
    assert_eq!(denied.status, 401);
    assert!(denied.text.contains("/account/sign-in?then="), "the page shows no way onward");

    let signed = browser
        .send(
            "/account/sign-in",
            "/account/sign-in",
            &[("name", " LAN "), ("password", PASSWORD), ("then", "/account")],
        )
        .await;
    assert_eq!((signed.status, signed.header("location")), (303, "/account"));
    let cookie = signed.header("set-cookie").to_owned();
    assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Lax"), "{cookie}");
    assert!(
        !cookie.contains("Secure"),
        "plain http on loopback: the browser would drop the cookie: {cookie}"
    );
    assert!(browser.get("/account").await.expect(200).text.contains("Quản trị"));
    assert!(browser.get("/account?lang=en").await.expect(200).text.contains("Administrator"));

    browser.send("/account", "/account/sign-out", &[]).await.expect(303);
    browser.get("/account").await.expect(401);

    // A link cannot send people elsewhere after signing in.
    let away = browser
        .send(
            "/account/sign-in",
            "/account/sign-in",
            &[("name", "lan"), ("password", PASSWORD), ("then", "//evil.example")],
        )
        .await;
    assert_eq!(away.header("location"), "/applications");
}

async fn a_form_without_its_token_is_refused(on: On) {
    let registry = TestApp::start(on).await;
    registry.person("lan", Role::Administrator, None).await;
    let fields = [("name", "lan"), ("password", PASSWORD)];
    // Nothing but the fields; then the token of another browser; then the right token from another site.
    let browser = registry.browser();
    browser.send_bare("/account/sign-in", &fields).await.expect(403);
    browser.get("/account/sign-in").await.expect(200);
    let other = registry.browser().form_token("/account/sign-in").await;
    browser.send_bare("/account/sign-in", &[fields[0], fields[1], ("csrf", &other)]).await.expect(403);
    let token = browser.form_token("/account/sign-in").await;
    let from_elsewhere = browser
        .client
        .post(format!("{}/account/sign-in", registry.base))
        .header("sec-fetch-site", "cross-site")
        .form(&[fields[0], fields[1], ("csrf", &token)])
        .send()
        .await
        .unwrap();
    assert_eq!(from_elsewhere.status(), 403);
    let signed = registry.signed_in("lan").await;
    signed.send_bare("/account/tokens", &[("name", "x"), ("scope", "read"), ("days", "1")]).await.expect(403);
}

async fn failures_lock_the_account_for_a_while(on: On) {
    let registry = TestApp::start(on).await;
    registry.person("lan", Role::Officer, None).await;
    let program = registry.anonymous_program();
    let attempt = |password: &'static str| {
        let program = program.clone();
        async move {
            let body =
                json!({ "sign_in": "lan", "password": password, "name": "t", "scopes": ["read"], "days": 1 });
            program.post("/api/v1/tokens", &body).await
        }
    };
    for _ in 0..5 {
        let answer = attempt("sai mật khẩu rồi").await.expect(401);
        assert_eq!(answer.json()["code"], "wrong_password");
    }
    // Locked now, also for the right password and for an account that does not exist alike.
    let locked = attempt(PASSWORD).await.expect(429);
    assert_eq!(locked.json()["code"], "sign_in_locked");
    let seconds: u64 = locked.header("retry-after").parse().unwrap();
    assert!((1..=900).contains(&seconds));
    // The lock lies in the database: time ends it, nothing else.
    registry.app.clock.set(registry.app.clock.now().plus(Duration::from_secs(seconds + 1)));
    attempt(PASSWORD).await.expect(201);
}

async fn a_token_works_within_its_scope_and_life(on: On) {
    let registry = TestApp::start(on).await;
    registry.person("lan", Role::Officer, None).await;
    let browser = registry.signed_in("lan").await;
    let made = browser
        .send("/account", "/account/tokens", &[("name", "ERP"), ("scope", "read"), ("days", "30")])
        .await
        .expect(201);
    let secret = made.texts(".handover code").remove(0);
    assert!(secret.starts_with("ngt_"));
    assert!(!browser.get("/account").await.text.contains(&secret), "a secret is shown once");

    let mut program = registry.anonymous_program();
    program.token = Some(secret.clone());
    assert_eq!(program.get("/api/v1/me").await.expect(200).json()["scopes"], json!(["read"]));
    // A token of little scope makes no other, neither of more nor of the same, revokes none, helps and disables nobody; neither
    // through the interface nor through the pages.
    let me = program.get("/api/v1/me").await.json()["person"].as_str().unwrap().to_owned();
    let first = program.get("/api/v1/tokens").await.json()["tokens"][0]["id"].as_str().unwrap().to_owned();
    for scope in ["manage", "read"] {
        let other = json!({ "name": "other", "scopes": [scope], "days": 1 });
        assert_eq!(
            program.post("/api/v1/tokens", &other).await.expect(403).json()["code"],
            "scope_not_allowed"
        );
        let fields = [("name", "other"), ("scope", scope), ("days", "1")];
        let page = program.client.post(format!("{}/account/tokens", registry.base)).bearer_auth(&secret);
        assert_eq!(page.form(&fields).send().await.unwrap().status(), 403);
    }
    program.delete(&format!("/api/v1/tokens/{first}")).await.expect(403);
    program.post(&format!("/api/v1/people/{me}/reset-code"), &json!({})).await.expect(403);
    program.post(&format!("/api/v1/people/{me}/disable"), &json!({})).await.expect(403);

    let id = program.get("/api/v1/tokens").await.json()["tokens"][0]["id"].as_str().unwrap().to_owned();
    let now = registry.app.clock.now();
    registry.app.clock.set(now.plus(Duration::from_hours(31 * 24)));
    let expired = program.get("/api/v1/me").await.expect(401);
    assert_eq!(expired.json()["reason"], "expired");
    registry.app.clock.set(now);
    browser.send("/account", &format!("/account/tokens/{id}/revoke"), &[]).await.expect(303);
    assert_eq!(program.get("/api/v1/me").await.expect(401).json()["reason"], "revoked");
    program.token = Some(format!("{secret}x"));
    assert_eq!(program.get("/api/v1/me").await.expect(401).json()["reason"], "unknown");

    for (fields, why) in [
        ([("name", ""), ("scope", "read"), ("days", "1")], "Tên"),
        ([("name", "x"), ("scope", "everything"), ("days", "1")], "everything"),
        ([("name", "x"), ("scope", "read"), ("days", "0")], "366"),
        ([("name", "x"), ("scope", "read"), ("days", "-1")], "366"),
    ] {
        let refused = browser.send("/account", "/account/tokens", &fields).await.expect(422);
        assert!(!refused.texts(".problem").is_empty(), "nothing says what is wrong with {why}");
    }
}

async fn an_administrator_adds_an_officer_and_disables_them(on: On) {
    let registry = TestApp::start(on).await;
    registry.person("root", Role::Administrator, None).await;
    let browser = registry.signed_in("root").await;
    let fields = [("sign_in", "binh"), ("name", "Bình"), ("role", "officer"), ("password", PASSWORD)];
    browser.send("/account/authority", "/account/authority", &fields).await.expect(303);
    let twice = browser.send("/account/authority", "/account/authority", &fields).await.expect(422);
    assert!(twice.texts(".refusal")[0].contains("đã có người dùng"));
    let officer = registry.signed_in("binh").await;
    officer.get("/account/authority").await.expect(403);

    let page = browser.get("/account/authority").await;
    let action = page.text.split("/account/people/").nth(3).unwrap().split('/').next().unwrap().to_owned();
    let disable = format!("/account/people/{action}/disable");
    // The officer cannot disable the administrator, nor anybody themselves.
    officer.send("/account", &disable, &[]).await.expect(404);
    browser.send("/account/authority", &disable, &[]).await.expect(303);
    officer.get("/account").await.expect(401);
}

async fn a_password_is_set_anew_with_a_code(on: On) {
    let registry = TestApp::start(on).await;
    registry.person("root", Role::Administrator, None).await;
    registry.person("chi", Role::Officer, None).await;
    let chi = registry.program("chi").await;
    let person = chi.get("/api/v1/me").await.json()["person"].as_str().unwrap().to_owned();
    let root = registry.program("root").await;
    let path = format!("/api/v1/people/{person}/reset-code");
    chi.post(&path, &json!({})).await.expect(404);
    let first = root.post(&path, &json!({})).await.expect(201).json()["code"].as_str().unwrap().to_owned();
    let code = root.post(&path, &json!({})).await.expect(201).json()["code"].as_str().unwrap().to_owned();
    let browser = registry.browser();
    let new = "một câu khác cũng dài";
    // The first code ended with the second; a short password leaves the code unused; a used one is used.
    for (code, password, status) in
        [(&first, new, 422), (&code, "ngắn", 422), (&code.to_lowercase(), new, 303), (&code, new, 422)]
    {
        browser
            .send("/account/reset", "/account/reset", &[("code", code), ("password", password)])
            .await
            .expect(status);
    }
    // Sessions and tokens from before are over.
    chi.get("/api/v1/me").await.expect(401);
    let fields = [("name", "chi"), ("password", new)];
    browser.send("/account/sign-in", "/account/sign-in", &fields).await.expect(303);
    assert_eq!(Moment::parse("2026-11-23T02:00:00Z").unwrap(), registry.app.clock.now());
}
