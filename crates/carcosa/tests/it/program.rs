//! The real program, as a child process.

use std::net::TcpListener;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};

use carcosa_testkit::TestDatabase;
use reqwest::Client;
use serde_json::Value;

/// An installation that the real program works on.
pub(crate) struct Program {
    pub(crate) database: TestDatabase,
    pub(crate) port: u16,
}

impl Program {
    pub(crate) fn over(database: TestDatabase) -> Self {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        Self { database, port }
    }

    /// The program with its settings, not yet started.
    pub(crate) fn command(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_carcosa"));
        command
            .env_clear()
            .env("CARCOSA_DATABASE_URL", &self.database.url)
            .env("CARCOSA_DATA_DIR", self.database.folder().join("data"))
            .env("CARCOSA_LISTEN", format!("127.0.0.1:{}", self.port))
            .env("CARCOSA_LOG_FILTER", "error,sqlx=off");
        command
    }

    /// Runs a command to its end.
    pub(crate) fn run(&self, arguments: &[&str]) -> Output {
        self.command().args(arguments).output().unwrap()
    }

    /// Runs a command that must succeed; its JSON.
    pub(crate) fn json(&self, arguments: &[&str]) -> Value {
        let output = self.run(&[arguments, &["--json"]].concat());
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        serde_json::from_slice(&output.stdout).unwrap()
    }

    /// Bootstraps; the first key's secret.
    pub(crate) fn bootstrap(&self) -> String {
        let made =
            self.json(&["bootstrap", "--operator-email", "ada@example.com", "--project-name", "CardVault"]);
        made["api_key"]["secret"].as_str().unwrap().to_owned()
    }

    /// Starts serving, and waits until it is ready.
    pub(crate) async fn serve(&self) -> Server {
        self.serve_with(self.command().arg("serve")).await
    }

    /// Starts serving by a command that ends in `serve`.
    pub(crate) async fn serve_with(&self, command: &mut Command) -> Server {
        let server = self.start(command);
        let (client, start) = (client(), Instant::now());
        while !ready(&client, &server.url).await {
            assert!(start.elapsed() < Duration::from_secs(30), "the server does not become ready");
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        server
    }

    /// Starts a command that ends in `serve`, and waits for nothing.
    pub(crate) fn start(&self, command: &mut Command) -> Server {
        let child = command.stdout(Stdio::null()).spawn().unwrap();
        Server { child, url: format!("http://127.0.0.1:{}", self.port) }
    }

    pub(crate) fn file(&self) -> &Path {
        self.database.folder()
    }
}

/// Speaks to a program.
pub(crate) fn client() -> Client {
    // The first to choose how TLS is done chooses for the process.
    let _ = rustls::crypto::ring::default_provider().install_default();
    Client::new()
}

async fn ready(client: &Client, url: &str) -> bool {
    client.get(format!("{url}/health/ready")).send().await.is_ok_and(|answer| answer.status().is_success())
}

/// A serving program. Killed when dropped.
pub(crate) struct Server {
    child: Child,
    pub(crate) url: String,
}

impl Server {
    /// `kill -9`.
    pub(crate) fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// `kill -TERM`.
    pub(crate) fn ask_to_stop(&self) {
        Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status().unwrap();
    }

    /// `kill -TERM`, and waits; whether it ended well.
    pub(crate) fn terminate(&mut self) -> bool {
        self.ask_to_stop();
        self.child.wait().unwrap().success()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
