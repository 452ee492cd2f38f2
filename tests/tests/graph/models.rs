//! The struct form and `derive(Model)`.

use session::model::Model as _;
use session::prelude::*;
use session::random::Rng;

graph! {
    /// One hidden layer, wide as it likes.
    pub struct Block<H> {
        /// The way in.
        up: [8, H] = kaiming,
        down: [H, 8] = normal(0.0, 0.1),
        #[frozen]
        scale: [8] = ones,
    }

    pub fn forward<B>(x: [B, 8]) -> [B, 8] {
        x + relu(x @ up) @ self.down * scale
    }

    /// Several blocks between an embedding and its transpose.
    pub struct Net {
        table: [5, 8] = uniform(-1.0, 1.0),
        first: Block<Dim<16>>,
        blocks: [Block<Dim<4>>; 3],
        rows: [[8, 8]; 2] = orthogonal,
        head: [5, 8] = tied(table),
        own: [2] = counted(3.0),
    }

    fn hidden<B>(ids: nat[B]) -> [B, 8] {
        let mut h = first.forward(embedding(table, ids));
        for block in blocks {
            h = block.forward(h);
        }
        h = blocks[0].forward(h) @ rows[1];
        for row in rows {
            h = h @ row;
        }
        h
    }

    pub fn forward<B>(ids: nat[B]) -> [B, 5] {
        hidden(ids) @ transpose(head) * 2
    }

    pub fn loss<B>(ids: nat[B], labels: nat[B]) -> ([], [B, 5]) {
        let logits = self.forward(ids);
        let loss = cross_entropy(logits, labels);
        (loss, logits)
    }
}

fn counted<T: Float, S: Shape>(from: f64, rng: &mut Rng) -> Tensor<T, S> {
    // It takes its numbers from the generator too, as initial values do.
    rng.next_u32();
    let numbers = (1..=S::SIZE).map(|count| T::from_f64(from + count as f64));
    Tensor::from_vec(numbers.collect()).expect("so many as the shape has")
}

#[test]
fn parameters_have_dotted_names_in_the_order_of_the_fields() {
    let net = Net::new(1);
    let names: Vec<String> = net.parameters().into_iter().map(|(name, _)| name).collect();
    let expected = [
        "table",
        "first.up",
        "first.down",
        "first.scale",
        "blocks.0.up",
        "blocks.0.down",
        "blocks.0.scale",
        "blocks.1.up",
        "blocks.1.down",
        "blocks.1.scale",
        "blocks.2.up",
        "blocks.2.down",
        "blocks.2.scale",
        "rows.0",
        "rows.1",
        "own",
    ];
    assert_eq!(names, expected);
    assert_eq!(net.own.value().to_vec(), [4.0, 5.0]);
    assert_eq!(net.first.scale.requires_grad(), Some(false));
    assert_eq!(net.first.up.requires_grad(), None);
    assert_eq!(net.first.up.name().as_deref(), Some("first.up"));
    assert_eq!(net.table.value(), net.head.value());
}

#[test]
fn methods_record_the_calls() {
    let net = Net::new(1);
    let s = Session::<f32>::new(Options::default().threads(1));
    let ids = s.input_nat_vec::<Dim<3>>(&[0, 4, 2]).unwrap();
    let logits = net.forward(&s, ids).unwrap();
    assert_eq!(s.value(logits).unwrap().to_vec().len(), 15);
    let written = s.graph();

    s.reset_tape();
    let ids = s.input_nat_vec::<Dim<3>>(&[0, 4, 2]).unwrap();
    let m = net.bind(&s).unwrap();
    let block = |up, down, scale, x| {
        let _: TensorRef<shape![3, 8]> = x;
        let inner = s.broadcast_mul(s.matmul(s.relu(s.matmul(x, up)), down), scale);
        s.add(x, inner)
    };
    let first = |x| {
        let inner = s.relu(s.matmul(x, m.first.up));
        s.add(x, s.broadcast_mul(s.matmul(inner, m.first.down), m.first.scale))
    };
    let mut h = first(s.embedding(m.table, ids));
    for b in &m.blocks {
        h = block(b.up, b.down, b.scale, h);
    }
    h = block(m.blocks[0].up, m.blocks[0].down, m.blocks[0].scale, h);
    h = s.matmul(h, m.rows[1]);
    h = s.matmul(s.matmul(h, m.rows[0]), m.rows[1]);
    s.scale(s.matmul(h, s.transpose(m.head)), 2.0);
    assert_eq!(written, s.graph());
    assert_eq!(m.head, m.table);
    assert_eq!(Net::forward_graph::<Dim<3>>(), written);
}

/// By hand, with a model by macro inside.
#[derive(Model)]
struct Siamese<T: Float = f32> {
    tower: Block<Dim<4>, T>,
    towers: Vec<Block<Dim<4>, T>>,
    extra: Option<Param<shape![3], T>>,
    bias: Param<shape![8], T>,
    #[model(skip)]
    note: String,
}

#[derive(Model)]
struct Pair(Param<shape![2]>, Param<shape![3]>);

#[derive(Model)]
#[model(number = f64, refs = Leaves)]
struct Double {
    w: Param<shape![2], f64>,
}

#[test]
fn derive_gives_the_same_to_structs_by_hand() {
    let mut rng = Rng::new(1);
    let net = Siamese::<f64> {
        tower: Block::with_rng(&mut rng),
        towers: vec![Block::with_rng(&mut rng), Block::with_rng(&mut rng)],
        extra: None,
        bias: Param::new(Tensor::zeros()),
        note: "by hand".to_owned(),
    };
    net.name_parameters();
    let names: Vec<String> = net.parameters().into_iter().map(|(name, _)| name).collect();
    assert_eq!(names[..4], ["tower.up", "tower.down", "tower.scale", "towers.0.up"]);
    assert_eq!(names[names.len() - 1], "bias");
    assert_eq!(net.deep_clone().note, "by hand");

    let s = Session::<f64>::new(Options::default().threads(1));
    let left = s.input(Tensor::<f64, shape![2, 8]>::ones()).unwrap();
    let right = s.input(Tensor::<f64, shape![2, 8]>::zeros()).unwrap();
    let m = net.bind(&s).unwrap();
    // A pair: one model, two calls in one recording.
    let distance = s.mse_loss(m.tower.forward(&s, left), m.tower.forward(&s, right));
    assert_eq!(s.graph().leaves().len(), 2 + 10);
    assert!(s.value(distance).unwrap().value() > 0.0);
    assert!(m.extra.is_none());
    assert_eq!(m.towers.len(), 2);

    let pair = Pair(Param::new(Tensor::zeros()), Param::new(Tensor::zeros()));
    let names: Vec<String> = pair.parameters().into_iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["0", "1"]);
    let s = Session::<f32>::new(Options::default().threads(1));
    let PairRefs(_, three) = pair.bind(&s).unwrap();
    assert_eq!(three.id(), s.typed::<shape![3]>(three.id()).unwrap().id());

    let double = Double { w: Param::new(Tensor::ones()) };
    let s = Session::<f64>::new(Options::default().threads(1));
    let Leaves { w } = double.bind(&s).unwrap();
    assert_eq!(s.value(w).unwrap().to_vec(), [1.0, 1.0]);
}

#[test]
fn a_summary_counts_parameters_and_the_work_of_methods() {
    let summary = Net::new(1).summary();
    assert_eq!((summary.total(), summary.frozen(), summary.rows().len()), (650, 32, 16));
    let first = 2 * 8 * 16 + 16 + 2 * 16 * 8 + 8 + 8;
    let block = 2 * 8 * 4 + 4 + 2 * 4 * 8 + 8 + 8;
    let hidden = first + 4 * block + 3 * 2 * 8 * 8;
    let forward = hidden + 2 * 8 * 5 + 5;
    let methods: Vec<_> = summary.methods().iter().map(|method| (method.name, method.stats.flops)).collect();
    // A softmax and its sum are 5 for each score.
    assert_eq!(methods, [("hidden", hidden), ("forward", forward), ("loss", forward + 5 * 5)]);
}

#[test]
fn models_are_cloned_with_their_parameters_or_with_copies() {
    let net = Net::new(1);
    let (same, other) = (net.clone(), net.deep_clone());
    net.own.set_value(Tensor::zeros());
    assert_eq!(same.own.value(), Tensor::zeros());
    assert_eq!(other.own.value().to_vec(), [4.0, 5.0]);
    // Ties and what is frozen stay.
    other.table.set_value(Tensor::ones());
    assert_eq!(other.head.value(), Tensor::ones());
    assert_eq!(other.first.scale.requires_grad(), Some(false));
    assert_eq!(format!("{:?}", net.own), "Param(own, Tensor<f32> [2]\n[0. 0.])");
    let shown = format!("{net:?}");
    assert!(shown.starts_with("Net { table: Param(table, ") && shown.contains("first: Block { up: "), "{shown}");
}

#[test]
fn files_hold_all_parameters_or_nothing_changes() {
    let (net, other) = (Net::new(1), Net::new(2));
    let path = std::env::temp_dir().join(format!("session-graph-{}.safetensors", std::process::id()));
    net.save_safetensors(&path).unwrap();
    assert_ne!(net.rows[0].value(), other.rows[0].value());
    other.load_safetensors(&path).unwrap();
    for ((name, a), (_, b)) in net.parameters().into_iter().zip(other.parameters()) {
        assert_eq!(a.value(), b.value(), "{name}");
    }
    let block = Block::<Dim<16>>::new(3);
    let before = block.up.value();
    let error = block.load_safetensors(&path).unwrap_err().to_string();
    std::fs::remove_file(&path).unwrap();
    assert!(error.contains("`up`"), "{error}");
    assert_eq!(block.up.value(), before);
}

#[test]
fn the_accuracy_stands_beside_the_loss() {
    let net = Net::new(1);
    let s = Session::<f32>::new(Options::default().threads(1));
    let (ids, next) = ([0, 1, 2], [1, 2, 3]);
    let mut optimizer = session::optim::Sgd::new(0.05);
    let mut losses = Vec::new();
    let mut right = 0.0;
    for _ in 0..60 {
        s.reset_tape();
        let x = s.input_nat_vec::<Dim<3>>(&ids).unwrap();
        let y = s.input_nat_vec::<Dim<3>>(&next).unwrap();
        let m = net.bind(&s).unwrap();
        let (loss, logits) = m.loss(&s, x, y);
        s.keep(logits).unwrap();
        losses.push(s.step(loss, &mut optimizer).unwrap());
        right = s.value(logits).unwrap().accuracy(&next).unwrap();
        // Another call in the same recording, which adds nodes and no leaves.
        let leaves = s.graph().leaves().len();
        let again = m.forward(&s, x);
        assert!(s.value(again).unwrap().as_slice().iter().all(|score| score.is_finite()));
        assert_eq!((s.graph().leaves().len(), leaves), (16, 16));
    }
    assert!(losses[59] < 0.3 * losses[0], "{losses:?}");
    assert_eq!(right, 1.0);
    // What is frozen stays.
    assert_eq!(net.first.scale.value(), Tensor::ones());
}

mod odd {
    use session::prelude::*;

    graph! {
        pub struct Gpt {
            tokens: [5, 8] = normal(0.0, 0.02,),
            large: [2048, 2048] = orthogonal,
        }
        /// `T` is the usual letter for time.
        pub fn forward<B, T>(x: nat[B, T]) -> [B, T, 8] { embedding(tokens, x) }
        pub fn r#match(x: [2048]) -> [2048] { large @ x }

        pub struct Wide<T> { w: [T, 3] = zeros }
        pub fn forward(x: [3]) -> [T] { w @ x }
    }

    graph! {
        /// Array fields of bound models from outside of them.
        pub fn through<B>(x: [B, 8], net: &super::NetRefs, blocks: &[super::BlockRefs<Dim<4>>]) -> [B, 8] {
            let mut h = net.blocks[1].forward(x);
            for block in blocks {
                h = block.forward(h);
            }
            blocks[2].forward(h)
        }
    }
}

#[test]
fn odd_but_legal_models() {
    // At once: nothing is initialised.
    assert_eq!(odd::Gpt::match_graph().leaves().len(), 3);
    assert_eq!(odd::Gpt::forward_graph::<Dim<2>, Dim<3>>().naturals().len(), 1);
    assert_eq!(odd::Wide::<Dim<7>>::forward_graph().leaves().len(), 2);

    let net = Net::new(1);
    let record = |by_hand: bool| {
        let s = Session::<f32>::new(Options::default().threads(1));
        let m = net.bind(&s).unwrap();
        let x = s.input(Tensor::<f32, shape![2, 8]>::ones()).unwrap();
        if by_hand {
            let mut h = m.blocks[1].forward(&s, x);
            for block in &m.blocks {
                h = block.forward(&s, h);
            }
            m.blocks[2].forward(&s, h);
        } else {
            odd::through(&s, x, &m, &m.blocks);
        }
        s.graph()
    };
    assert_eq!(record(false), record(true));
}
