//! Sessions of operators: who is signed in, and what their roles give.
//!
//! A session is looked up in the database with each request, never kept in memory: one that was revoked, or whose operator
//! lost a role, stops at once. Dashboards ask rarely enough.

use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use carcosa_types::operator::{PlatformRole, ProjectRole};
use carcosa_types::{Grants, OperatorId, PermissionSet, ProjectId, SessionId, error_codes};

use super::caller::{Caller, CallerKind, RequestContext};
use super::gate::Gate;
use super::write::{Write, write_as};
use crate::db::Scope;
use crate::secrets::{KeyHash, Purpose};
use crate::{Error, Kernel, Result, System};

error_codes! {
    INVALID_SESSION = "invalid_session", 401, "Session ended",
        "The session expired, was revoked, or never was. Sign in again.";
    PROJECT_NEEDED = "project_needed", 400, "Project needed",
        "An operator's request must name the project it is about, by id or slug, in the header `X-Carcosa-Project`.";
    PROJECT_NOT_FOUND = "project_not_found", 404, "Project not found",
        "No project has this id or slug, or it is not yours to see.";
}

/// What stands before a session's hash in the text that its CSRF token authenticates: nothing else is signed like it.
const CSRF: &[u8] = b"carcosa/csrf\0";

/// What a developer may not do in a project.
const NOT_FOR_DEVELOPERS: [&str; 4] =
    ["project:update", "tenant:delete", "tenant:transition", "token:create"];

/// A session that counts, and what its operator may do.
#[derive(Debug, Clone)]
pub struct SessionRecord {
    /// Its id.
    pub id: SessionId,
    /// The keyed hash of its token, by which it was found.
    pub hash: KeyHash,
    /// Who signed in.
    pub operator_id: OperatorId,
    /// Their e-mail address, for the log.
    pub email: String,
    /// What they may do in the installation.
    pub platform_role: Option<PlatformRole>,
    /// What they may do in single projects.
    pub project_roles: Vec<(ProjectId, ProjectRole)>,
    /// Whether they signed in with a second factor.
    pub mfa: bool,
}

impl SessionRecord {
    /// What the operator may do in the installation as a whole.
    #[must_use]
    pub fn grants_in_installation(&self) -> Grants {
        grants_in_installation(self.platform_role)
    }

    /// What the operator may do in a project; `None` when they may not even know of it.
    #[must_use]
    pub fn grants_in(&self, project: ProjectId) -> Option<Grants> {
        let of_platform = self.platform_role.map(|role| match role {
            PlatformRole::SuperAdmin => Grants::everything(),
            PlatformRole::Support => Grants::everything().reading(),
        });
        let of_project =
            self.project_roles.iter().find(|(id, _)| *id == project).map(|(_, role)| match role {
                ProjectRole::Owner | ProjectRole::Admin => Grants::everything(),
                ProjectRole::Developer => {
                    let kept_back = PermissionSet::parse(NOT_FOR_DEVELOPERS).unwrap_or_default();
                    // By name and without `*`: whoever is given all that a developer has must not be given everything.
                    Grants::of(kept_back.missing(PermissionSet::all()).names())
                }
                ProjectRole::Viewer => Grants::everything().reading(),
            });
        match (of_platform, of_project) {
            (Some(one), Some(other)) => Some(one.union(&other)),
            (one, other) => one.or(other),
        }
    }

    /// Whether a page of this session sent this. Takes the same time wherever it differs.
    #[must_use]
    pub fn is_csrf_token(&self, kernel: &Kernel, text: &str) -> bool {
        let tag = BASE64_URL_SAFE_NO_PAD.decode(text).unwrap_or_default();
        kernel.secrets().verify(Purpose::KeyHash, &csrf_text(&self.hash), &tag)
    }
}

/// What a role gives in the installation as a whole.
#[must_use]
pub fn grants_in_installation(role: Option<PlatformRole>) -> Grants {
    match role {
        Some(PlatformRole::SuperAdmin) => Grants::of_operators(),
        Some(PlatformRole::Support) => Grants::of_operators().reading(),
        None => Grants::default(),
    }
}

/// What a page must send with each change, of the session whose token has this hash: it changes with the token.
pub fn csrf_token(kernel: &Kernel, hash: &KeyHash) -> Result<String> {
    let tag = kernel.secrets().sign(Purpose::KeyHash, &csrf_text(hash))?;
    Ok(BASE64_URL_SAFE_NO_PAD.encode(tag))
}

fn csrf_text(hash: &KeyHash) -> Vec<u8> {
    [CSRF, hash.as_bytes().as_slice()].concat()
}

impl Gate {
    /// The session whose token has one of these hashes, if it counts.
    pub async fn session(&self, hashes: &[KeyHash]) -> Result<SessionRecord> {
        for hash in hashes {
            if let Some(found) = self.kernel.directory().session(&self.kernel, hash).await? {
                return Ok(found);
            }
        }
        Err(Error::new(INVALID_SESSION, "The session ended; sign in again."))
    }

    /// An operator at work on the project with this id or slug. One that they may not know of is not found.
    pub async fn operator_in_project(
        &self,
        session: &SessionRecord,
        project: Option<&str>,
        context: RequestContext,
    ) -> Result<Caller> {
        let name = project.ok_or_else(|| {
            Error::new(PROJECT_NEEDED, "Name the project, by id or slug, in the header X-Carcosa-Project.")
        })?;
        let id = self.kernel.directory().project_named(&self.kernel, name).await?;
        let (id, grants) = id.and_then(|id| Some((id, session.grants_in(id)?))).ok_or_else(|| {
            Error::new(PROJECT_NOT_FOUND, "The header X-Carcosa-Project names no project of yours.")
        })?;
        Ok(Caller::operator(session, id, grants, context))
    }
}

impl Caller {
    /// An operator at work on the installation as a whole.
    #[must_use]
    pub fn operator_in_installation(session: &SessionRecord, context: RequestContext) -> Self {
        Self::operator(session, ProjectId::INSTALLATION, session.grants_in_installation(), context)
    }

    fn operator(
        session: &SessionRecord,
        project: ProjectId,
        grants: Grants,
        context: RequestContext,
    ) -> Self {
        Self {
            kind: CallerKind::Operator(session.operator_id),
            name: Some(session.email.clone()),
            project,
            tenant: None,
            gives: grants.clone(),
            grants,
            // What an operator gives, such as an API key, outlives the session it was given in.
            expires_at: None,
            facts: carcosa_types::security_policy::SignInFacts { address: context.ip, ..Default::default() },
            context,
        }
    }

    /// Someone at the door, who may do nothing that needs a permission: nobody known, or the operator who just proved to be
    /// one.
    #[must_use]
    pub fn at_the_door(operator: Option<(OperatorId, &str)>, context: RequestContext) -> Self {
        Self {
            kind: operator.map_or(CallerKind::System, |(id, _)| CallerKind::Operator(id)),
            name: operator.map(|(_, email)| email.to_owned()),
            project: ProjectId::INSTALLATION,
            tenant: None,
            grants: Grants::default(),
            gives: Grants::default(),
            expires_at: None,
            facts: carcosa_types::security_policy::SignInFacts { address: context.ip, ..Default::default() },
            context,
        }
    }
}

impl System {
    /// Changes what belongs to the installation as a whole, in the name of someone at its door; must be recorded like any
    /// other change. Permissions decide nothing here: signing in and out needs none.
    pub async fn write_installation(&self, caller: Caller) -> Result<Write> {
        write_as(self.kernel(), caller, Scope::Founding(ProjectId::INSTALLATION), None).await
    }

    /// Makes the first project and what the installation needs, in the name of someone at its door.
    pub async fn found_project_as(&self, project: ProjectId, caller: Caller) -> Result<Write> {
        write_as(self.kernel(), caller, Scope::Founding(project), None).await
    }
}

#[cfg(test)]
mod tests {
    use carcosa_types::permission;
    use uuid::Uuid;

    use super::*;

    fn record(platform: Option<PlatformRole>, roles: &[(ProjectId, ProjectRole)]) -> SessionRecord {
        SessionRecord {
            id: SessionId::from_uuid(Uuid::nil()),
            hash: KeyHash::from([0; 32]),
            operator_id: OperatorId::from_uuid(Uuid::nil()),
            email: "ada@example.com".to_owned(),
            platform_role: platform,
            project_roles: roles.to_vec(),
            mfa: false,
        }
    }

    #[test]
    fn support_reads_everything_and_changes_nothing() {
        let support = record(Some(PlatformRole::Support), &[]);
        let (here, there) = (support.grants_in_installation(), support.grants_in(project(1)).unwrap());
        for row in permission::REGISTRY {
            assert!(!row.mutates || !(here.contains(row) || there.contains(row)), "{}", row.name);
        }
        assert!(here.allows("operator:read") && there.allows("tenant:read"));
        assert!(!there.allows("invoice:approve"), "the application's own permissions may change something");
    }

    #[test]
    fn a_super_admin_may_do_everything_everywhere() {
        let admin = record(Some(PlatformRole::SuperAdmin), &[(project(1), ProjectRole::Viewer)]);
        for row in permission::REGISTRY {
            assert!(admin.grants_in_installation().contains(row), "{}", row.name);
            let in_projects = row.place != permission::Place::Installation;
            assert_eq!(admin.grants_in(project(1)).unwrap().contains(row), in_projects, "{}", row.name);
        }
    }

    #[test]
    fn a_role_in_a_project_is_one_in_that_project() {
        let (own, other) = (project(1), project(2));
        for role in [ProjectRole::Owner, ProjectRole::Admin, ProjectRole::Developer, ProjectRole::Viewer] {
            let record = record(None, &[(own, role)]);
            assert!(record.grants_in_installation().is_empty(), "{role:?}");
            assert!(record.grants_in(other).is_none(), "{role:?}");
            assert!(record.grants_in(own).unwrap().allows("tenant:read"), "{role:?}");
        }
        let grants = |role| record(None, &[(own, role)]).grants_in(own).unwrap();
        assert_eq!(grants(ProjectRole::Owner), Grants::everything());
        assert_eq!(grants(ProjectRole::Admin), Grants::everything());
        let developer = grants(ProjectRole::Developer);
        for kept_back in NOT_FOR_DEVELOPERS {
            assert!(!developer.allows(kept_back) && permission::row(kept_back).is_some(), "{kept_back}");
        }
        assert_eq!(
            developer.own().names().count() + NOT_FOR_DEVELOPERS.len(),
            PermissionSet::all().names().count()
        );
        assert!(developer.allows("key:create") && !developer.allows("invoice:approve"));
        assert!(!developer.names().contains(&"*".to_owned()));
        assert!(!grants(ProjectRole::Viewer).allows("tenant:create"));
    }

    fn project(number: u128) -> ProjectId {
        ProjectId::from_uuid(Uuid::from_u128(number))
    }
}
