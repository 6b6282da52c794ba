//! SQL of ids and versions, of whatever is synced.

use carcosa_kernel::db::{Assembled, Reach};
use carcosa_kernel::{Result, Tx};
use carcosa_types::sync::SyncType;
use sqlx::FromRow;
use uuid::Uuid;

use crate::capabilities::{memberships, organizations, roles, tenants, users};
use crate::span::Span;

/// An object's id and version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, FromRow)]
pub(super) struct Versioned {
    pub(super) id: Uuid,
    pub(super) version: i64,
}

/// The versions of a span of objects, in the order of their ids.
pub(super) async fn versions(tx: &mut Tx, kind: SyncType, span: &Span) -> Result<Vec<Versioned>> {
    let start = match kind {
        SyncType::Tenant => tenants::store::VERSIONS,
        SyncType::User => users::store::VERSIONS,
        SyncType::Role => roles::store::VERSIONS,
        SyncType::Organization => organizations::store::VERSIONS,
        SyncType::Membership => memberships::store::VERSIONS,
    };
    let mut query = Assembled::new("sync.versions", Reach::Project, start);
    span.confine(&mut query);
    tx.all_of(query).await
}
