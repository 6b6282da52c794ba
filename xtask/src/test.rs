//! `cargo xtask test`: every check there is, in the order in which they are cheapest to fail.

use std::time::{Duration, Instant};

use crate::dashboard;
use crate::demo;
use crate::generate;
use crate::interop;
use crate::policy;
use crate::postgres::{Cluster, Durability};
use crate::sdk;
use crate::shell::{self, Result};
use crate::tools;
use crate::workspace::Workspace;

/// Options of `cargo xtask test`.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// Only build and test; leave out the other checks
    #[arg(long)]
    only_tests: bool,
    /// Passed on to `cargo test`: the part of a test's name, `-p carcosa`…
    #[arg(last = true, value_name = "ARGUMENT")]
    arguments: Vec<String>,
}

/// One check.
struct Step {
    name: &'static str,
    /// Whether it is part of `--only-tests`.
    needed: bool,
    run: fn(&Workspace, &Options) -> Result,
}

const STEPS: &[Step] = &[
    Step {
        name: "formatting",
        needed: false,
        run: |w, _| shell::run(w.cargo().args(["fmt", "--all", "--check"])),
    },
    Step { name: "spelling", needed: false, run: |w, _| tools::typos(w) },
    Step { name: "dependency policy", needed: false, run: |w, _| policy::check(w) },
    Step { name: "clippy", needed: false, run: clippy },
    Step { name: "dashboard", needed: false, run: |w, _| dashboard::check(w) },
    Step {
        name: "build",
        needed: true,
        run: |w, _| shell::run(w.cargo().args(["build", "--workspace", "--locked"])),
    },
    Step { name: "generated files", needed: false, run: |w, _| generate::check(w) },
    Step { name: "tests", needed: true, run: all_tests },
    Step { name: "demo", needed: false, run: |w, _| demo::check(w) },
    Step { name: "browser", needed: false, run: |w, _| dashboard::browser(w) },
    Step { name: "SDKs", needed: false, run: |w, _| sdk::check(w) },
    Step { name: "interoperability", needed: false, run: |w, _| interop::check(w) },
    Step { name: "documentation", needed: false, run: documentation },
];

/// Runs the steps up to the first that fails, then says how long each took.
pub(crate) fn run(workspace: &Workspace, options: &Options) -> Result {
    let mut finished: Vec<(&str, Duration, bool)> = Vec::new();
    let mut failure = None;
    for step in STEPS.iter().filter(|step| step.needed || !options.only_tests) {
        println!("\n=== {} ===", step.name);
        let start = Instant::now();
        let outcome = (step.run)(workspace, options);
        let took = start.elapsed();
        finished.push((step.name, took, outcome.is_ok()));
        println!("--- {}: {:.1} s", step.name, took.as_secs_f32());
        if let Err(error) = outcome {
            failure = Some(format!("step `{}` failed: {error}", step.name));
            break;
        }
    }
    print!("\n{}", summary(&finished));
    failure.map_or(Ok(()), |failure| Err(failure.into()))
}

fn summary(finished: &[(&str, Duration, bool)]) -> String {
    let line = |(name, took, passed): &(&str, Duration, bool)| {
        format!("{name:<20} {:>8.1} s  {}\n", took.as_secs_f32(), if *passed { "passed" } else { "FAILED" })
    };
    let total: Duration = finished.iter().map(|(_, took, _)| *took).sum();
    let lines: String = finished.iter().map(line).collect();
    format!("{lines}{:<20} {:>8.1} s\n", "total", total.as_secs_f32())
}

fn clippy(workspace: &Workspace, _: &Options) -> Result {
    let arguments = ["clippy", "--workspace", "--all-targets", "--locked", "--", "--deny", "warnings"];
    shell::run(workspace.cargo().args(arguments))
}

/// All tests, on both databases. The cluster stops when it goes out of scope, whatever the tests did.
fn all_tests(workspace: &Workspace, options: &Options) -> Result {
    let cluster = Cluster::start(Durability::Throwaway)?;
    let mut command = workspace.cargo();
    command.args(["test", "--workspace", "--locked", "--no-fail-fast"]).args(&options.arguments);
    shell::run(command.env("CARCOSA_TEST_POSTGRES_URL", cluster.url()))
}

fn documentation(workspace: &Workspace, _: &Options) -> Result {
    let mut command = workspace.cargo();
    command.args(["doc", "--workspace", "--no-deps", "--locked"]);
    shell::run(command.env("RUSTDOCFLAGS", "--deny warnings"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_summary_lists_what_ran() {
        let finished =
            [("build", Duration::from_millis(1500), true), ("tests", Duration::from_secs(20), false)];
        assert_eq!(
            summary(&finished),
            "build                     1.5 s  passed\n\
             tests                    20.0 s  FAILED\n\
             total                    21.5 s\n"
        );
    }
}
