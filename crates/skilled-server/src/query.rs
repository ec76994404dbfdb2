//! What stands behind the `?`.

use skilled_store::{MAX_PAGE, Start};

use crate::Fault;

/// How many parameters are read.
const MOST: usize = 256;
/// How many items a page has when nobody says.
const PAGE: u32 = 20;

/// The parameters of a request, in their order.
#[derive(Debug)]
pub(crate) struct Query(Vec<(String, String)>);

impl Query {
    /// Reads the parameters, of which those in `known` may be there, and `beta`, which changes nothing. A list is written
    /// `name[]=a&name[]=b`.
    pub(crate) fn read(text: Option<&str>, known: &[&str]) -> Result<Self, Fault> {
        let mut pairs = Vec::new();
        for pair in text.unwrap_or_default().split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let (name, value) = (decoded(name)?, decoded(value)?);
            let plain = name.strip_suffix("[]").unwrap_or(&name);
            if plain == "beta" {
                continue;
            }
            if !known.contains(&plain) {
                return Err(Fault::invalid(format!("{}: Extra inputs are not permitted", shown(&name))));
            }
            if pairs.len() == MOST {
                return Err(Fault::invalid("too many parameters"));
            }
            pairs.push((plain.to_owned(), value));
        }
        Ok(Self(pairs))
    }

    /// The value of a parameter; one that is there and empty counts as absent.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        let value = self.0.iter().find(|(own, _)| own == name).map(|(_, value)| value.as_str());
        value.filter(|value| !value.is_empty())
    }

    /// All values of a parameter.
    pub(crate) fn all(&self, name: &str) -> Vec<String> {
        self.0.iter().filter(|(own, _)| own == name).map(|(_, value)| value.clone()).collect()
    }

    /// `limit`, or what is usual.
    pub(crate) fn limit(&self) -> Result<u32, Fault> {
        let Some(text) = self.get("limit") else { return Ok(PAGE) };
        let limit = text.parse().ok().filter(|limit| (1..=MAX_PAGE).contains(limit));
        limit.ok_or_else(|| {
            Fault::invalid(format!("limit: must be a number between 1 and {MAX_PAGE}, not {}", shown(text)))
        })
    }

    /// Where the page begins: `page`, or `after_id` or `before_id` of older clients.
    pub(crate) fn start(&self) -> Result<Start, Fault> {
        let given = [self.get("page"), self.get("after_id"), self.get("before_id")];
        match given {
            [None, None, None] => Ok(Start::First),
            [Some(page), None, None] => match page.strip_prefix("page_") {
                Some(cursor) => Ok(Start::At(cursor.to_owned())),
                None => Err(Fault::invalid("invalid page cursor")),
            },
            [None, Some(id), None] => Ok(Start::After(id.to_owned())),
            [None, None, Some(id)] => Ok(Start::Before(id.to_owned())),
            _ => Err(Fault::invalid("page, after_id and before_id exclude each other")),
        }
    }
}

/// What a client sends as `page` for the next one.
pub(crate) fn next_page(cursor: Option<String>) -> Option<String> {
    cursor.map(|cursor| format!("page_{cursor}"))
}

/// Text of a client, short enough for an error.
pub(crate) fn shown(text: &str) -> String {
    skilled_format::printable(&text.chars().take(100).collect::<String>())
}

fn decoded(text: &str) -> Result<String, Fault> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        match byte {
            b'+' => bytes.push(b' '),
            b'%' => {
                let mut digit = || rest.next().and_then(|digit| char::from(digit).to_digit(16));
                match (digit(), digit()) {
                    (Some(high), Some(low)) => bytes.push((high * 16 + low) as u8),
                    _ => return Err(Fault::invalid("the query is not percent-encoded")),
                }
            }
            byte => bytes.push(byte),
        }
    }
    String::from_utf8(bytes).map_err(|_| Fault::invalid("the query is not UTF-8"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_pages_and_flags_are_read() {
        let query = Query::read(Some("beta=true&ids%5B%5D=a&ids[]=b+c&limit=3"), &["ids", "limit"]).unwrap();
        assert_eq!((query.all("ids"), query.limit().unwrap()), (vec!["a".to_owned(), "b c".to_owned()], 3));
        assert_eq!(query.start().unwrap(), Start::First);
        let start = |text| Query::read(Some(text), &["page", "after_id", "before_id"]).unwrap().start();
        assert_eq!(start("page=page_x").unwrap(), Start::At("x".into()));
        assert_eq!(start("before_id=x").unwrap(), Start::Before("x".into()));
        for wrong in ["page=x", "page=page_x&after_id=y"] {
            assert_eq!(start(wrong).unwrap_err().status(), 400);
        }
    }

    #[test]
    fn what_is_not_known_is_refused_by_name() {
        for (text, said) in [
            ("a=1", "a: Extra inputs are not permitted"),
            ("limit=%zz", "the query is not percent-encoded"),
            ("limit=%ff", "the query is not UTF-8"),
        ] {
            assert_eq!(Query::read(Some(text), &["limit"]).unwrap_err().body().error.message, said);
        }
        for text in ["limit=0", "limit=1001", "limit=x", "limit=-1"] {
            assert_eq!(Query::read(Some(text), &["limit"]).unwrap().limit().unwrap_err().status(), 400);
        }
    }
}
