//! `sdk`: what is published for JavaScript and TypeScript, compiled and tested.

use std::process::Command;

use crate::node;
use crate::shell::{Result, run};
use crate::workspace::Workspace;

/// Compiles and tests all packages.
pub(crate) fn check(workspace: &Workspace) -> Result {
    types(workspace, true)?;
    node::script(workspace, "build:sdk")?;
    let folder = workspace.root().join("sdk");
    run(Command::new("node").args(["--test", "--test-reporter=spec"]).current_dir(folder))
}

/// Makes the client's types from the OpenAPI document, or checks that they are those.
pub(crate) fn types(workspace: &Workspace, check: bool) -> Result {
    node::script(workspace, if check { "check" } else { "generate" })
}
