//! `carcosa mail …`, and what the doctor says of mail.

use carcosa_kernel::{Error, Result};

use super::error::MAIL_NOT_SENT;
use super::service;
use super::state::MailState;
use crate::cli::Console;
use crate::settings::Settings;

/// What to try out.
#[derive(clap::Subcommand)]
pub(crate) enum MailCommand {
    /// Sends a test mail at once, and says what happened.
    Test {
        /// Whom to write to.
        #[arg(long, value_name = "ADDRESS")]
        to: String,
    },
}

impl MailCommand {
    /// Carries it out.
    pub(crate) async fn run(self, console: &Console) -> Result<()> {
        let Self::Test { to } = self;
        console.show(&service::test(console.kernel(), &to).await?, &[]);
        console.hint(
            "The mail server took it. If it does not arrive, look into its log, and for it under spam.",
        );
        Ok(())
    }
}

/// Whether mail works: the mail server is greeted, and let in by where there is a password.
pub(crate) async fn finding(settings: &Settings) -> Result<(&'static str, String)> {
    let state = MailState::of(settings)?;
    let Some(server) = state.server() else {
        return Ok(("ok", "off: invitations have to be handed over (mail.smtp_url is empty)".to_owned()));
    };
    let address = server.address();
    let greeted = server.greet().await.map_err(|failure| {
        Error::new(MAIL_NOT_SENT, format!("{address}: {}: check mail.smtp_url", failure.full))
    })?;
    if server.shows_password() {
        let hint = "the password can be read on its way: use smtps:// or ?tls=required in mail.smtp_url";
        return Ok(("warning", format!("{address} answers, but {hint}")));
    }
    let how = if greeted.encrypted { "encrypted" } else { "not encrypted" };
    Ok(("ok", format!("{address} answers, {how}; try it with `carcosa mail test`")))
}
