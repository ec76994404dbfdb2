//! Repairs, written.

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use skilled_format::Folder;
use tempfile::NamedTempFile;

use super::FileFix;

/// Why a repair was not written. The file is as it was.
#[derive(Debug, thiserror::Error)]
pub enum ApplyError {
    /// The file is not what it was when the repair was worked out.
    #[error("{} changed since it was checked and was left as it is; check it again", path.display())]
    Changed {
        /// The file.
        path: PathBuf,
    },
    /// The file lies outside the skill, by way of a link.
    #[error("{} leads out of the skill and was left as it is", path.display())]
    Outside {
        /// The file.
        path: PathBuf,
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

/// Writes a repair: a new file beside the old one takes its place, with its permissions.
///
/// # Errors
///
/// [`ApplyError`]; the file is then as it was.
pub fn apply(folder: &Folder, fix: &FileFix) -> Result<(), ApplyError> {
    let path = folder.path().join(&fix.file);
    let failed = |action| {
        let path = path.clone();
        move |source| ApplyError::System { action, path, source }
    };
    // SKILL.md may be a link to a file in the folder: that is the one to change.
    let real = path.canonicalize().map_err(failed("find"))?;
    if !real.starts_with(folder.path()) {
        return Err(ApplyError::Outside { path });
    }
    let file = File::open(&real).map_err(failed("open"))?;
    let metadata = file.metadata().map_err(failed("examine"))?;
    if !metadata.is_file() || !holds(file, &fix.before).map_err(failed("read"))? {
        return Err(ApplyError::Changed { path });
    }
    let mut permissions = metadata.permissions();
    if fix.make_executable {
        let mode = permissions.mode();
        permissions.set_mode(mode | (mode & 0o444) >> 2);
    }
    if fix.after == fix.before {
        return fs::set_permissions(&real, permissions).map_err(failed("make executable"));
    }
    let beside = real.parent().unwrap_or(Path::new("/"));
    let mut new = NamedTempFile::new_in(beside).map_err(failed("write beside"))?;
    new.write_all(fix.after.as_bytes()).map_err(failed("write"))?;
    new.as_file().set_permissions(permissions).map_err(failed("set permissions of"))?;
    new.as_file().sync_all().map_err(failed("write"))?;
    new.persist(&real).map_err(|error| failed("replace")(error.error))?;
    Ok(())
}

/// Whether the file holds exactly this text.
fn holds(file: File, text: &str) -> io::Result<bool> {
    let mut bytes = Vec::with_capacity(text.len() + 1);
    file.take(text.len() as u64 + 1).read_to_end(&mut bytes)?;
    Ok(bytes == text.as_bytes())
}
