//! What tenants ask of their people and keys: a second factor, a way of signing in, fresh sessions, known addresses.

use std::net::IpAddr;
use std::time::Duration;

use axum::http::Method;
use carcosa_testkit::{Answer, Call, TestApp, both_databases};
use serde_json::{Value, json};

const POLICY: &str = "/v1/tenants/slug:acme/security-policy";

fn address(text: &str) -> IpAddr {
    text.parse().unwrap()
}

/// A tenant with an admin.
async fn acme(app: &TestApp) -> Value {
    app.tenant("Acme").await;
    let body = json!({"email": "ada@example.com", "role": "admin"});
    let member = app.post("/v1/tenants/slug:acme/members", body).send().await.expect(201);
    // What waits for its place is forgotten at each look: once in order, only what changes later reaches the memory.
    app.sequence().await;
    app.hear().await;
    member
}

async fn set(app: &TestApp, patch: Value) -> Value {
    app.patch(POLICY, patch).send().await.expect(200)
}

/// Asks for tokens of the admin, with what is known of the sign-in.
async fn sign_in(app: &TestApp, member: &Value, facts: Value) -> Answer {
    let mut body = json!({"user": member["user"]["id"], "tenant": "slug:acme"});
    body.as_object_mut().unwrap().extend(facts.as_object().unwrap().clone());
    app.post("/v1/tokens", body).send().await
}

async fn token(app: &TestApp, member: &Value, facts: Value) -> String {
    let pair = sign_in(app, member, facts).await.expect(200);
    pair["access_token"].as_str().unwrap().to_owned()
}

fn read(app: &TestApp, key: &str) -> Call {
    app.bare(Method::GET, "/v1/tenants/slug:acme").key(key)
}

async fn check(app: &TestApp, member: &Value, facts: Value) -> Value {
    let mut body = json!({"user": member["user"]["id"], "tenant": "slug:acme", "permission": "tenant:read"});
    body.as_object_mut().unwrap().extend(facts.as_object().unwrap().clone());
    app.post("/v1/access/check", body).send().await.expect(200)["reason"].clone()
}

async fn introspect(app: &TestApp, token: &str, ip: Option<&str>) -> bool {
    let mut body = json!({"token": token});
    if let Some(ip) = ip {
        body["ip"] = json!(ip);
    }
    app.post("/v1/tokens/introspect", body).send().await.expect(200)["active"] == true
}

both_databases! {
    async fn a_policy_s_life(app: TestApp) {
        acme(&app).await;
        let open = app.get(POLICY).send().await.expect(200);
        let nothing = json!({"object": "security_policy", "tenant_id": open["tenant_id"], "mfa_required": false, "sign_in_methods": null,
            "max_session_seconds": null, "allowed_ips": [], "updated_at": null, "version": 0});
        assert_eq!(open, nothing);
        let strict = set(&app, json!({"mfa_required": true, "max_session_seconds": 3600, "allowed_ips": ["203.0.113.0/24"]})).await;
        assert_eq!((&strict["mfa_required"], &strict["version"]), (&json!(true), &json!(1)));
        assert_eq!(set(&app, json!({"mfa_required": true})).await["version"], 1, "nothing changed");
        let stale = app.patch(POLICY, json!({"mfa_required": false})).header("if-match", "\"0\"").send().await;
        stale.problem(412, "version_mismatch");
        let loose = set(&app, json!({"max_session_seconds": null, "allowed_ips": null})).await;
        assert_eq!((&loose["max_session_seconds"], &loose["allowed_ips"], &loose["mfa_required"]), (&json!(null), &json!([]), &json!(true)));
        app.sequence().await;
        let changes: Vec<Value> = app.events().await.into_iter().filter(|event| event["type"] == "security_policy.updated").collect();
        assert_eq!(changes.len(), 2);
        assert_eq!(changes[1]["data"]["version"], 2);
    }

    async fn what_a_policy_may_say(app: TestApp) {
        acme(&app).await;
        let too_many: Vec<String> = (0..=200).map(|n| format!("10.0.0.{}", n % 256)).collect();
        for (patch, pointer) in [
            (json!({"max_session_seconds": 299}), "/max_session_seconds"),
            (json!({"max_session_seconds": 7_776_001}), "/max_session_seconds"),
            (json!({"sign_in_methods": []}), "/sign_in_methods"),
            (json!({"sign_in_methods": ["sso", "sso"]}), "/sign_in_methods"),
            (json!({"sign_in_methods": ["fax"]}), "/sign_in_methods/0"),
            (json!({"allowed_ips": ["203.0.113.0/33"]}), "/allowed_ips/0"),
            (json!({"allowed_ips": too_many}), "/allowed_ips"),
            (json!({"mfa_required": null}), "/mfa_required"),
            (json!({"mfa": true}), "/mfa"),
        ] {
            let problem = app.patch(POLICY, patch.clone()).send().await.problem(422, "validation_failed");
            assert_eq!(problem["errors"][0]["pointer"], pointer, "{patch}");
        }
        let edge: Vec<String> = (0..200).map(|n| format!("10.0.{n}.0/24")).collect();
        set(&app, json!({"max_session_seconds": 300, "allowed_ips": edge})).await;
        set(&app, json!({"max_session_seconds": 7_776_000})).await;
    }

    async fn a_second_factor_is_asked_for_everywhere(app: TestApp) {
        let ada = acme(&app).await;
        let (with, without) = (token(&app, &ada, json!({"mfa": true})).await, token(&app, &ada, json!({})).await);
        read(&app, &without).send().await.expect(200);
        set(&app, json!({"mfa_required": true})).await;
        app.hear().await;
        read(&app, &without).send().await.problem(403, "tenant_requires_mfa");
        read(&app, &with).send().await.expect(200);
        sign_in(&app, &ada, json!({})).await.problem(403, "tenant_requires_mfa");
        sign_in(&app, &ada, json!({"mfa": true})).await.expect(200);
        assert_eq!(check(&app, &ada, json!({})).await, "mfa_required");
        assert_eq!(check(&app, &ada, json!({"mfa": true})).await, "granted");
        assert!(introspect(&app, &with, None).await && !introspect(&app, &without, None).await);
    }

    async fn only_some_ways_of_signing_in(app: TestApp) {
        let ada = acme(&app).await;
        let password = token(&app, &ada, json!({"method": "password"})).await;
        let unsaid = token(&app, &ada, json!({})).await;
        set(&app, json!({"sign_in_methods": ["sso", "passkey"]})).await;
        app.hear().await;
        for refused in [&password, &unsaid] {
            read(&app, refused).send().await.problem(403, "sign_in_method_not_allowed");
            assert!(!introspect(&app, refused, None).await);
        }
        sign_in(&app, &ada, json!({"method": "password"})).await.problem(403, "sign_in_method_not_allowed");
        let sso = token(&app, &ada, json!({"method": "sso"})).await;
        read(&app, &sso).send().await.expect(200);
        assert_eq!(check(&app, &ada, json!({"method": "password"})).await, "sign_in_method_not_allowed");
        assert_eq!(check(&app, &ada, json!({"method": "passkey"})).await, "granted");
    }

    async fn a_session_ends_when_it_is_too_old(app: TestApp) {
        let ada = acme(&app).await;
        let old = sign_in(&app, &ada, json!({"lifetime_seconds": 3600})).await.expect(200);
        set(&app, json!({"max_session_seconds": 600})).await;
        app.hear().await;
        let new = sign_in(&app, &ada, json!({"lifetime_seconds": 3600})).await.expect(200);
        assert_eq!((&new["expires_in"], &new["refresh_expires_in"]), (&json!(600), &json!(600)), "no longer than the session");
        app.clock.advance(Duration::from_secs(599));
        app.hear().await;
        let key = old["access_token"].as_str().unwrap();
        read(&app, key).send().await.expect(200);
        let next = app.post("/v1/tokens/refresh", json!({"refresh_token": new["refresh_token"]})).send().await.expect(200);
        assert_eq!(next["expires_in"], 1);
        app.clock.advance(Duration::from_secs(1));
        app.hear().await;
        read(&app, key).send().await.problem(401, "session_too_old");
        assert!(!introspect(&app, key, None).await);
        let over = app.post("/v1/tokens/refresh", json!({"refresh_token": next["refresh_token"]})).send().await;
        over.problem(401, "session_too_old");
        let signed_in_at = check(&app, &ada, json!({"signed_in_at": "2020-01-01T00:00:00Z"})).await;
        assert_eq!(signed_in_at, "session_too_old");
    }

    async fn people_and_keys_from_known_addresses(app: TestApp) {
        let ada = acme(&app).await;
        let key = app.tenant_key("slug:acme", &["tenant:read"]).await;
        let secret = token(&app, &ada, json!({})).await;
        set(&app, json!({"allowed_ips": ["203.0.113.0/24", "2001:db8::/32"]})).await;
        app.hear().await;
        for credential in [&key, &secret] {
            read(&app, credential).at(address("203.0.113.9")).send().await.expect(200);
            read(&app, credential).at(address("::ffff:203.0.113.9")).send().await.expect(200);
            read(&app, credential).at(address("203.0.114.9")).send().await.problem(403, "forbidden_ip");
        }
        app.get("/v1/tenants/slug:acme").at(address("198.51.100.1")).send().await.expect(200);
        let verify = async |ip: Option<&str>| {
            let mut body = json!({"key": key});
            if let Some(ip) = ip {
                body["ip"] = json!(ip);
            }
            app.post("/v1/keys/verify", body).send().await.expect(200)["code"].clone()
        };
        assert_eq!(verify(Some("2001:db8::7")).await, "valid");
        assert_eq!((verify(Some("198.51.100.1")).await, verify(None).await), (json!("forbidden_ip"), json!("forbidden_ip")));
        sign_in(&app, &ada, json!({"ip": "198.51.100.1"})).await.problem(403, "forbidden_ip");
        sign_in(&app, &ada, json!({})).await.problem(403, "forbidden_ip");
        let pair = sign_in(&app, &ada, json!({"ip": "203.0.113.1"})).await.expect(200);
        let refresh = async |ip: &str| app.post("/v1/tokens/refresh", json!({"refresh_token": pair["refresh_token"], "ip": ip})).send().await;
        refresh("198.51.100.1").await.problem(403, "forbidden_ip");
        refresh("203.0.113.2").await.expect(200);
        assert!(introspect(&app, &secret, None).await && introspect(&app, &secret, Some("203.0.113.3")).await);
        assert!(!introspect(&app, &secret, Some("198.51.100.1")).await);
        assert_eq!(check(&app, &ada, json!({"ip": "198.51.100.1"})).await, "address_not_allowed");
        assert_eq!(check(&app, &ada, json!({"ip": "203.0.113.1"})).await, "granted");
    }

    async fn nobody_locks_themselves_out(app: TestApp) {
        let ada = acme(&app).await;
        let secret = token(&app, &ada, json!({"method": "password"})).await;
        let key = app.tenant_key("slug:acme", &["security_policy:update", "security_policy:read"]).await;
        let patch = |credential: &str, body: Value| {
            app.bare(Method::PATCH, POLICY).key(credential).json(body).at(address("203.0.113.9")).send()
        };
        app.clock.advance(Duration::from_secs(200));
        app.hear().await;
        for (body, pointer) in [
            (json!({"mfa_required": true}), "/mfa_required"),
            (json!({"sign_in_methods": ["sso"]}), "/sign_in_methods"),
            (json!({"allowed_ips": ["198.51.100.0/24"]}), "/allowed_ips"),
        ] {
            let problem = patch(&secret, body).await.problem(422, "validation_failed");
            assert_eq!((&problem["errors"][0]["pointer"], &problem["errors"][0]["code"]), (&json!(pointer), &json!("locks_you_out")));
        }
        let of_key = patch(&key, json!({"allowed_ips": ["198.51.100.0/24"]})).await.problem(422, "validation_failed");
        assert_eq!(of_key["errors"][0]["code"], "locks_you_out");
        patch(&key, json!({"mfa_required": true, "allowed_ips": ["203.0.113.9"]})).await.expect(200);
        assert_eq!(app.get(POLICY).send().await.expect(200)["version"], 1);
    }

    async fn of_a_parent_s_people_the_child_asks_too(app: TestApp) {
        app.tenant("Acme").await;
        app.post("/v1/tenants", json!({"name": "Child", "parent_id": "slug:acme"})).send().await.expect(201);
        let body = json!({"email": "ada@example.com", "role": "admin", "includes_children": true});
        let ada = app.post("/v1/tenants/slug:acme/members", body).send().await.expect(201);
        let secret = token(&app, &ada, json!({})).await;
        let child = || app.bare(Method::GET, "/v1/tenants/slug:child").key(&secret).send();
        child().await.expect(200);
        app.patch("/v1/tenants/slug:child/security-policy", json!({"mfa_required": true})).send().await.expect(200);
        app.hear().await;
        child().await.problem(403, "tenant_requires_mfa");
        read(&app, &secret).send().await.expect(200);
        app.patch("/v1/tenants/slug:child/security-policy", json!({"mfa_required": false})).send().await.expect(200);
        set(&app, json!({"mfa_required": true})).await;
        app.hear().await;
        child().await.problem(403, "tenant_requires_mfa");
    }

    async fn another_tenant_s_policy_is_not_found(app: TestApp) {
        acme(&app).await;
        app.tenant("Other").await;
        let key = app.tenant_key("slug:other", &["security_policy:update", "security_policy:read"]).await;
        app.bare(Method::GET, POLICY).key(&key).send().await.problem(404, "tenant_not_found");
        app.bare(Method::PATCH, POLICY).key(&key).json(json!({"mfa_required": true})).send().await.problem(404, "tenant_not_found");
        assert_eq!(app.get(POLICY).send().await.expect(200)["version"], 0);
    }

    async fn another_node_knows_where_a_tenant_moved(app: TestApp) {
        let ada = acme(&app).await;
        let role = json!({"key": "north", "name": "North", "permissions": ["tenant:read"], "conditions": {"regions": ["eu-north"]}});
        app.post("/v1/roles", role).send().await.expect(201);
        let member = format!("/v1/tenants/slug:acme/members/{}", ada["id"].as_str().unwrap());
        app.patch(&member, json!({"role": "north"})).send().await.expect(200);
        assert_eq!(check(&app, &ada, json!({})).await, "condition_not_met");
        app.patch("/v1/tenants/slug:acme", json!({"region": "eu-north"})).send().await.expect(200);
        app.hear().await;
        assert_eq!(check(&app, &ada, json!({})).await, "granted");
    }
}
