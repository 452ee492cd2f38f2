//! Graphs that the layers are asked about. Sizes are small, and such that every kernel has remainders, several blocks
//! and several parts somewhere.

use session::ir::{DynShape, Graph, Id, NatId};
use session::random::Rng;
use session::session::Snapshot;
use session::tensor::DynTensor;
use session::{Error, GraphBuilder, Session, TensorRef};

/// A loss of some leaves and natural numbers.
pub struct Subject {
    /// What it is.
    pub name: &'static str,
    /// The graph.
    pub graph: Graph,
    /// The natural-number inputs.
    pub naturals: Vec<Vec<usize>>,
    /// The loss.
    pub out: Id,
}

type Build = fn(&mut GraphBuilder, &[Id], &[NatId]) -> Result<Id, Error>;

impl Subject {
    fn new(name: &'static str, leaves: &[&[usize]], naturals: &[(&[usize], &[usize])], build: Build) -> Self {
        let mut b = GraphBuilder::new();
        let recorded = || {
            let leaves = leaves.iter().map(|sizes| b.input(DynShape::new(sizes))).collect::<Result<Vec<_>, _>>()?;
            let numbers =
                naturals.iter().map(|(sizes, _)| b.input_nats(DynShape::new(sizes))).collect::<Result<Vec<_>, _>>()?;
            build(&mut b, &leaves, &numbers)
        };
        let out = { recorded }().unwrap_or_else(|error| panic!("{name}: {error}"));
        let naturals = naturals.iter().map(|(_, numbers)| numbers.to_vec()).collect();
        Self { name, graph: b.into_graph(), naturals, out }
    }

    /// Random leaves.
    pub fn leaves(&self, rng: &mut Rng) -> Vec<DynTensor<f32>> {
        let random = |&shape: &DynShape| {
            let numbers = (0..shape.elements()).map(|_| rng.normal()).collect();
            DynTensor::new(shape, numbers).expect("as many numbers as the shape has")
        };
        self.graph.leaves().iter().map(random).collect()
    }

    /// The same as the recording of a session.
    pub fn record(&self, s: &Session<f32>) -> Result<TensorRef<()>, String> {
        let (graph, leaves) = (self.graph.clone(), self.leaves(&mut Rng::new(1)));
        let restored = s.restore(Snapshot { graph, leaves, naturals: self.naturals.clone() });
        restored.and_then(|()| s.typed(self.out)).map_err(|error| error.to_string())
    }
}

/// The sum of the squares of some values.
fn squares(b: &mut GraphBuilder, values: &[Id]) -> Result<Id, Error> {
    let mut total = b.literal(0.0)?;
    for &value in values {
        let square = b.square(value)?;
        let sum = b.sum(square)?;
        total = b.add(total, sum)?;
    }
    Ok(total)
}

fn classifier(b: &mut GraphBuilder, x: &[Id], n: &[NatId]) -> Result<Id, Error> {
    let &[x, w1, b1, w2, b2] = x else { unreachable!() };
    let h = b.linear(w1, b1, x)?;
    let h = b.relu(h)?;
    let logits = b.linear(w2, b2, h)?;
    b.cross_entropy(logits, n[0])
}

fn attention(b: &mut GraphBuilder, x: &[Id], n: &[NatId]) -> Result<Id, Error> {
    let &[x, wq, wk, wv, wo, gamma, beta] = x else { unreachable!() };
    let attended = b.multi_head_attention(wq, wk, wv, wo, x, 2, true, None, Some(n[0]))?;
    let sum = b.add(x, attended)?;
    let normal = b.layer_norm(sum, gamma, beta, 1e-5)?;
    let soft = b.softmax_axis(normal, 1)?;
    let log = b.log_softmax_axis(normal, 1)?;
    let product = b.mul(soft, log)?;
    let weights = b.softmax(normal)?;
    let mean = b.mean(product)?;
    let rest = squares(b, &[weights])?;
    b.sub(mean, rest)
}

fn images(b: &mut GraphBuilder, x: &[Id], _: &[NatId]) -> Result<Id, Error> {
    let &[x, w, bias, back, bias_back] = x else { unreachable!() };
    let h = b.conv_grouped(w, bias, x, &[2, 1], &[1, 1], &[1, 2], 2)?;
    let h = b.relu(h)?;
    let most = b.max_pool(h, &[3, 3], &[1, 2], &[1, 1])?;
    let average = b.avg_pool(h, &[2, 3], &[2, 1], &[0, 1])?;
    let smooth = b.smooth_max_pool(h, &[2, 2], &[2, 2], &[0, 0], 0.5)?;
    let up = b.conv_transpose(back, bias_back, most, &[2, 2], &[1, 1])?;
    squares(b, &[up, average, smooth])
}

fn embedding(b: &mut GraphBuilder, x: &[Id], n: &[NatId]) -> Result<Id, Error> {
    let &[table, column] = x else { unreachable!() };
    let rows = b.embedding(table, n[0])?;
    let again = b.embedding(table, n[0])?;
    let both = b.mul(rows, again)?;
    let turned = b.transpose(both)?;
    let added = b.scatter_add_row(both, column, 2)?;
    let kept = b.dropout(added, n[1], 0.4)?;
    let loss = b.cross_entropy(kept, n[2])?;
    let negative = b.nll_loss(kept, n[2])?;
    let rest = squares(b, &[turned])?;
    let sum = b.add(loss, negative)?;
    b.sub(sum, rest)
}

fn reductions(b: &mut GraphBuilder, x: &[Id], _: &[NatId]) -> Result<Id, Error> {
    let &[x, long] = x else { unreachable!() };
    let (first, middle) = (b.sum_axis(x, 0)?, b.mean_axis(x, 1)?);
    let rows = b.reshape(middle, &[2, 6])?;
    let twice = b.concat_axis(rows, rows, 1)?;
    let largest = b.max_axis(twice, 1)?;
    let (variance, all) = (b.var(x)?, b.mean(long)?);
    let exponents = b.logsumexp_axis(x, 1)?;
    let line = b.logsumexp(long)?;
    let mean = b.mse_loss(first, first)?;
    let [scaled, moved] = [b.scale(first, 0.3)?, b.tanh(first)?];
    let error = b.mse_loss(scaled, moved)?;
    let single = b.mse_loss(mean, error)?;
    let rest = squares(b, &[first, largest, exponents, line, variance])?;
    let mut total = b.add(rest, all)?;
    for term in [mean, error, single] {
        total = b.add(total, term)?;
    }
    Ok(total)
}

/// Sums of single elements: the sign of a zero shows in an infinity.
fn single_sums(b: &mut GraphBuilder, x: &[Id], _: &[NatId]) -> Result<Id, Error> {
    let sums = b.sum_axis(x[0], 0)?;
    let inverse = b.scalar_div(sums, 1.0)?;
    b.sum(inverse)
}

fn layouts(b: &mut GraphBuilder, x: &[Id], _: &[NatId]) -> Result<Id, Error> {
    let &[x, y, row] = x else { unreachable!() };
    let turned = b.permute(x, &[1, 2, 0])?;
    let both = b.concat_axis(turned, y, 1)?;
    let cut = b.slice_axis(both, 1, 1, 6)?;
    let padded = b.pad(cut, 2, 2, 1)?;
    let few = b.slice(row, 0, 4)?;
    let row = b.broadcast(row, &[4, 5, 7])?;
    let product = b.mul(padded, row)?;
    let difference = b.broadcast_sub(turned, few)?;
    squares(b, &[product, difference])
}

/// Other names, equal subexpressions, values used often, values that nothing asks for, what depends on no input.
fn sharing(b: &mut GraphBuilder, x: &[Id], _: &[NatId]) -> Result<Id, Error> {
    let &[x, y, z] = x else { unreachable!() };
    let wide = b.reshape(x, &[2, 8])?;
    let (rows, wide) = (b.softmax(x)?, b.softmax(wide)?);
    let flat = b.reshape(wide, &[4, 4])?;
    let product = b.sub(rows, flat)?;
    let again = b.reshape(product, &[16])?;
    let steps = b.full(&[16], 0.1)?;
    let steps = b.exp(steps)?;
    let unused = b.exp(again)?;
    b.tanh(unused)?;
    let fixed = b.full(&[40], 0.3)?;
    let fixed = b.sin(fixed)?;
    let mut chain = b.mul(again, steps)?;
    for _ in 0..3 {
        // Values of different sizes, some of which live longer than others.
        let long = b.concat(chain, y)?;
        let long = b.div(long, fixed)?;
        let short = b.slice(long, 5, 21)?;
        let sum = b.add(short, again)?;
        let sum = b.mul(sum, steps)?;
        chain = b.tanh(sum)?;
        chain = b.sub(chain, short)?;
    }
    let alias = b.reshape(chain, &[4, 4])?;
    let first = b.matmul(alias, z)?;
    let second = b.matmul(z, alias)?;
    let matrix = b.sub(first, second)?;
    squares(b, &[matrix, chain])
}

fn functions(b: &mut GraphBuilder, x: &[Id], _: &[NatId]) -> Result<Id, Error> {
    let &[x, y] = x else { unreachable!() };
    let sum = b.add(x, y)?;
    let difference = b.sub(x, y)?;
    let quotient = b.div(sum, y)?;
    let product = b.mul(quotient, difference)?;
    let mut values = vec![
        b.tanh(x)?,
        b.sigmoid(x)?,
        b.softplus(x)?,
        b.gelu(x)?,
        b.gelu_tanh(x)?,
        b.silu(x)?,
        b.sin(x)?,
        b.cos(product)?,
        b.erf(y)?,
        b.exp(sum)?,
        b.abs(x)?,
        b.elu(x, 0.7)?,
        b.leaky_relu(x, 0.2)?,
        b.clamp(x, -0.5, 0.5)?,
        b.pow(x, 3.0)?,
        b.scalar_div(y, 2.0)?,
        b.scalar_sub(y, 2.0)?,
        b.div_scalar(y, 3.0)?,
        b.maximum(x, y)?,
        b.maximum(x, x)?,
        b.minimum(x, y)?,
        b.select_gt(x, y, sum, product)?,
    ];
    let square = b.square(x)?;
    let positive = b.add_scalar(square, 1.0)?;
    values.extend([b.sqrt(positive)?, b.log(positive)?, b.relu(difference)?, b.safe_log(positive, 0.5)?]);
    let parts: Vec<Id> = values.iter().map(|&value| b.mul(value, x)).collect::<Result<_, _>>()?;
    squares(b, &parts)
}

/// A value that lives on while a kernel of leaves takes scratch.
fn scratch(b: &mut GraphBuilder, x: &[Id], _: &[NatId]) -> Result<Id, Error> {
    let &[x, y] = x else { unreachable!() };
    let power = b.exp(x)?;
    let sum = b.logsumexp(y)?;
    let scaled = b.broadcast_mul(power, sum)?;
    b.sum(scaled)
}

/// Square matrices, which no shape tells apart from their transposes.
fn products(b: &mut GraphBuilder, x: &[Id], _: &[NatId]) -> Result<Id, Error> {
    let &[x, y, stack, other, vector, bias] = x else { unreachable!() };
    let product = b.matmul(x, y)?;
    let product = b.linear(x, bias, product)?;
    let product = b.matmul(product, product)?;
    let batch = b.bmm(stack, other)?;
    let column = b.matmul(x, vector)?;
    squares(b, &[product, batch, column])
}

/// What depends on no input but a natural number, and answers that depend on nothing.
fn fixed(b: &mut GraphBuilder, x: &[Id], n: &[NatId]) -> Result<Id, Error> {
    let ones = b.full(&[9, 5], 1.0)?;
    let mask = b.dropout(ones, n[0], 0.5)?;
    let half = b.scale(ones, 0.5)?;
    let mask = b.sub(mask, half)?;
    let masked = b.mul(x[0], mask)?;
    squares(b, &[masked])
}

/// For all layers.
pub fn small() -> Vec<Subject> {
    let labels: (&[usize], &[usize]) = (&[5], &[0, 2, 1, 9, 1]);
    vec![
        Subject::new("a classifier", &[&[5, 7], &[19, 7], &[19], &[3, 19], &[3]], &[labels], classifier),
        Subject::new(
            "attention",
            &[&[2, 3, 4], &[4, 4], &[4, 4], &[4, 4], &[4, 4], &[4], &[4]],
            &[(&[2, 3], &[1, 1, 0, 1, 1, 1])],
            attention,
        ),
        Subject::new("images", &[&[2, 4, 7, 8], &[6, 2, 3, 3], &[6], &[6, 3, 2, 3], &[3]], &[], images),
        Subject::new(
            "an embedding",
            &[&[6, 4], &[4]],
            &[(&[5], &[2, 0, 2, 8, 5]), (&[], &[7]), (&[5], &[1, 3, 0, 4, 1])],
            embedding,
        ),
        Subject::new("reductions", &[&[2, 20, 6], &[1100]], &[], reductions),
        Subject::new("layouts", &[&[4, 4, 4], &[4, 4, 4], &[7]], &[], layouts),
        Subject::new("shared values", &[&[4, 4], &[24], &[4, 4]], &[], sharing),
        Subject::new("scratch", &[&[16], &[6]], &[], scratch),
        Subject::new("functions", &[&[43], &[43]], &[], functions),
        Subject::new("products", &[&[4, 4], &[4, 4], &[3, 4, 4], &[3, 4, 4], &[4], &[4]], &[], products),
        Subject::new("fixed values", &[&[9, 5]], &[(&[], &[3])], fixed),
        Subject::new("sums of single elements", &[&[1, 240]], &[], single_sums),
    ]
}

/// Chains that are longer than a block of a product, and shorter ones.
fn long_chains(b: &mut GraphBuilder, x: &[Id], _: &[NatId]) -> Result<Id, Error> {
    let &[x, w, bias, y, p, q] = x else { unreachable!() };
    let first = b.linear(w, bias, x)?;
    let second = b.matmul(x, y)?;
    let third = b.matmul(p, q)?;
    squares(b, &[first, second, third])
}

/// A product whose right matrix has rows that are copied.
fn distant_rows(b: &mut GraphBuilder, x: &[Id], _: &[NatId]) -> Result<Id, Error> {
    let product = b.matmul(x[0], x[1])?;
    squares(b, &[product])
}

/// A matrix and a vector, of more columns than are done together too; products whose transposes are computed.
fn narrow(b: &mut GraphBuilder, x: &[Id], _: &[NatId]) -> Result<Id, Error> {
    let &[matrix, vector, x, w, bias, row, wide_matrix] = x else { unreachable!() };
    let column = b.matmul(matrix, vector)?;
    let parts = b.matmul(vector, wide_matrix)?;
    let wide = b.linear(w, bias, x)?;
    let single = b.linear(w, bias, row)?;
    squares(b, &[column, parts, wide, single])
}

/// Sums longer than a block, and long enough for two threads.
fn long_sums(b: &mut GraphBuilder, x: &[Id], _: &[NatId]) -> Result<Id, Error> {
    let &[all, rows, columns] = x else { unreachable!() };
    let all = b.broadcast(all, &[211, 1000])?;
    let total = b.sum(all)?;
    let lines = b.sum_axis(rows, 1)?;
    let chains = b.mean_axis(columns, 0)?;
    squares(b, &[total, lines, chains])
}

/// Lines and columns that are no whole number of vectors, and ties of zeros.
fn lines(b: &mut GraphBuilder, x: &[Id], _: &[NatId]) -> Result<Id, Error> {
    let &[x, long] = x else { unreachable!() };
    let values = [
        b.softmax(x)?,
        b.softmax_axis(x, 0)?,
        b.log_softmax(x)?,
        b.log_softmax_axis(x, 0)?,
        b.logsumexp_axis(x, 0)?,
        b.max_axis(x, 1)?,
        b.tanh(long)?,
    ];
    squares(b, &values)
}

/// Images wide enough for groups of windows; zeros tie in the windows. Nothing is added to the gradient of a pool alone,
/// so that the signs of its zeros are seen.
fn large_images(b: &mut GraphBuilder, x: &[Id], _: &[NatId]) -> Result<Id, Error> {
    let &[x, w, bias, pointwise, pointwise_bias, alone] = x else { unreachable!() };
    let h = b.conv(w, bias, x, &[1, 1], &[2, 2])?;
    let h = b.relu(h)?;
    let halved = b.max_pool2d(h, &[2, 2], 2)?;
    let padded = b.max_pool(h, &[3, 3], &[2, 2], &[1, 1])?;
    let average = b.avg_pool(h, &[3, 3], &[2, 2], &[1, 1])?;
    let mixed = b.conv_grouped(pointwise, pointwise_bias, h, &[2, 3], &[1, 0], &[1, 1], 3)?;
    let alone = b.max_pool(alone, &[3, 3], &[2, 2], &[1, 1])?;
    squares(b, &[halved, padded, average, mixed, alone])
}

/// More images than are done together, with few channels, and more planes than a tile has.
fn many_images(b: &mut GraphBuilder, x: &[Id], _: &[NatId]) -> Result<Id, Error> {
    let &[x, w, bias] = x else { unreachable!() };
    let h = b.conv(w, bias, x, &[1, 1], &[1, 1])?;
    let h = b.relu(h)?;
    let halved = b.max_pool2d(h, &[2, 2], 2)?;
    squares(b, &[h, halved])
}

/// Enough channels for the lanes of vectors, each with weights of its own.
fn many_channels(b: &mut GraphBuilder, x: &[Id], _: &[NatId]) -> Result<Id, Error> {
    let &[x, w, bias] = x else { unreachable!() };
    let h = b.conv_grouped(w, bias, x, &[1, 1], &[1, 1], &[1, 1], 17)?;
    squares(b, &[h])
}

/// A row and a column that a loop of several tiles repeats.
fn repeated(b: &mut GraphBuilder, x: &[Id], _: &[NatId]) -> Result<Id, Error> {
    let &[x, row, column] = x else { unreachable!() };
    let shape = [60, 40];
    let (row, column) = (b.broadcast(row, &shape)?, b.broadcast(column, &shape)?);
    let h = b.mul(x, row)?;
    let h = b.sub(h, column)?;
    let h = b.exp(h)?;
    squares(b, &[h])
}

/// For the kernels.
pub fn large() -> Vec<Subject> {
    vec![
        Subject::new(
            "long chains",
            &[&[3, 1500], &[5, 1500], &[5], &[1500, 7], &[11, 120], &[120, 9]],
            &[],
            long_chains,
        ),
        Subject::new(
            "narrow products",
            &[&[41, 37], &[37], &[5, 29], &[400, 29], &[400], &[29], &[37, 90]],
            &[],
            narrow,
        ),
        Subject::new("distant rows", &[&[35, 3], &[3, 1024]], &[], distant_rows),
        Subject::new("long sums", &[&[1000], &[3, 3001], &[1500, 3]], &[], long_sums),
        Subject::new("many images", &[&[40, 2, 6, 5], &[4, 2, 3, 3], &[4]], &[], many_images),
        Subject::new("many channels", &[&[2, 17, 3, 12], &[17, 1, 3, 3], &[17]], &[], many_channels),
        Subject::new("repeated lines", &[&[60, 40], &[40], &[60, 1]], &[], repeated),
        Subject::new("lines", &[&[33, 77], &[1003]], &[], lines),
        Subject::new(
            "large images",
            &[&[2, 2, 7, 38], &[6, 2, 3, 3], &[6], &[6, 2, 2, 2], &[6], &[3, 9, 20]],
            &[],
            large_images,
        ),
    ]
}
