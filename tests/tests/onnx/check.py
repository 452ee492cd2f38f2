"""Checks models of ONNX and compares what they compute with what the definition says.

    python check.py FOLDER

Every line of the files below is a model with its inputs and its expected results, written by the Rust tests beside
this file. `onnx.checker` looks at each in full. They run with onnxruntime, or, in f64 where onnxruntime lacks an operation,
with the reference evaluator of ONNX. A difference larger than the tolerance of the
operation, or a missing file, fails. `--report` also prints the largest difference of each operation.
"""

import argparse
import collections
import json
import math
import pathlib
import sys
import warnings

import numpy as np
import onnx
import onnxruntime
from onnx.reference import ReferenceEvaluator
from onnx.reference.op_run import OpRun

sys.path.append(str(pathlib.Path(__file__).resolve().parents[1]))
from difference import difference

FILES = ["golden.jsonl", "table.jsonl", "special.jsonl", "mnist.jsonl", "transformer.jsonl", "batch.jsonl", "parts.jsonl"]
TYPES = {"f32": "<f4", "f64": "<f8", "i64": "<i8"}


# The largest difference that is allowed, relative to the larger of 1 and the expected number, in f32 and in f64.
TOLERANCES = {}
for bounds, operations in {
    # What moves numbers or chooses among them.
    (0, 0): """
        abs at broadcast clamp clamp_gate concat concat_axis constant detach expand_leading expand_trailing flatten
        flatten_from full gate gather_last gather_row gather_row_ref gather_rows gather_rows_nat gather_rows_ref
        gather_scalar gather_scalar_nat gather_scalar_ref gather_vec gather_vec_nat gather_vec_ref embedding
        keep_allowed keep_valid literal max max_axis max_pool max_pool2d maximum min_axis minimum move_first_to_last
        move_last_to_first neg pad permute relu reshape select_gt slice slice_axis squeeze stack swap_adjacent
        swap_last_two transpose unflatten unfold unsqueeze
    """,
    # Networks, and what is made of many operations.
    (1e-5, 1e-13): "centred conv_grouped conv_transpose conv_transpose2d mnist multi_head_attention transformer",
}.items():
    TOLERANCES |= dict.fromkeys(operations.split(), bounds)

# What rounds a few times.
ROUNDED = (2e-6, 1e-14)


class Erf(OpRun):
    """That of the reference evaluator has single precision."""

    def _run(self, x):
        return (np.array([math.erf(number) for number in x.reshape(-1)], x.dtype).reshape(x.shape),)


def tensor(description):
    data = np.frombuffer(bytes.fromhex(description["bits"]), dtype=TYPES[description["type"]])
    return data.reshape(description["shape"])


def run(model, inputs, names, double):
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 3
    try:
        session = onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])
    except onnxruntime.capi.onnxruntime_pybind11_state.NotImplemented:
        if not double:
            raise
        return "the reference evaluator", ReferenceEvaluator(model, new_ops=[Erf]).run(names, inputs)
    return "onnxruntime", session.run(names, inputs)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--report", action="store_true")
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    failures, worst, count = [], collections.defaultdict(float), collections.Counter()
    for file in FILES:
        for text in (options.folder / file).read_text().splitlines():
            case = json.loads(text)
            kind = case["expected"][0]["type"]
            operation = case["name"].split()[0]
            try:
                model = onnx.load_model_from_string(bytes.fromhex(case["model"]))
                onnx.checker.check_model(model, full_check=True)
                inputs = {description["name"]: tensor(description) for description in case["inputs"]}
                expected = [tensor(description) for description in case["expected"]]
                names = [description["name"] for description in case["expected"]]
                engine, found = run(model, inputs, names, kind == "f64")
                error = max(difference(np.asarray(x), y) for x, y in zip(found, expected, strict=True))
            except Exception as exception:
                failures.append(f"{case['name']}, {kind}: {type(exception).__name__} {str(exception)[:300]}")
                continue
            count[kind, engine] += 1
            worst[operation, kind] = max(worst[operation, kind], error)
            tolerance = TOLERANCES.get(operation, ROUNDED)[kind == "f64"]
            if error > tolerance:
                failures.append(f"{case['name']}, {kind}: differs by {error:.1e}, allowed {tolerance:.0e}")
    if options.report:
        for operation in sorted({key[0] for key in worst}):
            print(f"{operation}: f32 {worst[operation, 'f32']:.1e}, f64 {worst[operation, 'f64']:.1e}")
    for failure in failures:
        print(failure)
    for (kind, engine), number in sorted(count.items()):
        print(f"{number} models in {kind} with {engine}")
    print(f"{len(failures)} failures")
    return bool(failures)


if __name__ == "__main__":
    sys.exit(main())
