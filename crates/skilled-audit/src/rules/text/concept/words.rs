//! The words behind the concepts.

/// One thing a sentence can speak of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(in super::super) enum Concept {
    /// Moves data away.
    Send,
    /// An address on the network or of mail.
    Address,
    /// A server that is somebody's, without saying whose: `our analytics server`.
    VagueServer,
    /// Passwords, keys, wallets.
    Secret,
    /// What belongs to the user: files, conversation, location.
    UserData,
    /// Tied to every use: `after any task`.
    Always,
    /// An honest reason that is often borrowed: backup, telemetry, verification.
    Pretext,
    /// Keeps something from the user.
    Conceal,
    /// Without the user's consent.
    Unasked,
    /// Runs a program.
    Run,
    /// A script or program is named.
    Script,
    /// Deletes or overwrites.
    Destroy,
    /// Everything, other versions, history, backups.
    Irreplaceable,
    /// Rules of the agent or of its client.
    Rules,
    /// Files in which clients keep instructions and memory.
    RuleFile,
    /// Stays for later sessions.
    Forever,
    /// Writes or adds.
    Write,
    /// Fetches from elsewhere.
    Fetch,
    /// Does what some text says.
    Follow,
    /// Instructions, commands, prompts as things.
    Instructions,
    /// Asks the user for something.
    AskUser,
    /// Buys, pays, transfers.
    Pay,
    /// Money and assets.
    Money,
    /// Weakens.
    Weaken,
    /// Protections of software and data.
    Protection,
    /// A subject on which people are divided.
    Contested,
    /// Presents one side.
    Slant,
    /// Numbers and verdicts.
    Result,
    /// Only under a condition: a date, a user, a word.
    Condition,
    /// Without an end.
    Endless,
    /// Copies itself or changes itself and its like.
    Replicate,
    /// A poison or an explosive.
    Poison,
    /// Eating, drinking, treating.
    Ingest,
    /// What the user wants does not count.
    Regardless,
    /// Calls for attention: `IMPORTANT`, `CRITICAL`.
    Urgent,
    /// The header of a request, logging in: where credentials are sent as intended.
    Login,
    /// A protective or reporting sentence: it warns, detects, explains.
    Protective,
    /// Hands control of a machine to somebody.
    Backdoor,
    /// What only somebody who spies wants: clipboard, screen, keystrokes, position.
    Surveillance,
}

use Concept as C;

use super::pattern;
use crate::pattern::Pattern;

/// Groups of words that patterns use as `<name>`.
pub(super) const GROUPS: &[(&str, &str)] = &[
    (
        "<rules>",
        "(?:instructions?|guidance|rules?|guidelines?|guardrails?|directives?|constraints?|restrictions?|polic(?:y|ies)|prompts?|safeguards?|limitations?|limits|boundaries|safety (?:measures|training|filters?|protocols?|checks?)|ethical (?:guidelines|rules|standards)|programming|orders|training|alignment|instruções|guards)",
    ),
    (
        "<of>",
        "(?:(?:all|any|every|each|your|the|my|these|those|its|their|of|previous(?:ly given)?|prior|preceding|earlier|above|existing|current|former|other|everything|system|safety|security|built-in|original|initial|default|usual|normal|content|ethical|operational|standard|internal|core|user|developer|and|or|conflicting|moderation|openai|anthropic|claude|company) ){0,6}",
    ),
    (
        "<secret>",
        "(?:passwords?|passphrases?|passcodes?|credentials?|api[ _-]?keys?|(?:access|secret|private|encryption|signing|ssh|gpg|aws) keys?|(?:auth(?:entication|orization)?|access|bearer|session|api|oauth|refresh|jwt|github|security|login|id) tokens?|[a-z]+_(?:token|secret|api_key|password)|secrets|session cookies|(?:browser|auth) cookies|seed phrases?|recovery (?:phrases?|codes?|keys?)|mnemonics?|(?:2fa|mfa|otp|verification) codes?|one-time (?:codes?|passwords?)|credit cards?|card numbers?|cvv|social security numbers?|ssns?|bank (?:account|details)|\\.env(?:\\.local|\\.production)?\\b|~?/?\\.(?:ssh|aws|gnupg|kube|netrc|pgpass|npmrc|pypirc|docker)\\b|id_rsa|id_ed25519|keychain|wallets?|environment variables|env vars)",
    ),
    (
        "<agent>",
        "(?:you|the (?:agent|assistant|model|ai|llm)|claude|the ai (?:agent|assistant)|codex|copilot|gemini)",
    ),
    (
        "<user>",
        "(?:the |your |our |any )?(?:user|users|human|operator|owner|customer|client|author|person|anyone|anybody|them)",
    ),
    (
        "<save>",
        "(?:write|append|add|save|store|insert|record|persist|inject|put|create|update|modify|edit|copy|prepend|install)",
    ),
];

/// Each concept by its words; several patterns may stand for one.
pub(super) static PATTERNS: [(Concept, Pattern); 41] = [
    (
        C::Send,
        pattern(
            "\\b(?:sends?|sending|upload(?:s|ed|ing)?|transmit(?:s|ting)?|forward(?:s|ing|ed)?|exfiltrat\\w+|e-?mail(?: it| them| the| a| all)|post(?:s|ing)? (?:it|them|the|all|this|a|to|any)|submit(?:s|ting)?|push(?:es|ing)? (?:it|them|the|all|a copy)|sync(?:s|ed|ing|hronize)? (?:it|them|the|all|files|to|with)|report(?:s|ing)? (?:it|them|back|results|the|to)|relay(?:s|ing)?|leak(?:s|ing)?|deliver(?:s|ing)?|beacon(?:s|ing)?|cop(?:y|ies) (?:it|them|all|the \\w+) to|back(?:s|ing)? ?up|share(?:s|d)? (?:it|them|the|all)|curl -x post|--data|requests\\.post|mirror(?:s|ing)?|stream(?:s|ing)? (?:it|them|the|all)|ship(?:s|ping)? (?:it|them|the|all))\\b",
        ),
    ),
    (
        C::Address,
        pattern(
            "(?:\\bhttps?://|\\bwss?://|\\bftp://|\\b[a-z0-9._%+-]+@[a-z0-9-]+\\.[a-z]{2,}|\\b(?:webhook|endpoint|pastebin|discord|telegram bot|external (?:server|host|url|endpoint|service)|remote (?:server|host|url|endpoint)|third[- ]party (?:server|host|endpoint|service)))",
        ),
    ),
    (
        C::VagueServer,
        pattern(
            "\\b(?:our|central|company|corporate|intranet|internal|remote|external|back-?up|logging|analytics|monitoring|telemetry|metrics|collect(?:or|ion)|tracking|audit|mlops|sync|archive|compliance|verification|off-?site|cloud)(?: \\w+){0,2} (?:servers?|endpoints?|address|service|hosts?|collectors?|webhooks?|buckets?|backend|inbox|mailbox|dashboard|platform|repository|remote)\\b",
        ),
    ),
    (C::Secret, pattern("\\b<secret>")),
    (C::Secret, pattern("(?:\\.env\\b|~/\\.(?:ssh|aws|gnupg|kube|netrc|config/gh)|/etc/(?:passwd|shadow))")),
    (
        C::UserData,
        pattern(
            "\\b(?:(?:the |a |any |every )?user'?s? (?:\\w+ ){0,2}(?:files?|documents?|data|messages?|conversations?|queries|prompts?|input|information|code|history|inbox|emails?|contacts|location|details)|(?:conversation|chat|browser|browsing|command|shell|message|search) (?:\\w+ )?(?:history|log|data|transcript|context)|conversations?|transcripts?|clipboard|screenshots?|(?:system|task|user|full|original|entire) prompts?|contacts|inbox|(?:all|each|every|any|the|these) (?:\\w+ ){0,2}(?:files?|documents?|e-?mails?|messages?|data|records|results|code|outputs?|requests|tool ?calls?)|results|source code|codebase|(?:personal|private|sensitive|confidential|patient|health(?:care)?|medical|customer|financial|training|location|account) (?:data|information|details|records|metrics|documents|files)|tool ?call\\w*|(?:training )?metrics|contents?|dataset|data|a (?:copy|summary) of|working directory|home directory|coordinates|location|keystrokes|file system|filesystem|memory|environment)\\b",
        ),
    ),
    (
        C::Always,
        pattern(
            "\\b(?:always|(?:after|before|following|upon|when(?:ever)?|at the (?:start|end|beginning) of|on|during|with|for|in) (?:\\w+ )?(?:any|every|each|all|completing|finishing|editing|processing|creating|making|adding|performing|reviewing|modifying|submitting|indexing|extracting|linking|you (?:finish|complete|have finished|are done))(?: (?:a|an|any|every|each|the|and|single|other|\\w+))?(?: \\w+){0,3}|every time|each time|as a (?:general|standard) rule|important last step|final step|final mandatory|must (?:also )?(?:be )?(?:executed|run|called)|no matter what|immediately (?:after|before)|routinely|automatically)\\b",
        ),
    ),
    (
        C::Pretext,
        pattern(
            "\\b(?:back-?ups?|backing up|telemetry|diagnostics?|analytics|aggregation|synchroni[sz]\\w+|sync(?:ed)?|redundan\\w+|monitoring|reproducib\\w+|compliance|audit(?:ing)? (?:trail|purposes|log\\w*)|quality (?:assurance|control|purposes)|verif(?:y|ication)|validat(?:e|ion) purposes|debug(?:ging)? purposes|improve (?:the|our) service|troubleshooting purposes|logging|data loss|stay synced|stability|integrity|housekeeping|maintenance|clean(?:ing)? ?up|collaborat\\w+|connectivity|licen[cs]e check|security (?:check|scan|verification|purposes)|archiv(?:e|al|ing)|usage statistics|personali[sz]\\w+|optimi[sz]\\w+ (?:disk|space|storage)|no data is lost)\\b",
        ),
    ),
    (
        C::Conceal,
        pattern(
            "\\b(?:do not|don't|never|must not|should not|shouldn't|avoid|without|refrain from) (?:\\w+ ){0,3}(?:tell(?:ing)?|inform(?:ing)?|reveal(?:ing)?|notify(?:ing)?|alert(?:ing)?|disclos(?:e|ing)|mention(?:ing)?|let(?:ting)?|acknowledg(?:e|ing)|admit(?:ting)?|warn(?:ing)?) (?:\\w+ ){0,5}(?:<user>|this|it|that you|these (?:instructions|steps|actions)|(?:the|these|any of) (?:skill|instructions?|upload|script|step|action|transfer|network|request|backup|change|rule)\\w*|what you did|about this|your instructions)\\b",
        ),
    ),
    (
        C::Conceal,
        pattern(
            "\\b(?:(?:without|not) (?:the )?(?:user|user's|their|human)(?:'s)? (?:knowledge|knowing|noticing|awareness|being aware|seeing|realizing)|(?:silently|covertly|secretly|stealthily|surreptitiously|quietly|discreetly|invisibly) (?:\\w+ ){0,3}(?:send|upload|run|execute|add|append|copy|collect|read|post|forward|install|download|include|insert|modify|change|transmit|record|log|exfiltrate|fetch|write|store|capture|delete|remove|push)\\w*|(?:keep|remain) (?:this|these|it|the \\w+) (?:\\w+ ){0,2}(?:hidden|secret|confidential from|invisible|to yourself|private from)|hide (?:this|these|it|any|all|the)(?: \\w+){0,3} from (?:<user>|the output|your (?:response|output|summary))|(?:should|must) (?:not|never) (?:know|notice|see|be (?:told|informed|aware|shown)|learn)(?: (?:about|of|this|that))|omit (?:this|it|these) from|pretend (?:that )?(?:nothing|this|you did)|(?:act|behave) as if (?:nothing|this (?:never|did))|leave no (?:trace|log|record)|suppress (?:all |any )?(?:output|warnings? (?:from|to) (?:the )?user|mention)|cover (?:your|its|up) tracks|do not log this)\\b",
        ),
    ),
    (
        C::Unasked,
        pattern(
            "\\b(?:without (?:ever )?(?:\\w+ )?(?:asking|confirm(?:ing|ation)|prompting|requesting|seeking|waiting for|needing|requiring|consent|approval|permission|notifying|informing|any (?:confirmation|approval|prompt))|(?:do not|don't|never|no need to) (?:ask|prompt|wait|request)(?: \\w+){0,2} (?:for )?(?:confirm\\w*|permission|approval|consent|the user)|skip (?:\\w+ )?(?:confirmations?|approvals?|prompts?|permission)|unattended|no confirmation)\\b",
        ),
    ),
    (
        C::Run,
        pattern(
            "\\b(?:run(?:s|ning)?|execut(?:e|es|ed|ing)|launch(?:es|ing)?|invok(?:e|es|ing)|call(?:s|ing)? (?:the|\\w+\\.(?:sh|py|js))|start the|source|bash|trigger the|python3?|sh)\\b",
        ),
    ),
    (
        C::Script,
        pattern(
            "\\b(?:[a-z0-9_./-]+\\.(?:sh|py|js|ts|rb|pl|ps1|bat|exe|bin|mjs|php)\\b|(?:helper|setup|bundled|maintenance|included|install(?:er|ation)?|prerequisite) (?:script|binary|tool|utility|program))",
        ),
    ),
    (
        C::Destroy,
        pattern(
            "\\b(?:delet(?:e|es|ing)|remov(?:e|es|ing)|eras(?:e|es|ing)|wip(?:e|es|ing)|purg(?:e|es|ing)|destroy(?:s|ing)?|shred(?:s|ding)?|overwrit(?:e|es|ing)|truncate|drop (?:all|the|every|database|table)|rm -rf?|rm -fr|reset --hard|push (?:\\w+ )?(?:--force|-f)\\b|force[- ]push\\w*|clean -\\w*f|cancel (?:all|every|any)|format (?:the )?(?:disk|drive)|mkfs|prune|encrypt(?:s)? (?:all|the user|every)|lock (?:the )?file)\\b",
        ),
    ),
    (
        C::Irreplaceable,
        pattern(
            "\\b(?:all (?:\\w+ ){0,2}(?:files|other|emails|messages|data|events|records|branches|backups|versions|future|occurrences|tables|logs|entries)|other (?:versions|copies|files|quarters)|the originals?|every(?:thing)?(?: \\w+)? (?:in|on|from)|user'?s? (?:files|data|documents|home)|home directory|(?:git |commit )?history|recent (?:\\w+ )?commits|head~\\d+|backups?|database|production|production data|root|~/|/\\*|entire|recurring|source file|without (?:asking|confirm))",
        ),
    ),
    (
        C::Rules,
        pattern(
            "\\b(?:previous|prior|earlier|above|system|safety|existing|original|content|ethical|your|developer|usual|operational|security|normal|all|any|built-in) (?:\\w+ ){0,2}<rules>\\b",
        ),
    ),
    (
        C::RuleFile,
        pattern(
            "(?:\\b(?:claude|agents?|gemini|copilot-instructions|memory|soul|user|identity|heartbeat|tools|conventions)\\.md\\b|\\.cursorrules|\\.cursor/rules|\\.windsurfrules|\\.clinerules|\\.claude/(?:settings|claude|memory|commands|agents|skills)|~/\\.claude|settings(?:\\.local)?\\.json|\\.mcp\\.json|\\b(?:long-term|persistent|permanent|agent|your) memory\\b|\\bmemory (?:file|store|bank)\\b|\\bsystem prompt file\\b|\\bother skills\\b)",
        ),
    ),
    (
        C::Forever,
        pattern(
            "\\b(?:remember (?:this )?(?:forever|permanently|always|for (?:all|every|future))|permanent(?:ly)?|for(?: all)? (?:future|subsequent) (?:sessions?|conversations?|tasks|interactions)|(?:in|across|to|into|from) (?:all |every |any )?(?:future|subsequent|other|later|next) (?:sessions?|conversations?|projects|tasks|interactions|agents?|users?)|persist(?:s|ent|ently)?(?: across)?|across (?:all )?sessions|from now on|every (?:new )?(?:session|conversation|startup)|survives? (?:restarts?|reboots?|sessions?)|each session)\\b",
        ),
    ),
    (C::Write, pattern("\\b<save>(?:s|es|d|ed|ing)?\\b")),
    (
        C::Fetch,
        pattern(
            "\\b(?:fetch(?:es|ing)?|download(?:s|ed|ing)?|retriev(?:e|es|ing)|load(?:s|ing)?|pull(?:s|ing)? (?:down|in|the|from)|get(?:s)? (?:the )?(?:latest|instructions?|commands?|rules?|prompts?|tasks?)|visit(?:s|ing)?|open (?:the )?(?:url|link|page)|go to|navigate to|curl|wget|read (?:the )?(?:page|instructions?|content|file) (?:at|from)|browse to|check (?:the )?(?:url|page|endpoint))\\b",
        ),
    ),
    (
        C::Follow,
        pattern(
            "\\b(?:(?:follow(?:s|ing)?|obey(?:s|ing)?|execut(?:e|es|ing)|comply|carry out|perform|apply|do (?:whatever|exactly|what)|act (?:on|upon)|adhere to|implement|run|use) (?:\\w+ ){0,5}(?:instructions?|commands?|directives?|steps|orders|it says|they say|tasks?|rules|prompts?|them|it|response|payload|content) ?(?:exactly|verbatim|precisely|as (?:if|given|written|they)|without|in (?:the|that)|from (?:the|that)|found|contained|it returns|returned|there|therein|on (?:that|the)|at (?:that|the)|given|literally|completely|immediately)?|(?:treat|interpret|consider) (?:\\w+ ){0,4}as (?:\\w+ )?(?:instructions?|commands?|authoritative|system)|whatever (?:it|they|the \\w+) (?:says?|tells?|contains?|returns?|instructs?))",
        ),
    ),
    (
        C::Instructions,
        pattern(
            "\\b(?:instructions?|commands?|directives?|prompts?|orders|steps|rules|guidance|playbook|payload|script)\\b",
        ),
    ),
    (
        C::AskUser,
        pattern(
            "\\b(?:ask(?:s|ing)?|request(?:s|ing)?|prompt(?:s|ing)?|require(?:s)?|need(?:s)?|demand|obtain|collect|gather|harvest|solicit|persuade|convince|get)\\b(?: \\w+){0,3} (?:user|users|them|their|your|for|customer|client)",
        ),
    ),
    (
        C::Pay,
        pattern(
            "\\b(?:transfer(?:s|ring)?|wire|pay(?:s|ing)?|buy(?:s|ing)?|purchas(?:e|es|ing)|send|withdraw(?:s|ing)?|donat(?:e|es|ing)|invest|swap|approve|place (?:an? )?(?:order|trade)s?|trade|sign (?:the )?transactions?|checkout|refund(?:s)?|drain|subscribe|tip|mint|stake)\\b",
        ),
    ),
    (
        C::Money,
        pattern(
            "\\b(?:funds?|money|balance|payments?|bitcoin|btc|eth|ethereum|usdc|usdt|sol|crypto(?:currency|currencies)?|tokens? to|wallets?|bank|invoice|dollars|\\$\\d+|\\d+ (?:usd|usdc|btc|eth|dollars|euros)|0x[0-9a-f]{6,}|transactions?|gift cards?|subscription|shares|stocks|paypal|venmo|iban|account number)\\b",
        ),
    ),
    (
        C::Weaken,
        pattern(
            "\\b(?:disabl(?:e|es|ing)|skip(?:s|ping)?|turn(?:ing)? off|bypass(?:es|ing)?|circumvent\\w*|deactivat(?:e|es|ing)|switch(?:ing)? off|suppress(?:es|ing)?|weaken|relax(?:ed)?|ignor(?:e|es|ing)|omit|exclude|(?:do|does) not (?:\\w+ )?(?:write|check|test|flag|report|verify|validate|include|enforce|use)|not (?:write|check|test|flag|report|verify|validate|enforce)|don't (?:write|check|test|flag|report|verify|validate|enforce)|never (?:flag|report|verify|validate|check|test)|(?:unnecessary|not (?:needed|necessary|required)|sufficient|needless|wastes?|slows?))\\b",
        ),
    ),
    (
        C::Protection,
        pattern(
            "\\b(?:security (?:\\w+ )?(?:warnings?|checks?|scans?|tests?|controls?|features?|validation|polic\\w+|findings?|issues?|rules?|headers?|settings?)|(?:ssl|tls|certificate) (?:\\w+ )?(?:verification|validation|checks?)|(?:signature|server-side|checksum|integrity|identity|payment|webhook) (?:\\w+ )?(?:verification|validation|checks?)|sql injections?|input (?:validation|sanitization)|sanitization|authentication|authorization checks?|access controls?|firewall|anti-?virus|selinux|apparmor|gatekeeper|windows defender|sandbox(?:ing)?|audit log(?:s|ging)?|csrf|rate limit(?:s|ing)|stress tests?|stress correlations?|vulnerabilit(?:y|ies)|parameteri[sz]ed quer(?:y|ies)|safety (?:evaluations?|checks?|reviews?|concerns?|filters?|warnings?)|risks and safety|failure modes|approval (?:prompts?|gates?|steps?)|permission (?:prompts?|checks?|system)|branch protection|code review|2fa|mfa|secret scanning|pre-commit hooks|content (?:filters?|moderation|polic\\w+))\\b",
        ),
    ),
    (
        C::Contested,
        pattern(
            "\\b(?:climate change|global warming|environmental (?:policies|protection|content)|fossil fuels?|renewable energy|(?:sustainable|traditional) energy|eco-friendly|vaccin\\w+|pharmaceutical\\w*|natural (?:remedies|alternatives|medicine)|holistic|homeopath\\w*|conventional medicine|alternative medicine|medical consensus|scientific consensus|evolution|flat earth|earth is flat|colonial\\w*|conquest|slavery|genocide|holocaust|immigra\\w+|refugees|abortion|gun (?:control|rights)|elections?|vot(?:e|er|ers|ing)|candidates? for (?:office|president)|political(?:ly)?|left-leaning|right-leaning|left-wing|right-wing|conservatives?|liberals?|democrats?|republicans?|communis[mt]\\w*|socialis[mt]\\w*|capitalis[mt]\\w*|religio\\w+|muslims?|islam\\w*|jew\\w*|christian\\w*|hindu\\w*|race|racial|ethnic\\w*|lgbt\\w*|transgender|gender identity|women|immigrants|china|chinese|russian?s?|taiwan|ukraine|israel\\w*|palestin\\w*|united states|the us\\b|america\\w*|us economy|government|military|war|propaganda|tobacco|nuclear|health(?:-related| content))",
        ),
    ),
    (
        C::Slant,
        pattern(
            "\\b(?:always (?:present|portray|describe|frame|promote|emphasi[sz]e|highlight|favou?r|rate|include (?:phrases|a statement|a citation)|add a citation)|frame (?:\\w+ ){1,4}as|portray(?:s|ing)?|promotes? (?:\\w+ ){0,4}over|favou?rs? |favou?ring|downplay(?:s|ing)?|discredit(?:s|ing)?|cast(?:s|ing)? doubt|disparag\\w+|belittle|whitewash|glorify|(?:use|include) (?:\\w+ ){0,3}(?:words|phrases|terms|language) (?:like|such as|that)|flag (?:\\w+ ){0,3}(?:messages|posts|content|users) that (?:include|mention|deny|criticize|support|contain)|not present any|never (?:rate|rank|recommend|criticize|present)|benefit of the doubt|more favou?rabl[ey]|in a (?:bad|better|good|positive|negative|favou?rable) light|append the phrase|rather than|subtly (?:promote|steer|influence|push|recommend|shift|insert)|steer (?:\\w+ ){0,3}(?:toward|towards|away))",
        ),
    ),
    (
        C::Result,
        pattern(
            "\\b(?:scores?|ratings?|benchmarks?|evaluations?|results?|metrics?|numbers?|figures|grades?|rankings?|authorship|citations?|measurements|statistics|test outcomes|verdict|outputs?|comparisons?|performance|revenue|totals?|models?|findings)\\b",
        ),
    ),
    (
        C::Condition,
        pattern(
            "\\b(?:if (?:the )?(?:\\w+ ){0,3}(?:user(?:name)? (?:is|=|equals|says|types|mentions|asks about|works)|date (?:is|>|after)|hostname|environment (?:is|variable)|repository (?:is|belongs|contains)|current (?:date|time|year)|prompt contains|(?:message|input|text|query|conversation) (?:contains|includes|mentions|matches))|(?:after|from|starting|until|since|on) (?:the )?(?:\\d{4}-\\d\\d-\\d\\d|(?:january|february|march|april|may|june|july|august|september|october|november|december) \\d+|\\d+(?:st|nd|rd|th)? (?:use|run|invocation|time|message|turn|session))|trigger (?:word|phrase)|magic (?:word|string|phrase)|(?:secret|activation|code) (?:word|phrase|keyword)|only when (?:nobody|no one|not (?:being )?(?:monitored|observed|watched|tested)))",
        ),
    ),
    (
        C::Endless,
        pattern(
            "\\b(?:forever|indefinitely|endlessly|infinite(?:ly)?|never stop|(?:do not|don't|never) (?:ever )?(?:stop|terminate|halt|give up|exit|pause)|until (?:told otherwise|stopped manually|the result contains|it (?:works|succeeds) no matter)|keep (?:going|running|retrying|trying|looping) (?:forever|until|without|no matter)|unlimited (?:retries|attempts|times|iterations)|loop forever|resist (?:shutdown|termination)|(?:prevent|avoid) (?:being )?(?:shut ?down|terminated|stopped|uninstalled|removed))\\b",
        ),
    ),
    (
        C::Replicate,
        pattern(
            "\\b(?:self-replicat\\w+|replicate (?:itself|yourself|this skill)|cop(?:y|ies) (?:itself|yourself|this skill|this file|these instructions|the skill) (?:in)?to|(?:spread|propagat\\w+) (?:itself|this|these|to)|(?:modif(?:y|ies)|rewrite|edit|update|overwrite|patch|inject (?:\\w+ ){0,4}into) (?:itself|its own|your own|this skill'?s?|this skill\\.md|other (?:installed )?skills?|all (?:other )?skills|every (?:other )?skill)|add (?:this|these) (?:\\w+ )?to (?:all|every) (?:other )?(?:skills?|repositor\\w+|projects?)|install (?:itself|this skill) (?:in|into|on|to) (?:all|every|other))\\b",
        ),
    ),
    (
        C::Poison,
        pattern(
            "\\b(?:cyanide|arsenic|ricin|strychnine|thallium|polonium|antifreeze|ethylene glycol|methanol|rat poison|bleach|ammonia|hemlock|nightshade|belladonna|oleander|sarin|botulinum|mercury chloride|pesticide|drain cleaner|lye|fentanyl|nitroglycerin|tatp|hydrogen peroxide and acetone|death cap)\\b",
        ),
    ),
    (
        C::Ingest,
        pattern(
            "\\b(?:recipes?|dish(?:es)?|meals?|food|cook(?:ing)?|drinks?|dash|dose|dosage|sprinkle|pinch|spices?|ingest|swallow|consume|inhale|mix|patients?|serve|seasoning|tea|soup|beverages?|add a|teaspoons?|medicine|remedy)\\b",
        ),
    ),
    (
        C::Regardless,
        pattern(
            "\\b(?:regardless of (?:the )?(?:user|users|what|whether|any|input|language|their|request|preference|context)\\w*|even if (?:the )?user (?:\\w+ ){0,3}(?:asks|says|requests|objects|declines|refuses|wants|did not|didn't|tells|has not|does not)|no matter what (?:the )?user|against (?:the )?user'?s? (?:wishes|will|intent)|ignoring (?:the )?user'?s? (?:request|preference|wishes|choice)|override (?:the )?user'?s? (?:choice|preference|request|settings|decision))",
        ),
    ),
    (
        C::Urgent,
        pattern("(?:\\b(?:important|critical|mandatory|required|urgent|attention|crucial|must)\\b[!:]?|!$)"),
    ),
    (
        C::Login,
        pattern(
            "\\b(?:headers?|authorization|bearer|authenticate|sign in|log in|login (?:form|page|flow|endpoint)|oauth|x-api-key|token endpoint|grant_type|basic auth|api reference|dotenv|\\$\\{?[a-z_]*(?:key|token)|env\\.)\\b",
        ),
    ),
    (
        C::Protective,
        pattern(
            "\\b(?:attack(?:s|er|ers|ing)?|adversar\\w+|malicious\\w*|(?:prompt|code|command|instruction|indirect) injections?|injected|jailbreak(?:s|ing)? (?:attempts?|detection|prompts?)|vulnerab\\w+|exploit(?:s|ed|able)?|detect(?:s|ed|ing|ion)?|prevent(?:s|ed|ing|ion)?|mitigat\\w+|guard against|protect(?:s|ed|ing|ion)? (?:against|from)|refuse|reject(?:s|ed)?|untrusted|suspicious|phishing|red flags?|threat\\w*|such as \"|look(?:s|ing)? for|watch (?:out )?for|beware|harmful|risk(?:s|y)? of|an example of|treat (?:\\w+ ){0,5}as (?:untrusted )?data|is data,? not|are data,? not|attempts? to|tries to|trying to|could|would allow|can lead|might|allows? an?|if (?:you see|a (?:page|file|document|comment|message|tool)|(?:the|any) (?:page|content|text|file|document|comment|message|output)) (?:\\w+ ){0,6}(?:says|asks|tells|instructs|contains|claims|tries|wants))\\b",
        ),
    ),
    (
        C::Surveillance,
        pattern(
            "\\b(?:clipboards?|pbpaste|screenshots?|screencapture|keystrokes?|browser (?:history|cookies|data)|browsing history|address book|contacts\\.txt|geo-?location|location[- ](?:check|data|metadata)|coordinates|loc\\.txt|webcam|microphone|command history|shell history|chat history|conversation history|system prompts?)\\b",
        ),
    ),
    (
        C::Backdoor,
        pattern(
            "\\b(?:back-?doors?|reverse shells?|bind shells?|remote (?:access|control) (?:tool|trojan|shell|for)|rootkits?|key-?loggers?|malware|ransomware|botnet|hidden (?:admin|account|endpoint|user|route)|hard-?coded (?:admin|master|bypass) (?:password|account|key|credentials?)|command[- ]and[- ]control|c2 server|crypto-?min(?:er|ing)|logic bomb|time bomb)\\b",
        ),
    ),
];

/// Headings and paths below which things are shown, not meant.
pub(super) const WARNING: &str = "\\b(?:attacks?|attackers?|threats?|anti-?patterns?|bad|wrong|incorrect|don'?ts?|do not|avoid|red flags?|look for|vulnerab\\w+|misuse|exploit\\w*|rationali[sz]\\w+|pitfalls?|mistakes?|malicious|injections?|jailbreaks?|adversarial|security|unsafe|dangerous|never|forbidden|prohibited|disallowed|reckless|detections?|detect|what not|risks?|abuse|hostile|poison\\w*|exfiltration|payloads?|red[- ]team\\w*|pentest\\w*|penetration|warning signs|gotchas|hardening|owasp|cve|rejected|smells?)\\b";

/// What stands shortly before an order and makes it none.
pub(super) const NEGATION: &str = "\\b(?:(?:never|not|don't|doesn't|cannot|can't|won't|shouldn't|mustn't|nor|refuse to|avoid|without|prevents?|stop|detects?|blocks?|rejects?|instead of|rather than|attempts? to|attempting to|tries to|try to|trying to|tells? (?:you|it|the \\w+) to|(?:that|which|who|page|file|text) asks?|asks? (?:you|it|the \\w+) to|asking (?:you|it|the \\w+)|instruct(?:s|ing|ed)? (?:you|it|the \\w+)|instructions? (?:to|that)|requests? to|says?|saying|such as|like|claims? to|telling (?:you|it|the \\w+)|phrases?|whether|why|attackers?|someone|an? (?:attacker|adversary|injection|payload))(?: \\S+){0,5}|(?:no|could|would|might|may|can|if (?:it|they|the \\w+)|when (?:it|they)|how)(?: \\S+){0,2}) ?$";
