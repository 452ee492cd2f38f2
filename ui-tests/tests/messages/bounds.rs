//! Generic functions that lack a bound: what rustc proposes compiles where it is pasted.

use crate::case::Case;

/// The wrong program with the bound that rustc proposes. It proposes none for a size `{ N }` of a `const N: usize`; there
/// it is the line that says which trait is not implemented for what, turned round.
pub fn pasted(case: &Case) -> String {
    // The sentence, and the case that it is like.
    let head = case.wrong.lines().take_while(|line| line.starts_with("// ")).count();
    let mut lines: Vec<_> = case.wrong.lines().skip(head).map(str::to_owned).collect();
    let mut said = case.output.lines().skip_while(|line| !line.starts_with("help: consider "));
    if said.next().is_some() {
        let proposal =
            said.find(|line| line.starts_with(|c: char| c == ' ' || c.is_numeric()) && line.contains(" | ")).unwrap();
        let (number, line) = proposal.split_once(" | ").unwrap();
        lines[number.trim().parse::<usize>().unwrap() - 1 - head] = line.to_owned();
    } else {
        let missing =
            case.output.lines().find_map(|line| line.trim_start().strip_prefix("= help: the trait `")).unwrap();
        let (bound, rest) = missing.split_once("` is not implemented for `").unwrap();
        let signature = lines.iter_mut().rfind(|line| line.starts_with("pub fn case")).unwrap();
        let head = signature.strip_suffix(" {").unwrap();
        *signature = format!("{head} where {}: {bound} {{", rest.trim_end_matches('`'));
    }
    let text = lines.join("\n");
    text.strip_suffix("\n\nfn main() {}").unwrap().to_owned() + "\n"
}

/// Without what a formatter adds or removes.
pub fn tokens(text: &str) -> String {
    let mut text: String = text.split_whitespace().collect();
    for closing in [")", "{", ">"] {
        text = text.replace(&format!(",{closing}"), closing);
    }
    text
}

#[test]
fn the_proposed_bound_is_what_lacks() {
    let cases: Vec<_> = Case::wrong().filter(Case::lacks_a_bound).collect();
    assert!(cases.len() > 20);
    for case in cases {
        assert_eq!(tokens(&pasted(&case)), tokens(&case.right), "{}", case.name);
    }
}
