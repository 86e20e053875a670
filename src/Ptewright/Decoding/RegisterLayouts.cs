using Ptewright.Texts;
using Ptewright.Translation;
using static Ptewright.Decoding.ControlLayouts;

namespace Ptewright.Decoding;

/// <summary>The fields of the registers that say how tables are read, what the CPU can do, and what went wrong.</summary>
/// <remarks>Arm ARM D24.2, in their 64-bit forms. Which fields ESR, PAR_EL1 and VTCR_EL2 have depends on their value.</remarks>
public static class RegisterLayouts
{
    private static readonly (string Name, Func<bool, ulong, FieldLayout> Of)[] _all =
    [
        ("tcr_el1", (_, _) => Tcr),
        ("tcr2_el1", (_, _) => Tcr2),
        ("tcr2_el2", (_, _) => Tcr2El2),
        ("ttbr0_el1", (has52, _) => Ttbr("TTBR0_EL1", has52)),
        ("ttbr1_el1", (has52, _) => Ttbr("TTBR1_EL1", has52)),
        ("mair_el1", (_, _) => Mair),
        ("pir_el1", (_, _) => Indirect("PIR_EL1", "EL1")),
        ("pire0_el1", (_, _) => Indirect("PIRE0_EL1", "EL0")),
        ("por_el1", (_, _) => Overlay("POR_EL1", "EL1")),
        ("por_el0", (_, _) => Overlay("POR_EL0", "EL0")),
        ("sctlr_el1", (_, _) => SystemControlLayouts.Sctlr),
        ("sctlr_el2", (_, _) => SystemControlLayouts.SctlrEl2),
        ("hcr_el2", (_, _) => HypervisorLayouts.Hcr),
        ("vtcr_el2", (_, raw) => HypervisorLayouts.Vtcr(raw)),
        ("vttbr_el2", (has52, _) => HypervisorLayouts.Vttbr(has52)),
        ("esr_el1", (_, raw) => SyndromeLayouts.Of("ESR_EL1", raw)),
        ("esr_el2", (_, raw) => SyndromeLayouts.Of("ESR_EL2", raw)),
        ("far_el1", (_, _) => FaultAddressLayouts.Far("FAR_EL1")),
        ("far_el2", (_, _) => FaultAddressLayouts.Far("FAR_EL2")),
        ("hpfar_el2", (_, _) => HypervisorLayouts.Hpfar),
        ("par_el1", (_, raw) => FaultAddressLayouts.Par(raw)),
        ("id_aa64mmfr0_el1", (_, _) => MemoryFeatureLayouts.First),
        ("id_aa64mmfr1_el1", (_, _) => MemoryFeatureLayouts.Second),
        ("id_aa64mmfr2_el1", (_, _) => MemoryFeatureLayouts.Third),
        ("id_aa64mmfr3_el1", (_, _) => LaterMemoryFeatureLayouts.Fourth),
        ("id_aa64mmfr4_el1", (_, _) => LaterMemoryFeatureLayouts.Fifth),
    ];

    /// <summary>The registers' names.</summary>
    public static IReadOnlyList<string> Names { get; } = [.. _all.Select(register => register.Name)];

    /// <summary>The fields of a register.</summary>
    /// <param name="name">One of <see cref="Names"/>; case does not matter.</param>
    /// <param name="has52">Whether output addresses have 52 bits: bits 5:2 of a TTBR are then bits 51:48 of the root's address.</param>
    /// <param name="raw">Its value, on which the fields of some registers depend.</param>
    /// <exception cref="InvalidInputException">There is no such register.</exception>
    public static FieldLayout Of(string name, bool has52, ulong raw = 0)
    {
        ArgumentNullException.ThrowIfNull(name);
        Func<bool, ulong, FieldLayout>? of = Array.Find(_all, register => string.Equals(register.Name, name, StringComparison.OrdinalIgnoreCase)).Of;
        return of is not null ? of(has52, raw) : throw new InvalidInputException($"There is no register {TextFile.Quote(name)}; there are {string.Join(", ", Names)}.");
    }

    /// <summary>What a register's value says in one sentence; null where its fields say all.</summary>
    /// <param name="name">One of <see cref="Names"/>; case does not matter.</param>
    /// <param name="raw">Its value.</param>
    public static string? Describe(string name, ulong raw)
    {
        ArgumentNullException.ThrowIfNull(name);
        return name.ToUpperInvariant() switch
        {
            "ESR_EL1" or "ESR_EL2" => FaultText.Describe(new ExceptionSyndrome(raw)),
            "PAR_EL1" => FaultAddressLayouts.Describe(raw),
            _ => null,
        };
    }
}
