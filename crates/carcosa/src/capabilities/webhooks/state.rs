//! What webhooks keep in memory: the way out, who works on which endpoint, and who waits for work.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use carcosa_kernel::{Error, Kernel, Result};
use carcosa_types::WebhookEndpointId;
use tokio::sync::{Notify, Semaphore};
use uuid::Uuid;

use crate::outbound::Outbound;

/// Requests under way at a time.
const IN_FLIGHT: usize = 1024;
/// Endpoints that ask or write the database at a time.
const AT_DATABASE: usize = 4;
/// Of the requests, for endpoints whose last attempt failed: they must not take the places of the others.
const IN_FLIGHT_FAILING: usize = 128;

/// The state of one node.
pub struct WebhookState {
    /// The way out.
    pub outbound: Outbound,
    /// Rung when deliveries were made.
    pub(super) bell: Notify,
    /// Endpoints that this node holds, each with its own bell.
    held: Mutex<HashMap<WebhookEndpointId, Arc<Notify>>>,
    pub(super) places: Arc<Semaphore>,
    pub(super) failing_places: Arc<Semaphore>,
    /// Turns at the database, so that many endpoints leave connections to the requests of others.
    pub(super) database: Semaphore,
    holder: OnceLock<Uuid>,
}

impl WebhookState {
    /// Nothing held yet.
    #[must_use]
    pub fn new(outbound: Outbound) -> Self {
        Self {
            outbound,
            bell: Notify::new(),
            held: Mutex::default(),
            places: Arc::new(Semaphore::new(IN_FLIGHT)),
            failing_places: Arc::new(Semaphore::new(IN_FLIGHT_FAILING)),
            database: Semaphore::new(AT_DATABASE),
            holder: OnceLock::new(),
        }
    }

    /// What this node calls itself in leases.
    pub(super) fn holder(&self, kernel: &Kernel) -> Uuid {
        *self.holder.get_or_init(|| kernel.new_uuid())
    }

    /// Wakes those who look for work: all who hold one of these endpoints, and whoever takes up others.
    pub(super) fn ring<'a>(&self, endpoints: impl IntoIterator<Item = &'a WebhookEndpointId>) {
        let held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        let mut others = false;
        for endpoint in endpoints {
            match held.get(endpoint) {
                Some(bell) => bell.notify_one(),
                None => others = true,
            }
        }
        drop(held);
        if others {
            self.bell.notify_one();
        }
    }

    /// Wakes everyone: another node made deliveries, and did not say for whom.
    pub(super) fn ring_all(&self) {
        let held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        held.values().for_each(|bell| bell.notify_one());
        drop(held);
        self.bell.notify_one();
    }

    pub(super) fn hold(&self, endpoint: WebhookEndpointId) -> Arc<Notify> {
        let mut held = self.held.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(held.entry(endpoint).or_default())
    }

    pub(super) fn let_go(&self, endpoint: WebhookEndpointId) {
        self.held.lock().unwrap_or_else(PoisonError::into_inner).remove(&endpoint);
    }

    /// How many endpoints this node holds.
    pub(super) fn held(&self) -> usize {
        self.held.lock().unwrap_or_else(PoisonError::into_inner).len()
    }
}

/// The state of this node.
pub fn of(kernel: &Kernel) -> Result<Arc<WebhookState>> {
    kernel.extension::<WebhookState>().ok_or_else(|| Error::internal("the server has no webhook state"))
}
