//! Which client a field belongs to.

/// Fields outside the specification whose meaning is known, with who gives it.
const OWNERS: &[(&str, &[&str])] = &[
    (
        "Claude Code",
        &[
            "when_to_use",
            "argument-hint",
            "arguments",
            "disable-model-invocation",
            "user-invocable",
            "disallowed-tools",
            "model",
            "effort",
            "context",
            "agent",
            "background",
            "hooks",
            "paths",
            "shell",
        ],
    ),
    (
        "sub-agents of Claude Code",
        &[
            "tools",
            "disallowedTools",
            "color",
            "permissionMode",
            "maxTurns",
            "skills",
            "memory",
            "isolation",
            "mcpServers",
        ],
    ),
    ("Codex, which reads it from agents/openai.yaml", &["interface", "policy", "dependencies", "products"]),
    (
        "OpenClaw, which reads it from `metadata.openclaw`",
        &[
            "requires",
            "primaryEnv",
            "install",
            "os",
            "emoji",
            "always",
            "command-dispatch",
            "command-tool",
            "command-arg-mode",
            "openclaw",
            "clawdbot",
        ],
    ),
    (
        "gh skill, which keeps it below `metadata`",
        &["github-repo", "github-ref", "github-tree-sha", "github-path", "github-pinned"],
    ),
    ("OpenHands", &["triggers", "trigger"]),
    ("rules of Cursor", &["globs", "alwaysApply"]),
    ("instructions of GitHub Copilot", &["applyTo", "mode"]),
];

/// The client that gives a field a meaning, when one is known.
pub(crate) fn owner(field: &str) -> Option<&'static str> {
    OWNERS.iter().find(|(_, fields)| fields.contains(&field)).map(|(owner, _)| *owner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_named_with_their_client() {
        assert_eq!(owner("argument-hint"), Some("Claude Code"));
        assert_eq!(owner("alwaysApply"), Some("rules of Cursor"));
        assert_eq!(owner("version"), None);
    }

    #[test]
    fn no_field_has_two_owners() {
        let mut fields: Vec<&str> = OWNERS.iter().flat_map(|(_, fields)| fields.iter().copied()).collect();
        let count = fields.len();
        fields.sort_unstable();
        fields.dedup();
        assert_eq!(fields.len(), count);
    }
}
