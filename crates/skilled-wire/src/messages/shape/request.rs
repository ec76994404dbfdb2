//! The bodies of `POST /v1/messages` and `POST /v1/messages/count_tokens`.

use super::block::{CACHE_CONTROL, CONTENT, TEXT_BLOCKS};
use super::tool::TOOL;
use super::{BOOL, COUNT, Field, OBJECT, Others, POSITIVE, Shape, TEXT, TEXTS, Variant};

/// The name of a model: something, within reason.
static MODEL: Shape = Shape::Word {
    longest: 256,
    letter: |letter| !letter.is_control(),
    pattern: "^[^\\x00-\\x1F\\x7F]{1,256}$",
};

static EFFORT: Shape = Shape::Choice(&["low", "medium", "high", "xhigh", "max"]);

static MESSAGE: Shape = Shape::Tagged {
    by: "role",
    variants: &[
        variant!("user", &[required!("content", &CONTENT)]),
        variant!("assistant", &[required!("content", &CONTENT)]),
        variant!(
            "system",
            &[
                optional!("content", &CONTENT),
                nullable!("clear_at", &Shape::Choice(&["next_user_message", "never"])),
                nullable!("output_config", &Shape::Fields(&[nullable!("effort", &EFFORT)])),
            ]
        ),
    ],
    others: Others::Refused,
    untyped: None,
};
static MESSAGES: Shape = Shape::List(&MESSAGE);

static SYSTEM: Shape = Shape::Either(&[&TEXT, &TEXT_BLOCKS]);

static TOOLS: Shape = Shape::List(&TOOL);

static TOOL_CHOICE: Shape = tagged!(&[
    variant!("auto", &[optional!("disable_parallel_tool_use", &BOOL)]),
    variant!("any", &[optional!("disable_parallel_tool_use", &BOOL)]),
    variant!("tool", &[required!("name", &TEXT), optional!("disable_parallel_tool_use", &BOOL)]),
    variant!("none", &[]),
]);

static SKILL: Shape = tagged!(&[variant!("anthropic", SKILL_FIELDS), variant!("custom", SKILL_FIELDS)]);
const SKILL_FIELDS: &[Field] = &[
    required!("skill_id", &Shape::Word { longest: 64, letter: plain, pattern: "^[a-zA-Z0-9_.-]{1,64}$" }),
    optional!("version", &Shape::Word { longest: 64, letter: plain, pattern: "^[a-zA-Z0-9_.-]{1,64}$" }),
];

/// The letters of ids and versions.
fn plain(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || matches!(letter, '_' | '-' | '.')
}

static CONTAINER: Shape = Shape::Either(&[
    &TEXT,
    &Shape::Fields(&[nullable!("id", &TEXT), nullable!("skills", &Shape::List(&SKILL))]),
]);

static THREAD: Shape =
    tagged!(&[variant!("create", &[]), variant!("continue", &[required!("previous_message_id", &TEXT)])]);

const THINKING_VARIANTS: [Variant; 4] = [
    variant!(
        "enabled",
        &[
            required!("budget_tokens", &Shape::Integer { min: 1024 }),
            nullable!("block_binding", &BINDING),
            nullable!("display", &DISPLAY),
        ]
    ),
    variant!("disabled", &[]),
    variant!("between_tools", &[]),
    variant!("adaptive", &[nullable!("block_binding", &BINDING), nullable!("display", &DISPLAY)]),
];
static THINKING: Shape = tagged!(&THINKING_VARIANTS);
static BINDING: Shape =
    Shape::Fields(&[nullable!("prefix_mismatch_behavior", &Shape::Choice(&["error", "drop_block"]))]);
static DISPLAY: Shape = Shape::Choice(&["summarized", "omitted", "updates"]);

static FORMAT: Shape = tagged!(&[variant!("json_schema", &[required!("schema", &OBJECT)])]);
static OUTPUT_CONFIG: Shape = Shape::Fields(&[
    nullable!("effort", &EFFORT),
    nullable!("format", &FORMAT),
    nullable!(
        "task_budget",
        &tagged!(&[variant!("tokens", &[required!("total", &POSITIVE), nullable!("remaining", &COUNT)])]),
    ),
]);

static METADATA: Shape = Shape::Fields(&[nullable!("user_id", &TEXT)]);
static SPEED: Shape = Shape::Choice(&["fast", "standard"]);
static TIER: Shape = Shape::Choice(&["auto", "standard_only"]);

const AMOUNT: &[Field] = &[required!("value", &COUNT)];
static CONTEXT_EDIT: Shape = tagged!(&[
    variant!(
        "clear_tool_uses_20250919",
        &[
            nullable!("clear_at_least", &tagged!(&[variant!("input_tokens", AMOUNT)])),
            nullable!("clear_tool_inputs", &Shape::Either(&[&BOOL, &TEXTS])),
            nullable!("exclude_tools", &TEXTS),
            optional!("keep", &tagged!(&[variant!("tool_uses", AMOUNT)])),
            optional!(
                "trigger",
                &tagged!(&[variant!("input_tokens", AMOUNT), variant!("tool_uses", AMOUNT)])
            ),
        ]
    ),
    variant!(
        "clear_thinking_20251015",
        &[optional!(
            "keep",
            &Shape::Either(&[
                &Shape::Choice(&["all"]),
                &tagged!(&[variant!("thinking_turns", AMOUNT), variant!("all", &[])]),
            ]),
        )]
    ),
    variant!(
        "compact_20260112",
        &[
            nullable!("instructions", &TEXT),
            optional!("pause_after_compaction", &BOOL),
            nullable!("trigger", &tagged!(&[variant!("input_tokens", AMOUNT)])),
        ]
    ),
]);
static CONTEXT_MANAGEMENT: Shape = Shape::Fields(&[optional!("edits", &Shape::List(&CONTEXT_EDIT))]);
static COMPACTION: Shape = tagged!(&[variant!("summarize", &[nullable!("instructions", &TEXT)])]);

static MCP_SERVERS: Shape = Shape::List(&tagged!(&[variant!(
    "url",
    &[
        required!("name", &TEXT),
        required!("url", &TEXT),
        nullable!("authorization_token", &TEXT),
        nullable!(
            "tool_configuration",
            &Shape::Fields(&[nullable!("allowed_tools", &TEXTS), nullable!("enabled", &BOOL)]),
        ),
    ]
)]));

static FALLBACKS: Shape = Shape::Either(&[
    &Shape::Choice(&["default"]),
    &Shape::List(&Shape::Fields(&[
        required!("model", &MODEL),
        nullable!("max_tokens", &POSITIVE),
        nullable!("output_config", &OUTPUT_CONFIG),
        nullable!("speed", &SPEED),
        nullable!("thinking", &THINKING),
    ])),
]);

static DIAGNOSTICS: Shape = Shape::Fields(&[nullable!("previous_message_id", &TEXT)]);
static BILLING: Shape = tagged!(&[variant!(
    "billing_policy",
    &[optional!("bill_to", &Shape::Choice(&["self", "user_profile"]))]
)]);
static CREDIT: Shape = Shape::Either(&[
    &TEXT,
    &Shape::Fields(&[
        required!("token", &TEXT),
        optional!("mode", &Shape::Choice(&["strict", "best_effort"])),
    ]),
]);

/// `POST /v1/messages`.
pub(crate) static REQUEST: Shape = Shape::Fields(&[
    required!("model", &MODEL),
    // 0 fills the prompt cache and answers nothing.
    required!("max_tokens", &COUNT),
    required!("messages", &MESSAGES),
    optional!("system", &SYSTEM),
    optional!("tools", &TOOLS),
    optional!("tool_choice", &TOOL_CHOICE),
    nullable!("container", &CONTAINER),
    nullable!("thread", &THREAD),
    optional!("stream", &BOOL),
    optional!("thinking", &THINKING),
    optional!("output_config", &OUTPUT_CONFIG),
    nullable!("output_format", &FORMAT),
    optional!("stop_sequences", &TEXTS),
    optional!("temperature", &Shape::Number { min: 0.0, max: 1.0 }),
    optional!("top_p", &Shape::Number { min: 0.0, max: 1.0 }),
    optional!("top_k", &COUNT),
    optional!("metadata", &METADATA),
    optional!("service_tier", &TIER),
    nullable!("speed", &SPEED),
    nullable!("cache_control", &CACHE_CONTROL),
    nullable!("context_management", &CONTEXT_MANAGEMENT),
    nullable!("compaction", &COMPACTION),
    optional!("mcp_servers", &MCP_SERVERS),
    nullable!("fallbacks", &FALLBACKS),
    nullable!("diagnostics", &DIAGNOSTICS),
    nullable!("inference_geo", &TEXT),
    nullable!("billing_policy", &BILLING),
    nullable!("fallback_credit_token", &CREDIT),
]);

/// `POST /v1/messages/count_tokens`.
pub(crate) static COUNT_REQUEST: Shape = Shape::Fields(&[
    required!("model", &MODEL),
    required!("messages", &MESSAGES),
    optional!("system", &SYSTEM),
    optional!("tools", &TOOLS),
    optional!("tool_choice", &TOOL_CHOICE),
    optional!("thinking", &THINKING),
    optional!("output_config", &OUTPUT_CONFIG),
    nullable!("output_format", &FORMAT),
    nullable!("speed", &SPEED),
    nullable!("cache_control", &CACHE_CONTROL),
    nullable!("context_management", &CONTEXT_MANAGEMENT),
    nullable!("compaction", &COMPACTION),
    optional!("mcp_servers", &MCP_SERVERS),
    nullable!("billing_policy", &BILLING),
]);
