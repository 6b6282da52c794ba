//! Invitations.

use std::time::Duration;

use axum::http::Method;
use carcosa_testkit::{SmtpSink, TestApp, both_databases};
use serde_json::{Value, json};

const INVITATIONS: &str = "/v1/tenants/slug:acme/invitations";
const DAY: Duration = Duration::from_hours(24);

async fn invite(app: &TestApp, body: Value) -> Value {
    app.post(INVITATIONS, body).send().await.expect(201)
}

fn accept(app: &TestApp, invitation: &Value) -> carcosa_testkit::Call {
    app.post("/v1/invitations/accept", json!({"token": invitation["token"]}))
}

fn at(invitation: &Value, verb: &str) -> String {
    format!("{INVITATIONS}/{}{verb}", invitation["id"].as_str().unwrap())
}

both_databases! {
    async fn an_invitation_s_life(app: TestApp) {
        app.tenant("Acme").await;
        let made = invite(&app, json!({"email": "Ada@example.com", "role": "admin"})).await;
        assert_eq!((&made["status"], &made["role"], &made["mailed"]), (&json!("pending"), &json!("admin"), &json!(false)));
        let shown = app.get(&at(&made, "")).send().await.expect(200);
        assert!(shown.get("token").is_none());
        app.post(INVITATIONS, json!({"email": "ADA@example.com"})).send().await.problem(409, "invitation_pending");
        let member = accept(&app, &made).send().await.expect(201);
        assert_eq!((&member["role"], &member["user"]["email"]), (&json!("admin"), &json!("Ada@example.com")));
        accept(&app, &made).send().await.problem(409, "invitation_not_pending");
        let shown = app.get(&at(&made, "")).send().await.expect(200);
        assert_eq!((&shown["status"], &shown["membership_id"]), (&json!("accepted"), &member["id"]));
        app.bare(Method::POST, &at(&made, "/revoke")).key(app.secret()).send().await.problem(409, "invitation_not_pending");
        app.bare(Method::POST, &at(&made, "/resend")).key(app.secret()).send().await.problem(409, "invitation_not_pending");
        let again = invite(&app, json!({"email": "ada@example.com"})).await;
        accept(&app, &again).send().await.problem(409, "membership_exists");
        for event in app.events().await {
            assert!(!event.to_string().contains(made["token"].as_str().unwrap()), "a token stands in the log");
        }
    }

    async fn revoked_declined_expired(app: TestApp) {
        app.tenant("Acme").await;
        let made = invite(&app, json!({"email": "a@example.com"})).await;
        let revoke = || app.bare(Method::POST, &at(&made, "/revoke")).key(app.secret()).send();
        assert_eq!(revoke().await.expect(200)["status"], "revoked");
        assert_eq!(revoke().await.expect(200)["version"], 2, "what is revoked stays as it is");
        accept(&app, &made).send().await.problem(409, "invitation_not_pending");

        let made = invite(&app, json!({"email": "a@example.com"})).await;
        let declined = app.post("/v1/invitations/decline", json!({"token": made["token"]})).send().await.expect(200);
        assert_eq!(declined["status"], "declined");
        accept(&app, &made).send().await.problem(409, "invitation_not_pending");

        let made = invite(&app, json!({"email": "a@example.com"})).await;
        app.clock.advance(DAY * 7);
        accept(&app, &made).send().await.problem(410, "invitation_expired");
        assert_eq!(app.get(&at(&made, "")).send().await.expect(200)["status"], "expired");
        let page = app.get(&format!("{INVITATIONS}?status=expired")).send().await.expect(200);
        assert_eq!(page["data"].as_array().unwrap().len(), 1);
        assert_eq!(app.get(&format!("{INVITATIONS}?status=pending")).send().await.expect(200)["data"], json!([]));
        let newer = invite(&app, json!({"email": "a@example.com"})).await;
        app.bare(Method::POST, &at(&made, "/resend")).key(app.secret()).send().await.problem(409, "invitation_pending");
        accept(&app, &newer).send().await.expect(201);
    }

    async fn sent_again_it_has_a_new_token_and_time(app: TestApp) {
        app.tenant("Acme").await;
        let made = invite(&app, json!({"email": "a@example.com", "expires_in_days": 2})).await;
        app.clock.advance(DAY);
        let again = app.bare(Method::POST, &at(&made, "/resend")).key(app.secret()).send().await.expect(200);
        assert_eq!((&again["id"], &again["sent_count"]), (&made["id"], &json!(2)));
        assert_ne!(again["token"], made["token"]);
        accept(&app, &made).send().await.problem(404, "invitation_not_found");
        app.clock.advance(DAY + DAY / 2);
        accept(&app, &again).send().await.expect(201);
        assert_eq!(app.get(INVITATIONS).send().await.expect(200)["data"].as_array().unwrap().len(), 1);
    }

    async fn days_and_their_limits(app: TestApp) {
        app.tenant("Acme").await;
        for (days, status) in [(0, 422), (1, 201), (365, 201), (366, 422)] {
            let body = json!({"email": format!("d{days}@example.com"), "expires_in_days": days});
            assert_eq!(app.post(INVITATIONS, body).send().await.status.as_u16(), status, "{days}");
        }
        app.patch("/v1/project", json!({"settings": {"invitation_expiry_days": 1}})).send().await.expect(200);
        let made = invite(&app, json!({"email": "a@example.com"})).await;
        app.clock.advance(DAY);
        accept(&app, &made).send().await.problem(410, "invitation_expired");
    }

    async fn only_whom_it_was_sent_to(app: TestApp) {
        app.tenant("Acme").await;
        let made = invite(&app, json!({"email": "ada@example.com"})).await;
        let with = |body: Value| {
            let mut all = json!({"token": made["token"]});
            all.as_object_mut().unwrap().extend(body.as_object().unwrap().clone());
            app.post("/v1/invitations/accept", all).send()
        };
        let problem = with(json!({"email": "eve@example.com"})).await.problem(403, "email_mismatch");
        assert_eq!(problem["errors"][0]["pointer"], "/email");
        let eve = app.post("/v1/users", json!({"email": "eve@example.com"})).send().await.expect(201);
        let problem = with(json!({"user_id": eve["id"]})).await.problem(403, "email_mismatch");
        assert_eq!(problem["errors"][0]["pointer"], "/user_id");
        with(json!({"user_id": eve["id"], "email": "ada@example.com"})).await.problem(422, "validation_failed");
        let (_, foreign) = app.another_project("Other").await;
        accept(&app, &made).key(&foreign).send().await.problem(404, "invitation_not_found");
        for token in ["", "x", "inv_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"] {
            let answer = app.post("/v1/invitations/accept", json!({"token": token})).send().await;
            assert!([404, 422].contains(&answer.status.as_u16()), "{token}");
        }
        with(json!({"email": "ADA@example.com", "name": "Ada"})).await.expect(201);
    }

    async fn a_link_is_for_whoever_has_it_once(app: TestApp) {
        app.tenant("Acme").await;
        let link = invite(&app, json!({"role": "viewer"})).await;
        assert_eq!(link["email"], Value::Null);
        accept(&app, &link).send().await.problem(422, "validation_failed");
        let with = |email: &str| app.post("/v1/invitations/accept", json!({"token": link["token"], "email": email})).send();
        with("ada@example.com").await.expect(201);
        with("bob@example.com").await.problem(409, "invitation_not_pending");
        invite(&app, json!({})).await;
        invite(&app, json!({})).await;
    }

    async fn of_many_who_accept_at_once_one_does(app: TestApp) {
        app.tenant("Acme").await;
        let link = invite(&app, json!({})).await;
        let calls: Vec<_> = (0..20).map(|n| {
            let body = json!({"token": link["token"], "email": format!("u{n}@example.com")});
            let call = app.post("/v1/invitations/accept", body);
            tokio::spawn(async move { call.send().await.status.as_u16() })
        }).collect();
        let mut statuses = Vec::new();
        for call in calls {
            statuses.push(call.await.unwrap());
        }
        assert_eq!(statuses.iter().filter(|status| **status == 201).count(), 1, "{statuses:?}");
        assert!(statuses.iter().all(|status| [201, 409].contains(status)), "{statuses:?}");
        let members = app.get("/v1/tenants/slug:acme/members").send().await.expect(200);
        assert_eq!(members["data"].as_array().unwrap().len(), 1);
    }

    async fn many_at_once_with_a_report(app: TestApp) {
        app.tenant("Acme").await;
        let bulk = format!("{INVITATIONS}/bulk");
        let all = json!([
            {"email": "a@example.com"}, {"email": "nonsense"}, {"email": "A@example.com"}, {"role": "emperor"},
            {"email": "b@example.com", "accept_url": "http://evil.example/"}, {"email": "c@example.com", "accept_url": "https://app.example/join"},
        ]);
        let report = app.post(&bulk, json!({"invitations": all})).send().await.expect(200);
        assert_eq!((&report["created"], &report["failed"]), (&json!(2), &json!(4)));
        let codes: Vec<_> = report["rows"].as_array().unwrap().iter().map(|row| row["code"].as_str().unwrap_or("-").to_owned()).collect();
        assert_eq!(codes, ["-", "email", "invitation_pending", "unknown_role", "url", "-"]);
        accept(&app, &report["rows"][0]["invitation"]).send().await.expect(201);
        let many = |count: usize| {
            let all: Vec<_> = (0..count).map(|n| json!({"email": format!("m{n}@example.com")})).collect();
            app.post(&bulk, json!({"invitations": all})).send()
        };
        many(501).await.problem(422, "validation_failed");
        many(0).await.problem(422, "validation_failed");
        assert_eq!(many(500).await.expect(200)["created"], 500);
        assert_eq!(many(1).await.expect(200)["failed"], 1, "a report of failures alone is a report");
    }

    async fn a_role_that_is_offered_is_not_deleted(app: TestApp) {
        app.tenant("Acme").await;
        let role = app.post("/v1/roles", json!({"key": "helper", "name": "Helper", "permissions": ["tenant:read"]})).send().await.expect(201);
        let made = invite(&app, json!({"email": "a@example.com", "role": "helper"})).await;
        let path = format!("/v1/roles/{}", role["id"].as_str().unwrap());
        app.delete(&path).send().await.problem(409, "role_in_use");
        app.bare(Method::POST, &at(&made, "/revoke")).key(app.secret()).send().await.expect(200);
        app.delete(&path).send().await.expect(204);
    }

    async fn by_mail_with_a_link_that_accepts(app: TestApp) {
        let sink = SmtpSink::start().await;
        let app = app.with_mail(&sink).await;
        app.post("/v1/tenants", json!({"name": "Acme\u{2026} & Söhne", "slug": "acme", "branding": {"primary_color": "#aa0000"}})).send().await.expect(201);
        let body = json!({"settings": {"invitation_url": "https://app.example/join?lang=de#top"}});
        app.patch("/v1/project", body).send().await.expect(200);
        let made = invite(&app, json!({"email": "ada@example.com", "role": "admin"})).await;
        assert_eq!(made["mailed"], true);
        let token = made["token"].as_str().unwrap();
        let stored = app.database().texts("SELECT CAST(payload AS text) FROM jobs").await.join(" ");
        assert!(!stored.is_empty() && !stored.contains(token), "the token waits in clear");
        app.run_jobs().await;
        let mails = sink.received();
        assert_eq!(mails.len(), 1);
        let link = format!("https://app.example/join?lang=de&token={token}#top");
        assert!(mails[0].part("text/plain").contains(&link), "{}", mails[0].part("text/plain"));
        assert!(mails[0].part("text/html").contains("Söhne"));
        let again = app.bare(Method::POST, &at(&made, "/resend")).key(app.secret()).send().await.expect(200);
        assert_eq!(again["mailed"], true);
        let silent = invite(&app, json!({"email": "b@example.com", "send_email": false})).await;
        assert_eq!(silent["mailed"], false);
        app.run_jobs().await;
        assert_eq!(sink.received().len(), 2);
        accept(&app, &again).send().await.expect(201);
    }
}
