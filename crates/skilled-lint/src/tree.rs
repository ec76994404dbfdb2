//! Rules about the files of a skill: names, sizes, and what should not be there.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use aho_corasick::AhoCorasick;
use rustix::fs::AtFlags;
use rustix::io::Errno;
use skilled_format::{Folder, Listed, ListedKind, SKILL_FILE};
use unicode_normalization::{UnicodeNormalization, is_nfc};

use crate::material::{Material, Text};
use crate::rules;
use crate::sink::{Draft, Sink};

/// What hosted services take.
const MAX_UPLOAD: u64 = 30_000_000;
const MAX_FILES: usize = 200;
/// Bytes of a name in the oldest form of tar.
const MAX_TAR_PATH: usize = 100;

pub(crate) fn check(material: &Material<'_>, sink: &mut Sink<'_>) {
    let files = material.folder.files();
    check_debris(files, sink);
    check_sizes(files, sink);
    check_folder_name(material.folder.name(), sink);
    // Alone in its folder, SKILL.md collides with nothing.
    if files.len() > 1 {
        check_names(files, sink);
        check_collisions(files, sink);
        check_nested(files, sink);
        check_links(material.folder, sink);
        check_mentions(material, sink);
    }
}

/// Whether a path lies in what a tool left behind, or is that.
pub(crate) fn is_debris(path: &str) -> bool {
    path.split('/').any(is_debris_name)
}

fn is_debris_name(name: &str) -> bool {
    const NAMES: [&str; 20] = [
        ".DS_Store",
        ".git",
        ".hg",
        ".idea",
        ".ipynb_checkpoints",
        ".jj",
        ".mypy_cache",
        ".nox",
        ".pytest_cache",
        ".ruff_cache",
        ".svn",
        ".tox",
        ".venv",
        "Thumbs.db",
        "__MACOSX",
        "__pycache__",
        "desktop.ini",
        "node_modules",
        "npm-debug.log",
        "venv",
    ];
    const ENDINGS: [&str; 5] = [".pyc", ".pyo", ".swp", ".orig", "~"];
    NAMES.contains(&name) || ENDINGS.iter().any(|ending| name.len() > ending.len() && name.ends_with(ending))
}

fn check_debris(files: &[Listed], sink: &mut Sink<'_>) {
    let mut within: Option<&str> = None;
    for listed in files {
        let path = listed.path.as_str();
        if within.is_some_and(|folder| path.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'))) {
            continue;
        }
        let name = path.rsplit('/').next().unwrap_or_default();
        if is_debris_name(name) {
            let message = format!("`{path}` was left behind by a tool");
            sink.push(Draft::whole(&rules::DEBRIS, path, message));
            within = Some(path);
        }
    }
}

fn check_sizes(files: &[Listed], sink: &mut Sink<'_>) {
    let sizes = files.iter().filter_map(|listed| match listed.kind {
        ListedKind::File { size, .. } if !is_debris(&listed.path) => Some(size),
        ListedKind::File { .. } | ListedKind::Directory | ListedKind::Link { .. } => None,
    });
    let (count, total) =
        sizes.fold((0, 0_u64), |(count, total), size| (count + 1, total.saturating_add(size)));
    if total >= MAX_UPLOAD {
        let message =
            format!("the files have {} MB together; hosted services take less than 30", total / 1_000_000);
        sink.push(Draft::whole(&rules::UPLOAD_TOO_LARGE, SKILL_FILE, message));
    }
    if count > MAX_FILES {
        let message =
            format!("the skill has {count} files; services that manage skills take at most {MAX_FILES}");
        sink.push(Draft::whole(&rules::MANY_FILES, SKILL_FILE, message));
    }
}

fn check_folder_name(name: &str, sink: &mut Sink<'_>) {
    if let Some(reason) = windows_refuses(name) {
        let draft = Draft::whole(
            &rules::WINDOWS_NAME,
            SKILL_FILE,
            format!("the folder of the skill, `{name}`, {reason}"),
        );
        sink.push(draft.with_help("Rename the folder, and the field `name` with it."));
    }
}

fn check_names(files: &[Listed], sink: &mut Sink<'_>) {
    for Listed { path, .. } in files.iter().filter(|listed| !is_debris(&listed.path)) {
        let name = path.rsplit('/').next().unwrap_or_default();
        if let Some(reason) = windows_refuses(name) {
            sink.push(Draft::whole(&rules::WINDOWS_NAME, path, format!("`{path}` {reason}")));
        }
        if !is_nfc(name) {
            let message = format!("`{path}` is not in Unicode normal form C");
            sink.push(Draft::whole(&rules::PATH_NOT_NFC, path, message));
        }
        if path.len() > MAX_TAR_PATH {
            let message =
                format!("the path has {} bytes; some tools take at most {MAX_TAR_PATH}", path.len());
            sink.push(Draft::whole(&rules::LONG_PATH, path, message));
        }
    }
}

/// Returns why a name is impossible on Windows (Microsoft, "Naming Files, Paths, and Namespaces"): what it does there.
pub fn windows_refuses(name: &str) -> Option<String> {
    const DEVICES: [&str; 6] = ["aux", "con", "nul", "prn", "conin$", "conout$"];
    let stem = name.split('.').next().unwrap_or_default().trim_end().to_ascii_lowercase();
    let number = stem.strip_prefix("com").or_else(|| stem.strip_prefix("lpt"));
    let is_port =
        number.is_some_and(|number| matches!(number, "1" | "2" | "3" | "4" | "5" | "6" | "7" | "8" | "9"));
    if DEVICES.contains(&stem.as_str()) || is_port {
        return Some(format!("has a name that Windows reserves, {stem:?}"));
    }
    let refused = |c: char| matches!(c, '<' | '>' | ':' | '"' | '|' | '?' | '*' | '\\') || c < ' ';
    if let Some(c) = name.chars().find(|c| refused(*c)) {
        return Some(format!("contains {c:?}, which Windows does not allow"));
    }
    name.ends_with(['.', ' ']).then(|| "ends with a dot or a space, which Windows drops".to_owned())
}

fn check_collisions(files: &[Listed], sink: &mut Sink<'_>) {
    let mut seen: HashMap<String, &str> = HashMap::with_capacity(files.len());
    for Listed { path, .. } in files {
        let key: String = path.nfc().flat_map(char::to_lowercase).collect();
        if let Some(first) = seen.get(&key) {
            let message = format!("`{path}` and `{first}` are one path on macOS and Windows");
            sink.push(Draft::whole(&rules::PATH_COLLISION, path, message));
        } else {
            seen.insert(key, path);
        }
    }
}

fn check_nested(files: &[Listed], sink: &mut Sink<'_>) {
    for Listed { path, .. } in files {
        if path.ends_with("/SKILL.md") && !is_debris(path) {
            let message = format!("`{path}` makes its folder a skill inside this one");
            sink.push(Draft::whole(&rules::NESTED_SKILL, path, message));
        }
    }
}

/// Links out of the folder are those of `skilled-format`.
fn check_links(folder: &Folder, sink: &mut Sink<'_>) {
    for Listed { path, kind } in folder.files().iter().filter(|listed| !is_debris(&listed.path)) {
        let ListedKind::Link { target, escapes: false } = kind else { continue };
        let found = rustix::fs::statat(folder.handle(), path.as_str(), AtFlags::empty());
        if matches!(found, Err(Errno::NOENT | Errno::NOTDIR | Errno::LOOP)) {
            let message = format!("the link leads to `{target}`, where nothing is");
            sink.push(Draft::whole(&rules::LINK_DANGLING, path, message));
        }
    }
}

/// References and scripts that no text names, by file name; a script also by its name without the ending.
fn check_mentions(material: &Material<'_>, sink: &mut Sink<'_>) {
    let candidates: Vec<Candidate<'_>> = material.folder.files().iter().filter_map(Candidate::new).collect();
    if candidates.is_empty() || !material.is_complete {
        return;
    }
    // Many files share a folder, and each occurrence of a word is looked at once.
    let mut owners: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for candidate in &candidates {
        for word in candidate.words() {
            owners.entry(word).or_default().push(candidate.path);
        }
    }
    // Fails only for patterns of gigabytes, and then nothing is said.
    let Ok(search) = AhoCorasick::new(owners.keys()) else { return };
    let owners: Vec<(&str, Vec<&str>)> = owners.into_iter().collect();
    let named = named_in(&material.texts, &search, &owners);
    for candidate in &candidates {
        if !candidate.words().iter().any(|word| named.contains(word)) {
            let message = format!("`{}` is mentioned nowhere in the skill", candidate.path);
            sink.push(Draft::whole(&rules::UNMENTIONED_FILE, candidate.path, message));
        }
    }
}

/// The words that occur in a text other than that of the only file they stand for.
fn named_in<'a>(texts: &[Text], search: &AhoCorasick, owners: &[(&'a str, Vec<&str>)]) -> BTreeSet<&'a str> {
    /// Names that contain each other match at every place; so many matches are no text.
    const MAX_MATCHES: usize = 4_000_000;
    let mut named = BTreeSet::new();
    let found =
        texts.iter().flat_map(|text| search.find_overlapping_iter(&text.content).map(move |at| (text, at)));
    for (count, (text, found)) in found.enumerate() {
        if count == MAX_MATCHES {
            return owners.iter().map(|(word, _)| *word).collect();
        }
        let Some((word, files)) = owners.get(found.pattern().as_usize()) else { continue };
        if files.as_slice() != [text.path.as_str()] {
            named.insert(*word);
        }
    }
    named
}

/// Words of each candidate.
const WORDS: usize = 2;

/// A file that somebody should mention.
struct Candidate<'a> {
    path: &'a str,
    name: &'a str,
    /// The name without its ending, or the folder it lies in with a `/`, whichever may stand for it.
    other: &'a str,
}

impl<'a> Candidate<'a> {
    fn new(listed: &'a Listed) -> Option<Self> {
        let path = listed.path.as_str();
        let (top, rest) = path.split_once('/')?;
        let is_script = top == "scripts";
        if !matches!(listed.kind, ListedKind::File { .. })
            || !(is_script || top == "references")
            || is_debris(path)
        {
            return None;
        }
        let name = rest.rsplit('/').next()?;
        let is_usual =
            matches!(name, "__init__.py" | "requirements.txt" | "package.json" | "package-lock.json")
                || name.starts_with(['.', '_'])
                || name.to_ascii_lowercase().starts_with("readme")
                || name.to_ascii_lowercase().starts_with("license")
                || name.contains("test");
        let stem = name.split('.').next().unwrap_or(name);
        // `references/` alone may stand for all files in it.
        let folder = &path[..path.len() - name.len()];
        let other = if is_script && stem.len() >= 3 { stem } else { folder };
        (!is_usual).then_some(Self { path, name, other })
    }

    fn words(&self) -> [&'a str; WORDS] {
        [self.name, self.other]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_windows_refuses() {
        for name in ["aux", "CON.txt", "com1.md", "a:b", "what?", "end.", "nul "] {
            assert!(windows_refuses(name).is_some(), "{name}");
        }
        for name in ["auxiliary", "com10", "a.b", "über.md", ".hidden"] {
            assert_eq!(windows_refuses(name), None, "{name}");
        }
    }

    #[test]
    fn debris_is_known_by_any_part_of_its_path() {
        let debris = ["a/__pycache__/b.pyc", "node_modules", "x/.DS_Store", "b~"];
        assert!(debris.iter().all(|path| is_debris(path)));
        assert!(!["pycache.md", "scripts/venv.py", ".gitignore", "~"].iter().any(|path| is_debris(path)));
    }
}
