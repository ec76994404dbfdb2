//! How results are set for people: at most 80 columns, without colour, and nothing of what is shown steers a terminal.

use std::path::Path;

use crate::view::escaped;

/// Columns of a line.
pub(crate) const WIDTH: usize = 80;

/// A path as it is shown.
pub(crate) fn path(path: &Path) -> String {
    escaped(&path.to_string_lossy())
}

/// A short text of somebody else in a sentence.
pub(crate) fn quoted(text: &str) -> String {
    format!("\"{}\"", cut(&escaped(text), 60))
}

/// A path as a word of a command that is offered: quoted where a shell would take it apart.
pub(crate) fn shell_word(path: &Path) -> String {
    let text = path.to_string_lossy();
    let plain =
        |c: char| c.is_ascii_alphanumeric() || matches!(c, '/' | '.' | '_' | '-' | '+' | '@' | '%' | ',');
    if !text.is_empty() && text.chars().all(plain) && !text.starts_with('-') {
        return text.into_owned();
    }
    if text.starts_with('-') && text.chars().all(plain) {
        return format!("./{text}");
    }
    format!("'{}'", escaped(&text).replace('\'', r"'\''"))
}

/// A size, exact below 1 KiB.
pub(crate) fn bytes(count: u64) -> String {
    const UNITS: [&str; 3] = ["KiB", "MiB", "GiB"];
    if count < 1024 {
        return format!("{count} B");
    }
    let mut size = count as f64 / 1024.0;
    let mut unit = 0;
    while size >= 1023.95 && unit + 1 < UNITS.len() {
        size /= 1024.0;
        unit += 1;
    }
    format!("{size:.1} {}", UNITS[unit])
}

/// A number with separators: `12,345`.
pub(crate) fn number(count: impl TryInto<u64>) -> String {
    let digits = count.try_into().unwrap_or(u64::MAX).to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A number of things: `1 file`, `2 files`.
pub(crate) fn count(number_of: usize, thing: &str) -> String {
    let plural = if number_of == 1 { "" } else { "s" };
    format!("{} {thing}{plural}", number(number_of as u64))
}

/// The beginning of a text that is longer than `longest` characters.
pub(crate) fn cut(text: &str, longest: usize) -> String {
    if text.chars().count() <= longest {
        return text.to_owned();
    }
    let mut shown: String = text.chars().take(longest.saturating_sub(1)).collect();
    shown.push('…');
    shown
}

/// Sets words in lines of at most 80 columns, the first after `first`, the others after as many spaces. A word that is
/// longer than a line is broken.
pub(crate) fn wrapped(first: &str, text: &str) -> String {
    let indent = first.chars().count();
    let room = WIDTH.saturating_sub(indent).max(20);
    let mut lines = vec![String::new()];
    for word in text.split_whitespace() {
        let characters: Vec<char> = word.chars().collect();
        for piece in characters.chunks(room) {
            let piece: String = piece.iter().collect();
            let line = lines.last().map_or(0, |line| line.chars().count());
            if line > 0 && line + 1 + piece.chars().count() > room {
                lines.push(String::new());
            }
            if let Some(line) = lines.last_mut() {
                if !line.is_empty() {
                    line.push(' ');
                }
                line.push_str(&piece);
            }
        }
    }
    let gap = format!("\n{}", " ".repeat(indent));
    format!("{first}{}", lines.join(&gap)).trim_end().to_owned() + "\n"
}

/// Commands to type, each with what it is for, in two columns where they fit.
pub(crate) fn commands<T: AsRef<str>>(steps: &[(String, T)]) -> String {
    let width = steps.iter().map(|(command, _)| command.chars().count()).max().unwrap_or_default();
    let fits = steps.iter().all(|(_, what)| 2 + width + 4 + what.as_ref().chars().count() <= WIDTH);
    let line = |(command, what): &(String, T)| {
        let what = what.as_ref();
        if fits {
            format!("  {command:<width$}  # {what}\n")
        } else {
            format!("  {command}\n      # {what}\n")
        }
    };
    steps.iter().map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_and_numbers_are_readable() {
        let sizes = [0, 1023, 1024, 1536, 1 << 20, 5 << 30].map(bytes);
        assert_eq!(sizes, ["0 B", "1023 B", "1.0 KiB", "1.5 KiB", "1.0 MiB", "5.0 GiB"]);
        assert_eq!([1_u64, 999, 1000, 1_234_567].map(number), ["1", "999", "1,000", "1,234,567"]);
        assert_eq!((count(1, "file"), count(1000, "file")), ("1 file".into(), "1,000 files".into()));
    }

    #[test]
    fn lines_have_at_most_80_columns() {
        let text = format!("{} {}", "word ".repeat(40), "x".repeat(200));
        let set = wrapped("  label  ", &text);
        assert!(set.lines().all(|line| line.chars().count() <= WIDTH), "{set}");
        assert!(set.lines().skip(1).all(|line| line.starts_with("         ")), "{set}");
        assert_eq!(set.split_whitespace().collect::<String>(), format!("label{}", text.replace(' ', "")));
    }

    #[test]
    fn offered_commands_can_be_typed() {
        let word = |text: &str| shell_word(Path::new(text));
        assert_eq!(
            [word("a/b-1"), word("a b"), word("it's"), word("-rf"), word("$(x)")],
            ["a/b-1", "'a b'", r"'it'\''s'", "./-rf", "'$(x)'"]
        );
        assert!(!word("a\u{1b}[2J").contains('\u{1b}'));
    }
}
