//! `cargo xtask new-capability`: the same rooms in every capability, without copying an old one.

use std::fs;
use std::path::Path;

use crate::shell::Result;
use crate::workspace::Workspace;

/// The rooms, with what stands in them at first.
const ROOMS: &[(&str, &str)] = &[
    ("mod.rs", include_str!("../templates/capability/mod.rs.tmpl")),
    ("model.rs", include_str!("../templates/capability/model.rs.tmpl")),
    ("store.rs", include_str!("../templates/capability/store.rs.tmpl")),
    ("service.rs", include_str!("../templates/capability/service.rs.tmpl")),
    ("api.rs", include_str!("../templates/capability/api.rs.tmpl")),
    ("error.rs", include_str!("../templates/capability/error.rs.tmpl")),
];

/// Names that Rust keeps for itself (of those that could pass for a capability's), and the file's own.
const TAKEN: &[&str] = &[
    "abstract", "as", "async", "await", "become", "box", "break", "const", "continue", "crate", "do", "dyn",
    "else", "enum", "extern", "false", "final", "fn", "for", "gen", "if", "impl", "in", "let", "loop",
    "macro", "match", "mod", "move", "mut", "override", "priv", "pub", "ref", "return", "self", "static",
    "struct", "super", "trait", "true", "try", "type", "typeof", "unsafe", "unsized", "use", "virtual",
    "where", "while", "yield",
];

/// Options of `cargo xtask new-capability`.
#[derive(clap::Args)]
pub(crate) struct Options {
    /// Its name in the plural, such as `domains` or `app_databases`
    name: String,
}

/// Creates the folder and says what is left to do by hand.
pub(crate) fn run(workspace: &Workspace, options: &Options) -> Result {
    let name = options.name.as_str();
    check_name(name)?;
    let capabilities = workspace.root().join("crates/carcosa/src/capabilities");
    let folder = capabilities.join(name);
    fs::create_dir_all(&capabilities)?;
    fs::create_dir(&folder).map_err(|error| format!("cannot create {}: {error}", folder.display()))?;
    for (file, template) in ROOMS {
        fs::write(folder.join(file), render(template, name))?;
    }
    println!("created {}", folder.display());
    println!("{}", next_steps(name, next_migration(&workspace.root().join("migrations"))));
    Ok(())
}

fn check_name(name: &str) -> Result {
    let well_formed = name.len() <= 40
        && name.starts_with(|c: char| c.is_ascii_lowercase())
        && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
        && !name.ends_with('_')
        && !name.contains("__");
    if !well_formed {
        return Err(format!("`{name}` is no name for a module: write it as `app_databases`").into());
    }
    if TAKEN.contains(&name) {
        return Err(format!("`{name}` is a word of Rust's own; choose another").into());
    }
    Ok(())
}

/// Fills a template: `{{name}}` is `app_databases`, `{{Name}}` is `AppDatabases`, `{{words}}` is `app databases`.
fn render(template: &str, name: &str) -> String {
    let capital = |word: &str| -> String {
        let mut letters = word.chars();
        letters.next().map(|first| first.to_ascii_uppercase()).into_iter().chain(letters).collect()
    };
    let camel: String = name.split('_').map(capital).collect();
    template
        .replace("{{name}}", name)
        .replace("{{Name}}", &camel)
        .replace("{{words}}", &name.replace('_', " "))
}

/// One more than the highest number in use on either database: the two are numbered alike.
fn next_migration(migrations: &Path) -> u32 {
    let files =
        ["sqlite", "postgres"].iter().filter_map(|kind| fs::read_dir(migrations.join(kind)).ok()).flatten();
    let number =
        |file: fs::DirEntry| -> Option<u32> { file.file_name().to_str()?.split('_').next()?.parse().ok() };
    files.flatten().filter_map(number).max().unwrap_or(0) + 1
}

fn next_steps(name: &str, migration: u32) -> String {
    format!(
        "created crates/carcosa/src/capabilities/{name}/. What is left, in this order:
  1. `pub mod {name};` in crates/carcosa/src/capabilities/mod.rs, and its line in TAGS, api(), error_codes(),
     statements() and, if it keeps anything of a tenant, erase_tenant()
  2. its permissions, events and bodies in crates/types
  3. its tables: migrations/sqlite/{migration:04}_{name}.sql and migrations/postgres/{migration:04}_{name}.sql
  4. the rooms, from model.rs outwards to api.rs; docs/ADDING-A-CAPABILITY.md shows how
  5. its tests: crates/carcosa/tests/it/{name}.rs
  6. `cargo xtask generate`, `cargo xtask test`, CHANGELOG.md"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        for good in ["keys", "app_databases", "oauth2"] {
            assert!(check_name(good).is_ok(), "{good}");
        }
        let long = "a".repeat(41);
        for bad in
            ["", "Keys", "app-databases", "2fa", "_keys", "keys_", "a__b", "../x", "nyckel_å", "mod", &long]
        {
            assert!(check_name(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn templates_are_filled_completely() {
        for (file, template) in ROOMS {
            let text = render(template, "app_databases");
            assert!(!text.contains("{{") && !text.contains("}}"), "{file}: {text}");
            assert!(text.starts_with("//! "), "{file} does not say what it is for");
        }
        assert_eq!(
            render("{{name}} {{Name}} {{words}}", "app_databases"),
            "app_databases AppDatabases app databases"
        );
    }

    #[test]
    fn migrations_are_numbered_after_the_highest_of_both_databases() {
        let folder = std::env::temp_dir().join(format!("carcosa-migrations-{}", std::process::id()));
        for file in
            ["sqlite/0001_start.sql", "postgres/0001_start.sql", "postgres/0012_more.sql", "sqlite/README"]
        {
            let path = folder.join(file);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, "").unwrap();
        }
        assert_eq!(next_migration(&folder), 13);
        assert_eq!(next_migration(&folder.join("none")), 1);
        fs::remove_dir_all(folder).unwrap();
    }
}
