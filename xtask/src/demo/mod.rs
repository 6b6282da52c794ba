//! `cargo xtask demo`: a running Carcosa with believable data, one command after the clone.

mod seed;
mod server;
mod sink;

use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::dashboard;
use crate::demo::server::Server;
use crate::http::{Request, Response, free_port, free_port_from};
use crate::shell::{Result, output};
use crate::workspace::Workspace;

/// Options of `cargo xtask demo`.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// Port of the API; the next free one when it is taken
    #[arg(long, default_value_t = 7700)]
    port: u16,
    /// Start, send the printed requests, stop, and fail if an answer is wrong
    #[arg(long)]
    check: bool,
}

/// The requests shown to a newcomer. `--check` sends the very same ones, so that they are known to work.
const REQUESTS: &[(&str, Request<'static>, u16)] = &[
    ("List tenants", get("/v1/tenants?limit=5"), 200),
    ("Create one", post("/v1/tenants", r#"{"name": "Café Zürich", "metadata": {"seats": 12}}"#), 201),
    ("Read what happened", get("/v1/events?limit=5"), 200),
];

const fn get(path: &str) -> Request<'_> {
    Request { method: "GET", path, authorization: None, headers: &[], body: None }
}

const fn post<'a>(path: &'a str, body: &'a str) -> Request<'a> {
    Request { method: "POST", path, authorization: None, headers: &[], body: Some(body) }
}

/// Starts the demo and stays until Ctrl-C, or checks it.
pub(crate) fn run(workspace: &Workspace, options: &Options) -> Result {
    dashboard::build(workspace)?;
    workspace.build()?;
    if options.check {
        return check(workspace);
    }
    let demo = Demo::new(workspace, workspace.root().join("data/demo"), free_port_from(options.port)?)?;
    let access = demo.fill()?;
    let mut server = Server::start(&demo)?;
    seed::furnish(demo.port, &access, sink::start()?)?;
    println!("{}", welcome(&demo, &access));
    Err(server.until_exit()?.into())
}

/// The demo from beginning to end, with the binary that is there, in a folder of its own so that nobody's
/// running demo is disturbed.
pub(crate) fn check(workspace: &Workspace) -> Result {
    let demo = Demo::new(workspace, workspace.target().join("demo-check"), free_port()?)?;
    let access = demo.fill()?;
    let server = Server::start(&demo)?;
    seed::furnish(demo.port, &access, sink::start()?)?;
    for (title, request, expected) in REQUESTS {
        let bearer = format!("Bearer {}", access.key);
        let response = Request { authorization: Some(&bearer), ..*request }.send(demo.port)?;
        verify(&response, *expected).map_err(|error| format!("{title}: {error}"))?;
        println!("{title}: {} {} answered {}", request.method, request.path, response.status);
    }
    let page = Request { headers: &[("Accept", "text/html")], ..get("/") }.send(demo.port)?;
    if page.status != 200 || !page.body.contains("/assets/") {
        return Err(format!("/ does not serve the dashboard: {} {}", page.status, page.body).into());
    }
    println!("dashboard: GET / answered {}", page.status);
    let reference = get("/docs").send(demo.port)?.status;
    if reference >= 400 {
        return Err(format!("the reference page /docs answered {reference}").into());
    }
    drop(server);
    fs::remove_dir_all(&demo.folder)?;
    Ok(())
}

/// Whether the answer has the status and shows data: the sample, the created tenant, or its events.
fn verify(response: &Response, expected: u16) -> Result {
    let body: Value = serde_json::from_str(&response.body).unwrap_or_default();
    let shows_data = body["data"].as_array().map_or(body["id"].is_string(), |items| !items.is_empty());
    if response.status == expected && shows_data {
        return Ok(());
    }
    Err(format!("expected {expected} with data, got {}: {}", response.status, response.body).into())
}

/// One demo: its folder, its port, and the lock that keeps a second demo out of the folder.
struct Demo<'a> {
    workspace: &'a Workspace,
    folder: PathBuf,
    port: u16,
    _lock: File,
}

/// How to get in.
struct Access {
    email: String,
    password: String,
    project: String,
    key: String,
}

impl<'a> Demo<'a> {
    /// An empty folder, whatever was in it before.
    fn new(workspace: &'a Workspace, folder: PathBuf, port: u16) -> Result<Self> {
        if let Some(parent) = folder.parent() {
            fs::create_dir_all(parent)?;
        }
        let lock = File::create(folder.with_extension("lock"))?;
        lock.try_lock().map_err(|error| match error {
            TryLockError::WouldBlock => {
                format!("another demo is running in {}; stop it first", folder.display())
            }
            TryLockError::Error(error) => format!("cannot lock {}: {error}", folder.display()),
        })?;
        if folder.exists() {
            println!("removing the old data in {}", folder.display());
            fs::remove_dir_all(&folder)?;
        }
        fs::create_dir(&folder)?;
        Ok(Self { workspace, folder, port, _lock: lock })
    }

    /// Creates the operator, the project, its key and the sample tenants.
    fn fill(&self) -> Result<Access> {
        let arguments =
            ["bootstrap", "--operator-email", "demo@example.com", "--project-name", "CardVault", "--json"];
        let created = self.carcosa_json(&arguments)?;
        let text = |pointer: &str| -> Result<String> {
            let value = created.pointer(pointer).and_then(Value::as_str);
            Ok(value.ok_or_else(|| format!("`carcosa bootstrap` gave no {pointer}"))?.to_owned())
        };
        let access = Access {
            email: text("/operator/email")?,
            password: text("/operator/password")?,
            project: text("/project/slug")?,
            key: text("/api_key/secret")?,
        };
        let planted = seed::tenants::plant(self, &access.project)?;
        println!("created the project {} with {planted} tenants", access.project);
        Ok(access)
    }

    /// The binary, set up for this demo.
    fn carcosa(&self) -> std::process::Command {
        let folder = self.shown_folder();
        let mut command = self.workspace.carcosa();
        command
            .env("CARCOSA_DATABASE_URL", format!("sqlite:{}/carcosa.db", folder.display()))
            .env("CARCOSA_DATA_DIR", folder)
            // The sample has webhooks to this machine.
            .env("CARCOSA_OUTBOUND_ALLOW", "127.0.0.0/8")
            .env("CARCOSA_LISTEN", format!("127.0.0.1:{}", self.port));
        command
    }

    /// Runs the binary and reads the JSON that it prints.
    fn carcosa_json(&self, arguments: &[&str]) -> Result<Value> {
        let printed = output(self.carcosa().args(arguments))?;
        serde_json::from_str(&printed)
            .map_err(|error| format!("`carcosa {}` printed no JSON: {error}", arguments.join(" ")).into())
    }

    /// The folder as seen from the root, where the binary runs: short, and without the odd characters that the
    /// path to somebody's clone may have.
    fn shown_folder(&self) -> &Path {
        self.folder.strip_prefix(self.workspace.root()).unwrap_or(&self.folder)
    }
}

fn welcome(demo: &Demo<'_>, access: &Access) -> String {
    let url = format!("http://127.0.0.1:{}", demo.port);
    let mut text = format!(
        "\nCarcosa is running.\n
  Dashboard  {url}/
  Sign in    {} / {}
  API        {url}/v1
  Reference  {url}/docs
  Project    {}
  API key    {}
  Log        {}/server.log\n",
        access.email,
        access.password,
        access.project,
        access.key,
        demo.shown_folder().display()
    );
    for (title, request, _) in REQUESTS {
        text += &format!("\n# {title}\n{}\n", curl(&url, *request, &access.key));
    }
    text + "\nCtrl-C stops it. The next demo starts from fresh data."
}

/// The request as a line to paste into a shell.
fn curl(url: &str, request: Request<'_>, key: &str) -> String {
    // Not curl's own `--json`: Ubuntu 22.04 has a curl from before it.
    let json = |body| format!(" -H 'Content-Type: application/json' -d '{body}'");
    let body = request.body.map_or(String::new(), json);
    format!("curl -H 'Authorization: Bearer {key}'{body} '{url}{}'", request.path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn printed_requests_survive_the_shell() {
        let url = "http://127.0.0.1:1";
        assert_eq!(
            curl(url, REQUESTS[0].1, "k"),
            "curl -H 'Authorization: Bearer k' 'http://127.0.0.1:1/v1/tenants?limit=5'"
        );
        for (_, request, _) in REQUESTS {
            assert_eq!(
                request.method == "POST",
                request.body.is_some(),
                "curl chooses the method by the body"
            );
            assert!(!request.path.contains('\'') && !request.body.unwrap_or_default().contains('\''));
        }
    }

    #[test]
    fn an_answer_without_data_is_wrong() {
        let answer = |status, body: &str| {
            verify(&Response { status, body: body.to_owned(), head: String::new() }, 200).is_ok()
        };
        assert!(answer(200, r#"{"data": [{}]}"#));
        assert!(answer(200, r#"{"id": "ten_1"}"#));
        assert!(!answer(200, r#"{"data": []}"#));
        assert!(!answer(200, "not JSON"));
        assert!(!answer(500, r#"{"data": [{}]}"#));
    }
}
