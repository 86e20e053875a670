namespace Ptewright.Kernels.Configuration;

/// <summary>An option of a kernel's configuration that decides about its tables, and how its value is known.</summary>
/// <param name="Name">Its name without <c>CONFIG_</c>.</param>
/// <param name="Value">Its value; null when it is not set.</param>
/// <param name="Known">How that is known: a file's name, what in the kernel's image shows it, or that it is usual.</param>
internal readonly record struct KernelOption(string Name, string? Value, string Known)
{
    /// <summary>What is known only because distributions have it so.</summary>
    public const string Usual = "usual in a distribution's kernel of that version";

    /// <summary>Whether it is only usual.</summary>
    public bool IsAssumed => Known == Usual;
}
