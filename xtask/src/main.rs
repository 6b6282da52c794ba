//! The project's own commands: `cargo xtask <command>`.
//!
//! Everything a contributor or the continuous integration runs is here, in Rust, so that there is one way to do
//! each thing and nothing to install first.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "a command-line tool talks to its terminal")]

mod bench;
mod dashboard;
mod demo;
mod generate;
mod http;
mod interop;
mod keeper;
mod new_capability;
mod node;
mod policy;
mod postgres;
mod sdk;
mod shell;
mod test;
mod tools;
mod workspace;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::shell::Result;
use crate::workspace::Workspace;

/// Carcosa's development commands.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask", max_term_width = 100)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Build the dashboard, and the binary that serves it
    Build(dashboard::Options),
    /// Run every check, starting and installing what they need; what `.ci/run` runs
    Test(test::Options),
    /// Start Carcosa with sample data and print how to reach it
    Demo(demo::Options),
    /// Write the files generated from the code: the OpenAPI document and the reference pages
    Generate(generate::Options),
    /// Measure the product beside an empty server; writes `bench/results/`
    Bench(bench::Options),
    /// Create the folder of a new capability from templates
    NewCapability(new_capability::Options),
    /// Start a throwaway PostgreSQL, print its URL, remove it on Ctrl-C
    Postgres(postgres::Options),
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    match execute(&cli.command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("\nerror: {error}");
            ExitCode::FAILURE
        }
    }
}

fn execute(command: &Command) -> Result {
    match command {
        Command::Build(options) => dashboard::run_build(&Workspace::find()?, options),
        Command::Test(options) => test::run(&Workspace::find()?, options),
        Command::Demo(options) => demo::run(&Workspace::find()?, options),
        Command::Generate(options) => generate::run(&Workspace::find()?, options),
        Command::Bench(options) => bench::run_all(&Workspace::find()?, options),
        Command::NewCapability(options) => new_capability::run(&Workspace::find()?, options),
        Command::Postgres(options) => postgres::run(options),
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_well_formed() {
        super::Cli::command().debug_assert();
    }
}
