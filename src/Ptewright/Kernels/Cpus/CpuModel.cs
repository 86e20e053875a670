using Ptewright.Texts;
using Ptewright.Translation;

namespace Ptewright.Kernels.Cpus;

/// <summary>What of a CPU decides about a kernel's tables.</summary>
/// <param name="Name">Its name in lower case, as QEMU spells it where it has it.</param>
/// <param name="PhysicalAddressBits">The size of physical addresses: ID_AA64MMFR0_EL1.PARange.</param>
/// <param name="HasLva">52-bit virtual addresses with 64K pages: ID_AA64MMFR2_EL1.VARange (FEAT_LVA).</param>
/// <param name="HasLpa2">52-bit addresses with 4K and 16K pages: ID_AA64MMFR0_EL1.TGran4, TGran16 (FEAT_LPA2).</param>
/// <param name="Has16K">Whether it has 16K pages.</param>
/// <param name="HasE0pd">FEAT_E0PD: EL0 cannot probe the kernel's half, so mappings stay global under KASLR.</param>
/// <param name="HasBti">FEAT_BTI.</param>
/// <param name="HasRangeInvalidation">FEAT_TLBIRANGE.</param>
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
    bool HasAccessFlagUpdate = false)
{
    /// <summary>Whether it has 64K pages.</summary>
    public bool Has64K { get; init; } = true;

    /// <summary>
    /// From which version of Linux on its live blocks may be split without break-before-make, because it raises no conflict aborts for that (Linux: BBML2_NOABORT, from 7.3 on BBML3); null where
    /// none does it.
    /// </summary>
    public LinuxVersion? SplitsBlocksSince { get; init; }

    /// <summary>What QEMU calls it; null where QEMU has no such model, or none with these features.</summary>
    public string? QemuName { get; init; }

    /// <summary>Where its features are known from.</summary>
    public string Source { get; init; } = string.Empty;

    /// <summary>What is not known of it and taken for absent, by the names of <see cref="Features"/> or in words.</summary>
    public IReadOnlyList<string> Unknown { get; init; } = [];

    /// <summary>The models that are known.</summary>
    public static IReadOnlyList<CpuModel> All { get; } = CpuTable.Models;

    /// <summary>Other names that people have for models, with the model's own.</summary>
    public static IReadOnlyDictionary<string, string> Aliases { get; } = CpuTable.Aliases;

    /// <summary>What is to be said where its tables are planned.</summary>
    internal IEnumerable<string> Remarks => Unknown.Count == 0 ? [] :
        [$"Not known of {Name} and taken for absent: {string.Join(", ", Unknown)}. What it has can be added, as in {Name}+{Features[0]}."];

    /// <summary>The features that can be added to a model, by the names that QEMU or Linux give them.</summary>
    public static IReadOnlyList<string> Features { get; } = ["bbml2", "bti", "e0pd", "lpa2", "lva", "tlbirange"];

    /// <summary>A model with features that it has besides: <c>cortex-a76+bbml2</c>.</summary>
    /// <param name="text">A known model, then any of <see cref="Features"/>, each behind a plus sign.</param>
    /// <exception cref="InvalidInputException">There is no such model or feature.</exception>
    public static CpuModel Parse(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        string[] words = text.Split('+');
        CpuModel model = Find(words[0]);
        foreach (string feature in words.Skip(1))
        {
            model = feature switch
            {
                "bbml2" => model with { SplitsBlocksSince = default(LinuxVersion) },
                "bti" => model with { HasBti = true },
                "e0pd" => model with { HasE0pd = true },
                "lpa2" => model with { HasLpa2 = true },
                "lva" => model with { HasLva = true },
                "tlbirange" => model with { HasRangeInvalidation = true },
                _ => throw new InvalidInputException($"There is no feature {TextFile.Quote(feature)} to add to a CPU; there are {string.Join(", ", Features)}."),
            };
        }

        return words.Length == 1 ? model : model with
        {
            Name = string.Join('+', [model.Name, .. words[1..]]),
            QemuName = model is { Name: "max" } && words is [_, "bbml2"] ? BlockSplitters.QemuMax : null,
            Unknown = [.. model.Unknown.Except(words[1..])],
        };
    }

    /// <summary>The model of a name, or of one of its <see cref="Aliases"/>; case does not matter.</summary>
    /// <exception cref="InvalidInputException">There is none.</exception>
    public static CpuModel Find(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        string wanted = name.ToLowerInvariant().Replace('_', '-');
        string known = Aliases.GetValueOrDefault(wanted, wanted);
        return All.FirstOrDefault(model => model.Name == known)
            ?? throw new InvalidInputException(
                $"There is no CPU {TextFile.Quote(name)}; there are {string.Join(", ", All.Select(model => model.Name))}; and by other names {string.Join(", ", CpuTable.Products.Keys)}.");
    }

    /// <summary>Whether it translates 52-bit virtual addresses with a granule.</summary>
    public bool Translates52(GranuleSize granule) => granule == GranuleSize.Size64K ? HasLva : HasLva && HasLpa2;
}
