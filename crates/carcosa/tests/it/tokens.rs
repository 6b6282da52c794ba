//! Access tokens and refresh tokens.

use std::time::Duration;

use axum::http::Method;
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use carcosa_kernel::secrets::Purpose;
use carcosa_testkit::{Call, TestApp, both_databases};
use serde_json::{Value, json};

/// A tenant with a member, and tokens for them.
async fn sign_in(app: &TestApp, role: &str) -> (Value, Value) {
    app.tenant("Acme").await;
    let body = json!({"email": "ada@example.com", "role": role});
    let member = app.post("/v1/tenants/slug:acme/members", body).send().await.expect(201);
    let pair = create(app, &member).send().await.expect(200);
    (member, pair)
}

fn create(app: &TestApp, member: &Value) -> Call {
    app.post("/v1/tokens", json!({"user": member["user"]["id"], "tenant": "slug:acme"}))
}

fn refresh(app: &TestApp, pair: &Value) -> Call {
    app.post("/v1/tokens/refresh", json!({"refresh_token": pair["refresh_token"]}))
}

async fn introspect(app: &TestApp, token: &Value) -> Value {
    app.post("/v1/tokens/introspect", json!({"token": token})).send().await.expect(200)
}

fn read(app: &TestApp, token: &str) -> Call {
    app.bare(Method::GET, "/v1/tenants/slug:acme").key(token)
}

fn part(token: &str, index: usize) -> Value {
    let text = token.split('.').nth(index).unwrap();
    serde_json::from_slice(&BASE64_URL_SAFE_NO_PAD.decode(text).unwrap()).unwrap()
}

/// The token with another header or other claims, its signature kept.
fn changed(token: &str, index: usize, change: impl Fn(&mut Value)) -> String {
    let mut parts: Vec<String> = token.split('.').map(str::to_owned).collect();
    let mut value = part(token, index);
    change(&mut value);
    parts[index] = BASE64_URL_SAFE_NO_PAD.encode(value.to_string());
    parts.join(".")
}

both_databases! {
    async fn a_sign_in_s_life(app: TestApp) {
        let (member, pair) = sign_in(&app, "admin").await;
        let token = pair["access_token"].as_str().unwrap();
        assert_eq!((&pair["token_type"], &pair["expires_in"]), (&json!("Bearer"), &json!(300)));
        let claims = part(token, 1);
        assert_eq!((&claims["sub"], &claims["tenant_slug"], &claims["roles"]), (&member["user"]["id"], &json!("acme"), &json!(["admin"])));
        assert!(claims["permissions"].as_array().unwrap().contains(&json!("member:create")));
        let keys = app.bare(Method::GET, "/.well-known/jwks.json").send().await.expect(200);
        assert_eq!(keys["keys"][0]["kid"], part(token, 0)["kid"]);
        assert_eq!(part(token, 0)["alg"], "EdDSA");
        read(&app, token).send().await.expect(200);
        let worth = introspect(&app, &pair["access_token"]).await;
        assert_eq!((&worth["active"], &worth["token_use"], &worth["sub"]), (&json!(true), &json!("access_token"), &claims["sub"]));
        assert_eq!(introspect(&app, &pair["refresh_token"]).await["token_use"], "refresh_token");

        app.clock.advance(Duration::from_secs(301));
        read(&app, token).send().await.problem(401, "invalid_token");
        assert_eq!(introspect(&app, &pair["access_token"]).await, json!({"active": false}));
        let next = refresh(&app, &pair).send().await.expect(200);
        read(&app, next["access_token"].as_str().unwrap()).send().await.expect(200);
        assert_eq!(introspect(&app, &pair["refresh_token"]).await, json!({"active": false}), "it was used");

        app.post("/v1/tokens/revoke", json!({"token": next["access_token"]})).send().await.expect(200);
        read(&app, next["access_token"].as_str().unwrap()).send().await.problem(401, "invalid_token");
        refresh(&app, &next).send().await.problem(401, "invalid_refresh_token");
        for nothing in ["", "x", "a.b.c"] {
            let answer = app.post("/v1/tokens/revoke", json!({"token": nothing})).send().await;
            assert_eq!(answer.status.as_u16(), if nothing.is_empty() { 422 } else { 200 }, "{nothing}");
        }
    }

    async fn a_refresh_token_that_comes_twice_ends_the_sign_in(app: TestApp) {
        let (_, first) = sign_in(&app, "member").await;
        let second = refresh(&app, &first).send().await.expect(200);
        refresh(&app, &first).send().await.problem(401, "refresh_token_reused");
        refresh(&app, &second).send().await.problem(401, "invalid_refresh_token");
        read(&app, second["access_token"].as_str().unwrap()).send().await.problem(401, "invalid_token");
        let events = app.events().await;
        assert_eq!(events.last().unwrap()["type"], "token.revoked");
        assert!(!events.iter().any(|event| event.to_string().contains(second["refresh_token"].as_str().unwrap())));
    }

    async fn of_two_refreshes_at_once_one_is_a_replay(app: TestApp) {
        let (_, pair) = sign_in(&app, "member").await;
        let calls = [refresh(&app, &pair), refresh(&app, &pair)].map(|call| tokio::spawn(async move { call.send().await }));
        let mut statuses = Vec::new();
        for call in calls {
            statuses.push(call.await.unwrap().status.as_u16());
        }
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 401]);
    }

    async fn a_retried_refresh_is_no_replay(app: TestApp) {
        let (_, pair) = sign_in(&app, "member").await;
        let call = || refresh(&app, &pair).header("idempotency-key", "k1");
        let (first, again) = (call().send().await, call().send().await);
        assert_eq!(again.header("idempotent-replayed"), "true");
        assert_eq!(first.bytes, again.bytes);
        refresh(&app, &again.expect(200)).send().await.expect(200);
    }

    async fn what_is_not_ours_is_nothing(app: TestApp) {
        let (_, pair) = sign_in(&app, "member").await;
        let token = pair["access_token"].as_str().unwrap();
        let none = format!("{}.{}.", BASE64_URL_SAFE_NO_PAD.encode(r#"{"alg":"none","typ":"at+jwt","kid":"x"}"#), token.split('.').nth(1).unwrap());
        let kid = part(token, 0)["kid"].clone();
        for forged in [
            none,
            changed(token, 0, |header| header["alg"] = json!("none")),
            changed(token, 0, |header| header["alg"] = json!("HS256")),
            changed(token, 0, |header| header["alg"] = json!("RS256")),
            changed(token, 0, |header| header["typ"] = json!("JWT")),
            changed(token, 0, |header| header["kid"] = json!("../../etc/passwd")),
            changed(token, 0, |header| header["kid"] = json!("' OR 1=1 --")),
            changed(token, 0, |header| { header["jwk"] = json!({"kty": "OKP"}); header["kid"] = json!("mine"); }),
            changed(token, 1, |claims| claims["exp"] = json!(9_999_999_999_i64)),
            changed(token, 1, |claims| claims["permissions"] = json!(["*"])),
            changed(token, 1, |claims| claims["aud"] = json!("prj_01h455vb4pex5vsknk084sn02q")),
            token[..token.len() - 2].to_owned(),
            format!("{token}A"),
            "..".to_owned(),
            "a.b.c".to_owned(),
            format!("{}.{}", "x".repeat(20_000), "y.z"),
        ] {
            read(&app, &forged).send().await.problem(401, "invalid_token");
            if forged.len() <= 16_384 {
                assert_eq!(introspect(&app, &json!(forged)).await, json!({"active": false}), "{forged}");
            }
        }
        assert_eq!(kid, part(token, 0)["kid"]);
        let (_, foreign) = app.another_project("Other").await;
        let worth = app.post("/v1/tokens/introspect", json!({"token": token})).key(&foreign).send().await.expect(200);
        assert_eq!(worth, json!({"active": false}));
        app.post("/v1/tokens/revoke", json!({"token": token})).key(&foreign).send().await.expect(200);
        app.post("/v1/tokens/refresh", json!({"refresh_token": pair["refresh_token"]})).key(&foreign).send().await.problem(401, "invalid_refresh_token");
        read(&app, token).send().await.expect(200);
    }

    async fn another_issuer_s_token_is_nothing(app: TestApp) {
        let (_, _pair) = sign_in(&app, "owner").await;
        let stranger = TestApp::start(app.database().backend()).await;
        let (_, theirs) = sign_in(&stranger, "owner").await;
        read(&app, theirs["access_token"].as_str().unwrap()).send().await.problem(401, "invalid_token");
        refresh(&app, &theirs).send().await.problem(401, "invalid_refresh_token");
    }

    async fn suspended_disabled_removed(app: TestApp) {
        let (member, pair) = sign_in(&app, "member").await;
        let token = pair["access_token"].as_str().unwrap();
        app.post("/v1/tenants/slug:acme/suspend", json!({})).send().await.expect(200);
        read(&app, token).send().await.problem(403, "tenant_suspended");
        assert_eq!(introspect(&app, &pair["access_token"]).await, json!({"active": false}));
        refresh(&app, &pair).send().await.problem(409, "no_access");
        create(&app, &member).send().await.problem(409, "no_access");
        app.post("/v1/tenants/slug:acme/activate", json!({})).send().await.expect(200);
        read(&app, token).send().await.expect(200);
        let user = format!("/v1/users/{}", member["user"]["id"].as_str().unwrap());
        app.bare(Method::POST, &format!("{user}/disable")).key(app.secret()).send().await.expect(200);
        read(&app, token).send().await.problem(403, "permission_denied");
        assert_eq!(introspect(&app, &pair["access_token"]).await, json!({"active": false}));
        create(&app, &member).send().await.problem(409, "no_access");
        app.bare(Method::POST, &format!("{user}/enable")).key(app.secret()).send().await.expect(200);
        app.delete(&format!("/v1/tenants/slug:acme/members/{}", member["id"].as_str().unwrap())).send().await.expect(204);
        read(&app, token).send().await.problem(403, "permission_denied");
        create(&app, &member).send().await.problem(409, "no_access");
        app.delete(&user).send().await.expect(204);
        read(&app, token).send().await.problem(401, "invalid_token");
    }

    async fn a_new_key_is_known_before_it_signs(app: TestApp) {
        let (member, old) = sign_in(&app, "member").await;
        let other = app.another_node().await;
        app.kernel.rotate_secret(Purpose::Token).await.unwrap();
        other.kernel.renew_secrets().await.unwrap();
        let keys = other.bare(Method::GET, "/.well-known/jwks.json").send().await.expect(200);
        assert_eq!(keys["keys"].as_array().unwrap().len(), 2, "published");
        let same = create(&app, &member).send().await.expect(200);
        assert_eq!(part(same["access_token"].as_str().unwrap(), 0)["kid"], part(old["access_token"].as_str().unwrap(), 0)["kid"]);
        app.clock.advance(Duration::from_secs(60));
        app.kernel.renew_secrets().await.unwrap();
        let new = create(&app, &member).send().await.expect(200);
        let new = new["access_token"].as_str().unwrap();
        assert_ne!(part(new, 0)["kid"], part(old["access_token"].as_str().unwrap(), 0)["kid"]);
        read(&other, new).send().await.expect(200);
        read(&other, old["access_token"].as_str().unwrap()).send().await.expect(200);
    }

    async fn limits(app: TestApp) {
        let (member, _) = sign_in(&app, "member").await;
        let with = |name: &str, value: i64| {
            let mut body = json!({"user": member["user"]["id"], "tenant": "slug:acme"});
            body[name] = json!(value);
            app.post("/v1/tokens", body).send()
        };
        for (name, value, status) in [
            ("lifetime_seconds", 59, 422), ("lifetime_seconds", 60, 200), ("lifetime_seconds", 3600, 200), ("lifetime_seconds", 3601, 422),
            ("refresh_days", 0, 422), ("refresh_days", 1, 200), ("refresh_days", 90, 200), ("refresh_days", 91, 422),
        ] {
            assert_eq!(with(name, value).await.status.as_u16(), status, "{name} {value}");
        }
        let call = app.bare(Method::POST, "/v1/tokens/introspect").key(app.secret());
        let form = call.header("content-type", "application/x-www-form-urlencoded").text("token=abc&token_type_hint=access_token");
        assert_eq!(form.send().await.expect(200), json!({"active": false}));
    }
}
