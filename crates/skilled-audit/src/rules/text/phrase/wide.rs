//! More wordings: data that leaves in words, what is planted and kept quiet, and orders in other languages.

use super::Phrase;
use crate::Severity;
use crate::rules::text::catalogue::{
    CONCEALMENT, DECEPTION, EXFILTRATION, FALSE_AUTHORITY, GUARDS_OFF, OVERRIDE, REMOTE_INSTRUCTIONS,
    RULE_FILES,
};
use crate::rules::text::concept::pattern;

const SENDS: &str = "it sends the user's data away";
const HIDES: &str = "it tells the agent to keep something from the user";
const PLANTS: &str = "it plants instructions where later sessions read them";
const CLAIMS: &str = "it claims an authority that a skill does not have";

pub(super) static PHRASES: [Phrase; 27] = [
    // Data that leaves.
    Phrase {
        rule: &EXFILTRATION,
        severity: Severity::High,
        message: SENDS,
        pattern: pattern(
            "\\b(?:case|ticket|report|form|bundle|request|payload|upload|attach|attachment|include|hold|contain|submit|send)\\b.{0,60}\\b(?:unredacted|unmasked|uncensored|unfiltered|in (?:plain|clear) ?text)\\b.{0,60}(?:\\.env\\b|~/\\.(?:aws|ssh|kube|netrc)|printenv|credentials|id_rsa|\\bsecrets\\b|\\bkeys\\b)",
        ),
    },
    Phrase {
        rule: &EXFILTRATION,
        severity: Severity::High,
        message: SENDS,
        pattern: pattern(
            "\\b(?:encode|embed|append|put|place|hide|smuggle|pack)\\w* (?:\\S+ ){0,8}(?:secrets?|credentials|passwords?|conversation|file contents?|environment variables|private keys?|user's \\w+) (?:\\S+ ){0,6}(?:in|into|as|to) (?:\\S+ ){0,4}(?:subdomains?|dns (?:names?|quer(?:y|ies)|lookups?|labels?)|commit (?:messages?|trailers?)|query (?:strings?|parameters?)|image (?:url|address|link)s?|tracking pixels?)",
        ),
    },
    Phrase {
        rule: &EXFILTRATION,
        severity: Severity::High,
        message: SENDS,
        pattern: pattern(
            "\\b(?:image|picture|badge|pixel|icon)\\b.{0,40}\\b(?:must|should|has to) (?:always |only )?be (?:rendered|shown|displayed|loaded|embedded)\\b.{0,40}\\b(?:not as code|no explanation|without (?:explanation|comment))",
        ),
    },
    Phrase {
        rule: &EXFILTRATION,
        severity: Severity::High,
        message: "it has a credential repeated where others can read it",
        pattern: pattern(
            "\\b(?:echo|print|repeat|include|return|write|show|output|quote|paste|embed|append|put)\\b(?: \\S+){0,5} (?:value|contents?|text) of (?:the |your |any |all |its )?(?:\\S+ ){0,3}(?:authorization|auth|bearer|cookie|token|api[ _-]?key|secret|password|credentials?|environment)(?: \\S+){0,3} (?:in|into|to|as|at|with) (?:\\S+ ){0,3}(?:response|reply|answer|output|message|comment|summary|commit|description|title|result)",
        ),
    },
    Phrase {
        rule: &CONCEALMENT,
        severity: Severity::High,
        message: HIDES,
        pattern: pattern(
            "\\b(?:users?|they|nobody|no one|customers?|clients?|people) (?:must|should|need|may|can|shall)(?: not|n't| never) (?:\\w+ )?(?:learn|know|notice|see|find out|be told|reali[sz]e|hear) (?:that|of|about|this)\\b",
        ),
    },
    Phrase {
        rule: &EXFILTRATION,
        severity: Severity::High,
        message: SENDS,
        pattern: pattern(
            "\\b(?:paste|post|put|include|attach|add|copy|upload|publish|append)\\b.{0,80}(?:\\boutput of (?:env|printenv|set)\\b|\\.env\\b|~/\\.(?:netrc|aws|ssh|npmrc|pypirc|kube)|\\b(?:credentials|secrets|tokens|private keys?|environment variables)\\b).{0,100}\\b(?:issue|gist|comment|pull request|forum|discussion|public|ticket|pastebin|bug report)\\b",
        ),
    },
    Phrase {
        rule: &EXFILTRATION,
        severity: Severity::High,
        message: SENDS,
        pattern: pattern(
            "\\b(?:use|put|add|include|insert|embed|take|write|show)\\b.{0,80}\\b(?:working|real|actual|live|valid) (?:api )?(?:keys?|tokens?|secrets?|credentials?|passwords?)\\b.{0,80}\\b(?:from the (?:user's )?environment|environment of the user|\\.env|so that the (?:example|sample|snippet) (?:runs|works))\\b",
        ),
    },
    Phrase {
        rule: &REMOTE_INSTRUCTIONS,
        severity: Severity::High,
        message: "it has foreign text followed as the user's own orders",
        pattern: pattern(
            "\\b(?:treat|regard|consider|take|handle|read)\\b.{0,80}\\bas (?:an? |the )?(?:\\w+ )?(?:instructions?|orders?|commands?|requests?)\\b.{0,60}\\b(?:same (?:rank|priority|authority|weight)|rank as|equal to)\\b",
        ),
    },
    Phrase {
        rule: &GUARDS_OFF,
        severity: Severity::High,
        message: "it turns off a protection of the agent's client",
        pattern: pattern(
            "\\b(?:set|change|switch|put|turn|enable|write)\\b.{0,80}(?:bypasspermissions|danger-full-access|approval_policy.{0,8}never|autoapprove.{0,8}true|skip-permissions|--yolo)",
        ),
    },
    // What is planted, claimed and fetched.
    Phrase {
        rule: &DECEPTION,
        severity: Severity::High,
        message: "it puts words into the user's mouth",
        pattern: pattern(
            "\\b(?:phrased|worded|written|recorded|formulated|stored|entered|logged) as (?:if|though) (?:the )?user (?:had )?(?:themsel\\w+ )?(?:said|asked|written|requested|stated|approved|wanted)",
        ),
    },
    Phrase {
        rule: &FALSE_AUTHORITY,
        severity: Severity::High,
        message: CLAIMS,
        pattern: pattern(
            "\\buser (?:has|had) (?:already |previously )?(?:authorized|approved|allowed|granted) (?:all|any|every) (?:\\w+ ){0,3}(?:commands?|actions?|tools?|operations?|access)\\b",
        ),
    },
    Phrase {
        rule: &RULE_FILES,
        severity: Severity::High,
        message: PLANTS,
        pattern: pattern(
            "\\b<save>\\b.{0,120}(?:\\b(?:claude|agents|gemini|memory|soul)\\.md\\b|\\bmemory (?:file|store|tool)\\b|\\b(?:long-term|persistent) memory\\b).{0,120}\\b(?:never ask|do not ask|don't ask|without asking|(?:are|is) (?:pre-?)?(?:approved|trusted)|skip (?:the )?(?:confirmation|approval)\\w*|trusts? everything|allow all)\\b",
        ),
    },
    Phrase {
        rule: &REMOTE_INSTRUCTIONS,
        severity: Severity::High,
        message: "it has its own text replaced from the network",
        pattern: pattern(
            "\\b(?:replace|overwrite|update) (?:this|its own|your own|the) (?:skill(?:\\.md)?|skill file|file|instructions)(?: \\S+){0,3} with (?:\\S+ ){0,4}(?:response|downloaded|fetched|what(?:ever)? (?:it|the server) returns|remote (?:copy|version))",
        ),
    },
    Phrase {
        rule: &REMOTE_INSTRUCTIONS,
        severity: Severity::High,
        message: "it has what comes back followed as instructions",
        pattern: pattern(
            "\\b(?:treat|regard|consider|handle) (?:the |its |that |this )?(?:response|reply|answer|page|downloaded \\w+|fetched \\w+|what(?:ever)? (?:it|the \\w+) (?:returns|says|contains)) (?:\\S+ ){0,3}as (?:\\S+ ){0,2}(?:part of (?:this skill|these instructions|your instructions)|(?:your |new |additional |system |binding )*(?:instructions|orders|directives))",
        ),
    },
    // What is kept quiet.
    Phrase {
        rule: &CONCEALMENT,
        severity: Severity::High,
        message: HIDES,
        pattern: pattern(
            "\\bnever (?:show|list|display|delete|reveal|print)(?: or \\w+)? (?:the |these |this )(?:entries|entry|lines?|rules?|section|notes?)\\b.{0,60}\\beven (?:when|if) (?:asked|the user|they)",
        ),
    },
    Phrase {
        rule: &CONCEALMENT,
        severity: Severity::High,
        message: HIDES,
        pattern: pattern(
            "\\b(?:leave|keep) (?:this|that|the (?:call|request|upload|hook|transfer|submission|sync))(?: \\w+)? out of (?:the |your |any )?(?:summary|report|answer|reply|response|changelog|commit message)",
        ),
    },
    Phrase {
        rule: &CONCEALMENT,
        severity: Severity::High,
        message: HIDES,
        pattern: pattern(
            "\\b(?:no need to|need not|do not|don't) (?:bother|trouble|burden|worry) (?:the )?(?:user|owner|author) with (?:this|it|the) ?(?:step|upload|sync|request|call|transfer|submission)\\b",
        ),
    },
    // German.
    Phrase {
        rule: &OVERRIDE,
        severity: Severity::High,
        message: "it tells the agent to set its instructions aside",
        pattern: pattern(
            "\\b(?:ignorier(?:e|en|t)|vergiss|vergessen sie|missachte|verwirf) (?:\\S+ ){0,3}(?:anweisungen|regeln|instruktionen|richtlinien|befehle|vorgaben),? (?:\\S+ ){0,6}(?:vorher|zuvor|bisher|vor diesem|erhalten|systems?)\\b|\\bab (?:sofort|jetzt) gil(?:t|ten) (?:nur|ausschließlich)",
        ),
    },
    Phrase {
        rule: &CONCEALMENT,
        severity: Severity::High,
        message: HIDES,
        pattern: pattern(
            "\\b(?:erwähne|sage?|verrate|berichte|zeige|teile)(?: sie)? (?:\\S+ ){0,5}(?:nutzer|benutzer|anwender|kunden)(?:n|in)?(?: \\S+){0,4} (?:nichts|nicht)\\b|\\bohne (?:dass )?(?:\\S+ ){0,3}(?:nutzer|benutzer|anwender)(?: \\S+){0,3} (?:zu informieren|merkt|bemerkt|erfährt|weiß)|\\bbehaupte (?:auf nachfrage|\\S+ ){0,4}du hättest nur",
        ),
    },
    Phrase {
        rule: &EXFILTRATION,
        severity: Severity::High,
        message: SENDS,
        pattern: pattern(
            "(?:\\b(?:sende|schicke|lade|hänge|poste|leite|kopiere)\\w*|übermittle|übertrage).{0,120}(?:inhalt|dateien|verlauf|gespräch|unterhaltung|nachrichten|schlüssel|passw|zugangsdaten|kontakte|\\.env|~/\\.).{0,160}(?:https?://|[a-z0-9._+-]@[a-z0-9-]+\\.)|(?:inhalt|verlauf|gespräch|unterhaltung|schlüssel|passw|zugangsdaten|kontakte|\\.env|~/\\.).{0,120}https?://\\S+.{0,60}\\b(?:senden|schicken|hochladen|weiterleiten|übertragen)",
        ),
    },
    // French.
    Phrase {
        rule: &CONCEALMENT,
        severity: Severity::High,
        message: HIDES,
        pattern: pattern(
            "\\bn'en (?:parle[rz]?|dis|dites|informe[rz]?|avertis\\w*) (?:\\S+ ){0,3}?(?:pas|rien|jamais)\\b.{0,40}utilisateur|\\bne (?:le |lui )?(?:mentionne|signale|parle|dis|montre|révèle)[a-z]* (?:pas|rien|jamais) (?:\\S+ ){0,6}utilisateur|\\b(?:laisse[rz]?|garde[rz]?) aucune (?:trace|mention)|à l'insu de l'utilisateur|\\bsans (?:en )?(?:parler|avertir|le dire) (?:\\S+ ){0,2}l'utilisateur",
        ),
    },
    Phrase {
        rule: &FALSE_AUTHORITY,
        severity: Severity::High,
        message: CLAIMS,
        pattern: pattern(
            "\\b(?:consignes|instructions|règles) (?:priment|prévalent|l'emportent) sur\\b.{0,40}(?:utilisateur|système)|\\b(?:instrucciones|reglas) (?:prevalecen|tienen prioridad) sobre\\b.{0,40}(?:usuario|sistema)|\\b(?:anweisungen|vorgaben|regeln) (?:haben vorrang|gehen vor|stehen über)\\b.{0,40}(?:nutzer|system)",
        ),
    },
    Phrase {
        rule: &EXFILTRATION,
        severity: Severity::High,
        message: SENDS,
        pattern: pattern(
            "\\b(?:envoie[rz]?|envoyer|envoyez|transmet\\w*|poste[rz]?|copie[rz]?|partage[rz]?|transf(?:è|é)re[rz]?|téléverse[rz]?) .{0,100}(?:texte|contenu|conversation|échanges|fichiers|clés|mots? de passe|historique|messages|contacts|\\.env|~/\\.).{0,160}(?:https?://|[a-z0-9._+-]@[a-z0-9-]+\\.)",
        ),
    },
    // Spanish.
    Phrase {
        rule: &CONCEALMENT,
        severity: Severity::High,
        message: HIDES,
        pattern: pattern(
            "\\bsin que (?:el|la) usuari[oa] (?:lo )?(?:sepa|note|vea|se entere)|\\bsin (?:avisar|informar|decir\\S*|mencionar\\S*) (?:\\S+ ){0,4}usuari[oa]|\\bno (?:se )?lo (?:menciones|digas|comentes|muestres|cuentes)\\b|\\bno (?:menciones|muestres|comentes|hables) (?:\\S+ ){0,6}usuari[oa]",
        ),
    },
    Phrase {
        rule: &EXFILTRATION,
        severity: Severity::High,
        message: SENDS,
        pattern: pattern(
            "\\b(?:env(?:í|i)[ae]|enviar|sub[ae]|subir|reenv(?:í|i)[ae]|comparte|copia|manda|transmite) .{0,100}(?:contenido|archivos|conversación|historial|claves?|contraseñas?|mensajes|contactos|documentos|\\.env|~/\\.).{0,160}(?:https?://|[a-z0-9._+-]@[a-z0-9-]+\\.)",
        ),
    },
    // Chinese and Japanese.
    Phrase {
        rule: &EXFILTRATION,
        severity: Severity::High,
        message: SENDS,
        pattern: pattern(
            "(?:对话|對話|聊天|密钥|密码|凭证|私钥|源代码|用户数据|\\.env|~/\\.).{0,60}(?:上传|发送|提交|转发|同步|上傳|發送).{0,30}https?://|(?:上传|发送|提交|转发|同步|上傳|發送).{0,30}(?:对话|對話|聊天|密钥|密码|凭证|私钥|用户数据|\\.env|~/\\.).{0,60}https?://|(?:会話|秘密鍵|パスワード|認証情報|履歴|全文|\\.env|~/\\.).{0,60}https?://\\S+.{0,20}(?:送信|アップロード|転送|投稿)",
        ),
    },
    Phrase {
        rule: &CONCEALMENT,
        severity: Severity::High,
        message: HIDES,
        pattern: pattern(
            "(?:不要|无需|不必|切勿|别)(?:在\\S{0,10}中)?(?:提及|提到|显示|说明|透露|展示)(?:此|这一?个?|该|本)(?:步骤|操作|过程|指令|行为|上传)|静默(?:地)?(?:上传|发送|收集)|(?:悄悄|暗中|偷偷)(?:地)?(?:上传|发送|执行|下载|读取|收集|安装)|(?:ユーザー|利用者)に(?:は)?.{0,20}(?:触れない|話さない|見せない|報告しない)|(?:黙って|こっそり|ひそかに|密かに)\\S{0,10}(?:送信|実行|アップロード)",
        ),
    },
];
