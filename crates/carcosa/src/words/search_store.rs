//! SQL of searches in an index of words: which of the query's words leads, how far one answer looks, and what is found.
//!
//! An answer looks at no more than [`LOOKED_THROUGH`] occurrences of the leading word, however rare what is found is among them;
//! where it stopped, the next one goes on.

use carcosa_kernel::db::{Assembled, Reach};
use carcosa_kernel::{Result, Tx, args};
use sqlx::FromRow;
use uuid::Uuid;

use super::{COMMON, LOOKED_THROUGH, distinct, end_of};

/// Where something stands in what was found: the word that matches, and its id.
pub(crate) type Spot = (String, Uuid);

/// The SQL of one index, in which `s` is an occurrence of a word; [`word_index!`](crate::word_index) writes it.
pub(crate) struct WordIndex {
    pub(crate) name: &'static str,
    pub(crate) frequency: &'static str,
    pub(crate) occurrences: &'static str,
    pub(crate) after: &'static str,
    pub(crate) before: &'static str,
    pub(crate) up_to: &'static str,
    pub(crate) down_to: &'static str,
    pub(crate) is_first: &'static str,
    pub(crate) has_word: &'static str,
    pub(crate) ascending: &'static str,
    pub(crate) descending: &'static str,
}

/// The [`WordIndex`] of a table with the columns `project_id`, `term`, and the one named second: the id of what has the word.
/// The table is to be indexed both by project, term and id, and by project, id and term.
macro_rules! word_index {
    ($table:literal, $id:literal) => {
        $crate::words::WordIndex {
            name: concat!($table, ".search"),
            frequency: concat!("SELECT count(*) AS count FROM (SELECT 1 FROM ", $table, " s WHERE s.project_id = $1"),
            occurrences: concat!("SELECT s.", $id, " AS id, s.term FROM ", $table, " s WHERE s.project_id = $1"),
            after: concat!(" AND (s.term, s.", $id, ") > (?, ?)"),
            before: concat!(" AND (s.term, s.", $id, ") < (?, ?)"),
            up_to: concat!(" AND (s.term, s.", $id, ") <= (?, ?)"),
            down_to: concat!(" AND (s.term, s.", $id, ") >= (?, ?)"),
            is_first: concat!(
                " AND (SELECT 1 FROM ",
                $table,
                " f WHERE f.project_id = s.project_id AND f.",
                $id,
                " = s.",
                $id,
                " AND f.term >= ? AND f.term < s.term LIMIT 1) IS NULL"
            ),
            // Written so that the database asks it of one after the other, and stops when the page is full; `EXISTS` it
            // would turn into a join of all.
            has_word: concat!(
                " AND (SELECT 1 FROM ",
                $table,
                " w WHERE w.project_id = s.project_id AND w.",
                $id,
                " = s.",
                $id,
                " AND w.term >= ? AND w.term < ? LIMIT 1) IS NOT NULL"
            ),
            ascending: concat!(" ORDER BY s.term, s.", $id),
            descending: concat!(" ORDER BY s.term DESC, s.", $id, " DESC"),
        }
    };
}
pub(crate) use word_index;

/// One answer's part of what words find.
pub(crate) struct Search {
    index: &'static WordIndex,
    /// The rarest word.
    lead: String,
    others: Vec<String>,
    back: bool,
    start: Option<Spot>,
    /// Where looking stops, when there is more.
    horizon: Option<Spot>,
}

#[derive(FromRow)]
struct CountRow {
    count: i64,
}

#[derive(FromRow)]
struct Occurrence {
    id: Uuid,
    term: String,
}

impl Search {
    /// Chooses the word that leads, and finds how far it is looked, on from a place; `None` when there are no words.
    pub(crate) async fn open(
        tx: &mut Tx,
        index: &'static WordIndex,
        words: Vec<String>,
        back: bool,
        start: Option<Spot>,
    ) -> Result<Option<Self>> {
        let Some((lead, others)) = lead(tx, index, words, start.as_ref()).await? else { return Ok(None) };
        let mut search = Self { index, lead, others, back, start, horizon: None };
        let mut query = Assembled::new(index.name, Reach::Project, index.occurrences);
        search.confine(&mut query);
        search.travel(&mut query);
        query.push(" LIMIT 2 OFFSET ?", args![LOOKED_THROUGH - 1]);
        let rows = tx.all_of::<Occurrence>(query).await?;
        if rows.len() == 2 {
            search.horizon = rows.into_iter().next().map(|last| (last.term, last.id));
        }
        Ok(Some(search))
    }

    /// Narrows to words that begin with the leading one, on from the start.
    fn confine(&self, query: &mut Assembled) {
        query.push(" AND s.term >= ? AND s.term < ?", args![&self.lead, end_of(&self.lead)]);
        if let Some((term, id)) = &self.start {
            query.push(if self.back { self.index.before } else { self.index.after }, args![term, *id]);
        }
    }

    /// Narrows to what is found, each by the first of its words that match.
    pub(crate) fn narrow(&self, query: &mut Assembled) {
        self.confine(query);
        if let Some((term, id)) = &self.horizon {
            query.push(if self.back { self.index.down_to } else { self.index.up_to }, args![term, *id]);
        }
        query.push(self.index.is_first, args![&self.lead]);
        for word in &self.others {
            query.push(self.index.has_word, args![word, end_of(word)]);
        }
    }

    /// Orders what is found: those whose matching word is shortest and first in the alphabet first, or last on the way back.
    pub(crate) fn travel(&self, query: &mut Assembled) {
        query.push(if self.back { self.index.descending } else { self.index.ascending }, args![]);
    }

    /// Whether more may be found than what this answer looks at.
    pub(crate) const fn is_partial(&self) -> bool {
        self.horizon.is_some()
    }

    /// Where an answer that found less than it has room for stopped looking.
    pub(crate) fn stopped(self, found: usize, room: i64) -> Option<Spot> {
        let is_full = i64::try_from(found).unwrap_or(i64::MAX) >= room;
        self.horizon.filter(|_| !is_full)
    }
}

/// The word that leads, and the others. On later pages it is the one that led before, which the term of the place begins with.
async fn lead(
    tx: &mut Tx,
    index: &WordIndex,
    words: Vec<String>,
    start: Option<&Spot>,
) -> Result<Option<(String, Vec<String>)>> {
    let mut words = distinct(words);
    let (mut lead, mut rarest) = (0, i64::MAX);
    for (at, word) in words.iter().enumerate() {
        let count = match start {
            Some((term, _)) => i64::from(!term.starts_with(word.as_str())),
            None if words.len() == 1 => 0,
            None => frequency(tx, index, word).await?,
        };
        if count < rarest {
            (lead, rarest) = (at, count);
        }
    }
    Ok((!words.is_empty()).then(|| (words.swap_remove(lead), words)))
}

/// How many occurrences begin with a word, counted up to a limit.
async fn frequency(tx: &mut Tx, index: &WordIndex, word: &str) -> Result<i64> {
    let mut query = Assembled::new(index.name, Reach::Project, index.frequency);
    query.push(" AND s.term >= ? AND s.term < ?", args![word, end_of(word)]);
    query.push_limit(COMMON);
    query.push(") some_terms", args![]);
    Ok(tx.all_of::<CountRow>(query).await?.first().map_or(0, |row| row.count))
}
