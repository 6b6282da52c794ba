//! The first start, from a browser: whoever reads what the server prints makes the first operator and project, once.

use std::fs::{self, File};
use std::io::{ErrorKind, Write as _};
use std::path::PathBuf;

use carcosa_kernel::log::Entry;
use carcosa_kernel::secrets::Purpose;
use carcosa_kernel::{Caller, Error, Kernel, Result, Write};
use carcosa_types::OperatorId;
use carcosa_types::event::OPERATOR_CREATED;
use carcosa_types::operator::{PlatformRole, SignInMethodKind};
use carcosa_types::project::CreateProject;
use carcosa_types::setup::{CompleteSetup, Setup};
use carcosa_types::user::normal_email;
use carcosa_web::session::Browser;

use super::config::{SETUP_LIFETIME, SignIn, door};
use super::error::{ALREADY_SET_UP, INVALID_SETUP_TOKEN, OPERATOR_EXISTS};
use super::model::{self, Counted, Token, counted_address};
use super::passwords::Turn;
use super::sessions::{self, Opened};
use super::sign_in::Entered;
use super::throttle::{self, Counters};
use super::{service, setup_store, store};
use crate::capabilities::projects::{self, error::PROJECT_SLUG_TAKEN};

/// A link to make the first operator with, in the place of those before; `None` when there is one.
pub async fn offer(kernel: &Kernel) -> Result<Option<String>> {
    let system = door(kernel);
    if setup_store::is_founded(&mut system.read().await?).await? {
        return Ok(None);
    }
    let (token, now) = (Token::generate(kernel)?, kernel.now());
    system.maintain(async |tx| setup_store::put(tx, &token.hash, now).await).await?;
    Ok(Some(SignIn::of(kernel)?.setup_url(&token.text)))
}

/// Writes the link to a file that only the server's user reads; where it is.
pub fn keep(kernel: &Kernel, link: &str) -> Result<PathBuf> {
    discard(kernel);
    let sign_in = SignIn::of(kernel)?;
    let path = std::path::absolute(sign_in.setup_file()).map_err(Error::internal)?;
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(Error::internal)?;
    }
    let mut options = File::options();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let written = options.open(&path).and_then(|mut file| writeln!(file, "{link}"));
    written.map_err(Error::internal)?;
    Ok(path)
}

/// Removes that file: its link is void.
pub fn discard(kernel: &Kernel) {
    let Ok(sign_in) = SignIn::of(kernel) else { return };
    match fs::remove_file(sign_in.setup_file()) {
        Err(error) if error.kind() != ErrorKind::NotFound => {
            tracing::warn!(?error, "the file with a link that is void is still there");
        }
        _ => {}
    }
}

/// Whether there is no operator yet.
pub async fn state(kernel: &Kernel) -> Result<Setup> {
    let founded = setup_store::is_founded(&mut door(kernel).read().await?).await?;
    Ok(Setup { object: "setup".to_owned(), needed: !founded })
}

/// Makes the first operator and project, all or nothing, and signs the operator in. Guessing the token is slowed down; whoever
/// has it is not.
pub async fn complete(kernel: &Kernel, browser: &Browser, asked: &CompleteSetup) -> Result<Entered> {
    let (system, now) = (door(kernel), kernel.now());
    let mut tx = system.read().await?;
    if setup_store::is_founded(&mut tx).await? {
        return Err(already());
    }
    let stored = setup_store::find(&mut tx, now.minus(SETUP_LIFETIME)).await?.unwrap_or_default();
    drop(tx);
    if !kernel.secrets().verify(Purpose::KeyHash, asked.token.as_bytes(), &stored) {
        return Err(refuse(kernel, browser).await?);
    }
    let email = normal_email(&asked.email).unwrap_or_default();
    let hash = prepare(kernel, &email, &asked.password).await?;
    let id = kernel.new_id();
    let caller = Caller::at_the_door(Some((id, &email)), browser.context.clone());
    let mut write = system.found_project_as(kernel.new_id(), caller).await?;
    if setup_store::is_founded(&mut write).await? || !store::found(&mut write, now).await? {
        return Err(already());
    }
    if !setup_store::take(&mut write, stored).await? {
        return Err(invalid());
    }
    found(&mut write, (id, &email, &hash), asked).await?;
    let former = browser.session_hashes(kernel);
    let how = (SignInMethodKind::Password, false);
    let (session, token, receipt) = sessions::open(&mut write, id, how, &former).await?;
    write.commit(receipt, ()).await?;
    discard(kernel);
    let session = sessions::present(kernel, (session, id), &token.hash).await?;
    let device = throttle::new_device(kernel, &email)?;
    Ok(Entered { opened: Opened { session, token: token.text }, device })
}

/// Counts a wrong token; what to answer.
async fn refuse(kernel: &Kernel, browser: &Browser) -> Result<Error> {
    let (system, now) = (door(kernel), kernel.now());
    let address = counted_address(browser.context.ip);
    let counters = Counters::of(kernel, vec![Counted::Setup(address.clone()), Counted::Address(address)])?;
    counters.look(&mut system.read().await?, now).await?;
    let counted = system.maintain(async |tx| counters.count(tx, now).await).await?;
    counted.failed(kernel, None, browser.context.clone());
    Ok(invalid())
}

async fn prepare(kernel: &Kernel, email: &str, password: &str) -> Result<String> {
    model::check_password("/password", password, email)?;
    Turn::take(kernel).await?.hash(kernel, password).await
}

/// The operator, who may do everything, and the project.
async fn found(
    write: &mut Write,
    (id, email, hash): (OperatorId, &str, &str),
    asked: &CompleteSetup,
) -> Result<()> {
    let project =
        CreateProject { name: asked.project_name.clone(), slug: None, environment: asked.environment };
    let made = projects::service::create_in(write, &project).await.map_err(|error| match error.code() {
        PROJECT_SLUG_TAKEN => error.at("/project_name"),
        _ => error,
    });
    let _ = made?;
    let role = Some(PlatformRole::SuperAdmin);
    let operator = service::new_operator(write.kernel(), id, email.to_owned(), asked.name.clone(), role);
    if !store::insert(write, &operator, hash).await? {
        return Err(Error::new(OPERATOR_EXISTS, "An operator has this address.").at("/email"));
    }
    let operator = service::found(write, id).await?.operator;
    let entry = Entry::new(OPERATOR_CREATED, id, &operator)?.in_installation();
    let _ = write.record(entry.because(Some("First start, by the link that the server printed".to_owned())));
    Ok(())
}

fn already() -> Error {
    Error::new(ALREADY_SET_UP, "This installation has its first operator; sign in, or ask for an invitation.")
}

fn invalid() -> Error {
    Error::new(
        INVALID_SETUP_TOKEN,
        "The link is not the one of the server's last start, or that was over 24 hours ago.",
    )
}
