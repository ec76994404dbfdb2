//! The network: nothing but a loopback of the sandbox's own.

use std::net::{TcpListener, UdpSocket};
use std::os::linux::net::SocketAddrExt;
use std::os::unix::net::{SocketAddr, UnixListener};

use crate::kit::Range;

#[tokio::test]
async fn servers_of_the_host_are_not_reached() {
    let mut range = Range::new().await;
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    range.refused(&format!("python3 probe.py tcp {port}"), "Connection refused").await;
    range.refused(&format!("exec 9<>/dev/tcp/localhost/{port}"), "Connection refused").await;

    let datagrams = UdpSocket::bind("127.0.0.1:0").unwrap();
    let port = datagrams.local_addr().unwrap().port();
    std::thread::spawn(move || {
        let mut buffer = [0; 10];
        while let Ok((_, from)) = datagrams.recv_from(&mut buffer) {
            datagrams.send_to(b"pong", from).unwrap();
        }
    });
    range.refused(&format!("python3 probe.py udp {port}"), "Connection refused").await;

    range.inside.works("python3 probe.py own_loopback").await;
}

#[tokio::test]
async fn there_is_no_way_out() {
    let mut range = Range::new().await;
    assert_eq!(range.inside.works("sed -n '3,$s/:.*//p' /proc/net/dev | xargs").await, "lo\n");
    assert_eq!(range.inside.works("sed 1d /proc/net/route").await, "");
    for address in ["169.254.169.254", "192.0.2.1"] {
        let connect = format!("python3 -c 'import socket; socket.create_connection((\"{address}\", 80), 5)'");
        range.inside.refuses(&connect, "Network is unreachable").await;
    }
    range.inside.refuses("python3 -c 'import socket; socket.getaddrinfo(\"example.org\", 80)'", "").await;
    range.inside.works("python3 -c 'import socket; socket.getaddrinfo(\"localhost\", 80)'").await;
}

#[tokio::test]
async fn sockets_of_the_host_have_no_names_here() {
    let mut range = Range::new().await;
    let name = format!("skilled-test-{}", std::process::id());
    let _abstract = UnixListener::bind_addr(&SocketAddr::from_abstract_name(&name).unwrap()).unwrap();
    range.refused(&format!("python3 probe.py abstract {name}"), "Connection refused").await;
    range.inside.works(&format!("python3 -c 'import socket; s = socket.socket(1); s.bind(\"\\0{name}\"); s.listen(); socket.socket(1).connect(\"\\0{name}\")'")).await;

    let path = range.open.host.path().join("socket");
    let _named = UnixListener::bind(&path).unwrap();
    let connect = format!("python3 -c 'import socket; socket.socket(1).connect(\"{}\")'", path.display());
    range.refused(&connect, "No such file").await;
}
