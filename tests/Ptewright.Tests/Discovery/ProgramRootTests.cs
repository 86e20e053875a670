using Ptewright.Addressing;
using Ptewright.Discovery;
using Ptewright.Images;
using Ptewright.LinearMap;
using Ptewright.Translation;

namespace Ptewright.Tests.Discovery;

/// <summary>Roots of programs: found by their tables, whole pages and parts of them, told from each other and from what is none.</summary>
public sealed class ProgramRootTests
{
    private const ulong Bits = DescriptorBits.PxnTable | DescriptorBits.TypeTable;

    // Of a page that a program may write: Access flag, nG, AP[1], PXN and UXN, type.
    private const ulong Leaf = (3UL << 53) | (1 << 11) | (1 << 10) | (3 << 8) | (1 << 6) | 3;

    public static TheoryData<GranuleSize, int, int> AllShapes
    {
        get
        {
            TheoryData<GranuleSize, int, int> data = [];
            foreach (TableGeometry geometry in Shapes.All)
            {
                data.Add(geometry.Granule, geometry.VirtualAddressBits, geometry.ActualVirtualAddressBits);
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(AllShapes))]
    public void They_are_found_and_those_in_use_come_first(GranuleSize granule, int built, int actual)
    {
        using SyntheticKernel kernel = new(Shapes.Make(granule, built, actual));
        Program stale = new(kernel, 16, 0);
        Program used = new(kernel, 18, 0);

        // The field pgd of its mm_struct.
        kernel.Write(new PhysicalAddress(kernel.Start + (40 << 20) + 0x48), BitConverter.GetBytes(kernel.Place.Virtual(used.Root).Value));
        FoundRoot[] found = [.. KernelDiscovery.Find(kernel.Memory).Programs];
        Assert.Equal([used.Root, stale.Root], found.Select(root => root.Table));
        Assert.All(found, root => Assert.Equal((RootKind.Program, KnownBy.Tables), (root.Kind, root.By)));
        Assert.Equal($"programs may reach {kernel.Geometry.PageSize >> 10} KiB through it; its address is in memory, as mm_struct has it, so it is in use", found[0].Evidence);
        Assert.Contains("so it was given back", found[1].Evidence, StringComparison.Ordinal);
        Assert.Empty(KernelDiscovery.Find(kernel.Memory, DiscoveryMethods.Kernels).Programs);
    }

    [Fact]
    public void Small_roots_that_share_a_page_with_their_kind_alone_are_told_from_each_other()
    {
        using SyntheticKernel kernel = new(Shapes.Make(GranuleSize.Size4K, 52, 52));
        Program[] programs = [new(kernel, 16, 0), new(kernel, 18, 0x80, 16), new(kernel, 20, 0xf80, 16)];
        Assert.Equal(programs.Select(program => program.Root), KernelDiscovery.Find(kernel.Memory).Programs.Select(root => root.Table));
    }

    [Fact]
    public void What_a_program_has_written_is_no_table_of_it()
    {
        // Read one level too deep, its own memory would be the last table.
        using SyntheticKernel kernel = new(Shapes.Make(GranuleSize.Size4K, 52, 52));
        Program program = new(kernel, 16, 0);
        byte[] page = new byte[4096];
        BitConverter.GetBytes(program.Page.Value | (Leaf & ~(3UL << 8))).CopyTo(page, 64);
        kernel.Write(program.Page, page);
        Assert.Equal([program.Root], KernelDiscovery.Find(kernel.Memory).Programs.Select(root => root.Table));
    }

    [Theory]
    [InlineData(0UL)]
    [InlineData(1UL << 61)]
    public void Tables_of_older_kernels_have_no_PXNTable_but_others_bits_are_no_program_s(ulong bits)
    {
        using SyntheticKernel kernel = new(Shapes.Make(GranuleSize.Size4K, 48, 48));
        Program program = new(kernel, 16, 0, tableBits: bits | DescriptorBits.TypeTable);
        Assert.Equal(bits == 0 ? [program.Root] : [], KernelDiscovery.Find(kernel.Memory).Programs.Select(root => root.Table));
    }

    [Fact]
    public void What_is_global_or_out_of_a_program_s_reach_is_none()
    {
        foreach (ulong leaf in (ulong[])[Leaf & ~(1UL << 11), (Leaf & ~(1UL << 6)) | (1UL << 54)])
        {
            using SyntheticKernel kernel = new(Shapes.Make(GranuleSize.Size4K, 48, 48));
            _ = new Program(kernel, 16, 0, leaf: leaf);
            Assert.Empty(KernelDiscovery.Find(kernel.Memory).Programs);
        }
    }

    // The tables of a program that has one page: each in pages of their own, the root where it is said.
    private sealed class Program
    {
        public Program(SyntheticKernel kernel, int megabyte, ulong rootOffset, int rootMegabyte = 0, ulong tableBits = Bits, ulong leaf = Leaf)
        {
            TableShape shape = new(kernel.Geometry.Granule, kernel.Geometry.ActualVirtualAddressBits);
            int pageShift = (int)shape.Granule;

            // Not the root's first entry.
            ulong address = (1UL << (shape.InputBits - 1)) | 0x40_0000;
            PhysicalAddress next = new(kernel.Start + ((ulong)megabyte << 20));
            Root = rootMegabyte == 0 ? next + rootOffset : new PhysicalAddress(kernel.Start + ((ulong)rootMegabyte << 20) + rootOffset);
            for (int page = rootMegabyte == 0 ? 0 : 1; page <= 3 - shape.RootLevel; page++)
            {
                kernel.Write(next + ((ulong)page * kernel.Geometry.PageSize), new byte[kernel.Geometry.PageSize]);
            }

            PhysicalAddress table = Root;
            for (int level = shape.RootLevel; level <= 3; level++)
            {
                int index = (int)(address >> (pageShift + ((3 - level) * (pageShift - 3)))) & (shape.EntriesAt(level) - 1);
                next += kernel.Geometry.PageSize;
                kernel.Write(table + ((ulong)index * 8), BitConverter.GetBytes(next.Value | (level == 3 ? leaf & ~(kernel.Geometry.ActualVirtualAddressBits == 52 && pageShift != 16 ? 3UL << 8 : 0) : tableBits)));
                table = next;
            }

            Page = next;
        }

        /// <summary>What it maps.</summary>
        public PhysicalAddress Page { get; }

        public PhysicalAddress Root { get; }
    }
}
