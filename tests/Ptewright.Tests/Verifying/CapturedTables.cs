using Ptewright.Addressing;
using Ptewright.Firmware;
using Ptewright.Images;
using Ptewright.Kernels;
using Ptewright.Tests.Kernels;
using Ptewright.Verifying;
using Ptewright.Walking;

namespace Ptewright.Tests.Verifying;

/// <summary>A captured kernel's tables, of which entries can be changed, and its prediction.</summary>
internal sealed class CapturedTables : IDisposable
{
    private readonly CaptureFolder _capture;
    private readonly KernelMachine _machine;
    private readonly KernelPlan _plan;

    public CapturedTables(string kernel)
    {
        (string cpu, string commandLine) = kernel switch
        {
            "6.1-cloud" => ("cortex-a72", "nokaslr rodata=on"),
            "6.12-cloud" => ("max", "nokaslr"),
            _ => ("max", "nokaslr rodata=on kfence.sample_interval=100"),
        };
        _capture = new CaptureFolder(SampleKernels.PathOf("captures", kernel));
        Image = new EditedImage(_capture);
        _machine = SampleKernels.Machine(kernel, cpu, MemorySpec.Parse("512M"), commandLine);
        _plan = SampleKernels.Profile(kernel).Plan(_machine, KernelScope.PagingInit);
    }

    public EditedImage Image { get; }

    public TranslationRoot Root => TranslationRoot.Of(Image.Registers, AddressHalf.Upper);

    /// <summary>The last entry of a walk to an address of the linear map, or the one that leads to a table of a level.</summary>
    public PhysicalAddress EntryOf(ulong offset, int level = 4)
    {
        WalkStep[] steps = new WalkStep[TableWalker.MostSteps];
        _ = new TableWalker(Image, Root).Walk(_plan.Geometry.ActualPageOffset + offset, steps, out int count);
        return steps.Take(count).Last(step => step.Level < level).Address;
    }

    public MapVerification Verify(ImageRegisters? registers = null) => MapVerifier.Verify(Image, registers ?? Image.Registers, _machine, _plan);

    public void Dispose()
    {
        Image.Dispose();
        _capture.Dispose();
    }
}
