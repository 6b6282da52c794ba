//! Signing in with a password. Whoever does not know it learns nothing: an address that nobody has is answered alike, after
//! the same work.

use carcosa_kernel::{Caller, Error, Kernel, Result};
use carcosa_types::OperatorId;
use carcosa_types::operator::{CreateSession, OperatorStatus, SignInMethodKind};
use carcosa_types::user::normal_email;
use carcosa_web::session::{Browser, Cookie};

use super::config::door;
use super::error::{INVALID_CREDENTIALS, MFA_REQUIRED, OPERATOR_DISABLED};
use super::model::StoredOperator;
use super::passwords::Turn;
use super::sessions::{self, Opened};
use super::throttle::{self, Counters, Try};
use super::{second_factor, store};

/// Someone signed in: their session, and what their browser is known by from now on.
pub struct Entered {
    /// The session.
    pub opened: Opened,
    /// What the cookie of the browser says.
    pub device: String,
}

/// Begins a session for whoever knows the password, and has the second factor if there is one.
pub async fn with_password(kernel: &Kernel, browser: &Browser, asked: &CreateSession) -> Result<Entered> {
    let system = door(kernel);
    // What is no address is nobody's, and takes as long to find out.
    let email = normal_email(&asked.email).unwrap_or_else(|| asked.email.trim().to_lowercase());
    let device = browser.cookie(Cookie::Device);
    let counters = Counters::of_sign_in(kernel, &email, &browser.context, device.as_deref())?;
    counters.look(&mut system.read().await?, kernel.now()).await?;
    let turn = Turn::take(kernel).await?;
    let counted = system.maintain(async |tx| counters.count(tx, kernel.now()).await).await?;
    let found = store::by_email(&mut system.read().await?, &email).await?;
    let hash = found.as_ref().map(|stored| stored.password_hash.as_str()).unwrap_or_default();
    let right = turn.verify(&asked.password, hash).await?;
    let operator = found.as_ref().map(|stored| stored.operator.id);
    let Some(stored) = found.filter(|_| right) else {
        return Err(refused(kernel, browser, counted, operator, None));
    };
    if stored.operator.status == OperatorStatus::Disabled {
        return Err(Error::new(OPERATOR_DISABLED, "The operator was disabled."));
    }
    let has_code = asked.totp_code.is_some() || asked.recovery_code.is_some();
    if stored.totp_enabled_at.is_some() && !has_code {
        system.maintain(async |tx| counted.take_back(tx).await).await?;
        return Err(Error::new(
            MFA_REQUIRED,
            "A code of the authenticator app, or a recovery code, is needed too.",
        ));
    }
    match enter(kernel, browser, (&stored, asked), &counted).await? {
        Some(entered) => Ok(entered),
        None => {
            let factor = if asked.totp_code.is_some() { "/totp_code" } else { "/recovery_code" };
            Err(refused(kernel, browser, counted, operator, Some(factor)))
        }
    }
}

/// The same answer whatever is wrong, but for whoever knows the password.
fn refused(
    kernel: &Kernel,
    browser: &Browser,
    counted: Try,
    operator: Option<OperatorId>,
    factor: Option<&str>,
) -> Error {
    counted.failed(kernel, operator, browser.context.clone());
    let error = Error::new(INVALID_CREDENTIALS, "The e-mail address, the password or the code is wrong.");
    match factor {
        Some(pointer) => error.at(pointer),
        None => error,
    }
}

/// Begins the session; `None` when the second factor is wrong.
async fn enter(
    kernel: &Kernel,
    browser: &Browser,
    (before, asked): (&StoredOperator, &CreateSession),
    counted: &Try,
) -> Result<Option<Entered>> {
    let (id, email) = (before.operator.id, before.operator.email.as_str());
    let caller = Caller::at_the_door(Some((id, email)), browser.context.clone());
    let mut write = door(kernel).write_installation(caller).await?;
    let stored = sessions::lock_unchanged(&mut write, before).await?;
    let mfa = stored.totp_enabled_at.is_some();
    if mfa && !second_factor::is_right(&mut write, &stored, asked).await? {
        return Ok(None);
    }
    let former = browser.session_hashes(kernel);
    let how = (SignInMethodKind::Password, mfa);
    let (session, token, receipt) = sessions::open(&mut write, id, how, &former).await?;
    counted.succeeded(&mut write).await?;
    write.commit(receipt, ()).await?;
    let session = sessions::present(kernel, (session, id), &token.hash).await?;
    let device = throttle::new_device(kernel, email)?;
    Ok(Some(Entered { opened: Opened { session, token: token.text }, device }))
}
