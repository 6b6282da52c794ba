//! One-time codes of an authenticator app ([RFC 6238](https://www.rfc-editor.org/rfc/rfc6238)), and the recovery codes for the day
//! it is lost.

use carcosa_kernel::log::Entry;
use carcosa_kernel::secrets::Purpose;
use carcosa_kernel::{Error, Kernel, Result, Write};
use carcosa_types::event::{
    OPERATOR_RECOVERY_CODES_REPLACED, OPERATOR_TOTP_DISABLED, OPERATOR_TOTP_ENABLED, OPERATOR_TOTP_STARTED,
};
use carcosa_types::operator::{
    ConfirmTotp, CreateSession, DisableTotp, RecoveryCodes, ReplaceRecoveryCodes, TotpEnrolment,
};
use carcosa_types::{OperatorId, Timestamp};
use carcosa_web::session::SignedIn;
use totp_rs::{Builder, Totp};

use super::config::door;
use super::error::{PASSWORD_NOT_SET, TOTP_ALREADY_ENABLED, TOTP_NOT_ENABLED, TOTP_NOT_STARTED};
use super::model::{self, StoredOperator};
use super::notify::{self, Change};
use super::sessions::{self, Opened};
use super::{store, token_store};

/// Bytes of a secret: as many as SHA-1 gives.
const SECRET_LEN: usize = 20;
/// What authenticator apps show beside the code.
const ISSUER: &str = "Carcosa";

/// Begins to set up an authenticator app. Begun anew, the former secret is forgotten.
pub async fn begin(kernel: &Kernel, signed_in: &SignedIn) -> Result<TotpEnrolment> {
    let mut write = door(kernel).write_installation(signed_in.caller()).await?;
    let stored = locked(&mut write, signed_in).await?;
    if stored.totp_enabled_at.is_some() {
        return Err(Error::new(TOTP_ALREADY_ENABLED, "An authenticator app is in use; disable it first."));
    }
    if stored.password_hash.is_empty() {
        return Err(Error::new(PASSWORD_NOT_SET, "Without a password there is no second factor."));
    }
    let mut secret = vec![0; SECRET_LEN];
    kernel.fill_random(&mut secret);
    let sealed = seal(kernel, stored.operator.id, &secret)?;
    store::set_totp(&mut write, stored.operator.id, (Some(sealed), None, None), kernel.now()).await?;
    let totp = totp(secret, &stored.operator.email)?;
    let enrolment = TotpEnrolment {
        object: "totp_enrolment".to_owned(),
        secret: totp.secret().to_base32(),
        url: totp.to_url().map_err(|cause| Error::internal(cause.to_string()))?,
    };
    let receipt = write.record(Entry::new(OPERATOR_TOTP_STARTED, stored.operator.id, &stored.operator)?);
    write.commit(receipt, ()).await?;
    Ok(enrolment)
}

/// Asks for codes of the app from now on, once it has shown that it knows the secret. The session counts as one with a second
/// factor, and gets a new token.
pub async fn confirm(
    kernel: &Kernel,
    signed_in: &SignedIn,
    asked: &ConfirmTotp,
) -> Result<(RecoveryCodes, String)> {
    let mut write = door(kernel).write_installation(signed_in.caller()).await?;
    let stored = locked(&mut write, signed_in).await?;
    if stored.totp_enabled_at.is_some() {
        return Err(Error::new(TOTP_ALREADY_ENABLED, "An authenticator app is in use already."));
    }
    let (id, now) = (stored.operator.id, kernel.now());
    let sealed = stored.totp_secret.clone().ok_or_else(|| {
        Error::new(TOTP_NOT_STARTED, "No authenticator app waits to be confirmed; begin anew.")
    })?;
    let step = step_of(kernel, &stored, &asked.code, now)?
        .ok_or_else(|| Error::field("/code", "wrong_code", "is not what the app shows now"))?;
    store::set_totp(&mut write, id, (Some(sealed), Some(now), Some(step)), now).await?;
    let codes = new_codes(&mut write, id).await?;
    let token = sessions::rotate(&mut write, signed_in, true).await?;
    let after = store::find(&mut write, id).await?.ok_or_else(sessions::ended)?.operator;
    notify::changed(&mut write, &after, Change::Added)?;
    let receipt = write.record(Entry::new(OPERATOR_TOTP_ENABLED, id, &after)?.before(&stored.operator)?);
    write.commit(receipt, ()).await?;
    let session = sessions::present(kernel, (signed_in.record.id, id), &token.hash).await?;
    Ok((RecoveryCodes { object: "recovery_codes".to_owned(), codes, session }, token.text))
}

/// Makes new recovery codes; those before are void. The session gets a new token.
pub async fn replace_codes(
    kernel: &Kernel,
    signed_in: &SignedIn,
    asked: &ReplaceRecoveryCodes,
) -> Result<(RecoveryCodes, String)> {
    let before = sessions::confirm_password(kernel, signed_in, ("/password", &asked.password)).await?;
    let mut write = door(kernel).write_installation(signed_in.caller()).await?;
    let stored = sessions::lock_unchanged(&mut write, &before).await?;
    if stored.totp_enabled_at.is_none() {
        return Err(not_enabled());
    }
    let id = stored.operator.id;
    let codes = new_codes(&mut write, id).await?;
    let token = sessions::rotate(&mut write, signed_in, signed_in.record.mfa).await?;
    notify::changed(&mut write, &stored.operator, Change::RecoveryCodes)?;
    let receipt = write.record(Entry::new(OPERATOR_RECOVERY_CODES_REPLACED, id, &stored.operator)?);
    write.commit(receipt, ()).await?;
    let session = sessions::present(kernel, (signed_in.record.id, id), &token.hash).await?;
    Ok((RecoveryCodes { object: "recovery_codes".to_owned(), codes, session }, token.text))
}

/// New recovery codes, in the place of those before.
async fn new_codes(write: &mut Write, id: OperatorId) -> Result<Vec<String>> {
    let kernel = write.kernel().clone();
    let codes = model::recovery_codes(&kernel);
    let hashes = codes.iter().map(|code| kernel.secrets().hash_key(&model::recovery_text(id, code)));
    token_store::replace_codes(write, id, &hashes.collect::<Result<Vec<_>>>()?).await?;
    Ok(codes)
}

/// Asks for no codes any more. The session gets a new token.
pub async fn disable(kernel: &Kernel, signed_in: &SignedIn, asked: &DisableTotp) -> Result<Opened> {
    let before = sessions::confirm_password(kernel, signed_in, ("/password", &asked.password)).await?;
    let mut write = door(kernel).write_installation(signed_in.caller()).await?;
    let stored = sessions::lock_unchanged(&mut write, &before).await?;
    if stored.totp_enabled_at.is_none() {
        return Err(not_enabled());
    }
    let id = stored.operator.id;
    let after = remove(&mut write, &stored).await?;
    let token = sessions::rotate(&mut write, signed_in, false).await?;
    let receipt = write.record(Entry::new(OPERATOR_TOTP_DISABLED, id, &after)?.before(&stored.operator)?);
    write.commit(receipt, ()).await?;
    let session = sessions::present(kernel, (signed_in.record.id, id), &token.hash).await?;
    Ok(Opened { session, token: token.text })
}

/// Takes an operator's second factor away in a transaction that does more; the operator as they are then.
pub(super) async fn remove(
    write: &mut Write,
    stored: &StoredOperator,
) -> Result<carcosa_types::operator::Operator> {
    let (id, now) = (stored.operator.id, write.kernel().now());
    store::set_totp(write, id, (None, None, None), now).await?;
    token_store::forget_codes(write, id).await?;
    let after = store::find(write, id).await?.ok_or_else(sessions::ended)?.operator;
    notify::changed(write, &after, Change::Removed)?;
    Ok(after)
}

/// Whether the second factor that someone signs in with is right. It is used up in this transaction.
pub(super) async fn is_right(
    write: &mut Write,
    stored: &StoredOperator,
    asked: &CreateSession,
) -> Result<bool> {
    let (kernel, id) = (write.kernel().clone(), stored.operator.id);
    if let Some(code) = &asked.totp_code {
        return match step_of(&kernel, stored, code, kernel.now())? {
            Some(step) => store::take_step(write, id, step).await,
            None => Ok(false),
        };
    }
    let Some(code) = &asked.recovery_code else { return Ok(false) };
    let hashes = kernel.secrets().key_hashes(&model::recovery_text(id, code));
    token_store::use_code(write, id, &hashes, kernel.now()).await
}

/// The time step that a code belongs to: the present one, or one beside it.
fn step_of(kernel: &Kernel, stored: &StoredOperator, code: &str, now: Timestamp) -> Result<Option<i64>> {
    let Some(sealed) = &stored.totp_secret else { return Ok(None) };
    let id = stored.operator.id;
    let secret = kernel.secrets().open(Purpose::OperatorSecret, &context(id), sealed)?;
    let seconds = u64::try_from(now.micros() / 1_000_000).unwrap_or_default();
    let step = totp(secret, &stored.operator.email)?.check(code, seconds);
    Ok(step.and_then(|step| i64::try_from(step).ok()))
}

/// SHA-1, six digits, 30 seconds, one step to either side: what every app understands.
fn totp(secret: Vec<u8>, email: &str) -> Result<Totp> {
    Builder::new()
        .with_secret(secret)
        .with_issuer(Some(ISSUER))
        .with_account_name(email.replace(':', " "))
        .build()
        .map_err(|cause| Error::internal(cause.to_string()))
}

fn seal(kernel: &Kernel, operator: OperatorId, secret: &[u8]) -> Result<Vec<u8>> {
    kernel.secrets().seal(Purpose::OperatorSecret, &context(operator), secret, kernel)
}

/// A secret opens for its own operator only.
fn context(operator: OperatorId) -> Vec<u8> {
    format!("carcosa/totp/{operator}").into_bytes()
}

fn not_enabled() -> Error {
    Error::new(TOTP_NOT_ENABLED, "No authenticator app is in use.")
}

async fn locked(write: &mut Write, signed_in: &SignedIn) -> Result<StoredOperator> {
    store::lock(write, signed_in.record.operator_id).await?.ok_or_else(sessions::ended)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_test_vectors_of_the_rfc() {
        // RFC 6238, appendix B, SHA-1; six digits of its eight.
        let totp = totp(b"12345678901234567890".to_vec(), "ada@example.com").unwrap();
        for (seconds, code, step) in [
            (59, "287082", 1),
            (1_111_111_109, "081804", 37_037_036),
            (1_111_111_111, "050471", 37_037_037),
            (1_234_567_890, "005924", 41_152_263),
            (2_000_000_000, "279037", 66_666_666),
            (20_000_000_000, "353130", 666_666_666),
        ] {
            assert_eq!(totp.check(code, seconds), Some(step), "{seconds}");
            assert_eq!(totp.check(code, seconds + 30), Some(step), "one step late");
            assert_eq!(totp.check(code, seconds + 90), None, "three steps late");
        }
        for bad in ["", "28708", "2870822", "+87082", "２８７０８２"] {
            assert_eq!(totp.check(bad, 59), None, "{bad}");
        }
    }

    #[test]
    fn an_app_is_told_who_and_where() {
        let url = totp(vec![7; SECRET_LEN], "a:b@example.com").unwrap().to_url().unwrap();
        assert!(url.starts_with("otpauth://totp/Carcosa:a%20b%40example.com?secret="), "{url}");
        assert!(url.contains("issuer=Carcosa"), "{url}");
    }
}
