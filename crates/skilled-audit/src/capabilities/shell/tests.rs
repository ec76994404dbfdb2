use super::*;

fn words(text: &str) -> Vec<Vec<String>> {
    let commands = commands(text).into_iter();
    commands.map(|command| command.words.into_iter().map(|word| word.text).collect()).collect()
}

#[test]
fn words_quotes_and_operators() {
    assert_eq!(
        words("FOO=1 curl -H 'a b' \"https://x.example/$ID\" | jq . && sudo rm x; ls # no\n"),
        [
            vec!["FOO=1", "curl", "-H", "a b", "https://x.example/$ID"],
            vec!["jq", "."],
            vec!["sudo", "rm", "x"],
            vec!["ls"]
        ]
    );
    assert_eq!(words("a \\\n  b"), [["a", "b"]]);
    assert_eq!(words("say \"\" x"), [["say", "", "x"]]);
}

#[test]
fn substitutions_are_commands_of_their_own() {
    assert_eq!(words("echo \"at $(date -u) now\""), [vec!["date", "-u"], vec!["echo", "at $() now"]]);
    assert_eq!(words("x=`git log`"), [vec!["git", "log"], vec!["x=$()"]]);
    assert_eq!(words("(cd a && make)"), [vec!["cd", "a"], vec!["make"]]);
    assert_eq!(words("diff <(sort a) b"), [vec!["sort", "a"], vec!["diff", "b"]]);
}

#[test]
fn what_is_no_command() {
    assert_eq!(
        words("case $x in\n  start) run_it ;;\nesac"),
        [vec!["case", "$x", "in"], vec!["run_it"], vec!["esac"]]
    );
    assert_eq!(words("f() { ls; }"), [vec!["{", "ls"], vec!["}"]]);
    assert_eq!(words("a=(one two)\nls"), [vec!["a="], vec!["ls"]]);
    assert_eq!(words("echo $((1 + 2)) ${x:-a b}"), [["echo", "$((1 + 2))", "${x:-a b}"]]);
}

#[test]
fn redirections_and_documents() {
    let found = commands("cat > ~/.x 2>&1 <<'EOF'\nrm -rf /\nEOF\nls");
    assert_eq!(
        found[0].words.iter().map(|word| (&*word.text, word.redirect)).collect::<Vec<_>>(),
        [("cat", false), ("~/.x", true), ("1", true)]
    );
    assert_eq!(found[0].document.as_ref().unwrap().1, "rm -rf /\n");
    assert_eq!(found[1].words[0].text, "ls");
}

#[test]
fn what_is_never_closed_ends() {
    assert_eq!(words("don't stop\nls"), [vec!["don't", "stop"], vec!["ls"]]);
    assert_eq!(words("a \"b\nls"), [vec!["a", "b"], vec!["ls"]]);
    assert_eq!(words("a <<EOF\nls"), [["a"], ["ls"]]);
    assert!(!words(&"$(".repeat(10_000)).is_empty());
    assert!(!words(&"\"`é".repeat(10_000)).is_empty());
}
