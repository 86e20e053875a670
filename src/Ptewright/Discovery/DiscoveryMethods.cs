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

    /// <summary>The symbols of a kernel whose image lies in memory, out of its own table of them.</summary>
    Symbols = 8,

    /// <summary>The structure of tables, of the image, of what they map.</summary>
    Tables = 16,

    /// <summary>All that name a kernel's root.</summary>
    Kernels = Registers | Note | Text | Symbols | Tables,

    /// <summary>With <see cref="Tables"/>: the roots of programs too, which costs a second pass over memory.</summary>
    Programs = 32,

    /// <summary>All of them.</summary>
    All = Kernels | Programs,
}
