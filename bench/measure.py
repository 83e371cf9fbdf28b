"""What the measuring scripts share: running a program, rounds, tables."""

import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time


def fail(text, code):
    print(f"bench/{pathlib.Path(sys.argv[0]).name}: {text}", file=sys.stderr)
    sys.exit(code)


class Run:
    """CPU seconds, elapsed seconds and MiB of one run of a program."""

    def __init__(self, command, env, good=(0,), cwd=None):
        begin = time.monotonic()
        with tempfile.TemporaryFile() as out:
            process = subprocess.Popen(command, env=env, stdout=out, stderr=subprocess.STDOUT, cwd=cwd)
            _, status, usage = os.wait4(process.pid, 0)
            self.elapsed = time.monotonic() - begin
            process.returncode = os.waitstatus_to_exitcode(status)
            out.seek(0)
            text = out.read().decode(errors="replace")
        if process.returncode not in good:
            fail(f"{' '.join(map(str, command))} failed: {text.strip()[-2000:]}", 1)
        self.cpu = usage.ru_utime + usage.ru_stime
        self.memory = usage.ru_maxrss / 1024


def median(values):
    return statistics.median(list(values))


def rounds_of(programs, rounds):
    """{name: [Run]} of {name: function that runs it}; the first round is thrown away."""
    samples = {name: [] for name in programs}
    for r in range(rounds + 1):
        for name, run in programs.items():
            sample = run()
            if r > 0:
                samples[name].append(sample)
    return samples


def table(samples, base):
    print("| program | CPU s | elapsed s | peak MiB | CPU, times the first | memory, times the first |")
    print("|---|---|---|---|---|---|")
    for name, runs in samples.items():
        cpu = [x.cpu for x in runs]
        ratio = median(x.cpu / b.cpu for x, b in zip(runs, samples[base]))
        memory = median(x.memory / b.memory for x, b in zip(runs, samples[base]))
        print(f"| {name} | {median(cpu):.2f} ({min(cpu):.2f} to {max(cpu):.2f}) "
              f"| {median(x.elapsed for x in runs):.2f} | {median(x.memory for x in runs):.0f} "
              f"| {ratio:.2f} | {memory:.2f} |")
    print()
