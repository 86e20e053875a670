#!/usr/bin/env python3
"""Makes oopses of real kernels whose true cause is known, because the kernel's own test module (LKDTM) makes it on request.

usage: make.py KERNELS [NAME...]

KERNELS is the folder of scripts/own-kernels.sh (~/.cache/ptewright/kernels/own). Each kernel is booted once for each cause; what it says from the request on is kept in
KERNEL-CPU-CAUSE.txt, as its console had it, and its line in oopses.txt says what the answer must begin with: it follows from the request alone.
"""
import re
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[2] / "scripts/guest"))
import guest  # noqa: E402

REQUEST = "/sys/kernel/debug/provoke-crash/DIRECT"

# Writes, executes and accesses that page tables forbid; stacks that end; instructions that need an alignment.
ALL = ["WRITE_RO", "WRITE_RO_AFTER_INIT", "WRITE_KERN", "EXEC_DATA", "EXEC_STACK", "EXEC_KMALLOC", "EXEC_VMALLOC", "EXEC_RODATA", "EXEC_USERSPACE", "EXEC_NULL", "ACCESS_USERSPACE",
       "ACCESS_NULL", "STACK_GUARD_PAGE_LEADING", "STACK_GUARD_PAGE_TRAILING", "EXHAUST_STACK", "VMALLOC_LINEAR_OVERFLOW"]
SOME = ["WRITE_RO", "EXEC_DATA", "EXEC_VMALLOC", "ACCESS_NULL", "ACCESS_USERSPACE", "STACK_GUARD_PAGE_LEADING"]

# What the first sentence must say of each; the first that fits.
ANSWERS = [
    ("-write-", "Write to read-only memory: the kernel wrote to"),
    ("-exec-userspace", "Execution of user memory by the kernel: the kernel jumped to"),
    ("-exec-null", "NULL pointer dereference: the kernel jumped to"),
    ("-exec-", "Execution of memory that is not executable: the kernel jumped to"),
    ("-access-null", "NULL pointer dereference: the kernel read"),
    ("-access-userspace", "User memory accessed outside the uaccess routines (PAN): the kernel read"),
    ("-stack-guard-page-", "Stack guard page hit, beside the kernel stack: the kernel read"),
    ("-exhaust-stack", "Kernel stack overflow: the kernel wrote to"),
    ("-vmalloc-linear-overflow", "Access to unmapped memory of vmalloc: the kernel wrote to"),
]
HEADING = "# Of real kernels, by make.py."

# Kernel, CPU, command line, causes.
CASES = [
    ("6.1-4k-48", "cortex-a72", "", ALL),
    ("6.1-4k-48", "max", "rodata=off kpti=on", ["WRITE_RO", "EXEC_DATA", "EXEC_VMALLOC", "ACCESS_USERSPACE"]),
    ("6.12-4k-52", "max", "", ALL),
    ("6.12-4k-52", "cortex-a57", "", SOME),
    ("6.12-16k-52", "max", "", SOME),
    ("6.12-16k-52", "neoverse-n1", "", SOME),
    ("6.12-64k-52", "max", "", SOME),
    ("6.12-64k-52", "cortex-a72", "", SOME),
    ("6.1-64k-52", "cortex-a57", "", SOME),
    ("6.1-16k-36", "neoverse-n1", "", SOME),
    ("6.1-16k-47", "neoverse-n1", "", SOME),
    ("6.1-4k-39", "cortex-a72", "", SOME),
    ("6.1-64k-42", "cortex-a72", "", SOME),
    ("5.10-4k-48", "cortex-a72", "", ALL),
    ("7.3-4k-52", "max", "", ALL),
]


def provoke(kernel, cpu, line, cause):
    with guest.Guest(kernel, guest.qemu_name(cpu), "256M", ["panic=0", *line.split()], [f"put:{cause}:{REQUEST}"]) as machine:
        end = 30
        try:
            said = machine.wait_for("guest: done", end)
        except TimeoutError:
            # A kernel whose stack ended does not come back.
            said = machine.console()
    start = said.find(f"lkdtm: Performing direct entry {cause}")
    if start < 0:
        return None
    text = said[said.rindex("\n", 0, start) + 1:]
    return re.split(r"\n\nguest: done|\nguest: done", text)[0].strip() + "\n"


def main(arguments):
    if not arguments:
        sys.exit(__doc__)
    for kernel, cpu, line, causes in CASES:
        image = Path(arguments[0], kernel, "vmlinuz")
        for cause in causes:
            contrast = "".join(f"-{word.replace('=', '-')}" for word in line.split())
            name = f"{kernel}-{cpu}{contrast}-{cause.lower().replace('_', '-')}"
            if arguments[1:] and not any(wanted in name for wanted in arguments[1:]):
                continue
            if not image.exists():
                print(f"{name}: no such kernel")
                continue
            text = provoke(image, cpu, line, cause)
            if text is None:
                print(f"{name}: this kernel has no such cause")
                continue
            if not any(sign in text for sign in ("Mem abort info", "Internal error", "Insufficient stack space")):
                # As kernel code that touches a program's memory without PAN.
                print(f"{name}: the kernel goes on")
                continue
            (HERE / f"{name}.txt").write_text(text)
            print(f"{name}: an oops", flush=True)
    write_answers()


def write_answers():
    """The lines of all files that are there."""
    vectors = HERE / "oopses.txt"
    kept = vectors.read_text().split(HEADING)[0].rstrip("\n")
    lines = []
    for file in sorted(HERE.glob("[0-9]*.txt")):
        lines.append(f"{file.stem} | {next(answer for part, answer in ANSWERS if part in file.stem)}\n")
    vectors.write_text(f"{kept}\n\n{HEADING}\n{''.join(lines)}")


main(sys.argv[1:])
