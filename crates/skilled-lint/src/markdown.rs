//! What the rules need of a Markdown document. Each document is parsed once.

use std::cell::OnceCell;
use std::collections::HashSet;
use std::ops::Range;
use std::sync::LazyLock;

use pulldown_cmark::{CodeBlockKind, Event, LinkType, Options, Parser, Tag, TagEnd};
use regex::Regex;

/// Most links and pieces of code of one document that are looked at. No document for readers has as many.
const MAX_ITEMS: usize = 20_000;
/// Most bytes after the target of a link, such as a title, for the target to be found.
const MAX_AFTER_TARGET: usize = 1_000;

/// A Markdown document. All ranges are those of the file.
#[derive(Clone, Debug, Default)]
pub(crate) struct Markdown {
    pub(crate) links: Vec<Link>,
    pub(crate) code: Vec<Code>,
    /// Headings and anchors as they are written.
    headings: Vec<String>,
    /// The same, reduced by [`anchor_key`]: seldom asked for.
    anchors: OnceCell<HashSet<String>>,
    /// Whether there are more links or pieces of code than are looked at.
    pub(crate) is_cut: bool,
}

/// A link or an image.
#[derive(Clone, Debug)]
pub(crate) struct Link {
    /// As it is written, with entities and escapes resolved.
    pub(crate) target: String,
    /// The target where it can be found in the link, else the link.
    pub(crate) span: Range<usize>,
}

/// A piece of code.
#[derive(Clone, Debug)]
pub(crate) struct Code {
    /// The text of a fence without its markers, or of inline code with them.
    pub(crate) span: Range<usize>,
    pub(crate) kind: CodeKind,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum CodeKind {
    Inline,
    /// With the first word of its label, in lower case; empty where there is none.
    Block(String),
}

impl Markdown {
    /// Parses `text`, which starts at `offset` of its file.
    pub(crate) fn parse(text: &str, offset: usize) -> Self {
        let mut markdown = Self::default();
        let mut state = State::default();
        let options = Options::ENABLE_TABLES | Options::ENABLE_FOOTNOTES;
        let mut events = Parser::new_ext(text, options).into_offset_iter();
        // Looked at where they are: moving an event costs more than most of them take.
        while let Some((event, span)) = &events.next() {
            if markdown.links.len() + markdown.code.len() >= MAX_ITEMS {
                markdown.is_cut = true;
                break;
            }
            markdown.take(event, span, text, offset, &mut state);
        }
        markdown
    }

    /// Whether there is a heading or an anchor with this key.
    pub(crate) fn has_anchor(&self, key: &str) -> bool {
        let keys = || self.headings.iter().map(|heading| anchor_key(heading)).collect();
        self.anchors.get_or_init(keys).contains(key)
    }

    fn take(&mut self, event: &Event<'_>, span: &Range<usize>, text: &str, offset: usize, state: &mut State) {
        match event {
            Event::Start(Tag::Link { link_type: LinkType::Email, .. }) => {}
            Event::Start(Tag::Link { dest_url, .. } | Tag::Image { dest_url, .. }) => {
                let place = place_of(dest_url, text, span).unwrap_or_else(|| span.clone());
                self.link(dest_url, place, offset);
            }
            Event::Start(Tag::Heading { id, .. }) => {
                self.headings.extend(id.as_ref().map(ToString::to_string));
                state.heading = Some(String::new());
            }
            Event::End(TagEnd::Heading(_)) => {
                self.headings.extend(state.heading.take());
            }
            Event::Start(Tag::CodeBlock(kind)) => state.block = Some((label(kind), None)),
            Event::End(TagEnd::CodeBlock) => {
                if let Some((label, Some(inside))) = state.block.take() {
                    self.code.push(Code { span: shift(inside, offset), kind: CodeKind::Block(label) });
                }
            }
            Event::Text(words) => {
                if let Some((_, inside)) = &mut state.block {
                    let start = inside.as_ref().map_or(span.start, |inside| inside.start);
                    *inside = Some(start..span.end);
                } else if let Some(heading) = &mut state.heading {
                    heading.push_str(words);
                }
            }
            Event::Code(words) => {
                if let Some(heading) = &mut state.heading {
                    heading.push_str(words);
                }
                self.code.push(Code { span: shift(span.clone(), offset), kind: CodeKind::Inline });
            }
            Event::Html(html) | Event::InlineHtml(html) => self.html(html, span, text, offset),
            Event::Start(_)
            | Event::End(_)
            | Event::InlineMath(_)
            | Event::DisplayMath(_)
            | Event::FootnoteReference(_)
            | Event::SoftBreak
            | Event::HardBreak
            | Event::Rule
            | Event::TaskListMarker(_) => {}
        }
    }

    fn link(&mut self, target: &str, span: Range<usize>, offset: usize) {
        self.links.push(Link { target: target.to_owned(), span: shift(span, offset) });
    }

    /// Links and anchors in HTML.
    fn html(&mut self, html: &str, span: &Range<usize>, text: &str, offset: usize) {
        static ATTRIBUTE: LazyLock<Option<Regex>> =
            LazyLock::new(|| Regex::new(r#"(?i)\s(href|src|id|name)\s*=\s*["']([^"'<>]*)["']"#).ok());
        // Where line ends were changed by the parser, offsets within the event are not those of the file.
        if !html.contains('=') || text.get(span.clone()) != Some(html) {
            return;
        }
        for captures in ATTRIBUTE.iter().flat_map(|pattern| pattern.captures_iter(html)) {
            let (Some(attribute), Some(value)) = (captures.get(1), captures.get(2)) else { continue };
            if attribute.as_str().eq_ignore_ascii_case("href")
                || attribute.as_str().eq_ignore_ascii_case("src")
            {
                self.link(value.as_str(), span.start + value.start()..span.start + value.end(), offset);
            } else {
                self.headings.push(value.as_str().to_owned());
            }
        }
    }
}

/// Where the target of a link is written: near its end, before a title. Only that part is searched, as links that contain
/// each other may be thousands and each as long as the document.
fn place_of(target: &str, text: &str, span: &Range<usize>) -> Option<Range<usize>> {
    if target.is_empty() {
        return None;
    }
    let near = span.end.saturating_sub(target.len() + MAX_AFTER_TARGET).max(span.start);
    let near = text.floor_char_boundary(near);
    let start = near + text.get(near..span.end)?.rfind(target)?;
    Some(start..start + target.len())
}

/// What is open where the parser is.
#[derive(Default)]
struct State {
    heading: Option<String>,
    /// Label and inside of a code block.
    block: Option<(String, Option<Range<usize>>)>,
}

fn shift(span: Range<usize>, offset: usize) -> Range<usize> {
    span.start + offset..span.end + offset
}

fn label(kind: &CodeBlockKind<'_>) -> String {
    match kind {
        CodeBlockKind::Fenced(label) => {
            let word = label.split(|c: char| c.is_whitespace() || matches!(c, ',' | '{')).next();
            word.unwrap_or_default().to_ascii_lowercase()
        }
        CodeBlockKind::Indented => String::new(),
    }
}

/// What is left of an anchor or heading when everything is left out that renderers treat differently: only letters and
/// digits count, in lower case.
pub(crate) fn anchor_key(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_have_the_place_of_their_target() {
        let text = "<x@y.z> a [b](c.md \"t\") ![d](<e f.png>) [g][h] <img src=\"i.png\">\n\n[h]: j.md\n";
        let links = Markdown::parse(text, 0).links;
        let found: Vec<_> =
            links.iter().map(|link| (link.target.as_str(), &text[link.span.clone()])).collect();
        assert_eq!(found, [("c.md", "c.md"), ("e f.png", "e f.png"), ("j.md", "[g][h]"), ("i.png", "i.png")]);
    }

    #[test]
    fn code_is_told_apart() {
        let text = "> `a/b` and\n>\n> ```Bash title\n> c\n> d\n> ```\n\n    e\n";
        let code = Markdown::parse(text, 0).code;
        let found: Vec<_> = code.into_iter().map(|code| (code.kind, &text[code.span])).collect();
        let block = |label: &str| CodeKind::Block(label.to_owned());
        assert_eq!(found, [(CodeKind::Inline, "`a/b`"), (block("bash"), "c\n> d\n"), (block(""), "e\n")]);
    }

    #[test]
    fn anchors_are_those_of_headings_and_html() {
        let document = Markdown::parse("# Über `x` & Co.\n\n<a id=\"far-away\"></a>\n", 9);
        let found = ["überxco", "faraway", "über"].map(|key| document.has_anchor(key));
        assert_eq!(found, [true, true, false]);
    }
}
