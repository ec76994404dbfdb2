//! What the model is told, and what it is told when it does not listen.

use serde_json::json;
use skilled_tool::Effect;
use skilled_toolset::{Operations, Options, tools};
use std::sync::Arc;

use crate::kit::Kit;
use crate::local::Local;

#[tokio::test]
async fn definitions_are_sorted_stable_and_name_the_layout() {
    let sandbox = Arc::new(Local::new().await);
    let bytes = || {
        let operations = Arc::new(Operations::new(Arc::clone(&sandbox) as _, Options::default()));
        let all: Vec<_> = tools(&operations).iter().map(|tool| tool.definition().clone()).collect();
        serde_json::to_string_pretty(&all).unwrap()
    };
    assert_eq!(bytes(), bytes());
    let kit = Kit::new().await;
    assert_eq!(
        kit.tools.names().collect::<Vec<_>>(),
        ["bash", "create_file", "present_files", "str_replace", "view"]
    );
    for definition in &*kit.tools.definitions() {
        assert!(definition.description.contains(kit.workspace().to_str().unwrap()), "{}", definition.name);
        assert_eq!(definition.input_schema["additionalProperties"], json!(false));
    }
}

#[tokio::test]
async fn only_looking_changes_nothing() {
    let kit = Kit::new().await;
    for name in kit.tools.names() {
        let effect = kit.tools.get(name).unwrap().effect(&json!({}));
        assert_eq!(effect == Effect::ReadOnly, name == "view", "{name}");
    }
}

#[tokio::test]
async fn wrong_arguments_are_named_with_the_right_ones() {
    let kit = Kit::new().await;
    let check = async |tool: &str, input, expected: &str| {
        let said = kit.fails(tool, input).await;
        assert!(said.starts_with(expected), "{said}");
        assert!(said.contains("Its arguments are: "), "{said}");
    };
    check("view", json!({"file_path": "x"}), "view has no argument \"file_path\".").await;
    check("view", json!({}), "view needs the argument \"path\".").await;
    check("view", json!({"path": 3}), "\"path\" must be a string, not this number.").await;
    check("bash", json!("ls"), "The input of bash must be a JSON object, not a string.").await;
    check("bash", json!({"timeout_seconds": 1.5}), "\"timeout_seconds\" must be an integer").await;
    check("present_files", json!({"paths": "a"}), "\"paths\" must be an array, not a string.").await;
    check("present_files", json!({"paths": [1]}), "The input of present_files cannot be read").await;
    let said = kit.fails("str_replace", json!({"path": "a"})).await;
    assert!(said.ends_with("path (string), old_str (string), new_str (string, optional)."), "{said}");
}
