//! The tools of a session.

use std::collections::BTreeMap;
use std::sync::Arc;

use skilled_message::ToolDefinition;

use crate::Tool;

/// Tools by name: sorted, and frozen once made.
#[derive(Clone, Default)]
pub struct ToolSet {
    tools: BTreeMap<String, Arc<dyn Tool>>,
}

/// Two tools have one name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("two tools are named `{name}`: a session needs distinct names")]
pub struct DuplicateTool {
    /// The name.
    pub name: String,
}

impl ToolSet {
    /// Collects `tools`.
    pub fn new(tools: impl IntoIterator<Item = Arc<dyn Tool>>) -> Result<Self, DuplicateTool> {
        let mut set = Self::default();
        for tool in tools {
            let name = tool.definition().name.clone();
            if set.tools.insert(name.clone(), tool).is_some() {
                return Err(DuplicateTool { name });
            }
        }
        Ok(set)
    }

    /// Returns the definitions, sorted by name: the same bytes for the same tools.
    pub fn definitions(&self) -> Arc<[ToolDefinition]> {
        self.tools.values().map(|tool| tool.definition().clone()).collect()
    }

    /// Returns the tool named `name`.
    pub fn get(&self, name: &str) -> Option<&Arc<dyn Tool>> {
        self.tools.get(name)
    }

    /// Returns the names, sorted.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.tools.keys().map(String::as_str)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::{Call, CallFuture, Effect, Outcome};

    struct Named(ToolDefinition);

    impl Tool for Named {
        fn definition(&self) -> &ToolDefinition {
            &self.0
        }
        fn effect(&self, _: &Value) -> Effect {
            Effect::ReadOnly
        }
        fn call(&self, _: Call) -> CallFuture<'_> {
            Box::pin(async { Outcome::text("") })
        }
    }

    fn named(name: &str) -> Arc<dyn Tool> {
        Arc::new(Named(ToolDefinition::new(name, "", json!({"type":"object"}))))
    }

    #[test]
    fn definitions_are_sorted_and_names_distinct() {
        let set = ToolSet::new([named("view"), named("bash")]).unwrap();
        let names: Vec<_> = set.definitions().iter().map(|d| d.name.clone()).collect();
        assert_eq!(names, ["bash", "view"]);
        assert!(set.get("view").is_some() && set.get("edit").is_none());
        let error = ToolSet::new([named("bash"), named("bash")]).err().unwrap();
        assert_eq!(error, DuplicateTool { name: "bash".into() });
    }
}
