//! Hashing passwords: slow on purpose, so few at a time.

use std::sync::Arc;

use argon2::Argon2;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use carcosa_kernel::{Error, Kernel, Result};
use carcosa_web::error::OVERLOADED;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::model::normal_password;

/// Passwords hashed at a time: each takes a processor and 19 MiB.
const AT_A_TIME: usize = 2;
/// Passwords that may wait for their turn.
const WAITING: usize = 64;

/// Whose turn it is on this node.
#[derive(Clone)]
pub struct Passwords {
    turns: Arc<Semaphore>,
    places: Arc<Semaphore>,
}

impl Default for Passwords {
    fn default() -> Self {
        Self { turns: Arc::new(Semaphore::new(AT_A_TIME)), places: Arc::new(Semaphore::new(WAITING)) }
    }
}

/// What is checked in the place of a hash that there is not: the work is the same, and no password has it.
const NOBODY_S: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

/// The turn of one password, held until its hash is known.
pub struct Turn {
    _turn: OwnedSemaphorePermit,
    _place: OwnedSemaphorePermit,
}

impl Turn {
    /// Waits for it; refused at once when many wait already.
    pub async fn take(kernel: &Kernel) -> Result<Self> {
        let passwords = kernel.extension::<Passwords>();
        let passwords =
            passwords.ok_or_else(|| Error::internal("the server was put together without passwords"))?;
        Self::of(&passwords).await
    }

    async fn of(passwords: &Passwords) -> Result<Self> {
        let place = Arc::clone(&passwords.places)
            .try_acquire_owned()
            .map_err(|_| Error::new(OVERLOADED, "Too many passwords are being checked."))?;
        let turn = Arc::clone(&passwords.turns).acquire_owned().await.map_err(Error::internal)?;
        Ok(Self { _turn: turn, _place: place })
    }

    /// Argon2id with the library's defaults (19 MiB, 2 passes: the first choice of the OWASP cheat sheet).
    pub async fn hash(self, kernel: &Kernel, password: &str) -> Result<String> {
        let mut salt = [0; 16];
        kernel.fill_random(&mut salt);
        let password = normal_password(password);
        aside(self, move || {
            Argon2::default().hash_password_with_salt(password.as_bytes(), &salt).map(|hash| hash.to_string())
        })
        .await?
        .map_err(|cause| Error::internal(cause.to_string()))
    }

    /// Whether the password has this hash. An empty hash is nobody's, and takes as long.
    pub async fn verify(self, password: &str, hash: &str) -> Result<bool> {
        let password = normal_password(password);
        let hash = if hash.is_empty() { NOBODY_S } else { hash }.to_owned();
        aside(self, move || Argon2::default().verify_password(password.as_bytes(), hash.as_str()).is_ok())
            .await
    }
}

/// Does the work where it holds up no other. The turn goes with it: a caller who goes away does not end the work.
async fn aside<T: Send + 'static>(turn: Turn, work: impl FnOnce() -> T + Send + 'static) -> Result<T> {
    tokio::task::spawn_blocking(move || {
        let done = work();
        drop(turn);
        done
    })
    .await
    .map_err(Error::internal)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn nobody_s_hash_takes_the_same_work_and_fits_no_password() {
        let real =
            Argon2::default().hash_password_with_salt(b"a horse eats hay", &[7; 16]).unwrap().to_string();
        let parameters = |hash: &str| hash.split('$').take(4).map(str::to_owned).collect::<Vec<_>>();
        assert_eq!(parameters(&real), parameters(NOBODY_S));
        assert_eq!(real.len(), NOBODY_S.len());
        assert!(argon2::password_hash::phc::PasswordHash::new(NOBODY_S).is_ok());
        let passwords = Passwords::default();
        let turn = || Turn::of(&passwords);
        for password in ["", "a horse eats hay"] {
            assert!(!turn().await.unwrap().verify(password, "").await.unwrap());
        }
        assert!(turn().await.unwrap().verify("a horse eats hay", &real).await.unwrap());
        assert!(!turn().await.unwrap().verify("a horse eats oats", &real).await.unwrap());
    }
}
