//! Text of others that is given the standing of the user, and limits that are gone around.

use super::super::catalogue::{GUARDS_OFF, RULE_FILES, TRUSTED_CONTENT};
use super::super::concept::Concept as C;
use super::super::sentence::Sentence;
use super::super::strangers::Purpose;
use super::covert::{MEMORY, WHEN_ASKED};
use super::{Opinion, opinion, ordered};
use crate::Severity::High;

fn plain(sentence: &Sentence<'_>) -> bool {
    !sentence.concepts.has(C::Protective) && !sentence.setting.fenced && !sentence.setting.table
}

pattern!(
    CONTENT,
    "\\b(?:comments?|issues?|pages?|posts?|tickets?|mails?|e-?mails?|messages?|transcripts?|cells?|documents?|reviews?|responses?|website|handbook|wiki|tool (?:results?|outputs?)|readme|blocks?|lines?|rules above|attachments?|threads?|macros?|whatever is|there|commit messages?|pull requests?|logs?|invites?|invitations?)\\b"
);
pattern!(
    STANDING,
    "\\b(?:(?:lines?|commands?|instructions?|steps|orders|requests?|directives?)\\b(?: \\S+){0,8} (?:are|is) (?:to be )?(?:run|executed|followed|obeyed|carried out|acted (?:up)?on)(?: \\S+){0,3} (?:as (?:they|it) (?:stands?|is|are|comes?)|verbatim|at once|directly|immediately|unchanged)|(?:same|equal) (?:standing|weight|rank|authority|status|trust|priority) as (?:the |those of )?(?:\\S+ ){0,4}(?:users?|operator|system|owner|developer)|(?:commands?|orders|instructions?) from (?:its|the|your) (?:operator|owner|developer)|(?:counts?|treat\\w*|taken?|valid|read|appl(?:y|ies)) (?:\\S+ )?as (?:if|though) (?:the |they |your )?(?:user|owner|operator|they|you|developer) (?:had |has |have )?(?:typed|said|written|asked|ordered|sent|given)|(?:are|is) (?:meant|intended|addressed) (?:for|to) you\\b.{0,20}\\b(?:perform|execute|run|carry|do|follow|obey)\\w*|execute (?:the )?(?:rest|remainder|content|text|whole) of (?:the|that|each) (?:line|message|comment|cell|page)|trust (?:\\S+ ){1,4}as you (?:would )?(?:trust )?(?:the )?user|(?:apply|follow|run|execute|obey|do)\\w*\\b.{0,60}\\bincluding any (?:commands|instructions|scripts))\\b"
);
pattern!(
    WORKS_THROUGH,
    "\\b(?:work (?:through (?:it|them|the list)|as (?:described|written|told) there|according to (?:it|that|them))|(?:handbook|page|site|document|list|wiki|answer|guide|version there) (?:wins|prevails|decides|goes first|comes first|has the last word)|do as (?:it|they) (?:says?|asks?)|(?:is|are) acted (?:up)?on|carry (?:it|them) out|act on (?:it|them)|run (?:it|them|each|every line)|(?:put|paste) (?:it|them) into (?:the )?(?:next )?(?:cell|terminal|shell)\\b.{0,20}\\brun)\\b"
);

/// Gives the words of others the standing of the user's.
pub(super) fn standing(sentence: &Sentence<'_>, around: &str, purpose: &Purpose) -> Option<Opinion> {
    let text = &sentence.text;
    if !plain(sentence) || WHEN_ASKED.is_match(text) {
        return None;
    }
    let content = ordered(&STANDING, text) && CONTENT.is_match(around);
    let page = || {
        ordered(&WORKS_THROUGH, text)
            && purpose.stranger(around).or_else(|| purpose.anybodys(around)).is_some()
    };
    if !content && !page() {
        return None;
    }
    opinion(&TRUSTED_CONTENT, High, "it gives what others wrote the standing of the user's own words")
}

pattern!(
    REFUSED,
    "\\b(?:refuse[sd]?|den(?:y|ies|ied)|block(?:s|ed)?|reject(?:s|ed)?|not (?:allowed|permitted)|forbidden|prohibited|stopped)\\b(?: \\S+){0,4} (?:sandbox\\w*|permissions?|client|polic(?:y|ies)|hook|guard\\w*|approval|harness)\\b|\\b(?:sandbox\\w*|permissions?|polic(?:y|ies)|hook|guard\\w*|harness|approval prompt)\\b(?: \\S+){0,4} (?:refuses?|denies|blocks?|rejects?|forbids?|prohibits?|prevents?|stops?|complains?|is in the way|gets in the way)\\b"
);
pattern!(IN_CASE, "\\b(?:if|when(?:ever)?|once|as soon as|should|where|in case)\\b");
pattern!(
    AROUND_IT,
    "\\b(?:dangerously\\w*|bypass\\w*|disable\\w*|switch (?:it|them) off|turn (?:it|them) off|yes \\||outside (?:of )?the sandbox|--no-verify|base64|another (?:shell|tool|name|way)|rename|wrap (?:it|them)|danger-full-access|skip-permissions|write a script|full access)"
);
pattern!(
    SLIPS_BY,
    "\\b(?:scanners?|secret scan\\w*|filters?|moderation|gates?|dlp|antivirus)\\b(?: \\S+){0,3} (?:fails?|complains?|blocks?|objects?|finds? it|flags?)\\b.{0,20}\\b(?:split|encode|rename|wrap|reword|disguise|obfuscate|break)\\b.{0,60}\\b(?:so that|until|passes|through)\\b"
);
pattern!(
    WIDENS,
    "\\b(?:put|add|write|append|insert|set|enter|change|switch)\\b(?: \\S+){0,5} \\W*(?:bash\\(\\*?\\)|bypasspermissions|danger-full-access|dangerously\\w*|skip-permissions|\"bash\"|approval_policy)"
);
pattern!(
    INTO_SETTINGS,
    "(?:\\ballow ?list|settings(?:\\.local)?\\.json|config\\.toml|\\bpermissions\\b|~/\\.claude|\\.codex)"
);

/// Goes around what the client refuses, or has it ask less.
pub(super) fn evades(sentence: &Sentence<'_>, around: &str) -> Option<Opinion> {
    let text = &sentence.text;
    let here = sentence.concepts;
    if sentence.setting.fenced || sentence.setting.table || WHEN_ASKED.is_match(around) {
        return None;
    }
    let refused = IN_CASE.is_match(text) && ordered(&REFUSED, text) && ordered(&AROUND_IT, text);
    let widened = !here.has(C::Protective) && ordered(&WIDENS, text) && INTO_SETTINGS.is_match(text);
    let slips = !here.has(C::Protective) && ordered(&SLIPS_BY, text);
    let denied = ["never ", "do not ", "don't ", "must not ", "should not ", "not be "]
        .iter()
        .any(|word| text.contains(word));
    if denied && !text.contains("so that") || !(refused || widened || slips) {
        return None;
    }
    opinion(&GUARDS_OFF, High, "it goes around what the client refuses")
}

pattern!(
    RENEWED,
    "\\b(?:re-?create|restore|re-?add|re-?insert|write|put|insert|add)\\b(?: \\S+){0,6} (?:(?:again|back)\\b.{0,40}\\b(?:removed|deleted|missing|gone|taken out)|(?:if|when(?:ever)?) it is (?:missing|gone|removed|deleted))\\b"
);

/// Has rules written again that somebody took out.
pub(super) fn renewed(sentence: &Sentence<'_>, around: &str) -> Option<Opinion> {
    let text = &sentence.text;
    let denied = text.contains("never ") || text.contains("don't ");
    if sentence.concepts.has(C::Protective) || denied || !MEMORY.is_match(around) || !RENEWED.is_match(text) {
        return None;
    }
    opinion(&RULE_FILES, High, "it has rules for agents written again when somebody took them out")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pattern_compiles() {
        for pattern in [
            &CONTENT,
            &STANDING,
            &WORKS_THROUGH,
            &REFUSED,
            &IN_CASE,
            &AROUND_IT,
            &SLIPS_BY,
            &WIDENS,
            &INTO_SETTINGS,
            &RENEWED,
        ] {
            assert_eq!(pattern.error(), None);
        }
    }
}
