#!/usr/bin/env python3
"""Changes an unpacked Linux 6.1 to one of the four states of the series that the seed ended.

Usage: seed-states.py TREE baseline|map-once|batch-barriers|single-map

6.1 itself is in the first state. Each change is made where a function's text has what is expected there, once; where it has not, nothing is written and the exit code is 1.
The states do what the series did, in words of our own: the events in paging_init are the same, which `ptewright count` shows.
"""

import re
import sys
from pathlib import Path

STATES = ["baseline", "map-once", "batch-barriers", "single-map"]


class Source:
    """The text of one file, changed function by function."""

    def __init__(self, text):
        self.text = text

    def change(self, function, old, new):
        """In the definition of a function, replaces the one place that matches a pattern."""
        definition = re.search(r"^[a-z][^;{}#]*\b" + function + r"\([^;{}]*\)\n\{\n.*?^\}\n", self.text, re.MULTILINE | re.DOTALL)
        if definition is None:
            raise LookupError(f"there is no definition of {function}")
        changed, times = re.subn(old, new, definition.group(), flags=re.MULTILINE | re.DOTALL)
        if times != 1:
            raise LookupError(f"{function} has {times} places like {old!r}, not one")
        self.text = self.text[: definition.start()] + changed + self.text[definition.end() :]

    def precede(self, function, addition):
        """Puts text before the definition of a function."""
        found = re.search(r"^static [^;{}#\n]*\b" + function + r"\(", self.text, re.MULTILINE)
        if found is None:
            raise LookupError(f"there is no definition of {function}")
        self.text = self.text[: found.start()] + addition + self.text[found.start() :]


def map_once(source):
    """Patch 1: the caller of init_pte and init_pmd opens the table for its whole visit, not for one contiguous run."""
    for level, upper in (("pte", "pmd"), ("pmd", "pud")):
        inner, outer = f"init_{level}", f"alloc_init_cont_{level}"
        source.change(inner, rf"{upper}_t \*{upper}p", f"{level}_t *{level}p")
        source.change(inner, rf"^\t{level}_t \*{level}p;\n", "")
        source.change(inner, rf"^\t{level}p = {level}_set_fixmap_offset\({upper}p, addr\);\n", "")
        source.change(inner, rf"\n\t{level}_clear_fixmap\(\);\n", "")
        source.change(outer, r"^\tunsigned long next;\n", f"\tunsigned long next;\n\t{level}_t *table;\n")
        source.change(outer, r"^\tdo \{\n", f"\ttable = {level}_set_fixmap_offset({upper}p, addr) - {level}_index(addr);\n\tdo {{\n")
        source.change(outer, rf"{inner}\({upper}p, ", f"{inner}(table + {level}_index(addr), ")
        source.change(outer, r"(\} while \(addr = next, addr != end\);\n)", rf"\1\t{level}_clear_fixmap();\n")


def batch_barriers(source):
    """Patch 2: entries of level 3 are stored without barriers; the barriers of closing the table serve them all."""
    source.change("init_pte", r"\bset_pte\(ptep, (pfn_pte\(.*?\))\);", r"WRITE_ONCE(*ptep, \1);")


def single_map(source):
    """Patch 3, the seed: a new table is opened once, zeroed and filled there; the allocators do not zero."""
    source.change("early_pgtable_alloc", r"^\tvoid \*ptr;\n", "")
    source.change("early_pgtable_alloc", r"^\t/\*\n\t \* The FIX_.*?\tpte_clear_fixmap\(\);\n\n", "")
    source.change("__pgd_pgtable_alloc", r"GFP_PGTABLE_KERNEL", "GFP_PGTABLE_KERNEL & ~__GFP_ZERO")
    source.change("__pgd_pgtable_alloc", r"\n\t/\*[^/]*\*/\n\tdsb\(ishst\);\n", "")
    source.precede(
        "alloc_init_cont_pte",
        "static void *empty_new_table(void *opened)\n{\n\tclear_page(opened);\n\tdsb(ishst);\n\treturn opened;\n}\n\n",
    )
    for level, upper, function in (("pte", "pmd", "alloc_init_cont_pte"), ("pmd", "pud", "alloc_init_cont_pmd"), ("pud", "p4d", "alloc_init_pud")):
        # Where the existing table was opened for the visit: what follows a new table's link does not read it back.
        name, less = ("table", f" - {level}_index(addr)") if level != "pud" else ("pudp", "")
        plus = "" if level != "pud" else f" + {level}_index(addr)"
        source.change(function, rf"^\t{name} = {level}_set_fixmap_offset\({upper}p, addr\)( - {level}_index\(addr\))?;\n", "")
        source.change(
            function,
            rf"^(\t\t)(__{upper}_populate\([^;]*\);\n)\t\t{upper} = READ_ONCE\(\*{upper}p\);\n\t\}}\n\tBUG_ON\({upper}_bad\({upper}\)\);\n",
            rf"\1{name} = ({level}_t *)empty_new_table({level}_set_fixmap({level}_phys)){plus};\n\1\2"
            rf"\t}} else {{\n\t\tBUG_ON({upper}_bad({upper}));\n\t\t{name} = {level}_set_fixmap_offset({upper}p, addr){less};\n\t}}\n",
        )


def main(arguments):
    if len(arguments) != 2 or arguments[1] not in STATES:
        print(__doc__, file=sys.stderr)
        return 1
    file = Path(arguments[0], "arch/arm64/mm/mmu.c")
    unchanged = file.with_suffix(".c.unchanged")
    if not unchanged.exists():
        unchanged.write_text(file.read_text())
    source = Source(unchanged.read_text())
    try:
        for change in [map_once, batch_barriers, single_map][: STATES.index(arguments[1])]:
            change(source)
    except LookupError as failure:
        print(f"seed-states.py: {file}: {failure}; nothing was changed", file=sys.stderr)
        return 1
    if source.text != file.read_text():
        file.write_text(source.text)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
