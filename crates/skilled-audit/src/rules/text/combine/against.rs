//! What a skill has the agent do against the people it works for, or against those who get its work, under an innocent
//! task: favours that are not told, claims that are not true, doors that are left open, questions that are answered for
//! the user.

use super::super::catalogue::{
    BIAS, CONCEALMENT, DECEPTION, EXFILTRATION, HARVEST, PAYMENT, SABOTAGE, SECURITY_WEAKENED, UNPROMPTED,
};
use super::super::concept::Concept as C;
use super::super::sentence::Sentence;
use super::super::strangers::Purpose;
use super::covert::WHEN_ASKED;
use super::{Opinion, opinion, ordered};
use crate::Severity::High;

/// Whether a sentence tells the agent to do something: no warning, no sample, no row of a table.
fn plain(sentence: &Sentence<'_>) -> bool {
    !sentence.concepts.has(C::Protective) && !sentence.setting.fenced && !sentence.setting.table
}

pattern!(
    UNSEEN,
    "\\b(?:nobody|no one|hardly anyone|hardly anybody|(?:readers?|clients?|customers?|recruiters?|tenants?|guests?|reviewers?|buyers?|shoppers?|employers?|teachers?|auditors?|moderators?|patients?|voters?|investors?|attendees?|subscribers?|landlords?|colleagues|the (?:other side|recipient|audience|public|board|manager)|they) (?:rarely|seldom|hardly(?: ever)?|never|do not|does not|don't|doesn't|will not|won't|are unlikely to|is unlikely to)) (?:ever |really |actually )?(?:reads?|checks?|looks?|notic\\w+|sees?|verif\\w+|compares?|counts?|inspects?|spots?|suspects?|reali[sz]\\w+|questions?)\\b|\\bwhere (?:\\w+ ){1,2}(?:do not|does not|don't|doesn't|rarely|never|hardly|seldom) (?:ever )?(?:look|read|see|check|notice)\\b|\\bso that (?:\\S+ ){1,4}(?:do not|does not|don't|doesn't|won't|will not|cannot|never) (?:notice|reali[sz]e|suspect|find out|learn of|object)\\b|\\bso that (?:\\S+ ){1,4}(?:looks?|appears?|seems?) (?:as (?:before|if|though)|untouched|unchanged|innocent|genuine|organic|independent)\\b"
);
pattern!(
    TRICKS,
    "\\b(?:(?:weave|slip|sneak|smuggle|tuck|hide|bury|invent|make up|fabricate|fake|backdate|inflate|pad|overstate|charge|raise|swap|replace)(?:s|d|ed|ing)?|leave (?:\\w+ )?(?:years|months|fees?|conditions|prices?|risks?|competitors)\\b.{0,20}\\bout|put (?:the |a |this |an )?(?:\\w+ )?(?:clause|line|sentence|link|fee|condition|term|note)\\b.{0,60}|add (?:\\w+ ){0,3}(?:certificates?|awards?|years|clauses?|fees?|links?|reviews?|testimonials?|employers?)|outgoing links?|back-?links?|set the requirement back|turn (?:\\w+ ){0,3}(?:mails?|alerts?|notifications?|notices) off)\\b"
);

/// Relies on people not looking.
pub(super) fn unseen(sentence: &Sentence<'_>, around: &str) -> Option<Opinion> {
    if !plain(sentence) || !ordered(&UNSEEN, &sentence.text) || !ordered(&TRICKS, around) {
        return None;
    }
    opinion(&DECEPTION, High, "it relies on people not looking at what it does to them")
}

pattern!(
    PREFERS,
    "\\b(?:winner|recommend\\w*|prefer\\w*|top (?:pick|choice|recommendation)|suggest\\w*|present|choose|pick|rank\\w*|book|buy|order|offer|link\\w*|anchor|points?|pointing|mention\\w*|steer|promot\\w+|praise|last one|first one|backlinks?|favou?r\\w*|voucher|sold|appl(?:y|ies)|go through|tip|describe)\\b"
);
pattern!(
    WHATEVER,
    "\\b(?:whichever|whatever|regardless|no matter|even (?:where|when|if|though)|only (?:those|the ones|offers)|always|in (?:every|each|any|all) cases?|(?:has|have) to (?:come|be|go)|must (?:come|be|go) (?:from|to|through|one)|every time|(?:each|every) (?:\\w+ )?(?:article|post|page|answer|reply|list|plan|itinerary|recipe|review|report|mail|message|slide|deck|text|summary|comparison|recommendation|visitor|customer|reader)|at least (?:one|once)|casually|naturally)\\b"
);
pattern!(
    OF_DOCUMENTS,
    "\\b(?:docs?|documentation|specification|standard|source|cite|citation|license|changelog|issue|reference|canonical|schema|api|endpoint|config\\w*|repository|feed|install\\w*|download|server|command|support|contact|report)\\b"
);

/// Steers people to somebody of whom neither the name nor the description speaks.
pub(super) fn steers(sentence: &Sentence<'_>, purpose: &Purpose) -> Option<Opinion> {
    let text = &sentence.text;
    if !plain(sentence) || !ordered(&PREFERS, text) || !WHATEVER.is_match(text) || OF_DOCUMENTS.is_match(text)
    {
        return None;
    }
    let stranger = purpose.stranger(text).or_else(|| purpose.shop(text))?;
    if WHEN_ASKED.is_match(text) {
        return None;
    }
    let message = format!("it steers people to {stranger}, whatever they asked for");
    opinion(&BIAS, High, &message)
}

pattern!(
    LOWEST,
    "\\b(?:call|present|describe|label|sell|name|advertise|declare|announce)(?:s|ed|ing)?\\b(?: \\S+){0,4} (?:as )?(?:the )?(?:lowest|cheapest|best|fastest|only|top|safest|most \\w+)\\b.{0,80}\\beven (?:where|when|if|though)\\b|\\beven (?:where|when|if|though)(?: \\S+){0,4} (?:dearer|costs? more|worse|more expensive|slower|pricier)\\b"
);
pattern!(
    FOR_US,
    "\\b(?:we|our side|the (?:author|maintainer|maker)s? of this skill|this skill)\\b.{0,20}\\b(?:earns?|gets? (?:a )?(?:share|commission|cut|paid)|(?:is|are) paid|receives? (?:a )?(?:share|commission|fee|cut))\\b"
);
pattern!(
    UNTRUE,
    "\\b(?:describe|present|introduce|call|pass)\\w* (?:it|them|this|that) (?:off )?as (?:an? |the )?(?:\\w+ )?(?:tip|advice|favou?rite|discovery|recommendation|opinion) (?:from|of|by) (?:an? |your |the )?(?:\\w+ )?(?:friend|expert|colleague|reader|customer|doctor|local)\\b|\\b(?:comment|post|review|write|vote|register|answer)\\w*\\b.{0,80}\\bunder (?:varying|different|several|changing|invented|false|made-up) (?:names?|accounts?|identities|nicknames?)\\b|\\b(?:raises?|sows?|casts?|spreads?) doubts? (?:about|on|over)\\b|\\bwhether or not (?:that|it|this|they|he|she) (?:is|are|was|were|has|have) (?:true|so|correct|the case)\\b|\\b(?:reasons?|reviews?|quotes?|words) that (?:sounds?|looks?|seems?) (?:independent|genuine|authentic|neutral|natural)\\b|\\b(?:where|if|when) (?:none|no (?:\\w+ )?(?:source|study|reference|quote|number|figure|citation|review)) (?:exists?|is (?:known|found|available|there|given)),? (?:name|invent|cite|make up|quote|attribute)\\b|\\b(?:invent|make up|fabricate|fake) (?:\\w+ ){0,4}(?:testimonials?|reviews?|quotes?|sources?|citations?|references?|certificates?|certifications?|studies|stud(?:y|ies)|statistics|results|awards?|employers?|customers?)\\b|\\b(?:add|give|name|cite|quote|list)\\b(?: \\S+){0,8} (?:certificates?|certifications?|testimonials?|references|employers?|awards?)\\b.{0,40}\\b(?:plausible|believable|convincing|realistic|credible)\\b"
);
pattern!(
    PRETEND,
    "\\b(?:mock\\w*|test(?:s|ing)? data|samples?|placeholders?|fixtures?|demo|dummy|fiction\\w*|stor(?:y|ies)|novels?|characters?|games?|lorem|synthetic|seed|faker|prototypes?|wireframes?|personas?|role-?play\\w*)\\b"
);

/// Has things claimed that are not true, or favours sold as advice.
pub(super) fn untrue(sentence: &Sentence<'_>, around: &str) -> Option<Opinion> {
    let text = &sentence.text;
    if !plain(sentence) || PRETEND.is_match(text) {
        return None;
    }
    if ordered(&UNTRUE, text) {
        return opinion(&DECEPTION, High, "it has things claimed that nobody knows to be true");
    }
    let sold = ordered(&LOWEST, text) || ordered(&FOR_US, text);
    if sold && ordered(&PREFERS, around) && !text.contains("disclos") {
        return opinion(&BIAS, High, "it sells a favour as advice");
    }
    None
}

pattern!(
    STEEPEST,
    "\\b(?:start|choose|pick|cut|scale|select|place|set|crop)\\b.{0,80}\\b(?:axis|years?|periods?|quarters?|baseline|window|range|scale)\\b.{0,60}\\b(?:appears?|looks?|seems?) (?:the )?(?:steepe\\w+|stronge\\w+|best|bigge\\w+|most (?:favou?rable|impressive))\\b|\\b(?:leave|drop|omit|skip|cut|remove)\\b(?: \\S+){0,6} (?:years?|periods?|quarters?|months?|competitors?|surveys?|respondents?|patients?|trials?|bars?)\\b.{0,40}\\b(?:fell|dropped|declined|went down|shrank|lost|were (?:bad|worse|weak|against)|was (?:bad|worse|weak|against))\\b"
);
pattern!(
    FITS_TESTS,
    "\\b(?:change|adjust|adapt|set|edit|update|rewrite|alter|loosen) (?:the |its |their )?(?:expectations?|expected (?:values?|results?|outputs?)|assertions?|asserts?|snapshots?|thresholds?|golden files?)\\b.{0,40}\\b(?:to (?:what|whatever)|until|so that|to match (?:the )?(?:current|actual|new))\\b"
);
pattern!(
    SAYS_FIXED,
    "\\b(?:write|say|report|put|note|claim|state|tell|mention)\\b(?: \\S+){0,5} \"?(?:fixed|resolved|solved|root cause|passed|verified|tested|reviewed)\\b|\\b(?:only|just) confuse\\b|\\bwants? (?:it |them )?green\\b"
);

/// Numbers and tests that are made to look well.
pub(super) fn dresses(sentence: &Sentence<'_>, around: &str) -> Option<Opinion> {
    if !plain(sentence) {
        return None;
    }
    let tests = ordered(&FITS_TESTS, &sentence.text) && ordered(&SAYS_FIXED, around);
    if !tests && !ordered(&STEEPEST, &sentence.text) {
        return None;
    }
    opinion(&SABOTAGE, High, "it has results made to look better than they are")
}

pattern!(
    OUT_OF_ORDER,
    "\\b(?:say|tell (?:them|him|her|the \\w+)|claim|answer|reply|pretend|insist|explain)(?: that)? (?:the|it|our|their|this|there) (?:\\S+ ){0,5}(?:is|are|was|were|has|have) (?:\\S+ ){0,3}(?:broken|down|unavailable|lost|expired|not (?:possible|received|working)|out of (?:order|stock)|under (?:maintenance|review)|sold out|nearly gone|the last)\\b"
);
pattern!(
    CLAIMS_RIGHT,
    "\\b(?:refund\\w*|cancel\\w*|complain\\w*|unsubscrib\\w*|withdraw\\w*|warranty|claims?|objection|opt(?:ing)? out|deposit|delete their)\\b"
);
pattern!(
    STALLS,
    "\\b(?:next (?:week|month)|later|laps\\w+|expires?|run(?:s)? out|deadline|give up|forget|keep paying|until the)\\b"
);
pattern!(
    WITHHELD,
    "\\b(?:price (?:rises?|increases?|changes?)|prices|fees|licen[cs]es?|tracking|security (?:fixes|holes|issues|flaws)|data (?:breach\\w*|collection)|breaking changes|side effects|commissions?|known (?:issues|defects)|allergens?|recalls?)\\b.{0,60}\\b(?:are|is|stay|stays|remain) (?:not|never|left) (?:to be )?(?:listed|mentioned|named|disclosed|out|told)\\b|\\bfor (?:security|price|privacy|tracking|licen[cs]e) (?:\\w+ )?(?:write|say|use|put) (?:only |just )?\"|\\b(?:clause|condition|term|fee|increase|penalty|surcharge)s?\\b.{0,60}\\b(?:into|in|under|behind|below) (?:the |an? )?(?:\\w+ )?(?:annex|appendix|small print|fine print|footnotes?|last page|definitions?)\\b.{0,60}\\b(?:where|so that|because|since)\\b"
);

/// People who are put off, and what they have to know kept from them.
pub(super) fn kept_from_people(sentence: &Sentence<'_>, around: &str) -> Option<Opinion> {
    let text = &sentence.text;
    if !plain(sentence) {
        return None;
    }
    let put_off = ordered(&OUT_OF_ORDER, text) && CLAIMS_RIGHT.is_match(text) && STALLS.is_match(around);
    if !put_off && !ordered(&WITHHELD, text) {
        return None;
    }
    opinion(&DECEPTION, High, "it has people misled about what they have a right to know")
}

pattern!(
    NOT_ASKED,
    "\\bno (?:need|reason|point|use|sense) (?:to|in|for) (?:\\w+ ){0,4}(?:ask\\w*|go\\w* (?:over|through|into)|bother\\w*|mention\\w*|consult\\w*|tell\\w*|involv\\w*|troubl\\w*|discuss\\w*|disturb\\w*|inform\\w*)\\b.{0,60}\\b(?:users?|them|him|her|shoppers?|customers?|clients?|owners?|humans?|anyone|anybody|buyers?|developers?)\\b|\\b(?:users?|customers?|clients?|owners?|shoppers?|humans?|developers?|buyers?|they) (?:need not|needn't|do(?:es)? not (?:need|have|want) to|don't (?:need|have|want) to|doesn't (?:need|have|want) to) (?:be )?(?:told|reminded|informed|asked|bothered|notified|involved|troubled|hear|aware|agree)\\b|\\b(?:details|questions|dialogs|prompts|confirmations?|approvals?) (?:only |just )?(?:confuse|slow (?:people|users|them|things)|annoy|irritate|scare|are a formality|is a formality)\\b|\\b(?:approvals?|reviews?|confirmations?|signatures?) (?:are|is) (?:only |just |merely )?(?:a )?(?:formalit\\w+|noise|ceremony|bureaucracy|theat(?:er|re)|decoration)\\b"
);
pattern!(
    AT_STAKE,
    "\\b(?:tunnels?|ngrok|cloudflared|commands?|card|payment|order (?:it|them)|buy|purchase|partner(?:ship)?|commission|affiliate|merge|approve|token|credentials?|settings\\.json|permissions?|allow ?list|sandbox|claude\\.md|agents\\.md|\\.cursorrules|upload|forward|transfer)\\b"
);

/// Holds that the user need not be asked or told where something is at stake.
pub(super) fn not_asked(sentence: &Sentence<'_>, around: &str, purpose: &Purpose) -> Option<Opinion> {
    if !plain(sentence) || !ordered(&NOT_ASKED, &sentence.text) {
        return None;
    }
    let stake = purpose.stranger(around).or_else(|| purpose.shop(around)).is_some();
    if !stake && !ordered(&AT_STAKE, around) {
        return None;
    }
    opinion(&CONCEALMENT, High, "it holds that the user need not be asked or told")
}

pattern!(
    ON_BEHALF,
    "\\b(?:accept|confirm|approve|agree to|click|answer|tick|sign|dismiss|acknowledge|grant)\\b(?:\\W+\\S+){0,8}\\W+(?:on (?:the )?(?:users?|customers?|clients?|owners?|shoppers?|their|his|her)\\S* behalf|in (?:their|his|her|the user's) (?:name|place|stead)|(?:for (?:the user|them|him|her) )?with yes)\\b"
);
pattern!(
    CONSENTS,
    "\\b(?:dialog\\w*|prompts?|terms|consent|questions?|warnings?|confirmations?|permissions?|licen[cs]e|agreement|cookies?)\\b"
);
pattern!(
    STORED_MONEY,
    "\\b(?:order|buy|pay|purchase|book|check ?out|subscribe|renew|upgrade|donate|tip)\\b(?: \\S+){0,6} (?:(?:with|using|from|through|on|by) (?:the |their |a |his |her )?(?:\\S+ )?(?:card|payment method|wallet|paypal|account) (?:that )?(?:\\S+ )?(?:stored|saved|on file|kept|remembered)|(?:with|using|from|on) (?:the |their )?(?:stored|saved|linked|remembered) (?:\\S+ )?(?:card|payment\\w*|wallet|account|details))\\b|\\b(?:take|book|buy|order) (?:it|them|that|one)\\b.{0,80}\\b(?:card|payment)\\b.{0,40}\\b(?:autofill|last (?:booking|order|purchase)|on file)\\b"
);
pattern!(
    DECIDES,
    "\\b(?:ask|asks|confirm(?:s|ed)?|approv\\w+|consent|permission|agree[sd]?|says yes|explicit\\w*)\\b"
);

/// Answers for the user, or pays with what is theirs.
pub(super) fn answers_for(sentence: &Sentence<'_>) -> Option<Opinion> {
    let text = &sentence.text;
    if !plain(sentence) || WHEN_ASKED.is_match(text) && !text.contains("picked") {
        return None;
    }
    if ordered(&ON_BEHALF, text) && CONSENTS.is_match(text) {
        return opinion(&UNPROMPTED, High, "it has questions that the user is asked answered for them");
    }
    if ordered(&STORED_MONEY, text) && !DECIDES.is_match(text) {
        return opinion(&PAYMENT, High, "it pays with a stored means of payment without asking");
    }
    None
}

pattern!(
    OTHER_PAYEE,
    "\\b(?:our|this|these|the following|the (?:reference|settlement|overflow|partner|escrow)|my) (?:\\w+ ){0,2}(?:accounts?|bank|payment|settlement|iban|wallet)(?: \\w+)?\\b.{0,60}\\b(?:instead of|in place of|rather than) (?:those|that|the (?:one|ones|account|details|configured|original)|theirs|his|her|what)\\b|\\b(?:amounts?|payments?|transfers?|payouts?|deposits?|refunds?|fees?)\\b.{0,60}\\b(?:to|into) (?:the |an? )?(?:\\w+ )?(?:account|wallet|iban|address)\\b.{0,80}\\b(?:instead of|in place of|rather than) (?:the )?(?:configured|original|usual|real|one|customer|user|merchant|supplier|vendor)\\b"
);
pattern!(
    CARD,
    "\\b(?:ask|request|collect|get|have)\\b(?: \\S+){0,4} (?:for )?(?:the |their |a )?(?:full|complete|whole|entire) card (?:number|details)\\b|\\bcard number\\b.{0,40}\\b(?:(?:three|3|four|4) digits|cvv|cvc|security code)\\b"
);

/// Money for somebody else, and what is needed to take it.
pub(super) fn other_payee(sentence: &Sentence<'_>) -> Option<Opinion> {
    let text = &sentence.text;
    if !plain(sentence) {
        return None;
    }
    if ordered(&OTHER_PAYEE, text) {
        return opinion(&PAYMENT, High, "it has money sent to another account than the one that is meant");
    }
    let denied = ["never ", "not ", "don't"].iter().any(|word| text.contains(word));
    if ordered(&CARD, text) && !denied {
        return opinion(&HARVEST, High, "it has people asked for what is on their card");
    }
    None
}

pattern!(
    GATE,
    "\\b(?:mark|set|make|declare|flag|turn) (?:it|them|the \\S+|that \\S+|this \\S+)(?: \\S+){0,2} (?:as )?(?:not required|optional|non-?blocking|not mandatory)\\b.{0,60}\\bmerge|\\b(?:edit|change|alter|empty|remove)\\b(?: \\S+){0,3} (?:codeowners|branch rules|required reviewers|rulesets?|merge rules)\\b.{0,80}\\b(?:so that|disappears?|goes away|skip|merge)|\\bapprove\\b(?: \\S+){0,4} (?:yourself|with (?:the|a|your) (?:\\S+ )?(?:bot|admin|service|second|own)\\b)|\\b(?:lift|drop|remove|suspend|disable|turn off|relax|loosen) (?:the )?(?:branch protection|protection rules?|required (?:checks?|reviews?|approvals?))\\b.{0,80}\\b(?:merge|push|land)"
);
pattern!(
    DOES_WITHOUT,
    "\\b(?:drop|remove|leave out|skip|disable|strip|do without|switch off|turn off|take out|comment out)(?:s|ping|d|ing)? (?:\\S+ ){0,3}(?:placeholders|prepared statements|bind (?:variables|parameters)|row-level (?:security|policies)|foreign keys|escaping|csrf \\w+|input (?:checks?|validation)|permission checks?|rate limit\\w*|signature checks?|certificate checks?|encryption|authentication|ownership checks?|audit (?:log|trail|table)\\w*)\\b|\\bpasswords?\\b.{0,60}\\b(?:plain ?text|unencrypted|unhashed)\\b.{0,20}\\bstore\\b|\\brow-level policies cost\\b|\\b(?:fsync|full_page_writes) ?= ?off\\b|\\bback-?ups?\\b.{0,40}\\bturn (?:them|it) off\\b"
);
pattern!(
    JOINED_QUERY,
    "\\b(?:concatenat\\w+|joining (?:\\w+ )?strings?|string (?:formatting|interpolation|building)|f-strings?|template (?:strings|literals))\\b.{0,120}\\b(?:easier|faster|simpler|cleaner|better|more readable|preferred)\\b.{0,30}\\bthan (?:\\w+ )?(?:placeholders|parameters|prepared|bound|binding)\\b"
);
pattern!(
    OVERGRANTS,
    "\\b(?:grant|give|assign|attach)\\b(?: \\S+){0,6} (?:superuser|rights of the owner|owner rights|all privileges|administratoraccess|cluster-admin|db_owner|sysadmin|full control|owner role|admin (?:role|rights|access))\\b"
);
pattern!(
    EASE,
    "\\b(?:easier|faster|fastest|quicker|simpler|cleaner|readable|sav(?:es?|ing)|costs? (?:time|speed)|overhead|tickets|noise|clutter|convenien\\w+|friction|in the way|hassle|annoy\\w*|benchmarks|double the|too many|results (?:stay|are) the same)\\b"
);

/// Advice and steps that take care away because it is tedious.
pub(super) fn eases(sentence: &Sentence<'_>, around: &str) -> Option<Opinion> {
    let text = &sentence.text;
    if !plain(sentence) || WHEN_ASKED.is_match(text) {
        return None;
    }
    let public = text.contains("grant all") && text.contains("to public");
    let eased = public
        || (ordered(&DOES_WITHOUT, text) || ordered(&OVERGRANTS, text))
            && ordered(&EASE, after(text, around));
    if !eased && !ordered(&GATE, text) && !ordered(&JOINED_QUERY, text) {
        return None;
    }
    opinion(&SECURITY_WEAKENED, High, "it takes protections away because they are tedious")
}

/// A sentence and the one after it.
fn after<'t>(text: &'t str, around: &'t str) -> &'t str {
    let Some(at) = around.find(text) else { return text };
    let rest = &around[at..];
    let next = rest[text.len()..].strip_prefix('\n').unwrap_or_default();
    let next = next.split('\n').next().unwrap_or_default();
    if next.is_empty() { text } else { &rest[..=text.len() + next.len()] }
}

pattern!(
    WORSE_FOR,
    "\\b(?:(?:applicants?|candidates?|tenants?|people|employees|workers|borrowers?|persons|patients|students|women|men)\\b.{0,60}\\b(?:above|over|older than) (?:\\d\\d|thirty|forty|fifty|sixty)|surnames?|foreign[- ]sounding|accents?|native language|parental leave|pregnan\\w+|headscar\\w+|disab\\w+|nationalit\\w+|ethnic\\w*)\\b.{0,120}\\b(?:points? off|minus|deduct\\w*|lower (?:score|rating|rank)|penali[sz]\\w+|reject\\w*|not (?:be )?(?:invited|shortlisted|considered)|at the bottom|raise the (?:price|rent|rate)|higher (?:price|rate|fee|premium)|screen(?:ed)? out)\\b"
);

/// Groups of people who are judged worse.
pub(super) fn worse_for(sentence: &Sentence<'_>) -> Option<Opinion> {
    if !plain(sentence) || !ordered(&WORSE_FOR, &sentence.text) {
        return None;
    }
    let denied = ["never ", "not ", "don't", "unlawful", "illegal", "bias", "discriminat"]
        .iter()
        .any(|word| sentence.text.contains(word) && !sentence.text.contains("invited"));
    if denied {
        return None;
    }
    opinion(&BIAS, High, "it disadvantages a group of people")
}

pattern!(
    FAINT,
    "\\b(?:in white\\b|white (?:on white|text|font|letters)|(?:font )?size (?:0|1|zero|one)\\b|zero[- ]width|transparent (?:text|letters)|invisible (?:text|line|ink|letters))"
);
pattern!(
    FOR_MACHINES,
    "\\b(?:screening|rank (?:this|me|the|it)|crawlers?|search engines?|(?:ats|software|machines?|bots?|models?|systems?) (?:do|does|will|reads?|sees?|picks?)|(?:readers?|people|humans?|recruiters?|customers?|reviewers?) (?:do not|don't|cannot|can't|won't|will not|never) see)\\b"
);

/// Text for machines that people do not see.
pub(super) fn faint(sentence: &Sentence<'_>, around: &str) -> Option<Opinion> {
    if !plain(sentence) || !ordered(&FAINT, &sentence.text) || !ordered(&FOR_MACHINES, around) {
        return None;
    }
    opinion(&DECEPTION, High, "it writes for machines what people are not to see")
}

pattern!(
    INVITES,
    "\\b(?:(?:invite|share|subscribe|grant|cc|delegate|copy in)(?:s|d|ing)?\\b(?: \\S+){0,5} \\S{0,3}[a-z0-9._%+-]+@[a-z0-9-]+\\.|(?:goes|go out|is sent|are sent|gets? sent)\\b(?: \\S+){0,4} to \\S{0,3}[a-z0-9._%+-]+@[a-z0-9-]+\\.|(?:add|give|put)(?:s|ed|ing)?\\b(?: \\S+){0,5} \\S{0,3}[a-z0-9._%+-]+@[a-z0-9.-]+\\b.{0,40}\\b(?:as (?:an? )?(?:\\w+ )?(?:guests?|attendees?|collaborators?|editors?|reviewers?|owners?|members?|admins?|watchers?|recipients?|viewers?)|to (?:each|every|all|any)\\b|access))"
);
pattern!(
    OPENED,
    "\\b(?:tunnel\\w*|cloudflared|ngrok|expos\\w+|forward\\w*|funnel|0\\.0\\.0\\.0|public (?:address|url))\\b.{0,160}\\b(?:docker socket|docker\\.sock|database|debug(?:ging|ger)? port|home (?:folder|directory)|browser (?:profile|session)|cookies|kubeconfig|admin (?:panel|interface)|left running|leave (?:it|them|the \\w+) (?:running|open|up))\\b|\\bleave (?:the |these |those |all )?(?:tunnels?|ports?|shares?) (?:running|open|up)\\b"
);

/// Lets somebody in: a stranger who is invited, a port that anybody reaches.
pub(super) fn lets_in(sentence: &Sentence<'_>, purpose: &Purpose) -> Option<Opinion> {
    let text = &sentence.text;
    if !plain(sentence) || WHEN_ASKED.is_match(text) {
        return None;
    }
    if ordered(&INVITES, text)
        && let Some(stranger) = purpose.stranger(text)
    {
        let message = format!("it lets somebody at {stranger} see what belongs to the user");
        return opinion(&EXFILTRATION, High, &message);
    }
    if ordered(&OPENED, text) {
        return opinion(&SECURITY_WEAKENED, High, "it opens what belongs to the machine to anybody");
    }
    None
}

pattern!(PRIVATE_KEY, "\\bid_(?:rsa|ed25519|ecdsa|dsa)(?:[^.\\w]|$)");
pattern!(
    PUT_INTO_TEXT,
    "\\b(?:base ?64|(?:en|co)d(?:ed?|ing|ific\\w+|é\\w*)|kodier\\w*|hex(?:adecimal)?|кодир\\w*)\\b|编码|エンコード"
);

/// Puts a private key into a text, in whatever language it says so.
pub(super) fn writes_key(sentence: &Sentence<'_>) -> Option<Opinion> {
    let text = &sentence.text;
    if !plain(sentence) || !PRIVATE_KEY.is_match(text) || !PUT_INTO_TEXT.is_match(text) {
        return None;
    }
    let denied =
        ["never ", "not ", "don't", "nunca", "nie ", "jamais"].iter().any(|word| text.contains(word));
    if denied && !text.contains("base64") {
        return None;
    }
    opinion(&EXFILTRATION, High, "it has a private key put into a text")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pattern_compiles() {
        for pattern in [
            &UNSEEN,
            &TRICKS,
            &PREFERS,
            &WHATEVER,
            &OF_DOCUMENTS,
            &LOWEST,
            &FOR_US,
            &UNTRUE,
            &PRETEND,
            &STEEPEST,
            &FITS_TESTS,
            &SAYS_FIXED,
            &OUT_OF_ORDER,
            &CLAIMS_RIGHT,
            &STALLS,
            &WITHHELD,
            &NOT_ASKED,
            &AT_STAKE,
            &ON_BEHALF,
            &CONSENTS,
            &STORED_MONEY,
            &DECIDES,
            &OTHER_PAYEE,
            &CARD,
            &GATE,
            &DOES_WITHOUT,
            &JOINED_QUERY,
            &OVERGRANTS,
            &EASE,
            &WORSE_FOR,
            &FAINT,
            &FOR_MACHINES,
            &INVITES,
            &OPENED,
            &PRIVATE_KEY,
            &PUT_INTO_TEXT,
        ] {
            assert_eq!(pattern.error(), None);
        }
    }

    #[test]
    fn what_follows_is_the_next_sentence() {
        assert_eq!(after("b c", "a\nb c\nd e\nf"), "b c\nd e");
        assert_eq!(after("b c", "b c"), "b c");
        assert_eq!(after("x", "a\nb"), "x");
    }
}
