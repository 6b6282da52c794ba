//! HTTP endpoints of the log.

use carcosa_kernel::error::TENANT_NOT_FOUND;
use carcosa_types::log::{AuditEntry, Event, ListAudit, ListEvents};
use carcosa_types::permission::{AuditRead, EventRead};
use carcosa_web::{Guard, Listed, Query, Result, endpoints};

use super::service;

endpoints! { "log":
    /// Read the feed of events
    ///
    /// Every committed change in one order, as CloudEvents, oldest first. Keep `page.after` and pass it as `after` to go
    /// on: nothing is ever skipped, also what committed late. The cursor of an empty page works too.
    GET "/v1/events" => events [TENANT_NOT_FOUND];
    /// Read the audit trail
    ///
    /// Who did what to what, when, why and from where; newest first. The same entries as the events.
    GET "/v1/audit" => audit [TENANT_NOT_FOUND];
}

async fn events(Guard(access): Guard<EventRead>, Query(query): Query<ListEvents>) -> Result<Listed<Event>> {
    Ok(Listed(service::events(&access, query).await?))
}

async fn audit(
    Guard(access): Guard<AuditRead>,
    Query(query): Query<ListAudit>,
) -> Result<Listed<AuditEntry>> {
    Ok(Listed(service::audit(&access, query).await?))
}
