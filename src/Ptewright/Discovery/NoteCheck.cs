using Ptewright.Addressing;
using Ptewright.Images;
using Ptewright.Translation;
using Ptewright.Walking;

namespace Ptewright.Discovery;

/// <summary>A look at whether the tables bear out a VMCOREINFO note, which costs one walk; <see cref="KernelDiscovery"/> reads the whole tree.</summary>
internal static class NoteCheck
{
    /// <summary>Whether the root that a note names maps itself, at the address that the note has for it, as <c>swapper_pg_dir</c> does. What an earlier kernel left does not.</summary>
    /// <param name="image">The source.</param>
    /// <param name="note">Its note.</param>
    public static bool IsBorneOut(MemoryImage image, VmCoreInfo note)
    {
        if (note.RootTable is not { } address || note.ToRegisters() is not { Ttbr1: not null, Tcr: not null } registers)
        {
            return false;
        }

        try
        {
            TranslationRoot root = TranslationRoot.Of(registers, AddressHalf.Upper);
            using TableWalker walker = new(image, root);
            return walker.Walk(address) is { IsMapped: true } walk && walk.Physical.Value == (root.Table.Value & ~((1UL << root.PageShift) - 1));
        }
        catch (InvalidInputException)
        {
            // It says what no CPU does, or an address that its own size does not have.
            return false;
        }
    }
}
