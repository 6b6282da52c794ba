//! Pages of a list by key, and their cursors.
//!
//! A page starts after (or ends before) the sort key of an item, so inserts never shift it. A cursor is that key,
//! authenticated together with the list and its filters: one that was changed, or taken from another list, is
//! refused.

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use carcosa_types::Page;
use carcosa_types::page::{DEFAULT_LIMIT, MAX_LIMIT, PageInfo, PageQuery};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::error::INVALID_CURSOR;
use crate::secrets::{Keyring, Purpose};
use crate::{Error, Kernel, Result};

/// Bytes of a cursor's authentication tag.
const TAG_LEN: usize = 32;

/// Which part of a list to read. `K` is the sort key: a tuple ending in something unique.
#[derive(Debug, Clone)]
pub struct Window<K> {
    limit: u32,
    start: Option<K>,
    backward: bool,
    context: Vec<u8>,
}

impl<K: Serialize + DeserializeOwned> Window<K> {
    /// Reads the caller's parameters. `list` and `filters` are what its cursors will be bound to.
    pub fn open(kernel: &Kernel, list: &str, filters: &impl Serialize, query: &PageQuery) -> Result<Self> {
        let mut context = list.as_bytes().to_vec();
        context.push(0);
        context.extend(serde_json::to_vec(filters)?);
        let limit = query.limit.unwrap_or(DEFAULT_LIMIT).clamp(1, MAX_LIMIT);
        let mut window = Self { limit, start: None, backward: query.before.is_some(), context };
        if query.after.is_some() && query.before.is_some() {
            return Err(Error::parameter("before", "conflict", "must not be given together with after"));
        }
        if let Some(cursor) = query.after.as_deref().or(query.before.as_deref()) {
            window.start = Some(window.read(kernel, cursor)?);
        }
        Ok(window)
    }

    /// How many rows to fetch: one more than the page holds, to know whether there are more.
    #[must_use]
    pub fn fetch(&self) -> i64 {
        i64::from(self.limit) + 1
    }

    /// The key to start from, exclusive.
    #[must_use]
    pub const fn start(&self) -> Option<&K> {
        self.start.as_ref()
    }

    /// Whether to travel against the list's order.
    #[must_use]
    pub const fn is_backward(&self) -> bool {
        self.backward
    }

    /// Makes the page out of the rows fetched in the direction of travel.
    pub fn page<T>(&self, kernel: &Kernel, mut rows: Vec<T>, key: impl Fn(&T) -> K) -> Result<Page<T>> {
        let limit = usize::try_from(self.limit).unwrap_or(usize::MAX);
        let has_more = rows.len() > limit;
        rows.truncate(limit);
        if self.backward {
            rows.reverse();
        }
        let cursor = |row: Option<&T>| row.map(|row| self.write(kernel, &key(row))).transpose();
        let page = PageInfo {
            before: cursor(rows.first())?,
            after: cursor(rows.last())?,
            has_more,
            ..PageInfo::default()
        };
        Ok(Page { data: rows, page })
    }

    /// A page that may be short: the rows were looked for as far as `stopped`, where its cursor goes on.
    pub fn page_as_far_as<T>(
        &self,
        kernel: &Kernel,
        rows: Vec<T>,
        key: impl Fn(&T) -> K,
        stopped: Option<&K>,
    ) -> Result<Page<T>> {
        let mut page = self.page(kernel, rows, key)?;
        if let Some(stopped) = stopped {
            let cursor = Some(self.write(kernel, stopped)?);
            *(if self.backward { &mut page.page.before } else { &mut page.page.after }) = cursor;
            page.page.has_more = true;
        }
        Ok(page)
    }

    /// The cursor of a key.
    pub fn write(&self, kernel: &Kernel, key: &K) -> Result<String> {
        seal(&kernel.secrets(), &self.context, &serde_json::to_vec(key)?)
    }

    fn read(&self, kernel: &Kernel, cursor: &str) -> Result<K> {
        open(&kernel.secrets(), &self.context, cursor)
            .and_then(|text| serde_json::from_slice(&text).ok())
            .ok_or_else(|| {
                let detail = "The cursor is damaged, or belongs to a list with other filters or order.";
                Error::new(INVALID_CURSOR, detail)
            })
    }
}

/// The text and its tag, as one word.
fn seal(secrets: &Keyring, context: &[u8], text: &[u8]) -> Result<String> {
    let tag = secrets.sign(Purpose::Cursor, &signed(context, text))?;
    Ok(BASE64_URL_SAFE_NO_PAD.encode([text, &tag].concat()))
}

/// The text of a cursor that [`seal`] made in the same context.
fn open(secrets: &Keyring, context: &[u8], cursor: &str) -> Option<Vec<u8>> {
    let bytes = BASE64_URL_SAFE_NO_PAD.decode(cursor).ok()?;
    let (text, tag) = bytes.split_last_chunk::<TAG_LEN>()?;
    secrets.verify(Purpose::Cursor, &signed(context, text), tag).then(|| text.to_vec())
}

/// What the tag covers: the list and its filters, length first, then the key.
fn signed(context: &[u8], text: &[u8]) -> Vec<u8> {
    [(context.len() as u64).to_be_bytes().as_slice(), context, text].concat()
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::{any, prop_assert, prop_assert_eq, proptest};

    use super::*;

    fn ring(byte: u8) -> Keyring {
        let mut ring = Keyring::default();
        ring.add(Purpose::Cursor, 1, [byte; 32]);
        ring
    }

    proptest! {
        #[test]
        fn a_cursor_opens_where_it_was_made_and_nowhere_else(
            context in vec(any::<u8>(), 0..40), other in vec(any::<u8>(), 0..40), text in vec(any::<u8>(), 0..80),
        ) {
            let cursor = seal(&ring(1), &context, &text).unwrap();
            prop_assert_eq!(open(&ring(1), &context, &cursor), Some(text.clone()));
            prop_assert!(other == context || open(&ring(1), &other, &cursor).is_none());
            prop_assert!(open(&ring(2), &context, &cursor).is_none());
        }

        #[test]
        fn a_changed_cursor_opens_nowhere(text in vec(any::<u8>(), 0..80), at in any::<usize>(), flip in 1_u8..=255) {
            let cursor = seal(&ring(1), b"list", &text).unwrap();
            let mut bytes = BASE64_URL_SAFE_NO_PAD.decode(&cursor).unwrap();
            let at = at % bytes.len();
            bytes[at] ^= flip;
            prop_assert!(open(&ring(1), b"list", &BASE64_URL_SAFE_NO_PAD.encode(&bytes)).is_none());
            bytes.truncate(at);
            prop_assert!(open(&ring(1), b"list", &BASE64_URL_SAFE_NO_PAD.encode(&bytes)).is_none());
        }

        #[test]
        fn garbage_is_no_cursor(cursor in "\\PC{0,200}") {
            prop_assert!(open(&ring(1), b"list", &cursor).is_none());
        }
    }
}
