//! Sync: copies made by snapshots, kept by changes, compared by digests.

use std::collections::BTreeMap;
use std::io::Read;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use axum::http::Method;
use carcosa::capabilities::sync::service;
use carcosa_kernel::clock::Clock;
use carcosa_kernel::{System, SystemTask};
use carcosa_testkit::{Backend, LineStream, SNAPSHOTS_PER_HOUR, TestApp, both_databases};
use flate2::read::GzDecoder;
use ring::digest::{SHA256, digest};
use serde_json::{Value, json};

const TYPES: [&str; 5] = ["tenant", "user", "role", "organization", "membership"];

/// A copy as an application keeps it: rows by type and id, written and removed as the documentation says.
#[derive(Debug, Default, Clone, PartialEq)]
struct Copy {
    rows: BTreeMap<(String, String), Value>,
    cursor: String,
}

impl Copy {
    fn remove(&mut self, kind: &str, id: &str) {
        self.rows.remove(&(kind.to_owned(), id.to_owned()));
        if kind == "tenant" {
            self.rows.retain(|_, row| row["tenant_id"] != id);
        }
    }

    /// Takes a line of a snapshot; the mark, when it is one.
    fn take(&mut self, line: &Value) -> Option<String> {
        let object = line["object"].as_str().unwrap();
        match object {
            "deleted" => self.remove(line["type"].as_str().unwrap(), line["id"].as_str().unwrap()),
            "snapshot_end" => line["cursor"].as_str().unwrap().clone_into(&mut self.cursor),
            mark if mark.starts_with("snapshot_") => {}
            kind => drop(
                self.rows.insert((kind.to_owned(), line["id"].as_str().unwrap().to_owned()), line.clone()),
            ),
        }
        object.starts_with("snapshot_").then(|| object.to_owned())
    }

    async fn finish(&mut self, lines: &mut LineStream) {
        let mut last = String::new();
        while let Some(line) = lines.next().await {
            last = self.take(&line).unwrap_or_default();
        }
        assert_eq!(last, "snapshot_end", "the end comes last");
    }

    async fn snapshot(app: &TestApp) -> Self {
        let mut copy = Self::default();
        copy.finish(&mut app.get("/v1/sync/snapshot").lines().await).await;
        copy
    }

    fn apply(&mut self, page: &Value) {
        for change in page["data"].as_array().unwrap() {
            let (kind, id) = (change["type"].as_str().unwrap(), change["id"].as_str().unwrap());
            match change["operation"].as_str().unwrap() {
                "upsert" => drop(self.rows.insert((kind.to_owned(), id.to_owned()), change["data"].clone())),
                "delete" => self.remove(kind, id),
                other => panic!("{other}"),
            }
        }
    }

    /// Follows the changes to their end; how many pages it took.
    async fn follow(&mut self, app: &TestApp, limit: u32) -> usize {
        app.sequence().await;
        let mut pages = 0;
        loop {
            let path = format!("/v1/sync/changes?limit={limit}&since={}", self.cursor);
            let page = app.get(&path).send().await.expect(200);
            self.apply(&page);
            page["page"]["after"].as_str().unwrap().clone_into(&mut self.cursor);
            pages += 1;
            if page["page"]["has_more"] == false {
                return pages;
            }
        }
    }

    fn versions(&self, kind: &str) -> BTreeMap<String, i64> {
        let own = self.rows.iter().filter(|((one, _), _)| one == kind);
        own.map(|((_, id), row)| (id.clone(), row["version"].as_i64().unwrap())).collect()
    }

    /// Compares all of a type as the documentation says, and repairs; how many requests it took, and how many rows were wrong.
    async fn repair(&mut self, app: &TestApp, kind: &str) -> (usize, usize) {
        let (mut requests, mut wrong) = (0, 0);
        let all = |copy: &Self| vec![range(&copy.versions(kind), &Value::Null, &Value::Null, false)];
        let mut ranges = all(self);
        while !ranges.is_empty() {
            assert!(requests < 100, "it goes round in circles");
            let rest = ranges.split_off(ranges.len().min(8));
            let body = json!({"type": kind, "since": self.cursor, "ranges": ranges});
            let answer = app.post("/v1/sync/compare", body).send().await.expect(200);
            requests += 1;
            wrong += answer["differences"].as_array().unwrap().len();
            self.apply(&json!({"data": answer["differences"]}));
            if answer["has_more"] == true {
                ranges = all(self);
                continue;
            }
            let own = self.versions(kind);
            ranges = rest;
            for part in answer["ranges"].as_array().unwrap() {
                if range(&own, &part["after"], &part["until"], false)["digest"] != part["digest"] {
                    ranges.extend(again(&own, part));
                }
            }
        }
        (requests, wrong)
    }
}

/// What to send of a part that differs: rows where the server has few, cut at one's own ids where one has more; else a digest.
fn again(own: &BTreeMap<String, i64>, part: &Value) -> Vec<Value> {
    if part["count"].as_i64().unwrap() > 1000 {
        return vec![range(own, &part["after"], &part["until"], false)];
    }
    let inside = range(own, &part["after"], &part["until"], true)["rows"].as_object().unwrap().clone();
    let ids: Vec<&String> = inside.keys().collect();
    let (mut cuts, mut after) = (Vec::new(), part["after"].clone());
    for some in ids.chunks(1000) {
        let until = if some.last() == ids.last() { part["until"].clone() } else { json!(some.last()) };
        cuts.push(range(own, &after, &until, true));
        after = until;
    }
    if ids.is_empty() {
        cuts.push(range(own, &after, &part["until"], true));
    }
    cuts
}

/// What a copy has in a range: digest or rows.
fn range(versions: &BTreeMap<String, i64>, after: &Value, until: &Value, rows: bool) -> Value {
    let inside = |id: &str| {
        after.as_str().is_none_or(|after| id > after) && until.as_str().is_none_or(|until| id <= until)
    };
    let own: BTreeMap<&String, &i64> = versions.iter().filter(|(id, _)| inside(id)).collect();
    let mut sent = json!({"after": after, "until": until});
    if rows {
        sent["rows"] = json!(own);
    } else {
        let mut xor = [0_u8; 32];
        for (id, version) in &own {
            let row = digest(&SHA256, format!("{id}:{version}").as_bytes());
            xor.iter_mut().zip(row.as_ref()).for_each(|(byte, other)| *byte ^= other);
        }
        let text: String = xor.iter().map(|byte| format!("{byte:02x}")).collect();
        (sent["count"], sent["digest"]) = (json!(own.len()), json!(text));
    }
    sent
}

fn id(of: &Value) -> &str {
    of["id"].as_str().unwrap()
}

async fn user(app: &TestApp, name: &str) -> Value {
    app.post("/v1/users", json!({"email": format!("{name}@example.com")})).send().await.expect(201)
}

async fn member(app: &TestApp, tenant: &Value, user: &Value) -> Value {
    let body = json!({"user_id": user["id"], "role": "owner"});
    app.post(&format!("/v1/tenants/{}/members", id(tenant)), body).send().await.expect(201)
}

/// Users made by the database itself.
async fn many_users(app: &TestApp, count: usize) {
    let (series, uuid, now) = match app.database().backend() {
        Backend::Sqlite => (
            format!("WITH RECURSIVE s (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < {count})"),
            "randomblob(16)",
            "1700000000000000",
        ),
        Backend::Postgres => {
            (format!("WITH s (n) AS (SELECT generate_series(1, {count}))"), "gen_random_uuid()", "now()")
        }
    };
    app.database()
        .execute(&format!(
            "{series} INSERT INTO users (project_id, id, email, email_normal, status, metadata, created_at, updated_at, version)
             SELECT p.id, {uuid}, 'u' || n || '@example.com', 'u' || n || '@example.com', 'active', '{{}}', {now}, {now}, n % 5 + 1
             FROM s, projects p"
        ))
        .await;
}

/// Does something of everything that is synced.
async fn live(app: &TestApp) {
    let (a, b) = (app.tenant("Alpha").await, app.tenant("Beta").await);
    let (ann, bob) = (user(app, "ann").await, user(app, "bob").await);
    member(app, &a, &ann).await;
    let second = member(app, &a, &bob).await;
    member(app, &b, &bob).await;
    let at = |tenant: &Value, rest: &str| format!("/v1/tenants/{}{rest}", id(tenant));
    let sales = app.post(&at(&a, "/organizations"), json!({"name": "Sales"})).send().await.expect(201);
    let lab = app.post(&at(&a, "/organizations"), json!({"name": "Lab"})).send().await.expect(201);
    let limited = json!({"organization_id": sales["id"], "role": "viewer"});
    app.patch(&at(&a, &format!("/members/{}", id(&second))), limited).send().await.expect(200);
    app.delete(&at(&a, &format!("/organizations/{}", id(&lab)))).send().await.expect(204);
    let role = json!({"key": "clerk", "name": "Clerk", "permissions": ["tenant:read"]});
    let clerk = app.post("/v1/roles", role.clone()).send().await.expect(201);
    app.post(&at(&b, "/roles"), json!({"key": "own_clerk", "name": "Clerk", "permissions": ["tenant:read"]}))
        .send()
        .await
        .expect(201);
    app.patch(&format!("/v1/roles/{}", id(&clerk)), json!({"name": "Chief clerk"})).send().await.expect(200);
    app.patch(&at(&b, ""), json!({"parent_id": a["id"]})).send().await.expect(200);
    app.patch(&at(&a, ""), json!({"plan": "gold", "inheritance": {"plan": "lock"}})).send().await.expect(200);
    app.post(&at(&b, "/suspend"), json!({"reason": "unpaid"})).send().await.expect(200);
    app.patch(&format!("/v1/users/{}", id(&ann)), json!({"name": "Ann"})).send().await.expect(200);
}

/// Takes away some of what [`live`] made.
async fn die(app: &TestApp) {
    let bob = app.get("/v1/users?email=bob@example.com").send().await.expect(200)["data"][0].take();
    let beta = app.get("/v1/tenants/slug:beta").send().await.expect(200);
    let carol = user(app, "carol").await;
    app.post("/v1/tenants/slug:beta/reactivate", json!({})).send().await;
    app.post("/v1/tenants/slug:beta/activate", json!({})).send().await;
    member(app, &beta, &carol).await;
    app.delete(&format!("/v1/users/{}", id(&bob))).send().await.expect(204);
    app.delete("/v1/tenants/slug:beta").send().await.expect(200);
    app.clock.advance(Duration::from_hours(24 * 365));
    app.run_jobs().await;
    app.get(&format!("/v1/tenants/{}", id(&beta))).send().await.expect(404);
}

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
