//! Rules of operators: passwords, codes, links, and how failures are slowed down.

use std::net::IpAddr;
use std::time::Duration;

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use carcosa_kernel::secrets::KeyHash;
use carcosa_kernel::{Error, Kernel, Result};
use carcosa_types::operator::{
    Credential, CredentialKind, MIN_PASSWORD_CHARS, Operator, OperatorStatus, PlatformRole, ProjectRoleGrant,
    RECOVERY_CODES,
};
use carcosa_types::{OperatorId, Timestamp};
use unicode_normalization::UnicodeNormalization;

/// Random bytes of a session's or link's token.
const TOKEN_BYTES: usize = 32;
/// Random bytes of a generated password: 144 bits, 24 characters.
const PASSWORD_BYTES: usize = 18;
/// Characters of a recovery code: 50 bits, checked online only.
const RECOVERY_CODE_CHARS: usize = 10;
/// Fewest different characters of a password.
const MIN_DIFFERENT: usize = 5;
/// A part of the e-mail address this long must not stand in the password.
const TELLING_CHARS: usize = 6;

/// Of the passwords most often found in breaches, those that are long enough, in lower case.
const COMMONEST: &[&str] = &[
    "1q2w3e4r5t6y7u8i",
    "1qaz2wsx3edc",
    "1qaz2wsx3edc4rfv",
    "123456789abc",
    "123456789qwe",
    "1234567890qwerty",
    "123qweasdzxc",
    "abc123456789",
    "abcdefghijkl",
    "abcdefghijklm",
    "admin1234567",
    "administrator",
    "adminadminadmin",
    "changemeplease",
    "changeme1234",
    "correcthorsebatterystaple",
    "football1234",
    "iloveyou1234",
    "iloveyouforever",
    "letmein12345",
    "letmeinletmein",
    "monkey123456",
    "p@ssw0rd1234",
    "passw0rd1234",
    "password1234",
    "password12345",
    "password123456",
    "password123!",
    "passwordpassword",
    "qazwsxedcrfv",
    "qwerty123456",
    "qwerty1234567",
    "qwertyuiop12",
    "qwertyuiop123",
    "qwertyuiopasdfghjkl",
    "qwertyqwerty",
    "secretsecret",
    "superadmin123",
    "welcome12345",
    "welcome123456",
    "zxcvbnmasdfghjkl",
];

/// An operator and what is stored of how they sign in. Has no `Debug`: it holds secrets.
#[derive(Clone)]
pub struct StoredOperator {
    /// The operator as shown.
    pub operator: Operator,
    /// Argon2id, as a PHC string; empty without a password.
    pub password_hash: String,
    /// The sealed secret of one-time codes.
    pub totp_secret: Option<Vec<u8>>,
    /// Since when they are asked for.
    pub totp_enabled_at: Option<Timestamp>,
    /// The time step of the last one taken.
    pub totp_last_step: Option<i64>,
    /// Who they are at which provider of single sign-on.
    pub subject: Option<Subject>,
}

/// Someone at a provider of single sign-on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subject {
    /// The provider's address.
    pub issuer: String,
    /// Its own name for them.
    pub subject: String,
}

/// When each credential was added.
#[derive(Debug, Clone, Copy, Default)]
pub struct Added {
    /// The password.
    pub password: Option<Timestamp>,
    /// One-time codes.
    pub totp: Option<Timestamp>,
    /// Single sign-on.
    pub single_sign_on: Option<Timestamp>,
}

impl Added {
    /// As shown.
    #[must_use]
    pub fn credentials(self) -> Vec<Credential> {
        let all = [
            (CredentialKind::Password, self.password),
            (CredentialKind::Totp, self.totp),
            (CredentialKind::SingleSignOn, self.single_sign_on),
        ];
        all.into_iter()
            .filter_map(|(kind, added_at)| Some(Credential { kind, added_at: added_at? }))
            .collect()
    }
}

/// Whether an operator can sign in.
#[must_use]
pub const fn status(disabled: bool, can_prove_themselves: bool) -> OperatorStatus {
    match (disabled, can_prove_themselves) {
        (true, _) => OperatorStatus::Disabled,
        (false, true) => OperatorStatus::Active,
        (false, false) => OperatorStatus::Invited,
    }
}

/// Whether someone is left without whom nobody could give access.
#[must_use]
pub fn counts_as_super_admin(operator: &Operator) -> bool {
    operator.platform_role == Some(PlatformRole::SuperAdmin) && operator.status == OperatorStatus::Active
}

/// What a role list is called in an invitation.
#[must_use]
pub fn role_name(platform: Option<PlatformRole>, projects: &[ProjectRoleGrant]) -> String {
    match (platform, projects) {
        (Some(PlatformRole::SuperAdmin), _) => "Super admin".to_owned(),
        (Some(PlatformRole::Support), _) => "Support".to_owned(),
        (None, [only]) => format!("{:?} of a project", only.role),
        (None, several) => format!("Roles in {} projects", several.len()),
    }
}

/// The form in which a password is hashed: the same text typed on different machines is the same password.
#[must_use]
pub fn normal_password(password: &str) -> String {
    password.nfkc().collect()
}

/// Refuses passwords that are guessed first. Their length was checked with the request's schema.
pub fn check_password(pointer: &str, password: &str, email: &str) -> Result<()> {
    let text = normal_password(password).to_lowercase();
    let local = email.split('@').next().unwrap_or_default();
    let telling = |part: &str| part.chars().count() >= TELLING_CHARS && text.contains(part);
    let mut characters: Vec<char> = text.chars().collect();
    characters.sort_unstable();
    characters.dedup();
    if text.chars().count() < MIN_PASSWORD_CHARS {
        let rule = format!("must have at least {MIN_PASSWORD_CHARS} characters");
        return Err(Error::field(pointer, "too_short", rule));
    }
    if COMMONEST.contains(&text.as_str()) || characters.len() < MIN_DIFFERENT {
        return Err(Error::field(
            pointer,
            "too_common",
            "must not be among the passwords that are guessed first",
        ));
    }
    if telling(email) || telling(local) {
        return Err(Error::field(pointer, "contains_email", "must not contain the e-mail address"));
    }
    Ok(())
}

/// A password for someone who will change it.
#[must_use]
pub fn generate_password(kernel: &Kernel) -> String {
    let mut random = [0; PASSWORD_BYTES];
    kernel.fill_random(&mut random);
    BASE64_URL_SAFE_NO_PAD.encode(random)
}

/// A text that lets in whoever has it, and what is stored of it.
pub struct Token {
    /// The text.
    pub text: String,
    /// Its keyed hash.
    pub hash: KeyHash,
}

impl Token {
    /// A new one: 256 bits, 43 characters.
    pub fn generate(kernel: &Kernel) -> Result<Self> {
        let mut random = [0; TOKEN_BYTES];
        kernel.fill_random(&mut random);
        let text = BASE64_URL_SAFE_NO_PAD.encode(random);
        let hash = kernel.secrets().hash_key(&text)?;
        Ok(Self { text, hash })
    }
}

/// Ten new recovery codes, as shown: `abcde-fghjk`.
#[must_use]
pub fn recovery_codes(kernel: &Kernel) -> Vec<String> {
    let code = || {
        let mut random = [0; RECOVERY_CODE_CHARS];
        kernel.fill_random(&mut random);
        let text: String = random.iter().map(|byte| char::from(ALPHABET[usize::from(byte & 31)])).collect();
        format!("{}-{}", &text[..RECOVERY_CODE_CHARS / 2], &text[RECOVERY_CODE_CHARS / 2..])
    };
    std::iter::repeat_with(code).take(RECOVERY_CODES).collect()
}

/// Crockford's base32: no letter in it is taken for another character.
const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

/// What is hashed of a recovery code: whose it is, and the code however it was typed.
#[must_use]
pub fn recovery_text(operator: OperatorId, code: &str) -> String {
    let typed = code.chars().filter(|c| !c.is_whitespace() && *c != '-');
    let code: String = typed
        .map(|c| match c.to_ascii_lowercase() {
            'o' => '0',
            'i' | 'l' => '1',
            other => other,
        })
        .collect();
    format!("carcosa/recovery/{operator}/{code}")
}

/// How many failures pass, and how those beyond are slowed down.
#[derive(Debug, Clone, Copy)]
pub struct Limit {
    /// So many are free.
    pub free: i64,
    /// Counting begins anew so long after the first.
    pub window: Duration,
    /// The next try waits a second after the last free failure, twice as long after each further one, at most this long.
    pub longest: Duration,
}

impl Limit {
    const fn of(free: i64) -> Self {
        Self { free, window: Duration::from_hours(1), longest: Duration::from_mins(15) }
    }

    /// How long the next try waits after so many failures.
    #[must_use]
    pub fn wait(self, failures: i64) -> Option<Duration> {
        let beyond = failures.saturating_sub(self.free);
        if beyond < 0 {
            return None;
        }
        let doublings = u32::try_from(beyond).unwrap_or(u32::MAX);
        let seconds = 1_u64.checked_shl(doublings).unwrap_or(u64::MAX);
        Some(Duration::from_secs(seconds).min(self.longest))
    }
}

/// What failures are counted for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Counted {
    /// One account from one address.
    Pair(String, String),
    /// One account from anywhere but browsers known to it.
    Account(String),
    /// One address.
    Address(String),
    /// One account from a browser in which its operator signed in before.
    Device(String, String),
    /// The password of someone who is signed in.
    Session(String),
    /// Links asked for by mail, for one account.
    ResetAccount(String),
    /// Links asked for by mail, from one address.
    ResetAddress(String),
    /// Invitations sent again to one operator.
    Invitation(String),
    /// Links to make the first operator with, tried from one address.
    Setup(String),
    /// Links tried, and journeys to the provider of single sign-on, from one address.
    Visits(String),
}

impl Counted {
    /// How it is limited.
    #[must_use]
    pub const fn limit(&self) -> Limit {
        match self {
            Self::Pair(..) | Self::Setup(_) => Limit::of(5),
            Self::Device(..) | Self::Session(_) => Limit::of(10),
            Self::Account(_) => Limit::of(50),
            Self::Address(_) | Self::Visits(_) => Limit::of(100),
            Self::ResetAccount(_) | Self::Invitation(_) => Limit::of(3),
            Self::ResetAddress(_) => Limit::of(20),
        }
    }

    /// What is hashed to find its row.
    #[must_use]
    pub fn text(&self) -> String {
        let (kind, parts) = match self {
            Self::Pair(account, address) => ("pair", [account.as_str(), address.as_str()]),
            Self::Account(account) => ("account", [account.as_str(), ""]),
            Self::Address(address) => ("address", [address.as_str(), ""]),
            Self::Device(account, device) => ("device", [account.as_str(), device.as_str()]),
            Self::Session(id) => ("session", [id.as_str(), ""]),
            Self::ResetAccount(account) => ("reset-account", [account.as_str(), ""]),
            Self::ResetAddress(address) => ("reset-address", [address.as_str(), ""]),
            Self::Invitation(id) => ("invitation", [id.as_str(), ""]),
            Self::Setup(address) => ("setup", [address.as_str(), ""]),
            Self::Visits(address) => ("visits", [address.as_str(), ""]),
        };
        format!("carcosa/attempt/{kind}/{}", parts.join("\0"))
    }
}

/// Where a request comes from, as it is counted: an IPv4 address, or the IPv6 network that one customer is given.
#[must_use]
pub fn counted_address(ip: Option<IpAddr>) -> String {
    match ip.map(|ip| ip.to_canonical()) {
        Some(IpAddr::V4(address)) => address.to_string(),
        Some(IpAddr::V6(address)) => {
            let [a, b, c, d, ..] = address.segments();
            format!("{a:x}:{b:x}:{c:x}:{d:x}::/64")
        }
        None => "unknown".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wrong(password: &str) -> Option<String> {
        let error = check_password("/password", password, "ada.lovelace@example.com").err()?;
        Some(error.errors()[0].code.clone())
    }

    #[test]
    fn passwords_that_are_guessed_first_are_refused() {
        for (password, code) in [
            ("passwordpassword", "too_common"),
            ("PASSWORD1234", "too_common"),
            ("aaaaaaaaaaaaaaaa", "too_common"),
            ("123412341234", "too_common"),
            ("ada.lovelace@example.com", "contains_email"),
            ("Ada.Lovelace1815", "contains_email"),
            ("ﬁ ve5", "too_short"),
        ] {
            assert_eq!(wrong(password).as_deref(), Some(code), "{password}");
        }
        for good in ["a horse eats hay", "пароль из слов", "ａｎａｌｙｔｉｃａｌ engine", "xK2-9fj3-11ab"]
        {
            assert_eq!(wrong(good), None, "{good}");
        }
        assert!(
            COMMONEST
                .iter()
                .all(|one| one.chars().count() >= MIN_PASSWORD_CHARS && one.to_lowercase() == **one)
        );
    }

    #[test]
    fn a_password_is_the_same_however_its_characters_are_composed() {
        assert_eq!(normal_password("Zu\u{308}rich"), normal_password("Zürich"));
        assert_ne!(normal_password("zürich"), normal_password("Zürich"));
    }

    #[test]
    fn a_recovery_code_is_read_as_it_is_typed() {
        let operator: OperatorId = "opr_01h455vb4pex5vsknk084sn02q".parse().unwrap();
        let other: OperatorId = "opr_01h455vb4pex5vsknk084sn02r".parse().unwrap();
        let text = recovery_text(operator, "01abc-defgh");
        for typed in ["01ABC-DEFGH", "01abcdefgh", " oiabc defgh ", "OLabc--defgh"] {
            assert_eq!(recovery_text(operator, typed), text, "{typed}");
        }
        assert_ne!(recovery_text(operator, "01abc-defgj"), text);
        assert_ne!(recovery_text(other, "01abc-defgh"), text);
    }

    #[test]
    fn failures_wait_longer_each_time() {
        let limit = Limit::of(5);
        assert_eq!([0, 1, 4].map(|failures| limit.wait(failures)), [None; 3]);
        let seconds =
            [5, 6, 7, 14, 15, 1000, i64::MAX].map(|failures| limit.wait(failures).unwrap().as_secs());
        assert_eq!(seconds, [1, 2, 4, 512, 900, 900, 900]);
    }

    #[test]
    fn what_is_counted_apart_has_its_own_row() {
        let (a, b) = ("a".to_owned(), "b".to_owned());
        let all = [
            Counted::Pair(a.clone(), b.clone()),
            Counted::Pair(format!("{a}\0{b}"), String::new()),
            Counted::Account(a.clone()),
            Counted::Address(a.clone()),
            Counted::Device(a.clone(), b),
            Counted::Session(a.clone()),
            Counted::ResetAccount(a.clone()),
            Counted::ResetAddress(a.clone()),
            Counted::Invitation(a.clone()),
            Counted::Setup(a.clone()),
            Counted::Visits(a),
        ];
        let mut texts: Vec<String> = all.iter().map(Counted::text).collect();
        texts.sort();
        texts.dedup();
        assert_eq!(texts.len(), all.len());
    }

    #[test]
    fn an_ipv6_customer_is_one_address() {
        let counted = |text: &str| counted_address(Some(text.parse().unwrap()));
        assert_eq!(counted("2001:db8:1:2:3:4:5:6"), counted("2001:db8:1:2::1"));
        assert_ne!(counted("2001:db8:1:2::1"), counted("2001:db8:1:3::1"));
        assert_eq!(counted("::ffff:192.0.2.1"), "192.0.2.1");
        assert_eq!(counted_address(None), "unknown");
    }

    #[test]
    fn who_can_sign_in() {
        assert_eq!(status(false, true), OperatorStatus::Active);
        assert_eq!(status(false, false), OperatorStatus::Invited);
        assert_eq!(status(true, true), OperatorStatus::Disabled);
        assert_eq!(status(true, false), OperatorStatus::Disabled);
    }
}
