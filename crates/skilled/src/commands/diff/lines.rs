//! Changed lines of text files, and changed words of a sentence.

use std::time::Duration;

use similar::{ChangeTag, TextDiff, TextDiffConfig};
use skilled_audit::{Area, Change, Kind};

use super::{Pair, Side};

/// Largest file whose lines are compared, in bytes.
const LARGEST: u64 = 1 << 20;
/// After this time a comparison becomes coarse instead of exact.
const LONGEST: Duration = Duration::from_secs(2);
/// Unchanged lines around a change.
const AROUND: usize = 3;

/// The changed lines of a file.
pub(super) struct FileLines {
    /// The path in the later version, or in the earlier one when it is gone.
    pub(super) path: String,
    /// A unified diff, as written; nothing when one of the two is no text or too large.
    pub(super) unified: Option<String>,
}

/// The changed lines of every file that is new, gone or different.
pub(super) fn of_files(pair: &Pair) -> Vec<FileLines> {
    let changes = pair.comparison.changes.iter().filter(|change| change.area == Area::File);
    changes.filter_map(|change| of_file(pair, change)).collect()
}

fn of_file(pair: &Pair, change: &Change) -> Option<FileLines> {
    let (old, new) = match change.kind {
        Kind::Changed => (text(&pair.before, &change.item), text(&pair.after, &change.item)),
        Kind::Added => (Some(String::new()), text(&pair.after, &change.item)),
        Kind::Removed => (text(&pair.before, &change.item), Some(String::new())),
        Kind::Renamed | Kind::MadeExecutable | Kind::MadeInert => return None,
    };
    let unified = old.zip(new).map(|(old, new)| {
        let old_name =
            if change.kind == Kind::Added { "/dev/null".to_owned() } else { format!("a/{}", change.item) };
        let new_name =
            if change.kind == Kind::Removed { "/dev/null".to_owned() } else { format!("b/{}", change.item) };
        let diff = config().diff_lines(&old, &new);
        diff.unified_diff().context_radius(AROUND).header(&old_name, &new_name).to_string()
    });
    Some(FileLines { path: change.item.clone(), unified })
}

fn text(side: &Side, path: &str) -> Option<String> {
    let content = side.skill.folder.read(path, LARGEST).ok().filter(|content| !content.cut)?;
    String::from_utf8(content.bytes).ok().filter(|text| !text.contains('\0'))
}

/// Least share of words that two texts have in common for a difference word by word to be readable.
const ALIKE: f32 = 0.5;

/// A text with its changed words, `[-gone-]` and `{+new+}`; nothing when the two have little in common.
pub(super) fn words(before: &str, after: &str) -> Option<String> {
    let diff: TextDiff<'_, '_, str> = config().diff_words(before, after);
    if diff.ratio() < ALIKE {
        return None;
    }
    let mut marked = Marked::default();
    for change in diff.iter_all_changes() {
        let word = change.value();
        match change.tag() {
            ChangeTag::Delete => marked.gone.push_str(word),
            ChangeTag::Insert => marked.new.push_str(word),
            // A space between two changed words belongs to the change.
            ChangeTag::Equal if marked.is_open() && word.trim().is_empty() => {
                marked.gone.push_str(word);
                marked.new.push_str(word);
            }
            ChangeTag::Equal => {
                marked.close();
                marked.text.push_str(word);
            }
        }
    }
    marked.close();
    Some(marked.text)
}

/// Text so far, and the change that is not yet at its end.
#[derive(Default)]
struct Marked {
    text: String,
    gone: String,
    new: String,
}

impl Marked {
    fn is_open(&self) -> bool {
        !self.gone.is_empty() || !self.new.is_empty()
    }

    fn close(&mut self) {
        let (gone, new) = (std::mem::take(&mut self.gone), std::mem::take(&mut self.new));
        let (gone_words, new_words) = (gone.trim_end(), new.trim_end());
        if !gone_words.is_empty() {
            self.text.extend(["[-", gone_words, "-]"]);
        }
        if !new_words.is_empty() {
            self.text.extend(["{+", new_words, "+}"]);
        }
        // The space before what follows.
        let space =
            if new_words.len() < new.len() { &new[new_words.len()..] } else { &gone[gone_words.len()..] };
        self.text.push_str(space);
    }
}

fn config() -> TextDiffConfig {
    let mut config = TextDiff::configure();
    config.timeout(LONGEST);
    config
}

#[cfg(test)]
mod tests {
    use super::words;

    #[test]
    fn changed_words_are_marked() {
        let marked =
            words("Fill forms. Use when the user asks.", "Fill PDF forms. Use when the user so says.");
        assert_eq!(marked.as_deref(), Some("Fill {+PDF+} forms. Use when the user [-asks.-]{+so says.+}"));
        assert_eq!(words("same", "same").as_deref(), Some("same"));
        assert_eq!(words("one two three", "four five six"), None);
    }
}
