//! Functions, assignments, returns and calls, known by their form.

use std::collections::BTreeSet;
use std::ops::Range;

use super::super::units::Unit;
use super::read::{Expression, without_strings};
use super::{Call, PARAMETER, Scope, State, Statement, Taint, Target};
use crate::material::Language;
use crate::pattern::Pattern;

/// Most bytes of one expression that are looked at.
const EXPRESSION_BYTES: usize = 2000;
/// Most statements of one skill that are followed.
const STATEMENTS: usize = 20_000;
/// Longest line of code that somebody wrote; in what is packed into longer ones nothing is followed.
pub(super) const LINE_BYTES: usize = 64 << 10;
/// Most functions of one skill that are told apart.
const SCOPES: usize = 2000;
/// Most calls of one skill that are followed.
const CALLS: usize = 5000;

static PYTHON_FUNCTIONS: Pattern = Pattern::new(r"(?m)^([ \t]*)(?:async\s+)?def\s+(\w+)\s*\(([^)]*)\)[^\n]*");
static SCRIPT_FUNCTIONS: Pattern = Pattern::new(
    r"(?m)\bfunction\s*\*?\s*(\w+)\s*\(([^)]*)\)[^{\n]*\{|(?:const|let|var)\s+(\w+)\s*=\s*(?:async\s*)?\(?([\w\s,:={}\[\]?]*?)\)?\s*=>\s*\{|^[ \t]+(?:async\s+|static\s+)*(\w+)\s*\(([^)]*)\)\s*\{",
);
static ASSIGNMENTS: Pattern = Pattern::new(
    r"(?m)(?:^|[;{])[ \t]*(?:(?:const|let|var|export)\s+)*((?:self\.|this\.)?\w+(?:\s*,\s*\w+)*|\{[^}=\n]*\}|\[[^\]=\n]*\])(?:\[[^\]\n]*\]|\.\w+)?(?:\s*:\s*[\w\[\], .|<>]+)?\s*\+?=[ \t]*([^=\s>])",
);
static LOOPS: Pattern =
    Pattern::new(r"\bfor\s*\(?(?:const\s+|let\s+)?([\w\s,\[\]()]+?)\s+(?:in|of)\s+([^\n]+)");
static OPENS: Pattern = Pattern::new(r"(?m)\bwith\s+([^\n]+?)\s+as\s+(\w+)\s*[:,]");
static RETURNS: Pattern = Pattern::new(r"(?m)(?:^|[;{ \t])(?:return|yield)\s+(\S)");
static GROWS: Pattern = Pattern::new(r"(\w+)\.(?:append|extend|update|push|add|insert)\(");
static WRITES: Pattern = Pattern::new(
    r#"(?:(?:open|Path)\(\s*(\w+|["'][^"'\n]+["'])[^)\n]*\)|(\w+))\.write(?:_text|_bytes)?\(|(?:writeFileSync|writeFile|urlretrieve)\(\s*(\w+|["'][^"'\n]+["'])?"#,
);
static CALLBACKS: Pattern =
    Pattern::new(r"([^\n;]*)[(,]\s*(?:async\s*)?(?:function\s*)?\(?([\w\s,]+)\)?\s*(?:=>|\{)");
static SHELL_ASSIGNMENTS: Pattern = Pattern::new(
    r"(?m)(?:^|[;&|(])[ \t]*(?:export\s+|local\s+|readonly\s+|declare\s+)?([A-Za-z_]\w*)=([^\n]+)",
);
static SHELL_FILES: Pattern = Pattern::new(
    r"(?m)^([^\n]*?)(?:>>?|\btee\s+(?:-a\s+)?|\s-[a-zA-Z]*[oOf]\s*|\scz?f\s+|--output[= ]|\bcp\s+\S+\s+)\s*([\x22']?[~/.$\w{}-][\w./${}-]{2,80})",
);

/// Reads the functions and statements of a unit.
pub(super) fn collect(state: &mut State, index: usize, unit: &Unit<'_>) {
    let top = state.scopes.len();
    let is_endless = unit.code.lines().any(|line| line.len() > LINE_BYTES);
    let span = 0..unit.code.len();
    state.scopes.push(Scope { unit: index, name: String::new(), parameters: Vec::new(), span, parent: top });
    if is_endless {
        return;
    }
    let reader = Reader { code: &unit.code, index, language: unit.language, top };
    match unit.language {
        Language::Python => {
            reader.python_functions(state);
            reader.statements(state);
        }
        Language::JavaScript => {
            reader.script_functions(state);
            reader.statements(state);
            reader.callbacks(state);
        }
        Language::Shell => reader.shell(state),
        Language::PowerShell | Language::OtherCode | Language::Prose | Language::Data => {}
    }
}

/// Reads the calls of functions of the skill.
pub(super) fn calls(state: &mut State, units: &[Unit<'_>]) {
    let known: BTreeSet<String> = state.scopes.iter().map(|scope| scope.name.clone()).collect();
    for (index, unit) in units.iter().enumerate() {
        let is_endless = unit.code.lines().any(|line| line.len() > LINE_BYTES);
        if is_endless || !matches!(unit.language, Language::Python | Language::JavaScript) {
            continue;
        }
        let visible = without_strings(&unit.code);
        let mut found = Vec::new();
        for (at, _) in visible.match_indices('(').take(STATEMENTS) {
            let name_start = visible[..at].rfind(|c: char| !c.is_ascii_alphanumeric() && c != '_');
            let start = name_start
                .map_or(0, |before| before + visible[before..].chars().next().map_or(1, char::len_utf8));
            let callee = &visible[start..at];
            if callee.is_empty() || !known.contains(callee) || visible[..start].trim_end().ends_with("def") {
                continue;
            }
            let arguments = arguments(&unit.code, at, index, unit.language);
            found.push(Call { scope: scope_at(state, index, at), callee: callee.to_owned(), arguments });
        }
        state.calls.extend(found);
        state.calls.truncate(CALLS);
    }
}

/// The innermost function around an offset.
pub(super) fn scope_at(state: &State, unit: usize, at: usize) -> usize {
    let around =
        state.scopes.iter().enumerate().filter(|(_, scope)| scope.unit == unit && scope.span.contains(&at));
    around.min_by_key(|(_, scope)| scope.span.len()).map_or(0, |(index, _)| index)
}

/// The arguments of a call whose bracket opens at `open`, with their keywords.
fn arguments(code: &str, open: usize, unit: usize, language: Language) -> Vec<(Option<String>, Expression)> {
    let inside = inside(code, open);
    let visible = without_strings(&code[inside.clone()]);
    let mut parts = Vec::new();
    let (mut depth, mut start) = (0_usize, 0);
    for (at, byte) in visible.bytes().enumerate() {
        match byte {
            b'(' | b'[' | b'{' => depth += 1,
            b')' | b']' | b'}' => depth = depth.saturating_sub(1),
            b',' if depth == 0 => {
                parts.push(start..at);
                start = at + 1;
            }
            _ => {}
        }
    }
    parts.push(start..visible.len());
    let read = |part: Range<usize>| {
        let text = &visible[part.clone()];
        let keyword = text.split_once('=').map(|(word, _)| word.trim());
        let keyword = keyword.filter(|word| {
            !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
        });
        let span = inside.start + part.start..inside.start + part.end;
        (keyword.map(str::to_owned), Expression::read(code, &span, unit, language))
    };
    parts.into_iter().take(20).map(read).collect()
}

/// What stands between a bracket and the one that closes it.
pub(super) fn inside(code: &str, open: usize) -> Range<usize> {
    let mut depth = 0_usize;
    let mut quote = None;
    let bytes = code.as_bytes();
    let most = bytes.len().min(open + EXPRESSION_BYTES);
    let mut at = open;
    while at < most {
        match (quote, bytes[at]) {
            (_, b'\\') => at += 1,
            (Some(open), byte) if open == byte => quote = None,
            (Some(_), _) => {}
            (None, byte @ (b'"' | b'\'' | b'`')) => quote = Some(byte),
            (None, b'(' | b'[' | b'{') => depth += 1,
            (None, b')' | b']' | b'}') => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    return open + 1..at;
                }
            }
            _ => {}
        }
        at += 1;
    }
    (open + 1).min(code.len())..boundary(code, most)
}

/// An expression from `start` to the end of its statement.
fn expression(code: &str, start: usize) -> Range<usize> {
    let visible_end = boundary(code, start + EXPRESSION_BYTES);
    let visible = without_strings(&code[start..visible_end]);
    let mut depth = 0_usize;
    for (at, byte) in visible.bytes().enumerate() {
        match byte {
            b'(' | b'[' | b'{' => depth += 1,
            b')' | b']' | b'}' if depth == 0 => return start..start + at,
            b')' | b']' | b'}' => depth -= 1,
            b'\n' | b';' if depth == 0 => return start..start + at,
            _ => {}
        }
    }
    start..visible_end
}

fn boundary(code: &str, at: usize) -> usize {
    let mut at = at.min(code.len());
    while !code.is_char_boundary(at) {
        at -= 1;
    }
    at
}

struct Reader<'a> {
    code: &'a str,
    index: usize,
    language: Language,
    top: usize,
}

impl Reader<'_> {
    fn python_functions(&self, state: &mut State) {
        for found in PYTHON_FUNCTIONS.groups(self.code) {
            let [Some(all), Some(indent), Some(name), Some(parameters)] = &found[..] else { continue };
            let indent = indent.len();
            let mut end = all.end;
            for line in self.code[all.end..].split_inclusive('\n') {
                let deep = line.len() - line.trim_start_matches([' ', '\t']).len();
                if end > all.end && !line.trim().is_empty() && deep <= indent {
                    break;
                }
                end += line.len();
            }
            self.function(state, name, &self.code[parameters.clone()], all.end..end);
        }
    }

    fn script_functions(&self, state: &mut State) {
        for found in SCRIPT_FUNCTIONS.groups(self.code) {
            let Some(all) = found[0].clone() else { continue };
            let pair = [(1, 2), (3, 4), (5, 6)]
                .into_iter()
                .find_map(|(name, list)| Some((found.get(name)?.clone()?, found.get(list)?.clone()?)));
            let Some((name, parameters)) = pair else { continue };
            if ["if", "for", "while", "switch", "catch"].contains(&&self.code[name.clone()]) {
                continue;
            }
            let mut depth = 0_usize;
            let body = self.code[all.end - 1..].bytes().position(|byte| {
                match byte {
                    b'{' => depth += 1,
                    b'}' => depth = depth.saturating_sub(1),
                    _ => {}
                }
                depth == 0
            });
            let end = body.map_or(self.code.len(), |length| all.end - 1 + length);
            self.function(state, &name, &self.code[parameters], all.end..end);
        }
    }

    fn function(&self, state: &mut State, name: &Range<usize>, parameters: &str, span: Range<usize>) {
        let names = parameters.split(',').map(|one| {
            let one = one.trim().trim_start_matches(['*', '.', '{', '[']);
            one.split(|c: char| !c.is_ascii_alphanumeric() && c != '_').next().unwrap_or_default().to_owned()
        });
        let parameters: Vec<String> = names.filter(|name| !name.is_empty()).collect();
        if state.scopes.len() >= SCOPES {
            return;
        }
        let parent = scope_at(state, self.index, name.start).max(self.top);
        let at = state.scopes.len();
        for name in &parameters {
            let taint = Taint { bits: PARAMETER, ..Taint::default() };
            state.variables.insert((at, name.clone()), taint);
        }
        let name = self.code[name.clone()].to_owned();
        state.scopes.push(Scope { unit: self.index, name, parameters, span, parent });
    }

    fn add(&self, state: &mut State, at: usize, target: Target, value: &Range<usize>) {
        if state.statements.len() < STATEMENTS {
            let scope = scope_at(state, self.index, at).max(self.top);
            let value = Expression::read(self.code, value, self.index, self.language);
            state.statements.push(Statement { scope, target, value });
        }
    }

    fn names(&self, span: &Range<usize>) -> Vec<String> {
        let words =
            self.code[span.clone()].split(|c: char| !c.is_ascii_alphanumeric() && c != '_' && c != '.');
        words.filter(|word| !word.is_empty()).map(str::to_owned).collect()
    }

    fn statements(&self, state: &mut State) {
        for found in ASSIGNMENTS.groups(self.code) {
            let [_, Some(names), Some(first)] = &found[..] else { continue };
            let value = expression(self.code, first.start);
            let names = self.names(names);
            self.add(state, first.start, Target::Names(names.clone()), &value);
            if self.code[value.clone()].starts_with("open(") {
                self.behind(state, first.start, &names, &value);
            }
        }
        for found in LOOPS.groups(self.code) {
            let [_, Some(names), Some(value)] = &found[..] else { continue };
            self.add(state, value.start, Target::Names(self.names(names)), value);
        }
        for found in OPENS.groups(self.code) {
            let [_, Some(value), Some(name)] = &found[..] else { continue };
            self.add(state, value.start, Target::Names(self.names(name)), value);
            self.behind(state, value.start, &self.names(name), value);
        }
        for found in RETURNS.groups(self.code) {
            let [_, Some(first)] = &found[..] else { continue };
            self.add(state, first.start, Target::Return, &expression(self.code, first.start));
        }
        for found in GROWS.groups(self.code) {
            let [Some(all), Some(name)] = &found[..] else { continue };
            self.add(state, all.start, Target::Names(self.names(name)), &inside(self.code, all.end - 1));
        }
        for found in WRITES.groups(self.code) {
            let Some(all) = found[0].clone() else { continue };
            let Some(open) = self.code[all.clone()].rfind('(').map(|at| all.start + at) else { continue };
            let files =
                found.iter().skip(1).flatten().map(|name| self.code[name.clone()].trim_matches(['"', '\'']));
            let mut files: Vec<String> = files.map(str::to_owned).collect();
            let value = inside(self.code, open);
            if self.code[all.clone()].contains("urlretrieve(") {
                files = self.names(&value);
                self.add(state, open, Target::Files(files), &(all.start..value.end));
            } else {
                self.add(state, open, Target::Files(files), &value);
            }
        }
    }

    /// A path is known as a file that was written when what was opened by it was written to.
    fn behind(&self, state: &mut State, at: usize, names: &[String], value: &Range<usize>) {
        let read = Expression::read(self.code, value, self.index, self.language);
        let paths = read.names.into_iter().map(|(name, _)| name).collect();
        if state.statements.len() < STATEMENTS {
            let scope = scope_at(state, self.index, at).max(self.top);
            let names = names.iter().map(|name| (name.clone(), false)).collect();
            let value = Expression { names, ..Expression::default() };
            state.statements.push(Statement { scope, target: Target::Paths(paths), value });
        }
    }

    fn callbacks(&self, state: &mut State) {
        for found in CALLBACKS.groups(self.code) {
            let [_, Some(before), Some(names)] = &found[..] else { continue };
            if before.len() < EXPRESSION_BYTES {
                self.add(state, names.end, Target::Names(self.names(names)), before);
            }
        }
    }

    fn shell(&self, state: &mut State) {
        for found in SHELL_ASSIGNMENTS.groups(self.code) {
            let [_, Some(name), Some(value)] = &found[..] else { continue };
            self.add(state, value.start, Target::Names(self.names(name)), value);
        }
        for found in SHELL_FILES.groups(self.code) {
            let [_, Some(start), Some(file)] = &found[..] else { continue };
            let name = self.code[file.clone()].trim_matches(['"', '\'']).trim_start_matches(['$', '{']);
            let name = name.trim_end_matches('}').to_owned();
            let rest = self.code[file.end..].find('\n').map_or(self.code.len(), |length| file.end + length);
            let value = start.start..rest;
            self.add(state, value.start, Target::Files(Vec::from([name])), &value);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_expression_is_one() {
        let all = [
            &PYTHON_FUNCTIONS,
            &SCRIPT_FUNCTIONS,
            &ASSIGNMENTS,
            &LOOPS,
            &OPENS,
            &RETURNS,
            &GROWS,
            &WRITES,
            &CALLBACKS,
            &SHELL_ASSIGNMENTS,
            &SHELL_FILES,
        ];
        assert_eq!(all.iter().filter_map(|pattern| pattern.error()).collect::<Vec<_>>(), [""; 0]);
    }

    #[test]
    fn a_statement_ends_where_its_brackets_are_closed() {
        let code = "x = f(a,\n  ')')\ny = 1";
        assert_eq!(&code[expression(code, 4)], "f(a,\n  ')')");
        assert_eq!(&code[inside(code, 5)], "a,\n  ')'");
    }
}
