//! `cargo xtask bench`: the product beside an empty axum server, in the same run, with few and with many tenants.

mod database;
mod report;
mod server;
mod wrk;

use std::fs;
use std::path::{Path, PathBuf};

use crate::bench::database::{Database, Engine};
use crate::bench::report::{Facts, Report, Row};
use crate::bench::server::Server;
use crate::bench::wrk::{Load, Sample};
use crate::shell::{Result, output, run};
use crate::workspace::Workspace;

/// Options of `cargo xtask bench`.
#[derive(clap::Args, Clone)]
pub(crate) struct Options {
    /// How many tenants, several separated by commas
    #[arg(long, value_delimiter = ',', default_values_t = [1_000, 1_000_000])]
    sizes: Vec<u64>,
    /// Which databases: `sqlite`, `postgres`
    #[arg(long, value_delimiter = ',', default_values_t = ["sqlite".to_owned(), "postgres".to_owned()])]
    databases: Vec<String>,
    /// Seconds of each measurement
    #[arg(long, default_value_t = 5)]
    seconds: u32,
    /// Connections that ask at the same time
    #[arg(long, default_value_t = 16)]
    connections: u32,
    /// How often each is measured; the median counts
    #[arg(long, default_value_t = 3)]
    rounds: u32,
}

/// What is measured, in the order of the report; what makes the database bigger comes last. `empty` is the peer.
const WORKLOADS: &[&str] =
    &["verify", "authenticate", "get_by_id", "get_by_slug", "list", "search", "update", "create"];
/// What is measured with row-level security on and off.
const RLS_WORKLOADS: &[&str] = &["get_by_id", "list", "create"];

/// Measures everything and writes `bench/results/`.
pub(crate) fn run_all(workspace: &Workspace, options: &Options) -> Result {
    wrk::ensure()?;
    run(workspace.cargo().args([
        "build",
        "--release",
        "--locked",
        "--package",
        "carcosa",
        "--package",
        "bench-peer",
    ]))?;
    let bench = Bench { workspace, options, folder: workspace.target().join("bench") };
    let mut report = Report::new(command_line(options), commit(workspace)?);
    for name in &options.databases {
        for size in &options.sizes {
            bench.measure(Engine::named(name)?, *size, &mut report)?;
        }
    }
    report.facts.binary_bytes = fs::metadata(bench.program("carcosa"))?.len();
    report.write(&workspace.root().join("bench/results"))
}

struct Bench<'a> {
    workspace: &'a Workspace,
    options: &'a Options,
    folder: PathBuf,
}

impl Bench<'_> {
    fn program(&self, name: &str) -> PathBuf {
        self.workspace.target().join("release").join(name)
    }

    fn scripts(&self) -> PathBuf {
        self.workspace.root().join("bench")
    }

    fn load<'a>(&'a self, samples: &'a Path, secret: &'a str) -> Load<'a> {
        Load {
            scripts: self.scripts(),
            samples,
            secret,
            seconds: self.options.seconds,
            connections: self.options.connections,
        }
    }

    fn measure(&self, engine: Engine, size: u64, report: &mut Report) -> Result {
        println!("\n=== {} with {size} tenants ===", engine.name());
        let _ = fs::remove_dir_all(&self.folder);
        fs::create_dir_all(&self.folder)?;
        let database = Database::create(engine, &self.folder)?;
        let made = server::bootstrap(&self.program("carcosa"), &database)?;
        let samples = self.folder.join("samples.txt");
        database.load(&self.scripts(), &made.project, size, &samples)?;
        let load = self.load(&samples, &made.secret);

        let cold = server::cold_start(&self.program("carcosa"), &database)?;
        let peer = Server::peer(&self.program("bench-peer"))?;
        let server = Server::start(&self.program("carcosa"), &database)?;
        let idle = server.memory()?;
        let (leaving_size, growing) = WORKLOADS.split_at(WORKLOADS.len() - 1);
        let mut peers = Vec::new();
        let mut samples_of = self.ask(&load, leaving_size, &server, &peer, &mut peers)?;
        // After all rounds of the others: a thousand tenants would soon be ten thousand.
        samples_of.extend(self.ask(&load, growing, &server, &peer, &mut peers)?);
        let facts = Facts {
            cold_start_ms: cold,
            idle_bytes: idle,
            loaded_bytes: server.memory()?,
            ..Facts::default()
        };
        report.add_facts(engine.name(), size, facts);
        drop(server);
        let peer_rate = wrk::median(&peers).rate;
        report.rows.push(Row::new(
            engine.name(),
            size,
            "empty axum handler",
            &wrk::median(&peers),
            peer_rate,
        ));
        for (workload, samples) in WORKLOADS.iter().zip(&samples_of) {
            report.rows.push(Row::new(engine.name(), size, workload, &wrk::median(samples), peer_rate));
        }
        if Some(size) == self.options.sizes.iter().max().copied() && engine == Engine::Postgres {
            self.measure_isolation(&database, &load, report)?;
            self.measure_bare_inserts(&database, report)?;
        }
        Ok(())
    }

    /// Measures workloads in turns, the peer right before each so that both meet the same machine. The samples by
    /// workload.
    fn ask(
        &self,
        load: &Load<'_>,
        workloads: &[&str],
        server: &Server,
        peer: &Server,
        peers: &mut Vec<Sample>,
    ) -> Result<Vec<Vec<Sample>>> {
        let mut samples_of = vec![Vec::new(); workloads.len()];
        for round in 1..=self.options.rounds {
            for (workload, samples) in workloads.iter().zip(&mut samples_of) {
                peers.push(load.run("empty", peer.port)?);
                let sample = load.run(workload, server.port)?;
                println!("round {round}  {workload:<12} {sample}");
                samples.push(sample);
            }
        }
        Ok(samples_of)
    }

    /// The same with row-level security and without, in turns.
    fn measure_isolation(&self, database: &Database, load: &Load<'_>, report: &mut Report) -> Result {
        let mut with = vec![Vec::new(); RLS_WORKLOADS.len()];
        let mut without = vec![Vec::new(); RLS_WORKLOADS.len()];
        for round in 1..=self.options.rounds.max(2) {
            // Each goes first in every other round, for the database grows.
            for on in [round % 2 == 1, round % 2 == 0] {
                let samples = if on { &mut with } else { &mut without };
                database.row_level_security(on)?;
                let server = Server::start(&self.program("carcosa"), database)?;
                for (index, workload) in RLS_WORKLOADS.iter().enumerate() {
                    let sample = load.run(workload, server.port)?;
                    println!(
                        "round {round}  {workload:<12} row-level security {}  {sample}",
                        if on { "on " } else { "off" }
                    );
                    samples[index].push(sample);
                }
            }
        }
        database.row_level_security(true)?;
        for (index, workload) in RLS_WORKLOADS.iter().enumerate() {
            let (on, off) = (wrk::median(&with[index]), wrk::median(&without[index]));
            report.isolation.push(((*workload).to_owned(), on.rate, off.rate));
        }
        Ok(())
    }

    fn measure_bare_inserts(&self, database: &Database, report: &mut Report) -> Result {
        let rate = database.bare_inserts(&self.scripts(), self.options.seconds, self.options.connections)?;
        println!("bare one-row insert transactions: {rate:.0}/s");
        report.bare_inserts = Some(rate);
        Ok(())
    }
}

fn command_line(options: &Options) -> String {
    let sizes: Vec<String> = options.sizes.iter().map(ToString::to_string).collect();
    format!(
        "cargo xtask bench --sizes {} --databases {} --seconds {} --connections {} --rounds {}",
        sizes.join(","),
        options.databases.join(","),
        options.seconds,
        options.connections,
        options.rounds
    )
}

fn commit(workspace: &Workspace) -> Result<String> {
    let mut git = std::process::Command::new("git");
    Ok(output(git.current_dir(workspace.root()).args(["describe", "--always", "--dirty", "--exclude", "*"]))?
        .trim()
        .to_owned())
}
