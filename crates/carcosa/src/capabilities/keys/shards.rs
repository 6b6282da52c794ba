//! A map by key that many threads use at once.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use carcosa_types::KeyId;

/// Parts of a map. Threads that meet in the same part wait for each other, for less than a microsecond.
pub(super) const SHARDS: usize = 64;

/// A map by key, in parts that are locked one by one.
#[derive(Debug)]
pub(super) struct Sharded<V>(Box<[Mutex<HashMap<KeyId, V>>]>);

impl<V> Default for Sharded<V> {
    fn default() -> Self {
        Self((0..SHARDS).map(|_| Mutex::default()).collect())
    }
}

impl<V> Sharded<V> {
    /// The part that the key is in.
    pub(super) fn of(&self, key: KeyId) -> MutexGuard<'_, HashMap<KeyId, V>> {
        // The last byte of an id is random.
        let place = usize::from(key.uuid().as_bytes()[15]) % SHARDS;
        self.0[place].lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Every part, one after another.
    pub(super) fn each(&self) -> impl Iterator<Item = MutexGuard<'_, HashMap<KeyId, V>>> {
        self.0.iter().map(|shard| shard.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
