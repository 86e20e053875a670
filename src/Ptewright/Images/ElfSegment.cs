using System.Globalization;

namespace Ptewright.Images;

/// <summary>A PT_LOAD segment of a core, as its header describes it.</summary>
/// <param name="Header">The header's number.</param>
/// <param name="Offset">Where its bytes are in the file; in <c>/proc/kcore</c> far behind what the file's size says.</param>
/// <param name="Virtual">Where the kernel reaches it (<c>p_vaddr</c>); 0 where nobody says.</param>
/// <param name="Physical">Where it lies in memory (<c>p_paddr</c>).</param>
/// <param name="Size">Its bytes in the file.</param>
/// <param name="MemorySize">Its bytes in memory, at least as many: what is more was left out.</param>
internal readonly record struct ElfSegment(int Header, ulong Offset, ulong Virtual, ulong Physical, ulong Size, ulong MemorySize)
{
    // With FEAT_D128 physical addresses have 56 bits, and no more.
    private const ulong FirstNoPhysicalAddress = 1UL << 56;

    // Addresses of the kernel's half, whatever its size.
    private const ulong FirstKernelAddress = 0xfff0_0000_0000_0000;

    /// <summary>Whether it says where in memory it lies.</summary>
    public bool HasPhysical => Physical < FirstNoPhysicalAddress;

    private bool IsOfKernel => Virtual >= FirstKernelAddress;

    /// <summary>Leaves out the segments that are no memory of their own.</summary>
    /// <param name="segments">All of them.</param>
    /// <param name="remarks">Takes what was left out and why.</param>
    /// <remarks>
    /// Linux, <c>fs/proc/kcore.c</c>: only memory and the kernel's image have a physical address; vmalloc, modules and the page array have −1, and old kernels give 0 to
    /// all. The image is memory that another segment has already, in <c>/proc/vmcore</c> too (<c>kernel/crash_core.c: crash_prepare_elf64_headers</c>).
    /// </remarks>
    public static List<ElfSegment> Choose(IReadOnlyList<ElfSegment> segments, ICollection<string> remarks)
    {
        List<ElfSegment> kept = [.. segments.Where(segment => segment.MemorySize > 0)];
        LeaveOut(segment => !segment.HasPhysical, "no physical address, as vmalloc, modules and the page array have none in /proc/kcore");

        // One alone may be memory that begins at 0; more cannot be.
        if (kept.Count(segment => segment.IsOfKernel && segment.Physical == 0) > 1)
        {
            LeaveOut(segment => segment.IsOfKernel && segment.Physical == 0, "physical address 0, which old kernels write for all of /proc/kcore");
        }

        HashSet<int> held = FindHeld(kept);
        LeaveOut(segment => held.Contains(segment.Header), "memory that a larger segment has too, as the kernel's image");
        return kept;

        void LeaveOut(Func<ElfSegment, bool> isUnusable, string why)
        {
            ElfSegment[] left = [.. kept.Where(isUnusable)];
            if (left.Length > 0)
            {
                _ = kept.RemoveAll(segment => isUnusable(segment));
                remarks.Add(string.Create(
                    CultureInfo.InvariantCulture,
                    $"{left.Length} of {segments.Count} segments left out: {why}; the first is program header {left[0].Header}, virtual address 0x{left[0].Virtual:x16}."));
            }
        }
    }

    private static HashSet<int> FindHeld(List<ElfSegment> segments)
    {
        HashSet<int> held = [];
        ElfSegment widest = default;
        foreach (ElfSegment segment in segments.OrderBy(segment => segment.Physical).ThenByDescending(segment => segment.Size))
        {
            bool isInside = segment.Physical - widest.Physical < widest.Size && segment.Size <= widest.Size - (segment.Physical - widest.Physical);
            if (isInside && segment.Size < widest.Size && segment.IsOfKernel && segment.Virtual != widest.Virtual)
            {
                _ = held.Add(segment.Header);
            }
            else if (!isInside)
            {
                widest = segment;
            }
        }

        return held;
    }
}
