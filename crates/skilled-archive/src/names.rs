//! Which paths are accepted.

use std::collections::HashMap;
use std::collections::hash_map::Entry as Slot;

use unicode_normalization::UnicodeNormalization;

use crate::problem::{changes_direction, quoted};
use crate::{Code, Limits, Portability, Problem};

/// The paths of one archive, checked one by one and against each other.
#[derive(Debug)]
pub struct Names {
    limits: Limits,
    portability: Portability,
    /// By path as a system sees it that knows neither case nor the encoding of letters.
    taken: HashMap<String, Taken>,
}

/// What is at a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Occupies {
    /// A folder.
    Folder,
    /// A regular file.
    File,
    /// A symbolic link.
    Link,
}

#[derive(Debug)]
struct Taken {
    path: String,
    occupies: Occupies,
    /// Whether the archive has an entry for it, and it is not only implied by the path of another.
    explicit: bool,
}

impl Names {
    /// No paths yet.
    pub fn new(limits: &Limits, portability: Portability) -> Self {
        Self { limits: *limits, portability, taken: HashMap::new() }
    }

    /// Checks `path` and adds it with the folders that it implies.
    ///
    /// # Errors
    ///
    /// Everything that is wrong with the path by itself, or the first thing about it beside the paths before it.
    pub fn add(&mut self, path: &str, occupies: Occupies) -> Result<(), Vec<Problem>> {
        let problems = self.check(path);
        if !problems.is_empty() {
            return Err(problems);
        }
        let mut key = String::with_capacity(path.len());
        let mut end = 0;
        for component in path.split('/') {
            if end > 0 {
                key.push('/');
                end += 1;
            }
            end += component.len();
            match self.portability {
                Portability::Everywhere => key.push_str(&folded(component)),
                Portability::Linux => key.push_str(component),
            }
            let whole = end == path.len();
            let at = Taken {
                path: path[..end].to_owned(),
                occupies: if whole { occupies } else { Occupies::Folder },
                explicit: whole,
            };
            self.take(&key, at, path).map_err(|problem| vec![problem])?;
        }
        Ok(())
    }

    /// Whether there is a file at `path`.
    pub(crate) fn has_file(&self, path: &str) -> bool {
        let key = match self.portability {
            Portability::Everywhere => path.split('/').map(folded).collect::<Vec<_>>().join("/"),
            Portability::Linux => path.to_owned(),
        };
        self.taken.get(&key).is_some_and(|taken| taken.occupies == Occupies::File && taken.path == path)
    }

    /// Number of paths, with those that are implied.
    pub fn len(&self) -> usize {
        self.taken.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.taken.is_empty()
    }

    fn take(&mut self, key: &str, new: Taken, entry: &str) -> Result<(), Problem> {
        let full = self.taken.len() >= self.limits.entries;
        match self.taken.entry(key.to_owned()) {
            Slot::Vacant(_) if full => {
                let message = format!("there are more than {} files and folders", self.limits.entries);
                Err(Problem::archive(Code::TooManyEntries, message))
            }
            Slot::Vacant(slot) => {
                slot.insert(new);
                Ok(())
            }
            Slot::Occupied(mut slot) => {
                let old = slot.get_mut();
                if old.path != new.path {
                    let message = format!(
                        "{} and {} are one path on many systems",
                        quoted(&old.path),
                        quoted(&new.path)
                    );
                    return Err(Problem::entry(Code::NameCollision, entry, message));
                }
                if old.explicit && new.explicit {
                    return Err(Problem::entry(Code::NameDuplicate, entry, "the path occurs twice"));
                }
                if old.occupies != new.occupies {
                    let message = format!("{} is a folder and also something else", quoted(&new.path));
                    return Err(Problem::entry(Code::NameConflict, entry, message));
                }
                old.explicit |= new.explicit;
                Ok(())
            }
        }
    }

    /// Everything that is wrong with the path by itself.
    fn check(&self, path: &str) -> Vec<Problem> {
        let mut problems = Vec::new();
        let mut add = |code, message: String| problems.push(Problem::entry(code, path, message));
        if path.is_empty() {
            add(Code::NameEmpty, "the path is empty".to_owned());
            return problems;
        }
        if path.starts_with('/') {
            add(Code::NameEscapes, "the path is absolute".to_owned());
            return problems;
        }
        if path.len() > self.limits.path_bytes {
            let message =
                format!("the path has {} bytes; at most {} are allowed", path.len(), self.limits.path_bytes);
            add(Code::NameTooLong, message);
        }
        let depth = path.split('/').count();
        if depth > self.limits.depth {
            add(
                Code::NameTooDeep,
                format!("it lies {depth} levels deep; at most {} are allowed", self.limits.depth),
            );
        }
        if path.split('/').any(|component| component.len() > self.limits.component_bytes) {
            let message = format!("one component has more than {} bytes", self.limits.component_bytes);
            add(Code::NameTooLong, message);
        }
        if path.split('/').any(|component| component == "..") {
            add(Code::NameEscapes, "the path contains `..`".to_owned());
        }
        if path.split('/').any(|component| matches!(component, "" | ".")) {
            add(Code::NameNotPortable, "a component of the path is empty or `.`".to_owned());
        }
        match self.portability {
            Portability::Everywhere => {
                if let Some(message) = path.split('/').find_map(not_portable) {
                    add(Code::NameNotPortable, message);
                }
            }
            Portability::Linux => {
                if path.contains('\0') {
                    add(Code::NameNotPortable, "the name contains a NUL character".to_owned());
                }
            }
        }
        problems
    }
}

/// The path of an entry from its bytes, without components `.`; empty for the root itself. A `/` at the end is kept
/// off.
pub(crate) fn normalised(bytes: &[u8]) -> Result<String, Problem> {
    let text = std::str::from_utf8(bytes).map_err(|_| {
        let name = String::from_utf8_lossy(bytes);
        Problem::entry(Code::NameNotUtf8, &name, "the name is not UTF-8")
    })?;
    if text.is_empty() {
        return Err(Problem::entry(Code::NameEmpty, "", "the path is empty"));
    }
    let text = text.strip_suffix('/').filter(|rest| !rest.is_empty()).unwrap_or(text);
    if !text.split('/').any(|component| component == ".") {
        return Ok(text.to_owned());
    }
    let kept: Vec<&str> = text.split('/').filter(|component| *component != ".").collect();
    Ok(kept.join("/"))
}

/// What keeps one component from being used everywhere: the rules of Windows (Microsoft, "Naming Files, Paths, and
/// Namespaces"), and characters that deceive.
fn not_portable(component: &str) -> Option<String> {
    if let Some(c) = component.chars().find(|c| c.is_control()) {
        return Some(format!("the name contains the control character {}", c.escape_default()));
    }
    if let Some(c) = component.chars().find(|&c| changes_direction(c)) {
        return Some(format!("the name contains {}, which changes how it is shown", c.escape_default()));
    }
    if let Some(c) = component.chars().find(|c| r#"\:<>"|?*"#.contains(*c)) {
        let meaning = match c {
            '\\' => ", which separates folders on Windows",
            ':' => ", which names a drive or a stream on Windows",
            _ => ", which Windows does not allow",
        };
        return Some(format!("the name contains `{c}`{meaning}"));
    }
    if component != ".." && component.ends_with(['.', ' ']) {
        return Some("the name ends with a dot or a blank, which Windows removes".to_owned());
    }
    let compatible: String = component.nfkc().collect();
    if component != ".." && (compatible.contains(['/', '\\']) || compatible == "..") {
        return Some("the name contains a character that some systems take for `/`, `\\` or `..`".to_owned());
    }
    let stem = component.split('.').next().unwrap_or_default().trim_end();
    is_device(stem).then(|| format!("the name {stem} is a device on Windows"))
}

fn is_device(stem: &str) -> bool {
    let stem = stem.to_uppercase();
    let numbered = |prefix: &str| {
        stem.strip_prefix(prefix).is_some_and(|rest| {
            let mut chars = rest.chars();
            matches!((chars.next(), chars.next()), (Some('0'..='9' | '¹' | '²' | '³'), None))
        })
    };
    matches!(stem.as_str(), "CON" | "PRN" | "AUX" | "NUL" | "CONIN$" | "CONOUT$")
        || numbered("COM")
        || numbered("LPT")
}

/// The letters without case, encoding and characters that are not seen, so that names are equal that any system
/// takes for equal. Upper case comes first because it unites letters that have two lower-case forms.
fn folded(component: &str) -> String {
    let plain: String = component.nfkd().flat_map(char::to_uppercase).flat_map(char::to_lowercase).collect();
    plain
        .nfkc()
        .filter(|c| !matches!(c, '\u{ad}' | '\u{200b}'..='\u{200d}' | '\u{2060}' | '\u{feff}'))
        .collect()
}
