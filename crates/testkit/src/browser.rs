//! A browser: keeps cookies, and sends the token that guards them.

use std::collections::BTreeMap;
use std::net::IpAddr;

use axum::http::Method;
use axum::http::header::SET_COOKIE;
use serde_json::{Value, json};

use crate::app::TestApp;
use crate::request::{Answer, Call};

/// Someone's browser at a server.
#[derive(Clone)]
pub struct TestBrowser<'a> {
    /// The server.
    pub app: &'a TestApp,
    /// The cookies it has, by name.
    pub cookies: BTreeMap<String, String>,
    /// What its page sends as `X-CSRF-Token`; nothing when empty.
    pub csrf: String,
    /// What its page sends as `X-Carcosa-Project`; nothing when empty.
    pub project: String,
    /// Where it is.
    pub address: IpAddr,
}

impl<'a> TestBrowser<'a> {
    /// A new one, at an address of its own.
    #[must_use]
    pub fn new(app: &'a TestApp, address: &str) -> Self {
        let address = address.parse().expect("an address");
        Self { app, cookies: BTreeMap::new(), csrf: String::new(), project: String::new(), address }
    }

    /// A request with all that it has.
    #[must_use]
    pub fn call(&self, method: Method, path: &str) -> Call {
        let changes = method != Method::GET;
        let mut call = self.app.bare(method, path).at(self.address);
        if !self.cookies.is_empty() {
            let cookies: Vec<String> =
                self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
            call = call.header("cookie", &cookies.join("; "));
        }
        if changes && !self.csrf.is_empty() {
            call = call.header("x-csrf-token", &self.csrf);
        }
        if !self.project.is_empty() {
            call = call.header("x-carcosa-project", &self.project);
        }
        call
    }

    /// Sends a request and keeps the cookies and the token of the answer.
    pub async fn send(&mut self, call: Call) -> Answer {
        let answer = call.send().await;
        for cookie in answer.headers.get_all(SET_COOKIE) {
            let text = cookie.to_str().expect("cookies are ASCII");
            assert!(text.contains("; HttpOnly") && text.contains("; SameSite=Lax"), "{text}");
            assert!(text.contains("; Secure") && text.starts_with("__Host-"), "{text}");
            let (name, value) = text.split(';').next().and_then(|pair| pair.split_once('=')).expect("a pair");
            if text.contains("Max-Age=0;") {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        let session = answer.body.get("session").unwrap_or(&answer.body);
        if let Some(token) = session["csrf_token"].as_str() {
            token.clone_into(&mut self.csrf);
        }
        answer
    }

    /// A `GET`.
    pub async fn get(&mut self, path: &str) -> Answer {
        let call = self.call(Method::GET, path);
        self.send(call).await
    }

    /// A `POST`.
    pub async fn post(&mut self, path: &str, body: Value) -> Answer {
        let call = self.call(Method::POST, path).json(body);
        self.send(call).await
    }

    /// A `PATCH`.
    pub async fn patch(&mut self, path: &str, body: Value) -> Answer {
        let call = self.call(Method::PATCH, path).json(body);
        self.send(call).await
    }

    /// A `DELETE`.
    pub async fn delete(&mut self, path: &str) -> Answer {
        let call = self.call(Method::DELETE, path);
        self.send(call).await
    }

    /// Tries to sign in.
    pub async fn sign_in(&mut self, email: &str, password: &str) -> Answer {
        self.post("/v1/session", json!({ "email": email, "password": password })).await
    }

    /// The cookie of the session.
    #[must_use]
    pub fn session(&self) -> &str {
        self.cookies.get("__Host-carcosa_session").map(String::as_str).unwrap_or_default()
    }
}
