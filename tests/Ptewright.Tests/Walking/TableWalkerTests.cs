using CsCheck;
using Ptewright.Addressing;
using Ptewright.Images;
using Ptewright.Translation;
using Ptewright.Walking;

namespace Ptewright.Tests.Walking;

/// <summary>The walker and a second one, written independently, agree on random tables: made of garbage and of entries that lead somewhere.</summary>
public sealed class TableWalkerTests
{
    private static readonly ulong[] _sizes = [12, 13, 16, 17, 21, 25, 28, 33, 40, 47, 48];

    [Fact]
    public void Two_independent_walkers_agree_on_random_tables() => Gen.Select(Gen.Int[0, 2], Gen.Int[0, _sizes.Length - 1], Gen.Int[0, 6], Gen.Bool, Gen.Bool, Gen.UInt).Sample(
        (granule, size, ips, ds, upper, seed) =>
        {
            ulong t = _sizes[size];
            if ((t < 16 && !ds && granule != 2) || (t == 48 && granule == 2))
            {
                return;
            }

            Random random = new((int)seed);
            ulong tg = upper ? (ulong)((int[])[2, 1, 3])[granule] << 30 : (ulong)((int[])[0, 2, 1])[granule] << 14;
            ulong tcr = tg | (t << (upper ? 16 : 0)) | ((ulong)ips << 32) | (ds ? 1UL << 59 : 0) | ((ulong)(seed & 7) << 37);
            using RandomImage image = new(random, 12 + (2 * granule), ds, ips == 6);
            ulong ttbr = image.Ttbr;
            ImageRegisters registers = upper ? new(Ttbr1: ttbr, Tcr: tcr) : new(ttbr, Tcr: tcr);
            using TableWalker walker = new(image, TranslationRoot.Of(registers, upper ? AddressHalf.Upper : AddressHalf.Lower));
            VirtualAddress[] all = new VirtualAddress[64];
            PhysicalAddress[] each = new PhysicalAddress[64];
            for (int i = 0; i < 64; i++)
            {
                ulong va = (ulong)random.NextInt64() ^ ((ulong)random.Next() << 40);
                int bits = 64 - (int)t;
                va = i % 8 == 0 ? va : upper ? va | (~0UL << bits) : va & ((1UL << bits) - 1);
                va = upper ? va | (1UL << 55) : va & ~(1UL << 55);
                (ulong? physical, string fault) = SimpleWalker.Walk(image.Read, ttbr, tcr, new VirtualAddress(va));
                WalkResult result = walker.Walk(new VirtualAddress(va));
                string found = result.Fault switch
                {
                    WalkFault.None => string.Empty,
                    WalkFault.Translation => $"translation {result.Level}",
                    WalkFault.AddressSize => $"address size {result.Level}",
                    WalkFault.AccessFlag => $"access flag {result.Level}",
                    _ => $"missing memory {result.Level}",
                };
                Assert.Equal((physical, fault), (result.IsMapped ? result.Physical.Value : null, found));
                all[i] = new VirtualAddress(va);
                each[i] = result.IsMapped ? result.Physical : TableWalker.Nowhere;
            }

            // In batches the same comes out, also where the last one is not full.
            PhysicalAddress[] together = new PhysicalAddress[64];
            int count = random.Next(65);
            Assert.Equal(each.Take(count).Count(item => item != TableWalker.Nowhere), walker.Translate(all.AsSpan(0, count), together));
            Assert.Equal(each.Take(count), together.Take(count));
        },
        iter: 3_000);

    /// <summary>A few pages of random entries, most of which lead to one another.</summary>
    private sealed unsafe class RandomImage : MemoryImage
    {
        private const int Pages = 6;
        private readonly byte* _bytes;
        private readonly int _pageBits;
        private readonly ulong _base;

        public RandomImage(Random random, int pageBits, bool ds, bool is52)
        {
            _pageBits = pageBits;
            _base = random.Next(4) switch { 0 => 1UL << 30, 1 => 1UL << 40, 2 when is52 && (ds || pageBits == 16) => 1UL << 50, _ => 1UL << 31 };
            _bytes = (byte*)System.Runtime.InteropServices.NativeMemory.AlignedAlloc((nuint)(Pages << pageBits), 65536);
            ulong* entries = (ulong*)_bytes;
            for (int i = 0; i < Pages << (pageBits - 3); i++)
            {
                ulong target = _base + ((ulong)random.Next(Pages + 1) << pageBits);
                ulong noise = ((ulong)random.NextInt64() & 0xfff0_0000_0000_0ffcUL) | ((ulong)(uint)random.Next(2) << 10);
                ulong moved = ds && pageBits != 16 ? (target & ((1UL << 50) - 1)) | (target >> 50 << 8) : pageBits == 16 ? (target & ((1UL << 48) - 1)) | (target >> 48 << 12) : target;
                noise &= ds && pageBits != 16 ? ~0x300UL : ~0UL;
                entries[i] = random.Next(8) switch { 0 => (ulong)random.NextInt64(), 1 => 0, 2 => moved | noise | 1, _ => moved | noise | 3 };
            }

            ulong root = _base + ((ulong)random.Next(Pages) << pageBits);
            Ttbr = (root & ((1UL << 48) - 1)) | (is52 ? root >> 46 & 0x3c : 0) | (random.Next(2) == 0 ? 0UL : 1UL);
        }

        public ulong Ttbr { get; }

        public override string Name => "random";

        public override IReadOnlyList<MemorySegment> Segments => [new(new PhysicalAddress(_base), (ulong)Pages << _pageBits)];

        public ulong? Read(ulong address)
        {
            ulong offset = address - _base;
            return address >= _base && offset <= ((ulong)Pages << _pageBits) - 8 ? *(ulong*)(_bytes + offset) : null;
        }

        public override MemoryReader OpenReader() => new((address, bytes) =>
        {
            MemoryWindow all = new(new PhysicalAddress(_base), (ulong)Pages << _pageBits, _bytes);
            return all.At(address, (ulong)bytes) == null ? default : all;
        });

        protected override void Dispose(bool disposing) => System.Runtime.InteropServices.NativeMemory.AlignedFree(_bytes);
    }
}
