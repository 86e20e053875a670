namespace Ptewright.Kernels.Configuration;

/// <summary>A word of a kernel's command line.</summary>
/// <param name="Name">What stands before the first <c>=</c>, as written.</param>
/// <param name="Value">What stands behind it, without quotes around it; null when there is no <c>=</c>.</param>
public readonly record struct KernelParameter(string Name, string? Value)
{
    /// <summary>Whether this is the parameter <paramref name="name"/>: <c>-</c> and <c>_</c> are the same. Linux: <c>kernel/params.c: parameq</c>.</summary>
    /// <param name="name">The parameter's name.</param>
    public bool Is(string name)
    {
        if (Name.Length != name.Length)
        {
            return false;
        }

        for (int i = 0; i < name.Length; i++)
        {
            if ((Name[i] == '-' ? '_' : Name[i]) != (name[i] == '-' ? '_' : name[i]))
            {
                return false;
            }
        }

        return true;
    }
}
