//! Sorting, compiled once: the standard sort is compiled anew for each type of item, which takes longer than many a
//! kernel. So keys and places are sorted.

/// The items in ascending order of their keys, those of equal keys as they were.
pub(crate) fn sorted<I>(items: Vec<I>, key: impl Fn(&I) -> [u64; 2]) -> Vec<I> {
    let keys = items.iter().enumerate().map(|(place, item)| (key(item), place)).collect();
    let mut items: Vec<Option<I>> = items.into_iter().map(Some).collect();
    places(keys).filter_map(|place| items[place].take()).collect()
}

fn places(mut keys: Vec<([u64; 2], usize)>) -> impl Iterator<Item = usize> {
    keys.sort_unstable();
    keys.into_iter().map(|(_, place)| place)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_keys_keep_their_order() {
        let items = vec![(3, 'a'), (1, 'b'), (3, 'c'), (2, 'd'), (1, 'e')];
        let order: String = sorted(items, |&(key, _)| [key, 0]).into_iter().map(|(_, name)| name).collect();
        assert_eq!(order, "bedac");
    }
}
