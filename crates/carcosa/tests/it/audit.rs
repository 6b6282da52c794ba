//! Refusals, exports, retention, and who sees what of the audit trail.

use std::time::Duration;

use axum::http::Method;
use carcosa::capabilities::log::{denials, export, retention, verify};
use carcosa_kernel::log::{Denial, Entry};
use carcosa_kernel::secrets::KeyHash;
use carcosa_kernel::{System, SystemTask};
use carcosa_testkit::{TestApp, both_databases};
use carcosa_types::event::OPERATOR_SIGN_IN_FAILED;
use carcosa_types::event_data::OperatorSignInFailed;
use serde_json::{Value, json};

const DAY: Duration = Duration::from_secs(24 * 3600);

/// Writes what was counted and puts it in order; how many entries it was.
async fn flush(app: &TestApp) -> u64 {
    let written = denials::flush(&app.kernel).await.unwrap();
    app.sequence().await;
    written
}

/// What the audit trail shows, newest first.
async fn audit(app: &TestApp, key: &str, path: &str) -> Vec<Value> {
    let (mut all, mut after) = (Vec::new(), String::new());
    loop {
        let separator = if path.contains('?') { '&' } else { '?' };
        let page = app.bare(Method::GET, &format!("{path}{separator}limit=100{after}")).key(key).send().await;
        let page = page.expect(200);
        all.extend(page["data"].as_array().cloned().unwrap());
        if page["page"]["has_more"] != true {
            return all;
        }
        after = format!("&after={}", page["page"]["after"].as_str().unwrap());
    }
}

async fn denied(app: &TestApp) -> Vec<Value> {
    audit(app, app.secret(), "/v1/audit?action=access.denied").await
}

async fn problems(app: &TestApp) -> Vec<String> {
    let report = verify::database(&app.kernel, app.project()).await.unwrap();
    report.problems.into_iter().map(|problem| problem.detail).collect()
}

async fn problems_of_file(app: &TestApp) -> Vec<String> {
    let mut file = Vec::new();
    export::write(&app.kernel, app.project(), &mut file).await.unwrap();
    let report = export::check(file.as_slice(), None).unwrap().report;
    report.problems.into_iter().map(|problem| problem.detail).collect()
}

fn failed(count: usize) -> OperatorSignInFailed {
    OperatorSignInFailed { count: count.try_into().unwrap(), known: false }
}

/// Entries of the project's own stream, by the console.
pub(crate) async fn many(app: &TestApp, count: usize) {
    let system = System::new(&app.kernel, SystemTask::Console);
    for start in (0..count).step_by(500) {
        let mut write = system.write_project(app.project()).await.unwrap();
        let mut receipt = None;
        for n in start..count.min(start + 500) {
            let entry = Entry::new(OPERATOR_SIGN_IN_FAILED, app.project(), &failed(n)).unwrap();
            receipt = Some(write.record(entry));
        }
        write.commit(receipt.unwrap(), ()).await.unwrap();
    }
    app.sequence().await;
}

fn lines(body: &[u8]) -> Vec<Value> {
    String::from_utf8(body.to_vec())
        .unwrap()
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

async fn keep_for(app: &TestApp, days: u32) {
    let body = json!({ "settings": { "audit_retention_days": days } });
    app.patch("/v1/project", body).send().await.expect(200);
    app.sequence().await;
}

/// Prunes until there is nothing to prune: the record of the first time lets the project's own last entry go, too.
async fn prune(app: &TestApp) -> u64 {
    let mut all = 0;
    loop {
        match retention::prune(&app.kernel).await.unwrap().entries {
            0 => return all,
            some => all += some,
        }
        app.sequence().await;
    }
}

both_databases! {
    async fn a_flood_of_refusals_becomes_few_entries(app: TestApp) {
        let tenant = app.tenant("Acme").await;
        let id = tenant["id"].as_str().unwrap();
        let weak = app.key_with(&["key:read"]).await;
        app.sequence().await;
        app.hear().await;
        let before = app.events().await.len();
        for n in 0..5_000 {
            let call = match n % 5 {
                0 => app.bare(Method::GET, &format!("/v1/tenants/{id}")),
                1 => app.bare(Method::POST, "/v1/tenants").json(json!({"name": "x"})),
                _ => app.bare(Method::GET, "/v1/tenants").header("user-agent", "flooder"),
            };
            call.key(&weak).send().await.problem(403, "permission_denied");
        }
        assert_eq!(app.events().await.len(), before, "a refusal writes nothing by itself");
        assert_eq!(flush(&app).await, 3);
        assert_eq!(flush(&app).await, 0);
        let found = denied(&app).await;
        assert_eq!(found.len(), 3);
        let of = |permission: &str, in_tenant: bool| {
            let fits = |entry: &&Value| entry["details"]["permission"] == permission && entry["tenant_id"].is_string() == in_tenant;
            found.iter().find(fits).unwrap()
        };
        let (listed, created, read) = (of("tenant:read", false), of("tenant:create", false), of("tenant:read", true));
        assert_eq!((&listed["details"]["count"], &created["details"]["count"], &read["details"]["count"]), (&json!(3000), &json!(1000), &json!(1000)));
        assert_eq!((&read["tenant_id"], &read["target"]["id"]), (&tenant["id"], &tenant["id"]));
        assert_eq!((&listed["details"]["code"], &listed["actor"]["kind"], &listed["actor"]["name"]), (&json!("permission_denied"), &json!("api_key"), &json!("test")));
        assert_eq!((&listed["user_agent"], &listed["target"]["kind"]), (&json!("flooder"), &json!("project")));
        assert!(listed["details"]["first_at"].as_str() < listed["details"]["last_at"].as_str());
        let by_actor = audit(&app, app.secret(), &format!("/v1/audit?actor_id={}", listed["actor"]["id"].as_str().unwrap())).await;
        assert_eq!(by_actor.len(), 3);
        assert_eq!(problems(&app).await, Vec::<String>::new());
    }

    async fn a_tenant_that_is_not_there_is_not_noted(app: TestApp) {
        let (own, other) = (app.tenant("Own").await, app.tenant("Other").await);
        let (own, other) = (own["id"].as_str().unwrap(), other["id"].as_str().unwrap());
        let (_, foreign) = app.another_project("Foreign").await;
        let strong = app.tenant_key(own, &["*"]).await;
        for (key, id) in [(&strong, other), (&foreign, own), (&app.secret().to_owned(), "slug:nobody")] {
            app.bare(Method::GET, &format!("/v1/tenants/{id}")).key(key).send().await.problem(404, "tenant_not_found");
        }
        assert_eq!(flush(&app).await, 0);

        // A permission is refused before the tenant is looked for: that stays with those who may know of it.
        let weak = app.tenant_key(own, &["organization:read"]).await;
        app.bare(Method::GET, &format!("/v1/tenants/{other}")).key(&weak).send().await.problem(403, "permission_denied");
        let made = app.bare(Method::POST, "/v1/keys").key(&foreign).json(json!({"name": "weak", "scopes": ["key:read"]}));
        let stranger = made.send().await.expect(201)["secret"].as_str().unwrap().to_owned();
        app.bare(Method::GET, &format!("/v1/tenants/{own}")).key(&stranger).send().await.problem(403, "permission_denied");
        assert_eq!(flush(&app).await, 2);
        let found = denied(&app).await;
        assert_eq!((found.len(), &found[0]["tenant_id"]), (1, &json!(own)));
        let abroad = audit(&app, &foreign, "/v1/audit?action=access.denied").await;
        assert_eq!((abroad.len(), &abroad[0]["tenant_id"]), (1, &Value::Null));
    }

    async fn a_suspended_tenant_s_key_is_noted_in_its_stream(app: TestApp) {
        let tenant = app.tenant("Acme").await;
        let id = tenant["id"].as_str().unwrap();
        let key = app.tenant_key(id, &["*"]).await;
        app.post(&format!("/v1/tenants/{id}/suspend"), json!({})).send().await.expect(200);
        app.bare(Method::GET, &format!("/v1/tenants/{id}")).key(&key).send().await.problem(403, "tenant_suspended");
        assert_eq!(flush(&app).await, 1);
        let found = denied(&app).await;
        assert_eq!((&found[0]["details"]["code"], &found[0]["tenant_id"]), (&json!("tenant_suspended"), &json!(id)));
    }

    async fn nothing_is_written_into_the_stream_of_a_purged_tenant(app: TestApp) {
        app.patch("/v1/project", json!({"settings": {"retention_days": 0}})).send().await.expect(200);
        let tenant = app.tenant("Acme").await;
        let weak = app.key_with(&["key:read"]).await;
        app.bare(Method::GET, &format!("/v1/tenants/{}", tenant["id"].as_str().unwrap())).key(&weak).send().await.problem(403, "permission_denied");
        app.delete("/v1/tenants/slug:acme").send().await.expect(200);
        assert_eq!(app.run_jobs().await, 1);
        assert_eq!(flush(&app).await, 1);
        assert_eq!(denied(&app).await[0]["tenant_id"], Value::Null);
        assert_eq!(problems(&app).await, Vec::<String>::new());
    }

    async fn failed_sign_ins_are_counted(app: TestApp) {
        for n in 0..100 {
            let denial = Denial::SignInFailed { project: app.project(), account: KeyHash::from([n % 2; 32]), ip: "10.0.0.1".parse().ok() };
            app.kernel.denials().note(app.kernel.now(), denial);
        }
        assert_eq!(flush(&app).await, 2);
        let found = audit(&app, app.secret(), "/v1/audit?action=sign_in.failed").await;
        assert_eq!((&found[0]["details"]["count"], &found[0]["details"]["ip"], &found[0]["actor"]["kind"]), (&json!(50), &json!("10.0.0.1"), &json!("system")));
        assert_ne!(found[0]["details"]["account"], found[1]["details"]["account"]);
    }

    async fn an_export_is_what_the_list_shows(app: TestApp) {
        let tenant = app.tenant("Acme").await;
        app.tenant("Other").await;
        app.patch("/v1/tenants/slug:acme", json!({"name": "Apex, \"the\" best"})).send().await.expect(200);
        app.post("/v1/tenants/slug:acme/suspend", json!({"reason": "two\nlines"})).send().await.expect(200);
        app.sequence().await;
        let id = tenant["id"].as_str().unwrap();
        for filter in ["?", "?action=tenant.*", &format!("?tenant_id={id}"), "?actor_kind=api_key&action=tenant.updated", "?action=tenant.purged"] {
            let mut expected = audit(&app, app.secret(), &format!("/v1/audit{filter}")).await;
            expected.reverse();
            let exported = app.get(&format!("/v1/audit/export{filter}&format=ndjson")).send().await;
            assert_eq!((exported.status.as_u16(), exported.header("content-type")), (200, "application/x-ndjson"));
            assert_eq!(exported.header("content-disposition"), format!("attachment; filename=\"audit-{}.ndjson\"", app.project()));
            assert_eq!(lines(&exported.bytes), expected, "{filter}");
            let file = app.get(&format!("/v1/audit/export{filter}&format=csv")).send().await;
            assert_eq!(file.header("content-type"), "text/csv; charset=utf-8; header=present");
            let mut reader = csv::Reader::from_reader(file.bytes.as_slice());
            let columns = reader.headers().unwrap().clone();
            let rows: Vec<csv::StringRecord> = reader.records().map(Result::unwrap).collect();
            assert_eq!(rows.len(), expected.len(), "{filter}");
            for (row, entry) in rows.iter().zip(&expected) {
                let cell = |name: &str| &row[columns.iter().position(|column| column == name).unwrap()];
                for name in ["position", "created_at", "action", "sequence", "id", "hash"] {
                    assert_eq!(cell(name), entry[name].as_str().unwrap());
                }
                assert_eq!(cell("reason"), entry["reason"].as_str().unwrap_or_default());
                assert_eq!(cell("actor_id"), entry["actor"]["id"].as_str().unwrap_or_default());
                assert_eq!(serde_json::from_str::<Value>(cell("changes")).unwrap(), entry["changes"]);
            }
        }
        app.sequence().await;
        let recorded = audit(&app, app.secret(), "/v1/audit?action=audit.exported").await;
        assert_eq!(recorded.len(), 10);
        assert_eq!(recorded[0]["details"], json!({"format": "csv", "action": "tenant.purged"}));

        for bad in ["format=xml", "action=x", "actor_id=x", "from=x", "limit=3"] {
            app.get(&format!("/v1/audit/export?{bad}")).send().await.problem(422, "validation_failed");
        }
        app.get("/v1/audit/export?tenant_id=slug:nobody").send().await.problem(404, "tenant_not_found");
        let reader = app.key_with(&["audit:read"]).await;
        app.bare(Method::GET, "/v1/audit/export").key(&reader).send().await.problem(403, "permission_denied");
        app.sequence().await;
        assert_eq!(audit(&app, app.secret(), "/v1/audit?action=audit.exported").await.len(), 10, "what is refused is not recorded");
    }

    async fn no_cell_is_a_formula(app: TestApp) {
        app.tenant("Acme").await;
        let made = app.post("/v1/keys", json!({"name": "@SUM(1+1)"})).send().await.expect(201);
        let suspend = app.post("/v1/tenants/slug:acme/suspend", json!({"reason": "=cmd|' /C calc'!A0"}));
        suspend.key(made["secret"].as_str().unwrap()).header("user-agent", "+1").send().await.expect(200);
        app.sequence().await;
        let file = app.get("/v1/audit/export?format=csv").send().await;
        let mut reader = csv::Reader::from_reader(file.bytes.as_slice());
        let mut found = Vec::new();
        for row in reader.records().map(Result::unwrap) {
            for cell in &row {
                assert!(!cell.starts_with(['=', '+', '-', '@', '\t', '\r']), "{cell}");
                found.push(cell.to_owned());
            }
        }
        for cell in ["'=cmd|' /C calc'!A0", "'@SUM(1+1)", "'+1"] {
            assert!(found.iter().any(|other| other == cell), "{cell}");
        }
    }

    async fn a_long_export_is_whole(app: TestApp) {
        many(&app, 3_000).await;
        let last = app.events().await.len();
        let exported = app.get("/v1/audit/export").send().await;
        let positions: Vec<String> = lines(&exported.bytes).iter().map(|entry| entry["position"].as_str().unwrap().to_owned()).collect();
        assert!(last > 3_000);
        // The record of the export comes after its beginning, and is not in it.
        assert_eq!(positions, (1..=last).map(|n| n.to_string()).collect::<Vec<_>>());
    }

    async fn actors_are_found_by_kind_and_id(app: TestApp) {
        app.tenant("Acme").await;
        many(&app, 2).await;
        let by_console = audit(&app, app.secret(), "/v1/audit?actor_kind=cli&action=operator.sign_in_failed").await;
        assert_eq!((by_console.len(), &by_console[0]["actor"]), (2, &json!({"kind": "cli", "id": null, "name": null})));
        let by_key = audit(&app, app.secret(), "/v1/audit?actor_kind=api_key").await;
        assert_eq!((by_key.len(), &by_key[0]["action"]), (1, &json!("tenant.created")));
        for none in ["actor_kind=user", "actor_kind=operator&action=tenant.*", "actor_kind=cli&action=tenant.*"] {
            assert_eq!(audit(&app, app.secret(), &format!("/v1/audit?{none}")).await, Vec::<Value>::new(), "{none}");
        }
        let uuid = "01h455vb4pex5vsknk084sn02q";
        for prefix in ["key", "opr", "usr"] {
            assert!(audit(&app, app.secret(), &format!("/v1/audit?actor_id={prefix}_{uuid}")).await.is_empty());
        }
        for bad in [format!("actor_id=ten_{uuid}"), "actor_id=cli".into(), "actor_kind=robot".into(), "actor_kind=".into()] {
            app.get(&format!("/v1/audit?{bad}")).send().await.problem(422, "validation_failed");
        }
    }

    async fn a_tenant_sees_its_own_stream_alone(app: TestApp) {
        let (own, other) = (app.tenant("Own").await, app.tenant("Other").await);
        let (own, other) = (own["id"].as_str().unwrap(), other["id"].as_str().unwrap());
        let key = app.tenant_key(own, &["*"]).await;
        let create = app.bare(Method::POST, &format!("/v1/tenants/{own}/organizations")).key(&key);
        create.header("user-agent", "own tool").json(json!({"name": "Sales"})).send().await.expect(201);
        app.patch(&format!("/v1/tenants/{own}"), json!({"name": "Owned"})).header("user-agent", "staff tool").send().await.expect(200);
        app.patch(&format!("/v1/tenants/{other}"), json!({"name": "Secret"})).send().await.expect(200);
        app.sequence().await;
        let path = format!("/v1/tenants/{own}/audit");
        let seen = audit(&app, &key, &path).await;
        let actions: Vec<_> = seen.iter().map(|entry| entry["action"].as_str().unwrap()).collect();
        assert_eq!(actions, ["tenant.updated", "organization.created", "key.created", "tenant.created"]);
        assert!(seen.iter().all(|entry| entry["tenant_id"] == own));
        assert!(!Value::from(seen.clone()).to_string().contains("Secret"));
        let (staff, ours) = (&seen[0], &seen[1]);
        assert_eq!((&staff["actor"], &staff["user_agent"], &staff["request_id"]), (&json!({"kind": "api_key", "id": null, "name": "Bootstrap"}), &Value::Null, &Value::Null));
        assert_eq!((&ours["user_agent"], &ours["actor"]["name"]), (&json!("own tool"), &json!("test")));
        assert!(ours["actor"]["id"].is_string() && ours["request_id"].is_string());
        assert_eq!(audit(&app, app.secret(), &path).await, seen, "whoever asks sees what the tenant sees");

        assert_eq!(audit(&app, &key, &format!("{path}?action=organization.*")).await.len(), 1);
        assert_eq!(audit(&app, &key, &format!("{path}?target_id={other}")).await.len(), 0);
        let page = app.bare(Method::GET, &format!("{path}?limit=1")).key(&key).send().await.expect(200);
        let after = page["page"]["after"].as_str().unwrap();
        let next = app.bare(Method::GET, &format!("{path}?limit=1&after={after}")).key(&key).send().await.expect(200);
        assert_eq!(next["data"][0], seen[1]);
        app.get(&format!("/v1/tenants/{other}/audit?limit=1&after={after}")).send().await.problem(400, "invalid_cursor");
        app.bare(Method::GET, &format!("/v1/tenants/{other}/audit")).key(&key).send().await.problem(404, "tenant_not_found");
        app.bare(Method::GET, &format!("{path}?tenant_id={other}")).key(&key).send().await.problem(422, "validation_failed");
        let weak = app.tenant_key(own, &["tenant:read"]).await;
        app.bare(Method::GET, &path).key(&weak).send().await.problem(403, "permission_denied");
    }

    async fn retention_removes_what_is_older_and_the_rest_verifies(app: TestApp) {
        keep_for(&app, 0).await;
        app.tenant("Acme").await;
        app.tenant("Quiet").await;
        for tenant in ["acme", "quiet"] {
            app.patch(&format!("/v1/tenants/slug:{tenant}"), json!({"description": "x"})).send().await.expect(200);
        }
        app.sequence().await;
        let first = app.get("/v1/events?limit=1").send().await.expect(200);
        let first = first["page"]["after"].as_str().unwrap();
        app.clock.advance(DAY * 30);
        assert_eq!(prune(&app).await, 0, "0 keeps for good");
        keep_for(&app, 31).await;
        assert_eq!(prune(&app).await, 0, "nothing is that old");
        app.get(&format!("/v1/events?after={first}")).send().await.expect(200);
        app.patch("/v1/tenants/slug:acme", json!({"description": "y"})).send().await.expect(200);
        app.clock.advance(DAY * 2);
        app.patch("/v1/tenants/slug:acme", json!({"description": "z"})).send().await.expect(200);
        app.sequence().await;
        let all = app.events().await.len() as u64;
        let removed = prune(&app).await;
        assert!(removed >= 4, "{removed}");

        let report = verify::database(&app.kernel, app.project()).await.unwrap();
        assert_eq!((report.problems, report.pruned), (vec![], i64::try_from(removed).unwrap()));
        assert_eq!(problems_of_file(&app).await, Vec::<String>::new());
        let of = async |slug: &str| audit(&app, app.secret(), &format!("/v1/audit?tenant_id=slug:{slug}")).await;
        let acme = of("acme").await;
        assert_eq!(acme.iter().map(|entry| entry["sequence"].as_str().unwrap()).collect::<Vec<_>>(), ["4", "3"]);
        let quiet = of("quiet").await;
        assert_eq!((quiet.len(), &quiet[0]["sequence"]), (1, &json!("2")), "the last entry stays, however old");
        let told = audit(&app, app.secret(), "/v1/audit?action=audit.pruned").await;
        let sum: u64 = told.iter().map(|entry| entry["details"]["entries"].as_u64().unwrap()).sum();
        assert_eq!((sum, &told[0]["actor"]["kind"]), (removed, &json!("system")));

        let problem = app.get(&format!("/v1/events?after={first}")).send().await.problem(410, "cursor_expired");
        let oldest = problem["allowed"][0].as_str().unwrap();
        let from_oldest = app.get(&format!("/v1/events?limit=100&after={oldest}")).send().await.expect(200);
        let from_start = app.get("/v1/events?limit=100").send().await.expect(200);
        assert_eq!(from_oldest["data"], from_start["data"]);
        let positions: Vec<u64> = from_start["data"].as_array().unwrap().iter().map(|event| event["position"].as_str().unwrap().parse().unwrap()).collect();
        let begin = told[0]["details"]["first_position"].as_u64().unwrap();
        let end = all + told.len() as u64;
        assert_eq!(positions, (begin..=end).collect::<Vec<_>>(), "from there on nothing is missing");
        // What goes on, goes on.
        app.tenant("New").await;
        app.patch("/v1/tenants/slug:quiet", json!({"description": "y"})).send().await.expect(200);
        app.sequence().await;
        assert_eq!(problems(&app).await, Vec::<String>::new());
        for (days, status) in [(3650, 200), (3651, 422), (-1, 422)] {
            let body = json!({"settings": {"audit_retention_days": days}});
            assert_eq!(app.patch("/v1/project", body).send().await.status.as_u16(), status, "{days}");
        }
    }

    async fn retention_takes_much_in_steps(app: TestApp) {
        keep_for(&app, 1).await;
        many(&app, 10_500).await;
        app.clock.advance(DAY * 2);
        let first = retention::prune(&app.kernel).await.unwrap();
        assert_eq!((first.entries, first.more), (10_000, true));
        app.sequence().await;
        assert_eq!(problems(&app).await, Vec::<String>::new());
        let second = retention::prune(&app.kernel).await.unwrap();
        assert!(!second.more && second.entries > 490, "{second:?}");
        app.sequence().await;
        assert_eq!(problems(&app).await, Vec::<String>::new());
        assert_eq!(problems_of_file(&app).await, Vec::<String>::new());
        assert_eq!(audit(&app, app.secret(), "/v1/audit?action=audit.pruned").await.len(), 11);
    }

    async fn an_erased_stream_is_pruned_too(app: TestApp) {
        app.patch("/v1/project", json!({"settings": {"retention_days": 0, "audit_retention_days": 1}})).send().await.expect(200);
        app.tenant("Acme").await;
        app.delete("/v1/tenants/slug:acme").send().await.expect(200);
        assert_eq!(app.run_jobs().await, 1);
        app.sequence().await;
        app.clock.advance(DAY * 2);
        assert!(prune(&app).await > 0);
        assert_eq!(problems(&app).await, Vec::<String>::new());
        assert_eq!(problems_of_file(&app).await, Vec::<String>::new());
    }

    async fn whoever_removes_one_more_entry_is_found_out(app: TestApp) {
        keep_for(&app, 1).await;
        app.tenant("Acme").await;
        app.clock.advance(DAY * 2);
        for text in ["a", "b", "c"] {
            app.patch("/v1/tenants/slug:acme", json!({"description": text})).send().await.expect(200);
        }
        app.sequence().await;
        prune(&app).await;
        assert_eq!(problems(&app).await, Vec::<String>::new());
        let of_acme = "tenant_id IS NOT NULL AND first_seq > 1";
        // The cut is moved with care, and the entry before it taken away.
        app.database().execute(&format!(
            "UPDATE log_heads SET first_seq = first_seq + 1, first_hash = (SELECT e.hash FROM log_entries e WHERE e.project_id = log_heads.project_id
                AND e.stream_id = log_heads.stream_id AND e.seq = log_heads.first_seq) WHERE {of_acme}"
        )).await;
        assert!(!problems(&app).await.is_empty());
        app.database().execute("DELETE FROM log_entries WHERE EXISTS (SELECT 1 FROM log_heads h WHERE h.project_id = log_entries.project_id
            AND h.stream_id = log_entries.stream_id AND log_entries.seq < h.first_seq)").await;
        for found in [problems(&app).await, problems_of_file(&app).await] {
            assert!(found.iter().any(|detail| detail.contains("it was not retention that cut it")), "{found:?}");
        }
        // Retention does not cover it up.
        app.clock.advance(DAY * 2);
        prune(&app).await;
        assert!(problems(&app).await.iter().any(|detail| detail.contains("it was not retention that cut it")));
    }

    async fn an_entry_removed_at_the_cut_is_missed(app: TestApp) {
        keep_for(&app, 1).await;
        app.tenant("Acme").await;
        app.clock.advance(DAY * 2);
        for text in ["a", "b"] {
            app.patch("/v1/tenants/slug:acme", json!({"description": text})).send().await.expect(200);
        }
        app.sequence().await;
        prune(&app).await;
        assert_eq!(problems(&app).await, Vec::<String>::new());
        app.database().execute("DELETE FROM log_entries WHERE EXISTS (SELECT 1 FROM log_heads h WHERE h.project_id = log_entries.project_id
            AND h.stream_id = log_entries.stream_id AND h.tenant_id IS NOT NULL AND h.first_seq > 1 AND log_entries.seq = h.first_seq)").await;
        assert!(problems(&app).await.len() >= 2, "the stream and the order both miss it");
        assert!(!problems_of_file(&app).await.is_empty());
    }

    async fn retention_leaves_alone_what_was_tampered_with(app: TestApp) {
        keep_for(&app, 1).await;
        app.tenant("Acme").await;
        app.patch("/v1/tenants/slug:acme", json!({"description": "x"})).send().await.expect(200);
        app.sequence().await;
        app.database().execute("UPDATE log_entries SET body = replace(body, 'Acme', 'Evil') WHERE type = 'tenant.created'").await;
        app.clock.advance(DAY * 2);
        prune(&app).await;
        assert_eq!(audit(&app, app.secret(), "/v1/audit?tenant_id=slug:acme").await.len(), 2);
        assert!(!problems(&app).await.is_empty());
    }

    async fn two_nodes_prune_at_once(app: TestApp) {
        keep_for(&app, 1).await;
        for n in 0..20 {
            let tenant = app.tenant(&format!("t{n}")).await;
            app.patch(&format!("/v1/tenants/{}", tenant["id"].as_str().unwrap()), json!({"description": "x"})).send().await.expect(200);
        }
        app.sequence().await;
        app.clock.advance(DAY * 2);
        let other = app.another_node().await;
        let (one, two) = tokio::join!(retention::prune(&app.kernel), retention::prune(&other.kernel));
        assert!(one.unwrap().entries + two.unwrap().entries >= 20);
        app.sequence().await;
        assert_eq!(problems(&app).await, Vec::<String>::new());
    }
}
