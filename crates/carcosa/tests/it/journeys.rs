//! An application follows its tenants: what is created, changed and removed in Carcosa is created, changed and cleaned up in the
//! application, linked by Carcosa's id, whichever way it listens and whatever befalls it.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use axum::http::Method;
use carcosa_testkit::{TestApp, WebhookSink, both_databases};
use serde_json::{Value, json};

/// The application's own record of a tenant.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Record {
    name: String,
    plan: String,
    status: String,
}

/// An application, with its database.
#[derive(Debug, Default)]
struct Application {
    /// By Carcosa's id.
    records: BTreeMap<String, Record>,
    /// Which event last changed each, also of those that were cleaned up: an older one that comes later changes nothing.
    positions: BTreeMap<String, u64>,
    /// Ids of the events it has acted on.
    seen: BTreeSet<String>,
    /// How many events came that it had acted on.
    doubled: usize,
}

impl Application {
    /// Acts on an event, as an application does in one transaction.
    fn hear(&mut self, event: &Value) {
        if !self.seen.insert(event["id"].as_str().unwrap().to_owned()) {
            self.doubled += 1;
            return;
        }
        let kind = event["type"].as_str().unwrap();
        let Some(verb) = kind.strip_prefix("tenant.") else { return };
        let id = event["subject"].as_str().unwrap().to_owned();
        let position: u64 = event["position"].as_str().unwrap().parse().unwrap();
        if self.positions.get(&id).is_some_and(|last| *last > position) {
            return;
        }
        self.positions.insert(id.clone(), position);
        if verb == "purged" {
            self.records.remove(&id);
            return;
        }
        let text = |name: &str| event["data"][name].as_str().map(str::to_owned);
        match (text("name"), text("plan"), text("status")) {
            (Some(name), Some(plan), Some(status)) => {
                drop(self.records.insert(id, Record { name, plan, status }));
            }
            // Erased since: the purge comes too.
            _ => drop(self.records.remove(&id)),
        }
    }
}

/// What the application should have.
async fn expected(app: &TestApp) -> BTreeMap<String, Record> {
    let mut all = BTreeMap::new();
    for status in ["pending", "active", "suspended", "archived", "deleted"] {
        let page = app.get(&format!("/v1/tenants?limit=100&status={status}")).send().await.expect(200);
        for tenant in page["data"].as_array().unwrap() {
            let text = |name: &str| tenant[name].as_str().unwrap().to_owned();
            all.insert(text("id"), Record { name: text("name"), plan: text("plan"), status: text("status") });
        }
    }
    all
}

/// The first half of some lives: created, changed, suspended.
async fn grow(app: &TestApp) {
    for name in ["Acme", "Globex", "Initech"] {
        app.tenant(name).await;
    }
    app.patch("/v1/tenants/slug:acme", json!({"name": "Acme & Sons", "plan": "gold"}))
        .send()
        .await
        .expect(200);
    app.post("/v1/tenants/slug:globex/suspend", json!({"reason": "unpaid"})).send().await.expect(200);
}

/// The second half: brought back, deleted, purged.
async fn end(app: &TestApp) {
    app.post("/v1/tenants/slug:globex/activate", json!({})).send().await.expect(200);
    app.delete("/v1/tenants/slug:initech").send().await.expect(200);
    app.clock.advance(Duration::from_hours(24 * 200));
    app.run_jobs().await;
    app.delete("/v1/tenants/slug:globex").send().await.expect(200);
    app.tenant("Umbrella").await;
}

async fn listen(app: &TestApp, url: &str) -> Value {
    app.post("/v1/webhook-endpoints", json!({"url": url, "event_types": ["tenant.*"]}))
        .send()
        .await
        .expect(201)
}

/// Sends until nothing is left, however long that takes; the first `failing` attempts were answered with an error before the
/// application had done anything.
async fn send_all(app: &TestApp, sink: &WebhookSink, application: &mut Application, failing: usize) {
    let (mut failing, mut idle) = (failing, 0);
    while idle < 3 {
        idle = if app.send_webhooks().await == 0 { idle + 1 } else { 0 };
        for webhook in sink.take() {
            if failing > 0 {
                failing -= 1;
            } else {
                application.hear(&webhook.event());
            }
        }
        app.clock.advance(Duration::from_mins(40));
    }
}

#[track_caller]
fn check(application: &Application, expected: &BTreeMap<String, Record>) {
    assert_eq!(&application.records, expected);
    assert!(
        expected.len() == 3 && expected.values().any(|record| record.status == "deleted"),
        "{expected:?}"
    );
}

both_databases! {
    async fn by_webhook(app: TestApp) {
        let sink = WebhookSink::start().await;
        for path in ["/ok", "/slow"] {
            listen(&app, &sink.url(path)).await;
        }
        let (mut quick, mut slow) = (Application::default(), Application::default());
        grow(&app).await;
        for half in 0..2 {
            for _ in 0..20 {
                app.send_webhooks().await;
            }
            for webhook in sink.take() {
                if webhook.path == "/slow" { slow.hear(&webhook.event()) } else { quick.hear(&webhook.event()) }
            }
            if half == 0 {
                assert_eq!(quick.records, expected(&app).await);
                end(&app).await;
            }
        }
        let expected = expected(&app).await;
        check(&quick, &expected);
        check(&slow, &expected);
    }

    async fn by_webhook_while_the_application_fails_for_an_hour(app: TestApp) {
        let sink = WebhookSink::start().await;
        listen(&app, &sink.url("/script")).await;
        let mut application = Application::default();
        grow(&app).await;
        // Everything of the first hour: at once, after 5 seconds, 5 and 30 minutes.
        sink.then(&[500; 12]);
        for minutes in [0, 1, 6, 31] {
            app.clock.advance(Duration::from_mins(minutes));
            app.send_webhooks().await;
        }
        assert!(expected(&app).await.len() == 3 && application.records.is_empty());
        send_all(&app, &sink, &mut application, 12).await;
        assert_eq!(application.records, expected(&app).await);
        end(&app).await;
        send_all(&app, &sink, &mut application, 0).await;
        check(&application, &expected(&app).await);
        assert_eq!(application.doubled, 0);
    }

    async fn by_webhook_when_the_answer_is_lost(app: TestApp) {
        let sink = WebhookSink::start().await;
        listen(&app, &sink.url("/script")).await;
        let mut application = Application::default();
        // The application does its work and then fails: each of these comes again.
        sink.then(&[500, 503, 500]);
        grow(&app).await;
        send_all(&app, &sink, &mut application, 0).await;
        end(&app).await;
        send_all(&app, &sink, &mut application, 0).await;
        check(&application, &expected(&app).await);
        assert_eq!(application.doubled, 3);
    }

    async fn by_webhook_sent_again_from_the_beginning(app: TestApp) {
        let sink = WebhookSink::start().await;
        let from = app.tenant("First").await["created_at"].clone();
        app.delete("/v1/tenants/slug:first").send().await.expect(200);
        let made = listen(&app, &sink.url("/ok")).await;
        let mut application = Application::default();
        grow(&app).await;
        end(&app).await;
        send_all(&app, &sink, &mut application, 0).await;
        let heard = application.seen.len();
        let path = format!("/v1/webhook-endpoints/{}/replay", made["id"].as_str().unwrap());
        app.post(&path, json!({"from": from})).send().await.expect(200);
        send_all(&app, &sink, &mut application, 0).await;
        assert!(application.doubled == heard && application.seen.len() > heard, "{application:?}");
        check(&application, &expected(&app).await);
    }

    async fn by_polling(app: TestApp) {
        let mut application = Application::default();
        let (mut cursor, mut polls) = (String::new(), 0);
        let mut poll = async |application: &mut Application| {
            app.sequence().await;
            loop {
                let path = format!("/v1/events?types=tenant.*&limit=2{cursor}");
                let page = app.get(&path).send().await.expect(200);
                for event in page["data"].as_array().unwrap() {
                    application.hear(event);
                }
                polls += 1;
                // Every third time it dies before it has kept its cursor, and reads the page once more.
                if polls % 3 != 0 {
                    cursor = format!("&after={}", page["page"]["after"].as_str().unwrap());
                    if page["page"]["has_more"] == false {
                        return;
                    }
                }
            }
        };
        grow(&app).await;
        poll(&mut application).await;
        assert_eq!(application.records, expected(&app).await);
        // Down for an hour, in which much happens.
        end(&app).await;
        app.clock.advance(Duration::from_hours(1));
        poll(&mut application).await;
        check(&application, &expected(&app).await);
        assert!(application.doubled > 0);
    }

    async fn by_stream(app: TestApp) {
        let mut application = Application::default();
        let key = app.key_with(&["event:read"]).await;
        app.sequence().await;
        app.hear().await;
        let mut last = app.get("/v1/events?types=role.*").send().await.expect(200)["page"]["after"].as_str().unwrap().to_owned();
        grow(&app).await;
        app.sequence().await;
        // Cut off after every second event, and as long as it is away more happens.
        for round in 0..40 {
            let call = app.bare(Method::GET, "/v1/events/stream?types=tenant.*").key(&key).header("last-event-id", &last);
            let mut stream = call.stream().await;
            for _ in 0..2 {
                let Ok(Some(event)) = tokio::time::timeout(Duration::from_millis(500), stream.next()).await else { break };
                application.hear(&event.data);
                last = event.id;
            }
            drop(stream);
            if round == 2 {
                end(&app).await;
                app.sequence().await;
                app.hear().await;
            }
            if round > 2 && application.records == expected(&app).await {
                break;
            }
        }
        check(&application, &expected(&app).await);
        assert_eq!(application.doubled, 0);
    }
}
