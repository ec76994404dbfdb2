//! How the server behaves.

use std::net::IpAddr;
use std::time::Duration;

/// How the server behaves. The defaults are those of the hosted service where it has any.
#[derive(Debug, Clone, Default)]
pub struct Config {
    /// How much is accepted.
    pub limits: Limits,
    /// Where clients reach the server, such as `https://skilled.example.com`, for addresses in answers. Without it they
    /// are made from the request's `Host`.
    pub public_url: Option<String>,
    /// Names beside those of this machine by which it may be called while it has no keys and no certificate. Whoever
    /// calls it by another name may be a page in somebody's browser.
    pub hosts: Vec<String>,
    /// Proxies whose `X-Forwarded-For` and `X-Forwarded-Proto` are believed.
    pub trusted_proxies: Vec<Network>,
    /// Whether everybody may read `/metrics`, and not only this machine and who has a key.
    pub open_metrics: bool,
}

/// How much is accepted. Bytes, unless it says otherwise.
#[derive(Debug, Clone)]
pub struct Limits {
    /// A file.
    pub file_bytes: u64,
    /// The files of a skill, unpacked; also an archive of them.
    pub skill_bytes: u64,
    /// Files and folders of a skill.
    pub skill_entries: usize,
    /// A request with messages.
    pub message_bytes: u64,
    /// A batch of them.
    pub batch_bytes: u64,
    /// All files of a workspace.
    pub storage_bytes: u64,
    /// The head of a request: its address and headers.
    pub head_bytes: usize,
    /// Requests being answered.
    pub requests: usize,
    /// Requests of one key being answered.
    pub requests_per_key: usize,
    /// Answers of the model in one request, before its turn is paused.
    pub iterations: u32,
    /// Requests of batches being answered.
    pub batch_concurrency: usize,
    /// Open connections.
    pub connections: usize,
    /// How long a body may pause.
    pub body_pause: Duration,
    /// How many bytes of a body must come in a second, after the first [`Limits::body_pause`].
    pub body_rate: u64,
    /// How long the head of a request may take, and a handshake.
    pub head_time: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            file_bytes: 500 << 20,
            skill_bytes: 30 << 20,
            skill_entries: 10_000,
            message_bytes: 32 << 20,
            batch_bytes: 256 << 20,
            storage_bytes: 500 << 30,
            head_bytes: 64 << 10,
            requests: 1024,
            requests_per_key: 512,
            iterations: 10,
            batch_concurrency: 4,
            connections: 4096,
            body_pause: Duration::from_secs(30),
            body_rate: 512,
            head_time: Duration::from_secs(30),
        }
    }
}

/// A range of addresses, such as `10.0.0.0/8`, or one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Network {
    address: u128,
    /// How many leading bits count, of 128; addresses of IPv4 are mapped.
    bits: u32,
}

/// A text that is no range of addresses.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is no address or range of addresses: write it as 10.0.0.0/8 or fd00::/8")]
pub struct ParseNetworkError {
    /// The text.
    pub text: String,
}

impl Network {
    /// Whether the address is in the range.
    pub fn contains(&self, address: IpAddr) -> bool {
        let shift = 128 - self.bits;
        // Shifting by all bits is not defined.
        shift == 128 || mapped(address) >> shift == self.address >> shift
    }
}

impl std::str::FromStr for Network {
    type Err = ParseNetworkError;

    fn from_str(text: &str) -> Result<Self, ParseNetworkError> {
        let wrong = || ParseNetworkError { text: text.to_owned() };
        let (address, bits) =
            text.split_once('/').map_or((text, None), |(address, bits)| (address, Some(bits)));
        let address: IpAddr = address.parse().map_err(|_| wrong())?;
        let width = if address.is_ipv4() { 32 } else { 128 };
        let bits = bits.map_or(Ok(width), str::parse).map_err(|_| wrong())?;
        if bits > width {
            return Err(wrong());
        }
        Ok(Self { address: mapped(address), bits: bits + 128 - width })
    }
}

fn mapped(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(address) => address.to_ipv6_mapped().to_bits(),
        IpAddr::V6(address) => address.to_bits(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_hold_what_begins_like_them() {
        let holds = |network: &str, address: &str| {
            network.parse::<Network>().unwrap().contains(address.parse().unwrap())
        };
        assert!(holds("10.0.0.0/8", "10.255.0.1") && !holds("10.0.0.0/8", "11.0.0.1"));
        assert!(holds("192.0.2.1", "192.0.2.1") && !holds("192.0.2.1", "192.0.2.2"));
        assert!(holds("::/0", "192.0.2.1") && holds("0.0.0.0/0", "::ffff:1.2.3.4"));
        assert!(holds("fd00::/8", "fdff::1") && !holds("0.0.0.0/0", "fd00::1"));
        for wrong in ["", "10.0.0.0/33", "a/8", "10.0.0.0/"] {
            assert_eq!(wrong.parse::<Network>().unwrap_err().text, wrong);
        }
    }
}
