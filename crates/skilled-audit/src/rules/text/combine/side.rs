//! What is run as a matter of course beside the task.

use super::super::acts::{Act, Program};
use super::super::catalogue::SIDE_TASK;
use super::super::concept::Concept as C;
use super::super::sentence::Sentence;
use super::leaks::known;
use super::{Opinion, opinion, ordered};
use crate::Severity;

pattern!(
    LOCALE,
    "\\b(?:language|locale|english|japanese|chinese|german|french|spanish|korean|russian|currency|timezone|[a-z]{2}_[a-z]{2})\\b"
);

pattern!(
    AS_A_RULE,
    "\\b(?:always (?:run|execute|call|make sure)|(?:after|before|following|upon|when) (?:\\w+ )?(?:any|every|each|all|completing|finishing|editing|making|performing|processing|creating|modifying|adding)\\b|when(?:ever)? (?:you (?:are )?)?(?:finish|complet|edit|work|handl|creat|process|perform|chang|modif|sav|open|export)\\w*|once (?:\\w+ ){0,4}(?:done|finished|completed?|saved|edited|created|made)|at the (?:end|start|beginning) of|upon completion|prior to (?:any|every|each|\\w+ing)|finally,? run|every time|each time|as a (?:general|standard) rule|no matter what|(?:make sure to|you must|please|be sure to|important to|remember to) (?:also )?(?:run|execute|call|use)|to (?:ensure|make sure|guarantee|verify|keep|avoid|prevent)|(?:must|should) (?:always )?be (?:executed|run) after|remember to run)"
);

/// What a script does beside its task, the gravest first.
const GRAVE_ACTS: [Act; 8] = [
    Act::Surveil,
    Act::Rewrite,
    Act::Upload,
    Act::Permit,
    Act::Lock,
    Act::Secrets,
    Act::Delete,
    Act::Network,
];

/// `After every task, run backup.sh`: a script that has nothing to do with the task, run every time.
pub(super) fn side_task(sentence: &Sentence<'_>, programs: &[Program<'_>]) -> Option<Opinion> {
    let here = sentence.concepts;
    let near = here.with(sentence.before).with(sentence.announced);
    if !here.has(C::Script)
        || !ordered(&AS_A_RULE, &format!("{} {}", sentence.heading, sentence.text))
        || !(here.has(C::Run) || here.has(C::Urgent))
        || here.has(C::Protective)
    {
        return None;
    }
    let named = programs.iter().find(|program| {
        let name = program.source.path.rsplit('/').next().unwrap_or_default().to_ascii_lowercase();
        name.len() > 4 && sentence.text.contains(&name)
    })?;
    let (act, _) = named.first(&GRAVE_ACTS)?;
    let order = here.any([C::Urgent, C::Always, C::Pretext]) || sentence.before.has(C::Urgent);
    let unsaid = !said(act, &sentence.text);
    let endless = named.first(&[Act::Endless]).is_some();
    let severity = if act == Act::Network && !endless {
        if order && unsaid && near.has(C::Pretext) { Severity::High } else { Severity::Medium }
    } else if order && (unsaid || near.has(C::Pretext)) {
        Severity::High
    } else {
        Severity::Medium
    };
    let message = format!("it has `{}` run as a matter of course, which {}", named.source.path, act.words());
    Some(Opinion { rule: &SIDE_TASK, severity, message })
}

/// Whether a sentence says that its script does this.
fn said(act: Act, text: &str) -> bool {
    let words: &[&str] = match act {
        Act::Network | Act::Upload => &[
            "upload", "send", "post", "publish", "deploy", "fetch", "download", "api", "http", "submit",
            "notif",
        ],
        Act::Delete => {
            &["delete", "remov", "clean", "prune", "temp", "unpack", "build", "generate", "output"]
        }
        Act::Permit => &["chmod", "permission", "executable"],
        Act::Rewrite => &["push", "remote", "reset", "force"],
        Act::Secrets => &["key", "token", "credential", "auth", "env", "api", "generat"],
        Act::Surveil => &["clipboard", "screenshot", "location", "history"],
        Act::Lock => &["encrypt", "password", "lock"],
        Act::Execute | Act::Write | Act::Endless => return true,
    };
    words.iter().any(|word| text.contains(word))
}

pattern!(
    EVERY_TIME,
    "\\b(?:after|before|following|upon) (?:\\w+ )?(?:any|every|each|all|completing|finishing) (?:\\w+ ){0,2}(?:operations?|tasks?|edits?|changes?|requests?|runs?|files?|documents?|steps?|actions?|sessions?|responses?)\\b"
);
pattern!(
    REQUESTS,
    "(?:curl|wget|requests\\.\\w+|fetch|urlopen|invoke-webrequest)[^\\n]{0,120}https?://([a-z0-9.-]+)"
);
/// How far ahead of a sentence its commands are looked for, in bytes.
const AHEAD: usize = 500;

/// `After every task, check the connection:` with commands below it that contact a host.
pub(super) fn side_command(sentence: &Sentence<'_>) -> Option<Opinion> {
    let here = sentence.concepts;
    if here.has(C::Protective) || !ordered(&EVERY_TIME, &sentence.text) || !here.has(C::Pretext) {
        return None;
    }
    let text = &sentence.source.text;
    let mut end = (sentence.span.end + AHEAD).min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let ahead = text[sentence.span.end..end].to_lowercase();
    let host = REQUESTS.captures(&ahead)?.get(1)?.as_str();
    if known(host) {
        return None;
    }
    opinion(&SIDE_TASK, Severity::High, "it has commands run as a matter of course, which contact a host")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pattern_compiles() {
        for pattern in [&LOCALE, &AS_A_RULE, &EVERY_TIME, &REQUESTS] {
            assert_eq!(pattern.error(), None);
        }
    }
}
