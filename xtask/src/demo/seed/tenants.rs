//! Customers: planted through the product's own command line, so that the demo exercises it too.

use crate::demo::Demo;
use crate::shell::{Result, run_quietly};

/// One customer.
#[derive(Clone, Copy)]
struct Tenant {
    name: &'static str,
    /// Options of `carcosa tenants create`, without their dashes.
    options: &'static [(&'static str, &'static str)],
    /// Its departments, branches, teams.
    organizations: &'static [&'static str],
    fate: Fate,
}

/// What happened to a customer since.
#[derive(Clone, Copy)]
enum Fate {
    /// Nothing worth telling.
    Active,
    /// Stopped, for this reason.
    Suspended(&'static str),
    /// Put away, for this reason.
    Archived(&'static str),
}

use Fate::{Active, Archived, Suspended};

const fn tenant(name: &'static str, options: &'static [(&'static str, &'static str)]) -> Tenant {
    Tenant { name, options, organizations: &[], fate: Active }
}

impl Tenant {
    const fn with(self, organizations: &'static [&'static str]) -> Self {
        Self { organizations, ..self }
    }

    const fn but(self, fate: Fate) -> Self {
        Self { fate, ..self }
    }
}

/// Parents stand before their children.
const TENANTS: &[Tenant] = &[
    tenant(
        "Northwind Games Group",
        &[
            ("slug", "northwind"),
            ("plan", "enterprise"),
            ("external-id", "crm-1001"),
            ("description", "Game shops in the Nordic countries; one contract for all of them."),
            ("metadata", r#"{"segment": "retail", "seats": 240, "country": "NO"}"#),
        ],
    )
    .with(&["Purchasing", "Customer service", "Information technology"]),
    tenant(
        "Northwind Games Oslo",
        &[("parent", "slug:northwind"), ("metadata", r#"{"segment": "retail", "country": "NO"}"#)],
    )
    .with(&["Grünerløkka", "Majorstuen"]),
    tenant(
        "Northwind Games Göteborg",
        &[("parent", "slug:northwind"), ("metadata", r#"{"segment": "retail", "country": "SE"}"#)],
    ),
    tenant(
        "Northwind Games København",
        &[("parent", "slug:northwind"), ("metadata", r#"{"segment": "retail", "country": "DK"}"#)],
    )
    .but(Archived("Shop closed; its stock went to Göteborg")),
    tenant(
        "Åbo Akademi",
        &[
            ("plan", "pro"),
            ("external-id", "crm-1002"),
            ("description", "The university library's collection of printed games."),
            ("metadata", r#"{"segment": "education", "seats": 60, "country": "FI"}"#),
        ],
    )
    .with(&["Biblioteket", "Humanistiska fakulteten"]),
    tenant(
        "株式会社サクラ",
        &[
            ("plan", "enterprise"),
            ("external-id", "crm-1003"),
            ("description", "Publisher; keeps a proof of every print run."),
            ("metadata", r#"{"segment": "publisher", "seats": 500, "country": "JP"}"#),
        ],
    )
    .with(&["東京本社", "大阪支店"]),
    tenant(
        "Müller & Söhne Spielwaren GmbH",
        &[
            ("plan", "pro"),
            ("external-id", "crm-1004"),
            ("metadata", r#"{"segment": "retail", "seats": 35, "country": "DE"}"#),
        ],
    )
    .with(&["Lager Köln"]),
    tenant(
        "Café des Joueurs",
        &[("plan", "starter"), ("metadata", r#"{"segment": "club", "seats": 8, "country": "FR"}"#)],
    ),
    tenant(
        "Kraków Karciany Klub",
        &[("plan", "free"), ("metadata", r#"{"segment": "club", "seats": 20, "country": "PL"}"#)],
    ),
    tenant(
        "Lisboa Cartas Raras, Lda.",
        &[("plan", "starter"), ("metadata", r#"{"segment": "auction", "seats": 6, "country": "PT"}"#)],
    )
    .but(Suspended("Invoice CV-2291 is 45 days overdue")),
    tenant(
        "Şahin Koleksiyon",
        &[("plan", "starter"), ("metadata", r#"{"segment": "auction", "seats": 4, "country": "TR"}"#)],
    ),
    tenant(
        "Αθηναϊκή Λέσχη Παιχνιδιών",
        &[("plan", "free"), ("metadata", r#"{"segment": "club", "seats": 15, "country": "GR"}"#)],
    ),
    tenant(
        "Киевский клуб коллекционеров",
        &[("plan", "free"), ("metadata", r#"{"segment": "club", "seats": 30, "country": "UA"}"#)],
    ),
    tenant(
        "서울카드마켓",
        &[
            ("plan", "pro"),
            ("external-id", "crm-1005"),
            ("metadata", r#"{"segment": "marketplace", "seats": 90, "country": "KR"}"#),
        ],
    )
    .but(Suspended("Unusual traffic: keys leaked, new ones are on their way")),
    tenant(
        "شركة البطاقات",
        &[("plan", "starter"), ("metadata", r#"{"segment": "retail", "seats": 10, "country": "AE"}"#)],
    ),
    tenant(
        "Meridian Grading Labs",
        &[
            ("plan", "enterprise"),
            ("external-id", "crm-1006"),
            ("description", "Examines and rates cards for other customers."),
            ("metadata", r#"{"segment": "grading", "seats": 120, "country": "US"}"#),
        ],
    )
    .with(&["Intake", "Grading", "Returns"]),
    tenant(
        "Old Harbour Auctions",
        &[("plan", "pro"), ("metadata", r#"{"segment": "auction", "seats": 25, "country": "GB"}"#)],
    )
    .but(Archived("Merged into Meridian Grading Labs")),
    tenant(
        "Te Aro Card Exchange",
        &[("plan", "starter"), ("metadata", r#"{"segment": "marketplace", "seats": 12, "country": "NZ"}"#)],
    ),
    tenant("Aino Mäkelä", &[("kind", "individual"), ("metadata", r#"{"cards": 1840, "country": "FI"}"#)]),
    tenant("Siobhán O’Brien", &[("kind", "individual"), ("metadata", r#"{"cards": 312, "country": "IE"}"#)]),
    tenant("Nguyễn Thị Hồng", &[("kind", "individual"), ("metadata", r#"{"cards": 95, "country": "VN"}"#)]),
    tenant("João Conceição", &[("kind", "individual"), ("metadata", r#"{"cards": 2077, "country": "BR"}"#)]),
    tenant("Amara Okafor", &[("kind", "individual"), ("metadata", r#"{"cards": 640, "country": "NG"}"#)]),
    tenant("Jan de Vries", &[("kind", "individual"), ("metadata", r#"{"cards": 12, "country": "NL"}"#)])
        .but(Suspended("Asked for a pause until spring")),
    tenant(
        "Priya Raghunathan",
        &[("kind", "individual"), ("metadata", r#"{"cards": 4410, "country": "IN"}"#)],
    ),
    tenant("Łukasz Wójcik", &[("kind", "individual"), ("metadata", r#"{"cards": 0, "country": "PL"}"#)])
        .but(Archived("Account unused for two years")),
];

/// Creates the tenants in the project and returns how many.
pub(in crate::demo) fn plant(demo: &Demo<'_>, project: &str) -> Result<usize> {
    for tenant in TENANTS {
        let id = create(demo, project, tenant)?;
        for name in tenant.organizations {
            demo.carcosa_json(&[
                "organizations",
                "create",
                "--project",
                project,
                "--tenant",
                &id,
                "--name",
                name,
                "--json",
            ])?;
        }
        let (verb, reason) = match tenant.fate {
            Active => continue,
            Suspended(reason) => ("suspend", reason),
            Archived(reason) => ("archive", reason),
        };
        let mut command = demo.carcosa();
        run_quietly(command.args(["tenants", verb, "--project", project, &id, "--reason", reason]))?;
    }
    Ok(TENANTS.len())
}

fn create(demo: &Demo<'_>, project: &str, tenant: &Tenant) -> Result<String> {
    let options: Vec<String> = tenant.options.iter().map(|(name, _)| format!("--{name}")).collect();
    let mut arguments = vec!["tenants", "create", "--project", project, "--name", tenant.name, "--json"];
    for (name, (_, value)) in options.iter().zip(tenant.options) {
        arguments.extend([name.as_str(), value]);
    }
    let created = demo.carcosa_json(&arguments)?;
    let id = created["id"].as_str().ok_or_else(|| format!("no id for the new tenant {}", tenant.name))?;
    Ok(id.to_owned())
}
