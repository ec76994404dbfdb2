//! The comparison for programs. The shape is described in `docs/authoring.md`; fields are added, not changed.

use serde_json::{Value as Json, json};
use skilled_audit::{Change, Figures, Weight};

use super::lines::FileLines;
use super::{Pair, Side};

pub(super) fn object(pair: &Pair, files: Option<&Vec<FileLines>>) -> Json {
    let comparison = &pair.comparison;
    let mut object = json!({
        "same": pair.is_same(),
        "attention": comparison.count(Weight::Attention),
        "notice": comparison.count(Weight::Notice),
        "before": side(&pair.before, &comparison.before),
        "after": side(&pair.after, &comparison.after),
        "changes": comparison.changes.iter().map(change).collect::<Vec<_>>(),
        "gaps": pair.gaps().collect::<Vec<_>>(),
    });
    if let Some(files) = files {
        let file = |file: &FileLines| json!({ "path": file.path, "unified": file.unified });
        object["files"] = files.iter().map(file).collect();
    }
    object
}

fn side(side: &Side, figures: &Figures) -> Json {
    let Figures { digest, files, bytes, body_lines, body_tokens } = figures;
    json!({
        "path": side.skill.origin.path().to_string_lossy(),
        "name": side.skill.loaded.reading.skill.as_ref().map(|skill| &skill.name),
        "digest": digest.to_string(), "files": files, "bytes": bytes,
        "body": { "lines": body_lines, "estimated_tokens": body_tokens },
    })
}

fn change(change: &Change) -> Json {
    let Change { area, kind, weight, item, before, after } = change;
    json!({
        "weight": weight.as_str(), "area": area.as_str(), "kind": kind.as_str(), "item": item,
        "before": before, "after": after,
    })
}
