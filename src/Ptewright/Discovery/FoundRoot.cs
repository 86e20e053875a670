using Ptewright.Addressing;

namespace Ptewright.Discovery;

/// <summary>What a root table is for.</summary>
public enum RootKind
{
    /// <summary>The kernel's own. Linux: <c>swapper_pg_dir</c>.</summary>
    Kernel,

    /// <summary>The identity map's. Linux: <c>idmap_pg_dir</c>.</summary>
    Identity,

    /// <summary>The empty one. Linux: <c>reserved_pg_dir</c>.</summary>
    Empty,

    /// <summary>The kernel's half while programs run, with page-table isolation. Linux: <c>tramp_pg_dir</c>.</summary>
    Trampoline,

    /// <summary>That of the first moments, which maps the image alone. Linux: <c>init_pg_dir</c>.</summary>
    Early,

    /// <summary>A program's.</summary>
    Program,
}

/// <summary>A root table that was found.</summary>
/// <param name="Kind">What it is for.</param>
/// <param name="Table">Where it lies.</param>
/// <param name="By">How that is known.</param>
/// <param name="Evidence">The same in words.</param>
public sealed record FoundRoot(RootKind Kind, PhysicalAddress Table, KnownBy By, string Evidence);
