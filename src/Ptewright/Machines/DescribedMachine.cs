using Ptewright.Kernels.Planning;
using Ptewright.Kernels.Versions;

namespace Ptewright.Machines;

/// <summary>A kernel and what it runs on, as <see cref="MachineDescription"/> found them.</summary>
/// <param name="Profile">The kernel.</param>
/// <param name="Machine">What it finds when it starts.</param>
/// <param name="Memory">The machine's memory, as its source says it.</param>
/// <param name="Remarks">What was assumed or passed over, and what of the files is used: one sentence each.</param>
public sealed record DescribedMachine(KernelProfile Profile, KernelMachine Machine, MachineMemory Memory, IReadOnlyList<string> Remarks)
{
    /// <summary>What it is called: kernel, CPU and memory.</summary>
    public string Name => $"{Profile.Name} on {Machine.Cpu.Name}, memory {Memory.Name}";

    /// <summary>Plans what the kernel does there.</summary>
    /// <param name="scope">How much of its start.</param>
    /// <exception cref="InvalidInputException">The kernel cannot run there.</exception>
    public KernelPlan Plan(KernelScope scope = KernelScope.MapMem) => Profile.Plan(Machine, scope);
}
