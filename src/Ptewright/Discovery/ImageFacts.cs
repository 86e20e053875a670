using System.Runtime.InteropServices;
using System.Text;
using Ptewright.Addressing;
using Ptewright.Images;
using Ptewright.Texts;

namespace Ptewright.Discovery;

/// <summary>What a kernel's image says of itself, read from the memory that it lies in.</summary>
internal sealed class ImageFacts
{
    private const int Piece = 1 << 20;
    private const int Overlap = PageKinds.PageBytes;
    private const int MostBuildIds = 16;

    private ImageFacts()
    {
    }

    // An ELF note: four bytes of name, twenty of description, type 3 (NT_GNU_BUILD_ID).
    private static ReadOnlySpan<byte> BuildIdStart => [4, 0, 0, 0, 20, 0, 0, 0, 3, 0, 0, 0, (byte)'G', (byte)'N', (byte)'U', 0];

    /// <summary>Its first banner, and where that lies; <c>linux_banner</c> is read-only data, the log lies behind it.</summary>
    public (PhysicalAddress At, string Text)? Banner { get; private set; }

    /// <summary>The identity of the build, where exactly one note says it that is none of a vDSO's.</summary>
    public string? BuildId { get; private set; }

    /// <summary>How many words of it are the address that was looked for.</summary>
    public int Pointers { get; private set; }

    /// <summary>Reads an image.</summary>
    /// <param name="image">The source.</param>
    /// <param name="start">Where it begins.</param>
    /// <param name="size">How many bytes it has.</param>
    /// <param name="pointer">An address to be looked for.</param>
    /// <param name="stop">Ends the work.</param>
    public static ImageFacts Read(MemoryImage image, PhysicalAddress start, ulong size, ulong pointer, CancellationToken stop)
    {
        ImageFacts facts = new();
        HashSet<string> builds = [];
        using MemoryReader reader = image.OpenSweep();
        byte[] room = new byte[Piece + Overlap];
        ulong lastElf = 0;
        for (ulong at = start.Value & ~7UL; at < start.Value + size; at += Piece)
        {
            Span<byte> bytes = room.AsSpan(0, (int)Math.Min((ulong)room.Length, start.Value + size - at));
            ImageBytes.Read(reader, new PhysicalAddress(at), bytes, stop);
            facts.Pointers += MemoryMarshal.Cast<byte, ulong>(bytes[..Math.Min(bytes.Length & ~7, Piece)]).Count(pointer);
            facts.Banner ??= FindBanner(at, bytes);
            FindBuildIds(at, bytes, builds, ref lastElf);
        }

        facts.BuildId = builds.Count == 1 ? builds.First() : null;
        return facts;
    }

    private static (PhysicalAddress At, string Text)? FindBanner(ulong at, ReadOnlySpan<byte> bytes)
    {
        int hit = KernelBanner.IndexIn(bytes);
        if (hit < 0)
        {
            return null;
        }

        ReadOnlySpan<byte> banner = bytes[hit..];
        int end = banner.IndexOfAnyExceptInRange((byte)' ', (byte)'~');
        return end < 0 ? null : (new PhysicalAddress(at + (ulong)hit), Encoding.ASCII.GetString(banner[..end]));
    }

    private static void FindBuildIds(ulong at, ReadOnlySpan<byte> bytes, HashSet<string> builds, ref ulong lastElf)
    {
        // A vDSO lies in the image as a file of its own, at the start of a page and a few pages long.
        for (int page = (int)(-(long)at & (PageKinds.PageBytes - 1)); page + 4 <= bytes.Length; page += PageKinds.PageBytes)
        {
            if (bytes[page..].StartsWith("\u007fELF"u8))
            {
                lastElf = at + (ulong)page;
            }
            else if (builds.Count < MostBuildIds)
            {
                ReadOnlySpan<byte> rest = bytes[page..Math.Min(page + PageKinds.PageBytes + BuildIdStart.Length + 20, bytes.Length)];
                int hit = rest.IndexOf(BuildIdStart);
                bool isWhole = hit >= 0 && hit < PageKinds.PageBytes && hit + BuildIdStart.Length + 20 <= rest.Length && ((at + (ulong)(page + hit)) & 3) == 0;
                if (isWhole && (lastElf == 0 || at + (ulong)page - lastElf > 4 * PageKinds.PageBytes))
                {
                    _ = builds.Add(Convert.ToHexStringLower(rest.Slice(hit + BuildIdStart.Length, 20)));
                }
            }
        }
    }
}
