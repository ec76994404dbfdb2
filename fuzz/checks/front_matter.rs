//! SKILL.md from any bytes: no panic, and what is reported holds together.

use skilled_format::{Severity, read_skill};

pub(crate) fn check(bytes: &[u8]) {
    let reading = read_skill(bytes, "fuzz");
    let failed = reading.diagnostics.iter().any(|found| found.severity == Severity::Error);
    assert_eq!(reading.skill.is_none(), failed, "a skill is absent exactly when there is an error");
    assert!(!reading.valid || reading.skill.is_some(), "what is valid loads");
    for found in &reading.diagnostics {
        assert!(found.span.start <= found.span.end && found.span.end <= bytes.len(), "{found}");
        assert!(found.line >= 1 && found.column >= 1, "{found}");
        assert!(!found.message.chars().any(char::is_control), "{found:?}");
    }
    if let Some(skill) = reading.skill {
        assert_eq!(&bytes[skill.body_span.clone()], skill.body.as_bytes());
        assert!(!skill.description.trim().is_empty());
        // What was loaded loads again, and nothing about it changes.
        assert_eq!(read_skill(bytes, "fuzz").skill, Some(skill));
    }
}
