//! Archives laid out so that their skills can be looked at.

use skilled_package::{Format, Limits, open};

use super::kit::{SKILL, archive, names};

fn inner(files: &[(&str, &str)]) -> Vec<(String, String)> {
    let staging = tempfile::tempdir().unwrap();
    let opened = open(archive(Format::Zip, files), staging.path(), &Limits::default()).unwrap();
    assert_eq!((opened.format, names(staging.path()).len()), (Format::Zip, 1));
    let found = opened.skills.into_iter().map(|skill| {
        assert!(skill.folder.starts_with(staging.path()) && skill.folder.join("SKILL.md").is_file());
        (skill.inner, skill.folder.file_name().unwrap().to_str().unwrap().to_owned())
    });
    found.collect()
}

fn pairs(expected: &[(&str, &str)]) -> Vec<(String, String)> {
    expected.iter().map(|(inner, folder)| ((*inner).to_owned(), (*folder).to_owned())).collect()
}

#[test]
fn every_skill_is_found() {
    assert_eq!(inner(&[("pdf/SKILL.md", SKILL)]), pairs(&[("pdf", "pdf")]));
    let several = [
        ("x/a/SKILL.md", SKILL),
        ("x/a-b/SKILL.md", "broken"),
        ("x/a/b/SKILL.md", SKILL),
        ("c/SKILL.md", ""),
    ];
    assert_eq!(inner(&several), pairs(&[("c", "c"), ("x/a", "a"), ("x/a-b", "a-b")]));
    assert_eq!(inner(&[("README.md", "x")]), []);
}

#[test]
fn a_skill_at_the_root_gets_the_name_it_gives_itself() {
    assert_eq!(inner(&[("SKILL.md", SKILL), ("d/SKILL.md", SKILL)]), pairs(&[("", "pdf")]));
    assert_eq!(inner(&[("SKILL.md", "broken")]), pairs(&[("", "tree")]));
}

#[test]
fn nothing_is_left_of_what_is_refused() {
    let staging = tempfile::tempdir().unwrap();
    let limits = Limits { file_bytes: 10, ..Limits::default() };
    let error = open(archive(Format::Tar, &[("pdf/SKILL.md", SKILL)]), staging.path(), &limits).unwrap_err();
    assert_eq!((error.code(), error.problems()[0].code), ("package-archive", "archive-too-large"));
    assert_eq!(names(staging.path()), [""; 0]);
}
