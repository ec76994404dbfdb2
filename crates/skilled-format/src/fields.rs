//! The fields of the front matter: what they mean, and the rules the reference validator has for them.

mod extensions;
mod name;
mod tools;

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::ops::Range;

use crate::diagnostic::Findings;
use crate::frontmatter::{Kind, Node};
use crate::value::{Meaning, key_text};
use crate::{Code, Extensions, Mapping, Skill, Value};

/// Longest description in characters.
const MAX_DESCRIPTION: usize = 1024;
/// Longest compatibility in characters.
const MAX_COMPATIBILITY: usize = 500;

/// Reads the fields of a skill whose folder is called `dir_name`. `offset` is where the front matter starts
/// in the file. The body of the skill is left empty. `None` when there is no usable description.
pub(crate) fn read(
    pairs: &[(Node, Node)],
    dir_name: &str,
    offset: usize,
    findings: &mut Findings<'_>,
) -> Option<Skill> {
    let mut reader = Reader { offset, findings };
    let fields = reader.first_of_each(pairs);
    let find = |name: &str| fields.iter().find(|field| field.name == name);
    let name = reader.name(find("name"), dir_name);
    let description = reader.description(find("description"));
    let mut skill = Skill {
        name,
        description: description.unwrap_or_default(),
        license: None,
        compatibility: None,
        metadata: Mapping::default(),
        allowed_tools: Vec::new(),
        extensions: Extensions::default(),
        unknown: Mapping::default(),
        body: String::new(),
        body_span: 0..0,
        body_line: 1,
    };
    for field in &fields {
        match field.name.as_ref() {
            "name" | "description" => {}
            "license" => skill.license = Some(reader.license(field)),
            "compatibility" => skill.compatibility = reader.compatibility(field),
            "metadata" => skill.metadata = reader.metadata(field),
            "allowed-tools" => skill.allowed_tools = reader.allowed_tools(field),
            _ => reader.foreign(field, &mut skill),
        }
    }
    (!skill.description.is_empty()).then_some(skill)
}

/// One field of the front matter.
struct Field<'a> {
    name: Cow<'a, str>,
    key: &'a Node,
    value: &'a Node,
}

struct Reader<'a, 'text> {
    offset: usize,
    findings: &'a mut Findings<'text>,
}

impl Reader<'_, '_> {
    fn first_of_each<'a>(&mut self, pairs: &'a [(Node, Node)]) -> Vec<Field<'a>> {
        let mut seen = BTreeSet::new();
        let mut fields = Vec::with_capacity(pairs.len());
        for (key, value) in pairs {
            let name = key_text(key);
            if seen.insert(name.clone()) {
                fields.push(Field { name, key, value });
            } else {
                let message = format!("`{name}` is given twice; the first value is used");
                self.report(Code::DuplicateField, key, message);
            }
        }
        fields
    }

    fn description(&mut self, field: Option<&Field<'_>>) -> Option<String> {
        let Some(field) = field else {
            self.findings.add(Code::MissingDescription, 0..0, "there is no field `description`");
            return None;
        };
        let Kind::Scalar(scalar) = &field.value.kind else {
            let message = "the description is a list or mapping instead of text";
            self.report(Code::DescriptionNotText, field.value, message);
            return None;
        };
        let description = strip(&scalar.text);
        if description.is_empty() {
            self.report(Code::MissingDescription, field.key, "the description is empty");
            return None;
        }
        if scalar.plain && matches!(description, "<<" | "=") {
            let message = format!("the reference validator reads `{description}` without quotes as nothing");
            self.report(Code::ReferenceYaml, field.value, message);
        }
        let length = scalar.text.chars().count();
        if length > MAX_DESCRIPTION {
            let message =
                format!("the description has {length} characters; at most {MAX_DESCRIPTION} are allowed");
            self.report(Code::DescriptionTooLong, field.value, message);
        }
        self.check_string(field);
        Some(description.to_owned())
    }

    fn license(&mut self, field: &Field<'_>) -> String {
        let Some(text) = field.value.text() else {
            self.report(
                Code::LicenseNotText,
                field.value,
                "the license is a list or mapping instead of text",
            );
            return Value::from_node(field.value).to_string();
        };
        self.check_string(field);
        strip(text).to_owned()
    }

    fn compatibility(&mut self, field: &Field<'_>) -> Option<String> {
        let Some(text) = field.value.text() else {
            let message = "the compatibility is a list or mapping instead of text";
            self.report(Code::CompatibilityNotText, field.value, message);
            return Some(Value::from_node(field.value).to_string());
        };
        let length = text.chars().count();
        if length > MAX_COMPATIBILITY {
            let message =
                format!("the compatibility has {length} characters; at most {MAX_COMPATIBILITY} are allowed");
            self.report(Code::CompatibilityTooLong, field.value, message);
        }
        let text = strip(text);
        if text.is_empty() {
            self.report(Code::CompatibilityEmpty, field.key, "the compatibility is empty");
            return None;
        }
        self.check_string(field);
        Some(text.to_owned())
    }

    fn metadata(&mut self, field: &Field<'_>) -> Mapping {
        match &field.value.kind {
            Kind::Mapping(pairs) => {
                for (key, value) in pairs {
                    if !is_text(value) {
                        let message =
                            format!("the metadata value of `{}` is not text", Value::from_node(key));
                        self.report(Code::MetadataNotText, value, message);
                    }
                }
                Mapping::from_pairs(pairs)
            }
            Kind::Scalar(scalar) if Meaning::of(scalar) == Meaning::Null => Mapping::default(),
            Kind::Scalar(_) | Kind::Sequence(_) => {
                self.report(
                    Code::MetadataNotMapping,
                    field.value,
                    "the metadata is not a mapping and is ignored",
                );
                Mapping::default()
            }
        }
    }

    fn allowed_tools(&mut self, field: &Field<'_>) -> Vec<String> {
        match &field.value.kind {
            Kind::Scalar(scalar) => {
                let list = tools::split(&scalar.text);
                if list.has_commas {
                    self.report(Code::AllowedToolsCommas, field.value, "the tools are separated by commas");
                }
                list.items
            }
            Kind::Sequence(items) => {
                self.report(Code::AllowedToolsList, field.value, "the tools are written as a list");
                let mut tools = Vec::with_capacity(items.len());
                for item in items {
                    match item.text() {
                        Some(text) => tools.extend(tools::split(text).items),
                        None => self.report(
                            Code::AllowedToolsNotText,
                            item,
                            "this tool is not text and is ignored",
                        ),
                    }
                }
                tools
            }
            Kind::Mapping(_) => {
                self.report(
                    Code::AllowedToolsNotText,
                    field.value,
                    "the tools are a mapping and are ignored",
                );
                Vec::new()
            }
        }
    }

    /// A field outside the specification.
    fn foreign(&mut self, field: &Field<'_>, skill: &mut Skill) {
        let name = &field.name;
        match extensions::set(&mut skill.extensions, name, field.value) {
            extensions::Outcome::Set => {
                self.report(Code::ExtensionField, field.key, format!("`{name}` is a field of other clients"));
                return;
            }
            extensions::Outcome::WrongType(expected) => {
                let message = format!("`{name}` should be {expected}");
                self.report(Code::ExtensionValue, field.value, message);
            }
            extensions::Outcome::Unknown => {
                let message = match extensions::spelled_like(name) {
                    Some(known) => format!("the field `{name}` is unknown; `{known}` is spelled differently"),
                    None => format!("the field `{name}` is unknown"),
                };
                self.report(Code::UnknownField, field.key, message);
            }
        }
        skill.unknown.push(name.clone().into_owned(), Value::from_node(field.value));
    }

    /// Says so when text would be read as a number or boolean by most YAML readers.
    fn check_string(&mut self, field: &Field<'_>) {
        let Kind::Scalar(scalar) = &field.value.kind else { return };
        let name = &field.name;
        let message = match Meaning::of(scalar) {
            Meaning::Number => format!("`{name}: {}` is a number", scalar.text),
            Meaning::Bool(value) => format!("`{name}: {value}` is a boolean"),
            Meaning::Null | Meaning::Text => return,
        };
        self.report(Code::NotAString, field.value, message);
    }

    fn report(&mut self, code: Code, node: &Node, message: impl AsRef<str>) {
        let span: Range<usize> = self.offset + node.span.start..self.offset + node.span.end;
        self.findings.add(code, span, message);
    }
}

/// Whether most YAML readers take a value for text.
fn is_text(value: &Node) -> bool {
    matches!(&value.kind, Kind::Scalar(scalar) if Meaning::of(scalar) == Meaning::Text)
}

/// Removes surrounding white space, with the separators U+001C to U+001F that the reference validator counts
/// as such.
fn strip(text: &str) -> &str {
    text.trim_matches(|c: char| c.is_whitespace() || matches!(c, '\u{1c}'..='\u{1f}'))
}
