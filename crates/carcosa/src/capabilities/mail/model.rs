//! Rules of addresses, of names in headers, and of colours.

use std::fmt::Write;

use carcosa_types::validate::is_invisible;
use lettre::Address;
use lettre::message::Mailbox;
use serde::{Deserialize, Serialize};
use url::Host;

/// Longest address, in bytes ([RFC 5321](https://www.rfc-editor.org/rfc/rfc5321#section-4.5.3.1)).
pub const MAX_ADDRESS_LEN: usize = 254;
/// Most characters of a name in a mail; a longer one is cut.
pub const MAX_NAME_CHARS: usize = 100;
/// Most characters of a subject; a longer one is cut.
pub const MAX_SUBJECT_CHARS: usize = 200;
/// Longest link, in bytes.
pub const MAX_LINK_LEN: usize = 2048;

/// Whom a mail is for: an address without a name, at most [`MAX_ADDRESS_LEN`] bytes. Quoted local parts and addresses of
/// machines (`ada@[192.0.2.1]`) are not taken. A domain in another script is kept as DNS and every mail server know it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Recipient(Address);

impl Recipient {
    /// Reads an address; `None` when it is none, or more than one.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let plain =
            |c: char| !c.is_whitespace() && !c.is_control() && !is_invisible(c) && !"<>\"[]".contains(c);
        if text.len() > MAX_ADDRESS_LEN || !text.chars().all(plain) {
            return None;
        }
        let address: Address = text.parse().ok()?;
        // What a URL would decode is no domain of an address.
        let domain = Some(address.domain()).filter(|domain| !domain.contains('%'))?;
        let Ok(Host::Domain(domain)) = Host::parse(domain) else { return None };
        Address::new(address.user(), domain).ok().map(Self)
    }

    /// As the `To` of a message.
    #[must_use]
    pub fn mailbox(&self) -> Mailbox {
        Mailbox::new(None, self.0.clone())
    }
}

impl TryFrom<String> for Recipient {
    type Error = &'static str;
    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text).ok_or("not an address")
    }
}

impl From<Recipient> for String {
    fn from(recipient: Recipient) -> Self {
        recipient.0.to_string()
    }
}

/// Reads `ada@example.com` or `Ada <ada@example.com>`, whom mails are from; `None` when it is neither.
#[must_use]
pub fn sender(text: &str) -> Option<Mailbox> {
    if text.chars().any(|c| c.is_control() || is_invisible(c)) {
        return None;
    }
    let mailbox: Mailbox = text.parse().ok()?;
    // An address that not every mail server takes would stop all mail.
    let address = Recipient::parse(mailbox.email.as_ref())?.0;
    let address = Some(address).filter(|address| address.user().is_ascii())?;
    let name = mailbox.name.map(|name| one_line(&name, MAX_NAME_CHARS)).filter(|name| !name.is_empty());
    Some(Mailbox::new(name, address))
}

/// A text as one line of at most `most` characters: line breaks and other control characters become spaces, what is invisible
/// or turns the text around goes, and nothing in it reads as an encoded word, which mail programs would decode
/// ([RFC 2047](https://www.rfc-editor.org/rfc/rfc2047)).
#[must_use]
pub fn one_line(text: &str, most: usize) -> String {
    let visible: String =
        text.chars().filter(|c| !is_invisible(*c)).map(|c| if c.is_control() { ' ' } else { c }).collect();
    let words: Vec<&str> = visible.split_whitespace().collect();
    let line = words.join(" ").replace("=?", "= ?");
    if line.chars().count() <= most {
        return line;
    }
    let cut: String = line.chars().take(most.saturating_sub(1)).collect();
    format!("{}…", cut.trim_end())
}

/// Whether a link may stand in a mail: `http` or `https`, visible ASCII, at most [`MAX_LINK_LEN`] bytes.
#[must_use]
pub fn is_link(text: &str) -> bool {
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    text.len() <= MAX_LINK_LEN
        && rest.is_some_and(|rest| !rest.is_empty() && rest.bytes().all(|byte| byte.is_ascii_graphic()))
}

/// The colours of a button.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Button {
    /// Behind the text, `#rrggbb`.
    pub background: String,
    /// Of the text: black or white, whichever is read better on the background.
    pub text: &'static str,
}

impl Button {
    /// A button of this colour (`#rrggbb`); of Carcosa's own when it is none.
    #[must_use]
    pub fn of(colour: Option<&str>) -> Self {
        let rgb = colour.and_then(rgb).unwrap_or([0x1f, 0x4f, 0xd8]);
        let mut background = String::from("#");
        for part in rgb {
            let _ = write!(background, "{part:02x}");
        }
        // Above this luminance black has more contrast than white (WCAG 2.2, relative luminance and contrast ratio).
        let text = if luminance(rgb) > 0.179 { "#000000" } else { "#ffffff" };
        Self { background, text }
    }
}

fn rgb(colour: &str) -> Option<[u8; 3]> {
    let digits = colour.strip_prefix('#').filter(|digits| digits.len() == 6 && digits.is_ascii())?;
    let part = |at: usize| u8::from_str_radix(&digits[at..at + 2], 16).ok();
    digits.bytes().all(|digit| digit.is_ascii_hexdigit()).then_some([part(0)?, part(2)?, part(4)?])
}

fn luminance(rgb: [u8; 3]) -> f64 {
    let linear = |part: u8| {
        let part = f64::from(part) / 255.0;
        if part <= 0.04045 { part / 12.92 } else { ((part + 0.055) / 1.055).powf(2.4) }
    };
    0.2126 * linear(rgb[0]) + 0.7152 * linear(rgb[1]) + 0.0722 * linear(rgb[2])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_one_address_and_nothing_else() {
        let domain = format!("{}.{}.{}", "b".repeat(63), "c".repeat(63), "d".repeat(61));
        let longest = format!("{}@{domain}", "a".repeat(64));
        assert_eq!(longest.len(), MAX_ADDRESS_LEN);
        let plain = ["ada@example.com", "ada+x@sub.example.co", "o'neill@example.com", "ada@localhost"];
        for good in plain.into_iter().chain(["пост@пример.рф", &longest]) {
            assert!(Recipient::parse(good).is_some(), "{good}");
        }
        let kept = Recipient::parse("пост@пример.рф").map(String::from);
        assert_eq!(kept.as_deref(), Some("пост@xn--e1afmkfd.xn--p1ai"));
        for bad in [
            "",
            "ada",
            "@example.com",
            "ada@",
            "Ada <ada@example.com>",
            "<ada@example.com>",
            "ada@example.com, eve@example.com",
            "ada@example.com;eve@example.com",
            "ada@example.com>\r\nRCPT TO:<eve@example.com",
            "ada@example.com\r\nBcc: eve@example.com",
            "ada@example.com\n",
            "ada\0@example.com",
            "ada@exam\u{0}ple.com",
            "ada@example.com SIZE=1",
            " ada@example.com",
            "ada@@example.com",
            "\"ada eve\"@example.com",
            "\"ada\r\n\"@example.com",
            "ada@[192.0.2.1]",
            "ada@192.0.2.1",
            "ada@a%2eb",
            "ada\u{202e}@example.com",
            "ada@exa\u{200b}mple.com",
            &format!("{}@example.com", "a".repeat(65)),
            &format!("ada@{}.com", "b".repeat(64)),
            &format!("{longest}d"),
        ] {
            assert!(Recipient::parse(bad).is_none(), "{bad:?}");
        }
    }

    #[test]
    fn a_sender_may_have_a_name() {
        assert_eq!(sender("no-reply@example.com").unwrap().name, None);
        let carcosa = sender("Carcosa <no-reply@localhost>").unwrap();
        assert_eq!((carcosa.name.as_deref(), carcosa.email.domain()), (Some("Carcosa"), "localhost"));
        assert_eq!(sender("a@bücher.example").unwrap().email.domain(), "xn--bcher-kva.example");
        assert_eq!(sender("\"Carcosa, Inc.\" <a@b.c>").unwrap().name.as_deref(), Some("Carcosa, Inc."));
        for bad in ["", "Carcosa", "Carcosa <x>", "A <a@b.c>, B <b@b.c>", "é@b.c"] {
            assert!(sender(bad).is_none(), "{bad:?}");
        }
        for bad in ["A\r\nBcc: x@y.z <a@b.c>", "\"A\u{1}\" <a@b.c>", "A\u{202e} <a@b.c>"] {
            assert!(sender(bad).is_none(), "{bad:?}");
        }
    }

    #[test]
    fn whatever_is_in_a_name_it_stays_on_one_line() {
        for (text, line) in [
            ("Acme", "Acme"),
            ("Acme\r\nBcc: eve@example.com", "Acme Bcc: eve@example.com"),
            ("a\u{0}b\u{7}c\u{b}d\u{7f}e\u{85}f\u{2028}g", "a b c d e f g"),
            ("\u{202e}gnp.exe\u{200b}\u{feff}", "gnp.exe"),
            ("=?utf-8?q?=0ABcc:_x?=", "= ?utf-8?q?=0ABcc:_x?="),
            ("  Åbo \t Akademi  ", "Åbo Akademi"),
            ("\r\n\t", ""),
        ] {
            assert_eq!(one_line(text, 100), line, "{text:?}");
        }
        assert_eq!(one_line(&"é".repeat(100), 100), "é".repeat(100));
        assert_eq!(one_line(&"é".repeat(101), 100), format!("{}…", "é".repeat(99)));
        assert_eq!(one_line(&"ab ".repeat(1000), 10), "ab ab ab…");
    }

    #[test]
    fn a_link_leads_to_a_page() {
        assert!(is_link("https://example.com/join#token"));
        assert!(is_link(&format!("https://{}", "a".repeat(MAX_LINK_LEN - 8))));
        for bad in [
            "",
            "https://",
            "javascript:alert(1)",
            "//x",
            "https://a b",
            "https://a\r\nb",
            "https://é",
            "HTTPS://a",
        ] {
            assert!(!is_link(bad), "{bad:?}");
        }
        assert!(!is_link(&format!("https://{}", "a".repeat(MAX_LINK_LEN - 7))));
    }

    #[test]
    fn a_button_can_be_read_on_any_colour() {
        assert_eq!(Button::of(Some("#FFCC00")), Button { background: "#ffcc00".to_owned(), text: "#000000" });
        assert_eq!(Button::of(Some("#000080")).text, "#ffffff");
        for wrong in ["red", "#fff", "#12345g", "#+12345", "#123456;position:fixed", "#ééé"] {
            assert_eq!(Button::of(Some(wrong)), Button::of(None), "{wrong}");
        }
    }
}
