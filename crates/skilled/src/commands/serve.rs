//! `skilled serve`: the HTTP interface.

mod containers;
mod data;
mod models;

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use clap::Args;
use serde_json::json;
use skilled_server::{AppState, Builtins, Certificate, Parts, Server};
use skilled_store::Records as _;
use tokio_util::sync::CancellationToken;
use tracing::Level;

use super::Common;
use crate::config::{Flags, Settings};
use crate::error::{Error, Kind, OrKind, Result};
use crate::signals::Signals;
use crate::{env, printer};

pub(super) use data::{Opened, catalogue, kept_folders, open_beside};

const EXAMPLES: &str = "Examples:
  skilled serve                                  # for this machine, without a key
  skilled keys create laptop && skilled serve --listen 0.0.0.0:8787
  skilled serve --model scripted/answers.yaml    # no provider needed

Clients take the address as their base URL, such as ANTHROPIC_BASE_URL=http://127.0.0.1:8787.";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub(crate) struct ServeArgs {
    /// The address to listen on; port 0 takes any [default: 127.0.0.1:8787]
    #[arg(long, value_name = "ADDRESS")]
    listen: Option<String>,
    #[command(flatten)]
    common: Common,
    /// Read this settings file instead of the project's
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    /// The model that answers for every name that no model has
    #[arg(long, value_name = "MODEL")]
    model: Option<String>,
    /// The certificate's file (PEM); the interface is https then
    #[arg(long, value_name = "FILE", requires = "certificate_key")]
    certificate: Option<PathBuf>,
    /// The file of the certificate's private key (PEM)
    #[arg(long, value_name = "FILE", requires = "certificate")]
    certificate_key: Option<PathBuf>,
    /// The folder with the skills that come with the server, such as xlsx
    #[arg(long, value_name = "DIR")]
    builtin_skills: Option<PathBuf>,
    /// What is logged: error, warn, info or debug [default: info]
    #[arg(long, value_name = "LEVEL")]
    log: Option<String>,
    /// Say in one JSON object where the server is when it is ready
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(args: &ServeArgs) -> Result<ExitCode> {
    let ServeArgs { common, config, model, .. } = args;
    let flags =
        Flags { data: common.data.clone(), config: config.clone(), model: model.clone(), ..Flags::default() };
    let settings = Settings::load(flags)?;
    let level = args.log.as_deref().unwrap_or(&settings.server.log.value);
    let level: Level = level.parse().map_err(|_| {
        Error::usage(format!("{level:?} is no level of the log")).hint("use error, warn, info or debug")
    })?;
    start_log(level);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().or_kind(Kind::Job)?;
    runtime.block_on(serve(args, &settings))
}

async fn serve(args: &ServeArgs, settings: &Settings) -> Result<ExitCode> {
    let listen = args.listen.as_ref().unwrap_or(&settings.server.listen.value);
    let address: SocketAddr = listen.parse().map_err(|_| {
        Error::usage(format!("{listen:?} is no address to listen on"))
            .hint("write it as 127.0.0.1:8787 or [::1]:8787")
    })?;
    let certificate = certificate(args, settings)?;
    let models = models::models(settings, args.model.as_deref())?;
    // Signals count from here on: what was begun is ended in order.
    let mut signals = Signals::new()?;
    let ending = CancellationToken::new();

    let Opened { data, records, blobs, trees, scratch } = data::open(&settings.data.value).await?;
    let has_keys = skilled_store::Keys::any_key(&records).await.or_kind(Kind::Job)?;
    if !has_keys && !address.ip().to_canonical().is_loopback() {
        return Err(Error::usage(format!("{address} is open to other machines, and the server has no keys"))
            .hint("make one: skilled keys create NAME")
            .hint("or listen on 127.0.0.1"));
    }
    let builtins = builtins(args, settings, &trees)?;
    let names: Vec<String> = models.iter().map(|served| served.object.id.clone()).collect();
    let config = settings.server.config()?;
    let (kept, blobs): (Arc<dyn skilled_store::Records>, Arc<dyn skilled_store::Blobs>) =
        (Arc::new(records.clone()), Arc::new(blobs));
    let containers =
        containers::containers(settings, &config, data.root(), Arc::clone(&kept), Arc::clone(&blobs))?;
    let app = AppState::new(Parts {
        config,
        records: kept,
        blobs,
        trees,
        builtins,
        models,
        containers: Some(containers),
        scratch,
        clock: Arc::new(env::now),
        ending: ending.clone(),
    });
    let server = Server::listen(address, certificate).await.or_kind(Kind::Job)?;
    ready(args, &server, data.root(), has_keys, &names);
    tokio::spawn(async move {
        signals.next().await;
        printer::note("ending: running requests may end (once more to end at once)");
        ending.cancel();
        signals.next().await;
        crate::signals::end();
    });
    server.run(app).await;
    records.close().await.or_kind(Kind::Job)?;
    drop(data);
    Ok(ExitCode::SUCCESS)
}

/// Says where the server is, on one line.
fn ready(args: &ServeArgs, server: &Server, data: &std::path::Path, has_keys: bool, models: &[String]) {
    if args.json {
        let line = json!({
            "listening": server.url(), "address": server.address(), "data": data, "keys": has_keys,
            "models": models, "pid": std::process::id(),
        });
        printer::stream(&format!("{line}\n"));
    } else {
        printer::stream(&format!("listening on {}\n", server.url()));
    }
    if !has_keys {
        printer::note(
            "note: there are no keys, so only programs of this machine are answered; `skilled keys create NAME` makes one",
        );
    }
    if models.is_empty() {
        printer::note("note: there is no model, so messages are refused; --model names one");
    }
}

fn certificate(args: &ServeArgs, settings: &Settings) -> Result<Option<Certificate>> {
    let server = &settings.server;
    let of = |flag: &Option<PathBuf>, setting: &Option<crate::config::Value<PathBuf>>| {
        flag.clone().or_else(|| setting.as_ref().map(|found| found.value.clone()))
    };
    let certificate = of(&args.certificate, &server.certificate);
    let key = of(&args.certificate_key, &server.certificate_key);
    match (certificate, key) {
        (None, None) => Ok(None),
        (Some(certificate), Some(key)) => {
            Certificate::open(&certificate, &key).map(Some).or_kind(Kind::Usage)
        }
        (Some(_), None) | (None, Some(_)) => {
            Err(Error::usage("a certificate needs its private key")
                .hint("set certificate and certificate_key"))
        }
    }
}

/// The skills that come with the server: of the folder that is named, or none.
fn builtins(args: &ServeArgs, settings: &Settings, trees: &skilled_registry::Store) -> Result<Builtins> {
    let setting = settings.server.builtin_skills.as_ref().map(|found| &found.value);
    let Some(folder) = args.builtin_skills.as_ref().or(setting) else { return Ok(Builtins::default()) };
    let list = catalogue(&settings.data.value);
    Builtins::open(folder, &list, trees, env::now()).or_kind(Kind::Usage)
}

/// Starts the log on standard error: for people on a terminal, as JSON elsewhere.
fn start_log(level: Level) {
    let log = tracing_subscriber::fmt().with_max_level(level).with_writer(std::io::stderr).with_target(false);
    if printer::is_watched() {
        log.compact().init();
    } else {
        log.json().flatten_event(true).init();
    }
}
