//! Writing a package.

use std::fs::{File, Permissions};
use std::io::{self, Read, Seek, Write};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use sha2::{Digest as _, Sha256};
use skilled_archive::{Archive, Existing, Format, Options, WriteError, Writer, without_temporary_name};
use skilled_format::Digest;

use crate::parents::Parents;
use crate::plan::is_executable;
use crate::stop::Stoppable;
use crate::{PackError, Plan, Planned, refuse};

/// A package that was written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Packed {
    /// The digest of the tree in it, which is that of the folder when it is unpacked.
    pub digest: Digest,
    /// SHA-256 of the package file.
    pub archive_sha256: Digest,
    /// Size of the package file in bytes.
    pub bytes: u64,
    /// Number of files in it.
    pub files: usize,
}

/// Writes the package to `out`, which is empty, and reads it back.
///
/// The same plan gives the same bytes, whatever the times, owners, order and place of the files, as long as the version
/// of this crate is the same; the digest is the same across versions and formats.
///
/// # Errors
///
/// [`PackError`]; what is in `out` then is no package.
pub fn pack<W: Read + Write + Seek>(plan: &Plan, out: W, format: Format) -> Result<Packed, PackError> {
    let packed = pack_all(plan, out, format);
    match packed {
        // What failed then failed for that reason.
        _ if plan.stop.is_raised() => Err(PackError::Stopped),
        packed => packed,
    }
}

fn pack_all<W: Read + Write + Seek>(plan: &Plan, mut out: W, format: Format) -> Result<Packed, PackError> {
    // Files may have grown between the list and the reading.
    let mut total = 0_u64;
    let mut writer = Writer::new(&mut out, format);
    for part in parts(plan) {
        match part {
            Part::Folder(path) => {
                writer.directory(&format!("{}/{path}", plan.name)).map_err(PackError::Write)?;
            }
            Part::File(file) => {
                total = total.saturating_add(file.size);
                if total > plan.limits.total_bytes {
                    let problem = refuse::too_many_bytes(&file.path, plan.limits.total_bytes);
                    return Err(PackError::Refused(vec![problem]));
                }
                add(plan, file, &mut writer)?;
            }
        }
    }
    writer.finish().map_err(PackError::Write)?;
    let unwritten = |source| PackError::Write(WriteError::Output(source));
    out.rewind().map_err(unwritten)?;
    let (bytes, archive_sha256) = Digest::of_reader(&mut out).map_err(unwritten)?;
    let options = Options { limits: plan.limits, ..Options::default() };
    Archive::open(&mut out, &options).map_err(PackError::Unreadable)?;
    Ok(Packed { digest: plan.digest, archive_sha256, bytes, files: plan.files.len() })
}

enum Part<'a> {
    Folder(&'a str),
    File(&'a Planned),
}

impl Part<'_> {
    fn path(&self) -> &str {
        match self {
            Self::Folder(path) => path,
            Self::File(file) => &file.path,
        }
    }
}

/// Everything in the package, in the order of the bytes of the paths.
fn parts(plan: &Plan) -> Vec<Part<'_>> {
    let folders = plan.empty_folders.iter().map(|path| Part::Folder(path));
    let mut parts: Vec<Part<'_>> = plan.files.iter().map(Part::File).chain(folders).collect();
    parts.sort_by(|a, b| a.path().as_bytes().cmp(b.path().as_bytes()));
    parts
}

/// Adds a file, if it is still what it was.
fn add<W: Write + Seek>(plan: &Plan, planned: &Planned, writer: &mut Writer<W>) -> Result<(), PackError> {
    let Planned { path, size, executable, digest, source } = planned;
    let changed = || PackError::Changed { path: path.clone() };
    let unreadable = |source| PackError::Read { path: path.clone(), source };
    let file = plan.folder.open_file(source).map_err(unreadable)?;
    if is_executable(&file).map_err(unreadable)? != *executable {
        return Err(changed());
    }
    let mut content = Hashed { inner: plan.stop.reader(file), hasher: Sha256::new() };
    match writer.file(&format!("{}/{path}", plan.name), *executable, *size, &mut content) {
        Ok(()) if content.hasher.finalize().as_slice() == digest.as_bytes() => Ok(()),
        Ok(()) | Err(WriteError::Size { .. }) => Err(changed()),
        Err(WriteError::Input { source, .. }) => Err(unreadable(source)),
        Err(error) => Err(PackError::Write(error)),
    }
}

struct Hashed {
    inner: Stoppable<File>,
    hasher: Sha256,
}

impl Read for Hashed {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.hasher.update(&buffer[..read]);
        Ok(read)
    }
}

/// Writes the package to the file `path`, which appears when it is complete. The folders that it lies in are made where
/// they are missing, at most 32.
///
/// # Errors
///
/// [`PackError`]; nothing is left of the package, and with [`Existing::Replace`] the earlier file is still there.
pub fn pack_to(plan: &Plan, path: &Path, format: Format, existing: Existing) -> Result<Packed, PackError> {
    let exists = || PackError::Exists { path: path.to_owned() };
    let unplaced = |source| PackError::Place { path: path.to_owned(), source };
    if existing == Existing::Refuse && path.symlink_metadata().is_ok() {
        return Err(exists());
    }
    // Declared before the file in them, as they go away after it.
    let parents = Parents::of(path).map_err(unplaced)?;
    let parent = path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    // As any new file: everybody may read it as far as the umask allows.
    let permissions = Permissions::from_mode(0o666);
    let mut builder = tempfile::Builder::new();
    let file = builder.prefix(".skilled-").permissions(permissions).tempfile_in(parent);
    let file = file.map_err(|error| unplaced(without_temporary_name(error)))?;
    let packed = pack(plan, file.as_file(), format)?;
    file.as_file().sync_all().map_err(unplaced)?;
    let placed = match existing {
        Existing::Refuse => file.persist_noclobber(path),
        Existing::Replace => file.persist(path),
    };
    match placed {
        Ok(_) => {
            parents.keep();
            Ok(packed)
        }
        Err(error) if error.error.kind() == io::ErrorKind::AlreadyExists => Err(exists()),
        Err(error) => Err(unplaced(error.error)),
    }
}
