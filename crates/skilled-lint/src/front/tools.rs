//! Rules about `allowed-tools`.

use super::Front;
use crate::sink::Sink;
use crate::{nearest, rules};

/// Tools of clients that are known to read `allowed-tools`.
const KNOWN: &[&str] = &[
    // Claude Code.
    "Agent",
    "AskUserQuestion",
    "Bash",
    "BashOutput",
    "Edit",
    "EnterPlanMode",
    "ExitPlanMode",
    "Glob",
    "Grep",
    "KillBash",
    "KillShell",
    "LS",
    "LSP",
    "ListMcpResourcesTool",
    "Monitor",
    "MultiEdit",
    "NotebookEdit",
    "NotebookRead",
    "PowerShell",
    "Read",
    "ReadMcpResourceTool",
    "SendMessage",
    "Skill",
    "SlashCommand",
    "Task",
    "TaskCreate",
    "TaskGet",
    "TaskList",
    "TaskOutput",
    "TaskStop",
    "TaskUpdate",
    "TodoRead",
    "TodoWrite",
    "ToolSearch",
    "WebFetch",
    "WebSearch",
    "Write",
    // Gemini CLI.
    "activate_skill",
    "ask_user",
    "glob",
    "google_web_search",
    "grep_search",
    "list_directory",
    "read_file",
    "read_many_files",
    "replace",
    "run_shell_command",
    "save_memory",
    "search_file_content",
    "web_fetch",
    "write_file",
    "write_todos",
    // OpenCode, Codex, OpenClaw, goose and others.
    "apply_patch",
    "bash",
    "browser",
    "canvas",
    "cron",
    "edit",
    "exec",
    "fetch",
    "grep",
    "image",
    "list",
    "message",
    "nodes",
    "patch",
    "process",
    "python",
    "read",
    "shell",
    "skill",
    "task",
    "terminal",
    "todoread",
    "todowrite",
    "view",
    "webfetch",
    "websearch",
    "web_search",
    "write",
];

/// Longest list that is looked at; a longer one is not written by a person.
const MAX_TOOLS: usize = 500;

pub(super) fn check(front: &Front<'_>, sink: &mut Sink<'_>) {
    if front.skill.allowed_tools.is_empty() {
        return;
    }
    let span = front.value("allowed-tools");
    for tool in front.skill.allowed_tools.iter().take(MAX_TOOLS) {
        let place = front.text.content[span.clone()].find(tool.as_str());
        let place = place.map_or(span.clone(), |at| span.start + at..span.start + at + tool.len());
        if !is_balanced(tool) {
            let message = format!("the parentheses of `{tool}` do not match");
            sink.push(front.draft(&rules::TOOLS_PARENTHESES, place, message));
            continue;
        }
        let name = tool.split('(').next().unwrap_or_default();
        if is_known(name) {
            continue;
        }
        let draft = front.draft(&rules::UNKNOWN_TOOL, place, format!("no known client has a tool `{name}`"));
        sink.push(match nearest::of(name, KNOWN.iter().copied()) {
            Some(nearest) => {
                draft.with_help(format!("Perhaps `{nearest}` is meant; names of tools are case-sensitive."))
            }
            None => draft,
        });
    }
}

/// Names of servers and plugins, and patterns, cannot be known here.
fn is_known(name: &str) -> bool {
    KNOWN.contains(&name)
        || name.contains("__")
        || name.contains([':', '.', '/', '*', '-'])
        || name.starts_with("mcp")
}

fn is_balanced(tool: &str) -> bool {
    let depth = tool.chars().try_fold(0_usize, |depth, c| match c {
        '(' => Some(depth + 1),
        ')' => depth.checked_sub(1),
        _ => Some(depth),
    });
    depth == Some(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parentheses_match_or_not() {
        let tools = ["Read", "Bash(git (a) *)", "Bash(git", "Bash)", ")("];
        assert_eq!(tools.map(is_balanced), [true, true, false, false, false]);
    }
}
