//! Reading a policy. What would silently do nothing is an error.

use serde::de::value::MapAccessDeserializer;
use serde::de::{Error, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};

use super::{Allowance, is_day};
use crate::{Confidence, Severity};

/// `"high"`, `"never"` or `["critical", "high"]`.
#[derive(Deserialize)]
#[serde(untagged, expecting = "`block` is the least severity that blocks, `never`, or a list of severities")]
enum Block {
    Least(String),
    These(Vec<String>),
}

pub(super) fn severities<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Severity>, D::Error> {
    match Block::deserialize(deserializer)? {
        Block::Least(name) if name == "never" => Ok(Vec::new()),
        Block::Least(name) => {
            let least = severity(&name)?;
            Ok(Severity::ALL.into_iter().filter(|severity| *severity >= least).collect())
        }
        Block::These(names) => names.iter().map(|name| severity(name)).collect(),
    }
}

fn severity<E: Error>(name: &str) -> Result<Severity, E> {
    let found = Severity::ALL.into_iter().find(|severity| severity.as_str() == name);
    found.ok_or_else(|| unknown(name, "`critical`, `high`, `medium`, `low` and `info`"))
}

pub(super) fn confidence<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Confidence, D::Error> {
    let name = String::deserialize(deserializer)?;
    let all = [Confidence::Low, Confidence::Medium, Confidence::High];
    let found = all.into_iter().find(|confidence| confidence.as_str() == name);
    found.ok_or_else(|| unknown(&name, "`low`, `medium` and `high`"))
}

fn unknown<E: Error>(name: &str, known: &str) -> E {
    E::custom(format!("there is no `{name}`; there are {known}"))
}

/// An allowance as a table.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    rule: Option<String>,
    path: Option<String>,
    fingerprint: Option<String>,
    reason: String,
    expires: Option<String>,
}

impl<'de> Deserialize<'de> for Allowance {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(OfAllowance)
    }
}

struct OfAllowance;

impl<'de> Visitor<'de> for OfAllowance {
    type Value = Allowance;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("the code of a rule, or a table with `reason` and `rule`, `path` or `fingerprint`")
    }

    fn visit_str<E: Error>(self, rule: &str) -> Result<Allowance, E> {
        Ok(Allowance { rule: Some(rule.to_owned()), ..Allowance::default() })
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Allowance, A::Error> {
        let Table { rule, path, fingerprint, reason, expires } =
            Table::deserialize(MapAccessDeserializer::new(map))?;
        if rule.is_none() && path.is_none() && fingerprint.is_none() {
            return Err(A::Error::custom("an allowance needs a `rule`, a `path` or a `fingerprint`"));
        }
        if reason.trim().is_empty() {
            return Err(A::Error::custom(
                "an allowance needs a `reason`: who reads it later wants to know why",
            ));
        }
        if let Some(day) = expires.as_ref().filter(|day| !is_day(day)) {
            return Err(A::Error::custom(format!(
                "`{day}` is no day; `expires` is one such as \"2027-01-31\""
            )));
        }
        Ok(Allowance { rule, path, fingerprint, reason, expires })
    }
}
