using Ptewright.Addressing;

namespace Ptewright.Kernels.Configuration;

/// <summary>How Linux reads <c>crashkernel=</c>: in the raw command line, whatever quotes or words it stands in.</summary>
/// <remarks>Linux: <c>kernel/crash_reserve.c: parse_crashkernel</c> (6.12), <c>kernel/crash_core.c</c> (6.1).</remarks>
internal static class CrashKernelSyntax
{
    private const string Name = "crashkernel=";
    private const string High = ",high";
    private const string Low = ",low";
    private const ulong MemoryRounding = 128 << 20;

    /// <summary>What the kernel makes of the last one that counts.</summary>
    /// <param name="text">The command line.</param>
    /// <param name="totalMemory">All memory in bytes, no-map memory included.</param>
    /// <returns>Null when there is none, or when it is invalid: then the kernel warns and goes on without.</returns>
    public static CrashKernelRequest? Find(ReadOnlySpan<char> text, ulong totalMemory)
    {
        CrashKernelRequest? request = TryFindLast(text, suffix: "", out ReadOnlySpan<char> value)
            ? value.Contains(':') ? ParseRanges(value, totalMemory) : ParseSimple(value)
            : FindHigh(text);
        return request is null || request.Size == 0 || request.Size >= totalMemory ? null : request;
    }

    // ",high" and ",low" count only when there is none without.
    private static CrashKernelRequest? FindHigh(ReadOnlySpan<char> text)
    {
        if (!TryFindLast(text, High, out ReadOnlySpan<char> high) || !TryParseSuffixed(high, High, out ulong size))
        {
            return null;
        }

        if (!TryFindLast(text, Low, out ReadOnlySpan<char> low))
        {
            return new CrashKernelRequest(size, IsHigh: true);
        }

        return TryParseSuffixed(low, Low, out ulong lowSize) ? new CrashKernelRequest(size, IsHigh: true, LowSize: lowSize) : null;
    }

    // The last place where the name stands, even inside another word, and whose text up to the next blank ends with the suffix; without a
    // suffix, one that ends with neither. The suffix may reach back over the name, as it does in the kernel's search.
    private static bool TryFindLast(ReadOnlySpan<char> text, string suffix, out ReadOnlySpan<char> value)
    {
        bool isFound = false;
        value = default;
        for (int from = 0; text[from..].IndexOf(Name, StringComparison.Ordinal) is int found and >= 0; from += found + 1)
        {
            int start = from + found;
            int blank = text[start..].IndexOf(' ');
            ReadOnlySpan<char> upToBlank = blank < 0 ? text : text[..(start + blank)];
            bool counts = suffix.Length != 0
                ? upToBlank.EndsWith(suffix, StringComparison.Ordinal)
                : !upToBlank.EndsWith(High, StringComparison.Ordinal) && !upToBlank.EndsWith(Low, StringComparison.Ordinal);
            if (counts)
            {
                isFound = true;
                value = upToBlank[(start + Name.Length)..];
            }
        }

        return isFound;
    }

    // SIZE[@OFFSET]; what follows the offset is ignored.
    private static CrashKernelRequest? ParseSimple(ReadOnlySpan<char> value)
    {
        if (!TryTakeBytes(ref value, out ulong size))
        {
            return null;
        }

        ulong offset = 0;
        if (value.StartsWith('@'))
        {
            value = value[1..];
            offset = CommandLineSyntax.TakeBytes(ref value);
            value = default;
        }

        return value.IsEmpty ? WithBase(size, offset) : null;
    }

    private static bool TryParseSuffixed(ReadOnlySpan<char> value, string suffix, out ulong size) =>
        TryTakeBytes(ref value, out size) && value.SequenceEqual(suffix);

    // START-[END]:SIZE[,...][@OFFSET], each range without its end; the first that memory, rounded up to 128 MiB, falls into counts.
    private static CrashKernelRequest? ParseRanges(ReadOnlySpan<char> value, ulong totalMemory)
    {
        ulong memory = unchecked(totalMemory + MemoryRounding - 1) / MemoryRounding * MemoryRounding;
        ulong size = 0;
        while (true)
        {
            ulong end = ulong.MaxValue;
            if (!TryTakeBytes(ref value, out ulong start) || !TryTake(ref value, '-')
                || (!value.StartsWith(':') && (!TryTakeBytes(ref value, out end) || end <= start))
                || !TryTake(ref value, ':') || !TryTakeBytes(ref value, out ulong rangeSize) || rangeSize >= memory)
            {
                return null;
            }

            if (memory >= start && memory < end)
            {
                size = rangeSize;
                break;
            }

            if (!TryTake(ref value, ','))
            {
                break;
            }
        }

        int at = value.IndexOf('@');
        if (size == 0 || at < 0)
        {
            return WithBase(size, 0);
        }

        value = value[(at + 1)..];
        return TryTakeBytes(ref value, out ulong offset) ? WithBase(size, offset) : null;
    }

    private static CrashKernelRequest WithBase(ulong size, ulong offset) => new(size, offset == 0 ? null : new PhysicalAddress(offset));

    private static bool TryTakeBytes(ref ReadOnlySpan<char> text, out ulong bytes)
    {
        int length = text.Length;
        bytes = CommandLineSyntax.TakeBytes(ref text);
        return text.Length < length;
    }

    private static bool TryTake(ref ReadOnlySpan<char> text, char character)
    {
        bool isThere = text.StartsWith(character);
        text = isThere ? text[1..] : text;
        return isThere;
    }
}
