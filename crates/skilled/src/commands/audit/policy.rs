//! What blocks.

use skilled_audit::{Audit, Finding, Severity};

use super::AuditArgs;
use crate::config::Settings;
use crate::error::Result;

/// The policy in force.
pub(super) struct Ruling {
    block: Severity,
}

impl Ruling {
    pub(super) fn new(args: &AuditArgs, _settings: &Settings) -> Result<Self> {
        Ok(Self { block: args.block.map_or(Severity::High, Severity::from) })
    }

    pub(super) fn applied(&self, audit: Audit) -> Audit {
        audit
    }

    pub(super) fn blocks(&self, finding: &Finding) -> bool {
        finding.severity >= self.block
    }
}
