using Ptewright.Addressing;
using Ptewright.DeviceTree;
using Ptewright.Firmware;

namespace Ptewright.Tests.Firmware;

/// <summary>Every way in which a blob can be wrong, with the exact place. All offsets are reckoned by hand from the format.</summary>
public unsafe class DeviceTreeErrorTests
{
    private static readonly byte[] Good = DtbWriter.Tree(tree => tree);

    public static TheoryData<string, uint, ulong, byte[]> BrokenBlobs => new()
    {
        { nameof(DeviceTreeError.TooShort), 0, 36, [] },
        { nameof(DeviceTreeError.TooShort), 3, 36, Good[..3] },
        { nameof(DeviceTreeError.TooShort), 35, 36, Good[..35] },
        { nameof(DeviceTreeError.TooShort), 39, 40, Good[..39] },
        { nameof(DeviceTreeError.BadMagic), 0, 0xedfe0dd0, DtbWriter.Patch(Good, DtbWriter.MagicField, 0xedfe0dd0) },
        { nameof(DeviceTreeError.BadMagic), 0, 0x7f454c46, [0x7f, 0x45, 0x4c, 0x46] },
        { nameof(DeviceTreeError.UnsupportedVersion), 0x14, 15, DtbWriter.Patch(Good, DtbWriter.VersionField, 15) },
        { nameof(DeviceTreeError.IncompatibleVersion), 0x18, 18, DtbWriter.Patch(Good, DtbWriter.LastCompatibleField, 18) },
        {
            nameof(DeviceTreeError.IncompatibleVersion), 0x18, 17,
            DtbWriter.Patch(DtbWriter.Patch(Good, DtbWriter.VersionField, 16), DtbWriter.LastCompatibleField, 17)
        },
        { nameof(DeviceTreeError.TotalSizeTooSmall), 4, 39, DtbWriter.Patch(Good, DtbWriter.TotalSizeField, 39) },
        { nameof(DeviceTreeError.Truncated), (uint)Good.Length - 1, (ulong)Good.Length, Good[..^1] },
        { nameof(DeviceTreeError.Truncated), (uint)Good.Length, uint.MaxValue, DtbWriter.Patch(Good, DtbWriter.TotalSizeField, uint.MaxValue) },
        { nameof(DeviceTreeError.StructureOutside), 8, 36, DtbWriter.Patch(Good, DtbWriter.StructureField, 36) },
        { nameof(DeviceTreeError.StructureOutside), 8, (ulong)Good.Length + 1, DtbWriter.Patch(Good, DtbWriter.StructureField, (uint)Good.Length + 1) },
        { nameof(DeviceTreeError.StructureOutside), 8, 0x38, DtbWriter.Patch(Good, DtbWriter.StructureSizeField, 0xffff_ffc8) },
        { nameof(DeviceTreeError.StructureMisaligned), 8, 0x3a, DtbWriter.Patch(Good, DtbWriter.StructureField, 0x3a) },
        { nameof(DeviceTreeError.StringsOutside), 12, 0xffff_ffff, DtbWriter.Patch(Good, DtbWriter.StringsField, 0xffff_ffff) },
        { nameof(DeviceTreeError.StringsOutside), 12, (ulong)Good.Length, StringsOfOneByteAt((uint)Good.Length) },
        { nameof(DeviceTreeError.ReserveMapOutside), 16, 32, DtbWriter.Patch(Good, DtbWriter.ReserveMapField, 32) },
        { nameof(DeviceTreeError.ReserveMapOutside), 16, 0xffff_fff8, DtbWriter.Patch(Good, DtbWriter.ReserveMapField, 0xffff_fff8) },
        { nameof(DeviceTreeError.ReserveMapMisaligned), 16, 0x2c, DtbWriter.Patch(Good, DtbWriter.ReserveMapField, 0x2c) },
        { nameof(DeviceTreeError.ReserveMapUnterminated), 0x48, 0, ReserveMapUpTo(0x48) },
        { nameof(DeviceTreeError.ReserveMapUnterminated), 0x48, 0, ReserveMapUpTo(0x50) },
        { nameof(DeviceTreeError.StructureUnterminated), 0x44, 0, new DtbWriter().Begin("").End().BuildUnended() },
        { nameof(DeviceTreeError.StructureUnterminated), 0x38, 0, new DtbWriter().BuildUnended() },
        { nameof(DeviceTreeError.StructureUnterminated), 0x44, 0, new DtbWriter().Begin("").Nop().RawBytes(0, 0, 0).BuildUnended() },
        { nameof(DeviceTreeError.UnknownToken), 0x38, 5, new DtbWriter().Raw(5).Build() },
        { nameof(DeviceTreeError.UnknownToken), 0x44, 0, new DtbWriter().Begin("").Nop().Raw(0).Build() },
        { nameof(DeviceTreeError.NoRoot), 0x3c, 0, new DtbWriter().Nop().Build() },
        { nameof(DeviceTreeError.SecondRoot), 0x44, 0, new DtbWriter().Begin("").End().Begin("").End().Build() },
        { nameof(DeviceTreeError.NodeTooDeep), 0x238, 64, Nested(65) },
        { nameof(DeviceTreeError.NodeNameUnterminated), 0x40, 0, new DtbWriter().Begin("").Raw(1, 0x61626364).BuildUnended() },
        { nameof(DeviceTreeError.NodeNameUnterminated), 0x40, 0, new DtbWriter().Begin("").Raw(1).BuildUnended() },
        { nameof(DeviceTreeError.UnmatchedEndNode), 0x38, 0, new DtbWriter().End().Build() },
        { nameof(DeviceTreeError.UnmatchedEndNode), 0x44, 0, new DtbWriter().Begin("").End().End().Build() },
        { nameof(DeviceTreeError.EndInsideNode), 0x48, 2, new DtbWriter().Begin("").Begin("a").Build() },
        { nameof(DeviceTreeError.PropertyOutsideNode), 0x38, 0, new DtbWriter().Flag("a").Build() },
        { nameof(DeviceTreeError.PropertyOutsideNode), 0x44, 0, new DtbWriter().Begin("").End().Flag("a").Build() },
        { nameof(DeviceTreeError.PropertyAfterChild), 0x4c, 0, new DtbWriter().Begin("").Begin("a").End().Flag("a").End().Build() },
        { nameof(DeviceTreeError.PropertyCutOff), 0x40, 0, new DtbWriter().Begin("").Raw(3, 0).BuildUnended() },
        { nameof(DeviceTreeError.PropertyTooLong), 0x40, 4096, new DtbWriter().Begin("").Raw(3, 4096, 0).Build() },
        { nameof(DeviceTreeError.PropertyTooLong), 0x40, uint.MaxValue, new DtbWriter().Begin("").Raw(3, uint.MaxValue, 0).Build() },
        { nameof(DeviceTreeError.PropertyTooLong), 0x40, 1, new DtbWriter().Begin("").Raw(3, 1, 0).BuildUnended() },
        { nameof(DeviceTreeError.PropertyNameOutside), 0x40, 0, new DtbWriter().Begin("").Raw(3, 0, 0).Build() },
        { nameof(DeviceTreeError.PropertyNameOutside), 0x4c, 2, new DtbWriter().Begin("").Flag("a").Raw(3, 0, 2).Build() },
        {
            nameof(DeviceTreeError.PropertyNameOutside), 0x40, 0,
            DtbWriter.Patch(new DtbWriter().Begin("").Flag("abcd").End().Build(), DtbWriter.StringsSizeField, 4)
        },
        { nameof(DeviceTreeError.BadPropertyLength), 0x40, 8, new DtbWriter().Begin("").Cells("#address-cells", 0, 2).End().Build() },
        { nameof(DeviceTreeError.BadPropertyLength), 0x40, 0, new DtbWriter().Begin("").Flag("#size-cells").End().Build() },
        {
            nameof(DeviceTreeError.BadPropertyLength), 0xac, 12,
            DtbWriter.Tree(tree => tree.Begin("chosen").Cells("linux,initrd-start", 0, 0, 0).Cells("linux,initrd-end", 0).End())
        },
        {
            nameof(DeviceTreeError.BadPropertyLength), 0xbc, 3,
            DtbWriter.Tree(tree => tree.Begin("chosen").Cells("linux,initrd-start", 0).Bytes("linux,initrd-end", [1, 2, 3]).End())
        },
        {
            nameof(DeviceTreeError.BadPropertyLength), 0xac, 20,
            DtbWriter.Tree(tree => tree.Begin("chosen").Cells("linux,usable-memory-range", 0, 0, 0, 1, 0).End())
        },
        { nameof(DeviceTreeError.BadPropertyLength), 0xac, 32, DtbWriter.Tree(tree => tree.Begin("chosen").Numbers("linux,elfcorehdr", 0, 0, 0, 0).End()) },
        { nameof(DeviceTreeError.BadPropertyLength), 0xac, 0, DtbWriter.Tree(tree => tree.Begin("chosen").Flag("linux,uefi-mmap-start").End()) },
        { nameof(DeviceTreeError.BadPropertyLength), 0xb4, 2, DtbWriter.Tree(tree => tree.Begin("reserved-memory").Bytes("#address-cells", [0, 2]).End()) },
        { nameof(DeviceTreeError.BadCellCount), 0x4c, 3, new DtbWriter().Begin("").Cells("#address-cells", 3).End().Build() },
        { nameof(DeviceTreeError.BadCellCount), 0x5c, 0, new DtbWriter().Begin("").Cells("#address-cells", 2).Cells("#size-cells", 0).End().Build() },
        { nameof(DeviceTreeError.BadCellCount), 0xc0, 4, DtbWriter.Tree(tree => tree.Begin("reserved-memory").Cells("#size-cells", 4).End()) },
        { nameof(DeviceTreeError.RangeWraps), 0x8c, 0x1000, DtbWriter.Root().Memory(0x1000, ulong.MaxValue).End().Build() },
        { nameof(DeviceTreeError.RangeWraps), 0x28, ulong.MaxValue, DtbWriter.Tree(tree => tree, (ulong.MaxValue, 2)) },
        { nameof(DeviceTreeError.RangeTooHigh), 0x8c, 0, DtbWriter.Root().Memory(0, ulong.MaxValue).End().Build() },
        { nameof(DeviceTreeError.RangeTooHigh), 0x9c, 1UL << 51, DtbWriter.Root().Memory(0, 1UL << 52, 1UL << 51, (1UL << 51) + 1).End().Build() },
        { nameof(DeviceTreeError.RangeTooHigh), 0x38, 1UL << 52, DtbWriter.Tree(tree => tree, (0, 1UL << 52), (1UL << 52, 1)) },
        {
            nameof(DeviceTreeError.RangeTooHigh), 0xb8, 1,
            DtbWriter.Tree(tree => tree.Begin("chosen").Numbers("linux,initrd-start", 1).Numbers("linux,initrd-end", (1UL << 52) + 1).End())
        },
        {
            nameof(DeviceTreeError.RangeWraps), 0x104, 1UL << 63,
            DtbWriter.Tree(tree => tree.BeginReservations().Begin("a@0").Numbers("reg", 0, 1, 1UL << 63, 1UL << 63 | 1).End().End())
        },
    };

    [Theory]
    [MemberData(nameof(BrokenBlobs), DisableDiscoveryEnumeration = true)]
    public void A_broken_blob_fails_with_its_reason_and_place(string code, uint offset, ulong value, byte[] blob)
    {
        DeviceTreeFailure failure = Failure(blob);

        Assert.Equal((code, $"0x{offset:x}", $"0x{value:x}"), (failure.Code.ToString(), $"0x{failure.Offset:x}", $"0x{failure.Value:x}"));
        InvalidInputException exception = Assert.Throws<InvalidInputException>(() => DeviceTreeFile.Parse(blob, "bad.dtb"));
        Assert.StartsWith($"bad.dtb: at offset 0x{offset:x}: ", exception.Message, StringComparison.Ordinal);
        Assert.EndsWith(".", exception.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("nothing is wrong", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_reason_has_a_broken_blob_above()
    {
        HashSet<DeviceTreeError> reached = [DeviceTreeError.None, .. BrokenBlobs.Select(row => Enum.Parse<DeviceTreeError>(row.Data.Item1))];

        Assert.Empty(Enum.GetValues<DeviceTreeError>().Except(reached));
    }

    [Fact]
    public void An_error_says_file_offset_and_reason_in_one_sentence()
    {
        byte[] blob = new DtbWriter().Begin("").Raw(3, 4096, 0).Build();

        InvalidInputException exception = Assert.Throws<InvalidInputException>(() => DeviceTreeFile.Parse(blob, "virt.dtb"));

        Assert.Equal("virt.dtb: at offset 0x40: property length 4096 runs past the structure block.", exception.Message);
    }

    [Fact]
    public void The_deepest_tree_that_linux_walks_is_walked()
    {
        Assert.Equal(DeviceTreeError.None, Failure(Nested(64)).Code);
    }

    [Fact]
    public void A_cursor_stays_at_the_end_and_at_an_error()
    {
        byte[] good = new DtbWriter().Begin("").Flag("a").End().Build();
        byte[] bad = new DtbWriter().Begin("").Raw(7).Build();

        Assert.Equal(
            [DeviceTreeToken.BeginNode, DeviceTreeToken.Property, DeviceTreeToken.EndNode, DeviceTreeToken.End, DeviceTreeToken.End],
            Tokens(good, 5));
        Assert.Equal([DeviceTreeToken.BeginNode, DeviceTreeToken.Error, DeviceTreeToken.Error], Tokens(bad, 3));
    }

    [Fact]
    public void Every_truncation_of_every_sample_is_refused()
    {
        foreach (string file in DeviceTreeSamples.Files)
        {
            byte[] blob = File.ReadAllBytes(DeviceTreeSamples.Path(file));
            for (int length = 0; length < blob.Length; length++)
            {
                Assert.Equal((length < 40 ? DeviceTreeError.TooShort : DeviceTreeError.Truncated, (uint)length), Place(Failure(blob[..length])));
            }
        }
    }

    [Fact]
    public void A_blob_full_of_properties_with_a_long_name_is_read_in_linear_time()
    {
        // All names run through 1 MiB of strings: a reader that searches the end of each reads 200 GB.
        DtbWriter writer = new DtbWriter().Begin("").Flag(new string('x', 1 << 20));
        for (int i = 0; i < 200_000; i++)
        {
            _ = writer.Raw(3, 0, 0);
        }

        byte[] blob = writer.End().Build();
        TimeSpan started = ProcessorTime.OfThisThread();

        Assert.Equal(DeviceTreeError.None, Failure(blob).Code);
        Assert.InRange(ProcessorTime.OfThisThread() - started, TimeSpan.Zero, TimeSpan.FromSeconds(5));
    }

    private static (DeviceTreeError Code, uint Offset) Place(DeviceTreeFailure failure) => (failure.Code, failure.Offset);

    private static DeviceTreeFailure Failure(byte[] blob)
    {
        Ignore visitor = default;
        fixed (byte* data = blob)
        {
            return DeviceTreeBlob.TryOpen(data, (uint)blob.Length, out DeviceTreeBlob opened, out DeviceTreeFailure failure)
                && DeviceTreeMemory.TryVisit(opened, ReservationOrder.NodesFirst, ref visitor, out failure)
                ? default
                : failure;
        }
    }

    private static DeviceTreeToken[] Tokens(byte[] blob, int count)
    {
        fixed (byte* data = blob)
        {
            Assert.True(DeviceTreeBlob.TryOpen(data, (uint)blob.Length, out DeviceTreeBlob opened, out _));
            DeviceTreeCursor cursor = new(opened);
            DeviceTreeToken[] tokens = new DeviceTreeToken[count];
            for (int i = 0; i < count; i++)
            {
                tokens[i] = cursor.Next();
            }

            return tokens;
        }
    }

    private static byte[] Nested(int depth)
    {
        DtbWriter writer = new DtbWriter().Begin("");
        for (int i = 1; i < depth; i++)
        {
            _ = writer.Begin("n");
        }

        for (int i = 0; i < depth; i++)
        {
            _ = writer.End();
        }

        return writer.Build();
    }

    private static byte[] StringsOfOneByteAt(uint offset) =>
        DtbWriter.Patch(DtbWriter.Patch(Good, DtbWriter.StringsField, offset), DtbWriter.StringsSizeField, 1);

    // Header, two entries with a size, and half a third one or nothing: the other blocks are as empty as they may be.
    private static byte[] ReserveMapUpTo(uint totalSize)
    {
        byte[] blob = new DtbWriter((1, 1), (2, 2)).BuildUnended();
        blob = DtbWriter.Patch(blob, DtbWriter.TotalSizeField, totalSize);
        blob = DtbWriter.Patch(blob, DtbWriter.StructureField, totalSize);
        return DtbWriter.Patch(blob, DtbWriter.StringsField, totalSize);
    }

    private struct Ignore : IDeviceTreeVisitor
    {
        public readonly void OnModel(byte* text, uint length)
        {
        }

        public readonly void OnMemory(PhysicalAddress start, ulong size, bool hotpluggable)
        {
        }

        public readonly void OnUsableRange(int index, PhysicalAddress start, ulong size)
        {
        }

        public readonly void OnInitrd(PhysicalAddress start, PhysicalAddress end)
        {
        }

        public readonly void OnBootargs(byte* text, uint length)
        {
        }

        public readonly void OnStdoutPath(byte* text, uint length)
        {
        }

        public readonly void OnKaslrSeed(ulong seed)
        {
        }

        public readonly void OnUefi(DeviceTreeUefiValue which, ulong value)
        {
        }

        public readonly void OnElfCoreHeader(PhysicalAddress start, ulong size)
        {
        }

        public readonly void OnMemoryWithoutSize(PhysicalAddress start, bool isKnown)
        {
        }

        public readonly void OnReserved(in DeviceTreeReservedNode node, uint index, PhysicalAddress start, ulong size)
        {
        }

        public readonly void OnDynamicReserved(in DeviceTreeReservedNode node, ulong size, ulong alignment)
        {
        }

        public readonly void OnMemReserve(PhysicalAddress start, ulong size)
        {
        }

        public readonly void OnNote(DeviceTreeNote note, uint offset)
        {
        }
    }
}
