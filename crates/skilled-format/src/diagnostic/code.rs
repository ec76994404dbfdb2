//! The kinds of findings.

use std::fmt;

use super::Severity::{self, Error, Info, Warning};

/// The kind of a finding. Its text form is stable: it may be matched in scripts and suppressed in
/// configuration.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Code {
    /// The file is not UTF-8.
    NotUtf8,
    /// There is no front matter.
    NoFrontMatter,
    /// The front matter is never closed.
    UnclosedFrontMatter,
    /// The front matter is larger than 64 KiB.
    FrontMatterTooLarge,
    /// The front matter is not YAML.
    InvalidYaml,
    /// There is no description.
    MissingDescription,
    /// The description is not text.
    DescriptionNotText,
    /// The file starts with a byte order mark.
    ByteOrderMark,
    /// There are blank lines before the front matter.
    LeadingBlankLines,
    /// The front matter is closed with `...`.
    DotsClosing,
    /// A `---` marker shares its line with other text.
    UnusualMarker,
    /// There is a `---` inside the front matter.
    DashesInValue,
    /// What the reference validator reads, up to `---`, is not valid.
    CutAtDashes,
    /// A value with `: ` inside is not quoted.
    UnquotedColon,
    /// A value starts with a character that YAML reserves.
    ReservedStart,
    /// The quotes of a value do not match.
    UnbalancedQuotes,
    /// A value is not YAML and is read as plain text.
    ReadAsText,
    /// A tab is used as white space.
    Tab,
    /// A value is written in flow style.
    FlowStyle,
    /// An anchor or alias is used.
    Anchor,
    /// An alias is unknown or too large and is read as empty.
    AliasDropped,
    /// A YAML tag is used.
    Tag,
    /// A field is given twice.
    DuplicateField,
    /// Neighbouring mappings are indented differently.
    UnevenIndentation,
    /// There is a control character in the front matter.
    ControlCharacter,
    /// Comments before or after a value confuse the reference validator.
    CommentBeforeValue,
    /// The reference validator cannot read this YAML.
    ReferenceYaml,
    /// There is no name.
    MissingName,
    /// The name is not text.
    NameNotText,
    /// The name is longer than 64 characters.
    NameTooLong,
    /// The name has upper-case letters.
    NameCase,
    /// The name starts or ends with a hyphen, or has two in a row.
    NameHyphens,
    /// The name has characters other than letters, digits and hyphens.
    NameCharacters,
    /// The name is not the name of the folder.
    NameMismatch,
    /// The name has letters beyond a-z.
    NameNotAscii,
    /// The name cannot be a folder name in the sandbox.
    NameNotMountable,
    /// A value that should be text looks like another type.
    NotAString,
    /// The description is longer than 1024 characters.
    DescriptionTooLong,
    /// The license is not text.
    LicenseNotText,
    /// The compatibility is not text.
    CompatibilityNotText,
    /// The compatibility is longer than 500 characters.
    CompatibilityTooLong,
    /// The compatibility is empty.
    CompatibilityEmpty,
    /// The metadata is not a mapping.
    MetadataNotMapping,
    /// A metadata value is not text.
    MetadataNotText,
    /// `allowed-tools` is a list.
    AllowedToolsList,
    /// `allowed-tools` is separated by commas.
    AllowedToolsCommas,
    /// `allowed-tools` names a tool that is not text.
    AllowedToolsNotText,
    /// A field belongs to another client.
    ExtensionField,
    /// A field of another client has a value of the wrong type.
    ExtensionValue,
    /// A field is unknown.
    UnknownField,
    /// The file is not called SKILL.md.
    WrongFileName,
    /// There is no SKILL.md.
    MissingSkillFile,
    /// SKILL.md is not a file inside the folder.
    SkillFileNotRegular,
    /// SKILL.md is too large.
    SkillFileTooLarge,
    /// A symbolic link leads out of the folder.
    LinkEscapes,
    /// A device, pipe or socket is left out.
    SpecialFile,
    /// A path that is not UTF-8 is left out.
    PathNotUtf8,
    /// A file or folder cannot be read and is left out.
    Unreadable,
    /// The folder is larger than the limits; the rest is left out.
    TreeTooLarge,
}

/// Text form, severity, title and remedy of each code, in the order of the enum.
static TABLE: &[(Code, &str, Severity, &str, &str)] = &[
    (Code::NotUtf8, "not-utf8", Error, "the file is not UTF-8", "Save SKILL.md as UTF-8."),
    (
        Code::NoFrontMatter,
        "no-front-matter",
        Error,
        "there is no front matter",
        "Start SKILL.md with a line `---`, then `name:` and `description:`, then a line `---`.",
    ),
    (
        Code::UnclosedFrontMatter,
        "unclosed-front-matter",
        Error,
        "the front matter is never closed",
        "Add a line `---` after the last field.",
    ),
    (
        Code::FrontMatterTooLarge,
        "front-matter-too-large",
        Error,
        "the front matter is larger than 64 KiB",
        "Move text from the front matter to the body or to a file of its own.",
    ),
    (
        Code::InvalidYaml,
        "invalid-yaml",
        Error,
        "the front matter is not YAML",
        "Write one `field: value` per line, and put quotes around a value with special characters.",
    ),
    (
        Code::MissingDescription,
        "missing-description",
        Error,
        "there is no description",
        "Add `description:` with what the skill does and when to use it.",
    ),
    (
        Code::DescriptionNotText,
        "description-not-text",
        Error,
        "the description is not text",
        "Write the description as text; put quotes around it if it starts with `[`, `{`, `!`, `&` or `*`.",
    ),
    (
        Code::ByteOrderMark,
        "byte-order-mark",
        Warning,
        "the file starts with a byte order mark",
        "Save SKILL.md as UTF-8 without a byte order mark.",
    ),
    (
        Code::LeadingBlankLines,
        "leading-blank-lines",
        Warning,
        "there are blank lines before the front matter",
        "Make `---` the first line of the file.",
    ),
    (
        Code::DotsClosing,
        "dots-closing",
        Warning,
        "the front matter is closed with `...`",
        "Close the front matter with a line `---`.",
    ),
    (
        Code::UnusualMarker,
        "unusual-marker",
        Info,
        "a `---` marker shares its line with other text",
        "Put `---` on a line of its own.",
    ),
    (
        Code::DashesInValue,
        "dashes-in-value",
        Info,
        "there is a `---` inside the front matter",
        "Replace `---` by another dash: the reference validator ends the front matter there.",
    ),
    (
        Code::CutAtDashes,
        "cut-at-dashes",
        Warning,
        "what the reference validator reads, up to `---`, is not valid",
        "Replace `---` by another dash: the reference validator ends the front matter there.",
    ),
    (
        Code::UnquotedColon,
        "unquoted-colon",
        Warning,
        "a value with `: ` inside is not quoted",
        "Put quotes around the value, or write it on the next line after `>-`.",
    ),
    (
        Code::ReservedStart,
        "reserved-start",
        Warning,
        "a value starts with a character that YAML reserves",
        "Put quotes around the value.",
    ),
    (
        Code::UnbalancedQuotes,
        "unbalanced-quotes",
        Warning,
        "the quotes of a value do not match",
        "Close the quote at the end of the value, and escape quotes inside it.",
    ),
    (
        Code::ReadAsText,
        "read-as-text",
        Warning,
        "a value is not YAML and is read as plain text",
        "Put quotes around the value.",
    ),
    (
        Code::Tab,
        "tab",
        Warning,
        "a tab is used as white space",
        "Use spaces; YAML for skills does not allow tabs between fields and values.",
    ),
    (
        Code::FlowStyle,
        "flow-style",
        Warning,
        "a value is written in flow style",
        "Write lists with one `- item` per line and mappings with one `key: value` per line, or put quotes around the text.",
    ),
    (
        Code::Anchor,
        "anchor",
        Warning,
        "an anchor or alias is used",
        "Write the value out, or put quotes around text that starts with `&` or `*`.",
    ),
    (
        Code::AliasDropped,
        "alias-dropped",
        Warning,
        "an alias is unknown or too large and is read as empty",
        "Write the value out.",
    ),
    (
        Code::Tag,
        "tag",
        Warning,
        "a YAML tag is used",
        "Remove the tag, or put quotes around text that starts with `!`.",
    ),
    (
        Code::DuplicateField,
        "duplicate-field",
        Warning,
        "a field is given twice",
        "Keep one of them; the first is used here.",
    ),
    (
        Code::UnevenIndentation,
        "uneven-indentation",
        Warning,
        "neighbouring mappings are indented differently",
        "Indent them by the same number of spaces.",
    ),
    (
        Code::ControlCharacter,
        "control-character",
        Warning,
        "there is a control character in the front matter",
        "Remove the character.",
    ),
    (
        Code::CommentBeforeValue,
        "comment-before-value",
        Warning,
        "comments before or after a value confuse the reference validator",
        "Move the comment to the line above the field.",
    ),
    (
        Code::ReferenceYaml,
        "reference-yaml",
        Warning,
        "the reference validator cannot read this YAML",
        "Write the field more simply, for example on one line in quotes.",
    ),
    (
        Code::MissingName,
        "missing-name",
        Warning,
        "there is no name",
        "Add `name:` with the name of the folder.",
    ),
    (Code::NameNotText, "name-not-text", Warning, "the name is not text", "Write the name as text."),
    (
        Code::NameTooLong,
        "name-too-long",
        Warning,
        "the name is longer than 64 characters",
        "Shorten the name and the folder.",
    ),
    (
        Code::NameCase,
        "name-case",
        Warning,
        "the name has upper-case letters",
        "Use lower-case letters in the name and the folder.",
    ),
    (
        Code::NameHyphens,
        "name-hyphens",
        Warning,
        "the name starts or ends with a hyphen, or has two in a row",
        "Separate words with single hyphens.",
    ),
    (
        Code::NameCharacters,
        "name-characters",
        Warning,
        "the name has characters other than letters, digits and hyphens",
        "Use only lower-case letters, digits and hyphens.",
    ),
    (
        Code::NameMismatch,
        "name-mismatch",
        Warning,
        "the name is not the name of the folder",
        "Rename the folder or the skill so that they match.",
    ),
    (
        Code::NameNotAscii,
        "name-not-ascii",
        Info,
        "the name has letters beyond a-z",
        "The specification allows only a-z, 0-9 and `-`; other clients may refuse the name.",
    ),
    (
        Code::NameNotMountable,
        "name-not-mountable",
        Info,
        "the name cannot be a folder name in the sandbox",
        "Use a name without `/`, control characters and leading dots, of at most 255 bytes.",
    ),
    (
        Code::NotAString,
        "not-a-string",
        Info,
        "a value that should be text looks like another type",
        "Put quotes around it so that every client reads text.",
    ),
    (
        Code::DescriptionTooLong,
        "description-too-long",
        Warning,
        "the description is longer than 1024 characters",
        "Keep what and when in the description and move the rest to the body.",
    ),
    (
        Code::LicenseNotText,
        "license-not-text",
        Info,
        "the license is not text",
        "Write the name of the license or of the bundled file.",
    ),
    (
        Code::CompatibilityNotText,
        "compatibility-not-text",
        Warning,
        "the compatibility is not text",
        "Write it as text, at most 500 characters.",
    ),
    (
        Code::CompatibilityTooLong,
        "compatibility-too-long",
        Warning,
        "the compatibility is longer than 500 characters",
        "Shorten it; details belong in the body.",
    ),
    (
        Code::CompatibilityEmpty,
        "compatibility-empty",
        Info,
        "the compatibility is empty",
        "Remove the field or fill it in.",
    ),
    (
        Code::MetadataNotMapping,
        "metadata-not-mapping",
        Info,
        "the metadata is not a mapping",
        "Write one indented `key: value` per line below `metadata:`.",
    ),
    (
        Code::MetadataNotText,
        "metadata-not-text",
        Info,
        "a metadata value is not text",
        "The specification allows only text; put quotes around it, or flatten it.",
    ),
    (
        Code::AllowedToolsList,
        "allowed-tools-list",
        Info,
        "`allowed-tools` is a list",
        "The specification wants one text with spaces between the tools.",
    ),
    (
        Code::AllowedToolsCommas,
        "allowed-tools-commas",
        Info,
        "`allowed-tools` is separated by commas",
        "The specification wants spaces between the tools.",
    ),
    (
        Code::AllowedToolsNotText,
        "allowed-tools-not-text",
        Info,
        "`allowed-tools` names a tool that is not text",
        "Write the tools as one text with spaces between them.",
    ),
    (
        Code::ExtensionField,
        "extension-field",
        Warning,
        "a field belongs to another client",
        "It is kept and used where it applies; the reference validator refuses it. Move it below `metadata:` to be portable.",
    ),
    (
        Code::ExtensionValue,
        "extension-value",
        Warning,
        "a field of another client has a value of the wrong type",
        "Correct the value; the field is kept but has no effect.",
    ),
    (
        Code::UnknownField,
        "unknown-field",
        Warning,
        "a field is unknown",
        "Move it below `metadata:`, or check its spelling.",
    ),
    (
        Code::WrongFileName,
        "wrong-file-name",
        Error,
        "the file is not called SKILL.md",
        "Rename it to SKILL.md, in upper case.",
    ),
    (
        Code::MissingSkillFile,
        "missing-skill-file",
        Error,
        "there is no SKILL.md",
        "Add a SKILL.md to the folder.",
    ),
    (
        Code::SkillFileNotRegular,
        "skill-file-not-regular",
        Error,
        "SKILL.md is not a file inside the folder",
        "Make SKILL.md a regular file, or a link to one inside the folder.",
    ),
    (
        Code::SkillFileTooLarge,
        "skill-file-too-large",
        Error,
        "SKILL.md is too large",
        "Move text from SKILL.md to files that it refers to.",
    ),
    (
        Code::LinkEscapes,
        "link-escapes",
        Warning,
        "a symbolic link leads out of the folder",
        "Replace the link by a copy of the file.",
    ),
    (
        Code::SpecialFile,
        "special-file",
        Warning,
        "a device, pipe or socket is left out",
        "Remove it from the folder.",
    ),
    (Code::PathNotUtf8, "path-not-utf8", Warning, "a path that is not UTF-8 is left out", "Rename the file."),
    (
        Code::Unreadable,
        "unreadable",
        Warning,
        "a file or folder cannot be read and is left out",
        "Check its permissions.",
    ),
    (
        Code::TreeTooLarge,
        "tree-too-large",
        Warning,
        "the folder is larger than the limits; the rest is left out",
        "Remove what the skill does not need.",
    ),
];

impl Code {
    /// Returns every code, in a fixed order.
    pub fn all() -> impl Iterator<Item = Self> {
        TABLE.iter().map(|row| row.0)
    }

    /// Returns the stable text form, such as `name-mismatch`.
    pub fn as_str(self) -> &'static str {
        TABLE[self as usize].1
    }

    /// Returns how much a finding of this kind matters.
    pub fn severity(self) -> Severity {
        TABLE[self as usize].2
    }

    /// Returns the kind of finding as a short sentence without a full stop.
    pub fn title(self) -> &'static str {
        TABLE[self as usize].3
    }

    /// Returns what to do about it.
    pub fn help(self) -> &'static str {
        TABLE[self as usize].4
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn the_table_is_in_the_order_of_the_enum() {
        for (index, row) in TABLE.iter().enumerate() {
            assert_eq!(row.0 as usize, index, "{} is misplaced", row.1);
        }
        let last = Code::TreeTooLarge;
        assert_eq!(TABLE.len(), last as usize + 1);
    }

    #[test]
    fn text_forms_are_distinct() {
        let distinct: HashSet<_> = Code::all().map(Code::as_str).collect();
        assert_eq!(distinct.len(), TABLE.len());
    }
}
