//! The feed for those who wait: long polls, and streams of server-sent events.
//!
//! The follower tells when a project's order has grown ([`carcosa_kernel::log::Moves`]). A stream then takes what is new from the project's
//! ring, which the first one to ask fills from the database for all; one that has fallen further behind than the ring reaches reads
//! the database itself. So a thousand readers of one project cost one query, and a slow one costs the others nothing.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, LazyLock, PoisonError, Weak};
use std::time::Duration;

use carcosa_kernel::{Access, Error, InTenant, Kernel, Result, System, SystemTask, Window};
use carcosa_types::event::TENANT_PURGED;
use carcosa_types::log::{Event, ListEvents, ListTenantEvents, StreamEvents};
use carcosa_types::page::PageQuery;
use carcosa_types::permission::EventRead;
use carcosa_types::{Page, ProjectId, TenantId};
use carcosa_web::live::{self, Gone, Line};
use carcosa_web::{Again, Live};
use tokio::sync::{Mutex, Semaphore, SemaphorePermit, watch};
use tokio::time::{Instant, sleep_until, timeout_at};

use super::model::StoredEntry;
use super::service::{self, Wanted};
use super::store::{self, Filter};

/// Requests that wait at a time: they hold places that others need. Further ones are answered at once.
const WAITING: usize = 512;
/// How often a stream says where the end is.
const BOOKMARK: Duration = Duration::from_secs(15);
/// Milliseconds after which a browser comes again.
const RETRY: u32 = 2000;
/// Entries kept for the streams of a project.
const RING: usize = 1024;
/// Entries read at a time.
const BATCH: i64 = 200;

static PLACES: Semaphore = Semaphore::const_new(WAITING);

/// A page of the project's feed; one that would be empty comes when there is something, or the time is over.
pub(super) async fn wait_in_project(
    access: Access<EventRead>,
    again: Again,
    query: ListEvents,
) -> Result<Page<Event>> {
    let (kernel, project) = (access.kernel(), access.project());
    let wanted = Wanted::of(kernel, project, query.types.as_deref(), query.tenant_id.as_deref()).await?;
    let paging = PageQuery { limit: query.limit, after: query.after, before: None };
    let credential = Credential { again, tenant: None };
    wait(kernel, project, &credential, &wanted, &paging, query.wait).await
}

/// The same of a tenant's feed.
pub(super) async fn wait_in_tenant(
    access: Access<EventRead, InTenant>,
    again: Again,
    query: ListTenantEvents,
) -> Result<Page<Event>> {
    let (kernel, tenant) = (access.kernel(), access.tenant().id);
    let wanted = Wanted::own(query.types.as_deref(), tenant)?;
    let paging = PageQuery { limit: query.limit, after: query.after, before: None };
    let credential = Credential { again, tenant: Some(tenant) };
    wait(kernel, access.project(), &credential, &wanted, &paging, query.wait).await
}

async fn wait(
    kernel: &Kernel,
    project: ProjectId,
    credential: &Credential,
    wanted: &Wanted,
    paging: &PageQuery,
    seconds: Option<u32>,
) -> Result<Page<Event>> {
    let mut waiting = Waiting::new(kernel, project, seconds);
    loop {
        let page = credential.page(kernel, project, wanted, paging).await?;
        if !waiting.goes_on(&page).await {
            return Ok(page);
        }
    }
}

/// A request that reads a page again when the project's order has grown, until there is something on it or the time is over.
pub(crate) struct Waiting {
    until: Instant,
    moves: watch::Receiver<i64>,
    place: Option<SemaphorePermit<'static>>,
    is_over: bool,
}

impl Waiting {
    /// Before the first reading, so that nothing falls in between.
    pub(crate) fn new(kernel: &Kernel, project: ProjectId, seconds: Option<u32>) -> Self {
        let seconds = Duration::from_secs(u64::from(seconds.unwrap_or(0)));
        let moves = kernel.moves().of(project);
        Self { until: Instant::now() + seconds, moves, place: None, is_over: seconds.is_zero() }
    }

    /// Waits after a page on which there is nothing; whether to read again.
    pub(crate) async fn goes_on<T>(&mut self, page: &Page<T>) -> bool {
        if self.is_over || !page.data.is_empty() || page.page.has_more {
            return false;
        }
        if self.place.is_none() {
            let Ok(place) = PLACES.try_acquire() else { return false };
            self.place = Some(place);
        }
        let in_time = tokio::select! {
            changed = timeout_at(self.until, self.moves.changed()) => changed.is_ok(),
            () = live::closing() => false,
        };
        self.is_over = !in_time;
        true
    }
}

/// An entry, as it is sent.
struct Item {
    position: i64,
    entry: StoredEntry,
    /// For readers of the project: the text of the event and its cursor, made once for all.
    text: String,
}

/// The last entries of a project, without gaps.
#[derive(Default)]
struct Ring {
    /// The position before the first one kept.
    before: i64,
    items: VecDeque<Arc<Item>>,
}

impl Ring {
    fn last(&self) -> i64 {
        self.items.back().map_or(self.before, |item| item.position)
    }
}

/// The rings of the projects that have streams on this node.
type Rings = HashMap<(usize, ProjectId), Weak<Mutex<Ring>>>;
static RINGS: LazyLock<std::sync::Mutex<Rings>> = LazyLock::new(std::sync::Mutex::default);

/// The ring of a project, which lasts as long as any stream has it.
fn ring(kernel: &Kernel, project: ProjectId) -> Arc<Mutex<Ring>> {
    let mut rings = RINGS.lock().unwrap_or_else(PoisonError::into_inner);
    rings.retain(|_, ring| ring.strong_count() > 0);
    // Tests have several installations in one process.
    let key = (std::ptr::from_ref(kernel.directory()).addr(), project);
    if let Some(ring) = rings.get(&key).and_then(Weak::upgrade) {
        return ring;
    }
    let made = Arc::new(Mutex::new(Ring::default()));
    rings.insert(key, Arc::downgrade(&made));
    made
}

/// Starts a stream of the project's events.
pub(super) async fn stream_project(
    access: Access<EventRead>,
    again: Again,
    query: &StreamEvents,
) -> Result<Live> {
    let (kernel, project) = (access.kernel().clone(), access.project());
    let wanted = Wanted::of(&kernel, project, query.types.as_deref(), query.tenant_id.as_deref()).await?;
    let reader = Reader::new(&kernel, access.project(), wanted, after(&again, query)).await?;
    let opening = live::open(&format!("{:?}", access.caller().kind()))?;
    let credential = Credential { again, tenant: None };
    Ok(opening.stream(move |line| reader.run(line, credential)))
}

/// Starts a stream of a tenant's events.
pub(super) async fn stream_tenant(
    access: Access<EventRead, InTenant>,
    again: Again,
    query: &StreamEvents,
) -> Result<Live> {
    let (kernel, tenant) = (access.kernel().clone(), access.tenant().id);
    if query.tenant_id.is_some() {
        return Err(Error::parameter("tenant_id", "unexpected", "the path names the tenant"));
    }
    let wanted = Wanted::own(query.types.as_deref(), tenant)?;
    let reader = Reader::new(&kernel, access.project(), wanted, after(&again, query)).await?;
    let opening = live::open(&format!("{:?}", access.caller().kind()))?;
    let credential = Credential { again, tenant: Some(tenant) };
    Ok(opening.stream(move |line| reader.run(line, credential)))
}

/// What a browser that comes again remembers goes before what its page was written with.
fn after(again: &Again, query: &StreamEvents) -> Option<String> {
    again
        .header("last-event-id")
        .filter(|id| !id.is_empty())
        .map(str::to_owned)
        .or_else(|| query.after.clone())
}

/// Who reads, to look again whether they still may.
struct Credential {
    again: Again,
    tenant: Option<TenantId>,
}

impl Credential {
    async fn check(&self) -> Result<()> {
        match self.tenant {
            Some(tenant) => self.again.in_tenant::<EventRead>(tenant).await.map(drop),
            None => self.again.in_project::<EventRead>().await.map(drop),
        }
    }

    /// A page of what they may read now.
    async fn page(
        &self,
        kernel: &Kernel,
        project: ProjectId,
        wanted: &Wanted,
        paging: &PageQuery,
    ) -> Result<Page<Event>> {
        let (order, tx) = match self.tenant {
            Some(tenant) => {
                let access = self.again.in_tenant::<EventRead>(tenant).await?;
                (Some(service::order(kernel, project).await?), access.read().await?)
            }
            None => (None, self.again.in_project::<EventRead>().await?.read().await?),
        };
        service::events(kernel, tx, order, wanted, paging).await
    }
}

/// One stream.
struct Reader {
    kernel: Kernel,
    project: ProjectId,
    wanted: Wanted,
    window: Window<(i64,)>,
    /// Up to where it has read.
    position: i64,
    ring: Arc<Mutex<Ring>>,
}

impl Reader {
    async fn new(kernel: &Kernel, project: ProjectId, wanted: Wanted, after: Option<String>) -> Result<Self> {
        let paging = PageQuery { after, ..PageQuery::default() };
        let window = service::window(kernel, project, wanted.seen_by, &paging)?;
        let order = service::order(kernel, project).await?;
        let position = match window.start() {
            Some(_) => service::start(kernel, &window, &order)?,
            None => order.position,
        };
        let ring = ring(kernel, project);
        Ok(Self { kernel: kernel.clone(), project, wanted, window, position, ring })
    }

    /// Sends until the reader goes away, or may read no more.
    async fn run(mut self, line: Line, credential: Credential) {
        let mut moves = self.kernel.moves().of(self.project);
        let hello = format!("retry: {RETRY}\n{}", self.bookmark().unwrap_or_default());
        if line.send(hello).await.is_err() {
            return;
        }
        let mut bookmark_at = Instant::now() + BOOKMARK;
        loop {
            match self.catch_up(&line, &credential).await {
                Ok(()) => {}
                Err(End::Gone) => return,
                Err(End::Refused(error)) => {
                    tracing::debug!(?error, "a stream of events ends");
                    let _ = line
                        .send(format!("event: end\ndata: {{\"code\":\"{}\"}}\n\n", error.code().code))
                        .await;
                    return;
                }
            }
            tokio::select! {
                moved = moves.changed() => if moved.is_err() { return },
                () = line.closed() => return,
                () = sleep_until(bookmark_at) => {
                    bookmark_at = Instant::now() + BOOKMARK;
                    // A reader without events must not go on after its credential was revoked either.
                    if credential.check().await.is_err() || line.send(self.bookmark().unwrap_or_default()).await.is_err() {
                        return;
                    }
                }
            }
        }
    }

    /// The cursor of where it has read up to, as an event that no browser shows.
    fn bookmark(&self) -> Result<String> {
        Ok(format!(
            ": bookmark\nid: {}\nevent: bookmark\ndata: {{}}\n\n",
            self.window.write(&self.kernel, &(self.position,))?
        ))
    }

    /// Sends all that there is.
    async fn catch_up(&mut self, line: &Line, credential: &Credential) -> std::result::Result<(), End> {
        loop {
            let items = self.next().await.map_err(End::Refused)?;
            let Some(last) = items.last().map(|item| item.position) else { return Ok(()) };
            let mut text = String::new();
            for item in items.iter().filter(|item| self.wants(&item.entry)) {
                text.push_str(&self.text_of(item).map_err(End::Refused)?);
            }
            if !text.is_empty() {
                credential.check().await.map_err(End::Refused)?;
                line.send(text).await?;
            }
            self.position = last;
        }
    }

    fn wants(&self, entry: &StoredEntry) -> bool {
        let tenant = self.wanted.tenant.or(self.wanted.seen_by);
        tenant.is_none_or(|tenant| entry.tenant_id == Some(tenant.uuid()))
            && self.wanted.types.as_ref().is_none_or(|types| types.iter().any(|one| *one == entry.kind))
    }

    fn text_of(&self, item: &Item) -> Result<String> {
        match self.wanted.seen_by {
            None => Ok(item.text.clone()),
            seen_by => text_of(&self.kernel, &self.window, self.project, &item.entry, seen_by),
        }
    }

    /// What comes after its position: out of the ring, or of the database when that is too far behind.
    async fn next(&self) -> Result<Vec<Arc<Item>>> {
        let mut ring = self.ring.lock().await;
        if self.position < ring.before {
            drop(ring);
            return self.load(self.position).await;
        }
        if ring.last() <= self.position {
            if ring.items.is_empty() {
                ring.before = self.position;
            }
            let from = ring.last();
            let loaded = self.load(from).await?;
            if loaded.iter().any(|item| item.entry.kind == TENANT_PURGED.name) {
                // What was erased must not be sent out of memory.
                ring.before = ring.last();
                ring.items.clear();
            }
            ring.items.extend(loaded);
            while ring.items.len() > RING {
                if let Some(first) = ring.items.pop_front() {
                    ring.before = first.position;
                }
            }
        }
        let most = usize::try_from(BATCH).unwrap_or(usize::MAX);
        let begin = ring.items.partition_point(|item| item.position <= self.position);
        Ok(ring.items.range(begin..).take(most).cloned().collect())
    }

    /// Entries of the whole project after a position.
    async fn load(&self, from: i64) -> Result<Vec<Arc<Item>>> {
        let system = System::new(&self.kernel, SystemTask::Directory);
        let mut tx = system.read_project(self.project).await?;
        let order = store::order(&mut tx).await?;
        let found = store::list(&mut tx, &Filter::default(), Some(from), false, BATCH).await?;
        drop(tx);
        if from < order.first_position - 1 {
            return Err(service::expired(self.window.write(&self.kernel, &(order.first_position - 1,))?));
        }
        let paging = PageQuery::default();
        let window = service::window(&self.kernel, self.project, None, &paging)?;
        let items = found.into_iter().map(|entry| {
            let text = text_of(&self.kernel, &window, self.project, &entry, None)?;
            Ok(Arc::new(Item { position: entry.position.unwrap_or_default(), entry, text }))
        });
        items.collect()
    }
}

/// An event in the form of the protocol.
fn text_of(
    kernel: &Kernel,
    window: &Window<(i64,)>,
    project: ProjectId,
    entry: &StoredEntry,
    seen_by: Option<TenantId>,
) -> Result<String> {
    let cursor = window.write(kernel, &(entry.position.unwrap_or_default(),))?;
    // JSON has no line breaks outside of texts, and escapes those within.
    let data = serde_json::to_string(&entry.event_for(project, seen_by))?;
    Ok(format!("id: {cursor}\ndata: {data}\n\n"))
}

/// Why a stream ends.
enum End {
    Gone,
    Refused(Error),
}

impl From<Gone> for End {
    fn from(_: Gone) -> Self {
        Self::Gone
    }
}

/// The feed at the console, which has no follower to tell it of anything: it looks now and then.
pub(crate) struct Tail {
    access: Access<EventRead>,
    wanted: Wanted,
    after: String,
}

impl Tail {
    /// How often it looks.
    const EVERY: Duration = Duration::from_millis(250);

    /// What is committed from now on.
    pub(crate) async fn from_now(access: Access<EventRead>, types: Option<&str>) -> Result<Self> {
        let (kernel, project) = (access.kernel(), access.project());
        let wanted = Wanted::of(kernel, project, types, None).await?;
        let order = service::order(kernel, project).await?;
        let window = service::window(kernel, project, None, &PageQuery::default())?;
        let after = window.write(kernel, &(order.position,))?;
        Ok(Self { access, wanted, after })
    }

    /// The next events, as soon as there are any.
    pub(crate) async fn next(&mut self) -> Result<Vec<Event>> {
        loop {
            let paging = PageQuery { limit: Some(100), after: Some(self.after.clone()), before: None };
            let tx = self.access.read().await?;
            let page = service::events(self.access.kernel(), tx, None, &self.wanted, &paging).await?;
            if let Some(after) = page.page.after {
                self.after = after;
            }
            if !page.data.is_empty() {
                return Ok(page.data);
            }
            tokio::time::sleep(Self::EVERY).await;
        }
    }
}
