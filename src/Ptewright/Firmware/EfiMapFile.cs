using Ptewright.Addressing;
using Ptewright.Memory;
using Ptewright.Texts;
using Ptewright.Translation;

namespace Ptewright.Firmware;

/// <summary>Reads the UEFI memory map from the boot log of a kernel that was started with <c>efi=debug</c>.</summary>
/// <remarks>
/// The whole log will do, with time stamps and whatever a console or journal puts before each line; so will the lines of the map alone.
/// The layout follows <c>drivers/firmware/efi/efi-init.c: reserve_regions</c>, in the order of the map: see <see cref="EfiMapInfo"/>.
/// </remarks>
public static class EfiMapFile
{
    /// <summary>The longest file that is read: 16 MiB, a long boot log.</summary>
    public const int MaxLength = 16 << 20;

    internal const ulong EfiPageSize = 4096;

    private const int MaxLines = 256 << 10;
    private const int MaxLineLength = 4096;
    private const int MaxDescriptors = 8 << 10;
    private const int AddressBits = 52;

    /// <summary>Reads the map in a boot log.</summary>
    /// <param name="path">The file.</param>
    /// <param name="granule">The page size of the kernel to reckon for.</param>
    /// <param name="softReserve">
    /// Whether the kernel sets special-purpose memory aside: <c>CONFIG_EFI_SOFT_RESERVE</c>, and no <c>efi=nosoftreserve</c>.
    /// </param>
    /// <returns>What it says.</returns>
    /// <exception cref="InvalidInputException">It holds no map or several, an entry cannot be read, entries overlap, or no memory is left.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be read.</exception>
    public static EfiMapInfo Read(string path, GranuleSize granule = GranuleSize.Size4K, bool softReserve = true) =>
        Parse(TextFile.Read(path, MaxLength), path, granule, softReserve);

    /// <summary>Reads the map in the text of a boot log.</summary>
    /// <param name="text">The text.</param>
    /// <param name="name">The name that errors call it by.</param>
    /// <param name="granule">The page size of the kernel to reckon for.</param>
    /// <param name="softReserve">
    /// Whether the kernel sets special-purpose memory aside: <c>CONFIG_EFI_SOFT_RESERVE</c>, and no <c>efi=nosoftreserve</c>.
    /// </param>
    /// <returns>What it says.</returns>
    /// <exception cref="InvalidInputException">It holds no map or several, an entry cannot be read, entries overlap, or no memory is left.</exception>
    public static EfiMapInfo Parse(ReadOnlySpan<char> text, string name, GranuleSize granule = GranuleSize.Size4K, bool softReserve = true)
    {
        List<EfiMemoryDescriptor> descriptors = [];
        List<string> remarks = [];
        (ulong address, ulong size, int line) = ParseLines(LogText.Plain(text), name, descriptors, remarks);
        RefuseOverlaps(descriptors, name);

        ulong pageSize = 1UL << (int)granule;
        MemoryLayout layout = Load(descriptors, remarks, name, pageSize, softReserve);
        if (size != 0)
        {
            if (address > (1UL << AddressBits) - size)
            {
                throw TextFile.Error(name, line, $"the map itself reaches beyond the {AddressBits} bits of a physical address");
            }

            // The kernel keeps the map itself. Linux: the end of efi_init.
            layout.Reserve(new PhysicalAddress(address).AlignDown(pageSize), new PhysicalAddress(address + size).AlignUp(pageSize));
        }
        else
        {
            remarks.Add("The log does not say where the map itself lies (MemMap Address, MemMap Size), so that memory is not reserved.");
        }

        return new EfiMapInfo(name, granule, layout) { Descriptors = descriptors, Remarks = remarks };
    }

    private static (ulong Address, ulong Size, int Line) ParseLines(
        ReadOnlySpan<char> text, string name, List<EfiMemoryDescriptor> descriptors, List<string> remarks)
    {
        ulong address = 0;
        ulong size = 0;
        int sizeLine = 0;
        int odd = 0;
        int firstOdd = 0;
        bool hasHeading = false;
        LineReader lines = new(text, name, MaxLines, MaxLineLength);
        while (lines.TryRead(out ReadOnlySpan<char> line))
        {
            ReadOnlySpan<char> message = WithoutPrefix(line);
            if (message.StartsWith("Processing EFI memory map", StringComparison.Ordinal))
            {
                if (descriptors.Count != 0)
                {
                    throw lines.Error($"a second map begins here, after that of line {descriptors[0].Line}: give the log of one boot");
                }

                hasHeading = true;
            }
            else if (EfiMapLine.IsEntry(message))
            {
                descriptors.Add(EfiMapLine.TryParse(message, lines.Number, out EfiMemoryDescriptor? descriptor, out string reason)
                    ? descriptor!
                    : throw lines.Error($"{TextFile.Quote(message)} is no entry of an EFI memory map: {reason}"));
                if (descriptors.Count > MaxDescriptors)
                {
                    throw lines.Error($"it is entry {descriptors.Count} of the map, and no more than {MaxDescriptors} are read");
                }
            }
            else if (EfiMapLine.LooksLikeEntry(message))
            {
                firstOdd = firstOdd == 0 ? lines.Number : firstOdd;
                odd++;
            }
            else if (TryParseSetting(message, "MemMap Address", out ulong value))
            {
                address = value;
            }
            else if (TryParseSetting(message, "MemMap Size", out value))
            {
                size = Math.Min(value, 1UL << AddressBits);
                sizeLine = lines.Number;
            }
        }

        if (descriptors.Count == 0)
        {
            throw TextFile.Error(name, "it has no line of an EFI memory map, which the kernel prints when it is started with efi=debug");
        }

        if (odd > 0)
        {
            remarks.Add($"Line {firstOdd}{(odd == 1 ? " looks" : $" and {odd - 1} more look")} like an entry of the map whose beginning is damaged, and {(odd == 1 ? "is" : "are")} left out.");
        }

        if (!hasHeading)
        {
            remarks.Add("The line 'Processing EFI memory map:' is missing, so the beginning of the map may be missing too.");
        }

        return (address, size, sizeLine);
    }

    // What remains of "[    0.000000] efi:   0x0000...", of the same in a journal, and of old logs without "efi:". The table of memory
    // attributes, which lists parts of the same ranges once more, comes as "efi: memattr:  0x0000..." and so does not look like an entry.
    private static ReadOnlySpan<char> WithoutPrefix(ReadOnlySpan<char> line)
    {
        const string Label = "efi:";
        for (int from = 0; from < line.Length;)
        {
            int found = line[from..].IndexOf(Label, StringComparison.Ordinal);
            if (found < 0)
            {
                break;
            }

            int at = from + found;
            from = at + Label.Length;
            if (at == 0 || !char.IsAsciiLetterOrDigit(line[at - 1]))
            {
                return line[from..].TrimStart();
            }
        }

        return LogText.Message(line);
    }

    // As in "efi:   MemMap Address       : 0x00000000bc43e9c0". Linux: drivers/firmware/efi/fdtparams.c.
    private static bool TryParseSetting(ReadOnlySpan<char> message, string setting, out ulong value)
    {
        value = 0;
        if (!message.StartsWith(setting, StringComparison.Ordinal))
        {
            return false;
        }

        ReadOnlySpan<char> number = message[setting.Length..].TrimStart().TrimStart(':').TrimStart();
        return FileNumber.TryPrefixed(number, out value);
    }

    internal static void RefuseOverlaps(IReadOnlyList<EfiMemoryDescriptor> descriptors, string name)
    {
        EfiMemoryDescriptor? below = null;
        foreach (EfiMemoryDescriptor descriptor in descriptors.Where(descriptor => descriptor.Size != 0).OrderBy(descriptor => descriptor.Start))
        {
            // The end of what lies below may be 2^64, which is 0.
            if (below is not null && (below.End.Value == 0 || descriptor.Start < below.End))
            {
                int line = Math.Max(below.Line, descriptor.Line);
                throw TextFile.Error(name, line, $"its range overlaps that of line {Math.Min(below.Line, descriptor.Line)}");
            }

            below = descriptor;
        }
    }

    internal static MemoryLayout Load(IReadOnlyList<EfiMemoryDescriptor> descriptors, List<string> remarks, string name, ulong pageSize, bool softReserve)
    {
        MemoryLayout layout = new();
        foreach (EfiMemoryDescriptor descriptor in descriptors)
        {
            if (!descriptor.IsMemory)
            {
                continue;
            }

            string range = $"{descriptor.Start}-{descriptor.End}";
            if (descriptor.Size == 0)
            {
                remarks.Add($"Line {descriptor.Line}: an entry of no pages is ignored.");
            }
            else if (descriptor.End.Value is 0 or > 1UL << AddressBits)
            {
                throw TextFile.Error(name, descriptor.Line, $"its memory reaches beyond the {AddressBits} bits of a physical address");
            }
            else if (softReserve && (descriptor.Attributes & EfiMemoryAttributes.SpecialPurpose) != 0)
            {
                remarks.Add($"Line {descriptor.Line}: special-purpose memory {range} is set aside for drivers and left out.");
            }
            else
            {
                Add(layout, descriptor, descriptor.Start.AlignDown(pageSize), descriptor.End.AlignUp(pageSize));
            }
        }

        return layout.MappedBytes != 0 ? layout : throw TextFile.Error(name, "the map has no memory that a kernel may map");
    }

    // In the kernel's order: a page that two entries share, as pages larger than EFI's can be, is no-map if either makes it so.
    private static void Add(MemoryLayout layout, EfiMemoryDescriptor descriptor, PhysicalAddress start, PhysicalAddress end)
    {
        layout.Add(start, end);
        if (!descriptor.IsUsable)
        {
            layout.MarkNoMap(start, end);
        }

        if (descriptor.Type == EfiMemoryType.AcpiReclaim)
        {
            layout.Reserve(start, end);
        }
    }
}
