//! What was uploaded, laid out as a folder and checked. Everything here blocks.

use std::fs::{self, File, Permissions};
use std::io::{self, Read as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use skilled_archive::{Archive, Code, Existing, Limits, Options, Problem};
use skilled_format::{Diagnostic, LoadedDir, SKILL_FILE, Severity, load_dir};
use skilled_registry::FoundSkill;

use super::upload::{Received, too_large};
use crate::Fault;
use crate::query::shown;

/// Where and how an upload is laid out.
pub(super) struct Place {
    /// A folder that belongs to the upload.
    pub(super) folder: PathBuf,
    /// How much it may hold.
    pub(super) limits: Limits,
    /// Whether it must lie in one folder of the skill's name.
    pub(super) one_folder: bool,
}

/// An upload that can be kept.
pub(super) struct Staged {
    pub(super) skill: FoundSkill,
    /// The folder that it was uploaded in, or the skill's name.
    pub(super) directory: String,
}

/// The longest name and the longest description, in characters.
const LONGEST_NAME: usize = 64;
const LONGEST_DESCRIPTION: usize = 1024;
/// What systems leave in archives.
const LEFT_BEHIND: [&str; 3] = ["__MACOSX", ".DS_Store", "Thumbs.db"];
/// The folder of an upload without one. No skill can be called so.
const ROOT: &str = "-";

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Archive,
    Files,
}

/// Lays out what came, and checks it.
pub(super) fn stage(files: &[Received], place: &Place) -> Result<Staged, Fault> {
    let tree = place.folder.join(ROOT);
    let kind = match files {
        [only] if looks_like_archive(only).map_err(internal)? => {
            extract(&only.content, &tree, &place.limits)?;
            Kind::Archive
        }
        files => {
            fs::create_dir(&tree).map_err(internal)?;
            for file in files {
                let Some(path) = &file.path else {
                    return Err(Fault::invalid(
                        "files: a file without a name must be an archive (zip, tar or tar.gz)",
                    ));
                };
                lay(file, &tree.join(path)).map_err(internal)?;
            }
            Kind::Files
        }
    };
    examine(&tree, place, kind)
}

/// Whether the content is that of an archive, whatever it is called; a SKILL.md is none.
fn looks_like_archive(file: &Received) -> io::Result<bool> {
    let is_skill = |path: &String| path.rsplit('/').next() == Some(SKILL_FILE);
    if file.path.as_ref().is_some_and(is_skill) {
        return Ok(false);
    }
    let mut begin = Vec::new();
    File::open(&file.content)?.take(512).read_to_end(&mut begin)?;
    let zip = begin.starts_with(b"PK\x03\x04") || begin.starts_with(b"PK\x05\x06");
    let gzip = begin.starts_with(&[0x1f, 0x8b]);
    let tar = begin.get(257..262) == Some(b"ustar");
    Ok(zip || gzip || tar)
}

/// Moves a file to its path. Multipart bodies carry no modes: what begins like a program may be executed.
fn lay(file: &Received, to: &Path) -> io::Result<()> {
    if let Some(parent) = to.parent() {
        fs::create_dir_all(parent)?;
    }
    let mut begin = [0; 2];
    let read = File::open(&file.content)?.read(&mut begin)?;
    let mode = if begin[..read] == *b"#!" { 0o755 } else { 0o644 };
    fs::set_permissions(&file.content, Permissions::from_mode(mode))?;
    fs::rename(&file.content, to)
}

fn extract(archive: &Path, tree: &Path, limits: &Limits) -> Result<(), Fault> {
    let options = Options { limits: *limits, ..Options::default() };
    let file = File::open(archive).map_err(internal)?;
    let extracted =
        Archive::open(file, &options).and_then(|mut archive| archive.extract_to(tree, Existing::Refuse));
    match extracted {
        Ok(_) => Ok(()),
        Err(error) => {
            let problems: Vec<&Problem> = error.problems().iter().collect();
            match problems.as_slice() {
                [] => Err(Fault::internal(&error)),
                problems if problems.iter().all(|problem| problem.code == Code::TooLarge) => {
                    Err(Fault::too_large(too_large(limits.total_bytes)))
                }
                problems => Err(refused("files", problems)),
            }
        }
    }
}

/// Says what is wrong with an upload: the first things in words, all of them for programs.
pub(super) fn refused(field: &str, problems: &[&Problem]) -> Fault {
    let said: Vec<String> =
        problems.iter().take(3).map(|problem| format!("{problem}. {}", problem.code.help())).collect();
    let all: Vec<Value> = problems
        .iter()
        .map(|problem| {
            let Problem { code, entry, message, .. } = problem;
            json!({"code": code.as_str(), "path": entry, "message": message, "help": code.help()})
        })
        .collect();
    Fault::invalid(format!("{field}: {}", said.join(" "))).with_detail("problems", all.into())
}

/// Finds the skill in the folder, and checks it.
fn examine(tree: &Path, place: &Place, kind: Kind) -> Result<Staged, Fault> {
    let mut top = Vec::new();
    for entry in fs::read_dir(tree).map_err(internal)? {
        let entry = entry.map_err(internal)?;
        let name = entry.file_name().into_string().unwrap_or_default();
        if !LEFT_BEHIND.contains(&name.as_str()) {
            top.push(name);
        } else if entry.path().is_dir() {
            fs::remove_dir_all(entry.path()).map_err(internal)?;
        } else {
            fs::remove_file(entry.path()).map_err(internal)?;
        }
    }
    let has_skill = |folder: &Path| folder.join(SKILL_FILE).is_file();
    let (folder, directory) = match top.as_slice() {
        _ if has_skill(tree) && place.one_folder => return Err(Fault::invalid(outside_a_folder(kind))),
        _ if has_skill(tree) => (tree.to_owned(), None),
        [only] if has_skill(&tree.join(only)) => (tree.join(only), Some(only.clone())),
        [_] => {
            let message =
                "SKILL.md not found: it must lie at the root of the upload or in its one top-level folder.";
            return Err(Fault::invalid(message));
        }
        _ => return Err(Fault::invalid(outside_a_folder(kind))),
    };
    let Limits { entries, depth, total_bytes, .. } = place.limits;
    let limits = skilled_format::Limits { entries, depth, total_bytes, ..Default::default() };
    let LoadedDir { path, reading, tree, diagnostics } =
        load_dir(&folder, &limits).map_err(|error| Fault::internal(&error))?;
    // A file that could not be listed would be missing in the version.
    let wrong =
        |diagnostics: Vec<Diagnostic>| diagnostics.into_iter().filter(|it| it.severity == Severity::Error);
    let Some(skill) = reading.skill.filter(|_| diagnostics.is_empty()) else {
        let found: Vec<_> = wrong(reading.diagnostics).chain(diagnostics).collect();
        return Err(unfit(&found));
    };
    check_name(&skill.name)?;
    check_description(&skill.description)?;
    if let Some(directory) = &directory
        && place.one_folder
        && *directory != skill.name
    {
        return Err(Fault::invalid(format!(
            "The folder name '{}' must match the skill name '{}' in SKILL.md.",
            shown(directory),
            shown(&skill.name)
        )));
    }
    let name = skill.mount_name().map_err(|error| Fault::invalid(format!("name: {error}")))?;
    let directory = directory.unwrap_or_else(|| skill.name.clone());
    let skill = FoundSkill { name, path, skill, valid: reading.valid, tree, findings: Vec::new() };
    Ok(Staged { skill, directory })
}

fn outside_a_folder(kind: Kind) -> &'static str {
    match kind {
        Kind::Archive => "Zip must contain a top-level folder with all files inside it, including SKILL.md",
        Kind::Files => "All files must be in the same top-level folder, with SKILL.md at its root",
    }
}

/// SKILL.md does not load, or the folder is not what a version can be.
fn unfit(found: &[Diagnostic]) -> Fault {
    let said: Vec<String> = found
        .iter()
        .take(3)
        .map(|it| format!("{}:{}: {}. {}", it.file, it.line, it.message, it.help))
        .collect();
    let all: Vec<Value> = found
        .iter()
        .map(|it| {
            let Diagnostic { code, severity, message, help, file, line, column, .. } = it;
            json!({
                "code": code.to_string(), "severity": severity.as_str(), "message": message, "help": help,
                "file": file, "line": line, "column": column,
            })
        })
        .collect();
    Fault::invalid(format!("The skill cannot be used: {}", said.join(" ")))
        .with_detail("diagnostics", all.into())
}

/// Names as the hosted service takes them: also that of the folder in a container.
fn check_name(name: &str) -> Result<(), Fault> {
    let refuse = |what: &str| Err(Fault::invalid(format!("SKILL.md: name: '{}' {what}", shown(name))));
    if name == ROOT {
        return Err(Fault::invalid("SKILL.md: name: Field required where SKILL.md is in no folder"));
    }
    if name.chars().count() > LONGEST_NAME {
        return refuse("must have at most 64 characters");
    }
    if !name.bytes().all(|byte| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-')) {
        return refuse("must have lower-case letters, digits and hyphens only");
    }
    if name.starts_with('-') || name.ends_with('-') || name.contains("--") {
        return refuse("must not begin or end with a hyphen, nor have two in a row");
    }
    if let Some(word) = ["anthropic", "claude"].into_iter().find(|word| name.contains(word)) {
        return refuse(&format!("must not contain the reserved word {word}"));
    }
    Ok(())
}

fn check_description(description: &str) -> Result<(), Fault> {
    let count = description.chars().count();
    if count > LONGEST_DESCRIPTION {
        let message =
            format!("SKILL.md: description: must have at most {LONGEST_DESCRIPTION} characters, not {count}");
        return Err(Fault::invalid(message));
    }
    if has_tag(description) {
        return Err(Fault::invalid("SKILL.md: description: must not contain XML tags"));
    }
    Ok(())
}

/// Whether there is something like `<a>`, `</a>` or `<a b="c"/>`.
fn has_tag(text: &str) -> bool {
    text.match_indices('<').any(|(at, _)| {
        let rest = &text[at + 1..];
        let rest = rest.strip_prefix('/').unwrap_or(rest);
        let begins = rest.starts_with(|c: char| c.is_ascii_alphabetic());
        begins && rest.find(['<', '>']).is_some_and(|end| rest[end..].starts_with('>'))
    })
}

#[expect(clippy::needless_pass_by_value, reason = "it is given to `map_err`")]
fn internal(error: io::Error) -> Fault {
    Fault::internal(&error)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_descriptions_are_those_of_the_hosted_service() {
        for name in ["pdf", "a-1", &"a".repeat(64)] {
            assert!(check_name(name).is_ok(), "{name}");
        }
        for name in ["-", "PDF", "a_b", "a--b", "-a", "a-", "é", "my-claude", "anthropic-x", &"a".repeat(65)]
        {
            assert!(check_name(name).is_err(), "{name}");
        }
        for text in ["a < b > c", "x<3", "a <- b", "if a<b"] {
            assert!(!has_tag(text), "{text}");
        }
        for text in ["<b>", "a </b>", "<a href=\"x\">", "<br/>"] {
            assert!(has_tag(text), "{text}");
        }
    }
}
