//! Which skill a name means.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::PathBuf;

use skilled_registry::{Limits, Owner, Scope, Search, find, standard_scopes};

use crate::Kit;

impl Kit {
    fn scopes(&self, here: &str) -> Vec<Scope> {
        let (home, data) = (self.path("home"), self.path("home/data"));
        standard_scopes(&self.path(here), Some(&home), Some(&data))
    }

    fn find(&self, here: &str, name: &str) -> Search {
        find(name, &self.scopes(here), &Limits::default())
    }

    /// Where the skills of a name are, relative to the kit, with their owners.
    fn places(&self, here: &str, name: &str) -> Vec<(PathBuf, Owner)> {
        let found = self.find(here, name).found.into_iter();
        found.map(|at| (at.path.strip_prefix(self.path("")).unwrap().to_owned(), at.scope.owner)).collect()
    }
}

#[test]
fn the_project_ends_where_its_repository_begins() {
    let kit = Kit::new();
    kit.file("a/repo/.git/HEAD", "");
    let paths = |here: &str| -> Vec<PathBuf> {
        let scopes = kit.scopes(here).into_iter().filter(|scope| scope.owner == Owner::Project);
        scopes.map(|scope| scope.path.strip_prefix(kit.path("a")).unwrap().to_owned()).collect()
    };
    let expected = [
        "repo/x/.skilled/skills",
        "repo/x/.agents/skills",
        "repo/x/.claude/skills",
        "repo/.skilled/skills",
        "repo/.agents/skills",
        "repo/.claude/skills",
    ];
    assert_eq!(paths("a/repo/x"), expected.map(PathBuf::from));
    assert_eq!(paths("a/plain/y").len(), 3, "without a repository only the folder itself counts");
    let at_home = kit.scopes("home");
    let own: Vec<_> = at_home.iter().map(|scope| (scope.owner, scope.path.clone())).collect();
    assert_eq!(own.len(), 4, "a place is listed once: {own:?}");
    assert_eq!(own[3], (Owner::User, kit.path("home/data/installed")));
}

#[test]
fn the_nearest_of_a_name_comes_first() {
    let kit = Kit::new();
    kit.file("repo/.git/HEAD", "");
    kit.skill("repo/x/.claude/skills/a");
    kit.skill("repo/.skilled/skills/group/a");
    kit.skill("home/.agents/skills/a");
    kit.skill("home/data/installed/a");
    let expected = [
        ("repo/x/.claude/skills/a", Owner::Project),
        ("repo/.skilled/skills/group/a", Owner::Project),
        ("home/.agents/skills/a", Owner::User),
        ("home/data/installed/a", Owner::User),
    ];
    assert_eq!(kit.places("repo/x", "a"), expected.map(|(path, owner)| (PathBuf::from(path), owner)));
    assert_eq!(kit.places("repo", "a").len(), 3);
}

#[test]
fn a_skill_answers_to_its_own_name_and_its_folder() {
    let kit = Kit::new();
    kit.file("p/.agents/skills/folder/SKILL.md", "---\nname: own\ndescription: D.\n---\n");
    kit.file("p/.agents/skills/broken/SKILL.md", "nothing");
    for name in ["folder", "own", "broken"] {
        assert_eq!(kit.places("p", name).len(), 1, "{name}");
    }
}

#[test]
fn a_folder_that_links_lead_to_counts_once() {
    let kit = Kit::new();
    let skill = kit.skill("p/.agents/skills/a");
    fs::create_dir_all(kit.path("p/.claude/skills")).unwrap();
    symlink(skill, kit.path("p/.claude/skills/a")).unwrap();
    assert_eq!(kit.places("p", "a"), [(PathBuf::from("p/.agents/skills/a"), Owner::Project)]);
}

#[test]
fn an_unknown_name_is_answered_with_those_like_it() {
    let kit = Kit::new();
    for name in ["pdf-forms", "pdf-form-filler", "weather"] {
        kit.skill(&format!("p/.agents/skills/{name}"));
    }
    let search = kit.find("p", "PDF-fomrs");
    assert!(search.found.is_empty() && search.diagnostics.is_empty());
    assert_eq!(search.alike, ["pdf-forms", "pdf-form-filler"]);
}
