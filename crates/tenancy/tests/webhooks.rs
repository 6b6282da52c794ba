//! The verifier against the standard's own library, which signs what ours accepts.

#![expect(clippy::unwrap_used, reason = "a test may fail")]

use std::time::Duration;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use carcosa_tenancy::webhooks::{Headers, Rejected, TOLERANCE, Verifier};
use proptest::prelude::{any, prop_assert_eq, proptest};
use standardwebhooks::Webhook;

const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const OTHER: &str = "whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD";
const BODY: &str = r#"{"specversion":"1.0","id":"evt_01h455vb4pex5vsknk084sn02q","source":"/projects/prj_01h455vb4pex5vsknk084sn02q","type":"tenant.created","subject":"ten_01h455vb4pex5vsknk084sn02q","time":"2026-11-21T09:30:00.000000Z","datacontenttype":"application/json","data":{"name":"Łódź"},"position":"7","sequence":"1","projectid":"prj_01h455vb4pex5vsknk084sn02q","actor":"cli"}"#;
const NOW: u64 = 1_763_717_400;

fn signature(secret: &str, id: &str, seconds: u64, body: &str) -> String {
    let seconds = i64::try_from(seconds).unwrap();
    Webhook::new(secret).unwrap().sign(id, seconds, body.as_bytes()).unwrap()
}

fn check(keys: &[&str], signature: &str, at: u64) -> Result<String, Rejected> {
    let timestamp = NOW.to_string();
    let headers = Headers { id: "evt_1", timestamp: &timestamp, signature };
    let verifier = Verifier::new(keys.iter().copied()).unwrap();
    verifier.verify_at(&headers, BODY.as_bytes(), at).map(|event| event.kind)
}

#[test]
fn what_the_library_of_the_standard_signed_is_accepted() {
    let signed = signature(SECRET, "evt_1", NOW, BODY);
    assert_eq!(check(&[SECRET], &signed, NOW).unwrap(), "tenant.created");
    assert_eq!(check(&[OTHER, SECRET], &signed, NOW).unwrap(), "tenant.created", "while a secret is rotated");
    let two = format!("{} {signed}", signature(OTHER, "evt_1", NOW, BODY));
    assert_eq!(check(&[SECRET], &two, NOW).unwrap(), "tenant.created");
    let with_others = format!("v9,x v1 v1,!!! {signed} v1a,x");
    assert_eq!(
        check(&[SECRET], &with_others, NOW).unwrap(),
        "tenant.created",
        "versions of the future are passed over"
    );
}

#[test]
fn nothing_else_is() {
    let signed = signature(SECRET, "evt_1", NOW, BODY);
    for wrong in [
        String::new(),
        "v1,".to_owned(),
        signature(OTHER, "evt_1", NOW, BODY),
        signature(SECRET, "evt_2", NOW, BODY),
        signature(SECRET, "evt_1", NOW + 1, BODY),
        signature(SECRET, "evt_1", NOW, &BODY.replace("tenant.created", "tenant.deleted")),
        signed.replace("v1,", "v1a,"),
    ] {
        assert_eq!(check(&[SECRET], &wrong, NOW), Err(Rejected::WrongSignature), "{wrong}");
    }
    let tolerance = TOLERANCE.as_secs();
    assert!(
        check(&[SECRET], &signed, NOW + tolerance).is_ok()
            && check(&[SECRET], &signed, NOW - tolerance).is_ok()
    );
    assert_eq!(check(&[SECRET], &signed, NOW + tolerance + 1), Err(Rejected::TooOld));
    assert_eq!(check(&[SECRET], &signed, NOW - tolerance - 1), Err(Rejected::TooNew));
    let verifier = Verifier::new([SECRET]).unwrap().tolerating(Duration::from_secs(1));
    for (timestamp, rejected) in
        [("", Rejected::BadTimestamp), ("x", Rejected::BadTimestamp), ("-1", Rejected::BadTimestamp)]
    {
        let headers = Headers { id: "evt_1", timestamp, signature: &signed };
        assert_eq!(verifier.verify_at(&headers, BODY.as_bytes(), NOW).err(), Some(rejected));
    }
    let other = signature(SECRET, "evt_1", NOW, "[]");
    let timestamp = NOW.to_string();
    let headers = Headers { id: "evt_1", timestamp: &timestamp, signature: &other };
    assert_eq!(verifier.verify_at(&headers, b"[]", NOW).err(), Some(Rejected::NotAnEvent));
    assert_eq!(Headers::of(|_| None).err(), Some(Rejected::MissingHeader("webhook-id")));
}

#[test]
fn only_the_first_ten_signatures_are_looked_at() {
    let signed = signature(SECRET, "evt_1", NOW, BODY);
    assert!(check(&[SECRET], &format!("{}{signed}", "v1,AAAA ".repeat(9)), NOW).is_ok());
    assert_eq!(
        check(&[SECRET], &format!("{}{signed}", "v1,AAAA ".repeat(10)), NOW),
        Err(Rejected::WrongSignature)
    );
}

#[test]
fn samples_are_taken_only_where_they_are_wanted() {
    let sample = BODY.replacen('{', "{\"sample\":true,", 1);
    let (timestamp, signed) = (NOW.to_string(), signature(SECRET, "evt_1", NOW, &sample));
    let headers = Headers { id: "evt_1", timestamp: &timestamp, signature: &signed };
    let verifier = Verifier::new([SECRET]).unwrap();
    assert_eq!(verifier.verify_at(&headers, sample.as_bytes(), NOW).err(), Some(Rejected::Sample));
    assert!(verifier.accepting_samples().verify_at(&headers, sample.as_bytes(), NOW).is_ok());
}

#[test]
fn keys_are_checked() {
    for bad in ["", "whsec_", "whsec_!", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whpk_", "whpk_AAAA", "whpk_!"] {
        assert!(Verifier::new([bad]).is_err(), "{bad}");
    }
    assert!(Verifier::new([]).is_err());
}

proptest! {
    #[test]
    fn no_text_is_a_signature_by_chance(signature in "\\PC{0,120}", tag in any::<[u8; 32]>(), id in "\\PC{0,40}") {
        let timestamp = NOW.to_string();
        for signature in [signature, format!("v1,{}", BASE64_STANDARD.encode(tag))] {
            let headers = Headers { id: &id, timestamp: &timestamp, signature: &signature };
            let answer = Verifier::new([SECRET]).unwrap().verify_at(&headers, BODY.as_bytes(), NOW);
            prop_assert_eq!(answer.err(), Some(Rejected::WrongSignature));
        }
    }
}
