using System.Runtime.InteropServices;

namespace Ptewright.Memory;

/// <summary>One large piece of memory on huge pages, where the system gives them: reading tables at random is bound by the TLB otherwise.</summary>
internal static unsafe class LargeMemory
{
    private const nuint HugePage = 2 << 20;

    /// <summary>Takes memory, aligned to 2 MiB, or less than that of it, aligned to 64 KiB; <see cref="NativeMemory.AlignedFree"/> gives it back.</summary>
    public static byte* Take(ulong bytes)
    {
        if (bytes < HugePage)
        {
            return (byte*)NativeMemory.AlignedAlloc((nuint)bytes, 1 << 16);
        }

        nuint whole = ((nuint)bytes + HugePage - 1) & ~(HugePage - 1);
        byte* memory = (byte*)NativeMemory.AlignedAlloc(whole, HugePage);
        HostPages.AdviseHuge(memory, whole);
        return memory;
    }
}
