//! Skills and their versions.

use skilled_wire::{DeletedSkill, DeletedSkillVersion, Skill, SkillSourceType, SkillVersion};

use crate::call::{Accept, Call};
use crate::multipart::Form;
use crate::pages::Style;
use crate::{Client, Download, Pages, Result, SkillFiles};

/// Stands for the newest version of a skill.
pub const LATEST: &str = "latest";

/// `/v1/skills`
#[derive(Debug, Clone, Copy)]
pub struct Skills<'a>(&'a Client);

/// `/v1/skills/{skill}/versions`
#[derive(Debug, Clone, Copy)]
pub struct Versions<'a> {
    client: &'a Client,
    skill: &'a str,
}

impl<'a> Skills<'a> {
    pub(crate) const fn new(client: &'a Client) -> Self {
        Self(client)
    }

    /// Uploads a new skill. Without a display name it is shown under the name in its SKILL.md.
    pub async fn create(&self, files: SkillFiles, display_name: Option<&str>) -> Result<Skill> {
        let form = match display_name {
            Some(name) => Form::new().text("display_name", name),
            None => Form::new(),
        };
        self.0.json(Call::post_form(self.0.url(&["skills"])?, files.add_to(form))).await
    }

    /// All skills, or those of one source, newest first.
    pub fn list(&self, source: Option<SkillSourceType>) -> Result<Pages<Skill>> {
        let mut query = vec![("limit", "100".to_owned())];
        if let Some(source) = source {
            let text = match source {
                SkillSourceType::Custom => "custom",
                SkillSourceType::Anthropic => "anthropic",
                SkillSourceType::AnthropicExample => "anthropic_example",
                SkillSourceType::Plugin => "plugin",
            };
            query.push(("source", text.to_owned()));
        }
        Ok(Pages::new(self.0, self.0.url(&["skills"])?, &query, Style::Page))
    }

    /// One skill.
    pub async fn retrieve(&self, skill: &str) -> Result<Skill> {
        self.0.json(Call::get(self.0.url(&["skills", skill])?)).await
    }

    /// Deletes a skill with all its versions.
    pub async fn delete(&self, skill: &str) -> Result<DeletedSkill> {
        self.0.json(Call::delete(self.0.url(&["skills", skill])?)).await
    }

    /// The versions of a skill.
    pub const fn versions(&self, skill: &'a str) -> Versions<'a> {
        Versions { client: self.0, skill }
    }
}

impl Versions<'_> {
    /// Uploads a new version. Its SKILL.md has the name of the first one.
    pub async fn create(&self, files: SkillFiles) -> Result<SkillVersion> {
        let url = self.client.url(&["skills", self.skill, "versions"])?;
        self.client.json(Call::post_form(url, files.add_to(Form::new()))).await
    }

    /// All versions, newest first.
    pub fn list(&self) -> Result<Pages<SkillVersion>> {
        let url = self.client.url(&["skills", self.skill, "versions"])?;
        Ok(Pages::new(self.client, url, &[("limit", "100".to_owned())], Style::Page))
    }

    /// One version, by its id or [`LATEST`].
    pub async fn retrieve(&self, version: &str) -> Result<SkillVersion> {
        self.client.json(Call::get(self.client.url(&["skills", self.skill, "versions", version])?)).await
    }

    /// Deletes a version.
    pub async fn delete(&self, version: &str) -> Result<DeletedSkillVersion> {
        self.client.json(Call::delete(self.client.url(&["skills", self.skill, "versions", version])?)).await
    }

    /// The files of a version as a zip with one folder. Not every server takes [`LATEST`] here.
    pub async fn download(&self, version: &str) -> Result<Download> {
        let url = self.client.url(&["skills", self.skill, "versions", version, "content"])?;
        Download::of(self.client, Call::get(url).accepting(Accept::Content)).await
    }
}
