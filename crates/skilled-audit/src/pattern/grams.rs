//! Which literals a text may contain.

/// The sequences of three bytes in a text, in lower case, as a set that may hold too many.
pub(crate) struct Grams(Vec<u64>);

/// Size of the set, in bits: of a text of 64 KiB an eighth is filled.
const BITS: usize = 1 << 16;

impl Grams {
    /// One pass over a text.
    pub(crate) fn of(text: &str) -> Self {
        let mut bits = vec![0_u64; BITS / 64];
        for gram in text.as_bytes().windows(3) {
            let slot = slot(gram);
            bits[slot / 64] |= 1 << (slot % 64);
        }
        Self(bits)
    }

    /// Whether the text may contain `literal`, whatever the case. Never denies one that it contains.
    pub(crate) fn may_contain(&self, literal: &str) -> bool {
        literal.as_bytes().windows(3).all(|gram| {
            let slot = slot(gram);
            self.0[slot / 64] & (1 << (slot % 64)) != 0
        })
    }
}

fn slot(gram: &[u8]) -> usize {
    let folded = gram.iter().fold(0_u32, |all, byte| all << 8 | u32::from(byte.to_ascii_lowercase()));
    (folded.wrapping_mul(0x9e37_79b1) >> 16) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_there_is_never_denied() {
        let grams = Grams::of("Send ~/.SSH to https://x.example; é 上传");
        for literal in ["send", "~/.ssh", "EXAMPLE", "上传", "é", ""] {
            assert!(grams.may_contain(literal), "{literal}");
        }
        for literal in ["curl", "wget", "发送"] {
            assert!(!grams.may_contain(literal), "{literal}");
        }
    }
}
