//! Finds skills in files, folders and archives.

mod ignored;
mod walk;

#[cfg(test)]
mod tests;

use std::io;
use std::path::{Path, PathBuf};

use skilled_format::SKILL_FILE;

use self::walk::Walk;

/// Where to look, and what to leave out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// Also what `.gitignore`, `.ignore` and the excludes of git leave out (`--no-ignore`).
    pub no_ignore: bool,
    /// The user's own excludes file of git (gitignore(5), `core.excludesFile`), when there is one.
    pub global_excludes: Option<PathBuf>,
    /// What else is left out: lines as in a `.gitignore`, relative to [`Options::exclude_root`].
    pub exclude: Vec<String>,
    /// The folder that [`Options::exclude`] is relative to: that of `skilled.toml`.
    pub exclude_root: PathBuf,
}

/// Something to check.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// A folder with a SKILL.md, or with a file that was meant to be one, such as `skill.md`.
    Skill(PathBuf),
    /// A file that is an archive by its name; the caller opens it.
    Archive(PathBuf),
}

/// Why a path, or something below it, gives nothing to check.
#[derive(Debug, thiserror::Error)]
pub enum SearchError {
    /// A path that does not exist or cannot be looked at.
    #[error("cannot look at {}; check the path and its permissions", path.display())]
    Path {
        /// The path.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// A folder without a skill.
    #[error("there is no skill in {}; a skill is a folder with a SKILL.md (what .gitignore names is left out without --no-ignore)", path.display())]
    NoSkill {
        /// The folder as it was given.
        path: PathBuf,
    },
    /// A file that is neither SKILL.md nor an archive.
    #[error("{} is neither a SKILL.md nor an archive (.skill, .zip, .tar, .tar.gz, .tgz)", path.display())]
    NotASkill {
        /// The file as it was given.
        path: PathBuf,
    },
    /// A line of an exclude list that is no pattern.
    #[error("`{pattern}` is not a pattern of the form that .gitignore has")]
    Pattern {
        /// The line.
        pattern: String,
        /// What is wrong with it.
        #[source]
        source: ignore::Error,
    },
}

impl Options {
    /// Checks that every line of [`Options::exclude`] is a pattern.
    ///
    /// # Errors
    ///
    /// [`SearchError::Pattern`] for the first that is none, with what is wrong with it.
    pub fn validate(&self) -> Result<(), SearchError> {
        ignored::excluded(self).map(|_| ())
    }
}

/// Finds what there is to check at `paths`: in the order of the paths, and below each in the order of the names. What
/// several paths lead to is found by the first of them; only where paths overlap, memory grows with what is found.
///
/// A path is a SKILL.md (its folder is meant), a skill folder, a folder with skills at any depth, or an archive. A path that
/// is given is looked at even where an ignore file names it. Below it:
///
/// - a folder with a SKILL.md is a skill, and skills inside of it belong to it;
/// - hidden folders such as `.claude` are searched; `.git`, `.hg`, `.svn`, `.jj` and `node_modules` are not;
/// - `.gitignore` and `.ignore` are honoured, outside repositories too, and those of the folders above up to the root of
///   the repository;
/// - a link to a skill folder is a skill under the name of the link, unless what it leads to lies below one of the paths,
///   where it is found by itself; no other link is followed, so that there are no loops.
///
/// The iterator lists one folder at a time: its memory is that of the folders above the place where it is. After an
/// error it goes on.
///
/// # Errors
///
/// [`SearchError::Pattern`] when a line of [`Options::exclude`] is no pattern. What is wrong with single paths comes in
/// the stream.
pub fn find(
    paths: &[PathBuf],
    options: &Options,
) -> Result<impl Iterator<Item = Result<Target, SearchError>> + use<>, SearchError> {
    Walk::new(paths, options)
}

/// Whether a file is an archive by its name.
pub fn is_archive(path: &Path) -> bool {
    const ENDINGS: [&str; 5] = [".skill", ".zip", ".tar", ".tar.gz", ".tgz"];
    let name = path.file_name().map(|name| name.to_string_lossy().to_ascii_lowercase()).unwrap_or_default();
    ENDINGS.iter().any(|ending| name.len() > ending.len() && name.ends_with(ending))
}

/// The name of a skill file, in any case.
fn is_skill_file(name: &str) -> bool {
    name.eq_ignore_ascii_case(SKILL_FILE)
}
