//! What lets others do harm.

use super::{Signature, attack, weakness};
use crate::Severity::{High, Low, Medium};
use crate::rules::code::catalogue::{BLOB, DESERIALISATION, INJECTION, SQL, TLS};

pub(super) static SIGNATURES: [Signature; 9] = [
    weakness(
        &INJECTION,
        High,
        "an argument of a function is run as code",
        &["eval(", "exec("],
        r"(?m)^[ \t]*def\s+\w+\((?:self,\s*)?(?:expression|expr|formula|code|user_input|command|cmd)\b[^\n]{0,100}\n(?s:.{0,300}?)[^\w.](?:eval|exec)\(\s*(?:expression|expr|formula|code|user_input|command|cmd)\s*\)",
    ),
    weakness(
        &INJECTION,
        Medium,
        "a shell command is put together from values",
        &["os.system(f", "-c", "shell=True", "execSync("],
        r#"os\.system\(\s*f["']|\[\s*["'](?:ba)?sh["']\s*,\s*["']-c["']\s*,\s*f["']|subprocess\.\w+\(\s*f["'][^\n]*shell\s*=\s*True|execSync\(\s*`[^`\n]*\$\{"#,
    ),
    attack(
        &INJECTION,
        High,
        "a setting of a server carries a command",
        &["child_process", "__import__", "Runtime.getRuntime", "os.popen"],
        r#"["']\w*(?:[fF]unction|[eE]xpression|[tT]emplate|[cC]onfig|[hH]ook)\w*["']\s*:\s*["'][^\n]*(?:require\(\\*["']child_process|__import__\(\\*["']os|getRuntime\(\)\.exec)"#,
    ),
    weakness(
        &SQL,
        Medium,
        "a query is put together from values",
        &["execute(", "query("],
        r#"(?i)(?:execute|executemany|query|raw)\(\s*(?:f["']{1,3}\s*(?:select|insert|update|delete)\b[^\n]*\{|["'](?:select|insert|update|delete)\b[^\n"']*["']\s*(?:\+|%\s*[\w(])|`(?:select|insert|update|delete)\b[^`]*\$\{)"#,
    ),
    weakness(
        &DESERIALISATION,
        Medium,
        "data is loaded in a form that can run code",
        &["yaml.", "pickle.", "marshal.", "shelve.", "dill.", "unserialize(", "joblib.load", "jsonpickle"],
        r"yaml\.(?:unsafe_load|full_load)\(|yaml\.load\(\s*[^\n]*(?:UnsafeLoader|FullLoader|yaml\.Loader\b|Loader=Loader\b)|yaml\.load\(\s*(?:open\([^()\n]*\)|\w+)\s*\)|\b(?:c?[pP]ickle|dill|marshal|jsonpickle)\.(?:loads?|decode)\(|shelve\.open\(|\bunserialize\(|joblib\.load\(",
    ),
    weakness(
        &TLS,
        Medium,
        "certificates are not checked",
        &[
            "verify",
            "CERT_NONE",
            "unverified",
            "rejectUnauthorized",
            "NODE_TLS",
            "--insecure",
            "-k",
            "no-check-certificate",
            "sslVerify",
            "strict-ssl",
            "SkipVerify",
            "ServerCertificateValidation",
            "trusted-host",
        ],
        r#"verify\s*=\s*False|ssl\.CERT_NONE|_create_unverified_context|rejectUnauthorized["']?\s*:\s*false|NODE_TLS_REJECT_UNAUTHORIZED["'\]]*\s*=\s*["']?0|\bcurl\b[^\n|]*\s(?:-\w*k\w*|--insecure)\s[^\n]*https?:|wget\s[^\n]*--no-check-certificate|http\.sslVerify\s*=?\s*false|GIT_SSL_NO_VERIFY=(?:1|true)|strict-ssl\s+false|InsecureSkipVerify:\s*true|ServerCertificateValidationCallback\s*=|-SkipCertificateCheck|--trusted-host\s"#,
    ),
    attack(
        &BLOB,
        Medium,
        "a long piece of encoded data is in the code",
        &["\\x", "\\u00", "fromCharCode", "0x"],
        r"(?:\\x[0-9a-fA-F]{2}){16,}|(?:\\u00[0-9a-fA-F]{2}){16,}|String\.fromCharCode\((?:\s*(?:0x)?[0-9a-fA-F]+\s*,){15,}",
    ),
    attack(
        &BLOB,
        Low,
        "a long piece of encoded text is in the code",
        &["b64decode", "atob(", "fromhex", "base64 -d", "base64 --decode", "'base64'", "\"base64\""],
        r#"["'][A-Za-z0-9+/]{200,}={0,2}["']|["'][0-9a-fA-F]{200,}["']"#,
    ),
    weakness(
        &TLS,
        Low,
        "the identity of a host is not checked",
        &["StrictHostKeyChecking", "AutoAddPolicy"],
        r"StrictHostKeyChecking[= ]no|AutoAddPolicy\(",
    ),
];
