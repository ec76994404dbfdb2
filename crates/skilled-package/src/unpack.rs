//! Unpacking one skill.

use std::fs;
use std::io::{self, Read, Seek};
use std::os::fd::AsFd;
use std::path::{Path, PathBuf};

use skilled_archive::{Archive, Entry, Existing, Limits, Options, Placed, Staging};
use skilled_format::{
    Diagnostic, Digest, EntryKind, Folder, LoadedDir, MountName, Reading, load_dir, read_skill,
};

use crate::parents::Parents;
use crate::{Stop, UnpackError, layout, refuse};

/// Where a skill is unpacked.
#[derive(Clone, Copy, Debug)]
pub enum Destination<'a> {
    /// In a folder of the skill's name in this folder, which exists.
    Under(&'a Path),
    /// As this folder. The folders that it lies in are made where they are missing, at most 32.
    At(&'a Path),
}

/// How an archive is unpacked.
#[derive(Clone, Debug)]
pub struct UnpackOptions {
    /// How much is accepted.
    pub limits: Limits,
    /// What happens when the destination exists. Only a folder with a skill is ever replaced, or an empty one: a skill
    /// of the same name where the archive chooses the name.
    pub existing: Existing,
    /// Ends the work early.
    pub stop: Stop,
}

impl Default for UnpackOptions {
    /// The limits of a skill; what exists is not replaced; nobody stops it.
    fn default() -> Self {
        Self { limits: Limits::default(), existing: Existing::Refuse, stop: Stop::default() }
    }
}

/// A skill that was unpacked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unpacked {
    /// The folder, as it was asked for.
    pub path: PathBuf,
    /// The name of the skill.
    pub name: MountName,
    /// The digest of its tree.
    pub digest: Digest,
    /// Number of files.
    pub files: usize,
    /// Sum of their sizes in bytes.
    pub bytes: u64,
    /// What lay beside the skill in the archive, or was left by a system where the skill is at its root, such as
    /// `__MACOSX`. It was not unpacked.
    pub left_out: Vec<String>,
    /// A folder beside the skill with what was replaced, which could not be removed.
    pub leftover: Option<PathBuf>,
    /// What there is to say about SKILL.md; nothing at error level.
    pub diagnostics: Vec<Diagnostic>,
}

/// Unpacks the one skill in `archive`, a `.skill`, zip, tar or tar.gz.
///
/// The folder appears when it is complete and checked, or not at all. Replacing exchanges the folders in one step where
/// the file system can do that.
///
/// # Errors
///
/// [`UnpackError`]; nothing is left of the archive, and what was at the destination is still there.
pub fn unpack<R: Read + Seek>(
    archive: R,
    destination: Destination<'_>,
    options: &UnpackOptions,
) -> Result<Unpacked, UnpackError> {
    let unpacked = unpack_all(options.stop.reader(archive), destination, options);
    // What failed then failed for that reason.
    unpacked.map_err(|error| if options.stop.is_raised() { UnpackError::Stopped } else { error })
}

fn unpack_all<R: Read + Seek>(
    archive: R,
    destination: Destination<'_>,
    options: &UnpackOptions,
) -> Result<Unpacked, UnpackError> {
    let reading = Options { limits: options.limits, ..Options::default() };
    let mut archive = Archive::open(archive, &reading).map_err(UnpackError::Archive)?;
    let repositories = refuse::repositories(archive.entries());
    if !repositories.is_empty() {
        return Err(UnpackError::NotASkill(repositories));
    }
    let inner = the_skill(archive.entries())?;
    let left_out: Vec<String> =
        layout::beside(archive.entries(), &inner).into_iter().map(str::to_owned).collect();
    // Declared before the staging folder in them, as they go away after it.
    let (parents, staging) = match destination {
        Destination::Under(parent) => (None, Staging::within(parent)),
        Destination::At(path) => {
            let unmade = |source| UnpackError::Place { path: path.to_owned(), source };
            (Some(Parents::of(path).map_err(unmade)?), Staging::beside(path))
        }
    };
    let staging = staging.map_err(UnpackError::from_archive)?;
    let tree = staging.folder(TREE).map_err(UnpackError::from_archive)?;
    archive.extract_into(tree.as_fd()).map_err(UnpackError::from_archive)?;
    if inner.is_empty() {
        let path = staging.path().join(TREE);
        layout::remove(&path, &left_out).map_err(|source| UnpackError::Place { path, source })?;
    }
    let skill = Extracted::examine(&staging, &inner, &options.limits)?;
    let path = match destination {
        Destination::Under(parent) => parent.join(skill.name.as_str()),
        Destination::At(path) => path.to_owned(),
    };
    if options.existing == Existing::Replace {
        let own_name = matches!(destination, Destination::Under(_)).then_some(&skill.name);
        replaceable(&path, own_name)?;
    }
    if options.stop.is_raised() {
        return Err(UnpackError::Stopped);
    }
    let placed = staging.place(&skill.folder, &path, options.existing);
    let Placed { leftover } = placed.map_err(UnpackError::from_archive)?;
    parents.into_iter().for_each(Parents::keep);
    let Extracted { name, loaded, .. } = skill;
    let is_file = |entry: &&skilled_format::Entry| matches!(entry.kind, EntryKind::File { .. });
    Ok(Unpacked {
        path,
        name,
        digest: *loaded.tree.digest(),
        files: loaded.tree.entries().iter().filter(is_file).count(),
        bytes: loaded.tree.total_size(),
        left_out,
        leftover,
        diagnostics: loaded.reading.diagnostics,
    })
}

/// Refuses to replace what is not an earlier version of a skill, of this name where it is given.
fn replaceable(path: &Path, name: Option<&MountName>) -> Result<(), UnpackError> {
    let refuse = |what: String| Err(UnpackError::NotReplaced { path: path.to_owned(), what });
    let unseen = |source| UnpackError::Place { path: path.to_owned(), source };
    match path.symlink_metadata() {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(unseen(error)),
        Ok(there) if there.is_dir() => {}
        Ok(there) if there.is_symlink() => return refuse("it is a link".to_owned()),
        Ok(_) => return refuse("it is no folder".to_owned()),
    }
    if fs::read_dir(path).map_err(unseen)?.next().is_none() {
        return Ok(());
    }
    // Only SKILL.md counts.
    let folder = Folder::open_without(path, &skilled_format::Limits::default(), |_, _| true)
        .map_err(|error| unseen(io::Error::other(error)))?;
    let Ok(bytes) = folder.skill_file() else {
        return refuse("it is a folder without SKILL.md".to_owned());
    };
    let Some(name) = name else { return Ok(()) };
    match read_skill(&bytes, folder.name()).skill.and_then(|skill| skill.mount_name().ok()) {
        Some(own) if own == *name => Ok(()),
        Some(own) => refuse(format!("it is the skill {:?}", own.as_str())),
        None => refuse("its SKILL.md does not load".to_owned()),
    }
}

/// Where archives are laid out in a staging folder.
pub(crate) const TREE: &str = "tree";

/// The path of the one skill in the archive: its root, or a folder there.
fn the_skill(entries: &[Entry]) -> Result<String, UnpackError> {
    let folders = layout::skill_folders(entries);
    let refuse = |path: &str, message: &str, help: &str| {
        Err(UnpackError::NotASkill(vec![refuse::problem("package-layout", path, message, help)]))
    };
    match folders.as_slice() {
        [] => refuse(
            "",
            "there is no SKILL.md in the archive",
            "A package has SKILL.md in one folder at its root.",
        ),
        [one] if !one.contains('/') => Ok((*one).to_owned()),
        [one] => refuse(
            one,
            "the skill lies deeper than in one folder",
            "Unpack the archive by other means and pack this folder.",
        ),
        several => {
            let help = "Pack each of them by itself.";
            let problem =
                |path: &&str| refuse::problem("package-layout", path, "this is one of several skills", help);
            Err(UnpackError::NotASkill(several.iter().map(problem).collect()))
        }
    }
}

/// A skill in a staging folder, in a folder of its name.
struct Extracted {
    /// Relative to the staging folder.
    folder: PathBuf,
    name: MountName,
    loaded: LoadedDir,
}

impl Extracted {
    fn examine(staging: &Staging, inner: &str, limits: &Limits) -> Result<Self, UnpackError> {
        let extracted = staging.path().join(TREE).join(inner);
        let name = name_of(&extracted, inner)?;
        let named = staging.path().join("named");
        let folder = named.join(name.as_str());
        let failed = |source| UnpackError::Place { path: folder.clone(), source };
        fs::create_dir(&named).and_then(|()| fs::rename(&extracted, &folder)).map_err(failed)?;
        let Limits { entries, depth, total_bytes, .. } = *limits;
        let limits = skilled_format::Limits { entries, depth, total_bytes, ..Default::default() };
        let loaded = load_dir(&folder, &limits);
        let loaded = loaded.map_err(|error| failed(io::Error::other(error)))?;
        Ok(Self { folder: PathBuf::from("named").join(name.as_str()), name, loaded })
    }
}

/// The name of the skill in `folder`, which is called `inner` in its archive.
fn name_of(folder: &Path, inner: &str) -> Result<MountName, UnpackError> {
    let reading =
        match Folder::open(folder, &skilled_format::Limits::default()).map(|folder| folder.skill_file()) {
            Ok(Ok(bytes)) => read_skill(&bytes, inner),
            Ok(Err(diagnostic)) => Reading { skill: None, valid: false, diagnostics: vec![*diagnostic] },
            Err(error) => {
                return Err(UnpackError::Place { path: folder.to_owned(), source: io::Error::other(error) });
            }
        };
    let Some(skill) = reading.skill else {
        return Err(UnpackError::NotASkill(
            reading.diagnostics.iter().filter_map(refuse::not_loaded).collect(),
        ));
    };
    refuse::folder_name(&skill).map_err(|refused| UnpackError::NotASkill(vec![refused]))
}
