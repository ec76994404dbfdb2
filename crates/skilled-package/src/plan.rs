//! What goes into a package.

use std::collections::{BTreeSet, HashSet};
use std::fs::File;
use std::io::{self, Read};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use skilled_archive::Limits;
use skilled_format::{Digest, Entry, EntryKind, Folder, Listed, ListedKind, MountName, Tree};

use crate::exclude::Exclusions;
use crate::secret_files::{Secrets, Watch};
use crate::{LeftOut, PackError, Problem, Stop, links, refuse};

/// What the author wants of a package.
#[derive(Clone, Debug, Default)]
pub struct PackOptions {
    /// Patterns of further files to leave out, in the manner of `.gitignore`: without a `/` they match names at any
    /// depth, with one they match paths from the skill folder; a `/` at the end matches folders only.
    pub exclude: Vec<String>,
    /// Files, relative to the skill folder, that travel although something in them looks like a secret.
    pub allow_secrets: BTreeSet<String>,
    /// How large a package may be; the same limits that unpacking has by default.
    pub limits: Limits,
    /// Ends planning and packing early.
    pub stop: Stop,
}

/// What goes into a package, decided and checked.
#[derive(Debug)]
pub struct Plan {
    pub(crate) folder: Folder,
    pub(crate) limits: Limits,
    pub(crate) stop: Stop,
    pub(crate) name: MountName,
    pub(crate) files: Vec<Planned>,
    pub(crate) empty_folders: Vec<String>,
    pub(crate) left_out: Vec<LeftOut>,
    pub(crate) copied_links: Vec<CopiedLink>,
    pub(crate) digest: Digest,
}

/// A file that goes into a package.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Planned {
    /// Path relative to the skill folder.
    pub path: String,
    /// Size in bytes.
    pub size: u64,
    /// Whether it may be executed.
    pub executable: bool,
    /// SHA-256 of the content.
    pub digest: Digest,
    /// Where the content is: the same path, or the file that a link leads to.
    pub(crate) source: String,
}

/// A link that becomes a copy of the file that it leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CopiedLink {
    /// The link, relative to the skill folder.
    pub path: String,
    /// The file it leads to, relative to the skill folder.
    pub source: String,
}

impl Plan {
    /// The name of the skill, which the folder in the package has.
    pub fn name(&self) -> &MountName {
        &self.name
    }

    /// The files that go into the package, sorted by the bytes of their paths.
    pub fn files(&self) -> &[Planned] {
        &self.files
    }

    /// What is left out, sorted by the bytes of the paths.
    pub fn left_out(&self) -> &[LeftOut] {
        &self.left_out
    }

    /// The links that become copies, sorted by the bytes of their paths.
    pub fn copied_links(&self) -> &[CopiedLink] {
        &self.copied_links
    }

    /// The digest of the tree in the package, as [`skilled_format::Tree::digest`] defines it.
    pub fn digest(&self) -> Digest {
        self.digest
    }

    /// Sum of the sizes of all files in bytes.
    pub fn total_size(&self) -> u64 {
        self.files.iter().map(|file| file.size).sum()
    }
}

/// Decides what of the skill in `folder` goes into a package. Reads every file once.
///
/// # Errors
///
/// [`PackError::Refused`] with everything that must not travel; [`PackError::Folder`], [`PackError::Pattern`] and
/// [`PackError::Stopped`].
pub fn plan(folder: &Path, options: &PackOptions) -> Result<Plan, PackError> {
    let (folder, left_out) = list(folder, options)?;
    let mut problems: Vec<Problem> = folder.diagnostics().iter().filter_map(refuse::not_listed).collect();
    let name = refuse::skill_name(&folder, &left_out, &mut problems);
    // Without a name of its own the folder's is as good for checking the others.
    let prefix = name.as_ref().map_or(folder.name(), MountName::as_str);
    refuse::names_and_sizes(&folder, prefix, &options.limits, &mut problems);
    let (files, copied_links) = read(&folder, options, &mut problems);
    if options.stop.is_raised() {
        return Err(PackError::Stopped);
    }
    let Some(name) = name.filter(|_| problems.is_empty()) else {
        problems.sort_by(|a, b| (&a.path, a.line, a.code).cmp(&(&b.path, b.line, b.code)));
        return Err(PackError::Refused(problems));
    };
    let digest = digest(&files);
    let empty_folders = empty_folders(&folder);
    let (limits, stop) = (options.limits, options.stop.clone());
    Ok(Plan { folder, limits, stop, name, files, empty_folders, left_out, copied_links, digest })
}

/// The digest of the tree that the package unpacks to.
fn digest(files: &[Planned]) -> Digest {
    let entry = |file: &Planned| {
        let Planned { path, size, executable, digest, .. } = file;
        let kind = EntryKind::File { size: *size, executable: *executable, digest: *digest };
        Entry { path: path.clone(), kind }
    };
    *Tree::from_entries(files.iter().map(entry).collect()).digest()
}

fn list(folder: &Path, options: &PackOptions) -> Result<(Folder, Vec<LeftOut>), PackError> {
    let unopened =
        |source| PackError::Folder(skilled_format::Error::Open { path: folder.to_owned(), source });
    let root = folder.canonicalize().map_err(unopened)?;
    let exclusions = Exclusions::new(root, &options.exclude)?;
    let Limits { entries, depth, total_bytes, .. } = options.limits;
    let limits =
        skilled_format::Limits { entries, depth: depth.saturating_sub(1), total_bytes, ..Default::default() };
    let mut left_out = Vec::new();
    let opened = Folder::open_without(folder, &limits, |path, folder| {
        let reason = exclusions.reason(path, folder);
        let is_left_out = reason.is_some();
        left_out.extend(reason.map(|reason| LeftOut { path: path.to_owned(), folder, reason }));
        is_left_out
    });
    left_out.sort_by(|a, b| a.path.as_bytes().cmp(b.path.as_bytes()));
    Ok((opened.map_err(PackError::Folder)?, left_out))
}

/// Reads every file, and what links lead to, for its digest and for secrets.
fn read(
    folder: &Folder,
    options: &PackOptions,
    problems: &mut Vec<Problem>,
) -> (Vec<Planned>, Vec<CopiedLink>) {
    let mut files = Vec::new();
    let mut links = Vec::new();
    let sizes = folder.files().iter().map(|listed| match listed.kind {
        ListedKind::File { size, .. } => size,
        ListedKind::Directory | ListedKind::Link { .. } => 0,
    });
    let mut total: u64 = sizes.sum();
    for Listed { path, kind } in folder.files() {
        let source = match kind {
            ListedKind::Directory => continue,
            ListedKind::File { .. } => path.clone(),
            ListedKind::Link { escapes, .. } => match links::copied(folder, path, *escapes) {
                // The file itself has a problem of its own when it is too large for one.
                Ok((_, size)) if size > options.limits.file_bytes => continue,
                // Each copy counts before it is read: a few links could stand for any amount.
                Ok((_, size)) if total.saturating_add(size) > options.limits.total_bytes => {
                    problems.push(refuse::too_many_bytes(path, options.limits.total_bytes));
                    continue;
                }
                Ok((link, size)) => {
                    total += size;
                    links.push(link.clone());
                    link.source
                }
                Err(problem) => {
                    problems.push(problem);
                    continue;
                }
            },
        };
        match read_file(folder, path, source, options) {
            Ok((file, found)) => {
                if !options.allow_secrets.contains(path) {
                    problems.extend(refuse::secrets(path, found));
                }
                files.push(file);
            }
            Err(error) => {
                let message = format!("the file cannot be read: {error}");
                let help = "Change its permissions, or exclude it.";
                problems.push(refuse::problem(refuse::UNREADABLE, path, message, help));
            }
        }
    }
    (files, links)
}

/// Reads at most one byte more than a file may have: a larger file is reported by its listed size, and one that grew meanwhile is
/// found when it is packed.
fn read_file(
    folder: &Folder,
    path: &str,
    source: String,
    options: &PackOptions,
) -> io::Result<(Planned, Secrets)> {
    let file = folder.open_file(&source)?;
    let executable = is_executable(&file)?;
    let file = options.stop.reader(file.take(options.limits.file_bytes.saturating_add(1)));
    let mut watch = Watch::new(file, path);
    let (size, digest) = Digest::of_reader(&mut watch)?;
    Ok((Planned { path: path.to_owned(), size, executable, digest, source }, watch.finish()))
}

pub(crate) fn is_executable(file: &File) -> io::Result<bool> {
    Ok(file.metadata()?.permissions().mode() & 0o100 != 0)
}

/// Folders with nothing in them; all others are implied by the paths of what is in them.
fn empty_folders(folder: &Folder) -> Vec<String> {
    let parents: HashSet<&str> =
        folder.files().iter().filter_map(|listed| Some(listed.path.rsplit_once('/')?.0)).collect();
    let folders = folder.files().iter().filter(|listed| listed.kind == ListedKind::Directory);
    folders
        .filter(|listed| !parents.contains(listed.path.as_str()))
        .map(|listed| listed.path.clone())
        .collect()
}
