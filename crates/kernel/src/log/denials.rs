//! Refusals, counted in memory until they are written to the log.
//!
//! Whoever is refused a thousand times a second must not write a thousand rows a second. A refusal therefore costs one short
//! lock: alike ones are counted together, and every [`FLUSH_EVERY`] one entry is written for each kind of them. What can be
//! told apart is bounded, in all and for each project; what goes beyond is counted as one.
//!
//! A node that crashes loses what it counted since the last flush, at most [`FLUSH_EVERY`] of refusals. A graceful stop loses
//! nothing, and neither does a database that is away: what cannot be written is put back and counted on.

use std::collections::HashMap;
use std::collections::hash_map::Entry as Slot;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use carcosa_types::{ProjectId, Timestamp};
use uuid::Uuid;

use crate::Caller;
use crate::access::CallerKind;
use crate::directory::TenantRef;
use crate::error::PERMISSION_DENIED;
use crate::secrets::KeyHash;

/// How often they are written.
pub const FLUSH_EVERY: Duration = Duration::from_secs(10);
/// Refusals told apart between two flushes, in all.
pub const MAX_DISTINCT: usize = 10_000;
/// Refusals told apart between two flushes, of one project: none can take the place of the others.
pub const MAX_OF_PROJECT: usize = 500;

/// A refusal worth noting.
#[derive(Debug, Clone)]
pub enum Denial {
    /// Someone known was refused. Made by [`Denial::of_access`].
    Access {
        /// Who, at the first of these refusals.
        caller: Arc<Caller>,
        /// The permission that was needed.
        permission: &'static str,
        /// Why it was refused: the code of the error.
        code: &'static str,
        /// The tenant in whose log it belongs, as it was named.
        tenant: Option<TenantRef>,
    },
    /// Someone did not get in.
    SignInFailed {
        /// Where: a project, or [`ProjectId::INSTALLATION`] for operators.
        project: ProjectId,
        /// The keyed hash of the account that was named, whether there is one or not.
        account: KeyHash,
        /// From where.
        ip: Option<IpAddr>,
    },
}

impl Denial {
    /// The refusal of an access, with the tenant that the request named. What it tells goes to those who may know it: a key of
    /// one tenant may have named another that it cannot see, so the refusal stays with its own.
    #[must_use]
    pub fn of_access(
        caller: Arc<Caller>,
        permission: &'static str,
        code: &'static str,
        named: Option<TenantRef>,
    ) -> Self {
        let own = caller.tenant().map(TenantRef::Id);
        // A user is told of a missing permission only in tenants that are theirs to see; others they do not find.
        let sees = matches!(caller.kind(), CallerKind::User(_)) && code == PERMISSION_DENIED.code;
        let tenant = if sees { named.or(own) } else { own.or(named) };
        Self::Access { caller, permission, code, tenant }
    }

    /// The project in whose log it belongs.
    #[must_use]
    pub fn project(&self) -> ProjectId {
        match self {
            Self::Access { caller, .. } => caller.project(),
            Self::SignInFailed { project, .. } => *project,
        }
    }

    fn kind(&self) -> Kind {
        match self {
            Self::Access { caller, permission, code, tenant } => Kind::Access {
                caller: (caller.kind().name(), caller.kind().id()),
                permission,
                code,
                tenant: tenant.clone(),
            },
            Self::SignInFailed { account, ip, .. } => {
                Kind::SignInFailed { account: account.clone(), ip: *ip }
            }
        }
    }
}

/// What refusals of one project have in common that are counted together.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Kind {
    Access {
        caller: (&'static str, Option<Uuid>),
        permission: &'static str,
        code: &'static str,
        tenant: Option<TenantRef>,
    },
    SignInFailed {
        account: KeyHash,
        ip: Option<IpAddr>,
    },
    Other,
}

/// Refusals that were counted together.
#[derive(Debug, Clone)]
pub struct Counted {
    /// In whose log they belong.
    pub project: ProjectId,
    /// The first of them; `None` for those that are no longer told apart.
    pub first: Option<Denial>,
    /// How many.
    pub count: u64,
    /// When the first was.
    pub first_at: Timestamp,
    /// When the last was.
    pub last_at: Timestamp,
}

/// The refusals of one node that are not written yet.
#[derive(Debug, Default)]
pub struct Denials(Mutex<Collected>);

#[derive(Debug, Default)]
struct Collected {
    counted: HashMap<(ProjectId, Kind), Counted>,
    /// How many of them are told apart in each project.
    of_project: HashMap<ProjectId, usize>,
}

impl Denials {
    /// Counts one.
    pub fn note(&self, at: Timestamp, denial: Denial) {
        let project = denial.project();
        self.add([Counted { project, first: Some(denial), count: 1, first_at: at, last_at: at }]);
    }

    /// Takes all, to be written.
    #[must_use]
    pub fn take(&self) -> Vec<Counted> {
        let taken = std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner));
        taken.counted.into_values().collect()
    }

    /// Adds what was counted: new ones, or those that could not be written.
    pub fn add(&self, counted: impl IntoIterator<Item = Counted>) {
        let counted: Vec<_> = counted
            .into_iter()
            .map(|counted| (counted.first.as_ref().map_or(Kind::Other, Denial::kind), counted))
            .collect();
        let mut collected = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for (kind, counted) in counted {
            collected.add(kind, counted);
        }
    }
}

impl Collected {
    fn add(&mut self, kind: Kind, mut counted: Counted) {
        let (project, all) = (counted.project, self.counted.len());
        let key = match self.counted.entry((project, kind)) {
            Slot::Occupied(mut known) => return known.get_mut().join(counted),
            Slot::Vacant(new) => new.into_key(),
        };
        let of_project = self.of_project.entry(project).or_default();
        if key.1 == Kind::Other || (all < MAX_DISTINCT && *of_project < MAX_OF_PROJECT) {
            *of_project += 1;
            self.counted.insert(key, counted);
            return;
        }
        counted.first = None;
        match self.counted.entry((project, Kind::Other)) {
            Slot::Occupied(mut known) => known.get_mut().join(counted),
            Slot::Vacant(new) => {
                new.insert(counted);
            }
        }
    }
}

impl Counted {
    fn join(&mut self, other: Self) {
        self.count = self.count.saturating_add(other.count);
        // The earlier one is the first, also when it is put back.
        if other.first_at < self.first_at {
            self.first = other.first.or(self.first.take());
        }
        self.first_at = self.first_at.min(other.first_at);
        self.last_at = self.last_at.max(other.last_at);
    }
}

#[cfg(test)]
mod tests {
    use carcosa_types::{KeyId, TenantId};

    use super::*;

    fn at(micros: i64) -> Timestamp {
        Timestamp::from_micros(micros)
    }

    fn project(n: u128) -> ProjectId {
        ProjectId::from_uuid(Uuid::from_u128(n))
    }

    fn refused(project: ProjectId, key: u128, tenant: Option<u128>) -> Denial {
        let kind = CallerKind::Key(KeyId::from_uuid(Uuid::from_u128(key)));
        let tenant = tenant.map(|n| TenantRef::Id(TenantId::from_uuid(Uuid::from_u128(n))));
        Denial::of_access(
            Arc::new(Caller::internal(kind, project)),
            "tenant:read",
            "permission_denied",
            tenant,
        )
    }

    #[test]
    fn alike_ones_are_counted_together() {
        let denials = Denials::default();
        for n in 1..=5_000 {
            denials.note(at(n), refused(project(1), 7, None));
        }
        denials.note(at(6_000), refused(project(1), 8, None));
        denials.note(at(6_001), refused(project(1), 7, Some(3)));
        denials.note(at(6_002), refused(project(2), 7, None));
        let mut taken = denials.take();
        taken.sort_by_key(|counted| counted.first_at);
        let counts: Vec<u64> = taken.iter().map(|counted| counted.count).collect();
        assert_eq!(counts, [5_000, 1, 1, 1]);
        assert_eq!((taken[0].first_at, taken[0].last_at), (at(1), at(5_000)));
        assert!(denials.take().is_empty());
    }

    #[test]
    fn what_is_told_apart_is_bounded_for_each_project_and_in_all() {
        let denials = Denials::default();
        let beyond = MAX_OF_PROJECT as u128 + 100;
        for key in 0..beyond {
            denials.note(at(1), refused(project(1), key, None));
        }
        denials.note(at(1), refused(project(2), 1, None));
        let taken = denials.take();
        assert_eq!(taken.len(), MAX_OF_PROJECT + 2, "one for the rest, one of the other project");
        let other: Vec<_> = taken.iter().filter(|counted| counted.first.is_none()).collect();
        assert_eq!((other.len(), other[0].count, other[0].project), (1, 100, project(1)));

        let projects = (MAX_DISTINCT / MAX_OF_PROJECT + 10) as u128;
        for n in 0..projects {
            for key in 0..MAX_OF_PROJECT as u128 {
                denials.note(at(1), refused(project(n), key, None));
            }
        }
        let taken = denials.take();
        assert!(taken.len() <= MAX_DISTINCT + usize::try_from(projects).unwrap(), "{}", taken.len());
        let all: u64 = taken.iter().map(|counted| counted.count).sum();
        assert_eq!(u128::from(all), projects * MAX_OF_PROJECT as u128, "every one is counted");
    }

    #[test]
    fn what_is_put_back_is_counted_on() {
        let denials = Denials::default();
        denials.note(at(1), refused(project(1), 7, None));
        let taken = denials.take();
        denials.note(at(9), refused(project(1), 7, None));
        denials.add(taken);
        let taken = denials.take();
        assert_eq!((taken.len(), taken[0].count), (1, 2));
        assert_eq!((taken[0].first_at, taken[0].last_at), (at(1), at(9)));
    }

    #[test]
    fn failed_sign_ins_are_told_apart_by_account_and_address() {
        let denials = Denials::default();
        let failed = |account: u8, ip: &str| Denial::SignInFailed {
            project: project(1),
            account: KeyHash::from([account; 32]),
            ip: ip.parse().ok(),
        };
        for denial in
            [failed(1, "10.0.0.1"), failed(1, "10.0.0.1"), failed(1, "10.0.0.2"), failed(2, "10.0.0.1")]
        {
            denials.note(at(1), denial);
        }
        assert_eq!(denials.take().len(), 3);
    }
}
