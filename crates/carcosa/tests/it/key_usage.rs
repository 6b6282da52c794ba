//! How often keys are verified, hour by hour.

use std::time::Duration;

use axum::http::Method;
use carcosa::capabilities::keys::{state, usage};
use carcosa_kernel::{System, SystemTask};
use carcosa_testkit::{TestApp, both_databases};
use serde_json::{Value, json};

use crate::key_verify::{ask, key, path, secret};

const HOUR: Duration = Duration::from_hours(1);

async fn read(app: &TestApp, path: &str) -> Value {
    app.get(path).send().await.expect(200)
}

/// The hours in which something was counted: how many hours ago, valid, refused.
fn counted(usage: &Value) -> Vec<(usize, Value, Value)> {
    let buckets = usage["buckets"].as_array().unwrap();
    let all = buckets
        .iter()
        .rev()
        .enumerate()
        .map(|(ago, bucket)| (ago, bucket["valid"].clone(), bucket["refused"].clone()));
    all.filter(|(_, valid, refused)| valid != 0 || *refused != json!({})).collect()
}

async fn sweep(app: &TestApp) {
    let system = System::new(&app.kernel, SystemTask::Jobs);
    while usage::sweep(&system).await.unwrap() {}
}

both_databases! {
    async fn every_hour_has_its_decisions(app: TestApp) {
        let made = key(&app, json!({"name": "CI", "scopes": ["tenant:read"]})).await;
        let usage = format!("{}/usage", path(&made));
        for _ in 0..3 {
            ask(&app, secret(&made), json!({})).await;
        }
        ask(&app, secret(&made), json!({"permissions": ["tenant:create"]})).await;
        ask(&app, secret(&made), json!({"cost": 0})).await;
        ask(&app, secret(&made), json!({"cost": 0, "permissions": ["tenant:create"]})).await;
        app.bare(Method::GET, "/v1/tenants").key(secret(&made)).send().await.expect(200);
        assert_eq!(counted(&read(&app, &usage).await), [], "not written yet");
        // Some of it is written in another hour than it happened in.
        app.clock.advance(HOUR * 2);
        ask(&app, secret(&made), json!({})).await;
        state::flush(&app.kernel).await.unwrap();
        let other = app.another_node().await;
        ask(&other, secret(&made), json!({})).await;
        app.delete(&path(&made)).send().await.expect(204);
        app.sequence().await;
        ask(&app, secret(&made), json!({})).await;
        state::flush(&app.kernel).await.unwrap();
        state::settle(&other.kernel).await.unwrap();
        state::flush(&app.kernel).await.unwrap();
        let seen = read(&app, &usage).await;
        let expected = [
            (0, json!(2), json!({"revoked": 1})), (2, json!(3), json!({"insufficient_permissions": 1})),
        ];
        assert_eq!(counted(&seen), expected);
        assert_eq!((&seen["object"], &seen["key_id"]), (&json!("key_usage"), &made["id"]));
        assert_eq!(seen["total"], json!({"valid": 5, "refused": {"insufficient_permissions": 1, "revoked": 1}}));
        let buckets = seen["buckets"].as_array().unwrap();
        assert_eq!((buckets.len(), &buckets[23]["start"]), (24, &json!("2023-11-15T00:00:00.000000Z")));
        assert_eq!(buckets[0], json!({"start": "2023-11-14T01:00:00.000000Z", "valid": 0, "refused": {}}));
        assert_eq!(counted(&read(&app, &format!("{usage}?hours=1")).await).len(), 1);
    }

    async fn the_project_and_its_busiest_keys(app: TestApp) {
        let acme = app.tenant("Acme").await;
        let of_tenant = app.post("/v1/tenants/slug:acme/keys", json!({"name": "Tenant's"})).send().await.expect(201);
        let mut made = vec![of_tenant.clone()];
        for number in 0..10 {
            made.push(key(&app, json!({"name": format!("Key {number}"), "scopes": ["tenant:read"]})).await);
        }
        for (index, one) in made.iter().enumerate() {
            for _ in index..12 {
                ask(&app, secret(one), json!({})).await;
            }
        }
        for text in ["", "sk_live_51Habc", "sk_live_52Habc"] {
            ask(&app, text, json!({})).await;
        }
        state::flush(&app.kernel).await.unwrap();
        let seen = read(&app, "/v1/keys/usage").await;
        assert_eq!(counted(&seen), [(0, json!(77), json!({"malformed": 1, "not_found": 2}))]);
        assert_eq!(seen["total"], json!({"valid": 77, "refused": {"malformed": 1, "not_found": 2}}));
        let busiest = seen["busiest"].as_array().unwrap();
        assert_eq!(busiest.len(), 10);
        assert_eq!(busiest[0], json!({"key_id": of_tenant["id"], "name": "Tenant's", "tenant_id": acme["id"], "valid": 12, "refused": 0}));
        assert_eq!((&busiest[9]["name"], &busiest[9]["valid"]), (&json!("Key 8"), &json!(3)));
        app.clock.advance(HOUR * 23);
        assert_eq!(read(&app, "/v1/keys/usage?hours=25").await["busiest"].as_array().unwrap().len(), 10);
        app.clock.advance(HOUR);
        let seen = read(&app, "/v1/keys/usage?hours=25").await;
        assert_eq!((&seen["total"]["valid"], &seen["busiest"]), (&json!(77), &json!([])), "of the last 24 hours");
        let (_, foreign) = app.another_project("Other").await;
        let others = app.bare(Method::GET, "/v1/keys/usage").key(&foreign).send().await.expect(200);
        assert_eq!((&others["total"]["valid"], &others["busiest"]), (&json!(0), &json!([])));
    }

    async fn whose_counts_they_are(app: TestApp) {
        let (acme, globex) = (app.tenant("Acme").await, app.tenant("Globex").await);
        let made = app.post("/v1/tenants/slug:acme/keys", json!({"name": "Acme's"})).send().await.expect(201);
        ask(&app, secret(&made), json!({})).await;
        state::flush(&app.kernel).await.unwrap();
        let at = |tenant: &Value| format!("/v1/tenants/{}/keys/{}/usage", tenant["id"].as_str().unwrap(), made["id"].as_str().unwrap());
        for usage in [at(&acme), format!("{}/usage", path(&made))] {
            assert_eq!(read(&app, &usage).await["total"]["valid"], 1, "{usage}");
        }
        app.get(&at(&globex)).send().await.problem(404, "not_found");
        let (_, foreign) = app.another_project("Other").await;
        app.bare(Method::GET, &format!("{}/usage", path(&made))).key(&foreign).send().await.problem(404, "not_found");
        let own = app.tenant_key(acme["id"].as_str().unwrap(), &["key:read"]).await;
        assert_eq!(app.bare(Method::GET, &at(&acme)).key(&own).send().await.expect(200)["total"]["valid"], 1);
        app.bare(Method::GET, "/v1/keys/usage").key(&own).send().await.problem(403, "permission_denied");
    }

    async fn hours_have_limits_and_an_end(app: TestApp) {
        let made = key(&app, json!({"name": "CI"})).await;
        ask(&app, secret(&made), json!({})).await;
        state::flush(&app.kernel).await.unwrap();
        for path in ["/v1/keys/usage".to_owned(), format!("{}/usage", path(&made))] {
            for wrong in ["0", "745", "-1", "x"] {
                let problem = app.get(&format!("{path}?hours={wrong}")).send().await.expect(422);
                assert_eq!(problem["errors"][0]["parameter"], "hours", "{wrong}");
            }
            assert_eq!(read(&app, &format!("{path}?hours=744")).await["buckets"].as_array().unwrap().len(), 744);
        }
        app.clock.advance(HOUR * 743);
        sweep(&app).await;
        for path in ["/v1/keys/usage".to_owned(), format!("{}/usage", path(&made))] {
            assert_eq!(read(&app, &format!("{path}?hours=744")).await["total"]["valid"], 1, "the last hour that is kept");
        }
        app.clock.advance(HOUR);
        sweep(&app).await;
        assert_eq!(rows(&app).await, 0);
    }

    async fn nothing_is_written_of_a_key_that_is_being_erased(app: TestApp) {
        use sqlx::{Connection, Executor, PgConnection};
        if !app.database().url.starts_with("postgres") {
            return;
        }
        let made = key(&app, json!({"name": "CI", "scopes": ["tenant:read"]})).await;
        ask(&app, secret(&made), json!({"permissions": ["tenant:create"]})).await;
        let mut purge = PgConnection::connect(&app.database().url).await.unwrap();
        purge.execute("BEGIN; DELETE FROM api_keys WHERE name = 'CI'").await.unwrap();
        let kernel = app.kernel.clone();
        let written = tokio::spawn(async move { state::flush(&kernel).await });
        tokio::time::sleep(Duration::from_millis(300)).await;
        purge.execute("COMMIT").await.unwrap();
        written.await.unwrap().unwrap();
        assert_eq!(app.database().texts("SELECT code FROM key_usage_hours").await, Vec::<String>::new());
        assert_eq!(app.database().texts("SELECT code FROM key_usage_totals").await, ["insufficient_permissions"]);
    }

    async fn they_go_with_the_tenant(app: TestApp) {
        app.patch("/v1/project", json!({"settings": {"retention_days": 1}})).send().await.expect(200);
        app.tenant("Acme").await;
        let made = app.post("/v1/tenants/slug:acme/keys", json!({"name": "Acme's"})).send().await.expect(201);
        ask(&app, secret(&made), json!({})).await;
        state::flush(&app.kernel).await.unwrap();
        app.delete("/v1/tenants/slug:acme").send().await.expect(200);
        ask(&app, secret(&made), json!({})).await;
        app.clock.advance(HOUR * 24);
        assert_eq!(app.run_jobs().await, 1);
        let events = app.events().await;
        let purged = events.iter().find(|event| event["type"] == "tenant.purged").unwrap();
        let record: Value = serde_json::from_str(purged["data"]["record"].as_str().unwrap()).unwrap();
        assert_eq!(record["rows"]["key_usage_hours"], 1);
        state::flush(&app.kernel).await.unwrap();
        assert_eq!(read(&app, "/v1/keys/usage?hours=48").await["busiest"], json!([]), "what is written later finds no key");
    }
}

/// How many rows there are of counts.
async fn rows(app: &TestApp) -> i64 {
    use sqlx::{ConnectOptions, Row};
    let query =
        "SELECT (SELECT count(*) FROM key_usage_hours) + (SELECT count(*) FROM key_usage_totals) AS n";
    let url = &app.database().url;
    if url.starts_with("postgres") {
        let mut connection =
            url.parse::<sqlx::postgres::PgConnectOptions>().unwrap().connect().await.unwrap();
        sqlx::query(query).fetch_one(&mut connection).await.unwrap().get("n")
    } else {
        let mut connection =
            url.parse::<sqlx::sqlite::SqliteConnectOptions>().unwrap().connect().await.unwrap();
        sqlx::query(query).fetch_one(&mut connection).await.unwrap().get("n")
    }
}
