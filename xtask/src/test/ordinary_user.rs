//! The sandbox's tests a second time, as a user without any privilege.
//!
//! Root and an ordinary user take different ways through the kernel, and most people are ordinary users. The test
//! programs that were just built run again by `setpriv`, with a home of their own.

mod view;

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};
use serde_json::Value;

use super::report::Outcome;
use crate::setup::Ready;
use crate::shell;
use crate::test::ordinary_user::view::View;
use crate::workspace::Workspace;

/// The crates whose tests make sandboxes through the real backend.
const CRATES: [&str; 2] = ["skilled-sandbox-linux", "skilled"];
/// The user and group `nobody`.
const USER: u32 = 65534;
/// A test program that hangs must not hold everything up for ever.
const SECONDS: &str = "900";

/// A program that cargo has built.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Built {
    /// The folder of its crate.
    folder: PathBuf,
    name: String,
    path: PathBuf,
    is_test: bool,
}

pub(super) fn run(workspace: &Workspace, ready: &Ready, filter: &[&str]) -> Result<Outcome> {
    if fs::metadata("/proc/self").context("cannot read /proc")?.uid() != 0 {
        return Ok(Outcome::NotRun("not root: the tests above already ran as an ordinary user".to_owned()));
    }
    let built = built(workspace)?;
    let stage = Stage::new(&built, ready)?;
    let view = View::of(workspace, &stage.folder)?;
    let mut failed = Vec::new();
    for name in CRATES {
        let tests: Vec<_> = built.iter().filter(|it| it.is_test && it.folder.ends_with(name)).collect();
        if tests.is_empty() {
            bail!("crate `{name}` has no test program");
        }
        for test in tests {
            println!("-- {name}: {} as user {USER}", test.name);
            if let Err(error) = shell::run(&mut stage.command(test, &view, filter)) {
                failed.push(format!("{name} {}: {error:#}", test.name));
            }
        }
    }
    if failed.is_empty() { Ok(Outcome::Passed) } else { bail!("{}", failed.join("; ")) }
}

/// Asks cargo for the programs of the tests; they are already built.
fn built(workspace: &Workspace) -> Result<Vec<Built>> {
    let mut command = shell::cargo(workspace.root());
    command.args(["test", "--workspace", "--locked", "--no-run", "--message-format=json"]);
    let output = command
        .stderr(Stdio::inherit())
        .output()
        .with_context(|| format!("cannot start {}", shell::shown(&command)))?;
    if !output.status.success() {
        bail!("the tests cannot be built");
    }
    Ok(programs(&String::from_utf8_lossy(&output.stdout)))
}

/// The programs in cargo's messages.
fn programs(messages: &str) -> Vec<Built> {
    let mut programs = Vec::new();
    for line in messages.lines() {
        let Ok(message) = serde_json::from_str::<Value>(line) else { continue };
        let text = |value: &Value| value.as_str().map(str::to_owned);
        let (Some(path), Some(manifest), Some(name)) =
            (text(&message["executable"]), text(&message["manifest_path"]), text(&message["target"]["name"]))
        else {
            continue;
        };
        let Some(folder) = Path::new(&manifest).parent() else { continue };
        let is_test = message["profile"]["test"].as_bool() == Some(true);
        programs.push(Built { folder: folder.to_owned(), name, path: path.into(), is_test });
    }
    programs
}

/// A folder that the user can read, with the programs, the Python environment and a home.
struct Stage {
    folder: PathBuf,
}

impl Stage {
    fn new(built: &[Built], ready: &Ready) -> Result<Self> {
        // Not TMPDIR, which may be a folder only root can enter.
        let stage = Self { folder: PathBuf::from(format!("/tmp/skilled-test-{}", std::process::id())) };
        for (name, owner) in [("", 0), ("bin", 0), ("data", USER), ("home", USER), ("tmp", USER)] {
            make_folder(&stage.folder.join(name), owner)?;
        }
        let wanted = |it: &&Built| CRATES.iter().any(|name| it.folder.ends_with(name)) || !it.is_test;
        for program in built.iter().filter(wanted) {
            let copy = stage.program(program);
            fs::copy(&program.path, &copy)
                .with_context(|| format!("cannot copy {} to {}", program.path.display(), copy.display()))?;
            fs::set_permissions(&copy, fs::Permissions::from_mode(0o755))?;
        }
        stage.copy_python(&ready.data.join("python"))?;
        Ok(stage)
    }

    /// Where the copy of a program is: tests keep the name that tells them apart.
    fn program(&self, program: &Built) -> PathBuf {
        self.folder.join("bin").join(program.path.file_name().unwrap_or_default())
    }

    /// Copies the environment in use: the data directory of root may be closed to others.
    fn copy_python(&self, python: &Path) -> Result<()> {
        let current = fs::read_link(python.join("current")).with_context(|| {
            format!("{} holds no Python environment; run `cargo xtask setup`", python.display())
        })?;
        let copy = self.folder.join("data/python");
        make_folder(&copy, USER)?;
        shell::run(Command::new("cp").args(["-a", "--reflink=auto"]).arg(python.join(&current)).arg(&copy))?;
        std::os::unix::fs::symlink(&current, copy.join("current"))
            .context("cannot link the Python environment")
    }

    fn command(&self, test: &Built, view: &View, filter: &[&str]) -> Command {
        let user = USER.to_string();
        let mut command = view.enter(&test.folder);
        command.args(["timeout", "--kill-after=10", SECONDS, "setpriv", "--reuid", &user, "--regid", &user]);
        command.args(["--clear-groups", "--inh-caps=-all", "--ambient-caps=-all", "--"]);
        command.arg(self.program(test)).args(filter);
        command.env_clear().stdin(Stdio::null());
        command.env("PATH", "/usr/local/bin:/usr/bin:/bin").env("LANG", "C.UTF-8").env("RUST_BACKTRACE", "1");
        command.env("HOME", self.folder.join("home")).env("USER", "nobody");
        command.env("TMPDIR", self.folder.join("tmp")).env("CARGO_TARGET_TMPDIR", self.folder.join("tmp"));
        command.env("CARGO_MANIFEST_DIR", &test.folder);
        command
            .env("SKILLED_BIN", self.folder.join("bin/skilled"))
            .env("SKILLED_DATA", self.folder.join("data"));
        command.env("SKILLED_REQUIRE_ALL", "1");
        command
    }
}

impl Drop for Stage {
    fn drop(&mut self) {
        // What a failed test left mounted or running is that test's failure, not this one's.
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// Makes a folder that everybody may read; it must not be there yet.
fn make_folder(path: &Path, owner: u32) -> Result<()> {
    fs::create_dir(path)
        .and_then(|()| fs::set_permissions(path, fs::Permissions::from_mode(0o755)))
        .and_then(|()| chown(path, Some(owner), Some(owner)))
        .with_context(|| format!("cannot make {}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn programs_are_read_from_cargos_messages() {
        let messages = concat!(
            "not JSON\n",
            r#"{"reason":"compiler-artifact","manifest_path":"/r/crates/a/Cargo.toml","target":{"name":"a"},"profile":{"test":false},"executable":null}"#,
            "\n",
            r#"{"reason":"compiler-artifact","manifest_path":"/r/crates/a/Cargo.toml","target":{"name":"it"},"profile":{"test":true},"executable":"/t/it-12"}"#,
            "\n",
            r#"{"reason":"compiler-artifact","manifest_path":"/r/crates/b/Cargo.toml","target":{"name":"b"},"profile":{"test":false},"executable":"/t/b"}"#,
            "\n",
        );
        let found: Vec<_> =
            programs(messages).into_iter().map(|it| (it.folder, it.name, it.is_test)).collect();
        assert_eq!(
            found,
            [("/r/crates/a".into(), "it".into(), true), ("/r/crates/b".into(), "b".into(), false)]
        );
    }
}
