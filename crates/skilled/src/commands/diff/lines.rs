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

/// A text with its changed words: `[-gone-]` and `{+new+}`.
pub(super) fn words(before: &str, after: &str) -> String {
    let diff: TextDiff<'_, '_, str> = config().diff_words(before, after);
    let mut set = String::new();
    let mut open = ChangeTag::Equal;
    let (begins, ends) = (|tag| mark(tag, "[-", "{+"), |tag| mark(tag, "-]", "+}"));
    for change in diff.iter_all_changes() {
        if change.tag() != open {
            set.push_str(ends(open));
            open = change.tag();
            set.push_str(begins(open));
        }
        set.push_str(change.value());
    }
    set.push_str(ends(open));
    set
}

fn mark(tag: ChangeTag, gone: &'static str, new: &'static str) -> &'static str {
    match tag {
        ChangeTag::Equal => "",
        ChangeTag::Delete => gone,
        ChangeTag::Insert => new,
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
        let marked = words("Fill forms. Use when asked.", "Fill PDF forms. Use when told.");
        assert_eq!(marked, "Fill {+PDF +}forms. Use when [-asked.-]{+told.+}");
        assert_eq!(words("same", "same"), "same");
    }
}
