//! What keeps a folder from being packed.

use skilled_archive::{Code as ArchiveCode, Entry, Limits, Names, Occupies, Portability};
use skilled_format::{
    Code, Diagnostic, Folder, ListedKind, MountName, SKILL_FILE, Severity, Skill, printable,
};

use crate::secret_files::{Found, Secrets};
use crate::{LeftOut, Problem};

/// Codes of problems with a folder, in the order of `docs/packages.md`.
pub(crate) const NO_SKILL: &str = "package-no-skill";
pub(crate) const SKILL_NAME: &str = "package-skill-name";
pub(crate) const LINK_OUT: &str = "package-link-out";
pub(crate) const LINK_DANGLING: &str = "package-link-dangling";
pub(crate) const LINK_FOLDER: &str = "package-link-folder";
pub(crate) const LINK_LEFT_OUT: &str = "package-link-left-out";
pub(crate) const SPECIAL_FILE: &str = "package-special-file";
pub(crate) const UNREADABLE: &str = "package-unreadable-file";
pub(crate) const REPOSITORY: &str = "package-repository";
pub(crate) const SECRET: &str = "package-secret";

pub(crate) fn problem(code: &'static str, path: &str, message: impl Into<String>, help: &str) -> Problem {
    Problem { code, path: printable(path), line: None, message: message.into(), help: help.to_owned() }
}

/// The name of the skill, when SKILL.md loads and the name can be that of a folder.
pub(crate) fn skill_name(
    folder: &Folder,
    left_out: &[LeftOut],
    problems: &mut Vec<Problem>,
) -> Option<MountName> {
    if left_out.iter().any(|out| out.path == SKILL_FILE) {
        let help = "Change the pattern; a package without SKILL.md is no skill.";
        problems.push(problem(NO_SKILL, SKILL_FILE, "it is excluded", help));
        return None;
    }
    let reading = folder.reading();
    problems.extend(reading.diagnostics.iter().filter_map(not_loaded));
    folder_name(&reading.skill?).map_err(|refused| problems.push(refused)).ok()
}

/// The name of a skill as that of the folder it is unpacked to, in somebody's own folder: one that works everywhere, hides
/// nothing, is no option, and takes no place that a program looks at, such as `.git` or `.claude`.
pub(crate) fn folder_name(skill: &Skill) -> Result<MountName, Problem> {
    let refuse = |message: String| {
        let help = "Choose a name of lower-case letters, digits and hyphens for the skill.";
        problem(SKILL_NAME, SKILL_FILE, message, help)
    };
    let name = skill.mount_name().map_err(|error| refuse(error.to_string()))?;
    if name.as_str().starts_with(['.', '-']) {
        let first = if name.as_str().starts_with('.') { "a dot" } else { "a hyphen" };
        return Err(refuse(format!("the name {:?} begins with {first}", name.as_str())));
    }
    let mut names = Names::new(&Limits::default(), Portability::Everywhere);
    match names.add(name.as_str(), Occupies::Folder) {
        Ok(()) => Ok(name),
        Err(problems) => {
            let why = problems.first().map(|it| it.message.clone()).unwrap_or_default();
            Err(refuse(format!("the name {:?} cannot be that of a folder: {why}", name.as_str())))
        }
    }
}

/// Folders of version control in an archive, each once. Their settings and hooks run programs as soon as somebody works
/// in the folder, without anybody having asked for it.
pub(crate) fn repositories(entries: &[Entry]) -> Vec<Problem> {
    const FOLDERS: [&str; 5] = [".bzr", ".git", ".hg", ".jj", ".svn"];
    let mut found: Vec<String> = entries
        .iter()
        .filter_map(|entry| {
            let mut end = 0;
            entry.path.split('/').find_map(|component| {
                end += component.len();
                let path = &entry.path[..end];
                end += 1;
                FOLDERS.iter().any(|folder| component.eq_ignore_ascii_case(folder)).then(|| path.to_owned())
            })
        })
        .collect();
    found.sort_unstable();
    found.dedup();
    let help = "Remove it from the archive; packing leaves it out.";
    let message = "version control runs programs that its folders name";
    found.iter().map(|path| problem(REPOSITORY, path, message, help)).collect()
}

/// A finding for which SKILL.md does not load.
pub(crate) fn not_loaded(diagnostic: &Diagnostic) -> Option<Problem> {
    let Diagnostic { severity, message, help, file, line, .. } = diagnostic;
    (*severity == Severity::Error)
        .then(|| Problem { line: Some(*line), ..problem(NO_SKILL, file, message.as_str(), help) })
}

/// What could not be listed, which therefore would be missing.
pub(crate) fn not_listed(diagnostic: &Diagnostic) -> Option<Problem> {
    let Diagnostic { code, message, file, .. } = diagnostic;
    let (code, help) = match code {
        // Links are examined one by one.
        Code::LinkEscapes => return None,
        Code::SpecialFile => {
            let message = "it is a device, a pipe or a socket";
            return Some(problem(SPECIAL_FILE, file, message, "Remove it; no skill needs one."));
        }
        Code::PathNotUtf8 => (ArchiveCode::NameNotUtf8.as_str(), ArchiveCode::NameNotUtf8.help()),
        Code::TreeTooLarge => (ArchiveCode::TooLarge.as_str(), ArchiveCode::TooLarge.help()),
        _ => (UNREADABLE, "Change its permissions, or exclude it."),
    };
    Some(problem(code, file, message.as_str(), help))
}

/// Names that reading would refuse, and files that are too large.
pub(crate) fn names_and_sizes(folder: &Folder, name: &str, limits: &Limits, problems: &mut Vec<Problem>) {
    let mut names = Names::new(limits, Portability::Everywhere);
    for listed in folder.files() {
        let occupies = match listed.kind {
            ListedKind::Directory => Occupies::Folder,
            ListedKind::File { .. } | ListedKind::Link { .. } => Occupies::File,
        };
        if let Err(found) = names.add(&format!("{name}/{}", listed.path), occupies) {
            problems
                .extend(found.iter().map(|found| Problem { path: printable(&listed.path), ..found.into() }));
        }
        if let ListedKind::File { size, .. } = listed.kind
            && size > limits.file_bytes
        {
            let code = ArchiveCode::TooLarge;
            let message = format!("it has {size} bytes; at most {} are allowed", limits.file_bytes);
            problems.push(problem(code.as_str(), &listed.path, message, code.help()));
        }
    }
}

/// A file with which a package becomes too large.
pub(crate) fn too_many_bytes(path: &str, most: u64) -> Problem {
    let code = ArchiveCode::TooLarge;
    let message =
        format!("with this file the package has more than {most} bytes, copies of linked files included");
    problem(code.as_str(), path, message, code.help())
}

/// Secrets in a file. The secret itself is not said.
pub(crate) fn secrets(path: &str, found: Secrets) -> impl Iterator<Item = Problem> {
    let Secrets { places, more } = found;
    let help = "Remove it and revoke it if it was shared before; if it is none, allow this file.";
    let rest = (more > 0).then(|| {
        let last = places.last().and_then(|place| place.line);
        let all = places.len() + more;
        let message =
            format!("after this line it seems to contain secrets in {more} more places ({all} in all)");
        Problem { line: last, ..problem(SECRET, path, message, help) }
    });
    let place = move |Found { line, kind }| Problem {
        line,
        ..problem(SECRET, path, format!("it seems to contain a secret: {kind}"), help)
    };
    places.into_iter().map(place).chain(rest)
}
