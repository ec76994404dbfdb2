//! The list of files, within limits.

use std::ffi::OsStr;
use std::fs;
use std::io;
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::{Component, Path, PathBuf};

use rustix::fs::{AtFlags, FileType, Mode, OFlags, RawDir, ResolveFlags, Stat};

use super::{Limits, Listed, ListedKind, beneath};
use crate::{Code, Diagnostic};

/// Bytes of a folder's list that are read at once; an entry has at most 280 (readdir(3)).
const LIST_BYTES: usize = 8 * 1024;

pub(super) struct Walk<'a> {
    root: &'a Path,
    /// The open root. Everything is looked up from it, which is shorter than from the root of the system.
    handle: BorrowedFd<'a>,
    limits: &'a Limits,
    files: Vec<Listed>,
    /// Entries that were met, listed or left out.
    met: usize,
    total_bytes: u64,
    diagnostics: Vec<Diagnostic>,
    /// Says by path, and whether it is a folder, what is passed over as if it were not there.
    pass_over: &'a mut dyn FnMut(&str, bool) -> bool,
}

/// A folder that is still to be listed.
struct Pending {
    /// Relative path; empty for the root.
    path: String,
    depth: usize,
}

impl<'a> Walk<'a> {
    pub(super) fn new(
        root: &'a Path,
        handle: BorrowedFd<'a>,
        limits: &'a Limits,
        pass_over: &'a mut dyn FnMut(&str, bool) -> bool,
    ) -> Self {
        Self {
            root,
            handle,
            limits,
            files: Vec::new(),
            met: 0,
            total_bytes: 0,
            diagnostics: Vec::new(),
            pass_over,
        }
    }

    /// Lists folders until there are none left or there are too many entries.
    pub(super) fn run(&mut self) {
        let mut pending = vec![Pending { path: String::new(), depth: 0 }];
        while let Some(folder) = pending.pop() {
            let paths = match self.paths(&folder.path) {
                Ok(paths) => paths,
                Err(error) => {
                    self.report(
                        Code::Unreadable,
                        &folder.path,
                        format!("the folder cannot be listed: {error}"),
                    );
                    continue;
                }
            };
            for path in paths {
                if self.met == self.limits.entries {
                    let most = self.limits.entries;
                    let message =
                        format!("there are more than {most} entries; everything from here on is left out");
                    self.report(Code::TreeTooLarge, &path, message);
                    return;
                }
                self.met += 1;
                if !self.visit(&path) {
                    continue;
                }
                let depth = folder.depth + 1;
                if depth < self.limits.depth {
                    pending.push(Pending { path, depth });
                } else {
                    let message = format!("the content of folders {depth} levels deep is left out");
                    self.report(Code::TreeTooLarge, &path, message);
                }
            }
        }
    }

    pub(super) fn finish(mut self) -> (Vec<Listed>, Vec<Diagnostic>) {
        self.diagnostics.sort_by(|a, b| (&a.file, a.code).cmp(&(&b.file, b.code)));
        self.files.sort_by(|a, b| a.path.as_bytes().cmp(b.path.as_bytes()));
        (self.files, self.diagnostics)
    }

    /// Paths of what is in a folder, sorted, so that a limit always cuts at the same place.
    fn paths(&mut self, folder: &str) -> io::Result<Vec<String>> {
        let mut paths = Vec::new();
        let mut left_out = 0;
        let opened;
        // The root is listed once, by the handle that is there.
        let handle = if folder.is_empty() {
            self.handle
        } else {
            opened = self.open(folder)?;
            opened.as_fd()
        };
        let mut buffer = [MaybeUninit::uninit(); LIST_BYTES];
        let mut entries = RawDir::new(handle, &mut buffer);
        while let Some(entry) = entries.next() {
            let entry = entry?;
            let name = OsStr::from_bytes(entry.file_name().to_bytes());
            if name == "." || name == ".." {
                continue;
            }
            if let Some(name) = name.to_str() {
                let path = join(folder, name);
                let is_folder = self.is_folder(&path, entry.file_type());
                if !(self.pass_over)(&path, is_folder) {
                    paths.push(path);
                }
            } else {
                let path = Path::new(folder).join(name).to_string_lossy().into_owned();
                self.report(Code::PathNotUtf8, &path, format!("the name {} is not UTF-8", name.display()));
                left_out += 1;
            }
            // One name more than allowed is enough to exceed the limit when the entries are recorded.
            if paths.len() > self.limits.entries {
                break;
            }
            if left_out > self.limits.entries {
                self.report(
                    Code::TreeTooLarge,
                    folder,
                    "the folder has too many names; the rest is left out",
                );
                break;
            }
        }
        paths.sort();
        Ok(paths)
    }

    fn open(&self, folder: &str) -> io::Result<OwnedFd> {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let resolve = beneath() | ResolveFlags::NO_SYMLINKS;
        Ok(rustix::fs::openat2(self.handle, folder, flags, Mode::empty(), resolve)?)
    }

    /// Whether an entry is a folder; some file systems do not say so in the list.
    fn is_folder(&self, path: &str, listed: FileType) -> bool {
        match listed {
            FileType::Directory => true,
            FileType::Unknown => self.stat(path).is_ok_and(|stat| kind(&stat).is_dir()),
            _ => false,
        }
    }

    fn stat(&self, path: &str) -> io::Result<Stat> {
        Ok(rustix::fs::statat(self.handle, path, AtFlags::SYMLINK_NOFOLLOW)?)
    }

    /// Records one entry; returns whether it is a folder to be listed.
    fn visit(&mut self, path: &str) -> bool {
        let stat = match self.stat(path) {
            Ok(stat) => stat,
            Err(error) => {
                self.report(Code::Unreadable, path, format!("cannot be examined: {error}"));
                return false;
            }
        };
        let kind = kind(&stat);
        if kind.is_dir() {
            self.files.push(Listed { path: path.to_owned(), kind: ListedKind::Directory });
        } else if kind.is_symlink() {
            self.visit_link(path, &self.root.join(path));
        } else if kind.is_file() {
            self.visit_file(path, &stat);
        } else {
            self.report(Code::SpecialFile, path, "a device, pipe or socket is left out");
        }
        kind.is_dir()
    }

    fn visit_link(&mut self, path: &str, full: &Path) {
        let target = match fs::read_link(full).map(|target| target.into_os_string().into_string()) {
            Ok(Ok(target)) => target,
            Ok(Err(target)) => {
                self.report(
                    Code::PathNotUtf8,
                    path,
                    format!("the link target {} is not UTF-8", target.display()),
                );
                return;
            }
            Err(error) => {
                self.report(Code::Unreadable, path, format!("the link cannot be read: {error}"));
                return;
            }
        };
        let escapes = self.escapes(path, full, &target);
        if escapes {
            self.report(Code::LinkEscapes, path, format!("the link leads out of the folder, to {target:?}"));
        }
        self.files.push(Listed { path: path.to_owned(), kind: ListedKind::Link { target, escapes } });
    }

    /// A link escapes if its target is written to lie outside, or lies outside after following other links.
    fn escapes(&self, path: &str, full: &Path, target: &str) -> bool {
        let parent = Path::new(path).parent().unwrap_or(Path::new(""));
        let written_outside = normalize(&parent.join(target)).is_none();
        written_outside || full.canonicalize().is_ok_and(|resolved| !resolved.starts_with(self.root))
    }

    fn visit_file(&mut self, path: &str, stat: &Stat) {
        let size = u64::try_from(stat.st_size).unwrap_or(u64::MAX);
        if size > self.limits.total_bytes - self.total_bytes {
            self.report(Code::TreeTooLarge, path, too_many_bytes(self.limits));
            return;
        }
        self.total_bytes += size;
        let executable = stat.st_mode & 0o100 != 0;
        self.files.push(Listed { path: path.to_owned(), kind: ListedKind::File { size, executable } });
    }

    fn report(&mut self, code: Code, path: &str, message: impl AsRef<str>) {
        let file = if path.is_empty() { "." } else { path };
        self.diagnostics.push(Diagnostic::about_file(code, file, message.as_ref()));
    }
}

fn kind(stat: &Stat) -> FileType {
    FileType::from_raw_mode(stat.st_mode)
}

fn join(folder: &str, name: &str) -> String {
    if folder.is_empty() { name.to_owned() } else { format!("{folder}/{name}") }
}

pub(super) fn too_many_bytes(limits: &Limits) -> String {
    format!("with this file there are more than {} bytes; it is left out", limits.total_bytes)
}

/// Resolves `.` and `..` in a path relative to the root; `None` when it leads outside.
fn normalize(path: &Path) -> Option<PathBuf> {
    let mut inside = PathBuf::new();
    for component in path.components() {
        match component {
            Component::CurDir => {}
            Component::Normal(name) => inside.push(name),
            Component::ParentDir if inside.pop() => {}
            Component::ParentDir | Component::RootDir | Component::Prefix(_) => return None,
        }
    }
    Some(inside)
}
