//! Folders with everything in them that a stranger could put there.

use std::os::unix::fs::{PermissionsExt, symlink};
use std::os::unix::net::UnixListener;

use tempfile::TempDir;

use super::*;
use crate::{Digest, EntryKind};

const SKILL: &str = "---\nname: a\ndescription: b\n---\n";

/// A folder called `a` with a valid SKILL.md.
fn skill_folder() -> (TempDir, PathBuf) {
    let temporary = TempDir::new().unwrap();
    let root = temporary.path().join("a");
    fs::create_dir(&root).unwrap();
    fs::write(root.join(SKILL_FILE), SKILL).unwrap();
    (temporary, root)
}

fn load(root: &Path) -> LoadedDir {
    load_dir(root, &Limits::default()).unwrap()
}

fn paths(loaded: &LoadedDir) -> Vec<&str> {
    loaded.tree.entries().iter().map(|entry| entry.path.as_str()).collect()
}

/// Codes and files of the findings about the folder.
fn codes(loaded: &LoadedDir) -> Vec<(Code, &str)> {
    loaded.diagnostics.iter().map(|d| (d.code, d.file.as_str())).collect()
}

#[test]
fn files_are_listed_with_size_mode_and_digest() {
    let (_temporary, root) = skill_folder();
    fs::create_dir(root.join("scripts")).unwrap();
    fs::write(root.join("scripts/run.sh"), "true").unwrap();
    fs::set_permissions(root.join("scripts/run.sh"), fs::Permissions::from_mode(0o755)).unwrap();
    fs::write(root.join("scripts-2"), "").unwrap();

    let loaded = load(&root);
    assert!(loaded.reading.valid);
    assert_eq!(loaded.diagnostics, []);
    assert_eq!(paths(&loaded), ["SKILL.md", "scripts", "scripts-2", "scripts/run.sh"]);
    let script = EntryKind::File { size: 4, executable: true, digest: Digest::of(b"true") };
    assert_eq!(loaded.tree.entries()[3].kind, script);
    assert_eq!(loaded.tree.total_size(), SKILL.len() as u64 + 4);
}

#[test]
fn the_digest_follows_content_and_not_time() {
    let (_temporary, root) = skill_folder();
    let before = *load(&root).tree.digest();
    fs::write(root.join(SKILL_FILE), SKILL).unwrap();
    fs::create_dir(root.join("empty")).unwrap();
    assert_eq!(*load(&root).tree.digest(), before);
    fs::write(root.join("x"), "x").unwrap();
    assert_ne!(*load(&root).tree.digest(), before);
}

#[test]
fn links_are_recorded_and_not_followed() {
    let (temporary, root) = skill_folder();
    fs::write(temporary.path().join("secret"), "secret").unwrap();
    fs::create_dir(root.join("d")).unwrap();
    symlink("../SKILL.md", root.join("d/inside")).unwrap();
    symlink("/etc/passwd", root.join("absolute")).unwrap();
    symlink("../secret", root.join("parent")).unwrap();
    symlink("d/../../a/SKILL.md", root.join("round-trip")).unwrap();
    symlink("missing", root.join("dangling")).unwrap();
    symlink(".", root.join("loop")).unwrap();

    let loaded = load(&root);
    let escaping = ["absolute", "parent", "round-trip"];
    assert_eq!(codes(&loaded), escaping.map(|path| (Code::LinkEscapes, path)));
    let target = |path: &str| {
        let entry = loaded.tree.entries().iter().find(|entry| entry.path == path).unwrap();
        entry.kind.clone()
    };
    assert_eq!(target("parent"), EntryKind::Link { target: "../secret".to_owned() });
    assert_eq!(target("d/inside"), EntryKind::Link { target: "../SKILL.md".to_owned() });
    assert_eq!(loaded.tree.total_size(), SKILL.len() as u64);
}

#[test]
fn a_link_that_escapes_through_another_is_found() {
    let (temporary, root) = skill_folder();
    fs::write(temporary.path().join("secret"), "secret").unwrap();
    symlink("..", root.join("up")).unwrap();
    symlink("up/secret", root.join("through")).unwrap();
    assert_eq!(codes(&load(&root)), [(Code::LinkEscapes, "through"), (Code::LinkEscapes, "up")]);
}

#[test]
fn special_files_and_odd_names_are_reported() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;

    let (_temporary, root) = skill_folder();
    let _socket = UnixListener::bind(root.join("socket")).unwrap();
    fs::write(root.join(OsStr::from_bytes(b"caf\xe9")), "").unwrap();
    fs::write(root.join("new\nline"), "").unwrap();
    symlink(OsStr::from_bytes(b"\xff"), root.join("target")).unwrap();

    let loaded = load(&root);
    let expected =
        [(Code::PathNotUtf8, "caf\u{fffd}"), (Code::SpecialFile, "socket"), (Code::PathNotUtf8, "target")];
    assert_eq!(codes(&loaded), expected);
    assert_eq!(paths(&loaded), ["SKILL.md", "new\nline"]);
}

#[test]
fn limits_cut_with_a_diagnostic() {
    let (_temporary, root) = skill_folder();
    fs::create_dir_all(root.join("d/e/f")).unwrap();
    fs::write(root.join("d/e/f/g"), "12345678").unwrap();
    fs::write(root.join("z"), "12345678").unwrap();
    let load = |limits| load_dir(&root, &limits).unwrap();
    let all = Limits::default();

    let loaded = load(Limits { entries: 2, ..all });
    assert_eq!((paths(&loaded), codes(&loaded)), (vec!["SKILL.md", "d"], vec![(Code::TreeTooLarge, "z")]));
    let loaded = load(Limits { depth: 2, ..all });
    assert_eq!(paths(&loaded), ["SKILL.md", "d", "d/e", "z"]);
    assert_eq!(codes(&loaded), [(Code::TreeTooLarge, "d/e")]);
    let loaded = load(Limits { total_bytes: SKILL.len() as u64 + 8, ..all });
    assert_eq!(codes(&loaded), [(Code::TreeTooLarge, "d/e/f/g")]);
    assert_eq!(load(Limits { total_bytes: SKILL.len() as u64 + 16, ..all }).diagnostics, []);
}

#[test]
fn a_file_that_is_too_large_hides_no_other() {
    let (_temporary, root) = skill_folder();
    fs::write(root.join("after"), "1").unwrap();
    let large = File::create(root.join("SPARSE")).unwrap();
    large.set_len(all_bytes()).unwrap();
    assert_eq!(codes(&load(&root)), [(Code::TreeTooLarge, "SPARSE")]);
    assert_eq!(paths(&load(&root)), ["SKILL.md", "after"]);
    // What is left out counts as an entry, so that nothing goes missing without a word.
    let loaded = load_dir(&root, &Limits { entries: 2, ..Limits::default() }).unwrap();
    assert_eq!(codes(&loaded), [(Code::TreeTooLarge, "SPARSE"), (Code::TreeTooLarge, "after")]);
    // With nothing else in the way it is listed.
    large.set_len(1).unwrap();
    assert_eq!((codes(&load(&root)), paths(&load(&root)).len()), (vec![], 3));
}

fn all_bytes() -> u64 {
    Limits::default().total_bytes
}

#[test]
fn folders_are_listed_as_deep_as_archives_go() {
    let (_temporary, root) = skill_folder();
    let deep = vec!["d"; 31].join("/");
    fs::create_dir_all(root.join(&deep)).unwrap();
    fs::write(root.join(&deep).join("f"), "").unwrap();
    assert_eq!((codes(&load(&root)), load(&root).tree.entries().len()), (vec![], 33));
    fs::create_dir(root.join(&deep).join("d")).unwrap();
    assert_eq!(codes(&load(&root)).len(), 1);
}

/// A file that grows while the others are read is left out alone.
#[test]
fn a_file_that_grew_beyond_the_limits_hides_no_other() {
    let (_temporary, root) = skill_folder();
    for file in ["b", "c", "d"] {
        fs::write(root.join(file), "12").unwrap();
    }
    let limits = Limits { total_bytes: SKILL.len() as u64 + 8, ..Limits::default() };
    let mut folder = Folder::open(&root, &limits).unwrap();
    fs::write(root.join("b"), "123").unwrap();
    fs::write(root.join("c"), "1234").unwrap();
    let tree = hash::hash(&mut folder);
    let listed: Vec<&str> = tree.entries().iter().map(|entry| entry.path.as_str()).collect();
    assert_eq!(listed, ["SKILL.md", "b", "d"]);
    assert_eq!(folder.diagnostics().iter().map(|found| found.file.as_str()).collect::<Vec<_>>(), ["c"]);
    assert!(tree.total_size() <= limits.total_bytes);
}

#[test]
fn a_missing_skill_file_is_told_from_a_misnamed_one() {
    let (_temporary, root) = skill_folder();
    let first = |loaded: LoadedDir| loaded.reading.diagnostics[0].clone();
    fs::rename(root.join(SKILL_FILE), root.join("skill.md")).unwrap();
    let diagnostic = first(load(&root));
    assert_eq!((diagnostic.code, diagnostic.file.as_str()), (Code::WrongFileName, "skill.md"));
    fs::remove_file(root.join("skill.md")).unwrap();
    assert_eq!(first(load(&root)).code, Code::MissingSkillFile);
}

#[test]
fn skill_md_must_be_a_file_inside_the_folder() {
    let (temporary, root) = skill_folder();
    let skill_file = root.join(SKILL_FILE);
    let code = || load(&root).reading.diagnostics.first().map(|d| d.code);
    fs::rename(&skill_file, root.join("real.md")).unwrap();

    symlink("real.md", &skill_file).unwrap();
    assert_eq!(code(), None);
    fs::remove_file(&skill_file).unwrap();
    fs::rename(root.join("real.md"), temporary.path().join("outside.md")).unwrap();
    symlink("../outside.md", &skill_file).unwrap();
    assert_eq!(code(), Some(Code::SkillFileNotRegular));
    fs::remove_file(&skill_file).unwrap();
    symlink("gone", &skill_file).unwrap();
    assert_eq!(code(), Some(Code::SkillFileNotRegular));
    fs::remove_file(&skill_file).unwrap();
    let _socket = UnixListener::bind(&skill_file).unwrap();
    assert_eq!(code(), Some(Code::SkillFileNotRegular));
    fs::remove_file(&skill_file).unwrap();
    fs::create_dir(&skill_file).unwrap();
    assert_eq!(code(), Some(Code::SkillFileNotRegular));
}

#[test]
fn a_large_skill_file_is_not_read() {
    let (_temporary, root) = skill_folder();
    let limits = Limits { skill_file_bytes: SKILL.len() as u64, ..Limits::default() };
    assert!(load_dir(&root, &limits).unwrap().reading.valid);
    let limits = Limits { skill_file_bytes: SKILL.len() as u64 - 1, ..limits };
    assert_eq!(load_dir(&root, &limits).unwrap().reading.diagnostics[0].code, Code::SkillFileTooLarge);
}

#[test]
fn files_that_change_into_something_else_are_not_opened() {
    let (_temporary, root) = skill_folder();
    let _socket = UnixListener::bind(root.join("socket")).unwrap();
    symlink(SKILL_FILE, root.join("link")).unwrap();
    let folder = Folder::open(&root, &Limits::default()).unwrap();
    assert!(folder.open_file(SKILL_FILE).is_ok());
    for path in ["link", "socket", "."] {
        assert!(folder.open_file(path).is_err(), "{path}");
    }
}

/// Root may read everything, so what disappears while it is listed stands for all that cannot be read.
#[test]
fn what_cannot_be_read_is_reported() {
    let (_temporary, root) = skill_folder();
    fs::create_dir(root.join("folder")).unwrap();
    fs::write(root.join("gone"), "").unwrap();
    let folder = Folder::open_without(&root, &Limits::default(), |path, _| {
        if path == "gone" {
            fs::remove_file(root.join(path)).unwrap();
        }
        false
    });
    let folder = folder.unwrap();
    assert_eq!(folder.get("gone"), None);
    let found: Vec<_> = folder.diagnostics().iter().map(|d| (d.code, d.file.as_str())).collect();
    assert_eq!(found, [(Code::Unreadable, "gone")]);

    // A folder that became a link is not entered.
    let folder = Folder::open_without(&root, &Limits::default(), |path, is_folder| {
        if path == SKILL_FILE && !is_folder {
            fs::remove_dir(root.join("folder")).unwrap();
            symlink("..", root.join("folder")).unwrap();
        }
        false
    });
    assert!(matches!(folder.unwrap().get("folder").unwrap().kind, ListedKind::Link { escapes: true, .. }));
}

#[test]
fn only_a_folder_can_be_loaded() {
    let (_temporary, root) = skill_folder();
    let limits = Limits::default();
    let missing = load_dir(&root.join("missing"), &limits).unwrap_err();
    assert!(matches!(missing, Error::Open { ref path, .. } if path.ends_with("missing")));
    let file = load_dir(&root.join(SKILL_FILE), &limits).unwrap_err();
    assert!(
        file.to_string().ends_with("SKILL.md is not a folder; a skill is the folder that contains SKILL.md")
    );
}

#[test]
fn a_path_ending_in_dots_is_named_after_its_folder() {
    let (_temporary, root) = skill_folder();
    fs::create_dir(root.join("d")).unwrap();
    assert!(load(&root.join("d/..")).reading.valid);
}

/// A file is read beneath the folder or not at all, whatever became of it after it was listed.
#[test]
fn reading_never_leaves_the_folder() {
    let (temporary, root) = skill_folder();
    fs::write(temporary.path().join("secret"), "secret").unwrap();
    fs::create_dir(root.join("d")).unwrap();
    fs::write(root.join("d/secret"), "inside").unwrap();
    let folder = Folder::open(&root, &Limits::default()).unwrap();
    let content = |cut, text: &str| Content { bytes: text.into(), cut };
    assert_eq!(folder.read("d/secret", 6).unwrap(), content(false, "inside"));
    assert_eq!(folder.read("d/secret", 2).unwrap(), content(true, "in"));

    fs::remove_dir_all(root.join("d")).unwrap();
    symlink(temporary.path(), root.join("d")).unwrap();
    symlink("../secret", root.join("link")).unwrap();
    for path in ["d/secret", "link", "../secret", "/etc/passwd", "d", "."] {
        assert!(folder.read(path, 9).is_err(), "{path}");
    }
}

#[test]
fn what_is_passed_over_is_not_entered_and_does_not_count() {
    let (_temporary, root) = skill_folder();
    fs::create_dir_all(root.join("node_modules/deep")).unwrap();
    for file in ["node_modules/deep/a", "node_modules/b", "notes", "node_modules.md"] {
        fs::write(root.join(file), "12345678").unwrap();
    }
    let _socket = UnixListener::bind(root.join("socket")).unwrap();
    let limits = Limits { entries: 2, total_bytes: SKILL.len() as u64 + 8, ..Limits::default() };
    assert_eq!(codes(&load_dir(&root, &limits).unwrap()).len(), 1, "it is too large as a whole");

    let mut met = Vec::new();
    let folder = Folder::open_without(&root, &limits, |path, folder| {
        met.push((path.to_owned(), folder));
        matches!(path, "node_modules" | "notes" | "socket")
    });
    let folder = folder.unwrap();
    let listed: Vec<&str> = folder.files().iter().map(|listed| listed.path.as_str()).collect();
    assert_eq!((listed, folder.diagnostics()), (vec!["SKILL.md", "node_modules.md"], &[][..]));
    met.sort();
    let met: Vec<(&str, bool)> = met.iter().map(|(path, folder)| (path.as_str(), *folder)).collect();
    let expected = ["SKILL.md", "node_modules", "node_modules.md", "notes", "socket"];
    assert_eq!(met, expected.map(|path| (path, path == "node_modules")));
}
