//! Asking for what was not said on the command line.

use std::io::BufRead;
use std::path::Path;

use super::templates::Template;
use super::{NewArgs, Plan, draft, naming};
use crate::error::{Error, Kind, OrKind, Result};
use crate::screen::{quoted, wrapped};

/// Longest answer that is read, in bytes.
const LONGEST_ANSWER: u64 = 16 * 1024;

/// Questions, and where answers come from.
pub(super) struct Interview<R, S> {
    answers: R,
    say: S,
}

impl<R: BufRead, S: Fn(&str)> Interview<R, S> {
    pub(super) const fn new(answers: R, say: S) -> Self {
        Self { answers, say }
    }

    /// Asks for what is missing in `args`; nothing is asked about what is there. Nothing is made meanwhile, so that
    /// leaving at any question leaves nothing behind.
    pub(super) fn complete(mut self, args: NewArgs, parent: &Path) -> Result<Plan> {
        let asked = args.name.is_none() || args.template.is_none() || args.description.is_none();
        if asked {
            (self.say)("A new skill. An empty answer takes what is in [brackets]; Ctrl-C leaves.\n");
        }
        let name = match args.name {
            Some(name) => {
                super::check_name(&name)?;
                draft::refuse_existing(parent, &name)?;
                name
            }
            None => self.name(parent)?,
        };
        let template = match args.template {
            Some(template) => template,
            None => self.template()?,
        };
        let description = match args.description {
            Some(description) => Some(description),
            None => self.description(template, &name)?,
        };
        Ok(Plan { name, template, description })
    }

    fn name(&mut self, parent: &Path) -> Result<String> {
        let mut offered: Option<String> = None;
        loop {
            let answer = match &offered {
                Some(name) => self.ask(&format!("Name [{name}]: "))?,
                None => self.ask("Name (a-z, digits, hyphens): ")?,
            };
            let name = if answer.is_empty() { offered.take().unwrap_or_default() } else { answer };
            if name.is_empty() {
                continue;
            }
            if let Some(problem) = naming::problem(&name) {
                offered = naming::suggestion(&name);
                (self.say)(&wrapped("  ", &format!("{} is not possible: {problem}.", quoted(&name))));
            } else if draft::exists(parent, &name) {
                (self.say)(&format!("  {name} is there already.\n"));
            } else {
                return Ok(name);
            }
        }
    }

    fn template(&mut self) -> Result<Template> {
        for (number, template) in (1..).zip(Template::ALL) {
            (self.say)(&format!("  {number}  {:<9}  {}\n", template.as_str(), template.summary()));
        }
        loop {
            let answer = self.ask("Template [1 basic]: ")?;
            let numbered = |number: usize| Template::ALL.get(number.wrapping_sub(1)).copied();
            let named = || Template::ALL.into_iter().find(|template| template.as_str() == answer);
            match answer.parse().ok().and_then(numbered).or_else(named) {
                Some(template) => return Ok(template),
                None if answer.is_empty() => return Ok(Template::Basic),
                None => (self.say)("  Answer with a number or a name of the list.\n"),
            }
        }
    }

    fn description(&mut self, template: Template, name: &str) -> Result<Option<String>> {
        (self.say)(&format!(
            "What does it do, and when is it to be used? A model decides by these words.\n{}",
            wrapped("", &format!("[{}]", template.description(name)))
        ));
        let answer = self.ask("Description: ")?;
        Ok(Some(answer).filter(|answer| !answer.is_empty()))
    }

    fn ask(&mut self, question: &str) -> Result<String> {
        (self.say)(question);
        let mut line = Vec::new();
        let read = std::io::Read::take(&mut self.answers, LONGEST_ANSWER)
            .read_until(b'\n', &mut line)
            .or_kind_in(Kind::Usage, || "cannot read the answer".to_owned())?;
        if read == 0 {
            (self.say)("\n");
            return Err(Error::usage("the answers ended; nothing was made")
                .hint("give everything at once: skilled new NAME --template basic --description TEXT"));
        }
        Ok(String::from_utf8_lossy(&line).trim().to_owned())
    }
}

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use super::*;

    fn hold(args: NewArgs, answers: &str) -> (Result<Plan>, String) {
        let parent = tempfile::tempdir().unwrap();
        std::fs::create_dir(parent.path().join("taken")).unwrap();
        let said = RefCell::new(String::new());
        let interview = Interview::new(answers.as_bytes(), |text: &str| said.borrow_mut().push_str(text));
        let plan = interview.complete(args, parent.path());
        let made = std::fs::read_dir(parent.path()).unwrap().count();
        assert_eq!(made, 1, "asking makes nothing");
        (plan, said.into_inner())
    }

    fn args(name: Option<&str>, template: Option<Template>, description: Option<&str>) -> NewArgs {
        let own = |text: Option<&str>| text.map(str::to_owned);
        NewArgs { name: own(name), template, dir: None, description: own(description) }
    }

    #[test]
    fn everything_missing_is_asked_for() {
        let (plan, said) = hold(args(None, None, None), "\nNo Name\ntaken\nnotes\n9\nscript\nDoes it.\n");
        let expected =
            Plan { name: "notes".into(), template: Template::Script, description: Some("Does it.".into()) };
        assert_eq!(plan.unwrap(), expected);
        for text in ["Name [no-name]: ", "taken is there already", "Answer with a number", "mcp"] {
            assert!(said.contains(text), "{text}: {said}");
        }
    }

    #[test]
    fn an_empty_answer_takes_the_name_that_is_offered() {
        let (plan, said) = hold(args(None, None, Some("D.")), "Sales Report\n\n\n");
        assert_eq!(plan.unwrap().name, "sales-report", "{said}");
        let (plan, said) = hold(args(None, None, Some("D.")), "Taken\n\nnotes\n\n");
        assert_eq!(plan.unwrap().name, "notes", "{said}");
        assert!(said.contains("taken is there already"), "{said}");
    }

    #[test]
    fn what_was_said_is_not_asked_again() {
        let (plan, said) = hold(args(Some("notes"), Some(Template::Mcp), Some("D.")), "");
        assert!(plan.is_ok() && said.is_empty(), "{said}");
        let (plan, _) = hold(args(Some("notes"), None, None), "\n\n");
        assert_eq!(
            plan.unwrap(),
            Plan { name: "notes".into(), template: Template::Basic, description: None }
        );
    }

    #[test]
    fn leaving_makes_nothing() {
        let (plan, said) = hold(args(None, None, None), "notes\n");
        assert_eq!(plan.unwrap_err().code(), 2);
        assert!(said.ends_with('\n'), "the shell's prompt begins its line: {said:?}");
    }

    #[test]
    fn an_answer_without_an_end_is_bounded() {
        let (plan, _) = hold(args(Some("notes"), Some(Template::Basic), None), &"x".repeat(1 << 20));
        assert_eq!(plan.unwrap().description.map(|text| text.len()), Some(16 * 1024));
    }
}
