//! Which skills are found, and what is said of the others.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

use skilled_format::Severity;
use skilled_registry::{Diagnostic, Discovery, Error, Limits, NotLoadable, discover};

use crate::Kit;

fn found(paths: &[PathBuf]) -> Discovery {
    discover(paths, &Limits::default())
}

fn names(discovery: &Discovery) -> Vec<&str> {
    discovery.skills.iter().map(|skill| skill.name.as_str()).collect()
}

fn clean(discovery: &Discovery) {
    assert!(discovery.errors.is_empty(), "{:?}", discovery.errors);
    assert!(discovery.diagnostics.is_empty(), "{:?}", discovery.diagnostics);
}

/// Returns the only error, in words.
fn error(path: &Path) -> (Error, String) {
    let mut discovery = found(&[path.to_owned()]);
    assert_eq!(discovery.errors.len(), 1, "{discovery:?}");
    let error = discovery.errors.remove(0);
    let said = error.to_string();
    assert!(said.contains(path.to_str().unwrap()), "{said}");
    (error, said)
}

#[test]
fn a_path_is_a_skill_or_a_folder_of_skills() {
    let kit = Kit::new();
    let one = kit.skill("one");
    kit.skill("all/b");
    kit.skill("all/deeper/down/a");
    kit.skill("all/b/inside");
    kit.skill("all/.git/c");
    kit.skill("all/node_modules/d");
    kit.skill("all/.skilled-a1B2c3/tree/e");
    let discovery = found(&[one.clone(), kit.path("all")]);
    clean(&discovery);
    assert_eq!(names(&discovery), ["one", "b", "a"]);
    let first = &discovery.skills[0];
    assert_eq!((&first.path, first.skill.description.as_str(), first.valid), (&one, "Does one.", true));
}

#[test]
fn the_search_is_bounded() {
    let kit = Kit::new();
    kit.skill("a/1/2/3/within");
    kit.skill("a/1/2/3/4/beyond");
    let limits = Limits { depth: 4, ..Limits::default() };
    assert_eq!(names(&discover(&[kit.path("a")], &limits)), ["within"]);
    let discovery = discover(&[kit.path("a")], &Limits { folders: 4, ..limits });
    assert!(matches!(discovery.diagnostics[..], [Diagnostic::Unsearched { limit: 4, .. }]), "{discovery:?}");
}

#[test]
fn links_to_folders_are_followed_once() {
    let kit = Kit::new();
    let skill = kit.skill("real/a");
    fs::create_dir(kit.path("all")).unwrap();
    symlink(&skill, kit.path("all/a")).unwrap();
    symlink("..", kit.path("all/loop")).unwrap();
    let discovery = found(&[kit.path("all"), skill]);
    clean(&discovery);
    assert_eq!(names(&discovery), ["a"]);
}

#[test]
fn the_first_of_a_name_is_used_and_the_other_reported() {
    let kit = Kit::new();
    let (first, second) = (kit.skill("x/a"), kit.skill("y/a"));
    let discovery = found(&[second.clone(), first.clone()]);
    assert_eq!(discovery.skills.len(), 1);
    assert_eq!(discovery.skills[0].path, second);
    let [Diagnostic::Shadowed { path, by, .. }] = &discovery.diagnostics[..] else { panic!("{discovery:?}") };
    assert_eq!((path, by), (&first, &second));
    assert_eq!(discovery.diagnostics[0].severity(), Severity::Warning);
}

#[test]
fn a_broken_skill_does_not_keep_the_others_back() {
    let kit = Kit::new();
    kit.skill("all/good");
    kit.file("all/bad/SKILL.md", "no front matter");
    let discovery = found(&[kit.path("all")]);
    assert_eq!((names(&discovery), discovery.errors.len()), (vec!["good"], 0));
    let [diagnostic @ Diagnostic::NotLoaded { path, .. }] = &discovery.diagnostics[..] else { panic!() };
    assert_eq!((path, diagnostic.severity()), (&kit.path("all/bad"), Severity::Error));
    let said = diagnostic.to_string();
    assert!(said.contains("no-front-matter") && said.contains("Start SKILL.md with"), "{said}");
}

#[test]
fn a_broken_skill_that_was_named_is_an_error() {
    let kit = Kit::new();
    kit.file("bad/SKILL.md", "---\nname: bad\n---\n");
    let (error_, said) = error(&kit.path("bad"));
    assert!(matches!(error_, Error::NotLoadable { problem: NotLoadable::Findings(_), .. }));
    assert!(said.contains("missing-description"), "{said}");
    kit.file("all/bad/SKILL.md", "");
    assert!(matches!(error(&kit.path("all")).0, Error::NoneLoadable { count: 1, .. }));
}

#[test]
fn paths_without_a_skill_are_errors_with_a_remedy() {
    let kit = Kit::new();
    assert!(matches!(error(&kit.path("nothing")).0, Error::Missing { .. }));
    let skill = kit.skill("a");
    let (file, said) = error(&skill.join("SKILL.md"));
    assert!(
        matches!(file, Error::NotFolder { .. }) && said.contains("give the folder that holds SKILL.md"),
        "{said}"
    );
    kit.file("empty/README.md", "");
    let (empty, said) = error(&kit.path("empty"));
    assert!(
        matches!(empty, Error::NoSkill { misnamed: None, .. }) && said.contains("a skill is a folder"),
        "{said}"
    );
    let lower = kit.file("lower/skill.md", "");
    let said = error(&kit.path("lower")).1;
    assert!(said.contains(&format!("rename {} to SKILL.md", lower.display())), "{said}");
}

#[test]
fn a_misnamed_file_among_skills_is_reported() {
    let kit = Kit::new();
    kit.skill("all/good");
    let lower = kit.file("all/lower/Skill.md", "");
    let discovery = found(&[kit.path("all")]);
    let [Diagnostic::Misnamed { path }] = &discovery.diagnostics[..] else { panic!("{discovery:?}") };
    assert_eq!(path, &lower);
}

#[test]
fn a_name_that_leads_elsewhere_is_refused() {
    let kit = Kit::new();
    kit.file("evil/SKILL.md", "---\nname: ../evil\ndescription: D.\n---\n");
    let (error, said) = error(&kit.path("evil"));
    assert!(matches!(error, Error::NotLoadable { problem: NotLoadable::Name { .. }, .. }));
    assert!(said.contains("Change `name` in SKILL.md"), "{said}");
}

#[test]
fn a_skill_that_is_too_large_is_not_loaded_in_part() {
    let kit = Kit::new();
    kit.skill("a");
    kit.file("a/data", "0123456789");
    let skill = skilled_format::Limits { total_bytes: 40, ..skilled_format::Limits::default() };
    let discovery = discover(&[kit.path("a")], &Limits { skill, ..Limits::default() });
    let [error] = &discovery.errors[..] else { panic!("{discovery:?}") };
    assert!(error.to_string().contains("tree-too-large"), "{error}");
}

#[test]
fn findings_of_a_skill_that_is_used_are_kept() {
    let kit = Kit::new();
    kit.file("a/SKILL.md", "---\nname: other\ndescription: D.\n---\n");
    symlink("/etc/passwd", kit.path("a/link")).unwrap();
    let discovery = found(&[kit.path("a")]);
    clean(&discovery);
    let codes: Vec<_> = discovery.skills[0].findings.iter().map(|finding| finding.code.to_string()).collect();
    assert_eq!(codes, ["name-mismatch", "link-escapes"]);
    assert!(!discovery.skills[0].valid);
}
