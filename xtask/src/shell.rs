//! Starting other programs, and saying clearly which one failed and how.

use std::collections::VecDeque;
use std::ffi::OsStr;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};

use anyhow::{Context, Result, anyhow, bail};

/// How much of a failed program's output its error repeats.
const TAIL_LINES: usize = 15;

/// A cargo command in `folder`, by the same cargo that runs this tool.
///
/// Takes away what `cargo run` put into the environment for this tool alone: build scripts that watch these
/// variables would be rebuilt each time somebody changes between `cargo build` and `cargo xtask`.
pub(crate) fn cargo(folder: &Path) -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(folder);
    for (name, _) in std::env::vars_os() {
        let name = name.to_string_lossy();
        if name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_") {
            command.env_remove(&*name);
        }
    }
    command
}

/// A command whose new files everybody may read, whatever the caller's umask is: what is installed here is
/// used inside sandboxes too, which run as another user.
pub(crate) fn world_readable(program: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new("/bin/sh");
    command.args(["-c", "umask 022; exec \"$@\"", "sh"]).arg(program);
    command
}

/// The command as somebody would type it.
pub(crate) fn shown(command: &Command) -> String {
    let words: Vec<_> = std::iter::once(command.get_program())
        .chain(command.get_args())
        .map(|word| word.to_string_lossy().into_owned())
        .collect();
    // Where rustup keeps this cargo is of no use to anybody who wants to type the command again.
    let words = match words.as_slice() {
        [cargo, rest @ ..] if cargo.ends_with("/cargo") => return format!("cargo {}", rest.join(" ")),
        [shell, flag, script, name, rest @ ..]
            if shell == "/bin/sh" && flag == "-c" && name == "sh" && script.ends_with("exec \"$@\"") =>
        {
            rest
        }
        all => all,
    };
    words.join(" ")
}

/// Runs `command` on the caller's terminal; an exit code other than 0 is an error.
pub(crate) fn run(command: &mut Command) -> Result<()> {
    let status = command.status().with_context(|| format!("cannot start {}", shown(command)))?;
    check(command, status)
}

/// Runs `command`, showing each line of its output indented as it comes; the error repeats the last lines.
pub(crate) fn stream(command: &mut Command) -> Result<()> {
    let (reader, writer) = std::io::pipe().context("cannot make a pipe")?;
    let second = writer.try_clone().context("cannot make a pipe")?;
    let name = shown(command);
    let mut child = command
        .stdin(Stdio::null())
        .stdout(writer)
        .stderr(second)
        .spawn()
        .with_context(|| format!("cannot start {name}"))?;
    // `Command` still owns the writing ends; until they are closed the reader below would never see the end.
    command.stdout(Stdio::null()).stderr(Stdio::null());
    let mut tail = VecDeque::new();
    for line in BufReader::new(reader).split(b'\n') {
        let line = line.with_context(|| format!("cannot read what {name} says"))?;
        let line = String::from_utf8_lossy(&line).trim_end().to_owned();
        println!("      {line}");
        tail.push_back(line);
        if tail.len() > TAIL_LINES {
            tail.pop_front();
        }
    }
    let status = child.wait().with_context(|| format!("cannot wait for {name}"))?;
    check(command, status)
        .map_err(|error| anyhow!("{}", Vec::from(tail).join("\n")).context(error.to_string()))
}

/// Runs `command` without showing anything and returns its standard output, without the spaces around it.
pub(crate) fn read(command: &mut Command) -> Result<String> {
    let output =
        command.stdin(Stdio::null()).output().with_context(|| format!("cannot start {}", shown(command)))?;
    check(command, output.status).map_err(|error| {
        anyhow!("{}", String::from_utf8_lossy(&output.stderr).trim()).context(error.to_string())
    })?;
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// Whether `command` ends with 0; what it prints is not shown.
pub(crate) fn succeeds(command: &mut Command) -> bool {
    let command = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}

fn check(command: &Command, status: ExitStatus) -> Result<()> {
    match status.code() {
        Some(0) => Ok(()),
        Some(code) => bail!("`{}` ended with exit code {code}", shown(command)),
        None => bail!("`{}` was ended: {status}", shown(command)),
    }
}

/// The folders in which programs are looked for.
pub(crate) struct SearchPath(Vec<PathBuf>);

impl SearchPath {
    /// The caller's `PATH`, then the folders for administrators, which an ordinary user's may lack.
    pub(crate) fn of_caller() -> Self {
        let path = std::env::var_os("PATH").unwrap_or_default();
        let mut folders: Vec<_> = std::env::split_paths(&path).collect();
        folders.extend(["/usr/sbin", "/sbin"].map(PathBuf::from));
        Self(folders)
    }

    #[cfg(test)]
    pub(crate) fn of(folder: &Path) -> Self {
        Self(vec![folder.to_owned()])
    }

    /// Where the program is.
    pub(crate) fn find(&self, program: &str) -> Option<PathBuf> {
        use std::os::unix::fs::PermissionsExt;
        let mut places = self.0.iter().map(|folder| folder.join(program));
        places
            .find(|path| path.metadata().is_ok_and(|it| it.is_file() && it.permissions().mode() & 0o111 != 0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sh(script: &str) -> Command {
        let mut command = Command::new("/bin/sh");
        command.args(["-c", script]);
        command
    }

    #[test]
    fn a_failure_names_the_command_its_code_and_its_last_words() {
        let error = stream(&mut sh("echo one; echo two >&2; exit 3")).unwrap_err();
        let text = format!("{error:#}");
        assert!(
            text.contains("two") && text.contains("exit code 3") && text.contains("/bin/sh -c"),
            "{text}"
        );
    }

    #[test]
    fn a_killed_program_is_a_failure() {
        assert!(run(&mut sh("kill -9 $$")).is_err());
    }

    #[test]
    fn a_missing_program_is_named() {
        let error = format!("{:#}", run(&mut Command::new("no-such-program")).unwrap_err());
        assert!(error.contains("no-such-program"), "{error}");
    }

    #[test]
    fn a_command_is_shown_as_somebody_would_type_it() {
        assert_eq!(shown(Command::new("/home/ada/.rustup/bin/cargo").arg("fmt")), "cargo fmt");
        let mut command = world_readable("python3");
        command.arg("-V");
        assert_eq!(shown(&command), "python3 -V");
    }

    #[test]
    fn a_program_is_found_only_where_it_may_be_run() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("tool");
        std::fs::write(&file, "").unwrap();
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o644)).unwrap();
        assert_eq!(SearchPath::of(folder.path()).find("tool"), None);
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o755)).unwrap();
        assert_eq!(SearchPath::of(folder.path()).find("tool"), Some(file));
    }
}
