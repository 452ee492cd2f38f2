use proptest::prelude::*;

use super::super::fused::{Operand, for_each_tile, scratch};
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
        let mut room = vec![T::from_f64(f64::NAN); scratch(processor, length, 1)];
        for_each_tile(processor, 1, &[&x, &source], &mut [repeated, sum], 1, &mut room, &|tile| {
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

/// Arrays so large that each tile asks for the next.
#[test]
fn far_tiles() {
    check::<f32>(1_400_000, 300, 7, (1, 0));
}
