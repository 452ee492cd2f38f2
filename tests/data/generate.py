"""Writes more.jsonl: values, reverse and forward derivatives by PyTorch in float64, one case a line.

Made with Python 3.11 and PyTorch 2.15.0 on a processor (not a GPU):

    python3 -m venv environment && environment/bin/pip install torch==2.15.0
    environment/bin/python tests/data/generate.py

A line names an operation of `GraphBuilder` with its plain arguments (`params`) and the numbers of a
natural-number input (`nats`, of shape `nats_shape`, by default a vector). An argument that is a list of lists is
a natural-number input too, null one that is absent. Each case has a seed of its own: another case changes no
other line. What PyTorch does not have is written here with its operations, by the rules of this library.
"""

import itertools
import json
import math
import pathlib
import zlib

import torch
import torch.nn.functional as F

EPSILON = 1e-6
LINES = []


def rounded(shape, generator):
    """Normal numbers of four digits, so that the file stays small."""
    return torch.randn(shape, generator=generator, dtype=torch.float64).mul(1e4).round().div(1e4)


def tensor(array):
    # A zero has no sign here: whether -0 comes out is no matter of these cases.
    return {"shape": list(array.shape), "data": (array.detach() + 0.0).flatten().tolist()}


def case(op, function, inputs, params=None, nats=(), nats_shape=None):
    """An input is a shape to draw numbers for, or the numbers, as a tensor."""
    params = params or {}
    shapes = [list(x.shape) if isinstance(x, torch.Tensor) else list(x) for x in inputs]
    key = json.dumps([op, params, list(nats), shapes])
    generator = torch.Generator().manual_seed(zlib.crc32(key.encode()))
    inputs = [x if isinstance(x, torch.Tensor) else rounded(x, generator) for x in inputs]
    inputs = tuple(x.double().requires_grad_() for x in inputs)
    output = function(*inputs)
    cotangent = rounded(output.shape, generator)
    tangents = tuple(rounded(x.shape, generator) for x in inputs)
    if output.requires_grad:
        vjp = torch.autograd.grad(output, inputs, cotangent, allow_unused=True)
        vjp = [torch.zeros_like(x) if d is None else d for x, d in zip(inputs, vjp)]
        _, jvp = torch.autograd.functional.jvp(function, inputs, tangents)
    else:
        vjp, jvp = [torch.zeros_like(x) for x in inputs], torch.zeros_like(output)
    line = {"op": op, "params": params, "nats": list(nats)}
    if nats_shape is not None:
        line["nats_shape"] = list(nats_shape)
    line["inputs"] = [{"name": f"x{index}"} | tensor(x) for index, x in enumerate(inputs)]
    line |= {"output": tensor(output), "cotangent": tensor(cotangent), "vjp": [tensor(d) for d in vjp]}
    line |= {"tangents": [tensor(d) for d in tangents], "jvp": tensor(jvp)}
    numbers = [line["output"], line["jvp"], *line["vjp"]]
    assert all(math.isfinite(x) for entry in numbers for x in entry["data"]), (op, params)
    LINES.append(json.dumps(line, allow_nan=False))


def numbers(*values):
    return torch.tensor(values, dtype=torch.float64)


def agree(found, expected):
    torch.testing.assert_close(found, expected, rtol=1e-12, atol=1e-12)
    return found


def elementwise():
    x = [[2, 3]]
    case("add_scalar", lambda x: x + 0.3, x, {"c": 0.3})
    case("scalar_sub", lambda x: 0.3 - x, x, {"c": 0.3})
    case("div_scalar", lambda x: x / -1.75, x, {"c": -1.75})
    case("scalar_div", lambda x: -1.75 / x, [numbers(0.5, -0.25, 3.0, -7.5, 1e-3)], {"c": -1.75})
    positive = numbers(0.25, 0.5, 1.0, 1.7, 9.0)
    for exponent in (2.0, 3.0, 1.0, 0.0):
        case("pow", lambda x: x.pow(exponent), [numbers(-1.5, -0.2, 0.0, 0.7, 3.0)], {"exponent": exponent})
    for exponent in (0.5, 2.5, -1.0, -1.5, -2.0):
        case("pow", lambda x: x.pow(exponent), [positive], {"exponent": exponent})
    at_zero = numbers(-2.0, -0.3, 0.0, 0.4, 1.9)
    for slope in (0.01, 0.0, -0.5):
        case("leaky_relu", lambda x: F.leaky_relu(x, slope), [at_zero], {"slope": slope})
    for alpha in (1.0, 0.3):
        case("elu", lambda x: F.elu(x, alpha), [numbers(-30.0, -2.0, 0.0, 0.4, 20.0)], {"alpha": alpha})
    case("relu", F.relu, [at_zero])
    case("abs", torch.abs, [at_zero])
    case("detach", lambda x: x.detach(), x)
    a, b = numbers(1.0, 2.0, -1.0, 0.0, 3.0), numbers(2.0, 1.0, -1.0, 0.0, -3.0)
    case("select_gt", lambda a, b, x, y: torch.where(a > b, x, y), [a, b, [5], [5]])
    case("clamp", lambda x: x.clamp(1.0, -1.0), [numbers(-2.0, -1.0, 0.0, 1.0, 2.0)], {"lo": 1.0, "hi": -1.0})
    large = numbers(-800.0, -100.0, -36.7, -20.5, -8.3, 8.3, 20.5, 37.0, 100.0, 800.0)
    # Beyond its threshold PyTorch takes x itself.
    case("softplus", lambda x: F.softplus(x, threshold=600.0), [large])
    case("sigmoid", torch.sigmoid, [large])
    case("gelu", F.gelu, [large])
    case("gelu_tanh", lambda x: F.gelu(x, approximate="tanh"), [large])
    case("silu", F.silu, [large])
    case("tanh", torch.tanh, [large])
    case("erf", torch.erf, [large])
    for name, function in (("add", torch.add), ("sub", torch.sub), ("mul", torch.mul), ("div", torch.div)):
        for shapes in ([[2, 3, 2], [3, 2]], [[2], [3, 2]], [[2, 2], []], [[3], [3]]):
            away = torch.tensor([0.5, -1.5, 2.0] * 4, dtype=torch.float64)
            right = away[: math.prod(shapes[1])].reshape(shapes[1])
            case(f"broadcast_{name}", function, [shapes[0], right])
    for p in (0.0, 1.0):
        case("dropout", lambda x: F.dropout(x, p), x, {"p": p}, [7], [])
        case("dropout_nat", lambda x: F.dropout(x, p), x, {"p": p, "key": 7})
    case("literal", lambda: torch.tensor(-1.75).double(), [], {"c": -1.75})
    case("full", lambda: torch.full((2, 3), 0.5).double(), [], {"shape": [2, 3], "c": 0.5})


def reductions():
    x = [[2, 3, 4]]
    for axis in range(3):
        arguments = {"axis": axis}
        case("softmax_axis", lambda x: x.softmax(axis), x, arguments)
        case("log_softmax_axis", lambda x: x.log_softmax(axis), x, arguments)
        case("logsumexp_axis", lambda x: x.logsumexp(axis), x, arguments)
        case("min_axis", lambda x: x.amin(axis), x, arguments)
        tied = torch.tensor([2, 1, 2, 0, 2, 2, -1, 2, 2, -3, 2, 2] * 2).reshape(2, 3, 4)
        case("max_axis", lambda x: x.amax(axis), [tied], arguments)
        case("min_axis", lambda x: x.amin(axis), [-tied], arguments)
    far = numbers(800.0, -800.0, 0.0, 799.0)
    for name in ("softmax", "log_softmax", "logsumexp"):
        case(name, lambda x: getattr(x, name)(-1), [far])
    case("mean", torch.mean, x)
    case("mean", torch.mean, [[]])
    case("var", torch.var, x)
    case("var", torch.var, [numbers(1e6, 1e6 + 1.0)])
    pair = [numbers(0.5, -1.0, 2.0, 3.0, -0.7), numbers(0.5, 1.0, 1.0, -3.0, -0.2)]
    case("l1_loss", F.l1_loss, pair)
    for delta in (1.0, 2.0, 0.5):
        case("huber_loss", lambda p, t: F.huber_loss(p, t, delta=delta), pair, {"delta": delta})
    logits, targets = numbers(-800.0, 800.0, 40.0, -40.0, 0.0), numbers(1.0, 0.0, 1.0, 0.3, 0.5)
    case("bce_with_logits", F.binary_cross_entropy_with_logits, [logits, targets])

    for shape, labels in (([2, 3, 4], [3, 0, 1, 1, 2, 0]), ([4], [2]), ([2, 3, 4], [3, 0, 9, 1, 4, 0])):
        rows = torch.tensor([label if label < 4 else -100 for label in labels])

        def nll(x):
            """A label out of range contributes 0 but counts."""
            return F.nll_loss(x.reshape(-1, 4), rows, reduction="sum") / len(labels)

        case("nll_loss", nll, [shape], None, labels, shape[:-1])
        case("cross_entropy", lambda x: nll(x.log_softmax(-1)), [shape], None, labels, shape[:-1])


def products():
    case("matmul", torch.matmul, [[3, 4], [4]])
    case("matmul", torch.matmul, [[4], [4, 3]])
    case("matmul", torch.matmul, [[2, 3, 4], [4, 2]])
    case("matmul", torch.matmul, [[2, 1, 3, 2], [2, 3]])
    case("matmul", torch.matmul, [[2, 3, 4], [2, 4, 2]])
    for leading in ([], [3], [2, 3], [2, 1, 3]):
        case("linear", lambda w, b, x: F.linear(x, w, b), [[3, 4], [3], [*leading, 4]])


def shapes():
    x = [[2, 3, 4]]
    case("squeeze", lambda x: x.squeeze(1), [[2, 1, 3]], {"axis": 1})
    for axis in range(3):
        case("unsqueeze", lambda x: x.unsqueeze(axis), [[2, 3]], {"axis": axis})
    for axis, widths in ((0, (0, 0, 1, 2)), (1, (2, 1, 0, 0))):
        padding = {"axis": axis, "before": max(widths[0], widths[2]), "after": max(widths[1], widths[3])}
        case("pad", lambda x: F.pad(x, widths), [[2, 3]], padding)
    for count in (1, 2, 3, 5):
        case("stack", lambda *parts: torch.stack(parts), [[2, 3]] * count)
    case("at", lambda x: x[1], x, {"index": 1})
    case("at", lambda x: x[2], [[3]], {"index": 2})
    for axis in range(3):
        case("flatten_from", lambda x: x.flatten(axis), x, {"axis": axis})
    case("unflatten", lambda x: x.unflatten(1, (3, 2)), [[2, 6, 2]], {"axis": 1, "dims": [3, 2]})
    case("unflatten", lambda x: x.unflatten(0, (2, 1, 3)), [[6]], {"axis": 0, "dims": [2, 1, 3]})
    case("reshape", lambda x: x.reshape(()), [[1, 1]], {"to": []})
    for axes in ([2, 0, 1], [1, 0, 2], [0, 2, 1], [2, 1, 0]):
        case("permute", lambda x: x.permute(axes), x, {"axes": axes})
    case("permute", lambda x: x.permute(3, 1, 0, 2), [[2, 3, 2, 2]], {"axes": [3, 1, 0, 2]})
    case("expand_leading", lambda x: x.expand(4, 2, 3), [[2, 3]], {"to": [4, 2, 3]})
    case("expand_leading", lambda x: x.expand(2, 3), [[]], {"to": [2, 3]})
    case("expand_trailing", lambda x: x[..., None].expand(2, 3, 4), [[2, 3]], {"to": [2, 3, 4]})
    case("expand_trailing", lambda x: x[:, None, None].expand(2, 3, 2), [[2]], {"to": [2, 3, 2]})
    case("concat_axis", lambda a, b: torch.cat((a, b), 2), [[2, 2, 1], [2, 2, 3]], {"axis": 2})
    case("slice_axis", lambda x: x[:, :, 1:3], x, {"axis": 2, "start": 1, "end": 3})


def gathered(x, indices):
    """Rows by index, zeros where an index is out of range."""
    indices = torch.tensor(indices)
    inside = (indices < x.shape[0]).reshape(indices.shape + (1,) * (x.dim() - 1))
    return torch.where(inside, x[indices.clamp(max=x.shape[0] - 1)], 0.0)


def indices():
    for index in (2, 7):
        case("gather_scalar_ref", lambda x: gathered(x, index), [[4]], None, [index], [])
        case("gather_row_ref", lambda x: gathered(x, index), [[4, 3]], None, [index], [])
        case("gather_scalar_nat", lambda x: gathered(x, index), [[4]], {"index": index})
    table = [[3, 0, 3], [9, 1, 3]]
    flat = sum(table, [])
    case("gather_vec_ref", lambda x: gathered(x, table), [[4]], None, flat, [2, 3])
    case("gather_rows_ref", lambda x: gathered(x, table), [[4, 2]], None, flat, [2, 3])
    case("embedding", lambda x: gathered(x, table), [[4, 2]], None, flat, [2, 3])
    case("gather_vec_nat", lambda x: gathered(x, flat), [[4]], {"indices": flat})
    case("gather_rows_nat", lambda x: gathered(x, flat), [[4, 2]], {"indices": flat})
    for shape in ([3], [3, 2], [3, 2, 2]):
        case("scatter_add", lambda x, v: x.index_add(0, torch.tensor([1]), v[None]), [shape, shape[1:]], {"index": 1})


AVERAGE = (F.avg_pool1d, F.avg_pool2d, F.avg_pool3d)
LARGEST = (F.max_pool1d, F.max_pool2d, F.max_pool3d)
CONVOLUTION = (F.conv1d, F.conv2d, F.conv3d)
TRANSPOSED = (F.conv_transpose1d, F.conv_transpose2d, F.conv_transpose3d)
IMAGES = ([7], [5, 4], [3, 4, 3])


def unfolded(x, kernel, stride, padding, fill):
    """The cells of each window along a new last axis."""
    count, first = len(kernel), x.dim() - len(kernel)
    x = F.pad(x, list(itertools.chain.from_iterable((p, p) for p in reversed(padding))), value=fill)
    for axis in range(count):
        x = x.unfold(first + axis, kernel[axis], stride[axis])
    return x.flatten(-count)


def windows():
    for image, average, largest in zip(IMAGES, AVERAGE, LARGEST):
        count = len(image)
        kernel, stride, padding = [3, 2, 2][:count], [2, 1, 2][:count], [1, 1, 0][:count]
        arguments = {"kernel": kernel, "stride": stride, "padding": padding}
        for leading in ([2], [2, 1]):
            x = [[*leading, *image]]
            case("avg_pool", lambda x: average(x, kernel, stride, padding), x, arguments)
            case("max_pool", lambda x: largest(x, kernel, stride, padding), x, arguments)
            for beta in (0.7, -1.5):

                def smooth(x):
                    return unfolded(x * beta, kernel, stride, padding, -math.inf).logsumexp(-1) / beta

                case("smooth_max_pool", smooth, x, arguments | {"beta": beta})
    tied = torch.tensor([0, 1, 1, 0, 2, 1, -1, 2, 2, 1, 0, 0, 3, 3, 3, 1]).reshape(1, 4, 4)
    arguments = {"kernel": [3, 2], "stride": [1, 2], "padding": [1, 1]}
    case("max_pool", lambda x: F.max_pool2d(x, (3, 2), (1, 2), (1, 1)), [tied], arguments)
    for x in ([[2, 4, 5]], [[2, 1, 4, 5]]):
        arguments = {"kernel": [2, 3], "stride": 2}
        case("avg_pool2d", lambda x: F.avg_pool2d(x, (2, 3), 2), x, arguments)
        case("max_pool2d", lambda x: F.max_pool2d(x, (2, 3), 2), x, arguments)
        for beta in (1.5, -0.8):

            def weighted(x):
                window = unfolded(x, (2, 3), (2, 2), (0, 0), 0.0)
                return (window * (window * beta).softmax(-1)).sum(-1)

            case("smooth_max_pool2d", weighted, x, arguments | {"beta": beta})
    for axis in range(3):
        case("global_avg_pool", lambda x: x.flatten(axis).mean(-1), [[2, 3, 4]], {"axis": axis})
    case("global_avg_pool", lambda x: F.adaptive_avg_pool2d(x, 1)[:, :, 0, 0], [[2, 2, 2, 3]], {"axis": 2})


def convolutions():
    for image, convolve, enlarge in zip(IMAGES, CONVOLUTION, TRANSPOSED):
        count = len(image)
        kernel, stride, padding = [2, 2, 2][:count], [2, 1, 1][:count], [1, 0, 1][:count]
        for leading, dilation, groups in (([2], [2, 1, 2], 2), ([], [1, 2, 1], 4), ([1], [2, 2, 1], 1)):
            dilation = dilation[:count]
            weight, x = [4, 4 // groups, *kernel], [*leading, 4, *image]
            arguments = {"stride": stride, "padding": padding, "dilation": dilation, "groups": groups}

            def grouped(w, b, x):
                return convolve(x, w, b, stride, padding, dilation, groups)

            case("conv_grouped", grouped, [weight, [4], x], arguments)
        arguments = {"stride": stride, "padding": padding}
        inputs = [[3, 2, *kernel], [3], [2, 2, *image]]
        case("conv", lambda w, b, x: convolve(x, w, b, stride, padding), inputs, arguments)
        small = [size - 1 for size in image] if count < 3 else [2, 2, 2]
        for leading in ([2], []):
            inputs = [[2, 3, *kernel], [3], [*leading, 2, *small]]
            case("conv_transpose", lambda w, b, x: enlarge(x, w, b, stride, padding), inputs, arguments)


def norms():
    eps = {"eps": EPSILON}
    for leading in ([], [2, 2]):
        inputs = [[*leading, 5], [5], [5]]
        case("layer_norm", lambda x, g, b: F.layer_norm(x, (5,), g, b, EPSILON), inputs, eps)
    for leading in ([], [3], [2, 2]):
        case("rms_norm", lambda x, g: F.rms_norm(x, (5,), g, EPSILON), [[*leading, 5], [5]], eps)

    def batch(x, g, b):
        return F.batch_norm(x, None, None, g, b, training=True, eps=EPSILON)

    case("batch_norm", batch, [[3, 2, 2, 3], [2], [2]], eps)

    def evaluated(x, g, b, mean, var):
        """PyTorch's own form has no gradient for the statistics."""
        mean_, var_, g_, b_ = (v[:, None, None] for v in (mean, var, g, b))
        y = (x - mean_) / (var_ + EPSILON).sqrt() * g_ + b_
        if x.dim() == 4:
            agree(y, F.batch_norm(x, mean.detach(), var.detach(), g, b, eps=EPSILON))
        return y

    for x in ([2, 2, 2, 3], [2, 2, 3]):
        case("batch_norm_eval", evaluated, [x, [2], [2], [2], numbers(0.5, 2.0)], eps)
    for x, groups in (([2, 4], 2), ([2, 4, 3], 2), ([2, 4, 2, 2], 4), ([1, 4, 2, 2], 1)):
        case("group_norm", lambda x, g, b: F.group_norm(x, groups, g, b, EPSILON), [x, [4], [4]],
             {"groups": groups} | eps)


def attend(heads, causal, shared, present):
    """Attention with weights that are 0 in a row with nothing allowed."""

    def function(wq, wk, wv, wo, x):
        split = lambda w: (x @ w).unflatten(-1, (heads, -1)).transpose(-3, -2)
        q, k, v = split(wq), split(wk), split(wv)
        scores = q @ k.transpose(-2, -1) / math.sqrt(q.shape[-1])
        allowed = torch.ones(scores.shape, dtype=torch.bool)
        if causal:
            allowed = allowed.tril()
        if shared is not None:
            allowed = allowed & torch.tensor(shared).bool()
        if present is not None:
            allowed = allowed & torch.tensor(present).bool()[:, None, None, :]
        lively = allowed.any(-1, keepdim=True)
        weights = torch.where(allowed | ~lively, scores, -math.inf).softmax(-1)
        values = torch.where(lively, weights, 0.0) @ v
        if lively.all():
            agree(values, F.scaled_dot_product_attention(q, k, v, attn_mask=allowed))
        return values.transpose(-3, -2).flatten(-2) @ wo

    return function


def attentions():
    some = [[1, 0, 1], [0, 1, 0], [1, 1, 1]]
    nothing = [[1, 1, 0], [0, 0, 0], [0, 1, 1]]
    present, absent = [[1, 1, 0], [0, 1, 1]], [[1, 0, 1], [0, 0, 0]]
    forms = (
        ([2], False, None, None),
        ([], False, nothing, None),
        ([2], True, None, None),
        ([2], False, some, None),
        ([2], False, nothing, None),
        ([2], False, None, present),
        ([2], False, None, absent),
        ([2], True, some, present),
        ([], True, None, None),
    )
    for index, (leading, causal, shared, sample) in enumerate(forms):
        # The width of all heads is that of the input, or not.
        heads, width = ((2, 4), (1, 2), (3, 6))[index % 3]
        features = (4, 3)[index % 2]
        weights = [[features, width]] * 3 + [[width, features]]
        arguments = {"heads": heads, "causal": causal, "mask": shared, "present": sample}
        inputs = [*weights, [*leading, 3, features]]
        case("multi_head_attention", attend(heads, causal, shared, sample), inputs, arguments)


elementwise()
reductions()
products()
shapes()
indices()
windows()
convolutions()
norms()
attentions()
path = pathlib.Path(__file__).with_name("more.jsonl")
path.write_text("\n".join(LINES) + "\n")
print(f"{len(LINES)} cases, {path.stat().st_size // 1024} KiB")
