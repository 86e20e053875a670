#!/usr/bin/env python3
"""Makes one folder of captured tables, and asks QEMU's own MMU about ten thousand addresses in them.

usage: make.py TOOL KERNEL SYSTEM_MAP OUT CPU MEMORY [COMMAND LINE WORDS...]

TOOL is the ptewright command. The kernel is booted until it finds no root file system, stopped, captured with
'ptewright capture', and QEMU's monitor is asked with gva2gpa: the answers are in judge.txt.gz, a line each, the virtual
address and the physical one or '-'.
"""
import gzip, json, os, random, shlex, socket, subprocess, sys, tempfile, time

tool, kernel, symbols, out, cpu, memory, words = sys.argv[1], sys.argv[2], sys.argv[3], sys.argv[4], sys.argv[5], sys.argv[6], sys.argv[7:]
place = tempfile.mkdtemp()
guest = subprocess.Popen(
    ["qemu-system-aarch64", "-nodefaults", "-nic", "none", "-display", "none", "-M", "virt", "-cpu", cpu, "-m", memory, "-kernel", kernel,
     "-append", " ".join(["console=ttyAMA0", *words]), "-serial", "file:" + place + "/console",
     "-gdb", "unix:" + place + "/gdb,server=on,wait=off", "-qmp", "unix:" + place + "/qmp,server=on,wait=off"],
    stdin=subprocess.DEVNULL)
try:
    for _ in range(600):
        time.sleep(0.2)
        if os.path.exists(place + "/console") and b"Unable to mount root fs" in open(place + "/console", "rb").read():
            break
    else:
        sys.exit("the kernel did not get there")

    control = socket.socket(socket.AF_UNIX)
    control.connect(place + "/qmp")
    stream = control.makefile("rw")

    def ask(command, **arguments):
        stream.write(json.dumps({"execute": command, "arguments": arguments}) + "\n")
        stream.flush()
        while True:
            answer = json.loads(stream.readline())
            if "return" in answer or "error" in answer:
                return answer["return"]

    stream.readline()
    ask("qmp_capabilities")
    ask("stop")
    note = f"{os.path.basename(kernel)}, {cpu}, {memory}, {' '.join(words)}"
    subprocess.check_call([*shlex.split(tool), "capture", "gdb:" + place + "/gdb", "-o", out, "--note", note])
    ask("stop")

    # Addresses: around everything that the kernel has symbols for, in the linear map, in the fixmap, and anywhere.
    named = {}
    for line in open(symbols):
        address, _, name = line.split()[:3]
        named[name] = int(address, 16)
    tcr = int(json.load(open(out + "/tables.json"))["registers"]["tcr"], 16)
    bits = 64 - ((tcr >> 16) & 63)
    top = 1 << 64
    offset = top - (1 << bits)
    size = int(memory[:-1]) << (30 if memory[-1] == "G" else 20)
    rng = random.Random(612)
    text, end = named["_text"], named["_end"]

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
    with gzip.GzipFile(out + "/judge.txt.gz", "wb", mtime=0) as file:
        for i in range(10000):
            address = makers[i % len(makers)]()
            answer = ask("human-monitor-command", **{"command-line": f"gva2gpa 0x{address:x}"}).strip()
            physical = answer.split()[1] if answer.startswith("gpa") else "-"
            file.write(f"0x{address:016x} {physical}\n".encode())
finally:
    guest.kill()
