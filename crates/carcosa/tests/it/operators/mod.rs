//! Operators. What their tests share.

mod administration;
mod invitations;
mod projects;
mod second_factor;
mod sessions;
mod setup;
mod sign_in;

use std::time::Duration;

use carcosa_testkit::{Answer, TestApp, TestBrowser};
use serde_json::{Value, json};
use totp_rs::{Builder, Secret, Totp};

const ADA: &str = "ada@example.com";
const PASSWORD: &str = "a horse eats hay";
const HOME: &str = "192.0.2.10";
const AWAY: &str = "198.51.100.20";
const MINUTE: Duration = Duration::from_secs(60);

/// The first operator's browser, signed in.
async fn ada(app: &TestApp) -> TestBrowser<'_> {
    let mut browser = TestBrowser::new(app, HOME);
    browser.sign_in(ADA, &app.made.operator.password).await.expect(201);
    browser.project = app.project().to_string();
    browser
}

/// Someone whom Ada invited with these roles, and who accepted; signed in.
async fn invited<'a>(app: &'a TestApp, email: &str, roles: Value) -> (Value, TestBrowser<'a>) {
    let mut admin = ada(app).await;
    let mut body = roles;
    body["email"] = email.into();
    let made = admin.post("/v1/operators", body).await.expect(201);
    let mut browser = TestBrowser::new(app, AWAY);
    accept(&mut browser, &token_of(&made)).await.expect(200);
    browser.sign_in(email, PASSWORD).await.expect(201);
    browser.project = app.project().to_string();
    (made, browser)
}

async fn accept(browser: &mut TestBrowser<'_>, token: &str) -> Answer {
    let body = json!({ "token": token, "name": "Grace", "password": PASSWORD });
    browser.post("/v1/operators/invitations/accept", body).await
}

/// What a link ends with.
fn token_of(made: &Value) -> String {
    made["invitation_url"].as_str().unwrap().split_once('#').unwrap().1.to_owned()
}

fn totp(secret: &str) -> Totp {
    Builder::new().with_secret(Secret::try_from_base32(secret).unwrap()).build().unwrap()
}

fn code(app: &TestApp, secret: &str) -> String {
    totp(secret).generate(u64::try_from(app.kernel.now().micros()).unwrap() / 1_000_000).to_string()
}

/// Sets up an authenticator app; its secret and the recovery codes.
async fn with_totp(browser: &mut TestBrowser<'_>) -> (String, Vec<String>) {
    let enrolment = browser.post("/v1/session/totp", json!({})).await.expect(200);
    let secret = enrolment["secret"].as_str().unwrap().to_owned();
    let body = json!({ "code": code(browser.app, &secret) });
    let codes = browser.post("/v1/session/totp/confirm", body).await.expect(200);
    let codes = codes["codes"].as_array().unwrap().iter().map(|code| code.as_str().unwrap().to_owned());
    (secret, codes.collect())
}

fn without_request_id(mut problem: Value) -> Value {
    problem["request_id"] = Value::Null;
    problem
}

/// How many entries of a type the installation's log has, waiting for `at_least`: failures are recorded after the answer.
async fn recorded(app: &TestApp, kind: &str, at_least: usize) -> usize {
    let query = format!("SELECT type AS t FROM log_entries WHERE type = '{kind}'");
    for _ in 0..100 {
        let found = app.database().texts(&query).await.len();
        if found >= at_least {
            return found;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("fewer than {at_least} entries of {kind}");
}

/// What stands after `start` in a mail, whose lines may be broken as quoted-printable.
fn link_in(mail: &str, start: &str) -> String {
    let text = mail.replace("=\r\n", "").replace("=3D", "=").replace("=23", "#");
    let (_, rest) = text.split_once(start).unwrap_or_else(|| panic!("no link in {text}"));
    rest.chars().take_while(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_')).collect()
}
