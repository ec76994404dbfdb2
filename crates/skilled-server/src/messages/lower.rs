//! The transcript of a client as the model behind it sees it.
//!
//! For a client, the server's tools and their results stand in the assistant's message. For the model they are ordinary
//! calls, with their results in the message of the user that follows. Lowering what [`super::raise`] made gives back what
//! the model was shown when it happened, byte for byte, so that a provider's cache holds from one request to the next.

use std::collections::HashSet;

use serde_json::Value;
use skilled_message::{Block, Message, Role, ToolResultBlock, ToolUseBlock};
use skilled_toolset::code_execution::shown;

/// What the ids of the server's calls begin with.
const PREFIX: &str = "srvtoolu_";

/// The id under which a client sees a call of the server's tools.
pub(super) fn raised_id(id: &str) -> String {
    format!("{PREFIX}{id}")
}

/// The id under which the model sees it.
fn lowered_id(id: &str) -> &str {
    id.strip_prefix(PREFIX).unwrap_or(id)
}

/// Returns the conversation for the model.
pub(super) fn lower(messages: &[Message]) -> Vec<Message> {
    let mut lowered = Lowered { messages: Vec::new() };
    for message in messages {
        match message.role {
            Role::Assistant => lowered.assistant(message),
            Role::User => lowered.user(message),
            Role::System => lowered.messages.push(message.clone()),
        }
    }
    lowered.messages
}

struct Lowered {
    messages: Vec<Message>,
}

impl Lowered {
    fn assistant(&mut self, message: &Message) {
        let (mut said, mut results) = (Vec::new(), Vec::new());
        // Calls of this message or of the one before, which are still to be answered.
        let mut asked: HashSet<String> = self.open_calls().into_iter().collect();
        for block in &message.content {
            if let Some((id, result)) = server_result(block) {
                if asked.remove(&id) {
                    results.push(result);
                } else {
                    // Some clients keep results and forget their calls: what was learnt is still worth knowing.
                    said.push(Block::text(format!(
                        "[Result of an earlier call]\n{}",
                        texts(&result.content)
                    )));
                }
                continue;
            }
            if !results.is_empty() {
                self.flush(&mut said, &mut results);
            }
            if let Some(call) = server_call(block) {
                asked.insert(call.id.clone());
                said.push(Block::ToolUse(call));
            } else {
                said.extend(spoken(block));
            }
        }
        self.flush(&mut said, &mut results);
    }

    /// Ends what the model said, and the results that followed.
    fn flush(&mut self, said: &mut Vec<Block>, results: &mut Vec<ToolResultBlock>) {
        while matches!(said.last(), Some(Block::Thinking(_) | Block::RedactedThinking(_)))
            && !results.is_empty()
        {
            said.pop();
        }
        if !said.is_empty() {
            self.push(Role::Assistant, std::mem::take(said));
        }
        let results: Vec<Block> = std::mem::take(results).into_iter().map(Block::ToolResult).collect();
        if !results.is_empty() {
            self.push(Role::User, results);
            self.order_results();
        }
    }

    fn user(&mut self, message: &Message) {
        let is_new = !matches!(self.messages.last(), Some(last) if last.role == Role::User);
        if is_new {
            self.messages.push(message.clone());
        } else {
            self.push(Role::User, message.content.clone());
        }
        self.order_results();
    }

    /// Adds to the last message if it is of that role.
    fn push(&mut self, role: Role, content: Vec<Block>) {
        match self.messages.last_mut() {
            Some(last) if last.role == role => last.content.extend(content),
            _ => self.messages.push(Message::new(role, content)),
        }
    }

    /// The calls of the last answer that have no result yet.
    fn open_calls(&self) -> Vec<String> {
        let (answer, after) = match self.messages.as_slice() {
            [.., answer, after] if after.role == Role::User => (answer, Some(after)),
            [.., answer] => (answer, None),
            [] => return Vec::new(),
        };
        let answered = |id: &str| {
            after.is_some_and(|after| {
                after
                    .content
                    .iter()
                    .any(|block| matches!(block, Block::ToolResult(result) if result.tool_use_id == id))
            })
        };
        answer
            .content
            .iter()
            .filter_map(|block| match block {
                Block::ToolUse(call) if !answered(&call.id) => Some(call.id.clone()),
                _ => None,
            })
            .collect()
    }

    /// Puts the results of the last message in the order of their calls, before everything else in it: as the loop does.
    fn order_results(&mut self) {
        let [.., answer, after] = self.messages.as_mut_slice() else { return };
        if answer.role != Role::Assistant || after.role != Role::User {
            return;
        }
        let place = |id: &str| {
            answer
                .content
                .iter()
                .position(|block| matches!(block, Block::ToolUse(call) if call.id == id))
                .unwrap_or(usize::MAX)
        };
        after.content.sort_by_key(|block| match block {
            Block::ToolResult(result) => (0, place(&result.tool_use_id)),
            _ => (1, 0),
        });
    }
}

/// Reads a call of the server's tools.
fn server_call(block: &Block) -> Option<ToolUseBlock> {
    let Block::Other(value) = block else { return None };
    if value["type"] != "server_tool_use" {
        return None;
    }
    let (id, name) = (value["id"].as_str()?, value["name"].as_str()?);
    Some(ToolUseBlock::new(lowered_id(id), name, value["input"].clone()))
}

/// Reads a result of the server's tools that run code, or what older clients make of one.
fn server_result(block: &Block) -> Option<(String, ToolResultBlock)> {
    match block {
        Block::Other(value) => {
            let kind = value["type"].as_str()?;
            if !kind.ends_with("code_execution_tool_result") {
                return None;
            }
            let id = lowered_id(value["tool_use_id"].as_str()?).to_owned();
            let (content, is_error) = shown(&value["content"]);
            Some((id.clone(), ToolResultBlock::new(id, content, is_error)))
        }
        Block::ToolResult(result) => {
            let id = lowered_id(&result.tool_use_id).to_owned();
            Some((id.clone(), ToolResultBlock::new(id, result.content.clone(), result.is_error)))
        }
        _ => None,
    }
}

/// Returns what the model had said, without what only clients need.
fn spoken(block: &Block) -> Option<Block> {
    match block {
        Block::Text(text) if text.text.trim().is_empty() => None,
        Block::Text(text) => {
            let mut text = text.clone();
            if text.extra.get("citations").is_some_and(Value::is_null) {
                text.extra.shift_remove("citations");
            }
            Some(Block::Text(text))
        }
        Block::ToolUse(call) => {
            let mut call = call.clone();
            call.extra.shift_remove("caller");
            Some(Block::ToolUse(call))
        }
        other => Some(other.clone()),
    }
}

fn texts(content: &[Block]) -> String {
    let texts = content.iter().filter_map(|block| match block {
        Block::Text(text) => Some(text.text.as_str()),
        _ => None,
    });
    texts.collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn message(role: &str, content: impl Into<Value>) -> Message {
        let content: Value = content.into();
        serde_json::from_value(json!({"role": role, "content": content})).unwrap()
    }

    fn call(id: &str) -> Value {
        json!({"type": "server_tool_use", "id": format!("srvtoolu_{id}"), "name": "bash_code_execution",
               "input": {"command": id}, "caller": {"type": "direct"}})
    }

    fn result(id: &str) -> Value {
        json!({"type": "bash_code_execution_tool_result", "tool_use_id": format!("srvtoolu_{id}"),
               "content": {"type": "bash_code_execution_result", "stdout": id, "stderr": "", "return_code": 0, "content": []}})
    }

    fn used(id: &str) -> Value {
        json!({"type": "tool_use", "id": id, "name": "bash_code_execution", "input": {"command": id}})
    }

    fn gave(id: &str) -> Value {
        json!({"type": "tool_result", "tool_use_id": id, "content": [{"type": "text", "text": id}]})
    }

    #[test]
    fn calls_and_results_become_messages_of_their_own() {
        let text = |text: &str| json!({"type": "text", "text": text, "citations": null});
        let plain = |text: &str| json!({"type": "text", "text": text});
        let raised = [
            message("user", json!("Go")),
            message(
                "assistant",
                json!([
                    text("One"),
                    call("a"),
                    result("a"),
                    text("Two"),
                    call("b"),
                    call("c"),
                    result("c"),
                    result("b"),
                    text("Done")
                ]),
            ),
            message("user", json!("Thanks")),
        ];
        let lowered = [
            message("user", json!("Go")),
            message("assistant", json!([plain("One"), used("a")])),
            message("user", json!([gave("a")])),
            message("assistant", json!([plain("Two"), used("b"), used("c")])),
            message("user", json!([gave("b"), gave("c")])),
            message("assistant", json!([plain("Done")])),
            message("user", json!("Thanks")),
        ];
        assert_eq!(lower(&raised), lowered);
    }

    #[test]
    fn a_result_that_opens_the_next_answer_joins_those_of_the_client() {
        let asked = json!({"type": "tool_use", "id": "x", "name": "ask", "input": {}});
        let raised = [
            message("user", json!("Go")),
            message("assistant", json!([call("a"), asked])),
            message("user", json!([gave("x")])),
            message("assistant", json!([result("a"), {"type": "text", "text": "Done"}])),
        ];
        let lowered = [
            message("user", json!("Go")),
            message("assistant", json!([used("a"), asked])),
            message("user", json!([gave("a"), gave("x")])),
            message("assistant", json!("Done")),
        ];
        assert_eq!(lower(&raised), lowered);
    }

    #[test]
    fn a_result_without_its_call_is_context() {
        let raised = [
            message("user", json!("Go")),
            message(
                "assistant",
                json!([{"type": "tool_result", "tool_use_id": "srvtoolu_q", "content": "42"}]),
            ),
        ];
        let lowered = lower(&raised);
        assert_eq!(lowered[1], message("assistant", json!("[Result of an earlier call]\n42")));
    }

    #[test]
    fn a_call_that_waits_stays_open() {
        let raised = [message("user", json!("Go")), message("assistant", json!([call("a")]))];
        assert_eq!(lower(&raised)[1], message("assistant", json!([used("a")])));
    }
}
