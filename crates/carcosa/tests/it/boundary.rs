//! Who reaches beyond one tenant, or works without a caller: few places, and here is the list of them.

use std::collections::BTreeMap;
use std::path::Path;

/// File of `capabilities` or `src`, and how often it takes the wider reach.
const ACROSS_TENANTS: &[(&str, usize)] = &[
    ("capabilities/invitations/service.rs", 3),
    ("capabilities/memberships/service.rs", 3),
    ("capabilities/roles/service.rs", 1),
    ("capabilities/shares/service.rs", 2),
    ("capabilities/tenants/lifecycle.rs", 1),
    ("capabilities/tenants/service.rs", 1),
];
const SYSTEM: &[(&str, usize)] = &[
    ("capabilities/keys/credits.rs", 2),
    ("capabilities/keys/usage.rs", 1),
    ("capabilities/log/denials.rs", 1),
    ("capabilities/log/export.rs", 1),
    ("capabilities/log/feed.rs", 1),
    ("capabilities/log/retention.rs", 1),
    ("capabilities/log/service.rs", 1),
    ("capabilities/log/verify.rs", 1),
    ("capabilities/operators/config.rs", 1),
    ("capabilities/operators/service.rs", 1),
    ("capabilities/projects/cli.rs", 1),
    ("capabilities/projects/service.rs", 3),
    ("capabilities/tenants/dependents.rs", 1),
    ("capabilities/tokens/service.rs", 1),
    ("capabilities/webhooks/deliver.rs", 3),
    ("worker.rs", 6),
];

fn count(folder: &Path, root: &Path, text: &str, found: &mut BTreeMap<String, usize>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            count(&path, root, text, found);
        } else {
            let times = std::fs::read_to_string(&path).unwrap().matches(text).count();
            if times > 0 {
                found.insert(path.strip_prefix(root).unwrap().display().to_string(), times);
            }
        }
    }
}

#[track_caller]
fn check(text: &str, expected: &[(&str, usize)]) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut found = BTreeMap::new();
    count(&root, &root, text, &mut found);
    let expected: BTreeMap<String, usize> =
        expected.iter().map(|(file, times)| ((*file).to_owned(), *times)).collect();
    assert_eq!(found, expected, "a wider reach was taken or given up: is it needed? Then change the list.");
}

#[test]
fn work_on_several_tenants_at_once() {
    check(".write_across_tenants()", ACROSS_TENANTS);
}

#[test]
fn changes_that_nobody_follows() {
    check(
        ".commit_unrecorded(",
        &[
            ("capabilities/sync/service.rs", 1),
            ("capabilities/tokens/service.rs", 1),
            ("capabilities/webhooks/replay.rs", 2),
        ],
    );
}

#[test]
fn work_without_a_caller() {
    check("System::new(", SYSTEM);
}

#[test]
fn sql_is_in_stores() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut found = BTreeMap::new();
    for sign in ["statements!", "&[Statement]", "Assembled::new("] {
        count(&root, &root, sign, &mut found);
    }
    let others: Vec<_> = found.keys().filter(|file| !file.ends_with("store.rs")).collect();
    assert!(found.len() > 10 && others.is_empty(), "{others:?}");
}
