using Ptewright.Addressing;
using Ptewright.Firmware;
using Ptewright.Images;
using Ptewright.Kernels.Configuration;
using Ptewright.Kernels.Planning;
using Ptewright.Kernels.Versions;
using Ptewright.LinearMap;
using Ptewright.Listing;
using Ptewright.Simulation;
using Ptewright.Tests.Images;
using Ptewright.Tests.Kernels;
using Ptewright.Translation;
using Ptewright.Verifying;
using Ptewright.Walking;

namespace Ptewright.Tests.Verifying;

/// <summary>The tables that a kernel is predicted to make, of which entries can be changed as that kernel changes them later.</summary>
internal sealed class PredictedTables : IDisposable
{
    private readonly KernelMachine _machine;
    private readonly LinearMapSimulation _simulation;
    private readonly SimulationImage _prediction;

    /// <summary>Builds them, with the image of 6.12 on 256 MiB.</summary>
    /// <param name="profile">The kernel.</param>
    /// <param name="commandLine">Its command line.</param>
    /// <param name="options">Options that its configuration has besides, as <c>DEBUG_PAGEALLOC</c>.</param>
    public PredictedTables(string profile, string commandLine, params string[] options)
        : this("max", profile, commandLine, options)
    {
    }

    private PredictedTables(string cpu, string profile, string commandLine, string[] options)
    {
        string config = File.ReadAllText(SampleKernels.PathOf("config", "config-6.12-cloud")) + string.Concat(options.Select(option => $"\nCONFIG_{option}=y\n"));
        _machine = SampleKernels.Machine("6.12-cloud", cpu, MemorySpec.Parse("256M"), commandLine) with { Config = KernelConfig.Parse(config, "config") };

        // From 7.2 on bss ends with a page; that of 6.12, whose symbols these are, does not.
        VirtualAddress bss = new((_machine.Image!.BssEnd!.Value.Value + 4095) & ~4095UL);
        _machine = _machine with { Image = _machine.Image with { BssEnd = bss } };
        Plan = KernelProfiles.Find(profile).Plan(_machine, KernelScope.PagingInit);
        _simulation = new LinearMapSimulation(Plan.Plan, _machine.Cpu.HasRangeInvalidation);
        _ = _simulation.Build(Plan.Strategy.Options);
        _prediction = new SimulationImage(_simulation.Memory, KernelRegisters.Of(_machine, Plan, _simulation.Root).ForImage());
        Image = new EditedImage(_prediction);
        Assert.Empty(Verify().Differences);
    }

    /// <summary>The same on another CPU than QEMU's max.</summary>
    public static PredictedTables On(string cpu, string profile, string commandLine) => new(cpu, profile, commandLine, []);

    /// <summary>What was predicted.</summary>
    public KernelPlan Plan { get; }

    /// <summary>The tables.</summary>
    public EditedImage Image { get; }

    /// <summary>The part of the image whose alias becomes read-only.</summary>
    public (PhysicalAddress Start, PhysicalAddress End) TextAlias => Plan.Profile.ReadOnlyAlias(_machine)!.Value;

    /// <summary>The image's data and bss, as their alias is mapped.</summary>
    public (PhysicalAddress Start, PhysicalAddress End) DataAlias => Plan.Profile.DataAlias(_machine) is { } alias ? (alias.Start, alias.End) : default;

    /// <summary>KFENCE's pool.</summary>
    public (PhysicalAddress Start, PhysicalAddress End) KfencePool => (Plan.KfencePool.Start, Plan.KfencePool.End);

    private TranslationRoot Root => TranslationRoot.Of(Image.Registers, AddressHalf.Upper);

    /// <summary>Where the leaf lies that maps memory in the linear map.</summary>
    /// <param name="physical">The memory.</param>
    public PhysicalAddress LeafOf(PhysicalAddress physical)
    {
        WalkStep[] steps = new WalkStep[TableWalker.MostSteps];
        _ = Image.WalkOnce(Root, Plan.Geometry.PageOffset + (physical.Value - Plan.Plan.MemoryStart.Value), steps, out int count);
        return steps[count - 1].Address;
    }

    /// <summary>The leaves that map a part of memory.</summary>
    /// <param name="part">The part.</param>
    public IReadOnlyList<PhysicalAddress> LeavesOf((PhysicalAddress Start, PhysicalAddress End) part)
    {
        HashSet<PhysicalAddress> leaves = [];
        for (PhysicalAddress at = part.Start; at < part.End; at += Plan.Geometry.PageSize)
        {
            _ = leaves.Add(LeafOf(at));
        }

        return [.. leaves];
    }

    /// <summary>Compares the kernel's own listing of these tables.</summary>
    /// <param name="edit">What is changed in its text.</param>
    public MapVerification VerifyListing(Func<string, string> edit)
    {
        using StringWriter text = new();
        _ = ImageLister.List(text, Image, Root, Plan.Profile, Plan.Geometry.VirtualAddressBits);
        return ListingVerifier.Verify(PtdumpFile.Parse(edit(text.ToString()), "listing"), _machine, Plan);
    }

    /// <summary>Compares.</summary>
    public MapVerification Verify() => MapVerifier.Verify(Image, Image.Registers, _machine, Plan);

    public void Dispose()
    {
        Image.Dispose();
        _prediction.Dispose();
        _simulation.Dispose();
    }
}
