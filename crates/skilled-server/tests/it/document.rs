//! The description of the interface.

use std::path::Path;

#[test]
fn the_committed_description_is_that_of_the_code() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/openapi.json");
    let text = skilled_server::openapi();
    if std::env::var_os("UPDATE_REFERENCE").is_some() {
        std::fs::write(&path, &text).unwrap();
    }
    let committed = std::fs::read_to_string(&path).unwrap_or_default();
    let remedy =
        "docs/openapi.json is not up to date: UPDATE_REFERENCE=1 cargo test -p skilled-server document";
    assert!(committed == text, "{remedy}");
}
