using System.Runtime.InteropServices;

namespace Ptewright.Kernels.Symbols;

/// <summary>Finds for which address an image is linked, by what its pointers lead to.</summary>
/// <remarks>
/// The file of a kernel that can be moved has zeros where its addresses belong, and a list of what is to be written there (<c>R_AARCH64_RELATIVE</c>); or it has the addresses already and
/// a shorter list (CONFIG_RELR); in memory they are there anyhow. Either way many lead to the beginnings of symbols, and only at one address of the image many do.
/// </remarks>
internal static class ImageBase
{
    /// <summary>No address of a kernel is lower, whatever the size of its addresses.</summary>
    public const ulong FirstKernelAddress = 0xfff0_0000_0000_0000;

    // Small negative numbers are none, with addresses of 36 bits and more.
    private const ulong LastPointer = 0xffff_fffe_ffff_ffff;

    private const ulong RelativeRelocation = 0x403;
    private const int RelocationWords = 3;
    private const int Samples = 512;
    private const int LeastVotes = 8;
    private const ulong PageMask = 0xfff;

    /// <summary>Finds the address that symbols are relative to.</summary>
    /// <param name="image">The image.</param>
    /// <param name="places">The symbols' distances, ascending.</param>
    /// <param name="address">The address, a multiple of 4 KiB.</param>
    /// <returns>False when there is none, or are several that fit equally well.</returns>
    public static bool TryFind(ReadOnlySpan<byte> image, ReadOnlySpan<ulong> places, out ulong address)
    {
        List<ulong> pointers = Pointers(image);
        Dictionary<ulong, int> votes = [];
        int step = Math.Max(1, pointers.Count / Samples);
        for (int i = 0; i < pointers.Count; i += step)
        {
            ulong last = ulong.MaxValue;
            foreach (ulong place in places)
            {
                ulong candidate = pointers[i] - place;
                if ((candidate & PageMask) == 0 && place != last)
                {
                    CollectionsMarshal.GetValueRefOrAddDefault(votes, candidate, out _)++;
                }

                last = place;
            }
        }

        int best = 0;
        int second = 0;
        address = 0;
        foreach ((ulong candidate, int count) in votes)
        {
            if (count > best)
            {
                (address, second, best) = (candidate, best, count);
            }
            else
            {
                second = Math.Max(second, count);
            }
        }

        return best >= LeastVotes && best / 2 >= second && address >= FirstKernelAddress;
    }

    private static List<ulong> Pointers(ReadOnlySpan<byte> image)
    {
        ReadOnlySpan<ulong> words = MemoryMarshal.Cast<byte, ulong>(image);
        List<ulong> listed = [];
        for (int at = 1; at + 1 < words.Length; at++)
        {
            int found = words[at..^1].IndexOf(RelativeRelocation);
            if (found < 0)
            {
                break;
            }

            // An entry of the list: where, what kind, which address.
            at += found;
            if (IsPointer(words[at - 1]) && IsPointer(words[at + 1]))
            {
                listed.Add(words[at + 1]);
                at += RelocationWords - 1;
            }
        }

        if (listed.Count >= Samples / 4)
        {
            return listed;
        }

        foreach (ulong word in words)
        {
            if (IsPointer(word))
            {
                listed.Add(word);
            }
        }

        return listed;
    }

    private static bool IsPointer(ulong word) => word is >= FirstKernelAddress and <= LastPointer;
}
