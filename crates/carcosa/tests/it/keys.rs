//! API keys.

use std::time::Duration;

use axum::http::Method;
use carcosa_testkit::{TestApp, both_databases};
use serde_json::{Value, json};

fn made_without_secret(made: &Value) -> Value {
    let mut key = made.clone();
    key.as_object_mut().unwrap().remove("secret");
    key
}

async fn works(app: &TestApp, secret: &str) -> Result<(), String> {
    let answer = app.bare(Method::GET, "/v1/tenants").key(secret).send().await;
    if answer.status.is_success() { Ok(()) } else { Err(answer.body["code"].as_str().unwrap().to_owned()) }
}

both_databases! {
    async fn a_key_s_life(app: TestApp) {
        let made = app.post("/v1/keys", json!({"name": "CI", "scopes": ["tenant:*", "key:read"]})).send().await.expect(201);
        let (secret, path) = (made["secret"].as_str().unwrap(), format!("/v1/keys/{}", made["id"].as_str().unwrap()));
        assert!(secret.starts_with("ck_live_"));
        assert_eq!(made["prefix"], "ck_live_");
        assert!(secret.ends_with(made["last4"].as_str().unwrap()));
        works(&app, secret).await.unwrap();
        let shown = app.get(&path).send().await.expect(200);
        assert_eq!(shown.get("secret"), None);

        app.patch(&path, json!({"enabled": false})).send().await.expect(200);
        assert_eq!(works(&app, secret).await, Err("key_disabled".into()));
        app.patch(&path, json!({"enabled": true})).send().await.expect(200);
        works(&app, secret).await.unwrap();

        let soon = app.kernel.now().plus(Duration::from_secs(60)).to_string();
        app.patch(&path, json!({"expires_at": soon})).send().await.expect(200);
        works(&app, secret).await.unwrap();
        app.clock.advance(Duration::from_secs(61));
        assert_eq!(works(&app, secret).await, Err("key_expired".into()));
        app.patch(&path, json!({"expires_at": soon})).send().await.problem(422, "validation_failed");
        app.patch(&path, json!({"expires_at": null})).send().await.expect(200);

        app.delete(&path).send().await.expect(204);
        assert_eq!(works(&app, secret).await, Err("invalid_key".into()));
        app.patch(&path, json!({"enabled": true})).send().await.problem(409, "key_revoked");
        app.post(&format!("{path}/rotate"), json!({})).send().await.problem(409, "key_revoked");
        let revoked = app.get(&path).send().await.expect(200);
        app.delete(&path).header("if-match", "\"1\"").send().await.problem(412, "version_mismatch");
        app.delete(&path).send().await.expect(204);
        assert_eq!(app.get(&path).send().await.expect(200), revoked, "revoking again changes nothing");
        let events = app.events().await;
        assert_eq!(events.iter().filter(|event| event["type"] == "key.revoked").count(), 1);
        assert!(app.get(&path).send().await.expect(200)["revoked_at"].is_string());
    }

    async fn rotation_overlaps(app: TestApp) {
        let made = app.post("/v1/keys", json!({"name": "CI"})).send().await.expect(201);
        let path = format!("/v1/keys/{}/rotate", made["id"].as_str().unwrap());
        let first = made["secret"].as_str().unwrap();
        let rotated = app.post(&path, json!({"overlap_seconds": 60})).send().await.expect(200);
        let second = rotated["secret"].as_str().unwrap();
        works(&app, first).await.unwrap();
        works(&app, second).await.unwrap();
        app.clock.advance(Duration::from_secs(61));
        assert_eq!(works(&app, first).await, Err("invalid_key".into()));
        works(&app, second).await.unwrap();
        let third = app.post(&path, json!({})).send().await.expect(200);
        assert_eq!(works(&app, second).await, Err("invalid_key".into()), "without overlap the old one stops at once");
        works(&app, third["secret"].as_str().unwrap()).await.unwrap();
        app.post(&path, json!({"overlap_seconds": 2_592_000})).send().await.expect(200);
        app.post(&path, json!({"overlap_seconds": 2_592_001})).send().await.problem(422, "validation_failed");
    }

    async fn nobody_gives_more_than_they_have(app: TestApp) {
        let weak = app.key_with(&["key:*", "tenant:read"]).await;
        let create = |scopes: Value| app.post("/v1/keys", json!({"name": "x", "scopes": scopes})).key(&weak);
        create(json!(["tenant:read"])).send().await.expect(201);
        create(json!(["tenant:create"])).send().await.problem(403, "scope_exceeded");
        create(json!(["*"])).send().await.problem(403, "scope_exceeded");
        let problem = create(json!(["tenant:read", "tenant:fly"])).send().await.problem(422, "validation_failed");
        assert_eq!(problem["errors"][0]["pointer"], "/scopes/1");
        let default = app.post("/v1/keys", json!({"name": "x"})).key(&weak).send().await.expect(201);
        let given: Vec<_> = default["scopes"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
        assert!(given.contains(&"tenant:read") && given.contains(&"key:rotate"), "all that its creator may: {default}");
        assert!(given.iter().all(|scope| *scope == "tenant:read" || scope.starts_with("key:")), "and no more: {default}");

        let strong = app.post("/v1/keys", json!({"name": "strong"})).send().await.expect(201);
        let path = format!("/v1/keys/{}", strong["id"].as_str().unwrap());
        app.post(&format!("{path}/rotate"), json!({})).key(&weak).send().await.problem(403, "scope_exceeded");
        app.patch(&path, json!({"scopes": ["*"]})).key(&weak).send().await.problem(403, "scope_exceeded");
    }

    async fn a_tenant_s_key_reaches_its_tenant_alone(app: TestApp) {
        let (own, other) = (app.tenant("Own").await, app.tenant("Other").await);
        let key = app.tenant_key(own["id"].as_str().unwrap(), &["*"]).await;
        app.bare(Method::GET, "/v1/tenants/slug:own").key(&key).send().await.expect(200);
        app.bare(Method::GET, "/v1/tenants/slug:other").key(&key).send().await.problem(404, "tenant_not_found");
        let id = own["id"].as_str().unwrap();
        let made = app.bare(Method::POST, &format!("/v1/tenants/{id}/keys")).key(&key).json(json!({"name": "x"})).send().await.expect(201);
        assert_eq!(made["tenant_id"], own["id"]);
        let of_own = format!("/v1/tenants/{id}/keys/{}", made["id"].as_str().unwrap());
        app.bare(Method::GET, &of_own).key(&key).send().await.expect(200);
        let of_other = of_own.replace(id, other["id"].as_str().unwrap());
        app.get(&of_other).send().await.problem(404, "not_found");
        let by_project = format!("/v1/keys/{}", made["id"].as_str().unwrap());
        assert_eq!(app.get(&by_project).send().await.expect(200), made_without_secret(&made), "the project finds it");
        app.bare(Method::GET, &by_project).key(&key).send().await.problem(403, "permission_denied");
        let (_, foreign) = app.another_project("Foreign").await;
        app.bare(Method::GET, &by_project).key(&foreign).send().await.problem(404, "not_found");
        assert_eq!(app.get(&format!("/v1/tenants/{id}/keys")).send().await.expect(200)["data"].as_array().unwrap().len(), 2);
        let rotated = app.post(&format!("{of_own}/rotate"), json!({})).send().await.expect(200);
        app.bare(Method::GET, "/v1/tenants/slug:own").key(rotated["secret"].as_str().unwrap()).send().await.expect(200);
        app.delete(&of_own).send().await.expect(204);
    }

    async fn texts_that_are_no_keys(app: TestApp) {
        let secret = app.secret().to_owned();
        let swapped = format!("{}{}", &secret[..secret.len() - 1], if secret.ends_with('0') { '1' } else { '0' });
        let forged = carcosa_types::key_text::make("ck", carcosa_types::project::Environment::Live, || 7);
        let long = "x".repeat(10_000);
        for text in ["", "x", swapped.as_str(), &secret[..20], forged.as_str(), long.as_str(), "ck_live_"] {
            app.bare(Method::GET, "/v1/tenants").key(text).send().await.problem(401, "invalid_key");
        }
        for header in ["Basic abc", "Bearer", "nonsense"] {
            let call = app.bare(Method::GET, "/v1/tenants").header("authorization", header);
            call.send().await.problem(401, "unauthenticated");
        }
    }

    async fn a_warm_node_forgets_a_revoked_key_at_once(app: TestApp) {
        let made = app.post("/v1/keys", json!({"name": "CI"})).send().await.expect(201);
        let secret = made["secret"].as_str().unwrap();
        app.sequence().await;
        app.hear().await;
        works(&app, secret).await.unwrap();
        assert!(app.kernel.directory().is_fresh(&app.kernel), "this node answers from memory");
        app.delete(&format!("/v1/keys/{}", made["id"].as_str().unwrap())).send().await.expect(204);
        assert_eq!(works(&app, secret).await, Err("invalid_key".into()));
    }

    async fn secrets_are_in_neither_database_nor_log(app: TestApp) {
        let made = app.post("/v1/keys", json!({"name": "CI"})).header("idempotency-key", "k").send().await.expect(201);
        let secret = made["secret"].as_str().unwrap();
        for event in app.events().await {
            assert!(!event.to_string().contains(secret));
        }
        if let Some(file) = app.kernel.database().file() {
            let mut bytes = std::fs::read(file).unwrap();
            bytes.extend(std::fs::read(file.with_extension("db-wal")).unwrap_or_default());
            let found = bytes.windows(secret.len()).any(|window| window == secret.as_bytes());
            assert!(!found, "the secret stands in the database");
            assert!(bytes.windows(6).any(|window| window == b"tenant"), "the file was read");
        }
    }

    async fn nobody_gives_for_longer_than_they_have_it(app: TestApp) {
        let now = app.kernel.now();
        let at = |seconds| now.plus(Duration::from_secs(seconds)).to_string();
        let body = json!({"name": "brief", "expires_at": at(60)});
        let brief = app.post("/v1/keys", body).send().await.expect(201)["secret"].as_str().unwrap().to_owned();
        let child = app.post("/v1/keys", json!({"name": "x"})).key(&brief).send().await.expect(201);
        assert_eq!(child["expires_at"], at(60));
        let later = app.post("/v1/keys", json!({"name": "x", "expires_at": at(61)})).key(&brief).send().await;
        assert_eq!(later.problem(403, "scope_exceeded")["errors"][0]["pointer"], "/expires_at");
        let path = format!("/v1/keys/{}", child["id"].as_str().unwrap());
        app.patch(&path, json!({"expires_at": at(61)})).key(&brief).send().await.problem(403, "scope_exceeded");

        let weak = app.key_with(&["key:update"]).await;
        app.clock.advance(Duration::from_secs(61));
        app.patch(&path, json!({"expires_at": null})).key(&weak).send().await.problem(403, "scope_exceeded");
        assert_eq!(works(&app, child["secret"].as_str().unwrap()).await, Err("key_expired".into()));
    }
}
