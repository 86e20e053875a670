namespace Ptewright.Kernels.Versions;

/// <summary>How well a profile fits a kernel.</summary>
public enum KernelFit
{
    /// <summary>It was asked for by its own name.</summary>
    Named,

    /// <summary>The kernel is a release of its series.</summary>
    Series,

    /// <summary>The kernel has no profile of its own; this one is the nearest.</summary>
    Nearest,
}
