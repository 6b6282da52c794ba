//! Tenants are made, moved and deleted, and the program is killed: what is counted is what is there, and what the log tells.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use carcosa_testkit::{Backend, TestDatabase};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use super::World;
use crate::program::Program;

const KILLS: u64 = 8;
const WRITERS: u64 = 4;

impl World {
    /// Makes tenants, and changes all that is counted of them.
    async fn make_move_and_delete(&self) {
        while !self.stop.load(Ordering::SeqCst) {
            let number = self.next.fetch_add(1, Ordering::SeqCst);
            let plan = |number: u64| format!("plan-{}", number % 3);
            let trunk = self.make(number, "trunk", json!({ "plan": plan(number) })).await;
            let child = self.make(number, "child", json!({ "parent_id": trunk, "kind": "individual" })).await;
            // Reaches the child, which moves out of it then.
            self.patch(&trunk, json!({ "plan": plan(number + 1) })).await;
            self.patch(&child, json!({ "kind": "organization", "parent_id": null })).await;
            for (tenant, act) in [(&trunk, "suspend"), (&child, "archive"), (&child, "restore")] {
                let path = format!("/v1/tenants/{tenant}/{act}");
                self.post_until_answered(&path, &format!("{act}-{number}"), &json!({})).await;
            }
            self.delete(&trunk).await;
            if number.is_multiple_of(2) {
                let path = format!("/v1/tenants/{trunk}/restore");
                self.post_until_answered(&path, &format!("undelete-{number}"), &json!({})).await;
            }
        }
    }

    async fn make(&self, number: u64, what: &str, mut body: Value) -> String {
        body["name"] = format!("{what} {number}").into();
        let made = self.post_until_answered("/v1/tenants", &format!("{what}-{number}"), &body).await;
        made["id"].as_str().unwrap().to_owned()
    }

    async fn patch(&self, tenant: &str, body: Value) {
        self.until_answered(|| self.call(Method::PATCH, &format!("/v1/tenants/{tenant}")).json(&body)).await;
    }

    async fn delete(&self, tenant: &str) {
        loop {
            let call = self.call(Method::DELETE, &format!("/v1/tenants/{tenant}")).send().await;
            // A conflict when it was done before the answer was lost.
            if call.is_ok_and(|answer| [StatusCode::OK, StatusCode::CONFLICT].contains(&answer.status())) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    async fn get(&self, path: &str) -> Value {
        self.call(Method::GET, path).send().await.unwrap().json().await.unwrap()
    }
}

/// Numbers by name, without those of which there are none.
type Counts = BTreeMap<String, i64>;

fn add(counts: &mut Counts, name: &str, number: i64) {
    let count = counts.entry(name.to_owned()).or_default();
    *count += number;
    if *count == 0 {
        counts.remove(name);
    }
}

/// The members of an object.
fn counts(of: &Value) -> Counts {
    let mut all = Counts::new();
    of.as_object().unwrap().iter().for_each(|(name, count)| add(&mut all, name, count.as_i64().unwrap()));
    all
}

/// Rows of a table by a column.
async fn rows(program: &Program, table: &str, column: &str, narrowed: &str) -> Counts {
    let query = format!("SELECT {column} || ' ' || count(*) FROM {table} WHERE {narrowed} GROUP BY {column}");
    let rows = program.database.texts(&query).await;
    rows.iter()
        .map(|row| row.rsplit_once(' ').unwrap())
        .map(|(name, count)| (name.to_owned(), count.parse().unwrap()))
        .collect()
}

/// What is counted equals what a full count says, added up or not.
async fn check(program: &Program, world: &World) {
    let there = async |column, narrowed| rows(program, "tenants", column, narrowed).await;
    let stats = world.get("/v1/tenants/stats").await;
    assert_eq!(counts(&stats["by_status"]), there("status", "1 = 1").await);
    assert_eq!(counts(&stats["by_plan"]), there("plan", "status <> 'deleted'").await);
    assert_eq!(counts(&stats["by_kind"]), there("kind", "status <> 'deleted'").await);
    let not_deleted: i64 = there("kind", "status <> 'deleted'").await.values().sum();
    assert_eq!((&stats["total"], &stats["created"]["last_24h"]), (&json!(not_deleted), &json!(not_deleted)));

    let history = world.get("/v1/tenants/stats/history?days=2").await;
    let days = history["data"].as_array().unwrap();
    assert_eq!(counts(&days[1]["by_status"]), counts(&stats["by_status"]));
    assert_eq!(
        (counts(&days[1]["by_plan"]), &days[1]["total"]),
        (counts(&stats["by_plan"]), &stats["total"])
    );
    let told = rows(program, "log_entries", "type", "type LIKE 'tenant.%'").await;
    for name in ["created", "suspended", "archived", "deleted"] {
        let counted: i64 = days.iter().map(|day| day[name].as_i64().unwrap()).sum();
        assert_eq!(Some(&counted), told.get(&format!("tenant.{name}")), "{name}: {told:?}");
    }
}

async fn counts_are_exact(backend: Backend) {
    let program = Program::over(TestDatabase::create(backend).await);
    let secret = program.bootstrap();
    let mut server = program.serve().await;
    let world = Arc::new(World::new(&server, secret));
    let writers: Vec<_> = (0..WRITERS)
        .map(|_| {
            let world = Arc::clone(&world);
            tokio::spawn(async move { world.make_move_and_delete().await })
        })
        .collect();
    for round in 0..KILLS {
        tokio::time::sleep(Duration::from_millis(100 + round * 37 % 230)).await;
        server.kill();
        // Counts are added up at once when a node starts: it is killed there too.
        server = program.start(program.command().arg("serve"));
        tokio::time::sleep(Duration::from_millis(40 + round * 29 % 200)).await;
        server.kill();
        server = program.serve().await;
    }
    world.stop.store(true, Ordering::SeqCst);
    for writer in writers {
        writer.await.unwrap();
    }
    check(&program, &world).await;
    let start = Instant::now();
    while !program.database.texts("SELECT to_status FROM tenant_moves LIMIT 1").await.is_empty() {
        assert!(start.elapsed() < Duration::from_secs(30), "nobody adds up");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    check(&program, &world).await;
    assert!(server.terminate());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tenants_are_counted_once_sqlite() {
    counts_are_exact(Backend::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tenants_are_counted_once_postgres() {
    counts_are_exact(Backend::Postgres).await;
}
