//! Word for those on this node who wait for a project's order to grow.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use carcosa_types::ProjectId;
use tokio::sync::watch;

/// The last position heard of, for each project that someone waits for.
#[derive(Default)]
pub struct Moves(Mutex<HashMap<ProjectId, watch::Sender<i64>>>);

impl Moves {
    /// Tells from now on when there is something new in a project's order. Read the log after taking it, so that nothing falls in between.
    pub fn of(&self, project: ProjectId) -> watch::Receiver<i64> {
        let mut waited = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        waited.entry(project).or_insert_with(|| watch::Sender::new(0)).subscribe()
    }

    /// Says that a project's order has grown up to here.
    pub(crate) fn moved(&self, project: ProjectId, position: i64) {
        let mut waited = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(sender) = waited.get(&project) else { return };
        if sender.receiver_count() == 0 {
            waited.remove(&project);
            return;
        }
        sender.send_if_modified(|known| {
            let grows = position > *known;
            *known = position.max(*known);
            grows
        });
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn whoever_waits_is_told_once_it_grows() {
        let (moves, project) = (Moves::default(), ProjectId::from_uuid(Uuid::from_u128(1)));
        moves.moved(project, 5);
        let mut waiting = moves.of(project);
        moves.moved(project, 7);
        assert!(waiting.has_changed().unwrap());
        assert_eq!(*waiting.borrow_and_update(), 7);
        moves.moved(project, 6);
        assert!(!waiting.has_changed().unwrap(), "late word");
        drop(waiting);
        moves.moved(project, 8);
        assert!(moves.0.lock().unwrap().is_empty(), "nobody waits");
    }
}
