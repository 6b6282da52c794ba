//! Slowing down those who guess.
//!
//! Failures are counted for an account, for an address, and for both together, before the password is looked at, so that many
//! tries at the same time are no way around it; what was no failure is taken back. A browser in which the operator signed in
//! before has a cookie that says so and is counted by itself: whoever fails elsewhere slows down strangers, not the
//! operator ([OWASP, device cookies](https://owasp.org/www-community/Slow_Down_Online_Guessing_Attacks_with_Device_Cookies)).

use std::time::Duration;

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use carcosa_kernel::access::RequestContext;
use carcosa_kernel::log::Entry;
use carcosa_kernel::secrets::{KeyHash, Purpose};
use carcosa_kernel::{Caller, Error, Kernel, Result, Tx};
use carcosa_types::event::OPERATOR_SIGN_IN_FAILED;
use carcosa_types::event_data::OperatorSignInFailed;
use carcosa_types::{OperatorId, Timestamp};
use uuid::Uuid;

use super::config::door;
use super::error::TOO_MANY_ATTEMPTS;
use super::model::{Counted, counted_address};
use super::token_store;

/// How long a browser is known.
pub const DEVICE_LIFETIME: Duration = Duration::from_hours(24 * 180);
/// The log tells of failures of one account from one address at most this often.
const REPORT_EVERY: Duration = Duration::from_mins(1);
/// Longest time that anything is counted for.
pub const LONGEST_WINDOW: Duration = Duration::from_hours(1);
/// What stands before the text that a device's cookie authenticates: nothing else is signed like it.
const DEVICE: &[u8] = b"carcosa/device\0";
const NONCE_LEN: usize = 16;
const TIME_LEN: usize = 8;

/// What is counted for one try, in an order in which tries at the same time cannot wait for each other in a circle.
pub struct Counters(Vec<(Counted, KeyHash)>);

/// A try that was counted as a failure, until it turns out to be none.
pub struct Try(Vec<Taken>);

struct Taken {
    counted: Counted,
    key: KeyHash,
    block: Option<Timestamp>,
    reported_at: Option<Timestamp>,
}

impl Counters {
    /// Those of a list of things.
    pub fn of(kernel: &Kernel, counted: Vec<Counted>) -> Result<Self> {
        let secrets = kernel.secrets();
        let keys = counted.into_iter().map(|one| {
            let key = secrets.hash_key(&one.text())?;
            Ok((one, key))
        });
        let mut keys = keys.collect::<Result<Vec<_>>>()?;
        keys.sort_by(|one, other| one.1.as_bytes().cmp(other.1.as_bytes()));
        Ok(Self(keys))
    }

    /// Those of someone who signs in with a password.
    pub fn of_sign_in(
        kernel: &Kernel,
        email: &str,
        context: &RequestContext,
        device: Option<&str>,
    ) -> Result<Self> {
        let account = email.to_owned();
        if let Some(device) = device.and_then(|cookie| known_device(kernel, email, cookie)) {
            return Self::of(kernel, vec![Counted::Device(account, device)]);
        }
        let address = counted_address(context.ip);
        let pair = Counted::Pair(account.clone(), address.clone());
        Self::of(kernel, vec![pair, Counted::Account(account), Counted::Address(address)])
    }

    /// Refuses a try that comes too soon, without counting it.
    pub async fn look(&self, tx: &mut Tx, now: Timestamp) -> Result<()> {
        for (_, key) in &self.0 {
            let blocked = token_store::look(tx, key).await?.and_then(|found| found.blocked_until);
            refuse(blocked, now)?;
        }
        Ok(())
    }

    /// Refuses a try that comes too soon; counts it as a failure otherwise.
    pub async fn count(&self, tx: &mut Tx, now: Timestamp) -> Result<Try> {
        let mut taken = Vec::with_capacity(self.0.len());
        for (counted, key) in &self.0 {
            let limit = counted.limit();
            let found = token_store::count(tx, key, now, now.minus(limit.window)).await?;
            refuse(found.blocked_until, now)?;
            let block = limit.wait(found.failures).map(|wait| now.plus(wait));
            if let Some(until) = block {
                token_store::block(tx, key, until).await?;
            }
            let (counted, key) = (counted.clone(), key.clone());
            taken.push(Taken { counted, key, block, reported_at: found.reported_at });
        }
        Ok(Try(taken))
    }
}

fn refuse(blocked_until: Option<Timestamp>, now: Timestamp) -> Result<()> {
    match blocked_until {
        Some(until) if until > now => {
            let wait = until.since(now);
            let seconds = wait.as_secs() + u64::from(wait.subsec_nanos() > 0);
            let detail = format!("Too many attempts; try again in {seconds} s.");
            Err(Error::new(TOO_MANY_ATTEMPTS, detail).retry_after(seconds))
        }
        _ => Ok(()),
    }
}

impl Try {
    /// It was no failure. Whoever proved who they are starts anew.
    pub async fn succeeded(&self, tx: &mut Tx) -> Result<()> {
        for one in &self.0 {
            match one.counted {
                Counted::Pair(..) | Counted::Setup(_) | Counted::Device(..) | Counted::Session(_) => {
                    token_store::forget_failures(tx, &one.key).await?;
                }
                _ => token_store::uncount(tx, &one.key, one.block).await?,
            }
        }
        Ok(())
    }

    /// It was no failure, and no success either.
    pub async fn take_back(&self, tx: &mut Tx) -> Result<()> {
        for one in &self.0 {
            token_store::uncount(tx, &one.key, one.block).await?;
        }
        Ok(())
    }

    /// It was a failure: the log tells of it, and of those before it since the last time it did. Nobody waits for that, so
    /// that an answer takes as long for an account that exists as for one that does not.
    pub fn failed(self, kernel: &Kernel, operator: Option<OperatorId>, context: RequestContext) {
        let kernel = kernel.clone();
        tokio::spawn(async move {
            if let Err(error) = self.report(&kernel, operator, context).await {
                tracing::warn!(?error, "a failed sign-in could not be recorded");
            }
        });
    }

    async fn report(
        &self,
        kernel: &Kernel,
        operator: Option<OperatorId>,
        context: RequestContext,
    ) -> Result<()> {
        let now = kernel.now();
        let Some(key) = self.reported_by(operator.is_some(), now) else { return Ok(()) };
        let mut write = door(kernel).write_installation(Caller::at_the_door(None, context)).await?;
        let before = now.minus(REPORT_EVERY);
        let Some(count) = token_store::unreported(&mut write, key, before).await? else { return Ok(()) };
        token_store::reported(&mut write, key, now).await?;
        let data = OperatorSignInFailed { count, known: operator.is_some() };
        let target = operator.unwrap_or_else(nobody);
        let receipt = write.record(Entry::new(OPERATOR_SIGN_IN_FAILED, target, &data)?);
        write.commit(receipt, ()).await
    }

    /// By what entries of the log are spaced: by account and address for an operator, by address alone for nobody, so that
    /// made-up accounts do not fill the log.
    fn reported_by(&self, known: bool, now: Timestamp) -> Option<&KeyHash> {
        let wanted = self.0.iter().find(|one| match one.counted {
            Counted::Pair(..) => known,
            Counted::Address(_) => !known,
            Counted::Device(..) | Counted::Session(_) => true,
            _ => false,
        })?;
        let due = wanted.reported_at.is_none_or(|at| at <= now.minus(REPORT_EVERY));
        due.then_some(&wanted.key)
    }
}

/// What stands in the log for whoever is no operator.
#[must_use]
pub fn nobody() -> OperatorId {
    OperatorId::from_uuid(Uuid::nil())
}

/// What a browser is given when an operator signed in with it: worth nothing but to be counted apart.
pub fn new_device(kernel: &Kernel, email: &str) -> Result<String> {
    let mut head = [0; NONCE_LEN + TIME_LEN];
    kernel.fill_random(&mut head[..NONCE_LEN]);
    head[NONCE_LEN..].copy_from_slice(&kernel.now().micros().to_be_bytes());
    let tag = kernel.secrets().sign(Purpose::KeyHash, &device_text(&head, email))?;
    Ok(BASE64_URL_SAFE_NO_PAD.encode([head.as_slice(), &tag].concat()))
}

/// The name of a browser, if the cookie is ours, this account's, and not too old.
fn known_device(kernel: &Kernel, email: &str, cookie: &str) -> Option<String> {
    let bytes = BASE64_URL_SAFE_NO_PAD.decode(cookie).ok()?;
    let (head, tag) = bytes.split_first_chunk::<{ NONCE_LEN + TIME_LEN }>()?;
    let (nonce, time) = head.split_first_chunk::<NONCE_LEN>()?;
    let since = Timestamp::from_micros(i64::from_be_bytes(time.try_into().ok()?));
    let ours = kernel.secrets().verify(Purpose::KeyHash, &device_text(head, email), tag);
    (ours && kernel.now().since(since) <= DEVICE_LIFETIME).then(|| BASE64_URL_SAFE_NO_PAD.encode(nonce))
}

fn device_text(head: &[u8; NONCE_LEN + TIME_LEN], email: &str) -> Vec<u8> {
    [DEVICE, head.as_slice(), email.as_bytes()].concat()
}
