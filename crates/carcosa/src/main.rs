//! The `carcosa` program.

/// The system's allocator takes a fifth of the time of a key verification.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    carcosa::cli::main()
}
