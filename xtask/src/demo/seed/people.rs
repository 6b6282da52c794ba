//! People: users, their places in tenants, roles of the project, invitations.

use serde_json::json;

use super::client::Client;
use super::text;
use crate::shell::Result;

/// A tenant, the domain of its people, and these with their roles.
type Members = (&'static str, &'static str, &'static [(&'static str, &'static str, &'static str)]);

const MEMBERS: &[Members] = &[
    (
        "slug:northwind",
        "northwind.example",
        &[
            ("Ingrid Solberg", "ingrid.solberg", "owner"),
            ("Håkon Bjørnstad", "hakon", "admin"),
            ("Marit Øvergård", "marit", "manager"),
            ("Emeka Nwosu", "emeka", "member"),
            ("Thị Lan Phạm", "lan", "viewer"),
        ],
    ),
    (
        "slug:northwind-games-oslo",
        "northwind.example",
        &[("Sigrid Haugen", "sigrid", "admin"), ("Yusuf Demir", "yusuf", "member")],
    ),
    (
        "slug:northwind-games-goteborg",
        "northwind.example",
        &[("Åsa Lindqvist", "asa", "admin"), ("Dragan Petrović", "dragan", "member")],
    ),
    (
        "ext:crm-1002",
        "abo.example",
        &[
            ("Väinö Mäki", "vaino", "owner"),
            ("Anneli Sjöström", "anneli", "manager"),
            ("Oluwaseun Adebayo", "seun", "member"),
            ("Mei-Ling Zhao", "mei", "viewer"),
        ],
    ),
    (
        "ext:crm-1003",
        "sakura.example",
        &[
            ("佐藤 美咲", "m.sato", "owner"),
            ("高橋 健", "k.takahashi", "admin"),
            ("鈴木 陽子", "y.suzuki", "manager"),
            ("Kim Min-jun", "minjun", "member"),
            ("Charlotte Dubois", "charlotte", "member"),
            ("田中 翔", "s.tanaka", "viewer"),
        ],
    ),
    (
        "ext:crm-1004",
        "mueller-soehne.example",
        &[
            ("Jürgen Müller", "juergen", "owner"),
            ("Käthe Groß", "kaethe", "admin"),
            ("Aleksandra Nowak", "aleksandra", "member"),
        ],
    ),
    (
        "slug:cafe-des-joueurs",
        "joueurs.example",
        &[("Élodie Lefèvre", "elodie", "owner"), ("Noël Garçon", "noel", "member")],
    ),
    (
        "slug:krakow-karciany-klub",
        "kkk-krakow.example",
        &[("Zofia Wiśniewska", "zofia", "owner"), ("Paweł Żukowski", "pawel", "auctioneer")],
    ),
    (
        "slug:sahin-koleksiyon",
        "sahin.example",
        &[("Çağla Şahin", "cagla", "owner"), ("İbrahim Öztürk", "ibrahim", "auctioneer")],
    ),
    (
        "ext:crm-1006",
        "meridian.example",
        &[
            ("Grace Achieng", "grace", "owner"),
            ("Rafael Ibáñez", "rafael", "admin"),
            ("Priyanka Menon", "priyanka", "grader"),
            ("Tomáš Dvořák", "tomas", "grader"),
            ("Fatima Zahra El Idrissi", "fatima", "grader"),
            ("Liam Ó Murchú", "liam", "grader"),
            ("Ngozi Eze", "ngozi", "manager"),
            ("Sione Taufa", "sione", "viewer"),
        ],
    ),
    (
        "slug:te-aro-card-exchange",
        "tearo.example",
        &[
            ("Aroha Ngata", "aroha", "owner"),
            ("Wiremu Parata", "wiremu", "admin"),
            ("Hana Novotná", "hana", "member"),
        ],
    ),
];

/// Who has a place in a second tenant: of whom, there, with which role.
const SECOND: &[(&str, &str, &str)] = &[
    ("rafael@meridian.example", "ext:crm-1004", "viewer"),
    ("ngozi@meridian.example", "ext:crm-1003", "member"),
    ("asa@northwind.example", "slug:northwind-games-oslo", "manager"),
    ("wiremu@tearo.example", "ext:crm-1006", "member"),
];

/// Who left, and gets in no more.
const LEFT: &str = "sione@meridian.example";

pub(super) fn plant(project: &Client) -> Result {
    roles(project)?;
    let mut number = 0;
    for (tenant, domain, people) in MEMBERS {
        for (name, local, role) in *people {
            number += 1;
            let email = format!("{local}@{domain}");
            let external_id = format!("user-{}", 7000 + number);
            let user = json!({ "email": email, "name": name, "external_id": external_id });
            let user = project.post("/v1/users", &user)?;
            let holds_below = *tenant == "slug:northwind" && *role == "owner";
            let mut member = json!({ "user_id": text(&user, "/id")?, "role": role });
            if holds_below {
                member["includes_children"] = true.into();
            }
            project.post(&format!("/v1/tenants/{tenant}/members"), &member)?;
            if email == LEFT {
                project.post(&format!("/v1/users/{}/disable", text(&user, "/id")?), &json!({}))?;
            }
        }
    }
    for (email, tenant, role) in SECOND {
        project.post(&format!("/v1/tenants/{tenant}/members"), &json!({ "email": email, "role": role }))?;
    }
    invitations(project)
}

/// Two roles of the project, each under conditions.
fn roles(project: &Client) -> Result {
    let hours =
        json!({ "from": "07:00", "to": "19:00", "days": [1, 2, 3, 4, 5], "utc_offset_minutes": -300 });
    let grader = json!({
        "key": "grader",
        "name": "Grader",
        "description": "Examines cards and rates them, at work and with a second factor.",
        "permissions": ["card:read", "card:grade", "tenant:read", "organization:read"],
        "conditions": { "mfa": true, "hours": hours },
    });
    let auctioneer = json!({
        "key": "auctioneer",
        "name": "Auctioneer",
        "description": "Publishes decks and gives money back, from the auction rooms alone.",
        "permissions": ["card:*", "deck:publish", "order:refund", "tenant:read"],
        "conditions": { "plans": ["starter", "pro", "enterprise"], "addresses": ["203.0.113.0/24", "2001:db8::/32"] },
    });
    project.post("/v1/roles", &grader)?;
    project.post("/v1/roles", &auctioneer).map(drop)
}

fn invitations(project: &Client) -> Result {
    for (tenant, email, role, days) in [
        ("slug:northwind", "nils.aune@northwind.example", "manager", 14),
        ("ext:crm-1006", "valentina.rossi@meridian.example", "grader", 30),
        ("ext:crm-1002", "leena.korhonen@abo.example", "member", 1),
        ("ext:crm-1004", "aushilfe@mueller-soehne.example", "viewer", 7),
    ] {
        let body = json!({ "email": email, "role": role, "expires_in_days": days });
        let made = project.post(&format!("/v1/tenants/{tenant}/invitations"), &body)?;
        if role == "viewer" {
            let id = text(&made, "/id")?;
            project.post(&format!("/v1/tenants/{tenant}/invitations/{id}/revoke"), &json!({}))?;
        }
    }
    Ok(())
}
