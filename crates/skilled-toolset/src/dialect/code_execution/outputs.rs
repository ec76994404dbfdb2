//! Files that a call makes for the client.

use std::collections::BTreeMap;
use std::os::unix::fs::MetadataExt as _;

use serde_json::{Value, json};
use skilled_sandbox::{FileKind, OpenFile, Remove};

use super::{Made, Session};
use crate::media;
use crate::operations::ends;

/// Files at the top of a folder that are looked at.
const LOOKED_AT: usize = 2_000;

/// The folders of a call's results, as they were before it.
pub(super) struct Outputs {
    /// The call's own, fresh folder.
    pub(super) fresh: String,
    before: BTreeMap<String, Stamp>,
}

/// What tells one state of a file from another: a workload cannot set the time of change.
type Stamp = (u64, u64, i64, i64);

impl Outputs {
    /// Makes the fresh folder of the call `key`, and notes what the outputs folder holds.
    pub(super) async fn before(session: &Session, key: &str) -> Self {
        let outputs = &session.operations.layout().outputs;
        let fresh = format!("{outputs}/{key}");
        // Where it cannot be made the command finds that out by itself.
        let _ = session.operations.files().make_folder(&fresh).await;
        let mut before = BTreeMap::new();
        for name in files_of(session, outputs).await {
            if let Some((_, stamp)) = open(session, &format!("{outputs}/{name}")).await {
                before.insert(name, stamp);
            }
        }
        Self { fresh, before }
    }

    /// Keeps what the call made: the entries of `content` in its result, and what to tell of files that were not kept.
    pub(super) async fn after(self, session: &Session, kind: &str) -> (Vec<Value>, Vec<String>) {
        let outputs = session.operations.layout().outputs.clone();
        let (mut kept, mut lost) = (Vec::new(), Vec::new());
        for (folder, before) in [(&self.fresh, None), (&outputs, Some(&self.before))] {
            for name in files_of(session, folder).await {
                let Some((file, stamp)) = open(session, &format!("{folder}/{name}")).await else { continue };
                if before.is_some_and(|before| before.get(&name) == Some(&stamp)) {
                    continue;
                }
                if kept.len() == session.files {
                    lost.push(format!(
                        "{name} was not handed over: one call hands over {} files at most",
                        session.files
                    ));
                    continue;
                }
                match keep(session, name.clone(), file).await {
                    // Name and type are more than the hosted service tells: they spare clients a request.
                    Ok((id, media_type)) => kept.push(
                        json!({"type": kind, "file_id": id, "filename": name, "media_type": media_type}),
                    ),
                    Err(why) => lost.push(format!("{name} was not handed over: {why}")),
                }
            }
        }
        // An empty folder of each call would only be in the way; one that is not stays for later calls.
        let _ = session.operations.files().remove(&self.fresh, Remove::One).await;
        (kept, lost)
    }
}

/// Returns the names of the regular files in `folder`, sorted; those that are not UTF-8 are nobody's results.
async fn files_of(session: &Session, folder: &str) -> Vec<String> {
    let Ok((entries, _)) = session.operations.files().list(folder, LOOKED_AT).await else {
        return Vec::new();
    };
    entries
        .into_iter()
        .filter(|entry| entry.metadata.kind == FileKind::File)
        .filter_map(|entry| String::from_utf8(entry.name).ok())
        .collect()
}

async fn open(session: &Session, path: &str) -> Option<(OpenFile, Stamp)> {
    let open = session.operations.files().open(path).await.ok()?;
    let found = open.file.metadata().await.ok()?;
    let stamp = (found.ino(), found.size(), found.ctime(), found.ctime_nsec());
    Some((open, stamp))
}

async fn keep(session: &Session, name: String, mut file: OpenFile) -> Result<(String, String), String> {
    let (head, tail) = ends(&mut file).await.map_err(|error| error.to_string())?;
    let media_type = media::media_type(&head, &tail, &name);
    let bytes = file.metadata.bytes;
    let id = session.keeper.keep(Made { name, media_type: media_type.clone(), bytes }, file).await?;
    Ok((id, media_type))
}
