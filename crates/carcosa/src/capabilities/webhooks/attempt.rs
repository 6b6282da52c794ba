//! One attempt: the request that goes out, and what is kept of the answer.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use carcosa_kernel::{Error, Kernel, Result};
use carcosa_types::webhook::WebhookAttempt;
use carcosa_types::{EntryId, Timestamp};
use reqwest::Response;
use reqwest::header::{HeaderMap, HeaderName, HeaderValue, RETRY_AFTER};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc2822;

use super::signing::{Sealed, Signer};
use super::store::StoredEndpoint;
use crate::outbound::Outbound;

/// Longest time until the answer's head.
const PATIENCE: Duration = Duration::from_secs(15);
/// Longest time for the rest, which only the log of attempts wants.
const BODY_PATIENCE: Duration = Duration::from_secs(1);
/// Bytes of an answer that are kept, and that are read so that the connection can be used again.
const KEPT: usize = 4 * 1024;
const READ: usize = 64 * 1024;
/// Headers of an answer that are kept, and bytes of each.
const KEPT_HEADERS: usize = 50;
const KEPT_VALUE: usize = 1024;
/// Characters kept of why there is no answer.
const KEPT_ERROR: usize = 300;
/// The media type of an event (CloudEvents, HTTP protocol binding 1.0.2, structured mode).
const MEDIA_TYPE: &str = "application/cloudevents+json; charset=utf-8";

/// An endpoint, ready to be sent to.
pub(super) struct Target {
    url: String,
    headers: HeaderMap,
    signer: Signer,
}

impl Target {
    pub(super) fn of(kernel: &Kernel, stored: &StoredEndpoint) -> Result<Self> {
        let sealed = Sealed::open(kernel, stored.endpoint.id, &stored.sealed)?;
        let mut headers = HeaderMap::new();
        for (name, value) in &sealed.headers {
            let mut value = HeaderValue::from_str(value).map_err(Error::internal)?;
            value.set_sensitive(true);
            headers.insert(HeaderName::from_bytes(name.as_bytes()).map_err(Error::internal)?, value);
        }
        Ok(Self { headers, ..Self::new(&stored.endpoint.url, &sealed, kernel.now())? })
    }

    /// An address without custom headers.
    pub(super) fn new(url: &str, sealed: &Sealed, now: Timestamp) -> Result<Self> {
        Ok(Self { url: url.to_owned(), headers: HeaderMap::new(), signer: sealed.signer(now)? })
    }
}

/// What to send.
pub(super) struct Message {
    /// The event, which is also the `webhook-id`.
    pub(super) event: EntryId,
    /// Which attempt this is, from 1.
    pub(super) number: i64,
    pub(super) body: String,
}

/// How an attempt ended.
pub(super) struct Attempted {
    pub(super) log: WebhookAttempt,
    /// How long the receiver asks to wait.
    pub(super) wish: Option<Duration>,
}

impl Attempted {
    pub(super) fn succeeded(&self) -> bool {
        self.log.error.is_none()
    }

    pub(super) fn is_gone(&self) -> bool {
        self.log.status_code == Some(410)
    }
}

/// Sends a message once.
pub(super) async fn send(
    kernel: &Kernel,
    outbound: &Outbound,
    target: &Target,
    message: Message,
) -> Attempted {
    let (started_at, clock) = (kernel.now(), Instant::now());
    let (id, seconds) = (message.event.to_string(), started_at.seconds());
    let signature = target.signer.sign(&id, seconds, &message.body);
    let ours = [
        ("webhook-id", id),
        ("webhook-timestamp", seconds.to_string()),
        ("webhook-signature", signature),
        ("content-type", MEDIA_TYPE.to_owned()),
    ];
    let mut headers = target.headers.clone();
    for (name, value) in &ours {
        if let Ok(value) = HeaderValue::from_str(value) {
            headers.insert(*name, value);
        }
    }
    let mut log = WebhookAttempt {
        number: message.number,
        started_at,
        duration_ms: 0,
        status_code: None,
        error: None,
        request_headers: shown(&headers, usize::MAX),
        response_headers: None,
        response_body: None,
    };
    let wish = match call(outbound, target, headers, message.body).await {
        Err(error) => {
            log.error = Some(error);
            None
        }
        Ok(response) => note(&mut log, response, started_at).await,
    };
    log.duration_ms = i64::try_from(clock.elapsed().as_millis()).unwrap_or(i64::MAX);
    Attempted { log, wish }
}

async fn call(
    outbound: &Outbound,
    target: &Target,
    headers: HeaderMap,
    body: String,
) -> std::result::Result<Response, String> {
    let request = outbound.post(&target.url).map_err(|refusal| format!("the address {refusal}"))?;
    match tokio::time::timeout(PATIENCE, request.headers(headers).body(body).send()).await {
        Err(_) => Err(format!("no answer within {} s", PATIENCE.as_secs())),
        Ok(sent) => sent.map_err(|cause| reason(&cause.without_url())),
    }
}

/// The innermost cause, which says most.
fn reason(error: &reqwest::Error) -> String {
    let mut cause: &dyn std::error::Error = error;
    let what = if error.is_connect() { "no connection" } else { "no answer" };
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    harmless(&format!("{what}: {cause}"), KEPT_ERROR)
}

/// A text that both databases take, not too long.
fn harmless(text: &str, most: usize) -> String {
    text.chars().take(most).collect::<String>().replace('\0', "\u{fffd}")
}

/// Writes down the answer; how long it asks to wait.
async fn note(log: &mut WebhookAttempt, mut response: Response, now: Timestamp) -> Option<Duration> {
    let status = response.status();
    log.status_code = Some(i64::from(status.as_u16()));
    log.error = match status.as_u16() {
        200..=299 => None,
        300..=399 => Some(format!("answered {status}: redirects are not followed")),
        _ => Some(format!("answered {status}")),
    };
    log.response_headers = Some(shown(response.headers(), KEPT_HEADERS));
    let wish = response.headers().get(RETRY_AFTER).and_then(|value| retry_after(value.to_str().ok()?, now));
    let (mut kept, mut read) = (Vec::new(), 0);
    let body = async {
        while let Ok(Some(chunk)) = response.chunk().await {
            read += chunk.len();
            let room = KEPT.saturating_sub(kept.len());
            kept.extend_from_slice(&chunk[..chunk.len().min(room)]);
            if read >= READ {
                break;
            }
        }
    };
    // What became of the delivery is known already; the rest is taken as far as it comes.
    let _ = tokio::time::timeout(BODY_PATIENCE, body).await;
    log.response_body = Some(harmless(&String::from_utf8_lossy(&kept), KEPT));
    wish
}

/// Seconds, or a date (RFC 9110, section 10.2.3).
fn retry_after(text: &str, now: Timestamp) -> Option<Duration> {
    if let Ok(seconds) = text.trim().parse::<u32>() {
        return Some(Duration::from_secs(u64::from(seconds)));
    }
    let date = OffsetDateTime::parse(&text.trim().replace("GMT", "+0000"), &Rfc2822).ok()?;
    Some(Timestamp::from(date).since(now))
}

/// Headers as they stand in the log of attempts: custom ones without their values.
fn shown(headers: &HeaderMap, most: usize) -> BTreeMap<String, String> {
    headers
        .iter()
        .take(most)
        .map(|(name, value)| {
            let text = if value.is_sensitive() {
                "••••".to_owned()
            } else {
                let text = String::from_utf8_lossy(value.as_bytes());
                harmless(&text, KEPT_VALUE)
            };
            (name.to_string(), text)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn receivers_ask_to_wait_in_seconds_or_until_a_date() {
        let now = Timestamp::from_micros(784_111_777_000_000); // Sun, 06 Nov 1994 08:49:37 GMT
        assert_eq!(retry_after("120", now), Some(Duration::from_secs(120)));
        assert_eq!(retry_after("Sun, 06 Nov 1994 08:50:37 GMT", now), Some(Duration::from_secs(60)));
        assert_eq!(retry_after("Sun, 06 Nov 1994 08:49:07 GMT", now), Some(Duration::ZERO), "past");
        for bad in ["", "soon", "-1", "1e9", "99999999999"] {
            assert_eq!(retry_after(bad, now), None, "{bad}");
        }
    }
}
