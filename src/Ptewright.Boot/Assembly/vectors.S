// Exceptions: none is expected, so each is reported (C#: Faults.Report) and ends the run.
        .text
        .macro  entry_point kind
        .balign 128
        adrp    x9, fault_stack_top
        add     sp, x9, :lo12:fault_stack_top
        mov     x0, #\kind
        mrs     x1, esr_el1
        mrs     x2, far_el1
        mrs     x3, elr_el1
        mrs     x4, spsr_el1
        mov     x5, x30
        mov     x29, xzr
        bl      boot_fault
        b       halt
        .endm

        .balign 2048
        .globl  vectors
vectors:
        .set    number, 0
        .rept   16
        entry_point number
        .set    number, number + 1
        .endr
