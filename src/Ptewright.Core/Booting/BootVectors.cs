using Ptewright.Access;
using Ptewright.Cpu;
using Ptewright.LinearMap;
using Ptewright.Translation;

namespace Ptewright.Booting;

/// <summary>The vector files that the boot image carries: one case a line, the same lines that the tests on the host read.</summary>
internal enum BootVectorFile
{
    /// <summary><c>geometry.txt</c>.</summary>
    Geometry,

    /// <summary><c>folding.txt</c>.</summary>
    Folding,

    /// <summary><c>output-addresses.txt</c>.</summary>
    OutputAddresses,

    /// <summary><c>protections.txt</c>.</summary>
    Protections,

    /// <summary><c>tlbi-operands.txt</c>.</summary>
    TlbiOperands,

    /// <summary><c>fixmap-slots.txt</c>.</summary>
    FixmapSlots,
}

/// <summary>Checks the cases of vector files with the code that runs here, whether that is the host's or the image's.</summary>
internal static unsafe class BootVectors
{
    /// <summary>How many files there are.</summary>
    public const int Count = (int)BootVectorFile.FixmapSlots + 1;

    /// <summary>The file's name.</summary>
    public static string Name(BootVectorFile file) => file switch
    {
        BootVectorFile.Geometry => "geometry.txt",
        BootVectorFile.Folding => "folding.txt",
        BootVectorFile.OutputAddresses => "output-addresses.txt",
        BootVectorFile.Protections => "protections.txt",
        BootVectorFile.TlbiOperands => "tlbi-operands.txt",
        _ => "fixmap-slots.txt",
    };

    /// <summary>Checks every case of a file.</summary>
    /// <param name="file">Which file it is.</param>
    /// <param name="text">Its first byte.</param>
    /// <param name="length">Its length in bytes.</param>
    /// <param name="passed">How many cases hold.</param>
    /// <param name="failed">How many do not.</param>
    /// <param name="firstFailed">The line of the first that does not, from 1 on; 0 when all hold.</param>
    public static void Check(BootVectorFile file, byte* text, uint length, out int passed, out int failed, out int firstFailed)
    {
        passed = 0;
        failed = 0;
        firstFailed = 0;
        uint position = 0;
        int number = 0;
        while (VectorLine.TryRead(text, length, ref position, ref number, out VectorLine line))
        {
            if (Holds(file, ref line) && !line.IsWrong)
            {
                passed++;
            }
            else
            {
                failed++;
                firstFailed = firstFailed == 0 ? line.Number : firstFailed;
            }
        }
    }

    private static bool Holds(BootVectorFile file, ref VectorLine line) => file switch
    {
        BootVectorFile.Geometry => line.Has(9) && IsGeometry(ref line),
        BootVectorFile.Folding => line.Has(9) && IsFolding(ref line),
        BootVectorFile.OutputAddresses => line.Has(4) && IsOutputAddress(ref line),
        BootVectorFile.Protections => line.Has(5) && IsProtection(ref line),
        BootVectorFile.TlbiOperands => line.Has(6) && IsTlbiOperand(ref line),
        _ => line.Has(5) && IsFixmapSlot(ref line),
    };

    private static bool IsGeometry(ref VectorLine line) =>
        TableGeometry.TryCreate(line.Granule(0), line.Small(1), line.Small(1), out TableGeometry geometry)
        && geometry.Levels == line.Small(2)
        && geometry.Shift(geometry.RootLevel) == line.Small(3)
        && geometry.RootEntries == line.Small(4)
        && geometry.RootEntries * sizeof(ulong) == line.Small(5)
        && geometry.PageOffset == line.Virtual(6)
        && geometry.PageEnd == line.Virtual(7)
        && geometry.MinimumVirtualAddressBits == line.Small(8);

    private static bool IsFolding(ref VectorLine line) =>
        TableGeometry.TryCreate(line.Granule(0), line.Small(1), line.Small(2), out TableGeometry geometry)
        && geometry.RootLevel == line.Small(3)
        && geometry.FoldedLevel == (line.Is(4, "-") ? TableGeometry.NoLevel : line.Small(4))
        && geometry.WalkRootLevel == line.Small(5)
        && geometry.RootTableEntries == line.Small(6)
        && geometry.Ttbr1Offset == line.Value(7)
        && geometry.ActualPageOffset == line.Virtual(8);

    private static bool IsOutputAddress(ref VectorLine line)
    {
        OutputAddressFormat format = line.Flag(1, "52", "48") ? OutputAddressFormat.Bits52(line.Granule(0)) : OutputAddressFormat.Bits48(line.Granule(0));
        return format.Encode(line.Physical(2)) == line.Value(3) && format.Decode(new Descriptor(line.Value(3))) == line.Physical(2);
    }

    private static bool IsProtection(ref VectorLine line)
    {
        if (!TryFindKind(line, out ProtectionKind kind))
        {
            return false;
        }

        Protection protection = Protection.Create(kind, notGlobal: line.Flag(2, "ng", "global"), lpa2: line.Flag(3, "lpa2", "sh"));
        ulong bits = line.Is(1, "page") ? protection.PageBits : line.Flag(1, "block", "cont") ? protection.BlockBits : protection.WithContiguous().PageBits;
        return bits == line.Value(4);
    }

    private static bool TryFindKind(in VectorLine line, out ProtectionKind found)
    {
        for (ProtectionKind kind = ProtectionKind.Kernel; kind <= ProtectionKind.DeviceNGnRE; kind++)
        {
            if (line.Is(0, NameOf(kind)))
            {
                found = kind;
                return true;
            }
        }

        found = default;
        return false;
    }

    // An enumeration has no names at EL1.
    private static string NameOf(ProtectionKind kind) => kind switch
    {
        ProtectionKind.Kernel => "Kernel",
        ProtectionKind.KernelTagged => "KernelTagged",
        ProtectionKind.KernelReadOnly => "KernelReadOnly",
        ProtectionKind.KernelReadOnlyExecutable => "KernelReadOnlyExecutable",
        ProtectionKind.KernelExecutable => "KernelExecutable",
        ProtectionKind.NonCacheable => "NonCacheable",
        ProtectionKind.DeviceNGnRnE => "DeviceNGnRnE",
        _ => "DeviceNGnRE",
    };

    private static bool IsTlbiOperand(ref VectorLine line)
    {
        GranuleSize granule = line.Granule(1);
        bool lpa2 = line.Flag(2, "64k", "page");
        int pages = line.Small(3);
        ulong operand = line.Flag(0, "range", "page")
            ? pages > 0 ? TlbiOperand.ForRange(line.Virtual(4), pages, granule, lpa2) : 0
            : TlbiOperand.ForPage(line.Virtual(4));
        return operand == line.Value(5);
    }

    // 6.12's enum fixed_addresses: thirteen slots of various uses, 2 MiB of device tree, seven ioremap slots of so many pages.
    private static bool IsFixmapSlot(ref VectorLine line)
    {
        GranuleSize granule = line.Granule(0);
        FixmapLayout layout = new(granule, FixmapLayout.Usual(granule).Top, 13 + ((2 << 20) >> (int)granule) + (7 * line.Small(1)), hasP4d: true);
        TableSlot slot = line.Is(2, "Pte") ? TableSlot.Pte
            : line.Is(2, "Pmd") ? TableSlot.Pmd
            : line.Is(2, "Pud") ? TableSlot.Pud
            : line.Flag(2, "P4d", "Pgd") ? TableSlot.P4d : TableSlot.Pgd;
        int index = layout.Index(slot);
        return index == line.Small(3) && layout.Address(index) == line.Virtual(4) && layout.IsSlot(index);
    }
}
