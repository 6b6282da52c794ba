//! Lists the files of the dashboard, so that a release build has them inside. A debug build reads them from their folder.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

fn main() -> io::Result<()> {
    println!("cargo::rerun-if-changed=build.rs");
    let variable = |name: &str| env::var_os(name).map(PathBuf::from).unwrap_or_default();
    let mut list = String::from("const EMBEDDED: Option<&[(&str, &[u8])]> = ");
    if env::var("PROFILE").is_ok_and(|profile| profile == "release") {
        let folder = variable("CARGO_MANIFEST_DIR").join("../../dashboard/dist");
        // One that is missing is looked for with each build.
        println!("cargo::rerun-if-changed={}", folder.display());
        list.push_str("Some(&[\n");
        embed(&mut list, &folder, "")?;
        list.push_str("]);\n");
    } else {
        list.push_str("None;\n");
    }
    fs::write(variable("OUT_DIR").join("dashboard.rs"), list)
}

fn embed(list: &mut String, folder: &Path, prefix: &str) -> io::Result<()> {
    if !folder.exists() {
        return Ok(());
    }
    let mut entries = fs::read_dir(folder)?.collect::<io::Result<Vec<_>>>()?;
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        let (path, name) = (fs::canonicalize(entry.path())?, entry.file_name());
        let name = format!("{prefix}{}", name.to_string_lossy());
        if path.is_dir() {
            embed(list, &path, &format!("{name}/"))?;
        } else {
            writeln!(list, "    ({name:?}, include_bytes!({:?})),", path.display().to_string())
                .map_err(io::Error::other)?;
        }
    }
    Ok(())
}
