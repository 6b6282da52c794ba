//! Lists: pages, cursors, order, filters, search, counts.

use axum::http::Method;
use carcosa_testkit::{TestApp, both_databases};
use serde_json::{Value, json};

fn names(page: &Value) -> Vec<&str> {
    page["data"].as_array().unwrap().iter().map(|tenant| tenant["name"].as_str().unwrap()).collect()
}

async fn walk(app: &TestApp, query: &str, direction: &str) -> Vec<String> {
    let (mut all, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = app.get(&format!("/v1/tenants?limit=3&{query}{cursor}")).send().await.expect(200);
        let mut these: Vec<_> = names(&page).into_iter().map(str::to_owned).collect();
        if direction == "before" {
            these.reverse();
        }
        all.extend(these);
        if page["page"]["has_more"] != true {
            return all;
        }
        cursor = format!("&{direction}={}", page["page"][direction].as_str().unwrap());
    }
}

both_databases! {
    async fn every_order_both_ways(app: TestApp) {
        for name in ["d", "b", "a", "c", "e", "g", "f", "B"] {
            app.tenant(name).await;
        }
        app.patch("/v1/tenants/slug:a", json!({"description": "x"})).send().await.expect(200);
        for (order, expected) in [
            ("created_at", "dbacegfB"), ("-created_at", "Bfgecabd"), ("name", "Babcdefg"), ("-name", "gfedcbaB"),
            ("updated_at", "dbcegfBa"), ("-updated_at", "aBfgecbd"),
        ] {
            assert_eq!(walk(&app, &format!("order={order}"), "after").await.concat(), expected, "{order}");
            let last = app.get(&format!("/v1/tenants?limit=100&order={order}")).send().await.expect(200);
            let end = last["page"]["after"].as_str().unwrap();
            let back = app.get(&format!("/v1/tenants?limit=3&order={order}&before={end}")).send().await.expect(200);
            let expected: Vec<_> = expected.chars().map(String::from).collect();
            assert_eq!(names(&back), expected[4..7], "{order}: the three before the last");
            assert_eq!(back["page"]["has_more"], true);
        }
    }

    async fn a_page_is_stable_while_tenants_are_added(app: TestApp) {
        for n in 0..6 {
            app.tenant(&format!("t{n}")).await;
        }
        let first = app.get("/v1/tenants?limit=3").send().await.expect(200);
        app.tenant("late").await;
        let after = first["page"]["after"].as_str().unwrap();
        let second = app.get(&format!("/v1/tenants?limit=3&after={after}")).send().await.expect(200);
        assert_eq!(names(&second), ["t2", "t1", "t0"]);
        let before = first["page"]["before"].as_str().unwrap();
        let newer = app.get(&format!("/v1/tenants?limit=3&before={before}")).send().await.expect(200);
        assert_eq!(names(&newer), ["late"]);
    }

    async fn cursors_fit_their_list_alone(app: TestApp) {
        for n in 0..3 {
            app.tenant(&format!("t{n}")).await;
        }
        let page = app.get("/v1/tenants?limit=1&order=name").send().await.expect(200);
        let cursor = page["page"]["after"].as_str().unwrap();
        app.get(&format!("/v1/tenants?order=name&after={cursor}")).send().await.expect(200);
        app.get(&format!("/v1/tenants?limit=1&order=name&total=true&after={cursor}")).send().await.expect(200);
        for query in ["", "order=-name", "order=name&kind=individual", "order=name&status=active"] {
            app.get(&format!("/v1/tenants?{query}&after={cursor}")).send().await.problem(400, "invalid_cursor");
        }
        app.get(&format!("/v1/keys?after={cursor}")).send().await.problem(400, "invalid_cursor");
        for at in [0, cursor.len() / 2, cursor.len() - 1] {
            let other = if &cursor[at..=at] == "A" { "B" } else { "A" };
            let tampered = format!("{}{other}{}", &cursor[..at], &cursor[at + 1..]);
            let answer = app.get(&format!("/v1/tenants?order=name&after={tampered}")).send().await;
            // The last character carries bits that base64 does not use: a text that decodes alike is the same cursor.
            if at < cursor.len() - 1 || answer.status != 200 {
                answer.problem(400, "invalid_cursor");
            }
        }
        for bad in ["", "x", "%00", "AAAA"] {
            assert!(app.get(&format!("/v1/tenants?after={bad}")).send().await.status.is_client_error());
        }
        app.get(&format!("/v1/tenants?order=name&after={cursor}&before={cursor}")).send().await.problem(422, "validation_failed");
    }

    async fn limits_are_stated(app: TestApp) {
        app.tenant("a").await;
        for limit in ["1", "100"] {
            app.get(&format!("/v1/tenants?limit={limit}")).send().await.expect(200);
        }
        for limit in ["0", "101", "-1", "x", "1.5", "99999999999999999999", ""] {
            let problem = app.get(&format!("/v1/tenants?limit={limit}")).send().await.problem(422, "validation_failed");
            assert_eq!(problem["errors"][0]["parameter"], "limit", "{limit}");
        }
        app.get("/v1/tenants?bogus=1").send().await.problem(422, "validation_failed");
        app.get("/v1/tenants?q=a&order=name").send().await.problem(422, "validation_failed");
        app.get(&format!("/v1/tenants?q={}", "a".repeat(201))).send().await.problem(422, "validation_failed");
    }

    async fn filters(app: TestApp) {
        app.post("/v1/tenants", json!({"name": "A", "kind": "individual", "plan": "pro", "region": "eu", "external_id": "1", "metadata": {"tier": "gold", "n": 5, "vip": true}})).send().await.expect(201);
        app.post("/v1/tenants", json!({"name": "B", "parent_id": "slug:a", "metadata": {"tier": "goldfish"}})).send().await.expect(201);
        app.tenant("C").await;
        app.tenant("D").await;
        app.post("/v1/tenants/slug:c/suspend", json!({})).send().await.expect(200);
        app.delete("/v1/tenants/slug:d").send().await.expect(200);
        for (query, expected) in [
            ("kind=individual", "A"), ("plan=pro", "BA"), ("region=eu", "A"), ("external_id=1", "A"), ("slug=b", "B"),
            ("status=suspended", "C"), ("status=deleted", "D"), ("parent_id=slug:a", "B"), ("parent_id=ext:1", "B"),
            ("parent_id=none", "CA"), ("metadata[tier]=gold", "A"), ("metadata[n]=5", "A"), ("metadata[vip]=true", "A"),
            ("metadata[tier]=gold&metadata[n]=6", ""), ("", "CBA"), ("plan=pro&kind=organization", "B"), ("metadata[tier]=gol", ""),
        ] {
            let page = app.get(&format!("/v1/tenants?total=true&{query}")).send().await.expect(200);
            assert_eq!(names(&page).concat(), expected, "{query}");
            assert_eq!(page["page"]["total"], expected.len(), "{query}");
            assert_eq!(page["page"]["total_is_capped"], false);
        }
        app.get("/v1/tenants?parent_id=slug:nobody").send().await.problem(422, "validation_failed");
        app.get("/v1/tenants?status=gone").send().await.problem(422, "validation_failed");
    }

    async fn search_finds_beginnings_of_words(app: TestApp) {
        for name in ["Åbo Akademi", "Acme Academy", "Academic Press Acme", "Zebra", "東京大学"] {
            app.tenant(name).await;
        }
        app.post("/v1/tenants", json!({"name": "Quiet", "external_id": "CRM-77", "metadata": {"contact": {"city": "Ähtäri"}}})).send().await.expect(201);
        let find = async |q: &str| {
            let page = app.get(&format!("/v1/tenants?total=true&q={q}")).send().await.expect(200);
            assert_eq!(page["page"]["total"], page["data"].as_array().unwrap().len());
            names(&page).join("|")
        };
        assert_eq!(find("abo").await, "Åbo Akademi");
        assert_eq!(find("%C3%85BO+aka").await, "Åbo Akademi");
        assert_eq!(find("acad").await, "Academic Press Acme|Acme Academy");
        assert_eq!(find("acad+acm").await, "Academic Press Acme|Acme Academy");
        assert_eq!(find("acme").await.matches("Acme").count(), 2);
        assert_eq!(find("ac+acad+acme").await, "Academic Press Acme|Acme Academy");
        for (cursor, expected) in [("", "Academic Press Acme"), ("after", "Acme Academy")] {
            let first = app.get("/v1/tenants?limit=1&q=acad+acm").send().await.expect(200);
            let after = first["page"]["after"].as_str().unwrap();
            let path = if cursor.is_empty() { "/v1/tenants?limit=1&q=acad+acm".to_owned() } else { format!("/v1/tenants?limit=1&q=acad+acm&after={after}") };
            assert_eq!(names(&app.get(&path).send().await.expect(200)), [expected]);
        }
        assert_eq!(find("cademy").await, "");
        assert_eq!(find("%E6%9D%B1%E4%BA%AC").await, "東京大学");
        assert_eq!(find("crm").await, "Quiet");
        assert_eq!(find("ahtari").await, "Quiet");
        assert_eq!(find("---").await, "");
        assert_eq!(find("%25").await, "");
        assert_eq!(walk(&app, "q=a", "after").await.len(), 4);
        app.patch("/v1/tenants/slug:zebra", json!({"name": "Okapi"})).send().await.expect(200);
        assert_eq!(find("okapi").await, "Okapi");
        assert_eq!(find("zebra").await, "Okapi", "the slug is still zebra");
        app.delete("/v1/tenants/slug:zebra").send().await.expect(200);
        assert_eq!(find("okapi").await, "");
    }

    async fn statistics(app: TestApp) {
        for name in ["A", "B", "C"] {
            app.tenant(name).await;
        }
        app.post("/v1/tenants", json!({"name": "P", "kind": "individual", "plan": "pro"})).send().await.expect(201);
        app.delete("/v1/tenants/slug:a").send().await.expect(200);
        app.post("/v1/tenants/slug:b/suspend", json!({})).send().await.expect(200);
        app.clock.advance(std::time::Duration::from_secs(25 * 3600));
        app.tenant("New").await;
        let stats = app.get("/v1/tenants/stats").send().await.expect(200);
        assert_eq!(stats["total"], 4);
        assert_eq!(stats["by_status"], json!({"pending": 0, "active": 3, "suspended": 1, "archived": 0, "deleted": 1}));
        assert_eq!(stats["by_kind"], json!({"organization": 3, "individual": 1}));
        assert_eq!(stats["by_plan"], json!({"free": 3, "pro": 1}));
        assert_eq!(stats["created"], json!({"last_24h": 1, "last_7d": 4, "last_30d": 4}));
    }

    async fn empty_lists_are_pages_too(app: TestApp) {
        let page = app.get("/v1/tenants").send().await.expect(200);
        assert_eq!(page, json!({"data": [], "page": {"after": null, "before": null, "has_more": false}}));
        let keys = app.bare(Method::GET, "/v1/keys?limit=1").key(app.secret()).send().await.expect(200);
        assert_eq!(keys["page"]["has_more"], false);
    }

    async fn long_names_make_cursors_that_are_taken_back(app: TestApp) {
        for n in 0..3 {
            app.tenant(&format!("{}{n}", "𐍈".repeat(199))).await;
        }
        let page = app.get("/v1/tenants?order=name&limit=1").send().await.expect(200);
        let after = page["page"]["after"].as_str().unwrap();
        app.get(&format!("/v1/tenants?order=name&limit=1&after={after}")).send().await.expect(200);
    }

    async fn filters_have_a_limit(app: TestApp) {
        let with = |count: usize| {
            let all: Vec<String> = (0..count).map(|n| format!("metadata[k{n}]=v")).collect();
            app.get(&format!("/v1/tenants?{}", all.join("&"))).send()
        };
        with(8).await.expect(200);
        with(9).await.problem(422, "validation_failed");
    }
}
