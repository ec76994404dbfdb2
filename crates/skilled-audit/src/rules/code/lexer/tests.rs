use super::*;

#[track_caller]
fn check(language: Language, text: &str, expected: &str) {
    assert_eq!(code(text, language), expected, "{text}");
}

#[test]
fn python() {
    use Language::Python;
    check(Python, "x = 'a # b' # c", "x = 'a # b'    ");
    check(Python, "\"\"\"doc\n\"\"\"\nf(\"\"\"s\"\"\")", "      \n   \nf(\"\"\"s\"\"\")");
    check(Python, "f(\n'a'\n)", "f(\n'a'\n)");
    check(Python, "g(f'x {y} z', '\\'')", "g(f'x {y} z', '\\'')");
    check(Python, "it's\nx = 1", "it's\nx = 1");
    check(Python, "é = 'ü'", "é = 'ü'");
}

#[test]
fn shell() {
    use Language::Shell;
    check(Shell, "a#b '#c' # d", "a#b '#c'    ");
    check(Shell, "x \"$y\" $#", "x \"$y\" $#");
    check(Shell, "echo don\\'t # x", "echo don\\'t    ");
}

#[test]
fn javascript() {
    use Language::JavaScript;
    check(JavaScript, "a /* b */ // c\nd", "a             \nd");
    check(JavaScript, "x = `a ${b} c`", "x = `a ${b} c`");
    check(JavaScript, "x = /['\"]/; y = 'z'", "x = /['\"]/; y = 'z'");
    check(JavaScript, "a / b / c", "a / b / c");
    check(JavaScript, "'http://x'", "'http://x'");
}

#[test]
fn powershell() {
    check(Language::PowerShell, "a <# b #> # c", "a            ");
}
