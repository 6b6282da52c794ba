//! Statements put together from fixed pieces: lists with filters, and inserts of many rows.

use super::{Reach, Value};

/// A query put together at run time from texts that are all written in the source.
///
/// Pieces say `?` where a value goes; the builder numbers them. No piece ever contains a caller's text.
#[derive(Debug)]
pub struct Assembled {
    pub(super) name: &'static str,
    pub(super) reach: Reach,
    pub(super) sql: String,
    pub(super) values: Vec<Value>,
    /// Where PostgreSQL locks rows, and how.
    pub(super) row_lock: Option<(usize, &'static str)>,
}

impl Assembled {
    /// Starts with a piece in which the values bound by the kernel are written `$1` (and `$2`).
    #[must_use]
    pub fn new(name: &'static str, reach: Reach, start: &'static str) -> Self {
        Self { name, reach, sql: start.to_owned(), values: Vec::new(), row_lock: None }
    }

    /// Adds a piece with its values.
    pub fn push(&mut self, piece: &'static str, values: impl IntoIterator<Item = Value>) {
        let mut values = values.into_iter();
        let mut rest = piece;
        while let Some(at) = rest.find('?') {
            self.sql.push_str(&rest[..at]);
            self.bind(values.next());
            rest = &rest[at + 1..];
        }
        self.sql.push_str(rest);
        debug_assert!(values.next().is_none(), "more values than places in {piece}");
    }

    /// Adds `(v, v, …)` for each value: the right side of `IN`.
    pub fn push_list(&mut self, values: impl IntoIterator<Item = Value>) {
        for (index, value) in values.into_iter().enumerate() {
            self.sql.push(if index == 0 { '(' } else { ',' });
            self.bind(Some(value));
        }
        self.sql.push(')');
    }

    /// Adds `($1, …), ($1, …)`: rows to insert, each starting with the values the kernel binds.
    pub fn push_rows(&mut self, rows: impl IntoIterator<Item = Vec<Value>>) {
        let bound = match self.reach {
            Reach::System | Reach::Kernel => "",
            Reach::Project => "$1,",
            Reach::Tenant => "$1,$2,",
        };
        for (index, row) in rows.into_iter().enumerate() {
            self.sql.push_str(if index == 0 { "(" } else { ",(" });
            self.sql.push_str(bound);
            for (column, value) in row.into_iter().enumerate() {
                if column > 0 {
                    self.sql.push(',');
                }
                self.bind(Some(value));
            }
            self.sql.push(')');
        }
    }

    /// Adds `LIMIT n`, as text: with the number before its eyes PostgreSQL can keep one plan for the statement, where a
    /// parameter would make it plan each time.
    pub fn push_limit(&mut self, limit: i64) {
        self.sql.push_str(" LIMIT ");
        self.sql.push_str(&limit.to_string());
    }

    /// Adds a row lock on PostgreSQL, such as ` FOR KEY SHARE OF k`; SQLite's one writer needs none.
    pub const fn push_row_lock(&mut self, lock: &'static str) {
        self.row_lock = Some((self.sql.len(), lock));
    }

    /// The text for PostgreSQL or for SQLite.
    pub(super) fn into_sql(mut self, is_postgres: bool) -> String {
        if let Some((at, lock)) = self.row_lock.filter(|_| is_postgres) {
            self.sql.insert_str(at, lock);
        }
        self.sql
    }

    fn bind(&mut self, value: Option<Value>) {
        debug_assert!(value.is_some(), "fewer values than places in {}", self.name);
        let before = match self.reach {
            Reach::System | Reach::Kernel => 0,
            Reach::Project => 1,
            Reach::Tenant => 2,
        };
        self.values.extend(value);
        self.sql.push('$');
        self.sql.push_str(&(self.values.len() + before).to_string());
    }

    /// The text so far, for tests that prepare it.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.sql
    }
}
