//! What is taken, what is not, and what that costs.

use std::fs::{self, File};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{FileExt, MetadataExt, symlink};
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};
use std::time::Duration;

use rustix::fs::{CWD, Mode, OFlags};
use skilled_checkpoint::{
    BadId, Checkpoints, Durability, Error, Exceeded, Folder, Limits, Note, Omission, Place, Settings,
};

use crate::{Session, assert_same, count, describe, is_root, noon, set_mode, set_modified};

fn place(path: impl AsRef<Path>) -> Place {
    Place { folder: "workspace".to_owned(), path: path.as_ref().to_owned() }
}

fn places(session: &Session, note: Note) -> Vec<Place> {
    let taken = session.take();
    let found = taken.notes.iter().find(|(it, _)| *it == note);
    found.map(|(_, noted)| noted.places.clone()).unwrap_or_default()
}

#[test]
fn a_checkpoint_is_listed_as_it_was_taken() {
    let session = Session::new();
    assert!(session.checkpoints.list().unwrap().checkpoints.is_empty());
    session.write("a/b.txt", "12345");
    let outputs = session.place.path().join("outputs");
    fs::create_dir(&outputs).unwrap();
    let folders = [session.folders(), [Folder::new("outputs", &outputs).unwrap()]].concat();
    let first = session.checkpoints.take(&folders, "turn 1", noon()).unwrap().checkpoint;
    assert_eq!((first.label.as_str(), first.taken, first.entries, first.bytes), ("turn 1", noon(), 2, 5));
    assert_eq!(first.folders, ["workspace", "outputs"]);
    assert!(first.own_bytes > 5, "content and folders: {}", first.own_bytes);
    let before = noon() - Duration::from_nanos(1);
    let second = session.checkpoints.take(&folders, "", before).unwrap().checkpoint;
    assert_eq!((second.own_bytes, second.bytes), (0, 5));
    assert!(first.id < second.id, "ids sort as taken, whatever the time");
    let listing = session.checkpoints.list().unwrap();
    assert_eq!(listing.checkpoints, [first, second]);
    assert!(listing.damaged.is_empty());
}

#[test]
fn names_and_labels_are_bounded() {
    let session = Session::new();
    for bad in ["", "a/b", "..", "a.b", "ä", &"x".repeat(65)] {
        assert!(matches!(Folder::new(bad, "/"), Err(Error::Name { .. })), "{bad:?}");
    }
    let folders = [session.folders(), session.folders()].concat();
    assert!(matches!(session.checkpoints.take(&folders, "", noon()), Err(Error::Twice { .. })));
    let take = |length| session.checkpoints.take(&session.folders(), &"x".repeat(length), noon());
    assert!(matches!(take(1_001), Err(Error::Label { bytes: 1_001, most: 1_000 })));
    assert!(take(1_000).is_ok());
    assert_eq!("../1".parse::<skilled_checkpoint::CheckpointId>(), Err(BadId));
}

#[test]
fn what_has_not_changed_is_not_read() {
    let session = Session::new();
    for number in 0..20 {
        let path = session.write(format!("file-{number}"), format!("content {number}"));
        set_modified(&path, noon());
    }
    // Files that were just written count as changing until a tick of the clock has passed.
    let settled = (0..10_000).any(|_| session.take().files_read == 0);
    assert!(settled, "files are read again and again");
    session.write("file-3", "content X");
    assert_eq!(session.take().files_read, 1);
    session.checkpoints.forget().unwrap();
    assert_eq!(session.take().files_read, 20);
}

#[test]
fn a_change_that_hides_itself_is_seen() {
    let session = Session::new();
    let path = session.write("file", "one");
    for round in 0..300 {
        set_modified(&path, noon());
        let first = session.take_quietly();
        // The same file with the same size and time, within the same tick.
        File::options().write(true).open(&path).unwrap().write_all_at(b"two", 0).unwrap();
        set_modified(&path, noon());
        let second = session.take_quietly();
        let read = |id| fs::read(session.fork(id).path().join("file")).unwrap();
        if round % 50 == 0 {
            assert_eq!((read(&first), read(&second)), (b"one".to_vec(), b"two".to_vec()));
        }
        assert_eq!(session.checkpoints.list().unwrap().damaged.len(), 0);
        let same = session.export(&first)[1024..] == session.export(&second)[1024..];
        assert!(!same, "round {round}");
        File::options().write(true).open(&path).unwrap().write_all_at(b"one", 0).unwrap();
    }
}

#[test]
fn a_time_that_was_set_back_hides_nothing() {
    let session = Session::new();
    let path = session.write("file", "one");
    set_modified(&path, noon());
    assert!((0..10_000).any(|_| session.take().files_read == 0));
    File::options().write(true).open(&path).unwrap().write_all_at(b"two", 0).unwrap();
    set_modified(&path, noon());
    let taken = session.take();
    assert_eq!(taken.files_read, 1);
    assert_eq!(fs::read(session.fork(&taken.checkpoint.id).path().join("file")).unwrap(), b"two");
}

#[test]
fn other_file_systems_are_not_entered() {
    let device = |path: &str| fs::metadata(path).map(|metadata| metadata.dev());
    let mounted = device("/dev/shm").is_ok_and(|shm| device("/dev").is_ok_and(|dev| dev != shm));
    if !mounted {
        assert!(std::env::var_os("SKILLED_REQUIRE_ALL").is_none(), "/dev/shm is not mounted");
        return;
    }
    let session = Session::new();
    let inside = tempfile::tempdir_in("/dev/shm").unwrap();
    let folders = [Folder::new("dev", "/dev").unwrap()];
    let taken = session.checkpoints.take(&folders, "", noon()).unwrap();
    let mounted = taken.notes.iter().find(|(note, _)| *note == Note::Omitted(Omission::Mounted));
    let expected = Place { folder: "dev".to_owned(), path: "shm".into() };
    assert!(mounted.expect("a note").1.places.contains(&expected));
    // The same folder is taken when it is named itself.
    let folders = [Folder::new("shm", "/dev/shm").unwrap()];
    assert!(session.checkpoints.take(&folders, "", noon()).unwrap().checkpoint.entries > 0);
    drop(inside);
}

#[test]
fn a_damaged_index_costs_reading_only() {
    let session = Session::new();
    session.write("file", "content");
    assert!((0..10_000).any(|_| session.take().files_read == 0));
    let index = session.store().join("index");
    let good = fs::read(&index).unwrap();
    for bad in [b"".to_vec(), good[1..].to_vec(), vec![0xff; 100_000], good.repeat(2)] {
        fs::write(&index, bad).unwrap();
        assert_eq!(session.take().files_read, 1);
    }
}

#[test]
fn special_files_are_passed_over_and_named() {
    let session = Session::new();
    session.write("file", "kept");
    rustix::fs::mknodat(CWD, session.workspace.join("pipe"), rustix::fs::FileType::Fifo, Mode::RWXU, 0)
        .unwrap();
    let _socket = UnixListener::bind(session.workspace.join("socket")).unwrap();
    let omitted = Note::Omitted(Omission::Special);
    assert_eq!(places(&session, omitted), [place("pipe"), place("socket")]);
    let id = session.take().checkpoint.id;
    let fork = session.fork(&id);
    assert_eq!(fs::read_dir(fork.path()).unwrap().count(), 1);
    let restored = session.restore(&id);
    assert_eq!(count(&restored.notes), [(Note::Left, 2)]);
    assert!(session.workspace.join("pipe").exists() && session.workspace.join("socket").exists());
    fs::remove_file(session.workspace.join("pipe")).unwrap();
    fs::remove_file(session.workspace.join("socket")).unwrap();
    session.write("socket", "something else");
    assert_eq!(count(&session.restore(&id).notes), [(Note::Missing, 2)]);
    assert_same(&describe(&session.workspace), &describe(fork.path()));
}

#[test]
fn what_cannot_be_read_is_named_and_left_alone() {
    let session = Session::new();
    let file = session.write("file", "secret");
    let inner = session.write("folder/inner", "secret");
    set_mode(&file, 0);
    set_mode(inner.parent().unwrap(), 0);
    let taken = session.take();
    let expected = if is_root() { vec![] } else { vec![(Note::Omitted(Omission::Unreadable), 2)] };
    assert_eq!(count(&taken.notes), expected);
    session.checkpoints.import(&mut &session.export(&taken.checkpoint.id)[..]).unwrap();
    let restored = session.restore(&taken.checkpoint.id);
    let expected = if is_root() { vec![] } else { vec![(Note::Left, 2)] };
    assert_eq!(count(&restored.notes), expected);
    set_mode(&file, 0o600);
    set_mode(inner.parent().unwrap(), 0o700);
    assert_eq!((fs::read(file).unwrap(), fs::read(inner).unwrap()), (b"secret".to_vec(), b"secret".to_vec()));
}

#[test]
fn what_is_not_kept_of_a_file_is_named() {
    let session = Session::new();
    let file = session.write("file", "content");
    set_mode(&file, 0o4755);
    fs::hard_link(&file, session.workspace.join("other")).unwrap();
    let taken = session.take();
    assert_eq!(count(&taken.notes), [(Note::Linked, 2), (Note::Privileged, 2)]);
    let fork = session.fork(&taken.checkpoint.id);
    for name in ["file", "other"] {
        let metadata = fs::metadata(fork.path().join(name)).unwrap();
        assert_eq!((metadata.mode() & 0o7777, metadata.nlink()), (0o755, 1));
    }
}

#[test]
fn names_may_be_any_bytes() {
    let session = Session::new();
    let names: [&[u8]; 6] = [b"a\nb", b"\xff\xfe", "ä\u{301}😀".as_bytes(), b" ", b"-rf", &[b'x'; 255]];
    for name in names {
        let folder = session.workspace.join(std::ffi::OsStr::from_bytes(name));
        fs::create_dir(&folder).unwrap();
        fs::write(folder.join(std::ffi::OsStr::from_bytes(name)), name).unwrap();
        symlink(std::ffi::OsStr::from_bytes(name), folder.join("link")).unwrap();
    }
    symlink("/etc/passwd", session.workspace.join("outside")).unwrap();
    let id = session.take_quietly();
    assert_same(&describe(session.fork(&id).path()), &describe(&session.workspace));
}

#[test]
fn holes_cost_nothing_and_stay_holes() {
    const SIZE: u64 = 10 << 30;
    let session = Session::new();
    let file = File::create(session.workspace.join("sparse")).unwrap();
    file.set_len(SIZE).unwrap();
    file.write_all_at(b"in the middle", SIZE / 2 + 12_345).unwrap();
    let taken = session.take();
    assert!(taken.checkpoint.bytes <= 1 << 20, "{}", taken.checkpoint.bytes);
    let fork = session.fork(&taken.checkpoint.id);
    let copy = File::open(fork.path().join("sparse")).unwrap();
    let metadata = copy.metadata().unwrap();
    assert_eq!(metadata.len(), SIZE);
    assert!(metadata.blocks() * 512 <= 2 << 20, "{} blocks", metadata.blocks());
    let mut found = [0; 15];
    copy.read_exact_at(&mut found, SIZE / 2 + 12_344).unwrap();
    assert_eq!(&found, b"\0in the middle\0");
}

#[test]
fn large_files_share_what_is_the_same() {
    let session = Session::new();
    let content: Vec<u8> = (0..5_u32 << 20).map(|at| (at / 7) as u8 ^ (at >> 13) as u8).collect();
    let path = session.write("large", &content);
    let first = session.take().checkpoint;
    assert!(first.own_bytes >= 5 << 20);
    File::options().append(true).open(&path).unwrap().set_len((5 << 20) + 1).unwrap();
    let second = session.take().checkpoint;
    assert!(second.own_bytes < 10_000, "{}", second.own_bytes);
    session.restore(&first.id);
    assert!(fs::read(&path).unwrap() == content);
    session.restore(&second.id);
    assert!(fs::read(&path).unwrap() == [content, vec![0]].concat());
}

#[test]
fn limits_name_the_place() {
    let make = |limits| {
        let session = Session::limited(limits);
        session.write("a/b/c", "12345");
        session.write("d", "12345");
        session.try_take().map(|taken| taken.checkpoint.entries)
    };
    let most = Limits { entries: 4, bytes: 10, file_bytes: 5, depth: 2 };
    assert_eq!(make(most).unwrap(), 4);
    let cases = [
        (Limits { entries: 3, ..most }, Exceeded::Entries, "a/b", 3),
        (Limits { bytes: 9, ..most }, Exceeded::Bytes, "a/b/c", 9),
        (Limits { file_bytes: 4, ..most }, Exceeded::FileBytes, "d", 4),
        (Limits { depth: 1, ..most }, Exceeded::Depth, "a/b", 1),
    ];
    for (limits, expected, at, bound) in cases {
        match make(limits) {
            Err(Error::TooMuch { exceeded, place: found, most }) => {
                assert_eq!((exceeded, found, most), (expected, place(at), bound));
            }
            other => panic!("{other:?}"),
        }
    }
}

#[test]
fn nothing_stays_of_what_was_refused() {
    let session = Session::limited(Limits { bytes: 10, ..Limits::default() });
    session.write("a", "123");
    session.write("b", "more than ten bytes");
    session.try_take().unwrap_err();
    for folder in ["packs", "checkpoints", "temporary"] {
        assert_eq!(fs::read_dir(session.store().join(folder)).unwrap().count(), 0, "{folder}");
    }
}

#[test]
fn folders_may_be_ten_thousand_levels_deep() {
    const DEPTH: usize = 10_000;
    let session = Session::new();
    let open = |at: &std::os::fd::OwnedFd, name: &str| {
        rustix::fs::openat(at, name, OFlags::DIRECTORY | OFlags::CLOEXEC, Mode::empty()).unwrap()
    };
    let mut here: std::os::fd::OwnedFd = File::open(&session.workspace).unwrap().into();
    for level in 0..DEPTH {
        rustix::fs::mkdirat(&here, "d", Mode::RWXU).unwrap();
        // Folders to come back for, when the ways to them are closed by then.
        if level % 20 == 0 {
            rustix::fs::mkdirat(&here, "c", Mode::RWXU).unwrap();
        }
        here = open(&here, "d");
    }
    drop(here);
    let taken = session.take();
    assert_eq!((taken.checkpoint.entries, taken.notes.is_empty()), (DEPTH as u64 + 500, true));
    // The way back is longer than a path can be, so restoring is what removes it.
    let empty = tempfile::tempdir_in(session.place.path()).unwrap();
    let nothing = [Folder::new("workspace", empty.path()).unwrap()];
    let id = session.checkpoints.take(&nothing, "", noon()).unwrap().checkpoint.id;
    assert_eq!(session.restore(&id).removed, 2);
    assert_eq!(fs::read_dir(&session.workspace).unwrap().count(), 0);
    session.restore(&taken.checkpoint.id);
    let again = session.take();
    assert_eq!(again.checkpoint.own_bytes, 0, "the same folders again");
    session.restore(&id);
}

#[test]
fn newer_stores_are_refused_by_name() {
    let session = Session::new();
    let format = session.store().join("format");
    fs::write(&format, "skilled-checkpoints 2\n").unwrap();
    match Checkpoints::open(&session.store(), Settings::default()) {
        Err(Error::Format { path }) => assert_eq!(path, format),
        other => panic!("{other:?}"),
    }
}

#[test]
fn durable_checkpoints_are_the_same() {
    let session = Session::with(Settings { durability: Durability::Power, ..Settings::default() });
    session.write("file", "content");
    let id = session.take_quietly();
    assert_same(&describe(session.fork(&id).path()), &describe(&session.workspace));
}

#[test]
fn a_folder_that_is_missing_is_an_error() {
    let session = Session::new();
    let folders = [Folder::new("workspace", PathBuf::from("/nonexistent/folder")).unwrap()];
    let error = session.checkpoints.take(&folders, "", noon()).unwrap_err();
    assert_eq!(error.to_string(), "cannot open \"workspace/\"; check its permissions and the free space");
}
