using Ptewright.Addressing;
using Ptewright.Cli.Output;
using Ptewright.Images;
using Ptewright.Listing;
using Ptewright.Translation;
using Ptewright.Walking;

namespace Ptewright.Cli.Options;

/// <summary>What a command reads mappings from: tables in memory, or a kernel's own listing of its tables.</summary>
internal sealed class Mappings : IDisposable
{
    private readonly PhysicalAddress? _memoryStart;

    /// <summary>Tables in memory.</summary>
    /// <param name="image">Where they lie.</param>
    /// <param name="registers">How they are read.</param>
    /// <param name="half">The half that is wanted.</param>
    /// <param name="terminal">Takes a note where a half is left out.</param>
    public Mappings(MemoryImage image, ImageRegisters registers, AddressHalf? half, Terminal terminal)
    {
        Image = image;
        Roots = HalfOption.Roots(half, registers, image, terminal);
    }

    /// <summary>A kernel's own listing.</summary>
    /// <param name="listing">The listing.</param>
    /// <param name="half">The half that is wanted.</param>
    /// <param name="memoryStart">Where its linear map leads, if that is known.</param>
    /// <exception cref="UsageException">The lower half is wanted, which kernels do not list.</exception>
    public Mappings(PtdumpMap listing, AddressHalf? half, PhysicalAddress? memoryStart)
    {
        if (half == AddressHalf.Lower)
        {
            throw new UsageException("A kernel lists its own half only: leave --half ttbr0 away.");
        }

        Listing = listing;
        _memoryStart = memoryStart;
        Roots = [listing.Root];
    }

    /// <summary>The memory that the tables lie in; null for a listing.</summary>
    public MemoryImage? Image { get; }

    /// <summary>The listing; null for tables.</summary>
    public PtdumpMap? Listing { get; }

    /// <summary>What the source is called.</summary>
    public string Name => Image?.Name ?? Listing!.Name;

    /// <summary>How each half is read, the lower one first.</summary>
    public IReadOnlyList<TranslationRoot> Roots { get; }

    /// <summary>Gives what a part of a half maps to a sink.</summary>
    /// <param name="root">The half.</param>
    /// <param name="sink">Takes the ranges.</param>
    /// <param name="from">The first address.</param>
    /// <param name="last">The last address.</param>
    /// <returns>The scan, which knows how many problems there were; null for a listing, which has none.</returns>
    public TableScanner? Scan(TranslationRoot root, IRangeSink sink, VirtualAddress? from = null, VirtualAddress? last = null)
    {
        VirtualAddress first = from ?? root.Start;
        VirtualAddress end = last ?? root.Last;
        if (Image is not null)
        {
            return TableScanner.Scan(Image, root, sink, first, end);
        }

        Listing!.Report(sink, first, end, _memoryStart);
        return null;
    }

    /// <inheritdoc/>
    public void Dispose() => Image?.Dispose();
}
