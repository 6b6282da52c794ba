//! Starting other programs, and saying clearly which one failed.

use std::error::Error;
use std::io;
use std::path::PathBuf;
use std::process::{Command, Stdio};

/// What every step here returns: an error is a sentence for the person at the terminal.
pub(crate) type Result<T = ()> = std::result::Result<T, Box<dyn Error>>;

/// Runs a program on our own terminal, so that its progress is visible while it happens.
pub(crate) fn run(command: &mut Command) -> Result {
    let status = command.status().map_err(|error| cannot_start(command, &error))?;
    if status.success() { Ok(()) } else { Err(format!("`{}`: {status}", line(command)).into()) }
}

/// Runs a program and returns what it printed; its complaints go to our terminal.
pub(crate) fn output(command: &mut Command) -> Result<String> {
    let output = command.stderr(Stdio::inherit()).output().map_err(|error| cannot_start(command, &error))?;
    if !output.status.success() {
        return Err(format!("`{}`: {}", line(command), output.status).into());
    }
    String::from_utf8(output.stdout).map_err(|_| format!("`{}` printed no UTF-8", line(command)).into())
}

/// Runs a program quietly. On failure the error carries all it printed: only then does anyone want to read it.
pub(crate) fn run_quietly(command: &mut Command) -> Result {
    let output = command.stdin(Stdio::null()).output().map_err(|error| cannot_start(command, &error))?;
    if output.status.success() {
        return Ok(());
    }
    let printed = [output.stdout, output.stderr].concat();
    let printed = String::from_utf8_lossy(&printed);
    Err(format!("`{}`: {}\n{}", line(command), output.status, printed.trim_end()).into())
}

/// The first program of that name on the `PATH`.
pub(crate) fn find_on_path(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join(program)).find(|file| file.is_file())
}

/// Whether we are the superuser.
pub(crate) fn is_root() -> Result<bool> {
    Ok(output(Command::new("id").arg("-u"))?.trim() == "0")
}

/// Installs Debian packages, asking `sudo` when we are not root.
pub(crate) fn apt_install(packages: &[&str]) -> Result {
    let names = packages.join(" ");
    if find_on_path("apt-get").is_none() {
        return Err(format!("this machine has no apt-get; install by hand what Debian calls: {names}").into());
    }
    println!("installing with apt-get: {names}");
    // One broken third-party source fails the update although the packages we need are there.
    if let Err(error) = run(apt_get()?.arg("update")) {
        eprintln!("warning: {error}; trying to install all the same");
    }
    run(apt_get()?.args(["install", "--yes", "--no-install-recommends"]).args(packages))
}

fn apt_get() -> Result<Command> {
    let root = is_root()?;
    if !root && find_on_path("sudo").is_none() {
        return Err("installing packages needs root, and this machine has no sudo".into());
    }
    let mut command = Command::new(if root { "env" } else { "sudo" });
    if !root {
        command.arg("env");
    }
    command.args(["DEBIAN_FRONTEND=noninteractive", "apt-get", "--quiet"]);
    Ok(command)
}

fn cannot_start(command: &Command, error: &io::Error) -> Box<dyn Error> {
    format!("cannot start `{}`: {error}", line(command)).into()
}

/// The command as one would type it, near enough to read.
fn line(command: &Command) -> String {
    let program = command.get_program().to_string_lossy();
    let arguments = command.get_args().map(|argument| argument.to_string_lossy());
    std::iter::once(program).chain(arguments).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_names_the_command_and_what_it_printed() {
        let error =
            run_quietly(Command::new("sh").args(["-c", "echo out; echo oops >&2; exit 3"])).unwrap_err();
        let text = error.to_string();
        assert!(text.contains("sh -c") && text.contains("exit status: 3"), "{text}");
        assert!(text.contains("out") && text.ends_with("oops"), "{text}");
    }

    #[test]
    fn a_missing_program_is_named() {
        let error = run(&mut Command::new("no-such-program-here")).unwrap_err();
        assert!(error.to_string().starts_with("cannot start `no-such-program-here`"), "{error}");
    }

    #[test]
    fn output_is_what_was_printed() {
        assert_eq!(output(Command::new("echo").arg("Åbo")).unwrap(), "Åbo\n");
    }
}
