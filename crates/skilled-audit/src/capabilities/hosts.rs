//! Addresses of hosts.

use crate::pattern::Pattern;

use super::needs::{Needs, Place};

/// The host that something with a computed name speaks to.
pub(super) const COMPUTED: &str = "*";

static URL: Pattern = Pattern::new(r#"(?i)\b(?:https?|wss?|s?ftp|ssh|git)://([^\s/"'`?#<>\\),;|]{1,255})"#);

/// Names of XML namespaces and schemas look like addresses and are none.
const NAMESPACES: [&str; 12] = [
    "schemas.openxmlformats.org",
    "schemas.microsoft.com",
    "www.w3.org",
    "purl.org",
    "purl.oclc.org",
    "json-schema.org",
    "json.schemastore.org",
    "ns.adobe.com",
    "docs.oasis-open.org",
    "schema.org",
    "www.opengis.net",
    "xml.apache.org",
];

/// Notes the hosts of all addresses in a text.
pub(super) fn collect(text: &str, place: Place<'_>, needs: &mut Needs<'_>) {
    for found in URL.captures_iter(text) {
        if let Some(authority) = found.get(1)
            && let Some(host) = host(authority.as_str())
            && !NAMESPACES.contains(&&*host)
        {
            needs.add(|found| &mut found.hosts, &host, place.plus(authority.start()));
        }
    }
}

/// Whether a text has an address in it.
pub(super) fn has_address(text: &str) -> bool {
    URL.is_match(text)
}

/// The host in `user@host:port`; [`COMPUTED`] when part of it is filled in, `None` when it is no name of a host.
pub(super) fn host(authority: &str) -> Option<String> {
    let host = authority.rsplit_once('@').map_or(authority, |(_, host)| host);
    if host.contains(['$', '{', '%', '*']) {
        return Some(COMPUTED.to_owned());
    }
    let bracketed = host.strip_prefix('[').and_then(|host| host.split_once(']'));
    let host = match bracketed {
        Some((address, _)) => return address.contains(':').then(|| address.to_ascii_lowercase()),
        None => host.split_once(':').map_or(host, |(host, _)| host),
    };
    let host = host.trim_end_matches(['.', ']', '}', '\'']).to_lowercase();
    let valid = !host.is_empty()
        && host.chars().all(|c| c.is_alphanumeric() || matches!(c, '-' | '.' | '_'))
        && host.starts_with(char::is_alphanumeric)
        && (host.contains('.') && !host.contains("..") || host == "localhost");
    valid.then_some(host)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_without_the_rest() {
        let cases = [
            ("API.Example.net:8080", Some("api.example.net")),
            ("user:pass@example.net", Some("example.net")),
            ("localhost:3000", Some("localhost")),
            ("$HOST", Some("*")),
            ("{region}.example.net", Some("*")),
            ("[::1]:80", Some("::1")),
            ("your-domain", None),
            ("...", None),
        ];
        for (authority, expected) in cases {
            assert_eq!(host(authority).as_deref(), expected, "{authority}");
        }
        assert!(has_address("see https://example.net/x") && !has_address("example.net"));
    }
}
