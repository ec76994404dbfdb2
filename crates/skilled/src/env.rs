//! Every environment variable that `skilled` reads, in one place.

#![allow(
    clippy::disallowed_methods,
    reason = "the one place that reads the environment, the home and the current directory"
)]

use std::path::PathBuf;

/// Key of the provider `anthropic`.
pub(crate) const ANTHROPIC_API_KEY: &str = "ANTHROPIC_API_KEY";
/// Address of the provider `anthropic`, before `/v1/messages`.
pub(crate) const ANTHROPIC_BASE_URL: &str = "ANTHROPIC_BASE_URL";
/// Key of the provider `openai`.
pub(crate) const OPENAI_API_KEY: &str = "OPENAI_API_KEY";
/// Address of the provider `openai`, before `/chat/completions`.
pub(crate) const OPENAI_BASE_URL: &str = "OPENAI_BASE_URL";
/// The model of runs that name none.
pub(crate) const SKILLED_MODEL: &str = "SKILLED_MODEL";
/// The sandbox of runs that name none.
pub(crate) const SKILLED_SANDBOX: &str = "SKILLED_SANDBOX";
/// The data directory.
pub(crate) const SKILLED_DATA: &str = "SKILLED_DATA";
/// The Python environment mounted into sandboxes.
pub(crate) const SKILLED_PYTHON: &str = "SKILLED_PYTHON";

/// Address of the server that `skilled api` uses, before `/v1`.
pub(crate) const SKILLED_BASE_URL: &str = "SKILLED_BASE_URL";
/// Its key.
pub(crate) const SKILLED_API_KEY: &str = "SKILLED_API_KEY";

/// No colours, whatever its value (<https://no-color.org>).
pub(crate) const NO_COLOR: &str = "NO_COLOR";
/// Colours even through a pipe, unless it is `0`.
pub(crate) const CLICOLOR_FORCE: &str = "CLICOLOR_FORCE";

/// What the terminal is, for a shell in a sandbox.
pub(crate) const TERM: &str = "TERM";

/// Returns the value of a variable, unless it is missing or empty.
pub(crate) fn get(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.trim().is_empty())
}

/// Returns `$XDG_<name>_HOME`, or `fallback` below the home directory (XDG Base Directory Specification).
pub(crate) fn xdg(name: &str, fallback: &str) -> Option<PathBuf> {
    let own = get(&format!("XDG_{name}_HOME")).map(PathBuf::from).filter(|path| path.is_absolute());
    own.or_else(|| home().map(|home| home.join(fallback)))
}

/// Returns the home directory.
pub(crate) fn home() -> Option<PathBuf> {
    std::env::home_dir().filter(|home| home.is_absolute())
}

/// Returns the current directory.
pub(crate) fn current_dir() -> std::io::Result<PathBuf> {
    std::env::current_dir()
}

/// Returns the time, in milliseconds since the Unix epoch.
pub(crate) fn now() -> u64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    since.map_or(0, |since| u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
}
