//! The new folder: written beside its place, checked, and moved there as a whole.

use std::fs;
use std::io;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use skilled_format::{Folder, Limits};
use skilled_lint::{Checked, Settings, check};
use skilled_package::without_temporary_name;

use super::templates::File;
use crate::error::{Error, Kind, OrKind, Result};
use crate::scratch::Scratch;
use crate::screen;

/// A skill that is not yet at its place. Dropping it leaves nothing behind.
pub(super) struct Draft {
    /// In the folder in which the skill is to be, so that moving is one step.
    folder: Scratch,
    name: String,
    target: PathBuf,
}

/// Whether something is at the place of a skill.
pub(super) fn exists(parent: &Path, name: &str) -> bool {
    parent.join(name).symlink_metadata().is_ok()
}

pub(super) fn refuse_existing(parent: &Path, name: &str) -> Result<()> {
    if !exists(parent, name) {
        return Ok(());
    }
    let target = tidy(&parent.join(name));
    let shown = screen::path(&target);
    Err(Error::usage(format!("{shown} is there already, and is left as it is"))
        .hint("choose another name, or another place with --dir")
        .hint(format!("see what it is: skilled show {}", screen::shell_word(&target))))
}

impl Draft {
    pub(super) fn write(parent: &Path, name: &str, files: &[File]) -> Result<Self> {
        let target = tidy(&parent.join(name));
        let cannot = || format!("cannot write in {}", screen::path(parent));
        if parent.metadata().is_ok_and(|there| !there.is_dir()) {
            return Err(Error::usage(format!("{} is no folder", screen::path(parent)))
                .hint("name another place with --dir"));
        }
        fs::create_dir_all(parent).or_kind_in(Kind::Job, cannot)?;
        let folder = Scratch::within(parent)?.map_err(without_temporary_name);
        let folder = folder.or_kind_in(Kind::Job, cannot)?;
        let draft = Self { folder, name: name.to_owned(), target };
        for file in files {
            draft.file(file).or_kind_in(Kind::Job, cannot)?;
        }
        Ok(draft)
    }

    /// What there is to say about it, as `skilled check --strict` does.
    pub(super) fn check(&self) -> Result<Checked> {
        let folder = Folder::open(&self.root(), &Limits::default()).or_kind(Kind::Job)?;
        Ok(check(&folder, &Settings { strict: true, ..Settings::default() }))
    }

    /// Moves it to its place, and returns that.
    pub(super) fn keep(self) -> Result<PathBuf> {
        let moved = rustix::fs::renameat_with(
            rustix::fs::CWD,
            self.root(),
            rustix::fs::CWD,
            &self.target,
            // What somebody made there meanwhile is left alone, even an empty folder (renameat2(2)).
            rustix::fs::RenameFlags::NOREPLACE,
        );
        let cannot = || format!("cannot make {}", screen::path(&self.target));
        moved.map_err(io::Error::from).or_kind_in(Kind::Job, cannot)?;
        Ok(self.target.clone())
    }

    fn root(&self) -> PathBuf {
        self.folder.path().join(&self.name)
    }

    fn file(&self, file: &File) -> io::Result<()> {
        let path = self.root().join(file.path);
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        fs::write(&path, &file.text)?;
        if file.executable {
            // Those who may read it may run it, as the user's umask has it.
            let mode = fs::metadata(&path)?.permissions().mode();
            fs::set_permissions(&path, fs::Permissions::from_mode(mode | ((mode & 0o444) >> 2)))?;
        }
        Ok(())
    }
}

/// `./name` is `name`.
fn tidy(path: &Path) -> PathBuf {
    path.strip_prefix(".").map_or_else(|_| path.to_owned(), Path::to_owned)
}
