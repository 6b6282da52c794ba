//! Use cases of mail.

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use carcosa_kernel::jobs::{Job, NewJob, Outcome};
use carcosa_kernel::secrets::Purpose;
use carcosa_kernel::{Error, Kernel, Result, Write};
use carcosa_types::Timestamp;
use metrics::counter;
use serde::{Deserialize, Serialize};

use super::content::{Content, Test};
use super::error::{MAIL_NOT_SENT, MAIL_OFF};
use super::message::{Letter, compose, message_id};
use super::model::{Recipient, is_link};
use super::server::Server;
use super::state::MailState;

/// The kind of the job that sends a mail.
pub(super) const SEND: &str = "mail.send";

/// A mail to be sent.
pub struct Mail {
    /// For whom.
    pub to: Recipient,
    /// What it says.
    pub content: Content,
    /// When it becomes useless, such as the expiry of its link. A mail that could not be sent by then is dropped.
    pub not_after: Option<Timestamp>,
}

/// What the job knows. Sealed, because a link in it lets in whoever has it, and the rest is nobody's business.
#[derive(Serialize, Deserialize)]
struct Payload {
    sealed: String,
}

/// What happened to a test mail.
#[derive(Debug, Serialize)]
pub(super) struct Tested {
    to: String,
    from: String,
    server: String,
    encrypted: bool,
    message_id: String,
    /// The server's own words.
    answer: String,
}

/// Whether this installation sends mail.
#[must_use]
pub fn is_on(kernel: &Kernel) -> bool {
    kernel.extension::<MailState>().is_some_and(|state| state.server().is_some())
}

/// The address of a page of this server for people's browsers; `path` begins with a slash.
pub fn link(kernel: &Kernel, path: &str) -> Result<String> {
    Ok(format!("{}{path}", state(kernel)?.base_url()))
}

/// Sends a mail if, and only if, this transaction commits. Does nothing when mail is off: what then becomes of the link is the
/// caller's to say ([`is_on`]).
pub fn enqueue(write: &mut Write, mail: Mail) -> Result<()> {
    let kernel = write.kernel().clone();
    if !is_on(&kernel) {
        return Ok(());
    }
    let Mail { to, content, not_after } = mail;
    if content.link().is_some_and(|link| !is_link(link)) {
        return Err(Error::internal("a mail's link is not a web address"));
    }
    let now = kernel.now();
    let letter = Letter { to, content: content.tidy(), not_after, written_at: now };
    let sealed =
        kernel.secrets().seal(Purpose::Mail, SEND.as_bytes(), &serde_json::to_vec(&letter)?, &kernel)?;
    let payload = serde_json::to_value(Payload { sealed: BASE64_URL_SAFE_NO_PAD.encode(sealed) })?;
    write.enqueue(NewJob { kind: SEND, project: write.caller().project(), payload, run_at: now });
    Ok(())
}

/// Does the job of a mail. A temporary failure is an error, and tried again; a final one is the job's.
pub(super) async fn deliver(kernel: &Kernel, job: &Job) -> Result<Outcome> {
    let letter = unsealed(kernel, job)?;
    let template = letter.content.template();
    if letter.not_after.is_some_and(|at| at <= kernel.now()) {
        tracing::info!(%job.id, template, "mail dropped: it has become useless");
        counter!("carcosa_mails_total", "outcome" => "dropped").increment(1);
        return Ok(Outcome::Done);
    }
    let state = state(kernel)?;
    let server = on(&state)?;
    match server.send(&compose(&state, &letter, job.id)?).await {
        Ok(_) => {
            tracing::info!(%job.id, template, "mail sent");
            counter!("carcosa_mails_total", "outcome" => "sent").increment(1);
            Ok(Outcome::Done)
        }
        Err(failure) if failure.is_permanent => {
            counter!("carcosa_mails_total", "outcome" => "refused").increment(1);
            Ok(Outcome::Fail(failure.brief))
        }
        Err(failure) => {
            counter!("carcosa_mails_total", "outcome" => "failed").increment(1);
            Err(Error::new(MAIL_NOT_SENT, format!("{}.", failure.brief)))
        }
    }
}

/// Sends a test mail now, and says what happened.
pub(super) async fn test(kernel: &Kernel, to: &str) -> Result<Tested> {
    let recipient = Recipient::parse(to).ok_or_else(|| {
        Error::parameter("--to", "email", "must be an e-mail address such as ada@example.com")
    })?;
    let state = state(kernel)?;
    let server = on(&state)?;
    let (id, now) = (kernel.new_uuid(), kernel.now());
    let letter =
        Letter { to: recipient, content: Content::Test(Test { at: now }), not_after: None, written_at: now };
    let answer = server
        .send(&compose(&state, &letter, id)?)
        .await
        .map_err(|failure| Error::new(MAIL_NOT_SENT, format!("{}: {}", server.address(), failure.full)))?;
    Ok(Tested {
        to: String::from(letter.to),
        from: state.from().to_string(),
        server: server.address(),
        encrypted: answer.encrypted,
        message_id: message_id(&state, id),
        answer: answer.reply,
    })
}

fn state(kernel: &Kernel) -> Result<std::sync::Arc<MailState>> {
    kernel.extension().ok_or_else(|| Error::internal("this server was put together without mail"))
}

fn on(state: &MailState) -> Result<&Server> {
    state.server().ok_or_else(|| Error::new(MAIL_OFF, "Mail is off: the setting mail.smtp_url is empty."))
}

/// What cannot be read is not repeated in the error.
fn unsealed(kernel: &Kernel, job: &Job) -> Result<Letter> {
    let damaged = || Error::internal("a queued mail is damaged, or of a newer version");
    let payload: Payload = serde_json::from_value(job.payload.clone()).map_err(|_| damaged())?;
    let sealed = BASE64_URL_SAFE_NO_PAD.decode(payload.sealed).map_err(|_| damaged())?;
    let letter = kernel.secrets().open(Purpose::Mail, SEND.as_bytes(), &sealed)?;
    serde_json::from_slice(&letter).map_err(|_| damaged())
}
