//! The way through the folders.

use std::collections::HashSet;
use std::ffi::{OsStr, OsString};
use std::fs;
use std::io;
use std::mem::MaybeUninit;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::vec;

use ignore::gitignore::Gitignore;
use rustix::fs::{FileType, Mode, OFlags, RawDir};
use skilled_format::SKILL_FILE;

use super::ignored::{Ignored, excluded};
use super::{Options, SearchError, Target, is_archive, is_skill_file};

/// Folders that hold no skills of their own.
const SKIPPED: [&str; 5] = [".git", ".hg", ".svn", ".jj", "node_modules"];
/// Deepest folder below a path. The system's own limit of a path's length comes first in most trees.
const MAX_DEPTH: usize = 128;

/// Bytes of a folder's list that are read at once; an entry has at most 280 (readdir(3)).
const LIST_BYTES: usize = 8 * 1024;

pub(super) struct Walk {
    paths: vec::IntoIter<PathBuf>,
    options: Options,
    excluded: Arc<Gitignore>,
    /// Every path that is a folder, absolute and without links.
    roots: Vec<PathBuf>,
    /// Folders being listed, the innermost last.
    open: Vec<Level>,
    /// The path that is being searched, and whether something was found below it.
    current: Option<(PathBuf, bool)>,
    /// What was found, without links, where paths overlap: each target is found once.
    found: Option<HashSet<PathBuf>>,
}

/// A folder of which some names are still to be looked at.
struct Level {
    /// As it is shown.
    shown: PathBuf,
    /// The same, absolute and without links.
    real: PathBuf,
    names: vec::IntoIter<Name>,
    ignored: Ignored,
}

struct Name {
    name: OsString,
    is_link: bool,
}

/// What a folder turned out to be.
enum Listing {
    Skill,
    Folder {
        folders: Vec<Name>,
        /// Its hidden files.
        hidden: Vec<String>,
        /// There is a file such as `skill.md`.
        has_near_miss: bool,
    },
}

impl Walk {
    pub(super) fn new(paths: &[PathBuf], options: &Options) -> Result<Self, SearchError> {
        let roots = paths.iter().filter_map(|path| path.canonicalize().ok());
        Ok(Self {
            paths: Vec::from(paths).into_iter(),
            options: options.clone(),
            excluded: Arc::new(excluded(options)?),
            roots: roots.filter(|root| root.is_dir()).collect(),
            open: Vec::new(),
            current: None,
            found: overlap(paths).then(HashSet::new),
        })
    }

    /// Looks at a path as it was given.
    fn start(&mut self, path: PathBuf) -> Option<Result<Target, SearchError>> {
        let metadata = match fs::metadata(&path) {
            Ok(metadata) => metadata,
            Err(source) => return Some(Err(SearchError::Path { path, source })),
        };
        if metadata.is_dir() {
            return self.start_folder(path);
        }
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        if is_skill_file(&name) {
            let folder = path.parent().unwrap_or(Path::new(""));
            let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
            return self.is_new(&real(folder)).then(|| Ok(Target::Skill(folder.to_owned())));
        }
        if !is_archive(&path) {
            return Some(Err(SearchError::NotASkill { path }));
        }
        self.is_new(&real(&path)).then_some(Ok(Target::Archive(path)))
    }

    fn start_folder(&mut self, path: PathBuf) -> Option<Result<Target, SearchError>> {
        let real = match path.canonicalize() {
            Ok(real) => real,
            Err(source) => return Some(Err(SearchError::Path { path, source })),
        };
        let above =
            if self.options.no_ignore { Ignored::default() } else { Ignored::above(&real, &self.options) };
        self.current = Some((path.clone(), false));
        self.enter(path, real, &above)
    }

    /// Lists a folder; the answer is there when it is a skill or cannot be listed.
    fn enter(
        &mut self,
        shown: PathBuf,
        real: PathBuf,
        above: &Ignored,
    ) -> Option<Result<Target, SearchError>> {
        match list(&real) {
            Ok(Listing::Skill) => self.is_new(&real).then_some(Ok(Target::Skill(shown))),
            Ok(Listing::Folder { folders, hidden, has_near_miss }) => {
                let ignored =
                    if self.options.no_ignore { above.clone() } else { above.inside(&real, &hidden) };
                let is_target = has_near_miss && self.is_new(&real);
                let target = is_target.then(|| Ok(Target::Skill(shown.clone())));
                self.open.push(Level { shown, real, names: folders.into_iter(), ignored });
                target
            }
            Err(source) => Some(Err(SearchError::Path { path: shown, source })),
        }
    }

    /// Looks at the next name of the innermost folder.
    fn step(&mut self) -> Option<Result<Target, SearchError>> {
        let depth = self.open.len();
        let level = self.open.last_mut()?;
        let Some(Name { name, is_link }) = level.names.next() else {
            self.open.pop();
            return None;
        };
        let (shown, real) = (join(&level.shown, &name), level.real.join(&name));
        let ignored = level.ignored.clone();
        let is_skipped = SKIPPED.iter().any(|skipped| name == *skipped);
        if is_skipped || ignored.leaves_out(&real) || self.is_excluded(&real) {
            return None;
        }
        if is_link {
            let is_target = self.is_skill_elsewhere(&real) && self.is_new(&real);
            return is_target.then_some(Ok(Target::Skill(shown)));
        }
        if depth >= MAX_DEPTH {
            let source = io::Error::other(format!("folders are nested more than {MAX_DEPTH} deep"));
            return Some(Err(SearchError::Path { path: shown, source }));
        }
        self.enter(shown, real, &ignored)
    }

    /// Whether a target, absolute and without links above it, is found for the first time.
    fn is_new(&mut self, target: &Path) -> bool {
        let Some(found) = &mut self.found else { return true };
        let is_new = found.insert(target.to_owned());
        // Whatever it was found by: there is something.
        if let Some((_, any)) = &mut self.current {
            *any = true;
        }
        is_new
    }

    fn is_excluded(&self, folder: &Path) -> bool {
        // A folder elsewhere is none of the patterns' business, and `matched` refuses it.
        folder.starts_with(self.excluded.path()) && self.excluded.matched(folder, true).is_ignore()
    }

    /// Whether a link leads to a skill that is not found where it lies.
    fn is_skill_elsewhere(&self, link: &Path) -> bool {
        let Ok(target) = link.canonicalize() else { return false };
        !self.roots.iter().any(|root| target.starts_with(root)) && target.join(SKILL_FILE).is_file()
    }
}

impl Iterator for Walk {
    type Item = Result<Target, SearchError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            let found = if !self.open.is_empty() {
                self.step()
            } else if let Some((path, false)) = self.current.take() {
                Some(Err(SearchError::NoSkill { path }))
            } else {
                let path = self.paths.next()?;
                self.start(path)
            };
            if let Some(found) = found {
                if let Some((_, any)) = &mut self.current {
                    *any = true;
                }
                return Some(found);
            }
        }
    }
}

/// The path without links, or as it is where the system does not tell.
fn real(path: &Path) -> PathBuf {
    path.canonicalize().unwrap_or_else(|_| path.to_owned())
}

/// Whether one of the paths is another one or lies below it. SKILL.md stands for its folder.
fn overlap(paths: &[PathBuf]) -> bool {
    let place = |path: &PathBuf| match path.canonicalize().ok()? {
        file if file.file_name().is_some_and(|name| name.to_str().is_some_and(is_skill_file)) => {
            file.parent().map(Path::to_owned)
        }
        real => Some(real),
    };
    let mut places: Vec<PathBuf> = paths.iter().filter_map(place).collect();
    // What lies below a folder follows it.
    places.sort();
    places.windows(2).any(|pair| pair[1].starts_with(&pair[0]))
}

/// `./a` is shown as `a`.
fn join(folder: &Path, name: &OsStr) -> PathBuf {
    if folder == Path::new(".") { PathBuf::from(name) } else { folder.join(name) }
}

/// Lists a folder, sorted by name.
fn list(folder: &Path) -> io::Result<Listing> {
    let (mut folders, mut hidden, mut has_near_miss) = (Vec::new(), Vec::new(), false);
    let opened =
        rustix::fs::open(folder, OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC, Mode::empty())?;
    let mut buffer = [MaybeUninit::uninit(); LIST_BYTES];
    let mut entries = RawDir::new(opened, &mut buffer);
    while let Some(entry) = entries.next() {
        let entry = entry?;
        let name = OsStr::from_bytes(entry.file_name().to_bytes());
        if name == "." || name == ".." {
            continue;
        }
        let kind = kind(folder, name, entry.file_type())?;
        let text = name.to_str().unwrap_or_default();
        if is_skill_file(text) && !kind.is_dir() {
            if text == SKILL_FILE {
                return Ok(Listing::Skill);
            }
            has_near_miss = true;
        } else if kind.is_dir() {
            folders.push(Name { name: name.to_owned(), is_link: false });
        } else if kind.is_symlink() && folder.join(name).is_dir() {
            folders.push(Name { name: name.to_owned(), is_link: true });
        } else if text.starts_with('.') {
            // Ignore files are among these; the name of no other file matters.
            hidden.push(text.to_owned());
        }
    }
    folders.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(Listing::Folder { folders, hidden, has_near_miss })
}

/// What an entry is; some file systems do not say so in the list.
fn kind(folder: &Path, name: &OsStr, listed: FileType) -> io::Result<FileType> {
    match listed {
        FileType::Unknown => Ok(FileType::from_raw_mode(rustix::fs::lstat(folder.join(name))?.st_mode)),
        kind => Ok(kind),
    }
}
