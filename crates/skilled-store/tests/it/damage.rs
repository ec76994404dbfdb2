//! Logs that a crash or somebody else left behind.

use std::fs::OpenOptions;

use proptest::prelude::*;
use skilled_agent::FinishReason;
use skilled_store::{Error, MAX_LINE_BYTES, TornLine};

use crate::{Fixture, append, finished, said, started};

/// The beginnings of the lines, and the end.
fn line_starts(bytes: &[u8]) -> Vec<usize> {
    std::iter::once(0)
        .chain(bytes.iter().enumerate().filter(|(_, byte)| **byte == b'\n').map(|(at, _)| at + 1))
        .collect()
}

#[test]
fn a_log_cut_anywhere_keeps_its_whole_lines() {
    let fixture = Fixture::new();
    let (run, events) = fixture.run(1, vec![started(), said("Go"), finished(FinishReason::EndTurn)]);
    let whole = fixture.bytes(run);
    let starts = line_starts(&whole);
    for cut in 0..=whole.len() {
        fixture.overwrite(run, &whole[..cut]);
        let kept = starts.iter().filter(|start| **start <= cut).count() - 1;
        let offset = starts[kept];
        let torn = (offset < cut).then(|| TornLine {
            line: kept as u64 + 1,
            offset: offset as u64,
            bytes: (cut - offset) as u64,
        });
        let saved = fixture.store.read(run).unwrap();
        assert_eq!((&saved.events[..], saved.torn), (&events[..kept], torn));
        assert_eq!(fixture.bytes(run).len(), cut, "reading changes nothing");

        let mut resumed = fixture.store.resume(run).unwrap();
        assert_eq!((&resumed.events[..], resumed.torn), (&events[..kept], torn));
        append(&mut resumed.log, kept as u64 + 1, vec![said("On")]);
        assert_eq!(fixture.store.read(run).unwrap().events.len(), kept + 1);
    }
}

#[test]
fn a_damaged_line_is_named_and_left_alone() {
    let fixture = Fixture::new();
    let (run, _) = fixture.run(1, vec![started(), said("Go"), finished(FinishReason::EndTurn)]);
    let mut bytes = fixture.bytes(run);
    let second = line_starts(&bytes)[1];
    bytes[second] = b'#';
    fixture.overwrite(run, &bytes);
    let path = fixture.store.events_path(run);
    for error in [fixture.store.read(run).unwrap_err(), fixture.store.resume(run).unwrap_err()] {
        assert_eq!(error.to_string(), format!("{}:2: not a readable event", path.display()));
        assert_eq!(std::error::Error::source(&error).unwrap().to_string(), "not JSON");
    }
    assert_eq!(fixture.bytes(run), bytes);
}

#[test]
fn a_run_of_a_newer_program_is_refused_by_version() {
    let fixture = Fixture::new();
    let (run, _) = fixture.run(1, vec![started()]);
    let text = String::from_utf8(fixture.bytes(run)).unwrap().replace("\"schema\":1", "\"schema\":9");
    fixture.overwrite(run, text.as_bytes());
    let error = fixture.store.read(run).unwrap_err();
    let source = std::error::Error::source(&error).unwrap().to_string();
    assert!(source.starts_with("written with event schema 9; this program reads up to 1"), "{source}");
}

#[test]
fn an_endless_line_is_not_read_to_its_end() {
    let fixture = Fixture::new();
    let (run, _) = fixture.run(1, vec![started()]);
    let path = fixture.store.events_path(run);
    let file = OpenOptions::new().write(true).open(&path).unwrap();
    file.set_len(fixture.bytes(run).len() as u64 + MAX_LINE_BYTES + 1).unwrap();
    let error = fixture.store.read(run).unwrap_err();
    assert!(matches!(error, Error::LineTooLong { line: 2, limit: MAX_LINE_BYTES, .. }), "{error}");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever is in the file: an answer or an error, never a panic.
    #[test]
    fn no_file_is_too_strange(bytes in prop::collection::vec(prop_oneof![Just(b'\n'), any::<u8>()], 0..200), after: bool) {
        let fixture = Fixture::new();
        let (run, _) = fixture.run(1, if after { vec![started()] } else { vec![] });
        let content = [fixture.bytes(run), bytes].concat();
        fixture.overwrite(run, &content);
        let read = fixture.store.read(run);
        prop_assert_eq!(read.is_ok(), fixture.store.resume(run).is_ok());
        prop_assert_eq!(fixture.store.list().unwrap().len(), 1);
    }
}
