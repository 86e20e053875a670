namespace Ptewright.Kernels.Cpus;

/// <summary>MIDR_EL1: which CPU it is.</summary>
/// <remarks>Implementer 31:24, Variant 23:20, Architecture 19:16, PartNum 15:4, Revision 3:0 (Arm ARM, MIDR_EL1). The numbers: <c>arch/arm64/include/asm/cputype.h</c>; QEMU's max has none of its own.</remarks>
internal static class MainIdRegister
{
    private static readonly Dictionary<(uint Implementer, uint Part), string> _names = new()
    {
        [(0x00, 0x051)] = "max",
        [(0x41, 0xd03)] = "cortex-a53",
        [(0x41, 0xd04)] = "cortex-a35",
        [(0x41, 0xd05)] = "cortex-a55",
        [(0x41, 0xd07)] = "cortex-a57",
        [(0x41, 0xd08)] = "cortex-a72",
        [(0x41, 0xd09)] = "cortex-a73",
        [(0x41, 0xd0a)] = "cortex-a75",
        [(0x41, 0xd0b)] = "cortex-a76",
        [(0x41, 0xd0c)] = "neoverse-n1",
        [(0x41, 0xd0d)] = "cortex-a77",
        [(0x41, 0xd40)] = "neoverse-v1",
        [(0x41, 0xd41)] = "cortex-a78",
        [(0x41, 0xd47)] = "cortex-a710",
        [(0x41, 0xd49)] = "neoverse-n2",
        [(0x41, 0xd4f)] = "neoverse-v2",
        [(0x41, 0xd84)] = "neoverse-v3",
        [(0x61, 0x022)] = "apple-m1",
        [(0x61, 0x023)] = "apple-m1",
        [(0xc0, 0xac3)] = "ampere-1",
    };

    /// <summary>The name of the CPU, whether or not it is one of <see cref="CpuModel.All"/>; null for one without.</summary>
    /// <param name="value">The register.</param>
    public static string? NameOf(uint value) => _names.GetValueOrDefault((value >> 24, (value >> 4) & 0xfff));
}
