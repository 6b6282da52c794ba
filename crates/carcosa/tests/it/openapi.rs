//! The OpenAPI document and the pages.

use std::collections::BTreeSet;

use axum::http::Method;
use carcosa_testkit::{TestApp, both_databases};
use serde_json::Value;

#[test]
fn the_document_is_complete() {
    let document = carcosa::router::openapi();
    assert_eq!(document["openapi"], "3.1.0");
    let mut names = BTreeSet::new();
    for (path, methods) in document["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            let place = format!("{method} {path}");
            assert!(
                names.insert(operation["operationId"].as_str().unwrap().to_owned()),
                "{place}: not unique"
            );
            assert!(!operation["summary"].as_str().unwrap().is_empty(), "{place}");
            let parameters = operation["parameters"].as_array().unwrap();
            for part in path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}')) {
                assert!(parameters.iter().any(|p| p["name"] == part && p["in"] == "path"), "{place}: {part}");
            }
            for parameter in parameters {
                assert!(parameter["description"].is_string(), "{place}: {parameter} is not described");
            }
            let responses = operation["responses"].as_object().unwrap();
            assert!(responses.contains_key("500") && responses.contains_key("503"), "{place}");
            assert_eq!(operation["requestBody"].is_object(), takes_body(operation, method), "{place}");
        }
    }
    assert!(names.len() > 25);
}

fn takes_body(operation: &Value, method: &str) -> bool {
    operation["requestBody"].is_object() || (method == "post" && operation["x-permission"].is_null())
}

#[test]
fn every_reference_leads_somewhere() {
    let document = carcosa::router::openapi();
    let mut waiting = vec![&document];
    let mut seen = 0;
    while let Some(value) = waiting.pop() {
        if let Some(target) = value.get("$ref").and_then(Value::as_str) {
            let pointer = target.strip_prefix('#').expect("references stay inside");
            assert!(document.pointer(pointer).is_some(), "{target}");
            seen += 1;
        }
        match value {
            Value::Array(items) => waiting.extend(items),
            Value::Object(members) => waiting.extend(members.values()),
            _ => {}
        }
    }
    assert!(seen > 50);
}

both_databases! {
    async fn the_reference_is_served_and_takes_nothing_from_elsewhere(app: TestApp) {
        let document = app.bare(Method::GET, "/openapi.json").send().await;
        assert_eq!(document.body, carcosa::router::openapi());
        let page = app.bare(Method::GET, "/docs/").send().await;
        assert!(page.header("content-security-policy").starts_with("default-src 'self'"));
        let text = String::from_utf8(page.bytes).unwrap();
        assert!(text.contains("swagger-ui"), "{text}");
        assert!(!text.contains("https://"), "{text}");
        let errors = app.bare(Method::GET, "/docs/errors").send().await;
        assert!(String::from_utf8(errors.bytes).unwrap().contains("id=\"invalid_transition\""));
    }

    async fn the_dashboard_is_wherever_nothing_else_is(app: TestApp) {
        let browser = |path: &str| app.bare(Method::GET, path).header("accept", "text/html,*/*;q=0.8").send();
        for page in ["/", "/sign-in", "/p/cardvault/tenants", "/setup"] {
            let answer = browser(page).await;
            assert_eq!((answer.status.as_u16(), answer.header("content-type")), (200, "text/html; charset=utf-8"), "{page}");
            assert!(answer.header("content-security-policy").starts_with("default-src 'none'; script-src 'self'"), "{page}");
            assert_eq!((answer.header("cache-control"), answer.header("x-content-type-options")), ("no-cache", "nosniff"));
        }
        for other in ["/v1/nothing", "/health/nothing", "/openapi.json/x", "/.well-known/nothing", "/assets/nothing.js"] {
            browser(other).await.problem(404, "route_not_found");
        }
        app.bare(Method::GET, "/sign-in").send().await.problem(404, "route_not_found");
        app.bare(Method::POST, "/").send().await.problem(405, "method_not_allowed");
    }

    async fn health(app: TestApp) {
        app.bare(Method::GET, "/health/live").send().await.expect(200);
        app.bare(Method::GET, "/health/ready").send().await.problem(503, "database_unavailable");
        app.hear().await;
        let ready = app.bare(Method::GET, "/health/ready").send().await.expect(200);
        assert_eq!(ready["components"]["database"], app.kernel.database().name());
    }
}
