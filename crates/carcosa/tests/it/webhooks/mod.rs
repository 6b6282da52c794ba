//! Webhooks: endpoints, what is sent to them, and what becomes of it.

mod delivery;
mod endpoints;
mod faults;
mod on_request;

use carcosa_testkit::TestApp;
use serde_json::{Value, json};

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
