//! Signing in, sessions, passwords.

use std::time::Duration;

use axum::http::Method;
use carcosa_testkit::{TestApp, TestBrowser, both_databases};
use carcosa_types::Timestamp;
use serde_json::{Value, json};
use tokio::task::JoinSet;

use super::*;

both_databases! {
    async fn a_life_from_signing_in_to_signing_out(app: TestApp) {
        let mut browser = ada(&app).await;
        let session = browser.get("/v1/session").await.expect(200);
        assert_eq!((&session["object"], &session["mfa"], &session["method"]), (&json!("session"), &json!(false), &json!("password")));
        assert_eq!((&session["operator"]["email"], &session["operator"]["platform_role"]), (&json!(ADA), &json!("super_admin")));
        assert_eq!((&session["ip"], &session["current"]), (&json!(HOME), &json!(true)));
        assert_eq!(session["csrf_token"], browser.csrf.as_str());
        assert!(session["operator"]["credentials"][0]["added_at"].is_string());

        let made = browser.post("/v1/tenants", json!({"name": "Acme"})).await.expect(201);
        assert_eq!(browser.get("/v1/tenants").await.expect(200)["data"][0]["id"], made["id"]);
        let entry = app.events().await.pop().unwrap();
        assert_eq!(entry["actor"], session["operator"]["id"]);

        let list = browser.get("/v1/sessions").await.expect(200);
        assert_eq!(list["data"].as_array().unwrap().len(), 1);
        let mut copy = browser.clone();
        browser.delete("/v1/session").await.expect(204);
        assert_eq!(browser.session(), "");
        browser.get("/v1/session").await.problem(401, "unauthenticated");
        copy.get("/v1/session").await.problem(401, "invalid_session");
        copy.get("/v1/tenants").await.problem(401, "invalid_session");
        assert_eq!(recorded(&app, "session.created", 1).await, 1);
        assert_eq!(recorded(&app, "session.revoked", 1).await, 1);
    }

    async fn pages_of_other_sites_change_nothing(app: TestApp) {
        let browser = ada(&app).await;
        let other = ada(&app).await;
        let body = json!({"name": "Acme"});
        let post = || browser.call(Method::POST, "/v1/tenants").json(body.clone());
        post().without("x-csrf-token").send().await.problem(403, "csrf_token_missing");
        for wrong in ["", "x", other.csrf.as_str(), &browser.csrf[1..]] {
            post().header("x-csrf-token", wrong).send().await.problem(403, "csrf_token_invalid");
        }
        post().header("sec-fetch-site", "cross-site").send().await.problem(403, "cross_site_request");
        browser.call(Method::DELETE, "/v1/session").without("x-csrf-token").send().await.problem(403, "csrf_token_missing");
        browser.call(Method::GET, "/v1/tenants").header("sec-fetch-site", "cross-site").without("x-csrf-token").send().await.expect(200);
        let sign_in = json!({"email": ADA, "password": app.made.operator.password});
        let call = app.bare(Method::POST, "/v1/session").json(sign_in).header("sec-fetch-site", "cross-site");
        call.send().await.problem(403, "cross_site_request");
        post().header("sec-fetch-site", "same-origin").send().await.expect(201);
        assert_eq!(browser.call(Method::GET, "/v1/tenants").send().await.expect(200)["data"].as_array().unwrap().len(), 1);
    }

    async fn a_cookie_from_before_signing_in_is_never_adopted(app: TestApp) {
        let mut mallory = invited(&app, "mallory@example.com", json!({"platform_role": "support"})).await.1;
        let planted = mallory.session().to_owned();
        for planted in [planted.as_str(), "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"] {
            let mut victim = TestBrowser::new(&app, HOME);
            victim.cookies.insert("__Host-carcosa_session".to_owned(), planted.to_owned());
            victim.sign_in(ADA, &app.made.operator.password).await.expect(201);
            assert_ne!(victim.session(), planted);
            assert_eq!(victim.get("/v1/session").await.expect(200)["operator"]["email"], ADA);
            mallory.cookies.insert("__Host-carcosa_session".to_owned(), planted.to_owned());
            mallory.get("/v1/session").await.problem(401, "invalid_session");
        }
        // Two cookies of one name: a neighbour put one there.
        let browser = ada(&app).await;
        let cookies = format!("__Host-carcosa_session={}; __Host-carcosa_session=x", browser.session());
        app.bare(Method::GET, "/v1/session").header("cookie", &cookies).send().await.problem(401, "unauthenticated");
        let unprefixed = format!("carcosa_session={}", browser.session());
        app.bare(Method::GET, "/v1/session").header("cookie", &unprefixed).send().await.problem(401, "unauthenticated");
    }

    async fn ten_thousand_guesses_get_nowhere_and_lock_nobody_out(app: TestApp) {
        let mut known = ada(&app).await;
        let mut tried = 0;
        for round in 0..100 {
            let mut tries = JoinSet::new();
            for number in 0..100 {
                let body = json!({"email": ADA, "password": format!("guess number {round} {number}")});
                // A third of them from one address, the others from ever new ones.
                let address = if number % 3 == 0 { format!("203.0.113.{}", round % 2) } else { format!("2001:db8:{round:x}:{number:x}::1") };
                let call = app.bare(Method::POST, "/v1/session").json(body).at(address.parse().unwrap());
                tries.spawn(call.send());
            }
            while let Some(answer) = tries.join_next().await {
                let answer = answer.unwrap();
                match answer.status.as_u16() {
                    401 => tried += 1,
                    429 => assert!(answer.header("retry-after").parse::<u64>().unwrap() >= 1),
                    // Too many passwords waiting to be checked.
                    503 => {}
                    other => panic!("{other}"),
                }
            }
        }
        assert!((5..=60).contains(&tried), "{tried} guesses were looked at");
        let rows = app.database().texts("SELECT CAST(failures AS text) AS t FROM sign_in_attempts").await.len();
        assert!(rows <= 200, "{rows}");
        assert!(recorded(&app, "operator.sign_in_failed", 1).await <= tried);

        // The operator's own browser is counted apart; a new one waits with the others, and then gets in.
        known.delete("/v1/session").await.expect(204);
        known.sign_in(ADA, &app.made.operator.password).await.expect(201);
        let mut new = TestBrowser::new(&app, AWAY);
        let answer = new.sign_in(ADA, &app.made.operator.password).await;
        let seconds: u64 = answer.header("retry-after").parse().unwrap();
        answer.problem(429, "too_many_attempts");
        app.clock.advance(Duration::from_secs(seconds) + MINUTE * 60);
        new.sign_in(ADA, &app.made.operator.password).await.expect(201);
    }

    async fn a_known_browser_is_limited_too(app: TestApp) {
        let mut browser = ada(&app).await;
        for _ in 0..10 {
            browser.sign_in(ADA, "wrong password").await.problem(401, "invalid_credentials");
        }
        browser.sign_in(ADA, &app.made.operator.password).await.problem(429, "too_many_attempts");
        // A cookie that was made up, or is another account's, is none.
        for cookie in ["x", "AAAA", browser.cookies["__Host-carcosa_device"].as_str()] {
            let mut stranger = TestBrowser::new(&app, AWAY);
            stranger.cookies.insert("__Host-carcosa_device".to_owned(), cookie.to_owned());
            for _ in 0..5 {
                stranger.sign_in(&format!("{cookie}@example.com").to_lowercase(), "x").await.problem(401, "invalid_credentials");
            }
            stranger.sign_in(&format!("{cookie}@example.com").to_lowercase(), "x").await.problem(429, "too_many_attempts");
        }
        app.clock.advance(MINUTE * 61);
        browser.sign_in(ADA, &app.made.operator.password).await.expect(201);
    }

    async fn nobody_learns_who_is_an_operator(app: TestApp) {
        let mut seen = Vec::new();
        for (number, email) in [ADA, "nobody@example.com", "no address", "ADA@EXAMPLE.COM"].iter().enumerate() {
            let mut browser = TestBrowser::new(&app, &format!("192.0.2.{}", 100 + number));
            seen.push(without_request_id(browser.sign_in(email, "wrong password").await.problem(401, "invalid_credentials")));
            let answer = browser.post("/v1/operators/password-reset", json!({"email": email})).await;
            assert_eq!((answer.status.as_u16(), answer.bytes.len()), (202, 0));
            for _ in 0..4 {
                browser.sign_in(email, "wrong password").await.problem(401, "invalid_credentials");
            }
            browser.sign_in(email, "wrong password").await.problem(429, "too_many_attempts");
        }
        assert!(seen.iter().all(|one| *one == seen[0]), "{seen:?}");
        assert_eq!(recorded(&app, "operator.password_reset_requested", 4).await, 4);
    }

    async fn passwords_have_limits(app: TestApp) {
        let call = |password: String| app.bare(Method::POST, "/v1/session").json(json!({"email": ADA, "password": password}));
        for length in [257, 1_000_000] {
            let problem = call("x".repeat(length)).send().await.problem(422, "validation_failed");
            assert_eq!((&problem["errors"][0]["pointer"], &problem["errors"][0]["code"]), (&json!("/password"), &json!("too_long")));
            assert!(!problem.to_string().contains("xxxx"));
        }
        call("x".repeat(1_100_000)).send().await.problem(413, "payload_too_large");
        call("ü".repeat(256)).send().await.problem(401, "invalid_credentials");
        let mut browser = ada(&app).await;
        let mut change = async |new: &str| {
            let body = json!({"current_password": app.made.operator.password, "new_password": new});
            browser.post("/v1/session/password", body).await
        };
        for (new, code) in [
            ("elevenchars", "too_short"), ("password1234", "too_common"), ("aaaaaaaaaaaa", "too_common"), ("my ada@example.com", "contains_email"),
        ] {
            let problem = change(new).await.problem(422, "validation_failed");
            assert_eq!((&problem["errors"][0]["pointer"], &problem["errors"][0]["code"]), (&json!("/new_password"), &json!(code)), "{new}");
        }
        change("xy z1".repeat(52).as_str()).await.problem(422, "validation_failed");
        let longest = "ÅÄÖ 123 ".repeat(32);
        change(longest.as_str()).await.expect(200);
        TestBrowser::new(&app, HOME).sign_in(ADA, &longest).await.expect(201);
    }

    async fn a_new_password_ends_what_came_before(app: TestApp) {
        let (mut browser, mut other) = (ada(&app).await, ada(&app).await);
        let before = browser.clone();
        let body = |current: &str| json!({"current_password": current, "new_password": PASSWORD});
        let problem = browser.post("/v1/session/password", body("wrong password")).await.problem(422, "validation_failed");
        assert_eq!((&problem["errors"][0]["pointer"], &problem["errors"][0]["code"]), (&json!("/current_password"), &json!("wrong_password")));
        browser.post("/v1/session/password", body(&app.made.operator.password)).await.expect(200);
        assert_ne!((browser.session(), &browser.csrf), (before.session(), &before.csrf));
        before.call(Method::GET, "/v1/session").send().await.problem(401, "invalid_session");
        other.get("/v1/session").await.problem(401, "invalid_session");
        browser.get("/v1/session").await.expect(200);
        browser.post("/v1/tenants", json!({"name": "Acme"})).await.expect(201);
        TestBrowser::new(&app, AWAY).sign_in(ADA, &app.made.operator.password).await.problem(401, "invalid_credentials");
        TestBrowser::new(&app, AWAY).sign_in(ADA, PASSWORD).await.expect(201);
        for _ in 0..10 {
            browser.post("/v1/session/password", body("wrong password")).await.problem(422, "validation_failed");
        }
        browser.post("/v1/session/password", body(PASSWORD)).await.problem(429, "too_many_attempts");
    }

    async fn sessions_end_by_themselves(app: TestApp) {
        let mut idle = ada(&app).await;
        let ends = |session: &Value, field: &str| session[field].as_str().unwrap().parse::<Timestamp>().unwrap();
        let session = idle.get("/v1/session").await.expect(200);
        let begun = ends(&session, "created_at");
        assert_eq!(ends(&session, "idle_expires_at").since(begun), MINUTE * 60);
        assert_eq!(ends(&session, "expires_at").since(begun), MINUTE * 720);
        app.clock.advance(MINUTE * 59);
        idle.get("/v1/session").await.expect(200);
        app.clock.advance(MINUTE * 59);
        let session = idle.get("/v1/session").await.expect(200);
        assert!(ends(&session, "last_seen_at").since(begun) > MINUTE * 117);
        let mut busy = idle.clone();
        app.clock.advance(MINUTE * 60);
        idle.get("/v1/session").await.problem(401, "invalid_session");

        busy.sign_in(ADA, &app.made.operator.password).await.expect(201);
        for _ in 0..12 {
            busy.get("/v1/session").await.expect(200);
            app.clock.advance(MINUTE * 59);
        }
        busy.get("/v1/session").await.expect(200);
        app.clock.advance(MINUTE * 13);
        busy.get("/v1/session").await.problem(401, "invalid_session");
    }

    async fn a_revoked_session_stops_at_once_everywhere(app: TestApp) {
        let elsewhere = app.another_node().await;
        let (mut browser, mut lost) = (ada(&app).await, ada(&elsewhere).await);
        lost.get("/v1/tenants").await.expect(200);
        let list = browser.get("/v1/sessions").await.expect(200);
        let other = list["data"].as_array().unwrap().iter().find(|one| one["current"] == false).unwrap();
        let path = format!("/v1/sessions/{}", other["id"].as_str().unwrap());
        browser.delete(&path).await.expect(204);
        lost.get("/v1/tenants").await.problem(401, "invalid_session");
        browser.delete(&path).await.problem(404, "not_found");
        browser.get("/v1/tenants").await.expect(200);

        let (grace, mut of_grace) = invited(&app, "grace@example.com", json!({"platform_role": "support"})).await;
        let own = of_grace.get("/v1/session").await.expect(200)["id"].as_str().unwrap().to_owned();
        browser.delete(&format!("/v1/sessions/{own}")).await.problem(404, "not_found");
        of_grace.get("/v1/tenants").await.expect(200);
        let path = format!("/v1/operators/{}", grace["id"].as_str().unwrap());
        let disabled = browser.patch(&path, json!({"disabled": true})).await.expect(200);
        assert_eq!(disabled["status"], "disabled");
        of_grace.get("/v1/tenants").await.problem(401, "invalid_session");
        of_grace.sign_in("grace@example.com", PASSWORD).await.problem(403, "operator_disabled");
        of_grace.sign_in("grace@example.com", "wrong password").await.problem(401, "invalid_credentials");
        browser.patch(&path, json!({"disabled": false})).await.expect(200);
        of_grace.sign_in("grace@example.com", PASSWORD).await.expect(201);
    }
}
