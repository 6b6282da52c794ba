//! Mail, to a mail server that makes trouble.

use std::collections::BTreeSet;
use std::time::Duration;

use carcosa::capabilities::mail::MailState;
use carcosa::capabilities::mail::content::{Content, Invitation};
use carcosa::capabilities::mail::model::Recipient;
use carcosa::capabilities::mail::service::{self, Mail};
use carcosa_kernel::log::Entry;
use carcosa_kernel::{Result, System, SystemTask, Write};
use carcosa_testkit::{Backend, SmtpSink, Stage, TestApp, TestDatabase, both_databases};
use carcosa_types::Timestamp;
use carcosa_types::event::OPERATOR_PASSWORD_RESET_REQUESTED;
use carcosa_types::event_data::Nothing;

use crate::program::Program;

const SECOND: Duration = Duration::from_secs(1);
const TOKEN: &str = "tok_inv_Zq8sample";

fn invitation(app: &TestApp) -> Mail {
    let content = Content::Invitation(Invitation {
        tenant_name: "Müller & Söhne".to_owned(),
        inviter: Some("Ada Lovelace".to_owned()),
        role: "Manager".to_owned(),
        link: service::link(&app.kernel, &format!("/join#{TOKEN}")).unwrap(),
        expires_at: app.kernel.now().plus(SECOND * 3600),
        colour: None,
    });
    Mail { to: Recipient::parse("grace@example.com").unwrap(), content, not_after: None }
}

async fn write(app: &TestApp) -> Write {
    System::new(&app.kernel, SystemTask::Console).write_project(app.project()).await.unwrap()
}

async fn enqueue(app: &TestApp, mail: Mail) {
    let mut write = write(app).await;
    service::enqueue(&mut write, mail).unwrap();
    let receipt =
        write.record(Entry::new(OPERATOR_PASSWORD_RESET_REQUESTED, app.project(), &Nothing {}).unwrap());
    write.commit(receipt, ()).await.unwrap();
}

/// State and last error of every mail that waits or was given up.
async fn waiting(app: &TestApp) -> Vec<String> {
    let query = "SELECT state || ' ' || coalesce(last_error, '') AS t FROM jobs WHERE kind = 'mail.send'";
    app.database().texts(query).await
}

both_databases! {
    async fn a_mail_is_sent_once_with_both_parts(app: TestApp) {
        let sink = SmtpSink::start().await;
        let app = app.with_mail(&sink).await;
        assert!(service::is_on(&app.kernel));
        enqueue(&app, invitation(&app)).await;
        assert!(sink.received().is_empty(), "the request does not wait for the mail server");
        assert_eq!(app.run_jobs().await, 1);
        assert_eq!(app.run_jobs().await, 0);
        let received = sink.received();
        let [mail] = received.as_slice() else { panic!("{received:?}") };
        assert_eq!((mail.from.as_str(), mail.to.as_slice()), ("no-reply@tenants.example.com", &["grace@example.com".to_owned()][..]));
        assert_eq!(mail.header("To"), "grace@example.com");
        assert!(mail.header("From").ends_with("<no-reply@tenants.example.com>"), "{}", mail.header("From"));
        assert!(mail.header("Subject").contains("=?utf-8?b?"), "{}", mail.header("Subject"));
        assert!(mail.header("Message-ID").ends_with("@tenants.example.com>"), "{}", mail.header("Message-ID"));
        assert!(mail.header("Date").contains("Nov 2023"), "the clock's time: {}", mail.header("Date"));
        assert_eq!(mail.header("Auto-Submitted"), "auto-generated");
        assert!(mail.header("Content-Type").starts_with("multipart/alternative"));
        let link = format!("https://tenants.example.com/join#{TOKEN}");
        for part in [mail.part("text/plain"), mail.part("text/html").replace("&#x2f;", "/").replace("&amp;", "&")] {
            assert!(part.contains(&link) && part.contains("Müller & Söhne") && part.contains("Ada Lovelace"), "{part}");
        }
        assert_eq!(waiting(&app).await, Vec::<String>::new(), "nothing of it stays");
    }

    async fn a_temporary_refusal_is_tried_again(app: TestApp) {
        let sink = SmtpSink::start().await;
        let app = app.with_mail(&sink).await;
        sink.answer(Stage::Recipient, "451 4.7.1 grace@example.com is greylisted", 1);
        sink.answer(Stage::Content, "452 4.3.1 no room", 1);
        enqueue(&app, invitation(&app)).await;
        app.run_jobs().await;
        assert_eq!(waiting(&app).await, ["queued mail_not_sent: the mail server answered 451 4.7.1."]);
        assert_eq!(app.run_jobs().await, 0, "not at once");
        app.clock.advance(SECOND);
        assert_eq!(app.run_jobs().await, 1);
        assert!(sink.received().is_empty());
        app.clock.advance(SECOND);
        assert_eq!(app.run_jobs().await, 0, "later each time");
        app.clock.advance(SECOND);
        assert_eq!(app.run_jobs().await, 1);
        assert_eq!((sink.received().len(), waiting(&app).await.len()), (1, 0));
    }

    async fn a_final_refusal_is_not_tried_again(app: TestApp) {
        let sink = SmtpSink::start().await;
        let app = app.with_mail(&sink).await;
        for (stage, reply, kept) in [
            (Stage::Sender, "553 5.1.8 no", "failed the mail server answered 553 5.1.8"),
            (Stage::Recipient, "550 5.1.1 grace@example.com is unknown here", "failed the mail server answered 550 5.1.1"),
            (Stage::Content, "554 refused: https://tenants.example.com/join is spam", "failed the mail server answered 554"),
        ] {
            sink.answer(stage, reply, 1);
            enqueue(&app, invitation(&app)).await;
            assert_eq!(app.run_jobs().await, 1);
            let all = waiting(&app).await;
            assert!(all.contains(&kept.to_owned()), "{all:?}");
        }
        app.clock.advance(SECOND * 86_400);
        assert_eq!(app.run_jobs().await, 0);
        assert!(sink.received().is_empty());
    }

    async fn a_mail_server_that_is_down_loses_nothing(app: TestApp) {
        let sink = SmtpSink::start().await;
        let (address, app) = (sink.address(), app.with_mail(&sink).await);
        drop(sink);
        enqueue(&app, invitation(&app)).await;
        for wait in [1, 2, 4] {
            assert_eq!(app.run_jobs().await, 1);
            app.clock.advance(SECOND * wait);
        }
        let all = waiting(&app).await;
        assert!(all.len() == 1 && all[0].starts_with("queued mail_not_sent"), "{all:?}");
        let sink = SmtpSink::start_at(address).await;
        assert_eq!(app.run_jobs().await, 1);
        assert_eq!((sink.received().len(), waiting(&app).await.len()), (1, 0));
    }

    async fn what_the_server_says_of_us_does_not_lose_mails(app: TestApp) {
        let sink = SmtpSink::start_demanding("ada@example.com", "p/w:%").await;
        let with = async |user: &str| {
            let url = format!("smtp://{user}@{}", sink.address());
            app.with_mail_state(MailState::new(&url, "a@b.example", "https://b.example").unwrap()).await
        };
        let wrong = with("ada%40example.com:wrong").await;
        enqueue(&wrong, invitation(&wrong)).await;
        wrong.run_jobs().await;
        assert_eq!(waiting(&app).await, ["queued mail_not_sent: the mail server answered 535 5.7.8."]);
        let nobody = app.with_mail(&sink).await;
        app.clock.advance(SECOND);
        nobody.run_jobs().await;
        assert_eq!(waiting(&app).await, ["queued mail_not_sent: the mail server answered 530 5.7.0."]);
        let right = with("ada%40example.com:p%2Fw%3A%25").await;
        app.clock.advance(SECOND * 2);
        sink.answer(Stage::Greeting, "554 go away", 1);
        right.run_jobs().await;
        assert_eq!(waiting(&app).await, ["queued mail_not_sent: the mail server answered 554."]);
        app.clock.advance(SECOND * 4);
        right.run_jobs().await;
        assert_eq!((sink.received().len(), waiting(&app).await.len()), (1, 0));
    }

    async fn a_mail_that_is_sent_again_is_the_same_mail(app: TestApp) {
        let sink = SmtpSink::start().await;
        let state = MailState::new(&sink.url(), "a@b.example", "https://b.example").unwrap();
        let app = app.with_mail_state(state.with_patience(Duration::from_millis(300))).await;
        enqueue(&app, invitation(&app)).await;
        sink.be_silent(Stage::Content, 1);
        app.run_jobs().await;
        assert_eq!(waiting(&app).await, ["queued mail_not_sent: the mail server did not finish within 300ms."]);
        app.clock.advance(SECOND);
        app.run_jobs().await;
        let received = sink.received();
        assert_eq!((received.len(), waiting(&app).await.len()), (2, 0));
        assert_eq!(received[0], received[1], "with the same Message-ID, to the byte");
    }

    async fn several_nodes_send_each_mail_once(app: TestApp) {
        let sink = SmtpSink::start().await;
        let (one, two) = (app.with_mail(&sink).await, app.with_mail(&sink).await);
        for _ in 0..6 {
            enqueue(&one, invitation(&one)).await;
        }
        let (first, second) = tokio::join!(one.run_jobs(), two.run_jobs());
        assert_eq!(first + second, 6);
        let ids: BTreeSet<String> = sink.received().iter().map(|mail| mail.header("Message-ID")).collect();
        assert_eq!((sink.received().len(), ids.len()), (6, 6));
    }

    async fn a_queued_mail_cannot_be_read_in_the_database(app: TestApp) {
        let sink = SmtpSink::start().await;
        let app = app.with_mail(&sink).await;
        sink.answer(Stage::Recipient, "550 5.1.1 grace@example.com is unknown", 1);
        enqueue(&app, invitation(&app)).await;
        enqueue(&app, invitation(&app)).await;
        for given_up in [false, true] {
            let rows = "SELECT CAST(payload AS text) || coalesce(last_error, '') AS t FROM jobs WHERE kind = 'mail.send'";
            let rows = app.database().texts(rows).await;
            assert_eq!(rows.len(), if given_up { 1 } else { 2 });
            for row in &rows {
                assert!(row.contains("sealed"), "{row}");
                for secret in [TOKEN, "join", "grace", "example.com", "Söhne", "Lovelace", "Manager"] {
                    assert!(!row.contains(secret), "{secret} in {row}");
                }
            }
            app.run_jobs().await;
        }
        assert_eq!(sink.received().len(), 1);
        let log = app.database().texts("SELECT coalesce(body, '') AS t FROM log_entries").await.concat();
        assert!(!log.contains(TOKEN));
    }

    async fn a_damaged_mail_is_not_sent_and_not_repeated(app: TestApp) {
        let sink = SmtpSink::start().await;
        let app = app.with_mail(&sink).await;
        enqueue(&app, invitation(&app)).await;
        app.database().execute("UPDATE jobs SET payload = '{\"sealed\":\"AAAAAXg\"}' WHERE kind = 'mail.send'").await;
        app.run_jobs().await;
        assert!(sink.received().is_empty());
        let all = waiting(&app).await;
        assert!(all.len() == 1 && all[0].starts_with("queued internal_error"), "{all:?}");
    }

    async fn nothing_waits_when_mail_is_off(app: TestApp) {
        assert!(!service::is_on(&app.kernel));
        assert_eq!(service::link(&app.kernel, "/join").unwrap(), "https://tenants.example.com/join");
        enqueue(&app, invitation(&app)).await;
        assert_eq!((waiting(&app).await.len(), app.run_jobs().await), (0, 0));
    }

    async fn a_mail_waits_while_mail_is_turned_off(app: TestApp) {
        let sink = SmtpSink::start().await;
        let on = app.with_mail(&sink).await;
        enqueue(&on, invitation(&on)).await;
        app.run_jobs().await;
        let all = waiting(&app).await;
        assert!(all.len() == 1 && all[0].starts_with("queued mail_off"), "{all:?}");
        app.clock.advance(SECOND);
        assert_eq!((on.run_jobs().await, sink.received().len()), (1, 1));
    }

    async fn a_mail_that_has_become_useless_is_dropped(app: TestApp) {
        let sink = SmtpSink::start().await;
        let app = app.with_mail(&sink).await;
        let in_a_minute = || Some(app.kernel.now().plus(SECOND * 60));
        enqueue(&app, Mail { not_after: in_a_minute(), ..invitation(&app) }).await;
        app.clock.advance(SECOND * 61);
        assert_eq!(app.run_jobs().await, 1);
        assert_eq!((sink.received().len(), waiting(&app).await.len()), (0, 0));
        // One that was refused until then, too.
        enqueue(&app, Mail { not_after: in_a_minute(), ..invitation(&app) }).await;
        sink.answer(Stage::Content, "451 later", 1);
        app.run_jobs().await;
        app.clock.advance(SECOND * 61);
        app.run_jobs().await;
        assert_eq!((sink.received().len(), waiting(&app).await.len()), (0, 0));
        // And one in time is not.
        enqueue(&app, Mail { not_after: in_a_minute(), ..invitation(&app) }).await;
        app.clock.advance(SECOND * 59);
        app.run_jobs().await;
        assert_eq!(sink.received().len(), 1);
        enqueue(&app, Mail { not_after: Some(Timestamp::from_micros(0)), ..invitation(&app) }).await;
        app.run_jobs().await;
        assert_eq!(sink.received().len(), 1);
    }

    async fn what_is_undone_is_not_sent(app: TestApp) {
        let sink = SmtpSink::start().await;
        let app = app.with_mail(&sink).await;
        let mut write = write(&app).await;
        service::enqueue(&mut write, invitation(&app)).unwrap();
        drop(write);
        assert_eq!((app.run_jobs().await, sink.received().len()), (0, 0));
    }

    async fn a_link_that_leads_nowhere_is_refused(app: TestApp) {
        let sink = SmtpSink::start().await;
        let app = app.with_mail(&sink).await;
        let mut write = write(&app).await;
        for link in ["javascript:alert(1)", "/join", "https://a.example/\r\nBcc: eve@example.com", ""] {
            let mut mail = invitation(&app);
            if let Content::Invitation(invitation) = &mut mail.content {
                invitation.link = link.to_owned();
            }
            let refused: Result<()> = service::enqueue(&mut write, mail);
            let refused = format!("{:?}", refused.unwrap_err());
            assert!(refused.contains("not a web address") && (link.is_empty() || !refused.contains(link)), "{refused}");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_operator_tries_it_out() {
    let sink = SmtpSink::start_demanding("ada", "hush").await;
    let program = Program::over(TestDatabase::create(Backend::Sqlite).await);
    program.bootstrap();
    let run = |url: &str, arguments: &[&str]| {
        let mut command = program.command();
        command.env("CARCOSA_MAIL_SMTP_URL", url).env("CARCOSA_MAIL_FROM", "Carcosa <a@b.example>");
        let output = command.args(arguments).output().unwrap();
        let text = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
        assert!(!text.contains("hush"), "{text}");
        (output.status.success(), text)
    };
    let url = format!("smtp://ada:hush@{}", sink.address());
    let test = ["mail", "test", "--to", "grace@example.com"];
    let (done, said) = run(&url, &test);
    assert!(done && said.contains("queued as 42"), "{said}");
    let received = sink.received();
    let [mail] = received.as_slice() else { panic!("{received:?}") };
    assert!(said.contains(&mail.header("Message-ID")), "{said}");
    assert!(mail.part("text/plain").contains(&format!("http://127.0.0.1:{}", program.port)), "{}", mail.text);
    let (healthy, said) = run(&url, &["doctor"]);
    assert!(healthy && said.contains(&format!("{} answers, not encrypted", sink.address())), "{said}");

    let wrong = format!("smtp://ada:hush2@{}", sink.address());
    let (done, said) = run(&wrong, &test);
    assert!(!done && said.contains("mail_not_sent") && said.contains("535"), "{said}");
    let (healthy, said) = run(&wrong, &["doctor"]);
    assert!(!healthy && said.contains("535") && said.contains("check mail.smtp_url"), "{said}");
    let encrypted = format!("smtp://ada:hush@{}?tls=required", sink.address());
    let (done, said) = run(&encrypted, &test);
    assert!(!done && said.contains("STARTTLS"), "{said}");
    let (done, said) = run("smtp://127.0.0.1:1", &test);
    assert!(!done && said.contains("127.0.0.1:1"), "{said}");
    let (done, said) = run("ftp://ada:hush@x", &["tenants", "list"]);
    assert!(!done && said.contains("`mail.smtp_url` must begin with smtp://"), "{said}");
    let (healthy, said) = run("ftp://ada:hush@x", &["doctor"]);
    assert!(!healthy && said.contains("must begin with smtp://"), "{said}");
    for wrong in ["grace", "grace@example.com, eve@example.com", "a@b.example>\r\nRCPT TO:<eve@example.com"] {
        let (done, said) = run(&url, &["mail", "test", "--to", wrong]);
        assert!(!done && said.contains("must be an e-mail address"), "{said}");
    }
    let (done, said) = run("", &test);
    assert!(!done && said.contains("mail_off"), "{said}");
    let (healthy, said) = run("", &["doctor"]);
    assert!(healthy && said.contains("off: invitations"), "{said}");
    assert_eq!(sink.received().len(), 1);
}
