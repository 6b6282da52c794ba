//! Use cases of users.

use carcosa_kernel::access::Receipt;
use carcosa_kernel::directory::{Touched, UserRecord};
use carcosa_kernel::error::NOT_FOUND;
use carcosa_kernel::log::Entry;
use carcosa_kernel::{Access, Error, Result, System, Tx, Window, Write};
use carcosa_types::event::{EventOf, USER_CREATED, USER_DELETED, USER_DISABLED, USER_ENABLED, USER_UPDATED};
use carcosa_types::page::Filters;
use carcosa_types::patch::Patch;
use carcosa_types::permission::{UserCreate, UserDelete, UserRead, UserUpdate};
use carcosa_types::user::{CreateUser, ListUsers, MAX_METADATA_BYTES, UpdateUser, User, UserStatus};
use carcosa_types::{Page, ProjectId, UserId, Violations, validate};
use carcosa_web::IfMatch;
use serde_json::{Map, Value};
use uuid::Uuid;

use super::error::{EMAIL_TAKEN, USER_DISABLED as DISABLED, USER_EXTERNAL_ID_TAKEN};
use super::{search_store, store};
use crate::capabilities::{memberships, tokens};
use crate::words::{self, Spot};

/// Users whose words are worked out in one transaction.
const CAUGHT_UP: i64 = 500;

/// Creates one.
pub async fn create(access: &Access<UserCreate>, new: CreateUser) -> Result<User> {
    let mut write = access.write().await?;
    let (user, receipt) = create_in(&mut write, new).await?;
    write.commit(receipt, user).await
}

async fn create_in(write: &mut Write, new: CreateUser) -> Result<(User, Receipt)> {
    let now = write.kernel().now();
    let user = User {
        object: "user".to_owned(),
        id: write.kernel().new_id(),
        email: new.email.trim().to_owned(),
        name: new.name,
        external_id: new.external_id,
        status: UserStatus::Active,
        metadata: new.metadata.unwrap_or_default(),
        created_at: now,
        updated_at: now,
        version: 1,
    };
    if !store::insert(write, &user).await? {
        return Err(if store::by_email(write, &user.email).await?.is_some() {
            email_taken()
        } else {
            external_id_taken()
        });
    }
    let receipt = record(write, USER_CREATED, &user, None)?;
    Ok((user, receipt))
}

/// The user with this address, made unless there is one; not a disabled one.
pub async fn find_or_create(write: &mut Write, email: &str, name: Option<String>) -> Result<User> {
    if let Some(user) = store::by_email(write, email).await? {
        return usable(user);
    }
    let new = CreateUser { email: email.to_owned(), name, external_id: None, metadata: None };
    match create_in(write, new).await {
        Ok((user, _)) => Ok(user),
        // Someone made it in between.
        Err(error) if error.code() == EMAIL_TAKEN => {
            usable(store::by_email(write, email).await?.ok_or_else(not_found)?)
        }
        Err(error) => Err(error),
    }
}

/// The user with this id, held until the transaction ends; not a disabled one.
pub async fn hold(write: &mut Write, id: UserId) -> Result<User> {
    usable(store::lock(write, id).await?.ok_or_else(not_found)?)
}

fn usable(user: User) -> Result<User> {
    match user.status {
        UserStatus::Active => Ok(user),
        UserStatus::Disabled => Err(Error::new(DISABLED, "The user is disabled; enable it first.")),
    }
}

/// One.
pub async fn get(access: &Access<UserRead>, id: UserId) -> Result<User> {
    store::find(&mut access.read().await?, id).await?.ok_or_else(not_found)
}

/// Those of the project: newest first, or the best match first.
pub async fn list(access: &Access<UserRead>, mut query: ListUsers) -> Result<Page<User>> {
    let kernel = access.kernel();
    let paging = query.take_paging();
    if let Some(words) = query.q.as_deref().map(words::of_query) {
        let window = Window::<Spot>::open(kernel, "users_found", &query, &paging)?;
        let (found, stopped) = search_store::found(&mut access.read().await?, &query, words, &window).await?;
        let page = window.page_as_far_as(kernel, found, |(_, place)| place.clone(), stopped.as_ref())?;
        return Ok(Page { data: page.data.into_iter().map(|(user, _)| user).collect(), page: page.page });
    }
    let window = Window::<(Uuid,)>::open(kernel, "users", &query, &paging)?;
    let found = store::list(&mut access.read().await?, &query, &window).await?;
    window.page(kernel, found, |user| (user.id.uuid(),))
}

/// Works out what some users are found by whom an older version of the program made or changed; whether there may be more.
pub async fn catch_up(system: &System) -> Result<bool> {
    let mut look = system.read().await?;
    if !search_store::waiting(&mut look).await? {
        return Ok(false);
    }
    drop(look);
    system.maintain(async |tx| search_store::catch_up(tx, CAUGHT_UP).await).await
}

/// Changes what the patch names.
pub async fn update(
    access: &Access<UserUpdate>,
    id: UserId,
    version: Option<i64>,
    patch: UpdateUser,
) -> Result<User> {
    let mut write = access.write().await?;
    let before = locked(&mut write, id, version).await?;
    let mut user = before.clone();
    if let Some(email) = patch.email {
        user.email = email.trim().to_owned();
        if store::email_elsewhere(&mut write, id, &user.email).await? {
            return Err(email_taken());
        }
    }
    patch.name.apply(&mut user.name);
    patch.external_id.apply(&mut user.external_id);
    if let Some(external_id) = user.external_id.as_ref().filter(|_| user.external_id != before.external_id)
        && store::external_id_elsewhere(&mut write, id, external_id).await?
    {
        return Err(external_id_taken());
    }
    merge_metadata(&mut user, patch.metadata)?;
    if user == before {
        return Ok(before);
    }
    save(write, USER_UPDATED, user, &before).await
}

fn merge_metadata(user: &mut User, patch: Patch<Map<String, Value>>) -> Result<()> {
    patch.merge_into(&mut user.metadata);
    let mut violations = Violations::default();
    validate::json_size(&mut violations, "/metadata", &user.metadata, MAX_METADATA_BYTES);
    if violations.is_empty() { Ok(()) } else { Err(Error::invalid(violations.into_vec())) }
}

/// Disables or enables. Nothing happens to one who is so already.
pub async fn set_status(
    access: &Access<UserUpdate>,
    id: UserId,
    version: Option<i64>,
    status: UserStatus,
) -> Result<User> {
    let mut write = access.write().await?;
    let before = locked(&mut write, id, version).await?;
    if before.status == status {
        return Ok(before);
    }
    let user = User { status, ..before.clone() };
    let kind = if status == UserStatus::Disabled { USER_DISABLED } else { USER_ENABLED };
    save(write, kind, user, &before).await
}

async fn save(mut write: Write, kind: EventOf<User>, mut user: User, before: &User) -> Result<User> {
    user.updated_at = write.kernel().now();
    user.version += 1;
    store::update(&mut write, &user, before).await?;
    let receipt = record(&mut write, kind, &user, Some(before))?;
    write.commit(receipt, user).await
}

/// Deletes a user with all memberships and tokens. Not the last owner of a tenant.
pub async fn delete(access: &Access<UserDelete>, id: UserId, version: Option<i64>) -> Result<()> {
    let mut write = access.write().await?;
    // First the tenants, then the user: the order in which everyone holds them.
    memberships::service::remove_user(&mut write, id).await?;
    let mut user = locked(&mut write, id, version).await?;
    tokens::service::erase_user(&mut write, id).await?;
    user.updated_at = write.kernel().now();
    user.version += 1;
    store::delete(&mut write, id).await?;
    let receipt = record(&mut write, USER_DELETED, &user, None)?;
    write.commit(receipt, ()).await
}

async fn locked(write: &mut Write, id: UserId, version: Option<i64>) -> Result<User> {
    let user = store::lock(write, id).await?.ok_or_else(not_found)?;
    IfMatch::check(version, user.version)?;
    Ok(user)
}

fn record(write: &mut Write, kind: EventOf<User>, user: &User, before: Option<&User>) -> Result<Receipt> {
    let touched = Touched::User(write.project()?, user.id);
    let mut entry = Entry::new(kind, user.id, user)?.touching([touched]);
    if let Some(before) = before {
        entry = entry.before(before)?;
    }
    Ok(write.record(entry))
}

/// The id of the user with this name: an id, or `ext:42`.
pub async fn named(tx: &mut Tx, name: &str) -> Result<Option<UserId>> {
    match name.strip_prefix("ext:") {
        Some(external_id) => Ok(store::by_external_id(tx, external_id).await?.map(|user| user.id)),
        None => Ok(name.parse().ok()),
    }
}

/// What the directory keeps of a user.
pub async fn record_of(system: &System, project: ProjectId, id: UserId) -> Result<Option<UserRecord>> {
    let mut tx = system.read_project(project).await?;
    let Some(user) = store::find(&mut tx, id).await? else { return Ok(None) };
    let memberships = memberships::service::records_of(&mut tx, id).await?;
    Ok(Some(UserRecord { id, email: user.email, status: user.status, memberships }))
}

fn email_taken() -> Error {
    Error::new(EMAIL_TAKEN, "Another user of the project has this e-mail address.").at("/email")
}

fn external_id_taken() -> Error {
    Error::new(USER_EXTERNAL_ID_TAKEN, "Another user of the project has this external id.").at("/external_id")
}

fn not_found() -> Error {
    Error::new(NOT_FOUND, "There is no such user.")
}
