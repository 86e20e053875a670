using Ptewright.Addressing;
using Ptewright.Discovery;
using Ptewright.Fuzz;
using Ptewright.Images;
using Ptewright.Kernels.Symbols;
using Ptewright.Tests.Firmware;
using Ptewright.Translation;

namespace Ptewright.Tests.Discovery;

/// <summary>A hand-made kernel with the variables by which its memory shows its machine.</summary>
internal sealed class SyntheticMachine : IDisposable
{
    public const string CommandLine = "console=ttyAMA0 rodata=off";

    private const ulong VariablesAt = (2 << 20) + (256 << 10);
    private const ulong CoreInfoAt = (2 << 20) + (128 << 10);
    private const ulong Move = 0x3000_0000;

    public SyntheticMachine(byte[]? tree = null, string? bootArguments = CommandLine)
    {
        Kernel = new SyntheticKernel(Shapes.Make(GranuleSize.Size4K, 48, 48), size: 16 << 20);
        Tree = tree ?? DtbWriter.Root().Memory(Kernel.Start, Kernel.Size).Begin("chosen").Text("bootargs", bootArguments ?? string.Empty).End().End().Build();
        PhysicalAddress at = Kernel.Image + VariablesAt;
        Variables = new MachineVariables(at.Value + Kernel.ImageDistance, at.Value, (Kernel.Start, Kernel.Size), Kernel.Place.MemoryStart.Value, CommandLine, Tree);
    }

    public SyntheticKernel Kernel { get; }

    public byte[] Tree { get; }

    public MachineVariables Variables { get; }

    public PhysicalAddress TreeAt => Kernel.Image + VariablesAt + MachineVariables.TreeAt;

    /// <summary>Finds the machine.</summary>
    /// <param name="without">Variables that the symbols do not have.</param>
    public FoundMachine Find(params string[] without) => FindIn(Kernel.Memory, without);

    /// <summary>Finds the machine in what another image makes of the memory.</summary>
    public FoundMachine FindIn(MemoryImage image, params string[] without)
    {
        Kernel.Write(Kernel.Image + VariablesAt, Variables.Block);
        Kernel.WriteCoreInfo(Kernel.Image + CoreInfoAt, Kernel.CoreInfo(Kernel.Swapper) + (without.Contains("prb") ? string.Empty : Variables.CoreInfo));
        FoundKernel found = KernelDiscovery.Find(image).Kernel!;
        string map = Variables.SystemMap(Kernel.Image.Value + Kernel.ImageDistance, Kernel.Swapper.Value + Kernel.ImageDistance, Move, without);
        return MachineDiscovery.Find(image, found, SystemMap.Parse(map, "System.map"));
    }

    public void Dispose() => Kernel.Dispose();
}
