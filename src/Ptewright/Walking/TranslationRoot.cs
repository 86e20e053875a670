using Ptewright.Addressing;
using Ptewright.Images;
using Ptewright.Translation;

namespace Ptewright.Walking;

/// <summary>Which half of the EL1&amp;0 addresses: each has its own root and its own part of TCR_EL1.</summary>
public enum AddressHalf
{
    /// <summary>From 0 on, through TTBR0_EL1: programs.</summary>
    Lower,

    /// <summary>Up to 2^64, through TTBR1_EL1: the kernel.</summary>
    Upper,
}

/// <summary>How one half of the stage 1 EL1&amp;0 addresses is translated: what TTBR, TCR and MAIR say together.</summary>
/// <remarks>Arm ARM D8.2 (the translation process), D8.3 (descriptors), TCR_EL1, TTBR0_EL1, TTBR1_EL1.</remarks>
public sealed record TranslationRoot
{
    private const ulong Ds = 1UL << 59;
    private static readonly int[] _outputBits = [32, 36, 40, 42, 44, 48, 52];

    internal TranslationRoot()
    {
    }

    /// <summary>Which half.</summary>
    public required AddressHalf Half { get; init; }

    /// <summary>The granule.</summary>
    public required GranuleSize Granule { get; init; }

    /// <summary>The size of the half's addresses in bits: 64 - TxSZ.</summary>
    public required int InputBits { get; init; }

    /// <summary>The largest output address in bits: TCR_EL1.IPS.</summary>
    public required int OutputBits { get; init; }

    /// <summary>Where the root table lies.</summary>
    public required PhysicalAddress Table { get; init; }

    /// <summary>Where descriptors keep their address.</summary>
    public required OutputAddressFormat Format { get; init; }

    /// <summary>The memory types that leaves choose from, one byte each; null when it is not known.</summary>
    public required ulong? Mair { get; init; }

    /// <summary>Whether restrictions in table descriptors are ignored: TCR_EL1.HPDn.</summary>
    public required bool IgnoresTableAttributes { get; init; }

    /// <summary>Whether a miss in the TLB is a fault without a walk: TCR_EL1.EPDn.</summary>
    public required bool IsDisabled { get; init; }

    /// <summary>Whether bits 63:56 of an address do not count: TCR_EL1.TBIn.</summary>
    public required bool IgnoresTopByte { get; init; }

    /// <summary>Whether a leaf without the Access flag is no fault, because the CPU sets it: TCR_EL1.HA.</summary>
    public required bool SetsAccessFlag { get; init; }

    /// <summary>log2 of the page size.</summary>
    public int PageShift => (int)Granule;

    /// <summary>log2 of the entries of a table other than the root.</summary>
    public int EntryShift => PageShift - 3;

    /// <summary>The level of the root table, -1 to 3.</summary>
    public int RootLevel => 4 - ((InputBits - 4) / EntryShift);

    /// <summary>How many entries the root table has.</summary>
    public int RootEntries => 1 << (InputBits - Shift(RootLevel));

    /// <summary>The first address of the half.</summary>
    public VirtualAddress Start => new(Half == AddressHalf.Lower ? 0 : ~0UL << InputBits);

    /// <summary>log2 of what one entry of a level covers, in bytes.</summary>
    public int Shift(int level) => PageShift + ((3 - level) * EntryShift);

    /// <summary>How many entries a table of a level has.</summary>
    public int EntriesAt(int level) => level == RootLevel ? RootEntries : 1 << EntryShift;

    /// <summary>Whether an entry of a level may be a block.</summary>
    public bool HasBlocks(int level) => HasBlocks(level, Granule, Format);

    /// <summary>Whether an entry of a level may be a block: Arm ARM D8.3.1, by granule and format.</summary>
    /// <param name="level">-1 to 3.</param>
    /// <param name="granule">The granule.</param>
    /// <param name="format">Where descriptors keep their address.</param>
    public static bool HasBlocks(int level, GranuleSize granule, in OutputAddressFormat format) => level == 2 || (granule, format.AddressBits) switch
    {
        (GranuleSize.Size4K, 48) => level == 1,
        (GranuleSize.Size4K, _) => level is 0 or 1,
        (GranuleSize.Size16K or GranuleSize.Size64K, 52) => level == 1,
        _ => false,
    };

    /// <summary>How many entries a contiguous run of a level has; 1 where there are none.</summary>
    public int RunLength(int level) => (Granule, level) switch
    {
        (GranuleSize.Size4K, 1 or 2 or 3) => 16,
        (GranuleSize.Size16K, 3) => 128,
        (GranuleSize.Size16K, 2) => 32,
        (GranuleSize.Size64K, 2 or 3) => 32,
        _ => 1,
    };

    /// <summary>Whether the half translates an address, its top byte left aside where that does not count.</summary>
    public bool Covers(VirtualAddress address)
    {
        ulong top = (IgnoresTopByte ? Extended(address) : address.Value) >> InputBits;
        return top == (Half == AddressHalf.Lower ? 0 : ~0UL >> InputBits);
    }

    /// <summary>Reads a half from the registers.</summary>
    /// <param name="registers">The registers.</param>
    /// <param name="half">Which half.</param>
    /// <exception cref="InvalidInputException">A register that is needed is not known, or says what no CPU does.</exception>
    public static TranslationRoot Of(ImageRegisters registers, AddressHalf half)
    {
        ArgumentNullException.ThrowIfNull(registers);
        bool isLower = half == AddressHalf.Lower;
        ulong ttbr = (isLower ? registers.Ttbr0 : registers.Ttbr1) ?? throw Missing(isLower ? "TTBR0_EL1" : "TTBR1_EL1", isLower ? "--ttbr0" : "--ttbr1");
        ulong tcr = registers.Tcr ?? throw Missing("TCR_EL1", "--tcr");
        GranuleSize granule = ((isLower ? tcr >> 14 : tcr >> 30) & 3, isLower) switch
        {
            (0, true) or (2, false) => GranuleSize.Size4K,
            (2, true) or (1, false) => GranuleSize.Size16K,
            (1, true) or (3, false) => GranuleSize.Size64K,
            _ => throw new InvalidInputException($"TCR_EL1 0x{tcr:x} has a reserved granule (TG{(isLower ? 0 : 1)})."),
        };
        bool ds = (tcr & Ds) != 0 && granule != GranuleSize.Size64K;
        int size = (int)((isLower ? tcr : tcr >> 16) & 63);
        AddressSizeLimits limits = AddressSizeLimits.Of(granule, ds);
        if (!limits.Allow(size))
        {
            throw new InvalidInputException($"TCR_EL1 0x{tcr:x} has T{(isLower ? 0 : 1)}SZ {size}: {limits.Explain(size)}.");
        }

        int ips = (int)Math.Min((tcr >> 32) & 7, 6);
        bool wide = ds || (granule == GranuleSize.Size64K && ips == 6);
        int outputBits = wide ? _outputBits[ips] : Math.Min(48, _outputBits[ips]);
        TranslationRoot root = new()
        {
            Half = half,
            Granule = granule,
            InputBits = 64 - size,
            OutputBits = outputBits,
            Table = default,
            Format = wide ? OutputAddressFormat.Bits52(granule) : OutputAddressFormat.Bits48(granule),
            Mair = registers.Mair,
            IgnoresTableAttributes = (tcr & (1UL << (isLower ? 41 : 42))) != 0,
            IsDisabled = (tcr & (1UL << (isLower ? 7 : 23))) != 0,
            IgnoresTopByte = (tcr & (1UL << (isLower ? 37 : 38))) != 0,
            SetsAccessFlag = (tcr & (1UL << 39)) != 0,
        };
        return root with { Table = TableOf(ttbr, ips == 6 && wide, root.RootEntries) };
    }

    // BADDR is aligned to the table, and to 64 bytes where its low bits hold address bits 51:48 (with 52-bit output addresses).
    private static PhysicalAddress TableOf(ulong ttbr, bool has52, int entries)
    {
        ulong align = Math.Max((ulong)entries * 8, has52 ? 64UL : 16UL);
        ulong low = ttbr & 0x0000_ffff_ffff_fffe & ~(align - 1);
        return new PhysicalAddress(has52 ? low | ((ttbr & 0x3c) << 46) : low);
    }

    private static ulong Extended(VirtualAddress address) =>
        (address.Value & (1UL << 55)) != 0 ? address.Value | (0xffUL << 56) : address.Value & ~(0xffUL << 56);

    private static InvalidInputException Missing(string register, string option) =>
        new($"The source does not say what {register} holds; give it with {option}.");
}
