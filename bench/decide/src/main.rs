//! What a decision costs when it comes from memory, and what a key weighs there.
//!
//! `cargo run --release -p bench-decide`: nanoseconds of an access check and of an authentication, without HTTP; bytes per key
//! with a million of them in the directory.
#![expect(clippy::print_stdout, reason = "it is what the program is for")]

use std::error::Error;
use std::sync::Arc;
use std::time::{Duration, Instant};

use carcosa_kernel::access::session::SessionRecord;
use carcosa_kernel::access::{Question, TokenRecord};
use carcosa_kernel::clock::SystemClock;
use carcosa_kernel::db::{Database, Options, Synchronous};
use carcosa_kernel::directory::{
    Answer, KeyRecord, MembershipRecord, ProjectRecord, RoleBook, RoleOwner, Source, TenantRecord, TenantRef,
    UserRecord,
};
use carcosa_kernel::random::SystemEntropy;
use carcosa_kernel::secrets::{KeyHash, Keyring, MasterKey, Purpose};
use carcosa_kernel::{Extensions, Gate, Kernel, RequestContext, System};
use carcosa_types::security_policy::SignInFacts;
use carcosa_types::tenant::TenantStatus;
use carcosa_types::user::UserStatus;
use carcosa_types::{Grants, Id, ProjectId, TenantId, TokenId, UserId};
use uuid::Uuid;

const KEYS: u64 = 1_000_000;
const ROUNDS: u32 = 1_000_000;

/// Knows everything that it is asked for.
struct Everything;

impl Source for Everything {
    fn key<'a>(&'a self, _: &'a System, hash: &'a KeyHash) -> Answer<'a, KeyRecord> {
        let id = Uuid::from_slice(&hash.as_bytes()[..16]).unwrap_or_default();
        Box::pin(async move {
            Ok(Some(KeyRecord {
                id: Id::from_uuid(id),
                name: "A key of the usual length".to_owned(),
                project_id: Id::from_uuid(Uuid::from_u128(1)),
                tenant_id: Some(Id::from_uuid(Uuid::from_u128(2))),
                grants: Grants::of(["tenant:read", "key:*"]),
                enabled: true,
                expires_at: None,
                usable_until: None,
                revoked: false,
                allowed_ips: Arc::from([]),
                rate_limit: None,
                budget: None,
                metadata: serde_json::Map::new(),
            }))
        })
    }
    fn project<'a>(&'a self, _: &'a System, _: ProjectId) -> Answer<'a, ProjectRecord> {
        Box::pin(async { Ok(None) })
    }
    fn tenant<'a>(&'a self, _: &'a System, _: ProjectId, _: &'a TenantRef) -> Answer<'a, TenantRecord> {
        Box::pin(async {
            Ok(Some(TenantRecord {
                id: tenant(),
                slug: "acme".to_owned(),
                status: TenantStatus::Active,
                plan: "pro".to_owned(),
                parent_id: None,
                region: None,
                security_policy: None,
            }))
        })
    }
    fn user<'a>(&'a self, _: &'a System, _: ProjectId, id: UserId) -> Answer<'a, UserRecord> {
        Box::pin(async move {
            let membership = MembershipRecord {
                id: Id::from_uuid(Uuid::from_u128(4)),
                tenant_id: tenant(),
                organization_id: None,
                role: "admin".to_owned(),
                active: true,
                includes_children: false,
            };
            let (email, memberships) = ("ada@example.com".to_owned(), vec![membership]);
            Ok(Some(UserRecord { id, email, status: UserStatus::Active, memberships }))
        })
    }
    fn roles<'a>(&'a self, _: &'a System, _: RoleOwner) -> Answer<'a, RoleBook> {
        Box::pin(async { Ok(Some(RoleBook::new())) })
    }
    fn token<'a>(&'a self, _: &'a System, _: ProjectId, _: TokenId) -> Answer<'a, TokenRecord> {
        Box::pin(async { Ok(None) })
    }
    fn session<'a>(&'a self, _: &'a System, _: &'a KeyHash) -> Answer<'a, SessionRecord> {
        Box::pin(async { Ok(None) })
    }
    fn project_named<'a>(&'a self, _: &'a System, _: &'a str) -> Answer<'a, ProjectId> {
        Box::pin(async { Ok(None) })
    }
}

fn tenant() -> TenantId {
    Id::from_uuid(Uuid::from_u128(2))
}

fn resident() -> Result<u64, Box<dyn Error>> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).ok_or("no VmRSS")?;
    Ok(line.trim().trim_end_matches("kB").trim().parse::<u64>()? * 1024)
}

/// Nothing comes from memory on a node that has not heard from the log.
fn hear(kernel: &Kernel) {
    kernel.directory().heard(kernel.now());
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let database = Database::open(&Options {
        url: format!("sqlite:{}", folder.path().join("bench.db").display()),
        max_connections: 1,
        acquire_timeout: Duration::from_secs(5),
        synchronous: Synchronous::Normal,
        owner_role: String::new(),
        runtime_role: String::new(),
    })
    .await?;
    let mut ring = Keyring::default();
    Purpose::ALL.into_iter().for_each(|purpose| ring.add(purpose, 1, [7; 32]));
    let (clock, entropy) = (Arc::new(SystemClock), Arc::new(SystemEntropy::new()));
    let master = MasterKey::generate(&*entropy);
    let kernel =
        Kernel::new(database, clock, entropy, (master, ring), Arc::new(Everything), Extensions::default());
    let gate = Gate::new(&kernel);
    check(&kernel, &gate).await?;
    authenticate(&kernel, &gate).await?;
    weigh(&kernel, &gate).await
}

async fn check(kernel: &Kernel, gate: &Gate) -> Result<(), Box<dyn Error>> {
    let project = Id::from_uuid(Uuid::from_u128(1));
    let (user, name) = (Id::from_uuid(Uuid::from_u128(3)), TenantRef::Id(tenant()));
    let question =
        Question { permission: "member:create", organization: None, facts: SignInFacts::default() };
    let start = Instant::now();
    for round in 0..ROUNDS {
        if round % 1000 == 0 {
            hear(kernel);
        }
        let user = kernel.directory().user(kernel, project, user).await?;
        let tenant = kernel.directory().tenant(kernel, project, &name).await?;
        let decision = gate.decide(project, user.as_deref(), tenant.as_deref(), &question).await?;
        std::hint::black_box(decision);
    }
    println!("access check, warm: {} ns", start.elapsed().as_nanos() / u128::from(ROUNDS));
    Ok(())
}

async fn authenticate(kernel: &Kernel, gate: &Gate) -> Result<(), Box<dyn Error>> {
    let text = "ck_live_0123456789abcdefghijklmnopqrstuvwxyz";
    let start = Instant::now();
    for round in 0..ROUNDS {
        if round % 1000 == 0 {
            hear(kernel);
        }
        let hashes = kernel.secrets().key_hashes(text);
        std::hint::black_box(gate.authenticate(&hashes, RequestContext::default()).await?);
    }
    println!(
        "hashing and looking up an API key, warm: {} ns",
        start.elapsed().as_nanos() / u128::from(ROUNDS)
    );
    Ok(())
}

async fn weigh(kernel: &Kernel, gate: &Gate) -> Result<(), Box<dyn Error>> {
    let before = resident()?;
    for number in 0..KEYS {
        if number % 1000 == 0 {
            hear(kernel);
        }
        let mut bytes = [0; 32];
        // Spread like the hashes that they stand for.
        bytes[..8].copy_from_slice(&number.wrapping_mul(0x9E37_79B9_7F4A_7C15).to_be_bytes());
        bytes[8..16].copy_from_slice(&number.to_be_bytes());
        gate.authenticate(&[KeyHash::from(bytes)], RequestContext::default()).await?;
    }
    let after = resident()?;
    let known = kernel.directory().len().0.max(1);
    println!(
        "{known} keys in memory: {} bytes each, {} MiB in all",
        (after - before) / known,
        (after - before) >> 20
    );
    Ok(())
}
