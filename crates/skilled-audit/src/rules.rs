//! The rules.

pub(crate) mod code;
pub(crate) mod coverage;
pub(crate) mod text;

use crate::RuleInfo;

/// Every rule, in a fixed order.
pub fn rules() -> impl Iterator<Item = &'static RuleInfo> {
    code::RULES.iter().chain(text::RULES).chain(coverage::RULES)
}
