//! `code_execution`: statements in the container's Python.

use std::time::Duration;

use serde::Deserialize;
use serde_json::{Value, json};
use skilled_message::ToolDefinition;
use skilled_sandbox::Layout;
use skilled_tool::{Call, CallFuture, Effect, Outcome, Tool};

use super::outputs::Outputs;
use super::{PYTHON, Session, Version, bash, failed_saying};
use crate::Cell;
use crate::dialect::input::parse;

pub(super) struct Python {
    definition: ToolDefinition,
    session: Session,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Input {
    code: String,
}

impl Python {
    pub(super) fn new(session: Session, version: Version) -> Self {
        let definition = definition(session.operations.layout(), session.timeout, version);
        Self { definition, session }
    }

    async fn run(&self, call: Call) -> Result<Outcome, String> {
        let Input { code } = parse(&self.definition, call.input)?;
        let session = &self.session;
        let key = session.key(&call.operation);
        let outputs = Outputs::before(session, &key).await;
        let before = format!("import os as _os; _os.environ['OUTPUT_DIR'] = '{}'; del _os", outputs.fresh);
        let cell = Cell { operation: &key, before: &before, code: &code, timeout: session.timeout };
        let executed = match session.operations.cell(cell, &call.cancel).await {
            Ok(executed) => executed,
            Err(error) => {
                return Ok(failed_saying(PYTHON, "unavailable", &format!("It was not run: {error}.")));
            }
        };
        let (content, lost) = outputs.after(session, "code_execution_output").await;
        Ok(bash::result(PYTHON, "code_execution_result", &executed, &content, &lost))
    }
}

/// What a model is told of the tool.
pub(super) fn definition(layout: &Layout, timeout: Duration, version: Version) -> ToolDefinition {
    let limit = timeout.as_secs();
    let told = if version == Version::V20260521 {
        format!(" A cell that takes longer than {limit} s is stopped.")
    } else {
        String::new()
    };
    let description = format!(
        "Runs Python statements in an interpreter that is kept: names and imports stay from one call to the next. The \
         value of a last expression is printed. It starts in {}, in a container without network.{told}\n\
         Files that the user should get are written to the folder in os.environ[\"OUTPUT_DIR\"], a fresh one for each \
         call: what lies at its top at the end is handed to the user. Input files are in {}.",
        layout.workspace, layout.uploads,
    );
    let schema = json!({
        "type": "object",
        "properties": {"code": {"type": "string", "description": "The statements."}},
        "required": ["code"],
        "additionalProperties": false
    });
    ToolDefinition::new(PYTHON, description, schema)
}

impl Tool for Python {
    fn definition(&self) -> &ToolDefinition {
        &self.definition
    }

    fn effect(&self, _: &Value) -> Effect {
        Effect::Mutating
    }

    fn call(&self, call: Call) -> CallFuture<'_> {
        Box::pin(async {
            self.run(call).await.unwrap_or_else(|why| failed_saying(PYTHON, "invalid_tool_input", &why))
        })
    }
}
