//! Which third-party code may be part of Carcosa: `deny.toml`, enforced.

mod licence;

use std::collections::BTreeSet;
use std::fs;

use serde_json::Value;
use toml::Table;

use crate::shell::{Result, find_on_path, output, run};
use crate::workspace::Workspace;

/// More packages than this and nobody can say what is in the binary. It also bounds the time of a clean build.
const MAX_PACKAGES: usize = 450;

/// Checks every locked package against `deny.toml`, and asks cargo-deny too where it is installed.
pub(crate) fn check(workspace: &Workspace) -> Result {
    let path = workspace.root().join("deny.toml");
    let text = fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
    let policy = Policy::parse(&text).map_err(|error| format!("{}: {error}", path.display()))?;
    let arguments = ["metadata", "--format-version", "1", "--locked"];
    let metadata: Value = serde_json::from_str(&output(workspace.cargo().args(arguments))?)?;
    let packages = metadata["packages"].as_array().ok_or("cargo metadata lists no packages")?;

    let violations = policy.violations(packages);
    if !violations.is_empty() {
        return Err(format!("deny.toml does not allow:\n  {}", violations.join("\n  ")).into());
    }
    println!("{} packages, all from an allowed registry under allowed licences", packages.len());
    // Not built when absent: that would take longer than all the tests.
    if find_on_path("cargo-deny").is_some() {
        run(workspace.cargo().args(["deny", "--locked", "check", "licenses", "bans", "sources"]))?;
    }
    Ok(())
}

/// The lists of `deny.toml`.
struct Policy {
    licences: BTreeSet<String>,
    banned: BTreeSet<String>,
    registries: BTreeSet<String>,
}

impl Policy {
    fn parse(text: &str) -> Result<Self> {
        let table: Table = text.parse()?;
        let policy = Self {
            licences: names(&table, "licenses", "allow")?,
            banned: names(&table, "bans", "deny")?,
            registries: names(&table, "sources", "allow-registry")?,
        };
        Ok(policy)
    }

    /// A sentence for each thing wrong; all of them, so that one run is enough to repair a dependency change.
    fn violations(&self, packages: &[Value]) -> Vec<String> {
        let mut found: Vec<String> =
            packages.iter().flat_map(|package| self.violations_of(package)).collect();
        if packages.len() >= MAX_PACKAGES {
            found.push(format!("{} packages; fewer than {MAX_PACKAGES} are allowed", packages.len()));
        }
        found
    }

    fn violations_of(&self, package: &Value) -> Vec<String> {
        let text = |key: &str| package[key].as_str().unwrap_or_default();
        let (name, source) = (text("name"), text("source"));
        let mut found = Vec::new();
        if self.banned.contains(name) {
            found.push("is banned".to_owned());
        }
        // Our own crates have no source; their licence is the repository's.
        if !source.is_empty() {
            let registry = source.strip_prefix("registry+").unwrap_or(source);
            if !self.registries.contains(registry) {
                found.push(format!("comes from {source}"));
            }
            match licence::is_satisfied(text("license"), &self.licences) {
                Ok(true) => {}
                Ok(false) => found.push(format!("has the licence {}", text("license"))),
                Err(error) => found.push(format!("has the licence `{}`: {error}", text("license"))),
            }
        }
        found.iter().map(|what| format!("{name} {} {what}", text("version"))).collect()
    }
}

/// A list of names in `deny.toml`: each a string, or a table with the name as `crate` (or, as it was, `name`).
fn names(table: &Table, section: &str, key: &str) -> Result<BTreeSet<String>> {
    let list = table.get(section).and_then(|section| section.get(key)).and_then(toml::Value::as_array);
    let list = list.ok_or_else(|| format!("[{section}] has no list `{key}`"))?;
    let name = |entry: &toml::Value| -> Result<String> {
        let named =
            entry.as_str().or_else(|| ["crate", "name"].iter().find_map(|key| entry.get(key)?.as_str()));
        named.map(str::to_owned).ok_or_else(|| format!("[{section}] {key}: {entry} names nothing").into())
    };
    list.iter().map(name).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const DENY: &str = r#"
        [licenses]
        allow = ["MIT", "Apache-2.0"]
        [bans]
        deny = ["openssl", { crate = "native-tls", reason = "…" }, { name = "aws-lc-sys" }]
        [sources]
        allow-registry = ["https://example.com/index"]
    "#;

    fn violations(name: &str, source: Option<&str>, licence: Option<&str>) -> Vec<String> {
        let package = json!({ "name": name, "version": "1.0.0", "source": source, "license": licence });
        Policy::parse(DENY).unwrap().violations(&[package])
    }

    #[test]
    fn what_is_allowed_passes() {
        let registry = Some("registry+https://example.com/index");
        assert!(violations("serde", registry, Some("MIT OR Apache-2.0")).is_empty());
        assert!(violations("carcosa", None, None).is_empty());
    }

    #[test]
    fn what_is_not_is_named() {
        let registry = Some("registry+https://example.com/index");
        let git = Some("git+https://example.com/serde?rev=1");
        assert_eq!(violations("serde", registry, Some("GPL-3.0")), ["serde 1.0.0 has the licence GPL-3.0"]);
        assert_eq!(
            violations("serde", git, Some("MIT")),
            ["serde 1.0.0 comes from git+https://example.com/serde?rev=1"]
        );
        for banned in ["openssl", "native-tls", "aws-lc-sys"] {
            assert_eq!(violations(banned, registry, Some("MIT")), [format!("{banned} 1.0.0 is banned")]);
        }
        assert!(violations("serde", registry, None)[0].starts_with("serde 1.0.0 has the licence ``: "));
    }

    #[test]
    fn the_number_of_packages_is_bounded() {
        let policy = Policy::parse(DENY).unwrap();
        let package = json!({ "name": "a", "version": "1.0.0", "source": null, "license": null });
        assert!(policy.violations(&vec![package.clone(); MAX_PACKAGES - 1]).is_empty());
        assert_eq!(policy.violations(&vec![package; MAX_PACKAGES]).len(), 1);
    }

    #[test]
    fn a_policy_with_a_missing_list_is_refused() {
        assert!(Policy::parse(&DENY.replace("[bans]", "[other]")).is_err());
        assert!(Policy::parse(&DENY.replace("\"openssl\"", "1")).is_err());
    }
}
