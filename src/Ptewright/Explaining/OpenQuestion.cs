namespace Ptewright.Explaining;

/// <summary>What the text leaves open, and so what would tell it.</summary>
public enum OpenQuestion
{
    /// <summary>Which kernel it is; the line with <c>Comm:</c> says it.</summary>
    KernelVersion,

    /// <summary>What kind of fault; <c>Mem abort info</c> has ESR.</summary>
    Syndrome,

    /// <summary>The entries; the lines with <c>pgtable:</c> and <c>pgd=</c> have them, or a source.</summary>
    Entries,

    /// <summary>The address; the kernel does not print FAR for this kind of fault.</summary>
    Address,

    /// <summary>What the address belonged to before; a dump, or KASAN.</summary>
    Owner,

    /// <summary>What the entry was when the fault happened; a dump, or tracing of the code that changes it.</summary>
    EntryThen,

    /// <summary>Registers: SCTLR_EL1, TCR2_EL1, PIR_EL1.</summary>
    ControlRegisters,

    /// <summary>Whether PAN was set; the line with <c>pstate:</c> says it.</summary>
    Pan,

    /// <summary>Which instruction; the line with <c>Code:</c>, or the kernel's file, says it.</summary>
    Instruction,

    /// <summary>How many bits addresses have, and so where the regions lie; the line with <c>pgtable:</c> says it.</summary>
    AddressSize,
}
