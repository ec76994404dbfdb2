//! The command line of this tool: a few switches, not worth a parser crate that everybody would wait for.

use anyhow::{Result, bail};

/// The words after `cargo xtask` that no command has taken yet.
pub(crate) struct Args(Vec<String>);

impl Args {
    pub(crate) fn new(words: impl IntoIterator<Item = String>) -> Self {
        Self(words.into_iter().collect())
    }

    /// Takes the first word.
    pub(crate) fn positional(&mut self) -> Option<String> {
        (!self.0.is_empty()).then(|| self.0.remove(0))
    }

    /// Takes the switch `name` and says whether it was there.
    pub(crate) fn switch(&mut self, name: &str) -> bool {
        let before = self.0.len();
        self.0.retain(|word| word != name);
        self.0.len() < before
    }

    /// Takes `name VALUE` or `name=VALUE`.
    pub(crate) fn option(&mut self, name: &str) -> Result<Option<String>> {
        let joined = format!("{name}=");
        if let Some(at) = self.0.iter().position(|word| word.starts_with(&joined)) {
            return Ok(Some(self.0.remove(at)[joined.len()..].to_owned()));
        }
        let Some(at) = self.0.iter().position(|word| word == name) else { return Ok(None) };
        self.0.remove(at);
        if at >= self.0.len() {
            bail!("option {name} needs a value after it");
        }
        Ok(Some(self.0.remove(at)))
    }

    /// Refuses whatever is left, so that a misspelt option is not ignored.
    pub(crate) fn finish(self) -> Result<()> {
        match self.0.first() {
            None => Ok(()),
            Some(word) => bail!("`{word}` is not understood here; `cargo xtask help` lists the options"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn args(line: &str) -> Args {
        Args::new(line.split_whitespace().map(str::to_owned))
    }

    #[test]
    fn options_are_taken_in_any_order_and_form() {
        let mut args = args("demo --out=there --live --model a/b");
        assert_eq!(args.positional().as_deref(), Some("demo"));
        assert!(args.switch("--live"));
        assert!(!args.switch("--live"), "taken once");
        assert_eq!(args.option("--model").unwrap().as_deref(), Some("a/b"));
        assert_eq!(args.option("--out").unwrap().as_deref(), Some("there"));
        assert_eq!(args.option("--out").unwrap(), None);
        args.finish().unwrap();
    }

    #[test]
    fn a_missing_value_and_an_unknown_word_are_errors() {
        assert!(args("--out").option("--out").is_err());
        let error = args("--lvie").finish().unwrap_err().to_string();
        assert!(error.contains("--lvie"), "{error}");
    }
}
