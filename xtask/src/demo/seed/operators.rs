//! Those who run the installation, and its second project.

use serde_json::json;

use super::client::Client;
use super::text;
use crate::demo::Access;
use crate::shell::Result;

/// The password of the second operator; the first one's is made by `carcosa bootstrap`.
const PASSWORD: &str = "a lamp in the lighthouse";

pub(super) fn plant(port: u16, access: &Access) -> Result {
    let admin = Client::signed_in(port, &access.email, &access.password)?;
    let project = json!({ "name": "CardVault Staging", "slug": "cardvault-staging", "environment": "test" });
    let project = admin.post("/v1/projects", &project)?;
    let support =
        json!({ "email": "support@example.com", "name": "Mirembe Nakato", "platform_role": "support" });
    let invited = admin.post("/v1/operators", &support)?;
    let (_, token) =
        text(&invited, "/invitation_url")?.split_once('#').ok_or("an invitation without a token")?;
    let body = json!({ "token": token, "password": PASSWORD });
    Client::nobody(port).post("/v1/operators/invitations/accept", &body)?;
    let roles = json!([{ "project_id": text(&project, "/id")?, "role": "developer" }]);
    let developer = json!({ "email": "dev@example.com", "name": "Bjarne Holm", "project_roles": roles });
    admin.post("/v1/operators", &developer)?;

    let staging = admin.in_project("cardvault-staging");
    for (name, plan) in [("Test Shop", "free"), ("Load test", "enterprise"), ("Ünïcödé & Søns", "pro")] {
        staging.post("/v1/tenants", &json!({ "name": name, "plan": plan }))?;
    }
    Ok(())
}
