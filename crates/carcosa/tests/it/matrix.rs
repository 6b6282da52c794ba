//! The access matrix that is checked in is what the server does: every endpoint is asked by every kind of principal.

use axum::http::Method;
use carcosa::capabilities;
use carcosa::matrix::{Outcome, Principal, Situation, outcome};
use carcosa_testkit::{Call, TestApp, TestBrowser, both_databases};
use carcosa_types::operator::PlatformRole;
use carcosa_types::permission::PermissionRow;
use carcosa_web::Place;
use serde_json::{Value, json};

const PASSWORD: &str = "a horse eats hay";

/// One endpoint that needs a permission.
struct Door {
    method: Method,
    path: &'static str,
    place: Place,
    row: &'static PermissionRow,
    takes_body: bool,
}

fn doors() -> Vec<Door> {
    let api = capabilities::api();
    let doors = api.endpoints().iter().filter_map(|one| {
        let operation = &one.operation;
        Some(Door {
            method: one.method.clone(),
            path: one.path,
            place: operation.place,
            row: operation.permission?,
            takes_body: operation.takes_body(),
        })
    });
    doors.collect()
}

/// A principal with what it shows of itself.
enum Credential<'a> {
    Bearer(String),
    Browser(Box<TestBrowser<'a>>),
}

impl Credential<'_> {
    fn call(&self, app: &TestApp, method: &Method, path: &str) -> Call {
        match self {
            Self::Bearer(text) => app.bare(method.clone(), path).key(text),
            Self::Browser(browser) => browser.call(method.clone(), path),
        }
    }
}

async fn credential<'a>(app: &'a TestApp, principal: Principal) -> Credential<'a> {
    match principal {
        Principal::ProjectKey => Credential::Bearer(app.secret().to_owned()),
        Principal::TenantKey => Credential::Bearer(app.tenant_key("slug:own", &["*"]).await),
        Principal::Member(role) => {
            let body = json!({"email": format!("{role}@example.com"), "role": role});
            let made = app.post("/v1/tenants/slug:own/members", body).send().await.expect(201);
            let body = json!({"user": made["user"]["id"], "tenant": "slug:own"});
            let pair = app.post("/v1/tokens", body).send().await.expect(200);
            Credential::Bearer(pair["access_token"].as_str().unwrap().to_owned())
        }
        Principal::Platform(role) => operator(app, principal, json!({"platform_role": role})).await,
        Principal::Operator(role) => {
            let grant = json!({"project_id": app.project(), "role": role});
            operator(app, principal, json!({"project_roles": [grant]})).await
        }
    }
}

async fn operator<'a>(app: &'a TestApp, principal: Principal, mut body: Value) -> Credential<'a> {
    let mut admin = TestBrowser::new(app, "192.0.2.1");
    admin.sign_in("ada@example.com", &app.made.operator.password).await.expect(201);
    let email = format!("{}@example.com", principal.name().replace(' ', "-"));
    body["email"] = json!(email);
    let made = admin.post("/v1/operators", body).await.expect(201);
    let token = made["invitation_url"].as_str().unwrap().split_once('#').unwrap().1;
    let mut browser = TestBrowser::new(app, "192.0.2.2");
    let body = json!({"token": token, "name": "Grace", "password": PASSWORD});
    browser.post("/v1/operators/invitations/accept", body).await.expect(200);
    browser.sign_in(&email, PASSWORD).await.expect(201);
    browser.project = app.project().to_string();
    Credential::Browser(Box::new(browser))
}

/// What the server says to someone at a door. The request is one that nobody's permission makes right.
async fn ask(app: &TestApp, door: &Door, credential: &Credential<'_>, tenant: &str) -> Outcome {
    let mut path = door.path.replace("{tenant}", tenant);
    for (noun, prefix) in [
        ("api_key", "key"),
        ("organization", "org"),
        ("share", "shr"),
        ("user", "usr"),
        ("role", "rol"),
        ("membership", "mem"),
        ("invitation", "inv"),
        ("operator", "opr"),
        ("session", "ses"),
    ] {
        path = path.replace(&format!("{{{noun}}}"), &format!("{prefix}_01h455vb4pex5vsknk084sn02q"));
    }
    let call = credential.call(app, &door.method, &path).header("if-match", "\"0\"");
    let call = if door.takes_body { call.json(json!({"nonsense": 1})) } else { call };
    let answer = call.send().await;
    match (answer.status.as_u16(), answer.body["code"].as_str().unwrap_or_default()) {
        (401, code) => panic!("{} {path}: {code}", door.method),
        (403, "permission_denied" | "tenant_suspended" | "tenant_not_active") => Outcome::Denied,
        (404, "tenant_not_found") => Outcome::Hidden,
        (status, code) => {
            assert!(status < 500 && status != 403, "{} {path}: {status} {code}", door.method);
            Outcome::Allowed
        }
    }
}

async fn check(app: &TestApp, people: &[(Principal, Credential<'_>)], situation: Situation, foreign: &str) {
    for door in doors() {
        for (principal, credential) in people {
            let of_tenant = principal.is_of_tenant();
            let (tenant, expected) = match (door.place, situation) {
                (Place::Tenant, Situation::Foreign) => {
                    (if of_tenant { "slug:other" } else { foreign }, outcome(*principal, door.row, situation))
                }
                (Place::Tenant, _) => ("slug:own", outcome(*principal, door.row, situation)),
                // Nothing of a tenant's own reaches the project as a whole.
                (Place::Project, Situation::Own) if of_tenant => ("slug:own", Outcome::Denied),
                (Place::Project | Place::Installation, Situation::Own) => {
                    ("slug:own", outcome(*principal, door.row, situation))
                }
                _ => continue,
            };
            // Keys and users have no place in the installation, whatever they hold.
            if door.place == Place::Installation
                && !matches!(principal, Principal::Platform(_) | Principal::Operator(_))
            {
                continue;
            }
            let found = ask(app, &door, credential, tenant).await;
            let who = principal.name();
            assert_eq!(
                found, expected,
                "{who}, {situation:?}: {} {} needs {}",
                door.method, door.path, door.row.name
            );
        }
    }
}

both_databases! {
    async fn the_server_does_what_the_matrix_says(app: TestApp) {
        for name in ["Own", "Other"] {
            app.tenant(name).await;
        }
        let (_, key) = app.another_project("Elsewhere").await;
        let elsewhere = app.post("/v1/tenants", json!({"name": "Stranger"})).key(&key).send().await.expect(201);
        let foreign = elsewhere["id"].as_str().unwrap();
        let mut people = Vec::new();
        for principal in Principal::all() {
            people.push((principal, credential(&app, principal).await));
        }
        assert!(people.iter().any(|(one, _)| *one == Principal::Platform(PlatformRole::Support)));
        check(&app, &people, Situation::Own, foreign).await;
        check(&app, &people, Situation::Foreign, foreign).await;
        app.post("/v1/tenants/slug:own/suspend", json!({})).send().await.expect(200);
        check(&app, &people, Situation::Suspended, foreign).await;
    }
}
