using Ptewright.Cli.Output;
using Ptewright.Discovery;
using Ptewright.Images;
using Ptewright.Live;
using Ptewright.Translation;
using Ptewright.Walking;

namespace Ptewright.Cli.Options;

/// <summary>Finds the kernel and its machine in a source where the person does not say all of them.</summary>
internal static class MachineFinding
{
    /// <summary>The machine of the kernel whose tables are read, and a note of what was taken from where.</summary>
    /// <param name="image">The source.</param>
    /// <param name="registers">How its tables are read.</param>
    /// <param name="kernel">The kernel, where it was found already.</param>
    /// <param name="terminal">Takes the notes.</param>
    /// <returns>Null where none is found, or looking for it would hold a guest up.</returns>
    public static FoundMachine? Find(MemoryImage image, ImageRegisters registers, FoundKernel? kernel, Terminal terminal)
    {
        if (image is GdbImage or QmpImage { IsShared: false })
        {
            return null;
        }

        kernel ??= registers is { Ttbr1: not null, Tcr: not null } ? RootDiscovery.Find(image, DiscoveryMethods.All, terminal).Kernels.FirstOrDefault(found => IsSame(found.Registers, registers)) : null;
        if (kernel is null)
        {
            return null;
        }

        FoundMachine machine = terminal.WithProgress(_ => MachineDiscovery.Find(image, kernel));
        terminal.Note(machine.Remarks);
        return machine;
    }

    // TTBR1 may have an ASID, and TCR more than is found.
    private static bool IsSame(ImageRegisters found, ImageRegisters given)
    {
        TranslationRoot left = TranslationRoot.Of(found, AddressHalf.Upper);
        TranslationRoot right = TranslationRoot.Of(given, AddressHalf.Upper);
        return (left.Table, left.Granule, left.InputBits, left.Format.IsLpa2) == (right.Table, right.Granule, right.InputBits, right.Format.IsLpa2);
    }
}
