//! Invitations of operators that are sent again.

use axum::http::Method;
use carcosa_testkit::{SmtpSink, TestApp, TestBrowser, both_databases};
use serde_json::{Value, json};
use tokio::task::JoinSet;

use super::*;

const DAY: Duration = Duration::from_secs(86_400);

async fn invite(app: &TestApp, email: &str) -> Value {
    ada(app)
        .await
        .post("/v1/operators", json!({"email": email, "platform_role": "support"}))
        .await
        .expect(201)
}

fn resend(made: &Value) -> String {
    format!("/v1/operators/{}/invitation/resend", made["id"].as_str().unwrap())
}

both_databases! {
    async fn an_invitation_sent_again_has_a_new_link_and_its_whole_time(app: TestApp) {
        let first = invite(&app, "grace@example.com").await;
        app.clock.advance(DAY * 6);
        let answer = ada(&app).await.post(&resend(&first), json!({})).await;
        assert_eq!(answer.header("etag"), "\"1\"");
        let second = answer.expect(200);
        for field in ["id", "email", "status", "platform_role", "version"] {
            assert_eq!(second[field], first[field], "{field}");
        }
        assert!(second["invitation_expires_at"].as_str() > first["invitation_expires_at"].as_str());
        let mut browser = TestBrowser::new(&app, AWAY);
        accept(&mut browser, &token_of(&first)).await.problem(410, "invalid_link");
        app.clock.advance(DAY * 6);
        assert_eq!(accept(&mut browser, &token_of(&second)).await.expect(200)["status"], "active");
        browser.sign_in("grace@example.com", PASSWORD).await.expect(201);
        assert_eq!(recorded(&app, "operator.invitation_resent", 1).await, 1);
    }

    async fn one_that_ran_out_is_sent_again(app: TestApp) {
        let first = invite(&app, "late@example.com").await;
        app.clock.advance(DAY * 30);
        let mut browser = TestBrowser::new(&app, AWAY);
        accept(&mut browser, &token_of(&first)).await.problem(410, "invalid_link");
        let system = carcosa_kernel::System::new(&app.kernel, carcosa_kernel::SystemTask::Jobs);
        assert!(carcosa::capabilities::operators::jobs::sweep(&system).await.unwrap() >= 1, "the link");
        let second = ada(&app).await.post(&resend(&first), json!({})).await.expect(200);
        app.clock.advance(DAY * 7);
        accept(&mut browser, &token_of(&second)).await.problem(410, "invalid_link");
        let third = ada(&app).await.post(&resend(&first), json!({})).await.expect(200);
        accept(&mut browser, &token_of(&third)).await.expect(200);
    }

    async fn it_goes_by_mail_as_the_first_one_did(app: TestApp) {
        let sink = SmtpSink::start().await;
        let app = app.with_mail(&sink).await;
        let made = invite(&app, "grace@example.com").await;
        let again = ada(&app).await.post(&resend(&made), json!({})).await.expect(200);
        assert_eq!((&made["invitation_url"], &again["invitation_url"]), (&Value::Null, &Value::Null));
        while app.run_jobs().await > 0 {}
        let mails = sink.received();
        assert_eq!(mails.iter().map(|mail| mail.to.clone()).collect::<Vec<_>>(), vec![["grace@example.com"]; 2]);
        assert_eq!(mails[0].header("subject"), mails[1].header("subject"));
        let mut browser = TestBrowser::new(&app, AWAY);
        let answers = [
            accept(&mut browser, &link_in(&mails[0].text, "/invitation#")).await.status.as_u16(),
            accept(&mut browser, &link_in(&mails[1].text, "/invitation#")).await.status.as_u16(),
        ];
        assert!(answers == [410, 200] || answers == [200, 410], "mails overtake each other: {answers:?}");
    }

    async fn whoever_accepted_or_is_disabled_is_not_invited_again(app: TestApp) {
        let (grace, _) = invited(&app, "grace@example.com", json!({"platform_role": "support"})).await;
        let mut admin = ada(&app).await;
        let problem = admin.post(&resend(&grace), json!({})).await.problem(409, "operator_not_invited");
        assert!(problem["detail"].as_str().unwrap().contains("accepted"), "{problem}");

        let idle = invite(&app, "idle@example.com").await;
        let path = format!("/v1/operators/{}", idle["id"].as_str().unwrap());
        admin.patch(&path, json!({"disabled": true})).await.expect(200);
        let problem = admin.post(&resend(&idle), json!({})).await.problem(409, "operator_not_invited");
        assert!(problem["detail"].as_str().unwrap().contains("disabled"), "{problem}");
        // What was refused does not count against the limit, and changed nothing: the link of the invitation still works.
        admin.patch(&path, json!({"disabled": false})).await.expect(200);
        accept(&mut TestBrowser::new(&app, AWAY), &token_of(&idle)).await.expect(200);

        admin.delete(&path).await.expect(204);
        admin.post(&resend(&idle), json!({})).await.problem(404, "not_found");
        admin.post("/v1/operators/nonsense/invitation/resend", json!({})).await.problem(404, "not_found");
        let of_grace = app.database().texts("SELECT type AS t FROM log_entries WHERE type = 'operator.invitation_resent'").await;
        assert!(of_grace.is_empty());
    }

    async fn what_was_changed_meanwhile_is_looked_at_first(app: TestApp) {
        let made = invite(&app, "grace@example.com").await;
        let mut admin = ada(&app).await;
        admin.patch(&format!("/v1/operators/{}", made["id"].as_str().unwrap()), json!({"platform_role": "super_admin"})).await.expect(200);
        let call = |version: &str| admin.call(Method::POST, &resend(&made)).header("if-match", version);
        call("\"1\"").send().await.problem(412, "version_mismatch");
        assert_eq!(call("\"2\"").send().await.expect(200)["platform_role"], "super_admin");
    }

    async fn of_two_sent_at_once_one_link_works(app: TestApp) {
        let first = invite(&app, "grace@example.com").await;
        let elsewhere = app.another_node().await;
        let (one, other) = (ada(&app).await, ada(&elsewhere).await);
        let mut tries = JoinSet::new();
        for browser in [&one, &other] {
            tries.spawn(browser.call(Method::POST, &resend(&first)).send());
        }
        let mut tokens = vec![token_of(&first)];
        for answer in tries.join_all().await {
            tokens.push(token_of(&answer.expect(200)));
        }
        let links = "SELECT kind AS t FROM operator_tokens";
        assert_eq!(app.database().texts(links).await, ["invitation"]);
        let mut works = 0;
        for token in &tokens {
            works += usize::from(accept(&mut TestBrowser::new(&app, AWAY), token).await.status == 200);
        }
        assert_eq!(works, 1);
    }

    async fn it_is_sent_again_a_few_times_an_hour(app: TestApp) {
        let (grace, other) = (invite(&app, "grace@example.com").await, invite(&app, "other@example.com").await);
        let mut admin = ada(&app).await;
        for _ in 0..3 {
            admin.post(&resend(&grace), json!({})).await.expect(200);
        }
        let answer = admin.post(&resend(&grace), json!({})).await;
        assert_eq!(answer.header("retry-after"), "1");
        answer.problem(429, "too_many_attempts");
        admin.post(&resend(&other), json!({})).await.expect(200);
        app.clock.advance(Duration::from_secs(1));
        let last = admin.post(&resend(&grace), json!({})).await.expect(200);
        assert_eq!(admin.post(&resend(&grace), json!({})).await.header("retry-after"), "2");
        accept(&mut TestBrowser::new(&app, AWAY), &token_of(&last)).await.expect(200);
    }

    async fn the_same_request_sends_it_once(app: TestApp) {
        let made = invite(&app, "grace@example.com").await;
        let admin = ada(&app).await;
        let call = || admin.call(Method::POST, &resend(&made)).header("idempotency-key", "again").send();
        let first = call().await.expect(200);
        for _ in 0..4 {
            let again = call().await;
            assert_eq!(again.header("idempotent-replayed"), "true");
            assert_eq!(again.expect(200), first);
        }
        assert_eq!(recorded(&app, "operator.invitation_resent", 1).await, 1);
        accept(&mut TestBrowser::new(&app, AWAY), &token_of(&first)).await.expect(200);
    }

    async fn only_those_who_invite_send_it_again(app: TestApp) {
        let made = invite(&app, "grace@example.com").await;
        let owner = json!({"project_roles": [{"project_id": app.project(), "role": "owner"}]});
        for (email, roles) in [("support@example.com", json!({"platform_role": "support"})), ("owner@example.com", owner)] {
            invited(&app, email, roles).await.1.post(&resend(&made), json!({})).await.problem(403, "permission_denied");
        }
        app.post(&resend(&made), json!({})).send().await.problem(403, "permission_denied");
        app.bare(Method::POST, &resend(&made)).send().await.problem(401, "unauthenticated");
        accept(&mut TestBrowser::new(&app, AWAY), &token_of(&made)).await.expect(200);
    }
}
