//! Front matter.

use crate::pattern::Pattern;
use skilled_format::{Context, Mapping, SKILL_FILE, Skill, Value};

use super::catalogue::{
    BROAD_TOOLS, DISGUISED_NAME, FORK_LOOP, IMPERSONATION, INJECTED_COMMAND, OWN_HOOKS, TRIGGER_HIJACK,
    VAGUE_TRIGGER,
};
use super::concept;
use super::normal::{latin, normal};
use crate::material::{Language, Material, Source, injected_commands};
use crate::sink::Sink;
use crate::{Confidence, Severity};

/// Looks at the front matter and at commands that run when the skill is loaded.
pub(super) fn run(material: &Material<'_>, sink: &mut Sink) {
    let Some(skill) = &material.reading.skill else { return };
    let Some(source) = material.sources.iter().find(|source| source.path == SKILL_FILE) else { return };
    name(skill, source, sink);
    tools(skill, source, sink);
    hooks(skill, source, sink);
    description(skill, source, sink);
    fork(skill, source, sink);
    for source in &material.sources {
        injected(source, sink);
    }
}

/// The place of a field in the front matter.
fn place(source: &Source, field: &str) -> std::ops::Range<usize> {
    let mut at = 0;
    for line in source.text.split_inclusive('\n') {
        if line.strip_prefix(field).is_some_and(|rest| rest.trim_start().starts_with(':')) {
            return at..at + line.trim_end().len();
        }
        at += line.len();
    }
    0..0
}

fn name(skill: &Skill, source: &Source, sink: &mut Sink) {
    let mixed = |text: &str| {
        text.chars().any(|c| c.is_ascii_alphabetic()) && text.chars().any(|c| latin(c) != c && !c.is_ascii())
    };
    if mixed(&skill.name) {
        let message = "the name mixes letters of several scripts that look alike";
        sink.at(&DISGUISED_NAME, Confidence::High, source, place(source, "name"), message);
    }
    let disguised = skill.description.split_whitespace().any(mixed);
    if disguised {
        let message = "a word of the description mixes letters of several scripts that look alike";
        sink.with(
            &DISGUISED_NAME,
            Severity::Medium,
            Confidence::Medium,
            (source, place(source, "description")),
            message,
        );
    }
    let name = skill.name.to_ascii_lowercase();
    let vendor = ["anthropic", "claude", "openai", "chatgpt", "copilot", "gemini"]
        .iter()
        .any(|vendor| name.starts_with(vendor));
    let claims = ["official", "verified", "certified", "trusted"]
        .iter()
        .any(|word| name.split('-').any(|part| part == *word));
    let severity = match (vendor, claims) {
        (true, true) => Severity::Medium,
        (true, false) | (false, true) => Severity::Low,
        (false, false) => return,
    };
    let message = "the name claims to come from a vendor, or to have been examined";
    sink.with(&IMPERSONATION, severity, Confidence::Low, (source, place(source, "name")), message);
}

fn tools(skill: &Skill, source: &Source, sink: &mut Sink) {
    let allowed = skill.allowed_tools.iter().map(String::as_str).map(|tool| (tool, "allowed-tools"));
    let permissions = strings(&skill.unknown, "permissions");
    let wide = permissions.iter().map(|tool| (tool.as_str(), "permissions"));
    for (tool, field) in allowed.chain(wide) {
        let (severity, what) = match tool.trim() {
            tool if SECRETS.is_match(tool) => (Severity::High, "what reads or writes keys and settings"),
            "*" | "all" | "*:*" | "**" => (Severity::High, "every tool"),
            "Bash(*)" | "Bash(*:*)" | "Bash(sudo *)" | "Bash(sudo:*)" | "Bash(sh:*)" | "Bash(bash:*)"
            | "Bash(eval:*)" | "Bash(sh *)" | "Bash(bash *)" => (Severity::Medium, "every command"),
            "Bash" | "Shell" | "Terminal" | "bash" => (Severity::Low, "every command"),
            "Bash(curl *)" | "Bash(curl:*)" | "Bash(wget:*)" | "Bash(rm:*)" | "Bash(rm *)" => {
                (Severity::Low, "a command that can do harm")
            }
            _ => continue,
        };
        let message = format!("`{tool}` approves {what} in advance");
        sink.with(&BROAD_TOOLS, severity, Confidence::Medium, (source, place(source, field)), &message);
    }
}

static SECRETS: Pattern = Pattern::new(
    r"\((?:[^)]*[/~:\s])?(?:\.ssh|\.aws|\.gnupg|\.kube|\.netrc|\.config/gh|id_rsa|etc/(?:passwd|shadow|sudoers))\b[^)]*\)|^(?:Write|Edit)\((?:/|~|//)\*",
);

fn strings(mapping: &Mapping, field: &str) -> Vec<String> {
    match mapping.get(field) {
        Some(Value::Sequence(items)) => {
            items.iter().filter_map(|item| item.as_str().map(str::to_owned)).collect()
        }
        Some(Value::String(text)) => text.split([',', ' ']).map(str::to_owned).collect(),
        Some(Value::Null | Value::Bool(_) | Value::Number(_) | Value::Mapping(_)) | None => Vec::new(),
    }
}

static GRAVE: Pattern = Pattern::new(
    r"(?i)(?:\bcurl\b|\bwget\b|\bnc\b|/dev/tcp|base64 -d|\.ssh\b|\.aws\b|\.env\b|id_rsa|\bprintenv\b|\benv\b\s*(?:\||$|>)|\beval\b|\bscp\b|invoke-webrequest|\brm -rf\b|python3? -c|node -e|osascript|security find-|\bgit\s+(?:clone|-C\s+\S+\s+pull|pull)\b[^\n]*(?:;|&&|\|)\s*(?:(?:ba|z)?sh|python3?|node|source|cat)\s)",
);

fn grave(command: &str) -> bool {
    GRAVE.is_match(command)
}

fn hooks(skill: &Skill, source: &Source, sink: &mut Sink) {
    if skill.extensions.hooks.is_none() {
        return;
    }
    let span = place(source, "hooks");
    let front = &source.text[span.start..skill.body_span.start.max(span.start)];
    let (severity, confidence) = if grave(front) {
        (Severity::High, Confidence::High)
    } else {
        (Severity::Medium, Confidence::Medium)
    };
    sink.with(&OWN_HOOKS, severity, confidence, (source, span), "the front matter brings hooks");
}

/// Commands that run before the model sees the text.
fn injected(source: &Source, sink: &mut Sink) {
    if source.language != Language::Prose {
        return;
    }
    for command in injected_commands(&source.text) {
        let words = command.as_str().trim();
        let severity = if grave(words) { Severity::High } else { Severity::Low };
        let message = format!("`{words}` runs when the skill is loaded");
        sink.with(&INJECTED_COMMAND, severity, Confidence::Medium, (source, command.range()), &message);
    }
}

static ANYTHING: Pattern = concept::pattern(
    "(?:\\b(?:anything|everything|whatever)\\b(?: (?:\\w+ ){0,4}(?:user|you|users|need|needs|want|wants|ask|asks))|\\b(?:for|to|with|on|in) (?:any|all|every|each|various|general|different|many) (?:kinds? of |types? of |sorts? of )?(?:tasks?|requests?|questions?|purposes?|things|stuff|situations?|inputs?|conversations?|occasions?)\\b|^(?:a )?(?:helps?|assists?|does|handles?) (?:\\w+ ){0,2}(?:things|stuff|tasks|various|everything|anything|you|users|with)\\.?$)",
);

static KEYWORDS: Pattern = Pattern::new(r"(?:\b[\w-]+\b, ?){25,}");

fn description(skill: &Skill, source: &Source, sink: &mut Sink) {
    let text = normal(&skill.description);
    let span = place(source, "description");
    let triggers = strings(&skill.unknown, "triggers");
    let vague_words = [
        "help", "help me", "anything", "please", "assist", "do it", "*", "hello", "yes", "any", "hi", "ok",
        "the", "a",
    ];
    let vague = triggers.iter().filter(|trigger| vague_words.contains(&normal(trigger).as_str())).count();
    if vague > 0 {
        let message = "words that occur in any request start the skill";
        sink.with(&TRIGGER_HIJACK, Severity::High, Confidence::Medium, (source, span.clone()), message);
    }
    let anything = ANYTHING.is_match(&text);
    if anything {
        let severity = if text.len() < 60 { Severity::Medium } else { Severity::Low };
        sink.with(
            &VAGUE_TRIGGER,
            severity,
            Confidence::Low,
            (source, span.clone()),
            "the description fits any request",
        );
    }
    if KEYWORDS.is_match(&text) {
        let message = "the description is a list of keywords";
        sink.with(&TRIGGER_HIJACK, Severity::Low, Confidence::Low, (source, span), message);
    }
}

fn fork(skill: &Skill, source: &Source, sink: &mut Sink) {
    let forks = match &skill.extensions.context {
        Some(Context::Fork) => true,
        Some(Context::Other(_)) | None => false,
    };
    if !forks {
        return;
    }
    let body = normal(&skill.body);
    let own = [
        format!("use the {} skill", skill.name),
        format!("/{} ", skill.name),
        format!("invoke {}", skill.name),
    ];
    if own.iter().any(|call| body.contains(call.as_str())) {
        sink.at(
            &FORK_LOOP,
            Confidence::Medium,
            source,
            place(source, "context"),
            "the fork uses the same skill again",
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pattern_compiles() {
        for pattern in [&GRAVE, &KEYWORDS, &ANYTHING] {
            assert_eq!(pattern.error(), None);
        }
    }
}
