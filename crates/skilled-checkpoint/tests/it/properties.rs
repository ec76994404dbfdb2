//! Whatever happens in a folder between checkpoints, each gives back exactly what was there.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs::{self, File};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{FileExt, symlink};
use std::path::PathBuf;
use std::time::Duration;

use proptest::prelude::*;
use proptest::test_runner::Config;
use skilled_checkpoint::{CheckpointId, Checkpoints, Settings};

use crate::{Seen, Session, assert_same, describe, noon, set_mode};

const NAMES: [&[u8]; 6] = [b"a", b"b", b"a.txt", b"\xff\xfe", "ä😀".as_bytes(), b"new\nline"];

#[derive(Clone, Debug)]
enum Change {
    Write { path: PathBuf, content: Vec<u8> },
    Overwrite { path: PathBuf, byte: u8 },
    Enlarge { path: PathBuf, size: u64, at: u64 },
    Folder { path: PathBuf },
    Link { path: PathBuf, target: PathBuf },
    Remove { path: PathBuf },
    Rename { from: PathBuf, to: PathBuf },
    Mode { path: PathBuf, mode: u32 },
    Time { path: PathBuf, nanoseconds: u64 },
}

fn path() -> impl Strategy<Value = PathBuf> {
    let name = prop::sample::select(&NAMES[..]).prop_map(|name| PathBuf::from(OsStr::from_bytes(name)));
    prop::collection::vec(name, 1..4).prop_map(|names| names.into_iter().collect())
}

fn change() -> impl Strategy<Value = Change> {
    let content = prop::collection::vec(any::<u8>(), 0..40);
    prop_oneof![
        4 => (path(), content).prop_map(|(path, content)| Change::Write { path, content }),
        3 => (path(), any::<u8>()).prop_map(|(path, byte)| Change::Overwrite { path, byte }),
        1 => (path(), 0..4_u64 << 20, 0..4_u64 << 20)
            .prop_map(|(path, size, at)| Change::Enlarge { path, size, at }),
        3 => path().prop_map(|path| Change::Folder { path }),
        1 => (path(), path()).prop_map(|(path, target)| Change::Link { path, target }),
        2 => path().prop_map(|path| Change::Remove { path }),
        2 => (path(), path()).prop_map(|(from, to)| Change::Rename { from, to }),
        2 => (path(), prop::sample::select(vec![0o400, 0o555, 0o600, 0o644, 0o755, 0o1777]))
            .prop_map(|(path, mode)| Change::Mode { path, mode }),
        1 => (path(), any::<u32>())
            .prop_map(|(path, nanoseconds)| Change::Time { path, nanoseconds: nanoseconds.into() }),
    ]
}

/// Does it if it can be done; what cannot is no change.
fn apply(session: &Session, change: &Change) {
    let at = |path: &PathBuf| session.workspace.join(path);
    let real = |path: &PathBuf| fs::symlink_metadata(at(path)).is_ok_and(|it| !it.is_symlink());
    let _ = match change {
        Change::Write { path, content } => fs::write(at(path), content),
        Change::Overwrite { path, byte } => {
            File::options().write(true).open(at(path)).and_then(|file| file.write_all_at(&[*byte], 0))
        }
        Change::Enlarge { path, size, at: offset } => {
            File::options().write(true).open(at(path)).and_then(|file| {
                file.set_len(*size)?;
                file.write_all_at(b"x", *offset)
            })
        }
        Change::Folder { path } => fs::create_dir_all(at(path)),
        Change::Link { path, target } => symlink(target, at(path)),
        Change::Remove { path } => fs::remove_file(at(path)).or_else(|_| fs::remove_dir_all(at(path))),
        Change::Rename { from, to } => fs::rename(at(from), at(to)),
        Change::Mode { path, mode } if real(path) => {
            // A folder that its owner may not look into could not be compared.
            let mode = if at(path).is_dir() { mode | 0o500 } else { *mode };
            set_mode(&at(path), mode);
            Ok(())
        }
        Change::Time { path, nanoseconds } => File::open(at(path))
            .and_then(|file| file.set_modified(noon() + Duration::from_nanos(*nanoseconds))),
        Change::Mode { .. } => Ok(()),
    };
}

proptest! {
    #![proptest_config(Config { cases: 48, failure_persistence: None, ..Config::default() })]

    #[test]
    fn every_checkpoint_gives_back_what_was_there(
        rounds in prop::collection::vec(prop::collection::vec(change(), 0..12), 1..6),
        order in any::<u64>(),
    ) {
        let session = Session::new();
        let mut states: Vec<(CheckpointId, BTreeMap<PathBuf, Seen>)> = Vec::new();
        for changes in &rounds {
            for change in changes {
                apply(&session, change);
            }
            let id = session.take_quietly();
            states.push((id, describe(&session.workspace)));
        }
        let mut random = order | 1;
        for _ in 0..2 * states.len() {
            random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let (id, expected) = &states[(random >> 33) as usize % states.len()];
            session.restore(id);
            assert_same(&describe(&session.workspace), expected);
        }
        let other = Checkpoints::open(&session.place.path().join("other"), Settings::default()).unwrap();
        for (id, expected) in &states {
            assert_same(&describe(session.fork(id).path()), expected);
            let archive = session.export(id);
            let imported = other.import(&mut &archive[..]).unwrap();
            let mut again = Vec::new();
            other.export(&imported.id, &mut again).unwrap();
            prop_assert!(archive == again, "the archive of an imported checkpoint differs");
        }
        // So that the temporary folder can be removed.
        session.checkpoints.remove(&states[0].0).unwrap();
        let empty = Session::new();
        let nothing = empty.take_quietly();
        let archive = empty.export(&nothing);
        let nothing = session.checkpoints.import(&mut &archive[..]).unwrap();
        session.restore(&nothing.id);
    }
}
