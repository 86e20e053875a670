using Ptewright.Addressing;

namespace Ptewright.Explaining;

/// <summary>Values that are no addresses but are used as such: what a kernel leaves in freed memory, in deleted entries, and instead of pointers.</summary>
/// <remarks>
/// Kernels since 5.5 clear the top byte of a FAR that has bit 55 clear before they print it (<c>untagged_addr</c>), so a pointer of 0x6b bytes is printed as 006b6b6b6b6b6b6b; before that it is whole.
/// Linux: <c>linux/poison.h</c>, <c>CONFIG_ILLEGAL_POINTER_VALUE</c> in <c>arch/arm64/Kconfig</c>, <c>linux/err.h</c>.
/// </remarks>
internal static class OddAddresses
{
    // How far behind such a value a member of a structure may lie.
    private const ulong MostOffset = 1 << 16;
    private const ulong PoisonEnd = 0xa5UL << 56;
    private const ulong TopByte = 0xffUL << 56;
    private const ulong LastPage = 0xffff_ffff_ffff_f000;
    private const ulong ListPoison = 0xdead_0000_0000_0000;
    private const ulong ListPoison1 = ListPoison + 0x100;
    private const ulong ListPoison2 = ListPoison + 0x122;
    private const ulong OldListPoison2 = ListPoison + 0x200;
    private const ulong StaticTimer = ListPoison + 0x300;
    private const ulong TailMapping = ListPoison + 0x400;

    // The byte, whether it is of what was freed, and who fills memory with it.
    private static readonly (byte Value, bool IsOfFreed, string Meaning)[] _poisons =
    [
        (0x6b, true, "SLUB's poison of freed objects (0x6b)"),
        (0x5a, false, "SLUB's poison of objects that were never written (0x5a)"),
        (0xa5, false, "the end of SLUB's poison (0xa5)"),
        (0xaa, true, "the poison of freed pages or of uninitialised variables (0xaa)"),
        (0xcc, false, "SLUB's red zone or freed memory of the boot phase (0xcc)"),
        (0xbb, false, "SLUB's red zone (0xbb)"),
    ];

    // asm-generic/errno-base.h and asm-generic/errno.h: those that functions return as pointers.
    private static readonly (int Number, string Name)[] _errors =
    [
        (1, "EPERM"), (2, "ENOENT"), (3, "ESRCH"), (4, "EINTR"), (5, "EIO"), (6, "ENXIO"), (7, "E2BIG"), (8, "ENOEXEC"), (9, "EBADF"), (11, "EAGAIN"), (12, "ENOMEM"), (13, "EACCES"), (14, "EFAULT"),
        (16, "EBUSY"), (17, "EEXIST"), (18, "EXDEV"), (19, "ENODEV"), (20, "ENOTDIR"), (21, "EISDIR"), (22, "EINVAL"), (24, "EMFILE"), (27, "EFBIG"), (28, "ENOSPC"), (30, "EROFS"), (32, "EPIPE"),
        (34, "ERANGE"), (36, "ENAMETOOLONG"), (38, "ENOSYS"), (61, "ENODATA"), (71, "EPROTO"), (75, "EOVERFLOW"), (84, "EILSEQ"), (95, "EOPNOTSUPP"), (110, "ETIMEDOUT"), (512, "ERESTARTSYS"),
        (517, "EPROBE_DEFER"), (524, "ENOTSUPP"),
    ];

    /// <summary>The name of an error; null of one that is unusual.</summary>
    public static string? ErrorName(int error) => _errors.FirstOrDefault(known => known.Number == error).Name;

    /// <summary>What an address is, if it is none.</summary>
    /// <param name="address">The address as printed.</param>
    /// <param name="oops">The report: the general registers, where one may have the pointer without the offset, and what KASAN says.</param>
    /// <returns>Null when it may be an address.</returns>
    public static AddressRegion? Find(VirtualAddress address, Oops oops)
    {
        IReadOnlyDictionary<int, ulong> registers = oops.Registers;
        ulong value = address.Value;
        if (ShadowByWords(address, oops) is { } shadow)
        {
            return shadow;
        }

        // The instruction says which register was the pointer: an error's number and an offset may wrap to a small address.
        if (FaultingBase.Of(oops, address) is { } pointer && pointer > LastPage)
        {
            return new AddressRegion(RegionKind.ErrorPointer, address) { Error = (int)(0 - pointer), Offset = (long)(value - pointer) };
        }

        if (value < MostOffset)
        {
            return value < 4096 || !HasPointerNear(value, registers) ? new AddressRegion(RegionKind.Null, address) { Offset = (long)value } : null;
        }

        if (value >= LastPage)
        {
            // A register with an error's number below the address says which error it was.
            ulong nearest = registers.Values.Where(held => held > LastPage && held <= value).DefaultIfEmpty(value).Max();
            int error = (int)(ulong.MaxValue - nearest) + 1;
            return new AddressRegion(RegionKind.ErrorPointer, address) { Error = error > 4095 ? 0 : error, Offset = (long)(value - nearest) };
        }

        // Whoever looks for the structure around an entry takes the entry's offset from the poison.
        if (value is >= ListPoison - 4096 and < ListPoison + MostOffset)
        {
            (ulong from, string name) = value is >= TailMapping and < TailMapping + 0x100 ? (TailMapping, "TAIL_MAPPING")
                : value is >= StaticTimer and < StaticTimer + 0x40 ? (StaticTimer, "TIMER_ENTRY_STATIC")
                : value >= OldListPoison2 ? (OldListPoison2, "LIST_POISON2") : value >= ListPoison2 ? (ListPoison2, "LIST_POISON2") : (ListPoison1, "LIST_POISON1");
            return new AddressRegion(RegionKind.ListPoison, address) { Offset = (long)(value - from), Detail = name };
        }

        return Poison(address) ?? Shadow(address) ?? Letters(address);
    }

    private static bool HasPointerNear(ulong value, IReadOnlyDictionary<int, ulong> registers) => registers.Values.Any(held => held is >= 4096 && held <= value && value - held < 4096);

    private static AddressRegion? Poison(VirtualAddress address)
    {
        foreach ((byte poison, bool isOfFreed, string meaning) in _poisons)
        {
            ulong pattern = 0x0101_0101_0101_0101UL * poison;

            // The last byte of an object has another poison, POISON_END.
            foreach (ulong printed in (ReadOnlySpan<ulong>)[pattern, pattern & ~TopByte, (pattern & ~TopByte) | PoisonEnd])
            {
                // The offset of a member is added, and of the field before a container taken away.
                long offset = (long)(address.Value - printed);
                if (offset is > -4096 and < 4096)
                {
                    return new AddressRegion(RegionKind.Poison, address) { Offset = offset, Detail = meaning, IsOfFreed = isOfFreed };
                }
            }
        }

        return null;
    }

    // The shadow of a small address: KASAN_SHADOW_OFFSET, of which generic KASAN's is 0xdfff... and software tags' 0xefff..., and an eighth or a sixteenth of the address.
    private static AddressRegion? Shadow(VirtualAddress address)
    {
        ulong top = address.Value >> 48;
        return top is 0xdfff or 0xefff ? ShadowOf(address, top == 0xdfff ? 3 : 4) : null;
    }

    private static AddressRegion? ShadowOf(VirtualAddress address, int scale)
    {
        // KASAN_SHADOW_OFFSET in arch/arm64/Kconfig: since 5.11, since 5.4, and what asm/memory.h gives before; the nearest below it is the one.
        ReadOnlySpan<ulong> starts = scale == 3
            ?
            [
                0xfff8_0000_0000, 0xffc0_0000_0000, 0xfe00_0000_0000, 0xc000_0000_0000, 0x8000_0000_0000,
                0xfffa_0000_0000, 0xffd0_0000_0000, 0xfe80_0000_0000, 0xd000_0000_0000, 0xa000_0000_0000,
                0xfff2_0000_0000, 0xff90_0000_0000, 0xfc80_0000_0000, 0x9000_0000_0000, 0x2000_0000_0000,
            ]
            :
            [
                0xfff8_0000_0000, 0xffc0_0000_0000, 0xfe00_0000_0000, 0xc000_0000_0000, 0x8000_0000_0000,
                0xfff9_0000_0000, 0xffc8_0000_0000, 0xfe40_0000_0000, 0xc800_0000_0000, 0x9000_0000_0000,
            ];
        ulong bits = address.Value & 0xffff_ffff_ffff;
        ulong start = 0;
        foreach (ulong possible in starts)
        {
            start = possible <= bits ? Math.Max(start, possible) : start;
        }

        // A small address was checked; of others KASAN's own words are needed.
        if (start != 0 && bits - start < 1UL << 32)
        {
            return new AddressRegion(RegionKind.KasanShadowOfNothing, address) { Offset = (long)((bits - start) << scale) };
        }

        return null;
    }

    // "KASAN: maybe wild-memory-access in range [0x6b6b6b6b6b6b6b68-0x6b6b6b6b6b6b6b6f]", of the fault of a check.
    private static AddressRegion? ShadowByWords(VirtualAddress address, Oops oops) =>
        oops.Kind == OopsKind.Fault && oops.Kasan is { } words && OopsWords.Number(words, " in range [") is { } of && of != address.Value
            ? new AddressRegion(RegionKind.KasanShadowOfNothing, address) { Offset = (long)of, Detail = Poison(new VirtualAddress(of & ~7UL))?.Detail }
            : null;

    private static AddressRegion? Letters(VirtualAddress address)
    {
        int letters = 0;
        for (int i = 0; i < 7; i++)
        {
            byte letter = (byte)(address.Value >> (8 * i));
            letters += letter is >= 0x20 and < 0x7f ? 1 : 0;
        }

        byte top = (byte)(address.Value >> 56);
        bool isText = letters == 7 && top is 0 or (>= 0x20 and < 0x7f);
        return isText && letters == 7
            ? new AddressRegion(RegionKind.Text, address) { Detail = string.Concat(Enumerable.Range(0, 8).Select(i => (char)(byte)(address.Value >> (8 * i)))).TrimEnd('\0') }
            : null;
    }
}
