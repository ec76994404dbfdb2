//! Walking through folders.
//!
//! Each folder is opened by the first process, from the descriptor of the one above it: with the workload's rights, and
//! no matter what is done to the path meanwhile. One descriptor is open for each level.

use std::collections::VecDeque;
use std::ffi::OsStr;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;
use std::sync::Arc;

use rustix::io::Errno;
use skilled_sandbox::{Cut, Entry, FileError, FileKind, Found, PARTIAL_PREFIX, Walk, Walked};
use skilled_supervisor::{Access, Ask};
use tokio::task::spawn_blocking;

use super::{PATH_LIMIT, ask_about, checked, io, list};
use crate::link::{Link, gone};

/// The most levels of folders: each costs a descriptor.
const DEPTH_LIMIT: usize = 256;

/// A folder that is being walked through.
struct Level {
    fd: Arc<OwnedFd>,
    /// Its path below the folder where the walk began; empty for that one.
    path: Vec<u8>,
    /// The names of folders in it that are still to be walked through.
    folders: VecDeque<Vec<u8>>,
}

/// Walks through an open folder. `root` is what errors call it.
pub(super) async fn walk(link: &Link, root: &Path, folder: OwnedFd, walk: Walk) -> Result<Walked, FileError> {
    let mut course = Course { walked: Walked::default(), left: walk.entries, full: false, walk };
    let mut levels = vec![course.enter(root, folder, Vec::new()).await?];
    while let Some(level) = levels.last_mut() {
        if course.full {
            break;
        }
        let Some(name) = level.folders.pop_front() else {
            levels.pop();
            continue;
        };
        let path = joined(&level.path, &name);
        if levels.len() > course.walk.depth.min(DEPTH_LIMIT) {
            let limit = course.walk.depth.min(DEPTH_LIMIT);
            course.leave_out(Cut::Depth { path, limit });
            continue;
        }
        if path.len() >= PATH_LIMIT {
            // What is found in it could not be named anyway.
            let source = io(root, Errno::NAMETOOLONG);
            course.leave_out(Cut::Unreadable { path, source });
            continue;
        }
        let Some(above) = levels.last().map(|level| Arc::clone(&level.fd)) else { break };
        let full = root.join(OsStr::from_bytes(&path));
        let entered = match open(link, &full, &above, name).await {
            Ok(fd) => course.enter(&full, fd, path.clone()).await,
            Err(error) => Err(error),
        };
        match entered {
            Ok(level) => levels.push(level),
            Err(error @ FileError::Sandbox(_)) => return Err(error),
            Err(source) => course.leave_out(Cut::Unreadable { path, source }),
        }
    }
    course.walked.found.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(course.walked)
}

/// Opens an entry of a folder that was a folder a moment ago.
async fn open(link: &Link, path: &Path, folder: &OwnedFd, name: Vec<u8>) -> Result<OwnedFd, FileError> {
    let ask = Ask::Open { path: name, access: Access::Read };
    let answer = ask_about(link, path, ask, &[folder.as_fd()]).await?;
    let fd = answer.fd.ok_or_else(|| FileError::Sandbox(gone()))?;
    match checked(fd.as_fd(), path)?.kind {
        FileKind::Folder => Ok(fd),
        FileKind::File | FileKind::Link | FileKind::Special => {
            Err(FileError::NotFolder { path: super::shown(path) })
        }
    }
}

/// What was found so far.
struct Course {
    walk: Walk,
    walked: Walked,
    /// Entries that may still be looked at.
    left: usize,
    /// A bound was met.
    full: bool,
}

impl Course {
    /// Reads a folder and notes what is found in it.
    async fn enter(&mut self, path: &Path, fd: OwnedFd, below: Vec<u8>) -> Result<Level, FileError> {
        let fd = Arc::new(fd);
        let (shared, limit) = (Arc::clone(&fd), self.left);
        let listed = spawn_blocking(move || list::entries(shared.as_fd(), limit)).await;
        let listed = listed.map_err(|_| FileError::Sandbox(gone()))?;
        let (entries, more) = listed.map_err(|errno| io(path, errno))?;
        self.left -= entries.len();
        let mut level = Level { fd, path: below, folders: VecDeque::new() };
        for entry in entries {
            self.meet(entry, &mut level);
        }
        if more && !self.full {
            self.walked.cut.push(Cut::Entries { limit: self.walk.entries });
            self.full = true;
        }
        Ok(level)
    }

    /// Notes what is left out; not without bounds either.
    fn leave_out(&mut self, cut: Cut) {
        if self.walked.cut.len() < self.walk.found {
            self.walked.cut.push(cut);
        } else {
            self.walked.cut.push(Cut::Found { limit: self.walk.found });
            self.full = true;
        }
    }

    fn meet(&mut self, Entry { name, metadata }: Entry, level: &mut Level) {
        let unfinished = name.starts_with(PARTIAL_PREFIX.as_bytes()) && metadata.kind == FileKind::File;
        if self.full || unfinished || self.walk.passes_over(&name) {
            return;
        }
        let path = joined(&level.path, &name);
        if self.walk.wants(&path) {
            if self.walked.found.len() == self.walk.found {
                self.walked.cut.push(Cut::Found { limit: self.walk.found });
                self.full = true;
                return;
            }
            self.walked.found.push(Found { path, metadata });
        }
        if metadata.kind == FileKind::Folder {
            level.folders.push_back(name);
        }
    }
}

fn joined(folder: &[u8], name: &[u8]) -> Vec<u8> {
    if folder.is_empty() { name.to_vec() } else { [folder, b"/", name].concat() }
}
