"""Trains by an exported step: in this process, or as one of several that train together.

    python launch.py FOLDER --mesh data=4 --shard Batch=data --checkpoint FILE

FOLDER is what the example `distributed` has written: main.rs beside this file says what is in it. The step was compiled
for the whole batch and says nothing of devices. Here the devices get names, by `--mesh`: `data=4` is a row of four,
`data=2,model=2` a square. `--shard Batch=data` then splits every axis named Batch, of whatever argument, over the
devices along `data`. What is not split is on every device. XLA adds the exchange that follows from it.

Several processes are started with `--processes`, each with its number as `--process`, and find each other at the
`--coordinator`, which is a port on the machine of process 0. Each has the devices that JAX finds for it; on CPUs they
are as many as `--devices-per-process` says. Each reads the rows of a batch that its devices have.

Every so many updates process 0 writes a checkpoint as `session::io::checkpoint` does, under a temporary name first.
With `--resume` training goes on from there, also in other numbers of processes and devices.

The exit code is 2 for what another try would not change: flags or files that are not right, a loss that is no number.
"""

import argparse
import json
import math
import os
import pathlib
import sys
import time
import traceback

import numpy as np
from folder import Failure, Job

TYPES = {"f32": np.float32, "f64": np.float64, "i32": np.int32, "i64": np.int64}
# A process that has not been heard of for so long is taken for dead, and the others end.
HEARTBEAT_SECONDS = 30


def pairs(text):
    """`data=2,model=2` as a dictionary."""
    found = dict(pair.split("=", 1) for pair in text.split(","))
    if not all(found) or len(found) != len(text.split(",")):
        raise ValueError(text)
    return found


def sizes(text):
    """As `pairs`, of positive numbers."""
    found = {name: int(size) for name, size in pairs(text).items()}
    if min(found.values()) < 1:
        raise ValueError(text)
    return found


def parse(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--mesh", type=sizes, default={"data": 1}, metavar="AXIS=DEVICES,..")
    parser.add_argument("--shard", type=pairs, default=[], action="append", metavar="NAME=AXIS")
    parser.add_argument("--updates", type=int, help="ends after this many; all that were exported, by default")
    parser.add_argument("--checkpoint", type=pathlib.Path, metavar="FILE")
    parser.add_argument("--checkpoint-every", type=int, metavar="UPDATES", help="only after the last, by default")
    parser.add_argument("--resume", action="store_true", help="goes on from the checkpoint")
    parser.add_argument("--losses", type=pathlib.Path, metavar="FILE", help="where a line for each update is added")
    parser.add_argument("--processes", type=int, default=1)
    parser.add_argument("--process", type=int, default=0, help="from 0 to below their number")
    parser.add_argument("--coordinator", metavar="HOST:PORT")
    parser.add_argument("--devices-per-process", type=int, help="so many devices on the CPU of this machine")
    options = parser.parse_args(arguments)
    if options.processes > 1 and not options.coordinator:
        parser.error("--processes needs a --coordinator")
    if not 0 <= options.process < options.processes:
        parser.error(f"--process {options.process} is not below --processes {options.processes}")
    if (options.resume or options.checkpoint_every) and not options.checkpoint:
        parser.error("--resume and --checkpoint-every need a --checkpoint")
    if options.checkpoint_every is not None and options.checkpoint_every < 1:
        parser.error("--checkpoint-every needs a positive number")
    options.shard = {name: axis for shard in options.shard for name, axis in shard.items()}
    return options


def connect(job, options):
    """JAX, with the devices of all processes as a mesh."""
    if options.devices_per_process:
        os.environ["JAX_PLATFORMS"] = "cpu"
    import jax

    if options.devices_per_process:
        jax.config.update("jax_num_cpu_devices", options.devices_per_process)
    if any("64" in argument["type"] for argument in job.arguments):
        jax.config.update("jax_enable_x64", True)
    if options.processes > 1:
        jax.distributed.initialize(
            options.coordinator, options.processes, options.process, heartbeat_timeout_seconds=HEARTBEAT_SECONDS
        )
    wanted, found = math.prod(options.mesh.values()), jax.device_count()
    if wanted != found:
        hint = "" if options.devices_per_process else "; on CPUs --devices-per-process says how many there are"
        raise Failure(f"--mesh has {wanted} devices, but there are {found} in {options.processes} processes{hint}")
    automatic = (jax.sharding.AxisType.Auto,) * len(options.mesh)
    return jax, jax.make_mesh(tuple(options.mesh.values()), tuple(options.mesh), automatic)


def check_agreement(jax, start):
    """All processes have to start from the same update."""
    from jax.experimental import multihost_utils

    starts = np.ravel(multihost_utils.process_allgather(np.int32(start))).tolist()
    if len(set(starts)) > 1:
        raise Failure(f"the processes start after {starts} updates: they have to see the same checkpoint")


def train(options):
    job = Job(options)
    jax, mesh = connect(job, options)
    from load import load

    if options.processes > 1:
        check_agreement(jax, job.start.steps)

    def sharding(entry):
        return jax.NamedSharding(mesh, jax.P(*(options.shard.get(name) for name in entry["axes"])))

    def place(argument, read):
        """An array of which this process reads, by index, the parts that its devices have."""
        kind = TYPES[argument["type"]]
        part = lambda index: np.asarray(read(index), kind)
        return jax.make_array_from_callback(tuple(argument["shape"]), sharding(argument), part)

    def place_whole(argument, whole):
        return place(argument, lambda index: whole[index])

    def take(argument, update):
        """The value of an argument for an update."""
        name = argument["name"]
        if name in fixed:
            return fixed[name]
        if name in state:
            return state[name]
        if argument["role"] == "scalar":
            # By place: a parameter of the same name gives the argument another.
            value = list(job.scalars[update - 1].values())[job.of("scalar").index(argument)]
            return place(argument, lambda _: value)
        rows, batch = job.batches.get_slice(name), (update - 1) % job.counts[name]
        return place(argument, lambda index: rows[(slice(batch, batch + 1), *index)][0])

    def saved(argument):
        return place_whole(argument, job.start.file.get_tensor(job.tensors[argument["name"]]))

    state = {argument["name"]: saved(argument) for argument in job.of("state")}
    fixed = {argument["name"]: saved(argument) for argument in job.of("parameter")}
    for argument in job.of("index"):
        if "numbers" in argument:
            numbers = np.reshape(argument["numbers"], argument["shape"])
            fixed[argument["name"]] = place_whole(argument, numbers)

    described = [jax.ShapeDtypeStruct(entry["shape"], TYPES[entry["type"]]) for entry in job.arguments]
    step = jax.jit(
        load(job.module.read_text()),
        in_shardings=tuple(map(sharding, job.arguments)),
        out_shardings=tuple(map(sharding, job.results)),
        donate_argnums=[at for at, argument in enumerate(job.arguments) if argument["role"] == "state"],
    ).lower(*described).compile()
    gather = jax.jit(lambda state: state, out_shardings=jax.NamedSharding(mesh, jax.P()))
    first = options.process == 0
    log = open(options.losses, "a" if options.resume else "w") if first and options.losses else None
    start = job.start.steps
    if first:
        where = " x ".join(f"{size} of {name}" for name, size in options.mesh.items())
        work = f"{step.cost_analysis()['flops'] / 1e6:.1f} MFLOP an update on each"
        print(f"{start} of {job.updates} updates are done; {where}: {work}", flush=True)
    began = time.monotonic()
    for update in range(start + 1, job.updates + 1):
        results = step(*(take(argument, update) for argument in job.arguments))
        named = dict(zip((result["name"] for result in job.results), results, strict=True))
        state = {name: named[name] for name in state}
        loss = float(named["loss"])
        if not math.isfinite(loss):
            raise Failure(f"the loss is {loss} at update {update}")
        if log:
            print(json.dumps({"update": update, "loss": loss}), file=log, flush=True)
        due = update == job.updates or (options.checkpoint_every and update % options.checkpoint_every == 0)
        if options.checkpoint and due:
            # All processes take part, so that each device has the whole; one writes.
            whole = gather(state)
            if first:
                trained = {job.tensors[name]: np.asarray(value.addressable_data(0)) for name, value in whole.items()}
                spoilt = [name for name, value in trained.items() if not np.isfinite(value).all()]
                if spoilt:
                    what = f"`{spoilt[0]}` is not finite after update {update}"
                    raise Failure(f"{what}: {options.checkpoint} stays what it was")
                job.initial.write(options.checkpoint, update, trained)
        if first and (due or update == start + 1):
            print(f"update {update}: loss {loss:.6f}, {time.monotonic() - began:.1f} s", flush=True)


def main():
    options = parse()
    # Ends are not by `sys.exit`: JAX would wait for the other processes, and they for this one.
    try:
        train(options)
    except Failure as failure:
        print(f"error: {failure}", file=sys.stderr, flush=True)
        os._exit(2)
    except Exception:
        traceback.print_exc()
        sys.stderr.flush()
        os._exit(1)


if __name__ == "__main__":
    main()
