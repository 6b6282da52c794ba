//! A whole server in the test's process.

use std::collections::HashMap;
use std::path::Path;
use std::sync::{Arc, LazyLock};
use std::time::Duration;

use axum::Router;
use axum::http::Method;
use carcosa::capabilities::mail::MailState;
use carcosa::capabilities::operators::config::SignIn;
use carcosa::capabilities::operators::service::Bootstrapped;
use carcosa::capabilities::sync::state::SyncState;
use carcosa::capabilities::webhooks::state::WebhookState;
use carcosa::capabilities::{operators, projects, webhooks};
use carcosa::outbound::{Lookup, Outbound, SystemLookup};
use carcosa::router::Limits;
use carcosa::settings::{OidcSettings, SessionSettings};
use carcosa::{app, router, worker};
use carcosa_kernel::clock::ManualClock;
use carcosa_kernel::db::Database;
use carcosa_kernel::log::Follower;
use carcosa_kernel::random::SystemEntropy;
use carcosa_kernel::secrets::MasterKey;
use carcosa_kernel::{Extensions, Gate, Kernel, System, SystemTask};
use carcosa_types::event;
use carcosa_types::key::CreateKey;
use carcosa_types::permission::KeyCreate;
use carcosa_types::project::{CreateProject, Environment};
use carcosa_types::{ProjectId, Timestamp};
use carcosa_web::schema::{self, Validator};
use carcosa_web::session::Cookies;
use serde_json::{Value, json};
use tokio::sync::Mutex;

use crate::database::{Backend, TestDatabase};
use crate::provider::FakeProvider;
use crate::request::{Answer, Call};
use crate::smtp::SmtpSink;

/// The day the tests happen: long past, so that a forgotten real clock shows.
const DAY: i64 = 1_700_000_000_000_000;
/// Whom a test's mails are from.
const MAIL_FROM: &str = "Carcosa <no-reply@tenants.example.com>";
/// Objects that a snapshot reads at a time: few, so that there are many chunks.
const CHUNK: u32 = 3;
/// How many snapshots a project may take in an hour of a test.
pub const SNAPSHOTS_PER_HOUR: u32 = 50;
/// Where the links in a test's mails lead.
const PUBLIC_URL: &str = "https://tenants.example.com";

/// One node over a database.
pub struct TestApp {
    /// The server's parts.
    pub kernel: Kernel,
    /// The time.
    pub clock: Arc<ManualClock>,
    /// What the first start made: operator, project and key.
    pub made: Arc<Bootstrapped>,
    router: Router,
    follower: Mutex<Follower>,
    installation: Arc<Installation>,
}

/// What the nodes of an installation share.
pub struct Installation {
    /// The database.
    pub database: TestDatabase,
    master: MasterKey,
}

impl TestApp {
    /// A bootstrapped installation with one node.
    pub async fn start(backend: Backend) -> Self {
        let master = MasterKey::generate(&SystemEntropy::new());
        let installation = Arc::new(Installation { database: TestDatabase::create(backend).await, master });
        let clock = Arc::new(ManualClock::at(Timestamp::from_micros(DAY)));
        let kernel = kernel(&installation, &clock, extensions(mail(""), &no_oidc())).await;
        let made = operators::service::bootstrap(&kernel, "ada@example.com", "CardVault", Environment::Live)
            .await
            .expect("a fresh installation is bootstrapped");
        Self::over(installation, clock, kernel, Arc::new(made))
    }

    /// Another node of the same installation.
    pub async fn another_node(&self) -> Self {
        self.with_mail_state(mail("")).await
    }

    /// Another node of the same installation, which sends its mail to this sink.
    pub async fn with_mail(&self, sink: &SmtpSink) -> Self {
        self.with_mail_state(mail(&sink.url())).await
    }

    /// Another node of the same installation, which sends its mail like this.
    pub async fn with_mail_state(&self, mail: MailState) -> Self {
        let kernel = kernel(&self.installation, &self.clock, extensions(mail, &no_oidc())).await;
        Self::over(Arc::clone(&self.installation), Arc::clone(&self.clock), kernel, Arc::clone(&self.made))
    }

    /// Another node of the same installation, with this provider of single sign-on.
    pub async fn with_provider(&self, provider: &FakeProvider) -> Self {
        let extensions = extensions(mail(""), &provider.settings());
        let kernel = kernel(&self.installation, &self.clock, extensions).await;
        Self::over(Arc::clone(&self.installation), Arc::clone(&self.clock), kernel, Arc::clone(&self.made))
    }

    fn over(
        installation: Arc<Installation>,
        clock: Arc<ManualClock>,
        kernel: Kernel,
        made: Arc<Bootstrapped>,
    ) -> Self {
        let limits =
            Limits { max_in_flight: 4096, timeout: Duration::from_secs(60), trusted_proxies: Vec::new() };
        let router = router::router(&kernel, limits);
        Self { kernel, clock, made, router, follower: Mutex::default(), installation }
    }

    /// The database.
    #[must_use]
    pub fn database(&self) -> &TestDatabase {
        &self.installation.database
    }

    /// The first project.
    #[must_use]
    pub fn project(&self) -> ProjectId {
        self.made.project.id
    }

    /// The first key, which may do everything.
    #[must_use]
    pub fn secret(&self) -> &str {
        &self.made.api_key.secret
    }

    /// A request without a credential.
    #[must_use]
    pub fn bare(&self, method: Method, path: &str) -> Call {
        Call::new(&self.router, method, path)
    }

    /// A GET with the first key.
    #[must_use]
    pub fn get(&self, path: &str) -> Call {
        self.bare(Method::GET, path).key(self.secret())
    }

    /// A POST with the first key.
    #[must_use]
    pub fn post(&self, path: &str, body: Value) -> Call {
        self.bare(Method::POST, path).key(self.secret()).json(body)
    }

    /// A PATCH with the first key.
    #[must_use]
    pub fn patch(&self, path: &str, body: Value) -> Call {
        self.bare(Method::PATCH, path).key(self.secret()).json(body)
    }

    /// A PUT with the first key.
    #[must_use]
    pub fn put(&self, path: &str, body: Value) -> Call {
        self.bare(Method::PUT, path).key(self.secret()).json(body)
    }

    /// A DELETE with the first key.
    #[must_use]
    pub fn delete(&self, path: &str) -> Call {
        self.bare(Method::DELETE, path).key(self.secret())
    }

    /// A tenant with this name.
    pub async fn tenant(&self, name: &str) -> Value {
        self.post("/v1/tenants", json!({ "name": name })).send().await.expect(201)
    }

    /// A key of the project with these scopes; its secret.
    pub async fn key_with(&self, scopes: &[&str]) -> String {
        secret_of(&self.post("/v1/keys", json!({ "name": "test", "scopes": scopes })).send().await)
    }

    /// A key of a tenant with these scopes; its secret.
    pub async fn tenant_key(&self, tenant: &str, scopes: &[&str]) -> String {
        let path = format!("/v1/tenants/{tenant}/keys");
        secret_of(&self.post(&path, json!({ "name": "test", "scopes": scopes })).send().await)
    }

    /// A second project, and a key of it that may do everything.
    pub async fn another_project(&self, name: &str) -> (ProjectId, String) {
        let system = System::new(&self.kernel, SystemTask::Console);
        let mut write = system.found_project(self.kernel.new_id()).await.expect("a transaction");
        let new = CreateProject { name: name.to_owned(), slug: None, environment: Environment::Test };
        let (project, receipt) = projects::service::create_in(&mut write, &new).await.expect("a project");
        let project = write.commit(receipt, project).await.expect("a commit");
        let gate = Gate::new(&self.kernel);
        let access = gate.in_project::<KeyCreate>(gate.console(project.id)).await.expect("access");
        let new = CreateKey { name: "test".to_owned(), ..CreateKey::default() };
        let write = access.write().await.expect("a transaction");
        let key = carcosa::capabilities::keys::service::create(write, new).await.expect("a key");
        (project.id, key.secret)
    }

    /// Puts everything committed in order.
    pub async fn sequence(&self) {
        worker::sequence_all(&System::new(&self.kernel, SystemTask::Sequencer))
            .await
            .expect("it can be put in order");
    }

    /// Lets this node hear what was put in order, so that it answers from memory.
    pub async fn hear(&self) {
        let system = System::new(&self.kernel, SystemTask::Directory);
        self.follower.lock().await.catch_up(&system).await.expect("the log can be read");
    }

    /// Does the jobs that are due; how many it was.
    pub async fn run_jobs(&self) -> usize {
        worker::handlers().run_due(&self.kernel, 100).await.expect("jobs can be claimed")
    }

    /// Sends the webhooks that are due, after putting the log in order and dispatching it; how many attempts were made.
    pub async fn send_webhooks(&self) -> usize {
        self.sequence().await;
        let system = System::new(&self.kernel, SystemTask::Webhooks);
        webhooks::dispatch::dispatch_all(&system).await.expect("the log can be dispatched");
        webhooks::deliver::run_due(&self.kernel).await.expect("deliveries can be sent")
    }

    /// The events of the project, after putting them in order.
    pub async fn events(&self) -> Vec<Value> {
        self.sequence().await;
        let (mut all, mut after) = (Vec::new(), String::new());
        loop {
            let page = self.get(&format!("/v1/events?limit=100{after}")).send().await.expect(200);
            all.extend(page["data"].as_array().cloned().unwrap_or_default());
            if page["page"]["has_more"] != true {
                all.iter().for_each(check_schema);
                return all;
            }
            after = format!("&after={}", page["page"]["after"].as_str().unwrap_or_default());
        }
    }
}

/// What was recorded fits the schema that the reference shows. What was erased is `null`.
#[track_caller]
fn check_schema(event: &Value) {
    static SCHEMAS: LazyLock<HashMap<&str, Validator>> = LazyLock::new(|| {
        let compiled = |schema| schema::compile(&schema::of_written(schema)).expect("the schema is one");
        event::REGISTRY.iter().map(|event| (event.name, compiled(event.schema))).collect()
    });
    let known = &SCHEMAS[event["type"].as_str().expect("a type")];
    let wrong = schema::violations(known, &event["data"], "");
    assert!(event["data"].is_null() || wrong.is_empty(), "{event} is not what its schema says: {wrong:?}");
}

/// Mail by this server; none when empty.
fn mail(smtp_url: &str) -> MailState {
    MailState::new(smtp_url, MAIL_FROM, PUBLIC_URL).expect("the settings of tests are right")
}

/// What the capabilities keep in memory, with this mail and this provider of single sign-on (none when its issuer is empty).
fn extensions(mail: MailState, oidc: &OidcSettings) -> Extensions {
    let sessions = SessionSettings { lifetime_minutes: 720, idle_minutes: 60 };
    let sign_in = SignIn::new((PUBLIC_URL, Path::new("no-folder")), &sessions, oidc)
        .expect("the settings of tests are right");
    let lookup: Arc<dyn Lookup> = Arc::new(SystemLookup);
    let allow = vec!["127.0.0.0/8".parse().expect("a network")];
    let outbound = Outbound::new(allow, &lookup).expect("a client");
    Extensions::default()
        .with(mail)
        .with(sign_in)
        .with(Cookies { secure: true })
        .with(WebhookState::new(outbound))
        .with(SyncState::new(SNAPSHOTS_PER_HOUR, 100_000).with_chunks_of(CHUNK))
}

fn no_oidc() -> OidcSettings {
    let [issuer, client_id, client_secret, name] = [const { String::new() }; 4];
    OidcSettings { issuer, client_id, client_secret, name }
}

async fn kernel(installation: &Installation, clock: &Arc<ManualClock>, extensions: Extensions) -> Kernel {
    let database = Database::open(&installation.database.options()).await.expect("the database opens");
    let random = Arc::new(SystemEntropy::new());
    let (master, clock) = (installation.master.clone(), Arc::<ManualClock>::clone(clock));
    app::assemble(database, master, clock, random, extensions).await.expect("the parts fit together")
}

#[track_caller]
fn secret_of(answer: &Answer) -> String {
    let body = answer.clone().expect(201);
    body["secret"].as_str().expect("a new key has a secret").to_owned()
}
