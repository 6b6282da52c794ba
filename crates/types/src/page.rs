//! Pages of a list.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Most items that one page may hold.
pub const MAX_LIMIT: u32 = 100;
/// Items on a page when `limit` is not given.
pub const DEFAULT_LIMIT: u32 = 20;
/// Counting stops here: a larger `total` is reported as this number with `total_is_capped`.
pub const TOTAL_CAP: i64 = 10_000;

/// One page of a list.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "{T}Page")]
pub struct Page<T> {
    /// The items, in the order asked for.
    pub data: Vec<T>,
    /// Where this page lies in the list.
    pub page: PageInfo,
}

/// Where a page lies in its list.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PageInfo {
    /// Pass as `after` for the following page; `null` on an empty page.
    pub after: Option<String>,
    /// Pass as `before` for the preceding page; `null` on an empty page.
    pub before: Option<String>,
    /// Whether there are more items in the direction of travel.
    pub has_more: bool,
    /// How many items match in all; present only when asked for with `total=true`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub total: Option<i64>,
    /// The count stopped before the end, at 10,000 or since enough was looked at: there are `total` or more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub total_is_capped: Option<bool>,
}

/// The parameters that every list takes.
#[derive(Debug, Clone, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PageQuery {
    /// Items per page, 1–100; 20 when absent.
    #[serde(default)]
    #[schemars(range(min = 1, max = 100))]
    pub limit: Option<u32>,
    /// Start after this cursor, taken from `page.after`.
    #[serde(default)]
    #[schemars(length(max = 2048))]
    pub after: Option<String>,
    /// End before this cursor, taken from `page.before`.
    #[serde(default)]
    #[schemars(length(max = 2048))]
    pub before: Option<String>,
}

impl crate::Validate for PageQuery {}

/// The parameters of a list that can be filtered.
pub trait Filters {
    /// Takes out what every list takes. What is left are the filters, which a cursor is bound to.
    fn take_paging(&mut self) -> PageQuery;
}

/// Declares the filters of a list: the fields given, and the three of [`PageQuery`].
macro_rules! filters {
    ($(#[$about:meta])* pub struct $name:ident { $($fields:tt)* }) => {
        $(#[$about])*
        #[derive(Debug, Clone, Default, serde::Serialize, serde::Deserialize, schemars::JsonSchema)]
        #[serde(deny_unknown_fields)]
        pub struct $name {
            /// Items per page, 1–100; 20 when absent.
            #[serde(default)]
            #[schemars(range(min = 1, max = 100))]
            pub limit: Option<u32>,
            /// Start after this cursor, taken from `page.after`.
            #[serde(default)]
            #[schemars(length(max = 2048))]
            pub after: Option<String>,
            /// End before this cursor, taken from `page.before`.
            #[serde(default)]
            #[schemars(length(max = 2048))]
            pub before: Option<String>,
            $($fields)*
        }

        impl $crate::page::Filters for $name {
            fn take_paging(&mut self) -> $crate::page::PageQuery {
                let Self { limit, after, before, .. } = self;
                $crate::page::PageQuery { limit: limit.take(), after: after.take(), before: before.take() }
            }
        }
    };
}
pub(crate) use filters;
