//! Tenants above and below each other.

use carcosa_testkit::{TestApp, both_databases};
use serde_json::{Value, json};

async fn below(app: &TestApp, name: &str, parent: &str) -> Value {
    app.post("/v1/tenants", json!({"name": name, "parent_id": parent})).send().await.expect(201)
}

both_databases! {
    async fn what_applies_comes_from_above(app: TestApp) {
        app.post("/v1/tenants", json!({"name": "Top", "plan": "pro", "branding": {"primary_color": "#112233"}})).send().await.expect(201);
        let mid = below(&app, "Mid", "slug:top").await;
        let leaf = below(&app, "Leaf", "slug:mid").await;
        assert_eq!(leaf["plan"], "pro");
        assert_eq!(leaf["branding"], json!({"primary_color": "#112233"}));
        assert_eq!(leaf["inheritance"]["plan"]["mode"], "inherit");
        assert_eq!(leaf["inheritance"]["plan"]["from"], mid["parent_id"], "the root's, not the parent's");

        app.patch("/v1/tenants/slug:mid", json!({"plan": "starter"})).send().await.expect(200);
        let leaf = app.get("/v1/tenants/slug:leaf").send().await.expect(200);
        assert_eq!((&leaf["plan"], &leaf["version"]), (&json!("starter"), &json!(2)));
        assert_eq!(leaf["inheritance"]["plan"]["from"], mid["id"]);
        assert_eq!(leaf["branding"], json!({"primary_color": "#112233"}));

        let root = app.patch("/v1/tenants/slug:top", json!({"plan": "enterprise", "inheritance": {"plan": "lock"}})).send().await.expect(200);
        for name in ["mid", "leaf"] {
            let tenant = app.get(&format!("/v1/tenants/slug:{name}")).send().await.expect(200);
            assert_eq!(tenant["plan"], "enterprise");
            assert_eq!(tenant["inheritance"]["plan"]["locked"], true);
            assert_eq!(tenant["inheritance"]["plan"]["from"], root["id"]);
        }
        app.patch("/v1/tenants/slug:top", json!({"inheritance": {"plan": "override"}})).send().await.expect(200);
        let mid = app.get("/v1/tenants/slug:mid").send().await.expect(200);
        assert_eq!(mid["plan"], "starter", "its own value was kept below the lock");
        app.patch("/v1/tenants/slug:mid", json!({"plan": null})).send().await.expect(200);
        assert_eq!(app.get("/v1/tenants/slug:leaf").send().await.expect(200)["plan"], "enterprise");

        let alone = app.patch("/v1/tenants/slug:mid", json!({"parent_id": null})).send().await.expect(200);
        assert_eq!((&alone["plan"], &alone["inheritance"]["plan"]["from"]), (&json!("free"), &alone["id"]));
        assert_eq!(app.get("/v1/tenants/slug:leaf").send().await.expect(200)["plan"], "free");
    }

    async fn a_root_that_gets_a_parent_inherits(app: TestApp) {
        app.post("/v1/tenants", json!({"name": "Top", "plan": "pro", "branding": {"primary_color": "#112233"}})).send().await.expect(201);
        assert_eq!(app.tenant("Orphan").await["plan"], "free");
        let adopted = app.patch("/v1/tenants/slug:orphan", json!({"parent_id": "slug:top"})).send().await.expect(200);
        assert_eq!((&adopted["plan"], &adopted["branding"]), (&json!("pro"), &json!({"primary_color": "#112233"})));
        let alone = app.patch("/v1/tenants/slug:orphan", json!({"parent_id": null})).send().await.expect(200);
        assert_eq!((&alone["plan"], &alone["branding"]), (&json!("free"), &json!({})));
    }

    async fn each_descendant_that_changes_is_recorded_in_its_own_stream(app: TestApp) {
        app.tenant("Top").await;
        let child = below(&app, "Child", "slug:top").await;
        app.patch("/v1/tenants/slug:top", json!({"plan": "pro"})).send().await.expect(200);
        let events = app.events().await;
        let of_child: Vec<_> = events.iter().filter(|event| event["tenantid"] == child["id"]).collect();
        assert_eq!(of_child.len(), 2);
        assert_eq!((&of_child[1]["type"], &of_child[1]["sequence"]), (&json!("tenant.updated"), &json!("2")));
        assert_eq!(of_child[1]["data"]["plan"], "pro");
    }

    async fn no_cycles_and_at_most_eight_levels(app: TestApp) {
        app.tenant("L1").await;
        for level in 2..=8 {
            below(&app, &format!("L{level}"), &format!("slug:l{}", level - 1)).await;
        }
        let body = json!({"name": "L9", "parent_id": "slug:l8"});
        let problem = app.post("/v1/tenants", body).send().await.problem(409, "hierarchy_too_deep");
        assert_eq!(problem["errors"][0]["pointer"], "/parent_id");
        for (tenant, parent) in [("l1", "l8"), ("l1", "l1"), ("l3", "l4")] {
            let patch = app.patch(&format!("/v1/tenants/slug:{tenant}"), json!({"parent_id": format!("slug:{parent}")}));
            patch.send().await.problem(409, "hierarchy_cycle");
        }
        app.tenant("Above").await;
        let move_all = app.patch("/v1/tenants/slug:l1", json!({"parent_id": "slug:above"}));
        move_all.send().await.problem(409, "hierarchy_too_deep");
        app.patch("/v1/tenants/slug:l2", json!({"parent_id": "slug:above"})).send().await.expect(200);
        let missing = json!({"name": "x", "parent_id": "slug:nobody"});
        let problem = app.post("/v1/tenants", missing).send().await.problem(422, "validation_failed");
        assert_eq!(problem["errors"][0]["pointer"], "/parent_id");
    }

    async fn two_moves_at_once_make_no_cycle(app: TestApp) {
        for round in 0..10 {
            app.tenant(&format!("A{round}")).await;
            app.tenant(&format!("B{round}")).await;
            let calls = [("a", "b"), ("b", "a")].map(|(child, parent)| {
                let body = json!({"parent_id": format!("slug:{parent}{round}")});
                let call = app.patch(&format!("/v1/tenants/slug:{child}{round}"), body);
                tokio::spawn(async move { call.send().await.status.as_u16() })
            });
            let mut statuses = Vec::new();
            for call in calls {
                statuses.push(call.await.unwrap());
            }
            statuses.sort_unstable();
            assert_eq!(statuses, [200, 409]);
        }
    }

    async fn a_parent_with_children_is_not_deleted(app: TestApp) {
        app.tenant("Top").await;
        below(&app, "Child", "slug:top").await;
        app.delete("/v1/tenants/slug:top").send().await.problem(409, "tenant_has_children");
        app.delete("/v1/tenants/slug:child").send().await.expect(200);
        app.delete("/v1/tenants/slug:top").send().await.expect(200);
        app.post("/v1/tenants/slug:child/restore", json!({})).send().await.problem(409, "tenant_deleted");
        app.post("/v1/tenants", json!({"name": "x", "parent_id": "slug:top"})).send().await.problem(409, "tenant_deleted");
        app.post("/v1/tenants/slug:top/restore", json!({})).send().await.expect(200);
        app.post("/v1/tenants/slug:child/restore", json!({})).send().await.expect(200);
    }

    async fn a_foreign_parent_is_not_there(app: TestApp) {
        let (_, foreign) = app.another_project("Other").await;
        let root = app.tenant("Top").await;
        let body = json!({"name": "x", "parent_id": root["id"]});
        app.post("/v1/tenants", body).key(&foreign).send().await.problem(422, "validation_failed");
    }

    async fn what_is_inherited_overwrites_nothing_else(app: TestApp) {
        app.tenant("Top").await;
        for n in 0..20 {
            below(&app, &format!("C{n}"), "slug:top").await;
        }
        for round in 0..5 {
            let plan = app.patch("/v1/tenants/slug:top", json!({"plan": format!("plan-{round}")}));
            let mut calls = vec![tokio::spawn(async move { plan.send().await.expect(200) })];
            for n in 0..20 {
                let verb = if round % 2 == 0 { "suspend" } else { "activate" };
                let call = app.post(&format!("/v1/tenants/slug:c{n}/{verb}"), json!({"reason": "r"}));
                calls.push(tokio::spawn(async move { call.send().await.expect(200) }));
            }
            for call in calls {
                call.await.unwrap();
            }
            for n in 0..20 {
                let child = app.get(&format!("/v1/tenants/slug:c{n}")).send().await.expect(200);
                assert_eq!(child["status"], if round % 2 == 0 { "suspended" } else { "active" });
                assert_eq!(child["plan"], format!("plan-{round}"));
                assert_eq!(child["version"], 2 * round + 3, "each change has a version of its own");
            }
        }
    }
}
