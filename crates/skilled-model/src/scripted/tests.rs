use std::sync::Arc;

use futures_util::StreamExt;
use serde_json::json;
use skilled_message::{Message, ToolResultBlock};

use super::*;
use crate::fold::{fold, folded};
use crate::{ConnectError, Jitter, ProviderConfig, connect};

const SCRIPT: &str = r#"
model: demo
price: { input: 1.0, output: 2.0 }
conversations:
  - name: sales
    when: { contains: [sales, workbook], lacks: draft }
    turns:
      - thinking: Skill first.
        text: I read the skill. Größe.
        calls:
          - tool: view
            input: { path: /skills/xlsx/SKILL.md }
          - tool: bash
        usage: { input_tokens: 10, output_tokens: 3 }
      - expect:
          contains: openpyxl
          is_error: false
          results:
            - contains: [use, openpyxl]
            - { lacks: error, is_error: false }
        text: "${result.2} $${result.1} ${HOME}"
        calls: [{ tool: bash, input: { command: "echo ${result.1} ${x}", list: ["${result.2}"] } }]
      - stop_reason: refusal
  - name: other
    turns:
      - text: hello
"#;

fn open(script: &str) -> Result<Arc<dyn Model>, ConnectError> {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), script).unwrap();
    let name = ModelName { provider: "scripted".into(), model: file.path().to_str().unwrap().into() };
    let mut config = ProviderConfig::default();
    config.retry.jitter = Jitter::from_fn(|| 0.0);
    connect(&name, &config)
}

async fn ask(model: &dyn Model, messages: Vec<Message>) -> Vec<Result<StreamEvent, Error>> {
    let request = Request {
        system: "".into(),
        tools: Arc::new([]),
        messages,
        max_tokens: 100,
        options: crate::Options::default(),
    };
    model.stream(request, CancellationToken::new()).collect().await
}

async fn answer(model: &dyn Model, messages: Vec<Message>) -> Response {
    match ask(model, messages).await.pop() {
        Some(Ok(StreamEvent::Finished(response))) => response,
        other => panic!("no answer: {other:?}"),
    }
}

async fn failure(model: &dyn Model, messages: Vec<Message>) -> Error {
    match ask(model, messages).await.pop() {
        Some(Err(error)) => error,
        other => panic!("no error: {other:?}"),
    }
}

/// A transcript of the first turn and its results.
fn second(results: [(&str, bool); 2]) -> Vec<Message> {
    let results = results.iter().enumerate().map(|(index, (text, is_error))| {
        Block::ToolResult(ToolResultBlock::new(
            format!("call_1_{}", index + 1),
            vec![Block::text(*text)],
            *is_error,
        ))
    });
    vec![
        Message::user("a workbook of the sales"),
        Message::new(Role::Assistant, vec![Block::text("…")]),
        Message::new(Role::User, results.collect()),
    ]
}

#[tokio::test]
async fn a_turn_streams_its_text_and_then_its_blocks() {
    let model = open(SCRIPT).unwrap();
    let mut events = ask(&*model, vec![Message::user("a workbook of the sales")]).await;
    let Some(Ok(StreamEvent::Finished(response))) = events.pop() else { panic!("no answer") };
    let events: Vec<_> = events.into_iter().map(Result::unwrap).collect();
    assert_eq!(fold(&events), folded(&response.content));
    let of_prompt = Usage { output_tokens: 0, ..response.usage.clone() };
    assert_eq!(events[0], StreamEvent::Started { model: "demo".into(), id: None, usage: of_prompt });
    assert_eq!(
        events[3..7],
        [
            StreamEvent::Block { index: 0, block: response.content[0].clone() },
            StreamEvent::BlockStart { index: 1, block: Block::text("") },
            StreamEvent::TextDelta { block: 1, text: "I read the s".into() },
            StreamEvent::TextDelta { block: 1, text: "kill. Größe.".into() },
        ]
    );
    assert_eq!(
        serde_json::to_value(&response.content).unwrap(),
        json!([
            {"type": "thinking", "thinking": "Skill first.", "signature": ""},
            {"type": "text", "text": "I read the skill. Größe."},
            {"type": "tool_use", "id": "call_1_1", "name": "view", "input": {"path": "/skills/xlsx/SKILL.md"}},
            {"type": "tool_use", "id": "call_1_2", "name": "bash", "input": {}},
        ])
    );
    assert_eq!((response.stop_reason, response.model.as_str()), (StopReason::ToolUse, "demo"));
    let cost = model.info().price.unwrap().cost(&response.usage);
    assert!((cost - 16e-6).abs() < 1e-12, "{cost}");
}

#[tokio::test]
async fn results_are_expected_and_filled_in() {
    let model = open(SCRIPT).unwrap();
    let response = answer(&*model, second([("use openpyxl\n", false), ("fine", false)])).await;
    assert_eq!(response.content[0], Block::text("fine ${result.1} ${HOME}"));
    let Block::ToolUse(call) = &response.content[1] else { panic!("no call") };
    assert_eq!(call.input, json!({"command": "echo use openpyxl ${x}", "list": ["fine"]}));
    assert_eq!(call.id, "call_2_1");
}

#[tokio::test]
async fn what_was_not_expected_fails_and_names_the_place() {
    let model = open(SCRIPT).unwrap();
    for (results, problem) in [
        ([("use pandas", false), ("fine", false)], r#"the last message must contain "openpyxl""#),
        ([("use openpyxl", false), ("boom", true)], r#"no tool result may be an error, but one is: "boom""#),
        ([("openpyxl", false), ("fine", false)], r#"tool result 1 must contain "use""#),
        ([("use openpyxl", false), ("an error", false)], r#"tool result 2 must not contain "error""#),
    ] {
        let error = failure(&*model, second(results)).await;
        assert_eq!(error.kind, ErrorKind::BadRequest);
        assert!(
            error.message.contains("conversation `sales`, turn 2: ") && error.message.contains(problem),
            "{error}"
        );
    }
    let mut fewer = second([("use openpyxl", false), ("fine", false)]);
    fewer[2].content.pop();
    assert!(failure(&*model, fewer).await.message.contains("2 tool results are expected, but there are 1"));
}

#[tokio::test]
async fn the_transcript_alone_chooses_conversation_and_turn() {
    let model = open(SCRIPT).unwrap();
    let hello = answer(&*model, vec![Message::user("draft of a workbook of the sales")]).await;
    assert_eq!(hello.content, [Block::text("hello")]);
    let mut third = second([("", false), ("", false)]);
    third.extend([Message::new(Role::Assistant, vec![]), Message::user("on")]);
    assert_eq!(answer(&*model, third.clone()).await.stop_reason, StopReason::Refusal);
    third.extend([Message::new(Role::Assistant, vec![]), Message::user("on")]);
    assert!(failure(&*model, third).await.message.contains("turn 4: the conversation has only 3 turns"));
    let model = open("conversations: [{ name: a, when: { contains: x }, turns: [{ text: t }] }]").unwrap();
    let error = failure(&*model, vec![Message::user("y")]).await;
    assert!(error.message.ends_with("no conversation fits the first message; there are `a`"), "{error}");
}

#[tokio::test]
async fn a_value_that_is_not_there_fails() {
    for (text, problem) in [
        ("${result.1}", "is not there: the last message has 0 tool results"),
        ("${result.0}", "is not there"),
        ("${result.x}", "must be followed by a number"),
        ("${result.1", "must be followed by a number"),
    ] {
        let model = open(&format!("conversations: [{{ name: a, turns: [{{ text: '{text}' }}] }}]")).unwrap();
        let error = failure(&*model, vec![Message::user("y")]).await;
        assert!(error.message.contains(problem), "{error}");
    }
}

/// Asks a script of one turn, with `options`, a tool and a system prompt.
async fn ask_with(turn: &str, options: crate::Options) -> Result<Response, Error> {
    let model = open(&format!("conversations: [{{ name: a, turns: [{turn}] }}]")).unwrap();
    let typed =
        json!([{"type": "bash_20250124", "name": "bash"}, {"type": "mcp_toolset", "mcp_server_name": "m"}]);
    let tools: Vec<skilled_message::ToolDefinition> = serde_json::from_value(typed).unwrap();
    let messages = vec![Message::user("go")];
    let request =
        Request { system: "be brief".into(), tools: tools.into(), messages, max_tokens: 100, options };
    let events: Vec<_> = model.stream(request, CancellationToken::new()).collect().await;
    match events.into_iter().next_back() {
        Some(Ok(StreamEvent::Finished(response))) => Ok(response),
        Some(Err(error)) => Err(error),
        other => panic!("no end: {other:?}"),
    }
}

#[tokio::test]
async fn a_script_can_expect_the_request() {
    let options: crate::Options = serde_json::from_value(json!({
        "temperature": 1.0, "tool_choice": {"type": "tool", "name": "bash"}, "betas": ["b-1"],
        "output_config": {"effort": "low"}, "other": {"container": {"id": "c"}},
    }))
    .unwrap();
    for expect in [
        "tools: [bash, mcp_toolset]",
        "system_contains: brief, system_lacks: [long, loud]",
        "options: { temperature: 1, top_p: null, max_tokens: 100, betas: [b-1] }",
        "options: { tool_choice: { type: tool, name: bash }, output_config: { effort: low }, container: { id: c } }",
    ] {
        let answer = ask_with(&format!("{{ text: ok, expect: {{ {expect} }} }}"), options.clone()).await;
        assert_eq!(answer.unwrap().content, [Block::text("ok")], "{expect}");
    }
    for (expect, problem) in [
        ("tools: []", "the tools must be none, but are bash, mcp_toolset"),
        ("tools: [bash]", "the tools must be bash, but are bash, mcp_toolset"),
        ("system_contains: long", r#"the system prompt must contain "long", but is: "be brief""#),
        ("system_lacks: brief", r#"the system prompt must not contain "brief""#),
        ("options: { temperature: 0.5 }", "the field `temperature` of the request must be 0.5, but is 1.0"),
        ("options: { top_p: 1 }", "the field `top_p` of the request must be 1, but is null"),
        (
            "options: { tool_choice: { type: tool } }",
            r#"must be {"type":"tool"}, but is {"type":"tool","name":"bash"}"#,
        ),
    ] {
        let answer = ask_with(&format!("{{ text: ok, expect: {{ {expect} }} }}"), options.clone()).await;
        let error = answer.unwrap_err();
        assert!(
            error.message.contains(&format!("turn 1: {problem}")) || error.message.contains(problem),
            "{error}"
        );
    }
    let blocks = json!({"system_blocks": [{"type": "text", "text": "be loud"}]});
    let answer =
        ask_with("{ text: ok, expect: { system_contains: loud } }", serde_json::from_value(blocks).unwrap());
    answer.await.unwrap();
}

#[tokio::test]
async fn text_ends_at_a_stop_sequence() {
    let turn = "{ thinking: 'aEND', text: 'one STOP two END', calls: [{ tool: t }], stop_reason: refusal }";
    let options = |sequences: &[&str]| crate::Options {
        stop_sequences: sequences.iter().map(|&text| text.to_owned()).collect(),
        ..crate::Options::default()
    };
    let response = ask_with(turn, options(&["END", "STOP", ""])).await.unwrap();
    assert_eq!(response.content[1..], [Block::text("one ")]);
    assert_eq!(response.stop_reason, StopReason::StopSequence);
    assert_eq!(response.extra.get("stop_sequence"), Some(&json!("STOP")));
    let response = ask_with(turn, options(&["absent"])).await.unwrap();
    assert_eq!((response.content.len(), response.stop_reason), (3, StopReason::Refusal));
    assert!(response.extra.is_empty());
}

fn with_error(error: &str) -> Arc<dyn Model> {
    open(&format!("conversations: [{{ name: a, turns: [{{ text: 0123456789abcdef, error: {error} }}] }}]"))
        .unwrap()
}

#[tokio::test(start_paused = true)]
async fn errors_are_retried_like_those_of_a_provider() {
    let model =
        with_error("{ status: 529, times: 2, retry_after: 7, code: overloaded_error, message: Busy }");
    let events = ask(&*model, vec![Message::user("y")]).await;
    let retries: Vec<_> = events
        .iter()
        .filter_map(
            |event| if let Ok(StreamEvent::Retry(notice)) = event { Some(notice.clone()) } else { None },
        )
        .collect();
    assert_eq!(
        retries.iter().map(|notice| (notice.attempt, notice.delay.as_secs())).collect::<Vec<_>>(),
        [(1, 7), (2, 7)]
    );
    assert_eq!(retries[0].reason, "Busy (HTTP 529, overloaded_error)");
    assert!(matches!(events.last(), Some(Ok(StreamEvent::Finished(_)))));
    let model = with_error("{ status: 401 }");
    let events = ask(&*model, vec![Message::user("y")]).await;
    assert!(matches!(&events[..], [Err(error)] if error.kind == ErrorKind::Auth && !error.answer_began));
    let model = with_error("{ status: 503 }");
    let events = ask(&*model, vec![Message::user("y")]).await;
    assert_eq!(events.len(), 5);
    assert!(matches!(&events[4], Err(error) if error.kind == ErrorKind::Overloaded));
}

#[tokio::test]
async fn a_connection_breaks_where_the_script_says() {
    for (after, text) in [(0, ""), (5, "01234"), (13, "0123456789abc"), (99, "0123456789abcdef")] {
        let model = with_error(&format!("{{ hang_up_after: {after} }}"));
        let mut events = ask(&*model, vec![Message::user("y")]).await;
        let error = events.pop().unwrap().unwrap_err();
        assert!(error.kind == ErrorKind::Transport && error.answer_began);
        let deltas = events.iter().map(|event| match event {
            Ok(StreamEvent::Started { .. } | StreamEvent::BlockStart { .. }) => "",
            Ok(StreamEvent::TextDelta { text, .. }) => text.as_str(),
            other => panic!("unexpected {other:?}"),
        });
        assert_eq!(deltas.collect::<String>(), text);
    }
}

#[tokio::test(start_paused = true)]
async fn a_delay_ends_when_the_request_is_cancelled() {
    let model = open("conversations: [{ name: a, turns: [{ text: t, delay: 3600000 }] }]").unwrap();
    let cancel = CancellationToken::new();
    let request = Request {
        system: "".into(),
        tools: Arc::new([]),
        messages: vec![Message::user("y")],
        max_tokens: 1,
        options: crate::Options::default(),
    };
    let mut stream = model.stream(request, cancel.clone());
    let started = tokio::time::Instant::now();
    tokio::spawn(async move {
        tokio::time::sleep(Duration::from_secs(1)).await;
        cancel.cancel();
    });
    let error = stream.next().await.unwrap().unwrap_err();
    assert!(error.kind == ErrorKind::Cancelled && !error.answer_began);
    assert!(stream.next().await.is_none());
    assert_eq!(started.elapsed().as_secs(), 1);
}

#[test]
fn mistakes_in_a_file_are_named_with_their_place() {
    let chain = |error: ConnectError| {
        let source = std::error::Error::source(&error).unwrap();
        let cause = source.source().map(ToString::to_string).unwrap_or_default();
        format!("{error}: {source}: {cause}")
    };
    let turn = |turn: &str| format!("conversations:\n  - name: a\n    turns:\n      - {turn}\n");
    for (script, expected) in [
        (turn("txt: x"), vec!["is not a script", "txt", "line 4"]),
        (turn("{ text: x, text: y }"), vec!["is not a script", "duplicate", "line 4"]),
        (turn("{ text: x, expect: { contains: { a: b } } }"), vec!["a text or a list of texts", "line 4"]),
        (turn("{ text: x, calls: [{ tool: t, input: 3 }] }"), vec!["is not a script", "line 4"]),
        (turn("{}"), vec!["conversation `a`, turn 1: it says nothing"]),
        (turn("{ error: { times: 3 } }"), vec!["needs `status` or `hang_up_after`"]),
        (turn("{ error: { status: 200 } }"), vec!["400 to 599"]),
        (turn("{ error: { status: 500, hang_up_after: 1 } }"), vec!["either `status` or `hang_up_after`"]),
        ("conversations: []".to_owned(), vec!["conversations: at least one is needed"]),
        ("conversations: [{ name: a, turns: [] }]".to_owned(), vec!["conversation `a`: at least one turn"]),
        (String::new(), vec!["is not a script"]),
        (format!("{}# {}", turn("text: x"), "x".repeat(1 << 20)), vec!["is larger than 1048576 bytes"]),
    ] {
        let message = chain(open(&script).err().unwrap());
        for part in expected {
            assert!(message.contains(part), "{part} is not in {message}");
        }
    }
    let name: ModelName = "scripted//nowhere/x.yaml".parse().unwrap();
    let message = chain(connect(&name, &ProviderConfig::default()).err().unwrap());
    assert!(message.contains("cannot read the script /nowhere/x.yaml: No such file"), "{message}");
}

#[tokio::test]
async fn the_example_of_the_documentation_plays() {
    let text = include_str!("../../../../docs/scripted-model.md");
    let (_, rest) = text.split_once("```yaml\n").unwrap();
    let (script, _) = rest.split_once("```").unwrap();
    let model = open(script).unwrap();
    let mut messages = vec![Message::user("a workbook of the sales")];
    let mut replies = vec!["made", "use openpyxl"];
    loop {
        let response = answer(&*model, messages.clone()).await;
        messages.push(Message::new(Role::Assistant, response.content.clone()));
        let Some(Block::ToolUse(call)) = response.content.last() else { break };
        let reply = replies.pop().unwrap();
        let result = ToolResultBlock::new(&call.id, vec![Block::text(reply)], false);
        messages.push(Message::new(Role::User, vec![Block::ToolResult(result)]));
    }
    assert_eq!(messages.last().unwrap().content, [Block::text("Done. The shell said: made")]);
}
