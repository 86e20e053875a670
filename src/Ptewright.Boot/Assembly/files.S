// Files that the image carries as they are: the test vectors, in the order of BootVectorFile (Ptewright.Core/Booting).
        .macro  carry name
        .pushsection .rodata.text, "a"
1:      .incbin "\name"
2:      .popsection
        .quad   1b, 2b
        .endm

        .section .rodata, "a"
        .balign 8
files:  carry   "geometry.txt"
        carry   "folding.txt"
        carry   "output-addresses.txt"
        carry   "protections.txt"
        carry   "tlbi-operands.txt"
        carry   "fixmap-slots.txt"

        .text
        .balign 16
        .globl  carried_files
carried_files:
        adrp    x0, files
        add     x0, x0, :lo12:files
        ret
