//! Use cases of memberships.

use carcosa_kernel::access::Receipt;
use carcosa_kernel::directory::{MembershipRecord, Touched, UserRecord};
use carcosa_kernel::error::{NOT_FOUND, PERMISSION_DENIED};
use carcosa_kernel::log::Entry;
use carcosa_kernel::{Access, Error, Gate, InTenant, Result, Tx, Window, Write};
use carcosa_types::event::{EventOf, MEMBERSHIP_CREATED, MEMBERSHIP_DELETED, MEMBERSHIP_UPDATED};
use carcosa_types::membership::{
    CreateMembership, ListMembers, MemberUser, Membership, MembershipStatus, UpdateMembership,
};
use carcosa_types::page::{Filters, PageQuery};
use carcosa_types::permission::{MemberCreate, MemberDelete, MemberRead, MemberUpdate, UserRead};
use carcosa_types::role::OWNER;
use carcosa_types::user::{User, UserStatus};
use carcosa_types::{MembershipId, OrganizationId, Page, Patch, TenantId, UserId};
use carcosa_web::IfMatch;
use uuid::Uuid;

use super::error::{LAST_OWNER, MEMBERSHIP_EXISTS, OWN_MEMBERSHIP, TOO_MANY_TENANTS};
use super::store;
use crate::capabilities::users::error::USER_DISABLED;
use crate::capabilities::{organizations, projects, roles, tenants, users};

/// The role of whoever is given none.
pub const DEFAULT_ROLE: &str = "member";

/// What a new membership is to be.
pub struct Place {
    /// The key of its role.
    pub role: String,
    /// The organization to which the role is limited.
    pub organization_id: Option<OrganizationId>,
    /// Whether the role holds in the tenants below too.
    pub includes_children: bool,
}

/// Adds a member. Users belong to the project, so the transaction reaches beyond the tenant.
pub async fn create(access: &Access<MemberCreate, InTenant>, new: CreateMembership) -> Result<Membership> {
    let mut write = access.write_across_tenants().await?;
    tenants::service::hold_undeleted(&mut write).await?;
    let field = if new.user_id.is_some() { "/user_id" } else { "/email" };
    let named = |error: Error| match error.code() {
        NOT_FOUND | USER_DISABLED | MEMBERSHIP_EXISTS | TOO_MANY_TENANTS => error.at(field),
        _ => error,
    };
    let user = asked_for(&mut write, &new).await.map_err(named)?;
    let place = Place {
        role: new.role.unwrap_or_else(|| DEFAULT_ROLE.to_owned()),
        organization_id: new.organization_id,
        includes_children: new.includes_children.unwrap_or(false),
    };
    check_reach(&write, false, (place.includes_children, &place.role)).await?;
    roles::service::give(&mut write, access.tenant().id, &place.role).await?;
    let (membership, receipt) = add(&mut write, &user, place).await.map_err(named)?;
    write.commit(receipt, membership).await
}

/// The user who is to become a member, held; made when only an address is known.
async fn asked_for(write: &mut Write, new: &CreateMembership) -> Result<User> {
    match (new.user_id, &new.email) {
        (Some(_), _) if write.caller().tenant().is_some() => {
            let detail = "Only credentials of the project name users by id; give the e-mail address.";
            Err(Error::new(PERMISSION_DENIED, detail).at("/user_id"))
        }
        (Some(id), _) => users::service::hold(write, id).await,
        (None, Some(email)) => {
            let user = users::service::find_or_create(write, email, new.name.clone()).await?;
            users::service::hold(write, user.id).await
        }
        (None, None) => Err(Error::field("/email", "required", "give email or user_id")),
    }
}

/// Whether a role may hold in the tenants below too, as asked for. That is the project's to give, and to take.
async fn check_reach(write: &Write, before: bool, (after, role): (bool, &str)) -> Result<()> {
    if (before || after) && write.caller().tenant().is_some() {
        let detail = "Only credentials of the project make a role hold in the tenants below.";
        return Err(Error::new(PERMISSION_DENIED, detail).at("/includes_children"));
    }
    if after && Gate::new(write.kernel()).role_of_project(write.project()?, role).await?.is_none() {
        let rule = "a role that a tenant made holds in that tenant alone";
        return Err(Error::field("/includes_children", "conflict", rule));
    }
    Ok(())
}

/// Makes a held user a member of the tenant in focus, which is held too. That the caller may give the role was checked.
pub async fn add(write: &mut Write, user: &User, place: Place) -> Result<(Membership, Receipt)> {
    let (kernel, now) = (write.kernel().clone(), write.kernel().now());
    let tenant = write.tenant().ok_or_else(|| Error::internal("a membership needs a tenant in focus"))?;
    let project = projects::service::settings(&kernel, write.project()?).await?;
    let most = project.settings.max_tenants_per_user;
    if store::other_tenants(write, user.id).await? >= i64::from(most) {
        let detail = format!("The user is a member of {most} tenants, which is the most there can be.");
        return Err(Error::new(TOO_MANY_TENANTS, detail));
    }
    check_organization(write, place.organization_id).await?;
    let membership = Membership {
        object: "membership".to_owned(),
        id: kernel.new_id(),
        tenant_id: tenant,
        user: brief(user),
        role: place.role,
        organization_id: place.organization_id,
        includes_children: place.includes_children,
        status: MembershipStatus::Active,
        created_at: now,
        updated_at: now,
        version: 1,
    };
    if !store::insert(write, &membership).await? {
        return Err(exists());
    }
    let receipt = record(write, MEMBERSHIP_CREATED, &membership, None)?;
    Ok((membership, receipt))
}

async fn check_organization(write: &mut Write, organization: Option<OrganizationId>) -> Result<()> {
    match organization {
        Some(id) if !organizations::service::exists(write, id).await? => Err(Error::field(
            "/organization_id",
            "organization_not_found",
            "names no organization of the tenant",
        )),
        _ => Ok(()),
    }
}

fn brief(user: &User) -> MemberUser {
    MemberUser { id: user.id, email: user.email.clone(), name: user.name.clone(), status: user.status }
}

/// One.
pub async fn get(access: &Access<MemberRead, InTenant>, id: MembershipId) -> Result<Membership> {
    store::find(&mut access.read().await?, id).await?.ok_or_else(not_found)
}

/// Those of the tenant, oldest first.
pub async fn list(access: &Access<MemberRead, InTenant>, mut query: ListMembers) -> Result<Page<Membership>> {
    let kernel = access.kernel();
    let paging = query.take_paging();
    let window = Window::<(Uuid,)>::open(kernel, "memberships", &(access.tenant().id, &query), &paging)?;
    let found = store::list(&mut access.read().await?, &query, &window).await?;
    window.page(kernel, found, |membership| (membership.id.uuid(),))
}

/// A user's in all tenants, oldest first.
pub async fn list_of_user(
    access: &Access<UserRead>,
    user: UserId,
    query: &PageQuery,
) -> Result<Page<Membership>> {
    let kernel = access.kernel();
    let window = Window::<(Uuid,)>::open(kernel, "memberships_of_user", &user, query)?;
    let found = store::list_of_user(&mut access.read().await?, user, &window).await?;
    window.page(kernel, found, |membership| (membership.id.uuid(),))
}

/// Changes what the patch names.
pub async fn update(
    access: &Access<MemberUpdate, InTenant>,
    id: MembershipId,
    version: Option<i64>,
    patch: UpdateMembership,
) -> Result<Membership> {
    let mut write = access.write_across_tenants().await?;
    let before = locked(&mut write, id, version).await?;
    let mut membership = before.clone();
    if let Some(role) = patch.role {
        membership.role = role;
    }
    match patch.organization_id {
        Patch::Keep => {}
        Patch::Clear => membership.organization_id = None,
        Patch::Set(organization) => membership.organization_id = Some(organization),
    }
    membership.includes_children = patch.includes_children.unwrap_or(membership.includes_children);
    membership.status = patch.status.unwrap_or(membership.status);
    if membership == before {
        return Ok(before);
    }
    check_change(&mut write, &before, &membership).await?;
    keep_an_owner(&mut write, &before, Some(&membership)).await?;
    membership.updated_at = write.kernel().now();
    membership.version += 1;
    store::update(&mut write, &membership).await?;
    let receipt = record(&mut write, MEMBERSHIP_UPDATED, &membership, Some(&before))?;
    write.commit(receipt, membership).await
}

async fn check_change(write: &mut Write, before: &Membership, after: &Membership) -> Result<()> {
    if after.includes_children && after.organization_id.is_some() {
        let rule = "a role limited to an organization cannot hold in other tenants";
        return Err(Error::field("/includes_children", "conflict", rule));
    }
    check_reach(write, before.includes_children, (after.includes_children, &after.role)).await?;
    // Turning a membership on gives its role anew, and so does lifting a limit.
    roles::service::give(write, after.tenant_id, &after.role).await?;
    check_organization(write, after.organization_id).await?;
    if store::is_elsewhere(write, after).await? {
        return Err(exists());
    }
    Ok(())
}

/// Ends a membership, for good.
pub async fn delete(
    access: &Access<MemberDelete, InTenant>,
    id: MembershipId,
    version: Option<i64>,
) -> Result<()> {
    let mut write = access.write_across_tenants().await?;
    let membership = locked(&mut write, id, version).await?;
    keep_an_owner(&mut write, &membership, None).await?;
    let receipt = remove(&mut write, membership).await?;
    write.commit(receipt, ()).await
}

async fn remove(write: &mut Write, mut membership: Membership) -> Result<Receipt> {
    // The event is of a version of its own, so that nobody takes it for the one before.
    membership.updated_at = write.kernel().now();
    membership.version += 1;
    store::delete(write, membership.id).await?;
    record(write, MEMBERSHIP_DELETED, &membership, None)
}

/// Holds the tenant and gives a membership of it that the caller may change.
async fn locked(write: &mut Write, id: MembershipId, version: Option<i64>) -> Result<Membership> {
    // All changes of a tenant's memberships hold the tenant, so that counting owners is exact.
    tenants::service::hold_undeleted(write).await?;
    let membership = store::find(write, id).await?.ok_or_else(not_found)?;
    IfMatch::check(version, membership.version)?;
    if write.caller().user() == Some(membership.user.id) {
        return Err(Error::new(OWN_MEMBERSHIP, "Nobody changes their own membership."));
    }
    roles::service::take(write, membership.tenant_id, &membership.role).await?;
    Ok(membership)
}

/// Whether a membership makes an owner who can put things right.
fn is_owner(membership: &Membership) -> bool {
    membership.role == OWNER
        && membership.organization_id.is_none()
        && membership.status == MembershipStatus::Active
        && membership.user.status == UserStatus::Active
}

async fn keep_an_owner(write: &mut Write, before: &Membership, after: Option<&Membership>) -> Result<()> {
    if !is_owner(before) || after.is_some_and(is_owner) || store::other_owners(write, before.id).await? > 0 {
        return Ok(());
    }
    Err(Error::new(LAST_OWNER, "This is the tenant's last owner; make someone else an owner first."))
}

/// Ends all memberships of a user who is being deleted, tenant by tenant in the order of their ids. Leaves no tenant in focus.
pub async fn remove_user(write: &mut Write, user: UserId) -> Result<()> {
    for tenant in store::tenants_of(write, user).await? {
        write.focus(tenant)?;
        tenants::service::hold(write).await?;
        for membership in store::of_user(write, user).await? {
            keep_an_owner(write, &membership, None).await?;
            let _ = remove(write, membership).await?;
        }
    }
    Ok(())
}

fn record(
    write: &mut Write,
    kind: EventOf<Membership>,
    membership: &Membership,
    before: Option<&Membership>,
) -> Result<Receipt> {
    let touched = Touched::User(write.project()?, membership.user.id);
    let mut entry =
        Entry::new(kind, membership.id, membership)?.of_tenant(membership.tenant_id).touching([touched]);
    if let Some(before) = before {
        entry = entry.before(before)?;
    }
    Ok(write.record(entry))
}

/// What the directory keeps of a user's memberships.
pub async fn records_of(tx: &mut Tx, user: UserId) -> Result<Vec<MembershipRecord>> {
    store::records(tx, user).await
}

/// What directories must forget of a tenant's members when they are erased.
pub async fn touched_of_tenant(tx: &mut Tx) -> Result<Vec<Touched>> {
    let project = tx.project()?;
    Ok(store::users(tx).await?.into_iter().map(|user| Touched::User(project, user)).collect())
}

/// Whether any membership names the role: of the tenant that made it, or of any when the project did.
pub async fn holds_role(tx: &mut Tx, key: &str, tenant: Option<TenantId>) -> Result<bool> {
    store::holds_role(tx, key, tenant).await
}

/// Whether any membership is limited to an organization of the tenant in focus.
pub async fn is_in_organization(tx: &mut Tx, organization: OrganizationId) -> Result<bool> {
    Ok(store::in_organization(tx, organization).await? > 0)
}

/// The user of a membership and the membership, as the directory knows them.
pub async fn known(
    access: &Access<MemberRead, InTenant>,
    id: MembershipId,
) -> Result<(std::sync::Arc<UserRecord>, MembershipRecord)> {
    let membership = get(access, id).await?;
    let kernel = access.kernel();
    let user = kernel.directory().user(kernel, access.project(), membership.user.id).await?;
    let user = user.ok_or_else(not_found)?;
    let found = user.memberships.iter().find(|one| one.id == id).cloned().ok_or_else(not_found)?;
    Ok((user, found))
}

fn exists() -> Error {
    Error::new(MEMBERSHIP_EXISTS, "The user is a member there already.")
}

fn not_found() -> Error {
    Error::new(NOT_FOUND, "There is no such membership.")
}
