//! Signing in at the provider of single sign-on, and coming back.

use std::time::Duration;

use carcosa_kernel::log::Entry;
use carcosa_kernel::secrets::Purpose;
use carcosa_kernel::{Caller, Error, Kernel, Result, Write};
use carcosa_types::event::OPERATOR_LINKED;
use carcosa_types::operator::{
    OperatorStatus, SignInMethod, SignInMethodKind, SignInMethods, SingleSignOnReturn,
};
use carcosa_types::user::normal_email;
use carcosa_web::session::{Browser, Cookie};

use super::config::{SignIn, door};
use super::error::{OPERATOR_DISABLED, SINGLE_SIGN_ON_FAILED, SINGLE_SIGN_ON_OFF, SINGLE_SIGN_ON_UNKNOWN};
use super::id_token::{self, Expected, Identity};
use super::model::{Counted, StoredOperator, Subject, Token, counted_address};
use super::provider::{self, Provider, Tokens};
use super::sessions::{self, Opened};
use super::sign_in::Entered;
use super::throttle::{self, Counters};
use super::token_store::Journey;
use super::{store, token_store};

/// How long a journey to the provider may take.
pub const JOURNEY: Duration = Duration::from_mins(10);

/// The ways to sign in to this installation.
pub fn methods(kernel: &Kernel) -> Result<SignInMethods> {
    let password = SignInMethod { kind: SignInMethodKind::Password, name: "Password".to_owned(), url: None };
    let mut methods = vec![password];
    let settings = SignIn::of(kernel)?;
    if let Some(provider) = settings.provider() {
        methods.push(SignInMethod {
            kind: SignInMethodKind::SingleSignOn,
            name: provider.name().to_owned(),
            url: Some(settings.url("/v1/session/oidc")),
        });
    }
    Ok(SignInMethods { object: "sign_in_methods".to_owned(), methods })
}

/// Where the browser goes, and what it must bring back.
pub async fn depart(kernel: &Kernel, browser: &Browser) -> Result<(String, String)> {
    let (settings, system, now) = (SignIn::of(kernel)?, door(kernel), kernel.now());
    let provider = settings.provider().ok_or_else(off)?;
    let address = counted_address(browser.context.ip);
    let counters = Counters::of(kernel, vec![Counted::Visits(address)])?;
    counters.look(&mut system.read().await?, now).await?;
    let [state, nonce, verifier] =
        [Token::generate(kernel)?, Token::generate(kernel)?, Token::generate(kernel)?];
    let url = provider
        .departure(&provider::Journey { state: &state.text, nonce: &nonce.text, verifier: &verifier.text })
        .await?;
    let secrets = kernel.secrets();
    let sealed =
        secrets.seal(Purpose::OperatorSecret, &context(&state.text), verifier.text.as_bytes(), kernel)?;
    let journey = Journey { nonce: nonce.text, verifier: sealed, expires_at: now.plus(JOURNEY) };
    system
        .maintain(async |tx| {
            counters.count(tx, now).await?;
            token_store::add_state(tx, &state.hash, journey).await
        })
        .await?;
    Ok((url, state.text))
}

/// Begins a session for whoever the provider says has come back, if they are an operator.
pub async fn arrive(kernel: &Kernel, browser: &Browser, returned: SingleSignOnReturn) -> Result<Entered> {
    let settings = SignIn::of(kernel)?;
    let provider = settings.provider().ok_or_else(off)?;
    let state = returned.state.unwrap_or_default();
    // The journey must have begun in this browser: else someone sends the victim back as somebody else.
    if state.is_empty() || browser.cookie(Cookie::SingleSignOn).as_deref() != Some(state.as_str()) {
        return Err(failed("This browser did not set out from here, or too long ago."));
    }
    let hashes = kernel.secrets().key_hashes(&state);
    let journey = door(kernel).maintain(async |tx| token_store::take_state(tx, &hashes).await).await?;
    let journey = journey
        .filter(|journey| kernel.now() < journey.expires_at)
        .ok_or_else(|| failed("The sign-in took too long, or was carried out before."))?;
    let Some(code) = returned.code.filter(|_| returned.error.is_none()) else {
        return Err(failed("The provider did not sign you in."));
    };
    let verifier = kernel.secrets().open(Purpose::OperatorSecret, &context(&state), &journey.verifier)?;
    let verifier = String::from_utf8(verifier).map_err(Error::internal)?;
    let tokens = provider.exchange(&code, &verifier).await?;
    let identity = identify(kernel, provider, (&tokens, &journey.nonce)).await?;
    enter(kernel, browser, (provider, &identity)).await
}

/// Who the tokens are of. A provider need not put the address into the ID token: then it is asked for it.
async fn identify(
    kernel: &Kernel,
    provider: &Provider,
    (tokens, nonce): (&Tokens, &str),
) -> Result<Identity> {
    let keys = provider.keys().await?;
    let (issuer, client_id) = (provider.issuer(), provider.client_id());
    let expected = Expected { issuer, client_id, nonce, now: kernel.now() };
    let refused = |cause: String| {
        tracing::warn!(cause, "the provider's answer was refused");
        failed("The provider's answer proves nothing.")
    };
    let mut identity = id_token::verify(&tokens.id_token, &keys, &expected).map_err(refused)?;
    if !identity.has_email
        && let Some(info) = provider.user_info(tokens).await?
    {
        identity.complete(info).map_err(refused)?;
    }
    Ok(identity)
}

async fn enter(
    kernel: &Kernel,
    browser: &Browser,
    (provider, identity): (&Provider, &Identity),
) -> Result<Entered> {
    let subject = Subject { issuer: provider.issuer().to_owned(), subject: identity.subject.clone() };
    let found = find(kernel, &subject, identity).await?.ok_or_else(unknown)?;
    let (id, email) = (found.operator.id, found.operator.email.as_str());
    let caller = Caller::at_the_door(Some((id, email)), browser.context.clone());
    let mut write = door(kernel).write_installation(caller).await?;
    let stored = store::lock(&mut write, id).await?.ok_or_else(unknown)?;
    if stored.operator.status == OperatorStatus::Disabled {
        return Err(Error::new(OPERATOR_DISABLED, "The operator was disabled."));
    }
    link(&mut write, &stored, &subject).await?;
    let former = browser.session_hashes(kernel);
    let how = (SignInMethodKind::SingleSignOn, identity.mfa);
    let (session, token, receipt) = sessions::open(&mut write, id, how, &former).await?;
    write.commit(receipt, ()).await?;
    let session = sessions::present(kernel, (session, id), &token.hash).await?;
    let device = throttle::new_device(kernel, email)?;
    Ok(Entered { opened: Opened { session, token: token.text }, device })
}

/// The operator who came that way before; else the one with the address that the provider made sure of.
async fn find(kernel: &Kernel, subject: &Subject, identity: &Identity) -> Result<Option<StoredOperator>> {
    let mut tx = door(kernel).read().await?;
    if let Some(known) = store::by_subject(&mut tx, subject).await? {
        return Ok(Some(known));
    }
    match identity.verified_email.as_deref().and_then(normal_email) {
        Some(email) => store::by_email(&mut tx, &email).await,
        None => Ok(None),
    }
}

/// Remembers who the operator is at the provider, the first time. An address that another of the provider's people had before
/// makes nobody that other one.
async fn link(write: &mut Write, stored: &StoredOperator, subject: &Subject) -> Result<()> {
    match &stored.subject {
        Some(known) if known == subject => return Ok(()),
        Some(known) if known.issuer == subject.issuer => return Err(unknown()),
        _ => {}
    }
    let (id, now) = (stored.operator.id, write.kernel().now());
    store::link_subject(write, id, subject, now).await?;
    if stored.operator.status == OperatorStatus::Invited {
        token_store::forget_links(write, id).await?;
    }
    let after = store::find(write, id).await?.ok_or_else(unknown)?.operator;
    let entry = Entry::new(OPERATOR_LINKED, id, &after)?.before(&stored.operator)?;
    let _ = write.record(entry);
    Ok(())
}

/// A verifier opens for its own journey only.
fn context(state: &str) -> Vec<u8> {
    format!("carcosa/oidc/{state}").into_bytes()
}

fn off() -> Error {
    Error::new(SINGLE_SIGN_ON_OFF, "This installation has no provider of single sign-on.")
}

fn failed(detail: &str) -> Error {
    Error::new(SINGLE_SIGN_ON_FAILED, detail)
}

fn unknown() -> Error {
    Error::new(SINGLE_SIGN_ON_UNKNOWN, "The provider knows who you are, but no operator is.")
}
