//! Use cases of API keys. Each works on the keys of one owner: the project, or one tenant.

use std::time::Duration;

use carcosa_kernel::access::Receipt;
use carcosa_kernel::directory::{KeyRecord, Touched};
use carcosa_kernel::log::Entry;
use carcosa_kernel::secrets::KeyHash;
use carcosa_kernel::{Error, Kernel, Result, System, Tx, Window, Write};
use carcosa_types::event::{EventType, KEY_CREATED, KEY_REVOKED, KEY_ROTATED, KEY_UPDATED};
use carcosa_types::key::{ApiKey, ApiKeyWithSecret, CreateKey, RotateKey, UpdateKey};
use carcosa_types::page::PageQuery;
use carcosa_types::project::Environment;
use carcosa_types::{KeyId, Page};
use carcosa_web::IfMatch;
use uuid::Uuid;

use super::model::{self, Secret, StoredKey};
use super::store;
use crate::capabilities::projects;

/// Makes a key.
pub async fn create(mut write: Write, new: CreateKey) -> Result<ApiKeyWithSecret> {
    let project = projects::service::settings(write.kernel(), write.project()?).await?;
    let (made, receipt) =
        create_in(&mut write, new, &project.settings.key_prefix, project.environment).await?;
    write.commit(receipt, made).await
}

/// Makes a key in a transaction that does more.
pub async fn create_in(
    write: &mut Write,
    new: CreateKey,
    prefix: &str,
    environment: Environment,
) -> Result<(ApiKeyWithSecret, Receipt)> {
    let (kernel, now) = (write.kernel().clone(), write.kernel().now());
    model::check_expiry(new.expires_at, now)?;
    let expires_at = model::expiry(write.caller().expires_at(), new.expires_at)?;
    let scopes = model::scopes(write.caller().grants(), new.scopes)?;
    let secret = Secret::generate(&kernel, prefix, environment)?;
    let key = ApiKey {
        object: "api_key".to_owned(),
        id: kernel.new_id(),
        tenant_id: write.tenant(),
        name: new.name,
        prefix: secret.prefix(),
        last4: secret.last4(),
        scopes,
        enabled: true,
        expires_at,
        previous_secret_expires_at: None,
        revoked_at: None,
        created_at: now,
        updated_at: now,
        version: 1,
    };
    let stored = StoredKey { key, hash: secret.hash, previous_hash: None };
    store::insert(write, &stored).await?;
    let receipt = record(write, KEY_CREATED, &stored, None)?;
    Ok((ApiKeyWithSecret { key: stored.key, secret: secret.text }, receipt))
}

/// One key.
pub async fn get(mut tx: Tx, id: KeyId) -> Result<ApiKey> {
    Ok(store::find(&mut tx, id).await?.ok_or_else(not_found)?.key)
}

/// The keys of the owner, newest first.
pub async fn list(kernel: &Kernel, mut tx: Tx, query: &PageQuery) -> Result<Page<ApiKey>> {
    let window = Window::<(Uuid,)>::open(kernel, "keys", &tx.tenant(), query)?;
    let keys = store::list(&mut tx, &window).await?;
    window.page(kernel, keys, |key| (key.id.uuid(),))
}

/// Renames, rescopes, turns off or on, or gives another expiry.
pub async fn update(mut write: Write, id: KeyId, version: Option<i64>, patch: UpdateKey) -> Result<ApiKey> {
    let before = locked(&mut write, id, version).await?;
    let mut stored = before.clone();
    let giver = write.caller().grants().clone();
    if let Some(name) = patch.name {
        stored.key.name = name;
    }
    if let Some(scopes) = patch.scopes {
        model::within(&giver, &scopes)?;
        stored.key.scopes = scopes;
    }
    if let Some(enabled) = patch.enabled {
        // Turning a key on gives its permissions anew.
        if enabled && !before.key.enabled {
            model::within(&giver, &stored.key.scopes)?;
        }
        stored.key.enabled = enabled;
    }
    model::check_expiry(patch.expires_at.set().copied(), write.kernel().now())?;
    patch.expires_at.apply(&mut stored.key.expires_at);
    if stored.key.expires_at != before.key.expires_at {
        // So does letting it work for longer.
        model::within(&giver, &stored.key.scopes)?;
        stored.key.expires_at = model::expiry(write.caller().expires_at(), stored.key.expires_at)?;
    }
    if stored == before {
        return Ok(before.key);
    }
    finish(write, KEY_UPDATED, stored, &before).await
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
    // Whoever is given the secret is given all that the key may do.
    model::within(write.caller().grants(), &before.key.scopes)?;
    let secret = Secret::generate(&kernel, &project.settings.key_prefix, project.environment)?;
    let overlap = Duration::from_secs(u64::from(options.overlap_seconds.unwrap_or(0)));
    let mut stored = before.clone();
    stored.key.expires_at = model::expiry(write.caller().expires_at(), before.key.expires_at)?;
    stored.previous_hash = (!overlap.is_zero()).then(|| before.hash.clone());
    stored.key.previous_secret_expires_at = (!overlap.is_zero()).then(|| kernel.now().plus(overlap));
    stored.hash = secret.hash.clone();
    stored.key.prefix = secret.prefix();
    stored.key.last4 = secret.last4();
    touch(&mut write, &mut stored).await?;
    let receipt = record(&mut write, KEY_ROTATED, &stored, Some(&before))?;
    write.commit(receipt, ApiKeyWithSecret { key: stored.key, secret: secret.text }).await
}

/// Ends a key for good.
pub async fn revoke(mut write: Write, id: KeyId, version: Option<i64>) -> Result<()> {
    let before = locked(&mut write, id, version).await?;
    let mut stored = before.clone();
    stored.key.revoked_at = Some(write.kernel().now());
    touch(&mut write, &mut stored).await?;
    let receipt = record(&mut write, KEY_REVOKED, &stored, Some(&before))?;
    write.commit(receipt, ()).await
}

async fn locked(write: &mut Write, id: KeyId, version: Option<i64>) -> Result<StoredKey> {
    let stored = store::lock(write, id).await?.ok_or_else(not_found)?;
    IfMatch::check(version, stored.key.version)?;
    model::check_not_revoked(&stored.key)?;
    Ok(stored)
}

async fn finish(
    mut write: Write,
    kind: EventType,
    mut stored: StoredKey,
    before: &StoredKey,
) -> Result<ApiKey> {
    touch(&mut write, &mut stored).await?;
    let receipt = record(&mut write, kind, &stored, Some(before))?;
    write.commit(receipt, stored.key).await
}

async fn touch(write: &mut Write, stored: &mut StoredKey) -> Result<()> {
    stored.key.updated_at = write.kernel().now();
    stored.key.version += 1;
    store::update(write, stored).await
}

fn record(
    write: &mut Write,
    kind: EventType,
    stored: &StoredKey,
    before: Option<&StoredKey>,
) -> Result<Receipt> {
    let hashes = [Some(stored), before].into_iter().flatten();
    let hashes = hashes.flat_map(|one| [Some(one.hash.clone()), one.previous_hash.clone()]).flatten();
    let mut entry =
        Entry::new(kind, stored.key.id, &stored.key)?.touching(hashes.map(Touched::Key).collect::<Vec<_>>());
    if let Some(before) = before {
        entry = entry.before(&before.key)?;
    }
    if let Some(tenant) = stored.key.tenant_id {
        entry = entry.of_tenant(tenant);
    }
    Ok(write.record(entry))
}

/// What the directory keeps of a key. Revoked keys are unknown.
pub async fn record_of(system: &System, hash: &KeyHash) -> Result<Option<KeyRecord>> {
    let Some((project_id, stored)) = store::by_hash(&mut system.read().await?, hash).await? else {
        return Ok(None);
    };
    let StoredKey { key, hash: current, .. } = stored;
    if key.revoked_at.is_some() {
        return Ok(None);
    }
    Ok(Some(KeyRecord {
        id: key.id,
        name: key.name,
        project_id,
        tenant_id: key.tenant_id,
        grants: model::grants(&key.scopes),
        enabled: key.enabled,
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
