//! The first start is killed in the middle: afterwards all of it is there, or nothing and the next link works.

use std::process::Stdio;
use std::time::{Duration, Instant};

use carcosa_testkit::{Backend, TestDatabase};
use reqwest::{Client, Response, StatusCode};
use serde_json::{Value, json};

use crate::program::{Program, Server, client};

const KILLS: u32 = 6;
const EMAIL: &str = "grace@example.com";
const PASSWORD: &str = "a horse eats hay";

/// An installation without an operator.
struct Fresh {
    program: Program,
    client: Client,
    /// The token of the link before.
    last: String,
}

impl Fresh {
    async fn create(backend: Backend) -> Self {
        let program = Program::over(TestDatabase::create(backend).await);
        Self { program, client: client(), last: String::new() }
    }

    /// Starts serving, with stderr where no terminal shows it.
    async fn serve(&self) -> Server {
        self.program.serve_with(self.program.command().arg("serve").stderr(Stdio::null())).await
    }

    /// Begins to start, and is killed after a while.
    async fn die_starting(&self, after: Duration) {
        let mut server = self.program.start(self.program.command().arg("serve").stderr(Stdio::null()));
        tokio::time::sleep(after).await;
        server.kill();
    }

    /// The token of the link that this start made.
    async fn token(&mut self) -> String {
        let file = self.program.file().join("data/setup-link");
        let start = Instant::now();
        loop {
            let link = std::fs::read_to_string(&file).unwrap_or_default();
            match link.trim_end_matches('\n').split_once("/setup#") {
                Some((_, token)) if link.ends_with('\n') && token != self.last => {
                    token.clone_into(&mut self.last);
                    return token.to_owned();
                }
                _ => assert!(start.elapsed() < Duration::from_secs(30), "there is no new link"),
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    /// Asks for everything with the token of a link.
    fn set_up(&self, url: &str, token: &str) -> impl Future<Output = reqwest::Result<Response>> + use<> {
        let body =
            json!({ "token": token, "email": EMAIL, "password": PASSWORD, "project_name": "Second Deck" });
        self.client.post(format!("{url}/v1/setup")).json(&body).send()
    }

    async fn needed(&self, url: &str) -> bool {
        let answer = self.client.get(format!("{url}/v1/setup")).send().await.unwrap();
        answer.json::<Value>().await.unwrap()["needed"].as_bool().unwrap()
    }

    /// How many rows there are of what the first start makes.
    async fn rows(&self) -> Vec<String> {
        let mut all = Vec::new();
        for table in ["installation", "operators", "operator_sessions", "projects", "log_entries"] {
            let count = format!("SELECT CAST(count(*) AS text) FROM {table}");
            all.extend(self.program.database.texts(&count).await);
        }
        all
    }

    /// The operator signs in and finds the project; the link is void.
    async fn check_all(&self, url: &str, token: &str) {
        let rows = self.rows().await;
        assert_eq!((rows[..4].join(" "), rows[4] == "0"), ("1 1 1 1".to_owned(), false), "{rows:?}");
        let again = self.set_up(url, token).await.unwrap();
        assert_eq!(again.status(), StatusCode::CONFLICT);
        let link = self.program.file().join("data/setup-link");
        let start = Instant::now();
        while link.exists() {
            assert!(start.elapsed() < Duration::from_secs(30), "the file with the void link stays");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        let tokens = self.program.database.texts("SELECT CAST(id AS text) FROM setup_token").await;
        assert!(tokens.is_empty());
        let body = json!({ "email": EMAIL, "password": PASSWORD });
        let signed_in = self.client.post(format!("{url}/v1/session")).json(&body).send().await.unwrap();
        assert_eq!(signed_in.status(), StatusCode::CREATED);
        assert_eq!(self.projects(url, &cookie(&signed_in)).await, json!(["Second Deck"]));
        assert!(self.program.run(&["audit", "verify"]).status.success());
    }

    /// The names of the projects that a session sees.
    async fn projects(&self, url: &str, cookie: &str) -> Value {
        let call = self.client.get(format!("{url}/v1/projects")).header("cookie", cookie);
        let page: Value = call.send().await.unwrap().json().await.unwrap();
        page["data"].as_array().unwrap().iter().map(|project| project["name"].clone()).collect()
    }
}

/// The session of an answer, as a browser sends it back.
fn cookie(answer: &Response) -> String {
    let mut cookies = answer.headers().get_all("set-cookie").iter().map(|cookie| cookie.to_str().unwrap());
    let session = cookies.find(|cookie| cookie.starts_with("carcosa_session=")).unwrap();
    session.split(';').next().unwrap().to_owned()
}

/// How long it takes when nobody is killed.
async fn undisturbed(backend: Backend) -> Duration {
    let mut fresh = Fresh::create(backend).await;
    let server = fresh.serve().await;
    let token = fresh.token().await;
    let start = Instant::now();
    assert_eq!(fresh.set_up(&server.url, &token).await.unwrap().status(), StatusCode::CREATED);
    let took = start.elapsed();
    fresh.check_all(&server.url, &token).await;
    took
}

/// Kills it after so much time: while it starts, and while it is asked or, without a time, right after it answered.
async fn round(backend: Backend, starting: Duration, asked: Option<Duration>) {
    let mut fresh = Fresh::create(backend).await;
    fresh.die_starting(starting).await;
    let mut server = fresh.serve().await;
    let old = fresh.token().await;
    let answer = tokio::spawn(fresh.set_up(&server.url, &old));
    let start = Instant::now();
    while asked.map_or(!answer.is_finished(), |asked| start.elapsed() < asked) {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    server.kill();
    let answered = answer.await.unwrap().ok();
    let server = fresh.serve().await;
    let url = &server.url;
    if let Some(answer) = &answered {
        assert_eq!(answer.status(), StatusCode::CREATED);
        assert_eq!(fresh.projects(url, &cookie(answer)).await, json!(["Second Deck"]), "still signed in");
    }
    if !fresh.needed(url).await {
        fresh.check_all(url, &old).await;
        return;
    }
    assert!(answered.is_none(), "what was acknowledged is gone");
    assert_eq!(fresh.rows().await, ["0"; 5], "it is half there");
    let token = fresh.token().await;
    assert_eq!(fresh.set_up(url, &old).await.unwrap().status(), StatusCode::FORBIDDEN);
    assert_eq!(fresh.set_up(url, &token).await.unwrap().status(), StatusCode::CREATED);
    fresh.check_all(url, &token).await;
}

async fn is_all_or_nothing(backend: Backend) {
    let took = undisturbed(backend).await;
    for number in 0..KILLS {
        // Never the same moment twice: from the first one on to the last.
        let starting = Duration::from_millis(u64::from(number) * 37 % 230);
        let asked = (number + 1 < KILLS).then(|| took * number / (KILLS - 2));
        round(backend, starting, asked).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_first_start_is_all_or_nothing_sqlite() {
    is_all_or_nothing(Backend::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_first_start_is_all_or_nothing_postgres() {
    is_all_or_nothing(Backend::Postgres).await;
}
