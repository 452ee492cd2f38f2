"""Starts the processes of one machine that train together, and all of them again when one dies.

    python supervise.py FOLDER --processes 2 --restarts 3 --checkpoint FILE --checkpoint-every 50 ...

All other flags are those of launch.py, which each process runs. Processes that train together end together: when one
is gone the others wait for it in vain, so they are stopped too, and all go on from the last checkpoint. What was
trained since is trained again. Over several machines this is the work of what manages their jobs.
"""

import argparse
import signal
import socket
import subprocess
import sys
import time

import launch


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def run(processes, flags):
    """Runs the processes once. Gives the exit code of each; those of the ones that had to be stopped are negative."""
    together = ["--processes", str(processes), "--coordinator", f"127.0.0.1:{free_port()}"]
    command = [sys.executable, launch.__file__, *flags, *together, "--process"]
    children = []
    try:
        for number in range(processes):
            children.append(subprocess.Popen([*command, str(number)]))
            print(f"process {number} is {children[-1].pid}", flush=True)
        codes = [None]
        while None in codes and not any(codes):
            time.sleep(0.05)
            codes = [child.poll() for child in children]
        for number, code in enumerate(codes):
            if code:
                print(f"process {number} ended with {code}", flush=True)
    finally:
        for child in children:
            child.kill()
            child.wait()
    return [child.returncode for child in children]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    # Without abbreviations, or a flag of launch.py could be taken for one of these.
    parser.allow_abbrev = False
    parser.add_argument("--processes", type=int, required=True)
    parser.add_argument("--restarts", type=int, default=3)
    own, flags = parser.parse_known_args()
    options = launch.parse(flags)
    if not options.checkpoint:
        parser.error("without a --checkpoint there is nothing to go on from")
    # An end by a signal stops the processes too.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    for restarts in range(own.restarts + 1):
        codes = run(own.processes, flags)
        if not any(codes):
            return 0
        if 2 in codes:
            # Another try would not change it.
            return 2
        if restarts < own.restarts:
            # Before the first checkpoint there is none, or training was refused: it would have been overwritten.
            flags += ["--resume"] * (options.checkpoint.exists() and "--resume" not in flags)
            where = f"from {options.checkpoint}" if "--resume" in flags else "from the beginning"
            print(f"restart {restarts + 1} of {own.restarts}, {where}", flush=True)
    print(f"error: ended after {own.restarts} restarts", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
