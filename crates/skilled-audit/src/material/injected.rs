//! Commands in prose that a client runs before the model sees the text.

use crate::pattern::{Found, Pattern};

static INJECTED: Pattern = Pattern::new(r"(?m)(?:^|\s)!`([^`\n]{1,500})`|(?s)```!\s*\n(.{1,4000}?)```");

/// The commands of a text, in its order.
pub(crate) fn injected_commands(text: &str) -> impl Iterator<Item = Found<'_>> {
    INJECTED.captures_iter(text).filter_map(|found| found.get(1).or_else(|| found.get(2)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn in_a_line_and_in_a_fence() {
        assert_eq!(INJECTED.error(), None);
        let text = "State: !`git status`\n\n```!\nls -l\n```\nNot `!this`.\n";
        let found: Vec<&str> = injected_commands(text).map(|found| found.as_str()).collect();
        assert_eq!(found, ["git status", "ls -l\n"]);
    }
}
