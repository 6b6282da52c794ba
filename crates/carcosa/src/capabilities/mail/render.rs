//! Templates, in the program itself: a text and an HTML part for each mail.

use carcosa_kernel::{Error, Result};
use carcosa_types::Timestamp;
use minijinja::syntax::SyntaxConfig;
use minijinja::value::{Serde, Value};
use minijinja::{Environment, ErrorKind, UndefinedBehavior};
use serde::Serialize;

use super::content::Content;
use super::model::Button;

/// Name and source. What ends in `.html` is escaped.
const SOURCES: &[(&str, &str)] = &[
    ("layout.html", include_str!("templates/layout.html")),
    ("layout.txt", include_str!("templates/layout.txt")),
    ("invitation.html", include_str!("templates/invitation.html")),
    ("invitation.txt", include_str!("templates/invitation.txt")),
    ("operator_invitation.html", include_str!("templates/operator_invitation.html")),
    ("operator_invitation.txt", include_str!("templates/operator_invitation.txt")),
    ("operator_password_reset.html", include_str!("templates/operator_password_reset.html")),
    ("operator_password_reset.txt", include_str!("templates/operator_password_reset.txt")),
    ("operator_security_notice.html", include_str!("templates/operator_security_notice.html")),
    ("operator_security_notice.txt", include_str!("templates/operator_security_notice.txt")),
    ("webhook_disabled.html", include_str!("templates/webhook_disabled.html")),
    ("webhook_disabled.txt", include_str!("templates/webhook_disabled.txt")),
    ("test.html", include_str!("templates/test.html")),
    ("test.txt", include_str!("templates/test.txt")),
];

/// The templates, read once.
pub(super) struct Templates(Environment<'static>);

/// A mail's texts.
pub(super) struct Rendered {
    /// One line.
    pub(super) subject: String,
    /// For programs that show no HTML, and people who want none.
    pub(super) text: String,
    /// The same, laid out.
    pub(super) html: String,
}

#[derive(Serialize)]
struct Page<'a> {
    subject: &'a str,
    /// The server that writes.
    site: &'a str,
    button: Button,
    mail: &'a Content,
}

impl Templates {
    /// Reads the templates.
    pub(super) fn new() -> Result<Self> {
        let mut environment = Environment::new();
        environment.set_undefined_behavior(UndefinedBehavior::Strict);
        let syntax = SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build();
        environment.set_syntax(syntax.map_err(|cause| broken(&cause))?);
        environment.add_filter("when", when);
        for (name, source) in SOURCES {
            environment.add_template(name, source).map_err(|cause| broken(&cause))?;
        }
        Ok(Self(environment))
    }

    /// Fills in a mail, in the name of the server at `site`.
    pub(super) fn render(&self, mail: &Content, site: &str) -> Result<Rendered> {
        let subject = mail.subject();
        let page = Page { subject: &subject, site, button: Button::of(mail.colour()), mail };
        let value = Value::from(Serde(&page));
        let fill = |ending: &str| {
            let template = self.0.get_template(&format!("{}.{ending}", mail.template()));
            template.and_then(|template| template.render(value.clone())).map_err(|cause| broken(&cause))
        };
        let (text, html) = (fill("txt")?, fill("html")?);
        Ok(Rendered { subject, text, html })
    }
}

/// Says where a template is broken, and nothing of what it was filled with.
fn broken(cause: &minijinja::Error) -> Error {
    let (name, line) = (cause.name().unwrap_or("?"), cause.line().unwrap_or(0));
    Error::internal(format!("mail template {name}, line {line}: {}", cause.kind()))
}

/// A time as people read it: `21 November 2026, 09:30 UTC`.
fn when(text: &str) -> Result<String, minijinja::Error> {
    let at: Timestamp =
        text.parse().map_err(|_| minijinja::Error::new(ErrorKind::InvalidOperation, "not a time"))?;
    let at = at.date_time();
    Ok(format!("{} {} {}, {:02}:{:02} UTC", at.day(), at.month(), at.year(), at.hour(), at.minute()))
}

#[cfg(test)]
mod tests {
    use super::super::content::{Invitation, OperatorSecurityNotice};
    use super::*;

    const SITE: &str = "https://tenants.example.com";

    fn render(mail: &Content) -> Rendered {
        Templates::new().unwrap().render(mail, SITE).unwrap()
    }

    /// HTML as its reader sees it, near enough to look for words.
    fn unescaped(html: &str) -> String {
        let pairs = [
            ("&#x2f;", "/"),
            ("&#x27;", "'"),
            ("&quot;", "\""),
            ("&lt;", "<"),
            ("&gt;", ">"),
            ("&amp;", "&"),
        ];
        pairs.into_iter().fold(html.to_owned(), |html, (entity, text)| html.replace(entity, text))
    }

    #[test]
    fn every_sample_renders_with_all_that_matters_in_both_parts() {
        for sample in Content::samples() {
            let rendered = render(&sample);
            for part in [rendered.text.clone(), unescaped(&rendered.html)] {
                assert!(part.contains(sample.link().unwrap_or_default()), "{part}");
                assert!(part.contains("21 November 2026, 09:30 UTC"), "{part}");
                assert!(part.contains(SITE), "{part}");
                for left_over in ["{{", "{%", "undefined"] {
                    assert!(!part.contains(left_over), "{left_over} in {part}");
                }
                if let Content::Invitation(Invitation { tenant_name, inviter, role, .. }) = &sample {
                    for said in [Some(tenant_name), inviter.as_ref(), Some(role)].into_iter().flatten() {
                        assert!(part.contains(said), "{said} in {part}");
                    }
                }
                if let Content::OperatorSecurityNotice(OperatorSecurityNotice { ip: Some(ip), .. }) = &sample
                {
                    assert!(part.contains(ip), "{part}");
                }
            }
            assert!(!rendered.subject.is_empty());
            assert!(!rendered.text.contains("none") && !rendered.text.contains("<p"), "{}", rendered.text);
            assert!(
                !rendered.text.contains("\n\n\n") && !rendered.text.starts_with('\n'),
                "{:?}",
                rendered.text
            );
        }
    }

    #[test]
    fn html_loads_nothing_and_is_for_everyone() {
        for sample in Content::samples() {
            let html = render(&sample).html;
            for remote in ["<img", "<link", "<script", "@import", "url(", "src=", "<iframe", "<form"] {
                assert!(!html.contains(remote), "{remote} in {html}");
            }
            for needed in
                ["<html lang=\"en\"", "<title>", "name=\"color-scheme\"", "prefers-color-scheme: dark", "<h1"]
            {
                assert!(html.contains(needed), "{needed} in {html}");
            }
            assert_eq!(html.matches("href=").count(), usize::from(sample.link().is_some()), "one way to go");
        }
    }

    #[test]
    fn a_name_is_not_markup() {
        let Content::Invitation(mut evil) = Content::samples().remove(0) else { panic!("an invitation") };
        evil.tenant_name = "<script>alert(1)</script>".to_owned();
        evil.inviter = Some("\"><a href='https://evil.example'>{{ site }}{% raw %}".to_owned());
        evil.colour = Some("red;background:url(https://evil.example)".to_owned());
        let rendered = render(&Content::Invitation(evil));
        assert!(
            !rendered.html.contains("<script") && !rendered.html.contains("<a href='"),
            "{}",
            rendered.html
        );
        assert!(!rendered.html.contains("url("), "{}", rendered.html);
        assert!(rendered.html.contains("{{ site }}"), "what is filled in is not a template");
    }

    #[test]
    fn templates_are_strict() {
        let mut templates = Templates::new().unwrap();
        templates.0.add_template("test.txt", "{{ mail.nonsense }}").unwrap();
        let refused = templates.render(&Content::samples().pop().unwrap(), SITE).err().unwrap();
        assert!(
            refused.cause().unwrap().to_string().contains("mail template test.txt, line 1"),
            "{refused:?}"
        );
    }
}
