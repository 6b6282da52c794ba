//! The `carcosa` program.

fn main() -> std::process::ExitCode {
    carcosa::cli::main()
}
