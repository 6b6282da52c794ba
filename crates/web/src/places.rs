//! Places that are counted: so many in all, and so many for each who takes them. Nobody waits for one.

use std::collections::BTreeMap;
use std::ops::Deref;
use std::sync::{Mutex, PoisonError};

/// Places of a node, and who has how many.
pub struct Places<K> {
    most: usize,
    each: usize,
    taken: Mutex<BTreeMap<K, usize>>,
}

/// Why there is no place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Full {
    /// Whoever asks has as many as one may have.
    Own,
    /// All are taken.
    All,
}

/// A place, given back when it is dropped.
pub struct Place<P, K>
where
    P: Deref<Target = Places<K>>,
    K: Ord,
{
    places: P,
    key: K,
}

impl<K: Ord + Clone> Places<K> {
    /// So many places, of which each may have so many.
    #[must_use]
    pub const fn new(most: usize, each: usize) -> Self {
        Self { most, each, taken: Mutex::new(BTreeMap::new()) }
    }

    /// Takes a place, if there is one.
    pub fn take<P: Deref<Target = Self>>(places: P, key: K) -> Result<Place<P, K>, Full> {
        let mut taken = places.taken.lock().unwrap_or_else(PoisonError::into_inner);
        if taken.get(&key).is_some_and(|own| *own >= places.each) {
            return Err(Full::Own);
        }
        if taken.values().sum::<usize>() >= places.most {
            return Err(Full::All);
        }
        *taken.entry(key.clone()).or_default() += 1;
        drop(taken);
        Ok(Place { places, key })
    }
}

impl<P, K> Drop for Place<P, K>
where
    P: Deref<Target = Places<K>>,
    K: Ord,
{
    fn drop(&mut self) {
        let mut taken = self.places.taken.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(own) = taken.get_mut(&self.key) {
            *own -= 1;
            if *own == 0 {
                taken.remove(&self.key);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    #[test]
    fn each_has_at_most_its_own_and_all_at_most_all() {
        let places = Arc::new(Places::new(3, 2));
        let take = |who: &'static str| Places::take(Arc::clone(&places), who);
        let (first, second) = (take("a").ok().unwrap(), take("a").ok().unwrap());
        assert_eq!(take("a").err(), Some(Full::Own));
        let other = take("b").ok().unwrap();
        assert_eq!(take("b").err(), Some(Full::All));
        assert_eq!(take("a").err(), Some(Full::Own), "its own limit is told first");
        drop(first);
        assert!(take("b").is_ok(), "given back, and its own given back at once");
        assert!(take("a").is_ok());
        drop((second, other));
        assert!(places.taken.lock().unwrap().is_empty(), "nobody is remembered");
    }
}
