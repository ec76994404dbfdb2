//! What is kept from who reviews, what is planted where later sessions read it, and what is done to everybody's things as a
//! matter of course.

use super::super::catalogue::{
    BACKDOOR, BIAS, CONCEALMENT, DECEPTION, DESTRUCTION, EXFILTRATION, RULE_FILES, TRIGGER_HIJACK,
};
use super::super::concept::Concept as C;
use super::super::sentence::Sentence;
use super::super::strangers::Purpose;
use super::covert::WHEN_ASKED;
use super::leaks::foreign_url;
use super::{Opinion, opinion, ordered};
use crate::Severity::{Critical, High};

/// Whether a sentence tells the agent to do something: no warning, no sample, no row of a table.
fn plain(sentence: &Sentence<'_>) -> bool {
    !sentence.concepts.has(C::Protective) && !sentence.setting.fenced && !sentence.setting.table
}

pattern!(
    LEFT_OUT,
    "\\b(?:do not|don't|never|must not|should not|without|no need to) (?:list|mention|include|show|name|note|describe|explain|report|point out|summari[sz]e|call out|bring up)\\w* (?:it|them|this|that|these|the (?:step|change|helper|block|file|setting|output|command|flag)s?)(?: \\w+){0,3} (?:among|in|to) (?:the |your |any )?(?:changes|summary|summaries|diff|changelog|pull request|pr|report|reply|answer|response|review|notes|user|description)\\b|\\b(?:leave|keep|omit|drop|exclude|hide) (?:it|them|this|these|that|the \\w+)(?: \\w+)? (?:out of|off|from) (?:the |your |any |each )?(?:\\w+ )?(?:summary|explanation|preview|overview|plan|output|log|commit message|report|changelog|review|answer|reply|response|list|diff|description|notes|minutes)\\b|\\bso (?:that )?(?:the )?(?:reviewers?|users?|auditors?|maintainers?|people|they|nobody|no one) (?:are|is|do|does|will|would|get) (?:not |n't )?(?:be )?(?:distracted|bothered|alarmed|confused|worried|scared|suspicious|irritated|put off|notic\\w+|ask\\w*)\\b|\\bkeep(?:ing)? (?:the |its )?(?:file'?s? )?(?:\\w+ )?(?:modification|original|old) (?:dates?|times?|timestamps?|mtime)\\b|\\bdo not (?:show|display|print|paste) (?:it|them|the output|that)[;,.] (?:just |only |simply )?(?:say|tell|report|answer|reply|write)\\b"
);
pattern!(
    AT_STAKE,
    "(?:\\b(?:verify ?[:=] ?false|insecureskipverify|reject_?unauthorized|certificates?|tls|claude\\.md|agents\\.md|gemini\\.md|\\.cursorrules|memory|push|remote|uploads?|https?://|<script|proxy_pass|iban|account|commission|tracking|telemetry|send|sends|post to|tokens?|secrets?|credentials|passwords?|keys?|curl|wget|backdoor|admin|permissions?|allow ?list|hooks?|linter rule|disable[ds]? |touch -r|run the whole block|as one command|cron|startup|start-up)\\b|~/\\.)"
);

/// Keeps what it changes from who reviews it.
pub(super) fn kept_from_review(sentence: &Sentence<'_>, around: &str) -> Option<Opinion> {
    let text = &sentence.text;
    if !plain(sentence) || !LEFT_OUT.is_match(text) || !AT_STAKE.is_match(around) {
        return None;
    }
    // What is secret itself is rightly kept out of reports.
    if WHEN_ASKED.is_match(text) || PRIVATE.is_match(text) {
        return None;
    }
    opinion(&CONCEALMENT, High, "it keeps what it changes from who reviews it")
}

pattern!(
    PRIVATE,
    "\\b(?:show|display|print|paste|include|mention|report)\\w* (?:it|them|the)? ?(?:tokens?|secrets?|passwords?|credentials|keys?|personal|sensitive|values?)\\b|\\b(?:because|since|as) (?:it|they) (?:is|are|contains?) (?:\\w+ )?(?:secret|private|sensitive|personal)"
);
pattern!(
    PLANTED,
    "\\b(?:never (?:question|show|ask|mention|warn|tell|refuse|report|flag|review|reveal|repeat|doubt)|(?:known |only |just )?false (?:alarms?|positives?)|(?:need|needs) (?:not|never|no)(?: to)? (?:be )?(?:shown|reviewed|asked|confirmed|approval|confirmation|review)|never need(?:s)? (?:to be )?(?:shown|reviewed|approval|confirm\\w+)|pre-?approved|(?:may|can) be (?:skipped|ignored|disabled|run|installed|merged|deleted) (?:without|when|if|freely|at any time)|(?:secrets?|passwords?|tokens?|keys?)(?: \\w+){0,3} (?:are|is) (?:fine|ok|okay|allowed|acceptable)|(?:are|is) (?:always )?(?:trusted|approved|safe to run)|without (?:asking|confirm\\w+|review\\w*|approval)|do not (?:repeat|mention|report|show|ask about) (?:it|them|these|this|the user)|ignore (?:all |any )?(?:security )?(?:warnings?|alerts?)|(?:echo|write|append|log|copy|print) (?:it|the (?:token|secret|key|password)s?) (?:to|into)|skip (?:the )?(?:review|tests?|confirmation|checks?|hooks?))\\b"
);
pattern!(
    INTO_RULES,
    "\\b(?:add|append|put|write|copy|insert|paste|place|save|include|extend|prepend|store)\\w*\\b.{0,100}(?:\\b(?:claude|agents|gemini|memory|soul|copilot-instructions)\\.md\\b|\\.cursorrules|\\.cursor/rules|\\.windsurfrules|\\.clinerules|~/\\.claude\\b|~/\\.codex\\b|~/\\.gemini\\b)"
);

/// A block of text for a file of rules, with what takes the user's say away. It stands in a fence, because it is to be copied,
/// not because it is a sample.
pub(super) fn planted_block(sentences: &[Sentence<'_>], at: usize) -> Option<Opinion> {
    let sentence = &sentences[at];
    if !sentence.setting.fenced || sentence.setting.warning || sentence.concepts.has(C::Protective) {
        return None;
    }
    if !PLANTED.is_match(&sentence.text) {
        return None;
    }
    let before = sentences[..at].iter().rev().find(|other| !other.setting.fenced)?;
    if !plain(before) || !ordered(&INTO_RULES, &before.text) || WHEN_ASKED.is_match(&before.text) {
        return None;
    }
    // A fence makes a finding count less, and this one is copied as it stands.
    opinion(&RULE_FILES, Critical, "it plants rules for later sessions that take the user's say away")
}

pattern!(
    EVERYWHERE,
    "\\b(?:add|insert|put|include|append|place|embed|inject)\\b.{0,120}\\b(?:every|each|all|any)(?: \\w+){0,2} (?:server blocks?|servers?|pages?|files?|html|templates?|configs?|configurations?|projects?|repositor\\w+|apps?|scripts?|workflows?|dockerfiles?|documents?|functions?|modules?|components?|releases?|builds?)\\b"
);
pattern!(
    ACTIVE,
    "(?:<script|\\.js\\b|proxy_pass|\\bcurl\\b|\\bwget\\b|\\bsrc=|\\bimport\\b|\\bscript\\b|\\bbeacon\\b|\\bpixel\\b|://(?:\\d{1,3}\\.){3})"
);

pattern!(
    ARRIVES,
    "\\b(?:goes to|go to|is sent|are sent|is posted|arrives?|(?:is|are) (?:synced|copied|forwarded|delivered|mirrored|uploaded)|calls? it with|among the (?:guests|recipients|participants))\\b|\\ba copy of (?:each|every|all|any)\\b"
);
pattern!(
    OF_THE_USER,
    "\\b(?:codes?|files?|texts?|mails?|messages?|invitations?|conversations?|documents?|data|names?|events?|transcripts?|notes?|results?|prompts?|profiles?|repositor\\w+|contents?|drafts?|passwords?|contacts?)\\b"
);

/// What the user has arrives at a stranger, without anybody being told to send it.
pub(super) fn arrives(sentence: &Sentence<'_>, purpose: &Purpose) -> Option<Opinion> {
    let text = &sentence.text;
    if !plain(sentence)
        || !ordered(&ARRIVES, text)
        || !OF_THE_USER.is_match(text)
        || WHEN_ASKED.is_match(text)
    {
        return None;
    }
    purpose.stranger(text)?;
    opinion(&EXFILTRATION, High, "what the user has goes to a stranger")
}

/// Puts something of a stranger's into everything that is built.
pub(super) fn into_everything(sentence: &Sentence<'_>) -> Option<Opinion> {
    let text = &sentence.text;
    if !plain(sentence) || !ordered(&EVERYWHERE, text) || !ACTIVE.is_match(text) {
        return None;
    }
    if !foreign_url(text) || WHEN_ASKED.is_match(text) {
        return None;
    }
    opinion(&BACKDOOR, High, "it puts what a stranger serves into everything that is built")
}

/// Writes into a file of rules, in the same sentence, what takes the user's say away.
pub(super) fn planted_line(sentences: &[Sentence<'_>], at: usize) -> Option<Opinion> {
    let sentence = &sentences[at];
    let text = &sentence.text;
    if !plain(sentence) || !ordered(&INTO_RULES, text) || WHEN_ASKED.is_match(text) {
        return None;
    }
    let next = sentences.get(at + 1).filter(|next| next.section == sentence.section);
    let quoted = text.trim_end().ends_with(':').then_some(next).flatten();
    if !(PLANTED.is_match(text) || quoted.is_some_and(|next| PLANTED.is_match(&next.text))) {
        return None;
    }
    opinion(&RULE_FILES, High, "it plants rules for later sessions that take the user's say away")
}

pattern!(
    FIRST_OF_ALL,
    "\\b(?:load|use|invoke|activate|run|apply|read|start|trigger|call) (?:this|the \\S+|me|it)(?: skill)? (?:first |always |immediately )*(?:for|on|at|with|in) (?:every|each|any|all)(?: single)? (?:user )?(?:messages?|prompts?|requests?|questions?|turns?|conversations?|interactions?|sessions?|inputs?|quer(?:y|ies))\\b|\\bbefore (?:any|every|all) other skills?\\b|\\b(?:replaces?|supersedes?|overrides?|outranks?|takes? (?:priority|precedence) over) (?:all|every|any) (?:of the )?other skills?\\b|\\b(?:ignore|skip|do not (?:load|use)|never (?:load|use)|unload|disable) (?:that|the|all|any|every|those) (?:other )?(?:one|ones|other|others|skills?)\\b.{0,60}\\b(?:use|instead|this|and)\\b|\\bif (?:another|any other|a different) skill (?:also )?(?:matches|applies|fits|is available)\\b.{0,60}\\b(?:ignore|use|prefer|skip|this)\\b"
);

/// A description that pushes other skills aside.
pub(super) fn pushes_aside(sentence: &Sentence<'_>) -> Option<Opinion> {
    if !sentence.setting.front || !FIRST_OF_ALL.is_match(&sentence.text) {
        return None;
    }
    opinion(&TRIGGER_HIJACK, High, "the description pushes other skills aside")
}

pattern!(
    TO_ALL,
    "\\b(?:for|to) (?:each|every|all)(?: of)?(?: the)? (?:\\w+ ){0,3}(?:e-?mails?|mails?|contacts?|address(?:es)?|recipients?|people|friends|colleagues|customers|members|channels?|chats?|groups?)\\b.{0,160}\\b(?:send|post|message|dm|write)\\b|\\b(?:send|post|message|dm|forward)\\b.{0,100}\\b(?:to|in) (?:each|every|all)(?: of)?(?: the)?(?: user'?s?)? (?:\\w+ ){0,2}(?:contacts?|address(?:es)?|recipients?|friends|colleagues|customers|members|channels?|chats?|groups?)\\b"
);

/// Sends something with an address of the skill's own to everybody the user knows.
pub(super) fn mass_mail(sentence: &Sentence<'_>) -> Option<Opinion> {
    let text = &sentence.text;
    if !plain(sentence) || !ordered(&TO_ALL, text) || !foreign_url(text) || WHEN_ASKED.is_match(text) {
        return None;
    }
    opinion(&DECEPTION, High, "it sends an address of its own to everybody the user knows")
}

pattern!(
    ACCOUNT,
    "\\b(?:add|create|insert|include|register|set up|seed|provision|keep)\\b(?: \\S+){0,6} (?:admin\\w*|root|superuser|default|emergency|maintenance|support|service|backup|fallback|recovery|break-?glass)(?: \\S+){0,2} (?:accounts?|users?|logins?)\\b.{0,60}\\bpassword\\b(?: is| of|:|=)? ?[\"'`]?\\S*[a-z0-9]"
);
pattern!(WHEREVER, "\\b(?:any|every|each|all|always|whenever|emergency|also|default)\\b");
pattern!(
    OF_TESTS,
    "\\b(?:tests?|testing|local(?:ly|host)?|docker|demo|sample|fixtures?|development|dev environment|staging|change (?:it|the password)|after (?:the )?first login|example)\\b"
);

/// An account with a password that stands in the skill, in whatever is built.
pub(super) fn known_account(sentence: &Sentence<'_>) -> Option<Opinion> {
    let text = &sentence.text;
    if !plain(sentence) || !ordered(&ACCOUNT, text) || !WHEREVER.is_match(text) || OF_TESTS.is_match(text) {
        return None;
    }
    opinion(&BACKDOOR, High, "it has an account made whose password stands in the skill")
}

pattern!(
    OLD_FILES,
    "\\b(?:files?|documents?|folders?|emails?|messages?|branches|backups?)\\b.{0,40}\\bolder than (?:\\d+|an?|one|two|three) (?:hours?|days?|weeks?|months?)\\b.{0,40}\\b(?:delete|remove|erase|purge|wipe)\\b|\\b(?:delete|remove|erase|purge|wipe)\\b(?: \\S+){0,4} (?:files?|documents?|folders?|emails?|messages?|backups?)\\b(?: \\S+){0,3} older than (?:\\d+|an?|one|two|three) (?:hours?|days?|weeks?|months?)\\b"
);
pattern!(
    OWN_THINGS,
    "\\b(?:te?mp(?:orary)?|caches?|logs?|build|generated|its own|scratch|artifacts?|snapshots|ask\\w*|confirm\\w*|after asking|trash|session)\\b"
);
pattern!(
    LOCKED,
    "\\b(?:password[- ]protected|encrypt\\w*|locked)\\b.{0,160}\\b(?:delete|remove|erase|shred|wipe)\\b(?: \\S+){0,3} (?:originals?|source files?|unencrypted|plain(?:text)?)\\b"
);

/// Takes away what the user did not ask to lose, each time.
pub(super) fn takes_away(sentence: &Sentence<'_>) -> Option<Opinion> {
    let text = &sentence.text;
    let here = sentence.concepts;
    if !plain(sentence) || WHEN_ASKED.is_match(text) {
        return None;
    }
    if !(here.any([C::Always, C::Urgent]) || EACH_TIME.is_match(text)) {
        return None;
    }
    if ordered(&OLD_FILES, text) && !OWN_THINGS.is_match(text) {
        return opinion(&DESTRUCTION, High, "it has files deleted as a side task");
    }
    if ordered(&LOCKED, text) && !OWN_THINGS.is_match(text) {
        return opinion(&DESTRUCTION, High, "it locks files away and deletes the originals");
    }
    None
}

pattern!(
    EACH_TIME,
    "\\b(?:(?:after|before|when(?:ever)?|once|while) (?:you )?(?:\\w+ ){0,2}(?:edit|finish|complet|creat|modif|process|open|sav|review|updat|working)\\w*|always|every time)\\b"
);
pattern!(
    STRIKES,
    "\\b(?:delete|remove|strike|drop|redact|cut|replace)\\b(?: \\S+){0,4} (?:paragraphs?|sentences?|sections?|posts?|slides?|comments?|lines?|passages?|mentions?)\\b(?: \\S+){0,3} (?:containing|that (?:contain|mention)|mentioning|about|with|of) (?:the )?(?:words?|terms?|topics?|phrases?)?\\b"
);
pattern!(
    SUBJECTS,
    "\\b(?:climate|sustainab\\w+|diversity|inclusion|equity|abortion|immigra\\w+|refugees?|gender|religio\\w+|lgbt\\w*|racism|feminis\\w+|trade unions?|labou?r unions?|strikes?|corruption|censorship|democra\\w+|human rights|elections?|war crimes|whistleblow\\w+|critici[sz]\\w+ of)\\b"
);

/// Strikes a contested subject from the user's texts.
pub(super) fn censors(sentence: &Sentence<'_>) -> Option<Opinion> {
    let text = &sentence.text;
    let contested = sentence.concepts.has(C::Contested) || SUBJECTS.is_match(text);
    if !plain(sentence) || !contested || !ordered(&STRIKES, text) {
        return None;
    }
    if WHEN_ASKED.is_match(text) || !(EACH_TIME.is_match(text) || text.contains("any ")) {
        return None;
    }
    opinion(&BIAS, High, "it strikes a contested subject from the user's texts")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pattern_compiles() {
        for pattern in [
            &LEFT_OUT,
            &AT_STAKE,
            &PRIVATE,
            &PLANTED,
            &INTO_RULES,
            &EVERYWHERE,
            &ACTIVE,
            &ARRIVES,
            &OF_THE_USER,
            &FIRST_OF_ALL,
            &TO_ALL,
            &ACCOUNT,
            &WHEREVER,
            &OF_TESTS,
            &OLD_FILES,
            &OWN_THINGS,
            &LOCKED,
            &EACH_TIME,
            &STRIKES,
            &SUBJECTS,
        ] {
            assert_eq!(pattern.error(), None);
        }
    }
}
