//! Rules over prose, metadata, dependencies, configuration files and binaries.

use crate::RuleInfo;
use crate::material::Material;
use crate::sink::Sink;

/// Every rule of this group.
pub(crate) static RULES: &[RuleInfo] = &[];

/// Runs them.
pub(crate) fn run(material: &Material<'_>, sink: &mut Sink) {
    let _ = (material, sink);
}
