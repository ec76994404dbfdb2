//! How much room the catalogue has.

use skilled_format::estimated_tokens;

/// Room for the catalogue. Both bounds hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Budget {
    /// The most characters.
    pub characters: usize,
    /// The most tokens, as [`estimated_tokens`] counts them.
    pub tokens: usize,
}

impl Budget {
    /// The most characters, whatever the context.
    pub const CHARACTERS: usize = 8_000;
    /// One part in so many of the context.
    const SHARE: u64 = 50;

    /// Returns the budget for a model with a context of so many tokens: 2 % of it, and at most 8,000 characters. An
    /// unknown context leaves the characters alone.
    pub fn for_context(tokens: Option<u64>) -> Self {
        let tokens =
            tokens.map_or(usize::MAX, |tokens| usize::try_from(tokens / Self::SHARE).unwrap_or(usize::MAX));
        Self { characters: Self::CHARACTERS, tokens }
    }

    /// Returns whether `text` keeps within the budget.
    pub fn fits(self, text: &str) -> bool {
        text.chars().count() <= self.characters && estimated_tokens(text) <= self.tokens
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_smaller_bound_holds() {
        assert_eq!(Budget::for_context(None), Budget { characters: 8_000, tokens: usize::MAX });
        assert_eq!(Budget::for_context(Some(32_000)), Budget { characters: 8_000, tokens: 640 });
        let budget = Budget { characters: 8, tokens: 2 };
        assert!(budget.fits("12345678") && !budget.fits("123456789"));
        assert!(budget.fits("日本") && !budget.fits("日本語"));
    }
}
