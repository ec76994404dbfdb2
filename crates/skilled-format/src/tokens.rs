//! An estimate of tokens.

/// Returns about how many tokens a model counts for `text`: one for four ASCII characters, one for each other.
///
/// Tokenizers differ; this errs on the side of too many for the scripts that they split most.
pub fn estimated_tokens(text: &str) -> usize {
    let ascii: usize = text.as_bytes().chunks(CHUNK).map(ascii_bytes).sum();
    let others = text.chars().count() - ascii;
    ascii.div_ceil(4) + others
}

/// Bytes that are counted in one byte, so that the compiler counts many at once.
const CHUNK: usize = u8::MAX as usize;

fn ascii_bytes(chunk: &[u8]) -> usize {
    usize::from(chunk.iter().fold(0_u8, |count, byte| count.wrapping_add(u8::from(byte.is_ascii()))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_estimated_by_script() {
        assert_eq!(["", "a", "abcde", "日本", "aé"].map(estimated_tokens), [0, 1, 2, 2, 2]);
    }
}
