//! Lists made of lists, compiled once for each pair of types: an iterator that is collected is compiled anew for each
//! function that it maps, which for the short lists of graphs and tapes takes longer than anything that is done with them.

/// `items.iter().map(function).collect()`, for what is little beside each call of the function or done seldom.
#[inline]
pub(crate) fn mapped<'a, A, B>(items: &'a [A], mut function: impl FnMut(&'a A) -> B) -> Vec<B> {
    list(items, &mut function)
}

fn list<'a, A, B>(items: &'a [A], function: &mut dyn FnMut(&'a A) -> B) -> Vec<B> {
    let mut list = Vec::with_capacity(items.len());
    for item in items {
        list.push(function(item));
    }
    list
}
