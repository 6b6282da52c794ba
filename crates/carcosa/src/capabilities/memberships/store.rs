//! SQL of memberships.

use carcosa_kernel::db::{Assembled, Reach};
use carcosa_kernel::directory::MembershipRecord;
use carcosa_kernel::{Error, Result, Tx, Window, args, statements};
use carcosa_types::membership::{ListMembers, MemberUser, Membership, MembershipStatus};
use carcosa_types::role::OWNER;
use carcosa_types::sync::SyncedMembership;
use carcosa_types::{MembershipId, OrganizationId, TenantId, Timestamp, UserId};
use sqlx::FromRow;
use uuid::Uuid;

use crate::column::{read_word, write_word};
use crate::span::Span;
use crate::words;

statements! {
    /// Nothing happens when the user has one there already.
    tenant INSERT = "INSERT INTO memberships (project_id, tenant_id, id, user_id, organization_id, scope_id, role,
            includes_children, status, created_at, updated_at, version)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
        ON CONFLICT (project_id, tenant_id, user_id, scope_id) DO NOTHING";
    tenant FIND = "SELECT m.id, m.tenant_id, m.user_id, u.email, u.name, u.status AS user_status, m.role, m.organization_id,
            m.includes_children, m.status, m.created_at, m.updated_at, m.version
        FROM memberships m JOIN users u ON u.project_id = m.project_id AND u.id = m.user_id
        WHERE m.project_id = $1 AND m.tenant_id = $2 AND m.id = $3";
    tenant SCOPE_ELSEWHERE = "SELECT count(*) AS count FROM memberships
        WHERE project_id = $1 AND tenant_id = $2 AND user_id = $4 AND scope_id = $5 AND id <> $3";
    tenant UPDATE = "UPDATE memberships SET role = $4, organization_id = $5, scope_id = $6, includes_children = $7,
            status = $8, updated_at = $9, version = $10
        WHERE project_id = $1 AND tenant_id = $2 AND id = $3";
    tenant DELETE = "DELETE FROM memberships WHERE project_id = $1 AND tenant_id = $2 AND id = $3";
    /// Those who could put things right, besides one.
    tenant OTHER_OWNERS = "SELECT count(*) AS count FROM memberships m
        JOIN users u ON u.project_id = m.project_id AND u.id = m.user_id
        WHERE m.project_id = $1 AND m.tenant_id = $2 AND m.id <> $3 AND m.role = $4 AND m.organization_id IS NULL
          AND m.status = 'active' AND u.status = 'active'";
    /// The addresses of those who own the tenant.
    tenant OWNERS = "SELECT DISTINCT u.email FROM memberships m
        JOIN users u ON u.project_id = m.project_id AND u.id = m.user_id
        WHERE m.project_id = $1 AND m.tenant_id = $2 AND m.role = $3 AND m.organization_id IS NULL
          AND m.status = 'active' AND u.status = 'active' ORDER BY u.email LIMIT $4";
    /// In how many other tenants a user is.
    tenant OTHER_TENANTS = "SELECT count(DISTINCT tenant_id) AS count FROM memberships
        WHERE project_id = $1 AND user_id = $3 AND tenant_id <> $2";
    project TENANTS_OF_USER = "SELECT DISTINCT tenant_id AS id FROM memberships WHERE project_id = $1 AND user_id = $2
        ORDER BY tenant_id";
    tenant OF_USER = "SELECT m.id, m.tenant_id, m.user_id, u.email, u.name, u.status AS user_status, m.role, m.organization_id,
            m.includes_children, m.status, m.created_at, m.updated_at, m.version
        FROM memberships m JOIN users u ON u.project_id = m.project_id AND u.id = m.user_id
        WHERE m.project_id = $1 AND m.tenant_id = $2 AND m.user_id = $3 ORDER BY m.id";
    project RECORDS = "SELECT id, tenant_id, organization_id, role, status, includes_children FROM memberships
        WHERE project_id = $1 AND user_id = $2 ORDER BY id";
    project WITH_ROLE = "SELECT count(*) AS count FROM memberships WHERE project_id = $1 AND role = $2";
    project WITH_ROLE_IN = "SELECT count(*) AS count FROM memberships WHERE project_id = $1 AND role = $2 AND tenant_id = $3";
    tenant IN_ORGANIZATION = "SELECT count(*) AS count FROM memberships
        WHERE project_id = $1 AND tenant_id = $2 AND organization_id = $3";
    tenant USERS = "SELECT DISTINCT user_id AS id FROM memberships WHERE project_id = $1 AND tenant_id = $2";
    tenant COUNT_SOME = "SELECT count(*) AS count FROM (SELECT 1 FROM memberships WHERE project_id = $1 AND tenant_id = $2 LIMIT $3) few";
    tenant ERASE = "DELETE FROM memberships WHERE project_id = $1 AND tenant_id = $2";
}

const LIST: &str = "SELECT m.id, m.tenant_id, m.user_id, u.email, u.name, u.status AS user_status, m.role, m.organization_id,
        m.includes_children, m.status, m.created_at, m.updated_at, m.version
    FROM memberships m JOIN users u ON u.project_id = m.project_id AND u.id = m.user_id
    WHERE m.project_id = $1 AND m.tenant_id = $2";
const LIST_OF_USER: &str =
    "SELECT m.id, m.tenant_id, m.user_id, u.email, u.name, u.status AS user_status, m.role,
        m.organization_id, m.includes_children, m.status, m.created_at, m.updated_at, m.version
    FROM memberships m JOIN users u ON u.project_id = m.project_id AND u.id = m.user_id
    WHERE m.project_id = $1";

#[derive(FromRow)]
struct Row {
    id: MembershipId,
    tenant_id: TenantId,
    user_id: UserId,
    email: String,
    name: Option<String>,
    user_status: String,
    role: String,
    organization_id: Option<OrganizationId>,
    includes_children: bool,
    status: String,
    created_at: Timestamp,
    updated_at: Timestamp,
    version: i64,
}

impl TryFrom<Row> for Membership {
    type Error = Error;
    fn try_from(row: Row) -> Result<Self> {
        let status = read_word(&row.user_status)?;
        Ok(Self {
            object: "membership".to_owned(),
            id: row.id,
            tenant_id: row.tenant_id,
            user: MemberUser { id: row.user_id, email: row.email, name: row.name, status },
            role: row.role,
            organization_id: row.organization_id,
            includes_children: row.includes_children,
            status: read_word(&row.status)?,
            created_at: row.created_at,
            updated_at: row.updated_at,
            version: row.version,
        })
    }
}

#[derive(FromRow)]
struct RecordRow {
    id: MembershipId,
    tenant_id: TenantId,
    organization_id: Option<OrganizationId>,
    role: String,
    status: String,
    includes_children: bool,
}

#[derive(FromRow)]
struct Count {
    count: i64,
}

#[derive(FromRow)]
struct EmailRow {
    email: String,
}

/// The addresses of the owners of the tenant in focus; at most `limit`.
pub(crate) async fn owners(tx: &mut Tx, limit: i64) -> Result<Vec<String>> {
    let rows = tx.all::<EmailRow>(&OWNERS, args![OWNER, limit]).await?;
    Ok(rows.into_iter().map(|row| row.email).collect())
}

#[derive(FromRow)]
struct TenantRow {
    id: TenantId,
}

#[derive(FromRow)]
struct UserRow {
    id: UserId,
}

/// Where its role holds: the organization, or the tenant.
fn scope_of(membership: &Membership) -> Uuid {
    membership.organization_id.map_or(membership.tenant_id.uuid(), carcosa_types::Id::uuid)
}

/// Whether it was stored: not when the user has one there already.
pub(super) async fn insert(tx: &mut Tx, membership: &Membership) -> Result<bool> {
    let values = args![
        membership.id,
        membership.user.id,
        membership.organization_id,
        scope_of(membership),
        &membership.role,
        membership.includes_children,
        write_word(membership.status)?,
        membership.created_at,
        membership.updated_at,
        membership.version
    ];
    Ok(tx.execute(&INSERT, values).await? == 1)
}

pub(super) async fn find(tx: &mut Tx, id: MembershipId) -> Result<Option<Membership>> {
    tx.optional::<Row>(&FIND, args![id]).await?.map(Membership::try_from).transpose()
}

/// Whether the user has another membership where this one would be.
pub(super) async fn is_elsewhere(tx: &mut Tx, membership: &Membership) -> Result<bool> {
    let values = args![membership.id, membership.user.id, scope_of(membership)];
    Ok(tx.one::<Count>(&SCOPE_ELSEWHERE, values).await?.count > 0)
}

pub(super) async fn update(tx: &mut Tx, membership: &Membership) -> Result<()> {
    let values = args![
        membership.id,
        &membership.role,
        membership.organization_id,
        scope_of(membership),
        membership.includes_children,
        write_word(membership.status)?,
        membership.updated_at,
        membership.version
    ];
    tx.execute(&UPDATE, values).await.map(drop)
}

pub(super) async fn delete(tx: &mut Tx, id: MembershipId) -> Result<()> {
    tx.execute(&DELETE, args![id]).await.map(drop)
}

pub(super) async fn other_owners(tx: &mut Tx, id: MembershipId) -> Result<i64> {
    Ok(tx.one::<Count>(&OTHER_OWNERS, args![id, OWNER]).await?.count)
}

/// In how many tenants but the one in focus the user is. The transaction must reach the project.
pub(super) async fn other_tenants(tx: &mut Tx, user: UserId) -> Result<i64> {
    Ok(tx.one::<Count>(&OTHER_TENANTS, args![user]).await?.count)
}

pub(super) async fn tenants_of(tx: &mut Tx, user: UserId) -> Result<Vec<TenantId>> {
    Ok(tx.all::<TenantRow>(&TENANTS_OF_USER, args![user]).await?.into_iter().map(|row| row.id).collect())
}

/// Those of a user in the tenant in focus.
pub(super) async fn of_user(tx: &mut Tx, user: UserId) -> Result<Vec<Membership>> {
    tx.all::<Row>(&OF_USER, args![user]).await?.into_iter().map(Membership::try_from).collect()
}

pub(super) async fn records(tx: &mut Tx, user: UserId) -> Result<Vec<MembershipRecord>> {
    let rows = tx.all::<RecordRow>(&RECORDS, args![user]).await?;
    rows.into_iter()
        .map(|row| {
            let status: MembershipStatus = read_word(&row.status)?;
            Ok(MembershipRecord {
                id: row.id,
                tenant_id: row.tenant_id,
                organization_id: row.organization_id,
                role: row.role,
                active: status == MembershipStatus::Active,
                includes_children: row.includes_children,
            })
        })
        .collect()
}

pub(super) async fn holds_role(tx: &mut Tx, key: &str, tenant: Option<TenantId>) -> Result<bool> {
    let found = match tenant {
        None => tx.one::<Count>(&WITH_ROLE, args![key]).await?,
        Some(tenant) => tx.one::<Count>(&WITH_ROLE_IN, args![key, tenant]).await?,
    };
    Ok(found.count > 0)
}

/// How many are limited to an organization of the tenant in focus.
pub(super) async fn in_organization(tx: &mut Tx, organization: OrganizationId) -> Result<i64> {
    Ok(tx.one::<Count>(&IN_ORGANIZATION, args![organization]).await?.count)
}

/// The users who are members of the tenant in focus.
pub(super) async fn users(tx: &mut Tx) -> Result<Vec<UserId>> {
    Ok(tx.all::<UserRow>(&USERS, args![]).await?.into_iter().map(|row| row.id).collect())
}

/// Oldest first.
pub(super) async fn list(
    tx: &mut Tx,
    filter: &ListMembers,
    window: &Window<(Uuid,)>,
) -> Result<Vec<Membership>> {
    let mut query = Assembled::new("memberships.list", Reach::Tenant, LIST);
    if let Some(words) = filter.q.as_deref().map(words::of_query) {
        if words.is_empty() {
            // Nothing but punctuation finds nothing.
            return Ok(Vec::new());
        }
        for word in words::distinct(words) {
            query.push(
                " AND (SELECT 1 FROM user_terms w WHERE w.project_id = m.project_id AND w.user_id = m.user_id
                    AND w.term >= ? AND w.term < ? LIMIT 1) IS NOT NULL",
                args![&word, words::end_of(&word)],
            );
        }
    }
    if let Some(role) = &filter.role {
        query.push(" AND m.role = ?", args![role]);
    }
    if let Some(organization) = filter.organization_id {
        query.push(" AND m.organization_id = ?", args![organization]);
    }
    if let Some(status) = filter.status {
        query.push(" AND m.status = ?", args![write_word(status)?]);
    }
    if let Some(user) = filter.user_id {
        query.push(" AND m.user_id = ?", args![user]);
    }
    finish(tx, query, window).await
}

/// A user's in all tenants, oldest first.
pub(super) async fn list_of_user(
    tx: &mut Tx,
    user: UserId,
    window: &Window<(Uuid,)>,
) -> Result<Vec<Membership>> {
    let mut query = Assembled::new("memberships.list_of_user", Reach::Project, LIST_OF_USER);
    query.push(" AND m.user_id = ?", args![user]);
    finish(tx, query, window).await
}

async fn finish(tx: &mut Tx, mut query: Assembled, window: &Window<(Uuid,)>) -> Result<Vec<Membership>> {
    let back = window.is_backward();
    if let Some((id,)) = window.start() {
        query.push(if back { " AND m.id < ?" } else { " AND m.id > ?" }, args![*id]);
    }
    query.push(if back { " ORDER BY m.id DESC" } else { " ORDER BY m.id" }, args![]);
    query.push_limit(window.fetch());
    tx.all_of::<Row>(query).await?.into_iter().map(Membership::try_from).collect()
}

const SYNCED: &str = "SELECT id, tenant_id, user_id, role, organization_id, includes_children, status, created_at, updated_at, version
    FROM memberships WHERE project_id = $1";

#[derive(FromRow)]
struct SyncedRow {
    id: MembershipId,
    tenant_id: TenantId,
    user_id: UserId,
    role: String,
    organization_id: Option<OrganizationId>,
    includes_children: bool,
    status: String,
    created_at: Timestamp,
    updated_at: Timestamp,
    version: i64,
}

/// What tells whether a copy is of now: ends with a [`Span`].
pub(crate) const VERSIONS: &str = "SELECT id, version FROM memberships WHERE project_id = $1";

/// Memberships of a span of ids, of all tenants, as they are synced.
pub(crate) async fn synced(tx: &mut Tx, span: &Span) -> Result<Vec<SyncedMembership>> {
    let mut query = Assembled::new("memberships.synced", Reach::Project, SYNCED);
    span.confine(&mut query);
    let rows = tx.all_of::<SyncedRow>(query).await?;
    rows.into_iter()
        .map(|row| {
            Ok(SyncedMembership {
                object: "membership".to_owned(),
                id: row.id,
                tenant_id: row.tenant_id,
                user_id: row.user_id,
                role: row.role,
                organization_id: row.organization_id,
                includes_children: row.includes_children,
                status: read_word(&row.status)?,
                created_at: row.created_at,
                updated_at: row.updated_at,
                version: row.version,
            })
        })
        .collect()
}

/// Erases the memberships of the tenant in focus.
pub(crate) async fn erase_tenant(tx: &mut Tx) -> Result<u64> {
    tx.execute(&ERASE, args![]).await
}

/// How many there are in the tenant in focus, counted up to a limit.
pub(crate) async fn count_some(tx: &mut Tx, limit: i64) -> Result<i64> {
    Ok(tx.one::<Count>(&COUNT_SOME, args![limit]).await?.count)
}
