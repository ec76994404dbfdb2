//! Folders that are made on the way to a destination.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// Most folders that are made.
const MOST: usize = 32;

/// The folders that a destination lies in and that were missing. Unless they are kept they go away again, as far as
/// nobody else has put something into them.
pub(crate) struct Parents {
    /// The outermost first.
    made: Vec<PathBuf>,
}

impl Parents {
    /// Makes the missing folders that `destination` lies in, with the permissions of any new folder.
    pub(crate) fn of(destination: &Path) -> io::Result<Self> {
        let refuse = |why: &str| io::Error::new(io::ErrorKind::InvalidInput, why.to_owned());
        let mut missing: Vec<&Path> = Vec::new();
        let folders = destination.ancestors().skip(1);
        for folder in folders.take_while(|folder| !folder.as_os_str().is_empty()) {
            match folder.metadata() {
                Ok(_) => break,
                Err(error) if error.kind() == io::ErrorKind::NotFound => missing.push(folder),
                Err(error) => return Err(error),
            }
        }
        if missing.len() > MOST {
            return Err(refuse(&format!("more than {MOST} folders on the way are missing")));
        }
        // Where `..` leads is only known of a folder that is there.
        if missing.iter().any(|folder| folder.file_name().is_none()) {
            return Err(refuse("`..` follows a folder that is missing"));
        }
        let mut parents = Self { made: Vec::new() };
        for folder in missing.into_iter().rev() {
            match fs::create_dir(folder) {
                Ok(()) => parents.made.push(folder.to_owned()),
                // Somebody else was faster.
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(error),
            }
        }
        Ok(parents)
    }

    /// Leaves the folders where they are.
    pub(crate) fn keep(mut self) {
        self.made.clear();
    }
}

impl Drop for Parents {
    fn drop(&mut self) {
        for folder in self.made.iter().rev() {
            // One that is not empty by now belongs to somebody else as well.
            let _ = fs::remove_dir(folder);
        }
    }
}
