//! Links in archives: refused, or kept where they stay inside.

use std::fs;
use std::io::Cursor;

use skilled_archive::{Archive, Error, Existing, Links, Options};

use super::craft::{Block, Member, codes, refused_with, tar, zip};

fn inside() -> Options {
    Options { links: Links::Inside, ..Options::default() }
}

fn symlink(name: &str, target: &str) -> Block {
    Block::link(b'2', name, target)
}

#[test]
fn a_skill_has_no_links() {
    let file = || Block::file("a", b"1");
    assert_eq!(codes(&tar(&[file(), symlink("l", "a")])), ["archive-link"]);
    assert_eq!(codes(&tar(&[file(), Block::link(b'1', "l", "a")])), ["archive-link"]);
    let zipped = Member { mode: 0o120_777, ..Member::file("l", b"a") };
    assert_eq!(codes(&zip(&[Member::file("a", b"1"), zipped])), ["archive-link"]);
}

#[test]
fn links_that_stay_inside_are_kept() {
    let place = tempfile::tempdir().unwrap();
    let blocks = [
        symlink("d/up", "../a"),
        symlink("chain", "d/up"),
        symlink("dangling", "nowhere/at/all"),
        Block::file("a", b"content"),
        Block::link(b'1', "d/hard", "./a"),
    ];
    let target = place.path().join("out");
    let mut archive = Archive::open(Cursor::new(tar(&blocks)), &inside()).unwrap();
    let _ = archive.extract_to(&target, Existing::Refuse).unwrap();
    for path in ["a", "chain", "d/up", "d/hard"] {
        assert_eq!(fs::read_to_string(target.join(path)).unwrap(), "content", "{path}");
    }
    assert_eq!(fs::read_link(target.join("dangling")).unwrap().to_str(), Some("nowhere/at/all"));

    let zipped = [Member::file("a", b"content"), Member { mode: 0o120_777, ..Member::deflated("l", b"./a") }];
    let target = place.path().join("zip");
    let mut archive = Archive::open(Cursor::new(zip(&zipped)), &inside()).unwrap();
    let _ = archive.extract_to(&target, Existing::Refuse).unwrap();
    assert_eq!(fs::read_link(target.join("l")).unwrap().to_str(), Some("./a"));
}

#[test]
fn links_that_lead_out_are_refused() {
    let escapes = [("archive-link-escapes".to_owned())];
    for target in ["..", "../x", "/etc/passwd", "a/../../x", "", "d/../.."] {
        let found = refused_with(&tar(&[Block::file("d/x", b""), symlink("l", target)]), &inside());
        assert_eq!(
            found.iter().map(|(code, _)| (*code).to_owned()).collect::<Vec<_>>(),
            escapes,
            "{target:?}"
        );
        let zipped = Member { mode: 0o120_777, ..Member::file("l", target.as_bytes()) };
        assert_eq!(refused_with(&zip(&[zipped]), &inside())[0].0, "archive-link-escapes", "{target:?}");
    }
    // By way of another link, which by itself stays inside.
    let through = [symlink("d/e/top", "../.."), symlink("l", "d/e/top/../x")];
    assert_eq!(refused_with(&tar(&through), &inside()), [("archive-link-escapes", "l".to_owned())]);
    let circle = [symlink("a", "b"), symlink("b", "a")];
    assert_eq!(refused_with(&tar(&circle), &inside()).len(), 2);
}

#[test]
fn nothing_is_written_through_a_link() {
    let writes = [symlink("l", "d"), Block::file("d/x", b""), Block::file("l/x", b"evil")];
    assert_eq!(refused_with(&tar(&writes), &inside())[0].0, "archive-name-conflict");
    let replaced = [symlink("l", "x"), Block::file("l", b"evil")];
    assert_eq!(refused_with(&tar(&replaced), &inside())[0].0, "archive-name-duplicate");
}

#[test]
fn hard_links_name_earlier_files() {
    for target in ["b", "d", "s", "../a", "/etc/passwd", "l"] {
        let blocks = [
            Block::new(b'5', "d", b""),
            symlink("s", "d"),
            Block::link(b'1', "l", target),
            Block::file("b", b"later"),
        ];
        let expected = match target {
            "../a" | "/etc/passwd" | "b" | "d" | "s" | "l" => "archive-link-target",
            other => panic!("{other}"),
        };
        assert_eq!(refused_with(&tar(&blocks), &inside())[0].0, expected, "{target}");
    }
}

/// Even when the list is wrong, a link that somebody else puts there is not followed.
#[test]
fn a_link_that_appears_meanwhile_is_not_followed() {
    use std::os::fd::AsFd;
    use std::os::unix::fs::symlink;

    let place = tempfile::tempdir().unwrap();
    let (outside, into) = (place.path().join("outside"), place.path().join("into"));
    fs::create_dir(&outside).unwrap();
    fs::create_dir(&into).unwrap();
    let bytes = tar(&[Block::file("d/x", b"content")]);
    let extract = || {
        let mut archive = Archive::open(Cursor::new(bytes.clone()), &Options::default()).unwrap();
        archive.extract_into(fs::File::open(&into).unwrap().as_fd())
    };
    symlink(&outside, into.join("d")).unwrap();
    assert!(matches!(extract().unwrap_err(), Error::Write { .. }));
    assert_eq!(fs::read_dir(&outside).unwrap().count(), 0);
    fs::remove_file(into.join("d")).unwrap();
    extract().unwrap();
    assert_eq!(fs::read_to_string(into.join("d/x")).unwrap(), "content");
}
