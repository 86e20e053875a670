// Start-up: the arm64 boot protocol (Linux: Documentation/arch/arm64/booting.rst), from the first instruction to C#.
//
// In: x0 = physical address of the device tree; MMU off; EL2 or EL1; anywhere in memory, 2 MiB aligned.
// Out: boot_main(x0 = BootInfo*) at EL1, MMU and caches on, running at the linked (upper half) addresses.
//
// Nothing here is the engine's work: compiled code may access memory unaligned, which faults while the MMU is off, so the
// first table (six pages, 4K granule, the image and nothing else) is made here; every later one is made by the engine.
#include "image.inc"

        .section .head, "ax"
        .globl _head
_head:  b       entry                           // code0
        .long   0                               // code1
        .quad   0                               // text_offset
        .quad   image_size                      // image_size, the zeroed part included
        .quad   0x8                             // flags: little-endian, page size unspecified, anywhere in memory
        .quad   0, 0, 0
        .ascii  "ARM\x64"
        .long   0

        .text
entry:
        mov     x19, x0                         // the device tree
        adr     x20, _head                      // where the image lies
        mrs     x21, CurrentEL
        lsr     x21, x21, #2
        cmp     x21, #2
        b.ne    at_el1

// EL2 to EL1: everything that EL1 wants to use is let through. Arm ARM D13.
        mov     x0, #1
        lsl     x0, x0, #31                     // HCR_EL2.RW: EL1 is AArch64
        msr     hcr_el2, x0
        isb
        mrs     x1, hcr_el2
        mov     x2, #0x33ff                     // CPTR_EL2, E2H = 0: no traps
        mov     x3, #3                          // CNTHCTL_EL2, E2H = 0: EL1 may read counter and timer
        tbz     x1, #34, 1f                     // a CPU whose E2H cannot be cleared uses the other layout of both
        mov     x2, #(3 << 20)
        mov     x3, #(3 << 10)
1:      msr     cptr_el2, x2
        msr     cnthctl_el2, x3
        msr     cntvoff_el2, xzr
        msr     hstr_el2, xzr
        msr     vttbr_el2, xzr
        mrs     x2, id_aa64mmfr0_el1            // fine-grained traps (FEAT_FGT, bits 59:56) are unknown after reset
        ubfx    x2, x2, #56, #4
        cbz     x2, 9f
        msr     s3_4_c1_c1_4, xzr               // HFGRTR_EL2
        msr     s3_4_c1_c1_5, xzr               // HFGWTR_EL2
        msr     s3_4_c1_c1_6, xzr               // HFGITR_EL2
        msr     s3_4_c3_c1_4, xzr               // HDFGRTR_EL2
        msr     s3_4_c3_c1_5, xzr               // HDFGWTR_EL2
9:      mrs     x2, midr_el1
        msr     vpidr_el2, x2
        mrs     x2, mpidr_el1
        msr     vmpidr_el2, x2
        mrs     x2, id_aa64dfr0_el1             // PMU: all counters belong to EL1
        ubfx    x2, x2, #8, #4
        mov     x3, xzr
        cbz     x2, 2f
        cmp     x2, #0xf
        b.eq    2f
        mrs     x3, pmcr_el0
        ubfx    x3, x3, #11, #5
2:      msr     mdcr_el2, x3
        ldr     x2, =SCTLR_OFF
        tbz     x1, #34, 3f
        msr     s3_5_c1_c0_0, x2                // SCTLR_EL12
        b       4f
3:      msr     sctlr_el1, x2
4:      mov     x2, #0x3c5                      // EL1h, DAIF masked
        msr     spsr_el2, x2
        adr     x2, at_el1
        msr     elr_el2, x2
        eret

at_el1: msr     daifset, #0xf
        ldr     x0, =SCTLR_OFF
        msr     sctlr_el1, x0
        isb
        mov     x0, #(3 << 20)                  // CPACR_EL1.FPEN: compiled code uses vector registers to copy
        msr     cpacr_el1, x0

// A CPU without 4K granule cannot run the first table; nothing could be said yet, so it stops here.
        mrs     x0, id_aa64mmfr0_el1
        ubfx    x1, x0, #28, #4
        cmp     x1, #0xf
        b.eq    halt

// The first table. Nothing of it may be left in a cache from before: stores go past the caches now, the walker does not.
        adrp    x22, stage0
        bl      invalidate_stage0
        mov     x0, x22
        mov     x1, #(STAGE0_PAGES * 4096 / 16)
5:      stp     xzr, xzr, [x0], #16
        subs    x1, x1, #1
        b.ne    5b

        mov     x6, #3                          // table
        ldr     x7, =STAGE0_BLOCK
        // Lower half: the block of the image that holds this code, at its physical address.
        add     x0, x22, #4096
        orr     x1, x0, x6
        ubfx    x2, x20, #39, #9
        str     x1, [x22, x2, lsl #3]
        add     x1, x22, #8192
        orr     x1, x1, x6
        ubfx    x2, x20, #30, #9
        str     x1, [x0, x2, lsl #3]
        add     x0, x22, #8192
        ubfx    x2, x20, #21, #9
        orr     x1, x20, x7
        str     x1, [x0, x2, lsl #3]
        // Upper half: all of the image where it is linked.
        ldr     x9, =IMAGE_VIRTUAL
        add     x0, x22, #(3 * 4096)
        add     x3, x22, #(4 * 4096)
        add     x4, x22, #(5 * 4096)
        orr     x1, x3, x6
        ubfx    x2, x9, #39, #9
        str     x1, [x0, x2, lsl #3]
        orr     x1, x4, x6
        ubfx    x2, x9, #30, #9
        str     x1, [x3, x2, lsl #3]
        ubfx    x2, x9, #21, #9
        add     x4, x4, x2, lsl #3
        ldr     x5, =image_size
        orr     x1, x20, x7
        mov     x8, #(1 << 21)
6:      str     x1, [x4], #8
        add     x1, x1, x8
        subs    x5, x5, x8
        b.ne    6b
        dsb     sy
        bl      invalidate_stage0

// T0SZ = T1SZ = 16, write-back, inner shareable, 4K in both halves; IPS as the CPU has it, 48 bits at most.
        mrs     x0, id_aa64mmfr0_el1
        and     x0, x0, #0xf
        mov     x1, #5
        cmp     x0, x1
        csel    x0, x0, x1, lo
        ldr     x2, =STAGE0_TCR
        orr     x2, x2, x0, lsl #32
        mov     x0, x22
        add     x1, x22, #(3 * 4096)
        ldr     x3, =MAIR
        ldr     x4, =SCTLR_ON
        ldr     x5, =started
        b       mmu_on

// At the linked addresses from here on.
started:
        adrp    x0, bss_start
        add     x0, x0, :lo12:bss_start
        adrp    x1, bss_end
        add     x1, x1, :lo12:bss_end
7:      stp     xzr, xzr, [x0], #16
        cmp     x0, x1
        b.lo    7b
        adrp    x0, stack_top
        add     sp, x0, :lo12:stack_top
        adrp    x0, vectors
        add     x0, x0, :lo12:vectors
        msr     vbar_el1, x0
        isb

        adrp    x0, boot_info
        add     x0, x0, :lo12:boot_info
        ldr     x1, =IMAGE_VIRTUAL
        stp     x19, x20, [x0]                  // device tree, image: physical
        ldr     x2, =image_size
        stp     x1, x2, [x0, #16]
        ldr     x1, =text_size
        stp     x1, x21, [x0, #32]              // executable part; exception level at entry
        adrp    x1, storage
        add     x1, x1, :lo12:storage
        ldr     x2, =STORAGE_SIZE
        stp     x1, x2, [x0, #48]
        adrp    x1, reserve
        add     x1, x1, :lo12:reserve
        ldr     x2, =RESERVE_SIZE
        stp     x1, x2, [x0, #64]
        sub     x1, x22, x20                    // the first table's upper root, as it is linked
        ldr     x2, =IMAGE_VIRTUAL
        add     x1, x1, x2
        add     x1, x1, #(3 * 4096)
        str     x1, [x0, #80]
        adrp    x1, tree_copy
        add     x1, x1, :lo12:tree_copy
        ldr     x2, =TREE_SIZE
        stp     x1, x2, [x0, #88]
        mov     x29, xzr
        bl      boot_main
        // It does not come back.

        .globl  halt
halt:   wfi
        b       halt

invalidate_stage0:
        mrs     x0, ctr_el0                     // DminLine: log2 of words in the smallest line
        ubfx    x0, x0, #16, #4
        mov     x1, #4
        lsl     x1, x1, x0
        mov     x2, x22
        add     x3, x22, #(STAGE0_PAGES * 4096)
8:      dc      ivac, x2
        add     x2, x2, x1
        cmp     x2, x3
        b.lo    8b
        dsb     sy
        ret

// Turns the MMU on; runs at physical addresses and touches no memory.
// x0 = TTBR0, x1 = TTBR1, x2 = TCR, x3 = MAIR, x4 = SCTLR, x5 = where to go on
        .globl  mmu_on
mmu_on: msr     mair_el1, x3
        msr     tcr_el1, x2
        msr     ttbr0_el1, x0
        msr     ttbr1_el1, x1
        isb
        tlbi    vmalle1
        ic      iallu
        dsb     nsh
        isb
        msr     sctlr_el1, x4
        isb
        br      x5

        .section .noinit, "aw", @nobits
        .balign 4096
stage0: .skip   STAGE0_PAGES * 4096
