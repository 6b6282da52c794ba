//! Filters and searches of lists.

use std::time::Duration;

use axum::http::Method;
use carcosa::capabilities::users;
use carcosa_kernel::{System, SystemTask};
use carcosa_testkit::{TestApp, both_databases};
use serde_json::{Value, json};

/// One field of what a list has.
async fn listed(app: &TestApp, path: &str, field: &str) -> Vec<String> {
    let page = app.get(path).send().await.expect(200);
    page["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| item[field].as_str().unwrap_or("—").to_owned())
        .collect()
}

/// The same by pages of one, there and back again.
async fn walked(app: &TestApp, path: &str, field: &str) -> Vec<String> {
    let (mut found, mut cursor, mut last) = (Vec::new(), String::new(), Value::Null);
    loop {
        let page = app.get(&format!("{path}&limit=1{cursor}")).send().await.expect(200);
        found.extend(
            page["data"]
                .as_array()
                .unwrap()
                .iter()
                .map(|item| item[field].as_str().unwrap_or("—").to_owned()),
        );
        if page["page"]["has_more"] != true {
            last = if page["page"]["before"].is_null() { last } else { page["page"]["before"].clone() };
            break;
        }
        cursor = format!("&after={}", page["page"]["after"].as_str().unwrap());
    }
    let before =
        app.get(&format!("{path}&limit=100&before={}", last.as_str().unwrap())).send().await.expect(200);
    let before: Vec<_> = before["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| item[field].as_str().unwrap_or("—").to_owned())
        .collect();
    assert_eq!(before, found[..found.len() - 1]);
    found
}

async fn user(app: &TestApp, email: &str, name: Option<&str>) -> Value {
    app.post("/v1/users", json!({"email": email, "name": name})).send().await.expect(201)
}

async fn people(app: &TestApp) {
    for (email, name) in [
        ("ada.lovelace@example.com", Some("Ada Lovelace")),
        ("zoe@exempel.se", Some("Zoë Ångström")),
        ("adam@example.com", Some("Adam Åberg")),
        ("nobody@example.org", None),
    ] {
        user(app, email, name).await;
    }
}

both_databases! {
    async fn users_are_found_by_words(app: TestApp) {
        people(&app).await;
        for (q, expected) in [
            ("ada", vec!["ada.lovelace@example.com", "adam@example.com"]), ("ADA love", vec!["ada.lovelace@example.com"]),
            ("zoe", vec!["zoe@exempel.se"]), ("zo%C3%AB%20angstr", vec!["zoe@exempel.se"]), ("a%CC%8Aberg", vec!["adam@example.com"]),
            ("ada.lovelace%40example.com", vec!["ada.lovelace@example.com"]), ("example", vec!["ada.lovelace@example.com", "adam@example.com", "nobody@example.org"]),
            ("org%20nobody", vec!["nobody@example.org"]), ("lace", vec![]), ("ada%20zoe", vec![]), ("..", vec![]),
        ] {
            assert_eq!(listed(&app, &format!("/v1/users?q={}", q.replace(' ', "%20")), "email").await, expected, "{q}");
        }
        assert_eq!(walked(&app, "/v1/users?q=e", "email").await.len(), 4);
        assert_eq!(walked(&app, "/v1/users?q=exa%20a", "email").await, ["ada.lovelace@example.com", "adam@example.com"]);
        assert_eq!(listed(&app, "/v1/users?q=ada&email=adam@example.com", "email").await, ["adam@example.com"]);
        assert_eq!(listed(&app, "/v1/users?q=ada&status=disabled", "email").await, Vec::<String>::new());
        app.get("/v1/users?q=").send().await.problem(422, "validation_failed");
        app.get(&format!("/v1/users?q={}", "a".repeat(201))).send().await.problem(422, "validation_failed");
        app.get(&format!("/v1/users?q={}", "a".repeat(200))).send().await.expect(200);
        let (_, foreign) = app.another_project("Other").await;
        let others = app.bare(Method::GET, "/v1/users?q=ada").key(&foreign).send().await.expect(200);
        assert_eq!(others["data"], json!([]));
    }

    async fn what_users_are_found_by_follows_them(app: TestApp) {
        let made = user(&app, "ada@example.com", Some("Ada")).await;
        let at = format!("/v1/users/{}", made["id"].as_str().unwrap());
        app.patch(&at, json!({"name": "Grace", "email": "grace@example.com"})).send().await.expect(200);
        assert_eq!(listed(&app, "/v1/users?q=ada", "email").await, Vec::<String>::new());
        assert_eq!(listed(&app, "/v1/users?q=grace%20exam", "email").await, ["grace@example.com"]);
        app.patch(&at, json!({"metadata": {"a": 1}})).send().await.expect(200);
        assert_eq!(listed(&app, "/v1/users?q=grace", "email").await, ["grace@example.com"]);
        app.delete(&at).send().await.expect(204);
        assert_eq!(listed(&app, "/v1/users?q=grace", "email").await, Vec::<String>::new());
        assert_eq!(user(&app, "grace@example.com", None).await["name"], Value::Null);
        assert_eq!(listed(&app, "/v1/users?q=grace", "email").await, ["grace@example.com"]);
    }

    async fn users_whom_an_older_version_made_are_found_soon(app: TestApp) {
        people(&app).await;
        // As it would have left them.
        change(&app, "DELETE FROM user_terms").await;
        change(&app, "UPDATE users SET name = 'Eva ' || email").await;
        assert_eq!(listed(&app, "/v1/users?q=ada", "email").await, Vec::<String>::new());
        let system = System::new(&app.kernel, SystemTask::Jobs);
        let other = app.another_node().await;
        let other = System::new(&other.kernel, SystemTask::Jobs);
        let (one, two) = tokio::join!(users::service::catch_up(&system), users::service::catch_up(&other));
        assert_eq!((one.unwrap(), two.unwrap()), (false, false));
        assert_eq!(listed(&app, "/v1/users?q=eva%20ada", "email").await, ["ada.lovelace@example.com", "adam@example.com"]);
    }

    async fn members_are_found_by_words(app: TestApp) {
        people(&app).await;
        let (acme, globex) = (app.tenant("Acme").await, app.tenant("Globex").await);
        for (tenant, email) in [("acme", "ada.lovelace@example.com"), ("acme", "zoe@exempel.se"), ("globex", "adam@example.com")] {
            let body = json!({"email": email, "role": "member"});
            app.post(&format!("/v1/tenants/slug:{tenant}/members"), body).send().await.expect(201);
        }
        let found = async |tenant: &Value, q: &str, key: &str| {
            let path = format!("/v1/tenants/{}/members?q={q}", tenant["id"].as_str().unwrap());
            let page = app.bare(Method::GET, &path).key(key).send().await.expect(200);
            page["data"].as_array().unwrap().iter().map(|one| one["user"]["email"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
        };
        let own = app.tenant_key(acme["id"].as_str().unwrap(), &["*"]).await;
        for key in [app.secret(), own.as_str()] {
            assert_eq!(found(&acme, "ada", key).await, ["ada.lovelace@example.com"]);
            assert_eq!(found(&acme, "E", key).await, ["ada.lovelace@example.com", "zoe@exempel.se"]);
            assert_eq!(found(&acme, "angstrom%20zoe", key).await, ["zoe@exempel.se"]);
            assert_eq!(found(&acme, "adam", key).await, Vec::<String>::new(), "another tenant's");
            assert_eq!(found(&acme, "-", key).await, Vec::<String>::new());
        }
        assert_eq!(found(&globex, "ada", app.secret()).await, ["adam@example.com"]);
    }

    async fn keys_by_status_expiry_and_name(app: TestApp) {
        app.tenant("Acme").await;
        for owner in ["/v1/keys", "/v1/tenants/slug:acme/keys"] {
            let make = async |name: &str, expires_in: Option<u64>| {
                let at = expires_in.map(|seconds| app.kernel.now().plus(Duration::from_secs(seconds)).to_string());
                app.post(owner, json!({"name": name, "scopes": ["tenant:read"], "expires_at": at})).send().await.expect(201)
            };
            let works = make("Build Server", None).await;
            let disabled = make("Büro old", None).await;
            let revoked = make("build old", Some(60)).await;
            make("Short", Some(60)).await;
            let long = make("Long", Some(3600)).await;
            let at = |key: &Value| format!("{owner}/{}", key["id"].as_str().unwrap());
            app.patch(&at(&disabled), json!({"enabled": false})).send().await.expect(200);
            app.delete(&at(&revoked)).send().await.expect(204);
            app.clock.advance(Duration::from_secs(60));
            let names = async |query: &str| {
                let all = listed(&app, &format!("{owner}?{query}"), "name").await;
                all.into_iter().filter(|name| name != "CardVault" && name != "bootstrap").collect::<Vec<_>>()
            };
            let active = names("status=active").await;
            assert!(active.starts_with(&["Long".to_owned(), "Build Server".to_owned()]), "{active:?}");
            assert!(!active.contains(&"Short".to_owned()));
            assert_eq!(names("status=disabled").await, ["Büro old"]);
            assert_eq!(names("status=expired").await, ["Short"]);
            assert_eq!(names("status=revoked").await, ["build old"]);
            let at: carcosa_types::Timestamp = long["expires_at"].as_str().unwrap().parse().unwrap();
            assert_eq!(names(&format!("expires_before={at}")).await, ["Short", "build old"], "not at that time");
            let later = at.plus(Duration::from_micros(1));
            assert_eq!(names(&format!("expires_before={later}&status=active")).await, ["Long"]);
            assert_eq!(names("q=build").await, ["build old", "Build Server"]);
            assert_eq!(names("q=OLD").await, ["build old", "Büro old"]);
            assert_eq!(names("q=buro").await, ["Büro old"]);
            assert_eq!(names("q=build%20serv").await, ["Build Server"]);
            assert_eq!(names("q=uild").await, Vec::<String>::new());
            let last4 = works["last4"].as_str().unwrap();
            assert!(names(&format!("q={last4}")).await.contains(&"Build Server".to_owned()));
            assert_eq!(names("q=old&status=revoked").await, ["build old"]);
            assert_eq!(walked(&app, &format!("{owner}?q=o"), "name").await, ["build old", "Büro old"]);
            app.get(&format!("{owner}?status=gone")).send().await.problem(422, "validation_failed");
            app.get(&format!("{owner}?expires_before=soon")).send().await.problem(422, "validation_failed");
        }
        let of_tenant = app.get("/v1/tenants/slug:acme").send().await.expect(200);
        let path = format!("/v1/keys?tenant_id={}&status=revoked&q=build", of_tenant["id"].as_str().unwrap());
        assert_eq!(listed(&app, &path, "name").await, ["build old"]);
    }

    async fn webhook_endpoints_by_status_and_how_they_fare(app: TestApp) {
        app.tenant("Acme").await;
        for owner in ["/v1/webhook-endpoints", "/v1/tenants/slug:acme/webhook-endpoints"] {
            let make = async |description: &str, types: &str| {
                // Nobody listens there.
                let body = json!({"url": "http://127.0.0.1:9/hook", "description": description, "event_types": [types]});
                app.post(owner, body).send().await.expect(201)
            };
            make("failing", "tenant.suspended").await;
            make("quiet", "tenant.archived").await;
            let paused = make("paused", "tenant.archived").await;
            app.post(&format!("{owner}/{}/pause", paused["id"].as_str().unwrap()), json!({})).send().await.expect(200);
            let found = async |query: &str| listed(&app, &format!("{owner}?{query}"), "description").await;
            assert_eq!(found("failing=true").await, Vec::<String>::new());
            app.post("/v1/tenants/slug:acme/suspend", json!({})).send().await.expect(200);
            assert!(app.send_webhooks().await > 0);
            app.post("/v1/tenants/slug:acme/activate", json!({})).send().await.expect(200);
            assert_eq!(found("failing=true").await, ["failing"]);
            assert_eq!(found("failing=false").await, ["paused", "quiet"]);
            assert_eq!(found("status=paused").await, ["paused"]);
            assert_eq!(found("status=enabled&failing=false").await, ["quiet"]);
            assert_eq!(found("status=disabled").await, Vec::<String>::new());
            assert_eq!(walked(&app, &format!("{owner}?failing=false"), "description").await, ["paused", "quiet"]);
            app.get(&format!("{owner}?failing=perhaps")).send().await.problem(422, "validation_failed");
            app.get(&format!("{owner}?status=broken")).send().await.problem(422, "validation_failed");
        }
        let tenant = app.get("/v1/tenants/slug:acme").send().await.expect(200);
        let path = format!("/v1/webhook-endpoints?tenant_id={}&failing=true", tenant["id"].as_str().unwrap());
        assert_eq!(listed(&app, &path, "description").await, ["failing"]);
    }

    async fn actions_of_the_audit_trail_are_several_and_patterns(app: TestApp) {
        app.tenant("Acme").await;
        app.key_with(&["tenant:read"]).await;
        app.post("/v1/tenants/slug:acme/suspend", json!({})).send().await.expect(200);
        app.sequence().await;
        let actions = async |query: &str| listed(&app, &format!("/v1/audit?action={query}"), "action").await;
        assert_eq!(actions("tenant.suspended,tenant.created").await, ["tenant.suspended", "tenant.created"]);
        assert_eq!(actions("tenant.*,project.created").await, ["tenant.suspended", "tenant.created", "project.created"]);
        assert!(actions("key.*").await.iter().all(|action| action == "key.created"));
    }
}

/// Changes the database behind the program's back.
pub(crate) async fn change(app: &TestApp, sql: &'static str) {
    use sqlx::ConnectOptions;
    let url = &app.database().url;
    if url.starts_with("postgres") {
        let mut connection =
            url.parse::<sqlx::postgres::PgConnectOptions>().unwrap().connect().await.unwrap();
        sqlx::query(sql).execute(&mut connection).await.unwrap();
    } else {
        let mut connection =
            url.parse::<sqlx::sqlite::SqliteConnectOptions>().unwrap().connect().await.unwrap();
        sqlx::query(sql).execute(&mut connection).await.unwrap();
    }
}
