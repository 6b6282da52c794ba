//! The demo's server process.

use std::fs::{self, File};
use std::path::PathBuf;
use std::process::ExitStatus;
use std::thread::sleep;
use std::time::{Duration, Instant};

use crate::demo::{Demo, get};
use crate::keeper::Keeper;
use crate::shell::Result;

/// An unoptimised binary on a busy machine is slow to start, but not this slow.
const PATIENCE: Duration = Duration::from_secs(60);

/// `carcosa serve`, for as long as this value lives.
pub(super) struct Server {
    keeper: Keeper,
    log: PathBuf,
}

impl Server {
    /// Starts it and waits until it says that it is ready.
    pub(super) fn start(demo: &Demo<'_>) -> Result<Self> {
        let log = demo.folder.join("server.log");
        let file = File::create(&log)?;
        let mut command = demo.carcosa();
        let keeper =
            Keeper::start(&[], command.arg("serve"), "TERM", "", file.try_clone()?.into(), file.into())?;
        let mut server = Self { keeper, log };
        server.wait_until_ready(demo.port)?;
        Ok(server)
    }

    /// Waits for it to end, which it should not; the sentence says how it did.
    pub(super) fn until_exit(&mut self) -> Result<String> {
        let status = self.keeper.until_exit()?;
        Ok(self.obituary(status))
    }

    fn wait_until_ready(&mut self, port: u16) -> Result {
        let deadline = Instant::now() + PATIENCE;
        while Instant::now() < deadline {
            if let Some(status) = self.keeper.exited()? {
                return Err(self.obituary(status).into());
            }
            if get("/health/ready").send(port).is_ok_and(|response| response.status == 200) {
                return Ok(());
            }
            sleep(Duration::from_millis(50));
        }
        Err(format!("carcosa was not ready within {PATIENCE:?}\n{}", self.end_of_log()).into())
    }

    fn obituary(&self, status: ExitStatus) -> String {
        format!("carcosa stopped by itself: {status}\n{}", self.end_of_log())
    }

    fn end_of_log(&self) -> String {
        let text = fs::read_to_string(&self.log).unwrap_or_default();
        let lines: Vec<&str> = text.lines().collect();
        lines[lines.len().saturating_sub(20)..].join("\n")
    }
}
