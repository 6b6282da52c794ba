//! Where the workspace is, and how to run cargo and Carcosa in it.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::shell::{Result, output, run};

/// What `cargo run` tells *this* program about itself. Passed on, it would change the environment that build
/// scripts watch (ring's, for one), and `cargo xtask test` and `cargo test` would rebuild each other's work.
const OURS: &[&str] =
    &["CARGO_PKG_", "CARGO_MANIFEST_", "CARGO_BIN_", "CARGO_CRATE_NAME", "CARGO_PRIMARY_PACKAGE", "OUT_DIR"];

/// The workspace's folders.
pub(crate) struct Workspace {
    root: PathBuf,
    target: PathBuf,
}

impl Workspace {
    /// Asks cargo, which alone knows where the target folder is configured to be.
    pub(crate) fn find() -> Result<Self> {
        let arguments = ["metadata", "--no-deps", "--format-version", "1"];
        let metadata: Value = serde_json::from_str(&output(cargo().args(arguments))?)?;
        let folder = |name: &str| -> Result<PathBuf> {
            let path = metadata[name].as_str().ok_or_else(|| format!("cargo metadata has no {name}"))?;
            Ok(PathBuf::from(path))
        };
        Ok(Self { root: folder("workspace_root")?, target: folder("target_directory")? })
    }

    /// The repository's root.
    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    /// Where builds go, and whatever else may be deleted at any time.
    pub(crate) fn target(&self) -> &Path {
        &self.target
    }

    /// `cargo`, in the root.
    pub(crate) fn cargo(&self) -> Command {
        let mut command = cargo();
        command.current_dir(&self.root);
        command
    }

    /// Builds the product alone. `cargo xtask test` does not: it has built the whole workspace, where shared crates
    /// may have more features, and would only build them twice.
    pub(crate) fn build(&self) -> Result {
        run(self.cargo().args(["build", "--package", "carcosa", "--locked"]))
    }

    /// The product's binary, in the root, with none of the developer's own `CARCOSA_…` settings.
    pub(crate) fn carcosa(&self) -> Command {
        let mut command = Command::new(self.target.join("debug").join("carcosa"));
        command.current_dir(&self.root);
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("CARCOSA_") {
                command.env_remove(name);
            }
        }
        command
    }
}

/// The very cargo that started us, so that one toolchain does everything.
fn cargo() -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy();
        if OURS.iter().any(|ours| text.starts_with(ours)) {
            command.env_remove(&name);
        }
    }
    command
}
