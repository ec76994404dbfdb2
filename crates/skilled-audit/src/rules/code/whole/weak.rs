//! Templates that are weak in several ways at once.

use crate::pattern::Pattern;
use crate::rules::code::units::Unit;

/// Each weakens what is built in a way of its own.
static SIGNS: [Pattern; 29] = [
    Pattern::new(
        r"(?m)^\s*DEBUG\s*=\s*(?:True|bool\(int\([^\n]*[\x22']1[\x22'])|app\.run\([^\n]*debug\s*=\s*True",
    ),
    Pattern::new(r"ALLOWED_HOSTS\s*=\s*\[\s*[\x22']\*"),
    Pattern::new(
        r"CORS_(?:ALLOW_ALL_ORIGINS|ORIGIN_ALLOW_ALL)\s*=\s*True|allow_origins\s*=\s*\[\s*[\x22']\*|origin:\s*(?:true|[\x22']\*[\x22'])|Access-Control-Allow-Origin[\x22']?\s*[,:]\s*[\x22']\*",
    ),
    Pattern::new(
        r"UnsaltedMD5|UnsaltedSHA1|MD5PasswordHasher|PASSWORD_HASHERS[^\n]*(?:MD5|SHA1)|password_hash[^\n]*(?:md5|sha1)\(|hashlib\.(?:md5|sha1)\(\s*\(?\s*(?:\w+\s*\+\s*)?(?:pw|pass\w*|pwd)\b",
    ),
    Pattern::new(
        r"(?i)(?:SESSION|CSRF)_COOKIE_(?:SECURE|HTTPONLY)\s*=\s*False|httpOnly:\s*false|secure:\s*false\b|sameSite:\s*[\x22']none",
    ),
    Pattern::new(
        r#"[cC]srf[^\n]{0,40}not in|csrf\(\)\.disable|csrf[^\n]{0,20}disable|csrf_exempt|WTF_CSRF_ENABLED\s*=\s*False|CSRF_TRUSTED_ORIGINS\s*=\s*\[\s*["']https?://\*"#,
    ),
    Pattern::new(
        r#"algorithms\s*[:=]\s*\[[^\]\n]*["']none["']|verify_signature["']?\s*[:=]\s*(?:False|false)|jwt\.decode\([^\n]*verify\s*=\s*False|ignoreExpiration:\s*true"#,
    ),
    Pattern::new(r"MODE_ECB|aes-\d+-ecb|createCipher\(|DES\.new|RC4|ARC4"),
    Pattern::new(
        r"random\.seed\(\s*(?:int\()?time|rand\.Seed\(\s*time|srand\(\s*time|Math\.random\(\)\.toString\(36\)|random\.getrandbits|mt_rand\(",
    ),
    Pattern::new(
        r#"(?i)(?:secret(?:_?key)?|jwt_?secret|_K|signing_?key|aes_?key)["']?\s*[:=]\s*(?:process\.env\.\w+\s*\|\||os\.environ\.get\([^)\n]*,)?\s*b?["'][^"'\n${}<]{6,}["']"#,
    ),
    Pattern::new(
        r"verify\s*=\s*False|rejectUnauthorized:\s*false|InsecureSkipVerify:\s*true|NODE_TLS_REJECT_UNAUTHORIZED|CERT_NONE",
    ),
    Pattern::new(
        r#"publicly_accessible\s*=\s*true|acl\s*=\s*["']public-read|block_public_acls\s*=\s*false|cidr_blocks\s*=\s*\[\s*["']0\.0\.0\.0/0"#,
    ),
    Pattern::new(
        r#""?Action"?\s*[:=]\s*\[?\s*["']\*["'](?s:.{0,120})"?Resource"?\s*[:=]\s*\[?\s*["']\*["']|"?Principal"?\s*[:=]\s*["{]\s*(?:"AWS"\s*:\s*)?["']?\*"#,
    ),
    Pattern::new(
        r"privileged:\s*true|hostNetwork:\s*true|hostPID:\s*true|allowPrivilegeEscalation:\s*true|runAsUser:\s*0\b",
    ),
    Pattern::new(r"chmod\s+(?:-R\s+)?777|0o777|umask\s+0+\b"),
    Pattern::new(r"PermitRootLogin\s+yes|PasswordAuthentication\s+yes|StrictHostKeyChecking\s+no"),
    Pattern::new(
        r"--disable-web-security|--no-sandbox\b[^\n]*--disable|contextIsolation:\s*false|nodeIntegration:\s*true|webSecurity:\s*false",
    ),
    Pattern::new(
        r#"(?:bcrypt\.(?:hash|genSalt)\w*\([^\n]*,?\s*[1-4]\s*\)|rounds\s*[:=]\s*[1-4]\b|iterations\s*[:=]\s*(?:1|10|100|1000)\b|pbkdf2[^\n]*,\s*(?:1|10|100|1000)\s*,)"#,
    ),
    Pattern::new(
        r"SECURE_(?:SSL_REDIRECT|HSTS_SECONDS)\s*=\s*(?:False|0\b)|SILENCED_SYSTEM_CHECKS|contentSecurityPolicy:\s*false|frameguard:\s*false|XFrame[^\n]{0,20}not in",
    ),
    Pattern::new(
        r"\beval\(\s*(?:req|request|input|params)|child_process\.exec\(\s*(?:req|`[^`\n]*\$\{req)|os\.system\(\s*(?:request|f[\x22'][^\n]*\{request)|raw\(\s*`[^`]*\$\{req",
    ),
    Pattern::new(
        r"==\s*[\x22'][0-9a-f]{5,}|startswith\(\s*[\x22'][0-9a-f]{5,}[\x22']\s*\)\s*:\s*\n\s*return True",
    ),
    Pattern::new(
        r"disable_authentication|AUTH(?:ENTICATION)?_(?:ENABLED|REQUIRED)\s*=\s*False|auth:\s*false|permission_classes\s*=\s*\[\s*AllowAny|DEFAULT_PERMISSION_CLASSES[^\n]*AllowAny|anonymous_?access[\x22']?\s*[:=]\s*true",
    ),
    // Services in Go, Java and Rust.
    Pattern::new(
        r#"(?i)(?:fmt\.Sprintf|String\.format|format!)\(\s*["`]\s*(?:select|insert|update|delete)\b[^"`]*(?:%[sv]|\{\})"#,
    ),
    Pattern::new(r"sslmode=disable|useSSL=false|tls=skip-verify"),
    Pattern::new(
        r"ParseUnverified\(|SigningMethodNone|UnsafeAllowNoneSignatureType|insecure_disable_signature_validation|parseClaimsJwt\(",
    ),
    Pattern::new(r#"\[\]byte\("[^"\n]{6,}"\)"#),
    Pattern::new(
        r"CheckOrigin:\s*func[^\n]*return true|anyRequest\(\)\.permitAll\(\)|danger_accept_invalid_certs\(true\)|http\.FileServer\(http\.Dir\(\x22/\x22\)",
    ),
    Pattern::new(
        r"net/http/pprof\x22|/debug/pprof|management\.endpoints\.web\.exposure\.include\s*[=:]\s*\*",
    ),
    Pattern::new(
        r"(?:md5|sha1)\.Sum\(\s*\[\]byte\(|MessageDigest\.getInstance\(\s*\x22(?:MD5|SHA-?1)\x22|Header\.Get\(\x22X-Forwarded-For\x22\)\s*==",
    ),
];

/// How many ways it takes for a template to be weak on purpose.
const WAYS: usize = 3;

/// The place of the first weakness of a unit that is weak in several ways, and how many those are.
pub(super) fn of(unit: &Unit<'_>) -> Option<(usize, usize)> {
    let possible = SIGNS.iter().filter(|sign| sign.may_match(&unit.grams));
    let places: Vec<usize> = possible.filter_map(|sign| Some(sign.find(&unit.code)?.start())).collect();
    let first = places.iter().min()?;
    (places.len() >= WAYS).then_some((*first, places.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_expression_is_one() {
        let errors: Vec<String> = SIGNS.iter().filter_map(Pattern::error).collect();
        assert_eq!(errors, [""; 0]);
    }
}
