namespace Ptewright.Discovery;

/// <summary>What was found in a source.</summary>
/// <param name="Kernels">The kernels that are proven, or said by the source's registers; the one that most speaks for first.</param>
/// <param name="Candidates">Other roots that may be a kernel's, the likeliest first: too little speaks for them.</param>
/// <param name="Programs">Roots of programs, as far as memory shows them, those in use first; the evidence says whether one was given back.</param>
/// <param name="Tried">What was tried, and what came of it: one sentence each.</param>
/// <param name="BytesRead">How many bytes were gone through in search of something.</param>
/// <param name="BytesOfHoles">How many bytes of the source were passed over because nothing is written there.</param>
public sealed record DiscoveryResult(
    IReadOnlyList<FoundKernel> Kernels,
    IReadOnlyList<FoundKernel> Candidates,
    IReadOnlyList<FoundRoot> Programs,
    IReadOnlyList<string> Tried,
    ulong BytesRead,
    ulong BytesOfHoles)
{
    /// <summary>A first kernel is taken for the one that is meant when it has so many points more than the second.</summary>
    public const int LeastMargin = 10;

    /// <summary>How many points the first kernel has more than the second; 100 when there is no second.</summary>
    public int Margin => Kernels.Count > 1 ? Kernels[0].Score - Kernels[1].Score : 100;

    /// <summary>Whether there are several kernels, and none of them is clearly the one that is meant.</summary>
    public bool IsAmbiguous => Margin < LeastMargin;

    /// <summary>The kernel that is meant; null when there is none, or nothing says which.</summary>
    public FoundKernel? Kernel => Kernels.Count > 0 && !IsAmbiguous ? Kernels[0] : null;
}
