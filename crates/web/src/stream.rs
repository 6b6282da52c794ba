//! Answers that are made while they are sent: files too long to be put together first.
//!
//! The head goes out at once; the pieces follow from a task of their own, through a short channel, so memory stays constant
//! however slowly they are taken. The body ends cleanly only when the task says so: an error in the middle, or a panic,
//! breaks the connection off, and no reader takes a part for the whole. The time limit of requests covers the head; a reader
//! that takes nothing for [`PATIENCE`] is given up.

use std::io::Write;
use std::marker::PhantomData;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, Bytes, HttpBody};
use axum::extract::FromRequestParts;
use axum::http::HeaderValue;
use axum::http::header::{ACCEPT_ENCODING, CONTENT_DISPOSITION, CONTENT_ENCODING, CONTENT_TYPE, VARY};
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};
use carcosa_kernel::{Error, Gate};
use carcosa_types::ProjectId;
use flate2::Compression;
use flate2::write::GzEncoder;
use http_body::Frame;
use tokio::sync::mpsc;
use tokio::time::timeout;

use crate::endpoint::{Input, Operation, Output};
use crate::error::OVERLOADED;
use crate::places::{Full, Place, Places};

/// Streams that a node sends at a time: each may ask the database again and again for as long as its reader likes.
pub const MAX_AT_A_TIME: usize = 16;
/// Streams of one project that a node sends at a time.
pub const MAX_OF_PROJECT: usize = 4;
/// Longest piece, in bytes: what waits for a slow reader is a few of these.
const PIECE: usize = 256 * 1024;
/// How long a reader may take nothing.
pub const PATIENCE: Duration = Duration::from_secs(60);
/// Pieces made ahead of what was taken.
const AHEAD: usize = 2;

static PLACES: Places<ProjectId> = Places::new(MAX_AT_A_TIME, MAX_OF_PROJECT);

/// The media types that an endpoint can stream, for its documentation.
pub trait Media {
    /// `text/csv`, …
    const TYPES: &'static [&'static str];
}

/// A place among the streams of this node, taken before anything is done for one.
pub struct Opening(Place<&'static Places<ProjectId>, ProjectId>);

/// Takes a place. Refused when the node streams as much as it can, for the project or in all.
pub fn open(project: ProjectId) -> Result<Opening, Error> {
    Places::take(&PLACES, project).map(Opening).map_err(|full| {
        let (most, whose) = match full {
            Full::Own => (MAX_OF_PROJECT, " of the project"),
            Full::All => (MAX_AT_A_TIME, ""),
        };
        let detail = format!("This node sends {most} files{whose} already, which is the most.");
        Error::new(OVERLOADED, detail).retry_after(5)
    })
}

/// What a caller takes of compression: `gzip`, when `Accept-Encoding` has it.
#[derive(Debug, Clone, Copy)]
pub struct Accepts {
    gzip: bool,
}

impl FromRequestParts<Gate> for Accepts {
    type Rejection = std::convert::Infallible;
    async fn from_request_parts(parts: &mut Parts, _: &Gate) -> Result<Self, Self::Rejection> {
        let headers = parts.headers.get_all(ACCEPT_ENCODING).iter().filter_map(|value| value.to_str().ok());
        Ok(Self { gzip: headers.flat_map(|text| text.split(',')).any(wants_gzip) })
    }
}

impl Input for Accepts {
    fn describe(_: &mut Operation) {}
}

/// Whether one item of `Accept-Encoding` (RFC 9110, section 12.5.3) asks for gzip.
fn wants_gzip(item: &str) -> bool {
    let (name, weight) = item.split_once(';').unwrap_or((item, ""));
    let refused = weight.trim().strip_prefix("q=").and_then(|q| q.trim().parse::<f32>().ok()) == Some(0.0);
    name.trim().eq_ignore_ascii_case("gzip") && !refused
}

/// 200 with a file that is made while it is sent.
pub struct Stream<M> {
    media_type: &'static str,
    file_name: String,
    accepts: Accepts,
    body: Body,
    media: PhantomData<fn() -> M>,
}

impl Opening {
    /// Starts to make the file. `file_name` has only letters, digits, `.`, `-` and `_`.
    pub fn stream<M, W, F>(
        self,
        media_type: &'static str,
        file_name: String,
        accepts: Accepts,
        work: W,
    ) -> Stream<M>
    where
        M: Media,
        W: FnOnce(Sink) -> F,
        F: Future<Output = Result<(), Error>> + Send + 'static,
    {
        let (sender, receiver) = mpsc::channel(AHEAD);
        let gzip = accepts.gzip.then(|| GzEncoder::new(Vec::new(), Compression::fast()));
        let gzip = Arc::new(Mutex::new(gzip));
        let end = Sink { pieces: sender.clone(), gzip: Arc::clone(&gzip) };
        let work = work(Sink { pieces: sender, gzip });
        tokio::spawn(async move {
            let outcome = work.await;
            match &outcome {
                Ok(()) => {}
                Err(error) if error.code() == GONE => tracing::debug!("the reader of a stream went away"),
                Err(error) => tracing::error!(?error, "a stream was broken off"),
            }
            let whole = match outcome {
                Ok(()) => end.finish().await,
                Err(error) => Err(error),
            };
            let last = if whole.is_ok() { Piece::End } else { Piece::Broken };
            let _ = end.put(last).await;
            drop(self.0);
        });
        let body = Body::new(Pieces { receiver, ended: false });
        Stream { media_type, file_name, accepts, body, media: PhantomData }
    }
}

/// Where the pieces go.
pub struct Sink {
    pieces: mpsc::Sender<Piece>,
    /// One stream of gzip over all pieces, flushed after each.
    gzip: Arc<Mutex<Option<GzEncoder<Vec<u8>>>>>,
}

/// Not shown to anyone: by then nobody listens.
const GONE: carcosa_types::ErrorCode = carcosa_types::ErrorCode::new("reader_gone", 499, "Reader gone", "");

impl Sink {
    /// Sends a piece, when the reader has taken those before. An error when it went away: then there is nothing more to do.
    pub async fn send(&self, bytes: Vec<u8>) -> Result<(), Error> {
        let mut rest = Bytes::from(bytes);
        while !rest.is_empty() {
            let piece = rest.split_to(rest.len().min(PIECE));
            self.put(Piece::Data(self.compressed(piece)?)).await?;
        }
        Ok(())
    }

    fn compressed(&self, bytes: Bytes) -> Result<Bytes, Error> {
        let mut gzip = self.gzip.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(encoder) = gzip.as_mut() else { return Ok(bytes) };
        encoder.write_all(&bytes).and_then(|()| encoder.flush()).map_err(Error::internal)?;
        Ok(std::mem::take(encoder.get_mut()).into())
    }

    /// The end of the compressed stream.
    async fn finish(&self) -> Result<(), Error> {
        let encoder = self.gzip.lock().unwrap_or_else(PoisonError::into_inner).take();
        match encoder {
            Some(encoder) => self.put(Piece::Data(encoder.finish().map_err(Error::internal)?.into())).await,
            None => Ok(()),
        }
    }

    async fn put(&self, piece: Piece) -> Result<(), Error> {
        match timeout(PATIENCE, self.pieces.send(piece)).await {
            Ok(Ok(())) => Ok(()),
            _ => Err(Error::new(GONE, "The reader went away.")),
        }
    }
}

/// What goes through the channel.
enum Piece {
    Data(Bytes),
    End,
    Broken,
}

/// The body: what comes out of the channel.
struct Pieces {
    receiver: mpsc::Receiver<Piece>,
    ended: bool,
}

/// The file is not whole.
#[derive(Debug)]
struct BrokenOff;

impl std::fmt::Display for BrokenOff {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the stream was broken off")
    }
}
impl std::error::Error for BrokenOff {}

impl HttpBody for Pieces {
    type Data = Bytes;
    type Error = BrokenOff;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BrokenOff>>> {
        if self.ended {
            return Poll::Ready(None);
        }
        self.receiver.poll_recv(context).map(|piece| match piece {
            Some(Piece::Data(bytes)) => Some(Ok(Frame::data(bytes))),
            Some(Piece::End) => {
                self.ended = true;
                None
            }
            // The task that should have said how it ends is gone.
            Some(Piece::Broken) | None => {
                self.ended = true;
                Some(Err(BrokenOff))
            }
        })
    }

    fn is_end_stream(&self) -> bool {
        self.ended
    }
}

impl<M> IntoResponse for Stream<M> {
    fn into_response(self) -> Response {
        let mut response = Response::new(self.body);
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(self.media_type));
        let disposition = HeaderValue::try_from(format!("attachment; filename=\"{}\"", self.file_name));
        headers.insert(CONTENT_DISPOSITION, disposition.unwrap_or(HeaderValue::from_static("attachment")));
        headers.insert(VARY, HeaderValue::from_static("accept-encoding"));
        if self.accepts.gzip {
            headers.insert(CONTENT_ENCODING, HeaderValue::from_static("gzip"));
        }
        response
    }
}

impl<M: Media> Output for Stream<M> {
    fn describe(operation: &mut Operation) {
        operation.streams(M::TYPES);
    }
}

#[cfg(test)]
mod tests {
    use http_body_util::BodyExt;

    use super::*;

    fn project(n: u128) -> ProjectId {
        ProjectId::from_uuid(uuid::Uuid::from_u128(n))
    }

    enum Text {}
    impl Media for Text {
        const TYPES: &'static [&'static str] = &["text/plain"];
    }

    async fn sent<F>(work: impl FnOnce(Sink) -> F) -> Result<Vec<u8>, axum::Error>
    where
        F: Future<Output = Result<(), Error>> + Send + 'static,
    {
        let stream: Stream<Text> =
            open(project(1)).unwrap().stream("text/plain", "a.txt".to_owned(), Accepts { gzip: false }, work);
        let response = stream.into_response();
        assert_eq!(response.headers()["content-disposition"], "attachment; filename=\"a.txt\"");
        assert_eq!(response.headers()["content-type"], "text/plain");
        Ok(response.into_body().collect().await?.to_bytes().to_vec())
    }

    #[tokio::test]
    async fn a_stream_ends_cleanly_only_when_it_is_whole() {
        let whole = sent(|sink: Sink| async move {
            for n in 0..10 {
                sink.send(vec![b'0' + n]).await?;
            }
            sink.send(Vec::new()).await
        });
        assert_eq!(whole.await.unwrap(), b"0123456789");
        let broken = sent(|sink: Sink| async move {
            sink.send(b"a part".to_vec()).await?;
            Err(Error::internal("the database went away"))
        });
        assert!(broken.await.is_err());
        let panicked = sent(|sink: Sink| async move {
            sink.send(b"a part".to_vec()).await?;
            assert!(sink.pieces.is_closed(), "a bug");
            Ok(())
        });
        assert!(panicked.await.is_err());

        // A reader that goes away ends the work.
        let (told, heard) = tokio::sync::oneshot::channel();
        let stream: Stream<Text> = open(project(1)).unwrap().stream(
            "text/plain",
            "a.txt".to_owned(),
            Accepts { gzip: false },
            |sink| async move {
                let error = loop {
                    if let Err(error) = sink.send(vec![0; 1000]).await {
                        break error;
                    }
                };
                let _ = told.send(error.code().code);
                Err(error)
            },
        );
        drop(stream);
        assert_eq!(heard.await.unwrap(), "reader_gone");

        // All gave their places back.
        let mut all: Vec<Opening> = Vec::new();
        while all.len() < MAX_AT_A_TIME {
            let whose = project(1 + all.len() as u128 / MAX_OF_PROJECT as u128);
            match open(whose) {
                Ok(place) => all.push(place),
                Err(_) => tokio::task::yield_now().await,
            }
        }
        assert_eq!(open(project(9)).err().unwrap().code(), OVERLOADED);
        all.pop();
        assert_eq!(open(project(1)).err().unwrap().code(), OVERLOADED, "it has four");
        assert!(open(project(9)).is_ok());
    }
}
