//! Where a server's requests run their code.

use std::fs::DirBuilder;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use skilled_container::{Containers, Maker, Options};
use skilled_sandbox::{Backend, Protection, ResourceLimits};
use skilled_server::Config;
use skilled_store::{Blobs, Quota, Records};

use crate::config::Settings;
use crate::error::{Kind, OrKind, Result};
use crate::{env, job, printer};

/// How long a container lives that nobody uses.
const IDLE: Duration = Duration::from_mins(30);

/// Makes the containers of a server whose data is in `root`.
pub(super) fn containers(
    settings: &Settings,
    config: &Config,
    root: &Path,
    records: Arc<dyn Records>,
    blobs: Arc<dyn Blobs>,
) -> Result<Containers> {
    let backend = job::backend(&settings.sandbox.value)?;
    if !backend.enforces().contains(&Protection::HostFiles) {
        printer::warning(
            "the sandbox is `none`: code of requests runs as you, on your files and your network",
            Some("leave --sandbox and `sandbox` out to isolate it"),
        );
    }
    let folder = root.join("containers");
    DirBuilder::new()
        .recursive(true)
        .mode(0o711)
        .create(&folder)
        .or_kind_in(Kind::Job, || format!("cannot use {}", folder.display()))?;
    let python = Some(settings.python.value.clone()).filter(|path| path.is_dir());
    if python.is_none() {
        printer::note("note: there is no Python environment for containers; `cargo xtask setup` makes one");
    }
    let python = python.map(|path| path.canonicalize()).transpose().or_kind(Kind::Job)?;
    let options = Options {
        folder,
        idle: IDLE,
        python,
        limits: ResourceLimits::default(),
        operations: skilled_toolset::Options::default(),
        file_bytes: config.limits.file_bytes,
        quota: Quota::Bytes(config.limits.storage_bytes),
    };
    let maker = Maker::Cold(Arc::new(backend));
    Ok(Containers::new(records, blobs, maker, options, Arc::new(env::now)))
}
