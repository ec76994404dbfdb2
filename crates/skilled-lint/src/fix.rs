//! Repairs, worked out and written.

mod write;

use std::collections::{BTreeMap, BTreeSet};

use skilled_format::{Folder, ListedKind, SKILL_FILE, read_skill};

pub use self::write::{ApplyError, apply};
use crate::check::check_with;
use crate::front::says_the_same;
use crate::material::Overrides;
use crate::{Checked, Edit, Finding, Fix, Settings};

/// Most rounds: a repair can make room for another one at the same place.
const MAX_ROUNDS: usize = 5;

/// What the repairs make of one file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileFix {
    /// Relative to the skill folder, with `/` between components.
    pub file: String,
    /// What is in the file.
    pub before: String,
    /// What should be.
    pub after: String,
    /// Those who may read the file may execute it.
    pub make_executable: bool,
    /// Codes of the findings that are repaired, each once.
    pub codes: Vec<&'static str>,
}

/// Works out what the repairs of the findings would make of the files, without writing anything.
///
/// Only findings that are in `checked` are repaired: those that settings or comments turned off are not. Where two repairs
/// overlap the first is done, and the file is checked again, at most five times. What a repair of SKILL.md would change of
/// the skill beyond its name is not done.
pub fn fix(folder: &Folder, checked: &Checked) -> Vec<FileFix> {
    let repairable = |finding: &&Finding| finding.fix.is_some();
    let wanted: BTreeSet<(&str, &str)> = checked
        .findings
        .iter()
        .filter(repairable)
        .map(|finding| (finding.file.as_str(), finding.rule.code))
        .collect();
    let mut files: BTreeMap<String, FileFix> = BTreeMap::new();
    let mut findings = checked.findings.clone();
    for _ in 0..MAX_ROUNDS {
        findings.retain(|finding| wanted.contains(&(finding.file.as_str(), finding.rule.code)));
        if !round(folder, &findings, &mut files) {
            break;
        }
        let changed: Overrides = files.values().map(|file| (file.file.clone(), file.after.clone())).collect();
        findings = check_with(folder, &Settings::default(), &changed).findings;
    }
    // SKILL.md may be a link to another file of the skill: its repair is that of the file, which cannot be done twice.
    if files.contains_key(SKILL_FILE)
        && let Some(ListedKind::Link { target, .. }) = folder.get(SKILL_FILE).map(|listed| &listed.kind)
    {
        files.remove(target.trim_start_matches("./"));
    }
    files.into_values().filter(|file| file.make_executable || file.after != file.before).collect()
}

/// Does what can be done at once; whether any text changed.
fn round(folder: &Folder, findings: &[Finding], files: &mut BTreeMap<String, FileFix>) -> bool {
    let mut by_file: BTreeMap<&str, Vec<&Finding>> = BTreeMap::new();
    for finding in findings.iter().filter(|finding| finding.fix.is_some()) {
        by_file.entry(&finding.file).or_default().push(finding);
    }
    let mut any_changed = false;
    for (path, findings) in by_file {
        if !files.contains_key(path) {
            let Some(before) = text_of(folder, path) else { continue };
            let after = before.clone();
            let fresh =
                FileFix { file: path.to_owned(), before, after, make_executable: false, codes: Vec::new() };
            files.insert(path.to_owned(), fresh);
        }
        if let Some(file) = files.get_mut(path) {
            any_changed |= repair(folder, file, &findings);
        }
    }
    any_changed
}

/// The whole text of a file, as the check read it.
fn text_of(folder: &Folder, path: &str) -> Option<String> {
    const MAX: u64 = 1 << 20;
    let bytes = if path == SKILL_FILE {
        folder.skill_file().ok()?
    } else {
        let content = folder.read(path, MAX).ok()?;
        if content.cut {
            return None;
        }
        content.bytes
    };
    String::from_utf8(bytes).ok()
}

/// Repairs one file as far as the repairs do not overlap; whether its text changed.
fn repair(folder: &Folder, file: &mut FileFix, findings: &[&Finding]) -> bool {
    let mut edits: Vec<&Edit> = Vec::new();
    let mut codes = Vec::new();
    for finding in findings {
        match &finding.fix {
            Some(Fix::MakeExecutable) => {
                file.make_executable = true;
                codes.push(finding.rule.code);
            }
            Some(Fix::Edit(wanted)) => {
                let chosen = merged(&edits, wanted);
                if let Some(chosen) = chosen {
                    edits = chosen;
                    codes.push(finding.rule.code);
                }
            }
            None => {}
        }
    }
    let after = applied(&file.after, &edits);
    let is_safe = file.file != SKILL_FILE || keeps_skill(folder, &file.before, &after);
    if !is_safe {
        return false;
    }
    for code in codes {
        if !file.codes.contains(&code) {
            file.codes.push(code);
        }
    }
    let changed = after != file.after;
    file.after = after;
    changed
}

/// Both lists of edits in the order of the file; `None` when they overlap.
fn merged<'a>(chosen: &[&'a Edit], wanted: &'a [Edit]) -> Option<Vec<&'a Edit>> {
    let mut all: Vec<&Edit> = chosen.iter().copied().chain(wanted).collect();
    all.sort_by_key(|edit| (edit.span.start, edit.span.end));
    // Two insertions at one place overlap as well: their order would be arbitrary.
    let overlap = all.windows(2).any(|pair| {
        pair[0].span.end > pair[1].span.start || (pair[0].span == pair[1].span && pair[0].span.is_empty())
    });
    (!overlap).then_some(all)
}

fn applied(text: &str, edits: &[&Edit]) -> String {
    let mut after = String::with_capacity(text.len());
    let mut at = 0;
    for edit in edits {
        // An edit outside the text or inside a character cannot come from a check of this text.
        let Some(kept) = text.get(at..edit.span.start) else { continue };
        after.push_str(kept);
        after.push_str(&edit.replacement);
        at = edit.span.end;
    }
    after.push_str(text.get(at..).unwrap_or_default());
    after
}

/// Whether a SKILL.md that loads still does, and says the same but for its name.
fn keeps_skill(folder: &Folder, before: &str, after: &str) -> bool {
    let read = |text: &str| read_skill(text.as_bytes(), folder.name()).skill;
    match (read(before), read(after)) {
        (None, _) => true,
        (Some(_), None) => false,
        (Some(before), Some(after)) => {
            let shown = |skill: &skilled_format::Skill| {
                let mut skill = skill.clone();
                // Line ends may change within a value that goes over several lines.
                skill.description = skill.description.replace('\r', "");
                skill
            };
            says_the_same(&shown(&before), &shown(&after))
        }
    }
}
