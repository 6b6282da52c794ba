//! Child processes that never outlive us.
//!
//! A server we start must stop when we do, even when we are killed: a forgotten PostgreSQL or demo would hold
//! its port and its files. Rust's standard library cannot catch signals, so a small shell script stands between
//! us and the server. It holds the reading end of a pipe; when we end, in whatever way, the kernel closes our
//! end, the script wakes up, stops the server and removes what it left behind.

use std::io;
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread::sleep;
use std::time::Duration;

/// Arguments: the signal that stops the server, a folder to remove afterwards (or nothing), the server's command.
const SCRIPT: &str = r#"
exec 3<&0 </dev/null
signal=$1 remove=$2
shift 2
"$@" 3<&- &
server=$!
(
    read -r _ <&3
    kill -s "$signal" "$server" 2>/dev/null
    sleep 20
    kill -s KILL "$server" 2>/dev/null
) &
watcher=$!
wait "$server"
code=$?
kill "$watcher" 2>/dev/null
if [ -n "$remove" ]; then rm -rf "$remove"; fi
exit "$code"
"#;

/// A running server that stops when this value, or this process, goes away.
pub(crate) struct Keeper {
    child: Child,
}

impl Keeper {
    /// Starts `server`. `signal` is what makes it stop in good order; `remove` is deleted once it has.
    ///
    /// `wrapper` comes first on the command line, for programs such as `setpriv` that change who runs the rest:
    /// the script must be that same user, or it could not signal the server.
    pub(crate) fn start(
        wrapper: &[&str],
        server: &Command,
        signal: &str,
        remove: &str,
        log: Stdio,
        errors: Stdio,
    ) -> io::Result<Self> {
        let mut line = wrapper.iter().copied().chain(["sh", "-c", SCRIPT, "keeper", signal, remove]);
        let mut command = Command::new(line.next().unwrap_or("sh"));
        command.args(line).arg(server.get_program()).args(server.get_args());
        for (name, value) in server.get_envs() {
            match value {
                Some(value) => command.env(name, value),
                None => command.env_remove(name),
            };
        }
        if let Some(folder) = server.get_current_dir() {
            command.current_dir(folder);
        }
        // Its own process group: a Ctrl-C on the terminal reaches us alone, and the server stops in good order.
        let child = command.process_group(0).stdin(Stdio::piped()).stdout(log).stderr(errors).spawn()?;
        Ok(Self { child })
    }

    /// How the server ended, if it has.
    pub(crate) fn exited(&mut self) -> io::Result<Option<ExitStatus>> {
        self.child.try_wait()
    }

    /// Waits for the server to end by itself; Ctrl-C ends both it and us.
    pub(crate) fn until_exit(&mut self) -> io::Result<ExitStatus> {
        loop {
            // Not `wait()`: that would close the pipe and so stop the server.
            if let Some(status) = self.exited()? {
                return Ok(status);
            }
            sleep(Duration::from_millis(200));
        }
    }
}

impl Drop for Keeper {
    fn drop(&mut self) {
        // Waiting closes the pipe first. There is nothing to do about a failure: the server is stopping anyway.
        let _ = self.child.wait();
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    fn start(script: &str, signal: &str, remove: &str) -> Keeper {
        let mut server = Command::new("sh");
        server.args(["-c", script]);
        Keeper::start(&[], &server, signal, remove, Stdio::null(), Stdio::null()).unwrap()
    }

    fn wait_for(file: &Path) {
        for _ in 0..500 {
            if file.exists() {
                return;
            }
            sleep(Duration::from_millis(10));
        }
        panic!("{} never appeared", file.display());
    }

    #[test]
    fn dropping_it_stops_the_server_and_removes_its_folder() {
        let folder = std::env::temp_dir().join(format!("carcosa-keeper-{}", std::process::id()));
        let told = folder.with_extension("told");
        std::fs::create_dir_all(&folder).unwrap();
        let script = format!(
            "trap 'echo > {0}; exit 0' TERM; echo > {1}/up; while :; do sleep 0.05; done",
            told.display(),
            folder.display()
        );
        let mut keeper = start(&script, "TERM", folder.to_str().unwrap());
        wait_for(&folder.join("up"));
        assert!(keeper.exited().unwrap().is_none());
        drop(keeper);
        assert!(!folder.exists());
        std::fs::remove_file(told).expect("the server was told to stop");
    }

    #[test]
    fn a_server_that_ends_by_itself_is_noticed() {
        let mut keeper = start("exit 7", "TERM", "");
        assert_eq!(keeper.until_exit().unwrap().code(), Some(7));
    }
}
