//! Keys are verified, and the program is killed: uses of the last ten seconds may be forgotten, none is counted twice.

use std::time::{Duration, Instant};

use carcosa_testkit::{Backend, TestDatabase};
use reqwest::{Client, StatusCode};
use serde_json::{Value, json};

use crate::program::{Program, client};

const KILLS: u64 = 6;
/// How long uses may be in memory alone, and as much again for a busy machine.
const WRITTEN_WITHIN: Duration = Duration::from_secs(20);

struct Verifier {
    program: Program,
    client: Client,
    url: String,
    /// The first key's text and id.
    secret: String,
    key: String,
}

impl Verifier {
    async fn create(backend: Backend) -> Self {
        let program = Program::over(TestDatabase::create(backend).await);
        let secret = program.bootstrap();
        let key = program.json(&["keys", "list"])["data"][0]["id"].as_str().unwrap().to_owned();
        let url = format!("http://127.0.0.1:{}", program.port);
        Self { program, client: client(), url, secret, key }
    }

    /// Verifies a key so many times.
    async fn verify(&self, times: i64, key: &str) {
        for _ in 0..times {
            let call = self.client.post(format!("{}/v1/keys/verify", self.url)).bearer_auth(&self.secret);
            let answer = call.json(&json!({ "key": key })).send().await.unwrap();
            assert_eq!(answer.status(), StatusCode::OK);
        }
    }

    /// How often the first key was let in, and what is no key refused. What is counted of the key and of the project is the same.
    async fn counted(&self) -> (i64, i64) {
        let total = self.total("/v1/keys/usage").await;
        let of_key = self.total(&format!("/v1/keys/{}/usage", self.key)).await;
        assert_eq!(total["valid"], of_key["valid"]);
        let refused = total["refused"].as_object().unwrap().values().map(|count| count.as_i64().unwrap());
        (total["valid"].as_i64().unwrap(), refused.sum())
    }

    async fn total(&self, path: &str) -> Value {
        let call = self.client.get(format!("{}{path}", self.url)).bearer_auth(&self.secret);
        let mut usage: Value = call.send().await.unwrap().json().await.unwrap();
        usage["total"].take()
    }
}

/// Killed while it stops and writes what it counted: all of it is there, or nothing.
async fn writing_is_all_or_nothing(backend: Backend) {
    let verifier = Verifier::create(backend).await;
    let mut before = (0, 0);
    for round in 0..KILLS {
        let mut server = verifier.program.serve().await;
        let (valid, refused) = (5 + i64::try_from(round).unwrap(), 3);
        verifier.verify(valid, &verifier.secret).await;
        verifier.verify(refused, "no key").await;
        server.ask_to_stop();
        tokio::time::sleep(Duration::from_millis(round * 7 % 50)).await;
        server.kill();
        let _server = verifier.program.serve().await;
        let after = verifier.counted().await;
        let all = (before.0 + valid, before.1 + refused);
        assert!(after == before || after == all, "{before:?} became {after:?}, not {all:?}");
        before = after;
    }
}

/// Killed after it wrote some: that is there, and what came later at most once.
async fn what_is_older_than_ten_seconds_is_there(backend: Backend) {
    let verifier = Verifier::create(backend).await;
    let mut server = verifier.program.serve().await;
    verifier.verify(5, &verifier.secret).await;
    let (start, mut sent) = (Instant::now(), 5);
    while verifier.total("/v1/keys/usage").await["valid"] == 0 {
        assert!(start.elapsed() < WRITTEN_WITHIN, "nothing is written");
        // Goes on while it is written.
        verifier.verify(1, &verifier.secret).await;
        sent += 1;
        tokio::time::sleep(Duration::from_millis(300)).await;
    }
    verifier.verify(3, &verifier.secret).await;
    server.kill();
    let mut server = verifier.program.serve().await;
    let left = verifier.counted().await;
    assert!((5..=sent + 3).contains(&left.0), "{left:?} of {sent} and 3");
    assert!(server.terminate());
    let _server = verifier.program.serve().await;
    assert_eq!(verifier.counted().await, left, "what a stop writes was not written before");
}

async fn uses_are_counted_once(backend: Backend) {
    tokio::join!(writing_is_all_or_nothing(backend), what_is_older_than_ten_seconds_is_there(backend));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn uses_of_keys_are_counted_once_sqlite() {
    uses_are_counted_once(Backend::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn uses_of_keys_are_counted_once_postgres() {
    uses_are_counted_once(Backend::Postgres).await;
}
