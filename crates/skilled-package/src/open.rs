//! Looking into an archive.

use std::fs;
use std::io::{Read, Seek};
use std::os::fd::AsFd;
use std::path::{Path, PathBuf};

use skilled_archive::{Archive, Entry, Format, Limits, Options, Staging};
use skilled_format::{Folder, read_skill};

use crate::unpack::TREE;
use crate::{UnpackError, layout};

/// An archive that was laid out below a staging folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Opened {
    /// The kind of archive, by its content.
    pub format: Format,
    /// What a system left behind beside a SKILL.md at the root, such as `__MACOSX`; it was not laid out.
    pub left_out: Vec<String>,
    /// The skills in it, sorted by the bytes of their paths; empty when there is no SKILL.md.
    pub skills: Vec<OpenedSkill>,
}

/// A skill in an archive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenedSkill {
    /// The folder on disk, to be looked at.
    pub folder: PathBuf,
    /// The folder's path in the archive; empty when SKILL.md is at its root.
    pub inner: String,
}

/// Extracts the archive into a new folder in `staging`, which exists and belongs to the caller, and finds every folder
/// with a SKILL.md that is not inside another skill. The skills need not load.
///
/// # Errors
///
/// [`UnpackError`]; nothing is left in `staging` then.
pub fn open<R: Read + Seek>(archive: R, staging: &Path, limits: &Limits) -> Result<Opened, UnpackError> {
    let options = Options { limits: *limits, ..Options::default() };
    let mut archive = Archive::open(archive, &options).map_err(UnpackError::Archive)?;
    let inner: Vec<String> =
        layout::skill_folders(archive.entries()).into_iter().map(str::to_owned).collect();
    let at_root = inner.first().is_some_and(String::is_empty);
    let left_out = if at_root { layout::beside(archive.entries(), "") } else { Vec::new() };
    let left_out: Vec<String> = left_out.into_iter().map(str::to_owned).collect();
    let format = archive.format();
    let place = Staging::within(staging).map_err(UnpackError::from_archive)?;
    let tree = place.folder(TREE).map_err(UnpackError::from_archive)?;
    archive.extract_into(tree.as_fd()).map_err(UnpackError::from_archive)?;
    let root = if at_root {
        let tree = place.path().join(TREE);
        layout::remove(&tree, &left_out).map_err(|source| UnpackError::Place { path: tree, source })?;
        named(place.path())?
    } else {
        place.path().join(TREE)
    };
    place.keep();
    let skills = inner.into_iter().map(|inner| OpenedSkill { folder: root.join(&inner), inner });
    Ok(Opened { format, left_out, skills: skills.collect() })
}

/// What is in the archive, in its order, whether or not it is a package. Nothing is written.
///
/// # Errors
///
/// [`UnpackError::Archive`].
pub fn contents<R: Read + Seek>(archive: R, limits: &Limits) -> Result<Vec<Entry>, UnpackError> {
    let options = Options { limits: *limits, ..Options::default() };
    let archive = Archive::open(archive, &options).map_err(UnpackError::Archive)?;
    Ok(archive.entries().to_vec())
}

/// Calls the extracted tree by the name in its SKILL.md, as its folder would be, if it has one.
fn named(place: &Path) -> Result<PathBuf, UnpackError> {
    let tree = place.join(TREE);
    let unopened = |error| UnpackError::Place { path: tree.clone(), source: std::io::Error::other(error) };
    let folder = Folder::open(&tree, &skilled_format::Limits::default()).map_err(unopened)?;
    let skill = folder.skill_file().ok().and_then(|bytes| read_skill(&bytes, "").skill);
    let Some(name) = skill.and_then(|skill| skill.mount_name().ok()) else { return Ok(tree) };
    let path = place.join("named").join(name.as_str());
    let moved = fs::create_dir(place.join("named")).and_then(|()| fs::rename(&tree, &path));
    moved.map_err(|source| UnpackError::Place { path: path.clone(), source })?;
    Ok(path)
}
