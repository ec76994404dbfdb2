//! Reading events back, without losing what a newer program wrote into them.

use serde::Deserialize;
use serde_json::Value;

use super::{Event, EventKind, SCHEMA_VERSION};

/// Why a line is not an event this program can read.
#[derive(Debug, thiserror::Error)]
pub enum ReadEventError {
    /// The line is not JSON.
    #[error("not JSON")]
    NotJson(#[source] serde_json::Error),
    /// The run was written by a newer program.
    #[error(
        "written with event schema {found}; this program reads up to {SCHEMA_VERSION}: use the newer version of it"
    )]
    NewerSchema {
        /// The version found.
        found: u64,
    },
    /// An event of a type this schema does not have.
    #[error(
        "unknown event type {found:?} (this program reads event schema {SCHEMA_VERSION}): use a newer version of it"
    )]
    UnknownType {
        /// The type found.
        found: String,
    },
    /// A field this schema does not have, which would be lost.
    #[error(
        "unknown field `{path}` in a `{event_type}` event (this program reads event schema {SCHEMA_VERSION}): \
         use a newer version of it"
    )]
    UnknownField {
        /// The path of the field, such as `limits.colour`.
        path: String,
        /// The event's type.
        event_type: String,
    },
    /// Fields are missing or of the wrong shape.
    #[error("a `{event_type}` event is malformed")]
    Malformed {
        /// The event's type; empty when it has none.
        event_type: String,
        /// What is wrong.
        #[source]
        source: serde_json::Error,
    },
}

impl Event {
    /// Reads one line of a log.
    ///
    /// Unlike plain deserialisation it refuses what it would lose: events of a newer schema, and fields it does not
    /// know. Content blocks are exempt, since they keep unknown fields themselves.
    pub fn from_json(line: &[u8]) -> Result<Self, ReadEventError> {
        let value: Value = serde_json::from_slice(line).map_err(ReadEventError::NotJson)?;
        let event_type = value.get("type").and_then(Value::as_str).unwrap_or_default().to_owned();
        if let Some(found) = value.get("schema").and_then(Value::as_u64)
            && found > u64::from(SCHEMA_VERSION)
        {
            return Err(ReadEventError::NewerSchema { found });
        }
        if !event_type.is_empty() && !EventKind::TYPES.contains(&event_type.as_str()) {
            return Err(ReadEventError::UnknownType { found: event_type });
        }
        let malformed = |source| ReadEventError::Malformed { event_type: event_type.clone(), source };
        let event = Self::deserialize(&value).map_err(malformed)?;
        let kept = serde_json::to_value(&event).map_err(malformed)?;
        match first_lost(&value, &kept) {
            Some(path) => Err(ReadEventError::UnknownField { path, event_type }),
            None => Ok(event),
        }
    }

    /// Returns the event as one line of JSON, without the line break.
    ///
    /// # Errors
    ///
    /// None in practice: every field of an event has a JSON form.
    pub fn to_json(&self) -> Result<String, serde_json::Error> {
        serde_json::to_string(self)
    }
}

/// Returns the path of the first member of `original` that `kept` does not have. A `null` may be left out.
fn first_lost(original: &Value, kept: &Value) -> Option<String> {
    match (original, kept) {
        (Value::Object(original), Value::Object(kept)) => original
            .iter()
            .filter(|(_, value)| !value.is_null())
            .find_map(|(key, value)| match kept.get(key) {
                Some(kept) => first_lost(value, kept).map(|rest| join(key, &rest)),
                None => Some(key.clone()),
            }),
        (Value::Array(original), Value::Array(kept)) => {
            original.iter().zip(kept).enumerate().find_map(|(index, (value, kept))| {
                first_lost(value, kept).map(|rest| join(&index.to_string(), &rest))
            })
        }
        _ => None,
    }
}

fn join(head: &str, rest: &str) -> String {
    format!("{head}.{rest}")
}
