//! Values on their way to either database.

use carcosa_types::{Id, Timestamp};
use serde_json::Value as Json;
use sqlx::{Arguments, Database, Encode, Type};
use uuid::Uuid;

/// A value bound to a statement. Each kind has a column type on both databases; `None` is a typed NULL.
#[derive(Debug, Clone, PartialEq)]
#[expect(missing_docs, reason = "the variants are the kinds")]
pub enum Value {
    Bool(Option<bool>),
    Int(Option<i64>),
    Text(Option<String>),
    Bytes(Option<Vec<u8>>),
    Uuid(Option<Uuid>),
    Time(Option<Timestamp>),
    Json(Option<Json>),
}

impl Value {
    pub(super) fn add_to<'q, A>(self, arguments: &mut A) -> Result<(), sqlx::error::BoxDynError>
    where
        A: Arguments,
        Option<bool>: Encode<'q, A::Database> + Type<A::Database>,
        Option<i64>: Encode<'q, A::Database> + Type<A::Database>,
        Option<String>: Encode<'q, A::Database> + Type<A::Database>,
        Option<Vec<u8>>: Encode<'q, A::Database> + Type<A::Database>,
        Option<Uuid>: Encode<'q, A::Database> + Type<A::Database>,
        Option<Timestamp>: Encode<'q, A::Database> + Type<A::Database>,
        Option<Json>: Encode<'q, A::Database> + Type<A::Database>,
        A::Database: Database,
    {
        match self {
            Self::Bool(v) => arguments.add(v),
            Self::Int(v) => arguments.add(v),
            Self::Text(v) => arguments.add(v),
            Self::Bytes(v) => arguments.add(v),
            Self::Uuid(v) => arguments.add(v),
            Self::Time(v) => arguments.add(v),
            Self::Json(v) => arguments.add(v),
        }
    }
}

macro_rules! from {
    ($($type:ty => $variant:ident |$v:ident| $convert:expr;)+) => { $(
        impl From<$type> for Value {
            fn from($v: $type) -> Self { Self::$variant(Some($convert)) }
        }
        impl From<Option<$type>> for Value {
            fn from(value: Option<$type>) -> Self { Self::$variant(value.map(|$v| $convert)) }
        }
    )+ };
}
from! {
    bool => Bool |v| v;
    i64 => Int |v| v;
    i32 => Int |v| i64::from(v);
    u32 => Int |v| i64::from(v);
    String => Text |v| v;
    &str => Text |v| v.to_owned();
    &String => Text |v| v.clone();
    Vec<u8> => Bytes |v| v;
    &[u8] => Bytes |v| v.to_vec();
    [u8; 32] => Bytes |v| v.to_vec();
    Uuid => Uuid |v| v;
    Timestamp => Time |v| v;
    Json => Json |v| v;
}
impl<K> From<Id<K>> for Value {
    fn from(id: Id<K>) -> Self {
        Self::Uuid(Some(id.uuid()))
    }
}
impl<K> From<Option<Id<K>>> for Value {
    fn from(id: Option<Id<K>>) -> Self {
        Self::Uuid(id.map(Id::uuid))
    }
}

/// The values of a statement, in order: `args![name, version]`.
#[macro_export]
macro_rules! args {
    ($($value:expr),* $(,)?) => { vec![$($crate::db::Value::from($value)),*] };
}
