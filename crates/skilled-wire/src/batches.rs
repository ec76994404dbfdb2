//! The request of `POST /v1/messages/batches`.

use std::collections::HashSet;
use std::fmt;

use serde::de::{Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::{Deserializer as _, Serialize};
use serde_json::value::RawValue;

use crate::BATCH_ENTRY_ID_MAX;
use crate::messages::{Invalid, Limits, MessagesRequest, Speed, no_json, shortened};

/// The most requests of a batch.
pub const BATCH_ENTRIES_MAX: usize = 100_000;

/// Requests to be answered in their time.
#[derive(Debug, Clone, Serialize)]
pub struct CreateBatch {
    /// The requests.
    pub requests: Vec<BatchEntry>,
}

/// One request of a batch.
#[derive(Debug, Clone, Serialize)]
pub struct BatchEntry {
    /// What the client calls it: `^[a-zA-Z0-9_-]{1,64}$`, unique in the batch.
    pub custom_id: String,
    /// The request, as it came: it is an object, and read when its turn comes, see [`BatchEntry::parse`].
    pub params: Box<RawValue>,
}

impl CreateBatch {
    /// Reads a body. The requests in it are not read: a fault in one of them is the result of that one.
    pub fn parse(body: &[u8]) -> Result<Self, Invalid> {
        let requests = entries(body)?;
        let mut names = HashSet::with_capacity(requests.len());
        for (index, entry) in requests.iter().enumerate() {
            if !names.insert(entry.custom_id.as_str()) {
                let path = format!("requests.{index}.custom_id");
                return Err(Invalid::new(path, "Each custom_id must be unique in a batch"));
            }
        }
        Ok(Self { requests })
    }
}

impl BatchEntry {
    /// Reads the request, which may not ask for what batches do not give: a stream, more speed, no answer, a thread.
    pub fn parse(&self, limits: &Limits) -> Result<MessagesRequest, Invalid> {
        let request = MessagesRequest::parse_within(self.params.get().as_bytes(), limits)?;
        let refused = if request.stream {
            Some(("stream", "Streaming is not supported in batches"))
        } else if request.speed == Some(Speed::Fast) {
            Some(("speed", "Fast speed is not supported in batches"))
        } else if request.max_tokens == 0 {
            Some(("max_tokens", "Input should be greater than or equal to 1"))
        } else if request.thread.is_some() {
            Some(("thread", "Threads are not supported in batches"))
        } else {
            None
        };
        match refused {
            Some((path, message)) => Err(Invalid::new(path, message)),
            None => Ok(request),
        }
    }
}

/// Reads the requests, one level after the other: of what is inside a request, nothing is unpacked.
fn entries(body: &[u8]) -> Result<Vec<BatchEntry>, Invalid> {
    let body: &RawValue = serde_json::from_slice(body).map_err(|error| no_json(&error))?;
    let [requests] = fields(body, ["requests"], "")?;
    let requests = items(requests, "requests")?;
    requests
        .into_iter()
        .enumerate()
        .map(|(index, request)| entry(request, &format!("requests.{index}")))
        .collect()
}

/// Reads one request.
fn entry(request: &RawValue, path: &str) -> Result<BatchEntry, Invalid> {
    let [custom_id, params] = fields(request, ["custom_id", "params"], path)?;
    let wrong = |message: String| Invalid::new(format!("{path}.custom_id"), message);
    let custom_id: String = serde_json::from_str(custom_id.get())
        .map_err(|_| wrong("Input should be a valid string".to_owned()))?;
    let letters =
        custom_id.bytes().all(|letter| letter.is_ascii_alphanumeric() || matches!(letter, b'_' | b'-'));
    if !letters || custom_id.is_empty() || custom_id.len() > BATCH_ENTRY_ID_MAX {
        return Err(wrong(format!(
            "String should match pattern '^[a-zA-Z0-9_-]{{1,{BATCH_ENTRY_ID_MAX}}}$'"
        )));
    }
    if !params.get().starts_with('{') {
        return Err(Invalid::new(format!("{path}.params"), "Input should be a valid dictionary"));
    }
    Ok(BatchEntry { custom_id, params: params.to_owned() })
}

/// Returns the values of exactly the fields `names`.
fn fields<'a, const N: usize>(
    object: &'a RawValue,
    names: [&'static str; N],
    path: &str,
) -> Result<[&'a RawValue; N], Invalid> {
    if !object.get().starts_with('{') {
        return Err(Invalid::new(path, "Input should be a valid dictionary"));
    }
    let mut refused = None;
    let visitor = FieldsVisitor { names, refused: &mut refused };
    let found = serde_json::Deserializer::from_str(object.get()).deserialize_map(visitor);
    let found = found.map_err(|error| refused.unwrap_or_else(|| no_json(&error)).under(path))?;
    let mut values = [object; N];
    for ((value, found), name) in values.iter_mut().zip(found).zip(names) {
        *value = found.ok_or_else(|| Invalid::new(name, "Field required").under(path))?;
    }
    Ok(values)
}

/// Returns the items of a list, of which there is at least one and at most [`BATCH_ENTRIES_MAX`].
fn items<'a>(list: &'a RawValue, path: &str) -> Result<Vec<&'a RawValue>, Invalid> {
    if !list.get().starts_with('[') {
        return Err(Invalid::new(path, "Input should be a valid list"));
    }
    let items = serde_json::Deserializer::from_str(list.get()).deserialize_seq(ItemsVisitor);
    match items.map_err(|error| no_json(&error))? {
        Some(items) if items.is_empty() => {
            Err(Invalid::new(path, "List should have at least 1 item after validation, not 0"))
        }
        Some(items) => Ok(items),
        None => Err(Invalid::new(
            path,
            format!("List should have at most {BATCH_ENTRIES_MAX} items after validation"),
        )),
    }
}

/// Takes known fields out of an object.
struct FieldsVisitor<'a, const N: usize> {
    names: [&'static str; N],
    /// The reason, when it is not the parser's.
    refused: &'a mut Option<Invalid>,
}

impl<'de, const N: usize> Visitor<'de> for FieldsVisitor<'_, N> {
    type Value = [Option<&'de RawValue>; N];

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<Self::Value, A::Error> {
        let mut found = [None; N];
        while let Some(name) = object.next_key::<String>()? {
            let Some(place) = self.names.iter().position(|known| *known == name) else {
                *self.refused = Some(Invalid::new(shortened(&name), "Extra inputs are not permitted"));
                return Err(A::Error::custom("refused"));
            };
            if found[place].is_some() {
                *self.refused = Some(Invalid::new(name, "This field is given twice"));
                return Err(A::Error::custom("refused"));
            }
            found[place] = Some(object.next_value()?);
        }
        Ok(found)
    }
}

/// Takes the items out of a list; nothing when there are too many.
struct ItemsVisitor;

impl<'de> Visitor<'de> for ItemsVisitor {
    type Value = Option<Vec<&'de RawValue>>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = list.next_element()? {
            if items.len() < BATCH_ENTRIES_MAX {
                items.push(item);
            } else {
                while list.next_element::<IgnoredAny>()?.is_some() {}
                return Ok(None);
            }
        }
        Ok(Some(items))
    }
}
