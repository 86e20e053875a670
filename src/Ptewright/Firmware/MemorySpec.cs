using Ptewright.Addressing;
using Ptewright.Memory;
using Ptewright.Texts;
using Ptewright.Translation;

namespace Ptewright.Firmware;

/// <summary>Memory as a person writes it: <c>64G</c>, <c>64G@0x80000000</c>, <c>2G@0x40000000,6G@0x880000000,!1M@0x50000000</c>.</summary>
/// <remarks>
/// Parts are joined by commas. Each is a size (<c>K</c>, <c>M</c>, <c>G</c>, <c>T</c> are powers of 1024; without a letter it is bytes) and, after
/// <c>@</c>, an address. Sizes are decimal, addresses hexadecimal unless a letter follows (<c>@2G</c>); <c>0x</c> and <c>0d</c> say it (<see cref="NumberText"/>). A part
/// that begins with <c>!</c> is memory that must not be mapped (no-map).
/// </remarks>
public static class MemorySpec
{
    /// <summary>Where a part without an address starts: 1 GiB, as on many boards and on QEMU's <c>virt</c> machine.</summary>
    public const ulong DefaultBase = 1UL << 30;

    private const int AddressBits = 52;

    /// <summary>Reads memory from text.</summary>
    /// <param name="text">The parts.</param>
    /// <param name="granule">The granule of the tables: each part must consist of whole pages.</param>
    /// <param name="defaultBase">Where a part without an address starts.</param>
    /// <returns>The memory, nothing reserved.</returns>
    /// <exception cref="InvalidInputException">A part is no size, empty, not whole pages, beyond 52 bits, over another, or (no-map) not in memory.</exception>
    public static MemoryLayout Parse(string text, GranuleSize granule = GranuleSize.Size4K, ulong defaultBase = DefaultBase)
    {
        ArgumentNullException.ThrowIfNull(text);
        Part[] parts = [.. text.Split(',', StringSplitOptions.TrimEntries).Select(part => ParsePart(part, granule, defaultBase))];
        Part[] memory = [.. parts.Where(part => !part.NoMap).OrderBy(part => part.Start)];
        if (memory.Length == 0)
        {
            throw new InvalidInputException($"Memory {TextFile.Quote(text)} names no memory that may be mapped.");
        }

        MemoryLayout layout = new();
        for (int i = 0; i < memory.Length; i++)
        {
            if (i > 0 && memory[i].Start < memory[i - 1].End)
            {
                throw new InvalidInputException($"Memory {TextFile.Quote(memory[i].Text)} overlaps {TextFile.Quote(memory[i - 1].Text)}.");
            }

            layout.Add(new PhysicalAddress(memory[i].Start), new PhysicalAddress(memory[i].End));
        }

        IReadOnlyList<MemoryRegion> regions = layout.Memory;
        foreach (Part hole in parts.Where(part => part.NoMap))
        {
            if (!regions.Any(region => region.Start.Value <= hole.Start && hole.End <= region.End.Value))
            {
                throw new InvalidInputException($"Memory {TextFile.Quote(hole.Text)} must not be mapped, but does not lie in memory.");
            }

            layout.MarkNoMap(new PhysicalAddress(hole.Start), new PhysicalAddress(hole.End));
        }

        return layout;
    }

    /// <summary>Reads a size alone: <c>512M</c>, <c>0x40000000</c>.</summary>
    /// <param name="text">The size.</param>
    /// <exception cref="InvalidInputException">It is none, or does not fit 64 bits.</exception>
    public static ulong ParseSize(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        return TryParseBytes(text, NumberHabit.Count, out UInt128 bytes) && bytes <= ulong.MaxValue
            ? (ulong)bytes
            : throw new InvalidInputException($"{TextFile.Quote(text)} is no size such as 512M or 64G.");
    }

    private static Part ParsePart(string text, GranuleSize granule, ulong defaultBase)
    {
        bool noMap = text.StartsWith('!');
        string[] sides = (noMap ? text[1..] : text).Split('@', 2);
        if (!TryParseBytes(sides[0], NumberHabit.Count, out UInt128 size))
        {
            throw new InvalidInputException($"Memory {TextFile.Quote(text)} does not begin with a size such as 512M or 64G.");
        }

        if (noMap && sides.Length == 1)
        {
            throw new InvalidInputException($"Memory {TextFile.Quote(text)} must not be mapped, but has no address, as in !1M@0x50000000.");
        }

        UInt128 start = defaultBase;
        if (sides.Length == 2 && !TryParseBytes(sides[1], NumberHabit.Address, out start))
        {
            throw new InvalidInputException($"Memory {TextFile.Quote(text)} has no address such as 0x40000000 behind the @.");
        }

        if (size == 0)
        {
            throw new InvalidInputException($"Memory {TextFile.Quote(text)} is empty.");
        }

        if (start + size > (UInt128)1 << AddressBits)
        {
            throw new InvalidInputException($"Memory {TextFile.Quote(text)} reaches beyond the {AddressBits} bits of a physical address.");
        }

        ulong page = 1UL << (int)granule;
        if (size % page != 0 || start % page != 0)
        {
            bool meantHexadecimal = NumberText.TryParse(sides[0], NumberHabit.Address, out ulong other) && other % page == 0 && size % page != 0 && sides[0].Length > 4;
            throw new InvalidInputException(
                $"Memory {TextFile.Quote(text)} does not begin and end at a multiple of the {page >> 10} KiB page."
                + (meantHexadecimal ? $" Sizes are decimal; hexadecimal is 0x{sides[0]}." : string.Empty));
        }

        return new Part(text, (ulong)start, (ulong)(start + size), noMap);
    }

    // A 64-bit number shifted by a letter always fits 128 bits, so nothing overflows before the range is checked.
    // What has a letter behind it is a size, wherever it stands, so its digits are decimal.
    private static bool TryParseBytes(string text, NumberHabit habit, out UInt128 bytes)
    {
        bytes = 0;
        int shift = text.Length == 0 ? 0 : char.ToUpperInvariant(text[^1]) switch
        {
            'K' => 10,
            'M' => 20,
            'G' => 30,
            'T' => 40,
            _ => 0,
        };
        bool parsed = shift == 0
            ? NumberText.TryParse(text, habit, out ulong number)
            : NumberText.TryParse(text.AsSpan(0, text.Length - 1), NumberHabit.Count, out number);
        bytes = (UInt128)number << shift;
        return parsed;
    }

    private readonly record struct Part(string Text, ulong Start, ulong End, bool NoMap);
}
