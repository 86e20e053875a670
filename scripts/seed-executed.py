#!/usr/bin/env python3
"""Counts what a real kernel executes in paging_init in the four states of the series that the seed ended, and writes it down.

usage: seed-executed.py [--table]

Builds Debian's 6.1 in each state (scripts/own-kernels.sh, about 5 minutes once), boots each under QEMU with `ptewright count` on two CPUs with 2 and 16 GiB, and writes
tests/vectors/seed-states.txt, the symbols that its lines belong to, and the tables in README.md and docs/seed.md. With --table only the tables are written anew.
"""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "scripts/guest"))
import reduced  # noqa: E402

VECTORS = ROOT / "tests/vectors/seed-states.txt"
DATA = ROOT / "tests/data/seed"
KERNEL = "6.1-4k-48"

# State, what the seed's own table calls it.
STATES = [("baseline", "before the series"), ("map-once", "patch 1"), ("batch-barriers", "patch 2, the seed's \"before\""), ("single-map", "patch 3, the seed: \"after\"")]
MACHINES = [(memory, cpu) for memory in ("2G", "16G") for cpu in ("cortex-a72", "max")]
FIELDS = ["state", "memory", "cpu", "instructions", "tlbi", "dsb", "isb"]

HEAD = """# What Debian's {version}, built in each state of the series (scripts/own-kernels.sh), executed in paging_init under {qemu}; written by scripts/seed-executed.py.
# The command line is "nokaslr"; symbols and configuration are in tests/data/seed.
# {fields}
"""


def kernels():
    base = os.environ.get("PTEWRIGHT_KERNELS") or os.path.join(os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache"), "ptewright/kernels")
    return Path(base, "own")


def folder_of(state):
    return kernels() / (KERNEL if state == "baseline" else f"{KERNEL}-{state}")


def count(state, memory, cpu):
    command = [ROOT / "ptewright", "count", "--kernel-image", folder_of(state) / "vmlinuz", "-m", memory, "--cpu", cpu, "--cmdline", "nokaslr", "--strategy", state, "--json"]
    run = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, check=False)
    if not run.stdout:
        sys.exit(f"seed-executed.py: {run.stderr.decode()}")
    result = json.loads(run.stdout)["results"][0]
    executed = result["executed"]
    print(f"{state:15} {memory:>4} {cpu:11} {executed} {'equal' if result['equal'] else f'PREDICTED {result}'}", flush=True)
    return [state, memory, cpu, executed["instructions"], executed["tlbi"], executed["dsb"], executed["isb"]], result["equal"]


def keep_symbols():
    """The symbols and options that a prediction reads, as for the kernels in tests/data/symbols and tests/data/config."""
    DATA.mkdir(exist_ok=True)
    for state, _ in STATES:
        (DATA / f"System.map-{state}").write_text(reduced.system_map((folder_of(state) / "System.map").read_text()))
    (DATA / "config").write_text(reduced.configuration((folder_of("baseline") / "config").read_text(), version()))


def version():
    return (folder_of("baseline") / "package").read_text().split()[1].split("-")[0]


def run_all():
    subprocess.check_call([ROOT / "scripts/own-kernels.sh", *[folder_of(state).name for state, _ in STATES]])
    results = [count(state, memory, cpu) for memory, cpu in MACHINES for state, _ in STATES]
    qemu = subprocess.check_output(["qemu-system-aarch64", "--version"]).decode().split("\n")[0].split(" (")[0]
    head = HEAD.format(version=version(), qemu=qemu, fields=" ".join(FIELDS))
    VECTORS.write_text(head + "".join(" ".join(map(str, line)) + "\n" for line, _ in results))
    keep_symbols()
    return all(equal for _, equal in results)


def write_tables():
    rows = [dict(zip(FIELDS, line.split())) for line in VECTORS.read_text().splitlines() if not line.startswith("#")]
    meaning = dict(STATES)
    lines = ["| memory | CPU | state | instructions | TLBI | DSB | ISB |", "|---|---|---|---|---|---|---|"]
    for row in rows:
        numbers = " | ".join(f"{int(row[field]):,}" for field in FIELDS[3:])
        lines.append(f"| {row['memory']} | {row['cpu']} | `{row['state']}`: {meaning[row['state']]} | {numbers} |")
    write_between(ROOT / "docs/seed.md", lines)
    short = [lines[0], lines[1], *[line for line in lines[2:] if line.startswith("| 16G | cortex-a72")]]
    write_between(ROOT / "README.md", short)


def write_between(file, lines):
    text = file.read_text()
    changed, times = re.subn(r"(<!-- executed -->\n).*?(<!-- end of executed -->)", lambda found: found.group(1) + "\n".join(lines) + "\n" + found.group(2), text, flags=re.DOTALL)
    if times != 1:
        sys.exit(f"seed-executed.py: {file} has {times} places for the table, not one")
    part = file.with_suffix(".part")
    part.write_text(changed)
    shutil.move(part, file)


def main(arguments):
    if arguments not in ([], ["--table"]):
        sys.exit(__doc__)
    equal = bool(arguments) or run_all()
    write_tables()
    return 0 if equal else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
