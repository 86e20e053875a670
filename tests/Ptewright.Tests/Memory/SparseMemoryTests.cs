using Ptewright.Addressing;
using Ptewright.Memory;
using Ptewright.Translation;

namespace Ptewright.Tests.Memory;

/// <summary>Simulated memory: dirty, made when it is touched, and nowhere else.</summary>
public sealed class SparseMemoryTests
{
    [Fact]
    public void Fresh_memory_would_decode_as_a_valid_page()
    {
        Descriptor poison = new(SparseMemory.Poison);
        Assert.True(poison.IsValid && poison.IsTableOrPage);

        using SparseMemory memory = new(new(0x4000_0000), new(0x8000_0000));
        ReadOnlySpan<byte> page = memory.Read(new(0x5555_5000), 4096);
        for (int i = 0; i < page.Length; i += 8)
        {
            Assert.Equal(SparseMemory.Poison, BitConverter.ToUInt64(page[i..]));
        }
    }

    [Fact]
    public void Only_what_is_touched_exists()
    {
        using SparseMemory memory = new(new(0), new(1UL << 52));
        Assert.Equal(0UL, memory.TouchedBytes);
        _ = memory.Read(new(0x000f_ffff_ffff_f000), 4096);
        _ = memory.Read(new(0x1000), 4096);
        _ = memory.Read(new(0x1f_f000), 4096);
        Assert.Equal(2UL << 21, memory.TouchedBytes);
    }

    [Fact]
    public unsafe void What_is_written_stays_until_all_is_made_dirty_again()
    {
        using SparseMemory memory = new(new(0x4000_0000), new(0x8000_0000));
        ulong* word = (ulong*)memory.View.At(new(0x4123_4560));
        *word = 42;
        Assert.Equal(42UL, *(ulong*)memory.View.Through(new VirtualAddress(0xffff_ffff_ff42_c000), new(0x4123_4560)));
        memory.Dirty();
        Assert.Equal(SparseMemory.Poison, *word);
    }

    [Theory]
    [InlineData(0x3fff_f000)]
    [InlineData(0x8000_0000)]
    [InlineData(0x000f_ffff_ffff_f000)]
    public void Outside_its_bounds_there_is_nothing(ulong address)
    {
        using SparseMemory memory = new(new(0x4000_0000), new(0x8000_0000));
        Assert.Throws<ArgumentOutOfRangeException>(() => memory.Read(new(address), 8));
    }
}
