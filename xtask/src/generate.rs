//! Files written by the product itself, checked in so that a change of the API is visible in its diff.

use std::fs;
use std::path::Path;

use crate::sdk;
use crate::shell::{Result, output};
use crate::workspace::Workspace;

/// Each file, and the arguments with which the binary prints it.
const FILES: &[(&str, &[&str])] = &[
    ("openapi/carcosa.json", &["openapi"]),
    ("docs/reference/errors.md", &["reference", "errors"]),
    ("docs/reference/permissions.md", &["reference", "permissions"]),
    ("docs/reference/settings.md", &["reference", "settings"]),
    ("docs/reference/events.md", &["reference", "events"]),
    ("docs/reference/access-matrix.md", &["reference", "matrix"]),
];

/// Options of `cargo xtask generate`.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// Write nothing; fail when a file is not what the code would write
    #[arg(long)]
    check: bool,
}

/// Writes the files, or checks them.
pub(crate) fn run(workspace: &Workspace, options: &Options) -> Result {
    workspace.build()?;
    if options.check {
        check(workspace)?;
        return sdk::types(workspace, true);
    }
    for (file, text) in stale(workspace)? {
        let path = workspace.root().join(file);
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        fs::write(path, text).map_err(|error| format!("{file}: {error}"))?;
        println!("wrote {file}");
    }
    println!("{} generated files are up to date", FILES.len());
    sdk::types(workspace, false)
}

/// Fails, naming the files that are not what the binary that is there would write.
pub(crate) fn check(workspace: &Workspace) -> Result {
    let stale = stale(workspace)?;
    if stale.is_empty() {
        println!("{} generated files are up to date", FILES.len());
        return Ok(());
    }
    let files: Vec<&str> = stale.iter().map(|(file, _)| *file).collect();
    Err(format!("out of date; run `cargo xtask generate`:\n  {}", files.join("\n  ")).into())
}

/// The files whose content is missing or different, with the content they should have.
fn stale(workspace: &Workspace) -> Result<Vec<(&'static str, String)>> {
    let mut stale = Vec::new();
    for (file, arguments) in FILES {
        let text = output(workspace.carcosa().args(*arguments))?;
        if text.trim().is_empty() {
            return Err(format!("`carcosa {}` printed nothing", arguments.join(" ")).into());
        }
        if !holds(&workspace.root().join(file), &text) {
            stale.push((*file, text));
        }
    }
    Ok(stale)
}

fn holds(path: &Path, text: &str) -> bool {
    fs::read(path).is_ok_and(|bytes| bytes == text.as_bytes())
}
