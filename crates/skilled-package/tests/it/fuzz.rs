//! What fuzzing found interesting, once more, without a fuzzer: the same assertions over a part of each corpus.
//!
//! The tests are here because packages stand on all that is fuzzed. `cargo xtask soak fuzz` does it in full.

#[path = "../../../../fuzz/checks/archive.rs"]
mod archive;
#[path = "../../../../fuzz/checks/front_matter.rs"]
mod front_matter;
#[path = "../../../../fuzz/checks/globs.rs"]
mod globs;
#[path = "../../../../fuzz/checks/links.rs"]
mod links;

use std::fs::File;
use std::path::Path;

use skilled_archive::{Archive, Options};

/// Inputs of one corpus that are replayed: enough to notice, few enough for every run of the tests.
const INPUTS: usize = 300;

#[track_caller]
fn replay(target: &str, check: fn(&[u8])) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("../../fuzz/corpus/{target}.tar.gz"));
    let mut corpus = Archive::open(File::open(&path).unwrap(), &Options::default()).unwrap();
    let step = corpus.entries().len().div_ceil(INPUTS).max(1);
    let (mut number, mut replayed) = (0, 0);
    corpus
        .visit(|entry, content| {
            number += 1;
            if number % step == 0 {
                let mut input = Vec::new();
                content.read_to_end(&mut input)?;
                let holds = std::panic::catch_unwind(|| check(&input)).is_ok();
                assert!(holds, "{target}: {}, for the reason above", entry.path);
                replayed += 1;
            }
            Ok(())
        })
        .unwrap();
    assert!(replayed >= INPUTS / 2, "{target} has a corpus of {replayed}");
}

#[test]
fn archives_hold_what_they_promise() {
    replay("archive", archive::check);
}

#[test]
fn front_matter_holds_what_it_promises() {
    replay("front_matter", front_matter::check);
}

#[test]
fn patterns_hold_what_they_promise() {
    replay("globs", globs::check);
}

#[test]
fn documents_hold_what_they_promise() {
    replay("links", links::check);
}
