//! `skilled keys`: who may use the server.

use std::fmt::Write as _;
use std::fs::File;
use std::io::Read as _;
use std::path::Path;
use std::process::ExitCode;

use clap::{Args, Subcommand};
use serde_json::{Value as Json, json};
use sha2::{Digest as _, Sha256};
use skilled_server::DEFAULT_WORKSPACE;
use skilled_store::{
    KeyRecord, Keys as _, Records as _, SqliteRecords, StoreError, WorkspaceRecord, Workspaces as _,
};
use skilled_wire::{KeyId, Time, WorkspaceId};

use super::Common;
use super::serve::open_beside;
use crate::config::{Flags, Settings};
use crate::error::{Error, Kind, OrKind, Result};
use crate::{env, printer};

const ABOUT: &str = "A key opens one workspace: skills, files, containers and batches of another one do not exist for it. A running server
takes changes within a second. As soon as there is a key, requests without one are refused.";

#[derive(Debug, Args)]
#[command(after_help = ABOUT)]
pub(crate) struct KeysArgs {
    #[command(subcommand)]
    command: KeysCommand,
}

#[derive(Debug, Subcommand)]
enum KeysCommand {
    /// Make a key and show its secret, which nobody can see again
    Create {
        /// What the key is called, such as the program that uses it
        #[arg(value_name = "NAME")]
        name: String,
        /// The workspace that it opens, which is made when missing
        #[arg(long, value_name = "NAME", default_value = DEFAULT_WORKSPACE)]
        workspace: String,
        #[command(flatten)]
        common: Common,
        /// Print one JSON object
        #[arg(long)]
        json: bool,
    },
    /// List keys
    List {
        /// Of this workspace only
        #[arg(long, value_name = "NAME")]
        workspace: Option<String>,
        #[command(flatten)]
        common: Common,
        /// Print one JSON array
        #[arg(long)]
        json: bool,
    },
    /// Make keys good for nothing
    Revoke {
        /// The keys: their ids
        #[arg(value_name = "ID", required = true)]
        keys: Vec<String>,
        #[command(flatten)]
        common: Common,
    },
}

pub(crate) fn run(args: KeysArgs) -> Result<ExitCode> {
    let runtime = crate::job::runtime()?;
    runtime.block_on(async {
        match args.command {
            KeysCommand::Create { name, workspace, common, json } => {
                create(&data(&common)?, &name, &workspace, json).await
            }
            KeysCommand::List { workspace, common, json } => {
                list(&data(&common)?, workspace.as_deref(), json).await
            }
            KeysCommand::Revoke { keys, common } => revoke(&data(&common)?, &keys).await,
        }
    })
}

fn data(common: &Common) -> Result<std::path::PathBuf> {
    Ok(Settings::load(Flags { data: common.data.clone(), ..Flags::default() })?.data.value)
}

async fn create(root: &Path, name: &str, workspace: &str, json: bool) -> Result<ExitCode> {
    for (what, text) in [("key", name), ("workspace", workspace)] {
        if text.trim().is_empty() || text.len() > 255 || text.chars().any(char::is_control) {
            return Err(Error::usage(format!("a {what} has a name of 1 to 255 bytes on one line")));
        }
    }
    let (held, records) = open_beside(root).await?;
    let now = env::now();
    let opened = workspace_called(&records, workspace, now).await?;
    let secret = secret().or_kind_in(Kind::Job, || "cannot get random numbers of the system".to_owned())?;
    let hint = secret.chars().skip(secret.chars().count().saturating_sub(4)).collect();
    let key = KeyRecord {
        id: KeyId::new(now).to_string(),
        workspace: opened.id,
        name: name.to_owned(),
        hash: Sha256::digest(secret.as_bytes()).into(),
        hint,
        created_at: now,
        revoked_at: None,
        last_used_at: None,
    };
    records.create_key(key.clone()).await.or_kind(Kind::Job)?;
    records.close().await.or_kind(Kind::Job)?;
    drop(held);
    if json {
        let line = json!({"id": key.id, "name": key.name, "workspace": workspace, "secret": secret});
        printer::data(&format!("{line}\n"));
    } else {
        printer::data(&format!("{secret}\n"));
        printer::note(&format!(
            "the key {} ({name}) opens the workspace {workspace}; nobody can see it again",
            key.id
        ));
    }
    Ok(ExitCode::SUCCESS)
}

/// The workspace of this name, made when missing. The first one has the data of the time before there were keys.
async fn workspace_called(records: &SqliteRecords, name: &str, now: u64) -> Result<WorkspaceRecord> {
    if let Some(found) = records.workspace_by_name(name).await.or_kind(Kind::Job)? {
        return Ok(found);
    }
    let id = if name == DEFAULT_WORKSPACE { name.to_owned() } else { WorkspaceId::new(now).to_string() };
    let made = WorkspaceRecord { id, name: name.to_owned(), created_at: now };
    match records.create_workspace(made.clone()).await {
        Ok(()) => Ok(made),
        // Somebody else was faster.
        Err(StoreError::Exists { .. }) => {
            let found = records.workspace_by_name(name).await.or_kind(Kind::Job)?;
            found.ok_or_else(|| Error::usage(format!("the workspace {name:?} cannot be made")))
        }
        Err(error) => Err(Error::new(Kind::Job, error)),
    }
}

/// 256 random bits as text.
fn secret() -> std::io::Result<String> {
    let mut bytes = [0_u8; 32];
    File::open("/dev/urandom")?.read_exact(&mut bytes)?;
    let mut secret = "sk-skilled-".to_owned();
    for byte in bytes {
        // Writing to a string cannot fail.
        let _ = write!(secret, "{byte:02x}");
    }
    Ok(secret)
}

async fn list(root: &Path, workspace: Option<&str>, json: bool) -> Result<ExitCode> {
    let (held, records) = open_beside(root).await?;
    let workspaces = records.workspaces().await.or_kind(Kind::Job)?;
    let wanted = match workspace {
        None => None,
        Some(name) => {
            let found = workspaces.iter().find(|it| it.name == name);
            Some(found.ok_or_else(|| Error::usage(format!("there is no workspace {name:?}")))?.id.as_str())
        }
    };
    let keys = records.keys(wanted).await.or_kind(Kind::Job)?;
    records.close().await.or_kind(Kind::Job)?;
    drop(held);
    let name_of = |id: &str| {
        workspaces.iter().find(|it| it.id == id).map_or_else(|| id.to_owned(), |it| it.name.clone())
    };
    let time = |millis: Option<u64>| millis.map(|millis| Time::from_millis(millis).to_string());
    if json {
        let rows = keys.iter().map(|key| {
            json!({
                "id": key.id, "name": key.name, "workspace": name_of(&key.workspace), "hint": key.hint,
                "created_at": time(Some(key.created_at)), "revoked_at": time(key.revoked_at),
                "last_used_at": time(key.last_used_at),
            })
        });
        printer::data(&format!("{}\n", Json::Array(rows.collect())));
        return Ok(ExitCode::SUCCESS);
    }
    for key in &keys {
        let state = match (key.revoked_at, key.last_used_at) {
            (Some(_), _) => "revoked".to_owned(),
            (None, None) => "never used".to_owned(),
            (None, used) => format!("used {}", time(used).unwrap_or_default()),
        };
        let row =
            format!("{}  …{}  {:<12} {:<20} {state}\n", key.id, key.hint, name_of(&key.workspace), key.name);
        printer::data(&printer::harmless(&row));
    }
    Ok(ExitCode::SUCCESS)
}

async fn revoke(root: &Path, keys: &[String]) -> Result<ExitCode> {
    let (held, records) = open_beside(root).await?;
    for key in keys {
        let revoked = records.revoke_key(key, env::now()).await.map_err(|error| match error {
            StoreError::NotFound { .. } => {
                Error::usage(format!("there is no key {key:?}")).hint("skilled keys list")
            }
            error => Error::new(Kind::Job, error),
        })?;
        printer::note(&printer::harmless(&format!("revoked {} ({})", revoked.id, revoked.name)));
    }
    records.close().await.or_kind(Kind::Job)?;
    drop(held);
    Ok(ExitCode::SUCCESS)
}
