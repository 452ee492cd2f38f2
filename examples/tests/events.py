"""Reads the event files of a training with TensorBoard's own reader, which checks every checksum.

events.py DIR EPOCHS STEPS: the folder given to `mnist --logdir`, and how long it trained.
"""

import math
import sys

from tensorboard.backend.event_processing.event_accumulator import EventAccumulator


def main(folder, epochs, steps):
    events = EventAccumulator(folder, size_guidance={"scalars": 0})
    events.Reload()
    assert events.file_version == 2.0, events.file_version
    expected = {"loss": epochs * steps, "rate": epochs * steps, "accuracy/train": epochs, "accuracy/test": epochs}
    names = events.Tags()["scalars"]
    assert sorted(names) == sorted(expected), names
    for name, count in expected.items():
        found = events.Scalars(name)
        assert [event.step for event in found] == list(range(1, count + 1)), name
        assert all(math.isfinite(event.value) and event.value >= 0 for event in found), name
        times = [event.wall_time for event in found]
        assert times == sorted(times), name
    losses = [event.value for event in events.Scalars("loss")]
    assert losses[-1] < losses[0], losses
    print(f"{len(names)} names, {sum(expected.values())} numbers")


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
