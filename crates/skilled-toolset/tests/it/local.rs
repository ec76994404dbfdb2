//! A sandbox that isolates nothing, whose uploads can be made to stand still.

use std::collections::BTreeMap;
use std::io;
use std::path::Path;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};
use std::time::Duration;

use skilled_sandbox::{
    Backend as _, BoxFuture, Command, Create, Enforced, Entry, Error, FileError, Files, Key, Layout,
    LimitHits, Metadata, OpenFile, Operation, Remove, ResourceLimits, Sandbox, Spec, Taken, Upload, Walk,
    Walked, Watch,
};
use skilled_sandbox_linux::{Isolation, LinuxBackend};
use tokio::io::AsyncWrite;
use tokio::sync::Notify;

/// Where an upload stands still.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stall {
    Write,
    Commit,
}

pub(crate) struct Local {
    inner: Arc<dyn Sandbox>,
    stall: Mutex<Option<Stall>>,
    /// Told when an upload begins to stand still.
    stalled: Arc<Notify>,
    _dir: tempfile::TempDir,
}

impl Local {
    pub(crate) async fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let host = dir.path().canonicalize().unwrap();
        let spec = Spec {
            session_dir: host.join("session"),
            control_dir: host.join("control"),
            orphan: Duration::from_secs(20),
            label: "a test".to_owned(),
            skills: Vec::new(),
            python: None,
            env: BTreeMap::new(),
            limits: ResourceLimits::default(),
        };
        let inner = LinuxBackend::new(Isolation::None).create(spec).await.unwrap();
        Self { inner, stall: Mutex::default(), stalled: Arc::default(), _dir: dir }
    }

    pub(crate) fn stall(&self, stall: Stall) {
        *self.stall.lock().unwrap() = Some(stall);
    }

    pub(crate) async fn stalled(&self) {
        self.stalled.notified().await;
    }
}

impl Sandbox for Local {
    fn layout(&self) -> &Layout {
        self.inner.layout()
    }

    fn start<'a>(
        &'a self,
        key: &'a Key,
        command: Command,
    ) -> BoxFuture<'a, Result<Box<dyn Operation>, Error>> {
        self.inner.start(key, command)
    }

    fn attach<'a>(&'a self, key: &'a Key) -> BoxFuture<'a, Result<Option<Box<dyn Operation>>, Error>> {
        self.inner.attach(key)
    }

    fn files(&self) -> &dyn Files {
        self
    }

    fn limits(&self) -> Enforced {
        self.inner.limits()
    }

    fn limits_hit(&self) -> LimitHits {
        self.inner.limits_hit()
    }

    fn ended(&self) -> BoxFuture<'_, String> {
        self.inner.ended()
    }

    fn destroy(&self) -> BoxFuture<'_, ()> {
        self.inner.destroy()
    }

    fn freeze(&self, most: Duration) -> BoxFuture<'_, Result<(), Error>> {
        self.inner.freeze(most)
    }

    fn thaw(&self) -> BoxFuture<'_, Result<(), Error>> {
        self.inner.thaw()
    }

    fn leave(&self) {
        self.inner.leave();
    }
}

impl Files for Local {
    fn open_path<'a>(&'a self, path: &'a Path) -> BoxFuture<'a, Result<OpenFile, FileError>> {
        self.inner.files().open_path(path)
    }

    fn metadata_path<'a>(&'a self, path: &'a Path) -> BoxFuture<'a, Result<Metadata, FileError>> {
        self.inner.files().metadata_path(path)
    }

    fn canonical_path<'a>(&'a self, path: &'a Path) -> BoxFuture<'a, Result<String, FileError>> {
        self.inner.files().canonical_path(path)
    }

    fn list_path<'a>(
        &'a self,
        path: &'a Path,
        limit: usize,
    ) -> BoxFuture<'a, Result<(Vec<Entry>, bool), FileError>> {
        self.inner.files().list_path(path, limit)
    }

    fn walk_path<'a>(&'a self, path: &'a Path, walk: Walk) -> BoxFuture<'a, Result<Walked, FileError>> {
        self.inner.files().walk_path(path, walk)
    }

    fn create_path<'a>(
        &'a self,
        path: &'a Path,
        create: Create,
    ) -> BoxFuture<'a, Result<Box<dyn Upload>, FileError>> {
        Box::pin(async move {
            let inner = self.inner.files().create_path(path, create).await?;
            let stall = *self.stall.lock().unwrap();
            Ok(Box::new(Slow { inner, stall, stalled: Arc::clone(&self.stalled) }) as Box<dyn Upload>)
        })
    }

    fn make_folder_path<'a>(&'a self, path: &'a Path) -> BoxFuture<'a, Result<(), FileError>> {
        self.inner.files().make_folder_path(path)
    }

    fn rename_path<'a>(
        &'a self,
        from: &'a Path,
        to: &'a Path,
        existing: Taken,
    ) -> BoxFuture<'a, Result<(), FileError>> {
        self.inner.files().rename_path(from, to, existing)
    }

    fn remove_path<'a>(&'a self, path: &'a Path, remove: Remove) -> BoxFuture<'a, Result<(), FileError>> {
        self.inner.files().remove_path(path, remove)
    }

    fn watch_path<'a>(&'a self, path: &'a Path) -> BoxFuture<'a, Result<Box<dyn Watch>, FileError>> {
        self.inner.files().watch_path(path)
    }
}

/// An upload that may stand still, as on a disk that does not answer.
struct Slow {
    inner: Box<dyn Upload>,
    stall: Option<Stall>,
    stalled: Arc<Notify>,
}

impl AsyncWrite for Slow {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        if self.stall == Some(Stall::Write) {
            self.stalled.notify_one();
            return Poll::Pending;
        }
        Pin::new(&mut self.inner).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_shutdown(context)
    }
}

impl Upload for Slow {
    fn commit(self: Box<Self>) -> BoxFuture<'static, Result<u64, FileError>> {
        if self.stall == Some(Stall::Commit) {
            return Box::pin(async move {
                self.stalled.notify_one();
                std::future::pending().await
            });
        }
        self.inner.commit()
    }
}
