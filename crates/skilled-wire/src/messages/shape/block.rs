//! The content blocks of a request.

use super::{ANY, BOOL, COUNT, Field, OBJECT, OBJECTS, Others, Shape, TEXT, TEXTS, Variant};

/// A hint for the prompt cache.
pub(crate) static CACHE_CONTROL: Shape = Shape::Fields(&[
    required!("type", &Shape::Choice(&["ephemeral"])),
    optional!("ttl", &Shape::Choice(&["5m", "1h"])),
]);

/// Who called a tool: the model itself, or a script that it wrote.
static CALLER: Shape = tagged!(&[
    variant!("direct", &[]),
    variant!("code_execution_20250825", SCRIPT),
    variant!("code_execution_20260120", SCRIPT),
    variant!("code_execution_20260521", SCRIPT),
]);
const SCRIPT: &[Field] = &[required!("tool_id", &TEXT)];

/// What a text refers to. As requests and answers have it.
static CITATIONS: Shape = Shape::List(&tagged!(&[
    variant!(
        "char_location",
        &[
            required!("cited_text", &TEXT),
            required!("document_index", &COUNT),
            nullable!("document_title", &TEXT),
            nullable!("file_id", &TEXT),
            required!("start_char_index", &COUNT),
            required!("end_char_index", &COUNT),
        ],
    ),
    variant!(
        "page_location",
        &[
            required!("cited_text", &TEXT),
            required!("document_index", &COUNT),
            nullable!("document_title", &TEXT),
            nullable!("file_id", &TEXT),
            required!("start_page_number", &COUNT),
            required!("end_page_number", &COUNT),
        ],
    ),
    variant!(
        "content_block_location",
        &[
            required!("cited_text", &TEXT),
            required!("document_index", &COUNT),
            nullable!("document_title", &TEXT),
            nullable!("file_id", &TEXT),
            required!("start_block_index", &COUNT),
            required!("end_block_index", &COUNT),
        ],
    ),
    variant!(
        "web_search_result_location",
        &[
            required!("cited_text", &TEXT),
            required!("encrypted_index", &TEXT),
            nullable!("title", &TEXT),
            required!("url", &TEXT),
        ],
    ),
    variant!(
        "search_result_location",
        &[
            required!("cited_text", &TEXT),
            required!("search_result_index", &COUNT),
            required!("source", &TEXT),
            nullable!("title", &TEXT),
            required!("start_block_index", &COUNT),
            required!("end_block_index", &COUNT),
        ],
    ),
]));

static CITING: Shape = Shape::Fields(&[optional!("enabled", &BOOL)]);

static IMAGE_SOURCE: Shape = tagged!(&[
    variant!(
        "base64",
        &[
            required!("data", &TEXT),
            required!("media_type", &Shape::Choice(&["image/jpeg", "image/png", "image/gif", "image/webp"])),
        ],
    ),
    variant!("url", &[required!("url", &TEXT)]),
    variant!("file", &[required!("file_id", &TEXT)]),
]);

static DOCUMENT_SOURCE: Shape = tagged!(&[
    variant!(
        "base64",
        &[required!("data", &TEXT), required!("media_type", &Shape::Choice(&["application/pdf"]))],
    ),
    variant!("text", &[required!("data", &TEXT), required!("media_type", &Shape::Choice(&["text/plain"]))]),
    variant!(
        "content",
        &[required!("content", &Shape::Either(&[&TEXT, &Shape::List(&tagged!(&[TEXT_BLOCK, IMAGE_BLOCK]))]))],
    ),
    variant!("url", &[required!("url", &TEXT)]),
    variant!("file", &[required!("file_id", &TEXT)]),
]);

const TEXT_BLOCK: Variant = variant!(
    "text",
    &[
        required!("text", &TEXT),
        nullable!("citations", &CITATIONS),
        nullable!("cache_control", &CACHE_CONTROL)
    ],
);
const IMAGE_BLOCK: Variant = variant!(
    "image",
    &[
        required!("source", &IMAGE_SOURCE),
        nullable!("cache_control", &CACHE_CONTROL),
        nullable!(
            "transformations",
            &Shape::Fields(&[optional!("oversized_image", &Shape::Choice(&["downsize", "error"]))]),
        ),
    ],
);
const DOCUMENT_BLOCK: Variant = variant!(
    "document",
    &[
        required!("source", &DOCUMENT_SOURCE),
        nullable!("cache_control", &CACHE_CONTROL),
        nullable!("citations", &CITING),
        nullable!("context", &TEXT),
        nullable!("title", &TEXT),
    ],
);
const SEARCH_RESULT_BLOCK: Variant = variant!(
    "search_result",
    &[
        required!("content", &TEXT_BLOCKS),
        required!("source", &TEXT),
        required!("title", &TEXT),
        nullable!("cache_control", &CACHE_CONTROL),
        nullable!("citations", &CITING),
    ],
);
const TOOL_REFERENCE_BLOCK: Variant =
    variant!("tool_reference", &[required!("tool_name", &TEXT), nullable!("cache_control", &CACHE_CONTROL),]);

/// Text blocks only, as in `system`.
pub(crate) static TEXT_BLOCKS: Shape = Shape::List(&tagged!(&[TEXT_BLOCK]));

/// What a tool gave back.
static RESULT_BLOCKS: Shape = Shape::List(&Shape::Tagged {
    by: "type",
    variants: &[TEXT_BLOCK, IMAGE_BLOCK, DOCUMENT_BLOCK, SEARCH_RESULT_BLOCK, TOOL_REFERENCE_BLOCK],
    others: Others::Kept,
    untyped: None,
});

/// A file that code wrote. Its name and type are an addition of ours.
const OUTPUT: &[Field] =
    &[required!("file_id", &TEXT), nullable!("filename", &TEXT), nullable!("media_type", &TEXT)];

/// An error of a tool that the server ran: its codes may grow.
const FAILURE: &[Field] = &[required!("error_code", &TEXT), nullable!("error_message", &TEXT)];

static CODE_RESULT: Shape = tagged!(&[
    variant!(
        "code_execution_result",
        &[
            required!("content", &Shape::List(&tagged!(&[variant!("code_execution_output", OUTPUT)]))),
            required!("return_code", &INTEGER),
            required!("stderr", &TEXT),
            required!("stdout", &TEXT),
        ],
    ),
    variant!(
        "encrypted_code_execution_result",
        &[
            required!("content", &Shape::List(&tagged!(&[variant!("code_execution_output", OUTPUT)]))),
            required!("return_code", &INTEGER),
            required!("stderr", &TEXT),
            required!("encrypted_stdout", &TEXT),
        ],
    ),
    variant!("code_execution_tool_result_error", FAILURE),
]);

static BASH_RESULT: Shape = tagged!(&[
    variant!(
        "bash_code_execution_result",
        &[
            required!("content", &Shape::List(&tagged!(&[variant!("bash_code_execution_output", OUTPUT)]))),
            required!("return_code", &INTEGER),
            required!("stderr", &TEXT),
            required!("stdout", &TEXT),
        ],
    ),
    variant!("bash_code_execution_tool_result_error", FAILURE),
]);

static EDITOR_RESULT: Shape = tagged!(&[
    variant!(
        "text_editor_code_execution_view_result",
        &[
            required!("content", &TEXT),
            required!("file_type", &Shape::Choice(&["text", "image", "pdf"])),
            nullable!("num_lines", &COUNT),
            nullable!("start_line", &COUNT),
            nullable!("total_lines", &COUNT),
        ],
    ),
    variant!("text_editor_code_execution_create_result", &[required!("is_file_update", &BOOL)]),
    variant!(
        "text_editor_code_execution_str_replace_result",
        &[
            nullable!("lines", &TEXTS),
            nullable!("new_lines", &COUNT),
            nullable!("new_start", &COUNT),
            nullable!("old_lines", &COUNT),
            nullable!("old_start", &COUNT),
        ],
    ),
    variant!("text_editor_code_execution_tool_result_error", FAILURE),
]);

static TOOL_SEARCH_RESULT: Shape = tagged!(&[
    variant!(
        "tool_search_tool_search_result",
        &[required!("tool_references", &Shape::List(&tagged!(&[TOOL_REFERENCE_BLOCK])))],
    ),
    variant!("tool_search_tool_result_error", FAILURE),
]);

/// A whole number of either sign: programs end with any.
static INTEGER: Shape = Shape::Number { min: -9_007_199_254_740_991.0, max: 9_007_199_254_740_991.0 };

/// Which tool a block is about that changes the set of tools.
const TOOL_REFERENCES: [Variant; 3] = [
    variant!("tool_reference", &[required!("name", &TEXT)]),
    variant!("mcp_tool_reference", &[required!("name", &TEXT), required!("server_name", &TEXT)]),
    variant!("mcp_toolset_reference", &[required!("server_name", &TEXT)]),
];
static REMOVED_TOOL: Shape = tagged!(&TOOL_REFERENCES);
static ADDED_TOOL: Shape = tagged!(&[
    TOOL_REFERENCES[0],
    TOOL_REFERENCES[1],
    TOOL_REFERENCES[2],
    variant!("tool_definition", &[required!("definition", &super::tool::TOOL)]),
]);

const TOOL_ADDITION_BLOCK: Variant =
    variant!("tool_addition", &[required!("tool", &ADDED_TOOL), nullable!("cache_control", &CACHE_CONTROL),]);
const TOOL_REMOVAL_BLOCK: Variant = variant!(
    "tool_removal",
    &[required!("tool", &REMOVED_TOOL), nullable!("cache_control", &CACHE_CONTROL),]
);

static MODEL: Shape = Shape::Fields(&[required!("model", &TEXT)]);

/// A tool as an MCP server lists it.
pub(crate) static MCP_TOOL: Shape = Shape::Fields(&[
    required!("input_schema", &OBJECT),
    required!("name", &TEXT),
    nullable!("description", &TEXT),
]);

/// The names of the tools that the server runs.
static SERVER_TOOL: Shape = Shape::Choice(&[
    "advisor",
    "web_search",
    "web_fetch",
    "code_execution",
    "bash_code_execution",
    "text_editor_code_execution",
    "tool_search_tool_regex",
    "tool_search_tool_bm25",
]);

/// The fields that the result of a tool of the server has beside its content.
macro_rules! server_result {
    ($tag:literal, $content:expr) => {
        variant!(
            $tag,
            &[
                required!("tool_use_id", &TEXT),
                required!("content", $content),
                nullable!("cache_control", &CACHE_CONTROL),
                nullable!("caller", &CALLER),
            ]
        )
    };
}

/// A block of a message of the user or the model. Blocks of other types are kept as they are.
static BLOCK: Shape =
    Shape::Tagged { by: "type", variants: BLOCK_VARIANTS, others: Others::Kept, untyped: None };

static BLOCK_VARIANTS: &[Variant] = &[
    TEXT_BLOCK,
    IMAGE_BLOCK,
    DOCUMENT_BLOCK,
    SEARCH_RESULT_BLOCK,
    variant!("thinking", &[required!("thinking", &TEXT), required!("signature", &TEXT)]),
    variant!("redacted_thinking", &[required!("data", &TEXT)]),
    variant!(
        "tool_use",
        &[
            required!("id", &TEXT),
            required!("name", &TEXT),
            required!("input", &OBJECT),
            nullable!("cache_control", &CACHE_CONTROL),
            nullable!("caller", &CALLER),
            nullable!("toolset_name", &TEXT),
        ]
    ),
    variant!(
        "tool_result",
        &[
            required!("tool_use_id", &TEXT),
            optional!("content", &Shape::Either(&[&TEXT, &RESULT_BLOCKS])),
            optional!("is_error", &BOOL),
            nullable!("cache_control", &CACHE_CONTROL),
            nullable!("toolset_name", &TEXT),
        ]
    ),
    variant!(
        "server_tool_use",
        &[
            required!("id", &TEXT),
            required!("name", &SERVER_TOOL),
            required!("input", &OBJECT),
            nullable!("cache_control", &CACHE_CONTROL),
            nullable!("caller", &CALLER),
        ]
    ),
    server_result!("web_search_tool_result", &Shape::Either(&[&OBJECTS, &OBJECT])),
    server_result!("web_fetch_tool_result", &OBJECT),
    server_result!("advisor_tool_result", &OBJECT),
    server_result!("code_execution_tool_result", &CODE_RESULT),
    server_result!("bash_code_execution_tool_result", &BASH_RESULT),
    server_result!("text_editor_code_execution_tool_result", &EDITOR_RESULT),
    server_result!("tool_search_tool_result", &TOOL_SEARCH_RESULT),
    variant!(
        "mcp_tool_use",
        &[
            required!("id", &TEXT),
            required!("name", &TEXT),
            required!("server_name", &TEXT),
            required!("input", &OBJECT),
            nullable!("cache_control", &CACHE_CONTROL),
        ]
    ),
    variant!(
        "mcp_tool_result",
        &[
            required!("tool_use_id", &TEXT),
            optional!("content", &Shape::Either(&[&TEXT, &TEXT_BLOCKS])),
            optional!("is_error", &BOOL),
            nullable!("cache_control", &CACHE_CONTROL),
        ]
    ),
    variant!(
        "mcp_tool_listing",
        &[required!("mcp_server_name", &TEXT), required!("tools", &Shape::List(&MCP_TOOL)),]
    ),
    variant!("container_upload", &[required!("file_id", &TEXT), nullable!("cache_control", &CACHE_CONTROL)]),
    variant!(
        "compaction",
        &[
            nullable!("content", &TEXT),
            nullable!("encrypted_content", &TEXT),
            nullable!("signature", &TEXT),
            nullable!("tool_changes", &Shape::List(&tagged!(&[TOOL_ADDITION_BLOCK, TOOL_REMOVAL_BLOCK]))),
            nullable!("cache_control", &CACHE_CONTROL),
        ]
    ),
    variant!(
        "fallback",
        &[required!("from", &MODEL), required!("to", &MODEL), required_nullable!("trigger", &ANY)]
    ),
    TOOL_ADDITION_BLOCK,
    TOOL_REMOVAL_BLOCK,
];

/// The content of a message.
pub(crate) static CONTENT: Shape = Shape::Either(&[&TEXT, &Shape::List(&BLOCK)]);
