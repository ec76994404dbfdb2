//! What was probably meant.

/// The candidate that is spelled most like `word`, when one is near enough: one mistake in every three characters.
pub(crate) fn of<'a>(word: &str, candidates: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    const LONGEST: usize = 200;
    if word.len() > LONGEST {
        return None;
    }
    let length = word.chars().count();
    let allowed = (length / 3).clamp(1, 6);
    // Whatever the letters are, a length is at least so far from another.
    let near = candidates.filter(|candidate| candidate.chars().count().abs_diff(length) <= allowed);
    let measured = near.map(|candidate| (strsim::osa_distance(word, candidate), candidate));
    let best = measured.min_by_key(|(distance, _)| *distance)?;
    (best.0 <= allowed).then_some(best.1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_near_is_named() {
        let known = ["dead-link", "crlf", "tab"];
        let nearest = |word| of(word, known.into_iter());
        assert_eq!(["dead-lnik", "clrf", "tap"].map(nearest), [Some("dead-link"), Some("crlf"), Some("tab")]);
        assert_eq!(["anything", "", &"x".repeat(999)].map(nearest), [None; 3]);
    }
}
