// The image, linked at its upper-half addresses; the raw file starts at _head.
#include "Assembly/image.inc"

ENTRY(_head)

PHDRS
{
    text PT_LOAD FLAGS(5);
    data PT_LOAD FLAGS(6);
}

SECTIONS
{
    . = IMAGE_VIRTUAL;
    image_start = .;
    .text : { KEEP(*(.head)) *(.text .text.* __managedcode) } :text
    // Strings, type descriptors and constants are never written: they share the read-only part, which the file ends with. So the
    // 64 KiB alignment of what can be written (the largest page) costs nothing in the file.
    .rodata : { *(.rodata .rodata.* .data .data.* __modules) } :text
    . = ALIGN(0x10000);
    text_end = .;
    bss_start = .;
    .bss (NOLOAD) : { *(.bss .bss.* COMMON) . = ALIGN(16); } :data
    bss_end = .;
    .noinit (NOLOAD) : { *(.noinit) } :data
    . = ALIGN(0x200000);
    image_end = .;
    image_size = image_end - image_start;
    text_size = text_end - image_start;

    .symtab 0 : { *(.symtab) }
    .strtab 0 : { *(.strtab) }
    .shstrtab 0 : { *(.shstrtab) }
    /DISCARD/ : { *(.eh_frame .eh_frame_hdr .comment .note.* .dotnet_eh_table .lsda .gcc_except_table .debug_*) }
}
