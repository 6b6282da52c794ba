//! HTTP endpoints of sync.

use carcosa_kernel::error::{INVALID_CURSOR, VALIDATION_FAILED};
use carcosa_types::id::kind;
use carcosa_types::page::PageQuery;
use carcosa_types::permission::{SyncCreate, SyncDelete, SyncRead, SyncUpdate};
use carcosa_types::sync::{
    ChangesQuery, CreateSyncClient, CreateSyncReport, ListSyncReports, SnapshotQuery, SyncChange,
    SyncClientWithHealth, SyncCompare, SyncComparison, SyncReport, UpdateSyncClient,
};
use carcosa_web::stream::Accepts;
use carcosa_web::{
    Again, Body, Created, Deleted, Guard, IfMatch, Listed, Object, PathParam, Plain, Query, Result, Stream,
    endpoints,
};

use super::error::{ALREADY_COMPARING, SYNC_CLIENT_NAME_TAKEN, SYNC_RATE_LIMITED, TOO_MANY_SYNC_CLIENTS};
use super::snapshot::{self, SnapshotFile};
use super::{changes, compare, service};
use crate::capabilities::log::error::CURSOR_EXPIRED;

endpoints! { "sync":
    /// Take a snapshot
    ///
    /// Everything there is, as NDJSON that is made while it is sent: first a line with `object` `snapshot_start`, then tenants, users, roles,
    /// organizations and memberships, each type in the order of ids. Write each over what you have with its `id`. A line `deleted` (`type`,
    /// `id`) removes what came before; with a tenant, all that has its `tenant_id`. The last line, `snapshot_end`, has the `cursor` to
    /// [follow changes](#get-/v1/sync/changes) from. What changes meanwhile is sent again at the end: after the last line your copy is as the
    /// original was at one moment, if it was empty before, or if you then remove what no line of the snapshot had.
    ///
    /// A line `snapshot_chunk` comes after some objects. Without `snapshot_end` the snapshot is not whole: go on with the `resume` of
    /// the last chunk. `Accept-Encoding: gzip` makes it about ten times smaller. A node sends four snapshots and exports of a project at a
    /// time.
    GET "/v1/sync/snapshot" => take_snapshot [CURSOR_EXPIRED, INVALID_CURSOR, SYNC_RATE_LIMITED, VALIDATION_FAILED];
    /// Follow changes
    ///
    /// What the events after `since` are about: each object once, as it is now, `upsert` or `delete`. Keep `page.after` once you have
    /// written a page, and pass it as `since` to go on. A page may come twice, and an object newer than its page: write an object only over
    /// one with a lower `version`. So what it refers to may come on a later page: no foreign keys between what is synced. When a tenant is
    /// purged, only the tenant's `delete` comes, also to who asks for other `types`: remove all with its `tenant_id`.
    ///
    /// `wait` as [in the feed](#get-/v1/events). With `last_synced` instead of `since` you need keep no cursor: you get what changed since,
    /// and some of what you have; go on from its pages with `since`. Without both it begins with the first event, which is all there is unless
    /// retention has removed some. After `cursor_expired`, and for a type that you did not keep before, take a snapshot.
    GET "/v1/sync/changes" => list_changes [CURSOR_EXPIRED, INVALID_CURSOR, SYNC_RATE_LIMITED];
    /// Compare a copy
    ///
    /// Finds the rows that differ, in a few requests whatever the size of the copy. A row's digest is the SHA-256 of `id:version`, such as
    /// `ten_01h455vb4pex5vsknk084sn02q:3`; that of a range of ids is the XOR of its rows'.
    ///
    /// 1. Send one range without bounds with the `count` and `digest` of all your rows of a type. `equal`: you are done.
    /// 2. Else `ranges` has up to 1,024 parts, each with the server's digest. Of those whose digest is not yours send again, up to 100 at a
    ///    time: those with at most a thousand rows here with your `rows`, cut at ids of your own where you have more; the others with
    ///    your `count` and `digest`. In all at most 10,000 rows, here or yours.
    /// 3. `differences` has each row that is `missing`, `different` or `extra`, and the object as it is. Write or remove it, and it is repaired;
    ///    not while you write changes, which may be newer.
    ///
    /// With `since`, your cursor, rows that changed after it are no difference. Ranges are in the order of ids and do not overlap.
    POST "/v1/sync/compare" => compare_copy [CURSOR_EXPIRED, INVALID_CURSOR, SYNC_RATE_LIMITED, ALREADY_COMPARING];
    /// Register a sync client
    ///
    /// Whoever keeps a copy, so that it is seen how it fares. Nothing else needs it.
    POST "/v1/sync/clients" => create [SYNC_CLIENT_NAME_TAKEN, TOO_MANY_SYNC_CLIENTS];
    /// List sync clients
    ///
    /// Oldest first.
    GET "/v1/sync/clients" => list [];
    /// Get a sync client
    GET "/v1/sync/clients/{sync_client}" => get [];
    /// Update a sync client
    ///
    /// A JSON Merge Patch.
    PATCH "/v1/sync/clients/{sync_client}" => update [SYNC_CLIENT_NAME_TAKEN];
    /// Delete a sync client
    ///
    /// With its reports.
    DELETE "/v1/sync/clients/{sync_client}" => delete [];
    /// Report what a sync client did
    ///
    /// `running` while it works, with how far it has come; `succeeded` or `failed` at the end. The `cursor` says up to where the copy has
    /// everything. It is not recorded in the log.
    POST "/v1/sync/clients/{sync_client}/reports" => report [INVALID_CURSOR, SYNC_RATE_LIMITED];
    /// List a sync client's reports
    ///
    /// What succeeded and failed in the last 30 days, newest first.
    GET "/v1/sync/clients/{sync_client}/reports" => reports [];
}

type Client = PathParam<kind::SyncClient>;

async fn take_snapshot(
    Guard(access): Guard<SyncRead>,
    again: Again,
    accepts: Accepts,
    Query(query): Query<SnapshotQuery>,
) -> Result<Stream<SnapshotFile>> {
    Ok(snapshot::start(access, again, accepts, query).await?)
}

async fn list_changes(
    Guard(access): Guard<SyncRead>,
    again: Again,
    Query(query): Query<ChangesQuery>,
) -> Result<Listed<SyncChange>> {
    Ok(Listed(changes::list(access, again, query).await?))
}

async fn compare_copy(
    Guard(access): Guard<SyncRead>,
    Body(asked): Body<SyncCompare>,
) -> Result<Plain<SyncComparison>> {
    Ok(Plain(compare::compare(&access, asked).await?))
}

async fn create(
    Guard(access): Guard<SyncCreate>,
    Body(new): Body<CreateSyncClient>,
) -> Result<Created<SyncClientWithHealth>> {
    Ok(Created(service::create(&access, new).await?))
}

async fn list(
    Guard(access): Guard<SyncRead>,
    Query(query): Query<PageQuery>,
) -> Result<Listed<SyncClientWithHealth>> {
    Ok(Listed(service::list(&access, &query).await?))
}

async fn get(Guard(access): Guard<SyncRead>, PathParam(id): Client) -> Result<Object<SyncClientWithHealth>> {
    Ok(Object(service::get(&access, id).await?))
}

async fn update(
    Guard(access): Guard<SyncUpdate>,
    PathParam(id): Client,
    IfMatch(version): IfMatch,
    Body(patch): Body<UpdateSyncClient>,
) -> Result<Object<SyncClientWithHealth>> {
    Ok(Object(service::update(&access, id, version, patch).await?))
}

async fn delete(
    Guard(access): Guard<SyncDelete>,
    PathParam(id): Client,
    IfMatch(version): IfMatch,
) -> Result<Deleted> {
    service::delete(&access, id, version).await?;
    Ok(Deleted)
}

async fn report(
    Guard(access): Guard<SyncUpdate>,
    PathParam(id): Client,
    Body(new): Body<CreateSyncReport>,
) -> Result<Plain<SyncClientWithHealth>> {
    Ok(Plain(service::report(&access, id, new).await?))
}

async fn reports(
    Guard(access): Guard<SyncRead>,
    PathParam(id): Client,
    Query(query): Query<ListSyncReports>,
) -> Result<Listed<SyncReport>> {
    Ok(Listed(service::reports(&access, id, query).await?))
}
