//! Keys that were made elsewhere, and keys found where they should not be.

use std::fmt::Write;
use std::time::Duration;

use axum::http::Method;
use carcosa_testkit::{TestApp, both_databases};
use ring::digest::{SHA256, digest};
use serde_json::{Value, json};

use crate::key_verify::{ask, code, key, path, secret};

const IMPORT: &str = "/v1/tenants/slug:acme/keys/import";

fn sha256(text: &str) -> String {
    digest(&SHA256, text.as_bytes()).as_ref().iter().fold(String::new(), |mut hex, byte| {
        write!(hex, "{byte:02x}").unwrap();
        hex
    })
}

fn row(text: &str) -> Value {
    json!({"hash": sha256(text), "name": text, "scopes": ["tenant:read"]})
}

async fn leak(app: &TestApp, text: &str) -> Value {
    app.post("/v1/keys/report-leak", json!({"key": text})).send().await.expect(200)
}

both_databases! {
    async fn a_team_moves_without_new_keys(app: TestApp) {
        let tenant = app.tenant("Acme").await;
        let full = json!({
            "hash": sha256("sk_live_51H").to_uppercase(), "name": "Billing", "prefix": "sk_live_", "last4": "_51H", "scopes": ["tenant:*"],
            "metadata": {"from": "stripe"}, "allowed_ips": ["10.0.0.0/8"], "rate_limit": {"limit": 2, "period_seconds": 60},
            "credits": {"remaining": 9},
        });
        let report = app.post(IMPORT, json!({"keys": [full, row("other")]})).send().await.expect(200);
        assert_eq!((&report["object"], &report["created"], &report["duplicates"], &report["invalid"]), (&json!("key_import"), &json!(2), &json!(0), &json!(0)));
        assert_eq!((&report["rows"][0]["index"], &report["rows"][0]["status"]), (&json!(0), &json!("created")));
        let id = report["rows"][0]["id"].as_str().unwrap();
        let shown = app.get(&format!("/v1/keys/{id}")).send().await.expect(200);
        assert_eq!((&shown["prefix"], &shown["last4"], &shown["tenant_id"]), (&json!("sk_live_"), &json!("_51H"), &tenant["id"]));
        let answer = ask(&app, "sk_live_51H", json!({"ip": "10.1.2.3", "tenant": "slug:acme", "permissions": ["tenant:update"]})).await;
        assert_eq!((&answer["code"], &answer["key_id"], &answer["credits_remaining"]), (&json!("valid"), &json!(id), &json!(8)));
        assert_eq!(code(&app, "sk_live_51H", json!({"ip": "11.1.2.3"})).await, "forbidden_ip");
        assert_eq!(code(&app, "other", json!({})).await, "valid");
        assert_eq!(code(&app, &sha256("other"), json!({})).await, "not_found", "the hash is not the key");
        app.bare(Method::GET, "/v1/tenants/slug:acme").key("other").send().await.problem(401, "invalid_key");
        assert!(!app.events().await.iter().any(|event| event.to_string().contains(&sha256("other"))));

        let rotated = app.post(&format!("/v1/keys/{id}/rotate"), json!({"overlap_seconds": 60})).send().await.expect(200);
        assert_eq!(rotated["prefix"], "ck_live_");
        let ip = || json!({"ip": "10.1.2.3", "cost": 0});
        assert_eq!((code(&app, "sk_live_51H", ip()).await, code(&app, secret(&rotated), ip()).await), ("valid".into(), "valid".into()));
        app.clock.advance(Duration::from_secs(61));
        assert_eq!(code(&app, "sk_live_51H", ip()).await, "not_found");
        let events = app.events().await;
        let imported: Vec<_> = events.iter().filter(|event| event["type"] == "key.imported").collect();
        assert_eq!(imported.len(), 2);
        assert!(imported.iter().all(|event| event["tenantid"] == tenant["id"]));
    }

    async fn each_row_is_told_what_became_of_it(app: TestApp) {
        app.tenant("Acme").await;
        app.tenant("Other").await;
        app.post("/v1/tenants/slug:other/keys/import", json!({"keys": [row("there")]})).send().await.expect(200);
        let past = json!({"hash": sha256("past"), "name": "past", "scopes": ["tenant:read", "tenant:fly"], "expires_at": "2020-01-01T00:00:00Z"});
        let keys = json!([
            row("new"), row("new"), row("there"), {"hash": "x", "name": "", "secret": "y"}, past, row("last"),
            {"hash": sha256("burst"), "name": "burst", "scopes": ["*"], "rate_limit": {"limit": 1, "period_seconds": 1, "burst": 2}},
        ]);
        let report = app.post(IMPORT, json!({"keys": keys})).send().await.expect(200);
        let status: Vec<_> = report["rows"].as_array().unwrap().iter().map(|row| row["status"].as_str().unwrap()).collect();
        assert_eq!(status, ["created", "duplicate", "duplicate", "invalid", "invalid", "created", "invalid"]);
        assert_eq!((&report["created"], &report["duplicates"], &report["invalid"]), (&json!(2), &json!(2), &json!(3)));
        let places = |index: usize| {
            let errors = report["rows"][index]["errors"].as_array().unwrap();
            let mut places: Vec<_> = errors.iter().map(|error| error["pointer"].as_str().unwrap()).collect();
            places.sort_unstable();
            places
        };
        assert_eq!(places(3), ["/hash", "/name", "/scopes", "/secret"]);
        assert_eq!(places(4), ["/expires_at", "/scopes/1"]);
        assert_eq!(places(6), ["/rate_limit/burst"]);
        let again = app.post(IMPORT, json!({"keys": [row("new"), row("last")]})).send().await.expect(200);
        assert_eq!((&again["created"], &again["duplicates"]), (&json!(0), &json!(2)));
        let events = app.events().await;
        assert_eq!(events.iter().filter(|event| event["type"] == "key.imported").count(), 3);
        let rotated = app.kernel.rotate_secret(carcosa_kernel::secrets::Purpose::KeyHash).await.unwrap();
        app.clock.advance(rotated.used_from.since(app.kernel.now()) + Duration::from_secs(1));
        app.kernel.renew_secrets().await.unwrap();
        let after = app.post(IMPORT, json!({"keys": [row("new"), row("newer")]})).send().await.expect(200);
        assert_eq!((&after["created"], &after["duplicates"]), (&json!(1), &json!(1)), "also under a pepper from before");
        assert_eq!((code(&app, "new", json!({})).await, code(&app, "newer", json!({})).await), ("valid".into(), "valid".into()));
    }

    async fn another_project_s_imports_are_its_own(app: TestApp) {
        app.tenant("Acme").await;
        let (_, foreign) = app.another_project("Other").await;
        app.post("/v1/tenants", json!({"name": "Acme"})).key(&foreign).send().await.expect(201);
        app.post(IMPORT, json!({"keys": [row("shared")]})).send().await.expect(200);
        let verify = || app.post("/v1/keys/verify", json!({"key": "shared"})).key(&foreign).send();
        assert_eq!(verify().await.expect(200)["code"], "not_found");
        let report = app.post(IMPORT, json!({"keys": [row("shared")]})).key(&foreign).send().await.expect(200);
        assert_eq!(report["created"], 1, "nobody learns what another project has");
        assert_eq!(verify().await.expect(200)["key_id"], report["rows"][0]["id"]);
    }

    async fn who_may_import_and_how_much(app: TestApp) {
        let tenant = app.tenant("Acme").await;
        let of_tenant = app.tenant_key(tenant["id"].as_str().unwrap(), &["*"]).await;
        app.post(IMPORT, json!({"keys": [row("x")]})).key(&of_tenant).send().await.problem(403, "permission_denied");
        let weak = app.key_with(&["key:import", "organization:read"]).await;
        let report = app.post(IMPORT, json!({"keys": [row("x")]})).key(&weak).send().await.expect(200);
        assert_eq!((&report["invalid"], &report["rows"][0]["errors"][0]["code"]), (&json!(1), &json!("scope_exceeded")));
        let rows = |count: usize| json!({"keys": (0..count).map(|n| row(&format!("key {n}"))).collect::<Vec<_>>()});
        app.post(IMPORT, rows(0)).send().await.problem(422, "validation_failed");
        app.post(IMPORT, rows(1001)).send().await.problem(422, "validation_failed");
        let full = app.post(IMPORT, rows(1000)).header("idempotency-key", "k").send().await;
        assert_eq!(full.clone().expect(200)["created"], 1000);
        let again = app.post(IMPORT, rows(1000)).header("idempotency-key", "k").send().await;
        assert_eq!((again.header("idempotent-replayed"), &again.bytes), ("true", &full.bytes));
        assert_eq!(code(&app, "key 999", json!({})).await, "valid");
        app.delete("/v1/tenants/slug:acme").send().await.expect(200);
        app.post(IMPORT, rows(1)).send().await.problem(409, "tenant_deleted");
    }

    async fn a_leaked_key_is_revoked(app: TestApp) {
        let tenant = app.tenant("Acme").await;
        let made = key(&app, json!({"name": "CI"})).await;
        let body = json!({"key": secret(&made), "reason": "in a public log", "url": "https://paste.example/1"});
        let report = app.post("/v1/keys/report-leak", body).send().await.expect(200);
        assert_eq!(report, json!({"object": "leak_report", "revoked": true, "key_id": made["id"]}));
        assert_eq!(code(&app, secret(&made), json!({})).await, "revoked");
        assert_eq!(leak(&app, secret(&made)).await, report, "again it changes nothing");

        let of_tenant = app.post("/v1/tenants/slug:acme/keys", json!({"name": "x"})).send().await.expect(201);
        assert_eq!(leak(&app, secret(&of_tenant)).await["key_id"], of_tenant["id"]);
        app.post(IMPORT, json!({"keys": [row("imported")]})).send().await.expect(200);
        assert_eq!(leak(&app, "imported").await["revoked"], true);
        assert_eq!(code(&app, "imported", json!({})).await, "revoked");
        app.sequence().await;
        let audit = app.get("/v1/audit?action=key.revoked").send().await.expect(200);
        let entries = audit["data"].as_array().unwrap();
        let reasons: Vec<_> = entries.iter().map(|entry| entry["reason"].as_str().unwrap()).collect();
        assert_eq!(reasons.len(), 3);
        assert!(reasons.contains(&"leaked: in a public log, found at https://paste.example/1") && reasons.contains(&"leaked"));
        assert_eq!(entries.iter().filter(|entry| entry["tenant_id"] == tenant["id"]).count(), 2);
        assert!(!audit.to_string().contains(secret(&made)));
    }

    async fn texts_that_open_nothing_revoke_nothing(app: TestApp) {
        let nothing = json!({"object": "leak_report", "revoked": false, "key_id": null});
        let (_, foreign) = app.another_project("Other").await;
        for text in ["x", "ck_live_", foreign.as_str(), &"x".repeat(512)] {
            assert_eq!(leak(&app, text).await, nothing);
        }
        app.get("/v1/tenants").key(&foreign).send().await.expect(200);
        let made = key(&app, json!({"name": "CI"})).await;
        let rotate = || app.post(&format!("{}/rotate", path(&made)), json!({"overlap_seconds": 60})).send();
        let rotated = rotate().await.expect(200);
        app.clock.advance(Duration::from_secs(61));
        assert_eq!(leak(&app, secret(&made)).await, nothing, "a secret that ended");
        assert_eq!(code(&app, secret(&rotated), json!({})).await, "valid");
        rotate().await.expect(200);
        assert_eq!(leak(&app, secret(&rotated)).await["revoked"], true, "one that still works");

        let wrong = |body: Value| app.post("/v1/keys/report-leak", body).send();
        wrong(json!({"key": ""})).await.problem(422, "validation_failed");
        wrong(json!({"key": "x".repeat(513)})).await.problem(422, "validation_failed");
        wrong(json!({"key": "x", "reason": "x".repeat(501)})).await.problem(422, "validation_failed");
        wrong(json!({"key": "x", "url": "javascript:alert(1)"})).await.problem(422, "validation_failed");
        wrong(json!({"key": "x", "url": format!("https://{}", "x".repeat(1993))})).await.problem(422, "validation_failed");
        wrong(json!({"key": "x", "url": format!("https://{}", "x".repeat(1992)), "reason": "x".repeat(500)})).await.expect(200);
        let weak = app.key_with(&["key:verify"]).await;
        app.post("/v1/keys/report-leak", json!({"key": "x"})).key(&weak).send().await.problem(403, "permission_denied");
    }
}
