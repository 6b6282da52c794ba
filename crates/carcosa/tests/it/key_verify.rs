//! Verification of keys: every decision, in its order.

use std::time::Duration;

use axum::http::Method;
use carcosa::capabilities::keys::state;
use carcosa_testkit::{TestApp, both_databases};
use carcosa_types::key_text;
use carcosa_types::project::Environment;
use serde_json::{Value, json};

/// Asks about a key; `more` is merged into the question.
pub(crate) async fn ask(app: &TestApp, key: &str, more: Value) -> Value {
    let mut question = json!({ "key": key });
    question.as_object_mut().unwrap().extend(more.as_object().cloned().unwrap_or_default());
    app.post("/v1/keys/verify", question).send().await.expect(200)
}

/// The code of [`ask`].
pub(crate) async fn code(app: &TestApp, key: &str, more: Value) -> String {
    let answer = ask(app, key, more).await;
    assert_eq!(answer["valid"], answer["code"] == "valid", "{answer}");
    assert!(!answer["detail"].as_str().unwrap().is_empty());
    answer["code"].as_str().unwrap().to_owned()
}

/// A new key of the project; the answer of its creation.
pub(crate) async fn key(app: &TestApp, body: Value) -> Value {
    app.post("/v1/keys", body).send().await.expect(201)
}

pub(crate) fn secret(made: &Value) -> &str {
    made["secret"].as_str().unwrap()
}

pub(crate) fn path(made: &Value) -> String {
    format!("/v1/keys/{}", made["id"].as_str().unwrap())
}

both_databases! {
    async fn what_is_known_of_a_valid_key(app: TestApp) {
        app.patch("/v1/project", json!({"settings": {"permissions": {"invoice:approve": "Approve invoices."}}})).send().await.expect(200);
        let tenant = app.tenant("Acme").await;
        let expires = app.kernel.now().plus(Duration::from_secs(600)).to_string();
        let body = json!({"name": "CI", "scopes": ["tenant:read", "invoice:*"], "metadata": {"team": "red"}, "expires_at": expires});
        let made = app.post("/v1/tenants/slug:acme/keys", body).send().await.expect(201);
        let asked = json!({"permissions": ["invoice:approve", "tenant:read"], "tenant": "slug:acme", "ip": "203.0.113.9"});
        let answer = ask(&app, secret(&made), asked).await;
        let expected = json!({
            "object": "key_verification", "valid": true, "code": "valid", "detail": "The key may be used.",
            "key_id": made["id"], "name": "CI", "permissions": ["tenant:read", "invoice:*"], "metadata": {"team": "red"},
            "tenant": {"id": tenant["id"], "slug": "acme", "status": "active", "plan": "free"},
            "rate_limit": null, "credits_remaining": null, "expires_at": expires,
        });
        assert_eq!(answer, expected);
        assert!(!answer.to_string().contains(secret(&made)));
        let of_project = ask(&app, app.secret(), json!({})).await;
        assert_eq!((&of_project["valid"], &of_project["tenant"]), (&json!(true), &Value::Null));
    }

    async fn texts_that_cannot_be_keys(app: TestApp) {
        let made = key(&app, json!({"name": "CI"})).await;
        let secret = secret(&made);
        let swapped = format!("{}{}", &secret[..secret.len() - 1], if secret.ends_with('0') { '1' } else { '0' });
        for text in ["", "clé", swapped.as_str(), &"x".repeat(513)] {
            let answer = ask(&app, text, json!({})).await;
            assert_eq!((&answer["code"], &answer["key_id"], &answer["permissions"]), (&json!("malformed"), &Value::Null, &Value::Null));
        }
        let forged = key_text::make("ck", Environment::Live, || 7);
        for text in [forged.as_str(), "sk_live_51Habc", &"x".repeat(512)] {
            let answer = ask(&app, text, json!({})).await;
            assert_eq!((&answer["code"], &answer["key_id"]), (&json!("not_found"), &Value::Null), "{text}");
        }
        let (_, foreign) = app.another_project("Other").await;
        assert_eq!(code(&app, &foreign, json!({})).await, "not_found", "another project's is not there");
        let answer = app.post("/v1/keys/verify", json!({"key": secret})).key(&foreign).send().await.expect(200);
        assert_eq!(answer["code"], "not_found");
    }

    async fn what_stops_a_key(app: TestApp) {
        let made = key(&app, json!({"name": "CI"})).await;
        let (secret, path) = (secret(&made), path(&made));
        app.patch(&path, json!({"enabled": false})).send().await.expect(200);
        let disabled = ask(&app, secret, json!({})).await;
        assert_eq!((&disabled["code"], &disabled["key_id"]), (&json!("disabled"), &made["id"]));
        let soon = app.kernel.now().plus(Duration::from_secs(60)).to_string();
        app.patch(&path, json!({"enabled": true, "expires_at": soon})).send().await.expect(200);
        assert_eq!(code(&app, secret, json!({})).await, "valid");
        app.clock.advance(Duration::from_secs(61));
        assert_eq!(code(&app, secret, json!({})).await, "expired");
        app.patch(&path, json!({"enabled": false})).send().await.expect(200);
        assert_eq!(code(&app, secret, json!({})).await, "disabled", "before that it has expired");
        app.delete(&path).send().await.expect(204);
        assert_eq!(code(&app, secret, json!({})).await, "revoked", "before all else");
    }

    async fn a_tenant_s_key_stops_with_its_tenant(app: TestApp) {
        app.tenant("Acme").await;
        app.tenant("Other").await;
        let made = app.post("/v1/tenants/slug:acme/keys", json!({"name": "CI"})).send().await.expect(201);
        let secret = secret(&made);
        assert_eq!(code(&app, secret, json!({"tenant": "slug:acme"})).await, "valid");
        for wrong in ["slug:other", "slug:nobody", "ext:nobody", "ten_01h455vb4pex5vsknk084sn02q"] {
            assert_eq!(code(&app, secret, json!({"tenant": wrong})).await, "tenant_mismatch", "{wrong}");
        }
        assert_eq!(code(&app, app.secret(), json!({"tenant": "slug:acme"})).await, "tenant_mismatch", "the project's own belong to none");
        app.post("/v1/tenants/slug:acme/suspend", json!({})).send().await.expect(200);
        let suspended = ask(&app, secret, json!({"tenant": "slug:other"})).await;
        assert_eq!((&suspended["code"], &suspended["tenant"]["status"]), (&json!("tenant_suspended"), &json!("suspended")));
        app.post("/v1/tenants/slug:acme/archive", json!({})).send().await.expect(200);
        assert_eq!(code(&app, secret, json!({})).await, "tenant_not_active");
        app.delete("/v1/tenants/slug:acme").send().await.expect(200);
        assert_eq!(code(&app, secret, json!({})).await, "tenant_not_active");
    }

    async fn from_where_and_for_what(app: TestApp) {
        let made = key(&app, json!({"name": "CI", "scopes": ["tenant:read"], "allowed_ips": ["203.0.113.0/24", "2001:db8::1"]})).await;
        let secret = secret(&made);
        for ip in ["203.0.113.255", "::ffff:203.0.113.1", "2001:db8::1"] {
            assert_eq!(code(&app, secret, json!({"ip": ip})).await, "valid", "{ip}");
        }
        for ip in ["203.0.114.1", "2001:db8::2"] {
            assert_eq!(code(&app, secret, json!({"ip": ip, "permissions": ["tenant:create"]})).await, "forbidden_ip", "{ip}");
        }
        assert_eq!(code(&app, secret, json!({})).await, "forbidden_ip", "an address must be told");
        app.bare(Method::GET, "/v1/tenants").key(secret).send().await.problem(403, "forbidden_ip");
        let lacking = json!({"ip": "203.0.113.1", "permissions": ["tenant:read", "tenant:create", "invoice:approve"]});
        let answer = ask(&app, secret, lacking).await;
        assert_eq!(answer["code"], "insufficient_permissions");
        assert_eq!(answer["detail"], "The key lacks: tenant:create, invoice:approve.");
        app.patch(&path(&made), json!({"allowed_ips": null})).send().await.expect(200);
        assert_eq!(code(&app, secret, json!({})).await, "valid");
        app.bare(Method::GET, "/v1/tenants").key(secret).send().await.expect(200);
    }

    async fn a_secret_from_before_a_rotation(app: TestApp) {
        let made = key(&app, json!({"name": "CI"})).await;
        let rotated = app.post(&format!("{}/rotate", path(&made)), json!({"overlap_seconds": 60})).send().await.expect(200);
        assert_eq!(code(&app, secret(&made), json!({})).await, "valid");
        assert_eq!(ask(&app, secret(&rotated), json!({})).await["key_id"], made["id"]);
        app.clock.advance(Duration::from_secs(61));
        assert_eq!(code(&app, secret(&made), json!({})).await, "not_found");
        assert_eq!(code(&app, secret(&rotated), json!({})).await, "valid");
    }

    async fn questions_that_are_wrong(app: TestApp) {
        let wrong = async |more: Value| {
            let mut question = json!({"key": "x"});
            question.as_object_mut().unwrap().extend(more.as_object().cloned().unwrap());
            let problem = app.post("/v1/keys/verify", question).send().await.problem(422, "validation_failed");
            problem["errors"][0]["pointer"].as_str().unwrap().to_owned()
        };
        assert_eq!(wrong(json!({"cost": 1001})).await, "/cost");
        assert_eq!(wrong(json!({"cost": -1})).await, "/cost");
        assert_eq!(wrong(json!({"ip": "localhost"})).await, "/ip");
        assert_eq!(wrong(json!({"tenant": "acme"})).await, "/tenant");
        assert_eq!(wrong(json!({"permissions": ["tenant:read", "tenant"]})).await, "/permissions/1");
        assert_eq!(wrong(json!({"permissions": vec!["tenant:read"; 101]})).await, "/permissions");
        assert_eq!(wrong(json!({"scope": "x"})).await, "/scope");
        let full = json!({"key": "x", "permissions": vec!["tenant:read"; 100], "cost": 1000});
        assert_eq!(app.post("/v1/keys/verify", full).send().await.expect(200)["code"], "not_found");
        let weak = app.key_with(&["key:read"]).await;
        app.post("/v1/keys/verify", json!({"key": "x"})).key(&weak).send().await.problem(403, "permission_denied");
        let asker = app.key_with(&["key:verify"]).await;
        assert_eq!(app.post("/v1/keys/verify", json!({"key": "x"})).key(&asker).send().await.expect(200)["code"], "not_found");
    }

    async fn a_warm_node_asks_nobody(app: TestApp) {
        app.tenant("Acme").await;
        let body = json!({"name": "warm", "rate_limit": {"limit": 1000, "period_seconds": 60}, "credits": {"remaining": 50}});
        let made = app.post("/v1/tenants/slug:acme/keys", body).send().await.expect(201);
        app.sequence().await;
        app.hear().await;
        let asked = || json!({"tenant": "slug:acme", "permissions": ["tenant:read"]});
        assert_eq!(code(&app, secret(&made), asked()).await, "valid");
        app.database().execute("DELETE FROM api_keys WHERE name = 'warm'").await;
        for _ in 0..49 {
            assert_eq!(code(&app, secret(&made), asked()).await, "valid");
        }
        app.clock.advance(carcosa_kernel::directory::MAX_STALENESS + Duration::from_millis(1));
        assert_eq!(code(&app, secret(&made), asked()).await, "not_found", "what is not fresh is asked for");
    }

    async fn a_change_reaches_a_warm_node(app: TestApp) {
        let other = app.another_node().await;
        let made = key(&app, json!({"name": "CI", "rate_limit": {"limit": 1, "period_seconds": 3600}})).await;
        app.sequence().await;
        other.hear().await;
        assert_eq!(code(&other, secret(&made), json!({"cost": 0})).await, "valid");
        app.patch(&path(&made), json!({"enabled": false})).send().await.expect(200);
        other.hear().await;
        assert_eq!(code(&other, secret(&made), json!({})).await, "disabled");
        app.delete(&path(&made)).send().await.expect(204);
        other.hear().await;
        assert_eq!(code(&other, secret(&made), json!({})).await, "revoked");
    }

    async fn when_a_key_was_last_used(app: TestApp) {
        let made = key(&app, json!({"name": "CI", "scopes": ["tenant:read"]})).await;
        let unused = key(&app, json!({"name": "unused"})).await;
        assert_eq!(made["last_used_at"], Value::Null);
        let used = async |made: &Value| app.get(&path(made)).send().await.expect(200);
        app.bare(Method::GET, "/v1/tenants").key(secret(&made)).send().await.expect(200);
        assert_eq!(used(&made).await["last_used_at"], Value::Null, "not written yet");
        state::flush(&app.kernel).await.unwrap();
        let first = used(&made).await;
        assert!(first["last_used_at"].is_string());
        assert_eq!((&first["version"], &first["updated_at"]), (&json!(1), &made["updated_at"]), "that is no version");

        app.clock.advance(Duration::from_secs(5));
        ask(&app, secret(&made), json!({"cost": 0})).await;
        ask(&app, secret(&made), json!({"permissions": ["tenant:create"]})).await;
        state::flush(&app.kernel).await.unwrap();
        assert_eq!(used(&made).await["last_used_at"], first["last_used_at"], "neither looked at nor refused is used");
        let before = app.kernel.now().to_string();
        ask(&app, secret(&made), json!({})).await;
        let other = app.another_node().await;
        state::settle(&other.kernel).await.unwrap();
        assert_eq!(used(&made).await["last_used_at"], first["last_used_at"], "each node writes what it saw");
        state::settle(&app.kernel).await.unwrap();
        assert!(used(&made).await["last_used_at"].as_str().unwrap() > before.as_str());
        assert_eq!(used(&unused).await["last_used_at"], Value::Null);
        let events = app.events().await;
        assert_eq!(events.iter().filter(|event| event["subject"] == made["id"]).count(), 1, "nor is it recorded");
    }
}
