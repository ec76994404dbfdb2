//! What a new skill starts from. The texts are in `templates/` beside the source.

use clap::ValueEnum;

use super::naming;

/// What to start from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Template {
    /// Instructions only
    Basic,
    /// Instructions and a script
    Script,
    /// Instructions and files that are read when they are needed
    Reference,
    /// Instructions for tools of an MCP server
    Mcp,
}

/// A file of a new skill.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct File {
    /// Relative to the skill's folder.
    pub(crate) path: &'static str,
    pub(crate) text: String,
    pub(crate) executable: bool,
}

const BASIC: &[(&str, &str)] = &[("SKILL.md", include_str!("../../../templates/basic/SKILL.md"))];
const SCRIPT: &[(&str, &str)] = &[
    ("SKILL.md", include_str!("../../../templates/script/SKILL.md")),
    ("evals/evals.json", include_str!("../../../templates/script/evals/evals.json")),
    ("scripts/summarize.py", include_str!("../../../templates/script/scripts/summarize.py")),
];
const REFERENCE: &[(&str, &str)] = &[
    ("SKILL.md", include_str!("../../../templates/reference/SKILL.md")),
    ("evals/evals.json", include_str!("../../../templates/reference/evals/evals.json")),
    ("references/criteria.md", include_str!("../../../templates/reference/references/criteria.md")),
    ("references/report.md", include_str!("../../../templates/reference/references/report.md")),
];
const MCP: &[(&str, &str)] = &[
    ("SKILL.md", include_str!("../../../templates/mcp/SKILL.md")),
    ("references/tools.md", include_str!("../../../templates/mcp/references/tools.md")),
];

impl Template {
    pub(crate) const ALL: [Self; 4] = [Self::Basic, Self::Script, Self::Reference, Self::Mcp];

    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Basic => "basic",
            Self::Script => "script",
            Self::Reference => "reference",
            Self::Mcp => "mcp",
        }
    }

    /// What it holds, in a few words.
    pub(crate) const fn summary(self) -> &'static str {
        match self {
            Self::Basic => "instructions only",
            Self::Script => "instructions and a script",
            Self::Reference => "instructions and files that are read when they are needed",
            Self::Mcp => "instructions for tools of an MCP server",
        }
    }

    /// What the skill does as it comes, and when to use it.
    pub(crate) fn description(self, name: &str) -> String {
        let words = naming::words(name);
        let (does, when) = match self {
            Self::Basic => (
                "Does a piece of work in agreed steps, from questions to a checked result.",
                "asks for this work",
            ),
            Self::Script => (
                "Says what is in a CSV file of any size, with empty cells, uneven rows and ranges of numbers.",
                "asks what is in a CSV file or whether it is clean",
            ),
            Self::Reference => (
                "Reviews a text against written criteria and reports what to change, the severest first.",
                "asks for a review, a check or a second opinion on a text",
            ),
            Self::Mcp => (
                "Sorts the open issues of a repository into groups with the tools of the MCP server github.",
                "wants an overview of issues or looks for duplicates",
            ),
        };
        format!("{does} Use when the user {when}, or mentions {words}.")
    }

    /// The files of a skill, in the order of their paths.
    pub(crate) fn files(self, name: &str, description: &str) -> Vec<File> {
        let texts = match self {
            Self::Basic => BASIC,
            Self::Script => SCRIPT,
            Self::Reference => REFERENCE,
            Self::Mcp => MCP,
        };
        // The description comes last: what a user writes is not filled in again.
        let fill = |text: &str| {
            let text = text.replace("\nname: {{name}}\n", &format!("\nname: {}\n", name_value(name)));
            let text = text.replace("{{name}}", name).replace("{{title}}", &naming::title(name));
            text.replace("{{description}}", &scalar(description))
        };
        let file = |&(path, text): &(&'static str, &str)| File {
            path,
            text: fill(text),
            executable: path.starts_with("scripts/"),
        };
        texts.iter().map(file).collect()
    }
}

/// A name as a value in the front matter: in quotes where some readers of YAML take it for something else than text, as
/// `null`, `on`, `1e5` and `2020-01-01`.
fn name_value(name: &str) -> String {
    const WORDS: [&str; 9] = ["null", "true", "false", "yes", "no", "on", "off", "y", "n"];
    let is_ambiguous = WORDS.contains(&name) || name.starts_with(|c: char| c.is_ascii_digit());
    if is_ambiguous { format!("\"{name}\"") } else { name.to_owned() }
}

/// A description as a value in the front matter: plain where every reader takes it as it is, else in quotes.
fn scalar(description: &str) -> String {
    let words = description.split_whitespace().collect::<Vec<_>>().join(" ");
    let document = format!("---\nname: a\ndescription: {words}\n---\n");
    let reading = skilled_format::read_skill(document.as_bytes(), "a");
    let plain = reading.skill.is_some_and(|skill| skill.description == words);
    // A string of JSON is a double-quoted one of YAML.
    if plain && reading.diagnostics.is_empty() { words } else { serde_json::json!(words).to_string() }
}

#[cfg(test)]
mod tests {
    use skilled_format::read_skill;

    use super::*;

    fn skill_file(description: &str) -> String {
        Template::Basic.files("a-b", description).remove(0).text
    }

    #[test]
    fn any_description_is_read_back() {
        let cases =
            ["Plain. Use when: asked", "'a' # b", "[x]", "- y", "true", "{{name}}", "tab\there", "\"q\" \\"];
        for description in cases {
            let reading = read_skill(skill_file(description).as_bytes(), "a-b");
            let read = reading.skill.map(|skill| skill.description);
            assert_eq!(read, Some(description.replace('\t', " ")), "{:?}", reading.diagnostics);
            assert!(reading.valid, "{description}: {:?}", reading.diagnostics);
        }
    }

    #[test]
    fn a_name_is_text_for_every_reader() {
        let file = |name: &str| Template::Basic.files(name, "D.").remove(0).text;
        for name in ["null", "on", "2020-01-01", "1e5"] {
            assert!(file(name).contains(&format!("\nname: \"{name}\"\n")), "{name}");
            let reading = read_skill(file(name).as_bytes(), name);
            assert!(reading.valid && reading.diagnostics.is_empty(), "{name}: {:?}", reading.diagnostics);
        }
        assert!(file("pdf").contains("\nname: pdf\n"));
    }

    #[test]
    fn ordinary_descriptions_are_not_quoted() {
        assert!(skill_file("Does it. Use when asked.").contains("\ndescription: Does it. Use when asked.\n"));
    }

    #[test]
    fn nothing_is_left_to_fill_in() {
        for template in Template::ALL {
            let files = template.files("sales-report", &template.description("sales-report"));
            for File { path, text, .. } in files {
                assert!(!text.contains("{{") && !text.contains("TO\u{44}O"), "{path}: {text}");
            }
        }
    }
}
