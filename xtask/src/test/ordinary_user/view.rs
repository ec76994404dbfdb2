//! The workspace at its own path, for a user who may not enter the folders above it.
//!
//! Tests find their data by paths that were compiled in. Where a folder on the way is closed to others (root's
//! home, a private temporary folder), a copy takes its place in a mount namespace of its own, seen by these tests
//! only; nobody's permissions are changed.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};

use crate::workspace::Workspace;

/// How the tests see the workspace.
pub(super) enum View {
    /// As it is.
    Open,
    /// With `copy` in the place of `closed`.
    Covered { copy: PathBuf, closed: PathBuf },
}

impl View {
    /// Makes a copy inside `stage` where one is needed.
    pub(super) fn of(workspace: &Workspace, stage: &Path) -> Result<Self> {
        let Some(closed) = topmost_closed(workspace.root(), is_open)? else { return Ok(Self::Open) };
        println!("   {} is closed to other users; the tests see a copy in its place", closed.display());
        let copy = stage.join("view");
        for file in workspace.files()? {
            let below = file.path.strip_prefix(&closed).context("a file outside the workspace")?;
            copy_readable(&file.path, &copy, below)
                .with_context(|| format!("cannot copy {} to {}", file.path.display(), copy.display()))?;
        }
        Ok(Self::Covered { copy, closed })
    }

    /// A command that runs the words added to it in `folder`.
    pub(super) fn enter(&self, folder: &Path) -> Command {
        match self {
            Self::Open => {
                let mut command = Command::new("/bin/sh");
                command.args(["-c", "cd \"$1\" && shift && exec \"$@\"", "sh"]).arg(folder);
                command
            }
            Self::Covered { copy, closed } => {
                let script = "mount --bind \"$1\" \"$2\" && cd \"$3\" && shift 3 && exec \"$@\"";
                let mut command = Command::new("unshare");
                command.args(["--mount", "--propagation=private", "/bin/sh", "-c", script, "sh"]);
                command.arg(copy).arg(closed).arg(folder);
                command
            }
        }
    }
}

/// The first folder on the way to `path` that others may not enter.
fn topmost_closed(path: &Path, is_open: impl Fn(&Path) -> Result<bool>) -> Result<Option<PathBuf>> {
    let mut folders: Vec<&Path> = path.ancestors().collect();
    folders.reverse();
    for folder in folders {
        if !is_open(folder)? {
            return Ok(Some(folder.to_owned()));
        }
    }
    Ok(None)
}

/// Whether everybody may list and enter the folder.
fn is_open(folder: &Path) -> Result<bool> {
    let mode = fs::metadata(folder)
        .with_context(|| format!("cannot read {}", folder.display()))?
        .permissions()
        .mode();
    Ok(mode & 0o005 == 0o005)
}

/// Copies `file` to `copy/below`, both the folders and the file readable by everybody.
fn copy_readable(file: &Path, copy: &Path, below: &Path) -> std::io::Result<()> {
    let to = copy.join(below);
    let mut folders: Vec<&Path> =
        to.ancestors().skip(1).take_while(|folder| folder.starts_with(copy)).collect();
    folders.reverse();
    for folder in folders.into_iter().filter(|folder| !folder.exists()) {
        fs::create_dir(folder)?;
        fs::set_permissions(folder, fs::Permissions::from_mode(0o755))?;
    }
    fs::copy(file, &to)?;
    let mode = fs::metadata(file)?.permissions().mode();
    let mode = if mode & 0o100 == 0 { 0o644 } else { 0o755 };
    fs::set_permissions(&to, fs::Permissions::from_mode(mode))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_topmost_closed_folder_is_covered() {
        let closed = |names: &'static [&'static str]| {
            topmost_closed(Path::new("/a/b/c"), |folder| Ok(!names.iter().any(|it| Path::new(it) == folder)))
                .unwrap()
        };
        assert_eq!(closed(&[]), None);
        assert_eq!(closed(&["/a/b/c"]), Some("/a/b/c".into()));
        assert_eq!(closed(&["/a/b/c", "/a/b"]), Some("/a/b".into()));
    }

    #[test]
    fn a_copy_can_be_read_by_everybody() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("tool");
        fs::write(&file, "x").unwrap();
        fs::set_permissions(&file, fs::Permissions::from_mode(0o700)).unwrap();
        let copy = folder.path().join("copy");
        copy_readable(&file, &copy, Path::new("a/tool")).unwrap();
        let mode = |path: PathBuf| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(copy.join("a/tool")), 0o755);
        assert_eq!(mode(copy.join("a")), 0o755);
    }
}
