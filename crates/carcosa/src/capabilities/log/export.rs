//! The log of a project as a file, and checking such a file without a database.
//!
//! One JSON object per line: a header, every entry with all that its hash covers, and last the heads of the streams with
//! the installation's signature. The signature (Ed25519) is over the compact JSON of
//! `{"project_id":…,"digest":…,"entries":…,"heads":[…]}`, members in this order, as they stand in the last line.
//! `digest` is the SHA-256 of all lines before the last, each ended by one line feed: it covers what the chains do not,
//! such as positions, the time of the export, and that a body was not taken out afterwards. Whoever has the file and the
//! public key can tell that no line was changed, added or left out.
//!
//! Where retention has cut a stream, a line before the entries says from which entry on it is there, the hash before that
//! one, and that the installation itself made the cut.
//!
//! Such a file is of the whole project, and proves that nothing is missing between the beginning and the end of each stream.
//! `GET /v1/audit/export` gives files for reading: a filter leaves entries out, so the links between those that remain cannot
//! be checked, and they are not signed. Of one line there, `hash` is what to look for in a whole export.

use std::io::{BufRead, Write};

use carcosa_kernel::secrets::{Attestation, Keyring};
use carcosa_kernel::{Error, Kernel, Result, System, SystemTask};
use carcosa_types::{ProjectId, Timestamp};
use ring::digest::{Context, SHA256};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use super::model::{StoredEntry, hex};
use super::store;
use super::verify::{Chain, Cut, Problem, Report, walk};

/// The version of the format. Version 1 had no cuts, and reads alike.
const VERSION: u32 = 2;

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
    digest: &'a str,
    entries: u64,
    heads: &'a [StreamHead],
}

/// The last line.
#[derive(Debug, Serialize, Deserialize)]
struct Footer {
    object: String,
    digest: String,
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
    let mut lines = Lines { out, hash: Context::new(&SHA256) };
    lines.put(&header)?;
    let heads = store::heads(&mut tx).await?;
    for cut in heads.iter().filter_map(|head| Cut::of(&kernel.secrets(), project, head)) {
        lines.put(&cut)?;
    }
    let heads: Vec<StreamHead> = heads
        .into_iter()
        .map(|head| StreamHead { stream_id: head.stream_id, seq: head.seq, hash: hex(&head.hash) })
        .collect();
    let mut entries = 0;
    walk(&mut tx, |entry| {
        entries += 1;
        lines.put(&entry)
    })
    .await?;
    lines.end(&kernel.secrets(), project, entries, heads)?;
    Ok(entries)
}

/// Writes lines and hashes them.
struct Lines<'a, W> {
    out: &'a mut W,
    hash: Context,
}

impl<W: Write> Lines<'_, W> {
    fn put(&mut self, line: &impl Serialize) -> Result<()> {
        let mut text = serde_json::to_vec(line)?;
        text.push(b'\n');
        self.hash.update(&text);
        self.out.write_all(&text).map_err(Error::internal)
    }

    /// Writes the signed last line.
    fn end(
        mut self,
        secrets: &Keyring,
        project: ProjectId,
        entries: u64,
        heads: Vec<StreamHead>,
    ) -> Result<()> {
        let digest = hex(self.hash.clone().finish().as_ref());
        let signed = Signed { project_id: project, digest: &digest, entries, heads: &heads };
        let attestation = secrets.attest(&serde_json::to_vec(&signed)?)?;
        self.put(&Footer { object: "heads".to_owned(), digest, entries, heads, attestation })?;
        self.out.flush().map_err(Error::internal)
    }
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
pub fn check(mut file: impl BufRead, public_key: Option<&str>) -> Result<FileReport> {
    let first = next_line(&mut file)?.unwrap_or_default();
    let header: Header = serde_json::from_slice(&first)
        .map_err(|_| Error::internal("the file does not begin like an export of `carcosa audit export`"))?;
    if header.object != "carcosa_log_export" || !(1..=VERSION).contains(&header.version) {
        return Err(Error::internal("the file is of another kind or version"));
    }
    let mut hash = Context::new(&SHA256);
    let mut cover = |line: &[u8]| {
        hash.update(line);
        hash.update(b"\n");
    };
    cover(&first);
    let mut chain = Chain::new(header.project_id);
    let mut footer: Option<Footer> = None;
    while let Some(line) = next_line(&mut file)? {
        if footer.is_some() {
            chain.wrong(None, None, "there are lines after the last");
            break;
        }
        let value: Value = serde_json::from_slice(&line).unwrap_or_default();
        if value.get("object").is_some_and(|object| object == "heads") {
            // Exactly as written, or something could be added that is not signed.
            footer = serde_json::from_value::<Footer>(value)
                .ok()
                .filter(|footer| serde_json::to_vec(footer).is_ok_and(|text| text == line));
            if footer.is_none() {
                chain.wrong(None, None, "the last line is damaged");
            }
            continue;
        }
        cover(&line);
        take(&mut chain, value);
    }
    Ok(conclude(chain, footer, &hex(hash.finish().as_ref()), public_key))
}

/// Takes a line that is neither the first nor the last.
fn take(chain: &mut Chain, line: Value) {
    if line.get("object").is_some_and(|object| object == "cut") {
        match serde_json::from_value::<Cut>(line) {
            Ok(cut) => chain.cut(&cut),
            Err(_) => chain.wrong(None, None, "a line is damaged"),
        }
    } else {
        match serde_json::from_value::<StoredEntry>(line) {
            Ok(entry) => chain.take(&entry),
            Err(_) => chain.wrong(None, None, "a line is damaged"),
        }
    }
}

/// The next line without its end; `None` when there is no more.
fn next_line(file: &mut impl BufRead) -> Result<Option<Vec<u8>>> {
    let mut line = Vec::new();
    if file.read_until(b'\n', &mut line).map_err(Error::internal)? == 0 {
        return Ok(None);
    }
    for end in [b'\n', b'\r'] {
        if line.last() == Some(&end) {
            line.pop();
        }
    }
    Ok(Some(line))
}

fn conclude(chain: Chain, footer: Option<Footer>, digest: &str, public_key: Option<&str>) -> FileReport {
    let heads = footer.iter().flat_map(|footer| &footer.heads);
    let heads: Vec<_> = heads.map(|head| (head.stream_id, head.seq, head.hash.clone())).collect();
    let mut report = chain.finish(&heads);
    let wrong = |detail: &str| Problem { stream: None, sequence: None, detail: detail.to_owned() };
    let Some(footer) = footer else {
        report.problems.push(wrong("the signed last line is missing: the file was cut off"));
        return FileReport { public_key: None, report };
    };
    let signed = Signed {
        project_id: report.project,
        digest: &footer.digest,
        entries: footer.entries,
        heads: &footer.heads,
    };
    let text = serde_json::to_vec(&signed).unwrap_or_default();
    if !footer.attestation.is_of(&text) {
        report.problems.push(wrong("the signature does not fit"));
    }
    if footer.digest != digest {
        report.problems.push(wrong("the lines are not the ones that were signed"));
    }
    if footer.entries != report.entries {
        report.problems.push(wrong("the number of entries is not the one that was signed"));
    }
    if public_key.is_some_and(|key| key != footer.attestation.public_key) {
        report.problems.push(wrong("the file is signed with another key than the one expected"));
    }
    FileReport { public_key: Some(footer.attestation.public_key), report }
}

#[cfg(test)]
mod tests {
    use carcosa_kernel::log::chain;
    use carcosa_kernel::secrets::Purpose;

    use super::*;

    const PROJECT: ProjectId = ProjectId::from_uuid(Uuid::from_u128(1));
    const STREAM: Uuid = Uuid::from_u128(2);

    fn entry(seq: i64, previous: &[u8; 32]) -> (StoredEntry, [u8; 32]) {
        let (salt, body) = ([7_u8; 16], format!("{{\"data\":{{\"n\":{seq}}}}}"));
        let mut entry = StoredEntry {
            id: Uuid::from_u128(100),
            stream_id: STREAM,
            tenant_id: Some(STREAM),
            seq,
            kind: "tenant.updated".to_owned(),
            actor_kind: "cli".to_owned(),
            actor_id: None,
            target_kind: "tenant".to_owned(),
            target_id: STREAM,
            body_hash: hex(&chain::body_hash(&salt, &body)),
            body: Some(body),
            body_salt: Some(hex(&salt)),
            recorded_at: seq,
            hash: String::new(),
            position: Some(seq),
        };
        let hash = chain::next(previous, &entry.fields(PROJECT).unwrap());
        entry.hash = hex(&hash);
        (entry, hash)
    }

    fn file() -> String {
        let mut secrets = Keyring::default();
        secrets.add(Purpose::Signing, 1, [9; 32]);
        let mut out = Vec::new();
        let mut lines = Lines { out: &mut out, hash: Context::new(&SHA256) };
        let exported_at = Timestamp::from_micros(5);
        let object = "carcosa_log_export".to_owned();
        lines.put(&Header { object, version: VERSION, project_id: PROJECT, exported_at }).unwrap();
        let mut last = chain::genesis(PROJECT, STREAM);
        for seq in 1..=3 {
            let (entry, hash) = entry(seq, &last);
            lines.put(&entry).unwrap();
            last = hash;
        }
        let heads = vec![StreamHead { stream_id: STREAM, seq: 3, hash: hex(&last) }];
        lines.end(&secrets, PROJECT, 3, heads).unwrap();
        String::from_utf8(out).unwrap()
    }

    fn problems(file: &str) -> usize {
        check(file.as_bytes(), None).unwrap().report.problems.len()
    }

    #[test]
    fn what_the_chains_do_not_cover_is_signed_too() {
        let file = file();
        assert_eq!(problems(&file), 0);
        assert_eq!(problems(&file.replace('\n', "\r\n")), 0, "line ends are no content");
        let lines: Vec<&str> = file.lines().collect();
        let body = lines[1].split(",\"body\":").nth(1).unwrap().split(",\"body_hash\"").next().unwrap();
        for changed in [
            file.replace("\"position\":2", "\"position\":9"),
            file.replace("00.000005Z", "00.000006Z"),
            file.replacen(body, "null,\"body_salt\":null", 1),
            file.replacen("{\"id\"", "{\"note\":1,\"id\"", 1),
            file.replace("{\"object\":\"heads\"", "{\"object\":\"heads\",\"note\":1"),
            file.replace("\"signature\":\"", "\"signature\":\"A"),
        ] {
            assert_ne!(changed, file);
            assert_ne!(problems(&changed), 0, "{changed}");
        }
    }

    #[test]
    fn a_stream_that_was_cut_is_checked_from_the_cut_on() {
        let mut secrets = Keyring::default();
        secrets.add(Purpose::Signing, 1, [9; 32]);
        let (_, first) = entry(1, &chain::genesis(PROJECT, STREAM));
        let (second, end) = entry(2, &first);
        let written = |cut: Option<Cut>| {
            let mut out = Vec::new();
            let mut lines = Lines { out: &mut out, hash: Context::new(&SHA256) };
            let (object, exported_at) = ("carcosa_log_export".to_owned(), Timestamp::from_micros(5));
            lines.put(&Header { object, version: VERSION, project_id: PROJECT, exported_at }).unwrap();
            if let Some(cut) = cut {
                lines.put(&cut).unwrap();
            }
            lines.put(&second).unwrap();
            let heads = vec![StreamHead { stream_id: STREAM, seq: 2, hash: hex(&end) }];
            lines.end(&secrets, PROJECT, 1, heads).unwrap();
            check(out.as_slice(), None).unwrap().report
        };
        let cut = Cut {
            object: "cut".to_owned(),
            stream_id: STREAM,
            first_seq: 2,
            hash: hex(&first),
            proven: true,
        };
        let whole = written(Some(cut.clone()));
        assert_eq!((whole.problems, whole.pruned), (vec![], 1));
        assert!(!written(None).problems.is_empty(), "the first entry is missing");
        for wrong in [
            Cut { proven: false, ..cut.clone() },
            Cut { first_seq: 3, ..cut.clone() },
            Cut { first_seq: 1, ..cut.clone() },
            Cut { first_seq: i64::MIN, ..cut.clone() },
            Cut { hash: hex(&end), ..cut.clone() },
            Cut { hash: "x".to_owned(), ..cut.clone() },
            Cut { stream_id: Uuid::from_u128(8), ..cut },
        ] {
            assert!(!written(Some(wrong.clone())).problems.is_empty(), "{wrong:?}");
        }
    }

    #[test]
    fn damage_is_told_a_limited_number_of_times() {
        let file = file();
        let (first, rest) = file.split_once('\n').unwrap();
        let damaged = format!("{first}\n{}{rest}", "\u{1}\n".repeat(100_000));
        assert!((1..200).contains(&problems(&damaged)));
    }
}
