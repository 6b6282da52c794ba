//! What is sent because someone asks: tests, samples, and events once more.

use std::time::Duration;

use axum::http::Method;
use carcosa_testkit::{Backend, TestApp, WebhookSink, both_databases};
use carcosa_types::event::REGISTRY;
use serde_json::{Value, json};

use super::{at, endpoint, id, newest, types};

both_databases! {
    async fn a_test_reaches_one_that_rests(app: TestApp) {
        let sink = WebhookSink::start().await;
        let made = endpoint(&app, &sink.url("/script"), &["tenant.created"]).await;
        sink.then(&[500; 5]);
        for n in 0..20 {
            app.tenant(&format!("Tenant {n}")).await;
        }
        app.send_webhooks().await;
        let _ = sink.take();
        app.post(&at(&made, "/test"), json!({})).send().await.expect(200);
        app.send_webhooks().await;
        assert_eq!(types(&sink.take())[0], "webhook_endpoint.tested", "before all that waits");
    }

    async fn a_test_is_sent_at_once_and_once(app: TestApp) {
        let sink = WebhookSink::start().await;
        let made = endpoint(&app, &sink.url("/script"), &["key.created"]).await;
        let sent = app.post(&at(&made, "/test"), json!({})).send().await.expect(200)["deliveries"][0].take();
        assert_eq!((&sent["status"], &sent["event_type"]), (&json!("pending"), &json!("webhook_endpoint.tested")));
        assert_eq!(app.send_webhooks().await, 1);
        let came = sink.take();
        assert_eq!(came[0].event()["data"]["endpoint_id"], made["id"]);
        assert_eq!(came[0].signatures_of(made["secret"].as_str().unwrap()), 1);
        sink.then(&[500]);
        let failed = app.post(&at(&made, "/test"), json!({})).send().await.expect(200)["deliveries"][0].take();
        app.send_webhooks().await;
        app.clock.advance(Duration::from_hours(1));
        assert_eq!(app.send_webhooks().await, 0);
        assert_eq!(app.get(&format!("/v1/deliveries/{}", id(&failed))).send().await.expect(200)["status"], "failed");
    }

    async fn a_sample_of_every_type_is_sent_on_request(app: TestApp) {
        let sink = WebhookSink::start().await;
        let made = endpoint(&app, &sink.url("/ok"), &["key.created"]).await;
        let all = app.bare(Method::GET, "/v1/event-types").send().await.expect(200);
        let all = all["data"].as_array().unwrap();
        assert_eq!(all.len(), REGISTRY.len());
        let sent = app.post(&at(&made, "/test"), json!({"event_types": ["*"]})).send().await.expect(200);
        assert_eq!(sent["deliveries"].as_array().unwrap().len(), all.len());
        assert_eq!(app.send_webhooks().await, all.len());
        let mut came = sink.take();
        came.sort_by_key(|one| all.iter().position(|known| known["name"] == one.event()["type"]));
        for (one, known) in came.iter().zip(all) {
            let event = one.event();
            assert_eq!((&event["type"], &event["data"], &event["sample"]), (&known["name"], &known["sample"], &json!(true)));
            assert_eq!(one.signatures_of(made["secret"].as_str().unwrap()), 1);
        }
        let some = app.post(&at(&made, "/test"), json!({"event_types": ["tenant.suspended", "share.*"]})).send().await.expect(200);
        let names: Vec<&Value> = some["deliveries"].as_array().unwrap().iter().map(|one| &one["event_type"]).collect();
        assert_eq!(names, ["tenant.suspended", "share.created", "share.revoked"]);
        for bad in [json!([]), json!(["tenant"]), json!(["tenant.*", "nothing.*"]), json!("*")] {
            app.post(&at(&made, "/test"), json!({"event_types": bad})).send().await.problem(422, "validation_failed");
        }
        assert!(app.events().await.iter().all(|event| event["sample"].is_null()), "the log has none of it");
    }

    async fn samples_that_fail_keep_no_event_waiting(app: TestApp) {
        let sink = WebhookSink::start().await;
        let made = endpoint(&app, &sink.url("/script"), &["tenant.created"]).await;
        let sent = app.post(&at(&made, "/test"), json!({"event_types": ["*"]})).send().await.expect(200);
        let samples = sent["deliveries"].as_array().unwrap().len();
        sink.then(&vec![500; samples]);
        app.send_webhooks().await;
        assert_eq!(sink.take().len(), samples);
        app.tenant("Acme").await;
        app.send_webhooks().await;
        assert_eq!(types(&sink.take()), ["tenant.created"]);
        assert_eq!(newest(&app, &made).await["status"], "succeeded");
        let stats = app.get(&at(&made, "/stats")).send().await.expect(200);
        assert_eq!((&stats["consecutive_failures"], &stats["failing_since"]), (&json!(0), &Value::Null));
    }

    async fn events_are_sent_again_on_request(app: TestApp) {
        let sink = WebhookSink::start().await;
        let made = endpoint(&app, &sink.url("/script"), &["tenant.created"]).await;
        let other = endpoint(&app, &sink.url("/ok"), &["key.created"]).await;
        let begin = app.tenant("First").await["created_at"].clone();
        app.send_webhooks().await;
        let first = sink.take();
        let delivery = newest(&app, &made).await;
        let replay = async |body: Value| app.post(&at(&made, "/replay"), body).send().await;
        assert_eq!(replay(json!({"delivery_ids": [delivery["id"]]})).await.expect(200)["deliveries"], 1);
        app.send_webhooks().await;
        let again = sink.take();
        assert_eq!(again[0].header("webhook-id"), first[0].header("webhook-id"));
        assert_eq!((&newest(&app, &made).await["replay"], again.len()), (&json!(true), 1));

        app.clock.advance(Duration::from_secs(60));
        let second = app.tenant("Second").await;
        app.send_webhooks().await;
        let _ = sink.take();
        assert_eq!(replay(json!({"from": begin})).await.expect(200)["deliveries"], 2);
        assert_eq!(replay(json!({"from": second["created_at"]})).await.expect(200)["deliveries"], 1);
        assert_eq!(replay(json!({"from": begin, "to": second["created_at"]})).await.expect(200)["deliveries"], 1);
        assert_eq!(replay(json!({"from": begin, "only_failed": true})).await.expect(200)["deliveries"], 0);
        app.send_webhooks().await;
        assert_eq!(sink.take().len(), 4);

        for (body, pointer) in [
            (json!({}), "/from"),
            (json!({"from": begin, "delivery_ids": [delivery["id"]]}), "/from"),
            (json!({"from": begin, "to": begin}), "/to"),
            (json!({"delivery_ids": []}), "/delivery_ids"),
            (json!({"delivery_ids": ["del_01hf7yat00e0yt4qmwp9zsb42s"]}), "/delivery_ids/0"),
        ] {
            let problem = replay(body.clone()).await.problem(422, "validation_failed");
            assert_eq!(problem["errors"][0]["pointer"], pointer, "{body}");
        }
        let foreign = app.post(&at(&other, "/replay"), json!({"delivery_ids": [delivery["id"]]})).send().await;
        foreign.problem(422, "validation_failed");
    }

    async fn what_failed_together_is_sent_again_in_parts(app: TestApp) {
        let sink = WebhookSink::start().await;
        let made = endpoint(&app, &sink.url("/ok"), &["tenant.created"]).await;
        let begin = app.tenant("First").await["created_at"].clone();
        app.send_webhooks().await;
        let (series, uuid) = match app.database().backend() {
            Backend::Sqlite => ("WITH RECURSIVE s (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < 1500)", "randomblob(16)"),
            Backend::Postgres => ("WITH s (n) AS (SELECT generate_series(1, 1500))", "gen_random_uuid()"),
        };
        let statement = format!(
            "{series} INSERT INTO webhook_deliveries (project_id, id, endpoint_id, event_id, event_type, position, replay, status, attempts,
                created_at, completed_at)
             SELECT d.project_id, {uuid}, d.endpoint_id, d.event_id, d.event_type, d.position, d.replay, 'failed', 10, d.created_at, d.completed_at
             FROM webhook_deliveries d, s"
        );
        app.database().execute(&statement).await;
        let replay = async |body: Value| app.post(&at(&made, "/replay"), body).send().await;
        let first = replay(json!({"from": begin, "only_failed": true})).await.expect(200);
        assert_eq!(first["deliveries"], 1000);
        let rest = replay(json!({"from": begin, "only_failed": true, "after": first["next"]})).await.expect(200);
        assert_eq!((&rest["deliveries"], &rest["next"]), (&json!(500), &Value::Null), "all of one moment, each once");
        replay(json!({"from": begin, "after": first["next"]})).await.problem(400, "invalid_cursor");
        replay(json!({"from": begin, "only_failed": true, "after": "x"})).await.problem(400, "invalid_cursor");
    }
}
