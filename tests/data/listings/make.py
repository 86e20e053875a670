#!/usr/bin/env python3
"""Makes the golden listings: what a kernel itself says of its tables, and those tables.

usage: make.py TOOL KERNELS [NAME...]

TOOL is the ptewright command, KERNELS the folder of scripts/own-kernels.sh (~/.cache/ptewright/kernels/own). Each kernel is booted with a program that prints
/sys/kernel/debug/kernel_page_tables twice, to be sure that nothing changes any more, and then stopped and captured. A folder has the capture, kernel_page_tables.gz, the lines of
configuration and System.map that are read, and machine.txt, which says what was booted.
"""
import gzip
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[2] / "scripts/guest"))
import guest  # noqa: E402
import reduced  # noqa: E402

LISTING = "/sys/kernel/debug/kernel_page_tables"
MEMORY = "256M"

# Folder, kernel, CPU, command line.
CASES = [
    ("6.1-4k-48", "6.1-4k-48", "cortex-a72", "nokaslr rodata=off"),
    ("6.1-4k-48-kaslr", "6.1-4k-48", "max", "kpti=on"),
    ("6.1-16k-48", "6.1-16k-48", "max", "nokaslr rodata=off"),
    ("6.1-64k-52", "6.1-64k-52", "max", "nokaslr rodata=off"),
    ("6.1-64k-52-on-48", "6.1-64k-52", "cortex-a57", "nokaslr"),
    ("6.1-4k-39", "6.1-4k-39", "cortex-a72", "nokaslr rodata=off"),
    ("6.1-16k-36", "6.1-16k-36", "neoverse-n1", "nokaslr rodata=off"),
    ("6.1-16k-47", "6.1-16k-47", "neoverse-n1", "nokaslr"),
    ("6.1-64k-42", "6.1-64k-42", "cortex-a72", "nokaslr rodata=off"),
    ("6.12-4k-52", "6.12-4k-52", "max", "nokaslr rodata=off"),
    ("6.12-4k-52-on-48", "6.12-4k-52", "cortex-a72", "nokaslr"),
    ("6.12-16k-52", "6.12-16k-52", "max", "nokaslr rodata=off"),
    ("6.12-16k-52-on-48", "6.12-16k-52", "neoverse-n1", "nokaslr"),
    ("6.12-64k-52", "6.12-64k-52", "max", "nokaslr"),
    ("6.12-64k-52-on-48", "6.12-64k-52", "cortex-a57", "nokaslr rodata=off"),
    ("5.10-4k-48", "5.10-4k-48", "cortex-a72", "nokaslr"),
    ("7.3-4k-52", "7.3-4k-52", "max", "nokaslr rodata=noalias"),
    ("7.3-4k-52-split", "7.3-4k-52", "max+bbml2", "nokaslr"),
]


def make(tool, kernels, name, kernel, cpu, line):
    folder, built = HERE / name, kernels / kernel
    with guest.Guest(built / "vmlinuz", guest.qemu_name(cpu), MEMORY, line.split(), [f"show:{LISTING}"] * 2) as machine:
        first, second = guest.shown(machine.wait_for("guest: done"), LISTING)
        if first != second:
            sys.exit(f"{name}: the kernel changed its tables between two listings")
        machine.ask("stop")
        shutil.rmtree(folder, ignore_errors=True)
        subprocess.check_call([*shlex.split(tool), "capture", machine.gdb, "-o", folder, "--note", f"{kernel}, {cpu}, {MEMORY}, {line}"], stdout=subprocess.DEVNULL)
    with gzip.GzipFile(folder / "kernel_page_tables.gz", "wb", mtime=0) as file:
        file.write(first.encode())
    package, version = (built / "package").read_text().split()
    (folder / "config").write_text(reduced.configuration((built / "config").read_text(), version.split("-")[0]))
    (folder / "System.map").write_text(reduced.system_map((built / "System.map").read_text()))
    (folder / "machine.txt").write_text(f"package {package} {version}\ncpu {cpu}\nmemory {MEMORY}\ncmdline {line}\n")


def main(arguments):
    if len(arguments) < 2:
        sys.exit(__doc__)
    for name, kernel, cpu, line in CASES:
        if not arguments[2:] or name in arguments[2:]:
            make(arguments[0], Path(arguments[1]), name, kernel, cpu, line)
            print(name)


main(sys.argv[1:])
