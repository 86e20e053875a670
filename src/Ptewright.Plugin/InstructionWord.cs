namespace Ptewright.Plugin;

/// <summary>What kinds of instruction are counted apart.</summary>
internal enum InstructionKind
{
    /// <summary>Everything else.</summary>
    Other,

    /// <summary>An invalidation of the TLB, whatever it reaches.</summary>
    Tlbi,

    /// <summary>A data synchronisation barrier, whatever its domain and type.</summary>
    Dsb,

    /// <summary>An instruction synchronisation barrier.</summary>
    Isb,
}

/// <summary>Tells the kind of an A64 instruction. Source: Arm ARM C4.1.89, system instructions and barriers.</summary>
internal static class InstructionWord
{
    // SYS: 1101 0101 0000 1 op1:3 CRn:4 CRm:4 op2:3 Rt:5. TLBI is CRn = 8, and CRn = 9 for its nXS variants.
    private const uint SysMask = 0xfff8_e000;
    private const uint Tlbi = 0xd508_8000;

    // Barriers: 1101 0101 0000 0011 0011 CRm:4 op2:3 11111. op2 is 4 for DSB and 6 for ISB. DSB with CRm 0 and 4 are SSBB and PSSBB,
    // which nobody but a debugger tells apart. The nXS variants of DSB have op2 = 1 and CRm with the lower two bits 2.
    private const uint BarrierMask = 0xffff_f0ff;
    private const uint Dsb = 0xd503_309f;
    private const uint Isb = 0xd503_30df;
    private const uint DsbWithoutXsMask = 0xffff_f3ff;
    private const uint DsbWithoutXs = 0xd503_323f;

    /// <summary>The kind of an instruction.</summary>
    /// <param name="word">The instruction, as a little-endian word.</param>
    public static InstructionKind KindOf(uint word) =>
        (word & SysMask) == Tlbi ? InstructionKind.Tlbi
        : (word & BarrierMask) == Dsb || (word & DsbWithoutXsMask) == DsbWithoutXs ? InstructionKind.Dsb
        : (word & BarrierMask) == Isb ? InstructionKind.Isb
        : InstructionKind.Other;
}
