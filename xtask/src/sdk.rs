//! `sdk`: what is published for JavaScript and TypeScript, compiled and tested.

use std::process::Command;

use crate::node;
use crate::shell::{Result, run};
use crate::workspace::Workspace;

/// Compiles and tests all packages.
pub(crate) fn check(workspace: &Workspace) -> Result {
    let folder = workspace.root().join("sdk");
    node::ensure()?;
    node::install(&folder)?;
    run(Command::new("npm").args(["run", "--silent", "build"]).current_dir(&folder))?;
    run(Command::new("node").args(["--test", "--test-reporter=spec"]).current_dir(folder))
}
