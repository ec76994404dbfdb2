use proptest::prelude::*;

use super::*;

/// A system call as a filter sees it.
#[derive(Debug, Clone, Copy)]
struct Call {
    architecture: u32,
    number: u32,
    arguments: [u64; 6],
}

impl Call {
    fn load(&self, offset: u32) -> u32 {
        match offset {
            NUMBER => self.number,
            ARCHITECTURE => self.architecture,
            _ => self.arguments[((offset - ARGUMENTS) / 8) as usize] as u32,
        }
    }
}

/// Does what the kernel does with a program.
fn verdict(program: &[BpfInstruction], call: Call) -> u32 {
    let (mut at, mut accumulator) = (0, 0);
    loop {
        let BpfInstruction { code, jt, jf, k } = program[at];
        let branch = |holds| usize::from(if holds { jt } else { jf });
        at += 1;
        match code {
            LOAD => accumulator = call.load(k),
            AND => accumulator &= k,
            JUMP => at += k as usize,
            JUMP_IF_EQUAL => at += branch(accumulator == k),
            JUMP_IF_AT_LEAST => at += branch(accumulator >= k),
            RETURN => return k,
            other => panic!("an instruction that nobody wrote: {other:#x}"),
        }
    }
}

/// What the rules say, straight from their meaning.
fn expected(rules: &BTreeMap<u32, Vec<Rule>>, call: Call) -> u32 {
    let holds = |condition: &Condition| {
        let argument = call.arguments[usize::from(condition.argument)] as u32;
        match condition.op {
            Op::Eq => argument == condition.value,
            Op::Ne => argument != condition.value,
            Op::MaskedEq(mask) => argument & mask == condition.value,
        }
    };
    let allowed = rules
        .get(&call.number)
        .is_some_and(|of| of.is_empty() || of.iter().any(|rule| rule.iter().all(holds)));
    if allowed { ALLOW } else { DENY }
}

fn condition() -> impl Strategy<Value = Condition> {
    let op = prop_oneof![Just(Op::Eq), Just(Op::Ne), (0u32..8).prop_map(Op::MaskedEq)];
    (0u8..6, op, 0u32..8).prop_map(|(argument, op, value)| Condition { argument, op, value })
}

fn rules() -> impl Strategy<Value = BTreeMap<u32, Vec<Rule>>> {
    let some = prop::collection::vec(prop::collection::vec(condition(), 1..4), 1..4);
    let of_call = prop_oneof![3 => Just(Vec::new()), 1 => some];
    prop::collection::btree_map(0u32..600, of_call, 0..300)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn a_program_means_what_its_rules_mean(rules in rules(), low in any::<[u8; 6]>(), high: u32) {
        let program = compile(&rules);
        // The upper half of an argument is not looked at.
        let arguments = low.map(|byte| u64::from(high) << 32 | u64::from(byte % 8));
        for number in (0..610).chain([0x4000_0000, u32::MAX]) {
            let call = Call { architecture: THIS_ARCHITECTURE, number, arguments };
            prop_assert_eq!(verdict(&program, call), expected(&rules, call), "call {}", number);
        }
    }
}

#[test]
fn another_architecture_is_no_way_around() {
    let program = compile(&BTreeMap::from([(0, Vec::new())]));
    // AUDIT_ARCH_I386, whose numbers mean other calls.
    let call = Call { architecture: 0x4000_0003, number: 0, arguments: [0; 6] };
    assert_eq!(verdict(&program, call), KILL);
    assert_eq!(verdict(&program, Call { architecture: THIS_ARCHITECTURE, ..call }), ALLOW);
}
