//! What a checkpoint is called.

use std::fmt;
use std::str::FromStr;

/// The name of a checkpoint: its number in the store, which later ones exceed, and the beginning of the digest of what
/// the store says about it. So ids sort in the order of taking, and none is used for two different checkpoints.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CheckpointId(String);

/// The text is no id of a checkpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "an id of a checkpoint has 8 digits, a hyphen and 16 hexadecimal digits, like 00000001-0123456789abcdef"
)]
pub struct BadId;

/// Numbers stay within the digits of an id.
pub(crate) const MAX_NUMBER: u32 = 99_999_999;
const DIGITS: usize = 8;
const TAIL: usize = 16;

impl CheckpointId {
    pub(crate) fn new(number: u32, digest: crate::Digest) -> Self {
        Self(format!("{number:0DIGITS$}-{}", &digest.to_string()[..TAIL]))
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    pub(crate) fn number(&self) -> u32 {
        self.0[..DIGITS].parse().unwrap_or(MAX_NUMBER)
    }
}

impl FromStr for CheckpointId {
    type Err = BadId;

    fn from_str(text: &str) -> Result<Self, BadId> {
        let (number, tail) = text.split_once('-').ok_or(BadId)?;
        let is_hexadecimal = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
        let good = number.len() == DIGITS
            && number.bytes().all(|byte| byte.is_ascii_digit())
            && tail.len() == TAIL
            && tail.bytes().all(is_hexadecimal);
        good.then(|| Self(text.to_owned())).ok_or(BadId)
    }
}

impl fmt::Display for CheckpointId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_read_strictly() {
        let id = CheckpointId::new(42, crate::Digest::of(b""));
        assert_eq!(id.as_str(), "00000042-e3b0c44298fc1c14");
        assert_eq!(id.number(), 42);
        assert_eq!(id.to_string().parse(), Ok(id));
        for bad in [
            "",
            "00000042",
            "../00042-e3b0c44298fc1c14",
            "00000042-E3b0c44298fc1c14",
            "0000042-e3b0c44298fc1c14",
        ] {
            assert_eq!(bad.parse::<CheckpointId>(), Err(BadId), "{bad}");
        }
    }
}
