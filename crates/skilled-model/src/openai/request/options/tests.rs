use serde_json::{Value, json};

use super::*;
use crate::{ReasoningPolicy, ToolChoice};

const LOCAL: Dialect =
    Dialect { official: false, limit_field: "max_tokens", reasoning: ReasoningPolicy::SentBack };
const OFFICIAL: Dialect = Dialect { official: true, ..LOCAL };

/// Returns the options that `value` writes by their names.
fn read(value: &Value) -> Options {
    serde_json::from_value(value.clone()).unwrap()
}

#[test]
fn every_option_is_translated() {
    let closed = json!({"type": "object", "properties": {"a": {"type": "string"}}, "required": ["a"],
                        "additionalProperties": false});
    let open =
        json!({"type": "object", "properties": {"a": {"type": "string"}}, "additionalProperties": false});
    let format = |schema: &Value, strict: bool| {
        json!({"response_format": {"type": "json_schema",
               "json_schema": {"name": "answer", "schema": schema, "strict": strict}}})
    };
    let asked =
        |schema: &Value| json!({"output_config": {"format": {"type": "json_schema", "schema": schema}}});
    for (options, expected) in [
        (json!({}), json!({})),
        (
            json!({"temperature": 0.5, "top_p": 0.9, "top_k": 5, "stop_sequences": ["a", "b"]}),
            json!({"temperature": 0.5, "top_p": 0.9, "top_k": 5, "stop": ["a", "b"]}),
        ),
        (json!({"tool_choice": {"type": "auto"}}), json!({"tool_choice": "auto"})),
        (json!({"tool_choice": {"type": "any"}}), json!({"tool_choice": "required"})),
        (json!({"tool_choice": {"type": "none"}}), json!({"tool_choice": "none"})),
        (
            json!({"tool_choice": {"type": "tool", "name": "f", "disable_parallel_tool_use": true}}),
            json!({"tool_choice": {"type": "function", "function": {"name": "f"}}, "parallel_tool_calls": false}),
        ),
        (json!({"thinking": {"type": "adaptive", "display": "summarized"}}), json!({})),
        (json!({"thinking": {"type": "disabled"}}), json!({})),
        (json!({"thinking": {"type": "enabled", "budget_tokens": 1024}}), json!({"reasoning_effort": "low"})),
        (
            json!({"thinking": {"type": "enabled", "budget_tokens": 4096}}),
            json!({"reasoning_effort": "medium"}),
        ),
        (
            json!({"thinking": {"type": "enabled", "budget_tokens": 16384}}),
            json!({"reasoning_effort": "high"}),
        ),
        (
            json!({"thinking": {"type": "enabled", "budget_tokens": 1024}, "output_config": {"effort": "max"}}),
            json!({"reasoning_effort": "xhigh"}),
        ),
        (asked(&closed), format(&closed, true)),
        (asked(&open), format(&open, false)),
        (json!({"metadata": {"user_id": "u"}}), json!({"user": "u"})),
        (json!({"service_tier": "standard_only"}), json!({"service_tier": "default"})),
        (json!({"service_tier": "auto", "speed": "standard"}), json!({"service_tier": "auto"})),
        (
            json!({"cache_control": {"type": "ephemeral"}, "betas": ["b"], "other": {"container": null}}),
            json!({}),
        ),
    ] {
        assert_eq!(Value::Object(fields(&read(&options), true, LOCAL).unwrap()), expected, "{options}");
    }
}

#[test]
fn what_cannot_be_said_is_refused_by_name() {
    for (options, field) in [
        (json!({"top_k": 5}), "top_k"),
        (json!({"thinking": {"type": "between_tools"}}), "thinking"),
        (json!({"thinking": {"type": "adaptive", "display": "omitted"}}), "thinking.display"),
        (json!({"thinking": {"type": "adaptive", "block_binding": {}}}), "thinking.block_binding"),
        (json!({"output_config": {"task_budget": {"total": 1}}}), "output_config.task_budget"),
        (json!({"output_config": {"format": {"type": "grammar"}}}), "output_config.format.type"),
        (json!({"output_config": {"format": {"type": "json_schema"}}}), "output_config.format"),
        (json!({"output_config": {"format": "json"}}), "output_config.format"),
        (json!({"output_config": {"novelty": 1}}), "output_config.novelty"),
        (json!({"metadata": {"team": "x"}}), "metadata.team"),
        (json!({"speed": "fast"}), "speed"),
        (json!({"inference_geo": "eu"}), "inference_geo"),
        (json!({"other": {"mcp_servers": []}}), "mcp_servers"),
    ] {
        let error = fields(&read(&options), true, OFFICIAL).unwrap_err();
        assert_eq!(error.kind, ErrorKind::Untranslatable);
        assert!(error.message.starts_with(&format!("the request has a field `{field}` that")), "{error}");
    }
}

#[test]
fn without_tools_there_is_nothing_to_choose() {
    for mode in [ToolMode::Auto, ToolMode::None] {
        let choice = ToolChoice { mode, disable_parallel_tool_use: Some(true) };
        let options = Options { tool_choice: Some(choice), ..Options::default() };
        assert_eq!(fields(&options, false, LOCAL).unwrap(), Map::new());
    }
    for mode in [ToolMode::Any, ToolMode::Tool { name: "f".to_owned() }] {
        let options = Options { tool_choice: Some(mode.into()), ..Options::default() };
        assert!(fields(&options, false, LOCAL).unwrap_err().message.contains("`tool_choice`"));
    }
}

#[test]
fn only_closed_schemas_are_strict() {
    for (schema, expected) in [
        (json!({"type": "string"}), true),
        (json!({"type": "object"}), false),
        (json!({"type": "object", "properties": {}, "additionalProperties": false}), true),
        (json!({"type": "array", "items": {"type": "object"}}), false),
        (
            json!({"anyOf": [{"type": "null"}, {"properties": {"a": {}}, "additionalProperties": false}]}),
            false,
        ),
    ] {
        assert_eq!(is_strict(&schema), expected, "{schema}");
    }
}
