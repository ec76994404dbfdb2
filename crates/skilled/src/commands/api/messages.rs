//! `skilled api messages`

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, Subcommand};
use serde_json::json;
use skilled_client::skilled_wire::CountTokensRequest;
use skilled_client::skilled_wire::messages::{ContainerRequest, Delta, MessagesRequest, StreamEvent, System};
use skilled_client::{Conversation, Ended, RunOptions, Saved, ToolRun, Upload, run_tools, skill};
use skilled_message::{Block, Message, StopReason};

use super::failure::OrFailed as _;
use super::{Door, transfer};
use crate::commands::run::read_prompt;
use crate::error::Result;
use crate::{printer, screen};

/// Tokens of an answer, unless told otherwise: enough for long files, and every model can write it.
const MAX_TOKENS: u64 = 16_000;

#[derive(Debug, Subcommand)]
pub(super) enum MessagesCommand {
    /// Ask a model, and show its answer as it comes
    Create(Box<CreateArgs>),
    /// Count the tokens of a request
    Count {
        /// What is asked; `-` or nothing reads it from standard input
        #[arg(value_name = "PROMPT")]
        prompt: Option<OsString>,
        /// The model, as the server calls it
        #[arg(long, value_name = "MODEL")]
        model: String,
        /// The system prompt
        #[arg(long, value_name = "TEXT")]
        system: Option<String>,
    },
}

#[derive(Debug, Args)]
pub(super) struct CreateArgs {
    /// What is asked; `-` or nothing reads it from standard input
    #[arg(value_name = "PROMPT")]
    prompt: Option<OsString>,
    /// The model, as the server calls it
    #[arg(long, value_name = "MODEL")]
    model: String,
    /// A skill, such as xlsx or skill_…, with its version if it is to be another than the newest: ID@VERSION (repeatable)
    #[arg(long, value_name = "ID")]
    skill: Vec<String>,
    /// A file for the model's code: a path, which is uploaded, or file_… (repeatable)
    #[arg(long, value_name = "PATH|ID")]
    file: Vec<String>,
    /// Go on in this container
    #[arg(long, value_name = "ID")]
    container: Option<String>,
    /// Let the model run code, without a skill or a file
    #[arg(long)]
    code: bool,
    /// Save the files that the code makes in this folder
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// The system prompt
    #[arg(long, value_name = "TEXT")]
    system: Option<String>,
    /// The most tokens of an answer
    #[arg(long, value_name = "N", default_value_t = MAX_TOKENS)]
    max_tokens: u64,
}

pub(super) async fn run(door: &Door, command: MessagesCommand) -> Result<ExitCode> {
    match command {
        MessagesCommand::Create(args) => create(door, &args).await,
        MessagesCommand::Count { prompt, model, system } => {
            let request = CountTokensRequest {
                model,
                messages: vec![Message::user(read_prompt(prompt.as_deref())?)],
                system: system.map(System::Text),
                tools: Vec::new(),
                tool_choice: None,
                thinking: None,
                output_config: None,
                output_format: None,
                speed: None,
                cache_control: None,
                context_management: None,
                compaction: None,
                mcp_servers: Vec::new(),
                billing_policy: None,
            };
            let count = door.client.messages().count_tokens(&request).await.or_failed(door)?;
            door.show(&count, |count| count.input_tokens.to_string())?;
            Ok(ExitCode::SUCCESS)
        }
    }
}

async fn create(door: &Door, args: &CreateArgs) -> Result<ExitCode> {
    let prompt = read_prompt(args.prompt.as_deref())?;
    let mut request = MessagesRequest::new(&args.model, args.max_tokens, Vec::new());
    request.system = args.system.clone().map(System::Text);
    request.container = args.container.clone().map(ContainerRequest::Id);
    let mut conversation = Conversation::new(request);
    if !args.skill.is_empty() {
        conversation.add_skills(args.skill.iter().map(|id| skill(id)));
    }
    if args.code || args.container.is_some() {
        conversation.add_code_execution();
    }
    for file in &args.file {
        conversation.attach(&file_id(door, file).await?);
    }
    conversation.say(prompt);
    let mut shown = Shown { json: door.json, in_text: false };
    let mut observe = |event: &StreamEvent| shown.event(event);
    let options = RunOptions { observe: Some(&mut observe), ..RunOptions::default() };
    // There are no tools of ours: this goes on with turns that the server paused.
    let run = run_tools(&door.client, &mut conversation, &[], options).await.or_failed(door);
    shown.end_text();
    let run = run?;
    let saved = match &args.out {
        Some(folder) => save(door, &run, folder).await?,
        None => Vec::new(),
    };
    report(door, args, &conversation, &run, &saved);
    let complete = run.ended == Ended::Stopped
        && matches!(run.answer.stop_reason, Some(StopReason::EndTurn | StopReason::StopSequence));
    Ok(if complete { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// The id of a file, which is uploaded unless it is one.
async fn file_id(door: &Door, file: &str) -> Result<String> {
    if file.starts_with("file_") && !Path::new(file).exists() {
        return Ok(file.to_owned());
    }
    let upload = Upload::path(file).watched(transfer::progress());
    let made = door.client.files().upload(upload).await.or_failed(door)?;
    printer::note(&printer::tame(&format!("uploaded {file} as {}", made.id)));
    Ok(made.id)
}

async fn save(door: &Door, run: &ToolRun, folder: &Path) -> Result<Vec<Saved>> {
    let mut saved = Vec::new();
    for file in &run.files {
        let one = door.client.files().save_in(&file.file_id, folder).await.or_failed(door)?;
        transfer::said(&one);
        saved.push(one);
    }
    Ok(saved)
}

fn report(door: &Door, args: &CreateArgs, conversation: &Conversation, run: &ToolRun, saved: &[Saved]) {
    let reason = run.answer.stop_reason.as_ref().and_then(|reason| serde_json::to_value(reason).ok());
    if door.json {
        let paths = saved.iter().map(|it| json!({ "file_id": it.file, "path": it.path, "bytes": it.bytes }));
        let object = json!({
            "answer": run.answer, "rounds": run.rounds, "usage": run.usage,
            "files": run.files.iter().map(|file| &file.file_id).collect::<Vec<_>>(),
            "saved": paths.collect::<Vec<_>>(),
        });
        printer::data(&format!("{object}\n"));
        return;
    }
    if args.out.is_none() {
        for file in &run.files {
            let id = printer::tame(&file.file_id);
            printer::note(&format!("made {id}: skilled api files download {id}"));
        }
    }
    if let Some(container) = conversation.container() {
        printer::note(&printer::tame(&format!("container: --container {container} goes on in it")));
    }
    let usage = &run.usage;
    let read = usage
        .input_tokens
        .saturating_add(usage.cache_read_input_tokens)
        .saturating_add(usage.cache_creation_input_tokens);
    printer::note(&format!(
        "tokens: {} in, {} out",
        screen::number(read),
        screen::number(usage.output_tokens)
    ));
    match reason.as_ref().and_then(|reason| reason.as_str()) {
        Some("end_turn" | "stop_sequence") => {}
        other => printer::warning(
            &printer::tame(&format!("the answer stopped short: {}", other.unwrap_or("no reason given"))),
            (other == Some("max_tokens")).then_some("--max-tokens N lets it write more"),
        ),
    }
}

/// Shows an answer as it comes: its text on standard output, what it does on standard error.
struct Shown {
    json: bool,
    /// A text was begun that has no end of a line.
    in_text: bool,
}

impl Shown {
    fn event(&mut self, event: &StreamEvent) {
        if self.json {
            return;
        }
        match event {
            StreamEvent::ContentBlockStart { content_block: Block::Text(text), .. } => self.text(&text.text),
            StreamEvent::ContentBlockDelta { delta: Delta::TextDelta { text }, .. } => self.text(text),
            StreamEvent::ContentBlockStart { content_block, .. } => {
                self.end_text();
                if let Block::Other(value) = content_block
                    && let ("server_tool_use", Some(name)) = (content_block.kind(), value["name"].as_str())
                {
                    printer::note(&printer::tame(&format!("runs {name}")));
                }
            }
            StreamEvent::ContentBlockStop { .. } => self.end_text(),
            StreamEvent::ContentBlockDelta { .. }
            | StreamEvent::MessageStart { .. }
            | StreamEvent::MessageDelta { .. }
            | StreamEvent::MessageStop
            | StreamEvent::Ping
            | StreamEvent::Error { .. } => {}
        }
    }

    fn text(&mut self, text: &str) {
        if !text.is_empty() {
            printer::words(text);
            self.in_text = !text.ends_with('\n');
        }
    }

    fn end_text(&mut self) {
        if std::mem::take(&mut self.in_text) {
            printer::stream("\n");
        }
    }
}
