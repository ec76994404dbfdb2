//! The arguments of a call whose JSON was cut off: what is whole of them.

use serde_json::{Map, Value};

/// Reads `text`. Where it was cut, as when the model reached its limit of tokens, what is whole is kept and the value
/// in the middle of which it was cut is dropped. What is no object at all becomes an empty one: clients read nothing
/// else there.
pub(crate) fn parse(text: &str) -> Value {
    match serde_json::from_str(text) {
        Ok(Value::Object(fields)) => Value::Object(fields),
        Ok(_) => Value::Object(Map::new()),
        Err(_) => serde_json::from_str(&completed(text)).unwrap_or_else(|_| Value::Object(Map::new())),
    }
}

/// Returns `text` up to the last place at which it is whole, with what closes it.
fn completed(text: &str) -> String {
    let mut open = Vec::new();
    let mut in_string = false;
    let mut escaped = false;
    // The last place at which everything that is open may be closed. Whatever opens or closes something moves it, so
    // that what is open there is what is open at the end.
    let mut whole = 0;
    for (index, letter) in text.bytes().enumerate() {
        if in_string {
            match letter {
                _ if escaped => escaped = false,
                b'\\' => escaped = true,
                b'"' => in_string = false,
                _ => {}
            }
            continue;
        }
        match letter {
            b'"' => in_string = true,
            b'{' | b'[' => {
                open.push(if letter == b'{' { '}' } else { ']' });
                whole = index + 1;
            }
            b'}' | b']' => {
                open.pop();
                whole = index + 1;
            }
            // What is before a comma is whole.
            b',' => whole = index,
            _ => {}
        }
    }
    let mut completed = text.get(..whole).unwrap_or_default().to_owned();
    completed.extend(open.iter().rev());
    completed
}
