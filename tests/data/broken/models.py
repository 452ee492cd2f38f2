"""Broken models of ONNX, written out as the messages of its protocol buffers: no package of ONNX is needed."""

import struct

VARINT, EIGHT, BYTES, OPEN, FOUR = 0, 1, 2, 3, 5


def number(value):
    value &= 2**64 - 1
    out = bytearray()
    while value >= 128:
        out.append(value & 127 | 128)
        value >>= 7
    return bytes(out) + bytes([value])


def key(field, kind):
    return number(field << 3 | kind)


def int_(field, value):
    return key(field, VARINT) + number(value)


def part(field, content, length=None):
    content = content.encode() if isinstance(content, str) else content
    return key(field, BYTES) + number(len(content) if length is None else length) + content


def packed(field, values):
    return part(field, b"".join(number(value) for value in values))


def info(name, dims, element=1):
    shape = b"".join(part(1, part(2, size) if isinstance(size, str) else int_(1, size)) for size in dims)
    return part(1, name) + part(2, part(1, int_(1, element) + part(2, shape)))


def tensor(name, dims, element=1, raw=None, more=b""):
    return (
        b"".join(int_(1, size) for size in dims)
        + int_(2, element)
        + part(8, name)
        + (b"" if raw is None else part(9, raw))
        + more
    )


def whole(name, values):
    """A list of whole numbers."""
    return tensor(name, [len(values)], 7, struct.pack(f"<{len(values)}q", *values))


def attribute(name, kind, value):
    return part(5, part(1, name) + value + int_(20, kind))


def axis(value):
    return attribute("axis", 2, int_(3, value))


def ints(name, *values):
    return attribute(name, 7, b"".join(int_(8, value) for value in values))


def node(op, inputs, output, *attributes):
    outputs = [output] if isinstance(output, (str, bytes)) else output
    return (
        b"".join(part(1, name) for name in inputs)
        + b"".join(part(2, name) for name in outputs)
        + part(4, op)
        + b"".join(attributes)
    )


def graph(nodes, tensors=(), inputs=(info("x", [2]),), outputs=(info("y", []),)):
    return (
        b"".join(part(1, content) for content in nodes)
        + part(2, "g")
        + b"".join(part(5, content) for content in tensors)
        + b"".join(part(11, content) for content in inputs)
        + b"".join(part(12, content) for content in outputs)
    )


OPSET = part(8, int_(2, 21))


def model(nodes, tensors=(), inputs=(info("x", [2]),), shape=(2,), opset=OPSET):
    outputs = [part(1, "y") + part(2, part(1, int_(1, 1)))] if shape is None else [info("y", shape)]
    return int_(1, 10) + part(7, graph(nodes, tensors, inputs, outputs)) + opset


def of(content):
    """The model whose graph is these bytes."""
    return int_(1, 10) + part(7, content) + OPSET


EXP = node("Exp", ["x"], "y")
GOOD = model([EXP])
W = tensor("w", [2], raw=bytes(8))


def with_tensor(*args, **more):
    return model([EXP], [tensor("w", *args, **more)])


def sized(op, inputs, *values):
    """An operation that is told a size."""
    return model([node(op, inputs, "y")], [whole("s", values)], shape=None)


def doubling(op, first, count, *attributes):
    """Each value is made of the one before, twice."""
    names = [first] + [str(at) for at in range(count)]
    return [node(op, [name, name], after, *attributes) for name, after in zip(names, names[1:])]


def nested(depth):
    """A graph in an attribute of a node of a graph, and so on."""
    inner = b""
    for _ in range(depth):
        inner = part(6, part(1, part(5, inner)))
    return inner


def groups(depth):
    """Groups within groups in a field that is not read."""
    return key(90, OPEN) * depth


MASK = tensor("m", [1, 2**16], 9, bytes(2**16))
MODELS = {
    "accepted": GOOD,
    "accepted-field-unknown": GOOD + part(90, "more") + int_(91, 2**64 - 1),
    "accepted-value-of-a-gigabyte": model([node("Expand", ["x", "s"], "v"), node("ReduceSum", ["v"], "y")],
                                          [whole("s", [2**27, 2])], shape=None),
    # The bytes.
    "empty": b"",
    "not-a-model": b"no model at all",
    "zeros": bytes(64),
    "cut-in-the-graph": GOOD[:20],
    "cut-in-a-length": int_(1, 10) + key(7, BYTES) + b"\x80",
    "key-cut": GOOD + b"\x80",
    "key-of-field-0": GOOD + b"\x02\x00",
    "key-of-kind-7": GOOD + b"\x0f",
    "number-of-11-bytes": key(1, VARINT) + b"\xff" * 10 + b"\x01",
    "length-of-63-bits": int_(1, 10) + part(7, b"", 2**63 - 1),
    "length-of-64-bits": int_(1, 10) + part(7, b"", 2**64 - 1),
    "length-of-40-bits-in-a-tensor": of(part(5, key(9, BYTES) + number(2**40))),
    "length-beyond-its-message": of(part(1, part(1, "x", 60)) + bytes(80)),
    "graph-a-number": int_(7, 1) + OPSET,
    "node-eight-bytes": of(key(1, EIGHT) + bytes(8)),
    "name-a-number": of(part(1, int_(1, 7))),
    "dims-floats": model([EXP], [key(1, FOUR) + bytes(4) + W]),
    "floats-of-3-bytes": with_tensor([1], more=part(4, bytes(3))),
    "groups-nested": GOOD + groups(10_000),
    "group-open": GOOD + groups(1),
    "graphs-nested": model([EXP + part(5, part(1, "body") + nested(1000) + int_(20, 5))]),
    "name-of-a-value-not-text": model([node("Exp", ["x"], b"\xff\xfe")]),
    "name-of-a-tensor-not-text": with_tensor([1], raw=bytes(4), more=part(8, b"\xc3")),
    "operation-not-text": model([node(b"E\xffp", ["x"], "y")]),
    # The model.
    "graph-missing": int_(1, 10) + OPSET,
    "version-missing": model([EXP], opset=b""),
    "version-of-another-domain": model([EXP], opset=part(8, part(1, "com.example") + int_(2, 21))),
    "version-12": model([EXP], opset=part(8, int_(2, 12))),
    "version-22": model([EXP], opset=part(8, int_(2, 22))),
    "version-negative": model([EXP], opset=part(8, int_(2, -1))),
    "versions-two": GOOD + part(8, int_(2, 13)),
    "function": GOOD + part(25, part(1, "f")),
    "sparse-tensor": of(graph([EXP]) + part(15, b"")),
    "results-missing": of(graph([EXP], outputs=[])),
    # Arguments and results.
    "argument-without-type": model([EXP], inputs=[part(1, "x")]),
    "argument-without-shape": model([EXP], inputs=[part(1, "x") + part(2, part(1, int_(1, 1)))]),
    "argument-without-name": model([EXP], inputs=[info("", [2])]),
    "argument-without-a-size": model([EXP], inputs=[info("x", [2, ""])]),
    "argument-negative": model([EXP], inputs=[info("x", [-1])]),
    "argument-of-9-axes": model([EXP], inputs=[info("x", [1] * 9)]),
    "argument-product-overflows": model([EXP], inputs=[info("x", [2**32, 2**32])]),
    "argument-product-overflows-but-for-0": model([EXP], inputs=[info("x", [2**32, 2**32, 0])]),
    "argument-huge": model([EXP], inputs=[info("x", [2**62])]),
    "argument-of-indices-huge": model([EXP], inputs=[info("x", [2]), info("i", [2**62], 7)]),
    "argument-of-text": model([EXP], inputs=[info("x", [2], 8)]),
    "argument-twice": model([EXP], inputs=[info("x", [2]), info("x", [2])]),
    "result-missing": model([]),
    "result-of-another-shape": model([EXP], shape=[3]),
    "result-negative": model([EXP], shape=[-2]),
    "result-whole-numbers": of(graph([node("Shape", ["x"], "y")], outputs=[info("y", [1])])),
    "result-of-type-i64": of(graph([EXP], outputs=[info("y", [2], 7)])),
    # Tensors.
    "tensor-bytes-missing": with_tensor([2], raw=bytes(7)),
    "tensor-bytes-too-many": with_tensor([2], raw=bytes(9)),
    "tensor-only-claimed": with_tensor([2**28]),
    "tensor-of-62-bits-claimed": with_tensor([2**62], raw=b""),
    "tensor-product-overflows": with_tensor([2**32, 2**32], raw=b""),
    "tensor-product-overflows-but-for-0": with_tensor([2**32, 2**32, 0], raw=b""),
    "tensor-negative": with_tensor([-1], raw=b""),
    "tensor-of-9-axes": with_tensor([1] * 9, raw=bytes(4)),
    "tensor-of-10000-axes": with_tensor([1] * 10_000, raw=bytes(4)),
    "tensor-numbers-twice": with_tensor([1], raw=bytes(4), more=part(4, bytes(4))),
    "tensor-numbers-of-another-type-too": with_tensor([1], raw=bytes(4), more=packed(7, [1])),
    "tensor-numbers-of-another-type": with_tensor([1], more=packed(7, [1])),
    "tensor-numbers-too-many": with_tensor([1], more=part(4, bytes(8))),
    "tensor-in-another-file": with_tensor([1], more=part(13, part(1, "location") + part(2, "/etc/passwd")) + int_(14, 1)),
    "tensor-in-another-file-unsaid": with_tensor([1], raw=bytes(4), more=part(13, part(1, "location") + part(2, "w"))),
    "tensor-in-a-place-unknown": with_tensor([1], raw=bytes(4), more=int_(14, -1)),
    "tensor-in-segments": with_tensor([1], raw=bytes(4), more=part(3, int_(1, 0) + int_(2, 1))),
    "tensor-without-type": with_tensor([1], 0, raw=bytes(4)),
    "tensor-of-type-negative": with_tensor([1], -7, raw=bytes(4)),
    "tensor-of-f16": with_tensor([1], 10, raw=bytes(2)),
    "tensor-of-f64": with_tensor([1], 11, raw=bytes(8)),
    "tensor-of-text": with_tensor([1], 8, more=part(6, "a")),
    "tensor-without-name": model([EXP], [tensor("", [1], raw=bytes(4))]),
    "tensor-twice": model([EXP], [W, W]),
    "tensor-named-as-a-value": model([node("Exp", ["x"], "w"), node("Exp", ["w"], "y")], [W]),
    # Nodes.
    "operation-unknown": model([node("Explode", ["x"], "y")]),
    "operation-missing": model([node("", ["x"], "y")]),
    "operation-of-another-domain": model([EXP + part(7, "com.example")]),
    "value-itself": model([node("Exp", ["y"], "y")]),
    "value-later": model([node("Exp", ["z"], "y"), node("Exp", ["y"], "z")]),
    "value-twice": model([EXP, EXP]),
    "value-named-as-an-argument": model([node("Exp", ["x"], "x")]),
    "value-without-name": model([node("Exp", ["x"], "")]),
    "operand-missing": model([node("Exp", [], "y")]),
    "operand-empty": model([node("Add", ["x", ""], "y")]),
    "operands-too-many": model([node("Add", ["x", "x", "x"], "y")]),
    "operands-too-many-of-one": model([node("Exp", ["x", "x"], "y")]),
    "operand-a-list": model([node("Exp", ["s"], "y")], [whole("s", [1])]),
    "results-of-a-node-too-many": model([node("Exp", ["x"], ["y", "z"])]),
    "results-of-a-node-none": model([node("Exp", ["x"], [])]),
    "shapes-apart": model([node("Add", ["x", "w"], "y")], [tensor("w", [3], raw=bytes(12))]),
    "constant-without-value": model([node("Constant", [], "w"), EXP]),
    "constant-without-result": model([node("Constant", [], [], attribute("value_int", 2, int_(3, 1))), EXP]),
    "constant-with-two-values": model([
        node("Constant", [], "w", attribute("value_int", 2, int_(3, 1)), attribute("value_float", 1, key(2, FOUR) + bytes(4))), EXP]),
    "constant-only-claimed": model([node("Constant", [], "w", attribute("value", 4, part(5, tensor("", [2**40], raw=b"")))), EXP]),
    "constant-named-as-an-argument": model([node("Constant", [], "x", attribute("value_int", 2, int_(3, 1))), EXP]),
    "constant-of-another-domain": model([
        node("Constant", [], "w", attribute("value_int", 2, int_(3, 1))) + part(7, "com.example"), EXP]),
    # Attributes.
    "attribute-unknown": model([EXP + attribute("odd", 2, int_(3, 1))]),
    "attribute-without-name": model([EXP + attribute("", 2, int_(3, 1))]),
    "attribute-twice": model([node("Softmax", ["x"], "y", axis(0), axis(0))]),
    "attribute-of-another-type": model([node("Softmax", ["x"], "y", attribute("axis", 1, key(2, FOUR) + bytes(4)))]),
    "attribute-says-another-type": model([node("Softmax", ["x"], "y", attribute("axis", 3, int_(3, 0)))]),
    "attribute-list-is-one-number": model([node("Transpose", ["x"], "y", attribute("perm", 2, int_(3, 0)))]),
    "attribute-list-is-text": model([node("ReduceSum", ["x"], "y", attribute("axes", 3, part(4, "0")))], shape=None),
    "attribute-text-is-a-number": model([node("Gelu", ["x"], "y", attribute("approximate", 2, int_(3, 1)))]),
    "attribute-text-is-none": model([node("Gelu", ["x"], "y", attribute("approximate", 3, part(4, b"\xff")))]),
    "attribute-tensor-is-a-number": model([node("ConstantOfShape", ["s"], "y", attribute("value", 2, int_(3, 1)))], [whole("s", [2])]),
    "attribute-a-graph": model([EXP + attribute("body", 5, part(6, graph([EXP])))]),
    "axis-out-of-range": model([node("Softmax", ["x"], "y", axis(1))]),
    "axis-least": model([node("Softmax", ["x"], "y", axis(-(2**63)))]),
    "axis-largest": model([node("Concat", ["x", "x"], "y", axis(2**63 - 1))]),
    "axes-twice": model([node("ReduceSum", ["x", "s"], "y")], [whole("s", [0, -1])]),
    "order-too-short": model([node("Transpose", ["x"], "y", ints("perm", 0))], inputs=[info("x", [2, 2])], shape=None),
    "order-twice": model([node("Transpose", ["x"], "y", ints("perm", 0, 0))], inputs=[info("x", [2, 2])], shape=None),
    "scalar-has-no-axis": model([node("Softmax", ["x"], "y")], inputs=[info("x", [])], shape=None),
    "scalar-normalised": model([node("LayerNormalization", ["x", "x"], "y")], inputs=[info("x", [])], shape=None),
    "batch-of-a-scalar-normalised": model([node("BatchNormalization", ["x"] * 5, "y")], inputs=[info("x", [])], shape=None),
    # Sizes that nodes are told.
    "expand-huge": sized("Expand", ["x", "s"], 2**40, 2),
    "expand-product-overflows": sized("Expand", ["x", "s"], 2**62, 2),
    "expand-negative": sized("Expand", ["x", "s"], -1, 2),
    "reshape-negative": sized("Reshape", ["x", "s"], -(2**63)),
    "reshape-to-another-count": sized("Reshape", ["x", "s"], 3),
    "reshape-product-overflows": sized("Reshape", ["x", "s"], 2**62, 2**62),
    "reshape-two-open": sized("Reshape", ["x", "s"], -1, -1),
    "reshape-of-a-list-to-another-count": model([node("Reshape", ["s", "s"], "t"), node("Expand", ["x", "t"], "y")], [whole("s", [2])]),
    "constant-of-shape-huge": sized("ConstantOfShape", ["s"], 2**30, 2**30),
    "pads-largest": sized("Pad", ["x", "s"], 2**63 - 1, 2**63 - 1),
    "pads-negative": sized("Pad", ["x", "s"], -1, 0),
    "pads-of-one-axis-many-times": model(
        [node("Pad", ["x", "s", "", "a"], "y")], [whole("s", [0, 1] * 4), whole("a", [0] * 4)], shape=None),
    "slice-least": sized("Slice", ["x", "s", "s", "s", "s"], -(2**63)),
    "slice-step-largest": model([node("Slice", ["x", "0", "e", "0", "e"], "y")], [whole("0", [0]), whole("e", [2**63 - 1])]),
    "slice-step-0": model([node("Slice", ["x", "0", "e", "0", "0"], "y")], [whole("0", [0]), whole("e", [1])]),
    "unsqueeze-10000": sized("Unsqueeze", ["x", "s"], *range(10_000)),
    "whole-numbers-overflow": model([node("Mul", ["s", "s"], "t"), node("Expand", ["x", "t"], "y")], [whole("s", [2**62])]),
    "whole-numbers-divided-by-0": model([node("Div", ["s", "0"], "t"), node("Expand", ["x", "t"], "y")],
                                        [whole("s", [-(2**63)]), whole("0", [0])]),
    "whole-numbers-least-by-minus-1": model([node("Div", ["s", "m"], "t"), node("Expand", ["x", "t"], "y")],
                                            [whole("s", [-(2**63)]), whole("m", [-1])]),
    "index-out-of-range": model([node("Gather", ["s", "i"], "t"), node("Expand", ["x", "t"], "y")],
                                [whole("s", [2]), whole("i", [-2])]),
    "conv-stride-0": model([node("Conv", ["x", "w"], "y", ints("strides", 0))], [tensor("w", [1, 1, 1], raw=bytes(4))],
                           [info("x", [1, 1, 4])], None),
    "conv-groups-0": model([node("Conv", ["x", "w"], "y", attribute("group", 2, int_(3, 0)))],
                           [tensor("w", [1, 1, 1], raw=bytes(4))], [info("x", [1, 1, 4])], None),
    "conv-pads-largest": model([node("Conv", ["x", "w"], "y", ints("pads", 2**63 - 1, 2**63 - 1))],
                               [tensor("w", [1, 1, 1], raw=bytes(4))], [info("x", [1, 1, 4])], None),
    "conv-pads-uneven-and-largest": model([node("Conv", ["x", "w"], "y", ints("pads", 0, 2**63 - 1))],
                                          [tensor("w", [1, 1, 1], raw=bytes(4))], [info("x", [1, 1, 4])], None),
    "conv-of-no-axes": model([node("Conv", ["x", "w"], "y")], [tensor("w", [1, 1], raw=bytes(4))], [info("x", [1, 1])], None),
    "conv-of-5-axes": model([node("Conv", ["x", "w"], "y")], [tensor("w", [1] * 7, raw=bytes(4))], [info("x", [1] * 7)], None),
    "conv-transpose-stride-largest": model([node("ConvTranspose", ["x", "w"], "y", ints("strides", 2**63 - 1))],
                                           [tensor("w", [1, 1, 1], raw=bytes(4))], [info("x", [1, 1, 4])], None),
    "conv-transpose-huge": model([node("ConvTranspose", ["x", "w"], "y", ints("strides", 2**40))],
                                 [tensor("w", [1, 1, 1], raw=bytes(4))], [info("x", [1, 1, 4])], None),
    "pool-kernel-largest": model([node("AveragePool", ["x"], "y", ints("kernel_shape", 2**63 - 1))], (), [info("x", [1, 1, 4])], None),
    "pool-kernel-overflows": model([node("MaxPool", ["x"], "y", ints("kernel_shape", *[2**40] * 3), ints("pads", *[2**39] * 6))], (),
                                   [info("x", [1, 1, 4, 4, 4])], None),
    "pool-kernel-missing": model([node("MaxPool", ["x"], "y")], (), [info("x", [1, 1, 4])], None),
    "pool-stride-0": model([node("MaxPool", ["x"], "y", ints("kernel_shape", 1), ints("strides", 0))], (), [info("x", [1, 1, 4])], None),
    "product-of-scalars": model([node("MatMul", ["x", "x"], "y")], inputs=[info("x", [])], shape=None),
    "product-of-stacks-huge": model([node("MatMul", ["x", "w"], "y")], (),
                                    [info("x", [2**13, 1, 2**13, 1]), info("w", [2**13, 1, 2**13])], None),
    # What a few bytes ask for.
    "nodes-empty": of(part(1, b"") * 4000),
    "tensors-empty": of(part(5, b"") * 4000),
    "attributes-empty": model([EXP + part(5, b"") * 4000]),
    "sizes-empty": model([EXP], inputs=[part(1, "x") + part(2, part(1, int_(1, 1) + part(2, part(1, b"") * 4000)))]),
    "numbers-of-one-byte": model([EXP], [tensor("w", [4000], 7, None, packed(7, [1] * 4001))]),
    "concat-doubles": model(doubling("Concat", "x", 60, axis(0)), shape=None),
    "values-together-huge": model(
        [node("Expand", ["x", "s"], "0")] + [node("Exp", ["0"], str(at)) for at in range(1, 5000)] + [EXP], [whole("s", [2**27, 2])]),
    "whole-numbers-double": model(doubling("Concat", "s", 60, axis(0)), [whole("s", [1])], shape=None),
    "whole-numbers-many-times": model(
        doubling("Concat", "s", 15, axis(0)) + [node("Add", ["14", "14"], f"a{at}") for at in range(1000)] + [EXP], [whole("s", [1])]),
    "whole-numbers-cut-many-times": model(
        [node("Slice", ["s", "0", "e"], f"a{at}") for at in range(3000)] + [EXP],
        [whole("s", [1] * 2000), whole("0", [0]), whole("e", [2000])]),
    "condition-doubles": model(
        [node("Greater", ["x", "x"], "c")] + doubling("And", "c", 60) + [node("Where", ["59", "x", "x"], "y")]),
    "condition-of-many-parts": model(
        [node("Greater", ["x", "x"], "c0")]
        + [node("And", [f"c{at}", "c0" if at % 2 else "d"], f"c{at + 1}") for at in range(2000)]
        + [EXP], [tensor("d", [2], 9, bytes(2))]),
    "mask-many-times": model(
        [node("Where", ["m", "x", "0"], f"a{at}") for at in range(300)] + [EXP],
        [MASK, tensor("0", [], raw=bytes(4))], [info("x", [1, 2**16])], None),
    "indices-many-times": model(
        [node("Gather", ["x", "i"], f"a{at}") for at in range(1000)] + [node("Exp", ["x"], "y")],
        [tensor("i", [10_000], 7, None, packed(7, [0] * 10_000))], [info("x", [1, 1])], None),
}
