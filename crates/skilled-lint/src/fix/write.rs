//! Repairs, written.

use std::fs::File;
use std::io::{self, Read, Write};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::path::{Path, PathBuf};

use rustix::fs::{AtFlags, Gid, Mode, OFlags, ResolveFlags, Stat, Uid};
use rustix::io::Errno;
use skilled_format::{Folder, SKILL_FILE};

use super::FileFix;

/// Most names that are tried for the new file.
const MAX_NAMES: u32 = 1_000;

/// Why a repair was not written. The file is as it was.
#[derive(Debug, thiserror::Error)]
pub enum ApplyError {
    /// The file is not what it was when the repair was worked out.
    #[error("{} changed since it was checked and was left as it is; check it again", path.display())]
    Changed {
        /// The file.
        path: PathBuf,
    },
    /// The file is reached by a link, which may lead out of the skill.
    #[error("{} leads out of the skill or is reached by a link, and was left as it is", path.display())]
    Outside {
        /// The file.
        path: PathBuf,
    },
    /// The file has other names, which would go on naming the old content.
    #[error("{} has {names} names (hard links) and was left as it is; make a copy of its own and check it again", path.display())]
    Linked {
        /// The file.
        path: PathBuf,
        /// How many names it has.
        names: u64,
    },
    /// The system refused.
    #[error("cannot {action} {}", path.display())]
    System {
        /// What was tried.
        action: &'static str,
        /// The file.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: io::Error,
    },
}

/// Writes a repair: a new file beside the old one takes its place, with its owner and permissions.
///
/// Everything is done from the handle of the folder (openat2(2), `RESOLVE_BENEATH`), so that nothing outside is touched,
/// whatever became of the paths since the folder was opened. No link is followed but SKILL.md itself.
///
/// # Errors
///
/// [`ApplyError`]; the file is then as it was.
pub fn apply(folder: &Folder, fix: &FileFix) -> Result<(), ApplyError> {
    let path = folder.path().join(&fix.file);
    let system = |action| {
        let path = path.clone();
        move |source: io::Error| match source.raw_os_error().map(Errno::from_raw_os_error) {
            Some(Errno::XDEV | Errno::LOOP) => ApplyError::Outside { path },
            _ => ApplyError::System { action, path, source },
        }
    };
    let place = Place::find(folder, &fix.file).map_err(system("open"))?;
    let file = place.open().map_err(system("open"))?;
    let stat = rustix::fs::fstat(&file).map_err(|error| system("examine")(error.into()))?;
    let is_file = rustix::fs::FileType::from_raw_mode(stat.st_mode).is_file();
    if !is_file || !holds(&file, &fix.before).map_err(system("read"))? {
        return Err(ApplyError::Changed { path });
    }
    #[allow(clippy::useless_conversion, reason = "the type of the count differs between architectures")]
    let names = u64::from(stat.st_nlink);
    if names > 1 {
        return Err(ApplyError::Linked { path, names });
    }
    let mode = mode_after(&stat, fix.make_executable);
    if fix.after == fix.before {
        let made = rustix::fs::fchmod(&file, mode);
        return made.map_err(|error| system("make executable")(error.into()));
    }
    let mut new = Beside::create(place.folder.as_fd()).map_err(system("write beside"))?;
    new.file.write_all(fix.after.as_bytes()).map_err(system("write"))?;
    keep_owner(&new.file, &stat).map_err(system("keep the owner of"))?;
    rustix::fs::fchmod(&new.file, mode).map_err(|error| system("set permissions of")(error.into()))?;
    new.file.sync_all().map_err(system("write"))?;
    if !place.is_still(&stat) {
        return Err(ApplyError::Changed { path });
    }
    new.replace(&place.name).map_err(system("replace"))
}

/// Where a file is: the folder that it is directly in, and its name there.
struct Place {
    folder: OwnedFd,
    name: String,
}

impl Place {
    fn find(folder: &Folder, path: &str) -> io::Result<Self> {
        let path = match path {
            SKILL_FILE => behind_skill_file(folder)?,
            other => other.to_owned(),
        };
        let (above, name) = path.rsplit_once('/').unwrap_or((".", &path));
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        let above = rustix::fs::openat2(folder.handle(), above, flags, Mode::empty(), inside())?;
        Ok(Self { folder: above, name: name.to_owned() })
    }

    /// Opens the file, without waiting where it became a pipe.
    fn open(&self) -> io::Result<File> {
        let flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NONBLOCK | OFlags::NOCTTY;
        let opened = rustix::fs::openat2(&self.folder, self.name.as_str(), flags, Mode::empty(), inside())?;
        Ok(File::from(opened))
    }

    /// Whether the name still is that of the file that was looked at.
    fn is_still(&self, stat: &Stat) -> bool {
        let now = rustix::fs::statat(&self.folder, self.name.as_str(), AtFlags::SYMLINK_NOFOLLOW);
        now.is_ok_and(|now| (now.st_dev, now.st_ino) == (stat.st_dev, stat.st_ino))
    }
}

/// SKILL.md may be a link to a file in the folder: that is the one to change, relative to the folder.
fn behind_skill_file(folder: &Folder) -> io::Result<String> {
    let stat = rustix::fs::statat(folder.handle(), SKILL_FILE, AtFlags::SYMLINK_NOFOLLOW)?;
    if !rustix::fs::FileType::from_raw_mode(stat.st_mode).is_symlink() {
        return Ok(SKILL_FILE.to_owned());
    }
    let resolve = ResolveFlags::BENEATH | ResolveFlags::NO_MAGICLINKS;
    let flags = OFlags::PATH | OFlags::CLOEXEC;
    let behind = rustix::fs::openat2(folder.handle(), SKILL_FILE, flags, Mode::empty(), resolve)?;
    let (root, real) = (path_of(folder.handle())?, path_of(behind.as_fd())?);
    let relative = real.strip_prefix(&root).ok().and_then(Path::to_str).map(str::to_owned);
    relative.ok_or_else(|| Errno::XDEV.into())
}

/// Where an open file is by now.
fn path_of(handle: BorrowedFd<'_>) -> io::Result<PathBuf> {
    std::fs::read_link(format!("/proc/self/fd/{}", handle.as_raw_fd()))
}

/// Nothing outside of the folder that a path starts from, and no links.
fn inside() -> ResolveFlags {
    ResolveFlags::BENEATH | ResolveFlags::NO_MAGICLINKS | ResolveFlags::NO_SYMLINKS
}

/// Whether the file holds exactly this text.
fn holds(file: &File, text: &str) -> io::Result<bool> {
    let mut bytes = Vec::with_capacity(text.len() + 1);
    file.take(text.len() as u64 + 1).read_to_end(&mut bytes)?;
    Ok(bytes == text.as_bytes())
}

/// The permissions of the file; who may read it may execute it where that is to be made.
fn mode_after(stat: &Stat, make_executable: bool) -> Mode {
    let mode = Mode::from_raw_mode(stat.st_mode);
    let readers = mode & (Mode::RUSR | Mode::RGRP | Mode::ROTH);
    if make_executable { mode | Mode::from_raw_mode(readers.as_raw_mode() >> 2) } else { mode }
}

/// Gives the new file to the owner of the old one. Only root can give to another user.
fn keep_owner(new: &File, old: &Stat) -> io::Result<()> {
    let own = rustix::fs::fstat(new)?;
    if (own.st_uid, own.st_gid) == (old.st_uid, old.st_gid) {
        return Ok(());
    }
    let (user, group) = (Uid::from_raw(old.st_uid), Gid::from_raw(old.st_gid));
    Ok(rustix::fs::fchown(new, Some(user), Some(group))?)
}

/// A new file in a folder, which goes away unless it takes the place of another one.
struct Beside<'a> {
    folder: BorrowedFd<'a>,
    name: String,
    file: File,
    is_kept: bool,
}

impl<'a> Beside<'a> {
    fn create(folder: BorrowedFd<'a>) -> io::Result<Self> {
        let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::CLOEXEC | OFlags::NOFOLLOW;
        for number in 0..MAX_NAMES {
            let name = format!(".skilled-{}-{number}.tmp", std::process::id());
            match rustix::fs::openat(folder, name.as_str(), flags, Mode::RUSR | Mode::WUSR) {
                Ok(file) => return Ok(Self { folder, name, file: File::from(file), is_kept: false }),
                Err(Errno::EXIST) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(Errno::EXIST.into())
    }

    fn replace(mut self, name: &str) -> io::Result<()> {
        rustix::fs::renameat(self.folder, self.name.as_str(), self.folder, name)?;
        self.is_kept = true;
        Ok(())
    }
}

impl Drop for Beside<'_> {
    fn drop(&mut self) {
        if !self.is_kept {
            // Nothing more can be done about a file that cannot be removed.
            let _ = rustix::fs::unlinkat(self.folder, self.name.as_str(), AtFlags::empty());
        }
    }
}
