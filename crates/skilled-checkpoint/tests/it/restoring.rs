//! Making folders equal again.

use std::fs;
use std::os::unix::fs::{MetadataExt, symlink};
use std::path::PathBuf;

use skilled_checkpoint::{Error, Folder, Notes, Owner, Restore, Restored};

use crate::{Session, assert_same, describe, is_root, noon, set_mode, set_modified};

#[test]
fn only_what_differs_is_touched() {
    let session = Session::new();
    let same = session.write("same", "1");
    let changed = session.write("folder/changed", "22");
    let retimed = session.write("folder/retimed", "333");
    symlink("same", session.workspace.join("link")).unwrap();
    fs::create_dir(session.workspace.join("empty")).unwrap();
    let id = session.take_quietly();
    let before = describe(&session.workspace);
    assert_eq!(session.restore(&id), Restored::default());

    let inode = |path: &PathBuf| fs::metadata(path).unwrap().ino();
    let inodes = [&same, &retimed, &session.workspace].map(inode);
    fs::write(&changed, "other").unwrap();
    set_modified(&retimed, noon());
    set_mode(&retimed, 0o400);
    fs::remove_file(session.workspace.join("link")).unwrap();
    fs::create_dir_all(session.workspace.join("new/deeper")).unwrap();
    fs::remove_dir(session.workspace.join("empty")).unwrap();
    let restored = session.restore(&id);
    let expected =
        Restored { written: 3, written_bytes: 2, removed: 1, adjusted: 1, notes: Notes::default() };
    assert_eq!(restored, expected);
    assert_same(&describe(&session.workspace), &before);
    assert_eq!([&same, &retimed, &session.workspace].map(inode), inodes);
}

#[test]
fn kinds_change_into_each_other() {
    let session = Session::new();
    let kinds = ["file", "folder", "link"];
    let make = |name: &str, kind: &str| {
        let path = session.workspace.join(name);
        let _ = fs::remove_file(&path);
        let _ = fs::remove_dir_all(&path);
        match kind {
            "file" => fs::write(path, name).unwrap(),
            "link" => symlink("nowhere", path).unwrap(),
            _ => drop(session.write(format!("{name}/inner/file"), "x")),
        }
    };
    let make_all = |shift: usize| {
        for (at, name) in ["a", "b", "c"].iter().enumerate() {
            make(name, kinds[(at + shift) % 3]);
        }
        (session.take_quietly(), describe(&session.workspace))
    };
    let states: Vec<_> = (0..3).map(make_all).collect();
    for (from, to) in [(0, 1), (1, 2), (2, 0), (0, 2), (2, 1), (1, 0)] {
        session.restore(&states[from].0);
        session.restore(&states[to].0);
        assert_same(&describe(&session.workspace), &states[to].1);
    }
}

#[test]
fn a_file_with_another_name_is_not_written_through() {
    let session = Session::new();
    let file = session.write("file", "kept");
    let id = session.take_quietly();
    let elsewhere = session.place.path().join("elsewhere");
    fs::hard_link(&file, &elsewhere).unwrap();
    set_mode(&file, 0o600);
    let before = fs::metadata(&elsewhere).unwrap().mode();
    session.restore(&id);
    assert_eq!(fs::metadata(&file).unwrap().mode() & 0o777, 0o644);
    assert_eq!(fs::metadata(&elsewhere).unwrap().mode(), before);
    fs::write(&file, "changed").unwrap();
    assert_eq!(fs::read(&elsewhere).unwrap(), b"kept");
}

#[test]
fn folders_without_rights_are_restored_all_the_same() {
    let session = Session::new();
    let file = session.write("locked/inner/file", "1");
    set_mode(file.parent().unwrap(), 0o500);
    set_mode(&session.workspace.join("locked"), 0o500);
    let id = session.take_quietly();
    let before = describe(&session.workspace);
    set_mode(&session.workspace.join("locked"), 0o700);
    set_mode(file.parent().unwrap(), 0o700);
    fs::write(&file, "2").unwrap();
    session.write("locked/inner/more/file", "3");
    set_mode(&session.workspace.join("locked/inner/more"), 0);
    set_mode(file.parent().unwrap(), 0o500);
    set_mode(&session.workspace.join("locked"), 0);
    session.restore(&id);
    assert_same(&describe(&session.workspace), &before);
    set_mode(&session.workspace.join("locked"), 0o700);
    set_mode(file.parent().unwrap(), 0o700);
}

#[test]
fn the_owner_is_whoever_is_named() {
    let session = Session::new();
    session.write("folder/file", "1");
    symlink("x", session.workspace.join("link")).unwrap();
    let id = session.take_quietly();
    let owner = Owner { user: 12_345, group: 54_321 };
    let options = Restore { owner: Some(owner) };
    let fork = session.place.path().join("fork");
    let folders = [Folder::new("workspace", &fork).unwrap()];
    let forked = session.checkpoints.fork(&id, &folders, options);
    if !is_root() {
        assert!(matches!(forked, Err(Error::Folder { .. })), "only root gives files away: {forked:?}");
        return;
    }
    forked.unwrap();
    let check = |path: &str| {
        let metadata = fs::symlink_metadata(fork.join(path)).unwrap();
        assert_eq!((metadata.uid(), metadata.gid()), (12_345, 54_321), "{path}");
    };
    for path in ["", "folder", "folder/file", "link"] {
        check(path);
    }
    std::os::unix::fs::chown(fork.join("folder/file"), Some(1), Some(1)).unwrap();
    assert_eq!(session.checkpoints.restore(&id, &folders, options).unwrap().adjusted, 1);
    check("folder/file");
    assert_same(&describe(&fork), &describe(&session.workspace));
}

#[test]
fn what_cannot_be_restored_is_refused_first() {
    let session = Session::new();
    session.write("file", "1");
    let id = session.take_quietly();
    let restore = |name: &str, id| {
        let folders = [Folder::new(name, &session.workspace).unwrap()];
        session.checkpoints.restore(id, &folders, Restore::default())
    };
    assert!(matches!(restore("outputs", &id), Err(Error::NoFolder { .. })));
    let unknown = "00000009-0123456789abcdef".parse().unwrap();
    assert!(matches!(restore("workspace", &unknown), Err(Error::NoCheckpoint { .. })));
    let fork = session.checkpoints.fork(&id, &session.folders(), Restore::default());
    assert!(matches!(fork, Err(Error::NotEmpty { .. })));
}

#[test]
fn damage_is_found_before_it_is_restored() {
    let session = Session::new();
    let content = "x".repeat(5_000);
    session.write("file", &content);
    let id = session.take_quietly();
    let pack = fs::read_dir(session.store().join("packs")).unwrap().next().unwrap().unwrap().path();
    let mut bytes = fs::read(&pack).unwrap();
    bytes[100] ^= 1;
    fs::write(&pack, bytes).unwrap();
    session.write("file", "changed");
    let error = session.checkpoints.restore(&id, &session.folders(), Restore::default()).unwrap_err();
    assert!(matches!(error, Error::Damaged { .. }), "{error}");
    assert_eq!(fs::read(session.workspace.join("file")).unwrap(), b"changed");
    assert_eq!(fs::read_dir(&session.workspace).unwrap().count(), 1, "nothing unfinished stays");

    let record = session.store().join(format!("checkpoints/{id}.json"));
    fs::write(&record, fs::read_to_string(&record).unwrap().replace("label", "lapel")).unwrap();
    let listing = session.checkpoints.list().unwrap();
    assert_eq!((listing.checkpoints.len(), listing.damaged.len()), (0, 1));
    assert_eq!(listing.damaged[0].id, id);
}

#[test]
fn a_missing_pack_is_written_again() {
    let session = Session::new();
    session.write("file", "1");
    session.take_quietly();
    for pack in fs::read_dir(session.store().join("packs")).unwrap() {
        fs::remove_file(pack.unwrap().path()).unwrap();
    }
    let id = session.take_quietly();
    assert_same(&describe(session.fork(&id).path()), &describe(&session.workspace));
}
