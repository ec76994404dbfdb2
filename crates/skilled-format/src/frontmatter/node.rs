//! The tree both YAML readers produce.

use std::ops::Range;

/// One YAML node and where it stands in the front matter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Node {
    pub(crate) kind: Kind,
    /// Byte range in the front matter, before any repair.
    pub(crate) span: Range<usize>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Scalar(Scalar),
    Sequence(Vec<Node>),
    Mapping(Vec<(Node, Node)>),
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Scalar {
    pub(crate) text: String,
    /// Written without quotes or block indicator, so that `true` may mean a boolean.
    pub(crate) plain: bool,
}

impl Node {
    pub(crate) fn scalar(text: String, plain: bool, span: Range<usize>) -> Self {
        Self { kind: Kind::Scalar(Scalar { text, plain }), span }
    }

    /// The text of a scalar; `None` for collections.
    pub(crate) fn text(&self) -> Option<&str> {
        match &self.kind {
            Kind::Scalar(scalar) => Some(&scalar.text),
            Kind::Sequence(_) | Kind::Mapping(_) => None,
        }
    }
}
