using Ptewright.Addressing;
using Ptewright.Images;

namespace Ptewright.Discovery;

/// <summary>The bytes of a kernel's image, out of the memory that it lies in.</summary>
internal static class ImageBytes
{
    /// <summary>Reads bytes; what is missing, as the pages that were freed after boot may be, is zeros.</summary>
    /// <param name="reader">The memory.</param>
    /// <param name="at">Where they begin.</param>
    /// <param name="room">Where they go.</param>
    /// <param name="stop">Ends the work.</param>
    /// <param name="absent">Takes how many pages are not there, by <see cref="MemoryPresence"/>; empty where nobody asks.</param>
    public static void Read(MemoryReader reader, PhysicalAddress at, Span<byte> room, CancellationToken stop, Span<int> absent = default)
    {
        for (int offset = 0; offset < room.Length;)
        {
            stop.ThrowIfCancellationRequested();
            int left = MemoryReader.MostBytes - (int)((at.Value + (ulong)offset) & (MemoryReader.MostBytes - 1));
            Span<byte> part = room.Slice(offset, Math.Min(left, room.Length - offset));
            if (!reader.TryRead(at + (ulong)offset, part))
            {
                for (int page = 0; page < part.Length; page += PageKinds.PageBytes)
                {
                    Span<byte> some = part.Slice(page, Math.Min(part.Length - page, PageKinds.PageBytes));
                    if (!reader.TryRead(at + (ulong)(offset + page), some))
                    {
                        some.Clear();
                        if (!absent.IsEmpty)
                        {
                            absent[(int)reader.WindowAt(at + (ulong)(offset + page), some.Length).Presence]++;
                        }
                    }
                }
            }

            offset += part.Length;
        }
    }
}
