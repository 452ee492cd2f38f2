"""Runs modules of StableHLO and compares what they compute with what the definition says.

    python check.py FOLDER

Every line of the files below is a module with its inputs and its expected results, written by the Rust tests beside
this file. Each runs with the reference interpreter of StableHLO and with XLA on a CPU. A difference larger than the
tolerance of the operation, a missing engine, or a missing file fails. `--report` also prints the largest difference of
each operation, `--optimized` compiles everything as XLA does by default, which takes longer.
"""

import argparse
import collections
import json
import os
import pathlib
import sys
from concurrent.futures import ThreadPoolExecutor

os.environ["JAX_PLATFORMS"] = "cpu"
# The modules have numbers of 64 bits, as they say.
os.environ["JAX_ENABLE_X64"] = "1"

import jax
import numpy as np
from jax._src.interpreters import mlir
from jax._src.lib import _jax, xla_client
from jaxlib.mlir import ir
from jaxlib.mlir.dialects import stablehlo

sys.path.append(str(pathlib.Path(__file__).resolve().parents[1]))
sys.path.append(str(pathlib.Path(__file__).resolve().parents[3] / "examples/distributed"))
from difference import difference
from load import load

FILES = ["golden.jsonl", "table.jsonl", "special.jsonl", "key.jsonl", "training.jsonl"]
TYPES = {"f32": "f4", "f64": "f8", "i32": "i4", "i64": "i8"}

# The largest difference that is allowed, relative to the larger of 1 and the expected number, for the value of an
# operation, its gradient, its tangent and the tangent of its gradient: in f32 and in f64.
TOLERANCES = {}
for bounds, operations in {
    # What moves numbers or chooses among them.
    (0, 0): """
        at clamp_gate concat concat_axis constant detach flatten flatten_from full gate gather_last gather_row
        gather_row_ref gather_rows gather_scalar gather_scalar_ref keep_allowed keep_valid literal max_pool_select
        move_first_to_last move_last_to_first neg pad permute relu reshape scatter_last select_gt slice slice_axis
        squeeze stack swap_adjacent swap_last_two transpose unflatten unsqueeze
    """,
    # What rounds a few times.
    (2e-6, 1e-14): """
        abs add add_scalar avg_pool avg_pool2d avg_pool_spread axpy bce_with_logits bmm broadcast broadcast_add
        broadcast_div broadcast_mul broadcast_sub clamp cos cross_entropy div div_scalar dropout dropout_nat elu
        embedding erf exp expand_leading expand_trailing fold gather_rows_nat gather_rows_ref gather_scalar_nat
        gather_vec gather_vec_nat gather_vec_ref gelu global_avg_pool huber_loss l1_loss leaky_relu linear log
        log_softmax log_softmax_axis logsumexp logsumexp_axis masked_softmax matmul max max_axis max_pool max_pool2d
        max_pool_scatter maximum mean mean_axis min_axis minimum mse_loss mul nll_loss pow reciprocal safe_log
        scalar_div scalar_sub scale scatter_add scatter_add_row scatter_add_vec scatter_rows sigmoid silu sin
        smooth_max_pool smooth_max_pool2d softmax softmax_axis softplus sqrt square sub sum sum_axis tanh unfold var
    """,
    # What adds more, or divides by what was added. The steps are those of training.
    (1e-5, 3e-14): """
        batch_norm batch_norm_eval conv conv2d conv_grouped conv_input conv_transpose conv_transpose2d conv_weight
        group_norm layer_norm lenet_step mlp_step rms_norm
    """,
    # What subtracts near equals: 1 - tanh(x)^2 far from 0, and the second derivative of a softmax.
    (1e-3, 1e-12): "gelu_tanh multi_head_attention",
}.items():
    TOLERANCES |= dict.fromkeys(operations.split(), bounds)

CPU = jax.devices("cpu")[:1]


def tensor(description):
    kind = TYPES[description["type"]]
    data = np.frombuffer(bytes.fromhex(description["bits"]), dtype=">" + kind).astype(kind)
    return data.reshape(description["shape"])


def interpret(text, inputs):
    """By the reference interpreter, which is one thread's."""
    with mlir.make_ir_context(), ir.Location.unknown():
        module = ir.Module.parse(text)
        kinds = [argument.type.element_type for argument in module.body.operations[0].arguments]
        arguments = [ir.DenseElementsAttr.get(x, type=kind, shape=x.shape) for x, kind in zip(inputs, kinds)]
        return [np.asarray(result) for result in stablehlo.eval_module(module, arguments)]


def compile_and_run(text, inputs, optimized):
    """By XLA."""
    options = xla_client.CompileOptions()
    if not optimized:
        options.executable_build_options.debug_options.xla_backend_optimization_level = 0
    program = CPU[0].client.compile_and_load(text, _jax.DeviceList(tuple(CPU)), options)
    results = program.execute_sharded([jax.device_put(x, CPU[0]) for x in inputs])
    return [np.asarray(shards[0]) for shards in results.disassemble_into_single_device_arrays()]


def check(case, found):
    """The largest difference of each result."""
    expected = [(result["name"], tensor(result["tensor"])) for result in case["expected"]]
    return {name: difference(np.asarray(x), y) for x, (name, y) in zip(found, expected, strict=True)}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--report", action="store_true")
    parser.add_argument("--optimized", action="store_true")
    options = parser.parse_args()
    cases = [json.loads(line) for file in FILES for line in (options.folder / file).read_text().splitlines()]
    inputs = [[tensor(description) for description in case["inputs"]] for case in cases]

    def xla(case, arguments):
        optimized = options.optimized or "step" in case["operations"]
        return compile_and_run(case["module"], arguments, optimized)

    runs = [("interpreter", case, interpret(case["module"], x)) for case, x in zip(cases, inputs)]
    with ThreadPoolExecutor(os.cpu_count()) as threads:
        runs += [("XLA", case, found) for case, found in zip(cases, threads.map(xla, cases, inputs))]

    # As docs/export.md runs a training step.
    steps = [(case, x) for case, x in zip(cases, inputs) if "step" in case["operations"]]
    runs += [("jax.jit", case, jax.jit(load(case["module"]))(*x)) for case, x in steps]

    failures = []
    worst = collections.defaultdict(float)
    for engine, case, found in runs:
        kind = case["expected"][0]["tensor"]["type"]
        operation = case["name"].split()[0]
        tolerance = TOLERANCES[operation][kind == "f64"]
        for name, error in check(case, found).items():
            worst[operation, kind, engine] = max(worst[operation, kind, engine], error)
            if error > tolerance:
                what = f"{case['name']}, {kind}, {engine}: {name}"
                failures.append(f"{what} differs by {error:.1e}, allowed {tolerance:.0e}")
    if options.report:
        for operation in sorted({key[0] for key in worst}):
            columns = [(engine, kind) for engine in ["interpreter", "XLA"] for kind in ["f32", "f64"]]
            numbers = [f"{engine} {kind} {worst[operation, kind, engine]:.1e}" for engine, kind in columns]
            print(f"{operation}: {', '.join(numbers)}")
    for failure in failures:
        print(failure)
    print(f"{len(cases)} modules with each of 2 engines, {len(failures)} differences larger than allowed")
    return bool(failures)


if __name__ == "__main__":
    sys.exit(main())
