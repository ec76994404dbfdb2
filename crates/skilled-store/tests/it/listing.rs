//! Listing and finding runs.

use skilled_agent::{FinishReason, RunId};
use skilled_store::{Error, FindError, RunSummary};

use crate::{Fixture, finished, said, started, warning};

fn summary() -> RunSummary {
    RunSummary {
        started: Some(1000),
        updated: Some(3000),
        model: Some("scripted/test".into()),
        prompt: Some("Go".into()),
        finished: None,
        cost_usd: None,
    }
}

#[test]
fn runs_are_listed_newest_first() {
    let fixture = Fixture::new();
    fixture.run(1, vec![started(), said("Go"), warning("still there")]);
    fixture.run(2, vec![started(), warning("early"), said("Go"), finished(FinishReason::Budget)]);
    fixture.run(3, vec![]);
    std::fs::write(fixture.store.runs_dir().join("notes.txt"), "not a run").unwrap();
    let listed = fixture.store.list().unwrap();
    let ids: Vec<_> = listed.iter().map(|listed| listed.run).collect();
    assert_eq!(ids, [3, 2, 1].map(RunId::from_bits));
    let summaries: Vec<_> = listed.into_iter().map(|listed| listed.summary.unwrap()).collect();
    let nothing = RunSummary {
        started: None,
        updated: None,
        model: None,
        prompt: None,
        finished: None,
        cost_usd: None,
    };
    let stopped = RunSummary {
        updated: Some(4000),
        finished: Some(FinishReason::Budget),
        cost_usd: Some(0.3),
        ..summary()
    };
    assert_eq!(summaries, [nothing, stopped, summary()]);
}

#[test]
fn long_and_torn_ends_are_listed_by_their_last_whole_event() {
    let fixture = Fixture::new();
    let (run, _) = fixture.run(1, vec![started(), said("Go"), warning(&"long ".repeat(100_000))]);
    for torn in [String::new(), "{\"seq\":4".to_owned(), "x".repeat(300_000)] {
        let whole = fixture.bytes(run);
        fixture.overwrite(run, &[whole.as_slice(), torn.as_bytes()].concat());
        assert_eq!(fixture.store.list().unwrap().remove(0).summary.unwrap(), summary());
        fixture.overwrite(run, &whole);
    }
}

#[test]
fn the_middle_of_a_run_is_not_read_for_the_list() {
    let fixture = Fixture::new();
    let (run, _) = fixture.run(1, vec![started(), said("Go"), warning("a"), finished(FinishReason::EndTurn)]);
    let text = String::from_utf8(fixture.bytes(run)).unwrap();
    let mut lines: Vec<_> = text.lines().collect();
    lines[2] = "damaged";
    fixture.overwrite(run, (lines.join("\n") + "\n").as_bytes());
    let listed = fixture.store.list().unwrap().remove(0).summary.unwrap();
    assert_eq!(listed.finished, Some(FinishReason::EndTurn));
}

#[test]
fn a_damaged_run_hides_no_other() {
    let fixture = Fixture::new();
    let (good, _) = fixture.run(1, vec![started(), said("Go")]);
    let (bad, _) = fixture.run(2, vec![started(), said("Go")]);
    let (worse, _) = fixture.run(3, vec![started()]);
    fixture.overwrite(bad, b"damaged\n");
    let bytes = fixture.bytes(worse);
    fixture.overwrite(worse, &[bytes.as_slice(), &bytes, b"damaged\n"].concat());
    let listed = fixture.store.list().unwrap();
    assert!(matches!(&listed[0].summary, Err(Error::Corrupt { .. } | Error::CorruptEnd { .. })));
    assert!(matches!(&listed[1].summary, Err(Error::Corrupt { line: 1, .. })));
    assert_eq!(listed[2].run, good);
    assert!(listed[2].summary.is_ok());
}

#[test]
fn a_run_is_found_by_what_is_unique_of_it() {
    let fixture = Fixture::new();
    assert!(matches!(fixture.store.find("latest"), Err(FindError::Empty)));
    let ids = [RunId::from_bits(62 * 5), RunId::from_bits(62 * 5 + 1), RunId::from_bits(u128::MAX)];
    for id in ids {
        fixture.store.create(id).unwrap();
    }
    let [first, second, last] = ids;
    assert_eq!(fixture.store.find("latest").unwrap(), last);
    assert_eq!(fixture.store.find(&first.to_string()).unwrap(), first);
    let last_text = last.to_string();
    assert_eq!(fixture.store.find(&last_text[..6]).unwrap(), last);
    assert_eq!(fixture.store.find(&last_text[4..6]).unwrap(), last);
    let error = fixture.store.find("run_0000").unwrap_err();
    assert_eq!(
        error.to_string(),
        format!("\"run_0000\" is ambiguous: write more of one of {second}, {first}")
    );
    for text in ["", "run_", "run_x", "../x", "LATEST"] {
        assert!(matches!(fixture.store.find(text), Err(FindError::None { .. })), "{text}");
    }
}
