//! What goes when checkpoints go.

use std::fs;
use std::os::unix::fs::MetadataExt;

use skilled_checkpoint::{Checkpoints, Collected, Error, Restore, Settings};

use crate::{Session, assert_same, describe};

fn packed(session: &Session) -> u64 {
    let packs = fs::read_dir(session.store().join("packs")).unwrap();
    packs.map(|pack| pack.unwrap().metadata().unwrap().size()).sum()
}

#[test]
fn what_only_a_removed_checkpoint_needs_is_removed() {
    let session = Session::new();
    session.write("shared", "s".repeat(10_000));
    session.write("file", "1".repeat(10_000));
    session.write("large", vec![1; 3 << 20]);
    let first = session.take_quietly();
    session.write("file", "2".repeat(10_000));
    session.write("large", [vec![1; 1 << 20], vec![2; 1 << 20]].concat());
    let second = session.take_quietly();
    let expected = describe(&session.workspace);
    assert_eq!(session.checkpoints.collect_garbage().unwrap(), Collected::default());

    session.checkpoints.remove(&first).unwrap();
    assert!(matches!(session.checkpoints.remove(&first), Err(Error::NoCheckpoint { .. })));
    let before = packed(&session);
    let collected = session.checkpoints.collect_garbage().unwrap();
    // The file, the folder and the list of the large file.
    assert_eq!((collected.objects, collected.left_bytes, collected.unfinished), (3, 0, 0));
    assert!(packed(&session) + 10_000 <= before);
    assert_same(&describe(session.fork(&second).path()), &expected);
    assert_eq!(session.checkpoints.collect_garbage().unwrap(), Collected::default());

    session.checkpoints.remove(&second).unwrap();
    session.checkpoints.collect_garbage().unwrap();
    assert_eq!(packed(&session), 0);
    // What was known of files is no reason to think their content is still there.
    let third = session.take_quietly();
    assert_same(&describe(session.fork(&third).path()), &expected);
}

#[test]
fn many_small_packs_become_one() {
    let session = Session::new();
    let mut states = Vec::new();
    for round in 0..70 {
        session.write("file", round.to_string());
        states.push((session.take_quietly(), describe(&session.workspace)));
    }
    let packs = || fs::read_dir(session.store().join("packs")).unwrap().count();
    assert_eq!(packs(), 70);
    session.checkpoints.collect_garbage().unwrap();
    assert_eq!(packs(), 1);
    for (id, expected) in &states {
        session.restore(id);
        assert_same(&describe(&session.workspace), expected);
    }
}

#[test]
fn a_file_that_looks_like_a_folder_hides_nothing() {
    let session = Session::new();
    // Folders are looked at from the last to the first, and the copies must come before one and after one.
    session.write("a/file", "inner");
    session.write("z/file", "outer");
    let id = session.take_quietly();
    // The pack has a file, its folder, another file and its folder: some of the copies are exactly this folder.
    let packs = session.store().join("packs");
    let pack = fs::read(fs::read_dir(packs).unwrap().next().unwrap().unwrap().path()).unwrap();
    for start in 54..74 {
        for length in 44..62 {
            session.write(format!("copies/{start}-{length}"), &pack[start..start + length]);
        }
    }
    session.checkpoints.remove(&id).unwrap();
    let id = session.take_quietly();
    session.checkpoints.collect_garbage().unwrap();
    assert_same(&describe(session.fork(&id).path()), &describe(&session.workspace));
}

#[test]
fn nothing_is_removed_when_a_checkpoint_cannot_be_read() {
    let session = Session::new();
    session.write("file", "1");
    let id = session.take_quietly();
    let record = session.store().join(format!("checkpoints/{id}.json"));
    let good = fs::read(&record).unwrap();
    fs::write(&record, b"{}").unwrap();
    let before = packed(&session);
    assert!(matches!(session.checkpoints.collect_garbage(), Err(Error::Damaged { .. })));
    assert_eq!(packed(&session), before);
    fs::write(&record, good).unwrap();
    session.checkpoints.collect_garbage().unwrap();
    assert_same(&describe(session.fork(&id).path()), &describe(&session.workspace));
}

#[test]
fn takers_and_collectors_do_not_disturb_each_other() {
    let session = Session::new();
    let folders: Vec<_> = (0..3)
        .map(|number| {
            let path = session.place.path().join(format!("workspace-{number}"));
            fs::create_dir(&path).unwrap();
            [skilled_checkpoint::Folder::new("workspace", path).unwrap()]
        })
        .collect();
    let ids = std::thread::scope(|scope| {
        let threads: Vec<_> = folders
            .iter()
            .map(|folders| {
                // As another process would: with a store of its own in the same place.
                let store = Checkpoints::open(&session.store(), Settings::default()).unwrap();
                scope.spawn(move || {
                    let mut ids = Vec::new();
                    for round in 0..40 {
                        fs::write(folders[0].path().join("file"), format!("{round}")).unwrap();
                        ids.push((store.take(folders, "", crate::noon()).unwrap().checkpoint.id, round));
                        if round % 3 == 0 {
                            let (id, _) = ids.remove(0);
                            store.remove(&id).unwrap();
                            store.collect_garbage().unwrap();
                        }
                    }
                    ids
                })
            })
            .collect();
        threads.into_iter().flat_map(|thread| thread.join().unwrap()).collect::<Vec<_>>()
    });
    let mut listed: Vec<_> =
        session.checkpoints.list().unwrap().checkpoints.into_iter().map(|it| it.id).collect();
    let mut expected: Vec<_> = ids.iter().map(|(id, _)| id.clone()).collect();
    listed.sort();
    expected.sort();
    assert_eq!(listed, expected);
    for (id, round) in ids {
        session.checkpoints.restore(&id, &session.folders(), Restore::default()).unwrap();
        assert_eq!(fs::read_to_string(session.workspace.join("file")).unwrap(), round.to_string());
    }
}
