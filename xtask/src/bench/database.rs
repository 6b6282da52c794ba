//! The databases that are measured, and filling them.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::postgres::{Cluster, Durability};
use crate::shell::{Result, output, run};

/// Which database.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Engine {
    Sqlite,
    Postgres,
}

impl Engine {
    pub(super) fn named(name: &str) -> Result<Self> {
        match name {
            "sqlite" => Ok(Self::Sqlite),
            "postgres" => Ok(Self::Postgres),
            other => Err(format!("`{other}` is no database: `sqlite` or `postgres`").into()),
        }
    }

    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Sqlite => "SQLite",
            Self::Postgres => "PostgreSQL",
        }
    }
}

/// A fresh database.
pub(super) struct Database {
    folder: PathBuf,
    cluster: Option<Cluster>,
}

impl Database {
    /// A file, or a server that waits for the disk as in production.
    pub(super) fn create(engine: Engine, folder: &Path) -> Result<Self> {
        let cluster = match engine {
            Engine::Sqlite => None,
            Engine::Postgres => Some(Cluster::start(Durability::Durable)?),
        };
        Ok(Self { folder: folder.to_owned(), cluster })
    }

    pub(super) fn url(&self) -> String {
        self.cluster.as_ref().map_or_else(|| format!("sqlite:{}", self.file().display()), Cluster::url)
    }

    pub(super) fn data_dir(&self) -> PathBuf {
        self.folder.join("data")
    }

    fn file(&self) -> PathBuf {
        self.folder.join("bench.db")
    }

    /// Loads tenants into the project `prj_…`; `samples` gets some of them.
    pub(super) fn load(&self, scripts: &Path, project: &str, count: u64, samples: &Path) -> Result {
        let project = uuid_of(project)?;
        let mut python = Command::new("python3");
        python.arg(scripts.join("load.py"));
        let count = count.to_string();
        if self.cluster.is_none() {
            return run(python.arg("sqlite").arg(self.file()).args([&project, &count]).arg(samples));
        }
        // The server reads the files as its own user.
        let files = std::env::temp_dir().join("carcosa-bench");
        let _ = fs::remove_dir_all(&files);
        fs::create_dir_all(&files)?;
        fs::set_permissions(&files, fs::Permissions::from_mode(0o755))?;
        let copies = output(python.arg("postgres").arg(&files).args([&project, &count]).arg(samples))?;
        self.sql(&copies)?;
        self.sql("VACUUM ANALYZE")?;
        // Or what was loaded would be written to the disk while measuring.
        self.sql("CHECKPOINT")?;
        fs::remove_dir_all(&files)?;
        Ok(())
    }

    /// Runs SQL as the superuser; what it prints.
    fn sql(&self, text: &str) -> Result<String> {
        let arguments = ["--no-psqlrc", "--quiet", "--tuples-only", "--no-align", "--set", "ON_ERROR_STOP=1"];
        output(Command::new(self.client("psql")?).args(arguments).args(["--command", text]).arg(self.url()))
    }

    fn client(&self, program: &str) -> Result<PathBuf> {
        let cluster = self.cluster.as_ref().ok_or("only PostgreSQL has clients")?;
        Ok(cluster.programs().join(program))
    }

    /// Switches row-level security on or off for every table that has policies.
    pub(super) fn row_level_security(&self, on: bool) -> Result {
        let (enable, force) = if on { ("ENABLE", "FORCE") } else { ("DISABLE", "NO FORCE") };
        let list = "SELECT DISTINCT tablename FROM pg_policies WHERE schemaname = 'public'";
        for table in self.sql(list)?.split_whitespace() {
            self.sql(&format!(
                "ALTER TABLE {table} {enable} ROW LEVEL SECURITY, {force} ROW LEVEL SECURITY"
            ))?;
        }
        Ok(())
    }

    /// Transactions per second that insert one bare row, with as many clients.
    pub(super) fn bare_inserts(&self, scripts: &Path, seconds: u32, clients: u32) -> Result<f64> {
        self.sql("CREATE TABLE bench_rows (id uuid PRIMARY KEY, name text NOT NULL)")?;
        let (clients, seconds) = (clients.to_string(), seconds.to_string());
        let mut pgbench = Command::new(self.client("pgbench")?);
        pgbench.args(["--no-vacuum", "--client", &clients, "--jobs", "2", "--time", &seconds]);
        pgbench.args(["--protocol", "prepared", "--file"]).arg(scripts.join("insert.sql")).arg(self.url());
        let text = output(&mut pgbench)?;
        let rate = text.lines().find_map(|line| line.strip_prefix("tps = ")?.split(' ').next()?.parse().ok());
        rate.ok_or_else(|| format!("pgbench printed what cannot be read\n{text}").into())
    }
}

/// The UUID of a TypeID: Crockford's base32 of its 128 bits after the underscore.
fn uuid_of(id: &str) -> Result<String> {
    let suffix = id.split_once('_').ok_or("an id has an underscore")?.1;
    let mut bits: u128 = 0;
    for byte in suffix.bytes() {
        let digit = b"0123456789abcdefghjkmnpqrstvwxyz".iter().position(|other| *other == byte);
        bits = (bits << 5) | digit.ok_or("an id is base32")? as u128;
    }
    Ok(format!("{bits:032x}"))
}

#[cfg(test)]
mod tests {
    #[test]
    fn an_id_is_a_uuid() {
        let uuid = super::uuid_of("ten_01h455vb4pex5vsknk084sn02q").unwrap();
        assert_eq!(uuid, "01890a5dac96774bbcceb302099a8057");
        assert!(super::uuid_of("ten").is_err());
    }
}
