//! What a dashboard asks before something is done: which slug, what hangs on a tenant, whether the log is whole.

use std::time::Duration;

use axum::http::Method;
use carcosa_kernel::secrets::Attestation;
use carcosa_testkit::{TestApp, both_databases};
use serde_json::{Value, json};

use crate::filters::change;

async fn preview(app: &TestApp, query: &str) -> Value {
    app.get(&format!("/v1/tenants/slug?{query}")).send().await.expect(200)
}

fn seen(slug: &str, reason: Option<&str>, suggestion: Option<&str>) -> Value {
    json!({"object": "slug_preview", "slug": slug, "available": reason.is_none(), "reason": reason, "suggestion": suggestion})
}

async fn integrity(app: &TestApp, query: &str) -> Value {
    app.get(&format!("/v1/audit/integrity{query}")).send().await.expect(200)
}

both_databases! {
    async fn the_slug_of_a_name_is_what_a_tenant_then_gets(app: TestApp) {
        for name in ["Acme", "Acme", "Acme", "Admin", "Admin", "Åbo Akademi", "—", "🦀"] {
            let told = preview(&app, &format!("name={}", name.replace(' ', "%20"))).await;
            assert_eq!(told, seen(told["slug"].as_str().unwrap(), None, None));
            assert_eq!(preview(&app, &format!("name={}", name.replace(' ', "%20"))).await, told, "asking takes nothing");
            assert_eq!(app.tenant(name).await["slug"], told["slug"], "{name}");
        }
        assert_eq!(preview(&app, "name=Acme").await["slug"], "acme-4");
        app.post("/v1/tenants", json!({"name": "x", "slug": "acme-4"})).send().await.expect(201);
        assert_eq!(preview(&app, "name=Acme").await["slug"], "acme-5", "someone took the next number");
    }

    async fn whether_a_slug_can_be_had(app: TestApp) {
        app.tenant("Acme").await;
        app.patch("/v1/tenants/slug:acme", json!({"slug": "apex"})).send().await.expect(200);
        app.patch("/v1/project", json!({"settings": {"reserved_slugs": ["vip"]}})).send().await.expect(200);
        for (query, expected) in [
            ("slug=free", seen("free", None, None)),
            ("slug=acme", seen("acme", Some("taken"), Some("acme-2"))),
            ("slug=acme&name=Other%20Ltd", seen("acme", Some("taken"), Some("other-ltd"))),
            ("slug=www", seen("www", Some("reserved"), Some("www-2"))),
            ("slug=vip", seen("vip", Some("reserved"), Some("vip-2"))),
            ("slug=adm1n", seen("adm1n", Some("confusable"), Some("adm1n-2"))),
            ("slug=%D0%B0cme", seen("аcme", Some("confusable"), Some("acme-2"))),
            ("slug=Hello%20World", seen("Hello World", Some("invalid"), Some("hello-world"))),
            ("slug=-a", seen("-a", Some("invalid"), Some("a"))),
            ("slug=xn--ls8h", seen("xn--ls8h", Some("invalid"), Some("xn-ls8h"))),
        ] {
            assert_eq!(preview(&app, query).await, expected, "{query}");
        }
        let long = preview(&app, &format!("slug={}", "a".repeat(64))).await;
        assert_eq!((&long["reason"], long["suggestion"].as_str().unwrap().len()), (&json!("invalid"), 63));
        for (query, parameter) in [(String::new(), "name"), ("name=".into(), "name"), (format!("slug={}", "a".repeat(201)), "slug"), (format!("name={}", "a".repeat(201)), "name")] {
            let problem = app.get(&format!("/v1/tenants/slug?{query}")).send().await.expect(422);
            assert_eq!(problem["errors"][0]["parameter"], parameter, "{query}");
        }
        let (_, foreign) = app.another_project("Other").await;
        let others = app.bare(Method::GET, "/v1/tenants/slug?slug=acme").key(&foreign).send().await.expect(200);
        assert_eq!(others["available"], true);
    }

    async fn what_hangs_on_a_tenant(app: TestApp) {
        let acme = app.tenant("Acme").await;
        let id = acme["id"].as_str().unwrap();
        let at = |rest: &str| format!("/v1/tenants/{id}{rest}");
        let nothing = json!({
            "object": "tenant_dependents", "members": 0, "keys_active": 0, "webhook_endpoints_enabled": 0, "invitations_pending": 0,
            "organizations": 0, "children": 0, "shares_given": 0, "shares_received": 0, "capped": [],
        });
        assert_eq!(app.get(&at("/dependents")).send().await.expect(200), nothing);
        let soon = app.kernel.now().plus(Duration::from_secs(60)).to_string();
        app.post(&at("/members"), json!({"email": "ada@example.com", "role": "owner"})).send().await.expect(201);
        app.post(&at("/invitations"), json!({"email": "eve@example.com", "role": "member"})).send().await.expect(201);
        let own = app.tenant_key(id, &["*"]).await;
        for body in [json!({"name": "works"}), json!({"name": "short", "expires_at": soon})] {
            app.post(&at("/keys"), body).send().await.expect(201);
        }
        let off = app.post(&at("/keys"), json!({"name": "off"})).send().await.expect(201);
        app.patch(&at(&format!("/keys/{}", off["id"].as_str().unwrap())), json!({"enabled": false})).send().await.expect(200);
        for _ in 0..2 {
            let body = json!({"url": "http://127.0.0.1:9/hook", "event_types": ["tenant.*"]});
            let made = app.post(&at("/webhook-endpoints"), body).send().await.expect(201);
            app.post(&format!("/v1/webhook-endpoints/{}/pause", made["id"].as_str().unwrap()), json!({})).send().await.expect(200);
            app.post(&format!("/v1/webhook-endpoints/{}/resume", made["id"].as_str().unwrap()), json!({})).send().await.expect(200);
        }
        app.post(&at("/organizations"), json!({"name": "Sales"})).send().await.expect(201);
        for name in ["Child", "Gone"] {
            app.post("/v1/tenants", json!({"name": name, "parent_id": id})).send().await.expect(201);
        }
        app.delete("/v1/tenants/slug:gone").send().await.expect(200);
        app.tenant("Friend").await;
        app.post(&at("/shares"), json!({"grantee_id": "slug:friend", "resource": "plans", "role": "viewer"})).send().await.expect(201);
        app.post("/v1/tenants/slug:friend/shares", json!({"grantee_id": id, "resource": "a", "role": "viewer"})).send().await.expect(201);
        app.post("/v1/tenants/slug:friend/shares", json!({"grantee_id": id, "resource": "b", "role": "viewer", "expires_at": soon})).send().await.expect(201);
        let mut expected = json!({
            "object": "tenant_dependents", "members": 1, "keys_active": 3, "webhook_endpoints_enabled": 2, "invitations_pending": 1,
            "organizations": 1, "children": 1, "shares_given": 1, "shares_received": 2, "capped": [],
        });
        for key in [app.secret(), own.as_str()] {
            assert_eq!(app.bare(Method::GET, &at("/dependents")).key(key).send().await.expect(200), expected);
        }
        app.clock.advance(Duration::from_secs(60));
        (expected["keys_active"], expected["shares_received"]) = (json!(2), json!(1));
        assert_eq!(app.get(&at("/dependents")).send().await.expect(200), expected);
        let others = app.get("/v1/tenants/slug:friend/dependents").send().await.expect(200);
        assert_eq!((&others["shares_given"], &others["shares_received"], &others["members"]), (&json!(1), &json!(1), &json!(0)));
    }

    async fn the_log_is_as_it_was_written(app: TestApp) {
        let acme = app.tenant("Acme").await;
        for number in 0..5 {
            app.patch("/v1/tenants/slug:acme", json!({"name": format!("Acme {number}")})).send().await.expect(200);
        }
        app.sequence().await;
        let own = integrity(&app, "").await;
        assert_eq!((&own["object"], &own["verified"], &own["problems"]), (&json!("log_integrity"), &json!(true), &json!([])));
        assert_eq!((&own["tenant_id"], &own["cut"], &own["from_sequence"]), (&Value::Null, &Value::Null, &json!(1)));
        assert_eq!((&own["log"]["streams"], &own["log"]["cuts"], &own["log"]["first_position"]), (&json!(2), &json!(0), &json!(1)));
        assert_eq!(own["log"]["entries"], own["log"]["last_position"]);
        let of_tenant = integrity(&app, "?tenant_id=slug:acme&last=2").await;
        let range = ["from_sequence", "to_sequence", "checked"].map(|field| of_tenant[field].as_i64().unwrap());
        assert_eq!((range, &of_tenant["verified"], &of_tenant["tenant_id"]), ([5, 6, 2], &json!(true), &acme["id"]));
        let head = &of_tenant["head"];
        let proof: Attestation = serde_json::from_value(head.clone()).unwrap();
        assert!(proof.is_of(head["record"].as_str().unwrap().as_bytes()));
        let record: Value = serde_json::from_str(head["record"].as_str().unwrap()).unwrap();
        assert_eq!((&record["sequence"], &record["hash"]), (&json!(6), &head["hash"]));
        for last in [5, 6, 7, 10_000] {
            let all = integrity(&app, &format!("?tenant_id=slug:acme&last={last}")).await;
            assert_eq!((&all["verified"], &all["checked"]), (&json!(true), &json!(last.min(6))), "{all}");
        }
        for wrong in ["0", "10001", "x"] {
            app.get(&format!("/v1/audit/integrity?last={wrong}")).send().await.problem(422, "validation_failed");
        }
        app.get("/v1/audit/integrity?tenant_id=slug:nobody").send().await.problem(404, "tenant_not_found");
        app.get("/v1/audit/integrity?tenant_id=ten_01h455vb4pex5vsknk084sn02q").send().await.problem(404, "tenant_not_found");
        let (_, foreign) = app.another_project("Other").await;
        let path = format!("/v1/audit/integrity?tenant_id={}", acme["id"].as_str().unwrap());
        app.bare(Method::GET, &path).key(&foreign).send().await.problem(404, "tenant_not_found");
    }

    async fn whoever_changes_the_log_is_found_out(app: TestApp) {
        app.tenant("Acme").await;
        for number in 0..5 {
            app.patch("/v1/tenants/slug:acme", json!({"name": format!("Acme {number}")})).send().await.expect(200);
        }
        app.sequence().await;
        change(&app, "UPDATE log_entries SET actor_kind = 'cli' WHERE seq = 5 AND tenant_id IS NOT NULL").await;
        let found = integrity(&app, "?tenant_id=slug:acme").await;
        assert_eq!((&found["verified"], &found["problems"][0]["sequence"]), (&json!(false), &json!(5)), "{found}");
        assert_eq!(integrity(&app, "?tenant_id=slug:acme&last=1").await["verified"], true, "what is not looked at is not found");
        change(&app, "DELETE FROM log_entries WHERE seq = 5 AND tenant_id IS NOT NULL").await;
        for last in [1, 2, 3] {
            let found = integrity(&app, &format!("?tenant_id=slug:acme&last={last}")).await;
            assert_eq!(found["verified"], false, "{last}: {found}");
        }
        change(&app, "DELETE FROM log_entries WHERE seq = 6 AND tenant_id IS NOT NULL").await;
        assert_eq!(integrity(&app, "?tenant_id=slug:acme&last=5").await["verified"], false, "the end is gone");
        assert_eq!(integrity(&app, "").await["verified"], true, "the project's own stream is whole");
        change(&app, "UPDATE log_entries SET body = NULL, body_salt = NULL WHERE seq = 2 AND tenant_id IS NULL").await;
        assert_eq!(integrity(&app, "").await["verified"], false, "nobody recorded an erasure");
    }

    async fn a_long_stream_is_checked_page_by_page(app: TestApp) {
        crate::audit::many(&app, 1_100).await;
        let all = integrity(&app, "?last=10000").await;
        let end = all["head"]["sequence"].as_i64().unwrap();
        assert_eq!((&all["verified"], &all["from_sequence"], &all["to_sequence"], &all["checked"]), (&json!(true), &json!(1), &json!(end), &json!(end)));
        for last in [499, 500, 501, 1_000, 1_001] {
            let some = integrity(&app, &format!("?last={last}")).await;
            let range = ["from_sequence", "to_sequence", "checked"].map(|field| some[field].as_i64().unwrap());
            assert_eq!((&some["verified"], range), (&json!(true), [end - last + 1, end, last]), "{some}");
        }
        change(&app, "UPDATE log_entries SET actor_kind = 'operator' WHERE seq = 501 AND tenant_id IS NULL").await;
        assert_eq!(integrity(&app, "?last=10000").await["problems"][0]["sequence"], 501);
    }

    async fn a_stream_that_retention_cut_is_checked_from_there(app: TestApp) {
        app.tenant("Acme").await;
        app.patch("/v1/project", json!({"settings": {"audit_retention_days": 30}})).send().await.expect(200);
        for number in 0..4 {
            app.patch("/v1/tenants/slug:acme", json!({"name": format!("Acme {number}")})).send().await.expect(200);
            app.clock.advance(Duration::from_hours(24 * 10));
        }
        app.sequence().await;
        carcosa::capabilities::log::retention::prune(&app.kernel).await.unwrap();
        app.sequence().await;
        let found = integrity(&app, "?tenant_id=slug:acme").await;
        assert_eq!((&found["verified"], &found["cut"]["proven"]), (&json!(true), &json!(true)), "{found}");
        assert_eq!(found["from_sequence"], found["cut"]["first_sequence"]);
        assert!(found["cut"]["first_sequence"].as_i64().unwrap() > 1);
        assert!(found["log"]["cuts"].as_i64().unwrap() >= 1);
        change(&app, "UPDATE log_heads SET first_proof = NULL").await;
        assert_eq!(integrity(&app, "?tenant_id=slug:acme").await["verified"], false);
        assert_eq!(integrity(&app, "?tenant_id=slug:acme&last=1").await["verified"], true, "the cut is not reached");
    }

    async fn a_purged_tenant_s_stream_is_whole_without_bodies(app: TestApp) {
        app.patch("/v1/project", json!({"settings": {"retention_days": 1}})).send().await.expect(200);
        let acme = app.tenant("Acme").await;
        app.delete("/v1/tenants/slug:acme").send().await.expect(200);
        app.clock.advance(Duration::from_hours(24));
        assert_eq!(app.run_jobs().await, 1);
        let found = integrity(&app, &format!("?tenant_id={}", acme["id"].as_str().unwrap())).await;
        assert_eq!((&found["verified"], &found["checked"]), (&json!(true), &json!(2)), "{found}");
    }
}
