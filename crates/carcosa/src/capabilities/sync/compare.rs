//! Comparing a copy with what there is, by digests of ranges of ids.
//!
//! The digest of a row is the SHA-256 of `id:version`, that of a range the XOR of its rows'. A client sends the digest of all its rows. If it
//! differs, the answer has the range in parts with a digest each, made while the rows go by. The client asks again with those parts that
//! differ from its own: in turn with their digests, or, where there are few rows, with these. So what is sent depends on what differs and
//! hardly on how much there is: three differing rows in a million take two requests.

use std::collections::{BTreeMap, BTreeSet};

use carcosa_kernel::{Access, Error, Result, Tx};
use carcosa_types::permission::SyncRead;
use carcosa_types::sync::{
    MAX_DIFFERENCES, MAX_ROWS, SyncClientRange, SyncCompare, SyncComparison, SyncDifference, SyncOperation,
    SyncProblem, SyncServerRange, SyncType,
};
use uuid::Uuid;

use super::model::{Digest, Splitter};
use super::state::{self, Asked};
use super::{source, source_store as store};
use crate::capabilities::log;
use crate::span::Span;

/// Parts in one answer.
const PARTS: usize = 1024;
/// Objects looked at that wait for their place in the log's order. Where there are more, some of them are told as differences, which they
/// are: what repairs them is right, and comes again.
const MOST_WAITING: i64 = 5000;
/// Rows read at a time.
const BATCH: i64 = 5000;

/// What differs of what a client has.
pub(super) async fn compare(access: &Access<SyncRead>, asked: SyncCompare) -> Result<SyncComparison> {
    let (kernel, kind) = (access.kernel(), asked.kind);
    let project = access.project();
    state::admit(kernel, project, Asked::Other)?;
    let node = state::of(kernel)?;
    let _place = state::begin_comparing(&node, project)?;
    let since =
        asked.since.as_deref().map(|cursor| log::service::position(kernel, project, cursor)).transpose()?;
    let ranges = asked.ranges.iter().enumerate().map(|(index, range)| Range::parse(kind, index, range));
    let ranges = ranges.collect::<Result<Vec<_>>>()?;
    check_order(&ranges)?;
    let mut tx = access.read().await?;
    if let Some(since) = since {
        log::service::check_kept(&mut tx, since).await?;
    }
    let most = PARTS / ranges.iter().filter(|range| matches!(range.has, Has::Digest(_))).count().max(1);
    let (mut parts, mut wrong, mut rows_left) = (Vec::new(), BTreeMap::new(), MAX_ROWS);
    for range in &ranges {
        match &range.has {
            Has::Digest(has) => parts.extend(range.parts(&mut tx, kind, *has, most).await?),
            Has::Rows(rows) => wrong.extend(range.wrong(&mut tx, kind, rows, &mut rows_left).await?),
        }
    }
    if let Some(since) = since {
        on_its_way(&mut tx, kind, since, &mut wrong).await?;
    }
    let has_more = wrong.len() > MAX_DIFFERENCES;
    let differences = differences(&mut tx, kind, &wrong).await?;
    let equal = parts.is_empty() && differences.is_empty();
    Ok(SyncComparison { object: "comparison".to_owned(), equal, ranges: parts, differences, has_more })
}

/// Ranges must follow each other, so that no row is read twice.
fn check_order(ranges: &[Range]) -> Result<()> {
    for pair in ranges.windows(2) {
        let follows = pair[0].until.is_some_and(|until| pair[1].after.is_some_and(|after| until <= after));
        if !follows {
            let rule = "must come after the range before it: in the order of ids, and not overlapping";
            return Err(Error::field(&pair[1].pointer, "order", rule));
        }
    }
    Ok(())
}

/// A range of ids with what the client has there.
struct Range {
    after: Option<Uuid>,
    until: Option<Uuid>,
    pointer: String,
    has: Has,
}

enum Has {
    Digest((i64, [u8; 64])),
    Rows(BTreeMap<Uuid, i64>),
}

impl Range {
    fn parse(kind: SyncType, index: usize, range: &SyncClientRange) -> Result<Self> {
        let pointer = format!("/ranges/{index}");
        let bound = |name: &str, text: &Option<String>| {
            text.as_deref().map(|text| source::parse(kind, text, &format!("{pointer}/{name}"))).transpose()
        };
        let (after, until) = (bound("after", &range.after)?, bound("until", &range.until)?);
        let has = match (&range.rows, &range.digest, range.count) {
            (Some(rows), _, _) => Has::Rows(
                rows.iter()
                    .map(|(id, version)| {
                        let pointer = format!("{pointer}/rows/{}", id.replace('~', "~0").replace('/', "~1"));
                        Ok((source::parse(kind, id, &pointer)?, *version))
                    })
                    .collect::<Result<_>>()?,
            ),
            (None, Some(digest), Some(count)) => {
                let digits = digest.as_bytes().try_into().map_err(Error::internal)?;
                Has::Digest((count, digits))
            }
            _ => return Err(Error::field(&pointer, "form", "must have count and digest, or rows")),
        };
        let inside =
            |id: &Uuid| after.is_none_or(|after| *id > after) && until.is_none_or(|until| *id <= until);
        if let Has::Rows(rows) = &has
            && !rows.keys().all(inside)
        {
            return Err(Error::field(&format!("{pointer}/rows"), "outside", "must lie in the range"));
        }
        Ok(Self { after, until, pointer, has })
    }

    /// The parts of the range as the server has it; none when the client has the same.
    async fn parts(
        &self,
        tx: &mut Tx,
        kind: SyncType,
        (count, digest): (i64, [u8; 64]),
        most: usize,
    ) -> Result<Vec<SyncServerRange>> {
        let mut splitter = Splitter::new(most);
        let mut after = self.after;
        loop {
            let rows =
                store::versions(tx, kind, &Span::Range { after, until: self.until, limit: BATCH }).await?;
            for row in &rows {
                splitter.add(row.id, &source::text(kind, row.id), row.version);
            }
            match rows.last() {
                Some(last) if rows.len() >= usize::try_from(BATCH).unwrap_or(usize::MAX) => {
                    after = Some(last.id);
                }
                _ => break,
            }
        }
        let (whole, mut parts) = splitter.finish();
        if whole.count == count && whole.text().as_bytes() == digest {
            return Ok(Vec::new());
        }
        if parts.is_empty() {
            parts.push((Uuid::nil(), Digest::default()));
        }
        let (last, mut after) = (parts.len() - 1, self.after);
        let parts = parts.into_iter().enumerate().map(|(index, (end, digest))| {
            // The last part reaches to the end of the range, where the client may have more.
            let until = if index == last { self.until } else { Some(end) };
            let text = |id: Option<Uuid>| id.map(|id| source::text(kind, id));
            let part = SyncServerRange {
                after: text(after),
                until: text(until),
                count: digest.count,
                digest: digest.text(),
            };
            after = until;
            part
        });
        Ok(parts.collect())
    }

    /// The client's rows that are not as they should be.
    async fn wrong(
        &self,
        tx: &mut Tx,
        kind: SyncType,
        has: &BTreeMap<Uuid, i64>,
        rows_left: &mut usize,
    ) -> Result<BTreeMap<Uuid, SyncProblem>> {
        let limit = i64::try_from(*rows_left + 1).map_err(Error::internal)?;
        let rows =
            store::versions(tx, kind, &Span::Range { after: self.after, until: self.until, limit }).await?;
        *rows_left = rows_left.checked_sub(rows.len()).ok_or_else(|| {
            let rule =
                format!("the server has more than {MAX_ROWS} rows in the ranges: give digests of large ones");
            Error::field(&self.pointer, "too_many", rule)
        })?;
        let mut wrong: BTreeMap<Uuid, SyncProblem> = has.keys().map(|id| (*id, SyncProblem::Extra)).collect();
        for row in rows {
            match has.get(&row.id) {
                Some(version) if *version == row.version => drop(wrong.remove(&row.id)),
                Some(_) => drop(wrong.insert(row.id, SyncProblem::Different)),
                None => drop(wrong.insert(row.id, SyncProblem::Missing)),
            }
        }
        Ok(wrong)
    }
}

/// Takes out what changed after the client's cursor: that will come.
async fn on_its_way(
    tx: &mut Tx,
    kind: SyncType,
    since: i64,
    wrong: &mut BTreeMap<Uuid, SyncProblem>,
) -> Result<()> {
    let ids: Vec<Uuid> = wrong.keys().copied().collect();
    let changed = log::service::changed_of(tx, &ids, since).await?;
    let waiting = log::service::waiting(tx, &[kind.name()], MOST_WAITING).await?;
    for target in changed.into_iter().chain(waiting) {
        wrong.remove(&target.id);
    }
    Ok(())
}

/// What mends the first of them.
async fn differences(
    tx: &mut Tx,
    kind: SyncType,
    wrong: &BTreeMap<Uuid, SyncProblem>,
) -> Result<Vec<SyncDifference>> {
    let ids: BTreeSet<Uuid> = wrong.keys().copied().take(MAX_DIFFERENCES).collect();
    let changes = source::current(tx, &[kind], BTreeMap::from([(kind, ids)])).await?;
    changes
        .into_iter()
        .map(|change| {
            let id = source::parse(kind, &change.id, "")?;
            let removed = change.operation == SyncOperation::Delete;
            let problem = wrong.get(&id).copied().unwrap_or(if removed {
                SyncProblem::Extra
            } else {
                SyncProblem::Different
            });
            Ok(SyncDifference { problem, change })
        })
        .collect()
}
