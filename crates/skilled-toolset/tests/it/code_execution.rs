//! The dialect of code execution: data for clients, and the same words for the model whoever brings the data.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::{Value, json};
use skilled_message::Block;
use skilled_sandbox::{BoxFuture, OpenFile};
use skilled_tool::{Call, Outcome, Tool};
use skilled_toolset::code_execution::{BASH, EDITOR, Keeper, Made, PYTHON, Session, Version, shown, tools};
use tokio_util::sync::CancellationToken;

use crate::kit::Kit;

/// Remembers what it keeps.
#[derive(Default)]
struct Shelf(Mutex<Vec<(String, String, Vec<u8>)>>);

impl Keeper for Shelf {
    fn keep(&self, made: Made, mut open: OpenFile) -> BoxFuture<'_, Result<String, String>> {
        Box::pin(async move {
            if made.bytes > 1000 {
                return Err("it is too large".to_owned());
            }
            let (bytes, _) = open.read(1000).await.map_err(|error| error.to_string())?;
            let mut kept = self.0.lock().unwrap();
            kept.push((made.name, made.media_type, bytes));
            Ok(format!("file_{}", kept.len()))
        })
    }
}

struct Rig {
    kit: Kit,
    shelf: Arc<Shelf>,
    tools: Vec<Arc<dyn Tool>>,
    calls: Mutex<u32>,
}

impl Rig {
    async fn new(version: Version) -> Self {
        Self::with(version, Duration::from_secs(30)).await
    }

    async fn with(version: Version, timeout: Duration) -> Self {
        let kit = Kit::new().await;
        let shelf = Arc::new(Shelf::default());
        let session = Session {
            operations: Arc::clone(&kit.operations),
            keeper: Arc::clone(&shelf) as _,
            prefix: "msg_1".into(),
            files: 3,
            timeout,
        };
        Self { tools: tools(&session, version), kit, shelf, calls: Mutex::new(0) }
    }

    async fn call(&self, name: &str, input: Value) -> Outcome {
        let number = {
            let mut calls = self.calls.lock().unwrap();
            *calls += 1;
            *calls
        };
        let tool = self.tools.iter().find(|tool| tool.definition().name == name).expect(name);
        let call = Call { operation: format!("op_{number}"), input, cancel: CancellationToken::new() };
        let outcome = tool.call(call).await;
        let detail = outcome.detail.as_ref().expect("every result has data");
        let code = &detail["error_code"];
        if code.is_null() || detail["error_message"].is_string() {
            assert_eq!(
                (outcome.content.clone(), outcome.is_error),
                shown(detail),
                "the model sees what the data says"
            );
        }
        outcome
    }

    async fn data(&self, name: &str, input: Value) -> Value {
        self.call(name, input).await.detail.unwrap()
    }

    fn kept(&self) -> Vec<(String, String)> {
        let kept = self.shelf.0.lock().unwrap();
        kept.iter().map(|(name, kind, _)| (name.clone(), kind.clone())).collect()
    }
}

fn text(outcome: &Outcome) -> String {
    outcome
        .content
        .iter()
        .map(
            |block| {
                if let Block::Text(text) = block { text.text.clone() } else { format!("<{}>", block.kind()) }
            },
        )
        .collect()
}

#[tokio::test]
async fn each_generation_has_its_tools() {
    for (version, names) in [
        (Version::V20250522, vec![PYTHON]),
        (Version::V20250825, vec![BASH, EDITOR]),
        (Version::V20260120, vec![BASH, EDITOR, PYTHON]),
        (Version::V20260521, vec![BASH, EDITOR, PYTHON]),
    ] {
        let rig = Rig::new(version).await;
        let found: Vec<_> = rig.tools.iter().map(|tool| tool.definition().name.clone()).collect();
        assert_eq!(found, names);
    }
}

#[tokio::test]
async fn a_command_gives_its_outputs_and_keeps_its_shell() {
    let rig = Rig::new(Version::V20250825).await;
    let data = rig.data(BASH, json!({"command": "x=5; echo out; echo err >&2; (exit 3)"})).await;
    assert_eq!(
        data,
        json!({"type": "bash_code_execution_result", "stdout": "out\n", "stderr": "err\n", "return_code": 3, "content": []})
    );
    let outcome = rig.call(BASH, json!({"command": "echo $x"})).await;
    assert_eq!(text(&outcome), "5\n");
    assert_eq!(text(&rig.call(BASH, json!({"command": "true"})).await), "(no output)");
}

#[tokio::test]
async fn files_of_a_call_are_kept_each_once() {
    let rig = Rig::new(Version::V20250825).await;
    let data = rig
        .data(BASH, json!({"command": "echo '{}' > $OUTPUT_DIR/a.json; mkdir $OUTPUT_DIR/sub; echo no > $OUTPUT_DIR/sub/b"}))
        .await;
    assert_eq!(
        data["content"],
        json!([{"type": "bash_code_execution_output", "file_id": "file_1", "filename": "a.json", "media_type": "application/json"}])
    );
    // Another call has a folder of its own, and what is there already is no news.
    let data = rig.data(BASH, json!({"command": "ls $OUTPUT_DIR | wc -l"})).await;
    assert_eq!((&data["content"], &data["stdout"]), (&json!([]), &json!("0\n")));
    let outputs = rig.kit.outputs();
    let write = format!("echo 1 > {}/top.txt", outputs.display());
    assert_eq!(rig.data(BASH, json!({"command": write})).await["content"][0]["file_id"], "file_2");
    assert_eq!(rig.data(BASH, json!({"command": "true"})).await["content"], json!([]));
    let again = format!("echo 22 > {}/top.txt", outputs.display());
    assert_eq!(rig.data(BASH, json!({"command": again})).await["content"][0]["file_id"], "file_3");
    let names: Vec<_> = rig.kept().into_iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["a.json", "top.txt", "top.txt"]);
}

#[tokio::test]
async fn files_that_are_not_kept_are_named() {
    let rig = Rig::new(Version::V20250825).await;
    let data = rig.data(BASH, json!({"command": "cd $OUTPUT_DIR; for i in 1 2 3 4; do echo $i > $i; done; head -c 2000 /dev/zero > 0"})).await;
    assert_eq!(data["content"].as_array().unwrap().len(), 3);
    let stderr = data["stderr"].as_str().unwrap();
    assert!(stderr.contains("0 was not handed over: it is too large"), "{stderr}");
    assert!(stderr.contains("4 was not handed over: one call hands over 3 files at most"), "{stderr}");
}

#[tokio::test]
async fn a_command_that_takes_too_long_says_so() {
    let rig = Rig::with(Version::V20250825, Duration::from_millis(300)).await;
    let outcome = rig.call(BASH, json!({"command": "sleep 60"})).await;
    assert!(outcome.is_error);
    assert_eq!(
        outcome.detail.unwrap(),
        json!({"type": "bash_code_execution_tool_result_error", "error_code": "execution_time_exceeded"})
    );
}

#[tokio::test]
async fn python_keeps_its_names() {
    let rig = Rig::new(Version::V20260120).await;
    assert_eq!(rig.data(PYTHON, json!({"code": "x = 20"})).await["return_code"], 0);
    let data = rig
        .data(PYTHON, json!({"code": "import os\nopen(os.environ['OUTPUT_DIR'] + '/n.txt', 'w').write('n')\nx * 2 + 2"}))
        .await;
    assert_eq!(
        data,
        json!({"type": "code_execution_result", "stdout": "42\n", "stderr": "", "return_code": 0,
               "content": [{"type": "code_execution_output", "file_id": "file_1", "filename": "n.txt", "media_type": "text/plain"}]})
    );
    let data = rig.data(PYTHON, json!({"code": "1/0"})).await;
    assert_eq!(data["return_code"], 1);
    assert!(data["stderr"].as_str().unwrap().contains("ZeroDivisionError"));
}

#[tokio::test]
async fn files_are_made_viewed_and_edited() {
    let rig = Rig::new(Version::V20250825).await;
    let create = json!({"command": "create", "path": "a.txt", "file_text": "one\ntwo\nthree\n"});
    let made = rig.data(EDITOR, create.clone()).await;
    assert_eq!(made, json!({"type": "text_editor_code_execution_create_result", "is_file_update": false}));
    assert_eq!(rig.data(EDITOR, create).await["is_file_update"], true);
    let viewed = rig.call(EDITOR, json!({"command": "view", "path": "a.txt", "view_range": [2, 3]})).await;
    assert_eq!(text(&viewed), "     2\ttwo\n     3\tthree\n[Lines 2 to 3 of 3 are shown.]");
    assert_eq!(
        viewed.detail.unwrap(),
        json!({"type": "text_editor_code_execution_view_result", "file_type": "text", "content": "two\nthree\n",
               "num_lines": 2, "start_line": 2, "total_lines": 3})
    );
    let edited = rig
        .data(
            EDITOR,
            json!({"command": "str_replace", "path": "a.txt", "old_str": "wo", "new_str": "wo\n2b"}),
        )
        .await;
    assert_eq!(
        edited,
        json!({"type": "text_editor_code_execution_str_replace_result", "old_start": 2, "old_lines": 1, "new_start": 2,
               "new_lines": 2, "lines": ["-two", "+two", "+2b"]})
    );
}

#[tokio::test]
async fn failures_have_the_codes_of_the_interface() {
    let rig = Rig::new(Version::V20250825).await;
    for (input, code) in [
        (json!({"command": "view", "path": "nothing"}), "file_not_found"),
        (json!({"command": "str_replace", "path": "nothing", "old_str": "a"}), "file_not_found"),
        (json!({"command": "fly", "path": "a"}), "invalid_tool_input"),
        (json!({"command": "create", "path": "a"}), "invalid_tool_input"),
        (json!({"path": "a"}), "invalid_tool_input"),
    ] {
        let outcome = rig.call(EDITOR, input.clone()).await;
        let detail = outcome.detail.unwrap();
        assert_eq!(detail["error_code"], code, "{input}");
        assert!(outcome.is_error && !detail["error_message"].as_str().unwrap().is_empty());
    }
    let outcome = rig.call(BASH, json!({"cmd": "ls"})).await;
    assert_eq!(
        outcome.detail.as_ref().unwrap(),
        &json!({"type": "bash_code_execution_tool_result_error", "error_code": "invalid_tool_input"})
    );
    assert!(text(&outcome).contains("no argument \"cmd\""), "the model is told what is wrong");
}
