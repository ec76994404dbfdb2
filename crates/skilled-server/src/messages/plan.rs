//! What a request needs: its model, its tools, its container, its conversation as the model sees it.

use std::sync::Arc;
use std::time::Duration;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use skilled_container::{Ask, Container, Containers, MountedSkill, Skills};
use skilled_disclosure::{Budget, ListedSkill, section};
use skilled_message::{Block, Message, Role, ToolDefinition};
use skilled_model::{Model, Options};
use skilled_tool::Tool as RunTool;
use skilled_toolset::code_execution::{self, Session, Version};
use skilled_wire::Time;
use skilled_wire::messages::{
    self as wire, CodeExecutionVersion, ContainerRequest, ContainerSkill, MessagesRequest, SkillKind,
    SkillReference, System, Tool, check_turns,
};

use super::{files, lower};
use crate::skills::{self, SkillOwner};
use crate::{AppState, Client, Fault};

/// Skills in one request.
const MOST_SKILLS: usize = 20;
/// Files that one call hands over.
const MOST_FILES: usize = 100;
/// How long a command may take.
const COMMAND: Duration = Duration::from_mins(5);
/// How long a cell of the newest Python may take, as its model is told.
const CELL: Duration = Duration::from_secs(90);
/// Answers of the model for clients that cannot go on with a paused turn.
const LEGACY_ROUNDS: u32 = 100;

/// What a request needs.
pub(super) struct Plan {
    /// The model, as the client called it.
    pub(super) name: String,
    pub(super) model: Arc<dyn Model>,
    pub(super) options: Options,
    pub(super) max_tokens: u32,
    /// Answers of the model at most.
    pub(super) rounds: u32,
    pub(super) history: Vec<Message>,
    /// The tools that this server runs.
    pub(super) tools: Vec<Arc<dyn RunTool>>,
    /// The others, in the client's order.
    pub(super) client_tools: Vec<ToolDefinition>,
    pub(super) container: Option<Container>,
    /// The request as the client sent it, a thread's conversation included.
    pub(super) request: MessagesRequest,
}

/// Works out what a request needs; `id` names its answer.
pub(super) async fn make(
    app: &AppState,
    client: &Client,
    request: MessagesRequest,
    id: &str,
) -> Result<Plan, Fault> {
    let served = app
        .models
        .resolve(&request.model)
        .ok_or_else(|| Fault::not_found(format!("model: {}", crate::query::shown(&request.model))))?;
    check_first(&request.messages)?;
    if served.model.name().provider != "anthropic" {
        check_kinds(&request.messages)?;
    }
    check_turns(&request.messages, &request.tools).map_err(|error| Fault::invalid(error.to_string()))?;
    let max_tokens = u32::try_from(request.max_tokens).unwrap_or(u32::MAX);
    if max_tokens == 0 {
        return Err(Fault::invalid(
            "max_tokens: 0, which only fills a prompt cache, is not supported by this server",
        ));
    }
    let Tools { version, client_tools } = tools_of(&request)?;
    let container = container(app, client, &request, version).await?;
    let mut messages = request.messages.clone();
    place_files(app, client, container.as_ref(), &request, &mut messages).await?;
    files::inline(app, client, &mut messages).await?;
    let mut options = options_of(client, &request)?;
    options.system_blocks = system_of(&request, container.as_ref(), served.model.info().context_window);
    let tools = match (&container, version) {
        (Some(container), Some(version)) => {
            let timeout = if version == Version::V20260521 { CELL } else { COMMAND };
            let session = Session {
                operations: Arc::clone(container.operations()),
                keeper: container.keeper(),
                prefix: id.to_owned(),
                files: MOST_FILES,
                timeout,
            };
            code_execution::tools(&session, version)
        }
        _ => Vec::new(),
    };
    let rounds = if client.is_current() { app.config.limits.iterations } else { LEGACY_ROUNDS };
    Ok(Plan {
        name: request.model.clone(),
        model: Arc::clone(&served.model),
        options,
        max_tokens,
        rounds,
        history: lower::lower(&messages),
        tools,
        client_tools,
        container,
        request,
    })
}

impl Plan {
    /// The skills in the container.
    pub(super) fn skills(&self) -> Vec<MountedSkill> {
        self.container.as_ref().map(Container::skills).unwrap_or_default()
    }

    /// Calls of the transcript's last answer that the server has still to make: their ids and tools.
    pub(super) fn waiting(&self) -> Vec<(String, String)> {
        let (answer, results) = match self.history.as_slice() {
            [.., answer, after] if after.role == Role::User => (answer, after.content.as_slice()),
            [.., answer] => (answer, &[][..]),
            [] => return Vec::new(),
        };
        let answered = |id: &str| {
            results.iter().any(|block| matches!(block, Block::ToolResult(result) if result.tool_use_id == id))
        };
        answer
            .content
            .iter()
            .filter_map(|block| match block {
                Block::ToolUse(call) if !answered(&call.id) => Some((call.id.clone(), call.name.clone())),
                _ => None,
            })
            .collect()
    }

    /// The container as clients see it.
    pub(super) fn wire_container(&self) -> Option<wire::Container> {
        let container = self.container.as_ref()?;
        let skills: Vec<ContainerSkill> = container
            .skills()
            .into_iter()
            .map(|skill| ContainerSkill {
                kind: if skill.kind == "anthropic" { SkillKind::Anthropic } else { SkillKind::Custom },
                skill_id: skill.skill_id,
                version: skill.version,
            })
            .collect();
        Some(wire::Container {
            id: container.id.clone(),
            expires_at: Time::from_millis(container.expires_at),
            skills: (!skills.is_empty()).then_some(skills),
        })
    }
}

/// What the hosted service refuses before anything else.
fn check_first(messages: &[Message]) -> Result<(), Fault> {
    let first = messages.iter().find(|message| message.role != Role::System);
    if first.is_some_and(|message| message.role == Role::Assistant) {
        return Err(Fault::invalid("messages: first message must use the \"user\" role"));
    }
    for (index, message) in messages.iter().enumerate() {
        let is_empty = |block: &Block| matches!(block, Block::Text(text) if text.text.is_empty());
        if message.role == Role::User && message.content.iter().any(is_empty) {
            return Err(Fault::invalid(format!("messages.{index}: text content blocks must be non-empty")));
        }
    }
    Ok(())
}

/// Kinds of blocks that have a meaning here beside those that every transcript has.
const KINDS: [&str; 16] = [
    "document",
    "search_result",
    "container_upload",
    "server_tool_use",
    "web_search_tool_result",
    "web_fetch_tool_result",
    "advisor_tool_result",
    "code_execution_tool_result",
    "bash_code_execution_tool_result",
    "text_editor_code_execution_tool_result",
    "tool_search_tool_result",
    "mcp_tool_use",
    "mcp_tool_result",
    "compaction",
    "tool_addition",
    "tool_removal",
];

/// Refuses blocks that nobody here knows. A provider of the same protocol may know more, and says so itself.
fn check_kinds(messages: &[Message]) -> Result<(), Fault> {
    for (index, message) in messages.iter().enumerate() {
        for (place, block) in message.content.iter().enumerate() {
            if matches!(block, Block::Other(_)) && !KINDS.contains(&block.kind()) {
                let kind = crate::query::shown(block.kind());
                return Err(Fault::invalid(format!(
                    "messages.{index}.content.{place}.type: `{kind}` is not a kind of content block"
                )));
            }
        }
    }
    Ok(())
}

/// The tools of a request, by who runs them.
struct Tools {
    /// That of running code, if it is asked for.
    version: Option<Version>,
    client_tools: Vec<ToolDefinition>,
}

fn tools_of(request: &MessagesRequest) -> Result<Tools, Fault> {
    let (mut version, mut client_tools) = (None, Vec::new());
    for (index, tool) in request.tools.iter().enumerate() {
        match tool {
            Tool::CodeExecution(tool) => version = Some(version_of(tool.version)),
            Tool::Custom(_) | Tool::Client(_) => {
                let mut definition: ToolDefinition = convert(tool)?;
                // Who may call it is settled here, and its name is its own.
                definition.extra.shift_remove("allowed_callers");
                client_tools.push(definition);
            }
            Tool::Server(tool) => {
                return Err(Fault::invalid(format!(
                    "tools.{index}: `{}` is not available on this server; it runs `code_execution`",
                    tool.kind
                )));
            }
            Tool::McpToolset(_) => {
                return Err(Fault::invalid(format!(
                    "tools.{index}: MCP servers are not available on this server; give their tools as your own"
                )));
            }
        }
    }
    for name in code_execution::NAMES {
        if version.is_some() && client_tools.iter().any(|tool| tool.name == name) {
            return Err(Fault::invalid(format!("tools: `{name}` is the name of one of the server's tools")));
        }
    }
    Ok(Tools { version, client_tools })
}

const fn version_of(version: CodeExecutionVersion) -> Version {
    match version {
        CodeExecutionVersion::V20250522 => Version::V20250522,
        CodeExecutionVersion::V20250825 => Version::V20250825,
        CodeExecutionVersion::V20260120 => Version::V20260120,
        CodeExecutionVersion::V20260521 => Version::V20260521,
    }
}

/// Makes or finds the container that the request needs.
async fn container(
    app: &AppState,
    client: &Client,
    request: &MessagesRequest,
    version: Option<Version>,
) -> Result<Option<Container>, Fault> {
    let (id, references) = match &request.container {
        None => (None, None),
        Some(ContainerRequest::Id(id)) => (Some(id.clone()), None),
        Some(ContainerRequest::Spec(spec)) => (spec.id.clone(), spec.skills.clone()),
    };
    let uploads = !files::uploads(&request.messages).is_empty();
    if version.is_none() {
        if references.is_some_and(|skills| !skills.is_empty()) {
            return Err(Fault::invalid(
                "container: skills can only be used when a code execution tool is enabled",
            ));
        }
        if uploads {
            return Err(Fault::invalid(
                "container_upload blocks can only be used when a code execution tool is enabled",
            ));
        }
        // One that is named beside other tools is left as it is.
        return Ok(None);
    }
    let containers = containers(app)?;
    let skills = match references {
        None => Skills::Kept,
        Some(references) => Skills::These(mounted(app, client, &references).await?),
    };
    let opened = containers.open(&client.workspace, Ask { id, skills }).await;
    Ok(Some(opened.map_err(|error| fault_of(&error))?))
}

fn containers(app: &AppState) -> Result<&Containers, Fault> {
    let none = "tools: code execution is not available: this machine cannot make its containers (see `skilled doctor`)";
    app.containers.as_ref().ok_or_else(|| Fault::invalid(none))
}

/// Finds the skills of a request.
async fn mounted(
    app: &AppState,
    client: &Client,
    references: &[SkillReference],
) -> Result<Vec<MountedSkill>, Fault> {
    if references.len() > MOST_SKILLS {
        return Err(Fault::invalid(format!(
            "container.skills: at most {MOST_SKILLS} skills can be used at once"
        )));
    }
    let mut mounted: Vec<MountedSkill> = Vec::new();
    for (index, reference) in references.iter().enumerate() {
        let (owner, kind) = match reference.kind {
            SkillKind::Anthropic => (SkillOwner::Anthropic, "anthropic"),
            SkillKind::Custom => (SkillOwner::Custom, "custom"),
        };
        let skill =
            skills::resolve(app, &client.workspace, owner, &reference.skill_id, reference.version.as_deref());
        let skill = skill.await?;
        if mounted.iter().any(|other| other.skill_id == skill.skill_id) {
            let id = crate::query::shown(&skill.skill_id);
            return Err(Fault::invalid(format!("container.skills.{index}: duplicate skill_id \"{id}\"")));
        }
        if let Some(other) = mounted.iter().find(|other| other.name == skill.name) {
            return Err(Fault::invalid(format!(
                "container.skills.{index}: `{}` is named {}, as `{}` is: a container has each name once",
                skill.skill_id, skill.name, other.skill_id
            )));
        }
        mounted.push(MountedSkill {
            kind: kind.to_owned(),
            skill_id: skill.skill_id,
            version: skill.version,
            name: skill.name,
            description: skill.description,
            folder: skill.folder,
        });
    }
    Ok(mounted)
}

/// Puts the files that the messages bring into the container, and says in the messages where they are.
async fn place_files(
    app: &AppState,
    client: &Client,
    container: Option<&Container>,
    request: &MessagesRequest,
    messages: &mut [Message],
) -> Result<(), Fault> {
    let Some(container) = container else { return Ok(()) };
    let named = match &request.container {
        Some(ContainerRequest::Id(_)) => true,
        Some(ContainerRequest::Spec(spec)) => spec.id.is_some(),
        None => false,
    };
    let mut places = Vec::new();
    for (id, is_new) in files::uploads(messages) {
        // What an earlier request brought is there; it may be gone from the store meanwhile.
        let wanted = is_new || !named;
        let file = match files::find(app, client, &id).await {
            Ok(file) => file,
            Err(fault) if wanted => return Err(fault),
            Err(_) => continue,
        };
        let path = if wanted {
            container.upload(&file).await.map_err(|error| fault_of(&error))?
        } else {
            container.place_of(&file)
        };
        places.push((id, path));
    }
    files::tell(messages, &places);
    Ok(())
}

fn fault_of(error: &skilled_container::Error) -> Fault {
    match error {
        skilled_container::Error::NotFound { .. } => Fault::not_found(error.to_string()),
        skilled_container::Error::NoContent { id } => {
            Fault::not_found(format!("File `{id}` has expired.")).with_code(skilled_wire::code::FILE_EXPIRED)
        }
        skilled_container::Error::Sandbox(_)
        | skilled_container::Error::Store(_)
        | skilled_container::Error::Blob(_)
        | skilled_container::Error::Io { .. } => Fault::internal(error),
    }
}

/// The system prompt: what the skills are, then the client's own.
fn system_of(request: &MessagesRequest, container: Option<&Container>, context: u64) -> Vec<Block> {
    let listed: Vec<ListedSkill> = container
        .map(Container::skills)
        .unwrap_or_default()
        .into_iter()
        .map(|skill| ListedSkill {
            location: format!("/skills/{}/SKILL.md", skill.name),
            name: skill.name,
            description: skill.description,
        })
        .collect();
    let mut blocks: Vec<Block> = Vec::new();
    if let Some(section) = section(&listed, Budget::for_context(Some(context))) {
        for diagnostic in &section.diagnostics {
            tracing::warn!("{diagnostic}");
        }
        blocks.push(Block::text(section.text));
    }
    match &request.system {
        None => {}
        Some(System::Text(text)) if text.trim().is_empty() => {}
        Some(System::Text(text)) => blocks.push(Block::text(text)),
        Some(System::Blocks(own)) => blocks.extend(own.iter().cloned()),
    }
    blocks
}

/// Betas that this server itself has dealt with: the model behind it need not hear of them.
const OURS: [&str; 6] =
    ["files-api-", "skills-", "code-execution-", "message-threads-", "token-counting-", "message-batches-"];

fn options_of(client: &Client, request: &MessagesRequest) -> Result<Options, Fault> {
    let mut other = Map::new();
    let mut add = |name: &str, value: Option<Value>| {
        if let Some(value) = value.filter(|value| !value.is_null()) {
            other.insert(name.to_owned(), value);
        }
    };
    add("context_management", some(request.context_management.as_ref())?);
    add("compaction", some(request.compaction.as_ref())?);
    add("mcp_servers", some((!request.mcp_servers.is_empty()).then_some(&request.mcp_servers))?);
    add("fallbacks", some(request.fallbacks.as_ref())?);
    add("diagnostics", some(request.diagnostics.as_ref())?);
    add("billing_policy", some(request.billing_policy.as_ref())?);
    add("fallback_credit_token", some(request.fallback_credit_token.as_ref())?);
    let mut output_config: skilled_model::OutputConfig = match &request.output_config {
        Some(config) => convert(config)?,
        None => skilled_model::OutputConfig::default(),
    };
    if output_config.format.is_none() {
        output_config.format = some(request.format())?;
    }
    let text = |value: Option<Value>| value.and_then(|value| value.as_str().map(str::to_owned));
    Ok(Options {
        temperature: request.temperature,
        top_p: request.top_p,
        top_k: request.top_k,
        stop_sequences: request.stop_sequences.clone(),
        tool_choice: request.tool_choice.as_ref().map(convert).transpose()?,
        thinking: some(request.thinking.as_ref())?,
        output_config,
        metadata: request.metadata.as_ref().map(convert).transpose()?.unwrap_or_default(),
        service_tier: text(some(request.service_tier.as_ref())?),
        speed: text(some(request.speed.as_ref())?),
        inference_geo: request.inference_geo.clone(),
        cache_control: some(request.cache_control.as_ref())?,
        system_blocks: Vec::new(),
        other,
        betas: client
            .betas
            .iter()
            .filter(|beta| !OURS.iter().any(|ours| beta.starts_with(ours)))
            .cloned()
            .collect(),
    })
}

fn some<T: Serialize>(value: Option<&T>) -> Result<Option<Value>, Fault> {
    value.map(serde_json::to_value).transpose().map_err(|error| Fault::internal(&error))
}

/// Writes what the interface says in the words of the model's crate, which are the same.
fn convert<T: DeserializeOwned>(value: &impl Serialize) -> Result<T, Fault> {
    let value = serde_json::to_value(value).map_err(|error| Fault::internal(&error))?;
    serde_json::from_value(value).map_err(|error| Fault::internal(&error))
}

/// The request to a model that only counts.
pub(super) fn counted(client: &Client, request: &MessagesRequest) -> Result<skilled_model::Request, Fault> {
    let Tools { version, client_tools } = tools_of(request)?;
    let mut options = options_of(client, request)?;
    options.system_blocks = system_of(request, None, 0);
    let mut tools: Vec<ToolDefinition> =
        version.map(|version| code_execution::definitions(version, COMMAND)).unwrap_or_default();
    tools.extend(client_tools);
    let mut messages = request.messages.clone();
    files::tell(&mut messages, &[]);
    Ok(skilled_model::Request {
        system: Arc::from(""),
        tools: tools.into(),
        messages: lower::lower(&messages),
        max_tokens: 1,
        options,
    })
}
