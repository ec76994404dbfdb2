//! Pages about rules.

use skilled_report::{Catalogue, index, page};

use crate::kit::{HIGH, WARNING};

#[test]
fn a_page_says_what_why_what_to_do_and_how_to_turn_it_off() {
    let catalogue = Catalogue { command: "skilled check", off: "Write `ignore = [\"{code}\"]`." };
    let expected = "\
# dead-link

A link leads nowhere.

Found by `skilled check`, severity warning.

## Why it matters

A model that follows it finds nothing.

## What to do

Correct the path.

## With the finding

`SKILL.md`:

````text
See [x](y.md).·
```sh
\\u{200b}
```
````

## Without it

`SKILL.md`:

```text
See [x](x.md).
```

`run.sh`, executable:

```text
#!/bin/sh
```

## Turning it off

Write `ignore = [\"dead-link\"]`.
";
    assert_eq!(page(&WARNING, &catalogue), expected);
    let other = page(&HIGH, &catalogue);
    assert!(other.contains("severity high, AST02.") && !other.contains("## With"), "{other}");
}

#[test]
fn an_index_links_every_page() {
    let expected = "\
| rule | severity | finds |
| --- | --- | --- |
| [`dead-link`](dead-link.md) | warning | a link leads nowhere |
| [`pipe-to-shell`](pipe-to-shell.md) | high | a download is run at once |
";
    assert_eq!(index([&WARNING, &HIGH]), expected);
}
