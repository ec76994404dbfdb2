//! `skilled sandbox attach`: watches work in a sandbox, or works there, and never ends it.

use std::io::IsTerminal;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use skilled_sandbox::{End, Event, Exit, How, Operation, Sandbox, Stream};
use skilled_sandbox_linux::{Inspection, LinuxBackend, Outline, Seen, State, inspect, operations};
use tokio::time::timeout;

use super::terminal;
use crate::error::{Error, Kind, OrKind, Result};
use crate::sandboxes::{Held, Sandboxes};
use crate::screen::cut;
use crate::view::escaped;
use crate::{printer, signals};

/// How long a supervisor may take to answer; usually it takes less than a millisecond.
const ANSWER: Duration = Duration::from_secs(5);
/// Operations that are listed when none is named.
const LISTED: usize = 10;
/// Characters of a command that are shown to people.
const GLANCE: usize = 60;

/// A sandbox that is looked at.
struct Place {
    held: Held,
    inspection: Inspection,
}

/// Follows an operation until its end.
pub(super) async fn follow(
    sandboxes: &Sandboxes,
    name: &str,
    operation: Option<&str>,
    json: bool,
) -> Result<ExitCode> {
    let place = place(sandboxes, name).await?;
    let chosen = match operation {
        Some(text) => named(&place, text)?,
        None => only(&place)?,
    };
    if chosen.window && !chosen.ended {
        return Err(Error::usage(format!(
            "the output of {} can be read once only, by whoever started it",
            chosen.key
        ))
        .hint("`skilled sandbox attach ID --shell` looks around in the sandbox"));
    }
    let sandbox = open(&place).await?;
    let attached = timeout(ANSWER, sandbox.attach(&chosen.key)).await.map_err(|_| silent(&place.held))?;
    let mut operation = attached
        .or_kind(Kind::Sandbox)?
        .ok_or_else(|| Error::usage(format!("{} holds no operation {}", place.held.id, chosen.key)))?;
    let mut away = signals::Signals::new()?;
    tokio::select! {
        followed = watch(&mut *operation, json) => followed,
        () = away.next() => {
            printer::note(&format!(
                "detached: {} goes on; `skilled sandbox attach {} {}` follows it again",
                chosen.key, place.held.id, chosen.key
            ));
            Ok(ExitCode::from(130))
        }
    }
}

/// Starts a shell in a sandbox, on this terminal.
pub(super) async fn shell(sandboxes: &Sandboxes, name: &str) -> Result<ExitCode> {
    if !std::io::stdin().is_terminal() || !std::io::stdout().is_terminal() {
        return Err(Error::usage("a shell needs a terminal")
            .hint("without --shell, what an operation writes is followed, through a pipe, too"));
    }
    let place = place(sandboxes, name).await?;
    if let State::Ended { reason } = &place.inspection.state {
        let reason = reason.as_deref().unwrap_or("it was killed, or the machine was restarted");
        return Err(Error::usage(format!("{} has ended: {}", place.held.id, escaped(reason)))
            .hint("its run goes on in a new one: `skilled runs resume`"));
    }
    let sandbox = open(&place).await?;
    terminal::shell(&*sandbox, &place.held.id).await
}

/// Finds the sandbox that is meant: of a run's, the newest.
async fn place(sandboxes: &Sandboxes, name: &str) -> Result<Place> {
    let found = sandboxes.find(name)?.pop();
    let held = found.ok_or_else(|| Error::usage(format!("no sandbox is called {name:?}")))?;
    let outline = held.outline()?.ok_or_else(|| {
        Error::usage(format!("{} never became a sandbox: its maker was killed before", held.id))
            .hint("`skilled sandbox gc` removes what is left of it")
    })?;
    let inspection = look(&held.path, &outline).await?;
    Ok(Place { held, inspection })
}

async fn look(path: &Path, outline: &Outline) -> Result<Inspection> {
    inspect(path, outline).await.or_kind_in(Kind::Sandbox, || format!("cannot look into {}", path.display()))
}

/// Connects to the sandbox, which lives on without this.
async fn open(place: &Place) -> Result<Arc<dyn Sandbox>> {
    if let State::Silent { reason } = &place.inspection.state {
        return Err(Error::usage(format!("{} runs, but {}", place.held.id, escaped(reason)))
            .hint(format!("`skilled sandbox kill {}` ends it", place.held.id))
            .with_kind(Kind::Sandbox));
    }
    let opened = timeout(ANSWER, LinuxBackend::open(&place.held.path)).await;
    let sandbox = opened.map_err(|_| silent(&place.held))?.or_kind(Kind::Sandbox)?;
    sandbox.leave();
    Ok(sandbox)
}

fn silent(held: &Held) -> Error {
    Error::usage(format!("{} does not answer", held.id))
        .hint(format!("`skilled sandbox kill {}` ends it", held.id))
        .with_kind(Kind::Sandbox)
}

/// Finds the operation that is named.
fn named(place: &Place, text: &str) -> Result<Seen> {
    let all = operations(&place.held.path).or_kind(Kind::Sandbox)?;
    let exact = all.iter().find(|seen| seen.key.as_str() == text);
    let fits: Vec<&Seen> = all.iter().filter(|seen| seen.key.as_str().starts_with(text)).collect();
    match (exact, &fits[..]) {
        (Some(seen), _) => Ok(seen.clone()),
        (None, [seen]) => Ok((*seen).clone()),
        (None, []) => Err(with_list(
            Error::usage(format!("{} has no operation {text:?}", place.held.id)),
            &place.held,
            "its last ones",
            &all,
        )),
        (None, many) => {
            let names = many.iter().take(LISTED).map(|seen| seen.key.as_str()).collect::<Vec<_>>().join(", ");
            Err(Error::usage(format!("{text:?} is ambiguous")).hint(format!("write more of one of {names}")))
        }
    }
}

/// Finds the only operation that runs and can be followed. An interpreter does nothing by itself.
fn only(place: &Place) -> Result<Seen> {
    let lives = !matches!(place.inspection.state, State::Ended { .. });
    let unfinished = place.inspection.unfinished.iter();
    let running: Vec<Seen> = unfinished.filter(|seen| !seen.interpreter && !seen.window).cloned().collect();
    match &running[..] {
        [one] if lives => Ok(one.clone()),
        many if lives && !many.is_empty() => {
            let error = Error::usage(format!("several operations run in {}: name one", place.held.id));
            Err(with_list(error, &place.held, "they are", many))
        }
        _ => {
            let all = operations(&place.held.path).or_kind(Kind::Sandbox)?;
            let state = if lives { "nothing runs in it at the moment" } else { "it has ended" };
            let error = Error::usage(format!("{}: {state}", place.held.id));
            Err(with_list(
                error,
                &place.held,
                "what an operation wrote can still be read; its last ones",
                &all,
            ))
        }
    }
}

/// Adds the last operations of a list, and the command that shows one.
fn with_list(error: Error, held: &Held, words: &str, all: &[Seen]) -> Error {
    let own: Vec<&Seen> = all.iter().filter(|seen| !seen.interpreter).collect();
    if own.is_empty() {
        return error.hint("`skilled sandbox ls` shows what runs where");
    }
    let rows = own.iter().rev().take(LISTED).rev();
    let error = error.hint(format!("`skilled sandbox attach {} OPERATION`; {words}:", held.id));
    rows.fold(error, |error, seen| error.hint(format!("{}  {}", seen.key, cut(&escaped(&seen.what), GLANCE))))
}

/// Gives out what an operation writes until it ends. Returns its status.
async fn watch(operation: &mut dyn Operation, json: bool) -> Result<ExitCode> {
    let mut texts = [Text::default(), Text::default()];
    let terminals = [std::io::stdout().is_terminal(), std::io::stderr().is_terminal()];
    loop {
        match operation.next().await.or_kind(Kind::Sandbox)? {
            Event::Output(stream, bytes) => {
                let at = usize::from(stream == Stream::Stderr);
                if json {
                    let text = texts[at].take(&bytes);
                    event(&json!({ "type": "output", "stream": name(stream), "text": text }));
                } else if terminals[at] {
                    // A workload does not steer this terminal.
                    let text = printer::tame(&texts[at].take(&bytes));
                    printer::output(stream, text.as_bytes());
                } else {
                    printer::output(stream, &bytes);
                }
            }
            Event::Cut(stream, bytes) if json => {
                event(&json!({ "type": "cut", "stream": name(stream), "bytes": bytes }));
            }
            Event::Cut(stream, bytes) => {
                printer::note(&format!("[… {bytes} bytes of {} were not kept …]", name(stream)));
            }
            Event::Ended(end) => return Ok(ended(&end, json)),
        }
    }
}

/// Says how an operation ended, and returns its status.
fn ended(end: &End, json: bool) -> ExitCode {
    let (how, status, remark) = match end.how {
        How::Exited(exit @ Exit::Code(_)) => ("exited", exit.code(), None),
        How::Exited(exit @ Exit::Signal(_)) => ("signalled", exit.code(), None),
        How::Reported(status) => ("reported", status, None),
        How::TimedOut { .. } => ("timed_out", 124, Some("its time was up")),
        How::Killed => ("killed", 137, Some("it was killed")),
        How::Lost => ("lost", 137, Some("something in the sandbox killed what attended to it")),
    };
    if json {
        event(&json!({
            "type": "ended", "how": how, "status": status, "took_ms": end.took.as_millis() as u64,
            "cpu_ms": end.cpu.as_millis() as u64, "peak_memory": end.peak_memory,
        }));
    } else if let Some(remark) = remark {
        printer::note(&format!("the operation has ended: {remark}"));
    }
    // As in a shell, where a status has eight bits.
    ExitCode::from((status & 0xff) as u8)
}

fn event(event: &Value) {
    printer::data(&format!("{event}\n"));
}

const fn name(stream: Stream) -> &'static str {
    match stream {
        Stream::Stdout => "stdout",
        Stream::Stderr => "stderr",
    }
}

/// Text that comes in pieces, which may end within a character.
#[derive(Debug, Default)]
struct Text {
    rest: Vec<u8>,
}

impl Text {
    /// Takes the next piece. What is not UTF-8 is replaced by U+FFFD.
    fn take(&mut self, piece: &[u8]) -> String {
        self.rest.extend_from_slice(piece);
        let whole = match std::str::from_utf8(&self.rest) {
            Ok(_) => self.rest.len(),
            // Look at the end only: what is wrong before it stays wrong.
            Err(_) => self.rest.len() - unfinished(&self.rest),
        };
        let taken: Vec<u8> = self.rest.drain(..whole).collect();
        String::from_utf8_lossy(&taken).into_owned()
    }
}

/// Returns how many bytes at the end begin a character that is not whole.
fn unfinished(bytes: &[u8]) -> usize {
    for back in 1..=3.min(bytes.len()) {
        let tail = &bytes[bytes.len() - back..];
        if let Err(error) = std::str::from_utf8(tail)
            && error.valid_up_to() == 0
            && error.error_len().is_none()
        {
            return back;
        }
    }
    0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(key: &str, interpreter: bool, window: bool) -> Seen {
        let what = format!("does {key}");
        Seen { key: key.parse().unwrap(), what, begun_ms: Some(1), ended: false, interpreter, window }
    }

    #[test]
    fn without_a_name_the_only_operation_that_does_something_is_meant() {
        let place = |unfinished: Vec<Seen>| Place {
            held: Held { id: "s".to_owned(), run: None, path: "/nowhere".into() },
            inspection: Inspection { state: State::Running { hosts: 0 }, count: 0, unfinished },
        };
        let others = [seen("bash-1", true, false), seen("shell-1", false, true)];
        let one = [seen("op_1", false, false)];
        assert_eq!(only(&place([&others[..], &one].concat())).unwrap(), one[0]);
        let two = [&others[..], &one, &[seen("op_2", false, false)]].concat();
        let error = only(&place(two)).unwrap_err();
        let hints = error.hints().join("\n");
        assert!(
            hints.contains("op_1  does op_1") && hints.contains("op_2") && !hints.contains("bash-1"),
            "{hints}"
        );
    }

    #[test]
    fn characters_survive_being_cut_in_pieces() {
        let whole = "aä€😀\n".as_bytes();
        for at in 0..=whole.len() {
            let mut text = Text::default();
            let pieces = [text.take(&whole[..at]), text.take(&whole[at..])].concat();
            assert_eq!(pieces, "aä€😀\n", "cut at {at}");
        }
        let mut text = Text::default();
        assert_eq!([text.take(b"a\xff"), text.take(b"\xffb")].concat(), "a\u{fffd}\u{fffd}b");
    }
}
