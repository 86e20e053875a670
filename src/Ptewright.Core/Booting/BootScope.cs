namespace Ptewright.Booting;

/// <summary>How much of a kernel's start the boot image does.</summary>
internal enum BootScope
{
    /// <summary><c>map_mem</c>: the linear map, as a kernel makes it whose root is live already.</summary>
    LinearMap,

    /// <summary><c>paging_init</c>: image, fixmap and linear map in a root of its own, the switch to it, the identity map, as before v6.9.</summary>
    NewRoot,
}

/// <summary>The names of the scopes.</summary>
internal static class BootScopes
{
    /// <summary>The name used everywhere: command line, JSON, boot arguments.</summary>
    public static string Name(BootScope scope) => scope == BootScope.LinearMap ? "map_mem" : "paging_init";
}
