//! The request body: JSON, checked against its schema, then by its own rules. All that is wrong is told at once.

use std::time::Duration;

use axum::extract::{FromRequest, Request};
use axum::http::HeaderMap;
use axum::http::header::CONTENT_TYPE;
use carcosa_kernel::error::VALIDATION_FAILED;
use carcosa_kernel::idempotency::Claim;
use carcosa_kernel::{Error, Gate};
use carcosa_types::{Validate, Violation, Violations};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use schemars::{JsonSchema, SchemaGenerator};
use serde::de::DeserializeOwned;
use serde_json::Value;
use tokio::time::timeout;

use crate::endpoint::{Input, Operation};
use crate::error::{Failure, INVALID_JSON, PAYLOAD_TOO_LARGE, REQUEST_TIMEOUT, UNSUPPORTED_MEDIA_TYPE};
use crate::{MAX_BODY_BYTES, schema};

/// How long a body may take to arrive.
const BODY_PATIENCE: Duration = Duration::from_secs(10);
/// Deepest nesting of a body. What is kept of it is kept a few levels deeper, and must be readable there.
const MAX_NESTING: usize = 64;

/// A JSON body. An empty one reads as `{}`.
pub struct Body<T>(pub T);

impl<T> FromRequest<Gate> for Body<T>
where
    T: DeserializeOwned + JsonSchema + Validate + 'static,
{
    type Rejection = Failure;
    async fn from_request(request: Request, _: &Gate) -> Result<Self, Failure> {
        let (parts, body) = request.into_parts();
        let bytes = read(body).await?;
        if let Some(claim) = parts.extensions.get::<Claim>() {
            claim.fingerprint.take_body(&bytes);
        }
        if bytes.is_empty() {
            return Ok(Self(parse(b"{}")?));
        }
        check_media_type(&parts.headers)?;
        Ok(Self(parse(&bytes)?))
    }
}

impl<T: JsonSchema + 'static> Input for Body<T> {
    fn describe(operation: &mut Operation) {
        operation.errors.extend([INVALID_JSON, PAYLOAD_TOO_LARGE, UNSUPPORTED_MEDIA_TYPE, VALIDATION_FAILED]);
        operation.body_required = schema::of::<T>().get("required").is_some();
        operation.body = Some(SchemaGenerator::subschema_for::<T>);
    }
}

/// A body that is JSON or, as OAuth's endpoints take it, a form of texts.
pub struct FormBody<T>(pub T);

impl<T> FromRequest<Gate> for FormBody<T>
where
    T: DeserializeOwned + JsonSchema + Validate + 'static,
{
    type Rejection = Failure;
    async fn from_request(request: Request, gate: &Gate) -> Result<Self, Failure> {
        let kind =
            request.headers().get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
        if !kind.trim_start().to_ascii_lowercase().starts_with("application/x-www-form-urlencoded") {
            return Ok(Self(Body::from_request(request, gate).await?.0));
        }
        let (parts, body) = request.into_parts();
        let bytes = read(body).await?;
        if let Some(claim) = parts.extensions.get::<Claim>() {
            claim.fingerprint.take_body(&bytes);
        }
        let members = form_urlencoded::parse(&bytes).map(|(name, text)| (name.into_owned(), text.into()));
        Ok(Self(check(Value::Object(members.collect()))?))
    }
}

impl<T: JsonSchema + 'static> Input for FormBody<T> {
    fn describe(operation: &mut Operation) {
        <Body<T> as Input>::describe(operation);
    }
}

impl<T> Body<T>
where
    T: DeserializeOwned + JsonSchema + Validate + 'static,
{
    /// Reads and checks the text of a body.
    pub fn parse(text: &[u8]) -> Result<Self, Error> {
        parse(text).map(Self)
    }
}

/// Reads a whole body, up to the limit.
async fn read(body: axum::body::Body) -> Result<axum::body::Bytes, Error> {
    let whole = timeout(BODY_PATIENCE, Limited::new(body, MAX_BODY_BYTES).collect()).await;
    let late = || {
        Error::new(REQUEST_TIMEOUT, format!("The body did not arrive within {} s.", BODY_PATIENCE.as_secs()))
    };
    match whole.map_err(|_| late())? {
        Ok(collected) => Ok(collected.to_bytes()),
        Err(cause) if cause.is::<LengthLimitError>() => {
            Err(Error::new(PAYLOAD_TOO_LARGE, format!("The body has more than {MAX_BODY_BYTES} bytes.")))
        }
        Err(_) => Err(Error::new(INVALID_JSON, "The body ended before it was complete.")),
    }
}

fn check_media_type(headers: &HeaderMap) -> Result<(), Error> {
    let kind = headers.get(CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let essence = kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    if essence == "application/json" || (essence.starts_with("application/") && essence.ends_with("+json")) {
        return Ok(());
    }
    Err(Error::new(UNSUPPORTED_MEDIA_TYPE, "Send the body as Content-Type: application/json."))
}

fn parse<T>(bytes: &[u8]) -> Result<T, Error>
where
    T: DeserializeOwned + JsonSchema + Validate + 'static,
{
    let value: Value = serde_json::from_slice(bytes)
        .map_err(|cause| Error::new(INVALID_JSON, format!("The body is not valid JSON: {cause}.")))?;
    if depth(&value) > MAX_NESTING {
        return Err(Error::new(
            INVALID_JSON,
            format!("The body is nested deeper than {MAX_NESTING} levels."),
        ));
    }
    check(value)
}

/// Reads a value that passes the schema of `T` and its own rules.
fn check<T>(value: Value) -> Result<T, Error>
where
    T: DeserializeOwned + JsonSchema + Validate + 'static,
{
    let mut wrong = schema::check::<T>(&value);
    find_nul(&value, &mut String::new(), &mut wrong);
    if !wrong.is_empty() {
        return Err(Error::invalid(wrong));
    }
    let body: T = serde_json::from_value(value)
        .map_err(|cause| Error::field("", "invalid", format!("cannot be read: {cause}")))?;
    let mut violations = Violations::default();
    body.validate(&mut violations);
    if violations.is_empty() { Ok(body) } else { Err(Error::invalid(violations.into_vec())) }
}

/// Levels of nesting: 0 for a text or number, 1 for a list or object of them.
fn depth(value: &Value) -> usize {
    match value {
        Value::Array(items) => 1 + items.iter().map(depth).max().unwrap_or(0),
        Value::Object(members) => 1 + members.values().map(depth).max().unwrap_or(0),
        _ => 0,
    }
}

/// PostgreSQL cannot keep U+0000, so neither database does.
fn find_nul(value: &Value, pointer: &mut String, wrong: &mut Vec<Violation>) {
    let mut report = |pointer: &str| {
        wrong.push(Violation {
            pointer: Some(pointer.to_owned()),
            parameter: None,
            code: "nul_character".to_owned(),
            detail: "must not contain U+0000".to_owned(),
        });
    };
    let length = pointer.len();
    match value {
        Value::String(text) if text.contains('\0') => report(pointer),
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                pointer.push('/');
                pointer.push_str(&index.to_string());
                find_nul(item, pointer, wrong);
                pointer.truncate(length);
            }
        }
        Value::Object(members) => {
            for (name, member) in members {
                pointer.push('/');
                pointer.push_str(&name.replace('~', "~0").replace('/', "~1"));
                if name.contains('\0') {
                    wrong.push(Violation {
                        pointer: Some(pointer.clone()),
                        parameter: None,
                        code: "nul_character".to_owned(),
                        detail: "must not contain U+0000 in its name".to_owned(),
                    });
                }
                find_nul(member, pointer, wrong);
                pointer.truncate(length);
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Default, Deserialize, JsonSchema)]
    #[serde(deny_unknown_fields)]
    #[expect(dead_code, reason = "only how it is read matters")]
    struct Thing {
        #[schemars(length(min = 1, max = 3))]
        name: String,
        #[serde(default)]
        size: Option<u32>,
        #[serde(default)]
        data: Option<serde_json::Map<String, Value>>,
    }
    impl Validate for Thing {}

    fn refusals(text: &str) -> Vec<(String, String)> {
        let error = parse::<Thing>(text.as_bytes()).unwrap_err();
        error.errors().iter().map(|e| (e.pointer.clone().unwrap_or_default(), e.code.clone())).collect()
    }

    #[test]
    fn everything_wrong_is_told_at_once_with_its_place() {
        let mut found = refusals(r#"{"name":"four","size":-1,"extra":1,"more":2}"#);
        found.sort();
        let expected = [
            ("/extra", "unknown_field"),
            ("/more", "unknown_field"),
            ("/name", "too_long"),
            ("/size", "minimum"),
        ];
        assert_eq!(found, expected.map(|(place, code)| (place.to_owned(), code.to_owned())));
        assert_eq!(refusals("{}"), [("/name".to_owned(), "required".to_owned())]);
        assert_eq!(refusals(r#"{"name":7}"#), [("/name".to_owned(), "type".to_owned())]);
        assert_eq!(refusals("[]"), [(String::new(), "type".to_owned())]);
    }

    #[test]
    fn characters_are_counted_not_bytes() {
        assert!(parse::<Thing>("{\"name\":\"åäö\"}".as_bytes()).is_ok());
    }

    #[test]
    fn nul_is_found_wherever_it_hides() {
        assert_eq!(refusals(r#"{"name":"a\u0000"}"#), [("/name".to_owned(), "nul_character".to_owned())]);
        assert_eq!(
            refusals(r#"{"name":"a","data":{"x/y":[{"k\u0000":1},"\u0000"]}}"#),
            [
                ("/data/x~1y/0/k\0".to_owned(), "nul_character".to_owned()),
                ("/data/x~1y/1".to_owned(), "nul_character".to_owned())
            ]
        );
    }

    #[test]
    fn json_that_is_none_or_too_deep_is_refused() {
        let deep = format!("{{\"name\":\"a\",\"data\":{}1{}}}", "{\"a\":".repeat(200), "}".repeat(200));
        for text in ["", "{", "{\"name\":\"a\"} x", "{\"name\":\"\u{0007}\"}", deep.as_str()] {
            let error = parse::<Thing>(text.as_bytes()).unwrap_err();
            assert_eq!(error.code().code, "invalid_json", "{text}");
        }
        assert_eq!(parse::<Thing>(b"{\"name\":\"\xff\"}").unwrap_err().code().code, "invalid_json");
    }
}
