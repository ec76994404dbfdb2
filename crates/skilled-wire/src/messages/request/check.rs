//! What a request must be beyond the types of its fields.

use std::collections::HashSet;

use skilled_message::{Block, Message};

use super::super::invalid::{Invalid, shortened};
use super::super::limits::Limits;
use super::super::options::{Thinking, ToolChoice};
use super::super::tool::Tool;
use super::super::turns::{check_roles, check_turns};
use super::MessagesRequest;

/// Checks a request within `limits`.
pub(super) fn request(request: &MessagesRequest, limits: &Limits) -> Result<(), Invalid> {
    let continues = request.is_continuation();
    if request.messages.is_empty() && !continues {
        return Err(Invalid::new("messages", "at least one message is required"));
    }
    sizes(request, limits)?;
    tools(&request.tools)?;
    if !continues {
        toolsets(request)?;
        tool_choice(request)?;
    }
    stop_sequences(&request.stop_sequences)?;
    thinking(request)?;
    check_roles(&request.messages)?;
    // The other half of a continuation's turns is in the thread.
    if continues { Ok(()) } else { check_turns(&request.messages, &request.tools) }
}

/// Checks how many there are of things.
fn sizes(request: &MessagesRequest, limits: &Limits) -> Result<(), Invalid> {
    let most = |path: &str, found: usize, most: usize| {
        if found <= most {
            return Ok(());
        }
        Err(Invalid::new(
            path,
            format!("List should have at most {most} items after validation, not {found}"),
        ))
    };
    most("messages", request.messages.len(), limits.messages)?;
    most("tools", request.tools.len(), limits.tools)?;
    let skills = request.container.as_ref().map_or(0, |container| container.skills().len());
    most("container.skills", skills, limits.skills)?;
    let blocks: usize = request.messages.iter().map(count_blocks).sum();
    if blocks > limits.blocks {
        let most = limits.blocks;
        return Err(Invalid::new(
            "messages",
            format!("At most {most} content blocks are permitted, not {blocks}"),
        ));
    }
    Ok(())
}

/// Counts the blocks of a message, with those in results of tools.
fn count_blocks(message: &Message) -> usize {
    let inside = |block: &Block| match block {
        Block::ToolResult(result) => result.content.len(),
        _ => 0,
    };
    message.content.iter().map(|block| 1 + inside(block)).sum()
}

/// Checks that no two tools have one name, nor two sets of tools one server.
fn tools(tools: &[Tool]) -> Result<(), Invalid> {
    let mut names = HashSet::new();
    let mut servers = HashSet::new();
    for (index, tool) in tools.iter().enumerate() {
        if tool.name().is_some_and(|name| !names.insert(name)) {
            return Err(Invalid::new("tools", "Tool names must be unique."));
        }
        if let Tool::McpToolset(toolset) = tool
            && !servers.insert(&toolset.mcp_server_name)
        {
            let name = shortened(&toolset.mcp_server_name);
            return Err(Invalid::new(
                format!("tools.{index}.mcp_server_name"),
                format!("MCP server '{name}' has more than one toolset"),
            ));
        }
    }
    Ok(())
}

/// Checks that each set of tools has its MCP server, each once.
fn toolsets(request: &MessagesRequest) -> Result<(), Invalid> {
    let mut servers = HashSet::new();
    for (index, server) in request.mcp_servers.iter().enumerate() {
        if !servers.insert(server.name()) {
            return Err(Invalid::new(format!("mcp_servers.{index}.name"), "MCP server names must be unique"));
        }
    }
    let lost = request.tools.iter().enumerate().find_map(|(index, tool)| match tool {
        Tool::McpToolset(toolset) if !servers.contains(toolset.mcp_server_name.as_str()) => {
            Some((index, &toolset.mcp_server_name))
        }
        _ => None,
    });
    match lost {
        Some((index, name)) => Err(Invalid::new(
            format!("tools.{index}.mcp_server_name"),
            format!("MCP server '{}' not found in mcp_servers", shortened(name)),
        )),
        None => Ok(()),
    }
}

/// Checks that there is what must be used.
fn tool_choice(request: &MessagesRequest) -> Result<(), Invalid> {
    let Some(choice) = &request.tool_choice else { return Ok(()) };
    if request.tools.is_empty() && request.mcp_servers.is_empty() && !matches!(choice, ToolChoice::None) {
        return Err(Invalid::new("tool_choice", "tool_choice may only be specified while providing tools"));
    }
    // What sets of tools hold is not known here.
    let open = !request.mcp_servers.is_empty() || request.tools.iter().any(|tool| tool.name().is_none());
    match choice {
        ToolChoice::Tool { name, .. }
            if !open && !request.tools.iter().any(|tool| tool.name() == Some(name)) =>
        {
            Err(Invalid::new(
                "tool_choice",
                format!("Tool '{}' not found in provided tools", shortened(name)),
            ))
        }
        _ => Ok(()),
    }
}

/// Checks that each stop sequence can stop something.
fn stop_sequences(sequences: &[String]) -> Result<(), Invalid> {
    match sequences.iter().position(|sequence| sequence.trim().is_empty()) {
        Some(index) => Err(Invalid::new(
            format!("stop_sequences.{index}"),
            "each stop sequence must contain non-whitespace",
        )),
        None => Ok(()),
    }
}

/// Checks that there is room for the answer beside the thinking.
fn thinking(request: &MessagesRequest) -> Result<(), Invalid> {
    match request.thinking {
        Some(Thinking::Enabled { budget_tokens, .. }) if budget_tokens >= request.max_tokens => {
            Err(Invalid::new("max_tokens", "`max_tokens` must be greater than `thinking.budget_tokens`"))
        }
        _ => Ok(()),
    }
}
