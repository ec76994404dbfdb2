//! Round trips: what a provider sent comes back as the same JSON value.
#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

use proptest::prelude::*;
use serde_json::{Value, json};
use skilled_message::{Block, Id, Message, Prefix, Role, StopReason, ToolUseBlock, Usage};

#[track_caller]
fn check_round_trip(value: &Value) -> Block {
    let block: Block = serde_json::from_value(value.clone()).unwrap();
    assert_eq!(&serde_json::to_value(&block).unwrap(), value);
    block
}

#[test]
fn known_blocks_keep_unknown_fields() {
    let block =
        check_round_trip(&json!({"type":"text","text":"a","citations":[{"n":1}],"cache_control":null}));
    assert!(matches!(block, Block::Text(text) if text.extra.len() == 2));
    check_round_trip(&json!({"type":"thinking","thinking":"","signature":"x","estimated":3}));
    check_round_trip(&json!({"type":"redacted_thinking","data":"=="}));
    check_round_trip(
        &json!({"type":"image","source":{"type":"base64","media_type":"image/png","data":"AA=="}}),
    );
    check_round_trip(
        &json!({"type":"tool_use","id":"t","name":"bash","input":{"b":1,"a":[]},"caller":{"type":"direct"}}),
    );
}

#[test]
fn unknown_blocks_and_shapes_are_kept_whole() {
    for value in [
        json!({"type":"server_tool_use","id":"x","input":{"z":1,"a":2}}),
        json!({"type":"image","source":{"type":"hologram","at":1}}),
        json!({"type":"text","text":["not","a","string"]}),
    ] {
        assert!(matches!(check_round_trip(&value), Block::Other(_)));
    }
}

#[test]
fn a_block_without_a_type_is_an_error() {
    for value in [json!({"text":"a"}), json!("a"), json!({"type":1})] {
        let error = serde_json::from_value::<Block>(value).unwrap_err();
        assert!(error.to_string().contains("string `type`"), "{error}");
    }
}

#[test]
fn bare_strings_read_as_text_blocks() {
    let message: Message = serde_json::from_value(json!({"role":"user","content":"hi"})).unwrap();
    assert_eq!(message, Message::user("hi"));
    let result: Block =
        serde_json::from_value(json!({"type":"tool_result","tool_use_id":"t","content":"done"})).unwrap();
    assert!(matches!(result, Block::ToolResult(r) if r.content == [Block::text("done")] && !r.is_error));
}

#[test]
fn key_order_of_a_tool_input_is_kept() {
    let text = r#"{"type":"tool_use","id":"t","name":"n","input":{"z":1,"a":{"y":2,"b":3}}}"#;
    let block: Block = serde_json::from_str(text).unwrap();
    assert_eq!(serde_json::to_string(&block).unwrap(), text);
}

#[test]
fn stop_reasons_round_trip() {
    for reason in
        ["end_turn", "tool_use", "pause_turn", "refusal", "model_context_window_exceeded", "novelty"]
    {
        let read: StopReason = serde_json::from_value(json!(reason)).unwrap();
        assert_eq!(serde_json::to_value(&read).unwrap(), json!(reason));
    }
    assert_eq!(
        serde_json::from_value::<StopReason>(json!("novelty")).unwrap(),
        StopReason::Other("novelty".into())
    );
}

#[test]
fn usage_is_summed_and_reads_nulls() {
    let first: Usage = serde_json::from_value(
        json!({"input_tokens":3,"output_tokens":4,"cache_read_input_tokens":null,"tier":"a"}),
    )
    .unwrap();
    let second: Usage = serde_json::from_value(
        json!({"input_tokens":1,"output_tokens":u64::MAX,"cache_read_input_tokens":5,"tier":"b"}),
    )
    .unwrap();
    let sum = first + second;
    assert_eq!((sum.input_tokens, sum.output_tokens, sum.prompt_tokens()), (4, u64::MAX, 9));
    assert_eq!(sum.extra["tier"], "b");
}

struct Thing;
impl Prefix for Thing {
    const PREFIX: &'static str = "thing";
}

#[test]
fn ids_sort_by_time_and_refuse_other_kinds() {
    let (early, late) = (Id::<Thing>::new(1_000), Id::<Thing>::new(2_000));
    assert!(early < late && early.to_string() < late.to_string());
    assert!("file_0000000000000000000000".parse::<Id<Thing>>().unwrap_err().to_string().contains("`thing_`"));
    for bad in [
        "thing_",
        "thing_000000000000000000000-",
        "thing_zzzzzzzzzzzzzzzzzzzzzz",
        "thing_00000000000000000000000",
    ] {
        assert!(bad.parse::<Id<Thing>>().is_err(), "{bad}");
    }
}

proptest! {
    #[test]
    fn every_id_reads_back(bits: u128) {
        let id = Id::<Thing>::from_bits(bits);
        prop_assert_eq!(id.to_string().parse::<Id<Thing>>().unwrap(), id);
    }

    #[test]
    fn every_tool_input_reads_back(key in ".*", text in ".*", number: i64) {
        let block = Block::ToolUse(ToolUseBlock::new("id", "name", json!({key: text, "n": number})));
        let message = Message::new(Role::Assistant, vec![block]);
        let json = serde_json::to_string(&message).unwrap();
        prop_assert_eq!(serde_json::from_str::<Message>(&json).unwrap(), message);
    }
}
