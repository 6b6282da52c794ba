//! Organizations inside a tenant.

use carcosa_testkit::{Backend, TestApp, both_databases};
use serde_json::{Value, json};

const ALL: &str = "/v1/tenants/slug:acme/organizations";

fn path(organization: &Value) -> String {
    format!("{ALL}/{}", organization["id"].as_str().unwrap())
}

both_databases! {
    async fn an_organization_s_life(app: TestApp) {
        let tenant = app.tenant("Acme").await;
        let made = app.post(ALL, json!({"name": "Sales", "settings": {"colour": "red", "size": 3}})).send().await;
        assert_eq!(made.header("etag"), "\"1\"");
        let sales = made.expect(201);
        assert_eq!((&sales["tenant_id"], &sales["object"]), (&tenant["id"], &json!("organization")));
        assert_eq!(app.get(&path(&sales)).send().await.expect(200), sales);
        let patch = json!({"description": "Sells", "settings": {"size": null, "floor": 2}});
        let patched = app.patch(&path(&sales), patch).header("if-match", "\"1\"").send().await.expect(200);
        assert_eq!((&patched["settings"], &patched["version"]), (&json!({"colour": "red", "floor": 2}), &json!(2)));
        app.patch(&path(&sales), json!({"name": "x"})).header("if-match", "\"1\"").send().await.problem(412, "version_mismatch");
        app.delete(&path(&sales)).header("if-match", "\"1\"").send().await.problem(412, "version_mismatch");
        app.delete(&path(&sales)).send().await.expect(204);
        app.get(&path(&sales)).send().await.problem(404, "not_found");
        app.delete(&path(&sales)).send().await.problem(404, "not_found");
        let events = app.events().await;
        let kinds: Vec<_> = events.iter().filter_map(|event| event["type"].as_str()?.strip_prefix("organization.")).collect();
        assert_eq!(kinds, ["created", "updated", "deleted"]);
        assert!(events.iter().rev().take(3).all(|event| event["tenantid"] == tenant["id"]));
    }

    async fn names_are_unique_in_the_tenant(app: TestApp) {
        app.tenant("Acme").await;
        app.tenant("Other").await;
        let create = |tenant: &str, name: &str| app.post(&format!("/v1/tenants/slug:{tenant}/organizations"), json!({"name": name})).send();
        create("acme", "Sales").await.expect(201);
        create("acme", "Sales").await.problem(409, "organization_name_taken");
        create("other", "Sales").await.expect(201);
        let support = create("acme", "Support").await.expect(201);
        app.patch(&path(&support), json!({"name": "Sales"})).send().await.problem(409, "organization_name_taken");
        app.patch(&path(&support), json!({"name": "Support"})).send().await.expect(200);
        create("acme", &"x".repeat(200)).await.expect(201);
        create("acme", &"x".repeat(201)).await.problem(422, "validation_failed");
    }

    async fn settings_at_their_limit(app: TestApp) {
        app.tenant("Acme").await;
        let of = |size: usize, name: &str| json!({"name": name, "settings": {"a": "x".repeat(size - 8)}});
        let full = app.post(ALL, of(16 * 1024, "full")).send().await.expect(201);
        app.post(ALL, of(16 * 1024 + 1, "over")).send().await.problem(422, "validation_failed");
        app.patch(&path(&full), json!({"settings": {"b": 1}})).send().await.problem(422, "validation_failed");
        app.patch(&path(&full), json!({"settings": null})).send().await.expect(200);
    }

    async fn listed_by_name(app: TestApp) {
        app.tenant("Acme").await;
        for name in ["c", "a", "b", "d"] {
            app.post(ALL, json!({"name": name})).send().await.expect(201);
        }
        let first = app.get(&format!("{ALL}?limit=3")).send().await.expect(200);
        let names: Vec<_> = first["data"].as_array().unwrap().iter().map(|one| one["name"].as_str().unwrap()).collect();
        assert_eq!(names, ["a", "b", "c"]);
        let after = first["page"]["after"].as_str().unwrap();
        let rest = app.get(&format!("{ALL}?after={after}")).send().await.expect(200);
        assert_eq!(rest["data"][0]["name"], "d");
        app.tenant("Other").await;
        let elsewhere = format!("/v1/tenants/slug:other/organizations?after={after}");
        app.get(&elsewhere).send().await.problem(400, "invalid_cursor");
    }

    async fn another_tenant_s_is_not_there(app: TestApp) {
        app.tenant("Acme").await;
        app.tenant("Other").await;
        let sales = app.post(ALL, json!({"name": "Sales"})).send().await.expect(201);
        let elsewhere = path(&sales).replace("acme", "other");
        app.get(&elsewhere).send().await.problem(404, "not_found");
        app.patch(&elsewhere, json!({"name": "x"})).send().await.problem(404, "not_found");
        app.delete(&elsewhere).send().await.problem(404, "not_found");
        app.get(&path(&sales)).send().await.expect(200);
    }

    async fn a_deleted_tenant_s_are_not_changed(app: TestApp) {
        app.tenant("Acme").await;
        let sales = app.post(ALL, json!({"name": "Sales"})).send().await.expect(201);
        app.delete("/v1/tenants/slug:acme").send().await.expect(200);
        app.post(ALL, json!({"name": "x"})).send().await.problem(409, "tenant_deleted");
        app.patch(&path(&sales), json!({"name": "x"})).send().await.problem(409, "tenant_deleted");
        app.delete(&path(&sales)).send().await.problem(409, "tenant_deleted");
        app.post("/v1/tenants/slug:acme/keys", json!({"name": "x"})).send().await.problem(409, "tenant_deleted");
        app.get(&path(&sales)).send().await.expect(200);
    }

    async fn ten_thousand_and_no_more(app: TestApp) {
        app.tenant("Acme").await;
        app.post(ALL, json!({"name": "First"})).send().await.expect(201);
        let (series, uuid) = match app.database().backend() {
            Backend::Sqlite => ("WITH RECURSIVE s (n) AS (SELECT 2 UNION ALL SELECT n + 1 FROM s WHERE n < 9999)", "randomblob(16)"),
            Backend::Postgres => ("WITH s (n) AS (SELECT generate_series(2, 9999))", "gen_random_uuid()"),
        };
        let statement = format!(
            "{series} INSERT INTO organizations (project_id, tenant_id, id, name, settings, created_at, updated_at, version)
             SELECT o.project_id, o.tenant_id, {uuid}, 'o' || s.n, '{{}}', o.created_at, o.updated_at, 1 FROM organizations o, s"
        );
        app.database().execute(&statement).await;
        app.post(ALL, json!({"name": "Last"})).send().await.expect(201);
        app.post(ALL, json!({"name": "Too many"})).send().await.problem(409, "too_many_organizations");
        let page = app.get(&format!("{ALL}?limit=2")).send().await.expect(200);
        let after = page["page"]["after"].as_str().unwrap();
        let next = app.get(&format!("{ALL}?limit=2&after={after}")).send().await.expect(200);
        let before = next["page"]["before"].as_str().unwrap();
        assert_eq!(app.get(&format!("{ALL}?limit=2&before={before}")).send().await.expect(200)["data"], page["data"]);
    }
}
