//! `tests/interop`: the binary against software that others wrote, run by Node.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::shell::{Result, apt_install, find_on_path, output, run};
use crate::workspace::Workspace;

/// The oldest Node that the libraries run on.
const NODE: u32 = 20;
/// Among the libraries: the lock file by which they were installed.
const INSTALLED: &str = ".installed-by.json";

/// Runs the tests with the debug binary, which an earlier step has built.
pub(crate) fn check(workspace: &Workspace) -> Result {
    let folder = workspace.root().join("tests").join("interop");
    ensure_node()?;
    install(&folder)?;
    let mut node = Command::new("node");
    node.args(["--test", "--test-reporter=spec"]).current_dir(folder);
    run(node.env("CARCOSA_BINARY", workspace.target().join("debug").join("carcosa")))
}

fn ensure_node() -> Result {
    if find_on_path("node").is_none() || find_on_path("npm").is_none() {
        apt_install(&["nodejs", "npm"])?;
    }
    let version = output(Command::new("node").arg("--version"))?;
    if major(&version).is_some_and(|major| major >= NODE) {
        return Ok(());
    }
    let version = version.trim();
    Err(format!("the interoperability tests need Node {NODE} or newer, and this machine has {version}")
        .into())
}

/// The 20 of `v20.20.2`.
fn major(version: &str) -> Option<u32> {
    version.trim().strip_prefix('v')?.split('.').next()?.parse().ok()
}

/// Installs the libraries, unless those of this very lock file are there.
fn install(folder: &Path) -> Result {
    let lock = fs::read(folder.join("package-lock.json"))?;
    let installed = folder.join("node_modules").join(INSTALLED);
    if fs::read(&installed).is_ok_and(|former| former == lock) {
        return Ok(());
    }
    // Removes what is there first, so that what an interruption leaves counts for nothing.
    let arguments = ["ci", "--no-audit", "--no-fund", "--ignore-scripts"];
    run(Command::new("npm").args(arguments).current_dir(folder))?;
    fs::write(installed, lock)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_of_node_are_read() {
        assert_eq!(major("v20.20.2\n"), Some(20));
        assert_eq!(major("v9.0.0-pre"), Some(9));
        for bad in ["", "20.1.0", "vx.1"] {
            assert_eq!(major(bad), None, "{bad}");
        }
    }
}
