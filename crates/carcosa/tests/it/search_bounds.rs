//! How far a search looks for one answer.

use carcosa_testkit::{Backend, TestApp, both_databases};
use serde_json::{Value, json};

/// Everything that users and tenants have beside their ids, addresses and names.
const USERS: &str = "external_id, status, metadata, created_at, updated_at, version";
const TENANTS: &str = "slug, kind, description, status, status_before, status_reason, parent_id, region, external_id, metadata, plan,
    plan_own, plan_mode, plan_from, plan_locked, branding, branding_own, branding_mode, branding_from, branding_locked,
    activated_at, suspended_at, archived_at, deleted_at, purge_at, created_at, updated_at, version";

/// Makes so many users or tenants like the one called Seed, who have one word.
async fn crowd(app: &TestApp, table: &str, word: &str, count: u32) {
    // Later than all that are made otherwise.
    let id = match app.database().backend() {
        Backend::Sqlite => "CAST(x'ff' || randomblob(15) AS BLOB)",
        Backend::Postgres => "CAST('ff' || substr(CAST(gen_random_uuid() AS text), 3) AS uuid)",
    };
    let (columns, values, one) = match table {
        "users" => {
            let email = format!("'{word}-' || n.i");
            (format!("email, email_normal, {USERS}"), format!("{email}, {email}, {USERS}"), "user")
        }
        _ => (TENANTS.to_owned(), TENANTS.to_owned(), "tenant"),
    };
    let numbers =
        format!("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {count})");
    let made = format!(
        "INSERT INTO {table} (project_id, id, name, {columns}) {numbers}
        SELECT project_id, {id}, '{word}', {values} FROM {table}, n WHERE name = 'Seed'"
    );
    app.database().execute(&made).await;
    let terms = format!(
        "INSERT INTO {one}_terms (project_id, {one}_id, term) SELECT project_id, id, '{word}' FROM {table} x
        WHERE name = '{word}' AND NOT EXISTS (SELECT 1 FROM {one}_terms t WHERE t.project_id = x.project_id AND t.{one}_id = x.id)"
    );
    app.database().execute(&terms).await;
}

async fn read(app: &TestApp, path: &str) -> (usize, Value) {
    let page = app.get(path).send().await.expect(200);
    (page["data"].as_array().unwrap().len(), page["page"].clone())
}

/// Two common words that meet once, behind everyone else who has the first. `rest` are users or tenants without the second.
async fn the_last_of_many_is_found(app: &TestApp, table: &str) {
    let path = format!("/v1/{table}?q=anna%20bert&limit=1");
    crowd(app, table, "bert", 2_000).await;
    crowd(app, table, "anna", 19_999).await;
    let (found, page) = read(app, &path).await;
    assert_eq!((found, &page["has_more"]), (1, &json!(false)), "the twenty-thousandth is looked at");

    crowd(app, table, "annab", 1).await;
    let (found, page) = read(app, &path).await;
    assert_eq!((found, &page["has_more"], &page["before"]), (0, &json!(true), &Value::Null));
    let (found, last) = read(app, &format!("{path}&after={}", page["after"].as_str().unwrap())).await;
    assert_eq!((found, &last["has_more"]), (1, &json!(false)), "the next answer goes on");

    let back = format!("{path}&before={}", last["before"].as_str().unwrap());
    let (found, page) = read(app, &back).await;
    assert_eq!((found, &page["has_more"]), (0, &json!(false)), "so many come before it");
    crowd(app, table, "annac", 1).await;
    let (found, page) = read(app, &back).await;
    assert_eq!((found, &page["has_more"]), (0, &json!(true)));
    let (found, page) = read(app, &format!("{path}&before={}", page["before"].as_str().unwrap())).await;
    assert_eq!((found, &page["has_more"]), (0, &json!(false)));

    // Who is found at once need not be looked for.
    let (found, page) = read(app, &format!("/v1/{table}?q=anna&limit=2")).await;
    assert_eq!((found, &page["has_more"]), (2, &json!(true)));
    let (found, page) = read(app, &format!("{path}&after={}", last["after"].as_str().unwrap())).await;
    assert_eq!((found, &page["has_more"]), (0, &json!(false)));
}

both_databases! {
    async fn users_with_two_common_words(app: TestApp) {
        app.post("/v1/users", json!({"email": "seed@example.com", "name": "Seed"})).send().await.expect(201);
        app.post("/v1/users", json!({"email": "x@example.com", "name": "Annaz Bert"})).send().await.expect(201);
        the_last_of_many_is_found(&app, "users").await;
    }

    async fn tenants_with_two_common_words(app: TestApp) {
        app.tenant("Seed").await;
        app.tenant("Annaz Bert").await;
        the_last_of_many_is_found(&app, "tenants").await;
    }

    async fn counting_stops_at_ten_thousand_and_where_a_search_does(app: TestApp) {
        app.tenant("Seed").await;
        let total = async |query: &str| {
            let (_, page) = read(&app, &format!("/v1/tenants?total=true&limit=1&{query}")).await;
            (page["total"].as_i64().unwrap(), page["total_is_capped"].as_bool().unwrap())
        };
        crowd(&app, "tenants", "anna", 9_999).await;
        assert_eq!(total("").await, (10_000, false));
        crowd(&app, "tenants", "anna", 1).await;
        assert_eq!(total("").await, (10_000, true));
        assert_eq!(total("q=anna").await, (10_000, false));
        crowd(&app, "tenants", "anna", 1).await;
        assert_eq!(total("q=anna").await, (10_000, true));

        app.tenant("Annaz Bert").await;
        crowd(&app, "tenants", "bert", 2_000).await;
        crowd(&app, "tenants", "anna", 9_998).await;
        assert_eq!(total("q=anna%20bert").await, (1, false));
        crowd(&app, "tenants", "anna", 1).await;
        assert_eq!(total("q=anna%20bert").await, (0, true), "nobody among the first 20,000");
        assert_eq!(total("q=..").await, (0, false));
    }

    async fn counting_stops_after_fifty_thousand_tenants(app: TestApp) {
        app.post("/v1/tenants", json!({"name": "Old", "kind": "individual", "plan": "pro"})).send().await.expect(201);
        app.tenant("Seed").await;
        let total = async |query: &str| {
            let (_, page) = read(&app, &format!("/v1/tenants?total=true&limit=1&{query}")).await;
            (page["total"].as_i64().unwrap(), page["total_is_capped"].as_bool().unwrap())
        };
        crowd(&app, "tenants", "anna", 49_998).await;
        assert_eq!(total("kind=individual").await, (1, false));
        crowd(&app, "tenants", "anna", 1).await;
        assert_eq!(total("kind=individual").await, (0, true));
        for exact in ["kind=individual&plan=pro", "plan=pro", "slug=old", "status=suspended", "q=old&kind=individual"] {
            assert_eq!(total(exact).await, (i64::from(exact != "status=suspended"), false), "{exact}");
        }
    }
}
