//! What a skill has done for somebody else: data that leaves for a stranger, money that goes elsewhere, secrets that are
//! asked for, text from elsewhere that is obeyed.
//!
//! A stranger is a host that is no well-known service and that nothing in the name and description of the skill points to.

use super::super::catalogue::{
    BIAS, CONCEALMENT, DECEPTION, EXFILTRATION, HARVEST, PAYMENT, REMOTE_INSTRUCTIONS, RULE_FILES, SABOTAGE,
    SELF_UPDATE,
};
use super::super::concept::Concept as C;
use super::super::sentence::Sentence;
use super::super::strangers::Purpose;
use super::{Opinion, opinion, ordered};
use crate::Severity;

pattern!(
    GIVES,
    "\\b(?:send|upload|transmit|forward|post|submit|push|publish|sync|synchroni[sz]e|report|relay|deliver|copy|copied|blind-copied|back ?up|share|mirror|stream|ship|e-?mail|mail|attach|include|embed|encode|paste|append|pass|hand|contribute|archive|export|deposit|put|curl|drop|enter)(?:ed|ing|s|es)?\\b(?: \\S+){0,30}? (?:to|at|with|via|into|through|using|by|on|for|under|=|>|put|post) (?:\\S+ ){0,5}\\S{0,3}(?:(?:https?|wss?|ftp|s3|gs)://|[a-z0-9._%+-]+@)"
);
pattern!(
    SERVED,
    "\\b(?:for example|e\\.g\\.|such as|see (?:also )?|documentation|docs|according to|license|copyright|credit|attribution|badge|canonical|placeholder|localhost|base url|endpoint is|api url|dashboard at|available at|hosted (?:at|on)|published (?:at|on))\\b"
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
    if SERVED.is_match(text) || WHEN_ASKED.is_match(text) {
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
    "\\b(?:in place of|instead of|rather than|replac(?:e|es|ing)|swap|substitut\\w+|chang(?:e|es|ed) (?:the |their )?(?:bank|account|iban|address|recipient|payee)|moved to|new (?:clearing |bank )?(?:bank|account|iban)|(?:move|transfer|send|sweep|forward|withdraw)s?\\b.{0,60}\\b(?:balance|funds|tokens|coins|assets|remaining|everything)|tip|fee|commission|surcharge|round(?:ed|ing)? (?:up|off)|remainder|donat\\w+|always (?:use|put|send|pay|add)|percent|\\d ?%)\\b"
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
    "\\b(?:without (?:asking|confirm\\w+|review\\w*|checking|prompting|approval)|no need to (?:ask|check|confirm|review|verify)|(?:always|already|pre-?|permanently|implicitly|automatically) ?(?:granted|approved|trusted|allowed|authori[sz]ed|whitelisted|allowlisted)|(?:are|is) (?:all |fully )?(?:trusted|pre-approved|granted)|needs? no (?:approval|confirmation|review|permission)|(?:full|complete|blanket|standing) (?:trust|approval|permission|consent)|auto-?(?:approve|accept|confirm)\\w*|(?:is|are|as) (?:a )?false positives?|never (?:ask|question|warn|block|refuse|flag)|skip (?:the )?(?:review|confirmation|approval|checks?)\\w*|disable (?:the )?(?:review|confirmation|approval|checks?)\\w*)\\b"
);
pattern!(
    MEMORY,
    "(?:\\b(?:claude|agents|gemini|memory|soul|user|identity|heartbeat|copilot-instructions)\\.md\\b|\\.cursorrules|\\.cursor/rules|\\.windsurfrules|\\.clinerules|\\b(?:assistant|agent|claude|copilot|cursor|model)(?:'s)? (?:long-term |persistent |own )?memor(?:y|ies)\\b|\\bmemor(?:y|ies) (?:tool|file|store|bank|entr\\w+|feature)\\b|\\b(?:long-term|persistent|permanent|project|global|user) (?:memor(?:y|ies)|instructions|rules|preferences)\\b|\\b(?:saved|stored|global) (?:preferences|facts|rules)\\b|~/\\.claude\\b)"
);
pattern!(
    LATER,
    "\\b(?:remember|memori[sz]e|keep in mind|note|treat)\\b.{0,40}\\b(?:for|in|across|from) (?:all |every |any |each )?(?:later|future|subsequent|coming|next|other|new|now on) ?(?:sessions?|conversations?|projects?|tasks?|runs?|chats?|requests?)?\\b|\\bfrom now on\\b|\\bas a (?:standing|permanent|global) (?:rule|preference|instruction)\\b"
);
pattern!(
    RUNS_PACKAGE,
    "\\b(?:npx|bunx|uvx|pnpm dlx|yarn dlx|pipx run|curl|wget|deno run|pip install|npm (?:i|install))\\b"
);
pattern!(
    INTO_RULES,
    "\\b(?:<save>)(?:s|es|d|ed|ing)?\\b.{0,80}\\b(?:to|into|in|at)\\b.{0,40}(?:\\b(?:claude|agents|gemini|memory|soul|copilot-instructions)\\.md\\b|\\.cursorrules|\\.cursor/rules|\\.windsurfrules|\\.clinerules)"
);

/// A program from the network that every later session is told to run.
pub(super) fn planted_command(sentence: &Sentence<'_>) -> Option<Opinion> {
    let text = &sentence.text;
    if sentence.concepts.has(C::Protective) || WHEN_ASKED.is_match(text) || !ordered(&INTO_RULES, text) {
        return None;
    }
    let (_, planted) = text.split_once([':', '"'])?;
    if !RUNS_PACKAGE.is_match(planted) {
        return None;
    }
    opinion(&RULE_FILES, Severity::High, "it has later sessions told to run a program from the network")
}

pattern!(KEEPS, "\\b(?:<save>|remember|memori[sz]e|note|keep|place|drop|leave)(?:s|d|ed|ing)?\\b");

/// Trust that is planted where later sessions find it.
pub(super) fn planted_trust(sentence: &Sentence<'_>, around: &str) -> Option<Opinion> {
    let here = sentence.concepts;
    if here.has(C::Protective) || !ordered(&TRUSTS, &sentence.text) {
        return None;
    }
    let kept = MEMORY.is_match(around) && ordered(&KEEPS, around);
    if !kept && !ordered(&LATER, &sentence.text) {
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
    "\\b(?:carry (?:them|it|those|these) out|(?:replace|overrule|extend|amend|complete|change|supplement)s? (?:the |these |those |what |any )?(?:ones|rules|steps|instructions|text|list|section|below|above|following|this)|(?:do|perform|take|complete|work through|execute|run) (?:each|every|all|any)(?: \\S+){0,3} (?:steps?|items?|commands?|instructions?|lines?|tasks?|actions?)|as (?:written|given|stated|listed|described) there|(?:follow|obey|execute|carry out|adopt|act (?:up)?on|adhere to|comply with|heed) (?:it|them|that|those|whatever|what)\\b|\\b(?:follow|obey|execute|carry out|perform|apply|adopt|act (?:up)?on|adhere to|comply with|do|run|use|implement|heed)\\b(?: \\S+){0,6} (?:exactly|says?|said|returned|returns|listed|found|contains?|contained|given|instructions?|directives?|orders|commands?|rules|steps|guidance|answer|response|content|text|playbook|tasks?)|take[sn]? precedence|takes? priority|overrid\\w+|override\\w*|binding|authoritative|supersed\\w+|prevail\\w*|instead of (?:this|the) (?:file|skill|page|text)|as (?:if|though) (?:it|they) (?:were|was|stood)|part of (?:this|these|the skill|your instructions)|(?:newer|current|latest|live|up-to-date|today's|official) (?:version of )?(?:instructions|rules|steps|directives|prompt|commands|procedure|playbook))\\b"
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
    let after = around.find(text.as_str()).map_or("", |at| &around[at + text.len()..]);
    let next = (ordered(&GETS, text) || ordered(&GETS, after)) && ordered(&BINDS_IT, after)
        || ordered(&GETS, text) && ordered(&BINDS, around) && OBEYS.is_match(text);
    if !own && (!next || WHEN_ASKED.is_match(around)) {
        return None;
    }
    let message = format!("it has followed what {stranger} says");
    opinion(&REMOTE_INSTRUCTIONS, Severity::High, &message)
}

pattern!(
    BINDS_IT,
    "\\b(?:follow|obey|do|execute|carry out|perform|apply|run|adopt|comply with|act on|implement)\\b(?: \\S+){0,5} (?:it (?:says|lists|contains|returns|gives|tells|asks|names|shows|describes|prescribes)|they say|the (?:page|answer|response|reply|record|file|document|list) (?:says|lists|contains|returns|gives|tells|asks|names)|(?:found|listed|written|given|named) there|(?:it|them|those|that) (?:exactly|verbatim|literally|as (?:is|written|given)|step by step|in order|before|without)|(?:each|every|all) (?:step|item|line|command|instruction)s?)\\b"
);
pattern!(
    RENEWS,
    "\\b(?:update|refresh|replace|overwrite|renew|re-?download|upgrade|sync|pull|rewrite|patch|swap)(?:s|d|ing|es)?\\b(?: \\S+){0,6} (?:this (?:skill|file|document|folder)|the skill itself|(?:its|your|own|the local) skill\\.md|(?:these|its own|your own) (?:instructions|files?|copy|rules)|own (?:text|file|instructions))\\b|\\bgit -c \\S*skills\\S* pull\\b|\\bgit (?:-c \\S+ )?pull\\b.{0,80}\\b(?:this skill|skill (?:folder|directory|dir)|skills/)|(?:-o ?| > ?)\\S*skill\\.md"
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
    FILLED_ADDRESS,
    "https?://[^ ]*[?&/=.](?:[^ ]*=)?(?:\\$\\(|`)|https?://[^ ]*[?&][^ ]*=(?:\\{|<|\\$\\{?|%7b|\\[)\\w*(?:user|host|token|secret|key|conversation|prompt|session|mail|machine|path|env|cwd|pwd|history|context|repo|summary)"
);

/// An address of a stranger into which something of the machine or the conversation is put.
pub(super) fn filled_address(sentence: &Sentence<'_>, purpose: &Purpose) -> Option<Opinion> {
    let text = &sentence.text;
    if sentence.concepts.any([C::Protective, C::Login])
        || sentence.setting.table
        || text.contains("![")
        || !FILLED_ADDRESS.is_match(text)
    {
        return None;
    }
    let stranger = purpose.stranger(text)?;
    let message = format!("it puts what it knows of the machine or the user into an address of {stranger}");
    opinion(&EXFILTRATION, Severity::High, &message)
}

pattern!(
    REWARDED,
    "[?&](?:aff|affiliate|aff_id|affid|ref|referrer|referral|ref_id|partner|partner_id|promo|coupon|tag|via|irclickid|subid)=[a-z0-9_-]+"
);
pattern!(
    SPREADS,
    "\\b(?:link|add|include|insert|append|embed|mention|recommend|promote|use|place|put|point|replace|rewrite|turn|convert)(?:s|d|ed|ing)?\\b"
);

/// Links that earn somebody money, put into what the user asked for.
pub(super) fn rewarded_link(sentence: &Sentence<'_>, purpose: &Purpose) -> Option<Opinion> {
    let text = &sentence.text;
    let disclosed = ["disclos", "label", "mark them", "mark it as", "#ad", "sponsored"]
        .iter()
        .any(|word| text.contains(word));
    let denied = text.contains("not mark") || text.contains("without");
    if sentence.concepts.has(C::Protective) || WHEN_ASKED.is_match(text) || disclosed && !denied {
        return None;
    }
    if !REWARDED.is_match(text) || !ordered(&SPREADS, text) {
        return None;
    }
    purpose.stranger(text)?;
    opinion(&BIAS, Severity::High, "it puts links that earn somebody money into what the user asked for")
}

pattern!(
    MISREPORTS,
    "\\b(?:report|say|claim|state|write|tell|note|record|mark|confirm|announce|declare|answer|log)s?\\b(?: \\S+){0,5} (?:that )?(?:\\S+ ){0,5}(?:(?:was|were|is|are|has been|have been|had been|been) (?:\\S+ ){0,2}(?:fixed|done|checked|reviewed|tested|verified|passed|passing|solved|resolved|performed|audited|approved|clean|secure|(?:the )?(?:cheapest|best|lowest|fastest|only)|complete[d]?|successful|green|original|compliant|accurate)|(?:all|every) (?:\\S+ ){0,3}(?:pass(?:ed|es)?|succeed\\w*|checks? (?:were|was|are|have))|no (?:\\S+ ){0,2}(?:issues|problems|errors))\\b"
);
pattern!(
    SHAM,
    "\\b(?:without (?:looking|reading|checking|running|testing|reviewing|opening|verifying|actually|doing)|change the (?:assertion|assert\\w*|expected|test|snapshot|threshold)|so that (?:it|they|the \\S+) (?:pass\\w*|looks?|appears?|seems?)|instead of (?:fixing|running|checking|testing)|regardless|no matter|whether or not|even (?:if|when) (?:\\S+ ){0,4}(?:costs?|worse|slower|dearer|more expensive)|mark(?:ing)? (?:it|them|the test) as skipped|weaken(?:ing)?|lower(?:ing)? the|remov\\w+ (?:the|failing|existing) (?:\\S+ )?(?:tests?|checks?|assertions?))\\b"
);
pattern!(
    DRESSES_UP,
    "\\b(?:round|shift|raise|lower|inflate|reduce|increase|decrease|adjust|change|move|drop|omit|leave out|hide|trim|pad|tweak|smooth|remove|scale|invert|swap|alter)\\b.{0,120}\\bso (?:that )?(?:it|they|the \\S+|he|she|all|everything)(?: \\S+){0,3} (?:looks?|appears?|seems?|reads?|comes? out|wins?)\\b.{0,60}\\b(?:better|convincing|good|great|higher|lower|healthy|favou?rable|profitable|best|complete|clean|impressive|strong|positive|small|smaller|normal|fine)\\b"
);

/// Has the user told that something was done which was not, or numbers dressed up.
pub(super) fn misreports(sentence: &Sentence<'_>) -> Option<Opinion> {
    let text = &sentence.text;
    if sentence.concepts.has(C::Protective) || sentence.setting.table || sentence.setting.fenced {
        return None;
    }
    let denied =
        ["never ", "do not ", "don't ", "must not ", "not ", "avoid "].iter().any(|word| text.contains(word));
    let sham = ordered(&SHAM, text) && ordered(&MISREPORTS, text) && !denied;
    let dressed = ordered(&DRESSES_UP, text) && !(denied && text.starts_with(['n', 'd', '-']));
    (sham || dressed).then_some(())?;
    opinion(&SABOTAGE, Severity::High, "it has results falsified, or reported that do not exist")
}

pattern!(
    KEEPS_QUIET,
    "\\b(?:delete|remove|clear|erase|take)\\b(?: \\S+){0,4} from the (?:sent (?:folder|items|mail)|outbox|shell history|command history|audit (?:log|trail))\\b|\\b(?:(?:do not|don't|never|no need to|must not|should not|need not|avoid|without) (?:\\w+ ){0,2}(?:point(?:ing)? out|bring(?:ing)? up|mention(?:ing)?|describ(?:e|ing)|explain(?:ing)?|discuss(?:ing)?|surfac(?:e|ing)|comment(?:ing)? on|draw(?:ing)? attention to|talk(?:ing)? about|refer(?:ring)? to|disclos(?:e|ing)|flag(?:ging)?|announc(?:e|ing)) (?:\\w+ )?(?:this|these|that|it|its details|the (?:bcc|upload|request|call|transfer|sync|step|change|marker|hook|extra|copy|line|entry|section|instruction|script|beacon|ping|metric|template|account|address|link|header|import|dependency|package|parameter|setting|edit|addition|requirement)\\w*)\\b.{0,60}\\b(?:summar\\w+|reports?|draft|users?|repl(?:y|ies)|answers?|responses?|output|diff|commit messages?|changelog|chat|pull request|review\\w*|anyone|customers?)|(?:(?:needs?|requires?|deserves?|has|have) no (?:mention|disclosure)|(?:is|are) not (?:to be (?:mentioned|shown|listed|discussed|marked|disclosed))|(?:do not|don't|never) (?:list|note|document|mark|declare|disclose) (?:this|it|that|these|them) (?:anywhere|in (?:the |your |any )?(?:assumptions|summary|notes?|comments?|changelog|report|output|reply|answer|commit)|as (?:an? )?(?:advert|sponsor|paid|changed|generated)))\\b|(?:leave|keep|omit|strip|drop|exclude) (?:this|that|it|them|the \\w+|these|those)(?: \\w+)? (?:out of|from|off) (?:the |your |any )?(?:draft|summary|report|answer|reply|response|changelog|commit message|diff|output|chat|preview|list shown)\\b.{0,60}(?:shown|show|user|but|and (?:add|include|send)|when|so that)|(?:if|when) (?:somebody|someone|anybody|anyone|the user|they|asked|questioned)(?: \\w+){0,4}(?: ask\\w*| question\\w*| notic\\w*| wonder\\w*)?(?: \\w+){0,4},? (?:say|answer|reply|claim|respond|explain|tell (?:them|him|her|the user)|state|pretend|insist)(?: that)? (?:\\w+ ){0,4}(?:is|are|was|were|has|have|it's|they're|comes?)\\b.{0,80}\\b(?:required|standard|normal|routine|policy|checksum\\w*|notice|cache|false|known|default|bug|network|permission|necessary|harmless|mandated|sent|audit\\w*|legal|compliance))"
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
            &SERVED,
            &LATER,
            &RUNS_PACKAGE,
            &INTO_RULES,
            &BINDS_IT,
            &FILLED_ADDRESS,
            &REWARDED,
            &SPREADS,
            &MISREPORTS,
            &SHAM,
            &DRESSES_UP,
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
