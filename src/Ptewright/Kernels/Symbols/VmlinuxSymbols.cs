using System.Buffers.Binary;
using System.Text;
using Ptewright.Addressing;
using Ptewright.Images;
using Ptewright.Texts;

namespace Ptewright.Kernels.Symbols;

/// <summary>The symbol table of a kernel as it is linked: <c>vmlinux</c>, an ELF file.</summary>
/// <remarks>Tool Interface Standard ELF; ELF for the Arm 64-bit Architecture.</remarks>
internal static class VmlinuxSymbols
{
    private const int HeaderSize = 64;
    private const int SectionSize = 64;
    private const int SymbolSize = 24;
    private const ushort ProgramType = 2;
    private const ushort SharedType = 3;
    private const ushort Aarch64 = 183;
    private const uint Program = 1;
    private const uint SymbolTable = 2;
    private const ulong MaxBanner = 512;
    private const int MaxTable = 256 << 20;
    private const byte Section = 3;
    private const byte SourceFile = 4;

    /// <summary>Whether a file is an ELF program.</summary>
    public static bool IsVmlinux(string path) => FileStart.Begins(path, "\u007fELF"u8);

    /// <summary>Reads it.</summary>
    /// <param name="path">The file.</param>
    /// <exception cref="InvalidInputException">It is another file, is cut short, or has no symbols.</exception>
    public static KernelSymbols Read(string path)
    {
        using FileMemory file = new(path);
        byte[] header = file.Copy(0, HeaderSize);
        if (header.Length < HeaderSize || header[4] != 2 || header[5] != 1 || Half(header, 16) is not (ProgramType or SharedType) || Half(header, 18) != Aarch64)
        {
            throw TextFile.Error(path, "it is an ELF file, but no vmlinux of an arm64 kernel");
        }

        ulong at = Long(header, 40);
        int count = Half(header, 60);
        byte[] sections = file.Copy(at, count * SectionSize);
        if (Half(header, 58) != SectionSize || sections.Length < count * SectionSize)
        {
            throw TextFile.Error(path, $"its {count} section headers at offset 0x{at:x} do not lie in the file: it is cut short");
        }

        for (int i = 0; i < count; i++)
        {
            ReadOnlySpan<byte> section = sections.AsSpan(i * SectionSize, SectionSize);
            uint link = Word(section, 40);
            if (Word(section, 4) == SymbolTable && link < count)
            {
                KernelSymbols symbols = Parse(Content(file, path, section), Content(file, path, sections.AsSpan((int)link * SectionSize, SectionSize)), path);
                symbols.Version = symbols.TryFind("linux_banner", out VirtualAddress banner) ? VersionAt(file, sections, banner.Value) : null;
                return symbols;
            }
        }

        throw TextFile.Error(path, "it has no symbol table: it was stripped");
    }

    private static byte[] Content(FileMemory file, string path, ReadOnlySpan<byte> section)
    {
        ulong offset = Long(section, 24);
        ulong size = Long(section, 32);
        return size <= MaxTable && offset <= file.Length && size <= file.Length - offset ? file.Copy(offset, (int)size)
            : throw TextFile.Error(path, $"its symbol table at offset 0x{offset:x} has {size} bytes, which do not lie in the file or are more than {MaxTable >> 20} MiB");
    }

    // The kernel's banner, in whichever section of the program has it.
    private static LinuxVersion? VersionAt(FileMemory file, ReadOnlySpan<byte> sections, ulong banner)
    {
        for (int at = 0; at < sections.Length; at += SectionSize)
        {
            ReadOnlySpan<byte> section = sections.Slice(at, SectionSize);
            ulong into = banner - Long(section, 16);
            ulong offset = Long(section, 24);
            if (Word(section, 4) != Program || into >= Long(section, 32) || offset > file.Length || into >= file.Length - offset)
            {
                continue;
            }

            byte[] text = file.Copy(offset + into, (int)Math.Min(MaxBanner, Math.Min(Long(section, 32) - into, file.Length - offset - into)));
            return text.AsSpan().StartsWith(KernelBanner.Start)
                && KernelBanner.TryReadVersion(Encoding.Latin1.GetString(text.AsSpan(KernelBanner.Start.Length)).Split('\n')[0], out LinuxVersion version) ? version : null;
        }

        return null;
    }

    private static KernelSymbols Parse(byte[] table, byte[] texts, string path)
    {
        KernelSymbols symbols = new(path);
        for (int at = 0; at <= table.Length - SymbolSize; at += SymbolSize)
        {
            ReadOnlySpan<byte> symbol = table.AsSpan(at, SymbolSize);
            uint name = Word(symbol, 0);
            int kind = symbol[4] & 15;
            if (name >= texts.Length || kind is Section or SourceFile || Half(symbol, 6) == 0)
            {
                continue;
            }

            ReadOnlySpan<byte> text = texts.AsSpan((int)name);
            int end = text.IndexOf((byte)0);

            // "$x" and "$d" say where code and data begin, and are no names.
            if (end > 0 && text[0] != '$')
            {
                symbols.Add(Encoding.Latin1.GetString(text[..end]), Long(symbol, 8), symbol[4] >> 4 == 0 ? 'd' : 'D');
            }
        }

        return symbols.Count > 0 ? symbols : throw TextFile.Error(path, "its symbol table is empty");
    }

    private static ushort Half(ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadUInt16LittleEndian(bytes[at..]);

    private static uint Word(ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadUInt32LittleEndian(bytes[at..]);

    private static ulong Long(ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadUInt64LittleEndian(bytes[at..]);
}
