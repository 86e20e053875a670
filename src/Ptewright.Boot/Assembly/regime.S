// Changing granule, address sizes or descriptor format: nothing of the old regime may be in use while TCR_EL1 changes, so this goes through
// the identity map of the old regime to physical addresses, turns the MMU off, and comes back through the identity map of the new one.
//
// x0 = TTBR0 with the old identity map, x1 = TTBR0 with the new one, x2 = TTBR1, x3 = TCR, x4 = TTBR0 afterwards
        .text
        .balign 16
        .globl  regime_switch
regime_switch:
        msr     ttbr0_el1, x0
        isb
        tlbi    vmalle1
        dsb     nsh
        isb
        adrp    x9, boot_info
        add     x9, x9, :lo12:boot_info
        ldp     x10, x11, [x9, #8]              // image: physical, virtual
        sub     x11, x11, x10
        adr     x12, 1f
        sub     x12, x12, x11
        adr     x13, 2f
        mrs     x14, sctlr_el1
        bic     x15, x14, #1                    // M and C off
        bic     x15, x15, #4
        br      x12

// From here no memory is touched but these instructions.
1:      msr     sctlr_el1, x15
        isb
        msr     tcr_el1, x3
        msr     ttbr0_el1, x1
        msr     ttbr1_el1, x2
        isb
        tlbi    vmalle1
        dsb     nsh
        isb
        msr     sctlr_el1, x14
        isb
        br      x13

2:      msr     ttbr0_el1, x4
        isb
        tlbi    vmalle1
        dsb     nsh
        isb
        ret
