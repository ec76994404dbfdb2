//! A session to call tools in.

use std::path::PathBuf;
use std::sync::Arc;

use serde_json::Value;
use skilled_message::Block;
use skilled_sandbox::Sandbox as _;
use skilled_tool::{Call, Outcome, ToolSet};
use skilled_toolset::{Operations, Options, tools};
use tokio_util::sync::CancellationToken;

use crate::local::{Local, Stall};

/// A session with its sandbox, in a folder that goes with it.
pub(crate) struct Kit {
    pub(crate) operations: Arc<Operations>,
    pub(crate) tools: ToolSet,
    pub(crate) cancel: CancellationToken,
    sandbox: Arc<Local>,
}

impl Kit {
    pub(crate) async fn new() -> Self {
        Self::with(Options::default()).await
    }

    pub(crate) async fn with(options: Options) -> Self {
        let sandbox = Arc::new(Local::new().await);
        let operations = Arc::new(Operations::new(Arc::clone(&sandbox) as _, options));
        let tools = ToolSet::new(tools(&operations)).unwrap();
        Self { operations, tools, cancel: CancellationToken::new(), sandbox }
    }

    pub(crate) fn workspace(&self) -> PathBuf {
        PathBuf::from(&self.sandbox.layout().workspace)
    }

    pub(crate) fn outputs(&self) -> PathBuf {
        PathBuf::from(&self.sandbox.layout().outputs)
    }

    pub(crate) fn skills(&self) -> PathBuf {
        PathBuf::from(&self.sandbox.layout().skills)
    }

    /// Makes copies stand still.
    pub(crate) fn stall(&self, stall: Stall) {
        self.sandbox.stall(stall);
    }

    /// Returns when a copy stands still.
    pub(crate) async fn stalled(&self) {
        self.sandbox.stalled().await;
    }

    /// Makes a file of the workspace.
    pub(crate) fn file(&self, name: &str, contents: impl AsRef<[u8]>) {
        let path = self.workspace().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, contents).unwrap();
    }

    pub(crate) async fn call(&self, tool: &str, input: Value) -> Outcome {
        let call = Call {
            operation: skilled_sandbox::Key::fresh("op").unwrap().to_string(),
            input,
            cancel: self.cancel.clone(),
        };
        self.tools.get(tool).unwrap().call(call).await
    }

    /// Returns the text of a call that must succeed.
    pub(crate) async fn ok(&self, tool: &str, input: Value) -> String {
        let outcome = self.call(tool, input).await;
        assert!(!outcome.is_error, "{outcome:?}");
        text(&outcome)
    }

    /// Returns the text of a call that must fail.
    pub(crate) async fn fails(&self, tool: &str, input: Value) -> String {
        let outcome = self.call(tool, input).await;
        assert!(outcome.is_error, "{outcome:?}");
        text(&outcome)
    }
}

pub(crate) fn text(outcome: &Outcome) -> String {
    match &outcome.content[..] {
        [Block::Text(text)] => text.text.clone(),
        other => panic!("one text block expected: {other:?}"),
    }
}
