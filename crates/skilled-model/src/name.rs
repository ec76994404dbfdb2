//! Model names: `provider/model`.

use std::fmt;
use std::str::FromStr;

/// A provider and a model of it. The model's own name may contain slashes.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ModelName {
    /// The provider, such as `anthropic`.
    pub provider: String,
    /// The model as the provider names it; for `scripted`, the path of the script.
    pub model: String,
}

/// Why a text is not a model name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{text:?} is not a model name: write PROVIDER/NAME, such as `anthropic/claude-opus-4-8` or `openai/gpt-5`"
)]
pub struct ParseModelNameError {
    /// The text that was read.
    pub text: String,
}

impl FromStr for ModelName {
    type Err = ParseModelNameError;

    /// Reads `provider/model`; a bare `claude-*` means `anthropic`, a bare `gpt-*` means `openai`.
    fn from_str(text: &str) -> Result<Self, ParseModelNameError> {
        let (provider, model) = match text.split_once('/') {
            Some(parts) => parts,
            None if text.starts_with("claude-") => ("anthropic", text),
            None if text.starts_with("gpt-") => ("openai", text),
            None => ("", ""),
        };
        if provider.is_empty() || model.is_empty() {
            return Err(ParseModelNameError { text: text.to_owned() });
        }
        Ok(Self { provider: provider.to_owned(), model: model.to_owned() })
    }
}

impl fmt::Display for ModelName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.provider, self.model)
    }
}

#[cfg(test)]
mod tests {
    use super::ModelName;

    #[test]
    fn names_are_read() {
        for (text, provider, model) in [
            ("anthropic/claude-x", "anthropic", "claude-x"),
            ("claude-opus-4-8", "anthropic", "claude-opus-4-8"),
            ("gpt-5", "openai", "gpt-5"),
            ("openai/meta/llama", "openai", "meta/llama"),
            ("scripted//tmp/a.yaml", "scripted", "/tmp/a.yaml"),
        ] {
            let name: ModelName = text.parse().unwrap();
            assert_eq!((name.provider.as_str(), name.model.as_str()), (provider, model));
        }
        for text in ["", "llama", "/x", "openai/"] {
            assert!(text.parse::<ModelName>().unwrap_err().to_string().contains("PROVIDER/NAME"), "{text}");
        }
    }
}
