//! Containers: made, found again, ended.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use serde::{Deserialize, Serialize};
use skilled_message::{Id, Prefix, UnixMillis};
use skilled_sandbox::{Sandbox, SkillMount, Spec};
use skilled_store::{Blobs, ContainerRecord, ContainerState, FileRecord, Records, StoreError};
use skilled_toolset::Operations;
use skilled_toolset::code_execution::Keeper;

use crate::files::{self, WorkspaceKeeper};
use crate::{Clock, Error, Maker, Options};

/// Containers whose sandboxes are ended at a time.
const ENDED_AT_ONCE: u32 = 100;

/// Where a container's inputs are, as its own variable says.
const INPUTS: &str = "/mnt/session/uploads";

/// The prefix of container ids.
enum ContainerPrefix {}

impl Prefix for ContainerPrefix {
    const PREFIX: &'static str = "container";
}

/// All containers of a server. Cheap to clone.
#[derive(Clone)]
pub struct Containers(Arc<Inner>);

struct Inner {
    records: Arc<dyn Records>,
    blobs: Arc<dyn Blobs>,
    maker: Maker,
    options: Options,
    clock: Clock,
    /// Those that this process holds. Each is opened once, however many ask for it.
    live: Mutex<HashMap<String, Slot>>,
}

/// The place of a container's sandbox, which is opened once however many ask for it.
type Slot = Arc<tokio::sync::Mutex<Option<Arc<Live>>>>;

/// A sandbox that this process holds.
struct Live {
    sandbox: Arc<dyn Sandbox>,
    operations: Arc<Operations>,
    skills: Vec<SkillEntry>,
    session: PathBuf,
}

/// What a request asks for.
#[derive(Debug, Clone, Default)]
pub struct Ask {
    /// The container; none for a new one.
    pub id: Option<String>,
    /// Its skills.
    pub skills: Skills,
}

/// The skills that a request asks for.
#[derive(Debug, Clone, Default)]
pub enum Skills {
    /// As they are; none in a new container.
    #[default]
    Kept,
    /// These.
    These(Vec<MountedSkill>),
}

/// A skill that is mounted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MountedSkill {
    /// `anthropic` or `custom`.
    pub kind: String,
    /// Its id.
    pub skill_id: String,
    /// The version that was taken.
    pub version: String,
    /// Its name, and that of its folder.
    pub name: String,
    /// What it does and when to use it.
    pub description: String,
    /// Its files, which nobody changes.
    pub folder: PathBuf,
}

/// What is written of a skill in the record of a container.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct SkillEntry {
    kind: String,
    skill_id: String,
    version: String,
    name: String,
    description: String,
    folder: PathBuf,
}

/// How a sandbox is found again.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
struct Control {
    /// The number of the container's latest sandbox: it has a new one when its skills change, and when it was lost.
    sandbox: u32,
}

/// A container in use. Holding it ends nothing and keeps nothing alive.
#[derive(Clone)]
pub struct Container {
    /// Its id.
    pub id: String,
    /// Whose it is.
    pub workspace: String,
    /// When it ends unless it is used before.
    pub expires_at: UnixMillis,
    live: Arc<Live>,
    all: Containers,
}

impl Containers {
    /// Puts them together. Nothing is made.
    pub fn new(
        records: Arc<dyn Records>,
        blobs: Arc<dyn Blobs>,
        maker: Maker,
        options: Options,
        clock: Clock,
    ) -> Self {
        Self(Arc::new(Inner { records, blobs, maker, options, clock, live: Mutex::default() }))
    }

    /// Makes a container, or finds the one that is asked for, and notes that it is used.
    ///
    /// # Errors
    /// [`Error::NotFound`] for one that has ended or is another workspace's.
    pub async fn open(&self, workspace: &str, ask: Ask) -> Result<Container, Error> {
        let now = (self.0.clock)();
        let expires_at = self.expiry(now);
        let Some(id) = ask.id else { return self.make(workspace, ask.skills, now).await };
        let touched = self.0.records.touch_container(workspace, &id, now, expires_at).await;
        let record = touched.map_err(|error| match error {
            StoreError::NotFound { .. } => Error::NotFound { id: id.clone() },
            other => Error::Store(other),
        })?;
        let slot = self.slot(&id);
        let mut held = slot.lock().await;
        let skills: Vec<SkillEntry> = match ask.skills {
            Skills::Kept => serde_json::from_value(record.skills.clone()).unwrap_or_default(),
            Skills::These(skills) => entries(skills),
        };
        let same: Vec<SkillEntry> = serde_json::from_value(record.skills.clone()).unwrap_or_default();
        // A container that has what is asked for stays as it is, with its shell; what else it has does no harm.
        let skills = if skills.iter().all(|skill| same.contains(skill)) { same.clone() } else { skills };
        if let Some(live) = &*held
            && live.skills == skills
            && self.still_lives(live).await
        {
            return Ok(self.container(record, Arc::clone(live)));
        }
        let control: Control = serde_json::from_value(record.control.clone()).unwrap_or_default();
        if same == skills
            && let Some(live) = self.attach(&record, &control, &skills).await
        {
            *held = Some(Arc::clone(&live));
            return Ok(self.container(record, live));
        }
        // Its files stay; the shell and what it had started do not.
        if let Some(live) = held.take() {
            live.sandbox.destroy().await;
        }
        let control = Control { sandbox: control.sandbox + 1 };
        let live = self.start(&record.id, &record.session_dir, &control, skills).await?;
        self.describe(&record, &live.skills, &control).await?;
        *held = Some(Arc::clone(&live));
        Ok(self.container(record, live))
    }

    async fn make(&self, workspace: &str, skills: Skills, now: UnixMillis) -> Result<Container, Error> {
        let id = Id::<ContainerPrefix>::new(now).to_string();
        let skills = match skills {
            Skills::Kept => Vec::new(),
            Skills::These(skills) => entries(skills),
        };
        let session = self.0.options.folder.join(&id).join("session");
        let control = Control { sandbox: 1 };
        let record = ContainerRecord {
            id: id.clone(),
            workspace: workspace.to_owned(),
            state: ContainerState::Active,
            created_at: now,
            last_used_at: now,
            expires_at: self.expiry(now),
            skills: serde_json::json!(skills),
            control: serde_json::json!(control),
            session_dir: session.display().to_string(),
        };
        let slot = self.slot(&id);
        let mut held = slot.lock().await;
        let live = self.start(&id, &record.session_dir, &control, skills).await?;
        if let Err(error) = self.0.records.create_container(record.clone()).await {
            live.sandbox.destroy().await;
            self.forget(&id);
            return Err(error.into());
        }
        *held = Some(Arc::clone(&live));
        Ok(self.container(record, live))
    }

    /// Makes the sandbox of a container.
    async fn start(
        &self,
        id: &str,
        session: &str,
        control: &Control,
        skills: Vec<SkillEntry>,
    ) -> Result<Arc<Live>, Error> {
        let session = PathBuf::from(session);
        tokio::fs::create_dir_all(&session).await.map_err(Error::io(&session))?;
        let options = &self.0.options;
        let spec = Spec {
            session_dir: session.clone(),
            control_dir: self.control_dir(id, control),
            orphan: options.idle,
            label: id.to_owned(),
            skills: skills
                .iter()
                .map(|skill| SkillMount { name: skill.name.clone(), snapshot: skill.folder.clone() })
                .collect(),
            python: options.python.clone(),
            env: BTreeMap::from([("INPUT_DIR".to_owned(), INPUTS.to_owned())]),
            limits: options.limits.clone(),
        };
        let sandbox = self.0.maker.create(spec).await.map_err(Error::Sandbox)?;
        // It outlives this process, and ends when its time is over.
        sandbox.leave();
        Ok(self.live(sandbox, skills, session))
    }

    /// Finds the sandbox that an earlier process has left.
    async fn attach(
        &self,
        record: &ContainerRecord,
        control: &Control,
        skills: &[SkillEntry],
    ) -> Option<Arc<Live>> {
        let folder = self.control_dir(&record.id, control);
        let attached = self.0.maker.backend().attach(folder).await;
        let sandbox = attached.unwrap_or_else(|error| {
            tracing::warn!(container = record.id, error = %error, "the sandbox of a container cannot be found again");
            None
        })?;
        sandbox.leave();
        Some(self.live(sandbox, skills.to_vec(), PathBuf::from(&record.session_dir)))
    }

    fn live(&self, sandbox: Arc<dyn Sandbox>, skills: Vec<SkillEntry>, session: PathBuf) -> Arc<Live> {
        let operations = Arc::new(Operations::new(Arc::clone(&sandbox), self.0.options.operations));
        let warmed = Arc::clone(&operations);
        // A shell that does not start is told by the first call that needs it.
        tokio::spawn(async move { warmed.warm().await });
        Arc::new(Live { sandbox, operations, skills, session })
    }

    async fn still_lives(&self, live: &Live) -> bool {
        tokio::select! {
            biased;
            _ = live.sandbox.ended() => false,
            () = std::future::ready(()) => true,
        }
    }

    /// Ends a container. Returns whether it was there.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn stop(&self, workspace: &str, id: &str) -> Result<bool, Error> {
        let Some(record) = self.0.records.container(workspace, id).await? else { return Ok(false) };
        let was_active = self.0.records.end_container(workspace, id, ContainerState::Stopped).await?;
        if was_active {
            self.end(&record).await;
        }
        Ok(was_active)
    }

    /// Ends the containers whose time is over, and removes their files. Returns how many.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn expire(&self) -> Result<usize, Error> {
        let expired = self.0.records.expire_containers((self.0.clock)(), ENDED_AT_ONCE).await?;
        for record in &expired {
            self.end(record).await;
        }
        Ok(expired.len())
    }

    /// Ends the sandbox of a container whose record says that it has ended, and removes its files.
    async fn end(&self, record: &ContainerRecord) {
        let slot = self.slot(&record.id);
        let mut held = slot.lock().await;
        let mut live = held.take();
        if live.is_none() {
            let control = serde_json::from_value(record.control.clone()).unwrap_or_default();
            live = self.attach(record, &control, &[]).await;
        }
        if let Some(live) = live {
            live.sandbox.destroy().await;
        }
        self.forget(&record.id);
        let folder = self.0.options.folder.join(&record.id);
        if let Err(error) = tokio::fs::remove_dir_all(&folder).await
            && error.kind() != std::io::ErrorKind::NotFound
        {
            tracing::warn!(container = record.id, error = %error, "the files of a container were not removed");
        }
    }

    async fn describe(
        &self,
        record: &ContainerRecord,
        skills: &[SkillEntry],
        control: &Control,
    ) -> Result<(), Error> {
        let (skills, control) = (serde_json::json!(skills), serde_json::json!(control));
        Ok(self.0.records.describe_container(&record.workspace, &record.id, skills, control).await?)
    }

    fn expiry(&self, now: UnixMillis) -> UnixMillis {
        now + u64::try_from(self.0.options.idle.as_millis()).unwrap_or(u64::MAX / 2)
    }

    fn control_dir(&self, id: &str, control: &Control) -> PathBuf {
        self.0.options.folder.join(id).join(format!("control.{}", control.sandbox))
    }

    fn slot(&self, id: &str) -> Slot {
        let mut live = self.0.live.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(live.entry(id.to_owned()).or_default())
    }

    fn forget(&self, id: &str) {
        self.0.live.lock().unwrap_or_else(PoisonError::into_inner).remove(id);
    }

    fn container(&self, record: ContainerRecord, live: Arc<Live>) -> Container {
        let ContainerRecord { id, workspace, expires_at, .. } = record;
        Container { id, workspace, expires_at, live, all: self.clone() }
    }
}

impl Container {
    /// Returns what can be done in it.
    pub fn operations(&self) -> &Arc<Operations> {
        &self.live.operations
    }

    /// Returns its skills, in the order in which they were asked for.
    pub fn skills(&self) -> Vec<MountedSkill> {
        self.live
            .skills
            .iter()
            .cloned()
            .map(|SkillEntry { kind, skill_id, version, name, description, folder }| MountedSkill {
                kind,
                skill_id,
                version,
                name,
                description,
                folder,
            })
            .collect()
    }

    /// Shows a file among its inputs, and returns where.
    ///
    /// # Errors
    /// When the file's content is gone, or cannot be written.
    pub async fn upload(&self, file: &FileRecord) -> Result<String, Error> {
        let folder = self.live.session.join("uploads");
        tokio::fs::create_dir_all(&folder).await.map_err(Error::io(&folder))?;
        files::place(&*self.all.0.blobs, file, &folder).await?;
        Ok(self.place_of(file))
    }

    /// Returns where a file is shown that was or will be uploaded.
    pub fn place_of(&self, file: &FileRecord) -> String {
        let shown = Path::new(&self.live.operations.layout().uploads).join(files::name_of(file));
        shown.display().to_string()
    }

    /// Returns what keeps the files that are made in it, as files of its workspace.
    pub fn keeper(&self) -> Arc<dyn Keeper> {
        let Inner { records, blobs, clock, options, .. } = &*self.all.0;
        Arc::new(WorkspaceKeeper {
            records: Arc::clone(records),
            blobs: Arc::clone(blobs),
            clock: Arc::clone(clock),
            workspace: self.workspace.clone(),
            limit: options.file_bytes,
            quota: options.quota,
        })
    }

    /// Returns when its sandbox has ended, with what happened.
    pub async fn ended(&self) -> String {
        self.live.sandbox.ended().await
    }
}

fn entries(skills: Vec<MountedSkill>) -> Vec<SkillEntry> {
    skills
        .into_iter()
        .map(|MountedSkill { kind, skill_id, version, name, description, folder }| SkillEntry {
            kind,
            skill_id,
            version,
            name,
            description,
            folder,
        })
        .collect()
}
