//! What an administrator of one tenant might try in order to reach further, to give more than they have, or to stay after they were
//! removed.

use axum::http::Method;
use carcosa_testkit::{TestApp, both_databases};
use serde_json::{Value, json};

fn id(of: &Value) -> &str {
    of["id"].as_str().unwrap()
}

fn refused_at(answer: carcosa_testkit::Answer, code: &str, pointer: &str) {
    assert_eq!(answer.problem(403, code)["errors"][0]["pointer"], pointer);
}

async fn member(app: &TestApp, tenant: &str, email: &str, role: &str) -> Value {
    let body = json!({"email": email, "role": role});
    app.post(&format!("/v1/tenants/{tenant}/members"), body).send().await.expect(201)
}

/// An access token of a member in a tenant, got with or without a second factor.
async fn token(app: &TestApp, member: &Value, tenant: &str, mfa: bool) -> String {
    let body = json!({"user": member["user"]["id"], "tenant": tenant, "mfa": mfa});
    app.post("/v1/tokens", body).send().await.expect(200)["access_token"].as_str().unwrap().to_owned()
}

both_databases! {
    async fn a_token_for_one_tenant_opens_no_other(app: TestApp) {
        app.tenant("Acme").await;
        app.tenant("Other").await;
        let ada = member(&app, "slug:acme", "ada@example.com", "admin").await;
        member(&app, "slug:other", "ada@example.com", "admin").await;
        let of_acme = token(&app, &ada, "slug:acme", false).await;
        let read = |tenant: &str, key: &str| app.bare(Method::GET, &format!("/v1/tenants/{tenant}")).key(key);
        read("slug:acme", &of_acme).send().await.expect(200);
        read("slug:other", &of_acme).send().await.problem(404, "tenant_not_found");
        let of_other = token(&app, &ada, "slug:other", false).await;
        read("slug:other", &of_other).send().await.expect(200);
    }

    async fn from_a_parent_into_a_suspended_child_there_is_no_way(app: TestApp) {
        app.tenant("Top").await;
        app.post("/v1/tenants", json!({"name": "Child", "parent_id": "slug:top"})).send().await.expect(201);
        let body = json!({"email": "ada@example.com", "role": "admin", "includes_children": true});
        let ada = app.post("/v1/tenants/slug:top/members", body).send().await.expect(201);
        let key = token(&app, &ada, "slug:top", false).await;
        let read = || app.bare(Method::GET, "/v1/tenants/slug:child").key(&key).send();
        read().await.expect(200);
        app.post("/v1/tenants/slug:child/suspend", json!({})).send().await.expect(200);
        read().await.problem(403, "tenant_suspended");
        app.post("/v1/tenants/slug:child/activate", json!({})).send().await.expect(200);
        read().await.expect(200);
    }

    async fn a_role_that_a_tenant_made_holds_there_alone(app: TestApp) {
        app.tenant("Top").await;
        app.post("/v1/tenants", json!({"name": "Child", "parent_id": "slug:top"})).send().await.expect(201);
        let role = json!({"key": "mine", "name": "Mine", "permissions": ["tenant:read"]});
        app.post("/v1/tenants/slug:top/roles", role).send().await.expect(201);
        let add = |role: &str| {
            let body = json!({"email": "ada@example.com", "role": role, "includes_children": true});
            app.post("/v1/tenants/slug:top/members", body).send()
        };
        let problem = add("mine").await.problem(422, "validation_failed");
        assert_eq!(problem["errors"][0]["pointer"], "/includes_children");
        let ada = add("viewer").await.expect(201);
        let path = format!("/v1/tenants/slug:top/members/{}", id(&ada));
        app.patch(&path, json!({"role": "mine"})).send().await.problem(422, "validation_failed");
        app.patch(&path, json!({"role": "mine", "includes_children": false})).send().await.expect(200);
    }

    async fn a_tenant_s_key_gives_no_limits_and_hands_on_its_own(app: TestApp) {
        app.tenant("Acme").await;
        let make = |key: &str, body: Value| app.post("/v1/tenants/slug:acme/keys", body).key(key);
        let limit = json!({"limit": 5, "period_seconds": 60});
        let own = json!({"name": "slow", "scopes": ["key:*", "tenant:read"], "rate_limit": limit});
        let own = make(app.secret(), own).send().await.expect(201);
        let slow = own["secret"].as_str().unwrap();
        let wide = json!({"limit": 5000, "period_seconds": 60});
        refused_at(make(slow, json!({"name": "x", "rate_limit": wide})).send().await, "scope_exceeded", "/rate_limit");
        let credits = json!({"remaining": 9});
        refused_at(make(slow, json!({"name": "x", "credits": credits})).send().await, "scope_exceeded", "/credits");
        let child = make(slow, json!({"name": "x"})).send().await.expect(201);
        assert_eq!(child["rate_limit"], own["rate_limit"]);
        let spending = json!({"name": "spends", "scopes": ["key:*"], "credits": credits});
        let spending = make(app.secret(), spending).send().await.expect(201);
        let fast = make(app.secret(), json!({"name": "fast", "scopes": ["tenant:read"]})).send().await.expect(201);
        let rotate = |of: &Value, key: &str| app.post(&format!("/v1/tenants/slug:acme/keys/{}/rotate", id(of)), json!({})).key(key);
        rotate(&fast, slow).send().await.problem(403, "scope_exceeded");
        rotate(&fast, spending["secret"].as_str().unwrap()).send().await.problem(403, "scope_exceeded");
        rotate(&child, slow).send().await.expect(200);
        make(spending["secret"].as_str().unwrap(), json!({"name": "x"})).send().await.problem(403, "scope_exceeded");
    }

    async fn what_holds_under_conditions_is_not_handed_on(app: TestApp) {
        app.tenant("Acme").await;
        let permissions = json!(["tenant:read", "organization:read", "member:*", "role:*", "key:*", "invitation:*"]);
        let careful = json!({"key": "careful", "name": "Careful", "permissions": permissions, "conditions": {"mfa": true}});
        app.post("/v1/roles", careful).send().await.expect(201);
        let ada = member(&app, "slug:acme", "ada@example.com", "careful").await;
        let key = token(&app, &ada, "slug:acme", true).await;
        app.bare(Method::GET, "/v1/tenants/slug:acme/members").key(&key).send().await.expect(200);
        let to = |path: &str, body: Value| app.post(&format!("/v1/tenants/slug:acme/{path}"), body).key(&key).send();
        to("roles", json!({"key": "mine", "name": "Mine", "permissions": permissions})).await.problem(403, "role_exceeded");
        to("members", json!({"email": "b@example.com", "role": "viewer"})).await.problem(403, "role_exceeded");
        to("invitations", json!({"email": "b@example.com", "role": "careful"})).await.problem(403, "role_exceeded");
        to("keys", json!({"name": "x", "scopes": ["tenant:read"]})).await.problem(403, "scope_exceeded");
        let of_tenant = json!({"name": "x", "scopes": ["tenant:read"]});
        let of_tenant = app.post("/v1/tenants/slug:acme/keys", of_tenant).send().await.expect(201);
        to(&format!("keys/{}/rotate", id(&of_tenant)), json!({})).await.problem(403, "scope_exceeded");
        let path = format!("/v1/tenants/slug:acme/keys/{}", id(&of_tenant));
        app.patch(&path, json!({"allowed_ips": ["10.0.0.0/8"]})).key(&key).send().await.problem(403, "scope_exceeded");
    }

    async fn a_tenant_names_neither_users_by_id_nor_pages(app: TestApp) {
        app.tenant("Acme").await;
        let stranger = app.post("/v1/users", json!({"email": "bob@example.com"})).send().await.expect(201);
        let key = app.tenant_key("slug:acme", &["*"]).await;
        let add = json!({"user_id": stranger["id"]});
        let answer = app.post("/v1/tenants/slug:acme/members", add.clone()).key(&key).send().await;
        refused_at(answer, "permission_denied", "/user_id");
        let invite = json!({"email": "c@example.com", "accept_url": "https://phish.example/"});
        let answer = app.post("/v1/tenants/slug:acme/invitations", invite.clone()).key(&key).send().await;
        refused_at(answer, "permission_denied", "/accept_url");
        app.post("/v1/tenants/slug:acme/members", add).send().await.expect(201);
        app.post("/v1/tenants/slug:acme/invitations", invite).send().await.expect(201);
    }

    async fn whoever_was_removed_leaves_no_way_back(app: TestApp) {
        app.tenant("Acme").await;
        let ada = member(&app, "slug:acme", "ada@example.com", "admin").await;
        let key = token(&app, &ada, "slug:acme", false).await;
        let link = || app.post("/v1/tenants/slug:acme/invitations", json!({"role": "admin"})).key(&key).send();
        let (early, late) = (link().await.expect(201), link().await.expect(201));
        let accept = |link: &Value, email: &str| {
            app.post("/v1/invitations/accept", json!({"token": link["token"], "email": email})).send()
        };
        accept(&early, "bob@example.com").await.expect(201);
        app.delete(&format!("/v1/tenants/slug:acme/members/{}", id(&ada))).send().await.expect(204);
        accept(&late, "ada@example.com").await.problem(409, "invitation_not_pending");
    }

    async fn a_retry_does_not_hide_that_a_refresh_token_was_stolen(app: TestApp) {
        app.tenant("Acme").await;
        let ada = member(&app, "slug:acme", "ada@example.com", "member").await;
        let body = json!({"user": ada["user"]["id"], "tenant": "slug:acme"});
        let first = app.post("/v1/tokens", body).send().await.expect(200);
        let refresh = |pair: &Value| app.post("/v1/tokens/refresh", json!({"refresh_token": pair["refresh_token"]}));
        let second = refresh(&first).send().await.expect(200);
        for _ in 0..2 {
            let answer = refresh(&first).header("idempotency-key", "stolen").send().await;
            assert_eq!(answer.status, 401, "{}", answer.body);
        }
        refresh(&second).send().await.problem(401, "invalid_refresh_token");
    }

    async fn a_retried_leak_report_answers_the_same(app: TestApp) {
        let made = app.post("/v1/keys", json!({"name": "x"})).send().await.expect(201);
        let report = || app.post("/v1/keys/report-leak", json!({"key": made["secret"]})).header("idempotency-key", "leak").send();
        let (first, again) = (report().await, report().await);
        assert_eq!(again.header("idempotent-replayed"), "true");
        assert_eq!(first.bytes, again.bytes);
        assert_eq!(again.expect(200)["key_id"], made["id"]);
    }

    async fn a_key_that_ends_sooner_takes_over_none_that_lasts(app: TestApp) {
        let lasting = app.post("/v1/keys", json!({"name": "lasting"})).send().await.expect(201);
        let soon = app.kernel.now().plus(std::time::Duration::from_mins(1)).to_string();
        let brief = app.post("/v1/keys", json!({"name": "brief", "expires_at": soon})).send().await.expect(201);
        let brief = brief["secret"].as_str().unwrap();
        let path = format!("/v1/keys/{}", id(&lasting));
        app.post(&format!("{path}/rotate"), json!({})).key(brief).send().await.problem(403, "scope_exceeded");
        app.patch(&path, json!({"scopes": ["tenant:read"]})).key(brief).send().await.problem(403, "scope_exceeded");
        assert_eq!(app.get(&path).send().await.expect(200)["expires_at"], Value::Null, "nothing changed");
    }

    async fn an_answered_invitation_does_not_hold_an_organization(app: TestApp) {
        app.tenant("Acme").await;
        let org = app.post("/v1/tenants/slug:acme/organizations", json!({"name": "North"})).send().await.expect(201);
        let body = json!({"email": "ada@example.com", "role": "manager", "organization_id": org["id"]});
        let invited = app.post("/v1/tenants/slug:acme/invitations", body).send().await.expect(201);
        let path = format!("/v1/tenants/slug:acme/organizations/{}", id(&org));
        app.delete(&path).send().await.problem(409, "organization_in_use");
        let at = format!("/v1/tenants/slug:acme/invitations/{}", id(&invited));
        app.bare(Method::POST, &format!("{at}/revoke")).key(app.secret()).send().await.expect(200);
        app.delete(&path).send().await.expect(204);
        assert_eq!(app.get(&at).send().await.expect(200)["organization_id"], Value::Null);
    }

    async fn an_expired_invitation_neither_holds_an_organization_nor_outgrows_it(app: TestApp) {
        app.tenant("Acme").await;
        let org = app.post("/v1/tenants/slug:acme/organizations", json!({"name": "North"})).send().await.expect(201);
        let body = json!({"email": "ada@example.com", "role": "manager", "organization_id": org["id"]});
        let invited = app.post("/v1/tenants/slug:acme/invitations", body).send().await.expect(201);
        let role = json!({"key": "mine", "name": "Mine", "permissions": ["tenant:read"]});
        let role = app.post("/v1/tenants/slug:acme/roles", role).send().await.expect(201);
        let link = json!({"role": "mine"});
        let link = app.post("/v1/tenants/slug:acme/invitations", link).send().await.expect(201);
        app.clock.advance(std::time::Duration::from_hours(8 * 24));
        app.delete(&format!("/v1/tenants/slug:acme/roles/{}", id(&role))).send().await.expect(204);
        app.delete(&format!("/v1/tenants/slug:acme/organizations/{}", id(&org))).send().await.expect(204);
        let at = |of: &Value, verb: &str| app.bare(Method::POST, &format!("/v1/tenants/slug:acme/invitations/{}/{verb}", id(of))).key(app.secret());
        // Sent again it would offer the role in the whole tenant.
        at(&invited, "resend").send().await.problem(409, "invitation_not_pending");
        assert_eq!(at(&link, "revoke").send().await.expect(200)["status"], "revoked");
    }

    async fn an_inviter_who_may_give_less_has_offered_less(app: TestApp) {
        app.tenant("Acme").await;
        let ada = member(&app, "slug:acme", "ada@example.com", "admin").await;
        member(&app, "slug:acme", "owner@example.com", "owner").await;
        let key = token(&app, &ada, "slug:acme", false).await;
        let invite = async |email: &str, role: &str| {
            let body = json!({"email": email, "role": role});
            app.bare(Method::POST, "/v1/tenants/slug:acme/invitations").key(&key).json(body).send().await.expect(201)
        };
        let (admin, viewer) = (invite("bob@example.com", "admin").await, invite("cy@example.com", "viewer").await);
        let place = format!("/v1/tenants/slug:acme/members/{}", id(&ada));
        app.patch(&place, json!({"role": "manager"})).send().await.expect(200);
        let accept = async |made: &Value| app.post("/v1/invitations/accept", json!({"token": made["token"]})).send().await;
        accept(&admin).await.problem(409, "invitation_not_pending");
        accept(&viewer).await.expect(201);
    }

    async fn what_an_inviter_holds_under_conditions_is_not_theirs_to_offer(app: TestApp) {
        app.tenant("Acme").await;
        let role = json!({"key": "night_admin", "name": "Night admin", "permissions": ["member:*", "invitation:*", "tenant:*"],
            "conditions": {"not_before": "2000-01-01T00:00:00Z"}});
        app.post("/v1/roles", role).send().await.expect(201);
        let given = json!({"key": "helper", "name": "Helper", "permissions": ["member:read"]});
        app.post("/v1/roles", given).send().await.expect(201);
        let ada = member(&app, "slug:acme", "ada@example.com", "admin").await;
        let key = token(&app, &ada, "slug:acme", false).await;
        let body = json!({"email": "bob@example.com", "role": "helper"});
        let made = app.bare(Method::POST, "/v1/tenants/slug:acme/invitations").key(&key).json(body).send().await.expect(201);
        app.patch(&format!("/v1/tenants/slug:acme/members/{}", id(&ada)), json!({"role": "night_admin"})).send().await.expect(200);
        app.post("/v1/invitations/accept", json!({"token": made["token"]})).send().await.problem(409, "invitation_not_pending");
    }
}
