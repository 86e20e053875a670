namespace Ptewright.Decoding;

/// <summary>A byte of MAIR_EL1 in words.</summary>
/// <remarks>Arm ARM, MAIR_EL1: 0b0000dd00 device; otherwise normal, bits 7:4 outer, 3:0 inner; 0xf0 tagged (FEAT_MTE2), 0x40 and 0xa0 with FEAT_XS.</remarks>
internal static class MemoryAttributeText
{
    private static readonly string[] _devices = ["device nGnRnE", "device nGnRE", "device nGRE", "device GRE"];

    /// <summary>The words.</summary>
    public static string Of(byte attribute) => attribute switch
    {
        0xf0 => "normal tagged",
        0x40 => "normal non-cacheable (XS = 0)",
        0xa0 => "normal write-through (XS = 0)",
        < 0x10 => (attribute & 3) == 0 ? _devices[attribute >> 2] : $"memory attribute 0x{attribute:x2}",
        _ when (attribute & 0xf) == 0 => $"memory attribute 0x{attribute:x2}",
        _ when attribute >> 4 == (attribute & 0xf) => $"normal {Half(attribute & 0xf)}",
        _ => $"normal, outer {Half(attribute >> 4)}, inner {Half(attribute & 0xf)}",
    };

    // 0b11RW write-back, 0b10RW write-through; 0b01RW and 0b00RW the same, transient; 0b0100 non-cacheable. R and W: allocate on a read, on a write.
    private static string Half(int bits)
    {
        if (bits == 4)
        {
            return "non-cacheable";
        }

        string policy = (bits & 4) != 0 ? "write-back" : "write-through";
        string transient = (bits & 8) == 0 ? " transient" : string.Empty;
        string allocation = (bits & 3) switch { 3 => string.Empty, 2 => " read-allocate", 1 => " write-allocate", _ => " no-allocate" };
        return policy + transient + allocation;
    }
}
