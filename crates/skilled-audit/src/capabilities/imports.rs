//! Packages that code imports.

use crate::pattern::Pattern;

use super::names;
use super::needs::{self, Needs, Place};
use crate::material::{Language, Source};
use crate::rules::text::dependencies::{self, Registry};

static PYTHON: Pattern = Pattern::new(
    r"(?m)^[ \t]*(?:import[ \t]+([A-Za-z_][\w., \t]*)|from[ \t]+([A-Za-z_]\w*)[\w.]*[ \t]+import\b)",
);
static JAVASCRIPT: Pattern = Pattern::new(
    r#"(?:\bfrom\s+|\bimport\s+|\brequire\(\s*|\bimport\(\s*)["'](@?[a-z0-9][\w./-]{0,100})["']"#,
);

/// Notes the packages that a file imports. In a document, where names are often made up, only those that are known count.
pub(super) fn collect(source: &Source, needs: &mut Needs<'_>) {
    let document = source.language == Language::Prose;
    for (stretch, text) in source.in_languages(&[Language::Python]) {
        for found in PYTHON.captures_iter(text) {
            let Some(modules) = found.get(1).or_else(|| found.get(2)) else { continue };
            let place = Place { source, at: stretch.span.start + modules.start() };
            for module in modules.as_str().split(',') {
                let module = module.trim().split(['.', ' ', '\t']).next().unwrap_or_default();
                let foreign = !module.is_empty()
                    && !module.starts_with('_')
                    && !names::is_python_module(module)
                    && !needs.modules.contains(module);
                let package = names::python_package(module);
                if foreign && (!document || dependencies::is_popular(Registry::Pypi, &package)) {
                    add(Registry::Pypi, &package, place, needs);
                }
            }
        }
    }
    for (stretch, text) in source.in_languages(&[Language::JavaScript]) {
        for found in JAVASCRIPT.captures_iter(text) {
            let Some(module) = found.get(1) else { continue };
            let parts = if module.as_str().starts_with('@') { 2 } else { 1 };
            let name = module.as_str().split('/').take(parts).collect::<Vec<_>>().join("/");
            let foreign = !names::is_node_module(&name) && (parts == 1 || name.contains('/'));
            if foreign && (!document || dependencies::is_popular(Registry::Npm, &name)) {
                add(Registry::Npm, &name, Place { source, at: stretch.span.start + module.start() }, needs);
            }
        }
    }
}

/// Adds a package unless it is there with a version.
fn add(registry: Registry, name: &str, place: Place<'_>, needs: &mut Needs<'_>) {
    let pinned = match registry {
        Registry::Pypi => format!("pypi:{name}=="),
        Registry::Npm => format!("npm:{name}@"),
    };
    let after = needs.found.packages.range(pinned.clone()..).next();
    if after.is_none_or(|(found, _)| !found.starts_with(&pinned)) {
        needs::package(registry, name, "", place, needs);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pattern_compiles() {
        assert_eq!((PYTHON.error(), JAVASCRIPT.error()), (None, None));
    }
}
