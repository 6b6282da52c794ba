//! Users, memberships, roles and access checks.

use axum::http::Method;
use carcosa_testkit::{TestApp, both_databases};
use serde_json::{Value, json};

fn id(of: &Value) -> &str {
    of["id"].as_str().unwrap()
}

/// A tenant, and a member of it with this role.
async fn member(app: &TestApp, tenant: &str, email: &str, role: &str) -> Value {
    let body = json!({"email": email, "role": role});
    app.post(&format!("/v1/tenants/{tenant}/members"), body).send().await.expect(201)
}

/// An access token of a user in a tenant.
async fn token(app: &TestApp, user: &Value, tenant: &str) -> String {
    let body = json!({"user": user["user"]["id"], "tenant": tenant});
    app.post("/v1/tokens", body).send().await.expect(200)["access_token"].as_str().unwrap().to_owned()
}

async fn may(app: &TestApp, user: &Value, tenant: &str, permission: &str) -> Value {
    let body = json!({"user": user["user"]["id"], "tenant": tenant, "permission": permission});
    app.post("/v1/access/check", body).send().await.expect(200)
}

both_databases! {
    async fn a_user_s_life(app: TestApp) {
        let body = json!({"email": "Ada@Example.com", "name": "Ada", "external_id": "42", "metadata": {"a": 1}});
        let user = app.post("/v1/users", body).send().await.expect(201);
        assert_eq!((&user["email"], &user["status"]), (&json!("Ada@Example.com"), &json!("active")));
        let path = format!("/v1/users/{}", id(&user));
        let taken = app.post("/v1/users", json!({"email": "ADA@example.COM"})).send().await.problem(409, "email_taken");
        assert_eq!(taken["errors"][0]["pointer"], "/email");
        let body = json!({"email": "b@example.com", "external_id": "42"});
        app.post("/v1/users", body).send().await.problem(409, "user_external_id_taken");
        for bad in ["", "a", "a@", "a b@c.d", "a@b\r\nBcc: x@y.z", "ada@exa mple.com"] {
            app.post("/v1/users", json!({"email": bad})).send().await.problem(422, "validation_failed");
        }
        app.post("/v1/users", json!({"email": "用户@例子.广告"})).send().await.expect(201);
        let patched = app.patch(&path, json!({"name": null, "metadata": {"b": 2}})).send().await.expect(200);
        assert_eq!((&patched["name"], &patched["metadata"]), (&Value::Null, &json!({"a": 1, "b": 2})));
        app.patch(&path, json!({"email": "用户@例子.广告"})).send().await.problem(409, "email_taken");
        let found = app.get("/v1/users?email=ADA@example.com").send().await.expect(200);
        assert_eq!(found["data"][0]["id"], user["id"]);
        assert_eq!(app.get("/v1/users?email=nonsense").send().await.expect(200)["data"], json!([]));
        app.post(&format!("{path}/disable"), json!({"reason": "x"})).send().await.problem(422, "validation_failed");
        app.bare(Method::POST, &format!("{path}/disable")).key(app.secret()).send().await.expect(200);
        assert_eq!(app.get("/v1/users?status=disabled").send().await.expect(200)["data"][0]["id"], user["id"]);
        app.bare(Method::POST, &format!("{path}/enable")).key(app.secret()).send().await.expect(200);
        app.delete(&path).send().await.expect(204);
        app.get(&path).send().await.problem(404, "not_found");
        let kinds: Vec<_> = app.events().await.iter().map(|event| event["type"].as_str().unwrap().to_owned()).collect();
        for kind in ["user.created", "user.updated", "user.disabled", "user.enabled", "user.deleted"] {
            assert!(kinds.iter().any(|one| one == kind), "{kind}");
        }
    }

    async fn members_and_their_count(app: TestApp) {
        app.tenant("Acme").await;
        let ada = member(&app, "slug:acme", "ada@example.com", "owner").await;
        assert_eq!(ada["object"], "membership");
        let same = json!({"email": "ADA@example.com"});
        let problem = app.post("/v1/tenants/slug:acme/members", same).send().await.problem(409, "membership_exists");
        assert_eq!(problem["errors"][0]["pointer"], "/email");
        let same = json!({"user_id": ada["user"]["id"]});
        let problem = app.post("/v1/tenants/slug:acme/members", same).send().await.problem(409, "membership_exists");
        assert_eq!(problem["errors"][0]["pointer"], "/user_id");
        let bob = member(&app, "slug:acme", "bob@example.com", "member").await;
        assert_eq!(app.get("/v1/tenants/slug:acme").send().await.expect(200)["counts"]["members"], 2);
        assert_eq!(app.get("/v1/tenants").send().await.expect(200)["data"][0]["counts"]["members"], 2);
        let page = app.get("/v1/tenants/slug:acme/members?role=owner").send().await.expect(200);
        assert_eq!(page["data"].as_array().unwrap().len(), 1);
        let path = format!("/v1/tenants/slug:acme/members/{}", id(&bob));
        let body = json!({"role": "nonsense"});
        let problem = app.patch(&path, body).send().await.problem(422, "validation_failed");
        assert_eq!(problem["errors"][0]["code"], "unknown_role");
        assert_eq!(app.patch(&path, json!({"role": "admin"})).send().await.expect(200)["role"], "admin");
        let permissions = app.get(&format!("{path}/permissions")).send().await.expect(200);
        assert!(permissions["permissions"].as_array().unwrap().contains(&json!("member:create")));
        app.delete(&path).send().await.expect(204);
        app.get(&path).send().await.problem(404, "not_found");
        let of_user = app.get(&format!("/v1/users/{}/memberships", ada["user"]["id"].as_str().unwrap()));
        assert_eq!(of_user.send().await.expect(200)["data"][0]["id"], ada["id"]);
        for wrong in [json!({}), json!({"email": "x@y.z", "user_id": ada["user"]["id"]}), json!({"email": "nonsense"})] {
            app.post("/v1/tenants/slug:acme/members", wrong).send().await.problem(422, "validation_failed");
        }
    }

    async fn the_last_owner_stays(app: TestApp) {
        app.tenant("Acme").await;
        let ada = member(&app, "slug:acme", "ada@example.com", "owner").await;
        let path = format!("/v1/tenants/slug:acme/members/{}", id(&ada));
        app.delete(&path).send().await.problem(409, "last_owner");
        app.patch(&path, json!({"role": "admin"})).send().await.problem(409, "last_owner");
        app.patch(&path, json!({"status": "disabled"})).send().await.problem(409, "last_owner");
        let user = format!("/v1/users/{}", ada["user"]["id"].as_str().unwrap());
        app.delete(&user).send().await.problem(409, "last_owner");
        let bob = member(&app, "slug:acme", "bob@example.com", "owner").await;
        app.bare(Method::POST, &format!("/v1/users/{}/disable", bob["user"]["id"].as_str().unwrap())).key(app.secret()).send().await.expect(200);
        app.delete(&path).send().await.problem(409, "last_owner");
        app.bare(Method::POST, &format!("/v1/users/{}/enable", bob["user"]["id"].as_str().unwrap())).key(app.secret()).send().await.expect(200);
        app.delete(&user).send().await.expect(204);
    }

    async fn of_owners_who_leave_at_once_one_stays(app: TestApp) {
        app.tenant("Acme").await;
        let mut calls = Vec::new();
        for n in 0..8 {
            let one = member(&app, "slug:acme", &format!("o{n}@example.com"), "owner").await;
            calls.push(app.delete(&format!("/v1/tenants/slug:acme/members/{}", id(&one))));
        }
        let calls: Vec<_> = calls.into_iter().map(|call| tokio::spawn(async move { call.send().await.status.as_u16() })).collect();
        let mut statuses = Vec::new();
        for call in calls {
            statuses.push(call.await.unwrap());
        }
        statuses.sort_unstable();
        assert_eq!(statuses, [204, 204, 204, 204, 204, 204, 204, 409]);
    }

    async fn a_user_is_in_at_most_so_many_tenants(app: TestApp) {
        app.patch("/v1/project", json!({"settings": {"max_tenants_per_user": 2}})).send().await.expect(200);
        for name in ["A1", "A2", "A3"] {
            app.tenant(name).await;
        }
        member(&app, "slug:a1", "ada@example.com", "member").await;
        member(&app, "slug:a2", "ada@example.com", "member").await;
        let body = json!({"email": "ada@example.com"});
        let problem = app.post("/v1/tenants/slug:a3/members", body).send().await.problem(409, "too_many_tenants");
        assert_eq!(problem["errors"][0]["pointer"], "/email");
        app.patch("/v1/project", json!({"settings": {"max_tenants_per_user": 0}})).send().await.problem(422, "validation_failed");
        app.patch("/v1/project", json!({"settings": {"max_tenants_per_user": 1001}})).send().await.problem(422, "validation_failed");
    }

    async fn roles_of_a_project_and_of_a_tenant(app: TestApp) {
        app.tenant("Acme").await;
        app.patch("/v1/project", json!({"settings": {"permissions": {"invoice:approve": "Approve invoices."}}})).send().await.expect(200);
        let body = json!({"key": "accountant", "name": "Accountant", "permissions": ["tenant:read", "invoice:*"]});
        let role = app.post("/v1/roles", body.clone()).send().await.expect(201);
        app.post("/v1/roles", body.clone()).send().await.problem(409, "role_key_taken");
        app.post("/v1/tenants/slug:acme/roles", body).send().await.problem(409, "role_key_taken");
        for (key, permissions, code) in [
            ("owner", json!(["tenant:read"]), "role_key_taken"),
            ("x", json!(["tenant:read"]), "validation_failed"),
            ("good_key", json!(["invoice:pay"]), "validation_failed"),
            ("good_key", json!(["tenant:create"]), "validation_failed"),
            ("good_key", json!(["operator:read"]), "validation_failed"),
            ("good_key", json!([]), "validation_failed"),
        ] {
            let body = json!({"key": key, "name": "X", "permissions": permissions});
            let answer = app.post("/v1/roles", body).send().await;
            answer.problem(if code == "role_key_taken" { 409 } else { 422 }, code);
        }
        let body = json!({"key": "helper", "name": "Helper", "permissions": ["organization:read"]});
        let own = app.post("/v1/tenants/slug:acme/roles", body).send().await.expect(201);
        let all = app.get("/v1/tenants/slug:acme/roles").send().await.expect(200);
        let keys: Vec<_> = all["data"].as_array().unwrap().iter().map(|role| role["key"].as_str().unwrap().to_owned()).collect();
        assert_eq!(keys, ["owner", "admin", "manager", "member", "viewer", "accountant", "helper"]);
        app.tenant("Other").await;
        app.get(&format!("/v1/tenants/slug:other/roles/{}", id(&own))).send().await.problem(404, "not_found");
        let other = json!({"email": "x@y.z", "role": "helper"});
        app.post("/v1/tenants/slug:other/members", other).send().await.problem(422, "validation_failed");

        let ada = member(&app, "slug:acme", "ada@example.com", "accountant").await;
        assert_eq!(may(&app, &ada, "slug:acme", "invoice:approve").await["allowed"], true);
        assert_eq!(may(&app, &ada, "slug:acme", "member:read").await["reason"], "permission_not_granted");
        app.delete(&format!("/v1/roles/{}", id(&role))).send().await.problem(409, "role_in_use");
        let path = format!("/v1/roles/{}", id(&role));
        app.patch(&path, json!({"permissions": ["tenant:read"]})).send().await.expect(200);
        assert_eq!(may(&app, &ada, "slug:acme", "invoice:approve").await["reason"], "permission_not_granted");
        app.delete(&format!("/v1/tenants/slug:acme/members/{}", id(&ada))).send().await.expect(204);
        app.delete(&path).send().await.expect(204);
        let built_in = app.get("/v1/roles").send().await.expect(200)["data"][0].clone();
        app.get(&format!("/v1/roles/{}", id(&built_in))).send().await.expect(200);
        app.patch(&format!("/v1/roles/{}", id(&built_in)), json!({"name": "x"})).send().await.problem(409, "role_built_in");
        app.delete(&format!("/v1/roles/{}", id(&built_in))).send().await.problem(409, "role_built_in");
        let registry = app.get("/v1/permissions").send().await.expect(200);
        assert!(registry["data"].as_array().unwrap().iter().any(|one| one["name"] == "invoice:approve" && one["built_in"] == false));
        assert!(!registry.to_string().contains("operator:"));
    }

    async fn why_not(app: TestApp) {
        let acme = app.tenant("Acme").await;
        app.tenant("Other").await;
        let ada = member(&app, "slug:acme", "ada@example.com", "member").await;
        let yes = may(&app, &ada, "slug:acme", "tenant:read").await;
        assert_eq!((&yes["allowed"], &yes["reason"], &yes["role"]), (&json!(true), &json!("granted"), &json!("member")));
        assert_eq!(yes["membership_id"], ada["id"]);
        assert_eq!(may(&app, &ada, "slug:other", "tenant:read").await["reason"], "not_a_member");
        assert_eq!(may(&app, &ada, "slug:nobody", "tenant:read").await["reason"], "tenant_not_found");
        let nobody = json!({"user": {"id": "usr_01h455vb4pex5vsknk084sn02q"}});
        assert_eq!(may(&app, &nobody, "slug:acme", "tenant:read").await["reason"], "user_not_found");
        let body = json!({"user": id(&ada["user"]), "tenant": "slug:acme", "permission": "tenant:fly"});
        let problem = app.post("/v1/access/check", body).send().await.problem(422, "validation_failed");
        assert_eq!(problem["errors"][0]["code"], "unknown_permission");

        let path = format!("/v1/tenants/slug:acme/members/{}", id(&ada));
        app.patch(&path, json!({"status": "disabled"})).send().await.expect(200);
        assert_eq!(may(&app, &ada, "slug:acme", "tenant:read").await["reason"], "membership_disabled");
        app.patch(&path, json!({"status": "active"})).send().await.expect(200);
        let user = format!("/v1/users/{}", id(&ada["user"]));
        app.bare(Method::POST, &format!("{user}/disable")).key(app.secret()).send().await.expect(200);
        assert_eq!(may(&app, &ada, "slug:acme", "tenant:read").await["reason"], "user_disabled");
        app.bare(Method::POST, &format!("{user}/enable")).key(app.secret()).send().await.expect(200);
        app.post(&format!("/v1/tenants/{}/suspend", id(&acme)), json!({})).send().await.expect(200);
        assert_eq!(may(&app, &ada, "slug:acme", "tenant:read").await["reason"], "tenant_suspended");
        app.post(&format!("/v1/tenants/{}/archive", id(&acme)), json!({})).send().await.expect(200);
        assert_eq!(may(&app, &ada, "slug:acme", "tenant:read").await["reason"], "tenant_not_active");
        let check = json!({"user": id(&ada["user"]), "tenant": "slug:acme", "permission": "tenant:read"});
        let batch = app.post("/v1/access/check/batch", json!({"checks": vec![check.clone(); 100]})).send().await.expect(200);
        assert_eq!(batch["data"].as_array().unwrap().len(), 100);
        app.post("/v1/access/check/batch", json!({"checks": vec![check; 101]})).send().await.problem(422, "validation_failed");
    }

    async fn conditions_decide(app: TestApp) {
        app.post("/v1/tenants", json!({"name": "Acme", "region": "eu"})).send().await.expect(201);
        let conditions = json!({"mfa": true, "addresses": ["203.0.113.0/24"], "regions": ["eu"], "plans": ["free"]});
        let body = json!({"key": "careful", "name": "Careful", "permissions": ["tenant:read"], "conditions": conditions});
        let role = app.post("/v1/roles", body).send().await.expect(201);
        let ada = member(&app, "slug:acme", "ada@example.com", "careful").await;
        let ask = |mfa: bool, ip: &str| {
            app.post("/v1/access/check", json!({"user": id(&ada["user"]), "tenant": "slug:acme", "permission": "tenant:read", "mfa": mfa, "ip": ip})).send()
        };
        assert_eq!(ask(true, "203.0.113.7").await.expect(200)["allowed"], true);
        let no = ask(false, "203.0.113.7").await.expect(200);
        assert_eq!((&no["reason"], &no["condition"]), (&json!("condition_not_met"), &json!("mfa")));
        assert_eq!(ask(true, "198.51.100.1").await.expect(200)["condition"], "addresses");
        ask(true, "nonsense").await.problem(422, "validation_failed");
        app.patch("/v1/tenants/slug:acme", json!({"plan": "pro"})).send().await.expect(200);
        assert_eq!(ask(true, "203.0.113.7").await.expect(200)["condition"], "plans");
        // The same holds at Carcosa's own doors, and for what a token says.
        app.patch("/v1/tenants/slug:acme", json!({"plan": "free"})).send().await.expect(200);
        let pair = |mfa: bool| app.post("/v1/tokens", json!({"user": id(&ada["user"]), "tenant": "slug:acme", "mfa": mfa})).send();
        let read = |pair: Value, ip: &str| {
            let call = app.bare(Method::GET, "/v1/tenants/slug:acme").key(pair["access_token"].as_str().unwrap());
            call.at(ip.parse().unwrap()).send()
        };
        let (strong, weak) = (pair(true).await.expect(200), pair(false).await.expect(200));
        read(strong.clone(), "203.0.113.7").await.expect(200);
        for (pair, ip, condition) in [(weak, "203.0.113.7", "mfa"), (strong, "198.51.100.1", "addresses")] {
            let problem = read(pair, ip).await.problem(403, "permission_denied");
            assert!(problem["detail"].as_str().unwrap().contains(condition), "{problem}");
        }
        for bad in [json!({"addresses": ["10.0.0.0/99"]}), json!({"hours": {"from": "25:00", "to": "01:00"}}), json!({"moon": "full"}), json!({"plans": []})] {
            app.patch(&format!("/v1/roles/{}", id(&role)), json!({"conditions": bad})).send().await.problem(422, "validation_failed");
        }
    }

    async fn a_role_in_one_organization(app: TestApp) {
        app.tenant("Acme").await;
        let org = |name: &str| app.post("/v1/tenants/slug:acme/organizations", json!({"name": name})).send();
        let (north, south) = (org("North").await.expect(201), org("South").await.expect(201));
        let body = json!({"email": "ada@example.com", "role": "manager", "organization_id": north["id"]});
        let ada = app.post("/v1/tenants/slug:acme/members", body.clone()).send().await.expect(201);
        app.post("/v1/tenants/slug:acme/members", body).send().await.problem(409, "membership_exists");
        let ask = |organization: Value| {
            let body = json!({"user": id(&ada["user"]), "tenant": "slug:acme", "permission": "organization:update", "organization_id": organization});
            app.post("/v1/access/check", body).send()
        };
        assert_eq!(ask(north["id"].clone()).await.expect(200)["allowed"], true);
        assert_eq!(ask(south["id"].clone()).await.expect(200)["reason"], "other_organization");
        assert_eq!(ask(Value::Null).await.expect(200)["reason"], "other_organization");
        let token = token(&app, &ada, "slug:acme").await;
        let rename = |of: &Value| app.patch(&format!("/v1/tenants/slug:acme/organizations/{}", id(of)), json!({"description": "x"})).key(&token);
        rename(&north).send().await.expect(200);
        rename(&south).send().await.problem(403, "permission_denied");
        app.bare(Method::GET, "/v1/tenants/slug:acme").key(&token).send().await.problem(403, "permission_denied");
        app.delete(&format!("/v1/tenants/slug:acme/organizations/{}", id(&north))).send().await.problem(409, "organization_in_use");
        let elsewhere = json!({"email": "bob@example.com", "organization_id": "org_01h455vb4pex5vsknk084sn02q"});
        app.post("/v1/tenants/slug:acme/members", elsewhere).send().await.problem(422, "validation_failed");
    }

    async fn a_parent_s_admin_reaches_the_children_when_told(app: TestApp) {
        app.tenant("Top").await;
        app.post("/v1/tenants", json!({"name": "Child", "parent_id": "slug:top"})).send().await.expect(201);
        app.post("/v1/tenants", json!({"name": "Grandchild", "parent_id": "slug:child"})).send().await.expect(201);
        app.tenant("Stranger").await;
        let body = json!({"email": "ada@example.com", "role": "admin", "includes_children": true});
        let ada = app.post("/v1/tenants/slug:top/members", body).send().await.expect(201);
        let bob = member(&app, "slug:top", "bob@example.com", "admin").await;
        for below in ["slug:child", "slug:grandchild"] {
            let yes = may(&app, &ada, below, "member:create").await;
            assert_eq!((&yes["allowed"], &yes["via_tenant_id"]), (&json!(true), &ada["tenant_id"]));
            assert_eq!(may(&app, &bob, below, "member:create").await["reason"], "not_a_member");
        }
        let (ada, bob) = (token(&app, &ada, "slug:top").await, token(&app, &bob, "slug:top").await);
        let add = |key: &str, tenant: &str| {
            app.post(&format!("/v1/tenants/{tenant}/members"), json!({"email": "new@example.com", "role": "member"})).key(key).send()
        };
        add(&ada, "slug:grandchild").await.expect(201);
        add(&bob, "slug:child").await.problem(404, "tenant_not_found");
        add(&ada, "slug:stranger").await.problem(404, "tenant_not_found");
        let reach = json!({"email": "x@example.com", "role": "member", "includes_children": true});
        app.post("/v1/tenants/slug:top/members", reach).key(&ada).send().await.problem(403, "permission_denied");
        app.post("/v1/tenants/slug:child/suspend", json!({})).send().await.expect(200);
        let cut = app.bare(Method::GET, "/v1/tenants/slug:grandchild").key(&ada).send().await;
        cut.problem(404, "tenant_not_found");
    }

    async fn nobody_rises_above_themselves(app: TestApp) {
        app.tenant("Acme").await;
        let owner = member(&app, "slug:acme", "owner@example.com", "owner").await;
        let admin = member(&app, "slug:acme", "admin@example.com", "admin").await;
        let key = token(&app, &admin, "slug:acme").await;
        let members = "/v1/tenants/slug:acme/members";
        let own = format!("{members}/{}", id(&admin));
        app.patch(&own, json!({"role": "owner"})).key(&key).send().await.problem(403, "own_membership");
        app.delete(&own).key(&key).send().await.problem(403, "own_membership");
        app.post(members, json!({"email": "x@y.z", "role": "owner"})).key(&key).send().await.problem(403, "role_exceeded");
        app.patch(&format!("{members}/{}", id(&owner)), json!({"role": "viewer"})).key(&key).send().await.problem(403, "role_exceeded");
        app.delete(&format!("{members}/{}", id(&owner))).key(&key).send().await.problem(403, "role_exceeded");
        let roles = "/v1/tenants/slug:acme/roles";
        for permissions in [json!(["*"]), json!(["invoice:*"]), json!(["key:*", "share:*", "tenant:*"])] {
            let made = app.post(roles, json!({"key": "mine", "name": "Mine", "permissions": permissions})).key(&key).send().await;
            assert!(matches!(made.body["code"].as_str(), Some("role_exceeded" | "validation_failed")) || permissions[0] == "key:*", "{}", made.body);
        }
        app.post("/v1/tenants/slug:acme/invitations", json!({"email": "x@y.z", "role": "owner"})).key(&key).send().await.problem(403, "role_exceeded");
        let viewer = member(&app, "slug:acme", "viewer@example.com", "viewer").await;
        let weak = token(&app, &viewer, "slug:acme").await;
        app.post(members, json!({"email": "x@y.z"})).key(&weak).send().await.problem(403, "permission_denied");
        app.bare(Method::GET, "/v1/tenants").key(&weak).send().await.problem(403, "permission_denied");
        let narrow = app.key_with(&["member:*"]).await;
        app.post(members, json!({"email": "x@y.z", "role": "admin"})).key(&narrow).send().await.problem(403, "role_exceeded");
    }

    async fn what_changes_holds_at_once(app: TestApp) {
        app.tenant("Acme").await;
        let other = app.another_node().await;
        let ada = member(&app, "slug:acme", "ada@example.com", "admin").await;
        let key = token(&app, &ada, "slug:acme").await;
        app.hear().await;
        other.hear().await;
        let read = |node: &TestApp| node.bare(Method::GET, "/v1/tenants/slug:acme/members").key(&key).send();
        read(&app).await.expect(200);
        read(&other).await.expect(200);
        assert!(other.kernel.directory().is_fresh(&other.kernel), "the other node answers from memory");
        let path = format!("/v1/tenants/slug:acme/members/{}", id(&ada));
        app.patch(&path, json!({"role": "viewer"})).send().await.expect(200);
        read(&app).await.problem(403, "permission_denied");
        other.hear().await;
        read(&other).await.problem(403, "permission_denied");
        app.patch(&path, json!({"role": "admin"})).send().await.expect(200);
        other.hear().await;
        read(&other).await.expect(200);
        app.delete(&path).send().await.expect(204);
        other.hear().await;
        read(&app).await.problem(403, "permission_denied");
        read(&other).await.problem(403, "permission_denied");
    }

    async fn another_project_s_people_are_not_there(app: TestApp) {
        let (_, foreign) = app.another_project("Other").await;
        app.tenant("Acme").await;
        let ada = member(&app, "slug:acme", "ada@example.com", "owner").await;
        let user = format!("/v1/users/{}", id(&ada["user"]));
        for path in [user.clone(), "/v1/users/usr_01h455vb4pex5vsknk084sn02q".to_owned()] {
            app.bare(Method::GET, &path).key(&foreign).send().await.problem(404, "not_found");
            app.patch(&path, json!({"name": "x"})).key(&foreign).send().await.problem(404, "not_found");
            app.delete(&path).key(&foreign).send().await.problem(404, "not_found");
        }
        assert_eq!(app.bare(Method::GET, "/v1/users").key(&foreign).send().await.expect(200)["data"], json!([]));
        app.post("/v1/users", json!({"email": "ada@example.com"})).key(&foreign).send().await.expect(201);
        let question = json!({"user": id(&ada["user"]), "tenant": "slug:acme", "permission": "tenant:read"});
        let answer = app.post("/v1/access/check", question).key(&foreign).send().await.expect(200);
        assert_eq!(answer["reason"], "tenant_not_found");
    }
}
