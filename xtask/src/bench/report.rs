//! What was measured, for people and for programs.

use std::fmt::Write;
use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};

use crate::bench::wrk::Sample;
use crate::shell::{Result, output};

/// One line of the table.
pub(super) struct Row {
    database: &'static str,
    size: u64,
    workload: String,
    sample: Sample,
    ratio: f64,
}

impl Row {
    pub(super) fn new(database: &'static str, size: u64, workload: &str, sample: &Sample, peer: f64) -> Self {
        let ratio = if peer > 0.0 { sample.rate / peer } else { 0.0 };
        Self { database, size, workload: workload.to_owned(), sample: *sample, ratio }
    }
}

/// What is not a rate.
#[derive(Default, Clone, Copy)]
pub(super) struct Facts {
    pub(super) binary_bytes: u64,
    pub(super) cold_start_ms: f64,
    pub(super) idle_bytes: u64,
    pub(super) loaded_bytes: u64,
}

/// Everything.
pub(super) struct Report {
    command: String,
    commit: String,
    pub(super) rows: Vec<Row>,
    places: Vec<(&'static str, u64, Facts)>,
    /// Workload, requests/s with row-level security, and without.
    pub(super) isolation: Vec<(String, f64, f64)>,
    pub(super) bare_inserts: Option<f64>,
    pub(super) facts: Facts,
}

impl Report {
    pub(super) fn new(command: String, commit: String) -> Self {
        let (rows, places, isolation) = (Vec::new(), Vec::new(), Vec::new());
        Self { command, commit, rows, places, isolation, bare_inserts: None, facts: Facts::default() }
    }

    pub(super) fn add_facts(&mut self, database: &'static str, size: u64, facts: Facts) {
        self.places.push((database, size, facts));
    }

    /// Writes `latest.md` and `latest.json`, and prints the former.
    pub(super) fn write(&self, folder: &Path) -> Result {
        fs::create_dir_all(folder)?;
        let text = self.markdown()?;
        fs::write(folder.join("latest.md"), &text)?;
        fs::write(folder.join("latest.json"), format!("{:#}\n", self.json()))?;
        println!("\n{text}");
        Ok(())
    }

    fn markdown(&self) -> Result<String> {
        let mut text = format!(
            "# Benchmark\n\n`{}`, commit {}, {}, {} processors. Load generator, server and database share them.\n\n",
            self.command,
            self.commit,
            output(Command::new("date").args(["--utc", "+%Y-%m-%d"]))?.trim(),
            std::thread::available_parallelism()?
        );
        text.push_str(
            "| database | tenants | workload | requests/s | p50 ms | p99 ms | of the empty handler |\n",
        );
        text.push_str("|---|--:|---|--:|--:|--:|--:|\n");
        for Row { database, size, workload, sample, ratio } in &self.rows {
            let Sample { rate, p50, p99 } = sample;
            writeln!(
                text,
                "| {database} | {size} | {workload} | {rate:.0} | {p50:.2} | {p99:.2} | {ratio:.2} |"
            )?;
        }
        text.push_str(
            "\n| database | tenants | cold start ms | idle MiB | after load MiB |\n|---|--:|--:|--:|--:|\n",
        );
        for (database, size, facts) in &self.places {
            let (cold, idle, loaded) =
                (facts.cold_start_ms, facts.idle_bytes >> 20, facts.loaded_bytes >> 20);
            writeln!(text, "| {database} | {size} | {cold:.0} | {idle} | {loaded} |")?;
        }
        writeln!(text, "\nThe binary has {:.1} MB.", self.facts.binary_bytes as f64 / 1e6)?;
        self.isolation_markdown(&mut text)?;
        Ok(text)
    }

    fn isolation_markdown(&self, text: &mut String) -> Result {
        if !self.isolation.is_empty() {
            text.push_str(
                "\n| PostgreSQL | row-level security on, requests/s | off | cost |\n|---|--:|--:|--:|\n",
            );
        }
        for (workload, on, off) in &self.isolation {
            writeln!(text, "| {workload} | {on:.0} | {off:.0} | {:.1} % |", (1.0 - on / off) * 100.0)?;
        }
        let creates =
            self.rows.iter().rev().find(|row| row.database == "PostgreSQL" && row.workload == "create");
        if let (Some(bare), Some(create)) = (self.bare_inserts, creates) {
            writeln!(
                text,
                "\nBare one-row insert transactions (pgbench, the same clients): {bare:.0}/s; creates are {:.2} of that.",
                create.sample.rate / bare
            )?;
        }
        Ok(())
    }

    fn json(&self) -> Value {
        let rows: Vec<Value> = self
            .rows
            .iter()
            .map(|row| {
                json!({
                    "database": row.database, "tenants": row.size, "workload": row.workload, "rate": row.sample.rate,
                    "p50_ms": row.sample.p50, "p99_ms": row.sample.p99, "of_empty_handler": row.ratio,
                })
            })
            .collect();
        let places: Vec<Value> = self
            .places
            .iter()
            .map(|(database, size, facts)| {
                json!({
                    "database": database, "tenants": size, "cold_start_ms": facts.cold_start_ms,
                    "idle_bytes": facts.idle_bytes, "loaded_bytes": facts.loaded_bytes,
                })
            })
            .collect();
        json!({
            "command": self.command, "commit": self.commit, "rows": rows, "places": places,
            "row_level_security": self.isolation, "bare_inserts": self.bare_inserts,
            "binary_bytes": self.facts.binary_bytes,
        })
    }
}
