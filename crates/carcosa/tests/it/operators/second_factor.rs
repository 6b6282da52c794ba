//! Second factors, and links by mail.

use std::time::Duration;

use axum::http::Method;
use carcosa_testkit::{Received, SmtpSink, TestApp, TestBrowser, both_databases};
use serde_json::json;
use tokio::task::JoinSet;

use super::*;

const RECOVERY: &str = "/v1/session/totp/recovery-codes";

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
        let wrong = new.post("/v1/session", with("recovery_code", "00000-00000")).await;
        let problem = wrong.problem(401, "invalid_credentials");
        assert_eq!(problem["errors"][0]["pointer"], "/recovery_code");
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

    async fn new_recovery_codes_make_those_before_void(app: TestApp) {
        let mut browser = ada(&app).await;
        let body = |password: &str| json!({"password": password});
        let right = app.made.operator.password.as_str();
        browser.post(RECOVERY, body(right)).await.problem(409, "totp_not_enabled");
        let (_, former) = with_totp(&mut browser).await;
        let before = browser.clone();
        let problem = browser.post(RECOVERY, body("wrong password")).await.problem(422, "validation_failed");
        assert_eq!((&problem["errors"][0]["pointer"], &problem["errors"][0]["code"]), (&json!("/password"), &json!("wrong_password")));
        browser.post(RECOVERY, json!({})).await.problem(422, "validation_failed");
        assert_eq!(browser.get("/v1/session").await.expect(200)["recovery_codes_left"], 10);

        let made = browser.post(RECOVERY, body(right)).await.expect(200);
        let codes: Vec<&str> = made["codes"].as_array().unwrap().iter().map(|code| code.as_str().unwrap()).collect();
        assert!(codes.len() == 10 && codes.iter().all(|code| !former.iter().any(|old| old == code)), "{codes:?}");
        assert_eq!((&made["session"]["recovery_codes_left"], &made["session"]["mfa"]), (&json!(10), &json!(true)));
        before.call(Method::GET, "/v1/session").send().await.problem(401, "invalid_session");
        browser.post("/v1/tenants", json!({"name": "Acme"})).await.expect(201);

        let mut new = TestBrowser::new(&app, AWAY);
        let with = |code: &str| json!({"email": ADA, "password": right, "recovery_code": code});
        new.post("/v1/session", with(&former[0])).await.problem(401, "invalid_credentials");
        assert_eq!(new.post("/v1/session", with(codes[0])).await.expect(201)["recovery_codes_left"], 9);
        assert_eq!(recorded(&app, "operator.recovery_codes_replaced", 1).await, 1);
        app.sequence().await;
        let audit = browser.get("/v1/installation/audit?limit=100").await.expect(200).to_string();
        assert!(codes.iter().all(|code| !audit.contains(code)));

        for _ in 0..10 {
            browser.post(RECOVERY, body("wrong password")).await.problem(422, "validation_failed");
        }
        browser.post(RECOVERY, body(right)).await.problem(429, "too_many_attempts");
        app.bare(Method::POST, RECOVERY).json(body(right)).send().await.problem(401, "unauthenticated");
    }

    async fn of_new_codes_made_twice_at_once_ten_are_left(app: TestApp) {
        let mut browser = ada(&app).await;
        let (_, former) = with_totp(&mut browser).await;
        let mut tries = JoinSet::new();
        for _ in 0..2 {
            tries.spawn(browser.call(Method::POST, RECOVERY).json(json!({"password": app.made.operator.password})).send());
        }
        let sign_in = json!({"email": ADA, "password": app.made.operator.password, "recovery_code": former[0]});
        tries.spawn(app.bare(Method::POST, "/v1/session").json(sign_in).send());
        assert!(tries.join_all().await.iter().any(|answer| answer.body["object"] == "recovery_codes"));
        let unused = "SELECT 'one' AS t FROM operator_recovery_codes WHERE used_at IS NULL";
        assert_eq!(app.database().texts(unused).await.len(), 10);
        let body = json!({"email": ADA, "password": app.made.operator.password, "recovery_code": former[1]});
        TestBrowser::new(&app, AWAY).post("/v1/session", body).await.problem(401, "invalid_credentials");
    }

    async fn whoever_gets_new_codes_hears_of_it(app: TestApp) {
        let sink = SmtpSink::start().await;
        let app = app.with_mail(&sink).await;
        let mut browser = ada(&app).await;
        with_totp(&mut browser).await;
        browser.post(RECOVERY, json!({"password": app.made.operator.password})).await.expect(200);
        while app.run_jobs().await > 0 {}
        let mails = sink.received();
        let told: Vec<_> = mails.iter().filter(|mail| mail.text.contains("recovery codes were replaced")).collect();
        assert_eq!(told.iter().map(|mail| mail.to.clone()).collect::<Vec<_>>(), [[ADA]]);
    }

    async fn an_operator_is_invited_and_becomes_one(app: TestApp) {
        let mut admin = ada(&app).await;
        let body = json!({"email": " Jo\u{308}rg@MÜLLER.example ", "platform_role": "support", "name": "Jörg"});
        let made = admin.post("/v1/operators", body.clone()).await.expect(201);
        assert_eq!((&made["email"], &made["status"]), (&json!("jörg@müller.example"), &json!("invited")));
        assert!(made["invitation_url"].as_str().unwrap().starts_with("https://tenants.example.com/invitation#"));
        let problem = admin.post("/v1/operators", body).await.problem(409, "operator_exists");
        assert_eq!((&problem["errors"][0]["pointer"], &problem["detail"]), (&json!("/email"), &json!("Another operator has the address jörg@müller.example.")));
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
