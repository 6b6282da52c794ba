//! Links by mail: becoming an operator, and choosing a new password.

use carcosa_kernel::jobs::{NewJob, Outcome};
use carcosa_kernel::log::Entry;
use carcosa_kernel::secrets::KeyHash;
use carcosa_kernel::{Caller, Error, Kernel, RequestContext, Result, System, Write};
use carcosa_types::event::{OPERATOR_JOINED, OPERATOR_LINK_SENT, OPERATOR_PASSWORD_RESET_REQUESTED};
use carcosa_types::event_data::Nothing;
use carcosa_types::operator::{
    AcceptOperatorInvitation, ConfirmPasswordReset, Operator, OperatorStatus, RequestPasswordReset,
};
use carcosa_types::user::normal_email;
use carcosa_types::{ProjectId, Timestamp};
use carcosa_web::session::Browser;
use serde::{Deserialize, Serialize};

use super::config::{INVITATION_LIFETIME, RESET_LIFETIME, SignIn, door};
use super::error::INVALID_LINK;
use super::model::{self, Counted, StoredOperator, Token, counted_address};
use super::notify;
use super::passwords::Turn;
use super::throttle::{self, Counters};
use super::token_store::LinkKind;
use super::{sessions, store, token_store};

/// The kind of job that sends the link to choose a new password.
pub const SEND_RESET: &str = "operators.send_reset";

/// What the job needs to know.
#[derive(Serialize, Deserialize)]
pub struct SendReset {
    /// The address asked for.
    pub email: String,
    /// From where it was asked.
    pub ip: Option<String>,
}

/// Lets a job find out whether there is anyone to send a link to: the asker learns nothing, not even by how long it takes.
pub async fn request_reset(kernel: &Kernel, browser: &Browser, asked: &RequestPasswordReset) -> Result<()> {
    let (system, now) = (door(kernel), kernel.now());
    let email = normal_email(&asked.email).unwrap_or_else(|| asked.email.trim().to_lowercase());
    let address = counted_address(browser.context.ip);
    let counted = vec![Counted::ResetAccount(email.clone()), Counted::ResetAddress(address)];
    let counters = Counters::of(kernel, counted)?;
    counters.look(&mut system.read().await?, now).await?;
    let caller = Caller::at_the_door(None, browser.context.clone());
    let mut write = system.write_installation(caller).await?;
    counters.count(&mut write, now).await?;
    let payload = SendReset { email, ip: browser.context.ip.map(|ip| ip.to_string()) };
    write.enqueue(NewJob {
        kind: SEND_RESET,
        project: ProjectId::INSTALLATION,
        payload: serde_json::to_value(payload)?,
        run_at: now,
    });
    let entry = Entry::new(OPERATOR_PASSWORD_RESET_REQUESTED, throttle::nobody(), &Nothing {})?;
    let receipt = write.record(entry);
    write.commit(receipt, ()).await
}

/// Sends the link, if an operator has the address. One who never accepted the invitation gets that anew.
pub async fn send_reset(system: &System, asked: &SendReset) -> Result<Outcome> {
    let kernel = system.kernel();
    let Some(found) = store::by_email(&mut system.read().await?, &asked.email).await? else {
        return Ok(Outcome::Done);
    };
    if !notify::reaches(kernel, &found.operator.email) {
        tracing::warn!(
            "a new password was asked for, and mail is off; use `carcosa operators reset-password`"
        );
        return Ok(Outcome::Done);
    }
    let mut write = system.write_installation(Caller::at_the_door(None, RequestContext::default())).await?;
    let Some(stored) = store::lock(&mut write, found.operator.id).await? else { return Ok(Outcome::Done) };
    let operator = &stored.operator;
    match operator.status {
        OperatorStatus::Invited => {
            // One that ran out is for whoever invites to renew.
            if !token_store::has_link(&mut write, operator.id, LinkKind::Invitation, kernel.now()).await? {
                return Ok(Outcome::Done);
            }
            let (token, expires_at) = new_link(&mut write, operator, LinkKind::Invitation).await?;
            let url = SignIn::of(kernel)?.invitation_url(&token.text);
            notify::invited(&mut write, operator, None, (&url, expires_at))?;
        }
        OperatorStatus::Active if !stored.password_hash.is_empty() => {
            let (token, expires_at) = new_link(&mut write, operator, LinkKind::PasswordReset).await?;
            let url = SignIn::of(kernel)?.reset_url(&token.text);
            notify::reset(&mut write, operator, asked.ip.clone(), (&url, expires_at))?;
        }
        // Whoever signs in at the provider alone has no password to forget.
        OperatorStatus::Active | OperatorStatus::Disabled => return Ok(Outcome::Done),
    }
    let receipt = write.record(Entry::new(OPERATOR_LINK_SENT, operator.id, operator)?);
    write.commit(receipt, ()).await?;
    Ok(Outcome::Done)
}

/// A new link of an operator, in the place of those they had, and when it stops working.
pub(super) async fn new_link(
    write: &mut Write,
    operator: &Operator,
    kind: LinkKind,
) -> Result<(Token, Timestamp)> {
    let (token, now) = (Token::generate(write.kernel())?, write.kernel().now());
    let expires_at = now.plus(match kind {
        LinkKind::Invitation => INVITATION_LIFETIME,
        LinkKind::PasswordReset => RESET_LIFETIME,
    });
    token_store::replace_link(write, operator.id, (kind, &token.hash), (now, expires_at)).await?;
    Ok((token, expires_at))
}

/// Chooses a new password with a link from a mail. All sessions end; a second factor stays. Whoever reads the operator's mail
/// sits at a browser that may be known from now on.
pub async fn confirm_reset(
    kernel: &Kernel,
    browser: &Browser,
    asked: &ConfirmPasswordReset,
) -> Result<String> {
    let link = (LinkKind::PasswordReset, kernel.secrets().key_hashes(&asked.token));
    let (found, hash) = prepare(kernel, &link, ("/new_password", &asked.new_password)).await?;
    let email = found.operator.email.as_str();
    let caller = Caller::at_the_door(Some((found.operator.id, email)), browser.context.clone());
    let mut write = door(kernel).write_installation(caller).await?;
    use_link(&mut write, &found, &link).await?;
    let receipt = sessions::set_password(&mut write, found.operator.id, &hash, None).await?;
    write.commit(receipt, ()).await?;
    throttle::new_device(kernel, email)
}

/// Becomes an operator who can sign in.
pub async fn accept(kernel: &Kernel, browser: &Browser, asked: AcceptOperatorInvitation) -> Result<Operator> {
    let link = (LinkKind::Invitation, kernel.secrets().key_hashes(&asked.token));
    let (found, hash) = prepare(kernel, &link, ("/password", &asked.password)).await?;
    let id = found.operator.id;
    let email = found.operator.email.as_str();
    let caller = Caller::at_the_door(Some((id, email)), browser.context.clone());
    let mut write = door(kernel).write_installation(caller).await?;
    let before = use_link(&mut write, &found, &link).await?.operator;
    let now = kernel.now();
    store::set_password(&mut write, id, &hash, now).await?;
    token_store::forget_links(&mut write, id).await?;
    if let Some(name) = asked.name {
        let present = store::find(&mut write, id).await?.ok_or_else(invalid)?.operator;
        store::update(&mut write, &Operator { name: Some(name), ..present }).await?;
    }
    let after = store::find(&mut write, id).await?.ok_or_else(invalid)?.operator;
    let receipt = write.record(Entry::new(OPERATOR_JOINED, id, &after)?.before(&before)?);
    write.commit(receipt, after).await
}

/// Whose link it is, and the hash of the password that they chose. Hashing takes long, so it is done before anything is locked.
async fn prepare(
    kernel: &Kernel,
    (kind, hashes): &(LinkKind, Vec<KeyHash>),
    (pointer, password): (&str, &str),
) -> Result<(StoredOperator, String)> {
    let mut tx = door(kernel).read().await?;
    let owner =
        token_store::owner_of_link(&mut tx, *kind, hashes, kernel.now()).await?.ok_or_else(invalid)?;
    let found = store::find(&mut tx, owner).await?.ok_or_else(invalid)?;
    drop(tx);
    model::check_password(pointer, password, &found.operator.email)?;
    let hash = Turn::take(kernel).await?.hash(kernel, password).await?;
    Ok((found, hash))
}

/// Uses the link up, and locks the operator. Of two who follow it at the same time one comes too late.
async fn use_link(
    write: &mut Write,
    found: &StoredOperator,
    (kind, hashes): &(LinkKind, Vec<KeyHash>),
) -> Result<StoredOperator> {
    let now = write.kernel().now();
    let stored = store::lock(write, found.operator.id).await?.ok_or_else(invalid)?;
    let owner = token_store::use_link(write, *kind, hashes, now).await?;
    if owner != Some(stored.operator.id) || stored.operator.status == OperatorStatus::Disabled {
        return Err(invalid());
    }
    Ok(stored)
}

fn invalid() -> Error {
    Error::new(INVALID_LINK, "The link expired, was used, or was replaced by a newer one.")
}
