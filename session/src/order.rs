//! Sorting, compiled once: the standard sort is compiled anew for each type of item, which takes longer than many a
//! kernel. So keys and places are sorted, and the items follow.

/// Puts the items into the ascending order of their keys, those of equal keys as they were.
pub(crate) fn sort<I>(items: &mut [I], key: impl Fn(&I) -> [u64; 2]) {
    let mut keys = Vec::with_capacity(items.len());
    for item in &*items {
        keys.push((key(item), keys.len()));
    }
    for (place, from) in swaps(keys) {
        items.swap(place, from);
    }
}

/// The swaps that sort what has these keys, and stood at these places.
fn swaps(mut keys: Vec<([u64; 2], usize)>) -> Vec<(usize, usize)> {
    keys.sort_unstable();
    let mut swaps: Vec<(usize, usize)> = Vec::with_capacity(keys.len());
    for (place, (_, mut from)) in keys.into_iter().enumerate() {
        // A place that is filled has given away what stood there.
        while from < place {
            from = swaps[from].1;
        }
        swaps.push((place, from));
    }
    swaps
}

/// A key that orders as [`f64::total_cmp`] does.
pub(crate) fn key_of(number: f64) -> u64 {
    let bits = number.to_bits();
    if bits >> 63 == 0 { bits | 1 << 63 } else { !bits }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn equal_keys_keep_their_order(keys in proptest::collection::vec(0_u64..8, 0..40)) {
            let items: Vec<(u64, usize)> = keys.into_iter().zip(0..).collect();
            let (mut sorted, mut expected) = (items.clone(), items);
            sort(&mut sorted, |&(key, _)| [key, 0]);
            expected.sort_by_key(|&(key, _)| key);
            prop_assert_eq!(sorted, expected);
        }

        #[test]
        fn numbers_have_keys(a in any::<f64>(), b in any::<f64>()) {
            prop_assert_eq!(key_of(a).cmp(&key_of(b)), a.total_cmp(&b));
        }
    }
}
