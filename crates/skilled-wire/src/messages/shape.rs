//! What a request must look like, as tables, and the check of a body against them.
//!
//! The tables say once what every field is. A body that passes them is then read into the typed request, which cannot
//! fail any more; a body that does not is refused at the exact place, in the words clients know.

/// Makes the constants of the tables. Macros and not functions, since what is borrowed in them must live forever.
macro_rules! field {
    ($presence:ident, $name:expr, $shape:expr) => {
        $crate::messages::shape::Field {
            name: $name,
            shape: $shape,
            presence: $crate::messages::shape::Presence::$presence,
        }
    };
}
/// A field that must be there.
macro_rules! required {
    ($name:expr, $shape:expr $(,)?) => {
        field!(Required, $name, $shape)
    };
}
/// A field that may be missing, but not `null`.
macro_rules! optional {
    ($name:expr, $shape:expr $(,)?) => {
        field!(Optional, $name, $shape)
    };
}
/// A field that may be missing or `null`.
macro_rules! nullable {
    ($name:expr, $shape:expr $(,)?) => {
        field!(Nullable, $name, $shape)
    };
}
/// A field that must be there, and may be `null`.
macro_rules! required_nullable {
    ($name:expr, $shape:expr $(,)?) => {
        field!(RequiredNullable, $name, $shape)
    };
}
/// A type and its fields beside `type`.
macro_rules! variant {
    ($tag:expr, $fields:expr $(,)?) => {
        $crate::messages::shape::Variant { tag: $tag, fields: $fields }
    };
}
/// An object of one of these types.
macro_rules! tagged {
    ($variants:expr $(,)?) => {
        $crate::messages::shape::Shape::Tagged {
            by: "type",
            variants: $variants,
            others: $crate::messages::shape::Others::Refused,
            untyped: None,
        }
    };
}

pub(crate) mod block;
pub(crate) mod request;
pub(crate) mod tool;

use serde_json::{Map, Value};

use super::invalid::{Invalid, Place, shortened};

/// What a value must be.
pub(crate) enum Shape {
    /// Anything.
    Any,
    /// A string.
    Text,
    /// A string of some length whose letters all pass.
    Word { longest: usize, letter: fn(char) -> bool, pattern: &'static str },
    /// `true` or `false`.
    Bool,
    /// A whole number of at least `min`.
    Integer { min: u64 },
    /// A number within bounds.
    Number { min: f64, max: f64 },
    /// One of these strings.
    Choice(&'static [&'static str]),
    /// Any object.
    Object,
    /// A list of such things.
    List(&'static Self),
    /// An object of any names with such values.
    Dict(&'static Self),
    /// An object of exactly these fields.
    Fields(&'static [Field]),
    /// An object of at least these fields.
    Open(&'static [Field]),
    /// An object of which one field, mostly `type`, says what it is.
    Tagged {
        /// That field.
        by: &'static str,
        /// The types.
        variants: &'static [Variant],
        /// What becomes of other types.
        others: Others,
        /// The type of an object that has none.
        untyped: Option<&'static str>,
    },
    /// One of these, told apart by the kind of JSON value.
    Either(&'static [&'static Self]),
}

/// What becomes of an object of a type that the table does not know.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Others {
    /// It is kept as it is.
    Kept,
    /// It is refused by name.
    Refused,
}

/// A field of an object.
#[derive(Clone, Copy)]
pub(crate) struct Field {
    name: &'static str,
    shape: &'static Shape,
    presence: Presence,
}

/// Whether a field must be there.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Presence {
    Required,
    /// It may be missing, but not `null`.
    Optional,
    /// It may be missing or `null`.
    Nullable,
    /// It must be there, and may be `null`.
    RequiredNullable,
}

/// One type of a tagged object.
#[derive(Clone, Copy)]
pub(crate) struct Variant {
    pub(crate) tag: &'static str,
    pub(crate) fields: &'static [Field],
}

pub(crate) static ANY: Shape = Shape::Any;
pub(crate) static TEXT: Shape = Shape::Text;
pub(crate) static TEXTS: Shape = Shape::List(&TEXT);
pub(crate) static BOOL: Shape = Shape::Bool;
pub(crate) static COUNT: Shape = Shape::Integer { min: 0 };
pub(crate) static POSITIVE: Shape = Shape::Integer { min: 1 };
pub(crate) static OBJECT: Shape = Shape::Object;
pub(crate) static OBJECTS: Shape = Shape::List(&OBJECT);

impl Shape {
    /// Checks `value`, which is at `place`.
    pub(crate) fn check(&self, value: &Value, place: Place<'_>) -> Result<(), Invalid> {
        match self {
            Self::Any => Ok(()),
            Self::Text => value.as_str().map(|_| ()).ok_or_else(|| self.mistaken(place)),
            Self::Word { longest, letter, pattern } => {
                let text = value.as_str().ok_or_else(|| self.mistaken(place))?;
                let fits = !text.is_empty() && text.len() <= *longest && text.chars().all(*letter);
                fits.then_some(())
                    .ok_or_else(|| place.invalid(format!("String should match pattern '{pattern}'")))
            }
            Self::Bool => value.as_bool().map(|_| ()).ok_or_else(|| self.mistaken(place)),
            Self::Integer { min } => check_integer(value, *min, place),
            Self::Number { min, max } => check_number(value, *min, *max, place),
            Self::Choice(choices) => match value.as_str() {
                Some(text) if choices.contains(&text) => Ok(()),
                _ => Err(place.invalid(format!("Input should be {}", listed(choices, "or")))),
            },
            Self::Object => value.as_object().map(|_| ()).ok_or_else(|| self.mistaken(place)),
            Self::List(of) => {
                let items = value.as_array().ok_or_else(|| self.mistaken(place))?;
                items
                    .iter()
                    .enumerate()
                    .try_for_each(|(index, item)| of.check(item, Place::Item(&place, index)))
            }
            Self::Dict(of) => {
                let fields = value.as_object().ok_or_else(|| self.mistaken(place))?;
                fields.iter().try_for_each(|(name, item)| of.check(item, Place::Field(&place, name)))
            }
            Self::Fields(known) => {
                let fields = value.as_object().ok_or_else(|| self.mistaken(place))?;
                check_fields(fields, known, place)?;
                check_extras(fields, |name| known.iter().any(|field| field.name == name), place)
            }
            Self::Open(known) => {
                let fields = value.as_object().ok_or_else(|| self.mistaken(place))?;
                check_fields(fields, known, place)
            }
            Self::Tagged { by, variants, others, untyped } => {
                let fields = value.as_object().ok_or_else(|| self.mistaken(place))?;
                match chosen(fields, by, variants, *others, *untyped, place)? {
                    Some(variant) => {
                        check_fields(fields, variant.fields, place)?;
                        let known =
                            |name: &str| name == *by || variant.fields.iter().any(|field| field.name == name);
                        check_extras(fields, known, place)
                    }
                    None => Ok(()),
                }
            }
            Self::Either(shapes) => {
                let Some(shape) = shapes.iter().find(|shape| shape.is_kind_of(value)) else {
                    let kinds: Vec<&str> = shapes.iter().map(|shape| shape.kind()).collect();
                    return Err(place.invalid(format!("Input should be {}", kinds.join(" or "))));
                };
                shape.check(value, place)
            }
        }
    }

    /// Returns what kind of JSON value this is, with its article.
    fn kind(&self) -> &'static str {
        match self {
            Self::Any => "any value",
            Self::Text | Self::Word { .. } | Self::Choice(_) => "a valid string",
            Self::Bool => "a valid boolean",
            Self::Integer { .. } => "a valid integer",
            Self::Number { .. } => "a valid number",
            Self::List(_) => "a valid list",
            Self::Object | Self::Dict(_) | Self::Fields(_) | Self::Open(_) | Self::Tagged { .. } => {
                "a valid dictionary"
            }
            Self::Either(_) => "one of several kinds",
        }
    }

    /// Returns whether `value` is the kind of JSON value that this shape describes.
    fn is_kind_of(&self, value: &Value) -> bool {
        match self {
            Self::Any | Self::Either(_) => true,
            Self::Text | Self::Word { .. } | Self::Choice(_) => value.is_string(),
            Self::Bool => value.is_boolean(),
            Self::Integer { .. } | Self::Number { .. } => value.is_number(),
            Self::List(_) => value.is_array(),
            Self::Object | Self::Dict(_) | Self::Fields(_) | Self::Open(_) | Self::Tagged { .. } => {
                value.is_object()
            }
        }
    }

    /// Says that what is at `place` is of the wrong kind.
    fn mistaken(&self, place: Place<'_>) -> Invalid {
        place.invalid(format!("Input should be {}", self.kind()))
    }
}

/// Checks that `value` is a whole number of at least `min`.
fn check_integer(value: &Value, min: u64, place: Place<'_>) -> Result<(), Invalid> {
    if value.as_u64().is_some_and(|number| number >= min) {
        return Ok(());
    }
    let whole = value.is_u64() || value.is_i64();
    Err(place.invalid(if whole {
        format!("Input should be greater than or equal to {min}")
    } else {
        "Input should be a valid integer".to_owned()
    }))
}

/// Checks that `value` is a number within bounds.
fn check_number(value: &Value, min: f64, max: f64, place: Place<'_>) -> Result<(), Invalid> {
    let number = value.as_f64().ok_or_else(|| place.invalid("Input should be a valid number"))?;
    if number < min {
        return Err(place.invalid(format!("Input should be greater than or equal to {min}")));
    }
    if number > max {
        return Err(place.invalid(format!("Input should be less than or equal to {max}")));
    }
    Ok(())
}

/// Checks the known fields of an object.
fn check_fields(fields: &Map<String, Value>, known: &[Field], place: Place<'_>) -> Result<(), Invalid> {
    known.iter().try_for_each(|field| {
        let here = Place::Field(&place, field.name);
        match (fields.get(field.name), field.presence) {
            (None, Presence::Required | Presence::RequiredNullable) => Err(here.invalid("Field required")),
            (None, Presence::Optional | Presence::Nullable) => Ok(()),
            (Some(Value::Null), Presence::Nullable | Presence::RequiredNullable) => Ok(()),
            (Some(value), _) => field.shape.check(value, here),
        }
    })
}

/// Refuses the first field that is not known.
fn check_extras(
    fields: &Map<String, Value>,
    known: impl Fn(&str) -> bool,
    place: Place<'_>,
) -> Result<(), Invalid> {
    match fields.keys().find(|name| !known(name)) {
        Some(name) => Err(Place::Field(&place, name).invalid("Extra inputs are not permitted")),
        None => Ok(()),
    }
}

/// Returns the variant that the field `by` of an object names; none for a type that is kept unknown.
fn chosen<'a>(
    fields: &Map<String, Value>,
    by: &'static str,
    variants: &'a [Variant],
    others: Others,
    untyped: Option<&'static str>,
    place: Place<'_>,
) -> Result<Option<&'a Variant>, Invalid> {
    let here = Place::Field(&place, by);
    let tag = match (fields.get(by), untyped) {
        (None | Some(Value::Null), Some(tag)) => tag,
        (Some(Value::String(tag)), _) => tag,
        (None, None) => return Err(here.invalid("Field required")),
        (Some(_), _) => return Err(here.invalid("Input should be a valid string")),
    };
    match variants.iter().find(|variant| variant.tag == tag) {
        Some(variant) => Ok(Some(variant)),
        None if others == Others::Kept => Ok(None),
        None => {
            let tags: Vec<&str> = variants.iter().map(|variant| variant.tag).collect();
            Err(place.invalid(format!(
                "Input tag '{}' found using '{by}' does not match any of the expected tags: {}",
                shortened(tag),
                listed(&tags, "and"),
            )))
        }
    }
}

/// Returns `'a', 'b' or 'c'`.
fn listed(words: &[&str], last: &str) -> String {
    let quoted: Vec<String> = words.iter().map(|word| format!("'{word}'")).collect();
    match quoted.split_last() {
        Some((end, [])) => end.clone(),
        Some((end, start)) if last == "or" => format!("{} or {end}", start.join(", ")),
        Some(_) => quoted.join(", "),
        None => String::new(),
    }
}
