//! Checkpoints as tar archives.

use std::fs::{self, File};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{FileExt, symlink};
use std::path::Path;
use std::process::Command;
use std::time::{Duration, UNIX_EPOCH};

use skilled_checkpoint::{Checkpoints, Error, Exceeded, Limits, Restore, Settings};

use crate::{Session, assert_same, describe, set_mode, set_modified};

const BLOCK: usize = 512;

/// A folder with one of everything that other programs unpack too.
fn everything() -> Session {
    let session = Session::new();
    session.write("file", "content");
    set_mode(&session.write("folder/run", "#!/bin/sh\n"), 0o755);
    let long = format!("{}/{}/{}", "l".repeat(200), "ö".repeat(100), "n".repeat(255));
    session.write(long, "x".repeat(1_000));
    session.write(std::ffi::OsStr::from_bytes(b"not \xff UTF-8"), "1");
    symlink("../outside", session.workspace.join("link")).unwrap();
    symlink("t".repeat(300), session.workspace.join("long link")).unwrap();
    fs::create_dir(session.workspace.join("empty")).unwrap();
    session.write("large", vec![7; (2 << 20) + 5]);
    let sparse = File::create(session.workspace.join("sparse")).unwrap();
    sparse.set_len((64 << 20) + 3).unwrap();
    sparse.write_all_at(b"data", 3 << 20).unwrap();
    sparse.write_all_at(b"more", 40 << 20).unwrap();
    set_modified(&session.write("old", "1"), UNIX_EPOCH - Duration::from_millis(1_500));
    set_modified(&session.write("exact", "1"), UNIX_EPOCH + Duration::from_secs(1_000_000));
    session
}

fn other(session: &Session, limits: Limits) -> Checkpoints {
    let place = tempfile::tempdir_in(session.place.path()).unwrap().keep();
    Checkpoints::open(&place, Settings { limits, ..Settings::default() }).unwrap()
}

#[test]
fn an_archive_takes_a_checkpoint_elsewhere() {
    let session = everything();
    let id = session.take_quietly();
    let archive = session.export(&id);
    assert!(archive == session.export(&id), "the same bytes each time");
    let other = other(&session, Limits::default());
    let imported = other.import(&mut &archive[..]).unwrap();
    let original = session.checkpoints.list().unwrap().checkpoints.remove(0);
    assert_eq!(
        (&imported.label, imported.taken, imported.entries, imported.bytes, &imported.folders),
        (&original.label, original.taken, original.entries, original.bytes, &original.folders)
    );
    let folders = [skilled_checkpoint::Folder::new("workspace", session.place.path().join("fork")).unwrap()];
    other.fork(&imported.id, &folders, Restore::default()).unwrap();
    assert_same(&describe(folders[0].path()), &describe(&session.workspace));
    assert_eq!(session.checkpoints.import(&mut &archive[..]).unwrap().own_bytes, 0, "all is there already");
}

#[test]
fn other_programs_unpack_it() {
    let session = everything();
    let id = session.take_quietly();
    let archive = session.place.path().join("archive.tar");
    fs::write(&archive, session.export(&id)).unwrap();
    let unpacked = session.place.path().join("unpacked");
    fs::create_dir(&unpacked).unwrap();
    let output = Command::new("tar")
        .args(["--no-same-owner", "-xpf"])
        .args([&archive, Path::new("-C"), &unpacked])
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_same(&describe(&unpacked.join("workspace")), &describe(&session.workspace));
    assert!(fs::read_to_string(unpacked.join("checkpoint.json")).unwrap().contains("\"label\":\"label\""));
}

/// A small archive and where the blocks of its entries begin.
fn small() -> (Session, Vec<u8>) {
    let session = Session::new();
    set_modified(&session.write("a", "content of a"), UNIX_EPOCH + Duration::from_secs(5));
    set_modified(&session.write("b", "content of b"), UNIX_EPOCH + Duration::from_secs(5));
    symlink("a", session.workspace.join("c")).unwrap();
    session.write("d/e", "1");
    let id = session.take_quietly();
    let archive = session.export(&id);
    (session, archive)
}

fn import(archive: &[u8]) -> Result<(), Error> {
    let place = tempfile::tempdir().unwrap();
    let store = Checkpoints::open(place.path(), Settings::default()).unwrap();
    let result = store.import(&mut &archive[..]).map(drop);
    let packs = fs::read_dir(place.path().join("packs")).unwrap().count();
    assert!(result.is_ok() || packs == 0, "something stays of what was refused");
    result
}

#[track_caller]
fn refuse(archive: &[u8], expected: &str) {
    match import(archive) {
        Err(Error::Refused { reason, .. }) => assert!(reason.contains(expected), "{reason}"),
        other => panic!("{other:?}"),
    }
}

/// The block of the header whose name is this.
fn find(archive: &[u8], name: &str) -> usize {
    let name = [name.as_bytes(), &[0]].concat();
    archive.chunks(BLOCK).position(|block| block.starts_with(&name)).unwrap() * BLOCK
}

/// Changes a header and makes its checksum right again.
fn edit(archive: &[u8], name: &str, change: impl FnOnce(&mut [u8])) -> Vec<u8> {
    let mut archive = archive.to_vec();
    let at = find(&archive, name);
    let block = &mut archive[at..at + BLOCK];
    change(block);
    block[148..156].fill(b' ');
    let sum: u32 = block.iter().map(|byte| u32::from(*byte)).sum();
    block[148..156].copy_from_slice(format!("{sum:07o}\0").as_bytes());
    archive
}

fn rename(archive: &[u8], from: &str, to: &str) -> Vec<u8> {
    edit(archive, from, |block| {
        block[..100].fill(0);
        block[..to.len()].copy_from_slice(to.as_bytes());
    })
}

#[test]
fn what_was_changed_is_refused() {
    let (_session, archive) = small();
    import(&archive).unwrap();
    // An edit that changes nothing is accepted, so it is not the editing that is refused.
    import(&edit(&archive, "workspace/a", |_| ())).unwrap();
    import(&[&archive[..], &[0; 10_240]].concat()).unwrap();

    for name in ["workspace/..", "workspace/.", "workspace/"] {
        let expected = if name.ends_with('/') { "does not fit its kind" } else { "name that cannot be" };
        refuse(&rename(&archive, "workspace/a", name), expected);
    }
    refuse(&rename(&archive, "workspace/a", "/etc/passwd"), "not in the folder");
    refuse(&rename(&archive, "workspace/a", "../a"), "not in the folder");
    refuse(&rename(&archive, "workspace/a", "workspace/x/a"), "not in the folder");
    refuse(&rename(&archive, "workspace/a", "a"), "in no folder");
    refuse(&rename(&archive, "workspace/b", "workspace/a"), "twice or out of order");
    refuse(&rename(&archive, "workspace/a", "workspace/z"), "twice or out of order");
    refuse(&rename(&archive, "workspace/a", "workspace/aa"), "not those that were exported");
    refuse(&rename(&archive, "checkpoint.json", "other.json"), "is not `checkpoint.json`");
    for kind in [b'1', b'4', b'6', b'7', b'L', b'K', b'g', b'S', 0] {
        let changed = edit(&archive, "workspace/a", |block| block[156] = kind);
        assert!(matches!(import(&changed), Err(Error::Refused { .. })), "kind {kind}");
    }
    let privileged = edit(&archive, "workspace/a", |block| block[100..108].copy_from_slice(b"0004755\0"));
    refuse(&privileged, "has a mode");
    let mut damaged = archive.clone();
    damaged[find(&archive, "workspace/a") + BLOCK] ^= 1;
    refuse(&damaged, "not those that were exported");
    refuse(&[&archive[..], b"x"].concat(), "something follows");
    refuse(&[&archive[..], &vec![0; 100_000]].concat(), "something follows");
    refuse(&[&archive[..], &archive[..]].concat(), "something follows");
    refuse(b"", "cut off");
    refuse(&[0; 1_024], "missing");
}

#[test]
fn what_was_cut_is_refused() {
    let (_session, archive) = small();
    for end in (0..archive.len()).step_by(64) {
        refuse(&archive[..end], "");
    }
}

#[test]
fn every_byte_counts() {
    let (session, archive) = small();
    let text = BLOCK..find(&archive, "workspace/");
    let store = other(&session, Limits::default());
    for at in (0..archive.len()).filter(|at| !text.contains(at)) {
        let mut changed = archive.clone();
        changed[at] ^= 1 << (at % 7);
        let result = store.import(&mut &changed[..]);
        assert!(
            matches!(result, Err(Error::Refused { .. } | Error::TooMuch { .. })),
            "byte {at}: {result:?}"
        );
    }
    // Label and time may be changed; then it is another checkpoint. What they are must still be understood.
    for at in text {
        let mut changed = archive.clone();
        changed[at] ^= 1;
        match store.import(&mut &changed[..]) {
            Ok(_) | Err(Error::Refused { .. }) => {}
            other => panic!("byte {at}: {other:?}"),
        }
    }
}

#[test]
fn sizes_are_bounded_before_anything_is_read() {
    let (session, archive) = small();
    let huge = edit(&archive, "workspace/a", |block| block[124..136].copy_from_slice(b"77777777777\0"));
    let small = Limits { file_bytes: 1 << 20, ..Limits::default() };
    let result = other(&session, small).import(&mut &huge[..]);
    assert!(matches!(result, Err(Error::TooMuch { exceeded: Exceeded::FileBytes, .. })), "{result:?}");
    refuse(&huge, "cut off");
    let exact = Limits { entries: 5, bytes: 25, file_bytes: 12, depth: 1 };
    other(&session, exact).import(&mut &archive[..]).unwrap();
    let cases = [
        (Limits { entries: 4, ..exact }, Exceeded::Entries),
        (Limits { bytes: 24, ..exact }, Exceeded::Bytes),
        (Limits { file_bytes: 11, ..exact }, Exceeded::FileBytes),
        (Limits { depth: 0, ..exact }, Exceeded::Depth),
    ];
    for (limits, expected) in cases {
        match other(&session, limits).import(&mut &archive[..]) {
            Err(Error::TooMuch { exceeded, .. }) => assert_eq!(exceeded, expected),
            result => panic!("{result:?}"),
        }
    }
}

#[test]
fn maps_of_holes_are_checked() {
    let session = Session::new();
    let sparse = File::create(session.workspace.join("s")).unwrap();
    sparse.set_len(4 << 20).unwrap();
    sparse.write_all_at(b"data", 1 << 20).unwrap();
    set_modified(&session.workspace.join("s"), UNIX_EPOCH + Duration::from_secs(5));
    let id = session.take_quietly();
    let archive = session.export(&id);
    import(&archive).unwrap();
    let map = b"2\n1048576\n1048576\n4194304\n0\n";
    let at = archive.windows(map.len()).position(|window| window == map).expect("a map");
    for bad in [
        &b"2\n1048577\n1048576\n4194304\n0\n"[..],
        b"2\n2097152\n1048576\n4194304\n0\n",
        b"2\n1048576\n1048575\n4194304\n0\n",
        b"2\n5242880\n1048576\n4194304\n0\n",
        b"9\n1048576\n1048576\n4194304\n0\n",
        b"1\n1048576\n1048576\n4194304\n0\n",
        b"x\n1048576\n1048576\n4194304\n0\n",
        b"2\n1048576\n18446744073709551615\n",
    ] {
        let mut changed = archive.clone();
        changed[at..at + map.len()].fill(0);
        let end = bad.len().min(map.len() + 100);
        changed[at..at + end].copy_from_slice(&bad[..end]);
        refuse(&changed, "");
    }
}
