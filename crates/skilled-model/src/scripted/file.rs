//! The file of a script.

use std::collections::HashSet;
use std::fmt;
use std::io::Read;
use std::path::Path;

use serde::de::{SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};
use skilled_message::StopReason;

use super::ScriptError;

/// The largest file.
const LIMIT: u64 = 1 << 20;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct File {
    pub(super) model: Option<String>,
    pub(super) price: Option<PriceEntry>,
    /// Milliseconds.
    #[serde(default)]
    pub(super) pace: u64,
    pub(super) conversations: Vec<Conversation>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct PriceEntry {
    #[serde(default)]
    pub(super) input: f64,
    #[serde(default)]
    pub(super) output: f64,
    #[serde(default)]
    pub(super) cache_write: f64,
    #[serde(default)]
    pub(super) cache_read: f64,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Conversation {
    pub(super) name: String,
    pub(super) when: Option<When>,
    pub(super) turns: Vec<Turn>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct When {
    #[serde(default)]
    pub(super) contains: Texts,
    #[serde(default)]
    pub(super) lacks: Texts,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Turn {
    pub(super) expect: Option<Expect>,
    pub(super) thinking: Option<String>,
    pub(super) text: Option<String>,
    #[serde(default)]
    pub(super) calls: Vec<CallEntry>,
    pub(super) stop_reason: Option<StopReason>,
    pub(super) usage: Option<UsageEntry>,
    /// Milliseconds.
    #[serde(default)]
    pub(super) delay: u64,
    pub(super) error: Option<ErrorEntry>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct CallEntry {
    pub(super) tool: String,
    #[serde(default)]
    pub(super) input: Map<String, Value>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(clippy::struct_field_names, reason = "the names are those of the file")]
pub(super) struct UsageEntry {
    #[serde(default)]
    pub(super) input_tokens: u64,
    #[serde(default)]
    pub(super) output_tokens: u64,
    #[serde(default)]
    pub(super) cache_creation_input_tokens: u64,
    #[serde(default)]
    pub(super) cache_read_input_tokens: u64,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ErrorEntry {
    pub(super) status: Option<u16>,
    pub(super) times: Option<u32>,
    /// Seconds.
    pub(super) retry_after: Option<f64>,
    pub(super) code: Option<String>,
    pub(super) message: Option<String>,
    /// Characters.
    pub(super) hang_up_after: Option<usize>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Expect {
    #[serde(default)]
    pub(super) contains: Texts,
    #[serde(default)]
    pub(super) lacks: Texts,
    pub(super) is_error: Option<bool>,
    pub(super) results: Option<Vec<ExpectResult>>,
    /// What of the system prompt.
    #[serde(default)]
    pub(super) system_contains: Texts,
    #[serde(default)]
    pub(super) system_lacks: Texts,
    /// The names of all tools, in order.
    pub(super) tools: Option<Vec<String>>,
    /// Fields of the request by their names in the Messages API; `null` for one that must not be there.
    #[serde(default)]
    pub(super) options: Map<String, Value>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct ExpectResult {
    #[serde(default)]
    pub(super) contains: Texts,
    #[serde(default)]
    pub(super) lacks: Texts,
    pub(super) is_error: Option<bool>,
}

/// One text or a list of texts.
#[derive(Debug, Default)]
pub(super) struct Texts(pub(super) Vec<String>);

impl<'de> Deserialize<'de> for Texts {
    // By hand: an untagged enum would lose the line of an error.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct OneOrMore;
        impl<'de> Visitor<'de> for OneOrMore {
            type Value = Texts;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a text or a list of texts")
            }

            fn visit_str<E>(self, text: &str) -> Result<Texts, E> {
                Ok(Texts(vec![text.to_owned()]))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Texts, A::Error> {
                let mut texts = Vec::new();
                while let Some(text) = list.next_element()? {
                    texts.push(text);
                }
                Ok(Texts(texts))
            }
        }
        deserializer.deserialize_any(OneOrMore)
    }
}

/// Reads and checks the script at `path`.
pub(super) fn read(path: &Path) -> Result<File, ScriptError> {
    let failed = |source| ScriptError::Read { path: path.to_owned(), source };
    let mut text = String::new();
    // Asked before it is opened: opening a pipe waits for its other end.
    if !std::fs::metadata(path).map_err(failed)?.is_file() {
        return Err(failed(std::io::Error::new(
            std::io::ErrorKind::InvalidInput,
            "it is not a regular file",
        )));
    }
    let file = std::fs::File::open(path).map_err(failed)?;
    file.take(LIMIT + 1).read_to_string(&mut text).map_err(failed)?;
    if text.len() as u64 > LIMIT {
        return Err(ScriptError::TooLarge { path: path.to_owned(), limit: LIMIT });
    }
    let options = serde_saphyr::options! { strict_booleans: true, with_snippet: false };
    let file: File = serde_saphyr::from_str_with_options(&text, options)
        .map_err(|error| ScriptError::Malformed { path: path.to_owned(), source: Box::new(error) })?;
    file.check().map_err(|(place, problem)| ScriptError::Invalid {
        path: path.to_owned(),
        place,
        problem,
    })?;
    Ok(file)
}

impl File {
    /// Returns the first place that makes no sense, and why.
    fn check(&self) -> Result<(), (String, String)> {
        let fail = |place: &str, problem: &str| Err((place.to_owned(), problem.to_owned()));
        if self.conversations.is_empty() {
            return fail("conversations", "at least one is needed");
        }
        let mut names = HashSet::new();
        for conversation in &self.conversations {
            let place = format!("conversation `{}`", conversation.name);
            if !names.insert(&conversation.name) {
                return fail(&place, "two conversations have this name");
            }
            if conversation.turns.is_empty() {
                return fail(&place, "at least one turn is needed");
            }
            for (index, turn) in conversation.turns.iter().enumerate() {
                turn.check().or_else(|problem| fail(&format!("{place}, turn {}", index + 1), problem))?;
            }
        }
        Ok(())
    }
}

impl Turn {
    fn check(&self) -> Result<(), &'static str> {
        let says = self.thinking.is_some() || self.text.is_some() || !self.calls.is_empty();
        if !says && self.error.is_none() && self.stop_reason.is_none() {
            return Err("it says nothing: give `text`, `thinking`, `calls`, `stop_reason` or `error`");
        }
        match &self.error {
            Some(ErrorEntry { status: Some(status), .. }) if !(400..600).contains(status) => {
                Err("the `status` of an `error` is 400 to 599")
            }
            Some(ErrorEntry { status: None, hang_up_after: None, .. }) => {
                Err("an `error` needs `status` or `hang_up_after`")
            }
            Some(ErrorEntry { status: Some(_), hang_up_after: Some(_), .. }) => {
                Err("an `error` has either `status` or `hang_up_after`")
            }
            _ => Ok(()),
        }
    }
}
