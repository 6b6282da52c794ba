//! What slug a tenant would get. Nothing is taken, so nothing is promised.

use carcosa_kernel::{Access, Error, Result, Tx};
use carcosa_types::permission::TenantCreate;
use carcosa_types::project::ProjectSettings;
use carcosa_types::slug_preview::{SlugPreview, SlugQuery, SlugRefusal};
use carcosa_types::{Violations, slug};

use super::{model, store};
use crate::capabilities::projects;
use crate::slugs;

/// Numbers tried behind a slug that is taken.
const MAX_TRIES: i64 = 20;

/// Whether a slug can be had, or which one a name would get.
pub(super) async fn slug(access: &Access<TenantCreate>, query: &SlugQuery) -> Result<SlugPreview> {
    let project = projects::service::settings(access.kernel(), access.project()).await?;
    let mut tx = access.read().await?;
    let (slug, reason, base) = match (&query.slug, &query.name) {
        (Some(slug), name) => {
            let reason = refusal(&mut tx, slug, &project.settings).await?;
            let base = slugs::from_name(name.as_deref().unwrap_or(slug), "tenant");
            (slug.clone(), reason, base)
        }
        (None, Some(name)) => {
            let base = slugs::from_name(name, "tenant");
            let free = free(&mut tx, &base, &project.settings).await?;
            let reason = if free.is_some() { None } else { Some(SlugRefusal::Taken) };
            (free.unwrap_or_else(|| base.clone()), reason, base)
        }
        (None, None) => {
            return Err(Error::parameter("name", "required", "must be given, unless slug is"));
        }
    };
    let suggestion = match reason {
        None => None,
        Some(_) => free(&mut tx, &base, &project.settings).await?,
    };
    let available = reason.is_none();
    Ok(SlugPreview { object: "slug_preview".to_owned(), slug, available, reason, suggestion })
}

/// Why it cannot be had.
async fn refusal(tx: &mut Tx, text: &str, settings: &ProjectSettings) -> Result<Option<SlugRefusal>> {
    let mut violations = Violations::default();
    slug::check(&mut violations, "/slug", text);
    let wrong = violations.into_vec();
    if wrong.iter().any(|one| one.code == "slug_confusable") {
        return Ok(Some(SlugRefusal::Confusable));
    }
    if !wrong.is_empty() {
        return Ok(Some(SlugRefusal::Invalid));
    }
    match slug::reserved(text, &settings.reserved_slugs) {
        Some(name) if name == text => Ok(Some(SlugRefusal::Reserved)),
        Some(_) => Ok(Some(SlugRefusal::Confusable)),
        None => Ok(store::slug_taken(tx, text).await?.then_some(SlugRefusal::Taken)),
    }
}

/// The slug that a tenant would get now: the base itself or with a number, as when a tenant is created.
async fn free(tx: &mut Tx, base: &str, settings: &ProjectSettings) -> Result<Option<String>> {
    let next = store::peek_number(tx, base).await?;
    let numbered = (next..next + MAX_TRIES).map(|number| slugs::numbered(base, number));
    for slug in std::iter::once(base.to_owned()).chain(numbered) {
        if model::check_slug(&slug, settings).is_ok() && !store::slug_taken(tx, &slug).await? {
            return Ok(Some(slug));
        }
    }
    Ok(None)
}
