//! Answers.

use axum::Json;
use axum::http::header::{ETAG, LOCATION};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use carcosa_kernel::Error;
use carcosa_types::{Page, Versioned};
use schemars::{JsonSchema, SchemaGenerator};
use serde::Serialize;

use crate::endpoint::{Operation, Output};
use crate::error::Failure;

/// 200 with an object and its `ETag`.
#[derive(Debug)]
pub struct Object<T>(pub T);
/// 201 with the object made, and its `ETag`.
#[derive(Debug)]
pub struct Created<T>(pub T);
/// 200 with a page of a list.
#[derive(Debug)]
pub struct Listed<T>(pub Page<T>);
/// 200 with something that has no version.
#[derive(Debug)]
pub struct Plain<T>(pub T);
/// 201 with something made that has no version.
#[derive(Debug)]
pub struct Made<T>(pub T);
/// 204: gone.
#[derive(Debug, Clone, Copy)]
pub struct Deleted;
/// 204: done, and nothing to say.
#[derive(Debug, Clone, Copy)]
pub struct Done;
/// 202: will be done, if it can be; whether it can is not told.
#[derive(Debug, Clone, Copy)]
pub struct Accepted;
/// 302 to another page, or 303 to one that tells what went wrong.
#[derive(Debug)]
pub struct Redirected {
    place: String,
    status: StatusCode,
}

impl Redirected {
    /// There it goes on.
    #[must_use]
    pub const fn to(place: String) -> Self {
        Self { place, status: StatusCode::FOUND }
    }

    /// There it is told what went wrong.
    #[must_use]
    pub const fn to_explanation(place: String) -> Self {
        Self { place, status: StatusCode::SEE_OTHER }
    }
}

pub(crate) fn etag(version: i64) -> HeaderValue {
    HeaderValue::try_from(format!("\"{version}\"")).unwrap_or_else(|_| HeaderValue::from_static("\"\""))
}

impl<T: Serialize + Versioned> IntoResponse for Object<T> {
    fn into_response(self) -> Response {
        ([(ETAG, etag(self.0.version()))], Json(self.0)).into_response()
    }
}
impl<T: Serialize + Versioned> IntoResponse for Created<T> {
    fn into_response(self) -> Response {
        (StatusCode::CREATED, [(ETAG, etag(self.0.version()))], Json(self.0)).into_response()
    }
}
impl<T: Serialize> IntoResponse for Listed<T> {
    fn into_response(self) -> Response {
        Json(self.0).into_response()
    }
}
impl<T: Serialize> IntoResponse for Plain<T> {
    fn into_response(self) -> Response {
        Json(self.0).into_response()
    }
}
impl<T: Serialize> IntoResponse for Made<T> {
    fn into_response(self) -> Response {
        (StatusCode::CREATED, Json(self.0)).into_response()
    }
}
impl IntoResponse for Deleted {
    fn into_response(self) -> Response {
        StatusCode::NO_CONTENT.into_response()
    }
}
impl IntoResponse for Done {
    fn into_response(self) -> Response {
        StatusCode::NO_CONTENT.into_response()
    }
}
impl IntoResponse for Accepted {
    fn into_response(self) -> Response {
        StatusCode::ACCEPTED.into_response()
    }
}
impl IntoResponse for Redirected {
    fn into_response(self) -> Response {
        match HeaderValue::try_from(self.place) {
            Ok(place) => (self.status, [(LOCATION, place)]).into_response(),
            Err(cause) => Failure(Error::internal(cause)).into_response(),
        }
    }
}

impl<T: JsonSchema> Output for Object<T> {
    fn describe(operation: &mut Operation) {
        operation.answers(200, SchemaGenerator::subschema_for::<T>);
        operation.etag = true;
    }
}
impl<T: JsonSchema> Output for Created<T> {
    fn describe(operation: &mut Operation) {
        operation.answers(201, SchemaGenerator::subschema_for::<T>);
        operation.etag = true;
    }
}
impl<T: JsonSchema> Output for Listed<T> {
    fn describe(operation: &mut Operation) {
        operation.answers(200, SchemaGenerator::subschema_for::<Page<T>>);
    }
}
impl<T: JsonSchema> Output for Plain<T> {
    fn describe(operation: &mut Operation) {
        operation.answers(200, SchemaGenerator::subschema_for::<T>);
    }
}
impl<T: JsonSchema> Output for Made<T> {
    fn describe(operation: &mut Operation) {
        operation.answers(201, SchemaGenerator::subschema_for::<T>);
    }
}
impl Output for Deleted {
    fn describe(operation: &mut Operation) {
        operation.status = 204;
    }
}
impl Output for Done {
    fn describe(operation: &mut Operation) {
        operation.status = 204;
    }
}
impl Output for Accepted {
    fn describe(operation: &mut Operation) {
        operation.status = 202;
    }
}
impl Output for Redirected {
    fn describe(operation: &mut Operation) {
        operation.status = 302;
    }
}
