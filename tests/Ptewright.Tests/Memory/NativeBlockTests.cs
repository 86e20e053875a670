using System.Globalization;
using Ptewright.Memory;

namespace Ptewright.Tests.Memory;

/// <summary>Blocks of native memory: freed once, refused afterwards, and between guard pages when that is asked for.</summary>
[Collection(nameof(AloneWithNativeMemory))]
public sealed class NativeBlockTests
{
    // What earlier tests forgot is gone before anything is counted.
    public NativeBlockTests()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
    }

    [Fact]
    public void A_block_is_freed_once_and_refused_afterwards()
    {
        long before = NativeBlock.BytesInUse;
        NativeBlock block = NativeBlock.Take(123_456);
        Assert.Equal(before + 123_456, NativeBlock.BytesInUse);
        block.Span(0, 123_456).Fill(1);
        block.Dispose();
        block.Dispose();
        Assert.Equal(before, NativeBlock.BytesInUse);
        _ = Assert.Throws<ObjectDisposedException>(() => block.Span(0, 1).Length);
        unsafe
        {
            _ = Assert.Throws<ObjectDisposedException>(() => (ulong)block.Pointer);
        }
    }

    [Theory]
    [InlineData(1, 1, false)]
    [InlineData(4096, 4096, false)]
    [InlineData(65536, 65536, false)]
    [InlineData(3 << 20, 4096, false)]
    [InlineData(1, 1, true)]
    [InlineData(4096, 65536, true)]
    [InlineData(3 << 20, 65536, true)]
    public unsafe void A_block_is_aligned_as_asked_for_and_all_of_it_can_be_written(int bytes, int alignment, bool isReserved)
    {
        using NativeBlock block = isReserved ? NativeBlock.Reserve((ulong)bytes, (ulong)alignment) : NativeBlock.Take((ulong)bytes, (ulong)alignment);
        Assert.Equal(0UL, (ulong)block.Pointer % (ulong)alignment);
        Assert.True(!isReserved || block.Span(0, bytes).IndexOfAnyExcept((byte)0) < 0);
        block.Span(0, bytes).Fill(0xa5);
        Assert.Equal((ulong)bytes, block.Length);
    }

    [Theory]
    [InlineData(0, 11)]
    [InlineData(10, 1)]
    [InlineData(11, 0)]
    [InlineData(0, -1)]
    [InlineData(ulong.MaxValue, 2)]
    public void Bytes_outside_a_block_are_refused(ulong offset, int bytes)
    {
        using NativeBlock block = NativeBlock.Take(10);
        _ = Assert.Throws<ArgumentOutOfRangeException>(() => block.Span(offset, bytes).Length);
    }

    [Fact]
    public void A_block_that_somebody_holds_lives_until_he_lets_go()
    {
        long before = NativeBlock.BytesInUse;
        NativeBlock block = NativeBlock.Take(1000);
        bool held = false;
        block.DangerousAddRef(ref held);
        block.Dispose();
        Assert.Equal(before + 1000, NativeBlock.BytesInUse);
        block.DangerousRelease();
        Assert.Equal(before, NativeBlock.BytesInUse);
    }

    [Fact]
    public void More_than_there_can_be_is_not_enough_memory()
    {
        _ = Assert.ThrowsAny<OutOfMemoryException>(() => NativeBlock.Reserve(1UL << 60));
        _ = Assert.ThrowsAny<OutOfMemoryException>(() => NativeBlock.Reserve(ulong.MaxValue));
    }

    [Theory]
    [InlineData(4096, 4096)]
    [InlineData(65536, 65536)]
    [InlineData(12_288, 65536)]
    [InlineData(100, 1)]
    [InlineData(12_345, 8)]
    [InlineData(2 << 20, 2 << 20)]
    public unsafe void A_guarded_block_ends_where_nothing_may_be_touched_and_so_does_what_is_before_it(int bytes, int alignment)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "only Linux has guards");
        bool was = NativeBlock.IsGuarded;
        NativeBlock.IsGuarded = true;
        try
        {
            using NativeBlock block = NativeBlock.Take((ulong)bytes, (ulong)alignment);
            ulong first = (ulong)block.Pointer;
            ulong behind = first + (ulong)bytes;
            block.Span(0, bytes).Fill(1);
            ulong page = (ulong)Environment.SystemPageSize;
            Assert.InRange(((behind + page - 1) & ~(page - 1)) - behind, 0UL, bytes % 4096 == 0 ? page - 4096 : alignment <= 8 ? 7UL : page);
            Assert.Equal("---p", Protection((behind + page - 1) & ~(page - 1)));
            Assert.Equal("rw-p", Protection(behind - 1));
            Assert.Equal("rw-p", Protection(first));
            Assert.Equal("---p", Protection((first & ~(page - 1)) - 1));
        }
        finally
        {
            NativeBlock.IsGuarded = was;
        }
    }

    // What /proc/self/maps says of an address.
    private static string Protection(ulong address)
    {
        foreach (string line in File.ReadLines("/proc/self/maps"))
        {
            string[] words = line.Split([' ', '-'], 4);
            if (ulong.Parse(words[0], NumberStyles.HexNumber, CultureInfo.InvariantCulture) <= address && address < ulong.Parse(words[1], NumberStyles.HexNumber, CultureInfo.InvariantCulture))
            {
                return line.Split(' ')[1];
            }
        }

        return "nothing";
    }
}

/// <summary>Tests that count native memory, or change how it is taken: nobody else runs meanwhile.</summary>
[CollectionDefinition(nameof(AloneWithNativeMemory), DisableParallelization = true)]
public sealed class AloneWithNativeMemory;
