//! What webhooks keep in memory: the way out, who works on which endpoint, and who waits for work.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, Weak};

use carcosa_kernel::{Error, Kernel, Result};
use carcosa_types::{ProjectId, TenantId, WebhookEndpointId};
use tokio::sync::{Notify, Semaphore, SemaphorePermit};
use uuid::Uuid;

use crate::outbound::Outbound;

/// Requests under way at a time.
const IN_FLIGHT: usize = 1024;
/// Endpoints that ask or write the database at a time.
const AT_DATABASE: usize = 4;
/// Of the requests, for endpoints whose last attempt failed: they must not take the places of the others.
const IN_FLIGHT_FAILING: usize = 128;

/// Of the requests, for one tenant, and for the project itself: nobody takes the places of all others.
const IN_FLIGHT_OF_TENANT: usize = IN_FLIGHT / 8;
const IN_FLIGHT_OF_PROJECT: usize = IN_FLIGHT / 2;

/// The state of one node.
pub struct WebhookState {
    /// The way out.
    pub outbound: Outbound,
    /// Rung when deliveries were made, and when the node stops.
    pub(super) bell: Notify,
    /// Endpoints that this node holds, each with its own bell.
    held: Mutex<HashMap<WebhookEndpointId, Arc<Notify>>>,
    places: Arc<Semaphore>,
    failing_places: Arc<Semaphore>,
    /// The places of each owner whose endpoints are held.
    owners: Mutex<HashMap<Uuid, Weak<Semaphore>>>,
    /// Turns at the database, so that many endpoints leave connections to the requests of others.
    pub(super) database: Semaphore,
    node: OnceLock<Uuid>,
    stopping: AtomicBool,
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
            owners: Mutex::default(),
            database: Semaphore::new(AT_DATABASE),
            node: OnceLock::new(),
            stopping: AtomicBool::new(false),
        }
    }

    /// What this node calls itself in leases and hints.
    pub(super) fn node(&self, kernel: &Kernel) -> Uuid {
        *self.node.get_or_init(|| kernel.new_uuid())
    }

    /// Lets what is under way end, and begins nothing more.
    pub(super) fn stop(&self) {
        self.stopping.store(true, Ordering::Release);
        self.ring_all();
    }

    pub(super) fn is_stopping(&self) -> bool {
        self.stopping.load(Ordering::Acquire)
    }

    /// Wakes those who look for work: all who hold one of these endpoints, and whoever takes up others.
    pub(super) fn ring<'a>(&self, endpoints: impl IntoIterator<Item = &'a WebhookEndpointId>) {
        let held = lock(&self.held);
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

    /// Wakes everyone: it was not said for whom there is work.
    pub(super) fn ring_all(&self) {
        lock(&self.held).values().for_each(|bell| bell.notify_one());
        self.bell.notify_one();
    }

    /// Notes that this node works on an endpoint, as long as what it gives lasts; `None` when it does already.
    pub(super) fn hold(self: &Arc<Self>, endpoint: WebhookEndpointId) -> Option<Hold> {
        let bell = Arc::new(Notify::new());
        match lock(&self.held).entry(endpoint) {
            Entry::Occupied(_) => None,
            Entry::Vacant(free) => {
                free.insert(Arc::clone(&bell));
                Some(Hold { state: Arc::clone(self), endpoint, bell })
            }
        }
    }

    /// The endpoints that this node works on.
    pub(super) fn endpoints(&self) -> Vec<WebhookEndpointId> {
        lock(&self.held).keys().copied().collect()
    }

    /// How many endpoints this node holds.
    pub(super) fn held(&self) -> usize {
        lock(&self.held).len()
    }

    /// The places of an owner: a tenant, or the project itself.
    pub(super) fn places_of(&self, project: ProjectId, tenant: Option<TenantId>) -> Arc<Semaphore> {
        let (owner, most) = match tenant {
            Some(tenant) => (tenant.uuid(), IN_FLIGHT_OF_TENANT),
            None => (project.uuid(), IN_FLIGHT_OF_PROJECT),
        };
        let mut owners = lock(&self.owners);
        if let Some(places) = owners.get(&owner).and_then(Weak::upgrade) {
            return places;
        }
        owners.retain(|_, places| places.strong_count() > 0);
        let places = Arc::new(Semaphore::new(most));
        owners.insert(owner, Arc::downgrade(&places));
        places
    }

    /// Waits for a place among all requests. Those to endpoints that fail wait for each other.
    pub(super) async fn place(&self, failing: bool) -> Option<SemaphorePermit<'_>> {
        let places = if failing { &self.failing_places } else { &self.places };
        places.acquire().await.ok()
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// That this node works on an endpoint; given up when dropped.
pub(super) struct Hold {
    state: Arc<WebhookState>,
    endpoint: WebhookEndpointId,
    pub(super) bell: Arc<Notify>,
}

impl Drop for Hold {
    fn drop(&mut self) {
        lock(&self.state.held).remove(&self.endpoint);
    }
}

/// The state of this node.
pub fn of(kernel: &Kernel) -> Result<Arc<WebhookState>> {
    kernel.extension::<WebhookState>().ok_or_else(|| Error::internal("the server has no webhook state"))
}
