//! Pages of the codes about fields.

use skilled_format::Code;

use super::{Page, front};

const GOOD: &[skilled_report::File] =
    front!("name: example\ndescription: Adds up columns of a table. Use when the user asks for totals.\n");

pub(super) const PAGES: &[Page] = &[
    Page {
        code: Code::MissingDescription,
        why: "The description is all that a model sees when it decides whether to use a skill. Without one the skill is \
              skipped by every client.",
        bad: front!("name: example\n"),
        good: GOOD,
    },
    Page {
        code: Code::DescriptionNotText,
        why: "A list or a mapping cannot be shown to a model as a description, so that the skill is skipped.",
        bad: front!("name: example\ndescription:\n  - Adds up columns.\n  - Use for totals.\n"),
        good: front!(
            "name: example\ndescription: >-\n  Adds up columns.\n  Use when the user asks for totals.\n"
        ),
    },
    Page {
        code: Code::DescriptionTooLong,
        why: "Every session carries the descriptions of all skills. Clients cut or refuse what is longer than the \
              specification allows.",
        bad: &[],
        good: &[],
    },
    Page {
        code: Code::MissingName,
        why: "The specification requires a name. Some clients use that of the folder, others skip the skill.",
        bad: front!("description: Adds up columns of a table. Use when the user asks for totals.\n"),
        good: GOOD,
    },
    Page {
        code: Code::NameNotText,
        why: "Only text can be a name; the name of the folder is used here, and other clients skip the skill.",
        bad: front!("name:\n  - example\ndescription: Adds up columns. Use when the user asks for totals.\n"),
        good: GOOD,
    },
    Page {
        code: Code::NameTooLong,
        why: "Several clients refuse a longer name, and hosted services do.",
        bad: front!(
            "name: adds-up-columns-of-tables-and-shows-totals-of-all-of-them-to-users\ndescription: Adds up columns. Use when the user asks for totals.\n"
        ),
        good: GOOD,
    },
    Page {
        code: Code::NameCase,
        why: "The specification allows lower case only. Two names that differ in case are one folder on macOS and Windows.",
        bad: front!("name: Example\ndescription: Adds up columns. Use when the user asks for totals.\n"),
        good: GOOD,
    },
    Page {
        code: Code::NameHyphens,
        why: "The specification does not allow such names, and validators and hosted services refuse them.",
        bad: front!("name: example--\ndescription: Adds up columns. Use when the user asks for totals.\n"),
        good: GOOD,
    },
    Page {
        code: Code::NameCharacters,
        why: "A name becomes a folder and a command such as `/example`. Spaces, dots and underscores are refused by \
              validators and hosted services.",
        bad: front!("name: my example\ndescription: Adds up columns. Use when the user asks for totals.\n"),
        good: GOOD,
    },
    Page {
        code: Code::NameMismatch,
        why: "Some clients know the skill by its folder and others by its name; the user then types one that does not work.",
        bad: front!("name: totals\ndescription: Adds up columns. Use when the user asks for totals.\n"),
        good: GOOD,
    },
    Page {
        code: Code::NameNotAscii,
        why: "The reference validator accepts letters of every script, the specification and most clients do not.",
        bad: front!("name: beispiel-für\ndescription: Adds up columns. Use when the user asks for totals.\n"),
        good: GOOD,
    },
    Page {
        code: Code::NameNotMountable,
        why: "The skill is put into a folder of its name where it runs; this name cannot be one.",
        bad: front!("name: ../example\ndescription: Adds up columns. Use when the user asks for totals.\n"),
        good: GOOD,
    },
    Page {
        code: Code::NotAString,
        why: "`1.10` becomes the number 1.1 and `no` becomes false in many YAML readers.",
        bad: front!(
            "name: example\ndescription: Adds up columns. Use when the user asks for totals.\nlicense: 0\n"
        ),
        good: front!(
            "name: example\ndescription: Adds up columns. Use when the user asks for totals.\nlicense: '0'\n"
        ),
    },
    Page {
        code: Code::LicenseNotText,
        why: "Tools that show or compare licences expect a short name.",
        bad: front!(
            "name: example\ndescription: Adds up columns. Use when the user asks for totals.\nlicense:\n  - MIT\n"
        ),
        good: front!(
            "name: example\ndescription: Adds up columns. Use when the user asks for totals.\nlicense: MIT\n"
        ),
    },
    Page {
        code: Code::CompatibilityNotText,
        why: "The field is shown to people and models as a sentence, and the reference validator refuses anything else.",
        bad: front!(
            "name: example\ndescription: Adds up columns. Use when the user asks for totals.\ncompatibility:\n  python: '3.12'\n"
        ),
        good: front!(
            "name: example\ndescription: Adds up columns. Use when the user asks for totals.\ncompatibility: Needs Python 3.12.\n"
        ),
    },
    Page {
        code: Code::CompatibilityTooLong,
        why: "The specification allows 500 characters, and the reference validator refuses more.",
        bad: &[],
        good: &[],
    },
    Page {
        code: Code::CompatibilityEmpty,
        why: "An empty field says nothing, and some validators refuse it.",
        bad: front!(
            "name: example\ndescription: Adds up columns. Use when the user asks for totals.\ncompatibility: ''\n"
        ),
        good: front!(
            "name: example\ndescription: Adds up columns. Use when the user asks for totals.\ncompatibility: Needs Python 3.12.\n"
        ),
    },
    Page {
        code: Code::MetadataNotMapping,
        why: "Metadata are keys with values. Anything else is ignored here and an error for typed readers.",
        bad: front!(
            "name: example\ndescription: Adds up columns. Use when the user asks for totals.\nmetadata: finance\n"
        ),
        good: front!(
            "name: example\ndescription: Adds up columns. Use when the user asks for totals.\nmetadata:\n  team: finance\n"
        ),
    },
    Page {
        code: Code::MetadataNotText,
        why: "The specification maps text to text. Typed readers fail at a number or a nested mapping, and `1.10` may \
              become 1.1.",
        bad: front!(
            "name: example\ndescription: Adds up columns. Use when the user asks for totals.\nmetadata:\n  version: 1.10\n"
        ),
        good: front!(
            "name: example\ndescription: Adds up columns. Use when the user asks for totals.\nmetadata:\n  version: '1.10'\n"
        ),
    },
    Page {
        code: Code::AllowedToolsList,
        why: "The specification wants one text. Typed readers fail at a list, and then the skill is not loaded.",
        bad: front!(
            "name: example\ndescription: Adds up columns. Use when the user asks for totals.\nallowed-tools:\n  - Read\n  - Bash(wc *)\n"
        ),
        good: front!(
            "name: example\ndescription: Adds up columns. Use when the user asks for totals.\nallowed-tools: Read Bash(wc *)\n"
        ),
    },
    Page {
        code: Code::AllowedToolsCommas,
        why: "The specification separates tools by spaces. A client that follows it sees a tool called `Read,`.",
        bad: front!(
            "name: example\ndescription: Adds up columns. Use when the user asks for totals.\nallowed-tools: Read, Grep\n"
        ),
        good: front!(
            "name: example\ndescription: Adds up columns. Use when the user asks for totals.\nallowed-tools: Read Grep\n"
        ),
    },
    Page {
        code: Code::AllowedToolsNotText,
        why: "A tool is named by text; anything else is ignored, so that the permission is missing.",
        bad: front!(
            "name: example\ndescription: Adds up columns. Use when the user asks for totals.\nallowed-tools:\n  Bash: wc\n"
        ),
        good: front!(
            "name: example\ndescription: Adds up columns. Use when the user asks for totals.\nallowed-tools: Bash(wc *)\n"
        ),
    },
    Page {
        code: Code::ExtensionField,
        why: "Fields outside the six of the specification mean something to one client only. The reference validator and \
              uploads to hosted services refuse them.",
        bad: front!(
            "name: example\ndescription: Adds up columns. Use when the user asks for totals.\nargument-hint: '[column]'\n"
        ),
        good: GOOD,
    },
    Page {
        code: Code::ExtensionValue,
        why: "The client that knows the field cannot use this value, so that the field has no effect.",
        bad: front!(
            "name: example\ndescription: Adds up columns. Use when the user asks for totals.\nuser-invocable: sometimes\n"
        ),
        good: GOOD,
    },
    Page {
        code: Code::UnknownField,
        why: "Nobody reads the field, or only a tool of its author does. The reference validator and uploads to hosted \
              services refuse it.",
        bad: front!(
            "name: example\ndescription: Adds up columns. Use when the user asks for totals.\nversion: '1.2'\n"
        ),
        good: front!(
            "name: example\ndescription: Adds up columns. Use when the user asks for totals.\nmetadata:\n  version: '1.2'\n"
        ),
    },
];
