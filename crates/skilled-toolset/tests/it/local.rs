//! A sandbox that isolates nothing: folders of the host, processes of the host.

use std::collections::BTreeMap;
use std::io;
use std::os::fd::{AsRawFd as _, OwnedFd};
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::{FileTypeExt as _, MetadataExt as _};
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::process::Stdio;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};

use rustix::process::{Pid, Signal, kill_process_group};
use skilled_sandbox::{
    BoxFuture, Command, Direction, Entry, Error, Exit, FileError, FileKind, Files, Layout, Metadata,
    OpenFile, Process, ProcessControl, Readable, Reader, Sandbox, Writer,
};
use tokio::io::{AsyncBufReadExt as _, AsyncRead, BufReader, ReadBuf};
use tokio::net::unix::pipe;

pub(crate) struct Local {
    layout: Layout,
    /// Whether copying processes stop before they begin, as a workload can make them.
    stops_copies: AtomicBool,
    _dir: tempfile::TempDir,
}

impl Local {
    pub(crate) fn new() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let make = |name: &str| {
            let path = dir.path().canonicalize().unwrap().join(name);
            std::fs::create_dir_all(&path).unwrap();
            path.to_str().unwrap().to_owned()
        };
        let layout = Layout {
            workspace: make("workspace"),
            skills: make("skills"),
            uploads: make("uploads"),
            outputs: make("outputs"),
            python: None,
        };
        Self { layout, stops_copies: AtomicBool::new(false), _dir: dir }
    }

    pub(crate) fn stop_copies(&self) {
        self.stops_copies.store(true, Ordering::Relaxed);
    }

    fn path(&self, path: &str) -> PathBuf {
        Path::new(&self.layout.workspace).join(path)
    }
}

impl Sandbox for Local {
    fn layout(&self) -> &Layout {
        &self.layout
    }

    fn spawn(&self, mut command: Command) -> BoxFuture<'_, Result<Process, Error>> {
        Box::pin(async move {
            let program = command.argv[0].clone();
            if self.stops_copies.load(Ordering::Relaxed)
                && command.argv.iter().any(|argument| argument == "present")
            {
                command.argv[2].insert_str(0, "touch begun; kill -STOP $$\n");
                command.cwd.clone_from(&self.layout.workspace);
            }
            spawn(command).await.map_err(|source| Error::Spawn { program, source })
        })
    }

    fn files(&self) -> &dyn Files {
        self
    }

    fn ended(&self) -> BoxFuture<'_, String> {
        Box::pin(std::future::pending())
    }

    fn destroy(&self) -> BoxFuture<'_, ()> {
        Box::pin(async {})
    }
}

impl Files for Local {
    fn open<'a>(&'a self, path: &'a str) -> BoxFuture<'a, Result<OpenFile, FileError>> {
        Box::pin(async move {
            let metadata = self.metadata(path).await?;
            if metadata.kind == FileKind::Folder {
                return Err(FileError::Folder { path: path.to_owned() });
            }
            let file = std::fs::File::open(self.path(path)).map_err(failed(path))?;
            Ok(OpenFile { file: tokio::fs::File::from_std(file), metadata })
        })
    }

    fn metadata<'a>(&'a self, path: &'a str) -> BoxFuture<'a, Result<Metadata, FileError>> {
        Box::pin(
            async move { std::fs::metadata(self.path(path)).map(|all| metadata(&all)).map_err(failed(path)) },
        )
    }

    fn canonical<'a>(&'a self, path: &'a str) -> BoxFuture<'a, Result<String, FileError>> {
        Box::pin(async move {
            let path = self.path(path).canonicalize().map_err(failed(path))?;
            Ok(path.to_str().unwrap().to_owned())
        })
    }

    fn list<'a>(
        &'a self,
        path: &'a str,
        limit: usize,
    ) -> BoxFuture<'a, Result<(Vec<Entry>, bool), FileError>> {
        Box::pin(async move {
            let mut entries = Vec::new();
            for entry in std::fs::read_dir(self.path(path)).map_err(failed(path))? {
                if entries.len() == limit {
                    return Ok((sorted(entries), true));
                }
                let entry = entry.unwrap();
                let name = entry.file_name().as_bytes().to_vec();
                entries.push(Entry { name, metadata: metadata(&entry.metadata().unwrap()) });
            }
            Ok((sorted(entries), false))
        })
    }

    fn write<'a>(&'a self, path: &'a str, contents: &'a [u8]) -> BoxFuture<'a, Result<(), FileError>> {
        Box::pin(async move {
            let target = self.path(path);
            std::fs::create_dir_all(target.parent().unwrap()).map_err(failed(path))?;
            std::fs::write(target, contents).map_err(failed(path))
        })
    }
}

fn failed(path: &str) -> impl FnOnce(io::Error) -> FileError {
    move |source| FileError::Io { path: path.to_owned(), source }
}

fn sorted(mut entries: Vec<Entry>) -> Vec<Entry> {
    entries.sort_by(|a, b| a.name.cmp(&b.name));
    entries
}

fn metadata(all: &std::fs::Metadata) -> Metadata {
    let kind = match all.file_type() {
        kind if kind.is_file() => FileKind::File,
        kind if kind.is_dir() => FileKind::Folder,
        kind if kind.is_symlink() => FileKind::Link,
        kind => {
            assert!(kind.is_fifo() || kind.is_socket() || kind.is_char_device() || kind.is_block_device());
            FileKind::Special
        }
    };
    Metadata { kind, bytes: all.len(), mode: all.mode() & 0o7777 }
}

/// Starts a process whose descriptors are opened by a `bash` that then becomes it: nothing but descriptors 0 to 2 can
/// be handed over without unsafe code. The host keeps its copies of the process's ends until they are open there.
async fn spawn(command: Command) -> io::Result<Process> {
    let mut process = BTreeMap::new();
    let (mut readers, mut writers) = (BTreeMap::new(), BTreeMap::new());
    let mut script = String::from("exec 9>&1 0</dev/null 2>/dev/null;");
    for channel in &command.channels {
        let (read, write) = io::pipe()?;
        let (theirs, sign): (OwnedFd, _) = match channel.direction {
            Direction::FromProcess => {
                let reader = Pipe(pipe::Receiver::from_owned_fd(read.into())?);
                readers.insert(channel.fd, Box::new(reader) as Reader);
                (write.into(), ">")
            }
            Direction::ToProcess => {
                let writer = pipe::Sender::from_owned_fd(write.into())?;
                writers.insert(channel.fd, Box::new(writer) as Writer);
                (read.into(), "<")
            }
        };
        let path = format!("/proc/{}/fd/{}", std::process::id(), theirs.as_raw_fd());
        script.extend(["exec ", &channel.fd.to_string(), sign, &path, ";"]);
        process.insert(channel.fd, theirs);
    }
    if !process.contains_key(&1) {
        script += "exec 1>/dev/null;";
    }
    script += "echo >&9; exec 9>&-; exec \"$@\"";
    let mut child = tokio::process::Command::new("/bin/bash")
        .args(["--noprofile", "--norc", "-c", &script, "start"])
        .args(&command.argv)
        .envs(&command.env)
        .current_dir(&command.cwd)
        .process_group(0)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()?;
    let mut ready = BufReader::new(child.stdout.take().unwrap());
    assert_eq!(ready.read_line(&mut String::new()).await?, 1, "{script}");
    Ok(Process { readers, writers, control: Box::new(Control { group: child.id().unwrap(), child }) })
}

struct Control {
    child: tokio::process::Child,
    group: u32,
}

impl ProcessControl for Control {
    fn wait(&mut self) -> BoxFuture<'_, Result<Exit, Error>> {
        Box::pin(async {
            use std::os::unix::process::ExitStatusExt as _;
            let status =
                self.child.wait().await.map_err(|error| Error::Gone { reason: error.to_string() })?;
            Ok(status.signal().map_or_else(|| Exit::Code(status.code().unwrap()), Exit::Signal))
        })
    }

    fn kill(&mut self) -> BoxFuture<'_, Result<(), Error>> {
        Box::pin(async {
            let group = Pid::from_raw(i32::try_from(self.group).unwrap()).unwrap();
            let _ = kill_process_group(group, Signal::KILL); // no such group: all are gone
            self.wait().await.map(|_| ())
        })
    }
}

struct Pipe(pipe::Receiver);

impl AsyncRead for Pipe {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_read(context, buffer)
    }
}

impl Readable for Pipe {
    fn read_now(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        // Asks the pipe itself, not what the reactor has seen of it.
        rustix::io::read(&self.0, buffer).map_err(io::Error::from)
    }
}
