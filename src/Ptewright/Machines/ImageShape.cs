using System.Globalization;
using System.Numerics;
using Ptewright.Addressing;
using Ptewright.Kernels.Configuration;
using Ptewright.Kernels.Symbols;
using Ptewright.LinearMap;
using Ptewright.Translation;

namespace Ptewright.Machines;

/// <summary>What a kernel's image shows of its configuration where it does not hold it: the page size is in its header, the size of addresses in where it is linked.</summary>
internal static class ImageShape
{
    // From here on addresses are halved to be linked: Linux, arch/arm64/include/asm/memory.h, VA_BITS_MIN.
    private const int MostLinkedBits = 48;
    private const int MostLinkedBits16K = 47;

    /// <summary>Gives a distribution's configuration the shape that the image has.</summary>
    /// <param name="config">The configuration.</param>
    /// <param name="file">The image.</param>
    /// <param name="symbols">Its symbols, if it has any.</param>
    /// <param name="remarks">Takes what was taken from where.</param>
    public static KernelConfig Apply(KernelConfig config, KernelFile file, KernelSymbols? symbols, List<string> remarks)
    {
        GranuleSize granule = file.PageSize == 0 ? config.Granule : (GranuleSize)BitOperations.Log2((uint)file.PageSize);
        int bits = config.VaBits;
        if (symbols is not null && symbols.TryFind("_text", out VirtualAddress text) && LinkedBits(text) is var linked && linked != Linked(bits, granule))
        {
            bits = linked;
        }

        if (!TableGeometry.TryCreate(granule, bits, bits, out _))
        {
            return config;
        }

        string other = string.Create(CultureInfo.InvariantCulture, $"{(1 << (int)granule) >> 10}K pages (the image's header) and {bits} bits of address (where the image is linked{(bits > MostLinkedBits ? ", and the usual configuration" : "")})");
        remarks.Add($"The configuration is a distribution's of that version, with {other}.");
        return granule == config.Granule && bits == config.VaBits ? config : config.WithShape(granule, bits);
    }

    // Images are linked from the middle of the kernel's half on: PAGE_END.
    private static int LinkedBits(VirtualAddress text) => 65 - BitOperations.LeadingZeroCount(~text.Value);

    private static int Linked(int bits, GranuleSize granule) => bits <= MostLinkedBits ? bits : granule == GranuleSize.Size16K ? MostLinkedBits16K : MostLinkedBits;
}
