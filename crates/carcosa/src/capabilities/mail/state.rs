//! What mail keeps in memory, made once out of the settings.

use std::time::Duration;

use carcosa_kernel::Result;
use lettre::message::Mailbox;

use super::model::sender;
use super::render::Templates;
use super::server::Server;
use crate::settings::{Settings, refused};

/// The mail server, whom mails are from, where links lead, and the templates. The kernel holds it as an extension.
pub struct MailState {
    server: Option<Server>,
    from: Mailbox,
    base_url: String,
    templates: Templates,
}

impl MailState {
    /// As the settings say.
    pub fn of(settings: &Settings) -> Result<Self> {
        Self::new(&settings.mail.smtp_url, &settings.mail.from, &settings.public_url())
    }

    /// Mails `from` an address, by the server of a URL (off when empty), with links to `base_url`, which ends without a slash.
    pub fn new(smtp_url: &str, from: &str, base_url: &str) -> Result<Self> {
        let server = if smtp_url.is_empty() {
            None
        } else {
            let server = Server::parse(smtp_url);
            Some(server.map_err(|cause| refused(&format!("`mail.smtp_url` {cause}")))?)
        };
        let from = sender(from).ok_or_else(|| {
            refused(
                "`mail.from` must be an address, or a name and an address: Carcosa <no-reply@example.com>",
            )
        })?;
        Ok(Self { server, from, base_url: base_url.to_owned(), templates: Templates::new()? })
    }

    /// The same, for tests: gives a mail server up sooner.
    #[must_use]
    pub fn with_patience(mut self, patience: Duration) -> Self {
        self.server = self.server.map(|server| server.with_patience(patience));
        self
    }

    /// The mail server; `None` when mail is off.
    pub(super) const fn server(&self) -> Option<&Server> {
        self.server.as_ref()
    }

    /// Whom mails are from.
    pub(super) const fn from(&self) -> &Mailbox {
        &self.from
    }

    /// Where people reach this server.
    pub(super) fn base_url(&self) -> &str {
        &self.base_url
    }

    pub(super) const fn templates(&self) -> &Templates {
        &self.templates
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_that_are_wrong_are_named() {
        let url = "https://tenants.example.com";
        assert!(MailState::new("", "a@b.c", url).unwrap().server().is_none());
        assert!(MailState::new("smtp://h", "A <a@b.c>", url).unwrap().server().is_some());
        let refused = |smtp, from| MailState::new(smtp, from, url).err().unwrap().detail().to_owned();
        assert!(refused("ftp://h", "a@b.c").contains("`mail.smtp_url` must begin with smtp://"));
        for from in ["", "Carcosa", "a@b.c, d@e.f", "A\r\nBcc: x@y.z <a@b.c>"] {
            assert!(refused("", from).contains("`mail.from` must be"), "{from:?}");
        }
    }
}
