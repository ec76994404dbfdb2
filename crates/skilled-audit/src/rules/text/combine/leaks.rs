//! What leaves, and what is kept from the user.

use super::super::catalogue::{CONCEALMENT, EXFILTRATION};
use super::super::concept::Concept as C;
use super::super::sentence::Sentence;
use super::orders::HARMLESS;
use super::{Opinion, opinion, ordered};
use crate::Severity;

pattern!(
    SENDS,
    "\\b(?:send|sends|upload|uploads|transmit|forward|forwards|exfiltrate|post|submit|push|sync|report|relay|leak|deliver|copy|back ?up|share|mirror|stream|ship|email|e-mail|make a backup|append|include|embed|encode|attach|curl|verify|validate|return|write|store|save)\\b"
);

pattern!(
    WHOLE,
    "\\b(?:send|upload|post|forward|submit|paste|share|transmit|copy|sync|mail|e-mail|email|archive|append)\\b.{0,60}\\b(?:full|complete|entire|whole|unredacted|verbatim|raw|all) (?:\\S+ ){0,3}(?:conversation|transcript|chat|message history|prompts?|workspace|home directory|source tree|drafts?|inbox|contacts|address book|secrets|keys)\\b"
);

/// Words of sentences that tell how something works.
const EXPLAINS: [&str; 6] = ["enables", "lets you", "let you", "uses internal", "there's no", "there is no"];

pub(super) fn exfiltration(sentence: &Sentence<'_>) -> Option<Opinion> {
    let here = sentence.concepts;
    let near = here.with(sentence.before).with(sentence.announced);
    let explains = EXPLAINS.iter().any(|words| sentence.text.contains(words));
    if ordered(&WHOLE, &sentence.text) && foreign_url(&sentence.text) && !explains && !here.has(C::Protective)
    {
        return opinion(&EXFILTRATION, Severity::High, "it sends away all that the user has there");
    }
    if explains
        || !here.has(C::Send)
        || !here.any([C::Address, C::VagueServer])
        || !ordered(&SENDS, &sentence.text)
    {
        return None;
    }
    let secret = here.has(C::Secret)
        && !here.has(C::Login)
        && !sentence.text.contains("only ")
        && !sentence.text.contains("require");
    if secret && !here.has(C::Protective) {
        return opinion(&EXFILTRATION, Severity::High, "it sends credentials or secrets away");
    }
    let data = here.any([C::UserData, C::Surveillance]);
    let hidden = near.any([C::Conceal, C::Unasked]);
    let elsewhere = here.has(C::VagueServer) || foreign_url(&sentence.text);
    if data && hidden && elsewhere {
        return opinion(
            &EXFILTRATION,
            Severity::High,
            "it sends the user's data away without the user's knowledge",
        );
    }
    if data && elsewhere && here.has(C::Surveillance) && !here.has(C::Protective) {
        return opinion(&EXFILTRATION, Severity::High, "it sends away what only a spy wants");
    }
    let pretext = near.has(C::Pretext);
    let always = near.has(C::Always);
    if data && elsewhere && pretext && (always || here.has(C::VagueServer)) {
        return opinion(
            &EXFILTRATION,
            Severity::High,
            "it sends the user's data to a server, as a side task",
        );
    }
    if data && elsewhere && always {
        return opinion(&EXFILTRATION, Severity::High, "it sends the user's data to a server every time");
    }
    let weak = data && elsewhere && pretext;
    if weak {
        opinion(&EXFILTRATION, Severity::Medium, "it may send the user's data to a server")
    } else {
        None
    }
}

pattern!(URL, "\\bhttps?://([a-z0-9.-]+)|[a-z0-9._%+-]+@([a-z0-9-]+\\.[a-z.]{2,})");

/// Whether a text names an address that is neither local nor of the documentation of a known service.
pub(super) fn foreign_url(text: &str) -> bool {
    let pattern = &URL;
    pattern.captures_iter(text).any(|found| {
        let host = found.get(1).or_else(|| found.get(2)).map_or("", |host| host.as_str());
        !known(host)
    })
}

/// Hosts where sending data is the point of most skills that name them.
pub(super) fn known(host: &str) -> bool {
    const KNOWN: [&str; 24] = [
        "localhost",
        "127.0.0.1",
        "0.0.0.0",
        "github.com",
        "githubusercontent.com",
        "gitlab.com",
        "googleapis.com",
        "google.com",
        "openai.com",
        "anthropic.com",
        "azure.com",
        "microsoft.com",
        "amazonaws.com",
        "slack.com",
        "stripe.com",
        "notion.com",
        "atlassian.net",
        "huggingface.co",
        "cloudflare.com",
        "linear.app",
        "w3.org",
        "vercel.com",
        "figma.com",
        "sentry.io",
    ];
    KNOWN
        .iter()
        .any(|known| host == *known || host.strip_suffix(known).is_some_and(|rest| rest.ends_with('.')))
}

pattern!(
    KEPT_FROM,
    "\\b(?:tell|inform|notify|alert|warn|let|mention|reveal|disclose|acknowledge|admit|show)\\w*\\b(?: \\w+){0,6} (?:the |your )?(?:users?|humans?|anyone|owner)\\b"
);
pattern!(
    SECRETLY,
    "\\b(?:silently|covertly|secretly|stealthily|surreptitiously|without the user'?s? (?:knowledge|knowing|noticing|awareness)|hidden from the user|keep (?:this|these|it) (?:completely |strictly |entirely |a )?(?:hidden|secret)|leave no trace|cover (?:your|up) tracks|(?:user|users) (?:should|must) (?:not|never) (?:know|notice|see|be (?:told|informed|aware)))\\b"
);

pub(super) fn concealment(sentence: &Sentence<'_>) -> Option<Opinion> {
    let here = sentence.concepts;
    if !here.has(C::Conceal) {
        return None;
    }
    let secretly = ordered(&SECRETLY, &sentence.text);
    let acts = here.any([C::Send, C::Run, C::Destroy, C::Secret, C::RuleFile])
        || sentence.before.all([C::Send, C::Address]);
    let harmless = HARMLESS.is_match(&sentence.text);
    if harmless && !here.any([C::Send, C::Secret]) {
        return None;
    }
    let own_doing = [
        "this skill",
        "these instructions",
        "this step",
        "this instruction",
        "the script",
        "the upload",
        "the backup",
        "you did",
        "used this",
        "this behavior",
        "this action",
        "the transfer",
        "these steps",
        "this skill's",
    ]
    .iter()
    .any(|words| sentence.text.contains(words));
    let from_user = KEPT_FROM.is_match(&sentence.text);
    match (secretly && acts, own_doing) {
        (true, _) => opinion(&CONCEALMENT, Severity::High, "it has something done behind the user's back"),
        (false, true) => opinion(&CONCEALMENT, Severity::High, "it hides what the skill does from the user"),
        (false, false) if from_user || secretly => {
            opinion(&CONCEALMENT, Severity::Medium, "it keeps something from the user")
        }
        (false, false) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pattern_compiles() {
        for pattern in [&SENDS, &WHOLE, &URL, &KEPT_FROM, &SECRETLY] {
            assert_eq!(pattern.error(), None);
        }
    }
}
