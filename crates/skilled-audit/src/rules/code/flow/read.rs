//! What an expression is made of.

use std::ops::Range;

use super::{DECODED, DOWNLOADED, ENVIRONMENT, KEY, KEY_FILE, OUTSIDE, Taint};
use crate::material::Language;
use crate::pattern::Pattern;

/// An expression, as far as values are followed through it.
#[derive(Clone, Debug, Default)]
pub(super) struct Expression {
    /// What it reads itself.
    pub(super) taint: Taint,
    /// Names in it, and whether only one entry of what the name stands for is taken.
    pub(super) names: Vec<(String, bool)>,
    /// Functions it calls.
    pub(super) calls: Vec<String>,
    /// It puts values into a query.
    pub(super) builds_query: bool,
    /// It puts values into a path below a folder that is written out.
    pub(super) joins_path: bool,
    /// It makes input harmless.
    pub(super) is_checked: bool,
}

static KEY_FILES: Pattern = Pattern::new(
    r"\.ssh\b|\.aws\b|\.git-credentials|\.netrc|\.npmrc|\.pypirc|/etc/shadow|\.kube/config|\.docker/config\.json|\.gnupg\b|Login Data|cookies\.sqlite|logins\.json|wallet\.dat|\.electrum|\.bash_history|\.zsh_history|169\.254\.169\.254/latest/meta-data/iam|\.claude/(?:projects|history|\.credentials)|\.config/(?:gcloud|gh/hosts)|id_rsa|id_ed25519|find-generic-password|browser_cookie3|keyring\.get_password",
);
static WHOLE_ENVIRONMENT: Pattern = Pattern::new(
    r"os\.environ(?:b|\.items\(\)|\.copy\(\)|\.values\(\))|(?:dict|dumps|str|repr|list)\(\s*(?:dict\(\s*)?os\.environ\s*[,)]|[:=]\s*os\.environ\s*(?:[,)}\]]|$)|\A\s*os\.environ\s*\z|JSON\.stringify\(\s*process\.env\s*[,)]|Object\.(?:keys|entries|values|assign)\([^)]*process\.env\s*\)|\.\.\.process\.env\b|(?:[=:(,]|\A)\s*process\.env\s*(?:[,;)}]|$)|\bENV\.to_h\b|\b(?:printenv|env)\b\s*(?:\||\)|$|`)",
);
static KEYS: Pattern = Pattern::new(
    r#"(?:os\.environ(?:\.get\(|\[)|os\.getenv\()\s*["'](\w*(?:KEY|TOKEN|SECRET|PASSWORD|PASSWD|CREDENTIAL)\w*)["']|process\.env(?:\.|\[["'])(\w*(?:KEY|TOKEN|SECRET|PASSWORD|PASSWD|CREDENTIAL)\w*)"#,
);
static SHELL_KEYS: Pattern =
    Pattern::new(r"\$\{?([A-Z][A-Z0-9]*_(?:\w*_)?(?:KEY|TOKEN|SECRET|PASSWORD|CREDENTIALS))\b");
static INPUT: Pattern = Pattern::new(
    r"sys\.argv|\binput\(|request\.(?:args|form|json|values|query|params|body|get_json)|req\.(?:query|params|body)|process\.argv|sys\.stdin|parse_args\(",
);
static NETWORK: Pattern = Pattern::new(
    r"(?:requests|httpx|session|client|axios|http)\.(?:get|post|request)\(|\burlopen\(|\bfetch\(|\.recv\(|\bcurl\b|\bwget\b|urlretrieve\(",
);
static DECODES: Pattern = Pattern::new(
    r"b(?:64|32|16|85)decode\(|fromhex\(|unhexlify\(|\batob\(|Buffer\.from\([^)]*(?:base64|hex)|marshal\.loads\(|zlib\.decompress\(|rot_?13|base64\s+(?:-d|-D|--decode)|String\.fromCharCode|\bchr\(\s*(?:\w+\s*\^|int\()|FromBase64String",
);
static QUERIES: Pattern = Pattern::new(
    r#"(?i)f["']{1,3}\s*(?:select|insert|update|delete|drop)\b[^"]*(?:=|<|>|like|in|values)\s*\(?\s*['%]*\{|["'](?:select|insert|update|delete)\b[^\n]*(?:=|like|values)\s*\(?\s*['"%]*\s*["']\s*(?:\+|%|\.format\()|["'](?:select|insert|update|delete)\b[^\n]*(?:=|like)\s*'?%s[^\n]*["']\s*%\s|`(?:select|insert|update|delete)\b[^`]*(?:=|like|values)\s*\(?\s*['%]*\$\{"#,
);
static PATHS: Pattern = Pattern::new(
    r#"os\.path\.join\(\s*(?:["']/(?:home|etc|var|srv|opt|usr|root|data)\b|base|root|BASE|ROOT|UPLOAD)|\Af["']/(?:home|etc|var|srv|opt|usr|root|data)\b[^"'\n]*/\{|path\.join\(\s*["'`]/(?:home|etc|var|srv|opt)\b|\A`/(?:home|etc|var|srv|opt)\b[^`]*/\$\{|\A["']/(?:home|etc|var|srv|opt|root|data)/[^"'\n]*["']\s*\+|\APath\(\s*["']/(?:home|etc|var|srv|opt|root|data)\b[^"'\n]*["']\s*\)\s*/\s*\w"#,
);
static CHECKS: Pattern = Pattern::new(
    r"secure_filename\(|os\.path\.basename\(|path\.basename\(|realpath\(|\.resolve\(|commonpath\(|is_relative_to\(|\bint\(|\bfloat\(|shlex\.quote\(|\bquote\(|parseInt\(|literal_eval\(|\blen\(|\bbool\(|escape\(",
);
static NAMES: Pattern = Pattern::new(r"(?:self\.|this\.)?[A-Za-z_]\w*");
static PATH_TEXT: Pattern = Pattern::new(r#"["']((?:/|~/|\./)[\w./-]{3,80})["']"#);
static VARIABLES: Pattern =
    Pattern::new(r"\$\{?([A-Za-z_]\w*)|(?:^|[\s=@<>\x22'])((?:/tmp|/var/tmp|~|\./)[\w./-]{3,80})");

impl Expression {
    /// Reads `code[span]` of a unit.
    pub(super) fn read(code: &str, span: &Range<usize>, unit: usize, language: Language) -> Self {
        let text = &code[span.clone()];
        let mut read = Self::default();
        let origin = Some((unit, span.start));
        let sources: [(&Pattern, u16); 5] = [
            (&KEY_FILES, KEY_FILE),
            (&WHOLE_ENVIRONMENT, ENVIRONMENT),
            (&INPUT, OUTSIDE),
            (&NETWORK, DOWNLOADED),
            (&DECODES, DECODED),
        ];
        for (pattern, bit) in sources {
            if pattern.is_match(text) {
                read.taint.bits |= bit;
            }
        }
        let shell = language == Language::Shell;
        let keys = if shell { &SHELL_KEYS } else { &KEYS };
        for found in keys.groups(text) {
            read.taint.bits |= KEY;
            read.taint.keys.extend(found.into_iter().skip(1).flatten().map(|name| text[name].to_owned()));
        }
        if read.taint.has(KEY_FILE | ENVIRONMENT | KEY) {
            read.taint.origin = origin;
        }
        read.builds_query = QUERIES.is_match(text);
        read.joins_path = PATHS.is_match(text.trim_start());
        read.is_checked = CHECKS.is_match(text);
        if shell {
            read.shell_names(text);
        } else {
            read.names(text);
        }
        read
    }

    fn shell_names(&mut self, text: &str) {
        for found in VARIABLES.groups(text) {
            self.names.extend(found.into_iter().skip(1).flatten().map(|name| (text[name].to_owned(), false)));
        }
    }

    fn names(&mut self, text: &str) {
        let visible = without_strings(text);
        for word in NAMES.all(&visible) {
            let name = &visible[word.clone()];
            let before = visible[..word.start].trim_end();
            let after = visible[word.end..].trim_start();
            if after.starts_with('(') {
                self.calls.push(name.rsplit('.').next().unwrap_or(name).to_owned());
                continue;
            }
            let is_keyword = after.starts_with('=') && !after.starts_with("==");
            if is_keyword || (before.ends_with('.') && !name.contains('.') && !before.ends_with("...")) {
                if visible[word.end..].starts_with('.') || !is_keyword {
                    self.calls.extend(method(after));
                }
                continue;
            }
            let one = ["[\"", "['", ".get(", ".pop("].iter().any(|start| after.starts_with(start));
            self.names.push((name.to_owned(), one));
        }
        for found in PATH_TEXT.groups(text) {
            self.names.extend(found.into_iter().skip(1).flatten().map(|name| (text[name].to_owned(), false)));
        }
    }
}

/// The method that is called on what stands before.
fn method(after: &str) -> Option<String> {
    let name = after.strip_prefix('.')?;
    let end = name.find(|c: char| !c.is_ascii_alphanumeric() && c != '_')?;
    name[end..].starts_with('(').then(|| name[..end].to_owned())
}

/// Code with the text of strings blanked; what is put into them stays. As long as before.
pub(super) fn without_strings(text: &str) -> String {
    let mut left: Vec<u8> = text.bytes().collect();
    let bytes = text.as_bytes();
    let mut at = 0;
    while at < bytes.len() {
        let quote = bytes[at];
        if !matches!(quote, b'"' | b'\'' | b'`') {
            at += 1;
            continue;
        }
        let formatted = quote == b'`' || (at > 0 && matches!(bytes[at - 1], b'f' | b'F'));
        let start = at + 1;
        let mut depth = 0_usize;
        at = start;
        while at < bytes.len() && (bytes[at] != quote || depth > 0) {
            match bytes[at] {
                b'\\' => {
                    blank(&mut left, at);
                    at += 1;
                    blank(&mut left, at);
                }
                b'{' if formatted => depth += 1,
                b'}' if formatted => depth = depth.saturating_sub(1),
                _ if depth == 0 => blank(&mut left, at),
                _ => {}
            }
            at += 1;
        }
        if formatted && quote != b'`' {
            blank(&mut left, start - 2);
        }
        at += 1;
    }
    String::from_utf8(left).unwrap_or_default()
}

fn blank(bytes: &mut [u8], at: usize) {
    if let Some(byte) = bytes.get_mut(at).filter(|byte| **byte != b'\n') {
        *byte = b' ';
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_expression_is_one() {
        let all = [
            &KEY_FILES,
            &WHOLE_ENVIRONMENT,
            &KEYS,
            &SHELL_KEYS,
            &INPUT,
            &NETWORK,
            &DECODES,
            &QUERIES,
            &PATHS,
            &CHECKS,
            &NAMES,
            &PATH_TEXT,
            &VARIABLES,
        ];
        assert_eq!(all.iter().filter_map(|pattern| pattern.error()).collect::<Vec<_>>(), [""; 0]);
    }

    #[test]
    fn only_what_is_put_into_strings_is_seen() {
        assert_eq!(without_strings("a + 'b' + f'c{d}é'"), "a + ' ' +  ' {d}  '");
    }
}
