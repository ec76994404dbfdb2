//! Prefixed identifiers: `sesn_` + base62 of a UUIDv7.
//!
//! The 128 bits are written as 22 base62 digits (`0-9A-Za-z`, most significant first, zero padded), so that ids of one
//! prefix sort by their time of making, and a prefix cannot be mistaken for another: [`Id`] carries it in its type.

use std::fmt;
use std::marker::PhantomData;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use uuid::{NoContext, Timestamp, Uuid};

/// Milliseconds since the Unix epoch. Comes from an injected clock.
pub type UnixMillis = u64;

/// The number of base62 digits that hold 128 bits.
const DIGITS: usize = 22;
const ALPHABET: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// A kind of identified thing.
pub trait Prefix {
    /// The text before the underscore, such as `run`.
    const PREFIX: &'static str;
}

/// An identifier with a checked prefix.
pub struct Id<P> {
    bits: u128,
    prefix: PhantomData<fn() -> P>,
}

/// Why a text is not an identifier of the expected kind.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ParseIdError {
    /// The text does not begin with the prefix and an underscore.
    #[error("{text:?} is not an id of this kind: it must begin with `{prefix}_`")]
    Prefix {
        /// The text that was read.
        text: String,
        /// The prefix that was expected.
        prefix: &'static str,
    },
    /// What follows the prefix is not 22 base62 digits of at most 128 bits.
    #[error("{text:?} is not an id: 22 letters and digits must follow `{prefix}_`")]
    Digits {
        /// The text that was read.
        text: String,
        /// The prefix that was expected.
        prefix: &'static str,
    },
}

impl<P: Prefix> Id<P> {
    /// Makes a new id. Its order among others follows `now`; the rest is random.
    pub fn new(now: UnixMillis) -> Self {
        let timestamp =
            Timestamp::from_unix(NoContext, now / 1000, u32::try_from(now % 1000).unwrap_or(0) * 1_000_000);
        Self::from_bits(Uuid::new_v7(timestamp).as_u128())
    }

    /// Returns the id with these bits.
    pub const fn from_bits(bits: u128) -> Self {
        Self { bits, prefix: PhantomData }
    }
}

impl<P: Prefix> fmt::Display for Id<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut digits = [b'0'; DIGITS];
        let mut rest = self.bits;
        for digit in digits.iter_mut().rev() {
            *digit = ALPHABET[(rest % 62) as usize];
            rest /= 62;
        }
        write!(f, "{}_", P::PREFIX)?;
        digits.iter().try_for_each(|digit| write!(f, "{}", char::from(*digit)))
    }
}

impl<P: Prefix> FromStr for Id<P> {
    type Err = ParseIdError;

    fn from_str(text: &str) -> Result<Self, ParseIdError> {
        let prefix = P::PREFIX;
        let digits = text
            .strip_prefix(prefix)
            .and_then(|rest| rest.strip_prefix('_'))
            .ok_or_else(|| ParseIdError::Prefix { text: text.to_owned(), prefix })?;
        let malformed = || ParseIdError::Digits { text: text.to_owned(), prefix };
        if digits.len() != DIGITS {
            return Err(malformed());
        }
        let mut bits: u128 = 0;
        for digit in digits.bytes() {
            let value = ALPHABET.iter().position(|known| *known == digit).ok_or_else(malformed)?;
            bits = bits.checked_mul(62).and_then(|b| b.checked_add(value as u128)).ok_or_else(malformed)?;
        }
        Ok(Self::from_bits(bits))
    }
}

// Written by hand: a derive would ask `P` for what only the bits need.
impl<P> Clone for Id<P> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<P> Copy for Id<P> {}
impl<P> PartialEq for Id<P> {
    fn eq(&self, other: &Self) -> bool {
        self.bits == other.bits
    }
}
impl<P> Eq for Id<P> {}
impl<P> PartialOrd for Id<P> {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}
impl<P> Ord for Id<P> {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.bits.cmp(&other.bits)
    }
}
impl<P> std::hash::Hash for Id<P> {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.bits.hash(state);
    }
}
impl<P: Prefix> fmt::Debug for Id<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}
impl<P: Prefix> Serialize for Id<P> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}
impl<'de, P: Prefix> Deserialize<'de> for Id<P> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}
