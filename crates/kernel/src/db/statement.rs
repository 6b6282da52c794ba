//! Statements: one SQL text for both databases, registered so that tests can prepare every one.

/// How far a statement reaches, and so which values the kernel binds to it by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// The whole installation. Runs only in a system transaction; nothing is bound.
    System,
    /// One project: `$1` is the project of the transaction, never a value of the caller's.
    Project,
    /// One tenant: `$1` is the project and `$2` the tenant in focus.
    Tenant,
    /// The kernel's own bookkeeping (log, idempotency, jobs), in any transaction; nothing is bound.
    Kernel,
}

/// A statement and how far it reaches.
#[derive(Debug, Clone, Copy)]
pub struct Statement {
    /// Its name, for traces and test failures.
    pub name: &'static str,
    /// What the kernel binds.
    pub reach: Reach,
    /// The text for SQLite.
    pub sqlite: &'static str,
    /// The text for PostgreSQL: the same unless a named exception.
    pub postgres: &'static str,
}

/// Declares the statements of a store and the list of them.
///
/// ```ignore
/// statements! {
///     project INSERT = "INSERT INTO tenants (project_id, id) VALUES ($1, $2)";
///     tenant LOCK locking = "SELECT * FROM tenants WHERE project_id = $1 AND id = $2";
///     system CLAIM = sqlite "…" postgres "…";
/// }
/// ```
/// `locking` adds `FOR UPDATE` on PostgreSQL; SQLite's one writer needs no row locks. `sqlite … postgres …` is the
/// escape hatch for the few texts that must differ.
#[macro_export]
macro_rules! statements {
    ($($(#[$doc:meta])* $reach:ident $name:ident $($kind:ident)? = $($dialect:ident)? $text:literal $(, $other:ident $other_text:literal)?;)*) => {
        $(
            $(#[$doc])*
            static $name: $crate::db::Statement = $crate::statements!(
                @one $reach $name [$($kind)?] [$($dialect)?] $text $(, $other_text)?
            );
        )*
        /// Every statement of this store.
        pub static STATEMENTS: &[&$crate::db::Statement] = &[$(&$name),*];
    };
    (@one $reach:ident $name:ident [] [] $text:literal) => {
        $crate::db::Statement {
            name: stringify!($name), reach: $crate::statements!(@reach $reach), sqlite: $text, postgres: $text,
        }
    };
    (@one $reach:ident $name:ident [locking] [] $text:literal) => {
        $crate::db::Statement {
            name: stringify!($name), reach: $crate::statements!(@reach $reach),
            sqlite: $text, postgres: concat!($text, " FOR UPDATE"),
        }
    };
    (@one $reach:ident $name:ident [] [sqlite] $text:literal, $other:literal) => {
        $crate::db::Statement {
            name: stringify!($name), reach: $crate::statements!(@reach $reach), sqlite: $text, postgres: $other,
        }
    };
    (@reach system) => { $crate::db::Reach::System };
    (@reach project) => { $crate::db::Reach::Project };
    (@reach tenant) => { $crate::db::Reach::Tenant };
    (@reach kernel) => { $crate::db::Reach::Kernel };
}
