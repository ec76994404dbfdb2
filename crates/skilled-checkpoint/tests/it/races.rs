//! A workload that changes its folder while it is taken or restored.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::Path;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use rustix::fs::{CWD, RenameFlags};
use skilled_checkpoint::{Note, Restore};

use crate::{Session, set_modified};

const SECRET: &[u8] = b"a secret of the host, which nothing in the workspace holds";

/// Runs `work` while the two names are exchanged over and over.
fn while_swapping<T>(one: &Path, other: &Path, work: impl FnOnce(&dyn Fn()) -> T) -> T {
    let (done, swaps) = (AtomicBool::new(false), AtomicU64::new(0));
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !done.load(Ordering::Relaxed) {
                let _ = rustix::fs::renameat_with(CWD, one, CWD, other, RenameFlags::EXCHANGE);
                swaps.fetch_add(1, Ordering::Relaxed);
            }
        });
        // Until it was exchanged again, so that no two looks are between the same two exchanges.
        let next = || {
            let now = swaps.load(Ordering::Relaxed);
            while swaps.load(Ordering::Relaxed) == now {
                std::thread::yield_now();
            }
        };
        let result = work(&next);
        done.store(true, Ordering::Relaxed);
        result
    })
}

fn contains(bytes: &[u8], wanted: &[u8]) -> bool {
    bytes.windows(wanted.len()).any(|window| window == wanted)
}

#[test]
fn no_link_leads_taking_out_of_the_folder() {
    let session = Session::new();
    let outside = session.place.path().join("outside");
    fs::create_dir(&outside).unwrap();
    fs::write(outside.join("file"), SECRET).unwrap();
    session.write("folder/file", "inside");
    symlink(&outside, session.workspace.join("link")).unwrap();
    session.write("plain", "inside");
    symlink(outside.join("file"), session.workspace.join("plain-link")).unwrap();
    let at = |name: &str| session.workspace.join(name);
    let (ids, folder_leaks, file_leaks) = while_swapping(&at("folder"), &at("link"), |next| {
        while_swapping(&at("plain"), &at("plain-link"), |_| {
            let mut ids = Vec::new();
            let (mut folder_leaks, mut file_leaks) = (0, 0);
            for _ in 0..300 {
                next();
                ids.push(session.take().checkpoint.id);
                // What a reader that follows links sees.
                let leaks = |name: &str| fs::read(at(name)).is_ok_and(|it| it == SECRET);
                folder_leaks += u32::from(leaks("folder/file"));
                file_leaks += u32::from(leaks("plain"));
            }
            (ids, folder_leaks, file_leaks)
        })
    });
    assert!(folder_leaks > 0 && file_leaks > 0, "the links led nowhere: {folder_leaks}, {file_leaks}");
    for id in ids {
        assert!(!contains(&session.export(&id), SECRET), "{id}");
    }
}

#[test]
fn no_link_is_taken_for_the_folder_it_leads_to() {
    let session = Session::new();
    session.write("folder/file", "folder");
    session.write("other/file", "other");
    symlink("other", session.workspace.join("link")).unwrap();
    let at = |name: &str| session.workspace.join(name);
    let (ids, followed) = while_swapping(&at("folder"), &at("link"), |next| {
        let mut followed = 0;
        let take = |_| {
            next();
            followed += u32::from(fs::read(at("folder/file")).is_ok_and(|it| it == b"other"));
            session.take().checkpoint.id
        };
        ((0..200).map(take).collect::<Vec<_>>(), followed)
    });
    assert!(followed > 0, "the link led nowhere");
    for id in ids {
        let fork = session.fork(&id);
        for name in ["folder", "link"] {
            let path = fork.path().join(name);
            if fs::symlink_metadata(&path).is_ok_and(|it| it.is_dir()) && path.join("file").exists() {
                assert_eq!(fs::read(path.join("file")).unwrap(), b"folder", "{id} {name}");
            }
        }
    }
}

#[test]
fn no_link_leads_restoring_out_of_the_folder() {
    let session = Session::new();
    let outside = session.place.path().join("outside");
    fs::create_dir(&outside).unwrap();
    for number in 0..30 {
        session.write(format!("folder/inner/file-{number}"), "from the checkpoint");
    }
    let id = session.take_quietly();
    symlink(&outside, session.workspace.join("link")).unwrap();
    let at = |name: &str| session.workspace.join(name);
    // A writer that follows links, as a control.
    let followed = while_swapping(&at("folder"), &at("link"), |next| {
        (0..10_000).any(|_| {
            next();
            let _ = fs::write(at("folder/control"), "x");
            outside.join("control").exists()
        })
    });
    assert!(followed, "the link led nowhere");
    fs::remove_file(outside.join("control")).unwrap();
    for _ in 0..100 {
        let _ = fs::remove_file(at("link"));
        let _ = fs::remove_dir_all(at("link"));
        let _ = fs::remove_file(at("folder"));
        fs::create_dir_all(at("folder/inner")).unwrap();
        symlink(&outside, at("link")).unwrap();
        while_swapping(&at("folder"), &at("link"), |next| {
            next();
            // It may fail, or restore what is exchanged again at once; it may not leave.
            let _ = session.checkpoints.restore(&id, &session.folders(), Restore::default());
        });
        assert_eq!(fs::read_dir(&outside).unwrap().count(), 0);
    }
    session.restore(&id);
    assert_eq!(fs::read_dir(at("folder/inner")).unwrap().count(), 30);
}

#[test]
fn a_file_that_keeps_changing_is_kept_and_named() {
    let session = Session::new();
    let path = session.write("file", vec![1; 3 << 20]);
    let done = AtomicBool::new(false);
    let notes = std::thread::scope(|scope| {
        scope.spawn(|| {
            let mut second = 0;
            while !done.load(Ordering::Relaxed) {
                set_modified(&path, crate::noon() + std::time::Duration::from_secs(second));
                second += 1;
            }
        });
        let unsteady = (0..200).map(|_| session.take()).find(|taken| taken.notes.count(Note::Unsteady) > 0);
        done.store(true, Ordering::Relaxed);
        unsteady
    });
    let taken = notes.expect("nothing was noticed in 200 attempts");
    assert_eq!(fs::read(session.fork(&taken.checkpoint.id).path().join("file")).unwrap(), vec![1; 3 << 20]);
    session.checkpoints.import(&mut &session.export(&taken.checkpoint.id)[..]).unwrap();
    assert_eq!(session.take().notes.count(Note::Unsteady), 0, "it stands still now");
}

#[test]
fn folders_that_come_and_go_stop_nothing() {
    let session = Session::new();
    let done = AtomicBool::new(false);
    let mut taken = 0;
    std::thread::scope(|scope| {
        scope.spawn(|| {
            for _ in 0..15 {
                for number in 0..20 {
                    let folder = session.workspace.join(format!("folder-{number}"));
                    let _ = fs::create_dir_all(folder.join("inner"));
                    let _ = fs::write(folder.join("inner/file"), "content");
                    let _ = fs::remove_dir_all(&folder);
                    let _ = fs::write(&folder, "a file");
                    let _ = fs::remove_file(&folder);
                }
            }
            done.store(true, Ordering::Relaxed);
        });
        while !done.load(Ordering::Relaxed) {
            taken += 1;
            session.take();
        }
    });
    let listing = session.checkpoints.list().unwrap();
    assert_eq!((listing.checkpoints.len(), listing.damaged.len()), (taken, 0));
    for checkpoint in listing.checkpoints {
        session.fork(&checkpoint.id);
        session.checkpoints.import(&mut &session.export(&checkpoint.id)[..]).unwrap();
    }
}
