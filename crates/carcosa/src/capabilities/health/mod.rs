//! Health: whether the server lives, whether it can serve, and what is wrong with an installation.
//!
//! `/health/live` answers while the process runs; `/health/ready` when requests can be served. `GET /v1/installation` tells
//! operators how the parts fare. `carcosa doctor` looks at
//! everything an operator could have got wrong, and says how to mend it.

pub mod api;
pub(crate) mod cli;
mod disk;
pub mod installation;
