using System.Buffers.Binary;
using System.Text;

namespace Ptewright.Cli.Tests;

/// <summary>Writes an ELF core with a VMCOREINFO note, as a crashed kernel leaves it.</summary>
internal static class CoreFile
{
    private const int PageSize = 4096;
    private const int HeaderSize = 64;
    private const int EntrySize = 56;

    /// <summary>Writes a file.</summary>
    /// <param name="path">Where.</param>
    /// <param name="info">The note's text.</param>
    /// <param name="start">Where memory begins.</param>
    /// <param name="memory">The memory.</param>
    public static void Write(string path, string info, ulong start, ReadOnlySpan<byte> memory)
    {
        byte[] text = Encoding.ASCII.GetBytes(info);
        byte[] note = new byte[12 + 12 + ((text.Length + 3) & ~3)];
        BinaryPrimitives.WriteInt32LittleEndian(note, "VMCOREINFO".Length + 1);
        BinaryPrimitives.WriteInt32LittleEndian(note.AsSpan(4), text.Length);
        "VMCOREINFO"u8.CopyTo(note.AsSpan(12));
        text.CopyTo(note.AsSpan(24));

        byte[] head = new byte[2 * PageSize];
        ReadOnlySpan<byte> ident = [0x7f, (byte)'E', (byte)'L', (byte)'F', 2, 1, 1];
        ident.CopyTo(head);
        BinaryPrimitives.WriteInt32LittleEndian(head.AsSpan(16), 4 | (183 << 16));
        BinaryPrimitives.WriteInt32LittleEndian(head.AsSpan(20), 1);
        BinaryPrimitives.WriteInt64LittleEndian(head.AsSpan(32), HeaderSize);
        BinaryPrimitives.WriteInt16LittleEndian(head.AsSpan(52), HeaderSize);
        BinaryPrimitives.WriteInt32LittleEndian(head.AsSpan(54), EntrySize | (2 << 16));
        note.CopyTo(head, PageSize);
        WriteEntry(head.AsSpan(HeaderSize), type: 4, PageSize, 0, note.Length);
        WriteEntry(head.AsSpan(HeaderSize + EntrySize), type: 1, 2 * PageSize, start, memory.Length);
        using FileStream file = File.Create(path);
        file.Write(head);
        file.Write(memory);
    }

    private static void WriteEntry(Span<byte> entry, int type, long offset, ulong physical, long size)
    {
        BinaryPrimitives.WriteInt32LittleEndian(entry, type);
        BinaryPrimitives.WriteInt64LittleEndian(entry[8..], offset);
        BinaryPrimitives.WriteUInt64LittleEndian(entry[24..], physical);
        BinaryPrimitives.WriteInt64LittleEndian(entry[32..], size);
        BinaryPrimitives.WriteInt64LittleEndian(entry[40..], size);
    }
}
