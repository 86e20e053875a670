using Ptewright.Addressing;
using Ptewright.Images;

namespace Ptewright.Discovery;

/// <summary>A root that something names.</summary>
/// <param name="Registers">The registers that follow.</param>
/// <param name="By">What names it.</param>
/// <param name="Where">The same in words: "the source's registers", "VMCOREINFO in memory at 0x41000000".</param>
/// <param name="Info">VMCOREINFO, if that is it.</param>
/// <param name="Symbols">The kernel's own symbols, if they are it.</param>
internal sealed record NamedRoot(ImageRegisters Registers, KnownBy By, string Where, VmCoreInfo? Info = null, ImageSymbols? Symbols = null)
{
    /// <summary>The VMCOREINFO note of a source, if it has one.</summary>
    public static VmCoreInfo? NoteOf(MemoryImage image) => image.CoreInfo;

    /// <summary>What the source itself says: its registers, or its note, from which a file's registers are made.</summary>
    /// <param name="image">The source.</param>
    /// <param name="methods">What may be asked.</param>
    public static IEnumerable<NamedRoot> OfSource(MemoryImage image, DiscoveryMethods methods)
    {
        if (NoteOf(image) is { } note)
        {
            if (methods.HasFlag(DiscoveryMethods.Note))
            {
                yield return new NamedRoot(note.ToRegisters(), KnownBy.Note, "the VMCOREINFO note", note);
            }
        }
        else if (methods.HasFlag(DiscoveryMethods.Registers) && image.Registers is { Ttbr1: not null, Tcr: not null } registers)
        {
            yield return new NamedRoot(registers, KnownBy.Registers, "the source's registers");
        }
    }

    /// <summary>What VMCOREINFO in memory says; copies that say the same are one.</summary>
    /// <param name="found">What a pass over memory found.</param>
    public static IEnumerable<NamedRoot> OfMemory(SweepFindings found) => found.CoreInfos
        .GroupBy(info => info.Text, StringComparer.Ordinal)
        .Select(same => (same.First().At, Info: VmCoreInfo.Parse(same.Key)))
        .Select(item => new NamedRoot(item.Info.ToRegisters(), KnownBy.Text, $"VMCOREINFO in memory at {item.At}", item.Info));
}
