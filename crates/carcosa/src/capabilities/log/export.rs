//! The log of a project as a file, and checking such a file without a database.
//!
//! One JSON object per line: a header, every entry with all that its hash covers, and last the heads of the streams with
//! the installation's signature. The signature (Ed25519) is over the compact JSON of
//! `{"project_id":…,"entries":…,"heads":[…]}`, members in this order, as they stand in the last line. Whoever has the
//! file and the public key can tell that no line was changed, added or left out.

use std::io::{BufRead, Write};

use carcosa_kernel::secrets::Attestation;
use carcosa_kernel::{Error, Kernel, Result, System, SystemTask};
use carcosa_types::{ProjectId, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use super::model::{StoredEntry, hex};
use super::store;
use super::verify::{Chain, Problem, Report, walk};

/// The version of the format.
const VERSION: u32 = 1;

/// The first line.
#[derive(Debug, Serialize, Deserialize)]
struct Header {
    object: String,
    version: u32,
    project_id: ProjectId,
    exported_at: Timestamp,
}

/// The end of a stream.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct StreamHead {
    stream_id: Uuid,
    seq: i64,
    hash: String,
}

/// What is signed.
#[derive(Serialize)]
struct Signed<'a> {
    project_id: ProjectId,
    entries: u64,
    heads: &'a [StreamHead],
}

/// The last line.
#[derive(Debug, Serialize, Deserialize)]
struct Footer {
    object: String,
    entries: u64,
    heads: Vec<StreamHead>,
    attestation: Attestation,
}

/// Writes the log of a project; how many entries it was. Memory stays constant but for the heads.
pub async fn write(kernel: &Kernel, project: ProjectId, out: &mut impl Write) -> Result<u64> {
    let mut tx = System::new(kernel, SystemTask::Console).read_project(project).await?;
    let header = Header {
        object: "carcosa_log_export".to_owned(),
        version: VERSION,
        project_id: project,
        exported_at: kernel.now(),
    };
    put(out, &header)?;
    let heads: Vec<StreamHead> = store::heads(&mut tx)
        .await?
        .into_iter()
        .map(|head| StreamHead { stream_id: head.stream_id, seq: head.seq, hash: hex(&head.hash) })
        .collect();
    let mut entries = 0;
    walk(&mut tx, |entry| {
        entries += 1;
        put(out, &entry)
    })
    .await?;
    let signed = serde_json::to_vec(&Signed { project_id: project, entries, heads: &heads })?;
    let attestation = kernel.secrets().attest(&signed)?;
    put(out, &Footer { object: "heads".to_owned(), entries, heads, attestation })?;
    out.flush().map_err(Error::internal)?;
    Ok(entries)
}

fn put(out: &mut impl Write, line: &impl Serialize) -> Result<()> {
    let mut text = serde_json::to_vec(line)?;
    text.push(b'\n');
    out.write_all(&text).map_err(Error::internal)
}

/// What was found in a file.
#[derive(Debug, Serialize)]
pub struct FileReport {
    /// The public key that the file is signed with. Compare it with the installation's.
    pub public_key: Option<String>,
    /// What was found.
    #[serde(flatten)]
    pub report: Report,
}

/// Checks a file, line by line. With `public_key` it must be signed with that key.
pub fn check(file: impl BufRead, public_key: Option<&str>) -> Result<FileReport> {
    let mut lines = file.lines();
    let first = lines.next().transpose().map_err(Error::internal)?.unwrap_or_default();
    let header: Header = serde_json::from_str(&first)
        .map_err(|_| Error::internal("the file does not begin like an export of `carcosa audit export`"))?;
    if header.object != "carcosa_log_export" || header.version != VERSION {
        return Err(Error::internal("the file is of another kind or version"));
    }
    let mut chain = Chain::new(header.project_id);
    let (mut footer, mut extra): (Option<Footer>, Vec<Problem>) = (None, Vec::new());
    let wrong = |detail: &str| Problem { stream: None, sequence: None, detail: detail.to_owned() };
    for line in lines {
        let line = line.map_err(Error::internal)?;
        if footer.is_some() {
            extra.push(wrong("there are lines after the last"));
            break;
        }
        let value: Value = serde_json::from_str(&line).unwrap_or_default();
        if value.get("object").is_some_and(|object| object == "heads") {
            footer = serde_json::from_value(value).ok();
            if footer.is_none() {
                extra.push(wrong("the last line is damaged"));
            }
        } else if let Ok(entry) = serde_json::from_value::<StoredEntry>(value) {
            chain.take(&entry);
        } else {
            extra.push(wrong("a line is damaged"));
        }
    }
    Ok(conclude(chain, footer, extra, public_key))
}

fn conclude(
    chain: Chain,
    footer: Option<Footer>,
    extra: Vec<Problem>,
    public_key: Option<&str>,
) -> FileReport {
    let heads = footer.iter().flat_map(|footer| &footer.heads);
    let heads: Vec<_> = heads.map(|head| (head.stream_id, head.seq, head.hash.clone())).collect();
    let mut report = chain.finish(&heads);
    report.problems.extend(extra);
    let wrong = |detail: &str| Problem { stream: None, sequence: None, detail: detail.to_owned() };
    let Some(footer) = footer else {
        report.problems.push(wrong("the signed last line is missing: the file was cut off"));
        return FileReport { public_key: None, report };
    };
    let signed = Signed { project_id: report.project, entries: footer.entries, heads: &footer.heads };
    let text = serde_json::to_vec(&signed).unwrap_or_default();
    if !footer.attestation.is_of(&text) {
        report.problems.push(wrong("the signature does not fit"));
    }
    if footer.entries != report.entries {
        report.problems.push(wrong("the number of entries is not the one that was signed"));
    }
    if public_key.is_some_and(|key| key != footer.attestation.public_key) {
        report.problems.push(wrong("the file is signed with another key than the one expected"));
    }
    FileReport { public_key: Some(footer.attestation.public_key), report }
}
