"""The folder that the example `distributed` has written, and checkpoints, read and checked: a part of launch.py."""

import json
import os

from safetensors import SafetensorError, safe_open
from safetensors.numpy import save_file


class Failure(Exception):
    """What is told to the user in one line."""


def read_json(path):
    try:
        return json.loads(path.read_text())
    except OSError as error:
        raise Failure(f"{path}: {error.strerror}") from None
    except ValueError as error:
        raise Failure(f"{path}: no JSON: {error}") from None


def open_tensors(path):
    try:
        return safe_open(path, "numpy")
    except OSError as error:
        raise Failure(f"{path}: {error.strerror or 'no such file'}") from None
    except SafetensorError as error:
        raise Failure(f"{path}: no safetensors file: {error}") from None


class Checkpoint:
    """A file that `session::io::checkpoint` has written, or this program."""

    def __init__(self, path):
        self.path, self.file = path, open_tensors(path)
        self.texts = self.file.metadata() or {}
        if self.texts.get("checkpoint") != "1":
            raise Failure(f"{path}: no checkpoint of session")
        slices = {name: self.file.get_slice(name) for name in self.file.keys()}
        self.kinds = {name: [found.get_dtype().lower(), found.get_shape()] for name, found in slices.items()}
        try:
            self.steps, self.updates = int(self.texts["steps"]), dict(json.loads(self.texts["updates"]))
        except (KeyError, TypeError, ValueError) as error:
            raise Failure(f"{path}: a checkpoint without its numbers of updates: {error!r}") from None

    def tensor(self, argument):
        """The name of the tensor that an argument is, a parameter or one of the optimiser's."""
        name, expected = argument["name"], [argument["type"], argument["shape"]]
        name = name if name in self.kinds else f"optimizer.{name}"
        if self.kinds.get(name) != expected:
            raise Failure(f"{self.path}: `{name}` is {self.kinds.get(name)}, the step takes {expected}")
        return name

    def check_follows(self, initial):
        """Whether training that began with the initial checkpoint can have come here."""
        for name in sorted(self.kinds.keys() | initial.kinds.keys()):
            found, expected = self.kinds.get(name), initial.kinds.get(name)
            if found != expected:
                raise Failure(f"{self.path}: of another model: `{name}` is {found}, in {initial.path} {expected}")
        for text in ["optimizer", "settings"]:
            found, expected = self.texts.get(text), initial.texts.get(text)
            if found != expected:
                raise Failure(f"{self.path}: its {text} is `{found}`, that of {initial.path} `{expected}`")

    def write(self, path, steps, trained):
        """Writes what this checkpoint becomes by so many steps, the whole file or nothing."""
        tensors = {name: self.file.get_tensor(name) for name in self.kinds} | trained
        updates = {name: steps if name in trained else 0 for name in self.updates}
        texts = self.texts | {"steps": str(steps), "updates": json.dumps(updates)}
        temporary = path.with_name(path.name + ".tmp")
        save_file(tensors, temporary, texts)
        with open(temporary, "rb") as file:
            os.fsync(file.fileno())
        os.replace(temporary, path)


class Job:
    """What is trained: the files of the folder, read and checked against each other and the flags."""

    def __init__(self, options):
        folder = options.folder
        signature = read_json(folder / "step.json")
        self.arguments, self.results = signature["arguments"], signature["results"]
        self.scalars = read_json(folder / "scalars.json")
        self.updates = len(self.scalars) if options.updates is None else options.updates
        if not 0 < self.updates <= len(self.scalars):
            raise Failure(f"--updates {self.updates}: {folder} has the scalars of {len(self.scalars)}")
        self.module = folder / "step.mlir"
        if not self.module.is_file():
            raise Failure(f"{self.module}: no such file")
        self.check_shardings(options.mesh, options.shard)
        self.batches = open_tensors(folder / "batches.safetensors")
        self.counts = self.count_batches(folder / "batches.safetensors")
        self.initial = Checkpoint(folder / "initial.safetensors")
        # The tensor of each parameter, and of each state of the optimiser.
        self.tensors = {entry["name"]: self.initial.tensor(entry) for entry in self.of("state", "parameter")}
        self.start = self.begin(options)
        for file in [options.checkpoint, options.losses]:
            if file and not file.parent.is_dir():
                raise Failure(f"{file}: no such folder")

    def of(self, *roles):
        return [argument for argument in self.arguments if argument["role"] in roles]

    def check_shardings(self, mesh, shard):
        """Whether each axis can be split as the flags say."""
        known = {axis for argument in self.arguments for axis in argument["axes"] if axis}
        for name, axis in shard.items():
            if name not in known:
                raise Failure(f"--shard {name}={axis}: no axis has this name; there are {', '.join(sorted(known))}")
            if axis not in mesh:
                raise Failure(f"--shard {name}={axis}: the mesh has only {', '.join(mesh)}")
        for axis, size in mesh.items():
            if size > 1 and axis not in shard.values():
                raise Failure(f"--mesh {axis}={size}: no --shard splits an axis over it")
        for argument in self.arguments:
            axes = [shard.get(name) for name in argument["axes"]]
            for axis, name, size in zip(axes, argument["axes"], argument["shape"]):
                if axis and size % mesh[axis]:
                    devices = f"{mesh[axis]} devices of `{axis}`"
                    raise Failure(f"`{argument['name']}` has {size} as {name}, which {devices} do not divide")
                if axis and axes.count(axis) > 1:
                    raise Failure(f"`{argument['name']}` has two axes that would be split over `{axis}`")

    def count_batches(self, path):
        """How many batches each input has, but for numbers that the step brings along."""
        counts = {}
        for argument in self.of("input", "index"):
            name, shape = argument["name"], argument["shape"]
            if "numbers" in argument:
                continue
            if name not in self.batches.keys():
                raise Failure(f"{path}: no tensor for the input `{name}`")
            count, *found = self.batches.get_slice(name).get_shape() or [0]
            if found != shape or not count:
                raise Failure(f"{path}: the batches of `{name}` have shape {found}, the step takes {shape}")
            counts[name] = count
        return counts

    def begin(self, options):
        """The checkpoint to start from."""
        if not options.resume:
            if options.checkpoint and options.checkpoint.exists():
                raise Failure(f"{options.checkpoint}: exists: go on from it with --resume, or remove it")
            return self.initial
        start = Checkpoint(options.checkpoint)
        start.check_follows(self.initial)
        if start.steps > self.updates:
            raise Failure(f"{start.path}: after {start.steps} updates, more than the {self.updates} to be done")
        if any(start.updates.get(entry["name"], start.steps) != start.steps for entry in self.of("state")):
            raise Failure(f"{start.path}: its parameters have not had {start.steps} updates each")
        return start
