//! Tool calls, put together from deltas.

use std::collections::HashSet;

use serde_json::{Map, Value};

use super::{merge, put_in};
use crate::Error;
use crate::http::broken_stream;

/// The calls of one answer, in the order in which they began.
#[derive(Debug)]
pub(super) struct Calls {
    begun: Vec<Call>,
    /// Messages before the answer: the number that ids made here carry.
    turn: usize,
    /// Ids of the transcript and of this answer.
    used: HashSet<String>,
}

#[derive(Debug, Default)]
struct Call {
    index: Option<u64>,
    /// The id, as the server gave it first.
    id: String,
    /// The id in the transcript, once the call was shown.
    shown: Option<String>,
    /// A later block has begun.
    closed: bool,
    name: String,
    arguments: String,
    unknown: Map<String, Value>,
    /// Unknown fields of its function.
    function: Map<String, Value>,
}

/// A complete call.
#[derive(Debug)]
pub(super) struct Finished {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) input: Value,
    pub(super) unknown: Map<String, Value>,
}

impl Calls {
    /// Returns no calls. Ids in `used` are taken.
    pub(super) const fn new(turn: usize, used: HashSet<String>) -> Self {
        Self { begun: Vec::new(), turn, used }
    }

    /// Adds a delta. Returns the place of the call if it is a new one.
    pub(super) fn add(&mut self, delta: &Value) -> Result<Option<usize>, Error> {
        let function = &delta["function"];
        let (id, name) =
            (delta["id"].as_str().unwrap_or_default(), function["name"].as_str().unwrap_or_default());
        let arguments = match &function["arguments"] {
            Value::String(text) => text.clone(),
            Value::Null => String::new(),
            whole => whole.to_string(),
        };
        let index = delta["index"].as_u64();
        let continued = self.continued(index, id, name, &arguments);
        let place = continued.unwrap_or_else(|| {
            self.begun.push(Call { index, id: id.to_owned(), ..Call::default() });
            self.begun.len() - 1
        });
        let call = &mut self.begun[place];
        if call.id.is_empty() {
            id.clone_into(&mut call.id);
        }
        if call.closed && !arguments.trim().is_empty() {
            return Err(broken_stream("arguments of a call whose arguments were complete"));
        }
        // Some servers repeat the name in every delta, some split it.
        if call.name != name && call.shown.is_none() {
            call.name.push_str(name);
        }
        if !call.closed {
            call.arguments.push_str(&arguments);
        }
        merge(&mut call.unknown, delta, &["index", "id", "type", "function"]);
        merge(&mut call.function, function, &["name", "arguments"]);
        Ok(continued.is_none().then_some(place))
    }

    /// Returns the arguments so far of the call at `place`.
    pub(super) fn arguments(&self, place: usize) -> &str {
        &self.begun[place].arguments
    }

    /// Returns whether the arguments of the call at `place` are a whole object, and closes it if they are.
    pub(super) fn close_if_whole(&mut self, place: usize) -> bool {
        let call = &mut self.begun[place];
        call.closed = call.closed || is_whole(&call.arguments);
        call.closed
    }

    /// Returns the id and the name of the call at `place`, which do not change from now on; nothing while it has no
    /// name. Ids that are missing or taken are replaced by ones that are not: the transcript needs distinct ones.
    pub(super) fn show(&mut self, place: usize) -> Option<(String, String)> {
        let call = &mut self.begun[place];
        if call.name.is_empty() {
            return None;
        }
        if let Some(id) = &call.shown {
            return Some((id.clone(), call.name.clone()));
        }
        let mut id = call.id.clone();
        let mut suffix = place + 1;
        while id.is_empty() || self.used.contains(&id) {
            id = format!("call_{}_{suffix}", self.turn);
            suffix += 1;
        }
        self.used.insert(id.clone());
        call.shown = Some(id.clone());
        Some((id, call.name.clone()))
    }

    /// Returns the place of the call that a delta continues, or nothing if it begins another one.
    fn continued(&self, index: Option<u64>, id: &str, name: &str, arguments: &str) -> Option<usize> {
        let place = match index {
            Some(_) => self.begun.iter().rposition(|call| call.index == index)?,
            None if !id.is_empty() => self.begun.iter().rposition(|call| call.id == id)?,
            None => self.begun.len().checked_sub(1)?,
        };
        let call = &self.begun[place];
        // Without a name it continues, whatever else it carries: some servers make up an id for every delta.
        let begins = !name.is_empty() && {
            let other_id = !id.is_empty() && !call.id.is_empty() && call.id != id;
            let anonymous = index.is_none() && id.is_empty();
            // A whole call after a whole call: one index, or one id, serves for several.
            let another = !arguments.is_empty() && is_whole(&call.arguments);
            other_id || anonymous || another
        };
        (!begins).then_some(place)
    }

    /// Returns the call at `place`.
    pub(super) fn finish(&mut self, place: usize) -> Result<Finished, Error> {
        let Some((id, name)) = self.show(place) else {
            return Err(broken_stream("a tool call without a name"));
        };
        let call = &mut self.begun[place];
        call.closed = true;
        put_in(&mut call.unknown, "function", &mut call.function);
        let input = match call.arguments.trim() {
            "" => Value::Object(Map::new()),
            // A model can write arguments that are no JSON, or be cut off in them. The text is kept in place of the
            // value: whoever calls the tool sees that it is no object and answers the model with an error.
            text => serde_json::from_str(text).unwrap_or_else(|_| Value::String(call.arguments.clone())),
        };
        Ok(Finished { id, name, input, unknown: std::mem::take(&mut call.unknown) })
    }
}

fn is_whole(arguments: &str) -> bool {
    serde_json::from_str::<Map<String, Value>>(arguments).is_ok()
}
