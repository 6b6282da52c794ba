//! How many tenants there were, day by day.

use std::time::Duration;

use carcosa::capabilities::tenants::counting;
use carcosa_kernel::{System, SystemTask};
use carcosa_testkit::{TestApp, both_databases};
use serde_json::{Value, json};

const DAY: Duration = Duration::from_hours(24);

async fn fold(app: &TestApp) {
    let system = System::new(&app.kernel, SystemTask::Jobs);
    while counting::fold(&system).await.unwrap() {}
}

async fn history(app: &TestApp, query: &str) -> Value {
    app.get(&format!("/v1/tenants/stats/history{query}")).send().await.expect(200)
}

/// A few days in the life of a project.
async fn live(app: &TestApp) {
    app.patch("/v1/project", json!({"settings": {"retention_days": 1}})).send().await.expect(200);
    app.post("/v1/tenants", json!({"name": "Trunk", "plan": "pro"})).send().await.expect(201);
    app.post("/v1/tenants", json!({"name": "Child", "parent_id": "slug:trunk"})).send().await.expect(201);
    app.tenant("Acme").await;
    app.tenant("Globex").await;
    app.clock.advance(DAY);
    app.post("/v1/tenants/slug:acme/suspend", json!({})).send().await.expect(200);
    app.post("/v1/tenants/slug:acme/activate", json!({})).send().await.expect(200);
    app.post("/v1/tenants/slug:acme/archive", json!({})).send().await.expect(200);
    app.delete("/v1/tenants/slug:globex").send().await.expect(200);
    app.post("/v1/tenants/slug:globex/restore", json!({})).send().await.expect(200);
    app.delete("/v1/tenants/slug:globex").send().await.expect(200);
    // Reaches the child.
    app.patch("/v1/tenants/slug:trunk", json!({"plan": "max"})).send().await.expect(200);
    app.patch("/v1/tenants/slug:trunk", json!({"name": "Trunks"})).send().await.expect(200);
    app.clock.advance(DAY * 3);
    assert_eq!(app.run_jobs().await, 2, "the job of the first deletion finds nothing to do");
}

both_databases! {
    async fn every_day_tells_what_happened_and_what_there_was(app: TestApp) {
        live(&app).await;
        let seen = history(&app, "?days=6").await;
        assert_eq!((&seen["object"], &seen["counted_from"]), (&json!("tenant_history"), &Value::Null));
        let days = seen["data"].as_array().unwrap();
        let dates: Vec<_> = days.iter().map(|day| day["date"].as_str().unwrap()).collect();
        assert_eq!(dates, ["2023-11-13", "2023-11-14", "2023-11-15", "2023-11-16", "2023-11-17", "2023-11-18"]);
        let none = json!({
            "date": "2023-11-13", "created": 0, "activated": 0, "suspended": 0, "archived": 0, "deleted": 0, "restored": 0, "purged": 0,
            "total": 0, "by_status": {"pending": 0, "active": 0, "suspended": 0, "archived": 0, "deleted": 0},
            "by_plan": {"free": 0, "max": 0, "pro": 0}, "other_plans": 0,
        });
        assert_eq!(days[0], none);
        let mut first = none.clone();
        first["date"] = json!("2023-11-14");
        (first["created"], first["total"]) = (json!(4), json!(4));
        first["by_status"]["active"] = json!(4);
        first["by_plan"] = json!({"free": 2, "max": 0, "pro": 2});
        assert_eq!(days[1], first);
        let second = json!({
            "date": "2023-11-15", "created": 0, "activated": 1, "suspended": 1, "archived": 1, "deleted": 2, "restored": 1, "purged": 0,
            "total": 3, "by_status": {"pending": 0, "active": 2, "suspended": 0, "archived": 1, "deleted": 1},
            "by_plan": {"free": 1, "max": 2, "pro": 0}, "other_plans": 0,
        });
        assert_eq!(days[2], second);
        assert_eq!((&days[4]["by_status"]["deleted"], &days[4]["purged"]), (&json!(1), &json!(0)));
        let last = &days[5];
        assert_eq!((&last["by_status"]["deleted"], &last["purged"], &last["total"]), (&json!(0), &json!(1), &json!(3)), "the day of the purge");
        let stats = app.get("/v1/tenants/stats").send().await.expect(200);
        assert_eq!((&stats["by_status"], &stats["total"]), (&last["by_status"], &last["total"]));
        fold(&app).await;
        assert_eq!(history(&app, "?days=6").await, seen, "whether it is added up or not");
        assert_eq!(app.get("/v1/tenants/stats").send().await.expect(200), stats);
        let mut today = last.clone();
        today["by_plan"].as_object_mut().unwrap().remove("pro");
        assert_eq!(history(&app, "?days=1").await["data"][0], today, "a plan that nobody has or left in these days is not named");
    }

    async fn what_is_folded_and_what_is_not_add_up(app: TestApp) {
        app.tenant("Acme").await;
        fold(&app).await;
        app.tenant("Globex").await;
        app.post("/v1/tenants/slug:acme/suspend", json!({})).send().await.expect(200);
        let day = history(&app, "?days=1").await["data"][0].clone();
        assert_eq!((&day["created"], &day["suspended"], &day["total"]), (&json!(2), &json!(1), &json!(2)));
        assert_eq!((&day["by_status"]["active"], &day["by_status"]["suspended"]), (&json!(1), &json!(1)));
    }

    async fn nodes_that_add_up_at_once_count_once(app: TestApp) {
        for number in 0..30 {
            app.tenant(&format!("Tenant {number}")).await;
        }
        let other = app.another_node().await;
        tokio::join!(fold(&app), fold(&other), fold(&app), fold(&other));
        let day = history(&app, "?days=1").await["data"][0].clone();
        assert_eq!((&day["created"], &day["total"], &day["by_plan"]), (&json!(30), &json!(30), &json!({"free": 30})));
    }

    async fn what_did_not_happen_is_not_counted(app: TestApp) {
        app.post("/v1/tenants", json!({"name": "A", "external_id": "1"})).send().await.expect(201);
        app.post("/v1/tenants", json!({"name": "B", "external_id": "1"})).send().await.problem(409, "external_id_taken");
        assert_eq!(history(&app, "").await["data"][29]["created"], 1);
    }

    async fn days_have_limits_and_projects_do_not_mix(app: TestApp) {
        assert_eq!(history(&app, "").await["data"].as_array().unwrap().len(), 30);
        assert_eq!(history(&app, "?days=366").await["data"].as_array().unwrap().len(), 366);
        for wrong in ["0", "367", "-1", "x", ""] {
            let problem = app.get(&format!("/v1/tenants/stats/history?days={wrong}")).send().await.expect(422);
            assert_eq!(problem["errors"][0]["parameter"], "days", "{wrong}");
        }
        app.tenant("Acme").await;
        fold(&app).await;
        app.tenant("Globex").await;
        let (_, foreign) = app.another_project("Other").await;
        let seen = app.bare(axum::http::Method::GET, "/v1/tenants/stats/history").key(&foreign).send().await.expect(200);
        let day = &seen["data"][29];
        assert_eq!((&day["total"], &day["created"], &day["by_plan"]), (&json!(0), &json!(0), &json!({})));
    }

    async fn plans_beyond_the_fiftieth_are_one(app: TestApp) {
        for number in 0..51 {
            app.post("/v1/tenants", json!({"name": "x", "plan": format!("plan-{number:02}")})).send().await.expect(201);
        }
        let day = history(&app, "?days=1").await["data"][0].clone();
        assert_eq!((day["by_plan"].as_object().unwrap().len(), &day["other_plans"], &day["total"]), (50, &json!(1), &json!(51)));
        assert_eq!(day["by_plan"].get("plan-50"), None, "of equals the first in the alphabet");
    }
}
