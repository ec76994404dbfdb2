//! Where a skill came from, as far as files beside it tell. No program is run for it.

use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use serde_json::Value as Json;

use crate::lookup::{Origin, Skill};

/// Files of git and of installers are small; of a larger one nothing is believed.
const LARGEST: u64 = 4 << 20;
/// What installers write into a skill, and beside the folder of skills.
const OPENSKILLS: &str = ".openskills.json";
const SKILLS_LOCK: &str = "skills-lock.json";
/// How far above a skill its lock file is looked for: `.claude/skills/NAME` is three below it.
const LOCK_LEVELS: usize = 4;
/// What GitHub's installer writes into `metadata`.
const GITHUB: &str = "github-";

/// What is known of where a skill came from. Nothing of it is proven.
#[derive(Debug, Default)]
pub(super) struct Provenance {
    pub(super) git: Option<Checkout>,
    /// What installers noted.
    pub(super) notes: Vec<Note>,
}

/// The checkout that a folder lies in.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Checkout {
    pub(super) root: PathBuf,
    pub(super) branch: Option<String>,
    /// Hexadecimal.
    pub(super) commit: Option<String>,
    /// The address of `origin`, without user and password.
    pub(super) remote: Option<String>,
}

/// Names and values that an installer noted.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Note {
    /// The file, or the part of it.
    pub(super) source: String,
    pub(super) fields: Vec<(String, String)>,
}

pub(super) fn of(skill: &Skill) -> Provenance {
    let git = match &skill.origin {
        // Where an archive was laid out says nothing.
        Origin::Archive { .. } => None,
        Origin::Folder { .. } | Origin::Scope { .. } => checkout(&skill.loaded.path),
    };
    let notes = [metadata(skill), openskills(skill), lock(skill)];
    Provenance { git, notes: notes.into_iter().flatten().collect() }
}

fn metadata(skill: &Skill) -> Option<Note> {
    let metadata = &skill.loaded.reading.skill.as_ref()?.metadata;
    let fields = metadata.iter().filter(|(key, _)| key.starts_with(GITHUB));
    note("metadata of SKILL.md", fields.map(|(key, value)| (key.to_owned(), value.to_string())).collect())
}

fn openskills(skill: &Skill) -> Option<Note> {
    let content = skill.folder.read(OPENSKILLS, LARGEST).ok().filter(|content| !content.cut)?;
    note(OPENSKILLS, fields(&serde_json::from_slice(&content.bytes).ok()?))
}

fn lock(skill: &Skill) -> Option<Note> {
    if matches!(skill.origin, Origin::Archive { .. }) {
        return None;
    }
    let name = skill.folder.name();
    let folders = skill.loaded.path.ancestors().skip(1).take(LOCK_LEVELS);
    let lock = folders.map(|folder| folder.join(SKILLS_LOCK)).find(|path| path.is_file())?;
    let locked: Json = serde_json::from_str(&read(&lock)?).ok()?;
    note(SKILLS_LOCK, fields(locked.get("skills")?.get(name)?))
}

/// The texts, numbers and truths of an object.
fn fields(object: &Json) -> Vec<(String, String)> {
    let text = |value: &Json| match value {
        Json::String(text) => Some(text.clone()),
        Json::Number(_) | Json::Bool(_) => Some(value.to_string()),
        Json::Null | Json::Array(_) | Json::Object(_) => None,
    };
    let pairs = object.as_object().into_iter().flatten();
    pairs.filter_map(|(name, value)| Some((name.clone(), without_password(&text(value)?)))).collect()
}

fn note(source: &str, fields: Vec<(String, String)>) -> Option<Note> {
    (!fields.is_empty()).then(|| Note { source: source.to_owned(), fields })
}

/// The checkout that `folder` lies in (gitrepository-layout(5)).
fn checkout(folder: &Path) -> Option<Checkout> {
    let root = folder.ancestors().find(|folder| folder.join(".git").symlink_metadata().is_ok())?;
    let dot_git = root.join(".git");
    // A worktree or submodule has a file that says where the rest is.
    let own = match read(&dot_git) {
        Some(text) => root.join(text.strip_prefix("gitdir:")?.trim()),
        None => dot_git,
    };
    let shared = match read(&own.join("commondir")) {
        Some(text) => own.join(text.trim()),
        None => own.clone(),
    };
    let head = read(&own.join("HEAD"))?;
    let (branch, commit) = match head.trim().strip_prefix("ref:").map(str::trim) {
        Some(reference) => {
            let branch = reference.strip_prefix("refs/heads/").unwrap_or(reference);
            (Some(branch.to_owned()), resolve(&own, &shared, reference))
        }
        None => (None, hash(&head)),
    };
    let remote = read(&shared.join("config")).and_then(|config| remote(&config));
    Some(Checkout { root: root.to_owned(), branch, commit, remote })
}

fn resolve(own: &Path, shared: &Path, reference: &str) -> Option<String> {
    let is_plain = |part: &str| !part.is_empty() && part != "." && part != "..";
    if !reference.starts_with("refs/") || !reference.split('/').all(is_plain) {
        return None;
    }
    let loose = [own, shared].into_iter().find_map(|folder| hash(&read(&folder.join(reference))?));
    loose.or_else(|| {
        let packed = read(&shared.join("packed-refs"))?;
        let lines = packed.lines().filter_map(|line| line.split_once(' '));
        lines.into_iter().find(|(_, name)| *name == reference).and_then(|(commit, _)| hash(commit))
    })
}

/// A commit, SHA-1 or SHA-256.
fn hash(text: &str) -> Option<String> {
    let text = text.trim();
    (matches!(text.len(), 40 | 64) && text.bytes().all(|byte| byte.is_ascii_hexdigit()))
        .then(|| text.to_owned())
}

/// The address of the remote `origin` (git-config(1)).
fn remote(config: &str) -> Option<String> {
    let mut inside = false;
    for line in config.lines().map(str::trim) {
        if line.starts_with('[') {
            inside = line == "[remote \"origin\"]";
        } else if inside
            && let Some((name, value)) = line.split_once('=')
            && name.trim() == "url"
        {
            return Some(without_password(value.trim()));
        }
    }
    None
}

/// An address without user and password, which may be a token.
fn without_password(address: &str) -> String {
    let Some((scheme, rest)) = address.split_once("://") else { return address.to_owned() };
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, path) = rest.split_at(end);
    let host = authority.rsplit('@').next().unwrap_or_default();
    format!("{scheme}://{host}{path}")
}

/// The text of a small regular file.
fn read(path: &Path) -> Option<String> {
    if !path.metadata().ok()?.is_file() {
        return None;
    }
    let mut text = String::new();
    File::open(path).ok()?.take(LARGEST).read_to_string(&mut text).ok()?;
    Some(text)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    const COMMIT: &str = "0123456789abcdef0123456789abcdef01234567";

    fn write(root: &Path, name: &str, text: &str) {
        let path = root.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn config(root: &Path, folder: &str) {
        let text = "[core]\n\turl = no\n[remote \"origin\"]\n\turl = https://me:secret@host.example/a.git\n";
        write(root, &format!("{folder}/config"), text);
    }

    #[test]
    fn a_checkout_is_read_without_git() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path();
        write(root, ".git/HEAD", "ref: refs/heads/main\n");
        write(root, ".git/packed-refs", &format!("# pack-refs\n{COMMIT} refs/heads/main\n"));
        config(root, ".git");
        let found = checkout(&root.join("skills/a")).unwrap();
        let expected = Checkout {
            root: root.to_owned(),
            branch: Some("main".into()),
            commit: Some(COMMIT.into()),
            remote: Some("https://host.example/a.git".into()),
        };
        assert_eq!(found, expected);
        write(root, ".git/refs/heads/main", &"f".repeat(40));
        assert_eq!(checkout(root).unwrap().commit, Some("f".repeat(40)), "a loose reference is newer");
        write(root, ".git/HEAD", COMMIT);
        let detached = checkout(root).unwrap();
        assert_eq!((detached.branch, detached.commit), (None, Some(COMMIT.into())));
    }

    #[test]
    fn a_worktree_finds_its_repository() {
        let dir = tempfile::tempdir().unwrap();
        let root = dir.path();
        write(root, "tree/.git", "gitdir: ../main/.git/worktrees/tree\n");
        write(root, "main/.git/worktrees/tree/HEAD", "ref: refs/heads/side\n");
        write(root, "main/.git/worktrees/tree/commondir", "../..\n");
        write(root, "main/.git/refs/heads/side", COMMIT);
        config(root, "main/.git");
        let found = checkout(&root.join("tree/x")).unwrap();
        assert_eq!((found.branch.as_deref(), found.commit.as_deref()), (Some("side"), Some(COMMIT)));
        assert_eq!(found.remote.as_deref(), Some("https://host.example/a.git"));
    }

    #[test]
    fn a_reference_leads_nowhere_else() {
        let dir = tempfile::tempdir().unwrap();
        write(dir.path(), "secret", COMMIT);
        for reference in ["refs/../../secret", "/etc/passwd", "refs//x"] {
            write(dir.path(), ".git/HEAD", &format!("ref: {reference}\n"));
            assert_eq!(checkout(dir.path()).unwrap().commit, None, "{reference}");
        }
    }

    #[test]
    fn tokens_in_addresses_are_not_shown() {
        let cases = [
            ("https://u:p@h/x@y", "https://h/x@y"),
            ("ssh://git@h/x", "ssh://h/x"),
            ("git@h:x", "git@h:x"),
            ("../local", "../local"),
        ];
        for (address, expected) in cases {
            assert_eq!(without_password(address), expected);
        }
    }
}
