using Ptewright.Translation;

namespace Ptewright.Kernels;

/// <summary>What of a CPU decides about a kernel's tables.</summary>
/// <param name="Name">Its name, as QEMU spells it.</param>
/// <param name="PhysicalAddressBits">The size of physical addresses: ID_AA64MMFR0_EL1.PARange.</param>
/// <param name="HasLva">52-bit virtual addresses with 64K pages: ID_AA64MMFR2_EL1.VARange (FEAT_LVA).</param>
/// <param name="HasLpa2">52-bit addresses with 4K and 16K pages: ID_AA64MMFR0_EL1.TGran4, TGran16 (FEAT_LPA2).</param>
/// <param name="Has16K">Whether it has 16K pages.</param>
/// <param name="HasE0pd">FEAT_E0PD: EL0 cannot probe the kernel's half, so mappings stay global under KASLR.</param>
/// <param name="HasBti">FEAT_BTI.</param>
/// <param name="HasRangeInvalidation">FEAT_TLBIRANGE.</param>
/// <param name="HasBbml2">Blocks may be split without break-before-make and without conflict aborts: Linux's BBML2_NOABORT list.</param>
/// <param name="HasAccessFlagUpdate">The CPU sets the Access flag by itself: ID_AA64MMFR1_EL1.HAFDBS (FEAT_HAFDBS).</param>
public sealed record CpuModel(
    string Name,
    int PhysicalAddressBits,
    bool HasLva = false,
    bool HasLpa2 = false,
    bool Has16K = true,
    bool HasE0pd = false,
    bool HasBti = false,
    bool HasRangeInvalidation = false,
    bool HasBbml2 = false,
    bool HasAccessFlagUpdate = false)
{
    /// <summary>The models that are known, with the features that QEMU gives them.</summary>
    public static IReadOnlyList<CpuModel> All { get; } =
    [
        new("cortex-a57", 44, Has16K: false),
        new("cortex-a72", 44, Has16K: false),
        new("cortex-a76", 40, HasAccessFlagUpdate: true),
        new("neoverse-n1", 48, HasAccessFlagUpdate: true),
        new("max", 52, HasLva: true, HasLpa2: true, HasE0pd: true, HasBti: true, HasRangeInvalidation: true, HasAccessFlagUpdate: true),
    ];

    /// <summary>The model of a name.</summary>
    /// <exception cref="InvalidInputException">There is none.</exception>
    public static CpuModel Find(string name) => All.FirstOrDefault(model => model.Name == name)
        ?? throw new InvalidInputException($"There is no CPU '{name}'; there are {string.Join(", ", All.Select(model => model.Name))}.");

    /// <summary>Whether it translates 52-bit virtual addresses with a granule.</summary>
    public bool Translates52(GranuleSize granule) => granule == GranuleSize.Size64K ? HasLva : HasLva && HasLpa2;
}
