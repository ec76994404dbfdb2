//! Skill folders and what becomes of them.

use std::fs;
use std::io::Cursor;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use skilled_archive::Writer;
use skilled_package::{Format, PackError, PackOptions, Plan, Problem, pack, plan};
use tempfile::TempDir;

pub(crate) const SKILL: &str =
    "---\nname: pdf\ndescription: Fill forms. Use when there is a form.\n---\n# PDF\n";

/// A skill called `pdf` in a folder of its own.
pub(crate) struct Skill {
    pub(crate) place: TempDir,
    pub(crate) root: PathBuf,
}

impl Skill {
    pub(crate) fn new() -> Self {
        let place = tempfile::tempdir().unwrap();
        let root = place.path().join("pdf");
        fs::create_dir(&root).unwrap();
        fs::write(root.join("SKILL.md"), SKILL).unwrap();
        Self { place, root }
    }

    /// Writes a file and the folders it lies in.
    pub(crate) fn with(self, path: &str, content: impl AsRef<[u8]>) -> Self {
        self.write(path, content);
        self
    }

    pub(crate) fn write(&self, path: &str, content: impl AsRef<[u8]>) {
        let path = self.root.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }

    pub(crate) fn set_mode(&self, path: &str, mode: u32) {
        fs::set_permissions(self.root.join(path), fs::Permissions::from_mode(mode)).unwrap();
    }

    pub(crate) fn link(&self, path: &str, target: &str) {
        std::os::unix::fs::symlink(target, self.root.join(path)).unwrap();
    }

    pub(crate) fn plan(&self) -> Plan {
        plan(&self.root, &PackOptions::default()).unwrap_or_else(|error| panic!("{error}"))
    }

    /// Code, path and line of everything that keeps the folder from being packed.
    pub(crate) fn refused(&self) -> Vec<(&'static str, String, Option<usize>)> {
        self.problems(&PackOptions::default()).into_iter().map(|p| (p.code, p.path, p.line)).collect()
    }

    pub(crate) fn problems(&self, options: &PackOptions) -> Vec<Problem> {
        match plan(&self.root, options) {
            Ok(plan) => panic!("accepted: {:?}", plan.files()),
            Err(PackError::Refused(problems)) => problems,
            Err(error) => panic!("{error:?}"),
        }
    }
}

pub(crate) fn paths(plan: &Plan) -> Vec<&str> {
    plan.files().iter().map(|file| file.path.as_str()).collect()
}

pub(crate) fn bytes(plan: &Plan, format: Format) -> Vec<u8> {
    let mut out = Cursor::new(Vec::new());
    pack(plan, &mut out, format).unwrap_or_else(|error| panic!("{error:?}"));
    out.into_inner()
}

/// An archive of these files, sorted.
pub(crate) fn archive(format: Format, files: &[(&str, &str)]) -> Cursor<Vec<u8>> {
    let mut sorted = files.to_vec();
    sorted.sort_unstable();
    let mut writer = Writer::new(Cursor::new(Vec::new()), format);
    for (path, content) in sorted {
        writer.file(path, false, content.len() as u64, &mut content.as_bytes()).unwrap();
    }
    writer.finish().unwrap()
}

pub(crate) fn names(place: &Path) -> Vec<String> {
    let mut names: Vec<String> =
        fs::read_dir(place).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}
