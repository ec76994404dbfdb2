//! The catalogue of skills: tier 1.

use crate::Budget;

/// A skill as it is listed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedSkill {
    /// Its name.
    pub name: String,
    /// What it does and when to use it.
    pub description: String,
    /// The path of its SKILL.md in the sandbox.
    pub location: String,
}

/// The catalogue as text for the system prompt.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Section {
    /// The text, ended by a line feed.
    pub text: String,
    /// What of the skills is not in it.
    pub diagnostics: Vec<Diagnostic>,
}

/// Something of a skill that the catalogue does not show.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Diagnostic {
    /// The description was cut to fit the budget.
    #[error(
        "the description of skill `{skill}` is shown to the model in part, {kept} of {of} characters, to fit the budget of \
         the catalogue: shorten descriptions, or pass fewer skills"
    )]
    Shortened {
        /// The skill.
        skill: String,
        /// Characters shown.
        kept: usize,
        /// Characters it has.
        of: usize,
    },
    /// The skill is not listed, as the budget has no room for its name and location.
    #[error("skill `{skill}` is not in the catalogue, which is full: pass fewer skills")]
    Omitted {
        /// The skill.
        skill: String,
    },
}

const INSTRUCTION: &str = "\
Skills are folders of tested instructions, scripts and reference files for kinds of work. When a task matches a skill's \
description, read the whole file at its location before you begin, and follow it. Relative paths in a skill are relative \
to the folder of its SKILL.md; read or run the files it points to when they are needed, not before. Without a matching \
skill, work as usual.
";

/// Returns the catalogue of `skills`, in the order of their names, or nothing when there are none.
///
/// When the list does not keep within `budget`, the longest descriptions are cut until it does, all to the same length;
/// when names and locations alone are too long, the last skills are left out and the model is told how many.
pub fn section(skills: &[ListedSkill], budget: Budget) -> Option<Section> {
    if skills.is_empty() {
        return None;
    }
    let mut sorted: Vec<Line> = skills.iter().map(Line::new).collect();
    sorted.sort_by(|a, b| (&a.name, &a.location).cmp(&(&b.name, &b.location)));
    let longest = sorted.iter().map(Line::length).max().unwrap_or(0);
    let fits = |limit: usize| budget.fits(&list(&sorted, limit, 0));
    // The longest that fits, by halving: whether a list fits falls with the length of its descriptions.
    let limit = if fits(longest) { Some(longest) } else { halved(longest, fits) };
    let (listed, limit) = if let Some(limit) = limit {
        (sorted.len(), limit)
    } else {
        let fits = |count: usize| budget.fits(&list(&sorted[..count], 0, sorted.len() - count));
        (halved(sorted.len(), fits).unwrap_or(0), 0)
    };
    let (shown, omitted) = sorted.split_at(listed);
    let shortened = shown.iter().filter(|line| line.length() > limit).map(|line| Diagnostic::Shortened {
        skill: line.name.clone(),
        kept: line.cut(limit).1,
        of: line.length(),
    });
    let omitted_too = omitted.iter().map(|line| Diagnostic::Omitted { skill: line.name.clone() });
    let diagnostics = shortened.chain(omitted_too).collect();
    let text = format!("{INSTRUCTION}\n{}", list(shown, limit, omitted.len()));
    Some(Section { text, diagnostics })
}

/// Returns the largest number below `end` for which `fits` holds, given that it holds for all below that, or nothing.
fn halved(end: usize, fits: impl Fn(usize) -> bool) -> Option<usize> {
    let (mut low, mut high) = (0, end);
    while low < high {
        let middle = low.midpoint(high);
        if fits(middle) { low = middle + 1 } else { high = middle }
    }
    low.checked_sub(1)
}

/// A skill on its way into the list: on one line, not yet escaped.
struct Line {
    name: String,
    description: String,
    location: String,
}

impl Line {
    fn new(skill: &ListedSkill) -> Self {
        Self {
            name: on_one_line(&skill.name),
            description: on_one_line(&skill.description),
            location: skill.location.clone(),
        }
    }

    fn length(&self) -> usize {
        self.description.chars().count()
    }

    /// Returns the description cut to `limit` characters, its mark included, and how many of its own are left.
    fn cut(&self, limit: usize) -> (String, usize) {
        if self.length() <= limit {
            return (self.description.clone(), self.length());
        }
        let kept = limit.saturating_sub(1);
        if kept == 0 {
            return (String::new(), 0);
        }
        let head: String = self.description.chars().take(kept).collect();
        let head = head.trim_end();
        (format!("{head}…"), head.chars().count())
    }
}

fn list(lines: &[Line], limit: usize, omitted: usize) -> String {
    let mut out = String::from("<available_skills>\n");
    for line in lines {
        out.push_str("<skill>\n<name>");
        escape(&mut out, &line.name);
        out.push_str("</name>\n<description>");
        escape(&mut out, &line.cut(limit).0);
        out.push_str("</description>\n<location>");
        escape(&mut out, &line.location);
        out.push_str("</location>\n</skill>\n");
    }
    if omitted > 0 {
        out.extend(["<more>", &omitted.to_string(), " more are installed and not listed here</more>\n"]);
    }
    out.push_str("</available_skills>\n");
    out
}

/// Returns `text` with every run of white space and control characters as one space.
fn on_one_line(text: &str) -> String {
    text.split(|c: char| c.is_whitespace() || c.is_control())
        .filter(|word| !word.is_empty())
        .collect::<Vec<_>>()
        .join(" ")
}

/// Escapes what XML gives a meaning in text and attributes (XML 1.0, section 2.4), and control characters, which it does
/// not allow, as `\u{…}`: a skill must not be able to write another one's entry.
fn escape(out: &mut String, text: &str) {
    for character in text.chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&apos;"),
            control if control.is_control() => out.extend(control.escape_default()),
            other => out.push(other),
        }
    }
}

#[cfg(test)]
mod tests;
