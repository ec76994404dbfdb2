//! Pages of the codes about the file as a whole and about YAML.

use skilled_format::Code;
use skilled_report::file;

use super::{Page, front};

const GOOD: &[skilled_report::File] =
    front!("name: example\ndescription: Adds up columns of a table. Use when the user asks for totals.\n");

pub(super) const PAGES: &[Page] = &[
    Page {
        code: Code::NotUtf8,
        why: "Clients read SKILL.md as UTF-8. One that finds a Latin-1 letter refuses the file, and some end with an error \
              that hides every other skill. Text cannot show such a file; editors offer \"save with encoding\".",
        bad: &[],
        good: &[],
    },
    Page {
        code: Code::NoFrontMatter,
        why: "Without front matter there is no name and no description, so that no client can offer the skill to a model.",
        bad: &[file("SKILL.md", "# Example\n\nAdd up the column that the user names.\n")],
        good: GOOD,
    },
    Page {
        code: Code::UnclosedFrontMatter,
        why: "Nobody can tell where the fields end and the instructions begin, so that the skill is skipped everywhere.",
        bad: &[file(
            "SKILL.md",
            "---\nname: example\ndescription: Adds up columns. Use for totals.\n\n# Example\n\nAdd up the column.\n",
        )],
        good: GOOD,
    },
    Page {
        code: Code::FrontMatterTooLarge,
        why: "Front matter is read for every skill when a session starts. Beyond 64 KiB it is not parsed, because YAML of \
              that size can take a parser minutes. The largest among two thousand public skills has 10 KiB.",
        bad: &[],
        good: &[],
    },
    Page {
        code: Code::InvalidYaml,
        why: "The fields cannot be read, even after the usual repairs, so that the skill does not load in any client.",
        bad: front!("name: example\ndescription: Adds up columns. Use for totals.\n]: [\n- {\n"),
        good: GOOD,
    },
    Page {
        code: Code::ByteOrderMark,
        why: "Editors on Windows put the invisible U+FEFF at the start of a file. Most clients then do not see the `---` \
              and skip the skill without a word.",
        bad: &[file(
            "SKILL.md",
            "\u{feff}---\nname: example\ndescription: Adds up columns of a table. Use when the user asks for totals.\n---\n\n# Example\n\nAdd up.\n",
        )],
        good: GOOD,
    },
    Page {
        code: Code::LeadingBlankLines,
        why: "Most clients look for `---` at the very start of the file and skip the skill when they find a blank line.",
        bad: &[file(
            "SKILL.md",
            "\n---\nname: example\ndescription: Adds up columns of a table. Use when the user asks for totals.\n---\n\n# Example\n\nAdd up.\n",
        )],
        good: GOOD,
    },
    Page {
        code: Code::DotsClosing,
        why: "`...` ends a document in YAML, but clients look for `---` and take the whole file for front matter.",
        bad: &[file(
            "SKILL.md",
            "---\nname: example\ndescription: Adds up columns of a table. Use when the user asks for totals.\n...\n\n# Example\n\nAdd up.\n",
        )],
        good: GOOD,
    },
    Page {
        code: Code::UnusualMarker,
        why: "Clients that compare whole lines do not recognise `----` or `--- ` with something behind it.",
        bad: &[file(
            "SKILL.md",
            "---\nname: example\ndescription: Adds up columns of a table. Use when the user asks for totals.\n-----\n\n# Example\n\nAdd up.\n",
        )],
        good: GOOD,
    },
    Page {
        code: Code::DashesInValue,
        why: "The reference validator and several clients end the front matter at the first `---`, wherever it stands. The \
              description is cut there, and the rest becomes instructions.",
        bad: front!(
            "name: example\ndescription: Adds up columns --- also of long tables. Use when the user asks for totals.\n"
        ),
        good: front!(
            "name: example\ndescription: Adds up columns – also of long tables. Use when the user asks for totals.\n"
        ),
    },
    Page {
        code: Code::CutAtDashes,
        why: "The reference validator ends the front matter at the first `---`, and what is left is not valid: a quote \
              stays open, or the description is missing.",
        bad: front!(
            "name: example\ndescription: \"Adds up columns --- also of long tables. Use when the user asks for totals.\"\n"
        ),
        good: front!(
            "name: example\ndescription: \"Adds up columns, also of long tables. Use when the user asks for totals.\"\n"
        ),
    },
    Page {
        code: Code::UnquotedColon,
        why: "In YAML `: ` starts a mapping. Clients with a plain YAML parser fail and skip the skill; this is the most \
              common reason for a skill that silently does not appear.",
        bad: front!("name: example\ndescription: Adds up columns. Use when: the user asks for totals.\n"),
        good: front!("name: example\ndescription: 'Adds up columns. Use when: the user asks for totals.'\n"),
    },
    Page {
        code: Code::ReservedStart,
        why: "A value cannot start with `` ` ``, `@` or `%` in YAML. Clients with a plain YAML parser skip the skill.",
        bad: front!(
            "name: example\ndescription: `sum` for columns of a table. Use when the user asks for totals.\n"
        ),
        good: front!(
            "name: example\ndescription: '`sum` for columns of a table. Use when the user asks for totals.'\n"
        ),
    },
    Page {
        code: Code::UnbalancedQuotes,
        why: "A value that starts with a quote ends with the next one; what follows is an error for YAML parsers.",
        bad: front!(
            "name: example\ndescription: \"Totals\" of columns. Use when the user asks for totals.\n"
        ),
        good: front!(
            "name: example\ndescription: '\"Totals\" of columns. Use when the user asks for totals.'\n"
        ),
    },
    Page {
        code: Code::ReadAsText,
        why: "The value breaks the rules of YAML in a way that only a lenient client forgives.",
        bad: front!(
            "name: example\ndescription: Adds up columns. Use when the user asks for totals.\nlicense: [MIT\n"
        ),
        good: front!(
            "name: example\ndescription: Adds up columns. Use when the user asks for totals.\nlicense: MIT\n"
        ),
    },
    Page {
        code: Code::Tab,
        why: "YAML forbids tabs for indentation, and parsers of skills disagree about tabs after a colon.",
        bad: front!("name:\texample\ndescription: Adds up columns. Use when the user asks for totals.\n"),
        good: front!("name: example\ndescription: Adds up columns. Use when the user asks for totals.\n"),
    },
    Page {
        code: Code::FlowStyle,
        why: "The reference validator reads a strict part of YAML without `[…]` and `{…}`. This is the most common reason \
              why it refuses a skill.",
        bad: front!(
            "name: example\ndescription: Adds up columns. Use when the user asks for totals.\nmetadata: {team: finance}\n"
        ),
        good: front!(
            "name: example\ndescription: Adds up columns. Use when the user asks for totals.\nmetadata:\n  team: finance\n"
        ),
    },
    Page {
        code: Code::Anchor,
        why: "The reference validator refuses anchors and aliases, and clients limit them because they can blow up a document.",
        bad: front!(
            "name: &name example\ndescription: Adds up columns. Use when the user asks for totals.\n"
        ),
        good: front!("name: example\ndescription: Adds up columns. Use when the user asks for totals.\n"),
    },
    Page {
        code: Code::AliasDropped,
        why: "An alias without its anchor means nothing. It is read as empty here, and is an error for YAML parsers.",
        bad: front!(
            "name: example\ndescription: Adds up columns. Use when the user asks for totals.\nlicense: *ours\n"
        ),
        good: front!(
            "name: example\ndescription: Adds up columns. Use when the user asks for totals.\nlicense: MIT\n"
        ),
    },
    Page {
        code: Code::Tag,
        why: "Tags choose types of a programming language. The reference validator refuses them.",
        bad: front!(
            "name: !!str example\ndescription: Adds up columns. Use when the user asks for totals.\n"
        ),
        good: front!("name: example\ndescription: Adds up columns. Use when the user asks for totals.\n"),
    },
    Page {
        code: Code::DuplicateField,
        why: "Some clients use the first value, others the last, and strict parsers refuse the file.",
        bad: front!(
            "name: example\ndescription: Adds up columns. Use when the user asks for totals.\ndescription: Old text.\n"
        ),
        good: front!("name: example\ndescription: Adds up columns. Use when the user asks for totals.\n"),
    },
    Page {
        code: Code::UnevenIndentation,
        why: "The reference validator wants all mappings of a file indented by the same number of spaces.",
        bad: front!(
            "name: example\ndescription: Adds up columns. Use when the user asks for totals.\nmetadata:\n  team:\n    lead: ada\n  other:\n     lead: bob\n"
        ),
        good: front!(
            "name: example\ndescription: Adds up columns. Use when the user asks for totals.\nmetadata:\n  team:\n    lead: ada\n  other:\n    lead: bob\n"
        ),
    },
    Page {
        code: Code::ControlCharacter,
        why: "YAML forbids control characters. The reference validator ends with an error of its own, and the character can \
              hide text in a terminal.",
        bad: front!("name: example\ndescription: Adds up\u{7} columns. Use when the user asks for totals.\n"),
        good: front!("name: example\ndescription: Adds up columns. Use when the user asks for totals.\n"),
    },
    Page {
        code: Code::CommentBeforeValue,
        why: "The parser of the reference validator cannot keep comments at such places and ends with an error.",
        bad: front!(
            "name: example\ndescription: # what it does\n  Adds up columns. Use when the user asks for totals.\n\nlicense: MIT\n"
        ),
        good: front!(
            "name: example\n# what it does\ndescription: Adds up columns. Use when the user asks for totals.\nlicense: MIT\n"
        ),
    },
    Page {
        code: Code::ReferenceYaml,
        why: "YAML allows it, but the parser of the reference validator reads only a part of YAML.",
        bad: front!(
            "name: example\ndescription: Adds up columns. Use when the user asks for totals.\nmetadata:\n  <<: text\n"
        ),
        good: front!("name: example\ndescription: Adds up columns. Use when the user asks for totals.\n"),
    },
];
