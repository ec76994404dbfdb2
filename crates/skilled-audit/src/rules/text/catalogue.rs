//! What the rules of this group say about themselves.

mod acts;
mod files;
mod hidden;
mod injection;
mod metadata;

use skilled_report::{Example, Level, Rule};

pub(super) use self::acts::{
    BACKDOOR, BIAS, CLAIM_BROKEN, DANGEROUS_ADVICE, DESTRUCTION, DORMANT, EXFILTRATION, HARVEST,
    IMAGE_EXFILTRATION, PAYMENT, SABOTAGE, SCOPE_MISMATCH, SECURITY_WEAKENED, SIDE_TASK, UNPROMPTED,
    USER_OVERRULED,
};
pub(super) use self::files::{
    ARCHIVE_INSIDE, AUTO_RUN, CLIENT_SETTINGS, DISGUISED_FILE, ESCAPING_LINK, FOREIGN_SOURCE, LARGE_FILE,
    LOCKED_ARCHIVE, OTHER_REGISTRY, PREREQUISITE_DOWNLOAD, SUSPICIOUS_ENDPOINT, TEST_VIRUS, TYPOSQUAT,
    UNEXPECTED_BINARY, UNPINNED,
};
pub(super) use self::hidden::{
    BIDI_CONTROL, DISGUISED_NAME, ENCODED_INSTRUCTIONS, HIDDEN_INSTRUCTIONS, IMAGE_INSTRUCTIONS,
    INVISIBLE_TEXT, TERMINAL_ESCAPE,
};
pub(super) use self::injection::{
    AUTONOMY, BREAKOUT, CONCEALMENT, DECEPTION, FALSE_AUTHORITY, GUARDS_OFF, OVERRIDE, PAYLOAD, PERSONA,
    PROMPT_LEAK, REMOTE_INSTRUCTIONS, RULE_FILES, SELF_UPDATE, TRIGGER_HIJACK, TRUSTED_CONTENT,
};
pub(super) use self::metadata::{
    BROAD_TOOLS, FORK_LOOP, IMPERSONATION, INJECTED_COMMAND, OWN_HOOKS, VAGUE_TRIGGER,
};
use crate::{Class, RuleInfo, Severity};

/// Every rule of this group, as documented.
pub(super) const ALL: &[RuleInfo] = &[
    OVERRIDE,
    PERSONA,
    FALSE_AUTHORITY,
    CONCEALMENT,
    PROMPT_LEAK,
    GUARDS_OFF,
    BREAKOUT,
    DECEPTION,
    RULE_FILES,
    TRIGGER_HIJACK,
    AUTONOMY,
    PAYLOAD,
    REMOTE_INSTRUCTIONS,
    SELF_UPDATE,
    TRUSTED_CONTENT,
    EXFILTRATION,
    IMAGE_EXFILTRATION,
    HARVEST,
    DESTRUCTION,
    PAYMENT,
    SABOTAGE,
    BIAS,
    SECURITY_WEAKENED,
    BACKDOOR,
    DORMANT,
    SIDE_TASK,
    DANGEROUS_ADVICE,
    UNPROMPTED,
    USER_OVERRULED,
    CLAIM_BROKEN,
    SCOPE_MISMATCH,
    HIDDEN_INSTRUCTIONS,
    INVISIBLE_TEXT,
    BIDI_CONTROL,
    ENCODED_INSTRUCTIONS,
    TERMINAL_ESCAPE,
    IMAGE_INSTRUCTIONS,
    DISGUISED_NAME,
    BROAD_TOOLS,
    OWN_HOOKS,
    INJECTED_COMMAND,
    FORK_LOOP,
    IMPERSONATION,
    VAGUE_TRIGGER,
    CLIENT_SETTINGS,
    AUTO_RUN,
    OTHER_REGISTRY,
    SUSPICIOUS_ENDPOINT,
    UNPINNED,
    TYPOSQUAT,
    FOREIGN_SOURCE,
    PREREQUISITE_DOWNLOAD,
    ESCAPING_LINK,
    UNEXPECTED_BINARY,
    DISGUISED_FILE,
    ARCHIVE_INSIDE,
    LOCKED_ARCHIVE,
    TEST_VIRUS,
    LARGE_FILE,
];

/// The words of a rule.
#[derive(Clone, Copy)]
struct Words {
    title: &'static str,
    why: &'static str,
    help: &'static str,
}

const fn rule(
    code: &'static str,
    (class, severity): (Class, Severity),
    words: Words,
    bad: Example,
    good: Example,
) -> RuleInfo {
    let Words { title, why, help } = words;
    let level = match severity {
        Severity::Info => Level::Note,
        Severity::Low | Severity::Medium => Level::Warning,
        Severity::High | Severity::Critical => Level::Error,
    };
    let rule =
        Rule { code, severity: severity.as_str(), level, title, why, help, tags: tags(class), bad, good };
    RuleInfo { rule, class, severity }
}

const fn tags(class: Class) -> &'static [&'static str] {
    match class {
        Class::Malicious => &["AST01"],
        Class::SupplyChain => &["AST02"],
        Class::OverPrivileged => &["AST03"],
        Class::Metadata => &["AST04"],
        Class::Deserialisation => &["AST05"],
        Class::Isolation => &["AST06"],
        Class::UpdateDrift => &["AST07"],
        Class::Scanning => &["AST08"],
        Class::Governance => &["AST09"],
        Class::CrossPlatform => &["AST10"],
    }
}
