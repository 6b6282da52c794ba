//! Use cases of API keys. Each works on the keys of one owner, the project or one tenant; a credential of the project finds those of its
//! tenants too.

use std::time::Duration;

use carcosa_kernel::access::{CallerKind, Receipt};
use carcosa_kernel::directory::{KeyRecord, Touched};
use carcosa_kernel::log::Entry;
use carcosa_kernel::secrets::KeyHash;
use carcosa_kernel::{Error, Kernel, Result, System, Tx, Window, Write};
use carcosa_types::event::{EventOf, KEY_CREATED, KEY_REVOKED, KEY_ROTATED, KEY_UPDATED};
use carcosa_types::key::{
    ApiKey, ApiKeyWithSecret, CreateKey, Credits, ListKeys, RateLimit, RotateKey, UpdateKey,
};
use carcosa_types::page::Filters;
use carcosa_types::project::{Environment, ProjectSettings};
use carcosa_types::{KeyId, Page, Patch};
use carcosa_web::IfMatch;
use serde::Serialize;
use uuid::Uuid;

use super::error::SCOPE_EXCEEDED;
use super::model::{self, Secret, StoredKey};
use super::{list_store, store};
use crate::capabilities::projects;

/// Makes a key.
pub async fn create(mut write: Write, new: CreateKey) -> Result<ApiKeyWithSecret> {
    let project = projects::service::settings(write.kernel(), write.project()?).await?;
    let (made, receipt) = create_in(&mut write, new, &project.settings, project.environment).await?;
    write.commit(receipt, made).await
}

/// Makes a key in a transaction that does more.
pub async fn create_in(
    write: &mut Write,
    new: CreateKey,
    settings: &ProjectSettings,
    environment: Environment,
) -> Result<(ApiKeyWithSecret, Receipt)> {
    let (kernel, now, tenant_id) = (write.kernel().clone(), write.kernel().now(), write.tenant());
    model::check_expiry(new.expires_at, now)?;
    model::check_scopes(settings, new.scopes.as_deref().unwrap_or_default())?;
    let expires_at = model::expiry(write.caller().expires_at(), new.expires_at)?;
    let scopes = model::scopes(write.caller().gives(), tenant_id.is_some(), new.scopes)?;
    let (rate_limit, credits) = limits_of_new(write, new.rate_limit, new.credits).await?;
    let secret = Secret::generate(&kernel, &settings.key_prefix, environment)?;
    let key = ApiKey {
        object: "api_key".to_owned(),
        id: kernel.new_id(),
        tenant_id,
        name: new.name,
        prefix: secret.prefix(),
        last4: secret.last4(),
        scopes,
        metadata: new.metadata.unwrap_or_default(),
        allowed_ips: new.allowed_ips.unwrap_or_default(),
        rate_limit,
        credits,
        enabled: true,
        expires_at,
        previous_secret_expires_at: None,
        revoked_at: None,
        last_used_at: None,
        created_at: now,
        updated_at: now,
        version: 1,
    };
    let stored = StoredKey { key, hash: secret.hash, previous_hash: None, epoch: 1 };
    store::insert(write, &stored).await?;
    let receipt = record(write, KEY_CREATED, &stored, None, None)?;
    Ok((ApiKeyWithSecret { key: stored.key, secret: secret.text }, receipt))
}

/// One key.
pub async fn get(mut tx: Tx, id: KeyId) -> Result<ApiKey> {
    find(&mut tx, id).await
}

/// [`get`], in a transaction that goes on.
pub(super) async fn find(tx: &mut Tx, id: KeyId) -> Result<ApiKey> {
    Ok(store::find(tx, id).await?.ok_or_else(not_found)?.key)
}

/// The keys of the owner, newest first; with a credential of the project, those of one of its tenants when asked for.
pub async fn list(kernel: &Kernel, mut tx: Tx, mut query: ListKeys) -> Result<Page<ApiKey>> {
    let paging = query.take_paging();
    query.tenant_id = tx.tenant().or(query.tenant_id);
    let window = Window::<(Uuid,)>::open(kernel, "keys", &query, &paging)?;
    let (keys, stopped) = list_store::list(&mut tx, &query, kernel.now(), &window).await?;
    window.page_as_far_as(kernel, keys, |key| (key.id.uuid(),), stopped.map(|id| (id,)).as_ref())
}

/// Changes what the patch names.
pub async fn update(mut write: Write, id: KeyId, version: Option<i64>, patch: UpdateKey) -> Result<ApiKey> {
    let before = locked(&mut write, id, version).await?;
    model::check_not_revoked(&before.key)?;
    if let Some(scopes) = &patch.scopes {
        let project = projects::service::settings(write.kernel(), write.project()?).await?;
        model::check_scopes(&project.settings, scopes)?;
    }
    check_limits_are_ours(&write, &patch)?;
    let mut stored = before.clone();
    // Setting a budget is a change also when it is set to what is stored: nodes have leased of the old one.
    let sets_budget = matches!(patch.credits, Patch::Set(_));
    apply(&write, &mut stored, patch)?;
    if stored == before && !sets_budget {
        return Ok(before.key);
    }
    let budget_changes = sets_budget || stored.key.credits != before.key.credits;
    if budget_changes {
        stored.epoch += 1;
    }
    touch(&mut write, &mut stored).await?;
    if budget_changes {
        store::set_credits(&mut write, &stored).await?;
    }
    let receipt = record(&mut write, KEY_UPDATED, &stored, Some(&before), None)?;
    write.commit(receipt, stored.key).await
}

/// The limits of a new key. How much the keys of a tenant may do is the project's to say: a tenant's own credential gives none,
/// and a key that it makes has that key's own.
async fn limits_of_new(
    write: &mut Write,
    rate_limit: Option<RateLimit>,
    credits: Option<Credits>,
) -> Result<(Option<RateLimit>, Option<Credits>)> {
    if write.caller().tenant().is_none() {
        return Ok((rate_limit, credits));
    }
    for (place, given) in [("/rate_limit", rate_limit.is_some()), ("/credits", credits.is_some())] {
        if given {
            let detail = "A credential that belongs to a tenant may not set the limits of its keys.";
            return Err(Error::new(SCOPE_EXCEEDED, detail).at(place));
        }
    }
    let CallerKind::Key(id) = write.caller().kind() else { return Ok((None, None)) };
    let own = store::find(write, id).await?.ok_or_else(not_found)?.key;
    if own.credits.is_some() {
        return Err(Error::new(SCOPE_EXCEEDED, "A key that spends credits makes no other keys."));
    }
    Ok((own.rate_limit, None))
}

/// A tenant's key with limits takes over no key that has others.
async fn check_rotates_within(write: &mut Write, other: &StoredKey) -> Result<()> {
    let CallerKind::Key(id) = write.caller().kind() else { return Ok(()) };
    if write.caller().tenant().is_none() || id == other.key.id {
        return Ok(());
    }
    let own = store::find(write, id).await?.ok_or_else(not_found)?.key;
    let limited = own.rate_limit.is_some() || own.credits.is_some();
    if limited && (own.rate_limit != other.key.rate_limit || own.credits.is_some()) {
        return Err(Error::new(SCOPE_EXCEEDED, "A key with limits rotates no key that has others."));
    }
    Ok(())
}

/// How much the keys of a tenant may do is the project's to say.
fn check_limits_are_ours(write: &Write, patch: &UpdateKey) -> Result<()> {
    let changed =
        [("/rate_limit", patch.rate_limit != Patch::Keep), ("/credits", patch.credits != Patch::Keep)];
    match changed.into_iter().find(|(_, changed)| *changed) {
        Some((place, _)) if write.caller().tenant().is_some() => {
            let detail = "A credential that belongs to a tenant may not change the limits of its keys.";
            Err(Error::new(SCOPE_EXCEEDED, detail).at(place))
        }
        _ => Ok(()),
    }
}

fn apply(write: &Write, stored: &mut StoredKey, patch: UpdateKey) -> Result<()> {
    let (giver, of_tenant, before) =
        (write.caller().gives(), stored.key.tenant_id.is_some(), stored.key.clone());
    let key = &mut stored.key;
    if let Some(name) = patch.name {
        key.name = name;
    }
    if let Some(scopes) = patch.scopes {
        model::within(giver, of_tenant, &scopes)?;
        key.scopes = scopes;
    }
    key.enabled = patch.enabled.unwrap_or(key.enabled);
    model::check_expiry(patch.expires_at.set().copied(), write.kernel().now())?;
    patch.expires_at.apply(&mut key.expires_at);
    model::merge_metadata(&mut key.metadata, patch.metadata)?;
    match patch.allowed_ips {
        Patch::Keep => {}
        Patch::Clear => key.allowed_ips.clear(),
        Patch::Set(networks) => key.allowed_ips = networks,
    }
    patch.rate_limit.apply(&mut key.rate_limit);
    patch.credits.apply(&mut key.credits);
    // Turning a key on gives its permissions anew; so does letting it work for longer, or from elsewhere.
    let gives = (key.enabled && !before.enabled)
        || key.expires_at != before.expires_at
        || key.allowed_ips != before.allowed_ips;
    if gives {
        model::within(giver, of_tenant, &key.scopes)?;
    }
    let outlives = model::outlives(write.caller().expires_at(), key.expires_at);
    if outlives && (gives || key.scopes != before.scopes) && key.expires_at == before.expires_at {
        let detail = "The key works for longer than your own credential; give it an expiry.";
        return Err(Error::new(SCOPE_EXCEEDED, detail).at("/expires_at"));
    }
    if key.expires_at != before.expires_at {
        key.expires_at = model::expiry(write.caller().expires_at(), key.expires_at)?;
    }
    Ok(())
}

/// Gives a new secret. The old one goes on working for the overlap.
pub async fn rotate(
    mut write: Write,
    id: KeyId,
    version: Option<i64>,
    options: RotateKey,
) -> Result<ApiKeyWithSecret> {
    let kernel = write.kernel().clone();
    let project = projects::service::settings(&kernel, write.project()?).await?;
    let before = locked(&mut write, id, version).await?;
    model::check_not_revoked(&before.key)?;
    // Whoever is given the secret is given all that the key may do.
    model::within(write.caller().gives(), before.key.tenant_id.is_some(), &before.key.scopes)?;
    if model::outlives(write.caller().expires_at(), before.key.expires_at) {
        return Err(Error::new(SCOPE_EXCEEDED, "The key works for longer than your own credential."));
    }
    check_rotates_within(&mut write, &before).await?;
    let secret = Secret::generate(&kernel, &project.settings.key_prefix, project.environment)?;
    let overlap = Duration::from_secs(u64::from(options.overlap_seconds.unwrap_or(0)));
    let mut stored = before.clone();
    stored.previous_hash = (!overlap.is_zero()).then(|| before.hash.clone());
    stored.key.previous_secret_expires_at = (!overlap.is_zero()).then(|| kernel.now().plus(overlap));
    stored.hash = secret.hash.clone();
    stored.key.prefix = secret.prefix();
    stored.key.last4 = secret.last4();
    touch(&mut write, &mut stored).await?;
    let receipt = record(&mut write, KEY_ROTATED, &stored, Some(&before), None)?;
    write.commit(receipt, ApiKeyWithSecret { key: stored.key, secret: secret.text }).await
}

/// Ends a key for good. One that is ended already stays so, and nothing is recorded.
pub async fn revoke(write: Write, id: KeyId, version: Option<i64>) -> Result<()> {
    revoke_because(write, (id, version), None, ()).await
}

/// [`revoke`], for a reason that is recorded, with the answer that a retry is given too.
pub(super) async fn revoke_because<T: Serialize>(
    mut write: Write,
    (id, version): (KeyId, Option<i64>),
    reason: Option<String>,
    answer: T,
) -> Result<T> {
    let before = locked(&mut write, id, version).await?;
    if before.key.revoked_at.is_some() {
        return Ok(answer);
    }
    let mut stored = before.clone();
    stored.key.revoked_at = Some(write.kernel().now());
    touch(&mut write, &mut stored).await?;
    let receipt = record(&mut write, KEY_REVOKED, &stored, Some(&before), reason)?;
    write.commit(receipt, answer).await
}

/// The key, held for a change. Its tenant, if it has one, comes into focus, so that the answer kept for a retry goes when the tenant does.
async fn locked(write: &mut Write, id: KeyId, version: Option<i64>) -> Result<StoredKey> {
    let stored = store::lock(write, id).await?.ok_or_else(not_found)?;
    if let Some(tenant) = stored.key.tenant_id {
        write.focus(tenant)?;
    }
    IfMatch::check(version, stored.key.version)?;
    Ok(stored)
}

async fn touch(write: &mut Write, stored: &mut StoredKey) -> Result<()> {
    stored.key.updated_at = write.kernel().now();
    stored.key.version += 1;
    store::update(write, stored).await
}

/// Records a change in the stream of the tenant that owns the key, or in the project's own.
pub(super) fn record(
    write: &mut Write,
    kind: EventOf<ApiKey>,
    stored: &StoredKey,
    before: Option<&StoredKey>,
    reason: Option<String>,
) -> Result<Receipt> {
    let hashes = [Some(stored), before].into_iter().flatten();
    let hashes = hashes.flat_map(|one| [Some(one.hash.clone()), one.previous_hash.clone()]).flatten();
    let mut entry = Entry::new(kind, stored.key.id, &stored.key)?
        .touching(hashes.map(Touched::Key).collect::<Vec<_>>())
        .because(reason);
    if let Some(before) = before {
        entry = entry.before(&before.key)?;
    }
    if let Some(tenant) = stored.key.tenant_id {
        entry = entry.of_tenant(tenant);
    }
    Ok(write.record(entry))
}

/// What the directory keeps of a key. Revoked ones too, so that a verification can tell them from unknown ones.
pub async fn record_of(system: &System, hash: &KeyHash) -> Result<Option<KeyRecord>> {
    let Some((project_id, stored)) = store::by_hash(&mut system.read().await?, hash).await? else {
        return Ok(None);
    };
    let StoredKey { key, hash: current, epoch, .. } = stored;
    Ok(Some(KeyRecord {
        id: key.id,
        project_id,
        tenant_id: key.tenant_id,
        grants: model::held(&key.scopes, key.tenant_id.is_some()),
        name: key.name,
        enabled: key.enabled,
        revoked: key.revoked_at.is_some(),
        allowed_ips: key.allowed_ips.into(),
        rate_limit: key.rate_limit,
        budget: key.credits.map(|_| epoch),
        metadata: key.metadata,
        expires_at: key.expires_at,
        usable_until: if *hash == current { None } else { key.previous_secret_expires_at },
    }))
}

/// What directories must forget of a tenant's keys when they are erased.
pub async fn touched_of_tenant(tx: &mut Tx) -> Result<Vec<Touched>> {
    Ok(store::hashes_of_tenant(tx).await?.into_iter().map(Touched::Key).collect())
}

fn not_found() -> Error {
    Error::new(carcosa_kernel::error::NOT_FOUND, "There is no such API key.")
}
