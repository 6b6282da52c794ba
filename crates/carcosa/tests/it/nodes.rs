//! Two nodes over one database.

use axum::http::Method;
use carcosa_testkit::{TestApp, both_databases};
use serde_json::json;

both_databases! {
    async fn a_revocation_reaches_the_other_node(app: TestApp) {
        let other = app.another_node().await;
        let made = app.post("/v1/keys", json!({"name": "CI"})).send().await.expect(201);
        let secret = made["secret"].as_str().unwrap().to_owned();
        let tenant = app.tenant("Acme").await;
        app.sequence().await;
        other.hear().await;
        let read = || other.bare(Method::GET, "/v1/tenants/slug:acme").key(&secret).send();
        read().await.expect(200);
        assert!(other.kernel.directory().is_fresh(&other.kernel), "the other node answers from memory");

        app.patch(&format!("/v1/tenants/{}", tenant["id"].as_str().unwrap()), json!({"slug": "apex"})).send().await.expect(200);
        app.delete(&format!("/v1/keys/{}", made["id"].as_str().unwrap())).send().await.expect(204);
        app.sequence().await;
        other.hear().await;
        read().await.problem(401, "invalid_key");
        let by_new_name = other.get("/v1/tenants/slug:apex").send().await.expect(200);
        assert_eq!(by_new_name["id"], tenant["id"]);
    }

    async fn a_node_that_hears_nothing_trusts_nothing(app: TestApp) {
        let other = app.another_node().await;
        let made = app.post("/v1/keys", json!({"name": "CI"})).send().await.expect(201);
        let secret = made["secret"].as_str().unwrap().to_owned();
        app.sequence().await;
        other.hear().await;
        other.bare(Method::GET, "/v1/tenants").key(&secret).send().await.expect(200);
        app.delete(&format!("/v1/keys/{}", made["id"].as_str().unwrap())).send().await.expect(204);
        app.clock.advance(carcosa_kernel::directory::MAX_STALENESS + std::time::Duration::from_millis(1));
        other.bare(Method::GET, "/v1/tenants").key(&secret).send().await.problem(401, "invalid_key");
        other.get("/health/ready").send().await.problem(503, "database_unavailable");
    }

    async fn both_create_without_stepping_on_each_other(app: TestApp) {
        let other = app.another_node().await;
        let calls: Vec<_> = (0..60).map(|n| {
            let node = if n % 2 == 0 { &app } else { &other };
            let call = node.post("/v1/tenants", json!({"name": "Acme"}));
            tokio::spawn(async move { call.send().await.expect(201)["slug"].to_string() })
        }).collect();
        let mut slugs = std::collections::BTreeSet::new();
        for call in calls {
            slugs.insert(call.await.unwrap());
        }
        assert_eq!(slugs.len(), 60);
    }

    async fn a_revocation_does_not_wait_for_the_sequencer(app: TestApp) {
        let other = app.another_node().await;
        let made = app.post("/v1/keys", json!({"name": "CI"})).send().await.expect(201);
        let secret = made["secret"].as_str().unwrap().to_owned();
        app.sequence().await;
        other.hear().await;
        other.bare(Method::GET, "/v1/tenants").key(&secret).send().await.expect(200);
        app.delete(&format!("/v1/keys/{}", made["id"].as_str().unwrap())).send().await.expect(204);
        other.hear().await;
        assert!(other.kernel.directory().is_fresh(&other.kernel));
        other.bare(Method::GET, "/v1/tenants").key(&secret).send().await.problem(401, "invalid_key");
    }
}
