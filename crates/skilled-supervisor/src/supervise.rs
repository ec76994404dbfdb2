//! Process 1 at work: takes requests of the host, one at a time, and ends everything when the host is gone.

use std::collections::{BTreeMap, BTreeSet};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use rustix::event::{PollFd, PollFlags, poll};
use rustix::io::Errno;
use rustix::process::{Pid, Signal, kill_process, set_child_subreaper};
use skilled_supervisor::{
    Failure, MESSAGE_LIMIT, ReceiveError, Report, Request, SpawnSpec, Stage, receive, send,
};

use crate::InStep as _;
use crate::sys::{self, Side};
use crate::{files, runner, tree};

/// Says that the sandbox is ready, and serves the host until it closes the socket. Then kills whatever runs, and returns.
pub(crate) fn run(host: &OwnedFd) -> Result<(), Failure> {
    let step = || "begin to supervise".to_owned();
    // Process 1 of a namespace is a reaper anyway; without namespaces this makes it one.
    set_child_subreaper(Some(rustix::process::getpid())).in_step(Stage::Privileges, step)?;
    let signals = sys::signal_descriptor(&[libc::SIGCHLD]).in_step(Stage::Privileges, step)?;
    send(host, &Report::Ready, &[]).in_step(Stage::Protocol, step)?;
    let mut supervisor = Supervisor { host, runners: BTreeMap::new() };
    let mut buffer = vec![0; MESSAGE_LIMIT];
    loop {
        let mut ready = [
            PollFd::from_borrowed_fd(host.as_fd(), PollFlags::IN),
            PollFd::from_borrowed_fd(signals.as_fd(), PollFlags::IN),
        ];
        if poll(&mut ready, None).is_err() {
            continue; // a signal; none is handled that way
        }
        let (asked, ended) = (!ready[0].revents().is_empty(), !ready[1].revents().is_empty());
        if ended {
            runner::pending(&signals);
            supervisor.reap_runners();
        }
        if asked {
            match receive::<Request>(host, &mut buffer) {
                Ok((request, fds)) => supervisor.answer(request, fds),
                // A packet that is no message can only come from a host of another build: as good as gone.
                Err(ReceiveError::Closed | ReceiveError::System(_) | ReceiveError::Malformed) => break,
            }
        }
    }
    // With process 1 of a namespace everything in it ends at once (pid_namespaces(7)).
    if rustix::process::getpid() != Pid::INIT {
        tree::kill_descendants(&BTreeSet::new(), |_, _| {});
    }
    Ok(())
}

struct Supervisor<'a> {
    host: &'a OwnedFd,
    /// Operations by the process id of their runner.
    runners: BTreeMap<i32, u64>,
}

impl Supervisor<'_> {
    fn answer(&mut self, request: Request, fds: Vec<OwnedFd>) {
        match request {
            Request::Spawn(spec) => self.spawn(&spec, fds),
            Request::Kill { operation } => self.kill(operation),
            Request::Open { id, path, access } => match files::open(&path, access) {
                Ok(fd) => self.done(id, Ok(None), &[fd.as_fd()]),
                Err(errno) => self.done(id, Err(errno), &[]),
            },
            Request::Canonical { id, path } => self.done(id, files::canonical(&path).map(Some), &[]),
            Request::MakeFolders { id, path } => {
                self.done(id, files::make_folders(&path).map(|()| None), &[]);
            }
            Request::Rename { id, from, to } => {
                self.done(id, rustix::fs::rename(from, to).map(|()| None), &[]);
            }
            Request::Remove { id, path } => self.done(id, rustix::fs::unlink(path).map(|()| None), &[]),
        }
    }

    fn spawn(&mut self, spec: &SpawnSpec, fds: Vec<OwnedFd>) {
        let operation = spec.operation;
        match sys::fork() {
            Ok(Side::Child) => runner::run(self.host, spec, fds),
            Ok(Side::Parent(pid)) => {
                self.runners.insert(pid.as_raw_nonzero().get(), operation);
            }
            Err(errno) => {
                self.report(&Report::NotStarted { operation, errno: errno.raw_os_error() });
                self.report(&Report::Gone { operation });
            }
        }
    }

    fn kill(&self, operation: u64) {
        let runner = self.runners.iter().find(|(_, of)| **of == operation).map(|(pid, _)| *pid);
        match runner.and_then(Pid::from_raw) {
            // A workload may have stopped its runner, so that it cannot be asked. What the runner leaves behind falls to
            // this process, which no workload can stop, and is killed when the runner is reaped.
            Some(pid) => drop(kill_process(pid, Signal::KILL)),
            None => self.report(&Report::Gone { operation }),
        }
    }

    /// Forgets runners that have ended. One that was killed, on request or by a workload, left its processes to this one:
    /// they are killed, since nothing else can stop them any more.
    fn reap_runners(&mut self) {
        let mut lost = self.forget_ended();
        let mut swept = 0;
        // Sweeping may reap further runners that were killed.
        while swept < lost.len() {
            swept = lost.len();
            let spared: BTreeSet<i32> = self.runners.keys().copied().collect();
            let runners = &mut self.runners;
            tree::kill_descendants(&spared, |pid, status| lost.extend(killed(runners, pid, status)));
        }
        for operation in lost {
            self.report(&Report::Exited { operation, status: libc::SIGKILL });
            self.report(&Report::Gone { operation });
        }
    }

    /// Reaps runners and returns the operations of those that were killed.
    fn forget_ended(&mut self) -> Vec<u64> {
        let mut lost = Vec::new();
        tree::reap(|pid, status| lost.extend(killed(&mut self.runners, pid, status)));
        lost
    }

    fn done(&self, id: u64, result: Result<Option<String>, Errno>, fds: &[BorrowedFd<'_>]) {
        let (errno, path) = match result {
            Ok(path) => (0, path),
            Err(errno) => (errno.raw_os_error(), None),
        };
        if send(self.host, &Report::Done { id, errno, path }, fds).is_err() {
            self.report(&Report::Done { id, errno: Errno::MSGSIZE.raw_os_error(), path: None });
        }
    }

    /// A host that does not take its reports is gone, which the loop notices.
    fn report(&self, report: &Report) {
        let _ = send(self.host, report, &[]);
    }
}

/// Forgets the runner `pid`. Returns its operation when it was killed: one that has ended by itself has told everything.
fn killed(runners: &mut BTreeMap<i32, u64>, pid: Pid, status: i32) -> Option<u64> {
    runners.remove(&pid.as_raw_nonzero().get()).filter(|_| status != 0)
}
