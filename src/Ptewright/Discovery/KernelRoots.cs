using System.Runtime.InteropServices;
using Ptewright.Addressing;
using Ptewright.Images;
using Ptewright.Translation;
using Ptewright.Walking;

namespace Ptewright.Discovery;

/// <summary>The roots beside a kernel's own: pages side by side in the image, in the order of the linker script.</summary>
/// <remarks>Linux: <c>idmap_pg_dir</c>, <c>tramp_pg_dir</c> (with CONFIG_UNMAP_KERNEL_AT_EL0), <c>reserved_pg_dir</c>, <c>swapper_pg_dir</c> in <c>arch/arm64/kernel/vmlinux.lds.S</c>.</remarks>
internal static class KernelRoots
{
    private const int MostOfTrampoline = 2;
    private const int MostOfIdentity = 4;

    /// <summary>Looks at the pages in front of the kernel's own root.</summary>
    /// <param name="image">The source.</param>
    /// <param name="page">The page of that root.</param>
    /// <param name="shape">How it is read.</param>
    /// <param name="memory">The memory that there is.</param>
    /// <param name="stop">Ends the work.</param>
    /// <returns>None when the page in front of it is not the empty root.</returns>
    public static IReadOnlyList<FoundRoot> Beside(MemoryImage image, PhysicalAddress page, RootShape shape, MemoryRanges memory, CancellationToken stop)
    {
        List<FoundRoot> roots = [];
        ulong bytes = (ulong)shape.PageBytes;
        if (page.Value < 3 * bytes || CountEntries(image, page - bytes, shape) != 0)
        {
            return roots;
        }

        roots.Add(new FoundRoot(RootKind.Empty, page - bytes, KnownBy.Tables, "the page in front of the kernel's root, all zeros"));
        PhysicalAddress second = page - (2 * bytes);
        if (IsIdentity(image, second, shape, memory, stop))
        {
            roots.Add(Identity(second, "2 pages in front of the kernel's root"));
        }
        else if (CountEntries(image, second, shape) <= MostOfTrampoline)
        {
            roots.Add(new FoundRoot(RootKind.Trampoline, second, KnownBy.Tables, CountEntries(image, second, shape) == 0
                ? "2 pages in front of the kernel's root; empty, so page-table isolation is not in use" : "2 pages in front of the kernel's root, with hardly anything in it"));

            // Up to Linux 5.18 all tables of the identity map lie side by side, the root first.
            for (uint pages = 3; pages <= 2 + MostOfIdentity && page.Value >= pages * bytes; pages++)
            {
                if (IsIdentity(image, page - (pages * bytes), shape, memory, stop))
                {
                    roots.Add(Identity(page - (pages * bytes), $"{pages} pages in front of the kernel's root"));
                    break;
                }
            }
        }

        return roots;
    }

    private static FoundRoot Identity(PhysicalAddress page, string where) =>
        new(RootKind.Identity, page, KnownBy.Tables, $"{where}; every address in it leads to itself");

    // How many words of a page are not zero; many when it is not there.
    private static int CountEntries(MemoryImage image, PhysicalAddress page, RootShape shape)
    {
        ulong[] entries = new ulong[shape.PageBytes / sizeof(ulong)];
        return image.TryRead(page, MemoryMarshal.AsBytes(entries.AsSpan())) ? entries.Length - entries.AsSpan().Count(0UL) : int.MaxValue;
    }

    // Its size is that of the addresses of memory: at least the smallest that the kernel is built for, whatever the kernel's half has.
    private static bool IsIdentity(MemoryImage image, PhysicalAddress page, RootShape shape, MemoryRanges memory, CancellationToken stop)
    {
        foreach (int bits in new[] { shape.InputBits, 52, 48, 47 }.Distinct().Where(bits => bits < 52 || shape.IsLpa2 || shape.Granule == GranuleSize.Size64K))
        {
            IdentitySink sink = new(memory);
            TableScanner scan = TableScanner.Scan(image, Lower(page, shape, bits), sink, default, new VirtualAddress((1UL << bits) - 1), 1 << 12, stop: stop);
            if (sink.IsIdentity && scan.Problems == 0)
            {
                return true;
            }
        }

        return false;
    }

    private static TranslationRoot Lower(PhysicalAddress page, RootShape shape, int bits) => TranslationRoot.Of(
        new ImageRegisters(
            Ttbr0: TranslationTableBase.Encode(page),
            Tcr: default(TranslationControl).WithHalf(AddressHalf.Lower, shape.Granule, bits).WithOutput(TranslationControl.AddressSize52, shape.IsLpa2).Value),
        AddressHalf.Lower);

    private sealed class IdentitySink(MemoryRanges memory) : IRangeSink
    {
        private bool _isOther;
        private bool _any;

        public bool IsIdentity => _any && !_isOther;

        public void OnRange(in MappedRange range)
        {
            _any |= memory.Has(range.Physical.Value);
            _isOther |= range.Start.Value != range.Physical.Value;
        }

        public void OnProblem(TableProblem problem)
        {
        }
    }
}
