using Ptewright.Decoding;
using Ptewright.Translation;
using Ptewright.Walking;

namespace Ptewright.Cli.Output;

/// <summary>What leaves and tables allow, in words.</summary>
internal static class AttributeText
{
    /// <summary>A leaf's attributes: kernel's rights, program's rights, memory type, and what is unusual.</summary>
    public static string Of(LeafAttributes attributes) =>
        $"EL1 {Kernel(attributes)}, EL0 {User(attributes)}, {Memory(attributes)}{Others(attributes)}";

    /// <summary>What the kernel may do: <c>rw-</c>.</summary>
    public static string Kernel(LeafAttributes attributes) => Permissions.Format(attributes.Permissions.Privileged);

    /// <summary>What programs may do: <c>---</c>; executing alone is possible.</summary>
    public static string User(LeafAttributes attributes) => Permissions.Format(attributes.Permissions.Unprivileged);

    /// <summary>What else there is to say, each behind a comma.</summary>
    public static string Others(LeafAttributes attributes) => string.Concat(Flags(attributes).Select(flag => $", {flag}"));

    /// <summary>What a table descriptor forbids below it.</summary>
    public static string OfTable(Descriptor entry)
    {
        (ulong Bit, string Name)[] names =
            [(1UL << 63, "NSTable"), (DescriptorBits.NoWriteTable, "no writes below"), (DescriptorBits.NoUserTable, "no EL0 below"), (DescriptorBits.UxnTable, "UXNTable"), (DescriptorBits.PxnTable, "PXNTable")];
        string[] set = [.. names.Where(name => (entry.Raw & name.Bit) != 0).Select(name => name.Name)];
        return set.Length == 0 ? string.Empty : $" ({string.Join(", ", set)})";
    }

    /// <summary>The memory type: MAIR's byte in words, or the index alone.</summary>
    public static string Memory(LeafAttributes attributes) => attributes.MemoryAttribute is not { } type
        ? $"AttrIndx {attributes.AttributeIndex}"
        : MemoryAttributeText.Of(type);

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
