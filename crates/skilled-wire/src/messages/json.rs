//! JSON from a client, read within bounds.
//!
//! A body of a few megabytes can hold millions of tiny values, each of which takes many times its length in memory. So
//! values are counted while they are read. A name given twice in one object is refused: which of the two a reader
//! takes differs from reader to reader.

use std::fmt;

use serde::de::{DeserializeSeed, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

use super::Limits;
use super::invalid::{Invalid, Place, shortened};

/// Reads `bytes` as one JSON value.
pub(crate) fn read(bytes: &[u8], limits: &Limits) -> Result<Value, Invalid> {
    let mut refused = None;
    let mut values = 0;
    let mut deserializer = serde_json::Deserializer::from_slice(bytes);
    let reader = Reader { limits, place: Place::Body, depth: 0, values: &mut values, refused: &mut refused };
    let read = reader.deserialize(&mut deserializer).and_then(|value| deserializer.end().map(|()| value));
    read.map_err(|error| refused.unwrap_or_else(|| no_json(&error)))
}

/// Says that a body is no JSON.
pub(crate) fn no_json(error: &serde_json::Error) -> Invalid {
    Invalid::new("", format!("The request body is not valid JSON: {error}"))
}

/// Reads one value, knowing where it is.
struct Reader<'a> {
    limits: &'a Limits,
    place: Place<'a>,
    depth: usize,
    values: &'a mut usize,
    /// The reason, when it is not the parser's.
    refused: &'a mut Option<Invalid>,
}

impl Reader<'_> {
    /// Refuses the body for a reason of ours.
    fn refuse<E: serde::de::Error>(self, message: String) -> E {
        *self.refused = Some(self.place.invalid(message));
        E::custom("refused")
    }

    /// Returns the reader of something inside.
    fn inside<'a>(&'a mut self, place: Place<'a>) -> Reader<'a> {
        Reader {
            limits: self.limits,
            place,
            depth: self.depth + 1,
            values: self.values,
            refused: self.refused,
        }
    }
}

impl<'de> DeserializeSeed<'de> for Reader<'_> {
    type Value = Value;

    fn deserialize<D: serde::Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        if self.depth > self.limits.depth {
            let deepest = self.limits.depth;
            return Err(self.refuse(format!("JSON may be nested at most {deepest} levels deep")));
        }
        *self.values += 1;
        if *self.values > self.limits.values {
            let most = self.limits.values;
            return Err(self.refuse(format!("The request body may hold at most {most} JSON values")));
        }
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Reader<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::Number(value.into()))
    }

    fn visit_f64<E: serde::de::Error>(self, value: f64) -> Result<Value, E> {
        match Number::from_f64(value) {
            Some(number) => Ok(Value::Number(number)),
            None => Err(self.refuse("Input should be a finite number".to_owned())),
        }
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::String(value.to_owned()))
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(Value::String(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut list: A) -> Result<Value, A::Error> {
        let mut items = Vec::new();
        let place = self.place;
        while let Some(item) = list.next_element_seed(self.inside(Place::Item(&place, items.len())))? {
            items.push(item);
        }
        Ok(Value::Array(items))
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut object: A) -> Result<Value, A::Error> {
        let mut fields = Map::new();
        let place = self.place;
        while let Some(name) = object.next_key::<String>()? {
            if fields.contains_key(&name) {
                *self.refused = Some(Place::Field(&place, &name).invalid("This field is given twice"));
                return Err(A::Error::custom(shortened(&name)));
            }
            let value = object.next_value_seed(self.inside(Place::Field(&place, &name)))?;
            fields.insert(name, value);
        }
        Ok(Value::Object(fields))
    }
}
