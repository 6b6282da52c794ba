//! Server-sent events: answers that go on for as long as the reader likes
//! ([HTML, section 9.2](https://html.spec.whatwg.org/multipage/server-sent-events.html)).
//!
//! What is sent goes through a short channel: a reader that takes nothing holds up its own task and nothing else, and is given up
//! after [`PATIENCE`].

use std::pin::Pin;
use std::sync::LazyLock;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, Bytes, HttpBody};
use axum::http::HeaderValue;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};
use carcosa_kernel::Error;
use carcosa_types::error_codes;
use http_body::Frame;
use tokio::sync::{mpsc, watch};
use tokio::time::timeout;

use crate::endpoint::{Operation, Output};
use crate::places::{Full, Place, Places};

error_codes! {
    TOO_MANY_STREAMS = "too_many_streams", 429, "Too many streams",
        "The credential, or the node, has as many streams open as it can. Close one, or read the feed page by page.";
}

/// Streams of one node.
pub const MAX_STREAMS: usize = 5000;
/// Streams of one credential on a node.
pub const MAX_OF_CREDENTIAL: usize = 100;
/// How long a reader may take nothing.
pub const PATIENCE: Duration = Duration::from_secs(60);
/// Pieces made ahead of what was taken.
const AHEAD: usize = 4;

/// Streams that are open, by who opened them.
static OPEN: Places<String> = Places::new(MAX_STREAMS, MAX_OF_CREDENTIAL);

/// Whether this server stops.
static CLOSING: LazyLock<watch::Sender<bool>> = LazyLock::new(|| watch::Sender::new(false));

/// Ends all streams, and the patience of those who wait: the server stops.
pub fn close_all() {
    CLOSING.send_replace(true);
}

/// Resolves when the server stops.
pub async fn closing() {
    let _ = CLOSING.subscribe().wait_for(|closing| *closing).await;
}

/// A place among the streams of this node; given back when dropped.
pub struct Opening(Place<&'static Places<String>, String>);

/// Takes a place for a credential.
pub fn open(credential: &str) -> Result<Opening, Error> {
    Places::take(&OPEN, credential.to_owned()).map(Opening).map_err(|full| {
        let (whose, most) = match full {
            Full::Own => ("The credential", MAX_OF_CREDENTIAL),
            Full::All => ("This node", MAX_STREAMS),
        };
        let detail = format!("{whose} has {most} streams open on this node, which is the most.");
        Error::new(TOO_MANY_STREAMS, detail)
    })
}

/// 200 with events that are sent as they come.
pub struct Live(Body);

impl Opening {
    /// Starts to send. The stream ends when the work does.
    pub fn stream<F>(self, work: impl FnOnce(Line) -> F) -> Live
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let (sender, receiver) = mpsc::channel(AHEAD);
        let work = work(Line(sender));
        tokio::spawn(async move {
            tokio::select! {
                () = work => {}
                () = closing() => {}
            }
            drop(self.0);
        });
        Live(Body::new(Pieces(receiver)))
    }
}

/// The reader went away, or takes nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Gone;

/// Where the events go.
pub struct Line(mpsc::Sender<Bytes>);

impl Line {
    /// Sends texts in the form of the protocol, when the reader has taken those before.
    pub async fn send(&self, text: String) -> Result<(), Gone> {
        if text.is_empty() {
            return Ok(());
        }
        match timeout(PATIENCE, self.0.send(Bytes::from(text))).await {
            Ok(Ok(())) => Ok(()),
            _ => Err(Gone),
        }
    }

    /// Resolves when the reader has gone away.
    pub async fn closed(&self) {
        self.0.closed().await;
    }
}

/// The body: what comes out of the channel.
struct Pieces(mpsc::Receiver<Bytes>);

impl HttpBody for Pieces {
    type Data = Bytes;
    type Error = std::convert::Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        self.0.poll_recv(context).map(|piece| piece.map(|bytes| Ok(Frame::data(bytes))))
    }
}

impl IntoResponse for Live {
    fn into_response(self) -> Response {
        let mut response = Response::new(self.0);
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        // Proxies such as nginx would keep events back until they have enough of them.
        headers.insert("x-accel-buffering", HeaderValue::from_static("no"));
        response
    }
}

impl Output for Live {
    fn describe(operation: &mut Operation) {
        operation.streams(&["text/event-stream"]);
        operation.errors.push(TOO_MANY_STREAMS);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_credential_has_so_many_streams() {
        let mine: Vec<Opening> = (0..MAX_OF_CREDENTIAL).map(|_| open("mine").unwrap()).collect();
        assert_eq!(open("mine").err().unwrap().code(), TOO_MANY_STREAMS);
        let other = open("other").unwrap();
        drop(mine);
        assert!(open("mine").is_ok());
        drop(other);
    }
}
