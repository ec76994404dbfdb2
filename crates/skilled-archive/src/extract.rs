//! Writing the content of an archive to disk.

use std::collections::HashSet;
use std::fs::File;
use std::io::{self, Read, Seek, Write};
use std::os::fd::{AsFd, BorrowedFd};
use std::path::{Path, PathBuf};

use crate::beneath::Beneath;
use crate::{Archive, Durability, Entry, EntryKind, Error, Existing, Placed, Staging};

impl<R: Read + Seek> Archive<R> {
    /// Writes everything into the folder `into`, which is empty and which nobody else writes to: files with mode 0644
    /// or 0755, folders with 0755; owners, times and other attributes of the archive do not count.
    ///
    /// # Errors
    ///
    /// [`Error`]; what was written until then stays in the folder, for the caller to remove.
    pub fn extract_into(&mut self, into: BorrowedFd<'_>) -> Result<(), Error> {
        let durability = self.options().durability;
        let mut extraction =
            Extraction { into: Beneath(into), made: HashSet::new(), durability, links: Vec::new() };
        self.stream(&mut |entry, content| extraction.entry(entry, content))?;
        extraction.finish()
    }

    /// Writes everything into the new folder `destination`, whose parent exists. The folder appears when it is complete.
    ///
    /// # Errors
    ///
    /// [`Error`]; nothing is left then, and what was at the destination is still there.
    pub fn extract_to(&mut self, destination: &Path, existing: Existing) -> Result<Placed, Error> {
        let staging = Staging::beside(destination)?;
        let tree = staging.folder("tree")?;
        self.extract_into(tree.as_fd())?;
        let placed = staging.place("tree", destination, existing)?;
        match self.options().durability {
            Durability::Lazy => {}
            Durability::Synced => {
                let parent = destination.parent().filter(|parent| !parent.as_os_str().is_empty());
                let parent = File::open(parent.unwrap_or(Path::new(".")));
                parent
                    .and_then(|parent| parent.sync_all())
                    .map_err(|source| Error::Write { path: destination.to_owned(), source })?;
            }
        }
        Ok(placed)
    }
}

struct Extraction<'a> {
    into: Beneath<'a>,
    /// Folders that were made.
    made: HashSet<String>,
    durability: Durability,
    /// Path and target; made last, so that nothing is ever written where links lie.
    links: Vec<(String, String)>,
}

impl Extraction<'_> {
    fn entry(&mut self, entry: &Entry, content: &mut dyn Read) -> Result<(), Error> {
        let path = entry.path.as_str();
        if let Some((parent, _)) = path.rsplit_once('/') {
            self.folders(parent)?;
        }
        match &entry.kind {
            EntryKind::Directory => self.folders(path),
            EntryKind::File { executable, .. } => self.file(path, *executable, content),
            EntryKind::Symlink { target } => {
                self.links.push((path.to_owned(), target.clone()));
                Ok(())
            }
            EntryKind::Hardlink { target } => self.into.hardlink(path, target).map_err(failed(path)),
        }
    }

    /// Makes the folder and those that it lies in, where they are missing.
    fn folders(&mut self, path: &str) -> Result<(), Error> {
        let ends = path.match_indices('/').map(|(at, _)| at).chain([path.len()]);
        for end in ends {
            let folder = &path[..end];
            if !self.made.contains(folder) {
                self.into.directory(folder).map_err(failed(folder))?;
                self.made.insert(folder.to_owned());
            }
        }
        Ok(())
    }

    fn file(&self, path: &str, executable: bool, content: &mut dyn Read) -> Result<(), Error> {
        let mut file = self.into.file(path, executable).map_err(failed(path))?;
        let mut buffer = vec![0; 64 * 1024];
        loop {
            // What is wrong with the content is kept in it, and comes before this.
            let read = match content.read(&mut buffer) {
                Ok(0) => break,
                Ok(read) => read,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(Error::Read(error)),
            };
            file.write_all(&buffer[..read]).map_err(failed(path))?;
        }
        self.sync(&file, path)
    }

    fn finish(self) -> Result<(), Error> {
        for (path, target) in &self.links {
            self.into.symlink(path, target).map_err(failed(path))?;
        }
        if self.durability == Durability::Synced {
            for folder in &self.made {
                let folder_fd = self.into.open_directory(folder).map_err(failed(folder))?;
                self.sync(&File::from(folder_fd), folder)?;
            }
            rustix::fs::fsync(self.into.0).map_err(|error| failed(".")(error.into()))?;
        }
        Ok(())
    }

    fn sync(&self, file: &File, path: &str) -> Result<(), Error> {
        match self.durability {
            Durability::Lazy => Ok(()),
            Durability::Synced => file.sync_all().map_err(failed(path)),
        }
    }
}

fn failed(path: &str) -> impl FnOnce(io::Error) -> Error {
    let path = PathBuf::from(path);
    move |source| Error::Write { path, source }
}
