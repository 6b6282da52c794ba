//! Rules of sync: which types are meant, digests, and how ranges are split.

use std::collections::{BTreeMap, BTreeSet};

use carcosa_kernel::{Error, Result};
use carcosa_types::Timestamp;
use carcosa_types::sync::{SyncDuration, SyncType};
use ring::digest::{SHA256, digest};
use uuid::Uuid;

use crate::capabilities::log::service::Target;

/// The types that a parameter such as `tenant,membership` means, in their order; all when absent.
pub(super) fn types(text: Option<&str>) -> Result<Vec<SyncType>> {
    let Some(text) = text else { return Ok(SyncType::ALL.to_vec()) };
    let mut found = BTreeSet::new();
    for name in text.split(',').map(str::trim) {
        let known = SyncType::named(name).ok_or_else(|| {
            let all: Vec<_> = SyncType::ALL.iter().map(|one| one.name()).collect();
            let rule = format!("“{}” is not synced; name some of {}", name.escape_default(), all.join(", "));
            Error::parameter("types", "unknown_type", rule)
        })?;
        found.insert(known);
    }
    Ok(found.into_iter().collect())
}

/// What the entries of the log are about that matter to a copy of these types: tenants always, since what a tenant had goes with it when it is
/// purged, without entries of its own.
pub(super) fn nouns(types: &[SyncType]) -> Vec<&'static str> {
    let wanted = SyncType::ALL.iter().filter(|one| **one == SyncType::Tenant || types.contains(one));
    wanted.map(|one| one.name()).collect()
}

/// Objects that entries of the log name, each once.
pub(super) fn targets(named: &[Target]) -> BTreeMap<SyncType, BTreeSet<Uuid>> {
    let mut targets: BTreeMap<SyncType, BTreeSet<Uuid>> = BTreeMap::new();
    for target in named {
        if let Some(kind) = SyncType::named(&target.kind) {
            targets.entry(kind).or_default().insert(target.id);
        }
    }
    targets
}

/// How many rows there are, and the XOR of their digests: the same in any order, and worked out row by row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Digest {
    pub(super) count: i64,
    xor: [u8; 32],
}

impl Digest {
    /// Adds a row.
    pub(super) fn add(&mut self, id: &str, version: i64) {
        let text = format!("{id}:{version}");
        self.join(&Self {
            count: 1,
            xor: digest(&SHA256, text.as_bytes()).as_ref().try_into().unwrap_or_default(),
        });
    }

    /// Adds the rows of another part.
    fn join(&mut self, other: &Self) {
        self.count += other.count;
        self.xor.iter_mut().zip(other.xor).for_each(|(byte, other)| *byte ^= other);
    }

    /// 64 hexadecimal digits.
    pub(super) fn text(&self) -> String {
        self.xor.iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

/// Rows of the smallest part.
const SMALLEST: i64 = 500;

/// Splits a range into at most so many parts of equal size while its rows go by, in constant memory: when there are too many parts, two
/// become one.
#[derive(Debug)]
pub(super) struct Splitter {
    most: usize,
    size: i64,
    /// Each with the id of its last row.
    parts: Vec<(Uuid, Digest)>,
    whole: Digest,
}

impl Splitter {
    /// At least two parts.
    pub(super) const fn new(most: usize) -> Self {
        let most = if most < 2 { 2 } else { most };
        Self { most, size: SMALLEST, parts: Vec::new(), whole: Digest { count: 0, xor: [0; 32] } }
    }

    /// The next row, in the order of ids.
    pub(super) fn add(&mut self, id: Uuid, text: &str, version: i64) {
        let mut row = Digest::default();
        row.add(text, version);
        self.whole.join(&row);
        match self.parts.last_mut() {
            Some((last, part)) if part.count < self.size => {
                *last = id;
                part.join(&row);
            }
            _ => {
                if self.parts.len() == self.most {
                    self.halve();
                }
                self.parts.push((id, row));
            }
        }
    }

    fn halve(&mut self) {
        self.size *= 2;
        self.parts = self
            .parts
            .chunks(2)
            .map(|pair| {
                let mut joined = pair[0].1;
                pair[1..].iter().for_each(|(_, other)| joined.join(other));
                (pair[pair.len() - 1].0, joined)
            })
            .collect();
    }

    /// The whole range, and its parts.
    pub(super) fn finish(self) -> (Digest, Vec<(Uuid, Digest)>) {
        (self.whole, self.parts)
    }
}

/// The last, the median and the 95th percentile of durations, newest first; none of nothing.
pub(super) fn duration(newest_first: &[i64]) -> Option<SyncDuration> {
    let last = *newest_first.first()?;
    let mut sorted = newest_first.to_vec();
    sorted.sort_unstable();
    // The nearest rank.
    let rank = |percent: usize| sorted[(sorted.len() * percent).div_ceil(100).max(1) - 1];
    Some(SyncDuration { last, p50: rank(50), p95: rank(95) })
}

/// How long ago, in whole seconds.
pub(super) fn seconds_since(then: Timestamp, now: Timestamp) -> i64 {
    i64::try_from(now.since(then).as_secs()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::{any, prop_assert, prop_assert_eq, proptest};

    use super::*;

    #[test]
    fn types_come_in_their_order_and_once() {
        assert_eq!(types(None).unwrap(), SyncType::ALL);
        assert_eq!(
            types(Some("membership, tenant,tenant")).unwrap(),
            [SyncType::Tenant, SyncType::Membership]
        );
        for bad in ["", "tenants", "tenant,", "Tenant", "key"] {
            assert!(types(Some(bad)).is_err(), "{bad}");
        }
    }

    #[test]
    fn digests_are_those_of_the_documentation() {
        let mut one = Digest::default();
        assert_eq!(one.text(), "0".repeat(64));
        one.add("ten_01h455vb4pex5vsknk084sn02q", 3);
        // printf 'ten_01h455vb4pex5vsknk084sn02q:3' | sha256sum
        assert_eq!(one.text(), "a660e2c1a933acfaea5cf7684f2733234082dc306dd207a4678c15e3eb8ab94a");
        let (mut ab, mut ba) = (one, Digest::default());
        ab.add("x", 1);
        ba.add("x", 1);
        ba.join(&one);
        assert_eq!(ab, ba);
        assert_ne!(ab, one);
    }

    #[test]
    fn percentiles_are_of_what_was() {
        assert_eq!(duration(&[]), None);
        assert_eq!(duration(&[7]), Some(SyncDuration { last: 7, p50: 7, p95: 7 }));
        let hundred: Vec<i64> = (1..=100).collect();
        assert_eq!(duration(&hundred), Some(SyncDuration { last: 1, p50: 50, p95: 95 }));
    }

    proptest! {
        #[test]
        fn parts_make_up_the_whole(rows in 0_u128..6000, most in 0_usize..9, salt in any::<i64>()) {
            let mut splitter = Splitter::new(most);
            let mut expected = Digest::default();
            for row in 0..rows {
                splitter.add(Uuid::from_u128(row), &row.to_string(), salt);
                expected.add(&row.to_string(), salt);
            }
            let (whole, parts) = splitter.finish();
            prop_assert_eq!(whole, expected);
            prop_assert!(parts.len() <= most.max(2));
            let mut joined = Digest::default();
            parts.iter().for_each(|(_, part)| joined.join(part));
            prop_assert_eq!(joined, expected);
            prop_assert!(parts.is_sorted_by_key(|(last, _)| *last));
            prop_assert_eq!(parts.last().map(|(last, _)| *last), rows.checked_sub(1).map(Uuid::from_u128));
        }
    }
}
