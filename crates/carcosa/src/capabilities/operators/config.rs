//! What signing in needs to know beside the database.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use carcosa_kernel::{Error, Kernel, Result, System, SystemTask};
use carcosa_types::Timestamp;

use super::provider::Provider;
use crate::settings::{OidcSettings, SessionSettings};

/// How long the link of an invitation works.
pub const INVITATION_LIFETIME: Duration = Duration::from_hours(24 * 7);
/// How long the link to choose a new password works.
pub const RESET_LIFETIME: Duration = Duration::from_hours(1);

/// How long the link to make the first operator works.
pub const SETUP_LIFETIME: Duration = Duration::from_hours(24);

/// Access to the installation as a whole, for those at its door.
pub(super) fn door(kernel: &Kernel) -> System {
    System::new(kernel, SystemTask::SignIn)
}

/// How operators sign in to this installation. Kept by the kernel as an extension.
pub struct SignIn {
    public_url: String,
    setup_file: PathBuf,
    lifetime: Duration,
    idle: Duration,
    provider: Option<Provider>,
}

impl SignIn {
    /// As the settings say. `public_url` is where browsers reach the server, without a slash at the end.
    pub fn new(
        (public_url, data_dir): (&str, &Path),
        sessions: &SessionSettings,
        oidc: &OidcSettings,
    ) -> Result<Self> {
        let minutes = |minutes: u64| Duration::from_secs(minutes.saturating_mul(60));
        Ok(Self {
            public_url: public_url.to_owned(),
            setup_file: data_dir.join("setup-link"),
            lifetime: minutes(sessions.lifetime_minutes),
            idle: minutes(sessions.idle_minutes),
            provider: Provider::new(public_url, oidc)?,
        })
    }

    /// That of a server.
    pub fn of(kernel: &Kernel) -> Result<Arc<Self>> {
        kernel
            .extension::<Self>()
            .ok_or_else(|| Error::internal("the server was put together without the settings of sign-in"))
    }

    /// Longest time that a session counts.
    #[must_use]
    pub const fn lifetime(&self) -> Duration {
        self.lifetime
    }

    /// Longest time that a session counts without being used.
    #[must_use]
    pub const fn idle(&self) -> Duration {
        self.idle
    }

    /// The provider of single sign-on, if there is one.
    #[must_use]
    pub const fn provider(&self) -> Option<&Provider> {
        self.provider.as_ref()
    }

    /// A page or endpoint of this server, as browsers reach it; `path` begins with a slash.
    #[must_use]
    pub fn url(&self, path: &str) -> String {
        format!("{}{path}", self.public_url)
    }

    /// Where an invitation is accepted. What follows `#` never reaches a server, nor its logs.
    #[must_use]
    pub fn invitation_url(&self, token: &str) -> String {
        self.url(&format!("/invitation#{token}"))
    }

    /// Where the first operator is made.
    #[must_use]
    pub fn setup_url(&self, token: &str) -> String {
        self.url(&format!("/setup#{token}"))
    }

    /// The file with that link, when nobody sees what the server prints.
    #[must_use]
    pub fn setup_file(&self) -> &Path {
        &self.setup_file
    }

    /// Where a new password is chosen.
    #[must_use]
    pub fn reset_url(&self, token: &str) -> String {
        self.url(&format!("/password-reset#{token}"))
    }

    /// When a session that begins or is used now ends unless it is used before `end`.
    #[must_use]
    pub fn idle_end(&self, now: Timestamp, end: Timestamp) -> Timestamp {
        now.plus(self.idle).min(end)
    }
}
