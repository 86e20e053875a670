using Ptewright.Translation;
using Ptewright.Walking;

namespace Ptewright.Cli;

/// <summary>What leaves and tables allow, in words.</summary>
internal static class AttributeText
{
    /// <summary>A leaf's attributes: kernel's rights, program's rights, memory type, and what is unusual.</summary>
    public static string Of(LeafAttributes attributes)
    {
        string write = attributes.IsReadOnly ? "r-" : "rw";
        string kernel = $"EL1 {write}{(attributes.IsKernelExecutable ? "x" : "-")}";
        string user = attributes.IsUser ? $"EL0 {write}{(attributes.IsUserExecutable ? "x" : "-")}"
            : attributes.IsUserExecutable ? "EL0 --x" : "EL0 ---";
        string[] parts =
        [
            kernel,
            user,
            Memory(attributes),
            .. Flags(attributes),
        ];
        return string.Join(", ", parts);
    }

    /// <summary>What a table descriptor forbids below it.</summary>
    public static string OfTable(Descriptor entry)
    {
        (ulong Bit, string Name)[] names =
            [(1UL << 63, "NSTable"), (1UL << 62, "no writes below"), (1UL << 61, "no EL0 below"), (DescriptorBits.UxnTable, "UXNTable"), (DescriptorBits.PxnTable, "PXNTable")];
        string[] set = [.. names.Where(name => (entry.Raw & name.Bit) != 0).Select(name => name.Name)];
        return set.Length == 0 ? string.Empty : $" ({string.Join(", ", set)})";
    }

    /// <summary>The memory type: MAIR's byte in words, or the index alone.</summary>
    public static string Memory(LeafAttributes attributes) => attributes.MemoryAttribute is not { } type
        ? $"AttrIndx {attributes.AttributeIndex}"
        : type switch
        {
            0xff => "normal write-back",
            0xf0 => "normal tagged",
            0x44 => "normal non-cacheable",
            0xbb => "normal write-through",
            0x00 => "device nGnRnE",
            0x04 => "device nGnRE",
            0x08 => "device nGRE",
            0x0c => "device GRE",
            _ => $"memory attribute 0x{type:x2}",
        };

    private static IEnumerable<string> Flags(LeafAttributes attributes)
    {
        if (attributes.Shareability is { } share)
        {
            yield return share switch { 0 => "not shareable", 2 => "outer shareable", 3 => "inner shareable", _ => "SH reserved" };
        }

        if (!attributes.IsAccessed)
        {
            yield return "AF clear";
        }

        if (attributes.IsNotGlobal)
        {
            yield return "not global";
        }

        if (attributes.IsContiguous)
        {
            yield return "contiguous";
        }

        if (attributes.IsGuarded)
        {
            yield return "guarded";
        }

        if (attributes.IsDirtyModifier)
        {
            yield return "DBM";
        }
    }
}
