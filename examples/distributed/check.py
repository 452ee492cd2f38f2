"""Trains on several devices and in several processes of this machine, and compares.

    python check.py [FOLDER]

Exports both models by `cargo run --release --example distributed`, then trains them by launch.py in one process and in
two, with one device and with four, and the transformer also with a model axis that crosses the processes. All have
the losses of one device and of the tape. Two processes are killed one after the other, and the run goes on to the same
losses; checkpoints go from here to the tape and from one number of devices to another; what cannot be trained is
refused with a message. Everything is written to FOLDER, target/distributed-check by default. The exit code says
whether all of it holds.
"""

import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import time

import numpy as np
from safetensors.numpy import load_file, save_file

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
# What is exported. A longer training or a larger rate would amplify differences of rounding beyond any bound: by one of
# them another cell of a pool is the largest, and the gradient goes elsewhere.
MNIST = "--batch 32 --updates 40 --optimizer sgd --rate 0.001".split()
TRANSFORMER = "--batch 8 --updates 24 --optimizer adam".split()
# For runs that are compared with one of the same kind.
LONG = "--batch 32 --updates 160 --batches 50 --optimizer adam".split()
# Relative to the larger of 1 and the number that is expected.
TOLERANCE = 1e-5
# Of parameters and the state of the optimiser. Adam divides by the root of a mean square: where a gradient is almost 0,
# rounding decides its sign, and a parameter goes a part of the rate another way.
STATE_TOLERANCES = {"mnist": 1e-5, "transformer": 1e-3}

DATA = ["--mesh", "data=4", "--shard", "Batch=data"]
FOUR_DEVICES = [*DATA, "--devices-per-process", "4"]
TWO_BY_TWO = [*DATA, "--devices-per-process", "2"]
# With the axis `model` outside, the two parts of a parameter are in two processes.
MODEL = "--mesh model=2,data=2 --shard Batch=data --shard Inner=model --shard Letters=model".split()


def export(model, folder, *flags):
    command = ["cargo", "run", "--quiet", "--release", "--example", "distributed", "--", model]
    subprocess.run([*command, "--out", folder, *map(str, flags)], cwd=ROOT, check=True)


def launch(*flags):
    """Gives the work of each device that is reported."""
    command = [sys.executable, HERE / "launch.py", *map(str, flags)]
    output = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
    print(output, end="", flush=True)
    return float(re.search(r"([\d.]+) MFLOP", output)[1])


def supervised(*flags, platforms="cpu"):
    command = [sys.executable, HERE / "supervise.py", "--processes", "2", *map(str, flags)]
    environment = os.environ | {"JAX_PLATFORMS": platforms}
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)


def supervise(*flags):
    supervisor = supervised(*flags)
    supervisor.communicate()
    assert supervisor.returncode == 0, supervisor.returncode


def read(path):
    """The updates and losses of a run in the order in which they were done."""
    lines = map(json.loads, path.read_text().splitlines())
    return [(line["update"], line["loss"]) for line in lines]


def compare(what, found, expected):
    """Fails unless the losses agree, of all updates that were done."""
    found, expected = dict(found), dict(expected)
    assert found and set(found) <= set(expected), f"{what}: other updates"
    worst = max(abs(loss - expected[update]) / max(1, abs(expected[update])) for update, loss in found.items())
    print(f"{what}: {len(found)} losses differ by at most {worst:.1e}", flush=True)
    assert worst <= TOLERANCE, f"{what}: more than {TOLERANCE}"


def compare_state(what, found, expected):
    tolerance = STATE_TOLERANCES[what.split(",")[0]]
    found, expected = load_file(found), load_file(expected)
    assert set(found) == set(expected), f"{what}: other tensors"
    pairs = [(found[name], expected[name]) for name in expected]
    worst = max(float(np.max(np.abs(a - b) / np.maximum(1, np.abs(b)))) for a, b in pairs)
    print(f"{what}: {len(pairs)} tensors differ by at most {worst:.1e}", flush=True)
    assert worst <= tolerance, f"{what}: more than {tolerance}"


def same_losses(model, folder, settings):
    """One device, four, and two processes with two each; the tape before them."""
    export(model, folder, *settings, "--losses")
    tape, one = read(folder / "losses.jsonl"), folder / "one.jsonl"
    updates = len(tape)
    whole = launch(folder, "--losses", one, "--checkpoint", folder / "one.safetensors")
    compare(f"{model}, one device, and the tape", read(one), tape)
    compare_state(f"{model}, one device, and the tape", folder / "one.safetensors", folder / "tape.safetensors")
    assert len(read(one)) == updates
    four = folder / "four.jsonl"
    part = launch(folder, *FOUR_DEVICES, "--losses", four)
    assert part < 0.3 * whole, "each of four devices does about a quarter of the work"
    compare(f"{model}, one process with four devices", read(four), read(one))

    runs = [("two processes with two devices", TWO_BY_TWO)]
    if model == "transformer":
        runs.append(("two processes with a model axis", [*MODEL, "--devices-per-process", "2"]))
    for number, (what, flags) in enumerate(runs):
        losses, checkpoint = folder / f"two{number}.jsonl", folder / f"two{number}.safetensors"
        supervise(folder, *flags, "--losses", losses, "--checkpoint", checkpoint)
        compare(f"{model}, {what}", read(losses), read(one))
        compare_state(f"{model}, {what}", checkpoint, folder / "one.safetensors")
        assert len(read(four)) == len(read(losses)) == updates


def checkpoints(model, folder, settings):
    """From four devices to one, and to the tape."""
    updates = len(read(folder / "one.jsonl"))
    half, checkpoint = updates // 2, folder / "half.safetensors"
    launch(folder, *FOUR_DEVICES, "--updates", half, "--checkpoint", checkpoint)
    onward = folder.with_name(f"{model}-onward")
    export(model, onward, *settings, "--losses", "--resume", checkpoint)
    found = read(onward / "losses.jsonl")
    assert found[0][0] == half + 1 and len(found) == updates - half
    compare(f"{model}, the tape from a checkpoint of four devices", found, read(folder / "one.jsonl"))
    losses = folder / "onward.jsonl"
    launch(folder, "--resume", "--checkpoint", checkpoint, "--losses", losses)
    compare(f"{model}, one device from a checkpoint of four", read(losses), read(folder / "one.jsonl"))
    assert len(read(losses)) == updates - half
    # What the tape has written is read as well, and there is nothing left to be done.
    launch(folder, "--resume", "--checkpoint", onward / "tape.safetensors")


def killed(folder, every):
    """Both processes killed, one after the other, each when some updates are done that no checkpoint has."""
    export("mnist", folder, *LONG)
    undisturbed = folder / "undisturbed.jsonl", folder / "undisturbed.safetensors"
    supervise(folder, *TWO_BY_TWO, "--losses", undisturbed[0], "--checkpoint", undisturbed[1])
    updates = len(read(undisturbed[0]))
    losses, checkpoint = folder / "killed.jsonl", folder / "killed.safetensors"
    flags = [folder, *TWO_BY_TWO, "--losses", losses, "--checkpoint", checkpoint, "--checkpoint-every", every]
    supervisor = supervised(*flags, "--restarts", "2")
    victims = [(1, 2 * every + every // 2), (0, 5 * every + every // 2)]
    for line in supervisor.stdout:
        print(line, end="", flush=True)
        if victims and line.startswith(f"process {victims[0][0]} is "):
            victim, update = int(line.split()[-1]), victims.pop(0)[1]
            while not losses.exists() or not read_last(losses) >= update:
                assert supervisor.poll() is None, "it ended before a process was killed"
                time.sleep(0.005)
            os.kill(victim, signal.SIGKILL)
            print(f"killed {victim}", flush=True)
    assert supervisor.wait() == 0 and not victims
    done = read(losses)
    repeated = len(done) - updates
    starts = [update for (before, _), (update, _) in zip(done, done[1:]) if update != before + 1]
    print(f"started again at the updates {starts}, {repeated} updates done twice", flush=True)
    assert len(starts) == 2 and all(start % every == 1 for start in starts), "it went on from checkpoints"
    assert 0 < repeated <= 2 * every, "no more was lost than what no checkpoint had"
    assert dict(done).keys() == set(range(1, updates + 1))
    compare("mnist, two processes that were killed", done, read(undisturbed[0]))
    compare_state("mnist, two processes that were killed", checkpoint, undisturbed[1])


def frozen(folder):
    """A parameter that is not trained keeps its value, and numbers that the step brings along are its labels."""
    still = folder.with_name("frozen")
    shutil.copytree(folder, still)
    signature = json.loads((folder / "step.json").read_text())
    labels = load_file(folder / "batches.safetensors")["labels"][0].astype(int).tolist()
    for argument in signature["arguments"]:
        if argument["name"].split(".")[0] == "c1":
            argument["role"] = "parameter"
        if argument["name"] == "labels":
            argument["numbers"] = labels
    (still / "step.json").write_text(json.dumps(signature))
    losses, checkpoint = still / "frozen.jsonl", still / "frozen.safetensors"
    launch(still, *FOUR_DEVICES, "--updates", 2, "--losses", losses, "--checkpoint", checkpoint)
    compare("mnist, a part of it frozen", read(losses)[:1], read(folder / "one.jsonl"))
    found, initial = load_file(checkpoint), load_file(folder / "initial.safetensors")
    changed = {name for name in initial if np.any(found[name] != initial[name])}
    assert changed == {name for name in initial if "c1." not in name and name != "c1"}, changed


def read_last(path):
    """The last update of which the whole line is there."""
    lines = path.read_text().split("\n")[:-1]
    return json.loads(lines[-1])["update"] if lines else 0


def refuses(parts, *flags, program="launch.py"):
    """Exit code 2, and a line that says all of this."""
    run = subprocess.run([sys.executable, HERE / program, *map(str, flags)], capture_output=True, text=True)
    assert run.returncode == 2, f"{flags}: {run.returncode}: {run.stderr}"
    # Of several processes the others may say more before they are stopped.
    assert program != "launch.py" or "Traceback" not in run.stderr, run.stderr
    for part in parts:
        assert part in run.stderr, f"`{part}` is missing from: {run.stderr}"


def refusals(folder, other):
    checkpoint = folder / "one.safetensors"
    new = folder / "new.safetensors"
    refuses(["no axis has this name; there are Batch"], folder, "--shard", "Batsch=data")
    refuses(["--shard Batch=model: the mesh has only data"], folder, "--shard", "Batch=model")
    refuses(["--mesh data=2: no --shard"], folder, "--mesh", "data=2")
    refuses(["invalid sizes value: 'data=0'"], folder, "--mesh", "data=0")
    refuses(["invalid sizes value: 'data'"], folder, "--mesh", "data")
    refuses(["`images` has 32 as Batch, which 3 devices"], folder, "--mesh", "data=3", "--shard", "Batch=data")
    refuses(["two axes", "split over `data`"], other, "--mesh", "data=2", "--shard", "Width=data")
    refuses(["4 devices, but there are 2 in 1 processes"], folder, *DATA, "--devices-per-process", "2")
    refuses(["4 devices, but there are", "--devices-per-process"], folder, *DATA)
    refuses(["--updates 9999: "], folder, "--updates", "9999")
    refuses([str(folder / "missing"), "No such file"], folder / "missing")
    refuses(["exists: go on from it with --resume"], folder, "--checkpoint", checkpoint)
    refuses([str(new), "o such file"], folder, "--resume", "--checkpoint", new)
    refuses(["of another model: "], other, "--resume", "--checkpoint", checkpoint)
    text = (folder / "initial.safetensors").read_bytes().replace(b"rate=0.001", b"rate=0.002")
    new.write_bytes(text)
    refuses([str(new), "its settings is"], folder, "--resume", "--checkpoint", new)
    refuses(["more than the 4 to be done"], folder, "--resume", "--checkpoint", checkpoint, "--updates", "4")
    refuses(["no such folder"], folder, "--losses", folder / "missing/losses")
    refuses(["need a --checkpoint"], folder, "--resume")
    refuses(["needs a --coordinator"], folder, "--processes", "2")
    refuses(["is not below --processes 2"], folder, *"--processes 2 --process 2 --coordinator x:1".split())
    refuses(["nothing to go on from"], folder, "--processes", "2", program="supervise.py")
    new.write_bytes(checkpoint.read_bytes()[:-5])
    refuses([str(new), "no safetensors file"], folder, "--resume", "--checkpoint", new)
    save_file(load_file(checkpoint), new)
    refuses([str(new), "no checkpoint of session"], folder, "--resume", "--checkpoint", new)
    # What another try would not change is not tried again.
    flags = [*DATA, "--devices-per-process", "1", "--processes", "2", "--checkpoint", folder / "none.safetensors"]
    refuses(["4 devices, but there are 2 in 2 processes"], folder, *flags, program="supervise.py")
    assert not (folder / "none.safetensors").exists()


def given_up(folder):
    """After so many restarts the supervisor ends."""
    supervisor = supervised(folder, "--checkpoint", folder / "none.safetensors", "--restarts", "1", platforms="none")
    output, _ = supervisor.communicate()
    assert supervisor.returncode == 1, supervisor.returncode
    assert "restart 1 of 1, from the beginning" in output, output


def main():
    folder = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else ROOT / "target/distributed-check").resolve()
    shutil.rmtree(folder, ignore_errors=True)
    mnist, transformer = folder / "mnist", folder / "transformer"
    folder.mkdir(parents=True)
    same_losses("mnist", mnist, MNIST)
    same_losses("transformer", transformer, TRANSFORMER)
    checkpoints("mnist", mnist, MNIST)
    checkpoints("transformer", transformer, TRANSFORMER)
    killed(folder / "killed", 20)
    frozen(mnist)
    refusals(mnist, transformer)
    given_up(mnist)
    print("many devices and processes train as one does")


if __name__ == "__main__":
    main()
