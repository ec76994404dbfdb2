//! A skill folder from disk.

mod hash;
mod walk;

#[cfg(test)]
mod tests;

use std::fs::{self, File};
use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use rustix::buffer::spare_capacity;
use rustix::fs::{AtFlags, Mode, OFlags, ResolveFlags, statat};
use rustix::io::{Errno, retry_on_intr};

use self::walk::Walk;
use crate::reading::{Reading, read_skill};
use crate::{Code, Diagnostic, SKILL_FILE, Tree};

/// How much of a skill folder is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Largest SKILL.md in bytes; a larger one is not read.
    pub skill_file_bytes: u64,
    /// Most entries that are looked at, what is left out included.
    pub entries: usize,
    /// Deepest entry: 1 is directly in the folder.
    pub depth: usize,
    /// Largest sum of file sizes in bytes. A file that does not fit is left out; smaller ones after it are not.
    pub total_bytes: u64,
}

impl Default for Limits {
    /// 1 MiB for SKILL.md, 10,000 entries, 32 levels, 256 MiB in total.
    fn default() -> Self {
        Self { skill_file_bytes: 1 << 20, entries: 10_000, depth: 32, total_bytes: 256 << 20 }
    }
}

/// A skill folder that was opened and listed. Its files are read when they are asked for.
#[derive(Debug)]
pub struct Folder {
    root: PathBuf,
    name: String,
    handle: OwnedFd,
    limits: Limits,
    files: Vec<Listed>,
    diagnostics: Vec<Diagnostic>,
}

/// One file, folder or link in the list of a [`Folder`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// Path relative to the skill folder, with `/` between components; never absolute, never with `.` or
    /// `..`.
    pub path: String,
    /// What it is.
    pub kind: ListedKind,
}

/// What a listed entry is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ListedKind {
    /// A folder.
    Directory,
    /// A regular file.
    File {
        /// Size in bytes when it was listed.
        size: u64,
        /// Whether its owner may execute it.
        executable: bool,
    },
    /// A symbolic link, not followed.
    Link {
        /// The target as it is written in the link.
        target: String,
        /// Whether it is written to lie outside the folder, or lies there after following other links.
        escapes: bool,
    },
}

/// The beginning of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Content {
    /// The bytes.
    pub bytes: Vec<u8>,
    /// Whether the file goes on after them.
    pub cut: bool,
}

/// A skill folder and what was found in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LoadedDir {
    /// The folder, absolute, without symbolic links.
    pub path: PathBuf,
    /// What SKILL.md says. Its diagnostics are about SKILL.md only.
    pub reading: Reading,
    /// The files of the folder.
    pub tree: Tree,
    /// Findings about the files: what was left out and why, and links that lead out of the folder.
    pub diagnostics: Vec<Diagnostic>,
}

/// Why a folder cannot be looked at. Everything wrong inside the folder is a [`Diagnostic`].
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The folder does not exist or is not accessible.
    #[error("cannot open the skill folder {}; check the path and its permissions", path.display())]
    Open {
        /// The folder as it was given.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
    /// The path is not a folder.
    #[error("{} is not a folder; a skill is the folder that contains SKILL.md", path.display())]
    NotADirectory {
        /// The path as it was given.
        path: PathBuf,
    },
}

impl Folder {
    /// Opens the folder `path` and lists it, in the order of the paths' bytes.
    ///
    /// Nothing is left out silently: what is not listed has a diagnostic. Symbolic links are recorded and not
    /// followed. Devices, pipes and sockets are never opened. No file is opened at all.
    ///
    /// # Errors
    ///
    /// [`Error`] when `path` is not a folder that can be read.
    pub fn open(path: &Path, limits: &Limits) -> Result<Self, Error> {
        Self::open_without(path, limits, |_, _| false)
    }

    /// Opens the folder `path` like [`Folder::open`], without what `pass_over` names: it gets the relative path of
    /// everything that is met, in no order, and whether that is a folder. What is passed over is neither listed nor entered, has no
    /// diagnostic and does not count towards the limits; only SKILL.md is still read.
    ///
    /// # Errors
    ///
    /// [`Error`] when `path` is not a folder that can be read.
    pub fn open_without(
        path: &Path,
        limits: &Limits,
        mut pass_over: impl FnMut(&str, bool) -> bool,
    ) -> Result<Self, Error> {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let opened = rustix::fs::open(path, flags, Mode::empty());
        let handle = opened.map_err(|error| match error {
            Errno::NOTDIR if path.exists() => Error::NotADirectory { path: path.to_owned() },
            error => Error::Open { path: path.to_owned(), source: error.into() },
        })?;
        let root = match real_path(&handle) {
            Some(root) => root,
            None => path.canonicalize().map_err(|source| Error::Open { path: path.to_owned(), source })?,
        };
        let mut walk = Walk::new(&root, handle.as_fd(), limits, &mut pass_over);
        walk.run();
        let (files, diagnostics) = walk.finish();
        let name = given_name(path, &root);
        Ok(Self { root, name, handle, limits: *limits, files, diagnostics })
    }

    /// The folder, absolute, without symbolic links.
    pub fn path(&self) -> &Path {
        &self.root
    }

    /// The open folder: what is done with it is done in this folder, whatever its path leads to by now.
    pub fn handle(&self) -> BorrowedFd<'_> {
        self.handle.as_fd()
    }

    /// The last component of the path that the folder was opened by.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What is in the folder and the folders in it, sorted by the bytes of the paths.
    pub fn files(&self) -> &[Listed] {
        &self.files
    }

    /// The entry at `path`, which is compared as it is.
    pub fn get(&self, path: &str) -> Option<&Listed> {
        let at = self.files.binary_search_by(|listed| listed.path.as_bytes().cmp(path.as_bytes()));
        at.ok().map(|at| &self.files[at])
    }

    /// Findings about the files: what was left out and why, and links that lead out of the folder.
    pub fn diagnostics(&self) -> &[Diagnostic] {
        &self.diagnostics
    }

    /// Reads at most `max` bytes of the regular file `path`, which is relative to the folder.
    ///
    /// No link is followed and the folder is not left, even when something changed since it was listed
    /// (openat2(2), `RESOLVE_BENEATH`, `RESOLVE_NO_SYMLINKS`); opening a pipe does not wait.
    ///
    /// # Errors
    ///
    /// What the system says when there is no such file or it cannot be read.
    pub fn read(&self, path: &str, max: u64) -> io::Result<Content> {
        let (file, size) = self.open_sized(path)?;
        read_up_to(&file, size, max)
    }

    /// The bytes of SKILL.md, which may be a link to a file inside the folder.
    ///
    /// # Errors
    ///
    /// The finding that says why there is none to be read.
    pub fn skill_file(&self) -> Result<Vec<u8>, Box<Diagnostic>> {
        let refuse = |code, message: String| Box::new(Diagnostic::about_file(code, SKILL_FILE, &message));
        let unreadable =
            |error: io::Error| refuse(Code::SkillFileNotRegular, format!("SKILL.md cannot be read: {error}"));
        let flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NONBLOCK;
        let opened = match rustix::fs::openat2(&self.handle, SKILL_FILE, flags, Mode::empty(), beneath()) {
            Ok(opened) => opened,
            Err(Errno::NOENT) if statat(&self.handle, SKILL_FILE, AtFlags::SYMLINK_NOFOLLOW).is_err() => {
                return Err(Box::new(missing_skill_file(&self.root)));
            }
            Err(Errno::XDEV) => {
                let message = "SKILL.md is a link that leads out of the folder".to_owned();
                return Err(refuse(Code::SkillFileNotRegular, message));
            }
            Err(error) => {
                let message = format!("SKILL.md cannot be opened: {}", io::Error::from(error));
                return Err(refuse(Code::SkillFileNotRegular, message));
            }
        };
        let Some((file, size)) = regular(opened.into()).map_err(unreadable)? else {
            return Err(refuse(Code::SkillFileNotRegular, "SKILL.md is not a regular file".to_owned()));
        };
        let most = self.limits.skill_file_bytes;
        let content = read_up_to(&file, size, most).map_err(unreadable)?;
        if content.cut {
            return Err(refuse(Code::SkillFileTooLarge, format!("SKILL.md is larger than {most} bytes")));
        }
        Ok(content.bytes)
    }

    /// What SKILL.md says.
    pub fn reading(&self) -> Reading {
        match self.skill_file() {
            Ok(bytes) => read_skill(&bytes, &self.name),
            Err(diagnostic) => Reading::failed(*diagnostic),
        }
    }

    /// Opens the regular file `path`, which is relative to the folder, as [`Folder::read`] does.
    ///
    /// # Errors
    ///
    /// What the system says when there is no such file or it cannot be opened.
    pub fn open_file(&self, path: &str) -> io::Result<File> {
        self.open_sized(path).map(|(file, _)| file)
    }

    /// Opens a regular file and says how many bytes it has.
    fn open_sized(&self, path: &str) -> io::Result<(File, u64)> {
        let flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NONBLOCK | OFlags::NOFOLLOW;
        let resolve = beneath() | ResolveFlags::NO_SYMLINKS;
        let opened = rustix::fs::openat2(&self.handle, path, flags, Mode::empty(), resolve)?;
        regular(opened.into())?
            .ok_or_else(|| io::Error::new(io::ErrorKind::InvalidInput, "not a regular file"))
    }
}

/// Reads the skill in the folder `path`: SKILL.md, the list of files and their digest.
///
/// Lists as [`Folder::open`] does, and reads every file. SKILL.md may be a link to a file inside the folder.
/// The folder name is the last component of `path`.
///
/// # Errors
///
/// [`Error`] when `path` is not a folder that can be read.
pub fn load_dir(path: &Path, limits: &Limits) -> Result<LoadedDir, Error> {
    let mut folder = Folder::open(path, limits)?;
    let reading = folder.reading();
    let tree = hash::hash(&mut folder);
    Ok(LoadedDir { path: folder.root, reading, tree, diagnostics: folder.diagnostics })
}

/// The name the folder was asked for by, which for a linked folder is the name of the link.
fn given_name(path: &Path, root: &Path) -> String {
    let name = path.file_name().or_else(|| root.file_name());
    name.map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}

/// Where an open folder is, absolute, without symbolic links, in one step; `None` where the system does not tell.
fn real_path(handle: &OwnedFd) -> Option<PathBuf> {
    let path = fs::read_link(format!("/proc/self/fd/{}", handle.as_raw_fd())).ok()?;
    // A folder that was removed has a name that nobody can use.
    path.is_absolute().then_some(path).filter(|path| !path.as_os_str().as_bytes().ends_with(b" (deleted)"))
}

/// Nothing outside the folder that a path starts from, whatever links say (openat2(2)).
fn beneath() -> ResolveFlags {
    ResolveFlags::BENEATH | ResolveFlags::NO_MAGICLINKS
}

/// The same file with its size in bytes, if it is a regular one.
fn regular(file: File) -> io::Result<Option<(File, u64)>> {
    let metadata = file.metadata()?;
    Ok(metadata.is_file().then_some((file, metadata.len())))
}

/// Reads at most `max` bytes of a file that had `size` when it was opened, mostly in one step.
fn read_up_to(file: &File, size: u64, max: u64) -> io::Result<Content> {
    let expected = usize::try_from(size.min(max)).unwrap_or(usize::MAX).saturating_add(1);
    let mut bytes = Vec::with_capacity(expected);
    while bytes.len() as u64 <= max {
        // Full only where the file has grown: then as much again.
        bytes.reserve(1);
        if retry_on_intr(|| rustix::io::read(file, spare_capacity(&mut bytes)))? == 0 {
            break;
        }
    }
    let cut = bytes.len() as u64 > max;
    if cut {
        bytes.truncate(usize::try_from(max).unwrap_or(usize::MAX));
    }
    Ok(Content { bytes, cut })
}

/// Says which file was probably meant, such as `skill.md`.
fn missing_skill_file(root: &Path) -> Diagnostic {
    let mut names: Vec<String> = fs::read_dir(root)
        .into_iter()
        .flatten()
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .filter(|name| name.eq_ignore_ascii_case(SKILL_FILE))
        .collect();
    names.sort();
    match names.into_iter().next() {
        Some(name) => {
            let message = format!("{name:?} is not a skill: the file must be called SKILL.md");
            Diagnostic::about_file(Code::WrongFileName, name, &message)
        }
        None => Diagnostic::about_file(
            Code::MissingSkillFile,
            SKILL_FILE,
            &format!("there is no SKILL.md in {}", root.display()),
        ),
    }
}
