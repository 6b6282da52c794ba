//! A map by id that many threads use at once.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use carcosa_types::Id;

/// Parts of a map. Threads that meet in the same part wait for each other, for less than a microsecond.
pub(crate) const SHARDS: usize = 64;

/// A map by key, in parts that are locked one by one.
pub(crate) struct Sharded<K, V>(Box<[Shard<K, V>]>);

type Shard<K, V> = Mutex<HashMap<Id<K>, V>>;

impl<K, V> Default for Sharded<K, V> {
    fn default() -> Self {
        Self((0..SHARDS).map(|_| Mutex::default()).collect())
    }
}

impl<K, V> Sharded<K, V> {
    /// The part that the key is in.
    pub(crate) fn of(&self, key: Id<K>) -> MutexGuard<'_, HashMap<Id<K>, V>> {
        // The last byte of an id is random.
        let place = usize::from(key.uuid().as_bytes()[15]) % SHARDS;
        self.0[place].lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Every part, one after another.
    pub(crate) fn each(&self) -> impl Iterator<Item = MutexGuard<'_, HashMap<Id<K>, V>>> {
        self.0.iter().map(|shard| shard.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
