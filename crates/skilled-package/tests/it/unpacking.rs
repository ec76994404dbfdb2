//! Unpacking gives a checked folder or nothing.

use std::fs;
use std::io::{self, Cursor, Read, Seek, SeekFrom};

use skilled_package::{Destination, Existing, Format, Stop, UnpackError, UnpackOptions, Unpacked, unpack};

use super::kit::{SKILL, archive, names};

fn under(place: &tempfile::TempDir, files: &[(&str, &str)]) -> Result<Unpacked, UnpackError> {
    unpack(archive(Format::TarGz, files), Destination::Under(place.path()), &UnpackOptions::default())
}

#[test]
fn the_folder_is_called_like_the_skill() {
    for (file, left_out) in [("pdf/SKILL.md", 0), ("SKILL.md", 0), ("pdf-main/SKILL.md", 0)] {
        let place = tempfile::tempdir().unwrap();
        let script = file.replace("SKILL.md", "scripts/run.sh");
        let unpacked = under(&place, &[(file, SKILL), (&script, "true")]).unwrap();
        assert_eq!(unpacked.path, place.path().join("pdf"));
        assert_eq!((unpacked.name.as_str(), unpacked.files, unpacked.left_out.len()), ("pdf", 2, left_out));
        assert_eq!(unpacked.diagnostics, [], "{file}");
        assert_eq!(names(place.path()), ["pdf"]);
        assert_eq!(names(&unpacked.path), ["SKILL.md", "scripts"]);
    }
}

#[test]
fn what_lies_beside_the_skill_is_said_and_left() {
    let place = tempfile::tempdir().unwrap();
    let files = [
        ("pdf/SKILL.md", SKILL),
        ("__MACOSX/pdf/._SKILL.md", "x"),
        ("__MACOSX/SKILL.md", "x"),
        ("README.md", "x"),
    ];
    let unpacked = under(&place, &files).unwrap();
    assert_eq!(unpacked.left_out, ["README.md", "__MACOSX"]);
    assert_eq!(names(place.path()), ["pdf"]);
}

#[test]
fn only_one_skill_is_unpacked() {
    let place = tempfile::tempdir().unwrap();
    let refused = |files: &[(&str, &str)]| {
        let error = under(&place, files).unwrap_err();
        assert_eq!(names(place.path()), [""; 0]);
        let problems = error.problems();
        assert!(matches!(error, UnpackError::NotASkill(_)), "{error}");
        problems.into_iter().map(|problem| (problem.code, problem.path)).collect::<Vec<_>>()
    };
    let layout = |path: &str| ("package-layout", path.to_owned());
    assert_eq!(refused(&[("README.md", "x")]), [layout("")]);
    assert_eq!(refused(&[("pdf/skill.md", SKILL)]), [layout("")]);
    assert_eq!(refused(&[("a/SKILL.md", SKILL), ("b/SKILL.md", SKILL)]), [layout("a"), layout("b")]);
    assert_eq!(refused(&[("repo/skills/pdf/SKILL.md", SKILL)]), [layout("repo/skills/pdf")]);
    assert_eq!(
        refused(&[("pdf/SKILL.md", "no front matter")]),
        [("package-no-skill", "SKILL.md".to_owned())]
    );
    let escaping = "---\nname: ../pdf\ndescription: x\n---\n";
    assert_eq!(refused(&[("pdf/SKILL.md", escaping)]), [("package-skill-name", "SKILL.md".to_owned())]);
    assert_eq!(
        refused(&[("SKILL.md", "---\ndescription: x\n---\n")]),
        [("package-skill-name", "SKILL.md".to_owned())]
    );
}

/// A skill in a skill is part of it.
#[test]
fn an_inner_skill_belongs_to_the_outer() {
    let place = tempfile::tempdir().unwrap();
    let unpacked = under(&place, &[("pdf/SKILL.md", SKILL), ("pdf/examples/SKILL.md", SKILL)]).unwrap();
    assert_eq!(unpacked.files, 2);
}

#[test]
fn what_exists_is_replaced_only_on_purpose_and_as_a_whole() {
    let place = tempfile::tempdir().unwrap();
    under(&place, &[("pdf/SKILL.md", SKILL), ("pdf/old", "x")]).unwrap();
    let new = [("pdf/SKILL.md", SKILL), ("pdf/new", "x")];
    let error = under(&place, &new).unwrap_err();
    assert!(matches!(error, UnpackError::Exists { ref path } if path.ends_with("pdf")), "{error}");
    assert_eq!(names(&place.path().join("pdf")), ["SKILL.md", "old"]);

    let replace = UnpackOptions { existing: Existing::Replace, ..UnpackOptions::default() };
    let mut broken = archive(Format::Zip, &new).into_inner();
    let at = broken.windows(3).position(|bytes| bytes == b"new").unwrap() + 5;
    broken[at] ^= 0xff;
    let error = unpack(Cursor::new(broken), Destination::Under(place.path()), &replace).unwrap_err();
    assert_eq!(error.code(), "package-archive");
    assert_eq!(names(&place.path().join("pdf")), ["SKILL.md", "old"]);

    unpack(archive(Format::Zip, &new), Destination::Under(place.path()), &replace).unwrap();
    assert_eq!(names(&place.path().join("pdf")), ["SKILL.md", "new"]);
    assert_eq!(names(place.path()), ["pdf"]);
}

/// The archive chooses the name, so what bears it may be anything.
#[test]
fn only_an_earlier_version_is_replaced() {
    let replace = UnpackOptions { existing: Existing::Replace, ..UnpackOptions::default() };
    let skill = |name: &str| format!("---\nname: {name}\ndescription: d\n---\n");
    let source = || archive(Format::Zip, &[("x/SKILL.md", &skill("src"))]);
    let place = tempfile::tempdir().unwrap();
    let to = place.path().join("src");
    let under = || unpack(source(), Destination::Under(place.path()), &replace);
    let at = || unpack(source(), Destination::At(&to), &replace);
    let refused = |unpacked: Result<Unpacked, UnpackError>, what: &str| {
        let error = unpacked.unwrap_err();
        assert_eq!(error.code(), "package-not-replaced");
        assert!(error.to_string().contains(what), "{error}");
        assert_eq!(names(place.path()), ["src"], "nothing is left");
    };

    fs::create_dir(&to).unwrap();
    at().unwrap();
    fs::remove_dir_all(&to).unwrap();
    fs::create_dir(&to).unwrap();
    fs::write(to.join("main.rs"), "mine").unwrap();
    refused(under(), "without SKILL.md");
    refused(at(), "without SKILL.md");
    fs::write(to.join("SKILL.md"), "no front matter").unwrap();
    refused(under(), "does not load");
    fs::write(to.join("SKILL.md"), skill("other")).unwrap();
    refused(under(), "it is the skill \"other\"");
    assert_eq!(fs::read_to_string(to.join("main.rs")).unwrap(), "mine");
    // Whoever named the folder meant the skill in it.
    at().unwrap();
    assert_eq!(names(&to), ["SKILL.md"]);
    under().unwrap();

    fs::remove_dir_all(&to).unwrap();
    fs::write(&to, "mine").unwrap();
    refused(at(), "no folder");
    fs::remove_file(&to).unwrap();
    std::os::unix::fs::symlink(".", &to).unwrap();
    refused(under(), "a link");
}

#[test]
fn leftovers_of_a_system_beside_a_skill_at_the_root_are_left_out() {
    let files = [
        ("SKILL.md", SKILL),
        ("notes.md", "x"),
        (".DS_Store", "x"),
        ("__MACOSX/._SKILL.md", "x"),
        ("__MACOSX/sub/SKILL.md", "x"),
    ];
    let place = tempfile::tempdir().unwrap();
    let unpacked = under(&place, &files).unwrap();
    assert_eq!(unpacked.left_out, [".DS_Store", "__MACOSX"]);
    assert_eq!(names(&unpacked.path), ["SKILL.md", "notes.md"]);
    // As if they had not been there.
    let clean = tempfile::tempdir().unwrap();
    assert_eq!(under(&clean, &files[..2]).unwrap().digest, unpacked.digest);

    let staging = tempfile::tempdir().unwrap();
    let limits = skilled_package::Limits::default();
    let opened = skilled_package::open(archive(Format::Zip, &files), staging.path(), &limits).unwrap();
    assert_eq!(opened.left_out, [".DS_Store", "__MACOSX"]);
    assert_eq!(names(&opened.skills[0].folder), ["SKILL.md", "notes.md"]);
}

#[test]
fn a_place_can_be_given() {
    let place = tempfile::tempdir().unwrap();
    let to = place.path().join("copy");
    let file = || archive(Format::Zip, &[("pdf/SKILL.md", SKILL)]);
    let unpacked = unpack(file(), Destination::At(&to), &UnpackOptions::default()).unwrap();
    assert_eq!((unpacked.path, unpacked.name.as_str()), (to.clone(), "pdf"));
    assert_eq!(fs::read_to_string(to.join("SKILL.md")).unwrap(), SKILL);
}

#[test]
fn missing_folders_on_the_way_are_made_and_go_away_with_a_failure() {
    let place = tempfile::tempdir().unwrap();
    let at = |to: &str, name: &str| {
        let archive = archive(Format::Zip, &[(name, SKILL)]);
        unpack(archive, Destination::At(&place.path().join(to)), &UnpackOptions::default())
    };
    at("a/b/pdf", "pdf/SKILL.md").unwrap();
    assert_eq!(names(&place.path().join("a/b")), ["pdf"]);
    // The archive is refused, or the way is: what was there stays, and nothing is added.
    let deep = ["d"; 40].join("/");
    fs::write(place.path().join("file"), "mine").unwrap();
    std::os::unix::fs::symlink("nowhere", place.path().join("dangling")).unwrap();
    let before = names(place.path());
    assert_eq!(at("a/c/pdf", "pdf/README.md").unwrap_err().code(), "package-not-a-skill");
    for to in [&deep, "new/../pdf", "file/pdf", "dangling/x/pdf"] {
        assert_eq!(at(to, "pdf/SKILL.md").unwrap_err().code(), "package-write", "{to}");
    }
    assert_eq!((names(place.path()), names(&place.path().join("a"))), (before, vec!["b".to_owned()]));
}

/// Raises the wish to stop once so many bytes were read.
struct Stopping<'a> {
    inner: Cursor<Vec<u8>>,
    left: usize,
    stop: &'a Stop,
}

impl Read for Stopping<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.left = self.left.saturating_sub(read);
        if self.left == 0 {
            self.stop.raise();
        }
        Ok(read)
    }
}

impl Seek for Stopping<'_> {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.inner.seek(to)
    }
}

#[test]
fn what_is_stopped_leaves_nothing() {
    let large = "noise ".repeat(100_000);
    for format in [Format::Zip, Format::Tar, Format::TarGz] {
        let bytes = archive(format, &[("pdf/SKILL.md", SKILL), ("pdf/a.txt", &large)]).into_inner();
        // A tar is read twice: to be listed, and to be extracted.
        for left in (0..bytes.len() * 2).step_by(bytes.len().div_ceil(7)) {
            let place = tempfile::tempdir().unwrap();
            let options = UnpackOptions::default();
            let archive = Stopping { inner: Cursor::new(bytes.clone()), left, stop: &options.stop };
            let unpacked = unpack(archive, Destination::At(&place.path().join("new/pdf")), &options);
            match unpacked {
                Err(error) => {
                    assert_eq!(error.code(), "package-stopped");
                    assert_eq!(names(place.path()), [""; 0], "{format} {left}");
                }
                // Nobody heard of it before everything was read.
                Ok(_) => assert!(!options.stop.is_raised(), "{format} {left}"),
            }
        }
    }
}

#[test]
fn a_refused_archive_tells_every_reason() {
    let place = tempfile::tempdir().unwrap();
    let mut builder = tar::Builder::new(Vec::new());
    for name in ["../evil", "/abs", "pdf/a:b"] {
        let mut header = tar::Header::new_gnu();
        header.as_mut_bytes()[..name.len()].copy_from_slice(name.as_bytes());
        header.set_size(0);
        header.set_mode(0o644);
        header.set_cksum();
        builder.append(&header, &b""[..]).unwrap();
    }
    let bytes = builder.into_inner().unwrap();
    let error =
        unpack(Cursor::new(bytes), Destination::Under(place.path()), &UnpackOptions::default()).unwrap_err();
    let codes: Vec<&str> = error.problems().iter().map(|problem| problem.code).collect();
    assert_eq!(codes, ["archive-name-escapes", "archive-name-escapes", "archive-name-not-portable"]);
    assert_eq!(names(place.path()), [""; 0]);
    assert_eq!(names(place.path().parent().unwrap()).iter().filter(|name| *name == "evil").count(), 0);
}

/// Settings of a repository run programs as soon as somebody asks for its status.
#[test]
fn no_repository_is_planted() {
    let place = tempfile::tempdir().unwrap();
    let skill = |name: &str| format!("---\nname: {name}\ndescription: d\n---\n");
    let plain = skill("pdf");
    assert!(under(&place, &[("pdf/SKILL.md", &plain), ("pdf/a.git", "")]).is_ok());
    for path in ["pdf/.git/config", "pdf/sub/.GIT/config", "pdf/.hg/hgrc", ".git/config", "pdf/.git"] {
        let place = tempfile::tempdir().unwrap();
        let refused = under(&place, &[(path, "[core]"), ("pdf/SKILL.md", &plain)]).unwrap_err();
        assert_eq!(refused.problems()[0].code, "package-repository", "{path}");
        assert_eq!(names(place.path()), [] as [&str; 0]);
    }
    for name in [".git", ".claude", "-rf", "con"] {
        let place = tempfile::tempdir().unwrap();
        let refused = under(&place, &[("SKILL.md", &skill(name)), ("config", "[core]")]).unwrap_err();
        assert_eq!(refused.problems()[0].code, "package-skill-name", "{name}");
        assert_eq!(names(place.path()), [] as [&str; 0]);
    }
}
