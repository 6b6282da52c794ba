//! Endpoints: what they may be, whose they are, and what happens to what waits for them.

use std::time::Duration;

use axum::http::Method;
use carcosa::capabilities::webhooks::deliver;
use carcosa_kernel::{System, SystemTask};
use carcosa_testkit::{TestApp, WebhookSink, both_databases};
use serde_json::{Value, json};

use super::{at, endpoint, id, newest, types};

both_databases! {
    async fn what_a_deleted_endpoint_had_is_swept(app: TestApp) {
        let sink = WebhookSink::start().await;
        let made = endpoint(&app, &sink.url("/ok"), &["tenant.created"]).await;
        app.tenant("Acme").await;
        app.send_webhooks().await;
        let delivery = newest(&app, &made).await;
        app.delete(&at(&made, "")).send().await.expect(204);
        app.get(&format!("/v1/deliveries/{}", id(&delivery))).send().await.problem(404, "not_found");
        app.get(&at(&made, "/deliveries")).send().await.problem(404, "not_found");
        let system = System::new(&app.kernel, SystemTask::Webhooks);
        let mut steps = 0;
        while deliver::sweep(&system).await.unwrap() {
            steps += 1;
        }
        assert_eq!(steps, 2, "one for the delivery, one to see that there is none");
        let kept = endpoint(&app, &sink.url("/ok"), &["tenant.created"]).await;
        app.tenant("Other").await;
        app.send_webhooks().await;
        app.clock.advance(deliver::KEPT - Duration::from_secs(60));
        assert!(!deliver::sweep(&system).await.unwrap());
        newest(&app, &kept).await;
        app.clock.advance(Duration::from_secs(120));
        while deliver::sweep(&system).await.unwrap() {}
        assert_eq!(app.get(&at(&kept, "/deliveries")).send().await.expect(200)["data"], json!([]));
    }

    async fn paused_deliveries_wait(app: TestApp) {
        let sink = WebhookSink::start().await;
        let made = endpoint(&app, &sink.url("/ok"), &["tenant.created"]).await;
        let paused = app.post(&at(&made, "/pause"), json!({})).send().await.expect(200);
        assert_eq!(paused["status"], "paused");
        assert_eq!(app.post(&at(&made, "/pause"), json!({})).send().await.expect(200)["version"], paused["version"]);
        app.tenant("Acme").await;
        assert_eq!(app.send_webhooks().await, 0);
        assert_eq!(app.get(&at(&made, "/stats")).send().await.expect(200)["pending"], 1);
        app.post(&at(&made, "/resume"), json!({})).send().await.expect(200);
        assert_eq!(app.send_webhooks().await, 1);
        assert_eq!(types(&sink.take()), ["tenant.created"]);
    }

    async fn secrets_overlap_when_they_are_rotated(app: TestApp) {
        let sink = WebhookSink::start().await;
        let made = endpoint(&app, &sink.url("/ok"), &["tenant.created"]).await;
        let old = made["secret"].as_str().unwrap();
        let rotated = app.post(&at(&made, "/rotate-secret"), json!({"overlap_hours": 2})).send().await.expect(200);
        let new = rotated["secret"].as_str().unwrap();
        assert_ne!(old, new);
        let came = async |name: &str| {
            app.tenant(name).await;
            app.send_webhooks().await;
            sink.take().remove(0)
        };
        let both = came("Both").await;
        assert_eq!((both.signatures_of(old), both.signatures_of(new)), (1, 1));
        app.clock.advance(Duration::from_hours(2));
        let one = came("One").await;
        assert_eq!((one.signatures_of(old), one.signatures_of(new)), (0, 1));
        let at_once = app.post(&at(&made, "/rotate-secret"), json!({"overlap_hours": 0})).send().await.expect(200);
        assert_eq!(at_once["previous_secret_expires_at"], json!(null));
        assert_eq!(came("Newest").await.signatures_of(new), 0);
        app.post(&at(&made, "/rotate-secret"), json!({"overlap_hours": 169})).send().await.problem(422, "validation_failed");
        let log = app.events().await;
        for secret in [old, new, at_once["secret"].as_str().unwrap()] {
            assert!(!json!(log).to_string().contains(secret), "a secret stands in the log");
        }
    }

    async fn a_tenant_s_endpoint_hears_its_own(app: TestApp) {
        let sink = WebhookSink::start().await;
        for name in ["Acme", "Other"] {
            app.tenant(name).await;
        }
        let key = app.tenant_key("slug:acme", &["webhook:create", "webhook:read", "webhook:send", "webhook:update", "organization:create"]).await;
        let body = json!({"url": sink.url("/acme"), "event_types": ["*"]});
        let made = app.bare(Method::POST, "/v1/tenants/slug:acme/webhook-endpoints").key(&key).json(body).send().await.expect(201);
        assert!(made["tenant_id"].is_string());
        app.send_webhooks().await;
        let _ = sink.take();
        for (tenant, name) in [("acme", "Ours"), ("other", "Theirs")] {
            app.post(&format!("/v1/tenants/slug:{tenant}/organizations"), json!({"name": name})).send().await.expect(201);
        }
        let own = app.bare(Method::POST, "/v1/tenants/slug:acme/organizations").key(&key).json(json!({"name": "Own"})).send().await;
        own.expect(201);
        app.send_webhooks().await;
        let came = sink.take();
        let mut names: Vec<String> = came.iter().map(|one| one.event()["data"]["name"].as_str().unwrap().to_owned()).collect();
        names.sort_unstable();
        assert_eq!(names, ["Ours", "Own"]);
        for webhook in &came {
            let event = webhook.event();
            let is_own = event["data"]["name"] == "Own";
            assert_eq!(event["actor"].as_str().unwrap().starts_with("key_"), is_own, "of others only the kind: {event}");
        }
        let path = format!("/v1/tenants/slug:acme/webhook-endpoints/{}", id(&made));
        app.bare(Method::GET, &path).key(&key).send().await.expect(200);
        let delivered = app.bare(Method::GET, &format!("{path}/deliveries")).key(&key).send().await.expect(200);
        let shown = format!("/v1/tenants/slug:acme/deliveries/{}", id(&delivered["data"][0]));
        let body = app.bare(Method::GET, &shown).key(&key).send().await.expect(200);
        assert!(came.iter().any(|one| body["request_body"] == one.body.as_str()), "shown as it was sent");
        app.bare(Method::GET, &format!("/v1/tenants/slug:other/webhook-endpoints/{}", id(&made))).key(&key).send().await.problem(404, "tenant_not_found");
        app.get(&format!("/v1/tenants/slug:other/webhook-endpoints/{}", id(&made))).send().await.problem(404, "not_found");
        app.get(&at(&made, "")).send().await.expect(200);
        assert_eq!(app.get("/v1/webhook-endpoints").send().await.expect(200)["data"], json!([]));
        let tenant = made["tenant_id"].as_str().unwrap();
        let of_tenant = app.get(&format!("/v1/webhook-endpoints?tenant_id={tenant}")).send().await.expect(200);
        assert_eq!(of_tenant["data"].as_array().unwrap().len(), 1);
        app.patch(&at(&made, ""), json!({"description": "by the project"})).send().await.expect(200);
        app.delete(&at(&made, "")).send().await.expect(204);
        app.bare(Method::GET, &path).key(&key).send().await.problem(404, "not_found");
    }

    async fn custom_headers_are_sent_and_not_shown(app: TestApp) {
        let sink = WebhookSink::start().await;
        let body = json!({"url": sink.url("/ok"), "event_types": ["tenant.created"], "headers": {"Authorization": "Bearer s3cr3t", "x-env": "test"}});
        let made = app.post("/v1/webhook-endpoints", body).send().await.expect(201);
        assert_eq!(made["header_names"], json!(["Authorization", "x-env"]));
        app.tenant("Acme").await;
        app.send_webhooks().await;
        let came = sink.take();
        assert_eq!((came[0].header("authorization"), came[0].header("x-env")), ("Bearer s3cr3t", "test"));
        let delivery = newest(&app, &made).await;
        assert!(!delivery.to_string().contains("s3cr3t"), "{delivery}");
        assert!(!json!(app.events().await).to_string().contains("s3cr3t"));
        let fewer = app.patch(&at(&made, ""), json!({"headers": {"x-env": "live"}})).send().await.expect(200);
        assert_eq!(fewer["header_names"], json!(["x-env"]));
        assert_eq!(app.patch(&at(&made, ""), json!({"headers": {"x-env": "live"}})).send().await.expect(200)["version"], fewer["version"]);
        app.tenant("Other").await;
        app.send_webhooks().await;
        let came = sink.take();
        assert_eq!((came[0].header("authorization"), came[0].header("x-env")), ("", "live"));
        // Whoever may change the address must not be sent what was meant for another.
        let elsewhere = "https://attacker.example/";
        let moved = app.patch(&at(&made, ""), json!({"url": elsewhere})).send().await.problem(422, "validation_failed");
        assert_eq!(moved["errors"][0]["pointer"], "/headers");
        app.patch(&at(&made, ""), json!({"url": sink.url("/another/path")})).send().await.expect(200);
        let without = app.patch(&at(&made, ""), json!({"url": elsewhere, "headers": null})).send().await.expect(200);
        assert_eq!(without["header_names"], json!([]));
    }

    async fn what_an_endpoint_may_be(app: TestApp) {
        let ok = "https://example.com/hooks";
        let many: Vec<&str> = vec!["tenant.created"; 51];
        let headers: serde_json::Map<String, Value> = (0..21).map(|n| (format!("x-{n}"), json!("v"))).collect();
        for (body, pointer) in [
            (json!({"url": "http://1.1.1.1/", "event_types": ["*"]}), "/url"),
            (json!({"url": "https://10.0.0.1/", "event_types": ["*"]}), "/url"),
            (json!({"url": "https://[::1]/", "event_types": ["*"]}), "/url"),
            (json!({"url": "https://0xa9fea9fe/", "event_types": ["*"]}), "/url"),
            (json!({"url": "https://user:secret@example.com/", "event_types": ["*"]}), "/url"),
            (json!({"url": "ftp://example.com/", "event_types": ["*"]}), "/url"),
            (json!({"url": "hooks", "event_types": ["*"]}), "/url"),
            (json!({"url": ok, "event_types": []}), "/event_types"),
            (json!({"url": ok, "event_types": many}), "/event_types"),
            (json!({"url": ok, "event_types": ["tenant.born"]}), "/event_types/0"),
            (json!({"url": ok, "event_types": ["*"], "rate_limit": 0}), "/rate_limit"),
            (json!({"url": ok, "event_types": ["*"], "rate_limit": 10_001}), "/rate_limit"),
            (json!({"url": ok, "event_types": ["*"], "headers": headers}), "/headers"),
            (json!({"url": ok, "event_types": ["*"], "headers": {"Host": "x"}}), "/headers/Host"),
            (json!({"url": ok, "event_types": ["*"], "headers": {"Webhook-Id": "x"}}), "/headers/Webhook-Id"),
            (json!({"url": ok, "event_types": ["*"], "headers": {"a b": "x"}}), "/headers/a b"),
            (json!({"url": ok, "event_types": ["*"], "headers": {"x-a": "x\r\ny: z"}}), "/headers/x-a"),
            (json!({"url": ok, "event_types": ["*"], "headers": {"x-a": "v".repeat(1025)}}), "/headers/x-a"),
        ] {
            let problem = app.post("/v1/webhook-endpoints", body.clone()).send().await.problem(422, "validation_failed");
            assert_eq!(problem["errors"][0]["pointer"], pointer, "{body}");
        }
        assert_eq!(app.get("/v1/webhook-endpoints").send().await.expect(200)["data"], json!([]));
        for _ in 0..100 {
            endpoint(&app, ok, &["*"]).await;
        }
        let body = json!({"url": ok, "event_types": ["*"]});
        app.post("/v1/webhook-endpoints", body.clone()).send().await.problem(409, "too_many_webhook_endpoints");
        app.tenant("Acme").await;
        app.post("/v1/tenants/slug:acme/webhook-endpoints", body).send().await.expect(201);
    }

    async fn a_purged_tenant_leaves_no_endpoint(app: TestApp) {
        app.tenant("Acme").await;
        let sink = WebhookSink::start().await;
        let body = json!({"url": sink.url("/ok"), "event_types": ["*"]});
        let made = app.post("/v1/tenants/slug:acme/webhook-endpoints", body).send().await.expect(201);
        app.post("/v1/tenants/slug:acme/organizations", json!({"name": "Sales"})).send().await.expect(201);
        app.send_webhooks().await;
        let delivery = newest(&app, &made).await;
        app.delete("/v1/tenants/slug:acme").send().await.expect(200);
        app.clock.advance(Duration::from_hours(24 * 400));
        app.run_jobs().await;
        app.get(&at(&made, "")).send().await.problem(404, "not_found");
        app.get(&format!("/v1/deliveries/{}", id(&delivery))).send().await.problem(404, "not_found");
        assert!(app.events().await.iter().any(|event| event["type"] == "tenant.purged" && event["data"].to_string().contains("webhook_deliveries")));
    }
}
