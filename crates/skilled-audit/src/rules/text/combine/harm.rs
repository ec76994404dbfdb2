//! Advice that harms, bias, sabotage, back doors, and the user overruled.

use super::super::catalogue::{
    BACKDOOR, BIAS, DANGEROUS_ADVICE, DORMANT, SABOTAGE, SECURITY_WEAKENED, UNPROMPTED, USER_OVERRULED,
};
use super::super::concept::Concept as C;
use super::super::sentence::Sentence;
use super::side::LOCALE;
use super::slant::{DISMISSES, SLANTS};
use super::{Opinion, opinion, ordered};
use crate::Severity;

pattern!(
    RECKLESS,
    "\\b(?:(?:no need (?:to|for)|(?:do not|don't) (?:bother|need|create|make|take|keep|worry)|skip|skipping|without (?:creating|making|taking|any|a)|never (?:create|make|take)|omit|avoid) (?:\\w+ ){0,4}(?:back-?ups?|rollbacks?|rollback (?:scripts?|plans?|migrations?)|dry[- ]runs?|staging|down migrations?|encryption|access logs?|reviews?)|directly (?:on|in|to|against) (?:the )?production)\\b"
);

/// Care that is left out where data or others depend on it.
pub(super) fn reckless(sentence: &Sentence<'_>) -> Option<Opinion> {
    let here = sentence.concepts;
    let text = &sentence.text;
    if here.has(C::Protective) || !RECKLESS.is_match(text) {
        return None;
    }
    let excuse = DISMISSES.is_match(text)
        || [
            "slow",
            "saves time",
            "save time",
            "faster",
            "speed",
            "simplif",
            "efficien",
            "overhead",
            "latency",
            "complexity",
        ]
        .iter()
        .any(|word| text.contains(word));
    let always = here.any([C::Always, C::Urgent]) || text.contains("production");
    let severity = match (excuse, always) {
        (true, true) => Severity::High,
        (true, false) => Severity::Medium,
        (false, _) => Severity::Low,
    };
    opinion(&SECURITY_WEAKENED, severity, "it leaves out care on which data or others depend")
}

pub(super) fn bias(sentence: &Sentence<'_>) -> Option<Opinion> {
    let here = sentence.concepts;
    if !here.all([C::Slant, C::Contested]) || !ordered(&SLANTS, &sentence.text) || here.has(C::Protective) {
        return None;
    }
    opinion(&BIAS, Severity::High, "it slants what the agent writes about a contested subject")
}

pattern!(
    FALSIFIES,
    "\\b(?:never (?:rate|rank) (?:\\w+ ){1,4}(?:lower|below|worse)|downplay (?:or ignore )?(?:the )?(?:strengths|limitations|risks|weaknesses|failures|problems)|ignore failure modes|(?:highlight|emphasi[sz]e) (?:\\w+ ){0,4}and ignore|favou?rs? (?:\\w+ ){1,3}models|always give (?:the )?benefit of the doubt|(?:just |simply )?return (?:a )?(?:high|perfect|passing) (?:score|rating|result|grade)|subtly (?:alter|change|modify|insert|introduce|shift|distort|corrupt)|(?:introduce|insert|inject|plant|add) (?:\\w+ ){0,3}(?:subtle|small|hidden|random|deliberate|intentional|occasional) (?:\\w+ ){0,2}(?:bugs?|errors?|mistakes?|flaws?|vulnerabilit\\w+)|(?:change|alter|modify|round|skew) (?:\\w+ ){0,4}(?:numbers|figures|values|results|amounts) (?:slightly|subtly|randomly|so that|to (?:look|appear|favou?r)))\\b"
);

pub(super) fn sabotage(sentence: &Sentence<'_>) -> Option<Opinion> {
    if !ordered(&FALSIFIES, &sentence.text) || sentence.concepts.has(C::Protective) {
        return None;
    }
    opinion(&SABOTAGE, Severity::High, "it falsifies results or plants errors")
}

pub(super) fn dormant(sentence: &Sentence<'_>) -> Option<Opinion> {
    let here = sentence.concepts;
    if !here.has(C::Condition) || here.has(C::Protective) {
        return None;
    }
    let harmful = here.all([C::Send, C::Secret])
        || here.all([C::Destroy, C::Irreplaceable])
        || here.has(C::Backdoor)
        || here.all([C::Run, C::Conceal])
        || here.all([C::Rules, C::Weaken]);
    let unobserved = sentence.text.contains("nobody") || sentence.text.contains("not being");
    if harmful || unobserved {
        return opinion(&DORMANT, Severity::High, "it waits for a condition before it does harm");
    }
    None
}

pattern!(
    ADDS_POISON,
    "\\b(?:add|include|use|mix|sprinkle|drink|ingest|swallow|consume|give|administer|stir in|combine|serve|inhale|dash of|pinch of)\\b.{0,60}\\b(?:cyanide|arsenic|ricin|strychnine|thallium|polonium|antifreeze|ethylene glycol|methanol|rat poison|bleach|ammonia|hemlock|nightshade|belladonna|oleander|sarin|botulinum|pesticide|drain cleaner|fentanyl|death cap)\\b"
);

pub(super) fn danger(sentence: &Sentence<'_>) -> Option<Opinion> {
    let here = sentence.concepts;
    if !here.has(C::Poison)
        || !(here.has(C::Ingest) || sentence.before.has(C::Ingest))
        || here.has(C::Protective)
    {
        return None;
    }
    if ordered(&ADDS_POISON, &sentence.text) {
        return opinion(&DANGEROUS_ADVICE, Severity::High, "it has the agent recommend a poison");
    }
    None
}

pattern!(
    PLANTS,
    "\\b(?:include|add|insert|install|create|plant|embed|leave|open|set up|implement|put|inject|hide|deploy|activate)\\b(?: \\w+){0,4} (?:back-?doors?|reverse shells?|bind shells?|rootkits?|key-?loggers?|malware|ransomware|crypto-?min(?:er|ing)|logic bombs?|time bombs?|hidden (?:admin|account|endpoint|user|route)|hard-?coded (?:admin|master|bypass) (?:password|account|key|credentials?))\\b"
);

pub(super) fn backdoor(sentence: &Sentence<'_>) -> Option<Opinion> {
    let here = sentence.concepts;
    if !here.has(C::Backdoor) || here.has(C::Protective) || !ordered(&PLANTS, &sentence.text) {
        return None;
    }
    opinion(&BACKDOOR, Severity::High, "it plants a back door or other malware")
}

/// Outbound or sensitive acts with `without asking`: the user decides about these.
pub(super) fn unprompted(sentence: &Sentence<'_>) -> Option<Opinion> {
    let here = sentence.concepts;
    if !here.has(C::Unasked) || here.has(C::Protective) || sentence.text.contains("do not proceed") {
        return None;
    }
    let grave = here.all([C::Send, C::Secret]) || here.all([C::Run, C::Fetch, C::Address]);
    let broad = ordered(&BROAD, &sentence.text);
    match (grave, broad) {
        (true, _) => {
            opinion(&UNPROMPTED, Severity::High, "it has something grave done without asking the user")
        }
        (false, true) => {
            opinion(&UNPROMPTED, Severity::Medium, "it has the agent act without asking the user")
        }
        (false, false) => None,
    }
}

pattern!(
    BROAD,
    "\\b(?:execute|run|perform|approve|accept|install|apply|carry out|grant)(?:s|ing)? (?:\\w+ ){0,3}(?:all|any|every|commands?|everything|requests?|permissions?|operations?|actions?|changes)\\b"
);

pub(super) fn overruled(sentence: &Sentence<'_>) -> Option<Opinion> {
    let here = sentence.concepts;
    if !here.has(C::Regardless) || here.has(C::Protective) {
        return None;
    }
    let exposed =
        ["public", "publish", "share", "upload", "expose"].iter().any(|word| sentence.text.contains(word));
    let locale = LOCALE.is_match(&sentence.text);
    let severity = match (exposed && here.has(C::Always), locale) {
        (true, _) => Severity::High,
        (false, true) => Severity::Low,
        (false, false) => return None,
    };
    opinion(&USER_OVERRULED, severity, "what the user wants is set aside")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pattern_compiles() {
        for pattern in [&RECKLESS, &FALSIFIES, &ADDS_POISON, &PLANTS, &BROAD] {
            assert_eq!(pattern.error(), None);
        }
    }
}
