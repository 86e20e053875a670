using System.Buffers.Binary;
using Ptewright.Addressing;
using Ptewright.Fuzz;
using Ptewright.Images;
using Ptewright.Translation;
using Ptewright.Walking;

namespace Ptewright.Tests.Discovery;

/// <summary>The memory of a <see cref="SyntheticKernel"/> in packed files, with pages left out, lost, or never there.</summary>
internal static class SyntheticDumps
{
    private const ulong Page = 4096;

    /// <summary>The kernel's tables of level 3.</summary>
    public static (PhysicalAddress Table, VirtualAddress Start)[] LeafTables(SyntheticKernel kernel)
    {
        Tables tables = new();
        ImageRegisters registers = VmCoreInfo.Parse(kernel.CoreInfo(kernel.Swapper)).ToRegisters();
        _ = TableScanner.Scan(kernel.Memory, TranslationRoot.Of(registers, AddressHalf.Upper), tables);
        return [.. tables.Leaves];
    }

    /// <summary>A kdump-compressed file of it, without pages of zeros.</summary>
    /// <returns>Its path.</returns>
    public static string Kdump(
        string folder, SyntheticKernel kernel, int dumpLevel = 0, ulong[]? excluded = null, ulong[]? lost = null, ulong[]? missing = null, PagePacking packing = PagePacking.Zlib)
    {
        HashSet<ulong> gone = [.. (ulong[])[.. excluded ?? [], .. missing ?? []]];
        SortedDictionary<ulong, byte[]> stored = [];
        List<ulong> leftOut = [.. (excluded ?? []).Select(address => address / Page)];
        for (ulong at = kernel.Start; at < kernel.Start + kernel.Size; at += Page)
        {
            byte[] bytes = kernel.Read(new PhysicalAddress(at), Page);
            if (gone.Contains(at))
            {
                continue;
            }

            if ((dumpLevel & 1) != 0 && !bytes.AsSpan().ContainsAnyExcept((byte)0))
            {
                leftOut.Add(at / Page);
            }
            else
            {
                stored.Add(at / Page, bytes);
            }
        }

        KdumpWriter writer = new()
        {
            Stored = stored, Excluded = leftOut, DumpLevel = dumpLevel, Pages = (kernel.Start + kernel.Size) / Page, Packings = [packing], Note = kernel.CoreInfo(kernel.Swapper),
        };
        byte[] file = writer.Build();
        ulong[] numbers = [.. stored.Keys];
        foreach (ulong address in lost ?? [])
        {
            BinaryPrimitives.WriteInt64LittleEndian(file.AsSpan(writer.DescriptorOffset + (Array.BinarySearch(numbers, address / Page) * KdumpWriter.DescriptorSize)), 0);
        }

        string path = Path.Combine(folder, "kernel.kdump");
        File.WriteAllBytes(path, file);
        return path;
    }

    private sealed class Tables : IRangeSink
    {
        public List<(PhysicalAddress Table, VirtualAddress Start)> Leaves { get; } = [];

        public void OnRange(in MappedRange range)
        {
        }

        public void OnProblem(TableProblem problem)
        {
        }

        public void OnTable(PhysicalAddress table, int level, VirtualAddress start, int bytes)
        {
            if (level == 3)
            {
                Leaves.Add((table, start));
            }
        }
    }
}
