//! The upper folder of an overlay.

use std::fs::{self, File};
use std::os::unix::fs::{FileTypeExt, MetadataExt};

use rustix::fs::{CWD, FileType, Mode, XattrFlags};
use skilled_checkpoint::{Checkpoints, Folder, Note, Omission, Restore, Restored, Settings};

use crate::{Session, assert_same, describe, noon};

const OPAQUE: &str = "user.overlay.opaque";
const WHITEOUT: &str = "user.overlay.whiteout";

fn attribute(path: &std::path::Path, name: &str) -> Option<Vec<u8>> {
    let mut value = [0; 16];
    let length = rustix::fs::getxattr(path, name, &mut value).ok()?;
    Some(value[..length].to_vec())
}

/// An upper folder in which things were deleted and replaced.
fn upper() -> Session {
    let session = Session::new();
    let hidden = session.write("opaque/file", "1");
    let marked = session.write("marked", "");
    session.write("empty", "");
    rustix::fs::setxattr(hidden.parent().unwrap(), OPAQUE, b"y", XattrFlags::empty()).unwrap();
    rustix::fs::setxattr(&marked, WHITEOUT, b"y", XattrFlags::empty()).unwrap();
    let device = session.workspace.join("device");
    rustix::fs::mknodat(CWD, &device, FileType::CharacterDevice, Mode::empty(), 0).unwrap();
    session
}

#[test]
fn deletions_are_kept() {
    let session = upper();
    let folders = session.folders().map(Folder::overlay_upper);
    let taken = session.checkpoints.take(&folders, "", noon()).unwrap();
    assert!(taken.notes.is_empty(), "{:?}", taken.notes);
    let id = taken.checkpoint.id;
    assert_eq!(session.checkpoints.restore(&id, &folders, Restore::default()).unwrap(), Restored::default());

    let archive = session.export(&id);
    let other = Checkpoints::open(&session.place.path().join("other"), Settings::default()).unwrap();
    let imported = other.import(&mut &archive[..]).unwrap();
    let fork = session.place.path().join("fork");
    let forked = [Folder::new("workspace", &fork).unwrap().overlay_upper()];
    other.fork(&imported.id, &forked, Restore::default()).unwrap();
    let check = || {
        let device = fs::symlink_metadata(fork.join("device")).unwrap();
        assert!(device.file_type().is_char_device() && device.rdev() == 0);
        assert_eq!(attribute(&fork.join("opaque"), OPAQUE), Some(b"y".to_vec()));
        assert_eq!(attribute(&fork.join("marked"), WHITEOUT), Some(b"y".to_vec()));
        assert_eq!(attribute(&fork.join("empty"), WHITEOUT), None);
    };
    check();

    // And the other way round: each thing becomes another one.
    fs::remove_file(fork.join("device")).unwrap();
    fs::write(fork.join("device"), "").unwrap();
    fs::remove_file(fork.join("marked")).unwrap();
    fs::create_dir(fork.join("marked")).unwrap();
    rustix::fs::removexattr(fork.join("opaque"), OPAQUE).unwrap();
    rustix::fs::setxattr(fork.join("empty"), WHITEOUT, b"y", XattrFlags::empty()).unwrap();
    other.restore(&imported.id, &forked, Restore::default()).unwrap();
    check();
    rustix::fs::setxattr(&fork, OPAQUE, b"y", XattrFlags::empty()).unwrap();
    other.restore(&imported.id, &forked, Restore::default()).unwrap();
    assert_eq!(attribute(&fork, OPAQUE), None);
}

#[test]
fn elsewhere_they_are_only_special() {
    let session = upper();
    let taken = session.take();
    assert_eq!(crate::count(&taken.notes), [(Note::Omitted(Omission::Special), 1)]);
    let fork = session.fork(&taken.checkpoint.id);
    fs::remove_file(session.workspace.join("device")).unwrap();
    File::open(&session.workspace)
        .unwrap()
        .set_modified(fs::metadata(fork.path()).unwrap().modified().unwrap())
        .unwrap();
    assert_same(&describe(fork.path()), &describe(&session.workspace));
    assert_eq!(attribute(&fork.path().join("opaque"), OPAQUE), None);
}
