//! Lists of tools such as `Bash(git *) Read`.

/// Items of a list written as one text.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct List {
    pub(super) items: Vec<String>,
    pub(super) has_commas: bool,
}

/// Splits at white space and commas outside parentheses.
pub(super) fn split(text: &str) -> List {
    let mut items = Vec::new();
    let mut item = String::new();
    let mut depth = 0_usize;
    let mut has_commas = false;
    for c in text.chars() {
        match c {
            '(' => depth += 1,
            ')' => depth = depth.saturating_sub(1),
            _ => {}
        }
        let separates = depth == 0 && (c == ',' || c.is_whitespace());
        has_commas |= separates && c == ',';
        if !separates {
            item.push(c);
        } else if !item.is_empty() {
            items.push(std::mem::take(&mut item));
        }
    }
    if !item.is_empty() {
        items.push(item);
    }
    List { items, has_commas }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn items(text: &str) -> Vec<String> {
        split(text).items
    }

    #[test]
    fn spaces_and_commas_separate() {
        assert_eq!(items("Read Grep"), ["Read", "Grep"]);
        assert_eq!(items("Read, Grep,Bash"), ["Read", "Grep", "Bash"]);
        assert!(split("a, b").has_commas);
        assert!(!split("Bash(a, b)").has_commas);
    }

    #[test]
    fn parentheses_hold_together() {
        assert_eq!(items("Bash(git *) Bash(jq:*) Read"), ["Bash(git *)", "Bash(jq:*)", "Read"]);
        assert_eq!(items("Bash(git (a) b"), ["Bash(git (a) b"]);
        assert_eq!(items(" ) a"), [")", "a"]);
    }
}
