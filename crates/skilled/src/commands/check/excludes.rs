//! The user's own excludes file of git.

use std::fs::File;
use std::io::Read as _;
use std::path::{Path, PathBuf};

use crate::env;

/// Longest configuration of git that is read, in bytes.
const LONGEST: u64 = 1 << 20;

/// The file that `core.excludesFile` names, or where git looks without it (git-config(1), gitignore(5)).
pub(super) fn of_user() -> Option<PathBuf> {
    let folder = env::xdg("CONFIG", ".config").map(|config| config.join("git"));
    let home = env::home();
    // The one in the home folder wins.
    let files = [
        home.as_ref().map(|home| home.join(".gitconfig")),
        folder.as_ref().map(|folder| folder.join("config")),
    ];
    let mut texts = files.into_iter().flatten().filter_map(|file| text_of(&file));
    match texts.find_map(|text| excludes_file(&text)) {
        Some(written) => place(&written, home.as_deref()),
        None => folder.map(|folder| folder.join("ignore")),
    }
}

fn text_of(file: &Path) -> Option<String> {
    if !file.is_file() {
        return None;
    }
    let mut bytes = Vec::new();
    File::open(file).ok()?.take(LONGEST).read_to_end(&mut bytes).ok()?;
    Some(String::from_utf8_lossy(&bytes).into_owned())
}

/// The last value of `core.excludesFile`, as far as it is written on one line. Included files are not read.
fn excludes_file(text: &str) -> Option<String> {
    let mut in_core = false;
    let mut found = None;
    for line in text.lines().map(str::trim) {
        let mut rest = line;
        if let Some((section, after)) = line.strip_prefix('[').and_then(|line| line.split_once(']')) {
            in_core = section.trim().eq_ignore_ascii_case("core");
            rest = after.trim();
        }
        let Some((key, value)) = rest.split_once('=').filter(|_| in_core) else { continue };
        if key.trim().eq_ignore_ascii_case("excludesfile") {
            found = Some(unquoted(value.trim()));
        }
    }
    found
}

/// A value without quotes, escapes and comment.
fn unquoted(value: &str) -> String {
    let mut out = String::new();
    let mut is_quoted = false;
    let mut characters = value.chars();
    while let Some(c) = characters.next() {
        match c {
            '"' => is_quoted = !is_quoted,
            '\\' => out.extend(characters.next()),
            '#' | ';' if !is_quoted => break,
            _ => out.push(c),
        }
    }
    out.trim_end().to_owned()
}

/// Where a value leads to; nowhere when it is empty or not absolute.
fn place(written: &str, home: Option<&Path>) -> Option<PathBuf> {
    match written.strip_prefix("~/") {
        Some(below) => home.map(|home| home.join(below)),
        None => Some(PathBuf::from(written)).filter(|path| path.is_absolute()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_value_of_the_section_counts() {
        let cases = [
            ("[core]\n\texcludesFile = ~/a # mine\n", Some("~/a")),
            ("[CORE] ExcludesFile=\"/b c#\"\n[core]\neditor = x\n", Some("/b c#")),
            ("[core]\nexcludesfile = /a\nexcludesfile = /b\n", Some("/b")),
            ("[core]\nexcludesfile =\n", Some("")),
            ("[core \"x\"]\nexcludesfile = /a\n[user]\nexcludesfile = /a\n", None),
        ];
        for (text, expected) in cases {
            assert_eq!(excludes_file(text).as_deref(), expected, "{text}");
        }
    }

    #[test]
    fn a_value_is_below_the_home_or_absolute() {
        let home = Some(Path::new("/h"));
        assert_eq!(place("~/a", home), Some(PathBuf::from("/h/a")));
        assert_eq!(place("/a", home), Some(PathBuf::from("/a")));
        assert_eq!((place("", home), place("a", home), place("~/a", None)), (None, None, None));
    }
}
