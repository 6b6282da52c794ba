//! Use cases of operators: who they are and what they may do.

use carcosa_kernel::error::NOT_FOUND;
use carcosa_kernel::log::Entry;
use carcosa_kernel::{Access, Error, InInstallation, Kernel, Result, System, SystemTask, Window, Write};
use carcosa_types::event::{
    OPERATOR_CREATED, OPERATOR_DELETED, OPERATOR_INVITATION_RESENT, OPERATOR_UPDATED,
};
use carcosa_types::key::CreateKey;
use carcosa_types::operator::{
    InviteOperator, InvitedOperator, Operator, OperatorStatus, PlatformRole, UpdateOperator,
};
use carcosa_types::page::PageQuery;
use carcosa_types::permission::{OperatorCreate, OperatorDelete, OperatorRead, OperatorUpdate};
use carcosa_types::project::{CreateProject, Environment};
use carcosa_types::user::normal_email;
use carcosa_types::{KeyId, OperatorId, Page, ProjectId, Violations};
use carcosa_web::IfMatch;
use serde::Serialize;
use uuid::Uuid;

use super::config::SignIn;
use super::error::{ALREADY_BOOTSTRAPPED, LAST_SUPER_ADMIN, OPERATOR_EXISTS, OPERATOR_NOT_INVITED};
use super::model::{self, Counted, StoredOperator};
use super::passwords::Turn;
use super::recovery::new_link;
use super::throttle::Counters;
use super::token_store::LinkKind;
use super::{notify, second_factor, session_store, sessions, setup, setup_store, store, token_store};
use crate::capabilities::{keys, projects};

/// What the first start made. The password and the secret are shown once.
#[derive(Serialize)]
pub struct Bootstrapped {
    /// The first operator.
    pub operator: OperatorWithPassword,
    /// The first project.
    pub project: BootstrappedProject,
    /// Its first key, which may do everything.
    pub api_key: BootstrappedKey,
}

/// An operator and a password that was made for them.
#[derive(Serialize)]
#[expect(missing_docs, reason = "named alike on the wire")]
pub struct OperatorWithPassword {
    pub id: OperatorId,
    pub email: String,
    pub password: String,
}

/// The first project.
#[derive(Serialize)]
#[expect(missing_docs, reason = "named alike on the wire")]
pub struct BootstrappedProject {
    pub id: ProjectId,
    pub slug: String,
}

/// The first key.
#[derive(Serialize)]
#[expect(missing_docs, reason = "named alike on the wire")]
pub struct BootstrappedKey {
    pub id: KeyId,
    pub secret: String,
}

/// Makes the first operator, project and key, all or nothing, once.
pub async fn bootstrap(
    kernel: &Kernel,
    email: &str,
    project_name: &str,
    environment: Environment,
) -> Result<Bootstrapped> {
    check(email, project_name)?;
    let email = normal_email(email).unwrap_or_default();
    let password = model::generate_password(kernel);
    let hash = Turn::take(kernel).await?.hash(kernel, &password).await?;

    let mut write = System::new(kernel, SystemTask::Bootstrap).found_project(kernel.new_id()).await?;
    if !store::found(&mut write, kernel.now()).await? {
        return Err(Error::new(
            ALREADY_BOOTSTRAPPED,
            "This installation was bootstrapped before; nothing was changed. Make further keys with `carcosa keys create`.",
        ));
    }
    setup_store::forget(&mut write).await?;
    let first = CreateProject { name: project_name.to_owned(), slug: None, environment };
    let (project, _) = projects::service::create_in(&mut write, &first).await?;
    let id = kernel.new_id();
    let operator = new_operator(kernel, id, email, None, Some(PlatformRole::SuperAdmin));
    store::insert(&mut write, &operator, &hash).await?;
    let operator = found(&mut write, id).await?.operator;
    let entry = Entry::new(OPERATOR_CREATED, id, &operator)?.in_installation();
    let _ = write.record(entry.because(Some("First start, by carcosa bootstrap".to_owned())));
    let new = CreateKey { name: "Bootstrap".to_owned(), ..CreateKey::default() };
    let (key, receipt) = keys::service::create_in(&mut write, new, &project.settings, environment).await?;
    let made = Bootstrapped {
        operator: OperatorWithPassword { id, email: operator.email, password },
        project: BootstrappedProject { id: project.id, slug: project.slug },
        api_key: BootstrappedKey { id: key.key.id, secret: key.secret },
    };
    let made = write.commit(receipt, made).await?;
    setup::discard(kernel);
    Ok(made)
}

fn check(email: &str, project_name: &str) -> Result<()> {
    let mut violations = Violations::default();
    carcosa_types::user::email(&mut violations, "/operator_email", email);
    carcosa_types::validate::one_line(&mut violations, "/project_name", project_name);
    if project_name.chars().count() > 200 {
        violations.add("/project_name", "too_long", "must have at most 200 characters");
    }
    if violations.is_empty() { Ok(()) } else { Err(Error::invalid(violations.into_vec())) }
}

pub(super) fn new_operator(
    kernel: &Kernel,
    id: OperatorId,
    email: String,
    name: Option<String>,
    platform_role: Option<PlatformRole>,
) -> Operator {
    let now = kernel.now();
    Operator {
        object: "operator".to_owned(),
        id,
        email,
        name,
        status: OperatorStatus::Invited,
        platform_role,
        project_roles: Vec::new(),
        credentials: Vec::new(),
        disabled_at: None,
        last_sign_in_at: None,
        created_at: now,
        updated_at: now,
        version: 1,
    }
}

/// The operators, newest first.
pub async fn list(
    access: &Access<OperatorRead, InInstallation>,
    query: &PageQuery,
) -> Result<Page<Operator>> {
    let window = Window::<(Uuid,)>::open(access.kernel(), "operators", &(), query)?;
    let found = store::list(&mut access.read().await?, &window).await?;
    window.page(access.kernel(), found, |operator| (operator.id.uuid(),))
}

/// One.
pub async fn get(access: &Access<OperatorRead, InInstallation>, id: OperatorId) -> Result<Operator> {
    let found = store::find(&mut access.read().await?, id).await?;
    Ok(found.ok_or_else(not_found)?.operator)
}

/// Invites someone. By mail where mail is on; else the link is in the answer, for the inviter to hand over.
pub async fn invite(
    access: &Access<OperatorCreate, InInstallation>,
    new: InviteOperator,
) -> Result<InvitedOperator> {
    let kernel = access.kernel();
    let email = normal_email(&new.email).ok_or_else(|| {
        Error::field("/email", "email", "must be an e-mail address such as ada@example.com")
    })?;
    let mut write = access.write().await?;
    let mut operator = new_operator(kernel, kernel.new_id(), email, new.name, new.platform_role);
    operator.project_roles = new.project_roles;
    check_projects(&mut write, &operator).await?;
    if !store::insert(&mut write, &operator, "").await? {
        let detail = format!("Another operator has the address {}.", operator.email);
        return Err(Error::new(OPERATOR_EXISTS, detail).at("/email"));
    }
    let operator = found(&mut write, operator.id).await?.operator;
    let invited = with_link(&mut write, operator).await?;
    let receipt = write.record(Entry::new(OPERATOR_CREATED, invited.operator.id, &invited.operator)?);
    write.commit(receipt, invited).await
}

/// Sends an invitation again: a new link, with its whole time; the one before is dead.
pub async fn resend_invitation(
    access: &Access<OperatorCreate, InInstallation>,
    id: OperatorId,
    version: Option<i64>,
) -> Result<InvitedOperator> {
    let (mut write, kernel) = (access.write().await?, access.kernel());
    let operator = store::lock(&mut write, id).await?.ok_or_else(not_found)?.operator;
    IfMatch::check(version, operator.version)?;
    match operator.status {
        OperatorStatus::Invited => {}
        OperatorStatus::Active => return Err(not_invited("They accepted the invitation.")),
        OperatorStatus::Disabled => return Err(not_invited("They are disabled; enable them first.")),
    }
    let counters = Counters::of(kernel, vec![Counted::Invitation(id.to_string())])?;
    counters.count(&mut write, kernel.now()).await?;
    let invited = with_link(&mut write, operator).await?;
    let receipt = write.record(Entry::new(OPERATOR_INVITATION_RESENT, id, &invited.operator)?);
    write.commit(receipt, invited).await
}

/// Makes the link of an invitation, in the place of the one before, and mails it where mail is on.
async fn with_link(write: &mut Write, operator: Operator) -> Result<InvitedOperator> {
    let (token, expires_at) = new_link(write, &operator, LinkKind::Invitation).await?;
    let url = SignIn::of(write.kernel())?.invitation_url(&token.text);
    let by_mail = notify::reaches(write.kernel(), &operator.email);
    if by_mail {
        let inviter = write.caller().name().map(str::to_owned);
        notify::invited(write, &operator, inviter, (&url, expires_at))?;
    }
    let invitation_url = (!by_mail).then_some(url);
    Ok(InvitedOperator { operator, invitation_url, invitation_expires_at: expires_at })
}

async fn check_projects(write: &mut Write, operator: &Operator) -> Result<()> {
    let mut violations = Violations::default();
    for (index, grant) in operator.project_roles.iter().enumerate() {
        if !projects::service::exists(write, grant.project_id).await? {
            let pointer = format!("/project_roles/{index}/project_id");
            violations.add(pointer, "unknown_project", "is no project of this installation");
        }
    }
    if violations.is_empty() { Ok(()) } else { Err(Error::invalid(violations.into_vec())) }
}

/// Changes name and roles, keeps someone out or lets them in again. What they may do changes with their next request.
pub async fn update(
    access: &Access<OperatorUpdate, InInstallation>,
    id: OperatorId,
    version: Option<i64>,
    patch: UpdateOperator,
) -> Result<Operator> {
    let (mut write, now) = (access.write().await?, access.kernel().now());
    store::one_at_a_time(&mut write).await?;
    let stored = store::lock(&mut write, id).await?.ok_or_else(not_found)?;
    let before = &stored.operator;
    IfMatch::check(version, before.version)?;
    let mut operator = before.clone();
    patch.name.apply(&mut operator.name);
    patch.platform_role.apply(&mut operator.platform_role);
    if let Some(mut roles) = patch.project_roles {
        roles.sort_by_key(|grant| grant.project_id);
        operator.project_roles = roles;
        check_projects(&mut write, &operator).await?;
    }
    match patch.disabled {
        Some(true) => operator.disabled_at = operator.disabled_at.or(Some(now)),
        Some(false) => operator.disabled_at = None,
        None => {}
    }
    operator.status = model::status(operator.disabled_at.is_some(), can_sign_in(&stored));
    if operator == *before {
        return Ok(operator);
    }
    keep_a_super_admin(&mut write, before, Some(&operator)).await?;
    if operator.status == OperatorStatus::Disabled {
        sessions::end_all(&mut write, id, None).await?;
    }
    operator.updated_at = now;
    operator.version += 1;
    store::update(&mut write, &operator).await?;
    let receipt = write.record(Entry::new(OPERATOR_UPDATED, id, &operator)?.before(before)?);
    write.commit(receipt, operator).await
}

fn can_sign_in(stored: &StoredOperator) -> bool {
    !stored.password_hash.is_empty() || stored.subject.is_some()
}

/// Refuses a change after which nobody could give access. Changes wait for each other before this, so that two do not each
/// count on the other's super admin.
async fn keep_a_super_admin(write: &mut Write, before: &Operator, after: Option<&Operator>) -> Result<()> {
    let was = model::counts_as_super_admin(before);
    let is = after.is_some_and(model::counts_as_super_admin);
    if was && !is && store::other_super_admins(write, before.id).await? == 0 {
        return Err(Error::new(LAST_SUPER_ADMIN, "No other super admin who can sign in would be left."));
    }
    Ok(())
}

/// Deletes an operator, for good. What they did stays in the log.
pub async fn delete(
    access: &Access<OperatorDelete, InInstallation>,
    id: OperatorId,
    version: Option<i64>,
) -> Result<()> {
    let mut write = access.write().await?;
    store::one_at_a_time(&mut write).await?;
    let mut operator = store::lock(&mut write, id).await?.ok_or_else(not_found)?.operator;
    IfMatch::check(version, operator.version)?;
    keep_a_super_admin(&mut write, &operator, None).await?;
    sessions::end_all(&mut write, id, None).await?;
    session_store::forget(&mut write, id).await?;
    token_store::forget_codes(&mut write, id).await?;
    token_store::forget_links(&mut write, id).await?;
    store::delete(&mut write, id).await?;
    // The event is of a version of its own, so that nobody takes it for the one before.
    operator.updated_at = access.kernel().now();
    operator.version += 1;
    let receipt = write.record(Entry::new(OPERATOR_DELETED, id, &operator)?);
    write.commit(receipt, ()).await
}

/// Gives an operator a new password, which is shown once: for the console, when mail is off or the only super admin is locked
/// out. Their sessions end.
pub async fn reset_password(
    access: &Access<OperatorUpdate, InInstallation>,
    email: &str,
    remove_second_factor: bool,
) -> Result<OperatorWithPassword> {
    let kernel = access.kernel();
    let password = model::generate_password(kernel);
    let hash = Turn::take(kernel).await?.hash(kernel, &password).await?;
    let mut write = access.write().await?;
    let found = store::by_email(&mut write, &normal_email(email).unwrap_or_default()).await?;
    let id = found.ok_or_else(not_found)?.operator.id;
    let stored = store::lock(&mut write, id).await?.ok_or_else(not_found)?;
    if remove_second_factor && stored.totp_secret.is_some() {
        second_factor::remove(&mut write, &stored).await?;
    }
    let receipt = sessions::set_password(&mut write, id, &hash, None).await?;
    write.commit(receipt, OperatorWithPassword { id, email: stored.operator.email, password }).await
}

/// The operator with this address, for the console.
pub async fn named(access: &Access<OperatorRead, InInstallation>, email: &str) -> Result<Operator> {
    let email = normal_email(email).unwrap_or_default();
    let found = store::by_email(&mut access.read().await?, &email).await?;
    Ok(found.ok_or_else(not_found)?.operator)
}

pub(super) async fn found(write: &mut Write, id: OperatorId) -> Result<StoredOperator> {
    store::find(write, id).await?.ok_or_else(not_found)
}

pub(super) fn not_found() -> Error {
    Error::new(NOT_FOUND, "There is no such operator.")
}

fn not_invited(detail: &str) -> Error {
    Error::new(OPERATOR_NOT_INVITED, detail)
}
