using System.Buffers.Binary;
using Ptewright.Kernels.Symbols;

namespace Ptewright.Tests.Kernels;

/// <summary>What is read of instructions: the expected values are those of the source that LLVM's assembler and linker made the words from.</summary>
public sealed class CodeReaderTests
{
    private const ulong Start = 0x1_1000;
    private const ulong Table = 0x8_f000;
    private const ulong Data = 0x9_0040;
    private const ulong Flag = 0x9_1048;
    private const ulong Callee = 0x1_109c;

    // adrp x20, table; add x20, x20, :lo12:table; ldr x2, [x27, #64]; sub x1, x20, x2; mov w0, #1493; bl callee;
    // adrp x1, data; add x1, x1, :lo12:data; adrp x2, flag; add x2, x2, :lo12:flag; mov x3, x20; sub x4, x2, x1; movn x5, #0; movz x6, #0x1234, lsl #16; movk x6, #0x5678;
    // adr x7, callee; mov x0, x1; bl callee; ldr x2, [x27, #64]; sub x0, x20, x2; orr x0, x0, #0xffff000000000000; msr ttbr0_el1, x0; adrp x4, flag; add x4, x4, :lo12:flag;
    // ldaxr w17, [x4]; adrp x0, data; ldrb w0, [x0, #88]; adrp x19, table; ldp x19, x1, [sp, #16]; mov x0, x19; mov x2, x20; bl callee; ldr x3, [x20], #8; mov x0, x20; blr x19;
    // mov x1, x0; mrs x0, midr_el1; bl callee; ret
    private static readonly uint[] _words =
    [
        0xd000_03f4, 0x9100_0294, 0xf940_2362, 0xcb02_0281, 0x5280_baa0, 0x9400_0022, 0xf000_03e1, 0x9101_0021, 0x9000_0402, 0x9101_2042, 0xaa14_03e3, 0xcb01_0044, 0x9280_0005, 0xd2a2_4686,
        0xf28a_cf06, 0x1000_0307, 0xaa01_03e0, 0x9400_0016, 0xf940_2362, 0xcb02_0280, 0xb250_3c00, 0xd518_2000, 0x9000_0404, 0x9101_2084, 0x885f_fc91, 0xf000_03e0, 0x3941_6000, 0xd000_03f3,
        0xa941_07f3, 0xaa13_03e0, 0xaa14_03e2, 0x9400_0008, 0xf840_8683, 0xaa14_03e0, 0xd63f_0260, 0xaa00_03e1, 0xd538_0000, 0x9400_0002, 0xd65f_03c0, 0xd65f_03c0,
    ];

    private static CodeReading Read(params uint[] words)
    {
        byte[] image = new byte[(int)Start + (words.Length * 4)];
        for (int i = 0; i < words.Length; i++)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(image.AsSpan((int)Start + (i * 4)), words[i]);
        }

        return CodeReader.Read(image, Start, ulong.MaxValue);
    }

    private static CodeValue Address(ulong value) => new(CodeValueKind.Address, value);

    private static CodeValue Number(ulong value) => new(CodeValueKind.Number, value);

    [Fact]
    public void Calls_get_what_the_instructions_before_put_into_their_registers()
    {
        CodeReading found = Read(_words);
        Assert.Equal([Callee, Callee, Callee, Callee], found.Calls.Select(call => call.Target));

        // What is subtracted was loaded: the address is moved by something that is not known.
        Assert.Equal([Number(1493), new CodeValue(CodeValueKind.Moved, Table)], found.Calls[0].Arguments.Take(2));
        Assert.Equal([Address(Data), Address(Data), Address(Flag), Address(Table), Number(Flag - Data), Number(ulong.MaxValue), Number(0x1234_5678), Address(Callee)], found.Calls[1].Arguments);

        // What is loaded is not known, whatever was there before; what a callee keeps is.
        Assert.Equal((CodeValueKind.Unknown, CodeValueKind.Unknown, Address(Table)), (found.Calls[2].Arguments[0].Kind, found.Calls[2].Arguments[1].Kind, found.Calls[2].Arguments[2]));

        // After a call through a register, an address that was written back, and a system register nothing is known.
        Assert.All(found.Calls[3].Arguments, argument => Assert.Equal(CodeValueKind.Unknown, argument.Kind));
    }

    [Fact]
    public void Addresses_roots_and_loads_are_listed()
    {
        CodeReading found = Read(_words);
        Assert.Equal([Callee, Table, Data, Flag], found.Addresses.Order());
        Assert.Equal([Table, Data & ~0xfffUL, Flag & ~0xfffUL], found.Pages.Order());
        Assert.Equal([Table], found.Roots);
        Assert.Equal([Flag], found.Exclusive);
        Assert.Equal([0x9_0058UL], found.Bytes);
    }

    [Fact]
    public void An_instruction_that_is_not_known_makes_its_destination_unknown()
    {
        // CSEL X20, an ADD of 32 bits, ADD with the stack pointer, LDR X20, LDAR X20, LDP with X20 second, LDADD into X20, each before the MOV of X20 into X0 and a call.
        foreach (uint word in (uint[])[0x9a82_0074, 0x1100_0294, 0x9100_03f4, 0xf940_2374, 0xc8df_fc34, 0xa940_5061, 0xf821_0074])
        {
            CodeReading found = Read(0xd000_03f4, 0x9100_0294, word, 0xaa14_03e0, 0x9400_0010);
            Assert.Equal(CodeValueKind.Unknown, Assert.Single(found.Calls).Arguments[0].Kind);
        }

        // CMP, STR X20, STP with X20, CBZ X20 and MSR have none.
        foreach (uint word in (uint[])[0xf100_029f, 0xf900_2374, 0xa900_5061, 0xb400_0054, 0xd518_1014])
        {
            Assert.Equal(Address(Table), Assert.Single(Read(0xd000_03f4, 0x9100_0294, word, 0xaa14_03e0, 0x9400_0010).Calls).Arguments[0]);
        }
    }

    [Fact]
    public void What_lies_outside_the_image_is_not_read()
    {
        Assert.Empty(CodeReader.Read(new byte[64], ulong.MaxValue - 64, ulong.MaxValue).Calls);
        Assert.Empty(CodeReader.Read(new byte[64], 65, 128).Addresses);
        Assert.Empty(CodeReader.Read([], 0, 4).Addresses);
    }
}
