//! Pages about rules.

use std::fmt::Write as _;

use crate::{Example, Rule};

/// What the pages of a tool's rules have in common.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Catalogue {
    /// The command that has these rules, such as `skilled check`.
    pub command: &'static str,
    /// How a rule is turned off: Markdown, with `{code}` where its code belongs.
    pub off: &'static str,
}

/// Returns the page of a rule, in Markdown.
pub fn page(rule: &Rule, catalogue: &Catalogue) -> String {
    let Rule { code, severity, title, why, help, .. } = rule;
    let mut out = format!("# {code}\n\n{}.\n\n", sentence(title));
    // Writing to a string cannot fail.
    let _ = writeln!(out, "Found by `{}`, severity {severity}{}.\n", catalogue.command, tags(rule));
    let _ = writeln!(out, "## Why it matters\n\n{}\n", why.trim());
    let _ = writeln!(out, "## What to do\n\n{}\n", help.trim());
    example(&mut out, "With the finding", rule.bad);
    example(&mut out, "Without it", rule.good);
    let _ = writeln!(out, "## Turning it off\n\n{}", catalogue.off.replace("{code}", code).trim());
    out
}

/// Returns a table of the rules of a tool, in Markdown, each with a link to its page in the same folder.
pub fn index<'a>(rules: impl IntoIterator<Item = &'a Rule>) -> String {
    let mut out = String::from("| rule | severity | finds |\n| --- | --- | --- |\n");
    for Rule { code, severity, title, .. } in rules {
        let title = title.replace('|', "\\|");
        let _ = writeln!(out, "| [`{code}`]({code}.md) | {severity} | {title} |");
    }
    out
}

/// The title as a sentence begins.
fn sentence(title: &str) -> String {
    let mut characters = title.chars();
    characters.next().map(|first| first.to_uppercase().chain(characters).collect()).unwrap_or_default()
}

fn tags(rule: &Rule) -> String {
    if rule.tags.is_empty() { String::new() } else { format!(", {}", rule.tags.join(", ")) }
}

fn example(out: &mut String, title: &str, files: Example) {
    if files.is_empty() {
        return;
    }
    let _ = writeln!(out, "## {title}\n");
    for file in files {
        let run = if file.executable { ", executable" } else { "" };
        let shown = source(file.content);
        let fence = fence(&shown);
        let _ = writeln!(out, "`{}`{run}:\n\n{fence}text\n{shown}{fence}\n", source(file.path).trim_end());
    }
}

/// Text for a code block: what cannot be seen is escaped, white space at the ends of lines too.
fn source(text: &str) -> String {
    let mut out = String::new();
    for line in text.split_inclusive('\n') {
        let end = line.strip_suffix('\n').unwrap_or(line);
        let solid = end.trim_end_matches(' ');
        out.push_str(&crate::visible(solid));
        out.push_str(&"·".repeat(end.len() - solid.len()));
        out.push('\n');
    }
    out
}

/// A fence that nothing in `text` closes (CommonMark 0.31.2, section 4.5).
fn fence(text: &str) -> String {
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    "`".repeat(3.max(longest + 1))
}
