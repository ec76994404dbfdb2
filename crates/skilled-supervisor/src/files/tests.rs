use std::fs::{self, File};
use std::os::fd::OwnedFd;
use std::os::unix::fs::symlink;

use super::*;

#[test]
fn paths_are_divided_at_their_last_name() {
    for (path, folder, name) in [
        ("/a/b", "/a/", "b"),
        ("/a//b//", "/a//", "b"),
        ("/a", "/", "a"),
        ("a", ".", "a"),
        ("a/b", "a/", "b"),
        ("/", "/", ""),
        ("//", "/", ""),
        ("", ".", ""),
        ("/a/..", "/a/", ".."),
    ] {
        assert_eq!(split(path.as_bytes()), (folder.as_bytes(), name.as_bytes()), "{path}");
    }
}

/// What a race makes of a folder between two looks at it (`races` of `skilled-sandbox-linux` has races).
#[test]
fn an_entry_is_neither_a_link_nor_a_way_out() {
    let made = tempfile::tempdir().unwrap();
    fs::create_dir_all(made.path().join("own/below")).unwrap();
    fs::write(made.path().join("own/below/file"), "").unwrap();
    for (name, target) in [("near", "below"), ("up", ".."), ("far", "/"), ("magic", "/proc/self/cwd")] {
        symlink(target, made.path().join("own").join(name)).unwrap();
    }
    let own: OwnedFd = File::open(made.path().join("own")).unwrap().into();
    let opened = |name: &str| open(Some(&own), name.as_bytes(), Access::Read).map(drop);
    let entered = |name: &str| remove::open_folder(own.as_fd(), name.as_bytes()).map(drop);
    assert_eq!((opened("below"), entered("below")), (Ok(()), Ok(())));
    for name in ["near", "up", "far", "magic"] {
        assert_eq!((opened(name), entered(name)), (Err(Errno::LOOP), Err(Errno::LOOP)), "{name}");
    }
    for name in ["..", ".", "", "below/file", "/", "below/../.."] {
        assert_eq!(opened(name), Err(Errno::INVAL), "{name}");
    }
}
