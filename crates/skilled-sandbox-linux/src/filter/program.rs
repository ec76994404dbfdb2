//! From rules to instructions: a binary search over the numbers of system calls.
//!
//! The kernel translates a filter to machine code for every process that installs one, and walks it for every call that
//! it cannot answer from its cache. A search is a quarter as long as one comparison per call, and seven steps deep.

use std::collections::BTreeMap;

use skilled_supervisor::BpfInstruction;

/// What one argument of a system call must be. Only its lower 32 bits are looked at, as the kernel does with the `int`s
/// that are tested here.
#[derive(Debug, Clone, Copy)]
pub(super) struct Condition {
    /// Which argument, from 0 to 5.
    pub(super) argument: u8,
    pub(super) op: Op,
    pub(super) value: u32,
}

/// How an argument is compared.
#[derive(Debug, Clone, Copy)]
pub(super) enum Op {
    Eq,
    Ne,
    /// Equal after masking.
    MaskedEq(u32),
}

/// Conditions that hold together.
pub(super) type Rule = Vec<Condition>;

// Instructions and offsets of linux/filter.h and linux/seccomp.h.
const LOAD: u16 = 0x20;
const AND: u16 = 0x54;
const JUMP: u16 = 0x05;
const JUMP_IF_EQUAL: u16 = 0x15;
const JUMP_IF_AT_LEAST: u16 = 0x35;
const RETURN: u16 = 0x06;
const NUMBER: u32 = 0;
const ARCHITECTURE: u32 = 4;
const ARGUMENTS: u32 = 16;

const KILL: u32 = 0x8000_0000;
const ALLOW: u32 = 0x7FFF_0000;
/// Fails with `ENOSYS`.
const DENY: u32 = 0x0005_0000 | libc::ENOSYS.cast_unsigned();

/// `AUDIT_ARCH_*` of linux/audit.h. Both are little-endian, so the lower half of an argument comes first.
#[cfg(target_arch = "x86_64")]
const THIS_ARCHITECTURE: u32 = 0xC000_003E;
#[cfg(target_arch = "aarch64")]
const THIS_ARCHITECTURE: u32 = 0xC000_00B7;

/// Returns the program that allows the calls of `rules`, each when any of its rules holds or it has none, and lets every
/// other number fail with `ENOSYS`. Calls of another architecture kill the process.
pub(super) fn compile(rules: &BTreeMap<u32, Vec<Rule>>) -> Vec<BpfInstruction> {
    let mut program = vec![
        plain(LOAD, ARCHITECTURE),
        jump(JUMP_IF_EQUAL, THIS_ARCHITECTURE, 1, 0),
        plain(RETURN, KILL),
        plain(LOAD, NUMBER),
    ];
    program.extend(search(&segments(rules)));
    program
}

/// What holds for all numbers from `start` to the start of the next segment.
struct Segment<'a> {
    start: u32,
    verdict: Verdict<'a>,
}

#[derive(Clone, Copy)]
enum Verdict<'a> {
    Allow,
    Deny,
    /// Of a single number.
    Test(&'a [Rule]),
}

/// Cuts the numbers into as few segments as there are changes of the verdict. The first starts at 0, the last is open.
fn segments(rules: &BTreeMap<u32, Vec<Rule>>) -> Vec<Segment<'_>> {
    let mut segments = vec![Segment { start: 0, verdict: Verdict::Deny }];
    let mut push = |start, verdict| {
        while segments.last().is_some_and(|last| last.start == start) {
            segments.pop();
        }
        match (segments.last().map(|last| last.verdict), verdict) {
            (Some(Verdict::Allow), Verdict::Allow) | (Some(Verdict::Deny), Verdict::Deny) => {}
            _ => segments.push(Segment { start, verdict }),
        }
    };
    for (number, rules) in rules {
        push(*number, if rules.is_empty() { Verdict::Allow } else { Verdict::Test(rules) });
        push(*number + 1, Verdict::Deny);
    }
    segments
}

/// Finds the segment of the loaded number by halves.
fn search(segments: &[Segment<'_>]) -> Vec<BpfInstruction> {
    let (lower, upper) = segments.split_at(segments.len() / 2);
    let Some(middle) = upper.first() else { return vec![plain(RETURN, DENY)] };
    if lower.is_empty() {
        return match middle.verdict {
            Verdict::Allow => vec![plain(RETURN, ALLOW)],
            Verdict::Deny => vec![plain(RETURN, DENY)],
            Verdict::Test(rules) => test(rules),
        };
    }
    let lower = search(lower);
    let mut found = match u8::try_from(lower.len()) {
        Ok(length) => vec![jump(JUMP_IF_AT_LEAST, middle.start, length, 0)],
        // Conditional jumps reach 255 instructions; the other kind reaches everywhere.
        Err(_) => vec![jump(JUMP_IF_AT_LEAST, middle.start, 0, 1), plain(JUMP, lower.len() as u32)],
    };
    found.extend(lower);
    found.extend(search(upper));
    found
}

/// Tries the rules in turn.
fn test(rules: &[Rule]) -> Vec<BpfInstruction> {
    let mut program = Vec::new();
    for rule in rules {
        // Built from its end, where the distance to the next rule is known.
        let mut backwards = vec![plain(RETURN, ALLOW)];
        for Condition { argument, op, value } in rule.iter().rev() {
            let next = backwards.len() as u8;
            backwards.push(match op {
                Op::Eq | Op::MaskedEq(_) => jump(JUMP_IF_EQUAL, *value, 0, next),
                Op::Ne => jump(JUMP_IF_EQUAL, *value, next, 0),
            });
            if let Op::MaskedEq(mask) = op {
                backwards.push(plain(AND, *mask));
            }
            backwards.push(plain(LOAD, ARGUMENTS + 8 * u32::from(*argument)));
        }
        program.extend(backwards.into_iter().rev());
    }
    program.push(plain(RETURN, DENY));
    program
}

const fn plain(code: u16, k: u32) -> BpfInstruction {
    BpfInstruction { code, jt: 0, jf: 0, k }
}

const fn jump(code: u16, k: u32, jt: u8, jf: u8) -> BpfInstruction {
    BpfInstruction { code, jt, jf, k }
}

#[cfg(test)]
mod tests;
