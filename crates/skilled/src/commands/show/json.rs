//! The sheet for programs. The shape is described in `docs/authoring.md`; fields are added, not changed.

use serde_json::{Map, Value as Json, json};
use skilled_audit::{Needed, extension_fields};
use skilled_format::{Mapping, Severity, Value};

use super::origin::{Checkout, Note};
use super::sheet::{Resource, ResourceKind, Sheet};
use crate::lookup::Origin;

pub(super) fn object(sheet: &Sheet<'_>) -> Json {
    let skill = sheet.skill.loaded.reading.skill.as_ref();
    let extensions = skill.map(|skill| extension_fields(&skill.extensions)).unwrap_or_default();
    let extensions: Map<String, Json> =
        extensions.iter().map(|(name, field)| ((*name).to_owned(), value(field))).collect();
    json!({
        "name": skill.map(|skill| &skill.name),
        "description": skill.map(|skill| &skill.description),
        "license": skill.and_then(|skill| skill.license.as_ref()),
        "compatibility": skill.and_then(|skill| skill.compatibility.as_ref()),
        "metadata": skill.map_or_else(Map::new, |skill| mapping(&skill.metadata)),
        "allowed_tools": skill.map_or(&[][..], |skill| &skill.allowed_tools),
        "extensions": extensions,
        "unknown_fields": skill.map_or_else(Map::new, |skill| mapping(&skill.unknown)),
        "loaded": sheet.checked.loaded,
        "valid": sheet.checked.valid,
        "check": {
            "errors": sheet.findings(Severity::Error),
            "warnings": sheet.findings(Severity::Warning),
            "infos": sheet.findings(Severity::Info),
        },
        "audit": audit(sheet),
        "digest": sheet.skill.loaded.tree.digest().to_string(),
        "tiers": tiers(sheet),
        "needs": needs(sheet),
        "origin": origin(sheet),
        "gaps": sheet.gaps(),
    })
}

fn audit(sheet: &Sheet<'_>) -> Json {
    let counts = sheet.audit_findings();
    let count = |severity| counts.iter().find(|(own, _)| *own == severity).map_or(0, |(_, count)| *count);
    let all = skilled_audit::Severity::ALL.into_iter().rev();
    let counts: Map<String, Json> =
        all.map(|severity| (severity.as_str().to_owned(), json!(count(severity)))).collect();
    Json::Object(counts)
}

fn tiers(sheet: &Sheet<'_>) -> Json {
    let instructions = &sheet.instructions;
    json!({
        "catalogue": { "estimated_tokens": sheet.catalogue_tokens },
        "instructions": {
            "bytes": instructions.bytes, "lines": instructions.lines, "estimated_tokens": instructions.tokens,
        },
        "resources": {
            "bytes": sheet.resource_bytes(), "estimated_tokens": sheet.resource_tokens(),
            "files": sheet.resources.iter().map(resource).collect::<Vec<_>>(),
        },
    })
}

fn resource(resource: &Resource) -> Json {
    match &resource.kind {
        ResourceKind::File { bytes, executable, tokens } => json!({
            "path": resource.path, "type": "file", "bytes": bytes, "executable": executable,
            "estimated_tokens": tokens,
        }),
        ResourceKind::Link { target } => json!({ "path": resource.path, "type": "link", "target": target }),
    }
}

fn needs(sheet: &Sheet<'_>) -> Json {
    let needs = &sheet.audit.capabilities;
    json!({
        "tools": needed(&needs.tools), "automatic": needed(&needs.automatic), "hosts": needed(&needs.hosts),
        "commands": needed(&needs.commands), "files": needed(&needs.files), "secrets": needed(&needs.secrets),
        "packages": needed(&needs.packages),
    })
}

fn needed(needed: &Needed) -> Vec<Json> {
    let places = |evidence: &[skilled_audit::Evidence]| {
        evidence.iter().map(|at| json!({ "file": at.file, "line": at.line })).collect::<Vec<_>>()
    };
    needed.iter().map(|(name, evidence)| json!({ "name": name, "places": places(evidence) })).collect()
}

fn origin(sheet: &Sheet<'_>) -> Json {
    let mut object = match &sheet.skill.origin {
        Origin::Folder { path } => json!({ "type": "folder", "path": path.to_string_lossy() }),
        Origin::Scope { path, scope, shadowed } => json!({
            "type": "scope", "path": path.to_string_lossy(), "scope": scope.owner.as_str(),
            "scope_path": scope.path.to_string_lossy(),
            "shadowed": shadowed.iter().map(|path| path.to_string_lossy()).collect::<Vec<_>>(),
        }),
        Origin::Archive { path, sha256, inner } => json!({
            "type": "archive", "path": path.to_string_lossy(), "sha256": sha256, "inner": inner,
        }),
    };
    object["git"] = sheet.provenance.git.as_ref().map_or(Json::Null, |git| {
        let Checkout { root, branch, commit, remote } = git;
        json!({ "root": root.to_string_lossy(), "branch": branch, "commit": commit, "remote": remote })
    });
    let note = |Note { source, fields }: &Note| {
        let fields: Map<String, Json> =
            fields.iter().map(|(name, value)| (name.clone(), json!(value))).collect();
        json!({ "source": source, "fields": fields })
    };
    object["notes"] = sheet.provenance.notes.iter().map(note).collect();
    object
}

fn mapping(mapping: &Mapping) -> Map<String, Json> {
    mapping.iter().map(|(key, field)| (key.to_owned(), value(field))).collect()
}

/// A value as JSON; a number stays as it was written where JSON has no such number.
fn value(field: &Value) -> Json {
    match field {
        Value::Null => Json::Null,
        Value::Bool(truth) => json!(truth),
        Value::Number(text) => text.parse::<i64>().map_or_else(|_| json!(text), |number| json!(number)),
        Value::String(text) => json!(text),
        Value::Sequence(items) => items.iter().map(value).collect(),
        Value::Mapping(inner) => Json::Object(mapping(inner)),
    }
}
