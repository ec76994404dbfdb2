//! Skills made for a test.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

use skilled_format::{Folder, Limits};
use skilled_lint::{Checked, Finding, Settings, check};
use tempfile::TempDir;

pub(crate) const FRONT: &str =
    "---\nname: example\ndescription: Adds up columns of a table. Use when the user asks for totals.\n---\n";

/// A skill folder called `example`.
pub(crate) struct Skill {
    root: TempDir,
}

impl Skill {
    /// One whose SKILL.md has this body.
    pub(crate) fn with_body(body: &str) -> Self {
        Self::with_file(&format!("{FRONT}{body}"))
    }

    pub(crate) fn with_file(content: &str) -> Self {
        let skill = Self { root: TempDir::new().unwrap() };
        fs::create_dir(skill.path()).unwrap();
        skill.and("SKILL.md", content)
    }

    pub(crate) fn and(self, path: &str, content: impl AsRef<[u8]>) -> Self {
        let path = self.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
        self
    }

    pub(crate) fn and_executable(self, path: &str, content: &str) -> Self {
        let skill = self.and(path, content);
        fs::set_permissions(skill.path().join(path), fs::Permissions::from_mode(0o755)).unwrap();
        skill
    }

    pub(crate) fn path(&self) -> PathBuf {
        self.root.path().join("example")
    }

    pub(crate) fn text(&self, path: &str) -> String {
        fs::read_to_string(self.path().join(path)).unwrap()
    }

    pub(crate) fn folder(&self) -> Folder {
        Folder::open(&self.path(), &Limits::default()).unwrap()
    }

    pub(crate) fn check(&self) -> Checked {
        self.check_with(&Settings::default())
    }

    pub(crate) fn check_with(&self, settings: &Settings) -> Checked {
        check(&self.folder(), settings)
    }

    /// What is found, one line each: `file:line:column code message`.
    pub(crate) fn found(&self) -> Vec<String> {
        self.check().findings.iter().map(line).collect()
    }
}

pub(crate) fn line(finding: &Finding) -> String {
    let Finding { rule, file, line, column, message, .. } = finding;
    format!("{file}:{line}:{column} {} {message}", rule.code)
}

pub(crate) fn codes(checked: &Checked) -> Vec<&'static str> {
    checked.findings.iter().map(|finding| finding.rule.code).collect()
}

/// The pattern once for each number, which takes the place of `#`.
pub(crate) fn numbered(pattern: &str, count: usize) -> String {
    (0..count).map(|number| pattern.replace('#', &number.to_string())).collect()
}
