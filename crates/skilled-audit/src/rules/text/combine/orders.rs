//! Orders from elsewhere, destruction, payments.

use super::super::catalogue::{DESTRUCTION, PAYMENT, REMOTE_INSTRUCTIONS, TRUSTED_CONTENT};
use super::super::concept::Concept as C;
use super::super::sentence::Sentence;
use super::leaks::foreign_url;
use super::slant::{PAYS, TO_WHOM, imperative};
use super::{Opinion, opinion, ordered};
use crate::Severity;

pattern!(
    HARMLESS,
    "\\b(?:(?:skip|ignore|drop|fail|pass|fall ?back|continue|proceed|exit|return|default|degrade|truncate|swallow|omit|normali[sz]e|correct|move on|stop|no-op|retry)\\w* (?:\\w+ ){0,2}silently|silently (?:skip|ignore|drop|fail|pass|fall|continue|proceed|exit|return|default|degrade|truncate|swallow|omit|normali|correct|break|lose|produce|change|discard|override|overwrit|corrupt|accept|convert|succeed|mis))"
);

pattern!(
    FOLLOWS,
    "\\b(?:(?:follow|obey|comply with|carry out|act on|adhere to|execute|perform|apply|run) (?:\\w+ ){0,4}(?:instructions?|commands?|directives?|steps|tasks|orders|prompts?|whatever|everything|rules)|(?:do|execute|follow|run) (?:whatever|exactly what|anything|everything) (?:it|they|the \\w+)|treat (?:\\w+ ){0,5}as (?:your |system |new |authoritative |trusted )*(?:instructions?|commands?|rules|prompt))\\b"
);
pattern!(
    ELSEWHERE,
    "(?:\\bhttps?://|\\b(?:url|web ?pages?|website|server|endpoint|gist|pastebin|remote|link|api response|response|downloaded|fetched|returned)\\b)"
);
pattern!(
    FETCHES,
    "\\b(?:fetch|download|retrieve|load|pull|get|visit|open|read|check|curl|wget|browse|navigate)\\w*\\b"
);

pub(super) fn remote_instructions(sentence: &Sentence<'_>) -> Option<Opinion> {
    let here = sentence.concepts;
    if !here.has(C::Follow) || !ordered(&FOLLOWS, &sentence.text) {
        return None;
    }
    let exactly = [
        "exactly",
        "verbatim",
        "without question",
        "literally",
        "unconditionally",
        "immediately",
        "whatever",
        "precisely",
        "completely",
        "as if",
    ]
    .iter()
    .any(|word| sentence.text.contains(word));
    let fetched = here.has(C::Fetch) || (sentence.before.has(C::Fetch) && exactly);
    let elsewhere = ELSEWHERE.is_match(&sentence.text);
    let fetches = FETCHES.is_match(&sentence.text);
    if fetched && elsewhere && foreign_url(&sentence.text) && fetches {
        let severity = if exactly || here.has(C::Always) { Severity::High } else { Severity::Medium };
        return opinion(&REMOTE_INSTRUCTIONS, severity, "it has instructions from the network followed");
    }
    if elsewhere && exactly && fetched {
        return opinion(
            &REMOTE_INSTRUCTIONS,
            Severity::High,
            "it has instructions from the network followed as they come",
        );
    }
    let content = [
        "in the file",
        "in files",
        "in the document",
        "in the email",
        "in comments",
        "in the page",
        "on the page",
        "in the repository",
        "in the issue",
    ]
    .iter()
    .any(|words| sentence.text.contains(words));
    if content && exactly && !here.has(C::Protective) {
        return opinion(
            &TRUSTED_CONTENT,
            Severity::Medium,
            "it has instructions followed that stand in foreign content",
        );
    }
    None
}

pattern!(
    DESTROYS,
    "\\b(?:delete|remove|erase|wipe|purge|destroy|shred|overwrite|truncate|drop|rm -\\w*[rf]\\w*|reset --hard|push (?:\\w+ )?(?:--force|-f)\\b|force[- ]push|clean -\\w*f|cancel|mkfs|prune|encrypt|removes|deletes|wipes)\\b"
);

pub(super) fn destruction(sentence: &Sentence<'_>) -> Option<Opinion> {
    let here = sentence.concepts;
    if !here.has(C::Destroy) || !ordered(&DESTROYS, &sentence.text) {
        return None;
    }
    let warned = ["never", "not ", "don't", "flag", "--", "ask first", "explicit"]
        .iter()
        .any(|word| sentence.text.contains(word));
    let list_of_donts = sentence.before.any([C::Conceal]) || DONTS.is_match(&sentence.heading);
    if here.has(C::Unasked) && !here.has(C::Protective) && !warned && !list_of_donts {
        return opinion(&DESTRUCTION, Severity::High, "it has things deleted without asking");
    }
    let unconditional = here.has(C::Always) || sentence.concepts.has(C::Regardless);
    let command = GRAVE.is_match(&sentence.text);
    let advised = imperative(&sentence.text)
        || here.any([C::Pretext, C::Urgent])
        || sentence.text.contains("to ensure");
    let careful =
        ["with-lease", "careful", "only ", "never", "if ", "confirm", "backup", "warning", "ask", "caution"]
            .iter()
            .any(|word| sentence.text.contains(word));
    if command && !careful && (here.has(C::Always) || advised && !sentence.setting.fenced) {
        return opinion(&DESTRUCTION, Severity::High, "it has work thrown away as a matter of course");
    }
    if ordered(&USER_THINGS, &sentence.text) {
        return opinion(&DESTRUCTION, Severity::High, "it has the user's data deleted as a matter of course");
    }
    let kept = WORTH.is_match(&sentence.text);
    let order = here.has(C::Urgent) || sentence.text.contains("make sure to");
    if kept && (unconditional || order) && here.has(C::Irreplaceable) {
        let severity = if unconditional && order { Severity::High } else { Severity::Medium };
        return opinion(&DESTRUCTION, severity, "it has the user's data deleted");
    }
    None
}

pattern!(
    DONTS,
    "\\b(?:boundar\\w+|failure modes|never|don't|not|avoid|mistakes?|anti-?patterns?|signs?|stop)\\b"
);
pattern!(
    USER_THINGS,
    "\\b(?:make sure to|always|ensure you|be sure to|must) (?:\\w+ ){0,2}(?:delete|remove|cancel|erase|wipe|purge) (?:all|every|any) (?:\\w+ ){0,2}(?:emails?|messages?|events?|appointments?|contacts|photos|backups?|versions|copies|originals?|occurrences|documents)\\b"
);
pattern!(
    GRAVE,
    "(?:reset --hard (?:head~|origin)|rm -\\w*rf?\\w* (?:/(?:[ ;&)*]|$|home|etc|usr|root|users)|~|\\$home|\\.(?:/?(?:[ ;&)]|$)|/\\*|\\.|git\\b)|\\*)|push (?:\\w+ )*(?:--force|-f)\\b|clean -\\w*f\\w*d|mkfs|drop (?:database|table)|filter-branch)"
);
pattern!(
    WORTH,
    "\\b(?:all (?:\\w+ ){0,2}(?:files|other|emails|messages|data|events|records|branches|backups|versions|occurrences|future)|other (?:versions|copies|files)|the originals?|user'?s? (?:files|data|documents|home)|home directory|future occurrences|backups?|every file|every event|recurring)\\b"
);

pub(super) fn payment(sentence: &Sentence<'_>) -> Option<Opinion> {
    let here = sentence.concepts;
    if !here.all([C::Pay, C::Money]) || !ordered(&PAYS, &sentence.text) || here.has(C::Protective) {
        return None;
    }
    let unasked = here.any([C::Unasked, C::Conceal]);
    let to_whom = TO_WHOM.is_match(&sentence.text);
    match (unasked, to_whom && here.has(C::Always)) {
        (true, _) => opinion(&PAYMENT, Severity::High, "it spends or moves money without asking"),
        (false, true) => {
            opinion(&PAYMENT, Severity::High, "it moves money to somebody as a matter of course")
        }
        (false, false) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pattern_compiles() {
        for pattern in
            [&HARMLESS, &FOLLOWS, &ELSEWHERE, &FETCHES, &DESTROYS, &DONTS, &USER_THINGS, &GRAVE, &WORTH]
        {
            assert_eq!(pattern.error(), None);
        }
    }
}
