//! The kernel's promises, on SQLite and on PostgreSQL (as the role that row-level security binds).

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]
use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use carcosa_kernel::access::TokenRecord;
use carcosa_kernel::access::session::SessionRecord;
use carcosa_kernel::clock::{Clock, ManualClock};
use carcosa_kernel::db::{Database, Migrations, Options, Synchronous};
use carcosa_kernel::directory::{
    Answer, KeyRecord, ProjectRecord, RoleBook, RoleOwner, Source, TenantRecord, TenantRef, Touched,
    UserRecord,
};
use carcosa_kernel::idempotency::{Claim, Fingerprint};
use carcosa_kernel::jobs::{Job, NewJob, Outcome, Worker};
use carcosa_kernel::log::{self, Entry};
use carcosa_kernel::random::SystemEntropy;
use carcosa_kernel::secrets::store::PUBLISHED_BEFORE_USE;
use carcosa_kernel::secrets::{KeyHash, Keyring, MasterKey, Purpose};
use carcosa_kernel::{
    Access, Extensions, Gate, Kernel, RequestContext, Result, System, SystemTask, args, statements,
};
use carcosa_types::event::{EventOf, OPERATOR_PASSWORD_RESET_REQUESTED};
use carcosa_types::event_data::Nothing;
use carcosa_types::permission::{ProjectRead, ProjectUpdate};
use carcosa_types::{Grants, ProjectId, TenantId, Timestamp, TokenId, UserId};
use serde_json::json;
use sqlx::FromRow;
use sqlx::migrate::Migrator;

/// An event that says nothing of any object.
const CHANGED: EventOf<Nothing> = OPERATOR_PASSWORD_RESET_REQUESTED;

static SQLITE: Migrator = sqlx::migrate!("../../migrations/sqlite");
static POSTGRES: Migrator = sqlx::migrate!("../../migrations/postgres");

mod probe {
    carcosa_kernel::statements! {
        project COUNT = "SELECT count(*) AS n FROM log_entries WHERE project_id = $1";
        tenant COUNT_OWN = "SELECT count(*) AS n FROM log_entries WHERE project_id = $1 AND tenant_id = $2";
        /// Deliberately without a project: only row-level security stands between it and everything.
        kernel COUNT_ANY = "SELECT count(*) AS n FROM log_entries";
        /// Tables that row-level security does not guard to the full; SQLite has none of it.
        kernel UNGUARDED = sqlite "SELECT 0 AS n", postgres "SELECT count(*) AS n
            FROM pg_class c JOIN pg_namespace s ON s.oid = c.relnamespace
            WHERE s.nspname = 'public' AND c.relkind IN ('r', 'p') AND c.relname <> '_sqlx_migrations'
              AND NOT (c.relrowsecurity AND c.relforcerowsecurity
                       AND EXISTS (SELECT 1 FROM pg_policy p WHERE p.polrelid = c.oid AND NOT p.polpermissive))";
        system STREAMS = "SELECT project_id, stream_id, seq, hash, position, ordinal FROM log_entries
            ORDER BY ordinal";
    }
    pub(super) static COUNT_OF_PROJECT: &carcosa_kernel::db::Statement = &COUNT;
    pub(super) static COUNT_OF_TENANT: &carcosa_kernel::db::Statement = &COUNT_OWN;
    pub(super) static COUNT_OF_ANY: &carcosa_kernel::db::Statement = &COUNT_ANY;
    pub(super) static UNGUARDED_TABLES: &carcosa_kernel::db::Statement = &UNGUARDED;
    pub(super) static ALL_STREAMS: &carcosa_kernel::db::Statement = &STREAMS;
}

#[derive(FromRow)]
struct Count {
    n: i64,
}
#[derive(FromRow)]
struct Row {
    project_id: ProjectId,
    stream_id: sqlx::types::Uuid,
    seq: i64,
    hash: Vec<u8>,
    position: Option<i64>,
    ordinal: Option<i64>,
}

/// Knows the keys a test puts in, and counts how often it is asked.
#[derive(Default)]
struct Keys {
    known: Mutex<HashMap<KeyHash, KeyRecord>>,
    asked: AtomicUsize,
}
impl Source for Keys {
    fn key<'a>(&'a self, _: &'a System, hash: &'a KeyHash) -> Answer<'a, KeyRecord> {
        Box::pin(async {
            self.asked.fetch_add(1, Ordering::SeqCst);
            Ok(self.known.lock().unwrap().get(hash).cloned())
        })
    }
    fn project<'a>(&'a self, _: &'a System, _: ProjectId) -> Answer<'a, ProjectRecord> {
        Box::pin(async { Ok(None) })
    }
    fn tenant<'a>(&'a self, _: &'a System, _: ProjectId, _: &'a TenantRef) -> Answer<'a, TenantRecord> {
        Box::pin(async { Ok(None) })
    }
    fn user<'a>(&'a self, _: &'a System, _: ProjectId, _: UserId) -> Answer<'a, UserRecord> {
        Box::pin(async { Ok(None) })
    }
    fn roles<'a>(&'a self, _: &'a System, _: RoleOwner) -> Answer<'a, RoleBook> {
        Box::pin(async { Ok(None) })
    }
    fn session<'a>(&'a self, _: &'a System, _: &'a KeyHash) -> Answer<'a, SessionRecord> {
        Box::pin(async { Ok(None) })
    }
    fn project_named<'a>(&'a self, _: &'a System, _: &'a str) -> Answer<'a, ProjectId> {
        Box::pin(async { Ok(None) })
    }
    fn token<'a>(&'a self, _: &'a System, _: ProjectId, _: TokenId) -> Answer<'a, TokenRecord> {
        Box::pin(async { Ok(None) })
    }
}

struct World {
    kernel: Kernel,
    clock: Arc<ManualClock>,
    keys: Arc<Keys>,
    project: ProjectId,
    other: ProjectId,
    folder: tempfile::TempDir,
    options: Options,
}

async fn world(url: String, folder: tempfile::TempDir) -> World {
    let options = Options {
        url,
        max_connections: 8,
        acquire_timeout: Duration::from_secs(10),
        synchronous: Synchronous::Normal,
        owner_role: "carcosa_owner".into(),
        runtime_role: "carcosa_runtime".into(),
    };
    let migrations = Migrations { sqlite: &SQLITE, postgres: &POSTGRES };
    let (first, second) = tokio::join!(migrations.run(&options), migrations.run(&options));
    assert_eq!((first.unwrap().pending, second.unwrap().pending), (0, 0), "two nodes start at once");
    let db = Database::open(&options).await.unwrap();
    db.check_isolation().await.unwrap();
    let clock = Arc::new(ManualClock::at("2026-11-21T09:00:00Z".parse::<Timestamp>().unwrap()));
    let entropy = SystemEntropy::new();
    let master = MasterKey::load_or_create(&folder.path().join("data/master.key"), &entropy).unwrap();
    let now = clock.now();
    let (one, two) =
        tokio::join!(Keyring::load(&db, &master, &entropy, now), Keyring::load(&db, &master, &entropy, now));
    let ring = one.unwrap();
    assert_eq!(ring.key_hashes("k"), two.unwrap().key_hashes("k"), "two nodes start at once");
    let keys = Arc::new(Keys::default());
    let entropy = Arc::new(SystemEntropy::new());
    let kernel = Kernel::new(db, clock.clone(), entropy, (master, ring), keys.clone(), Extensions::default());
    let (project, other) = (kernel.new_id(), kernel.new_id());
    let world = World { kernel, clock, keys, project, other, folder, options };
    for id in [project, other] {
        let mut write = world.system().write_project(id).await.unwrap();
        log::open_project(&mut write).await.unwrap();
        let entry = Entry::new(CHANGED, id, &Nothing {}).unwrap();
        let receipt = write.record(entry);
        write.commit(receipt, ()).await.unwrap();
    }
    world
}

impl World {
    fn system(&self) -> System {
        System::new(&self.kernel, SystemTask::Console)
    }

    /// Makes a key of the project known, with these scopes.
    fn key(&self, text: &str, scopes: &[&str]) -> KeyHash {
        let hash = self.kernel.secrets().hash_key(text).unwrap();
        let record = KeyRecord {
            id: self.kernel.new_id(),
            name: text.to_owned(),
            project_id: self.project,
            tenant_id: None,
            grants: Grants::of(scopes.iter().copied()),
            enabled: true,
            revoked: false,
            allowed_ips: Arc::default(),
            rate_limit: None,
            budget: None,
            metadata: serde_json::Map::new(),
            expires_at: None,
            usable_until: None,
        };
        self.keys.known.lock().unwrap().insert(hash.clone(), record);
        hash
    }

    async fn updater(&self, text: &str) -> Access<ProjectUpdate> {
        let gate = Gate::new(&self.kernel);
        let hashes = self.kernel.secrets().key_hashes(text);
        let caller = gate.authenticate(&hashes, RequestContext::default()).await.unwrap();
        gate.in_project::<ProjectUpdate>(caller).await.unwrap()
    }

    async fn tenant_entry(&self, tenant: TenantId) -> Result<()> {
        let mut write = self.system().write_tenant(self.project, tenant).await?;
        let entry = Entry::new(CHANGED, tenant, &Nothing {})?.of_tenant(tenant);
        let receipt = write.record(entry);
        write.commit(receipt, ()).await
    }
}

/// Whether the runtime role may write to a table made later, to a migrated one, and to the list of migrations.
async fn rights(admin: &mut sqlx::PgConnection) -> (bool, bool, bool) {
    let query = "SELECT has_table_privilege('carcosa_runtime', 'later', 'INSERT, SELECT'),
        has_table_privilege('carcosa_runtime', 'jobs', 'DELETE'), has_table_privilege('carcosa_runtime', '_sqlx_migrations', 'INSERT')";
    sqlx::query_as(query).fetch_one(admin).await.unwrap()
}

/// Runs a test on both databases.
macro_rules! both {
    ($($name:ident($world:ident) $body:block)+) => { $(
        mod $name {
            use super::*;
            async fn check($world: World) $body

            #[tokio::test]
            async fn sqlite() {
                let folder = tempfile::tempdir().unwrap();
                let url = format!("sqlite:{}", folder.path().join("carcosa.db").display());
                check(world(url, folder).await).await;
            }

            #[tokio::test]
            async fn postgres() {
                let server = std::env::var("CARCOSA_TEST_POSTGRES_URL")
                    .expect("run `cargo xtask test`, or set CARCOSA_TEST_POSTGRES_URL to a superuser's URL");
                // The process first: PostgreSQL cuts names off after 63 bytes.
                let name = format!("kernel_{}_{}", std::process::id(), stringify!($name));
                let (base, _) = server.rsplit_once('/').unwrap();
                let mut admin = <sqlx::PgConnection as sqlx::Connection>::connect(&server).await.unwrap();
                let create = sqlx::AssertSqlSafe(format!("CREATE DATABASE {name}"));
                sqlx::Executor::execute(&mut admin, create).await.unwrap();
                check(world(format!("{base}/{name}"), tempfile::tempdir().unwrap()).await).await;
            }
        }
    )+ };
}

both! {
    every_statement_is_valid(world) {
        for statement in statements() {
            let name = statement.name;
            world.kernel.database().prepare(statement).await.unwrap_or_else(|e| panic!("{name}: {e:?}"));
        }
    }

    every_table_is_guarded(world) {
        let mut tx = world.system().read().await.unwrap();
        assert_eq!(tx.one::<Count>(probe::UNGUARDED_TABLES, args![]).await.unwrap().n, 0);
    }

    rights_come_with_the_table_and_any_start_mends_them(world) {
        if world.kernel.database().name() != "postgres" {
            return;
        }
        let mut admin = <sqlx::PgConnection as sqlx::Connection>::connect(&world.options.url).await.unwrap();
        sqlx::raw_sql("SET ROLE carcosa_owner; CREATE TABLE later (id bigint); RESET ROLE").execute(&mut admin).await.unwrap();
        assert_eq!(rights(&mut admin).await, (true, true, false), "before anything is granted anew");
        sqlx::raw_sql("REVOKE ALL ON ALL TABLES IN SCHEMA public FROM carcosa_runtime").execute(&mut admin).await.unwrap();
        assert_eq!(rights(&mut admin).await, (false, false, false));
        let status = Migrations { sqlite: &SQLITE, postgres: &POSTGRES }.run(&world.options).await.unwrap();
        assert_eq!(status.pending, 0);
        assert_eq!(rights(&mut admin).await, (true, true, false), "a start grants what is missing");
    }

    nobody_reads_beyond_the_scope(world) {
        let (a, b): (TenantId, TenantId) = (world.kernel.new_id(), world.kernel.new_id());
        world.tenant_entry(a).await.unwrap();
        world.tenant_entry(b).await.unwrap();
        let mut tx = world.system().read_project(world.project).await.unwrap();
        assert_eq!(tx.one::<Count>(probe::COUNT_OF_PROJECT, args![]).await.unwrap().n, 3);
        assert!(tx.one::<Row>(probe::ALL_STREAMS, args![]).await.is_err(), "a system statement");
        if world.kernel.database().name() == "postgres" {
            assert_eq!(tx.one::<Count>(probe::COUNT_OF_ANY, args![]).await.unwrap().n, 3, "RLS alone");
        }
        let mut write = world.system().write_tenant(world.project, a).await.unwrap();
        assert_eq!(write.one::<Count>(probe::COUNT_OF_TENANT, args![]).await.unwrap().n, 1);
        assert!(write.focus(b).is_err());
        assert!(write.one::<Count>(probe::COUNT_OF_PROJECT, args![]).await.is_err());
        if world.kernel.database().name() == "postgres" {
            assert_eq!(write.one::<Count>(probe::COUNT_OF_ANY, args![]).await.unwrap().n, 1, "RLS alone");
        }
    }

    order_is_total_gap_free_and_chained(world) {
        let tenants: Vec<TenantId> = (0..4).map(|_| world.kernel.new_id()).collect();
        let world = Arc::new(world);
        let mut writers = Vec::new();
        for writer in 0..16 {
            let (world, tenants) = (world.clone(), tenants.clone());
            writers.push(tokio::spawn(async move {
                for turn in 0..10 {
                    world.tenant_entry(tenants[(writer + turn) % tenants.len()]).await.unwrap();
                    log::sequence(&world.system()).await.unwrap();
                }
            }));
        }
        for writer in writers {
            writer.await.unwrap();
        }
        while log::sequence(&world.system()).await.unwrap() > 0 {}
        let mut tx = world.system().read().await.unwrap();
        let rows: Vec<Row> = tx.all(probe::ALL_STREAMS, args![]).await.unwrap();
        assert_eq!(rows.len(), 162);
        let mut seqs = std::collections::HashMap::new();
        let mut positions = std::collections::HashMap::new();
        let mut hashes = std::collections::HashSet::new();
        for (index, row) in rows.iter().enumerate() {
            assert_eq!(row.ordinal, Some(i64::try_from(index).unwrap() + 1));
            let seq = seqs.entry(row.stream_id).or_insert(0);
            *seq += 1;
            assert_eq!(row.seq, *seq, "the order keeps each stream's order");
            let position = positions.entry(row.project_id).or_insert(0);
            *position += 1;
            assert_eq!(row.position, Some(*position));
            assert!(hashes.insert(row.hash.clone()));
        }
        assert_eq!(positions[&world.other], 1);
    }

    secrets_rotate_and_another_master_key_is_refused(world) {
        let (db, entropy, now) = (world.kernel.database(), SystemEntropy::new(), world.clock.now());
        let file = world.folder.path().join("data/master.key");
        let master = MasterKey::load_or_create(&file, &entropy).unwrap();
        let old = world.kernel.secrets().hash_key("k").unwrap();
        assert_eq!(Keyring::rotate(db, &master, Purpose::KeyHash, &entropy, now).await.unwrap().version, 2);
        world.kernel.renew_secrets().await.unwrap();
        let ring = world.kernel.secrets();
        assert_eq!(ring.hash_key("k").unwrap(), old, "known, but not in use before every node knows it");
        assert_eq!(ring.key_hashes("k").len(), 2);
        world.clock.advance(PUBLISHED_BEFORE_USE);
        world.kernel.renew_secrets().await.unwrap();
        let ring = world.kernel.secrets();
        assert_ne!(ring.hash_key("k").unwrap(), old);
        assert_eq!(ring.key_hashes("k"), [ring.hash_key("k").unwrap(), old]);
        let next = MasterKey::generate(&entropy);
        assert_eq!(Keyring::rewrap(db, &master, &next, &entropy).await.unwrap(), Purpose::ALL.len() + 1);
        let again = Keyring::read(db, &next, world.clock.now()).await.unwrap();
        assert_eq!(again.key_hashes("k"), ring.key_hashes("k"), "wrapped anew, the keys are the same");
        assert!(Keyring::read(db, &master, now).await.is_err(), "the old master key opens nothing any more");
        let stranger = MasterKey::generate(&entropy);
        let refused = Keyring::load(db, &stranger, &entropy, now).await.err().unwrap();
        assert!(refused.cause().unwrap().to_string().contains("not this installation's master key"));
        #[cfg(unix)]
        {
            let mode = std::os::unix::fs::MetadataExt::mode(&std::fs::metadata(&file).unwrap());
            assert_eq!(mode & 0o777, 0o600);
        }
    }

    what_is_dropped_leaves_nothing(world) {
        let mut write = world.system().write_project(world.project).await.unwrap();
        let entry = Entry::new(CHANGED, world.project, &Nothing {}).unwrap();
        let _receipt = write.record(entry);
        drop(write);
        let mut tx = world.system().read_project(world.project).await.unwrap();
        assert_eq!(tx.one::<Count>(probe::COUNT_OF_PROJECT, args![]).await.unwrap().n, 1);
    }

    jobs_run_once_and_are_found_when_their_node_dies(world) {
        struct Flaky(Mutex<Vec<i64>>);
        impl carcosa_kernel::jobs::Handler for Flaky {
            fn run<'a>(
                &'a self,
                system: &'a System,
                job: &'a Job,
            ) -> std::pin::Pin<Box<dyn Future<Output = Result<Outcome>> + Send + 'a>> {
                Box::pin(async move {
                    self.0.lock().unwrap().push(job.attempts);
                    Ok(match job.attempts {
                        1 => Outcome::Retry(system.kernel().now().plus(Duration::from_secs(5))),
                        _ => Outcome::Done,
                    })
                })
            }
        }
        let mut write = world.system().write_project(world.project).await.unwrap();
        let run_at = world.clock.now();
        write.enqueue(NewJob { kind: "flaky", project: world.project, payload: json!({"n": 1}), run_at });
        let receipt = write.record(Entry::new(CHANGED, world.project, &Nothing {}).unwrap());
        write.commit(receipt, ()).await.unwrap();
        let handler = Arc::new(Flaky(Mutex::default()));
        let worker = Worker::default().with("flaky", handler.clone());
        assert_eq!(worker.run_due(&world.kernel, 10).await.unwrap(), 1);
        assert_eq!(worker.run_due(&world.kernel, 10).await.unwrap(), 0, "not before its time");
        world.clock.advance(Duration::from_secs(5));
        assert_eq!(worker.run_due(&world.kernel, 10).await.unwrap(), 1);
        world.clock.advance(Duration::from_hours(2));
        assert_eq!(worker.run_due(&world.kernel, 10).await.unwrap(), 0, "done is done");
        assert_eq!(*handler.0.lock().unwrap(), [1, 2]);
    }

    a_weak_key_gets_nowhere_and_a_revoked_one_is_forgotten(world) {
        let gate = Gate::new(&world.kernel);
        let hash = world.key("weak", &["project:read"]);
        let mut follower = log::Follower::default();
        follower.catch_up(&world.system()).await.unwrap();
        let hashes = [hash.clone()];
        let caller = gate.authenticate(&hashes, RequestContext::default()).await.unwrap();
        assert!(gate.in_project::<ProjectRead>(caller.clone()).await.is_ok());
        let denied = gate.in_project::<ProjectUpdate>(caller).await.err().unwrap();
        assert_eq!(denied.code().code, "permission_denied");
        for _ in 0..10 {
            gate.authenticate(&hashes, RequestContext::default()).await.unwrap();
        }
        assert_eq!(world.keys.asked.load(Ordering::SeqCst), 1, "warm answers come from memory");

        world.keys.known.lock().unwrap().clear();
        let mut write = world.system().write_project(world.project).await.unwrap();
        let entry = Entry::new(CHANGED, world.project, &Nothing {}).unwrap();
        let receipt = write.record(entry.touching([Touched::Key(hash)]));
        write.commit(receipt, ()).await.unwrap();
        let gone = gate.authenticate(&hashes, RequestContext::default()).await.err().unwrap();
        assert_eq!(gone.code().code, "invalid_key", "this node's own commit is felt at once");
    }

    without_word_from_the_log_nothing_is_answered_from_memory(world) {
        let hashes = [world.key("key", &["*"])];
        let gate = Gate::new(&world.kernel);
        let mut follower = log::Follower::default();
        follower.catch_up(&world.system()).await.unwrap();
        gate.authenticate(&hashes, RequestContext::default()).await.unwrap();
        world.keys.known.lock().unwrap().clear();
        gate.authenticate(&hashes, RequestContext::default()).await.unwrap();
        world.clock.advance(carcosa_kernel::directory::MAX_STALENESS);
        assert!(gate.authenticate(&hashes, RequestContext::default()).await.is_err());
    }

    another_node_s_commit_reaches_the_directory_through_the_log(world) {
        let hash = world.key("key", &["*"]);
        let hashes = [hash.clone()];
        let gate = Gate::new(&world.kernel);
        let mut follower = log::Follower::default();
        follower.catch_up(&world.system()).await.unwrap();
        let mut write = world.system().write_project(world.project).await.unwrap();
        let entry = Entry::new(CHANGED, world.project, &Nothing {}).unwrap();
        let receipt = write.record(entry.touching([Touched::Key(hash)]));
        write.commit(receipt, ()).await.unwrap();
        // As on a node that cached the key before it heard of that commit.
        gate.authenticate(&hashes, RequestContext::default()).await.unwrap();
        world.keys.known.lock().unwrap().clear();
        assert!(gate.authenticate(&hashes, RequestContext::default()).await.is_ok(), "still cached");
        while log::sequence(&world.system()).await.unwrap() > 0 {}
        follower.catch_up(&world.system()).await.unwrap();
        assert!(gate.authenticate(&hashes, RequestContext::default()).await.is_err());
    }

    one_idempotency_key_is_one_effect_under_concurrency(world) {
        world.key("key", &["*"]);
        let world = Arc::new(world);
        let claim = Claim { key: "k".into(), fingerprint: Arc::new(Fingerprint::of_head([1; 32])), status: 201 };
        let mut tries = Vec::new();
        for number in 0..16 {
            let (world, claim) = (world.clone(), claim.clone());
            tries.push(tokio::spawn(async move {
                let access = world.updater("key").await.once(Some(claim));
                let mut write = match access.write().await {
                    Ok(write) => write,
                    Err(error) => return Err(error.as_replay().unwrap().body.clone()),
                };
                let entry = Entry::new(CHANGED, world.project, &Nothing {}).unwrap();
                let receipt = write.record(entry);
                Ok(write.commit(receipt, json!({ "number": number })).await.unwrap())
            }));
        }
        let (mut done, mut replayed) = (Vec::new(), Vec::new());
        for attempt in tries {
            match attempt.await.unwrap() {
                Ok(answer) => done.push(answer),
                Err(body) => replayed.push(serde_json::from_slice::<serde_json::Value>(&body).unwrap()),
            }
        }
        assert_eq!((done.len(), replayed.len()), (1, 15));
        assert!(replayed.iter().all(|answer| *answer == done[0]));

        let other = Claim { fingerprint: Arc::new(Fingerprint::of_head([2; 32])), ..claim.clone() };
        let refused = world.updater("key").await.once(Some(other)).write().await.err().unwrap();
        assert_eq!(refused.code().code, "idempotency_key_reused");
        world.clock.advance(carcosa_kernel::idempotency::RETENTION);
        assert!(world.updater("key").await.once(Some(claim)).write().await.is_ok(), "forgotten after a day");
    }
}
