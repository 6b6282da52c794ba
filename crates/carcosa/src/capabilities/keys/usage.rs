//! How keys are used: when last, and how often in each hour with what decision. Noted in memory, written now and then.
//!
//! Writing makes no version and is not recorded: it says nothing that anyone decided, and there would be one entry for every few requests.
//! A node that is killed forgets the uses of the last ten seconds. Noting takes one lock for less than a microsecond, and no memory for a
//! key that is known already.

use std::time::Duration;

use carcosa_kernel::{Kernel, Result, System, SystemTask, Tx};
use carcosa_types::id::kind;
use carcosa_types::key_usage::{
    BUSIEST_HOURS, DEFAULT_HOURS, KeyUsage, KeyUsageCounts, KeyUsageHour, KeyUsageQuery, MAX_HOURS,
    ProjectKeyUsage,
};
use carcosa_types::key_use::VerificationCode;
use carcosa_types::{KeyId, ProjectId, Timestamp};

use super::usage_store::{self, CountRow};
use super::{service, store};
use crate::shards::Sharded;

/// Most keys noted in each of 64 parts between two writings. Uses of more are not noted.
const CAPACITY: usize = 4 * 1024;
/// Keys written in one transaction.
const BATCH: usize = 1_000;
/// Most hours noted of one key while nothing can be written, the youngest; older ones are forgotten.
const MOST_HOURS: usize = 48;
/// Rows swept in one transaction.
const SWEPT: i64 = 1_000;
/// How many decisions there are.
const CODES: usize = VerificationCode::ALL.len();
const HOUR_MICROS: i64 = 3_600_000_000;

/// How often each decision was made in one hour.
type Counts = [u32; CODES];

/// Uses of a key that are not written yet.
#[derive(Debug, Clone)]
pub(super) struct Use {
    /// The key's project.
    pub(super) project: ProjectId,
    /// The key; what was no key is noted under the id of the project.
    pub(super) key: KeyId,
    /// When it was last used with success.
    pub(super) at: Option<Timestamp>,
    /// The hour that is counted now, and how often.
    hour: (Timestamp, Counts),
    /// Hours before it.
    earlier: Vec<(Timestamp, Counts)>,
}

impl Use {
    const fn new(project: ProjectId, key: KeyId) -> Self {
        Self {
            project,
            key,
            at: None,
            hour: (Timestamp::from_micros(i64::MIN), [0; CODES]),
            earlier: Vec::new(),
        }
    }

    /// Whether it is of what was no key.
    fn is_of_project(&self) -> bool {
        self.key.uuid() == self.project.uuid()
    }

    /// The hours in which something was counted.
    fn hours(&self) -> impl Iterator<Item = &(Timestamp, Counts)> {
        self.earlier.iter().chain([&self.hour]).filter(|(_, counts)| counts.iter().any(|count| *count > 0))
    }

    /// How often each decision was made: the hour, the decision, the number.
    pub(super) fn counts(&self) -> impl Iterator<Item = (Timestamp, VerificationCode, i64)> {
        self.hours().flat_map(|(hour, counts)| {
            let counts = VerificationCode::ALL.into_iter().zip(counts);
            counts.filter(|(_, count)| **count > 0).map(|(code, count)| (*hour, code, i64::from(*count)))
        })
    }

    fn count(&mut self, at: Timestamp, code: VerificationCode) {
        let mut counts = [0; CODES];
        counts[code as usize] = 1;
        self.add(hour_of(at), &counts);
    }

    fn add(&mut self, hour: Timestamp, more: &Counts) {
        if hour > self.hour.0 {
            let before = std::mem::replace(&mut self.hour, (hour, [0; CODES]));
            if before.1.iter().any(|count| *count > 0) {
                self.earlier.push(before);
            }
            let excess = self.earlier.len().saturating_sub(MOST_HOURS);
            self.earlier.drain(..excess);
        }
        let counts = if hour == self.hour.0 {
            &mut self.hour.1
        } else if let Some(at) = self.earlier.iter().position(|(earlier, _)| *earlier == hour) {
            &mut self.earlier[at].1
        } else if self.earlier.len() < MOST_HOURS {
            let at = self.earlier.partition_point(|(earlier, _)| *earlier < hour);
            self.earlier.insert(at, (hour, [0; CODES]));
            &mut self.earlier[at].1
        } else {
            return;
        };
        counts.iter_mut().zip(more).for_each(|(count, more)| *count = count.saturating_add(*more));
    }

    /// Takes back what could not be written.
    fn merge(&mut self, other: &Self) {
        self.at = self.at.max(other.at);
        other.hours().for_each(|(hour, counts)| self.add(*hour, counts));
    }
}

/// The hour that a time is in.
fn hour_of(at: Timestamp) -> Timestamp {
    Timestamp::from_micros(at.micros() - at.micros().rem_euclid(HOUR_MICROS))
}

/// The uses that are not written yet.
#[derive(Default)]
pub(super) struct Usage(Sharded<kind::Key, Use>);

impl Usage {
    /// Notes that a key was used with success.
    pub(super) fn note(&self, project: ProjectId, key: KeyId, at: Timestamp) {
        self.with(project, key, |noted| noted.at = noted.at.max(Some(at)));
    }

    /// Counts a decision about a key, or about what is no key of the project.
    pub(super) fn count(
        &self,
        project: ProjectId,
        key: Option<KeyId>,
        code: VerificationCode,
        at: Timestamp,
    ) {
        let key = key.unwrap_or_else(|| KeyId::from_uuid(project.uuid()));
        self.with(project, key, |noted| {
            if code == VerificationCode::Valid {
                noted.at = noted.at.max(Some(at));
            }
            noted.count(at, code);
        });
    }

    fn with(&self, project: ProjectId, key: KeyId, change: impl FnOnce(&mut Use)) {
        let mut uses = self.0.of(key);
        if uses.len() < CAPACITY || uses.contains_key(&key) {
            change(uses.entry(key).or_insert_with(|| Use::new(project, key)));
        }
    }

    /// Writes what was noted. What cannot be written now stays noted.
    pub(super) async fn write(&self, kernel: &Kernel) -> Result<()> {
        let mut uses: Vec<Use> = self
            .0
            .each()
            .flat_map(|mut uses| uses.drain().map(|(_, used)| used).collect::<Vec<_>>())
            .collect();
        uses.sort_unstable_by_key(|used| used.key);
        let system = System::new(kernel, SystemTask::Keys);
        let mut batches = uses.chunks(BATCH);
        while let Some(batch) = batches.next() {
            if let Err(error) = system.maintain(async |tx| write(tx, batch).await).await {
                let left = std::iter::once(batch).chain(batches).flatten();
                left.for_each(|used| self.with(used.project, used.key, |noted| noted.merge(used)));
                return Err(error);
            }
        }
        Ok(())
    }
}

async fn write(tx: &mut Tx, uses: &[Use]) -> Result<()> {
    let (unknown, known): (Vec<&Use>, Vec<&Use>) = uses.iter().partition(|used| used.is_of_project());
    store::note_uses(tx, known.iter().filter_map(|used| Some((used.project, used.key, used.at?)))).await?;
    usage_store::count(tx, &known).await?;
    usage_store::count_totals(tx, known.into_iter().chain(unknown)).await
}

/// Forgets hours that are over 31 days old; whether there may be more.
pub async fn sweep(system: &System) -> Result<bool> {
    let before = first_hour(system.kernel().now(), MAX_HOURS);
    system.maintain(async |tx| usage_store::sweep(tx, before, SWEPT).await).await
}

/// When the first of so many hours began, of which the present one is the last.
fn first_hour(now: Timestamp, hours: u32) -> Timestamp {
    hour_of(now).minus(Duration::from_hours(u64::from(hours.saturating_sub(1))))
}

/// How often a key was verified.
pub async fn of_key(mut tx: Tx, now: Timestamp, id: KeyId, query: &KeyUsageQuery) -> Result<KeyUsage> {
    let hours = query.hours.unwrap_or(DEFAULT_HOURS);
    let key_id = service::find(&mut tx, id).await?.id;
    let rows = usage_store::of_key(&mut tx, id, first_hour(now, hours)).await?;
    let (total, buckets) = buckets(now, hours, rows);
    Ok(KeyUsage { object: "key_usage".to_owned(), key_id, total, buckets })
}

/// How often keys were verified in the project.
pub async fn of_project(mut tx: Tx, now: Timestamp, query: &KeyUsageQuery) -> Result<ProjectKeyUsage> {
    let hours = query.hours.unwrap_or(DEFAULT_HOURS);
    let from = first_hour(now, hours);
    let (total, buckets) = buckets(now, hours, usage_store::of_project(&mut tx, from).await?);
    let busiest = usage_store::busiest(&mut tx, first_hour(now, hours.min(BUSIEST_HOURS))).await?;
    Ok(ProjectKeyUsage { object: "project_key_usage".to_owned(), total, buckets, busiest })
}

/// One bucket for each hour. What a node whose clock is ahead counted in a later one is of the last.
fn buckets(now: Timestamp, hours: u32, rows: Vec<CountRow>) -> (KeyUsageCounts, Vec<KeyUsageHour>) {
    let first = first_hour(now, hours);
    let mut buckets: Vec<KeyUsageHour> = (0..u64::from(hours))
        .map(|number| first.plus(Duration::from_hours(number)))
        .map(|start| KeyUsageHour { start, counts: KeyUsageCounts::default() })
        .collect();
    let (mut total, last) = (KeyUsageCounts::default(), buckets.len().saturating_sub(1));
    for row in rows {
        let place = usize::try_from(row.hour.since(first).as_secs() / 3600).unwrap_or(last).min(last);
        for counts in [&mut total, &mut buckets[place].counts] {
            if row.code == "valid" {
                counts.valid += row.count;
            } else {
                *counts.refused.entry(row.code.clone()).or_default() += row.count;
            }
        }
    }
    (total, buckets)
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn hour(number: i64) -> Timestamp {
        Timestamp::from_micros(number * HOUR_MICROS)
    }

    fn counted(of: &Use) -> Vec<(i64, VerificationCode, i64)> {
        of.counts().map(|(hour, code, count)| (hour.micros() / HOUR_MICROS, code, count)).collect()
    }

    #[test]
    fn each_hour_has_its_counts_also_when_writing_fails() {
        use VerificationCode::{RateLimited, Revoked, Valid};
        let new = || Use::new(ProjectId::from_uuid(Uuid::from_u128(1)), KeyId::from_uuid(Uuid::from_u128(2)));
        let mut failed = new();
        failed.count(hour(5).plus(Duration::from_secs(3599)), Valid);
        failed.count(hour(6), Valid);
        failed.count(hour(6), Revoked);
        assert_eq!(counted(&failed), [(5, Valid, 1), (6, Revoked, 1), (6, Valid, 1)]);
        let mut noted = new();
        noted.count(hour(7), RateLimited);
        noted.count(hour(6), Valid);
        noted.merge(&failed);
        assert_eq!(counted(&noted), [(5, Valid, 1), (6, Revoked, 1), (6, Valid, 2), (7, RateLimited, 1)]);
    }

    #[test]
    fn so_many_hours_are_noted_and_no_more() {
        let mut noted = Use::new(ProjectId::from_uuid(Uuid::nil()), KeyId::from_uuid(Uuid::from_u128(2)));
        for number in 0..100 {
            noted.count(hour(number), VerificationCode::Valid);
        }
        let hours: Vec<_> = counted(&noted).into_iter().map(|(hour, _, _)| hour).collect();
        assert_eq!(hours, (51..100).collect::<Vec<_>>());
        noted.count(hour(3), VerificationCode::Valid);
        assert_eq!(counted(&noted).len(), 49);
    }
}
