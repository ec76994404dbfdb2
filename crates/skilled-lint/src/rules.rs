//! The rules.

use skilled_report::Rule;

/// Every rule of a check: those of `skilled-format` and those of this crate, in a fixed order.
pub fn rules() -> impl Iterator<Item = &'static Rule> {
    [].iter()
}
