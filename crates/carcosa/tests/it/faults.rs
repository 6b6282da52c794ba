//! What a server meets in its life: a full disk, a database that goes away, too much to do, being told to stop.

use std::io::{Read, Write};
use std::process::Command;
use std::time::Duration;

use axum::http::Method;
use carcosa::router::{Limits, router};
use carcosa_testkit::{Backend, TestApp, TestDatabase, both_databases};
use serde_json::{Value, json};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tower::ServiceExt;

use crate::program::{Program, client};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_disk_loses_nothing() {
    let program = Program::over(TestDatabase::create(Backend::Sqlite).await);
    let secret = program.bootstrap();
    // No file of the server may grow beyond 2,000 blocks of 512 bytes.
    let mut shell = Command::new("sh");
    let script = "trap '' XFSZ; ulimit -f 2000; exec \"$0\" serve";
    shell.args(["-c", script, env!("CARGO_BIN_EXE_carcosa")]).env_clear();
    shell.envs(program.command().get_envs().filter_map(|(name, value)| Some((name, value?))));
    let server = program.serve_with(&mut shell).await;
    let client = client();
    let mut acknowledged = Vec::new();
    let refused: Value = loop {
        let body = json!({ "name": "Big", "metadata": { "text": "x".repeat(8000) } });
        let answer = client
            .post(format!("{}/v1/tenants", server.url))
            .bearer_auth(&secret)
            .json(&body)
            .send()
            .await
            .unwrap();
        let status = answer.status().as_u16();
        let body: Value = answer.json().await.unwrap();
        if status == 503 {
            break body;
        }
        assert_eq!(status, 201, "{body}");
        acknowledged.push(body["id"].as_str().unwrap().to_owned());
        assert!(acknowledged.len() < 1000, "the disk does not become full");
    };
    assert_eq!(refused["code"], "storage_full");
    let read = client
        .get(format!("{}/v1/tenants/{}", server.url, acknowledged[0]))
        .bearer_auth(&secret)
        .send()
        .await
        .unwrap();
    assert_eq!(read.status(), 200, "what is there can still be read");
    drop(server);

    let server = program.serve().await;
    for id in &acknowledged {
        let answer =
            client.get(format!("{}/v1/tenants/{id}", server.url)).bearer_auth(&secret).send().await.unwrap();
        assert_eq!(answer.status(), 200);
    }
    assert_eq!(program.json(&["tenants", "stats"])["total"], acknowledged.len());
    let more =
        client.post(format!("{}/v1/tenants", server.url)).bearer_auth(&secret).json(&json!({"name": "More"}));
    assert_eq!(more.send().await.unwrap().status(), 201);
    assert!(program.run(&["audit", "verify"]).status.success());
}

/// Stands between the server and PostgreSQL; can be cut and mended.
async fn cable(target: String) -> (u16, watch::Sender<bool>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let (cut, watching) = watch::channel(false);
    tokio::spawn(async move {
        loop {
            let (mut near, _) = listener.accept().await.unwrap();
            let (target, mut watching) = (target.clone(), watching.clone());
            tokio::spawn(async move {
                if *watching.borrow() {
                    return;
                }
                let Ok(mut far) = TcpStream::connect(&target).await else { return };
                tokio::select! {
                    _ = tokio::io::copy_bidirectional(&mut near, &mut far) => {}
                    _ = watching.wait_for(|cut| *cut) => {}
                }
            });
        }
    });
    (port, cut)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_that_goes_away_and_comes_back() {
    let program = Program::over(TestDatabase::create(Backend::Postgres).await);
    let secret = program.bootstrap();
    let url = program.database.url.clone();
    let host = url.split('@').nth(1).unwrap().split('/').next().unwrap().to_owned();
    let (port, cut) = cable(host.clone()).await;
    let through = url.replace(&host, &format!("127.0.0.1:{port}"));
    let mut command = program.command();
    let server = program.serve_with(command.arg("serve").env("CARCOSA_DATABASE_URL", through)).await;
    let client = client();
    let create = async || {
        let call = client
            .post(format!("{}/v1/tenants", server.url))
            .bearer_auth(&secret)
            .json(&json!({"name": "Acme"}));
        let answer = call.send().await.unwrap();
        (
            answer.status().as_u16(),
            answer.headers().get("retry-after").cloned(),
            answer.json::<Value>().await.unwrap(),
        )
    };
    assert_eq!(create().await.0, 201);
    cut.send(true).unwrap();
    for _ in 0..5 {
        let (status, retry, body) = create().await;
        assert_eq!((status, &body["code"]), (503, &json!("database_unavailable")), "{body}");
        assert!(retry.is_some());
    }
    let ready = client.get(format!("{}/health/ready", server.url)).send().await.unwrap();
    assert_eq!(ready.status(), 503);
    assert_eq!(client.get(format!("{}/health/live", server.url)).send().await.unwrap().status(), 200);
    cut.send(false).unwrap();
    let mut tries = 0;
    while create().await.0 != 201 {
        tries += 1;
        assert!(tries < 200, "the server does not recover");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn requests_in_flight_are_finished_before_it_stops() {
    let program = Program::over(TestDatabase::create(Backend::Sqlite).await);
    let secret = program.bootstrap();
    let mut server = program.serve().await;
    let port = program.port;
    let body = "{\"name\":\"Last\"}";
    let head = format!(
        "POST /v1/tenants HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {secret}\r\ncontent-type: application/json\r\ncontent-length: {}\r\nconnection: close\r\n\r\n",
        body.len()
    );
    let mut stream = std::net::TcpStream::connect(("127.0.0.1", port)).unwrap();
    stream.write_all(head.as_bytes()).unwrap();
    stream.write_all(&body.as_bytes()[..5]).unwrap();
    tokio::time::sleep(Duration::from_millis(200)).await;
    server.ask_to_stop();
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert!(std::net::TcpStream::connect(("127.0.0.1", port)).is_err(), "nobody new is let in");
    stream.write_all(&body.as_bytes()[5..]).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 201"), "{answer}");
    assert!(server.terminate());
}

async fn ask(app: &TestApp, limits: Limits) -> (u16, Value) {
    let request = axum::http::Request::builder()
        .method(Method::GET)
        .uri("/v1/tenants")
        .header("authorization", format!("Bearer {}", app.secret()))
        .body(axum::body::Body::empty())
        .unwrap();
    let response = router(&app.kernel, limits).oneshot(request).await.unwrap();
    let status = response.status().as_u16();
    let bytes = axum::body::to_bytes(response.into_body(), 1 << 20).await.unwrap();
    (status, serde_json::from_slice(&bytes).unwrap())
}

both_databases! {
    async fn too_much_to_do_is_answered_at_once(app: TestApp) {
        let (status, body) = ask(&app, Limits { max_in_flight: 0, timeout: Duration::from_secs(5), trusted_proxies: Vec::new() }).await;
        assert_eq!((status, &body["code"]), (503, &json!("overloaded")));
        let request = axum::http::Request::get("/health/live").body(axum::body::Body::empty()).unwrap();
        let limits = Limits { max_in_flight: 0, timeout: Duration::from_secs(5), trusted_proxies: Vec::new() };
        assert_eq!(router(&app.kernel, limits).oneshot(request).await.unwrap().status(), 200, "a busy node is alive");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_takes_too_long_is_given_up() {
    let program = Program::over(TestDatabase::create(Backend::Sqlite).await);
    let secret = program.bootstrap();
    let mut command = program.command();
    let server = program.serve_with(command.arg("serve").env("CARCOSA_REQUEST_TIMEOUT_SECONDS", "1")).await;
    let mut stream = std::net::TcpStream::connect(("127.0.0.1", program.port)).unwrap();
    let head = format!(
        "POST /v1/tenants HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {secret}\r\ncontent-type: application/json\r\n\
         content-length: 1000\r\nconnection: close\r\n\r\n{{\"name\":"
    );
    stream.write_all(head.as_bytes()).unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 503") && answer.contains("request_timeout"), "{answer}");
    drop(server);
}
