using Ptewright.Cli.Output;
using Ptewright.Discovery;
using Ptewright.Images;
using Ptewright.Live;

namespace Ptewright.Cli.Options;

/// <summary>Finds how tables are read where neither the person nor the source says it.</summary>
internal static class RootDiscovery
{
    /// <summary>Finds the kernels of a source, with progress on the terminal. A live guest is searched only where its memory is a file here: through the stub that takes long, and it stands still meanwhile.</summary>
    public static DiscoveryResult Find(MemoryImage image, DiscoveryMethods methods, Terminal terminal) =>
        terminal.WithProgress(progress => KernelDiscovery.Find(image, methods, searches: image is not (GdbImage or QmpImage { IsShared: false }), progress));

    /// <summary>The registers that the VMCOREINFO note of a source says, if one walk bears them out, and a note of it.</summary>
    /// <returns>None when it has no note, or another kernel's.</returns>
    public static ImageRegisters? TakeNote(MemoryImage image, Terminal terminal)
    {
        if (image.CoreInfo is not { } info || !NoteCheck.IsBorneOut(image, info))
        {
            return null;
        }

        ImageRegisters registers = info.ToRegisters();
        ulong? mair = KernelDiscovery.UsualMair(info.Release);
        terminal.Note($"TTBR1, TCR from the VMCOREINFO note{(mair is null ? string.Empty : "; MAIR as usual")}.");
        return registers with { Mair = mair };
    }

    /// <summary>The kernel of a source, and a note of what its registers were taken from.</summary>
    /// <returns>None when no kernel is found.</returns>
    /// <exception cref="AmbiguousRootException">There are several.</exception>
    public static FoundKernel? Take(MemoryImage image, Terminal terminal)
    {
        DiscoveryResult result = Find(image, DiscoveryMethods.Kernels, terminal);
        if (result.IsAmbiguous)
        {
            throw new AmbiguousRootException(
                $"{ForeignText.QuoteName(image.Name)} has several kernels, and nothing says which is meant: {string.Join("; ", result.Kernels.Select(Describe))}. Give --ttbr1 and --tcr; 'ptewright inspect' says more.");
        }

        if (result.Kernel is { } kernel)
        {
            terminal.Note($"TTBR1, TCR from {Source(kernel)}{(kernel.MairBy == KnownBy.Usual ? "; MAIR as usual" : string.Empty)}.");
            if (image.CoreInfo is not null && kernel.Root.By != KnownBy.Note)
            {
                terminal.Note("the VMCOREINFO note says another root, which the tables do not bear out.");
            }
        }
        else if (image.Registers.Ttbr1 is null)
        {
            terminal.Note("nothing in its memory shows a kernel's root table; 'ptewright inspect' says what was tried.");
        }

        return result.Kernel;
    }

    private static string Describe(FoundKernel kernel) =>
        $"{kernel.Release?.Value ?? "a kernel"} with --ttbr1 {Numbers.Hex(kernel.Registers.Ttbr1!.Value)} --tcr {Numbers.Hex(kernel.Registers.Tcr!.Value)} ({kernel.Score} of 100 points)";

    private static string Source(FoundKernel kernel) => kernel.Root.By switch
    {
        KnownBy.Note => "the VMCOREINFO note",
        KnownBy.Text => "VMCOREINFO in memory",
        KnownBy.Symbols => "the kernel's own symbols in memory",
        KnownBy.Registers => "the source's registers",
        _ => $"the structure of the tables ({kernel.Score} of 100 points speak for them)",
    };
}

/// <summary>Several roots are equally good.</summary>
internal sealed class AmbiguousRootException(string message) : Exception(message);
