//! Values of fields this crate has no type for.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::fmt;

use crate::frontmatter::{Kind, Node, Scalar};

/// A front matter value. Text that is not quoted and looks like another type is read as that type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// Nothing, `null` or `~`.
    Null,
    /// `true` or `false`, in any case YAML allows.
    Bool(bool),
    /// A number as it was written: `1.10` stays `1.10`.
    Number(String),
    /// Text.
    String(String),
    /// A list.
    Sequence(Vec<Self>),
    /// A mapping.
    Mapping(Mapping),
}

impl Value {
    /// Returns the text of a string.
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Self::String(text) => Some(text),
            Self::Null | Self::Bool(_) | Self::Number(_) | Self::Sequence(_) | Self::Mapping(_) => None,
        }
    }

    pub(crate) fn from_node(node: &Node) -> Self {
        match &node.kind {
            Kind::Scalar(scalar) => Self::from_scalar(scalar),
            Kind::Sequence(items) => Self::Sequence(items.iter().map(Self::from_node).collect()),
            Kind::Mapping(pairs) => Self::Mapping(Mapping::from_pairs(pairs)),
        }
    }

    fn from_scalar(scalar: &Scalar) -> Self {
        match Meaning::of(scalar) {
            Meaning::Null => Self::Null,
            Meaning::Bool(value) => Self::Bool(value),
            Meaning::Number => Self::Number(scalar.text.clone()),
            Meaning::Text => Self::String(scalar.text.clone()),
        }
    }
}

/// What most YAML readers take a scalar for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Meaning {
    Null,
    Bool(bool),
    Number,
    Text,
}

impl Meaning {
    pub(crate) fn of(scalar: &Scalar) -> Self {
        if !scalar.plain {
            return Self::Text;
        }
        match scalar.text.as_str() {
            "" | "~" | "null" | "Null" | "NULL" => Self::Null,
            "true" | "True" | "TRUE" => Self::Bool(true),
            "false" | "False" | "FALSE" => Self::Bool(false),
            text if is_number(text) => Self::Number,
            _ => Self::Text,
        }
    }
}

impl fmt::Display for Value {
    /// Text as it is; lists and mappings in flow style.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => f.write_str("null"),
            Self::Bool(value) => value.fmt(f),
            Self::Number(text) | Self::String(text) => f.write_str(text),
            Self::Sequence(items) => {
                f.write_str("[")?;
                for (index, item) in items.iter().enumerate() {
                    let separator = if index == 0 { "" } else { ", " };
                    write!(f, "{separator}{item}")?;
                }
                f.write_str("]")
            }
            Self::Mapping(mapping) => {
                f.write_str("{")?;
                for (index, (key, value)) in mapping.iter().enumerate() {
                    let separator = if index == 0 { "" } else { ", " };
                    write!(f, "{separator}{key}: {value}")?;
                }
                f.write_str("}")
            }
        }
    }
}

/// Numbers of YAML 1.2: decimal, with fraction and exponent, hexadecimal, octal, infinity and not-a-number.
fn is_number(text: &str) -> bool {
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    if let Some(digits) = text.strip_prefix("0x") {
        return !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
    }
    if let Some(digits) = text.strip_prefix("0o") {
        return !digits.is_empty() && digits.bytes().all(|byte| matches!(byte, b'0'..=b'7'));
    }
    match unsigned {
        ".inf" | ".Inf" | ".INF" => true,
        ".nan" | ".NaN" | ".NAN" => unsigned == text,
        _ => {
            unsigned.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'.' | b'e' | b'E' | b'+' | b'-'))
                && unsigned.parse::<f64>().is_ok()
        }
    }
}

/// A mapping from text to values, in the order of the file. Of a key given twice the first value counts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Mapping {
    entries: Vec<(String, Value)>,
}

impl Mapping {
    /// Returns the value of `key`.
    pub fn get(&self, key: &str) -> Option<&Value> {
        self.entries.iter().find(|(own, _)| own == key).map(|(_, value)| value)
    }

    /// Returns the entries in the order of the file.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&str, &Value)> {
        self.entries.iter().map(|(key, value)| (key.as_str(), value))
    }

    /// Returns the number of entries.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Returns whether there are no entries.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    pub(crate) fn push(&mut self, key: String, value: Value) {
        self.entries.push((key, value));
    }

    pub(crate) fn from_pairs(pairs: &[(Node, Node)]) -> Self {
        let mut seen = BTreeSet::new();
        let mut mapping = Self { entries: Vec::with_capacity(pairs.len()) };
        for (key, value) in pairs {
            let key = key_text(key);
            if seen.insert(key.clone()) {
                mapping.push(key.into_owned(), Value::from_node(value));
            }
        }
        mapping
    }
}

/// A key as text: one that is a collection becomes its text in flow style.
pub(crate) fn key_text(key: &Node) -> Cow<'_, str> {
    key.text().map_or_else(|| Cow::Owned(Value::from_node(key).to_string()), Cow::Borrowed)
}
