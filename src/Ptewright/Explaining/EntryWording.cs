using Ptewright.Decoding;
using Ptewright.Translation;
using Ptewright.Walking;

namespace Ptewright.Explaining;

/// <summary>Printed entries, and the rules by which they deny, in words.</summary>
internal static class EntryWording
{
    // Bits 62 to 59 of a table descriptor.
    private const int HighestTableRight = 62;
    private static readonly string[] _tableRights = ["APTable[1]", "APTable[0]", "UXNTable", "PXNTable"];

    /// <summary>What an entry is.</summary>
    public static string Of(PrintedWalk walk, PrintedStep step) => step.Role == PrintedRole.Unrelated
        ? ((int)step.Name > walk.Shape.RootLevel ? "behind the end of the walk" : "not read (folded): another entry of the root")
        : step.Kind switch
        {
            EntryKind.Table => $"table at {walk.Format.Decode(step.Entry)}{TableRights(step.Entry)}",
            EntryKind.Page or EntryKind.Block => $"{(step.Kind == EntryKind.Page ? "page" : "block")} at {walk.Format.Decode(step.Entry)}, {Leaf(walk)}",
            EntryKind.BadType => "reserved type (0b01)",
            _ => step.Entry.IsNone ? "nothing" : "not valid (bit 0), other bits set",
        };

    /// <summary>The rule, as the field that has it.</summary>
    public static string Of(DenyingRule rule) => rule switch
    {
        DenyingRule.ReadOnly => "AP[2] (read-only)",
        DenyingRule.ReadOnlyTable => "APTable[1] of a table above (read-only)",
        DenyingRule.NoUser => "AP[1] (not for EL0)",
        DenyingRule.NoUserTable => "APTable[0] of a table above (not for EL0)",
        DenyingRule.PrivilegedExecuteNever => "PXN",
        DenyingRule.PrivilegedExecuteNeverTable => "PXNTable of a table above",
        DenyingRule.WritableByUser => "being writable from EL0 (never executable at EL1)",
        DenyingRule.UserExecuteNever => "UXN",
        DenyingRule.UserExecuteNeverTable => "UXNTable of a table above",
        _ => "PSTATE.PAN (EL0 may access it)",
    };

    private static string Leaf(PrintedWalk walk)
    {
        LeafAttributes attributes = walk.Attributes!.Value;
        string type = attributes.MemoryAttribute is { } attribute ? MemoryAttributeText.Of(attribute) : $"AttrIndx {attributes.AttributeIndex}";
        type = type == "normal write-back" ? "normal" : type;
        return $"EL1 {Permissions.Format(attributes.Permissions.Privileged)} EL0 {Permissions.Format(attributes.Permissions.Unprivileged)}, {type}{(attributes.IsAccessed ? string.Empty : ", AF clear")}{(attributes.IsNotGlobal ? ", nG" : string.Empty)}";
    }

    private static string TableRights(Descriptor entry)
    {
        List<string> set = [];
        for (int i = 0; i < _tableRights.Length; i++)
        {
            if (((entry.Raw >> (HighestTableRight - i)) & 1) != 0)
            {
                set.Add(_tableRights[i]);
            }
        }

        return set.Count == 0 ? string.Empty : $" ({string.Join(", ", set)})";
    }
}
