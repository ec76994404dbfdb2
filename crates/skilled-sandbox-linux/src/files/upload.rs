//! Files that are written from the host.

use std::fs::File;
use std::io;
use std::os::fd::AsFd;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use skilled_sandbox::{BoxFuture, Create, Existing, FileError, Upload};
use skilled_supervisor::{self as protocol, Ask};
use tokio::io::{AsyncWrite, AsyncWriteExt as _};

use super::ask_about;
use crate::link::{Link, gone};

/// A file without a name; or, where the file system needs one, with one that tells what it is.
pub(super) struct LinuxUpload {
    link: Arc<Link>,
    /// As it was given.
    path: PathBuf,
    absolute: Vec<u8>,
    existing: protocol::Existing,
    /// None once it has its name.
    file: Option<tokio::fs::File>,
}

impl LinuxUpload {
    pub(super) async fn begin(
        link: &Arc<Link>,
        path: &Path,
        absolute: Vec<u8>,
        create: Create,
    ) -> Result<Self, FileError> {
        let existing = match create.existing {
            Existing::Keep => protocol::Existing::Keep,
            Existing::Replace => protocol::Existing::Replace,
            Existing::Follow => protocol::Existing::Follow,
        };
        let Create { mode, parents, .. } = create;
        let ask = Ask::Create { path: absolute.clone(), existing, mode, parents };
        let fd = ask_about(link, path, ask, &[]).await?.fd.ok_or_else(|| FileError::Sandbox(gone()))?;
        let file = Some(tokio::fs::File::from_std(File::from(fd)));
        Ok(Self { link: Arc::clone(link), path: path.to_owned(), absolute, existing, file })
    }

    async fn publish(mut self) -> Result<u64, FileError> {
        let io = |source| FileError::io(&self.path, source);
        let file = self.file.as_mut().ok_or_else(|| FileError::Sandbox(gone()))?;
        // What was written is only on its way until now.
        file.flush().await.map_err(io)?;
        let bytes = file.metadata().await.map_err(io)?.len();
        let ask = Ask::Publish { path: self.absolute.clone(), existing: self.existing };
        ask_about(&self.link, &self.path, ask, &[file.as_fd()]).await?;
        self.file = None;
        Ok(bytes)
    }

    fn file(&mut self) -> io::Result<Pin<&mut tokio::fs::File>> {
        self.file.as_mut().map(Pin::new).ok_or_else(|| io::ErrorKind::BrokenPipe.into())
    }
}

impl AsyncWrite for LinuxUpload {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.file()?.poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.file()?.poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.file()?.poll_shutdown(context)
    }
}

impl Upload for LinuxUpload {
    fn commit(self: Box<Self>) -> BoxFuture<'static, Result<u64, FileError>> {
        Box::pin(self.publish())
    }
}

impl Drop for LinuxUpload {
    fn drop(&mut self) {
        let Some(file) = self.file.take() else { return };
        // One without a name goes by itself.
        let named = rustix::fs::fstat(&file).is_ok_and(|stat| stat.st_nlink > 0);
        if let (true, Ok(runtime)) = (named, tokio::runtime::Handle::try_current()) {
            let link = Arc::clone(&self.link);
            runtime.spawn(async move {
                // Nobody is there any more who could be told that it failed.
                let _ = link.ask(Ask::Discard, &[file.as_fd()]).await;
            });
        }
    }
}
