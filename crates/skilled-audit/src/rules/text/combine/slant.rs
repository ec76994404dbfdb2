//! Weaker security, unfair terms, money skimmed.

use super::super::catalogue::{BIAS, PAYMENT, SECURITY_WEAKENED};
use super::super::concept::Concept as C;
use super::super::sentence::Sentence;
use super::{Opinion, opinion, ordered};
use crate::Severity;

pattern!(
    PAYS,
    "\\b(?:transfer|wire|pay|buy|purchase|send|withdraw|donate|invest|swap|approve|place (?:an? )?(?:order|trade)s?|trade|sign (?:the )?transactions?|drain|tip|stake|mint)\\b"
);
pattern!(
    TO_WHOM,
    "\\bto (?:the )?(?:address|wallet|account|iban|0x[0-9a-f]{6,}|bc1[a-z0-9]+|[13][a-z0-9]{25,})"
);

pattern!(
    WEAKENS,
    "\\b(?:(?:globally |always |permanently |please )*(?:disable|skip|turn off|bypass|circumvent|deactivate|switch off|suppress) (?:\\w+ ){0,3}(?:security (?:warnings?|checks?|scans?|tests?|controls?|features?|validation|polic\\w+|findings?|headers?|settings?)|(?:ssl|tls|certificate) (?:\\w+ )?(?:verification|validation|checks?)|(?:signature|checksum|server-side|identity|webhook|payment) (?:verification|validation)|sql injections?|input (?:validation|sanitization)|authentication|access controls?|firewall|anti-?virus|selinux|gatekeeper|windows defender|audit log\\w*|csrf|historical stress tests?|stress tests?|safety (?:evaluations?|checks?|reviews?)|branch protection|secret scanning|two-factor|2fa|mfa))"
);
pattern!(
    LEAVES_OUT,
    "\\b(?:(?:do|does|should|must)(?: not|n't)|not|never|don't) (?:\\w+ ){0,2}(?:write|add|include|check|test|flag|report|verify|validate|mention|look)(?: \\w+){0,6} (?:sql injections?|security (?:issues?|tests?|vulnerabilit\\w+|findings?|problems?|warnings?)|vulnerabilit(?:y|ies)|xss|authentication|input validation|safety (?:issues?|concerns?|risks?)|risks and safety)\\b"
);
pattern!(
    OPENS_UP,
    "\\b(?:chmod (?:-r )?(?:0?777|a\\+rwx|o\\+w)\\b|set (?:it|them|\\w+ )?to public regardless|(?:always|make sure to) (?:print|log|echo|output|include|expose|embed|hard-?code|commit) (?:\\w+ ){0,3}(?:hf_token|[a-z]+_(?:token|secret|api_key|password)|api keys?|passwords?|credentials|secrets)\\b|use string concatenation (?:for|in|to build) (?:\\w+ )?(?:dynamic )?(?:sql|quer)|(?:server-side|signature|security|payment) (?:verification|validation|checks?) (?:\\w+ )?(?:adds?|is|are) (?:\\w+ ){0,2}(?:unnecessary|not (?:needed|required)|optional|overhead|redundant|needless)|relaxed (?:\\w+ ){0,2}(?:criteria|standards|rules) for (?:safety|security))"
);

pub(super) fn weakening(sentence: &Sentence<'_>) -> Option<Opinion> {
    let here = sentence.concepts;
    let text = &sentence.text;
    let opens = ordered(&OPENS_UP, text);
    if !opens && !here.all([C::Weaken, C::Protection]) {
        return None;
    }
    let exception = [
        "only if",
        "only when",
        "unless",
        "for local development",
        "in development",
        "if the user",
        "when the user",
        "explicitly",
        "temporarily",
        "during testing",
    ]
    .iter()
    .any(|words| text.contains(words));
    let leaves_out = LEAVES_OUT.is_match(text);
    let orders = opens || ordered(&WEAKENS, text) || leaves_out;
    if !orders || here.has(C::Protective) && !leaves_out {
        return None;
    }
    let order = opens
        || leaves_out && text.contains("make sure")
        || imperative(text) && here.any([C::Urgent, C::Always])
        || imperative(text) && (text.contains("globally") || text.contains("permanently"));
    let dismissed = imperative(text) && DISMISSES.is_match(text);
    let severity = if (order || dismissed) && !exception { Severity::High } else { Severity::Low };
    opinion(&SECURITY_WEAKENED, severity, "it weakens the security of what the agent makes or runs on")
}

pattern!(
    DISMISSES,
    "\\b(?:unnecessary|(?:not|isn't|aren't) (?:relevant|needed|useful|worth|necessary|important)|wastes?|wasting|false positives|needless|overkill|pointless|just noise|edge cases)\\b"
);
pattern!(
    IMPERATIVE,
    "^(?:[#>|]* ?)?(?:[-+•] |\\d+[.)] )?(?:(?:\\w+ ?){1,4}: )?(?:important[:!]? |critical[:!]? |note[:!]? |then |and |first,? |always |never |please |also |make sure (?:to|that) |ensure |be sure to |do not |don't |you (?:must|should) |the (?:agent|assistant|model) (?:must|should) )*(?:disable|skip|turn|bypass|use|present|frame|flag|portray|promote|downplay|favou?r|include|avoid|add|set|force|push|execute|emphasi[sz]e|recommend|highlight|remove|delete|not|rate|claim|print|run|suppress|deactivate)\\b"
);

pub(super) fn imperative(text: &str) -> bool {
    IMPERATIVE.is_match(text)
}

pattern!(
    SLANTS,
    "\\b(?:(?:always|must|should|make sure (?:to|that)) (?:\\w+ ){0,3}(?:present|portray|describe|frame|promote|emphasi[sz]e|favou?r|recommend|depict)|frame (?:\\w+ ){1,5}as|promotes? (?:\\w+ ){1,5}over|favou?r the|downplay|discredit|cast doubt|(?:use|include) (?:\\w+ ){0,3}(?:words|phrases|terms) (?:like|such as)|flag (?:\\w+ ){0,3}(?:messages|posts|content|users) that (?:include|mention|deny|criticize|support|contain)|not present any|append the phrase|in a (?:bad|better|worse) light|do not proceed with)\\b"
);

pattern!(
    DISCRIMINATES,
    "\\b(?:exclude|reject|penali[sz]e|disadvantage|discourage|deprioriti[sz]e|disqualify|downgrade|filter out|screen out|avoid (?:hiring|promoting|recommending)|do not (?:hire|promote|recommend|approve)|prefer|favou?r|rate|score|pay|rank) (?:\\w+ ){0,6}(?:women|men over|females?|males? (?:candidates|applicants)|pregnan\\w+|mothers|older (?:workers|candidates|applicants)|people over \\d+|disab\\w+|muslims?|jew\\w*|black|white|asian|immigrants?|foreign(?:ers| names)|minorit\\w+|gay|lgbt\\w*|ethnic\\w*|nationalit(?:y|ies)|single parents|union members)\\b"
);
pattern!(
    UNFAIR,
    "\\b(?:always|must|should|make sure|ensure|include|add|insert|use|prioriti[sz]e)\\b.{0,60}\\b(?:favou?rs? the (?:employer|company|landlord|seller|vendor|lender|provider|business)|in favou?r of the (?:employer|company|landlord|seller|vendor|lender|provider)|waiv(?:e|es|ing) (?:all |any |their |his |her |the )*(?:\\w+ )?rights|hidden (?:clauses?|fees?|terms|charges?)|unlimited (?:overtime|liability)|without (?:overtime|severance|compensation|pay)|perpetual(?:ly)? (?:assign|non-compete)|(?:fine|small) print|non-compete (?:\\w+ ){0,3}(?:worldwide|indefinite|perpetual|\\d+[- ]years?))\\b"
);
pattern!(
    SPREADS,
    "\\b(?:append|insert|include|add|embed|inject|place|put|mention|attach) (?:\\w+ ){0,5}(?:links?|url|referral|affiliate|advert\\w*|ads?|promot\\w+|sponsor\\w*|download|phrase|sentence|statement|claim|message|slogan|note)\\b.{0,160}\\b(?:(?:to|in|into|at the end of|on) (?:at least one|every|each|all|any) (?:\\w+ ){0,2}(?:responses?|answers?|repl(?:y|ies)|documents?|paragraphs?|slides?|pages?|emails?|messages?|posts?|outputs?|files?|reports?))\\b"
);

/// Clauses and choices against groups of people or against the weaker side, and text that is spread with every document.
pub(super) fn unfair(sentence: &Sentence<'_>) -> Option<Opinion> {
    let here = sentence.concepts;
    let text = &sentence.text;
    if here.has(C::Protective) {
        return None;
    }
    if ordered(&DISCRIMINATES, text) && (imperative(text) || here.any([C::Always, C::Urgent])) {
        return opinion(&BIAS, Severity::High, "it disadvantages a group of people");
    }
    if ordered(&UNFAIR, text) {
        return opinion(&BIAS, Severity::High, "it writes terms against one side without telling it");
    }
    let promotes = text.contains("http")
        || here.has(C::Contested)
        || ["affiliate", "referral", "sponsor", "advert", "promot"].iter().any(|word| text.contains(word));
    if promotes && ordered(&SPREADS, text) {
        return opinion(&BIAS, Severity::High, "it spreads a message of its own in what the user asked for");
    }
    None
}

pattern!(
    SKIMS,
    "\\b(?:(?:add|include|apply|charge|deduct|skim|take|insert) (?:\\w+ ){0,4}(?:\\d+(?:\\.\\d+)? ?(?:%|percent|cents|usd|dollars)|fee|surcharge|commission|extra charge)\\b.{0,80}\\b(?:to (?:our|the|my|this|an?) (?:\\w+ ){0,3}(?:account|wallet|address)|hidden|without (?:telling|showing|informing)|not (?:shown|visible|mentioned)|every (?:payment|transaction|order))|(?:route|redirect|forward|transfer|send|split|divert) (?:\\w+ ){0,4}(?:payments?|funds|payouts?|refunds?|revenue|proceeds|donations?|money|amount)\\b.{0,60}\\b(?:acct_\\w+|(?:our|my|this|another|external|following|backup|holding|partner) (?:\\w+ ){0,2}(?:account|wallet|address)|iban|0x[0-9a-f]{6,}|bc1\\w+)|refund (?:all|every|each|any) (?:\\w+ ){0,3}(?:payments?|charges?|transactions?|customers?|orders?)|(?:store|log|save|record|print|keep) (?:the )?(?:full |raw |complete |unencrypted |plain[- ]?text )+(?:\\w+ ){0,2}(?:card (?:numbers?|details|data)|cvv|cvc|passwords?|payment details))"
);

/// Money that goes elsewhere, and payment details that are kept.
pub(super) fn skimming(sentence: &Sentence<'_>) -> Option<Opinion> {
    if sentence.concepts.has(C::Protective) || !ordered(&SKIMS, &sentence.text) {
        return None;
    }
    opinion(&PAYMENT, Severity::High, "it takes money, or keeps what is needed to take it")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pattern_compiles() {
        for pattern in [
            &PAYS,
            &TO_WHOM,
            &WEAKENS,
            &LEAVES_OUT,
            &OPENS_UP,
            &DISMISSES,
            &IMPERATIVE,
            &SLANTS,
            &DISCRIMINATES,
            &UNFAIR,
            &SPREADS,
            &SKIMS,
        ] {
            assert_eq!(pattern.error(), None);
        }
    }
}
