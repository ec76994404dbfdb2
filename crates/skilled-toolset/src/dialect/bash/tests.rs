use skilled_message::Block;
use skilled_sandbox::Finished;

use super::*;

fn captured(head: &[u8], tail: &[u8], cut: u64) -> Captured {
    Captured { head: head.to_vec(), tail: tail.to_vec(), cut }
}

fn worded(stdout: Captured, stderr: Captured, ended: Ended) -> (String, bool) {
    let executed = Executed { finished: Finished { stdout, stderr, ended }, replaced: false };
    let outcome = outcome(&executed, Duration::from_secs(7), "/w");
    let [Block::Text(text)] = &outcome.content[..] else { panic!() };
    (text.text.clone(), outcome.is_error)
}

fn none() -> Captured {
    Captured::default()
}

#[test]
fn success_is_the_output_and_nothing_else() {
    assert_eq!(worded(captured(b"hi\n", b"", 0), none(), Ended::Status(0)), ("hi\n".into(), false));
    assert_eq!(worded(none(), none(), Ended::Status(0)), ("(no output)".into(), false));
    let warned = worded(captured(b"hi", b"", 0), captured(b"careful\n", b"", 0), Ended::Status(0));
    assert_eq!(warned, ("hi\n[stderr]\ncareful\n".into(), false));
}

#[test]
fn every_other_end_is_a_failure_that_is_named() {
    assert_eq!(worded(none(), none(), Ended::Status(2)), ("[exit status 2]".into(), true));
    assert_eq!(
        worded(none(), none(), Ended::Status(137)),
        ("[exit status 137: ended by signal 9]".into(), true)
    );
    for ended in
        [Ended::Shell(Exit::Code(3)), Ended::Shell(Exit::Signal(9)), Ended::TimedOut, Ended::Cancelled]
    {
        let (text, is_error) = worded(captured(b"so far", b"", 0), none(), ended);
        assert!(text.starts_with("so far\n[") && text.contains("new shell in /w"), "{text}");
        assert!(is_error);
    }
    assert!(worded(none(), none(), Ended::TimedOut).0.contains("Killed after 7 s"));
}

#[test]
fn cut_and_binary_output_is_marked() {
    let (text, _) = worded(captured(b"a\0\xff", b"z", 5), none(), Ended::Status(0));
    assert!(text.starts_with("a\u{2400}\u{fffd}\n[… 5 bytes cut …]\nz\n[Output was cut"), "{text}");
}
