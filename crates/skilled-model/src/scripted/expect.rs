//! What a script expects of a message, and the values it takes from one.

use skilled_message::{Block, ResultBlock};

use super::file::{Expect, ExpectResult, Texts, When};

/// The tool results of a message, in order.
pub(super) struct Results(Vec<Found>);

struct Found {
    text: String,
    is_error: bool,
}

impl Results {
    /// Returns the tool results among `blocks`.
    pub(super) fn of(blocks: &[Block]) -> Self {
        let results = blocks.iter().filter_map(|block| match block {
            Block::ToolResult(result) => {
                Some(Found { text: text(&result.content), is_error: result.is_error })
            }
            Block::Text(_)
            | Block::Image(_)
            | Block::ToolUse(_)
            | Block::Thinking(_)
            | Block::RedactedThinking(_)
            | Block::Other(_) => None,
        });
        Self(results.collect())
    }
}

/// Returns the text of `blocks`, that of tool results included, one block per line.
pub(super) fn text(blocks: &[ResultBlock]) -> String {
    let texts = blocks.iter().filter_map(|block| match block {
        Block::Text(block) => Some(block.text.clone()),
        Block::ToolResult(result) => Some(text(&result.content)),
        Block::Image(_)
        | Block::ToolUse(_)
        | Block::Thinking(_)
        | Block::RedactedThinking(_)
        | Block::Other(_) => None,
    });
    texts.collect::<Vec<_>>().join("\n")
}

impl When {
    /// Checks the first message.
    pub(super) fn check(&self, prompt: &str) -> Result<(), String> {
        check_text("the first message", prompt, &self.contains, &self.lacks)
    }
}

impl Expect {
    /// Checks the last message, or returns what is not as it should be.
    pub(super) fn check(&self, last: &[Block]) -> Result<(), String> {
        check_text("the last message", &text(last), &self.contains, &self.lacks)?;
        let Results(found) = Results::of(last);
        match self.is_error {
            Some(false) => {
                if let Some(failed) = found.iter().find(|result| result.is_error) {
                    return Err(format!(
                        "no tool result may be an error, but one is: {}",
                        excerpt(&failed.text)
                    ));
                }
            }
            Some(true) if !found.iter().any(|result| result.is_error) => {
                return Err("a tool result must be an error, but none is".to_owned());
            }
            Some(true) | None => {}
        }
        let Some(expected) = &self.results else { return Ok(()) };
        if expected.len() != found.len() {
            return Err(format!(
                "{} tool results are expected, but there are {}",
                expected.len(),
                found.len()
            ));
        }
        let mut pairs = expected.iter().zip(&found).enumerate();
        pairs.try_for_each(|(index, (expected, found))| expected.check(index + 1, found))
    }
}

impl ExpectResult {
    fn check(&self, number: usize, found: &Found) -> Result<(), String> {
        let name = format!("tool result {number}");
        match (self.is_error, found.is_error) {
            (Some(true), false) => {
                return Err(format!("{name} must be an error, but is: {}", excerpt(&found.text)));
            }
            (Some(false), true) => {
                return Err(format!("{name} must not be an error, but is: {}", excerpt(&found.text)));
            }
            (Some(_) | None, _) => {}
        }
        check_text(&name, &found.text, &self.contains, &self.lacks)
    }
}

fn check_text(name: &str, text: &str, contains: &Texts, lacks: &Texts) -> Result<(), String> {
    if let Some(wanted) = contains.0.iter().find(|wanted| !text.contains(*wanted)) {
        return Err(format!("{name} must contain {wanted:?}, but is: {}", excerpt(text)));
    }
    if let Some(unwanted) = lacks.0.iter().find(|unwanted| text.contains(*unwanted)) {
        return Err(format!("{name} must not contain {unwanted:?}, but is: {}", excerpt(text)));
    }
    Ok(())
}

/// Returns the beginning of `text`, quoted.
fn excerpt(text: &str) -> String {
    const LIMIT: usize = 600;
    match text.char_indices().nth(LIMIT) {
        Some((at, _)) => format!("{:?}…", &text[..at]),
        None => format!("{text:?}"),
    }
}

/// Replaces `${result.N}` by the text of the N-th result, and `$${result.N}` by `${result.N}`. Any other `${` is left
/// alone: it is the shell's.
pub(super) fn interpolate(template: &str, results: &Results) -> Result<String, String> {
    const OPEN: &str = "${result.";
    let (mut filled, mut rest) = (String::new(), template);
    while let Some(at) = rest.find(OPEN) {
        let (before, after) = (&rest[..at], &rest[at + OPEN.len()..]);
        rest = after;
        if let Some(before) = before.strip_suffix('$') {
            filled.extend([before, OPEN]);
            continue;
        }
        filled.push_str(before);
        let number =
            after.split_once('}').and_then(|(number, _)| Some((number, number.parse::<usize>().ok()?)));
        let Some((digits, number)) = number else {
            return Err("`${result.` must be followed by a number and `}`".to_owned());
        };
        let result = number.checked_sub(1).and_then(|index| results.0.get(index));
        let Some(result) = result else {
            let count = results.0.len();
            return Err(format!(
                "`${{result.{number}}}` is not there: the last message has {count} tool results"
            ));
        };
        filled.push_str(result.text.trim_end());
        rest = &after[digits.len() + 1..];
    }
    filled.push_str(rest);
    Ok(filled)
}
