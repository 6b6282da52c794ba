//! The program's commands, as an operator uses them.

use std::process::Output;

use carcosa_testkit::{Backend, TestDatabase};
use serde_json::{Value, json};

use crate::program::{Program, client};

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

fn refused(output: &Output) -> String {
    assert!(!output.status.success());
    assert!(output.stdout.is_empty(), "{}", text(&output.stdout));
    text(&output.stderr)
}

async fn journey(backend: Backend) {
    let program = Program::over(TestDatabase::create(backend).await);
    assert!(refused(&program.run(&["tenants", "list"])).contains("carcosa bootstrap"));
    program.bootstrap();
    let again = program.run(&["bootstrap", "--operator-email", "a@b.c", "--project-name", "X"]);
    assert!(refused(&again).contains("already_bootstrapped"));

    let made = program.json(&[
        "tenants",
        "create",
        "--name",
        "Åbo Akademi",
        "--external-id",
        "42",
        "--metadata",
        "{\"seats\":3}",
    ]);
    assert_eq!((&made["slug"], &made["metadata"]), (&json!("abo-akademi"), &json!({"seats": 3})));
    let table = text(&program.run(&["tenants", "list"]).stdout);
    assert!(table.starts_with("ID ") && table.contains("Åbo Akademi") && !table.contains('{'), "{table}");
    program.json(&["tenants", "suspend", "slug:abo-akademi", "--reason", "unpaid"]);
    assert_eq!(program.json(&["tenants", "get", "ext:42"])["status_reason"], "unpaid");
    assert!(
        refused(&program.run(&["tenants", "suspend", "ext:42"]))
            .contains("allowed: activate, archive, delete")
    );
    assert_eq!(program.json(&["tenants", "update", "ext:42", "--plan", "pro"])["plan"], "pro");
    program.json(&["tenants", "delete", "ext:42"]);
    program.json(&["tenants", "restore", "ext:42"]);
    assert_eq!(program.json(&["tenants", "list", "-q", "akad"])["data"].as_array().unwrap().len(), 1);
    assert!(
        refused(&program.run(&["tenants", "create", "--name", "x", "--slug", "www"])).contains("reserved")
    );
    assert!(refused(&program.run(&["tenants", "create", "--name", ""])).contains("/name"));
    assert!(refused(&program.run(&["tenants", "get", "nobody"])).contains("names no tenant"));

    keys(&program, &made);
    operators(&program);

    program.json(&["projects", "create", "--name", "Second"]);
    assert!(refused(&program.run(&["tenants", "list"])).contains("--project"));
    assert_eq!(program.json(&["tenants", "list", "--project", "second"])["data"], json!([]));

    let file = program.file().join("log.ndjson");
    program.json(&["audit", "export", "--project", "cardvault", "--output", file.to_str().unwrap()]);
    assert!(program.run(&["audit", "verify"]).status.success());
    assert!(program.run(&["audit", "verify", "--export", file.to_str().unwrap()]).status.success());
    let forged = std::fs::read_to_string(&file).unwrap().replace("unpaid", "unfair");
    std::fs::write(&file, forged).unwrap();
    let found = program.run(&["audit", "verify", "--export", file.to_str().unwrap()]);
    assert!(!found.status.success() && text(&found.stdout).contains("not the one that was recorded"));
    assert!(program.run(&["doctor"]).status.success(), "{}", text(&program.run(&["doctor"]).stdout));
}

fn keys(program: &Program, tenant: &Value) {
    let key = program.json(&["keys", "create", "--name", "CI", "--scope", "tenant:read"]);
    let id = key["id"].as_str().unwrap();
    let rotated = program.json(&["keys", "rotate", id]);
    assert_ne!(rotated["secret"], key["secret"]);
    assert!(program.run(&["keys", "revoke", id]).status.success());
    assert!(program.json(&["keys", "list"])["data"][0]["revoked_at"].is_string());
    let limited = program.json(&[
        "keys",
        "create",
        "--name",
        "L",
        "--allowed-ip",
        "10.0.0.0/8",
        "--rate-limit",
        "100/60",
        "--burst",
        "7",
        "--credits",
        "5",
        "--refill",
        "9/month",
    ]);
    assert_eq!(limited["rate_limit"], json!({"limit": 100, "period_seconds": 60, "burst": 7}));
    assert_eq!(limited["credits"], json!({"remaining": 5, "refill": {"amount": 9, "every": "month"}}));
    let secret = limited["secret"].as_str().unwrap();
    assert_eq!(program.json(&["keys", "verify", "--key", secret])["code"], "forbidden_ip");
    let asked = program.json(&[
        "keys",
        "verify",
        "--key",
        secret,
        "--ip",
        "10.1.2.3",
        "--cost",
        "2",
        "--permission",
        "tenant:read",
    ]);
    assert_eq!((&asked["code"], &asked["credits_remaining"]), (&json!("valid"), &json!(3)));
    let after = program.json(&["keys", "verify", "--key", secret, "--ip", "10.1.2.3"]);
    assert_eq!(after["credits_remaining"], 3, "what was leased was given back");
    for wrong in
        [["--rate-limit", "100"], ["--rate-limit", "0/60"], ["--credits", "-1"], ["--allowed-ip", "nowhere"]]
    {
        assert!(
            !program
                .run(&[["keys", "create", "--name", "x"].as_slice(), wrong.as_slice()].concat())
                .status
                .success()
        );
    }
    let of_tenant = program.json(&["keys", "create", "--name", "T", "--tenant", "ext:42"]);
    assert_eq!(of_tenant["tenant_id"], tenant["id"]);
}

fn operators(program: &Program) {
    let invited =
        program.json(&["operators", "invite", "--email", "grace@example.com", "--platform-role", "support"]);
    let again = program.json(&["operators", "resend-invitation", "--email", "Grace@example.com"]);
    assert_eq!(again["id"], invited["id"]);
    assert!(again["invitation_url"].is_string() && again["invitation_url"] != invited["invitation_url"]);
    assert_eq!(program.json(&["operators", "list"])["data"][0]["last_sign_in_at"], Value::Null);
    let ended = program.json(&["operators", "end-sessions", "--email", "grace@example.com"]);
    assert_eq!(ended["count"], 0);
    program.json(&["operators", "disable", "--email", "grace@example.com"]);
    for (email, why) in [("grace@example.com", "operator_not_invited"), ("nobody@example.com", "not_found")] {
        let output = program.run(&["operators", "resend-invitation", "--email", email]);
        assert!(refused(&output).contains(why), "{why}");
    }
}

async fn secrets(backend: Backend) {
    let program = Program::over(TestDatabase::create(backend).await);
    program.bootstrap();
    let first = program.json(&["secrets", "list"]);
    let rotated = program.json(&["secrets", "rotate", "key_hash"]);
    assert_eq!((&rotated["purpose"], &rotated["version"]), (&json!("key_hash"), &json!(2)));
    assert!(rotated["used_from"].as_str() > rotated["created_at"].as_str());
    for wrong in ["directory", "nonsense"] {
        assert!(refused(&program.run(&["secrets", "rotate", wrong])).contains("must be one of key_hash"));
    }
    let all = program.json(&["secrets", "list"])["data"].as_array().unwrap().len();
    assert_eq!(all, first["data"].as_array().unwrap().len() + 1);

    let new = program.file().join("new.key");
    let wrapped = program.json(&["secrets", "rewrap", "--to", new.to_str().unwrap()]);
    assert_eq!(wrapped["rewrapped"], all);
    assert!(refused(&program.run(&["tenants", "list"])).contains("not this installation's master key"));
    let with_new = program
        .command()
        .args(["tenants", "list"])
        .env("CARCOSA_SECRETS_MASTER_KEY_FILE", &new)
        .env_remove("CARCOSA_SECRETS_MASTER_KEY")
        .output()
        .unwrap();
    assert!(with_new.status.success(), "{}", text(&with_new.stderr));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn secrets_sqlite() {
    secrets(Backend::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn secrets_postgres() {
    secrets(Backend::Postgres).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn journey_sqlite() {
    journey(Backend::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn journey_postgres() {
    journey(Backend::Postgres).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_doctor_says_what_is_wrong() {
    let program = Program::over(TestDatabase::create(Backend::Sqlite).await);
    program.bootstrap();
    let doctor = |name: &str, value: &str| {
        let output = program.command().args(["doctor"]).env(name, value).output().unwrap();
        assert!(!output.status.success(), "{}", text(&output.stdout));
        text(&output.stdout)
    };
    assert!(doctor("CARCOSA_DATABASE_URL", "postgres://nobody@127.0.0.1:1/x").contains("check database.url"));
    assert!(doctor("CARCOSA_DATABASE_URL", "mysql://x").contains("is not a database URL"));
    assert!(
        doctor("CARCOSA_SECRETS_MASTER_KEY", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")
            .contains("not this installation's master key")
    );
    assert!(
        doctor("CARCOSA_SECRETS_MASTER_KEY_FILE", "/nowhere/key").contains("put the installation's key back")
    );
    // A key that is missing is not replaced by a new one.
    let output = program
        .command()
        .args(["tenants", "list"])
        .env("CARCOSA_SECRETS_MASTER_KEY_FILE", program.file().join("lost.key"))
        .output()
        .unwrap();
    assert!(refused(&output).contains("put the installation's key back"));
    assert!(!program.file().join("lost.key").exists());
    let empty = program.file().join("empty.db");
    let new = format!("sqlite:{}", empty.display());
    let output = program.command().args(["doctor"]).env("CARCOSA_DATABASE_URL", new).output().unwrap();
    assert!(output.status.success(), "a new installation is not ill: {}", text(&output.stdout));
    assert!(text(&output.stdout).contains("a new database"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn settings_that_are_wrong_are_named() {
    let program = Program::over(TestDatabase::create(Backend::Sqlite).await);
    let file = program.file().join("carcosa.toml");
    std::fs::write(&file, "[database]\nurls = \"x\"\n").unwrap();
    let output = program.run(&["doctor", "--config", file.to_str().unwrap()]);
    assert!(refused(&output).contains("did you mean `database.url`?"));
    assert!(refused(&program.run(&["doctor", "--config", "/nowhere"])).contains("/nowhere"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_s_role_must_not_escape_row_level_security() {
    let program = Program::over(TestDatabase::create(Backend::Postgres).await);
    // A superuser who has no role to drop to.
    let output =
        program.command().arg("serve").env("CARCOSA_DATABASE_RUNTIME_ROLE", "postgres").output().unwrap();
    assert!(refused(&output).contains("bypasses row-level security"), "{}", text(&output.stderr));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn metrics_are_on_their_own_listener() {
    let program = Program::over(TestDatabase::create(Backend::Sqlite).await);
    let secret = program.bootstrap();
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let metrics = listener.local_addr().unwrap().to_string();
    drop(listener);
    let file = program.file().join("carcosa.toml");
    std::fs::write(&file, format!("[metrics]\nlisten = \"{metrics}\"\n")).unwrap();
    let mut child = program.command().args(["serve", "--config", file.to_str().unwrap()]).spawn().unwrap();
    let url = format!("http://127.0.0.1:{}", program.port);
    let client = client();
    let mut tries = 0;
    while client
        .get(format!("{url}/health/ready"))
        .send()
        .await
        .map_or(true, |answer| !answer.status().is_success())
    {
        tries += 1;
        assert!(tries < 1000, "the server does not become ready");
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
    let answer =
        client.get(format!("{url}/v1/tenants/slug:nobody")).bearer_auth(&secret).send().await.unwrap();
    assert_eq!(answer.status(), 404);
    let page = client.get(format!("http://{metrics}/metrics")).send().await.unwrap().text().await.unwrap();
    child.kill().unwrap();
    child.wait().unwrap();
    let line = "carcosa_http_request_duration_seconds_count{method=\"GET\",route=\"/v1/tenants/{tenant}\",status=\"404\"} 1";
    assert!(page.contains(line), "{page}");
    assert!(!page.contains(&secret));
    assert_eq!(
        client.get(format!("{url}/metrics")).send().await.map_or(404, |answer| answer.status().as_u16()),
        404
    );
}
