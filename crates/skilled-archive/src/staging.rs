//! Folders that appear when they are complete.

use std::fs;
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use rustix::fs::{CWD, Mode, OFlags, RenameFlags};
use rustix::io::Errno;
use tempfile::TempDir;

use crate::Error;
use crate::beneath::Beneath;

/// What happens when the destination exists.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Existing {
    /// It stays and the new content is refused.
    #[default]
    Refuse,
    /// The new content takes its place.
    Replace,
}

/// What was put in its place.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[must_use]
pub struct Placed {
    /// A folder beside the destination, with what was replaced, that could not be removed.
    pub leftover: Option<PathBuf>,
}

/// A folder in which something is made that then moves to its place in one step. It lies beside the destination, on the
/// same file system, can be entered by its owner only, and disappears with everything that was not moved.
#[derive(Debug)]
pub struct Staging(TempDir);

impl Staging {
    /// Makes a staging folder beside `destination`.
    ///
    /// # Errors
    ///
    /// [`Error::Write`] when the folder that `destination` lies in does not exist or cannot be written to.
    pub fn beside(destination: &Path) -> Result<Self, Error> {
        let parent = destination.parent().filter(|parent| !parent.as_os_str().is_empty());
        Self::within(parent.unwrap_or(Path::new(".")))
    }

    /// Makes a staging folder in `parent`.
    ///
    /// # Errors
    ///
    /// [`Error::Write`] when `parent` does not exist or cannot be written to.
    pub fn within(parent: &Path) -> Result<Self, Error> {
        let made = tempfile::Builder::new().prefix(".skilled-").tempdir_in(parent);
        made.map(Self).map_err(|error| failed(parent)(without_temporary_name(error)))
    }

    /// The staging folder.
    pub fn path(&self) -> &Path {
        self.0.path()
    }

    /// Makes the folder `name` in it, with mode 0755, and opens it.
    ///
    /// # Errors
    ///
    /// [`Error::Write`].
    pub fn folder(&self, name: &str) -> Result<OwnedFd, Error> {
        let path = self.path().join(name);
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        let root = rustix::fs::open(self.path(), flags, Mode::empty())
            .map_err(|error| failed(&path)(error.into()))?;
        let beneath = Beneath(std::os::fd::AsFd::as_fd(&root));
        beneath.directory(name).and_then(|()| beneath.open_directory(name)).map_err(failed(&path))
    }

    /// Gives the folder up to the caller, who removes it.
    pub fn keep(self) -> PathBuf {
        self.0.keep()
    }

    /// Moves `from`, relative to the staging folder, to `destination`; what is replaced disappears with the staging
    /// folder, also folders that may not be written to. Replacing exchanges the two in one step where the file system can
    /// (renameat2(2), `RENAME_EXCHANGE`); elsewhere the destination is missing for a moment. What cannot be removed
    /// afterwards is no error, as the destination is complete: it is told.
    ///
    /// # Errors
    ///
    /// [`Error::Exists`], and [`Error::Write`]; what was at the destination is still there.
    pub fn place(
        self,
        from: impl AsRef<Path>,
        destination: &Path,
        existing: Existing,
    ) -> Result<Placed, Error> {
        let from = self.path().join(from);
        match existing {
            Existing::Refuse => refuse_existing(&from, destination)?,
            Existing::Replace => self.replace(&from, destination)?,
        }
        let leftover = self.0.keep();
        Ok(Placed { leftover: remove_all(&leftover).is_err().then_some(leftover) })
    }

    fn replace(&self, from: &Path, destination: &Path) -> Result<(), Error> {
        match rustix::fs::renameat_with(CWD, from, CWD, destination, RenameFlags::EXCHANGE) {
            Ok(()) => Ok(()),
            Err(Errno::NOENT) => refuse_existing(from, destination),
            Err(Errno::INVAL | Errno::NOSYS) => {
                let old = self.path().join(".replaced");
                fs::rename(destination, &old).map_err(failed(destination))?;
                fs::rename(from, destination).map_err(|error| {
                    // The earlier content goes back; if even that fails, the first error says more.
                    let _ = fs::rename(&old, destination);
                    failed(destination)(error)
                })
            }
            Err(error) => Err(failed(destination)(error.into())),
        }
    }
}

/// Removes a folder and everything in it. Folders that may not be written to are opened up for it.
fn remove_all(folder: &Path) -> io::Result<()> {
    if fs::remove_dir_all(folder).is_ok() {
        return Ok(());
    }
    let mut pending = vec![folder.to_owned()];
    while let Some(folder) = pending.pop() {
        // What fails here shows when the folder is removed.
        let _ = fs::set_permissions(&folder, fs::Permissions::from_mode(0o700));
        let entries = fs::read_dir(&folder).into_iter().flatten().flatten();
        // Links are not followed: the type is that of the link itself.
        let folders = entries.filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir()));
        pending.extend(folders.map(|entry| entry.path()));
    }
    fs::remove_dir_all(folder)
}

fn refuse_existing(from: &Path, destination: &Path) -> Result<(), Error> {
    let exists = || Error::Exists { path: destination.to_owned() };
    match rustix::fs::renameat_with(CWD, from, CWD, destination, RenameFlags::NOREPLACE) {
        Ok(()) => Ok(()),
        Err(Errno::EXIST | Errno::NOTEMPTY) => Err(exists()),
        // A file system without RENAME_NOREPLACE.
        Err(Errno::INVAL | Errno::NOSYS) if destination.symlink_metadata().is_ok() => Err(exists()),
        Err(Errno::INVAL | Errno::NOSYS) => fs::rename(from, destination).map_err(failed(destination)),
        Err(error) => Err(failed(destination)(error.into())),
    }
}

/// An error of `tempfile` without the name of the temporary file or folder that it adds, which nobody knows.
pub fn without_temporary_name(error: io::Error) -> io::Error {
    match error.to_string().split_once(" at path ") {
        Some((said, _)) => io::Error::new(error.kind(), said.to_owned()),
        None => error,
    }
}

fn failed(path: &Path) -> impl FnOnce(io::Error) -> Error {
    let path = PathBuf::from(path);
    move |source| Error::Write { path, source }
}
