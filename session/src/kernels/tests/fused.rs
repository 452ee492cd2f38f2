use proptest::prelude::*;

use super::super::fused::{Loop, MAX_PLANE, Operand, for_each_tile};
use super::*;

/// One step in a local, one in an output: `x + repeated`, and the repeated elements themselves.
fn check<T: Float>(length: usize, count: usize, inner: usize, (seed, special): (u64, u64)) {
    let mut numbers = Numbers::new(seed, special);
    let (x, source) = (numbers.take::<T>(length), numbers.take::<T>(count));
    let expected: Vec<T> = (0..length).map(|i| source[i / inner % count]).collect();
    let sums: Vec<T> = x.iter().zip(&expected).map(|(x, repeated)| *x + *repeated).collect();
    let run = |processor: &Processor| {
        let mut out = [(); 2].map(|()| vec![T::from_f64(f64::NAN); length]);
        let [repeated, sum] = &mut out;
        let sizes = Loop { minimum: 1, plane: 1, locals: 1 };
        let mut room = vec![T::from_f64(f64::NAN); sizes.scratch(processor, length)];
        for_each_tile(processor, sizes, &[&x, &source], &mut [repeated, sum], &mut room, &|tile| {
            tile.repeat(1, inner, Operand::Local(0));
            tile.step(&[Operand::Input(0), Operand::Local(0)], Operand::Output(1), |operands, out| {
                out.iter_mut().zip(operands[0]).zip(operands[1]).for_each(|((out, x), y)| *out = *x + *y);
            });
            tile.repeat(1, inner, Operand::Output(0));
        });
        let what = format!("{length} of {count} elements, each {inner} times");
        assert_bits(processor, &format!("{what}, repeated"), &out[0], &expected);
        assert_bits(processor, &format!("{what}, added"), &out[1], &sums);
    };
    on_every_processor(run);
    run(&Processor { instruction_set: InstructionSet::NONE, threads: Threads::always(2) });
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]
    #[test]
    fn repetitions(
        length in prop_oneof![1..80usize, 1000..5000usize],
        count in prop_oneof![1..4usize, 4..300usize, 1000..1100usize],
        inner in prop_oneof![Just(1), 2..40usize, 1000..3000usize],
        numbers in numbers(),
    ) {
        both!(check(length, count, inner, numbers));
    }
}

/// One step plane by plane, one element by element: each element of a plane is the last one of its plane of the source,
/// to which `x` is added.
fn check_planes<T: Float>([planes, size, other]: [usize; 3], (seed, special): (u64, u64)) {
    let mut numbers = Numbers::new(seed, special);
    let (x, source) = (numbers.take::<T>(planes * size), numbers.take::<T>(planes * other));
    let last: Vec<T> = (0..x.len()).map(|i| source[i / size * other + other - 1]).collect();
    let sums: Vec<T> = x.iter().zip(&last).map(|(x, last)| *x + *last).collect();
    let run = |processor: &Processor| {
        let mut sum = vec![T::from_f64(f64::NAN); x.len()];
        let sizes = Loop { minimum: 1, plane: size, locals: 1 };
        let mut room = vec![T::from_f64(f64::NAN); sizes.scratch(processor, x.len())];
        for_each_tile(processor, sizes, &[&source, &x], &mut [&mut sum], &mut room, &|tile| {
            tile.step(&[Operand::Planes(0, other)], Operand::Local(0), |operands, out| {
                assert_eq!(operands[0].len() * size, out.len() * other);
                let planes = out.chunks_exact_mut(size).zip(operands[0].chunks_exact(other));
                planes.for_each(|(out, source)| out.fill(source[other - 1]));
            });
            tile.step(&[Operand::Input(1), Operand::Local(0)], Operand::Output(0), |operands, out| {
                out.iter_mut().zip(operands[0]).zip(operands[1]).for_each(|((out, x), y)| *out = *x + *y);
            });
        });
        assert_bits(processor, &format!("{planes} planes of {size}, from planes of {other}"), &sum, &sums);
    };
    on_every_processor(run);
    run(&Processor { instruction_set: InstructionSet::NONE, threads: Threads::always(3) });
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]
    #[test]
    fn planes(
        planes in prop_oneof![0..5usize, 5..60usize],
        size in prop_oneof![1..40usize, 700..900usize, 4000..5000usize],
        other in 1..200usize,
        numbers in numbers(),
    ) {
        both!(check_planes([planes, size, other], numbers));
    }
}

#[test]
fn the_largest_planes() {
    check_planes::<f32>([3, MAX_PLANE, 7], (2, 0));
}

/// Arrays so large that each tile asks for the next.
#[test]
fn far_tiles() {
    check::<f32>(1_400_000, 300, 7, (1, 0));
}
