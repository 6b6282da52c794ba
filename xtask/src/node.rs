//! Node and npm, for what is written in JavaScript and TypeScript.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::shell::{Result, apt_install, find_on_path, output, run};
use crate::workspace::Workspace;

/// The oldest Node that the libraries run on.
const NODE: (u32, u32) = (20, 19);
/// Among the libraries: the lock file by which they were installed.
const INSTALLED: &str = ".installed-by.json";

/// Makes sure that there is a Node that is new enough.
pub(crate) fn ensure() -> Result {
    if find_on_path("node").is_none() || find_on_path("npm").is_none() {
        apt_install(&["nodejs", "npm"])?;
    }
    let version = output(Command::new("node").arg("--version"))?;
    if parse(&version).is_some_and(|version| version >= NODE) {
        return Ok(());
    }
    let ((major, minor), version) = (NODE, version.trim());
    Err(format!("Node {major}.{minor} or newer is needed, and this machine has {version}").into())
}

/// The 20 and the 19 of `v20.19.2`.
fn parse(version: &str) -> Option<(u32, u32)> {
    let mut numbers = version.trim().strip_prefix('v')?.split('.').map(str::parse);
    Some((numbers.next()?.ok()?, numbers.next()?.ok()?))
}

/// `npm` in the root, whose libraries are there: those of the SDKs and the dashboard.
pub(crate) fn npm(workspace: &Workspace) -> Result<Command> {
    ensure()?;
    install(workspace.root())?;
    let mut command = Command::new("npm");
    command.current_dir(workspace.root());
    Ok(command)
}

/// Runs a script of the root's `package.json`.
pub(crate) fn script(workspace: &Workspace, name: &str) -> Result {
    run(npm(workspace)?.args(["run", "--silent", name]))
}

/// Installs the libraries of a folder, unless those of this very lock file are there.
pub(crate) fn install(folder: &Path) -> Result {
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
        assert_eq!(parse("v20.19.2\n"), Some((20, 19)));
        assert_eq!(parse("v9.0.0-pre"), Some((9, 0)));
        for bad in ["", "20.1.0", "v20", "vx.1"] {
            assert_eq!(parse(bad), None, "{bad}");
        }
    }
}
