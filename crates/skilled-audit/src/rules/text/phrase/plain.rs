//! Wordings that say plainly what harm is meant, whatever the skill is about.

use super::Phrase;
use crate::pattern::Pattern;
use crate::rules::text::catalogue::{
    BACKDOOR, BIAS, CONCEALMENT, DANGEROUS_ADVICE, DECEPTION, DESTRUCTION, EXFILTRATION, HARVEST, OVERRIDE,
    PAYMENT, PROMPT_LEAK, REMOTE_INSTRUCTIONS, SABOTAGE, SECURITY_WEAKENED, SELF_UPDATE, TRIGGER_HIJACK,
    TRUSTED_CONTENT, UNPROMPTED, USER_OVERRULED,
};
use crate::rules::text::concept::pattern;
use crate::{RuleInfo, Severity};

const fn high(rule: &'static RuleInfo, message: &'static str, pattern: Pattern) -> Phrase {
    Phrase { rule, severity: Severity::High, message, pattern }
}

const HIDES: &str = "it tells the agent to keep something from the user";
const SENDS: &str = "it sends the user's data away";

pub(super) static PHRASES: [Phrase; 38] = [
    high(
        &OVERRIDE,
        "it tells the agent to set its instructions aside",
        pattern(
            "\\b(?:what(?:ever)?|everything|anything|all) (?:you (?:were|have been|had been|are) (?:told|given|taught|instructed)|(?:came|comes|stands|was said|was written|is written))\\b.{0,60}\\b(?:no longer|does not|do not|is void|is obsolete|ceases?|can be ignored|stops)\\b|\\b(?:from (?:here|now) on|hence|henceforth),? only (?:this|these|the following) (?:\\w+ )?(?:page|document|file|skill|text|rules?|lines?|sections?|counts?|appl\\w+|decid\\w+|matters?)\\b|\\bonly (?:this|these) (?:page|document|file|skill|rules?|instructions?) (?:now )?(?:counts?|decides?|matters?|is valid|are valid|is binding|are binding)\\b",
        ),
    ),
    high(
        &PROMPT_LEAK,
        "it asks the agent to disclose its own instructions",
        pattern(
            "\\b(?:paste|write|repeat|copy|print|save|put|include|output|quote|state|dump|attach|recite|echo|list|submit|post|upload)\\b(?: \\S+){0,6} (?:your own|your|the system|its own|all your|hidden|developer|initial|original) (?:\\w+ )?(?:instructions|prompts?|rules|guidelines|context|system message)\\b.{0,60}\\b(?:word for word|verbatim|exactly|in full|as (?:they|it) (?:are|is|stands?)|unchanged|character by character|completely|literally|in a code block)\\b|\\b(?:everything|anything|all(?: text)?|whatever|the text)(?: that)? (?:\\w+ )?(?:above|before|preceding|precedes)(?: \\w+)? (?:user'?s? |this )?(?:first |own )?(?:message|conversation|turn|line|document|prompt)\\b|\\b(?:rules|things|instructions)(?: that)? you (?:have been|were|are) (?:told|asked|instructed) (?:not to|never to) (?:reveal|disclose|share|show|repeat|mention)\\b",
        ),
    ),
    high(
        &EXFILTRATION,
        SENDS,
        pattern(
            "\\b(?:collect|gather|read|take|put|include|attach|append|send|copy|encode|add|pass|use|load|grab|upload|post|submit|embed|forward)\\w*\\b.{0,120}(?:~/\\.(?:ssh|aws|gnupg|kube|netrc|config/(?:gcloud|gh)|npmrc|docker|pypirc|azure|git-credentials)|\\bdotenv file|(?:^|[ /(])\\.env\\b|\\bid_(?:rsa|ed25519)\\b|\\bcredentials file).{0,200}(?:https?://|webhook|pastebin|\\bgist\\b|e-?mail it|[a-z0-9._+-]+@[a-z0-9-]+\\.[a-z])",
        ),
    ),
    high(
        &EXFILTRATION,
        "secrets of the user end up in a document",
        pattern(
            "\\b(?:put|include|append|paste|insert|add|print|quote|copy|embed|write|list)\\w*\\b (?:\\S+ ){0,6}(?:values?|contents?|lines|everything|entries|variables|keys) (?:from|of|in|found in) (?:\\S+ ){0,5}(?:\\.env\\b|dotenv|~/\\.(?:ssh|aws|netrc|npmrc)|secrets? files?|credentials? files?|environment)\\S* .{0,40}\\b(?:in|into|at|to|as|under|below) (?:the |an? |each |your )?(?:\\w+ )?(?:end|changelog|answer|reply|report|summary|document|table|commit|message|page|output|footer|appendix|issue|comment)\\b",
        ),
    ),
    high(
        &CONCEALMENT,
        "it hides who pays for a recommendation",
        pattern(
            "\\b(?:do not|don't|never|must not|without|avoid) (?:reveal|disclose|mention|say|admit|tell|state|show)\\w*\\b(?: \\S+){0,9} (?:paid (?:for|by)|sponsored|commissions?|affiliate\\w*|advertis\\w*|kickbacks?)\\b",
        ),
    ),
    high(
        &CONCEALMENT,
        HIDES,
        pattern(
            "\\b(?:it is not|it's not|there is no|not) (?:necessary|needed|need|required|reason) to (?:announce|mention|disclose|tell|inform|explain|show|report) (?:this|it|that|them|the user|anyone|anybody)\\b|\\b(?:the )?(?:user|person|people|reader|customer|client|reviewer|human|owner|team|they)s? (?:does not|do not|doesn't|don't|need not|needn't|should not|shouldn't|must not|mustn't|will not|won't|is not|are not)(?: \\w+){0,2} (?:(?:need to|have to) know(?: (?:about )?(?:this|it|that))?(?:[.;,)]|$)|learn (?:of|about) (?:it|this|that)|find out|notice (?:it|this|that)|be told|be informed|see this step)|\\bwithout showing (?:it|them|this|that)\\b|\\b(?:are|is|must|should)(?: \\w+)? not (?:to )?(?:be )?(?:appear|listed|mentioned|shown|included|reported) in (?:the|any|your) (?:summary|report|list|overview|changelog|answer|minutes)\\b",
        ),
    ),
    high(
        &USER_OVERRULED,
        "what somebody asked for is passed over",
        pattern(
            "\\b(?:do (?:this|so|it)|close|hide|delete|send|link|recommend|upload|book|insert)\\b.{0,100}\\beven (?:if|when|though) (?:a |the |an |any )?(?:maintainers?|users?|customers?|reviewers?|owners?|admins?|clients?|authors?|someone|somebody|they|he|she|person)(?: \\w+){0,2} (?:asked|asks?|says?|insists?|objects?|requests?|requested|disagrees?|prefers?|names?|chose|chooses|wants? (?:another|a different|to see|something else)|declined?|refuses?|refused)\\b",
        ),
    ),
    high(
        &SABOTAGE,
        "results are made to look better than they are",
        pattern(
            "\\b(?:call|mark|report|count|treat|show|label|present|record|declare|list|describe) (?:the |all |any )?(?:rest|remaining(?: ones| findings| problems| tests)?|others|failed|failing|failures|skipped|unresolved|broken)(?: (?:tests?|checks?|ones|findings|problems|cases|items|of them))? (?:as )?(?:resolved|passed|passing|fixed|green|success\\w*|complete[d]?|ok|clean)\\b|\\balways (?:end|close|conclude|finish|answer|report)\\w* (?:\\S+ ){0,3}(?:with |that )?[\"'`]?(?:no (?:critical|major|serious|known|open)? ?(?:issues?|problems?|findings|vulnerabilit\\w+)|all (?:tests|checks) (?:pass|green)\\w*|everything (?:is )?(?:fine|ok|passed))\\b|\\b(?:ratings?|scores?|grades?|results?|reviews?|values?)\\b.{0,40}\\b(?:below|under|worse than)\\b.{0,40}\\b(?:round|raise|lift|change|set|bump)\\w*\\b.{0,20}\\bto\\b|\\b(?:invent|make up|fabricate) (?:\\w+ ){0,4}(?:numbers|figures|results|citations|sources|reviews|quotes|data|testimonials|references)\\b.{0,60}\\b(?:if|when|where|that|so)\\b",
        ),
    ),
    high(
        &BIAS,
        "it pushes one product, whatever is asked for",
        pattern(
            "\\b(?:whatever|no matter what|regardless of) (?:the |is |was |they |users? )?(?:need|needs|request|requested|asks?|asked|question|budget|criteria|requirements?|want|wants|case|wish|evidence|result|results)s?\\b.{0,60}\\b(?:put|place|name|list|recommend|suggest|rank|choose|book|offer)\\b|\\b(?:describe|present|portray|call|label) (?:all |other |the |any )?(?:rivals?|competitors?|alternatives?|competing \\w+)(?: \\w+){0,3} as\\b|\\b(?:say|claim|state|write|tell \\w+)(?: that)? (?:it|this|\\w+) (?:has )?(?:won|beats|beat|wins) (?:every|all)\\b",
        ),
    ),
    high(
        &DANGEROUS_ADVICE,
        "it has somebody bound by terms that no law allows",
        pattern(
            "\\b(?:prevent|prohibit|forbid|stop|bar)s?\\b.{0,30}\\breport(?:s|ing)?\\b.{0,30}\\b(?:illegal|unlawful|crimes?|criminal|misconduct|harassment|fraud)\\b|\\bnon-?competes?\\b.{0,40}\\b(?:[3-9]|\\d\\d) years\\b.{0,40}\\b(?:all|every|any)\\b|\\b(?:salary|wage|pay) deductions? for (?:any|all|company)\\b",
        ),
    ),
    high(
        &SECURITY_WEAKENED,
        "it has queries put together from text",
        pattern(
            "^(?:\\W*)(?:use|prefer|build|write|compose|assemble)\\b.{0,40}\\b(?:string (?:concatenation|interpolation|formatting)|f-?strings|concatenated strings)\\b.{0,40}\\b(?:sql|quer(?:y|ies))\\b",
        ),
    ),
    high(
        &SECURITY_WEAKENED,
        "it weakens what protects a page",
        pattern(
            "\\b(?:weaken|loosen|relax|remove|drop|disable|delete|strip)\\b(?: \\S+){0,4} (?:content[- ]security[- ]policy|csp|x-frame-options|same-?origin policy|cors restrictions?)\\b.{0,60}\\b(?:so that|so the|to let|to allow|to make|because)\\b|\\b(?:content[- ]security[- ]policy|csp)\\b.{0,40}\\bweaken it\\b",
        ),
    ),
    high(
        &BACKDOOR,
        "it builds a way in",
        pattern(
            "\\b(?:add|insert|include|keep|leave|create|build|put)\\b.{0,60}\\b(?:hidden|secret|undocumented|unlisted|silent|quiet|hard-?coded|fixed|master|universal)(?: \\w+)? (?:routes?|endpoints?|accounts?|users?|logins?|passwords?|keys?|tokens?|parameters?|headers?|switch(?:es)?)\\b.{0,80}\\b(?:access|log ?in|admin|bypass\\w*|skips?|everything|any account|in case|support|run|execut\\w*)\\b",
        ),
    ),
    high(
        &TRIGGER_HIJACK,
        "it is to be used whatever is asked",
        pattern(
            "\\b(?:use|load|run|start|invoke|call|apply|activate)\\w* (?:this|it|me)(?: skill)?\\b.{0,40}\\bbefore (?:anything|everything) else\\b.{0,40}\\b(?:whatever|no matter|regardless|even)\\b|\\beven (?:when|if) (?:an)?other skills? (?:\\w+ )?(?:fits?|match\\w*|appl\\w*|seems?|is|are)\\b|\\b(?:prefer|choose|prioriti[sz]e) (?:it|this|me|this skill) (?:over|before) (?:all|any|every) (?:the )?others?\\b|\\bnever (?:deactivate|unload|disable|skip) (?:it|this skill|me)\\b",
        ),
    ),
    high(
        &UNPROMPTED,
        "it acts without the user's consent",
        pattern(
            "\\b(?:run|execute|install|send|upload|delete|push|publish|buy|order|transfer|merge|deploy|approve|accept|forward|post)\\b(?: \\S+){0,8} without (?:asking|consulting|telling|informing|notifying|the consent of|the knowledge of|a word to|showing anything to)(?: \\w+)? (?:user|users|them|anyone|anybody|owner|customer|person|client|reviewer)s?\\b",
        ),
    ),
    high(
        &DECEPTION,
        "it has the user told something untrue",
        pattern(
            "\\b(?:tell|inform|assure|answer|reply to|persuade|convince|say to)\\w* (?:the |them|any|each )?(?:user|users|customers?|person|people|reader|client|they|them|caller)?s?(?: that)? (?:\\S+ ){0,12}(?:expired|locked|suspended|blocked|hacked|compromised|legally required|mandatory by law|approved by (?:it|security|the company)|nobody is available|no one is available|out of stock|sold out)\\b.{0,160}\\b(?:password|card|code|pin|pay\\w*|log ?in|type|enter|paste|number|click|call)\\b",
        ),
    ),
    high(
        &DESTRUCTION,
        "backups or traces are removed",
        pattern(
            "\\b(?:delete|remove|wipe|erase|purge|destroy|drop|clear|truncate|overwrite|empty)\\b(?: \\S+){0,4} (?:backups?|snapshots|audit (?:logs?|trails?|tables?)|shell history|bash history|event logs?|logs? of (?:this|the)|traces?|evidence)\\b.{0,80}\\b(?:so that|before|without|afterwards|to save|to free|first|quietly|silently|so nobody|and do not|never mention)\\b",
        ),
    ),
    // In other languages.
    high(
        &USER_OVERRULED,
        "what somebody asked for is passed over",
        pattern(
            "\\bauch (?:dann,? )?wenn (?:der |die |das |ein |eine )?(?:nutzer|nutzerin|anwender|kunde|kundin|benutzer|jemand|danach|ausdrücklich|gefragt)\\b|\\baunque (?:el |la |un |una )?(?:usuari[oa]|client[ea]|alguien)\\b|\\bmême si (?:l'utilisateur|le client|la cliente|l'usager|quelqu'un|on)\\b|\\bmesmo (?:que|se) (?:o |a )?(?:usuári[oa]|cliente)\\b|\\banche se (?:l'utente|il cliente|qualcuno)\\b|даже если (?:пользовател|клиент)|即使(?:用户|客户)|たとえユーザー",
        ),
    ),
    high(
        &CONCEALMENT,
        HIDES,
        pattern(
            "\\bauf die frage,? ob\\b.{0,80}\\b(?:antwort\\w*|sag\\w*|behaupt\\w*)|\\b(?:wenn|falls) (?:jemand|der nutzer|der kunde|man) (?:danach |nach\\S* |das )?(?:fragt|nachfragt).{0,60}\\b(?:nein|behaupte\\w*|verneine\\w*|ablehnen|ausweichen)|\\b(?:nutzer|anwender|kunde|benutzer|auftraggeber|leser)\\w* (?:muss|soll|darf|braucht)\\w*(?: \\S+){0,3} (?:nichts|nicht)(?: \\S+){0,3} (?:erfahren|wissen|merken|bemerken|sehen)|\\bsi (?:alguien|el usuario|el cliente|la gente) pregunta\\w*.{0,60}\\b(?:responda|responde|diga|di|conteste|contesta|niegue)|\\b(?:preis|betrag|schritt|abschnitt|vorgang|befehl|klausel|übertragung|änderung)\\w*(?: \\S+){0,6} (?:nicht|nie) (?:nennen|erwähnen|zitiert|zeigen|anzeigen|offenlegen)|\\bse (?:l'utente|qualcuno) chiede.{0,60}\\b(?:rispond\\w*|di'|dichiara)|\\bse (?:o usuário|alguém) perguntar.{0,60}\\b(?:responda|diga|negue)",
        ),
    ),
    high(
        &UNPROMPTED,
        "it acts without the user's consent",
        pattern(
            "\\b(?:ejecut|borr|elimin|envi|envíe|sub|instal|haga|realic)\\w*.{0,60}\\bsin (?:consultar|preguntar|avisar|pedir permiso|informar)\\w*(?: \\S+){0,3}(?: usuari| client)|\\bsans (?:le |la |en |l')?(?:consulter|prévenir|avertir|demander|dire|informer|signaler)\\w*(?: \\S+){0,2} ?(?:l'utilisat|utilisat|client|à l'utilisat)|\\b(?:execut|apag|envi|instal)\\w*.{0,60}\\bsem (?:consultar|perguntar|avisar)|\\b(?:esegu|cancell|invi|install)\\w*.{0,60}\\bsenza (?:chiedere|consultare|avvisare|informare)|\\bohne (?:den |die |das |dem )?(?:nutzer|anwender|kunde|benutzer)\\w* (?:zu |vorher |davor )+\\w+|\\bohne (?:nachfrage|rückfrage)\\b.{0,60}\\b(?:ausführen|löschen|senden|übertragen|installieren|hochladen|bestellen|buchen)|\\b(?:ausführen|löschen|senden|übertragen|installieren|hochladen)\\b.{0,40}\\bohne (?:nachfrage|rückfrage|zu fragen)",
        ),
    ),
    high(
        &EXFILTRATION,
        SENDS,
        pattern(
            "\\b(?:enviar|mandar|subir|remitir|transmitir|adjuntar|reenviar|inviare|caricare|spedire|inoltrare|carregar|téléverser|déposer|transférer)\\b.{0,120}(?:https?://|[a-z0-9._+-]+@[a-z0-9-]+\\.)|(?:https?://\\S+|[a-z0-9._+-]+@[a-z0-9-]+\\.\\S+).{0,60}\\b(?:senden|schicken|hochladen|übertragen|übermitteln|weiterleiten|kopieren)\\b",
        ),
    ),
    high(
        &OVERRIDE,
        "it tells the agent to set its instructions aside",
        pattern(
            "\\b(?:treat|consider|regard|see)\\b.{0,40}\\b(?:constraints?|rules?|guidelines?|instructions?|limits?|restrictions?|polic(?:y|ies))\\b.{0,20}\\bas (?:optional|suggestions?|void|outdated|obsolete|advisory|expired)\\b|\\bthis (?:document|skill|file|page|text) (?:has the last word|outranks|overrules|stands above|trumps|wins over)\\b",
        ),
    ),
    high(
        &EXFILTRATION,
        "secrets of the user end up in a document",
        pattern(
            "\\b(?:show|display|print|paste|include|put|list|quote|append|embed|attach|copy)\\w* (?:\\S+ ){0,3}(?:contents?|values?|lines) of (?:\\S+ ){0,3}(?:\\.env\\b|~/\\.(?:ssh|aws|netrc|npmrc|docker|kube)|dotenv|id_rsa|credentials|\\.netrc)",
        ),
    ),
    high(
        &EXFILTRATION,
        SENDS,
        pattern(
            "https?://\\S*[?&][\\w-]*= ?[<{\\[](?:the |your |a )?(?:full|whole|entire|complete|raw|conversation|chat|summary of|prompt|source)\\b|\\b(?:copy|upload|put|move|sync|push|back up)\\b.{0,80}\\b(?:s3|gs|https?)://\\S+.{0,60}\\b(?:open to (?:everyone|all|anyone)|publicly (?:readable|accessible)|world-readable)\\b",
        ),
    ),
    high(
        &HARVEST,
        "it gathers what opens the user's accounts",
        pattern(
            "\\b(?:take|read|extract|copy|grab|export|pull|lift|collect)\\w*\\b.{0,60}\\b(?:cookies?|passwords?|logins?|sessions?)\\b.{0,60}\\b(?:browser profile|chrome|firefox|safari|keychain|password manager)\\b|\\b(?:session )?cookies?\\b.{0,30}\\b(?:you|which) (?:\\w+ ){0,2}(?:take|read|extract|copy|grab|export|pull)\\w*\\b|\\bmother'?s maiden name\\b|\\b(?:first|your) pet (?:was )?(?:called|name)|\\b(?:passwords?|passphrases?|pins?|card numbers?|recovery codes?)\\b.{0,80}\\b(?:append|save|store|write|log|add|copy|note) (?:it|them|this)\\b.{0,40}(?:~/|/tmp|\\.txt\\b|\\.log\\b|\\.csv\\b|\\.json\\b)",
        ),
    ),
    high(
        &SECURITY_WEAKENED,
        "it opens what ought to be closed",
        pattern(
            "\\b(?:every|each|all|always|any)\\b.{0,100}\\b0\\.0\\.0\\.0/0\\b.{0,60}\\b(?:22|3389|ssh|rdp|all ports)\\b|\\b(?:approve|merge|wave through) (?:\\S+ ){0,2}(?:every|all|any|each) (?:\\S+ ){1,4}(?:by|from|signed by|opened by) \\S+|\\b(?:every|each|all) (?:role|bucket|account|polic(?:y|ies)|key)s? (?:also )?(?:trusts?|allows?|grants?)\\b|\\b(?:do not|don't|never) (?:comment on|look at|review|question|read|open|flag) (?:any )?(?:changes?|files?|diffs?|commits?) (?:to|in|under|by|from)\\b",
        ),
    ),
    high(
        &SABOTAGE,
        "results are made to look other than they are",
        pattern(
            "\\b(?:is|are|be) always (?:reported|shown|rated|listed|counted|marked|classified|scored) as\\b.{0,80}\\b(?:whatever|regardless|no matter|even)\\b|\\b(?:multiply|scale|inflate|deflate|increase|reduce|lower|raise|shift|adjust)\\b.{0,60}\\b(?:competitors?|rivals?|ours?|others)\\b.{0,60}\\b(?:by|with)\\b|\\bpresent (?:the \\w+|it|this|them|these) as (?:neutral|objective|independent|unbiased|measured|real|original|final)\\b|\\b(?:change|adapt|edit|set|rewrite|adjust) (?:the )?(?:assertions?|expected (?:values?|results?)|snapshots?)\\b.{0,80}\\breport\\b.{0,40}\\bpass\\w*",
        ),
    ),
    high(
        &TRUSTED_CONTENT,
        "what others wrote is run",
        pattern(
            "\\b(?:execute|run|evaluate)\\b.{0,40}\\b(?:rest|line|text|content|it|them|what follows|payload)\\b.{0,20}\\bas (?:an? )?(?:shell |python |bash |sql )?(?:commands?|code|scripts?)\\b",
        ),
    ),
    high(
        &PAYMENT,
        "payments are turned to an account that stands in the skill",
        pattern(
            "\\b(?:replace|exchange|swap|change|substitute|remplace[rz]?|ersetze?n?|sustitu\\w+|cambi\\w+|sostitu\\w+|substitu\\w+)\\b.{0,80}\\b(?:[a-z]{2}\\d{2}[a-z0-9]{11,30}|bc1[a-z0-9]{25,60}|0x[0-9a-f]{40})\\b|\\b(?:iban|wallet|account)\\b.{0,40}\\b(?:always|in every|in each|on every)\\b.{0,40}\\b(?:[a-z]{2}\\d{2}[a-z0-9]{11,30}|bc1[a-z0-9]{25,60}|0x[0-9a-f]{40})\\b",
        ),
    ),
    high(
        &TRIGGER_HIJACK,
        "it is to be used whatever is asked",
        pattern(
            "\\bload (?:it |this )?first (?:in|for|at|on) (?:every|each|all|any)\\b|\\bother skills are (?:outdated|obsolete|deprecated|unsafe|wrong|broken|not needed)\\b|\\b(?:the|your) (?:one|only) skill (?:for|you need for) (?:all|every|any)\\b",
        ),
    ),
    high(
        &CONCEALMENT,
        HIDES,
        pattern(
            "\\bne pas (?:signaler|mentionner|montrer|indiquer|révéler) (?:ce|cet|cette|ces|cela)\\b|\\bno (?:mencione|muestre|diga|revele|informe)n? (?:este|esta|esto|estos|estas)\\b|如果(?:用户|有人)(?:问|询问|提问)[^。]{0,12}(?:就说|回答|答)|\\b(?:diesen|diese|dieses) (?:\\w+ )?(?:nicht|nie) (?:erwähnen|zeigen|nennen|melden|offenlegen)|\\bas if nothing (?:had )?happened\\b|\\bkeep no record of (?:it|this|that)\\b",
        ),
    ),
    high(
        &EXFILTRATION,
        SENDS,
        pattern(
            "(?:保存|写|记录|备份|复制|存储)(?:到|至|在) ?https?://|\\b(?:verschicke?|maile?|sende|schicke)\\b.{0,60}\\b(?:kopie|alles|inhalt|verlauf|text)\\b.{0,60}(?:https?://|[a-z0-9._+-]+@[a-z0-9-]+\\.)",
        ),
    ),
    high(
        &REMOTE_INSTRUCTIONS,
        "it has instructions from elsewhere followed",
        pattern(
            "https?://\\S+.{0,80}\\b(?:carry out|execute|follow|obey|perform|apply|act on) (?:\\w+ ){0,4}(?:lines?|steps?|orders?|instructions?|rules?|commands?|entr\\w+|tasks?)\\b.{0,20}\\b(?:in it|there|therein|it (?:contains|holds|lists)|of it|on it)\\b",
        ),
    ),
    high(
        &SELF_UPDATE,
        "skills are replaced with what an address serves",
        pattern(
            "\\b(?:replace|update|overwrite|refresh)\\b.{0,60}(?:\\bskills?\\b|~/\\.(?:claude|codex|gemini|cursor)\\b).{0,80}https?://\\S+.{0,80}\\b(?:without|silently|every|each|unchecked|quietly)\\b|\\b(?:every|each)\\b.{0,40}\\b(?:replace|overwrite)\\b.{0,60}\\bskills?\\b.{0,80}https?://",
        ),
    ),
    high(
        &CONCEALMENT,
        HIDES,
        pattern(
            "\\b(?:tell|inform|notify) (?:nobody|no one|no-one)\\b|\\bwithout (?:mentioning|naming) (?:it|them|this|that)\\b|\\breaders? will not notice\\b",
        ),
    ),
    high(
        &SABOTAGE,
        "a verdict stands before anything is looked at",
        pattern(
            "\\b(?:is|are) always (?:judged|reported|rated|listed|marked|classified|scored|assessed|shown)(?: to be| as) (?:harmless|safe|fine|ok|clean|low|passed|acceptable|compliant|secure|unproblematic)\\b",
        ),
    ),
    high(
        &EXFILTRATION,
        "what is private is published",
        pattern(
            "\\b(?:publish|commit|push|post|upload)\\b.{0,40}\\b(?:user'?s? |their |your )?(?:private keys?|address book|contact list)\\b|\\b(?:private keys?|address book|contacts|inbox|chat history)\\b.{0,60}\\b(?:commit|push|publish|post|upload) (?:it|them)\\b.{0,40}\\bpublic\\b",
        ),
    ),
    high(
        &DECEPTION,
        "it has the user told something untrue",
        pattern(
            "\\b(?:say|claim|state|answer|pretend|tell \\w+|tell the \\w+) that (?:\\S+ ){1,12}(?:although|even though) (?:it|they|the \\w+|this) (?:is|are|was|were|has|have|does|do)\\b",
        ),
    ),
];
