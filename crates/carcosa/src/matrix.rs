//! The access matrix: what each kind of principal may do with each permission, in its own tenant, in a foreign one, and in its own
//! when that is suspended. Made from the registry; a test asks the server about every cell.

use std::fmt::Write;

use carcosa_kernel::access::session::SessionRecord;
use carcosa_types::operator::{PlatformRole, ProjectRole};
use carcosa_types::permission::{PermissionRow, Place, REGISTRY};
use carcosa_types::role::BUILT_IN;
use carcosa_types::{Grants, OperatorId, ProjectId, SessionId};
use uuid::Uuid;

use crate::reference::GENERATED;

/// Who asks. Keys have every scope that they can have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Principal {
    /// An API key of the project.
    ProjectKey,
    /// An API key of a tenant.
    TenantKey,
    /// A member of a tenant with this built-in role, by access token.
    Member(&'static str),
    /// An operator with a role in the installation.
    Platform(PlatformRole),
    /// An operator with a role in the project.
    Operator(ProjectRole),
}

/// About which tenant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Situation {
    /// The principal's own; for those of the project, one of the project's.
    Own,
    /// Another tenant; for those of the project, one of another project.
    Foreign,
    /// The own one, suspended.
    Suspended,
}

/// What comes of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// It may.
    Allowed,
    /// 403.
    Denied,
    /// 404, like something that does not exist.
    Hidden,
}

impl Principal {
    /// Every one, from strong to weak within its kind.
    #[must_use]
    pub fn all() -> Vec<Self> {
        let members = BUILT_IN.iter().map(|role| Self::Member(role.key));
        let platform = [PlatformRole::SuperAdmin, PlatformRole::Support].map(Self::Platform);
        let project = [ProjectRole::Owner, ProjectRole::Admin, ProjectRole::Developer, ProjectRole::Viewer];
        let first = [Self::ProjectKey, Self::TenantKey].into_iter();
        first.chain(members).chain(platform).chain(project.map(Self::Operator)).collect()
    }

    /// What it is called in the matrix.
    #[must_use]
    pub fn name(self) -> String {
        match self {
            Self::ProjectKey => "project key".to_owned(),
            Self::TenantKey => "tenant key".to_owned(),
            Self::Member(role) => role.to_owned(),
            Self::Platform(PlatformRole::SuperAdmin) => "super admin".to_owned(),
            Self::Platform(PlatformRole::Support) => "support".to_owned(),
            Self::Operator(role) => format!("project {}", format!("{role:?}").to_lowercase()),
        }
    }

    /// Whether it belongs to one tenant, and stops with it.
    #[must_use]
    pub const fn is_of_tenant(self) -> bool {
        matches!(self, Self::TenantKey | Self::Member(_))
    }

    fn grants(self) -> Grants {
        match self {
            Self::ProjectKey => Grants::everything(),
            Self::TenantKey => Grants::everything().within_tenant(),
            Self::Member(key) => {
                let role = BUILT_IN.iter().find(|role| role.key == key);
                Grants::of(role.map(|role| role.permissions).unwrap_or_default().iter().copied())
                    .within_tenant()
            }
            Self::Platform(role) => session(Some(role), None).grants_in(PROJECT).unwrap_or_default(),
            Self::Operator(role) => session(None, Some(role)).grants_in(PROJECT).unwrap_or_default(),
        }
    }

    fn grants_in_installation(self) -> Grants {
        match self {
            Self::Platform(role) => session(Some(role), None).grants_in_installation(),
            _ => Grants::default(),
        }
    }
}

const PROJECT: ProjectId = ProjectId::from_uuid(Uuid::from_u128(1));

fn session(platform_role: Option<PlatformRole>, project_role: Option<ProjectRole>) -> SessionRecord {
    SessionRecord {
        id: SessionId::from_uuid(Uuid::nil()),
        hash: [0; 32].into(),
        operator_id: OperatorId::from_uuid(Uuid::nil()),
        email: String::new(),
        platform_role,
        project_roles: project_role.map(|role| (PROJECT, role)).into_iter().collect(),
        mfa: false,
    }
}

/// What comes of a principal's request that needs a permission and is about a tenant in this situation.
#[must_use]
pub fn outcome(principal: Principal, row: &PermissionRow, situation: Situation) -> Outcome {
    let grants = if row.place == Place::Installation {
        principal.grants_in_installation()
    } else {
        principal.grants()
    };
    let granted = grants.contains(row);
    match situation {
        Situation::Suspended if principal.is_of_tenant() => Outcome::Denied,
        // Members are told nothing of tenants in which they are nothing; others are told first that they may not at all.
        Situation::Foreign if granted || matches!(principal, Principal::Member(_)) => Outcome::Hidden,
        _ if granted => Outcome::Allowed,
        _ => Outcome::Denied,
    }
}

/// The matrix as Markdown.
#[must_use]
pub fn markdown() -> String {
    let principals = Principal::all();
    let mut text = format!(
        "{GENERATED}# Access matrix\n\nWhat comes of a request that needs a permission, by who asks: in a tenant of their own (for those of the \
         project: of the project), in a foreign one, and in their own when it is suspended. `a`: allowed. `d`: denied (403). `h`: hidden (404). \
         Keys have all scopes they can have; members have one built-in role; what operators may do in the installation as a whole is in the rows \
         of `operator:` and `installation:`, where tenants do not matter.\n\n| permission |"
    );
    for principal in &principals {
        let _ = write!(text, " {} |", principal.name());
    }
    text.push_str("\n|---|");
    text.push_str(&"---|".repeat(principals.len()));
    text.push('\n');
    for row in REGISTRY {
        let _ = write!(text, "| `{}` |", row.name);
        for principal in &principals {
            let cell = [Situation::Own, Situation::Foreign, Situation::Suspended].map(|situation| {
                match outcome(*principal, row, situation) {
                    Outcome::Allowed => "a",
                    Outcome::Denied => "d",
                    Outcome::Hidden => "h",
                }
            });
            let _ = write!(
                text,
                " {} |",
                if row.place == Place::Installation { cell[0].to_owned() } else { cell.join("") }
            );
        }
        text.push('\n');
    }
    text
}
