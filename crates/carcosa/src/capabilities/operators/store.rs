//! SQL of operators and their roles.

use std::collections::HashMap;

use carcosa_kernel::db::{Assembled, Reach};
use carcosa_kernel::{Error, Result, Tx, Window, args, statements};
use carcosa_types::operator::{Operator, ProjectRoleGrant};
use carcosa_types::{OperatorId, ProjectId, Timestamp};
use sqlx::FromRow;
use uuid::Uuid;

use super::model::{self, Added, StoredOperator, Subject};
use crate::column::{read_word, write_word};

statements! {
    /// Of two bootstraps at the same time the second waits here, then finds that it is done.
    system FOUND = "INSERT INTO installation (id, founded_at) VALUES (1, $1) ON CONFLICT (id) DO NOTHING";
    /// Held by whoever changes who may do what, so that two do not each take away the other's super admin.
    system ONE_AT_A_TIME locking = "SELECT founded_at FROM installation WHERE id = 1";
    system INSERT = "INSERT INTO operators (id, email, name, password_hash, platform_role, created_at, updated_at, version)
        VALUES ($1, $2, $3, $4, $5, $6, $6, 1) ON CONFLICT (email) DO NOTHING";
    system FIND = "SELECT id, email, name, password_hash, password_changed_at, platform_role, disabled_at, totp_secret,
            totp_enabled_at, totp_last_step, oidc_issuer, oidc_subject, oidc_linked_at, last_sign_in_at, created_at, updated_at, version
        FROM operators WHERE id = $1";
    system LOCK locking = "SELECT id, email, name, password_hash, password_changed_at, platform_role, disabled_at, totp_secret,
            totp_enabled_at, totp_last_step, oidc_issuer, oidc_subject, oidc_linked_at, last_sign_in_at, created_at, updated_at, version
        FROM operators WHERE id = $1";
    system BY_EMAIL = "SELECT id, email, name, password_hash, password_changed_at, platform_role, disabled_at, totp_secret,
            totp_enabled_at, totp_last_step, oidc_issuer, oidc_subject, oidc_linked_at, last_sign_in_at, created_at, updated_at, version
        FROM operators WHERE email = $1";
    system BY_SUBJECT = "SELECT id, email, name, password_hash, password_changed_at, platform_role, disabled_at, totp_secret,
            totp_enabled_at, totp_last_step, oidc_issuer, oidc_subject, oidc_linked_at, last_sign_in_at, created_at, updated_at, version
        FROM operators WHERE oidc_issuer = $1 AND oidc_subject = $2";
    system UPDATE = "UPDATE operators SET name = $2, platform_role = $3, disabled_at = $4, updated_at = $5, version = $6
        WHERE id = $1";
    system SET_PASSWORD = "UPDATE operators SET password_hash = $2, password_changed_at = $3, updated_at = $3, version = version + 1
        WHERE id = $1";
    system SET_TOTP = "UPDATE operators SET totp_secret = $2, totp_enabled_at = $3, totp_last_step = $4, updated_at = $5,
            version = version + 1
        WHERE id = $1";
    /// A code is taken once: this and those before it are no more.
    system TAKE_STEP = "UPDATE operators SET totp_last_step = $2
        WHERE id = $1 AND (totp_last_step IS NULL OR totp_last_step < $2)";
    system LINK_SUBJECT = "UPDATE operators SET oidc_issuer = $2, oidc_subject = $3, oidc_linked_at = $4, updated_at = $4,
            version = version + 1
        WHERE id = $1";
    /// Makes no version.
    system SIGNED_IN = "UPDATE operators SET last_sign_in_at = $2 WHERE id = $1";
    system DELETE = "DELETE FROM operators WHERE id = $1";
    system OTHER_SUPER_ADMINS = "SELECT count(*) AS count FROM operators
        WHERE id <> $1 AND platform_role = 'super_admin' AND disabled_at IS NULL
            AND (password_hash <> '' OR oidc_subject IS NOT NULL)";
    system ROLES = "SELECT operator_id, project_id, role FROM operator_roles WHERE operator_id = $1 ORDER BY project_id";
    /// Who runs a project: those with a role for it, before those who may do everything.
    system RUNNERS = "SELECT o.email FROM operators o JOIN operator_roles r ON r.operator_id = o.id
        WHERE r.project_id = $1 AND r.role IN ('owner', 'admin') AND o.disabled_at IS NULL ORDER BY o.email LIMIT $2";
    system SUPER_ADMINS = "SELECT email FROM operators WHERE platform_role = 'super_admin' AND disabled_at IS NULL ORDER BY email LIMIT $1";
    system FORGET_ROLES = "DELETE FROM operator_roles WHERE operator_id = $1";
}

const LIST: &str = "SELECT id, email, name, password_hash, password_changed_at, platform_role, disabled_at, totp_secret,
        totp_enabled_at, totp_last_step, oidc_issuer, oidc_subject, oidc_linked_at, last_sign_in_at, created_at, updated_at, version
    FROM operators WHERE true";
const LIST_ROLES: &str = "SELECT operator_id, project_id, role FROM operator_roles WHERE operator_id IN ";
const INSERT_ROLES: &str = "INSERT INTO operator_roles (operator_id, project_id, role) VALUES ";

#[derive(FromRow)]
struct EmailRow {
    email: String,
}

/// The addresses of those who run a project; at most `limit`. In a system transaction.
pub(super) async fn runners(tx: &mut Tx, project: ProjectId, limit: i64) -> Result<Vec<String>> {
    let mut rows = tx.all::<EmailRow>(&RUNNERS, args![project, limit]).await?;
    if rows.is_empty() {
        rows = tx.all::<EmailRow>(&SUPER_ADMINS, args![limit]).await?;
    }
    Ok(rows.into_iter().map(|row| row.email).collect())
}

#[derive(FromRow)]
struct Row {
    id: OperatorId,
    email: String,
    name: Option<String>,
    password_hash: String,
    password_changed_at: Option<Timestamp>,
    platform_role: Option<String>,
    disabled_at: Option<Timestamp>,
    totp_secret: Option<Vec<u8>>,
    totp_enabled_at: Option<Timestamp>,
    totp_last_step: Option<i64>,
    oidc_issuer: Option<String>,
    oidc_subject: Option<String>,
    oidc_linked_at: Option<Timestamp>,
    last_sign_in_at: Option<Timestamp>,
    created_at: Timestamp,
    updated_at: Timestamp,
    version: i64,
}

impl TryFrom<Row> for StoredOperator {
    type Error = Error;
    fn try_from(row: Row) -> Result<Self> {
        let added = Added {
            password: (!row.password_hash.is_empty())
                .then(|| row.password_changed_at.unwrap_or(row.created_at)),
            totp: row.totp_enabled_at,
            single_sign_on: row.oidc_linked_at,
        };
        let subject = row.oidc_issuer.zip(row.oidc_subject);
        let can_sign_in = added.password.is_some() || subject.is_some();
        Ok(Self {
            operator: Operator {
                object: "operator".to_owned(),
                id: row.id,
                email: row.email,
                name: row.name,
                status: model::status(row.disabled_at.is_some(), can_sign_in),
                platform_role: row.platform_role.as_deref().map(read_word).transpose()?,
                project_roles: Vec::new(),
                credentials: added.credentials(),
                disabled_at: row.disabled_at,
                last_sign_in_at: row.last_sign_in_at,
                created_at: row.created_at,
                updated_at: row.updated_at,
                version: row.version,
            },
            password_hash: row.password_hash,
            totp_secret: row.totp_secret,
            totp_enabled_at: row.totp_enabled_at,
            totp_last_step: row.totp_last_step,
            subject: subject.map(|(issuer, subject)| Subject { issuer, subject }),
        })
    }
}

#[derive(FromRow)]
struct RoleRow {
    operator_id: OperatorId,
    project_id: ProjectId,
    role: String,
}

#[derive(FromRow)]
struct Founded {
    #[expect(dead_code, reason = "the row is locked, not read")]
    founded_at: Timestamp,
}

#[derive(FromRow)]
struct Count {
    count: i64,
}

/// Whether this is the first time.
pub(super) async fn found(tx: &mut Tx, now: Timestamp) -> Result<bool> {
    Ok(tx.execute(&FOUND, args![now]).await? == 1)
}

/// Waits until nobody else changes who may do what.
pub(super) async fn one_at_a_time(tx: &mut Tx) -> Result<()> {
    tx.optional::<Founded>(&ONE_AT_A_TIME, args![]).await.map(drop)
}

/// Stores a new operator with their roles; `false` when the e-mail address is taken.
pub(super) async fn insert(tx: &mut Tx, operator: &Operator, password_hash: &str) -> Result<bool> {
    let values = args![
        operator.id,
        &operator.email,
        operator.name.clone(),
        password_hash,
        operator.platform_role.map(write_word).transpose()?,
        operator.created_at
    ];
    if tx.execute(&INSERT, values).await? == 0 {
        return Ok(false);
    }
    insert_roles(tx, operator).await?;
    Ok(true)
}

async fn insert_roles(tx: &mut Tx, operator: &Operator) -> Result<()> {
    if operator.project_roles.is_empty() {
        return Ok(());
    }
    let rows = operator.project_roles.iter();
    let rows = rows.map(|grant| Ok(args![operator.id, grant.project_id, write_word(grant.role)?]));
    let mut insert = Assembled::new("operators.insert_roles", Reach::System, INSERT_ROLES);
    insert.push_rows(rows.collect::<Result<Vec<_>>>()?);
    tx.execute_all(insert).await.map(drop)
}

pub(super) async fn find(tx: &mut Tx, id: OperatorId) -> Result<Option<StoredOperator>> {
    let row = tx.optional::<Row>(&FIND, args![id]).await?;
    with_roles(tx, row).await
}

/// [`find`], to change it.
pub(super) async fn lock(tx: &mut Tx, id: OperatorId) -> Result<Option<StoredOperator>> {
    let row = tx.optional::<Row>(&LOCK, args![id]).await?;
    with_roles(tx, row).await
}

/// Without their roles: an address that nobody has is found out with as many statements as one that somebody has.
pub(super) async fn by_email(tx: &mut Tx, email: &str) -> Result<Option<StoredOperator>> {
    tx.optional::<Row>(&BY_EMAIL, args![email]).await?.map(StoredOperator::try_from).transpose()
}

pub(super) async fn by_subject(tx: &mut Tx, subject: &Subject) -> Result<Option<StoredOperator>> {
    let row = tx.optional::<Row>(&BY_SUBJECT, args![&subject.issuer, &subject.subject]).await?;
    with_roles(tx, row).await
}

async fn with_roles(tx: &mut Tx, row: Option<Row>) -> Result<Option<StoredOperator>> {
    let Some(row) = row else { return Ok(None) };
    let mut stored = StoredOperator::try_from(row)?;
    stored.operator.project_roles = roles(tx, stored.operator.id).await?;
    Ok(Some(stored))
}

/// An operator's roles in projects.
pub(super) async fn roles(tx: &mut Tx, id: OperatorId) -> Result<Vec<ProjectRoleGrant>> {
    let rows = tx.all::<RoleRow>(&ROLES, args![id]).await?;
    rows.into_iter()
        .map(|row| Ok(ProjectRoleGrant { project_id: row.project_id, role: read_word(&row.role)? }))
        .collect()
}

/// Newest first.
pub(super) async fn list(tx: &mut Tx, window: &Window<(Uuid,)>) -> Result<Vec<Operator>> {
    let mut query = Assembled::new("operators.list", Reach::System, LIST);
    let (after, order) = if window.is_backward() {
        (" AND id > ?", " ORDER BY id")
    } else {
        (" AND id < ?", " ORDER BY id DESC")
    };
    if let Some((id,)) = window.start() {
        query.push(after, args![*id]);
    }
    query.push(order, args![]);
    query.push_limit(window.fetch());
    let rows = tx.all_of::<Row>(query).await?;
    let mut found = rows
        .into_iter()
        .map(|row| StoredOperator::try_from(row).map(|stored| stored.operator))
        .collect::<Result<Vec<_>>>()?;
    if found.is_empty() {
        return Ok(found);
    }
    let mut query = Assembled::new("operators.list_roles", Reach::System, LIST_ROLES);
    query.push_list(found.iter().map(|operator| operator.id.into()));
    query.push(" ORDER BY project_id", args![]);
    let mut roles: HashMap<OperatorId, Vec<ProjectRoleGrant>> = HashMap::new();
    for row in tx.all_of::<RoleRow>(query).await? {
        let grant = ProjectRoleGrant { project_id: row.project_id, role: read_word(&row.role)? };
        roles.entry(row.operator_id).or_default().push(grant);
    }
    for operator in &mut found {
        operator.project_roles = roles.remove(&operator.id).unwrap_or_default();
    }
    Ok(found)
}

/// Stores name, roles and whether they are kept out.
pub(super) async fn update(tx: &mut Tx, operator: &Operator) -> Result<()> {
    let values = args![
        operator.id,
        operator.name.clone(),
        operator.platform_role.map(write_word).transpose()?,
        operator.disabled_at,
        operator.updated_at,
        operator.version
    ];
    tx.execute(&UPDATE, values).await?;
    tx.execute(&FORGET_ROLES, args![operator.id]).await?;
    insert_roles(tx, operator).await
}

pub(super) async fn set_password(tx: &mut Tx, id: OperatorId, hash: &str, now: Timestamp) -> Result<()> {
    tx.execute(&SET_PASSWORD, args![id, hash, now]).await.map(drop)
}

/// Stores the secret of one-time codes, since when they are asked for, and the step of the last one taken.
pub(super) async fn set_totp(
    tx: &mut Tx,
    id: OperatorId,
    (secret, enabled_at, last_step): (Option<Vec<u8>>, Option<Timestamp>, Option<i64>),
    now: Timestamp,
) -> Result<()> {
    tx.execute(&SET_TOTP, args![id, secret, enabled_at, last_step, now]).await.map(drop)
}

/// Takes the code of a time step; `false` when it or a later one was taken before.
pub(super) async fn take_step(tx: &mut Tx, id: OperatorId, step: i64) -> Result<bool> {
    Ok(tx.execute(&TAKE_STEP, args![id, step]).await? == 1)
}

pub(super) async fn link_subject(
    tx: &mut Tx,
    id: OperatorId,
    subject: &Subject,
    now: Timestamp,
) -> Result<()> {
    tx.execute(&LINK_SUBJECT, args![id, &subject.issuer, &subject.subject, now]).await.map(drop)
}

/// Notes that the operator signed in.
pub(super) async fn signed_in(tx: &mut Tx, id: OperatorId, now: Timestamp) -> Result<()> {
    tx.execute(&SIGNED_IN, args![id, now]).await.map(drop)
}

/// Deletes the operator and their roles. Sessions, codes and links go before.
pub(super) async fn delete(tx: &mut Tx, id: OperatorId) -> Result<()> {
    tx.execute(&FORGET_ROLES, args![id]).await?;
    tx.execute(&DELETE, args![id]).await.map(drop)
}

/// How many others could give access.
pub(super) async fn other_super_admins(tx: &mut Tx, id: OperatorId) -> Result<i64> {
    Ok(tx.one::<Count>(&OTHER_SUPER_ADMINS, args![id]).await?.count)
}
