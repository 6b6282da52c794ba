//! Snapshots, and copies that follow from them.

use std::io::Read;
use std::sync::atomic::{AtomicBool, Ordering};

use axum::http::Method;
use carcosa_testkit::{SNAPSHOTS_PER_HOUR, TestApp, both_databases};
use flate2::read::GzDecoder;
use serde_json::{Value, json};

use super::{Copy, TYPES, die, id, live, member, user};

both_databases! {
    async fn a_copy_follows_everything(app: TestApp) {
        let mut early = Copy::snapshot(&app).await;
        live(&app).await;
        let mut middle = Copy::snapshot(&app).await;
        assert!(TYPES.iter().all(|kind| !middle.versions(kind).is_empty()), "{:?}", middle.rows.keys());
        let tenant = &middle.rows[&("tenant".to_owned(), id(&app.get("/v1/tenants/slug:alpha").send().await.expect(200)).to_owned())];
        assert_eq!((&tenant["name"], &tenant["counts"]), (&json!("Alpha"), &Value::Null));
        let shown = app.get("/v1/tenants/slug:alpha").send().await.expect(200);
        for (name, value) in tenant.as_object().unwrap() {
            assert_eq!(&shown[name], value, "{name}");
        }
        die(&app).await;
        app.sequence().await;
        let late = Copy::snapshot(&app).await;
        assert_eq!(middle.versions("tenant").len(), late.versions("tenant").len() + 1, "one was purged");
        for limit in [1000, 7, 1] {
            let mut copy = early.clone();
            let pages = copy.follow(&app, limit).await;
            assert!((pages == 1) == (limit == 1000), "{pages}");
            assert_eq!(copy.rows, late.rows);
        }
        early.follow(&app, 100).await;
        middle.follow(&app, 100).await;
        assert_eq!(middle.rows, late.rows);
        assert_eq!(early.rows, late.rows);
        // From anywhere before, also twice.
        let first = app.get("/v1/sync/changes?limit=1000").send().await.expect(200);
        middle.apply(&first);
        assert_eq!(middle.rows, late.rows);
        for kind in TYPES {
            assert_eq!(middle.repair(&app, kind).await, (1, 0), "{kind}");
        }
    }

    async fn a_snapshot_is_of_one_moment_though_everything_changes_meanwhile(app: TestApp) {
        live(&app).await;
        let mut copy = Copy::default();
        let mut lines = app.get("/v1/sync/snapshot").lines().await;
        // The server waits after the first pieces: what follows happens in the middle.
        while copy.take(&lines.next().await.unwrap()).as_deref() != Some("snapshot_chunk") {}
        let gamma = app.tenant("Gamma").await;
        app.patch("/v1/tenants/slug:alpha", json!({"plan": "silver"})).send().await.expect(200);
        app.sequence().await;
        let dora = user(&app, "dora").await;
        member(&app, &gamma, &dora).await;
        die(&app).await;
        copy.finish(&mut lines).await;
        assert_eq!(copy.rows, Copy::snapshot(&app).await.rows);
        copy.follow(&app, 100).await;
        assert_eq!(copy.rows, Copy::snapshot(&app).await.rows);
    }

    async fn writers_and_snapshots_together(app: TestApp) {
        let parent = app.tenant("Parent").await;
        for n in 0..10 {
            let body = json!({"name": format!("Child {n}"), "parent_id": parent["id"]});
            app.post("/v1/tenants", body).send().await.expect(201);
        }
        let done = AtomicBool::new(false);
        // Each change of the parent's plan changes its children in the same transaction.
        let writing = async {
            for n in 0..40 {
                let body = json!({"plan": format!("plan-{n}"), "inheritance": {"plan": "lock"}});
                app.patch("/v1/tenants/slug:parent", body).send().await.expect(200);
                if n % 3 == 0 {
                    app.sequence().await;
                }
            }
            done.store(true, Ordering::Relaxed);
        };
        let reading = async {
            let mut plans_seen = std::collections::BTreeSet::new();
            for _ in 0..SNAPSHOTS_PER_HOUR {
                if done.load(Ordering::Relaxed) {
                    break;
                }
                let copy = Copy::snapshot(&app).await;
                let plans: std::collections::BTreeSet<String> = copy
                    .rows
                    .values()
                    .filter(|row| row["object"] == "tenant")
                    .map(|row| row["plan"].as_str().unwrap().to_owned())
                    .collect();
                assert_eq!(plans.len(), 1, "of one moment: {plans:?}");
                plans_seen.extend(plans);
            }
            plans_seen
        };
        let ((), seen) = tokio::join!(writing, reading);
        assert!(seen.len() > 1, "{seen:?}");
    }

    async fn a_copy_without_tenants_loses_what_a_purged_one_had(app: TestApp) {
        live(&app).await;
        app.sequence().await;
        let mut people = Copy::default();
        let mut lines = app.get("/v1/sync/snapshot?types=membership,organization,role").lines().await;
        // Sent, and purged before or after the end.
        while people.versions("role").len() < 2 || people.versions("organization").is_empty() {
            people.take(&lines.next().await.unwrap());
        }
        let mut before = Copy::default();
        before.finish(&mut app.get("/v1/sync/snapshot?types=membership,organization,role").lines().await).await;
        die(&app).await;
        people.finish(&mut lines).await;
        app.sequence().await;
        for copy in [&mut people, &mut before] {
            let path = format!("/v1/sync/changes?types=membership,organization,role&limit=1000&since={}", copy.cursor);
            copy.apply(&app.get(&path).send().await.expect(200));
        }
        let mut now = Copy::default();
        now.finish(&mut app.get("/v1/sync/snapshot?types=membership,organization,role").lines().await).await;
        assert_eq!(people.rows.keys().collect::<Vec<_>>(), now.rows.keys().collect::<Vec<_>>());
        assert_eq!(before.rows.keys().collect::<Vec<_>>(), now.rows.keys().collect::<Vec<_>>());
        assert_eq!((&people.rows, &before.rows), (&now.rows, &now.rows));
    }

    async fn a_snapshot_that_was_cut_off_goes_on(app: TestApp) {
        live(&app).await;
        let mut lines = app.get("/v1/sync/snapshot").lines().await;
        let mut copy = Copy::default();
        let mut chunks = 0;
        let resume = loop {
            let line = lines.next().await.unwrap();
            if copy.take(&line).as_deref() == Some("snapshot_chunk") {
                chunks += 1;
                if chunks == 2 {
                    break line["resume"].as_str().unwrap().to_owned();
                }
            }
        };
        drop(lines);
        die(&app).await;
        let mut lines = app.get(&format!("/v1/sync/snapshot?resume={resume}")).lines().await;
        copy.finish(&mut lines).await;
        assert_eq!(copy.rows, Copy::snapshot(&app).await.rows);
        let (_, foreign) = app.another_project("Other").await;
        app.get(&format!("/v1/sync/snapshot?types=tenant&resume={resume}")).send().await.problem(400, "invalid_cursor");
        app.bare(Method::GET, &format!("/v1/sync/snapshot?resume={resume}")).key(&foreign).send().await.problem(400, "invalid_cursor");
        let changes = format!("/v1/sync/changes?since={}", copy.cursor);
        app.bare(Method::GET, &changes).key(&foreign).send().await.problem(400, "invalid_cursor");
        app.bare(Method::GET, &format!("/v1/events?after={}", copy.cursor)).key(&foreign).send().await.problem(400, "invalid_cursor");
        app.get("/v1/sync/snapshot?resume=nonsense").send().await.problem(400, "invalid_cursor");
        app.get("/v1/sync/snapshot?types=tenant,key").send().await.problem(422, "validation_failed");
        let mut theirs = Copy::default();
        theirs.finish(&mut app.bare(Method::GET, "/v1/sync/snapshot").key(&foreign).lines().await).await;
        assert!(theirs.rows.is_empty(), "nothing of another project");
    }

    async fn a_snapshot_is_compressed_on_request(app: TestApp) {
        live(&app).await;
        let plain = app.get("/v1/sync/snapshot?types=tenant,user").send().await;
        assert_eq!((plain.header("content-encoding"), plain.header("vary")), ("", "accept-encoding"));
        let packed = app.get("/v1/sync/snapshot?types=user,tenant").header("accept-encoding", "br, gzip;q=0.8").send().await;
        assert_eq!(packed.header("content-encoding"), "gzip");
        let mut text = String::new();
        GzDecoder::new(packed.bytes.as_slice()).read_to_string(&mut text).unwrap();
        let objects = |text: &str| -> Vec<Value> {
            let lines = text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
            lines.filter(|line| !line["object"].as_str().unwrap().starts_with("snapshot_")).collect()
        };
        let found = objects(&text);
        assert_eq!(found, objects(std::str::from_utf8(&plain.bytes).unwrap()));
        assert!(found.iter().any(|line| line["object"] == "user") && found.iter().all(|line| line["object"] != "role"));
        let refused = app.get("/v1/sync/snapshot").header("accept-encoding", "gzip;q=0").send().await;
        assert_eq!(refused.header("content-encoding"), "");
    }
}
