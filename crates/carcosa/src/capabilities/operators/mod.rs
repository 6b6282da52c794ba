//! Operators: the people who run the installation, and how they sign in.
//!
//! - **Tables:** `operators`, `installation`, `operator_roles`, `operator_sessions`, `operator_recovery_codes`,
//!   `operator_tokens`, `setup_token`, `sign_in_attempts`, `oidc_states`.
//! - **Permissions:** `operator:read`, `operator:create`, `operator:update`, `operator:delete`, in the installation. Signing in
//!   and out, and what concerns only oneself, needs none.
//! - **Events:** `operator.*`, `session.created`, `session.revoked`, in the log of the installation.
//! - **Invariants:** an installation gets its first operator once, by `carcosa bootstrap` or by the link that `carcosa serve` prints until
//!   then; some enabled super admin who can sign in is always left; a password is
//!   kept only as an Argon2id hash; tokens of sessions, links and recovery codes only as keyed hashes; a one-time code, a recovery
//!   code and a link count once; a session ends at once when it is revoked or its operator disabled. Whoever does not know
//!   the password learns nothing of whether an address is an operator's, and keeps no one out who signed in from that browser
//!   before.
//!
//! `service.rs` has the operators themselves, `setup.rs` how the first one is made in a browser, `sign_in.rs` the door, `sessions.rs` what follows, `second_factor.rs` and
//! `recovery.rs` what their names say, `single_sign_on.rs` the way over a provider, whose protocol is `provider.rs`. A way to
//! sign in that is added needs a kind in `CredentialKind` and in `SignInMethodKind`, and ends in `sessions::open`.
//! Endpoints for which someone needs a permission are in `administration_api.rs`, those of the door and of oneself in `api.rs`.

pub mod administration_api;
pub mod api;
pub(crate) mod cli;
pub mod config;
pub mod error;
pub mod id_token;
pub mod jobs;
pub mod model;
pub(crate) mod notify;
pub mod passwords;
pub mod provider;
pub mod recovery;
pub mod second_factor;
pub mod service;
pub mod session_store;
pub mod sessions;
pub mod setup;
pub mod setup_store;
pub mod sign_in;
pub mod single_sign_on;
pub mod store;
pub mod throttle;
pub mod token_store;
