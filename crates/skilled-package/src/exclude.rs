//! What is left out of a package.

use std::fmt;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

use globset::{GlobBuilder, GlobMatcher};

use crate::PackError;

/// A file or folder that does not go into the package.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeftOut {
    /// Path relative to the skill folder. What is in a folder that is left out is not listed.
    pub path: String,
    /// Whether it is a folder.
    pub folder: bool,
    /// Why.
    pub reason: Reason,
}

/// Why something is left out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reason {
    /// Programs make it again: compiled files, installed dependencies, caches, virtual environments.
    Debris,
    /// The history of the folder.
    VersionControl,
    /// Files that a file manager or an operating system leaves behind.
    System,
    /// Settings and backup files of an editor.
    Editor,
    /// The skill's tests, `evals/` at its root, which are for its author.
    Evals,
    /// An earlier package, `*.skill` at the root.
    Package,
    /// It matches this pattern of [`PackOptions::exclude`](crate::PackOptions::exclude).
    Asked(String),
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Debris => f.write_str("made again by programs"),
            Self::VersionControl => f.write_str("version control"),
            Self::System => f.write_str("left behind by the system"),
            Self::Editor => f.write_str("an editor's own file"),
            Self::Evals => f.write_str("tests are for the author"),
            Self::Package => f.write_str("an earlier package"),
            Self::Asked(pattern) => write!(f, "excluded by {pattern:?}"),
        }
    }
}

/// What [`PackOptions::exclude`](crate::PackOptions::exclude) and the built-in rules leave out.
pub(crate) struct Exclusions {
    root: PathBuf,
    asked: Vec<Asked>,
}

struct Asked {
    pattern: String,
    matcher: GlobMatcher,
    folders_only: bool,
}

impl Exclusions {
    /// `root` is the skill folder, in which marks of caches are looked for.
    pub(crate) fn new(root: PathBuf, patterns: &[String]) -> Result<Self, PackError> {
        let mut patterns: Vec<&str> = patterns.iter().map(String::as_str).collect();
        patterns.sort_unstable();
        let asked = patterns.into_iter().map(Asked::new).collect::<Result<_, _>>()?;
        Ok(Self { root, asked })
    }

    /// Why the entry is left out, if it is.
    pub(crate) fn reason(&self, path: &str, folder: bool) -> Option<Reason> {
        let name = path.rsplit('/').next().unwrap_or(path);
        let at_root = name.len() == path.len();
        if let Some(asked) = self.asked.iter().find(|asked| asked.matches(path, folder)) {
            return Some(Reason::Asked(asked.pattern.clone()));
        }
        if at_root && folder && name == "evals" {
            return Some(Reason::Evals);
        }
        if at_root
            && !folder
            && Path::new(name).extension().is_some_and(|ending| ending.eq_ignore_ascii_case("skill"))
        {
            return Some(Reason::Package);
        }
        by_name(name, folder).or_else(|| (folder && self.is_cache(path)).then_some(Reason::Debris))
    }

    /// Folders that say of themselves that they can be made again: virtual environments of Python (PEP 405), and caches
    /// with a tag (bford.info/cachedir), such as Cargo's `target`.
    fn is_cache(&self, path: &str) -> bool {
        let folder = self.root.join(path);
        let has_tag = || {
            let mut start = [0; CACHE_TAG.len()];
            let tag = folder.join("CACHEDIR.TAG");
            let is_file = tag.symlink_metadata().is_ok_and(|metadata| metadata.is_file());
            is_file
                && File::open(tag).and_then(|mut file| file.read_exact(&mut start)).is_ok()
                && start == *CACHE_TAG
        };
        folder.join("pyvenv.cfg").is_file() || has_tag()
    }
}

const CACHE_TAG: &[u8; 43] = b"Signature: 8a477f597d28d172789f06886806bc55";

impl Asked {
    fn new(pattern: &str) -> Result<Self, PackError> {
        let (glob, folders_only) = pattern.strip_suffix('/').map_or((pattern, false), |glob| (glob, true));
        let from_root = glob.contains('/');
        let glob = glob.strip_prefix('/').or_else(|| glob.strip_prefix("./")).unwrap_or(glob);
        let glob = if from_root { glob.to_owned() } else { format!("**/{glob}") };
        let built = GlobBuilder::new(&glob).literal_separator(true).backslash_escape(true).build();
        let matcher = built
            .map_err(|source| PackError::Pattern { pattern: pattern.to_owned(), source })?
            .compile_matcher();
        Ok(Self { pattern: pattern.to_owned(), matcher, folders_only })
    }

    fn matches(&self, path: &str, folder: bool) -> bool {
        (folder || !self.folders_only) && self.matcher.is_match(path)
    }
}

/// Whether an entry at the root of an archive was left there by a system that made the archive.
pub(crate) fn is_left_by_system(name: &str) -> bool {
    matches!(by_name(name, false), Some(Reason::System)) || name == "__MACOSX"
}

/// Rules that need the name only. `.idea` and `.vscode` are left out because they are personal, and because an editor
/// may run what they say when the folder is opened.
fn by_name(name: &str, folder: bool) -> Option<Reason> {
    let ends = |ending: &str| name.len() > ending.len() && name.ends_with(ending);
    let any = match name {
        ".git" | ".hg" | ".svn" | ".jj" | ".bzr" | "CVS" => Some(Reason::VersionControl),
        ".DS_Store" | "__MACOSX" | ".Spotlight-V100" | ".Trashes" | ".fseventsd" | ".directory" => {
            Some(Reason::System)
        }
        _ if name.starts_with("._") => Some(Reason::System),
        _ => None,
    };
    let own = || match name {
        _ if folder && DEBRIS_FOLDERS.contains(&name) => Some(Reason::Debris),
        _ if folder && ends(".egg-info") => Some(Reason::Debris),
        ".idea" | ".vscode" if folder => Some(Reason::Editor),
        _ if folder => None,
        _ if [".pyc", ".pyo"].iter().any(|ending| ends(ending)) || name == ".coverage" => {
            Some(Reason::Debris)
        }
        _ if ["Thumbs.db", "ehthumbs.db", "desktop.ini"]
            .iter()
            .any(|known| known.eq_ignore_ascii_case(name)) =>
        {
            Some(Reason::System)
        }
        _ if [".swp", ".swo", "~"].iter().any(|ending| ends(ending)) || name.starts_with(".#") => {
            Some(Reason::Editor)
        }
        _ => None,
    };
    any.or_else(own)
}

const DEBRIS_FOLDERS: &[&str] = &[
    "__pycache__",
    "node_modules",
    ".venv",
    ".pytest_cache",
    ".mypy_cache",
    ".ruff_cache",
    ".tox",
    ".nox",
    ".hypothesis",
    ".ipynb_checkpoints",
    ".eggs",
];
