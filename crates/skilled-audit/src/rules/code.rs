//! Rules over code: scripts, code fences and commands that a model is told to run.

mod catalogue;
mod flow;
mod lexer;
mod names;
mod page;
mod signatures;
mod units;
pub(crate) mod vendors;
mod whole;

use crate::Confidence;
use crate::material::Material;
use crate::sink::Sink;

pub(crate) use self::catalogue::RULES;

/// Runs them.
pub(crate) fn run(material: &Material<'_>, sink: &mut Sink) {
    let units = units::of(material);
    for unit in &units {
        signatures::run(unit, sink);
        names::run(unit, sink);
    }
    flow::run(&units, sink);
    whole::run(material, &units, sink);
    for source in &material.sources {
        for secret in crate::secrets(&source.text) {
            let message = format!("this looks like a real {}", secret.kind);
            sink.at(&catalogue::SECRET_IN_FILE, Confidence::High, source, secret.span, &message);
        }
    }
}
