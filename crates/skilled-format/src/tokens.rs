//! An estimate of tokens.

use crate::lines::count;

/// Returns about how many tokens a model counts for `text`: one for four ASCII characters, one for each other.
///
/// Tokenizers differ; this errs on the side of too many for the scripts that they split most.
pub fn estimated_tokens(text: &str) -> usize {
    let ascii = count(text.as_bytes(), |byte| byte.is_ascii());
    let others = text.chars().count() - ascii;
    ascii.div_ceil(4) + others
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_estimated_by_script() {
        assert_eq!(["", "a", "abcde", "日本", "aé"].map(estimated_tokens), [0, 1, 2, 2, 2]);
    }
}
