//! The servers that are measured.

use std::fs;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::bench::database::Database;
use crate::http::{Request, free_port};
use crate::shell::{Result, output};

const PATIENCE: Duration = Duration::from_secs(60);
/// Starts whose median is the cold start.
const STARTS: usize = 5;

/// What bootstrapping made.
pub(super) struct Made {
    pub(super) project: String,
    pub(super) secret: String,
}

/// Bootstraps the installation over a fresh database.
pub(super) fn bootstrap(program: &Path, database: &Database) -> Result<Made> {
    let mut command = carcosa(program, database);
    command.args(["bootstrap", "--operator-email", "bench@example.com", "--project-name", "Bench", "--json"]);
    let made: Value = serde_json::from_str(&output(&mut command)?)?;
    let text = |pointer: &str| -> Result<String> {
        let value = made.pointer(pointer).and_then(Value::as_str);
        Ok(value.ok_or_else(|| format!("`carcosa bootstrap` gave no {pointer}"))?.to_owned())
    };
    Ok(Made { project: text("/project/id")?, secret: text("/api_key/secret")? })
}

fn carcosa(program: &Path, database: &Database) -> Command {
    let mut command = Command::new(program);
    command
        .env_clear()
        .env("CARCOSA_DATABASE_URL", database.url())
        .env("CARCOSA_DATA_DIR", database.data_dir())
        .env("CARCOSA_LOG_FILTER", "warn,sqlx=error");
    command
}

/// A server that is stopped when this value goes away.
pub(super) struct Server {
    child: Child,
    pub(super) port: u16,
}

impl Server {
    /// `carcosa serve`, ready.
    pub(super) fn start(program: &Path, database: &Database) -> Result<Self> {
        let port = free_port()?;
        let mut command = carcosa(program, database);
        command.arg("serve").env("CARCOSA_LISTEN", format!("127.0.0.1:{port}"));
        let server = Self { child: command.stdout(Stdio::null()).spawn()?, port };
        server.wait_until("/health/ready")?;
        Ok(server)
    }

    /// The empty axum server, ready.
    pub(super) fn peer(program: &Path) -> Result<Self> {
        let port = free_port()?;
        let child = Command::new(program).arg(format!("127.0.0.1:{port}")).spawn()?;
        let server = Self { child, port };
        server.wait_until("/")?;
        Ok(server)
    }

    fn wait_until(&self, path: &str) -> Result {
        let deadline = Instant::now() + PATIENCE;
        let request = Request { method: "GET", path, authorization: None, headers: &[], body: None };
        while Instant::now() < deadline {
            if request.send(self.port).is_ok_and(|response| response.status == 200) {
                return Ok(());
            }
            sleep(Duration::from_millis(2));
        }
        Err(format!("the server was not ready within {PATIENCE:?}").into())
    }

    /// Resident memory, in bytes.
    pub(super) fn memory(&self) -> Result<u64> {
        let status = fs::read_to_string(format!("/proc/{}/status", self.child.id()))?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap_or_default();
        let kib: u64 = line.trim().trim_end_matches("kB").trim().parse()?;
        Ok(kib * 1024)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// From starting the program to its first ready answer, in milliseconds; the median of several.
pub(super) fn cold_start(program: &Path, database: &Database) -> Result<f64> {
    let mut all = Vec::new();
    for _ in 0..STARTS {
        let start = Instant::now();
        let server = Server::start(program, database)?;
        // Stopping it is not part of starting.
        all.push(start.elapsed().as_secs_f64() * 1000.0);
        drop(server);
    }
    all.sort_by(f64::total_cmp);
    Ok(all[STARTS / 2])
}
