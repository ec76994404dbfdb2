//! Models.

use skilled_wire::ModelObject;

use crate::call::Call;
use crate::pages::Style;
use crate::{Client, Pages, Result};

/// `/v1/models`
#[derive(Debug, Clone, Copy)]
pub struct Models<'a>(&'a Client);

impl<'a> Models<'a> {
    pub(crate) const fn new(client: &'a Client) -> Self {
        Self(client)
    }

    /// All models that requests can name.
    pub fn list(&self) -> Result<Pages<ModelObject>> {
        Ok(Pages::new(self.0, self.0.url(&["models"])?, &[("limit", "100".to_owned())], Style::PageOrId))
    }

    /// One model.
    pub async fn retrieve(&self, model: &str) -> Result<ModelObject> {
        self.0.json(Call::get(self.0.url(&["models", model])?)).await
    }
}
