namespace Ptewright.Discovery;

/// <summary>What may be asked of a source to find its kernel. In this order; what comes first names a root, and the tables themselves have the last word.</summary>
[Flags]
public enum DiscoveryMethods
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>The registers that the source knows.</summary>
    Registers = 1,

    /// <summary>VMCOREINFO in a note of the file.</summary>
    Note = 2,

    /// <summary>VMCOREINFO in memory.</summary>
    Text = 4,

    /// <summary>The structure of tables, of the image, of what they map.</summary>
    Tables = 8,

    /// <summary>All of them.</summary>
    All = Registers | Note | Text | Tables,
}
