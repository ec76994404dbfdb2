//! Characters that steer a terminal, reorder text or hide in it, made visible.

use std::borrow::Cow;

/// Returns `text` with every character escaped that is a control, changes the direction of text or shows nothing:
/// `\u{202e}`. Line breaks and tabs are controls too. The result is harmless on a terminal, and on one line.
pub fn visible(text: &str) -> Cow<'_, str> {
    if !text.chars().any(is_hidden) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        if is_hidden(c) {
            out.extend(c.escape_default());
        } else {
            out.push(c);
        }
    }
    Cow::Owned(out)
}

/// Whether a character is a control, a format character (Unicode categories Cc and Cf), a separator of lines, or one of
/// those that show nothing although they are letters or marks (`Default_Ignorable_Code_Point` of the Unicode Character
/// Database). The selectors of text and emoji style (U+FE0E, U+FE0F) are left alone: honest text is full of them.
pub(crate) fn is_hidden(c: char) -> bool {
    if c.is_ascii() {
        return c.is_ascii_control();
    }
    c.is_control()
        || matches!(
            c,
            '\u{ad}'
                | '\u{34f}'
                | '\u{600}'..='\u{605}'
                | '\u{61c}'
                | '\u{6dd}'
                | '\u{70f}'
                | '\u{890}'..='\u{891}'
                | '\u{8e2}'
                | '\u{115f}'..='\u{1160}'
                | '\u{17b4}'..='\u{17b5}'
                | '\u{180b}'..='\u{180f}'
                | '\u{200b}'..='\u{200f}'
                | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}'
                | '\u{3164}'
                | '\u{fe00}'..='\u{fe0d}'
                | '\u{feff}'
                | '\u{ffa0}'
                | '\u{fff0}'..='\u{fffb}'
                | '\u{110bd}'
                | '\u{110cd}'
                | '\u{13430}'..='\u{1343f}'
                | '\u{1bca0}'..='\u{1bca3}'
                | '\u{1d173}'..='\u{1d17a}'
                | '\u{e0000}'..='\u{e0fff}'
        )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_hides_is_shown_and_what_does_not_is_left() {
        assert_eq!(visible("a\nb\x1b[2J\u{202e}c\u{e0041}"), "a\\nb\\u{1b}[2J\\u{202e}c\\u{e0041}");
        for honest in ["naïve 你好 ⚠\u{fe0f}", "e\u{301}", "a b"] {
            assert!(matches!(visible(honest), Cow::Borrowed(same) if same == honest), "{honest}");
        }
    }
}
