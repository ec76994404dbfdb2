//! Messages and descriptors over a sequenced-packet socket.

use std::io::{IoSlice, IoSliceMut};
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use rustix::io::Errno;
use rustix::net::{
    RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, ReturnFlags, SendAncillaryBuffer,
    SendAncillaryMessage, SendFlags, recvmsg, sendmsg,
};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::MESSAGE_LIMIT;

/// The most descriptors of one message.
pub const DESCRIPTOR_LIMIT: usize = 16;

/// Why no message was received.
#[derive(Debug, thiserror::Error)]
pub enum ReceiveError {
    /// The other side has closed the socket.
    #[error("the other side is gone")]
    Closed,
    /// The system call failed.
    #[error("the message could not be received")]
    System(#[source] Errno),
    /// The packet is not a message of this protocol.
    #[error("the packet is not a message of this protocol")]
    Malformed,
}

/// Sends one message with descriptors.
///
/// # Errors
/// `EMSGSIZE` when the message is longer than [`MESSAGE_LIMIT`] or carries more than [`DESCRIPTOR_LIMIT`] descriptors; otherwise what
/// `sendmsg(2)` says. Never raises `SIGPIPE`.
pub fn send(socket: impl AsFd, message: &impl Serialize, fds: &[BorrowedFd<'_>]) -> Result<(), Errno> {
    let bytes = postcard::to_allocvec(message).map_err(|_| Errno::INVAL)?;
    if bytes.len() > MESSAGE_LIMIT || fds.len() > DESCRIPTOR_LIMIT {
        return Err(Errno::MSGSIZE);
    }
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(DESCRIPTOR_LIMIT))];
    let mut control = SendAncillaryBuffer::new(&mut space);
    if !fds.is_empty() && !control.push(SendAncillaryMessage::ScmRights(fds)) {
        return Err(Errno::MSGSIZE);
    }
    loop {
        match sendmsg(&socket, &[IoSlice::new(&bytes)], &mut control, SendFlags::NOSIGNAL) {
            Ok(_) => return Ok(()),
            Err(Errno::INTR) => {}
            Err(error) => return Err(error),
        }
    }
}

/// Receives one message with its descriptors, which are closed on exec.
///
/// `buffer` should hold [`MESSAGE_LIMIT`] bytes; it is only scratch.
pub fn receive<T: DeserializeOwned>(
    socket: impl AsFd,
    buffer: &mut [u8],
) -> Result<(T, Vec<OwnedFd>), ReceiveError> {
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(DESCRIPTOR_LIMIT))];
    let mut control = RecvAncillaryBuffer::new(&mut space);
    let message = loop {
        match recvmsg(&socket, &mut [IoSliceMut::new(buffer)], &mut control, RecvFlags::CMSG_CLOEXEC) {
            Ok(message) => break message,
            Err(Errno::INTR) => {}
            Err(Errno::CONNRESET) => return Err(ReceiveError::Closed),
            Err(error) => return Err(ReceiveError::System(error)),
        }
    };
    let fds = control
        .drain()
        .filter_map(|message| match message {
            RecvAncillaryMessage::ScmRights(fds) => Some(fds),
            _ => None,
        })
        .flatten()
        .collect();
    if message.bytes == 0 {
        return Err(ReceiveError::Closed);
    }
    if message.flags.intersects(ReturnFlags::TRUNC | ReturnFlags::CTRUNC) {
        return Err(ReceiveError::Malformed);
    }
    let bytes = buffer.get(..message.bytes).ok_or(ReceiveError::Malformed)?;
    let message = postcard::from_bytes(bytes).map_err(|_| ReceiveError::Malformed)?;
    Ok((message, fds))
}

#[cfg(test)]
mod tests {
    use std::fs::File;
    use std::io::Read;

    use proptest::prelude::*;
    use rustix::net::{AddressFamily, SocketFlags, SocketType, socketpair};

    use super::*;
    use crate::{Ask, Report, Request};

    fn pair() -> (OwnedFd, OwnedFd) {
        socketpair(AddressFamily::UNIX, SocketType::SEQPACKET, SocketFlags::CLOEXEC, None).unwrap()
    }

    #[test]
    fn messages_and_descriptors_arrive_together() {
        let (host, supervisor) = pair();
        let (read, write) = rustix::pipe::pipe().unwrap();
        let sent = Request { id: u64::MAX, ask: Ask::Kill { key: "a".to_owned() } };
        send(&host, &sent, &[read.as_fd()]).unwrap();
        let mut buffer = vec![0; MESSAGE_LIMIT];
        let (received, mut fds) = receive::<Request>(&supervisor, &mut buffer).unwrap();
        assert_eq!((received, fds.len()), (sent, 1));
        rustix::io::write(&write, b"through").unwrap();
        drop(write);
        let mut text = String::new();
        File::from(fds.remove(0)).read_to_string(&mut text).unwrap();
        assert_eq!(text, "through");
        drop(host);
        assert!(matches!(receive::<Request>(&supervisor, &mut buffer), Err(ReceiveError::Closed)));
    }

    #[test]
    fn long_messages_are_refused_before_they_are_sent() {
        let (host, _supervisor) = pair();
        let long = Request { id: 0, ask: Ask::Canonical { path: vec![0; MESSAGE_LIMIT] } };
        assert_eq!(send(&host, &long, &[]), Err(Errno::MSGSIZE));
    }

    proptest! {
        #[test]
        fn garbage_never_panics(bytes in proptest::collection::vec(any::<u8>(), 1..200)) {
            let (host, supervisor) = pair();
            rustix::io::write(&host, &bytes).unwrap();
            let _ = receive::<Report>(&supervisor, &mut [0; 256]);
        }
    }
}
