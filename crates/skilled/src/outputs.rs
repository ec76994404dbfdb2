//! The output folder: what a run gives to its user, copied out of the sandbox.

use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Component, Path, PathBuf};

use sha2::{Digest, Sha256};
use skilled_sandbox::Sandbox;
use skilled_tool::PresentedFile;
use tokio::io::AsyncReadExt;

use crate::error::{Kind, OrKind, Result};
use crate::printer;
use crate::view::escaped;

/// The largest file that is copied, in bytes: what can be presented at once.
const LARGEST_FILE: u64 = 512 * 1024 * 1024;

/// Which files are copied.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Selection {
    /// Those that were presented.
    Presented,
    /// Everything in the outputs folder.
    All,
}

/// Which files are to go where.
#[derive(Debug, Clone)]
pub(crate) struct Wanted {
    pub(crate) dir: PathBuf,
    pub(crate) selection: Selection,
}

/// A folder of the user that can be written.
#[derive(Debug)]
pub(crate) struct Out {
    dir: PathBuf,
    pub(crate) selection: Selection,
}

impl Out {
    /// Makes the folder if it is missing, and tries it: better now than after the run.
    pub(crate) fn open(wanted: Wanted) -> Result<Self> {
        let Wanted { dir, selection } = wanted;
        let cannot = || format!("cannot write to the output folder {}", dir.display());
        let attempt = fs::create_dir_all(&dir).and_then(|()| partial_in(&dir));
        let (path, _) = attempt
            .or_kind_in(Kind::Usage, cannot)
            .map_err(|error| error.hint("name another folder with --out"))?;
        fs::remove_file(path).or_kind_in(Kind::Usage, cannot)?;
        Ok(Self { dir, selection })
    }

    /// Copies `files`. Each appears complete or not at all; what could not be copied is said, and the rest is.
    pub(crate) async fn deliver(&self, sandbox: &dyn Sandbox, files: &[PresentedFile]) -> bool {
        let mut complete = true;
        for file in files {
            let result = self.copy(sandbox, file).await;
            match result {
                Ok(path) => printer::note(&format!("wrote {}", escaped(&path.display().to_string()))),
                Err(error) => {
                    complete = false;
                    printer::note(&format!(
                        "error: {} could not be written to {}: {error}",
                        escaped(&file.name),
                        self.dir.display()
                    ));
                }
            }
        }
        complete
    }

    async fn copy(&self, sandbox: &dyn Sandbox, file: &PresentedFile) -> anyhow::Result<PathBuf> {
        let target = self.dir.join(relative(&file.name)?);
        let folder = target.parent().unwrap_or(&self.dir);
        fs::create_dir_all(folder)?;
        // What has become a link since leads to something that was not presented.
        let outputs = sandbox.files().canonical(&sandbox.layout().outputs).await?;
        let canonical = sandbox.files().canonical(&file.path).await?;
        anyhow::ensure!(canonical == format!("{outputs}/{}", file.name), "it is a symbolic link now");
        let mut open = sandbox.files().open(&file.path).await?;
        let (partial, mut copy) = partial_in(folder)?;
        let digest = match transfer(&mut open.file, &mut copy).await {
            Ok(digest) => digest,
            Err(error) => {
                // The reason counts, not whether the rest of it could be removed.
                let _ = fs::remove_file(&partial);
                return Err(error.into());
            }
        };
        fs::rename(&partial, &target)?;
        if digest != file.digest {
            printer::warning(
                &format!(
                    "{} was changed after it was presented; this is the later version",
                    escaped(&file.name)
                ),
                None,
            );
        }
        Ok(target)
    }
}

/// Copies everything and returns the digest of what was copied. A file that the workload lets grow meanwhile has an end.
async fn transfer(source: &mut tokio::fs::File, target: &mut File) -> io::Result<String> {
    let mut hash = Sha256::new();
    let mut room = LARGEST_FILE;
    let mut buffer = vec![0; 256 * 1024];
    loop {
        let length = source.read(&mut buffer).await?;
        if length == 0 {
            break;
        }
        room = room.checked_sub(length as u64).ok_or_else(|| {
            io::Error::new(io::ErrorKind::FileTooLarge, format!("it is larger than {LARGEST_FILE} bytes"))
        })?;
        hash.update(&buffer[..length]);
        target.write_all(&buffer[..length])?;
    }
    target.sync_all()?;
    let mut digest = String::from("sha256:");
    for byte in hash.finalize() {
        // Writing to a string cannot fail.
        let _ = write!(digest, "{byte:02x}");
    }
    Ok(digest)
}

/// A new file beside where it will be renamed to.
fn partial_in(folder: &Path) -> io::Result<(PathBuf, File)> {
    for attempt in 0..100 {
        let path = folder.join(format!(".skilled-{}-{attempt}.partial", std::process::id()));
        match File::create_new(&path) {
            Ok(file) => return Ok((path, file)),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(error),
        }
    }
    Err(io::ErrorKind::AlreadyExists.into())
}

/// The name of a presented file as a path that cannot leave the output folder: names are the workload's.
fn relative(name: &str) -> anyhow::Result<&Path> {
    let path = Path::new(name);
    let inside = path.components().all(|component| matches!(component, Component::Normal(_)));
    anyhow::ensure!(inside && !name.is_empty(), "its name leads out of the folder");
    Ok(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_cannot_leave_the_folder() {
        for name in ["a", "a/b.xlsx", "a\nb", ".hidden"] {
            assert_eq!(relative(name).unwrap(), Path::new(name));
        }
        for name in ["", "/a", "../a", "a/../../b", "./../a"] {
            assert!(relative(name).is_err(), "{name}");
        }
    }

    #[test]
    fn an_unwritable_folder_is_found_before_the_run() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("file");
        fs::write(&file, "").unwrap();
        let open = |dir| Out::open(Wanted { dir, selection: Selection::All });
        let error = open(file.join("out")).unwrap_err();
        assert!(error.code() == 2 && error.chain().next().unwrap().contains("output folder"), "{error:?}");
        open(dir.path().join("a/b")).unwrap();
        assert_eq!(fs::read_dir(dir.path().join("a/b")).unwrap().count(), 0);
    }
}
