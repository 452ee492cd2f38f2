//! From the third run on, running a step or a function allocates nothing, and from the third recording on neither
//! does recording a step and running it.

use session::optim::{AdamW, Clipped, RmsProp, Sgd};
use session::prelude::*;
use session::random::Rng;

/// The allocations of this thread while `run` runs.
fn allocations(run: impl FnOnce()) -> u64 {
    allocation_counter::measure(run).count_total
}

/// A network with every kind of kernel that needs memory of its own: convolution, pooling, sums over
/// several axes, products, softmax, rows added by index.
#[track_caller]
fn allocates_nothing_from_the_third_run_on(optimizer: impl Optimizer<f32>) {
    let s = Session::<f32>::new(Options::default().threads(1));
    let filters = Param::new(Tensor::<f32, shape![4, 1, 3, 3]>::randn(s.rng()));
    let filters_bias = Param::new(Tensor::<f32, shape![4]>::zeros());
    let w = Param::new(Tensor::<f32, shape![10, 64]>::randn(s.rng()));
    let b = Param::new(Tensor::<f32, shape![10]>::zeros());
    let (filters, filters_bias) = (s.use_param(&filters).unwrap(), s.use_param(&filters_bias).unwrap());
    let (wr, br) = (s.use_param(&w).unwrap(), s.use_param(&b).unwrap());
    let table = Param::new(Tensor::<f32, shape![5, 10]>::zeros());
    let table = s.use_param(&table).unwrap();
    let images = Tensor::<f32, shape![6, 1, 8, 8]>::randn(s.rng());
    let x = s.input(images.clone()).unwrap();
    let labels = s.input_nat_vec::<Dim<6>>(&[0, 1, 2, 3, 4, 5]).unwrap();
    let rows = s.input_nat_vec::<Dim<6>>(&[0, 4, 4, 1, 0, 2]).unwrap();
    let h = s.relu(s.conv2d(filters, filters_bias, x, Stride::<1>, Padding::<1>));
    let h = s.max_pool2d(h, Kernel::<2, 2>, Stride::<2>);
    let logits = s.add(s.linear(wr, br, s.flatten_from(h, Axis::<1>)), s.embedding(table, rows));
    let loss = s.cross_entropy(logits, labels);
    let mut step = s.compile_step(loss, optimizer).unwrap();
    let mut losses = [0.0; 8];
    for (run, loss) in losses.iter_mut().enumerate() {
        let count = allocations(|| *loss = step.run(((x, &images), (labels, &[1, 2, 3, 4, 5, 6]))).unwrap());
        assert!(run < 2 || count == 0, "{count} allocations in run {run}");
    }
    assert!(losses[7] < losses[0], "{losses:?}");
    assert!(allocations(|| drop(vec![1])) > 0, "allocations are counted");
}

#[test]
fn compiled_steps_allocate_nothing_from_the_third_run_on() {
    allocates_nothing_from_the_third_run_on(Sgd::new(0.01).momentum(0.9).nesterov(true));
    allocates_nothing_from_the_third_run_on(Clipped::new(AdamW::new(0.01), 0.1));
    allocates_nothing_from_the_third_run_on(RmsProp::new(0.001).centered(true).momentum(0.5).weight_decay(0.01));
}

/// The same when each step is recorded anew, with inputs of every kind, numbers that operations capture, and operations
/// that are several nodes.
#[track_caller]
fn allocates_nothing_from_the_third_recording_on(mut optimizer: impl Optimizer<f32>) {
    let s = Session::<f32>::new(Options::default().threads(1));
    let filters = Param::new(Tensor::<f32, shape![4, 1, 3, 3]>::randn(s.rng())).named("filters");
    let filters_bias = Param::new(Tensor::<f32, shape![4]>::zeros());
    let w = Param::new(Tensor::<f32, shape![10, 64]>::randn(s.rng()));
    let b = Param::new(Tensor::<f32, shape![10]>::zeros());
    let gain = Param::new(Tensor::<f32, shape![10]>::ones());
    let offset = Param::new(Tensor::<f32, shape![10]>::zeros()).frozen();
    let table = Param::new(Tensor::<f32, shape![5, 10]>::zeros());
    let images = Tensor::<f32, shape![6, 1, 8, 8]>::randn(s.rng());
    let mix = Param::new(Tensor::<f32, shape![10, 10]>::randn(s.rng()));
    let allowed = Mask::<Dim<6>>::from_fn(|query, key| key <= query || key == 5);
    let mut losses = [0.0; 8];
    for (run, loss) in losses.iter_mut().enumerate() {
        let count = allocations(|| {
            s.reset_tape();
            let (filters, filters_bias) = (s.use_param(&filters).unwrap(), s.use_param(&filters_bias).unwrap());
            let (wr, br) = (s.use_param(&w).unwrap(), s.use_param(&b).unwrap());
            let (gain, offset) = (s.use_param(&gain).unwrap(), s.use_param(&offset).unwrap());
            let (table, mix) = (s.use_param(&table).unwrap(), s.use_param(&mix).unwrap());
            let x = s.input(images.clone()).unwrap();
            let labels = s.input_nat_vec::<Dim<6>>(&[run, 2, 3, 4, 5, 6]).unwrap();
            let h = s.relu(s.conv2d(filters, filters_bias, x, Stride::<1>, Padding::<1>));
            let h = s.max_pool2d(h, Kernel::<2, 2>, Stride::<2>);
            let logits = s.linear(wr, br, s.dropout(s.flatten_from(h, Axis::<1>), 0.1, true));
            let logits = s.add(logits, s.gather_rows_nat(table, [0, 4, 4, 1, 0, run % 5]));
            let logits = s.layer_norm(logits, gain, offset);
            let logits = s.multi_head_attention(mix, mix, mix, mix, logits, Heads::<2>, Some(allowed.clone()));
            *loss = s.step(s.cross_entropy(logits, labels), &mut optimizer).unwrap();
        });
        assert!(run < 2 || count == 0, "{count} allocations in recording {run}");
    }
    assert!(losses[7] < losses[0], "{losses:?}");
}

#[test]
fn recorded_steps_allocate_nothing_from_the_third_recording_on() {
    allocates_nothing_from_the_third_recording_on(Sgd::new(0.01).momentum(0.9).nesterov(true));
    allocates_nothing_from_the_third_recording_on(Clipped::new(AdamW::new(0.01), 0.1));
    allocates_nothing_from_the_third_recording_on(RmsProp::new(0.001).centered(true).momentum(0.5).weight_decay(0.01));
}

/// The same when two losses take turns, of which each has its own parameters and one that both have.
#[test]
fn losses_that_take_turns_allocate_nothing_from_the_third_recording_of_each_on() {
    let s = Session::<f32>::new(Options::default().threads(1));
    let [shared, first, second] = [(); 3].map(|()| Param::new(Tensor::<f32, shape![8, 8]>::randn(s.rng())));
    let x = Tensor::<f32, shape![8, 8]>::randn(s.rng());
    let mut optimizers = [AdamW::new(0.01), AdamW::new(0.02)];
    let mut losses = [0.0; 16];
    for (run, loss) in losses.iter_mut().enumerate() {
        let own = [&first, &second][run % 2];
        let count = allocations(|| {
            s.reset_tape();
            let (shared, own) = (s.use_param(&shared).unwrap(), s.use_param(own).unwrap());
            let y = s.matmul(s.tanh(s.matmul(s.input(x.clone()).unwrap(), shared)), own);
            let y = if run % 2 == 0 { s.square(y) } else { s.abs(y) };
            *loss = s.step(s.mean(y), &mut optimizers[run % 2]).unwrap();
        });
        assert!(run < 4 || count == 0, "{count} allocations in recording {run}");
    }
    assert!(losses[14] < losses[0] && losses[15] < losses[1], "{losses:?}");
}

#[test]
fn functions_allocate_nothing_from_the_third_run_on() {
    type X = TensorRef<shape![6, 1, 8, 8]>;
    let mut rng = Rng::new(1);
    let filters = Param::new(Tensor::<f32, shape![4, 1, 3, 3]>::randn(&mut rng));
    let table = Param::new(Tensor::<f32, shape![5, 64]>::randn(&mut rng));
    let mut function = Function::record(
        Options::default().threads(1),
        &["x", "rows"],
        &["features", "loss"],
        |s| Ok((filters.bind(s)?, table.bind(s)?)),
        |s, (filters, table), (x, rows): (X, NatVecRef<Dim<6>>)| {
            let bias = s.constant(Tensor::<f32, shape![4]>::ones());
            let h = s.max_pool2d(s.conv2d(filters, bias, x, Stride::<1>, Padding::<1>), Kernel::<2, 2>, Stride::<2>);
            let features = s.softmax(s.flatten_from(h, Axis::<1>));
            (features, s.mse_loss(features, s.embedding(table, rows)))
        },
    )
    .unwrap();
    let images = Tensor::<f32, shape![6, 1, 8, 8]>::randn(&mut rng);
    for run in 0..8 {
        let rows = [run % 5, 1, 2, 3, 4, 0];
        let count = allocations(|| drop(function.run((&images, &rows)).unwrap()));
        assert!(run < 2 || count == 0, "{count} allocations in run {run}");
    }

    let loss = |s: &Session, table, (rows,): (NatVecRef<Dim<6>>,)| s.mean(s.square(s.embedding(table, rows)));
    let options = Options::default().threads(1);
    let loss = Function::record(options, &["rows"], &["loss"], |s| table.bind(s), loss).unwrap();
    let mut step = loss.into_step(Clipped::new(AdamW::new(0.01), 0.1)).unwrap();
    for run in 0..8 {
        let count = allocations(|| assert!(step.run((&[run % 5, 1, 2, 3, 4, 0],)).unwrap() > 0.0));
        assert!(run < 2 || count == 0, "{count} allocations in run {run}");
    }
}

#[test]
fn binding_a_model_allocates_nothing_from_the_third_recording_on() {
    let layers = [(); 40].map(|()| Some(Param::new(Tensor::<f32, shape![2, 2]>::zeros())));
    layers.name_parameters();
    let s = Session::<f32>::new(Options::default().threads(1));
    for recording in 0..5 {
        s.reset_tape();
        let count = allocations(|| {
            let first = layers.bind(&s).unwrap();
            assert_eq!(layers.bind(&s).unwrap(), first);
        });
        assert!(recording < 2 || count == 0, "{count} allocations in recording {recording}");
        assert_eq!(s.graph().leaves().len(), 40);
    }
}
