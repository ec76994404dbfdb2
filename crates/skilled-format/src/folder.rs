//! A skill folder from disk.

mod walk;

#[cfg(test)]
mod tests;

use std::fs::{self, File};
use std::io::{self, Read};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use self::walk::Walk;
use crate::reading::{Reading, read_skill};
use crate::{Code, Diagnostic, SKILL_FILE, Tree};

/// How much of a skill folder is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Largest SKILL.md in bytes; a larger one is not read.
    pub skill_file_bytes: u64,
    /// Most entries in the tree.
    pub entries: usize,
    /// Deepest entry: 1 is directly in the folder.
    pub depth: usize,
    /// Largest sum of file sizes in bytes.
    pub total_bytes: u64,
}

impl Default for Limits {
    /// 1 MiB for SKILL.md, 10,000 entries, 16 levels, 256 MiB in total.
    fn default() -> Self {
        Self { skill_file_bytes: 1 << 20, entries: 10_000, depth: 16, total_bytes: 256 << 20 }
    }
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

/// Reads the skill in the folder `path`: SKILL.md, the list of files and their digest.
///
/// Nothing is left out silently: what is not in the tree has a diagnostic. Symbolic links are recorded and
/// not followed, except that SKILL.md may be a link to a file inside the folder. Devices, pipes and sockets
/// are never opened. The folder name is the last component of `path`.
///
/// # Errors
///
/// [`Error`] when `path` is not a folder that can be read.
pub fn load_dir(path: &Path, limits: &Limits) -> Result<LoadedDir, Error> {
    let open = |source| Error::Open { path: path.to_owned(), source };
    let root = path.canonicalize().map_err(open)?;
    if !root.is_dir() {
        return Err(Error::NotADirectory { path: path.to_owned() });
    }
    fs::read_dir(&root).map_err(open)?;
    let dir_name = given_name(path, &root);
    let reading = read_skill_in(&root, &dir_name, limits);
    let mut walk = Walk::new(&root, limits);
    walk.run();
    let (tree, diagnostics) = walk.finish();
    Ok(LoadedDir { path: root, reading, tree, diagnostics })
}

/// The name the folder was asked for by, which for a linked folder is the name of the link.
fn given_name(path: &Path, root: &Path) -> String {
    let name = path.file_name().or_else(|| root.file_name());
    name.map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}

fn read_skill_in(root: &Path, dir_name: &str, limits: &Limits) -> Reading {
    match open_skill_file(root, limits.skill_file_bytes) {
        Ok(bytes) => read_skill(&bytes, dir_name),
        Err(diagnostic) => Reading::failed(*diagnostic),
    }
}

fn open_skill_file(root: &Path, max_bytes: u64) -> Result<Vec<u8>, Box<Diagnostic>> {
    let refuse = |code, message: String| Box::new(Diagnostic::about_file(code, SKILL_FILE, &message));
    let path = root.join(SKILL_FILE);
    let resolved = match path.canonicalize() {
        Ok(resolved) => resolved,
        Err(error) if error.kind() == io::ErrorKind::NotFound && path.symlink_metadata().is_err() => {
            return Err(Box::new(missing_skill_file(root)));
        }
        Err(error) => {
            return Err(refuse(Code::SkillFileNotRegular, format!("SKILL.md cannot be opened: {error}")));
        }
    };
    if !resolved.starts_with(root) {
        return Err(refuse(
            Code::SkillFileNotRegular,
            "SKILL.md is a link that leads out of the folder".to_owned(),
        ));
    }
    let unreadable =
        |error: io::Error| refuse(Code::SkillFileNotRegular, format!("SKILL.md cannot be read: {error}"));
    if !resolved.metadata().map_err(unreadable)?.is_file() {
        return Err(refuse(Code::SkillFileNotRegular, "SKILL.md is not a regular file".to_owned()));
    }
    let file = open_regular(&resolved).map_err(unreadable)?;
    let mut bytes = Vec::new();
    file.take(max_bytes + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    if bytes.len() as u64 > max_bytes {
        return Err(refuse(Code::SkillFileTooLarge, format!("SKILL.md is larger than {max_bytes} bytes")));
    }
    Ok(bytes)
}

/// Opens a regular file and nothing else, even when it was exchanged since it was examined: links are not
/// followed and opening a pipe does not wait for its other end (open(2), `O_NOFOLLOW`, `O_NONBLOCK`).
fn open_regular(path: &Path) -> io::Result<File> {
    let file = File::options().read(true).custom_flags(libc::O_NOFOLLOW | libc::O_NONBLOCK).open(path)?;
    if file.metadata()?.is_file() {
        Ok(file)
    } else {
        Err(io::Error::new(io::ErrorKind::InvalidInput, "not a regular file"))
    }
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
