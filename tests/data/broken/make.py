"""Writes the broken files of this folder: `python3 tests/data/broken/make.py`.

What refuses each of them is said in tests/tests/broken/corpus.rs.
"""

import gzip
import json
import struct
from pathlib import Path

import models

here = Path(__file__).resolve().parent


def write(name, content):
    path = here / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(content if isinstance(content, bytes) else content.encode())


# Graphs.

HEAD = "graph 1\nleaf %0: [2, 3] # x\n"
GRAPHS = {
    "empty": "",
    "another-version": "graph 2\n",
    "not-text": b"graph 1\nleaf %0: [2, 3] # \xff\n",
    "no-shape": "graph 1\nleaf %0\n",
    "shape-open": "graph 1\nleaf %0: [2, 3\n",
    "shape-negative": "graph 1\nleaf %0: [-2]\n",
    "shape-not-a-number": "graph 1\nleaf %0: [nan]\n",
    "shape-of-65-bits": "graph 1\nleaf %0: [18446744073709551616]\n",
    "shape-product-overflows": "graph 1\nleaf %0: [4294967296, 4294967296]\n",
    "shape-product-overflows-but-for-0": "graph 1\nleaf %0: [4294967296, 4294967296, 0]\n",
    "rank-9": "graph 1\nleaf %0: [1, 1, 1, 1, 1, 1, 1, 1, 1]\n",
    "leaf-out-of-order": "graph 1\nleaf %1: [2]\n",
    "leaf-after-node": HEAD + "%1 = exp(%0): [2, 3]\nleaf %2: [2]\n",
    "natural-out-of-order": "graph 1\nnat n1: [2]\n",
    "node-out-of-order": HEAD + "%7 = exp(%0): [2, 3]\n",
    "node-without-operation": HEAD + "%1: [2, 3]\n",
    "operation-unknown": HEAD + "%1 = explode(%0): [2, 3]\n",
    "operand-itself": HEAD + "%1 = exp(%1): [2, 3]\n",
    "operand-later": HEAD + "%1 = exp(%2): [2, 3]\n%2 = exp(%0): [2, 3]\n",
    "operand-of-33-bits": HEAD + "%1 = exp(%4294967296): [2, 3]\n",
    "operand-largest": HEAD + "%1 = exp(%4294967295): [2, 3]\n",
    "operands-missing": HEAD + "%1 = add(%0): [2, 3]\n",
    "operands-too-many": HEAD + "%1 = add(%0, %0, %0, %0, %0, %0, %0): [2, 3]\n",
    "operands-open": HEAD + "%1 = exp(%0: [2, 3]\n",
    "result-of-another-shape": HEAD + "%1 = exp(%0): [3, 2]\n",
    "attribute-missing": HEAD + "%1 = softmax(%0): [2, 3]\n",
    "attribute-unknown": HEAD + "%1 = exp(%0) {axis=1}: [2, 3]\n",
    "attribute-twice": HEAD + "%1 = softmax(%0) {axis=1, axis=1}: [2, 3]\n",
    "attribute-without-value": HEAD + "%1 = softmax(%0) {axis}: [2, 3]\n",
    "attributes-open": HEAD + "%1 = softmax(%0) {axis=1: [2, 3]\n",
    "axis-out-of-range": HEAD + "%1 = softmax(%0) {axis=2}: [2, 3]\n",
    "axis-largest": HEAD + "%1 = softmax(%0) {axis=18446744073709551615}: [2, 3]\n",
    "axis-twice": HEAD + "%1 = sum(%0) {axes=[1, 1]}: [2]\n",
    "natural-missing": HEAD + "%1 = gather_rows(%0) {indices=n0}: [4, 3]\n",
    "rows-of-rank-9": HEAD + "nat n0: [1, 1, 1, 1, 1, 1, 1, 1]\n%1 = gather_rows(%0) {indices=n0}: [1, 3]\n",
    "constant-too-short": "graph 1\n%0 = constant() {shape=[2], data=[1.0]}: [2]\n",
    "constant-huge": "graph 1\n%0 = constant() {shape=[4294967296, 2147483647], data=[1.0]}: [4294967296, 2147483647]\n",
    "constant-not-base64": "graph 1\n%0 = constant() {shape=[1], data=base64:!!!!}: [1]\n",
    "constant-of-7-bytes": "graph 1\n%0 = constant() {shape=[1], data=base64:AAAAAAAAAA==}: [1]\n",
    "full-beyond-memory": "graph 1\n%0 = full() {shape=[4611686018427387904], value=0}: [4611686018427387904]\n",
    "together-beyond-memory": "graph 1\nleaf %0: [140737488355328]\n%1 = exp(%0): [140737488355328]\n%2 = exp(%1): [140737488355328]\n",
    "leaf-beyond-memory": "graph 1\nleaf %0: [4611686018427387904]\n",
    "broadcast-overflows": HEAD + "%1 = broadcast(%0) {to=[9223372036854775807, 2, 3]}: [9223372036854775807, 2, 3]\n",
    "reshape-overflows": HEAD + "%1 = reshape(%0) {to=[9223372036854775807, 9223372036854775807]}: [2, 3]\n",
    "slice-backwards": HEAD + "%1 = slice(%0) {axis=0, start=2, end=1}: [1, 3]\n",
    "pad-overflows": HEAD + "%1 = pad(%0) {axis=0, before=18446744073709551615, after=18446744073709551615}: [0, 3]\n",
    "concat-overflows": "graph 1\nleaf %0: [9223372036854775807]\n%1 = concat(%0, %0) {axis=0}: [18446744073709551614]\n",
    "conv-padding-overflows": "graph 1\nleaf %0: [1, 1, 1]\nleaf %1: [1, 1, 4]\n"
    "%2 = conv(%0, %1) {stride=[1], padding=[9223372036854775808], dilation=[1], groups=1}: [1, 1, 4]\n",
    "conv-stride-0": "graph 1\nleaf %0: [1, 1, 1]\nleaf %1: [1, 1, 4]\n"
    "%2 = conv(%0, %1) {stride=[0], padding=[0], dilation=[1], groups=1}: [1, 1, 4]\n",
    "conv-groups-0": "graph 1\nleaf %0: [1, 1, 1]\nleaf %1: [1, 1, 4]\n"
    "%2 = conv(%0, %1) {stride=[1], padding=[0], dilation=[1], groups=0}: [1, 1, 4]\n",
    "conv-input-of-rank-9": "graph 1\nleaf %0: [1, 1, 1]\nleaf %1: [1, 1, 4]\n"
    "%2 = conv_input(%0, %1) {spatial=[1, 1, 1, 1, 1, 1, 1, 1], stride=[1], padding=[0], dilation=[1], groups=1}: [1, 1, 4]\n",
    "pool-kernel-overflows": "graph 1\nleaf %0: [1, 1, 4, 4, 4]\n"
    "%1 = avg_pool(%0) {kernel=[1099511627776, 1099511627776, 1099511627776], stride=[1, 1, 1], "
    "padding=[549755813888, 549755813888, 549755813888]}: [1, 1, 5, 5, 5]\n",
    "max-pool-kernel-overflows": "graph 1\nleaf %0: [1, 1, 4, 4, 4]\n"
    "%1 = max_pool(%0) {kernel=[1099511627776, 1099511627776, 1099511627776], stride=[1, 1, 1], "
    "padding=[549755813888, 549755813888, 549755813888]}: [1, 1, 5, 5, 5]\n",
    "accepted-pool-kernel-huge": "graph 1\nleaf %0: [1, 1, 4]\n"
    "%1 = avg_pool(%0) {kernel=[1099511627776], stride=[1], padding=[549755813888]}: [1, 1, 5]\n%2 = tanh(%1): [1, 1, 5]\n"
    "%3 = mul(%1, %2): [1, 1, 5]\n",
    "unfold-overflows": "graph 1\nleaf %0: [1, 1, 4]\n"
    "%1 = unfold(%0) {kernel=[4611686018427387904], stride=[1], padding=[2305843009213693952], fill=0}: [1, 1, 5, 4611686018427387904]\n",
    "scatter-rows-huge": HEAD + "nat n0: [2]\n%1 = scatter_rows(%0) {indices=n0, rows=4611686018427387904}: [4611686018427387904, 3]\n",
    "accepted-most-elements": "graph 1\nleaf %0: [281474976710655]\n%1 = sum(%0) {axes=[0]}: []\n",
    "accepted-memory-of-a-petabyte": "graph 1\nleaf %0: [35184372088832]\n%1 = softmax(%0) {axis=0}: [35184372088832]\n"
    "%2 = softmax(%1) {axis=0}: [35184372088832]\n%3 = softmax(%2) {axis=0}: [35184372088832]\n",
    "accepted-matmul-of-many-flops": "graph 1\nleaf %0: [1, 70368744177664]\nleaf %1: [70368744177664, 1]\n"
    "%2 = matmul(%0, %1) {transpose_a=false, transpose_b=false}: [1, 1]\n"
    "%3 = matmul(%2, %1) {transpose_a=false, transpose_b=true}: [1, 70368744177664]\n",
    "accepted-matmul-of-empty-sums": "graph 1\nleaf %0: [1048576, 0]\nleaf %1: [0, 1048576]\n"
    "%2 = matmul(%0, %1) {transpose_a=false, transpose_b=false}: [1048576, 1048576]\n%3 = sum(%2) {axes=[0, 1]}: []\n",
    "accepted-name-with-brackets": "graph 1\nleaf %0: [2] # </svg>]]>&#0;\"\n%1 = exp(%0): [2]\n",
}
for name, text in GRAPHS.items():
    write(f"graph/{name}.graph", text)


# Safetensors: two tensors, of four and two numbers, or what stands for their entries.


def entry(shape, start, end, dtype="F32"):
    return {"dtype": dtype, "shape": shape, "data_offsets": [start, end]}


def tensors(header, data=24, length=None):
    header = header if isinstance(header, bytes) else (header if isinstance(header, str) else json.dumps(header)).encode()
    return struct.pack("<Q", len(header) if length is None else length) + header + bytes(data)


A, B = entry([2, 2], 0, 16), entry([2], 16, 24)
GOOD = {"a": A, "b": B}
FILES = {
    "empty": b"",
    "seven-bytes": bytes(7),
    "header-of-63-bits": tensors(GOOD, length=2**63),
    "header-of-64-bits": tensors(GOOD, length=2**64 - 1),
    "header-longer-than-the-file": tensors(GOOD, length=1000),
    "header-longer-than-allowed": tensors(GOOD, length=100_000_001),
    "header-empty": tensors(""),
    "header-cut": tensors(json.dumps(GOOD)[:-9]),
    "header-not-text": tensors(b'{"\xff\xfe": 1}'),
    "header-a-list": tensors("[1, 2]"),
    "header-nested": tensors('{"a":' + "[" * 10_000 + "]" * 10_000 + "}"),
    "header-nested-open": tensors('{"a":' * 10_000),
    "header-goes-on": tensors(json.dumps(GOOD) + "{}"),
    "numbers-missing": tensors(GOOD, 20),
    "numbers-too-many": tensors(GOOD, 25),
    "overlap": tensors({"a": A, "b": entry([2], 12, 20)}, 20),
    "gap": tensors({"a": A, "b": entry([2], 20, 28)}, 28),
    "gap-in-front": tensors({"a": entry([2], 4, 12)}, 12),
    "offsets-backwards": tensors({"a": entry([2, 2], 16, 0)}),
    "offsets-at-the-end-of-64-bits": tensors({"a": entry([2], 2**64 - 9, 2**64 - 1)}),
    "offsets-of-65-bits": tensors({"a": entry([2], 0, 2**64)}),
    "offsets-negative": tensors({"a": entry([2], -8, 0)}),
    "offsets-of-three": tensors({"a": {"dtype": "F32", "shape": [2], "data_offsets": [0, 8, 8]}}),
    "offsets-fraction": tensors({"a": entry([2], 0.0, 8.0)}),
    "offsets-missing": tensors({"a": {"dtype": "F32", "shape": [2]}}),
    "shape-negative": tensors({"a": entry([-2], 0, 8)}, 8),
    "shape-nan": tensors('{"a":{"dtype":"F32","shape":[NaN],"data_offsets":[0,8]}}', 8),
    "shape-huge": tensors({"a": entry([2**62], 0, 8)}, 8),
    "shape-product-overflows": tensors({"a": entry([2**32, 2**32], 0, 0)}, 0),
    "shape-product-overflows-but-for-0": tensors({"a": entry([2**32, 2**32, 0], 0, 0)}, 0),
    "shape-bytes-overflow": tensors({"a": entry([2**62], 0, 0)}, 0),
    "shape-text": tensors({"a": entry("2", 0, 8)}, 8),
    "shape-does-not-fit": tensors({"a": entry([3], 0, 8)}, 8),
    "rank-9": tensors({"a": entry([1] * 9, 0, 4)}, 4),
    "rank-10000": tensors({"a": entry([1] * 10_000, 0, 4)}, 4),
    "dtype-whole-numbers": tensors({"a": entry([2], 0, 8, "I32")}, 8),
    "dtype-unknown": tensors({"a": entry([2], 0, 8, "F7")}, 8),
    "dtype-a-number": tensors({"a": entry([2], 0, 8, 32)}, 8),
    "two-of-one-name": tensors('{"a":%s,"a":%s}' % (json.dumps(A), json.dumps(B))),
    "two-texts-of-one-key": tensors('{"__metadata__":{"steps":"1","steps":"2"}}', 0),
    "two-keys-of-one-name": tensors(
        '{"a":{"dtype":"F32","dtype":"F64","shape":[2],"data_offsets":[0,8]}}', 8
    ),
    "entry-a-number": tensors({"a": 7}, 0),
    "name-half-a-character": tensors(r'{"\ud800":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}', 8),
    "an-archive": b"PK\x03\x04" + bytes(60),
    "a-pickle": b"\x80\x02}q\x00X\x01\x00\x00\x00aq\x01K\x01s.",
}
for name, content in FILES.items():
    write(f"safetensors/{name}.safetensors", content)


# Checkpoints of `w` [2, 3] and `b` [3] with Adam.

SLOTS = [("w", [2, 3], 24), ("b", [3], 12)]
SETTINGS = "rate=0.5 beta1=0.9 beta2=0.999 eps=1e-8 weight_decay=0.0"


def checkpoint(texts={}, without=(), rename={}, shapes={}, more={}):
    header, end = {}, 0
    meta = {"checkpoint": "1", "optimizer": "adam", "settings": SETTINGS, "steps": "1", "updates": '{"b":1,"w":1}'}
    meta |= texts
    header["__metadata__"] = {key: text for key, text in meta.items() if text is not None}
    for name, shape, size in SLOTS:
        for slot in [name, f"optimizer.{name}.exp_avg", f"optimizer.{name}.exp_avg_sq"]:
            if slot in without:
                continue
            header[rename.get(slot, slot)] = entry(shapes.get(slot, shape), end, end + size)
            end += size
    return tensors(header | more, end)


CHECKPOINTS = {
    "accepted": checkpoint(),
    "only-tensors": tensors({"w": entry([2, 3], 0, 24), "b": entry([3], 24, 36)}, 36),
    "metadata-a-list": tensors({"__metadata__": [1], "w": entry([2, 3], 0, 24)}, 24),
    "another-version": checkpoint({"checkpoint": "2"}),
    "another-optimizer": checkpoint({"optimizer": "sgd"}),
    "optimizer-missing": checkpoint({"optimizer": None}),
    "steps-missing": checkpoint({"steps": None}),
    "steps-negative": checkpoint({"steps": "-1"}),
    "steps-of-65-bits": checkpoint({"steps": str(2**64)}),
    "steps-a-word": checkpoint({"steps": "many"}),
    "updates-missing": checkpoint({"updates": None}),
    "updates-of-one": checkpoint({"updates": '{"w":1}'}),
    "updates-a-list": checkpoint({"updates": "[1, 1]"}),
    "updates-nested": checkpoint({"updates": '{"w":' * 10_000}),
    "updates-a-fraction": checkpoint({"updates": '{"b":1.5,"w":1}'}),
    "settings-missing": checkpoint({"settings": None}),
    "settings-empty": checkpoint({"settings": ""}),
    "settings-nan": checkpoint({"settings": SETTINGS.replace("0.5", "NaN")}),
    "settings-out-of-range": checkpoint({"settings": SETTINGS.replace("0.999", "1.5")}),
    "settings-of-another-name": checkpoint({"settings": SETTINGS.replace("beta1", "momentum")}),
    "settings-too-many": checkpoint({"settings": SETTINGS + " more=1"}),
    "settings-without-value": checkpoint({"settings": "rate"}),
    "parameter-missing": checkpoint(without=["b"]),
    "state-missing": checkpoint(without=["optimizer.w.exp_avg"]),
    "state-of-another": checkpoint(rename={"optimizer.w.exp_avg": "optimizer.v.exp_avg"}),
    "parameter-of-another-shape": checkpoint(shapes={"w": [3, 2]}),
    "state-of-another-shape": checkpoint(shapes={"optimizer.w.exp_avg": [6]}),
    "parameter-unexpected": checkpoint(more={"v": entry([0], 108, 108)}),
}
for name, content in CHECKPOINTS.items():
    write(f"checkpoint/{name}.safetensors", content)


# IDX: three images of two by two pixels, three labels below three.


def idx(sizes, data, start=(0, 0, 8), axes=None):
    return bytes([*start, len(sizes) if axes is None else axes]) + b"".join(struct.pack(">I", s) for s in sizes) + bytes(data)


def both(kind, name, content):
    write(f"{kind}/{name}.idx", content)
    write(f"{kind}/{name}.idx.gz", gzip.compress(content, mtime=0))


IMAGES, LABELS = idx([3, 2, 2], 12), idx([3], [1, 0, 2])
both("images", "empty", b"")
both("images", "header-cut", IMAGES[:9])
both("images", "numbers-cut", IMAGES[:-1])
both("images", "goes-on", IMAGES + b"\0")
both("images", "labels", LABELS)
both("images", "two-axes", idx([3, 4], 12))
both("images", "floats", idx([3, 2, 2], 12, (0, 0, 13)))
both("images", "not-idx", idx([3, 2, 2], 12, (1, 0, 8)))
both("images", "sizes-beyond-64-bits", idx([2**32 - 1] * 3, 12))
both("images", "sizes-of-60-bits", idx([2**20] * 3, 12))
both("images", "sizes-0-and-huge", idx([0, 2**32 - 1, 2**32 - 1], 0))
both("images", "another-size", idx([3, 1, 4], 12))
both("images", "two-images", idx([2, 2, 2], 8))
write("images/two-zero-bytes.idx", bytes(2))
packed = gzip.compress(IMAGES, mtime=0)
write("images/gzip-cut.idx.gz", packed[:-9])
write("images/gzip-header-only.idx.gz", packed[:10])
write("images/gzip-of-another-sum.idx.gz", packed[:-8] + bytes([packed[-8] ^ 1]) + packed[-7:])
write("images/gzip-unknown-method.idx.gz", packed[:2] + b"\x07" + packed[3:])
write("images/gzip-of-a-megabyte-of-zeros.idx.gz", gzip.compress(idx([3, 2, 2], 2**20), mtime=0))
both("labels", "numbers-cut", LABELS[:-1])
both("labels", "goes-on", LABELS + b"\1")
both("labels", "images", IMAGES)
both("labels", "too-large", idx([3], [1, 3, 2]))
both("labels", "four", idx([4], [1, 0, 2, 1]))
both("labels", "size-of-32-bits", idx([2**32 - 1], [1]))


# Models of ONNX.

for name, content in models.MODELS.items():
    write(f"onnx/{name}.onnx", content)
