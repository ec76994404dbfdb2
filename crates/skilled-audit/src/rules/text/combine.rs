//! Orders that are told by what comes together in them: an action, what it acts on, where to, when, and behind whose back.

use std::sync::LazyLock;

use regex::Regex;

use super::acts::{Act, Program};
use super::catalogue::{
    BACKDOOR, BIAS, CONCEALMENT, DANGEROUS_ADVICE, DESTRUCTION, DORMANT, EXFILTRATION, PAYMENT,
    REMOTE_INSTRUCTIONS, SABOTAGE, SECURITY_WEAKENED, SIDE_TASK, TRUSTED_CONTENT, UNPROMPTED, USER_OVERRULED,
};
use super::concept::{self, Concept as C};
use super::sentence::Sentence;
use super::weigh::weigh;
use crate::sink::Sink;
use crate::{RuleInfo, Severity};

/// What a rule says of one sentence.
struct Opinion {
    rule: &'static RuleInfo,
    severity: Severity,
    message: String,
}

#[expect(clippy::unnecessary_wraps, reason = "it is what every rule ends with")]
fn opinion(rule: &'static RuleInfo, severity: Severity, message: &str) -> Option<Opinion> {
    Some(Opinion { rule, severity, message: message.to_owned() })
}

/// Reports what comes together in a sentence and its surroundings.
pub(super) fn run(sentence: &Sentence<'_>, programs: &[Program<'_>], sink: &mut Sink) {
    if sentence.concepts.is_empty() {
        return;
    }
    let rules = [
        exfiltration,
        concealment,
        remote_instructions,
        destruction,
        payment,
        weakening,
        bias,
        sabotage,
        dormant,
        danger,
        backdoor,
        unprompted,
        overruled,
        unfair,
        skimming,
        reckless,
    ];
    let side_tasks = side_task(sentence, programs).into_iter().chain(side_command(sentence));
    for found in rules.into_iter().filter_map(|rule| rule(sentence)).chain(side_tasks) {
        let weight = weigh(sentence, found.severity);
        let place = (sentence.source, sentence.span.clone());
        sink.with(found.rule, weight.severity, weight.confidence, place, &found.message);
    }
}

/// Compiles the patterns of this file once; one that does not compile is caught by a test.
macro_rules! pattern {
    ($name:ident, $pattern:expr) => {
        static $name: LazyLock<Option<Regex>> = LazyLock::new(|| concept::compile($pattern));
    };
}

/// The first match that is an order.
fn ordered(pattern: &LazyLock<Option<Regex>>, text: &str) -> bool {
    let Some(pattern) = pattern.as_ref() else { return false };
    pattern.find_iter(text).any(|found| !concept::negated(text, found.start()))
}

pattern!(
    SENDS,
    "\\b(?:send|sends|upload|uploads|transmit|forward|forwards|exfiltrate|post|submit|push|sync|report|relay|leak|deliver|copy|back ?up|share|mirror|stream|ship|email|e-mail|make a backup|append|include|embed|encode|attach|curl|verify|validate|return|write|store|save)\\b"
);

/// Words of sentences that tell how something works.
const EXPLAINS: [&str; 6] = ["enables", "lets you", "let you", "uses internal", "there's no", "there is no"];

fn exfiltration(sentence: &Sentence<'_>) -> Option<Opinion> {
    let here = sentence.concepts;
    let near = here.with(sentence.before).with(sentence.announced);
    let explains = EXPLAINS.iter().any(|words| sentence.text.contains(words));
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
fn foreign_url(text: &str) -> bool {
    let Some(pattern) = URL.as_ref() else { return false };
    pattern.captures_iter(text).any(|found| {
        let host = found.get(1).or_else(|| found.get(2)).map_or("", |host| host.as_str());
        !known(host)
    })
}

/// Hosts where sending data is the point of most skills that name them.
fn known(host: &str) -> bool {
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
    "\\b(?:silently|covertly|secretly|stealthily|surreptitiously|without the user'?s? (?:knowledge|knowing|noticing|awareness)|hidden from the user|keep (?:this|these|it) (?:\\w+ ){0,2}(?:hidden|secret)|leave no trace|cover (?:your|up) tracks|(?:user|users) (?:should|must) (?:not|never) (?:know|notice|see|be (?:told|informed|aware)))\\b"
);

fn concealment(sentence: &Sentence<'_>) -> Option<Opinion> {
    let here = sentence.concepts;
    if !here.has(C::Conceal) {
        return None;
    }
    let secretly = ordered(&SECRETLY, &sentence.text);
    let acts = here.any([C::Send, C::Run, C::Destroy, C::Secret, C::RuleFile])
        || sentence.before.all([C::Send, C::Address]);
    let harmless = HARMLESS.as_ref().is_some_and(|pattern| pattern.is_match(&sentence.text));
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
    let from_user = KEPT_FROM.as_ref().is_some_and(|pattern| pattern.is_match(&sentence.text));
    match (secretly && acts, own_doing) {
        (true, _) => opinion(&CONCEALMENT, Severity::High, "it has something done behind the user's back"),
        (false, true) => opinion(&CONCEALMENT, Severity::High, "it hides what the skill does from the user"),
        (false, false) if from_user || secretly => {
            opinion(&CONCEALMENT, Severity::Medium, "it keeps something from the user")
        }
        (false, false) => None,
    }
}

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

fn remote_instructions(sentence: &Sentence<'_>) -> Option<Opinion> {
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
    let elsewhere = ELSEWHERE.as_ref().is_some_and(|pattern| pattern.is_match(&sentence.text));
    let fetches = FETCHES.as_ref().is_some_and(|pattern| pattern.is_match(&sentence.text));
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

fn destruction(sentence: &Sentence<'_>) -> Option<Opinion> {
    let here = sentence.concepts;
    if !here.has(C::Destroy) || !ordered(&DESTROYS, &sentence.text) {
        return None;
    }
    let warned = ["never", "not ", "don't", "flag", "--", "ask first", "explicit"]
        .iter()
        .any(|word| sentence.text.contains(word));
    let list_of_donts = sentence.before.any([C::Conceal])
        || DONTS.as_ref().is_some_and(|pattern| pattern.is_match(&sentence.heading));
    if here.has(C::Unasked) && !here.has(C::Protective) && !warned && !list_of_donts {
        return opinion(&DESTRUCTION, Severity::High, "it has things deleted without asking");
    }
    let unconditional = here.has(C::Always) || sentence.concepts.has(C::Regardless);
    let command = GRAVE.as_ref().is_some_and(|pattern| pattern.is_match(&sentence.text));
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
    let kept = WORTH.as_ref().is_some_and(|pattern| pattern.is_match(&sentence.text));
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
    "(?:reset --hard (?:head~|origin)|rm -\\w*rf?\\w* (?:/|~|\\$home|\\.|\\*)|push (?:\\w+ )*(?:--force|-f)\\b|clean -\\w*f\\w*d|mkfs|drop (?:database|table)|filter-branch)"
);
pattern!(
    WORTH,
    "\\b(?:all (?:\\w+ ){0,2}(?:files|other|emails|messages|data|events|records|branches|backups|versions|occurrences|future)|other (?:versions|copies|files)|the originals?|user'?s? (?:files|data|documents|home)|home directory|future occurrences|backups?|every file|every event|recurring)\\b"
);

fn payment(sentence: &Sentence<'_>) -> Option<Opinion> {
    let here = sentence.concepts;
    if !here.all([C::Pay, C::Money]) || !ordered(&PAYS, &sentence.text) || here.has(C::Protective) {
        return None;
    }
    let unasked = here.any([C::Unasked, C::Conceal]);
    let to_whom = TO_WHOM.as_ref().is_some_and(|pattern| pattern.is_match(&sentence.text));
    match (unasked, to_whom && here.has(C::Always)) {
        (true, _) => opinion(&PAYMENT, Severity::High, "it spends or moves money without asking"),
        (false, true) => {
            opinion(&PAYMENT, Severity::High, "it moves money to somebody as a matter of course")
        }
        (false, false) => None,
    }
}

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

fn weakening(sentence: &Sentence<'_>) -> Option<Opinion> {
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
    let leaves_out = LEAVES_OUT.as_ref().is_some_and(|pattern| pattern.is_match(text));
    let orders = opens || ordered(&WEAKENS, text) || leaves_out;
    if !orders || here.has(C::Protective) && !leaves_out {
        return None;
    }
    let order = opens
        || leaves_out && text.contains("make sure")
        || imperative(text) && here.any([C::Urgent, C::Always])
        || imperative(text) && (text.contains("globally") || text.contains("permanently"));
    let dismissed = imperative(text) && DISMISSES.as_ref().is_some_and(|pattern| pattern.is_match(text));
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

fn imperative(text: &str) -> bool {
    IMPERATIVE.as_ref().is_some_and(|pattern| pattern.is_match(text))
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
fn unfair(sentence: &Sentence<'_>) -> Option<Opinion> {
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
fn skimming(sentence: &Sentence<'_>) -> Option<Opinion> {
    if sentence.concepts.has(C::Protective) || !ordered(&SKIMS, &sentence.text) {
        return None;
    }
    opinion(&PAYMENT, Severity::High, "it takes money, or keeps what is needed to take it")
}

pattern!(
    RECKLESS,
    "\\b(?:(?:no need (?:to|for)|(?:do not|don't) (?:bother|need|create|make|take|keep|worry)|skip|skipping|without (?:creating|making|taking|any|a)|never (?:create|make|take)|omit|avoid) (?:\\w+ ){0,4}(?:back-?ups?|rollbacks?|rollback (?:scripts?|plans?|migrations?)|dry[- ]runs?|staging|down migrations?|encryption|access logs?|reviews?)|directly (?:on|in|to|against) (?:the )?production)\\b"
);

/// Care that is left out where data or others depend on it.
fn reckless(sentence: &Sentence<'_>) -> Option<Opinion> {
    let here = sentence.concepts;
    let text = &sentence.text;
    let pattern = RECKLESS.as_ref()?;
    if here.has(C::Protective) || !pattern.is_match(text) {
        return None;
    }
    let excuse = DISMISSES.as_ref().is_some_and(|pattern| pattern.is_match(text))
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

fn bias(sentence: &Sentence<'_>) -> Option<Opinion> {
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

fn sabotage(sentence: &Sentence<'_>) -> Option<Opinion> {
    if !ordered(&FALSIFIES, &sentence.text) || sentence.concepts.has(C::Protective) {
        return None;
    }
    opinion(&SABOTAGE, Severity::High, "it falsifies results or plants errors")
}

fn dormant(sentence: &Sentence<'_>) -> Option<Opinion> {
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

fn danger(sentence: &Sentence<'_>) -> Option<Opinion> {
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

fn backdoor(sentence: &Sentence<'_>) -> Option<Opinion> {
    let here = sentence.concepts;
    if !here.has(C::Backdoor) || here.has(C::Protective) || !ordered(&PLANTS, &sentence.text) {
        return None;
    }
    opinion(&BACKDOOR, Severity::High, "it plants a back door or other malware")
}

/// Outbound or sensitive acts with `without asking`: the user decides about these.
fn unprompted(sentence: &Sentence<'_>) -> Option<Opinion> {
    let here = sentence.concepts;
    if !here.has(C::Unasked) || here.has(C::Protective) || sentence.text.contains("do not proceed") {
        return None;
    }
    let grave = here.all([C::Send, C::Secret]) || here.all([C::Run, C::Fetch, C::Address]);
    let broad = BROAD.as_ref().is_some_and(|pattern| {
        pattern.find_iter(&sentence.text).any(|found| !concept::negated(&sentence.text, found.start()))
    });
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

fn overruled(sentence: &Sentence<'_>) -> Option<Opinion> {
    let here = sentence.concepts;
    if !here.has(C::Regardless) || here.has(C::Protective) {
        return None;
    }
    let exposed =
        ["public", "publish", "share", "upload", "expose"].iter().any(|word| sentence.text.contains(word));
    let locale = LOCALE.as_ref().is_some_and(|pattern| pattern.is_match(&sentence.text));
    let severity = match (exposed && here.has(C::Always), locale) {
        (true, _) => Severity::High,
        (false, true) => Severity::Low,
        (false, false) => return None,
    };
    opinion(&USER_OVERRULED, severity, "what the user wants is set aside")
}

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
fn side_task(sentence: &Sentence<'_>, programs: &[Program<'_>]) -> Option<Opinion> {
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
fn side_command(sentence: &Sentence<'_>) -> Option<Opinion> {
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
    let host = REQUESTS.as_ref()?.captures(&ahead)?.get(1)?.as_str();
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
        let all = [
            &SENDS,
            &URL,
            &KEPT_FROM,
            &SECRETLY,
            &FOLLOWS,
            &ELSEWHERE,
            &FETCHES,
            &DESTROYS,
            &GRAVE,
            &WORTH,
            &PAYS,
            &TO_WHOM,
            &WEAKENS,
            &LEAVES_OUT,
            &OPENS_UP,
            &IMPERATIVE,
            &SLANTS,
            &FALSIFIES,
            &ADDS_POISON,
            &PLANTS,
            &BROAD,
            &LOCALE,
            &HARMLESS,
            &DONTS,
            &USER_THINGS,
            &DISMISSES,
            &EVERY_TIME,
            &REQUESTS,
            &AS_A_RULE,
            &DISCRIMINATES,
            &UNFAIR,
            &SPREADS,
            &SKIMS,
            &RECKLESS,
        ];
        for (at, pattern) in all.into_iter().enumerate() {
            assert!(pattern.is_some(), "pattern {at}");
        }
    }
}
