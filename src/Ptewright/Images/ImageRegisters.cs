namespace Ptewright.Images;

/// <summary>The registers that say how tables are read, as far as a source knows them.</summary>
/// <param name="Ttbr0">TTBR0_EL1: the root of the lower half.</param>
/// <param name="Ttbr1">TTBR1_EL1: the root of the upper half.</param>
/// <param name="Tcr">TCR_EL1: granules, address sizes, formats.</param>
/// <param name="Mair">MAIR_EL1: the memory types that leaves choose from.</param>
public sealed record ImageRegisters(ulong? Ttbr0 = null, ulong? Ttbr1 = null, ulong? Tcr = null, ulong? Mair = null)
{
    /// <summary>These registers, and where one is not known that of another source.</summary>
    /// <param name="other">The other source.</param>
    public ImageRegisters Or(ImageRegisters other)
    {
        ArgumentNullException.ThrowIfNull(other);
        return new ImageRegisters(Ttbr0 ?? other.Ttbr0, Ttbr1 ?? other.Ttbr1, Tcr ?? other.Tcr, Mair ?? other.Mair);
    }
}
