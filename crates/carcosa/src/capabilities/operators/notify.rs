//! What operators are written by mail. The one place that knows how mail is sent.

use carcosa_kernel::{Error, Kernel, Result, System, Write};
use carcosa_types::operator::Operator;
use carcosa_types::{ProjectId, Timestamp};

use super::model::role_name;
use super::store;
use crate::capabilities::mail::content::{
    Content, OperatorInvitation, OperatorPasswordReset, OperatorSecurityNotice, SecurityChange,
};
use crate::capabilities::mail::model::Recipient;
use crate::capabilities::mail::service::{self, Mail};

/// Whom to write about a project: its owners and admins, or those who may do everything; at most `limit`.
pub(crate) async fn of_project(system: &System, project: ProjectId, limit: i64) -> Result<Vec<Recipient>> {
    let emails = store::runners(&mut system.read().await?, project, limit).await?;
    Ok(emails.iter().filter_map(|email| Recipient::parse(email)).collect())
}

/// How an operator's way to sign in changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Change {
    /// Another password.
    Password,
    /// A second factor more.
    Added,
    /// A second factor less.
    Removed,
    /// Other recovery codes.
    RecoveryCodes,
}

/// Whether this installation sends mail, and can to this address.
pub(super) fn reaches(kernel: &Kernel, email: &str) -> bool {
    service::is_on(kernel) && Recipient::parse(email).is_some()
}

/// Invites someone to become an operator.
pub(super) fn invited(
    write: &mut Write,
    operator: &Operator,
    inviter: Option<String>,
    (url, expires_at): (&str, Timestamp),
) -> Result<()> {
    let role = role_name(operator.platform_role, &operator.project_roles);
    let content = OperatorInvitation { inviter, role, link: url.to_owned(), expires_at };
    send(write, operator, Content::OperatorInvitation(content), Some(expires_at))
}

/// Lets an operator choose a new password.
pub(super) fn reset(
    write: &mut Write,
    operator: &Operator,
    ip: Option<String>,
    (url, expires_at): (&str, Timestamp),
) -> Result<()> {
    let content = OperatorPasswordReset { link: url.to_owned(), expires_at, ip };
    send(write, operator, Content::OperatorPasswordReset(content), Some(expires_at))
}

/// Tells an operator that how they sign in was changed: if they did not do it, someone else did.
pub(super) fn changed(write: &mut Write, operator: &Operator, change: Change) -> Result<()> {
    let context = write.caller().context();
    let content = OperatorSecurityNotice {
        change: match change {
            Change::Password => SecurityChange::PasswordChanged,
            Change::Added => SecurityChange::SignInMethodAdded,
            Change::Removed => SecurityChange::SignInMethodRemoved,
            Change::RecoveryCodes => SecurityChange::RecoveryCodesReplaced,
        },
        at: write.kernel().now(),
        ip: context.ip.map(|ip| ip.to_string()),
        user_agent: context.user_agent.clone(),
    };
    // An address that no mail reaches must not keep its operator from changing a password.
    if !reaches(write.kernel(), &operator.email) {
        return Ok(());
    }
    send(write, operator, Content::OperatorSecurityNotice(content), None)
}

fn send(
    write: &mut Write,
    operator: &Operator,
    content: Content,
    not_after: Option<Timestamp>,
) -> Result<()> {
    let to = Recipient::parse(&operator.email)
        .ok_or_else(|| Error::internal("an operator's e-mail address is none that mail can be sent to"))?;
    service::enqueue(write, Mail { to, content, not_after })
}
