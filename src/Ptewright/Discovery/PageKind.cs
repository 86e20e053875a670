using System.Runtime.Intrinsics;
using Ptewright.Translation;

namespace Ptewright.Discovery;

/// <summary>What a page of 4 KiB may be a part of.</summary>
internal enum PageKind
{
    /// <summary>It holds something else.</summary>
    Other,

    /// <summary>Nothing but zeros.</summary>
    Zero,

    /// <summary>A table above level 3: nothing but zeros, tables and blocks.</summary>
    Table,
}

/// <summary>Tells tables above level 3 from everything else, whatever the granule.</summary>
internal static unsafe class PageKinds
{
    /// <summary>The bytes that are looked at: the smallest granule.</summary>
    public const int PageBytes = 4096;

    private const int Words = PageBytes / sizeof(ulong);

    // What kernels leave zero in a table descriptor, in every format: bits 58:50, 11, 7:2. Bits 9:8 are address with LPA2, 15:12 with 64K pages, 10 is the Access flag (FEAT_HAFT).
    private const ulong TableZeros = (0x1ffUL << 50) | (1UL << 11) | 0xfc;

    /// <summary>The bits by which an entry of a program's tables is told: its type, and bits 63:59, what a table denies to all below it.</summary>
    public const ulong ProgramMask = (31UL << 59) | DescriptorBits.TypeMask;

    /// <summary>What they are in a table entry of a program: PXNTable alone. Linux: <c>PMD_TABLE_PXN</c>, since 5.13.</summary>
    public const ulong ProgramEntry = DescriptorBits.PxnTable | DescriptorBits.TypeTable;

    /// <summary>What a page holds. Nearly all are told by their first words.</summary>
    /// <param name="words">Its 512 words.</param>
    public static PageKind Of(ulong* words)
    {
        Vector256<ulong> table = Vector256.Create(DescriptorBits.TypeTable);
        Vector256<ulong> tableMask = Vector256.Create(TableZeros | DescriptorBits.TypeMask);

        // A block that nobody reached is none that a kernel makes.
        Vector256<ulong> block = Vector256.Create(DescriptorBits.TypeBlock | DescriptorBits.AccessFlag);
        Vector256<ulong> blockMask = Vector256.Create(DescriptorBits.TypeMask | DescriptorBits.AccessFlag);
        Vector256<ulong> any = Vector256<ulong>.Zero;
        for (int i = 0; i < Words; i += 4)
        {
            Vector256<ulong> four = Vector256.Load(words + i);
            Vector256<ulong> fits = Vector256.Equals(four, Vector256<ulong>.Zero) | Vector256.Equals(four & tableMask, table) | Vector256.Equals(four & blockMask, block);
            if (fits != Vector256<ulong>.AllBitsSet)
            {
                return PageKind.Other;
            }

            any |= four;
        }

        return any == Vector256<ulong>.Zero ? PageKind.Zero : PageKind.Table;
    }
}
