using System.Buffers.Binary;
using Ptewright.Addressing;

namespace Ptewright.Kernels.Symbols;

/// <summary>Finds where in an image its functions lie, by what its calls lead to: they lead to the beginnings of functions.</summary>
internal static class CallPlaces
{
    private const int Samples = 1024;
    private const int LeastVotes = 64;
    private const ulong Alignment = 4096;

    /// <summary>Finds how far from the image's first byte the symbols begin.</summary>
    /// <param name="image">The image.</param>
    /// <param name="places">The symbols' distances from another address, ascending.</param>
    /// <param name="distance">How far that address lies behind the image's first byte: a multiple of 4 KiB.</param>
    /// <returns>False when few calls lead to symbols wherever they are, or as many at several distances.</returns>
    public static bool TryFind(ReadOnlySpan<byte> image, ReadOnlySpan<ulong> places, out ulong distance)
    {
        // Evenly over the whole image: only code has many.
        List<ulong> targets = [];
        for (int at = 0; at + 4 <= image.Length; at += 4)
        {
            if (BranchLink.TryDecode(BinaryPrimitives.ReadUInt32LittleEndian(image[at..]), new VirtualAddress((ulong)at), out VirtualAddress target) && target.Value < (ulong)image.Length)
            {
                targets.Add(target.Value);
            }
        }

        // Places of one page offset are candidates of a target with the same.
        ILookup<ulong, ulong> byOffset = places.ToArray().Distinct().ToLookup(place => place % Alignment);
        Dictionary<ulong, int> votes = [];
        int step = Math.Max(1, targets.Count / Samples);
        for (int i = 0; i < targets.Count; i += step)
        {
            foreach (ulong place in byOffset[targets[i] % Alignment])
            {
                if (place <= targets[i])
                {
                    votes[targets[i] - place] = votes.GetValueOrDefault(targets[i] - place) + 1;
                }
            }
        }

        (ulong Distance, int Count)[] best = [.. votes.Select(vote => (vote.Key, vote.Value)).OrderByDescending(vote => vote.Value).Take(2)];
        distance = best.Length > 0 ? best[0].Distance : 0;
        return best.Length > 0 && best[0].Count >= LeastVotes && (best.Length == 1 || best[0].Count / 2 >= best[1].Count);
    }
}
