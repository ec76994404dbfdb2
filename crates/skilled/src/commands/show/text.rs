//! The sheet for people.

use std::fmt::Write as _;

use skilled_audit::{Needed, extension_fields};
use skilled_format::Severity;

use super::origin::{Checkout, Note};
use super::sheet::{Resource, ResourceKind, Sheet};
use crate::lookup::Origin;
use crate::screen::{self, bytes, count, number, wrapped};
use crate::view::escaped;

/// Files that are listed, unless all are asked for.
const LISTED: usize = 20;
/// Names of one need that are listed, unless all are asked for.
const NAMED: usize = 12;

/// Sets the page; `all` leaves nothing out.
pub(super) fn page(sheet: &Sheet<'_>, all: bool) -> String {
    let mut page = String::new();
    fields(&mut page, sheet);
    verdict(&mut page, sheet);
    tiers(&mut page, sheet, all);
    needs(&mut page, sheet, all);
    origin(&mut page, sheet);
    for gap in sheet.gaps() {
        row(&mut page, "not seen", &escaped(&gap));
    }
    page.push_str("\nTokens are estimates. A need is what can be read off the files.\n");
    page
}

/// A label and a text, wrapped beside it.
fn row(page: &mut String, label: &str, text: &str) {
    page.push_str(&wrapped(&format!("{label:<14}"), text));
}

fn fields(page: &mut String, sheet: &Sheet<'_>) {
    let Some(skill) = &sheet.skill.loaded.reading.skill else {
        let path = screen::path(sheet.skill.origin.path());
        row(page, "name", &format!("none: {path} does not load"));
        return;
    };
    row(page, "name", &escaped(&skill.name));
    row(page, "description", &escaped(&skill.description));
    for (label, value) in [("license", &skill.license), ("compatibility", &skill.compatibility)] {
        if let Some(value) = value {
            row(page, label, &escaped(value));
        }
    }
    for (label, fields) in [("metadata", &skill.metadata), ("unknown field", &skill.unknown)] {
        for (key, value) in fields.iter() {
            row(page, label, &escaped(&format!("{key}: {value}")));
        }
    }
    for (name, value) in extension_fields(&skill.extensions) {
        row(page, "other client", &escaped(&format!("{name}: {value}")));
    }
}

fn verdict(page: &mut String, sheet: &Sheet<'_>) {
    let word = |yes, good: &str, bad: &str| if yes { good.to_owned() } else { bad.to_owned() };
    let counted = [(Severity::Error, "error"), (Severity::Warning, "warning"), (Severity::Info, "hint")];
    let counted: Vec<String> = counted
        .into_iter()
        .map(|(severity, name)| (sheet.findings(severity), name))
        .filter(|(found, _)| *found > 0)
        .map(|(found, name)| count(found, name))
        .collect();
    let found = if counted.is_empty() { "no findings".to_owned() } else { counted.join(", ") };
    let command = screen::shell_word(sheet.skill.origin.path());
    let more = if counted.is_empty() { String::new() } else { format!(" (skilled check {command})") };
    let loads = word(sheet.checked.loaded, "loads", "does not load");
    let valid = word(sheet.checked.valid, "valid", "not valid for the reference validator");
    row(page, "check", &format!("{loads}, {valid}, {found}{more}"));
    let audit: Vec<String> = sheet
        .audit_findings()
        .into_iter()
        .map(|(severity, found)| format!("{} {}", number(found as u64), severity.as_str()))
        .collect();
    if audit.is_empty() {
        row(page, "audit", "no findings");
    } else {
        row(page, "audit", &format!("{} (skilled audit {command})", audit.join(", ")));
    }
    // Just fits the line.
    let _ = writeln!(page, "digest  {}", sheet.skill.loaded.tree.digest());
}

fn tiers(page: &mut String, sheet: &Sheet<'_>, all: bool) {
    let tokens = |tokens: usize| format!("{} tokens", number(tokens as u64));
    page.push_str("\nWhat a model is shown\n");
    let mut tier = |name: &str, size: &str, cost: &str, when: &str| {
        let _ = writeln!(page, "{}", format!("  {name:<13} {size:>11}  {cost:>14}  {when}").trim_end());
    };
    tier("catalogue", "", &tokens(sheet.catalogue_tokens), "name and description, always");
    let body = &sheet.instructions;
    let when = format!("SKILL.md, {}, when it is used", count(body.lines, "line"));
    tier("instructions", &bytes(body.bytes as u64), &tokens(body.tokens), &when);
    let when = format!("{}, when they are needed", count(sheet.resources.len(), "file"));
    tier("resources", &bytes(sheet.resource_bytes()), &tokens(sheet.resource_tokens()), &when);
    let shown = if all { sheet.resources.len() } else { LISTED };
    for resource in sheet.resources.iter().take(shown) {
        page.push_str(&resource_line(resource));
    }
    if let Some(more) = sheet.resources.len().checked_sub(shown).filter(|more| *more > 0) {
        let _ = writeln!(page, "    … and {} more (--files lists all)", count(more, "file"));
    }
}

fn resource_line(resource: &Resource) -> String {
    let (size, rest) = match &resource.kind {
        ResourceKind::File { bytes: size, executable, tokens } => {
            let tokens = tokens.map_or_else(|| "no text".to_owned(), |tokens| number(tokens as u64));
            (format!("{:>9}  {tokens:>9}", bytes(*size)), if *executable { "  executable" } else { "" })
        }
        ResourceKind::Link { target } => {
            return wrapped("    ", &format!("{} -> {}", escaped(&resource.path), escaped(target)));
        }
    };
    let path = escaped(&resource.path);
    let room = screen::WIDTH - 4 - 2 - size.chars().count() - "  executable".len();
    if path.chars().count() <= room {
        format!("    {path:<room$}  {size}{rest}\n")
    } else {
        format!("{}    {:<room$}  {size}{rest}\n", wrapped("    ", &path), "")
    }
}

fn needs(page: &mut String, sheet: &Sheet<'_>, all: bool) {
    let needs = &sheet.audit.capabilities;
    let allowed: Vec<String> = match &sheet.skill.loaded.reading.skill {
        Some(skill) => skill.allowed_tools.iter().map(|tool| escaped(tool)).collect(),
        None => Vec::new(),
    };
    let rows: [(&str, &Needed); 6] = [
        ("runs by itself", &needs.automatic),
        ("hosts", &needs.hosts),
        ("commands", &needs.commands),
        ("files outside", &needs.files),
        ("secrets", &needs.secrets),
        ("packages", &needs.packages),
    ];
    page.push_str("\nWhat it asks for\n");
    if allowed.is_empty() && rows.iter().all(|(_, needed)| needed.is_empty()) {
        page.push_str("  nothing that its files tell\n");
        return;
    }
    if !allowed.is_empty() {
        page.push_str(&wrapped("  allowed tools   ", &listed(&allowed, all)));
    }
    for (label, needed) in rows.into_iter().filter(|(_, needed)| !needed.is_empty()) {
        let place = |at: &skilled_audit::Evidence| format!("{}:{}", at.file, at.line);
        let name = |(name, at): (&String, &Vec<skilled_audit::Evidence>)| {
            let places = at.iter().take(if all { at.len() } else { 0 }).map(place).collect::<Vec<_>>();
            let places = if places.is_empty() { String::new() } else { format!(" ({})", places.join(" ")) };
            escaped(&format!("{name}{places}"))
        };
        let names: Vec<String> = needed.iter().map(name).collect();
        page.push_str(&wrapped(&format!("  {label:<15} "), &listed(&names, all)));
    }
}

fn listed(names: &[String], all: bool) -> String {
    let shown = if all { names.len() } else { NAMED.min(names.len()) };
    let text = names[..shown].join(", ");
    if shown == names.len() { text } else { format!("{text} and {} more", names.len() - shown) }
}

fn origin(page: &mut String, sheet: &Sheet<'_>) {
    page.push_str("\nWhere it came from\n");
    let mut line = |label: &str, text: &str| page.push_str(&wrapped(&format!("  {label:<11} "), text));
    match &sheet.skill.origin {
        Origin::Folder { path } => line("folder", &screen::path(path)),
        Origin::Scope { path, scope, shadowed } => {
            line("folder", &screen::path(path));
            line("scope", &format!("{}, {}", scope.owner.as_str(), screen::path(&scope.path)));
            for path in shadowed {
                line("shadows", &format!("{}, which has the same name", screen::path(path)));
            }
        }
        Origin::Archive { path, sha256, inner } => {
            line("archive", &screen::path(path));
            line("file", sha256.strip_prefix("sha256:").unwrap_or(sha256));
            line("inside", &if inner.is_empty() { "at the root".to_owned() } else { escaped(inner) });
        }
    }
    if let Some(Checkout { root, branch, commit, remote }) = &sheet.provenance.git {
        let commit = commit.as_deref().map(|commit| commit.chars().take(12).collect::<String>());
        let parts = [remote.clone(), branch.clone(), commit];
        let parts: Vec<String> = parts.into_iter().flatten().map(|part| escaped(&part)).collect();
        let rest = if parts.is_empty() { "no commit".to_owned() } else { parts.join(" ") };
        line("git", &format!("{rest} ({})", screen::path(root)));
    }
    for Note { source, fields } in &sheet.provenance.notes {
        let fields: Vec<String> = fields.iter().map(|(name, value)| format!("{name}: {value}")).collect();
        line("noted", &escaped(&format!("{source}: {}", fields.join(", "))));
    }
}
