namespace Ptewright.Kernels.Symbols;

/// <summary>A call, and the registers that hand over its arguments.</summary>
/// <param name="Target">What is called, as its distance from the image's first byte.</param>
/// <param name="Arguments">X0 to X7.</param>
internal sealed record CodeCall(ulong Target, IReadOnlyList<CodeValue> Arguments);

/// <summary>What the instructions of one function say about addresses of the image.</summary>
internal sealed class CodeReading
{
    /// <summary>The calls, in the order of the code.</summary>
    public List<CodeCall> Calls { get; } = [];

    /// <summary>The addresses that are formed: by ADR, or by adding to the address of a page, be it nothing.</summary>
    public HashSet<ulong> Addresses { get; } = [];

    /// <summary>The addresses of pages that are formed, by ADRP.</summary>
    public HashSet<ulong> Pages { get; } = [];

    /// <summary>What is written into TTBR0_EL1, where it is an address of the image, moved or not.</summary>
    public List<ulong> Roots { get; } = [];

    /// <summary>The addresses that are loaded from for exclusive use (LDAXR and the like).</summary>
    public HashSet<ulong> Exclusive { get; } = [];

    /// <summary>The addresses that one byte is loaded from.</summary>
    public HashSet<ulong> Bytes { get; } = [];

    /// <summary>Adds what another piece of the same function says.</summary>
    /// <param name="other">The other piece.</param>
    public void Add(CodeReading other)
    {
        Calls.AddRange(other.Calls);
        Addresses.UnionWith(other.Addresses);
        Pages.UnionWith(other.Pages);
        Roots.AddRange(other.Roots);
        Exclusive.UnionWith(other.Exclusive);
        Bytes.UnionWith(other.Bytes);
    }
}
