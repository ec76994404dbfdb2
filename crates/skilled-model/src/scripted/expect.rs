//! What a script expects of a request, and the values it takes from its last message.

use serde_json::Value;
use skilled_message::{Block, ResultBlock};

use crate::Request;

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
    /// Checks what a request has beside its messages, or returns what is not as it should be.
    pub(super) fn check_request(&self, request: &Request) -> Result<(), String> {
        let system = match request.options.system_blocks.as_slice() {
            [] => request.system.to_string(),
            blocks => text(blocks),
        };
        check_text("the system prompt", &system, &self.system_contains, &self.system_lacks)?;
        if let Some(expected) = &self.tools {
            let name = |tool: &skilled_message::ToolDefinition| match tool.extra.get("type") {
                Some(Value::String(kind)) if tool.name.is_empty() => kind.clone(),
                _ => tool.name.clone(),
            };
            let found: Vec<_> = request.tools.iter().map(name).collect();
            if found != *expected {
                return Err(format!("the tools must be {}, but are {}", list(expected), list(&found)));
            }
        }
        if self.options.is_empty() {
            return Ok(());
        }
        let mut fields = request.options.fields().map_err(|error| error.to_string())?;
        fields.insert("max_tokens".to_owned(), request.max_tokens.into());
        fields.insert("betas".to_owned(), request.options.betas.clone().into());
        for (name, expected) in &self.options {
            let found = fields.get(name).unwrap_or(&Value::Null);
            if !same(expected, found) {
                return Err(format!("the field `{name}` of the request must be {expected}, but is {found}"));
            }
        }
        Ok(())
    }

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

fn list(names: &[String]) -> String {
    if names.is_empty() { "none".to_owned() } else { names.join(", ") }
}

/// Returns whether two values are the same, whatever the form of their numbers.
fn same(one: &Value, other: &Value) -> bool {
    match (one, other) {
        (Value::Number(one), Value::Number(other)) => {
            one == other || one.as_f64().is_some_and(|one| other.as_f64() == Some(one))
        }
        (Value::Array(one), Value::Array(other)) => {
            one.len() == other.len() && one.iter().zip(other).all(|(one, other)| same(one, other))
        }
        (Value::Object(one), Value::Object(other)) => {
            one.len() == other.len()
                && one.iter().all(|(key, value)| other.get(key).is_some_and(|other| same(value, other)))
        }
        (Value::Null | Value::Bool(_) | Value::String(_), _) => one == other,
        (Value::Number(_) | Value::Array(_) | Value::Object(_), _) => false,
    }
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
