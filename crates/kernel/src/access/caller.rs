//! Who is calling.

use std::net::IpAddr;

use carcosa_types::security_policy::SignInFacts;
use carcosa_types::{Grants, KeyId, OperatorId, ProjectId, TenantId, Timestamp, UserId};
use uuid::Uuid;

/// Where a request came from; recorded with every change.
#[derive(Debug, Clone, Default)]
pub struct RequestContext {
    /// The request's id.
    pub request_id: String,
    /// The caller's address.
    pub ip: Option<IpAddr>,
    /// What the caller says it is.
    pub user_agent: Option<String>,
}

/// What kind of caller this is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CallerKind {
    /// An API key.
    Key(KeyId),
    /// An operator who signed in.
    Operator(OperatorId),
    /// A user of the application, by an access token.
    User(UserId),
    /// The operator at the machine's console.
    Cli,
    /// Background work.
    System,
}

impl CallerKind {
    /// Its name in the log.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Key(_) => "api_key",
            Self::Operator(_) => "operator",
            Self::User(_) => "user",
            Self::Cli => "cli",
            Self::System => "system",
        }
    }

    /// The id of the credential or person, when there is one.
    #[must_use]
    pub const fn id(self) -> Option<Uuid> {
        match self {
            Self::Key(id) => Some(id.uuid()),
            Self::Operator(id) => Some(id.uuid()),
            Self::User(id) => Some(id.uuid()),
            Self::Cli | Self::System => None,
        }
    }
}

/// Someone authenticated, and all they may do.
#[derive(Debug, Clone)]
pub struct Caller {
    pub(super) kind: CallerKind,
    pub(super) name: Option<String>,
    pub(super) project: ProjectId,
    pub(super) tenant: Option<TenantId>,
    pub(super) grants: Grants,
    pub(super) gives: Grants,
    pub(super) expires_at: Option<Timestamp>,
    /// Of a user: how, when and from where. Of others only from where.
    pub(super) facts: SignInFacts,
    pub(super) context: RequestContext,
}

impl Caller {
    pub(crate) fn internal(kind: CallerKind, project: ProjectId) -> Self {
        Self {
            kind,
            name: None,
            project,
            tenant: None,
            grants: Grants::of_operators(),
            gives: Grants::of_operators(),
            expires_at: None,
            facts: SignInFacts::default(),
            context: RequestContext::default(),
        }
    }

    /// What kind of caller.
    #[must_use]
    pub const fn kind(&self) -> CallerKind {
        self.kind
    }
    /// A name for people.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }
    /// The project it belongs to, or works on.
    #[must_use]
    pub const fn project(&self) -> ProjectId {
        self.project
    }
    /// The tenant it is confined to, if any.
    #[must_use]
    pub const fn tenant(&self) -> Option<TenantId> {
        self.tenant
    }
    /// All it may do where it is: for a user, in the tenant that access was given to.
    #[must_use]
    pub const fn grants(&self) -> &Grants {
        &self.grants
    }
    /// What of it the caller may hand on: what a user has under conditions alone is not theirs to give without them.
    #[must_use]
    pub const fn gives(&self) -> &Grants {
        &self.gives
    }
    /// When its credential stops by itself.
    #[must_use]
    pub const fn expires_at(&self) -> Option<Timestamp> {
        self.expires_at
    }
    /// The user, when it is one.
    #[must_use]
    pub const fn user(&self) -> Option<UserId> {
        match self.kind {
            CallerKind::User(user) => Some(user),
            _ => None,
        }
    }
    /// What is known of how, when and from where it works.
    #[must_use]
    pub const fn facts(&self) -> &SignInFacts {
        &self.facts
    }
    /// Where its request came from.
    #[must_use]
    pub const fn context(&self) -> &RequestContext {
        &self.context
    }
    pub(super) fn id(&self) -> Uuid {
        self.kind.id().unwrap_or_default()
    }
}
