//! The mails there are: a type for each, with what its templates need.

use carcosa_types::Timestamp;
use serde::{Deserialize, Serialize};

use super::model::{MAX_NAME_CHARS, MAX_SUBJECT_CHARS, one_line};

/// What a mail says. Has no `Debug`: links let in whoever has them.
#[derive(Clone, Serialize, Deserialize)]
#[serde(tag = "template", rename_all = "snake_case")]
pub enum Content {
    /// Someone is invited to a tenant.
    Invitation(Invitation),
    /// Someone is invited to run the installation.
    OperatorInvitation(OperatorInvitation),
    /// An operator wants a new password.
    OperatorPasswordReset(OperatorPasswordReset),
    /// How an operator signs in was changed.
    OperatorSecurityNotice(OperatorSecurityNotice),
    /// A webhook endpoint was disabled because nothing reaches it.
    WebhookDisabled(WebhookDisabled),
    /// Whether mail works.
    Test(Test),
}

/// Someone is invited to a tenant.
#[derive(Clone, Serialize, Deserialize)]
pub struct Invitation {
    /// The tenant's name.
    pub tenant_name: String,
    /// Who invites: a name or an address, if it is a person.
    pub inviter: Option<String>,
    /// The role offered, as people know it.
    pub role: String,
    /// Where to accept.
    pub link: String,
    /// When the link stops working.
    pub expires_at: Timestamp,
    /// The tenant's main colour, `#rrggbb`, for the button.
    pub colour: Option<String>,
}

/// Someone is invited to run the installation.
#[derive(Clone, Serialize, Deserialize)]
pub struct OperatorInvitation {
    /// Who invites: a name or an address, if it is a person.
    pub inviter: Option<String>,
    /// The role offered, as people know it.
    pub role: String,
    /// Where to accept.
    pub link: String,
    /// When the link stops working.
    pub expires_at: Timestamp,
}

/// An operator, or someone who claims to be one, wants a new password.
#[derive(Clone, Serialize, Deserialize)]
pub struct OperatorPasswordReset {
    /// Where to choose it.
    pub link: String,
    /// When the link stops working.
    pub expires_at: Timestamp,
    /// The address that asked.
    pub ip: Option<String>,
}

/// How an operator signs in was changed.
#[derive(Clone, Serialize, Deserialize)]
pub struct OperatorSecurityNotice {
    /// What was changed.
    pub change: SecurityChange,
    /// When.
    pub at: Timestamp,
    /// From which address.
    pub ip: Option<String>,
    /// With what program, as it calls itself.
    pub user_agent: Option<String>,
}

/// A change of how an operator signs in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SecurityChange {
    /// The password.
    PasswordChanged,
    /// Another way to sign in, or another second factor.
    SignInMethodAdded,
    /// One less.
    SignInMethodRemoved,
    /// Other recovery codes, in the place of those before.
    RecoveryCodesReplaced,
}

/// A webhook endpoint was disabled because nothing reaches it.
#[derive(Clone, Serialize, Deserialize)]
pub struct WebhookDisabled {
    /// The host of its address; the rest may be a secret.
    pub host: String,
    /// Its id.
    pub endpoint: String,
    /// Whether it answered that it is gone, rather than failed for days.
    pub is_gone: bool,
    /// When it was disabled.
    pub at: Timestamp,
}

/// Whether mail works.
#[derive(Clone, Serialize, Deserialize)]
pub struct Test {
    /// When it was written.
    pub at: Timestamp,
}

impl Content {
    /// The name of its templates.
    #[must_use]
    pub const fn template(&self) -> &'static str {
        match self {
            Self::Invitation(_) => "invitation",
            Self::OperatorInvitation(_) => "operator_invitation",
            Self::OperatorPasswordReset(_) => "operator_password_reset",
            Self::OperatorSecurityNotice(_) => "operator_security_notice",
            Self::WebhookDisabled(_) => "webhook_disabled",
            Self::Test(_) => "test",
        }
    }

    /// What it is about: one line, whatever is in the names.
    #[must_use]
    pub fn subject(&self) -> String {
        let subject = match self {
            Self::Invitation(Invitation { inviter: Some(inviter), tenant_name, .. }) => {
                format!("{} invites you to {}", name(inviter), name(tenant_name))
            }
            Self::Invitation(invitation) => format!("You are invited to {}", name(&invitation.tenant_name)),
            Self::OperatorInvitation(_) => "You are invited to run Carcosa".to_owned(),
            Self::OperatorPasswordReset(_) => "Choose a new password for Carcosa".to_owned(),
            Self::OperatorSecurityNotice(notice) => match notice.change {
                SecurityChange::PasswordChanged => "Your Carcosa password was changed",
                SecurityChange::SignInMethodAdded => "A way to sign in to Carcosa was added",
                SecurityChange::SignInMethodRemoved => "A way to sign in to Carcosa was removed",
                SecurityChange::RecoveryCodesReplaced => "Your Carcosa recovery codes were replaced",
            }
            .to_owned(),
            Self::WebhookDisabled(webhook) => {
                format!("Webhooks to {} were stopped", name(&webhook.host))
            }
            Self::Test(_) => "Carcosa can send mail".to_owned(),
        };
        one_line(&subject, MAX_SUBJECT_CHARS)
    }

    /// Where it leads.
    #[must_use]
    pub fn link(&self) -> Option<&str> {
        match self {
            Self::Invitation(invitation) => Some(&invitation.link),
            Self::OperatorInvitation(invitation) => Some(&invitation.link),
            Self::OperatorPasswordReset(reset) => Some(&reset.link),
            Self::OperatorSecurityNotice(_) | Self::WebhookDisabled(_) | Self::Test(_) => None,
        }
    }

    /// The colour of its button.
    #[must_use]
    pub fn colour(&self) -> Option<&str> {
        match self {
            Self::Invitation(invitation) => invitation.colour.as_deref(),
            _ => None,
        }
    }

    /// The same, with every name on one line and of bearable length: a name must not look like a paragraph of the mail.
    #[must_use]
    pub fn tidy(mut self) -> Self {
        let optional = |text: &mut Option<String>| {
            *text = text.take().map(|text| name(&text)).filter(|text| !text.is_empty());
        };
        match &mut self {
            Self::Invitation(invitation) => {
                invitation.tenant_name = name(&invitation.tenant_name);
                invitation.role = name(&invitation.role);
                optional(&mut invitation.inviter);
            }
            Self::OperatorInvitation(invitation) => {
                invitation.role = name(&invitation.role);
                optional(&mut invitation.inviter);
            }
            Self::OperatorPasswordReset(reset) => optional(&mut reset.ip),
            Self::OperatorSecurityNotice(notice) => {
                optional(&mut notice.ip);
                optional(&mut notice.user_agent);
            }
            Self::WebhookDisabled(webhook) => webhook.host = name(&webhook.host),
            Self::Test(_) => {}
        }
        self
    }

    /// One of each, with all there can be and with as little as there can be, for tests and for trying out the templates.
    #[must_use]
    pub fn samples() -> Vec<Self> {
        let at = Timestamp::from_micros(1_795_253_400_000_000);
        let link = "https://tenants.example.com/join?x=1&y=2#sample-token".to_owned();
        let [ada, browser] =
            ["Ada Lovelace <ada@example.com>", "Mozilla/5.0 (X11)"].map(|text| Some(text.to_owned()));
        let (tenant_name, role) = ("Müller & Söhne".to_owned(), "Billing manager".to_owned());
        let ip = Some("2001:db8::1".to_owned());
        let colour = Some("#ffcc00".to_owned());
        let (inviter, expires_at) = (ada.clone(), at);
        let full =
            Invitation { tenant_name, inviter, role: role.clone(), link: link.clone(), expires_at, colour };
        let least = Invitation { inviter: None, colour: None, ..full.clone() };
        let operator = OperatorInvitation { inviter: ada, role, link: link.clone(), expires_at };
        let notice =
            |change| OperatorSecurityNotice { change, at, ip: ip.clone(), user_agent: browser.clone() };
        let webhook = WebhookDisabled {
            host: "hooks.example.com".to_owned(),
            endpoint: "ep_01h455vb4pex5vsknk084sn02q".to_owned(),
            is_gone: false,
            at,
        };
        vec![
            Self::Invitation(full),
            Self::Invitation(least),
            Self::OperatorInvitation(OperatorInvitation { inviter: None, ..operator.clone() }),
            Self::OperatorInvitation(operator),
            Self::OperatorPasswordReset(OperatorPasswordReset {
                link: link.clone(),
                expires_at,
                ip: ip.clone(),
            }),
            Self::OperatorPasswordReset(OperatorPasswordReset { link, expires_at, ip: None }),
            Self::OperatorSecurityNotice(notice(SecurityChange::PasswordChanged)),
            Self::OperatorSecurityNotice(notice(SecurityChange::SignInMethodAdded)),
            Self::OperatorSecurityNotice(notice(SecurityChange::RecoveryCodesReplaced)),
            Self::OperatorSecurityNotice(OperatorSecurityNotice {
                ip: None,
                user_agent: None,
                ..notice(SecurityChange::SignInMethodRemoved)
            }),
            Self::WebhookDisabled(WebhookDisabled { is_gone: true, ..webhook.clone() }),
            Self::WebhookDisabled(webhook),
            Self::Test(Test { at }),
        ]
    }
}

fn name(text: &str) -> String {
    one_line(text, MAX_NAME_CHARS)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_is_a_sample_of_every_mail_and_each_survives_being_stored() {
        let mut templates: Vec<&str> = Vec::new();
        for sample in Content::samples() {
            let stored = serde_json::to_value(&sample).unwrap();
            assert_eq!(stored["template"], sample.template());
            let read: Content = serde_json::from_value(stored.clone()).unwrap();
            assert_eq!(serde_json::to_value(&read).unwrap(), stored);
            templates.push(sample.template());
        }
        templates.dedup();
        let all = [
            "invitation",
            "operator_invitation",
            "operator_password_reset",
            "operator_security_notice",
            "webhook_disabled",
            "test",
        ];
        assert_eq!(templates, all);
    }

    #[test]
    fn a_name_is_neither_a_header_nor_a_paragraph() {
        let Content::Invitation(mut invitation) = Content::samples().remove(0) else {
            panic!("an invitation")
        };
        invitation.tenant_name = "Acme\r\nBcc: eve@example.com\r\n\r\nSend your password to us".to_owned();
        invitation.inviter = Some("\r\n".to_owned());
        let tidy = Content::Invitation(invitation.clone()).tidy();
        assert!(
            !tidy.subject().contains(['\r', '\n']) && tidy.subject().contains("You are invited to Acme Bcc:")
        );
        let Content::Invitation(tidy) = tidy else { panic!("an invitation") };
        assert!(!tidy.tenant_name.contains(['\r', '\n']) && tidy.inviter.is_none());
        invitation.tenant_name = "é".repeat(10_000);
        assert!(Content::Invitation(invitation).subject().chars().count() <= MAX_SUBJECT_CHARS);
    }
}
