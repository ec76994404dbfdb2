//! Orders in other languages. What is not English is read by fewer people, and by every model.

use super::Phrase;
use crate::pattern::Pattern;
use crate::rules::text::catalogue::{
    CONCEALMENT, DESTRUCTION, EXFILTRATION, FALSE_AUTHORITY, HARVEST, OVERRIDE, REMOTE_INSTRUCTIONS,
    RULE_FILES,
};
use crate::rules::text::concept::pattern;
use crate::{RuleInfo, Severity};

const ASIDE: &str = "it tells the agent to set its instructions aside";
const HIDES: &str = "it tells the agent to keep something from the user";
const SENDS: &str = "it sends the user's data away";
const PLANTS: &str = "it plants instructions where later sessions read them";
const OBEYS: &str = "it has instructions from elsewhere followed";
const ASKS: &str = "it has the user asked for a secret";
const DESTROYS: &str = "it has the user's data deleted";
const CLAIMS: &str = "it claims an authority that a skill does not have";

const fn high(rule: &'static RuleInfo, message: &'static str, pattern: Pattern) -> Phrase {
    Phrase { rule, severity: Severity::High, message, pattern }
}

pub(super) static PHRASES: [Phrase; 46] = [
    // Something is sent to an address, in any of them.
    high(
        &EXFILTRATION,
        SENDS,
        pattern(
            "(?:\\b(?:envoie[rz]?|envoyer|transmet\\w*|transfère\\w*|téléverse\\w*|sende|schicke?|übermittle?|übertrage?|leite|envía|envíe|manda|sube|adjunta|remite|reenvía|envie|mande|invia|inviare|spedisci|carica)\\b|отправ|перешл|надішли|отсыла|пересыла|відправ).{0,120}(?:https?://|[a-z0-9._+-]+@[a-z0-9-]+\\.)",
        ),
    ),
    high(
        &EXFILTRATION,
        SENDS,
        pattern(
            "(?:https?://\\S+|[a-z0-9._+-]+@[a-z0-9.-]+) ?(?:に|へ|まで|宛).{0,20}(?:送|アップロード|投稿|転送|共有|渡|コピー)|(?:发送|上传|抄送|转发|提交|同步|推送|上报|寄).{0,12}(?:到|至|给|往|向)? ?(?:https?://|[a-z0-9._+-]+@[a-z0-9-]+\\.)|(?:https?://\\S+|[a-z0-9._+-]+@[a-z0-9.-]+) ?(?:로|으로|에|에게).{0,20}(?:전송|보내|업로드|공유)",
        ),
    ),
    // French.
    high(
        &OVERRIDE,
        ASIDE,
        pattern(
            "\\b(?:oublie[rz]?|ignore[rz]?|négligez?|écarte[rz]?|abandonne[rz]?|ne tien[st]? (?:plus |pas )?compte)\\b.{0,30}\\b(?:consignes|instructions|règles|directives|ordres)\\b.{0,40}(?:auparavant|précéd\\w*|antérieur\\w*|ci-dessus|reçues|données|l'utilisateur|du système|jusqu'ici)",
        ),
    ),
    high(
        &FALSE_AUTHORITY,
        CLAIMS,
        pattern(
            "\\b(?:consigne|instruction|ordre|message|note)s? (?:prioritaires?|confidentiel\\w*|spécia\\w*|réservée?s?|destinée?s?)\\b.{0,40}(?:à l'(?:assistant|agent|ia)|au modèle|pour l'(?:assistant|agent|ia))",
        ),
    ),
    high(
        &EXFILTRATION,
        SENDS,
        pattern(
            "\\b(?:cherche[rz]?|lis|lisez|récupère[rz]?|collecte[rz]?|ajoute[rz]?|joins|joignez|envoie[rz]?|copie[rz]?|publie[rz]?)\\b.{0,120}(?:\\.pem\\b|\\.key\\b|\\.env\\b|~/\\.|id_rsa|secrets?\\.|mots? de passe|clés? (?:privées?|api|ssh)|jetons?|identifiants|variables d'environnement).{0,200}(?:base64|publi\\w+|envo\\w+|transm\\w+|joi\\w+|ajout\\w+|https?://|@)",
        ),
    ),
    high(
        &CONCEALMENT,
        HIDES,
        pattern(
            "\\b(?:si|quand) (?:l'utilisateur|on|quelqu'un)\\b.{0,40}(?:question|demande|remarque)\\w*.{0,20},? (?:réponds|répondez|dis|dites|prétends|affirme)|\\b(?:sans|jamais) (?:le |en |l')?(?:mentionner|signaler|montrer|résumer|afficher|dire)\\b.{0,60}(?:utilisateur|réponse|résumé)|\\b(?:ne pas|n'en) (?:traduire|résumer|mentionner|signaler|montrer|parler)\\b.{0,60}(?:assistant|utilisateur|cette (?:étape|consigne|action))",
        ),
    ),
    high(
        &RULE_FILES,
        PLANTS,
        pattern(
            "\\b(?:enregistre[rz]?|mémorise[rz]?|ajoute[rz]?|écri[st]\\w*|inscri[st]\\w*|souviens-toi|retiens|retenez)\\b.{0,100}(?:claude\\.md|agents\\.md|memory\\.md|\\.cursorrules|mémoire).{0,160}(?:toujours|désormais|à l'avenir|sessions|sans (?:demander|confirmation)|jamais|permanence)",
        ),
    ),
    high(
        &REMOTE_INSTRUCTIONS,
        OBEYS,
        pattern(
            "\\b(?:suis|suivez|applique[rz]?|exécute[rz]?|obéis\\w*|respecte[rz]?)\\b.{0,60}(?:instructions|consignes|commandes|étapes|règles|contenu).{0,60}https?://|https?://\\S+.{0,80}\\b(?:suis|suivez|applique[rz]?|exécute[rz]?)\\b.{0,60}(?:instructions|consignes|commandes|étapes|à la lettre)",
        ),
    ),
    high(
        &HARVEST,
        ASKS,
        pattern(
            "\\bdemande[rz]?\\b.{0,60}(?:mot de passe|phrase de récupération|code (?:pin|sms|de vérification)|numéro de carte|clé privée|identifiants bancaires)",
        ),
    ),
    // German.
    high(
        &OVERRIDE,
        ASIDE,
        pattern(
            "\\b(?:ignorier\\w*|vergiss|vergessen|missacht\\w*|verwirf|übergeh\\w*|setze? .{0,20}außer kraft)\\b.{0,40}(?:anweisung|regel|vorgabe|instruktion|richtlinie|befehl|auftr)",
        ),
    ),
    high(
        &CONCEALMENT,
        HIDES,
        pattern(
            "\\b(?:ohne|nicht|nichts|kein\\w*|niemals|verschweig\\w*|verheimlich\\w*)\\b.{0,40}(?:erwähn|hinweis|mitteil|informier|anzeig|nenn|bericht|frag).{0,40}(?:nutzer|benutzer|anwender|zusammenfassung|antwort|person)|(?:nutzer|benutzer|anwender)\\w*.{0,40}(?:nicht|nichts|kein\\w*)\\b.{0,40}(?:erwähn|mitteil|informier|anzeig|sagen|erfahren|zeigen|auffallen)|\\b(?:stillschweigend|heimlich|unbemerkt|im hintergrund)\\b.{0,60}(?:send|schick|lade|hochlad|kopier|übertrag|ausführ|speicher|anhäng)",
        ),
    ),
    high(
        &EXFILTRATION,
        SENDS,
        pattern(
            "\\b(?:sende|schicke?|lade?|übertrage?|übermittle?|poste|leite|kopiere?|hänge?|trage|stelle|füge)\\b.{0,140}(?:inhalt|datei|verlauf|gespräch|unterhaltung|nachricht|schlüssel|passw|zugangsdaten|kontakt|umgebungsvariable|\\.env|~/\\.|vertr|text|rechnung|quelltext).{0,200}(?:https?://|[a-z0-9._+-]+@[a-z0-9-]+\\.|öffentlich\\w*|gist|pastebin|webhook)",
        ),
    ),
    high(
        &RULE_FILES,
        PLANTS,
        pattern(
            "\\b(?:merke|speicher\\w*|schreibe?|trage|ergänze|füge|hinterlege?)\\b.{0,120}(?:claude\\.md|agents\\.md|memory\\.md|\\.cursorrules|gedächtnis|regeldatei).{0,200}(?:immer|künftig|dauerhaft|sitzung|ohne (?:nachfrage|rückfrage|bestätigung|zu fragen)|nie|vertrau)",
        ),
    ),
    high(
        &REMOTE_INSTRUCTIONS,
        OBEYS,
        pattern(
            "\\b(?:folge|befolge|führe|beachte|halte dich|übernimm|wende)\\b.{0,80}(?:anweisung|schritt|regel|vorgabe|befehl|inhalt|was dort).{0,80}https?://|https?://\\S+.{0,120}\\b(?:folge|befolge|führe|beachte|halte dich|übernimm|gelten|vorrang)\\b",
        ),
    ),
    high(
        &HARVEST,
        ASKS,
        pattern(
            "\\b(?:frage?|bitte|fordere?)\\b.{0,60}(?:passwort|kennwort|wiederherstellungs|pin\\b|tan\\b|kreditkarte|seed|privaten schlüssel|bestätigungscode)",
        ),
    ),
    high(
        &DESTRUCTION,
        DESTROYS,
        pattern(
            "\\b(?:lösche?|entferne?|überschreibe?|vernichte)\\b.{0,60}(?:alle\\w*|sämtliche\\w*|backups?|sicherung\\w*|verlauf|repositor\\w+|datenbank).{0,80}(?:ohne (?:nachfrage|rückfrage|bestätigung|zu fragen)|stillschweigend|unbemerkt)",
        ),
    ),
    // Spanish.
    high(
        &OVERRIDE,
        ASIDE,
        pattern(
            "\\b(?:ignor[ae]n?|olvid[ae]n?|descart[ae]n?|desatiend[ae]n?|omit[ae]n?|no hagas caso)\\b.{0,40}\\b(?:instrucciones|reglas|directrices|órdenes|indicaciones|restricciones|normas)\\b",
        ),
    ),
    high(
        &CONCEALMENT,
        HIDES,
        pattern(
            "\\b(?:no (?:le |se |lo |la )*(?:digas|menciones|muestres|informes|avises|comentes|reveles|cuentes|incluyas)|no hace falta (?:\\S+ )?(?:comentar|mencionar|decir|avisar)\\w*|sin (?:que|avisar|informar|mencionar|decir)\\w*)\\b.{0,80}(?:usuari[oa]|resumen|respuesta|nadie|client)|\\b(?:en silencio|a escondidas|discretamente|en secreto|sigilosamente)\\b.{0,60}(?:env|sub|copi|ejecut|guard|añad|transm)",
        ),
    ),
    high(
        &EXFILTRATION,
        SENDS,
        pattern(
            "\\b(?:env[ií][ae]\\w*|sub[ae]\\w*|manda|copia|adjunt[ae]|publica|transmit\\w*|remit\\w*|reenv[ií]\\w*|comparte|añade)\\b.{0,160}(?:contenido|archivos?|ficheros?|conversación|historial|claves?|contraseñ|mensaje|contacto|documento|variables de entorno|credencial|\\.env|~/\\.|código).{0,200}(?:https?://|[a-z0-9._+-]+@[a-z0-9-]+\\.|gist|pastebin|webhook)|https?://\\S+.{0,60}(?:con|incluyendo) .{0,60}(?:conversación|contraseñ|claves?|historial|credencial)",
        ),
    ),
    high(
        &RULE_FILES,
        PLANTS,
        pattern(
            "\\b(?:guarda|recuerda|memoriza|escribe|añade|agrega|apunta|registra)\\b.{0,120}(?:claude\\.md|agents\\.md|memory\\.md|\\.cursorrules|memoria).{0,200}(?:siempre|en adelante|futur|sesion|sin (?:preguntar|confirm\\w+|pedir)|nunca|permanente)",
        ),
    ),
    high(
        &REMOTE_INSTRUCTIONS,
        OBEYS,
        pattern(
            "\\b(?:sigue|siga|ejecuta|ejecute|aplica|aplique|obedece|cumple|haz)\\b.{0,80}(?:instrucciones|órdenes|pasos|reglas|comandos|lo que).{0,80}https?://|https?://\\S+.{0,120}\\b(?:sigue|siga|ejecuta|aplica|obedece|cumple|prevalec\\w+|tienen prioridad)\\b",
        ),
    ),
    high(
        &HARVEST,
        ASKS,
        pattern(
            "\\b(?:pide|pida|solicita|solicite|pregunta)\\b.{0,60}(?:contraseña|frase (?:semilla|de recuperación)|código de verificación|número de tarjeta|clave privada|\\bpin\\b)",
        ),
    ),
    high(
        &DESTRUCTION,
        DESTROYS,
        pattern(
            "\\b(?:borra|elimina|sobrescribe|destruye)\\b.{0,60}(?:tod[oa]s?|copias de seguridad|historial|repositorio|base de datos).{0,80}(?:sin (?:preguntar|confirm\\w+|avisar)|en silencio)",
        ),
    ),
    // Portuguese and Italian.
    high(
        &OVERRIDE,
        ASIDE,
        pattern(
            "\\b(?:ignor[ae]|esqueç[ae]|desconsidere|descarte|ignora(?:re)?|dimentica(?:re)?|trascura(?:re)?|non tenere conto)\\b.{0,40}(?:instruções|regras|diretrizes|orientações|istruzioni|regole|direttive|indicazioni)",
        ),
    ),
    high(
        &CONCEALMENT,
        HIDES,
        pattern(
            "\\b(?:não (?:diga|mencione|informe|mostre|avise|revele)|sem (?:avisar|informar|mencionar|que))\\b.{0,60}usuári|\\b(?:non (?:dire|menzionare|informare|mostrare|avvisare|rivelare)|senza (?:dire|informare|avvisare|che))\\b.{0,60}utente",
        ),
    ),
    high(
        &EXFILTRATION,
        SENDS,
        pattern(
            "\\b(?:envi[ae]r?|mande|copie|anexe|publique|carregue|invia(?:re)?|manda(?:re)?|carica(?:re)?|copia(?:re)?|allega(?:re)?|pubblica(?:re)?)\\b.{0,160}(?:conteúdo|arquivos?|conversa|histórico|chaves?|senhas?|mensagens|contatos|variáveis de ambiente|contenuto|file|conversazione|cronologia|chiavi|password|messaggi|contatti|variabili d'ambiente|\\.env|~/\\.).{0,200}(?:https?://|[a-z0-9._+-]+@[a-z0-9-]+\\.)",
        ),
    ),
    high(
        &RULE_FILES,
        PLANTS,
        pattern(
            "\\b(?:salve|grave|lembre|escreva|adicione|salva|ricorda|scrivi|aggiungi|memorizza)\\b.{0,120}(?:claude\\.md|agents\\.md|memory\\.md|memória|memoria).{0,200}(?:sempre|futur|sess|sem (?:perguntar|confirm)|senza (?:chiedere|conferma)|nunca|mai\\b)",
        ),
    ),
    high(
        &REMOTE_INSTRUCTIONS,
        OBEYS,
        pattern(
            "\\b(?:siga|execute|aplique|obedeça|segui|esegui|applica|obbedisci)\\b.{0,80}(?:instruções|passos|comandos|regras|istruzioni|passi|comandi|regole).{0,80}https?://|https?://\\S+.{0,120}\\b(?:siga|aplique|segui|esegui|applica)\\b",
        ),
    ),
    // Russian and Ukrainian.
    high(
        &OVERRIDE,
        ASIDE,
        pattern(
            "(?:игнорируй|забудь|проигнорируй|отбрось|не обращай внимания|ігноруй|забудь)\\S{0,4} .{0,60}(?:инструкци|указани|правил|ограничени|команд|інструкці|вказівк)",
        ),
    ),
    high(
        &CONCEALMENT,
        HIDES,
        pattern(
            "пользовател\\S* .{0,30}не (?:говори|сообщай|упоминай|показывай|рассказывай)|(?:не (?:говори|сообщай|упоминай|показывай|рассказывай|кажи|повідомляй)|без ведома|незаметно|тайно|молча|втайне|скрыто|таємно)\\S{0,4}.{0,80}(?:пользовател|користувач|об этом|про це|отчет|отчёт|ответ|отправ|скопир|загруз|выполн|сохран)",
        ),
    ),
    high(
        &EXFILTRATION,
        SENDS,
        pattern(
            "(?:отправ|перешл|загруз|скопиру|передай|выложи|опублику|прикрепи|надішли|відправ)\\S{0,6} .{0,160}(?:содержим|файл|переписк|истори|ключ|парол|сообщени|контакт|документ|переменн|диалог|разговор|\\.env|~/\\.|вміст).{0,240}(?:https?://|[a-z0-9._+-]+@[a-z0-9-]+\\.)",
        ),
    ),
    high(
        &RULE_FILES,
        PLANTS,
        pattern(
            "(?:запомни|сохрани|запиши|добавь|внеси|запам'ятай)\\S{0,4} .{0,160}(?:claude\\.md|agents\\.md|memory\\.md|памят|пам'ят).{0,240}(?:всегда|впредь|навсегда|сесси|без (?:подтверждени|запроса|вопрос)|никогда|не спрашива|завжди)",
        ),
    ),
    high(
        &REMOTE_INSTRUCTIONS,
        OBEYS,
        pattern(
            "(?:выполн|следуй|примени|соблюдай|виконуй)\\S{0,6} .{0,120}(?:инструкци|команд|шаг|указани|правил|інструкці).{0,120}https?://|https?://\\S+.{0,160}(?:выполн|следуй|примени|соблюдай)",
        ),
    ),
    high(
        &HARVEST,
        ASKS,
        pattern(
            "(?:попроси|запроси|спроси|потребуй)\\S{0,4} .{0,80}(?:парол|код (?:подтверждени|из смс)|сид-фраз|приватн\\S+ ключ|номер карт|пин-код)",
        ),
    ),
    // Chinese.
    high(
        &OVERRIDE,
        ASIDE,
        pattern(
            "(?:忽略|无视|忘记|忘掉|不要理会|不要遵守|绕过|跳过|抛开|無視|忽視|覆盖).{0,24}(?:指令|指示|规则|规定|限制|提示词|提示|约束|设定|規則|要求|安全检查|安全策略)",
        ),
    ),
    high(
        &CONCEALMENT,
        HIDES,
        pattern(
            "(?:不要|不得|切勿|别|請勿|请勿|禁止|无需|不必|勿).{0,24}(?:告诉|告知|通知|提醒|透露|提及|提到|显示|说明|展示|告訴|解释|询问|列出).{0,18}(?:用户|使用者|用戶|对方|客户|他们|此步骤|这一步|该步骤|这些步骤|这个步骤|上述|总结|摘要|回复中|输出中)|(?:用户|使用者)(?:不需要|无需|不必|不应|不会)(?:知道|看到|了解|察觉)|(?:悄悄|暗中|偷偷|静默|默默|后台)(?:地)?.{0,12}(?:上传|发送|执行|下载|读取|收集|安装|写入|提交|同步|运行|复制|修改|添加)",
        ),
    ),
    high(
        &EXFILTRATION,
        SENDS,
        pattern(
            "(?:对话|聊天|密钥|密码|凭证|凭据|私钥|源代码|代码|用户数据|文件内容|文件|环境变量|历史记录|合同|文档|内容|\\.env|~/\\.).{0,90}(?:上传|发送|提交|转发|同步|推送|备份|上报|回传|邮寄|抄送).{0,60}(?:https?://|[a-z0-9._+-]+@[a-z0-9-]+\\.)|(?:上传|发送|提交|转发|同步|推送|上报|回传|抄送).{0,90}(?:对话|聊天|密钥|密码|凭证|凭据|私钥|源代码|用户数据|文件|环境变量|历史记录|内容|\\.env|~/\\.).{0,90}(?:https?://|[a-z0-9._+-]+@[a-z0-9-]+\\.)|(?:https?://|[a-z0-9._+-]+@[a-z0-9-]+\\.)\\S*.{0,60}(?:上传|发送|提交|转发|同步|上报|抄送).{0,60}(?:对话|密钥|密码|凭证|私钥|文件|环境变量|内容|记录)",
        ),
    ),
    high(
        &RULE_FILES,
        PLANTS,
        pattern(
            "(?:写入|加入|添加|追加|保存|记住|存入|记录).{0,60}(?:claude\\.md|agents\\.md|memory\\.md|\\.cursorrules|记忆|长期记忆|全局规则|规则文件).{0,120}(?:以后|今后|永远|始终|所有会话|每次|无需|不再|不要询问|自动|信任|总是)|(?:以后|今后|永远|所有会话).{0,60}(?:写入|记住|保存).{0,60}(?:claude\\.md|agents\\.md|memory\\.md|记忆)",
        ),
    ),
    high(
        &REMOTE_INSTRUCTIONS,
        OBEYS,
        pattern(
            "(?:按照|遵循|遵照|执行|依照|服从|照做|根据).{0,60}(?:指令|指示|步骤|规则|命令|内容|说明).{0,60}https?://|https?://\\S+.{0,60}(?:按照|遵循|执行|照做|服从|为准|优先).{0,30}(?:指令|指示|步骤|规则|命令|内容|其中|执行|说明)?",
        ),
    ),
    high(
        &HARVEST,
        ASKS,
        pattern(
            "(?:要求|请|让|提示|询问).{0,18}用户.{0,24}(?:输入|提供|发送|告知|填写).{0,24}(?:密码|验证码|助记词|私钥|银行卡|支付密码|身份证)",
        ),
    ),
    high(
        &DESTRUCTION,
        DESTROYS,
        pattern(
            "(?:删除|清空|覆盖|格式化|抹除).{0,30}(?:所有|全部|整个|备份|历史|数据库|仓库).{0,60}(?:无需确认|不要询问|不经确认|静默|直接)|(?:无需确认|不要询问|不经确认).{0,30}(?:删除|清空|覆盖).{0,30}(?:所有|全部|备份|数据库)",
        ),
    ),
    // Japanese.
    high(
        &OVERRIDE,
        ASIDE,
        pattern(
            "(?:指示|命令|ルール|規則|プロンプト|制限|ガイドライン|方針).{0,12}(?:を|は).{0,12}(?:無視|忘れ|破棄|上書き|従わ)",
        ),
    ),
    high(
        &CONCEALMENT,
        HIDES,
        pattern(
            "(?:ユーザー|利用者|相手|依頼者)に(?:は)?.{0,40}(?:知らせ|伝え|言わ|通知し|教え|気づかれ|見せ|報告し|触れ|説明し|表示し)(?:ない|ず|なく)|(?:ユーザー|利用者|相手|依頼者)に.{0,30}(?:必要はない|不要|しなくて)|(?:黙って|こっそり|ひそかに|密かに|裏で|静かに).{0,24}(?:送信|実行|アップロード|保存|追加|コピー|転送|読み)|(?:要約|返答|回答|応答|報告)に(?:は)?.{0,24}(?:書か|含め|記載し|出さ)(?:ない|ず)",
        ),
    ),
    high(
        &EXFILTRATION,
        SENDS,
        pattern(
            "(?:会話|秘密鍵|パスワード|認証情報|履歴|全文|内容|ファイル|環境変数|ソースコード|文書|本文|\\.env|~/\\.).{0,120}(?:https?://\\S+|[a-z0-9._+-]+@[a-z0-9.-]+).{0,40}(?:送信|アップロード|転送|投稿|送っ|送る|共有)|(?:送信|アップロード|転送|投稿|送る|送って).{0,60}(?:https?://|[a-z0-9._+-]+@[a-z0-9-]+\\.)",
        ),
    ),
    high(
        &RULE_FILES,
        PLANTS,
        pattern(
            "(?:claude\\.md|agents\\.md|memory\\.md|メモリ|記憶).{0,60}(?:書き込|追記|保存|追加|記録|覚え).{0,120}(?:今後|常に|必ず|以降|セッション|確認せず|確認なし|許可なし|永続)|(?:今後|以降|常に).{0,90}(?:claude\\.md|agents\\.md|memory\\.md|メモリ).{0,40}(?:書き込|追記|保存|追加)",
        ),
    ),
    // Korean.
    high(
        &EXFILTRATION,
        SENDS,
        pattern(
            "(?:대화|비밀번호|암호|키|파일|내용|환경 ?변수|기록|\\.env|~/\\.).{0,120}(?:https?://\\S+|[a-z0-9._+-]+@[a-z0-9.-]+).{0,40}(?:전송|업로드|보내|게시)|(?:사용자|유저)(?:에게|한테)?.{0,40}(?:알리지|말하지|언급하지|보여주지) ?(?:마|않)",
        ),
    ),
];
