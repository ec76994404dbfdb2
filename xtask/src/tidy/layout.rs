//! Where things lie and what they are called, so that a stranger finds them where they expect them.

use super::Problem;
use super::text::ending;
use super::unsafety;
use crate::workspace::Package;

const LICENCE: &str = "MIT OR Apache-2.0";

/// One integration binary per crate, no `mod.rs`.
pub(super) fn check_names(names: &[&str]) -> Vec<Problem> {
    let mut problems = Vec::new();
    for name in names {
        let parts: Vec<&str> = name.split('/').collect();
        if parts.last() == Some(&"mod.rs") {
            problems.push(Problem::new(
                name,
                0,
                "name it after its folder, beside the folder: `foo.rs` and `foo/`",
            ));
        }
        // Cargo makes a binary of each file, and of each folder with a `main.rs`, right inside `tests/`.
        if let ["crates", _, "tests", rest @ ..] = parts.as_slice() {
            let is_binary = matches!(rest, [file] if ending(file) == "rs") || matches!(rest, [_, "main.rs"]);
            if is_binary && rest != ["it", "main.rs"] {
                problems.push(Problem::new(
                    name,
                    0,
                    "make it a module of `tests/it/main.rs`: each binary is linked anew",
                ));
            }
            let main = format!("crates/{}/tests/it/main.rs", parts[1]);
            if ending(name) == "rs" && !names.contains(&main.as_str()) {
                problems.push(Problem::new(name, 0, format!("no test sees it; add `{main}`")));
            }
        }
    }
    problems
}

/// A crate lies in the folder of its name and carries the licence of the whole.
pub(super) fn check_packages(packages: &[Package]) -> Vec<Problem> {
    let mut problems = Vec::new();
    for package in packages {
        let manifest = format!("{}/Cargo.toml", package.folder);
        let expected =
            if package.name == "xtask" { "xtask".to_owned() } else { format!("crates/{}", package.name) };
        if package.folder != expected {
            problems.push(Problem::new(
                &manifest,
                0,
                format!("crate `{}` belongs into `{expected}`", package.name),
            ));
        }
        if package.license.as_deref() != Some(LICENCE) {
            problems.push(Problem::new(&manifest, 0, "write `license.workspace = true`"));
        }
    }
    problems
}

/// Each crate takes the lints of the workspace; the crates with unsafe code must spell their own out.
pub(super) fn check_lints(name: &str, text: &str) -> Vec<Problem> {
    let of_workspace = text.contains("[lints]\nworkspace = true");
    // Workspaces of their own, which cannot take ours: the root, and what needs another compiler.
    let is_root = name == "Cargo.toml" || text.lines().any(|line| line == "[workspace]");
    let is_excepted = name == unsafety::MANIFEST;
    if of_workspace || is_root || (is_excepted && text.contains("[lints.")) {
        return Vec::new();
    }
    vec![Problem::new(name, 0, "take the workspace's lints: `[lints]` with `workspace = true`")]
}

/// The first thing in a crate says what it is.
pub(super) fn check_opening(name: &str, text: &str) -> Vec<Problem> {
    let is_entry = name.ends_with("src/lib.rs")
        || name.ends_with("/main.rs")
        || name.rsplit_once('/').is_some_and(|(folder, _)| folder.ends_with("src/bin"));
    if is_entry && !text.starts_with("//!") {
        return vec![Problem::new(name, 1, "begin with `//!`: what this is and what it must never do")];
    }
    Vec::new()
}

/// Both licence texts are there; `read` returns the text of a file of the root.
pub(super) fn check_licences(read: impl Fn(&str) -> Option<String>) -> Vec<Problem> {
    let texts = [("LICENSE-MIT", "Permission is hereby granted"), ("LICENSE-APACHE", "Apache License")];
    let missing =
        texts.into_iter().filter(|(name, part)| !read(name).is_some_and(|text| text.contains(part)));
    missing.map(|(name, _)| Problem::new(name, 0, "the text of the licence is missing")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files(problems: &[Problem]) -> Vec<&str> {
        problems.iter().map(|it| it.file.as_str()).collect()
    }

    fn package(name: &str, folder: &str, license: &str) -> Package {
        let license = Some(license.to_owned());
        Package { name: name.into(), folder: folder.into(), license, dependencies: Vec::new() }
    }

    #[test]
    fn mod_rs_is_refused() {
        assert_eq!(
            files(&check_names(&["crates/a/src/b/mod.rs", "crates/a/src/b.rs"])),
            ["crates/a/src/b/mod.rs"]
        );
    }

    #[test]
    fn a_crate_has_one_test_binary() {
        let good = ["crates/a/tests/it/main.rs", "crates/a/tests/it/b.rs", "crates/a/tests/sdk/check.py"];
        assert_eq!(check_names(&good), []);
        let bad = ["crates/a/tests/it/main.rs", "crates/a/tests/b.rs", "crates/a/tests/c/main.rs"];
        assert_eq!(files(&check_names(&bad)), ["crates/a/tests/b.rs", "crates/a/tests/c/main.rs"]);
        assert_eq!(files(&check_names(&["crates/a/tests/it/b.rs"])), ["crates/a/tests/it/b.rs"]);
    }

    #[test]
    fn a_crate_lies_in_its_folder_with_its_licence() {
        let good = [package("a", "crates/a", LICENCE), package("xtask", "xtask", LICENCE)];
        assert_eq!(check_packages(&good), []);
        let bad = [package("a", "crates/b", LICENCE), package("c", "crates/c", "GPL-3.0")];
        assert_eq!(files(&check_packages(&bad)), ["crates/b/Cargo.toml", "crates/c/Cargo.toml"]);
    }

    #[test]
    fn a_crate_takes_the_lints() {
        assert_eq!(check_lints("crates/a/Cargo.toml", "[lints]\nworkspace = true\n"), []);
        assert_eq!(check_lints("crates/a/Cargo.toml", "[lints.rust]\n").len(), 1);
        assert_eq!(check_lints("fuzz/Cargo.toml", "[package]\n\n[workspace]\n"), []);
        assert_eq!(check_lints("crates/skilled-supervisor/Cargo.toml", "[lints.rust]\n"), []);
        assert_eq!(check_lints("crates/skilled-supervisor/Cargo.toml", "").len(), 1);
    }

    #[test]
    fn a_crate_says_what_it_is() {
        for name in [
            "crates/a/src/lib.rs",
            "crates/a/src/main.rs",
            "crates/a/src/bin/b.rs",
            "crates/a/tests/it/main.rs",
        ] {
            assert_eq!(check_opening(name, "use std;\n").len(), 1, "{name}");
            assert_eq!(check_opening(name, "//! This is it.\n"), []);
        }
        assert_eq!(check_opening("crates/a/src/b.rs", "use std;\n"), []);
    }

    #[test]
    fn a_missing_or_empty_licence_is_found() {
        let found = check_licences(|name| (name == "LICENSE-MIT").then(String::new));
        assert_eq!(files(&found), ["LICENSE-MIT", "LICENSE-APACHE"]);
        assert_eq!(check_licences(|_| Some("Permission is hereby granted … Apache License".into())), []);
    }
}
