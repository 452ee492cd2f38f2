"""Writes the models that other programs make, with what PyTorch computes from them.

    python generate.py

It needs torch, onnx and numpy. The exporter of torch.jit wrote `torch_*.onnx`, `onnx.helper` the others.
"""

import json
import pathlib

import numpy as np
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper
from torch import nn

FOLDER = pathlib.Path(__file__).parent
torch.manual_seed(0)


class Attention(nn.Module):
    """Embedding, normalisation, attention of two heads, and a network for each position."""

    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(11, 8)
        self.norm = nn.LayerNorm(8)
        self.qkv = nn.ModuleList(nn.Linear(8, 8) for _ in range(3))
        self.out = nn.Linear(8, 8)
        self.up, self.down = nn.Linear(8, 16), nn.Linear(16, 8)

    def forward(self, words):
        x = self.embedding(words)
        h = self.norm(x)
        q, k, v = (layer(h).reshape(2, 5, 2, 4).transpose(1, 2) for layer in self.qkv)
        scores = torch.softmax(q @ k.transpose(-2, -1) / 2.0, dim=-1)
        x = x + self.out((scores @ v).transpose(1, 2).reshape(2, 5, 8))
        return x + self.down(torch.nn.functional.gelu(self.up(x)))


class Images(nn.Module):
    def forward(self, x):
        return x.reshape(-1, 2, 2, 2)


def lenet():
    return nn.Sequential(
        nn.Conv2d(1, 2, 3, padding=1), nn.BatchNorm2d(2), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(2, 4, 3, stride=2), nn.LeakyReLU(0.1), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Dropout(),
        nn.Linear(4, 3), nn.LogSoftmax(dim=-1),
    )


def mlp():
    return nn.Sequential(nn.Linear(4, 6), nn.Tanh(), nn.Linear(6, 5), nn.ELU(), nn.Linear(5, 2), nn.Sigmoid())


def decoder():
    return nn.Sequential(
        nn.Linear(3, 8), Images(), nn.ConvTranspose2d(2, 3, 3, stride=2), nn.Hardtanh(-1.0, 1.0), nn.BatchNorm2d(3),
    )


def write(name, model, x):
    model.eval()
    for part in model.modules():
        if isinstance(part, nn.BatchNorm2d):
            part.running_mean.uniform_(-0.5, 0.5)
            part.running_var.uniform_(0.5, 1.5)
    path = FOLDER / f"torch_{name}.onnx"
    open_batch = name != "attention"
    torch.onnx.export(
        model, (x,), path, dynamo=False, opset_version=17, input_names=["x"], output_names=["y"],
        dynamic_axes={"x": {0: "N"}, "y": {0: "N"}} if open_batch else None,
    )
    with torch.no_grad():
        return case(f"torch_{name}", x.numpy(), model(x).numpy())


def case(name, x, y):
    return {
        "name": name,
        "x": {"shape": list(x.shape), "data": x.reshape(-1).tolist()},
        "y": {"shape": list(y.shape), "data": [float(number) for number in y.reshape(-1)]},
    }


def by_hand():
    """Forms that PyTorch does not write: a Gemm with all its attributes, shapes that are computed, a negative axis."""
    rng = np.random.default_rng(0)
    w, c = rng.normal(size=(3, 4)).astype("f4"), rng.normal(size=(1, 4)).astype("f4")
    nodes = [
        helper.make_node("Gemm", ["x", "w", "c"], ["a"], alpha=0.5, beta=2.0),
        helper.make_node("Shape", ["a"], ["shape"], start=0, end=1),
        helper.make_node("Constant", [], ["two"], value_ints=[2, 2]),
        helper.make_node("Concat", ["shape", "two"], ["to"], axis=0),
        helper.make_node("Reshape", ["a", "to"], ["b"]),
        helper.make_node("ReduceMax", ["b"], ["top"], axes=[-1], keepdims=1),
        helper.make_node("Sub", ["b", "top"], ["below"]),
        helper.make_node("Clip", ["below", "", "hi"], ["clipped"]),
        helper.make_node("Flatten", ["clipped"], ["y"]),
    ]
    graph = helper.make_graph(
        nodes, "by_hand",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["N", 3])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, ["N", 4])],
        [numpy_helper.from_array(w, "w"), helper.make_tensor("c", TensorProto.FLOAT, c.shape, c.reshape(-1).tolist()),
         numpy_helper.from_array(np.float32(-0.25), "hi")],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(model, full_check=True)
    onnx.save(model, FOLDER / "by_hand.onnx")
    x = rng.normal(size=(2, 3)).astype("f4")
    b = (0.5 * x @ w + 2 * c).reshape(2, 2, 2)
    return case("by_hand", x, np.minimum(b - b.max(-1, keepdims=True), -0.25).reshape(2, 4))


def main():
    cases = [
        write("mlp", mlp(), torch.randn(3, 4)),
        write("lenet", lenet(), torch.randn(2, 1, 12, 12)),
        write("decoder", decoder(), torch.randn(2, 3)),
        write("attention", Attention(), torch.randint(0, 11, (2, 5))),
        by_hand(),
    ]
    (FOLDER / "cases.jsonl").write_text("".join(json.dumps(case) + "\n" for case in cases))


if __name__ == "__main__":
    main()
