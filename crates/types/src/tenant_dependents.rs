//! What hangs on a tenant.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What would be affected if the tenant stopped. Each count stops at 10,000.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TenantDependents {
    /// Always `tenant_dependents`.
    #[schemars(extend("const" = "tenant_dependents"))]
    pub object: String,
    /// Memberships, as in the tenant's `counts.members`.
    pub members: i64,
    /// Its API keys that work: not revoked, turned on, and not expired.
    pub keys_active: i64,
    /// Its webhook endpoints that are sent to.
    pub webhook_endpoints_enabled: i64,
    /// Invitations that can still be accepted.
    pub invitations_pending: i64,
    /// Its organizations.
    pub organizations: i64,
    /// Tenants directly below it that are not deleted.
    pub children: i64,
    /// Resources that it lets others use, and that have not ended.
    pub shares_given: i64,
    /// Resources of others that it may use, and that have not ended.
    pub shares_received: i64,
    /// The names of the counts that stopped at 10,000: there are at least so many.
    pub capped: Vec<String>,
}
