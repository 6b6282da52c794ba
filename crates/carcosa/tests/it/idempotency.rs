//! `Idempotency-Key` over HTTP. The kernel's tests cover the claim itself.

use carcosa_testkit::{TestApp, both_databases};
use serde_json::json;

both_databases! {
    async fn a_replay_is_the_same_answer(app: TestApp) {
        let create = |name: &str| app.post("/v1/tenants", json!({"name": name})).header("idempotency-key", "k1");
        let first = create("Acme").send().await;
        assert_eq!(first.header("idempotent-replayed"), "");
        let again = create("Acme").send().await;
        assert_eq!(again.header("idempotent-replayed"), "true");
        assert_eq!(again.header("etag"), first.header("etag"));
        assert_eq!(again.bytes, first.bytes);
        assert_eq!(again.status, first.status);
        create("Other").send().await.problem(409, "idempotency_key_reused");
        app.post("/v1/keys", json!({"name": "Acme"})).header("idempotency-key", "k1").send().await.problem(409, "idempotency_key_reused");
        assert_eq!(app.get("/v1/tenants?total=true").send().await.expect(200)["page"]["total"], 1);
        let key = app.key_with(&["*"]).await;
        create("Mine").key(&key).send().await.expect(201);
    }

    async fn a_failure_is_not_kept(app: TestApp) {
        let create = |slug: &str| app.post("/v1/tenants", json!({"name": "x", "slug": slug})).header("idempotency-key", "k1");
        app.post("/v1/tenants", json!({"name": "x", "slug": "taken"})).send().await.expect(201);
        create("taken").send().await.problem(409, "slug_taken");
        create("free-one").send().await.expect(201);
    }

    async fn a_secret_can_be_asked_for_again(app: TestApp) {
        let create = || app.post("/v1/keys", json!({"name": "x"})).header("idempotency-key", "k1");
        let (first, again) = (create().send().await.expect(201), create().send().await.expect(201));
        assert_eq!(first["secret"], again["secret"]);
    }

    async fn sixteen_at_once_are_one(app: TestApp) {
        let calls: Vec<_> = (0..16).map(|_| {
            let call = app.post("/v1/tenants", json!({"name": "Acme"})).header("idempotency-key", "k1");
            tokio::spawn(async move { call.send().await })
        }).collect();
        let mut ids = std::collections::BTreeSet::new();
        for call in calls {
            ids.insert(call.await.unwrap().expect(201)["id"].to_string());
        }
        assert_eq!(ids.len(), 1);
    }

    async fn keys_have_limits(app: TestApp) {
        let create = |key: &str| app.post("/v1/tenants", json!({"name": "x"})).header("idempotency-key", key);
        create(&"k".repeat(255)).send().await.expect(201);
        create(&"k".repeat(256)).send().await.problem(400, "invalid_idempotency_key");
        create("").send().await.problem(400, "invalid_idempotency_key");
        create("with space").send().await.problem(400, "invalid_idempotency_key");
    }

    async fn a_transition_is_replayed_too(app: TestApp) {
        app.tenant("Acme").await;
        let suspend = || app.post("/v1/tenants/slug:acme/suspend", json!({})).header("idempotency-key", "k1");
        suspend().send().await.expect(200);
        let again = suspend().send().await;
        assert_eq!(again.header("idempotent-replayed"), "true");
        again.expect(200);
    }

    async fn a_key_used_for_the_project_is_used_for_its_tenants_too(app: TestApp) {
        let with = |path: &str| app.post(path, json!({"name": "Acme"})).header("idempotency-key", "k1");
        with("/v1/tenants").send().await.expect(201);
        with("/v1/tenants/slug:acme/organizations").send().await.problem(409, "idempotency_key_reused");
        let with = |path: &str| app.post(path, json!({"name": "Acme"})).header("idempotency-key", "k2");
        with("/v1/tenants/slug:acme/organizations").send().await.expect(201);
        with("/v1/tenants").send().await.problem(409, "idempotency_key_reused");
    }

    async fn a_body_is_read_only_for_those_who_are_known(app: TestApp) {
        let huge = "x".repeat(2 * 1024 * 1024);
        let call = app.bare(axum::http::Method::POST, "/v1/tenants").header("idempotency-key", "k").text(&huge);
        call.send().await.problem(401, "unauthenticated");
    }
}
