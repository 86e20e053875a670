using System.Buffers.Binary;
using System.Text;

namespace Ptewright.Images;

/// <summary>Notes as ELF files have them: sizes of name and description, type, then both, each filled up to four bytes.</summary>
internal static class ElfNotes
{
    /// <summary>So many bytes of notes are read, and no more.</summary>
    public const int MostBytes = 16 << 20;

    private const int HeaderSize = 12;

    /// <summary>The text of the first note that is a VMCOREINFO; null where there is none. A note that does not end ends the search.</summary>
    /// <param name="notes">The notes.</param>
    public static string? FindCoreInfo(ReadOnlySpan<byte> notes)
    {
        while (notes.Length >= HeaderSize)
        {
            uint nameSize = BinaryPrimitives.ReadUInt32LittleEndian(notes);
            uint descriptionSize = BinaryPrimitives.ReadUInt32LittleEndian(notes[4..]);
            ulong description = HeaderSize + (((ulong)nameSize + 3) & ~3UL);
            ulong next = description + (((ulong)descriptionSize + 3) & ~3UL);
            if (description + descriptionSize > (ulong)notes.Length)
            {
                return null;
            }

            if (notes.Slice(HeaderSize, (int)nameSize).StartsWith("VMCOREINFO\0"u8))
            {
                return Encoding.Latin1.GetString(notes.Slice((int)description, (int)descriptionSize));
            }

            notes = next < (ulong)notes.Length ? notes[(int)next..] : default;
        }

        return null;
    }
}
