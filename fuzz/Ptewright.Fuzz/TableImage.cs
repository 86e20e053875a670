using System.Buffers.Binary;
using Ptewright.Addressing;
using Ptewright.Images;
using Ptewright.Memory;

namespace Ptewright.Fuzz;

/// <summary>Registers and memory as one input: six 64-bit numbers (TCR, TTBR0, TTBR1, MAIR, the address of the memory, options of the readers), then the memory.</summary>
internal static class TableImage
{
    /// <summary>The length of what stands before the memory.</summary>
    public const int HeaderLength = 48;

    /// <summary>What is done with an input.</summary>
    public delegate void Use(MemoryImage image, ImageRegisters registers, ulong options);

    /// <summary>Makes an input.</summary>
    public static byte[] Join(ImageRegisters registers, ulong address, ulong options, ReadOnlySpan<byte> memory)
    {
        byte[] input = new byte[HeaderLength + memory.Length];
        ReadOnlySpan<ulong> numbers = [registers.Tcr ?? 0, registers.Ttbr0 ?? 0, registers.Ttbr1 ?? 0, registers.Mair ?? 0, address, options];
        for (int i = 0; i < numbers.Length; i++)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(input.AsSpan(i * 8), numbers[i]);
        }

        memory.CopyTo(input.AsSpan(HeaderLength));
        return input;
    }

    /// <summary>Reads an input: as the options say from a file of raw memory, or from memory that is there already.</summary>
    public static void With(ReadOnlySpan<byte> input, Use use)
    {
        if (input.Length <= HeaderLength)
        {
            throw new InvalidInputException("The input has no memory.");
        }

        ImageRegisters registers = new(Number(input, 1), Number(input, 2), Number(input, 0), Number(input, 3));
        PhysicalAddress address = new(Number(input, 4));
        ulong options = Number(input, 5);
        using MemoryImage image = options % 8 == 0 ? new RawImage((Scratch.Write("raw", input[HeaderLength..]), address)) : new Loaded(address, input[HeaderLength..]);
        use(image, registers, options);
    }

    private static ulong Number(ReadOnlySpan<byte> input, int index) => BinaryPrimitives.ReadUInt64LittleEndian(input[(index * 8)..]);

    // As captures are: in one block, which ends with the memory.
    private sealed class Loaded : SegmentedImage
    {
        private readonly NativeBlock _block;

        public Loaded(PhysicalAddress address, ReadOnlySpan<byte> memory)
        {
            _block = NativeBlock.Take((ulong)memory.Length, 8);
            memory.CopyTo(_block.Span(0, memory.Length));
            try
            {
                SetSegments([(new MemorySegment(address, (ulong)memory.Length), new Place(_block, 0))]);
            }
            catch
            {
                Dispose();
                throw;
            }
        }

        public override string Name => "input";

        protected override void Dispose(bool disposing) => _block.Dispose();
    }
}
