//! Comments that turn findings off: see [`check`](crate::check()).

use std::cell::Cell;
use std::collections::{HashMap, HashSet};
use std::ops::Range;
use std::sync::LazyLock;

use memchr::memmem::Finder;
use skilled_format::SKILL_FILE;

use crate::documents::Documents;
use crate::material::{Kind, Material, Text};
use crate::settings::nearest_code;
use crate::sink::Draft;
use crate::{Edit, Fix, rules};

const MARK: &str = "skilled:";
/// One code of one comment.
#[derive(Debug)]
struct Allowance {
    code: String,
    /// Where the code is written.
    span: Range<usize>,
    scope: Scope,
    is_used: Cell<bool>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Scope {
    File,
    Line(Range<usize>),
}

/// The comments of a skill, by file.
#[derive(Debug, Default)]
pub(crate) struct Allowances {
    by_file: HashMap<String, Vec<Allowance>>,
    /// Paths of all files with text.
    texts: HashSet<String>,
    /// Files with more comments than are looked at.
    cut: Vec<String>,
}

impl Allowances {
    /// Most marks, and most codes, of one file that are looked at; a file with more is not written by a person.
    pub(crate) const MOST_IN_FILE: usize = 1_000;

    pub(crate) fn collect(material: &Material<'_>, documents: &Documents<'_>) -> Self {
        let mut allowances = Self::default();
        for text in &material.texts {
            let (found, is_cut) = in_text(text, |at| documents.is_code(&text.path, at));
            allowances.cut.extend(is_cut.then(|| text.path.clone()));
            if !found.is_empty() {
                allowances.by_file.insert(text.path.clone(), found);
            }
        }
        if !allowances.by_file.is_empty() {
            allowances.texts = material.texts.iter().map(|text| text.path.clone()).collect();
        }
        allowances
    }

    /// Whether a comment turns this finding off; the comment is used then.
    pub(crate) fn allow(&self, code: &str, file: &str, at: usize) -> bool {
        if self.by_file.is_empty() {
            return false;
        }
        let own = self.by_file.get(file).into_iter().flatten().filter(|allowance| match &allowance.scope {
            Scope::File => true,
            Scope::Line(line) => line.contains(&at),
        });
        let holds_text = self.texts.contains(file);
        let of_skill = self.by_file.get(SKILL_FILE).filter(|_| !holds_text).into_iter().flatten();
        let of_skill = of_skill.filter(|allowance| allowance.scope == Scope::File);
        let mut is_allowed = false;
        // A comment is no reason for itself.
        let is_itself =
            |allowance: &Allowance| code == rules::ALLOW_UNUSED.code && allowance.span.start == at;
        let others = own.chain(of_skill).filter(|allowance| allowance.code == code && !is_itself(allowance));
        for allowance in others {
            allowance.is_used.set(true);
            is_allowed = true;
        }
        is_allowed
    }

    /// The files of which not all comments were looked at.
    pub(crate) fn cut_files(&self) -> &[String] {
        &self.cut
    }

    /// Comments that do nothing. These findings use comments as well, so that a comment about unused ones comes last.
    pub(crate) fn report(&self, mut push: impl FnMut(Draft)) {
        let all = || self.by_file.iter().flat_map(|(file, found)| found.iter().map(move |it| (file, it)));
        for (file, allowance) in all().filter(|(_, allowance)| rules::find(&allowance.code).is_none()) {
            push(unknown(file, allowance));
        }
        for is_last in [false, true] {
            let of_round = |allowance: &Allowance| {
                rules::find(&allowance.code).is_some()
                    && (allowance.code == rules::ALLOW_UNUSED.code) == is_last
            };
            for (file, allowance) in all().filter(|(_, allowance)| of_round(allowance)) {
                if !allowance.is_used.get() {
                    let message = format!("nothing here is found by `{}`", allowance.code);
                    push(Draft::new(&rules::ALLOW_UNUSED, file, allowance.span.clone(), message));
                }
            }
        }
    }
}

/// A code that no rule has.
fn unknown(file: &str, allowance: &Allowance) -> Draft {
    let (code, span) = (&allowance.code, allowance.span.clone());
    let message = format!("there is no rule `{code}`");
    let draft = Draft::new(&rules::ALLOW_UNKNOWN, file, span.clone(), message);
    match nearest_code(code) {
        Some(nearest) => draft
            .with_help(format!("Perhaps `{nearest}` is meant."))
            .with_fix(Some(Fix::Edit(vec![Edit { span, replacement: nearest.to_owned() }]))),
        None => draft,
    }
}

/// The comments of one file, apart from those at offsets that are examples, and whether there are more.
fn in_text(text: &Text, is_code: impl Fn(usize) -> bool) -> (Vec<Allowance>, bool) {
    // Many times faster than the search of the standard library, and nearly all files end here.
    static SEARCH: LazyLock<Finder<'_>> = LazyLock::new(|| Finder::new(MARK));
    let content = &text.content;
    let (mut found, mut looked_at) = (Vec::new(), 0);
    for at in SEARCH.find_iter(content.as_bytes()) {
        looked_at += 1;
        if looked_at > Allowances::MOST_IN_FILE {
            return (found, true);
        }
        let Some((start, end)) = comment(text, at).filter(|_| !is_code(at)) else { continue };
        let rest = &content[at + MARK.len()..end];
        let words = at + MARK.len() + (rest.len() - rest.trim_start().len());
        let rest = &content[words..end];
        let (prefix, is_file) =
            if rest.starts_with("allow-file=") { ("allow-file=", true) } else { ("allow=", false) };
        let Some(list) = rest.strip_prefix(prefix) else { continue };
        let scope = if is_file { Scope::File } else { Scope::Line(scope(content, start, end)) };
        let mut offset = words + prefix.len();
        for item in list.split(',') {
            // The first word is the code; what follows it may be the reason.
            let lead = item.len() - item.trim_start().len();
            let code = item.split_whitespace().next().unwrap_or_default();
            if !code.is_empty() {
                if found.len() == Allowances::MOST_IN_FILE {
                    return (found, true);
                }
                let span = offset + lead..offset + lead + code.len();
                let scope = widened(code, &scope, start);
                found.push(Allowance { code: code.to_owned(), span, scope, is_used: Cell::new(false) });
            }
            offset += item.len() + 1;
            if item.trim_start().len() > code.len() && item.trim() != code {
                break;
            }
        }
    }
    (found, false)
}

/// Findings about comments are in the comments: what turns them off is also about its own one, which starts at `start`.
fn widened(code: &str, scope: &Scope, start: usize) -> Scope {
    match scope {
        Scope::Line(line) if code == rules::ALLOW_UNKNOWN.code || code == rules::ALLOW_UNUSED.code => {
            Scope::Line(line.start.min(start)..line.end)
        }
        Scope::Line(_) | Scope::File => scope.clone(),
    }
}

/// The comment around the mark: where it starts, and where its words end.
fn comment(text: &Text, mark: usize) -> Option<(usize, usize)> {
    let content = &text.content;
    let line_start = content[..mark].rfind('\n').map_or(0, |at| at + 1);
    let line_end = content[mark..].find('\n').map_or(content.len(), |at| mark + at);
    let before = content[line_start..mark].trim_end();
    let in_body = text.kind == Kind::Markdown && text.body.contains(&mark);
    let openings: &[&str] = if in_body { &["<!--"] } else { &["#", "//"] };
    let opening = openings.iter().find(|opening| before.ends_with(**opening))?;
    let end = match content[mark..line_end].find("-->") {
        Some(at) if in_body => mark + at,
        Some(_) | None => line_end,
    };
    Some((line_start + before.len() - opening.len(), end))
}

/// The line that a comment is about.
fn scope(content: &str, start: usize, end: usize) -> Range<usize> {
    let line_start = content[..start].rfind('\n').map_or(0, |at| at + 1);
    let line_end = content[end..].find('\n').map_or(content.len(), |at| end + at + 1);
    let after = content[end..line_end].trim_start_matches("-->").trim();
    let is_alone = content[line_start..start].trim().is_empty() && after.is_empty();
    if !is_alone {
        return line_start..line_end;
    }
    let rest = &content[line_end..];
    let next = line_end + (rest.len() - rest.trim_start().len());
    let next_start = content[..next].rfind('\n').map_or(0, |at| at + 1).max(line_end);
    next_start..content[next..].find('\n').map_or(content.len() + 1, |at| next + at + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allowances(kind: Kind, content: &str) -> Vec<(String, String)> {
        let path = "x".to_owned();
        let body = 0..content.len();
        let text = Text { path, kind, executable: false, content: content.to_owned(), body };
        let show = |allowance: Allowance| {
            assert_eq!(&content[allowance.span], allowance.code);
            let scope = match allowance.scope {
                Scope::File => "file".to_owned(),
                Scope::Line(line) => content[line.start..line.end.min(content.len())].to_owned(),
            };
            (allowance.code, scope)
        };
        in_text(&text, |_| false).0.into_iter().map(show).collect()
    }

    fn pairs(expected: &[(&str, &str)]) -> Vec<(String, String)> {
        expected.iter().map(|(code, scope)| ((*code).to_owned(), (*scope).to_owned())).collect()
    }

    #[test]
    fn a_comment_is_about_its_line_the_next_or_the_file() {
        let text = "a <!-- skilled: allow=one -->\n\n<!-- skilled: allow=two, three -->\n\nb\nc\n";
        let expected = [("one", "a <!-- skilled: allow=one -->\n"), ("two", "b\n"), ("three", "b\n")];
        assert_eq!(allowances(Kind::Markdown, text), pairs(&expected));
        assert_eq!(allowances(Kind::Markdown, "<!-- skilled: allow-file=one -->"), pairs(&[("one", "file")]));
    }

    #[test]
    fn scripts_use_their_own_comments_and_may_give_a_reason() {
        let text = "x = 1  # skilled: allow=one as it is a test, really\n// skilled: allow=two\ny";
        let expected = [("one", "x = 1  # skilled: allow=one as it is a test, really\n"), ("two", "y")];
        assert_eq!(allowances(Kind::Script, text), pairs(&expected));
    }

    #[test]
    fn other_words_are_no_comments() {
        for text in [
            "skilled: allow=one",
            "<!-- skilled: deny=one -->",
            "<!-- unskilled: allow=one -->",
            "# skilled: allow=a",
        ] {
            assert_eq!(allowances(Kind::Markdown, text), [], "{text}");
        }
    }
}
