//! How objects and enumerations stand in text columns.

use carcosa_kernel::{Error, Result};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// A value as compact JSON.
pub(crate) fn write_json<T: Serialize>(value: &T) -> Result<String> {
    Ok(serde_json::to_string(value)?)
}

/// A value out of JSON.
pub(crate) fn read_json<T: DeserializeOwned>(text: &str) -> Result<T> {
    Ok(serde_json::from_str(text)?)
}

/// The word of an enumeration's variant, as on the wire.
pub(crate) fn write_word<T: Serialize>(variant: T) -> Result<String> {
    match serde_json::to_value(variant)? {
        serde_json::Value::String(word) => Ok(word),
        other => Err(Error::internal(format!("not a word: {other}"))),
    }
}

/// The variant of a word.
pub(crate) fn read_word<T: DeserializeOwned>(word: &str) -> Result<T> {
    Ok(serde_json::from_value(word.into())?)
}
