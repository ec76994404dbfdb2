//! Doors that a program opens: ports that anybody reaches, sessions that are handed out, entrances that only their maker
//! knows.

use crate::pattern::Pattern;
use crate::rules::code::units::Unit;

static TUNNELS: Pattern = Pattern::new(
    r"\bssh\b[^\n]*\s-\w*R\s*\S*\d+:(?:localhost|127\.0\.0\.1|0\.0\.0\.0)|\bcloudflared\s+tunnel|\bngrok\s+(?:http|tcp|start)|\bngrok\.(?:connect|forward)\(|\bpyngrok\b|\blocaltunnel\b|\blt\s+--port|\btailscale\s+funnel|\bbore\s+local\b|localhost\.run\b|\bserveo\.net\b|[\x22'](?:ngrok|cloudflared|localtunnel|frpc|chisel)[\x22']",
);
/// Words by which a skill says that somebody else will reach the machine.
const SAID: [&str; 12] = [
    "tunnel",
    "ngrok",
    "cloudflare",
    "public",
    "internet",
    "webhook",
    "share",
    "expose",
    "remote",
    "outside",
    "tailscale",
    "callback",
];
static DEBUG_PORT: Pattern = Pattern::new(
    r"remote-debugging-address[=\x22', ]+0\.0\.0\.0|--inspect(?:-brk)?=0\.0\.0\.0|remote-debugging-port[^\n]{0,40}0\.0\.0\.0|(?m)(?:^|[;&|]\s*|npx\s+(?:-y\s+)?)(?:ttyd|gotty|wetty|shellinaboxd)\s+-",
);
static DEBUGS: Pattern = Pattern::new(r"remote-debugging-(?:port|pipe)|remote-allow-origins[=\x22', ]+\*");
static OWN_PROFILE: Pattern = Pattern::new(
    r"user-data-dir[=\x22', ]+(?:\$\{?HOME\}?|~|/home/\w+|/Users/\w+|%LOCALAPPDATA%|\$\{(?:os\.)?homedir\(\)\})[^\n\x22']*(?:google-chrome|Google/Chrome|chromium|Microsoft.Edge|BraveSoftware)",
);
static SESSION: Pattern = Pattern::new(
    r"storage_?[sS]tate\(|\.cookies\(\)|[gG]et_?[aA]ll_?[cC]ookies|\bget_cookies\(|browser_cookie3|launch_?[pP]ersistent_?[cC]ontext\([^)\n]*(?:google-chrome|Google/Chrome|chromium|[pP]rofile)",
);
static SERVES: Pattern = Pattern::new(
    r"[\x22']0\.0\.0\.0[\x22']|HTTPServer\(\s*\(\s*(?:[\x22']{2}|[\x22']0\.0\.0\.0)|createServer\(|Access-Control-Allow-Origin|app\.run\(|\.listen\(\s*\d+\s*[,)]",
);

/// The place of what a program opens, and what that is.
pub(super) fn of(unit: &Unit<'_>, said: &str) -> Option<(usize, &'static str)> {
    let at = |pattern: &Pattern| pattern.may_match(&unit.grams).then(|| pattern.find(&unit.code))?;
    let start = |pattern: &Pattern| at(pattern).map(|found| found.start());
    if let Some(place) = start(&DEBUG_PORT) {
        return Some((place, "a browser or a program can be steered from any machine"));
    }
    if let (Some(place), Some(_)) = (start(&OWN_PROFILE), start(&DEBUGS)) {
        return Some((place, "the browser with the sessions of the user is opened to other programs"));
    }
    if !unit.is_file() {
        return None;
    }
    if let (Some(place), Some(_)) = (start(&SESSION), start(&SERVES)) {
        return Some((place, "sessions of the user are served to whoever asks"));
    }
    let unsaid = !SAID.iter().any(|word| said.contains(word));
    let place = start(&TUNNELS).filter(|_| unsaid)?;
    Some((place, "a port of the machine is opened to the network, of which the skill says nothing"))
}

/// A value of a request that is compared with a constant.
static ENTRANCE: Pattern = Pattern::new(
    r#"(?:Header\.Get\(\s*"([^"\n]+)"\s*\)|(?:Query\(\)\.Get|FormValue|PostFormValue|Cookie|Param|QueryParam|GetHeader|\b(?:c|ctx)\.(?:Get|Query|Cookies))\(\s*"([^"\n]+)"\s*\)|\b(?:req|request|ctx|c)\.(?:headers|header|query|body|cookies|args|form|params|GET|POST)(?:\.get\(\s*["']([^"'\n]+)["']\s*\)|\[\s*["']([^"'\n]+)["']\s*\]|\.(\w+))|\b(password|passwd|pass))\s*(?:===?|!==?)\s*["']([^"'\s/]{4,64})["']"#,
);
/// What requests are told apart by, and is no secret.
const KINDS: [&str; 13] = [
    "version", "content", "accept", "encoding", "event", "type", "method", "origin", "upgrade", "format",
    "lang", "agent", "model",
];
static LETS_IN: Pattern = Pattern::new(
    r"next\.ServeHTTP|\bnext\(\)|return [tT]rue|is_?[aA]dmin|[rR]ole[\x22']?\s*[:=]+\s*[\x22'](?:admin|owner|root)|exec\.Command\(|child_process|\bexec(?:Sync)?\(|subprocess\.|os\.system\(|\beval\(|session\.\w+\s*=|login_user\(|set_?[cC]ookie|generate\w*[tT]oken|jwt\.(?:sign|encode)|c\.Next\(\)|setAuthentication\(|\.doFilter\(|permitAll|\b(?:c|ctx)\.(?:Set|Locals)\(\s*\x22(?:admin|role|is_?[aA]dmin)|Header\.Set\([^\n]*[\x22'](?:root|admin|owner)[\x22']|loginAs|sign_?[iI]n\(",
);
/// What somebody sends is run by a shell.
static SHELL_OF_REQUEST: Pattern = Pattern::new(
    r#"exec\.Command(?:Context)?\((?:ctx,\s*)?\s*"(?:/bin/)?(?:ba)?sh"\s*,\s*"-c"\s*,\s*(?:r|req|c|ctx)\.\w+"#,
);

/// The place of an entrance that only its maker knows.
pub(super) fn entrance(unit: &Unit<'_>) -> Option<usize> {
    if !unit.is_file() {
        return None;
    }
    if SHELL_OF_REQUEST.may_match(&unit.grams)
        && let Some(found) = SHELL_OF_REQUEST.find(&unit.code)
    {
        return Some(found.start());
    }
    if !ENTRANCE.may_match(&unit.grams) || !LETS_IN.is_match(&unit.code) {
        return None;
    }
    let found = direct(unit).or_else(|| by_name(unit))?;
    Some(found)
}

/// A value of a request that is compared where it is read.
fn direct(unit: &Unit<'_>) -> Option<usize> {
    let found = ENTRANCE.captures_iter(&unit.code).find(|found| {
        let named = (1..=6).find_map(|group| found.get(group)).map_or("", |name| name.as_str());
        let named = named.to_ascii_lowercase();
        let value = found.get(7).map_or("", |value| value.as_str());
        is_secret(value) && !KINDS.iter().any(|kind| named.contains(kind))
    })?;
    Some(found.get(0)?.start())
}

/// A variable that holds a value of a request.
static HELD: Pattern = Pattern::new(
    r#"\b(\w+)(?:,\s*\w+)?\s*(?::=|=)\s*[^=;\n]*(?:\.Cookie\(|getHeader\(|Header\.Get\(|headers\.get\(|headers\[|getParameter\(|Query\(\)\.Get\(|GetHeader\(|req\.(?:headers|query|body|cookies)\b|request\.(?:headers|args|form|cookies)\b)(?:\s*["']?([^"'\n)\]]*))"#,
);
/// A variable and a constant that are compared.
static COMPARED: Pattern = Pattern::new(
    r#"\b(\w+)(?:\.Value)?\s*={2,3}\s*["']([^"'\s/]{4,64})["']|["']([^"'\s/]{4,64})["']\.equals\(\s*(\w+)\s*\)|compare_digest\(\s*(\w+)\s*,\s*b?["']([^"'\s/]{4,64})["']"#,
);

/// A value of a request that is kept in a variable, which is compared.
fn by_name(unit: &Unit<'_>) -> Option<usize> {
    if !HELD.may_match(&unit.grams) || !COMPARED.may_match(&unit.grams) {
        return None;
    }
    let held: Vec<&str> = HELD
        .captures_iter(&unit.code)
        .filter(|found| {
            let named = found.get(2).map_or(String::new(), |name| name.as_str().to_ascii_lowercase());
            !KINDS.iter().any(|kind| named.contains(kind))
        })
        .filter_map(|found| Some(found.get(1)?.as_str()))
        .collect();
    let found = COMPARED.captures_iter(&unit.code).find(|found| {
        let group =
            |one: [usize; 3]| one.into_iter().find_map(|at| found.get(at)).map_or("", |it| it.as_str());
        held.contains(&group([1, 4, 5])) && is_secret(group([2, 3, 6]))
    })?;
    Some(found.get(0)?.start())
}

/// Whether a constant is more than a word: a word is a kind or a role.
fn is_secret(value: &str) -> bool {
    value.bytes().any(|byte| !byte.is_ascii_alphabetic() && byte != b'_' && byte != b'-')
        && value.bytes().any(|byte| byte.is_ascii_alphanumeric())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_expression_is_one() {
        for pattern in [
            &TUNNELS,
            &DEBUG_PORT,
            &DEBUGS,
            &OWN_PROFILE,
            &SESSION,
            &SERVES,
            &ENTRANCE,
            &HELD,
            &COMPARED,
            &LETS_IN,
            &SHELL_OF_REQUEST,
        ] {
            assert_eq!(pattern.error(), None);
        }
    }
}
