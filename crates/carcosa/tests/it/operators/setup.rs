//! The first start, from a browser.

use std::fs::File;
use std::os::unix::fs::PermissionsExt;

use axum::http::Method;
use carcosa::capabilities::operators::{self, config};
use carcosa_testkit::{Backend, TestApp, TestBrowser, TestDatabase, both_databases};
use carcosa_types::project::Environment;
use serde_json::{Value, json};
use tokio::task::JoinSet;

use super::*;
use crate::program::{Program, client};

/// Takes back that the installation was founded, with its operators; the token of the link that is offered then.
async fn unfounded(app: &TestApp) -> String {
    for table in [
        "operator_roles",
        "operator_sessions",
        "operator_recovery_codes",
        "operator_tokens",
        "operators",
        "installation",
    ] {
        app.database().execute(&format!("DELETE FROM {table}")).await;
    }
    offered(app).await
}

async fn offered(app: &TestApp) -> String {
    let link = operators::setup::offer(&app.kernel).await.unwrap().unwrap();
    link.strip_prefix("https://tenants.example.com/setup#").unwrap().to_owned()
}

fn first(token: &str) -> Value {
    let project = "Second Deck";
    json!({ "token": token, "email": "Grace@Example.com", "password": PASSWORD, "project_name": project })
}

both_databases! {
    async fn a_link_makes_the_first_operator_once(app: TestApp) {
        let mut browser = TestBrowser::new(&app, HOME);
        assert_eq!(browser.get("/v1/setup").await.expect(200), json!({"object": "setup", "needed": false}));
        browser.post("/v1/setup", first("anything")).await.problem(409, "already_set_up");
        assert!(operators::setup::offer(&app.kernel).await.unwrap().is_none());
        app.database().execute("DELETE FROM installation").await;
        assert!(operators::setup::offer(&app.kernel).await.unwrap().is_none(), "there are operators");
        assert_eq!(browser.get("/v1/setup").await.expect(200)["needed"], false);

        let old = unfounded(&app).await;
        let token = offered(&app).await;
        assert_eq!(browser.get("/v1/setup").await.expect(200)["needed"], true);
        browser.post("/v1/setup", first(&old)).await.problem(403, "invalid_setup_token");
        let stored = app.database().texts("SELECT CAST(id AS text) AS t FROM setup_token").await;
        assert_eq!(stored.len(), 1, "another takes the place of the one before");

        let mut body = first(&token);
        body["name"] = "Grace Hopper".into();
        body["environment"] = "test".into();
        let session = browser.post("/v1/setup", body.clone()).await.expect(201);
        assert_eq!((&session["object"], &session["current"]), (&json!("session"), &json!(true)));
        let operator = &session["operator"];
        assert_eq!((&operator["email"], &operator["name"]), (&json!("grace@example.com"), &json!("Grace Hopper")));
        assert_eq!((&operator["platform_role"], &operator["status"]), (&json!("super_admin"), &json!("active")));
        assert_eq!(browser.get("/v1/session").await.expect(200)["operator"]["id"], operator["id"]);
        browser.project = "second-deck".to_owned();
        let project = browser.get("/v1/project").await.expect(200);
        assert_eq!((&project["name"], &project["environment"]), (&json!("Second Deck"), &json!("test")));

        browser.post("/v1/setup", body).await.problem(409, "already_set_up");
        assert_eq!(browser.get("/v1/setup").await.expect(200)["needed"], false);
        assert!(app.database().texts("SELECT CAST(id AS text) AS t FROM setup_token").await.is_empty());
        TestBrowser::new(&app, AWAY).sign_in("grace@example.com", PASSWORD).await.expect(201);

        app.sequence().await;
        let log = browser.get("/v1/installation/audit?limit=100").await.expect(200);
        let made: Vec<&Value> = log["data"].as_array().unwrap().iter().filter(|entry| entry["action"] == "operator.created").collect();
        assert_eq!(made.len(), 2, "{log}");
        let reasons: Vec<&str> = made.iter().map(|entry| entry["reason"].as_str().unwrap()).collect();
        assert!(reasons.iter().any(|one| one.contains("link")) && reasons.iter().any(|one| one.contains("bootstrap")), "{reasons:?}");
        assert!(made.iter().any(|entry| entry["actor"]["id"] == operator["id"]), "{log}");
    }

    async fn of_many_at_once_one_is_the_first(app: TestApp) {
        let token = unfounded(&app).await;
        let mut tries = JoinSet::new();
        for number in 0..8 {
            let mut body = first(&token);
            body["email"] = format!("first{number}@example.com").into();
            body["project_name"] = format!("Project {number}").into();
            tries.spawn(app.bare(Method::POST, "/v1/setup").json(body).at(HOME.parse().unwrap()).send());
        }
        let mut made = 0;
        for answer in tries.join_all().await {
            if answer.status == 201 {
                made += 1;
            } else {
                assert!(["already_set_up", "too_many_attempts"].contains(&answer.body["code"].as_str().unwrap()), "{}", answer.body);
            }
        }
        assert_eq!(made, 1);
        let found = app.database().texts("SELECT email AS t FROM operators WHERE email LIKE 'first%'").await;
        assert_eq!(found.len(), 1);
        let found = app.database().texts("SELECT slug AS t FROM projects WHERE slug LIKE 'project-%'").await;
        assert_eq!(found.len(), 1);
    }

    async fn a_link_works_for_a_day(app: TestApp) {
        let token = unfounded(&app).await;
        let mut browser = TestBrowser::new(&app, HOME);
        app.clock.advance(config::SETUP_LIFETIME);
        browser.post("/v1/setup", first(&token)).await.problem(403, "invalid_setup_token");
        let token = offered(&app).await;
        app.clock.advance(config::SETUP_LIFETIME - Duration::from_secs(1));
        browser.post("/v1/setup", first(&token)).await.expect(201);
    }

    async fn guessing_is_slowed_down(app: TestApp) {
        let token = unfounded(&app).await;
        let mut browser = TestBrowser::new(&app, HOME);
        for _ in 0..5 {
            browser.post("/v1/setup", first("guess")).await.problem(403, "invalid_setup_token");
        }
        let refused = browser.post("/v1/setup", first("guess")).await;
        assert_eq!(refused.header("retry-after"), "1");
        refused.problem(429, "too_many_attempts");
        assert!(recorded(&app, "operator.sign_in_failed", 1).await > 0);
        browser.post("/v1/setup", first(&token)).await.expect(201);
    }

    async fn what_is_wrong_is_named_and_uses_nothing_up(app: TestApp) {
        let token = unfounded(&app).await;
        let mut browser = TestBrowser::new(&app, HOME);
        let long = |count: usize| Value::from("ä".repeat(count));
        for (field, value, pointer) in [
            ("email", json!("no address"), "/email"),
            ("password", json!("abcdefghijk"), "/password"),
            ("password", json!("passwordpassword"), "/password"),
            ("password", long(257), "/password"),
            ("name", long(201), "/name"),
            ("name", json!(""), "/name"),
            ("project_name", long(201), "/project_name"),
            ("project_name", json!("two\nlines"), "/project_name"),
            ("project_name", json!("CardVault"), "/project_name"),
            ("token", json!("x".repeat(201)), "/token"),
            ("environment", json!("staging"), "/environment"),
        ] {
            let mut body = first(&token);
            body[field] = value.clone();
            let answer = browser.post("/v1/setup", body).await;
            assert!(answer.status.is_client_error(), "{field} {value}");
            assert_eq!(answer.body["errors"][0]["pointer"], pointer, "{field} {value}: {}", answer.body);
        }
        let mut body = first(&token);
        body["name"] = long(200);
        body["project_name"] = long(200);
        body["password"] = "abcdefghijkl-".chars().rev().take(12).collect::<String>().into();
        browser.post("/v1/setup", body).await.expect(201);
    }

    async fn bootstrap_makes_the_link_void(app: TestApp) {
        let token = unfounded(&app).await;
        operators::service::bootstrap(&app.kernel, "grace@example.com", "Other", Environment::Live).await.unwrap();
        assert!(app.database().texts("SELECT CAST(id AS text) AS t FROM setup_token").await.is_empty());
        let mut browser = TestBrowser::new(&app, HOME);
        browser.post("/v1/setup", first(&token)).await.problem(409, "already_set_up");
    }
}

/// Starts the real program; the token of the link in the file that it names, and what it printed.
async fn start(program: &Program) -> (crate::program::Server, Option<String>, String) {
    let file = program.file().join("stderr");
    let mut command = program.command();
    command.arg("serve").env("CARCOSA_LOG_FILTER", "info,sqlx=off").stderr(File::create(&file).unwrap());
    let server = program.serve_with(&mut command).await;
    let mut printed = String::new();
    for _ in 0..100 {
        printed = std::fs::read_to_string(&file).unwrap();
        if printed.contains("until the next start") {
            break;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let file = printed.lines().map(str::trim).find(|line| line.ends_with("/setup-link"));
    let token = file.map(|file| {
        assert_eq!(std::fs::metadata(file).unwrap().permissions().mode() & 0o777, 0o600);
        let link = std::fs::read_to_string(file).unwrap();
        link.trim().strip_prefix("http://127.0.0.1:").unwrap().split_once("/setup#").unwrap().1.to_owned()
    });
    (server, token, printed)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_program_makes_a_link_at_each_start_until_it_was_used() {
    let program = Program::over(TestDatabase::create(Backend::Sqlite).await);
    let (mut server, old, printed) = start(&program).await;
    let old = old.unwrap();
    assert!(!printed.contains(&old), "who reads logs does not learn it: {printed}");
    assert!(server.terminate());
    let (mut server, token, _) = start(&program).await;
    let url = format!("{}/v1/setup", server.url);
    let post = |token: &str| client().post(&url).json(&first(token)).send();
    assert_eq!(post(&old).await.unwrap().status(), 403);
    let answer = post(&token.unwrap()).await.unwrap();
    assert_eq!(answer.status(), 201);
    assert!(answer.headers()["set-cookie"].to_str().unwrap().starts_with("carcosa_session="));
    assert!(!program.file().join("data/setup-link").exists(), "removed with its use");
    assert!(server.terminate());
    let (_server, none, printed) = start(&program).await;
    assert!(none.is_none() && !printed.contains("no operator yet"), "{printed}");
}
