//! A mail server that keeps what it is given, and can be told to make trouble.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::{JoinHandle, JoinSet};

/// Where in a session there can be trouble.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// The first line, before anything was asked.
    Greeting,
    /// `AUTH`.
    Login,
    /// `MAIL FROM`.
    Sender,
    /// `RCPT TO`.
    Recipient,
    /// The end of the mail itself. One that is met with silence was kept.
    Content,
}

/// A mail that was taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Received {
    /// Of `MAIL FROM`.
    pub from: String,
    /// Of each `RCPT TO`.
    pub to: Vec<String>,
    /// Headers and body as sent, without the dots that SMTP adds.
    pub text: String,
}

/// A mail server on a port of its own. Stops when dropped.
pub struct SmtpSink {
    address: SocketAddr,
    inner: Arc<Inner>,
    task: JoinHandle<()>,
}

#[derive(Default)]
struct Inner {
    received: Mutex<Vec<Received>>,
    /// What to answer instead (nothing at all when `None`), and how often still.
    troubles: Mutex<Vec<(Stage, Option<String>, usize)>>,
    /// What `AUTH PLAIN` must come with.
    login: Option<String>,
}

impl SmtpSink {
    /// One that takes everything.
    pub async fn start() -> Self {
        Self::start_at(SocketAddr::from(([127, 0, 0, 1], 0))).await
    }

    /// One that takes everything, at this address.
    pub async fn start_at(address: SocketAddr) -> Self {
        Self::over(address, Inner::default()).await
    }

    /// One that wants a user and a password.
    pub async fn start_demanding(user: &str, password: &str) -> Self {
        let login = Some(BASE64_STANDARD.encode(format!("\0{user}\0{password}")));
        Self::over(SocketAddr::from(([127, 0, 0, 1], 0)), Inner { login, ..Inner::default() }).await
    }

    async fn over(address: SocketAddr, inner: Inner) -> Self {
        let listener = TcpListener::bind(address).await.expect("the port is free");
        let (address, inner) = (listener.local_addr().expect("it is bound"), Arc::new(inner));
        let task = tokio::spawn(accept(listener, Arc::clone(&inner)));
        Self { address, inner, task }
    }

    /// Where it listens.
    #[must_use]
    pub const fn address(&self) -> SocketAddr {
        self.address
    }

    /// For the setting `mail.smtp_url`.
    #[must_use]
    pub fn url(&self) -> String {
        format!("smtp://{}", self.address)
    }

    /// Answers this, `times` times, where `stage` is reached.
    pub fn answer(&self, stage: Stage, reply: &str, times: usize) {
        self.trouble(stage, Some(reply.to_owned()), times);
    }

    /// Answers nothing, `times` times, where `stage` is reached.
    pub fn be_silent(&self, stage: Stage, times: usize) {
        self.trouble(stage, None, times);
    }

    fn trouble(&self, stage: Stage, reply: Option<String>, times: usize) {
        self.inner.troubles.lock().unwrap_or_else(PoisonError::into_inner).push((stage, reply, times));
    }

    /// The mails taken so far.
    #[must_use]
    pub fn received(&self) -> Vec<Received> {
        self.inner.received.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Drop for SmtpSink {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Inner {
    /// The answer at this stage, unless there is trouble; `None` for silence.
    fn answer(&self, stage: Stage, usual: &str) -> Option<String> {
        let mut troubles = self.troubles.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(trouble) = troubles.iter_mut().find(|trouble| trouble.0 == stage && trouble.2 > 0) else {
            return Some(usual.to_owned());
        };
        trouble.2 -= 1;
        trouble.1.clone()
    }
}

async fn accept(listener: TcpListener, inner: Arc<Inner>) {
    let mut sessions = JoinSet::new();
    while let Ok((stream, _)) = listener.accept().await {
        let session = Session::new(stream, Arc::clone(&inner));
        sessions.spawn(async move {
            let _ = session.run().await;
        });
    }
}

/// One connection.
struct Session {
    reader: BufReader<OwnedReadHalf>,
    writer: OwnedWriteHalf,
    inner: Arc<Inner>,
    signed_in: bool,
    mail: Received,
}

impl Session {
    fn new(stream: TcpStream, inner: Arc<Inner>) -> Self {
        let (reader, writer) = stream.into_split();
        let signed_in = inner.login.is_none();
        Self { reader: BufReader::new(reader), writer, inner, signed_in, mail: empty() }
    }

    async fn run(mut self) -> std::io::Result<()> {
        self.reply(Stage::Greeting, "220 sink.example.com ESMTP").await?;
        while let Some(line) = self.line().await? {
            let line = line.trim_end().to_owned();
            let verb = line.split([' ', ':']).next().unwrap_or_default().to_ascii_uppercase();
            match verb.as_str() {
                "EHLO" if self.inner.login.is_some() => {
                    self.say("250-sink.example.com\r\n250-8BITMIME\r\n250 AUTH PLAIN").await?;
                }
                "EHLO" => self.say("250-sink.example.com\r\n250 8BITMIME").await?,
                "AUTH" => self.log_in(&line).await?,
                "MAIL" if !self.signed_in => self.say("530 5.7.0 Authentication required").await?,
                "MAIL" => {
                    self.mail = Received { from: path(&line), ..empty() };
                    self.reply(Stage::Sender, "250 2.1.0 Ok").await?;
                }
                "RCPT" => {
                    self.mail.to.push(path(&line));
                    self.reply(Stage::Recipient, "250 2.1.5 Ok").await?;
                }
                "DATA" => self.data().await?,
                "NOOP" | "RSET" => self.say("250 2.0.0 Ok").await?,
                "QUIT" => return self.say("221 2.0.0 Bye").await,
                _ => self.say("500 5.5.2 Not understood").await?,
            }
        }
        Ok(())
    }

    async fn log_in(&mut self, line: &str) -> std::io::Result<()> {
        let given = line.split(' ').nth(2).map(ToOwned::to_owned);
        self.signed_in = given.is_some() && given == self.inner.login;
        let usual = if self.signed_in { "235 2.7.0 Ok" } else { "535 5.7.8 Wrong user or password" };
        self.reply(Stage::Login, usual).await
    }

    async fn data(&mut self) -> std::io::Result<()> {
        self.say("354 End with a dot").await?;
        while let Some(line) = self.line().await? {
            if line == ".\r\n" {
                let mail = std::mem::replace(&mut self.mail, empty());
                let reply = self.inner.answer(Stage::Content, "250 2.0.0 Ok: queued as 42");
                if reply.as_ref().is_none_or(|reply| reply.starts_with('2')) {
                    self.inner.received.lock().unwrap_or_else(PoisonError::into_inner).push(mail);
                }
                return self.say_or_be_silent(reply).await;
            }
            self.mail.text.push_str(line.strip_prefix('.').unwrap_or(&line));
        }
        Ok(())
    }

    /// A line with its end; `None` when the other side has gone.
    async fn line(&mut self) -> std::io::Result<Option<String>> {
        let mut bytes = Vec::new();
        self.reader.read_until(b'\n', &mut bytes).await?;
        Ok((!bytes.is_empty()).then(|| String::from_utf8_lossy(&bytes).into_owned()))
    }

    async fn reply(&mut self, stage: Stage, usual: &str) -> std::io::Result<()> {
        let reply = self.inner.answer(stage, usual);
        self.say_or_be_silent(reply).await
    }

    async fn say_or_be_silent(&mut self, reply: Option<String>) -> std::io::Result<()> {
        match reply {
            Some(reply) => self.say(&reply).await,
            None => std::future::pending().await,
        }
    }

    async fn say(&mut self, reply: &str) -> std::io::Result<()> {
        self.writer.write_all(format!("{reply}\r\n").as_bytes()).await
    }
}

const fn empty() -> Received {
    Received { from: String::new(), to: Vec::new(), text: String::new() }
}

/// What stands between the angle brackets.
fn path(line: &str) -> String {
    let inside = line.split_once('<').and_then(|(_, rest)| rest.rsplit_once('>'));
    inside.map_or_else(|| panic!("no address in `{line}`"), |(address, _)| address.to_owned())
}

impl Received {
    /// A header, in one line; empty when there is none.
    #[must_use]
    pub fn header(&self, name: &str) -> String {
        header(self.text.split("\r\n\r\n").next().unwrap_or_default(), name)
    }

    /// The part of this type (`text/plain`, `text/html`), decoded.
    #[track_caller]
    #[must_use]
    pub fn part(&self, kind: &str) -> String {
        let content_type = self.header("Content-Type");
        let boundary = content_type.split("boundary=\"").nth(1).and_then(|rest| rest.split('"').next());
        let divider = format!("--{}\r\n", boundary.expect("a mail of several parts"));
        for part in self.text.split(divider.as_str()).skip(1) {
            let (headers, body) = part.split_once("\r\n\r\n").expect("a part has headers");
            if header(headers, "Content-Type").starts_with(kind) {
                let body = body.split("\r\n--").next().unwrap_or_default();
                return decoded(&header(headers, "Content-Transfer-Encoding"), body);
            }
        }
        panic!("no part of type {kind} in {}", self.text);
    }
}

fn header(headers: &str, name: &str) -> String {
    let unfolded = headers.replace("\r\n ", " ").replace("\r\n\t", " ");
    let mut lines = unfolded.split("\r\n").filter_map(|line| line.split_once(": "));
    lines
        .find(|(other, _)| other.eq_ignore_ascii_case(name))
        .map(|(_, value)| value.to_owned())
        .unwrap_or_default()
}

fn decoded(encoding: &str, body: &str) -> String {
    let bytes = match encoding {
        "base64" => {
            let text: String = body.split_whitespace().collect();
            BASE64_STANDARD.decode(text).expect("base64")
        }
        "quoted-printable" => quoted_printable(&body.replace("=\r\n", "")),
        _ => body.as_bytes().to_vec(),
    };
    String::from_utf8(bytes).expect("UTF-8").replace("\r\n", "\n")
}

fn quoted_printable(text: &str) -> Vec<u8> {
    let (mut bytes, mut rest) = (Vec::new(), text);
    while let Some((plain, after)) = rest.split_once('=') {
        bytes.extend(plain.as_bytes());
        let (code, next) = after.split_at(2);
        bytes.push(u8::from_str_radix(code, 16).expect("two hexadecimal digits"));
        rest = next;
    }
    bytes.extend(rest.as_bytes());
    bytes
}
