using Ptewright.Addressing;
using Ptewright.Kernels.Configuration;
using Ptewright.Kernels.Cpus;
using Ptewright.Kernels.Planning;
using Ptewright.Kernels.Versions;
using Ptewright.Memory;
using Ptewright.Translation;

namespace Ptewright.Tests.Kernels;

/// <summary>CPUs by the names that people have for them, and what of each decides about tables.</summary>
public sealed class CpuTableTests
{
    // Bits of physical address, then: 1 16K pages, 6 64K pages, V LVA, L LPA2, E E0PD, B BTI, R range invalidation, S splits blocks, A sets the Access flag.
    [Theory]
    [InlineData("cortex-a35", "40 16", "cortex-a35")]
    [InlineData("cortex-a53", "40 6", "cortex-a53")]
    [InlineData("cortex-a55", "40 16A", "cortex-a55")]
    [InlineData("cortex-a57", "44 6", "cortex-a57")]
    [InlineData("cortex-a72", "44 6", "cortex-a72")]
    [InlineData("cortex-a76", "40 16A", "cortex-a76")]
    [InlineData("cortex-a77", "40 16A", null)]
    [InlineData("cortex-a78", "40 16A", null)]
    [InlineData("cortex-a78ae", "48 16A", "cortex-a78ae")]
    [InlineData("cortex-a710", "40 16EBRA", "cortex-a710")]
    [InlineData("cortex-a715", "40 16EBRSA", null)]
    [InlineData("cortex-a720", "40 16EBRA", null)]
    [InlineData("cortex-x4", "40 16EBRSA", null)]
    [InlineData("neoverse-n1", "48 16A", "neoverse-n1")]
    [InlineData("neoverse-v1", "48 16A", "neoverse-v1")]
    [InlineData("neoverse-n2", "48 16EBRA", "neoverse-n2")]
    [InlineData("neoverse-v2", "48 16EBRA", null)]
    [InlineData("neoverse-n3", "48 16EBRSA", null)]
    [InlineData("neoverse-v3", "48 16EBRSA", null)]
    [InlineData("apple-m1", "36 1ER", null)]
    [InlineData("apple-m2", "36 1EBR", null)]
    [InlineData("ampere-1", "48 6EBRS", null)]
    [InlineData("thunderx2", "44 16", null)]
    [InlineData("a64fx", "40 6", "a64fx")]
    [InlineData("max", "52 16VLEBRA", "max")]
    public void A_model_has_its_features(string name, string features, string? qemu)
    {
        CpuModel model = CpuModel.Find(name);

        Assert.Equal(features, Features(model));
        Assert.Equal(qemu, model.QemuName);
        Assert.NotEmpty(model.Source);
    }

    // Arm ARM D24.2: MMFR0 PARange 3:0, TGran16 23:20, TGran64 27:24, TGran4 31:28; MMFR1 HAFDBS 3:0; MMFR2 VARange 19:16, E0PD 63:60; ISAR0 TLB 59:56; PFR1 BT 3:0.
    [Theory]
    [InlineData(0x0UL, 0UL, 0UL, 0UL, 0UL, "32 6")]
    [InlineData(0x1UL, 0UL, 0UL, 0UL, 0UL, "36 6")]
    [InlineData(0x2UL, 0UL, 0UL, 0UL, 0UL, "40 6")]
    [InlineData(0x3UL, 0UL, 0UL, 0UL, 0UL, "42 6")]
    [InlineData(0x4UL, 0UL, 0UL, 0UL, 0UL, "44 6")]
    [InlineData(0x5UL, 0UL, 0UL, 0UL, 0UL, "48 6")]
    [InlineData(0x6UL, 0UL, 0UL, 0UL, 0UL, "52 6")]
    [InlineData(0x7UL, 0UL, 0UL, 0UL, 0UL, "56 6")]
    [InlineData(0x0010_0000UL, 0UL, 0UL, 0UL, 0UL, "32 16")]
    [InlineData(0x0020_0000UL, 0UL, 0UL, 0UL, 0UL, "32 16L")]
    [InlineData(0x0100_0000UL, 0UL, 0UL, 0UL, 0UL, "32 ")]
    [InlineData(0x0f00_0000UL, 0UL, 0UL, 0UL, 0UL, "32 ")]
    [InlineData(0x1000_0000UL, 0UL, 0UL, 0UL, 0UL, "32 6L")]
    [InlineData(0xf000_0000UL, 0UL, 0UL, 0UL, 0UL, "32 6")]
    [InlineData(0UL, 0x1UL, 0UL, 0UL, 0UL, "32 6A")]
    [InlineData(0UL, 0x2UL, 0UL, 0UL, 0UL, "32 6A")]
    [InlineData(0UL, ~0xfUL, 0UL, 0UL, 0UL, "32 6")]
    [InlineData(0UL, 0UL, 0x1_0000UL, 0UL, 0UL, "32 6V")]
    [InlineData(0UL, 0UL, 0x8_0000UL, 0UL, 0UL, "32 6V")]
    [InlineData(0UL, 0UL, 0x0fff_ffff_fff0_ffffUL, 0UL, 0UL, "32 6S")]
    [InlineData(0UL, 0UL, 0x1000_0000_0000_0000UL, 0UL, 0UL, "32 6E")]
    [InlineData(0UL, 0UL, 0UL, 0x0100_0000_0000_0000UL, 0UL, "32 6")] // FEAT_TLBIOS alone.
    [InlineData(0UL, 0UL, 0UL, 0x0200_0000_0000_0000UL, 0UL, "32 6R")]
    [InlineData(0UL, 0UL, 0UL, 0xf0ff_ffff_ffff_ffffUL, 0UL, "32 6")]
    [InlineData(0UL, 0UL, 0UL, 0UL, 0x1UL, "32 6B")]
    [InlineData(0UL, 0UL, 0UL, 0UL, ~0xfUL, "32 6")]
    public void Features_are_fields_of_the_ID_registers(ulong mmfr0, ulong mmfr1, ulong mmfr2, ulong isar0, ulong pfr1, string features) =>
        Assert.Equal(features, Features(new CpuIdRegisters(mmfr0, mmfr1, mmfr2, isar0, pfr1).Model("test", "a test")));

    [Fact]
    public void Each_model_is_there_once_and_no_alias_hides_one()
    {
        Assert.Equal(25, CpuModel.All.Select(model => model.Name).Distinct().Count());
        Assert.Equal(25, CpuModel.All.Count);
        Assert.DoesNotContain(CpuModel.Aliases.Keys, alias => CpuModel.All.Any(model => model.Name == alias));
        Assert.All(CpuModel.Aliases.Values, name => Assert.Contains(CpuModel.All, model => model.Name == name));
    }

    [Theory]
    [InlineData("a55", "cortex-a55")]
    [InlineData("A710", "cortex-a710")]
    [InlineData("Cortex_A78", "cortex-a78")]
    [InlineData("n2", "neoverse-n2")]
    [InlineData("v3", "neoverse-v3")]
    [InlineData("graviton2", "neoverse-n1")]
    [InlineData("Graviton3", "neoverse-v1")]
    [InlineData("graviton4", "neoverse-v2")]
    [InlineData("altra", "neoverse-n1")]
    [InlineData("AmpereOne", "ampere-1")]
    [InlineData("a76+bbml2+e0pd", "cortex-a76+bbml2+e0pd")]
    public void People_have_other_names_for_them(string typed, string name) => Assert.Equal(name, CpuModel.Parse(typed).Name);

    [Theory]
    [InlineData("cortex-a77", "e0pd")]
    [InlineData("cortex-a78", "e0pd")]
    [InlineData("cortex-a715", "lva, lpa2")]
    [InlineData("cortex-x4", "lva, lpa2")]
    [InlineData("neoverse-v2", "lva, lpa2")]
    [InlineData("apple-m1", "the CPU setting the Access flag (FEAT_HAFDBS)")]
    [InlineData("apple-m2", "more than 36 bits of physical address, the CPU setting the Access flag (FEAT_HAFDBS)")]
    [InlineData("ampere-1", "16K pages, more than 48 bits of physical address, lva, lpa2, the CPU setting the Access flag (FEAT_HAFDBS)")]
    [InlineData("thunderx2", "more than 44 bits of physical address, the CPU setting the Access flag (FEAT_HAFDBS)")]
    [InlineData("neoverse-n1", "")]
    [InlineData("max", "")]
    public void What_is_not_known_of_a_model_is_listed(string name, string unknown) => Assert.Equal(unknown, string.Join(", ", CpuModel.Find(name).Unknown));

    [Fact]
    public void A_model_with_features_added_is_none_of_QEMUs_and_knows_more()
    {
        CpuModel model = CpuModel.Parse("cortex-a78+e0pd");

        Assert.Equal((true, null, 0), (model.HasE0pd, model.QemuName, model.Unknown.Count));
        Assert.Equal(["e0pd"], CpuModel.Find("cortex-a78").Unknown);
    }

    [Fact]
    public void What_is_not_known_of_a_CPU_is_said_where_it_is_planned_for()
    {
        Assert.Contains(
            "Not known of cortex-a78 and taken for absent: e0pd. What it has can be added, as in cortex-a78+bbml2.",
            KernelProfiles.Find("linux-6.12").Plan(Machine("cortex-a78"), KernelScope.MapMem).Remarks);
        Assert.DoesNotContain(
            KernelProfiles.Find("linux-6.12").Plan(Machine("cortex-a55"), KernelScope.MapMem).Remarks, remark => remark.StartsWith("Not known", StringComparison.Ordinal));
    }

    [Fact]
    public void A_kernel_whose_pages_the_CPU_does_not_have_does_not_start()
    {
        KernelMachine machine = Machine("apple-m1");
        machine = machine with { Config = machine.Config.WithShape(GranuleSize.Size64K, 48) };

        Assert.Equal(
            "CPU apple-m1 has no 64K pages, so a kernel with 64K pages does not start on it.",
            Assert.Throws<InvalidInputException>(() => KernelProfiles.Find("linux-6.12").Plan(machine, KernelScope.MapMem)).Message);
    }

    private static string Features(CpuModel model)
    {
        (bool Has, char Letter)[] all =
        [
            (model.Has16K, '1'), (model.Has64K, '6'), (model.HasLva, 'V'), (model.HasLpa2, 'L'), (model.HasE0pd, 'E'), (model.HasBti, 'B'),
            (model.HasRangeInvalidation, 'R'), (model.SplitsBlocksSince is not null, 'S'), (model.HasAccessFlagUpdate, 'A'),
        ];
        return $"{model.PhysicalAddressBits} {string.Concat(all.Where(feature => feature.Has).Select(feature => feature.Letter))}";
    }

    private static KernelMachine Machine(string cpu) => new(
        MemoryLayout.OfRange(new PhysicalAddress(1UL << 30), 1UL << 30), CpuModel.Find(cpu), KernelProfiles.Find("linux-6.12").ReadDefaultConfig(), KernelCommandLine.Empty);
}
