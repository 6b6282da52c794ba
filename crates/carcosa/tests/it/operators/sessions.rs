//! Sessions that are ended together, and when someone last signed in.

use axum::http::Method;
use carcosa_testkit::{TestApp, TestBrowser, both_databases};
use serde_json::{Value, json};
use tokio::task::JoinSet;

use super::*;

const OTHERS: &str = "/v1/sessions/revoke-others";

fn revoked(count: usize) -> Value {
    json!({"object": "revoked_sessions", "count": count})
}

/// How many sessions an operator has, as the one behind a browser sees them.
async fn sessions(browser: &mut TestBrowser<'_>, path: &str) -> usize {
    browser.get(path).await.expect(200)["data"].as_array().unwrap().len()
}

both_databases! {
    async fn all_others_of_one_s_own_end_at_once_everywhere(app: TestApp) {
        let elsewhere = app.another_node().await;
        let (_, mut of_grace) = invited(&app, "grace@example.com", json!({"platform_role": "support"})).await;
        let (mut browser, mut near, mut far) = (ada(&app).await, ada(&app).await, ada(&elsewhere).await);
        far.get("/v1/tenants").await.expect(200);
        let others = sessions(&mut browser, "/v1/sessions").await - 1;
        assert!(others >= 2);
        assert_eq!(browser.post(OTHERS, json!({})).await.expect(200), revoked(others));
        for gone in [&mut near, &mut far] {
            gone.get("/v1/tenants").await.problem(401, "invalid_session");
        }
        assert_eq!(sessions(&mut browser, "/v1/sessions").await, 1);
        browser.post("/v1/tenants", json!({"name": "Acme"})).await.expect(201);
        of_grace.get("/v1/tenants").await.expect(200);

        app.sequence().await;
        let page = browser.get("/v1/installation/audit?action=operator.sessions_revoked").await.expect(200);
        assert_eq!(page["data"].as_array().unwrap().len(), 1);
        let entry = &page["data"][0];
        assert_eq!(entry["details"], json!({"count": others}));
        assert_eq!((&entry["actor"]["id"], &entry["actor"]["kind"]), (&entry["target"]["id"], &json!("operator")));
        assert_eq!(recorded(&app, "session.revoked", others).await, others);

        assert_eq!(browser.post(OTHERS, json!({})).await.expect(200), revoked(0));
        assert_eq!(recorded(&app, "operator.sessions_revoked", 1).await, 1, "nothing ended, nothing is told");
        app.bare(Method::POST, OTHERS).send().await.problem(401, "unauthenticated");
        browser.call(Method::POST, OTHERS).without("x-csrf-token").send().await.problem(403, "csrf_token_missing");
    }

    async fn those_that_ended_by_themselves_are_not_counted(app: TestApp) {
        let mut idle = ada(&app).await;
        app.clock.advance(MINUTE * 61);
        let mut browser = ada(&app).await;
        assert_eq!(browser.post(OTHERS, json!({})).await.expect(200), revoked(0));
        let mut other = ada(&app).await;
        assert_eq!(browser.post(OTHERS, json!({})).await.expect(200), revoked(1));
        for gone in [&mut idle, &mut other] {
            gone.get("/v1/session").await.problem(401, "invalid_session");
        }
    }

    async fn of_two_that_end_each_other_one_stays(app: TestApp) {
        let elsewhere = app.another_node().await;
        let mut browsers = [ada(&app).await, ada(&elsewhere).await];
        let mut tries = JoinSet::new();
        for browser in &browsers {
            tries.spawn(browser.call(Method::POST, OTHERS).send());
        }
        let mut answers: Vec<u16> = tries.join_all().await.iter().map(|answer| answer.status.as_u16()).collect();
        answers.sort_unstable();
        assert_eq!(answers, [200, 401]);
        let mut left = 0;
        for browser in &mut browsers {
            left += usize::from(browser.get("/v1/session").await.status == 200);
        }
        assert_eq!(left, 1);
    }

    async fn whoever_runs_operators_ends_all_of_another(app: TestApp) {
        let elsewhere = app.another_node().await;
        let (grace, mut of_grace) = invited(&app, "grace@example.com", json!({"platform_role": "support"})).await;
        let mut far = TestBrowser::new(&elsewhere, AWAY);
        far.sign_in("grace@example.com", PASSWORD).await.expect(201);
        far.get("/v1/tenants").await.problem(400, "project_needed");
        let mut admin = ada(&app).await;
        let list = format!("/v1/operators/{}/sessions", grace["id"].as_str().unwrap());
        let found = admin.get(&list).await.expect(200);
        assert_eq!(found["data"].as_array().unwrap().len(), 2);
        assert!(found["data"].as_array().unwrap().iter().all(|one| one["operator_id"] == grace["id"] && one["current"] == false));
        let call = || admin.call(Method::POST, &format!("{list}/revoke")).header("idempotency-key", "all").send();
        assert_eq!(call().await.expect(200), revoked(2));
        for gone in [&mut of_grace, &mut far] {
            gone.get("/v1/session").await.problem(401, "invalid_session");
        }
        assert_eq!(recorded(&app, "operator.sessions_revoked", 1).await, 1);

        // Nobody is kept out, and a retry ends nothing that began since.
        of_grace.sign_in("grace@example.com", PASSWORD).await.expect(201);
        let again = call().await;
        assert_eq!(again.header("idempotent-replayed"), "true");
        assert_eq!(again.expect(200), revoked(2));
        assert_eq!(sessions(&mut of_grace, "/v1/sessions").await, 1);
        admin.get("/v1/session").await.expect(200);
    }

    async fn all_of_an_operator_are_for_few_to_see_and_end(app: TestApp) {
        let mut admin = ada(&app).await;
        let own = admin.get("/v1/session").await.expect(200)["operator"]["id"].as_str().unwrap().to_owned();
        let list = format!("/v1/operators/{own}/sessions");
        let path = format!("{list}/revoke");
        let mut support = invited(&app, "support@example.com", json!({"platform_role": "support"})).await.1;
        support.get(&list).await.problem(403, "permission_denied");
        support.post(&path, json!({})).await.problem(403, "permission_denied");
        let owner = json!({"project_roles": [{"project_id": app.project(), "role": "owner"}]});
        let mut owner = invited(&app, "owner@example.com", owner).await.1;
        owner.get(&list).await.problem(403, "permission_denied");
        owner.post(&path, json!({})).await.problem(403, "permission_denied");
        app.get(&list).send().await.problem(403, "permission_denied");
        app.post(&path, json!({})).send().await.problem(403, "permission_denied");

        for nobody in ["opr_01h455vb4pex5vsknk084sn02q", "nonsense"] {
            admin.get(&format!("/v1/operators/{nobody}/sessions")).await.problem(404, "not_found");
            admin.post(&format!("/v1/operators/{nobody}/sessions/revoke"), json!({})).await.problem(404, "not_found");
        }
        let foreign = admin.get(&format!("{list}?limit=1")).await.expect(200)["page"]["after"].as_str().unwrap().to_owned();
        let of_support = support.get("/v1/session").await.expect(200)["operator"]["id"].as_str().unwrap().to_owned();
        admin.get(&format!("/v1/operators/{of_support}/sessions?after={foreign}")).await.problem(400, "invalid_cursor");

        let all = sessions(&mut admin, &list).await;
        assert_eq!(admin.post(&path, json!({})).await.expect(200), revoked(all), "one's own, also this one");
        admin.get("/v1/session").await.problem(401, "invalid_session");
    }

    async fn when_someone_last_signed_in_is_known(app: TestApp) {
        let mut admin = ada(&app).await;
        let made = admin.post("/v1/operators", json!({"email": "grace@example.com", "platform_role": "support"})).await.expect(201);
        let path = format!("/v1/operators/{}", made["id"].as_str().unwrap());
        assert!(made.as_object().unwrap()["last_sign_in_at"].is_null());
        let mut browser = TestBrowser::new(&app, AWAY);
        assert!(accept(&mut browser, &token_of(&made)).await.expect(200)["last_sign_in_at"].is_null());
        browser.sign_in("grace@example.com", "wrong password").await.problem(401, "invalid_credentials");
        let before = admin.get(&path).await.expect(200);
        assert!(before["last_sign_in_at"].is_null());

        for _ in 0..2 {
            app.clock.advance(MINUTE);
            let session = browser.sign_in("grace@example.com", PASSWORD).await.expect(201);
            assert_eq!(session["operator"]["last_sign_in_at"], session["created_at"]);
            app.clock.advance(MINUTE);
            browser.get("/v1/session").await.expect(200);
            let now = admin.get(&path).await.expect(200);
            assert_eq!(now["last_sign_in_at"], session["created_at"], "using a session is no sign-in");
            assert_eq!((&now["version"], &now["updated_at"]), (&before["version"], &before["updated_at"]));
            let list = admin.get("/v1/operators").await.expect(200);
            assert_eq!(list["data"][0]["last_sign_in_at"], session["created_at"]);
        }
        let ended = browser.get("/v1/session").await.expect(200)["created_at"].clone();
        browser.delete("/v1/session").await.expect(204);
        let changed = admin.patch(&path, json!({"name": "G."})).await.expect(200);
        assert_eq!(changed["last_sign_in_at"], ended, "it stays when the session has ended");
    }
}
