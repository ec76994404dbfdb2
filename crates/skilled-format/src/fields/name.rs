//! The rules for names.

use std::borrow::Cow;

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use super::{Field, Reader, strip};
use crate::{Code, MountName};

/// Longest name in characters.
const MAX_NAME: usize = 64;

impl Reader<'_, '_> {
    /// The name of the skill: the field, or the name of the folder.
    pub(super) fn name(&mut self, field: Option<&Field<'_>>, dir_name: &str) -> String {
        let Some(field) = field else {
            self.findings.add(
                Code::MissingName,
                0..0,
                format!("there is no field `name`; {dir_name:?} is used"),
            );
            return dir_name.to_owned();
        };
        let Some(text) = field.value.text() else {
            let message = format!("the name is a list or mapping; {dir_name:?} is used");
            self.report(Code::NameNotText, field.value, message);
            return dir_name.to_owned();
        };
        let name = strip(text);
        if name.is_empty() {
            self.report(Code::MissingName, field.key, format!("the name is empty; {dir_name:?} is used"));
            return dir_name.to_owned();
        }
        self.check_string(field);
        self.check_name(field, name, dir_name);
        name.to_owned()
    }

    fn check_name(&mut self, field: &Field<'_>, written: &str, dir_name: &str) {
        let name = normal(written);
        let length = name.chars().count();
        if length > MAX_NAME {
            let message = format!("the name has {length} characters; at most {MAX_NAME} are allowed");
            self.report(Code::NameTooLong, field.value, message);
        }
        if has_upper_case(&name) {
            self.report(Code::NameCase, field.value, format!("the name {name:?} has upper-case letters"));
        }
        if name.starts_with('-') || name.ends_with('-') || name.contains("--") {
            let message = format!("the name {name:?} starts or ends with a hyphen or has two in a row");
            self.report(Code::NameHyphens, field.value, message);
        }
        let foreign = name.chars().find(|&c| !is_letter_or_digit(c) && c != '-');
        if let Some(c) = foreign {
            let message =
                format!("the name {name:?} contains {c:?}; only letters, digits and hyphens are allowed");
            self.report(Code::NameCharacters, field.value, message);
        } else if !name.is_ascii() {
            let message =
                format!("the name {name:?} has letters beyond a-z, which the specification does not allow");
            self.report(Code::NameNotAscii, field.value, message);
        }
        if name != normal(dir_name) {
            let message = format!("the name {name:?} is not the name of the folder, {dir_name:?}");
            self.report(Code::NameMismatch, field.value, message);
        }
        if let Err(error) = MountName::new(written) {
            self.report(Code::NameNotMountable, field.value, error.to_string());
        }
    }
}

/// The normal form of the reference validator, NFKC; ASCII is its own.
fn normal(text: &str) -> Cow<'_, str> {
    if text.is_ascii() { Cow::Borrowed(text) } else { Cow::Owned(text.nfkc().collect()) }
}

fn has_upper_case(name: &str) -> bool {
    if name.is_ascii() {
        name.bytes().any(|byte| byte.is_ascii_uppercase())
    } else {
        name != name.to_lowercase()
    }
}

/// Letters and numbers by general category, as the reference validator decides. The property `Alphabetic` is
/// wider: it includes vowel signs and the letters in squares and circles that have no compatibility
/// decomposition.
fn is_letter_or_digit(c: char) -> bool {
    c.is_alphanumeric()
        && !is_combining_mark(c)
        && !matches!(c, '\u{24b6}'..='\u{24e9}' | '\u{1f130}'..='\u{1f189}')
}
