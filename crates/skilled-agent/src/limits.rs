//! When a run stops by itself.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use skilled_message::Usage;
use skilled_model::Price;

/// The limits of a run, or of what is left of it after it was resumed: all are counted from there.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Limits {
    /// The most answers of the model. Zero: not even the first request is sent.
    pub max_rounds: u32,
    /// What happens after the last round.
    #[serde(default, skip_serializing_if = "AtLastRound::is_end")]
    pub at_last_round: AtLastRound,
    /// The most tokens the model may write in one answer.
    pub max_output_tokens: u32,
    /// What may be spent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub budget: Option<Budget>,
    /// The most time, in milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timeout_ms: Option<u64>,
}

impl Limits {
    /// Returns limits without a budget and a timeout.
    pub const fn new(max_rounds: u32, max_output_tokens: u32) -> Self {
        Self {
            max_rounds,
            at_last_round: AtLastRound::End,
            max_output_tokens,
            budget: None,
            timeout_ms: None,
        }
    }

    /// Returns the most time the run may take.
    pub fn timeout(&self) -> Option<Duration> {
        self.timeout_ms.map(Duration::from_millis)
    }
}

/// What happens when the rounds of a run are used up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AtLastRound {
    /// The run ends as [`crate::FinishReason::MaxRounds`]; calls of the last answer are answered as not run.
    #[default]
    End,
    /// The run ends as [`crate::FinishReason::Paused`]; calls of the last answer stay open for whoever goes on.
    Pause,
}

impl AtLastRound {
    #[expect(clippy::trivially_copy_pass_by_ref, reason = "the signature that serde calls")]
    const fn is_end(&self) -> bool {
        matches!(self, Self::End)
    }
}

/// What a run may spend. Checked after each answer, so the last answer may overshoot it.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Budget {
    /// All tokens of all requests, prompts (cached or not) and answers.
    Tokens(u64),
    /// US dollars.
    Usd(f64),
}

/// Why a text is not a budget.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{text:?} is not a budget: write a number of tokens (`200000`, `200k`, `2m tokens`) or dollars (`$0.50`, `0.50usd`)"
)]
pub struct ParseBudgetError {
    /// The text that was read.
    pub text: String,
}

/// A budget in money needs a model whose price is known.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
#[error("the price of {model} is unknown, so a budget of {budget} cannot be kept: give the budget in tokens")]
pub struct UnknownPrice {
    /// The model.
    pub model: String,
    /// The budget.
    pub budget: Budget,
}

impl Budget {
    /// Returns whether `usage` has used it up. Money without a price counts as used up: it could not be kept.
    pub fn is_used_up(&self, usage: &Usage, price: Option<&Price>) -> bool {
        match (self, price) {
            (Self::Tokens(most), _) => usage.total_tokens() >= *most,
            (Self::Usd(most), Some(price)) => price.cost(usage) >= *most,
            (Self::Usd(_), None) => true,
        }
    }

    /// Checks that the budget can be kept with a model of this price.
    pub fn check(&self, model: &str, price: Option<&Price>) -> Result<(), UnknownPrice> {
        match (self, price) {
            (Self::Usd(_), None) => Err(UnknownPrice { model: model.to_owned(), budget: *self }),
            (Self::Usd(_), Some(_)) | (Self::Tokens(_), _) => Ok(()),
        }
    }
}

impl fmt::Display for Budget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tokens(tokens) => write!(f, "{tokens} tokens"),
            Self::Usd(usd) => write!(f, "${usd}"),
        }
    }
}

impl FromStr for Budget {
    type Err = ParseBudgetError;

    /// Reads `200000`, `200k`, `1.5m`, each with or without `tokens`; `$0.50`, `0.50usd`, `0.5 USD`. Case and spaces
    /// around the parts do not matter; zero and negative amounts are refused.
    fn from_str(text: &str) -> Result<Self, ParseBudgetError> {
        let lower = text.trim().to_ascii_lowercase();
        let dollars = lower.strip_prefix('$').or_else(|| lower.strip_suffix("usd"));
        let budget = match dollars {
            Some(amount) => decimal(amount).map(Self::Usd),
            None => tokens(lower.strip_suffix("tokens").unwrap_or(&lower).trim()).map(Self::Tokens),
        };
        budget.ok_or_else(|| ParseBudgetError { text: text.to_owned() })
    }
}

fn tokens(text: &str) -> Option<u64> {
    let (number, unit) = match text.strip_suffix('k') {
        Some(number) => (number, 1e3),
        None => match text.strip_suffix('m') {
            Some(number) => (number, 1e6),
            None => return text.parse().ok().filter(|tokens| *tokens > 0),
        },
    };
    let tokens = (decimal(number)? * unit).round();
    (tokens >= 1.0 && tokens < u64::MAX as f64).then_some(tokens as u64)
}

/// Reads a positive decimal number: digits and at most one point, no exponent, sign, `inf` or `nan`.
fn decimal(text: &str) -> Option<f64> {
    let text = text.trim();
    let plain = text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    let number: f64 = text.parse().ok().filter(|_| plain)?;
    (number.is_finite() && number > 0.0).then_some(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn budgets_are_read() {
        for (text, budget) in [
            ("200000", Budget::Tokens(200_000)),
            ("200k", Budget::Tokens(200_000)),
            ("200k tokens", Budget::Tokens(200_000)),
            (" 1.5M Tokens ", Budget::Tokens(1_500_000)),
            ("12 tokens", Budget::Tokens(12)),
            ("$0.50", Budget::Usd(0.5)),
            ("0.50usd", Budget::Usd(0.5)),
            ("3 USD", Budget::Usd(3.0)),
        ] {
            assert_eq!(text.parse(), Ok(budget), "{text}");
            assert_eq!(budget.to_string().parse(), Ok(budget), "{budget}");
        }
    }

    #[test]
    fn what_is_no_budget_is_refused() {
        for text in [
            "", "0", "$0", "-1", "$-1", "1e9", "inf usd", "nanusd", "$", "1.5", "k", "0.0001k", "$1usd",
            "five",
        ] {
            let error = text.parse::<Budget>().unwrap_err();
            assert!(error.to_string().contains("`$0.50`"), "{text}");
        }
    }

    #[test]
    fn a_budget_counts_every_token_or_every_cent() {
        let usage =
            Usage { input_tokens: 10, output_tokens: 5, cache_read_input_tokens: 85, ..Usage::default() };
        assert!(Budget::Tokens(100).is_used_up(&usage, None));
        assert!(!Budget::Tokens(101).is_used_up(&usage, None));
        let price = Price { input: 1e6, output: 2e6, cache_write: 0.0, cache_read: 1e5 };
        assert!(Budget::Usd(28.5).is_used_up(&usage, Some(&price)));
        assert!(!Budget::Usd(28.6).is_used_up(&usage, Some(&price)));
    }

    #[test]
    fn money_without_a_price_is_refused() {
        let error = Budget::Usd(1.0).check("openai/llama", None).unwrap_err();
        assert_eq!(
            error.to_string(),
            "the price of openai/llama is unknown, so a budget of $1 cannot be kept: give the budget in tokens"
        );
        assert_eq!(Budget::Tokens(1).check("openai/llama", None), Ok(()));
        assert!(Budget::Usd(1.0).is_used_up(&Usage::default(), None));
    }
}
