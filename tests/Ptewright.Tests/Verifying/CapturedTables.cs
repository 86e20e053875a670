using Ptewright.Addressing;
using Ptewright.Captures;
using Ptewright.Firmware;
using Ptewright.Images;
using Ptewright.Kernels.Planning;
using Ptewright.LinearMap;
using Ptewright.Tests.Images;
using Ptewright.Tests.Kernels;
using Ptewright.Translation;
using Ptewright.Verifying;
using Ptewright.Walking;

namespace Ptewright.Tests.Verifying;

/// <summary>A captured kernel's tables, of which entries can be changed, and its prediction.</summary>
internal sealed class CapturedTables : IDisposable
{
    private readonly TableFolder _capture;
    private readonly KernelMachine _machine;
    private readonly KernelPlan _plan;

    /// <summary>Opens a capture of the test data.</summary>
    /// <param name="kernel">Its name.</param>
    /// <param name="otherCommandLine">Another command line than the kernel had.</param>
    public CapturedTables(string kernel, string? otherCommandLine = null)
    {
        (string cpu, string commandLine) = kernel switch
        {
            "6.1-cloud" => ("cortex-a72", "nokaslr rodata=on"),
            "6.12-cloud" => ("max", "nokaslr"),
            _ => ("max", "nokaslr rodata=on kfence.sample_interval=100"),
        };
        commandLine = otherCommandLine ?? commandLine;
        _capture = new TableFolder(SampleKernels.PathOf("captures", kernel));
        Image = new EditedImage(_capture);
        _machine = SampleKernels.Machine(kernel, cpu, MemorySpec.Parse("512M"), commandLine);
        _plan = SampleKernels.Profile(kernel).Plan(_machine, KernelScope.PagingInit);
    }

    /// <summary>The tables.</summary>
    public EditedImage Image { get; }

    /// <summary>How they are read.</summary>
    public TranslationRoot Root => TranslationRoot.Of(Image.Registers, AddressHalf.Upper);

    /// <summary>The first address of the linear map.</summary>
    public VirtualAddress Start => _plan.Geometry.ActualPageOffset;

    /// <summary>Where the last entry of a walk to an address of the linear map lies, or the last one above a level.</summary>
    /// <param name="offset">The address, from the start of the map on.</param>
    /// <param name="level">The level of the table that the entry leads to.</param>
    public PhysicalAddress EntryOf(ulong offset, int level = 4) => Walk(offset).Last(step => step.Level < level).Address;

    /// <summary>The entries that a walk reads.</summary>
    /// <param name="offset">The address, from the start of the map on.</param>
    public IReadOnlyList<WalkStep> Walk(ulong offset)
    {
        WalkStep[] steps = new WalkStep[TableWalker.MostSteps];
        _ = Image.WalkOnce(Root, Start + offset, steps, out int count);
        return steps[..count];
    }

    /// <summary>Sets bits of every valid entry of the linear map, those of tables included, as a kernel does that makes all of it non-global.</summary>
    /// <param name="bits">The bits.</param>
    public void SetEverywhere(ulong bits)
    {
        HashSet<PhysicalAddress> entries = [];
        for (ulong offset = 0; offset < 512UL << 20; offset += 4096)
        {
            entries.UnionWith(Walk(offset).Where(step => step.Kind != EntryKind.Invalid).Select(step => step.Address));
        }

        foreach (PhysicalAddress entry in entries)
        {
            Image[entry] |= bits;
        }
    }

    /// <summary>Compares.</summary>
    /// <param name="registers">Other registers than the kernel had.</param>
    public MapVerification Verify(ImageRegisters? registers = null) => MapVerifier.Verify(Image, registers ?? Image.Registers, _machine, _plan);

    public void Dispose()
    {
        Image.Dispose();
        _capture.Dispose();
    }
}
