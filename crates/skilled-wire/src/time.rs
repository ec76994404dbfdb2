//! Times on the wire.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use skilled_message::UnixMillis;

/// A time: RFC 3339 on the wire, milliseconds since the Unix epoch here.
///
/// Written in UTC with as many digits of a second as it has, such as `2026-11-20T08:00:00.250Z`. Any offset is read;
/// digits below a millisecond are cut.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Time(UnixMillis);

/// A text that is no time.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is not a time: it must be as in 2026-11-20T08:00:00Z (RFC 3339), not before 1970")]
pub struct ParseTimeError {
    /// The text that was read.
    pub text: String,
}

/// The last time that can be written, in the last days of the year 9999.
const LAST: UnixMillis = 253_402_207_200_000;

impl Time {
    /// The time this many milliseconds after the Unix epoch; those after the year 9999 become its end.
    pub const fn from_millis(millis: UnixMillis) -> Self {
        Self(if millis < LAST { millis } else { LAST })
    }

    /// Milliseconds since the Unix epoch.
    pub const fn millis(self) -> UnixMillis {
        self.0
    }
}

impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // What was let in by the constructors is in the range of timestamps.
        let time = jiff::Timestamp::from_millisecond(i64::try_from(self.0).unwrap_or(i64::MAX));
        time.unwrap_or_default().fmt(f)
    }
}

impl FromStr for Time {
    type Err = ParseTimeError;

    fn from_str(text: &str) -> Result<Self, ParseTimeError> {
        let time = text.parse::<jiff::Timestamp>().ok();
        let millis = time.and_then(|time| UnixMillis::try_from(time.as_millisecond()).ok());
        millis.map(Self::from_millis).ok_or_else(|| ParseTimeError { text: text.to_owned() })
    }
}

impl Serialize for Time {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Time {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = <Cow<'de, str>>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(feature = "openapi")]
impl utoipa::PartialSchema for Time {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
        utoipa::openapi::ObjectBuilder::new()
            .schema_type(utoipa::openapi::schema::Type::String)
            .format(Some(utoipa::openapi::SchemaFormat::KnownFormat(utoipa::openapi::KnownFormat::DateTime)))
            .into()
    }
}

#[cfg(feature = "openapi")]
impl utoipa::ToSchema for Time {}
