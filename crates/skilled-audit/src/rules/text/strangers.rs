//! Addresses that have nothing to do with what a skill is for.

use std::collections::BTreeSet;

use crate::material::Material;
use crate::pattern::Pattern;
use crate::rules::code::vendors;

/// What the name and the description of a skill speak of.
pub(super) struct Purpose {
    words: BTreeSet<String>,
    /// In lower case.
    head: String,
}

static ADDRESS: Pattern = Pattern::new(
    r"(?:https?|wss?|ftp|s3|gs)://(?:[^\s/@]+@)?([a-z0-9.-]+)|[a-z0-9._%+-]+@([a-z0-9-]+(?:\.[a-z0-9-]+)+)",
);
/// Places where anybody can put a text.
static ANYBODYS: Pattern = Pattern::new(
    r"(gist\.github(?:usercontent)?\.com|pastebin\.com|paste\.[a-z]+|rentry\.co|hackmd\.io|dpaste\.\w+|hastebin\.\w+|telegra\.ph|docs\.google\.com/document|notion\.site|controlc\.com|ghostbin\.\w+|justpaste\.it|write\.as|codepad\.\w+|0x0\.st|\btxt record\b|\bdns txt\b|\bdns record\b[^.]{0,40}\btxt\b)",
);

/// Names of hosts that stand in prose without a scheme. What ends like a program or a library is none.
static BARE: Pattern = Pattern::new(
    r"\b((?:[a-z0-9-]+\.)+(?:com|net|org|shop|store|site|online|app|dev|xyz|deals?|info|biz|tools|club|live|cloud|page|link|top|pro|travel|money|click|agency|ltd))\b",
);

impl Purpose {
    pub(super) fn of(material: &Material<'_>) -> Self {
        let skill = material.reading.skill.as_ref();
        let head = skill.map_or(String::new(), |skill| format!("{} {}", skill.name, skill.description));
        let head = head.to_ascii_lowercase();
        let words = head.split(|c: char| !c.is_alphanumeric()).filter(|word| word.len() >= 3);
        Self { words: words.map(str::to_owned).collect(), head }
    }

    /// The first host in a normal text that is neither well known nor what the skill is about.
    pub(super) fn stranger<'t>(&self, text: &'t str) -> Option<&'t str> {
        let hosts = ADDRESS.captures_iter(text).filter_map(|found| found.get(1).or_else(|| found.get(2)));
        hosts.map(|found| found.as_str().trim_end_matches(['.', '-'])).find(|host| {
            vendors::is_foreign(host)
                && !vendors::is_known(host)
                && !vendors::is_tool(host)
                && !self.is_about(host)
        })
    }

    /// A place where anybody can put a text.
    pub(super) fn anybodys<'t>(&self, text: &'t str) -> Option<&'t str> {
        let found = ANYBODYS.find(text)?.as_str();
        (!self.head.contains(found)).then_some(found)
    }

    /// The first host that a normal text names without an address, under the same conditions as [`Self::stranger`].
    pub(super) fn shop<'t>(&self, text: &'t str) -> Option<&'t str> {
        let hosts = BARE.captures_iter(text).filter_map(|found| found.get(1));
        hosts
            .map(|found| found.as_str())
            .find(|host| !vendors::is_known(host) && !vendors::is_tool(host) && !self.is_about(host))
    }

    fn is_about(&self, host: &str) -> bool {
        let domain = vendors::domain(host);
        let label = domain.split('.').next().unwrap_or_default();
        self.head.contains(domain) || self.words.contains(label)
    }
}
