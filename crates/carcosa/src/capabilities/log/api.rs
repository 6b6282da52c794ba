//! HTTP endpoints of the log.

use carcosa_kernel::error::{INVALID_CURSOR, TENANT_NOT_FOUND};
use carcosa_types::log::{
    AuditEntry, Event, EventTypeInfo, ExportAudit, ListAudit, ListEvents, ListTenantAudit, ListTenantEvents,
    StreamEvents,
};
use carcosa_types::log_integrity::{IntegrityQuery, LogIntegrity};
use carcosa_types::permission::{AuditExport, AuditRead, EventRead, InstallationRead};
use carcosa_web::stream::Accepts;
use carcosa_web::{
    Again, Guard, InstallationGuard, Listed, Live, Plain, Query, Result, Stream, TenantGuard, Visitor,
    endpoints,
};

use super::download::{self, AuditFile};
use super::error::CURSOR_EXPIRED;
use super::{event_types, feed, integrity, service};

endpoints! { "log":
    /// Read the feed of events
    ///
    /// Every committed change in one order, as CloudEvents, oldest first. Keep `page.after` and pass it as `after` to go
    /// on: nothing is ever skipped, also what committed late. The cursor of an empty page works too. Where the project's
    /// retention has removed events, the feed begins after them, and an older cursor answers `cursor_expired`.
    ///
    /// With `wait` an answer that would be empty comes when there is an event, or when the time is over.
    GET "/v1/events" => events [TENANT_NOT_FOUND, CURSOR_EXPIRED];
    /// Stream the feed of events
    ///
    /// Server-sent events: each with its cursor as `id` and the CloudEvent as `data`. Every 15 seconds a comment and the cursor of the end, so
    /// that whoever was away goes on from there. Events are sent once each, in their order; a reader that falls behind
    /// catches up. The stream ends when the credential stops working, and a reader that takes nothing for a minute is given up: come again with
    /// `Last-Event-ID`. At most 100 streams of a credential on a node.
    GET "/v1/events/stream" => stream [TENANT_NOT_FOUND, CURSOR_EXPIRED, INVALID_CURSOR];
    /// Read a tenant's feed of events
    ///
    /// The events of the tenant's own stream, as [in the project's feed](#get-/v1/events). Of others' doings in the tenant `actor` tells the kind.
    GET "/v1/tenants/{tenant}/events" => events_of_tenant [CURSOR_EXPIRED];
    /// Stream a tenant's feed of events
    ///
    /// As [for the project](#get-/v1/events/stream).
    GET "/v1/tenants/{tenant}/events/stream" => stream_of_tenant [CURSOR_EXPIRED, INVALID_CURSOR];
    /// List the types of events
    ///
    /// With the JSON Schema of their data, and a sample of it. The same for every project.
    GET "/v1/event-types" => event_types [];
    /// Read the audit trail
    ///
    /// Who did what to what, when, why and from where; newest first. The same entries as the events.
    GET "/v1/audit" => audit [TENANT_NOT_FOUND];
    /// Export the audit trail
    ///
    /// The entries that fit the filters, oldest first, as a file that is made while it is sent. What is committed after
    /// the request began is left out. The export itself is recorded as `audit.exported` before the first byte.
    ///
    /// NDJSON has one audit entry per line. CSV (RFC 4180, UTF-8) has the columns `position`, `created_at`, `action`,
    /// `actor_kind`, `actor_id`, `actor_name`, `target_kind`, `target_id`, `tenant_id`, `reason`, `ip`, `user_agent`,
    /// `request_id`, `changes` and `details` (as JSON), `sequence`, `id`, `hash`, `erased`. A cell that a spreadsheet would
    /// take for a formula (it begins with `=`, `+`, `-`, `@`, a tab or a carriage return) has an apostrophe in front.
    ///
    /// If the connection breaks off instead of ending, the file is not whole: ask again. A node sends 16 exports at a time,
    /// and gives up a reader that takes nothing for a minute. For a signed copy of the whole log see `carcosa audit export`.
    GET "/v1/audit/export" => export [TENANT_NOT_FOUND];
    /// Check the audit trail
    ///
    /// Walks the hash chain of the newest entries of the project's own stream, or with `tenant_id` of a tenant's, and compares its end with
    /// the stream's head, which is answered signed. Entries before them, and the project's order, are checked by `carcosa audit verify`.
    GET "/v1/audit/integrity" => integrity [TENANT_NOT_FOUND];
    /// Read a tenant's audit trail
    ///
    /// What happened in the tenant and to it; newest first. Of actors that do not belong to the tenant it shows kind and
    /// name, and neither credential nor address.
    GET "/v1/tenants/{tenant}/audit" => tenant_audit [];
    /// Read the installation's audit trail
    ///
    /// What operators did to the installation, who signed in and who could not; newest first.
    GET "/v1/installation/audit" => installation_audit [];
}

async fn installation_audit(
    InstallationGuard(access): InstallationGuard<InstallationRead>,
    Query(query): Query<ListTenantAudit>,
) -> Result<Listed<AuditEntry>> {
    Ok(Listed(service::installation_audit(&access, query).await?))
}

async fn events(
    Guard(access): Guard<EventRead>,
    again: Again,
    Query(query): Query<ListEvents>,
) -> Result<Listed<Event>> {
    Ok(Listed(feed::wait_in_project(access, again, query).await?))
}

async fn stream(
    Guard(access): Guard<EventRead>,
    again: Again,
    Query(query): Query<StreamEvents>,
) -> Result<Live> {
    Ok(feed::stream_project(access, again, &query).await?)
}

async fn events_of_tenant(
    TenantGuard(access): TenantGuard<EventRead>,
    again: Again,
    Query(query): Query<ListTenantEvents>,
) -> Result<Listed<Event>> {
    Ok(Listed(feed::wait_in_tenant(access, again, query).await?))
}

async fn stream_of_tenant(
    TenantGuard(access): TenantGuard<EventRead>,
    again: Again,
    Query(query): Query<StreamEvents>,
) -> Result<Live> {
    Ok(feed::stream_tenant(access, again, &query).await?)
}

async fn event_types(Visitor(_): Visitor) -> Result<Listed<EventTypeInfo>> {
    Ok(Listed(event_types::list()))
}

async fn audit(
    Guard(access): Guard<AuditRead>,
    Query(query): Query<ListAudit>,
) -> Result<Listed<AuditEntry>> {
    Ok(Listed(service::audit(&access, query).await?))
}

async fn integrity(
    Guard(access): Guard<AuditRead>,
    Query(query): Query<IntegrityQuery>,
) -> Result<Plain<LogIntegrity>> {
    Ok(Plain(integrity::check(&access, &query).await?))
}

async fn export(
    Guard(access): Guard<AuditExport>,
    accepts: Accepts,
    Query(query): Query<ExportAudit>,
) -> Result<Stream<AuditFile>> {
    Ok(download::start(access, accepts, &query).await?)
}

async fn tenant_audit(
    TenantGuard(access): TenantGuard<AuditRead>,
    Query(query): Query<ListTenantAudit>,
) -> Result<Listed<AuditEntry>> {
    Ok(Listed(service::tenant_audit(&access, query).await?))
}
