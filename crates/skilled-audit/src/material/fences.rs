//! Code fences in prose.

use std::ops::Range;

use super::{Language, Stretch, language};

/// A fence that was opened.
struct Open<'a> {
    mark: char,
    length: usize,
    label: &'a str,
    /// Where its content starts.
    content: usize,
}

/// Cuts prose into stretches of prose and of code.
///
/// Fences are found line by line, at any indentation and in block quotes: what a model reads as code shall be read as code
/// here too. A fence that is never closed goes on to the end, as CommonMark has it.
pub(super) fn stretches(text: &str) -> Vec<Stretch> {
    let mut stretches = Stretches::default();
    let mut open: Option<Open<'_>> = None;
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let next = at + line.len();
        let bare = line.trim_start_matches([' ', '\t', '>']).trim_end();
        match &open {
            Some(fence) => {
                if closes(fence, bare) {
                    stretches.code(fence, fence.content..at, text);
                    open = None;
                }
            }
            None => open = opens(bare, next),
        }
        at = next;
    }
    if let Some(fence) = &open {
        stretches.code(fence, fence.content..text.len(), text);
    }
    stretches.prose_up_to(text.len());
    stretches.found
}

#[derive(Default)]
struct Stretches {
    found: Vec<Stretch>,
    /// Up to where the text is in a stretch already.
    done: usize,
}

impl Stretches {
    fn code(&mut self, fence: &Open<'_>, span: Range<usize>, text: &str) {
        let Some(language) = language::of_fence(fence.label, &text[span.clone()]) else { return };
        self.prose_up_to(span.start);
        self.done = span.end;
        self.found.push(Stretch { language, span });
    }

    fn prose_up_to(&mut self, end: usize) {
        if self.done < end {
            self.found.push(Stretch { language: Language::Prose, span: self.done..end });
            self.done = end;
        }
    }
}

fn opens(line: &str, content: usize) -> Option<Open<'_>> {
    let mark = line.chars().next().filter(|c| matches!(c, '`' | '~'))?;
    let label = line.trim_start_matches(mark);
    let length = line.len() - label.len();
    let is_fence = length >= 3 && !(mark == '`' && label.contains('`'));
    is_fence.then(|| Open { mark, length, label: label.trim(), content })
}

fn closes(fence: &Open<'_>, line: &str) -> bool {
    line.len() >= fence.length && line.chars().all(|c| c == fence.mark)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(text: &str) -> Vec<(Language, &str)> {
        stretches(text).into_iter().map(|stretch| (stretch.language, &text[stretch.span])).collect()
    }

    #[test]
    fn prose_and_fences_cover_the_text() {
        let text = "a\n```sh\nls\n```\nb\n  ~~~~ py\nx\n~~~\n~~~~~\n";
        assert_eq!(
            parts(text),
            [
                (Language::Prose, "a\n```sh\n"),
                (Language::Shell, "ls\n"),
                (Language::Prose, "```\nb\n  ~~~~ py\n"),
                (Language::Python, "x\n~~~\n"),
                (Language::Prose, "~~~~~\n"),
            ]
        );
    }

    #[test]
    fn a_fence_that_is_not_closed_goes_on_to_the_end() {
        assert_eq!(parts("```sh\nls"), [(Language::Prose, "```sh\n"), (Language::Shell, "ls")]);
    }

    #[test]
    fn text_in_a_fence_stays_prose() {
        assert_eq!(parts("```text\nhello\n```\n"), [(Language::Prose, "```text\nhello\n```\n")]);
        assert_eq!(parts(""), []);
    }
}
