//! Projects, as operators see and make them.

use axum::http::Method;
use carcosa_testkit::{TestApp, both_databases};
use serde_json::{Value, json};
use tokio::task::JoinSet;

use super::*;

fn shown(list: &Value) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    list["data"].as_array().unwrap().iter().map(|one| (text(&one["slug"]), text(&one["role"]))).collect()
}

fn pair(slug: &str, role: &str) -> (String, String) {
    (slug.to_owned(), role.to_owned())
}

both_databases! {
    async fn operators_see_the_projects_they_have_a_role_in(app: TestApp) {
        let mut admin = ada(&app).await;
        let other = admin.post("/v1/projects", json!({"name": "Other"})).await.expect(201);
        admin.post("/v1/projects", json!({"name": "Third"})).await.expect(201);
        assert_eq!(shown(&admin.get("/v1/projects").await.expect(200)), [pair("third", "super_admin"), pair("other", "super_admin"), pair("cardvault", "super_admin")]);

        let grant = |role: &str| json!([{"project_id": app.project(), "role": role}, {"project_id": other["id"], "role": "viewer"}]);
        for (number, role) in ["owner", "admin", "developer", "viewer"].into_iter().enumerate() {
            let (_, mut one) = invited(&app, &format!("o{number}@example.com"), json!({"project_roles": grant(role)})).await;
            assert_eq!(shown(&one.get("/v1/projects").await.expect(200)), [pair("other", "viewer"), pair("cardvault", role)]);
            one.post("/v1/projects", json!({"name": "Mine"})).await.problem(403, "permission_denied");
            assert_eq!(one.get("/v1/session").await.expect(200)["installation_permissions"], json!([]));
        }
        let both = json!({"platform_role": "support", "project_roles": grant("developer")});
        let (_, mut support) = invited(&app, "support@example.com", both).await;
        let all = support.get("/v1/projects").await.expect(200);
        assert_eq!(shown(&all), [pair("third", "support"), pair("other", "support"), pair("cardvault", "developer")]);
        support.post("/v1/projects", json!({"name": "Mine"})).await.problem(403, "permission_denied");
        assert_eq!(support.get("/v1/session").await.expect(200)["installation_permissions"], json!(["operator:read", "installation:read"]));
        let of_admin = admin.get("/v1/session").await.expect(200)["installation_permissions"].clone();
        assert_eq!(of_admin, json!(["operator:read", "operator:create", "operator:update", "operator:delete", "installation:read", "project:create"]));

        let first = support.get("/v1/projects?limit=1").await.expect(200);
        assert_eq!((first["data"].as_array().unwrap().len(), &first["page"]["has_more"]), (1, &json!(true)));
        let after = first["page"]["after"].as_str().unwrap();
        let rest = support.get(&format!("/v1/projects?after={after}")).await.expect(200);
        assert_eq!(shown(&rest), [pair("other", "support"), pair("cardvault", "developer")]);
        let before = rest["page"]["before"].as_str().unwrap();
        assert_eq!(support.get(&format!("/v1/projects?before={before}")).await.expect(200)["data"], first["data"]);
        admin.get(&format!("/v1/projects?after={after}")).await.problem(400, "invalid_cursor");
        app.get("/v1/projects").send().await.problem(401, "unauthenticated");
    }

    async fn a_project_is_made_by_a_super_admin(app: TestApp) {
        let mut admin = ada(&app).await;
        let body = json!({"name": "Åbo Akademi", "slug": "abo", "environment": "test"});
        let answer = admin.post("/v1/projects", body).await;
        assert_eq!(answer.header("etag"), "\"1\"");
        let made = answer.expect(201);
        assert_eq!((&made["object"], &made["slug"], &made["environment"], &made["role"]), (&json!("project"), &json!("abo"), &json!("test"), &json!("super_admin")));
        admin.project = "abo".to_owned();
        assert_eq!(admin.get("/v1/project").await.expect(200)["id"], made["id"]);
        let tenant = admin.post("/v1/tenants", json!({"name": "First"})).await.expect(201);
        let key = admin.post("/v1/keys", json!({"name": "CI"})).await.expect(201);
        assert!(key["secret"].as_str().unwrap().starts_with("ck_test_"));
        app.sequence().await;
        let feed = admin.get("/v1/events").await.expect(200);
        let types: Vec<&str> = feed["data"].as_array().unwrap().iter().map(|event| event["type"].as_str().unwrap()).collect();
        assert_eq!(types, ["project.created", "tenant.created", "key.created"]);
        assert_eq!(feed["data"][1]["subject"], tenant["id"]);
        let log = admin.get("/v1/installation/audit?limit=100").await.expect(200);
        assert!(log["data"].as_array().unwrap().iter().any(|one| one["action"] == "project.created" && one["target"]["id"] == made["id"] && one["actor"]["kind"] == "operator"), "{log}");

        for (body, status, pointer) in [
            (json!({"name": "X", "slug": "abo"}), 409, "/slug"),
            (json!({"name": "ABO"}), 409, "/name"),
            (json!({"name": "X", "slug": "Not A Slug"}), 422, "/slug"),
            (json!({"name": "X", "slug": "a".repeat(64)}), 422, "/slug"),
            (json!({"name": "X", "slug": ""}), 422, "/slug"),
            (json!({"name": ""}), 422, "/name"),
            (json!({"name": "ä".repeat(201)}), 422, "/name"),
            (json!({"name": "two\nlines"}), 422, "/name"),
            (json!({"slug": "x"}), 422, "/name"),
            (json!({"name": "X", "environment": "staging"}), 422, "/environment"),
        ] {
            let answer = admin.post("/v1/projects", body.clone()).await;
            assert_eq!((answer.status.as_u16(), &answer.body["errors"][0]["pointer"]), (status, &json!(pointer)), "{body}: {}", answer.body);
        }
        admin.post("/v1/projects", json!({"name": "ä".repeat(200), "slug": "a".repeat(63)})).await.expect(201);
        app.post("/v1/projects", json!({"name": "X"})).send().await.problem(403, "permission_denied");
    }

    async fn one_idempotency_key_makes_one_project(app: TestApp) {
        let admin = ada(&app).await;
        let post = |body: Value| admin.call(Method::POST, "/v1/projects").json(body).header("idempotency-key", "k-1").send();
        let first = post(json!({"name": "Other"})).await.expect(201);
        let again = post(json!({"name": "Other"})).await;
        assert_eq!((again.header("idempotent-replayed"), again.header("etag")), ("true", "\"1\""));
        assert_eq!(again.expect(201), first);
        post(json!({"name": "Another"})).await.problem(409, "idempotency_key_reused");
    }

    async fn of_many_with_one_slug_one_is_made(app: TestApp) {
        let admin = ada(&app).await;
        let mut tries = JoinSet::new();
        for number in 0..8 {
            let body = json!({"name": format!("Project {number}"), "slug": "the-one"});
            tries.spawn(admin.call(Method::POST, "/v1/projects").json(body).send());
        }
        let mut made = 0;
        for answer in tries.join_all().await {
            if answer.status == 201 {
                made += 1;
            } else {
                assert_eq!(answer.problem(409, "project_slug_taken")["errors"][0]["pointer"], "/slug");
            }
        }
        assert_eq!(made, 1);
    }

    async fn the_installation_tells_how_it_fares(app: TestApp) {
        let mut admin = ada(&app).await;
        let part = |body: &Value, name: &str| body["components"].as_array().unwrap().iter().find(|one| one["name"] == name).cloned().unwrap_or_default();
        let found = admin.get("/v1/installation").await.expect(200);
        assert_eq!((&found["object"], &found["database"]), (&json!("installation"), &json!(app.kernel.database().name())));
        assert_eq!((&found["version"], &found["public_url"]), (&json!(env!("CARGO_PKG_VERSION")), &json!("https://tenants.example.com")));
        assert_eq!((&found["mail"], &found["single_sign_on"], &found["uptime_seconds"]), (&json!(false), &json!(false), &json!(0)));
        assert!(found["schema_version"].as_i64().unwrap() >= 12);
        assert_eq!(part(&found, "directory")["state"], "problem", "it has not heard from the log");
        assert!(part(&found, "sequencer")["figures"]["waiting"].as_i64().unwrap() > 0);
        assert_eq!(part(&found, "disk").is_object(), app.kernel.database().file().is_some());

        app.post("/v1/webhook-endpoints", json!({"url": "http://127.0.0.1:1/", "event_types": ["tenant.*"]})).send().await.expect(201);
        app.tenant("Acme").await;
        app.send_webhooks().await;
        app.hear().await;
        app.clock.advance(Duration::from_secs(120));
        let found = admin.get("/v1/installation").await.expect(200);
        assert_eq!(found["uptime_seconds"], 120);
        assert_eq!(part(&found, "sequencer")["figures"], json!({"waiting": 0, "oldest_milliseconds": 0}));
        assert_eq!(part(&found, "directory")["state"], "problem", "two minutes are too long");
        let webhooks = part(&found, "webhooks");
        assert_eq!((&webhooks["figures"]["due"], &webhooks["state"]), (&json!(1), &json!("warning")));
        app.hear().await;
        app.database().execute("UPDATE jobs SET state = 'failed'").await;
        let found = admin.get("/v1/installation").await.expect(200);
        assert_eq!((&part(&found, "directory")["state"], &part(&found, "database")["state"]), (&json!("ok"), &json!("ok")));

        let (_, mut support) = invited(&app, "support@example.com", json!({"platform_role": "support"})).await;
        support.get("/v1/installation").await.expect(200);
        let roles = json!({"project_roles": [{"project_id": app.project(), "role": "owner"}]});
        let (_, mut owner) = invited(&app, "owner@example.com", roles).await;
        owner.get("/v1/installation").await.problem(403, "permission_denied");
    }

    async fn whoever_asks_learns_what_they_may_do(app: TestApp) {
        let permissions = json!({"card:read": "See cards.", "card:create": "Add cards.", "deck:publish": "Publish decks."});
        app.patch("/v1/project", json!({"settings": {"permissions": permissions}})).send().await.expect(200);
        let tenant = app.tenant("Acme").await;
        let names = |body: &Value| body["permissions"].as_array().unwrap().iter().map(|one| one.as_str().unwrap().to_owned()).collect::<Vec<_>>();
        let own = app.get("/v1/access/self").send().await.expect(200);
        assert_eq!((&own["object"], &own["kind"], &own["id"]), (&json!("caller_access"), &json!("key"), &json!(app.made.api_key.id)));
        assert_eq!((&own["project_id"], &own["tenant_id"]), (&json!(app.project()), &Value::Null));
        let all = names(&own);
        assert!(all.contains(&"tenant:create".to_owned()) && all.contains(&"deck:publish".to_owned()));
        assert!(!all.iter().any(|name| name.contains('*') || name.starts_with("operator:") || name == "project:create"), "{all:?}");

        let narrow = app.key_with(&["tenant:read", "card:*"]).await;
        let found = app.bare(Method::GET, "/v1/access/self").key(&narrow).send().await.expect(200);
        assert_eq!(names(&found), ["tenant:read", "card:create", "card:read"]);
        let of_tenant = app.tenant_key(tenant["id"].as_str().unwrap(), &["*"]).await;
        let found = app.bare(Method::GET, "/v1/access/self").key(&of_tenant).send().await.expect(200);
        assert_eq!(found["tenant_id"], tenant["id"]);
        assert!(names(&found).contains(&"member:create".to_owned()) && !names(&found).contains(&"tenant:create".to_owned()));

        let made = app.post("/v1/tenants/slug:acme/members", json!({"email": "bob@example.com", "role": "viewer"})).send().await.expect(201);
        let pair = app.post("/v1/tokens", json!({"user": made["user"]["id"], "tenant": "slug:acme"})).send().await.expect(200);
        let token = pair["access_token"].as_str().unwrap();
        let found = app.bare(Method::GET, "/v1/access/self").key(token).send().await.expect(200);
        assert_eq!((&found["kind"], &found["id"], &found["tenant_id"]), (&json!("user"), &made["user"]["id"], &tenant["id"]));
        assert!(names(&found).contains(&"tenant:read".to_owned()) && !names(&found).contains(&"tenant:update".to_owned()));

        let mut admin = ada(&app).await;
        let found = admin.get("/v1/access/self").await.expect(200);
        assert_eq!((&found["kind"], &found["permissions"]), (&json!("operator"), &own["permissions"]));
        let roles = json!({"project_roles": [{"project_id": app.project(), "role": "developer"}]});
        let (_, mut developer) = invited(&app, "dev@example.com", roles).await;
        let found = names(&developer.get("/v1/access/self").await.expect(200));
        assert!(found.contains(&"tenant:create".to_owned()) && !found.contains(&"tenant:delete".to_owned()) && !found.contains(&"card:read".to_owned()));
        developer.project.clear();
        developer.get("/v1/access/self").await.problem(400, "project_needed");

        app.bare(Method::GET, "/v1/access/self").send().await.problem(401, "unauthenticated");
        app.post("/v1/tenants/slug:acme/suspend", json!({})).send().await.expect(200);
        for credential in [of_tenant.as_str(), token] {
            app.bare(Method::GET, "/v1/access/self").key(credential).send().await.problem(403, "tenant_suspended");
        }
    }
}
