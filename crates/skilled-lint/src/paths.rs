//! What documents refer to, and whether it is there.

mod mention;
mod refers;
mod resolve;
mod suggest;

use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use skilled_format::SKILL_FILE;

use self::mention::{Mention, mentions};
use self::refers::referring_part;
use self::resolve::{Listing, Place, Target, link_target};
use self::suggest::Suggestions;
use crate::documents::Documents;
use crate::markdown::{Link, Markdown, anchor_key};
use crate::material::{Material, Text};
use crate::rules;
use crate::sink::{Draft, Sink};
use crate::{Edit, Fix};

/// All references of a skill's documents.
pub(crate) struct References<'a> {
    material: &'a Material<'a>,
    documents: &'a Documents<'a>,
    /// The documents that may refer to anything; no other need be parsed.
    referring: Vec<Referring<'a>>,
    listing: Listing<'a>,
    suggestions: RefCell<Suggestions<'a>>,
}

/// A document, as far as it refers to anything.
struct Referring<'a> {
    text: &'a Text,
    document: Cow<'a, Markdown>,
    /// Paths named in code.
    mentions: Vec<Mention>,
}

impl<'a> References<'a> {
    pub(crate) fn new(material: &'a Material<'a>, documents: &'a Documents<'a>) -> Self {
        let listing = Listing::new(material.folder);
        let texts = material.texts.iter().filter(|text| documents.contains(&text.path));
        let referring = texts.filter_map(|text| {
            let part = referring_part(text.body(), &listing)?;
            // Headings may be anywhere.
            let document = if part.len() == text.body().len() || part.contains("](#") {
                Cow::Borrowed(documents.get(&text.path)?)
            } else {
                Cow::Owned(Markdown::parse(part, text.body.start))
            };
            let mentions = mentions(&text.content, &document, &listing);
            Some(Referring { text, document, mentions })
        });
        let referring = referring.collect();
        let suggestions = RefCell::new(Suggestions::new(material.folder));
        Self { material, documents, referring, listing, suggestions }
    }

    pub(crate) fn check(&self, sink: &mut Sink<'_>) {
        for referring in &self.referring {
            let Referring { text, document, .. } = referring;
            if document.is_cut {
                let message =
                    "the document has more than 20000 links and pieces of code; the rest was not checked";
                sink.push(Draft::whole(&rules::NOT_CHECKED, text.path.clone(), message));
            }
            for link in &document.links {
                self.check_link(text, link, sink);
            }
            self.check_mentions(referring, sink);
        }
        self.check_depth(sink);
    }

    /// Scripts that SKILL.md and its references start by their name, with the place of the command.
    pub(crate) fn started(&self) -> BTreeMap<&str, (&'a str, Range<usize>)> {
        let mut by_path: Vec<&Referring<'a>> = self.referring.iter().collect();
        by_path.sort_by_key(|referring| &referring.text.path);
        let mut started = BTreeMap::new();
        for Referring { text, mentions, .. } in by_path {
            for mention in mentions.iter().filter(|mention| mention.is_started) {
                started.entry(mention.path.as_str()).or_insert((text.path.as_str(), mention.span.clone()));
            }
        }
        started
    }

    fn check_link(&self, text: &Text, link: &Link, sink: &mut Sink<'_>) {
        let (span, written) = (link.span.clone(), link.target.as_str());
        match link_target(written) {
            Target::Elsewhere => {}
            Target::Outside => {
                let message = format!("`{written}` is a path of one machine, not of the skill");
                sink.push(Draft::new(&rules::LINK_OUTSIDE, &text.path, span, message));
            }
            Target::Backslashes => {
                let message = format!("`{written}` is written with backslashes");
                let fix = self.slashes(text, link);
                sink.push(Draft::new(&rules::LINK_BACKSLASH, &text.path, span, message).with_fix(fix));
            }
            Target::Heading(anchor) => self.check_anchor(text, &text.path, &anchor, span, sink),
            Target::Path { path, anchor } => match self.listing.find(&text.path, &path) {
                Place::Outside => {
                    let message = format!("`{written}` leads out of the folder of the skill");
                    sink.push(Draft::new(&rules::LINK_OUTSIDE, &text.path, span, message));
                }
                Place::Missing(path) => self.missing(text, &path, span, sink),
                Place::Found(path) => {
                    if let Some(anchor) = anchor {
                        self.check_anchor(text, &path, &anchor, span, sink);
                    }
                }
                Place::Beyond => {}
            },
        }
    }

    /// Forward slashes lead to the file: then they are meant.
    fn slashes(&self, text: &Text, link: &Link) -> Option<Fix> {
        let replacement = link.target.replace('\\', "/");
        let exists = matches!(self.listing.find(&text.path, &replacement), Place::Found(_));
        let is_written = text.content.get(link.span.clone()) == Some(&link.target);
        let span = link.span.clone();
        (exists && is_written).then(|| Fix::Edit(vec![Edit { span, replacement }]))
    }

    fn missing(&self, text: &Text, path: &str, span: Range<usize>, sink: &mut Sink<'_>) {
        if !self.material.is_complete {
            return;
        }
        if let Some(actual) = self.listing.in_other_case(path) {
            let message = format!("`{path}` is called `{actual}`");
            sink.push(Draft::new(&rules::LINK_CASE, &text.path, span, message));
            return;
        }
        let has_room = sink.has_room(&rules::DEAD_LINK, &text.path);
        let nearest = has_room.then(|| self.suggestions.borrow_mut().nearest(path)).flatten();
        let draft = Draft::new(&rules::DEAD_LINK, &text.path, span, format!("there is no `{path}`"));
        sink.push(with_nearest(draft, nearest));
    }

    fn check_anchor(&self, text: &Text, target: &str, anchor: &str, span: Range<usize>, sink: &mut Sink<'_>) {
        let key = anchor_key(anchor);
        let Some(document) = self.documents.get(target) else { return };
        // `#usage-1` is the second heading called `Usage`.
        let without_number = key.trim_end_matches(|c: char| c.is_ascii_digit());
        let is_there = document.has_anchor(&key) || document.has_anchor(without_number);
        if key.is_empty() || is_there || document.is_cut {
            return;
        }
        let place = if target == text.path { "here".to_owned() } else { format!("in `{target}`") };
        let message = format!("there is no heading `#{anchor}` {place}");
        sink.push(Draft::new(&rules::DEAD_ANCHOR, &text.path, span, message));
    }

    /// Each missing path is reported once in a document, and not where a link to it is.
    fn check_mentions(&self, referring: &Referring<'_>, sink: &mut Sink<'_>) {
        let Referring { text, document, mentions } = referring;
        let mut missing: BTreeMap<&str, (Range<usize>, usize)> = BTreeMap::new();
        for mention in mentions {
            let is_missing = matches!(self.listing.find(&text.path, &mention.path), Place::Missing(_));
            if is_missing && self.material.is_complete {
                missing.entry(&mention.path).or_insert((mention.span.clone(), 0)).1 += 1;
            }
        }
        if missing.is_empty() {
            return;
        }
        let linked: BTreeSet<&str> = document.links.iter().map(|link| bare(&link.target)).collect();
        for (path, (span, count)) in missing {
            if linked.contains(path) {
                continue;
            }
            if let Some(actual) = self.listing.in_other_case(path) {
                let message = format!("`{path}` is called `{actual}`");
                sink.push(Draft::new(&rules::LINK_CASE, &text.path, span, message));
                continue;
            }
            let has_room = sink.has_room(&rules::MISSING_FILE, &text.path);
            let nearest = has_room.then(|| self.suggestions.borrow_mut().nearest(path)).flatten();
            let times =
                if count == 1 { String::new() } else { format!(", named {count} times from here on") };
            let message = format!("there is no `{path}`{times}");
            sink.push(with_nearest(Draft::new(&rules::MISSING_FILE, &text.path, span, message), nearest));
        }
    }

    /// Documents that other documents refer to and SKILL.md does not mention.
    fn check_depth(&self, sink: &mut Sink<'_>) {
        let Some(skill) = self.material.skill_text() else { return };
        let mut known: BTreeSet<String> = BTreeSet::from([SKILL_FILE.to_owned()]);
        let (own, others): (Vec<_>, Vec<_>) =
            self.referring.iter().partition(|referring| referring.text.is_skill_file());
        if others.is_empty() {
            return;
        }
        known.extend(own.into_iter().flat_map(|own| self.found_from(own)).map(|(path, _)| path));
        let mut reported = BTreeSet::new();
        for referring in others {
            let text = referring.text;
            for (path, span) in self.found_from(referring) {
                let is_document = self.documents.contains(&path) && path != text.path;
                let name = path.rsplit('/').next().unwrap_or_default();
                if !is_document || known.contains(&path) || !reported.insert(path.clone()) {
                    continue;
                }
                if !skill.content.contains(name) {
                    let message = format!("`{path}` is mentioned here and not in SKILL.md");
                    sink.push(Draft::new(&rules::DEEP_REFERENCE, &text.path, span, message));
                }
            }
        }
    }

    /// The files that a document refers to, with the places.
    fn found_from(&self, referring: &Referring<'_>) -> Vec<(String, Range<usize>)> {
        let Referring { text, document, mentions } = referring;
        let links = document.links.iter();
        let links = links.filter_map(|link| match link_target(&link.target) {
            Target::Path { path, .. } => Some((path, link.span.clone())),
            Target::Elsewhere | Target::Outside | Target::Backslashes | Target::Heading(_) => None,
        });
        let mentions = mentions.iter().map(|mention| (mention.path.clone(), mention.span.clone()));
        let found =
            links.chain(mentions).filter_map(|(path, span)| match self.listing.find(&text.path, &path) {
                Place::Found(path) => Some((path, span)),
                Place::Outside | Place::Missing(_) | Place::Beyond => None,
            });
        found.collect()
    }
}

fn with_nearest(draft: Draft, nearest: Option<String>) -> Draft {
    match nearest {
        Some(nearest) => draft.with_help(format!("Perhaps `{nearest}` is meant.")),
        None => draft,
    }
}

/// A target without what follows the path.
fn bare(target: &str) -> &str {
    target.split(['#', '?']).next().unwrap_or_default().trim_start_matches("./")
}
