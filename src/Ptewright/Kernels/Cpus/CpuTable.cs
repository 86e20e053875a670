namespace Ptewright.Kernels.Cpus;

/// <summary>What is known of CPUs: the one table behind <see cref="CpuModel"/>.</summary>
/// <remarks>
/// <para>Where the ID registers are known, the features are read from them. Where they are not, a feature is given if the architecture version demands it (Arm ARM A2:
/// FEAT_TLBIRANGE from v8.4, FEAT_BTI and FEAT_E0PD from v8.5) or excludes it, or a source says so; everything else is listed as unknown and taken for absent.</para>
/// <para>Which of them split live blocks is <see cref="BlockSplitters"/>'s, newest revisions assumed.</para>
/// </remarks>
internal static class CpuTable
{
    private const string Qemu = "Arm's manual of the core, by way of QEMU (target/arm/cpu64.c, target/arm/tcg/cpu64.c)";

    /// <summary>The models, in the order in which they are listed.</summary>
    public static IReadOnlyList<CpuModel> Models { get; } =
    [
        new CpuIdRegisters(Mmfr0: 0x0010_1122).Model("cortex-a35", Qemu),
        new CpuIdRegisters(Mmfr0: 0x0000_1122).Model("cortex-a53", Qemu),
        new CpuIdRegisters(Mmfr0: 0x0010_1122, Mmfr1: 0x1021_2122, Mmfr2: 0x1011, Isar0: 0x0000_1000_1021_1120, Pfr1: 0x10).Model("cortex-a55", Qemu),
        new CpuIdRegisters(Mmfr0: 0x0000_1124).Model("cortex-a57", Qemu),
        new CpuIdRegisters(Mmfr0: 0x0000_1124).Model("cortex-a72", Qemu),
        new CpuIdRegisters(Mmfr0: 0x0010_1122, Mmfr1: 0x1021_2122, Mmfr2: 0x1011, Isar0: 0x0000_1000_1021_1120, Pfr1: 0x10).Model("cortex-a76", Qemu),
        new CpuModel("cortex-a77", 40, HasAccessFlagUpdate: true)
        {
            Source = "Arm 101111, Cortex-A77 manual, A5 (40 bits, 4K, 16K and 64K); v8.2",
            Unknown = ["e0pd"],
        },
        new CpuModel("cortex-a78", 40, HasAccessFlagUpdate: true)
        {
            Source = "Arm 101430, Cortex-A78 manual (40 bits, 4K, 16K and 64K); v8.2",
            Unknown = ["e0pd"],
        },
        new CpuIdRegisters(Mmfr0: 0x0010_1125, Mmfr1: 0x1021_2122, Mmfr2: 0x1_0000_1011, Isar0: 0x0010_1000_1021_1120, Pfr1: 0x10).Model("cortex-a78ae", Qemu),
        new CpuIdRegisters(
            Mmfr0: 0x0000_0222_0010_1122, Mmfr1: 0x1021_2122, Mmfr2: 0x1221_0111_1010_1011, Isar0: 0x0221_1111_1021_2120, Pfr1: 0x221).Model("cortex-a710", Qemu),
        Armv9("cortex-a715", 40) with { SplitsBlocksSince = BlockSplitters.Since(0x41, 0xd4d) },
        Armv9("cortex-a720", 40),
        Armv9("cortex-x4", 40) with { SplitsBlocksSince = BlockSplitters.Since(0x41, 0xd82) },
        new CpuIdRegisters(Mmfr0: 0x0010_1125, Mmfr1: 0x1021_2122, Mmfr2: 0x1011, Isar0: 0x0000_1000_1021_1120, Pfr1: 0x20).Model("neoverse-n1", Qemu),
        new CpuIdRegisters(
            Mmfr0: 0x0010_1125, Mmfr1: 0x1021_2122, Mmfr2: 0x0220_0111_0210_1011, Isar0: 0x1011_1111_1021_2120, Pfr1: 0x20).Model("neoverse-v1", Qemu),
        new CpuIdRegisters(
            Mmfr0: 0x0000_0222_0010_1125, Mmfr1: 0x1021_2122, Mmfr2: 0x1221_0111_1210_1011, Isar0: 0x1221_1111_1021_2120, Pfr1: 0x221).Model("neoverse-n2", Qemu),
        Armv9("neoverse-v2", 48),
        Armv9("neoverse-n3", 48) with { SplitsBlocksSince = BlockSplitters.Since(0x41, 0xd8e) },
        Armv9("neoverse-v3", 48) with { SplitsBlocksSince = BlockSplitters.Since(0x41, 0xd84) },
        new CpuModel("apple-m1", 36, HasE0pd: true, HasRangeInvalidation: true)
        {
            Has64K = false,
            Source = "boot logs of Linux on it (36 bits; E0PD and TLB range maintenance detected); kernels of 4K and of 16K pages run on it, none of 64K; v8.4, so no BTI",
            Unknown = ["the CPU setting the Access flag (FEAT_HAFDBS)"],
        },
        new CpuModel("apple-m2", 36, HasE0pd: true, HasBti: true, HasRangeInvalidation: true)
        {
            Has64K = false,
            Source = "v8.6, which demands FEAT_E0PD, FEAT_BTI and FEAT_TLBIRANGE; sizes as apple-m1",
            Unknown = ["more than 36 bits of physical address", "the CPU setting the Access flag (FEAT_HAFDBS)"],
        },
        new CpuModel("ampere-1", 48, Has16K: false, HasE0pd: true, HasBti: true, HasRangeInvalidation: true)
        {
            SplitsBlocksSince = BlockSplitters.Since(0xc0, 0xac3),
            Source = "v8.6, which demands FEAT_E0PD, FEAT_BTI and FEAT_TLBIRANGE; BBML2 by Linux's list (MIDR_AMPERE1, MIDR_AMPERE1A)",
            Unknown = ["16K pages", "more than 48 bits of physical address", "lva", "lpa2", "the CPU setting the Access flag (FEAT_HAFDBS)"],
        },
        new CpuModel("thunderx2", 44)
        {
            Source = "v8.1, which excludes the features from v8.2 on",
            Unknown = ["more than 44 bits of physical address", "the CPU setting the Access flag (FEAT_HAFDBS)"],
        },
        new CpuIdRegisters(Mmfr0: 0x1122, Mmfr1: 0x1121_2100, Mmfr2: 0x1011, Isar0: 0x1021_1120, Pfr1: 0).Model("a64fx", "QEMU's model of it (target/arm/tcg/cpu64.c)"),
        new CpuModel("max", 52, HasLva: true, HasLpa2: true, HasE0pd: true, HasBti: true, HasRangeInvalidation: true, HasAccessFlagUpdate: true)
        {
            QemuName = "max",
            Source = "QEMU 7.2 (target/arm/cpu64.c: aarch64_max_initfn)",
        },
    ];

    /// <summary>Names of products, and of systems on a chip, and the core that they have.</summary>
    public static IReadOnlyDictionary<string, string> Products { get; } = new Dictionary<string, string>
    {
        ["altra"] = "neoverse-n1",
        ["ampere-altra"] = "neoverse-n1",
        ["ampere1"] = "ampere-1",
        ["ampereone"] = "ampere-1",
        ["graviton2"] = "neoverse-n1",
        ["graviton3"] = "neoverse-v1",
        ["graviton4"] = "neoverse-v2",
        ["grace"] = "neoverse-v2",
    }.AsReadOnly();

    /// <summary>Every other name, and the model's: products, and Arm's cores without their family.</summary>
    public static IReadOnlyDictionary<string, string> Aliases { get; } = Products
        .Concat(Models.Where(model => model.Name.StartsWith("cortex-", StringComparison.Ordinal) || model.Name.StartsWith("neoverse-", StringComparison.Ordinal))
            .Select(model => KeyValuePair.Create(model.Name[(model.Name.IndexOf('-', StringComparison.Ordinal) + 1)..], model.Name)))
        .ToDictionary(StringComparer.Ordinal).AsReadOnly();

    // Cores of Armv9-A, and so of v8.5 at least. All of Arm's cores since Cortex-A55 set the Access flag and have all three granules.
    private static CpuModel Armv9(string name, int addressBits) =>
        new(name, addressBits, HasE0pd: true, HasBti: true, HasRangeInvalidation: true, HasAccessFlagUpdate: true)
        {
            Source = "Armv9-A, which demands FEAT_E0PD, FEAT_BTI and FEAT_TLBIRANGE; the size of physical addresses as its family's",
            Unknown = ["lva", "lpa2"],
        };
}
