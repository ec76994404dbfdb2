//! The order of a conversation: who may say what, and that calls of tools and their results come in pairs.
//!
//! Messages of one role in a row are one turn; messages of the system stand outside. Within the turns:
//!
//! - A call of a client's tool is answered in the user's turn right after it, and nothing else is.
//! - A call of a server's tool is answered in the same turn, with three exceptions: the turn is the last one (it was
//!   paused, and the server goes on); or the model called client's tools in the same turn, so that the server's
//!   answer begins the next turn of the model, after a user's turn of results only.
//! - Some clients give back the result of a server's tool as a `tool_result` in the model's turn, without the call.
//!   It is let through.

use std::collections::{HashMap, HashSet};

use serde_json::Value;
use skilled_message::{Block, Message, Role};

use super::invalid::{Invalid, Place, shortened};
use super::tool::{Tool, ToolFamily};

/// The beginning of the ids of calls that the server answers.
const SERVER_TOOL_USE: &str = "srvtoolu_";
/// The type of the blocks that answer calls of the tools of MCP servers.
const MCP_RESULT: &str = "mcp_tool_result";

/// A block and where it is.
#[derive(Clone, Copy)]
struct At<'a> {
    message: usize,
    index: usize,
    block: &'a Block,
}

impl At<'_> {
    /// Says what is wrong with the block.
    fn invalid(&self, text: impl Into<String>) -> Invalid {
        Place::Item(
            &Place::Field(&Place::Item(&Place::Field(&Place::Body, "messages"), self.message), "content"),
            self.index,
        )
        .invalid(text)
    }
}

/// Messages of one role in a row.
struct Turn<'a> {
    role: Role,
    blocks: Vec<At<'a>>,
}

/// A call of a tool of the server, or of an MCP server, that has no answer yet.
#[derive(Clone, Copy)]
struct Open<'a> {
    message: usize,
    /// Where it stands in its message.
    index: usize,
    id: &'a str,
    name: &'a str,
    /// The type of the block that answers it.
    answer: &'a str,
}

/// Checks that each message holds only what its role may say.
pub(super) fn check_roles(messages: &[Message]) -> Result<(), Invalid> {
    for (message, said) in messages.iter().enumerate() {
        if said.role == Role::User && said.content.is_empty() {
            return Err(Invalid::new(
                format!("messages.{message}"),
                "user messages must have non-empty content",
            ));
        }
        for (index, block) in said.content.iter().enumerate() {
            check_role(said.role, At { message, index, block })?;
        }
    }
    Ok(())
}

/// Checks that `at` may be said by `role`.
fn check_role(role: Role, at: At<'_>) -> Result<(), Invalid> {
    let only =
        |of: &str| Err(at.invalid(format!("`{}` blocks can only be in `{of}` messages", at.block.kind())));
    match role {
        Role::User => match at.block {
            Block::ToolUse(_) | Block::Thinking(_) | Block::RedactedThinking(_) => only("assistant"),
            Block::Other(_) => match at.block.kind() {
                "tool_addition" | "tool_removal" => only("system"),
                "server_tool_use" | "mcp_tool_use" => only("assistant"),
                kind if is_server_result(kind) => only("assistant"),
                _ => Ok(()),
            },
            Block::ToolResult(result) => {
                match result.content.iter().find(|block| !is_result_content(block)) {
                    Some(block) => Err(at.invalid(format!(
                        "`{}` blocks cannot be in `tool_result` blocks",
                        shortened(block.kind())
                    ))),
                    None => Ok(()),
                }
            }
            Block::Text(_) | Block::Image(_) => Ok(()),
        },
        Role::Assistant => match at.block {
            Block::ToolResult(result) if !result.tool_use_id.starts_with(SERVER_TOOL_USE) => only("user"),
            Block::Other(_) => match at.block.kind() {
                "container_upload" => only("user"),
                "tool_addition" | "tool_removal" => only("system"),
                _ => Ok(()),
            },
            Block::ToolResult(_)
            | Block::Text(_)
            | Block::Image(_)
            | Block::ToolUse(_)
            | Block::Thinking(_)
            | Block::RedactedThinking(_) => Ok(()),
        },
        Role::System => match at.block.kind() {
            "text" | "tool_addition" | "tool_removal" => Ok(()),
            kind => Err(at.invalid(format!("`{}` blocks cannot be in `system` messages", shortened(kind)))),
        },
    }
}

/// Returns whether a block may be in the result of a tool.
fn is_result_content(block: &Block) -> bool {
    match block {
        Block::ToolUse(_) | Block::ToolResult(_) | Block::Thinking(_) | Block::RedactedThinking(_) => false,
        Block::Text(_) | Block::Image(_) | Block::Other(_) => true,
    }
}

/// Returns whether blocks of this type answer calls of the server's tools.
fn is_server_result(kind: &str) -> bool {
    matches!(
        kind,
        "web_search_tool_result"
            | "web_fetch_tool_result"
            | "advisor_tool_result"
            | "code_execution_tool_result"
            | "bash_code_execution_tool_result"
            | "text_editor_code_execution_tool_result"
            | "tool_search_tool_result"
            | "mcp_tool_result"
    )
}

/// Returns the type of the blocks that answer calls of this tool of the server.
fn answer_of(name: &str) -> &'static str {
    match name {
        "web_search" => "web_search_tool_result",
        "web_fetch" => "web_fetch_tool_result",
        "advisor" => "advisor_tool_result",
        "bash_code_execution" => "bash_code_execution_tool_result",
        "text_editor_code_execution" => "text_editor_code_execution_tool_result",
        "tool_search_tool_regex" | "tool_search_tool_bm25" => "tool_search_tool_result",
        _ => "code_execution_tool_result",
    }
}

/// Checks that calls of tools and their results come in pairs; `tools` are those of the request, for calls that the
/// server has yet to answer. To be called for the whole conversation, a thread's included.
pub fn check_turns(messages: &[Message], tools: &[Tool]) -> Result<(), Invalid> {
    let turns = turns(messages);
    let mut open = HashMap::new();
    let mut asked: Vec<&str> = Vec::new();
    for (position, turn) in turns.iter().enumerate() {
        match turn.role {
            Role::Assistant => {
                asked = client_calls(turn)?;
                server_calls(turn, &mut open)?;
                let next = turns.get(position + 1);
                check_answered(turn, &asked, next)?;
                check_open(&open, !asked.is_empty(), next)?;
            }
            Role::User | Role::System => {
                check_results(turn, &asked)?;
                asked.clear();
            }
        }
    }
    let provided: HashSet<&str> = tools.iter().filter_map(provides).collect();
    let lost =
        open.values().filter(|call| call.answer != MCP_RESULT && !provided.contains(tool_of(call.name)));
    match lost.min_by_key(|call| (call.message, call.index)) {
        Some(call) => Err(unanswered(call, &format!(", but no `{}` tool was provided", tool_of(call.name)))),
        None => Ok(()),
    }
}

/// Joins messages of one role in a row.
fn turns(messages: &[Message]) -> Vec<Turn<'_>> {
    let mut turns: Vec<Turn<'_>> = Vec::new();
    for (message, said) in messages.iter().enumerate() {
        if said.role == Role::System {
            continue;
        }
        let blocks = said.content.iter().enumerate().map(|(index, block)| At { message, index, block });
        match turns.last_mut() {
            Some(turn) if turn.role == said.role => turn.blocks.extend(blocks),
            _ => turns.push(Turn { role: said.role, blocks: blocks.collect() }),
        }
    }
    turns
}

/// Returns the ids of the calls that the client has to answer.
fn client_calls<'a>(turn: &Turn<'a>) -> Result<Vec<&'a str>, Invalid> {
    let mut ids = Vec::new();
    let mut seen = HashSet::new();
    for at in &turn.blocks {
        if let Block::ToolUse(call) = at.block {
            if !seen.insert(call.id.as_str()) {
                return Err(at.invalid("`tool_use` ids must be unique"));
            }
            ids.push(call.id.as_str());
        }
    }
    Ok(ids)
}

/// Adds the server's calls of a turn to `open` and takes out those that it answers.
fn server_calls<'a>(turn: &Turn<'a>, open: &mut HashMap<&'a str, Open<'a>>) -> Result<(), Invalid> {
    for at in &turn.blocks {
        let Block::Other(value) = at.block else { continue };
        let field = |name: &str| value.get(name).and_then(Value::as_str).unwrap_or_default();
        match at.block.kind() {
            kind @ ("server_tool_use" | "mcp_tool_use") => {
                let (id, name) = (field("id"), field("name"));
                let answer = if kind == "mcp_tool_use" { MCP_RESULT } else { answer_of(name) };
                let call = Open { message: at.message, index: at.index, id, name, answer };
                if open.insert(id, call).is_some() {
                    return Err(at.invalid(format!("`{kind}` ids must be unique")));
                }
            }
            kind if is_server_result(kind) => {
                let id = field("tool_use_id");
                if open.get(id).is_none_or(|call| call.answer != kind) {
                    let call = if kind == MCP_RESULT { "mcp_tool_use" } else { "server_tool_use" };
                    return Err(at.invalid(format!(
                        "unexpected `tool_use_id` found in `{kind}` blocks: {}. Each `{kind}` block must have a \
                         corresponding `{call}` block before it.",
                        shortened(id),
                    )));
                }
                open.remove(id);
            }
            _ => {}
        }
    }
    Ok(())
}

/// Checks that the turn after `turn` answers all calls of the client's tools.
fn check_answered(turn: &Turn<'_>, asked: &[&str], next: Option<&Turn<'_>>) -> Result<(), Invalid> {
    let answered: HashSet<&str> =
        next.into_iter().flat_map(|next| &next.blocks).filter_map(result_id).collect();
    let missing: Vec<String> =
        asked.iter().filter(|id| !answered.contains(*id)).map(|id| shortened(id)).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let message = turn.blocks.last().map_or(0, |at| at.message);
    Err(Invalid::new(
        format!("messages.{message}"),
        format!(
            "`tool_use` ids were found without `tool_result` blocks immediately after: {}. Each `tool_use` block must \
             have a corresponding `tool_result` block in the next message.",
            missing.join(", "),
        ),
    ))
}

/// Checks that calls which the server has not answered may be so: nothing follows, or nothing but the results of
/// client's tools that were called beside them.
fn check_open(
    open: &HashMap<&str, Open<'_>>,
    beside_client_calls: bool,
    next: Option<&Turn<'_>>,
) -> Result<(), Invalid> {
    let Some(next) = next else { return Ok(()) };
    if open.is_empty()
        || (beside_client_calls && next.blocks.iter().all(|at| matches!(at.block, Block::ToolResult(_))))
    {
        return Ok(());
    }
    open.values()
        .min_by_key(|call| (call.message, call.index))
        .map_or(Ok(()), |call| Err(unanswered(call, "")))
}

/// Returns the tool of a request that a call of the server's tools is a call of.
fn tool_of(name: &str) -> &'static str {
    match name {
        "web_search" => "web_search",
        "web_fetch" => "web_fetch",
        "advisor" => "advisor",
        "tool_search_tool_regex" | "tool_search_tool_bm25" => "tool_search_tool",
        _ => "code_execution",
    }
}

/// Returns what [`tool_of`] says of the calls of this tool; nothing for tools that the server does not run itself.
fn provides(tool: &Tool) -> Option<&'static str> {
    match tool {
        Tool::CodeExecution(_) => Some("code_execution"),
        Tool::Server(tool) => match tool.family()? {
            ToolFamily::WebSearch => Some("web_search"),
            ToolFamily::WebFetch => Some("web_fetch"),
            ToolFamily::Advisor => Some("advisor"),
            ToolFamily::ToolSearch => Some("tool_search_tool"),
            ToolFamily::Bash
            | ToolFamily::TextEditor
            | ToolFamily::Memory
            | ToolFamily::Computer
            | ToolFamily::BrowserToolset
            | ToolFamily::ComputerToolset => None,
        },
        Tool::Custom(_) | Tool::Client(_) | Tool::McpToolset(_) => None,
    }
}

/// Says that a call of a tool of the server was not answered.
fn unanswered(call: &Open<'_>, ending: &str) -> Invalid {
    Invalid::new(
        format!("messages.{}", call.message),
        format!(
            "`{}` tool use with id `{}` was found without a corresponding `{}` block{ending}",
            shortened(call.name),
            shortened(call.id),
            call.answer,
        ),
    )
}

/// Checks that each result answers a call of the turn before, each once.
fn check_results(turn: &Turn<'_>, asked: &[&str]) -> Result<(), Invalid> {
    let asked: HashSet<&str> = asked.iter().copied().collect();
    let mut seen = HashSet::new();
    for at in &turn.blocks {
        let Some(id) = result_id(at) else { continue };
        if id.starts_with(SERVER_TOOL_USE) {
            continue;
        }
        if !asked.contains(id) {
            return Err(at.invalid(format!(
                "unexpected `tool_use_id` found in `tool_result` blocks: {}. Each `tool_result` block must have a \
                 corresponding `tool_use` block in the previous message.",
                shortened(id),
            )));
        }
        if !seen.insert(id) {
            return Err(at.invalid(format!(
                "each tool_use must have a single result. Found multiple `tool_result` blocks with id: {}",
                shortened(id),
            )));
        }
    }
    Ok(())
}

/// Returns the id that a result of a client's tool answers.
fn result_id<'a>(at: &At<'a>) -> Option<&'a str> {
    match at.block {
        Block::ToolResult(result) => Some(&result.tool_use_id),
        _ => None,
    }
}
