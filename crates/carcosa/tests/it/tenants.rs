//! Tenants: fields, slugs, status, versions.

use carcosa_testkit::{TestApp, both_databases};
use serde_json::{Value, json};

fn id(tenant: &Value) -> &str {
    tenant["id"].as_str().unwrap()
}

both_databases! {
    async fn a_tenant_s_journey(app: TestApp) {
        let made = app.post("/v1/tenants", json!({
            "name": "Åbo Akademi", "kind": "organization", "description": "A university", "region": "eu-north",
            "external_id": "42", "plan": "pro", "metadata": {"seats": 12, "city": "Turku"},
            "branding": {"primary_color": "#00aaff"},
        })).send().await;
        assert_eq!(made.header("etag"), "\"1\"");
        let tenant = made.expect(201);
        assert_eq!(tenant["slug"], "abo-akademi");
        assert_eq!((&tenant["status"], &tenant["version"]), (&json!("active"), &json!(1)));
        assert_eq!(tenant["activated_at"], tenant["created_at"]);
        for name in [id(&tenant), "slug:abo-akademi", "ext:42"] {
            let read = app.get(&format!("/v1/tenants/{name}")).send().await;
            assert_eq!(read.header("etag"), "\"1\"");
            assert_eq!(read.expect(200), tenant);
        }
        let patched = app.patch("/v1/tenants/ext:42", json!({
            "slug": "abo", "description": null, "metadata": {"seats": null, "rector": "Ö"}, "external_id": "43",
        })).send().await.expect(200);
        assert_eq!(patched["metadata"], json!({"city": "Turku", "rector": "Ö"}));
        assert_eq!((&patched["description"], &patched["version"], &patched["slug"]), (&Value::Null, &json!(2), &json!("abo")));
        app.get("/v1/tenants/ext:42").send().await.problem(404, "tenant_not_found");
        for name in ["slug:abo", "slug:abo-akademi", "ext:43"] {
            assert_eq!(app.get(&format!("/v1/tenants/{name}")).send().await.expect(200), patched, "{name}");
        }
        let put = app.put("/v1/tenants/slug:abo", json!({"name": "Akademi"})).send().await.expect(200);
        assert_eq!((&put["slug"], &put["external_id"], &put["metadata"]), (&json!("abo"), &Value::Null, &json!({})));
        assert_eq!((&put["plan"], &put["branding"], &put["region"]), (&json!("free"), &json!({}), &Value::Null));
        let same = app.patch("/v1/tenants/slug:abo", json!({"name": "Akademi"})).send().await.expect(200);
        assert_eq!(same, put, "what changes nothing makes no version");
    }

    async fn a_former_slug_is_never_given_to_another(app: TestApp) {
        let acme = app.tenant("Acme").await;
        app.patch("/v1/tenants/slug:acme", json!({"slug": "apex"})).send().await.expect(200);
        let body = json!({"name": "Other", "slug": "acme"});
        app.post("/v1/tenants", body).send().await.problem(409, "slug_taken");
        assert_eq!(app.tenant("Acme").await["slug"], "acme-2");
        let other = app.tenant("Other").await;
        let patch = app.patch(&format!("/v1/tenants/{}", id(&other)), json!({"slug": "acme"}));
        patch.send().await.problem(409, "slug_taken");
        let back = app.patch("/v1/tenants/slug:apex", json!({"slug": "acme"})).send().await.expect(200);
        assert_eq!(back["id"], acme["id"], "its own former slug it may take back");
        assert_eq!(app.get("/v1/tenants/slug:apex").send().await.expect(200)["id"], acme["id"]);
    }

    async fn slugs_that_are_refused(app: TestApp) {
        let cases = [
            ("www", "slug_reserved"), ("adm1n", "slug_reserved"), ("log-in", "slug_reserved"),
            ("аcme", "slug_confusable"), ("xn--ls8h", "slug_punycode"), ("-a", "slug_hyphen"), ("A", "slug_characters"),
        ];
        for (slug, code) in cases {
            let problem = app.post("/v1/tenants", json!({"name": "x", "slug": slug})).send().await.expect(422);
            assert_eq!(problem["errors"][0]["code"], code, "{slug}");
            assert_eq!(problem["errors"][0]["pointer"], "/slug");
        }
        let slug = |length: usize| json!({"name": "x", "slug": "a".repeat(length)});
        app.post("/v1/tenants", slug(63)).send().await.expect(201);
        app.post("/v1/tenants", slug(64)).send().await.problem(422, "validation_failed");
        app.patch("/v1/project", json!({"settings": {"reserved_slugs": ["vip"]}})).send().await.expect(200);
        app.post("/v1/tenants", json!({"name": "x", "slug": "vip"})).send().await.problem(422, "slug_reserved");
        assert_eq!(app.tenant("VIP").await["slug"], "vip-2");
        assert_eq!(app.tenant("Admin").await["slug"], "admin-2");
        assert_eq!(app.tenant("🦀🦀").await["slug"], "crab-crab");
        assert_eq!(app.tenant("—").await["slug"], "tenant-2", "a name that leaves nothing: `tenant` is reserved");
    }

    async fn a_thousand_creates_of_one_name(app: TestApp) {
        let app = std::sync::Arc::new(app);
        let exact = race(&app, 50, json!({"name": "Exactly", "slug": "exactly"})).await;
        assert_eq!(exact.iter().filter(|(status, _)| *status == 201).count(), 1);
        assert!(exact.iter().all(|(status, _)| matches!(status, 201 | 409)));
        let made = race(&app, 1000, json!({"name": "Acme"})).await;
        assert!(made.iter().all(|(status, _)| *status == 201));
        let slugs: std::collections::BTreeSet<_> = made.into_iter().map(|(_, slug)| slug).collect();
        assert_eq!(slugs.len(), 1000);
        assert!(slugs.contains("acme") && slugs.contains("acme-2"));
    }

    async fn every_transition_from_every_status(app: TestApp) {
        let steps = |to: &str| match to {
            "active" => vec![],
            "deleted" => vec!["delete"],
            other => vec![match other { "suspended" => "suspend", _ => "archive" }],
        };
        let allowed = [
            ("active", vec!["suspend", "archive", "delete"]), ("suspended", vec!["activate", "archive", "delete"]),
            ("archived", vec!["activate", "restore", "delete"]), ("deleted", vec!["restore"]),
        ];
        for (status, allowed) in allowed {
            for transition in ["activate", "suspend", "archive", "restore", "delete"] {
                let tenant = app.tenant(&format!("{status} {transition}")).await;
                for step in steps(status) {
                    carry_out(&app, id(&tenant), step).await.expect(200);
                }
                let answer = carry_out(&app, id(&tenant), transition).await;
                if allowed.contains(&transition) {
                    let after = answer.expect(200);
                    assert_ne!(after["status"], status, "{transition}");
                    assert_eq!(after["status_reason"], "because");
                } else {
                    let problem = answer.problem(409, "invalid_transition");
                    assert_eq!(problem["allowed"], json!(allowed), "{status}");
                }
            }
        }
    }

    async fn a_restored_tenant_is_what_it_was(app: TestApp) {
        let tenant = app.tenant("Acme").await;
        let suspended = carry_out(&app, id(&tenant), "suspend").await.expect(200);
        let deleted = carry_out(&app, id(&tenant), "delete").await.expect(200);
        assert_eq!(deleted["status"], "deleted");
        assert!(deleted["purge_at"].is_string() && deleted["deleted_at"].is_string());
        app.patch("/v1/tenants/slug:acme", json!({"name": "x"})).send().await.problem(409, "tenant_deleted");
        let restored = carry_out(&app, id(&tenant), "restore").await.expect(200);
        assert_eq!(restored["status"], "suspended", "deleting and restoring is no way out of a suspension");
        assert_eq!(restored["suspended_at"], suspended["suspended_at"]);
        assert_eq!((&restored["deleted_at"], &restored["purge_at"]), (&Value::Null, &Value::Null));
    }

    async fn tenants_start_pending_when_the_project_says_so(app: TestApp) {
        app.patch("/v1/project", json!({"settings": {"initial_status": "pending", "default_plan": "starter"}})).send().await.expect(200);
        let tenant = app.tenant("Acme").await;
        assert_eq!((&tenant["status"], &tenant["activated_at"], &tenant["plan"]), (&json!("pending"), &Value::Null, &json!("starter")));
        carry_out(&app, id(&tenant), "suspend").await.problem(409, "invalid_transition");
        let active = carry_out(&app, id(&tenant), "activate").await.expect(200);
        assert!(active["activated_at"].is_string());
    }

    async fn a_stale_version_is_refused(app: TestApp) {
        let tenant = app.tenant("Acme").await;
        let path = format!("/v1/tenants/{}", id(&tenant));
        app.patch(&path, json!({"name": "B"})).header("if-match", "\"1\"").send().await.expect(200);
        app.patch(&path, json!({"name": "C"})).header("if-match", "\"1\"").send().await.problem(412, "version_mismatch");
        app.patch(&path, json!({"name": "C"})).header("if-match", "*").send().await.expect(200);
        app.patch(&path, json!({"name": "D"})).header("if-match", "W/\"3\"").send().await.expect(200);
        app.patch(&path, json!({"name": "C"})).header("if-match", "W/\"3\"").send().await.problem(412, "version_mismatch");
        app.patch(&path, json!({"name": "C"})).header("if-match", "\"foreign\"").send().await.problem(412, "version_mismatch");
        app.patch(&path, json!({"name": "C"})).send().await.expect(200);
        app.patch(&path, json!({"name": "C"})).header("if-match", "1").send().await.problem(422, "validation_failed");
        app.post(&format!("{path}/suspend"), json!({})).header("if-match", "\"2\"").send().await.problem(412, "version_mismatch");
        app.delete(&path).header("if-match", "\"9\"").send().await.problem(412, "version_mismatch");
        assert_eq!(app.get(&path).send().await.expect(200)["name"], "C");
    }

    async fn concurrent_updates_lose_nothing(app: TestApp) {
        let tenant = app.tenant("Acme").await;
        let (app, path) = (std::sync::Arc::new(app), format!("/v1/tenants/{}", id(&tenant)));
        let updates: Vec<_> = (0..20).map(|n| {
            let call = app.patch(&path, json!({"metadata": {format!("m{n}"): n}}));
            tokio::spawn(async move { call.send().await.status.as_u16() })
        }).collect();
        for update in updates {
            assert_eq!(update.await.unwrap(), 200);
        }
        let after = app.get(&path).send().await.expect(200);
        assert_eq!(after["version"], 21);
        assert_eq!(after["metadata"].as_object().unwrap().len(), 20);
    }

    async fn an_external_id_is_unique_in_the_project(app: TestApp) {
        let with = |name: &str, external: &str| json!({"name": name, "external_id": external});
        app.post("/v1/tenants", with("A", "1")).send().await.expect(201);
        app.post("/v1/tenants", with("B", "1")).send().await.problem(409, "external_id_taken");
        app.post("/v1/tenants", with("B", "2")).send().await.expect(201);
        app.patch("/v1/tenants/ext:2", json!({"external_id": "1"})).send().await.problem(409, "external_id_taken");
        let long = |length: usize| with("L", &"é".repeat(length));
        app.post("/v1/tenants", long(128)).send().await.expect(201);
        app.post("/v1/tenants", long(129)).send().await.problem(422, "validation_failed");
    }

    async fn a_tenant_s_own_key_changes_only_what_describes_it(app: TestApp) {
        let tenant = app.tenant("Acme").await;
        let (key, path) = (app.tenant_key(id(&tenant), &["*"]).await, format!("/v1/tenants/{}", id(&tenant)));
        app.patch(&path, json!({"name": "Acme Ltd", "metadata": {"a": 1}})).key(&key).send().await.expect(200);
        for patch in [json!({"plan": "enterprise"}), json!({"parent_id": null}), json!({"external_id": "x"}), json!({"region": "x"}), json!({"inheritance": {}})] {
            app.patch(&path, patch).key(&key).send().await.problem(403, "permission_denied");
        }
        app.post(&format!("{path}/archive"), json!({})).key(&key).send().await.problem(403, "permission_denied");
        app.delete(&path).key(&key).send().await.problem(403, "permission_denied");
        app.put(&path, json!({"name": "x"})).key(&key).send().await.problem(403, "permission_denied");
    }

    async fn metadata_follows_the_project_s_schema(app: TestApp) {
        let schema = json!({"type": "object", "properties": {"seats": {"type": "integer", "minimum": 1}}, "required": ["seats"]});
        app.patch("/v1/project", json!({"settings": {"metadata_schema": schema}})).send().await.expect(200);
        let problem = app.post("/v1/tenants", json!({"name": "A", "metadata": {"seats": 0}})).send().await.problem(422, "validation_failed");
        assert_eq!(problem["errors"][0]["pointer"], "/metadata/seats");
        app.post("/v1/tenants", json!({"name": "A"})).send().await.problem(422, "validation_failed");
        app.post("/v1/tenants", json!({"name": "A", "metadata": {"seats": 1}})).send().await.expect(201);
        app.patch("/v1/tenants/slug:a", json!({"metadata": {"seats": null}})).send().await.problem(422, "validation_failed");
        let broken = json!({"settings": {"metadata_schema": {"type": "nonsense"}}});
        app.patch("/v1/project", broken).send().await.problem(422, "validation_failed");
        let remote = json!({"settings": {"metadata_schema": {"$ref": "http://127.0.0.1:1/x"}}});
        app.patch("/v1/project", remote).send().await.problem(422, "validation_failed");
        app.patch("/v1/project", json!({"settings": {"metadata_schema": null}})).send().await.expect(200);
        app.post("/v1/tenants", json!({"name": "B"})).send().await.expect(201);
    }
}

async fn carry_out(app: &TestApp, id: &str, transition: &str) -> carcosa_testkit::Answer {
    if transition == "delete" {
        return app.delete(&format!("/v1/tenants/{id}?reason=because")).send().await;
    }
    app.post(&format!("/v1/tenants/{id}/{transition}"), json!({"reason": "because"})).send().await
}

async fn race(app: &std::sync::Arc<TestApp>, times: usize, body: Value) -> Vec<(u16, String)> {
    let calls: Vec<_> = (0..times)
        .map(|_| {
            let call = app.post("/v1/tenants", body.clone());
            tokio::spawn(async move {
                let answer = call.send().await;
                (answer.status.as_u16(), answer.body["slug"].as_str().unwrap_or_default().to_owned())
            })
        })
        .collect();
    let mut all = Vec::new();
    for call in calls {
        all.push(call.await.unwrap());
    }
    all
}

both_databases! {
    async fn former_slugs_are_kept_up_to_a_limit(app: TestApp) {
        let id = app.tenant("Acme").await["id"].as_str().unwrap().to_owned();
        let rename = |slug: String| app.patch(&format!("/v1/tenants/{id}"), json!({"slug": slug})).send();
        for n in 1..=20 {
            rename(format!("name-{n}")).await.expect(200);
        }
        rename("name-21".into()).await.problem(409, "too_many_slugs");
        rename("acme".into()).await.expect(200);
    }

    async fn numbers_that_are_held_do_not_stop_a_name(app: TestApp) {
        app.tenant("Acme").await;
        for n in 2..=30 {
            app.post("/v1/tenants", json!({"name": "x", "slug": format!("acme-{n}")})).send().await.expect(201);
        }
        assert!(app.tenant("Acme").await["slug"].as_str().unwrap().starts_with("acme-"));
    }

    async fn a_schema_that_takes_long_to_check_is_refused(app: TestApp) {
        let set = |schema: Value| app.patch("/v1/project", json!({"settings": {"metadata_schema": schema}})).send();
        let mut bomb = json!({"$defs": {"d0": {"type": "object"}}, "$ref": "#/$defs/d20"});
        for n in 1..=20 {
            let below = json!({"$ref": format!("#/$defs/d{}", n - 1)});
            bomb["$defs"][format!("d{n}")] = json!({"allOf": [below, below]});
        }
        for bad in [
            bomb,
            json!({"$ref": "#"}),
            json!({"$defs": {"a": {"properties": {"next": {"$ref": "#/$defs/a"}}}}, "$ref": "#/$defs/a"}),
            json!({"$dynamicRef": "#x"}),
            json!({"$ref": "https://example.com/schema"}),
            json!({"properties": {"x": {"pattern": r"(a)\1"}}}),
        ] {
            let problem = set(bad.clone()).await.problem(422, "validation_failed");
            assert_eq!(problem["errors"][0]["code"], "invalid_schema", "{bad}");
        }
        let shared = json!({"type": "string", "pattern": "^[a-z]+$"});
        set(json!({"$defs": {"word": shared}, "properties": {"a": {"$ref": "#/$defs/word"}, "b": {"$ref": "#/$defs/word"}}})).await.expect(200);
        app.post("/v1/tenants", json!({"name": "x", "metadata": {"b": "1"}})).send().await.problem(422, "validation_failed");
    }
}
