"""Kernels' configurations and symbols reduced to the lines that are read, as the test data has them."""

from pathlib import Path

DATA = Path(__file__).resolve().parents[2] / "tests/data"


def options_read():
    """Names of the options that any configuration of the test data was reduced to."""
    return {line.split("=")[0] for file in (DATA / "config").glob("config-*") for line in file.read_text().splitlines() if line.startswith("CONFIG_")}


def symbols_read():
    """The same of symbols."""
    return {line.split()[2] for file in (DATA / "symbols").glob("System.map-*") for line in file.read_text().splitlines()}


def configuration(text, version):
    """The lines of a configuration that are read, and all that say CONFIG_ARM64_: page and address size are among them."""
    read = options_read()
    lines = [line for line in text.splitlines() if (name := line.split("=")[0]) in read or name.startswith("CONFIG_ARM64_")]
    return f"# Linux/arm64 {version} Kernel Configuration\n" + "".join(line + "\n" for line in lines)


def system_map(text):
    """The lines of a System.map or of /proc/kallsyms that are read."""
    read = symbols_read()
    return "".join(line + "\n" for line in text.splitlines() if len(words := line.split()) == 3 and words[2] in read)
