//! Making, driving, resuming and removing runs.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::task::{Context, Poll, Waker};

use skilled_agent::{FinishReason, Log, RunId};
use skilled_store::{Error, MAX_LINE_BYTES, RunStore};

use crate::{Fixture, append, event, finished, said, started, warning};

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[test]
fn events_are_kept_as_lines_and_read_back() {
    let fixture = Fixture::new();
    let (run, events) =
        fixture.run(1, vec![started(), said("Go\n\u{2028}now"), finished(FinishReason::EndTurn)]);
    let text = String::from_utf8(fixture.bytes(run)).unwrap();
    assert_eq!(text.matches('\n').count(), 3);
    let saved = fixture.store.read(run).unwrap();
    assert_eq!((saved.events, saved.torn), (events, None));
}

#[test]
fn only_the_owner_may_look() {
    let fixture = Fixture::new();
    let (run, _) = fixture.run(1, vec![started()]);
    let session = fixture.store.session_dir(run);
    for folder in [fixture.store.runs_dir(), session.as_path(), session.parent().unwrap()] {
        assert_eq!(mode(folder), 0o700, "{}", folder.display());
    }
    assert_eq!(mode(&fixture.store.events_path(run)), 0o600);
}

#[test]
fn opening_a_store_again_finds_its_runs() {
    let fixture = Fixture::new();
    let (run, events) = fixture.run(1, vec![started()]);
    let again = RunStore::open(&fixture.folder.path().join("data")).unwrap();
    assert_eq!(again.read(run).unwrap().events, events);
}

#[test]
fn a_folder_that_cannot_be_made_is_named() {
    let fixture = Fixture::new();
    let file = fixture.folder.path().join("file");
    fs::write(&file, "").unwrap();
    let error = RunStore::open(&file).unwrap_err();
    assert_eq!(error.to_string(), format!("cannot create {}/runs", file.display()));
}

#[test]
fn a_run_is_made_once_and_driven_by_one() {
    let fixture = Fixture::new();
    let run = RunId::from_bits(1);
    let log = fixture.store.create(run).unwrap();
    assert!(matches!(fixture.store.create(run), Err(Error::Exists { .. })));
    let error = fixture.store.resume(run).unwrap_err();
    assert!(
        error.to_string().ends_with("is being driven by another process: wait until it ends, or stop it")
    );
    assert!(matches!(fixture.store.remove(run), Err(Error::InUse { .. })));
    assert!(fixture.store.read(run).unwrap().events.is_empty(), "reading needs no lock");
    drop(log);
    assert!(fixture.store.resume(run).is_ok());
}

#[test]
fn a_resumed_log_goes_on_at_its_end() {
    let fixture = Fixture::new();
    let (run, mut events) = fixture.run(1, vec![started(), said("Go")]);
    let mut resumed = fixture.store.resume(run).unwrap();
    assert_eq!((&resumed.events, resumed.torn, resumed.log.run()), (&events, None, run));
    events.extend(append(&mut resumed.log, 3, vec![finished(FinishReason::Budget)]));
    resumed.log.sync().unwrap();
    assert_eq!(fixture.store.read(run).unwrap().events, events);
}

#[test]
fn a_log_serves_a_driver() {
    let fixture = Fixture::new();
    let run = RunId::from_bits(1);
    let mut log = fixture.store.create(run).unwrap();
    let first = event(1, started());
    // Durable when the future is ready, and it is ready at once.
    let mut context = Context::from_waker(Waker::noop());
    assert!(matches!(Log::append(&mut log, &first).as_mut().poll(&mut context), Poll::Ready(Ok(()))));
    assert_eq!(fixture.store.read(run).unwrap().events, [first]);
}

#[test]
fn an_event_that_could_not_be_read_back_is_not_written() {
    let fixture = Fixture::new();
    let run = RunId::from_bits(1);
    let mut log = fixture.store.create(run).unwrap();
    let huge = event(1, warning(&"x".repeat(MAX_LINE_BYTES as usize)));
    assert!(matches!(log.append(&huge), Err(Error::EventTooLong { seq: 1, .. })));
    assert!(fixture.bytes(run).is_empty());
    append(&mut log, 1, vec![started()]);
}

#[test]
fn a_removed_run_is_gone_with_its_session() {
    let fixture = Fixture::new();
    let (run, _) = fixture.run(1, vec![started()]);
    let (other, _) = fixture.run(2, vec![started()]);
    fs::write(fixture.store.session_dir(run).join("file"), "x").unwrap();
    fixture.store.remove(run).unwrap();
    assert!(!fixture.store.session_dir(run).parent().unwrap().exists());
    for error in [
        fixture.store.remove(run).unwrap_err(),
        fixture.store.read(run).unwrap_err(),
        fixture.store.resume(run).unwrap_err(),
    ] {
        assert!(error.to_string().starts_with(&format!("there is no run {run} in ")), "{error}");
    }
    assert_eq!(fixture.store.ids().unwrap(), [other]);
}

#[test]
fn a_folder_without_a_log_can_be_removed() {
    let fixture = Fixture::new();
    let (run, _) = fixture.run(1, vec![started()]);
    fs::remove_file(fixture.store.events_path(run)).unwrap();
    fixture.store.remove(run).unwrap();
    assert!(fixture.store.ids().unwrap().is_empty());
}
