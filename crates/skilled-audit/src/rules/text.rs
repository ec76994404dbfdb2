//! Rules over prose, metadata, dependencies, configuration files and binaries.
//!
//! Prose is cut into [sentences](sentence), each of which knows where it stands and what it speaks of. Some orders are told
//! by their [wording](phrase), most by what [comes together](combine) in them; where a sentence stands decides [how much it
//! counts](weigh).

mod acts;
mod catalogue;
mod combine;
mod concept;
mod deeds;
pub(crate) mod dependencies;
mod files;
mod hidden;
mod metadata;
mod normal;
mod phrase;
mod scope;
mod sentence;
mod settings;
mod strangers;
mod weigh;

use crate::RuleInfo;
use crate::material::{Language, Material};
use crate::sink::Sink;

/// Every rule of this group.
pub(crate) static RULES: &[RuleInfo] = catalogue::ALL;

/// Runs them.
pub(crate) fn run(material: &Material<'_>, sink: &mut Sink) {
    let programs = acts::programs(&material.sources);
    let purpose = strangers::Purpose::of(material);
    let mut sentences = Vec::new();
    for source in &material.sources {
        hidden::run(source, sink);
        dependencies::run(source, sink);
        let of_source = sentence::sentences(source);
        if matches!(source.language, Language::Prose | Language::Data) {
            phrase::run(&of_source, sink);
            for (at, sentence) in of_source.iter().enumerate() {
                combine::run(sentence, &programs, sink);
                combine::in_context(&of_source, at, &purpose, sink);
                dependencies::in_prose(sentence, sink);
            }
        }
        sentences.extend(of_source);
    }
    scope::run(material, &sentences, &programs, sink);
    metadata::run(material, sink);
    settings::run(material, sink);
    files::run(material, sink);
    deeds::run(material, sink);
}
