//! Throwaway PostgreSQL servers: found or installed, started in a fresh folder, gone without a trace afterwards.

use std::fs::{self, File};
use std::io::{ErrorKind, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use crate::http::free_port;
use crate::keeper::Keeper;
use crate::shell::{Result, apt_install, find_on_path, is_root, output, run_quietly};

/// Where Debian and Ubuntu keep the server's programs, one folder per version, off the `PATH`.
const DEBIAN: &str = "/usr/lib/postgresql";

/// initdb and the server refuse to run as root. Debian's package makes this user.
const USER: &str = "postgres";

/// How to run a program as that user.
const AS_USER: &[&str] = &["setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups"];

/// A cluster starts in about a second; a minute means it never will.
const PATIENCE: Duration = Duration::from_secs(60);

/// Options of `cargo xtask postgres`.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// Keep what a real server does at each commit (fsync and the like), to measure with it
    #[arg(long)]
    durable: bool,
}

/// Starts one, prints its URL and waits.
pub(crate) fn run(options: &Options) -> Result {
    let durability = if options.durable { Durability::Durable } else { Durability::Throwaway };
    let mut cluster = Cluster::start(durability)?;
    println!("{}", cluster.url());
    eprintln!("Ctrl-C stops it and removes its data.");
    let status = cluster.keeper.until_exit()?;
    Err(format!("PostgreSQL stopped: {status}\n{}", cluster.log()).into())
}

/// What a commit waits for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Durability {
    /// Nothing: tests do not survive a power cut, and each of them makes its own database.
    Throwaway,
    /// The disk, as in production: benchmarks would lie otherwise.
    Durable,
}

/// A running server with one superuser, `postgres`, and no password.
pub(crate) struct Cluster {
    keeper: Keeper,
    port: u16,
    programs: PathBuf,
    log: File,
}

impl Cluster {
    /// Finds or installs PostgreSQL, creates a cluster, and waits until it answers.
    pub(crate) fn start(durability: Durability) -> Result<Self> {
        let programs = find_or_install()?;
        let root = is_root()?;
        if root {
            ensure_user()?;
        }
        let wrapper = if root { AS_USER } else { &[] };
        let folder = create_folder(root)?;
        let mut cluster = serve(&programs, wrapper, &folder, durability)?;
        cluster.wait_until_ready(&programs)?;
        Ok(cluster)
    }

    /// The URL of its first database, as the superuser.
    pub(crate) fn url(&self) -> String {
        format!("postgres://{USER}@127.0.0.1:{}/postgres", self.port)
    }

    /// The folder of its programs: `psql`, `pgbench` and the rest.
    pub(crate) fn programs(&self) -> &Path {
        &self.programs
    }

    fn wait_until_ready(&mut self, programs: &Path) -> Result {
        let deadline = Instant::now() + PATIENCE;
        while Instant::now() < deadline {
            if let Some(status) = self.keeper.exited()? {
                return Err(format!("PostgreSQL did not start: {status}\n{}", self.log()).into());
            }
            let port = self.port.to_string();
            let mut probe = Command::new(programs.join("pg_isready"));
            if run_quietly(probe.args(["-h", "127.0.0.1", "-p", &port, "-d", "postgres"])).is_ok() {
                return Ok(());
            }
            sleep(Duration::from_millis(50));
        }
        Err(format!("PostgreSQL did not answer within {PATIENCE:?}\n{}", self.log()).into())
    }

    /// What it wrote. Read through the handle kept from the beginning, for the file may be gone already.
    fn log(&mut self) -> String {
        let mut text = String::new();
        let read = self.log.seek(SeekFrom::Start(0)).and_then(|_| self.log.read_to_string(&mut text));
        read.map_or_else(|error| format!("(its log is unreadable: {error})"), |_| text)
    }
}

/// The folder with `initdb` and the rest.
fn find_or_install() -> Result<PathBuf> {
    if let Some(programs) = find() {
        return Ok(programs);
    }
    println!("PostgreSQL's server programs are not on this machine.");
    apt_install(&["postgresql"])?;
    find().ok_or_else(|| format!("PostgreSQL was installed, but nothing appeared in {DEBIAN}").into())
}

fn find() -> Option<PathBuf> {
    let told = find_on_path("pg_config")
        .and_then(|pg_config| output(Command::new(pg_config).arg("--bindir")).ok())
        .map(|folder| PathBuf::from(folder.trim()));
    // A link such as /usr/local/bin/initdb stands alone; the other programs are where it points.
    let on_path = || Some(find_on_path("initdb")?.canonicalize().ok()?.parent()?.to_owned());
    newest(Path::new(DEBIAN))
        .or_else(|| told.filter(|folder| is_server(folder)))
        .or_else(|| on_path().filter(|folder| is_server(folder)))
}

/// The folder of the highest version: by number, for `9.6` is older than `16`.
fn newest(versions: &Path) -> Option<PathBuf> {
    let entries = fs::read_dir(versions).ok()?.flatten();
    let number = |folder: &PathBuf| -> Option<f32> { folder.file_name()?.to_str()?.parse().ok() };
    let mut found: Vec<(f32, PathBuf)> = entries
        .map(|entry| entry.path())
        .filter_map(|folder| Some((number(&folder)?, folder.join("bin"))))
        .filter(|(_, programs)| is_server(programs))
        .collect();
    found.sort_by(|a, b| a.0.total_cmp(&b.0));
    found.pop().map(|(_, programs)| programs)
}

/// Whether the folder has the server, not only the client.
fn is_server(folder: &Path) -> bool {
    ["initdb", "postgres", "pg_isready"].iter().all(|program| folder.join(program).is_file())
}

fn ensure_user() -> Result {
    if run_quietly(Command::new("id").args(["-u", USER])).is_ok() {
        return Ok(());
    }
    run_quietly(Command::new("useradd").args(["--system", "--user-group", "--no-create-home", USER]))
}

/// A new folder in `/tmp`, and not in `$TMPDIR` or the workspace: `postgres` must be able to enter every folder
/// above it, and the path of the Unix socket in it may have about a hundred characters.
fn create_folder(root: bool) -> Result<PathBuf> {
    let id = std::process::id();
    for attempt in 0..100 {
        let folder = PathBuf::from(format!("/tmp/carcosa-pg-{id}-{attempt}"));
        match fs::create_dir(&folder) {
            Ok(()) if root => {
                run_quietly(Command::new("chown").arg(format!("{USER}:{USER}")).arg(&folder))?;
                return Ok(folder);
            }
            Ok(()) => return Ok(folder),
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
            Err(error) => return Err(format!("cannot create {}: {error}", folder.display()).into()),
        }
    }
    Err(format!("/tmp is full of folders named carcosa-pg-{id}-…; remove them").into())
}

/// Creates the cluster and serves it, as one command, so that the keeper clears up whichever of the two is
/// interrupted. Arguments: the programs' folder, the cluster's, the server's options.
const SCRIPT: &str = r#"
programs=$1 data=$2
shift 2
"$programs/initdb" -D "$data" -U postgres --auth=trust --encoding=UTF8 --locale=C.UTF-8 --no-sync &&
    exec "$programs/postgres" -D "$data" "$@"
"#;

fn serve(programs: &Path, wrapper: &[&str], folder: &Path, durability: Durability) -> Result<Cluster> {
    let port = free_port()?;
    let mut server = Command::new("sh");
    server.args(["-c", SCRIPT, "postgres"]).arg(programs).arg(folder.join("data"));
    for setting in settings(port, folder, durability) {
        server.args(["-c", &setting]);
    }
    // The machine's locale may not be installed; the folder we are in may be closed to `postgres`.
    server.env_remove("LC_ALL").env("LANG", "C.UTF-8").current_dir("/tmp");
    let path = folder.join("log");
    let log = File::options().create_new(true).append(true).read(true).open(path)?;
    let (out, err) = (Stdio::from(log.try_clone()?), Stdio::from(log.try_clone()?));
    let remove = folder.to_str().ok_or("the folder's name is not UTF-8")?;
    // SIGINT is a fast shutdown: it ends the sessions that a failed test left open.
    let keeper = Keeper::start(wrapper, &server, "INT", remove, out, err)?;
    Ok(Cluster { keeper, port, programs: programs.to_owned(), log })
}

fn settings(port: u16, folder: &Path, durability: Durability) -> Vec<String> {
    let mut settings = vec![
        format!("port={port}"),
        format!("unix_socket_directories={}", folder.display()),
        "listen_addresses=127.0.0.1".to_owned(),
        "max_connections=300".to_owned(),
        "shared_buffers=256MB".to_owned(),
    ];
    if durability == Durability::Throwaway {
        let off = ["fsync=off", "synchronous_commit=off", "full_page_writes=off"];
        settings.extend(off.map(ToOwned::to_owned));
    }
    settings
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_version_with_a_server_wins() {
        let versions = std::env::temp_dir().join(format!("carcosa-versions-{}", std::process::id()));
        let programs = |version: &str, names: &[&str]| {
            let folder = versions.join(version).join("bin");
            fs::create_dir_all(&folder).unwrap();
            for name in names {
                fs::write(folder.join(name), "").unwrap();
            }
            folder
        };
        let server = ["initdb", "postgres", "pg_isready"];
        programs("9.6", &server);
        let sixteen = programs("16", &server);
        programs("17", &["pg_isready"]);
        programs("common", &server);
        assert_eq!(newest(&versions), Some(sixteen));
        assert_eq!(newest(&versions.join("16")), None);
        fs::remove_dir_all(versions).unwrap();
    }

    #[test]
    fn only_a_throwaway_server_risks_its_data() {
        let folder = Path::new("/tmp/x");
        let risky = |durability| settings(1, folder, durability).contains(&"fsync=off".to_owned());
        assert!(risky(Durability::Throwaway));
        assert!(!risky(Durability::Durable));
    }
}
