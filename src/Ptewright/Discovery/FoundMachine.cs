using Ptewright.Addressing;
using Ptewright.Kernels.Cpus;
using Ptewright.Kernels.Planning;
using Ptewright.Kernels.Symbols;
using Ptewright.Machines;
using Ptewright.Memory;

namespace Ptewright.Discovery;

/// <summary>The machine of a kernel that was found in memory, as far as that memory shows it, and how each statement is known.</summary>
/// <remarks>What is null is not known.</remarks>
public sealed record FoundMachine
{
    /// <summary>The kernel.</summary>
    public required FoundKernel Kernel { get; init; }

    /// <summary>Its symbols, at the addresses where they lie in this kernel.</summary>
    public Known<KernelSymbols>? Symbols { get; init; }

    /// <summary>Why <see cref="Symbols"/> are not known, as a sentence.</summary>
    public string? NoSymbols { get; init; }

    /// <summary>The text of its configuration (CONFIG_IKCONFIG).</summary>
    public Known<string>? Configuration { get; init; }

    /// <summary>The machine's memory, before the kernel reserved any of it.</summary>
    public required Known<MemoryLayout> Memory { get; init; }

    /// <summary>Where the boot loader put the device tree.</summary>
    public Known<PhysicalAddress>? DeviceTree { get; init; }

    /// <summary>The command line.</summary>
    public Known<string>? CommandLine { get; init; }

    /// <summary>MIDR_EL1 of the boot CPU.</summary>
    public Known<uint>? CpuId { get; init; }

    /// <summary>The boot CPU.</summary>
    public Known<CpuModel>? Cpu { get; init; }

    /// <summary>Whether KASLR moved the kernel.</summary>
    public Known<bool>? IsRandomized { get; init; }

    /// <summary>What the kernel says belongs to the start of its linear region. Linux: <c>memstart_addr</c>.</summary>
    public Known<ulong>? MemoryStart { get; init; }

    /// <summary>The memory that the kernel's own list has by now; memory that was added later is in it.</summary>
    public Known<IReadOnlyList<MemoryRegion>>? OwnMemory { get; init; }

    /// <summary>Where sources contradict each other, and what could not be read: one sentence each.</summary>
    public required IReadOnlyList<string> Remarks { get; init; }

    internal MachineInMemory? Parts { get; init; }

    /// <summary>A description that has what was found where nothing is given.</summary>
    /// <param name="given">What is given.</param>
    public MachineDescription Complete(MachineDescription given)
    {
        ArgumentNullException.ThrowIfNull(given);
        return given with { InMemory = Parts };
    }

    /// <summary>Where what is given, and so goes before, is not what was found: one sentence each.</summary>
    /// <param name="given">What is given.</param>
    public IReadOnlyList<string> Contradictions(MachineDescription given)
    {
        ArgumentNullException.ThrowIfNull(given);
        List<string> remarks = [];
        if (given.Kernel is { } profile && Kernel.Profile is { } match && match.Profile != profile)
        {
            remarks.Add($"The kernel in memory says that it is Linux {ForeignText.Clean(Kernel.Release?.Value ?? "of a kind that is not known")}, and {profile.Name} is given: that is taken.");
        }

        if (given.Cpu is { } cpu && Cpu is { } found && found.Value.Name != cpu.Name)
        {
            remarks.Add($"The CPU in memory is {found.Value.Name} ({found.Evidence}), and {cpu.Name} is given: that is taken.");
        }

        if (given.CommandLine is { } line && CommandLine is { } own && own.Value.Trim() != line.Trim())
        {
            remarks.Add($"The command line in memory is {ForeignText.Quote(own.Value, 1000)}, and another one is given: that is taken.");
        }

        return remarks;
    }

    /// <summary>Whether the kernel's own list of its memory is what a plan reckons with.</summary>
    /// <param name="plan">The plan.</param>
    /// <returns>A sentence that says where they differ; null where they do not, or there is no list.</returns>
    public string? Compare(KernelPlan plan)
    {
        ArgumentNullException.ThrowIfNull(plan);
        if (OwnMemory is not { } own)
        {
            return null;
        }

        (ulong, ulong, bool)[] planned = [.. plan.Plan.Memory.Memory.Select(region => (region.Start.Value, region.End.Value, region.NoMap))];
        (ulong, ulong, bool)[] listed = [.. own.Value.Select(region => (region.Start.Value, region.End.Value, region.NoMap))];
        return planned.SequenceEqual(listed) ? null
            : $"The memory by {Memory.Evidence} is {Describe(planned)}; by {own.Evidence} it is {Describe(listed)}. The first is reckoned with.";
    }

    private static string Describe((ulong Start, ulong End, bool NoMap)[] regions)
    {
        const int Shown = 6;
        return string.Join(", ", regions.Take(Shown).Select(region => $"{new PhysicalAddress(region.Start)}-{new PhysicalAddress(region.End)}{(region.NoMap ? " (not mapped)" : string.Empty)}"))
            + (regions.Length > Shown ? $" and {regions.Length - Shown} more" : string.Empty);
    }
}
