//! Limits of keys: what can be set, rates, credits.

use std::collections::BTreeMap;
use std::time::Duration;

use axum::http::Method;
use carcosa::capabilities::keys::state;
use carcosa_testkit::{TestApp, both_databases};
use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::key_verify::{ask, code, key, path, secret};

/// What the database has of a key's credits.
async fn stored(app: &TestApp, made: &Value) -> i64 {
    app.get(&path(made)).send().await.expect(200)["credits"]["remaining"].as_i64().unwrap()
}

/// Asks each node so often at once; how often each code came back.
async fn storm(nodes: &[&TestApp], secret: &str, times: usize) -> BTreeMap<String, usize> {
    let mut calls = JoinSet::new();
    for _ in 0..times {
        for node in nodes {
            let call = node.post("/v1/keys/verify", json!({ "key": secret }));
            calls.spawn(async move { call.send().await.expect(200)["code"].as_str().unwrap().to_owned() });
        }
    }
    let mut codes = BTreeMap::new();
    for code in calls.join_all().await {
        *codes.entry(code).or_insert(0) += 1;
    }
    codes
}

both_databases! {
    async fn limits_at_their_edges(app: TestApp) {
        let create = async |more: Value| {
            let mut body = json!({"name": "x"});
            body.as_object_mut().unwrap().extend(more.as_object().cloned().unwrap());
            app.post("/v1/keys", body).send().await
        };
        let metadata = |size: usize| json!({"metadata": {"a": "x".repeat(size - 8)}});
        let networks = |count: usize| json!({"allowed_ips": vec!["10.0.0.0/8"; count]});
        let rate = |limit: i64, period: i64, burst: Option<i64>| match burst {
            Some(burst) => json!({"rate_limit": {"limit": limit, "period_seconds": period, "burst": burst}}),
            None => json!({"rate_limit": {"limit": limit, "period_seconds": period}}),
        };
        let credits = |remaining: i64, amount: i64| json!({"credits": {"remaining": remaining, "refill": {"amount": amount, "every": "day"}}});
        let trillion = 1_000_000_000_000;
        for good in [
            metadata(4096), networks(100), networks(0), rate(1, 1, Some(1)), rate(1_000_000, 86_400, Some(1_000_000)),
            credits(0, 1), credits(trillion, trillion), json!({"credits": {"remaining": 5}}), json!({"allowed_ips": ["::1", "192.0.2.7"]}),
            json!({"scopes": vec!["tenant:read"; 100]}),
        ] {
            let made = create(good.clone()).await.expect(201);
            for (name, value) in good.as_object().unwrap() {
                assert_eq!(&made[name], value);
            }
        }
        for (bad, pointer) in [
            (metadata(4097), "/metadata"), (json!({"metadata": []}), "/metadata"), (networks(101), "/allowed_ips"),
            (json!({"allowed_ips": ["::1", "10.0.0.0/33"]}), "/allowed_ips/1"), (json!({"allowed_ips": ["localhost"]}), "/allowed_ips/0"),
            (rate(0, 1, None), "/rate_limit/limit"), (rate(1_000_001, 1, None), "/rate_limit/limit"), (rate(1, 0, None), "/rate_limit/period_seconds"),
            (rate(1, 86_401, None), "/rate_limit/period_seconds"), (rate(5, 1, Some(0)), "/rate_limit/burst"), (rate(5, 1, Some(6)), "/rate_limit/burst"),
            (credits(-1, 1), "/credits/remaining"), (credits(trillion + 1, 1), "/credits/remaining"), (credits(0, 0), "/credits/refill/amount"),
            (credits(0, trillion + 1), "/credits/refill/amount"), (json!({"credits": {"remaining": 1, "refill": {"amount": 1, "every": "year"}}}), "/credits/refill/every"),
            (json!({"scopes": vec!["tenant:read"; 101]}), "/scopes"), (json!({"scopes": []}), "/scopes"), (json!({"scopes": ["invoice:approve"]}), "/scopes/0"),
        ] {
            let problem = create(bad.clone()).await.problem(422, "validation_failed");
            assert_eq!(problem["errors"][0]["pointer"], pointer, "{bad}");
        }
    }

    async fn changing_them(app: TestApp) {
        let made = key(&app, json!({"name": "x", "metadata": {"a": 1, "b": 2}})).await;
        let patch = |body: Value| app.patch(&path(&made), body).send();
        let merged = patch(json!({"metadata": {"a": null, "c": 3}})).await.expect(200);
        assert_eq!((&merged["metadata"], &merged["version"]), (&json!({"b": 2, "c": 3}), &json!(2)));
        patch(json!({"metadata": {"a": "x".repeat(4096)}})).await.problem(422, "validation_failed");
        patch(json!({"rate_limit": {"limit": 5, "period_seconds": 1, "burst": 6}})).await.problem(422, "validation_failed");
        patch(json!({"allowed_ips": ["nowhere"]})).await.problem(422, "validation_failed");
        patch(json!({"scopes": ["invoice:approve"]})).await.problem(422, "validation_failed");
        let all = json!({"rate_limit": {"limit": 5, "period_seconds": 1}, "allowed_ips": ["10.0.0.0/8"], "credits": {"remaining": 7}});
        let changed = patch(all.clone()).await.expect(200);
        for (name, value) in all.as_object().unwrap() {
            assert_eq!(&changed[name], value);
        }
        assert_eq!(patch(json!({"rate_limit": {"limit": 5, "period_seconds": 1}})).await.expect(200)["version"], changed["version"]);
        assert_ne!(patch(json!({"credits": {"remaining": 7}})).await.expect(200)["version"], changed["version"], "a budget set anew is a new one");
        let bare = patch(json!({"rate_limit": null, "allowed_ips": null, "credits": null, "metadata": null})).await.expect(200);
        assert_eq!((&bare["rate_limit"], &bare["credits"], &bare["allowed_ips"], &bare["metadata"]), (&Value::Null, &Value::Null, &json!([]), &json!({})));
        assert_eq!(code(&app, secret(&made), json!({})).await, "valid");

        let weak = app.key_with(&["key:update"]).await;
        app.patch(&path(&made), json!({"allowed_ips": ["10.0.0.0/8"]})).key(&weak).send().await.problem(403, "scope_exceeded");
        app.patch(&path(&made), json!({"name": "y"})).key(&weak).send().await.expect(200);
    }

    async fn a_project_reaches_the_keys_of_its_tenants(app: TestApp) {
        let tenant = app.tenant("Acme").await;
        let own = app.tenant_key(tenant["id"].as_str().unwrap(), &["*"]).await;
        let made = app.post("/v1/tenants/slug:acme/keys", json!({"name": "x", "credits": {"remaining": 5}})).send().await.expect(201);
        let nested = path(&made).replace("/v1/", "/v1/tenants/slug:acme/");
        for limit in [json!({"credits": {"remaining": 1000}}), json!({"credits": null}), json!({"rate_limit": null})] {
            app.patch(&nested, limit).key(&own).send().await.problem(403, "scope_exceeded");
        }
        app.patch(&nested, json!({"name": "y"})).key(&own).send().await.expect(200);
        app.patch(&path(&made), json!({"credits": {"remaining": 9}})).send().await.expect(200);
        let rotated = app.post(&format!("{}/rotate", path(&made)), json!({})).header("idempotency-key", "k").send().await.expect(200);
        assert_eq!(rotated["tenant_id"], tenant["id"]);
        let of_tenant = format!("/v1/keys?tenant_id={}", tenant["id"].as_str().unwrap());
        assert_eq!(app.get(&of_tenant).send().await.expect(200)["data"].as_array().unwrap().len(), 2);
        let of_project = app.get("/v1/keys").send().await.expect(200);
        assert!(of_project["data"].as_array().unwrap().iter().all(|key| key["tenant_id"].is_null()));
        app.get("/v1/keys?tenant_id=acme").send().await.problem(422, "validation_failed");
        app.delete(&path(&made)).send().await.expect(204);
        let events = app.events().await;
        let of_key: Vec<_> = events.iter().filter(|event| event["subject"] == made["id"]).collect();
        assert_eq!(of_key.len(), 5);
        assert!(of_key.iter().all(|event| event["tenantid"] == tenant["id"]), "all in the tenant's stream");
    }

    async fn a_rate(app: TestApp) {
        let made = key(&app, json!({"name": "x", "rate_limit": {"limit": 10, "period_seconds": 100, "burst": 3}})).await;
        let rate = async |cost: u32| ask(&app, secret(&made), json!({"cost": cost})).await;
        let first = rate(1).await;
        assert_eq!(first["rate_limit"], json!({"limit": 3, "remaining": 2, "reset_seconds": 10, "retry_after_seconds": null}));
        assert_eq!(rate(4).await["rate_limit"]["retry_after_seconds"], Value::Null, "never");
        assert_eq!(rate(2).await["rate_limit"]["remaining"], 0);
        let refused = rate(1).await;
        assert_eq!((&refused["code"], &refused["rate_limit"]["retry_after_seconds"]), (&json!("rate_limited"), &json!(10)));
        let looked = rate(0).await;
        assert_eq!((&looked["code"], &looked["rate_limit"]["remaining"]), (&json!("valid"), &json!(0)));
        app.clock.advance(Duration::from_secs(10));
        assert_eq!(rate(1).await["code"], "valid");
        assert_eq!(rate(1).await["code"], "rate_limited");
    }

    async fn a_burst_of_fifty_admits_fifty(app: TestApp) {
        let made = key(&app, json!({"name": "x", "rate_limit": {"limit": 100, "period_seconds": 86_400, "burst": 50}})).await;
        let codes = storm(&[&app], secret(&made), 200).await;
        assert_eq!(codes.into_iter().collect::<Vec<_>>(), [("rate_limited".to_owned(), 150), ("valid".to_owned(), 50)]);
    }

    async fn refusals_take_neither(app: TestApp) {
        let limits = json!({"name": "x", "scopes": ["tenant:read"], "rate_limit": {"limit": 5, "period_seconds": 86_400}, "credits": {"remaining": 3}});
        let made = key(&app, limits).await;
        let with = async |more: Value| ask(&app, secret(&made), more).await;
        let short = with(json!({"cost": 4})).await;
        assert_eq!((&short["code"], &short["credits_remaining"], &short["rate_limit"]["remaining"]), (&json!("credits_exhausted"), &json!(3), &json!(5)));
        assert_eq!(with(json!({"cost": 6})).await["code"], "rate_limited");
        assert_eq!(with(json!({"permissions": ["tenant:create"]})).await["rate_limit"]["remaining"], 5);
        let looked = with(json!({"cost": 0})).await;
        assert_eq!((&looked["code"], &looked["credits_remaining"], &looked["rate_limit"]["remaining"]), (&json!("valid"), &json!(3), &json!(5)));
        let spent = with(json!({"cost": 3})).await;
        assert_eq!((&spent["code"], &spent["credits_remaining"], &spent["rate_limit"]["remaining"]), (&json!("valid"), &json!(0), &json!(2)));
        assert_eq!(with(json!({})).await["code"], "credits_exhausted");
        assert_eq!(with(json!({"cost": 3})).await["code"], "rate_limited", "the rate is decided first");
    }

    async fn two_nodes_spend_a_budget_to_the_last_credit(app: TestApp) {
        let other = app.another_node().await;
        let made = key(&app, json!({"name": "x", "credits": {"remaining": 250}})).await;
        let codes = storm(&[&app, &other], secret(&made), 200).await;
        assert_eq!(codes.into_iter().collect::<Vec<_>>(), [("credits_exhausted".to_owned(), 150), ("valid".to_owned(), 250)]);
        state::settle(&app.kernel).await.unwrap();
        state::settle(&other.kernel).await.unwrap();
        assert_eq!(stored(&app, &made).await, 0);
    }

    async fn a_node_that_stops_gives_back_and_one_that_dies_loses_a_lease(app: TestApp) {
        let made = key(&app, json!({"name": "x", "credits": {"remaining": 1000}})).await;
        let doomed = app.another_node().await;
        for left in [999, 998, 997] {
            assert_eq!(ask(&app, secret(&made), json!({})).await["credits_remaining"], left);
        }
        assert_eq!(stored(&app, &made).await, 900, "leased is not stored");
        state::flush(&app.kernel).await.unwrap();
        assert_eq!(stored(&app, &made).await, 900, "a lease in use is kept");
        app.clock.advance(Duration::from_secs(60));
        state::flush(&app.kernel).await.unwrap();
        assert_eq!(stored(&app, &made).await, 997, "an idle one is not");
        assert_eq!(ask(&app, secret(&made), json!({"cost": 150})).await["credits_remaining"], 847, "a lease covers what one call costs");
        ask(&app, secret(&made), json!({})).await;
        state::settle(&app.kernel).await.unwrap();
        assert_eq!(stored(&app, &made).await, 846);
        state::settle(&app.kernel).await.unwrap();
        assert_eq!(stored(&app, &made).await, 846, "once");

        ask(&doomed, secret(&made), json!({})).await;
        drop(doomed);
        assert_eq!(stored(&app, &made).await, 746, "100 and no more are lost");
        let key = app.get(&path(&made)).send().await.expect(200);
        assert_eq!(key["version"], 1, "spending makes no version");
        let events = app.events().await;
        assert_eq!(events.iter().filter(|event| event["subject"] == made["id"]).count(), 1, "and is not recorded");
    }

    async fn a_budget_set_anew_ends_leases_of_the_old(app: TestApp) {
        let other = app.another_node().await;
        let made = key(&app, json!({"name": "x", "credits": {"remaining": 1000}})).await;
        ask(&app, secret(&made), json!({})).await;
        app.sequence().await;
        other.hear().await;
        ask(&other, secret(&made), json!({})).await;
        app.patch(&path(&made), json!({"credits": {"remaining": 5}})).send().await.expect(200);
        other.hear().await;
        let mut valid = 0;
        for node in [&app, &other, &app, &other, &app, &other, &app, &other] {
            valid += usize::from(code(node, secret(&made), json!({})).await == "valid");
            state::settle(&node.kernel).await.unwrap();
        }
        assert_eq!(valid, 5);
        assert_eq!(stored(&app, &made).await, 0, "nothing of the old budget came back");
        app.patch(&path(&made), json!({"credits": null})).send().await.expect(200);
        other.hear().await;
        for node in [&app, &other] {
            let answer = ask(node, secret(&made), json!({})).await;
            assert_eq!((&answer["code"], &answer["credits_remaining"]), (&json!("valid"), &Value::Null));
        }
    }

    async fn a_budget_fills_up_with_each_period(app: TestApp) {
        let credits = json!({"remaining": 2, "refill": {"amount": 3, "every": "hour"}});
        let made = key(&app, json!({"name": "x", "credits": credits})).await;
        let spend_all = async || {
            let mut spent = 0;
            while code(&app, secret(&made), json!({})).await == "valid" {
                spent += 1;
                assert!(spent < 100);
            }
            spent
        };
        assert_eq!(spend_all().await, 2);
        app.clock.advance(Duration::from_hours(1));
        assert_eq!(spend_all().await, 3);
        assert_eq!(spend_all().await, 0);
        app.clock.advance(Duration::from_hours(1));
        assert_eq!(code(&app, secret(&made), json!({})).await, "valid");
        app.clock.advance(Duration::from_hours(5));
        assert_eq!(spend_all().await, 3, "set to the amount, whatever was left and however long it was");
        state::settle(&app.kernel).await.unwrap();
        assert_eq!(stored(&app, &made).await, 0);
    }

    async fn imprudent_askers_do_not_ask_the_database_each_time(app: TestApp) {
        let made = key(&app, json!({"name": "dry", "credits": {"remaining": 0}})).await;
        app.sequence().await;
        app.hear().await;
        assert_eq!(code(&app, secret(&made), json!({})).await, "credits_exhausted");
        app.database().execute("UPDATE api_keys SET credits_remaining = 10 WHERE name = 'dry'").await;
        assert_eq!(code(&app, secret(&made), json!({})).await, "credits_exhausted", "it was asked a moment ago");
        app.clock.advance(Duration::from_secs(1));
        assert_eq!(code(&app, secret(&made), json!({})).await, "valid");
        app.bare(Method::GET, "/v1/tenants").key(secret(&made)).send().await.expect(200);
    }
}
