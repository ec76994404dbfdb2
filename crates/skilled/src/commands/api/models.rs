//! `skilled api models`

use std::process::ExitCode;

use clap::Subcommand;
use skilled_client::skilled_wire::ModelObject;

use super::Door;
use super::failure::OrFailed as _;
use crate::error::Result;
use crate::{printer, screen};

#[derive(Debug, Subcommand)]
pub(super) enum ModelsCommand {
    /// List the models that requests can name
    Ls,
    /// Show a model
    Show {
        #[arg(value_name = "MODEL")]
        model: String,
    },
}

pub(super) async fn run(door: &Door, command: ModelsCommand) -> Result<ExitCode> {
    let models = door.client.models();
    match command {
        ModelsCommand::Ls => {
            let mut pages = models.list().or_failed(door)?;
            while let Some(model) = pages.next().await {
                door.show(&model.or_failed(door)?, row)?;
            }
        }
        ModelsCommand::Show { model } => {
            let found = models.retrieve(&model).await.or_failed(door)?;
            door.show(&found, row)?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

fn row(model: &ModelObject) -> String {
    let window = model.max_input_tokens.map(|tokens| format!("  {} tokens", screen::number(tokens)));
    let name = printer::tame(&model.display_name).replace(['\n', '\t'], " ");
    format!("{:<32} {name}{}", model.id, window.unwrap_or_default())
}
