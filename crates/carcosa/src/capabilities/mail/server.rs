//! The mail server: what the setting `mail.smtp_url` says, and talking to it.
//!
//! A connection serves one mail. Kept ones would save a handshake now and then, but one that was given up in the middle must
//! never be used again: the answer to one mail would be taken for another's.

use std::borrow::Cow;
use std::time::Duration;

use lettre::Message;
use lettre::transport::smtp::authentication::{Credentials, DEFAULT_MECHANISMS};
use lettre::transport::smtp::client::{AsyncSmtpConnection, Tls, TlsParameters};
use lettre::transport::smtp::extension::ClientId;
use lettre::transport::smtp::response::Response;
use lettre::transport::smtp::{Error as SmtpError, SMTP_PORT, SUBMISSION_PORT, SUBMISSIONS_PORT};
use percent_encoding::percent_decode_str;
use tokio::time::timeout;
use url::{Host, Url};

/// Longest time for one mail, from the connection to the server's word that it has it.
const PATIENCE: Duration = Duration::from_secs(30);
/// Longest time to reach one of the server's addresses.
const TO_CONNECT: Duration = Duration::from_secs(10);
/// Longest wait for the server's goodbye, which changes nothing.
const TO_PART: Duration = Duration::from_secs(1);

/// How to reach the mail server. Has no `Debug`: it may hold a password.
pub(super) struct Server {
    host: String,
    port: u16,
    tls: Tls,
    credentials: Option<Credentials>,
    /// What we call ourselves.
    name: ClientId,
    is_this_machine: bool,
    patience: Duration,
}

/// The server took a mail, or greeted.
pub(super) struct Answer {
    /// Its last answer.
    pub(super) reply: String,
    /// Whether the connection was encrypted.
    pub(super) encrypted: bool,
}

/// The server did not take a mail.
pub(super) struct Failure {
    /// Whether it never will, whoever asks.
    pub(super) is_permanent: bool,
    /// What happened, without words of the server's: it may repeat addresses and links.
    pub(super) brief: String,
    /// What happened, for the operator at the console.
    pub(super) full: String,
}

impl Server {
    /// Reads the setting. What is wrong is said without repeating the setting.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let url = Url::parse(text).map_err(|cause| format!("is not a URL: {cause}"))?;
        let (host, is_this_machine) = match url.host() {
            Some(Host::Domain(name)) if !name.is_empty() => (name.to_owned(), is_loopback(name)),
            Some(Host::Ipv4(ip)) => (ip.to_string(), ip.is_loopback()),
            Some(Host::Ipv6(ip)) => (ip.to_string(), ip.is_loopback()),
            _ => return Err("names no host".to_owned()),
        };
        let (tls, port) = encryption(&url, &host)?;
        Ok(Self {
            port: url.port().unwrap_or(port),
            tls,
            credentials: credentials(&url)?,
            name: own_name(&url)?,
            host,
            is_this_machine,
            patience: PATIENCE,
        })
    }

    /// Waits less long, for tests.
    pub(super) fn with_patience(mut self, patience: Duration) -> Self {
        self.patience = patience;
        self
    }

    /// Host and port.
    pub(super) fn address(&self) -> String {
        format!("{}:{}", self.host, self.port)
    }

    /// Whether the password can be read on its way.
    pub(super) fn shows_password(&self) -> bool {
        let may_be_plain = matches!(self.tls, Tls::None | Tls::Opportunistic(_));
        self.credentials.is_some() && may_be_plain && !self.is_this_machine
    }

    /// Connects and says goodbye.
    pub(super) async fn greet(&self) -> Result<Answer, Failure> {
        let connected = timeout(self.patience, self.connect()).await;
        let mut connection =
            connected.map_err(|_| self.silent())?.map_err(|cause| Failure::connecting(&cause))?;
        let encrypted = connection.is_encrypted();
        let _ = timeout(TO_PART, connection.quit()).await;
        Ok(Answer { reply: String::new(), encrypted })
    }

    /// Hands a mail over.
    pub(super) async fn send(&self, message: &Message) -> Result<Answer, Failure> {
        let done = timeout(self.patience, self.hand_over(message)).await;
        let (response, mut connection) = done.map_err(|_| self.silent())??;
        // It has the mail: whatever happens now, it is sent.
        let encrypted = connection.is_encrypted();
        let _ = timeout(TO_PART, connection.quit()).await;
        let said: Vec<&str> = response.message().collect();
        Ok(Answer { reply: format!("{} {}", response.code(), said.join(" ")), encrypted })
    }

    async fn hand_over(&self, message: &Message) -> Result<(Response, AsyncSmtpConnection), Failure> {
        let mut connection = self.connect().await.map_err(|cause| Failure::connecting(&cause))?;
        let sent = connection.send(message.envelope(), &message.formatted()).await;
        Ok((sent.map_err(|cause| Failure::sending(&cause))?, connection))
    }

    async fn connect(&self) -> Result<AsyncSmtpConnection, SmtpError> {
        let from_the_start = match &self.tls {
            Tls::Wrapper(parameters) => Some(parameters.clone()),
            _ => None,
        };
        let address = (self.host.as_str(), self.port);
        let mut connection =
            AsyncSmtpConnection::connect_tokio1(address, Some(TO_CONNECT), &self.name, from_the_start, None)
                .await?;
        match &self.tls {
            Tls::Required(parameters) => connection.starttls(parameters.clone(), &self.name).await?,
            Tls::Opportunistic(parameters) if connection.can_starttls() => {
                connection.starttls(parameters.clone(), &self.name).await?;
            }
            _ => {}
        }
        if let Some(credentials) = &self.credentials {
            connection.auth(DEFAULT_MECHANISMS, credentials).await?;
        }
        Ok(connection)
    }

    fn silent(&self) -> Failure {
        Failure::temporary(format!("the mail server did not finish within {:?}", self.patience))
    }
}

impl Failure {
    fn temporary(text: String) -> Self {
        Self { is_permanent: false, brief: text.clone(), full: text }
    }

    /// Before the mail itself was begun. Whatever the server says then is about us or about it, not about the mail: a wrong
    /// password must not lose mails.
    fn connecting(cause: &SmtpError) -> Self {
        Self { is_permanent: false, brief: brief(cause), full: cause.to_string() }
    }

    fn sending(cause: &SmtpError) -> Self {
        Self { is_permanent: is_about_the_mail(cause), ..Self::connecting(cause) }
    }
}

/// Whether a refusal is final and meant for this mail. That one has to sign in first (RFC 4954) is about us.
fn is_about_the_mail(cause: &SmtpError) -> bool {
    let code = cause.status().map(|code| code.to_string()).unwrap_or_default();
    cause.is_permanent() && !["530", "534", "535", "538"].contains(&code.as_str())
}

/// The codes of the server's answer, without its words; or what went wrong with the connection.
fn brief(cause: &SmtpError) -> String {
    use std::error::Error;
    match cause.status() {
        Some(code) => {
            let words = cause.source().map(ToString::to_string).unwrap_or_default();
            let more = words.split_whitespace().next().filter(|word| is_enhanced_code(word));
            more.map_or_else(
                || format!("the mail server answered {code}"),
                |more| format!("the mail server answered {code} {more}"),
            )
        }
        None if cause.is_response() => "the mail server's answer was not understood".to_owned(),
        None => cause.to_string(),
    }
}

/// `5.1.1` ([RFC 3463](https://www.rfc-editor.org/rfc/rfc3463)).
fn is_enhanced_code(word: &str) -> bool {
    let parts: Vec<&str> = word.split('.').collect();
    parts.len() == 3
        && parts.iter().all(|part| (1..=3).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_digit()))
}

/// A URL of a scheme that is not the web's keeps addresses of machines as names.
fn is_loopback(name: &str) -> bool {
    name == "localhost" || name.parse().is_ok_and(|ip: std::net::IpAddr| ip.is_loopback())
}

/// How the connection is encrypted, and the port unless one is given.
fn encryption(url: &Url, host: &str) -> Result<(Tls, u16), String> {
    let parameters =
        || TlsParameters::new(host.to_owned()).map_err(|cause| format!("cannot be reached by TLS: {cause}"));
    let mut asked = None;
    for (name, value) in url.query_pairs() {
        match name.as_ref() {
            "tls" if asked.is_none() => asked = Some(value),
            _ => return Err("may have one parameter, `tls`".to_owned()),
        }
    }
    match (url.scheme(), asked.as_deref()) {
        ("smtps", None) => Ok((Tls::Wrapper(parameters()?), SUBMISSIONS_PORT)),
        ("smtp", Some("required")) => Ok((Tls::Required(parameters()?), SUBMISSION_PORT)),
        ("smtp", Some("opportunistic")) => Ok((Tls::Opportunistic(parameters()?), SUBMISSION_PORT)),
        ("smtp", None) => Ok((Tls::None, SMTP_PORT)),
        ("smtps", Some(_)) => Err("is encrypted by `smtps` already: leave `tls` out".to_owned()),
        ("smtp", Some(_)) => Err("must say `tls=required` or `tls=opportunistic`".to_owned()),
        _ => Err("must begin with smtp:// or smtps://".to_owned()),
    }
}

fn credentials(url: &Url) -> Result<Option<Credentials>, String> {
    let decoded = |text: &str| {
        let text = percent_decode_str(text).decode_utf8();
        text.map(Cow::into_owned).map_err(|_| "has a user or password that is not UTF-8".to_owned())
    };
    match (url.username(), url.password()) {
        ("", None) => Ok(None),
        ("", Some(_)) => Err("has a password without a user".to_owned()),
        (_, None) => Err("has a user without a password".to_owned()),
        (user, Some(password)) => Ok(Some(Credentials::new(decoded(user)?, decoded(password)?))),
    }
}

fn own_name(url: &Url) -> Result<ClientId, String> {
    let name = url.path().trim_matches('/');
    if name.is_empty() {
        return Ok(ClientId::default());
    }
    if name.len() > 253 || !name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b".-".contains(&byte)) {
        return Err("has a path that is not the name of a machine".to_owned());
    }
    Ok(ClientId::Domain(name.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_says_where_and_how() {
        for (url, address) in [
            ("smtp://localhost", "localhost:25"),
            ("smtp://localhost/", "localhost:25"),
            ("smtp://127.0.0.1:1025", "127.0.0.1:1025"),
            ("smtp://[::1]:1025", "::1:1025"),
            ("smtps://u:p@mail.example.com", "mail.example.com:465"),
            ("smtp://u:p@mail.example.com?tls=required", "mail.example.com:587"),
            (
                "smtp://u:p@mail.example.com:2525/carcosa.example.com?tls=opportunistic",
                "mail.example.com:2525",
            ),
        ] {
            assert_eq!(Server::parse(url).map(|server| server.address()), Ok(address.to_owned()), "{url}");
        }
        let kinds = [("smtp://h", "None"), ("smtps://h", "Wrapper"), ("smtp://h?tls=required", "Required")];
        for (url, kind) in kinds {
            assert_eq!(Server::parse(url).map(|server| format!("{:?}", server.tls)), Ok(kind.to_owned()));
        }
        let server = Server::parse("smtps://ada%40example.com:p%2Fw%3A%25@h/name.example.com").ok().unwrap();
        let expected = Credentials::new("ada@example.com".to_owned(), "p/w:%".to_owned());
        assert!(server.credentials == Some(expected));
        assert_eq!(server.name, ClientId::Domain("name.example.com".to_owned()));
    }

    #[test]
    fn what_is_wrong_is_said_without_the_password() {
        for (url, said) in [
            ("mail.example.com", "is not a URL"),
            ("smtp://:25", "is not a URL"),
            ("smtp:hush", "names no host"),
            ("http://u:hush@h", "must begin with smtp://"),
            ("smtp://u:hush@h:99999", "is not a URL"),
            ("smtp://u:hush@h?tls=yes", "tls=required"),
            ("smtps://u:hush@h?tls=required", "leave `tls` out"),
            ("smtp://u:hush@h?pool=1", "one parameter"),
            ("smtp://u:hush@h?tls=required&tls=required", "one parameter"),
            ("smtp://hush@h", "a user without a password"),
            ("smtp://:hush@h", "a password without a user"),
            ("smtp://u:%ffhush@h", "not UTF-8"),
            ("smtp://u:hush@h/a%0d%0aRCPT", "not the name of a machine"),
        ] {
            let refused = Server::parse(url).err().unwrap();
            assert!(refused.contains(said) && !refused.contains("hush"), "{url}: {refused}");
        }
    }

    #[test]
    fn a_password_in_clear_is_noticed() {
        for (url, shows) in [
            ("smtp://u:p@mail.example.com", true),
            ("smtp://u:p@mail.example.com?tls=opportunistic", true),
            ("smtp://mail.example.com", false),
            ("smtp://u:p@mail.example.com?tls=required", false),
            ("smtps://u:p@mail.example.com", false),
            ("smtp://u:p@localhost:1025", false),
            ("smtp://u:p@127.0.0.1:1025", false),
            ("smtp://u:p@[::1]:1025", false),
        ] {
            assert_eq!(Server::parse(url).map(|server| server.shows_password()), Ok(shows), "{url}");
        }
    }

    #[test]
    fn only_codes_are_kept_of_an_answer() {
        for (word, is) in
            [("5.1.1", true), ("4.20.300", true), ("5.1", false), ("ada@b.c.d", false), ("5..1", false)]
        {
            assert_eq!(is_enhanced_code(word), is, "{word}");
        }
    }
}
