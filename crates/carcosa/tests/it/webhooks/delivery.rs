//! Events on their way: signed, once, in order, by a rate, by whatever node.

use std::time::Duration;

use carcosa_tenancy::webhooks::{Headers, Rejected, Verifier};
use carcosa_testkit::{TestApp, WebhookSink, both_databases};
use serde_json::{Value, json};

use super::{at, endpoint, id, newest, types};

both_databases! {
    async fn an_event_is_sent_signed_and_once(app: TestApp) {
        let sink = WebhookSink::start().await;
        let made = endpoint(&app, &sink.url("/ok"), &["tenant.*"]).await;
        let secret = made["secret"].as_str().unwrap();
        assert!(secret.starts_with("whsec_"));
        let shown = app.get(&at(&made, "")).send().await.expect(200);
        assert!(shown.get("secret").is_none());
        let tenant = app.tenant("Acme").await;
        assert_eq!(app.send_webhooks().await, 1);
        let came = sink.take();
        assert_eq!(came.len(), 1);
        let (webhook, event) = (&came[0], came[0].event());
        assert_eq!((&event["type"], &event["data"]["id"]), (&json!("tenant.created"), &tenant["id"]));
        let feed = app.events().await;
        assert_eq!(feed.iter().find(|one| one["type"] == "tenant.created"), Some(&event), "the event of the feed");
        assert_eq!(webhook.header("webhook-id"), id(&event));
        assert_eq!(webhook.header("content-type"), "application/cloudevents+json; charset=utf-8");
        assert_eq!((webhook.signatures_of(secret), webhook.signatures_of(made["public_key"].as_str().unwrap())), (1, 1));
        assert_eq!(webhook.signatures_of("whsec_c29tZWJvZHkgZWxzZQ=="), 0);
        assert_eq!(app.send_webhooks().await, 0, "nothing is sent twice");
        let delivery = newest(&app, &made).await;
        assert_eq!((&delivery["status"], &delivery["attempts"], &delivery["event_id"]), (&json!("succeeded"), &json!(1), &event["id"]));
        assert_eq!((&delivery["attempt_log"][0]["status_code"], &delivery["attempt_log"][0]["response_body"]), (&json!(200), &json!("ok")));
        assert_eq!(delivery["request_body"], came[0].body.as_str());
    }

    async fn an_endpoint_hears_what_it_asked_for(app: TestApp) {
        let sink = WebhookSink::start().await;
        app.tenant("Before").await;
        endpoint(&app, &sink.url("/all"), &["*"]).await;
        endpoint(&app, &sink.url("/one"), &["tenant.suspended", "key.created"]).await;
        endpoint(&app, &sink.url("/twice"), &["tenant.*", "tenant.created", "*"]).await;
        app.tenant("Acme").await;
        app.post("/v1/tenants/slug:acme/suspend", json!({})).send().await.expect(200);
        app.send_webhooks().await;
        let came = sink.take();
        let to = |path: &str| types(&came.iter().filter(|one| one.path == path).cloned().collect::<Vec<_>>());
        assert_eq!(to("/one"), ["tenant.suspended"]);
        let all = to("/all");
        assert!(all.contains(&"tenant.created".to_owned()) && all.contains(&"tenant.suspended".to_owned()), "{all:?}");
        assert_eq!(all.iter().filter(|name| *name == "tenant.created").count(), 1, "not what was before");
        assert_eq!(to("/twice").iter().filter(|name| *name == "tenant.created").count(), 1);
    }

    async fn a_running_node_sends_by_itself(app: TestApp) {
        let sink = WebhookSink::start().await;
        let (stop, stopped) = tokio::sync::watch::channel(false);
        let mut work = carcosa::worker::start(&app.kernel, &stopped);
        let made = endpoint(&app, &sink.url("/ok"), &["tenant.created"]).await;
        let other = endpoint(&app, &sink.url("/other"), &["tenant.created"]).await;
        let mut came = Vec::new();
        for n in 0..30 {
            app.tenant(&format!("Tenant {n}")).await;
            // Sometimes while its queue is held, sometimes after it was given back.
            if n % 10 == 9 {
                tokio::time::sleep(Duration::from_millis(if n == 9 { 2600 } else { 50 })).await;
            }
        }
        for _ in 0..200 {
            came.extend(sink.take());
            if came.len() >= 60 {
                break;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        assert_eq!(came.len(), 60, "each once to each");
        for endpoint in [&made, &other] {
            let stats = app.get(&at(endpoint, "/stats")).send().await.expect(200);
            assert_eq!((&stats["pending"], &stats["succeeded_24h"]), (&json!(0), &json!(30)));
        }
        // What is under way when the node stops may end.
        app.patch(&at(&made, ""), json!({"url": sink.url("/slow")})).send().await.expect(200);
        app.tenant("Last").await;
        for _ in 0..100 {
            tokio::time::sleep(Duration::from_millis(20)).await;
            if sink.take().iter().any(|one| one.path == "/slow") {
                break;
            }
        }
        stop.send(true).unwrap();
        while work.join_next().await.is_some() {}
        let page = app.get(&at(&made, "/deliveries?limit=1")).send().await.expect(200);
        assert_eq!(page["data"][0]["status"], "succeeded", "{page}");
    }

    async fn a_rate_is_kept(app: TestApp) {
        let sink = WebhookSink::start().await;
        let body = json!({"url": sink.url("/ok"), "event_types": ["tenant.created"], "rate_limit": 20});
        app.post("/v1/webhook-endpoints", body).send().await.expect(201);
        for n in 0..11 {
            app.tenant(&format!("Tenant {n}")).await;
        }
        let begun = std::time::Instant::now();
        assert_eq!(app.send_webhooks().await, 11);
        assert!(begun.elapsed() >= Duration::from_millis(500), "eleven at twenty a second take half a second");
    }

    async fn in_strict_order_one_waits_for_those_before(app: TestApp) {
        let sink = WebhookSink::start().await;
        let body = json!({"url": sink.url("/script"), "event_types": ["tenant.*"], "ordered": true});
        app.post("/v1/webhook-endpoints", body).send().await.expect(201);
        sink.then(&[200, 503]);
        for n in 0..5 {
            app.tenant(&format!("Tenant {n}")).await;
        }
        app.send_webhooks().await;
        app.clock.advance(Duration::from_secs(1));
        assert_eq!(app.send_webhooks().await, 0, "the second is not due, the others wait for it");
        app.clock.advance(Duration::from_secs(6));
        app.send_webhooks().await;
        let names: Vec<String> =
            sink.take().iter().map(|one| one.event()["data"]["name"].as_str().unwrap().to_owned()).collect();
        assert_eq!(names, ["Tenant 0", "Tenant 1", "Tenant 1", "Tenant 2", "Tenant 3", "Tenant 4"]);
    }

    async fn in_strict_order_one_is_under_way(app: TestApp) {
        let sink = WebhookSink::start().await;
        let (stop, stopped) = tokio::sync::watch::channel(false);
        let mut work = carcosa::worker::start(&app.kernel, &stopped);
        let body = json!({"url": sink.url("/slow"), "event_types": ["tenant.created"], "ordered": true});
        app.post("/v1/webhook-endpoints", body).send().await.expect(201);
        let mut came = Vec::new();
        for n in 0..3 {
            app.tenant(&format!("Tenant {n}")).await;
            tokio::time::sleep(Duration::from_millis(150)).await;
        }
        for _ in 0..200 {
            came.extend(sink.take());
            if came.len() >= 3 {
                break;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        stop.send(true).unwrap();
        while work.join_next().await.is_some() {}
        came.extend(sink.take());
        let names: Vec<Value> = came.iter().map(|one| one.event()["data"]["name"].clone()).collect();
        assert_eq!(names, ["Tenant 0", "Tenant 1", "Tenant 2"], "each once, one after another");
    }

    async fn the_published_verifier_accepts_what_is_sent(app: TestApp) {
        let sink = WebhookSink::start().await;
        let made = endpoint(&app, &sink.url("/ok"), &["tenant.created"]).await;
        app.tenant("Łódź “東京” 🏯").await;
        app.send_webhooks().await;
        let came = sink.take().remove(0);
        let headers = Headers::of(|name| Some(came.header(name))).unwrap();
        // The clock of the test stands in the past.
        let sent: u64 = headers.timestamp.parse().unwrap();
        for key in ["secret", "public_key"] {
            let verifier = Verifier::new([made[key].as_str().unwrap()]).unwrap();
            let event = verifier.verify_at(&headers, came.body.as_bytes(), sent + 1).unwrap();
            assert_eq!((event.kind.as_str(), &event.data["name"]), ("tenant.created", &json!("Łódź “東京” 🏯")));
            let forged = came.body.replace("created", "deleted");
            assert_eq!(verifier.verify_at(&headers, forged.as_bytes(), sent + 1).err(), Some(Rejected::WrongSignature));
        }
    }

    async fn a_node_that_died_is_replaced(app: TestApp) {
        let sink = WebhookSink::start().await;
        endpoint(&app, &sink.url("/hang"), &["tenant.created"]).await;
        app.tenant("Acme").await;
        // A node takes the queue and dies with the request under way.
        let dying = app.another_node().await;
        let _ = tokio::time::timeout(Duration::from_secs(3), dying.send_webhooks()).await;
        assert_eq!(sink.take().len(), 1);
        drop(dying);
        let _ = tokio::time::timeout(Duration::from_secs(1), app.send_webhooks()).await;
        assert_eq!(sink.take().len(), 0, "its lease still counts");
        app.clock.advance(Duration::from_secs(31));
        let _ = tokio::time::timeout(Duration::from_secs(3), app.send_webhooks()).await;
        assert_eq!(sink.take().len(), 1, "sent again");
    }

    async fn nothing_is_left_out_of_a_large_fan_out(app: TestApp) {
        let sink = WebhookSink::start().await;
        for n in 0..30 {
            endpoint(&app, &sink.url(&format!("/e{n}")), &["organization.created"]).await;
        }
        app.tenant("Acme").await;
        for n in 0..50 {
            app.post("/v1/tenants/slug:acme/organizations", json!({"name": format!("Org {n}")})).send().await.expect(201);
        }
        app.send_webhooks().await;
        let came = sink.take();
        assert_eq!(came.len(), 1500);
        let mut seen: Vec<(String, String)> = came.iter().map(|one| (one.path.clone(), one.header("webhook-id").to_owned())).collect();
        seen.sort_unstable();
        seen.dedup();
        assert_eq!(seen.len(), 1500, "each once to each");
    }
}
