"""Boots an arm64 kernel under QEMU with the first program of init.c, and asks QEMU's monitor: for the scripts that make test data and tables of measurements."""

import json
import os
import shutil
import socket
import subprocess
import tempfile
import time
from pathlib import Path

SOURCE = Path(__file__).with_name("init.c")


def initial_ramdisk(path):
    """Writes an archive with the program, its console and nothing else."""
    with tempfile.TemporaryDirectory() as place:
        program = Path(place, "init")
        subprocess.check_call(
            ["aarch64-linux-gnu-gcc", "-Os", "-Wall", "-Werror", "-ffreestanding", "-fno-stack-protector", "-fno-pie", "-static", "-nostdlib", "-o", program, SOURCE])
        entries = [("dev", 0o040755, b"", 0, 0), ("dev/console", 0o020600, b"", 5, 1), ("init", 0o100755, program.read_bytes(), 0, 0), ("TRAILER!!!", 0, b"", 0, 0)]
        archive = bytearray()
        for number, (name, mode, content, major, minor) in enumerate(entries, 1):
            head = [number, mode, 0, 0, 1, 0, len(content), 0, 0, major, minor, len(name) + 1, 0]
            archive += b"070701" + b"".join(b"%08X" % value for value in head) + name.encode() + b"\0"
            archive += bytes(-len(archive) % 4) + content
            archive += bytes(-len(archive) % 4)
        Path(path).write_bytes(archive)


def qemu_name(cpu):
    """What QEMU calls a CPU of the tool: its max is under another number where blocks are to be split."""
    return "max,midr=0x410fd842" if cpu == "max+bbml2" else cpu


class Guest:
    """One guest, from `with` to the end of its block."""

    def __init__(self, kernel, cpu, memory, words, tasks=(), machine="virt", more=()):
        self.place = tempfile.mkdtemp()
        self.console_file = os.path.join(self.place, "console")
        line = " ".join(["console=ttyAMA0", *words, *(["--", *tasks] if tasks else [])])
        arguments = ["qemu-system-aarch64", "-nodefaults", "-nic", "none", "-display", "none", "-M", machine, "-cpu", cpu, "-m", memory, "-kernel", str(kernel), "-append", line,
                     "-serial", "file:" + self.console_file, "-gdb", f"unix:{self.place}/gdb,server=on,wait=off", "-qmp", f"unix:{self.place}/qmp,server=on,wait=off", *more]
        if tasks:
            initial_ramdisk(self.place + "/initrd")
            arguments += ["-initrd", self.place + "/initrd"]
        self.process = subprocess.Popen(arguments, stdin=subprocess.DEVNULL)
        self.monitor = None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        shutil.rmtree(self.place)

    def console(self):
        """What the guest has said so far."""
        if not os.path.exists(self.console_file):
            return ""
        return Path(self.console_file).read_bytes().decode(errors="replace").replace("\r", "")

    def wait_for(self, text, seconds=180):
        """Waits until the guest says something; returns all that it has said."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            said = self.console()
            if text in said:
                return said
            if self.process.poll() is not None:
                break
            time.sleep(0.2)
        raise TimeoutError(f"the guest did not say {text!r}; its last lines: {self.console()[-1500:]}")

    def ask(self, command, **arguments):
        """One command of QEMU's monitor, and its answer."""
        if self.monitor is None:
            control = socket.socket(socket.AF_UNIX)
            control.connect(self.place + "/qmp")
            self.monitor = control.makefile("rw")
            self.monitor.readline()
            self.ask("qmp_capabilities")
        self.monitor.write(json.dumps({"execute": command, "arguments": arguments}) + "\n")
        self.monitor.flush()
        while True:
            answer = json.loads(self.monitor.readline())
            if "return" in answer or "error" in answer:
                return answer.get("return")

    def translate(self, address):
        """The physical address that QEMU's own MMU finds, as text, or '-'."""
        answer = self.ask("human-monitor-command", **{"command-line": f"gva2gpa 0x{address:x}"}).strip()
        return answer.split()[1] if answer.startswith("gpa") else "-"

    @property
    def gdb(self):
        """The source that the tool reads this guest by."""
        return "gdb:" + self.place + "/gdb"


def shown(console, path):
    """The texts of a file that the program showed, in their order."""
    begin, end = f"guest: begin {path}\n", "guest: end\n"
    texts = []
    for part in console.split(begin)[1:]:
        if end in part:
            texts.append(part[: part.index(end)])
    return texts
