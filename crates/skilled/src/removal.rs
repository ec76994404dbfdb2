//! Removing runs, whatever their workload left behind.

use std::fs;
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use skilled_agent::RunId;
use skilled_store::{Error, RunStore};

/// Removes a run and its files, unless somebody drives it.
///
/// A workload can leave folders that even their owner may not enter, and overlayfs does so in the session of every run.
pub(crate) fn remove(store: &RunStore, run: RunId) -> Result<(), Error> {
    match store.remove(run) {
        // The store has looked that nobody drives the run, so nobody needs these permissions.
        Err(Error::Io { source, .. }) if source.kind() == io::ErrorKind::PermissionDenied => {
            // Whatever cannot be opened up is named by the second attempt.
            let _ = open_up(&store.session_dir(run));
            store.remove(run)
        }
        result => result,
    }
}

/// Removes the folder of a session that belongs to no run.
pub(crate) fn remove_session(folder: &Path) -> io::Result<()> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
            open_up(folder)?;
            fs::remove_dir_all(folder)
        }
        result => result,
    }
}

/// Lets the owner of a folder, and of every folder below, list and change it. Links are not followed.
fn open_up(folder: &Path) -> io::Result<()> {
    fs::set_permissions(folder, fs::Permissions::from_mode(0o700))?;
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            open_up(&entry.path())?;
        }
    }
    Ok(())
}
