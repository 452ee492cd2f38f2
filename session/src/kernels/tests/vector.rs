use std::iter::{once, repeat_n};

use super::*;
use crate::vector::{Body, Vector};

/// Each operation of pools, and those of pairs of columns, on the widest vectors, as kernels of narrower ones do not reach
/// them.
struct Pools;

impl<T: Float> Body<T> for Pools {
    type Output = ();
    const WIDEST: bool = true;

    #[inline(always)]
    unsafe fn run<V: Vector<T>>(self) {
        let lanes = V::LANES;
        let count = |from: usize, step: usize| -> Vec<T> {
            (0..lanes).map(|lane| T::from_f64((from + lane * step) as f64)).collect()
        };
        // SAFETY: the instruction set of `V` is there; the lists have all lanes.
        unsafe {
            let load = |from: &[T]| V::load(from[..lanes].as_ptr());
            let list = |vector: V| {
                let mut lanes = vec![T::from_f64(-1.0); V::LANES];
                vector.store(lanes.as_mut_ptr());
                lanes
            };
            let (low, high) = (load(&count(0, 1)), load(&count(lanes, 1)));
            let (even, odd) = low.unzip(high);
            assert_eq!(list(even.reorder()), count(0, 2));
            assert_eq!(list(odd.reorder()), count(1, 2));
            assert_eq!(list(low.reorder().reorder()), count(0, 1));
            let halves = |lane: usize| T::from_f64((lane / 2) as f64);
            assert_eq!(list(V::load_twice(count(0, 1).as_ptr())), (0..lanes).map(halves).collect::<Vec<T>>());
            let turns = |lane: usize| T::from_f64((7 + lane % 2) as f64);
            assert_eq!(list(V::splat_pair(count(7, 1).as_ptr())), (0..lanes).map(turns).collect::<Vec<T>>());
            let (again, rest) = even.zip(odd);
            assert_eq!((list(again), list(rest)), (count(0, 1), count(lanes, 1)));

            let specials = [0.0, -0.0, 1.0, f64::NAN, f64::INFINITY, f64::NEG_INFINITY].map(T::from_f64);
            for (x, y) in specials.iter().flat_map(|&x| specials.map(|y| (x, y))) {
                for lane in 0..lanes {
                    let place = |special: T| -> Vec<T> {
                        let others = |count| repeat_n(T::from_f64(0.0), count);
                        others(lane).chain(once(special)).chain(others(lanes - lane - 1)).collect()
                    };
                    let found = |choice: V::Choice| list(V::choose(choice, high, low));
                    let expected = |holds: bool, others: bool| -> Vec<T> {
                        let chosen = |other: usize| if other == lane { holds } else { others };
                        (0..lanes)
                            .map(|lane| (if chosen(lane) { count(lanes, 1) } else { count(0, 1) })[lane])
                            .collect()
                    };
                    let (left, right) = (load(&place(x)), load(&place(y)));
                    let loses = !x.is_nan() && (y > x || y.is_nan());
                    assert_eq!(found(left.loses_to(right)), expected(loses, false), "{x:?} {y:?}");
                    assert_eq!(found(left.equals(right)), expected(x == y, true), "{x:?} {y:?}");
                }
            }
        }
    }
}

#[test]
fn operations_of_pools() {
    on_every_processor(|processor| {
        processor.instruction_set.run::<f32, _>(Pools);
        processor.instruction_set.run::<f64, _>(Pools);
    });
}
