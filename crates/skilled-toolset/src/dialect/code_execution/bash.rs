//! `bash_code_execution`: a command in the container's shell.

use std::time::Duration;

use serde::Deserialize;
use serde_json::{Value, json};
use skilled_message::ToolDefinition;
use skilled_sandbox::{Ended, Exit, Layout};
use skilled_tool::{Call, CallFuture, Effect, Outcome, Tool};

use super::outputs::Outputs;
use super::{BASH, Session, failed_saying, outcome};
use crate::dialect::input::parse;
use crate::{Exec, Executed, Options};

pub(super) struct Bash {
    definition: ToolDefinition,
    session: Session,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Input {
    #[serde(default)]
    command: String,
    #[serde(default)]
    restart: bool,
}

impl Bash {
    pub(super) fn new(session: Session) -> Self {
        let definition =
            definition(session.operations.layout(), session.operations.options(), session.timeout);
        Self { definition, session }
    }

    async fn run(&self, call: Call) -> Result<Outcome, String> {
        let Input { command, restart } = parse(&self.definition, call.input)?;
        if command.trim().is_empty() && !restart {
            return Err("The command is empty. Give a command to run, such as `ls -la`.".to_owned());
        }
        let session = &self.session;
        let key = session.key(&call.operation);
        let outputs = Outputs::before(session, &key).await;
        // On the command's own first line, so that the lines of its errors are its own.
        let command = format!("export OUTPUT_DIR='{}'; {command}", outputs.fresh);
        let exec = Exec { operation: &key, command: &command, timeout: session.timeout, restart };
        let executed = match session.operations.exec(exec, &call.cancel).await {
            Ok(executed) => executed,
            Err(error) => {
                return Ok(failed_saying(BASH, "unavailable", &format!("The command was not run: {error}.")));
            }
        };
        let (content, lost) = outputs.after(session, "bash_code_execution_output").await;
        Ok(result(BASH, "bash_code_execution_result", &executed, &content, &lost))
    }
}

/// What a model is told of the tool.
pub(super) fn definition(layout: &Layout, options: &Options, timeout: Duration) -> ToolDefinition {
    let description = format!(
        "Runs a command in a bash shell of a container without network. The shell is kept: the current folder and \
         variables stay from one call to the next. It starts in {}. Commands read nothing from standard input.\n\
         Files that the user should get are written to $OUTPUT_DIR, a fresh folder for each call: what lies at its top \
         when the command ends is handed to the user. Input files are in {}.\n\
         Of each output at most {} bytes are kept. A command that takes longer than {} s is stopped. Set restart to true \
         to get a new shell when this one is unusable.",
        layout.workspace,
        layout.uploads,
        options.output_bytes,
        timeout.as_secs(),
    );
    let schema = json!({
        "type": "object",
        "properties": {
            "command": {"type": "string", "description": "The command, of one or more lines."},
            "restart": {"type": "boolean", "description": "Ends the shell first, and starts a new one."}
        },
        "required": [],
        "additionalProperties": false
    });
    ToolDefinition::new(BASH, description, schema)
}

/// Makes the result of a command or of statements.
pub(super) fn result(
    tool: &str,
    kind: &str,
    executed: &Executed,
    content: &[Value],
    lost: &[String],
) -> Outcome {
    let return_code = match executed.finished.ended {
        Ended::Status(status) => status,
        Ended::Shell(Exit::Code(code)) => code,
        Ended::Shell(Exit::Signal(signal)) => 128 + signal,
        Ended::TimedOut | Ended::Interrupted => {
            return outcome(super::failed(tool, "execution_time_exceeded", None));
        }
        Ended::Cancelled => return outcome(super::failed(tool, "unavailable", None)),
    };
    let mut stderr = text(&executed.finished.stderr);
    let mut note = |line: &str| {
        if !stderr.is_empty() && !stderr.ends_with('\n') {
            stderr.push('\n');
        }
        stderr.push_str(line);
        stderr.push('\n');
    };
    if executed.replaced {
        note("[The earlier interpreter was lost: this ran in a new one, without its folder and variables.]");
    }
    for line in lost {
        note(&format!("[{line}]"));
    }
    if matches!(executed.finished.ended, Ended::Shell(_)) {
        note("[The interpreter itself ended: the next call runs in a new one.]");
    }
    outcome(json!({
        "type": kind,
        "stdout": text(&executed.finished.stdout),
        "stderr": stderr,
        "return_code": return_code,
        "content": content,
    }))
}

/// A zero byte, which no provider takes in text, is shown as its symbol.
fn text(output: &skilled_sandbox::Captured) -> String {
    output.to_text().replace('\0', "\u{2400}")
}

impl Tool for Bash {
    fn definition(&self) -> &ToolDefinition {
        &self.definition
    }

    fn effect(&self, _: &Value) -> Effect {
        Effect::Mutating
    }

    fn call(&self, call: Call) -> CallFuture<'_> {
        Box::pin(async {
            self.run(call).await.unwrap_or_else(|why| failed_saying(BASH, "invalid_tool_input", &why))
        })
    }
}
