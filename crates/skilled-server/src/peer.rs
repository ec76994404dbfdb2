//! Who is at the other end of a connection.

use std::net::{IpAddr, SocketAddr};

use axum::http::HeaderMap;

use crate::Config;
use crate::auth::text;

/// Who is at the other end of a connection, behind the proxies that are believed.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Peer {
    /// The address.
    pub(crate) address: IpAddr,
    /// Whether the way from there is encrypted.
    pub(crate) is_tls: bool,
    /// Whether somebody passed the request on, so that a connection from this machine says nothing.
    pub(crate) is_forwarded: bool,
}

/// A connection as the system sees it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Connection {
    pub(crate) address: SocketAddr,
    pub(crate) is_tls: bool,
}

impl Peer {
    /// Who asks: the last one on the way who is no proxy that is believed.
    pub(crate) fn of(connection: Connection, headers: &HeaderMap, config: &Config) -> Self {
        let Connection { address, is_tls } = connection;
        let direct = address.ip().to_canonical();
        let forwarded: Vec<&str> = headers
            .get_all("x-forwarded-for")
            .iter()
            .filter_map(|value| value.to_str().ok())
            .flat_map(|list| list.split(','))
            .map(str::trim)
            .collect();
        let is_forwarded = !forwarded.is_empty() || headers.contains_key("forwarded");
        let is_proxy = |address: IpAddr| config.trusted_proxies.iter().any(|proxy| proxy.contains(address));
        if !is_proxy(direct) {
            return Self { address: direct, is_tls, is_forwarded };
        }
        let mut address = direct;
        for text in forwarded.iter().rev() {
            let Ok(next) = text.parse::<IpAddr>() else { break };
            address = next.to_canonical();
            if !is_proxy(address) {
                break;
            }
        }
        let is_tls = text(headers, "x-forwarded-proto").map_or(is_tls, |scheme| scheme == "https");
        Self { address, is_tls, is_forwarded }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn peer(from: &str, headers: &[(&'static str, &str)]) -> (String, bool, bool) {
        let config = Config { trusted_proxies: vec!["10.0.0.0/8".parse().unwrap()], ..Config::default() };
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(*name, value.parse().unwrap());
        }
        let connection = Connection { address: format!("{from}:1").parse().unwrap(), is_tls: false };
        let Peer { address, is_tls, is_forwarded } = Peer::of(connection, &map, &config);
        (address.to_string(), is_tls, is_forwarded)
    }

    #[test]
    fn only_proxies_that_are_named_are_believed() {
        let headers = [("x-forwarded-for", "1.1.1.1, 2.2.2.2"), ("x-forwarded-proto", "https")];
        assert_eq!(peer("10.0.0.1", &headers), ("2.2.2.2".into(), true, true));
        assert_eq!(peer("127.0.0.1", &headers), ("127.0.0.1".into(), false, true));
        let chain = [("x-forwarded-for", "1.1.1.1"), ("x-forwarded-for", "10.2.2.2")];
        assert_eq!(peer("10.0.0.1", &chain), ("1.1.1.1".into(), false, true));
        assert_eq!(peer("10.0.0.1", &[("x-forwarded-for", "nonsense")]), ("10.0.0.1".into(), false, true));
        assert_eq!(peer("10.0.0.1", &[]), ("10.0.0.1".into(), false, false));
    }
}
