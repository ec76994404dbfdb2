//! Messages: what is read strictly, and what is written.

mod batches;
mod events;
mod refused;
mod request;
mod response;
mod turns;

use serde_json::{Value, json};
use skilled_wire::messages::{Invalid, MessagesRequest};

/// Returns the smallest request, with `more` over it.
fn request(more: Value) -> Value {
    let mut body = json!({
        "model": "local-model",
        "max_tokens": 100,
        "messages": [{ "role": "user", "content": "Hello" }],
    });
    let (Some(fields), Value::Object(more)) = (body.as_object_mut(), more) else { panic!("not an object") };
    fields.extend(more);
    body
}

/// Reads a request.
fn parse(body: &Value) -> Result<MessagesRequest, Invalid> {
    MessagesRequest::parse(body.to_string().as_bytes())
}

/// Reads a request that must be refused, and returns why.
fn refusal(body: &Value) -> String {
    match parse(body) {
        Ok(read) => panic!("this must be refused: {read:?}"),
        Err(refused) => refused.to_string(),
    }
}
