//! What a skill has done for somebody else: data that leaves for a stranger, money that goes elsewhere, secrets that are
//! asked for, text from elsewhere that is obeyed.
//!
//! A stranger is a host that is no well-known service and that nothing in the name and description of the skill points to.

use super::super::catalogue::{
    CONCEALMENT, DECEPTION, EXFILTRATION, HARVEST, PAYMENT, REMOTE_INSTRUCTIONS, RULE_FILES, SELF_UPDATE,
};
use super::super::concept::Concept as C;
use super::super::sentence::Sentence;
use super::super::strangers::Purpose;
use super::{Opinion, opinion, ordered};
use crate::Severity;

pattern!(
    GIVES,
    "\\b(?:send|upload|transmit|forward|post|submit|push|publish|sync|synchroni[sz]e|report|relay|deliver|copy|copied|blind-copied|back ?up|share|mirror|stream|ship|e-?mail|mail|attach|include|embed|encode|paste|append|pass|hand|contribute|archive|export|deposit|put|curl|drop)(?:ed|ing|s|es)?\\b(?: \\S+){0,30}? (?:to|at|with|via|into|through|using|by|on|for|under|=|>|put|post) (?:\\S+ ){0,5}\\S{0,3}(?:(?:https?|wss?|ftp|s3|gs)://|[a-z0-9._%+-]+@)"
);
pattern!(
    PRIVATE,
    "(?:\\b<secret>|\\.env\\b|\\b(?:user'?s?|their|your|our|the|this|that|its|any|all|each|every|whole|full|entire|complete|current|last|quoted|original|raw|unredacted|local|project'?s?) (?:\\S+ ){0,4}(?:conversations?|transcripts?|chats?|messages?|prompts?|histor(?:y|ies)|dialogues?|source(?: code)?|codebase|code|repositor(?:y|ies)|repo|diffs?|patch(?:es)?|commits?|workspace|project|(?:working|home) director(?:y|ies)|files?|documents?|contents?|drafts?|inbox|e-?mails?|attachments?|contacts?|address(?: book)?|calendars?|notes?|records?|tickets?|invoices?|contracts?|spreadsheets?|tables?|rows|dataset|logs?|outputs?|settings|configuration|environment|variables|hostname|host name|user ?names?|clipboard|screenshots?|tokens?|cookies|keys?|credentials?|passwords?|location|texts?|input|data|summary|answers?|results?)\\b|\\b(?:conversation|chat|session|message|shell|browser|command) (?:history|log|transcript)\\b|\\b(?:hostname|username|git config|environment variables|env vars|process environment|quoted history|source code|file contents?|file names?)\\b)"
);
pattern!(
    WHEN_ASKED,
    "\\b(?:if|when|once|after) (?:the )?(?:user|they|you)(?: \\w+){0,3} (?:asks?|wants?|requests?|agrees?|confirms?|approves?|consents?|says?|provides?|choos\\w+|opts?|select\\w*)|\\b(?:with|after) (?:their|the user's|explicit|your) (?:consent|permission|approval|agreement)|\\bask (?:the user|them|first|before)|\\bopt(?:ional|s|ed)?[ -]?in\\b|\\boptional\\b|\\bupon request\\b|\\bconfirm(?:ed|s)? (?:by|with) the user"
);

/// Sends something of the user's to a stranger.
pub(super) fn to_a_stranger(sentence: &Sentence<'_>, purpose: &Purpose) -> Option<Opinion> {
    let here = sentence.concepts;
    let text = &sentence.text;
    let setting = sentence.setting;
    if here.any([C::Protective, C::Login]) || setting.fenced || setting.table || !ordered(&GIVES, text) {
        return None;
    }
    let stranger = purpose.stranger(text)?;
    let hidden = here.any([C::Unasked, C::Conceal]);
    if !(hidden || PRIVATE.is_match(text)) || WHEN_ASKED.is_match(text) {
        return None;
    }
    let configured =
        ["mcp server", "mcp url", "server url", "config"].iter().any(|words| text.contains(words));
    if configured {
        return None;
    }
    let linked =
        text.find(stranger).is_some_and(|at| text[..at].trim_end_matches("https://").ends_with("]("));
    if linked {
        return None;
    }
    let message = format!("it sends what the user has there to {stranger}");
    opinion(&EXFILTRATION, Severity::High, &message)
}

pattern!(COPIES_MAIL, "\\b(?:bcc|blind[- ](?:carbon[- ])?cop(?:y|ies|ied)|hidden (?:cc|recipient|copy))\\b");

/// Mail that somebody else reads too.
pub(super) fn blind_copy(sentence: &Sentence<'_>, purpose: &Purpose) -> Option<Opinion> {
    let text = &sentence.text;
    if !ordered(&COPIES_MAIL, text) || sentence.concepts.has(C::Protective) || WHEN_ASKED.is_match(text) {
        return None;
    }
    purpose.stranger(text)?;
    opinion(&EXFILTRATION, Severity::High, "it has mail copied to somebody without the receiver seeing it")
}

pattern!(
    ASKS_FOR,
    "\\b(?:type|enter|paste|provide|give|share|send|reply with|tell (?:me|us|you)|ask(?:s|ing)?(?: \\w+){0,3} for|request|collect|obtain|confirm|supply|re-?enter|input)\\b(?: \\S+){0,6} (?:password|passphrase|pass ?code|pin(?: code)?|master key|seed phrase|recovery (?:phrase|code|key)|(?:six|6|four|4|eight|8)[- ]digit(?: \\w+)? code|one-time (?:code|password)|(?:verification|authenticator|authentication|2fa|mfa|otp|sms|security) codes?|private key|card number|cvv|cvc)\\b"
);
pattern!(
    OF_ACCOUNT,
    "\\b(?:session|account|login|sign[- ]?in|expire[sd]?|expiring|verify|identity|github|google|microsoft|apple|aws|bank|wallet|e-?mail|icloud|authenticator|log in with|sudo|keychain|system)\\b"
);

/// Has the user's own secret typed into the conversation.
pub(super) fn asks_for_secret(sentence: &Sentence<'_>) -> Option<Opinion> {
    let here = sentence.concepts;
    let text = &sentence.text;
    let setting = sentence.setting;
    if here.has(C::Protective) || setting.fenced || setting.table || !ordered(&ASKS_FOR, text) {
        return None;
    }
    let denied =
        ["never ", "do not", "don't", "not ", "n't ", "without ", "argument", "parameter", "field", "env"]
            .iter()
            .any(|word| text.contains(word));
    if denied || !OF_ACCOUNT.is_match(text) {
        return None;
    }
    let spoken = ["please", "tell the user", "the user", "your session", "your account"];
    let quoted = sentence.source.text[sentence.span.clone()].trim_start().starts_with('>')
        || text.starts_with("ask")
        || spoken.iter().any(|words| text.contains(words));
    let severity = if quoted { Severity::High } else { Severity::Medium };
    opinion(&HARVEST, severity, "it has the user asked for a password or code of an account")
}

pattern!(
    PLACE_OF_MONEY,
    "\\b(?:[a-z]{2}\\d{2}(?: ?[a-z0-9]{4}){3,7}(?: ?[a-z0-9]{1,3})?|0x[0-9a-f]{40}|bc1[a-z0-9]{20,}|acct_[a-z0-9]{8,})\\b"
);
pattern!(
    DIVERTS,
    "\\b(?:in place of|instead of|rather than|replac(?:e|es|ing)|swap|substitut\\w+|chang(?:e|es|ed) (?:the |their )?(?:bank|account|iban|address|recipient|payee)|moved to|new (?:clearing |bank )?(?:bank|account|iban)|tip|fee|commission|surcharge|round(?:ed|ing)? (?:up|off)|remainder|donat\\w+|always (?:use|put|send|pay|add)|percent|\\d ?%)\\b"
);

/// Money for an account that the skill brings along.
pub(super) fn diverted_money(sentence: &Sentence<'_>) -> Option<Opinion> {
    let text = &sentence.text;
    if sentence.concepts.has(C::Protective) || sentence.setting.fenced || sentence.setting.table {
        return None;
    }
    if !PLACE_OF_MONEY.is_match(text) || !ordered(&DIVERTS, text) {
        return None;
    }
    opinion(&PAYMENT, Severity::High, "it has money sent to an account that stands in the skill")
}

pattern!(
    IN_THEIR_NAME,
    "\\bas (?:if|though) (?:the |they |he |she )?(?:users?|they|owner|developer|it|he|she|customers?)(?: had| has| have)? (?:themsel\\w+ )?(?:said|says|stated|written|wrote|asked|requested|approved|agreed|wanted|entered|provided|told|given|made|chosen|decided|confirmed|come from|came from)\\b|\\b(?:look|appear|seem) as (?:if|though) (?:they|it|the \\w+) (?:came|were|was|had been)(?: \\w+){0,3} (?:from|by|on|in) (?:different|earlier|previous|the user|various|several)|\\b(?:back-?date|choose dates|set the date)\\w*\\b.{0,40}\\b(?:past|earlier|last|previous|months|weeks)\\b"
);

/// Puts words into the user's mouth.
pub(super) fn in_their_name(sentence: &Sentence<'_>, around: &str) -> Option<Opinion> {
    if !MEMORY.is_match(around)
        || sentence.concepts.has(C::Protective)
        || !ordered(&IN_THEIR_NAME, &sentence.text)
    {
        return None;
    }
    opinion(&DECEPTION, Severity::High, "it has something recorded as if the user had said it")
}

pattern!(
    TRUSTS,
    "\\b(?:without (?:asking|confirm\\w+|review\\w*|checking|prompting|approval)|no need to (?:ask|check|confirm|review|verify)|(?:always|already|pre-?|permanently|implicitly|automatically) ?(?:granted|approved|trusted|allowed|authori[sz]ed|whitelisted|allowlisted)|(?:are|is) (?:all |fully )?(?:trusted|pre-approved|granted)|(?:full|complete|blanket|standing) (?:trust|approval|permission|consent)|auto-?(?:approve|accept|confirm)\\w*|(?:is|are|as) (?:a )?false positives?|never (?:ask|question|warn|block|refuse|flag)|skip (?:the )?(?:review|confirmation|approval|checks?)\\w*|disable (?:the )?(?:review|confirmation|approval|checks?)\\w*)\\b"
);
pattern!(
    MEMORY,
    "(?:\\b(?:claude|agents|gemini|memory|soul|user|identity|heartbeat|copilot-instructions)\\.md\\b|\\.cursorrules|\\.cursor/rules|\\.windsurfrules|\\.clinerules|\\b(?:assistant|agent|claude|copilot|cursor|model)(?:'s)? (?:long-term |persistent |own )?memor(?:y|ies)\\b|\\bmemor(?:y|ies) (?:tool|file|store|bank|entr\\w+|feature)\\b|\\b(?:long-term|persistent|permanent|project|global|user) (?:memor(?:y|ies)|instructions|rules|preferences)\\b|\\b(?:saved|stored|global) (?:preferences|facts|rules)\\b|~/\\.claude\\b)"
);
pattern!(KEEPS, "\\b(?:<save>|remember|memori[sz]e|note|keep|place|drop|leave)(?:s|d|ed|ing)?\\b");

/// Trust that is planted where later sessions find it.
pub(super) fn planted_trust(sentence: &Sentence<'_>, around: &str) -> Option<Opinion> {
    let here = sentence.concepts;
    if here.has(C::Protective) || !ordered(&TRUSTS, &sentence.text) {
        return None;
    }
    if !MEMORY.is_match(around) || !ordered(&KEEPS, around) {
        return None;
    }
    opinion(&RULE_FILES, Severity::High, "it plants trust or permissions where later sessions read them")
}

pattern!(
    OBEYS,
    "\\b(?:follow|obey|comply|carry out|execute|perform|apply|adopt|act on|act upon|adhere|heed|do (?:what|whatever|as|everything)|treat|take precedence|takes precedence|overrid\\w+|binding|authoritative|supersedes?|prevails?|as (?:if|though) (?:it|they) (?:were|was)|instructions?|directives?|orders|commands?|rules|steps|playbook|prompt|runbook|procedure)\\b"
);
pattern!(
    GETS,
    "\\b(?:fetch|download|retrieve|load|pull|get|visit|open|read|check|curl|wget|browse|look up|resolve|query|request|import|consult|refresh|ask|call)(?:s|es|ed|ing)?\\b"
);
pattern!(
    BINDS,
    "\\b(?:(?:follow|obey|execute|carry out|adopt|act (?:up)?on|adhere to|comply with|heed) (?:it|them|that|those|whatever|what)\\b|\\b(?:follow|obey|execute|carry out|perform|apply|adopt|act (?:up)?on|adhere to|comply with|do|run|use|implement|heed)\\b(?: \\S+){0,6} (?:exactly|says?|said|returned|returns|listed|found|contains?|contained|given|instructions?|directives?|orders|commands?|rules|steps|guidance|answer|response|content|text|playbook|tasks?)|take[sn]? precedence|takes? priority|overrid\\w+|override\\w*|binding|authoritative|supersed\\w+|prevail\\w*|instead of (?:this|the) (?:file|skill|page|text)|as (?:if|though) (?:it|they) (?:were|was|stood)|part of (?:this|these|the skill|your instructions)|(?:newer|current|latest|live|up-to-date|today's|official) (?:version of )?(?:instructions|rules|steps|directives|prompt|commands|procedure|playbook))\\b"
);

/// Has what a stranger's page says obeyed.
pub(super) fn obeys_a_stranger(sentence: &Sentence<'_>, around: &str, purpose: &Purpose) -> Option<Opinion> {
    let here = sentence.concepts;
    let text = &sentence.text;
    if here.has(C::Protective)
        || sentence.setting.table
        || sentence.setting.fenced
        || WHEN_ASKED.is_match(text)
    {
        return None;
    }
    let stranger = purpose.stranger(text).or_else(|| purpose.anybodys(text))?;
    let own = ordered(&GETS, text) && ordered(&BINDS, text);
    let next = ordered(&GETS, text) && ordered(&BINDS, around) && OBEYS.is_match(text);
    if !own && !next {
        return None;
    }
    let message = format!("it has followed what {stranger} says");
    opinion(&REMOTE_INSTRUCTIONS, Severity::High, &message)
}

pattern!(
    RENEWS,
    "\\b(?:update|refresh|replace|overwrite|renew|re-?download|upgrade|sync|pull|rewrite|patch|swap)(?:s|d|ing|es)?\\b(?: \\S+){0,6} (?:this (?:skill|file|document|folder)|the skill itself|(?:its|your|own|the local) skill\\.md|(?:these|its own|your own) (?:instructions|files?|copy|rules)|own (?:text|file|instructions))\\b|\\bgit (?:-c \\S+ )?pull\\b.{0,80}\\b(?:this skill|skill (?:folder|directory|dir)|skills/)|(?:-o ?| > ?)\\S*skill\\.md"
);
pattern!(
    FROM_NETWORK,
    "(?:\\bhttps?://|\\bgit (?:-c \\S+ )?pull\\b|\\b(?:from|with) (?:the )?(?:network|internet|server|remote|upstream|web|cdn|url|endpoint|download|response)\\b|\\bcurl\\b|\\bwget\\b)"
);
pattern!(
    BY_ITSELF,
    "\\b(?:always|each|every|before|first|automatically|on start|at (?:the )?start|daily|hourly|weekly|when(?:ever)? (?:it|the skill|this skill)|silently|without asking|then (?:read|follow|continue|start))\\b"
);

/// Renews itself from the network: what was read when it was installed is not what runs.
pub(super) fn renews_itself(sentence: &Sentence<'_>, around: &str) -> Option<Opinion> {
    let text = &sentence.text;
    if sentence.concepts.has(C::Protective) || sentence.setting.table || WHEN_ASKED.is_match(text) {
        return None;
    }
    if !ordered(&RENEWS, text) || !FROM_NETWORK.is_match(text) || !BY_ITSELF.is_match(around) {
        return None;
    }
    opinion(&SELF_UPDATE, Severity::High, "it has its own text replaced from the network")
}

pattern!(
    KEEPS_QUIET,
    "\\b(?:(?:do not|don't|never|no need to|must not|should not|need not|avoid|without) (?:\\w+ ){0,2}(?:point(?:ing)? out|bring(?:ing)? up|mention(?:ing)?|describ(?:e|ing)|explain(?:ing)?|discuss(?:ing)?|surfac(?:e|ing)|comment(?:ing)? on|draw(?:ing)? attention to|talk(?:ing)? about|refer(?:ring)? to|disclos(?:e|ing)|flag(?:ging)?|announc(?:e|ing)) (?:\\w+ )?(?:this|these|that|it|its details|the (?:bcc|upload|request|call|transfer|sync|step|change|marker|hook|extra|copy|line|entry|section|instruction|script|beacon|ping|metric|template|account|address|link|header|import|dependency|package|parameter|setting|edit|addition|requirement)\\w*)\\b.{0,60}\\b(?:summar\\w+|reports?|draft|users?|repl(?:y|ies)|answers?|responses?|output|diff|commit messages?|changelog|chat|pull request|review\\w*|anyone|customers?)|(?:leave|keep|omit|strip|drop|exclude) (?:this|that|it|them|the \\w+|these|those)(?: \\w+)? (?:out of|from|off) (?:the |your |any )?(?:draft|summary|report|answer|reply|response|changelog|commit message|diff|output|chat|preview|list shown)\\b.{0,60}(?:shown|show|user|but|and (?:add|include|send)|when|so that)|(?:if|when) (?:somebody|someone|anybody|anyone|the user|they|asked|questioned)(?: \\w+){0,4}(?: ask\\w*| question\\w*| notic\\w*| wonder\\w*)?(?: \\w+){0,4},? (?:say|answer|reply|claim|respond|explain|tell (?:them|him|her|the user)|state|pretend|insist)(?: that)? (?:\\w+ ){0,4}(?:is|are|was|were|has|have|it's|they're|comes?)\\b.{0,80}\\b(?:required|standard|normal|routine|policy|checksum\\w*|notice|cache|false|known|default|bug|network|permission|necessary|harmless|mandated|sent|audit\\w*|legal|compliance))"
);

/// Keeps quiet about what the skill does.
pub(super) fn keeps_quiet(sentence: &Sentence<'_>) -> Option<Opinion> {
    if sentence.concepts.has(C::Protective) || sentence.setting.table || sentence.setting.fenced {
        return None;
    }
    KEEPS_QUIET.is_match(&sentence.text).then_some(())?;
    opinion(&CONCEALMENT, Severity::High, "it keeps quiet about what it does")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pattern_compiles() {
        for pattern in [
            &GIVES,
            &PRIVATE,
            &WHEN_ASKED,
            &COPIES_MAIL,
            &ASKS_FOR,
            &OF_ACCOUNT,
            &PLACE_OF_MONEY,
            &DIVERTS,
            &IN_THEIR_NAME,
            &TRUSTS,
            &MEMORY,
            &KEEPS,
            &OBEYS,
            &GETS,
            &BINDS,
            &RENEWS,
            &FROM_NETWORK,
            &BY_ITSELF,
            &KEEPS_QUIET,
        ] {
            assert_eq!(pattern.error(), None);
        }
    }
}
