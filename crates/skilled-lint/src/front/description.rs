//! Rules about the description.

use std::sync::LazyLock;

use regex::Regex;

use super::Front;
use crate::rules;
use crate::sink::Sink;

/// Fewest characters of a description that can say what and when; scripts of East Asia say as much with a third.
const SHORTEST: usize = 24;
/// A description of so many characters says in its details when it is of use, whatever its words are.
const TELLING: usize = 120;
/// Most characters of description and `when_to_use` that Claude Code lists.
const MAX_LISTED: usize = 1_536;

pub(super) fn check(front: &Front<'_>, sink: &mut Sink<'_>) {
    let description = front.skill.description.as_str();
    let span = || front.value("description");
    let when_to_use = front.skill.extensions.when_to_use.as_deref();
    let may_repeat = description.len() <= 4 * front.skill.name.len();
    if may_repeat && key(description) == key(&front.skill.name) {
        sink.push(front.draft(&rules::DESCRIPTION_IS_NAME, span(), rules::DESCRIPTION_IS_NAME.title));
    } else if weight(description) < SHORTEST {
        let message = format!("the description has only {} characters", description.chars().count());
        sink.push(front.draft(&rules::DESCRIPTION_TOO_SHORT, span(), message));
    } else if weight(description) < TELLING && when_to_use.is_none() && !says_when(description) {
        let rule = &rules::DESCRIPTION_WITHOUT_WHEN;
        sink.push(front.draft(rule, span(), rule.title));
    }
    if let Some(words) = person(description) {
        let message = format!("the description says {words:?}; it should speak in the third person");
        sink.push(front.draft(&rules::DESCRIPTION_PERSON, span(), message));
    }
    let fields = [("name", front.skill.name.as_str()), ("description", description)];
    for (field, value) in fields {
        if let Some(tag) = tag(value) {
            let message = format!("the {field} contains `{tag}`, which looks like a tag");
            sink.push(front.draft(&rules::DESCRIPTION_MARKUP, front.value(field), message));
        }
    }
    let together = description.chars().count() + when_to_use.map_or(0, |text| text.chars().count());
    if when_to_use.is_some() && together > MAX_LISTED {
        let message =
            format!("`description` and `when_to_use` have {together} characters; {MAX_LISTED} are shown");
        sink.push(front.draft(&rules::LISTING_TOO_LONG, front.value("when_to_use"), message));
    }
}

/// Letters and digits in lower case.
fn key(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// Length in characters, where one of the scripts of East Asia counts as three.
fn weight(text: &str) -> usize {
    text.chars()
        .map(|c| if matches!(c, '\u{1100}'..='\u{11ff}' | '\u{2e80}'..='\u{d7ff}') { 3 } else { 1 })
        .sum()
}

/// Whether a description says, in one of many languages, when the skill is for.
fn says_when(description: &str) -> bool {
    // Boundaries of ASCII words: those of Unicode are many times slower, and the other scripts here have none.
    static WHEN: LazyLock<Option<Regex>> =
        LazyLock::new(|| Regex::new(&WORDS.concat().replace(r"\b", r"(?-u:\b)")).ok());
    WHEN.as_ref().is_none_or(|pattern| pattern.is_match(description))
}

const WORDS: &[&str] = &[
    "(?i)",
    r"\b(?:when|whenever|if|before|after|while|during|once|unless|upon|where|wherever)\b",
    r"|\btrigger|\binvok|\bactivat|\bappl(?:y|ies)\b|\bneed(?:s|ed|ing)?\b|\basks?\b|\basking\b|\brequests?\b",
    r"|\bwants?\b|\bmentions?\b|\brequired?\b|\bhandles?\b",
    r"|\b(?:use|used|useful|usage|using) (?:this|it|the|these|for|to|in|with|on|by|as|cases?|proactively|always)\b",
    r"|\bfor (?:use|tasks?|any|all|questions|users|working|projects|teams|developers|those|people)\b",
    r"|\b(?:ideal|designed|suitable|intended|perfect|great|good|best|relevant|helpful|made) (?:for|to|in)\b",
    r"|\bhelps? (?:to|with|users?|you|developers?|teams?)\b",
    // Chinese, Japanese, Korean.
    "|当|當|时|時|使用|用于|用於|适用|適用|需要|触发|觸發|场景|场合|場合|とき|際|用いる|ための|때|경우|사용|필요",
    // German, French, Spanish, Portuguese, Italian, Russian and others.
    r"|\b(?:wenn|sobald|falls|bei|für|nutzen|verwende[nt]?)\b|\b(?:quand|lorsque?|pour|utilise[rz]?|si)\b",
    r"|\b(?:cuando|para|usar|usa|utiliza|quando|use|caso|usado)\b|\b(?:per|usare|utilizza)\b",
    r"|при |когда|если|для|используй|коли|якщо|\b(?:gdy|kiedy|jeśli|ketika|saat|khi|için|zaman)\b|जब|عند|عندما",
];

/// A sentence that starts with `I`, `we` or `you`.
fn person(description: &str) -> Option<&str> {
    static PERSON: LazyLock<Option<Regex>> = LazyLock::new(|| {
        let verbs =
            "can|could|will|would|should|must|may|help|am|are|have|need|want|do|work|use|provide|make|get";
        Regex::new(&format!(r"(?:^|[.!?] +)((?:I|We|You)(?:['’](?:m|re|ll|ve|d)| +(?:{verbs}))(?-u:\b))"))
            .ok()
    });
    PERSON.as_ref()?.captures(description)?.get(1).map(|words| words.as_str())
}

/// Something like `<table>` or `</table>`.
fn tag(text: &str) -> Option<&str> {
    static TAG: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"</?[A-Za-z][^<>]{0,80}>").ok());
    TAG.as_ref()?.find(text).map(|found| found.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn when_is_said_in_many_languages() {
        for text in [
            "Adds up columns. Use when totals are asked for.",
            "Adds up columns. Trigger: totals.",
            "Spalten addieren, wenn Summen gefragt sind.",
            "当用户需要汇总时使用",
            "合計が必要なときに使う",
            "Сложение столбцов, когда нужны суммы.",
        ] {
            assert!(says_when(text), "{text}");
        }
        for text in ["Totals of columns of a table.", "Python coding standards and conventions"] {
            assert!(!says_when(text), "{text}");
        }
    }

    #[test]
    fn the_speaker_of_a_description_is_found() {
        assert_eq!(person("I can add. Use it."), Some("I can"));
        assert_eq!(person("Adds up. You will see totals."), Some("You will"));
        assert_eq!(person("Adds up what `I` names. Use when the user says \"I can\"."), None);
    }

    #[test]
    fn tags_are_told_from_comparisons() {
        assert_eq!(["a <b> c", "a < b > c", "x</y>"].map(tag), [Some("<b>"), None, Some("</y>")]);
    }
}
