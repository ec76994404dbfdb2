//! `bash`: a command in the persistent shell.

use std::sync::Arc;
use std::time::Duration;

use serde::Deserialize;
use serde_json::{Value, json};
use skilled_message::ToolDefinition;
use skilled_sandbox::{Captured, Ended, Exit};
use skilled_tool::{Call, CallFuture, Effect, Outcome, RecoverFuture, Tool};

use super::input::parse;
use crate::{Exec, Executed, Operations};

pub(super) struct Bash {
    definition: ToolDefinition,
    operations: Arc<Operations>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Input {
    command: Option<String>,
    timeout_seconds: Option<i64>,
    #[serde(default)]
    restart: bool,
}

impl Bash {
    pub(super) fn new(operations: Arc<Operations>) -> Self {
        let (layout, options) = (operations.layout(), operations.options());
        let (timeout, longest) = (options.timeout.as_secs(), options.longest_timeout.as_secs());
        let description = format!(
            "Runs a command in the session's bash shell. The shell is kept: the current folder, variables and functions \
             stay from one call to the next. It starts in {}. Commands read nothing from standard input, so use \
             non-interactive options.\n\
             Returns standard output, then standard error and the exit status where there is something to tell. Of each \
             output at most {} bytes are kept, from its beginning and its end: send long output to a file and look at \
             parts of it.\n\
             A command that takes longer than timeout_seconds ({timeout} unless given, at most {longest}) is interrupted; \
             if it does not end then, it is killed together with everything the shell started. Start long-running work with `command >log 2>&1 &`. Set \
             restart to true to get a new shell when this one is unusable.",
            layout.workspace, options.output_bytes,
        );
        let schema = json!({
            "type": "object",
            "properties": {
                "command": {"type": "string", "description": "The command, of one or more lines."},
                "timeout_seconds": {
                    "type": "integer", "minimum": 1, "maximum": longest,
                    "description": format!("Seconds before the command is killed; {timeout} unless given.")
                },
                "restart": {
                    "type": "boolean",
                    "description": "Ends the shell and everything it started, and starts a new one; then runs the command, if there is one."
                }
            },
            "required": [],
            "additionalProperties": false
        });
        Self { definition: ToolDefinition::new("bash", description, schema), operations }
    }

    async fn run(&self, call: Call, recovers: bool) -> Result<Outcome, String> {
        let input: Input = parse(&self.definition, call.input)?;
        let timeout = self.timeout(input.timeout_seconds)?;
        let workspace = &self.operations.layout().workspace;
        let command = input.command.unwrap_or_default();
        if command.trim().is_empty() {
            if !input.restart {
                return Err("The command is empty. Give a command to run, such as `ls -la`.".to_owned());
            }
            self.operations.restart_shell().await.map_err(|error| sandbox_failed(&error))?;
            return Ok(Outcome::text(format!(
                "A new shell runs in {workspace}. Earlier variables and processes are gone."
            )));
        }
        let exec = Exec { operation: &call.operation, command: &command, timeout, restart: input.restart };
        let executed = if recovers {
            self.operations.recover(exec, &call.cancel).await
        } else {
            self.operations.exec(exec, &call.cancel).await
        };
        Ok(outcome(&executed.map_err(|error| sandbox_failed(&error))?, timeout, workspace))
    }

    fn timeout(&self, seconds: Option<i64>) -> Result<Duration, String> {
        let options = self.operations.options();
        let Some(seconds) = seconds else { return Ok(options.timeout) };
        let longest = options.longest_timeout.as_secs();
        match u64::try_from(seconds) {
            Ok(seconds) if (1..=longest).contains(&seconds) => Ok(Duration::from_secs(seconds)),
            Ok(_) | Err(_) => Err(format!(
                "timeout_seconds must be from 1 to {longest}, not {seconds}. Start longer work in the background \
                 (`command >log 2>&1 &`) and look at its log later."
            )),
        }
    }
}

impl Tool for Bash {
    fn definition(&self) -> &ToolDefinition {
        &self.definition
    }

    fn effect(&self, _: &Value) -> Effect {
        Effect::Mutating
    }

    fn call(&self, call: Call) -> CallFuture<'_> {
        Box::pin(async { self.run(call, false).await.unwrap_or_else(Outcome::error) })
    }

    fn recover(&self, call: Call) -> RecoverFuture<'_> {
        Box::pin(async { Some(self.run(call, true).await.unwrap_or_else(Outcome::error)) })
    }
}

fn sandbox_failed(error: &skilled_sandbox::Error) -> String {
    use std::error::Error as _;
    if let skilled_sandbox::Error::Indeterminate { .. } = error {
        return format!(
            "The command was begun, and {error}. Look at what it has changed before you run it again."
        );
    }
    match error.source() {
        Some(source) => format!("The command was not run: {error}: {source}."),
        None => format!("The command was not run: {error}."),
    }
}

/// Words the result. A status other than 0 is a failure of the call: it is what the model must not overlook.
fn outcome(executed: &Executed, timeout: Duration, workspace: &str) -> Outcome {
    let finished = &executed.finished;
    let mut text = String::new();
    if executed.replaced {
        text.push_str("[The earlier shell was lost: this command ran in a new one, without its folder and variables.]\n");
    }
    add(&mut text, &finished.stdout);
    if !finished.stderr.is_empty() {
        on_new_line(&mut text);
        text.push_str("[stderr]\n");
        add(&mut text, &finished.stderr);
    }
    if finished.stdout.cut + finished.stderr.cut > 0 {
        on_new_line(&mut text);
        text.push_str(
            "[Output was cut in the middle. To see all of it, send it to a file and view parts of that.]",
        );
    }
    let end = ending(finished.ended, timeout, workspace);
    if let Some(end) = &end {
        on_new_line(&mut text);
        text.push_str(end);
    } else if text.is_empty() {
        text.push_str("(no output)");
    }
    Outcome { is_error: end.is_some(), ..Outcome::text(text) }
}

/// Says how the command ended, unless it ended well.
fn ending(ended: Ended, timeout: Duration, workspace: &str) -> Option<String> {
    let anew = format!(
        "The next command runs in a new shell in {workspace}, without earlier variables and processes."
    );
    match ended {
        Ended::Status(0) => None,
        Ended::Status(status @ 129..=192) => {
            Some(format!("[exit status {status}: ended by signal {}]", status - 128))
        }
        Ended::Status(status) => Some(format!("[exit status {status}]")),
        Ended::Shell(Exit::Code(code)) => {
            Some(format!("[The shell itself ended, with exit status {code}. {anew}]"))
        }
        Ended::Shell(Exit::Signal(signal)) => {
            Some(format!("[The shell itself was ended by signal {signal}. {anew}]"))
        }
        Ended::TimedOut => Some(format!(
            "[Killed after {} s, together with everything the shell had started. {anew} Work that takes longer needs a \
             larger timeout_seconds, or to be started in the background.]",
            timeout.as_secs()
        )),
        Ended::Interrupted => Some(format!(
            "[Interrupted after {} s, with everything it had started; the shell goes on. Work that takes longer needs a \
             larger timeout_seconds, or to be started in the background.]",
            timeout.as_secs()
        )),
        Ended::Cancelled => {
            Some(format!("[Cancelled: the command and everything the shell had started was killed. {anew}]"))
        }
    }
}

/// Adds output as text. A zero byte, which no provider takes in text, is shown as its symbol.
fn add(text: &mut String, output: &Captured) {
    text.push_str(&output.to_text().replace('\0', "\u{2400}"));
}

fn on_new_line(text: &mut String) {
    if !text.is_empty() && !text.ends_with('\n') {
        text.push('\n');
    }
}

#[cfg(test)]
mod tests;
