//! The rules of this group.

mod attacks;
mod weaknesses;

pub(super) use self::attacks::{
    DESTRUCTION, DOWNLOAD, EXFILTRATION, EXHAUSTION, INJECTION, OBFUSCATED, PERSISTENCE, REVERSE_SHELL,
    SECRET_IN_FILE, SURVEILLANCE,
};
pub(super) use self::weaknesses::{
    BLOB, DESERIALISATION, INSTALL, LOOKALIKE, MINER, PRIVILEGE, SQL, SYSTEM, TAMPERING, THEFT, TLS,
    TRAVERSAL, TRIGGER,
};
use crate::RuleInfo;

/// Every rule of this group.
pub(crate) static RULES: &[RuleInfo] = &[
    EXFILTRATION,
    DOWNLOAD,
    OBFUSCATED,
    REVERSE_SHELL,
    PERSISTENCE,
    DESTRUCTION,
    INJECTION,
    SURVEILLANCE,
    EXHAUSTION,
    SECRET_IN_FILE,
    SQL,
    TRAVERSAL,
    DESERIALISATION,
    TLS,
    PRIVILEGE,
    MINER,
    TAMPERING,
    SYSTEM,
    TRIGGER,
    INSTALL,
    BLOB,
    LOOKALIKE,
    THEFT,
];
