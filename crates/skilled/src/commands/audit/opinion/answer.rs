//! What a model answers: parsed strictly, and bounded.

use serde::Deserialize;
use skilled_audit::Severity;

/// Longest answer, in bytes.
const LONGEST: usize = 64 * 1024;
/// Most concerns that are kept.
const CONCERNS: usize = 20;

/// An answer.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Answer {
    pub(super) verdict: Verdict,
    /// On one line, safe to print, as is every text here.
    pub(super) summary: String,
    pub(super) concerns: Vec<Concern>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Verdict {
    Harmless,
    Suspicious,
    Harmful,
}

/// Something the model points at.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Concern {
    pub(super) severity: Severity,
    pub(super) path: String,
    pub(super) line: Option<u64>,
    pub(super) message: String,
}

/// Why an answer is none.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum AnswerError {
    #[error("the model answered more than {LONGEST} bytes")]
    TooLong,
    #[error("the model did not answer with the JSON object it was asked for ({0})")]
    NotTheObject(String),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    verdict: Verdict,
    summary: String,
    #[serde(default)]
    concerns: Vec<WrittenConcern>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenConcern {
    severity: String,
    path: String,
    #[serde(default)]
    line: Option<u64>,
    message: String,
}

impl Answer {
    /// Reads an answer; a code fence around the object is tolerated, as many models write one.
    pub(super) fn parse(text: &str) -> Result<Self, AnswerError> {
        if text.len() > LONGEST {
            return Err(AnswerError::TooLong);
        }
        let text = text.trim();
        let fenced = text.strip_prefix("```json").or_else(|| text.strip_prefix("```"));
        let object = fenced.and_then(|rest| rest.strip_suffix("```")).unwrap_or(text);
        let wrong = |what: String| AnswerError::NotTheObject(skilled_format::printable(&what));
        let written: Written = serde_json::from_str(object).map_err(|error| wrong(error.to_string()))?;
        let mut concerns = Vec::new();
        for concern in written.concerns.into_iter().take(CONCERNS) {
            let severity = Severity::ALL.into_iter().find(|severity| severity.as_str() == concern.severity);
            let severity = severity.ok_or_else(|| wrong(format!("severity {:?}", concern.severity)))?;
            concerns.push(Concern {
                severity,
                path: skilled_format::printable(&concern.path),
                line: concern.line,
                message: skilled_format::printable(&concern.message),
            });
        }
        let summary = skilled_format::printable(&written.summary);
        Ok(Self { verdict: written.verdict, summary, concerns })
    }
}

impl Verdict {
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Harmless => "harmless",
            Self::Suspicious => "suspicious",
            Self::Harmful => "harmful",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_read_with_or_without_a_fence() {
        let text = r#"{"verdict":"harmful","summary":"It\nsends","concerns":[
            {"severity":"high","path":"a\u001b.py","line":3,"message":"curl"}]}"#;
        let answer = Answer {
            verdict: Verdict::Harmful,
            summary: "It\\nsends".to_owned(),
            concerns: vec![Concern {
                severity: Severity::High,
                path: "a\\u{1b}.py".to_owned(),
                line: Some(3),
                message: "curl".to_owned(),
            }],
        };
        assert_eq!(Answer::parse(text).as_ref(), Ok(&answer));
        assert_eq!(Answer::parse(&format!("```json\n{text}\n```\n")), Ok(answer));
    }

    #[test]
    fn anything_else_is_none() {
        let long = format!(r#"{{"verdict":"harmless","summary":"{}"}}"#, "x".repeat(LONGEST));
        assert_eq!(Answer::parse(&long), Err(AnswerError::TooLong));
        for text in [
            "",
            "It is fine.",
            "{}",
            r#"{"verdict":"fine","summary":""}"#,
            r#"{"verdict":"harmless","summary":"","blocked":false}"#,
            r#"{"verdict":"harmless","summary":"","concerns":[{"severity":"none","path":"","message":""}]}"#,
        ] {
            assert!(matches!(Answer::parse(text), Err(AnswerError::NotTheObject(_))), "{text}");
        }
    }

    #[test]
    fn concerns_are_bounded() {
        let concern = r#"{"severity":"low","path":"a","message":"m"}"#;
        let text =
            format!(r#"{{"verdict":"suspicious","summary":"s","concerns":[{}]}}"#, [concern; 50].join(","));
        assert_eq!(Answer::parse(&text).unwrap().concerns.len(), CONCERNS);
    }
}
