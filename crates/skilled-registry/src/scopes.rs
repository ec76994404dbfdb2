//! Finding one skill by its name in the places where clients keep skills.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use skilled_format::Folder;

use crate::Diagnostic;
use crate::discovery::{Folders, Limits, folders_of_skills};

/// Folders of skills in a project, the first before the next.
const IN_PROJECT: [&str; 3] = [".skilled/skills", ".agents/skills", ".claude/skills"];
/// The same in a home directory.
const IN_HOME: [&str; 2] = [".agents/skills", ".claude/skills"];
/// The same in this program's data directory of a user. What `Store` keeps beside it is no skill by name.
const IN_DATA: &str = "installed";
/// Least likeness (Jaro-Winkler) of a name that was perhaps meant.
const ALIKE: f64 = 0.8;

/// To whom the skills of a scope belong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Owner {
    /// A project: the skills come with its files.
    Project,
    /// The user, in every project.
    User,
}

/// A place where clients keep skills. It need not exist.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scope {
    /// To whom its skills belong.
    pub owner: Owner,
    /// The folder of skills.
    pub path: PathBuf,
}

/// A skill in a scope.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Located {
    /// Its folder, as found below the scope's path.
    pub path: PathBuf,
    /// Where it is.
    pub scope: Scope,
}

/// What [`find`] found.
#[derive(Debug, Default)]
pub struct Search {
    /// The skills of the name, the one that is used first; it shadows the others.
    pub found: Vec<Located>,
    /// Other names in the scopes that are spelled like the one that was looked for, the likest first, at most three.
    pub alike: Vec<String>,
    /// What could not be searched.
    pub diagnostics: Vec<Diagnostic>,
}

impl Owner {
    /// Returns `project` or `user`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Project => "project",
            Self::User => "user",
        }
    }
}

/// Returns the places where clients keep skills, those that win first: the project's before the user's, nearer folders
/// before farther ones.
///
/// A project is the folder `here`, which must be absolute, with its parents up to the one that holds `.git`; without such
/// a parent it is `here` alone, so that nobody's skills in a shared parent such as `/tmp` are taken up. `data` is the
/// program's data directory.
pub fn standard_scopes(here: &Path, home: Option<&Path>, data: Option<&Path>) -> Vec<Scope> {
    let levels = here.ancestors().position(|folder| folder.join(".git").symlink_metadata().is_ok());
    let project = here.ancestors().take(levels.unwrap_or(0) + 1);
    let of_project = project.flat_map(|folder| IN_PROJECT.map(|place| folder.join(place)));
    let of_user = home.into_iter().flat_map(|home| IN_HOME.map(|place| home.join(place)));
    let of_user = of_user.chain(data.map(|data| data.join(IN_DATA)));
    let mut seen = BTreeSet::new();
    let owned = |owner| move |path| Scope { owner, path };
    let scopes = of_project.map(owned(Owner::Project)).chain(of_user.map(owned(Owner::User)));
    // In the home directory itself, the project's places and the user's are the same.
    scopes.filter(|scope| seen.insert(scope.path.clone())).collect()
}

/// Looks for the skill `name` in `scopes`, whose order decides which one is used.
///
/// A skill has the name that its SKILL.md gives, or that of its folder. Scopes that do not exist are empty. One folder
/// that several links lead to counts once. SKILL.md is read, within its limit; nothing else of a skill is.
pub fn find(name: &str, scopes: &[Scope], limits: &Limits) -> Search {
    let mut search = Search::default();
    let mut seen = BTreeSet::new();
    let mut others = BTreeSet::new();
    for scope in scopes {
        if scope.path.symlink_metadata().is_err() {
            continue;
        }
        let Folders { skills, problems, misnamed: _ } = folders_of_skills(&scope.path, limits);
        search.diagnostics.extend(problems);
        for path in skills {
            if !seen.insert(path.canonicalize().unwrap_or_else(|_| path.clone())) {
                continue;
            }
            let names = names_of(&path, limits);
            if names.iter().any(|own| own == name) {
                search.found.push(Located { path, scope: scope.clone() });
            } else {
                others.extend(names);
            }
        }
    }
    search.alike = alike(name, others);
    search
}

/// The name of the skill in `path` and that of its folder.
fn names_of(path: &Path, limits: &Limits) -> BTreeSet<String> {
    // The list of files is not needed.
    let only_skill_file = skilled_format::Limits { entries: 1, depth: 1, ..limits.skill };
    let Ok(folder) = Folder::open(path, &only_skill_file) else { return BTreeSet::new() };
    let named = folder.reading().skill.map(|skill| skill.name);
    named.into_iter().chain([folder.name().to_owned()]).collect()
}

/// The names that look like `name`, the likest first.
fn alike(name: &str, others: BTreeSet<String>) -> Vec<String> {
    let score = |other: &String| strsim::jaro_winkler(&name.to_lowercase(), &other.to_lowercase());
    let mut scored: Vec<(f64, String)> =
        others.into_iter().map(|other| (score(&other), other)).filter(|(score, _)| *score >= ALIKE).collect();
    scored.sort_by(|a, b| b.0.total_cmp(&a.0));
    scored.into_iter().map(|(_, other)| other).take(3).collect()
}
