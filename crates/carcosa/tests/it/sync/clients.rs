//! Who keeps copies, how they fare, and how often they may ask.

use std::time::Duration;

use axum::http::Method;
use carcosa::capabilities::sync::service;
use carcosa_kernel::{System, SystemTask};
use carcosa_testkit::{SNAPSHOTS_PER_HOUR, TestApp, both_databases};
use serde_json::{Value, json};

use super::{Copy, id};

both_databases! {
    async fn clients_show_how_they_fare(app: TestApp) {
        let made = app.post("/v1/sync/clients", json!({"name": "Shop", "types": ["membership", "tenant"], "silent_after_seconds": 60})).send().await.expect(201);
        assert_eq!((&made["types"], &made["health"]["status"]), (&json!(["tenant", "membership"]), &json!("registered")));
        let at = format!("/v1/sync/clients/{}", id(&made));
        let say = async |body: Value| app.post(&format!("{at}/reports"), body).send().await.expect(200)["health"].take();
        let running = say(json!({"kind": "snapshot", "outcome": "running", "objects": 10, "total": 40})).await;
        assert_eq!((&running["status"], &running["progress"]), (&json!("running"), &json!({"kind": "snapshot", "objects": 10, "total": 40})));
        assert_eq!((&running["lag"], &running["success_rate_24h"]), (&Value::Null, &Value::Null));
        let cursor = Copy::snapshot(&app).await.cursor;
        // What is not in the log's order yet is not behind.
        app.sequence().await;
        let cursor_now = Copy::snapshot(&app).await.cursor;
        let done = say(json!({"kind": "snapshot", "outcome": "succeeded", "cursor": cursor_now, "objects": 40, "duration_ms": 900})).await;
        assert_eq!((&done["status"], &done["lag"], &done["progress"]), (&json!("current"), &json!({"events": 0, "seconds": 0}), &Value::Null));
        app.tenant("Acme").await;
        app.sequence().await;
        app.clock.advance(Duration::from_secs(30));
        let behind = app.get(&at).send().await.expect(200)["health"].take();
        assert_eq!((&behind["status"], &behind["lag"]), (&json!("behind"), &json!({"events": 1, "seconds": 30})));
        for (n, outcome) in ["succeeded", "failed", "succeeded"].iter().enumerate() {
            let mut body = json!({"kind": "changes", "outcome": outcome, "duration_ms": 10 * (n + 1)});
            if *outcome == "failed" {
                body["error"] = json!("the database is away");
            }
            let health = say(body).await;
            assert_eq!(health["status"], if *outcome == "failed" { "failing" } else { "behind" });
        }
        let health = say(json!({"kind": "compare", "outcome": "succeeded", "differences": 3, "cursor": cursor})).await;
        assert_eq!((&health["succeeded_24h"], &health["failed_24h"], &health["success_rate_24h"]), (&json!(4), &json!(1), &json!(0.8)));
        assert_eq!((&health["differences"], &health["last_error"]), (&json!(3), &json!("the database is away")));
        assert_eq!(health["durations"]["changes"], json!({"last": 30, "p50": 10, "p95": 30}));
        let failed = app.get(&format!("{at}/reports?outcome=failed")).send().await.expect(200);
        assert_eq!((failed["data"].as_array().unwrap().len(), &failed["data"][0]["error"]), (1, &json!("the database is away")));
        assert_eq!(app.get(&format!("{at}/reports")).send().await.expect(200)["data"].as_array().unwrap().len(), 5, "what runs is not kept");
        app.clock.advance(Duration::from_secs(61));
        assert_eq!(app.get(&at).send().await.expect(200)["health"]["status"], "silent");
        app.clock.advance(Duration::from_hours(24));
        assert_eq!(app.get(&at).send().await.expect(200)["health"]["success_rate_24h"], Value::Null);
        let events = app.events().await;
        assert_eq!(events.iter().filter(|event| event["type"].as_str().unwrap().starts_with("sync_client.")).count(), 1, "reports are not recorded");
        let system = System::new(&app.kernel, SystemTask::Jobs);
        let kept = async || app.get(&format!("{at}/reports")).send().await.expect(200)["data"].as_array().unwrap().len();
        app.clock.advance(Duration::from_hours(24 * 28));
        assert!(!service::sweep(&system).await.unwrap());
        assert_eq!(kept().await, 5, "for thirty days");
        app.clock.advance(Duration::from_hours(24));
        assert!(!service::sweep(&system).await.unwrap());
        assert_eq!(kept().await, 0);
    }

    async fn clients_are_registered_once_and_by_name(app: TestApp) {
        let made = app.post("/v1/sync/clients", json!({"name": "Shop"})).send().await.expect(201);
        assert_eq!(made["types"].as_array().unwrap().len(), 5);
        app.post("/v1/sync/clients", json!({"name": "Shop"})).send().await.problem(409, "sync_client_name_taken");
        let other = app.post("/v1/sync/clients", json!({"name": "Desk"})).send().await.expect(201);
        let at = format!("/v1/sync/clients/{}", id(&other));
        app.patch(&at, json!({"name": "Shop"})).send().await.problem(409, "sync_client_name_taken");
        let changed = app.patch(&at, json!({"name": "Desk 2", "description": "x"})).header("if-match", "\"1\"").send().await.expect(200);
        assert_eq!((&changed["version"], &changed["name"]), (&json!(2), &json!("Desk 2")));
        app.patch(&at, json!({"name": "y"})).header("if-match", "\"1\"").send().await.problem(412, "version_mismatch");
        assert_eq!(app.patch(&at, json!({"description": "x"})).send().await.expect(200)["version"], 2);
        for bad in [json!({}), json!({"name": ""}), json!({"name": "a\nb"}), json!({"name": "x", "types": []}), json!({"name": "x", "types": ["tenant", "tenant"]}),
            json!({"name": "x", "silent_after_seconds": 9}), json!({"name": "x".repeat(101)})] {
            app.post("/v1/sync/clients", bad).send().await.problem(422, "validation_failed");
        }
        for bad in [json!({"kind": "snapshot", "outcome": "succeeded", "error": "x"}), json!({"kind": "changes", "outcome": "succeeded", "differences": 1}),
            json!({"kind": "changes", "outcome": "failed", "total": 1}), json!({"kind": "changes", "outcome": "failed", "objects": -1})] {
            app.post(&format!("{at}/reports"), bad).send().await.problem(422, "validation_failed");
        }
        app.post(&format!("{at}/reports"), json!({"kind": "changes", "outcome": "succeeded", "cursor": "x"})).send().await.problem(400, "invalid_cursor");
        let (_, foreign) = app.another_project("Other").await;
        app.bare(Method::GET, &at).key(&foreign).send().await.problem(404, "not_found");
        app.bare(Method::POST, &format!("{at}/reports")).key(&foreign).json(json!({"kind": "changes", "outcome": "succeeded"})).send().await.problem(404, "not_found");
        app.delete(&at).send().await.expect(204);
        app.get(&at).send().await.problem(404, "not_found");
        for n in 0..99 {
            app.post("/v1/sync/clients", json!({"name": format!("c{n}")})).send().await.expect(201);
        }
        app.post("/v1/sync/clients", json!({"name": "one more"})).send().await.problem(409, "too_many_sync_clients");
    }

    async fn snapshots_are_limited(app: TestApp) {
        for _ in 0..SNAPSHOTS_PER_HOUR {
            app.get("/v1/sync/snapshot").send().await.expect(200);
        }
        let refused = app.get("/v1/sync/snapshot").send().await;
        let seconds: u64 = refused.header("retry-after").parse().unwrap();
        refused.problem(429, "sync_rate_limited");
        let (_, other) = app.another_project("Other").await;
        app.bare(Method::GET, "/v1/sync/snapshot").key(&other).send().await.expect(200);
        app.clock.advance(Duration::from_secs(seconds));
        app.get("/v1/sync/snapshot").send().await.expect(200);
    }
}
