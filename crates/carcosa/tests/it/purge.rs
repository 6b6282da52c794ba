//! The end of a tenant.

use std::time::Duration;

use carcosa::capabilities::log::verify;
use carcosa_kernel::secrets::Attestation;
use carcosa_testkit::{Backend, TestApp, both_databases};
use serde_json::{Value, json};

const DAY: Duration = Duration::from_secs(24 * 3600);

both_databases! {
    async fn a_deleted_tenant_is_purged_when_its_time_has_come(app: TestApp) {
        let tenant = app.post("/v1/tenants", json!({"name": "Secretive Ltd", "external_id": "hush", "metadata": {"who": "Ada"}})).send().await.expect(201);
        let id = tenant["id"].as_str().unwrap();
        let key = app.tenant_key(id, &["*"]).await;
        let friend = app.tenant("Friend").await;
        app.post(&format!("/v1/tenants/{id}/organizations"), json!({"name": "Secretive sales"})).send().await.expect(201);
        app.post(&format!("/v1/tenants/{id}/shares"), json!({"grantee_id": "slug:friend", "resource": "secretive plans", "role": "viewer"})).send().await.expect(201);
        let received = json!({"grantee_id": id, "resource": "for the secretive", "role": "viewer"});
        app.post("/v1/tenants/slug:friend/shares", received).send().await.expect(201);
        app.delete(&format!("/v1/tenants/{id}")).send().await.expect(200);
        assert_eq!(app.run_jobs().await, 0, "not before its time");
        app.clock.advance(DAY * 30);
        assert_eq!(app.run_jobs().await, 1);
        for name in [id, "slug:secretive-ltd", "ext:hush"] {
            app.get(&format!("/v1/tenants/{name}")).send().await.problem(404, "tenant_not_found");
        }
        app.get("/v1/tenants/stats").key(&key).send().await.problem(401, "invalid_key");
        assert_eq!(app.get("/v1/tenants?q=secretive&status=deleted").send().await.expect(200)["data"], json!([]));

        let events = app.events().await;
        assert!(!Value::from(events.clone()).to_string().contains("Secretive"), "nothing of it stays in the log");
        assert!(!everything(&app).await.contains("ecretive"), "nor anywhere in the database");
        let purged = events.iter().find(|event| event["type"] == "tenant.purged").unwrap();
        assert_eq!((&purged["subject"], purged.get("tenantid")), (&json!(id), None));
        let record = purged["data"]["record"].as_str().unwrap();
        let proof: Attestation = serde_json::from_value(purged["data"].clone()).unwrap();
        assert!(proof.is_of(record.as_bytes()));
        assert!(!proof.is_of(record.replace("tenants", "tenant_").as_bytes()));
        let record: Value = serde_json::from_str(record).unwrap();
        assert_eq!((&record["tenant_id"], &record["rows"]["tenants"], &record["rows"]["api_keys"]), (&json!(id), &json!(1), &json!(1)));
        assert_eq!((&record["rows"]["organizations"], &record["rows"]["shares"]), (&json!(1), &json!(2)));
        let of_friend = format!("/v1/tenants/{}/shares?direction=received", friend["id"].as_str().unwrap());
        assert_eq!(app.get(&of_friend).send().await.expect(200)["data"], json!([]));
        let report = verify::database(&app.kernel, app.project()).await.unwrap();
        assert_eq!(report.problems, vec![]);
        let again = app.post("/v1/tenants", json!({"name": "Secretive Ltd", "external_id": "hush"})).send().await.expect(201);
        assert_eq!(again["slug"], "secretive-ltd");
    }

    async fn a_restored_tenant_is_left_alone(app: TestApp) {
        app.tenant("Acme").await;
        app.delete("/v1/tenants/slug:acme").send().await.expect(200);
        app.post("/v1/tenants/slug:acme/restore", json!({})).send().await.expect(200);
        app.clock.advance(DAY * 31);
        assert_eq!(app.run_jobs().await, 1);
        app.get("/v1/tenants/slug:acme").send().await.expect(200);
        app.delete("/v1/tenants/slug:acme").send().await.expect(200);
        app.clock.advance(DAY * 29);
        app.run_jobs().await;
        app.get("/v1/tenants/slug:acme").send().await.expect(200);
        app.clock.advance(DAY * 2);
        app.run_jobs().await;
        app.get("/v1/tenants/slug:acme").send().await.problem(404, "tenant_not_found");
    }

    async fn retention_is_the_project_s(app: TestApp) {
        app.patch("/v1/project", json!({"settings": {"retention_days": 0}})).send().await.expect(200);
        app.tenant("Acme").await;
        app.delete("/v1/tenants/slug:acme").send().await.expect(200);
        assert_eq!(app.run_jobs().await, 1);
        app.get("/v1/tenants/slug:acme").send().await.problem(404, "tenant_not_found");
        app.patch("/v1/project", json!({"settings": {"retention_days": 3651}})).send().await.problem(422, "validation_failed");
    }

    async fn a_parent_is_purged_after_its_children(app: TestApp) {
        app.tenant("Top").await;
        app.post("/v1/tenants", json!({"name": "Child", "parent_id": "slug:top"})).send().await.expect(201);
        app.patch("/v1/project", json!({"settings": {"retention_days": 40}})).send().await.expect(200);
        app.delete("/v1/tenants/slug:child").send().await.expect(200);
        app.patch("/v1/project", json!({"settings": {"retention_days": 30}})).send().await.expect(200);
        app.delete("/v1/tenants/slug:top").send().await.expect(200);
        app.clock.advance(DAY * 31);
        app.run_jobs().await;
        app.get("/v1/tenants/slug:top").send().await.expect(200);
        app.clock.advance(DAY * 10);
        app.run_jobs().await;
        app.clock.advance(Duration::from_secs(3601));
        app.run_jobs().await;
        for name in ["top", "child"] {
            app.get(&format!("/v1/tenants/slug:{name}")).send().await.problem(404, "tenant_not_found");
        }
    }
}

/// Every text of every table that could have kept something of a tenant.
async fn everything(app: &TestApp) -> String {
    use sqlx::{AssertSqlSafe, ConnectOptions, Row};
    let columns = [
        ("log_entries", "coalesce(body, '') || coalesce(touched, '') || type"),
        ("tenants", "name || slug"),
        ("tenant_slugs", "slug"),
        ("tenant_terms", "term"),
        ("erasures", "record"),
        ("organizations", "name"),
        ("shares", "resource"),
        ("api_keys", "name"),
    ];
    let mut found = String::new();
    for (table, text) in columns {
        let query = AssertSqlSafe(format!("SELECT {text} AS t FROM {table}"));
        let rows: Vec<String> = match app.database().backend() {
            Backend::Sqlite => {
                let options = app.database().url.parse::<sqlx::sqlite::SqliteConnectOptions>().unwrap();
                let rows = sqlx::query(query).fetch_all(&mut options.connect().await.unwrap()).await.unwrap();
                rows.iter().map(|row| row.get("t")).collect()
            }
            Backend::Postgres => {
                let options = app.database().url.parse::<sqlx::postgres::PgConnectOptions>().unwrap();
                let rows = sqlx::query(query).fetch_all(&mut options.connect().await.unwrap()).await.unwrap();
                rows.iter().map(|row| row.get("t")).collect()
            }
        };
        found.extend(rows);
    }
    assert!(found.contains("project.created"), "the tables were read");
    found.to_lowercase()
}
