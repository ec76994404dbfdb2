//! Finding skills at the paths that a user names.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use skilled_format::{Code, LoadedDir, MountName, SKILL_FILE, Severity, Skill, Tree, load_dir};

use crate::{Diagnostic, Error, NotLoadable};

/// Folders that hold no skills of their own, whatever is in them.
const SKIPPED: [&str; 2] = [".git", "node_modules"];
/// How the names of folders begin in which an archive was being unpacked when somebody killed that.
const UNFINISHED: &[u8] = b".skilled-";

/// How much is searched and read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Levels of folders searched below a path: 1 is its subfolders. 4 by default.
    pub depth: usize,
    /// Folders searched for one path. 2,000 by default.
    pub folders: usize,
    /// How much of each skill is read.
    pub skill: skilled_format::Limits,
}

impl Default for Limits {
    fn default() -> Self {
        Self { depth: 4, folders: 2_000, skill: skilled_format::Limits::default() }
    }
}

/// What was found.
#[derive(Debug, Default)]
pub struct Discovery {
    /// The skills that can be used, in the order of the paths, each name once.
    pub skills: Vec<FoundSkill>,
    /// Why paths that were named give no skill.
    pub errors: Vec<Error>,
    /// What else the user should know. Findings about a skill that is used are in [`FoundSkill::findings`].
    pub diagnostics: Vec<Diagnostic>,
}

/// A skill in a folder.
#[derive(Debug, Clone)]
pub struct FoundSkill {
    /// Its name, which is also that of its folder in the sandbox.
    pub name: MountName,
    /// Its folder, absolute, without symbolic links.
    pub path: PathBuf,
    /// What SKILL.md says.
    pub skill: Skill,
    /// Whether the reference validator accepts its SKILL.md.
    pub valid: bool,
    /// Its files and their digest.
    pub tree: Tree,
    /// What is to be said about SKILL.md and the files.
    pub findings: Vec<skilled_format::Diagnostic>,
}

/// Finds the skills at `paths`. Each is a skill's folder, or a folder with skills in it or in its subfolders.
///
/// A folder with a SKILL.md is a skill, and what is below it belongs to it. Links to folders are followed, each folder
/// is visited once, `.git` and `node_modules` are left out. Of two skills with one name the first is used, in the order
/// of `paths` and then of the folders' names.
pub fn discover(paths: &[PathBuf], limits: &Limits) -> Discovery {
    let mut search =
        Search { limits, found: Discovery::default(), names: BTreeMap::new(), loaded: BTreeSet::new() };
    for path in paths {
        if let Err(error) = search.path(path) {
            search.found.errors.push(error);
        }
    }
    search.found
}

struct Search<'a> {
    limits: &'a Limits,
    found: Discovery,
    /// The folder of each name.
    names: BTreeMap<MountName, PathBuf>,
    /// Folders of skills that were looked at, so that a path given twice is no conflict.
    loaded: BTreeSet<PathBuf>,
}

impl Search<'_> {
    fn path(&mut self, path: &Path) -> Result<(), Error> {
        let unreadable = |source: io::Error| match source.kind() {
            io::ErrorKind::NotFound => Error::Missing { path: path.to_owned() },
            _ => Error::Unreadable { path: path.to_owned(), source },
        };
        if !fs::metadata(path).map_err(unreadable)?.is_dir() {
            return Err(Error::NotFolder { path: path.to_owned() });
        }
        fs::read_dir(path).map_err(unreadable)?;
        if is_skill(path) {
            let loaded = self.load(path);
            return loaded.map_err(|problem| Error::NotLoadable { path: path.to_owned(), problem });
        }
        let Folders { skills, misnamed, problems } = folders_of_skills(path, self.limits);
        self.found.diagnostics.extend(problems);
        if skills.is_empty() {
            return Err(Error::NoSkill { path: path.to_owned(), misnamed: misnamed.into_iter().next() });
        }
        self.found.diagnostics.extend(misnamed.into_iter().map(|path| Diagnostic::Misnamed { path }));
        let count = skills.len();
        let mut failed = 0;
        for skill in skills {
            if let Err(problem) = self.load(&skill) {
                failed += 1;
                self.found.diagnostics.push(Diagnostic::NotLoaded { path: skill, problem });
            }
        }
        if failed == count { Err(Error::NoneLoadable { path: path.to_owned(), count }) } else { Ok(()) }
    }

    fn load(&mut self, path: &Path) -> Result<(), NotLoadable> {
        let LoadedDir { path, reading, tree, diagnostics } =
            load_dir(path, &self.limits.skill).map_err(NotLoadable::Folder)?;
        if !self.loaded.insert(path.clone()) {
            return Ok(());
        }
        // A part of a skill is worse than none: its instructions name files that are not there.
        let (cut, other): (Vec<_>, Vec<_>) =
            diagnostics.into_iter().partition(|finding| finding.code == Code::TreeTooLarge);
        if !cut.is_empty() {
            return Err(NotLoadable::Findings(cut));
        }
        let mut findings = reading.diagnostics;
        let Some(skill) = reading.skill else {
            findings.retain(|finding| finding.severity == Severity::Error);
            return Err(NotLoadable::Findings(findings));
        };
        findings.extend(other);
        let name =
            skill.mount_name().map_err(|source| NotLoadable::Name { name: skill.name.clone(), source })?;
        if let Some(by) = self.names.get(&name) {
            let by = by.clone();
            self.found.diagnostics.push(Diagnostic::Shadowed { name, path, by });
            return Ok(());
        }
        self.names.insert(name.clone(), path.clone());
        self.found.skills.push(FoundSkill { name, path, skill, valid: reading.valid, tree, findings });
        Ok(())
    }
}

/// What a search for skill folders gives.
pub(crate) struct Folders {
    /// The folders that are skills, sorted.
    pub(crate) skills: Vec<PathBuf>,
    /// Files that would be a SKILL.md under the right name, sorted.
    pub(crate) misnamed: Vec<PathBuf>,
    /// What was not searched.
    pub(crate) problems: Vec<Diagnostic>,
}

/// Searches `path` and the folders below it.
pub(crate) fn folders_of_skills(path: &Path, limits: &Limits) -> Folders {
    let mut found = Folders { skills: Vec::new(), misnamed: Vec::new(), problems: Vec::new() };
    let mut visited = BTreeSet::new();
    let mut pending = vec![(path.to_owned(), 0)];
    while let Some((folder, depth)) = pending.pop() {
        // What cannot be resolved is reported when it is listed.
        if !visited.insert(folder.canonicalize().unwrap_or_else(|_| folder.clone())) {
            continue;
        }
        if visited.len() > limits.folders {
            found.problems.push(Diagnostic::Unsearched { path: path.to_owned(), limit: limits.folders });
            break;
        }
        if is_skill(&folder) {
            found.skills.push(folder);
            continue;
        }
        match subfolders(&folder, &mut found.misnamed) {
            Ok(inner) if depth < limits.depth => {
                pending.extend(inner.into_iter().rev().map(|inner| (inner, depth + 1)));
            }
            Ok(_) => {}
            Err(source) => found.problems.push(Diagnostic::Unreadable { path: folder, source }),
        }
    }
    found.skills.sort();
    found.misnamed.sort();
    found
}

/// Returns whether a folder is a skill: whatever its SKILL.md is, loading it will tell.
fn is_skill(folder: &Path) -> bool {
    folder.join(SKILL_FILE).symlink_metadata().is_ok()
}

/// Returns the subfolders to be searched, sorted; adds files that are called SKILL.md but for upper and lower case.
fn subfolders(folder: &Path, misnamed: &mut Vec<PathBuf>) -> io::Result<Vec<PathBuf>> {
    let mut inner = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let path = entry.path();
        let name = entry.file_name();
        if SKIPPED.iter().any(|skipped| name == *skipped) || name.as_encoded_bytes().starts_with(UNFINISHED) {
            continue;
        }
        if entry.file_name().eq_ignore_ascii_case(SKILL_FILE) {
            misnamed.push(path);
        } else if path.is_dir() {
            inner.push(path);
        }
    }
    inner.sort();
    Ok(inner)
}
