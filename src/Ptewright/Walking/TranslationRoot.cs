using Ptewright.Addressing;
using Ptewright.Images;
using Ptewright.Texts;
using Ptewright.Translation;

namespace Ptewright.Walking;

/// <summary>How one half of the stage 1 EL1&amp;0 addresses is translated: what TTBR, TCR and MAIR say together.</summary>
/// <remarks>Arm ARM D8.2 (the translation process), D8.3 (descriptors), TCR_EL1, TTBR0_EL1, TTBR1_EL1.</remarks>
public sealed record TranslationRoot
{
    internal TranslationRoot()
    {
    }

    /// <summary>What descriptors mean: EL1&amp;0, the only one whose registers <see cref="Of"/> reads.</summary>
    public TranslationRegime Regime { get; init; } = TranslationRegime.El1;

    /// <summary>Which half.</summary>
    public required AddressHalf Half { get; init; }

    /// <summary>The shape of its tables.</summary>
    public required TableShape Shape { get; init; }

    /// <summary>The granule.</summary>
    public GranuleSize Granule => Shape.Granule;

    /// <summary>The size of the half's addresses in bits: 64 - TxSZ.</summary>
    public int InputBits => Shape.InputBits;

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
    public int RootLevel => Shape.RootLevel;

    /// <summary>How many entries the root table has.</summary>
    public int RootEntries => Shape.RootEntries;

    /// <summary>The first address of the half.</summary>
    public VirtualAddress Start => new(Half == AddressHalf.Lower ? 0 : ~0UL << InputBits);

    /// <summary>The last address of the half.</summary>
    internal VirtualAddress Last => new(Start.Value + ((1UL << InputBits) - 1));

    /// <summary>log2 of what one entry of a level covers, in bytes.</summary>
    public int Shift(int level) => Shape.Shift(level);

    /// <summary>How many entries a table of a level has.</summary>
    public int EntriesAt(int level) => Shape.EntriesAt(level);

    /// <summary>Whether an entry of a level may be a block.</summary>
    public bool HasBlocks(int level) => TableShape.HasBlocks(level, Granule, Format);

    /// <summary>How many entries a contiguous run of a level has; 1 where there are none.</summary>
    public int RunLength(int level) => Shape.RunLength(level);

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
        ulong ttbr = (isLower ? registers.Ttbr0 : registers.Ttbr1) ?? throw Missing(isLower ? "TTBR0_EL1" : "TTBR1_EL1", isLower ? InputWords.Ttbr0 : InputWords.Ttbr1);
        TranslationControl control = new(registers.Tcr ?? throw Missing("TCR_EL1", InputWords.Tcr));
        if (!control.TryGetGranule(half, out GranuleSize granule))
        {
            throw new InvalidInputException($"TCR_EL1 0x{control.Value:x} has a reserved granule (TG{(isLower ? 0 : 1)}).");
        }

        bool isLpa2 = control.IsLpa2 && granule != GranuleSize.Size64K;
        int unused = control.UnusedBits(half);
        AddressSizeLimits limits = AddressSizeLimits.Of(granule, isLpa2);
        if (!limits.Allow(unused))
        {
            throw new InvalidInputException($"TCR_EL1 0x{control.Value:x} has T{(isLower ? 0 : 1)}SZ {unused}: {limits.Explain(unused)}.");
        }

        bool isWide = isLpa2 || (granule == GranuleSize.Size64K && control.OutputBits == 52);
        TranslationRoot root = new()
        {
            Half = half,
            Shape = new TableShape(granule, 64 - unused),
            OutputBits = isWide ? control.OutputBits : Math.Min(48, control.OutputBits),
            Table = default,
            Format = isWide ? OutputAddressFormat.Bits52(granule) : OutputAddressFormat.Bits48(granule),
            Mair = registers.Mair,
            IgnoresTableAttributes = control.IgnoresTableAttributes(half),
            IsDisabled = control.IsDisabled(half),
            IgnoresTopByte = control.IgnoresTopByte(half),
            SetsAccessFlag = control.SetsAccessFlag,
        };
        return root with { Table = TranslationTableBase.Decode(ttbr, root.OutputBits == 52, root.RootEntries) };
    }

    private static ulong Extended(VirtualAddress address) =>
        (address.Value & (1UL << 55)) != 0 ? address.Value | (0xffUL << 56) : address.Value & ~(0xffUL << 56);

    private static InvalidInputException Missing(string register, string wanted) =>
        new($"The source does not say what {register} holds; {wanted}.");
}
