//! Use cases of operators.

use argon2::Argon2;
use argon2::password_hash::PasswordHasher;
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use carcosa_kernel::log::Entry;
use carcosa_kernel::{Error, Kernel, Result, System, SystemTask};
use carcosa_types::event::OPERATOR_CREATED;
use carcosa_types::key::CreateKey;
use carcosa_types::project::Environment;
use carcosa_types::{KeyId, OperatorId, ProjectId, Violations};
use serde::Serialize;

use super::error::ALREADY_BOOTSTRAPPED;
use super::store;
use crate::capabilities::{keys, projects};

/// Longest e-mail address ([RFC 5321](https://www.rfc-editor.org/rfc/rfc5321#section-4.5.3.1)).
const MAX_EMAIL_LEN: usize = 254;
/// Random bytes of a generated password: 144 bits, 24 characters.
const PASSWORD_BYTES: usize = 18;

/// What the first start made. The password and the secret are shown once.
#[derive(Serialize)]
pub struct Bootstrapped {
    /// The first operator.
    pub operator: BootstrappedOperator,
    /// The first project.
    pub project: BootstrappedProject,
    /// Its first key, which may do everything.
    pub api_key: BootstrappedKey,
}

/// The first operator.
#[derive(Serialize)]
#[expect(missing_docs, reason = "named alike on the wire")]
pub struct BootstrappedOperator {
    pub id: OperatorId,
    pub email: String,
    pub password: String,
}

/// The first project.
#[derive(Serialize)]
#[expect(missing_docs, reason = "named alike on the wire")]
pub struct BootstrappedProject {
    pub id: ProjectId,
    pub slug: String,
}

/// The first key.
#[derive(Serialize)]
#[expect(missing_docs, reason = "named alike on the wire")]
pub struct BootstrappedKey {
    pub id: KeyId,
    pub secret: String,
}

#[derive(Serialize)]
struct OperatorData<'a> {
    id: OperatorId,
    email: &'a str,
    role: &'a str,
}

/// Makes the first operator, project and key, all or nothing, once.
pub async fn bootstrap(
    kernel: &Kernel,
    email: &str,
    project_name: &str,
    environment: Environment,
) -> Result<Bootstrapped> {
    let email = email.trim().to_lowercase();
    check(&email, project_name)?;
    let mut random = [0; PASSWORD_BYTES];
    kernel.fill_random(&mut random);
    let password = BASE64_URL_SAFE_NO_PAD.encode(random);
    let password_hash = hash_password(kernel, &password).await?;

    let mut write = System::new(kernel, SystemTask::Bootstrap).found_project(kernel.new_id()).await?;
    if !store::found(&mut write, kernel.now()).await? {
        return Err(Error::new(
            ALREADY_BOOTSTRAPPED,
            "This installation was bootstrapped before; nothing was changed. Make further keys with `carcosa keys create`.",
        ));
    }
    let (project, _) = projects::service::create_in(&mut write, project_name, environment).await?;
    let operator = kernel.new_id();
    store::insert(&mut write, operator, &email, &password_hash, kernel.now()).await?;
    let data = OperatorData { id: operator, email: &email, role: "super_admin" };
    let _ = write.record(Entry::new(OPERATOR_CREATED, operator, &data)?);
    let new = CreateKey { name: "Bootstrap".to_owned(), ..CreateKey::default() };
    let (key, receipt) = keys::service::create_in(&mut write, new, &project.settings, environment).await?;
    let made = Bootstrapped {
        operator: BootstrappedOperator { id: operator, email, password },
        project: BootstrappedProject { id: project.id, slug: project.slug },
        api_key: BootstrappedKey { id: key.key.id, secret: key.secret },
    };
    write.commit(receipt, made).await
}

fn check(email: &str, project_name: &str) -> Result<()> {
    let mut violations = Violations::default();
    let parts: Vec<&str> = email.split('@').collect();
    let plausible = matches!(parts.as_slice(), [local, domain] if !local.is_empty() && !domain.is_empty())
        && email.len() <= MAX_EMAIL_LEN
        && !email.chars().any(|c| c.is_whitespace() || c.is_control());
    if !plausible {
        violations.add("/operator_email", "email", "must be an e-mail address such as ada@example.com");
    }
    carcosa_types::validate::one_line(&mut violations, "/project_name", project_name);
    if project_name.chars().count() > 200 {
        violations.add("/project_name", "too_long", "must have at most 200 characters");
    }
    if violations.is_empty() { Ok(()) } else { Err(Error::invalid(violations.into_vec())) }
}

/// Argon2id with the library's defaults (19 MiB, 2 passes: the first choice of the OWASP cheat sheet).
async fn hash_password(kernel: &Kernel, password: &str) -> Result<String> {
    let mut salt = [0; 16];
    kernel.fill_random(&mut salt);
    let password = password.to_owned();
    tokio::task::spawn_blocking(move || {
        Argon2::default().hash_password_with_salt(password.as_bytes(), &salt).map(|hash| hash.to_string())
    })
    .await
    .map_err(Error::internal)?
    .map_err(|cause| Error::internal(cause.to_string()))
}
