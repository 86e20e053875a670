// Instructions that C# cannot say, one function each: arguments in x0.., result in x0. They use only registers that a call may change.
        .macro  function name
        .balign 16
        .globl  \name
        .type   \name, %function
\name:
        .endm

        .macro  barrier name, instruction:vararg
        function \name
        \instruction
        ret
        .endm

        .macro  read_register name, register
        function \name
        mrs     x0, \register
        ret
        .endm

        .text
        barrier cpu_dsb_ishst, dsb ishst
        barrier cpu_dsb_ish, dsb ish
        barrier cpu_dsb_nshst, dsb nshst
        barrier cpu_dsb_nsh, dsb nsh
        barrier cpu_isb, isb
        barrier cpu_tlbi_vaale1is, tlbi vaale1is, x0
        barrier cpu_tlbi_vaae1is, tlbi vaae1is, x0
        // TLBI RVAALE1IS: the assembler only knows its name with Armv8.4 switched on.
        barrier cpu_tlbi_rvaale1is, sys #0, c8, c2, #7, x0
        barrier cpu_tlbi_vmalle1is, tlbi vmalle1is
        barrier cpu_tlbi_vmalle1, tlbi vmalle1
        barrier cpu_set_ttbr0, msr ttbr0_el1, x0
        barrier cpu_set_ttbr1, msr ttbr1_el1, x0

        read_register cpu_ttbr1, ttbr1_el1
        read_register cpu_midr, midr_el1
        read_register cpu_mmfr0, id_aa64mmfr0_el1
        read_register cpu_mmfr2, id_aa64mmfr2_el1
        read_register cpu_isar0, id_aa64isar0_el1
        read_register cpu_dfr0, id_aa64dfr0_el1
        read_register cpu_dczid, dczid_el0
        read_register cpu_cntfrq, cntfrq_el0

// The counter, neither before what comes before nor after what comes after.
        function cpu_counter
        isb
        mrs     x0, cntvct_el0
        isb
        ret

// Writes entries in pairs: x0 = first entry, x1 = how many, x2 = first value, x3 = step. Eight values are kept, two rounds of them a loop.
        .macro  store_eight offset
        stp     x2, x9, [x0, #\offset]
        stp     x10, x11, [x0, #\offset + 16]
        stp     x12, x13, [x0, #\offset + 32]
        stp     x14, x15, [x0, #\offset + 48]
        .irp    value, x2, x9, x10, x11, x12, x13, x14, x15
        add     \value, \value, x5
        .endr
        .endm

        function cpu_store_run
        cmp     x1, #8
        b.lo    3f
        add     x9, x2, x3
        add     x10, x9, x3
        add     x11, x10, x3
        add     x12, x11, x3
        add     x13, x12, x3
        add     x14, x13, x3
        add     x15, x14, x3
        lsl     x5, x3, #3
        lsr     x4, x1, #4
        cbz     x4, 2f
1:      store_eight 0
        store_eight 64
        add     x0, x0, #128
        sub     x4, x4, #1
        cbnz    x4, 1b
2:      tbz     x1, #3, 3f
        store_eight 0
        add     x0, x0, #64
3:      tbz     x1, #2, 4f
        add     x9, x2, x3
        add     x10, x9, x3
        add     x11, x10, x3
        stp     x2, x9, [x0]
        stp     x10, x11, [x0, #16]
        add     x0, x0, #32
        add     x2, x11, x3
4:      tbz     x1, #1, 5f
        add     x9, x2, x3
        stp     x2, x9, [x0], #16
        add     x2, x9, x3
5:      tbz     x1, #0, 6f
        str     x2, [x0]
6:      ret

// Zeroes with DC ZVA: x0 = start, x1 = bytes, x2 = block of DC ZVA; both multiples of four blocks.
        function cpu_zero_blocks
        add     x3, x2, x2
        add     x4, x3, x2
        add     x5, x3, x3
        add     x1, x0, x1
1:      dc      zva, x0
        add     x6, x0, x2
        dc      zva, x6
        add     x7, x0, x3
        dc      zva, x7
        add     x8, x0, x4
        dc      zva, x8
        add     x0, x0, x5
        cmp     x0, x1
        b.lo    1b
        ret

// Fills with one 64-bit value: x0 = start, x1 = bytes (a multiple of 64), x2 = value. Also zeroes where DC ZVA is forbidden.
        function cpu_fill
        add     x1, x0, x1
1:      stp     x2, x2, [x0]
        stp     x2, x2, [x0, #16]
        stp     x2, x2, [x0, #32]
        stp     x2, x2, [x0, #48]
        add     x0, x0, #64
        cmp     x0, x1
        b.lo    1b
        ret

// Translates x0 as a read by EL1 and gives PAR_EL1.
        function cpu_translate
        at      s1e1r, x0
        isb
        mrs     x0, par_el1
        ret

// Translates x1 pages from x0, x2 bytes apart, and compares PAR_EL1 with x3, x3 + x2, ... where x4 has ones.
// Gives how many were right before the first that was not.
        function cpu_translate_run
        mov     x5, xzr
1:      at      s1e1r, x0
        isb
        mrs     x6, par_el1
        eor     x6, x6, x3
        tst     x6, x4
        b.ne    2f
        add     x5, x5, #1
        add     x0, x0, x2
        add     x3, x3, x2
        cmp     x5, x1
        b.lo    1b
2:      mov     x0, x5
        ret

// PSCI and other calls of the firmware: x0 = function.
        function firmware_hvc
        hvc     #0
        ret

        function firmware_smc
        smc     #0
        ret

// Marks around what is timed, for counters outside: nothing but an address.
        function creation_start
        ret

        function creation_end
        ret

// Single loads and stores of device registers, which the compiler must neither merge nor drop.
        function device_read8
        ldrb    w0, [x0]
        ret

        function device_read32
        ldr     w0, [x0]
        ret

        function device_write8
        strb    w1, [x0]
        ret

        function device_write32
        str     w1, [x0]
        ret

// Performance counters: the cycle counter and, as event counter 0, retired instructions (event 8). Reset and started.
        function counters_start
        mov     x0, #0x08
        msr     pmevtyper0_el0, x0
        msr     pmccfiltr_el0, xzr
        mov     x0, #1
        orr     x0, x0, #(1 << 31)
        msr     pmcntenset_el0, x0
        mov     x0, #0x47                       // PMCR_EL0: LC, C, P, E
        msr     pmcr_el0, x0
        isb
        ret

        read_register counters_events, pmceid0_el0
        read_register counters_control, pmcr_el0

        function counters_cycles
        isb
        mrs     x0, pmccntr_el0
        ret

        function counters_instructions
        isb
        mrs     x0, pmevcntr0_el0
        ret
