//! Credits of keys, spent in the memory of each node out of what it leased from the database.
//!
//! The database is asked when a lease is used up: once for [`LEASE`](super::budget::LEASE) calls, by one caller at a time for each key.
//! Nothing is spent that was not leased, so nodes together never overspend. A node that stops gives back what is left; one that is killed
//! loses it, at most one lease of each key. Leasing makes no version and is not recorded: it is bookkeeping of what verifications do
//! by the hundred, and would bury the log.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use carcosa_kernel::directory::KeyRecord;
use carcosa_kernel::{Error, Kernel, Result, System, SystemTask, Tx};
use carcosa_types::id::kind;
use carcosa_types::{KeyId, ProjectId, Timestamp};
use tokio::sync::Semaphore;

use super::budget::{Budget, Cover, LEASE, Lease};
use super::store;
use crate::shards::Sharded;

/// A lease that was not spent from for this long is given back.
pub(super) const IDLE: Duration = Duration::from_mins(1);
/// Most leases in each of 64 parts. A key beyond that asks the database each time, for no more than it spends.
const CAPACITY: usize = 4 * 1024;
/// Leases asked for at a time: they take connections of the node's own upkeep, which has other things to do.
const AT_A_TIME: usize = 2;
/// Leases given back in one transaction.
const BATCH: usize = 500;
/// How often a caller asks who counts on what the node holds, and finds that others spent it in the meantime.
const TRIES: usize = 3;

/// How spending ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Spent {
    /// It was spent, of the budget with this epoch; this is left as far as is known.
    Covered { epoch: i64, left: i64 },
    /// The key turns out to have no budget any more.
    Unmetered,
    /// There is less than that: this is left as far as is known.
    Exhausted { left: i64 },
}

#[derive(Default)]
struct Account {
    lease: Mutex<Lease>,
    /// Held while the database is asked, so that of many callers one asks.
    asking: tokio::sync::Mutex<()>,
    project: Option<ProjectId>,
}

impl Account {
    fn lease(&self) -> MutexGuard<'_, Lease> {
        self.lease.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The leases of this node.
pub(super) struct Leases {
    accounts: Sharded<kind::Key, Arc<Account>>,
    places: Arc<Semaphore>,
}

impl Default for Leases {
    fn default() -> Self {
        Self { accounts: Sharded::default(), places: Arc::new(Semaphore::new(AT_A_TIME)) }
    }
}

/// What is left of a lease that is given back.
struct Rest {
    key: KeyId,
    project: ProjectId,
    epoch: i64,
    left: i64,
}

impl Leases {
    /// Spends what a call costs. `budget` is the epoch that the directory knows of. A cost of 0 only looks.
    pub(super) async fn spend(
        &self,
        kernel: &Kernel,
        key: &KeyRecord,
        budget: i64,
        cost: i64,
    ) -> Result<Spent> {
        let (account, kept) = self.account(key);
        let portion = if kept { LEASE.max(cost) } else { cost };
        for _ in 0..TRIES {
            if let Some(spent) = try_spend(kernel, &account, budget, cost) {
                return Ok(spent);
            }
            let _asking = account.asking.lock().await;
            // Whoever asked before may have got enough for both.
            if let Some(spent) = try_spend(kernel, &account, budget, cost) {
                return Ok(spent);
            }
            // Of its own accord: a caller who goes away in the middle must not take what was leased along.
            let places = Arc::clone(&self.places);
            let asked =
                ask(kernel.clone(), places, Arc::clone(&account), (key.project_id, key.id), (cost, portion));
            if let Some(spent) = tokio::spawn(asked).await.map_err(Error::internal)?? {
                return Ok(spent);
            }
        }
        let lease = *account.lease();
        Ok(Spent::Exhausted { left: lease.left.saturating_add(lease.stored) })
    }

    /// Takes back what was spent on a call that was then refused.
    pub(super) fn undo(&self, key: KeyId, epoch: i64, cost: i64) {
        let account = self.accounts.of(key).get(&key).cloned();
        if let Some(account) = account {
            account.lease().put_back(epoch, cost);
        }
    }

    /// The account of a key, and whether it is kept.
    fn account(&self, key: &KeyRecord) -> (Arc<Account>, bool) {
        let mut accounts = self.accounts.of(key.id);
        if let Some(known) = accounts.get(&key.id) {
            return (Arc::clone(known), true);
        }
        let new = Arc::new(Account { project: Some(key.project_id), ..Account::default() });
        let kept = accounts.len() < CAPACITY;
        if kept {
            accounts.insert(key.id, Arc::clone(&new));
        }
        (new, kept)
    }

    /// Gives back the leases that were not spent from for so long. What cannot be given back now stays leased.
    pub(super) async fn give_back(&self, kernel: &Kernel, idle: Duration) -> Result<()> {
        let mut rests = self.take_out(kernel, idle);
        // All nodes in the same order, so that none waits for another in a circle.
        rests.sort_unstable_by_key(|rest| rest.key);
        let system = System::new(kernel, SystemTask::Keys);
        let mut batches = rests.chunks(BATCH);
        while let Some(batch) = batches.next() {
            let mut written = false;
            let given = system
                .maintain(async |tx| {
                    let done = put_into_budgets(tx, batch).await;
                    written = done.is_ok();
                    done
                })
                .await;
            if let Err(error) = given {
                // When the commit itself failed nobody knows whether it happened: rather lost than spent twice.
                let mine: &[Rest] = if written { &[] } else { batch };
                std::iter::once(mine).chain(batches).flatten().for_each(|rest| self.put_back(rest));
                return Err(error);
            }
        }
        Ok(())
    }

    /// Forgets the accounts that nobody uses, and says what is left in them.
    fn take_out(&self, kernel: &Kernel, idle: Duration) -> Vec<Rest> {
        let now = kernel.now();
        let mut rests = Vec::new();
        for mut accounts in self.accounts.each() {
            accounts.retain(|key, account| {
                let lease = *account.lease();
                // Handles are made under this part's lock: with one there is nobody who could spend.
                if Arc::strong_count(account) > 1 || now.since(lease.used_at) < idle {
                    return true;
                }
                if let Some(project) = account.project.filter(|_| lease.left > 0) {
                    rests.push(Rest { key: *key, project, epoch: lease.epoch, left: lease.left });
                }
                false
            });
        }
        rests
    }

    fn put_back(&self, rest: &Rest) {
        let mut accounts = self.accounts.of(rest.key);
        let account = accounts.entry(rest.key).or_insert_with(|| {
            let lease = Lease { epoch: rest.epoch, ..Lease::default() };
            Arc::new(Account { project: Some(rest.project), lease: Mutex::new(lease), ..Account::default() })
        });
        account.lease().put_back(rest.epoch, rest.left);
    }
}

/// Leases a portion of a key's budget and spends the cost of it, in one act; `None` when others spent what was counted on.
async fn ask(
    kernel: Kernel,
    places: Arc<Semaphore>,
    account: Arc<Account>,
    (project, key): (ProjectId, KeyId),
    (cost, portion): (i64, i64),
) -> Result<Option<Spent>> {
    let _place = places.acquire().await.map_err(Error::internal)?;
    let now = kernel.now();
    let held = Held { lease: *account.lease(), now };
    let answer = System::new(&kernel, SystemTask::Keys)
        .maintain(async |tx| lease(tx, (project, key), held, (cost, portion)).await)
        .await?;
    let Some((granted, budget)) = answer else { return Ok(Some(Spent::Unmetered)) };
    let mut lease = account.lease();
    lease.take(granted, &budget, now);
    Ok(spend_of(&mut lease, budget.epoch, cost, now))
}

/// What a node had when it asked, and when that was.
#[derive(Clone, Copy)]
struct Held {
    lease: Lease,
    now: Timestamp,
}

/// Takes a portion out of the budget; `None` when there is no budget.
async fn lease(
    tx: &mut Tx,
    (project, key): (ProjectId, KeyId),
    held: Held,
    (cost, portion): (i64, i64),
) -> Result<Option<(i64, Budget)>> {
    let Some(mut budget) = store::lock_budget(tx, project, key).await? else { return Ok(None) };
    let before = budget.clone();
    budget.refill(held.now);
    let left = if held.lease.epoch == budget.epoch { held.lease.left } else { 0 };
    let granted = budget.lease(left, cost, portion);
    if budget != before {
        store::write_budget(tx, project, key, &budget).await?;
    }
    Ok(Some((granted, budget)))
}

async fn put_into_budgets(tx: &mut Tx, rests: &[Rest]) -> Result<()> {
    for rest in rests {
        store::give_back(tx, rest.project, rest.key, rest.epoch, rest.left).await?;
    }
    Ok(())
}

/// Spends out of memory; `None` when the database must be asked.
fn try_spend(kernel: &Kernel, account: &Account, budget: i64, cost: i64) -> Option<Spent> {
    spend_of(&mut account.lease(), budget, cost, kernel.now())
}

fn spend_of(lease: &mut Lease, budget: i64, cost: i64, now: Timestamp) -> Option<Spent> {
    match lease.spend(budget, cost, now) {
        Cover::Covered(left) => Some(Spent::Covered { epoch: lease.epoch, left }),
        Cover::Short(left) => Some(Spent::Exhausted { left }),
        Cover::Ask => None,
    }
}
