//! Receivers that fail, and what becomes of their endpoints.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use carcosa_testkit::{SmtpSink, TestApp, WebhookSink, both_databases};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::pki_types::PrivatePkcs8KeyDer;
use tokio_rustls::rustls::{self, ServerConfig};

use super::{at, endpoint, id, newest};

both_databases! {
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
}
