//! What a skill needs, for people and scripts.

use std::fmt::Write as _;

use serde_json::{Map, Value, json};
use skilled_audit::{Capabilities, Needed};
use skilled_report::wrapped;

use crate::subjects::joined;

/// Places that are named beside a need.
const PLACES: usize = 3;

/// The kinds of needs by the names they have in JSON.
fn kinds(needs: &Capabilities) -> [(&'static str, &Needed); 7] {
    let Capabilities { hosts, commands, files, secrets, packages, tools, automatic } = needs;
    [
        ("hosts", hosts),
        ("commands", commands),
        ("files", files),
        ("secrets", secrets),
        ("packages", packages),
        ("tools", tools),
        ("automatic", automatic),
    ]
}

/// One line for each kind, with the first places of each need.
pub(super) fn text(needs: &Capabilities, width: usize) -> String {
    let mut out = String::from("needs:\n");
    let is_none = kinds(needs).iter().all(|(_, needed)| needed.is_empty());
    if is_none {
        return "needs: nothing that shows in its files\n".to_owned();
    }
    for (kind, needed) in kinds(needs).into_iter().filter(|(_, needed)| !needed.is_empty()) {
        let items: Vec<String> = needed
            .iter()
            .map(|(name, places)| {
                let shown = places.iter().take(PLACES).map(|place| format!("{}:{}", place.file, place.line));
                let more = if places.len() > PLACES { ", …" } else { "" };
                format!("{name} ({}{more})", shown.collect::<Vec<_>>().join(", "))
            })
            .collect();
        let lines = wrapped(&items.join("; "), width.saturating_sub(13));
        for (count, line) in lines.iter().enumerate() {
            let label = if count == 0 { kind } else { "" };
            // Writing to a string cannot fail.
            let _ = writeln!(out, "  {label:<10} {line}");
        }
    }
    out
}

/// Each kind as an object of names, each with the places where the need shows; `skill` is the path of the skill.
pub(super) fn json(needs: &Capabilities, skill: &str) -> Value {
    let kind = |(kind, needed): (&'static str, &Needed)| {
        let names: Map<String, Value> = needed
            .iter()
            .map(|(name, places)| {
                let place = |place: &skilled_audit::Evidence| {
                    json!({ "path": joined(skill, &place.file), "line": place.line })
                };
                (name.clone(), places.iter().map(place).collect())
            })
            .collect();
        (kind.to_owned(), Value::Object(names))
    };
    Value::Object(kinds(needs).into_iter().map(kind).collect())
}
