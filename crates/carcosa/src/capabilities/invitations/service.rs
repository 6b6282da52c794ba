//! Use cases of invitations.

use std::time::Duration;

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use carcosa_kernel::access::Receipt;
use carcosa_kernel::error::{NOT_FOUND, PERMISSION_DENIED};
use carcosa_kernel::log::Entry;
use carcosa_kernel::{Access, Error, Gate, InTenant, Kernel, Result, Tx, Window, Write};
use carcosa_types::event::{
    EventOf, INVITATION_ACCEPTED, INVITATION_CREATED, INVITATION_DECLINED, INVITATION_RESENT,
    INVITATION_REVOKED,
};
use carcosa_types::membership::{
    AcceptInvitation, CreateInvitation, Invitation, InvitationReport, InvitationRow, InvitationStatus,
    InvitationWithToken, ListInvitations, Membership,
};
use carcosa_types::page::Filters;
use carcosa_types::permission::{InvitationAccept, InvitationCreate, InvitationRead, InvitationUpdate};
use carcosa_types::security_policy::SignInFacts;
use carcosa_types::user::{User, normal_email};
use carcosa_types::{Grants, InvitationId, OrganizationId, Page, TenantId, Violations};
use carcosa_web::IfMatch;
use uuid::Uuid;

use super::error::{
    EMAIL_MISMATCH, INVITATION_EXPIRED, INVITATION_NOT_FOUND, INVITATION_NOT_PENDING, INVITATION_PENDING,
};
use super::store::{self, StoredInvitation};
use crate::capabilities::mail::content::{self, Content};
use crate::capabilities::mail::model::Recipient;
use crate::capabilities::mail::service::Mail;
use crate::capabilities::memberships::service::{DEFAULT_ROLE, Place};
use crate::capabilities::{mail, memberships, organizations, projects, roles, tenants, users};
use crate::settings::Settings;

/// Random bytes of a token: 256 bits.
const TOKEN_BYTES: usize = 32;
/// What a token begins with, so that scanners know it.
const TOKEN_PREFIX: &str = "inv_";
const DAY: Duration = Duration::from_hours(24);

/// Invites one person.
pub async fn create(
    access: &Access<InvitationCreate, InTenant>,
    new: CreateInvitation,
) -> Result<InvitationWithToken> {
    let mut write = access.write_across_tenants().await?;
    tenants::service::hold_undeleted(&mut write).await?;
    let (made, receipt) = create_in(&mut write, access.tenant().id, new).await?;
    write.commit(receipt, made).await
}

/// Invites many. One that cannot be invited does not stop the others.
pub async fn create_many(
    access: &Access<InvitationCreate, InTenant>,
    all: Vec<CreateInvitation>,
) -> Result<InvitationReport> {
    let mut write = access.write_across_tenants().await?;
    tenants::service::hold_undeleted(&mut write).await?;
    let (mut rows, mut last) = (Vec::with_capacity(all.len()), None);
    for (index, new) in all.into_iter().enumerate() {
        rows.push(match create_in(&mut write, access.tenant().id, new).await {
            Ok((made, receipt)) => {
                last = Some(receipt);
                InvitationRow { index, invitation: Some(made), code: None, detail: None }
            }
            // What is wrong with one row was found before anything of it was written.
            Err(error) if error.code().status < 500 => InvitationRow {
                index,
                invitation: None,
                code: Some(error.errors().first().map_or(error.code().code, |first| &first.code).to_owned()),
                detail: Some(error.detail().to_owned()),
            },
            Err(error) => return Err(error),
        });
    }
    let created = rows.iter().filter(|row| row.invitation.is_some()).count();
    let failed = rows.len() - created;
    let report = InvitationReport { object: "invitation_report".to_owned(), created, failed, rows };
    match last {
        Some(receipt) => write.commit(receipt, report).await,
        None => Ok(report),
    }
}

async fn create_in(
    write: &mut Write,
    tenant: TenantId,
    new: CreateInvitation,
) -> Result<(InvitationWithToken, Receipt)> {
    let mut violations = Violations::default();
    new.check("", &mut violations);
    if !violations.is_empty() {
        return Err(Error::invalid(violations.into_vec()));
    }
    let (kernel, now) = (write.kernel().clone(), write.kernel().now());
    if new.accept_url.is_some() && write.caller().tenant().is_some() {
        // Mails go out in the platform's name: where they lead is the project's to say.
        let detail = "Only credentials of the project choose the page; leave accept_url out.";
        return Err(Error::new(PERMISSION_DENIED, detail).at("/accept_url"));
    }
    let role = new.role.unwrap_or_else(|| DEFAULT_ROLE.to_owned());
    roles::service::give(write, tenant, &role).await?;
    if let Some(id) = new.organization_id
        && !organizations::service::exists(write, id).await?
    {
        let rule = "names no organization of the tenant";
        return Err(Error::field("/organization_id", "organization_not_found", rule));
    }
    let project = projects::service::settings(&kernel, write.project()?).await?;
    let days = new.expires_in_days.or(project.settings.invitation_expiry_days);
    let lifetime = DAY * days.unwrap_or_else(|| default_days(&kernel));
    if let Some(email) = &new.email {
        store::expire(write, email, now).await?;
    }
    let invitation = Invitation {
        object: "invitation".to_owned(),
        id: kernel.new_id(),
        tenant_id: tenant,
        email: new.email.map(|email| email.trim().to_owned()),
        role,
        organization_id: new.organization_id,
        status: InvitationStatus::Pending,
        expires_at: now.plus(lifetime),
        sent_count: 1,
        membership_id: None,
        created_at: now,
        updated_at: now,
        version: 1,
    };
    let accept_url = new.accept_url.or_else(|| project.settings.invitation_url.clone());
    let stored = StoredInvitation { invitation, accept_url };
    let token = new_token(&kernel);
    let (hash, inviter) = (kernel.secrets().hash_key(&token)?, write.caller().user());
    if !store::insert(write, &stored, &hash, inviter).await? {
        let detail = "An invitation to this address waits already; send it again, or revoke it.";
        return Err(Error::new(INVITATION_PENDING, detail).at("/email"));
    }
    let mailed = new.send_email.unwrap_or(true) && send(write, &stored, &token).await?;
    let receipt = record(write, INVITATION_CREATED, &stored.invitation, None)?;
    Ok((InvitationWithToken { invitation: stored.invitation, token, mailed }, receipt))
}

fn default_days(kernel: &Kernel) -> u32 {
    kernel.extension::<Settings>().map_or(7, |settings| settings.invitations.expiry_days)
}

fn new_token(kernel: &Kernel) -> String {
    let mut bytes = [0; TOKEN_BYTES];
    kernel.fill_random(&mut bytes);
    format!("{TOKEN_PREFIX}{}", BASE64_URL_SAFE_NO_PAD.encode(bytes))
}

/// Mails an invitation, when it has an address and a page to accept it, and the server has mail; whether it does.
async fn send(write: &mut Write, stored: &StoredInvitation, token: &str) -> Result<bool> {
    let invitation = &stored.invitation;
    let (Some(email), Some(page)) = (&invitation.email, &stored.accept_url) else { return Ok(false) };
    let Some(to) = Recipient::parse(email).filter(|_| mail::service::is_on(write.kernel())) else {
        return Ok(false);
    };
    let tenant = tenants::service::face(write).await?;
    let content = Content::Invitation(content::Invitation {
        tenant_name: tenant.name,
        // A key's name is the developers' own affair; a person's is what the invited know.
        inviter: write.caller().user().and_then(|_| write.caller().name().map(str::to_owned)),
        role: invitation.role.clone(),
        link: with_token(page, token),
        expires_at: invitation.expires_at,
        colour: tenant.branding.primary_color,
    });
    mail::service::enqueue(write, Mail { to, content, not_after: Some(invitation.expires_at) })?;
    Ok(true)
}

/// The page's address with the token as a query parameter, before the fragment.
fn with_token(page: &str, token: &str) -> String {
    let (address, fragment) =
        page.split_once('#').map_or((page, None), |(address, rest)| (address, Some(rest)));
    let separator = if address.contains('?') { '&' } else { '?' };
    let fragment = fragment.map(|rest| format!("#{rest}")).unwrap_or_default();
    format!("{address}{separator}token={token}{fragment}")
}

/// One.
pub async fn get(access: &Access<InvitationRead, InTenant>, id: InvitationId) -> Result<Invitation> {
    let stored = store::find(&mut access.read().await?, id).await?.ok_or_else(not_found)?;
    Ok(shown(access.kernel(), stored.invitation))
}

/// Those of the tenant, newest first.
pub async fn list(
    access: &Access<InvitationRead, InTenant>,
    mut query: ListInvitations,
) -> Result<Page<Invitation>> {
    let kernel = access.kernel();
    let paging = query.take_paging();
    let window = Window::<(Uuid,)>::open(kernel, "invitations", &(access.tenant().id, &query), &paging)?;
    let found = store::list(&mut access.read().await?, &query, kernel.now(), &window).await?;
    let page = window.page(kernel, found, |invitation| (invitation.id.uuid(),))?;
    Ok(Page { data: page.data.into_iter().map(|one| shown(kernel, one)).collect(), page: page.page })
}

/// One whose time is over says so, though nobody wrote it down.
fn shown(kernel: &Kernel, mut invitation: Invitation) -> Invitation {
    if invitation.status == InvitationStatus::Pending && invitation.expires_at <= kernel.now() {
        invitation.status = InvitationStatus::Expired;
    }
    invitation
}

/// Sends one again: the same invitation with a new token and a new time; the old token is dead.
pub async fn resend(
    access: &Access<InvitationUpdate, InTenant>,
    id: InvitationId,
    version: Option<i64>,
) -> Result<InvitationWithToken> {
    let mut write = access.write_across_tenants().await?;
    tenants::service::hold_undeleted(&mut write).await?;
    let before = locked(&mut write, id, version).await?;
    let kernel = write.kernel().clone();
    let mut stored = before.clone();
    let lifetime = before.invitation.expires_at.since(sent_at(&before.invitation));
    let invitation = &mut stored.invitation;
    let waiting = matches!(invitation.status, InvitationStatus::Pending | InvitationStatus::Expired);
    if !waiting {
        return Err(not_pending(invitation.status));
    }
    roles::service::give(&mut write, access.tenant().id, &invitation.role).await?;
    if invitation.status == InvitationStatus::Expired && is_invited_again(&mut write, invitation).await? {
        let detail = "A newer invitation to this address waits already.";
        return Err(Error::new(INVITATION_PENDING, detail));
    }
    invitation.status = InvitationStatus::Pending;
    invitation.expires_at = kernel.now().plus(lifetime);
    invitation.sent_count += 1;
    touch(&kernel, invitation);
    let token = new_token(&kernel);
    store::update(&mut write, invitation).await?;
    store::set_token(&mut write, id, &kernel.secrets().hash_key(&token)?).await?;
    let receipt = record(&mut write, INVITATION_RESENT, invitation, Some(&before.invitation))?;
    let mailed = send(&mut write, &stored, &token).await?;
    let made = InvitationWithToken { invitation: stored.invitation, token, mailed };
    write.commit(receipt, made).await
}

/// When it was sent last: what changed it last was that, as long as it waits.
fn sent_at(invitation: &Invitation) -> carcosa_types::Timestamp {
    invitation.updated_at
}

async fn is_invited_again(tx: &mut Tx, invitation: &Invitation) -> Result<bool> {
    let Some(email) = &invitation.email else { return Ok(false) };
    store::is_waiting(tx, email, invitation.id).await
}

/// Takes one back.
pub async fn revoke(
    access: &Access<InvitationUpdate, InTenant>,
    id: InvitationId,
    version: Option<i64>,
) -> Result<Invitation> {
    let mut write = access.write().await?;
    tenants::service::hold_undeleted(&mut write).await?;
    let before = locked(&mut write, id, version).await?.invitation;
    if before.status == InvitationStatus::Revoked {
        return Ok(before);
    }
    if !matches!(before.status, InvitationStatus::Pending | InvitationStatus::Expired) {
        return Err(not_pending(before.status));
    }
    answer(write, INVITATION_REVOKED, &before, InvitationStatus::Revoked).await
}

/// Declines one for the person it was sent to.
pub async fn decline(access: &Access<InvitationAccept>, token: &str) -> Result<Invitation> {
    let mut write = access.write().await?;
    let before = waiting(&mut write, token).await?;
    answer(write, INVITATION_DECLINED, &before, InvitationStatus::Declined).await
}

async fn answer(
    mut write: Write,
    kind: EventOf<Invitation>,
    before: &Invitation,
    status: InvitationStatus,
) -> Result<Invitation> {
    let mut invitation = before.clone();
    invitation.status = status;
    touch(write.kernel(), &mut invitation);
    store::update(&mut write, &invitation).await?;
    let receipt = record(&mut write, kind, &invitation, Some(before))?;
    write.commit(receipt, invitation).await
}

/// Accepts one for the person it was sent to, who becomes a member.
pub async fn accept(access: &Access<InvitationAccept>, answer: AcceptInvitation) -> Result<Membership> {
    let mut write = access.write().await?;
    let before = waiting(&mut write, &answer.token).await?;
    let user = accepter(&mut write, &before, answer).await?;
    let role = roles::service::hold(&mut write, before.tenant_id, &before.role).await?;
    check_inviter(&mut write, &before, &role.grants).await?;
    let place = Place {
        role: before.role.clone(),
        organization_id: before.organization_id,
        includes_children: false,
    };
    let (membership, _) = memberships::service::add(&mut write, &user, place).await?;
    let mut invitation = before.clone();
    invitation.status = InvitationStatus::Accepted;
    invitation.membership_id = Some(membership.id);
    touch(write.kernel(), &mut invitation);
    store::update(&mut write, &invitation).await?;
    let receipt = record(&mut write, INVITATION_ACCEPTED, &invitation, Some(&before))?;
    write.commit(receipt, membership).await
}

/// What a user offered they must still be able to give: one who was removed leaves no way back.
async fn check_inviter(write: &mut Write, invitation: &Invitation, role: &Grants) -> Result<()> {
    let Some(inviter) = store::inviter(write, invitation.id).await? else { return Ok(()) };
    let (gate, project) = (Gate::new(write.kernel()), write.project()?);
    let facts = SignInFacts::default();
    let holding = gate.holding(project, inviter, invitation.tenant_id, None, facts).await?;
    let may = holding.is_ok_and(|holding| holding.gives.missing(role).is_empty());
    if may {
        Ok(())
    } else {
        Err(Error::new(INVITATION_NOT_PENDING, "Whoever invited can no longer offer this role."))
    }
}

/// The user who accepts, held. Must have the address that the invitation was sent to.
async fn accepter(write: &mut Write, invitation: &Invitation, answer: AcceptInvitation) -> Result<User> {
    let mismatch =
        |field| Error::new(EMAIL_MISMATCH, "The invitation was sent to another e-mail address.").at(field);
    let invited = invitation.email.as_deref().and_then(normal_email);
    if let Some(id) = answer.user_id {
        let user = users::service::hold(write, id).await?;
        if invited.is_some() && invited != normal_email(&user.email) {
            return Err(mismatch("/user_id"));
        }
        return Ok(user);
    }
    let email = match (&invitation.email, answer.email) {
        (Some(_), Some(given)) if normal_email(&given) != invited => return Err(mismatch("/email")),
        (Some(sent_to), _) => sent_to.clone(),
        (None, Some(given)) => given,
        (None, None) => {
            let rule = "is needed, or user_id: the invitation was handed on as a link";
            return Err(Error::field("/email", "required", rule));
        }
    };
    let user = users::service::find_or_create(write, &email, answer.name).await?;
    users::service::hold(write, user.id).await
}

/// The invitation that waits for an answer under this token, held with its tenant, which is in focus.
async fn waiting(write: &mut Write, token: &str) -> Result<Invitation> {
    let missing = || Error::new(INVITATION_NOT_FOUND, "No invitation of this project has this token.");
    let mut found = None;
    for hash in write.kernel().secrets().key_hashes(token) {
        found = store::by_token(write, &hash).await?;
        if found.is_some() {
            break;
        }
    }
    let found = found.ok_or_else(missing)?.invitation;
    write.focus(found.tenant_id)?;
    tenants::service::hold_undeleted(write).await?;
    // Read again under the tenant's lock: of two who answer at once the second sees the first one's answer.
    let invitation = store::lock(write, found.id).await?.ok_or_else(missing)?.invitation;
    if invitation.version != found.version && invitation.sent_count != found.sent_count {
        return Err(missing());
    }
    match shown(write.kernel(), invitation.clone()).status {
        InvitationStatus::Pending => Ok(invitation),
        InvitationStatus::Expired => {
            Err(Error::new(INVITATION_EXPIRED, "The invitation was not answered in time."))
        }
        status => Err(not_pending(status)),
    }
}

async fn locked(write: &mut Write, id: InvitationId, version: Option<i64>) -> Result<StoredInvitation> {
    let mut stored = store::lock(write, id).await?.ok_or_else(not_found)?;
    IfMatch::check(version, stored.invitation.version)?;
    stored.invitation = shown(write.kernel(), stored.invitation);
    Ok(stored)
}

fn touch(kernel: &Kernel, invitation: &mut Invitation) {
    invitation.updated_at = kernel.now();
    invitation.version += 1;
}

fn record(
    write: &mut Write,
    kind: EventOf<Invitation>,
    invitation: &Invitation,
    before: Option<&Invitation>,
) -> Result<Receipt> {
    let mut entry = Entry::new(kind, invitation.id, invitation)?.of_tenant(invitation.tenant_id);
    if let Some(before) = before {
        entry = entry.before(before)?;
    }
    Ok(write.record(entry))
}

/// Whether any invitation that waits offers the role.
pub async fn offers_role(write: &mut Write, key: &str, tenant: Option<TenantId>) -> Result<bool> {
    let now = write.kernel().now();
    store::offers_role(write, key, tenant, now).await
}

/// Whether any invitation that waits names an organization of the tenant in focus.
pub async fn is_in_organization(write: &mut Write, organization: OrganizationId) -> Result<bool> {
    let now = write.kernel().now();
    Ok(store::in_organization(write, organization, now).await? > 0)
}

/// Lets the invitations to an organization, which is being deleted, name it no more. Those that waited too long are over for good.
pub async fn leave_organization(tx: &mut Tx, organization: OrganizationId) -> Result<()> {
    store::leave_organization(tx, organization).await
}

fn not_pending(status: InvitationStatus) -> Error {
    let was = match status {
        InvitationStatus::Accepted => "accepted",
        InvitationStatus::Declined => "declined",
        InvitationStatus::Revoked => "revoked",
        InvitationStatus::Pending | InvitationStatus::Expired => "not answered in time; have it sent again",
    };
    Error::new(INVITATION_NOT_PENDING, format!("The invitation was {was}."))
}

fn not_found() -> Error {
    Error::new(NOT_FOUND, "There is no such invitation.")
}
