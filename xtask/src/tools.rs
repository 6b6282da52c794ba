//! Checkers that are not Rust crates of ours: fetched once into `target/tools`, at a pinned version.

use std::path::Path;
use std::process::Command;

use crate::shell::{Result, apt_install, output, run, run_quietly};
use crate::workspace::Workspace;

/// The spell checker. Pinned, because a newer word list must not turn yesterday's commit red. From PyPI, where it
/// is a finished binary: building it would take minutes on each new machine.
const TYPOS: &str = "1.52.0";

/// Looks for misspelled words in the whole repository.
pub(crate) fn typos(workspace: &Workspace) -> Result {
    let venv = workspace.target().join("tools").join("venv");
    let typos = venv.join("bin").join("typos");
    if !has_version(&typos, TYPOS) {
        create_venv(&venv)?;
        println!("installing typos {TYPOS} into {}", venv.display());
        let mut pip = Command::new(venv.join("bin").join("python3"));
        pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check"]);
        run(pip.arg(format!("typos=={TYPOS}")))?;
    }
    run(Command::new(typos).current_dir(workspace.root()))
}

fn has_version(program: &Path, version: &str) -> bool {
    program.is_file()
        && output(Command::new(program).arg("--version"))
            .is_ok_and(|printed| printed.split_whitespace().any(|word| word == version))
}

/// A fresh one each time we get here: what is left of an interrupted installation is not worth understanding.
fn create_venv(venv: &Path) -> Result {
    let create = || run_quietly(Command::new("python3").args(["-m", "venv", "--clear"]).arg(venv));
    create().or_else(|first| {
        // Debian's Python comes without the module, Debian's smallest images without Python.
        apt_install(&["python3", "python3-venv"]).map_err(|error| format!("{first}\n{error}"))?;
        create()
    })
}
