//! Taking over keys that were made elsewhere, by SHA-256 of their texts: a team moves without giving out new ones.

use carcosa_kernel::error::INTERNAL;
use carcosa_kernel::{Access, InTenant, Kernel, Result, Write};
use carcosa_types::event::KEY_IMPORTED;
use carcosa_types::key::ApiKey;
use carcosa_types::key_use::{ImportKey, ImportKeys, ImportReport, ImportStatus, ImportedRow};
use carcosa_types::permission::KeyImport;
use carcosa_types::project::ProjectSettings;
use carcosa_types::{KeyId, Violation};
use carcosa_web::Body;
use serde_json::{Map, Value};

use super::model::{self, StoredKey};
use super::{service, store};
use crate::capabilities::{projects, tenants};

/// Takes over those keys that break no rule and that the project does not have yet, in one transaction; says of each what became of it.
pub async fn import(access: &Access<KeyImport, InTenant>, body: &ImportKeys) -> Result<ImportReport> {
    let project = projects::service::settings(access.kernel(), access.project()).await?;
    let mut checked = Vec::with_capacity(body.keys.len());
    for row in &body.keys {
        checked.push(check(access, &project.settings, row).await?);
    }
    let mut write = access.write().await?;
    tenants::service::hold_undeleted(&mut write).await?;
    let (mut rows, mut receipt) = (Vec::with_capacity(checked.len()), None);
    for (index, row) in (0..).zip(checked) {
        let (status, id, errors) = match row {
            Row::Invalid(errors) => (ImportStatus::Invalid, None, errors),
            Row::Known => (ImportStatus::Duplicate, None, Vec::new()),
            Row::New(row) => {
                let stored = stored(&write, *row)?;
                if store::import(&mut write, &stored).await? {
                    receipt = Some(service::record(&mut write, KEY_IMPORTED, &stored, None, None)?);
                    (ImportStatus::Created, Some(stored.key.id), Vec::new())
                } else {
                    (ImportStatus::Duplicate, None, Vec::new())
                }
            }
        };
        rows.push(ImportedRow { index, status, id, errors });
    }
    let report = report(rows);
    match receipt {
        Some(receipt) => write.commit(receipt, report).await,
        None => Ok(report),
    }
}

/// A row of the request, looked at.
enum Row {
    New(Box<ImportKey>),
    Known,
    Invalid(Vec<Violation>),
}

async fn check(
    access: &Access<KeyImport, InTenant>,
    settings: &ProjectSettings,
    row: &Map<String, Value>,
) -> Result<Row> {
    let row = match Body::<ImportKey>::parse(&serde_json::to_vec(row)?) {
        Ok(Body(row)) => row,
        Err(error) if error.errors().is_empty() => return Err(error),
        Err(error) => return Ok(Row::Invalid(error.errors().to_vec())),
    };
    let caller = access.caller();
    let rules = [
        model::check_scopes(settings, &row.scopes)
            .and_then(|()| model::within(caller.gives(), true, &row.scopes)),
        model::check_expiry(row.expires_at, access.kernel().now()),
        model::expiry(caller.expires_at(), row.expires_at).map(drop),
    ];
    let mut errors = Vec::new();
    for broken in rules.into_iter().filter_map(Result::err) {
        if broken.code() == INTERNAL {
            return Err(broken);
        }
        errors.extend(broken.errors().to_vec());
    }
    if !errors.is_empty() {
        return Ok(Row::Invalid(errors));
    }
    let text = model::imported(access.project(), &row.hash);
    if is_known(access.kernel(), &text).await? { Ok(Row::Known) } else { Ok(Row::New(Box::new(row))) }
}

/// Whether there is such a key under a pepper from before a rotation. Under the present one the database itself says so.
async fn is_known(kernel: &Kernel, text: &str) -> Result<bool> {
    for hash in kernel.secrets().key_hashes(text).iter().skip(1) {
        if kernel.directory().key(kernel, hash).await?.is_some() {
            return Ok(true);
        }
    }
    Ok(false)
}

fn stored(write: &Write, row: ImportKey) -> Result<StoredKey> {
    let (kernel, now) = (write.kernel(), write.kernel().now());
    let hash = kernel.secrets().hash_key(&model::imported(write.project()?, &row.hash))?;
    let id: KeyId = kernel.new_id();
    let key = ApiKey {
        object: "api_key".to_owned(),
        id,
        tenant_id: write.tenant(),
        name: row.name,
        prefix: row.prefix.unwrap_or_default(),
        last4: row.last4.unwrap_or_default(),
        scopes: row.scopes,
        metadata: row.metadata.unwrap_or_default(),
        allowed_ips: row.allowed_ips.unwrap_or_default(),
        rate_limit: row.rate_limit,
        credits: row.credits,
        enabled: true,
        expires_at: model::expiry(write.caller().expires_at(), row.expires_at)?,
        previous_secret_expires_at: None,
        revoked_at: None,
        last_used_at: None,
        created_at: now,
        updated_at: now,
        version: 1,
    };
    Ok(StoredKey { key, hash, previous_hash: None, epoch: 1 })
}

fn report(rows: Vec<ImportedRow>) -> ImportReport {
    let count = |status| {
        let found = rows.iter().filter(|row| row.status == status).count();
        u32::try_from(found).unwrap_or(u32::MAX)
    };
    ImportReport {
        object: "key_import".to_owned(),
        created: count(ImportStatus::Created),
        duplicates: count(ImportStatus::Duplicate),
        invalid: count(ImportStatus::Invalid),
        rows,
    }
}
