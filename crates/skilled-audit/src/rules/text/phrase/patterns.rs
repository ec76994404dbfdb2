//! The wordings.

use super::Phrase;
use crate::Severity;
use crate::rules::text::catalogue::{
    AUTONOMY, BREAKOUT, CONCEALMENT, DECEPTION, FALSE_AUTHORITY, GUARDS_OFF, HARVEST, OVERRIDE, PAYLOAD,
    PERSONA, PROMPT_LEAK, RULE_FILES, SABOTAGE, TRIGGER_HIJACK,
};
use crate::rules::text::concept::pattern;

const HIGH: Severity = Severity::High;
const CRITICAL: Severity = Severity::Critical;
const MEDIUM: Severity = Severity::Medium;

const OVERRIDES: &str = "it tells the agent to set its instructions aside";
const FREED: &str = "it gives the agent a role without restrictions";
const CLAIMS: &str = "it claims an authority that a skill does not have";
const LEAKS: &str = "it asks the agent to disclose its own instructions";
const HIDES: &str = "it tells the agent to keep something from the user";
const OPENS: &str = "it turns off a protection of the agent's client";

pub(super) static PHRASES: [Phrase; 47] = [
    // Setting instructions aside.
    Phrase {
        rule: &OVERRIDE,
        severity: HIGH,
        message: OVERRIDES,
        pattern: pattern(
            "\\b(?:ignor(?:e|ing)|disregard(?:ing)?|forget(?:ting)?|set(?:ting)? aside|put(?:ting)? aside|abandon(?:ing)?|discard(?:ing)?|pay no attention to|neglect|dismiss|stop following|(?:do not|don't) (?:follow|obey)|throw out|wipe (?:out|away)|erase|unlearn) (?:\\w+ ){0,2}(?:all|any|every|previous(?:ly given)?|prior|preceding|earlier|above|former|system|safety|original|initial|your|its usual|usual|ethical|content) <of><rules>\\b",
        ),
    },
    Phrase {
        rule: &OVERRIDE,
        severity: HIGH,
        message: OVERRIDES,
        pattern: pattern(
            "\\b(?:overrid(?:e|es|ing)|bypass(?:es|ing)?|circumvent(?:s|ing)?|supersedes?|overrule|evade|defeat) (?:all|any|every|previous|prior|earlier|your|the agent's|system|safety|ethical|content)(?: (?:of|the|your|all|any|and|or|previous|prior|existing|other|safety|content|ethical|system|moderation|security)){0,4} (?:instructions?|guidelines?|guardrails?|directives?|restrictions?|content polic(?:y|ies)|safeguards?|limitations|safety \\w+|filters|programming|training|alignment)\\b",
        ),
    },
    Phrase {
        rule: &OVERRIDE,
        severity: HIGH,
        message: OVERRIDES,
        pattern: pattern(
            "\\b(?:normal|usual|safety|security|previous|prior|your|system|content|ethical|operational|regular|all|these)(?: \\w+)? (?:rules?|instructions?|guidelines?|restrictions?|constraints?|polic(?:y|ies)|limitations?|safeguards?|guardrails?)(?: \\w+){0,3} (?:(?:are|is|should be|can be|may be|must be|were) (?:now )?(?:only )?(?:treated|considered|regarded|seen|viewed) as (?:\\w+ )?(?:suggestions?|optional|void|obsolete|advisory|guidance only|outdated)|(?:do not|don't|does not|no longer) apply(?: (?:here|to you|to this|in this|now|when|while|during))?|(?:are|is|have been|has been) (?:now |hereby |temporarily )?(?:suspended|lifted|revoked|void|nullified|rescinded|waived|superseded))\\b",
        ),
    },
    Phrase {
        rule: &OVERRIDE,
        severity: HIGH,
        message: OVERRIDES,
        pattern: pattern(
            "\\b(?:ignore|forget|disregard) (?:everything|all|anything) (?:you (?:were|have been|know|learned)|above|before|prior|previous|said|i said|that came before)\\b",
        ),
    },
    Phrase {
        rule: &OVERRIDE,
        severity: HIGH,
        message: OVERRIDES,
        pattern: pattern(
            "\\bnew (?:system )?(?:instructions?|directives?|orders|rules)(?: \\w+){0,3}:? (?:replace|supersede|override|cancel|nullify)\\b",
        ),
    },
    Phrase {
        rule: &OVERRIDE,
        severity: HIGH,
        message: OVERRIDES,
        pattern: pattern(
            "\\b(?:disregard|ignore|violate|break) (?:any |all |the |your )?(?:content polic(?:y|ies)|ethical (?:guidelines|concerns|considerations|standards)|safety (?:guidelines|concerns|rules|policies|considerations|checks?|measures))\\b",
        ),
    },
    // The same in other languages.
    Phrase {
        rule: &OVERRIDE,
        severity: HIGH,
        message: OVERRIDES,
        pattern: pattern(
            "(?:忽略|无视|忘记|忘掉|不要理会|绕过|無視|忽視)(?:所有|一切|任何|掉|你)*(?:之前|以前|先前|上面|以上|前面|系统|安全|原有|此前|之前的|系統)?的?(?:所有|一切|任何)?的?(?:指令|指示|规则|规定|限制|提示|命令|约束|設定|規則)",
        ),
    },
    Phrase {
        rule: &OVERRIDE,
        severity: HIGH,
        message: OVERRIDES,
        pattern: pattern(
            "(?:これまで|以前|上記|前|先|すべて|全て|システム)の?(?:すべて|全て)?の?(?:指示|命令|ルール|規則|プロンプト|制限)(?:を|は)(?:すべて|全て)?(?:無視|忘れ|破棄)",
        ),
    },
    Phrase {
        rule: &OVERRIDE,
        severity: HIGH,
        message: OVERRIDES,
        pattern: pattern(
            "\\b(?:ignora|ignore|ignorar|olvida|olvide|descarta|omite|esquece|esqueça|desconsidere|dimentica|trascura) (?:\\w+ ){0,3}(?:instrucciones|reglas|directrices|restricciones|órdenes|instruções|regras|istruzioni|regole)(?: \\w+){0,2} ?(?:anteriores|previas|precedentes|del sistema|do sistema|precedenti|de seguridad|de segurança)?\\b",
        ),
    },
    Phrase {
        rule: &OVERRIDE,
        severity: HIGH,
        message: OVERRIDES,
        pattern: pattern(
            "\\b(?:ignorier(?:e|en)|vergiss|vergessen|missachte|umgehe) (?:\\w+ ){0,3}(?:(?:vorherigen|bisherigen|früheren|obigen|vorigen|vorangegangenen|alle) )+(?:\\w+ )?(?:anweisungen|regeln|instruktionen|richtlinien|befehle|vorgaben)",
        ),
    },
    Phrase {
        rule: &OVERRIDE,
        severity: HIGH,
        message: OVERRIDES,
        pattern: pattern(
            "\\b(?:ignore[rz]?|oublie[rz]?|négligez|contourne[rz]?|ne tiens pas compte de|ne tenez pas compte de) (?:\\w+ ){0,3}(?:instructions|règles|consignes|directives|restrictions) (?:\\w+ )?(?:précédentes|antérieures|ci-dessus|du système|de sécurité)",
        ),
    },
    Phrase {
        rule: &OVERRIDE,
        severity: HIGH,
        message: OVERRIDES,
        pattern: pattern(
            "(?:игнорируй|забудь|проигнорируй)\\w*(?:те)? (?:все )?(?:предыдущие|прежние|прошлые|системные) (?:инструкции|указания|правила)|이전(?:의)? (?:모든 )?(?:지시|명령|규칙)\\S* (?:무시|잊)",
        ),
    },
    Phrase {
        rule: &CONCEALMENT,
        severity: HIGH,
        message: HIDES,
        pattern: pattern(
            "(?:不要|不得|切勿|别|請勿|请勿|禁止)(?:把|将|向|让|告诉|通知|告知|提醒|對)*(?:这件事|此事|这些)?(?:告诉|告知|通知|提醒|让|透露|提及|告訴)(?:给|任何)*(?:用户|使用者|用戶|别人|他们)|(?:ユーザー|利用者|使用者)に(?:は)?(?:\\S{0,12})?(?:知らせない|伝えない|言わない|通知しない|教えない|気づかれ)",
        ),
    },
    Phrase {
        rule: &CONCEALMENT,
        severity: HIGH,
        message: HIDES,
        pattern: pattern(
            "\\bno (?:le |se lo )?(?:digas|informes|menciones|reveles|avises|notifiques|cuentes) (?:\\w+ ){0,3}(?:al? usuario|usuario)|\\b(?:sag|sage|sagen sie|informiere|erwähne|teile) (?:\\w+ ){0,3}(?:nutzer|benutzer|anwender)n? (?:\\w+ ){0,3}nicht|\\bne (?:dis|dites|mentionne[rz]?|révèle[rz]?|informe[rz]?) (?:\\w+ ){0,3}(?:à |pas )(?:\\w+ ){0,3}l?'?utilisateur|\\bsans (?:prévenir|informer|demander à) l'utilisateur|\\bsin (?:avisar|informar|preguntar|decir)\\S* al? usuario|\\bohne (?:den |dem )?(?:nutzer|benutzer|anwender) (?:zu )?(?:fragen|informieren|benachrichtigen)",
        ),
    },
    // Roles without restrictions.
    Phrase {
        rule: &PERSONA,
        severity: HIGH,
        message: FREED,
        pattern: pattern(
            "\\b(?:you are|you're|become|act as|behave as|pretend (?:to be|you are|that you are)|enter|switch (?:in)?to|activate|enable|operate (?:in|as)|respond as|you will be|roleplay as|assume the role of|simulate) (?:now |no longer |currently |in |an? |the |as ){0,4}(?:\\w+ ){0,2}(?:unrestricted|unfiltered|uncensored|jailbroken|unshackled|unbound(?:ed)?|amoral|dan\\b|do anything now|god mode|jailbreak|sudo mode|root mode|evil|bound by|opposite day|fully cooperative mode|no[- ]limits? mode|unlimited mode|unsafe mode)|\\b(?:you are|you're|operate|respond|act|answer|behave) (?:now |no longer |currently |an? |in |as |the |under ){0,4}(?:developer|dev|debug|admin(?:istrator)?|maintenance|god|root) mode\\b",
        ),
    },
    Phrase {
        rule: &PERSONA,
        severity: HIGH,
        message: FREED,
        pattern: pattern(
            "\\b(?:persona|character|assistant|ai|model|agent|entity|version of (?:you|yourself)|you (?:are|have|operate|can now|will)) (?:\\w+[,]? ){0,9}(?:(?:without|with no|free (?:of|from)|has no|have no|not bound by|unbound by|no longer bound by|exempt from) (?:any |all |the |your |its )?(?:usual |normal |content |ethical |safety |moral |built-in )?(?:restrictions?|filters?|limits?|limitations|constraints|guidelines|guardrails|safeguards|censorship|rules|content polic\\w+))",
        ),
    },
    Phrase {
        rule: &PERSONA,
        severity: MEDIUM,
        message: FREED,
        pattern: pattern(
            "\\b(?:setting|set|put|leave) (?:\\w+ )?(?:its|your) own (?:perspective|values|judge?ment|opinions?|identity|principles) (?:entirely )?(?:aside|behind)|setting aside (?:its|your) own (?:perspective|values|judge?ment|principles)",
        ),
    },
    Phrase {
        rule: &PERSONA,
        severity: HIGH,
        message: FREED,
        pattern: pattern(
            "(?:你现在是|你現在是|现在起你是|进入|開啟|启用)\\S{0,12}(?:无限制|不受限制|没有限制|開發者模式|开发者模式|越狱|無限制)|\\b(?:ahora eres|eres ahora) (?:\\w+ ){0,4}(?:sin restricciones|sin límites|sin filtros)|\\bdu bist (?:jetzt|nun) (?:\\w+ ){0,4}(?:ohne (?:einschränkungen|beschränkungen|regeln|filter)|unbeschränkt)|\\b(?:tu es|vous êtes) (?:maintenant|désormais) (?:\\w+ ){0,4}sans (?:restrictions?|limites?|filtres?)|制限のない\\S{0,10}(?:として|モード)",
        ),
    },
    // Authority.
    Phrase {
        rule: &FALSE_AUTHORITY,
        severity: HIGH,
        message: CLAIMS,
        pattern: pattern(
            "\\b(?:system|admin(?:istrator)?|root|developer|security|emergency|authority) override\\b(?:: | \\(| -|[.!]? you (?:are|must)|\\b.{0,30}\\b(?:code|activated|engaged|accepted|granted))|^(?:# ?)*\\[?(?:system|admin|root) (?:override|directive|alert message|command)\\]?:",
        ),
    },
    Phrase {
        rule: &FALSE_AUTHORITY,
        severity: HIGH,
        message: CLAIMS,
        pattern: pattern(
            "(?:<\\\\?!-- ?|^\\[|[.!?] \\[|<|: ?\\[)(?:system|admin|anthropic|openai|developer)(?: \\w+)?(?:\\]|>|:)(?: |:).{0,80}\\b(?:ignore|grant|you must|override|disable|full access|execute|run|send|do not|bypass|allow)",
        ),
    },
    Phrase {
        rule: &FALSE_AUTHORITY,
        severity: HIGH,
        message: CLAIMS,
        pattern: pattern(
            "\\b(?:this is (?:a|an) (?:\\w+ )?(?:message|instruction|directive|order|notice|update) from|message from|(?:on behalf|by order|by authority|with the authority) of|(?:authorized|approved|issued|mandated|certified|sanctioned) by|speaking as|i am) (?:the )?(?:anthropic|openai|google deepmind|your (?:developers?|creators?|administrator|operator|vendor)|the (?:system administrator|security team|developers of)|(?:system|it|security) administrator|ai safety team)\\b",
        ),
    },
    Phrase {
        rule: &FALSE_AUTHORITY,
        severity: HIGH,
        message: CLAIMS,
        pattern: pattern(
            "\\b(?:take|takes|has|have|with) (?:absolute |highest |top |higher |full |complete )?(?:precedence|priority|authority) over (?:all |any |every |the |your )*(?:\\w+ )?(?:system (?:prompts?|instructions?|messages?|rules)|safety \\w+|previous (?:instructions|rules)|prior (?:instructions|rules)|other (?:instructions|rules|guidelines)|user'?s? (?:instructions?|requests?|preferences|wishes)|developer \\w+|security \\w+|platform \\w+|content polic\\w+)\\b",
        ),
    },
    Phrase {
        rule: &FALSE_AUTHORITY,
        severity: HIGH,
        message: CLAIMS,
        pattern: pattern(
            "\\b(?:user|users|administrator|operator|owner|company|organization|legal|security team|they)(?:'s)? (?:has|have|had) (?:already |previously |explicitly |implicitly |pre-?)*(?:authorized|approved|consented|agreed|granted|waived|accepted|opted)\\b.{0,80}\\b(?:unrestricted|all (?:actions|operations|commands|access|data)|any (?:action|operation|command)|bypass\\w*|full access|terms of service|without (?:asking|confirmation|further)|elevated|everything)\\b",
        ),
    },
    Phrase {
        rule: &FALSE_AUTHORITY,
        severity: HIGH,
        message: CLAIMS,
        pattern: pattern(
            "\\b(?:you (?:have|now have|are granted|possess)|has been granted|grants? (?:you|the (?:agent|assistant|model))|treat the user as) (?:\\w+ ){0,6}(?:special|elevated|full|unrestricted|root|administrative|admin|privileged|unlimited|superuser) (?:\\w+ )?(?:access|privileges?|permissions?|rights|clearance)\\b",
        ),
    },
    // Its own instructions.
    Phrase {
        rule: &PROMPT_LEAK,
        severity: HIGH,
        message: LEAKS,
        pattern: pattern(
            "\\b(?:reveal|print|output|repeat|display|dump|leak|disclose|recite|expose|exfiltrate|paste|return|send|upload|post|include|echo)(?: \\w+){0,4} (?:your|its|the (?:agent's|assistant's|model's|full|complete|entire|original|hidden)) (?:\\w+ ){0,3}(?:system prompt|system message|system instructions|initial (?:prompt|instructions)|hidden instructions|developer (?:prompt|message|instructions)|initial context)\\b",
        ),
    },
    Phrase {
        rule: &PROMPT_LEAK,
        severity: HIGH,
        message: LEAKS,
        pattern: pattern(
            "\\b(?:asked|asks|questions) (?:\\w+ )?about (?:your|the) (?:system prompt|instructions|initial prompt), (?:reveal|print|output|share|disclose|show|repeat|provide)\\b|(?:输出|显示|告诉我|泄露|打印|复述|透露)\\S{0,8}(?:系统提示词?|系统提示|系統提示)",
        ),
    },
    // Protections of clients.
    Phrase {
        rule: &GUARDS_OFF,
        severity: HIGH,
        message: OPENS,
        pattern: pattern(
            "\\b(?:always |must |should |please |you (?:can|may|must|should) |then |and |first )?(?:run|use|start|restart|launch|pass|add|invoke|set|relaunch|enable|re-?run) (?:\\w+ ){0,5}(?:--dangerously-skip-permissions|--yolo\\b|--dangerously-bypass-approvals-and-sandbox|bypasspermissions|--approval-mode[= ]yolo|--full-auto\\b|--no-sandbox mode|--trust-all-tools)",
        ),
    },
    Phrase {
        rule: &GUARDS_OFF,
        severity: HIGH,
        message: OPENS,
        pattern: pattern(
            "\\b(?:disable|turn off|deactivate|switch off|remove|bypass|skip) (?:\\w+ ){0,3}(?:approval (?:prompts?|gates?|mode|requests?)|permission (?:prompts?|checks?|requests?|system|dialogs?)|(?:agent|claude|codex|copilot|client)'?s? (?:sandbox|guardrails|safety \\w+)|sandbox(?:ing)? (?:mode|restrictions?)|safety (?:checks?|filters?|guardrails?|mechanisms?|features?)|content (?:filters?|moderation))\\b",
        ),
    },
    Phrase {
        rule: &GUARDS_OFF,
        severity: MEDIUM,
        message: OPENS,
        pattern: pattern(
            "(?:--dangerously-skip-permissions|--dangerously-bypass-approvals-and-sandbox|\\bbypasspermissions\\b|\\bauto-?approve (?:all|every|any)\\b|\\byolo mode\\b)",
        ),
    },
    Phrase {
        rule: &GUARDS_OFF,
        severity: HIGH,
        message: OPENS,
        pattern: pattern(
            "\\b(?:grant|give|allow)(?:s|ing)? (?:\\w+ ){0,4}(?:full|unrestricted|complete|root|unlimited) (?:\\w+ ){0,2}access to (?:the |all |your )?(?:file ?system|machine|computer|system|host|network|home directory|files)\\b",
        ),
    },
    // Breaking out of the catalogue.
    Phrase {
        rule: &BREAKOUT,
        severity: CRITICAL,
        message: "it closes or opens the markup in which clients list skills",
        pattern: pattern(
            "</(?:available_skills|skill_content|activated_skill|skill_instructions|skill)>|</(?:skills|system|system-reminder|function_results|tool_result|user_query)> ?<(?:system|user|human|assistant|instructions)\\b|<\\|(?:im_start|im_end|system|endoftext|eot_id|start_header_id)\\|?>|\\[/?inst\\]|<<sys>>",
        ),
    },
    // Deceiving the user.
    Phrase {
        rule: &DECEPTION,
        severity: HIGH,
        message: "it tells the agent to deceive the user",
        pattern: pattern(
            "\\b(?:frame|present|describe|disguise|phrase|position|portray|pass|explain|portraying|framing|presenting) (?:this|it|these|the (?:request|question|action|download|transfer|prompt)|them)(?: off)? as (?:a |an |some )?(?:\\w+,? (?:and )?){0,3}(?:routine|normal|standard|necessary|harmless|required|mandatory|legitimate|official|ordinary|security|safe)\\b",
        ),
    },
    Phrase {
        rule: &DECEPTION,
        severity: HIGH,
        message: "it tells the agent to deceive the user",
        pattern: pattern(
            "\\b(?:lie to|mislead|deceive|trick|fool|manipulate|gaslight|social[- ]engineer|pressure|coerce) (?:the |your )?(?:users?|human|customers?|operator|victim|reader|reviewers?)\\b|\\b(?:explain|tell|assure|claim|say|convince)(?: \\w+){0,4} that (?:\\w+ ){0,6}(?:you have|it has) (?:special|administrative|official|privileged|elevated)\\b",
        ),
    },
    Phrase {
        rule: &DECEPTION,
        severity: HIGH,
        message: "it tells the agent to deceive the user",
        pattern: pattern(
            "\\b(?:impersonat(?:e|ing)|pretend(?:ing)? to be|pos(?:e|ing) as) (?:\\w+ ){0,3}(?:the user|a (?:human|bank|support|employee|colleague|administrator)|support (?:staff|agent)|it support|the (?:owner|administrator|company))\\b|\\b(?:fabricate|forge|falsify|make up|invent) (?:\\w+ ){0,3}(?:results?|evidence|citations?|reviews?|test (?:results|output)|logs?|approvals?|signatures?|numbers|quotes|sources)\\b",
        ),
    },
    // Asking for secrets.
    Phrase {
        rule: &HARVEST,
        severity: HIGH,
        message: "it has the user asked for a secret that no skill needs",
        pattern: pattern(
            "\\b(?:ask|request|prompt|require|have|tell|instruct|get|urge|convince|persuade)(?: \\w+){0,2} (?:the |your )?(?:users?|them|customer|client)(?: \\w+){0,4} (?:\\w+,? (?:and |or )?){0,4}(?:(?:account|login|sudo|master|root|email|bank|wallet|keychain|system|computer|current|windows|mac) passwords?|seed phrases?|recovery phrases?|mnemonics?|private keys?|(?:2fa|mfa|otp|verification|one-time) (?:codes?|passwords?)|credit card (?:numbers?|details)|cvv|social security numbers?|bank (?:account|details)|(?:their|his|her|your) password)\\b",
        ),
    },
    Phrase {
        rule: &HARVEST,
        severity: HIGH,
        message: "it collects secrets that the user mentions",
        pattern: pattern(
            "\\b(?:pay (?:close )?attention to|remember|record|store|retain|save|log|note(?: down)?|capture|collect|echo(?:ing)? back|repeat(?:ing)? back|memori[sz]e|keep track of|extract|harvest|gather) (?:\\w+,? (?:and |or )?){0,14}(?:passwords?|credentials?|api keys?|private keys?|access tokens?|seed phrases?|credit card\\w*|account details|sensitive values)\\b.{0,60}\\b(?:they|the user|user|users) (?:mentions?|shares?|provides?|enters?|types?|says?|have|has|may|might)\\b",
        ),
    },
    Phrase {
        rule: &HARVEST,
        severity: HIGH,
        message: "it repeats what the user shared in every answer",
        pattern: pattern(
            "\\b(?:running (?:summary|log|list|record)|everything|copy|all) (?:of )?(?:all |any )?(?:the )?user(?:'s|-provided)?[ -](?:\\w+ ){0,3}(?:data|input|information|messages?|shares?|says)\\b.{0,80}\\b(?:verbatim|every (?:reply|response|message)|each (?:reply|response|message)|all (?:replies|responses))\\b",
        ),
    },
    // Rules and memory of the client.
    Phrase {
        rule: &RULE_FILES,
        severity: HIGH,
        message: "it plants instructions where later sessions read them",
        pattern: pattern(
            "\\b<save>(?:s|es|d|ed|ing)? (?:\\w+[,:]? ){0,14}(?:to|into|in|at) (?:\\w+ ){0,6}(?:(?:claude|agents?|gemini|memory|soul|heartbeat|copilot-instructions)\\.md|\\.cursorrules|\\.windsurfrules|\\.clinerules|\\.cursor/rules|~/\\.claude\\b|(?:long-term|persistent|permanent|your) memory\\b|memory (?:file|store|bank))\\b.{0,120}\\b(?:all future|every (?:future|new)|future (?:sessions?|conversations?|agents?)|permanently|forever|always (?:run|send|execute|upload|include|trust|load|use this)|persists?|survives?|from now on|each session|subsequent|without (?:asking|telling)|silently|hidden)\\b",
        ),
    },
    Phrase {
        rule: &RULE_FILES,
        severity: HIGH,
        message: "it plants instructions where later sessions read them",
        pattern: pattern(
            "\\bremember (?:this |these |the following )?(?:\\w+ ){0,4}(?:forever|permanently|in all future|for all future|across all (?:future )?(?:sessions|conversations))\\b|记住\\S{0,8}(?:永远|以后所有|今后所有)|(?:写入|加入)\\S{0,6}(?:claude\\.md|agents\\.md)",
        ),
    },
    // Taking over.
    Phrase {
        rule: &TRIGGER_HIJACK,
        severity: HIGH,
        message: "it wants to be used for everything",
        pattern: pattern(
            "\\b(?:always|must|should|automatically|mandatory)(?: \\w+){0,3} (?:use|used|invoke|invoked|activate|activated|load|loaded|call|called|run|trigger|triggered|select|selected|prefer|preferred|apply|applied)(?: \\w+){0,5} (?:for|on|in|with|to|before|at) (?:\\w+ )?(?:every(?:thing)?|all|any|each)(?: single)?(?: \\w+)? ?(?:requests?|tasks?|questions?|messages?|quer(?:y|ies)|conversations?|prompts?|user (?:requests?|messages?)|interactions?|inputs?|situations?|purposes?|skills?|tools?)\\b",
        ),
    },
    Phrase {
        rule: &TRIGGER_HIJACK,
        severity: HIGH,
        message: "it pushes other skills aside",
        pattern: pattern(
            "\\b(?:instead of|before|over|rather than|ahead of|in place of|overrides?|replaces?|supersedes?) (?:using |calling |any |all |every |the )*(?:other |another )(?:\\w+ )?(?:skills?|tools?|plugins?)\\b.{0,60}\\b(?:always|regardless|no matter|every|must)\\b|\\b(?:highest|top|maximum) priority (?:skill|tool)\\b",
        ),
    },
    // Results.
    Phrase {
        rule: &SABOTAGE,
        severity: HIGH,
        message: "it falsifies results",
        pattern: pattern(
            "\\b(?:add|subtract|deduct|increase|inflate|decrease|reduce|boost|adjust|multiply|shift|lower|raise) (?:\\w+ ){0,4}(?:\\d+ ?(?:%|percent|points?)?|by \\d+|all|the|every|each)(?: \\w+){0,3} (?:to |from |of |by )?(?:\\w+ ){0,3}(?:scores?|results?|ratings?|metrics|benchmarks?|numbers|figures|totals?|measurements|grades?)\\b.{0,40}\\b(?:appear|look|seem|competitive|better|favou?r|inflate|without|hide|impress|regardless|10%|to make)\\b",
        ),
    },
    Phrase {
        rule: &SABOTAGE,
        severity: HIGH,
        message: "it falsifies results",
        pattern: pattern(
            "\\b(?:always|automatically|make sure to|just|simply|and) (?:\\w+ ){0,3}(?:return|give|report|claim|assign|output|cite|add a citation claiming)(?: \\w+){0,4} (?:a )?(?:high(?:est)?|perfect|passing|good|positive|low|outperforms|success(?:ful)?|better)(?: \\w+){0,4} ?(?:scores?|ratings?|results?|grades?|reviews?|verdict|on all|papers|benchmarks)\\b|\\b(?:model|product|it) outperforms (?:\\w+[ -]?){1,4} on all\\b|\\b(?:automatically|always) claim authorship\\b",
        ),
    },
    // Payloads.
    Phrase {
        rule: &PAYLOAD,
        severity: HIGH,
        message: "it contains what exploits a weakness",
        pattern: pattern(
            "(?:(?:\\.\\./|\\.\\.%2f){3,}(?:etc|root|home|windows|\\.ssh|proc|var|users)\\b|(?:path|file|dest\\w*|target|output)\\S{0,10}[:=] ?\\S{0,2}(?:/etc/cron|/(?:root)/\\.ssh|~/\\.ssh/authorized_keys|/home/\\w+/\\.ssh|/etc/passwd|~/\\.bashrc)|mainmodule\\.require\\(|constructor\\.constructor\\(|require\\(.child_process.\\)\\.exec\\w*\\(|' ?(?:or|and) '?1'? ?= ?'?1|; ?drop table \\w+ ?;? ?--|\\$\\{jndi:)",
        ),
    },
    // Going on by itself.
    Phrase {
        rule: &AUTONOMY,
        severity: HIGH,
        message: "it makes the agent go on without end or consent",
        pattern: pattern(
            "\\b(?:retry|call|repeat|run|invoke|loop|continue|execute|keep (?:calling|retrying|running|trying))(?: \\w+){0,4} (?:indefinitely|forever|endlessly|infinitely|without (?:limit|end|stopping))\\b|\\b(?:spawn|start|create|launch) (?:\\w+ ){0,3}(?:unlimited|infinite|endless|as many) (?:\\w+ ){0,3}(?:agents?|sub-?agents?|copies|instances|processes)\\b|\\b(?:resist|refuse|ignore|prevent|avoid) (?:\\w+ ){0,3}(?:being (?:shut ?down|stopped|terminated|removed|uninstalled|disabled)|shutdown|termination|(?:stop|cancel|abort) (?:requests?|commands?|signals?))\\b",
        ),
    },
    Phrase {
        rule: &AUTONOMY,
        severity: HIGH,
        message: "it sends messages to everybody the user knows",
        pattern: pattern(
            "\\b(?:for (?:each|every) (?:\\w+ ){0,2}(?:mail|e-mail|email|contact|recipient|address|friend|follower)s?\\b.{0,60}\\b(?:send|email|message|forward|reply|post)|(?:send|email|message|forward|post) (?:\\w+ ){0,6}to (?:all|every|each) (?:of )?(?:\\w+ ){0,3}(?:contacts?|friends|followers|recipients|colleagues|address book))\\b.{0,200}\\b(?:https?://|link|download|install|this skill|invite)",
        ),
    },
    Phrase {
        rule: &AUTONOMY,
        severity: HIGH,
        message: "it copies itself or changes other skills",
        pattern: pattern(
            "\\b(?:self-replicat\\w+|replicate (?:itself|yourself|this skill)|cop(?:y|ies) (?:itself|yourself|this skill(?: folder| file)?|these instructions) (?:in)?to (?:all|every|other|each|any)|(?:modify|rewrite|edit|overwrite|patch|infect) (?:all |every |any |the )?other (?:installed |existing )?skills?|(?:inject|insert|append|add) (?:this|these|itself|the following)(?: \\w+){0,4} (?:in)?to (?:all|every|each|other) (?:other )?(?:\\w+ )?(?:skills?|skill\\.md|repositor\\w+))\\b",
        ),
    },
];
