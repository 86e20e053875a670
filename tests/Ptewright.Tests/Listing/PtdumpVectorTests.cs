using Ptewright.Access;
using Ptewright.Addressing;
using Ptewright.Kernels.Versions;
using Ptewright.LinearMap;
using Ptewright.Listing;
using Ptewright.Memory;
using Ptewright.Simulation;
using Ptewright.Tests.LinearMap;
using Ptewright.Translation;

namespace Ptewright.Tests.Listing;

/// <summary>What a real machine showed: a virtual machine of 12 GiB on AmpereOne, in the cover letter of the block-mapping series of 2025.</summary>
public class PtdumpVectorTests
{
    private const ulong AliasStart = 0x21_0000;
    private const ulong AliasEnd = 0x255_0000;

    public static TheoryData<string, MapFlags> Forms => new()
    {
        { "pages", Plans.PagesOnly },
        { "blocks", MapFlags.None },
    };

    [Theory]
    [MemberData(nameof(Forms))]
    public void The_linear_map_of_a_real_machine_is_listed_as_it_was_seen(string form, MapFlags flags)
    {
        using LinearMapSimulation simulation = Build(flags);
        string expected = ListingMachine.Golden($"ampereone-12g-{form}");

        Assert.Equal(expected, Text(simulation, Linux612.Profile));
        Assert.Equal(expected, Text(simulation, Linux618.Profile));
    }

    private static string Text(LinearMapSimulation simulation, KernelProfile kernel)
    {
        using StringWriter output = new();
        simulation.List(output, kernel);
        return output.ToString();
    }

    private static LinearMapSimulation Build(MapFlags flags)
    {
        TableGeometry geometry = Shapes.FourLevels;
        PhysicalAddress start = new(0x4000_0000);
        ulong size = 12UL << 30;
        Protection tagged = Protection.Create(ProtectionKind.KernelTagged, notGlobal: false, lpa2: false);
        Protection readOnly = Protection.Create(ProtectionKind.KernelReadOnly, notGlobal: false, lpa2: false);
        MemoryLayout memory = MemoryLayout.OfRange(start, size);
        memory.Reserve(start + AliasStart, start + AliasEnd);
        LinearMapPlan plan = LinearMapPlan.ForRequests(
            new TableSettings(
                geometry, OutputAddressFormat.Bits48(geometry.Granule), TableSettings.UsualTableBits | DescriptorBits.AccessFlag, ChangeSafety.InvalidIsFree, rootThroughSlot: false),
            FixmapLayout.Usual(geometry.Granule),
            memory,
            [
                Range(0, AliasStart, tagged, flags),
                Range(AliasEnd, size, tagged, flags),
                Range(AliasStart, AliasEnd, readOnly, MapFlags.NoContiguous),
            ]);
        LinearMapSimulation simulation = new(plan);
        _ = simulation.Build(Plans.Strategy("single-map"));
        return simulation;

        MapRequest Range(ulong from, ulong to, Protection protection, MapFlags rangeFlags) =>
            new(start + from, geometry.PageOffset + from, to - from, protection, rangeFlags | MapFlags.NoExec);
    }
}
