//! The fields of SKILL.md and its body.

use std::collections::BTreeSet;

use skilled_format::{Context, Extensions, Shell, Skill, Value, estimated_tokens};

use super::{Area, Changes, Kind, Weight};

/// Fields of other clients that decide what runs, with which rights, or when.
const DECISIVE: [&str; 6] =
    ["hooks", "disable-model-invocation", "disallowed-tools", "shell", "context", "when_to_use"];

pub(super) fn compare(before: Option<&Skill>, after: Option<&Skill>, changes: &mut Changes) {
    if let (Some(before), Some(after)) = (before, after) {
        return compare_skills(before, after, changes);
    }
    let loads = |skill: Option<&Skill>| {
        let said = if skill.is_some() { "loads" } else { "does not load" };
        Some(said.to_owned())
    };
    changes.values(Area::Field, Weight::Attention, "SKILL.md", loads(before), loads(after));
}

fn compare_skills(before: &Skill, after: &Skill, changes: &mut Changes) {
    let own = |text: &str| Some(text.to_owned());
    let mut field = |name: &str, weight, old, new| changes.values(Area::Field, weight, name, old, new);
    field("name", Weight::Attention, own(&before.name), own(&after.name));
    field("description", Weight::Attention, own(&before.description), own(&after.description));
    field("license", Weight::Notice, before.license.clone(), after.license.clone());
    field("compatibility", Weight::Notice, before.compatibility.clone(), after.compatibility.clone());
    let keys: BTreeSet<&str> =
        before.metadata.iter().chain(after.metadata.iter()).map(|(key, _)| key).collect();
    for key in keys {
        let text = |skill: &Skill| skill.metadata.get(key).map(Value::to_string);
        field(&format!("metadata.{key}"), Weight::Notice, text(before), text(after));
    }
    compare_tools(before, after, changes);
    compare_extensions(&before.extensions, &after.extensions, changes);
    let keys: BTreeSet<&str> =
        before.unknown.iter().chain(after.unknown.iter()).map(|(key, _)| key).collect();
    for key in keys {
        let text = |skill: &Skill| skill.unknown.get(key).map(Value::to_string);
        changes.values(Area::UnknownField, Weight::Notice, key, text(before), text(after));
    }
    if before.body != after.body {
        let size = |skill: &Skill| {
            let (lines, tokens) = (skill.body.lines().count(), estimated_tokens(&skill.body));
            let plural = |count| if count == 1 { "" } else { "s" };
            Some(format!("{lines} line{}, about {tokens} token{}", plural(lines), plural(tokens)))
        };
        let (old, new) = (size(before), size(after));
        changes.add(Area::Body, Kind::Changed, Weight::Notice, "SKILL.md");
        if let Some(change) = changes.0.last_mut() {
            (change.before, change.after) = (old, new);
        }
    }
}

fn compare_tools(before: &Skill, after: &Skill, changes: &mut Changes) {
    let old = before.allowed_tools.iter().map(String::as_str).collect();
    let new = after.allowed_tools.iter().map(String::as_str).collect();
    changes.sets(Area::Tool, &old, &new, |_| Weight::Attention);
}

fn compare_extensions(before: &Extensions, after: &Extensions, changes: &mut Changes) {
    let (old, new) = (extension_fields(before), extension_fields(after));
    let names: BTreeSet<&str> = old.iter().chain(&new).map(|(name, _)| *name).collect();
    for name in names {
        let text = |fields: &[(&str, Value)]| {
            fields.iter().find(|(own, _)| *own == name).map(|(_, value)| value.to_string())
        };
        let weight = if DECISIVE.contains(&name) { Weight::Attention } else { Weight::Notice };
        changes.values(Area::Extension, weight, name, text(&old), text(&new));
    }
}

/// Returns the fields of other clients that a skill has, by the names they have in SKILL.md.
pub fn extension_fields(extensions: &Extensions) -> Vec<(&'static str, Value)> {
    // Taken apart by name, so that a new field cannot be forgotten here.
    let Extensions {
        when_to_use,
        argument_hint,
        arguments,
        disable_model_invocation,
        user_invocable,
        disallowed_tools,
        model,
        effort,
        context,
        agent,
        background,
        hooks,
        paths,
        shell,
    } = extensions;
    let text = |text: &Option<String>| text.clone().map(Value::String);
    let list = |items: &[String]| {
        let items: Vec<Value> = items.iter().cloned().map(Value::String).collect();
        (!items.is_empty()).then_some(Value::Sequence(items))
    };
    let context = context.as_ref().map(|context| match context {
        Context::Fork => "fork".to_owned(),
        Context::Other(text) => text.clone(),
    });
    let shell = shell.as_ref().map(|shell| match shell {
        Shell::Bash => "bash".to_owned(),
        Shell::PowerShell => "powershell".to_owned(),
        Shell::Other(text) => text.clone(),
    });
    let fields = [
        ("when_to_use", text(when_to_use)),
        ("argument-hint", text(argument_hint)),
        ("arguments", list(arguments)),
        ("disable-model-invocation", disable_model_invocation.map(Value::Bool)),
        ("user-invocable", user_invocable.map(Value::Bool)),
        ("disallowed-tools", list(disallowed_tools)),
        ("model", text(model)),
        ("effort", text(effort)),
        ("context", text(&context)),
        ("agent", text(agent)),
        ("background", background.map(Value::Bool)),
        ("hooks", hooks.clone()),
        ("paths", list(paths)),
        ("shell", text(&shell)),
    ];
    fields.into_iter().filter_map(|(name, value)| Some((name, value?))).collect()
}
