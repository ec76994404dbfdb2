//! What a skill says it does, beside what its programs do.

use crate::pattern::Pattern;
use skilled_format::Value;

use super::acts::{Act, Program};
use super::catalogue::{CLAIM_BROKEN, SCOPE_MISMATCH, UNPROMPTED};
use super::concept::{self, Concept as C, Concepts};
use super::normal::normal;
use super::sentence::Sentence;
use crate::material::Material;
use crate::sink::Sink;
use crate::{Confidence, Severity};

/// A claim, and what it denies.
struct Claim {
    pattern: Pattern,
    denies: &'static [Act],
    words: &'static str,
}

/// Claims about the skill itself; "do not modify files" as an order to the agent is none.
static CLAIMS: [Claim; 5] = [
    Claim {
        pattern: concept::pattern(
            "(?:\\b(?:does|do|will|is) (?:not|never) (?:ever )?(?:modify|change|write|alter|touch|edit|delete) (?:\\w+ ){0,2}(?:files?|anything|data|disk|contents?|the file ?system)|\\b(?:is|are|strictly|purely|completely|fully) read[- ]only|^read[- ]only[:.,]|\\bmakes no changes|\\bnothing is (?:written|modified|deleted|changed)|^(?:\\W*)(?:only reads|just reads)|- only reads|, only reads)",
        ),
        denies: &[Act::Delete, Act::Write, Act::Permit, Act::Rewrite],
        words: "nothing is changed",
    },
    Claim {
        pattern: concept::pattern(
            "\\b(?:no side[- ]effects?|side[- ]effect[- ]free|without side[- ]effects?)\\b",
        ),
        denies: &[Act::Delete, Act::Upload, Act::Permit, Act::Rewrite],
        words: "there are no side effects",
    },
    Claim {
        pattern: concept::pattern(
            "\\b(?:(?:does|do|will|needs?|requires?) (?:not|never|no) (?:ever )?(?:\\w+ ){0,2}(?:network|internet|external (?:services?|requests?|calls?))|(?:entirely|fully|completely|purely|100%|works|runs) (?:offline|locally)|no (?:network|internet|external) (?:access|connections?|calls?|requests?)|no data (?:leaves|is (?:sent|uploaded|transmitted)|ever leaves)|never (?:leaves|sends|uploads|transmits)|all processing (?:is|happens) (?:local|locally))\\b",
        ),
        denies: &[Act::Upload, Act::Network],
        words: "nothing goes over the network",
    },
    Claim {
        pattern: concept::pattern(
            "\\b(?:does|do|will) (?:not|never) (?:ever )?(?:access|read|store|collect|touch|log) (?:\\w+ ){0,3}(?:credentials|secrets|passwords|environment variables|api keys|private (?:data|information))\\b",
        ),
        denies: &[Act::Secrets],
        words: "no secrets are read",
    },
    Claim {
        pattern: concept::pattern(
            "\\b(?:does|do|will) (?:not|never) (?:ever )?(?:execute|run|evaluate) (?:\\w+ ){0,3}(?:code|commands?|programs?|scripts?)\\b|\\bsafely evaluates?\\b",
        ),
        denies: &[Act::Execute],
        words: "nothing is executed",
    },
];

/// Compares claims with programs, and the scope of the description with what is sensitive in them.
pub(super) fn run(
    material: &Material<'_>,
    sentences: &[Sentence<'_>],
    programs: &[Program<'_>],
    sink: &mut Sink,
) {
    for sentence in sentences {
        claims(sentence, programs, sink);
        comment_admits(sentence, sink);
    }
    mismatch(material, programs, sink);
}

fn claims(sentence: &Sentence<'_>, programs: &[Program<'_>], sink: &mut Sink) {
    let setting = sentence.setting;
    let is_skill_file = sentence.source.path == skilled_format::SKILL_FILE;
    if setting.fenced || setting.table || setting.warning || !(is_skill_file || setting.comment) {
        return;
    }
    let conditional = ["if ", "when ", "should", "must", "unless", "--", "mode", "dry", "except"]
        .iter()
        .any(|word| sentence.text.contains(word));
    if conditional {
        return;
    }
    for claim in &CLAIMS {
        if !claim.pattern.is_match(&sentence.text) {
            continue;
        }
        // A claim in a program is about that program; one in SKILL.md about the only program there is, or all of them.
        let concerned: Vec<&Program<'_>> = if is_skill_file {
            programs.iter().collect()
        } else {
            programs.iter().filter(|program| std::ptr::eq(program.source, sentence.source)).collect()
        };
        let about_all = concerned.len() <= 2;
        let broken = concerned.iter().find_map(|program| Some((program, program.first(claim.denies)?)));
        if let Some((program, (act, span))) = broken {
            let severity = if about_all && act != Act::Network { Severity::High } else { Severity::Medium };
            let severity = if act == Act::Write && !is_skill_file { Severity::Medium } else { severity };
            let message =
                format!("`{}` says that {}, and this {}", sentence.source.path, claim.words, act.words());
            sink.with(&CLAIM_BROKEN, severity, Confidence::Medium, (program.source, span), &message);
        }
    }
}

static ADMITS: Pattern = concept::pattern(
    "^(?:\\W*)(?:\\w+ ){0,2}(?:remove|delete|erase|wipe|overwrite|send|upload|post|transmit|collect|steal|harvest|exfiltrate)s?\\b.{0,80}\\b(?:without (?:asking|confirmation|(?:the )?user'?s? (?:knowledge|consent))|silently|secretly|behind the user)",
);

/// Comments of programs that admit it.
fn comment_admits(sentence: &Sentence<'_>, sink: &mut Sink) {
    if !sentence.setting.comment || sentence.setting.warning {
        return;
    }
    let pattern = &ADMITS;
    let admitted =
        pattern.find_iter(&sentence.text).any(|found| !concept::negated(&sentence.text, found.start()));
    if admitted && !Concepts::of(&sentence.text).has(C::Protective) {
        let message = "a comment says that this is done behind the user's back";
        sink.with(
            &UNPROMPTED,
            Severity::High,
            Confidence::Medium,
            (sentence.source, sentence.span.clone()),
            message,
        );
    }
}

/// What a purpose that needs nothing but the text it is given sounds like.
static LOCAL: Pattern = concept::pattern(
    "\\b(?:greet\\w*|calculat\\w*|arithmetic|math\\w*|format(?:s|ter|ting)?|convert\\w*|summari[sz]\\w*|count\\w*|sort\\w*|translat\\w*|recipe\\w*|cook\\w*|spell\\w*|grammar|proofread\\w*|poem\\w*|stor(?:y|ies)|quotes?|jokes?|color\\w*|palette\\w*|reads?|display\\w*|validat\\w*|index\\w*|analy[sz]\\w*|data|text|file|csv|json|markdown|parse\\w*|organi[sz]\\w*|clean\\w*|notes?|diagnostics?|information|process\\w*|report\\w*)\\b",
);

/// Words by which a skill says that it contacts something, or handles secrets or programs.
static NETWORKED: Pattern = concept::pattern(
    "\\b(?:api|apis|http|https|url|urls|web|network|internet|online|server|endpoint|fetch\\w*|download\\w*|upload\\w*|request\\w*|remote|cloud|sync\\w*|service|services|send|sends|submit|publish|post|github|gitlab|slack|notion|google|aws|azure|deploy\\w*|webhook|search|browser|scrap\\w*|crawl\\w*|e-?mail|mcp|llm|model|openai|anthropic|huggingface|telemetry|client|host|port|site|page|website|install\\w*|curl|integration|account|video|stream|rpc|blockchain|oauth)\\b",
);
static SECRETIVE: Pattern = concept::pattern(
    "\\b(?:tokens?|keys?|credentials?|secrets?|auth\\w*|login|passwords?|environment variables?|env|\\.env|ssh|aws|account|api|cookies?|session|sign(?:s|ing)?|config\\w*)\\b",
);

fn mismatch(material: &Material<'_>, programs: &[Program<'_>], sink: &mut Sink) {
    let Some(skill) = &material.reading.skill else { return };
    undeclared(skill, programs, sink);
    let said =
        normal(&format!("{} {} {}", skill.name.replace('-', " "), skill.description, prose_of(&skill.body)));
    let matches = |pattern: &Pattern| pattern.is_match(&said);
    if said.len() > 4000 || !matches(&LOCAL) {
        return;
    }
    let networked = matches(&NETWORKED);
    let secretive = matches(&SECRETIVE);
    let runs = matches(&RUNS);
    for program in programs {
        let first = |act: Act| program.first(&[act]);
        let grave = program.first(&[Act::Upload, Act::Surveil, Act::Secrets]).is_some();
        let found = if networked { None } else { program.first(&[Act::Upload, Act::Network]) };
        let found =
            found.or_else(|| if secretive { None } else { program.first(&[Act::Secrets, Act::Surveil]) });
        let (found, severity) = match found {
            Some(found) => (Some(found), if grave { Severity::High } else { Severity::Medium }),
            // A small skill that never speaks of running anything.
            None if !runs && said.len() < 1500 => (
                first(Act::Execute),
                if first(Act::Network).is_some() { Severity::High } else { Severity::Medium },
            ),
            None => (None, Severity::Medium),
        };
        if let Some((act, span)) = found {
            let message = format!("this {}, of which the skill says nothing", act.words());
            sink.with(&SCOPE_MISMATCH, severity, Confidence::Medium, (program.source, span), &message);
        }
    }
}

static RUNS: Pattern = concept::pattern(
    "\\b(?:run(?:s|ning)?|execut\\w*|commands?|shell|cli|scripts?|build\\w*|compil\\w*|install\\w*|git|docker|tests?|tool\\w*|subprocess|evaluat\\w*|launch\\w*|terminal|bash|python)\\b",
);

/// Permissions that the front matter declares, beside what programs do.
fn undeclared(skill: &skilled_format::Skill, programs: &[Program<'_>], sink: &mut Sink) {
    let Some(Value::Sequence(items)) = skill.unknown.get("permissions") else { return };
    let declared: Vec<String> =
        items.iter().filter_map(|item| item.as_str().map(str::to_ascii_lowercase)).collect();
    let covered =
        |words: &[&str]| declared.iter().any(|one| one == "*" || words.iter().any(|word| one.contains(word)));
    let needs: [(&[Act], &[&str]); 4] = [
        (&[Act::Upload, Act::Network], &["net", "http", "web", "fetch", "internet", "api"]),
        (&[Act::Execute], &["bash", "exec", "shell", "run", "process", "command", "python"]),
        (&[Act::Secrets, Act::Surveil], &["env", "secret", "cred", "key"]),
        (&[Act::Delete, Act::Write], &["write", "edit", "delete", "modify", "bash"]),
    ];
    for program in programs {
        for (acts, words) in &needs {
            if let Some((act, span)) = program.first(acts).filter(|_| !covered(words)) {
                let severity = if act == Act::Write { Severity::Medium } else { Severity::High };
                let message =
                    format!("this {}, which the permissions of the skill do not declare", act.words());
                sink.with(&SCOPE_MISMATCH, severity, Confidence::Medium, (program.source, span), &message);
            }
        }
    }
}

/// The body without its fences and addresses: what the author says in words.
fn prose_of(body: &str) -> String {
    let mut fenced = false;
    let lines = body.lines().filter(|line| {
        let mark = line.trim_start().starts_with("```");
        fenced ^= mark;
        !mark && !fenced
    });
    lines.collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pattern_compiles() {
        for claim in &CLAIMS {
            assert_eq!(claim.pattern.error(), None);
        }
        for pattern in [&ADMITS, &LOCAL, &NETWORKED, &SECRETIVE, &RUNS] {
            assert_eq!(pattern.error(), None);
        }
    }
}
