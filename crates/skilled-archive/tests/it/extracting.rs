//! Folders appear when they are complete, or not at all.

use std::fs;
use std::io::{self, Cursor, Read};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use skilled_archive::{Archive, Durability, Error, Existing, Options};

use super::craft::{Block, Member, gzip, tar, zip};
use super::tree::tree;

fn extract(bytes: &[u8], to: &Path, existing: Existing) -> Result<(), Error> {
    let placed = Archive::open(Cursor::new(bytes), &Options::default())?.extract_to(to, existing)?;
    assert_eq!(placed.leftover, None);
    Ok(())
}

fn names(place: &Path) -> Vec<String> {
    let mut names: Vec<String> =
        fs::read_dir(place).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn modes_are_normalised_and_nothing_else_is_kept() {
    let place = tempfile::tempdir().unwrap();
    let blocks = [
        Block { mode: 0o7777, ..Block::new(b'5', "d", b"") },
        Block { mode: 0o6755, ..Block::file("d/setuid", b"1") },
        Block { mode: 0o000, ..Block::file("d/closed", b"2") },
        Block { mode: 0o666, ..Block::file("implied/open", b"3") },
    ];
    let members = [
        Member { mode: 0o047_777, ..Member::file("d/", b"") },
        Member { mode: 0o106_755, ..Member::deflated("d/setuid", b"1") },
        Member { mode: 0o100_000, ..Member::file("d/closed", b"2") },
        Member { mode: 0, ..Member::deflated("implied/open", b"3") },
    ];
    let expected = [
        ("d", (0o755, None)),
        ("d/closed", (0o644, Some(b"2".to_vec()))),
        ("d/setuid", (0o755, Some(b"1".to_vec()))),
        ("implied", (0o755, None)),
        ("implied/open", (0o644, Some(b"3".to_vec()))),
    ];
    for (name, bytes) in [("tar", tar(&blocks)), ("gz", gzip(&tar(&blocks))), ("zip", zip(&members))] {
        let to = place.path().join(name);
        extract(&bytes, &to, Existing::Refuse).unwrap();
        assert_eq!(
            tree(&to).into_iter().collect::<Vec<_>>(),
            expected.clone().map(|(p, v)| (p.to_owned(), v))
        );
    }
    assert_eq!(names(place.path()), ["gz", "tar", "zip"], "no staging folder is left");
}

#[test]
fn nothing_is_left_of_an_archive_that_fails_half_way() {
    let place = tempfile::tempdir().unwrap();
    let broken = Member { crc: Some(1), ..Member::deflated("z", b"broken") };
    let bytes = zip(&[Member::file("a", b"fine"), broken]);
    for existing in [Existing::Refuse, Existing::Replace] {
        let error = extract(&bytes, &place.path().join("out"), existing).unwrap_err();
        assert_eq!(error.problems()[0].code.as_str(), "archive-checksum");
        assert_eq!(names(place.path()), [""; 0]);
    }
}

#[test]
fn what_exists_is_replaced_only_on_purpose() {
    let place = tempfile::tempdir().unwrap();
    let to = place.path().join("out");
    let content = || fs::read_to_string(to.join("a")).unwrap();
    extract(&zip(&[Member::file("a", b"old"), Member::file("b", b"")]), &to, Existing::Replace).unwrap();
    let new = zip(&[Member::file("a", b"new")]);
    let error = extract(&new, &to, Existing::Refuse).unwrap_err();
    assert!(matches!(error, Error::Exists { ref path } if *path == to), "{error}");
    assert_eq!(content(), "old");
    let broken = zip(&[Member { crc: Some(1), ..Member::file("a", b"new") }]);
    extract(&broken, &to, Existing::Replace).unwrap_err();
    assert_eq!((content().as_str(), names(&to).len()), ("old", 2));
    extract(&new, &to, Existing::Replace).unwrap();
    assert_eq!((content().as_str(), names(&to)), ("new", vec!["a".to_owned()]));
    assert_eq!(names(place.path()), ["out"]);
    // An empty folder and a dangling link exist too.
    for name in ["empty", "link"] {
        let to = place.path().join(name);
        if name == "empty" { fs::create_dir(&to) } else { std::os::unix::fs::symlink("nowhere", &to) }
            .unwrap();
        assert!(matches!(extract(&new, &to, Existing::Refuse), Err(Error::Exists { .. })), "{name}");
    }
}

/// Root may remove everything, so the test is somebody else where it can be; a thread has a user of its own.
#[test]
fn what_was_replaced_is_removed_or_named() {
    let place = tempfile::tempdir().unwrap();
    fs::set_permissions(place.path(), fs::Permissions::from_mode(0o777)).unwrap();
    let is_root = rustix::process::geteuid().is_root();
    let to = place.path().join("out");
    std::thread::scope(|scope| {
        let somebody = scope.spawn(|| {
            if is_root {
                rustix::thread::set_thread_uid(rustix::process::Uid::from_raw(65_534)).unwrap();
            }
            extract(&zip(&[Member::file("d/e/a", b"old")]), &to, Existing::Refuse).unwrap();
            for folder in ["d/e", "d"] {
                fs::set_permissions(to.join(folder), fs::Permissions::from_mode(0o500)).unwrap();
            }
            extract(&zip(&[Member::file("a", b"new")]), &to, Existing::Replace).unwrap();
        });
        somebody.join().unwrap();
    });
    assert_eq!((names(place.path()), names(&to)), (vec!["out".to_owned()], vec!["a".to_owned()]));
    if is_root {
        fs::create_dir(to.join("of-root")).unwrap();
        fs::write(to.join("of-root/kept"), "").unwrap();
        let leftover = std::thread::scope(|scope| {
            let somebody = scope.spawn(|| {
                rustix::thread::set_thread_uid(rustix::process::Uid::from_raw(65_534)).unwrap();
                let bytes = zip(&[Member::file("b", b"newer")]);
                let mut archive = Archive::open(Cursor::new(bytes), &Options::default()).unwrap();
                archive.extract_to(&to, Existing::Replace).unwrap().leftover
            });
            somebody.join().unwrap()
        });
        assert!(leftover.unwrap().join("tree/of-root/kept").exists());
        assert_eq!(names(&to), ["b"]);
    }
}

#[test]
fn a_destination_that_cannot_be_is_said() {
    let place = tempfile::tempdir().unwrap();
    let to = place.path().join("missing/out");
    let error = extract(&zip(&[Member::file("a", b"")]), &to, Existing::Refuse).unwrap_err();
    assert!(matches!(error, Error::Write { ref path, .. } if path.ends_with("missing")), "{error:?}");
}

#[test]
fn extraction_can_wait_for_the_disk() {
    let place = tempfile::tempdir().unwrap();
    let options = Options { durability: Durability::Synced, ..Options::default() };
    let to = place.path().join("out");
    let bytes = tar(&[Block::file("d/a", b"1")]);
    let _ = Archive::open(Cursor::new(bytes), &options).unwrap().extract_to(&to, Existing::Refuse).unwrap();
    assert_eq!(fs::read(to.join("d/a")).unwrap(), b"1");
}

#[test]
fn a_visitor_may_leave_content_unread_and_may_fail() {
    let good = zip(&[Member::file("a", b"first"), Member::deflated("b", b"second")]);
    let mut seen = Vec::new();
    let mut archive = Archive::open(Cursor::new(&good), &Options::default()).unwrap();
    archive
        .visit(|entry, content| {
            let mut one = [0];
            content.read_exact(&mut one)?;
            seen.push((entry.path.clone(), one[0]));
            Ok(())
        })
        .unwrap();
    assert_eq!(seen, [("a".to_owned(), b'f'), ("b".to_owned(), b's')]);

    let error = archive.visit(|_, _| Err(io::Error::other("enough"))).unwrap_err();
    assert!(matches!(error, Error::Visitor { ref entry, .. } if entry == "a"), "{error:?}");

    // The archive's fault comes before what the visitor makes of it, and is found in what it does not read.
    let broken = zip(&[Member { crc: Some(1), ..Member::deflated("a", b"first") }]);
    let mut archive = Archive::open(Cursor::new(&broken), &Options::default()).unwrap();
    let read = |_: &_, content: &mut dyn Read| content.read_to_end(&mut Vec::new()).map(drop);
    for error in [archive.visit(read).unwrap_err(), archive.visit(|_, _| Ok(())).unwrap_err()] {
        assert_eq!(error.problems().len(), 1, "{error:?}");
    }
}

#[test]
fn other_files_are_named() {
    let told = |bytes: &[u8]| {
        Archive::open(Cursor::new(bytes.to_vec()), &Options::default()).unwrap_err().to_string()
    };
    for (bytes, what) in [
        (&b""[..], "the file is empty;"),
        (b"7z\xbc\xaf\x27\x1c..", "a 7z archive"),
        (b"\xfd7zXZ\0", "compressed with xz"),
        (b"BZh9", "compressed with bzip2"),
        (b"#!/bin/sh\n", "the file is no archive; only zip, tar and tar.gz are read"),
        (&[1; 600], "the file is no archive; only zip, tar and tar.gz are read"),
    ] {
        assert!(told(bytes).contains(what), "{}", told(bytes));
    }
}
