//! A mail as it goes over the wire. The same letter and id always give the same bytes.

use std::time::{Duration, UNIX_EPOCH};

use carcosa_kernel::{Error, Result};
use carcosa_types::Timestamp;
use lettre::Message;
use lettre::message::header::{HeaderName, HeaderValue};
use lettre::message::{MultiPart, SinglePart};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::MailState;
use super::content::Content;
use super::model::Recipient;

/// A mail that was written and is to be sent.
#[derive(Serialize, Deserialize)]
pub(super) struct Letter {
    /// For whom.
    pub(super) to: Recipient,
    /// What it says.
    pub(super) content: Content,
    /// When it becomes useless.
    pub(super) not_after: Option<Timestamp>,
    /// When it was written: its `Date`.
    pub(super) written_at: Timestamp,
}

/// Puts the message together. The id makes its `Message-ID`.
pub(super) fn compose(state: &MailState, letter: &Letter, id: Uuid) -> Result<Message> {
    let rendered = state.templates().render(&letter.content, state.base_url())?;
    let parts = MultiPart::alternative()
        .boundary(format!("carcosa-{}", id.simple()))
        .singlepart(SinglePart::plain(rendered.text))
        .singlepart(SinglePart::html(rendered.html));
    let automatic = HeaderName::new_from_ascii_str("Auto-Submitted");
    Message::builder()
        .message_id(Some(message_id(state, id)))
        .date(UNIX_EPOCH + Duration::from_micros(u64::try_from(letter.written_at.micros()).unwrap_or(0)))
        .from(state.from().clone())
        .to(letter.to.mailbox())
        .subject(rendered.subject)
        // So that nobody's absence is answered to us (RFC 3834).
        .raw_header(HeaderValue::new(automatic, "auto-generated".to_owned()))
        .multipart(parts)
        .map_err(|cause| Error::internal(format!("a mail cannot be put together: {cause}")))
}

/// The `Message-ID` of the mail with this id.
pub(super) fn message_id(state: &MailState, id: Uuid) -> String {
    format!("<{}@{}>", id.simple(), state.from().email.domain())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn state(from: &str) -> MailState {
        MailState::new("", from, "https://tenants.example.com").unwrap()
    }

    fn letter(content: Content) -> Letter {
        let to = Recipient::parse("grace@example.com").unwrap();
        Letter { to, content, not_after: None, written_at: Timestamp::from_micros(1_795_253_400_000_000) }
    }

    fn formatted(from: &str, letter: &Letter) -> String {
        let message = compose(&state(from), letter, Uuid::from_u128(7)).unwrap();
        String::from_utf8(message.formatted()).unwrap()
    }

    fn header_names(message: &str) -> Vec<&str> {
        let headers = message.split("\r\n\r\n").next().unwrap();
        let lines = headers.split("\r\n").filter(|line| !line.starts_with([' ', '\t']));
        lines.map(|line| line.split(':').next().unwrap()).collect()
    }

    const HEADERS: [&str; 8] =
        ["Message-ID", "Date", "From", "To", "Subject", "Auto-Submitted", "MIME-Version", "Content-Type"];

    #[test]
    fn every_sample_is_a_message_of_two_parts() {
        for sample in Content::samples() {
            let message = formatted("Carcosa <no-reply@example.com>", &letter(sample));
            assert_eq!(header_names(&message), HEADERS);
            assert!(message.contains("Message-ID: <00000000000000000000000000000007@example.com>\r\n"));
            assert!(message.contains("Date: Sat, 21 Nov 2026 09:30:00 +0000\r\n"), "{message}");
            assert!(
                message.contains("To: grace@example.com\r\n") && message.contains("multipart/alternative")
            );
            let parts = ["Content-Type: text/plain; charset=utf-8", "Content-Type: text/html; charset=utf-8"];
            assert!(
                message.find(parts[0]).unwrap() < message.find(parts[1]).unwrap(),
                "the best part is the last"
            );
            assert!(message.is_ascii(), "any server takes it");
            assert!(message.lines().all(|line| line.len() <= 998), "any server takes it");
        }
    }

    #[test]
    fn the_same_letter_is_the_same_message() {
        let letter = letter(Content::samples().remove(0));
        assert_eq!(formatted("a@b.c", &letter), formatted("a@b.c", &letter));
    }

    #[test]
    fn no_name_makes_a_header_of_its_own() {
        let evil = [
            "Acme\r\nBcc: eve@example.com",
            "Acme\nBcc: eve@example.com\n\nHello",
            "Acme\rX-Evil: 1",
            "Acme\0\u{1}\u{7f}\u{85}\u{2028}\u{2029}",
            "=?utf-8?q?=0D=0ABcc:_eve@example.com?=",
            "Ünïcödé 株式会社 🏴\u{202e}",
            &"A".repeat(5000),
            &"é ".repeat(5000),
            "",
        ];
        for name in evil {
            let Content::Invitation(mut invitation) = Content::samples().remove(0) else {
                panic!("an invitation")
            };
            invitation.tenant_name = name.to_owned();
            invitation.inviter = Some(name.to_owned());
            invitation.role = name.to_owned();
            // As queued, and as it would be if that had been forgotten.
            for content in [Content::Invitation(invitation.clone()), Content::Invitation(invitation).tidy()] {
                let message = formatted("Carcosa <no-reply@example.com>", &letter(content));
                assert_eq!(header_names(&message), HEADERS, "{name:?}");
                let headers = message.split("\r\n\r\n").next().unwrap();
                assert!(
                    headers.bytes().all(|b| (b' '..=b'~').contains(&b) || b"\r\n".contains(&b)),
                    "{headers}"
                );
                assert!(headers.lines().all(|line| line.len() <= 200), "{headers}");
                assert!(!headers.contains("=?utf-8?q?"), "{headers}");
            }
        }
    }

    #[test]
    fn the_sender_s_name_may_be_in_any_script() {
        let message =
            formatted("\"Bücher, Inc.\" <no-reply@example.com>", &letter(Content::samples().remove(0)));
        assert_eq!(header_names(&message), HEADERS);
        assert!(message.contains("=?utf-8?b?") && message.contains("<no-reply@example.com>"), "{message}");
        let message = formatted("no-reply@bücher.example", &letter(Content::samples().remove(0)));
        assert!(message.contains("Message-ID: <00000000000000000000000000000007@xn--bcher-kva.example>\r\n"));
        assert!(message.is_ascii(), "{message}");
    }
}
