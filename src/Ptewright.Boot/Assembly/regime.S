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

// Calls a function while the lower half is the image's identity map: x0 = function, x1, x2 = arguments, x3 = distance from lower to upper addresses.
// Function, stack and what x1 points to are taken at their lower addresses. It returns to upper ones, which must be mapped again by then.
        .balign 16
        .globl  call_in_lower_half
call_in_lower_half:
        stp     x29, x30, [sp, #-32]!
        str     x19, [sp, #16]
        mov     x19, x3
        sub     x9, x0, x3
        sub     x0, x1, x3
        mov     x1, x2
        mov     x10, sp
        sub     x10, x10, x3
        mov     sp, x10
        sub     x29, x29, x3
        blr     x9
        mov     x10, sp
        add     sp, x10, x19
        ldr     x19, [sp, #16]
        ldp     x29, x30, [sp], #32
        ret
