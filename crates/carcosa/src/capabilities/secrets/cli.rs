//! `carcosa secrets …`.

use std::path::PathBuf;

use carcosa_kernel::random::SystemEntropy;
use carcosa_kernel::secrets::store::PUBLISHED_BEFORE_USE;
use carcosa_kernel::secrets::{Keyring, MasterKey, Purpose};
use carcosa_kernel::{Error, Result};
use serde_json::json;

use crate::cli::Console;

/// What to do with the installation's own keys.
#[derive(clap::Subcommand)]
pub(crate) enum SecretCommand {
    /// Lists the versions of each key. Never the keys.
    List,
    /// Makes a new version of a key. The older ones go on opening what they sealed.
    Rotate {
        /// Which: as in the list.
        purpose: String,
    },
    /// Wraps all keys with the master key in FILE, which is made unless it exists. Put it in the place of the old one before
    /// the next start.
    Rewrap {
        /// The file of the new master key.
        #[arg(long, value_name = "FILE")]
        to: PathBuf,
    },
}

impl SecretCommand {
    /// Carries it out.
    pub(crate) async fn run(self, console: &Console) -> Result<()> {
        let kernel = console.kernel();
        match self {
            Self::List => {
                let versions = Keyring::versions(kernel.database()).await?;
                console
                    .show(&json!({ "data": versions }), &["purpose", "version", "created_at", "used_from"]);
            }
            Self::Rotate { purpose } => {
                let made = kernel.rotate_secret(rotatable(&purpose)?).await?;
                console.show(&made, &[]);
                console.hint(&format!(
                    "Running nodes learn of it by themselves, and use it in {} seconds.",
                    PUBLISHED_BEFORE_USE.as_secs()
                ));
            }
            Self::Rewrap { to } => {
                let new = MasterKey::load_or_create(&to, &SystemEntropy::new())?;
                let wrapped = kernel.rewrap_secrets(&new).await?;
                console.show(&json!({ "rewrapped": wrapped, "master_key_file": to }), &[]);
                console.hint("From now on only this master key opens them: set secrets.master_key_file, or put it in its place.");
                console.hint("Running nodes go on with the keys they have; restart them with the new one.");
            }
        }
        Ok(())
    }
}

fn rotatable(name: &str) -> Result<Purpose> {
    Purpose::named(name).filter(|purpose| purpose.is_rotatable()).ok_or_else(|| {
        let all = Purpose::ALL.iter().filter(|purpose| purpose.is_rotatable()).map(|purpose| purpose.name());
        let names: Vec<&str> = all.collect();
        Error::field("purpose", "invalid", format!("must be one of {}", names.join(", ")))
    })
}
