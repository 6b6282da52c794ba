//! The kit that tests are built with: a whole server over a fresh database, with time in the test's hands.
#![expect(clippy::expect_used, clippy::panic, reason = "a test that cannot be set up has failed")]

mod app;
mod browser;
mod database;
mod provider;
mod request;
mod smtp;
mod webhook_sink;

pub use app::{Installation, SNAPSHOTS_PER_HOUR, TestApp};
pub use browser::TestBrowser;
pub use carcosa_kernel::clock::ManualClock;
pub use database::{Backend, TestDatabase};
pub use provider::{FakeProvider, Signature};
pub use request::{Answer, Call, EventStream, LineStream, SentEvent};
pub use smtp::{Received, SmtpSink, Stage};
pub use webhook_sink::{Webhook, WebhookSink};

/// Runs each test on SQLite and on PostgreSQL.
///
/// ```text
/// both_databases! {
///     async fn a_tenant_can_be_read(app: TestApp) { … }
/// }
/// ```
#[macro_export]
macro_rules! both_databases {
    ($($(#[$meta:meta])* async fn $name:ident($app:ident: TestApp) $body:block)+) => { $(
        $(#[$meta])*
        mod $name {
            use super::*;

            async fn run($app: TestApp) $body

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn sqlite() {
                run($crate::TestApp::start($crate::Backend::Sqlite).await).await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn postgres() {
                run($crate::TestApp::start($crate::Backend::Postgres).await).await;
            }
        }
    )+ };
}
