using System.Globalization;
using System.Numerics;
using Ptewright.Addressing;
using Ptewright.Kernels.Configuration;
using Ptewright.Kernels.Symbols;
using Ptewright.LinearMap;
using Ptewright.Texts;
using Ptewright.Translation;

namespace Ptewright.Machines;

/// <summary>What a kernel's image shows of its configuration where it does not hold it: the page size is in its header, the size of addresses in where it is linked, others in what <see cref="ImageOptions"/> sees.</summary>
internal static class ImageShape
{
    // From here on addresses are halved to be linked: Linux, arch/arm64/include/asm/memory.h, VA_BITS_MIN.
    private const int MostLinkedBits = 48;
    private const int MostLinkedBits16K = 47;
    private const int WideBits = 52;

    // How many names a sentence has.
    private const int MostNames = 4;

    /// <summary>Puts what the image shows into a distribution's configuration.</summary>
    /// <param name="config">The configuration.</param>
    /// <param name="file">The image.</param>
    /// <param name="symbols">Its symbols, if it has any.</param>
    /// <param name="remarks">Takes what was taken from where.</param>
    public static KernelConfig Apply(KernelConfig config, KernelFile file, KernelSymbols? symbols, List<string> remarks)
    {
        KernelConfig shaped = Shape(config, file, symbols);
        shaped = symbols is null ? shaped : shaped.With(Seen(shaped, file, symbols));
        string[] usual = [.. shaped.Deciding.Where(option => option is { IsAssumed: true, Value: not null }).Select(option => option.Name)];
        remarks.Add($"The configuration is what the image shows, as {(1 << (int)shaped.Granule) >> 10}K pages and {shaped.VaBits} bits of address"
            + (usual.Length == 0 ? "." : $"; a distribution's of that version for {ListOf(usual)}."));
        return shaped;
    }

    /// <summary>Puts what the image of a kernel that ran shows into a distribution's configuration; that it was moved hides for which addresses it was linked.</summary>
    /// <param name="config">The configuration, of the kernel's own shape.</param>
    /// <param name="image">The image as it lies in memory.</param>
    /// <param name="symbols">Its symbols, where they lie in this kernel.</param>
    /// <param name="version">Its version, if it is known.</param>
    public static KernelConfig ApplyRunning(KernelConfig config, ReadOnlySpan<byte> image, KernelSymbols symbols, LinuxVersion? version) =>
        config.With(ImageOptions.See(image, symbols, version, isRunning: true).Where(option => option.Name != "ARM64_LPA2"));

    /// <summary>Says where a configuration that was given is not that of an image that was given too.</summary>
    /// <param name="config">The configuration.</param>
    /// <param name="file">The image.</param>
    /// <param name="symbols">The image's symbols, if it has any.</param>
    /// <param name="remarks">Takes a sentence where they differ.</param>
    public static void Compare(KernelConfig config, KernelFile file, KernelSymbols? symbols, List<string> remarks)
    {
        KernelConfig shown = Shape(config, file, symbols);
        shown = symbols is null ? shown : shown.With(Seen(shown, file, symbols));
        Dictionary<string, KernelOption> given = config.Deciding.ToDictionary(option => option.Name);
        string[] differences =
        [
            .. shown.Deciding.Where(option => (given.TryGetValue(option.Name, out KernelOption own) ? own.Value : config[option.Name]) != option.Value)
                .Select(option => $"{option.Name} {ForeignText.Clean(config[option.Name] ?? "not set")} there, {option.Value ?? "not set"} in the image ({option.Known})"),
        ];
        if (differences.Length > 0)
        {
            remarks.Add($"The configuration that is given is not the image's: {string.Join("; ", differences.Take(MostNames))}{(differences.Length > MostNames ? $" and {differences.Length - MostNames} more" : "")}. What is given counts.");
        }
    }

    // Without 64K pages physical addresses have 52 bits just where FEAT_LPA2 is built in. Linux: ARM64_PA_BITS_52, ARM64_LPA2 in arch/arm64/Kconfig.
    private static IEnumerable<KernelOption> Seen(KernelConfig config, KernelFile file, KernelSymbols symbols)
    {
        IReadOnlyList<KernelOption> seen = ImageOptions.See(file.Image, symbols, file.FindVersion());
        return config.Granule == GranuleSize.Size64K ? seen
            : [.. seen, .. seen.Where(option => option.Name == "ARM64_LPA2").Select(option => option with { Name = "ARM64_PA_BITS", Value = option.Value is null ? "48" : "52" })];
    }

    private static string ListOf(string[] names) =>
        names.Length <= MostNames ? string.Join(", ", names) : $"{string.Join(", ", names.Take(MostNames - 1))} and {names.Length - MostNames + 1} more";

    private static KernelConfig Shape(KernelConfig config, KernelFile file, KernelSymbols? symbols)
    {
        int pageSize = file.PageSize;
        GranuleSize granule = pageSize == 0 ? config.Granule : (GranuleSize)BitOperations.Log2((uint)pageSize);
        int bits = config.VaBits;
        List<KernelOption> known = [];
        if (symbols is not null && symbols.TryFind("_text", out VirtualAddress text) && LinkedBits(text) is var linked && TableGeometry.TryCreate(granule, linked, linked, out _))
        {
            // The largest looks like the one before.
            bool mayBeWide = linked == Linked(WideBits, granule);
            string how = "";
            bool? isWide = mayBeWide ? ImageOptions.SeeWideAddresses(file.Image, symbols, file.FindVersion(), out how) : false;
            bits = isWide ?? bits == WideBits ? WideBits : linked;
            if (isWide is not null)
            {
                known.Add(new KernelOption("ARM64_VA_BITS", bits.ToString(CultureInfo.InvariantCulture), mayBeWide ? $"where it is linked, {how}" : "where it is linked"));
            }
        }

        if (!TableGeometry.TryCreate(granule, bits, bits, out _))
        {
            return config;
        }

        KernelConfig shaped = granule == config.Granule && bits == config.VaBits ? config : config.WithShape(granule, bits);
        if (pageSize != 0)
        {
            string option = $"ARM64_{(1 << (int)granule) >> 10}K_PAGES";
            known.Add(new KernelOption(option, shaped[option], "the image's header"));
        }

        return shaped.With(known);
    }

    // Images are linked from the middle of the kernel's half on: PAGE_END.
    private static int LinkedBits(VirtualAddress text) => 65 - BitOperations.LeadingZeroCount(~text.Value);

    private static int Linked(int bits, GranuleSize granule) => bits <= MostLinkedBits ? bits : granule == GranuleSize.Size16K ? MostLinkedBits16K : MostLinkedBits;
}
