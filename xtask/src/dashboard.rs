//! `dashboard`: what operators see in a browser, built by Vite into `dashboard/dist`, from where the binary takes it.

use std::path::PathBuf;
use std::process::Command;

use crate::node;
use crate::shell::{Result, apt_install, find_on_path, run};
use crate::workspace::Workspace;

/// What browsers that can be driven are called. The first, which has no windows to show, takes a sixth less time.
const CHROMIUM: &[&str] = &["chromium-headless-shell", "chromium", "chromium-browser", "google-chrome"];
/// Letters of all scripts for it to show.
const FONTS: [&str; 2] = ["fonts-noto-core", "fonts-noto-cjk"];

/// Options of `cargo xtask build`.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// Optimised, and with the dashboard inside the binary
    #[arg(long)]
    release: bool,
}

/// Builds the dashboard, then the binary that serves it.
pub(crate) fn run_build(workspace: &Workspace, options: &Options) -> Result {
    build(workspace)?;
    let mut command = workspace.cargo();
    command.args(["build", "--package", "carcosa", "--locked"]);
    run(if options.release { command.arg("--release") } else { &mut command })
}

/// Builds the dashboard alone. It talks to the server by the SDK's client.
pub(crate) fn build(workspace: &Workspace) -> Result {
    node::script(workspace, "build:sdk")?;
    script(workspace, "build")
}

/// Checks types and style, tests, and builds.
pub(crate) fn check(workspace: &Workspace) -> Result {
    node::script(workspace, "build:sdk")?;
    for name in ["check", "test", "build"] {
        script(workspace, name)?;
    }
    Ok(())
}

/// Drives the dashboard in a browser, served by the debug binary, both of which earlier steps have built.
pub(crate) fn browser(workspace: &Workspace) -> Result {
    let chromium = chromium()?;
    let mut command = node::npm(workspace)?;
    command
        .args(["run", "--silent", "-w", "dashboard", "browser"])
        .env("CARCOSA_BINARY", workspace.target().join("debug").join("carcosa"))
        .env("CHROMIUM", chromium);
    run(&mut command)
}

/// The one that the environment names, one of the machine's, or one that is installed now.
fn chromium() -> Result<PathBuf> {
    if let Some(named) = std::env::var_os("CHROMIUM") {
        return Ok(named.into());
    }
    let find = || CHROMIUM.iter().find_map(|name| find_on_path(name));
    if let Some(found) = find() {
        return Ok(found);
    }
    let install = |package| apt_install(&[&[package], FONTS.as_slice()].concat());
    if let Err(error) = install("chromium-headless-shell") {
        eprintln!("warning: {error}; trying the whole browser");
        install("chromium")?;
    }
    Ok(find().ok_or("the package brought no program of its name")?)
}

fn script(workspace: &Workspace, name: &str) -> Result {
    let command: &mut Command = &mut node::npm(workspace)?;
    run(command.args(["run", "--silent", "-w", "dashboard", name]))
}
