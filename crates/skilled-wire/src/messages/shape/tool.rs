//! The tools of a request.

use super::block::{CACHE_CONTROL, MCP_TOOL};
use super::{BOOL, COUNT, Field, OBJECT, OBJECTS, Others, POSITIVE, Shape, TEXT, TEXTS, Variant};

/// Who may call a tool.
pub(crate) const CALLERS: &[&str] =
    &["direct", "code_execution_20250825", "code_execution_20260120", "code_execution_20260521"];
static ALLOWED_CALLERS: Shape = Shape::List(&Shape::Choice(CALLERS));

static INPUT_SCHEMA: Shape = Shape::Open(&[
    required!("type", &Shape::Choice(&["object"])),
    nullable!("properties", &OBJECT),
    nullable!("required", &TEXTS),
]);

static NAME: Shape = Shape::Word {
    longest: 128,
    letter: |letter| letter.is_ascii_alphanumeric() || matches!(letter, '_' | '-'),
    pattern: "^[a-zA-Z0-9_-]{1,128}$",
};

/// The fields of all tools that the model calls by a name.
macro_rules! tool {
    ($tag:literal, $name:expr $(, $field:expr)* $(,)?) => {
        variant!($tag, &[
            required!("name", $name),
            optional!("allowed_callers", &ALLOWED_CALLERS),
            nullable!("cache_control", &CACHE_CONTROL),
            optional!("defer_loading", &BOOL),
            optional!("strict", &BOOL),
            $($field),*
        ])
    };
}

const EXAMPLES: Field = optional!("input_examples", &OBJECTS);

static CODE_EXECUTION: Shape = Shape::Choice(&["code_execution"]);
static BASH: Shape = Shape::Choice(&["bash"]);
static MEMORY: Shape = Shape::Choice(&["memory"]);
static EDITOR: Shape = Shape::Choice(&["str_replace_editor"]);
static EDIT_TOOL: Shape = Shape::Choice(&["str_replace_based_edit_tool"]);
static COMPUTER: Shape = Shape::Choice(&["computer"]);
static WEB_SEARCH: Shape = Shape::Choice(&["web_search"]);
static WEB_FETCH: Shape = Shape::Choice(&["web_fetch"]);
static ADVISOR: Shape = Shape::Choice(&["advisor"]);
static SEARCH_BM25: Shape = Shape::Choice(&["tool_search_tool_bm25"]);
static SEARCH_REGEX: Shape = Shape::Choice(&["tool_search_tool_regex"]);

static LOCATION: Shape = tagged!(&[variant!(
    "approximate",
    &[
        nullable!("city", &TEXT),
        nullable!("country", &TEXT),
        nullable!("region", &TEXT),
        nullable!("timezone", &TEXT),
    ]
)]);

const INCLUSION: Field = optional!("response_inclusion", &Shape::Choice(&["full", "excluded"]));
const ALLOWED_DOMAINS: Field = nullable!("allowed_domains", &TEXTS);
const BLOCKED_DOMAINS: Field = nullable!("blocked_domains", &TEXTS);
const MAX_USES: Field = nullable!("max_uses", &POSITIVE);
const USER_LOCATION: Field = nullable!("user_location", &LOCATION);
const MAX_CONTENT: Field = nullable!("max_content_tokens", &POSITIVE);
const CITATIONS: Field = nullable!("citations", &Shape::Fields(&[optional!("enabled", &BOOL)]));
const URL_SOURCES: Field = nullable!("url_sources", &OBJECT);
const USE_CACHE: Field = optional!("use_cache", &BOOL);

macro_rules! web_search {
    ($tag:literal $(, $field:expr)*) => {
        tool!($tag, &WEB_SEARCH, ALLOWED_DOMAINS, BLOCKED_DOMAINS, MAX_USES, USER_LOCATION $(, $field)*)
    };
}

macro_rules! web_fetch {
    ($tag:literal $(, $field:expr)*) => {
        tool!(
            $tag, &WEB_FETCH, ALLOWED_DOMAINS, BLOCKED_DOMAINS, MAX_USES, MAX_CONTENT, CITATIONS, URL_SOURCES
            $(, $field)*
        )
    };
}

macro_rules! computer {
    ($tag:literal $(, $field:expr)*) => {
        tool!(
            $tag,
            &COMPUTER,
            required!("display_height_px", &POSITIVE),
            required!("display_width_px", &POSITIVE),
            nullable!("display_number", &COUNT),
            EXAMPLES
            $(, $field)*
        )
    };
}

static MCP_TOOL_CONFIG: Shape =
    Shape::Fields(&[optional!("defer_loading", &BOOL), optional!("enabled", &BOOL)]);

/// An entry of `tools`.
pub(crate) static TOOL: Shape =
    Shape::Tagged { by: "type", variants: TOOLS, others: Others::Refused, untyped: Some("custom") };

static TOOLS: &[Variant] = &[
    tool!(
        "custom",
        &NAME,
        required!("input_schema", &INPUT_SCHEMA),
        optional!("description", &TEXT),
        nullable!("eager_input_streaming", &BOOL),
        EXAMPLES
    ),
    tool!("code_execution_20250522", &CODE_EXECUTION),
    tool!("code_execution_20250825", &CODE_EXECUTION),
    tool!("code_execution_20260120", &CODE_EXECUTION),
    tool!("code_execution_20260521", &CODE_EXECUTION),
    tool!("bash_20241022", &BASH, EXAMPLES),
    tool!("bash_20250124", &BASH, EXAMPLES),
    tool!("text_editor_20241022", &EDITOR, EXAMPLES),
    tool!("text_editor_20250124", &EDITOR, EXAMPLES),
    tool!("text_editor_20250429", &EDIT_TOOL, EXAMPLES),
    tool!("text_editor_20250728", &EDIT_TOOL, EXAMPLES, nullable!("max_characters", &POSITIVE)),
    tool!("memory_20250818", &MEMORY, EXAMPLES),
    computer!("computer_20241022"),
    computer!("computer_20250124"),
    computer!("computer_20251124", optional!("enable_zoom", &BOOL)),
    variant!(
        "browser_toolset_20260801",
        &[nullable!("cache_control", &CACHE_CONTROL), nullable!("configs", &OBJECT)]
    ),
    variant!(
        "computer_toolset_20260801",
        &[nullable!("cache_control", &CACHE_CONTROL), nullable!("configs", &OBJECT)]
    ),
    web_search!("web_search_20250305"),
    web_search!("web_search_20260209"),
    web_search!("web_search_20260318", INCLUSION),
    web_fetch!("web_fetch_20250910"),
    web_fetch!("web_fetch_20260209"),
    web_fetch!("web_fetch_20260309", USE_CACHE),
    web_fetch!("web_fetch_20260318", USE_CACHE, INCLUSION),
    tool!(
        "advisor_20260301",
        &ADVISOR,
        required!("model", &TEXT),
        nullable!("caching", &CACHE_CONTROL),
        nullable!("max_tokens", &POSITIVE),
        MAX_USES
    ),
    tool!("tool_search_tool_bm25_20251119", &SEARCH_BM25),
    tool!("tool_search_tool_bm25", &SEARCH_BM25),
    tool!("tool_search_tool_regex_20251119", &SEARCH_REGEX),
    tool!("tool_search_tool_regex", &SEARCH_REGEX),
    variant!(
        "mcp_toolset",
        &[
            required!("mcp_server_name", &TEXT),
            nullable!("cache_control", &CACHE_CONTROL),
            nullable!("configs", &Shape::Dict(&MCP_TOOL_CONFIG)),
            optional!("default_config", &MCP_TOOL_CONFIG),
            nullable!("tools", &Shape::List(&MCP_TOOL)),
        ]
    ),
];
