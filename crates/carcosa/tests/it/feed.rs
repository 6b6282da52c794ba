//! The feed for those who wait: long polls and streams.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::http::Method;
use carcosa_testkit::{Backend, Call, EventStream, TestApp, both_databases};
use serde_json::{Value, json};
use tokio::task::JoinSet;

/// Puts the log in order and tells those who wait.
async fn tell(app: &TestApp) {
    app.sequence().await;
    app.hear().await;
}

/// The cursor of the end.
async fn end(app: &TestApp) -> String {
    tell(app).await;
    let mut after = String::new();
    loop {
        let page = app.get(&format!("/v1/events?limit=100{after}")).send().await.expect(200);
        let cursor = page["page"]["after"].as_str().unwrap().to_owned();
        if page["page"]["has_more"] == false {
            return cursor;
        }
        after = format!("&after={cursor}");
    }
}

fn stream(app: &TestApp, key: &str, path: &str) -> Call {
    app.bare(Method::GET, path).key(key)
}

async fn names(stream: &mut EventStream, how_many: usize) -> Vec<String> {
    let mut all = Vec::new();
    for _ in 0..how_many {
        let event = stream.next().await.unwrap();
        all.push(event.data["data"]["name"].as_str().unwrap_or_default().to_owned());
    }
    all
}

/// Follows the feed by pages to its end, checking that nothing is skipped, doubled or out of order.
struct Poller {
    after: String,
    position: u64,
    /// The last sequence number of each stream.
    streams: BTreeMap<String, u64>,
}

impl Poller {
    async fn poll(&mut self, app: &TestApp, limit: u32) -> usize {
        let path = format!("/v1/events?limit={limit}{}", self.after);
        let page = app.get(&path).send().await.expect(200);
        let events = page["data"].as_array().unwrap();
        for event in events {
            let number = |name: &str| event[name].as_str().unwrap().parse::<u64>().unwrap();
            assert_eq!(number("position"), self.position + 1, "skipped, doubled or out of order: {event}");
            self.position += 1;
            let stream = event["tenantid"].as_str().unwrap_or_default().to_owned();
            let last = self.streams.entry(stream).or_default();
            assert_eq!(number("sequence"), *last + 1, "{event}");
            *last += 1;
        }
        self.after = format!("&after={}", page["page"]["after"].as_str().unwrap());
        events.len()
    }
}

both_databases! {
    async fn a_long_poll_comes_with_the_event(app: TestApp) {
        let cursor = end(&app).await;
        let path = format!("/v1/events?wait=20&after={cursor}");
        let (begun, waiting) = (Instant::now(), app.get(&path).send());
        let doing = async {
            tokio::time::sleep(Duration::from_millis(200)).await;
            app.tenant("Acme").await;
            tell(&app).await;
        };
        let (page, ()) = tokio::join!(waiting, doing);
        assert_eq!(page.expect(200)["data"][0]["data"]["name"], "Acme");
        assert!(begun.elapsed() < Duration::from_secs(15));
        let at_once = app.get(&path).send().await.expect(200);
        assert_eq!(at_once["data"].as_array().unwrap().len(), 1, "what is there is not waited for");
        let none = app.get(&format!("/v1/events?wait=1&after={}", end(&app).await)).send().await.expect(200);
        assert_eq!((&none["data"], &none["page"]["has_more"]), (&json!([]), &json!(false)));
        for bad in ["26", "-1", "x"] {
            let problem = app.get(&format!("/v1/events?wait={bad}")).send().await.problem(422, "validation_failed");
            assert_eq!(problem["errors"][0]["parameter"], "wait");
        }
    }

    async fn a_long_poll_waits_for_what_it_wants(app: TestApp) {
        app.tenant("Acme").await;
        let cursor = end(&app).await;
        let path = format!("/v1/events?wait=20&types=organization.*&after={cursor}");
        let waiting = app.get(&path).send();
        let doing = async {
            tokio::time::sleep(Duration::from_millis(100)).await;
            app.tenant("Other").await;
            tell(&app).await;
            app.post("/v1/tenants/slug:acme/organizations", json!({"name": "Sales"})).send().await.expect(201);
            tell(&app).await;
        };
        let (page, ()) = tokio::join!(waiting, doing);
        assert_eq!(page.expect(200)["data"][0]["type"], "organization.created");
    }

    async fn who_may_no_more_is_told_nothing(app: TestApp) {
        let key = app.key_with(&["event:read"]).await;
        let cursor = end(&app).await;
        let poll = stream(&app, &key, &format!("/v1/events?wait=20&after={cursor}")).send();
        let mut live = stream(&app, &key, "/v1/events/stream").stream().await;
        assert_eq!(live.next_of_all().await.unwrap().event, "bookmark");
        let doing = async {
            tokio::time::sleep(Duration::from_millis(100)).await;
            app.post("/v1/keys/report-leak", json!({"key": key})).send().await.expect(200);
            app.tenant("Secret").await;
            tell(&app).await;
        };
        let (page, ()) = tokio::join!(poll, doing);
        page.problem(401, "invalid_key");
        let last = live.next().await.unwrap();
        assert_eq!((last.event.as_str(), &last.data["code"]), ("end", &json!("invalid_key")));
        assert_eq!(live.next().await, None);
    }

    async fn a_stream_has_each_event_once_and_in_order(app: TestApp) {
        app.tenant("Before").await;
        tell(&app).await;
        let mut live = stream(&app, app.secret(), "/v1/events/stream?types=tenant.*").stream().await;
        assert_eq!(live.next_of_all().await.unwrap().event, "bookmark");
        for n in 0..5 {
            app.tenant(&format!("Tenant {n}")).await;
            if n % 2 == 0 {
                tell(&app).await;
            }
        }
        assert_eq!(names(&mut live, 5).await, ["Tenant 0", "Tenant 1", "Tenant 2", "Tenant 3", "Tenant 4"]);
        drop(live);
        let cursor = end(&app).await;
        for n in 5..8 {
            app.tenant(&format!("Tenant {n}")).await;
        }
        tell(&app).await;
        let again = stream(&app, app.secret(), "/v1/events/stream?types=tenant.*&after=nonsense").header("last-event-id", &cursor);
        let mut again = again.stream().await;
        let first = again.next().await.unwrap();
        assert_eq!(first.data["data"]["name"], "Tenant 5");
        let feed = app.get(&format!("/v1/events?after={cursor}&types=tenant.*")).send().await.expect(200);
        assert_eq!(first.data, feed["data"][0], "the event of the feed");
        let page = app.get(&format!("/v1/events?after={}&types=tenant.*", first.id)).send().await.expect(200);
        assert_eq!(page["data"][0]["data"]["name"], "Tenant 6", "its id is a cursor");
        assert_eq!(names(&mut again, 2).await, ["Tenant 6", "Tenant 7"]);
    }

    async fn a_reader_far_behind_catches_up(app: TestApp) {
        let cursor = end(&app).await;
        app.tenant("Acme").await;
        for n in 0..450 {
            app.post("/v1/tenants/slug:acme/organizations", json!({"name": format!("Org {n}")})).send().await.expect(201);
        }
        tell(&app).await;
        // One that is at the end fills the ring from there, so that the other must read the database.
        let mut live = stream(&app, app.secret(), "/v1/events/stream?types=organization.*").stream().await;
        let mut behind = stream(&app, app.secret(), &format!("/v1/events/stream?types=organization.*&after={cursor}")).stream().await;
        app.post("/v1/tenants/slug:acme/organizations", json!({"name": "Last"})).send().await.expect(201);
        tell(&app).await;
        assert_eq!(names(&mut live, 1).await, ["Last"]);
        let all = names(&mut behind, 451).await;
        let mut expected: Vec<String> = (0..450).map(|n| format!("Org {n}")).collect();
        expected.push("Last".to_owned());
        assert_eq!(all, expected);
    }

    async fn a_tenant_reads_its_own(app: TestApp) {
        for name in ["Acme", "Other"] {
            app.tenant(name).await;
        }
        let key = app.tenant_key("slug:acme", &["event:read", "organization:create"]).await;
        tell(&app).await;
        let mut live = stream(&app, &key, "/v1/tenants/slug:acme/events/stream?types=organization.*").stream().await;
        assert_eq!(live.next_of_all().await.unwrap().event, "bookmark");
        for (tenant, name) in [("other", "Theirs"), ("acme", "Ours")] {
            app.post(&format!("/v1/tenants/slug:{tenant}/organizations"), json!({"name": name})).send().await.expect(201);
        }
        app.bare(Method::POST, "/v1/tenants/slug:acme/organizations").key(&key).json(json!({"name": "Own"})).send().await.expect(201);
        tell(&app).await;
        let (ours, own) = (live.next().await.unwrap(), live.next().await.unwrap());
        assert_eq!((&ours.data["data"]["name"], &ours.data["actor"]), (&json!("Ours"), &json!("api_key")));
        assert_eq!(own.data["data"]["name"], "Own");
        assert!(own.data["actor"].as_str().unwrap().starts_with("key_"));
        let listed = stream(&app, &key, "/v1/tenants/slug:acme/events?types=organization.*").send().await.expect(200);
        let events: Vec<&Value> = listed["data"].as_array().unwrap().iter().collect();
        assert_eq!(events, [&ours.data, &own.data]);
        stream(&app, &key, "/v1/tenants/slug:other/events").send().await.problem(404, "tenant_not_found");
        stream(&app, &key, "/v1/tenants/slug:other/events/stream").send().await.problem(404, "tenant_not_found");
        stream(&app, &key, "/v1/events").send().await.problem(403, "permission_denied");
        stream(&app, &key, "/v1/events/stream").send().await.problem(403, "permission_denied");
        let foreign = app.get(&format!("/v1/tenants/slug:acme/events?after={}", end(&app).await)).send().await;
        foreign.problem(400, "invalid_cursor");
    }

    async fn what_a_stream_may_be_asked(app: TestApp) {
        let ask = |query: &str| app.get(&format!("/v1/events/stream?{query}")).send();
        ask("after=nonsense").await.problem(400, "invalid_cursor");
        ask("types=tenant.born").await.problem(422, "validation_failed");
        ask("tenant_id=slug:none").await.problem(404, "tenant_not_found");
        app.get("/v1/events/stream").header("last-event-id", "nonsense").send().await.problem(400, "invalid_cursor");
        app.tenant("Acme").await;
        let unexpected = app.get("/v1/tenants/slug:acme/events/stream?tenant_id=slug:acme").send().await;
        unexpected.problem(422, "validation_failed");
    }

    async fn a_credential_has_a_hundred_streams(app: TestApp) {
        let key = app.key_with(&["event:read"]).await;
        let mut open = Vec::new();
        for _ in 0..100 {
            open.push(stream(&app, &key, "/v1/events/stream").stream().await);
        }
        stream(&app, &key, "/v1/events/stream").send().await.problem(429, "too_many_streams");
        let mut other = app.get("/v1/events/stream").stream().await;
        assert_eq!(other.next_of_all().await.unwrap().event, "bookmark");
        open.clear();
        for _ in 0..100 {
            tokio::time::sleep(Duration::from_millis(20)).await;
            if stream(&app, &key, "/v1/events/stream").send().await.status.as_u16() == 200 {
                return;
            }
        }
        panic!("the places are given back");
    }

    async fn pollers_skip_nothing_while_many_commit_late(app: TestApp) {
        const WRITERS: usize = 64;
        const EACH: usize = 6;
        if app.database().backend() == Backend::Postgres {
            // The rows are written and their commit takes up to 60 ms more: what began first is not seen first.
            app.database()
                .execute(
                    "CREATE FUNCTION dawdle() RETURNS trigger LANGUAGE plpgsql AS
                     $$ BEGIN PERFORM pg_sleep(random() * 0.06); RETURN NULL; END $$",
                )
                .await;
            app.database()
                .execute(
                    "CREATE CONSTRAINT TRIGGER dawdle AFTER INSERT ON log_entries DEFERRABLE INITIALLY DEFERRED
                     FOR EACH ROW EXECUTE FUNCTION dawdle()",
                )
                .await;
        }
        let app = Arc::new(app);
        let (stop, stopped) = tokio::sync::watch::channel(false);
        let mut work = carcosa::worker::start(&app.kernel, &stopped);
        let mut writers = JoinSet::new();
        for writer in 0..WRITERS {
            let app = Arc::clone(&app);
            writers.spawn(async move {
                let made = app.tenant(&format!("Tenant {writer}")).await;
                for n in 1..EACH {
                    // A machine this small may be too busy for a write now and then: nothing of it happened, so it is done again.
                    let path = format!("/v1/tenants/{}", made["id"].as_str().unwrap());
                    while app.patch(&path, json!({"description": n.to_string()})).send().await.status != 200 {}
                    // Clocks step, forwards and back: the order is none of times.
                    let step = Duration::from_secs(n as u64);
                    if writer % 2 == 0 { app.clock.advance(step) } else { app.clock.step_back(step) }
                }
            });
        }
        let mut pollers: Vec<Poller> =
            (0..3).map(|_| Poller { after: String::new(), position: 0, streams: BTreeMap::new() }).collect();
        let mut done = false;
        loop {
            let mut found = 0;
            for (poller, limit) in pollers.iter_mut().zip([100, 7, 1]) {
                found += poller.poll(&app, limit).await;
            }
            while let Some(ended) = writers.try_join_next() {
                ended.unwrap();
            }
            if done && found == 0 {
                break;
            }
            if writers.is_empty() && !done {
                tokio::time::sleep(Duration::from_millis(600)).await;
                done = true;
            }
        }
        for poller in &pollers {
            let of_tenants = poller.streams.iter().filter(|(stream, _)| !stream.is_empty());
            let lengths: Vec<u64> = of_tenants.map(|(_, length)| *length).collect();
            assert_eq!(lengths, vec![EACH as u64; WRITERS]);
        }
        stop.send(true).unwrap();
        while work.join_next().await.is_some() {}
    }
}
