using Ptewright.Addressing;
using Ptewright.Images;
using Ptewright.Kernels.Versions;
using Ptewright.Translation;

namespace Ptewright.Discovery;

/// <summary>A kernel in a source, or what may be one: its tables, where it lies, and how each statement is known.</summary>
/// <remarks>What is null is not known.</remarks>
public sealed record FoundKernel
{
    /// <summary>Its root table.</summary>
    public required FoundRoot Root { get; init; }

    /// <summary>The registers that its tables are read with: TTBR1, TCR (granule, size and format of the upper half; nothing else), and MAIR if it is known or usual.</summary>
    public required ImageRegisters Registers { get; init; }

    /// <summary>How <see cref="ImageRegisters.Mair"/> is known; null when it is not.</summary>
    public KnownBy? MairBy { get; init; }

    /// <summary>The granule.</summary>
    public required Known<GranuleSize> Granule { get; init; }

    /// <summary>The size of virtual addresses in use.</summary>
    public required Known<int> InputBits { get; init; }

    /// <summary>Whether descriptors have 52-bit addresses with 4K or 16K pages.</summary>
    public required Known<bool> IsLpa2 { get; init; }

    /// <summary>The size of virtual addresses that it was built for. Linux: <c>VA_BITS</c>.</summary>
    public Known<int>? BuiltBits { get; init; }

    /// <summary>The first address of the linear map that is mapped.</summary>
    public Known<VirtualAddress>? LinearStart { get; init; }

    /// <summary>Where <see cref="LinearStart"/> leads.</summary>
    public Known<PhysicalAddress>? LinearPhysical { get; init; }

    /// <summary>The physical address that belongs to the start of the linear region as built; with more bits built than used it may lie below zero. Linux: <c>memstart_addr</c>.</summary>
    public Known<ulong>? PhysicalOffset { get; init; }

    /// <summary>The distance from the image's physical to its virtual addresses. Linux: <c>kimage_voffset</c>.</summary>
    public Known<ulong>? ImageOffset { get; init; }

    /// <summary>Where the image begins in memory.</summary>
    public Known<PhysicalAddress>? ImageStart { get; init; }

    /// <summary>How many bytes it has.</summary>
    public Known<ulong>? ImageSize { get; init; }

    /// <summary>The virtual address of its first byte.</summary>
    public Known<VirtualAddress>? ImageAddress { get; init; }

    /// <summary>By how much it was moved from where it was linked. Linux: <c>kaslr_offset</c>.</summary>
    public Known<ulong>? KaslrOffset { get; init; }

    /// <summary>What it says of itself first of all: <c>Linux version ...</c>.</summary>
    public Known<string>? Banner { get; init; }

    /// <summary>Its release.</summary>
    public Known<string>? Release { get; init; }

    /// <summary>The identity of the build, in hexadecimal.</summary>
    public Known<string>? BuildId { get; init; }

    /// <summary>VMCOREINFO that names its root, if there is one.</summary>
    internal VmCoreInfo? CoreInfo { get; init; }

    /// <summary>The profile for it.</summary>
    public KernelMatch? Profile { get; init; }

    /// <summary>All of its roots, the kernel's own first.</summary>
    public required IReadOnlyList<FoundRoot> Roots { get; init; }

    /// <summary>How much speaks for the root, 0 to 100; the parts are in <see cref="Points"/>.</summary>
    public required int Score { get; init; }

    /// <summary>What speaks for the root and what does not.</summary>
    public required IReadOnlyList<ScorePoint> Points { get; init; }

    /// <summary>Whether the tables prove it: they map memory and the image, and the root itself lies in that image.</summary>
    public required bool IsProven { get; init; }
}

/// <summary>Something that speaks for a root.</summary>
/// <param name="Name">What, in one word for programs.</param>
/// <param name="Given">How many points it got.</param>
/// <param name="Most">How many it could get.</param>
/// <param name="Evidence">What was seen.</param>
public sealed record ScorePoint(string Name, int Given, int Most, string Evidence);
