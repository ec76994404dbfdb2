//! Cases whose outcome was decided because sources disagree.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde_json::Value;
use skilled_format::{Severity, read_skill_file};

const CASES: &str = include_str!("../parser-cases.json");

#[test]
fn decided_cases_have_the_decided_outcome() {
    let cases: Vec<Value> = serde_json::from_str(CASES).unwrap();
    assert_eq!(cases.len(), 40);
    for case in &cases {
        let name = case["case"].as_str().unwrap();
        let bytes = BASE64_STANDARD.decode(case["content_base64"].as_str().unwrap()).unwrap();
        let mut components = case["path"].as_str().unwrap().rsplit('/');
        let (file, folder) = (components.next().unwrap(), components.next().unwrap());

        let reading = read_skill_file(&bytes, file, folder);

        assert_eq!(reading.skill.is_some(), case["loaded"], "{name}: {:?}", reading.diagnostics);
        assert_eq!(reading.valid, case["valid"], "{name}: {:?}", reading.diagnostics);
        if let Some(description) = case.get("description") {
            assert_eq!(reading.skill.as_ref().unwrap().description, *description, "{name}");
        }
        if let Some(note) = case.get("note").and_then(Value::as_str)
            && note.contains("diagnostic")
        {
            assert!(!reading.diagnostics.is_empty(), "{name} has nothing to say: {note}");
        }
        if !reading.valid {
            assert!(reading.diagnostics.iter().any(|d| d.severity >= Severity::Warning), "{name}");
        }
    }
}
