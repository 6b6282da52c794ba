//! Operators: signing in, sessions, roles, second factors, links.

use std::time::Duration;

use axum::http::Method;
use carcosa_testkit::{Answer, Received, SmtpSink, TestApp, TestBrowser, both_databases};
use carcosa_types::Timestamp;
use serde_json::{Value, json};
use tokio::task::JoinSet;
use totp_rs::{Builder, Secret, Totp};

const ADA: &str = "ada@example.com";
const PASSWORD: &str = "a horse eats hay";
const HOME: &str = "192.0.2.10";
const AWAY: &str = "198.51.100.20";
const MINUTE: Duration = Duration::from_secs(60);

/// The first operator's browser, signed in.
async fn ada(app: &TestApp) -> TestBrowser<'_> {
    let mut browser = TestBrowser::new(app, HOME);
    browser.sign_in(ADA, &app.made.operator.password).await.expect(201);
    browser.project = app.project().to_string();
    browser
}

/// Someone whom Ada invited with these roles, and who accepted; signed in.
async fn invited<'a>(app: &'a TestApp, email: &str, roles: Value) -> (Value, TestBrowser<'a>) {
    let mut admin = ada(app).await;
    let mut body = roles;
    body["email"] = email.into();
    let made = admin.post("/v1/operators", body).await.expect(201);
    let mut browser = TestBrowser::new(app, AWAY);
    accept(&mut browser, &token_of(&made)).await.expect(200);
    browser.sign_in(email, PASSWORD).await.expect(201);
    browser.project = app.project().to_string();
    (made, browser)
}

async fn accept(browser: &mut TestBrowser<'_>, token: &str) -> Answer {
    let body = json!({ "token": token, "name": "Grace", "password": PASSWORD });
    browser.post("/v1/operators/invitations/accept", body).await
}

/// What a link ends with.
fn token_of(made: &Value) -> String {
    made["invitation_url"].as_str().unwrap().split_once('#').unwrap().1.to_owned()
}

fn totp(secret: &str) -> Totp {
    Builder::new().with_secret(Secret::try_from_base32(secret).unwrap()).build().unwrap()
}

fn code(app: &TestApp, secret: &str) -> String {
    totp(secret).generate(u64::try_from(app.kernel.now().micros()).unwrap() / 1_000_000).to_string()
}

/// Sets up an authenticator app; its secret and the recovery codes.
async fn with_totp(browser: &mut TestBrowser<'_>) -> (String, Vec<String>) {
    let enrolment = browser.post("/v1/session/totp", json!({})).await.expect(200);
    let secret = enrolment["secret"].as_str().unwrap().to_owned();
    let body = json!({ "code": code(browser.app, &secret) });
    let codes = browser.post("/v1/session/totp/confirm", body).await.expect(200);
    let codes = codes["codes"].as_array().unwrap().iter().map(|code| code.as_str().unwrap().to_owned());
    (secret, codes.collect())
}

fn without_request_id(mut problem: Value) -> Value {
    problem["request_id"] = Value::Null;
    problem
}

/// How many entries of a type the installation's log has, waiting for `at_least`: failures are recorded after the answer.
async fn recorded(app: &TestApp, kind: &str, at_least: usize) -> usize {
    let query = format!("SELECT type AS t FROM log_entries WHERE type = '{kind}'");
    for _ in 0..100 {
        let found = app.database().texts(&query).await.len();
        if found >= at_least {
            return found;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("fewer than {at_least} entries of {kind}");
}

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

both_databases! {
    async fn a_second_factor_counts_once(app: TestApp) {
        let mut browser = ada(&app).await;
        browser.post("/v1/session/totp/confirm", json!({"code": "123456"})).await.problem(409, "totp_not_started");
        let before = browser.session().to_owned();
        let (secret, codes) = with_totp(&mut browser).await;
        assert_ne!(browser.session(), before, "the session got a new token");
        assert_eq!(browser.get("/v1/session").await.expect(200)["mfa"], true);
        browser.post("/v1/session/totp", json!({})).await.problem(409, "totp_already_enabled");
        assert_eq!(codes.len(), 10);

        let mut new = TestBrowser::new(&app, AWAY);
        new.sign_in(ADA, &app.made.operator.password).await.problem(401, "mfa_required");
        new.sign_in(ADA, "wrong password").await.problem(401, "invalid_credentials");
        let with = |field: &str, code: &str| json!({"email": ADA, "password": app.made.operator.password, field: code});
        let present = code(&app, &secret);
        new.post("/v1/session", with("totp_code", &present)).await.problem(401, "invalid_credentials");
        app.clock.advance(Duration::from_secs(30));
        let present = code(&app, &secret);
        assert_eq!(new.post("/v1/session", with("totp_code", &present)).await.expect(201)["mfa"], true);
        new.post("/v1/session", with("totp_code", &present)).await.problem(401, "invalid_credentials");
        app.clock.advance(Duration::from_secs(30));
        let late = code(&app, &secret);
        app.clock.advance(Duration::from_secs(60));
        new.post("/v1/session", with("totp_code", &late)).await.problem(401, "invalid_credentials");
        new.post("/v1/session", with("totp_code", "12345")).await.problem(422, "validation_failed");

        let typed = codes[0].to_uppercase().replace('-', " ");
        assert_eq!(new.post("/v1/session", with("recovery_code", &typed)).await.expect(201)["recovery_codes_left"], 9);
        new.post("/v1/session", with("recovery_code", &codes[0])).await.problem(401, "invalid_credentials");
        new.post("/v1/session", with("recovery_code", "00000-00000")).await.problem(401, "invalid_credentials");
        new.post("/v1/session", with("recovery_code", &codes[1])).await.expect(201);
    }

    async fn of_two_with_one_code_one_gets_in(app: TestApp) {
        let (_, codes) = with_totp(&mut ada(&app).await).await;
        let mut tries = JoinSet::new();
        for _ in 0..4 {
            let body = json!({"email": ADA, "password": app.made.operator.password, "recovery_code": codes[0]});
            tries.spawn(app.bare(Method::POST, "/v1/session").json(body).send());
        }
        let answers: Vec<u16> = tries.join_all().await.iter().map(|answer| answer.status.as_u16()).collect();
        assert_eq!(answers.iter().filter(|status| **status == 201).count(), 1, "{answers:?}");
    }

    async fn a_second_factor_is_given_up_with_the_password(app: TestApp) {
        let mut browser = ada(&app).await;
        browser.post("/v1/session/totp/disable", json!({"password": app.made.operator.password})).await.problem(409, "totp_not_enabled");
        let enrolment = browser.post("/v1/session/totp", json!({})).await.expect(200);
        let wrong = if code(&app, enrolment["secret"].as_str().unwrap()) == "123456" { "654321" } else { "123456" };
        let problem = browser.post("/v1/session/totp/confirm", json!({"code": wrong})).await.problem(422, "validation_failed");
        assert_eq!(problem["errors"][0]["code"], "wrong_code");
        TestBrowser::new(&app, AWAY).sign_in(ADA, &app.made.operator.password).await.expect(201);

        with_totp(&mut browser).await;
        browser.post("/v1/session/totp/disable", json!({"password": "wrong password"})).await.problem(422, "validation_failed");
        let session = browser.post("/v1/session/totp/disable", json!({"password": app.made.operator.password})).await.expect(200);
        assert_eq!((&session["mfa"], &session["recovery_codes_left"]), (&json!(false), &json!(0)));
        assert_eq!(session["operator"]["credentials"].as_array().unwrap().len(), 1);
        TestBrowser::new(&app, AWAY).sign_in(ADA, &app.made.operator.password).await.expect(201);
    }

    async fn an_operator_is_invited_and_becomes_one(app: TestApp) {
        let mut admin = ada(&app).await;
        let body = json!({"email": " Jo\u{308}rg@MÜLLER.example ", "platform_role": "support", "name": "Jörg"});
        let made = admin.post("/v1/operators", body.clone()).await.expect(201);
        assert_eq!((&made["email"], &made["status"]), (&json!("jörg@müller.example"), &json!("invited")));
        assert!(made["invitation_url"].as_str().unwrap().starts_with("https://tenants.example.com/invitation#"));
        admin.post("/v1/operators", body).await.problem(409, "operator_exists");
        let mut browser = TestBrowser::new(&app, AWAY);
        browser.sign_in("jörg@müller.example", "").await.problem(422, "validation_failed");
        browser.sign_in("jörg@müller.example", PASSWORD).await.problem(401, "invalid_credentials");
        let token = token_of(&made);
        for wrong in ["x", &token[1..], &format!("{token}x")] {
            accept(&mut browser, wrong).await.problem(410, "invalid_link");
        }
        let accepted = accept(&mut browser, &token).await.expect(200);
        assert_eq!((&accepted["status"], &accepted["name"]), (&json!("active"), &json!("Grace")));
        accept(&mut browser, &token).await.problem(410, "invalid_link");
        browser.sign_in("JÖRG@mu\u{308}ller.example", PASSWORD).await.expect(201);
        let audit = recorded(&app, "operator.joined", 1).await;
        assert_eq!(audit, 1);

        let late = admin.post("/v1/operators", json!({"email": "late@example.com", "platform_role": "support"})).await.expect(201);
        app.clock.advance(MINUTE * 60 * 24 * 7);
        accept(&mut browser, &token_of(&late)).await.problem(410, "invalid_link");
        let problem = ada(&app).await.post("/v1/operators", json!({"email": "x"})).await.problem(422, "validation_failed");
        assert_eq!(problem["errors"].as_array().unwrap().len(), 1, "the schema comes first: {problem}");
    }

    async fn a_forgotten_password_is_chosen_anew(app: TestApp) {
        let sink = SmtpSink::start().await;
        let app = app.with_mail(&sink).await;
        let mut signed_in = ada(&app).await;
        let mut browser = TestBrowser::new(&app, AWAY);
        for email in ["nobody@example.com", "Ada@Example.com"] {
            let answer = browser.post("/v1/operators/password-reset", json!({"email": email})).await;
            assert_eq!((answer.status.as_u16(), answer.bytes.len()), (202, 0));
        }
        while app.run_jobs().await > 0 {}
        let [mail]: [Received; 1] = sink.received().try_into().unwrap();
        assert_eq!(mail.to, [ADA]);
        let token = link_in(&mail.text, "/password-reset#");
        let body = |token: &str| json!({"token": token, "new_password": PASSWORD});
        browser.post("/v1/operators/password-reset/confirm", json!({"token": token, "new_password": "password1234"})).await.problem(422, "validation_failed");
        browser.post("/v1/operators/password-reset/confirm", body("x")).await.problem(410, "invalid_link");
        browser.post("/v1/operators/password-reset/confirm", body(&token)).await.expect(204);
        browser.post("/v1/operators/password-reset/confirm", body(&token)).await.problem(410, "invalid_link");
        signed_in.get("/v1/session").await.problem(401, "invalid_session");
        browser.sign_in(ADA, &app.made.operator.password).await.problem(401, "invalid_credentials");
        browser.sign_in(ADA, PASSWORD).await.expect(201);
        app.run_jobs().await;
        assert!(sink.received().last().unwrap().text.contains("password was changed"));

        browser.post("/v1/operators/password-reset", json!({"email": ADA})).await.expect(202);
        while app.run_jobs().await > 0 {}
        let token = link_in(&sink.received().last().unwrap().text, "/password-reset#");
        app.clock.advance(MINUTE * 60);
        browser.post("/v1/operators/password-reset/confirm", body(&token)).await.problem(410, "invalid_link");
    }

    async fn links_asked_for_are_few(app: TestApp) {
        let mut browser = TestBrowser::new(&app, AWAY);
        for _ in 0..3 {
            browser.post("/v1/operators/password-reset", json!({"email": ADA})).await.expect(202);
        }
        browser.post("/v1/operators/password-reset", json!({"email": ADA})).await.problem(429, "too_many_attempts");
        for number in 0..17 {
            browser.post("/v1/operators/password-reset", json!({"email": format!("{number}@example.com")})).await.expect(202);
        }
        browser.post("/v1/operators/password-reset", json!({"email": "x@example.com"})).await.problem(429, "too_many_attempts");
        assert_eq!(app.run_jobs().await, 20, "mail is off, and every request has its job all the same");
    }
}

/// What stands after `start` in a mail, whose lines may be broken as quoted-printable.
fn link_in(mail: &str, start: &str) -> String {
    let text = mail.replace("=\r\n", "").replace("=3D", "=").replace("=23", "#");
    let (_, rest) = text.split_once(start).unwrap_or_else(|| panic!("no link in {text}"));
    rest.chars().take_while(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_')).collect()
}

both_databases! {
    async fn someone_can_always_give_access(app: TestApp) {
        let mut admin = ada(&app).await;
        let id = admin.get("/v1/session").await.expect(200)["operator"]["id"].as_str().unwrap().to_owned();
        let path = format!("/v1/operators/{id}");
        let invitation = json!({"email": "idle@example.com", "platform_role": "super_admin"});
        admin.post("/v1/operators", invitation).await.expect(201);
        for patch in [json!({"platform_role": null}), json!({"platform_role": "support"}), json!({"disabled": true})] {
            admin.patch(&path, patch).await.problem(409, "last_super_admin");
        }
        admin.delete(&path).await.problem(409, "last_super_admin");
        admin.patch(&path, json!({"name": "Ada"})).await.expect(200);

        let (grace, of_grace) = invited(&app, "grace@example.com", json!({"platform_role": "super_admin"})).await;
        let other = format!("/v1/operators/{}", grace["id"].as_str().unwrap());
        let mut tries = JoinSet::new();
        for (browser, target) in [(&admin, &other), (&of_grace, &path)] {
            tries.spawn(browser.call(Method::PATCH, target).json(json!({"platform_role": null})).send());
            tries.spawn(browser.call(Method::DELETE, target).send());
        }
        tries.join_all().await;
        let left = "SELECT email AS t FROM operators WHERE platform_role = 'super_admin' AND disabled_at IS NULL AND password_hash <> ''";
        assert_eq!(app.database().texts(left).await.len(), 1);
    }

    async fn two_who_demote_each_other_do_not_both_succeed(app: TestApp) {
        let (grace, of_grace) = invited(&app, "grace@example.com", json!({"platform_role": "super_admin"})).await;
        let admin = ada(&app).await;
        let own = admin.call(Method::GET, "/v1/session").send().await.expect(200)["operator"]["id"].as_str().unwrap().to_owned();
        let targets = [(&admin, grace["id"].as_str().unwrap().to_owned()), (&of_grace, own)];
        let mut tries = JoinSet::new();
        for (browser, target) in targets {
            let call = browser.call(Method::PATCH, &format!("/v1/operators/{target}")).json(json!({"disabled": true}));
            tries.spawn(call.send());
        }
        let answers: Vec<u16> = tries.join_all().await.iter().map(|answer| answer.status.as_u16()).collect();
        assert_eq!(answers.iter().filter(|status| **status == 200).count(), 1, "{answers:?}");
    }

    async fn operators_are_objects_like_others(app: TestApp) {
        let mut admin = ada(&app).await;
        let made = admin.post("/v1/operators", json!({"email": "grace@example.com", "platform_role": "support"})).await.expect(201);
        let path = format!("/v1/operators/{}", made["id"].as_str().unwrap());
        let got = admin.get(&path).await;
        assert_eq!(got.header("etag"), "\"1\"");
        assert!(got.body.get("invitation_url").is_none());
        let call = admin.call(Method::PATCH, &path).json(json!({"name": "Grace"})).header("if-match", "\"2\"");
        call.send().await.problem(412, "version_mismatch");
        let roles = json!([{"project_id": app.project(), "role": "viewer"}]);
        let changed = admin.patch(&path, json!({"name": "Grace", "project_roles": roles})).await.expect(200);
        assert_eq!((&changed["version"], &changed["project_roles"]), (&json!(2), &roles));
        assert_eq!(admin.patch(&path, json!({"name": "Grace", "project_roles": roles})).await.expect(200)["version"], 2);
        let unknown = json!([{"project_id": "prj_01h455vb4pex5vsknk084sn02q", "role": "viewer"}]);
        let problem = admin.patch(&path, json!({"project_roles": unknown})).await.problem(422, "validation_failed");
        assert_eq!(problem["errors"][0]["pointer"], "/project_roles/0/project_id");
        let list = admin.get("/v1/operators?limit=1").await.expect(200);
        assert_eq!((&list["data"][0]["id"], &list["page"]["has_more"]), (&made["id"], &json!(true)));
        assert_eq!(list["data"][0]["project_roles"], roles);
        admin.delete(&path).await.expect(204);
        admin.get(&path).await.problem(404, "not_found");
        app.get("/v1/operators").send().await.problem(403, "permission_denied");
        app.bare(Method::GET, "/v1/operators").send().await.problem(401, "unauthenticated");
    }

    async fn support_reads_and_changes_nothing(app: TestApp) {
        let tenant = app.tenant("Acme").await;
        let mut support = invited(&app, "support@example.com", json!({"platform_role": "support"})).await.1;
        for path in ["/v1/tenants", "/v1/keys", "/v1/project", "/v1/events", "/v1/audit", "/v1/operators"] {
            support.get(path).await.expect(200);
        }
        let api = carcosa::capabilities::api();
        let mut refused = 0;
        for endpoint in api.endpoints().iter().filter(|one| one.operation.permission.is_some_and(|row| row.mutates)) {
            let path = endpoint.path.replace("{tenant}", tenant["id"].as_str().unwrap());
            let call = support.call(endpoint.method.clone(), &path);
            let call = if endpoint.operation.takes_body() { call.json(json!({})) } else { call };
            call.send().await.problem(403, "permission_denied");
            refused += 1;
        }
        assert!(refused > 20, "{refused}");
    }

    async fn a_role_in_one_project_shows_nothing_of_another(app: TestApp) {
        let (other, _) = app.another_project("Other").await;
        let tenant = app.tenant("Acme").await;
        let roles = json!({"project_roles": [{"project_id": other, "role": "viewer"}]});
        let mut viewer = invited(&app, "viewer@example.com", roles).await.1;
        let mut seen = Vec::new();
        for project in [app.project().to_string(), "cardvault".to_owned(), "prj_01h455vb4pex5vsknk084sn02q".to_owned(), "nowhere".to_owned()] {
            viewer.project = project;
            seen.push(without_request_id(viewer.get("/v1/tenants").await.problem(404, "project_not_found")));
            viewer.get(&format!("/v1/tenants/{}", tenant["id"].as_str().unwrap())).await.problem(404, "project_not_found");
        }
        assert!(seen.iter().all(|one| *one == seen[0]), "{seen:?}");
        viewer.project = String::new();
        viewer.get("/v1/tenants").await.problem(400, "project_needed");
        for name in [other.to_string(), "other".to_owned()] {
            viewer.project = name;
            assert_eq!(viewer.get("/v1/tenants").await.expect(200)["data"], json!([]));
        }
        viewer.post("/v1/tenants", json!({"name": "x"})).await.problem(403, "permission_denied");
        viewer.get("/v1/operators").await.problem(403, "permission_denied");
    }

    async fn a_changed_role_counts_from_the_next_request_on(app: TestApp) {
        let role = |role: &str| json!({"project_roles": [{"project_id": app.project(), "role": role}]});
        let (made, mut browser) = invited(&app, "dev@example.com", role("developer")).await;
        let path = format!("/v1/operators/{}", made["id"].as_str().unwrap());
        let tenant = browser.post("/v1/tenants", json!({"name": "Acme"})).await.expect(201);
        let of_tenant = format!("/v1/tenants/{}", tenant["id"].as_str().unwrap());
        browser.delete(&of_tenant).await.problem(403, "permission_denied");
        browser.post(&format!("{of_tenant}/suspend"), json!({})).await.problem(403, "permission_denied");
        browser.patch("/v1/project", json!({"name": "x"})).await.problem(403, "permission_denied");
        let key = browser.post("/v1/keys", json!({"name": "CI"})).await.expect(201);
        assert!(key["expires_at"].is_null(), "what an operator gives outlives the session");
        let scopes = key["scopes"].to_string();
        assert!(!scopes.contains("tenant:delete") && !scopes.contains('*'), "{key}");
        browser.post("/v1/keys", json!({"name": "CI", "scopes": ["tenant:*"]})).await.problem(403, "scope_exceeded");
        let mut admin = ada(&app).await;
        admin.patch(&path, role("viewer")).await.expect(200);
        browser.post("/v1/tenants", json!({"name": "B"})).await.problem(403, "permission_denied");
        admin.patch(&path, role("owner")).await.expect(200);
        browser.delete(&of_tenant).await.expect(200);
        admin.patch(&path, json!({"project_roles": []})).await.expect(200);
        browser.get("/v1/tenants").await.problem(404, "project_not_found");
    }

    async fn what_is_over_is_swept(app: TestApp) {
        let mut browser = TestBrowser::new(&app, HOME);
        browser.sign_in(ADA, "wrong password").await.problem(401, "invalid_credentials");
        recorded(&app, "operator.sign_in_failed", 1).await;
        ada(&app).await.post("/v1/operators", json!({"email": "x@example.com", "platform_role": "support"})).await.expect(201);
        let system = carcosa_kernel::System::new(&app.kernel, carcosa_kernel::SystemTask::Jobs);
        let sweep = async || carcosa::capabilities::operators::jobs::sweep(&system).await.unwrap();
        assert_eq!(sweep().await, 0);
        app.clock.advance(MINUTE * 60 * 24 * 60);
        assert!(sweep().await >= 3, "a link, a session, and failures");
        assert_eq!(sweep().await, 0);
    }

    async fn the_installation_s_audit_trail_is_theirs_alone(app: TestApp) {
        let mut admin = ada(&app).await;
        TestBrowser::new(&app, AWAY).sign_in(ADA, "a wrong password").await.problem(401, "invalid_credentials");
        app.sequence().await;
        let page = admin.get("/v1/installation/audit?action=session.created").await.expect(200);
        assert_eq!(page["data"][0]["actor"]["kind"], "operator");
        assert!(!page.to_string().contains(admin.session()));
        let (_, mut viewer) = invited(&app, "grace@example.com", json!({"project_roles": [{"project_id": app.project(), "role": "owner"}]})).await;
        viewer.get("/v1/installation/audit").await.problem(403, "permission_denied");
        app.get("/v1/installation/audit").send().await.problem(403, "permission_denied");
    }
}
