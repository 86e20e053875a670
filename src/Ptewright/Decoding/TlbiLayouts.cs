using System.Globalization;
using Ptewright.Cpu;
using Ptewright.Translation;
using static Ptewright.Decoding.FieldLayout;

namespace Ptewright.Decoding;

/// <summary>The fields of the register operands of TLBI instructions, and what an operand asks for.</summary>
/// <remarks>Arm ARM C5.5: TLBI VAE1, VAAE1, IPAS2E1, ASIDE1, RVAE1, RIPAS2E1 and their like. Where they put the address: <see cref="TlbiOperand"/>.</remarks>
public static class TlbiLayouts
{
    // TTL of operands by address: bits 3:2 the granule, bits 1:0 the level.
    private static readonly string[] _hints =
    [
        "no hint", "no hint", "no hint", "no hint",
        "4K level 0 (with LPA2, else no hint)", "4K level 1", "4K level 2", "4K level 3",
        "reserved: no hint", "16K level 1 (with LPA2, else no hint)", "16K level 2", "16K level 3",
        "reserved: no hint", "64K level 1", "64K level 2", "64K level 3",
    ];

    private static readonly string[] _granules = ["reserved", "4K", "16K", "64K"];

    /// <summary>The fields of an operand.</summary>
    /// <param name="operation">The instruction.</param>
    /// <param name="isLpa2">Whether TCR_ELx.DS (of stage 2 VTCR_EL2.DS) is 1: the base of a range then counts 64 KiB whatever the granule.</param>
    /// <param name="raw">Its value: TG says what the base of a range counts.</param>
    public static FieldLayout Of(TlbiOperation operation, bool isLpa2, ulong raw = 0)
    {
        ArgumentNullException.ThrowIfNull(operation);
        return new FieldLayout($"operand of TLBI {operation.Name}", operation.Target switch
        {
            TlbiTarget.Everything => [Reserved(63, 0)],
            TlbiTarget.Asid => [Bits("ASID", 63, 48, "address space identifier"), Reserved(47, 0)],
            _ when operation.IsRange => [.. Top(operation), .. Range(operation, isLpa2, raw)],
            TlbiTarget.Address => [.. Top(operation), Hint(), VirtualPage("VA", "the page, bits 55:12 of its address", new FieldPiece(43, 0, 12))],
            _ => [.. Top(operation), Hint(), Reserved(43, 40), Address("IPA", "the page", new FieldPiece(39, 0, 12))],
        });
    }

    /// <summary>What an operand asks for, and what is wrong with it, in sentences.</summary>
    /// <param name="operation">The instruction.</param>
    /// <param name="raw">Its operand.</param>
    /// <param name="granule">The regime's granule, if it is known.</param>
    /// <param name="isLpa2">Whether TCR_ELx.DS (of stage 2 VTCR_EL2.DS) is 1.</param>
    public static IReadOnlyList<string> Describe(TlbiOperation operation, ulong raw, GranuleSize? granule, bool isLpa2)
    {
        ArgumentNullException.ThrowIfNull(operation);
        string entries = (operation.IsRange ? "the leaves" : "the leaf") + (operation.IsLastLevel ? string.Empty : " and what walkers hold of tables on the way");
        string asid = operation.Target is TlbiTarget.IntermediateAddress || operation.Level == 3 || operation.IsOfAllAsids ? string.Empty
            : operation.Level == 2 ? Invariant($" (with EL2&0: ASID {raw >> 48} and global)")
            : Invariant($" (ASID {raw >> 48} and global)");
        return operation.Target switch
        {
            TlbiTarget.Everything => [$"Forgets everything {operation.Scope}; it has no operand."],
            TlbiTarget.Asid => [Invariant($"Forgets what belongs to ASID {raw >> 48}, not what is global, {operation.Scope}.")],
            _ when operation.IsRange => [RangeSentence(operation, raw, isLpa2, entries, asid), .. RangeProblems(operation, raw, granule, isLpa2)],
            _ => [Invariant($"Forgets {entries} of 0x{AddressOf(operation, raw, isLpa2):x16}{asid} {operation.Scope}."), .. PageProblems(operation, raw, granule, isLpa2)],
        };
    }

    /// <summary>The first address that an operand names, with the bits that it does not hold as they must be.</summary>
    /// <param name="operation">An instruction by address.</param>
    /// <param name="raw">Its operand.</param>
    /// <param name="isLpa2">Whether TCR_ELx.DS is 1.</param>
    internal static ulong AddressOf(TlbiOperation operation, ulong raw, bool isLpa2)
    {
        BitField field = Of(operation, isLpa2, raw).Fields[^1];
        ulong address = field.Extract(raw);
        return field.Unit == FieldUnit.VirtualAddress ? field.Extend(address) : address;
    }

    /// <summary>How many pages an operand of a range covers: (NUM + 1) &lt;&lt; (5 * SCALE + 1).</summary>
    internal static ulong PagesOf(ulong raw) => (((raw >> 39) & 31) + 1) << (int)((5 * ((raw >> 44) & 3)) + 1);

    private static IEnumerable<BitField> Top(TlbiOperation operation) => operation switch
    {
        { Target: TlbiTarget.IntermediateAddress } => [Bit("NS", 63, "non-secure, in secure and realm state only", ControlLayouts.No), Reserved(62, 48)],
        { Level: 3 } or { IsOfAllAsids: true } => [Reserved(63, 48)],
        { Level: 2 } => [Bits("ASID", 63, 48, "address space identifier; counts with HCR_EL2.E2H = 1")],
        _ => [Bits("ASID", 63, 48, "address space identifier")],
    };

    private static BitField VirtualPage(string name, string meaning, FieldPiece piece) => new(name, meaning, FieldUnit.VirtualAddress, [piece], []);

    private static BitField Hint() => Bits("TTL", 47, 44, "granule and level of the leaf, a hint (FEAT_TTL)", _hints);

    private static IEnumerable<BitField> Range(TlbiOperation operation, bool isLpa2, ulong raw)
    {
        string meaning = isLpa2 ? "the first page, in 64 KiB" : "the first page, in pages";
        int shift = isLpa2 ? 16 : GranuleOf(raw) is { } granule ? (int)granule : 12;
        return
        [
            Bits("TG", 47, 46, "granule", _granules),
            Bits("SCALE", 45, 44, "the exponent of the number of pages"),
            Bits("NUM", 43, 39, "the number of pages is (NUM + 1) << (5 * SCALE + 1)"),
            Bits("TTL", 38, 37, "level of the leaves, a hint", "any level", "level 1", "level 2", "level 3"),
            operation.Target == TlbiTarget.Address
                ? VirtualPage("BaseADDR", meaning, new FieldPiece(36, 0, shift))
                : Address("BaseADDR", meaning, new FieldPiece(36, 0, shift)),
        ];
    }

    private static GranuleSize? GranuleOf(ulong raw) => ((raw >> 46) & 3) switch
    {
        1 => GranuleSize.Size4K,
        2 => GranuleSize.Size16K,
        3 => GranuleSize.Size64K,
        _ => null,
    };

    private static string RangeSentence(TlbiOperation operation, ulong raw, bool isLpa2, string entries, string asid)
    {
        ulong pages = PagesOf(raw);
        ulong from = AddressOf(operation, raw, isLpa2);
        return GranuleOf(raw) is { } granule
            ? Invariant($"Forgets {entries} of {pages:N0} pages of {1 << ((int)granule - 10)}K, 0x{from:x16} to 0x{unchecked(from + (pages << (int)granule)):x16}{asid} {operation.Scope}.")
            : "TG is reserved: nothing need be forgotten.";
    }

    private static IEnumerable<string> RangeProblems(TlbiOperation operation, ulong raw, GranuleSize? known, bool isLpa2)
    {
        if (GranuleOf(raw) is not { } granule)
        {
            yield break;
        }

        if (known is { } other && other != granule)
        {
            yield return $"TG says {1 << ((int)granule - 10)}K, but the granule is {1 << ((int)other - 10)}K: nothing need be forgotten.";
        }

        int level = (int)(raw >> 37) & 3;
        if (level == 1 && granule == GranuleSize.Size16K && !isLpa2)
        {
            yield return "TTL 1 is reserved with 16K pages and without LPA2: it counts as no hint.";
        }
        else if (level is 1 or 2)
        {
            int shift = (int)granule + ((3 - level) * ((int)granule - 3));
            if ((AddressOf(operation, raw, isLpa2) & ((1UL << shift) - 1)) != 0)
            {
                yield return Invariant($"TTL says level {level}, but the range does not begin at a multiple of its blocks, 2^{shift} bytes: nothing need be forgotten.");
            }
        }
    }

    private static IEnumerable<string> PageProblems(TlbiOperation operation, ulong raw, GranuleSize? known, bool isLpa2)
    {
        int hint = (int)(raw >> 44) & 15;
        if (hint is 8 or 12 || (hint is 4 or 9 && !isLpa2 && known is not null))
        {
            yield return Invariant($"TTL {hint} is reserved{(hint is 4 or 9 ? " without LPA2" : string.Empty)}: it counts as no hint.");
        }
        else if (hint >= 4 && known is { } granule && (hint >> 2) != ((int)granule - 10) / 2)
        {
            yield return $"TTL says {_granules[hint >> 2]}, but the granule is {1 << ((int)granule - 10)}K: nothing need be forgotten.";
        }

        if (known is { } size && (AddressOf(operation, raw, isLpa2) & ((1UL << (int)size) - 1)) != 0)
        {
            yield return Invariant($"The address is not that of a page of {1 << ((int)size - 10)}K: its bits {(int)size - 1}:12 do not count.");
        }
    }

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
