//! Every endpoint refuses who may not call it. The registry is walked, so a new endpoint is tested by being there.

use axum::http::Method;
use carcosa::capabilities;
use carcosa_testkit::{Call, TestApp, both_databases};
use carcosa_types::permission::{self, PermissionRow};
use carcosa_web::{Endpoint, Place};
use serde_json::{Value, json};

/// Endpoints that anyone may call.
const OPEN: &[&str] = &[
    "/.well-known/jwks.json",
    "/health/live",
    "/health/ready",
    "/v1/event-types",
    "/v1/operators/invitations/accept",
    "/v1/operators/password-reset",
    "/v1/operators/password-reset/confirm",
    "/v1/session",
    "/v1/session/methods",
    "/v1/session/oidc",
    "/v1/session/oidc/callback",
    "/v1/setup",
    "/v1/setup",
];

/// Questions that are too long, or too secret, for an address: they change nothing that is recorded.
const QUESTIONS: &[&str] = &[
    "/v1/access/check",
    "/v1/access/check/batch",
    "/v1/keys/verify",
    "/v1/sync/compare",
    "/v1/tokens/introspect",
];

fn guarded() -> Vec<(Method, &'static str, Place, &'static PermissionRow)> {
    let api = capabilities::api();
    let rows = api.endpoints().iter().map(|endpoint: &Endpoint| {
        (endpoint.method.clone(), endpoint.path, endpoint.operation.place, endpoint.operation.permission)
    });
    rows.filter_map(|(method, path, place, row)| Some((method, path, place, row?))).collect()
}

/// A request to an endpoint, with an empty object where it takes a body.
fn call(app: &TestApp, method: &Method, template: &str, tenant: &Value) -> Call {
    let api = capabilities::api();
    let endpoint = api.endpoints().iter().find(|one| one.method == method && one.path == template).unwrap();
    let call = app.bare(method.clone(), &path(template, tenant));
    if endpoint.operation.takes_body() { call.json(json!({})) } else { call }
}

fn path(template: &str, tenant: &Value) -> String {
    template
        .replace("{tenant}", tenant["id"].as_str().unwrap())
        .replace("{api_key}", "key_01h455vb4pex5vsknk084sn02q")
        .replace("{organization}", "org_01h455vb4pex5vsknk084sn02q")
        .replace("{share}", "shr_01h455vb4pex5vsknk084sn02q")
        .replace("{operator}", "opr_01h455vb4pex5vsknk084sn02q")
        .replace("{session}", "ses_01h455vb4pex5vsknk084sn02q")
        .replace("{user}", "usr_01h455vb4pex5vsknk084sn02q")
        .replace("{role}", "rol_01h455vb4pex5vsknk084sn02q")
        .replace("{membership}", "mem_01h455vb4pex5vsknk084sn02q")
        .replace("{invitation}", "inv_01h455vb4pex5vsknk084sn02q")
        .replace("{webhook_endpoint}", "ep_01h455vb4pex5vsknk084sn02q")
        .replace("{webhook_delivery}", "del_01h455vb4pex5vsknk084sn02q")
        .replace("{sync_client}", "syn_01h455vb4pex5vsknk084sn02q")
}

#[test]
fn what_is_open_is_on_the_list() {
    let api = capabilities::api();
    let mut open: Vec<_> =
        api.endpoints().iter().filter(|one| one.operation.place == Place::Open).map(|one| one.path).collect();
    open.sort_unstable();
    assert_eq!(open, OPEN);
    for endpoint in api.endpoints() {
        let needs_none = matches!(endpoint.operation.place, Place::Open | Place::Session | Place::Caller);
        assert_eq!(endpoint.operation.permission.is_none(), needs_none, "{}", endpoint.path);
        assert!(!endpoint.path.contains('{') || endpoint.operation.place != Place::Open, "{}", endpoint.path);
    }
    assert!(guarded().len() > 25);
}

#[test]
fn every_permission_is_needed_somewhere() {
    let used: Vec<_> = guarded().into_iter().map(|(_, _, _, row)| row.name).collect();
    for row in permission::REGISTRY {
        assert!(used.contains(&row.name), "nothing needs {}", row.name);
    }
}

#[test]
fn what_changes_something_needs_a_permission_to_change() {
    for (method, path, _, row) in guarded() {
        // Reading all of it at once is recorded; whether a slug can be had is asked by who is about to take it, and an operator's
        // sessions are seen by who may end them.
        let guarded = ["/v1/audit/export", "/v1/tenants/slug", "/v1/operators/{operator}/sessions"];
        let changes = (method != Method::GET || guarded.contains(&path)) && !QUESTIONS.contains(&path);
        assert_eq!(changes, row.mutates, "{method} {path} needs {}", row.name);
    }
}

both_databases! {
    async fn nobody_gets_in_without_a_credential(app: TestApp) {
        let tenant = app.tenant("Acme").await;
        for (method, template, _, _) in guarded() {
            let call = call(&app, &method, template, &tenant);
            call.send().await.problem(401, "unauthenticated");
        }
    }

    async fn a_weak_key_is_refused(app: TestApp) {
        let tenant = app.tenant("Acme").await;
        let given: Vec<_> = permission::REGISTRY.iter().filter(|row| row.place != permission::Place::Installation).collect();
        for row in &given {
            let others: Vec<_> = given.iter().filter(|other| other != &row).map(|other| other.name).collect();
            let key = app.key_with(&others).await;
            for (method, template, _, _) in guarded().into_iter().filter(|(_, _, _, needs)| needs == *row) {
                let call = call(&app, &method, template, &tenant).key(&key);
                let problem = call.send().await.problem(403, "permission_denied");
                assert!(problem["detail"].as_str().unwrap().contains(row.name), "{problem}");
            }
        }
    }

    async fn a_foreign_tenant_is_not_there(app: TestApp) {
        let (_, foreign) = app.another_project("Other").await;
        let tenant = app.tenant("Acme").await;
        let missing = json!({ "id": "ten_01h455vb4pex5vsknk084sn02q" });
        for (method, template, place, _) in guarded() {
            if place != Place::Tenant {
                continue;
            }
            let mut seen = Vec::new();
            for target in [&tenant, &missing] {
                let call = call(&app, &method, template, target).key(&foreign);
                let mut problem = call.send().await.problem(404, "tenant_not_found");
                problem["request_id"] = Value::Null;
                seen.push(problem);
            }
            assert_eq!(seen[0], seen[1], "one that exists elsewhere looks like one that does not: {template}");
        }
    }

    async fn another_tenant_is_not_there(app: TestApp) {
        let (own, other) = (app.tenant("Own").await, app.tenant("Other").await);
        let key = app.tenant_key(own["id"].as_str().unwrap(), &["*"]).await;
        for (method, template, place, row) in guarded() {
            let call = call(&app, &method, template, &other).key(&key);
            match place {
                Place::Tenant if row.place == permission::Place::Tenant => call.send().await.problem(404, "tenant_not_found"),
                _ => call.send().await.problem(403, "permission_denied"),
            };
        }
    }

    async fn a_suspended_tenant_s_key_is_refused_everywhere(app: TestApp) {
        let tenant = app.tenant("Acme").await;
        let id = tenant["id"].as_str().unwrap();
        let key = app.tenant_key(id, &["*"]).await;
        app.bare(Method::GET, &format!("/v1/tenants/{id}")).key(&key).send().await.expect(200);
        app.post(&format!("/v1/tenants/{id}/suspend"), json!({})).send().await.expect(200);
        for (method, template, _, _) in guarded().into_iter().filter(|(_, _, place, _)| *place != Place::Installation) {
            let call = call(&app, &method, template, &tenant).key(&key);
            call.send().await.problem(403, "tenant_suspended");
        }
        app.delete(&format!("/v1/tenants/{id}")).send().await.expect(200);
        for (method, template, _, _) in guarded().into_iter().filter(|(_, _, place, _)| *place != Place::Installation) {
            let call = call(&app, &method, template, &tenant).key(&key);
            call.send().await.problem(403, "tenant_not_active");
        }
    }

    async fn foreign_objects_are_not_there(app: TestApp) {
        let (_, foreign) = app.another_project("Other").await;
        let own_key = app.get("/v1/keys").send().await.expect(200)["data"][0]["id"].as_str().unwrap().to_owned();
        for path in [format!("/v1/keys/{own_key}"), "/v1/keys/key_01h455vb4pex5vsknk084sn02q".into(), "/v1/keys/nonsense".into()] {
            app.bare(Method::GET, &path).key(&foreign).send().await.problem(404, "not_found");
            app.bare(Method::DELETE, &path).key(&foreign).send().await.problem(404, "not_found");
            app.bare(Method::PATCH, &path).key(&foreign).json(json!({"name": "x"})).send().await.problem(404, "not_found");
            app.bare(Method::POST, &format!("{path}/rotate")).key(&foreign).send().await.problem(404, "not_found");
        }
        app.get(&format!("/v1/keys/{own_key}")).send().await.expect(200);
    }

    async fn nobody_has_a_session_without_a_cookie(app: TestApp) {
        let tenant = app.tenant("Acme").await;
        for endpoint in capabilities::api().endpoints().iter().filter(|one| one.operation.place == Place::Session) {
            call(&app, &endpoint.method, endpoint.path, &tenant).send().await.problem(401, "unauthenticated");
            call(&app, &endpoint.method, endpoint.path, &tenant).key(app.secret()).send().await.problem(401, "unauthenticated");
        }
    }

    async fn lists_show_nothing_of_another_project(app: TestApp) {
        let (_, foreign) = app.another_project("Other").await;
        app.tenant("Acme").await;
        for path in ["/v1/tenants", "/v1/tenants?q=acme", "/v1/tenants?status=active", "/v1/tenants?slug=acme"] {
            let page = app.bare(Method::GET, path).key(&foreign).send().await.expect(200);
            assert_eq!(page["data"], json!([]), "{path}");
        }
        let stats = app.bare(Method::GET, "/v1/tenants/stats").key(&foreign).send().await.expect(200);
        assert_eq!(stats["total"], 0);
        let keys = app.bare(Method::GET, "/v1/keys").key(&foreign).send().await.expect(200);
        assert_eq!(keys["data"].as_array().unwrap().len(), 1);
        let slug = app.bare(Method::POST, "/v1/tenants").key(&foreign).json(json!({"name": "Acme"})).send().await.expect(201);
        assert_eq!(slug["slug"], "acme", "slugs are unique in a project, not in the installation");
    }
}
