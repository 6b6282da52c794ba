//! Sync: copies made by snapshots, kept by changes, compared by digests.

mod changes;
mod clients;
mod compare;
mod snapshots;

use std::collections::BTreeMap;
use std::time::Duration;

use carcosa_testkit::{Backend, LineStream, TestApp};
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
