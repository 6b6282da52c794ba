//! Comparing copies, and repairing them.

use std::collections::BTreeMap;

use carcosa_testkit::{TestApp, both_databases};
use serde_json::{Value, json};

use super::{Copy, many_users};

both_databases! {
    async fn few_requests_find_what_differs(app: TestApp) {
        many_users(&app, 2500).await;
        let mut copy = Copy::snapshot(&app).await;
        assert_eq!(copy.versions("user").len(), 2500);
        assert_eq!(copy.repair(&app, "user").await, (1, 0));
        let whole = copy.rows.clone();
        let keys: Vec<_> = whole.keys().cloned().collect();
        copy.rows.remove(&keys[10]);
        copy.rows.get_mut(&keys[1800]).unwrap()["version"] = json!(77);
        let stranger = ("user".to_owned(), "usr_7zzzzzzzzzzzzzzzzzzzzzzzzz".to_owned());
        copy.rows.insert(stranger, json!({"version": 1}));
        let (requests, wrong) = copy.repair(&app, "user").await;
        assert_eq!((requests, wrong), (2, 3));
        assert_eq!(copy.rows, whole);
        // An empty copy gets everything, a thousand rows at a time.
        let mut empty = Copy { cursor: copy.cursor.clone(), ..Copy::default() };
        let (requests, wrong) = empty.repair(&app, "user").await;
        assert!(wrong == 2500 && requests <= 8, "{requests} {wrong}");
        assert_eq!(empty.versions("user"), copy.versions("user"));
        // And one that should be empty loses everything.
        let mut full = Copy { rows: BTreeMap::new(), cursor: copy.cursor.clone() };
        for n in 0..1500_u128 {
            let id = carcosa_types::RoleId::from_uuid(uuid::Uuid::from_u128(n + 1)).to_string();
            full.rows.insert(("role".to_owned(), id), json!({"version": 1}));
        }
        full.repair(&app, "role").await;
        assert!(full.rows.is_empty(), "{}", full.rows.len());
    }

    async fn what_is_on_its_way_is_no_difference(app: TestApp) {
        app.tenant("Old").await;
        app.sequence().await;
        let mut copy = Copy::snapshot(&app).await;
        app.tenant("New").await;
        app.patch("/v1/tenants/slug:old", json!({"plan": "gold"})).send().await.expect(200);
        assert_eq!(copy.repair(&app, "tenant").await.1, 0, "committed, not in order yet");
        app.sequence().await;
        assert_eq!(copy.repair(&app, "tenant").await.1, 0, "after the cursor");
        copy.cursor = Copy::snapshot(&app).await.cursor;
        assert_eq!(copy.repair(&app, "tenant").await.1, 2, "passed by");
        assert_eq!(copy.versions("tenant"), Copy::snapshot(&app).await.versions("tenant"));
    }

    async fn comparisons_are_checked(app: TestApp) {
        let tenant = app.tenant("Acme").await;
        let zeros = "0".repeat(64);
        let good = json!({"count": 0, "digest": zeros});
        for (ranges, code) in [
            (json!([]), "validation_failed"),
            (json!(vec![good.clone(); 101]), "validation_failed"),
            (json!([{}]), "validation_failed"),
            (json!([{"count": 1}]), "validation_failed"),
            (json!([{"digest": zeros}]), "validation_failed"),
            (json!([{"count": 0, "digest": zeros, "rows": {}}]), "validation_failed"),
            (json!([{"count": 0, "digest": "x"}]), "validation_failed"),
            (json!([{"rows": {"usr_01h455vb4pex5vsknk084sn02q": 1}}]), "validation_failed"),
            (json!([{"rows": {"nonsense": 1}}]), "validation_failed"),
            (json!([{"after": "usr_01h455vb4pex5vsknk084sn02q", "rows": {}}]), "validation_failed"),
            (json!([good, good]), "validation_failed"),
            (json!([{"until": "ten_01h455vb4pex5vsknk084sn02r", "rows": {}}, {"after": "ten_01h455vb4pex5vsknk084sn02q", "rows": {}}]), "validation_failed"),
            (json!([{"until": "ten_01h455vb4pex5vsknk084sn02q", "rows": {"ten_01h455vb4pex5vsknk084sn02r": 1}}]), "validation_failed"),
        ] {
            let body = json!({"type": "tenant", "ranges": ranges});
            app.post("/v1/sync/compare", body).send().await.problem(422, code);
        }
        let many: BTreeMap<String, i64> =
            (0..10_001_u128).map(|n| (carcosa_types::TenantId::from_uuid(uuid::Uuid::from_u128(n)).to_string(), 1)).collect();
        let body = json!({"type": "tenant", "ranges": [{"rows": many}]});
        app.post("/v1/sync/compare", body).send().await.problem(422, "validation_failed");
        let bound = |n: usize| carcosa_types::TenantId::from_uuid(uuid::Uuid::from_u128(n as u128)).to_string();
        let hundred: Vec<Value> = (0..100).map(|n| json!({"after": bound(n), "until": bound(n + 1), "rows": {}})).collect();
        app.post("/v1/sync/compare", json!({"type": "tenant", "ranges": hundred})).send().await.expect(200);
        app.post("/v1/sync/compare", json!({"type": "key", "ranges": [good]})).send().await.problem(422, "validation_failed");
        let after = json!({"type": "tenant", "ranges": [{"after": tenant["id"], "count": 0, "digest": zeros}]});
        assert_eq!(app.post("/v1/sync/compare", after).send().await.expect(200)["equal"], true, "a bound is exclusive");
        let until = json!({"type": "tenant", "ranges": [{"until": tenant["id"], "rows": {}}]});
        let found = app.post("/v1/sync/compare", until).send().await.expect(200);
        assert_eq!((&found["equal"], &found["differences"][0]["problem"]), (&json!(false), &json!("missing")));
    }
}
