//! The audit trail as a file for people and programs, made while it is sent: CSV or NDJSON.
//!
//! Entries are read in batches, each in a short transaction, so a slow reader holds neither memory nor a connection. They end
//! at the position that the project's order had when the export began. Retention and erasure may take entries, or their
//! personal part, away while it runs; it shows what is there when it comes by.
//!
//! These files are for reading. What proves that nothing was changed or left out is the signed file of [`super::export`].

use std::borrow::Cow;

use carcosa_kernel::log::Entry;
use carcosa_kernel::{Access, Error, Result};
use carcosa_types::event::AUDIT_EXPORTED;
use carcosa_types::log::{AuditEntry, ExportAudit, ExportFormat};
use carcosa_types::permission::AuditExport;
use carcosa_web::Stream;
use carcosa_web::stream::{self, Accepts, Media, Sink};
use csv::{Terminator, WriterBuilder};

use super::model::StoredEntry;
use super::service;
use super::store::{self, Filter};

/// Entries read at a time.
const BATCH: i64 = 500;

/// The columns of a CSV file, in order.
const COLUMNS: [&str; 19] = [
    "position",
    "created_at",
    "action",
    "actor_kind",
    "actor_id",
    "actor_name",
    "target_kind",
    "target_id",
    "tenant_id",
    "reason",
    "ip",
    "user_agent",
    "request_id",
    "changes",
    "details",
    "sequence",
    "id",
    "hash",
    "erased",
];

/// What the audit trail is exported as.
pub(super) enum AuditFile {}

impl Media for AuditFile {
    const TYPES: &'static [&'static str] = &["application/x-ndjson", "text/csv"];
}

/// Records the export and starts to send it.
pub(super) async fn start(
    access: Access<AuditExport>,
    accepts: Accepts,
    query: &ExportAudit,
) -> Result<Stream<AuditFile>> {
    let (kernel, project) = (access.kernel(), access.project());
    let mut filter = service::filter(kernel, project, query).await?;
    let opening = stream::open(project)?;
    let mut write = access.write().await?;
    let receipt = write.record(Entry::new(AUDIT_EXPORTED, project, query)?);
    write.commit(receipt, ()).await?;
    filter.until = Some(store::order(&mut access.read().await?).await?.position);
    let format = query.format.unwrap_or_default();
    let (media_type, ending) = match format {
        ExportFormat::Ndjson => ("application/x-ndjson", "ndjson"),
        ExportFormat::Csv => ("text/csv; charset=utf-8; header=present", "csv"),
    };
    let file_name = format!("audit-{project}.{ending}");
    Ok(opening.stream(media_type, file_name, accepts, move |sink| send(access, filter, format, sink)))
}

async fn send(access: Access<AuditExport>, filter: Filter, format: ExportFormat, sink: Sink) -> Result<()> {
    if format == ExportFormat::Csv {
        sink.send(csv([COLUMNS])?).await?;
    }
    let mut after = None;
    loop {
        let mut tx = access.read().await?;
        let batch = store::list(&mut tx, &filter, after, false, BATCH).await?;
        // Not kept while the reader takes its time.
        drop(tx);
        let Some(last) = batch.last() else { return Ok(()) };
        after = last.position;
        let lines = match format {
            ExportFormat::Ndjson => ndjson(&batch)?,
            ExportFormat::Csv => csv(batch.iter().map(|entry| record(&entry.audit_entry())))?,
        };
        sink.send(lines).await?;
    }
}

fn ndjson(entries: &[StoredEntry]) -> Result<Vec<u8>> {
    let mut lines = Vec::new();
    for entry in entries {
        serde_json::to_writer(&mut lines, &entry.audit_entry())?;
        lines.push(b'\n');
    }
    Ok(lines)
}

/// Lines of cells, by [RFC 4180](https://www.rfc-editor.org/rfc/rfc4180).
fn csv<T: AsRef<[u8]>, const N: usize>(records: impl IntoIterator<Item = [T; N]>) -> Result<Vec<u8>> {
    let mut writer = WriterBuilder::new().terminator(Terminator::CRLF).from_writer(Vec::new());
    for record in records {
        writer.write_record(record).map_err(Error::internal)?;
    }
    writer.into_inner().map_err(|cause| Error::internal(cause.to_string()))
}

/// The cells of an entry, in the order of the columns.
fn record(entry: &AuditEntry) -> [String; COLUMNS.len()] {
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    let json = |value: &serde_json::Value| if value.is_null() { String::new() } else { value.to_string() };
    [
        entry.position.clone(),
        entry.created_at.to_string(),
        entry.action.clone(),
        entry.actor.kind.clone(),
        text(&entry.actor.id),
        text(&entry.actor.name),
        entry.target.kind.clone(),
        entry.target.id.clone(),
        text(&entry.tenant_id),
        text(&entry.reason),
        text(&entry.ip),
        text(&entry.user_agent),
        text(&entry.request_id),
        json(&entry.changes),
        json(&entry.details),
        entry.sequence.clone(),
        entry.id.to_string(),
        entry.hash.clone(),
        entry.erased.to_string(),
    ]
    .map(|cell| harmless(&cell).into_owned())
}

/// A cell that no spreadsheet takes for a formula. What begins like one gets an apostrophe in front, which spreadsheets do not
/// show.
fn harmless(cell: &str) -> Cow<'_, str> {
    if cell.starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠']) {
        return Cow::Owned(format!("'{cell}"));
    }
    Cow::Borrowed(cell)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_are_quoted_as_needed() {
        let lines = csv([["a", "b,c", "d\"e"], ["", "f\r\ng", "h"]]).unwrap();
        assert_eq!(String::from_utf8(lines).unwrap(), "a,\"b,c\",\"d\"\"e\"\r\n,\"f\r\ng\",h\r\n");
    }

    #[test]
    fn no_cell_is_a_formula() {
        for bad in ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", "＝1"] {
            assert_eq!(harmless(bad), format!("'{bad}"));
        }
        for good in ["", "a=1", "'=1", "{\"a\":\"=1\"}", "2026-11-21T09:30:00.000000Z", "10.0.0.1", "::1"] {
            assert_eq!(harmless(good), good);
        }
    }
}
