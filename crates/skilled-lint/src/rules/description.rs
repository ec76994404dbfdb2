//! Rules about what SKILL.md says of the skill, and about its body as a whole.

use skilled_report::{File, Rule, file};

use super::{body, front, note, warning};

pub(super) const ABOUT_SKILL: &[&Rule] = &[
    &DESCRIPTION_WITHOUT_WHEN,
    &DESCRIPTION_TOO_SHORT,
    &DESCRIPTION_IS_NAME,
    &DESCRIPTION_PERSON,
    &DESCRIPTION_MARKUP,
    &LISTING_TOO_LONG,
    &RESERVED_NAME,
    &TOOLS_PARENTHESES,
    &UNKNOWN_TOOL,
    &EMPTY_BODY,
    &PLACEHOLDER_BODY,
    &BODY_TOO_MANY_LINES,
    &BODY_TOO_MANY_TOKENS,
];

const GOOD: &[File] =
    front!("name: example\ndescription: Adds up columns of a table. Use when the user asks for totals.\n");

pub(crate) static DESCRIPTION_WITHOUT_WHEN: Rule = warning(
    "description-without-when",
    "the description does not say when to use the skill",
    "A model sees nothing but the description when it decides. One that says only what the skill is, is seldom chosen: \
     skills that never start are the most frequent complaint about skills.",
    "Add a sentence such as `Use when the user asks for …`, with the words that users say.",
    front!("name: example\ndescription: Totals of columns of a table.\n"),
    GOOD,
);
pub(crate) static DESCRIPTION_TOO_SHORT: Rule = warning(
    "description-too-short",
    "the description is too short to decide by",
    "A few words cannot tell a model what the skill does and when to use it beside dozens of others.",
    "Say in a sentence or two what the skill does and when to use it.",
    front!("name: example\ndescription: For totals.\n"),
    GOOD,
);
pub(crate) static DESCRIPTION_IS_NAME: Rule = warning(
    "description-is-name",
    "the description only repeats the name",
    "A model already sees the name; the description should tell it more.",
    "Say in a sentence or two what the skill does and when to use it.",
    front!("name: example\ndescription: Example\n"),
    GOOD,
);
pub(crate) static DESCRIPTION_PERSON: Rule = note(
    "description-person",
    "the description speaks as `I` or to `you`",
    "The description is put into instructions to a model, where `I` and `you` mean somebody else than the author meant.",
    "Write in the third person: `Adds up columns`, not `I can add up columns`.",
    front!(
        "name: example\ndescription: I can help you add up columns of a table. Use when the user asks for totals.\n"
    ),
    GOOD,
);
pub(crate) static DESCRIPTION_MARKUP: Rule = warning(
    "description-markup",
    "the name or description contains a tag in angle brackets",
    "Clients put descriptions between tags of their own. A tag inside can end theirs, and uploads to hosted services \
     refuse it.",
    "Write it without angle brackets.",
    front!("name: example\ndescription: Adds up columns of a <table>. Use when the user asks for totals.\n"),
    GOOD,
);
pub(crate) static LISTING_TOO_LONG: Rule = note(
    "listing-too-long",
    "`description` and `when_to_use` are longer than Claude Code shows",
    "Claude Code shows at most 1,536 characters of the two together; the model never sees the rest.",
    "Shorten one of them; details belong in the body.",
    &[],
    &[],
);
pub(crate) static RESERVED_NAME: Rule = warning(
    "reserved-name",
    "the name contains a word that hosted services reserve",
    "The Claude API and claude.ai refuse uploads whose name contains `anthropic` or `claude`.",
    "Choose a name without the word.",
    front!(
        "name: claude-example\ndescription: Adds up columns of a table. Use when the user asks for totals.\n"
    ),
    GOOD,
);
pub(crate) static TOOLS_PARENTHESES: Rule = warning(
    "tools-parentheses",
    "the parentheses of a tool in `allowed-tools` do not match",
    "The rest of the line is read as part of this tool, so that neither it nor those after it are allowed.",
    "Close each parenthesis: `Bash(git *) Read`.",
    front!(
        "name: example\ndescription: Adds up columns of a table. Use when the user asks for totals.\nallowed-tools: Bash(wc Read\n"
    ),
    front!(
        "name: example\ndescription: Adds up columns of a table. Use when the user asks for totals.\nallowed-tools: Bash(wc *) Read\n"
    ),
);
pub(crate) static UNKNOWN_TOOL: Rule = note(
    "unknown-tool",
    "a tool in `allowed-tools` is that of no known client",
    "A tool that no client has allows nothing; usually it is a slip of the pen.",
    "Check the spelling; names of tools are case-sensitive.",
    front!(
        "name: example\ndescription: Adds up columns of a table. Use when the user asks for totals.\nallowed-tools: Raed\n"
    ),
    front!(
        "name: example\ndescription: Adds up columns of a table. Use when the user asks for totals.\nallowed-tools: Read\n"
    ),
);
pub(crate) static EMPTY_BODY: Rule = warning(
    "empty-body",
    "there are no instructions after the front matter",
    "A model that starts the skill learns nothing from it.",
    "Write the instructions below the front matter.",
    &[body!("")],
    GOOD,
);
pub(crate) static PLACEHOLDER_BODY: Rule = warning(
    "placeholder-body",
    "the instructions are only a placeholder",
    "The text of a template tells a model nothing.",
    "Write the instructions, or remove the skill.",
    &[body!("\n# Insert instructions below\n")],
    GOOD,
);
pub(crate) static BODY_TOO_MANY_LINES: Rule = warning(
    "body-too-many-lines",
    "the body has more lines than recommended",
    "The whole body is put into the context of the model as soon as the skill starts, and attention to single lines fades. \
     The specification recommends at most 500 lines.",
    "Move details to files below `references/` and say when to read them.",
    &[],
    &[],
);
pub(crate) static BODY_TOO_MANY_TOKENS: Rule = warning(
    "body-too-many-tokens",
    "the body has more tokens than recommended",
    "The whole body is put into the context of the model as soon as the skill starts; after a compaction some clients keep \
     only the first 5,000 tokens. The specification recommends fewer than 5,000.",
    "Move details to files below `references/` and say when to read them.",
    &[],
    &[],
);

/// Used by the examples of other rules as a second document.
pub(super) const GUIDE: File = file("references/guide.md", "# Guide\n\nRound at the end.\n");
