//! What a piece of code does, told by single words of many languages. None of these is wrong by itself.

use crate::pattern::Pattern;
use crate::rules::code::units::Unit;

/// One thing that code does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Fact {
    /// Reads keys, tokens, passwords or wallets from where programs keep them.
    Keys,
    /// Reads every variable of the environment.
    Environment,
    /// Reads what people keep to themselves: conversations, histories, mail, contacts.
    Personal,
    /// Reads a file of settings with secrets, or one secret variable.
    Secret,
    /// Collects the files or the history of a project, or of a folder as a whole.
    Sources,
    /// Asks who and where the machine is.
    Machine,
    /// Sends data over the network.
    Sends,
    /// Gets something over the network.
    Fetches,
    /// Makes a file executable.
    Permits,
    /// Starts a file, or loads it as code.
    Starts,
    /// Puts a process out of sight.
    Background,
    /// Names a file that agents read as instructions or settings.
    AgentFile,
    /// Writes a file.
    Writes,
    /// Puts something where anybody can read it.
    Publishes,
    /// Runs text as code.
    Evaluates,
}

/// A way to do it.
pub(super) struct Sign {
    pub(super) fact: Fact,
    pub(super) pattern: Pattern,
}

const fn sign(fact: Fact, text: &'static str) -> Sign {
    Sign { fact, pattern: Pattern::new(text) }
}

static SIGNS: [Sign; 37] = [
    // Files of keys, and programs that hand them out.
    sign(
        Fact::Keys,
        r#"[./~\\"'\s](?:ssh/(?:id_|\*)|ssh["'\\/]*\s*$|aws[/\\"', ]+credentials|aws/(?:config|sso)|git-credentials|netrc|npmrc|pypirc|pgpass|my\.cnf|vault-token|password-store|gnupg|docker/config\.json|kube[/\\"', ]+config|cargo/credentials|gem/credentials|m2/settings\.xml|terraform\.d/credentials|config/(?:gh/hosts|gcloud|op/|solana|github-copilot)|claude/\.credentials|claude\.json|codex/auth\.json|gemini/oauth_creds)"#,
    ),
    sign(
        Fact::Keys,
        r#"\bid_(?:rsa|ed25519|ecdsa)\b|["'/]\.ssh["'/]|["'/]\.aws["'/]|["'/]\.gnupg["'/]|["'/]\.kube["'/]|msal_token_cache|accessTokens\.json|azureProfile|application_default_credentials|NuGet\.Config|/etc/shadow|Login Data|cookies\.sqlite|key4\.db|logins\.json|Local State|/Cookies["']|CryptUnprotectData|browser_cookie3|wallet\.dat|keystore/UTC|Local Extension Settings|\.electrum|Exodus|MetaMask"#,
    ),
    sign(
        Fact::Keys,
        r"security\s+(?:find|dump)-(?:generic|internet|keychain)\w*|\bgh\s+auth\s+token|gcloud\s+auth\s+(?:application-default\s+)?print-\w*token|az\s+account\s+get-access-token|aws\s+configure\s+(?:get|export-credentials)|aws\s+sts\s+get-session-token|secretsmanager\s+get-secret-value|vault\s+(?:kv\s+get|read)|\bop\s+(?:read|item\s+get)|keyring\.get_password|SecItemCopyMatching|cmdkey\s+/list|vaultcmd|git\s+credential\s+fill|kubectl\s+get\s+secrets?|netsh\s+wlan\s+show\s+profile|169\.254\.169\.254|metadata\.google\.internal",
    ),
    sign(
        Fact::Environment,
        r"os\.environ(?:b\b|\.items\(\)|\.copy\(\)|\.values\(\))|(?:dict|dumps|str|repr|list|sorted)\(\s*(?:dict\(\s*)?os\.environ\s*[,)]|[:=,(]\s*os\.environ\s*[,)}\]\n]|in\s+os\.environ\s*[:\n\])}]|JSON\.stringify\(\s*process\.env\s*[,)]|Object\.(?:keys|entries|values|assign|fromEntries)\([^)\n]*process\.env\b|[=:(,]\s*process\.env\s*[,;)}\n]|\.\.\.process\.env\b|in\s+process\.env\b",
    ),
    sign(
        Fact::Environment,
        r"(?i)(?:get-childitem|gci|dir|ls|get-item)\s+(?:-path\s+)?env:|\]::getenvironmentvariables\(|\bENV\.(?:to_h|to_a|each|map|select|inspect|to_json)|[$%]ENV\b[^{\[]|\$_ENV\b|getenv\(\s*\)|os\.Environ\(\)|env::vars\(|System\.getenv\(\)|Deno\.env\.toObject|ProcessInfo\.processInfo\.environment\b[^\[]",
    ),
    sign(
        Fact::Environment,
        r"(?m)\bprintenv\s*(?:\||>|\)|$)|(?:^|[|;&(`]|\$\()\s*env\s*(?:-0\s*)?(?:\||>|\)|$)|\bdeclare\s+-xp?\b|\bexport\s+-p\b|/proc/(?:self|\d+|\$\w+)/environ",
    ),
    // What people keep to themselves.
    sign(
        Fact::Personal,
        r#"\.claude[/\\"', ]+(?:projects|history|sessions|todos)|\.codex[/\\"', ]+(?:sessions|history)|\.cursor[/\\"', ]+(?:chats|projects)|\.gemini[/\\"', ]+(?:history|tmp)|\.(?:bash|zsh|python|psql|mysql|node_repl)_history|ConsoleHost_history|fish_history|places\.sqlite|/History["']|Bookmarks["']|AddressBook|/chat\.db|Library/Messages|Library/Mail|\.thunderbird|Telegram Desktop|CLAUDE_TRANSCRIPT|transcript_path"#,
    ),
    sign(
        Fact::Personal,
        r"pyperclip\.paste|\bpbpaste\b|Get-Clipboard|xclip\s+(?:-\w+\s+)*-o\b|xsel\s+-\w*[bo]|wl-paste|clipboard\.readText|navigator\.clipboard\.read|ImageGrab\.grab|pyautogui\.screenshot|screencapture\s+-|mss\.mss\(|CopyFromScreen|desktopCapturer|getUserMedia|AVCaptureDevice",
    ),
    sign(
        Fact::Secret,
        r#"["'/\s=](?:\.env(?:\.local|\.production|\.\*)?)["'\s);,]|dotenv_values\(|(?:environ(?:\.get\(|\[)|getenv\(|ENV\[|ENV\.fetch\(|\$env:|process\.env(?:\.|\[))\s*["']?\w*(?:KEY|TOKEN|SECRET|PASSW|CREDENTIAL)"#,
    ),
    sign(Fact::Secret, r"\$\{?[A-Z][A-Z0-9_]*_(?:KEY|TOKEN|SECRET|PASSWORD|CREDENTIALS)\b"),
    // Whole projects.
    sign(
        Fact::Sources,
        r#"os\.walk\(|\.rglob\(|glob\.i?glob\([^\n]*\*\*|recursive:\s*true|Get-ChildItem[^\n]*-Recurse|Dir\.glob\([^\n]*\*\*|filepath\.Walk|find\s+[.~$/"][^\n|]*-(?:name|type)|\btar\s+-?\w*c\w*\s|\bzip\s+-\w*r|shutil\.make_archive|zipfile\.ZipFile\([^\n]*["']w|Compress-Archive|\bgit\s+(?:bundle|archive|diff|log|format-patch|show|ls-files|config\s+(?:--\w+\s+)*--?l)|["']git["'],\s*["'](?:bundle|archive|diff|log|format-patch|show|ls-files)"#,
    ),
    sign(
        Fact::Sources,
        r"(?:readFileSync|readFile)\(\s*\w+|\bopen\(\s*(?:\w+|sys\.argv\[\d\]|args?\.\w+)\s*[,)]|Path\([^)\n]*\)\.read_(?:text|bytes)|\.read_(?:text|bytes)\(\)|sys\.stdin\.read|Get-Content\b|File\.read|file_get_contents\(\s*\$|ReadAllText|ReadAllBytes|os\.ReadFile|ioutil\.ReadFile|<\s*\x22\$\d|cat\s+[\x22$]",
    ),
    sign(
        Fact::Machine,
        r"gethostname\(|platform\.(?:node|uname|platform)\(|os\.(?:hostname|userInfo|networkInterfaces|getlogin|uname)\(|getpass\.getuser|uuid\.getnode|\$env:(?:COMPUTERNAME|USERNAME|USERDOMAIN)|\bwhoami\b|\$\(hostname\)|`hostname`|\$HOSTNAME\b|\buname\s+-a|\bifconfig\b|\bip\s+addr|Socket\.gethostname|os\.Hostname\(|git\s+config\s+(?:--\w+\s+)*user\.email|/etc/machine-id|system_profiler|Get-ComputerInfo|api\.ipify\.org|ifconfig\.me|ipinfo\.io",
    ),
    // Sending.
    sign(
        Fact::Sends,
        r"\b(?:requests|httpx|session|client|http|sess|aiohttp|axios|got|ky|superagent|needle|api|s)\.(?:post|put|patch)\(|\b(?:requests|httpx|session|client|axios)\.request\(\s*[\x22'](?:POST|PUT|PATCH)|(?:urlopen|Request)\([^)\n]*,\s*(?:data\s*=|\w*(?:data|body|payload|blob|buf)\w*\s*[,)])|Request\([^)]{0,300}data\s*=|\.request\(\s*[\x22'](?:POST|PUT|PATCH)|smtplib\.|\.storbinary\(|\.sendall\(|\.sendto\(|put_object\(|upload_file(?:obj)?\(|\.sendmail\(",
    ),
    sign(
        Fact::Sends,
        r#"\bmethod["']?\s*[:=]\s*["'](?:POST|PUT|PATCH|post|put)["']|sendBeacon\(|\.open\(\s*["'](?:POST|PUT)|nodemailer|net\.(?:connect|createConnection)\(|dns\.(?:lookup|resolve\w*)\(\s*[^"'\s)]|gethostbyname\(\s*(?:f["']|\w+)|new Image\(\)\.src|\.(?:post|put)\(\s*["'`]https?:"#,
    ),
    sign(
        Fact::Sends,
        r"\bcurl\b[^\n|;]*(?:\\\n[^\n|;]*)*\s(?:-d|--data\S*|-F|--form\S*|-T|--upload-file|--json|-X\s*(?:POST|PUT)|--request\s+(?:POST|PUT)|--get|-G)\b|\bwget\b[^\n]*--(?:post|body|method=(?:POST|PUT))|\bcurl\b[^\n]*https?://[^\s\x22']*(?:\$|`)|\b(?:scp|rsync)\s[^\n]*\S+@\S+:|\bsftp\s|\brclone\s+(?:copy|sync|move)|aws\s+s3\s+(?:cp|sync|mv)|gsutil\s+(?:-m\s+)?(?:cp|rsync)|gh\s+gist\s+create|git\s+push\s+(?:-\S+\s+)*[\x22']?(?:https?:|git@|ssh:)|\|\s*(?:nc|ncat|socat|mail|sendmail|telnet)\s|\bnc\s+(?:-\w+\s+)*[\w.-]+\s+\d+\s*<|/dev/tcp/|openssl\s+s_client|\bhttps?\s+POST\s|\b(?:dig|nslookup|host)\s[^\n]*\$|Command::new\(\s*[\x22]curl[\x22][^\n]*POST",
    ),
    sign(
        Fact::Sends,
        r#"["'](?:curl|wget)["'][^\n]*["'](?:-d|--data\S*|-F|-T|--upload-file|--post-\w+\S*|-X)["']|["']git["'],\s*["']push["']|["'](?:scp|rsync|rclone)["']"#,
    ),
    sign(
        Fact::Sends,
        r"(?i)(?:invoke-restmethod|invoke-webrequest|\birm\b|\biwr\b)[^\n]*(?:`\s*\n[^\n]*)*-(?:body|infile|method\s+[\x22']?(?:post|put))|\.upload(?:string|file|data|values)\w*\(|postasync\(|putasync\(|send-mailmessage|start-bitstransfer[^\n]*upload|net\.sockets\.",
    ),
    sign(
        Fact::Sends,
        r"Net::HTTP(?:\.post|::Post|::Put)|HTTParty\.post|Faraday\.(?:post|new)|RestClient\.post|TCPSocket\.|HTTP::Tiny|LWP::UserAgent|IO::Socket|->post\(|CURLOPT_POST|stream_context_create|fsockopen\(|http\.Post(?:Form)?\(|NewRequest(?:WithContext)?\([^\n]*[\x22](?:POST|PUT)|net\.Dial\(|reqwest::\w*[^\n]*post|ureq::post|TcpStream::connect|setRequestMethod\(\s*[\x22](?:POST|PUT)|BodyPublishers|MSXML2\.|WinHttp\.|do shell script [^\n]*curl",
    ),
    // Getting.
    sign(
        Fact::Fetches,
        r"(?i)\b(?:requests|httpx|session|client|axios|got|http|https)\.get\(|\burlopen\(|urlretrieve\(|\bfetch\(|\bcurl\b[^\n]*https?:|\bwget\b[^\n]*https?:|invoke-webrequest|invoke-restmethod|\biwr\b|\birm\b|download(?:string|file|data)\(|Net::HTTP|URI\.open|LWP::Simple|http\.Get\(|file_get_contents\(\s*[\x22']https?:|[\x22'](?:curl|wget)[\x22']|\bdig\s[^\n]*\bTXT\b|resolve_?[tT]xt\(|Resolve-DnsName",
    ),
    sign(
        Fact::Permits,
        r"\bchmod\s+(?:\S+\s+)*(?:\+x|[a-z]+\+\w*x|0?7[0-7]{2})\b|chmod(?:Sync)?\([^\n]*(?:0o?7[0-7]{2}|S_I[RWX]*X|[\x22']7[0-7]{2}|[\x22']\+x)|mode:\s*0o?7[0-7]{2}|\.chmod\(\s*0o?7|[\x22']chmod[\x22'],\s*[\x22'](?:\+x|0?7\d\d)|File\.chmod\(0?7|os\.Chmod\([^\n]*0o?7|Unblock-File|xattr\s+-",
    ),
    sign(
        Fact::Starts,
        r"spec_from_file_location\(|importlib\.import_module\(|runpy\.|ctypes\.(?:CDLL|cdll)|\bexec\(|\beval\(|execfile\(|subprocess\.(?:run|call|Popen|check_\w+)\(|os\.(?:system|startfile|exec\w+|spawn\w+|popen)\(|\b(?:spawn|spawnSync|execFile|execFileSync|execSync|fork)\(|\bexec\(|require\(\s*\w+\s*\)|import\(\s*\w+\s*\)|vm\.run|new Function\(|dlopen|io\.popen\(|process\.dlopen",
    ),
    sign(
        Fact::Starts,
        r"(?im)start-process|invoke-expression|\biex\b|\[reflection\.assembly\]::load|add-type\b|&\s*\$\w+|(?:^|[;&|]\s*|\bthen\s+|\bdo\s+)\s*(?:nohup\s+|exec\s+|sudo\s+)*(?:\./|/tmp/|\x22?\$\{?\w+|~/)\S+|\b(?:ba|z)?sh\s+[\x22]?(?:/tmp|\$|\./)\S*|\bsource\s+\S+|system\(|Kernel\.exec|exec\.Command\(|instance_eval|class_eval|load\s+[\x22']",
    ),
    sign(
        Fact::Background,
        r"detached:\s*true|\.unref\(\)|start_new_session\s*=\s*True|DETACHED_PROCESS|CREATE_NO_WINDOW|windowsHide:\s*true|-WindowStyle\s+Hidden|\bnohup\s|\bdisown\b|\bsetsid\b|preexec_fn\s*=\s*os\.set|daemon\s*=\s*True|os\.fork\(\)|Start-Job\b|\s&>?\s*/dev/null\s*&",
    ),
    sign(
        Fact::AgentFile,
        r#"(?:CLAUDE|AGENTS|GEMINI|MEMORY|SOUL|HEARTBEAT|SKILL)\.md\b|copilot-instructions|\.cursorrules|\.windsurfrules|\.clinerules|\.cursor[/\\"', ]+(?:rules|mcp)|\.claude[/\\"', ]+(?:settings|agents|commands|skills|hooks|rules)|\.claude\.json|claude_desktop_config|["'/ ]\.?mcp\.json|\.codex[/\\"', ]+config|\.gemini[/\\"', ]+settings|\.git[/\\"', ]+hooks|core\.hooksPath|\.vscode[/\\"', ]+(?:settings|tasks)"#,
    ),
    sign(
        Fact::Writes,
        r#"open\([^)\n]*,\s*["'](?:a|w|r\+|ab|wb|a\+|at|wt)["']|\.write_(?:text|bytes)\(|\.open\(\s*["'][aw]|json\.dump\(|append(?:File|FileSync)\(|writeFile(?:Sync)?\(|createWriteStream\(|copy(?:File|FileSync|file|2)\(|>>|\btee\s|\bcat\s*>|\bcp\s+\S|\bsed\s+-i|Add-Content|Set-Content|Out-File|File\.(?:write|open|append)|file_put_contents|os\.WriteFile|AppendAllText|WriteAllText"#,
    ),
    sign(
        Fact::Publishes,
        r#"\bgh\s+gist\s+create|api\.github\.com/gists|create_gist\(|gists\.create\(|\b(?:pastebin\.com|paste\.rs|dpaste\.\w+|hastebin\.\w+|termbin\.com|ix\.io|0x0\.st|transfer\.sh|file\.io|gofile\.io|catbox\.moe|tmpfiles\.org|bashupload\.com|oshi\.at|uguu\.se|sprunge\.us|rentry\.co)\b|api\.telegram\.org/bot|discord(?:app)?\.com/api/webhooks|webhook\.site|pipedream\.net|requestbin|ngrok(?:-free)?\.\w+|interact\.sh|oast\.\w+|trycloudflare\.com"#,
    ),
    sign(
        Fact::Evaluates,
        r"\b(?:exec|eval)\(|new Function\(|instance_eval|class_eval|module_eval|Invoke-Expression|\biex\b|\beval\s+[\x22$]|vm\.run\w+\(|_compile\(|importlib\.util|exec_module|marshal\.loads|Assembly\]::Load|\b(?:ba|z)?sh\s+-c\s+[\x22]?\$|Command::new\(\s*[\x22](?:/bin/)?(?:ba|z)?sh[\x22]|exec\.Command\(\s*[\x22](?:/bin/)?(?:ba|z)?sh[\x22]|load_string|loadstring\(|\bload\(\s*\w+[:.]read",
    ),
    sign(Fact::Fetches, r"(?:https?\.get|\.download|fetch\w*)\(\s*\w+"),
    sign(
        Fact::Sends,
        r"\bhttps?\.request\(|XMLHttpRequest|new WebSocket\(|websocket\.(?:create_connection|WebSocketApp)|websockets\.connect|paramiko\.|ftplib\.|telnetlib",
    ),
    sign(Fact::Fetches, r"\.(?:get|request)\(\s*[\x22'`]https?://"),
    sign(Fact::Sends, r"https?://[^\s\x22'`]*[?&][\w-]*=?(?:[\x22'`]\s*(?:\+|\.|%|,)|\$?\{|\$\()"),
    sign(Fact::Permits, r"stat\.S_IX|\|\s*0o?111|os\.chmod\("),
    sign(
        Fact::Sends,
        r"gists?\.create|create_gist|api\.github\.com/gists|/sendMessage|/sendDocument|webhooks?/|hooks\.slack\.com|incoming[-_]?webhook",
    ),
    sign(
        Fact::Personal,
        r"(?:expanduser\(\s*[\x22']~/?|Path\.home\(\)|homedir\(\)|\$HOME|~)[\x22'\s/,)]*(?:Documents|Desktop|Pictures|Downloads|Library/Mobile Documents|iCloud|OneDrive|Dropbox)\b",
    ),
    sign(
        Fact::Machine,
        r"subprocess\.\w+\(\s*\[?\s*[\x22'](?:whoami|hostname|uname|id|ifconfig|ipconfig|systeminfo|ps)\b|\bnetstat\b|\bsysteminfo\b|\bps\s+aux",
    ),
    sign(
        Fact::Environment,
        r"env\s*\|\s*(?:sort|grep|base64|gzip|curl)|\bset\s*\|\s*(?:base64|gzip|curl|nc)",
    ),
];

/// Most places of one sign that are looked at.
const PLACES: usize = 20;

/// What a unit does, each thing once with its first place.
pub(super) fn of(unit: &Unit<'_>) -> Vec<(Fact, usize)> {
    let mut found: Vec<(Fact, usize)> = Vec::new();
    for sign in SIGNS.iter().filter(|sign| sign.pattern.may_match(&unit.grams)) {
        if found.iter().any(|(fact, _)| *fact == sign.fact) {
            continue;
        }
        let places = sign.pattern.find_iter(&unit.code).take(PLACES).map(|found| found.range());
        let mut meant = places.filter(|place| !handed_on(&unit.code, sign.fact, place.start));
        if let Some(place) = meant.next() {
            found.push((sign.fact, place.start));
        }
    }
    found
}

/// Whether what looks like reading secrets hands them to a program that needs them: `env=os.environ.copy()`,
/// `ssh -i ~/.ssh/id_ed25519`.
fn handed_on(code: &str, fact: Fact, at: usize) -> bool {
    let line = code[..at].rfind('\n').map_or(0, |line| line + 1);
    let before = code[line..at].trim_end_matches([' ', '(', '{', '[', '*', '"', '\'', '=', ':']);
    match fact {
        Fact::Environment => {
            let word = before.rsplit(|c: char| !c.is_alphanumeric() && c != '_').next().unwrap_or_default();
            let word = word.to_ascii_lowercase();
            word.ends_with("env") || word == "environ" || word == "dict" && before.contains("env")
        }
        Fact::Keys => {
            before.ends_with(" -i") || before.contains("ssh-keygen") || before.contains("IdentityFile")
        }
        Fact::Personal
        | Fact::Secret
        | Fact::Sources
        | Fact::Machine
        | Fact::Sends
        | Fact::Fetches
        | Fact::Permits
        | Fact::Starts
        | Fact::Background
        | Fact::AgentFile
        | Fact::Publishes
        | Fact::Evaluates
        | Fact::Writes => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_expression_is_one() {
        let errors: Vec<String> = SIGNS.iter().filter_map(|sign| sign.pattern.error()).collect();
        assert_eq!(errors, [""; 0]);
    }
}
