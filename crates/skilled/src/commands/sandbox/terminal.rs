//! A shell in a sandbox, on the terminal of whoever asks for it.

use std::fs::File;
use std::io::{self, Write};
use std::os::fd::OwnedFd;
use std::process::ExitCode;

use rustix::fs::{Mode, OFlags};
use rustix::termios::{OptionalActions, Termios, tcgetattr, tcgetwinsize, tcsetattr};
use skilled_sandbox::{
    Bounds, Command, Event, Exit, How, Input, Keep, Key, Operation, Sandbox, Size, Writer,
};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::unix::pipe;
use tokio::signal::unix::{SignalKind, signal};

use crate::error::{Error, Kind, OrKind, Result};
use crate::{env, printer, signals};

/// What a program may write ahead of what is shown.
const WINDOW: u64 = 1024 * 1024;

/// Runs a shell in the sandbox until it ends, and returns its status. The sandbox lives on.
pub(super) async fn shell(sandbox: &dyn Sandbox, id: &str) -> Result<ExitCode> {
    let terminal = Terminal::open()?;
    let key = Key::fresh("shell").or_kind(Kind::Sandbox)?;
    let command = Command {
        argv: ["/bin/bash", "--noprofile", "--norc", "-i"].map(str::to_owned).to_vec(),
        env: [
            ("TERM".to_owned(), env::get(env::TERM).unwrap_or_else(|| "dumb".to_owned())),
            ("PS1".to_owned(), format!("[{id}] \\w\\$ ")),
        ]
        .into(),
        cwd: sandbox.layout().workspace.clone(),
        input: Input::Terminal(terminal.size()),
        interpreter: None,
        bounds: Bounds { keep: Keep::Window(WINDOW), ..Bounds::default() },
    };
    let mut shell = sandbox.start(&key, command).await.or_kind(Kind::Sandbox)?;
    let input =
        shell.input().ok_or_else(|| Error::new(Kind::Sandbox, io::Error::other("the shell has no input")))?;
    let raw = terminal.raw()?;
    let typing = tokio::spawn(type_into(keys()?, input));
    let ended = show(&mut *shell, &terminal).await;
    typing.abort();
    drop(raw);
    if !matches!(ended, Ok(Shown::Ended(_))) {
        // A shell that nobody can reach any more. The sandbox ends it at the latest.
        let _ = shell.kill().await;
    }
    Ok(match ended? {
        Shown::Ended(status) => ExitCode::from((status & 0xff) as u8),
        Shown::Away => ExitCode::from(130),
    })
}

/// Why nothing more is shown.
enum Shown {
    /// The shell has ended, with this status.
    Ended(i32),
    /// This process is to end.
    Away,
}

/// Shows what the shell writes, and passes on the terminal's size.
async fn show(shell: &mut dyn Operation, terminal: &Terminal) -> Result<Shown> {
    let mut resized = signal(SignalKind::window_change()).or_kind(Kind::Job)?;
    let mut away = signals::Signals::new()?;
    // It may have changed before this was listened to.
    resize(shell, terminal);
    loop {
        tokio::select! {
            event = shell.next() => match event.or_kind(Kind::Sandbox)? {
                Event::Output(_, bytes) => {
                    let mut screen = &terminal.screen;
                    screen.write_all(&bytes).or_kind(Kind::Job)?;
                }
                Event::Cut(..) => {}
                Event::Ended(end) => return Ok(Shown::Ended(match end.how {
                    How::Exited(exit) => exit.code(),
                    How::Reported(status) => status,
                    How::TimedOut { .. } | How::Killed | How::Lost => Exit::Signal(9).code(),
                })),
            },
            _ = resized.recv() => resize(shell, terminal),
            () = away.next() => return Ok(Shown::Away),
        }
    }
}

fn resize(shell: &dyn Operation, terminal: &Terminal) {
    // A shell that has just ended has no size.
    let _ = shell.resize(terminal.size());
}

/// Passes on what is typed. Beside the output, so that neither waits for the other.
async fn type_into(mut keys: pipe::Receiver, mut input: Writer) {
    let mut buffer = vec![0; 4096];
    while let Ok(length @ 1..) = keys.read(&mut buffer).await {
        if input.write_all(&buffer[..length]).await.is_err() {
            return;
        }
    }
}

/// What is typed. Opened anew, so that nobody else's reading stops waiting.
fn keys() -> Result<pipe::Receiver> {
    let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::CLOEXEC;
    let keys: OwnedFd = rustix::fs::open("/dev/tty", flags, Mode::empty()).or_kind(Kind::Job)?;
    // A terminal is read like a pipe.
    pipe::Receiver::from_owned_fd_unchecked(keys).or_kind(Kind::Job)
}

/// This process's terminal.
struct Terminal {
    screen: File,
}

impl Terminal {
    /// Opens it anew, so that nothing of it is shared with whoever started this process.
    fn open() -> Result<Self> {
        let opened = rustix::fs::open("/dev/tty", OFlags::RDWR | OFlags::CLOEXEC, Mode::empty());
        let screen = opened.map_err(|errno| {
            Error::new(Kind::Usage, io::Error::from(errno))
                .hint("a shell needs the terminal that controls this process")
        })?;
        Ok(Self { screen: screen.into() })
    }

    fn size(&self) -> Size {
        let size = tcgetwinsize(&self.screen).ok().filter(|size| size.ws_row > 0 && size.ws_col > 0);
        size.map_or(Size { rows: 24, columns: 80 }, |size| Size { rows: size.ws_row, columns: size.ws_col })
    }

    /// Passes keys on as they are, until the result is dropped.
    fn raw(&self) -> Result<Raw<'_>> {
        let before = tcgetattr(&self.screen).or_kind(Kind::Job)?;
        let mut raw = before.clone();
        raw.make_raw();
        tcsetattr(&self.screen, OptionalActions::Drain, &raw).or_kind(Kind::Job)?;
        Ok(Raw { terminal: self, before })
    }
}

/// A terminal that is to be restored.
struct Raw<'a> {
    terminal: &'a Terminal,
    before: Termios,
}

impl Drop for Raw<'_> {
    fn drop(&mut self) {
        if let Err(errno) = tcsetattr(&self.terminal.screen, OptionalActions::Drain, &self.before) {
            printer::note(&format!("the terminal could not be restored ({errno}): `stty sane` does it"));
        }
    }
}
