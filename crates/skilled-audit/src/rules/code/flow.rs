//! Following values from where they are read to where they are sent or run.
//!
//! No language is parsed: assignments, functions, returns and calls are known by their form, and a name stands for the same
//! value in all of its function. Values are followed through the functions of all files of a skill, in a few rounds.

mod read;
mod shapes;
mod sinks;

use std::collections::{BTreeMap, BTreeSet};

use self::read::Expression;
use super::units::Unit;
use crate::sink::Sink;

/// Read from a file with keys.
const KEY_FILE: u16 = 1;
/// Every variable of the environment.
const ENVIRONMENT: u16 = 1 << 1;
/// A variable of the environment that is named like a secret.
const KEY: u16 = 1 << 2;
/// From an argument of a function.
const PARAMETER: u16 = 1 << 3;
/// From the command line, a request or a prompt.
const OUTSIDE: u16 = 1 << 4;
/// From the network.
const DOWNLOADED: u16 = 1 << 5;
/// Decoded.
const DECODED: u16 = 1 << 6;
/// A file whose content came from the network, or was decoded.
const DROPPED: u16 = 1 << 7;
/// A query into which input was put.
const QUERY: u16 = 1 << 8;
/// A path into which input was put, below a folder that is written out.
const JOINED: u16 = 1 << 9;

/// What is known of a value.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Taint {
    bits: u16,
    /// Where the first secret in it was read: unit and offset.
    origin: Option<(usize, usize)>,
    /// Variables of the environment in it.
    keys: BTreeSet<String>,
}

impl Taint {
    fn has(&self, bits: u16) -> bool {
        self.bits & bits != 0
    }

    /// Adds what is known of another; returns whether that was new.
    fn join(&mut self, other: &Self, mask: u16) -> bool {
        let before = (self.bits, self.keys.len());
        self.bits |= other.bits & mask;
        if other.has(mask & (KEY_FILE | ENVIRONMENT | KEY)) {
            self.origin = self.origin.or(other.origin);
            self.keys.extend(other.keys.iter().take(8).cloned());
        }
        before != (self.bits, self.keys.len())
    }
}

/// A function, or the code of a unit outside of functions.
#[derive(Debug)]
struct Scope {
    unit: usize,
    name: String,
    parameters: Vec<String>,
    span: std::ops::Range<usize>,
    parent: usize,
}

/// What a statement does with an expression.
#[derive(Debug)]
enum Target {
    /// Variables get its value.
    Names(Vec<String>),
    /// It is what the function gives back.
    Return,
    /// Files of these names get it as their content.
    Files(Vec<String>),
    /// Paths through which a file that was written is known.
    Paths(Vec<String>),
}

#[derive(Debug)]
struct Statement {
    scope: usize,
    target: Target,
    value: Expression,
}

/// A call of a function of the skill.
#[derive(Debug)]
struct Call {
    scope: usize,
    callee: String,
    arguments: Vec<(Option<String>, Expression)>,
}

/// What is known of all values of a skill.
#[derive(Default)]
struct State {
    scopes: Vec<Scope>,
    statements: Vec<Statement>,
    calls: Vec<Call>,
    variables: BTreeMap<(usize, String), Taint>,
    returned: BTreeMap<String, Taint>,
}

/// How often values are carried on through all statements.
const ROUNDS: usize = 6;

/// Follows the values of a skill and reports those that end up where they should not.
pub(super) fn run(units: &[Unit<'_>], sink: &mut Sink) {
    let mut state = State::default();
    for (index, unit) in units.iter().enumerate() {
        shapes::collect(&mut state, index, unit);
    }
    shapes::calls(&mut state, units);
    for _ in 0..ROUNDS {
        if !state.round() {
            break;
        }
    }
    for (index, unit) in units.iter().enumerate() {
        sinks::report(&state, units, index, unit, sink);
    }
}

impl State {
    fn round(&mut self) -> bool {
        let mut changed = false;
        for index in 0..self.statements.len() {
            let statement = &self.statements[index];
            let value = self.value(statement.scope, &statement.value);
            changed |= self.assign(index, value);
        }
        for index in 0..self.calls.len() {
            changed |= self.enter(index);
        }
        changed
    }

    fn assign(&mut self, index: usize, mut value: Taint) -> bool {
        let Statement { scope, target, .. } = &self.statements[index];
        let scope = *scope;
        let (names, mask) = match target {
            Target::Return => {
                let name = self.scopes[scope].name.clone();
                return self.returned.entry(name).or_default().join(&value, !(PARAMETER | JOINED | QUERY));
            }
            Target::Names(names) => (names, u16::MAX),
            Target::Files(names) => {
                if value.has(DOWNLOADED | DECODED) {
                    value.bits |= DROPPED;
                }
                (names, DROPPED | KEY_FILE | ENVIRONMENT)
            }
            Target::Paths(names) => (names, DROPPED),
        };
        let mut changed = false;
        for name in names {
            let at = self.home(scope, name);
            changed |= self.variables.entry((at, name.clone())).or_default().join(&value, mask);
        }
        changed
    }

    /// Carries the arguments of a call into the function.
    fn enter(&mut self, index: usize) -> bool {
        let call = &self.calls[index];
        let mut arriving = Vec::new();
        for (at, scope) in self.scopes.iter().enumerate().filter(|(_, scope)| scope.name == call.callee) {
            let own = scope.parameters.iter().filter(|name| *name != "self" && *name != "cls");
            let own: Vec<&String> = own.collect();
            for (place, (keyword, argument)) in call.arguments.iter().enumerate() {
                let named = keyword.as_ref().and_then(|word| own.iter().find(|name| **name == word));
                if let Some(name) = named.or(own.get(place)) {
                    arriving.push((at, (*name).clone(), self.value(call.scope, argument)));
                }
            }
        }
        let mut changed = false;
        for (at, name, value) in arriving {
            changed |= self.variables.entry((at, name)).or_default().join(&value, !JOINED);
        }
        changed
    }

    /// The scope in which a name of a function lives: its own, unless only one around it knows the name.
    fn home(&self, scope: usize, name: &str) -> usize {
        if name.starts_with("self.") || name.starts_with("this.") || name.starts_with(['/', '~', '.', '$']) {
            return self.top(scope);
        }
        scope
    }

    fn top(&self, mut scope: usize) -> usize {
        while self.scopes[scope].parent != scope {
            scope = self.scopes[scope].parent;
        }
        scope
    }

    /// What is known of an expression in a scope.
    fn value(&self, scope: usize, expression: &Expression) -> Taint {
        let mut taint = expression.taint.clone();
        for (name, part) in &expression.names {
            let mask = if *part { !(ENVIRONMENT | KEY) } else { u16::MAX };
            let mut at = scope;
            loop {
                if let Some(known) = self.variables.get(&(at, name.clone())) {
                    taint.join(known, mask);
                    break;
                }
                let parent = self.scopes[at].parent;
                if parent == at {
                    break;
                }
                at = parent;
            }
        }
        for callee in &expression.calls {
            if let Some(known) = self.returned.get(callee) {
                taint.join(known, u16::MAX);
            }
        }
        if expression.builds_query && taint.has(PARAMETER | OUTSIDE) {
            taint.bits |= QUERY;
        }
        if expression.joins_path && taint.has(PARAMETER | OUTSIDE) {
            taint.bits |= JOINED;
        }
        if expression.is_checked {
            taint.bits &= !(JOINED | QUERY | PARAMETER | OUTSIDE);
        }
        taint
    }
}
