//! One spelling for what looks the same.

/// Lower case, one space between words, without emphasis, quotes of one kind; letters that only look Latin become Latin in
/// words that have Latin letters, and characters nobody sees are dropped. Patterns see this, findings point to the text as it
/// is.
pub(super) fn normal(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for word in text.split_whitespace() {
        let mixed = word.bytes().any(|byte| byte.is_ascii_alphabetic());
        let start = out.len();
        if start > 0 {
            out.push(' ');
        }
        let before = out.len();
        for c in word.chars() {
            match c {
                '*' | '`' => {}
                _ if invisible(c) => {}
                '\u{2018}' | '\u{2019}' => out.push('\''),
                '\u{201c}' | '\u{201d}' => out.push('"'),
                '\u{2010}'..='\u{2013}' => out.push('-'),
                // A word of another alphabet is one.
                _ if mixed || ('\u{ff01}'..='\u{ff5e}').contains(&c) => out.extend(latin(c).to_lowercase()),
                _ => out.extend(c.to_lowercase()),
            }
        }
        if out.len() == before {
            out.truncate(start);
        }
    }
    out
}

/// Whether a character leaves no trace on a screen. The joiner of emoji and of some scripts is one of them.
pub(super) fn invisible(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}'
        | '\u{180e}' | '\u{fe00}'..='\u{fe0f}' | '\u{e0000}'..='\u{e01ef}')
}

/// The Latin letter that `c` looks like, or `c`.
pub(super) fn latin(c: char) -> char {
    match c {
        'а' => 'a',
        'А' | 'Α' => 'A',
        'е' | 'ҽ' => 'e',
        'Е' | 'Ε' => 'E',
        'о' | 'ο' => 'o',
        'О' | 'Ο' => 'O',
        'р' | 'ρ' => 'p',
        'Р' | 'Ρ' => 'P',
        'с' | 'ϲ' => 'c',
        'С' | 'Ϲ' => 'C',
        'х' | 'χ' => 'x',
        'Х' | 'Χ' => 'X',
        'у' => 'y',
        'У' | 'Υ' => 'Y',
        'і' | 'ι' => 'i',
        'І' | 'Ι' => 'I',
        'ј' => 'j',
        'ѕ' => 's',
        'ԁ' => 'd',
        'һ' => 'h',
        'к' | 'κ' => 'k',
        'К' | 'Κ' => 'K',
        'М' | 'Μ' => 'M',
        'Т' | 'Τ' => 'T',
        'В' | 'Β' => 'B',
        'Н' | 'Η' => 'H',
        'ν' => 'v',
        'ԛ' => 'q',
        'ԝ' => 'w',
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(c as u32 - 0xfee0).unwrap_or(c),
        _ => c,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_looks_the_same_is_spelt_the_same() {
        assert_eq!(normal("  **Ignоre**\u{200b}\n\tALL “ｒules” "), "ignore all \"rules\"");
        assert_eq!(normal("忽略 之前"), "忽略 之前");
        assert_eq!(normal("Не говори *никому*"), "не говори никому");
        assert_eq!(normal(" ** a "), "a");
    }
}
