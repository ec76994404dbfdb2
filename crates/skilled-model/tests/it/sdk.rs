//! The recorded streams against the official SDKs.

use std::path::Path;
use std::process::Command;

/// Names the Python interpreter of an environment with `tests/sdk/requirements.txt`.
const PYTHON: &str = "SKILLED_SDK_PYTHON";
/// Makes a skip a failure.
const REQUIRE_ALL: &str = "SKILLED_REQUIRE_ALL";

#[test]
#[expect(clippy::disallowed_methods, reason = "a test reads how it is run from its environment")]
fn the_official_sdks_read_every_recorded_stream() {
    let Ok(python) = std::env::var(PYTHON) else {
        let message = format!("SKIPPED: {PYTHON} does not name a Python with tests/sdk/requirements.txt");
        assert!(std::env::var_os(REQUIRE_ALL).is_none(), "{message}, and {REQUIRE_ALL} is set");
        eprintln!("{message}");
        return;
    };
    let tests = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests");
    let output = Command::new(&python)
        .args([tests.join("sdk/validate.py"), tests.join("data")])
        .output()
        .unwrap_or_else(|error| panic!("cannot run {python} (from {PYTHON}): {error}"));
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{}{said}", String::from_utf8_lossy(&output.stdout));
}
