//! The real program is killed again and again while many write to it. What was acknowledged is there, nothing is half-done,
//! and whoever follows the feed sees every change once.

mod counts;
mod key_uses;
mod setup;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use carcosa_testkit::{Backend, TestDatabase};
use reqwest::{Client, Method, RequestBuilder, StatusCode};
use serde_json::{Value, json};
use tokio::sync::Mutex;

use crate::program::{Program, Server, client};

const KILLS: u64 = 20;
const WRITERS: u64 = 8;
/// Fewer writes prove nothing.
const ENOUGH: usize = 20;

/// What the writers and the follower share.
struct World {
    client: Client,
    url: String,
    secret: String,
    stop: AtomicBool,
    next: AtomicU64,
    /// Idempotency key → id of the tenant, as acknowledged.
    acknowledged: Mutex<BTreeMap<String, String>>,
}

impl World {
    fn new(server: &Server, secret: String) -> Self {
        Self {
            client: client(),
            url: server.url.clone(),
            secret,
            stop: AtomicBool::new(false),
            next: AtomicU64::new(0),
            acknowledged: Mutex::default(),
        }
    }

    /// Creates tenants, each with a key of its own, and asks again until the answer comes.
    async fn write(&self) {
        while !self.stop.load(Ordering::SeqCst) {
            let key = format!("create-{}", self.next.fetch_add(1, Ordering::SeqCst));
            let body = json!({ "name": format!("Tenant {}", &key), "metadata": { "key": key } });
            let made = self.post_until_answered("/v1/tenants", &key, &body).await;
            let id = made["id"].as_str().unwrap().to_owned();
            self.acknowledged.lock().await.insert(key.clone(), id.clone());
            // Several rows and two streams: the parent's and the child's.
            let child = json!({ "name": "Child", "parent_id": id });
            self.post_until_answered("/v1/tenants", &format!("{key}-child"), &child).await;
            let path = format!("/v1/tenants/{id}/suspend");
            self.post_until_answered(&path, &format!("{key}-suspend"), &json!({})).await;
        }
    }

    async fn post_until_answered(&self, path: &str, key: &str, body: &Value) -> Value {
        self.until_answered(|| self.call(Method::POST, path).header("idempotency-key", key).json(body)).await
    }

    fn call(&self, method: Method, path: &str) -> RequestBuilder {
        self.client.request(method, format!("{}{path}", self.url)).bearer_auth(&self.secret)
    }

    /// Asks again until the answer comes.
    async fn until_answered(&self, call: impl Fn() -> RequestBuilder) -> Value {
        loop {
            if let Ok(answer) = call().send().await {
                match answer.status() {
                    StatusCode::CREATED | StatusCode::OK => {
                        if let Ok(body) = answer.json().await {
                            return body;
                        }
                    }
                    StatusCode::SERVICE_UNAVAILABLE => {}
                    other => panic!("{other}: {}", answer.text().await.unwrap_or_default()),
                }
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    /// Follows the feed through every crash; the events in the order seen.
    async fn follow(&self, seen: &Mutex<Vec<Value>>, enough: impl Fn(&[Value]) -> bool) {
        let mut after = String::new();
        loop {
            let path = format!("{}/v1/events?limit=100{after}", self.url);
            let answer = self.client.get(path).bearer_auth(&self.secret).send().await;
            let page: Value = match answer {
                Ok(answer) if answer.status().is_success() => answer.json().await.unwrap_or_default(),
                _ => Value::Null,
            };
            if let Some(events) = page["data"].as_array() {
                let mut seen = seen.lock().await;
                seen.extend(events.iter().cloned());
                after = format!("&after={}", page["page"]["after"].as_str().unwrap());
                if enough(&seen) {
                    return;
                }
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }
}

async fn survives(backend: Backend) {
    let program = Program::over(TestDatabase::create(backend).await);
    let secret = program.bootstrap();
    let mut server = program.serve().await;
    let world = Arc::new(World::new(&server, secret));
    let seen = Arc::new(Mutex::new(Vec::new()));
    let follower = {
        let (world, seen) = (Arc::clone(&world), Arc::clone(&seen));
        tokio::spawn(async move {
            let done = |events: &[Value]| {
                // Every round of a writer ends with a suspension; two creations come before it.
                let count = |kind: &str| events.iter().filter(|event| event["type"] == kind).count();
                world.stop.load(Ordering::SeqCst)
                    && count("tenant.suspended") * 2 == count("tenant.created")
                    && count("tenant.suspended") as u64 == world.next.load(Ordering::SeqCst)
            };
            world.follow(&seen, done).await;
        })
    };
    let writers: Vec<_> = (0..WRITERS).map(|_| tokio::spawn(write(Arc::clone(&world)))).collect();
    for round in 0..KILLS {
        // Never the same moment twice.
        tokio::time::sleep(Duration::from_millis(60 + round * 37 % 230)).await;
        server.kill();
        server = program.serve().await;
    }
    // A busy machine wrote little until now.
    while world.acknowledged.lock().await.len() <= ENOUGH {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    world.stop.store(true, Ordering::SeqCst);
    for writer in writers {
        writer.await.unwrap();
    }
    tokio::time::timeout(Duration::from_secs(60), follower).await.unwrap().unwrap();
    check(&program, &server, &world, &seen.lock().await).await;
    assert!(server.terminate(), "it stops gracefully");
}

async fn write(world: Arc<World>) {
    world.write().await;
}

async fn check(program: &Program, server: &Server, world: &World, seen: &[Value]) {
    let positions: Vec<u64> =
        seen.iter().map(|event| event["position"].as_str().unwrap().parse().unwrap()).collect();
    let expected: Vec<u64> = (1..=positions.len() as u64).collect();
    assert_eq!(positions, expected, "the follower saw every position once, in order");
    let mut created = BTreeMap::new();
    for event in seen.iter().filter(|event| event["type"] == "tenant.created") {
        if let Some(key) = event["data"]["metadata"]["key"].as_str() {
            assert!(
                created.insert(key.to_owned(), event["subject"].clone()).is_none(),
                "{key} was carried out twice"
            );
        }
    }
    let acknowledged = world.acknowledged.lock().await;
    assert_eq!(created.len(), acknowledged.len());
    for (key, id) in acknowledged.iter() {
        assert_eq!(created.get(key), Some(&json!(id)), "{key}");
        let path = format!("{}/v1/tenants/{id}", server.url);
        let tenant: Value =
            world.client.get(path).bearer_auth(&world.secret).send().await.unwrap().json().await.unwrap();
        assert_eq!((&tenant["metadata"]["key"], &tenant["status"]), (&json!(key), &json!("suspended")));
    }
    let stats: Value = program.json(&["tenants", "stats"]);
    assert_eq!(stats["total"], acknowledged.len() * 2, "nothing is there that nobody asked for");
    let verified = program.run(&["audit", "verify"]);
    assert!(verified.status.success(), "{}", String::from_utf8_lossy(&verified.stdout));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn twenty_kills_sqlite() {
    survives(Backend::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn twenty_kills_postgres() {
    survives(Backend::Postgres).await;
}
