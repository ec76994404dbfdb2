//! A conversation that stays in its container.

use serde_json::json;
use skilled_message::{Block, Message, Role};
use skilled_wire::messages::{
    CodeExecutionTool, CodeExecutionVersion, ContainerRequest, ContainerSpec, MessagesRequest,
    MessagesResponse, SkillKind, SkillReference, StreamEvent, Tool, ToolOptions,
};

use crate::{Client, Result};

/// A conversation: what was said, and the container in which the model's code runs.
///
/// Each request names the container of the answer before, so that files and the state of the shell are still there.
#[derive(Debug, Clone, PartialEq)]
pub struct Conversation {
    request: MessagesRequest,
}

/// A skill by its id: `skill_…` is one that was uploaded, others such as `xlsx` come with the server. A version may
/// follow, as in `xlsx@20261201`; without one it is the newest.
pub fn skill(text: &str) -> SkillReference {
    let (id, version) = match text.split_once('@') {
        Some((id, version)) => (id, Some(version.to_owned())),
        None => (text, None),
    };
    let kind = if id.starts_with("skill_") { SkillKind::Custom } else { SkillKind::Anthropic };
    // The hosted API wants to be told.
    let version = version.or_else(|| Some(crate::LATEST.to_owned()));
    SkillReference { kind, skill_id: id.to_owned(), version }
}

impl Conversation {
    /// Begins with what `request` has: the model, the limit, the system prompt, tools, a container, messages.
    pub const fn new(request: MessagesRequest) -> Self {
        Self { request }
    }

    /// The request that is sent next.
    pub const fn request(&self) -> &MessagesRequest {
        &self.request
    }

    /// The same, to be changed.
    pub const fn request_mut(&mut self) -> &mut MessagesRequest {
        &mut self.request
    }

    /// The container, once there is one.
    pub fn container(&self) -> Option<&str> {
        self.request.container.as_ref().and_then(ContainerRequest::id)
    }

    /// Leaves the container: the next request gets a new one with the same skills, as is needed when it has expired.
    pub fn leave_container(&mut self) {
        self.request.container = match self.request.container.take() {
            Some(ContainerRequest::Spec(spec)) if spec.skills.is_some() => {
                Some(ContainerRequest::Spec(ContainerSpec { id: None, ..spec }))
            }
            Some(ContainerRequest::Spec(_) | ContainerRequest::Id(_)) | None => None,
        };
    }

    /// Adds skills, and the tool that they need to run their code.
    pub fn add_skills(&mut self, skills: impl IntoIterator<Item = SkillReference>) {
        let mut spec = match self.request.container.take() {
            Some(ContainerRequest::Spec(spec)) => spec,
            Some(ContainerRequest::Id(id)) => ContainerSpec { id: Some(id), skills: None },
            None => ContainerSpec::default(),
        };
        let listed = spec.skills.get_or_insert_default();
        for skill in skills {
            if !listed.contains(&skill) {
                listed.push(skill);
            }
        }
        self.request.container = Some(ContainerRequest::Spec(spec));
        self.add_code_execution();
    }

    /// Lets the model run code, if it cannot yet.
    pub fn add_code_execution(&mut self) {
        if !self.request.tools.iter().any(|tool| matches!(tool, Tool::CodeExecution(_))) {
            self.request.tools.push(Tool::CodeExecution(CodeExecutionTool {
                version: CodeExecutionVersion::V20250825,
                name: "code_execution".to_owned(),
                options: ToolOptions::default(),
            }));
        }
    }

    /// Says something.
    pub fn say(&mut self, text: impl Into<String>) {
        self.add(Block::text(text));
    }

    /// Gives a file into the container, and lets the model run code on it.
    pub fn attach(&mut self, file: &str) {
        self.add(Block::Other(json!({ "type": "container_upload", "file_id": file })));
        self.add_code_execution();
    }

    /// Adds a block to what the user says.
    pub fn add(&mut self, block: Block) {
        match self.request.messages.last_mut() {
            Some(last) if last.role == Role::User => last.content.push(block),
            Some(_) | None => self.request.messages.push(Message::new(Role::User, vec![block])),
        }
    }

    /// Takes an answer into the conversation: what was said, and where its code ran.
    pub fn take(&mut self, answer: &MessagesResponse) {
        if !answer.content.is_empty() {
            self.request.messages.push(Message::new(Role::Assistant, answer.content.clone()));
        }
        let Some(container) = &answer.container else { return };
        let id = Some(container.id.clone());
        self.request.container = Some(match self.request.container.take() {
            Some(ContainerRequest::Spec(spec)) => ContainerRequest::Spec(ContainerSpec { id, ..spec }),
            Some(ContainerRequest::Id(_)) | None => ContainerRequest::Id(container.id.clone()),
        });
    }

    /// Asks for the next answer as a whole, and takes it.
    ///
    /// # Errors
    ///
    /// As [`crate::Messages::create`]; the conversation is then as it was.
    pub async fn send(&mut self, client: &Client) -> Result<MessagesResponse> {
        let answer = client.messages().create(&self.request).await?;
        self.take(&answer);
        Ok(answer)
    }

    /// Asks for the next answer, shows each event to `observe`, and takes the answer.
    ///
    /// # Errors
    ///
    /// As [`crate::Messages::stream`]; the conversation is then as it was.
    pub async fn stream(
        &mut self,
        client: &Client,
        mut observe: impl FnMut(&StreamEvent),
    ) -> Result<MessagesResponse> {
        let mut stream = client.messages().stream(&self.request).await?;
        while let Some(event) = stream.next().await {
            observe(&event?);
        }
        let answer = stream.finish().await?;
        self.take(&answer);
        Ok(answer)
    }
}
