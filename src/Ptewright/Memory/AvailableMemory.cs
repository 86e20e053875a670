using System.Globalization;
using System.Numerics;
using System.Text.RegularExpressions;

namespace Ptewright.Memory;

/// <summary>How much memory this computer has for what is about to be built or read.</summary>
internal static partial class AvailableMemory
{
    private const string LinuxFile = "/proc/meminfo";

    /// <summary>Refuses what this computer has no memory for, before any of it is taken.</summary>
    /// <param name="what">What would take it, as the beginning of a sentence.</param>
    /// <param name="bytes">How much it takes.</param>
    /// <param name="remedy">What takes less.</param>
    /// <exception cref="InvalidInputException">There is not so much.</exception>
    public static void Require(string what, ulong bytes, string remedy)
    {
        ulong total = (ulong)GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;
        ulong free = OperatingSystem.IsLinux() && File.Exists(LinuxFile) ? FreeOf(File.ReadAllText(LinuxFile), total) : total;
        if (bytes > Most(total, free))
        {
            throw new InvalidInputException($"{what} takes {Text(bytes)} of memory here, and this computer has {Text(total)}, {Text(free)} of them free: {remedy}.");
        }
    }

    /// <summary>The most that is taken: three quarters of all memory, so that the rest of the computer goes on, and not more than is free.</summary>
    /// <param name="total">All memory that this process may have.</param>
    /// <param name="free">What nobody uses.</param>
    public static ulong Most(ulong total, ulong free) => Math.Min(total - (total / 4), free - (free / 16));

    /// <summary>What is free by Linux's own estimate, or all where it does not say. Linux: <c>si_mem_available</c>.</summary>
    /// <param name="memoryInfo">The text of <c>/proc/meminfo</c>.</param>
    /// <param name="total">All memory that this process may have.</param>
    public static ulong FreeOf(string memoryInfo, ulong total) =>
        Available().Match(memoryInfo) is { Success: true } found && ulong.TryParse(found.Groups[1].ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture, out ulong kibibytes)
            ? Math.Min(kibibytes << 10, total)
            : total;

    /// <summary>A size in the largest unit of which there is one, rounded down: with one digit behind the point below 10.</summary>
    public static string Text(ulong bytes)
    {
        string[] units = ["MiB", "GiB", "TiB", "PiB"];
        int unit = Math.Clamp((63 - BitOperations.LeadingZeroCount(bytes | 1)) / 10, 2, units.Length + 1);
        ulong tenths = (ulong)((UInt128)bytes * 10 >> (10 * unit));
        return tenths < 100 && tenths % 10 != 0
            ? string.Create(CultureInfo.InvariantCulture, $"{tenths / 10}.{tenths % 10} {units[unit - 2]}")
            : string.Create(CultureInfo.InvariantCulture, $"{tenths / 10} {units[unit - 2]}");
    }

    [GeneratedRegex(@"^MemAvailable:\s*(\d{1,15}) kB", RegexOptions.Multiline | RegexOptions.CultureInvariant)]
    private static partial Regex Available();
}
