//! Requests that should not have been sent.

use axum::http::Method;
use carcosa_testkit::{TestApp, both_databases};
use serde_json::{Value, json};

both_databases! {
    async fn bodies_that_are_none(app: TestApp) {
        let post = || app.bare(Method::POST, "/v1/tenants").key(app.secret());
        for text in ["{", "nonsense", "{\"name\":\"x\"} {}", "{\"name\":\"\\ud800\"}"] {
            post().text(text).send().await.problem(400, "invalid_json");
        }
        post().bytes(b"{\"name\":\"\xff\"}").send().await.problem(400, "invalid_json");
        let deep = format!("{{\"name\":\"x\",\"metadata\":{}1{}}}", "{\"a\":".repeat(10_000), "}".repeat(10_000));
        post().text(&deep).send().await.problem(400, "invalid_json");
        let huge = format!("{{\"name\":\"{}\"}}", "x".repeat(1024 * 1024));
        post().text(&huge).send().await.problem(413, "payload_too_large");
        post().text(&huge).header("idempotency-key", "k").send().await.problem(413, "payload_too_large");
        post().text("name=x").header("content-type", "application/x-www-form-urlencoded").send().await.problem(415, "unsupported_media_type");
        for text in ["[]", "1", "null", "\"x\""] {
            post().text(text).send().await.problem(422, "validation_failed");
        }
        let empty = post().text("").send().await.problem(422, "validation_failed");
        assert_eq!(empty["errors"][0]["pointer"], "/name");
        let max = 1024 * 1024 - "{\"name\":\"x\"}".len();
        post().text(&format!("{}{{\"name\":\"x\"}}", " ".repeat(max))).send().await.expect(201);
        post().text(&format!("{}{{\"name\":\"x\"}}", " ".repeat(max + 1))).send().await.problem(413, "payload_too_large");
    }

    async fn everything_wrong_at_once(app: TestApp) {
        let body = json!({"name": "", "title": "x", "kind": "club", "plan": "No Spaces", "metadata": [], "external_id": 5});
        let problem = app.post("/v1/tenants", body).send().await.problem(422, "validation_failed");
        let mut found: Vec<_> = problem["errors"].as_array().unwrap().iter().map(|e| (e["pointer"].as_str().unwrap().to_owned(), e["code"].as_str().unwrap().to_owned())).collect();
        found.sort();
        let expected = [("/external_id", "type"), ("/kind", "enum"), ("/metadata", "type"), ("/name", "too_short"), ("/plan", "pattern"), ("/title", "unknown_field")];
        assert_eq!(found, expected.map(|(place, code)| (place.to_owned(), code.to_owned())));
        assert!(problem["request_id"].is_string());
        assert_eq!(problem["type"], "/docs/errors#validation_failed");
    }

    async fn names_at_their_limits(app: TestApp) {
        let create = |name: String| app.post("/v1/tenants", json!({"name": name})).send();
        create(String::new()).await.problem(422, "validation_failed");
        create("x".into()).await.expect(201);
        create("ö".repeat(200)).await.expect(201);
        create("ö".repeat(201)).await.problem(422, "validation_failed");
        create("🎉👩‍👩‍👧🇫🇮".into()).await.expect(201);
        for name in [" ", "a\u{0}b", "a\nb", "\u{7f}", "\u{200b}", "\u{200d}", "\u{202e}evil"] {
            create(name.into()).await.problem(422, "validation_failed");
        }
        let read = create("evil' OR 1=1 --\"".into()).await.expect(201);
        assert_eq!(read["name"], "evil' OR 1=1 --\"");
    }

    async fn metadata_at_its_limit(app: TestApp) {
        let of = |size: usize| json!({"name": "x", "metadata": {"a": "x".repeat(size - 8)}});
        app.post("/v1/tenants", of(16 * 1024)).send().await.expect(201);
        let problem = app.post("/v1/tenants", of(16 * 1024 + 1)).send().await.problem(422, "validation_failed");
        assert_eq!(problem["errors"][0]["pointer"], "/metadata");
        let many: serde_json::Map<String, Value> = (0..1500).map(|n| (format!("{n}"), n.into())).collect();
        let wide = app.post("/v1/tenants", json!({"name": "wide", "metadata": many})).send().await.expect(201);
        assert_eq!(wide["metadata"].as_object().unwrap().len(), 1500);
        let found = app.get("/v1/tenants?metadata[1499]=1499").send().await.expect(200);
        assert_eq!(found["data"][0]["id"], wide["id"]);
        let grown = app.patch(&format!("/v1/tenants/{}", wide["id"].as_str().unwrap()), json!({"metadata": {"big": "x".repeat(8 * 1024)}}));
        grown.send().await.problem(422, "validation_failed");
    }

    async fn paths_and_methods_that_are_none(app: TestApp) {
        app.get("/v1/nothing").send().await.problem(404, "route_not_found");
        app.put("/v1/tenants", json!({})).send().await.problem(405, "method_not_allowed");
        for name in ["x", "ten_", "ten_ZZ", "slug:", "ext:", "slug:%00", "ext:%00", "%ff", "org_01h455vb4pex5vsknk084sn02q"] {
            app.get(&format!("/v1/tenants/{name}")).send().await.expect(404);
        }
        let long = format!("/v1/tenants/slug:{}", "a".repeat(5000));
        app.get(&long).send().await.problem(404, "tenant_not_found");
    }

    async fn request_ids_are_taken_over_when_harmless(app: TestApp) {
        let ask = |id: &str| app.get("/v1/nothing").header("x-request-id", id).send();
        let answer = ask("trace-1.a_B").await;
        assert_eq!(answer.header("x-request-id"), "trace-1.a_B");
        assert_eq!(answer.body["request_id"], "trace-1.a_B");
        for bad in ["a b", &"x".repeat(65), "é"] {
            let answer = ask(bad).await;
            assert_ne!(answer.header("x-request-id"), bad);
            assert_eq!(answer.header("x-request-id").len(), 32);
        }
    }

    async fn what_would_be_ignored_is_refused(app: TestApp) {
        app.tenant("Acme").await;
        for path in ["/v1/tenants/slug:acme?x=1", "/v1/project?x=1", "/v1/tenants/stats?x=1"] {
            let problem = app.get(path).send().await.problem(422, "validation_failed");
            assert_eq!(problem["errors"][0]["parameter"], "x");
        }
        app.post("/v1/tenants?dry_run=true", json!({"name": "x"})).send().await.problem(422, "validation_failed");
        app.delete("/v1/tenants/slug:acme").json(json!({"reason": "x"})).send().await.problem(422, "validation_failed");
        for field in ["name", "slug", "kind", "inheritance"] {
            let problem = app.patch("/v1/tenants/slug:acme", json!({field: null})).send().await.problem(422, "validation_failed");
            assert_eq!(problem["errors"][0]["pointer"], format!("/{field}"));
        }
        app.patch("/v1/project", json!({"settings": null})).send().await.problem(422, "validation_failed");
        assert_eq!(app.get("/v1/tenants/slug:acme").send().await.expect(200)["version"], 1);
        let before = app.get("/v1/project").send().await.expect(200);
        assert_eq!(app.patch("/v1/project", json!({"settings": {}})).send().await.expect(200), before);
        let many: serde_json::Map<String, Value> = (0..5000).map(|n| (format!("f{n}"), n.into())).collect();
        let problem = app.post("/v1/tenants", Value::Object(many)).send().await.problem(422, "validation_failed");
        assert_eq!(problem["errors"].as_array().unwrap().len(), 100);
    }

    async fn what_is_nested_too_deep_never_reaches_the_log(app: TestApp) {
        let nested = |levels: usize| {
            let text = format!("{{\"name\":\"x\",\"metadata\":{}1{}}}", "{\"a\":".repeat(levels), "}".repeat(levels));
            app.bare(Method::POST, "/v1/tenants").key(app.secret()).text(&text).send()
        };
        let made = nested(63).await.expect(201);
        nested(64).await.problem(400, "invalid_json");
        app.patch(&format!("/v1/tenants/{}", made["id"].as_str().unwrap()), json!({"metadata": {"b": 1}})).send().await.expect(200);
        assert_eq!(app.events().await.last().unwrap()["data"]["metadata"]["b"], 1);
        app.get("/v1/audit").send().await.expect(200);
    }
}
