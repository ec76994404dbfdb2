//! What is packed: the folder, checked, and the plan of its files.

use std::collections::BTreeSet;
use std::io;
use std::path::{Path, PathBuf};

use skilled_format::{Folder, Limits, SKILL_FILE, Severity};
use skilled_lint::Finding;
use skilled_package::{PackOptions, Plan, Problem, Stop, plan as plan_of};

use super::{PackArgs, failed};
use crate::config::{Flags, Settings};
use crate::error::{Error, Kind, Result};
use crate::lookup;
use crate::screen::{self, shell_word};

/// Findings that an error lists at most.
const LISTED: usize = 10;

/// The folder that `dir` means: SKILL.md names its own.
pub(super) fn folder(dir: &Path) -> Result<PathBuf> {
    let is_skill_file = dir.is_file() && dir.file_name().is_some_and(|name| name == SKILL_FILE);
    let folder = if is_skill_file { dir.parent().unwrap_or(dir) } else { dir };
    let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
    // `.` has a name only when it is resolved.
    let named = match folder.file_name() {
        Some(_) => folder.metadata().map(|_| folder.to_owned()),
        None => folder.canonicalize(),
    };
    named.map_err(|source| {
        if source.kind() == io::ErrorKind::PermissionDenied {
            return lookup::denied(dir, source);
        }
        let message = format!("cannot look at the folder {}", screen::path(dir));
        Error::new(Kind::Usage, anyhow::Error::from(source).context(message))
            .hint("give the folder that holds SKILL.md")
    })
}

/// Checks the skill with the settings in force; returns how many warnings there are.
///
/// # Errors
///
/// Findings at error level.
pub(super) fn check(folder: &Path, dir: &Path) -> Result<usize> {
    let opened = Folder::open(folder, &Limits::default());
    let opened = opened.map_err(|error| lookup::unopened(folder, error))?;
    let settings = Settings::load(Flags::default())?.check.settings()?;
    let checked = skilled_lint::check(&opened, &settings);
    let (errors, others): (Vec<&Finding>, Vec<&Finding>) =
        checked.findings.iter().partition(|finding| finding.severity == Severity::Error);
    if !errors.is_empty() || !checked.loaded {
        if lookup::is_around_skills(folder) {
            return Err(lookup::no_skill_in(dir));
        }
        return Err(broken(&errors, dir));
    }
    Ok(others.into_iter().filter(|finding| finding.severity == Severity::Warning).count())
}

fn broken(errors: &[&Finding], dir: &Path) -> Error {
    let shown = screen::path(dir);
    let error = Error::new(
        Kind::Job,
        anyhow::anyhow!("{shown} has {} and is not packed", screen::count(errors.len(), "error")),
    );
    let said = |finding: &&Finding| {
        let Finding { rule, file, line, message, help, .. } = finding;
        format!("{}:{line}: {message} [{}]: {help}", crate::view::escaped(file), rule.code)
    };
    let reason = |finding: &&Finding| Problem {
        code: finding.rule.code,
        path: finding.file.clone(),
        line: Some(finding.line),
        message: finding.message.clone(),
        help: finding.help.clone(),
    };
    let error = error.because(errors.iter().map(reason).collect());
    let error = errors.iter().take(LISTED).map(said).fold(error, Error::hint);
    error.hint(format!("see each with its place: skilled check {}", shell_word(dir)))
}

/// Decides what travels. `also_excluded` is a path in the folder.
pub(super) fn plan(args: &PackArgs, folder: &Path, also_excluded: Option<&str>, stop: &Stop) -> Result<Plan> {
    let mut exclude = args.exclude.clone();
    exclude.extend(also_excluded.map(pattern));
    let allow_secrets: BTreeSet<String> =
        args.allow_secret.iter().map(|path| path.strip_prefix("./").unwrap_or(path).to_owned()).collect();
    for path in &allow_secrets {
        if folder.join(path).symlink_metadata().is_err() {
            return Err(Error::usage(format!(
                "--allow-secret: there is no {} in the folder",
                screen::quoted(path)
            ))
            .hint("give the path from the skill's folder, such as references/keys.md"));
        }
    }
    let options = PackOptions { exclude, allow_secrets, stop: stop.clone(), ..PackOptions::default() };
    plan_of(folder, &options).map_err(failed)
}

/// The path of the output in the folder that is packed, when it is there and would be packed: a package does not hold an
/// earlier one of itself.
pub(super) fn packed_output(output: &Path, folder: &Path, plan: &Plan) -> Option<String> {
    let parent = output.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let output = parent.canonicalize().ok()?.join(output.file_name()?);
    let inside = output.strip_prefix(folder.canonicalize().ok()?).ok()?.to_str()?;
    plan.files().iter().any(|file| file.path == inside).then(|| inside.to_owned())
}

/// A pattern that matches this path only.
fn pattern(path: &str) -> String {
    let mut pattern = String::from("/");
    for c in path.chars() {
        if matches!(c, '*' | '?' | '[' | ']' | '{' | '}' | '\\' | '!' | '#') {
            pattern.push('\\');
        }
        pattern.push(c);
    }
    pattern
}
