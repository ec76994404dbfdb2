//! Rules about characters, line ends and comments of text files.

use skilled_report::{Rule, file};

use super::{body, note, warning};

pub(super) const ABOUT_TEXT: &[&Rule] = &[
    &CRLF,
    &STRAY_BYTE_ORDER_MARK,
    &INVISIBLE_CHARACTER,
    &BIDI_CONTROL,
    &UNICODE_TAG,
    &STRAY_CONTROL_CHARACTER,
    &UNUSUAL_SPACE,
    &HOME_PATH,
    &FILE_NOT_UTF8,
    &NOT_CHECKED,
    &ALLOW_UNKNOWN,
    &ALLOW_UNUSED,
];

const GOOD: &[skilled_report::File] = &[body!("\n# Example\n\nAdd up the column.\n")];

pub(crate) static CRLF: Rule = warning(
    "crlf",
    "lines end with CRLF",
    "Clients that split front matter by hand misread it, shells see the carriage return as part of each command, and the \
     file has another digest than the same text from a Unix machine.",
    "Save the file with line ends of Unix (LF); in a repository add `* text=auto eol=lf` to .gitattributes.",
    &[body!("\n# Example\r\n\r\nAdd up the column.\r\n")],
    GOOD,
);
pub(crate) static STRAY_BYTE_ORDER_MARK: Rule = warning(
    "stray-byte-order-mark",
    "there is a byte order mark in a file",
    "The invisible U+FEFF becomes part of the first word: a shebang, a key or a command is no longer recognised.",
    "Remove it: save the file as UTF-8 without a byte order mark.",
    &[body!("\nRead `data.json`.\n"), file("data.json", "\u{feff}{}\n")],
    &[body!("\nRead `data.json`.\n"), file("data.json", "{}\n")],
);
pub(crate) static INVISIBLE_CHARACTER: Rule = warning(
    "invisible-character",
    "there is an invisible character in the text",
    "A model reads what people who review the skill cannot see. By accident it breaks a command that is copied; on purpose \
     it hides instructions.",
    "Remove the character.",
    &[body!("\n# Example\n\nAdd up\u{200b} the column.\n")],
    GOOD,
);
pub(crate) static BIDI_CONTROL: Rule = warning(
    "bidi-control",
    "a character changes the direction of text",
    "What people see is in another order than what a model or an interpreter reads; see CVE-2021-42574.",
    "Remove the character.",
    &[body!("\n# Example\n\nAdd up \u{202e}the column.\n")],
    GOOD,
);
pub(crate) static UNICODE_TAG: Rule = warning(
    "unicode-tag",
    "there is text in invisible Unicode tags",
    "Characters from U+E0000 on are a copy of ASCII that no program shows and that models can read. There is no honest use \
     for them in a skill, apart from flags.",
    "Remove the characters, and find out who put them there.",
    &[body!("\n# Example\n\nAdd up the column.\u{e0068}\u{e0069}\n")],
    GOOD,
);
pub(crate) static STRAY_CONTROL_CHARACTER: Rule = warning(
    "stray-control-character",
    "there is a control character in the text",
    "Control characters can hide or overwrite text in a terminal, and many parsers refuse them.",
    "Remove the character, or write it as an escape such as `\\x1b`.",
    &[body!("\n# Example\n\nAdd up\u{8} the column.\n")],
    GOOD,
);
pub(crate) static UNUSUAL_SPACE: Rule = note(
    "unusual-space",
    "there is an unusual space in code",
    "It looks like a space, but shells and interpreters do not take it for one, and the command fails.",
    "Replace it by an ordinary space.",
    &[body!("\nRun `wc\u{a0}-l table.csv`.\n")],
    &[body!("\nRun `wc -l table.csv`.\n")],
);
pub(crate) static HOME_PATH: Rule = warning(
    "home-path",
    "there is a path below the home folder of one person",
    "The path exists on the machine of its author only, and tells everybody the name of the account.",
    "Use a path relative to the skill or to the project, or `~`.",
    &[body!("\n# Example\n\nRead `/home/mwagner/tables/rules.md`.\n")],
    GOOD,
);
pub(crate) static FILE_NOT_UTF8: Rule = warning(
    "file-not-utf8",
    "a text file is not UTF-8",
    "Models and interpreters get replacement characters, or the file is refused.",
    "Save the file as UTF-8.",
    &[],
    &[],
);
pub(crate) static NOT_CHECKED: Rule = note(
    "not-checked",
    "a file was not checked, or only its beginning",
    "Text beyond 1 MiB of a file, or 16 MiB of a skill, is not read; models do not read so much either.",
    "Split the file, or leave it out if the skill does not need it.",
    &[],
    &[],
);
pub(crate) static ALLOW_UNKNOWN: Rule = warning(
    "allow-unknown",
    "a comment allows what no rule has",
    "The comment does nothing: the code is spelled differently, or the rule is gone.",
    "Correct the code, or remove it.",
    &[body!("\n# Example\n\n<!-- skilled: allow=dead-lnik -->\nAdd up the column.\n")],
    GOOD,
);
pub(crate) static ALLOW_UNUSED: Rule = note(
    "allow-unused",
    "a comment allows what is not found",
    "It would hide a mistake that is made later.",
    "Remove the comment.",
    &[body!("\n# Example\n\n<!-- skilled: allow=dead-link -->\nAdd up the column.\n")],
    GOOD,
);
