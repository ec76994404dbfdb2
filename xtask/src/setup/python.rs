//! Python environments that hold exactly what a requirements file pins.

use std::fs::{self, File};
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result};
use sha2::{Digest, Sha256};

use super::packages::PYTHON;
use crate::shell;

/// Written last: an environment without it was interrupted and is made again.
const COMPLETE: &str = ".complete";
/// The link to the environment in use.
const CURRENT: &str = "current";

/// A Python environment named after what is in it: `<folder>/<digest>`, with `<folder>/current` pointing to it.
///
/// An environment is never changed once it is complete; other requirements, or another Python, make another one
/// beside it. So a sandbox that has mounted one keeps it whole.
pub(super) struct Environment<'a> {
    pub(super) title: &'a str,
    pub(super) why: &'static str,
    pub(super) requirements: PathBuf,
    pub(super) folder: PathBuf,
    pub(super) pins: Pins,
}

/// How firmly a requirements file must name what is installed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Pins {
    /// By the digest of every wheel: for what skills run with.
    Hashes,
    /// By version: for what only tests compare with.
    Versions,
}

impl Environment<'_> {
    /// Makes the environment if it is not there, and returns its Python.
    pub(super) fn prepare(&self) -> Result<PathBuf> {
        let requirements = fs::read(&self.requirements)
            .with_context(|| format!("cannot read {}", self.requirements.display()))?;
        // The tag of extension modules tells apart what wheels tell apart: version, build, machine, C library.
        let script = "import sys, sysconfig; print(sys.version, sysconfig.get_config_var('EXT_SUFFIX'))";
        let python = shell::read(Command::new(PYTHON).args(["-I", "-c", script]))?;
        let name = digest(&requirements, &python);
        if !self.is_ready(&name) {
            shell::run(shell::world_readable("mkdir").arg("-p").arg(&self.folder))?;
            let _lock = self.lock()?;
            // Another run may have made it while this one waited.
            if !self.is_ready(&name) {
                self.build(&name)?;
                self.switch_to(&name)?;
            }
        }
        let place = self.folder.join(&name);
        println!("  {}: {}", self.title, place.display());
        Ok(place.join("bin/python"))
    }

    fn is_ready(&self, name: &str) -> bool {
        let current = fs::read_link(self.folder.join(CURRENT));
        self.folder.join(name).join(COMPLETE).exists() && current.is_ok_and(|it| it == Path::new(name))
    }

    /// Held until the file is closed, also by the end of the process.
    fn lock(&self) -> Result<File> {
        let path = self.folder.join(".lock");
        let file = File::create(&path).with_context(|| format!("cannot create {}", path.display()))?;
        if file.try_lock().is_err() {
            println!("  waiting for another set-up that holds {}", path.display());
            file.lock().with_context(|| format!("cannot lock {}", path.display()))?;
        }
        Ok(file)
    }

    /// Builds in the final place, because scripts of an environment contain its path.
    fn build(&self, name: &str) -> Result<()> {
        let place = self.folder.join(name);
        if place.join(COMPLETE).exists() {
            return Ok(());
        }
        println!("  making {}: {}", self.title, self.why);
        if place.exists() {
            fs::remove_dir_all(&place).with_context(|| format!("cannot remove {}", place.display()))?;
        }
        shell::stream(shell::world_readable(PYTHON).args(["-I", "-m", "venv"]).arg(&place))?;
        let mut pip = shell::world_readable(place.join("bin/python"));
        pip.args(["-I", "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input"]);
        pip.args(["--only-binary=:all:", "--requirement"]).arg(&self.requirements);
        if self.pins == Pins::Hashes {
            pip.arg("--require-hashes");
        }
        shell::stream(&mut pip).context("pip could not install the pinned libraries")?;
        let marker = place.join(COMPLETE);
        File::create(&marker).with_context(|| format!("cannot create {}", marker.display()))?;
        Ok(())
    }

    /// Points `current` to the environment, in one step. The link is relative, so that the folder can be copied.
    fn switch_to(&self, name: &str) -> Result<()> {
        let next = self.folder.join(".next");
        let current = self.folder.join(CURRENT);
        let _ = fs::remove_file(&next);
        symlink(name, &next).with_context(|| format!("cannot create {}", next.display()))?;
        fs::rename(&next, &current).with_context(|| format!("cannot replace {}", current.display()))
    }
}

/// 16 hexadecimal digits that stand for what is in an environment.
pub(super) fn digest(requirements: &[u8], python: &str) -> String {
    let digest = Sha256::new().chain_update(requirements).chain_update([0]).chain_update(python).finalize();
    digest.iter().take(8).fold(String::new(), |name, byte| name + &format!("{byte:02x}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_depends_on_the_requirements_and_the_python() {
        let name = digest(b"a==1\n", "3.11");
        assert_eq!(name.len(), 16);
        assert_eq!(name, digest(b"a==1\n", "3.11"));
        assert_ne!(name, digest(b"a==2\n", "3.11"));
        assert_ne!(name, digest(b"a==1\n", "3.12"));
    }

    /// With no requirements pip needs no network: an environment is made for real, once.
    #[test]
    fn an_environment_is_made_once_and_again_after_an_interruption() {
        let folder = tempfile::tempdir().unwrap();
        let requirements = folder.path().join("requirements.txt");
        fs::write(&requirements, "").unwrap();
        let environment = Environment {
            title: "test",
            why: "a test",
            requirements,
            folder: folder.path().join("python"),
            pins: Pins::Hashes,
        };

        let python = environment.prepare().unwrap();
        assert!(shell::succeeds(Command::new(&python).args(["-c", "import pip"])));
        let place = python.parent().unwrap().parent().unwrap().to_owned();
        let current = environment.folder.join(CURRENT);
        assert_eq!(current.canonicalize().unwrap(), place.canonicalize().unwrap());

        // A second run leaves it as it is; one that finds no mark starts afresh.
        let trace = place.join("trace");
        fs::write(&trace, "").unwrap();
        assert_eq!(environment.prepare().unwrap(), python);
        assert!(trace.exists());
        fs::remove_file(place.join(COMPLETE)).unwrap();
        assert_eq!(environment.prepare().unwrap(), python);
        assert!(!trace.exists() && place.join(COMPLETE).exists());

        // Other requirements make another one beside it.
        fs::write(&environment.requirements, "# other\n").unwrap();
        assert_ne!(environment.prepare().unwrap(), python);
        assert!(place.exists());
    }

    #[test]
    fn a_library_without_a_hash_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let requirements = folder.path().join("requirements.txt");
        fs::write(&requirements, "openpyxl==3.1.5\n").unwrap();
        let environment = Environment {
            title: "test",
            why: "a test",
            requirements,
            folder: folder.path().join("python"),
            pins: Pins::Hashes,
        };
        let error = format!("{:#}", environment.prepare().unwrap_err());
        assert!(error.contains("--require-hashes"), "{error}");
        assert!(!environment.folder.join(CURRENT).exists());
    }
}
