//! Path, query and precondition: what a request says outside its body.

use axum::body::{Body, HttpBody};
use axum::extract::rejection::PathRejection;
use axum::extract::{FromRequestParts, Path, Request, State};
use axum::http::Method;
use axum::http::header::IF_MATCH;
use axum::http::request::Parts;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use carcosa_kernel::error::{INVALID_CURSOR, NOT_FOUND, VALIDATION_FAILED, VERSION_MISMATCH};
use carcosa_kernel::{Error, Gate};
use carcosa_types::{Id, IdKind, Validate, Violation, Violations};
use http_body_util::BodyExt;
use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::endpoint::{Input, Operation};
use crate::error::Failure;
use crate::schema;

/// An id in the path, under the noun of its kind: `{organization}`. One that is malformed is of nothing: 404.
pub struct PathParam<K>(pub Id<K>);

impl<K: IdKind> FromRequestParts<Gate> for PathParam<K> {
    type Rejection = Failure;
    async fn from_request_parts(parts: &mut Parts, gate: &Gate) -> Result<Self, Failure> {
        let text = path_text(parts, gate, K::NOUN).await;
        let id = text.and_then(|text| text.parse().ok());
        id.map(Self).ok_or_else(|| Error::new(NOT_FOUND, format!("There is no such {}.", noun::<K>())).into())
    }
}

impl<K: IdKind> Input for PathParam<K> {
    fn describe(operation: &mut Operation) {
        operation.errors.push(NOT_FOUND);
        operation.path_param(K::NOUN, &format!("The id of the {}: `{}_…`.", noun::<K>(), K::PREFIX));
    }
}

fn noun<K: IdKind>() -> String {
    K::NOUN.replace('_', " ")
}

/// One parameter of the path, decoded; `None` when its bytes are not UTF-8, which names nothing.
pub(crate) async fn path_text(parts: &mut Parts, gate: &Gate, name: &str) -> Option<String> {
    let path: Result<Path<Vec<(String, String)>>, PathRejection> =
        Path::from_request_parts(parts, gate).await;
    let Path(all) = path.ok()?;
    all.into_iter().find(|(other, _)| other == name).map(|(_, value)| value)
}

/// The query string, checked against the schema of `T`. Unknown and repeated parameters are refused by name.
pub struct Query<T>(pub T);

impl<T> FromRequestParts<Gate> for Query<T>
where
    T: DeserializeOwned + JsonSchema + Validate + Send + 'static,
{
    type Rejection = Failure;
    async fn from_request_parts(parts: &mut Parts, _: &Gate) -> Result<Self, Failure> {
        Ok(Self(parse_query(parts.uri.query().unwrap_or_default())?))
    }
}

impl<T: JsonSchema + 'static> Input for Query<T> {
    fn describe(operation: &mut Operation) {
        operation.errors.push(VALIDATION_FAILED);
        operation.query = Some(schema::of::<T>);
        if schema::of::<T>().pointer("/properties/after").is_some() {
            operation.errors.push(INVALID_CURSOR);
        }
    }
}

fn parse_query<T>(query: &str) -> Result<T, Error>
where
    T: DeserializeOwned + JsonSchema + Validate + 'static,
{
    let schema = schema::of::<T>();
    let mut found = Map::new();
    let mut wrong = Vec::new();
    for (name, text) in form_urlencoded::parse(query.as_bytes()) {
        if let Err(violation) = put(&schema, &mut found, &name, &text) {
            wrong.push(violation);
        }
    }
    let found = Value::Object(found);
    wrong.extend(schema::check::<T>(&found).into_iter().map(as_parameter));
    if !wrong.is_empty() {
        return Err(Error::invalid(wrong));
    }
    let value: T = serde_json::from_value(found)
        .map_err(|cause| Error::parameter("query", "invalid", format!("cannot be read: {cause}")))?;
    let mut violations = Violations::default();
    value.validate(&mut violations);
    if violations.is_empty() {
        return Ok(value);
    }
    Err(Error::invalid(violations.into_vec().into_iter().map(as_parameter).collect()))
}

/// Adds one `name=text` or `name[member]=text`, as the type that the schema asks for.
fn put(schema: &Value, found: &mut Map<String, Value>, name: &str, text: &str) -> Result<(), Violation> {
    let wrong = |code: &str, detail: String| Violation {
        pointer: None,
        parameter: Some(name.to_owned()),
        code: code.to_owned(),
        detail,
    };
    if name.contains('\0') || text.contains('\0') {
        return Err(wrong("nul_character", "must not contain U+0000".to_owned()));
    }
    let (outer, member) = match name.strip_suffix(']').and_then(|name| name.split_once('[')) {
        Some((outer, member)) => (outer, Some(member)),
        None => (name, None),
    };
    let property = schema.get("properties").and_then(|all| all.get(outer));
    let Some(property) = property.filter(|property| allows(property, "object") == member.is_some()) else {
        return Err(wrong("unknown_parameter", "is not a parameter of this endpoint".to_owned()));
    };
    let repeated = || wrong("repeated", "must be given once".to_owned());
    if let Some(member) = member {
        let object = found.entry(outer).or_insert_with(|| Value::Object(Map::new()));
        let object = object.as_object_mut().ok_or_else(repeated)?;
        return match object.insert(member.to_owned(), text.into()) {
            None => Ok(()),
            Some(_) => Err(repeated()),
        };
    }
    let value = if allows(property, "integer") {
        let number = text.parse::<i64>().map_err(|_| wrong("type", "must be an integer".to_owned()))?;
        Value::from(number)
    } else if allows(property, "boolean") {
        Value::from(text.parse::<bool>().map_err(|_| wrong("type", "must be true or false".to_owned()))?)
    } else {
        Value::from(text)
    };
    if found.insert(outer.to_owned(), value).is_some() { Err(repeated()) } else { Ok(()) }
}

/// A query string that another server put together: parameters that are not ours are left alone, of one given more than once
/// the first counts.
pub struct ForeignQuery<T>(pub T);

impl<T> FromRequestParts<Gate> for ForeignQuery<T>
where
    T: DeserializeOwned + JsonSchema + Send + 'static,
{
    type Rejection = Failure;
    async fn from_request_parts(parts: &mut Parts, _: &Gate) -> Result<Self, Failure> {
        let query = parts.uri.query().unwrap_or_default();
        let mut found = Map::new();
        for (name, text) in form_urlencoded::parse(query.as_bytes()) {
            found.entry(name).or_insert_with(|| text.into());
        }
        let value = serde_json::from_value(Value::Object(found))
            .map_err(|cause| Error::parameter("query", "invalid", format!("cannot be read: {cause}")))?;
        Ok(Self(value))
    }
}

impl<T: JsonSchema + 'static> Input for ForeignQuery<T> {
    fn describe(operation: &mut Operation) {
        operation.errors.push(VALIDATION_FAILED);
        operation.query = Some(schema::of::<T>);
    }
}

/// Which of query and body an endpoint takes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Takes {
    pub(crate) query: bool,
    pub(crate) body: bool,
}

/// Refuses a query or a body that the endpoint would ignore: whoever sent it believes that it means something. `{}`, which many clients
/// send with every POST, means nothing.
pub(crate) async fn refuse_what_is_not_taken(
    State(takes): State<Takes>,
    request: Request,
    next: Next,
) -> Response {
    let request = if takes.body { request } else { without_empty_object(request).await };
    let mut wrong = Vec::new();
    if let (false, Some(query)) = (takes.query, request.uri().query()) {
        let names = form_urlencoded::parse(query.as_bytes()).map(|(name, _)| name.into_owned());
        wrong.extend(names.map(|name| Violation {
            pointer: None,
            parameter: Some(name),
            code: "unknown_parameter".to_owned(),
            detail: "is not a parameter of this endpoint".to_owned(),
        }));
    }
    if !takes.body && request.method() != Method::GET && request.body().size_hint().exact() != Some(0) {
        wrong.push(Violation {
            pointer: Some(String::new()),
            parameter: None,
            code: "unexpected_body".to_owned(),
            detail: "this endpoint takes no body".to_owned(),
        });
    }
    if wrong.is_empty() { next.run(request).await } else { Failure(Error::invalid(wrong)).into_response() }
}

/// The request without its body when that is `{}`, which needs a look at short ones only.
async fn without_empty_object(request: Request) -> Request {
    const LONGEST: u64 = 16;
    if !matches!(request.body().size_hint().exact(), Some(1..=LONGEST)) {
        return request;
    }
    let (parts, body) = request.into_parts();
    let bytes = body.collect().await.map(http_body_util::Collected::to_bytes).unwrap_or_default();
    let is_empty = bytes.trim_ascii().strip_prefix(b"{").and_then(|rest| rest.strip_suffix(b"}"));
    let is_empty = is_empty.is_some_and(|inner| inner.trim_ascii().is_empty());
    Request::from_parts(parts, if is_empty { Body::empty() } else { Body::from(bytes) })
}

fn allows(property: &Value, kind: &str) -> bool {
    match property.get("type") {
        Some(Value::String(one)) => one == kind,
        Some(Value::Array(many)) => many.iter().any(|one| one == kind),
        _ => false,
    }
}

fn as_parameter(violation: Violation) -> Violation {
    let pointer = violation.pointer.unwrap_or_default();
    let mut members = pointer.trim_start_matches('/').split('/');
    let mut parameter = members.next().unwrap_or_default().to_owned();
    for member in members {
        parameter = format!("{parameter}[{member}]");
    }
    Violation { pointer: None, parameter: Some(parameter), ..violation }
}

/// The version that no object has.
const NO_VERSION: i64 = -1;

/// The version that the caller believes the object to have: `If-Match: "3"`. Absent or `*` means any.
pub struct IfMatch(pub Option<i64>);

impl FromRequestParts<Gate> for IfMatch {
    type Rejection = Failure;
    async fn from_request_parts(parts: &mut Parts, _: &Gate) -> Result<Self, Failure> {
        let Some(header) = parts.headers.get(IF_MATCH) else { return Ok(Self(None)) };
        let text = header.to_str().unwrap_or_default().trim();
        if text == "*" {
            return Ok(Self(None));
        }
        // A proxy that compresses weakens tags; here they mean the same.
        let tag = text.strip_prefix("W/").unwrap_or(text);
        let inner = tag.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).ok_or_else(|| {
            let rule = "must be * or one entity tag as given in ETag, such as \"3\"";
            Error::parameter("If-Match", "invalid", rule)
        })?;
        // A tag that was never ours matches nothing.
        Ok(Self(Some(inner.parse().unwrap_or(NO_VERSION))))
    }
}

impl IfMatch {
    /// Refuses to go on when the object has another version.
    pub fn check(version: Option<i64>, present: i64) -> Result<(), Error> {
        match version {
            Some(version) if version != present => Err(Error::new(
                VERSION_MISMATCH,
                format!(
                    "The object has version {present}, not the one named by If-Match: it changed in the meantime."
                ),
            )),
            _ => Ok(()),
        }
    }
}

impl Input for IfMatch {
    fn describe(operation: &mut Operation) {
        operation.errors.extend([VERSION_MISMATCH, VALIDATION_FAILED]);
        operation.if_match = true;
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Deserialize, JsonSchema)]
    #[serde(deny_unknown_fields)]
    struct Filters {
        #[schemars(range(min = 1, max = 100))]
        limit: Option<u32>,
        total: Option<bool>,
        name: Option<String>,
        metadata: Option<BTreeMap<String, String>>,
    }
    impl Validate for Filters {}

    fn refusal(query: &str) -> (String, String) {
        let error = parse_query::<Filters>(query).unwrap_err();
        let first = &error.errors()[0];
        (first.parameter.clone().unwrap_or_default(), first.code.clone())
    }

    #[test]
    fn parameters_are_read_by_their_schema() {
        let read: Filters = parse_query("limit=100&total=true&name=%C3%85bo+A&metadata[a%20b]=1").unwrap();
        assert_eq!((read.limit, read.total, read.name.as_deref()), (Some(100), Some(true), Some("Åbo A")));
        assert_eq!(read.metadata.unwrap().get("a b").map(String::as_str), Some("1"));
    }

    #[test]
    fn what_is_wrong_is_named() {
        assert_eq!(refusal("limit=0"), ("limit".into(), "minimum".into()));
        assert_eq!(refusal("limit=101"), ("limit".into(), "maximum".into()));
        assert_eq!(refusal("limit=x"), ("limit".into(), "type".into()));
        assert_eq!(refusal("limits=1"), ("limits".into(), "unknown_parameter".into()));
        assert_eq!(refusal("name[x]=1"), ("name[x]".into(), "unknown_parameter".into()));
        assert_eq!(refusal("metadata=1"), ("metadata".into(), "unknown_parameter".into()));
        assert_eq!(refusal("name=a&name=b"), ("name".into(), "repeated".into()));
        assert_eq!(refusal("name=%00"), ("name".into(), "nul_character".into()));
    }
}
