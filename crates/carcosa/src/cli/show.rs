//! Printing for people and for programs.

use std::io::Write;

use serde::Serialize;
use serde_json::Value;

/// Prints one line. A reader that went away is no error.
pub(super) fn line(text: &str) {
    let _ = writeln!(std::io::stdout().lock(), "{text}");
}

/// Prints an object as `name  value` lines, a page or `{"data": […]}` as a table of these columns (all of the first
/// item's when empty; `a.b` for a member of a member); or anything as JSON.
pub(crate) fn show<T: Serialize>(json: bool, value: &T, columns: &[&str]) {
    let value = serde_json::to_value(value).unwrap_or_default();
    if json {
        line(&serde_json::to_string_pretty(&value).unwrap_or_default());
        return;
    }
    match value.get("data").and_then(Value::as_array) {
        Some(items) if items.is_empty() => line("none"),
        Some(items) => {
            table(items, columns);
            let more = value.pointer("/page/has_more") == Some(&Value::Bool(true));
            if let (true, Some(after)) = (more, value.pointer("/page/after").and_then(Value::as_str)) {
                line(&format!("… and more: --after {after}"));
            }
        }
        None => fields("", &value),
    }
}

fn fields(prefix: &str, value: &Value) {
    let Value::Object(members) = value else {
        line(&cell(value));
        return;
    };
    let width = members.keys().map(|name| name.chars().count()).max().unwrap_or(0);
    for (name, member) in members {
        match member {
            Value::Object(inner) if !inner.is_empty() => {
                line(&format!("{prefix}{name}"));
                fields(&format!("{prefix}  "), member);
            }
            _ => line(&format!("{prefix}{name:width$}  {}", cell(member))),
        }
    }
}

fn table(items: &[Value], columns: &[&str]) {
    let all: Vec<String> =
        items.first().and_then(Value::as_object).into_iter().flat_map(|o| o.keys().cloned()).collect();
    let columns: Vec<&str> =
        if columns.is_empty() { all.iter().map(String::as_str).collect() } else { columns.to_vec() };
    let mut rows = vec![columns.iter().map(|name| title(name)).collect::<Vec<_>>()];
    rows.extend(items.iter().map(|item| columns.iter().map(|name| cell(member(item, name))).collect()));
    let widths: Vec<usize> = (0..columns.len())
        .map(|column| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0))
        .collect();
    for row in rows {
        let cells: Vec<String> =
            row.iter().zip(&widths).map(|(cell, width)| format!("{cell:width$}")).collect();
        line(cells.join("  ").trim_end());
    }
}

/// What stands above a column.
fn title(column: &str) -> String {
    column.replace('.', " ").to_uppercase()
}

/// A member, or one of a member, such as `health.status`.
fn member<'a>(item: &'a Value, column: &str) -> &'a Value {
    column.split('.').fold(item, |value, name| value.get(name).unwrap_or(&Value::Null))
}

/// One value on one line. Control characters, which could steer a terminal, are shown as escapes.
fn cell(value: &Value) -> String {
    match value {
        Value::Null => "-".to_owned(),
        Value::String(text) => text
            .chars()
            .map(|c| if c.is_control() { c.escape_default().to_string() } else { c.to_string() })
            .collect(),
        Value::Array(items) if items.iter().all(|item| !item.is_object() && !item.is_array()) => {
            items.iter().map(cell).collect::<Vec<_>>().join(", ")
        }
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_reach_into_members() {
        let item = serde_json::json!({"id": 1, "health": {"lag": {"events": 3}}});
        assert_eq!((member(&item, "id"), member(&item, "health.lag.events")), (&1.into(), &3.into()));
        assert_eq!(member(&item, "health.none.events"), &Value::Null);
        assert_eq!(title("health.lag.events"), "HEALTH LAG EVENTS");
    }

    #[test]
    fn a_cell_cannot_steer_the_terminal() {
        assert_eq!(cell(&"a\u{1b}[2Jb\nc".into()), "a\\u{1b}[2Jb\\nc");
        assert_eq!(cell(&serde_json::json!(["a", 1])), "a, 1");
    }
}
