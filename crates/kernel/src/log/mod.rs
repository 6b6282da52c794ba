//! The log: one append-only table that is event feed and audit trail at once.
//!
//! Each stream (a tenant's, or the project's own) has a head row with its last sequence number and hash. A commit
//! locks the heads it writes to last, in the order of their ids, so that numbers have no gaps and no two commits
//! wait for each other in a circle. The sequencer later stamps committed entries with their place in the
//! project's total order, so a reader that goes by `position` never skips an entry that committed late.
//!
//! What may be personal stands in `body`. The chain covers its salted hash, so erasing a body leaves the chain
//! whole.
//!
//! Retention may take entries away from the beginning of a stream. The head then says with which entry the stream begins
//! (`first_seq`), the hash before it (`first_hash`), and proves that the installation made the cut (`first_proof`), so the
//! chain is checked from there. The last entry of a stream stays.

pub mod chain;
pub mod denials;
pub mod follow;
pub mod moves;
pub mod sequencer;

use std::collections::BTreeMap;
use std::sync::Arc;

use carcosa_types::event::EventOf;
use carcosa_types::{ProjectId, TenantId, Timestamp, UntypedId};
use serde::{Deserialize, Serialize};
use serde_json::Value as Json;
use sqlx::FromRow;
use uuid::Uuid;

pub use denials::{Counted, Denial, Denials};
pub use follow::{CHANNEL, Follower};
pub use moves::Moves;
pub use sequencer::sequence;

use crate::db::{Assembled, Reach};
use crate::directory::Touched;
use crate::{Caller, Error, Kernel, Result, Tx, args};

/// One change to record.
#[derive(Debug)]
pub struct Entry {
    kind: &'static str,
    tenant: Option<TenantId>,
    target: UntypedId,
    body: Body,
    touched: Vec<Touched>,
    in_installation: bool,
    begins_stream: bool,
    hides_caller: bool,
    by: Option<Arc<Caller>>,
}

/// The part of an entry that may be personal and can be erased.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Body {
    /// The object after the change.
    pub data: Json,
    /// Each field that changed: `{"name": {"before": …, "after": …}}`.
    #[serde(default, skip_serializing_if = "Json::is_null")]
    pub changes: Json,
    /// The reason given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The actor's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub actor_name: Option<String>,
    /// The tenant that the actor's credential belongs to, if to one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub actor_tenant: Option<TenantId>,
    /// The caller's address.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ip: Option<String>,
    /// The caller's software.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_agent: Option<String>,
    /// The request's id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
}

impl Entry {
    /// A change of an object, with the object as it now is.
    ///
    /// Under an event's name only its own data can be recorded:
    ///
    /// ```compile_fail,E0308
    /// use carcosa_kernel::log::Entry;
    /// use carcosa_types::event::PROJECT_UPDATED;
    ///
    /// Entry::new(PROJECT_UPDATED, carcosa_types::ProjectId::INSTALLATION, &"text");
    /// ```
    pub fn new<T: Serialize>(kind: EventOf<T>, target: impl Into<UntypedId>, data: &T) -> Result<Self> {
        let body = Body { data: serde_json::to_value(data)?, ..Body::default() };
        Ok(Self {
            kind: kind.name,
            tenant: None,
            target: target.into(),
            body,
            touched: Vec::new(),
            in_installation: false,
            begins_stream: false,
            hides_caller: false,
            by: None,
        })
    }

    /// Puts it in a tenant's stream; without, it stands in the project's own.
    #[must_use]
    pub const fn of_tenant(mut self, tenant: TenantId) -> Self {
        self.tenant = Some(tenant);
        self
    }

    /// Puts it in the installation's own log, whichever project the transaction makes.
    #[must_use]
    pub const fn in_installation(mut self) -> Self {
        self.in_installation = true;
        self
    }

    /// Says what it was before, from which the changed fields are worked out.
    pub fn before(mut self, before: &impl Serialize) -> Result<Self> {
        self.body.changes = changes(&serde_json::to_value(before)?, &self.body.data);
        Ok(self)
    }

    /// The reason given.
    #[must_use]
    pub fn because(mut self, reason: Option<String>) -> Self {
        self.body.reason = reason;
        self
    }

    /// Says that this is the first entry of its stream, whose tenant this transaction makes. Saves asking for the
    /// stream's end.
    #[must_use]
    pub const fn beginning_stream(mut self) -> Self {
        self.begins_stream = true;
        self
    }

    /// Leaves out who asked and from where, but for the id: for a stream whose readers are not the caller's own.
    #[must_use]
    pub const fn hiding_caller(mut self) -> Self {
        self.hides_caller = true;
        self
    }

    /// Says that someone else did it than the one whose transaction this is: what was collected is written by the system, and
    /// the log names those whom it concerns.
    #[must_use]
    pub fn by(mut self, caller: Arc<Caller>) -> Self {
        self.by = Some(caller);
        self
    }

    /// What the directories of all nodes must forget.
    #[must_use]
    pub fn touching(mut self, touched: impl IntoIterator<Item = Touched>) -> Self {
        self.touched.extend(touched);
        self
    }
}

/// The members that differ between two objects, each with both values.
fn changes(before: &Json, after: &Json) -> Json {
    let (Json::Object(before), Json::Object(after)) = (before, after) else { return Json::Null };
    let names = before.keys().chain(after.keys().filter(|name| !before.contains_key(*name)));
    names
        .filter(|name| !matches!(name.as_str(), "version" | "updated_at"))
        .filter(|name| before.get(*name) != after.get(*name))
        .map(|name| {
            (name.clone(), serde_json::json!({ "before": before.get(name), "after": after.get(name) }))
        })
        .collect::<serde_json::Map<_, _>>()
        .into()
}

/// Collects the entries of one transaction and writes them as its last act.
#[derive(Debug, Default)]
pub(crate) struct Recorder(Vec<Entry>);

crate::statements! {
    /// Begins a stream, with its end after this transaction. Nothing happens when it exists.
    kernel BEGIN_STREAM = "INSERT INTO log_heads (project_id, stream_id, tenant_id, seq, hash, recorded_at)
        VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (project_id, stream_id) DO NOTHING";
    /// Makes or locks a stream's head and takes the next numbers; the hash is still the old one.
    kernel TAKE_NUMBERS = "INSERT INTO log_heads (project_id, stream_id, tenant_id, seq, hash, recorded_at)
        VALUES ($1, $2, $3, $4, $5, $6)
        ON CONFLICT (project_id, stream_id) DO UPDATE SET seq = log_heads.seq + $4
        RETURNING seq, hash, recorded_at";
    kernel OPEN_PROJECT = "INSERT INTO log_positions (project_id, position) VALUES ($1, 0)";
    kernel SET_HEAD = "UPDATE log_heads SET hash = $3, recorded_at = $4 WHERE project_id = $1 AND stream_id = $2";
}

/// Prepares the log of a new project, in the transaction that creates it.
pub async fn open_project(tx: &mut Tx) -> Result<()> {
    let project = tx.project()?;
    tx.execute(&OPEN_PROJECT, args![project]).await.map(drop)
}

#[derive(FromRow)]
struct Head {
    seq: i64,
    hash: Vec<u8>,
    recorded_at: Timestamp,
}

impl Recorder {
    pub(crate) const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn add(&mut self, entry: Entry) {
        self.0.push(entry);
    }

    /// Writes everything; gives back what directories must forget.
    pub(crate) async fn write(
        &mut self,
        kernel: &Kernel,
        caller: &Caller,
        tx: &mut Tx,
    ) -> Result<Vec<Touched>> {
        if self.0.is_empty() {
            return Err(Error::internal("a change was not recorded"));
        }
        let project = tx.project()?;
        let mut streams: BTreeMap<Uuid, Vec<Entry>> = BTreeMap::new();
        for entry in self.0.drain(..) {
            let stream = match (entry.in_installation, entry.tenant) {
                (true, _) => tx.installation()?.uuid(),
                (false, Some(tenant)) => tenant.uuid(),
                (false, None) => project.uuid(),
            };
            streams.entry(stream).or_default().push(entry);
        }
        let mut touched = Vec::new();
        for (stream, entries) in streams {
            touched.extend(entries.iter().flat_map(|entry| entry.touched.clone()));
            let of_installation = stream == ProjectId::INSTALLATION.uuid();
            let project = if of_installation { ProjectId::INSTALLATION } else { project };
            write_stream(kernel, caller, tx, (project, stream), entries).await?;
        }
        Ok(touched)
    }
}

async fn write_stream(
    kernel: &Kernel,
    caller: &Caller,
    tx: &mut Tx,
    (project, stream): (ProjectId, Uuid),
    entries: Vec<Entry>,
) -> Result<()> {
    let tenant = entries.first().and_then(|entry| entry.tenant);
    let begins = entries.first().is_some_and(|entry| entry.begins_stream);
    let count = i64::try_from(entries.len()).map_err(Error::internal)?;
    let (genesis, now) = (chain::genesis(project, stream), kernel.now());
    let (mut seq, mut hash, mut at) = if begins {
        (1, genesis, now)
    } else {
        let head: Head = tx.one(&TAKE_NUMBERS, args![project, stream, tenant, count, genesis, now]).await?;
        let hash = head.hash.try_into().map_err(|_| Error::internal("a stream's head hash has 32 bytes"))?;
        // Strictly later than the stream's last entry, whatever the clocks of the nodes say.
        let earliest = Timestamp::from_micros(head.recorded_at.micros() + i64::from(head.seq > count));
        (head.seq - count + 1, hash, now.max(earliest))
    };
    let mut last = at;
    let mut insert = Assembled::new("log.append", Reach::Kernel, INSERT);
    let mut rows = Vec::with_capacity(entries.len());
    for entry in entries {
        let by = entry.by.as_deref().unwrap_or(caller);
        let link = link(kernel, by, (project, stream, seq, at), &entry)?;
        hash = chain::next(&hash, &link.fields);
        rows.push(link.row(&hash, &entry)?);
        (seq, last, at) = (seq + 1, at, Timestamp::from_micros(at.micros() + 1));
    }
    insert.push_rows(rows);
    if begins {
        let values = args![project, stream, tenant, count, hash, last];
        if tx.execute(&BEGIN_STREAM, values).await? == 0 {
            return Err(Error::internal("a stream was begun that exists"));
        }
        tx.execute_all(insert).await?;
    } else {
        tx.execute_all(insert).await?;
        tx.execute(&SET_HEAD, args![project, stream, hash, last]).await?;
    }
    Ok(())
}

const INSERT: &str = "INSERT INTO log_entries (id, project_id, stream_id, tenant_id, seq, type, actor_kind,
    actor_id, target_kind, target_id, body, body_salt, body_hash, touched, recorded_at, hash) VALUES ";

/// An entry with all that the chain covers.
struct Link {
    fields: chain::Fields,
    body: String,
    salt: Vec<u8>,
}

fn link(
    kernel: &Kernel,
    caller: &Caller,
    (project, stream, seq, at): (ProjectId, Uuid, i64, Timestamp),
    entry: &Entry,
) -> Result<Link> {
    let (actor_kind, actor_id) = (caller.kind().name(), caller.kind().id());
    let body = if entry.hides_caller { entry.body.clone() } else { signed_by(caller, &entry.body) };
    let body = serde_json::to_string(&body)?;
    let mut salt = vec![0; 16];
    kernel.fill_random(&mut salt);
    let fields = chain::Fields {
        id: kernel.new_id::<carcosa_types::id::kind::Entry>(),
        project,
        stream,
        tenant: entry.tenant,
        seq,
        kind: entry.kind.to_owned(),
        actor_kind: actor_kind.to_owned(),
        actor_id,
        target_kind: entry.target.noun().to_owned(),
        target_id: entry.target.uuid(),
        body_hash: chain::body_hash(&salt, &body),
        recorded_at: at,
    };
    Ok(Link { fields, body, salt })
}

/// The body with who asked and from where.
fn signed_by(caller: &Caller, body: &Body) -> Body {
    let context = caller.context();
    Body {
        actor_name: caller.name().map(str::to_owned),
        ip: context.ip.map(|ip| ip.to_string()),
        user_agent: context.user_agent.clone(),
        request_id: (!context.request_id.is_empty()).then(|| context.request_id.clone()),
        actor_tenant: caller.tenant(),
        ..body.clone()
    }
}

impl Link {
    fn row(self, hash: &[u8; 32], entry: &Entry) -> Result<Vec<crate::db::Value>> {
        let touched =
            (!entry.touched.is_empty()).then(|| serde_json::to_string(&entry.touched)).transpose()?;
        let f = self.fields;
        Ok(args![
            f.id,
            f.project,
            f.stream,
            f.tenant,
            f.seq,
            f.kind,
            f.actor_kind,
            f.actor_id,
            f.target_kind,
            f.target_id,
            self.body,
            self.salt,
            f.body_hash,
            touched,
            f.recorded_at,
            *hash
        ])
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    #[test]
    fn changes_name_what_differs_and_leave_out_bookkeeping() {
        let before = json!({"name": "a", "plan": "free", "gone": 1, "version": 1, "updated_at": "x"});
        let after = json!({"name": "b", "plan": "free", "new": 2, "version": 2, "updated_at": "y"});
        assert_eq!(
            super::changes(&before, &after),
            json!({
                "name": {"before": "a", "after": "b"},
                "gone": {"before": 1, "after": null},
                "new": {"before": null, "after": 2},
            })
        );
    }
}
