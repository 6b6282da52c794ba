//! Changes, by cursor and by time.

use std::time::{Duration, Instant};

use carcosa_kernel::clock::Clock;
use carcosa_testkit::{TestApp, both_databases};
use serde_json::{Value, json};

use super::{Copy, user};

both_databases! {
    async fn a_cursor_of_a_future_that_was_undone_is_refused(app: TestApp) {
        app.tenant("Acme").await;
        app.sequence().await;
        let cursor = Copy::snapshot(&app).await.cursor;
        // As after a backup was put back.
        app.database().execute("UPDATE log_positions SET position = position - 1").await;
        for path in ["/v1/sync/changes?since=", "/v1/events?after="] {
            app.get(&format!("{path}{cursor}")).send().await.problem(410, "cursor_expired");
        }
    }

    async fn changes_are_once_and_current(app: TestApp) {
        app.sequence().await;
        let start = Copy::snapshot(&app).await.cursor;
        let acme = app.tenant("Acme").await;
        for n in 0..5 {
            app.patch("/v1/tenants/slug:acme", json!({"description": format!("{n}")})).send().await.expect(200);
        }
        app.tenant("Other").await;
        app.sequence().await;
        let path = format!("/v1/sync/changes?since={start}");
        let page = app.get(&path).send().await.expect(200);
        let changes = page["data"].as_array().unwrap();
        assert_eq!((changes.len(), &changes[0]["id"], &changes[0]["data"]["description"]), (2, &acme["id"], &json!("4")));
        let none = app.get(&format!("{path}&types=user,membership")).send().await.expect(200);
        assert_eq!((&none["data"], &none["page"]["after"], &none["page"]["has_more"]), (&json!([]), &page["page"]["after"], &json!(false)));
        let feed = app.get(&format!("/v1/events?after={start}")).send().await.expect(200);
        assert_eq!(feed["data"].as_array().unwrap().len(), 7, "the cursor is the feed's");
        for bad in ["since=nonsense", "last_synced=yesterday", "last_synced=2099-01-01T00:00:00Z", "types=tenants", "limit=0", "limit=1001", "wait=26"] {
            let answer = app.get(&format!("/v1/sync/changes?{bad}")).send().await;
            assert!([400, 422].contains(&answer.status.as_u16()), "{bad}");
        }
        let both = format!("{path}&last_synced=2026-01-01T00:00:00Z");
        app.get(&both).send().await.problem(422, "validation_failed");
    }

    async fn a_page_looks_only_so_far_for_what_is_rare(app: TestApp) {
        app.sequence().await;
        let mut copy = Copy::snapshot(&app).await;
        let role = json!({"key": "clerk", "name": "Clerk", "permissions": ["tenant:read"]});
        app.post("/v1/roles", role).send().await.expect(201);
        app.sequence().await;
        // As if fifty thousand events lay in between.
        for statement in [
            "UPDATE log_entries SET position = position + 50000 WHERE position = (SELECT max(position) FROM log_entries)",
            "UPDATE log_positions SET position = position + 50000 WHERE position > 0",
        ] {
            app.database().execute(statement).await;
        }
        let first = app.get(&format!("/v1/sync/changes?types=role&since={}", copy.cursor)).send().await.expect(200);
        assert_eq!((&first["data"], &first["page"]["has_more"]), (&json!([]), &json!(true)));
        assert_eq!(copy.follow(&app, 100).await, 3, "twenty thousand at a time");
        assert_eq!(copy.versions("role").len(), 1);
    }

    async fn changes_since_a_time(app: TestApp) {
        app.tenant("First").await;
        app.clock.advance(Duration::from_hours(1));
        let time = app.tenant("Second").await["created_at"].as_str().unwrap().to_owned();
        app.clock.advance(Duration::from_hours(1));
        app.tenant("Third").await;
        app.sequence().await;
        let names = async |time: &str| -> Vec<String> {
            let page = app.get(&format!("/v1/sync/changes?types=tenant&last_synced={time}")).send().await.expect(200);
            page["data"].as_array().unwrap().iter().map(|one| one["data"]["name"].as_str().unwrap().to_owned()).collect()
        };
        assert_eq!(names(&time).await, ["Second", "Third"]);
        assert_eq!(names("2000-01-01T00:00:00Z").await, ["First", "Second", "Third"]);
        let now = app.clock.now().to_string();
        assert_eq!(names(&now).await, ["Third"], "what was committed late may have an earlier time");
        app.clock.advance(Duration::from_mins(6));
        assert!(names(&app.clock.now().to_string()).await.is_empty());
    }

    async fn whoever_waits_hears_of_a_change_at_once(app: TestApp) {
        let copy = Copy::snapshot(&app).await;
        let path = format!("/v1/sync/changes?wait=20&types=tenant&since={}", copy.cursor);
        let (begun, waiting) = (Instant::now(), app.get(&path).send());
        let doing = async {
            tokio::time::sleep(Duration::from_millis(100)).await;
            user(&app, "ann").await;
            app.sequence().await;
            app.hear().await;
            app.tenant("Acme").await;
            app.sequence().await;
            app.hear().await;
        };
        let (page, ()) = tokio::join!(waiting, doing);
        assert_eq!(page.expect(200)["data"][0]["data"]["name"], "Acme");
        assert!(begun.elapsed() < Duration::from_secs(15));
    }

    async fn what_retention_removed_is_asked_for_anew(app: TestApp) {
        let copy = Copy::snapshot(&app).await;
        let mut lines = app.get("/v1/sync/snapshot").lines().await;
        let resume = loop {
            let line = lines.next().await.unwrap();
            if line["object"] == "snapshot_chunk" {
                break line["resume"].as_str().unwrap().to_owned();
            }
        };
        app.patch("/v1/project", json!({"settings": {"audit_retention_days": 1}})).send().await.expect(200);
        for name in ["One", "Two", "Three"] {
            app.tenant(name).await;
            app.patch(&format!("/v1/tenants/slug:{}", name.to_lowercase()), json!({"plan": "gold"})).send().await.expect(200);
        }
        app.sequence().await;
        app.clock.advance(Duration::from_hours(72));
        app.tenant("Four").await;
        app.sequence().await;
        carcosa::capabilities::log::retention::prune(&app.kernel).await.unwrap();
        let gone = app.get(&format!("/v1/sync/changes?since={}", copy.cursor)).send().await.problem(410, "cursor_expired");
        assert_eq!(gone["allowed"], Value::Null, "going on from the oldest event would miss what was removed");
        app.get("/v1/sync/changes").send().await.problem(410, "cursor_expired");
        app.get("/v1/sync/changes?last_synced=2000-01-01T00:00:00Z").send().await.problem(410, "cursor_expired");
        app.get(&format!("/v1/sync/snapshot?resume={resume}")).send().await.problem(410, "cursor_expired");
        let body = json!({"type": "tenant", "since": copy.cursor, "ranges": [{"rows": {}}]});
        app.post("/v1/sync/compare", body).send().await.problem(410, "cursor_expired");
        assert_eq!(Copy::snapshot(&app).await.versions("tenant").len(), 4);
    }
}
