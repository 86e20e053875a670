using System.Buffers.Binary;
using Ptewright.Addressing;

namespace Ptewright.Kernels.Symbols;

/// <summary>Reads the A64 instructions of a function for the addresses that they form. Source: Arm ARM C4.1, "A64 instruction set encoding".</summary>
/// <remarks>
/// It goes from the first instruction to the last and takes no branch, so that behind one a register may be thought to hold what it held on another way. Whoever takes an address from here has to
/// have it from a second place too. Addresses are relative to the instructions that form them, so that it is all one whether the image was moved; an instruction that is not known here only
/// makes its destination unknown.
/// </remarks>
internal ref struct CodeReader
{
    /// <summary>How many registers hand over arguments. Source: Procedure Call Standard for the Arm 64-bit Architecture.</summary>
    public const int Arguments = 8;

    private const int Length = 4;
    private const int MostInstructions = 1 << 14;
    private const int Registers = 32;
    private const int Zero = 31;
    private const int Link = 30;

    // A call may change X0 to X18. Source: Procedure Call Standard for the Arm 64-bit Architecture.
    private const int LastScratch = 18;

    private const ulong Page = 4096;
    private const uint WriteTtbr0 = 0xd518_2000;

    private readonly ReadOnlySpan<byte> _image;
    private readonly CodeValue[] _registers = new CodeValue[Registers];
    private readonly CodeReading _found = new();
    private ulong _at;

    private CodeReader(ReadOnlySpan<byte> image) => _image = image;

    /// <summary>Reads a function.</summary>
    /// <param name="image">The image, from its first byte on.</param>
    /// <param name="start">Where the function begins in it.</param>
    /// <param name="end">The first byte behind it. What does not lie in the image is not read, nor more than 16,384 instructions.</param>
    public static CodeReading Read(ReadOnlySpan<byte> image, ulong start, ulong end)
    {
        CodeReader reader = new(image);
        end = Math.Min(Math.Min(end, (ulong)image.Length), start + (MostInstructions * Length));
        for (reader._at = start; reader._at + Length <= end; reader._at += Length)
        {
            reader.Take(BinaryPrimitives.ReadUInt32LittleEndian(image[(int)reader._at..]));
        }

        return reader._found;
    }

    // Bits 28:25 say the group: 100x immediates, 101x branches and system, x1x0 loads and stores, others registers and vectors.
    private void Take(uint word)
    {
        if ((word & 0x1c00_0000) == 0x1000_0000)
        {
            TakeImmediate(word);
        }
        else if ((word & 0x1c00_0000) == 0x1400_0000)
        {
            TakeBranch(word);
        }
        else if ((word & 0x0a00_0000) == 0x0800_0000)
        {
            TakeMemory(word);
        }
        else
        {
            TakeRegisters(word);
        }
    }

    private void TakeImmediate(uint word)
    {
        int to = (int)(word & 31);
        CodeValue source = this[(int)(word >> 5 & 31)];
        switch (word >> 23 & 7)
        {
            // ADR, ADRP: op 31, immlo 30:29, immhi 23:5.
            case 0 or 1:
                long distance = ((long)(int)(word << 8) >> 13 << 2) | (word >> 29 & 3);
                bool isPage = word >> 31 != 0;
                Address(to, isPage ? (_at & ~(Page - 1)) + (ulong)(distance * (long)Page) : _at + (ulong)distance, isPage);
                break;

            // ADD, SUB (immediate): sf 31, op 30, S 29, sh 22, imm12 21:10.
            case 2:
                ulong immediate = (ulong)(word >> 10 & 0xfff) << (int)((word >> 22 & 1) * 12);
                bool isStack = (word >> 5 & 31) == Zero || (to == Zero && (word >> 29 & 1) == 0);
                CodeValue sum = isStack || word >> 31 == 0 ? default : source with { Value = (word >> 30 & 1) == 0 ? source.Value + immediate : source.Value - immediate };
                Set(to, sum);
                if (sum.IsAddress)
                {
                    _ = _found.Addresses.Add(sum.Value);
                }

                break;

            // ORR (immediate) of what is moved is how Linux makes an address of the linear map from a physical one.
            case 4:
                Set(to, word >> 29 == 5 && source.IsMoved ? source : default);
                break;

            // MOVN, MOVZ, MOVK: opc 30:29, hw 22:21, imm16 20:5.
            case 5:
                TakeWide(word, to);
                break;

            default:
                Set(to, default);
                break;
        }
    }

    private void TakeWide(uint word, int to)
    {
        int shift = (int)(word >> 21 & 3) * 16;
        ulong part = (ulong)(word >> 5 & 0xffff) << shift;
        ulong mask = word >> 31 == 0 ? uint.MaxValue : ulong.MaxValue;
        CodeValue old = this[to];
        Set(to, (word >> 29 & 3) switch
        {
            0 => new CodeValue(CodeValueKind.Number, ~part & mask),
            2 => new CodeValue(CodeValueKind.Number, part & mask),
            3 when old.Kind == CodeValueKind.Number => old with { Value = (old.Value & ~(0xffffUL << shift) & mask) | part },
            _ => default,
        });
    }

    private void TakeBranch(uint word)
    {
        if (BranchLink.TryDecode(word, new VirtualAddress(_at), out VirtualAddress target))
        {
            _found.Calls.Add(new CodeCall(target.Value, _registers[..Arguments]));
            Forget();
        }
        else if ((word & 0xffff_fc1f) == 0xd63f_0000)
        {
            Forget();
        }
        else if ((word & ~31u) == WriteTtbr0 && this[(int)(word & 31)] is { Kind: CodeValueKind.Address or CodeValueKind.Moved } root)
        {
            _found.Roots.Add(root.Value);
        }
        else if ((word & 0xffe0_0000) == 0xd520_0000)
        {
            // MRS, SYSL.
            Set((int)(word & 31), default);
        }
    }

    private void TakeMemory(uint word)
    {
        int data = (int)(word & 31);
        int address = (int)(word >> 5 & 31);
        bool isLoad = (word >> 22 & 1) != 0;
        bool isVector = (word >> 26 & 1) != 0;
        switch (word >> 27 & 7)
        {
            // Exclusive and ordered ones; their status goes to bits 20:16. With vectors, whole structures.
            case 1:
                if (!isVector && isLoad && this[address].IsAddress)
                {
                    _ = _found.Exclusive.Add(this[address].Value);
                }

                Set(isVector ? address : (int)(word >> 16 & 31), default);
                Set(isLoad && !isVector ? data : Zero, default);
                Set((int)(word >> 10 & 31), default);
                return;

            // Pairs: bits 24:23 say whether the address is written back.
            case 5:
                if (isLoad && !isVector)
                {
                    Set(data, default);
                    Set((int)(word >> 10 & 31), default);
                }

                if ((word >> 23 & 1) != 0)
                {
                    Set(address, default);
                }

                return;

            // From an address near by.
            case 3:
                Set(isVector ? Zero : data, default);
                return;
        }

        // LDRB (immediate, unsigned offset).
        if ((word & 0xffc0_0000) == 0x3940_0000 && this[address].IsAddress && address != Zero)
        {
            _ = _found.Bytes.Add(this[address].Value + (word >> 10 & 0xfff));
        }

        // Of one register: opc 23:22 is 0 for a store; atomic ones (bit 21 and bits 11:10 zero) load too.
        bool isAtomic = (word >> 24 & 1) == 0 && (word >> 21 & 1) != 0 && (word >> 10 & 3) == 0;
        if (!isVector && ((word >> 22 & 3) != 0 || isAtomic))
        {
            Set(data, default);
        }

        if ((word >> 24 & 1) == 0 && (word >> 21 & 1) == 0 && (word >> 10 & 1) != 0)
        {
            Set(address, default);
        }
    }

    private void TakeRegisters(uint word)
    {
        int to = (int)(word & 31);
        CodeValue left = this[(int)(word >> 5 & 31)];
        CodeValue right = this[(int)(word >> 16 & 31)];
        switch (word & 0xffe0_fc00)
        {
            // ORR of nothing and a register, which is MOV.
            case 0xaa00_0000 when (word >> 5 & 31) == Zero:
                Set(to, right);
                break;
            case 0x2a00_0000 when (word >> 5 & 31) == Zero:
                Set(to, right.Kind == CodeValueKind.Number ? right with { Value = (uint)right.Value } : default);
                break;

            // SUB: two addresses make a size, an address less something moves it.
            case 0xcb00_0000:
                Set(to, left.IsAddress && right.IsAddress ? new CodeValue(CodeValueKind.Number, left.Value - right.Value) : Moved(left, right));
                break;

            // ADD.
            case 0x8b00_0000:
                Set(to, Moved(left, right) is { Kind: CodeValueKind.Moved } moved ? moved : Moved(right, left));
                break;

            // CCMP, CCMN: bits 3:0 are no register.
            case var _ when (word & 0x1fe0_0000) == 0x1a40_0000:
                break;
            default:
                Set(to, default);
                break;
        }
    }

    private static CodeValue Moved(CodeValue address, CodeValue by) =>
        (address.IsAddress || address.IsMoved) && by.Kind == CodeValueKind.Unknown ? address with { Kind = CodeValueKind.Moved } : default;

    private void Forget()
    {
        _registers.AsSpan(0, LastScratch + 1).Clear();
        _registers[Link] = default;
    }

    private void Address(int register, ulong place, bool isPage)
    {
        CodeValue value = place < int.MaxValue ? new CodeValue(CodeValueKind.Address, place) : default;
        Set(register, value);
        if (value.IsAddress)
        {
            _ = (isPage ? _found.Pages : _found.Addresses).Add(place);
        }
    }

    private readonly void Set(int register, CodeValue value)
    {
        if (register != Zero)
        {
            _registers[register] = value;
        }
    }

    // As a source, 31 is zero: a number. Where it is the stack pointer instead, the caller looks first.
    private readonly CodeValue this[int register] => register == Zero ? new CodeValue(CodeValueKind.Number, 0) : _registers[register];
}
