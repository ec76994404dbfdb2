//! Skills as each generation of clients reads them.

use skilled_store::{SkillRecord, SkillVersionRecord};
use skilled_wire::{Skill, SkillSource, SkillSourceType, SkillVersion, Time, types};

use super::builtin::{Builtin, BuiltinVersion};
use crate::Client;

/// Whether a client sees a skill: present ones know none without a version.
pub(super) fn is_shown(skill: &SkillRecord, client: &Client) -> bool {
    skill.latest_version.is_some() || client.has_legacy_skills()
}

pub(super) fn skill(skill: &SkillRecord, client: &Client) -> Skill {
    let latest = skill.latest_version.as_ref();
    Skill {
        id: skill.id.clone(),
        kind: types::Skill,
        display_name: skill.display_name.clone(),
        display_title: Some(skill.display_name.clone()),
        latest_version_id: latest.map(|version| version.id.clone()).unwrap_or_default(),
        latest_version: latest.map(|version| version.epoch_us.to_string()),
        source: source(SkillSourceType::Custom, client),
        created_at: Time::from_millis(skill.created_at),
        updated_at: Time::from_millis(skill.updated_at),
    }
}

pub(super) fn version(version: &SkillVersionRecord) -> SkillVersion {
    SkillVersion {
        id: version.id.clone(),
        kind: types::SkillVersion,
        skill_id: version.skill_id.clone(),
        name: version.name.clone(),
        description: version.description.clone(),
        created_at: Time::from_millis(version.created_at),
        version: Some(version.epoch_us.to_string()),
        directory: Some(version.directory.clone()),
    }
}

pub(super) fn builtin(builtin: &Builtin, client: &Client) -> Skill {
    let newest = builtin.versions.first();
    let latest = newest.map(|version| version.version.clone()).unwrap_or_default();
    let made = |version: Option<&BuiltinVersion>| Time::from_millis(version.map_or(0, |it| it.created_at));
    Skill {
        id: builtin.id.clone(),
        kind: types::Skill,
        display_name: builtin.id.clone(),
        display_title: Some(builtin.id.clone()),
        latest_version_id: latest.clone(),
        latest_version: Some(latest),
        source: source(SkillSourceType::Anthropic, client),
        created_at: made(builtin.versions.last()),
        updated_at: made(newest),
    }
}

pub(super) fn builtin_version(skill: &str, version: &BuiltinVersion) -> SkillVersion {
    SkillVersion {
        id: version.version.clone(),
        kind: types::SkillVersion,
        skill_id: skill.to_owned(),
        name: skill.to_owned(),
        description: version.description.clone(),
        created_at: Time::from_millis(version.created_at),
        version: Some(version.version.clone()),
        directory: Some(skill.to_owned()),
    }
}

/// Clients of the beta read a text, unless they also say that they know the present interface.
fn source(kind: SkillSourceType, client: &Client) -> SkillSource {
    if client.has_legacy_skills() && !client.is_current() {
        SkillSource::Text(kind)
    } else {
        SkillSource::Object { kind }
    }
}
