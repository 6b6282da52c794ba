//! Single sign-on, at a provider that says of people whatever the test wants.

use std::time::Duration;

use axum::http::Method;
use carcosa_testkit::{Answer, FakeProvider, Signature, TestApp, TestBrowser, both_databases};
use serde_json::{Value, json};

const ADA: &str = "ada@example.com";

/// Goes to the provider, where someone agrees, and comes back.
async fn journey(
    browser: &mut TestBrowser<'_>,
    provider: &FakeProvider,
    claims: &Value,
    by: Signature,
) -> Answer {
    let back = depart(browser, provider, claims, by).await;
    browser.get(&format!("/v1/session/oidc/callback?{back}")).await
}

/// Goes to the provider, where someone agrees; what the browser comes back with.
async fn depart(
    browser: &mut TestBrowser<'_>,
    provider: &FakeProvider,
    claims: &Value,
    by: Signature,
) -> String {
    let answer = browser.get("/v1/session/oidc").await;
    assert_eq!(answer.status.as_u16(), 302, "{}", answer.body);
    provider.consent(answer.header("location"), browser.app.kernel.now(), claims, by)
}

both_databases! {
    async fn the_address_may_be_at_the_user_info_endpoint_alone(app: TestApp) {
        let provider = FakeProvider::start().await;
        let app = app.with_provider(&provider).await;
        for (claims, status, code) in [
            (json!({"sub": "subject-2", "email": ADA, "email_verified": true}), 401, "single_sign_on_failed"),
            (json!({"email": ADA, "email_verified": true}), 503, "single_sign_on_unavailable"),
            (json!({"sub": "subject-1", "email": ADA, "email_verified": false}), 403, "single_sign_on_unknown"),
            (json!({"sub": "subject-1"}), 403, "single_sign_on_unknown"),
        ] {
            provider.set_user_info(claims);
            let mut browser = TestBrowser::new(&app, "192.0.2.1");
            journey(&mut browser, &provider, &json!({}), Signature::Own).await.problem(status, code);
        }
        provider.set_user_info(json!({"sub": "subject-1", "email": ADA, "email_verified": true}));
        let mut browser = TestBrowser::new(&app, "192.0.2.1");
        // What the signed token says goes before: this address is not verified.
        let unverified = json!({"email": ADA, "email_verified": false});
        journey(&mut browser, &provider, &unverified, Signature::Own).await.problem(403, "single_sign_on_unknown");
        assert_eq!(journey(&mut browser, &provider, &json!({}), Signature::Own).await.status.as_u16(), 302);
    }

    async fn a_person_is_told_what_went_wrong_on_a_page(app: TestApp) {
        let page = |app: &TestApp, path: &str| app.bare(Method::GET, path).header("accept", "text/html,*/*;q=0.8").send();
        let callback = "/v1/session/oidc/callback?state=x&code=y";
        for path in [callback, "/v1/session/oidc"] {
            let answer = page(&app, path).await;
            assert_eq!((answer.status.as_u16(), answer.header("location")), (303, "https://tenants.example.com/sign-in#error=single_sign_on_off"));
            app.bare(Method::GET, path).header("accept", "application/json").send().await.problem(404, "single_sign_on_off");
        }
        let provider = FakeProvider::start().await;
        let app = app.with_provider(&provider).await;
        let answer = page(&app, callback).await;
        assert_eq!((answer.status.as_u16(), answer.header("location")), (303, "https://tenants.example.com/sign-in#error=single_sign_on_failed"));
        assert!(answer.headers.get("set-cookie").is_none());
        let mut browser = TestBrowser::new(&app, "192.0.2.1");
        let back = depart(&mut browser, &provider, &json!({"email": "nobody@example.com"}), Signature::Own).await;
        let call = browser.call(Method::GET, &format!("/v1/session/oidc/callback?{back}")).header("accept", "text/html");
        let answer = browser.send(call).await;
        assert_eq!(answer.header("location"), "https://tenants.example.com/sign-in#error=single_sign_on_unknown");
        assert_eq!(browser.session(), "");
    }

    async fn an_operator_comes_by_the_provider(app: TestApp) {
        let provider = FakeProvider::start().await;
        let app = app.with_provider(&provider).await;
        let mut browser = TestBrowser::new(&app, "192.0.2.1");
        let methods = browser.get("/v1/session/methods").await.expect(200);
        assert_eq!((&methods["methods"][1]["kind"], &methods["methods"][1]["name"]), (&json!("single_sign_on"), &json!("Example")));
        let answer = journey(&mut browser, &provider, &json!({"email": "Ada@Example.com"}), Signature::Own).await;
        assert_eq!((answer.status.as_u16(), answer.header("location")), (302, "https://tenants.example.com/"));
        let session = browser.get("/v1/session").await.expect(200);
        assert_eq!((&session["method"], &session["mfa"]), (&json!("single_sign_on"), &json!(false)));
        assert_eq!(session["operator"]["credentials"].as_array().unwrap().len(), 2);
        browser.project = app.project().to_string();
        browser.post("/v1/tenants", json!({"name": "Acme"})).await.expect(201);

        // Known by the subject from now on, whatever the address.
        let mut again = TestBrowser::new(&app, "192.0.2.2");
        let claims = json!({"email": "other@example.com", "email_verified": false, "amr": ["pwd", "mfa"]});
        assert_eq!(journey(&mut again, &provider, &claims, Signature::Own).await.status.as_u16(), 302);
        let session = again.get("/v1/session").await.expect(200);
        assert_eq!((&session["operator"]["email"], &session["mfa"]), (&json!(ADA), &json!(true)));
        // The address alone makes nobody of the provider's people another one.
        let mut stranger = TestBrowser::new(&app, "192.0.2.3");
        let claims = json!({"sub": "subject-2", "email": ADA});
        journey(&mut stranger, &provider, &claims, Signature::Own).await.problem(403, "single_sign_on_unknown");
        assert_eq!(stranger.session(), "");
    }

    async fn what_proves_nothing_opens_nothing(app: TestApp) {
        let provider = FakeProvider::start().await;
        let app = app.with_provider(&provider).await;
        let now = app.kernel.now().micros() / 1_000_000;
        for (claims, by) in [
            (json!({"nonce": "another"}), Signature::Own),
            (json!({"nonce": null}), Signature::Own),
            (json!({"aud": "another"}), Signature::Own),
            (json!({"iss": "http://127.0.0.1:1"}), Signature::Own),
            (json!({"exp": now - 120}), Signature::Own),
            (json!({}), Signature::Stranger),
            (json!({}), Signature::Missing),
        ] {
            let mut browser = TestBrowser::new(&app, "192.0.2.1");
            let mut claims = claims;
            claims["email"] = ADA.into();
            journey(&mut browser, &provider, &claims, by).await.problem(401, "single_sign_on_failed");
            assert_eq!(browser.session(), "", "{claims} {by:?}");
        }
        let mut browser = TestBrowser::new(&app, "192.0.2.1");
        for claims in [json!({"email": ADA, "email_verified": false}), json!({"email": "nobody@example.com"}), json!({})] {
            journey(&mut browser, &provider, &claims, Signature::Own).await.problem(403, "single_sign_on_unknown");
        }
    }

    async fn a_journey_is_made_once_and_in_one_browser(app: TestApp) {
        let provider = FakeProvider::start().await;
        let app = app.with_provider(&provider).await;
        let claims = json!({"email": ADA});
        let mut victim = TestBrowser::new(&app, "192.0.2.1");
        let mut attacker = TestBrowser::new(&app, "192.0.2.2");
        let back = depart(&mut attacker, &provider, &claims, Signature::Own).await;
        let callback = format!("/v1/session/oidc/callback?{back}");
        victim.get(&callback).await.problem(401, "single_sign_on_failed");
        depart(&mut victim, &provider, &claims, Signature::Own).await;
        victim.get(&callback).await.problem(401, "single_sign_on_failed");
        assert_eq!(provider.exchanges(), 0);

        let copy = attacker.clone();
        attacker.get(&callback).await.expect(302);
        copy.call(Method::GET, &callback).send().await.problem(401, "single_sign_on_failed");
        assert_eq!(provider.exchanges(), 1);

        let mut slow = TestBrowser::new(&app, "192.0.2.3");
        let back = depart(&mut slow, &provider, &claims, Signature::Own).await;
        app.clock.advance(Duration::from_mins(10));
        slow.get(&format!("/v1/session/oidc/callback?{back}")).await.problem(401, "single_sign_on_failed");
        for query in ["", "?state=", "?code=x", "?error=access_denied", "?state=x&code=y"] {
            slow.get(&format!("/v1/session/oidc/callback{query}")).await.problem(401, "single_sign_on_failed");
        }
        let back = depart(&mut slow, &provider, &claims, Signature::Own).await;
        let refused = format!("/v1/session/oidc/callback?error=access_denied&{back}");
        slow.get(&refused).await.problem(401, "single_sign_on_failed");
    }

    async fn an_invitation_is_accepted_by_coming(app: TestApp) {
        let provider = FakeProvider::start().await;
        let app = app.with_provider(&provider).await;
        let mut admin = TestBrowser::new(&app, "192.0.2.1");
        admin.sign_in(ADA, &app.made.operator.password).await.expect(201);
        let made = admin.post("/v1/operators", json!({"email": "grace@example.com", "platform_role": "support"})).await.expect(201);
        let path = format!("/v1/operators/{}", made["id"].as_str().unwrap());
        let mut grace = TestBrowser::new(&app, "192.0.2.2");
        let claims = json!({"sub": "grace", "email": "grace@example.com"});
        journey(&mut grace, &provider, &claims, Signature::Own).await.expect(302);
        let operator = admin.get(&path).await.expect(200);
        assert_eq!((&operator["status"], &operator["credentials"][0]["kind"]), (&json!("active"), &json!("single_sign_on")));
        let token = made["invitation_url"].as_str().unwrap().split_once('#').unwrap().1;
        let body = json!({"token": token, "password": "a horse eats hay"});
        grace.post("/v1/operators/invitations/accept", body).await.problem(410, "invalid_link");
        grace.get("/v1/session").await.expect(200);
        grace.post("/v1/session/totp", json!({})).await.problem(409, "password_not_set");
        grace.sign_in("grace@example.com", "a horse eats hay").await.problem(401, "invalid_credentials");

        admin.patch(&path, json!({"disabled": true})).await.expect(200);
        grace.get("/v1/session").await.problem(401, "invalid_session");
        journey(&mut grace, &provider, &claims, Signature::Own).await.problem(403, "operator_disabled");
    }

    async fn without_a_provider_there_is_none(app: TestApp) {
        let mut browser = TestBrowser::new(&app, "192.0.2.1");
        assert_eq!(browser.get("/v1/session/methods").await.expect(200)["methods"].as_array().unwrap().len(), 1);
        browser.get("/v1/session/oidc").await.problem(404, "single_sign_on_off");
        browser.get("/v1/session/oidc/callback?state=x&code=y").await.problem(404, "single_sign_on_off");
        let provider = FakeProvider::start().await;
        let app = app.with_provider(&provider).await;
        drop(provider);
        tokio::time::sleep(Duration::from_millis(100)).await;
        TestBrowser::new(&app, "192.0.2.1").get("/v1/session/oidc").await.problem(503, "single_sign_on_unavailable");
    }
}
