//! Webhooks: endpoints, what is sent to them, and what becomes of it.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use axum::http::Method;
use carcosa::capabilities::webhooks::deliver;
use carcosa_kernel::{System, SystemTask};
use carcosa_tenancy::webhooks::{Headers, Rejected, Verifier};
use carcosa_testkit::{Backend, SmtpSink, TestApp, WebhookSink, both_databases};
use carcosa_types::event::REGISTRY;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::pki_types::PrivatePkcs8KeyDer;
use tokio_rustls::rustls::{self, ServerConfig};

fn id(of: &Value) -> &str {
    of["id"].as_str().unwrap()
}

fn at(endpoint: &Value, rest: &str) -> String {
    format!("/v1/webhook-endpoints/{}{rest}", id(endpoint))
}

async fn endpoint(app: &TestApp, url: &str, types: &[&str]) -> Value {
    app.post("/v1/webhook-endpoints", json!({"url": url, "event_types": types})).send().await.expect(201)
}

/// The types of the events that came, in their order.
fn types(came: &[carcosa_testkit::Webhook]) -> Vec<String> {
    came.iter().map(|webhook| webhook.event()["type"].as_str().unwrap().to_owned()).collect()
}

/// The newest delivery, with its attempts.
async fn newest(app: &TestApp, endpoint: &Value) -> Value {
    let page = app.get(&at(endpoint, "/deliveries?limit=1")).send().await.expect(200);
    app.get(&format!("/v1/deliveries/{}", id(&page["data"][0]))).send().await.expect(200)
}

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

    async fn what_fails_is_tried_again_by_the_schedule(app: TestApp) {
        let sink = WebhookSink::start().await;
        let made = endpoint(&app, &sink.url("/status/500"), &["tenant.created"]).await;
        app.tenant("Acme").await;
        let pauses = [0, 5, 300, 1800, 7200, 18_000, 36_000, 50_400, 72_000, 86_400];
        for (attempt, pause) in pauses.into_iter().enumerate() {
            if attempt > 0 {
                app.clock.advance(Duration::from_millis(pause * 900 - 2000));
                assert_eq!(app.send_webhooks().await, 0, "attempt {attempt} came too soon");
                app.clock.advance(Duration::from_millis(pause * 200 + 4000));
            }
            assert_eq!(app.send_webhooks().await, 1, "attempt {attempt}");
        }
        let came = sink.take();
        assert_eq!(came.len(), 10);
        assert!(came.iter().all(|webhook| webhook.header("webhook-id") == came[0].header("webhook-id")));
        assert_ne!(came[0].header("webhook-timestamp"), came[9].header("webhook-timestamp"), "each is signed anew");
        let delivery = newest(&app, &made).await;
        assert_eq!((&delivery["status"], &delivery["attempts"], &delivery["last_error"]), (&json!("failed"), &json!(10), &json!("answered 500 Internal Server Error")));
        app.clock.advance(Duration::from_hours(100));
        assert_eq!(app.send_webhooks().await, 0, "given up");
    }

    async fn a_receiver_may_ask_to_wait(app: TestApp) {
        let sink = WebhookSink::start().await;
        endpoint(&app, &sink.url("/later"), &["tenant.created"]).await;
        app.tenant("Acme").await;
        assert_eq!(app.send_webhooks().await, 1);
        app.clock.advance(Duration::from_secs(95));
        assert_eq!(app.send_webhooks().await, 0, "it asked for 100 seconds");
        app.clock.advance(Duration::from_secs(6));
        assert_eq!(app.send_webhooks().await, 1);
    }

    async fn redirects_are_not_followed_and_long_answers_cut(app: TestApp) {
        let sink = WebhookSink::start().await;
        let redirect = endpoint(&app, &sink.url("/redirect"), &["tenant.created"]).await;
        let endless = endpoint(&app, &sink.url("/endless"), &["tenant.created"]).await;
        app.tenant("Acme").await;
        assert_eq!(app.send_webhooks().await, 2);
        let refused = newest(&app, &redirect).await;
        assert_eq!((&refused["status"], &refused["last_status_code"]), (&json!("pending"), &json!(302)));
        assert!(refused["last_error"].as_str().unwrap().contains("redirects are not followed"));
        let taken = newest(&app, &endless).await;
        assert_eq!(taken["status"], "succeeded");
        assert_eq!(taken["attempt_log"][0]["response_body"].as_str().unwrap().len(), 4096);
    }

    async fn one_that_is_gone_is_disabled(app: TestApp) {
        let sink = WebhookSink::start().await;
        let made = endpoint(&app, &sink.url("/status/410"), &["tenant.*"]).await;
        app.tenant("Acme").await;
        app.tenant("Other").await;
        app.send_webhooks().await;
        let gone = app.get(&at(&made, "")).send().await.expect(200);
        assert_eq!((&gone["status"], &gone["disabled_reason"], &gone["version"]), (&json!("disabled"), &json!("gone"), &json!(2)));
        let told = app.events().await;
        assert!(told.iter().any(|event| event["type"] == "webhook_endpoint.disabled" && event["subject"] == made["id"]));
        let before = sink.take().len();
        app.tenant("Third").await;
        app.send_webhooks().await;
        assert_eq!(sink.take().len(), 0, "after {before} it is left alone");
        app.post(&at(&made, "/test"), json!({})).send().await.problem(409, "webhook_not_enabled");
        app.patch(&at(&made, ""), json!({"url": sink.url("/ok")})).send().await.expect(200);
        app.post(&at(&made, "/resume"), json!({})).send().await.expect(200);
        app.tenant("Fourth").await;
        app.send_webhooks().await;
        let names: Vec<Value> = sink.take().iter().map(|one| one.event()["data"]["name"].clone()).collect();
        assert!(names.contains(&json!("Fourth")) && !names.contains(&json!("Third")), "{names:?}");
    }

    async fn one_that_nothing_reaches_for_days_is_disabled(app: TestApp) {
        let sink = WebhookSink::start().await;
        let made = endpoint(&app, &sink.url("/status/500"), &["tenant.created"]).await;
        for day in 0..6 {
            app.tenant(&format!("Tenant {day}")).await;
            app.send_webhooks().await;
            assert_eq!(app.get(&at(&made, "")).send().await.expect(200)["status"], if day < 5 { "enabled" } else { "disabled" }, "day {day}");
            app.clock.advance(Duration::from_hours(24));
        }
        assert_eq!(app.get(&at(&made, "")).send().await.expect(200)["disabled_reason"], "failing");
        let stats = app.get(&at(&made, "/stats")).send().await.expect(200);
        assert!(stats["consecutive_failures"].as_i64().unwrap() >= 6 && stats["failing_since"].is_string(), "{stats}");
        let resumed = app.post(&at(&made, "/resume"), json!({})).send().await.expect(200);
        assert_eq!((&resumed["status"], &resumed["disabled_reason"]), (&json!("enabled"), &json!(null)));
    }

    async fn one_that_fails_is_only_probed(app: TestApp) {
        let sink = WebhookSink::start().await;
        let made = endpoint(&app, &sink.url("/script"), &["tenant.created"]).await;
        sink.then(&[500; 6]);
        for n in 0..20 {
            app.tenant(&format!("Tenant {n}")).await;
        }
        assert_eq!(app.send_webhooks().await, 5, "two at first, then one at a time, until it is left alone");
        assert_eq!(app.send_webhooks().await, 0, "it rests");
        app.tenant("New").await;
        assert_eq!(app.send_webhooks().await, 0, "also when something happens");
        app.clock.advance(Duration::from_secs(700));
        assert_eq!(app.send_webhooks().await, 1, "one probe");
        app.clock.advance(Duration::from_secs(700));
        assert_eq!(app.send_webhooks().await, 21, "and all that waits once it succeeds");
        app.clock.advance(Duration::from_secs(700));
        app.send_webhooks().await;
        let stats = app.get(&at(&made, "/stats")).send().await.expect(200);
        assert_eq!((&stats["pending"], &stats["succeeded_24h"], &stats["consecutive_failures"]), (&json!(0), &json!(21), &json!(0)), "{stats}");
    }

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

    async fn the_owners_are_written_to_when_one_is_disabled(app: TestApp) {
        let (sink, post) = (WebhookSink::start().await, SmtpSink::start().await);
        let app = app.with_mail(&post).await;
        let acme = app.tenant("Acme").await;
        for (name, role) in [("owner", "owner"), ("viewer", "viewer")] {
            let user = app.post("/v1/users", json!({"email": format!("{name}@acme.example")})).send().await.expect(201);
            let body = json!({"user_id": user["id"], "role": role});
            app.post("/v1/tenants/slug:acme/members", body).send().await.expect(201);
        }
        let gone = sink.url("/status/410?very-secret");
        let body = json!({"url": gone, "event_types": ["tenant.updated"]});
        let theirs = app.post(&format!("/v1/tenants/{}/webhook-endpoints", id(&acme)), body).send().await.expect(201);
        let ours = endpoint(&app, &gone, &["tenant.updated"]).await;
        app.patch("/v1/tenants/slug:acme", json!({"plan": "gold"})).send().await.expect(200);
        app.send_webhooks().await;
        app.run_jobs().await;
        let mut told: Vec<(Vec<String>, String)> =
            post.received().into_iter().map(|mail| (mail.to.clone(), mail.part("text/plain"))).collect();
        told.sort();
        assert_eq!(told.len(), 2, "{told:?}");
        // Neither at once again, nor because of a test.
        app.sequence().await;
        let path = format!("/v1/tenants/{}/webhook-endpoints/{}", id(&acme), id(&theirs));
        for _ in 0..3 {
            app.post(&format!("{path}/resume"), json!({})).send().await.expect(200);
            app.post(&format!("{path}/test"), json!({})).send().await.expect(200);
            app.send_webhooks().await;
            assert_eq!(app.get(&path).send().await.expect(200)["status"], "enabled", "a test disables nothing");
            app.patch("/v1/tenants/slug:acme", json!({"description": app.kernel.new_uuid().to_string()})).send().await.expect(200);
            app.send_webhooks().await;
            assert_eq!(app.get(&path).send().await.expect(200)["status"], "disabled");
        }
        app.run_jobs().await;
        assert_eq!(post.received().len(), told.len());
        for ((to, text), (expected, endpoint)) in told.iter().zip([("ada@example.com", &ours), ("owner@acme.example", &theirs)]) {
            assert_eq!(to, &[expected.to_owned()]);
            assert!(text.contains(id(endpoint)) && text.contains("410 Gone") && !text.contains("very-secret"), "{text}");
        }
    }

    async fn nothing_is_sent_to_a_server_that_nobody_vouches_for(app: TestApp) {
        // A certificate for this very address, signed by itself; and a server that speaks no TLS.
        let made = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).unwrap();
        let key = PrivatePkcs8KeyDer::from(made.signing_key.serialize_der());
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![made.cert.der().clone()], key.into())
            .unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let (accepted, connections) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let counters = (Arc::clone(&accepted), Arc::clone(&connections));
        tokio::spawn(async move {
            let acceptor = TlsAcceptor::from(Arc::new(config));
            while let Ok((socket, _)) = listener.accept().await {
                counters.1.fetch_add(1, Ordering::SeqCst);
                if acceptor.accept(socket).await.is_ok() {
                    counters.0.fetch_add(1, Ordering::SeqCst);
                }
            }
        });
        let sink = WebhookSink::start().await;
        let plain = sink.url("/ok").replace("http://", "https://");
        for url in [format!("https://127.0.0.1:{port}/hooks"), plain] {
            let made = endpoint(&app, &url, &["tenant.created"]).await;
            app.tenant("Acme").await;
            app.send_webhooks().await;
            let delivery = newest(&app, &made).await;
            assert_eq!((&delivery["status"], &delivery["last_status_code"]), (&json!("pending"), &Value::Null));
            let error = delivery["attempt_log"][0]["error"].as_str().unwrap();
            assert!(error.contains("TLS") || error.contains("certificate") || error.contains("connect"), "{error}");
        }
        assert!(connections.load(Ordering::SeqCst) > 0 && accepted.load(Ordering::SeqCst) == 0 && sink.take().is_empty());
    }

    async fn connections_that_are_reset_are_failures_to_be_tried_again(app: TestApp) {
        // A reset at once, one after the request, and a server that talks HTTP/2 (settings, and a reset of the stream) to whoever does not.
        const SETTINGS: &[u8] = &[0, 0, 0, 4, 0, 0, 0, 0, 0];
        const RESET: &[u8] = &[0, 0, 4, 3, 0, 0, 0, 0, 1, 0, 0, 0, 8];
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://127.0.0.1:{}/hooks", listener.local_addr().unwrap().port());
        tokio::spawn(async move {
            for n in 0.. {
                let (mut socket, _) = listener.accept().await.unwrap();
                if n % 3 > 0 {
                    let mut some = [0; 1024];
                    let _ = socket.read(&mut some).await;
                }
                if n % 3 == 2 {
                    let _ = socket.write_all(&[SETTINGS, RESET].concat()).await;
                }
                // Closing with what was not read resets the connection.
                socket.set_zero_linger().unwrap();
            }
        });
        let made = endpoint(&app, &url, &["tenant.created"]).await;
        app.tenant("Acme").await;
        for attempts in 1..=3 {
            app.send_webhooks().await;
            app.clock.advance(Duration::from_hours(1));
            let delivery = newest(&app, &made).await;
            assert_eq!((&delivery["status"], &delivery["attempts"]), (&json!("pending"), &json!(attempts)), "{delivery}");
            assert!(delivery["attempt_log"][attempts - 1]["error"].is_string(), "{delivery}");
        }
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
        sink.then(&vec![500; sent["deliveries"].as_array().unwrap().len()]);
        app.tenant("Acme").await;
        app.send_webhooks().await;
        assert_eq!(types(&sink.take()).last().unwrap(), "tenant.created");
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
