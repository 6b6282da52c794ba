//! Who is an operator, with which roles.

use axum::http::Method;
use carcosa_testkit::{TestApp, TestBrowser, both_databases};
use serde_json::json;
use tokio::task::JoinSet;

use super::*;

both_databases! {
    async fn someone_can_always_give_access(app: TestApp) {
        let mut admin = ada(&app).await;
        let id = admin.get("/v1/session").await.expect(200)["operator"]["id"].as_str().unwrap().to_owned();
        let path = format!("/v1/operators/{id}");
        let invitation = json!({"email": "idle@example.com", "platform_role": "super_admin"});
        admin.post("/v1/operators", invitation).await.expect(201);
        for patch in [json!({"platform_role": null}), json!({"platform_role": "support"}), json!({"disabled": true})] {
            admin.patch(&path, patch).await.problem(409, "last_super_admin");
        }
        admin.delete(&path).await.problem(409, "last_super_admin");
        admin.patch(&path, json!({"name": "Ada"})).await.expect(200);

        let (grace, of_grace) = invited(&app, "grace@example.com", json!({"platform_role": "super_admin"})).await;
        let other = format!("/v1/operators/{}", grace["id"].as_str().unwrap());
        let mut tries = JoinSet::new();
        for (browser, target) in [(&admin, &other), (&of_grace, &path)] {
            tries.spawn(browser.call(Method::PATCH, target).json(json!({"platform_role": null})).send());
            tries.spawn(browser.call(Method::DELETE, target).send());
        }
        tries.join_all().await;
        let left = "SELECT email AS t FROM operators WHERE platform_role = 'super_admin' AND disabled_at IS NULL AND password_hash <> ''";
        assert_eq!(app.database().texts(left).await.len(), 1);
    }

    async fn two_who_demote_each_other_do_not_both_succeed(app: TestApp) {
        let (grace, of_grace) = invited(&app, "grace@example.com", json!({"platform_role": "super_admin"})).await;
        let admin = ada(&app).await;
        let own = admin.call(Method::GET, "/v1/session").send().await.expect(200)["operator"]["id"].as_str().unwrap().to_owned();
        let targets = [(&admin, grace["id"].as_str().unwrap().to_owned()), (&of_grace, own)];
        let mut tries = JoinSet::new();
        for (browser, target) in targets {
            let call = browser.call(Method::PATCH, &format!("/v1/operators/{target}")).json(json!({"disabled": true}));
            tries.spawn(call.send());
        }
        let answers: Vec<u16> = tries.join_all().await.iter().map(|answer| answer.status.as_u16()).collect();
        assert_eq!(answers.iter().filter(|status| **status == 200).count(), 1, "{answers:?}");
    }

    async fn operators_are_objects_like_others(app: TestApp) {
        let mut admin = ada(&app).await;
        let made = admin.post("/v1/operators", json!({"email": "grace@example.com", "platform_role": "support"})).await.expect(201);
        let path = format!("/v1/operators/{}", made["id"].as_str().unwrap());
        let got = admin.get(&path).await;
        assert_eq!(got.header("etag"), "\"1\"");
        assert!(got.body.get("invitation_url").is_none());
        let call = admin.call(Method::PATCH, &path).json(json!({"name": "Grace"})).header("if-match", "\"2\"");
        call.send().await.problem(412, "version_mismatch");
        let roles = json!([{"project_id": app.project(), "role": "viewer"}]);
        let changed = admin.patch(&path, json!({"name": "Grace", "project_roles": roles})).await.expect(200);
        assert_eq!((&changed["version"], &changed["project_roles"]), (&json!(2), &roles));
        assert_eq!(admin.patch(&path, json!({"name": "Grace", "project_roles": roles})).await.expect(200)["version"], 2);
        let unknown = json!([{"project_id": "prj_01h455vb4pex5vsknk084sn02q", "role": "viewer"}]);
        let problem = admin.patch(&path, json!({"project_roles": unknown})).await.problem(422, "validation_failed");
        assert_eq!(problem["errors"][0]["pointer"], "/project_roles/0/project_id");
        let list = admin.get("/v1/operators?limit=1").await.expect(200);
        assert_eq!((&list["data"][0]["id"], &list["page"]["has_more"]), (&made["id"], &json!(true)));
        assert_eq!(list["data"][0]["project_roles"], roles);
        admin.delete(&path).await.expect(204);
        admin.get(&path).await.problem(404, "not_found");
        app.get("/v1/operators").send().await.problem(403, "permission_denied");
        app.bare(Method::GET, "/v1/operators").send().await.problem(401, "unauthenticated");
    }

    async fn support_reads_and_changes_nothing(app: TestApp) {
        let tenant = app.tenant("Acme").await;
        let mut support = invited(&app, "support@example.com", json!({"platform_role": "support"})).await.1;
        for path in ["/v1/tenants", "/v1/keys", "/v1/project", "/v1/events", "/v1/audit", "/v1/operators"] {
            support.get(path).await.expect(200);
        }
        let api = carcosa::capabilities::api();
        let mut refused = 0;
        for endpoint in api.endpoints().iter().filter(|one| one.operation.permission.is_some_and(|row| row.mutates)) {
            let path = endpoint.path.replace("{tenant}", tenant["id"].as_str().unwrap());
            let call = support.call(endpoint.method.clone(), &path);
            let call = if endpoint.operation.takes_body() { call.json(json!({})) } else { call };
            call.send().await.problem(403, "permission_denied");
            refused += 1;
        }
        assert!(refused > 20, "{refused}");
    }

    async fn a_role_in_one_project_shows_nothing_of_another(app: TestApp) {
        let (other, _) = app.another_project("Other").await;
        let tenant = app.tenant("Acme").await;
        let roles = json!({"project_roles": [{"project_id": other, "role": "viewer"}]});
        let mut viewer = invited(&app, "viewer@example.com", roles).await.1;
        let mut seen = Vec::new();
        for project in [app.project().to_string(), "cardvault".to_owned(), "prj_01h455vb4pex5vsknk084sn02q".to_owned(), "nowhere".to_owned()] {
            viewer.project = project;
            seen.push(without_request_id(viewer.get("/v1/tenants").await.problem(404, "project_not_found")));
            viewer.get(&format!("/v1/tenants/{}", tenant["id"].as_str().unwrap())).await.problem(404, "project_not_found");
        }
        assert!(seen.iter().all(|one| *one == seen[0]), "{seen:?}");
        viewer.project = String::new();
        viewer.get("/v1/tenants").await.problem(400, "project_needed");
        for name in [other.to_string(), "other".to_owned()] {
            viewer.project = name;
            assert_eq!(viewer.get("/v1/tenants").await.expect(200)["data"], json!([]));
        }
        viewer.post("/v1/tenants", json!({"name": "x"})).await.problem(403, "permission_denied");
        viewer.get("/v1/operators").await.problem(403, "permission_denied");
    }

    async fn a_changed_role_counts_from_the_next_request_on(app: TestApp) {
        let role = |role: &str| json!({"project_roles": [{"project_id": app.project(), "role": role}]});
        let (made, mut browser) = invited(&app, "dev@example.com", role("developer")).await;
        let path = format!("/v1/operators/{}", made["id"].as_str().unwrap());
        let tenant = browser.post("/v1/tenants", json!({"name": "Acme"})).await.expect(201);
        let of_tenant = format!("/v1/tenants/{}", tenant["id"].as_str().unwrap());
        browser.delete(&of_tenant).await.problem(403, "permission_denied");
        browser.post(&format!("{of_tenant}/suspend"), json!({})).await.problem(403, "permission_denied");
        browser.patch("/v1/project", json!({"name": "x"})).await.problem(403, "permission_denied");
        let key = browser.post("/v1/keys", json!({"name": "CI"})).await.expect(201);
        assert!(key["expires_at"].is_null(), "what an operator gives outlives the session");
        let scopes = key["scopes"].to_string();
        assert!(!scopes.contains("tenant:delete") && !scopes.contains('*'), "{key}");
        browser.post("/v1/keys", json!({"name": "CI", "scopes": ["tenant:*"]})).await.problem(403, "scope_exceeded");
        let mut admin = ada(&app).await;
        admin.patch(&path, role("viewer")).await.expect(200);
        browser.post("/v1/tenants", json!({"name": "B"})).await.problem(403, "permission_denied");
        admin.patch(&path, role("owner")).await.expect(200);
        browser.delete(&of_tenant).await.expect(200);
        admin.patch(&path, json!({"project_roles": []})).await.expect(200);
        browser.get("/v1/tenants").await.problem(404, "project_not_found");
    }

    async fn what_is_over_is_swept(app: TestApp) {
        let mut browser = TestBrowser::new(&app, HOME);
        browser.sign_in(ADA, "wrong password").await.problem(401, "invalid_credentials");
        recorded(&app, "operator.sign_in_failed", 1).await;
        ada(&app).await.post("/v1/operators", json!({"email": "x@example.com", "platform_role": "support"})).await.expect(201);
        let system = carcosa_kernel::System::new(&app.kernel, carcosa_kernel::SystemTask::Jobs);
        let sweep = async || carcosa::capabilities::operators::jobs::sweep(&system).await.unwrap();
        assert_eq!(sweep().await, 0);
        app.clock.advance(MINUTE * 60 * 24 * 60);
        assert!(sweep().await >= 3, "a link, a session, and failures");
        assert_eq!(sweep().await, 0);
    }

    async fn the_installation_s_audit_trail_is_theirs_alone(app: TestApp) {
        let mut admin = ada(&app).await;
        TestBrowser::new(&app, AWAY).sign_in(ADA, "a wrong password").await.problem(401, "invalid_credentials");
        app.sequence().await;
        let page = admin.get("/v1/installation/audit?action=session.created").await.expect(200);
        assert_eq!(page["data"][0]["actor"]["kind"], "operator");
        assert!(!page.to_string().contains(admin.session()));
        let (_, mut viewer) = invited(&app, "grace@example.com", json!({"project_roles": [{"project_id": app.project(), "role": "owner"}]})).await;
        viewer.get("/v1/installation/audit").await.problem(403, "permission_denied");
        app.get("/v1/installation/audit").send().await.problem(403, "permission_denied");
    }
}
