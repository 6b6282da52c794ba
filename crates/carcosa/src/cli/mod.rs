//! The command line: the operator's verbs, through the same services as the API.

mod commands;
mod console;
mod show;

pub use commands::main;
pub(crate) use console::{Console, checked};
pub(crate) use show::show;
