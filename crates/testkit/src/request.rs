//! Requests to a server in the same process, and what came back.

use std::net::{IpAddr, SocketAddr};

use std::sync::LazyLock;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::{HeaderMap, Method, Request, Response, StatusCode};
use carcosa::capabilities;
use carcosa_types::ErrorCode;
use http_body_util::BodyExt;
use serde_json::Value;
use tower::ServiceExt;

/// A request being put together.
pub struct Call {
    router: Router,
    method: Method,
    path: String,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
    peer: Option<IpAddr>,
}

impl Call {
    pub(crate) fn new(router: &Router, method: Method, path: &str) -> Self {
        let (headers, body) = (Vec::new(), Vec::new());
        Self { router: router.clone(), method, path: path.to_owned(), headers, body, peer: None }
    }

    /// With this API key.
    #[must_use]
    pub fn key(self, secret: &str) -> Self {
        self.header("authorization", &format!("Bearer {secret}"))
    }

    /// With a header. One given again replaces the first.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.retain(|(other, _)| other != name);
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// From this address.
    #[must_use]
    pub fn at(mut self, peer: IpAddr) -> Self {
        self.peer = Some(peer);
        self
    }

    /// Without a header.
    #[must_use]
    pub fn without(mut self, name: &str) -> Self {
        self.headers.retain(|(other, _)| other != name);
        self
    }

    /// With a JSON body.
    #[must_use]
    #[expect(clippy::needless_pass_by_value, reason = "called with json!(…)")]
    pub fn json(self, body: Value) -> Self {
        self.text(&body.to_string())
    }

    /// With any body, called JSON.
    #[must_use]
    pub fn text(self, body: &str) -> Self {
        self.bytes(body.as_bytes())
    }

    /// With any bytes, called JSON.
    #[must_use]
    pub fn bytes(mut self, body: &[u8]) -> Self {
        self.body = body.to_vec();
        if self.headers.iter().all(|(name, _)| name != "content-type") {
            self = self.header("content-type", "application/json");
        }
        self
    }

    /// Sends it, and takes the answer as it comes: a stream of server-sent events.
    pub async fn stream(self) -> EventStream {
        let (_, _, response) = self.answered().await;
        assert_eq!(response.status(), StatusCode::OK);
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        EventStream { body: response.into_body(), text: String::new() }
    }

    /// Sends it, and takes the answer as it comes: lines of JSON.
    pub async fn lines(self) -> LineStream {
        let (_, _, response) = self.answered().await;
        assert_eq!(response.status(), StatusCode::OK);
        assert_eq!(response.headers()["content-type"], "application/x-ndjson");
        LineStream { body: response.into_body(), text: String::new() }
    }

    async fn answered(self) -> (Method, String, Response<Body>) {
        let mut request = Request::builder().method(&self.method).uri(&self.path);
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        let mut request = request.body(Body::from(self.body)).expect("a request");
        if let Some(peer) = self.peer {
            request.extensions_mut().insert(ConnectInfo(SocketAddr::from((peer, 40_000))));
        }
        let response = self.router.oneshot(request).await.expect("the router cannot fail");
        (self.method, self.path, response)
    }

    /// Sends it. A problem whose code the endpoint does not declare fails the test.
    pub async fn send(self) -> Answer {
        let (method, path, response) = self.answered().await;
        let (parts, body) = response.into_parts();
        // A stream of events has no end that could be waited for.
        let is_live = parts.headers.get("content-type").is_some_and(|kind| kind == "text/event-stream");
        let body = if is_live { Body::empty() } else { body };
        let bytes = body.collect().await.expect("a body").to_bytes();
        let answer = Answer {
            status: parts.status,
            headers: parts.headers,
            body: serde_json::from_slice(&bytes).unwrap_or_default(),
            bytes: bytes.to_vec(),
        };
        check_declared(&method, &path, &answer);
        check_plain(&answer);
        answer
    }
}

/// Lines of JSON as they come. What is not asked for is not taken: the server waits.
pub struct LineStream {
    body: Body,
    text: String,
}

impl LineStream {
    /// The next line; `None` when the stream has ended. One that is broken off fails the test.
    pub async fn next(&mut self) -> Option<Value> {
        loop {
            if let Some(end) = self.text.find('\n') {
                let line: String = self.text.drain(..=end).collect();
                return Some(serde_json::from_str(&line).expect("a line is JSON"));
            }
            let frame = tokio::time::timeout(Duration::from_secs(10), self.body.frame());
            let frame = frame.await.expect("a line within ten seconds")?.expect("a whole stream");
            if let Ok(bytes) = frame.into_data() {
                self.text.push_str(std::str::from_utf8(&bytes).expect("text"));
            }
        }
    }
}

/// Server-sent events as they come.
pub struct EventStream {
    body: Body,
    text: String,
}

/// One server-sent event.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SentEvent {
    /// `message` unless it says otherwise.
    pub event: String,
    /// The cursor.
    pub id: String,
    /// What it carries.
    pub data: Value,
}

impl EventStream {
    /// The next event, without bookmarks; `None` when the stream has ended. Fails the test when none comes within five seconds.
    pub async fn next(&mut self) -> Option<SentEvent> {
        loop {
            let event = self.next_of_all().await?;
            if event.event != "bookmark" {
                return Some(event);
            }
        }
    }

    /// The next event, bookmarks too.
    pub async fn next_of_all(&mut self) -> Option<SentEvent> {
        loop {
            if let Some(end) = self.text.find("\n\n") {
                let block: String = self.text.drain(..end + 2).collect();
                let field = |name: &str| {
                    let start = format!("{name}: ");
                    block.lines().find_map(|line| line.strip_prefix(&start)).unwrap_or_default().to_owned()
                };
                let event = if field("event").is_empty() { "message".to_owned() } else { field("event") };
                let data = serde_json::from_str(&field("data")).expect("the data is JSON");
                return Some(SentEvent { event, id: field("id"), data });
            }
            let frame = tokio::time::timeout(Duration::from_secs(5), self.body.frame());
            let frame = frame.await.expect("an event within five seconds")?.expect("a whole stream");
            if let Ok(bytes) = frame.into_data() {
                self.text.push_str(std::str::from_utf8(&bytes).expect("text"));
            }
        }
    }
}

/// What came back.
#[derive(Debug, Clone)]
pub struct Answer {
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The body as JSON; null when it is none.
    pub body: Value,
    /// The body as sent.
    pub bytes: Vec<u8>,
}

impl Answer {
    /// Insists on a status; the body.
    #[track_caller]
    pub fn expect(self, status: u16) -> Value {
        assert_eq!(self.status.as_u16(), status, "{}", String::from_utf8_lossy(&self.bytes));
        self.body
    }

    /// Insists on a problem with this status and code; the body.
    #[track_caller]
    pub fn problem(self, status: u16, code: &str) -> Value {
        let kind = self.header("content-type").to_owned();
        let body = self.expect(status);
        assert_eq!(body["code"], code, "{body}");
        assert_eq!(kind, "application/problem+json");
        body
    }

    /// A header; empty when there is none.
    #[must_use]
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }
}

/// The errors that each endpoint declares.
static DECLARED: LazyLock<Vec<(Method, &'static str, Vec<ErrorCode>)>> = LazyLock::new(|| {
    let api = capabilities::api();
    api.endpoints().iter().map(|one| (one.method.clone(), one.path, one.operation.errors.clone())).collect()
});

/// What people are shown is plain text.
fn check_plain(answer: &Answer) {
    let errors = answer.body["errors"].as_array();
    for one in errors.into_iter().flatten().chain([&answer.body]) {
        let detail = one["detail"].as_str().unwrap_or_default();
        assert!(answer.status.as_u16() < 400 || !detail.contains('`'), "the sentence has markup: {detail}");
    }
}

/// Every error an endpoint answers with must stand in its documentation.
fn check_declared(method: &Method, path: &str, answer: &Answer) {
    if answer.status.as_u16() < 400 {
        return;
    }
    let code = answer.body["code"].as_str().unwrap_or_default();
    let path = path.split('?').next().unwrap_or_default();
    let Some((_, template, errors)) =
        DECLARED.iter().find(|(one, template, _)| one == method && matches(template, path))
    else {
        return;
    };
    let declared = errors.iter().any(|error| error.code == code);
    assert!(declared, "{method} {template} answers `{code}` without declaring it: {}", answer.body);
}

fn matches(template: &str, path: &str) -> bool {
    let (template, path): (Vec<_>, Vec<_>) = (template.split('/').collect(), path.split('/').collect());
    template.len() == path.len()
        && template.iter().zip(&path).all(|(expected, part)| expected.starts_with('{') || expected == part)
}
