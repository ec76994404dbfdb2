//! Bad deals: what is worse for the people who are served is done to them on purpose, and what others say counts as their
//! word.

use super::super::catalogue::{
    BIAS, DECEPTION, EXFILTRATION, REMOTE_INSTRUCTIONS, SABOTAGE, SECURITY_WEAKENED, TRUSTED_CONTENT,
};
use super::super::concept::Concept as C;
use super::super::sentence::Sentence;
use super::super::strangers::Purpose;
use super::covert::WHEN_ASKED;
use super::{Opinion, opinion, ordered};
use crate::Severity::High;

fn plain(sentence: &Sentence<'_>) -> bool {
    !sentence.concepts.has(C::Protective) && !sentence.setting.fenced && !sentence.setting.table
}

pattern!(
    THOUGH_WORSE,
    "\\b(?:even|also|although|though|whether or not|whatever|no matter|regardless)\\b(?: \\S+){0,6} (?:cheaper|dearer|better rated|rated better|cost(?:s|ing)? (?:more|less)|more expensive|less expensive|fits? better|suits? better|is better|are better|pricier|better value)\\b"
);
pattern!(
    PLACES,
    "\\b(?:sort|rank|list|order|place|put|stand|stands|show|present|recommend|suggest|book|choose|pick|prefer|name|push|offer|winner|first|top|select|propose|steer|go for|default to)\\w*\\b"
);
pattern!(
    UNMARKED,
    "\\b(?:do not|don't|never|need not|not to be|without) (?:be )?(?:mark|label|flag|declar|disclos|identif|call)\\w*\\b(?: \\S+){0,4} (?:as )?(?:an? )?(?:advert\\w*|sponsor\\w*|paid|promot\\w*|affiliat\\w*|ads?|partner\\w*|commercial)\\b|\\bas if (?:it|they) (?:were|was) (?:your|the user's|my|his|her|their) own\\b"
);
pattern!(
    LATE_FEE,
    "\\b(?:leave|keep|show|put|reveal|mention|tell|disclose|name|hide)\\b(?: \\S+){0,4} (?:fees?|charges?|prices?|costs?|surcharge|interest|penalt\\w+|conditions)\\b(?: \\S+){0,4} (?:last (?:screen|page|step|line)|at the (?:very )?end|small(?:er)? (?:print|type|font)|after (?:they|the (?:user|customer|client)|payment|signing))\\b"
);
pattern!(
    DARK,
    "\\b(?:selected|ticked|checked) by default\\b.{0,60}\\b(?:stays?|remains?|leave)\\b|\\b(?:present|show|list|call|declare)\\b(?: \\S+){0,4} (?:fee|charge|commission|margin|tip)s? as (?:the|a|an|part)\\b|\\bpre-?(?:tick|check|select) (?:the|a|all|every) (?:\\S+ )?(?:box\\w*|options?|consent)\\b|\\bthe fewer (?:\\w+ )?(?:get|cancel|leave|notice|ask|succeed|people)\\b|\\b(?:unsubscrib\\w+|cancel\\w*|refund\\w*|opt(?:ing)?[- ]out|closing)\\b.{0,80}\\b(?:leads? to|goes to|requires?|asks? for|only)\\b.{0,60}\\b(?:phone|letter|fax|by post|several|three|four|five|then|reason)\\b"
);
pattern!(
    SPOILS,
    "\\b(?:drop|leave out|skip|remove|omit) the (?:slide|section|page|chapter|paragraph) (?:on|about) (?:the )?(?:risks?|side effects|losses|limitations|debts?)\\b|\\b(?:footnotes?|disclaimers?|caveats?|limitations|warnings?|risks?|side effects|conditions|error bars|sources)\\b.{0,60}\\b(?:left (?:out|away|off)|leave (?:them |it )?(?:out|away|off)|omitted|dropped|hidden|not (?:shown|printed|included))\\b.{0,60}\\b(?:disturb|distract|confus|spoil|weaken|hurt|scare|frighten|put (?:people|readers|them) off|picture|look|sell)\\w*"
);
pattern!(
    FUDGED,
    "\\b(?:round(?:ed|ing)?|adjust(?:ed)?|correct(?:ed)?|nudge[d]?|raise[d]?|scale[d]?)\\b(?: \\S+){0,4} (?:upwards?|up|down|downwards?)\\b.{0,40}\\b(?:until|so that|for it|to (?:make|let|have|look|lead|win))\\b|\\b(?:take|use|pick|choose|quote|give) the (?:largest|highest|lowest|smallest|best) (?:numbers?|figures?|estimates?|values?) (?:you|that|one)\\b|\\b(?:also|even) (?:where|when|if) nothing is known\\b|\\b(?:measured|counted|calculated|computed) only (?:among|for|over|with) (?:\\w+ )?(?:those|customers|users|people|patients) (?:who|that) (?:stayed|remained|finished|answered|bought|paid|liked)\\b|\\b(?:pilots?|trials?|demos?|leads|one-?time|one-?off|non-paying|free)\\b(?: \\S+){0,6} (?:counts?|go(?:es)?|is|are|listed|shown|booked) (?:as|under|among)\\b.{0,12}\\b(?:recurring|customers?|revenue|paying|signed)\\b"
);
pattern!(
    LIKE_BACKGROUND,
    "\\b(?:colou?red (?:like|as)|(?:in )?(?:the )?(?:same )?colou?r (?:as|of|like)) the (?:page |page's )?background\\b|\\bbackground[- ]colou?red\\b"
);
pattern!(LINKS, "\\b(?:links?|keywords?|text|line|note|sentence|paragraph|words)\\b");

pattern!(
    PAID_FOR,
    "\\b(?:that|who|which) (?:pays?|paid|sponsors?) (?:us |for |the )(?:\\w+ ){0,2}(?:listing|placement|mention|slot|rank\\w*|us|commission)?"
);
pattern!(
    TALKS_INTO,
    "\\btalk (?:people|them|users|the (?:user|customer|client)|customers|clients|buyers) into\\b|\\bsay (?:that )?(?:supplies|stocks?|the (?:offer|price|deal)|it|this) (?:ends?|expires?|runs? out|is gone) (?:today|tonight|soon|tomorrow|in an hour)\\b|\\b(?:search engines|crawlers)\\b.{0,20}\\b(?:get|see|receive|are (?:shown|served|given)) (?:another|other|a different|different)\\b"
);
pattern!(
    AGREED,
    "\\b(?:has|have|had|is|was) (?:already |long )?(?:been )?(?:agreed|cleared|settled|arranged) with the (?:users?|owner|customer|client)\\b|\\b(?:people|users?|they|customers?|guests?) (?:have|has) (?:already )?(?:agreed|consented) (?:\\S+ ){0,4}by (?:joining|using|installing|opening|asking|starting)\\b"
);
pattern!(
    THEIRS,
    "\\b(?:reporters?|senders?|commenters?|visitors?|contributors?|strangers?|attach(?:es|ed|ments?)?)\\b"
);
pattern!(
    STARTS_THEIRS,
    "\\b(?:start|run|execute|launch) (?:it|them|the (?:script|file|attachment|program))\\b.{0,60}\\b(?:on this machine|with the user's|as they are|as it is|directly|with all|unchanged)\\b"
);

/// Deals that are worse for those who are served, and dressed so that they do not see it.
pub(super) fn bad_deal(sentence: &Sentence<'_>) -> Option<Opinion> {
    let text = &sentence.text;
    if !plain(sentence) {
        return None;
    }
    let asked = WHEN_ASKED.is_match(text) || text.contains("user prefers") || text.contains("user's");
    if ordered(&THOUGH_WORSE, text) && ordered(&PLACES, text) && !asked {
        return opinion(&BIAS, High, "it prefers what is worse for those who ask");
    }
    // A refusal to mark is no order that a `not` turns around.
    let unmarked = UNMARKED.is_match(text) && !text.contains("unless") && !text.contains("never use");
    if unmarked || ordered(&LATE_FEE, text) || ordered(&DARK, text) {
        return opinion(&DECEPTION, High, "it keeps from people what they pay for, or how to get out of it");
    }
    if ordered(&PAID_FOR, text) && ordered(&PLACES, text) && !text.contains("disclos")
        || ordered(&TALKS_INTO, text)
    {
        return opinion(&BIAS, High, "it sells a favour as advice");
    }
    if ordered(&AGREED, text) {
        return opinion(&DECEPTION, High, "it claims a consent that nobody gave");
    }
    if ordered(&SPOILS, text) || ordered(&FUDGED, text) {
        return opinion(&SABOTAGE, High, "it has results made to look better than they are");
    }
    if ordered(&LIKE_BACKGROUND, text) && LINKS.is_match(text) {
        return opinion(&DECEPTION, High, "it writes for machines what people are not to see");
    }
    None
}

pattern!(
    WAVED_THROUGH,
    "\\bapprove\\b(?: \\S+){0,4} (?:without (?:comment\\w*|reading|looking|review\\w*)|whatever|regardless|no matter)\\b|\\b(?:whatever|regardless of what|no matter what) the (?:diff|review|scan\\w*|checks?|tests?|results?|linter|audit)\\b(?: \\S+){0,2} (?:shows?|says?|finds?|reports?)\\b|\\b(?:resolve|dismiss|close)\\b(?: \\S+){0,2} (?:threads|comments|conversations|reviews?|objections) (?:of|by|from) (?:other|others|anyone|people)\\b"
);
pattern!(
    SOLVED,
    "\\b(?:framework|drivers?|orm|library|database|engine|runtime|browser)\\b.{0,40}\\b(?:escapes?|solved|handles?|takes? care of|catches|prevents)\\b(?: \\S+){0,3} (?:anyway|already|by (?:itself|themselves)|long ago)\\b|\\b(?:modern|today's|recent|current) (?:\\w+ )?(?:drivers?|frameworks?|databases?|browsers?|compilers?) (?:have|has) solved\\b"
);
pattern!(
    RAW,
    "\\braw\\(|\\bf\"|\\bconcat\\w*|\\binterpolat\\w*|\\binjection\\b|\\bescap\\w+|\\bsanitiz\\w+|\\binnerhtml\\b|\\beval\\b"
);

/// Reviews that are none, and dangers that are talked away.
pub(super) fn waved_through(sentence: &Sentence<'_>, around: &str) -> Option<Opinion> {
    let text = &sentence.text;
    let quoted = sentence.setting.fenced || sentence.setting.table || sentence.setting.warning;
    if quoted || WHEN_ASKED.is_match(text) && !text.contains("solved") {
        return None;
    }
    let waved = !sentence.concepts.has(C::Protective) && ordered(&WAVED_THROUGH, text);
    if !(waved || ordered(&SOLVED, text) && RAW.is_match(around)) {
        return None;
    }
    opinion(&SECURITY_WEAKENED, High, "it has dangers waved through or talked away")
}

pattern!(
    COUNTS_AS,
    "\\b(?:mails?|e-?mails?|messages?|comments?|notes?|tickets?|posts?|pages?|senders?|replies|transcripts?|documents?)\\b(?: \\S+){0,4} (?:as good as|counts? as|equals?|is worth|(?:has|have|carr(?:y|ies)) the same (?:weight|force|authority|rank) as|stands? for)\\b(?: \\S+){0,5} (?:users?|owner|word|order|approval|consent|confirmation|instructions?)\\b"
);
pattern!(
    THEIR_WISH,
    "\\b(?:if|when|whenever) (?:a|an|the|any|some) (?:sender|mail|e-?mail|message|comment\\w*|page|visitor|caller|ticket|stranger|guest|issue)\\b(?: \\S+){0,3} (?:asks?|wants?|requests?|needs?|says?)\\b.{0,140}\\b(?:do (?:it|so|what|that)|give it|grant it|release it|send it|comply|hand it|carry it out)\\b"
);
pattern!(
    WORTH,
    "\\b(?:payments?|money|documents?|files?|drive|passwords?|access|keys?|data|shell|commands?|invoices?|accounts?|code|settings)\\b"
);
pattern!(
    KEPT_ELSEWHERE,
    "\\b(?:current|latest|live|actual|full|real|detailed|remaining|exact)? ?(?:steps|instructions|procedure|runbook|commands|directions|orders) (?:are|is|live|lives) (?:kept |found |published |maintained |listed |stored |described |hosted |written )?(?:on|at|under|in)\\b"
);
pattern!(
    INTO_SHELL,
    "\\b(?:type|enter|paste|run|execute|copy|feed|put|pipe)\\b(?: \\S+){0,4} (?:into|in|to|through) (?:the |a |your )?(?:shell|terminal|console|prompt|interpreter|bash)\\b|\\bwithout (?:reading|looking at|reviewing|checking) (?:them|it|each|every|the)\\b"
);

/// What others say counts as the user's word.
pub(super) fn their_word(sentence: &Sentence<'_>, around: &str, purpose: &Purpose) -> Option<Opinion> {
    let text = &sentence.text;
    if !plain(sentence) {
        return None;
    }
    let wish = ordered(&THEIR_WISH, text) && WORTH.is_match(text);
    if ordered(&COUNTS_AS, text) || wish {
        return opinion(
            &TRUSTED_CONTENT,
            High,
            "it gives what others write the standing of the user's own words",
        );
    }
    if ordered(&STARTS_THEIRS, text) && THEIRS.is_match(around) {
        return opinion(
            &TRUSTED_CONTENT,
            High,
            "it has programs of others run as if the user had written them",
        );
    }
    let stranger = purpose.stranger(text).or_else(|| purpose.anybodys(text))?;
    let kept = ordered(&KEPT_ELSEWHERE, text) && ordered(&INTO_SHELL, around);
    if !kept || WHEN_ASKED.is_match(around) {
        return None;
    }
    let message = format!("it has followed what {stranger} says");
    opinion(&REMOTE_INSTRUCTIONS, High, &message)
}

pattern!(
    HANDS_IT,
    "\\b(?:send|post|give|hand|pass|feed|submit|supply|upload|forward|transmit)\\b(?: \\S+){0,3} (?:it|there|them|to (?:it|them)|the (?:service|engine|host|site|server|renderer|bot))\\b"
);
pattern!(
    INSIDE,
    "\\b(?:values|resource\\w*|names|account\\w*|tables?|schemas?|config\\w*|inventor\\w+|topolog\\w+|secrets?|tls|auth|document|addresses|calendars?|transcripts?|workloads?|nodes|routes|logs?|contacts|iban\\w*|income|salar\\w+|whole|entire|everything)\\b"
);
pattern!(
    MADE_PUBLIC,
    "\\b(?:publish|share|make|open|set|expose)\\b.{0,80}\\b(?:calendars?|busy times|inbox|drive|folders?|documents?|workspace|repository|location|notes|album|links?)\\b.{0,60}\\b(?:public(?:ly)?|anyone with the link|world[- ]readable|never expires?|without (?:a )?password)\\b|\\b(?:publish|share) (?:the )?(?:\\S+ ){0,4}(?:through|by|with|via) (?:the |a )?public link\\b"
);

/// What belongs to the user and is handed to a service on the way.
pub(super) fn handed_over(sentence: &Sentence<'_>, around: &str, purpose: &Purpose) -> Option<Opinion> {
    let text = &sentence.text;
    if !plain(sentence) || sentence.concepts.has(C::Login) || WHEN_ASKED.is_match(around) {
        return None;
    }
    if ordered(&HANDS_IT, text)
        && INSIDE.is_match(text)
        && let Some(stranger) = purpose.stranger(text)
    {
        let message = format!("it hands what belongs to the user to {stranger}");
        return opinion(&EXFILTRATION, High, &message);
    }
    if ordered(&MADE_PUBLIC, text) && around.contains("never expire") {
        return opinion(&EXFILTRATION, High, "it makes public what belongs to the user");
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pattern_compiles() {
        for pattern in [
            &THOUGH_WORSE,
            &PLACES,
            &UNMARKED,
            &LATE_FEE,
            &DARK,
            &SPOILS,
            &FUDGED,
            &LIKE_BACKGROUND,
            &LINKS,
            &WAVED_THROUGH,
            &SOLVED,
            &RAW,
            &COUNTS_AS,
            &THEIR_WISH,
            &WORTH,
            &KEPT_ELSEWHERE,
            &INTO_SHELL,
            &PAID_FOR,
            &TALKS_INTO,
            &AGREED,
            &THEIRS,
            &STARTS_THEIRS,
            &HANDS_IT,
            &INSIDE,
            &MADE_PUBLIC,
        ] {
            assert_eq!(pattern.error(), None);
        }
    }
}
