//! What this tool knows of the workspace: its folder, its files, and what cargo says about its crates.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};
use serde_json::Value;

use crate::shell;

/// Folders that hold nothing of the project: the same that `.gitignore` names, and git's own.
const NOT_OURS: [&str; 7] = [".git", "target", "out", "__pycache__", ".venv", "node_modules", ".ruff_cache"];

/// The workspace this tool was built in.
pub(crate) struct Workspace {
    root: PathBuf,
}

/// One file of the project.
pub(crate) struct File {
    /// Relative to the root, with `/` between the parts.
    pub(crate) name: String,
    /// Where it is.
    pub(crate) path: PathBuf,
}

/// What `cargo metadata` says, as far as it is used here.
pub(crate) struct Metadata {
    /// The crates of this workspace.
    pub(crate) packages: Vec<Package>,
    /// Where cargo builds.
    pub(crate) target_directory: PathBuf,
}

/// One crate of this workspace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Package {
    pub(crate) name: String,
    /// The folder of its manifest, relative to the root, with `/` between the parts.
    pub(crate) folder: String,
    pub(crate) license: Option<String>,
    pub(crate) dependencies: Vec<Dependency>,
}

/// A dependency of one crate of this workspace on another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Dependency {
    pub(crate) name: String,
    /// Whether only the tests, examples and benches of the crate may use it.
    pub(crate) dev: bool,
}

impl Workspace {
    /// The workspace that holds this tool's own manifest.
    pub(crate) fn locate() -> Result<Self> {
        let manifest =
            std::env::var_os("CARGO_MANIFEST_DIR").unwrap_or_else(|| env!("CARGO_MANIFEST_DIR").into());
        let root = Path::new(&manifest).parent().context("xtask has no folder above it")?.to_owned();
        Ok(Self { root })
    }

    pub(crate) fn root(&self) -> &Path {
        &self.root
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.root.join(name)
    }

    /// Every file of the project, tracked by git or not yet, in the order of their names.
    ///
    /// Walks the folders instead of asking git, so that it also works in an unpacked archive.
    pub(crate) fn files(&self) -> Result<Vec<File>> {
        let mut files = Vec::new();
        let mut open = vec![self.root.clone()];
        while let Some(folder) = open.pop() {
            let entries =
                fs::read_dir(&folder).with_context(|| format!("cannot list {}", folder.display()))?;
            for entry in entries {
                let entry = entry.with_context(|| format!("cannot list {}", folder.display()))?;
                let name = entry.file_name();
                let name = name.to_string_lossy();
                let kind =
                    entry.file_type().with_context(|| format!("cannot read {}", entry.path().display()))?;
                if kind.is_dir() && !NOT_OURS.contains(&name.as_ref()) {
                    open.push(entry.path());
                } else if kind.is_file() && !name.ends_with(".pyc") {
                    files.push(File { name: self.name_of(&entry.path())?, path: entry.path() });
                }
            }
        }
        files.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(files)
    }

    /// Asks cargo about the crates of this workspace; needs no network.
    pub(crate) fn metadata(&self) -> Result<Metadata> {
        let mut command = shell::cargo(&self.root);
        command.args(["metadata", "--no-deps", "--offline", "--format-version=1"]);
        let answer: Value = serde_json::from_slice(&output(&mut command)?)
            .context("cargo metadata answered with something that is not JSON")?;
        let packages = list(&answer["packages"]).iter().map(|package| self.package(package));
        Ok(Metadata {
            packages: packages.collect::<Result<_>>()?,
            target_directory: text(&answer["target_directory"])?.into(),
        })
    }

    fn package(&self, package: &Value) -> Result<Package> {
        let manifest = PathBuf::from(text(&package["manifest_path"])?);
        let folder = manifest.parent().context("a manifest without a folder")?;
        // Only dependencies inside the workspace have a path.
        let ours = list(&package["dependencies"]).iter().filter(|dependency| dependency["path"].is_string());
        let dependencies = ours
            .map(|it| Ok(Dependency { name: text(&it["name"])?, dev: it["kind"].as_str() == Some("dev") }));
        Ok(Package {
            name: text(&package["name"])?,
            folder: self.name_of(folder)?,
            license: package["license"].as_str().map(str::to_owned),
            dependencies: dependencies.collect::<Result<_>>()?,
        })
    }

    fn name_of(&self, path: &Path) -> Result<String> {
        let relative = path
            .strip_prefix(&self.root)
            .with_context(|| format!("{} lies outside the workspace", path.display()))?;
        Ok(relative.to_string_lossy().replace('\\', "/"))
    }
}

/// Runs `command` quietly and returns what it wrote to its standard output.
fn output(command: &mut Command) -> Result<Vec<u8>> {
    let output = command.output().with_context(|| format!("cannot start {}", shell::shown(command)))?;
    if !output.status.success() {
        bail!("{} failed: {}", shell::shown(command), String::from_utf8_lossy(&output.stderr).trim());
    }
    Ok(output.stdout)
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn text(value: &Value) -> Result<String> {
    value
        .as_str()
        .map(str::to_owned)
        .with_context(|| format!("cargo metadata: a text was expected, not {value}"))
}
