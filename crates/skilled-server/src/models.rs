//! The models behind the server.

use std::fmt;
use std::sync::Arc;

use skilled_model::Model;
use skilled_wire::ModelObject;

/// The models behind the server, by the names that requests have for them.
#[derive(Debug, Clone, Default)]
pub struct Models {
    served: Vec<ServedModel>,
    default: Option<usize>,
}

/// A model behind the server.
#[derive(Clone)]
pub struct ServedModel {
    /// What clients are told of it; `id` is its name in requests.
    pub object: ModelObject,
    /// The model.
    pub model: Arc<dyn Model>,
    /// Who runs skills and code.
    pub execution: Execution,
}

/// Who runs skills and code for a model.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Execution {
    /// This server, in its containers.
    #[default]
    Local,
    /// The hosted service behind it: requests are passed on as they are.
    Upstream,
}

impl fmt::Debug for ServedModel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ServedModel")
            .field("object", &self.object)
            .field("execution", &self.execution)
            .finish_non_exhaustive()
    }
}

impl Models {
    /// Adds a model. Of two with one name the first answers.
    pub fn add(&mut self, model: ServedModel) {
        self.served.push(model);
    }

    /// Lets the model called `id` answer for every name that no model has. Returns whether there is such a model.
    pub fn set_default(&mut self, id: &str) -> bool {
        self.default = self.position(id);
        self.default.is_some()
    }

    /// The model that answers for `name`.
    pub fn resolve(&self, name: &str) -> Option<&ServedModel> {
        self.get(name).or_else(|| self.served.get(self.default?))
    }

    /// The model of exactly this name.
    pub fn get(&self, name: &str) -> Option<&ServedModel> {
        self.served.get(self.position(name)?)
    }

    /// All of them, in the order in which they were added.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &ServedModel> {
        self.served.iter()
    }

    fn position(&self, name: &str) -> Option<usize> {
        self.served.iter().position(|served| served.object.id == name)
    }
}
