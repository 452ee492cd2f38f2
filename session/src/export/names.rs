//! Names that can stand in a module.

use std::collections::HashSet;

/// Whether it is letters, digits and `_`, with no digit first.
pub(super) fn is_identifier(name: &str) -> bool {
    let letter = |character: char| character.is_ascii_alphabetic() || character == '_';
    name.starts_with(letter) && name.chars().all(|character| letter(character) || character.is_ascii_digit())
}

/// The names given so far.
#[derive(Default)]
pub(crate) struct Names(HashSet<String>);

impl Names {
    /// The name with `_` for what cannot stand in one, and with a number if it is taken.
    pub(crate) fn unique(&mut self, name: &str) -> String {
        let allowed = |character: char| character.is_ascii_alphanumeric() || "_.$-".contains(character);
        let mut plain: String =
            name.chars().map(|character| if allowed(character) { character } else { '_' }).collect();
        // Names that begin with a digit are those of the results of operations.
        if plain.starts_with(|first: char| first.is_ascii_digit()) || plain.is_empty() {
            plain.insert(0, '_');
        }
        let numbered = (2..).map(|number| format!("{plain}_{number}"));
        let mut candidates = std::iter::once(plain.clone()).chain(numbered);
        let free = candidates.find(|candidate| !self.0.contains(candidate)).expect("there is always a further number");
        self.0.insert(free.clone());
        free
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_plain_and_unique() {
        let mut names = Names::default();
        let given = ["w", "layers.0.weight", "w", "2nd", "", "a b/ü", "w_2", "w"];
        let found = given.map(|name| names.unique(name));
        assert_eq!(found, ["w", "layers.0.weight", "w_2", "_2nd", "_", "a_b__", "w_2_2", "w_3"]);
    }

    #[test]
    fn identifiers_are_letters_and_digits() {
        assert!(["a", "_", "step_2"].into_iter().all(is_identifier));
        assert!(!["", "2", "a b", "a-b", "ü", "a\"", "@a"].into_iter().any(is_identifier));
    }
}
