//! Names of files that a stranger chose, made harmless.

/// The longest name in bytes, on common file systems.
const LONGEST: usize = 255;
/// Room for a number.
const ROOM: usize = 10;
/// Longer endings are no extensions.
const LONGEST_EXTENSION: usize = 16;
/// Names that are devices elsewhere, with any extension.
const DEVICES: [&str; 4] = ["con", "prn", "aux", "nul"];

/// A name for a file that does no harm wherever it is saved: no folders, no hidden file, none of the characters that file
/// systems, shells' globs or terminals take for something else, no device of another system, at most 245 bytes. A name
/// that is ordinary stays as it is.
///
/// ```
/// use skilled_client::safe_name;
///
/// assert_eq!(safe_name("Umsätze 2026 (final).xlsx"), "Umsätze 2026 (final).xlsx");
/// assert_eq!(safe_name("../../etc/passwd"), "passwd");
/// assert_eq!(safe_name(".bashrc"), "_bashrc");
/// assert_eq!(safe_name("a:b?.txt"), "a_b_.txt");
/// ```
pub fn safe_name(name: &str) -> String {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let safe: String = last.chars().map(|c| if is_harmful(c) { '_' } else { c }).collect();
    // Some systems drop dots and spaces at the end, which makes it another name.
    let safe = safe.trim_start().trim_end_matches(['.', ' ']);
    let safe = match safe.strip_prefix('.') {
        Some(rest) => format!("_{rest}"),
        None if is_device(safe) => format!("_{safe}"),
        None => safe.to_owned(),
    };
    if safe.is_empty() { "file".to_owned() } else { shortened(&safe) }
}

/// `name` the first time, then `name (2)`, before the extension.
pub(crate) fn numbered(name: &str, number: u32) -> String {
    if number == 1 {
        return name.to_owned();
    }
    let (stem, extension) = split(name);
    format!("{stem} ({number}){extension}")
}

fn is_harmful(c: char) -> bool {
    let formatting = matches!(c,
        '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}');
    c.is_control()
        || formatting
        || matches!(c, '<' | '>' | ':' | '"' | '|' | '?' | '*' | char::REPLACEMENT_CHARACTER)
}

fn is_device(name: &str) -> bool {
    let stem = name.split('.').next().unwrap_or_default().trim_end().to_ascii_lowercase();
    let port = stem.strip_prefix("com").or_else(|| stem.strip_prefix("lpt"));
    DEVICES.contains(&stem.as_str())
        || port.is_some_and(|number| number.chars().count() == 1 && number.chars().all(char::is_numeric))
}

/// The name before its extension, and the extension with its dot.
fn split(name: &str) -> (&str, &str) {
    match name.rfind('.') {
        Some(at) if at > 0 && name.len() - at <= LONGEST_EXTENSION => name.split_at(at),
        _ => (name, ""),
    }
}

/// The name with room for a number.
fn shortened(name: &str) -> String {
    let (stem, extension) = split(name);
    let mut most = LONGEST - ROOM - extension.len();
    if stem.len() <= most {
        return name.to_owned();
    }
    while !stem.is_char_boundary(most) {
        most -= 1;
    }
    format!("{}{extension}", stem[..most].trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_made_harmless() {
        for (given, safe) in [
            ("report.xlsx", "report.xlsx"),
            ("日本語.pdf", "日本語.pdf"),
            ("", "file"),
            ("..", "file"),
            (".", "file"),
            ("a/", "file"),
            (r"C:\Windows\x.dll", "x.dll"),
            ("/etc/cron.d/x", "x"),
            ("  x .txt. ", "x .txt"),
            ("a\n\u{1b}[2J.txt", "a__[2J.txt"),
            ("gpj\u{202e}exe.txt", "gpj_exe.txt"),
            ("CON", "_CON"),
            ("nul.txt", "_nul.txt"),
            ("com1", "_com1"),
            ("console.log", "console.log"),
            ("com10", "com10"),
            ("a/...", "file"),
        ] {
            assert_eq!(safe_name(given), safe, "{given:?}");
        }
    }

    #[test]
    fn long_names_keep_their_extension_and_leave_room_for_a_number() {
        let name = safe_name(&format!("{}.tar.gz", "é".repeat(300)));
        assert!(split(&name).1 == ".gz" && name.len() <= 245 && name.starts_with("éé"), "{name}");
        assert!(numbered(&name, 10_000).len() <= 255);
        let odd = safe_name(&format!("a.{}", "x".repeat(300)));
        assert_eq!(odd.len(), 245);
    }

    #[test]
    fn numbers_come_before_the_extension() {
        let named = |name: &str| numbered(name, 2);
        assert_eq!([named("a.xlsx"), named("a"), named(".a")], ["a (2).xlsx", "a (2)", ".a (2)"]);
        assert_eq!(numbered("a.xlsx", 1), "a.xlsx");
    }
}
