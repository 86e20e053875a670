using System.Globalization;
using System.Text;
using Ptewright.Addressing;
using Ptewright.Simulation;
using Ptewright.Translation;

namespace Ptewright.Cli.Commands.Trace;

/// <summary>Says what a descriptor means: where it leads, and its attributes under the names of the kernel's page-table dump.</summary>
internal sealed class DescriptorWording(OutputAddressFormat format)
{
    private static readonly string[] _memoryTypes = ["MEM/NORMAL", "MEM/NORMAL-TAGGED", "MEM/NORMAL-NC", "DEVICE/nGnRnE", "DEVICE/nGnRE"];

    /// <summary>One descriptor.</summary>
    /// <param name="entry">The descriptor.</param>
    /// <param name="level">The level of the table it stands in.</param>
    /// <param name="below">The name of the table that it leads to, if it does.</param>
    public string Describe(Descriptor entry, int level, string below)
    {
        if (!entry.IsValid)
        {
            return entry.IsNone ? "nothing" : "not valid";
        }

        PhysicalAddress address = format.Decode(entry);
        if (entry.IsBlock)
        {
            return $"block -> {address}, {Attributes(entry)}";
        }

        return level == 3 ? $"page -> {address}, {Attributes(entry)}" : $"table -> {below} table {address}{TableAttributes(entry)}";
    }

    /// <summary>A run of page descriptors.</summary>
    public string DescribeRun(Descriptor first, int count, ulong step)
    {
        PhysicalAddress start = format.Decode(first);
        PhysicalAddress last = start + (((ulong)count * step) - 1);
        return string.Create(CultureInfo.InvariantCulture, $"{count} pages -> {start}-{last}, {Attributes(first)}");
    }

    private static string TableAttributes(Descriptor entry)
    {
        string privileged = (entry.Raw & DescriptorBits.PxnTable) != 0 ? " PXNTable" : string.Empty;
        string user = (entry.Raw & DescriptorBits.UxnTable) != 0 ? " UXNTable" : string.Empty;
        return privileged.Length + user.Length == 0 ? string.Empty : $",{privileged}{user}";
    }

    private string Attributes(Descriptor entry)
    {
        StringBuilder text = new();
        _ = text.Append((entry.Raw & DescriptorBits.ReadOnly) != 0 ? "ro" : "RW");
        Add((entry.Raw & DescriptorBits.User) != 0, "USR");
        _ = text.Append((entry.Raw & DescriptorBits.PrivilegedExecuteNever) != 0 ? " NX" : " x");

        // With LPA2 the shareability bits hold part of the address.
        Add(!format.IsLpa2 && (entry.Raw & DescriptorBits.InnerShareable) == DescriptorBits.InnerShareable, "SHD");
        Add((entry.Raw & DescriptorBits.AccessFlag) != 0, "AF");
        Add((entry.Raw & DescriptorBits.NotGlobal) != 0, "NG");
        Add(entry.IsContiguous, "CON");
        Add((entry.Raw & DescriptorBits.UserExecuteNever) != 0, "UXN");
        Add((entry.Raw & DescriptorBits.Guarded) != 0, "GP");

        int type = (int)((entry.Raw & DescriptorBits.AttrIndexMask) >> DescriptorBits.AttrIndexShift);
        Add(true, type < _memoryTypes.Length ? _memoryTypes[type] : string.Create(CultureInfo.InvariantCulture, $"AttrIndx {type}"));
        return text.ToString();

        void Add(bool isSet, string name) => _ = isSet ? text.Append(' ').Append(name) : text;
    }
}
