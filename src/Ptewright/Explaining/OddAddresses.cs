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
    private const ulong TopByte = 0xffUL << 56;
    private const ulong LastPage = 0xffff_ffff_ffff_f000;
    private const ulong ListPoison = 0xdead_0000_0000_0000;
    private const ulong ListPoison1 = ListPoison + 0x100;
    private const ulong ListPoison2 = ListPoison + 0x122;
    private const ulong OldListPoison2 = ListPoison + 0x200;

    // The byte, and who fills memory with it.
    private static readonly (byte Value, string Meaning)[] _poisons =
    [
        (0x6b, "SLUB's poison of freed objects (0x6b)"),
        (0x5a, "SLUB's poison of objects that were never written (0x5a)"),
        (0xa5, "the end of SLUB's poison (0xa5)"),
        (0xaa, "the poison of freed pages or of uninitialised variables (0xaa)"),
        (0xcc, "SLUB's red zone or freed memory of the boot phase (0xcc)"),
        (0xbb, "SLUB's red zone (0xbb)"),
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
    /// <param name="registers">The general registers, where one may have the pointer without the offset.</param>
    /// <returns>Null when it may be an address.</returns>
    public static AddressRegion? Find(VirtualAddress address, IReadOnlyDictionary<int, ulong> registers)
    {
        ulong value = address.Value;
        if (value < MostOffset)
        {
            return value < 4096 || !HasPointerNear(value, registers) ? new AddressRegion(RegionKind.Null, address) { Offset = (long)value } : null;
        }

        if (value >= LastPage)
        {
            // A register with an error's number below the address says which error it was.
            ulong pointer = registers.Values.Where(held => held > LastPage && held <= value).DefaultIfEmpty(value).Max();
            int error = (int)(ulong.MaxValue - pointer) + 1;
            return new AddressRegion(RegionKind.ErrorPointer, address) { Error = error > 4095 ? 0 : error, Offset = (long)(value - pointer) };
        }

        if (value is >= ListPoison and < ListPoison + MostOffset)
        {
            (ulong from, string name) = value >= OldListPoison2 ? (OldListPoison2, "LIST_POISON2") : value >= ListPoison2 ? (ListPoison2, "LIST_POISON2")
                : value >= ListPoison1 ? (ListPoison1, "LIST_POISON1") : (ListPoison, "the base of list poisons");
            return new AddressRegion(RegionKind.ListPoison, address) { Offset = (long)(value - from), Detail = name };
        }

        return Poison(address) ?? Shadow(address) ?? Letters(address);
    }

    private static bool HasPointerNear(ulong value, IReadOnlyDictionary<int, ulong> registers) => registers.Values.Any(held => held is >= 4096 && held <= value && value - held < 4096);

    private static AddressRegion? Poison(VirtualAddress address)
    {
        foreach ((byte poison, string meaning) in _poisons)
        {
            ulong pattern = 0x0101_0101_0101_0101UL * poison;
            foreach (ulong printed in (ReadOnlySpan<ulong>)[pattern, pattern & ~TopByte])
            {
                // The offset of a member is added, and of the field before a container taken away.
                long offset = (long)(address.Value - printed);
                if (offset is > -4096 and < 4096)
                {
                    return new AddressRegion(RegionKind.Poison, address) { Offset = offset, Detail = meaning };
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
        // 48-bit kernels have ...800000000000, 39-bit ones ...ffc000000000, 42-bit ones ...fe0000000000, 47-bit ones ...c00000000000.
        ulong bits = address.Value & 0xffff_ffff_ffff;
        foreach (ulong start in (ReadOnlySpan<ulong>)[0x8000_0000_0000, 0xffc0_0000_0000, 0xfff8_0000_0000, 0xfe00_0000_0000, 0xc000_0000_0000])
        {
            if (bits >= start && bits - start < 1UL << 32)
            {
                long of = (long)((bits - start) << scale);
                return new AddressRegion(RegionKind.KasanShadowOfNothing, address) { Offset = of };
            }
        }

        return null;
    }

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
