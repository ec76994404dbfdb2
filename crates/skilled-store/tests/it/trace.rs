//! What the kernel is asked for, in which order: a kill alone cannot show that something was synced before it was acknowledged.
//!
//! A child is watched by `strace`. Each of its acknowledgements must come after the sync of everything it stands on.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Command, Stdio};

use skilled_store::{Blobs, DataDir, DiskBlobs, FileRecord, Files, Quota, Skills, SqliteRecords};

use crate::blobs::body;
use crate::child::{Running, Task, say};
use crate::suite::{file, skill};

/// The child's side.
pub(crate) async fn work(folder: &Path) {
    let data = DataDir::serve(folder).unwrap();
    let records = SqliteRecords::open(&data.records()).await.unwrap();
    let blobs = DiskBlobs::open(&data.blobs()).unwrap();
    say("begin");
    for number in 0..3_u64 {
        let put = blobs.put(body(&[b"some content ", number.to_string().as_bytes()]), 100, 1).await.unwrap();
        say("blob");
        let id = format!("file_{number}");
        let record = FileRecord { content: put.digest, ..file(&id, "w1", number) };
        records.create_file(record, Quota::Unlimited).await.unwrap();
        say("record");
        records.create_skill(skill(&format!("skill_{number}"), "w1", 1)).await.unwrap();
        say("record");
        // Content that is there already.
        blobs.put(body(&[b"some content ", number.to_string().as_bytes()]), 100, 2).await.unwrap();
        say("known blob");
    }
}

/// A call that has ended.
#[derive(Debug, PartialEq, Eq)]
struct Call {
    name: String,
    /// Arguments, in which descriptors carry their paths.
    arguments: String,
    succeeded: bool,
}

/// Reads what `strace -f -y` wrote, by the order in which calls ended. A call that others interrupt stands on two lines.
fn calls(trace: &str) -> Vec<Call> {
    let mut begun: BTreeMap<&str, String> = BTreeMap::new();
    let mut calls = Vec::new();
    for line in trace.lines() {
        let Some((process, rest)) = line.split_once(' ') else { continue };
        let rest = rest.trim_start();
        let whole = if let Some(half) = rest.strip_suffix(" <unfinished ...>") {
            begun.insert(process, half.to_owned());
            continue;
        } else if let Some((_, end)) =
            rest.strip_prefix("<... ").and_then(|rest| rest.split_once(" resumed>"))
        {
            begun.remove(process).unwrap_or_default() + end
        } else {
            rest.to_owned()
        };
        let Some((name, arguments)) = whole.split_once('(') else { continue };
        let Some((arguments, result)) = arguments.rsplit_once(" = ") else { continue };
        let (name, arguments) = (name.to_owned(), arguments.to_owned());
        calls.push(Call { name, arguments, succeeded: !result.starts_with('-') });
    }
    calls
}

/// Says what is wrong with the order of the calls, and how many acknowledgements were looked at.
fn judge(calls: &[Call]) -> Result<BTreeMap<&'static str, usize>, String> {
    let mut counts = BTreeMap::new();
    // Since the acknowledgement before.
    let mut since: Vec<&Call> = Vec::new();
    let mut begun = false;
    for call in calls.iter().filter(|call| call.succeeded) {
        let said = (call.name == "write").then(|| call.arguments.split_once("\\nchild: ")).flatten();
        let Some((_, said)) = said else {
            since.push(call);
            continue;
        };
        let place = |what: &str, found: &dyn Fn(&Call) -> bool| {
            let place = since.iter().rposition(|call| found(call));
            place.ok_or_else(|| format!("no {what} before {said:?}; there were {since:#?}"))
        };
        let is_sync = |call: &Call| matches!(call.name.as_str(), "fsync" | "fdatasync");
        let is_temporary = |call: &Call| call.arguments.contains("/blobs/tmp/");
        let written = |call: &Call| matches!(call.name.as_str(), "write" | "pwrite64");
        let in_log = |call: &Call| call.arguments.contains("records.sqlite3-wal");
        let folder_sync =
            |call: &Call| is_sync(call) && call.arguments.contains("/blobs/") && !is_temporary(call);
        let places = if said.starts_with("blob") {
            vec![
                place("write of the content", &|call| written(call) && is_temporary(call))?,
                place("sync of the content", &|call| is_sync(call) && is_temporary(call))?,
                place("name", &|call| call.name.starts_with("rename") && is_temporary(call))?,
                place("sync of the folder", &folder_sync)?,
            ]
        } else if said.starts_with("known blob") {
            vec![place("sync of the folder", &folder_sync)?]
        } else if said.starts_with("record") {
            vec![
                place("write to the log", &|call| written(call) && in_log(call))?,
                place("sync of the log", &|call| is_sync(call) && in_log(call))?,
            ]
        } else {
            begun = said.starts_with("begin");
            vec![]
        };
        if !places.is_sorted() {
            return Err(format!("the wrong order before {said:?}: {since:#?}"));
        }
        let kind = ["known blob", "blob", "record"].into_iter().find(|kind| said.starts_with(kind));
        if let (Some(kind), true) = (kind, begun) {
            *counts.entry(kind).or_default() += 1;
        }
        since.clear();
    }
    Ok(counts)
}

#[test]
#[allow(
    clippy::disallowed_methods,
    reason = "the test is told by the environment that nothing may be skipped"
)]
fn each_acknowledgement_comes_after_its_sync() {
    let strace = Command::new("strace").arg("--version").stdout(Stdio::null()).status();
    if !strace.is_ok_and(|status| status.success()) {
        assert!(std::env::var_os("SKILLED_REQUIRE_ALL").is_none(), "strace is missing");
        eprintln!("SKIPPED: strace is missing, so the order of syncs was not looked at");
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let trace = folder.path().join("trace");
    let watched = "trace=write,pwrite64,fsync,fdatasync,rename,renameat,renameat2";
    let wrapper = [
        "strace",
        "-f",
        "-y",
        "-qq",
        "-s",
        "64",
        "-e",
        "signal=none",
        "-e",
        watched,
        "-o",
        trace.to_str().unwrap(),
    ];
    Running::start(&wrapper, Task::Calm, &folder.path().join("data"), 0).wait();
    let trace = std::fs::read_to_string(trace).unwrap();
    let counts = judge(&calls(&trace)).unwrap();
    assert_eq!(counts, BTreeMap::from([("blob", 3), ("known blob", 3), ("record", 6)]), "{trace}");
}

const GOOD: &str = "\
7 write(1</p>, \"\\nchild: begin\\n\", 13) = 13
7 write(5</d/blobs/tmp/1-0>, \"content\", 7) = 7
8 fsync(5</d/blobs/tmp/1-0> <unfinished ...>
7 write(9</x>, \"else\", 4) = 4
8 <... fsync resumed>) = 0
8 rename(\"/d/blobs/tmp/1-0\", \"/d/blobs/ab/cd\") = 0
8 fsync(6</d/blobs/ab>) = 0
7 write(1</p>, \"\\nchild: blob\\n\", 12) = 12
9 pwrite64(4</d/records.sqlite3-wal>, \"...\", 4096, 32) = 4096
9 fdatasync(4</d/records.sqlite3-wal>) = 0
7 write(1</p>, \"\\nchild: record\\n\", 14) = 14
";

#[test]
fn a_missing_or_late_sync_is_found() {
    assert_eq!(judge(&calls(GOOD)), Ok(BTreeMap::from([("blob", 1), ("record", 1)])));
    let lines: Vec<&str> = GOOD.lines().collect();
    // Each of these lines is needed. The second half of a divided one stands for the whole.
    for needed in [1, 4, 5, 6, 8, 9] {
        let without: Vec<_> = (0..lines.len()).filter(|at| *at != needed).map(|at| lines[at]).collect();
        assert!(judge(&calls(&without.join("\n"))).is_err(), "without {}", lines[needed]);
    }
    // A sync whose end comes after the acknowledgement, one that fails, one before the last write, a folder synced too early.
    let swapped = |a: usize, b: usize| {
        let mut lines = lines.clone();
        lines.swap(a, b);
        lines.join("\n")
    };
    for bad in [
        swapped(9, 10),
        GOOD.replace(
            "fdatasync(4</d/records.sqlite3-wal>) = 0",
            "fdatasync(4</d/records.sqlite3-wal>) = -1 EIO",
        ),
        swapped(8, 9),
        swapped(5, 6),
        swapped(4, 5),
    ] {
        assert!(judge(&calls(&bad)).is_err(), "{bad}");
    }
}
