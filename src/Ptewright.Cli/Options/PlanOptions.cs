using System.CommandLine;
using Ptewright.Cli.Output;
using Ptewright.Kernels.Planning;
using Ptewright.LinearMap;
using Ptewright.Machines;

namespace Ptewright.Cli.Options;

/// <summary>What one kernel does on the machine that the command line describes.</summary>
/// <param name="Described">The kernel and the machine.</param>
/// <param name="Plan">Its <c>map_mem</c>.</param>
internal sealed record KernelBuild(DescribedMachine Described, KernelPlan Plan)
{
    /// <summary>The shape of its tables, and what it forbids in banks of memory.</summary>
    public TableChoice Shape => new(Plan.Geometry, Plan.Blocks.Allowed ? MapFlags.None : LinearMapPlanner.PagesOnly);
}

/// <summary>The options of commands that build the linear map of memory alone, or that of a kernel when one is described.</summary>
internal sealed class PlanOptions
{
    private readonly MachineOptions _machine = new(kernelIsOptional: true);
    private readonly Option<bool> _blocks = TableOptions.BlocksOption();

    /// <summary>Gives the options to a command.</summary>
    public void AddTo(Command command)
    {
        _machine.AddTo(command);
        command.Options.Add(_blocks);
    }

    /// <summary>Whether any option says which memory.</summary>
    public bool IsMemoryGiven(ParseResult parsed) => _machine.Memory.Source(parsed) is not null;

    /// <summary>The option that asks for a kernel's plan; null when memory alone counts.</summary>
    public string? OfKernel(ParseResult parsed) => _machine.OfKernel(parsed);

    /// <summary>The tables of memory alone.</summary>
    /// <exception cref="UsageException">There is no such granule.</exception>
    /// <exception cref="InvalidRequestException">Linux has no such combination.</exception>
    public TableChoice Shape(ParseResult parsed) =>
        TableOptions.Choose(_machine.Granule(parsed) ?? TableOptions.UsualGranule, _machine.VaBits(parsed) ?? TableOptions.UsualBits, parsed.GetValue(_blocks));

    /// <summary>Reads memory alone, and notes what was assumed or passed over.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="terminal">Takes the notes.</param>
    /// <param name="shape">The tables that are wanted.</param>
    /// <param name="usual">The memory when no option says which; null when one must.</param>
    /// <exception cref="UsageException">Not exactly one source is given; but memory by hand and a device tree go together.</exception>
    /// <exception cref="InvalidInputException">The source is not what it should be.</exception>
    public MachineMemory ReadMemory(ParseResult parsed, Terminal terminal, TableChoice shape, string? usual = null)
    {
        MachineSource source = usual is null ? _machine.Memory.RequiredSource(parsed) : _machine.Memory.Source(parsed) ?? MachineSource.OfText(usual);
        MachineMemory memory = source.ReadAlone(shape.Geometry);
        terminal.Note(memory.Remarks);
        return memory;
    }

    /// <summary>Reads the kernel and its machine and plans <c>map_mem</c>, and notes what was assumed or passed over.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="terminal">Takes the notes.</param>
    /// <param name="usual">The memory when no option says which; null when one must.</param>
    /// <exception cref="UsageException">Options do not go together or name what does not exist.</exception>
    /// <exception cref="InvalidInputException">A file is not what it should be, or the kernel cannot run there.</exception>
    public KernelBuild ReadKernel(ParseResult parsed, Terminal terminal, string? usual = null)
    {
        if (parsed.GetValue(_blocks))
        {
            throw new UsageException($"Option --blocks is for memory alone, and {OfKernel(parsed)} asks for a kernel, which decides about blocks itself: give --cmdline, as in rodata=on.");
        }

        DescribedMachine described = _machine.Read(parsed, terminal, usual: usual);
        KernelPlan plan = described.Plan();
        terminal.Note([.. described.Memory.CommandLine.Remarks, .. plan.Remarks]);
        return new KernelBuild(described, plan);
    }
}
