//! What a run records of its surroundings when it starts and when it is resumed.

use serde::{Deserialize, Serialize};
use skilled_message::ToolDefinition;
use skilled_model::{Options, Price};

use super::RunId;
use crate::Limits;

/// The frozen part of a run: what every request to the model begins with, and where the run takes place.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RunStarted {
    /// [`crate::SCHEMA_VERSION`] of the writer.
    pub schema: u32,
    /// The version of the program that started the run.
    pub version: String,
    /// The run.
    pub run: RunId,
    /// The model.
    pub model: ModelRecord,
    /// The system prompt; none when empty.
    pub system: String,
    /// The tools, in their frozen order.
    pub tools: Vec<ToolDefinition>,
    /// The tools that the run's caller executes, in the caller's order; the model sees them after the others. When there is
    /// a list, even an empty one, every call that is not of the run's own tools is left to the caller: the run then
    /// finishes with [`crate::FinishReason::ClientTools`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client_tools: Option<Vec<ToolDefinition>>,
    /// What else every request asks for.
    #[serde(default, skip_serializing_if = "is_default")]
    pub options: Options,
    /// The skills, in the order of the catalogue.
    pub skills: Vec<SkillRecord>,
    /// Where tools run.
    pub sandbox: SandboxRecord,
    /// When the run stops by itself.
    pub limits: Limits,
}

/// What changes when a run is resumed; the system prompt, the tools and the skills never do.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RunResumed {
    /// [`crate::SCHEMA_VERSION`] of the writer.
    pub schema: u32,
    /// The version of the program that resumed the run.
    pub version: String,
    /// The model that answers from now on.
    pub model: ModelRecord,
    /// Where tools run from now on.
    pub sandbox: SandboxRecord,
    /// When the run stops by itself. Rounds, budget and timeout are counted from here.
    pub limits: Limits,
}

/// A model and its price at the time.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ModelRecord {
    /// `provider/model`.
    pub name: String,
    /// US dollars per million tokens, where known.
    #[serde(default, with = "optional_price", skip_serializing_if = "Option::is_none")]
    pub price: Option<Price>,
}

/// A skill of a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SkillRecord {
    /// Its name.
    pub name: String,
    /// The digest of its tree: `sha256:` and 64 hexadecimal digits.
    pub digest: String,
    /// Where its files came from.
    pub source: String,
}

/// Where tools run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SandboxRecord {
    /// The backend's name.
    pub name: String,
    /// The protections that it enforces, by name; empty for none at all.
    pub enforces: Vec<String>,
}

fn is_default(options: &Options) -> bool {
    *options == Options::default()
}

/// Reads and writes an optional [`Price`], which its own crate does not serialise.
mod optional_price {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};
    use skilled_model::Price;

    #[derive(Serialize, Deserialize)]
    #[serde(remote = "Price")]
    struct PriceFields {
        input: f64,
        output: f64,
        cache_write: f64,
        cache_read: f64,
    }

    #[derive(Serialize, Deserialize)]
    struct Wrapped(#[serde(with = "PriceFields")] Price);

    #[expect(clippy::ref_option, reason = "the signature that serde calls")]
    pub(super) fn serialize<S: Serializer>(price: &Option<Price>, serializer: S) -> Result<S::Ok, S::Error> {
        price.map(Wrapped).serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Price>, D::Error> {
        Ok(Option::<Wrapped>::deserialize(deserializer)?.map(|wrapped| wrapped.0))
    }
}
