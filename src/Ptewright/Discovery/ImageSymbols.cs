using Ptewright.Addressing;
using Ptewright.Images;
using Ptewright.Kernels.Symbols;

namespace Ptewright.Discovery;

/// <summary>The symbols of a kernel whose image lies in memory: the table of them that it carries itself.</summary>
internal sealed class ImageSymbols
{
    private static readonly VirtualAddress _anywhere = new(0xffff_8000_8000_0000);

    private readonly KernelSymbols _symbols;
    private readonly VirtualAddress _text;

    private ImageSymbols(PhysicalAddress image, KernelSymbols symbols, VirtualAddress text)
    {
        Image = image;
        _symbols = symbols;
        _text = text;
    }

    /// <summary>Where the image begins.</summary>
    public PhysicalAddress Image { get; }

    /// <summary>Reads the symbols of an image.</summary>
    /// <param name="image">The source.</param>
    /// <param name="header">The image's header.</param>
    /// <param name="stop">Ends the work.</param>
    /// <returns>Null when there are none, or they do not tell where the image begins.</returns>
    public static ImageSymbols? Read(MemoryImage image, ImageHeader header, CancellationToken stop)
    {
        if (header.Size is 0 or > KernelFile.MaxLength)
        {
            return null;
        }

        byte[] bytes = GC.AllocateUninitializedArray<byte>((int)header.Size);
        using (MemoryReader reader = image.OpenSweep())
        {
            ImageBytes.Read(reader, header.At, bytes, stop);
        }

        // Only distances are asked for, so it does not matter where the image is said to lie where its table does not say.
        return Kallsyms.Read(bytes, image.Name, _anywhere) is { } symbols && symbols.TryFind("_text", out VirtualAddress text) ? new ImageSymbols(header.At, symbols, text) : null;
    }

    /// <summary>Where a symbol of the image lies in memory.</summary>
    /// <param name="symbol">Its name.</param>
    /// <returns>Null when there is none of that name, or it lies in front of the image or far behind it.</returns>
    public PhysicalAddress? Find(string symbol) =>
        _symbols.TryFind(symbol, out VirtualAddress address) && address.Value - _text.Value < ImageHeader.MostSize ? Image + (address.Value - _text.Value) : null;

    /// <summary>The value of a variable of 64 bits.</summary>
    /// <param name="memory">The source.</param>
    /// <param name="symbol">Its name.</param>
    /// <returns>Null when there is none, or its memory is not there.</returns>
    public ulong? ReadVariable(MemoryImage memory, string symbol)
    {
        Span<byte> bytes = stackalloc byte[sizeof(ulong)];
        return Find(symbol) is { } at && memory.TryRead(at, bytes) ? BitConverter.ToUInt64(bytes) : null;
    }
}
