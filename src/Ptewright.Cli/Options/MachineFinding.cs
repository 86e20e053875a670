using Ptewright.Captures;
using Ptewright.Cli.Output;
using Ptewright.Discovery;
using Ptewright.Images;
using Ptewright.Kernels.Symbols;
using Ptewright.Live;
using Ptewright.Translation;
using Ptewright.Walking;

namespace Ptewright.Cli.Options;

/// <summary>Finds the machine of a kernel in a source where the person does not say all of it.</summary>
internal static class MachineFinding
{
    /// <summary>The machine of the kernel whose tables are read.</summary>
    /// <param name="image">The source.</param>
    /// <param name="registers">How its tables are read.</param>
    /// <param name="kernel">The kernel, where it was found already.</param>
    /// <param name="symbols">The file of the kernel's symbols, if it is given.</param>
    /// <param name="terminal">Takes the notes.</param>
    /// <returns>Null where none is found, or looking for it would hold a guest up.</returns>
    public static FoundMachine? Find(MemoryImage image, ImageRegisters registers, FoundKernel? kernel, string? symbols, Terminal terminal)
    {
        if (kernel is null && MayBeRead(image) && registers is { Ttbr1: not null, Tcr: not null })
        {
            kernel = RootDiscovery.Find(image, DiscoveryMethods.All, terminal).Kernels.FirstOrDefault(found => IsSame(found.Registers, registers));
        }

        return kernel is null ? null : Of(image, kernel, terminal, symbols is null ? null : KernelSymbols.Read(symbols));
    }

    /// <summary>The machine of a kernel; null where reading it would hold a guest up.</summary>
    public static FoundMachine? Of(MemoryImage image, FoundKernel kernel, Terminal terminal, KernelSymbols? symbols = null) =>
        MayBeRead(image) ? terminal.WithProgress(_ => MachineDiscovery.Find(image, kernel, symbols)) : null;

    /// <summary>Says in two lines what is taken from where.</summary>
    /// <param name="machine">What was found.</param>
    /// <param name="isGiven">Whether somebody gives it: symbols, memory, the command line, the CPU.</param>
    /// <param name="terminal">Takes the notes.</param>
    public static void Say(FoundMachine machine, (bool Symbols, bool Memory, bool CommandLine, bool Cpu) isGiven, Terminal terminal)
    {
        string?[] first =
        [
            isGiven.Symbols || machine.Symbols is null ? null : $"kernel's symbols from {Source(machine.Symbols.By)}",
            isGiven.Memory ? null : $"memory from {Source(machine.Memory.By)}",
        ];
        string?[] second =
        [
            isGiven.CommandLine || machine.CommandLine is null ? null : $"command line from {Source(machine.CommandLine.By)}",
            isGiven.Cpu || machine.Cpu is null ? null : $"CPU {machine.Cpu.Value.Name} from {Source(machine.Cpu.By)}",
        ];
        terminal.Note(new[] { first, second }.Select(words => string.Join(", ", words.OfType<string>())).Where(words => words.Length > 0).Select(words => $"{words}."));
    }

    /// <summary>Whether a source may show a machine, by its name: through a gdbstub an image of tens of MiB takes long, and the guest stands still meanwhile.</summary>
    public static bool MayBeRead(string source) => !source.StartsWith("gdb:", StringComparison.Ordinal);

    // The same; and a folder of tables has nothing but tables.
    private static bool MayBeRead(MemoryImage image) => image is not (GdbImage or QmpImage { IsShared: false } or TableFolder);

    private static string Source(KnownBy by) => by switch
    {
        KnownBy.Image => "its image",
        KnownBy.DeviceTree => "its device tree",
        KnownBy.EfiMap => "its EFI map",
        KnownBy.Data => "its own data",
        KnownBy.Log => "its log",
        KnownBy.Ranges => "the source's ranges",
        _ => "its VMCOREINFO",
    };

    // TTBR1 may have an ASID, and TCR more than is found.
    private static bool IsSame(ImageRegisters found, ImageRegisters given)
    {
        TranslationRoot left = TranslationRoot.Of(found, AddressHalf.Upper);
        TranslationRoot right = TranslationRoot.Of(given, AddressHalf.Upper);
        return (left.Table, left.Granule, left.InputBits, left.Format.IsLpa2) == (right.Table, right.Granule, right.InputBits, right.Format.IsLpa2);
    }
}
