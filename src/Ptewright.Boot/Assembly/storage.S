// Memory of the image that no file holds: what C# works in.
#include "image.inc"

        .bss
        .balign 16
        .globl  boot_info
boot_info:
        .skip   112
        .balign 16
stack:  .skip   STACK_SIZE
        .globl  stack_top
stack_top:
        .skip   4096
        .globl  fault_stack_top
fault_stack_top:

        .section .noinit, "aw", @nobits
        .balign 64
        .globl  storage
storage:
        .skip   STORAGE_SIZE
        .balign 64
        .globl  tree_copy
tree_copy:
        .skip   TREE_SIZE
        .balign 65536
        .globl  reserve
reserve:
        .skip   RESERVE_SIZE

// The guard value that compiled code puts behind buffers on the stack.
        .section .rodata, "a"
        .balign 8
        .globl  __security_cookie
__security_cookie:
        .quad   0x5054455752494748
