//! `skilled api files`

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::Subcommand;
use skilled_client::skilled_wire::FileObject;
use skilled_client::{FileList, Upload};

use super::Door;
use super::failure::OrFailed as _;
use super::transfer::{self, Place};
use crate::error::Result;
use crate::{printer, screen};

#[derive(Debug, Subcommand)]
pub(super) enum FilesCommand {
    /// Upload files
    Upload {
        #[arg(value_name = "FILE", required = true)]
        files: Vec<PathBuf>,
        /// Let the server delete them after so many seconds: 3600 to 7776000
        #[arg(long, value_name = "SECONDS")]
        expires_in: Option<u64>,
    },
    /// List files, newest first
    Ls {
        /// Only those that belong to this, such as sesn_…
        #[arg(long, value_name = "ID")]
        scope: Option<String>,
    },
    /// Show what is known of a file
    Show {
        #[arg(value_name = "ID")]
        file: String,
    },
    /// Fetch a file that was made in a container
    Download {
        #[arg(value_name = "ID")]
        file: String,
        /// Write this file; `-` is standard output [default: its name, in the current folder]
        #[arg(short, long, value_name = "FILE")]
        output: Option<PathBuf>,
        /// Replace a file that is there
        #[arg(long, requires = "output")]
        force: bool,
    },
    /// Delete files
    Rm {
        #[arg(value_name = "ID", required = true)]
        files: Vec<String>,
    },
}

pub(super) async fn run(door: &Door, command: FilesCommand) -> Result<ExitCode> {
    let files = door.client.files();
    match command {
        FilesCommand::Upload { files: paths, expires_in } => {
            for path in paths {
                let upload = Upload::path(path).watched(transfer::progress());
                let made = match expires_in {
                    Some(seconds) => files.upload_expiring(upload, Duration::from_secs(seconds)).await,
                    None => files.upload(upload).await,
                };
                door.show(&made.or_failed(door)?, row)?;
            }
        }
        FilesCommand::Ls { scope } => {
            let wanted = FileList { scope_id: scope, ids: Vec::new() };
            let mut pages = files.list(&wanted).or_failed(door)?;
            while let Some(file) = pages.next().await {
                door.show(&file.or_failed(door)?, row)?;
            }
        }
        FilesCommand::Show { file } => {
            let found = files.metadata(&file).await.or_failed(door)?;
            door.show(&found, row)?;
        }
        FilesCommand::Download { file, output: Some(output), force } => {
            let download = files.download(&file).await.or_failed(door)?;
            let place = Place::of(&output);
            if let Some(saved) = transfer::deliver(door, download, &file, place, force).await? {
                transfer::said(&saved);
            }
        }
        FilesCommand::Download { file, output: None, .. } => {
            let saved = files.save_in(&file, ".").await.or_failed(door)?;
            transfer::said(&saved);
        }
        FilesCommand::Rm { files: ids } => {
            for id in ids {
                let gone = files.delete(&id).await.or_failed(door)?;
                door.deleted(&gone, &id)?;
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn row(file: &FileObject) -> String {
    let name = printer::tame(&file.filename).replace(['\n', '\t'], " ");
    let size = screen::bytes(file.size_bytes);
    let expires = file.expires_at.map(|at| format!("  until {at}")).unwrap_or_default();
    format!("{:<32} {}  {size:>10}  {name}{expires}", file.id, file.created_at)
}
