//! The constant `type` of objects.

/// A type with one value, which is written and read as this text and nothing else.
macro_rules! tag {
    ($(#[$about:meta])* $name:ident = $text:literal) => {
        $(#[$about])*
        #[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
        pub struct $name;

        impl $name {
            #[doc = concat!("`", $text, "`")]
            pub const TEXT: &str = $text;
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str($text)
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
                if text == $text {
                    return Ok(Self);
                }
                Err(serde::de::Error::invalid_value(serde::de::Unexpected::Str(&text), &concat!("\"", $text, "\"")))
            }
        }

        #[cfg(feature = "openapi")]
        impl utoipa::PartialSchema for $name {
            fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
                utoipa::openapi::ObjectBuilder::new()
                    .schema_type(utoipa::openapi::schema::Type::String)
                    .enum_values(Some([$text]))
                    .into()
            }
        }

        #[cfg(feature = "openapi")]
        impl utoipa::ToSchema for $name {}
    };
}

/// The types of the constant `type` fields; each has one value.
pub mod types {
    tag!(
        /// Of an answer that is an error.
        Error = "error"
    );
    tag!(
        /// Of a skill.
        Skill = "skill"
    );
    tag!(
        /// Of a version of a skill.
        SkillVersion = "skill_version"
    );
    tag!(
        /// Of a skill that was deleted.
        SkillDeleted = "skill_deleted"
    );
    tag!(
        /// Of a version of a skill that was deleted.
        SkillVersionDeleted = "skill_version_deleted"
    );
    tag!(
        /// Of a file.
        File = "file"
    );
    tag!(
        /// Of a file that was deleted.
        FileDeleted = "file_deleted"
    );
    tag!(
        /// Of a model.
        Model = "model"
    );
    tag!(
        /// Of a batch of messages.
        MessageBatch = "message_batch"
    );
    tag!(
        /// Of a batch of messages that was deleted.
        MessageBatchDeleted = "message_batch_deleted"
    );
    tag!(
        /// Of an answer.
        Message = "message"
    );
    tag!(
        /// Of more about a refusal.
        Refusal = "refusal"
    );
}
