#!/usr/bin/env python3
"""Makes one folder of captured tables, and asks QEMU's own MMU about addresses in them.

usage: make.py TOOL KERNEL OUT CPU MEMORY ADDRESSES [COMMAND LINE WORDS...]

TOOL is the ptewright command. The kernel is booted with a program that prints /proc/kallsyms and sleeps, stopped, captured with 'ptewright capture', and QEMU's monitor is asked with
gva2gpa: the answers are in judge.txt.gz, a line each, the virtual address and the physical one or '-'. machine.txt says what was booted, System.map has the symbols that are read.
Without nokaslr in the command line the symbols are where the image was moved to.
"""
import gzip
import json
import random
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[2] / "scripts/guest"))
import guest  # noqa: E402
import reduced  # noqa: E402

SYMBOLS = "/proc/kallsyms"
VERSION = "/proc/version"


def addresses(named, tcr, memory, count):
    """Around everything that the kernel has symbols for, in the linear map, in the fixmap, and anywhere."""
    bits = 64 - ((tcr >> 16) & 63)
    top = 1 << 64
    offset = top - (1 << bits)
    size = int(memory[:-1]) << (30 if memory[-1] == "G" else 20)
    rng = random.Random(612)
    text = named["_stext"]
    end = named["_end"] if "_end" in named else text + (64 << 20)

    def page_in(start, length):
        return (start + rng.randrange(length)) % top

    makers = [
        lambda: page_in(offset, size + (8 << 20)),
        lambda: page_in(offset, size + (8 << 20)),
        lambda: page_in(text - (1 << 20), end - text + (4 << 20)),
        lambda: page_in(end, 256 << 20),
        lambda: page_in(0xFFFFFFFFC0000000, 1 << 30),
        lambda: page_in(top - (1 << 42), 1 << 42),
        lambda: page_in(offset, 1 << bits),
        lambda: rng.choice(list(named.values())) % top,
    ]
    return [makers[i % len(makers)]() for i in range(count)]


def main(arguments):
    if len(arguments) < 6:
        sys.exit(__doc__)
    tool, kernel, out, cpu, memory, count, *words = arguments
    out = Path(out)
    with guest.Guest(kernel, guest.qemu_name(cpu), memory, words, [f"show:{VERSION}", f"show:{SYMBOLS}"]) as machine:
        said = machine.wait_for("guest: done", 600)
        symbols, banner = guest.shown(said, SYMBOLS)[0], guest.shown(said, VERSION)[0].strip()
        machine.ask("stop")
        shutil.rmtree(out, ignore_errors=True)
        note = f"{Path(kernel).name}, {cpu}, {memory}, {' '.join(words)}"
        subprocess.check_call([*shlex.split(tool), "capture", machine.gdb, "-o", out, "--note", note], stdout=subprocess.DEVNULL)
        machine.ask("stop")
        named = {}
        for line in symbols.splitlines():
            parts = line.split()
            if len(parts) == 3:
                named[parts[2]] = int(parts[0], 16)
        tcr = int(json.loads((out / "tables.json").read_text())["registers"]["tcr"], 16)
        with gzip.GzipFile(out / "judge.txt.gz", "wb", mtime=0) as file:
            for address in addresses(named, tcr, memory, int(count)):
                file.write(f"0x{address:016x} {machine.translate(address)}\n".encode())
    # A table that has functions alone is no System.map: for such a kernel that is in ../symbols.
    if "_end" in named:
        (out / "System.map").write_text(reduced.system_map(symbols))
    (out / "machine.txt").write_text(f"kernel {banner}\ncpu {cpu}\nmemory {memory}\ncmdline {' '.join(words)}\n")


main(sys.argv[1:])
