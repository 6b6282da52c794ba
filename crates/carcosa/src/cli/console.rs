//! The operator at the machine's console.

use carcosa_kernel::directory::TenantRef;
use carcosa_kernel::error::TENANT_NOT_FOUND;
use carcosa_kernel::{Access, Caller, Error, Gate, InTenant, Kernel, Result};
use carcosa_types::{Permission, Validate, Violations};
use serde::Serialize;

use super::show;
use crate::capabilities::projects;

/// An open installation and how to print.
pub(crate) struct Console {
    gate: Gate,
    json: bool,
}

impl Console {
    /// The console of an installation.
    #[must_use]
    pub(crate) fn new(kernel: &Kernel, json: bool) -> Self {
        Self { gate: Gate::new(kernel), json }
    }

    /// The installation.
    #[must_use]
    pub(crate) const fn kernel(&self) -> &Kernel {
        self.gate.kernel()
    }

    async fn caller(&self, project: Option<&str>) -> Result<Caller> {
        let project = projects::service::named(self.kernel(), project).await?;
        Ok(self.gate.console(project.id))
    }

    /// Access to a project, by id or slug; to the only one there is when not named.
    pub(crate) async fn access<P: Permission>(&self, project: Option<&str>) -> Result<Access<P>> {
        self.gate.in_project(self.caller(project).await?).await
    }

    /// Access to a tenant, by id, `slug:acme` or `ext:42`.
    pub(crate) async fn tenant_access<P: Permission>(
        &self,
        project: Option<&str>,
        tenant: &str,
    ) -> Result<Access<P, InTenant>> {
        let name = TenantRef::parse(tenant).ok_or_else(|| {
            Error::new(
                TENANT_NOT_FOUND,
                format!("`{tenant}` names no tenant: use an id, `slug:acme` or `ext:42`."),
            )
        })?;
        self.gate.in_tenant(self.caller(project).await?, &name, None).await
    }

    /// Prints an object or a page: as a table of these columns (all when empty), or as JSON.
    pub(crate) fn show<T: Serialize>(&self, value: &T, columns: &[&str]) {
        show(self.json, value, columns);
    }

    /// Prints one of many: a line for people, or a line of JSON.
    pub(crate) fn tell<T: Serialize>(&self, value: &T, text: &str) {
        match serde_json::to_string(value) {
            Ok(json) if self.json => show::line(&json),
            _ => show::line(text),
        }
    }

    /// Tells people something that programs need not know.
    pub(crate) fn hint(&self, text: &str) {
        if !self.json {
            show::line(text);
        }
    }
}

/// A body that passes its own rules.
pub(crate) fn checked<T: Validate>(body: T) -> Result<T> {
    let mut violations = Violations::default();
    body.validate(&mut violations);
    if violations.is_empty() { Ok(body) } else { Err(Error::invalid(violations.into_vec())) }
}
