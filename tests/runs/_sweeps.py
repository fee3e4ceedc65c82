"""Functions of trials that workers import, and sweeps as programs: light modules only. All numbers are SYNTHETIC."""

import os
import signal
import sys
import time
from pathlib import Path

from benchtools.errors import BenchtoolsError
from benchtools.runs import Store, Trial, TrialResult, run_trials


def make_trials(n, folder, **details):
    """Return trials that write to `folder` what happens to them."""
    details = {"folder": str(folder), **details}
    return [Trial("test", "space", f"arch-{seed}", "digits", "12ab", None, "c0", seed, details) for seed in range(n)]


def log(folder):
    """Return the seeds of the trials that were started, in order."""
    path = Path(folder) / "log"
    return [int(line) for line in path.read_text().split()] if path.exists() else []


def train(trial, *, device, checkpoint, progress):
    """Append the seed to the log in one write, go on from a checkpoint, and behave as the details say."""
    details = trial.details
    file = os.open(Path(details["folder"]) / "log", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.write(file, f"{trial.seed}\n".encode())
    os.close(file)
    resumed = checkpoint.exists()
    if trial.seed == details.get("hangs") and not resumed:
        checkpoint.write_text("half")
        time.sleep(60)
    time.sleep(float(os.environ.get("TRIAL_S", "0")))  # how long it takes is no part of its identity
    here = [{"device": device, "threads": os.environ.get("OMP_NUM_THREADS"), "pid": os.getpid()}]
    return TrialResult("done", {"accuracy": 90.0 + trial.seed, "resumed": float(resumed)}, here)


def fail(trial, *, device, checkpoint, progress):
    """Do what the seed says: fail, end the program, diverge, return nonsense, or succeed."""
    if trial.seed == 0:
        raise ValueError("no such operation")
    if trial.seed == 1:
        sys.exit("ended")
    if trial.seed == 2:
        return TrialResult("diverged", {"accuracy": float("nan")})
    if trial.seed == 3:
        return None
    return train(trial, device=device, checkpoint=checkpoint, progress=progress)


def die(trial, *, device, checkpoint, progress):
    """Die: always with seed 1, the first time with seed 2."""
    once = Path(trial.details["folder"]) / "died"
    again = once.exists()
    result = train(trial, device=device, checkpoint=checkpoint, progress=progress)
    if trial.seed == 1 or (trial.seed == 2 and not again):
        if trial.seed == 2:
            once.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return result


def main(verb, store, folder, n, *more):
    """Write `n` results, or sweep `n` trials."""
    with Store(store) as opened:
        if verb == "write":
            first = int(more[0])
            for trial in make_trials(first + int(n), folder)[first:]:
                opened.put(trial, TrialResult("done", {"accuracy": float(trial.seed)}))
            return
        os.environ["TRIAL_S"], workers, hangs = more[0], int(more[1]), int(more[2])
        trials = make_trials(int(n), folder, hangs=hangs)
        try:
            found = run_trials(trials, train, opened, workers=workers)
        except KeyboardInterrupt:
            print("interrupted")
        except BenchtoolsError as error:
            print(error)
        else:
            print(found.done, found.already_done + found.taken)


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.default_int_handler)  # which a job in the background would ignore
    main(*sys.argv[1:])
