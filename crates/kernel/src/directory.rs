//! The in-memory directory of keys and tenants: what authentication needs, without a database round trip.
//!
//! Bounded and loaded when first asked for, negative answers too. The log invalidates it: this node's commits at
//! once, other nodes' through the [follower](crate::log::follow). If the follower has not heard from the log within
//! [`MAX_STALENESS`], nothing is answered from memory, so a revoked key is never accepted longer than that.

use std::collections::HashMap;
use std::future::Future;
use std::net::IpAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::time::Duration;

use carcosa_types::access::AccessReason;
use carcosa_types::key::RateLimit;
use carcosa_types::project::{Environment, ProjectSettings};
use carcosa_types::role::Conditions;
use carcosa_types::security_policy::{SecurityPolicy, SignInFacts};
use carcosa_types::tenant::TenantStatus;
use carcosa_types::user::UserStatus;
use carcosa_types::{
    Grants, KeyId, MembershipId, OrganizationId, ProjectId, TenantId, Timestamp, TokenId, UserId,
};
use moka::sync::Cache;
use serde_json::{Map, Value as Json};

use crate::access::TokenRecord;
use crate::access::session::SessionRecord;
use crate::secrets::{KeyHash, Purpose};
use crate::{Kernel, Result, System, SystemTask};

/// Longest time an answer may come from memory without word from the log.
pub const MAX_STALENESS: Duration = Duration::from_millis(800);
/// Most keys and most tenants kept.
const CAPACITY: u64 = 1_000_000;

/// What authentication needs to know of a key.
#[derive(Debug, Clone)]
pub struct KeyRecord {
    /// Its id.
    pub id: KeyId,
    /// Its name.
    pub name: String,
    /// Its project.
    pub project_id: ProjectId,
    /// The tenant that owns it.
    pub tenant_id: Option<TenantId>,
    /// What it may do.
    pub grants: Grants,
    /// Whether it is on.
    pub enabled: bool,
    /// Whether it was revoked. Known, so that a verification can say so.
    pub revoked: bool,
    /// From where it works: addresses and networks. Empty for anywhere.
    pub allowed_ips: Arc<[String]>,
    /// How often it may be verified.
    pub rate_limit: Option<RateLimit>,
    /// Which budget of credits it spends; `None` when it may spend any amount. Grows each time the budget is set or refilled.
    pub budget: Option<i64>,
    /// The application's own data about it.
    pub metadata: Map<String, Json>,
    /// When it stops.
    pub expires_at: Option<Timestamp>,
    /// For the secret from before a rotation: until when it still works.
    pub usable_until: Option<Timestamp>,
}

/// What a decision needs to know of a tenant.
#[derive(Debug, Clone)]
pub struct TenantRecord {
    /// Its id.
    pub id: TenantId,
    /// Its current slug.
    pub slug: String,
    /// Its status.
    pub status: TenantStatus,
    /// The plan that applies.
    pub plan: String,
    /// The tenant above it.
    pub parent_id: Option<TenantId>,
    /// Where its data lives.
    pub region: Option<String>,
    /// What it asks of its people and keys, if anything.
    pub security_policy: Option<Arc<SecurityPolicy>>,
}

impl TenantRecord {
    /// What a person lacks of what the tenant asks.
    #[must_use]
    pub fn refuses(&self, facts: &SignInFacts, now: Timestamp) -> Option<AccessReason> {
        self.security_policy.as_ref().and_then(|policy| policy.refuses(facts, now))
    }

    /// Whether the tenant's people and keys may come from this address.
    #[must_use]
    pub fn allows_address(&self, address: Option<IpAddr>) -> bool {
        self.security_policy.as_ref().is_none_or(|policy| policy.allows_address(address))
    }
}

/// What a decision needs to know of a user: who it is, and every place in a tenant.
#[derive(Debug, Clone)]
pub struct UserRecord {
    /// Its id.
    pub id: UserId,
    /// E-mail address, for the log.
    pub email: String,
    /// Whether they may do anything.
    pub status: UserStatus,
    /// Their memberships.
    pub memberships: Vec<MembershipRecord>,
}

/// What a decision needs to know of a membership.
#[derive(Debug, Clone)]
pub struct MembershipRecord {
    /// Its id.
    pub id: MembershipId,
    /// The tenant.
    pub tenant_id: TenantId,
    /// The organization to which the role is limited.
    pub organization_id: Option<OrganizationId>,
    /// The key of the role.
    pub role: String,
    /// Whether it counts.
    pub active: bool,
    /// Whether the role holds in the tenants below too.
    pub includes_children: bool,
}

/// What a decision needs to know of a role.
#[derive(Debug, Clone)]
pub struct RoleRecord {
    /// What it gives.
    pub grants: Grants,
    /// When it gives it.
    pub conditions: Option<Conditions>,
}

/// Whose roles: those of a project, or those that one of its tenants made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
pub struct RoleOwner {
    /// The project.
    pub project: ProjectId,
    /// The tenant.
    pub tenant: Option<TenantId>,
}

/// Roles by their keys.
pub type RoleBook = HashMap<String, Arc<RoleRecord>>;

/// What a decision needs to know of a project.
#[derive(Debug, Clone)]
pub struct ProjectRecord {
    /// Its id.
    pub id: ProjectId,
    /// Whether it serves real customers.
    pub environment: Environment,
    /// How it behaves.
    pub settings: ProjectSettings,
}

/// How a request names a tenant.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum TenantRef {
    /// `ten_…`
    Id(TenantId),
    /// `slug:acme`, the present slug or a former one.
    Slug(String),
    /// `ext:42`, the application's own id.
    External(String),
}

impl TenantRef {
    /// Reads `ten_…`, `slug:…` or `ext:…`.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        if let Some(slug) = text.strip_prefix("slug:") {
            return ((1..=63).contains(&slug.len()) && !slug.contains('\0'))
                .then(|| Self::Slug(slug.to_owned()));
        }
        if let Some(external) = text.strip_prefix("ext:") {
            let fits = !external.is_empty() && external.chars().count() <= 128 && !external.contains('\0');
            return fits.then(|| Self::External(external.to_owned()));
        }
        text.parse().ok().map(Self::Id)
    }
}

/// An answer of a [`Source`].
pub type Answer<'a, T> = Pin<Box<dyn Future<Output = Result<Option<T>>> + Send + 'a>>;

/// Where the directory learns what it does not know. Implemented by the capabilities that own the tables.
pub trait Source: Send + Sync + 'static {
    /// The key with this hash.
    fn key<'a>(&'a self, system: &'a System, hash: &'a KeyHash) -> Answer<'a, KeyRecord>;
    /// The project with this id.
    fn project<'a>(&'a self, system: &'a System, id: ProjectId) -> Answer<'a, ProjectRecord>;
    /// The tenant with this name.
    fn tenant<'a>(
        &'a self,
        system: &'a System,
        project: ProjectId,
        tenant: &'a TenantRef,
    ) -> Answer<'a, TenantRecord>;
    /// The user with this id.
    fn user<'a>(&'a self, system: &'a System, project: ProjectId, id: UserId) -> Answer<'a, UserRecord>;
    /// The roles that this owner made.
    fn roles<'a>(&'a self, system: &'a System, owner: RoleOwner) -> Answer<'a, RoleBook>;
    /// What access tokens with this id hang on.
    fn token<'a>(&'a self, system: &'a System, project: ProjectId, id: TokenId) -> Answer<'a, TokenRecord>;
    /// The session whose token has this hash, if it counts now. Never kept in memory.
    fn session<'a>(&'a self, system: &'a System, hash: &'a KeyHash) -> Answer<'a, SessionRecord>;
    /// The id of the project with this id or slug. Never kept in memory.
    fn project_named<'a>(&'a self, system: &'a System, name: &'a str) -> Answer<'a, ProjectId>;
    /// Notes that a caller was let in with this key. Called at each request: it must not wait for anything.
    fn used(&self, kernel: &Kernel, key: &KeyRecord) {
        let _ = (kernel, key);
    }
}

/// What the directory knows a tenant by: its id, or the keyed hash of another name. The log says what must be forgotten
/// in these terms, so that no name outlives its tenant there.
#[derive(Debug, Clone, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TenantName {
    /// Its id, in its project.
    Id(ProjectId, TenantId),
    /// HMAC-SHA-256 of project and name.
    Hash(KeyHash),
}

impl TenantName {
    /// What stands for this name.
    pub fn of(kernel: &Kernel, project: ProjectId, tenant: &TenantRef) -> Result<Self> {
        let (kind, text) = match tenant {
            TenantRef::Id(id) => return Ok(Self::Id(project, *id)),
            TenantRef::Slug(slug) => (b's', slug),
            TenantRef::External(id) => (b'e', id),
        };
        let name = [project.uuid().as_bytes().as_slice(), &[kind], text.as_bytes()].concat();
        Ok(Self::Hash(KeyHash::from(kernel.secrets().sign(Purpose::Directory, &name)?)))
    }
}

/// Something that changed and must be forgotten. Travels in the log as text.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Touched {
    /// The key with this hash, base64.
    Key(KeyHash),
    /// The project with this id.
    Project(ProjectId),
    /// The tenant that is, or was, or now is known by this.
    Tenant(TenantName),
    /// The user with this id, or one of their memberships.
    User(ProjectId, UserId),
    /// The roles of this owner.
    Roles(RoleOwner),
    /// What access tokens with this id hang on.
    Token(ProjectId, TokenId),
}

const SHARDS: usize = 1024;

/// The directory of one node.
pub struct Directory {
    source: Arc<dyn Source>,
    keys: Cache<KeyHash, Option<Arc<KeyRecord>>>,
    projects: Cache<ProjectId, Option<Arc<ProjectRecord>>>,
    tenants: Cache<TenantName, Option<Arc<TenantRecord>>>,
    users: Cache<(ProjectId, UserId), Option<Arc<UserRecord>>>,
    roles: Cache<RoleOwner, Option<Arc<RoleBook>>>,
    tokens: Cache<(ProjectId, TokenId), Option<Arc<TokenRecord>>>,
    /// Counts invalidations by shard: a reader whose shard moved while it was loading does not store what it
    /// loaded, which may already be old.
    generations: Box<[AtomicU64]>,
    heard_at: AtomicI64,
}

impl Directory {
    pub(crate) fn new(source: Arc<dyn Source>) -> Self {
        Self {
            source,
            keys: Cache::new(CAPACITY),
            projects: Cache::new(CAPACITY),
            tenants: Cache::new(CAPACITY),
            users: Cache::new(CAPACITY),
            roles: Cache::new(CAPACITY),
            tokens: Cache::new(CAPACITY),
            generations: (0..SHARDS).map(|_| AtomicU64::new(0)).collect(),
            heard_at: AtomicI64::new(i64::MIN),
        }
    }

    /// Notes that a caller was let in with this key.
    pub(crate) fn used(&self, kernel: &Kernel, key: &KeyRecord) {
        self.source.used(kernel, key);
    }

    /// The key with this hash, as of at most [`MAX_STALENESS`] ago; of any project: whoever asks checks whose it is.
    pub async fn key(&self, kernel: &Kernel, hash: &KeyHash) -> Result<Option<Arc<KeyRecord>>> {
        self.get(kernel, &self.keys, hash.clone(), async |system| self.source.key(system, hash).await).await
    }

    /// The project with this id, as of at most [`MAX_STALENESS`] ago.
    pub async fn project(&self, kernel: &Kernel, id: ProjectId) -> Result<Option<Arc<ProjectRecord>>> {
        self.get(kernel, &self.projects, id, async |system| self.source.project(system, id).await).await
    }

    /// The tenant with this name, as of at most [`MAX_STALENESS`] ago.
    pub async fn tenant(
        &self,
        kernel: &Kernel,
        project: ProjectId,
        tenant: &TenantRef,
    ) -> Result<Option<Arc<TenantRecord>>> {
        let load = async |system: &System| self.source.tenant(system, project, tenant).await;
        self.get(kernel, &self.tenants, TenantName::of(kernel, project, tenant)?, load).await
    }

    /// The user with this id, as of at most [`MAX_STALENESS`] ago.
    pub async fn user(
        &self,
        kernel: &Kernel,
        project: ProjectId,
        id: UserId,
    ) -> Result<Option<Arc<UserRecord>>> {
        let load = async |system: &System| self.source.user(system, project, id).await;
        self.get(kernel, &self.users, (project, id), load).await
    }

    /// The roles that this owner made, as of at most [`MAX_STALENESS`] ago.
    pub async fn roles(&self, kernel: &Kernel, owner: RoleOwner) -> Result<Option<Arc<RoleBook>>> {
        self.get(kernel, &self.roles, owner, async |system| self.source.roles(system, owner).await).await
    }

    /// What access tokens with this id hang on, as of at most [`MAX_STALENESS`] ago.
    pub async fn token(
        &self,
        kernel: &Kernel,
        project: ProjectId,
        id: TokenId,
    ) -> Result<Option<Arc<TokenRecord>>> {
        let load = async |system: &System| self.source.token(system, project, id).await;
        self.get(kernel, &self.tokens, (project, id), load).await
    }

    /// The session whose token has this hash, as the database has it now.
    pub(crate) async fn session(&self, kernel: &Kernel, hash: &KeyHash) -> Result<Option<SessionRecord>> {
        self.source.session(&System::new(kernel, SystemTask::Directory), hash).await
    }

    /// The id of the project with this id or slug, as the database has it now.
    pub(crate) async fn project_named(&self, kernel: &Kernel, name: &str) -> Result<Option<ProjectId>> {
        self.source.project_named(&System::new(kernel, SystemTask::Directory), name).await
    }

    async fn get<K, V>(
        &self,
        kernel: &Kernel,
        cache: &Cache<K, Option<Arc<V>>>,
        key: K,
        load: impl AsyncFnOnce(&System) -> Result<Option<V>>,
    ) -> Result<Option<Arc<V>>>
    where
        K: std::hash::Hash + Eq + Clone + Send + Sync + 'static,
        V: Send + Sync + 'static,
    {
        let fresh = self.is_fresh(kernel);
        if fresh && let Some(known) = cache.get(&key) {
            return Ok(known);
        }
        let generation = &self.generations[shard(&key)];
        let before = generation.load(Ordering::Acquire);
        let value = load(&System::new(kernel, SystemTask::Directory)).await?.map(Arc::new);
        if fresh {
            cache.insert(key.clone(), value.clone());
            // Checked after storing: whoever forgets it moves the generation first and evicts second, so a change
            // is either seen here or evicts what was stored.
            if generation.load(Ordering::Acquire) != before {
                cache.invalidate(&key);
            }
        }
        Ok(value)
    }

    /// Forgets what changed.
    pub fn forget(&self, touched: &[Touched]) {
        for change in touched {
            match change {
                Touched::Key(hash) => self.evict(&self.keys, hash),
                Touched::Project(id) => self.evict(&self.projects, id),
                Touched::Tenant(name) => self.evict(&self.tenants, name),
                Touched::User(project, id) => self.evict(&self.users, &(*project, *id)),
                Touched::Roles(owner) => self.evict(&self.roles, owner),
                Touched::Token(project, id) => self.evict(&self.tokens, &(*project, *id)),
            }
        }
    }

    fn evict<K, V>(&self, cache: &Cache<K, V>, key: &K)
    where
        K: std::hash::Hash + Eq + Send + Sync + 'static,
        V: Clone + Send + Sync + 'static,
    {
        self.generations[shard(key)].fetch_add(1, Ordering::AcqRel);
        cache.invalidate(key);
    }

    /// Forgets everything: word from the log was missed.
    pub fn clear(&self) {
        for generation in &self.generations {
            generation.fetch_add(1, Ordering::AcqRel);
        }
        self.keys.invalidate_all();
        self.projects.invalidate_all();
        self.tenants.invalidate_all();
        self.users.invalidate_all();
        self.roles.invalidate_all();
        self.tokens.invalidate_all();
    }

    /// Notes that the log was read up to its end at `at`.
    pub fn heard(&self, at: Timestamp) {
        self.heard_at.store(at.micros(), Ordering::Release);
    }

    /// Whether answers may come from memory.
    #[must_use]
    pub fn is_fresh(&self, kernel: &Kernel) -> bool {
        let heard = Timestamp::from_micros(self.heard_at.load(Ordering::Acquire));
        heard.micros() != i64::MIN && kernel.now().since(heard) <= MAX_STALENESS
    }

    /// When this node last heard from the log; `None` if it never did.
    #[must_use]
    pub fn heard_at(&self) -> Option<Timestamp> {
        let heard = self.heard_at.load(Ordering::Acquire);
        (heard != i64::MIN).then(|| Timestamp::from_micros(heard))
    }

    /// How many keys and tenants are in memory.
    #[must_use]
    pub fn len(&self) -> (u64, u64) {
        (self.keys.entry_count(), self.tenants.entry_count())
    }
}

fn shard<K: std::hash::Hash>(key: &K) -> usize {
    use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher};
    let hash = BuildHasherDefault::<DefaultHasher>::default().hash_one(key);
    usize::try_from(hash % SHARDS as u64).unwrap_or(0)
}
