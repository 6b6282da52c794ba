//! The load generator, and reading what it prints.

use std::fmt;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::shell::{Result, apt_install, find_on_path, output};

/// Makes sure that `wrk` is there.
pub(super) fn ensure() -> Result {
    if find_on_path("wrk").is_none() {
        apt_install(&["wrk"])?;
    }
    Ok(())
}

/// One measurement.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Sample {
    /// Requests per second.
    pub(super) rate: f64,
    /// Median latency, milliseconds.
    pub(super) p50: f64,
    /// 99th percentile of latency, milliseconds.
    pub(super) p99: f64,
}

impl fmt::Display for Sample {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:>8.0}/s  p50 {:>7.2} ms  p99 {:>7.2} ms", self.rate, self.p50, self.p99)
    }
}

/// How to ask.
pub(super) struct Load<'a> {
    pub(super) scripts: PathBuf,
    pub(super) samples: &'a Path,
    pub(super) secret: &'a str,
    pub(super) seconds: u32,
    pub(super) connections: u32,
}

impl Load<'_> {
    /// Asks the server at `port` for a while. An answer that is no success makes the measurement worthless.
    pub(super) fn run(&self, workload: &str, port: u16) -> Result<Sample> {
        let mut command = Command::new("wrk");
        command
            .args(["--threads", "2", "--latency", "--connections", &self.connections.to_string()])
            .args(["--duration", &format!("{}s", self.seconds)])
            .arg("--script")
            .arg(self.scripts.join("requests.lua"))
            .arg(format!("http://127.0.0.1:{port}"))
            .env("WORKLOAD", workload)
            .env("SECRET", self.secret)
            .env("SAMPLES", self.samples);
        let text = output(&mut command)?;
        if text.contains("Non-2xx") || text.contains("Socket errors") {
            return Err(format!("{workload}: some requests failed\n{text}").into());
        }
        read(&text).ok_or_else(|| format!("{workload}: wrk printed what cannot be read\n{text}").into())
    }
}

fn read(text: &str) -> Option<Sample> {
    let after = |label: &str| text.lines().find_map(|line| line.trim().strip_prefix(label)).map(str::trim);
    Some(Sample {
        rate: after("Requests/sec:")?.parse().ok()?,
        p50: milliseconds(after("50%")?)?,
        p99: milliseconds(after("99%")?)?,
    })
}

/// `1.50ms`, `820.00us`, `1.02s` as milliseconds.
fn milliseconds(text: &str) -> Option<f64> {
    for (unit, factor) in [("us", 0.001), ("ms", 1.0), ("s", 1000.0)] {
        if let Some(number) = text.strip_suffix(unit).and_then(|number| number.parse::<f64>().ok()) {
            return Some(number * factor);
        }
    }
    None
}

/// The middle of each figure.
pub(super) fn median(samples: &[Sample]) -> Sample {
    let middle = |figure: fn(&Sample) -> f64| {
        let mut all: Vec<f64> = samples.iter().map(figure).collect();
        all.sort_by(f64::total_cmp);
        let at = |index: usize| all.get(index).copied().unwrap_or_default();
        // With an even number there are two in the middle.
        f64::midpoint(at(all.len().saturating_sub(1) / 2), at(all.len() / 2))
    };
    Sample { rate: middle(|s| s.rate), p50: middle(|s| s.p50), p99: middle(|s| s.p99) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_wrk_prints_is_read() {
        let text = "Running 1s test\n  Latency Distribution\n     50%  320.00us\n     75%  1.00ms\n     90%  2.00ms\n     99%    1.25s\n  10 requests\nRequests/sec:  43210.50\nTransfer/sec: 1MB\n";
        assert_eq!(read(text), Some(Sample { rate: 43210.5, p50: 0.32, p99: 1250.0 }));
        assert_eq!(read("nonsense"), None);
    }

    #[test]
    fn the_median_is_of_each_figure() {
        let of = |rate| Sample { rate, p50: -rate, p99: 1.0 };
        assert_eq!(median(&[of(3.0), of(1.0), of(2.0)]), Sample { rate: 2.0, p50: -2.0, p99: 1.0 });
        assert_eq!(median(&[of(3.0), of(1.0)]), Sample { rate: 2.0, p50: -2.0, p99: 1.0 });
        assert_eq!(median(&[]), Sample { rate: 0.0, p50: 0.0, p99: 0.0 });
    }
}
