//! The synced objects, whatever their type.

use std::collections::{BTreeMap, BTreeSet};

use carcosa_kernel::{Error, Result, Tx};
use carcosa_types::UntypedId;
use carcosa_types::sync::{SyncChange, SyncOperation, SyncType};
use serde::Serialize;
use serde_json::Value;
use uuid::Uuid;

use crate::capabilities::{memberships, organizations, roles, tenants, users};
use crate::span::Span;

/// Lets a generic function work on the objects of a span, whose types differ: `objects!(tx, kind, span, |found| …)`.
macro_rules! objects {
    ($tx:expr, $kind:expr, $span:expr, |$found:ident| $work:expr) => {
        match $kind {
            SyncType::Tenant => {
                let $found = tenants::store::synced($tx, $span).await?;
                $work
            }
            SyncType::User => {
                let $found = users::store::synced($tx, $span).await?;
                $work
            }
            SyncType::Role => {
                let $found = roles::store::synced($tx, $span).await?;
                $work
            }
            SyncType::Organization => {
                let $found = organizations::store::synced($tx, $span).await?;
                $work
            }
            SyncType::Membership => {
                let $found = memberships::store::synced($tx, $span).await?;
                $work
            }
        }
    };
}

/// Objects as lines of JSON.
#[derive(Debug, Default)]
pub(super) struct Lines {
    pub(super) text: Vec<u8>,
    pub(super) count: usize,
    /// The id of the last one.
    pub(super) last: Option<Uuid>,
}

impl Lines {
    /// Adds one of any kind.
    pub(super) fn add(&mut self, line: &impl Serialize) -> Result<()> {
        serde_json::to_writer(&mut self.text, line)?;
        self.text.push(b'\n');
        Ok(())
    }
}

/// Up to so many objects after an id.
pub(super) async fn lines(tx: &mut Tx, kind: SyncType, after: Option<Uuid>, limit: i64) -> Result<Lines> {
    let span = Span::Range { after, until: None, limit };
    objects!(tx, kind, &span, |found| {
        let mut lines =
            Lines { count: found.len(), last: found.last().map(|last| last.id.uuid()), ..Lines::default() };
        for object in &found {
            lines.add(object)?;
        }
        Ok(lines)
    })
}

/// What to do so that a copy of these objects is as they are now.
async fn changes(tx: &mut Tx, kind: SyncType, ids: Vec<Uuid>) -> Result<Vec<SyncChange>> {
    let span = Span::Of(ids.clone());
    let mut found: Vec<(Uuid, Value)> = objects!(tx, kind, &span, |found| {
        let pairs = found.iter().map(|object| Ok((object.id.uuid(), serde_json::to_value(object)?)));
        pairs.collect::<Result<_>>()?
    });
    found.sort_unstable_by_key(|(id, _)| *id);
    ids.into_iter()
        .map(|id| {
            let place = found.binary_search_by_key(&id, |(known, _)| *known);
            let data = place.map_or(Value::Null, |place| found[place].1.take());
            let operation = if data.is_null() { SyncOperation::Delete } else { SyncOperation::Upsert };
            Ok(SyncChange { object: "change".to_owned(), operation, kind, id: text(kind, id), data })
        })
        .collect()
}

/// The same for objects of all types, as few of each at a time as a statement can name. First what is written, what others may refer to
/// before them; then what is removed, the other way round.
///
/// Of what is not of these types only what is gone is told.
pub(super) async fn current(
    tx: &mut Tx,
    types: &[SyncType],
    targets: BTreeMap<SyncType, BTreeSet<Uuid>>,
) -> Result<Vec<SyncChange>> {
    let (mut written, mut removed) = (Vec::new(), Vec::new());
    for (kind, ids) in targets {
        let ids: Vec<Uuid> = ids.into_iter().collect();
        for some in ids.chunks(AT_A_TIME) {
            for change in changes(tx, kind, some.to_vec()).await? {
                match change.operation {
                    SyncOperation::Upsert if types.contains(&kind) => written.push(change),
                    SyncOperation::Upsert => {}
                    SyncOperation::Delete => removed.push(change),
                }
            }
        }
    }
    written.extend(removed.into_iter().rev());
    Ok(written)
}

/// Objects named in one statement.
const AT_A_TIME: usize = 1000;

/// An object's id, as its copies have it.
pub(super) fn text(kind: SyncType, id: Uuid) -> String {
    UntypedId::from_noun(kind.name(), id).map(|id| id.to_string()).unwrap_or_default()
}

/// The id in a request, which must be of this type.
pub(super) fn parse(kind: SyncType, text: &str, pointer: &str) -> Result<Uuid> {
    let id: Option<UntypedId> = text.parse().ok();
    let own = id.filter(|id| id.noun() == kind.name()).map(UntypedId::uuid);
    own.ok_or_else(|| Error::field(pointer, "id", format!("must be the id of a synced {}", kind.name())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_type_has_ids_of_its_own() {
        for kind in SyncType::ALL {
            let id = text(kind, Uuid::from_u128(7));
            assert_eq!(parse(kind, &id, "/x").unwrap(), Uuid::from_u128(7), "{id}");
            let other = SyncType::ALL.into_iter().find(|other| *other != kind).unwrap();
            assert!(parse(other, &id, "/x").is_err() && parse(kind, "nonsense", "/x").is_err());
        }
    }
}
