//! SQL of tenants.

use std::sync::Arc;

use carcosa_kernel::db::{Assembled, Reach, Value};
use carcosa_kernel::directory::{TenantRecord, TenantRef};
use carcosa_kernel::error::CONFLICTING_CHANGE;
use carcosa_kernel::secrets::Attestation;
use carcosa_kernel::{Error, Result, Tx, args, statements};
use carcosa_types::security_policy::SecurityPolicy;
use carcosa_types::tenant::{Provenance, Tenant, TenantCounts, TenantStatus};
use carcosa_types::{TenantId, Timestamp};
use sqlx::FromRow;

use super::model::StoredTenant;
use super::search;
use crate::column::{read_json, read_word, write_json, write_word};
use crate::span::Span;

statements! {
    tenant INSERT = "INSERT INTO tenants (project_id, id, name, slug, kind, description, status, status_before, status_reason, parent_id,
            region, external_id, metadata, plan, plan_own, plan_mode, plan_from, plan_locked, branding,
            branding_own, branding_mode, branding_from, branding_locked, activated_at, suspended_at,
            archived_at, deleted_at, purge_at, created_at, updated_at, version)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21,
            $22, $23, $24, $25, $26, $27, $28, $29, $30, $31)
        ON CONFLICT (project_id, external_id) DO NOTHING";
    tenant FIND = "SELECT id, name, slug, kind, description, status, status_before, status_reason, parent_id, region,
        external_id, metadata, plan, plan_own, plan_mode, plan_from, plan_locked, branding, branding_own,
        branding_mode, branding_from, branding_locked, activated_at, suspended_at, archived_at, deleted_at,
        purge_at, created_at, updated_at, version,
        (SELECT count(*) FROM memberships m WHERE m.project_id = tenants.project_id AND m.tenant_id = tenants.id) AS members
        FROM tenants WHERE project_id = $1 AND id = $2";
    tenant LOCK locking = "SELECT id, name, slug, kind, description, status, status_before, status_reason, parent_id, region,
        external_id, metadata, plan, plan_own, plan_mode, plan_from, plan_locked, branding, branding_own,
        branding_mode, branding_from, branding_locked, activated_at, suspended_at, archived_at, deleted_at,
        purge_at, created_at, updated_at, version,
        (SELECT count(*) FROM memberships m WHERE m.project_id = tenants.project_id AND m.tenant_id = tenants.id) AS members
        FROM tenants WHERE project_id = $1 AND id = $2";
    tenant UPDATE = "UPDATE tenants SET name = $3, slug = $4, kind = $5, description = $6, status = $7, status_before = $8, status_reason =
        $9, parent_id = $10, region = $11, external_id = $12, metadata = $13, plan = $14, plan_own = $15,
        plan_mode = $16, plan_from = $17, plan_locked = $18, branding = $19, branding_own = $20,
        branding_mode = $21, branding_from = $22, branding_locked = $23, activated_at = $24, suspended_at =
        $25, archived_at = $26, deleted_at = $27, purge_at = $28, updated_at = $29, version = $30
        WHERE project_id = $1 AND id = $2 AND version = $30 - 1";
    tenant HOLD locking = "SELECT status FROM tenants WHERE project_id = $1 AND id = $2";
    tenant EXTERNAL_ID_ELSEWHERE = "SELECT id FROM tenants WHERE project_id = $1 AND external_id = $3 AND id <> $2";

    /// Takes a slug for good. Nothing happens when any tenant has or had it.
    tenant TAKE_SLUG = "INSERT INTO tenant_slugs (project_id, tenant_id, slug, created_at) VALUES ($1, $2, $3, $4)
        ON CONFLICT (project_id, slug) DO NOTHING";
    tenant HAS_SLUG = "SELECT slug FROM tenant_slugs WHERE project_id = $1 AND tenant_id = $2 AND slug = $3";
    tenant SLUGS = "SELECT slug FROM tenant_slugs WHERE project_id = $1 AND tenant_id = $2";
    project SLUG_TAKEN = "SELECT slug FROM tenant_slugs WHERE project_id = $1 AND slug = $2";
    project PEEK_NUMBER = "SELECT next AS number FROM slug_counters WHERE project_id = $1 AND base = $2";
    project NEXT_NUMBER = "INSERT INTO slug_counters (project_id, base, next) VALUES ($1, $2, 3)
        ON CONFLICT (project_id, base) DO UPDATE SET next = slug_counters.next + 1 RETURNING next - 1 AS number";

    tenant FORGET_TERMS = "DELETE FROM tenant_terms WHERE project_id = $1 AND tenant_id = $2";

    /// Held to the end of the transaction: one change of a project's hierarchy at a time.
    project LOCK_HIERARCHY = "INSERT INTO hierarchies (project_id, changes) VALUES ($1, 1)
        ON CONFLICT (project_id) DO UPDATE SET changes = hierarchies.changes + 1";
    tenant ANCESTORS = "WITH RECURSIVE above (id, parent_id) AS (
            SELECT id, parent_id FROM tenants WHERE project_id = $1 AND id = $2
            UNION SELECT t.id, t.parent_id FROM tenants t JOIN above a ON t.project_id = $1 AND t.id = a.parent_id)
        SELECT id FROM above WHERE id <> $2";
    tenant HEIGHT = "WITH RECURSIVE below (id, level) AS (
            SELECT id, 0 FROM tenants WHERE project_id = $1 AND id = $2
            UNION ALL SELECT t.id, b.level + 1 FROM tenants t JOIN below b ON t.project_id = $1 AND t.parent_id = b.id
            WHERE b.level < 16)
        SELECT CAST(max(level) AS bigint) AS height FROM below";
    /// The tenant and all below it, locked in the order of their ids, as everyone does who locks several.
    tenant LOCK_TREE locking = "WITH RECURSIVE below (id, level) AS (
            SELECT id, 0 FROM tenants WHERE project_id = $1 AND id = $2
            UNION ALL SELECT t.id, b.level + 1 FROM tenants t JOIN below b ON t.project_id = $1 AND t.parent_id = b.id
            WHERE b.level < 16)
        SELECT t.id FROM below b JOIN tenants t ON t.project_id = $1 AND t.id = b.id ORDER BY t.id LIMIT $3";
    /// Parents before their children.
    tenant DESCENDANTS = "WITH RECURSIVE below (id, level) AS (
            SELECT id, 0 FROM tenants WHERE project_id = $1 AND parent_id = $2
            UNION ALL SELECT t.id, b.level + 1 FROM tenants t JOIN below b ON t.project_id = $1 AND t.parent_id = b.id
            WHERE b.level < 16)
        SELECT t.id, t.name, t.slug, t.kind, t.description, t.status, t.status_before, t.status_reason,
        t.parent_id, t.region, t.external_id, t.metadata, t.plan, t.plan_own, t.plan_mode, t.plan_from,
        t.plan_locked, t.branding, t.branding_own, t.branding_mode, t.branding_from, t.branding_locked,
        t.activated_at, t.suspended_at, t.archived_at, t.deleted_at, t.purge_at, t.created_at, t.updated_at,
        t.version,
        (SELECT count(*) FROM memberships m WHERE m.project_id = t.project_id AND m.tenant_id = t.id) AS members
        FROM below b JOIN tenants t ON t.project_id = $1 AND t.id = b.id ORDER BY b.level, t.id LIMIT $3";
    tenant CHILD = "SELECT id FROM tenants WHERE project_id = $1 AND parent_id = $2 LIMIT 1";
    tenant CHILD_NOT_DELETED = "SELECT id FROM tenants WHERE project_id = $1 AND parent_id = $2 AND status <> 'deleted' LIMIT 1";

    tenant COUNT_CHILDREN = "SELECT count(*) AS number FROM (SELECT 1 FROM tenants
        WHERE project_id = $1 AND parent_id = $2 AND status <> 'deleted' LIMIT $3) few";

    tenant ERASE_TERMS = "DELETE FROM tenant_terms WHERE project_id = $1 AND tenant_id = $2";
    tenant ERASE_SLUGS = "DELETE FROM tenant_slugs WHERE project_id = $1 AND tenant_id = $2";
    /// The day of the purge is when the tenant last changed: [counts](super::counting) say so.
    tenant STAMP = "UPDATE tenants SET updated_at = $3 WHERE project_id = $1 AND id = $2";
    tenant ERASE = "DELETE FROM tenants WHERE project_id = $1 AND id = $2";
    tenant INSERT_ERASURE = "INSERT INTO erasures (project_id, tenant_id, record, signature, public_key, erased_at)
        VALUES ($1, $2, $3, $4, $5, $6)";

    tenant IS_ERASED = "SELECT tenant_id AS id FROM erasures WHERE project_id = $1 AND tenant_id = $2";
    project ERASED = "SELECT tenant_id AS id FROM erasures WHERE project_id = $1";

    project RECORD_BY_ID = "SELECT id, slug, status, plan, parent_id, region, security_policy FROM tenants
        WHERE project_id = $1 AND id = $2";
    project RECORD_BY_SLUG = "SELECT t.id, t.slug, t.status, t.plan, t.parent_id, t.region, t.security_policy FROM tenant_slugs s
        JOIN tenants t ON t.project_id = s.project_id AND t.id = s.tenant_id WHERE s.project_id = $1 AND s.slug = $2";
    project RECORD_BY_EXTERNAL_ID = "SELECT id, slug, status, plan, parent_id, region, security_policy FROM tenants
        WHERE project_id = $1 AND external_id = $2";

    tenant SECURITY_POLICY = "SELECT security_policy FROM tenants WHERE project_id = $1 AND id = $2";
    tenant SET_SECURITY_POLICY = "UPDATE tenants SET security_policy = $3 WHERE project_id = $1 AND id = $2";
}

/// The columns of a tenant, for lists.
pub(super) const SELECT: &str =
    "SELECT t.id, t.name, t.slug, t.kind, t.description, t.status, t.status_before, t.status_reason,
        t.parent_id, t.region, t.external_id, t.metadata, t.plan, t.plan_own, t.plan_mode, t.plan_from,
        t.plan_locked, t.branding, t.branding_own, t.branding_mode, t.branding_from, t.branding_locked,
        t.activated_at, t.suspended_at, t.archived_at, t.deleted_at, t.purge_at, t.created_at, t.updated_at,
        t.version,
        (SELECT count(*) FROM memberships m WHERE m.project_id = t.project_id AND m.tenant_id = t.id) AS members
        FROM tenants t WHERE t.project_id = $1";

/// The same without what is counted.
const SYNCED: &str =
    "SELECT id, name, slug, kind, description, status, status_before, status_reason, parent_id, region,
        external_id, metadata, plan, plan_own, plan_mode, plan_from, plan_locked, branding, branding_own,
        branding_mode, branding_from, branding_locked, activated_at, suspended_at, archived_at, deleted_at,
        purge_at, created_at, updated_at, version, CAST(NULL AS bigint) AS members
    FROM tenants WHERE project_id = $1";

/// What tells whether a copy is of now: ends with a [`Span`].
pub(crate) const VERSIONS: &str = "SELECT id, version FROM tenants WHERE project_id = $1";

/// Tenants of a span of ids, as they are synced.
pub(crate) async fn synced(tx: &mut Tx, span: &Span) -> Result<Vec<Tenant>> {
    let mut query = Assembled::new("tenants.synced", Reach::Project, SYNCED);
    span.confine(&mut query);
    let rows = tx.all_of::<Row>(query).await?;
    rows.into_iter().map(|row| Ok(StoredTenant::try_from(row)?.tenant)).collect()
}

#[derive(FromRow)]
pub(super) struct Row {
    id: TenantId,
    name: String,
    slug: String,
    kind: String,
    description: Option<String>,
    status: String,
    status_before: Option<String>,
    status_reason: Option<String>,
    parent_id: Option<TenantId>,
    region: Option<String>,
    external_id: Option<String>,
    metadata: String,
    plan: String,
    plan_own: Option<String>,
    plan_mode: String,
    plan_from: TenantId,
    plan_locked: bool,
    branding: String,
    branding_own: Option<String>,
    branding_mode: String,
    branding_from: TenantId,
    branding_locked: bool,
    activated_at: Option<Timestamp>,
    suspended_at: Option<Timestamp>,
    archived_at: Option<Timestamp>,
    deleted_at: Option<Timestamp>,
    purge_at: Option<Timestamp>,
    created_at: Timestamp,
    updated_at: Timestamp,
    version: i64,
    /// Not asked for where it would cost more than the rest.
    members: Option<i64>,
}

impl TryFrom<Row> for StoredTenant {
    type Error = Error;
    fn try_from(row: Row) -> Result<Self> {
        let plan =
            Provenance { mode: read_word(&row.plan_mode)?, from: row.plan_from, locked: row.plan_locked };
        let branding = Provenance {
            mode: read_word(&row.branding_mode)?,
            from: row.branding_from,
            locked: row.branding_locked,
        };
        Ok(Self {
            plan_own: row.plan_own,
            branding_own: row.branding_own.as_deref().map(read_json).transpose()?,
            status_before: row.status_before.as_deref().map(read_word).transpose()?,
            tenant: Tenant {
                object: "tenant".to_owned(),
                id: row.id,
                name: row.name,
                slug: row.slug,
                kind: read_word(&row.kind)?,
                description: row.description,
                status: read_word(&row.status)?,
                status_reason: row.status_reason,
                plan: row.plan,
                parent_id: row.parent_id,
                region: row.region,
                external_id: row.external_id,
                metadata: read_json(&row.metadata)?,
                branding: read_json(&row.branding)?,
                inheritance: [("plan".to_owned(), plan), ("branding".to_owned(), branding)].into(),
                counts: row.members.map(|members| TenantCounts { members, ..TenantCounts::default() }),
                activated_at: row.activated_at,
                suspended_at: row.suspended_at,
                archived_at: row.archived_at,
                deleted_at: row.deleted_at,
                purge_at: row.purge_at,
                created_at: row.created_at,
                updated_at: row.updated_at,
                version: row.version,
            },
        })
    }
}

/// What the directory keeps.
#[derive(FromRow)]
struct RecordRow {
    id: TenantId,
    slug: String,
    status: String,
    plan: String,
    parent_id: Option<TenantId>,
    region: Option<String>,
    security_policy: Option<String>,
}

#[derive(FromRow)]
struct PolicyRow {
    security_policy: Option<String>,
}

#[derive(FromRow)]
struct StatusRow {
    status: String,
}

#[derive(FromRow)]
struct IdRow {
    id: TenantId,
}

#[derive(FromRow)]
struct SlugRow {
    slug: String,
}

#[derive(FromRow)]
struct NumberRow {
    number: i64,
}

#[derive(FromRow)]
struct HeightRow {
    height: i64,
}

/// The values of all columns but id and `created_at`, in the order of the statements: those up to `purge_at`, and the
/// last two.
fn values(stored: &StoredTenant) -> Result<(Vec<Value>, Vec<Value>)> {
    let tenant = &stored.tenant;
    let provenance = |value: &str| {
        tenant.inheritance.get(value).ok_or_else(|| Error::internal(format!("no provenance of {value}")))
    };
    let (plan, branding) = (provenance("plan")?, provenance("branding")?);
    let most = args![
        &tenant.name,
        &tenant.slug,
        write_word(tenant.kind)?,
        tenant.description.clone(),
        write_word(tenant.status)?,
        stored.status_before.map(write_word).transpose()?,
        tenant.status_reason.clone(),
        tenant.parent_id,
        tenant.region.clone(),
        tenant.external_id.clone(),
        write_json(&tenant.metadata)?,
        &tenant.plan,
        stored.plan_own.clone(),
        write_word(plan.mode)?,
        plan.from,
        plan.locked,
        write_json(&tenant.branding)?,
        stored.branding_own.as_ref().map(write_json).transpose()?,
        write_word(branding.mode)?,
        branding.from,
        branding.locked,
        tenant.activated_at,
        tenant.suspended_at,
        tenant.archived_at,
        tenant.deleted_at,
        tenant.purge_at
    ];
    Ok((most, args![tenant.updated_at, tenant.version]))
}

/// Whether it was stored: not when its external id is taken. The tenant must be in focus.
pub(super) async fn insert(tx: &mut Tx, stored: &StoredTenant) -> Result<bool> {
    let (mut all, last) = values(stored)?;
    all.extend(args![stored.tenant.created_at]);
    all.extend(last);
    Ok(tx.execute(&INSERT, all).await? == 1)
}

pub(super) async fn find(tx: &mut Tx) -> Result<Option<StoredTenant>> {
    tx.optional::<Row>(&FIND, args![]).await?.map(StoredTenant::try_from).transpose()
}

pub(super) async fn lock(tx: &mut Tx) -> Result<Option<StoredTenant>> {
    tx.optional::<Row>(&LOCK, args![]).await?.map(StoredTenant::try_from).transpose()
}

/// The status of the tenant in focus, which nobody changes before this transaction ends.
pub(super) async fn hold(tx: &mut Tx) -> Result<Option<TenantStatus>> {
    tx.optional::<StatusRow>(&HOLD, args![]).await?.map(|row| read_word(&row.status)).transpose()
}

/// Stores every column of the tenant in focus, whose version must be the one before.
pub(super) async fn update(tx: &mut Tx, stored: &StoredTenant) -> Result<()> {
    let (mut all, last) = values(stored)?;
    all.extend(last);
    if tx.execute(&UPDATE, all).await? == 1 {
        return Ok(());
    }
    Err(Error::new(CONFLICTING_CHANGE, "Another request changed the tenant at the same time."))
}

/// Whether another tenant that this transaction can see has the external id.
pub(super) async fn external_id_elsewhere(tx: &mut Tx, external_id: &str) -> Result<bool> {
    Ok(tx.optional::<IdRow>(&EXTERNAL_ID_ELSEWHERE, args![external_id]).await?.is_some())
}

/// Takes a slug for the tenant in focus; whether it has it now. A former slug of its own can be taken back.
pub(super) async fn take_slug(tx: &mut Tx, slug: &str, now: Timestamp) -> Result<bool> {
    if tx.execute(&TAKE_SLUG, args![slug, now]).await? == 1 {
        return Ok(true);
    }
    Ok(tx.optional::<SlugRow>(&HAS_SLUG, args![slug]).await?.is_some())
}

/// Whether any tenant of the project has or had the slug.
pub(super) async fn slug_taken(tx: &mut Tx, slug: &str) -> Result<bool> {
    Ok(tx.optional::<SlugRow>(&SLUG_TAKEN, args![slug]).await?.is_some())
}

/// The number that [`next_number`] would give.
pub(super) async fn peek_number(tx: &mut Tx, base: &str) -> Result<i64> {
    Ok(tx.optional::<NumberRow>(&PEEK_NUMBER, args![base]).await?.map_or(2, |row| row.number))
}

/// How many children of the tenant in focus are not deleted, counted up to a limit.
pub(super) async fn count_children(tx: &mut Tx, limit: i64) -> Result<i64> {
    Ok(tx.one::<NumberRow>(&COUNT_CHILDREN, args![limit]).await?.number)
}

/// Every slug that the tenant in focus has or had.
pub(super) async fn slugs(tx: &mut Tx) -> Result<Vec<String>> {
    Ok(tx.all::<SlugRow>(&SLUGS, args![]).await?.into_iter().map(|row| row.slug).collect())
}

/// The number to try next behind a base that is taken: 2, 3, …
pub(super) async fn next_number(tx: &mut Tx, base: &str) -> Result<i64> {
    Ok(tx.one::<NumberRow>(&NEXT_NUMBER, args![base]).await?.number)
}

/// Rows of terms in one statement.
const TERMS_AT_A_TIME: usize = 1000;

/// Stores what the tenant in focus is found by.
pub(super) async fn insert_terms(tx: &mut Tx, tenant: &Tenant) -> Result<()> {
    let terms: Vec<String> = search::terms(tenant).into_iter().collect();
    for some in terms.chunks(TERMS_AT_A_TIME) {
        let start = "INSERT INTO tenant_terms (project_id, tenant_id, term) VALUES ";
        let mut insert = Assembled::new("tenants.insert_terms", Reach::Tenant, start);
        insert.push_rows(some.iter().map(|term| args![term]));
        tx.execute_all(insert).await?;
    }
    Ok(())
}

/// Stores anew what the tenant in focus is found by, when that changed.
pub(super) async fn update_terms(tx: &mut Tx, before: &Tenant, after: &Tenant) -> Result<()> {
    if search::terms(before) == search::terms(after) {
        return Ok(());
    }
    tx.execute(&FORGET_TERMS, args![]).await?;
    insert_terms(tx, after).await
}

/// Locks the tenant in focus and up to `limit` others below it; how many it is in all.
pub(super) async fn lock_tree(tx: &mut Tx, limit: usize) -> Result<usize> {
    let limit = i64::try_from(limit).unwrap_or(i64::MAX);
    Ok(tx.all::<IdRow>(&LOCK_TREE, args![limit]).await?.len())
}

pub(super) async fn lock_hierarchy(tx: &mut Tx) -> Result<()> {
    tx.execute(&LOCK_HIERARCHY, args![]).await.map(drop)
}

/// The tenants above the one in focus.
pub(super) async fn ancestors(tx: &mut Tx) -> Result<Vec<TenantId>> {
    Ok(tx.all::<IdRow>(&ANCESTORS, args![]).await?.into_iter().map(|row| row.id).collect())
}

/// How many levels there are below the tenant in focus.
pub(super) async fn height(tx: &mut Tx) -> Result<usize> {
    let row = tx.one::<HeightRow>(&HEIGHT, args![]).await?;
    usize::try_from(row.height).map_err(Error::internal)
}

/// The tenants below the one in focus, parents before children, at most `most`.
pub(super) async fn descendants(tx: &mut Tx, most: usize) -> Result<Vec<StoredTenant>> {
    let most = i64::try_from(most).map_err(Error::internal)?;
    let rows = tx.all::<Row>(&DESCENDANTS, args![most]).await?;
    rows.into_iter().map(StoredTenant::try_from).collect()
}

/// Whether the tenant in focus has children.
pub(super) async fn has_children(tx: &mut Tx) -> Result<bool> {
    Ok(tx.optional::<IdRow>(&CHILD, args![]).await?.is_some())
}

/// Whether the tenant in focus has children that are not deleted.
pub(super) async fn has_living_children(tx: &mut Tx) -> Result<bool> {
    Ok(tx.optional::<IdRow>(&CHILD_NOT_DELETED, args![]).await?.is_some())
}

/// Erases the tenant in focus; the rows erased, by table.
pub(crate) async fn erase(tx: &mut Tx, now: Timestamp) -> Result<Vec<(&'static str, u64)>> {
    tx.execute(&STAMP, args![now]).await?;
    Ok(vec![
        ("tenant_terms", tx.execute(&ERASE_TERMS, args![]).await?),
        ("tenant_slugs", tx.execute(&ERASE_SLUGS, args![]).await?),
        ("tenants", tx.execute(&ERASE, args![]).await?),
    ])
}

/// Keeps the proof of an erasure.
pub(super) async fn insert_erasure(
    tx: &mut Tx,
    record: &str,
    proof: &Attestation,
    now: Timestamp,
) -> Result<()> {
    let values = args![record, &proof.signature, &proof.public_key, now];
    tx.execute(&INSERT_ERASURE, values).await.map(drop)
}

/// Whether a tenant of the project was purged. The transaction must reach the project.
pub(crate) async fn is_erased(tx: &mut Tx, tenant: TenantId) -> Result<bool> {
    tx.focus(tenant)?;
    Ok(tx.optional::<IdRow>(&IS_ERASED, args![]).await?.is_some())
}

/// The tenants of the project that were purged.
pub(crate) async fn erased(tx: &mut Tx) -> Result<Vec<TenantId>> {
    Ok(tx.all::<IdRow>(&ERASED, args![]).await?.into_iter().map(|row| row.id).collect())
}

/// What the directory keeps of a tenant, by any of its names.
pub(super) async fn record(tx: &mut Tx, tenant: &TenantRef) -> Result<Option<TenantRecord>> {
    let row = match tenant {
        TenantRef::Id(id) => tx.optional::<RecordRow>(&RECORD_BY_ID, args![*id]).await?,
        TenantRef::Slug(slug) => tx.optional(&RECORD_BY_SLUG, args![slug]).await?,
        TenantRef::External(id) => tx.optional(&RECORD_BY_EXTERNAL_ID, args![id]).await?,
    };
    row.map(|row| {
        Ok(TenantRecord {
            id: row.id,
            slug: row.slug,
            status: read_word(&row.status)?,
            plan: row.plan,
            parent_id: row.parent_id,
            region: row.region,
            security_policy: row.security_policy.as_deref().map(read_json).transpose()?.map(Arc::new),
        })
    })
    .transpose()
}

/// What the tenant in focus asks of its people and keys, when it asks anything.
pub(super) async fn security_policy(tx: &mut Tx) -> Result<Option<SecurityPolicy>> {
    let row = tx.optional::<PolicyRow>(&SECURITY_POLICY, args![]).await?;
    row.and_then(|row| row.security_policy).as_deref().map(read_json).transpose()
}

pub(super) async fn set_security_policy(tx: &mut Tx, policy: &SecurityPolicy) -> Result<()> {
    tx.execute(&SET_SECURITY_POLICY, args![write_json(policy)?]).await.map(drop)
}
