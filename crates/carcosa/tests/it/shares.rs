//! What tenants share with each other.

use std::time::Duration;

use carcosa_testkit::{TestApp, both_databases};
use serde_json::{Value, json};

const OWN: &str = "/v1/tenants/slug:own/shares";
const FRIEND: &str = "/v1/tenants/slug:friend/shares";

async fn two(app: &TestApp) -> (Value, Value) {
    (app.tenant("Own").await, app.tenant("Friend").await)
}

fn folder() -> Value {
    json!({"grantee_id": "slug:friend", "resource": "folder/designs", "role": "viewer"})
}

both_databases! {
    async fn both_sides_see_it_and_one_takes_it_back(app: TestApp) {
        let (own, friend) = two(&app).await;
        let share = app.post(OWN, folder()).send().await.expect(201);
        assert_eq!((&share["tenant_id"], &share["grantee_id"]), (&own["id"], &friend["id"]));
        let id = share["id"].as_str().unwrap();
        for path in [format!("{OWN}/{id}"), format!("{FRIEND}/{id}")] {
            assert_eq!(app.get(&path).send().await.expect(200), share);
        }
        for (path, count) in [(OWN.to_owned(), 1), (format!("{OWN}?direction=received"), 0), (FRIEND.to_owned(), 0), (format!("{FRIEND}?direction=received"), 1)] {
            assert_eq!(app.get(&path).send().await.expect(200)["data"].as_array().unwrap().len(), count, "{path}");
        }
        app.sequence().await;
        let audit = |tenant: &Value| app.get(&format!("/v1/audit?action=share.created&tenant_id={}", tenant["id"].as_str().unwrap())).send();
        let (granting, receiving) = (audit(&own).await.expect(200), audit(&friend).await.expect(200));
        assert!(granting["data"][0]["request_id"].is_string() && granting["data"][0]["actor"]["name"].is_string());
        assert_eq!((&receiving["data"][0]["request_id"], &receiving["data"][0]["actor"]["name"]), (&Value::Null, &Value::Null));
        let key = app.tenant_key(friend["id"].as_str().unwrap(), &["*"]).await;
        app.get(&format!("{FRIEND}/{id}")).key(&key).send().await.expect(200);
        app.delete(&format!("{FRIEND}/{id}")).key(&key).send().await.problem(404, "not_found");
        app.delete(&format!("{OWN}/{id}")).send().await.expect(204);
        app.get(&format!("{FRIEND}/{id}")).send().await.problem(404, "not_found");
        let events = app.events().await;
        let of = |tenant: &Value| -> Vec<_> {
            let own = events.iter().filter(|event| event["tenantid"] == tenant["id"]);
            own.filter_map(|event| event["type"].as_str()?.strip_prefix("share.")).collect()
        };
        assert_eq!((of(&own), of(&friend)), (vec!["created", "revoked"], vec!["created", "revoked"]));
    }

    async fn a_third_tenant_sees_nothing(app: TestApp) {
        two(&app).await;
        let third = app.tenant("Third").await;
        let share = app.post(OWN, folder()).send().await.expect(201);
        let key = app.tenant_key(third["id"].as_str().unwrap(), &["*"]).await;
        let path = format!("/v1/tenants/slug:third/shares/{}", share["id"].as_str().unwrap());
        app.get(&path).key(&key).send().await.problem(404, "not_found");
        app.delete(&path).key(&key).send().await.problem(404, "not_found");
    }

    async fn what_cannot_be_shared(app: TestApp) {
        two(&app).await;
        let with = |member: &str, value: Value| {
            let mut body = folder();
            body[member] = value;
            app.post(OWN, body).send()
        };
        let past = app.kernel.now().to_string();
        for (member, value) in [
            ("grantee_id", json!("slug:nobody")), ("grantee_id", json!("slug:own")), ("grantee_id", json!("x")),
            ("expires_at", json!(past)), ("resource", json!("")), ("resource", json!("x".repeat(201))), ("role", json!("No")),
        ] {
            let problem = with(member, value.clone()).await.problem(422, "validation_failed");
            assert_eq!(problem["errors"][0]["pointer"], format!("/{member}"), "{value}");
        }
        with("resource", json!("x".repeat(200))).await.expect(201);
        app.post(OWN, folder()).send().await.expect(201);
        let problem = app.post(OWN, folder()).send().await.problem(409, "share_exists");
        assert_eq!(problem["errors"][0]["pointer"], "/resource");
        app.delete("/v1/tenants/slug:friend").send().await.expect(200);
        let deleted = with("resource", json!("other")).await.problem(422, "validation_failed");
        assert_eq!(deleted["errors"][0]["code"], "tenant_not_found");
    }

    async fn it_ends_by_itself(app: TestApp) {
        two(&app).await;
        let mut body = folder();
        body["expires_at"] = json!(app.kernel.now().plus(Duration::from_secs(60)));
        app.post(OWN, body).send().await.expect(201);
        app.clock.advance(Duration::from_secs(61));
        assert_eq!(app.get(OWN).send().await.expect(200)["data"], json!([]));
        app.post(OWN, folder()).send().await.expect(201);
        assert_eq!(app.get(OWN).send().await.expect(200)["data"].as_array().unwrap().len(), 1);
    }

    async fn two_that_share_with_each_other_do_not_wait_for_each_other(app: TestApp) {
        two(&app).await;
        let calls: Vec<_> = (0..40).map(|n| {
            let (path, grantee) = if n % 2 == 0 { (OWN, "slug:friend") } else { (FRIEND, "slug:own") };
            let call = app.post(path, json!({"grantee_id": grantee, "resource": format!("r{n}"), "role": "viewer"}));
            tokio::spawn(async move { call.send().await.status.as_u16() })
        }).collect();
        for call in calls {
            assert_eq!(call.await.unwrap(), 201);
        }
    }

    async fn a_tenant_s_key_learns_nothing_of_the_others(app: TestApp) {
        two(&app).await;
        let key = app.tenant_key("slug:own", &["*"]).await;
        for name in ["slug:friend", "slug:nobody", "ext:1"] {
            let body = json!({"grantee_id": name, "resource": "r", "role": "viewer"});
            let problem = app.post(OWN, body).key(&key).send().await.problem(422, "validation_failed");
            assert_eq!(problem["errors"][0]["code"], "id_needed", "{name}");
        }
        let friend = app.get("/v1/tenants/slug:friend").send().await.expect(200)["id"].clone();
        let body = json!({"grantee_id": friend, "resource": "r", "role": "viewer"});
        app.post(OWN, body).key(&key).send().await.expect(201);
    }
}
