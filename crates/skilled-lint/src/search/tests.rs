use std::fs;
use std::os::unix::fs::symlink;

use tempfile::TempDir;

use super::*;

/// A folder with files, of which those called SKILL.md are skills.
fn tree(files: &[(&str, &str)]) -> TempDir {
    let root = TempDir::new().unwrap();
    for (path, content) in files {
        let path = root.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }
    root
}

/// What is found below `paths` of `root`, relative to it.
fn found_with(root: &TempDir, paths: &[&str], options: &Options) -> Vec<String> {
    let paths: Vec<PathBuf> = paths.iter().map(|path| root.path().join(path)).collect();
    let relative = |path: &Path| {
        let path = path.strip_prefix(root.path()).unwrap_or(path);
        path.to_str().unwrap().trim_end_matches('/').to_owned()
    };
    let show = |found| match found {
        Ok(Target::Skill(path)) => relative(&path),
        Ok(Target::Archive(path)) => format!("archive {}", relative(&path)),
        Err(SearchError::Path { path, .. }) => format!("failed {}", relative(&path)),
        Err(SearchError::NoSkill { path }) => format!("nothing in {}", relative(&path)),
        Err(SearchError::NotASkill { path }) => format!("no skill {}", relative(&path)),
        Err(SearchError::Pattern { pattern, .. }) => format!("pattern {pattern}"),
    };
    find(&paths, options).unwrap().map(show).collect()
}

fn found(root: &TempDir, paths: &[&str]) -> Vec<String> {
    found_with(root, paths, &Options::default())
}

#[test]
fn a_path_is_a_file_a_folder_many_folders_or_an_archive_and_gives_each_skill_once() {
    let root = tree(&[("b/SKILL.md", ""), ("a/deep/x/SKILL.md", ""), ("c.skill", ""), ("notes.txt", "")]);
    fs::create_dir(root.path().join("empty")).unwrap();
    let paths = ["b/SKILL.md", "b", "", "c.skill", "c.skill", "notes.txt", "gone", "empty", "a"];
    let expected =
        ["b", "a/deep/x", "archive c.skill", "no skill notes.txt", "failed gone", "nothing in empty"];
    assert_eq!(found(&root, &paths), expected);
}

#[test]
fn skills_inside_a_skill_belong_to_it() {
    let root = tree(&[("a/SKILL.md", ""), ("a/b/SKILL.md", ""), ("c/skill.md", ""), ("c/d/SKILL.md", "")]);
    assert_eq!(found(&root, &[""]), ["a", "c", "c/d"]);
}

#[test]
fn hidden_folders_are_searched_and_those_of_tools_are_not() {
    let root = tree(&[
        (".claude/skills/a/SKILL.md", ""),
        (".git/x/SKILL.md", ""),
        ("node_modules/y/SKILL.md", ""),
        ("z/node_modules/y/SKILL.md", ""),
    ]);
    assert_eq!(found(&root, &[""]), [".claude/skills/a"]);
}

#[test]
fn ignore_files_are_honoured_with_and_without_a_repository() {
    let files = [
        (".gitignore", "old/\n/top\n"),
        ("a/old/SKILL.md", ""),
        ("top/SKILL.md", ""),
        ("a/top/SKILL.md", ""),
        ("b/.ignore", "!old/\n"),
        ("b/old/SKILL.md", ""),
    ];
    let root = tree(&files);
    assert_eq!(found(&root, &[""]), ["a/top", "b/old"]);
    assert_eq!(found(&root, &["a"]), ["a/old", "a/top"], "files above a path count within a repository only");
    let all = Options { no_ignore: true, ..Options::default() };
    assert_eq!(found_with(&root, &[""], &all), ["a/old", "a/top", "b/old", "top"]);

    fs::create_dir_all(root.path().join(".git/info")).unwrap();
    fs::write(root.path().join(".git/info/exclude"), "/a/top\n").unwrap();
    assert_eq!(found(&root, &["a"]), ["nothing in a"]);
    assert_eq!(found(&root, &["a/old"]), ["a/old"], "what is named is looked at");
}

#[test]
fn the_users_excludes_and_those_of_settings_count() {
    let root = tree(&[("mine", "a/\n"), ("a/SKILL.md", ""), ("b/SKILL.md", ""), ("c/SKILL.md", "")]);
    let options = Options {
        global_excludes: Some(root.path().join("mine")),
        exclude: vec!["/c".to_owned()],
        exclude_root: root.path().to_owned(),
        ..Options::default()
    };
    assert_eq!(found_with(&root, &[""], &options), ["b"]);
    let bad = Options { exclude: vec!["{a".to_owned()], ..options };
    assert!(matches!(find(&[], &bad).err(), Some(SearchError::Pattern { pattern, .. }) if pattern == "{a"));
}

#[test]
fn links_to_skills_are_followed_once_and_loops_are_not() {
    let root =
        tree(&[("all/a/SKILL.md", ""), ("elsewhere/b/SKILL.md", ""), ("elsewhere/more/c/SKILL.md", "")]);
    let link = |target: &str, name: &str| symlink(root.path().join(target), root.path().join(name)).unwrap();
    link("elsewhere/b", "all/linked");
    link("all/a", "all/again");
    link("elsewhere/more", "all/many");
    link("all", "all/a-loop");
    link("gone", "all/dangling");
    assert_eq!(found(&root, &["all"]), ["all/a", "all/linked"]);
    assert_eq!(found(&root, &["all/linked"]), ["all/linked"]);
}
