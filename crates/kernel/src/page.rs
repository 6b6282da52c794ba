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
use crate::secrets::Purpose;
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
            return Err(Error::parameter("before", "conflict", "must not be given together with `after`"));
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

    /// The cursor of a key.
    pub fn write(&self, kernel: &Kernel, key: &K) -> Result<String> {
        let mut text = serde_json::to_vec(key)?;
        let tag = kernel.secrets().sign(Purpose::Cursor, &self.signed(&text))?;
        text.extend(tag);
        Ok(BASE64_URL_SAFE_NO_PAD.encode(text))
    }

    fn read(&self, kernel: &Kernel, cursor: &str) -> Result<K> {
        let refused = || {
            Error::new(
                INVALID_CURSOR,
                "The cursor is damaged, or belongs to a list with other filters or order.",
            )
        };
        let bytes = BASE64_URL_SAFE_NO_PAD.decode(cursor).map_err(|_| refused())?;
        let (text, tag) = bytes.split_last_chunk::<TAG_LEN>().ok_or_else(refused)?;
        if !kernel.secrets().verify(Purpose::Cursor, &self.signed(text), tag) {
            return Err(refused());
        }
        serde_json::from_slice(text).map_err(|_| refused())
    }

    /// What the tag covers: the list and its filters, length first, then the key.
    fn signed(&self, text: &[u8]) -> Vec<u8> {
        [(self.context.len() as u64).to_be_bytes().as_slice(), &self.context, text].concat()
    }
}
