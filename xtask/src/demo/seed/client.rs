//! Who plants: the application with its key, or an operator who is signed in.

use serde_json::{Value, json};

use crate::http::Request;
use crate::shell::Result;

/// Speaks to the API, and takes nothing but success for an answer.
pub(super) struct Client {
    port: u16,
    key: Option<String>,
    headers: Vec<(&'static str, String)>,
}

impl Client {
    /// The application.
    pub(super) fn with_key(port: u16, key: &str) -> Self {
        Self { port, key: Some(format!("Bearer {key}")), headers: Vec::new() }
    }

    /// Someone without a credential.
    pub(super) fn nobody(port: u16) -> Self {
        Self { port, key: None, headers: Vec::new() }
    }

    /// An operator who signs in.
    pub(super) fn signed_in(port: u16, email: &str, password: &str) -> Result<Self> {
        let body = json!({ "email": email, "password": password }).to_string();
        let request = Request {
            method: "POST",
            path: "/v1/session",
            authorization: None,
            headers: &[],
            body: Some(&body),
        };
        let answer = request.send(port)?;
        let cookie = answer.cookie("carcosa_session").ok_or("signing in gave no session")?;
        let session: Value = serde_json::from_str(&answer.body)?;
        let headers = vec![
            ("Cookie", format!("carcosa_session={cookie}")),
            ("X-CSRF-Token", super::text(&session, "/csrf_token")?.to_owned()),
        ];
        Ok(Self { port, key: None, headers })
    }

    /// At work on a project.
    pub(super) fn in_project(mut self, slug: &str) -> Self {
        self.headers.push(("X-Carcosa-Project", slug.to_owned()));
        self
    }

    /// An answer of several lines.
    pub(super) fn lines(&self, path: &str) -> Result<Vec<Value>> {
        let answer = self.send("GET", path, None)?;
        Ok(answer.lines().map(serde_json::from_str).collect::<std::result::Result<_, _>>()?)
    }

    pub(super) fn post(&self, path: &str, body: &Value) -> Result<Value> {
        let answer = self.send("POST", path, Some(body))?;
        Ok(serde_json::from_str(&answer).unwrap_or_default())
    }

    pub(super) fn patch(&self, path: &str, body: &Value) -> Result<Value> {
        Ok(serde_json::from_str(&self.send("PATCH", path, Some(body))?)?)
    }

    pub(super) fn delete(&self, path: &str) -> Result {
        self.send("DELETE", path, None).map(drop)
    }

    fn send(&self, method: &str, path: &str, body: Option<&Value>) -> Result<String> {
        let body = body.map(Value::to_string);
        let headers: Vec<(&str, &str)> =
            self.headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let authorization = self.key.as_deref();
        let request = Request { method, path, authorization, headers: &headers, body: body.as_deref() };
        let answer = request.send(self.port)?;
        if (200..300).contains(&answer.status) {
            return Ok(answer.body);
        }
        Err(format!("{method} {path} answered {}: {}", answer.status, answer.body).into())
    }
}
