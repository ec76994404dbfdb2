//! What is known of models without asking.

use crate::{ModelInfo, Price};

/// Returns what is known of a model of Anthropic.
pub(crate) fn anthropic(model: &str) -> ModelInfo {
    // Name, context, output, dollars per million tokens in and out. Cache writes cost 1.25 of the input, reads 0.1.
    const MODELS: &[(&str, u64, u32, f64, f64)] = &[
        ("claude-fable-5", 1_000_000, 128_000, 10.0, 50.0),
        ("claude-mythos-5", 1_000_000, 128_000, 10.0, 50.0),
        ("claude-opus-4-8", 1_000_000, 128_000, 5.0, 25.0),
        ("claude-opus-4-7", 1_000_000, 128_000, 5.0, 25.0),
        ("claude-opus-4-6", 1_000_000, 128_000, 5.0, 25.0),
        ("claude-opus-4-5", 200_000, 64_000, 5.0, 25.0),
        ("claude-opus-4-1", 200_000, 32_000, 15.0, 75.0),
        ("claude-sonnet-4-6", 1_000_000, 64_000, 3.0, 15.0),
        ("claude-sonnet-4-5", 200_000, 64_000, 3.0, 15.0),
        ("claude-haiku-4-5", 200_000, 64_000, 1.0, 5.0),
    ];
    match MODELS.iter().find(|row| is_version_of(model, row.0)) {
        Some(&(_, context_window, max_output_tokens, input, output)) => ModelInfo {
            context_window,
            max_output_tokens,
            price: Some(Price { input, output, cache_write: input * 1.25, cache_read: input * 0.1 }),
        },
        None => ModelInfo { context_window: 200_000, max_output_tokens: 32_000, price: None },
    }
}

/// Returns what is known of a model behind a Chat Completions API; only OpenAI's own are `official` and have a price.
pub(crate) fn openai(model: &str, official: bool) -> ModelInfo {
    // Name, context, output, dollars per million tokens in, cached and out. Cache writes cost what input costs.
    const MODELS: &[(&str, u64, u32, f64, f64, f64)] = &[
        ("gpt-5", 400_000, 128_000, 1.25, 0.125, 10.0),
        ("gpt-5-mini", 400_000, 128_000, 0.25, 0.025, 2.0),
        ("gpt-5-nano", 400_000, 128_000, 0.05, 0.005, 0.4),
        ("gpt-4.1", 1_047_576, 32_768, 2.0, 0.5, 8.0),
        ("gpt-4.1-mini", 1_047_576, 32_768, 0.4, 0.1, 1.6),
        ("gpt-4.1-nano", 1_047_576, 32_768, 0.1, 0.025, 0.4),
        ("gpt-4o", 128_000, 16_384, 2.5, 1.25, 10.0),
        ("gpt-4o-mini", 128_000, 16_384, 0.15, 0.075, 0.6),
        ("o3", 200_000, 100_000, 2.0, 0.5, 8.0),
        ("o4-mini", 200_000, 100_000, 1.1, 0.275, 4.4),
    ];
    match MODELS.iter().find(|row| official && is_version_of(model, row.0)) {
        Some(&(_, context_window, max_output_tokens, input, cache_read, output)) => ModelInfo {
            context_window,
            max_output_tokens,
            price: Some(Price { input, output, cache_write: input, cache_read }),
        },
        None => ModelInfo { context_window: 32_768, max_output_tokens: 4_096, price: None },
    }
}

/// Returns whether `model` is `name` or a dated version of it, such as `gpt-4o-2024-08-06`.
fn is_version_of(model: &str, name: &str) -> bool {
    model.strip_prefix(name).is_some_and(|rest| rest.is_empty() || rest.starts_with("-20"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_dated_versions_are_found() {
        let haiku = anthropic("claude-haiku-4-5-20251001");
        assert_eq!((haiku.context_window, haiku.max_output_tokens), (200_000, 64_000));
        assert!((haiku.price.unwrap().cache_write - 1.25).abs() < 1e-9);
        assert_eq!(openai("gpt-4o-2024-08-06", true).max_output_tokens, 16_384);
        assert_eq!(openai("gpt-5-mini", true).price.unwrap().output.to_string(), "2");
    }

    #[test]
    fn unknown_models_are_cautious_and_have_no_price() {
        for info in [anthropic("claude-next"), openai("gpt-4o", false), openai("gpt-4o-audio", true)] {
            assert_eq!(info.price, None);
            assert!(info.context_window <= 200_000);
        }
    }
}
