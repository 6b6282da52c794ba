//! The feed, the audit trail, and whether they can be trusted.

use carcosa::capabilities::log::{export, verify};
use carcosa_testkit::{TestApp, both_databases};
use serde_json::{Value, json};

fn types(events: &[Value]) -> Vec<&str> {
    events.iter().map(|event| event["type"].as_str().unwrap()).collect()
}

async fn problems(app: &TestApp) -> Vec<String> {
    let report = verify::database(&app.kernel, app.project()).await.unwrap();
    report.problems.into_iter().map(|problem| problem.detail).collect()
}

async fn exported(app: &TestApp) -> String {
    let mut file = Vec::new();
    export::write(&app.kernel, app.project(), &mut file).await.unwrap();
    String::from_utf8(file).unwrap()
}

both_databases! {
    async fn every_change_is_an_event_and_an_audit_entry(app: TestApp) {
        let tenant = app.tenant("Acme").await;
        app.patch("/v1/tenants/slug:acme", json!({"name": "Apex"})).header("user-agent", "tester").send().await.expect(200);
        app.post("/v1/tenants/slug:acme/suspend", json!({"reason": "unpaid"})).header("x-request-id", "r-1").send().await.expect(200);
        let events = app.events().await;
        assert_eq!(types(&events), ["project.created", "key.created", "tenant.created", "tenant.updated", "tenant.suspended"]);
        let created = &events[2];
        assert_eq!((&created["specversion"], &created["datacontenttype"]), (&json!("1.0"), &json!("application/json")));
        assert_eq!((&created["subject"], &created["tenantid"], &created["sequence"]), (&tenant["id"], &tenant["id"], &json!("1")));
        assert_eq!(created["data"], tenant);
        assert_eq!(created["source"], format!("/projects/{}", app.project()));
        assert_eq!(created["actor"], json!(app.made.api_key.id));
        let positions: Vec<_> = events.iter().map(|event| event["position"].as_str().unwrap()).collect();
        assert_eq!(positions, ["1", "2", "3", "4", "5"]);

        let audit = app.get("/v1/audit").send().await.expect(200);
        let entries = audit["data"].as_array().unwrap();
        assert_eq!(entries.len(), 5);
        let (suspended, updated) = (&entries[0], &entries[1]);
        assert_eq!((&suspended["action"], &suspended["reason"], &suspended["request_id"]), (&json!("tenant.suspended"), &json!("unpaid"), &json!("r-1")));
        assert_eq!(suspended["changes"]["status"], json!({"before": "active", "after": "suspended"}));
        assert_eq!(updated["changes"], json!({"name": {"before": "Acme", "after": "Apex"}}));
        assert_eq!((&updated["user_agent"], &updated["target"]["id"], &updated["erased"]), (&json!("tester"), &tenant["id"], &json!(false)));
        assert_eq!(updated["actor"], json!({"kind": "api_key", "id": app.made.api_key.id, "name": "Bootstrap"}));
        assert_eq!(updated["id"], events[3]["id"]);
    }

    async fn what_is_refused_leaves_no_trace(app: TestApp) {
        app.tenant("Acme").await;
        let before = app.events().await.len();
        app.post("/v1/tenants", json!({"name": "x", "slug": "acme"})).send().await.problem(409, "slug_taken");
        app.post("/v1/tenants/slug:acme/restore", json!({})).send().await.problem(409, "invalid_transition");
        app.patch("/v1/tenants/slug:acme", json!({})).send().await.expect(200);
        app.get("/v1/tenants").send().await.expect(200);
        assert_eq!(app.events().await.len(), before);
    }

    async fn the_feed_is_read_by_pages_and_never_ends(app: TestApp) {
        for n in 0..5 {
            app.tenant(&format!("t{n}")).await;
        }
        app.sequence().await;
        let first = app.get("/v1/events?limit=4").send().await.expect(200);
        assert_eq!((first["data"].as_array().unwrap().len(), &first["page"]["has_more"]), (4, &json!(true)));
        let after = first["page"]["after"].as_str().unwrap();
        let second = app.get(&format!("/v1/events?limit=4&after={after}")).send().await.expect(200);
        assert_eq!((second["data"][0]["position"].as_str(), &second["page"]["has_more"]), (Some("5"), &json!(false)));
        let end = second["page"]["after"].as_str().unwrap();
        let empty = app.get(&format!("/v1/events?after={end}")).send().await.expect(200);
        assert_eq!((&empty["data"], &empty["page"]["after"]), (&json!([]), &json!(end)));
        app.tenant("late").await;
        let unordered = app.get(&format!("/v1/events?after={end}")).send().await.expect(200);
        assert_eq!(unordered["data"], json!([]), "an entry is shown once it has its place");
        app.sequence().await;
        let late = app.get(&format!("/v1/events?types=tenant.created&after={end}")).send().await.expect(200);
        assert_eq!(late["data"][0]["data"]["name"], "late");
        let rare = app.get("/v1/events?types=tenant.purged").send().await.expect(200);
        let on = rare["page"]["after"].as_str().unwrap();
        assert_eq!(app.get(&format!("/v1/events?after={on}")).send().await.expect(200)["data"], json!([]), "a filter that finds nothing moves on");
        app.get("/v1/events?after=nonsense").send().await.problem(400, "invalid_cursor");
        app.get("/v1/events?before=x").send().await.problem(422, "validation_failed");
    }

    async fn filters(app: TestApp) {
        let tenant = app.tenant("Acme").await;
        app.tenant("Other").await;
        app.post("/v1/keys", json!({"name": "x"})).send().await.expect(201);
        app.clock.advance(std::time::Duration::from_secs(60));
        let noon = app.kernel.now().to_string();
        app.patch("/v1/tenants/slug:acme", json!({"name": "Apex"})).send().await.expect(200);
        app.sequence().await;
        let id = tenant["id"].as_str().unwrap();
        let by = app.made.api_key.id.to_string();
        for (path, expected) in [
            ("/v1/events?types=tenant.*".to_owned(), 3), ("/v1/events?types=key.created,tenant.updated".to_owned(), 3),
            (format!("/v1/events?tenant_id={id}"), 2), ("/v1/events?tenant_id=slug:acme".to_owned(), 2),
            ("/v1/audit?action=tenant.created".to_owned(), 2), (format!("/v1/audit?target_id={id}"), 2),
            (format!("/v1/audit?actor_id={by}"), 4), (format!("/v1/audit?from={noon}"), 1), (format!("/v1/audit?to={noon}&action=tenant.*"), 2),
            ("/v1/audit?tenant_id=ten_01h455vb4pex5vsknk084sn02q".to_owned(), 0),
        ] {
            let page = app.get(&path).send().await.expect(200);
            assert_eq!(page["data"].as_array().unwrap().len(), expected, "{path}");
        }
        for path in ["/v1/events?types=x", "/v1/audit?action=tenant", "/v1/audit?actor_id=x", "/v1/audit?target_id=x", "/v1/audit?from=x"] {
            app.get(path).send().await.problem(422, "validation_failed");
        }
        let problem = app.get("/v1/events?tenant_id=slug:nobody").send().await.problem(404, "tenant_not_found");
        assert_eq!(problem["errors"][0]["parameter"], "tenant_id");
        let (_, foreign) = app.another_project("Other").await;
        let page = app.get(&format!("/v1/audit?tenant_id={id}")).key(&foreign).send().await.expect(200);
        assert_eq!(page["data"], json!([]));
    }

    async fn the_audit_trail_both_ways(app: TestApp) {
        for n in 0..5 {
            app.tenant(&format!("t{n}")).await;
        }
        app.sequence().await;
        let first = app.get("/v1/audit?limit=3").send().await.expect(200);
        let after = first["page"]["after"].as_str().unwrap();
        let second = app.get(&format!("/v1/audit?limit=3&after={after}")).send().await.expect(200);
        assert_eq!(second["data"][0]["position"], "4");
        let before = second["page"]["before"].as_str().unwrap();
        let back = app.get(&format!("/v1/audit?limit=3&before={before}")).send().await.expect(200);
        assert_eq!(back["data"], first["data"]);
        app.get(&format!("/v1/audit?action=tenant.*&after={after}")).send().await.problem(400, "invalid_cursor");
    }

    async fn a_whole_log_verifies(app: TestApp) {
        for n in 0..30 {
            app.tenant(&format!("t{n}")).await;
        }
        app.sequence().await;
        let report = verify::database(&app.kernel, app.project()).await.unwrap();
        assert_eq!((report.streams, report.entries, report.problems), (31, 32, vec![]));
    }

    async fn whoever_changes_the_log_is_found_out(app: TestApp) {
        app.tenant("Acme").await;
        app.patch("/v1/tenants/slug:acme", json!({"name": "Apex"})).send().await.expect(200);
        app.sequence().await;
        assert_eq!(problems(&app).await, Vec::<String>::new());
        for (change, back) in [
            ("UPDATE log_entries SET type = 'tenant.deleted' WHERE type = 'tenant.updated'", "UPDATE log_entries SET type = 'tenant.updated' WHERE type = 'tenant.deleted'"),
            ("UPDATE log_entries SET body = replace(body, 'Apex', 'Evil')", "UPDATE log_entries SET body = replace(body, 'Evil', 'Apex')"),
            ("UPDATE log_entries SET actor_kind = 'cli' WHERE actor_kind = 'api_key'", "UPDATE log_entries SET actor_kind = 'api_key' WHERE actor_kind = 'cli' AND tenant_id IS NOT NULL"),
            ("UPDATE log_positions SET position = position + 1", "UPDATE log_positions SET position = position - 1"),
            ("UPDATE log_entries SET position = 0 WHERE position = 1", "UPDATE log_entries SET position = 1 WHERE position = 0"),
            ("UPDATE log_entries SET position = 2000 WHERE position = 1", "UPDATE log_entries SET position = 1 WHERE position = 2000"),
            ("UPDATE log_heads SET seq = seq + 1", "UPDATE log_heads SET seq = seq - 1"),
        ] {
            app.database().execute(change).await;
            assert!(!problems(&app).await.is_empty(), "{change}");
            app.database().execute(back).await;
            assert_eq!(problems(&app).await, Vec::<String>::new(), "{back}");
        }
        app.database().execute("UPDATE log_entries SET body = NULL, body_salt = NULL WHERE type = 'tenant.updated'").await;
        assert_eq!(problems(&app).await, ["bodies are gone, and no record says that they were erased"]);
        app.database().execute("DELETE FROM log_entries WHERE type = 'tenant.updated'").await;
        assert!(problems(&app).await.len() >= 2, "the stream and the order both miss it");
    }

    async fn an_exported_file_is_checked_without_a_database(app: TestApp) {
        app.tenant("Acme").await;
        app.patch("/v1/tenants/slug:acme", json!({"name": "Apex"})).send().await.expect(200);
        app.sequence().await;
        let file = exported(&app).await;
        let whole = export::check(file.as_bytes(), None).unwrap();
        assert_eq!((whole.report.entries, whole.report.problems), (4, vec![]));
        let key = whole.public_key.unwrap();
        assert!(export::check(file.as_bytes(), Some(&key)).unwrap().report.problems.is_empty());
        assert!(!export::check(file.as_bytes(), Some("another")).unwrap().report.problems.is_empty());

        let lines: Vec<&str> = file.lines().collect();
        let mut broken = vec![
            file.replace("Apex", "Evil"), file.replace("tenant.updated", "tenant.deleted"), lines[..lines.len() - 1].join("\n"),
            lines[..lines.len() - 2].join("\n"), format!("{file}{}\n", lines[1]), file.replace("\"seq\":2", "\"seq\":3"),
        ];
        for drop in 1..lines.len() {
            let mut fewer = lines.clone();
            fewer.remove(drop);
            broken.push(fewer.join("\n"));
        }
        for swap in 1..lines.len() - 2 {
            let mut swapped = lines.clone();
            swapped.swap(swap, swap + 1);
            broken.push(swapped.join("\n"));
        }
        for text in broken {
            let found = export::check(text.as_bytes(), Some(&key)).unwrap();
            assert!(!found.report.problems.is_empty(), "{text}");
        }
        assert!(export::check(&b"nonsense"[..], None).is_err());
    }

    async fn an_erased_stream_still_verifies(app: TestApp) {
        app.patch("/v1/project", json!({"settings": {"retention_days": 0}})).send().await.expect(200);
        app.tenant("Acme").await;
        app.delete("/v1/tenants/slug:acme").send().await.expect(200);
        app.run_jobs().await;
        app.sequence().await;
        let report = verify::database(&app.kernel, app.project()).await.unwrap();
        assert_eq!((report.erased, report.problems), (2, vec![]));
        assert!(export::check(exported(&app).await.as_bytes(), None).unwrap().report.problems.is_empty());
        let audit = app.get("/v1/audit?action=tenant.created").send().await.expect(200);
        assert_eq!((&audit["data"][0]["erased"], &audit["data"][0]["changes"]), (&json!(true), &json!({})));
    }
}
