//! The `palisade` program.

fn main() -> std::process::ExitCode {
    palisade::cli::run()
}
