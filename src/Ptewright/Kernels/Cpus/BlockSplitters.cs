using Ptewright.Texts;

namespace Ptewright.Kernels.Cpus;

/// <summary>CPUs that Linux lets split a live block: those that are known never to raise a TLB conflict abort for it.</summary>
/// <remarks>
/// A list of MIDR values and revisions in <c>arch/arm64/kernel/cpufeature.c</c> (<c>cpu_supports_bbml2_noabort</c>, from 7.3 on <c>cpu_supports_bbml3</c>), read out of the images of Debian's 6.17 to
/// 7.3. From 7.3 on a CPU that says so itself is one too (ID_AA64MMFR2_EL1.BBM = 3, FEAT_BBML3); level 2 is not enough, as it may still raise the abort.
/// </remarks>
internal static class BlockSplitters
{
    private const int AnyRevision = 0xff;

    private static readonly LinuxVersion _first = new(6, 17);
    private static readonly LinuxVersion _second = new(6, 18);

    /// <summary>The first version that asks the CPU itself.</summary>
    public static LinuxVersion ById { get; } = new(7, 3);

    // Implementer, part; variant 7:4 and revision 3:0, from and to; the first version that has it.
    private static readonly (uint Implementer, uint Part, int From, int To, LinuxVersion Since)[] _list =
    [
        (0x41, 0xd82, 0x03, 0x0f, _first), // Cortex-X4
        (0x41, 0xd84, 0x02, 0x0f, _first), // Neoverse-V3
        (0x41, 0xd83, 0x02, 0x0f, _second), // Neoverse-V3AE
        (0x4e, 0x010, 0x00, AnyRevision, _second), // NVIDIA Olympus
        (0xc0, 0xac3, 0x00, AnyRevision, _second), // AmpereOne
        (0xc0, 0xac4, 0x00, AnyRevision, _second), // AmpereOne A
        (0x41, 0xd88, 0x00, AnyRevision, ById), // Cortex-A520AE
        (0x41, 0xd4d, 0x00, AnyRevision, ById), // Cortex-A715
        (0x41, 0xd89, 0x00, AnyRevision, ById), // Cortex-A720AE
        (0x41, 0xd87, 0x00, AnyRevision, ById), // Cortex-A725
        (0x41, 0xd8e, 0x00, AnyRevision, ById), // Neoverse-N3
        (0x41, 0xd8a, 0x00, AnyRevision, ById), // C1-Nano
        (0x41, 0xd8b, 0x00, AnyRevision, ById), // C1-Pro
        (0x41, 0xd8c, 0x11, AnyRevision, ById), // C1-Ultra
        (0x41, 0xd90, 0x11, AnyRevision, ById), // C1-Premium
    ];

    /// <summary>QEMU's <c>max</c> under the number of one of them, Neoverse-V3 r0p2.</summary>
    public const string QemuMax = "max,midr=0x410fd842";

    /// <summary>From which version of Linux on a CPU is one; null for one that is not.</summary>
    /// <param name="midr">MIDR_EL1.</param>
    public static LinuxVersion? Since(uint midr)
    {
        int revision = (int)(((midr >> 16) & 0xf0) | (midr & 0xf));
        foreach ((uint implementer, uint part, int from, int to, LinuxVersion since) in _list)
        {
            if (implementer == midr >> 24 && part == ((midr >> 4) & 0xfff) && revision >= from && revision <= to)
            {
                return since;
            }
        }

        return null;
    }

    /// <summary>The same of the newest revision of a CPU that the list has, which is assumed where the revision is not known.</summary>
    /// <param name="implementer">MIDR_EL1.Implementer.</param>
    /// <param name="part">MIDR_EL1.PartNum.</param>
    public static LinuxVersion? Since(uint implementer, uint part) =>
        _list.FirstOrDefault(cpu => (cpu.Implementer, cpu.Part) == (implementer, part)) is { Part: not 0 } known ? known.Since : null;
}
