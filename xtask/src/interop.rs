//! `tests/interop`: the binary against software that others wrote, run by Node.

use std::process::Command;

use crate::node;
use crate::shell::{Result, apt_install, find_on_path, run};
use crate::workspace::Workspace;

/// Runs the tests with the debug binary and the SDKs, which earlier steps have built.
pub(crate) fn check(workspace: &Workspace) -> Result {
    let folder = workspace.root().join("tests").join("interop");
    node::ensure()?;
    // For the test with a DNS server, in namespaces of its own.
    for (program, package) in [("ip", "iproute2"), ("unshare", "util-linux")] {
        if find_on_path(program).is_none() {
            apt_install(&[package])?;
        }
    }
    node::install(&folder)?;
    let mut node = Command::new("node");
    node.args(["--test", "--test-reporter=spec"]).current_dir(folder);
    run(node.env("CARCOSA_BINARY", workspace.target().join("debug").join("carcosa")))
}
