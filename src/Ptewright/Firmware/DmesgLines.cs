using System.Globalization;
using Ptewright.Addressing;
using Ptewright.Texts;

namespace Ptewright.Firmware;

/// <summary>What the single lines of a boot log say about memory, kernel and CPU.</summary>
/// <remarks>The forms of 5.10 to 6.18; each is named beside the function of Linux that prints it.</remarks>
internal sealed class DmesgLines
{
    private const int MaxLines = 256 << 10;
    private const int MaxLineLength = 4096;
    private const int MaxRanges = 8 << 10;
    private const int MaxEfiTables = 64;
    private const int AddressBits = 52;
    private const ulong SmallestPage = 4096;

    // A console line holds no more of a message: LOG_LINE_MAX in kernel/printk/printk.c.
    private const int LongestMessage = 990;

    private readonly string _name;
    private bool _hasHeading;

    private DmesgLines(string name) => _name = name;

    /// <summary>The ranges below <c>Early memory node ranges</c>, ascending.</summary>
    public List<DmesgRange> Ranges { get; } = [];

    /// <summary>Reserved memory of a device tree that says no-map.</summary>
    public List<(PhysicalAddress Start, PhysicalAddress End)> NoMap { get; } = [];

    /// <summary>Other reserved memory of a device tree.</summary>
    public List<(PhysicalAddress Start, PhysicalAddress End)> Reserved { get; } = [];

    /// <summary>Memory that the kernel used, which it can only if it is mapped.</summary>
    public List<(PhysicalAddress Start, PhysicalAddress End)> Used { get; } = [];

    /// <summary>Memory that can be taken out (ACPI's SRAT): that is a flag as well.</summary>
    public List<(PhysicalAddress Start, PhysicalAddress End)> Hotpluggable { get; } = [];

    /// <summary>The kernel's command line.</summary>
    public string? CommandLine { get; private set; }

    /// <summary>What the kernel says first of all, its version: <c>linux_banner</c>.</summary>
    public string? Banner { get; private set; }

    /// <summary>MIDR_EL1 of the boot CPU.</summary>
    public uint? CpuId { get; private set; }

    /// <summary>What the device tree calls the machine.</summary>
    public string? Model { get; private set; }

    /// <summary>Whether the kernel was started by EFI; null when the log does not say.</summary>
    public bool? HasEfi { get; private set; }

    /// <summary>Whether the EFI memory map is in the log.</summary>
    public bool HasEfiMap { get; private set; }

    /// <summary>Whether EFI calls some of the memory more reliable, which is a flag as well.</summary>
    public bool HasMirrors { get; private set; }

    /// <summary>Where tables of EFI lie, by the names that Linux prints: <c>MEMATTR</c>, <c>MEMRESERVE</c>, <c>INITRD</c> among them.</summary>
    public Dictionary<string, ulong> EfiTables { get; } = new(StringComparer.Ordinal);

    /// <summary>Whether the kernel's addresses were randomised.</summary>
    public bool HasKaslr { get; private set; }

    /// <summary>The memory that the kernel counted, in KiB: no-map memory too.</summary>
    public ulong? TotalKibibytes { get; private set; }

    /// <summary>How much of it no program can get, in KiB: no-map memory is among it.</summary>
    public ulong? ReservedKibibytes { get; private set; }

    /// <summary>What was passed over.</summary>
    public List<string> Remarks { get; } = [];

    /// <summary>Reads a log without colours.</summary>
    /// <exception cref="InvalidInputException">It is of several boots, a line that matters is damaged, or ranges are missing.</exception>
    public static DmesgLines Read(ReadOnlySpan<char> text, string name)
    {
        DmesgLines found = ReadSome(text, name);
        found.RefuseIncomplete();
        return found;
    }

    /// <summary>Reads a log of which a part may be missing, as in a ring that has gone round.</summary>
    /// <exception cref="InvalidInputException">It is of several boots, or a line that matters is damaged.</exception>
    public static DmesgLines ReadSome(ReadOnlySpan<char> text, string name)
    {
        DmesgLines found = new(name);
        found.TakeAll(text);
        return found;
    }

    private void TakeAll(ReadOnlySpan<char> text)
    {
        LineReader lines = new(text, _name, MaxLines, MaxLineLength);
        while (lines.TryRead(out ReadOnlySpan<char> line))
        {
            Take(lines, LogText.Message(line));
        }
    }

    private void Take(in LineReader lines, ReadOnlySpan<char> message)
    {
        if (message.StartsWith("node", StringComparison.Ordinal) && message.Contains("[mem", StringComparison.Ordinal))
        {
            AddRange(lines, message);
        }
        else if (message.StartsWith("Early memory node ranges", StringComparison.Ordinal))
        {
            _hasHeading = !_hasHeading && Ranges.Count == 0 ? true : throw SecondBoot(lines);
        }
        else if (message.StartsWith("OF: reserved mem: ", StringComparison.Ordinal))
        {
            AddReservedMemory(lines, message["OF: reserved mem: ".Length..]);
        }
        else if (message.StartsWith("Linux version ", StringComparison.Ordinal))
        {
            Banner = Banner is null ? message.ToString() : throw SecondBoot(lines);
        }
        else if (message.StartsWith("Kernel command line: ", StringComparison.Ordinal))
        {
            TakeCommandLine(lines.Number, message["Kernel command line: ".Length..]);
        }
        else if (message.StartsWith("efi: ", StringComparison.Ordinal))
        {
            HasEfi ??= message.StartsWith("efi: EFI v", StringComparison.Ordinal) ? true : message.StartsWith("efi: UEFI not found", StringComparison.Ordinal) ? false : null;
            HasEfiMap |= message.StartsWith("efi: Processing EFI memory map", StringComparison.Ordinal);
            HasMirrors |= message.Contains(" mirrored memory", StringComparison.Ordinal);
            TakeEfiTables(message);
        }
        else if (message.StartsWith("Memory: ", StringComparison.Ordinal))
        {
            TakeTotals(message);
        }
        else if (message.StartsWith("Booting Linux on physical CPU ", StringComparison.Ordinal))
        {
            CpuId ??= TryTakeHex(After(message, '['), out ulong id, out _) ? (uint)id : null;
        }
        else if (message.StartsWith("Machine model: ", StringComparison.Ordinal))
        {
            Model ??= message["Machine model: ".Length..].ToString();
        }
        else
        {
            HasKaslr |= message.StartsWith("KASLR enabled", StringComparison.Ordinal);
            TakeUse(message);
        }
    }

    // As in "efi: SMBIOS 3.0=0x5fed0000 MEMATTR=0x5cb53018 ACPI 2.0=0x5c430018". Linux: efi_config_parse_tables, drivers/firmware/efi/efi.c.
    private void TakeEfiTables(ReadOnlySpan<char> message)
    {
        foreach (Range word in message.Split(' '))
        {
            int equals = message[word].IndexOf("=0x", StringComparison.Ordinal);
            if (equals > 0 && EfiTables.Count < MaxEfiTables && TryTakeHex(message[word][(equals + 1)..], out ulong address, out _))
            {
                _ = EfiTables.TryAdd(message[word][..equals].ToString(), address);
            }
        }
    }

    // As in "node   0: [mem 0x0000000040000000-0x000000007fffffff]".
    private void AddRange(in LineReader lines, ReadOnlySpan<char> message)
    {
        int colon = message.IndexOf(':');
        if (colon < 0 || !int.TryParse(message[4..colon].Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out int node)
            || !message[(colon + 1)..].TrimStart().StartsWith("[mem", StringComparison.Ordinal)
            || !TryTakeMemory(message, out ulong first, out ulong last))
        {
            throw lines.Error($"{TextFile.Quote(message)} is no range such as 'node   0: [mem 0x0000000040000000-0x000000007fffffff]'");
        }

        if (last < first || last >= 1UL << AddressBits || first % SmallestPage != 0 || (last + 1) % SmallestPage != 0)
        {
            throw lines.Error($"{TextFile.Quote(message)} is not whole pages of 4 KiB within the {AddressBits} bits of a physical address");
        }

        if (Ranges.Count > 0 && Ranges[^1].End.Value > first)
        {
            throw lines.Error($"its range does not lie above that of line {Ranges[^1].Line}, as a kernel prints them");
        }

        if (Ranges.Count == MaxRanges)
        {
            throw lines.Error($"it is range {MaxRanges + 1}, and no more than {MaxRanges} are read");
        }

        Ranges.Add(new DmesgRange { Node = node, Start = new(first), End = new(last + 1), Line = lines.Number });
    }

    // "0x0000000050000000..0x00000000500fffff (1024 KiB) nomap non-reusable NAME" since 6.4. Linux: fdt_init_reserved_mem, of_reserved_mem.c.
    private void AddReservedMemory(in LineReader lines, ReadOnlySpan<char> text)
    {
        if (text.Contains("compatible matching fail", StringComparison.Ordinal))
        {
            Remarks.Add($"Line {lines.Number}: the driver of reserved memory {TextFile.Quote(text)} did not take it, so the kernel gave it back; whether the linear map has it is not known.");
        }

        if (!text.StartsWith("0x", StringComparison.Ordinal) || !TryTakeHex(text, out ulong first, out ReadOnlySpan<char> rest))
        {
            return;
        }

        int kind = rest.IndexOf(')');
        if (!rest.StartsWith("..", StringComparison.Ordinal) || !TryTakeHex(rest[2..], out ulong last, out _) || kind < 0 || last < first || last >= 1UL << AddressBits)
        {
            throw lines.Error($"{TextFile.Quote(text)} is no reserved memory such as '0x0000000050000000..0x00000000500fffff (1024 KiB) nomap non-reusable firmware@50000000'");
        }

        List<(PhysicalAddress, PhysicalAddress)> list = FirstWord(rest[(kind + 1)..].TrimStart()).SequenceEqual("nomap") ? NoMap : Reserved;
        Add(list, first, last + 1);
    }

    private void TakeCommandLine(int line, ReadOnlySpan<char> text)
    {
        if (CommandLine is null)
        {
            CommandLine = text.ToString();
            if (text.Length >= LongestMessage)
            {
                Remarks.Add($"Line {line}: the command line is as long as a line of the log can be, so its end may be missing.");
            }
        }
    }

    // "Memory: 2004640K/2097152K available (13312K kernel code, ..., 92512K reserved, 0K cma-reserved)". Linux: mem_init_print_info.
    private void TakeTotals(ReadOnlySpan<char> message)
    {
        ReadOnlySpan<char> total = After(message, '/');
        int unit = total.IndexOf('K');
        if (unit < 0 || !ulong.TryParse(total[..unit], NumberStyles.None, CultureInfo.InvariantCulture, out ulong kibibytes))
        {
            return;
        }

        TotalKibibytes ??= kibibytes;
        int end = message.IndexOf("K reserved", StringComparison.Ordinal);
        int start = end < 0 ? -1 : message[..end].LastIndexOf(' ');
        if (start >= 0 && ulong.TryParse(message[(start + 1)..end], NumberStyles.None, CultureInfo.InvariantCulture, out kibibytes))
        {
            ReservedKibibytes ??= kibibytes;
        }
    }

    private void TakeUse(ReadOnlySpan<char> message)
    {
        if (message.StartsWith("ACPI: SRAT: Node ", StringComparison.Ordinal))
        {
            if (message.Contains(" hotplug", StringComparison.Ordinal) && TryTakeMemory(message, out ulong first, out ulong last))
            {
                Add(Hotpluggable, first, last + 1);
            }
        }
        else if (message.Contains("NODE_DATA", StringComparison.Ordinal) || message.StartsWith("software IO TLB: mapped ", StringComparison.Ordinal))
        {
            // Linux: alloc_node_data; swiotlb_print_info.
            if (TryTakeMemory(message, out ulong first, out ulong last))
            {
                Add(Used, first, last + 1);
            }
        }
        else if (message.StartsWith("cma: Reserved ", StringComparison.Ordinal) || message.StartsWith("Reserved memory: created CMA memory pool at ", StringComparison.Ordinal))
        {
            TakePool(message);
        }
        else if (message.StartsWith("crashkernel ", StringComparison.Ordinal) && message.Contains("reserved: 0x", StringComparison.Ordinal))
        {
            ReadOnlySpan<char> range = After(message, ':').TrimStart();
            if (TryTakeHex(range, out ulong first, out ReadOnlySpan<char> rest) && TryTakeHex(rest.TrimStart(" -"), out ulong end, out _))
            {
                Add(Used, first, end);
            }
        }
    }

    // "cma: Reserved 64 MiB at 0x00000000fc000000"; "Reserved memory: created CMA memory pool at 0x00000000f8000000, size 64 MiB", which is reserved before the linear map is made.
    private void TakePool(ReadOnlySpan<char> message)
    {
        int at = message.IndexOf(" at 0x", StringComparison.Ordinal);
        int unit = message.IndexOf(" MiB", StringComparison.Ordinal);
        int size = unit < 0 ? -1 : message[..unit].LastIndexOf(' ');
        if (at < 0 || size < 0 || !TryTakeHex(message[(at + 4)..], out ulong start, out _)
            || !ulong.TryParse(message[(size + 1)..unit], NumberStyles.None, CultureInfo.InvariantCulture, out ulong mebibytes) || mebibytes >= 1UL << 32)
        {
            return;
        }

        Add(Used, start, start + (mebibytes << 20));
        if (message.StartsWith("Reserved memory: ", StringComparison.Ordinal))
        {
            Add(Reserved, start, start + (mebibytes << 20));
        }
    }

    private void RefuseIncomplete()
    {
        if (Ranges.Count == 0)
        {
            throw TextFile.Error(
                _name,
                _hasHeading
                    ? "no range follows its line 'Early memory node ranges', as in 'node   0: [mem 0x0000000040000000-0x000000007fffffff]'"
                    : "it has no line 'Early memory node ranges' and so does not say where memory is: its beginning was overwritten or not printed (quiet), or it is no boot log; take 'journalctl -k -b' or the log of a new boot");
        }

        ulong found = Ranges.Aggregate(0UL, (sum, range) => sum + range.Size) >> 10;
        if (TotalKibibytes is not { } total)
        {
            Remarks.Add("The log has no line 'Memory: ... available', so it is not checked that no range is missing.");
        }
        else if (found != total)
        {
            throw TextFile.Error(_name, $"its ranges are {found} KiB of memory, but the kernel counted {total} KiB: lines are missing, or are of another boot");
        }
    }

    private static void Add(List<(PhysicalAddress, PhysicalAddress)> list, ulong start, ulong end)
    {
        if (start < end && end <= 1UL << AddressBits && list.Count < MaxRanges)
        {
            list.Add((new PhysicalAddress(start), new PhysicalAddress(end)));
        }
    }

    private static bool TryTakeMemory(ReadOnlySpan<char> message, out ulong first, out ulong last)
    {
        const string Label = "[mem ";
        last = 0;
        first = 0;
        int at = message.IndexOf(Label, StringComparison.Ordinal);
        return at >= 0 && TryTakeHex(message[(at + Label.Length)..], out first, out ReadOnlySpan<char> rest) && rest.StartsWith('-')
            && TryTakeHex(rest[1..], out last, out rest) && rest.StartsWith(']') && last >= first && last < ulong.MaxValue;
    }

    private static bool TryTakeHex(ReadOnlySpan<char> text, out ulong value, out ReadOnlySpan<char> rest)
    {
        value = 0;
        rest = default;
        if (!text.StartsWith("0x", StringComparison.Ordinal))
        {
            return false;
        }

        int length = 2;
        while (length < text.Length && char.IsAsciiHexDigit(text[length]))
        {
            length++;
        }

        rest = text[length..];
        return FileNumber.TryHexadecimal(text[2..length], out value);
    }

    private static ReadOnlySpan<char> FirstWord(ReadOnlySpan<char> text) => text.IndexOf(' ') is int end and >= 0 ? text[..end] : text;

    private static ReadOnlySpan<char> After(ReadOnlySpan<char> text, char mark) => text[(text.IndexOf(mark) + 1)..];

    private static InvalidInputException SecondBoot(in LineReader lines) => lines.Error("a second boot begins here: give the log of one boot, as 'journalctl -k -b' prints it");
}
