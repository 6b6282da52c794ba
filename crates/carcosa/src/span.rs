//! Spans of ids, for those who read a table from end to end.

use carcosa_kernel::args;
use carcosa_kernel::db::{Assembled, Value};
use uuid::Uuid;

/// Which rows of a table whose rows have an `id`, in the order of their ids.
#[derive(Debug, Clone)]
pub(crate) enum Span {
    /// Up to `limit`, with ids greater than `after` and up to `until`.
    Range { after: Option<Uuid>, until: Option<Uuid>, limit: i64 },
    /// Those of these that there are. At least one.
    Of(Vec<Uuid>),
}

impl Span {
    /// Ends a query of one table with it, after `WHERE project_id = $1`.
    pub(crate) fn confine(&self, query: &mut Assembled) {
        match self {
            Self::Range { after, until, limit } => {
                if let Some(after) = after {
                    query.push(" AND id > ?", args![*after]);
                }
                if let Some(until) = until {
                    query.push(" AND id <= ?", args![*until]);
                }
                query.push(" ORDER BY id", args![]);
                query.push_limit(*limit);
            }
            Self::Of(ids) => {
                query.push(" AND id IN ", args![]);
                query.push_list(ids.iter().map(|id| Value::from(*id)));
                query.push(" ORDER BY id", args![]);
            }
        }
    }
}
