//! SQL of invitations.

use carcosa_kernel::db::{Assembled, Reach};
use carcosa_kernel::secrets::KeyHash;
use carcosa_kernel::{Error, Result, Tx, Window, args, statements};
use carcosa_types::membership::{Invitation, InvitationStatus, ListInvitations};
use carcosa_types::user::normal_email;
use carcosa_types::{InvitationId, MembershipId, OrganizationId, TenantId, Timestamp, UserId};
use sqlx::FromRow;
use uuid::Uuid;

use crate::column::{read_word, write_word};

statements! {
    tenant INSERT = "INSERT INTO invitations (project_id, tenant_id, id, email, email_normal, role, organization_id, status,
            token_hash, accept_url, expires_at, sent_count, membership_id, created_at, updated_at, version, inviter_id)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)
        ON CONFLICT (project_id, tenant_id, email_normal) WHERE status = 'pending' DO NOTHING";
    tenant FIND = "SELECT id, tenant_id, email, role, organization_id, status, accept_url, expires_at, sent_count, membership_id,
            created_at, updated_at, version
        FROM invitations WHERE project_id = $1 AND tenant_id = $2 AND id = $3";
    tenant LOCK locking = "SELECT id, tenant_id, email, role, organization_id, status, accept_url, expires_at, sent_count,
            membership_id, created_at, updated_at, version
        FROM invitations WHERE project_id = $1 AND tenant_id = $2 AND id = $3";
    /// Whose token is this?
    project BY_TOKEN = "SELECT id, tenant_id, email, role, organization_id, status, accept_url, expires_at, sent_count,
            membership_id, created_at, updated_at, version
        FROM invitations WHERE project_id = $1 AND token_hash = $2";
    tenant UPDATE = "UPDATE invitations SET status = $4, expires_at = $5, sent_count = $6, membership_id = $7, updated_at = $8,
            version = $9
        WHERE project_id = $1 AND tenant_id = $2 AND id = $3";
    tenant SET_TOKEN = "UPDATE invitations SET token_hash = $4 WHERE project_id = $1 AND tenant_id = $2 AND id = $3";
    /// One whose time is over makes room for a new one to the same address.
    tenant EXPIRE = "UPDATE invitations SET status = 'expired'
        WHERE project_id = $1 AND tenant_id = $2 AND email_normal = $3 AND status = 'pending' AND expires_at <= $4";
    tenant COUNT_PENDING = "SELECT count(*) AS count FROM (SELECT 1 FROM invitations
        WHERE project_id = $1 AND tenant_id = $2 AND status = 'pending' AND expires_at > $3 LIMIT $4) few";
    tenant WAITING = "SELECT count(*) AS count FROM invitations
        WHERE project_id = $1 AND tenant_id = $2 AND email_normal = $3 AND status = 'pending' AND id <> $4";
    project WITH_ROLE = "SELECT count(*) AS count FROM invitations
        WHERE project_id = $1 AND role = $2 AND status = 'pending' AND expires_at > $3";
    project WITH_ROLE_IN = "SELECT count(*) AS count FROM invitations
        WHERE project_id = $1 AND role = $2 AND status = 'pending' AND expires_at > $3 AND tenant_id = $4";
    tenant IN_ORGANIZATION = "SELECT count(*) AS count FROM invitations
        WHERE project_id = $1 AND tenant_id = $2 AND organization_id = $3 AND status = 'pending' AND expires_at > $4";
    /// One whose time is over must not be sent again: without the organization it would offer the role in the whole tenant.
    tenant LEAVE_ORGANIZATION = "UPDATE invitations SET organization_id = NULL,
            status = CASE WHEN status IN ('pending', 'expired') THEN 'revoked' ELSE status END
        WHERE project_id = $1 AND tenant_id = $2 AND organization_id = $3";
    tenant INVITER = "SELECT inviter_id AS id FROM invitations WHERE project_id = $1 AND tenant_id = $2 AND id = $3";
    tenant ERASE = "DELETE FROM invitations WHERE project_id = $1 AND tenant_id = $2";
}

const LIST: &str = "SELECT id, tenant_id, email, role, organization_id, status, accept_url, expires_at, sent_count, membership_id,
        created_at, updated_at, version
    FROM invitations WHERE project_id = $1 AND tenant_id = $2";

/// An invitation and the page that accepts it.
#[derive(Debug, Clone)]
pub(super) struct StoredInvitation {
    pub(super) invitation: Invitation,
    pub(super) accept_url: Option<String>,
}

#[derive(FromRow)]
struct Row {
    id: InvitationId,
    tenant_id: TenantId,
    email: Option<String>,
    role: String,
    organization_id: Option<OrganizationId>,
    status: String,
    accept_url: Option<String>,
    expires_at: Timestamp,
    sent_count: i64,
    membership_id: Option<MembershipId>,
    created_at: Timestamp,
    updated_at: Timestamp,
    version: i64,
}

impl TryFrom<Row> for StoredInvitation {
    type Error = Error;
    fn try_from(row: Row) -> Result<Self> {
        let invitation = Invitation {
            object: "invitation".to_owned(),
            id: row.id,
            tenant_id: row.tenant_id,
            email: row.email,
            role: row.role,
            organization_id: row.organization_id,
            status: read_word(&row.status)?,
            expires_at: row.expires_at,
            sent_count: row.sent_count,
            membership_id: row.membership_id,
            created_at: row.created_at,
            updated_at: row.updated_at,
            version: row.version,
        };
        Ok(Self { invitation, accept_url: row.accept_url })
    }
}

#[derive(FromRow)]
struct Count {
    count: i64,
}

/// Whether it was stored: not when one to the same address waits already.
pub(super) async fn insert(
    tx: &mut Tx,
    stored: &StoredInvitation,
    token: &KeyHash,
    inviter: Option<UserId>,
) -> Result<bool> {
    let invitation = &stored.invitation;
    let values = args![
        invitation.id,
        invitation.email.clone(),
        invitation.email.as_deref().and_then(normal_email),
        &invitation.role,
        invitation.organization_id,
        write_word(invitation.status)?,
        *token.as_bytes(),
        stored.accept_url.clone(),
        invitation.expires_at,
        invitation.sent_count,
        invitation.membership_id,
        invitation.created_at,
        invitation.updated_at,
        invitation.version,
        inviter
    ];
    Ok(tx.execute(&INSERT, values).await? == 1)
}

pub(super) async fn find(tx: &mut Tx, id: InvitationId) -> Result<Option<StoredInvitation>> {
    tx.optional::<Row>(&FIND, args![id]).await?.map(StoredInvitation::try_from).transpose()
}

pub(super) async fn lock(tx: &mut Tx, id: InvitationId) -> Result<Option<StoredInvitation>> {
    tx.optional::<Row>(&LOCK, args![id]).await?.map(StoredInvitation::try_from).transpose()
}

pub(super) async fn by_token(tx: &mut Tx, token: &KeyHash) -> Result<Option<StoredInvitation>> {
    tx.optional::<Row>(&BY_TOKEN, args![*token.as_bytes()]).await?.map(StoredInvitation::try_from).transpose()
}

pub(super) async fn update(tx: &mut Tx, invitation: &Invitation) -> Result<()> {
    let values = args![
        invitation.id,
        write_word(invitation.status)?,
        invitation.expires_at,
        invitation.sent_count,
        invitation.membership_id,
        invitation.updated_at,
        invitation.version
    ];
    tx.execute(&UPDATE, values).await.map(drop)
}

pub(super) async fn set_token(tx: &mut Tx, id: InvitationId, token: &KeyHash) -> Result<()> {
    tx.execute(&SET_TOKEN, args![id, *token.as_bytes()]).await.map(drop)
}

/// Makes room for a new invitation to this address in the tenant in focus.
pub(super) async fn expire(tx: &mut Tx, email: &str, now: Timestamp) -> Result<()> {
    tx.execute(&EXPIRE, args![normal_email(email), now]).await.map(drop)
}

/// Whether another invitation to the address waits in the tenant in focus.
pub(super) async fn is_waiting(tx: &mut Tx, email: &str, id: InvitationId) -> Result<bool> {
    Ok(tx.one::<Count>(&WAITING, args![normal_email(email), id]).await?.count > 0)
}

pub(super) async fn offers_role(
    tx: &mut Tx,
    key: &str,
    tenant: Option<TenantId>,
    now: Timestamp,
) -> Result<bool> {
    let found = match tenant {
        None => tx.one::<Count>(&WITH_ROLE, args![key, now]).await?,
        Some(tenant) => tx.one::<Count>(&WITH_ROLE_IN, args![key, now, tenant]).await?,
    };
    Ok(found.count > 0)
}

#[derive(FromRow)]
struct Inviter {
    id: Option<UserId>,
}

/// The user who invited, when it was one.
pub(super) async fn inviter(tx: &mut Tx, id: InvitationId) -> Result<Option<UserId>> {
    Ok(tx.optional::<Inviter>(&INVITER, args![id]).await?.and_then(|row| row.id))
}

/// Lets invitations name an organization no more.
pub(super) async fn leave_organization(tx: &mut Tx, organization: OrganizationId) -> Result<()> {
    tx.execute(&LEAVE_ORGANIZATION, args![organization]).await.map(drop)
}

/// How many that wait name an organization of the tenant in focus.
pub(super) async fn in_organization(
    tx: &mut Tx,
    organization: OrganizationId,
    now: Timestamp,
) -> Result<i64> {
    Ok(tx.one::<Count>(&IN_ORGANIZATION, args![organization, now]).await?.count)
}

/// Newest first.
pub(super) async fn list(
    tx: &mut Tx,
    filter: &ListInvitations,
    now: Timestamp,
    window: &Window<(Uuid,)>,
) -> Result<Vec<Invitation>> {
    let mut query = Assembled::new("invitations.list", Reach::Tenant, LIST);
    match filter.status {
        Some(InvitationStatus::Pending) => {
            query.push(" AND status = 'pending' AND expires_at > ?", args![now]);
        }
        Some(InvitationStatus::Expired) => {
            query.push(" AND (status = 'expired' OR (status = 'pending' AND expires_at <= ?))", args![now]);
        }
        Some(status) => query.push(" AND status = ?", args![write_word(status)?]),
        None => {}
    }
    if let Some(email) = &filter.email {
        // What is no address is nobody's.
        query.push(" AND email_normal = ?", args![normal_email(email).unwrap_or_default()]);
    }
    let back = window.is_backward();
    if let Some((id,)) = window.start() {
        query.push(if back { " AND id > ?" } else { " AND id < ?" }, args![*id]);
    }
    query.push(if back { " ORDER BY id" } else { " ORDER BY id DESC" }, args![]);
    query.push_limit(window.fetch());
    let rows = tx.all_of::<Row>(query).await?;
    rows.into_iter().map(|row| StoredInvitation::try_from(row).map(|stored| stored.invitation)).collect()
}

/// Erases the invitations of the tenant in focus.
pub(crate) async fn erase_tenant(tx: &mut Tx) -> Result<u64> {
    tx.execute(&ERASE, args![]).await
}

/// How many of the tenant in focus can still be accepted, counted up to a limit.
pub(crate) async fn count_pending(tx: &mut Tx, now: Timestamp, limit: i64) -> Result<i64> {
    Ok(tx.one::<Count>(&COUNT_PENDING, args![now, limit]).await?.count)
}
